"""Exact figures as reports write them: fractions inside, decimals half up at the edge (domain §6).

decimals   a fraction with so many decimals
percent    part ÷ whole in per cent with four decimals
"""

from fractions import Fraction

from ledger.values.money import rounded, written

PLACES = 4
"""Decimals of a ratio on show; a ratio is never used again in money."""


def decimals(exact: Fraction | int, places: int = PLACES) -> str:
    """A fraction rounded half up: 2/3 is 0.6667."""
    return written(rounded(Fraction(exact) * 10**places), places)


def percent(part: Fraction | int, whole: Fraction | int) -> str | None:
    """Part of whole in per cent; None where there is no whole to be part of."""
    return decimals(Fraction(part) / Fraction(whole) * 100) if whole else None
