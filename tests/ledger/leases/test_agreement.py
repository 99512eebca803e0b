"""From draft to signature: who a tenant is, who approves, and which units a contract may take."""

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.companies.facts import CompaniesMerged, CompanyExited, CompanyStepWithdrawn
from ledger.decider import By, Fact, Refusal, stored_name
from ledger.estate.facts import UnitPart, UnitRemeasured, UnitReserved, UnitSplit, UnitTakenOffMarket
from ledger.leases.agreement import (
    ApproveLease,
    DraftLease,
    ExecuteLease,
    LeaseExists,
    SignedAfterCommencement,
    TenantUnknown,
)
from ledger.leases.changes import ApproveAmendment
from ledger.leases.facts import AmendmentProposed, LeaseApproved, LeaseDrafted, LeaseExecuted, LeaseSubmitted
from ledger.leases.lease import ApproverIsAuthor, LeaseCommand, TenantGone
from ledger.leases.premises import (
    ContractedAreaTooLarge,
    PremisesNotToLet,
    PremisesReserved,
    PremisesUnknown,
    UnitLet,
    UnitsNotNamed,
)
from ledger.leases.terms import Premises
from tests.examples.leases import (
    A101,
    A102,
    CLERK,
    COMPANY,
    EXTENDED,
    GROUND,
    L_1,
    OTHER_COMPANY,
    VOID,
    VOIDED,
    paper,
    signed,
    simple,
    through,
    unit,
)
from tests.ground.given import decide, given
from tests.ledger.leases.ground import (
    APPROVED,
    COMMAND,
    DRAFTED,
    EXECUTED,
    SUBMITTED,
    Things,
    asked,
    folded,
    signed_by,
    told,
)

# What is recorded


@pytest.mark.parametrize(
    ("recorded", "command", "fact"),
    [
        pytest.param(DRAFTED, VOID, VOIDED, id="voids-a-draft"),
        pytest.param(SUBMITTED, VOID, VOIDED, id="voids-what-was-submitted"),
        pytest.param(
            APPROVED,
            replace(VOID, effective_on=date(2023, 11, 20)),
            replace(VOIDED, effective_on=date(2023, 11, 20)),
            id="voids-what-was-approved",
        ),
    ],
)
def test_a_lease_is_voided_before_it_is_signed(recorded: Things, command: LeaseCommand, fact: Fact) -> None:
    given(*recorded).when(command).then(fact)


def test_the_newest_draft_counts() -> None:
    first, second = told(LeaseDrafted), told(LeaseDrafted, terms=EXTENDED, effective_on=date(2023, 11, 2))
    given(*GROUND, first).when(asked(DraftLease, terms=EXTENDED, effective_on=date(2023, 11, 2))).then(second)
    again = asked(DraftLease, effective_on=date(2023, 11, 2))
    given(*GROUND, first, second).when(again).then(told(LeaseDrafted, effective_on=date(2023, 11, 2)))
    assert folded(first, second).draft == EXTENDED


def test_two_drafts_may_want_the_same_unit() -> None:
    rival = asked(DraftLease, lease="l-9-demo", company=OTHER_COMPANY)
    expected = told(LeaseDrafted, lease="l-9-demo", company=OTHER_COMPANY)
    given(*EXECUTED).when(rival).then(expected)


# Who


def test_an_id_is_one_companys_lease() -> None:
    given(*DRAFTED).when(asked(DraftLease, company=OTHER_COMPANY)).refused(LeaseExists, field="lease")


@pytest.mark.parametrize("actor", [CLERK.actor, "second-demo"])
def test_who_drafted_or_submitted_does_not_approve(actor: str) -> None:
    submitted = (*DRAFTED, told(LeaseSubmitted, submitted_by="second-demo"))
    given(*submitted).when(asked(ApproveLease), by=By(actor=actor, role="approver")).refused(ApproverIsAuthor)


MERGED_TENANT = CompaniesMerged(
    company=COMPANY, effective_on=date(2023, 6, 1), into=OTHER_COMPANY, reason="the same", evidence=paper("cards")
)

LEFT = CompanyExited(company=COMPANY, effective_on=date(2023, 6, 1), ended=(), receivable="0.00", deposits_held="0.00")


@pytest.mark.parametrize(
    ("recorded", "refusal"),
    [
        pytest.param(GROUND[1:], TenantUnknown, id="unknown"),
        pytest.param((*GROUND, MERGED_TENANT), TenantGone, id="merged"),
        pytest.param((*GROUND, LEFT), TenantGone, id="left"),
    ],
)
def test_a_tenant_is_known_and_here(recorded: Things, refusal: type[Refusal]) -> None:
    given(*recorded).when(asked(DraftLease)).refused(refusal, field="company")


@pytest.mark.parametrize("gone", [MERGED_TENANT, LEFT], ids=["merged", "left"])
@pytest.mark.parametrize("step", [ApproveLease, ExecuteLease, ApproveAmendment])
def test_a_tenant_is_here_when_it_is_signed(step: type[LeaseCommand], gone: Fact) -> None:
    """Looked at again by every step that binds both: between the draft and the signature a company may have gone."""
    command = COMMAND[step]
    facts = {ApproveLease: SUBMITTED, ExecuteLease: APPROVED, ApproveAmendment: (*GROUND, *through(AmendmentProposed))}
    back = CompanyStepWithdrawn(
        company=COMPANY,
        effective_on=gone.effective_on,
        step=stored_name(type(gone)),
        reason="of another (demo)",
        touched=gone.tags,
    )
    given(*facts[step], gone).when(command, signed_by(command)).refused(TenantGone, field="lease")
    assert decide((*facts[step], gone, back), command, signed_by(command))


# Units


def test_a_draft_names_units_that_there_are_and_no_more_than_their_area() -> None:
    given(*GROUND[:2]).when(asked(DraftLease)).refused(PremisesUnknown, says=A101)
    larger = replace(L_1, premises=(Premises(unit=A101, area="1234.51"),))
    given(*GROUND).when(asked(DraftLease, terms=larger)).refused(ContractedAreaTooLarge, says="1234.50")


OFF_MARKET = UnitTakenOffMarket(effective_on=date(2023, 12, 1), unit=A101, reason="the roof")

SPLIT = UnitSplit(
    effective_on=date(2026, 12, 31),
    building="hall-a-demo",
    unit=A101,
    floor="1",
    use="INDUSTRIAL",
    standard="GB/T17986",
    measured_on=date(2023, 1, 2),
    parts=(UnitPart(unit="a101-1-demo", area_dm2=100_000), UnitPart(unit="a101-2-demo", area_dm2=23_450)),
)

SHRUNK = UnitRemeasured(
    effective_on=date(2023, 12, 1),
    building="hall-a-demo",
    unit=A101,
    area_dm2=123_449,
    area_before_dm2=123_450,
    standard="GB/T17986",
    measured_on=date(2023, 12, 1),
    evidence=paper("survey"),
)


def reserved(company: str, until_on: date) -> UnitReserved:
    return UnitReserved(effective_on=date(2023, 10, 1), unit=A101, company=company, until_on=until_on)


LET = signed("l-9-demo", simple(date(2026, 12, 31), date(2027, 12, 31)), company=OTHER_COMPANY, on=date(2023, 11, 1))


@pytest.mark.parametrize(
    ("more", "changes", "refusal"),
    [
        pytest.param((), {"units": ()}, UnitsNotNamed, id="not-named"),
        pytest.param((), {"units": (A102,)}, UnitsNotNamed, id="another-named"),
        pytest.param((OFF_MARKET,), {}, PremisesNotToLet, id="off-the-market"),
        pytest.param((SPLIT,), {}, PremisesNotToLet, id="gone-on-the-last-day"),
        pytest.param((reserved(OTHER_COMPANY, date(2023, 12, 15)),), {}, PremisesReserved, id="kept-for-another"),
        pytest.param((SHRUNK,), {}, ContractedAreaTooLarge, id="smaller-by-now"),
        pytest.param(LET, {}, UnitLet, id="L1-let-on-the-last-day"),
        pytest.param((), {"effective_on": date(2024, 1, 2)}, SignedAfterCommencement, id="L6-signed-too-late"),
    ],
)
def test_a_contract_is_not_signed(more: Things, changes: dict[str, Any], refusal: type[Refusal]) -> None:
    field = {"signed-after-commencement": "effective_on", "contracted-area-too-large": "terms.premises"}
    given(*APPROVED, *more).when(asked(ExecuteLease, **changes)).refused(
        refusal, field=field.get(refusal.code, "units")
    )


@pytest.mark.parametrize(
    "more",
    [
        pytest.param((reserved(COMPANY, date(2024, 12, 31)),), id="kept-for-the-tenant"),
        pytest.param((reserved(OTHER_COMPANY, date(2023, 12, 14)),), id="kept-until-the-day-before"),
        pytest.param((replace(SPLIT, effective_on=date(2027, 1, 1)),), id="gone-on-the-day-after"),
        pytest.param(
            signed("l-9-demo", simple(date(2027, 1, 1), date(2027, 12, 31)), company=OTHER_COMPANY),
            id="let-from-the-day-after",
        ),
        pytest.param(
            signed("l-9-demo", simple(date(2024, 1, 1), date(2027, 12, 31), (A102, "1.00")), company=OTHER_COMPANY),
            id="another-unit-let",
        ),
    ],
)
def test_a_contract_is_signed_all_the_same(more: Things) -> None:
    given(*APPROVED, *more).when(asked(ExecuteLease)).then(told(LeaseExecuted))


def test_a_unit_is_not_let_before_it_is_there() -> None:
    later = (*GROUND[:2], unit(A101, 123_450, on=date(2024, 1, 2)), *through(LeaseApproved))
    given(*later).when(asked(ExecuteLease)).refused(PremisesNotToLet, says="2024-01-02")


def test_refusals_of_signing_come_in_the_order_drawn() -> None:
    """Each fault is mended in turn; the next one shows."""
    worst: list[Fact] = [OFF_MARKET, reserved(OTHER_COMPANY, date(2024, 1, 1)), SHRUNK, *LET]
    base = [fact for fact in APPROVED if getattr(fact, "unit", None) != A101]
    late = asked(ExecuteLease, effective_on=date(2024, 1, 2), units=())
    given(*base, *worst).when(late).refused(SignedAfterCommencement)
    given(*base).when(asked(ExecuteLease, units=())).refused(UnitsNotNamed)
    given(*base).when(asked(ExecuteLease)).refused(PremisesUnknown)
    for mended, refusal in ((0, PremisesNotToLet), (1, PremisesReserved), (2, ContractedAreaTooLarge), (3, UnitLet)):
        given(*APPROVED, *worst[mended:]).when(asked(ExecuteLease)).refused(refusal)
