"""The inbox over HTTP: what waits, and that the commands it gives decide on it."""

import json
import shlex
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from api.agenda.inbox import DECIDING, PROPOSALS, decided, proposals_sheet, proposals_table
from api.http.recording import Shape
from ledger.decider import Fact, command_name
from ledger.log.database import Database
from ledger.offtake.facts import StatementCalculated
from ledger.offtake.meters.facts import EstimateProposed
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from projections.engine.basis import Basis
from projections.proposals import KINDS
from tests.examples import FACTS, FAULTY_USCC
from tests.ground.over_http import DOC, Http, served
from tests.ground.recording import record

TOLD: dict[type[Fact], Any] = {type(fact): fact for fact in FACTS}
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
RATE = {"rate": "r-1-demo", "series": "fx/usd-cny", "value": "7.1", "source": "notice (demo)"}


@pytest.fixture
def http(database: Database) -> Iterator[Http]:
    with Ledger(database, CONTEXTS) as ledger, served(ledger) as http:
        yield http


WANTED = {"document": DOC, "bank_reference": "B-2026-9"}


@pytest.mark.parametrize(
    ("name", "proposed"),
    [pytest.param(name, fact, id=f"{name}-{fact.__name__}") for name, kind in KINDS.items() for fact in kind.proposed],
)
def test_what_decides_is_filled_in_for_every_kind(sqlite: Database, name: Any, proposed: type[Fact]) -> None:
    asked, kind = TOLD[proposed], KINDS[name]
    if name == "OVERRIDE" and hasattr(asked, "uscc"):
        asked = replace(asked, uscc=FAULTY_USCC)
    record(sqlite, [asked], at=NOON)
    basis = Basis(effective=date(2026, 11, 27), recorded=1, recorded_at=None, root="", zone="+08:00")
    with sqlite.views.connect() as connection:
        (row,) = PROPOSALS.ask(connection, basis, PROPOSALS.query(), {}).rows or ()
    assert row.days == 7
    for decision, command, added in (
        (row.approval, kind.approve, {field: WANTED[field] for field in kind.wanted}),
        (row.rejection, kind.reject, {"reason": "no (demo)"}),
    ):
        assert decision.adds == tuple(added)
        path = DECIDING[command_name(command)].path.split("/")
        named = dict(zip([part[1:-5] for part in path if "{" in part], _values(path, decision.path), strict=True))
        over_http = Shape(command, "/".join(path)).read(json.dumps({**decision.body, **added}).encode(), named)
        assert over_http == decided(decision.command, **added)
        assert isinstance(over_http, command)
        line = json.loads(shlex.split(decision.line)[1])
        assert line == json.loads(json.dumps({**decision.command, **dict.fromkeys(added, "why")}))
    assert row.approval.command["effective_on"] == "2026-11-27"
    assert not row.may_approve(row.proposed_by, "admin"), "not their own"
    assert row.may_approve("another-demo", "admin")
    assert not row.may_approve("another-demo", "auditor")
    assert row.may_approve("another-demo", "finance") == (proposed in (StatementCalculated, EstimateProposed))
    names, (cells,) = proposals_table([row])
    assert dict(zip(names, cells, strict=True))["approve_path"] == row.approval.path
    assert proposals_sheet([row]).lines[0][0] == name


def _values(path: list[str], filled: str) -> list[str]:
    return [value for part, value in zip(path, filled.split("/"), strict=True) if "{" in part]


def test_the_commands_that_it_names_decide(http: Http) -> None:
    for rate in ("r-1-demo", "r-2-demo"):
        asked = {**RATE, "rate": rate, "effective_on": "2026-01-01"}
        assert http.post("/v1/rates", asked, "finance").status_code == 201
    first, second = http.get("/v1/reports/proposals", "auditor").json()["rows"]
    assert (first["kind"], first["authors"], first["says"]) == (
        "RATE",
        ["finance-demo"],
        "fx/usd-cny 7.1 from 2026-01-01",
    )
    assert first["approval"]["roles"] == ["admin", "approver"]
    assert http.post(first["approval"]["path"], first["approval"]["body"], "finance").status_code == 403
    assert http.post(first["approval"]["path"], first["approval"]["body"], "approver").status_code == 201
    said = {**second["rejection"]["command"], "reason": "another source (demo)"}
    assert http.post("/v1/commands", said, "approver").status_code == 201
    assert http.get("/v1/reports/proposals", "auditor").json()["rows"] == []
    csv = http.get("/v1/reports/proposals.csv", "auditor").text.splitlines()[0]
    assert csv.endswith("approve_path,approve_body,reject_path,reject_body")
