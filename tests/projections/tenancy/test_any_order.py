"""The order of typing does not matter to the rent roll and the lease expiry profile, on any day.

A life of a lease is typed as it happened; then again in another order, with the same dates. Where all of it is accepted
in the end, both reports are the same.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, get_args

from hypothesis import assume, settings
from hypothesis import given as for_all
from hypothesis import strategies as st
from sqlalchemy import Connection

from ledger.decider import Fact, standing
from ledger.leases.agreement import ApproveLease, DraftLease, ExecuteLease, SubmitLease
from ledger.leases.changes import ApproveAmendment, ChangeServiceCharge, ProposeAmendment, ReviewRent
from ledger.leases.deciding import evolve_lease
from ledger.leases.facts import AmendmentKind, LeaseFact, LeaseHolds
from ledger.leases.lease import Lease, LeaseCommand
from ledger.leases.schedule import last_day
from ledger.leases.term import CommenceLease, ExpireLease, HandOverPremises, StartHoldover, SurrenderPremises
from ledger.leases.termination import ServeBreakNotice, TerminateLease
from ledger.leases.terms import Break, Indexation, Premises, RentStep, Terms
from projections.companies.register import CompanyRegister
from projections.receivables.documents import Documents
from projections.receivables.tenants import TenantsAccounts
from projections.tenancy.lease_expiry import lease_expiry
from projections.tenancy.leases import LeaseRegister
from projections.tenancy.rent_roll import rent_roll
from projections.tenancy.spans import break_of, parts_on
from projections.tenancy.units import BuildingTimeline, UnitTimeline
from tests.examples.leases import COMPANY, CPI, LEASE, flat, index, lead, paper
from tests.ground.let_city import basis, building, unit
from tests.ground.typed import as_it_happened, delays, in_any_order, late, reported
from tests.ledger.leases.ground import signed_by

FIRST, LAST = date(2024, 1, 1), date(2026, 12, 31)
UNITS = ("a101", "a102", "b201")
GROUND: tuple[Fact, ...] = (
    lead(COMPANY),
    *building("block-a", "300.00"),
    *(fact for name in UNITS for fact in unit(name, "block-a", "100.00", "44")),
    *(index(date(2023 + month // 12, month % 12 + 1, 1), f"{100 + month % 17}.{month % 10}") for month in range(48)),
)
INDEXED = (
    None,
    Indexation(series=CPI, base_on=date(2023, 12, 1), cap="0.04"),
    Indexation(series=CPI, base_on=date(2024, 6, 1), floor="0.01", bounds="CUMULATIVE"),
)
BREAKS = ((), (Break(on=date(2025, 12, 31), notice_days=90, party="TENANT"),))
KINDS: tuple[AmendmentKind, ...] = get_args(AmendmentKind)
DAYS = [FIRST - timedelta(days=20), *(FIRST + timedelta(days=61 * at + 7) for at in range(20))]
VIEWS = (CompanyRegister, BuildingTimeline, UnitTimeline, LeaseRegister, TenantsAccounts, Documents)


@st.composite
def terms(draw: st.DrawFn, begins: date = FIRST, longer: int = 0) -> Terms:
    return Terms(
        premises=tuple(
            Premises(unit=name, area="100.00")
            for name in sorted(draw(st.sets(st.sampled_from(UNITS), min_size=1, max_size=3)))
        ),
        commencement_on=FIRST,
        expiry_on=LAST + timedelta(days=longer),
        rent=(
            RentStep(from_on=FIRST, rent=flat("3000.00")),
            *((RentStep(from_on=begins, rent=flat(draw(st.sampled_from(("3100.00", "2900.00"))))),) * (begins > FIRST)),
        ),
        service_charge=draw(st.sampled_from((None, flat("600.00")))),
        indexation=draw(st.sampled_from(INDEXED)),
        breaks=draw(st.sampled_from(BREAKS)),
    )


@st.composite
def lives(draw: st.DrawFn) -> Sequence[LeaseCommand]:
    """Signed, handed over, amended, reviewed, charged otherwise; then the end, or none."""
    of: dict[str, Any] = {"lease": LEASE}
    signed = {**of, "effective_on": date(2023, 11, 1)}
    told: list[LeaseCommand] = [
        DraftLease(**signed, company=COMPANY, terms=draw(terms())),
        SubmitLease(**signed),
        ApproveLease(**signed),
        ExecuteLease(**signed, document=paper("contract"), units=UNITS),
        HandOverPremises(**of, effective_on=date(2023, 12, 15), protocol=paper("keys")),
        CommenceLease(**of, effective_on=FIRST),
    ]
    days = sorted(draw(st.lists(st.integers(1, 1090), min_size=3, max_size=9, unique=True)))
    for at, day in enumerate(FIRST + timedelta(days=day) for day in days):
        asked = {**of, "effective_on": day}
        match draw(st.sampled_from(("amendment", "amendment", "review", "review", "charge", "notice", "end"))):
            case "amendment":
                named: dict[str, Any] = {"amendment": f"am-{at}-demo", "document": paper("amendment")}
                amended = draw(terms(day, draw(st.sampled_from((0, 0, 200)))))
                told += [
                    ProposeAmendment(**asked, **named, kind=kind, terms=amended) for kind in get_args(AmendmentKind)
                ]
                told.append(ApproveAmendment(**asked, amendment=f"am-{at}-demo", units=UNITS))
            case "review":
                told.append(ReviewRent(**asked, current_on=day.replace(day=1), series=CPI))
            case "charge":
                charge = flat(draw(st.sampled_from(("700.00", "550.00"))))
                told.append(ChangeServiceCharge(**asked, service_charge=charge, notice=paper("notice")))
            case "notice":
                told.append(ServeBreakNotice(**asked, break_on=BREAKS[1][0].on, party="TENANT", notice=paper("notice")))
            case "end" if draw(st.booleans()):
                ends = day + timedelta(days=draw(st.integers(0, 60)))
                told.append(TerminateLease(**asked, ends_on=ends, cause="AGREEMENT", document=paper("deed")))
                told.append(SurrenderPremises(**of, effective_on=ends, protocol=paper("keys")))
    after = {**of, "effective_on": LAST + timedelta(days=1)}
    ends_with: list[LeaseCommand] = draw(
        st.sampled_from(([], [ExpireLease(**after)], [StartHoldover(**after, units=UNITS)]))
    )
    return [*told, *ends_with]


def reports(connection: Connection) -> list[Any]:
    """Both reports, each whole, on some days."""
    return [report(connection, basis(day)) for day in DAYS[::4] for report in (rent_roll, lease_expiry)]


@settings(max_examples=6)
@for_all(lives(), delays)
def test_the_order_of_typing_does_not_matter_to_the_reports(
    sqlite_template: Path, tmp_path: Path, life: Sequence[LeaseCommand], by_how_much: list[int]
) -> None:
    facts, accepted = as_it_happened(GROUND, life, signed_by)
    others, left = in_any_order(GROUND, late(accepted, by_how_much), signed_by)
    assume(not left and others != facts)
    one, other = (reported(sqlite_template, tmp_path, some, VIEWS, reports) for some in (facts, others))
    assert other == one


def shown(facts: Sequence[Fact]) -> list[Any]:
    """What both reports read of the lease on each day: the fold by effective date, as the register keeps it."""
    found = list[Any]()
    of_lease = [fact for fact in standing(facts, lambda fact: fact) if isinstance(fact, LeaseFact | LeaseHolds)]
    for day in DAYS:
        lease: Lease | None = None
        for fact in sorted(of_lease, key=lambda fact: fact.effective_on):
            lease = evolve_lease(lease, fact) if fact.effective_on <= day else lease
        assert lease is not None, "it is drafted before the first day"
        parts = {
            name: (part.passing_minor, part.headline_minor, part.service_minor, part.next_step_on, part.next_step_minor)
            for name, part in parts_on(lease, day).items()
        }
        found.append((day, lease.state, parts, last_day(lease), break_of(lease, day), lease.lettings))
    return found


@settings(max_examples=150)
@for_all(lives(), delays)
def test_the_order_of_typing_does_not_matter(life: Sequence[LeaseCommand], by_how_much: list[int]) -> None:
    facts, accepted = as_it_happened(GROUND, life, signed_by)
    others, left = in_any_order(GROUND, late(accepted, by_how_much), signed_by)
    assume(not left)
    assert shown(others) == shown(facts)
