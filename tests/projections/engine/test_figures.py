"""Per cent of whole numbers is per cent of fractions, half up, whatever the signs."""

from fractions import Fraction

from hypothesis import example
from hypothesis import given as for_all
from hypothesis import strategies as st

from projections.engine.figures import decimals, percent


@example(1, 2_000_000)
@example(-1, 2_000_000)
@example(1, -2_000_000)
@for_all(st.integers(), st.integers())
def test_per_cent_of_whole_numbers(part: int, whole: int) -> None:
    exact = decimals(Fraction(part, whole) * 100) if whole else None
    assert percent(part, whole) == exact == percent(Fraction(part), whole)


def test_half_a_unit_goes_away_from_nought() -> None:
    assert [percent(1, 2_000_000), percent(-1, 2_000_000), percent(1, 3), percent(5, 0)] == [
        "0.0001",
        "-0.0001",
        "33.3333",
        None,
    ]
