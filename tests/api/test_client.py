"""The client for programs: what docs/client.md shows, against a demonstration that is served; and what may go wrong."""

import ast
import json
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import api.client as package
import ledger as house
from api.client import (
    ChangedMeanwhile,
    Client,
    Keyed,
    LedgerError,
    MalformedRequest,
    NotPermitted,
    RefusedByRule,
    ServiceFault,
    ServiceUnavailable,
    sending,
)
from api.client.answers import table_of
from api.client.making import made
from api.client.parts import Command
from api.client.reports import PATHS
from api.client.sending import lines_of
from api.client.subjects.access import RevokeKey
from api.client.subjects.companies import AddTouch, QualifyCompany, RegisterLead
from ledger.decider import command_name
from ledger.log.database import Database
from ledger.log.verify import verify
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from tests.examples import COMMANDS
from tests.ground.over_http import Http, give_key, served
from tests.test_e2e import Served

DOCS = Path(house.__file__ or "").parent.parent / "docs"
HERE = Path(package.__file__ or "").parent
DAY = date(2025, 1, 10)


def lead(company: str = "sunfield-demo") -> RegisterLead:
    return RegisterLead(company=company, name="Sunfield (demo)", country="CN", origin="DIRECT", effective_on=DAY)


QUALIFY = QualifyCompany(company="sunfield-demo", effective_on=DAY)


@pytest.fixture
def http(database: Database) -> Iterator[Http]:
    with Ledger(database, CONTEXTS) as ledger, served(ledger) as http:
        yield http


class Inside(httpx.BaseTransport):
    """To the ledger in this process."""

    def __init__(self, http: Http) -> None:
        self.inner = http.client._transport

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self.inner.handle_request(request)


def client(http: Http, role: Any = "deal_desk", transport: httpx.BaseTransport | None = None, **how: Any) -> Client:
    return Client("http://ledger.test", http.keys[role], transport=transport or Inside(http), **how)


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "sleep", lambda _seconds: None)


# Made from the document


def test_it_is_what_the_document_makes_of_it() -> None:
    texts = made(json.loads((DOCS / "openapi.json").read_text()))
    kept = {name: (HERE / name).read_text() for name in texts}
    assert {name for name in texts if ast.dump(ast.parse(texts[name])) != ast.dump(ast.parse(kept[name]))} == set()
    assert {f"subjects/{path.name}" for path in (HERE / "subjects").glob("*.py")} <= texts.keys()


def test_every_command_says_what_the_ledger_reads() -> None:
    """Each example, read into the client's Struct of its name and written again, is the same command."""
    for path in (HERE / "subjects").glob("*.py"):
        import_module(f"api.client.subjects.{path.stem}")
    mine = {str(kind.__struct_config__.tag): kind for kind in Command.__subclasses__()}
    assert {command_name(type(command)) for command in COMMANDS} - mine.keys() == {"create-key"}, "it answers a secret"
    for command in (command for command in COMMANDS if command_name(type(command)) in mine):
        written = msgspec.json.encode(command)
        again = msgspec.json.encode(msgspec.json.decode(written, type=mine[command_name(type(command))]))
        assert msgspec.json.decode(again, type=type(command)) == command


# As documented


def test_what_the_document_shows_works(demo: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tmp_path / "demo"
    shutil.copytree(demo.where, data)
    database = Database(data)
    with Ledger(database, CONTEXTS) as ledger:
        monkeypatch.setenv("DESK", give_key(ledger, "deal_desk"))
    database.close()
    text = "".join(re.findall(r"```python\n(.*?)```", (DOCS / "client.md").read_text(), re.S))
    said: list[str] = []
    with Served(data, "mcsc serve") as service:
        text = text.replace("http://127.0.0.1:8000", str(service.client.base_url))
        space: dict[str, Any] = {"print": lambda *words: said.append(" ".join(map(str, words)))}
        try:
            exec(compile(text, "client.md", "exec"), space)
        finally:
            space["ledger"].close()
    assert said[0] == "LEAD"
    assert "[172 rows x " in said[1]
    size = verify(database).size
    database.close()
    assert [words.partition(" ")[0] for words in said[2:]] == ["not-screened", str(size - 3), "[(2,"]


# One by one and many


def test_a_command_is_recorded_once_by_its_key(http: Http) -> None:
    with client(http) as ledger:
        assert ledger.record(lead(), dry_run=True).outcome == "previewed"
        first, again = (ledger.record(lead(), key="once") for _ in range(2))
        assert (first.outcome, first.facts[0]["fact"], first.replayed) == ("done", "company.lead-registered", False)
        assert (again.position, again.replayed, ledger.position) == (first.position, True, first.position)
        assert [row["company"] for row in ledger.rows("companies")] == ["sunfield-demo"]


@pytest.mark.parametrize(
    ("ask", "kind", "code", "field"),
    [
        (lambda client: client.record(QUALIFY), RefusedByRule, "not-screened", None),
        (lambda client: client.record(lead(), if_match='"1"'), ChangedMeanwhile, "changed-since", None),
        (lambda client: client.record(lead("No id")), MalformedRequest, "body-invalid", "company"),
        (lambda client: client.record(RevokeKey(key_id="0" * 8, reason="x", effective_on=DAY)), NotPermitted,
         "not-allowed", None),
        (lambda client: client.report("companies", colour="red"), MalformedRequest, "parameter-unknown", "colour"),
        (lambda client: client.get("/v1/companies/nobody"), RefusedByRule, "not-found", None),
        (lambda client: client.record_all([lead(), QUALIFY]), RefusedByRule, "lines-refused", None),
    ],
)  # fmt: skip
def test_what_is_refused_says_why(
    http: Http, ask: Callable[[Client], Any], kind: type[LedgerError], code: str, field: str | None
) -> None:
    with client(http) as ledger:
        ledger.record(lead())
        size = http.size
        with pytest.raises(kind) as refused:
            ask(ledger)
        assert (refused.value.code, refused.value.field, http.size) == (code, field, size)
    stranger = Client("http://ledger.test", "mcsc_0_0", transport=Inside(http))
    with stranger, pytest.raises(NotPermitted, match="not-authenticated"):
        stranger.get("/v1/head")


def test_many_are_all_or_none_or_each_for_itself(http: Http) -> None:
    some = [lead(f"c{at}-demo") for at in range(3)]
    with client(http) as ledger:
        with pytest.raises(MalformedRequest) as wrong:
            ledger.record_all([*some, lead("No id"), QUALIFY], key="all")
        assert [(fault.line, fault.code, fault.field) for fault in wrong.value.errors] == [
            (4, "body-invalid", "company"),
            (5, "company-unknown", "company"),
        ]
        before = http.size
        results = ledger.record_all([*some, QUALIFY, Keyed(command=some[0], key="mine")], atomic=False, key="all")
        assert [line.status for line in results] == [201, 201, 201, 404, 200]
        assert results[3].problem is not None
        assert results[3].problem.code == "company-unknown"
        assert (http.size, ledger.position) == (before + 3, before + 3)
        assert ledger.record_all([]) == []


# Pages, tables, facts


def test_rows_come_over_all_pages_and_tables_whole(http: Http) -> None:
    with client(http) as ledger:
        ledger.record_all([lead(f"c{at}-demo") for at in range(5)])
        assert [row["company"] for row in ledger.rows("companies", limit=2)] == [f"c{at}-demo" for at in range(5)]
        table = ledger.table("companies")
        assert [row["company"] for row in table.rows] == [f"c{at}-demo" for at in range(5)]
        frame = table.to_pandas()
        assert frame["last_position"].tolist() == [Decimal(row["last_position"]) for row in table.rows]
        first = ledger.report("companies", limit=2)
        ledger.record(lead("c9-demo"))
        again = ledger.report("companies", limit=2, **first.basis.dates)
        assert (again.basis, again.rows) == (first.basis, first.rows)
        seen = list(ledger.facts(after=first.basis.recorded - 2, up_to=ledger.position))
        assert [fact.envelope["data"]["company"] for fact in seen] == ["c3-demo", "c4-demo", "c9-demo"]


def test_figures_of_a_frame_are_the_texts_of_the_table() -> None:
    frame = table_of('code,amount,note\r\n1122.01,-0.10,"a, b"\r\n,12345678901234567890.05,\r\n').to_pandas()
    assert [[str(cell) for cell in frame[name]] for name in ("code", "amount", "note")] == [
        ["1122.01", "None"],
        ["-0.10", "12345678901234567890.05"],
        ["a, b", "None"],
    ]
    with pytest.raises(ValueError, match="shorter"):
        table_of("a,b\r\n1\r\n")


# What goes wrong on the way


class Shaky(httpx.BaseTransport):
    """Loses every answer but each third one, half of them after the ledger has done as it was asked."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self.inner = inner
        self.asked: list[str | None] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.headers.get("idempotency-key"))
        match len(self.asked) % 3:
            case 1:
                raise httpx.ConnectError("no route", request=request)
            case 2:
                self.inner.handle_request(request).read()
                raise httpx.ReadError("cut off", request=request)
        return self.inner.handle_request(request)


def test_a_lost_answer_is_asked_for_again_by_the_same_key(http: Http) -> None:
    shaky = Shaky(Inside(http))
    with client(http, transport=shaky) as ledger:
        before = http.size
        assert ledger.record(lead()).replayed
        assert len(set(shaky.asked)) == 1
        assert len(shaky.asked) == 3
        ledger.record_all([lead("other-demo"), AddTouch(company="sunfield-demo", channel="PARTNER", effective_on=DAY)])
        assert http.size == before + 3
        assert [fact.position for fact in ledger.facts(after=before, up_to=before + 3)] == [
            before + 1,
            before + 2,
            before + 3,
        ]
    with client(http, transport=Shaky(Inside(http)), attempts=2) as ledger:
        with pytest.raises(ServiceUnavailable, match="nobody-answers"):
            ledger.get("/v1/head")
        with pytest.raises(ServiceUnavailable, match="nobody-answers"):
            list(Client("http://ledger.test", "x", attempts=1, transport=Gone()).facts(up_to=1))


@given(st.lists(st.sampled_from((*"ab\u2028\u2029\x85\x0b\x0c", "\n", "\r\n", "\r"))), st.integers(1, 5))
def test_lines_of_a_stream_end_as_its_standard_says(said: list[str], size: int) -> None:
    """By CR, LF or both, however the bytes come; signs that Unicode calls line ends are text."""
    text = "".join(said) + "\n"
    sent = text.encode()
    found = lines_of(sent[at : at + size] for at in range(0, len(sent), size))
    assert list(found) == text.replace("\r\n", "\n").replace("\r", "\n").split("\n")[:-1]


class Gone(httpx.BaseTransport):
    """Nobody is there."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)


def answering(*answers: httpx.Response) -> Client:
    left = list(answers)
    return Client("http://ledger.test", "x", transport=httpx.MockTransport(lambda _request: left.pop(0)), attempts=3)


def test_a_ledger_that_is_busy_is_asked_again() -> None:
    busy = httpx.Response(503, headers={"Retry-After": "1"}, json={"status": 503, "code": "busy", "detail": "wait"})
    done = httpx.Response(
        201, json={"outcome": "done", "position": 7, "recorded_at": "2026-01-01T00:00:00Z", "facts": []}
    )
    with answering(busy, busy, done) as ledger:
        assert (ledger.record(lead()).position, ledger.position) == (7, 7)
    with answering(busy, busy, busy) as ledger, pytest.raises(ServiceUnavailable, match="busy"):
        ledger.record(lead())
    lines = [
        b'{"line":1,"status":503,"problem":{"status":503,"code":"busy","detail":"wait"}}\n',
        b'{"line":1,"status":200}\n',
    ]
    with answering(*(httpx.Response(200, content=line) for line in lines)) as ledger:
        assert [line.status for line in ledger.record_all([lead()], atomic=False)] == [200]


def test_what_is_no_ledger_is_said_to_be_none() -> None:
    with answering(httpx.Response(502, text="<html>")) as ledger, pytest.raises(ServiceFault, match="not-a-ledger"):
        ledger.get("/v1/head")
    for url, attempts in (("127.0.0.1:8000", 1), ("ftp://x", 1), ("http://x", 0)):
        with pytest.raises(ValueError, match=r"url|attempts"):
            Client(url, "x", attempts=attempts)


def test_every_name_of_a_report_leads_somewhere() -> None:
    document = json.loads((DOCS / "openapi.json").read_text())
    assert {path for path in PATHS.values() if "get" not in document["paths"][path]} == set()
