"""The city that the machine of test_city_machine.py begins with, and what it draws from; everything in it is invented.

ground      commands, and who sends them: a building with three units, two tenants, tax rates, open books
some, part_of, changed   one of many, an amount of another, terms with something else in them
all_terms   terms that hold together, for units and days that may not
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date
from typing import TypeVar

from hypothesis import strategies as st
from msgspec.structs import replace

from ledger.companies.prospects import RegisterLead
from ledger.decider import By, Command
from ledger.estate.land import CompleteBuilding, DefineBuilding, DefineParcel, DefineSite, StartConstruction
from ledger.estate.units import DefineUnit
from ledger.leases.terms import Break, Indexation, Premises, Quote, RentFree, RentStep, Terms
from ledger.periods import OpenPeriods
from ledger.rates import ApproveRate, ProposeRate
from ledger.values.evidence import Evidence
from ledger.values.money import written
from tests.machine.city_claims import BEGUN, DAYS, FINANCE, LETTABLE_DM2

CLERK = By(actor="clerk-demo", role="deal_desk")
APPROVER = By(actor="approver-demo", role="approver")
PAPER = Evidence(doc="paper (demo)", sha256=hashlib.sha256(b"paper").hexdigest())
WHY = "a reason (demo)"
BUILDING = "hall-demo"
AREAS = {"u1-demo": "100.00", "u2-demo": "150.50", "u3-demo": "80.25"}
CPI = "cpi/cn-all-demo"
RATES = {
    "vat/leasing": {"2020-01-01": "0.09", "2024-06-01": "0.1"},
    "vat/leasing-simplified": {"2020-01-01": "0.05"},
    "vat/services": {"2020-01-01": "0.06"},
    CPI: {"2024-01-01": "102.3", "2024-06-01": "104.1", "2024-12-01": "101"},
}

# What everything begins with


def ground() -> Iterator[tuple[Command, By]]:
    """A building with three units, two tenants, tax rates and an index, open books."""
    on = BEGUN
    yield (
        DefineSite(
            effective_on=on, site="mcsc-demo", name="City (demo)", stated_area="1", stated_unit="ACRE", source=WHY
        ),
        CLERK,
    )
    yield DefineParcel(effective_on=on, site="mcsc-demo", parcel="p1-demo", name="Plot (demo)", area="500.00"), CLERK
    yield (
        DefineBuilding(
            effective_on=on,
            parcel="p1-demo",
            building=BUILDING,
            name="Hall (demo)",
            floors=1,
            lettable=written(LETTABLE_DM2),
            standard="GB/T17986",
        ),
        CLERK,
    )
    yield StartConstruction(effective_on=on, building=BUILDING), CLERK
    yield CompleteBuilding(effective_on=on, building=BUILDING, evidence=PAPER), CLERK
    for unit, area in AREAS.items():
        yield unit_of(unit, area), CLERK
    for company in TENANTS:
        lead = RegisterLead(effective_on=on, company=company, name=f"{company} (demo)", country="CN", origin="DIRECT")
        yield lead, CLERK
    for series, values in RATES.items():
        for since, value in values.items():
            rate, from_on = f"{series.replace('/', '-')}-{since}", date.fromisoformat(since)
            yield ProposeRate(effective_on=from_on, rate=rate, series=series, value=value, source=WHY), FINANCE
            yield ApproveRate(effective_on=from_on, rate=rate), APPROVER
    yield OpenPeriods(effective_on=on, through="2024-01"), FINANCE
    yield OpenPeriods(effective_on=on, through="2025-03"), FINANCE


def unit_of(unit: str, area: str, on: date = BEGUN) -> DefineUnit:
    return DefineUnit(
        effective_on=on,
        building=BUILDING,
        unit=unit,
        floor="1",
        use="INDUSTRIAL",
        area=area,
        standard="GB/T17986",
        measured_on=on,
    )


# What is drawn from

TENANTS = ("sunfield-demo", "riverbend-demo")
LEASES = ("l-1-demo", "l-2-demo", "l-3-demo")
UNITS = (*AREAS, "u4-demo", "u5-demo")
FIRSTS, LASTS = DAYS[:7], DAYS[3:]
PART = ("whole", "half", "odd", "more")
MARKET = ("keep", "release", "off", "on", "retire")

people = st.sampled_from((CLERK, FINANCE, APPROVER))
booking = st.sampled_from((FINANCE, FINANCE, APPROVER))
a_day = st.sampled_from(DAYS)
a_lease = st.sampled_from((*LEASES[:2], *LEASES[:2], *LEASES))
a_unit = st.sampled_from(UNITS)
a_tenant = st.sampled_from(TENANTS)
a_month = st.sampled_from(("2024-01", "2024-02", "2024-03", "2024-06", "2025-12"))
quotes = st.sampled_from(
    (
        Quote(price="10000", per="MONTH"),
        Quote(price="43.205", per="M2_MONTH"),
        Quote(price="33333.33", per="MONTH"),
        Quote(price="0", per="MONTH"),
    )
)
some_units = st.lists(st.sampled_from((*AREAS, *AREAS, "u4-demo")), min_size=1, max_size=2, unique=True)
names = st.integers(1, 5)
amounts = st.sampled_from(("7.00", "500.00", "11990.00"))
picks = st.integers(0, 40)
parts = st.sampled_from(PART)


sensibly = st.sampled_from((True, True, True, False))
later_day = st.sampled_from(DAYS[4:])
flags: st.SearchStrategy[bool] = st.booleans()


def area_of(unit: str) -> str:
    return AREAS.get(unit, "50.00")


@st.composite
def all_terms(draw: st.DrawFn) -> Terms:
    """Terms that hold together, but for their units and dates."""
    first, last = draw(st.sampled_from(FIRSTS)), draw(st.sampled_from(LASTS))
    inside = [day for day in DAYS if first < day <= last]
    steps = [RentStep(from_on=first, rent=draw(quotes))]
    free: list[RentFree] = []
    if draw(flags) and inside:
        steps.append(RentStep(from_on=draw(st.sampled_from(inside)), rent=draw(quotes)))
    if draw(flags) and inside:
        free.append(RentFree(from_on=first, until_on=draw(st.sampled_from(inside))))
    breaks = [Break(on=day, notice_days=0, party="EITHER") for day in inside[:-1][:1]]
    premises = [Premises(unit=unit, area=area_of(unit)) for unit in draw(some_units)]
    if draw(flags) and inside and len(premises) > 1:
        premises[1] = replace(premises[1], from_on=draw(st.sampled_from(inside)))
    return Terms(
        premises=tuple(premises),
        commencement_on=first,
        expiry_on=last,
        rent=tuple(steps),
        rent_free=tuple(free),
        billed_every_months=draw(st.sampled_from((1, 1, 3))),
        billed=draw(st.sampled_from(("ADVANCE", "ARREARS"))),
        due_days=draw(st.sampled_from((0, 30))),
        lines=draw(st.sampled_from(("PERIOD", "MONTH"))),
        proration=draw(st.sampled_from(("ACTUAL_ACTUAL", "THIRTY_360"))),
        service_charge=draw(st.none() | quotes),
        indexation=draw(st.none() | st.just(Indexation(series=CPI, base_on=date(2024, 1, 1)))),
        breaks=tuple(breaks),
    )


Amendment = tuple[str, date, Terms, By, bool]
amendments: st.SearchStrategy[Amendment] = st.tuples(
    st.sampled_from(("rent", "rent", "term", "units", "rhythm", "all")),
    a_day,
    all_terms(),
    st.sampled_from((APPROVER, APPROVER, APPROVER, CLERK)),
    sensibly,
)
"""What changes, from when, to terms like which, who approves it, and whether the day shall be one of the lease."""

Movement = tuple[str, int, str, date]
movements: st.SearchStrategy[Movement] = st.tuples(
    st.sampled_from(("receive", "receive", "apply", "forfeit", "refund")),
    names,
    st.sampled_from(("7.00", "500.00", "500.00", "11990.00")),
    a_day,
)
"""What happens to a deposit, which movement it is, how much, when."""


# What is made of it

T = TypeVar("T")


def some(all_of_them: Sequence[T], pick: int, else_this: T) -> T:
    """One of them, or something else where there is none."""
    return all_of_them[pick % len(all_of_them)] if all_of_them else else_this


def part_of(amount: int, part: str) -> int:
    """As much of an amount as PART says; `more` is more than there is."""
    return {"whole": amount, "half": amount // 2, "odd": 7, "more": amount + 1}[part]


def changed(before: Terms, drawn: Terms, what: str, since: date) -> Terms:
    """Terms with something else in them; the commencement stays, but where everything is new."""
    steps = tuple(step for step in before.rent if step.from_on < since)
    match what:
        case "rent":
            now = RentStep(from_on=max(since, before.commencement_on), rent=drawn.rent[-1].rent)
            return replace(before, rent=(*(step for step in steps if step.from_on < now.from_on), now))
        case "term":
            last = max(drawn.expiry_on, since)
            return replace(
                before,
                expiry_on=last,
                rent=tuple(step for step in before.rent if step.from_on <= last),
                rent_free=tuple(free for free in before.rent_free if free.until_on <= last),
                breaks=(),
            )
        case "units":
            return replace(before, premises=drawn.premises)
        case "rhythm":
            return replace(
                before, billed_every_months=drawn.billed_every_months, billed=drawn.billed, proration=drawn.proration
            )
    return drawn
