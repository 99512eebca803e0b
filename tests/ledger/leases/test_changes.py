"""What changes while a lease runs: amended terms, the service charge, the rent by its index."""

from collections.abc import Sequence
from datetime import date
from typing import Any, get_args

import pytest
from msgspec.structs import replace

from ledger.decider import By, Fact, Refusal
from ledger.estate.facts import UnitRemeasured
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
from ledger.leases.facts import (
    AmendmentKind,
    AmendmentProposed,
    AmendmentRejected,
    IndexRentReviewed,
    LeaseAmended,
    ServiceChargeChanged,
)
from ledger.leases.lease import ApproverIsAuthor, LeaseCommand, OutsideTerm
from ledger.leases.premises import ContractedAreaTooLarge, PremisesUnknown, UnitLet, UnitsNotNamed
from ledger.leases.soundness import RentTooLarge
from ledger.leases.terms import Indexation, Premises, RentStep, Terms
from ledger.once.lettings import Letting
from tests.examples.leases import (
    A101,
    A102,
    APPROVER,
    CLERK,
    COMPANY,
    CPI,
    EXTENDED,
    GROUND,
    HELD,
    L_1,
    LEASE,
    NEXT_LEASE,
    OTHER_COMPANY,
    RENEWED,
    TERMINATED,
    flat,
    index,
    paper,
    per_m2,
    signed,
    simple,
    through,
)
from tests.ground.given import decide, given
from tests.ledger.leases.ground import (
    FOLLOWED,
    NOTIFIED,
    RUNNING,
    TWO,
    Things,
    asked,
    folded,
    propose,
    running,
    signed_by,
    steps,
    told,
)

# Amendments


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


OTHER = signed("l-9-demo", simple(date(2027, 6, 1), date(2028, 5, 31)), company=OTHER_COMPANY)


def approve(*units: str, amendment: str = "am-9-demo", on: date = date(2024, 8, 1)) -> ApproveAmendment:
    return ApproveAmendment(lease=LEASE, effective_on=on, amendment=amendment, units=units)


def amended(recorded: Sequence[Fact], command: ApproveAmendment) -> LeaseAmended:
    (fact,) = decide(recorded, command, APPROVER)
    assert isinstance(fact, LeaseAmended)
    return fact


def test_an_amendment_may_be_turned_down_by_who_proposed_it() -> None:
    proposed = through(AmendmentProposed)
    command = asked(RejectAmendment, amendment="am-1-demo", effective_on=date(2025, 12, 1))
    rejected = told(AmendmentRejected, amendment="am-1-demo", effective_on=date(2025, 12, 1))
    given(*GROUND, *proposed).when(command).then(rejected)


def test_who_proposed_does_not_approve() -> None:
    given(*GROUND, *through(AmendmentProposed)).when(asked(ApproveAmendment)).refused(ApproverIsAuthor)


DEARER = replace(L_1, rent=(*L_1.rent[:2], RentStep(from_on=date(2026, 1, 1), rent=per_m2("50.00"))))


@pytest.mark.parametrize(
    ("terms", "kinds"),
    [
        pytest.param(TWO, {"SCOPE_UP"}, id="more-space"),
        pytest.param(replace(TWO, expiry_on=date(2027, 1, 31)), {"SCOPE_UP"}, id="more-space-for-longer"),
        pytest.param(replace(L_1, premises=(Premises(unit=A101, area="1000.00"),)), {"SCOPE_DOWN"}, id="less-space"),
        pytest.param(
            replace(L_1, premises=(Premises(unit=A102, area="1234.50"),)),
            {"SCOPE_UP", "SCOPE_DOWN"},
            id="as-much-space",
        ),
        pytest.param(replace(L_1, expiry_on=date(2027, 1, 31)), {"TERM"}, id="longer"),
        pytest.param(replace(DEARER, expiry_on=date(2027, 1, 31)), {"TERM"}, id="longer-and-dearer"),
        pytest.param(DEARER, {"CONSIDERATION"}, id="dearer"),
        pytest.param(replace(L_1, due_days=5), {"CONSIDERATION"}, id="due-sooner"),
        pytest.param(L_1, set(), id="nothing"),
    ],
)
@pytest.mark.parametrize("kind", get_args(AmendmentKind))
def test_an_amendment_is_of_the_kind_that_its_terms_change(terms: Terms, kinds: set[str], kind: AmendmentKind) -> None:
    sent = given(*RUNNING).when(propose(terms, date(2025, 1, 1), kind))
    if kind in kinds:
        sent.then(proposal(terms, date(2025, 1, 1), kind))
    else:
        sent.refused(AmendmentKindDiffers, field="kind", says=kind)


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
    """L7: the one recorded second lies before the first, and holds until that begins."""
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


def test_an_amendment_takes_no_unit_that_another_lease_holds() -> None:
    up = proposal(TWO, date(2024, 10, 1), "SCOPE_UP")
    theirs = signed("l-9-demo", simple(date(2026, 12, 1), date(2027, 5, 31), (A102, "1.00")), company=OTHER_COMPANY)
    given(*RUNNING, up).when(approve(), by=APPROVER).refused(UnitsNotNamed, says=A102)
    given(*RUNNING, up, *theirs).when(approve(A102), by=APPROVER).refused(UnitLet, says="l-9-demo")
    longer = proposal(replace(L_1, expiry_on=date(2027, 6, 1)), date(2026, 1, 1), "TERM")
    given(*RUNNING, longer, *OTHER).when(approve(), by=APPROVER).refused(UnitsNotNamed, says=A101)
    given(*RUNNING, longer, *OTHER).when(approve(A101), by=APPROVER).refused(UnitLet, says="2027-06-01")


def test_an_approval_that_is_sent_again_names_the_units_that_it_took() -> None:
    up = proposal(TWO, date(2024, 10, 1), "SCOPE_UP")
    done = (*RUNNING, up, amended((*RUNNING, up), approve(A102)))
    given(*done).when(approve(A102), by=APPROVER).then()
    for others in ((), (A101,)):
        given(*done).when(approve(*others), by=APPROVER).refused(UnitsNotNamed, field="units", says=A102)


def test_a_renewed_lease_is_not_extended_into_its_successor() -> None:
    longer = proposal(replace(L_1, expiry_on=date(2027, 6, 1)), date(2026, 1, 1), "TERM")
    given(*FOLLOWED, RENEWED, longer).when(approve(A101), by=APPROVER).refused(UnitLet, says=NEXT_LEASE)


def test_an_amendment_that_fitted_when_it_was_proposed_is_looked_at_again() -> None:
    shorter = replace(L_1, expiry_on=date(2025, 12, 31), rent=L_1.rent[:2], breaks=())
    early = proposal(shorter, date(2025, 1, 1), "TERM")
    given(*GROUND, *through(LeaseAmended), early).when(approve(), by=APPROVER).refused(OutsideTerm)


# Index reviews (domain §4.4)


FLAT = simple(
    date(2024, 1, 1),
    date(2026, 12, 31),
    rent=flat("54000.00"),
    indexation=Indexation(series=CPI, base_on=date(2024, 1, 1), floor="0.01", cap="0.04"),
)


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


# The service charge


def test_the_service_charge_may_change_back_and_after_the_end() -> None:
    back = asked(ChangeServiceCharge, service_charge=per_m2("6.00"))
    changed = told(ServiceChargeChanged, service_charge=per_m2("6.00"))
    given(*RUNNING).when(back).then(changed)
    given(*RUNNING, changed).when(asked(ChangeServiceCharge)).then(told(ServiceChargeChanged))
    given(*NOTIFIED, TERMINATED).when(back).then(changed)
    late = asked(ChangeServiceCharge, effective_on=date(2026, 1, 1))
    given(*NOTIFIED, TERMINATED).when(late).refused(OutsideTerm)


# What is refused


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
            propose(
                replace(L_1, commencement_on=date(2023, 12, 31), rent=steps(date(2023, 12, 31))), L_1.expiry_on, "TERM"
            ),
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
