"""A lease's life: what every command records, what every rule refuses and when, and what holds whatever is sent."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st
from msgspec.structs import replace

from ledger.companies.facts import CompaniesMerged, CompanyExited
from ledger.decider import By, Command, Fact, Refusal
from ledger.estate.facts import UnitPart, UnitRemeasured, UnitReserved, UnitSplit, UnitTakenOffMarket
from ledger.leases.agreement import (
    ApproveLease,
    DraftLease,
    ExecuteLease,
    LeaseExists,
    SignedAfterCommencement,
    SubmitLease,
    TenantGone,
    TenantUnknown,
)
from ledger.leases.changes import (
    AmendmentDecided,
    AmendmentKindDiffers,
    AmendmentTaken,
    AmendmentUnknown,
    ApproveAmendment,
    ChangeServiceCharge,
    CommencementKept,
    IndexUnknown,
    NotIndexed,
    ProposeAmendment,
    RejectAmendment,
    ReviewRent,
    SeriesNotNamed,
)
from ledger.leases.deciding import LEASES, evolve_lease
from ledger.leases.facts import (
    AmendmentKind,
    AmendmentProposed,
    AmendmentRejected,
    HoldoverEnded,
    HoldoverStarted,
    IndexRentReviewed,
    LeaseAmended,
    LeaseApproved,
    LeaseCommenced,
    LeaseDrafted,
    LeaseExecuted,
    LeaseExpired,
    LeaseFact,
    LeaseHolds,
    LeaseSubmitted,
    LeaseTerminated,
    PremisesHandedOver,
    ServiceChargeChanged,
)
from ledger.leases.lease import (
    ApproverIsAuthor,
    Lease,
    LeaseCommand,
    LeaseStateForbids,
    LeaseStepTooEarly,
    LeaseUnknown,
    OutsideTerm,
)
from ledger.leases.premises import (
    ContractedAreaTooLarge,
    PremisesNotToLet,
    PremisesReserved,
    PremisesUnknown,
    UnitLet,
    UnitsNotNamed,
)
from ledger.leases.soundness import (
    BreakMalformed,
    IndexationMalformed,
    PremisesMalformed,
    RentFreeMalformed,
    RentStepsDisordered,
    RentTooLarge,
    TermImpossible,
    TermTooLong,
)
from ledger.leases.term import (
    CommenceLease,
    EndHoldover,
    ExpireLease,
    HandOverPremises,
    HandoverTooEarly,
    HoldoverEndsTooEarly,
    NotHandedOver,
    NotTheDay,
    OptionNotOpen,
    StartHoldover,
    SuccessorUnfit,
    SuccessorUnknown,
    SurrenderPremises,
)
from ledger.leases.termination import (
    BreakFeeDiffers,
    BreakNoticeLate,
    BreakNoticeMissing,
    BreakPartyDiffers,
    BreakUnknown,
    TerminateLease,
)
from ledger.leases.terms import Break, Indexation, Premises, RentFree, RentStep, Terms
from ledger.lettings import Letting
from ledger.rates import RateApproved
from tests.examples import CLAIMED, KEY_CREATED
from tests.examples.leases import (
    A101,
    A102,
    APPROVER,
    ASKED,
    CLERK,
    COMPANY,
    CPI,
    EXTENDED,
    GROUND,
    HELD,
    L_1,
    LEASE,
    LIFE,
    NEXT_LEASE,
    NEXT_TERMS,
    NOTICE_SERVED,
    OTHER_COMPANY,
    RENEW,
    RENEWED,
    SERVE_NOTICE,
    TERMINATE,
    TERMINATED,
    VOID,
    VOIDED,
    before,
    flat,
    index,
    paper,
    per_m2,
    signed,
    simple,
    through,
    unit,
)
from tests.ground.given import decide, given, state
from tests.strategies import any_of, facts
from tests.strategies.leases import LEASED, TERM_DAYS
from tests.strategies.leases import LEASES as LEASE_IDS

COMMAND: dict[type[LeaseCommand], LeaseCommand] = {type(command): command for command, _ in reversed(ASKED)}
COMMAND |= {type(command): command for command in (SERVE_NOTICE, TERMINATE, RENEW, VOID)}
FACT: dict[type[Fact], Any] = {type(fact): fact for fact in reversed(LIFE)}
DAY = timedelta(days=1)
Things = tuple[Fact, ...]

RUNNING: Things = (*GROUND, *through(ServiceChargeChanged))
"""L-1 on its way: executed, handed over, commenced, another service charge."""
NOTIFIED: Things = (*RUNNING, NOTICE_SERVED)
FOLLOWED: Things = (*GROUND, *before(AmendmentProposed), *signed(NEXT_LEASE, NEXT_TERMS, on=date(2026, 9, 1)))
OTHER = signed("l-9-demo", simple(date(2027, 6, 1), date(2028, 5, 31)), company=OTHER_COMPANY)


def asked(kind: type[LeaseCommand], **changes: Any) -> LeaseCommand:
    """The example of a command, with changes."""
    return replace(COMMAND[kind], **changes)


def told(kind: type[Fact], **changes: Any) -> Any:
    """The example of a fact, with changes."""
    return replace(FACT[kind], **changes)


def folded(*recorded: Fact, lease: str = LEASE) -> Lease:
    """One lease after its facts."""
    known = None
    for fact in recorded:
        if isinstance(fact, LeaseFact | LeaseHolds) and fact.lease == lease:
            known = evolve_lease(known, fact)
    assert known is not None
    return known


def signed_by(command: LeaseCommand) -> By:
    """Who sends a command in the examples: what is approved, by somebody else."""
    return APPROVER if isinstance(command, ApproveLease | ApproveAmendment) else CLERK


# What every command records


@pytest.mark.parametrize("at", range(len(LIFE)), ids=lambda at: type(LIFE[at]).__name__)
def test_a_whole_life_step_by_step(at: int) -> None:
    command, by = ASKED[at]
    given(*GROUND, *LIFE[:at]).when(command, by=by).then(LIFE[at])


@pytest.mark.parametrize(
    ("recorded", "command", "fact"),
    [
        pytest.param(RUNNING, SERVE_NOTICE, NOTICE_SERVED, id="serves-notice"),
        pytest.param(NOTIFIED, TERMINATE, TERMINATED, id="breaks-for-three-months-rent"),
        pytest.param(FOLLOWED, RENEW, RENEWED, id="renews-by-option"),
        pytest.param((*GROUND, *through(LeaseDrafted)), VOID, VOIDED, id="voids-a-draft"),
        pytest.param((*GROUND, *through(LeaseSubmitted)), VOID, VOIDED, id="voids-what-was-submitted"),
        pytest.param(
            (*GROUND, *through(LeaseApproved)),
            replace(VOID, effective_on=date(2023, 11, 20)),
            replace(VOIDED, effective_on=date(2023, 11, 20)),
            id="voids-what-was-approved",
        ),
    ],
)
def test_other_ways(recorded: Things, command: LeaseCommand, fact: Fact) -> None:
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
    given(*GROUND, *through(LeaseExecuted)).when(rival).then(expected)


def test_the_unit_is_free_again_from_the_day_after_an_end() -> None:
    terms = simple(date(2026, 1, 1), date(2026, 12, 31))
    approved = signed("l-9-demo", terms, company=OTHER_COMPANY, on=date(2025, 12, 31))
    command = ExecuteLease(lease="l-9-demo", effective_on=date(2025, 12, 31), document=paper("contract"), units=(A101,))
    given(*NOTIFIED, TERMINATED, *approved[:3]).when(command).then(approved[3])
    given(*NOTIFIED, *approved[:3]).when(command).refused(UnitLet, says=LEASE)


def test_a_lease_may_end_before_it_begins() -> None:
    command = TerminateLease(
        lease=LEASE,
        effective_on=date(2023, 12, 20),
        ends_on=date(2023, 12, 20),
        cause="AGREEMENT",
        document=paper("deed"),
    )
    fact = LeaseTerminated(
        lease=LEASE,
        company=COMPANY,
        effective_on=date(2023, 12, 20),
        ends_on=date(2023, 12, 20),
        cause="AGREEMENT",
        fee_minor=0,
        document=paper("deed"),
        lettings=(),
        given_up=(A101,),
    )
    given(*GROUND, *through(LeaseExecuted)).when(command).then(fact)
    assert fact.tags == (f"lease:{LEASE}", f"tenant:{COMPANY}", f"unit:{A101}")


def test_a_termination_with_notice_holds_the_unit_until_its_day() -> None:
    command = TerminateLease(
        lease=LEASE,
        effective_on=date(2025, 1, 15),
        ends_on=date(2025, 6, 30),
        cause="TENANT_DEFAULT",
        fee="1.00",
        fee_taxable=True,
        document=paper("deed"),
    )
    recorded = decide(RUNNING, command)
    assert isinstance(fact := recorded[0], LeaseTerminated)
    assert (fact.lettings, fact.fee_minor, fact.fee_taxable) == (
        (replace(HELD[0], until_on=date(2025, 6, 30)),),
        100,
        True,
    )
    given(*RUNNING, *recorded).when(replace(command, fee="2.00")).refused(LeaseStateForbids)


def test_holdover_may_follow_without_a_word_about_expiry() -> None:
    given(*GROUND, *before(LeaseExpired)).when(asked(StartHoldover)).then(told(HoldoverStarted))


def test_renewal_without_the_option_may_come_late() -> None:
    command = replace(RENEW, option_exercised=False, effective_on=date(2027, 1, 1))
    given(*FOLLOWED).when(command).then(replace(RENEWED, option_exercised=False, effective_on=date(2027, 1, 1)))


def test_an_amendment_may_be_turned_down_by_who_proposed_it() -> None:
    proposed = through(AmendmentProposed)
    command = asked(RejectAmendment, amendment="am-1-demo", effective_on=date(2025, 12, 1))
    rejected = told(AmendmentRejected, amendment="am-1-demo", effective_on=date(2025, 12, 1))
    given(*GROUND, *proposed).when(command).then(rejected)


# Amendments


TWO = replace(L_1, premises=(*L_1.premises, Premises(unit=A102, area="2310.00")))


def proposal(
    terms: Terms, on: date, kind: AmendmentKind, *, amendment: str = "am-9-demo", by: By = CLERK
) -> AmendmentProposed:
    return AmendmentProposed(
        lease=LEASE,
        company=COMPANY,
        effective_on=on,
        amendment=amendment,
        kind=kind,
        terms=terms,
        document=paper("amendment"),
        proposed_by=by.actor,
    )


def propose(terms: Terms, on: date, kind: AmendmentKind, *, amendment: str = "am-9-demo") -> ProposeAmendment:
    return ProposeAmendment(
        lease=LEASE, effective_on=on, amendment=amendment, kind=kind, terms=terms, document=paper("amendment")
    )


def approve(*units: str, amendment: str = "am-9-demo", on: date = date(2024, 8, 1)) -> ApproveAmendment:
    return ApproveAmendment(lease=LEASE, effective_on=on, amendment=amendment, units=units)


def amended(recorded: Sequence[Fact], command: ApproveAmendment) -> LeaseAmended:
    (fact,) = decide(recorded, command, APPROVER)
    assert isinstance(fact, LeaseAmended)
    return fact


def test_more_space_is_let_from_its_day_and_given_up_on_the_day_before() -> None:
    up = proposal(TWO, date(2024, 10, 1), "SCOPE_UP")
    given(*RUNNING).when(propose(TWO, date(2024, 10, 1), "SCOPE_UP")).then(up)
    more = amended((*RUNNING, up), approve(A102))
    assert more.lettings == (*HELD, Letting(unit=A102, from_on=date(2024, 10, 1), until_on=date(2026, 12, 31)))
    down = proposal(L_1, date(2025, 4, 1), "SCOPE_DOWN", amendment="am-10-demo")
    less = amended((*RUNNING, up, more, down), approve(amendment="am-10-demo"))
    assert less.lettings == (*HELD, Letting(unit=A102, from_on=date(2024, 10, 1), until_on=date(2025, 3, 31)))
    assert less.given_up == ()


def test_amendments_count_by_effective_date_not_in_the_order_recorded() -> None:
    """L7: the one recorded second lies in front, and holds until the other begins."""
    late = proposal(EXTENDED, date(2026, 1, 1), "TERM", amendment="am-1-demo")
    recorded: Things = (*RUNNING, late)
    recorded = (*recorded, amended(recorded, approve(A101, amendment="am-1-demo")))
    early = proposal(TWO, date(2024, 10, 1), "SCOPE_UP")
    given(*recorded).when(propose(TWO, date(2024, 10, 1), "SCOPE_UP")).then(early)
    fact = amended((*recorded, early), approve(A102))
    assert fact.lettings == (
        Letting(unit=A101, from_on=date(2024, 1, 1), until_on=date(2027, 12, 31)),
        Letting(unit=A102, from_on=date(2024, 10, 1), until_on=date(2025, 12, 31)),
    )
    lease = folded(*recorded, fact)
    assert [version.from_on for version in lease.versions] == [date(2024, 1, 1), date(2024, 10, 1), date(2026, 1, 1)]
    assert lease == folded(*sorted((*recorded, fact), key=lambda fact: fact.effective_on))


def test_a_remeasured_unit_leaves_the_lease_as_it_was_signed() -> None:
    """P5: the contracted area stays, in amended terms too; only what is newly agreed is measured."""
    smaller = UnitRemeasured(
        effective_on=date(2024, 9, 1),
        building="hall-a-demo",
        unit=A101,
        area_dm2=120_000,
        area_before_dm2=123_450,
        standard="GB/T17986",
        measured_on=date(2024, 9, 1),
        evidence=paper("survey"),
    )
    assert folded(*RUNNING, smaller).versions[0].terms.area_dm2 == 123_450
    longer = replace(L_1, expiry_on=date(2027, 12, 31))
    given(*RUNNING, smaller).when(propose(longer, date(2025, 1, 1), "TERM")).then(
        proposal(longer, date(2025, 1, 1), "TERM")
    )
    larger = replace(L_1, premises=(Premises(unit=A101, area="1200.01"),))
    given(*RUNNING, smaller).when(propose(larger, date(2025, 1, 1), "SCOPE_DOWN")).refused(
        ContractedAreaTooLarge, says="1200.00"
    )


# Index reviews (domain §4.4)

FLAT = simple(
    date(2024, 1, 1),
    date(2026, 12, 31),
    rent=flat("54000.00"),
    indexation=Indexation(series=CPI, base_on=date(2024, 1, 1), floor="0.01", cap="0.04"),
)


def running(terms: Terms, *more: Fact) -> Things:
    commenced = told(LeaseCommenced, effective_on=terms.commencement_on)
    return (*GROUND, *signed(LEASE, terms), told(PremisesHandedOver), commenced, *more)


def review(on: date = date(2025, 1, 1), current_on: date = date(2024, 12, 1)) -> ReviewRent:
    return ReviewRent(lease=LEASE, effective_on=on, current_on=current_on, series=CPI)


def result(recorded: Sequence[Fact], command: ReviewRent) -> IndexRentReviewed:
    (fact,) = decide(recorded, command)
    assert isinstance(fact, IndexRentReviewed)
    return fact


@pytest.mark.parametrize(
    ("current", "rule", "monthly_minor", "ratio"),
    [
        pytest.param("104.1", {}, 5_495_015, "1.01759531", id="follows-the-index"),
        pytest.param("107.9", {}, 5_616_000, "1.04000000", id="capped"),
        pytest.param("107.9", {"cap": None}, 5_695_601, "1.05474096", id="not-capped"),
        pytest.param("102.8", {}, 5_454_000, "1.01000000", id="floored"),
        pytest.param("102.2", {"floor": None}, 5_394_721, "0.99902248", id="falls-without-a-floor"),
        pytest.param("102.5", {"ratio_form": True}, 5_535_000, "1.02500000", id="year-on-year"),
    ],
)
def test_rent_follows_the_index(current: str, rule: dict[str, Any], monthly_minor: int, ratio: str) -> None:
    assert FLAT.indexation is not None
    terms = replace(FLAT, indexation=replace(FLAT.indexation, **rule))
    fact = result(running(terms, index(date(2024, 12, 1), current)), review())
    assert (fact.monthly_before_minor, fact.monthly_minor, fact.ratio) == (5_400_000, monthly_minor, ratio)
    assert (fact.index_base, fact.index_current) == ("100" if "ratio_form" in rule else "102.3", current)


def test_the_next_review_applies_to_the_terms_rent_or_year_on_year_to_the_rent_reviewed() -> None:
    months = (index(date(2024, 12, 1), "103.4"), index(date(2025, 12, 1), "104.1"))
    first, second = review(), review(date(2026, 1, 1), date(2025, 12, 1))
    once = result(running(FLAT, *months), first)
    assert result((*running(FLAT, *months), once), second).monthly_before_minor == 5_400_000
    assert FLAT.indexation is not None
    yearly = replace(FLAT, indexation=replace(FLAT.indexation, ratio_form=True))
    once = result(running(yearly, *months), first)
    assert result((*running(yearly, *months), once), second).monthly_before_minor == once.monthly_minor == 5_583_600


def test_a_corrected_index_is_reviewed_again_and_year_on_year_not_twice() -> None:
    assert FLAT.indexation is not None
    yearly = replace(FLAT, indexation=replace(FLAT.indexation, ratio_form=True))
    recorded = running(yearly, index(date(2024, 12, 1), "102.0"))
    once = result(recorded, review())
    given(*recorded, once).when(review()).then()
    corrected = (*recorded, once, replace(index(date(2024, 12, 1), "103.0"), rate="correction-demo"))
    assert result(corrected, review()).monthly_minor == 5_562_000
    assert folded(*corrected, result(corrected, review())).reviews == ((date(2025, 1, 1), 5_562_000),)


# What every rule refuses

DRAFTED: Things = (*GROUND, *through(LeaseDrafted))
APPROVED: Things = (*GROUND, *through(LeaseApproved))
EXECUTED: Things = (*GROUND, *through(LeaseExecuted))
HELD_OVER: Things = (*GROUND, *through(HoldoverStarted))


@pytest.mark.parametrize("kind", [kind for kind in COMMAND if kind is not DraftLease], ids=lambda kind: kind.__name__)
def test_every_step_needs_a_lease(kind: type[LeaseCommand]) -> None:
    given(*GROUND).when(COMMAND[kind], by=signed_by(COMMAND[kind])).refused(LeaseUnknown, field="lease")


@pytest.mark.parametrize(
    "kind", [kind for kind in COMMAND if kind is not RejectAmendment], ids=lambda kind: kind.__name__
)
def test_nothing_starts_from_a_void_lease(kind: type[LeaseCommand]) -> None:
    command = replace(COMMAND[kind], effective_on=date(2029, 1, 1))
    given(*DRAFTED, VOIDED).when(command, by=signed_by(command)).refused(LeaseStateForbids, says="VOIDED")


@pytest.mark.parametrize(
    ("recorded", "command"),
    [
        pytest.param(DRAFTED, asked(ApproveLease), id="approved-before-submission"),
        pytest.param((*GROUND, *through(LeaseSubmitted)), asked(ExecuteLease), id="executed-before-approval"),
        pytest.param(
            (*GROUND, *through(LeaseSubmitted)), asked(DraftLease, terms=EXTENDED), id="drafted-after-submission"
        ),
        pytest.param(EXECUTED, VOID, id="voided-after-signature"),
        pytest.param(EXECUTED, asked(ExpireLease), id="expired-before-commencement"),
        pytest.param(RUNNING, asked(HandOverPremises, effective_on=date(2024, 2, 1)), id="handed-over-twice"),
        pytest.param(RUNNING, asked(EndHoldover), id="holdover-ended-before-it-began"),
        pytest.param(RUNNING, asked(SurrenderPremises), id="surrendered-while-it-runs"),
        pytest.param((*FOLLOWED, RENEWED), asked(StartHoldover), id="held-over-after-renewal"),
        pytest.param((*NOTIFIED, TERMINATED), asked(ReviewRent), id="reviewed-after-the-end"),
        pytest.param((*NOTIFIED, TERMINATED), asked(ProposeAmendment), id="amended-after-the-end"),
        pytest.param((*GROUND, *LIFE), asked(SurrenderPremises, effective_on=date(2028, 7, 2)), id="surrendered-twice"),
        pytest.param(
            (*GROUND, *through(PremisesHandedOver)),
            asked(HandOverPremises, effective_on=date(2023, 12, 29)),
            id="handed-over-again",
        ),
    ],
)
def test_steps_have_an_order(recorded: Things, command: LeaseCommand) -> None:
    given(*recorded).when(command, by=signed_by(command)).refused(LeaseStateForbids)


@pytest.mark.parametrize(
    ("recorded", "command"),
    [
        pytest.param(DRAFTED, asked(SubmitLease, effective_on=date(2023, 10, 31)), id="submitted"),
        pytest.param(DRAFTED, asked(DraftLease, terms=EXTENDED, effective_on=date(2023, 10, 31)), id="drafted"),
        pytest.param(APPROVED, asked(ExecuteLease, effective_on=date(2023, 11, 19)), id="executed"),
        pytest.param(RUNNING, replace(TERMINATE, effective_on=date(2023, 12, 31)), id="terminated"),
    ],
)
def test_no_step_is_earlier_than_the_one_in_front(recorded: Things, command: LeaseCommand) -> None:
    given(*recorded).when(command).refused(LeaseStepTooEarly, field="effective_on")


def test_an_id_is_one_companys_lease() -> None:
    given(*DRAFTED).when(asked(DraftLease, company=OTHER_COMPANY)).refused(LeaseExists, field="lease")


@pytest.mark.parametrize("actor", [CLERK.actor, "second-demo"])
def test_who_drafted_or_submitted_does_not_approve(actor: str) -> None:
    submitted = (*DRAFTED, told(LeaseSubmitted, submitted_by="second-demo"))
    given(*submitted).when(asked(ApproveLease), by=By(actor=actor, role="approver")).refused(ApproverIsAuthor)


def test_who_proposed_does_not_approve() -> None:
    given(*GROUND, *through(AmendmentProposed)).when(asked(ApproveAmendment)).refused(ApproverIsAuthor)


# Terms


def free(first: date, last: date) -> tuple[RentFree, ...]:
    return (RentFree(from_on=first, until_on=last),)


def steps(*days: date) -> tuple[RentStep, ...]:
    return tuple(RentStep(from_on=day, rent=flat("1.00")) for day in days)


BEGINS, EXPIRES = L_1.commencement_on, L_1.expiry_on


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        pytest.param({"expiry_on": BEGINS - DAY}, TermImpossible, id="ends-before-it-begins"),
        pytest.param({"commencement_on": date(1949, 12, 31)}, TermImpossible, id="long-ago"),
        pytest.param({"expiry_on": date(2151, 1, 1)}, TermImpossible, id="in-another-age"),
        pytest.param({"expiry_on": date(2044, 1, 1)}, TermTooLong, id="L2-more-than-twenty-years"),
        pytest.param({"premises": (Premises(unit=A101, area="0.00"),)}, PremisesMalformed, id="no-area"),
        pytest.param(
            {"premises": (Premises(unit=A101, area="1.00", until_on=EXPIRES + DAY),)},
            PremisesMalformed,
            id="premises-after-the-term",
        ),
        pytest.param(
            {"premises": (Premises(unit=A101, area="1.00", from_on=EXPIRES, until_on=BEGINS),)},
            PremisesMalformed,
            id="premises-reversed",
        ),
        pytest.param(
            {"premises": (*L_1.premises, Premises(unit=A101, area="1.00", from_on=EXPIRES))},
            PremisesMalformed,
            id="a-unit-twice-on-one-day",
        ),
        pytest.param({"rent": steps(BEGINS + DAY)}, RentStepsDisordered, id="L4-first-step-late"),
        pytest.param({"rent": steps(BEGINS, BEGINS)}, RentStepsDisordered, id="L4-two-steps-on-one-day"),
        pytest.param({"rent": steps(BEGINS, EXPIRES, BEGINS + DAY)}, RentStepsDisordered, id="L4-steps-out-of-order"),
        pytest.param({"rent": steps(BEGINS, EXPIRES + DAY)}, RentStepsDisordered, id="L4-a-step-after-expiry"),
        pytest.param({"rent_free": free(BEGINS - DAY, BEGINS)}, RentFreeMalformed, id="L5-free-before-the-term"),
        pytest.param({"rent_free": free(EXPIRES, EXPIRES + DAY)}, RentFreeMalformed, id="L5-free-after-the-term"),
        pytest.param({"rent_free": free(EXPIRES, BEGINS)}, RentFreeMalformed, id="L5-free-reversed"),
        pytest.param(
            {"rent_free": free(BEGINS, BEGINS) + free(BEGINS, BEGINS + DAY)}, RentFreeMalformed, id="L5-free-twice"
        ),
        pytest.param({"breaks": (replace(L_1.breaks[0], on=EXPIRES),)}, BreakMalformed, id="break-on-the-last-day"),
        pytest.param({"breaks": (replace(L_1.breaks[0], on=BEGINS - DAY),)}, BreakMalformed, id="break-too-early"),
        pytest.param({"breaks": L_1.breaks * 2}, BreakMalformed, id="a-break-twice"),
        pytest.param(
            {"indexation": Indexation(series="fx/usd-cny", base_on=BEGINS)}, IndexationMalformed, id="no-price-index"
        ),
        pytest.param(
            {"indexation": Indexation(series=CPI, base_on=BEGINS, floor="0.05", cap="0.04")},
            IndexationMalformed,
            id="floor-above-cap",
        ),
        pytest.param({"rent": (RentStep(from_on=BEGINS, rent=per_m2("9999999")),)}, RentTooLarge, id="rent-too-large"),
        pytest.param({"service_charge": per_m2("9999999")}, RentTooLarge, id="service-charge-too-large"),
    ],
)
def test_terms_that_cannot_be(changes: dict[str, Any], refusal: type[Refusal]) -> None:
    terms = replace(L_1, **changes)
    field = "terms.service_charge" if "service_charge" in changes else None
    given(*GROUND).when(asked(DraftLease, terms=terms)).refused(refusal, field=field)
    if terms.commencement_on == BEGINS:
        given(*RUNNING).when(propose(terms, date(2025, 1, 1), "TERM")).refused(refusal)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"expiry_on": date(2043, 12, 31)}, id="twenty-years"),
        pytest.param({"expiry_on": BEGINS, "rent": steps(BEGINS), "rent_free": (), "breaks": ()}, id="one-day"),
        pytest.param({"rent_free": free(BEGINS, EXPIRES)}, id="free-throughout"),
        pytest.param({"rent": steps(BEGINS, EXPIRES)}, id="a-step-on-the-last-day"),
        pytest.param({"breaks": (replace(L_1.breaks[0], on=EXPIRES - DAY),)}, id="break-on-the-day-before-the-last"),
        pytest.param(
            {
                "premises": (
                    Premises(unit=A101, area="1.00", until_on=BEGINS),
                    Premises(unit=A101, area="2.00", from_on=BEGINS + DAY),
                )
            },
            id="a-unit-with-another-area-later",
        ),
    ],
)
def test_terms_at_the_edge(changes: dict[str, Any]) -> None:
    terms = replace(L_1, **changes)
    given(*GROUND).when(asked(DraftLease, terms=terms)).then(told(LeaseDrafted, terms=terms))


def test_a_term_from_a_leap_day() -> None:
    terms = simple(date(2080, 2, 29), date(2100, 2, 28))
    given(*GROUND).when(asked(DraftLease, terms=terms)).then(told(LeaseDrafted, terms=terms))
    given(*GROUND).when(asked(DraftLease, terms=replace(terms, expiry_on=date(2100, 3, 1)))).refused(TermTooLong)


# Tenant and premises


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


def test_an_amendment_takes_no_unit_that_another_lease_holds() -> None:
    up = proposal(TWO, date(2024, 10, 1), "SCOPE_UP")
    theirs = signed("l-9-demo", simple(date(2026, 12, 1), date(2027, 5, 31), (A102, "1.00")), company=OTHER_COMPANY)
    given(*RUNNING, up).when(approve(), by=APPROVER).refused(UnitsNotNamed, says=A102)
    given(*RUNNING, up, *theirs).when(approve(A102), by=APPROVER).refused(UnitLet, says="l-9-demo")
    longer = proposal(replace(L_1, expiry_on=date(2027, 6, 1)), date(2026, 1, 1), "TERM")
    given(*RUNNING, longer, *OTHER).when(approve(), by=APPROVER).refused(UnitsNotNamed, says=A101)
    given(*RUNNING, longer, *OTHER).when(approve(A101), by=APPROVER).refused(UnitLet, says="2027-06-01")


def test_a_renewed_lease_is_not_extended_into_its_successor() -> None:
    longer = proposal(replace(L_1, expiry_on=date(2027, 6, 1)), date(2026, 1, 1), "TERM")
    given(*FOLLOWED, RENEWED, longer).when(approve(A101), by=APPROVER).refused(UnitLet, says=NEXT_LEASE)


def test_a_holdover_has_no_end_so_any_later_letting_stands_against_it() -> None:
    expired = (*GROUND, *through(LeaseExpired))
    later = signed("l-9-demo", simple(date(2033, 1, 1), date(2033, 12, 31)), company=OTHER_COMPANY)
    given(*expired).when(asked(StartHoldover, units=())).refused(UnitsNotNamed, field="units")
    given(*expired, *later).when(asked(StartHoldover)).refused(UnitLet, says="2033-01-01")
    approved = signed("l-9-demo", simple(date(2033, 1, 1), date(2033, 12, 31)), company=OTHER_COMPANY)
    command = ExecuteLease(lease="l-9-demo", effective_on=date(2033, 1, 1), document=paper("contract"), units=(A101,))
    given(*HELD_OVER, *approved[:3]).when(command).refused(UnitLet, says="no end")


# The term


@pytest.mark.parametrize(
    ("recorded", "command", "refusal"),
    [
        pytest.param(EXECUTED, asked(CommenceLease), NotHandedOver, id="L6-commences-without-keys"),
        pytest.param(
            EXECUTED, asked(HandOverPremises, effective_on=date(2024, 1, 2)), NotHandedOver, id="L6-keys-late"
        ),
        pytest.param(
            EXECUTED, asked(HandOverPremises, effective_on=date(2023, 12, 14)), HandoverTooEarly, id="keys-unsigned"
        ),
        pytest.param(
            (*GROUND, *through(PremisesHandedOver)),
            asked(CommenceLease, effective_on=date(2024, 1, 2)),
            NotTheDay,
            id="commences-on-another-day",
        ),
        pytest.param(RUNNING, asked(ExpireLease, effective_on=date(2026, 12, 31)), NotTheDay, id="expires-too-early"),
        pytest.param(RUNNING, asked(StartHoldover, effective_on=date(2027, 1, 2)), NotTheDay, id="held-over-too-late"),
        pytest.param(RUNNING, replace(SERVE_NOTICE, break_on=date(2025, 12, 30)), BreakUnknown, id="no-such-break"),
        pytest.param(RUNNING, replace(SERVE_NOTICE, party="LESSOR"), BreakPartyDiffers, id="the-tenant's-break"),
        pytest.param(RUNNING, replace(SERVE_NOTICE, party="EITHER"), BreakPartyDiffers, id="notice-by-whom"),
        pytest.param(
            RUNNING, replace(SERVE_NOTICE, effective_on=date(2025, 7, 5)), BreakNoticeLate, id="notice-a-day-late"
        ),
        pytest.param(RUNNING, TERMINATE, BreakNoticeMissing, id="break-without-notice"),
        pytest.param(
            NOTIFIED, replace(TERMINATE, ends_on=date(2025, 12, 30)), BreakUnknown, id="breaks-on-another-day"
        ),
        pytest.param(NOTIFIED, replace(TERMINATE, fee="0.00"), BreakFeeDiffers, id="break-without-its-fee"),
        pytest.param(
            RUNNING, replace(TERMINATE, cause="AGREEMENT", ends_on=date(2026, 12, 31)), OutsideTerm, id="ends-anyway"
        ),
        pytest.param(
            RUNNING, replace(TERMINATE, cause="AGREEMENT", ends_on=date(2025, 12, 30)), OutsideTerm, id="ended-before"
        ),
        pytest.param(
            EXECUTED,
            replace(TERMINATE, cause="AGREEMENT", effective_on=date(2023, 12, 20), ends_on=date(2024, 1, 1)),
            OutsideTerm,
            id="ends-in-a-term-that-did-not-commence",
        ),
        pytest.param(RUNNING, RENEW, SuccessorUnknown, id="no-successor"),
        pytest.param(
            (*RUNNING, *signed(NEXT_LEASE, NEXT_TERMS)[:3]), RENEW, SuccessorUnfit, id="successor-not-executed"
        ),
        pytest.param(
            (*RUNNING, *signed(NEXT_LEASE, NEXT_TERMS, company=OTHER_COMPANY)),
            RENEW,
            SuccessorUnfit,
            id="successor-of-another-company",
        ),
        pytest.param(
            (*RUNNING, *signed(NEXT_LEASE, simple(date(2027, 1, 2), date(2028, 1, 1)))),
            RENEW,
            SuccessorUnfit,
            id="successor-begins-later",
        ),
        pytest.param(FOLLOWED, replace(RENEW, effective_on=date(2027, 1, 2)), OutsideTerm, id="renewed-too-late"),
        pytest.param(FOLLOWED, replace(RENEW, effective_on=date(2026, 10, 3)), OptionNotOpen, id="option-a-day-late"),
        pytest.param(
            running(simple(date(2024, 1, 1), date(2026, 12, 31)), *signed(NEXT_LEASE, NEXT_TERMS, on=date(2026, 9, 1))),
            RENEW,
            OptionNotOpen,
            id="no-option",
        ),
        pytest.param(HELD_OVER, asked(EndHoldover, ends_on=date(2028, 4, 19)), HoldoverEndsTooEarly, id="ends-before"),
        pytest.param(
            HELD_OVER,
            asked(EndHoldover, effective_on=date(2028, 1, 1), ends_on=date(2027, 12, 31)),
            HoldoverEndsTooEarly,
            id="ends-before-it-began",
        ),
        pytest.param(
            (*GROUND, *through(HoldoverEnded)),
            asked(SurrenderPremises, effective_on=date(2023, 12, 27)),
            HandoverTooEarly,
            id="keys-back-before-they-were-given",
        ),
        pytest.param(
            (*EXECUTED, replace(TERMINATED, effective_on=date(2023, 12, 20), ends_on=date(2023, 12, 20), lettings=())),
            asked(SurrenderPremises),
            NotHandedOver,
            id="keys-back-that-were-never-given",
        ),
    ],
)
def test_the_term_refuses(recorded: Things, command: LeaseCommand, refusal: type[Refusal]) -> None:
    given(*recorded).when(command).refused(refusal)


def test_notice_on_the_last_day_and_the_option_on_its_last_day() -> None:
    given(*RUNNING).when(replace(SERVE_NOTICE, effective_on=date(2025, 7, 4))).then(
        replace(NOTICE_SERVED, effective_on=date(2025, 7, 4))
    )
    given(*FOLLOWED).when(replace(RENEW, effective_on=date(2026, 10, 2))).then(
        replace(RENEWED, effective_on=date(2026, 10, 2))
    )


def test_a_break_of_either_side_takes_notice_from_each() -> None:
    terms = replace(L_1, breaks=(Break(on=date(2025, 12, 31), notice_days=0, party="EITHER"),))
    notice = replace(SERVE_NOTICE, party="LESSOR")
    given(*running(terms)).when(notice).then(replace(NOTICE_SERVED, party="LESSOR"))


def test_refusals_of_a_break_come_in_the_order_drawn() -> None:
    late = replace(SERVE_NOTICE, break_on=date(2025, 1, 1), party="LESSOR", effective_on=date(2025, 12, 1))
    given(*RUNNING).when(late).refused(BreakUnknown)
    given(*RUNNING).when(replace(late, break_on=date(2025, 12, 31))).refused(BreakPartyDiffers)
    given(*RUNNING).when(replace(late, break_on=date(2025, 12, 31), party="TENANT")).refused(BreakNoticeLate)


# Changes


@pytest.mark.parametrize(
    ("recorded", "command", "refusal"),
    [
        pytest.param(RUNNING, approve(), AmendmentUnknown, id="approves-nothing"),
        pytest.param(RUNNING, asked(RejectAmendment), AmendmentUnknown, id="rejects-nothing"),
        pytest.param(
            (*GROUND, *through(AmendmentProposed)),
            asked(ProposeAmendment, terms=replace(EXTENDED, due_days=1)),
            AmendmentTaken,
            id="the-id-is-taken",
        ),
        pytest.param(
            (*GROUND, *through(AmendmentRejected)),
            approve(amendment="am-2-demo", on=date(2026, 7, 1)),
            AmendmentDecided,
            id="approves-what-was-rejected",
        ),
        pytest.param(
            (*GROUND, *through(LeaseAmended)),
            asked(RejectAmendment, amendment="am-1-demo"),
            AmendmentDecided,
            id="rejects-what-was-approved",
        ),
        pytest.param(
            RUNNING,
            propose(replace(L_1, commencement_on=date(2023, 12, 31), rent=steps(date(2023, 12, 31))), EXPIRES, "TERM"),
            CommencementKept,
            id="moves-the-commencement",
        ),
        pytest.param(RUNNING, propose(EXTENDED, date(2023, 12, 31), "TERM"), OutsideTerm, id="from-before-the-term"),
        pytest.param(RUNNING, propose(EXTENDED, date(2027, 1, 1), "TERM"), OutsideTerm, id="from-after-the-term"),
        pytest.param(
            RUNNING,
            propose(replace(L_1, expiry_on=date(2026, 6, 30)), date(2026, 7, 1), "TERM"),
            OutsideTerm,
            id="ends-before-it-counts",
        ),
        pytest.param(
            (*GROUND, *through(LeaseAmended)),
            propose(replace(L_1, expiry_on=date(2025, 12, 31), rent=L_1.rent[:2], breaks=()), date(2025, 1, 1), "TERM"),
            OutsideTerm,
            id="ends-before-a-later-amendment",
        ),
        pytest.param(RUNNING, propose(L_1, date(2025, 1, 1), "CONSIDERATION"), AmendmentKindDiffers, id="nothing"),
        pytest.param(RUNNING, propose(EXTENDED, date(2026, 1, 1), "CONSIDERATION"), AmendmentKindDiffers, id="a-term"),
        pytest.param(RUNNING, propose(TWO, date(2025, 1, 1), "SCOPE_DOWN"), AmendmentKindDiffers, id="more-not-less"),
        pytest.param(
            RUNNING,
            propose(replace(TWO, expiry_on=date(2027, 1, 31)), date(2025, 1, 1), "TERM"),
            AmendmentKindDiffers,
            id="more-space-is-scope-though-longer",
        ),
        pytest.param(
            RUNNING,
            propose(
                replace(TWO, premises=(*TWO.premises, Premises(unit="nowhere-demo", area="1.00"))),
                date(2025, 1, 1),
                "SCOPE_UP",
            ),
            PremisesUnknown,
            id="a-unit-that-is-not-there",
        ),
        pytest.param(
            RUNNING,
            asked(ChangeServiceCharge, effective_on=date(2023, 12, 31)),
            OutsideTerm,
            id="charge-before-the-term",
        ),
        pytest.param(
            RUNNING, asked(ChangeServiceCharge, effective_on=date(2027, 1, 1)), OutsideTerm, id="charge-after-the-term"
        ),
        pytest.param(
            RUNNING,
            asked(ChangeServiceCharge, service_charge=per_m2("99999999"), effective_on=date(2024, 8, 1)),
            RentTooLarge,
            id="charge-too-large",
        ),
        pytest.param(RUNNING, review(date(2023, 12, 31)), OutsideTerm, id="review-before-the-term"),
        pytest.param(RUNNING, review(date(2027, 1, 1)), OutsideTerm, id="review-after-the-term"),
        pytest.param(
            running(simple(date(2024, 1, 1), date(2024, 12, 31))), review(date(2024, 6, 1)), NotIndexed, id="no-index"
        ),
        pytest.param(RUNNING, asked(ReviewRent, series=None), SeriesNotNamed, id="index-not-named"),
        pytest.param(RUNNING, asked(ReviewRent, series="cpi/other"), SeriesNotNamed, id="another-index-named"),
        pytest.param(RUNNING, review(current_on=date(2025, 7, 1)), IndexUnknown, id="the-month-after-will-not-do"),
        pytest.param(
            running(replace(L_1, indexation=Indexation(series=CPI, base_on=date(2023, 12, 1)))),
            review(current_on=date(2025, 6, 30)),
            IndexUnknown,
            id="no-base",
        ),
        pytest.param(
            running(
                replace(L_1, indexation=Indexation(series=CPI, base_on=date(2023, 12, 1))),
                index(date(2023, 12, 1), "0"),
            ),
            review(current_on=date(2025, 6, 30)),
            IndexUnknown,
            id="a-base-of-nothing",
        ),
        pytest.param(
            running(
                replace(L_1, indexation=Indexation(series=CPI, base_on=date(2023, 12, 1))),
                index(date(2023, 12, 1), "0.1"),
            ),
            review(current_on=date(2025, 6, 30)),
            RentTooLarge,
            id="a-thousandfold",
        ),
    ],
)
def test_changes_refuse(recorded: Things, command: LeaseCommand, refusal: type[Refusal]) -> None:
    given(*recorded).when(command, by=signed_by(command)).refused(refusal)


def test_an_amendment_that_fitted_when_it_was_proposed_is_looked_at_again() -> None:
    shorter = replace(L_1, expiry_on=date(2025, 12, 31), rent=L_1.rent[:2], breaks=())
    early = proposal(shorter, date(2025, 1, 1), "TERM")
    given(*GROUND, *through(LeaseAmended), early).when(approve(), by=APPROVER).refused(OutsideTerm)


def test_the_service_charge_may_change_back_and_after_the_end() -> None:
    back = asked(ChangeServiceCharge, service_charge=per_m2("6.00"))
    changed = told(ServiceChargeChanged, service_charge=per_m2("6.00"))
    given(*RUNNING).when(back).then(changed)
    given(*RUNNING, changed).when(asked(ChangeServiceCharge)).then(told(ServiceChargeChanged))
    given(*NOTIFIED, TERMINATED).when(back).then(changed)
    late = asked(ChangeServiceCharge, effective_on=date(2026, 1, 1))
    given(*NOTIFIED, TERMINATED).when(late).refused(OutsideTerm)


# Whatever is sent


def bare(names: Sequence[str] = LEASED) -> Things:
    """Units and companies for hostile commands."""
    ground = [fact for fact in GROUND if isinstance(fact, RateApproved)]
    named = ("ash-demo", "beech-demo", "cedar-demo")
    return (*ground, *(replace(GROUND[0], company=name) for name in named), *(unit(name, 15_050) for name in names))


UNITS_HELD = st.lists(st.sampled_from(LEASED), min_size=1, max_size=2, unique=True)


def _terms(first: date, last: date, units: Sequence[str], rent: str) -> Terms:
    return simple(first, last, *((name, "100.00") for name in units), rent=flat(rent))


def _kind(before: Terms, after: Terms) -> AmendmentKind:
    if set(before.premises) != set(after.premises):
        return "SCOPE_UP" if len(before.premises) <= len(after.premises) else "SCOPE_DOWN"
    return "TERM" if before.expiry_on != after.expiry_on else "CONSIDERATION"


@st.composite
def lives(draw: st.DrawFn, name: str) -> list[LeaseCommand]:
    """A lease's way that rules allow, were it alone: amended once or twice, late or early, then one of every end."""
    signed_on = TERM_DAYS[0]
    first, last = sorted(draw(st.lists(st.sampled_from(TERM_DAYS[1:]), min_size=2, max_size=2, unique=True)))
    terms = _terms(first, last, draw(UNITS_HELD), "1000.00")
    company = draw(st.sampled_from(("ash-demo", "beech-demo")))
    way: list[LeaseCommand] = [
        DraftLease(lease=name, effective_on=signed_on, company=company, terms=terms),
        SubmitLease(lease=name, effective_on=signed_on),
        ApproveLease(lease=name, effective_on=signed_on),
        ExecuteLease(lease=name, effective_on=signed_on, document=paper("contract"), units=LEASED),
        HandOverPremises(lease=name, effective_on=signed_on, protocol=paper("handover")),
        CommenceLease(lease=name, effective_on=first),
    ]
    in_term = st.integers(0, (last - first).days).map(lambda after: first + timedelta(days=after))
    for amendment in ("am-1-demo", "am-2-demo")[: draw(st.integers(0, 2))]:
        changed = _terms(first, last + timedelta(days=draw(st.integers(0, 40))), draw(UNITS_HELD), "1100.00")
        way += [
            ProposeAmendment(
                lease=name,
                effective_on=draw(in_term),
                amendment=amendment,
                kind=_kind(terms, changed),
                terms=changed,
                document=paper("amendment"),
            ),
            ApproveAmendment(lease=name, effective_on=signed_on, amendment=amendment, units=LEASED),
        ]
    expired = (
        max(command.terms.expiry_on for command in way if isinstance(command, DraftLease | ProposeAmendment)) + DAY
    )
    ends = sorted((draw(in_term), draw(in_term)))
    way += draw(
        st.sampled_from(
            (
                [],
                [ExpireLease(lease=name, effective_on=expired)],
                [StartHoldover(lease=name, effective_on=expired, units=LEASED)],
                [
                    StartHoldover(lease=name, effective_on=expired, units=LEASED),
                    EndHoldover(lease=name, effective_on=expired, ends_on=expired + 9 * DAY, reason="it moves"),
                ],
                [
                    TerminateLease(
                        lease=name,
                        effective_on=ends[0],
                        ends_on=ends[1],
                        cause="AGREEMENT",
                        document=paper("deed"),
                    )
                ],
            )
        )
    )
    return way


@st.composite
def ways(draw: st.DrawFn) -> list[tuple[LeaseCommand, By]]:
    """Leases on their way, whose steps are mixed, with anything at all in between."""
    hostile: Any = st.lists(st.one_of([any_of(kind) for kind in LEASES.commands]), max_size=6)
    queues: list[list[LeaseCommand]] = [draw(hostile), *(draw(lives(name)) for name in LEASE_IDS)]
    order = [at for at, queue in enumerate(queues) for _ in queue]
    draw(st.randoms(use_true_random=False)).shuffle(order)
    sent = [queues[at].pop(0) for at in order]
    return [(command, signed_by(command)) for command in sent]


def recorded_by(sent: Sequence[tuple[LeaseCommand, By]]) -> Things:
    recorded: Things = bare()
    for command, by in sent:
        try:
            recorded = (*recorded, *decide(recorded, command, by))
        except Refusal:
            continue
    return recorded


@for_all(ways())
def test_no_unit_is_ever_let_twice_on_any_day(sent: list[tuple[LeaseCommand, By]]) -> None:
    """L1 against a sheet of paper: each lease's latest word, each day ticked off."""
    latest = {fact.lease: fact for fact in recorded_by(sent) if isinstance(fact, LeaseHolds)}
    ticked: set[tuple[str, date]] = set()
    horizon = TERM_DAYS[-1] + timedelta(days=200)
    for fact in latest.values():
        for letting in fact.lettings:
            day = letting.from_on
            while day <= (letting.until_on or horizon):
                assert (letting.unit, day) not in ticked
                ticked.add((letting.unit, day))
                day += DAY


@for_all(ways())
def test_sent_again_nothing_is_recorded_twice(sent: list[tuple[LeaseCommand, By]]) -> None:
    recorded: Things = bare()
    for command, by in sent:
        try:
            facts_of = decide(recorded, command, by)
        except Refusal:
            continue
        recorded = (*recorded, *facts_of)
        assert decide(recorded, command, by) == ()


@for_all(ways())
def test_the_scope_is_enough_to_decide(sent: list[tuple[LeaseCommand, By]]) -> None:
    recorded: Things = bare()
    for command, by in sent:
        said = answer_on(recorded, command, by)
        assert said == answer_on_everything(recorded, command, by)
        recorded = (*recorded, *(said if isinstance(said, tuple) else ()))


def answer_on(recorded: Things, command: Command, by: By) -> Things | str:
    try:
        return decide(recorded, command, by)
    except Refusal as refusal:
        return f"{refusal.code}: {refusal.detail}"


def answer_on_everything(recorded: Things, command: Command, by: By) -> Things | str:
    seen: Any = LEASES.initial
    for fact in recorded:
        seen = LEASES.evolve(seen, fact)
    try:
        return tuple(LEASES.decide(seen, command, by))  # type: ignore[arg-type] # ways() gives leases' own
    except Refusal as refusal:
        return f"{refusal.code}: {refusal.detail}"


@for_all(ways())
def test_lettings_of_the_state_are_those_of_the_latest_fact(sent: list[tuple[LeaseCommand, By]]) -> None:
    recorded = recorded_by(sent)
    latest = {fact.lease: fact for fact in recorded if isinstance(fact, LeaseHolds)}
    for name, fact in latest.items():
        assert folded(*recorded, lease=name).lettings == fact.lettings


@for_all(st.lists(facts(LeaseFact) | facts(LeaseHolds), min_size=1, max_size=12))
def test_the_fold_takes_any_facts_in_any_order(some: list[Fact]) -> None:
    lease: Lease | None = None
    for fact in some:
        assert isinstance(fact, LeaseFact | LeaseHolds)
        lease = evolve_lease(lease, fact)
        assert [version.from_on for version in lease.versions] == sorted({v.from_on for v in lease.versions})
    seen = LEASES.initial
    for fact in some:
        seen = LEASES.evolve(seen, fact)


def test_facts_of_other_contexts_change_nothing() -> None:
    seen = state(RUNNING, asked(ExecuteLease))
    assert LEASES.evolve(seen, CLAIMED) is seen
    assert LEASES.evolve(seen, KEY_CREATED) is seen


def test_who_asks_is_written_down_only_where_it_matters() -> None:
    assert told(LeaseDrafted).tags == (f"lease:{LEASE}", f"tenant:{COMPANY}")
    assert told(LeaseExecuted).tags == (f"lease:{LEASE}", f"tenant:{COMPANY}", f"unit:{A101}")
    assert LEASES.scope(asked(ExecuteLease)) == (f"lease:{LEASE}", f"unit:{A101}")
    assert LEASES.scope(asked(ReviewRent)) == (f"lease:{LEASE}", f"series:{CPI}")
    assert LEASES.scope(RENEW) == (f"lease:{LEASE}", f"lease:{NEXT_LEASE}")
