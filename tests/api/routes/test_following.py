"""Facts as they are recorded, for as long as a program listens.

Given facts, when a program listens from any of them on, then it is told each one once and in order, as it was sealed
and as its role may see it; those recorded later as they are; and why the stream ends.
"""

import asyncio
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from api.http.auth import KeyRing
from api.http.problems import Problem
from api.recorder.here import Here
from api.routes.log import following
from api.routes.log.following import Listening, Streams
from api.settings import Settings
from ledger.decider import By
from ledger.log.database import Database
from ledger.recording.application import Ledger
from tests.ground.over_http import LEAD, Http, problem, served
from tests.ground.over_sockets import Client, on_sockets

PATH = "/v1/facts/stream"
EVENT = re.compile(rb"id: (\d+)\ndata: ([^\n]+)\n\n")


@pytest.fixture
def http(ledger: Ledger) -> Iterator[Http]:
    with served(ledger) as http:
        yield http


def told(body: bytes) -> dict[int, bytes]:
    """The facts of a stream that has ended, by position."""
    assert body.startswith(b"retry: ")
    assert body.endswith(b"\n\n")
    return {int(position): data for position, data in EVENT.findall(body)}


def end_of(body: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(body.rpartition(b"event: end\ndata: ")[2])
    return found


def test_from_any_fact_on_each_one_comes_once_as_it_was_sealed(http: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "AT_ONCE", 2)
    http.post("/v1/companies", LEAD)
    size = http.size
    sealed = {at: http.get(f"/v1/facts/{at}").content for at in range(1, size + 1)}
    for after in range(size + 1):
        asked: list[dict[str, Any]] = [{"after": after}, {"headers": {"Last-Event-ID": str(after)}, "after": 0}]
        for one in asked:
            answer = http.get(PATH, **one)
            assert answer.headers["content-type"].startswith("text/event-stream")
            assert list(told(answer.content)) == list(range(after + 1, size + 1))
            assert told(answer.content) == {at: sealed[at] for at in range(after + 1, size + 1)}
            assert end_of(answer.content)["after"] == size
    assert told(http.get(PATH).content) == {}  # from now on


def test_a_role_is_told_what_it_may_see(http: Http) -> None:
    """Of a key's secret only admin sees the hash."""
    for role in ("admin", "auditor", "deal_desk"):
        for at, data in told(http.get(PATH, role, after=0).content).items():
            assert data == http.get(f"/v1/facts/{at}", role).content
    assert http.get(PATH, "auditor", after=0).content != http.get(PATH, "admin", after=0).content


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"after": 999}, "parameter-invalid"),
        ({"after": -1}, "parameter-invalid"),
        ({"headers": {"Last-Event-ID": "999"}}, "header-invalid"),
        ({"headers": {"Last-Event-ID": "x"}}, "header-invalid"),
        ({"from": 1}, "parameter-unknown"),
    ],
)
def test_what_no_stream_begins_with(http: Http, asked: dict[str, Any], code: str) -> None:
    problem(http.get(PATH, **asked), 400, code)


def test_its_head_and_its_format(http: Http) -> None:
    head = http.client.head(PATH, headers=http.headers("auditor"))
    assert (head.status_code, head.content) == (200, b"")
    problem(http.get(PATH, headers={"Accept": "application/json"}), 406, "not-acceptable")


def test_so_many_listen_and_no_more() -> None:
    """One caller to half of them; who goes makes room."""
    streams = Streams(Settings(streams_max=4))
    with streams.one_more("a"), streams.one_more("a"), streams.one_more("b"):
        with pytest.raises(Problem, match="Too many listen"), streams.one_more("a"):
            pass
        with streams.one_more("c"), pytest.raises(Problem, match="Too many listen"), streams.one_more("d"):
            pass
    with streams.one_more("a"):
        pass


def lines(client: Client, until: bytes) -> list[bytes]:
    """What comes, line by line, until one begins so."""
    found: list[bytes] = []
    while True:
        line = client.line()
        assert line, found
        found.append(line)
        if line.startswith(until):
            return found


def test_what_is_recorded_comes_and_the_stream_ends_when_the_server_does(ledger: Ledger) -> None:
    with on_sockets(ledger, stream_heartbeat_seconds=0.1) as server:
        client = server.client(server.head(f"GET {PATH}", "auditor"))
        before = int(lines(client, b"id: ")[-1][4:])
        body = json.dumps(LEAD).encode()
        said = {"Idempotency_Key": "k", "Content_Type": "application/json", "Content_Length": len(body)}
        assert server.client(server.head("POST /v1/companies", "deal_desk", **said) + body).answer().status == 201
        assert int(lines(client, b"id: ")[-1][4:]) == before + 1
        assert b"company.lead-registered" in lines(client, b"data: ")[-1]
        assert lines(client, b": listening")
        assert server.stop()
        assert b"stopping" in lines(client, b"data: ")[-1]


def test_a_stream_ends_in_its_time_though_facts_go_on_coming(database: Database, ledger: Ledger) -> None:
    """What was there as it began is told whole; what is recorded meanwhile, until its time is up."""
    settings = Settings(database=database.where, stream_seconds_max=1e-6)
    with served(ledger) as http, Here(settings, ledger) as here:
        ring = KeyRing(database, today=settings.today)
        ring.refresh()
        by = By(actor="auditor-demo", role="auditor", method="api-key", token=http.keys["auditor"].split("_")[1])
        listening = Listening(database, here.standing, ring, settings, by)
        listening.there = http.size

        async def listen() -> int:
            pieces = 0
            async for _ in listening.events(Streams(settings)):
                pieces += 1
                assert pieces < 10
                recorded = http.post("/v1/companies", {**LEAD, "company": f"lead-{pieces}-demo"})
                assert recorded.status_code == 201
            return pieces

        assert asyncio.run(listen()) == 3  # where it begins, one lot of facts, and the end


def test_a_key_that_is_revoked_ends_its_stream_and_no_more_is_read_than_is_taken(
    database: Database, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "AT_ONCE", 2)
    settings = Settings(database=database.where)
    with served(ledger) as http, Here(settings, ledger) as here:
        key_id = http.keys["auditor"].split("_")[1]
        ring = KeyRing(database, today=settings.today)
        ring.refresh()
        by = By(actor="auditor-demo", role="auditor", method="api-key", token=key_id)
        listening = Listening(database, here.standing, ring, settings, by)

        async def listen() -> bytes:
            streams = Streams(settings)
            events = listening.events(streams)
            await anext(events)
            for taken in (2, 4):
                assert listening.after == taken - 2
                await anext(events)
                assert listening.after == taken
            ended = http.post(f"/v1/access/keys/{key_id}/revocation", REVOKED, "admin")
            assert ended.status_code == 201
            ring.refresh()
            last = [piece async for piece in events]
            with streams.one_more("somebody"):  # and its place is free
                assert len(last) == 1
            return last[0]

        assert end_of(asyncio.run(listen()))["detail"] == "the key opens nothing any more"


REVOKED = {"reason": "Lost (demo).", "effective_on": "2025-02-01"}
