"""What a client may take of the server: time, memory, connections. Whoever takes more is told so, nobody else is."""

import asyncio
import json
import select
import shutil
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.response import Stream
from structlog.testing import capture_logs

from api.entrance.server import PIPELINED
from api.http import bulk as many
from api.http.operations import Operation, route
from api.http.requests import AnyRequest
from ledger.access import Role
from ledger.log.database import Database
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from tests.ground.over_http import LEAD, problem
from tests.ground.over_http import served as in_process
from tests.ground.over_sockets import PATIENCE_S, Answer, Client, Served, on_sockets

SOON = 0.2
HEALTH = "GET /health"
LEAD_BYTES = json.dumps(LEAD).encode()
Begin = Callable[..., Any]


@pytest.fixture(scope="module")
def begin(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Begin:
    """Serve a ledger of its own within these limits."""

    @contextmanager
    def beginning(**options: Any) -> Iterator[Served]:
        data = tmp_path_factory.mktemp("limits") / "data"
        shutil.copytree(sqlite_template, data)
        database = Database(data)
        with Ledger(database, CONTEXTS) as ledger, on_sockets(ledger, **options) as served:
            yield served
        database.close()

    return beginning


@pytest.fixture(scope="module")
def patient(begin: Begin) -> Iterator[Served]:
    """The limits that everybody has, but of time."""
    with begin() as served:
        yield served


@pytest.fixture(scope="module")
def hasty(begin: Begin) -> Iterator[Served]:
    """It waits for no head."""
    with begin(head_seconds_max=SOON) as served:
        yield served


@pytest.fixture(scope="module")
def brisk(begin: Begin) -> Iterator[Served]:
    """It waits for no body, and for nobody who does not read."""
    with begin(extra=[hidden("/endless", endless)], body_seconds_max=SOON, unread_seconds_max=SOON) as served:
        yield served


def came_in_time(served: Served, said: bytes) -> tuple[Client, Answer]:
    """A client whose head came soon enough, and its answer: on a slow machine not everybody's does."""
    for _ in range(100):
        answer = (client := served.client(said)).answer()
        if answer.status != 408:
            return client, answer
    raise AssertionError("no head came in time")


def posted(served: Served, role: Role | None = "deal_desk", path: str = "/v1/companies", **headers: Any) -> bytes:
    """The head of a command."""
    said = {"Content_Type": "application/json", "Idempotency_Key": f"key-{len(served.clients)}", **headers}
    return served.head(f"POST {path}", role, **said)


def hidden(path: str, handler: Callable[[AnyRequest], Any]) -> HTTPRouteHandler:
    """A route of the test's own."""
    return route("GET", path, Operation(name=path, summary=path, group="open", roles=None, hidden=True), handler)


# Time


@pytest.mark.parametrize(
    "said",
    [b"", b"\r\n", b"G", b"GET /health HTTP/1.1\r\nHost: here\r\nX-Slow: ", b"POST /v1/companies HTTP/1.1\r\n"],
    ids=["nothing", "blank", "a letter", "a field", "a line"],
)
def test_a_head_that_does_not_end_is_late(hasty: Served, said: bytes) -> None:
    client = hasty.client(said)
    late = client.answer()
    assert (late.status, late.code, late.headers["connection"]) == (408, "request-timeout", "close")
    assert client.ended()


def test_so_is_the_second_head_of_a_connection(hasty: Served) -> None:
    client, first = came_in_time(hasty, hasty.head(HEALTH) + b"GET /health HT")
    assert first.status == 200
    assert client.answer().status == 408
    assert client.ended()


@pytest.mark.parametrize(
    ("length", "said"),
    [({"Content_Length": 9}, b"{"), ({"Transfer_Encoding": "chunked"}, b"1\r\n{\r\n")],
    ids=["announced", "in chunks"],
)
def test_a_body_that_does_not_end_is_late(brisk: Served, length: dict[str, Any], said: bytes) -> None:
    client = brisk.client(posted(brisk, **length) + said)
    late = client.answer()
    assert (late.status, late.code, late.headers["connection"]) == (408, "request-timeout", "close")
    assert json.loads(late.body)["detail"].startswith("1 bytes")
    assert client.ended()


def test_a_body_that_nobody_reads_is_not_waited_for_either(hasty: Served) -> None:
    client, first = came_in_time(hasty, posted(hasty, None, Content_Length=9) + b"{")
    assert first.status == 401
    assert client.ended()


CUT_OFF = threading.Event()


async def endless(request: AnyRequest) -> Response[Any]:
    """Answer without an end."""

    async def more() -> AsyncIterator[bytes]:
        try:
            while True:
                yield b"x" * 100_000
                await asyncio.sleep(0)
        finally:
            CUT_OFF.set()

    return Stream(more())


def test_an_answer_that_nobody_takes_is_cut_off(brisk: Served) -> None:
    brisk.client(brisk.head("GET /endless"))
    assert CUT_OFF.wait(PATIENCE_S)


# Size


MUCH = [b"a" * 1000] * 40
LARGE = {
    "an address": [b"GET /", *MUCH],
    "a field's name": [b"GET / HTTP/1.1\r\n", *MUCH],
    "a field's value": [b"GET / HTTP/1.1\r\nX: ", *MUCH],
    "many fields": [b"GET / HTTP/1.1\r\n", *[b"a: b\r\n" * 50] * 12],
    "all at once": [b"GET / HTTP/1.1\r\nX: " + b"".join(MUCH) + b"\r\n\r\n"],
}
AFTER = {"many": [b"a: b\r\n" * 50] * 12, "one": [b"X: ", *MUCH]}


@pytest.mark.parametrize("said", LARGE.values(), ids=LARGE)
def test_a_large_head_is_refused_before_it_is_held(patient: Served, said: list[bytes]) -> None:
    refused = patient.client(b"".join(said)).answer()
    assert (refused.status, refused.code) == (431, "head-too-large")


@pytest.mark.parametrize("fields", AFTER.values(), ids=AFTER)
def test_so_are_fields_after_the_body(patient: Served, fields: list[bytes]) -> None:
    head = posted(patient, Transfer_Encoding="chunked")
    assert patient.client(head + b"1\r\n{\r\n0\r\n" + b"".join(fields)).answer().status == 431


def test_a_head_of_ordinary_size_is_taken(patient: Served) -> None:
    assert patient.client(patient.head(HEALTH, Cookie="a" * 8000, X_More="b" * 7000)).answer().status == 200


def test_what_is_no_request_is_told_so_like_everything_else(patient: Served) -> None:
    client = patient.client(b"\x16\x03\x01 hello\r\n\r\n")
    told = client.answer()
    assert (told.status, told.code) == (400, "bad-request")
    assert client.ended()


def test_a_body_is_measured_while_it_comes(patient: Served) -> None:
    head = posted(patient, Transfer_Encoding="chunked")
    told = patient.client(head, b"100001\r\n", b" " * 0x100001).answer()  # and no end of it
    assert (told.status, told.code) == (413, "body-too-large")


def test_long_bodies_have_room_for_all_and_a_share_for_each(begin: Begin) -> None:
    """The desk fills its half and is told so; what others send is read, and so is a short command of its own."""
    with begin(bodies_bytes_max=600_000, body_bytes_max=300_000) as served:

        def blanks(role: Role, size: int) -> Client:
            made: Client = served.client(posted(served, role, Content_Length=300_000), b" " * size)
            return made

        both = {client.socket: client for client in (blanks("deal_desk", 200_000), blanks("deal_desk", 200_000))}
        (refused, *_), _, _ = select.select(list(both), [], [], PATIENCE_S)
        told = both.pop(refused).answer()
        assert (told.status, told.code, told.headers["retry-after"]) == (503, "busy", "1")
        assert blanks("admin", 300_000).answer().status == 400  # it was read: blanks are no command
        short = served.client(posted(served, Content_Length=len(LEAD_BYTES)), LEAD_BYTES)
        assert short.answer().status == 201
        (first,) = both.values()
        assert first.say(b" " * 100_000).answer().status == 400
        assert blanks("deal_desk", 300_000).answer().status == 400  # there is room again


def test_many_lines_are_counted_and_each_is_measured(sqlite: Database) -> None:
    lead = json.dumps({**LEAD, "command": "register-lead"}).encode()
    limits = {"bulk_lines_max": 3, "body_bytes_max": 1024}
    with Ledger(sqlite, CONTEXTS) as ledger, in_process(ledger, **limits) as http:

        def bulk(body: bytes, kind: str = "application/x-ndjson") -> Any:
            return http.post("/v1/commands", body, Content_Type=kind)

        problem(bulk(b"1\n" * 4), 413, "body-too-large")
        problem(bulk(b" " * 1000 + lead, "application/json"), 413, "body-too-large")
        told = [json.loads(line) for line in bulk(b" " * 1000 + lead + b"\n" + lead).content.splitlines()]
        assert [line["status"] for line in told] == [413, 201]


def test_lines_are_counted_while_they_come(patient: Served) -> None:
    head = posted(patient, path="/v1/commands", Content_Type="application/x-ndjson", Transfer_Encoding="chunked")
    told = patient.client(head, b"%x\r\n" % 200_002, b"1\n" * 100_001).answer()  # and no end of it
    assert (told.status, told.code, told.headers["connection"]) == (413, "body-too-large", "close")


def test_after_many_malformed_lines_no_more_is_read(sqlite: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A turn is read to its end; whoever has no line left is told of none."""
    lead = json.dumps({**LEAD, "command": "register-lead"}).encode()
    monkeypatch.setattr(many, "BULK_AT_ONCE", 4)
    monkeypatch.setattr(many, "BAD_LINES_MAX", 2)
    with Ledger(sqlite, CONTEXTS) as ledger, in_process(ledger) as http:

        def bulk(*lines: bytes) -> list[tuple[int, int]]:
            answer = http.post("/v1/commands", b"\n".join(lines), Content_Type="application/x-ndjson")
            assert answer.status_code == 200
            told = [json.loads(line) for line in answer.text.splitlines()]
            last = told[-1].get("problem", {})
            assert last.get("code") != "lines-unread" or f"line {told[-1]['line']} on" in last["detail"]
            return [(line["line"], line["status"]) for line in told]

        bad = [(number, 400) for number in range(1, 6)]
        assert bulk(b"1", b"1", b"1", b"1", lead, lead) == bad
        problem(http.get("/v1/history", company=LEAD["company"]), 404, "not-found")
        assert bulk(b"1", b"1", b"1", b"1") == bad[:4]
        assert bulk(b"1", lead, lead, lead, lead) == [(1, 400), (2, 201), (3, 200), (4, 200), (5, 200)]


# Connections


def test_where_there_are_too_many_the_longest_silent_goes(begin: Begin) -> None:
    with begin(connections_max=3) as served:
        body = served.client(posted(served, Content_Length=9), b"{")
        kept = served.client(served.head(HEALTH))
        assert kept.answer().status == 200
        half = served.client(b"GET ")
        for silent in (body, kept, half):
            assert served.client(served.head(HEALTH)).answer().status == 200
            told = silent.answer()  # `kept` too, which may have asked again by the time that it hears of it
            assert (told.status, told.code, told.headers["retry-after"]) == (503, "busy", "1")
            assert silent.ended()


def test_whoever_is_being_answered_stays(begin: Begin) -> None:
    asked, release = threading.Semaphore(0), threading.Event()

    async def slow(request: AnyRequest) -> Response[Any]:
        asked.release()
        await asyncio.to_thread(release.wait, PATIENCE_S)
        return Response("done")

    with begin(extra=[hidden("/slow", slow)], connections_max=1) as served:
        first = served.client(served.head("GET /slow"))
        assert asked.acquire(timeout=PATIENCE_S)
        told = served.client().answer()
        assert (told.status, told.code) == (503, "busy")
        release.set()
        assert first.answer().status == 200


def test_whoever_is_turned_away_hears_it_though_it_goes_on_sending(begin: Begin) -> None:
    """Whoever closes over bytes that it has not read resets the connection, and its answer may be lost with it."""
    asked, release = threading.Semaphore(0), threading.Event()

    async def slow(request: AnyRequest) -> Response[Any]:
        asked.release()
        await asyncio.to_thread(release.wait, PATIENCE_S)
        return Response("done")

    with begin(extra=[hidden("/slow", slow)], connections_max=2) as served:
        first = [served.client(served.head("GET /slow")) for _ in range(2)]
        assert all(asked.acquire(timeout=PATIENCE_S) for _ in first)
        one = served.client()
        assert select.select([one.socket], [], [], PATIENCE_S)[0], "it is answered before it asks"
        for _ in range(64):
            one.say(posted(served, Content_Length=1 << 22), b"1" * (1 << 16))
        told = one.answer()
        assert (told.status, told.code, told.headers["retry-after"]) == (503, "busy", "1")
        assert one.ended()
        release.set()
        assert {client.answer().status for client in first} == {200}


COMING = 40


def test_those_who_come_at_once_are_taken_within_few_turns(begin: Begin) -> None:
    """uvloop takes one new connection in a turn of its loop: while a turn is long, the others would wait unseen."""
    stopped, go_on, turns = threading.Event(), threading.Event(), 0

    async def standing_still(request: AnyRequest) -> Response[Any]:
        loop, taken = asyncio.get_running_loop(), served.server.server_state.connections

        def count() -> None:
            nonlocal turns
            turns += 1
            if len(taken) <= COMING and turns < 10 * COMING:
                loop.call_soon(count)

        stopped.set()
        go_on.wait(PATIENCE_S)
        loop.call_soon(count)
        return Response("done")

    with begin(extra=[hidden("/still", standing_still)]) as served:
        first = served.client(served.head("GET /still"))
        assert stopped.wait(PATIENCE_S)
        many = [served.client(served.head(HEALTH)) for _ in range(COMING)]
        go_on.set()
        assert {client.answer().status for client in (first, *many)} == {200}
    assert turns < COMING


def test_an_idle_connection_does_not_end_under_what_is_asked_on_it(begin: Begin) -> None:
    """Its time is up while its next request lies unread; it ends where nothing does."""
    stopped, go_on = threading.Event(), threading.Event()

    async def up(request: AnyRequest) -> Response[Any]:
        idle = [one for one in served.server.server_state.connections if one.cycle and one.cycle.response_complete]
        stopped.set()
        go_on.wait(PATIENCE_S)
        for one in idle:
            one.timeout_keep_alive_handler()
        return Response("done")

    with begin(extra=[hidden("/up", up)]) as served:
        asks, is_silent = (served.client(served.head(HEALTH)) for _ in range(2))
        assert {asks.answer().status, is_silent.answer().status} == {200}
        other = served.client(served.head("GET /up"))
        assert stopped.wait(PATIENCE_S)
        asks.say(served.head(HEALTH))
        go_on.set()
        assert {other.answer().status, asks.answer().status} == {200}
        assert is_silent.ended()


def test_requests_ahead_of_their_answers_are_few(patient: Served) -> None:
    few = patient.client(patient.head(HEALTH) * PIPELINED)
    assert {few.answer().status for _ in range(PIPELINED)} == {200}
    assert patient.client(patient.head(HEALTH) * (PIPELINED + 2)).ended()


WAITING = 60


def test_those_who_wait_for_a_position_take_no_thread(begin: Begin) -> None:
    """Others read beside them; once the position is known all are answered."""
    with begin(wait_seconds_max=60) as served:
        head = served.client(served.head("GET /v1/head", "auditor")).answer()
        size = json.loads(head.body)["data"]["size"]
        threads = threading.active_count()
        asked = served.head(f"GET /v1/sites?wait={size + 1}", "auditor")
        waiting = [served.client(asked) for _ in range(2 * WAITING)]
        for _ in range(20):
            assert served.client(served.head("GET /v1/sites", "auditor")).answer().status == 200
        assert threading.active_count() < threads + 20  # those in which databases are read
        assert served.client(posted(served, Content_Length=len(LEAD_BYTES)), LEAD_BYTES).answer().status == 201
        assert {client.answer().status for client in waiting} == {200}


def test_those_who_wait_in_vain_are_told_so(begin: Begin) -> None:
    with begin(wait_seconds_max=1) as served:
        size = json.loads(served.client(served.head("GET /v1/head", "auditor")).answer().body)["data"]["size"]
        vain = [served.client(served.head(f"GET /v1/sites?wait={size + 1000}", "auditor")) for _ in range(WAITING)]
        told = [client.answer() for client in vain]
        assert {one.code for one in told} == {"read-model-behind"}
        assert all(f"osition {size + 1000} is not on record" in str(one.body) for one in told)


# And still


def test_others_are_answered_beside_a_body_of_many_bad_lines(patient: Served) -> None:
    lines = b"1\n" * 50_000  # answered with some 15 MB, which are not read: it stands in the middle
    many: dict[str, Any] = {"Content_Type": "application/x-ndjson", "Content_Length": len(lines)}
    client = patient.client(posted(patient, path="/v1/commands", **many), lines)
    assert client.answer().status == 200
    assert patient.client(patient.head(HEALTH)).answer().status == 200


def test_a_client_that_hangs_up_records_nothing_and_is_no_fault(patient: Served) -> None:
    with capture_logs() as logs:
        patient.client(posted(patient, Content_Length=999), LEAD_BYTES).close()
        found = patient.client(patient.head("GET /v1/companies", "auditor")).answer()
    assert json.loads(found.body)["rows"] == []
    assert [line for line in logs if line["log_level"] == "error"] == []


def test_it_ends_whatever_it_waits_for(begin: Begin) -> None:
    with begin() as served:
        half = served.client(b"GET ")
        slow = served.client(posted(served, Content_Length=9), b"{")
        assert served.client(served.head(HEALTH)).answer().status == 200
        assert served.stop()
        assert half.ended()
        assert slow.answer().status >= 500
