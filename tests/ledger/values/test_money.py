"""Money: exact, rounded once, split without losing a fen. Vectors: domain.md §4.1, §4.5, §4.7."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.values.money import Cny, Ratio, UnitPrice, minor, net_of, rounded, share, vat_on, written


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        ("231480.61", ("1234.50", "2310.00", "877.25"), ("64626.63", "120929.54", "45924.44")),
        ("418333.35", ("30", "60", "10"), ("125500.01", "251000.01", "41833.33")),
        ("100.00", ("1", "1", "1"), ("33.34", "33.33", "33.33")),
        ("-100.00", ("1", "1", "1"), ("-33.34", "-33.33", "-33.33")),
        ("0.00", ("1", "0"), ("0.00", "0.00")),
    ],
)
def test_largest_remainder(total: str, weights: tuple[str, ...], parts: tuple[str, ...]) -> None:
    split = share(minor(total), [Fraction(weight) for weight in weights])
    assert tuple(map(written, split)) == parts


def test_spare_fen_go_to_the_earliest_of_equal_months() -> None:
    months = share(minor("1857497.88"), [1] * 36)
    assert {written(month) for month in months[:12]} == {"51597.17"}
    assert {written(month) for month in months[12:]} == {"51597.16"}


@given(st.integers(-(10**15), 10**15), st.lists(st.integers(0, 10**6), min_size=1, max_size=40).filter(any))
def test_parts_sum_to_the_whole_and_are_less_than_one_unit_off(total: int, weights: list[int]) -> None:
    parts = share(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(total) * weight / sum(weights)) < 1


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1], [2, -1]])
def test_a_split_needs_weights_that_are_not_negative(weights: list[int]) -> None:
    with pytest.raises(AssertionError):
        share(100, weights)


@pytest.mark.parametrize(
    ("net", "rate", "vat"),
    [
        ("53330.40", "0.09", "4799.74"),
        ("159991.20", "0.09", "14399.21"),
        ("7407.00", "0.06", "444.42"),
        ("68007.84", "0.13", "8841.02"),
    ],
)
def test_vat_on_a_line(net: str, rate: str, vat: str) -> None:
    assert written(vat_on(minor(net), rate)) == vat


def test_three_lines_are_not_one() -> None:
    assert written(3 * vat_on(minor("53330.40"), "0.09")) == "14399.22"


def test_a_price_that_includes_tax() -> None:
    gross = minor("58130.14")
    net = net_of(gross, "0.09")
    assert (written(net), written(gross - net)) == ("53330.40", "4799.74")


@given(st.fractions(-(10**15), 10**15, max_denominator=1000))
def test_a_half_goes_away_from_zero_as_decimal_has_it(exact: Fraction) -> None:
    # Decimal divides to 28 digits, more than enough to tell a half from its neighbours at these denominators.
    quotient = Decimal(exact.numerator) / Decimal(exact.denominator)
    assert rounded(exact) == int(quotient.quantize(Decimal(1), ROUND_HALF_UP))


@given(st.integers(-(10**15), 10**15), st.sampled_from((0, 2, 3)))
def test_written_and_read_again(units: int, decimals: int) -> None:
    assert minor(written(units, decimals), decimals) == units


def test_more_decimals_than_the_currency_has_are_a_fault() -> None:
    with pytest.raises(AssertionError):
        minor("1.005")


@pytest.mark.parametrize(
    "text", ["1", "1.0", "01.00", "1.000", "-1.00", "1e3", "NaN", "١.00", " 1.00", "1.00\n", "1_0.00"]
)
def test_an_amount_has_one_way_of_writing(text: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(text, Cny)


@pytest.mark.parametrize("text", ["1e3", "-1", "NaN", "1.123456789", "", ".5"])
def test_prices_and_ratios_are_plain_decimals(text: str) -> None:
    for shape in (UnitPrice, Ratio):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(text, shape)
