"""What waits for a second person: every kind, until somebody decides, on both dates."""

from datetime import UTC, date, datetime
from typing import Any, Union

import msgspec
import pytest
from msgspec.structs import replace

from api.app import WHO_MAY
from api.http.operations import APPROVERS
from api.routes.reports import proposals_sheet, proposals_table
from ledger import CONTEXTS
from ledger.decider import By, Fact, all_facts
from ledger.log.database import Database
from ledger.offtake.facts import OfftakeAmendmentProposed, OfftakeStepWithdrawn
from ledger.rates import ProposeRate
from ledger.recording.application import Ledger
from ledger.recording.outcome import Done
from projections.engine.basis import Basis
from projections.proposals import KINDS, OpenProposal, proposals
from tests.examples import FACTS, FAULTY_USCC
from tests.ground.recording import record

TOLD: dict[type[Fact], Any] = {type(fact): fact for fact in FACTS}
NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


def waiting(database: Database, effective: date = date(2026, 11, 27), recorded: int = 1_000_000) -> list[OpenProposal]:
    basis = Basis(effective=effective, recorded=recorded, recorded_at=None, root="", zone="+08:00")
    with database.views.connect() as connection:
        return proposals(connection, basis)


def test_every_fact_that_proposes_is_of_a_kind() -> None:
    listed = [fact for kind in KINDS.values() for fact in kind.proposed]
    assert {fact for name, fact in all_facts().items() if name.endswith("-proposed") or name == "rate.proposed"} == set(
        listed
    )


@pytest.mark.parametrize("name", KINDS)
def test_what_is_named_is_what_the_commands_ask_for(name: Any) -> None:
    kind = KINDS[name]
    assert set(kind.names) <= set(kind.approve.__struct_fields__)
    assert WHO_MAY[kind.approve] == APPROVERS, "who may approve is said once"
    asked = {field.name for field in msgspec.structs.fields(kind.approve) if field.required} - {"effective_on"}
    assert asked <= set(kind.names)


@pytest.mark.parametrize(
    ("name", "proposed", "decided"),
    [
        pytest.param(name, proposed, decided, id=f"{name}-{proposed.__name__}-{decided.__name__}")
        for name, kind in KINDS.items()
        for proposed in kind.proposed
        for decided in kind.decided
    ],
)
def test_it_waits_until_somebody_decides(
    database: Database, name: Any, proposed: type[Fact], decided: type[Fact]
) -> None:
    kind, asked, answer = KINDS[name], TOLD[proposed], TOLD[decided]
    if name == "OVERRIDE":
        given = {"company": asked.company, "uscc": FAULTY_USCC, "scheme": "USCC", "value": FAULTY_USCC}
        asked = replace(asked, **{field: given[field] for field in given if field in asked.__struct_fields__})
    else:
        given = {field: getattr(asked, field) for field in kind.names}
    answer = replace(answer, **{field: value for field, value in given.items() if field in answer.__struct_fields__})
    at = record(database, [asked], at=NOON)
    (row,) = waiting(database)
    assert (row.kind, row.proposed_by, row.position) == (name, asked.proposed_by, at)
    record(database, [answer], at=NOON)
    assert waiting(database) == []
    assert waiting(database, recorded=at) == [row]
    record(database, [replace(asked, effective_on=date(2026, 1, 1))], at=NOON)
    assert len(waiting(database)) == 1, "asked for again"


def test_a_proposal_counts_from_its_record_though_it_holds_later(database: Database) -> None:
    """Recorded at 20:00 of the 27th in the ledger's zone, for terms that begin in January."""
    asked = replace(TOLD[OfftakeAmendmentProposed], effective_on=date(2027, 1, 1))
    at = record(database, [asked], at=NOON)
    (row,) = waiting(database)
    assert (row.effective_on, row.proposed_on) == (date(2027, 1, 1), date(2026, 11, 27))
    assert waiting(database, effective=date(2026, 11, 26)) == []
    taken_back = OfftakeStepWithdrawn(
        effective_on=asked.effective_on,
        agreement=asked.agreement,
        step="offtake.amendment-proposed",
        reason="by mistake (demo)",
        touched=asked.tags,
    )
    record(database, [taken_back], at=NOON)
    assert (waiting(database), waiting(database, recorded=at)) == ([], [row])


def test_the_command_that_it_names_approves_it(database: Database) -> None:
    asked = ProposeRate(
        effective_on=date(2026, 1, 1), rate="r-1-demo", series="fx/usd-cny", value="7.1", source="notice (demo)"
    )
    with Ledger(database, CONTEXTS) as ledger:
        ledger.execute(asked, By(actor="clerk-demo", role="finance"))
        (row,) = waiting(database)
        assert (row.says, row.reject) == ("fx/usd-cny 7.1 from 2026-01-01", "reject-rate")
        (line,) = proposals_table([row])[1]
        (shown,) = proposals_sheet([row]).lines
        assert line[:3] == shown[:3] == ["RATE", "rate=r-1-demo", row.says]
        body = {"command": row.approve, "effective_on": "2026-01-02", **row.which}
        any_command: Any = Union[ledger.commands]  # noqa: UP007 - its members are known only at run time
        approve = msgspec.json.decode(msgspec.json.encode(body), type=any_command)
        outcome = ledger.execute(approve, By(actor="approver-demo", role="approver")).outcome
    assert isinstance(outcome, Done)
    assert waiting(database) == []
