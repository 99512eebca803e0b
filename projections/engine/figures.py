"""Exact figures as reports write them: fractions inside, decimals half up at the edge (domain §6).

decimals   a fraction with so many decimals
percent    part ÷ whole in per cent with four decimals
"""

from fractions import Fraction

from ledger.values.money import rounded, written

PLACES = 4
"""Decimals of a ratio on show; a ratio is never used again in money."""

WHOLE = 100 * 10**PLACES
"""All of it, in the units that per cent are shown in."""


def decimals(exact: Fraction | int, places: int = PLACES) -> str:
    """A fraction rounded half up: 2/3 is 0.6667."""
    return written(rounded(Fraction(exact) * 10**places), places)


def percent(part: Fraction | int, whole: Fraction | int) -> str | None:
    """Part of whole in per cent; None where there is no whole to be part of."""
    if not whole:
        return None
    if isinstance(part, Fraction) or isinstance(whole, Fraction):
        return decimals(Fraction(part) / Fraction(whole) * 100)
    size = (2 * abs(part) * WHOLE + abs(whole)) // (2 * abs(whole))  # half up, as decimals() has it
    return written(size if (part < 0) == (whole < 0) else -size, PLACES)
