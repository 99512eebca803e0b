"""What terms may say: the rules that they keep by themselves, drafted or amended.

check_terms   all of them
check_size    no amount a month is larger than any lease can cost

Refusals, in order of precedence
├── TermImpossible          the term ends before it begins, or lies outside of 1950 to 2150
├── TermTooLong             L2: more than 20 years (Civil Code 705)
├── PremisesMalformed       no area, days outside of the term, or a unit twice on one day
├── RentStepsDisordered     L4: steps in order, the first on the commencement, all in the term
├── RentFreeMalformed       L5: days free of rent lie in the term and do not overlap
├── BreakMalformed          a break date lies in the term, before its last day, and stands once
├── IndexationMalformed     the series is a price index, the floor is not above the cap
├── TurnoverRentMalformed   the share is more than nothing and at most all of the turnover
└── RentTooLarge            more than ten billion CNY a month
"""

from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from itertools import combinations, pairwise

from ledger.leases.lease import LeaseRefusal
from ledger.leases.terms import Premises, Quote, Terms, monthly
from ledger.periods import day_before
from ledger.values.measures import dm2

TERM_YEARS_MAX = 20
YEAR_MIN, YEAR_MAX = 1950, 2150
MONTHLY_MINOR_MAX = 10**12

# Refusals


class TermImpossible(LeaseRefusal):
    """The term ends before it begins, or lies outside of any time that is meant."""

    code = "lease-term-impossible"


class TermTooLong(LeaseRefusal):
    """L2: more than 20 years (Civil Code 705)."""

    code = "lease-term-too-long"


class PremisesMalformed(LeaseRefusal):
    """No area, days outside of the term, or a unit twice on one day."""

    code = "premises-malformed"


class RentStepsDisordered(LeaseRefusal):
    """L4: steps in order, the first on the commencement, all in the term."""

    code = "rent-steps-disordered"


class RentFreeMalformed(LeaseRefusal):
    """L5: days free of rent lie in the term and do not overlap."""

    code = "rent-free-malformed"


class BreakMalformed(LeaseRefusal):
    """A break date lies in the term, before its last day, and stands once."""

    code = "break-malformed"


class IndexationMalformed(LeaseRefusal):
    """The series is a price index, the floor is not above the cap."""

    code = "indexation-malformed"


class TurnoverRentMalformed(LeaseRefusal):
    """The share is nothing, or more than all of the turnover."""

    code = "turnover-rent-malformed"


class RentTooLarge(LeaseRefusal):
    """More than ten billion CNY a month: a slip of the decimal point."""

    code = "rent-too-large"


# Rules


def check_terms(terms: Terms) -> None:
    """Refuse terms that cannot be, whatever lease they are of. Raises LeaseRefusal."""
    first, last = terms.commencement_on, terms.expiry_on
    if last < first:
        raise TermImpossible(f"the term ends on {last}, before it begins on {first}", field="terms.expiry_on")
    if first.year < YEAR_MIN or last.year > YEAR_MAX:
        raise TermImpossible(f"a term lies between {YEAR_MIN} and {YEAR_MAX}", field="terms.commencement_on")
    longest = day_before(_anniversary(first, TERM_YEARS_MAX))
    if last > longest:
        raise TermTooLong(
            f"a term of more than {TERM_YEARS_MAX} years is void beyond them: end it by {longest}",
            field="terms.expiry_on",
        )
    _check_premises(terms)
    _check_rent_steps(terms)
    _check_rent_free(terms)
    _check_breaks(terms)
    _check_indexation(terms)
    _check_turnover_rent(terms)
    _check_size(terms)


def _anniversary(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February: 2100 has none
        return date(day.year + years, 3, 1)


def _inside(terms: Terms, from_on: date, until_on: date) -> bool:
    return terms.commencement_on <= from_on <= until_on <= terms.expiry_on


def _days(terms: Terms, premises: Premises) -> tuple[date, date]:
    return premises.from_on or terms.commencement_on, premises.until_on or terms.expiry_on


def _check_premises(terms: Terms) -> None:
    for premises in terms.premises:
        if dm2(premises.area) == 0:
            raise PremisesMalformed(f"unit {premises.unit} has an area of 0.00 m²", field="terms.premises")
        if not _inside(terms, *_days(terms, premises)):
            raise PremisesMalformed(f"unit {premises.unit} is let on days outside of the term", field="terms.premises")
    for premises, other in combinations(terms.premises, 2):
        if premises.unit == other.unit and _overlap(_days(terms, premises), _days(terms, other)):
            raise PremisesMalformed(f"unit {premises.unit} is let twice on one day", field="terms.premises")


def _overlap(days: tuple[date, date], other: tuple[date, date]) -> bool:
    return days[0] <= other[1] and other[0] <= days[1]


def _check_rent_steps(terms: Terms) -> None:
    days = [step.from_on for step in terms.rent]
    if days[0] != terms.commencement_on:
        raise RentStepsDisordered(
            f"the first rent step is on the commencement, {terms.commencement_on}", field="terms.rent"
        )
    if any(later <= earlier for earlier, later in pairwise(days)):
        raise RentStepsDisordered("rent steps stand in order, each on a day of its own", field="terms.rent")
    if days[-1] > terms.expiry_on:
        raise RentStepsDisordered(f"a rent step is after expiry, {terms.expiry_on}", field="terms.rent")


def _check_rent_free(terms: Terms) -> None:
    for free in terms.rent_free:
        if not _inside(terms, free.from_on, free.until_on):
            raise RentFreeMalformed(
                f"{free.from_on} to {free.until_on} are no days of the term in order", field="terms.rent_free"
            )
    for free, other in combinations(terms.rent_free, 2):
        if _overlap((free.from_on, free.until_on), (other.from_on, other.until_on)):
            raise RentFreeMalformed(
                f"days free of rent overlap on {max(free.from_on, other.from_on)}", field="terms.rent_free"
            )


def _check_breaks(terms: Terms) -> None:
    days = [right.on for right in terms.breaks]
    for day in days:
        if not terms.commencement_on <= day < terms.expiry_on:
            raise BreakMalformed(f"the break on {day} is not in the term, before its last day", field="terms.breaks")
    if len(days) != len(set(days)):
        raise BreakMalformed("each break date stands once", field="terms.breaks")


def _check_indexation(terms: Terms) -> None:
    rule = terms.indexation
    if rule is None:
        return
    if not rule.series.startswith("cpi/"):
        raise IndexationMalformed(f"{rule.series} is no price index (cpi/…)", field="terms.indexation")
    if rule.floor is not None and rule.cap is not None and Fraction(rule.floor) > Fraction(rule.cap):
        raise IndexationMalformed(f"the floor {rule.floor} is above the cap {rule.cap}", field="terms.indexation")


def _check_turnover_rent(terms: Terms) -> None:
    rule = terms.turnover_rent
    if rule is not None and not 0 < Fraction(rule.share) <= 1:
        raise TurnoverRentMalformed(
            f"a share of {rule.share} of the turnover is none: 0.08 is 8 %", field="terms.turnover_rent.share"
        )


def _check_size(terms: Terms) -> None:
    check_size([step.rent for step in terms.rent], terms.area_dm2, field="terms.rent")
    if terms.service_charge is not None:
        check_size([terms.service_charge], terms.area_dm2, field="terms.service_charge")


def check_size(quotes: Iterable[Quote], area_dm2: int, *, field: str) -> None:
    """Refuse a quote that comes to more a month than any lease can cost. Raises RentTooLarge."""
    for quote in quotes:
        if monthly(quote, area_dm2) > MONTHLY_MINOR_MAX:
            raise RentTooLarge(f"{quote.price} comes to more than 10,000,000,000.00 CNY a month", field=field)
