"""One example of every fact and command of leases. All are invented; names end in (demo).

GROUND     what a lease stands on: its tenant, three units, two months of a price index
L_1        the terms of lease L-1 (domain §4.1), with an index, a break and an option
LIFE       its facts from draft to the keys' return, in the order recorded
ASKED      for each fact of LIFE the command that asks for it, and who sends it
TERMINATED, RENEWED, VOIDED   other ends, with their commands
signed     the facts of another lease, from draft to signature
"""

import hashlib
from collections.abc import Sequence
from datetime import date
from typing import Any

from msgspec.structs import replace

from ledger.companies.facts import LeadRegistered
from ledger.decider import By, Command, Fact
from ledger.estate.facts import UnitDefined
from ledger.leases.agreement import ApproveLease, DraftLease, ExecuteLease, SubmitLease, VoidLease
from ledger.leases.changes import ApproveAmendment, ChangeServiceCharge, ProposeAmendment, RejectAmendment, ReviewRent
from ledger.leases.declaring import DeclareTurnover
from ledger.leases.facts import (
    AmendmentProposed,
    AmendmentRejected,
    BreakNoticeServed,
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
    LeaseRenewed,
    LeaseStepWithdrawn,
    LeaseSubmitted,
    LeaseTerminated,
    LeaseVoided,
    PremisesHandedOver,
    PremisesSurrendered,
    ServiceChargeChanged,
    TurnoverDeclared,
)
from ledger.leases.lease import LeaseCommand
from ledger.leases.term import (
    CommenceLease,
    EndHoldover,
    ExpireLease,
    HandOverPremises,
    RenewLease,
    StartHoldover,
    SurrenderPremises,
)
from ledger.leases.termination import ServeBreakNotice, TerminateLease
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
from ledger.leases.withdrawing import WithdrawLeaseStep
from ledger.once.lettings import Letting
from ledger.rates import RateApproved
from ledger.values.evidence import Evidence

LEASE, NEXT_LEASE, COMPANY, OTHER_COMPANY = "l-1-demo", "l-2-demo", "sunfield-demo", "riverbend-demo"
A101, A102, B201 = "a101-demo", "a102-demo", "b201-demo"
CPI = "cpi/cn-all"
CLERK = By(actor="clerk-demo", role="deal_desk")
APPROVER = By(actor="approver-demo", role="approver")


def paper(doc: str) -> Evidence:
    """A document whose content is its name."""
    return Evidence(doc=f"{doc} (demo)", sha256=hashlib.sha256(doc.encode()).hexdigest())


def unit(name: str, area_dm2: int, on: date = date(2023, 1, 2)) -> UnitDefined:
    """A unit, defined and measured."""
    return UnitDefined(
        effective_on=on,
        building="hall-a-demo",
        unit=name,
        floor="1",
        use="INDUSTRIAL",
        area_dm2=area_dm2,
        standard="GB/T17986",
        measured_on=on,
    )


def lead(company: str) -> LeadRegistered:
    """A company that may become a tenant."""
    return LeadRegistered(
        effective_on=date(2023, 1, 5), company=company, name=f"{company} (demo)", country="US", origin="DIRECT"
    )


def index(on: date, value: str, series: str = CPI) -> RateApproved:
    """A month's index, approved."""
    return RateApproved(
        effective_on=on,
        rate=f"{series.replace('/', '-')}-{on:%Y-%m}-demo",
        series=series,
        value=value,
        source="an invented yearbook",
        proposed_by="finance-demo",
        approved_by="approver-demo",
        approved_on=on,
    )


GROUND: tuple[Fact, ...] = (
    lead(COMPANY),
    lead(OTHER_COMPANY),
    unit(A101, 123_450),
    unit(A102, 231_000),
    unit(B201, 87_725),
    index(date(2024, 1, 1), "102.3"),
    index(date(2025, 6, 1), "104.1"),
)


def per_m2(price: str) -> Quote:
    """CNY a square metre and month."""
    return Quote(price=price, per="M2_MONTH")


def flat(price: str) -> Quote:
    """CNY a month in all."""
    return Quote(price=price, per="MONTH")


L_1 = Terms(
    premises=(Premises(unit=A101, area="1234.50"),),
    commencement_on=date(2024, 1, 1),
    expiry_on=date(2026, 12, 31),
    rent=(
        RentStep(from_on=date(2024, 1, 1), rent=per_m2("43.20")),
        RentStep(from_on=date(2025, 1, 1), rent=per_m2("45.36")),
        RentStep(from_on=date(2026, 1, 1), rent=per_m2("47.628")),
    ),
    rent_free=(RentFree(from_on=date(2024, 1, 1), until_on=date(2024, 3, 31)),),
    billed_every_months=3,
    due_days=30,
    deposit="106660.80",
    service_charge=per_m2("6.00"),
    indexation=Indexation(series=CPI, base_on=date(2024, 1, 1), floor="0.01", cap="0.04"),
    breaks=(Break(on=date(2025, 12, 31), notice_days=180, party="TENANT", fee_months=3),),
    renewal=RenewalOption(months=24, notice_days=90),
)
EXTENDED = replace(
    L_1,
    expiry_on=date(2027, 12, 31),
    rent=(*L_1.rent[:2], RentStep(from_on=date(2026, 1, 1), rent=flat("56000.00"))),
)
HELD = (Letting(unit=A101, from_on=date(2024, 1, 1), until_on=date(2026, 12, 31)),)
HELD_LONGER = (replace(HELD[0], until_on=date(2027, 12, 31)),)
HELD_ON = (replace(HELD[0], until_on=None),)

# The day, what is asked, what the fact says in other words, what only the state tells, and who asks

Fields = dict[str, Any]
Step = tuple[type[LeaseFact | LeaseHolds], type[LeaseCommand], date, Fields, Fields, By]
_STORY: tuple[Step, ...] = (
    (
        LeaseDrafted,
        DraftLease,
        date(2023, 11, 1),
        {"company": COMPANY, "terms": L_1},
        {"drafted_by": CLERK.actor},
        CLERK,
    ),
    (LeaseSubmitted, SubmitLease, date(2023, 11, 10), {}, {"submitted_by": CLERK.actor}, CLERK),
    (LeaseApproved, ApproveLease, date(2023, 11, 20), {}, {"approved_by": APPROVER.actor}, APPROVER),
    (
        LeaseExecuted,
        ExecuteLease,
        date(2023, 12, 15),
        {"document": paper("contract"), "units": (A101,)},
        {"lettings": HELD},
        CLERK,
    ),
    (PremisesHandedOver, HandOverPremises, date(2023, 12, 28), {"protocol": paper("handover")}, {}, CLERK),
    (LeaseCommenced, CommenceLease, date(2024, 1, 1), {}, {}, CLERK),
    (
        ServiceChargeChanged,
        ChangeServiceCharge,
        date(2024, 7, 1),
        {"service_charge": per_m2("6.50"), "notice": paper("notice of charges")},
        {},
        CLERK,
    ),
    (
        IndexRentReviewed,
        ReviewRent,
        date(2025, 7, 1),
        {"current_on": date(2025, 6, 1), "series": CPI},
        {
            "index_base": "102.3",
            "index_current": "104.1",
            "ratio": "1.01759531",
            "monthly_before_minor": 5_599_692,
            "monthly_minor": 5_698_220,
            "rule": L_1.indexation,
        },
        CLERK,
    ),
    (
        AmendmentProposed,
        ProposeAmendment,
        date(2026, 1, 1),
        {"amendment": "am-1-demo", "kind": "TERM", "terms": EXTENDED, "document": paper("first amendment")},
        {"proposed_by": CLERK.actor},
        CLERK,
    ),
    (
        LeaseAmended,
        ApproveAmendment,
        date(2025, 11, 20),
        {"amendment": "am-1-demo", "units": (A101,)},
        {
            "effective_on": date(2026, 1, 1),
            "approved_on": date(2025, 11, 20),
            "kind": "TERM",
            "terms": EXTENDED,
            "proposed_by": CLERK.actor,
            "approved_by": APPROVER.actor,
            "lettings": HELD_LONGER,
        },
        APPROVER,
    ),
    (
        AmendmentProposed,
        ProposeAmendment,
        date(2026, 7, 1),
        {
            "amendment": "am-2-demo",
            "kind": "CONSIDERATION",
            "terms": replace(EXTENDED, due_days=60),
            "document": paper("second amendment"),
        },
        {"proposed_by": CLERK.actor},
        CLERK,
    ),
    (
        AmendmentRejected,
        RejectAmendment,
        date(2026, 6, 15),
        {"amendment": "am-2-demo", "reason": "pays late already"},
        {},
        APPROVER,
    ),
    (LeaseExpired, ExpireLease, date(2028, 1, 1), {}, {}, CLERK),
    (HoldoverStarted, StartHoldover, date(2028, 1, 1), {"units": (A101,)}, {"lettings": HELD_ON}, CLERK),
    (
        HoldoverEnded,
        EndHoldover,
        date(2028, 4, 20),
        {"ends_on": date(2028, 6, 30), "reason": "moves to a larger hall"},
        {"lettings": (replace(HELD[0], until_on=date(2028, 6, 30)),)},
        CLERK,
    ),
    (PremisesSurrendered, SurrenderPremises, date(2028, 6, 29), {"protocol": paper("return")}, {}, CLERK),
)


def _fact(step: Step, lease: str = LEASE) -> LeaseFact | LeaseHolds:
    kind, _, on, asked, told, _ = step
    kept = {name: value for name, value in asked.items() if name in kind.__struct_fields__}
    return kind(**{"lease": lease, "company": COMPANY, "effective_on": on, **kept, **told})


def _command(step: Step, lease: str = LEASE) -> LeaseCommand:
    _, kind, on, asked, _, _ = step
    return kind(lease=lease, effective_on=on, **asked)


LIFE: tuple[LeaseFact | LeaseHolds, ...] = tuple(map(_fact, _STORY))
ASKED: tuple[tuple[LeaseCommand, By], ...] = tuple((_command(step), step[-1]) for step in _STORY)


def before(kind: type[Fact]) -> tuple[LeaseFact | LeaseHolds, ...]:
    """The facts of LIFE before the first one of this kind."""
    return LIFE[: next(at for at, fact in enumerate(LIFE) if type(fact) is kind)]


def through(kind: type[Fact]) -> tuple[LeaseFact | LeaseHolds, ...]:
    """The facts of LIFE up to and with the first one of this kind."""
    return LIFE[: len(before(kind)) + 1]


# Other ends

SERVE_NOTICE = ServeBreakNotice(
    lease=LEASE,
    effective_on=date(2025, 6, 30),
    break_on=date(2025, 12, 31),
    party="TENANT",
    notice=paper("break notice"),
)
NOTICE_SERVED = BreakNoticeServed(
    lease=LEASE,
    company=COMPANY,
    effective_on=date(2025, 6, 30),
    break_on=date(2025, 12, 31),
    party="TENANT",
    notice=paper("break notice"),
)
TERMINATE = TerminateLease(
    lease=LEASE,
    effective_on=date(2025, 12, 31),
    ends_on=date(2025, 12, 31),
    cause="BREAK",
    fee="167990.76",
    document=paper("break deed"),
)
TERMINATED = LeaseTerminated(
    lease=LEASE,
    company=COMPANY,
    effective_on=date(2025, 12, 31),
    ends_on=date(2025, 12, 31),
    cause="BREAK",
    fee_minor=16_799_076,
    document=paper("break deed"),
    lettings=(replace(HELD[0], until_on=date(2025, 12, 31)),),
)
RENEW = RenewLease(lease=LEASE, effective_on=date(2026, 9, 15), successor=NEXT_LEASE, option_exercised=True)
RENEWED = LeaseRenewed(
    lease=LEASE, company=COMPANY, effective_on=date(2026, 9, 15), successor=NEXT_LEASE, option_exercised=True
)
VOID = VoidLease(lease=LEASE, effective_on=date(2023, 11, 12), reason="the tenant thought better of it")
VOIDED = LeaseVoided(
    lease=LEASE, company=COMPANY, effective_on=date(2023, 11, 12), reason="the tenant thought better of it"
)
DECLARE = DeclareTurnover(
    lease=LEASE, effective_on=date(2025, 8, 10), month="2025-07", turnover="812345.67", statement=paper("till roll")
)
DECLARED = TurnoverDeclared(
    lease=LEASE,
    company=COMPANY,
    effective_on=date(2025, 8, 10),
    month="2025-07",
    from_on=date(2025, 7, 1),
    until_on=date(2025, 7, 31),
    turnover_minor=81_234_567,
    statement=paper("till roll"),
)


WITHDRAW = WithdrawLeaseStep(
    lease=LEASE,
    effective_on=date(2024, 7, 1),
    step="lease.service-charge-changed",
    reason="the notice was another lease's",
)
WITHDRAWN = LeaseStepWithdrawn(
    lease=LEASE,
    effective_on=date(2024, 7, 1),
    step="lease.service-charge-changed",
    reason="the notice was another lease's",
    touched=(f"lease:{LEASE}", f"tenant:{COMPANY}"),
)


def signed(
    lease: str, terms: Terms, *, company: str = COMPANY, on: date | None = None
) -> tuple[LeaseFact | LeaseHolds, ...]:
    """A lease from draft to signature on one day, by default its commencement; each unit is let for the whole term."""
    where: Fields = {"lease": lease, "company": company, "effective_on": on or terms.commencement_on}
    return (
        LeaseDrafted(**where, terms=terms, drafted_by=CLERK.actor),
        LeaseSubmitted(**where, submitted_by=CLERK.actor),
        LeaseApproved(**where, approved_by=APPROVER.actor),
        LeaseExecuted(
            **where,
            document=paper("contract"),
            lettings=tuple(
                Letting(unit=one.unit, from_on=terms.commencement_on, until_on=terms.expiry_on)
                for one in sorted(terms.premises, key=lambda one: one.unit)
            ),
        ),
    )


def simple(first: date, last: date, *units: tuple[str, str], rent: Quote | None = None, **changes: Any) -> Terms:
    """Terms of one rent; by default a hundred a square metre and month for unit a101."""
    return Terms(
        premises=tuple(Premises(unit=name, area=area) for name, area in units or ((A101, "1234.50"),)),
        commencement_on=first,
        expiry_on=last,
        rent=(RentStep(from_on=first, rent=rent or per_m2("100.00")),),
        **changes,
    )


NEXT_TERMS = replace(
    L_1,
    commencement_on=date(2027, 1, 1),
    expiry_on=date(2028, 12, 31),
    rent=(RentStep(from_on=date(2027, 1, 1), rent=flat("60000.00")),),
    rent_free=(),
    breaks=(),
    indexation=None,
)
"""The terms that L-1 is renewed on."""


def _first_of_each(things: Sequence[Any]) -> tuple[Any, ...]:
    return tuple({type(thing): thing for thing in reversed(things)}.values())[::-1]


_LIFE: tuple[Any, ...] = (*_first_of_each(LIFE), NOTICE_SERVED, TERMINATED, RENEWED, VOIDED, DECLARED, WITHDRAWN)
FACTS: tuple[Fact, ...] = tuple(
    replace(fact, rule=None) if isinstance(fact, IndexRentReviewed) else fact for fact in _LIFE
)
"""One of each, without what facts took on later: a review without the rule that it was made by."""
COMMANDS: tuple[Command, ...] = (
    *_first_of_each([command for command, _ in ASKED]),
    SERVE_NOTICE,
    TERMINATE,
    RENEW,
    VOID,
    DECLARE,
    WITHDRAW,
)

_TOLD: dict[type[Fact], Any] = {type(fact): fact for fact in FACTS}
_EVERY_TERM = Terms(
    premises=(Premises(unit=A101, area="1000.00", from_on=date(2024, 1, 1), until_on=date(2025, 6, 30)),),
    commencement_on=date(2024, 1, 1),
    expiry_on=date(2026, 12, 31),
    rent=(RentStep(from_on=date(2024, 1, 1), rent=Quote(price="1.5", per="M2_DAY_365")),),
    rent_free=(RentFree(from_on=date(2024, 1, 1), until_on=date(2024, 1, 31)),),
    rent_months="COMMENCEMENT",
    billed_every_months=6,
    billed="ARREARS",
    due_days=10,
    lines="MONTH",
    proration="THIRTY_360",
    deposit="1.00",
    deposit_return_days=30,
    service_charge=Quote(price="0.2", per="M2_DAY_30"),
    vat="SIMPLIFIED",
    late_fee_per_day="0.0003",
    indexation=Indexation(
        series=CPI, base_on=date(2024, 1, 1), floor="0", cap="0.05", ratio_form=True, bounds="CUMULATIVE"
    ),
    breaks=(Break(on=date(2025, 6, 30), notice_days=90, party="EITHER", fee_months=2, reasonably_certain=True),),
    renewal=RenewalOption(months=12, notice_days=60, reasonably_certain=True),
    turnover_rent=TurnoverRent(
        share="0.08", breakpoint="100000.00", year_breakpoint="1100000.00", less_rent=True, declared_days=10
    ),
    incentive="36000.00",
    deposit_interest=DepositInterest(rate="0.015", days="ACT_360"),
)
WHOLE: tuple[Fact, ...] = (
    replace(_TOLD[LeaseDrafted], terms=_EVERY_TERM),
    replace(_TOLD[IndexRentReviewed], rule=_EVERY_TERM.indexation),
    replace(_TOLD[LeaseStepWithdrawn], step="lease.amendment-proposed", about="am-1-demo"),
    replace(_TOLD[LeaseTerminated], fee_taxable=True, given_up=(B201,)),
    *(replace(_TOLD[kind], given_up=(B201,)) for kind in (LeaseExecuted, LeaseAmended, HoldoverStarted, HoldoverEnded)),
)
