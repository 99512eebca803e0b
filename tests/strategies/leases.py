"""What fields of leases draw from, by `field` or, where a name means two things, by `Kind.field`."""

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from ledger.leases.terms import (
    Break,
    DepositInterest,
    Indexation,
    Premises,
    Quote,
    RenewalOption,
    RentFree,
    RentStep,
    Terms,
    TurnoverRent,
)
from ledger.once.lettings import Letting
from tests.examples.leases import CPI, paper

LEASES = ("lease-1-demo", "lease-2-demo", "lease-3-demo")
LEASED = ("u1-demo", "u2-demo", "u3-demo")
FIRST = date(2026, 1, 1)
TERM_DAYS = tuple(FIRST + timedelta(days=days) for days in (0, 3, 7, 20, 31, 45, 60, 89, 120))
TURNOVER_MONTHS = ("2026-01", "2026-02", "2026-03")
PRICES = ("0", "43.20", "100", "56000.00")

term_days = st.sampled_from(TERM_DAYS)
leased = st.sampled_from(LEASED)
quotes = st.builds(
    Quote, price=st.sampled_from(PRICES), per=st.sampled_from(("MONTH", "M2_MONTH", "M2_DAY_365", "M2_DAY_30"))
)
premises = st.builds(
    Premises, unit=leased, area=st.sampled_from(("100.00", "150.50")), from_on=st.none() | term_days, until_on=st.none()
)
breaks = st.builds(
    Break,
    on=term_days,
    notice_days=st.sampled_from((0, 5)),
    party=st.sampled_from(("LESSOR", "TENANT", "EITHER")),
    fee_months=st.sampled_from((0, 3)),
    reasonably_certain=st.booleans(),
)
indexations = st.builds(
    Indexation,
    series=st.just(CPI),
    base_on=st.just(FIRST),
    floor=st.none() | st.just("0.01"),
    cap=st.none() | st.just("0.04"),
    ratio_form=st.booleans(),
    bounds=st.sampled_from(("SINCE_LAST", "CUMULATIVE")),
)


turnover_rents = st.builds(
    TurnoverRent,
    share=st.sampled_from(("0.08", "0.125")),
    breakpoint=st.sampled_from(("0.00", "100000.00")),
    year_breakpoint=st.none() | st.just("900000.00"),
    less_rent=st.booleans(),
)


@st.composite
def all_terms(draw: st.DrawFn) -> Terms:
    """Terms that mostly hold together: a first step on the commencement, days free of rent inside."""
    first, last = sorted((draw(term_days), draw(term_days)))
    inside = [day for day in TERM_DAYS if first < day <= last]
    steps = draw(st.lists(st.sampled_from(inside), max_size=2, unique=True)) if inside else []
    free = draw(st.lists(st.sampled_from([first, *inside]), max_size=1))
    return Terms(
        premises=tuple(draw(st.lists(premises, min_size=1, max_size=2))),
        commencement_on=first,
        expiry_on=last,
        rent=tuple(RentStep(from_on=day, rent=draw(quotes)) for day in (first, *sorted(steps))),
        rent_free=tuple(RentFree(from_on=day, until_on=min(last, day + timedelta(days=9))) for day in free),
        rent_months=draw(st.sampled_from(("CALENDAR", "COMMENCEMENT"))),
        billed_every_months=draw(st.sampled_from((1, 3))),
        billed=draw(st.sampled_from(("ADVANCE", "ARREARS"))),
        deposit_return_days=draw(st.sampled_from((0, 30))),
        proration=draw(st.sampled_from(("ACTUAL_ACTUAL", "THIRTY_360", "ACTUAL_365"))),
        service_charge=draw(st.none() | quotes),
        indexation=draw(st.none() | indexations),
        turnover_rent=draw(st.none() | turnover_rents),
        deposit_interest=draw(st.none() | st.just(DepositInterest(rate="0.015"))),
        incentive=draw(st.sampled_from(("0.00", "36000.00"))),
        breaks=tuple(draw(st.lists(breaks, max_size=1))),
        renewal=draw(
            st.none()
            | st.builds(RenewalOption, months=st.just(12), notice_days=st.just(5), reasonably_certain=st.booleans())
        ),
    )


lettings = st.builds(Letting, unit=leased, from_on=term_days, until_on=st.none() | term_days)
papers = st.sampled_from(("deed", "letter")).map(paper)
people = st.sampled_from(("clerk-demo", "approver-demo"))
named = st.lists(leased, max_size=3, unique=True).map(tuple)

POOLS: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(("lease", "successor"), st.sampled_from(LEASES)),
    "terms": all_terms(),
    **dict.fromkeys(("drafted_by", "submitted_by", "LeaseApproved.approved_by"), people),
    **dict.fromkeys(("AmendmentProposed.proposed_by", "LeaseAmended.proposed_by", "LeaseAmended.approved_by"), people),
    **dict.fromkeys(("document", "protocol", "notice"), papers),
    "lettings": st.lists(lettings, max_size=2).map(tuple),
    "given_up": st.lists(leased, max_size=1).map(tuple),
    **dict.fromkeys(("ExecuteLease.units", "ApproveAmendment.units", "StartHoldover.units"), named),
    "amendment": st.sampled_from(("am-1-demo", "am-2-demo")),
    **dict.fromkeys(
        ("AmendmentProposed.kind", "LeaseAmended.kind", "ProposeAmendment.kind"),
        st.sampled_from(("SCOPE_UP", "SCOPE_DOWN", "TERM", "CONSIDERATION")),
    ),
    "LeaseAmended.approved_on": term_days,
    **dict.fromkeys(("current_on", "break_on", "ends_on"), term_days),
    **dict.fromkeys(
        ("LeaseAmended.service_charge", "ServiceChargeChanged.service_charge", "ChangeServiceCharge.service_charge"),
        quotes,
    ),
    "ReviewRent.series": st.just(CPI),
    **dict.fromkeys(("index_base", "index_current"), st.sampled_from(("102.3", "104.1"))),
    "ratio": st.sampled_from(("1.01", "1.04")),
    **dict.fromkeys(("monthly_before_minor", "monthly_minor"), st.sampled_from((4_000_000, 5_400_000))),
    **dict.fromkeys(
        ("LeaseStepWithdrawn.step", "WithdrawLeaseStep.step"),
        st.sampled_from(
            ("lease.drafted", "lease.executed", "lease.amended", "lease.terminated", "lease.amendment-proposed")
        ),
    ),
    **dict.fromkeys(
        ("LeaseStepWithdrawn.about", "WithdrawLeaseStep.about"), st.none() | st.sampled_from(("am-1-demo", "am-2-demo"))
    ),
    "LeaseStepWithdrawn.touched": st.just(("lease:lease-1-demo", "tenant:sunfield-demo")),
    "WithdrawLeaseStep.units": named,
    "rule": st.none() | indexations,
    **dict.fromkeys(("TurnoverDeclared.month", "DeclareTurnover.month"), st.sampled_from(TURNOVER_MONTHS)),
    **dict.fromkeys(("TurnoverDeclared.from_on", "TurnoverDeclared.until_on"), term_days),
    "turnover": st.sampled_from(("0.00", "90000.00", "150000.01")),
    "turnover_minor": st.sampled_from((0, 9_000_000, 15_000_001)),
    "TurnoverDeclared.statement": papers,
    "DeclareTurnover.statement": papers,
    "party": st.sampled_from(("LESSOR", "TENANT", "EITHER")),
    "option_exercised": st.booleans(),
    "cause": st.sampled_from(("BREAK", "AGREEMENT")),
    "fee": st.sampled_from(("0.00", "100.00")),
    "fee_minor": st.sampled_from((0, 10_000)),
    "fee_taxable": st.booleans(),
}
