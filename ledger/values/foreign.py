"""Money of any currency, and what it comes to in yuan.

Currency, ForeignAmount   what people write
to_minor                  minor units of an amount of a currency; None where it has more decimals than that has
in_yuan                   an amount of a currency in CNY at a rate: a named rounding point (domain §6)
carried                   what a part of an amount stands at
gives_yuan                whether a series of exchange rates is of a currency
"""

from fractions import Fraction
from typing import Annotated, Literal

from msgspec import Meta

from ledger.values.money import EXPONENT, FEN, minor, rounded

Currency = Literal["CNY", "USD", "EUR", "GBP", "HKD", "SGD", "JPY", "KRW", "BHD", "KWD"]
"""Those that `ledger.values.money` knows the decimals of."""

ForeignAmount = Annotated[
    str,
    Meta(
        pattern=r"^(0|[1-9][0-9]{0,12})(\.[0-9]{1,3})?$(?!\n)",
        description="An amount with no more decimals than its currency has: 126000.00.",
    ),
]


def to_minor(amount: str, currency: Currency) -> int | None:
    """Minor units of an amount; None where it has more decimals than the currency."""
    decimals = EXPONENT[currency]
    return None if len(amount.partition(".")[2]) > decimals else minor(amount, decimals)


def in_yuan(amount_minor: int, currency: str, rate: str) -> int:
    """Convert minor units of a currency to CNY minor units, at CNY for one unit of it."""
    return rounded(Fraction(amount_minor, 10 ** EXPONENT[currency]) * Fraction(rate) * 10**FEN)


def carried(whole: tuple[int, int], amount_minor: int) -> int:
    """The CNY that a part of (amount, CNY) stands at; all of it, at all that it stands at."""
    amount, cny = whole
    return cny if amount_minor == amount else rounded(Fraction(cny) * amount_minor / amount)


def gives_yuan(series: str, currency: str) -> bool:
    """Tell whether a series gives CNY for this currency: fx/usd-cny, or of another kind, such as fx/usd-cny-bank."""
    pair = f"fx/{currency.lower()}-cny"
    return series == pair or series.startswith(f"{pair}-")
