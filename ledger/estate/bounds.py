"""How outlines of one site lie to each other: parcels side by side, all of them inside their site.

check_parcel_lies   one parcel against the other parcels and the site
check_site_holds    one site against its parcels
Lying               a site or a parcel as far as it lies somewhere
lies_wrong          what is wrong with a parcel's outline, in words: for those recorded before anybody looked
"""

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from ledger.estate.estate import Estate, EstateRefusal, Parcel, Site
from ledger.estate.facts import Datum, Ring
from ledger.estate.surveying import beyond_m2, common_m2, fault_of, strip_m
from ledger.values.measures import DM2, written
from ledger.values.money import rounded

# Refusals


class OutlineOverlaps(EstateRefusal):
    """The outlines of two parcels share some ground."""

    code = "outline-overlaps"


class OutlineOutside(EstateRefusal):
    """The outline of a parcel leaves that of its site."""

    code = "outline-outside"


# What lies somewhere


class Lying(Struct, frozen=True):
    """A site or a parcel: its outline, and the datum of that."""

    name: str
    rings: Sequence[Ring]
    datum: Datum | None


# Rules


def check_parcel_lies(
    state: Estate, site: Site, parcel: str, rings: Sequence[Ring], datum: Datum | None, *, field: str = "outline"
) -> None:
    """Check a parcel's outline against its site and the other parcels there. Raises OutlineOutside, OutlineOverlaps."""
    if not rings:
        return
    here = Lying(parcel, rings, datum)
    if outside := _outside(here, _of(site)):
        raise OutlineOutside(outside, field=field)
    others = (_of(one) for one in state.parcels.values() if one.site == site.site and one.parcel != parcel)
    if overlap := next(_overlaps(here, others), None):
        raise OutlineOverlaps(overlap, field=field)


def check_site_holds(state: Estate, site: Site, *, field: str = "outline") -> None:
    """Check that every parcel of a site lies inside the site's outline. Raises OutlineOutside."""
    for parcel in state.parcels.values():
        if parcel.site == site.site and (outside := _outside(_of(parcel), _of(site))):
            raise OutlineOutside(f"parcel {parcel.parcel}: {outside}", field=field)


def lies_wrong(parcel: Lying, others: Iterable[Lying], site: Lying | None) -> Iterator[str]:
    """Everything that is wrong with the outline of a parcel, beside the other parcels of its site."""
    if not parcel.rings:
        return
    if fault := fault_of(parcel.rings):
        yield fault
    if site is not None and (outside := _outside(parcel, site)):
        yield outside
    yield from _overlaps(parcel, others)


def _of(thing: Site | Parcel) -> Lying:
    return Lying(thing.parcel if isinstance(thing, Parcel) else thing.site, thing.outline_e7, thing.datum)


def _outside(parcel: Lying, site: Lying) -> str | None:
    if not parcel.rings or not site.rings:
        return None
    beyond = beyond_m2(parcel.rings, site.rings, strip_m(parcel.datum, site.datum))
    return None if beyond is None else f"{written(rounded(beyond * DM2))} m² lie outside site {site.name}"


def _overlaps(parcel: Lying, others: Iterable[Lying]) -> Iterator[str]:
    for other in others:
        if other.rings and _boxes_meet(parcel.rings[0], other.rings[0]):
            common = common_m2(parcel.rings, other.rings, strip_m(parcel.datum, other.datum))
            if common is not None:
                unsaid = "" if other.datum else " (nobody said the datum of that outline: `correct-parcel` does)"
                yield f"{written(rounded(common * DM2))} m² lie in parcel {other.name} too{unsaid}"


def _boxes_meet(one: Ring, other: Ring) -> bool:
    """Tell whether two rings may meet at all."""
    return all(
        min(point[axis] for point in one) < max(point[axis] for point in other)
        and min(point[axis] for point in other) < max(point[axis] for point in one)
        for axis in (0, 1)
    )
