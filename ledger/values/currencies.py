"""Amounts of any currency that the ledger knows, and what they come to in CNY.

Currency, Amount      what people write
decimals, in_minor    how precise an amount is written, and its minor units
converted             an amount of a currency in CNY at a rate: a named rounding point (domain §6)
quotes                whether a series of rates gives CNY for a currency
"""

from fractions import Fraction
from typing import Annotated, Literal

from msgspec import Meta

from ledger.values.money import EXPONENT, FEN, minor, rounded

Currency = Literal["CNY", "USD", "EUR", "GBP", "HKD", "SGD", "JPY", "KRW", "BHD", "KWD"]
"""Those that `ledger.values.money` knows the decimals of."""

Amount = Annotated[
    str,
    Meta(
        pattern=r"^(0|[1-9][0-9]{0,12})(\.[0-9]{1,3})?$(?!\n)",
        description="An amount of a currency, with no more decimals than it has: 126000.00.",
    ),
]


def decimals(amount: str) -> int:
    """Count the decimals that are written."""
    return len(amount.partition(".")[2])


def in_minor(amount: str, currency: str) -> int:
    """Minor units of an amount of a currency."""
    return minor(amount, EXPONENT[currency])


def converted(amount_minor: int, currency: str, rate: str) -> int:
    """Convert minor units of a currency to CNY minor units, at CNY for one unit of it."""
    return rounded(Fraction(amount_minor, 10 ** EXPONENT[currency]) * Fraction(rate) * 10**FEN)


def quotes(series: str, currency: str) -> bool:
    """Tell whether a series gives CNY for this currency: fx/usd-cny, or of another kind, such as fx/usd-cny-bank."""
    pair = f"fx/{currency.lower()}-cny"
    return series == pair or series.startswith(f"{pair}-")
