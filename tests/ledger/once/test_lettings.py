"""Who holds a unit on which days: overlapping days are found, a lease's latest word counts, order does not matter."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.once.lettings import EMPTY, Calendar, Letting, LettingFact, after, clash

FIRST = date(2026, 1, 1)
DAYS = [FIRST + timedelta(days=day) for day in range(8)]
spans = st.tuples(st.sampled_from(DAYS), st.none() | st.sampled_from(DAYS)).filter(
    lambda s: s[1] is None or s[0] <= s[1]
)
lettings = st.builds(
    lambda unit, span: Letting(unit=unit, from_on=span[0], until_on=span[1]), st.sampled_from("uv"), spans
)
words = st.builds(
    lambda lease, held: LettingFact(effective_on=FIRST, lease=lease, lettings=tuple(held), given_up=("u", "v")),
    st.sampled_from("abc"),
    st.lists(lettings, max_size=3),
)


def held_on(letting: Letting, day: date) -> bool:
    return letting.from_on <= day and (letting.until_on is None or day <= letting.until_on)


def letting(first: int, last: int | None, unit: str = "u") -> Letting:
    return Letting(unit=unit, from_on=DAYS[first], until_on=None if last is None else DAYS[last])


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (letting(0, 2), letting(2, 4), True),
        (letting(0, 2), letting(3, 4), False),
        (letting(0, None), letting(5, 5), True),
        (letting(5, None), letting(0, 4), False),
        (letting(0, None), letting(0, None), True),
        (letting(0, 7), letting(0, 7, "v"), False),
    ],
    ids=["last day shared", "day after", "open end", "before an open end", "both open", "another unit"],
)
def test_both_ends_are_included(one: Letting, other: Letting, expected: bool) -> None:
    assert one.overlaps(other) is expected
    assert other.overlaps(one) is expected


@given(lettings, lettings)
def test_overlap_means_a_day_in_common(one: Letting, other: Letting) -> None:
    days = [*DAYS, DAYS[-1] + timedelta(days=1)]
    common = one.unit == other.unit and any(held_on(one, day) and held_on(other, day) for day in days)
    assert one.overlaps(other) is common


def folded(facts: list[LettingFact]) -> Calendar:
    calendar = EMPTY
    for fact in facts:
        calendar = after(calendar, fact)
    return calendar


@given(st.lists(words, max_size=8), lettings)
def test_the_latest_word_of_each_lease_counts(facts: list[LettingFact], wanted: Letting) -> None:
    latest = {fact.lease: fact.lettings for fact in facts}
    expected = [
        (lease, held) for lease in sorted(latest) for held in latest[lease] if held.overlaps(wanted) and lease != "a"
    ]
    assert clash(folded(facts), wanted, lease="a") == (expected[0] if expected else None)
