"""Areas: domain.md §2.3, exactly."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.values.measures import DM2, AreaUnit, converted, dm2, in_unit, written
from ledger.values.money import rounded


def test_eight_hundred_acres() -> None:
    exact = 800 * Fraction("4046.8564224")
    assert exact == Fraction("3237485.13792")
    assert exact * 3 / 2000 == Fraction("4856.22770688")
    assert converted("800", "ACRE") == 323_748_514
    assert written(converted("800", "ACRE")) == "3237485.14"


@pytest.mark.parametrize(
    ("stated", "unit", "other", "expected"),
    [
        ("500", "ACRE", "MU", "3035.14"),
        ("900", "ACRE", "MU", "5463.26"),
        ("220", "HECTARE", "ACRE", "543.63"),
        ("220", "HECTARE", "MU", "3300.00"),
        ("8000", "M2", "MU", "12.00"),
        ("800", "ACRE", "HECTARE", "323.75"),
    ],
)
def test_conflicting_claims_side_by_side(stated: str, unit: AreaUnit, other: AreaUnit, expected: str) -> None:
    assert written(rounded(in_unit(converted(stated, unit), other) * 100)) == expected


def test_eight_thousand_square_metres_are_twelve_mu_exactly() -> None:
    assert in_unit(dm2("8000.00"), "MU") == 12


@given(st.integers(0, 10**10))
def test_square_metres_are_kept_as_they_are(area: int) -> None:
    assert dm2(written(area)) == area
    assert in_unit(area, "M2") * DM2 == area
