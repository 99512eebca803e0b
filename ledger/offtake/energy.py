"""Energy, exactly: kilowatt-hours as decimal strings at the edges, whole watt-hours inside.

Kwh             what people write, "127584.3"
wh, kwh         to watt-hours and back
resolved        an exact quantity at the resolution of meters, 0.1 kWh, half up (domain §6)
money           energy × price in minor units, half up on each line
"""

from fractions import Fraction
from typing import Annotated

from msgspec import Meta

from ledger.values.money import FEN, minor, rounded, written

Kwh = Annotated[
    str,
    Meta(pattern=r"^(0|[1-9][0-9]{0,9})(\.[0-9]{1,3})?$(?!\n)", description="kWh with up to three decimals: 127584.3."),
]
WH = 1000
"""Watt-hours in a kilowatt-hour."""

RESOLUTION_WH = 100
"""Quantities that are priced have the resolution of meters: 0.1 kWh."""


def wh(energy: str) -> int:
    """Watt-hours of "127584.3" kWh."""
    return minor(energy, 3)


def kwh(energy_wh: int) -> str:
    """Kilowatt-hours as people write them: one decimal, or three where it takes three."""
    if energy_wh % RESOLUTION_WH:
        return written(energy_wh, 3)
    return written(energy_wh // RESOLUTION_WH, 1)


def resolved(exact_wh: Fraction | int) -> int:
    """The nearest tenth of a kilowatt-hour, in watt-hours."""
    return rounded(Fraction(exact_wh) / RESOLUTION_WH) * RESOLUTION_WH


def money(energy_wh: int, price: Fraction) -> int:
    """The cost of energy at a price for a kilowatt-hour, in CNY minor units."""
    return rounded(Fraction(energy_wh, WH) * price * 10**FEN)
