"""Everything that is recorded of the estate: site, parcels, buildings, units.

Fact (estate.…)                        Says
site-defined, parcel-defined           the ground (land.py)
building-defined … -completed          what stands on it, and since when (land.py)
unit-defined … -retired                what can be let: measured, split, merged (units.py)
unit-reserved … rental-value-…         kept for somebody, off the market, worth how much (market.py)
site-, parcel-, building-, unit-corrected
                                       what had been recorded wrong of one of them (correcting.py)
step-withdrawn                         one of these was recorded by mistake (withdrawing.py)

withdrawn                   the things of which a withdrawal takes a step back
EstateFact, BuildingFact    the bases of facts about the estate, and about one building
UnitFact, OneUnitFact       the bases of facts that move units on, and one unit alone

Names are storage: a tag below is written into every stored fact and never changes.
"""

from datetime import date
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta, Struct

from ledger.decider import Fact, Id, Text, Withdrawn, all_facts
from ledger.values.evidence import Evidence
from ledger.values.measures import AreaUnit, Standard
from ledger.values.money import UnitPrice

Use = Literal["INDUSTRIAL", "LABORATORY", "OFFICE", "WAREHOUSE", "RETAIL", "RESIDENTIAL"]

StatedArea = Annotated[
    str,
    Meta(pattern=r"^(0|[1-9][0-9]{0,8})(\.[0-9]{1,6})?$(?!\n)", description="An area as stated: 800."),
]

Datum = Literal["WGS84", "CGCS2000", "GCJ-02", "BD-09"]
"""What the degrees of an outline are of. The last two are shifted for the public, and taken of nobody."""

Ring = tuple[tuple[int, int], ...]
"""Longitude and latitude in ten-millionths of a degree (about a centimetre), so that a fact holds no floats."""

# Facts


class EstateFact(Fact, frozen=True, kw_only=True):
    """Something that happened to the estate. `corrects`: it takes the place of earlier corrections of its thing."""

    corrects: ClassVar[bool] = False

    @property
    def topic(self) -> tuple[Any, ...]:
        """The thing, where it is corrected."""
        return (type(self), self.tags[-1]) if self.corrects else super().topic


class UnitFact(EstateFact, frozen=True, kw_only=True):
    """Something that happened to units."""

    @property
    def touches(self) -> tuple[str, ...]:
        """The units whose state this fact moves on."""
        raise NotImplementedError


class OneUnitFact(UnitFact, frozen=True, kw_only=True):
    """Something that happened to one unit."""

    tag_fields: ClassVar[tuple[str, ...]] = ("unit",)
    unit: Id

    @property
    def touches(self) -> tuple[str, ...]:
        """The unit."""
        return (self.unit,)


class SiteDefined(EstateFact, frozen=True, kw_only=True, tag="estate.site-defined"):
    """The site, with its area as stated and in square decimetres; its outline where it is known."""

    tag_fields: ClassVar = ("site",)
    derived = ("area_dm2",)
    site: Id
    name: Text
    stated_area: StatedArea
    stated_unit: AreaUnit
    source: Text
    area_dm2: int
    outline_e7: tuple[Ring, ...] = ()
    datum: Datum | None = None


class ParcelDefined(EstateFact, frozen=True, kw_only=True, tag="estate.parcel-defined"):
    """A parcel (宗地) of a site; its outline where it has been surveyed."""

    tag_fields: ClassVar = ("site", "parcel")
    site: Id
    parcel: Id
    name: Text
    area_dm2: int
    outline_e7: tuple[Ring, ...] = ()
    datum: Datum | None = None


class BuildingFact(EstateFact, frozen=True, kw_only=True):
    """Something that happened to one building."""

    tag_fields: ClassVar[tuple[str, ...]] = ("building",)
    building: Id


class BuildingDefined(BuildingFact, frozen=True, kw_only=True, tag="estate.building-defined"):
    """A building (楼栋) on a parcel. Its lettable area bounds that of its units.

    region, address     where it stands, as tax invoices name it: 四川省眉山市东坡区, then street and number
    title_certificate   the number of its real-estate certificate (不动产权证书), or 无 where it has none
    """

    tag_fields: ClassVar = ("parcel", "building")
    parcel: Id
    name: Text
    floors: int
    lettable_dm2: int
    standard: Standard
    region: Text | None = None
    address: Text | None = None
    title_certificate: Text | None = None


class ConstructionStarted(BuildingFact, frozen=True, kw_only=True, tag="estate.construction-started"):
    """Building began."""


class BuildingCompleted(BuildingFact, frozen=True, kw_only=True, tag="estate.building-completed"):
    """The building stands: its units can be used."""

    evidence: Evidence


class UnitReserved(OneUnitFact, frozen=True, kw_only=True, tag="estate.unit-reserved"):
    """Kept for a company through `until_on`."""

    tag_fields: ClassVar = ("unit", "company")
    company: Id
    until_on: date

    @property
    def topic(self) -> tuple[Any, ...]:
        """The reservation of the unit."""
        return ("reservation", self.unit)


class ReservationReleased(OneUnitFact, frozen=True, kw_only=True, tag="estate.reservation-released"):
    """Kept for nobody any more."""

    reason: Text

    @property
    def topic(self) -> tuple[Any, ...]:
        """The reservation of the unit."""
        return ("reservation", self.unit)


class UnitTakenOffMarket(OneUnitFact, frozen=True, kw_only=True, tag="estate.unit-taken-off-market"):
    """Not to be let for the time being: outside the denominators of occupancy."""

    reason: Text

    @property
    def topic(self) -> tuple[Any, ...]:
        """The unit's place on the market."""
        return ("market", self.unit)


class UnitReturned(OneUnitFact, frozen=True, kw_only=True, tag="estate.unit-returned"):
    """To be let again."""

    @property
    def topic(self) -> tuple[Any, ...]:
        """The unit's place on the market."""
        return ("market", self.unit)


class RentalValueEstimated(OneUnitFact, frozen=True, kw_only=True, tag="estate.rental-value-estimated"):
    """ERV: what the unit would let for on the date, in CNY a square metre and month, ex VAT."""

    erv_m2_month: UnitPrice
    source: Text

    @property
    def topic(self) -> tuple[Any, ...]:
        """The unit's value on this day."""
        return (RentalValueEstimated, self.unit, self.effective_on)


class UnitDefined(OneUnitFact, frozen=True, kw_only=True, tag="estate.unit-defined"):
    """A unit (单元) of a building."""

    tag_fields: ClassVar = ("building", "unit")
    building: Id
    floor: str
    use: Use
    area_dm2: int
    standard: Standard
    measured_on: date


class UnitRemeasured(OneUnitFact, frozen=True, kw_only=True, tag="estate.unit-remeasured"):
    """Measured again; leases keep the area that they were signed for until they are amended."""

    tag_fields: ClassVar = ("building", "unit")
    derived = ("area_before_dm2",)
    building: Id
    area_dm2: int
    area_before_dm2: int
    standard: Standard
    measured_on: date
    evidence: Evidence

    @property
    def topic(self) -> tuple[Any, ...]:
        """The unit's area from this day on."""
        return (UnitRemeasured, self.unit, self.effective_on)


class UnitPart(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new unit made of an old one."""

    unit: Id
    area_dm2: int


class UnitSplit(UnitFact, frozen=True, kw_only=True, tag="estate.unit-split"):
    """One unit is several from now on, of the same floor, use and standard."""

    derived = ("building", "floor", "use", "standard", "measured_on")
    building: Id
    unit: Id
    parts: tuple[UnitPart, ...]
    floor: str
    use: Use
    standard: Standard
    measured_on: date

    @property
    def touches(self) -> tuple[str, ...]:
        """The unit that was, and those that are."""
        return (self.unit, *(part.unit for part in self.parts))

    @property
    def tags(self) -> tuple[str, ...]:
        """The building, the unit that was, and those that are."""
        return (f"building:{self.building}", *(f"unit:{unit}" for unit in self.touches))


class UnitsMerged(UnitFact, frozen=True, kw_only=True, tag="estate.units-merged"):
    """Several units are one from now on. `floor` and `use` are those of the first, `measured_on` the oldest."""

    derived = ("building", "area_dm2", "floor", "use", "standard", "measured_on")
    building: Id
    units: tuple[Id, ...]
    into: Id
    area_dm2: int
    floor: str
    use: Use
    standard: Standard
    measured_on: date

    @property
    def touches(self) -> tuple[str, ...]:
        """The units that were, and the one that is."""
        return (*self.units, self.into)

    @property
    def tags(self) -> tuple[str, ...]:
        """The building, the units that were, and the one that is."""
        return (f"building:{self.building}", *(f"unit:{unit}" for unit in self.touches))


class UnitRetired(OneUnitFact, frozen=True, kw_only=True, tag="estate.unit-retired"):
    """Not a unit any more; its history stays."""

    tag_fields: ClassVar = ("building", "unit")
    derived = ("building",)
    building: Id
    reason: Text


class SiteCorrected(EstateFact, frozen=True, kw_only=True, tag="estate.site-corrected"):
    """Something of the site had been recorded wrong: from this day on it is this."""

    corrects = True
    tag_fields: ClassVar = ("site",)
    derived = ("area_dm2", "defined_on")
    site: Id
    name: Text
    stated_area: StatedArea
    stated_unit: AreaUnit
    source: Text
    area_dm2: int
    defined_on: date
    reason: Text
    outline_e7: tuple[Ring, ...] = ()
    datum: Datum | None = None


class ParcelCorrected(EstateFact, frozen=True, kw_only=True, tag="estate.parcel-corrected"):
    """Something of the parcel had been recorded wrong: from this day on it is this."""

    corrects = True
    tag_fields: ClassVar = ("site", "parcel")
    derived = ("defined_on",)
    site: Id
    parcel: Id
    name: Text
    area_dm2: int
    outline_e7: tuple[Ring, ...] = ()
    defined_on: date
    reason: Text
    datum: Datum | None = None


class BuildingCorrected(BuildingFact, frozen=True, kw_only=True, tag="estate.building-corrected"):
    """Something of the building had been recorded wrong: from this day on it is this. What is None stays as it was."""

    corrects = True
    name: Text
    floors: int
    lettable_dm2: int
    reason: Text
    region: Text | None = None
    address: Text | None = None
    title_certificate: Text | None = None


class UnitCorrected(OneUnitFact, frozen=True, kw_only=True, tag="estate.unit-corrected"):
    """The floor or use of the unit had been recorded wrong: from this day on it is this."""

    corrects = True
    tag_fields: ClassVar = ("building", "unit")
    building: Id
    floor: str
    use: Use
    reason: Text


class EstateStepWithdrawn(Withdrawn, frozen=True, kw_only=True, tag="estate.step-withdrawn"):
    """Something of the estate was recorded by mistake: the step that is about just these things."""

    site: Id | None = None
    parcel: Id | None = None
    building: Id | None = None
    units: tuple[Id, ...] = ()

    def is_of(self, fact: Fact) -> bool:
        """Tell whether a fact has that name and date, and is about just these things."""
        things = (("site", self.site), ("parcel", self.parcel), ("building", self.building))
        named = {f"{noun}:{name}" for noun, name in things if name} | {f"unit:{unit}" for unit in self.units}
        return super().is_of(fact) and things_of(fact) == named


def things_of(fact: Fact) -> set[str]:
    """The things of the estate that a fact is about, as tags."""
    return {tag for tag in fact.tags if not tag.startswith("company:")}


def withdrawn(fact: Fact, kind: type[EstateFact] | tuple[type[EstateFact], ...], noun: str) -> tuple[str, ...]:
    """The things of which a withdrawal takes a step of this kind back; none where it is none, or of another kind."""
    if not isinstance(fact, EstateStepWithdrawn) or not issubclass(all_facts()[fact.step], kind):
        return ()
    tags = (tag.partition(":") for tag in fact.touched)
    return tuple(dict.fromkeys(name for prefix, _, name in tags if prefix == noun))
