"""Money is exact: decimal strings at the edges, whole minor units inside, rounded only at named points.

Cny, SignedCny, UnitPrice, SignedUnitPrice, Ratio   what people write
minor, written          "53330.40" -> 5333040, and back
rounded, half_up        a Fraction of minor units, or one number over another -> whole ones: half away from zero, the
                        one rounding there is
share                   largest remainder: split a total so that the parts sum to it, to the last minor unit
VAT                     vat_on, and net_of for a price that includes it

Source: domain figures of IFRS 16/CAS 21 schedules and invoices are in CNY; ISO 4217 gives each currency's decimals.
"""

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from math import lcm
from typing import Annotated

from msgspec import Meta

Cny = Annotated[
    str, Meta(pattern=r"^(0|[1-9][0-9]{0,12})\.[0-9]{2}$(?!\n)", description="CNY with two decimals: 1234.50.")
]
"""An amount in yuan, never negative: what an amount means (a debit, a credit) is said by the field, not by a sign."""

SignedCny = Annotated[
    str,
    Meta(
        pattern=r"^(-(?!0\.00))?(0|[1-9][0-9]{0,12})\.[0-9]{2}$(?!\n)",
        description="A balance in CNY with two decimals: -1234.50.",
    ),
]
"""A balance: debits positive, credits negative."""

UnitPrice = Annotated[
    str,
    Meta(
        pattern=r"^(0|[1-9][0-9]{0,8})(\.[0-9]{1,8})?$(?!\n)", description="A price with up to eight decimals: 43.20."
    ),
]

SignedUnitPrice = Annotated[
    str,
    Meta(
        pattern=r"^-?(0|[1-9][0-9]{0,8})(\.[0-9]{1,8})?$(?!\n)",
        description="A price, or a part of one, that may lie below zero, with up to eight decimals: -0.015.",
    ),
]

Ratio = Annotated[
    str,
    Meta(
        pattern=r"^(0|[1-9][0-9]{0,2})(\.[0-9]{1,8})?$(?!\n)",
        description="A ratio with up to eight decimals: 0.09 is 9 %.",
    ),
]

EXPONENT = {"CNY": 2, "USD": 2, "EUR": 2, "GBP": 2, "HKD": 2, "SGD": 2, "JPY": 0, "KRW": 0, "BHD": 3, "KWD": 3}
"""Decimals of each currency (ISO 4217)."""

FEN = EXPONENT["CNY"]


def minor(amount: str, decimals: int = FEN) -> int:
    """Whole minor units of a decimal string with exactly or fewer than `decimals` decimals: "1.5" is 150."""
    whole, _, fraction = amount.partition(".")
    assert len(fraction) <= decimals, f"{amount} has more than {decimals} decimals"
    sign = -1 if whole.startswith("-") else 1
    return sign * int(whole.removeprefix("-") + fraction.ljust(decimals, "0"))


CENTS = tuple(f".{cents:02d}" for cents in range(100))


def written(minor_units: int, decimals: int = FEN) -> str:
    """Minor units as people read them, without separators: -5 is "-0.05"."""
    if decimals == FEN and minor_units >= 0:  # nearly all there is to write
        return f"{minor_units // 100}{CENTS[minor_units % 100]}"
    if decimals == 0:
        return str(minor_units)
    digits = str(abs(minor_units)).rjust(decimals + 1, "0")
    return f"{'-' if minor_units < 0 else ''}{digits[:-decimals]}.{digits[-decimals:]}"


def rounded(exact: Fraction) -> int:
    """The nearest whole number; a half goes away from zero (ROUND_HALF_UP)."""
    return half_up(exact.numerator, exact.denominator)


def half_up(numerator: int, denominator: int) -> int:
    """Round one whole number over another, which is positive, as `rounded` does: no fraction is made of them."""
    size = (2 * abs(numerator) + denominator) // (2 * denominator)
    return size if numerator >= 0 else -size


def share(total: int, weights: Sequence[Fraction | int]) -> list[int]:
    """Split a total by weights (Hamilton): floors first, then one unit each to the largest fractions left over.

    Ties go to the lowest index; a negative total is split as its size and negated. The weights are not negative and at
    least one is positive.
    """
    if len(weights) == 1 and weights[0] > 0:
        return [total]
    # Whole weights in the same proportions: a remainder is then a whole number. Equal weights are divided once.
    many = Counter(weights)
    common = lcm(*(weight.denominator for weight in many))
    whole = {weight: weight.numerator * (common // weight.denominator) for weight in many}
    of = sum(whole[weight] * times for weight, times in many.items())
    assert of > 0, "a split needs something to split by"
    assert min(whole.values()) >= 0, "a weight is not negative"
    exact = {weight: divmod(abs(total) * share, of) for weight, share in whole.items()}
    parts = [exact[weight][0] for weight in weights]
    if spare := abs(total) - sum(parts):
        left = [-exact[weight][1] for weight in weights]
        for at in sorted(range(len(parts)), key=left.__getitem__)[:spare]:  # stable: of equals the first goes first
            parts[at] += 1
    return parts if total >= 0 else [-part for part in parts]


def vat_on(net: int, rate: str) -> int:
    """Value-added tax on a net amount in minor units; rounded for each invoice line."""
    numerator, denominator = _ratio(rate)
    return half_up(net * numerator, denominator)


@cache
def _ratio(rate: str) -> tuple[int, int]:
    return Fraction(rate).as_integer_ratio()


def net_of(gross: int, rate: str) -> int:
    """The net amount of a price that includes tax; the tax is the rest."""
    return rounded(gross / (1 + Fraction(rate)))
