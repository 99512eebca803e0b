"""What a lease holds and pays from one day to the next is, on each day, what its terms come to on that day."""

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from ledger.leases.facts import IndexRentReviewed
from ledger.leases.lease import Lease, LeaseVersion
from ledger.leases.premises import lettings_of
from ledger.leases.schedule import last_day, terms_on
from ledger.leases.terms import Break, Indexation, Premises, Quote, RenewalOption, RentFree, RentStep, Terms
from ledger.periods import day_after
from projections.tenancy.spans import LeasePart, Span, later_parts, parts_on, spans
from tests.ground.let_city import L1, L2

FIRST = date(2024, 1, 1)
DAYS = 800


def held(terms: Terms, **more: Any) -> Lease:
    versions = (LeaseVersion(from_on=terms.commencement_on, terms=terms),)
    lettings = lettings_of(versions, terms.expiry_on)
    return Lease(lease="l-1-demo", company="sunfield-demo", versions=versions, lettings=lettings, **more)


def told(lease: Lease, from_on: date, until_on: date) -> list[tuple[Any, ...]]:
    return [
        (span.from_on, span.until_on, span.held, span.part.passing_minor, span.part.headline_minor)
        for span in sorted(spans(lease, from_on, until_on), key=lambda span: (span.part.unit, span.from_on))
    ]


def test_free_days_and_steps_by_hand() -> None:
    """1,234.50 m²: three months free, 43.20, then 45.36, then 47.628 a m² and month (domain §4.6)."""
    assert told(held(L1), date(2023, 12, 15), date.max) == [
        (date(2023, 12, 15), date(2023, 12, 31), False, 0, 5_333_040),
        (date(2024, 1, 1), date(2024, 3, 31), True, 0, 5_333_040),
        (date(2024, 4, 1), date(2024, 12, 31), True, 5_333_040, 5_333_040),
        (date(2025, 1, 1), date(2025, 12, 31), True, 5_599_692, 5_599_692),
        (date(2026, 1, 1), date(2026, 12, 31), True, 5_879_677, 5_879_677),
    ]
    signed, free, *_ = spans(held(L1), date(2023, 12, 15), date.max)
    assert [signed.part.rent_free_days(day) for day in (date(2023, 12, 15), date(2023, 12, 31))] == [91, 91]
    assert [free.part.rent_free_days(day) for day in (FIRST, date(2024, 2, 29), date(2024, 3, 31))] == [91, 32, 1]


def test_a_break_lapses_and_notice_outlives_it() -> None:
    """Tenant's break on 2027-06-30; notice to end with the last day of that May."""
    breaks = [(span.from_on, span.part.next_break_on) for span in spans(held(L2), L2.commencement_on, date.max)]
    assert breaks == [(date(2024, 7, 1), date(2027, 6, 30)), (date(2027, 7, 1), None)]
    noticed = spans(held(L2, break_notice=date(2027, 5, 31)), date(2027, 1, 1), date.max)
    assert [(span.from_on, span.part.next_break_on) for span in noticed] == [
        (date(2027, 1, 1), date(2027, 5, 31)),
        (date(2027, 6, 1), date(2027, 6, 30)),
        (date(2027, 7, 1), None),
    ]


def test_days_in_which_nothing_is_held_have_no_span() -> None:
    """A unit taken for the spring of two years: between them it is held to be taken again."""
    springs = [(date(year, 3, 1), date(year, 5, 31)) for year in (2024, 2025)]
    premises = tuple(Premises(unit="a101", area="10.00", from_on=begin, until_on=end) for begin, end in springs)
    terms = Terms(
        premises=premises,
        commencement_on=FIRST,
        expiry_on=date(2025, 12, 31),
        rent=(RentStep(from_on=FIRST, rent=Quote(price="1.00", per="M2_MONTH")),),
    )
    assert told(held(terms), FIRST, date.max) == [
        (date(2024, 1, 1), date(2024, 2, 29), False, 1000, 1000),
        (date(2024, 3, 1), date(2024, 5, 31), True, 1000, 1000),
        (date(2024, 6, 1), date(2025, 2, 28), False, 1000, 1000),
        (date(2025, 3, 1), date(2025, 5, 31), True, 1000, 1000),
    ]


# Any lease

UNITS = ("a101", "a102", "b201")
days = st.integers(0, DAYS).map(lambda day: FIRST + timedelta(days=day))
quotes = st.builds(
    Quote,
    price=st.sampled_from(("43.20", "1.5", "900.00")),
    per=st.sampled_from(("MONTH", "M2_MONTH", "M2_DAY_365", "M2_DAY_30")),
)
areas = st.sampled_from(("100.00", "33.33", "0.01"))


@st.composite
def some_terms(draw: st.DrawFn, begin: date) -> Terms:
    stretches = st.one_of(st.just((None, None)), st.lists(days, min_size=2, max_size=2, unique=True).map(sorted))
    return Terms(
        premises=tuple(
            Premises(unit=unit, area=draw(areas), from_on=from_on, until_on=until_on)
            for unit in draw(st.lists(st.sampled_from(UNITS), min_size=1, max_size=4))
            for from_on, until_on in (draw(stretches),)
        ),
        commencement_on=FIRST,
        expiry_on=max(begin, draw(days)),
        rent=tuple(
            RentStep(from_on=day, rent=draw(quotes)) for day in [FIRST, *sorted(draw(st.sets(days, max_size=2)))]
        ),
        rent_free=tuple(
            RentFree(from_on=day, until_on=day + timedelta(days=draw(st.integers(0, 90))))
            for day in draw(st.lists(days, max_size=2))
        ),
        service_charge=draw(st.none() | quotes),
        breaks=tuple(Break(on=day, notice_days=0, party="TENANT") for day in draw(st.lists(days, max_size=2))),
        renewal=draw(st.none() | st.just(RenewalOption(months=12, notice_days=90))),
        indexation=draw(st.none() | st.just(RULE)),
    )


RULE = Indexation(series="cpi/cn-all", base_on=date(2023, 12, 1), cap="0.04")


@st.composite
def some_leases(draw: st.DrawFn) -> Lease:
    """Amended, reviewed, charged otherwise, noticed, ended early or held over, in any combination."""
    begins = [FIRST, *sorted(draw(st.sets(days.filter(lambda day: day > FIRST), max_size=2)))]
    versions = tuple(LeaseVersion(from_on=day, terms=draw(some_terms(day))) for day in begins)
    ends = draw(st.sampled_from(("TERM", "EARLY", "HOLDOVER")))
    early = draw(days)
    expiry = versions[-1].terms.expiry_on
    last = {"TERM": expiry, "EARLY": early, "HOLDOVER": draw(st.none() | st.just(expiry + timedelta(days=60)))}[ends]
    lease: dict[str, Any] = {"lease": "l-1-demo", "company": "sunfield-demo"}
    return Lease(
        **lease,
        state="COMMENCED",
        versions=versions,
        lettings=lettings_of(versions, last),
        service_charges=tuple(sorted(((day, draw(quotes)) for day in draw(st.sets(days, max_size=1))), key=str)),
        reviews=tuple(
            IndexRentReviewed(
                **lease,
                effective_on=day,
                index_base="100",
                index_current=draw(st.sampled_from(("101.5", "103", "99"))),
                current_on=day.replace(day=1),
                ratio="1",
                monthly_before_minor=0,
                monthly_minor=777,
                rule=draw(st.none() | st.just(RULE)),
            )
            for day in sorted(draw(st.sets(days, max_size=2)))
        ),
        break_notice=draw(st.none() | days),
        ended_early=(early, early) if ends == "EARLY" else None,
        holdover_from=day_after(expiry) if ends == "HOLDOVER" else None,
        ends_on=last if ends != "TERM" else None,
        handed_over_on=draw(st.none() | st.just(FIRST)),
    )


def on_day(found: list[Span], day: date, *, held: bool) -> list[LeasePart]:
    parts = (span.part for span in found if span.held == held and span.from_on <= day <= span.until_on)
    return sorted(parts, key=lambda part: part.unit)


def free_days(lease: Lease, part: LeasePart, day: date) -> int:
    """Days free of rent that are left, one by one: by the terms of the day, or those in which the unit begins."""
    begins = [one.from_on for one in lease.lettings if one.unit == part.unit and one.from_on > day]
    holds = any(one.unit == part.unit and one.from_on <= day <= (one.until_on or date.max) for one in lease.lettings)
    terms, last = terms_on(lease, day if holds else min(begins)), last_day(lease) or date.max
    assert terms is not None, "it is let"
    return sum(
        day <= free.from_on + timedelta(days=at) <= last
        for free in terms.rent_free
        for at in range((free.until_on - free.from_on).days + 1)
    )


@settings(max_examples=60)
@for_all(some_leases(), st.lists(days.map(lambda day: day - timedelta(days=30)), min_size=2, max_size=10))
def test_on_any_day_a_span_says_what_the_terms_come_to(lease: Lease, some_days: list[date]) -> None:
    first, *_, last = sorted(some_days)
    found = list(spans(lease, first, last))
    near = {
        day for span in found for day in (span.from_on, span.until_on, span.until_on + timedelta(days=1)) if day <= last
    }
    for day in sorted({*some_days, *near}):
        there, later = on_day(found, day, held=True), on_day(found, day, held=False)
        assert there == sorted(parts_on(lease, day).values(), key=lambda part: part.unit)
        assert later == later_parts(lease, day)
        for part in (*there, *later):
            assert part.rent_free_days(day) == free_days(lease, part, day)
    for unit in UNITS:
        own = sorted((span for span in found if span.part.unit == unit), key=lambda span: span.from_on)
        for before, after in pairwise(own):
            assert before.until_on < after.from_on
            touching = day_after(before.until_on) == after.from_on
            assert not (touching and (before.held, before.part) == (after.held, after.part))
