"""Areas, exactly: square metres with two decimals at the edges, whole square decimetres (0.01 m²) inside.

Area             what people write, "1234.50"
dm2, written     to square decimetres and back
converted        an area stated in acres, mu or hectares, in square decimetres
as_mu, as_acres, as_hectares   exact, to show beside the square metres

1 international acre = 4,046.8564224 m²; 1 mu (亩) = 2000/3 m²; 1 ha = 10,000 m². The US survey acre is another one.
"""

from fractions import Fraction
from functools import lru_cache
from typing import Annotated, Literal

from msgspec import Meta

from ledger.values.money import minor, rounded
from ledger.values.money import written as _written

Area = Annotated[
    str,
    Meta(
        pattern=r"^(0|[1-9][0-9]{0,8})\.[0-9]{2}$(?!\n)",
        description="Square metres with two decimals: 1234.50.",
    ),
]
AreaUnit = Literal["M2", "MU", "HECTARE", "ACRE"]
Standard = Literal["GB/T17986", "GB/T50353", "IPMS3", "BOMA"]
"""By which standard an area was measured; one is never converted into another by a factor."""

M2 = {
    "M2": Fraction(1),
    "MU": Fraction(2000, 3),
    "HECTARE": Fraction(10_000),
    "ACRE": Fraction("4046.8564224"),
}
"""Square metres in one of each unit."""

DM2 = 100
"""Square decimetres in a square metre."""


@lru_cache(8192)
def dm2(area: str) -> int:
    """Square decimetres of "1234.50" m²."""
    return minor(area, 2)


def written(area_dm2: int) -> str:
    """Square metres, as people write them."""
    return _written(area_dm2, 2)


def converted(stated: str, unit: AreaUnit) -> int:
    """Square decimetres of an area stated in another unit, rounded half up."""
    return rounded(Fraction(stated) * M2[unit] * DM2)


def in_unit(area_dm2: int, unit: AreaUnit) -> Fraction:
    """An area in another unit, exactly."""
    return Fraction(area_dm2, DM2) / M2[unit]
