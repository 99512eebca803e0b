"""The invented estate: parcels on an invented grid near Meishan, buildings, units, and what becomes of some of them.

Space     one unit that can be let: what for, how large, from when
spaces    every such unit, in order; those that have a story of their own are left out
estate    every step of the estate: land, buildings and units, rental values, and the stories
STORIES   units measured anew, split, merged, off the market, retired, reserved

Only the site and its area are from the public record (public.py). Nothing here stands in Meishan.
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from random import Random

from msgspec import Struct, structs

from api.demo.days import at, workday
from api.demo.people import CLERKS, invented
from api.demo.steps import Step
from ledger.decider import Command
from ledger.estate.facts import Use
from ledger.estate.land import CompleteBuilding, DefineBuilding, DefineParcel, StartConstruction
from ledger.estate.market import EstimateRentalValue, ReleaseReservation, ReserveUnit, ReturnUnit, TakeUnitOffMarket
from ledger.estate.outlines import Polygon
from ledger.estate.units import DefineUnit, MergeUnits, NewPart, RemeasureUnit, RetireUnit, SplitUnit
from ledger.values.evidence import Evidence
from ledger.values.measures import Standard

SITE = "mcsc"
STANDARD: Standard = "GB/T17986"
OPENED_ON = date(2023, 7, 3)
WEST, NORTH = 1_038_000_000, 300_800_000
"""A corner of the grid, in ten-millionths of a degree: a field near Meishan, chosen for no reason."""
METRE_EAST, METRE_NORTH = 104, 90
"""Ten-millionths of a degree in a metre at that latitude, near enough for a drawing."""
COLUMNS, PARCELS, BLOCK_M = 6, 24, 380

USES: dict[str, tuple[Use, str, int, int, int, int]] = {
    "I": ("INDUSTRIAL", "Factory hall", 2, 2, 900, 2600),
    "L": ("LABORATORY", "Laboratory house", 3, 2, 260, 780),
    "O": ("OFFICE", "Office house", 3, 2, 90, 420),
    "W": ("WAREHOUSE", "Warehouse", 1, 2, 1800, 3600),
    "R": ("RETAIL", "Shops", 1, 4, 60, 190),
    "A": ("RESIDENTIAL", "Guest house", 2, 2, 55, 120),
}
"""Letter: use, name, floors, units on a floor, smallest and largest unit in square metres."""
BUILDINGS = "ILOWRILOAILOWILOIRLOWIOLIWOLIRAO"
"""One letter a building; the last ones are being built, or only planned."""
STANDING, BUILT, RISING = 12, 26, 30
"""So many buildings stood when the ledger opened, so many were built by the end, so many had been begun."""

ERV_FEN: dict[Use, tuple[int, int]] = {
    "INDUSTRIAL": (2600, 3400),
    "LABORATORY": (4800, 6400),
    "OFFICE": (4400, 6000),
    "WAREHOUSE": (1900, 2500),
    "RETAIL": (7000, 9500),
    "RESIDENTIAL": (3000, 3800),
}
"""Rent a square metre and month, in fen: what is thought a fair range for each use."""
LATER_VALUES_ON = date(2026, 1, 15)


class Space(Struct, frozen=True, kw_only=True):
    """A unit that can be let. Areas in square decimetres, rents in fen a square metre and month."""

    unit: str
    building: str
    floor: str
    use: Use
    area_dm2: int
    rent_fen: int
    ready_on: date


class House(Struct, frozen=True, kw_only=True):
    """A building: when it was defined, begun and completed, as far as it was, and its units."""

    number: int
    building: str
    parcel: str
    name: str
    floors: int
    defined_on: date
    begun_on: date | None
    completed_on: date | None
    spaces: tuple[Space, ...]

    @property
    def lettable_dm2(self) -> int:
        """Its units, and a fiftieth more that no plan shows."""
        return sum(space.area_dm2 for space in self.spaces) * 51 // 50 or 250_000


def houses(seed: int) -> list[House]:
    """Every building, in the order of its number."""
    chance = Random(f"estate {seed}")
    return [_house(number, letter, chance) for number, letter in enumerate(BUILDINGS, 1)]


def _house(number: int, letter: str, chance: Random) -> House:
    use, kind, floors, on_floor, smallest, largest = USES[letter]
    building = f"b{number:02}-demo"
    defined, begun, completed = _dates(number)
    numbered = [(floor, unit) for floor in range(1, floors + 1) for unit in range(1, on_floor + 1)]
    spaces = tuple(
        Space(
            unit=f"b{number:02}-{floor}{unit:02}-demo",
            building=building,
            floor=str(floor),
            use=use,
            area_dm2=chance.randint(smallest * 10, largest * 10) * 10,
            rent_fen=chance.randint(*ERV_FEN[use]) // 10 * 10,
            ready_on=completed or date.max,
        )
        for floor, unit in (numbered if begun else [])
    )
    return House(
        number=number,
        building=building,
        parcel=f"p{(number - 1) * 7 % PARCELS + 1:02}-demo",
        name=f"{kind} {number} (demo)",
        floors=floors,
        defined_on=defined,
        begun_on=begun,
        completed_on=completed,
        spaces=spaces,
    )


def _dates(number: int) -> tuple[date, date | None, date | None]:
    """When a building was defined, begun and completed: the first stood already, then one every month or so."""
    if number <= STANDING:
        defined = date(2022, 1, 10) + timedelta(days=7 * number)
        return defined, workday(defined + timedelta(days=60)), workday(date(2022, 12, 1) + timedelta(days=14 * number))
    completed = workday(date(2023, 9, 18) + timedelta(days=58 * (number - STANDING - 1)))
    begun = workday(max(completed - timedelta(days=330), date(2023, 7, 17)))
    defined = workday(max(begun - timedelta(days=60), date(2023, 7, 10)))
    if number > RISING:
        return date(2026, 4, 13), None, None
    if number > BUILT:
        begun = workday(date(2025, 9, 8) + timedelta(days=40 * (number - BUILT)))
        return workday(begun - timedelta(days=60)), begun, None
    return defined, begun, completed


def spaces(seed: int) -> list[Space]:
    """Every unit that can be let, in order; those with a story of their own are left out."""
    named = {unit for story in STORIES for unit in story.units}
    return [space for house in houses(seed) for space in house.spaces if space.unit not in named]


def evidence(what: str, on: date) -> Evidence:
    """A document that exists in name only."""
    doc = f"{what} of {on} (demo)"
    return Evidence(doc=doc, sha256=hashlib.sha256(doc.encode()).hexdigest())


# Stories


class Story(Struct, frozen=True, kw_only=True):
    """Something that becomes of units, and when it was recorded, in days after the day."""

    on: date
    what: str
    units: tuple[str, ...]
    days: int = 1


STORIES: Sequence[Story] = (
    Story(on=date(2024, 1, 15), what="off-market", units=("b01-201-demo",)),
    Story(on=date(2024, 3, 11), what="remeasured", units=("b02-301-demo",), days=9),
    Story(on=date(2024, 5, 20), what="split", units=("b03-302-demo",)),
    Story(on=date(2024, 8, 5), what="returned", units=("b01-201-demo",)),
    Story(on=date(2024, 9, 9), what="merged", units=("b02-201-demo", "b02-202-demo")),
    Story(on=date(2025, 2, 10), what="reserved-and-released", units=("b06-102-demo",)),
    Story(on=date(2025, 3, 17), what="retired", units=("b05-104-demo",)),
    Story(on=date(2025, 6, 16), what="remeasured", units=("b10-202-demo",), days=36),
    Story(on=date(2025, 9, 22), what="off-market", units=("b08-301-demo",)),
    Story(on=date(2026, 4, 20), what="off-market", units=("b14-201-demo",)),
    Story(on=date(2026, 5, 11), what="reserved", units=("b19-301-demo",)),
    Story(on=date(2026, 5, 25), what="reserved", units=("b22-101-demo",)),
    Story(on=date(2026, 6, 8), what="reserved", units=("b23-202-demo",)),
)


def _told(story: Story, spaces: dict[str, Space], company: str) -> Iterator[tuple[date, Command]]:
    """Tell a story of units: its commands, each with the date that it is effective on."""
    on, unit = story.on, story.units[0]
    space = spaces[unit]
    match story.what:
        case "off-market":
            yield on, TakeUnitOffMarket(unit=unit, reason="Water damage; floor to be renewed (demo)", effective_on=on)
        case "returned":
            yield on, ReturnUnit(unit=unit, effective_on=on)
        case "remeasured":
            yield on, _measured(space, on)
        case "split":
            parts = (("a", space.area_dm2 * 2 // 5), ("b", space.area_dm2 - space.area_dm2 * 2 // 5))
            made = tuple(NewPart(unit=unit.replace("-demo", f"{name}-demo"), area=m2(area)) for name, area in parts)
            yield on, SplitUnit(unit=unit, parts=made, effective_on=on)
            for part in made:
                yield on, _value(structs.replace(space, unit=part.unit), on, 104)
        case "merged":
            into = unit.replace("01-demo", "10-demo")
            yield on, MergeUnits(units=story.units, into=into, effective_on=on)
            yield on, _value(structs.replace(space, unit=into), on, 98)
        case "retired":
            yield on, RetireUnit(unit=unit, reason="Became a bicycle store (demo)", effective_on=on)
        case "reserved":
            yield on, ReserveUnit(unit=unit, company=company, until_on=date(2026, 9, 30), effective_on=on)
        case "reserved-and-released":
            later = workday(on + timedelta(days=40))
            yield on, ReserveUnit(unit=unit, company=company, until_on=date(2025, 5, 30), effective_on=on)
            reason = "They want a larger one (demo)"
            yield later, ReleaseReservation(unit=unit, reason=reason, effective_on=later)


def _measured(space: Space, on: date) -> RemeasureUnit:
    return RemeasureUnit(
        building=space.building,
        unit=space.unit,
        area=m2(space.area_dm2 + 340),
        standard=STANDARD,
        measured_on=on,
        evidence=evidence(f"Survey of {space.unit}", on),
        effective_on=on,
    )


# Steps


def estate(seed: int, prospects: Sequence[str]) -> Iterator[Step]:
    """Every step of the estate. `prospects`: companies that units are reserved for, known by the time they are."""
    built = houses(seed)
    all_spaces = {space.unit: space for house in built for space in house.spaces}
    for minute, (on, command) in enumerate(_land(built)):
        yield _step(max(on, OPENED_ON), minute, command)
    for house in built:
        yield from _house_steps(house)
    for number, story in enumerate(STORIES):
        company = prospects[number % len(prospects)] if prospects else "nobody-demo"
        if not prospects and story.what.startswith("reserved"):
            continue
        for on, command in _told(story, all_spaces, company):
            yield _step(workday(on + timedelta(days=story.days)), 60 + number, command)


def _step(day: date, minute: int, command: Command) -> Step:
    # 9:00 on the first day belongs to the public record.
    return Step(recorded_at=at(day, 60 + minute % 400), by=invented(CLERKS[1]), command=command, data_class="FICTIONAL")


def _land(built: Sequence[House]) -> Iterator[tuple[date, Command]]:
    on = date(2021, 11, 15)
    for number in range(PARCELS):
        yield on, _parcel(number, on)
    for house in built[:STANDING]:
        yield house.defined_on, _defined(house)


def _parcel(number: int, on: date) -> DefineParcel:
    """One field of the grid: an oblong, its street left out."""
    row, column = divmod(number, COLUMNS)
    wide, deep = 250 + number * 37 % 90, 240 + number * 53 % 100
    west, north = WEST + column * BLOCK_M * METRE_EAST, NORTH - row * BLOCK_M * METRE_NORTH
    east, south = west + wide * METRE_EAST, north - deep * METRE_NORTH
    corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
    ring = tuple((x / 10**7, y / 10**7) for x, y in corners)
    return DefineParcel(
        site=SITE,
        parcel=f"p{number + 1:02}-demo",
        name=f"Parcel {number + 1} (demo)",
        area=f"{wide * deep}.00",
        outline=Polygon(coordinates=(ring,)),
        datum="CGCS2000",
        effective_on=on,
    )


def _defined(house: House) -> DefineBuilding:
    return DefineBuilding(
        parcel=house.parcel,
        building=house.building,
        name=house.name,
        floors=house.floors,
        lettable=m2(house.lettable_dm2),
        standard=STANDARD,
        region="四川省眉山市东坡区",
        address=f"示范路{house.number + 1}号 (demo)",
        title_certificate=f"示范第{house.number + 1:07}号 (demo)",
        effective_on=house.defined_on,
    )


def _house_steps(house: House) -> Iterator[Step]:
    """A building from its definition to its completion, its units, and what each would let for."""
    minute, start = house.number * 5, house.begun_on
    if house.number > STANDING:
        yield _step(house.defined_on, minute, _defined(house))
    if start is None:
        return
    known_on = max(start, OPENED_ON + timedelta(days=1))
    yield _step(known_on, minute + 1, StartConstruction(building=house.building, effective_on=start))
    for number, space in enumerate(house.spaces):
        yield _step(known_on + timedelta(days=1), minute + number, _unit(space, start))
    if house.completed_on is None:
        return
    done = house.completed_on
    known_on = max(done, known_on) + timedelta(days=1)
    proof = evidence(f"Acceptance of {house.building}", done)
    yield _step(known_on, minute, CompleteBuilding(building=house.building, evidence=proof, effective_on=done))
    for number, space in enumerate(house.spaces):
        yield _step(known_on + timedelta(days=1), minute + number, _value(space, max(done, OPENED_ON), 100))
        if done < LATER_VALUES_ON and space.unit not in GONE:
            yield _step(LATER_VALUES_ON, minute + number, _value(space, LATER_VALUES_ON, 103))


GONE = {unit for story in STORIES if story.what in ("split", "merged", "retired") for unit in story.units}


def _unit(space: Space, on: date) -> DefineUnit:
    return DefineUnit(
        building=space.building,
        unit=space.unit,
        floor=space.floor,
        use=space.use,
        area=m2(space.area_dm2),
        standard=STANDARD,
        measured_on=on,
        effective_on=on,
    )


def _value(space: Space, on: date, percent: int) -> EstimateRentalValue:
    return EstimateRentalValue(
        unit=space.unit,
        erv_m2_month=yuan(space.rent_fen * percent // 100),
        source="Manager's estimate (demo)",
        effective_on=on,
    )


def m2(area_dm2: int) -> str:
    """Square metres as commands have them."""
    return f"{area_dm2 // 100}.{area_dm2 % 100:02}"


def yuan(fen: int) -> str:
    """An amount as commands have it."""
    return f"{fen // 100}.{fen % 100:02}"
