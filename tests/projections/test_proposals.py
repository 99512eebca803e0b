"""What waits for a second person: every kind, until somebody decides, on both dates."""

from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from api.app import WHO_MAY
from api.http.operations import APPROVERS, FINANCE
from ledger.companies.prospects import RejectCompany
from ledger.decider import Fact, all_facts, command_name
from ledger.investment.agreement import SignInvestmentAgreement
from ledger.investment.facts import InvestmentDrafted
from ledger.joint.owing import PayFromBank
from ledger.joint.paying import PaySupplier
from ledger.joint.taxing import FileVatReturn
from ledger.leases.facts import LeaseDrafted, LeaseSubmitted
from ledger.log.database import Database
from ledger.offtake.facts import (
    DisputeWithdrawn,
    OfftakeAmendmentProposed,
    OfftakeDrafted,
    OfftakeStepWithdrawn,
    StatementApproved,
    StatementCalculated,
    StatementDisputed,
)
from ledger.offtake.life import ExecuteOfftake
from ledger.periods import ReopenPeriod
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
    proposing = {fact for name, fact in all_facts().items() if name.endswith(("-proposed", ".proposed"))}
    assert proposing | {LeaseSubmitted, StatementCalculated, InvestmentDrafted, OfftakeDrafted} == set(listed)


def test_every_command_that_approves_stands_beside_one_that_turns_down() -> None:
    """Names alone do not tell of six: who reopens, signs, executes, pays or files agrees to what another wrote."""
    approving = {command for command in WHO_MAY if "approve" in command_name(command)}
    others = {ReopenPeriod, SignInvestmentAgreement, ExecuteOfftake, PaySupplier, PayFromBank, FileVatReturn}
    assert approving | others == {k.approve for k in KINDS.values()}
    turning_down = {command for command in WHO_MAY if command_name(command).startswith(("reject-", "dispute-"))}
    assert turning_down - {RejectCompany} <= {kind.reject for kind in KINDS.values()}
    assert all("reason" in kind.reject.__struct_fields__ for kind in KINDS.values())


@pytest.mark.parametrize("name", KINDS)
def test_what_is_named_is_what_the_commands_ask_for(name: Any) -> None:
    kind = KINDS[name]
    assert set(kind.names) <= set(kind.approve.__struct_fields__)
    may = {"STATEMENT": FINANCE, "ESTIMATE": FINANCE | APPROVERS}.get(name, APPROVERS)
    assert WHO_MAY[kind.approve] == may, "who may approve is said once"
    asked = {field.name for field in msgspec.structs.fields(kind.approve) if field.required} - {"effective_on"}
    assert asked - set(kind.wanted) - set(kind.lists) <= set(kind.names)
    assert set(kind.wanted) <= asked


@pytest.mark.parametrize(
    ("name", "proposed", "decided"),
    [
        pytest.param(name, proposed, decided, id=f"{name}-{proposed.__name__}-{decided.__name__}")
        for name, kind in KINDS.items()
        for proposed in kind.proposed
        for decided in (*kind.decided, *kind.paused)
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
    assert (row.kind, row.proposed_by, row.position) == (name, getattr(asked, kind.by), at)
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


def test_nobody_who_wrote_a_lease_or_submitted_it_approves_it(database: Database) -> None:
    submitted = TOLD[LeaseSubmitted]
    drafted = replace(TOLD[LeaseDrafted], lease=submitted.lease, company=submitted.company, drafted_by="writer-demo")
    earlier = replace(drafted, drafted_by="earlier-demo")
    record(database, [earlier, drafted, replace(submitted, submitted_by="sender-demo")], at=NOON)
    (row,) = waiting(database)
    assert (row.proposed_by, row.authors) == ("sender-demo", ("sender-demo", "writer-demo"))
    assert (row.says.partition(":")[0], row.approving) == (submitted.company, {"lease": submitted.lease})


def test_nobody_who_wrote_a_draft_of_an_investment_agreement_signs_it(database: Database) -> None:
    drafts = [replace(TOLD[InvestmentDrafted], drafted_by=writer) for writer in ("first-demo", "second-demo")]
    record(database, drafts, at=NOON)
    (row,) = waiting(database)
    assert (row.proposed_by, sorted(row.authors)) == ("second-demo", ["first-demo", "second-demo"])


def test_a_disputed_run_waits_again_once_the_dispute_is_withdrawn_unless_it_was_approved(database: Database) -> None:
    calculated = TOLD[StatementCalculated]
    given = {"agreement": calculated.agreement, "month": calculated.month, "run": calculated.run}
    disputed, over = (replace(TOLD[kind], **given) for kind in (StatementDisputed, DisputeWithdrawn))
    record(database, [calculated, disputed], at=NOON)
    assert waiting(database) == []
    record(database, [over], at=NOON)
    assert [row.approving for row in waiting(database)] == [given]
    record(database, [replace(TOLD[StatementApproved], **given), disputed, over], at=NOON)
    assert waiting(database) == []
