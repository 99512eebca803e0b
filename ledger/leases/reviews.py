"""The rent with index reviews: each moves the rent that it finds by date, whatever the order of recording (§14.4).

payable, payable_on   the rent with reviews on top, from commencement through a day; on a day
reviewed_on           the same, free days not looked at
reviews_through       each review through a day, with the rent that it applies to and what it makes of it
moved                 (the rent that a review applies to, the ratio that it applies)

A review stores the index it read and the rule it was made by, not what the rent came to: an earlier review or an
amendment that is recorded after it moves the rent under it. Reviews stored without a rule keep their amount.

    SINCE_LAST   rent found × clamp(index ÷ index of the review before); in ratio form rent found × clamp(index ÷ 100)
    CUMULATIVE   rent of the terms × clamp(index ÷ base index); in ratio form × clamp(product of the ratios since then)

Rounding point (domain §6): the rent after each review, half up, to the fen.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from fractions import Fraction

from msgspec import Struct
from msgspec.structs import replace

from ledger.leases.facts import IndexRentReviewed
from ledger.leases.lease import Lease
from ledger.leases.rents import Span, free_on, month_begins, rent_on, spans_of, step_on, turns_of, version_on
from ledger.leases.terms import Indexation, RentStep
from ledger.periods import month_of
from ledger.values.money import rounded

# Rent


def payable(lease: Lease, until_on: date) -> tuple[Span, ...]:
    """The rent with index reviews, from commencement through a day."""
    turns = (*turns_of(lease.versions), *(review.effective_on for review in lease.reviews))
    return spans_of(lease.versions, until_on, turns, lambda on: payable_on(lease, on), month_begins(lease.versions))


def payable_on(lease: Lease, on: date) -> int:
    """Rent a month payable on a day: 0 in rent-free days."""
    return 0 if free_on(version_on(lease.versions, on).terms, on) else reviewed_on(lease, on)


def reviewed_on(lease: Lease, on: date) -> int:
    """Rent a month with the index review in force; free days are not looked at.

    A review holds until the next one, and as long as the rent step that it reviewed is in force: a later step, or terms
    amended in their rent, end it. Where the premises changed meanwhile, it moves with the rent of the terms.
    """
    *_, last = (None, *reviews_through(lease, on))
    return _held(lease, last.review, last.rent_minor, on) if last else rent_on(lease.versions, on)


class Reviewed(Struct, frozen=True, gc=False):
    """A review that was made: `ratio` applied to `base_minor` is `rent_minor`; no ratio where it was stored as said."""

    review: IndexRentReviewed
    base_minor: int
    ratio: Fraction | None
    rent_minor: int


def reviews_through(lease: Lease, on: date) -> Iterator[Reviewed]:
    """The reviews from this day or before, in order, each with the rent that it applies to."""
    last, rent = None, 0
    for at, review in enumerate(lease.reviews):
        if review.effective_on > on:
            return
        found = _held(lease, last, rent, review.effective_on)
        made = _after(lease, lease.reviews[:at], review, found)
        last, rent = review, made.rent_minor
        yield made


def _held(lease: Lease, review: IndexRentReviewed | None, reviewed_minor: int, on: date) -> int:
    """The rent on a day, after a review that made it `reviewed_minor` on its own."""
    now = rent_on(lease.versions, on)
    if review is None or _step(lease, on) != _step(lease, review.effective_on):
        return now
    then = rent_on(lease.versions, review.effective_on)
    return reviewed_minor if now == then or then == 0 else rounded(Fraction(now * reviewed_minor, then))


def _step(lease: Lease, on: date) -> RentStep:
    return step_on(version_on(lease.versions, on).terms, on)


def _after(lease: Lease, earlier: Sequence[IndexRentReviewed], review: IndexRentReviewed, found: int) -> Reviewed:
    if review.rule is None:
        return Reviewed(review, found, None, review.monthly_minor)
    base, ratio = _moves(lease, earlier, review, review.rule, found)
    return Reviewed(review, base, ratio, rounded(base * ratio))


# Ratio


def moved(lease: Lease, review: IndexRentReviewed, rule: Indexation) -> tuple[int, Fraction]:
    """The rent that a review applies to, and the ratio that it applies; one from the same day gives way to it."""
    on = review.effective_on
    earlier = tuple(other for other in lease.reviews if other.effective_on < on)
    return _moves(lease, earlier, review, rule, reviewed_on(replace(lease, reviews=earlier), on))


def _moves(
    lease: Lease, earlier: Sequence[IndexRentReviewed], review: IndexRentReviewed, rule: Indexation, found: int
) -> tuple[int, Fraction]:
    since = [other for other in earlier if _counts(other, rule)]
    now, base = Fraction(review.index_current), Fraction(review.index_base)
    if rule.bounds == "SINCE_LAST":
        before = since[-1].index_current if since and not rule.ratio_form else base
        return found, clamped(now / Fraction(before), rule)
    ratio = now / base
    if rule.ratio_form:
        for other in since:
            ratio *= Fraction(other.index_current) / base
    return rent_on(lease.versions, review.effective_on), clamped(ratio, rule)


def _counts(review: IndexRentReviewed, rule: Indexation) -> bool:
    """Tell whether an earlier review read the same index, of a month after the base of the rule."""
    same = review.rule is None or (review.rule.series, review.rule.ratio_form) == (rule.series, rule.ratio_form)
    return same and month_of(review.current_on) > month_of(rule.base_on)


def clamped(ratio: Fraction, rule: Indexation) -> Fraction:
    """The ratio between floor and cap, exactly: it is rounded for showing, never for money (domain §4.4)."""
    if rule.floor is not None:
        ratio = max(ratio, 1 + Fraction(rule.floor))
    if rule.cap is not None:
        ratio = min(ratio, 1 + Fraction(rule.cap))
    return ratio
