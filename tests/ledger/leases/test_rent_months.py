"""Parts of months that sum to the month, months of rent from the 15th to the 14th, options (domain §14.2-§14.3)."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st
from msgspec.structs import replace

from ledger.leases.changes import CommencementKept
from ledger.leases.lease import Lease
from ledger.leases.rents import rent_month
from ledger.leases.schedule import ScheduleRow, billing_periods, schedule, service_charges
from ledger.leases.terms import Break, Premises, Proration, RenewalOption, RentFree, RentStep, Terms
from ledger.periods import month_end
from tests.examples.leases import A101, A102, RENEWED, flat, per_m2, simple
from tests.ground.given import given
from tests.ledger.leases.ground import folded, propose, running
from tests.ledger.leases.test_schedule import lease, month, reviewed, terminated

EVER = date(2040, 12, 31)
CONVENTIONS = get_args(Proration)
YEAR = simple(date(2025, 1, 1), date(2025, 12, 31), rent=flat("28836.48"))
TENTH = date(2025, 10, 10)


def stepped(terms: Terms, on: date, price: str) -> Terms:
    return replace(terms, rent=(*terms.rent, RentStep(from_on=on, rent=flat(price))))


def ways(convention: Proration) -> dict[str, Lease]:
    """Each way in which 28,836.48 becomes 29,845.76 from 10 October on."""
    terms = replace(YEAR, proration=convention)
    areas = simple(date(2025, 1, 1), date(2025, 12, 31), (A101, "288.36"), rent=per_m2("100.00"), proration=convention)
    more = replace(areas, premises=(*areas.premises, Premises(unit=A102, area="10.09", from_on=TENTH)))
    return {
        "step": lease(stepped(terms, TENTH, "29845.76")),
        "review": reviewed(terms, (TENTH, 2_984_576)),
        "amendment": lease(terms, (TENTH, stepped(terms, TENTH, "29845.76"))),
        "area": lease(more),
    }


@pytest.mark.parametrize("convention", CONVENTIONS)
@pytest.mark.parametrize("way", ["step", "review", "amendment", "area"])
def test_a_change_in_a_whole_month_costs_the_days_of_each_part(way: str, convention: Proration) -> None:
    """Domain §14.2: 9/31 of 28,836.48 and 22/31 of 29,845.76; by area of 28,836.00 and 29,845.00 29,552.06."""
    rows = [row for row in schedule(ways(convention)[way], EVER) if row.month == "2025-10"]
    assert sum(row.cash_minor + row.variable_minor for row in rows) == (2_955_206 if way == "area" else 2_955_274)


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_a_service_charge_changed_in_mid_month(convention: Proration) -> None:
    terms = replace(YEAR, service_charge=flat("28836.48"), proration=convention)
    changed = lease(terms, service_charges=((TENTH, flat("29845.76")),))
    assert {one.month: one.charge_minor for one in service_charges(changed, TENTH)}["2025-10"] == 2_955_274


@pytest.mark.parametrize("convention", CONVENTIONS)
@pytest.mark.parametrize("cut", [date(2025, 6, 5), date(2025, 6, 10)])
def test_a_term_extended_in_its_last_month_makes_that_month_whole(cut: date, convention: Proration) -> None:
    """The first days were priced as of a month that ends with the 10th; the rest takes what is left of the month."""
    terms = simple(date(2025, 1, 1), date(2025, 6, 10), rent=flat("1000.01"), proration=convention)
    rows = schedule(lease(terms, (cut, replace(terms, expiry_on=date(2025, 12, 31)))), EVER)
    assert sum(cash for _, _, cash, _ in month(rows, "2025-06")) == 100_001
    held = lease(terms, holdover_from=date(2025, 6, 11))
    assert sum(cash for _, _, cash, _ in month(schedule(held, date(2025, 7, 1)), "2025-06")) == 100_001


# From the 15th to the 14th (case 21)

MID = simple(
    date(2025, 1, 15), date(2026, 1, 14), rent=flat("3100.00"), rent_months="COMMENCEMENT", billed_every_months=3
)


def billed(one: Lease) -> list[tuple[str, str, str, int]]:
    return [(str(p.from_on), str(p.until_on), str(p.billed_on), p.rent_minor) for p in billing_periods(one, EVER)]


def test_rent_from_the_15th_to_the_14th() -> None:
    assert billed(lease(MID)) == [
        ("2025-01-15", "2025-04-14", "2025-01-15", 930_000),
        ("2025-04-15", "2025-07-14", "2025-04-15", 930_000),
        ("2025-07-15", "2025-10-14", "2025-07-15", 930_000),
        ("2025-10-15", "2026-01-14", "2025-10-15", 930_000),
    ]
    rows = schedule(lease(MID), EVER)
    assert month(rows, "2025-01") == [(15, 31, 170_000, 0)]  # 17/31, and 14/31 in February
    assert month(rows, "2025-02") == [(1, 14, 140_000, 0), (15, 28, 155_000, 0)]
    assert {row.accrued_minor for row in rows} == {0}, "a level rent is earned as it falls due"


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        pytest.param(
            lease(replace(MID, billed="ARREARS", billed_every_months=12)),
            [("2025-01-15", "2026-01-14", "2026-01-14", 12 * 310_000)],
            id="a-year-in-arrears",
        ),
        pytest.param(
            terminated(MID, date(2025, 2, 1), date(2025, 3, 5)),  # to 14 March, 19 of 28 days
            [("2025-01-15", "2025-03-05", "2025-01-15", 310_000 + 210_357)],
            id="ends-early",
        ),
        pytest.param(
            terminated(replace(MID, proration="THIRTY_360"), date(2025, 2, 1), date(2025, 3, 5)),  # 19/30
            [("2025-01-15", "2025-03-05", "2025-01-15", 310_000 + 196_333)],
            id="ends-early-30-360",
        ),
        pytest.param(  # 15 to 24 January 10/31 of 3,100.00, then 21/31 of 6,200.00
            lease(stepped(replace(MID, expiry_on=date(2025, 4, 14)), date(2025, 1, 25), "6200.00")),
            [("2025-01-15", "2025-04-14", "2025-01-15", 100_000 + 420_000 + 2 * 620_000)],
            id="a-step-in-its-month",
        ),
    ],
)
def test_other_leases_from_the_15th(one: Lease, expected: list[tuple[str, str, str, int]]) -> None:
    assert billed(one) == expected


def test_months_from_the_31st_begin_on_the_last_day_there_is() -> None:
    days = [rent_month(date(2025, month, 30), 31) for month in (3, 4, 5)]
    assert [(str(first), str(last)) for first, last in days] == [
        ("2025-02-28", "2025-03-30"),
        ("2025-04-30", "2025-05-30"),
        ("2025-04-30", "2025-05-30"),
    ]


@for_all(st.dates(date(2024, 1, 1), date(2028, 12, 31)), st.integers(0, 30))
def test_who_begins_later_in_a_month_pays_to_no_earlier_day(begin: date, later: int) -> None:
    """A library that counts months takes 30 January to 28 February for none, and 31 January for one."""
    other = min(begin + timedelta(days=later), month_end(begin))
    assert rent_month(begin, begin.day)[1] <= rent_month(other, other.day)[1]
    assert rent_month(other, other.day)[0] == other


def test_an_amendment_does_not_move_the_months_of_rent() -> None:
    given(*running(MID)).when(propose(replace(MID, rent_months="CALENDAR"), date(2025, 6, 1), "CONSIDERATION")).refused(
        CommencementKept, field="terms.rent_months", says="COMMENCEMENT"
    )


@for_all(st.integers(1, 31), st.sampled_from(CONVENTIONS), st.integers(0, 400), st.integers(0, 400))
def test_whatever_cuts_a_month_of_rent_it_costs_a_month(begins: int, how: Proration, first: int, second: int) -> None:
    """Steps, an amendment and the calendar cut months: of which no day is missing, all together cost one."""
    begin = date(2024, 1, begins)
    terms = simple(begin, begin + timedelta(days=450), rent=flat("1000.01"), proration=how, rent_months="COMMENCEMENT")
    cuts = [begin + timedelta(days=days + 1) for days in (first, second)]
    amended = replace(stepped(terms, cuts[0], "1000.01"), due_days=5)
    rows = schedule(lease(terms, (cuts[1], amended)), EVER)
    whole = [days for days in {rent_month(row.from_on, begins) for row in rows} if days[1] <= terms.expiry_on]
    for days in whole:
        assert sum(row.cash_minor for row in rows if days[0] <= row.from_on <= days[1]) == 100_001
    assert len(whole) in (14, 15)


# Options


CERTAIN = RenewalOption(months=12, notice_days=90, reasonably_certain=True)
OPTION = simple(
    date(2025, 1, 1),
    date(2025, 12, 31),
    rent=flat("1000.00"),
    rent_free=(RentFree(from_on=date(2025, 1, 1), until_on=date(2025, 2, 28)),),
    renewal=CERTAIN,
)


def revenue(rows: Sequence[ScheduleRow]) -> list[int]:
    return [row.revenue_minor for row in rows]


def test_an_option_that_is_reasonably_certain_belongs_to_the_term() -> None:
    """Domain §14.3: 12 months at 1,000.00, two free, and 12 more: 22,000.00 / 24 = 916.67, the first 16 a fen more."""
    rows = schedule(lease(OPTION), EVER)
    assert revenue(rows) == [91_667] * 12
    assert rows[-1].accrued_minor == 12 * 91_667 - 1_000_000 == 100_004
    assert revenue(schedule(lease(replace(OPTION, renewal=replace(CERTAIN, reasonably_certain=False))), EVER)) == (
        [83_334] * 4 + [83_333] * 8
    )


def test_a_renewed_lease_earns_back_what_was_accrued_for_the_option() -> None:
    """Each month of the next lease 1,000.00 is paid, and 83.33 or 83.34 is earned less here: 916.67 or 916.66."""
    recorded = running(OPTION, replace(RENEWED, effective_on=date(2025, 9, 1)))
    rows = schedule(folded(*recorded), EVER)
    assert [row.cash_minor for row in rows[12:]] == [0] * 12
    assert revenue(rows[12:]) == [-8_333] * 4 + [-8_334] * 8
    assert rows[-1].accrued_minor == 0


@pytest.mark.parametrize("state", [{"state": "EXPIRED"}, {"holdover_from": date(2026, 1, 1), "state": "HOLDOVER"}])
def test_an_option_that_lapsed_leaves_nothing_accrued(state: dict[str, Any]) -> None:
    rows = schedule(lease(OPTION, **state), date(2025, 12, 31))
    assert (rows[-1].revenue_minor, rows[-1].accrued_minor) == (91_667 - 100_004, 0)


def test_an_amendment_reassesses_the_option() -> None:
    """From July on it is not certain any more: 6 x 1,000.00 less the 1,500.02 accrued, over six months."""
    doubtful = replace(OPTION, renewal=replace(CERTAIN, reasonably_certain=False))
    rows = schedule(lease(OPTION, (date(2025, 7, 1), doubtful)), EVER)
    assert rows[5].accrued_minor == 6 * 91_667 - 400_000 == 150_002
    assert revenue(rows) == [91_667] * 6 + [75_000] * 4 + [74_999] * 2


def test_a_break_that_is_reasonably_certain_ends_the_term() -> None:
    """Two months free, then 1,000.00: to the break in June 4,000.00 / 6; if it is not used, 1,000.00 a month after."""
    broken = replace(
        OPTION,
        breaks=(Break(on=date(2025, 6, 30), notice_days=30, party="TENANT", reasonably_certain=True),),
        renewal=None,
    )
    rows = schedule(lease(broken), EVER)
    assert revenue(rows) == [66_667] * 4 + [66_666] * 2 + [100_000] * 6
    assert [rows[at].accrued_minor for at in (1, 5, 11)] == [133_334, 0, 0]
    ended = terminated(broken, date(2025, 6, 1), date(2025, 6, 30))
    assert revenue(schedule(ended, EVER)) == [66_667] * 4 + [66_666] * 2
