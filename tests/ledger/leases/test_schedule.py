"""What a lease pays and earns: every figure of domain §4.1 to §4.4, to the fen, and what holds for any lease."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from fractions import Fraction
from itertools import groupby
from typing import Any, Literal, get_args

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st
from msgspec.structs import replace

from ledger.leases.deciding import evolve_lease
from ledger.leases.facts import IndexRentReviewed, LeaseAmended
from ledger.leases.lease import Lease, LeaseVersion
from ledger.leases.rents import month_begins, prorated, rent_month
from ledger.leases.schedule import (
    ScheduleRow,
    accrued_at_end,
    billing_periods,
    headline_rent,
    last_day,
    next_break,
    next_step,
    passing_rent,
    schedule,
    service_charge_on,
    service_charges,
    terms_on,
)
from ledger.leases.terms import Break, Premises, Proration, Quote, RenewalOption, RentFree, RentStep, Terms, monthly
from ledger.values.measures import dm2
from ledger.values.money import rounded
from tests.examples.leases import A101, A102, EXTENDED, L_1, flat, per_m2, signed, simple, through
from tests.ledger.leases.ground import told

EVER = date(2040, 12, 31)
DAY = timedelta(days=1)


def lease(terms: Terms, *later: tuple[date, Terms], **state: Any) -> Lease:
    """An executed lease, with what it was amended to."""
    first = LeaseVersion(from_on=terms.commencement_on, terms=terms)
    versions = (first, *(LeaseVersion(from_on=on, terms=amended) for on, amended in later))
    return Lease(**{"lease": "l-demo", "company": "sunfield-demo", "state": "COMMENCED", "versions": versions, **state})


def terminated(terms: Terms, agreed: date, ends: date, *later: tuple[date, Terms]) -> Lease:
    return lease(terms, *later, ended_early=(agreed, ends), ends_on=ends)


def of_year(rows: Sequence[ScheduleRow], year: int) -> list[ScheduleRow]:
    return [row for row in rows if row.from_on.year == year]


def month(rows: Sequence[ScheduleRow], name: str) -> list[tuple[int, int, int, int]]:
    """(first day, last day, cash, variable) of a month's rows."""
    found = [row for row in rows if row.month == name]
    return [(row.from_on.day, row.until_on.day, row.cash_minor, row.variable_minor) for row in found]


# §4.1


def test_l_1_is_spread_by_largest_remainder() -> None:
    rows = schedule(lease(L_1), EVER)
    assert [row.cash_minor for row in rows] == [0] * 3 + [5_333_040] * 9 + [5_599_692] * 12 + [5_879_677] * 12
    assert [row.revenue_minor for row in rows] == [5_159_717] * 12 + [5_159_716] * 24
    assert sum(row.cash_minor for row in rows) == sum(row.revenue_minor for row in rows) == 185_749_788
    assert [sum(row.cash_minor for row in of_year(rows, year)) for year in (2024, 2025, 2026)] == [
        47_997_360,
        67_196_304,
        70_556_124,
    ]
    assert [sum(row.revenue_minor for row in of_year(rows, year)) for year in (2024, 2025, 2026)] == [
        61_916_604,
        61_916_592,
        61_916_592,
    ]
    assert [rows[at].accrued_minor for at in (0, 2, 11, 23, 35)] == [5_159_717, 15_479_151, 13_919_244, 8_639_532, 0]


def test_a_schedule_goes_as_far_as_it_is_asked() -> None:
    assert schedule(lease(L_1), date(2023, 12, 31)) == ()
    assert [row.month for row in schedule(lease(L_1), date(2024, 2, 1))] == ["2024-01", "2024-02"]
    assert schedule(lease(L_1), date(2024, 2, 1)) == schedule(lease(L_1), EVER)[:2]


def test_a_draft_has_no_schedule() -> None:
    draft = Lease(lease="l-demo", company="sunfield-demo", draft=L_1)
    assert (schedule(draft, EVER), service_charges(draft, EVER), billing_periods(draft, EVER)) == ((), (), ())
    assert (last_day(draft), terms_on(draft, EVER), next_step(draft, EVER), accrued_at_end(draft)) == (None,) * 3 + (0,)


# §4.2


def test_a_modification_spreads_what_was_accrued_over_the_new_payments() -> None:
    rows = schedule(lease(L_1, (date(2026, 1, 1), EXTENDED)), EVER)
    assert rows[:24] == schedule(lease(L_1), EVER)[:24]
    changed = rows[24:]
    assert [row.cash_minor for row in changed] == [5_600_000] * 24
    assert [row.revenue_minor for row in changed] == [5_240_020] * 12 + [5_240_019] * 12
    assert sum(row.revenue_minor for row in changed) == 125_760_468
    assert [sum(row.revenue_minor for row in of_year(rows, year)) for year in (2026, 2027)] == [62_880_240, 62_880_228]
    assert [changed[at].accrued_minor for at in (0, 11, 23)] == [8_279_552, 4_319_772, 0]


def test_an_end_at_once_leaves_what_was_accrued() -> None:
    ended = terminated(L_1, date(2025, 12, 31), date(2025, 12, 31))
    rows = schedule(ended, EVER)
    assert rows == schedule(lease(L_1), EVER)[:24]
    assert accrued_at_end(ended) == 8_639_532
    fee = 3 * headline_rent(ended, date(2025, 12, 31))
    assert fee == 16_799_076
    assert fee - accrued_at_end(ended) == 8_159_544


def test_an_end_after_notice_spreads_over_the_notice() -> None:
    ended = terminated(L_1, date(2026, 1, 1), date(2026, 6, 30))
    rows = schedule(ended, EVER)
    assert rows[:24] == schedule(lease(L_1), EVER)[:24]
    assert [row.cash_minor for row in rows[24:]] == [5_879_677] * 6
    assert sum(row.revenue_minor for row in rows[24:]) == 6 * 5_879_677 - 8_639_532
    assert max(row.revenue_minor for row in rows[24:]) - min(row.revenue_minor for row in rows[24:]) <= 1
    assert (rows[-1].until_on, rows[-1].accrued_minor, accrued_at_end(ended)) == (date(2026, 6, 30), 0, 0)


def test_an_amendment_from_after_the_end_never_comes_into_force() -> None:
    ended = terminated(L_1, date(2025, 6, 30), date(2025, 9, 30), (date(2026, 1, 1), EXTENDED))
    assert schedule(ended, EVER) == schedule(terminated(L_1, date(2025, 6, 30), date(2025, 9, 30)), EVER)


def test_a_lease_ended_before_it_began_has_no_rows() -> None:
    never = terminated(L_1, date(2023, 12, 20), date(2023, 12, 20))
    assert (schedule(never, EVER), accrued_at_end(never), service_charges(never, EVER)) == ((), 0, ())


# Cuts in the middle of a month


def test_a_modification_cuts_its_months_row() -> None:
    terms = simple(date(2024, 1, 1), date(2024, 12, 31), rent=flat("3100.00"))
    dearer = replace(terms, rent=(RentStep(from_on=date(2024, 1, 1), rent=flat("6200.00")),))
    rows = schedule(lease(terms, (date(2024, 5, 11), dearer)), EVER)
    assert month(rows, "2024-05") == [(1, 10, 100_000, 0), (11, 31, 420_000, 0)]
    cut = [row for row in rows if row.month == "2024-05"]
    assert [(row.revenue_minor, row.accrued_minor) for row in cut] == [(100_000, 0), (420_000, 0)]
    assert [row.month for row in rows] == [f"2024-{name:02}" for name in (1, 2, 3, 4, 5, 5, *range(6, 13))]


def test_a_cut_at_the_same_rent_still_sums_to_the_month() -> None:
    """A third of a month does not divide evenly: what is cut off is rounded, the rest is the rest."""
    terms = simple(date(2024, 1, 1), date(2024, 12, 31), rent=flat("1000.01"))
    longer = replace(terms, expiry_on=date(2025, 12, 31))
    rows = schedule(lease(terms, (date(2024, 2, 11), longer)), EVER)
    assert month(rows, "2024-02") == [(1, 10, 34_483, 0), (11, 29, 65_518, 0)]
    assert sum(row.cash_minor for row in rows) == 24 * 100_001


def test_revenue_of_a_cut_row_goes_by_days() -> None:
    terms = simple(
        date(2024, 1, 1), date(2024, 4, 30), rent=flat("400.00"),
        rent_free=(RentFree(from_on=date(2024, 1, 1), until_on=date(2024, 1, 31)),),
    )  # fmt: skip
    rows = schedule(terminated(terms, date(2024, 2, 10), date(2024, 2, 10)), EVER)
    assert [(row.cash_minor, row.revenue_minor) for row in rows] == [
        (0, 30_000),
        (13_793, rounded(Fraction(300_000, 29))),
    ]
    assert accrued_at_end(terminated(terms, date(2024, 2, 10), date(2024, 2, 10))) == 30_000 + 10_345 - 13_793


def test_parts_of_months_at_either_end_weigh_their_days() -> None:
    """16 of 31 days, a month, and 14 of 28 days: 1,600.00, 0 and 1,550.00 are spread as 16/31 : 1 : 1/2."""
    terms = simple(
        date(2022, 12, 16), date(2023, 2, 14), rent=flat("3100.00"),
        rent_free=(RentFree(from_on=date(2023, 1, 1), until_on=date(2023, 1, 31)),),
    )  # fmt: skip
    rows = schedule(lease(terms), EVER)
    assert [row.cash_minor for row in rows] == [160_000, 0, 155_000]
    weights = [Fraction(16, 31), Fraction(1), Fraction(1, 2)]
    exact = [315_000 * weight / sum(weights) for weight in weights]
    assert [row.revenue_minor for row in rows] == [80_640, 156_240, 78_120] == [rounded(part) for part in exact]


def test_space_given_up_and_taken() -> None:
    two = simple(date(2024, 1, 1), date(2024, 12, 31), (A101, "100.00"), (A102, "50.00"), rent=per_m2("10.00"))
    one = replace(two, premises=two.premises[:1])
    rows = schedule(lease(two, (date(2024, 7, 1), one)), EVER)
    assert [row.cash_minor for row in rows] == [150_000] * 6 + [100_000] * 6
    assert [row.revenue_minor for row in rows] == [150_000] * 6 + [100_000] * 6


def test_premises_may_have_days_of_their_own() -> None:
    terms = simple(date(2024, 1, 1), date(2024, 3, 31), (A101, "100.00"), rent=per_m2("10.00"))
    later = Premises(unit=A102, area="50.00", from_on=date(2024, 2, 15))
    rows = schedule(lease(replace(terms, premises=(*terms.premises, later))), EVER)
    assert [row.cash_minor for row in rows] == [100_000, 48_276 + 77_586, 150_000]


# §4.3 and §1.2


@pytest.mark.parametrize(
    ("convention", "part", "rest"),
    [
        ("ACTUAL_ACTUAL", 2_793_103, 2_606_897),
        ("THIRTY_360", 2_880_000, 2_520_000),
        ("ACTUAL_365", 2_663_014, 2_485_479),
        ("ACTUAL_366", 2_655_738, 2_478_689),
    ],
)
def test_a_part_of_a_month(convention: Proration, part: int, rest: int) -> None:
    assert prorated(5_400_000, date(2024, 2, 15), date(2024, 2, 29), convention) == part
    assert prorated(5_400_000, date(2024, 2, 1), date(2024, 2, 14), convention) == rest
    assert prorated(5_400_000, date(2024, 2, 1), date(2024, 2, 29), convention) == 5_400_000
    terms = simple(date(2024, 2, 15), date(2024, 12, 31), rent=flat("54000.00"), proration=convention)
    assert schedule(lease(terms), EVER)[0].cash_minor == part


@pytest.mark.parametrize(
    ("first", "last", "thirtieths"), [(1, 30, 30), (31, 31, 0), (16, 31, 15), (1, 15, 15), (30, 31, 1), (1, 31, 30)]
)
def test_the_thirty_first_adds_nothing(first: int, last: int, thirtieths: int) -> None:
    assert prorated(3_000, date(2024, 1, first), date(2024, 1, last), "THIRTY_360") == thirtieths * 100


def test_days_of_two_months_are_no_part_of_one() -> None:
    with pytest.raises(AssertionError, match="one month"):
        prorated(100, date(2024, 1, 31), date(2024, 2, 1), "ACTUAL_ACTUAL")


@pytest.mark.parametrize(
    ("quote", "expected"),
    [
        (Quote(price="1.50", per="M2_DAY_365"), 5_632_406),
        (Quote(price="1.50", per="M2_DAY_30"), 5_555_250),
        (per_m2("43.20"), 5_333_040),
        (per_m2("47.628"), 5_879_677),
        (flat("56000.00"), 5_600_000),
    ],
)
def test_a_quoted_rent_as_an_amount_a_month(quote: Quote, expected: int) -> None:
    assert monthly(quote, dm2("1234.50")) == expected
    assert schedule(lease(simple(date(2024, 1, 1), date(2024, 1, 31), rent=quote)), EVER)[0].cash_minor == expected


# Index reviews


def stored(on: date, monthly_minor: int) -> IndexRentReviewed:
    """A review as it was stored before rules were: it keeps its amount."""
    review: IndexRentReviewed = told(IndexRentReviewed, effective_on=on, monthly_minor=monthly_minor, rule=None)
    return review


def reviewed(terms: Terms, *reviews: tuple[date, int], later: Sequence[tuple[date, Terms]] = ()) -> Lease:
    return lease(terms, *later, reviews=tuple(stored(*review) for review in reviews))


FLAT = simple(date(2024, 1, 1), date(2025, 12, 31), rent=flat("54000.00"))


def test_rent_above_the_terms_is_variable() -> None:
    rows = schedule(reviewed(FLAT, (date(2024, 7, 1), 5_495_015)), EVER)
    assert {row.cash_minor for row in rows} == {row.revenue_minor for row in rows} == {5_400_000}
    assert [row.variable_minor for row in rows] == [0] * 6 + [95_015] * 18


def test_a_review_in_the_middle_of_a_month_counts_from_its_day() -> None:
    rows = schedule(reviewed(FLAT, (date(2024, 6, 16), 6_000_000)), EVER)
    assert month(rows, "2024-06") == [(1, 30, 5_400_000, 300_000)]


def test_a_later_review_takes_the_place_of_an_earlier_one() -> None:
    rows = schedule(reviewed(FLAT, (date(2024, 7, 1), 5_500_000), (date(2025, 1, 1), 5_600_000)), EVER)
    assert [row.variable_minor for row in rows] == [0] * 6 + [100_000] * 6 + [200_000] * 12


def test_a_later_step_ends_a_review() -> None:
    stepped = replace(FLAT, rent=(*FLAT.rent, RentStep(from_on=date(2025, 1, 1), rent=flat("57000.00"))))
    rows = schedule(reviewed(stepped, (date(2024, 7, 1), 5_500_000)), EVER)
    assert [row.variable_minor for row in rows] == [0] * 6 + [100_000] * 6 + [0] * 12


def test_amended_rent_ends_a_review_and_a_longer_term_does_not() -> None:
    review = (date(2024, 7, 1), 5_500_000)
    dearer = replace(FLAT, rent=(RentStep(from_on=date(2024, 1, 1), rent=flat("57000.00")),))
    rows = schedule(reviewed(FLAT, review, later=[(date(2025, 1, 1), dearer)]), EVER)
    assert [row.variable_minor for row in rows] == [0] * 6 + [100_000] * 6 + [0] * 12
    longer = replace(FLAT, expiry_on=date(2026, 12, 31))
    rows = schedule(reviewed(FLAT, review, later=[(date(2025, 1, 1), longer)]), EVER)
    assert [row.variable_minor for row in rows] == [0] * 6 + [100_000] * 30


def test_a_reviewed_rent_moves_with_the_premises() -> None:
    two = simple(date(2024, 1, 1), date(2024, 12, 31), (A101, "100.00"), (A102, "50.00"), rent=per_m2("10.00"))
    half = replace(two, premises=two.premises[:1])
    rows = schedule(reviewed(two, (date(2024, 4, 1), 153_000), later=[(date(2024, 7, 1), half)]), EVER)
    assert [row.variable_minor for row in rows] == [0] * 3 + [3_000] * 3 + [2_000] * 6


def test_no_variable_rent_on_free_days() -> None:
    free = replace(FLAT, rent_free=(RentFree(from_on=date(2024, 8, 1), until_on=date(2024, 8, 31)),))
    rows = schedule(reviewed(free, (date(2024, 7, 1), 5_500_000)), EVER)
    assert [row.variable_minor for row in rows][5:9] == [0, 100_000, 0, 100_000]


# Holdover


def held_over(terms: Terms, ends_on: date | None = None, **state: Any) -> Lease:
    return lease(terms, holdover_from=terms.expiry_on + DAY, ends_on=ends_on, **state)


def test_a_holdover_goes_on_month_by_month_at_the_last_rent() -> None:
    rows = schedule(held_over(L_1), date(2027, 3, 31))
    assert rows[:36] == schedule(lease(L_1), EVER)
    assert [(row.month, row.cash_minor, row.revenue_minor, row.accrued_minor) for row in rows[36:]] == [
        (f"2027-0{name}", 5_879_677, 5_879_677, 0) for name in (1, 2, 3)
    ]
    assert last_day(held_over(L_1)) is None


def test_a_holdover_ends_with_its_day() -> None:
    rows = schedule(held_over(L_1, date(2027, 2, 14)), EVER)
    assert [(row.until_on, row.cash_minor) for row in rows[36:]] == [
        (date(2027, 1, 31), 5_879_677),
        (date(2027, 2, 14), rounded(Fraction(5_879_677, 2))),
    ]


def test_a_term_that_ends_in_the_middle_of_a_month_and_its_holdover_make_one_month() -> None:
    terms = simple(date(2024, 1, 1), date(2024, 6, 10), rent=flat("1000.01"))
    rows = schedule(held_over(terms), date(2024, 7, 1))
    assert month(rows, "2024-06") == [(1, 10, 33_334, 0), (11, 30, 66_667, 0)]
    assert month(rows, "2024-07") == [(1, 31, 100_001, 0)]


def test_a_reviewed_rent_goes_on_in_holdover() -> None:
    rows = schedule(held_over(FLAT, reviews=(stored(date(2025, 7, 1), 5_500_000),)), date(2026, 1, 1))
    assert (rows[-1].month, rows[-1].cash_minor, rows[-1].variable_minor) == ("2026-01", 5_400_000, 100_000)


# Service charge


def charges(one: Lease, until: date = EVER) -> dict[str, int]:
    return {charge.month: charge.charge_minor for charge in service_charges(one, until)}


def test_the_service_charge_is_due_in_rent_free_months_too() -> None:
    assert list(charges(lease(L_1)).values()) == [740_700] * 36
    assert service_charge_on(lease(L_1), date(2024, 1, 1)) == per_m2("6.00")


def test_a_backdated_change_of_the_service_charge() -> None:
    """Domain §9: 54,000.00 to 55,500.00 from July on."""
    terms = replace(FLAT, service_charge=flat("54000.00"))
    found = charges(lease(terms, service_charges=((date(2024, 7, 1), flat("55500.00")),)), date(2024, 9, 30))
    assert list(found.values()) == [5_400_000] * 6 + [5_550_000] * 3


def test_a_change_in_the_middle_of_a_month_is_prorated() -> None:
    terms = replace(FLAT, service_charge=flat("3000.00"))
    found = charges(lease(terms, service_charges=((date(2024, 6, 16), flat("6000.00")),)), date(2024, 6, 1))
    assert found["2024-06"] == 450_000


def test_amended_terms_change_the_service_charge_only_where_they_differ_in_it() -> None:
    terms = replace(FLAT, service_charge=flat("100.00"))
    changed = ((date(2024, 3, 1), flat("110.00")),)
    longer, dearer = replace(terms, expiry_on=EVER), replace(terms, service_charge=flat("120.00"))
    kept = charges(lease(terms, (date(2024, 5, 1), longer), service_charges=changed), date(2024, 6, 1))
    assert list(kept.values()) == [10_000] * 2 + [11_000] * 4
    said = charges(lease(terms, (date(2024, 5, 1), dearer), service_charges=changed), date(2024, 6, 1))
    assert list(said.values()) == [10_000] * 2 + [11_000] * 2 + [12_000] * 2


def test_of_two_words_for_one_day_the_one_notified_apart_counts() -> None:
    terms = replace(FLAT, service_charge=flat("100.00"))
    dearer, day = replace(terms, service_charge=flat("120.00")), date(2024, 2, 1)
    found = charges(lease(terms, (day, dearer), service_charges=((day, flat("110.00")),)), day)
    assert found == {"2024-01": 10_000, "2024-02": 11_000}


def test_without_a_service_charge_the_months_stand_with_nothing() -> None:
    assert set(charges(lease(FLAT)).values()) == {0}
    assert service_charge_on(lease(FLAT), date(2024, 1, 1)) is None
    assert service_charge_on(lease(L_1), date(2023, 12, 31)) is None


# Billing periods


def periods(one: Lease, until: date = EVER) -> list[tuple[str, str, int]]:
    return [(str(p.from_on), str(p.until_on), p.rent_minor) for p in billing_periods(one, until)]


def test_quarters_in_advance() -> None:
    found = billing_periods(lease(L_1), date(2024, 12, 31))
    assert [(str(p.from_on), str(p.until_on), p.rent_minor) for p in found] == [
        ("2024-01-01", "2024-03-31", 0),
        ("2024-04-01", "2024-06-30", 15_999_120),
        ("2024-07-01", "2024-09-30", 15_999_120),
        ("2024-10-01", "2024-12-31", 15_999_120),
    ]
    assert [(str(p.billed_on), str(p.due_on), len(p.rows)) for p in found][:2] == [
        ("2024-01-01", "2024-01-31", 3),
        ("2024-04-01", "2024-05-01", 3),
    ]


def test_periods_are_counted_from_the_month_of_commencement() -> None:
    terms = simple(date(2024, 2, 15), date(2025, 1, 20), rent=flat("2900.00"), billed_every_months=6, billed="ARREARS")
    assert periods(lease(terms)) == [
        ("2024-02-15", "2024-07-31", 5 * 290_000 + 150_000),
        ("2024-08-01", "2025-01-20", 5 * 290_000 + rounded(Fraction(290_000 * 20, 31))),
    ]
    assert [str(p.billed_on) for p in billing_periods(lease(terms), date(2024, 7, 31))] == ["2024-07-31"]
    assert billing_periods(lease(terms), date(2024, 7, 30)) == ()


def test_an_early_end_clips_the_last_period() -> None:
    ended = terminated(L_1, date(2024, 5, 1), date(2024, 5, 15))
    assert periods(ended)[-1] == ("2024-04-01", "2024-05-15", 5_333_040 + rounded(Fraction(5_333_040 * 15, 31)))


def test_another_rhythm_begins_a_new_period() -> None:
    monthly_terms = replace(L_1, billed_every_months=1)
    found = periods(lease(L_1, (date(2024, 5, 16), monthly_terms)), date(2024, 7, 1))
    assert [(first, last) for first, last, _ in found] == [
        ("2024-01-01", "2024-03-31"),
        ("2024-04-01", "2024-05-15"),
        ("2024-05-16", "2024-05-31"),
        ("2024-06-01", "2024-06-30"),
        ("2024-07-01", "2024-07-31"),
    ]
    assert sum(rent for *_, rent in found) == 4 * 5_333_040


def test_months_are_billed_each_until_another_rhythm_begins() -> None:
    """From 15 January; monthly in arrears, then from 16 May in advance, by quarters counted from January."""
    terms = simple(date(2024, 1, 15), date(2024, 8, 20), rent=flat("2900.00"), billed="ARREARS")
    assert [(str(p.from_on), str(p.billed_on)) for p in billing_periods(lease(terms), date(2024, 4, 29))] == [
        ("2024-01-15", "2024-01-31"),
        ("2024-02-01", "2024-02-29"),
        ("2024-03-01", "2024-03-31"),
    ]
    assert periods(lease(terms))[-1][:2] == ("2024-08-01", "2024-08-20")
    assert billing_periods(lease(terms), date(2024, 1, 14)) == ()
    quarterly = replace(terms, billed_every_months=3, billed="ADVANCE")
    found = billing_periods(lease(terms, (date(2024, 5, 16), quarterly)), EVER)
    assert [(str(p.from_on), str(p.until_on), str(p.billed_on)) for p in found][3:] == [
        ("2024-04-01", "2024-04-30", "2024-04-30"),
        ("2024-05-01", "2024-05-15", "2024-05-15"),
        ("2024-05-16", "2024-06-30", "2024-05-16"),
        ("2024-07-01", "2024-08-20", "2024-07-01"),
    ]


def test_other_rent_in_the_same_rhythm_does_not() -> None:
    dearer = replace(L_1, rent=(RentStep(from_on=date(2024, 1, 1), rent=flat("60000.00")),))
    found = periods(lease(L_1, (date(2024, 6, 1), dearer)), date(2024, 4, 1))
    assert found[-1] == ("2024-04-01", "2024-06-30", 2 * 5_333_040 + 6_000_000)


def test_a_holdover_is_billed_in_the_same_rhythm() -> None:
    assert periods(held_over(L_1), date(2027, 4, 1))[-2:] == [
        ("2027-01-01", "2027-03-31", 3 * 5_879_677),
        ("2027-04-01", "2027-06-30", 3 * 5_879_677),
    ]


# What is in force


def test_the_rent_of_a_day() -> None:
    one = reviewed(L_1, (date(2025, 7, 1), 5_698_220))
    seen = [(passing_rent(one, day), headline_rent(one, day)) for day in (
        date(2023, 12, 31), date(2024, 3, 31), date(2024, 4, 1), date(2025, 6, 30), date(2025, 7, 1), date(2026, 1, 1),
        date(2027, 1, 1),
    )]  # fmt: skip
    assert seen == [
        (0, 0),
        (0, 5_333_040),
        (5_333_040, 5_333_040),
        (5_599_692, 5_599_692),
        (5_698_220, 5_698_220),
        (5_879_677, 5_879_677),
        (0, 0),
    ]


def test_what_comes_next() -> None:
    one = lease(L_1, (date(2026, 1, 1), EXTENDED))
    assert [
        next_step(one, day) for day in (date(2024, 1, 1), date(2024, 4, 1), date(2025, 1, 1), date(2026, 1, 1))
    ] == [
        (date(2024, 4, 1), 5_333_040),
        (date(2025, 1, 1), 5_599_692),
        (date(2026, 1, 1), 5_600_000),
        None,
    ]
    assert [next_break(one, day) for day in (date(2025, 12, 31), date(2026, 1, 1))] == [date(2025, 12, 31), None]
    assert terms_on(one, date(2025, 12, 31)) == L_1
    assert terms_on(one, date(2026, 1, 1)) == EXTENDED


def test_the_examples_life_ends_with_nothing_accrued() -> None:
    one: Lease | None = None
    for fact in through(LeaseAmended):
        one = evolve_lease(one, fact)
    assert one is not None
    assert one.versions[-1].terms == EXTENDED
    rows = schedule(one, EVER)
    assert (len(rows), rows[-1].accrued_minor) == (48, 0)
    assert [row.variable_minor for row in rows if row.variable_minor] == [5_698_220 - 5_599_692] * 6
    assert schedule(evolve_lease(None, signed("l-9-demo", L_1)[-1]), EVER) == ()


# Whatever is agreed


quotes = st.sampled_from((flat("1000.01"), flat("999.99"), per_m2("7.77"), Quote(price="0.31", per="M2_DAY_365")))
FIRST = date(2024, 1, 17)
Months = Literal["CALENDAR", "COMMENCEMENT"]


@st.composite
def any_terms(draw: st.DrawFn, months: Months) -> Terms:
    first = FIRST
    last = first + timedelta(days=draw(st.integers(0, 500)))
    days = st.integers(0, (last - first).days).map(lambda after: first + timedelta(days=after))
    steps = {first: draw(quotes)} | draw(st.dictionaries(days, quotes, max_size=2))
    free = draw(st.lists(days, max_size=1))
    return Terms(
        premises=(Premises(unit=A101, area=draw(st.sampled_from(("100.00", "33.33")))),),
        commencement_on=first,
        expiry_on=last,
        rent=tuple(RentStep(from_on=day, rent=rent) for day, rent in sorted(steps.items())),
        rent_free=tuple(RentFree(from_on=day, until_on=min(last, day + timedelta(days=40))) for day in free),
        rent_months=months,
        breaks=tuple(
            Break(on=day, notice_days=0, party="TENANT", reasonably_certain=True)
            for day in draw(st.lists(days, max_size=1))
            if day < last
        ),
        renewal=draw(st.none() | st.just(RenewalOption(months=5, notice_days=0, reasonably_certain=True))),
        billed_every_months=draw(st.sampled_from((1, 2, 3))),
        billed=draw(st.sampled_from(("ADVANCE", "ARREARS"))),
        proration=draw(st.sampled_from(("ACTUAL_ACTUAL", "THIRTY_360", "ACTUAL_365", "ACTUAL_366"))),
    )


@st.composite
def any_lease(draw: st.DrawFn) -> Lease:
    """A lease with amendments that join, reviews, and one of every kind of end."""
    months: Months = draw(st.sampled_from(get_args(Months)))
    versions = [(FIRST, draw(any_terms(months)))]
    for _ in range(draw(st.integers(0, 3))):
        before, terms = versions[-1]
        days = (terms.expiry_on - before).days
        if days == 0:
            break
        on = before + timedelta(days=draw(st.integers(1, days)))
        amended = draw(any_terms(months))
        versions.append((on, replace(amended, expiry_on=max(on, amended.expiry_on))))
    expiry = versions[-1][1].expiry_on
    in_term = st.integers(0, (expiry - FIRST).days).map(lambda after: FIRST + timedelta(days=after))
    state: dict[str, Any] = {
        "reviews": tuple(
            stored(*review)
            for review in sorted(draw(st.dictionaries(in_term, st.integers(1, 200_000), max_size=2)).items())
        )
    }
    match draw(st.sampled_from(("expires", "terminated", "held over"))):
        case "expires":
            state |= {"state": "EXPIRED"}
        case "terminated":
            agreed, ends = sorted((draw(in_term), draw(in_term)))
            state |= {"ended_early": (agreed, ends), "ends_on": ends}
        case "held over":
            end = draw(st.none() | st.integers(1, 100).map(lambda after: expiry + timedelta(days=after)))
            state |= {"holdover_from": expiry + DAY, "ends_on": end}
    return lease(versions[0][1], *versions[1:], **state)


def days_of(one: Lease, until: date) -> Iterator[date]:
    day, end = FIRST, last_day(one)
    while day <= (until if end is None else min(until, end)):
        yield day
        day += DAY


UNTIL = date(2026, 6, 30)


@for_all(any_lease())
def test_every_day_stands_in_exactly_one_row(one: Lease) -> None:
    covered = [
        row.from_on + timedelta(days=after)
        for row in schedule(one, UNTIL)
        for after in range((row.until_on - row.from_on).days + 1)
    ]
    assert covered == list(days_of(one, UNTIL))


@for_all(any_lease())
def test_what_is_earned_is_what_is_paid_and_derecognised(one: Lease) -> None:
    rows = schedule(one, UNTIL)
    earned, paid = sum(row.revenue_minor for row in rows), sum(row.cash_minor for row in rows)
    assert earned - accrued_at_end(one) == paid
    assert rows[-1].accrued_minor == accrued_at_end(one)
    agreed, ends = one.ended_early or (date.min, date.max)
    if agreed < ends:
        assert rows[-1].accrued_minor == 0


@for_all(any_lease())
def test_cash_is_what_the_days_in_a_row_at_one_rent_come_to(one: Lease) -> None:
    """A second, simpler model, day by day; however months are cut into rows (domain §14.2)."""
    plain, rows, begins = replace(one, reviews=()), schedule(one, UNTIL), month_begins(one.versions)
    for first, last in {rent_month(row.from_on, begins) for row in rows if row.until_on < UNTIL - 31 * DAY}:
        days = [day for day in days_of(one, UNTIL) if first <= day <= last]
        expected, missing = 0, len(days) <= (last - first).days
        costs = {day: (passing_rent(plain, day), convention_on(one, day)) for day in days}
        for (rent, convention), run in groupby(days, key=costs.__getitem__):
            some = list(run)
            expected += prorated(rent, some[0], some[-1], convention if missing else "ACTUAL_ACTUAL", begins)
        assert sum(row.cash_minor for row in rows if first <= row.from_on <= last) == expected


def convention_on(one: Lease, day: date) -> Proration:
    terms = terms_on(one, day)
    assert terms is not None
    return terms.proration


@for_all(any_lease())
def test_what_was_earned_does_not_change_by_what_comes_later(one: Lease) -> None:
    """An amendment is prospective: the rows before it stay as they were, but for the row that it cuts."""
    if len(one.versions) < 2 or one.ended_early is not None:
        return
    on = one.versions[-1].from_on
    before = lease(one.versions[0].terms, *((v.from_on, v.terms) for v in one.versions[1:-1]))
    was = [row for row in schedule(before, UNTIL) if row.until_on < on]
    now = [replace(row, variable_minor=0) for row in schedule(one, UNTIL) if row.until_on < on]
    assert now[: len(was)] == was


@for_all(any_lease())
def test_billing_periods_hold_every_day_and_every_fen(one: Lease) -> None:
    end = last_day(one) or UNTIL
    found = billing_periods(one, end)
    covered = [
        period.from_on + timedelta(days=after)
        for period in found
        for after in range((period.until_on - period.from_on).days + 1)
    ]
    assert covered == list(days_of(one, covered[-1]) if covered else ())
    if found and found[-1].until_on >= end:
        rows = schedule(one, found[-1].until_on)
        assert sum(period.rent_minor for period in found) == sum(row.cash_minor + row.variable_minor for row in rows)


@for_all(any_lease())
def test_reviews_never_touch_fixed_rent(one: Lease) -> None:
    plain = schedule(replace(one, reviews=()), UNTIL)
    assert [replace(row, variable_minor=0) for row in schedule(one, UNTIL)] == list(plain)
