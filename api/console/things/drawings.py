"""The drawings of the pages of things: static SVG, each beside a table that says the same.

Drawing      shapes in a frame, with the words beside them
Shape        a rectangle or an outline that leads somewhere: how it is filled says what it is
bars         stretches of days -> bars over a line of years
floors       the units of a building -> its floors, one above the other
outlines     parcels with their outlines -> a plan
FILLS        what each way of filling means

Fills differ in pattern, not in colour alone. One shape of a drawing at most stops the Tab key: the links are in the
table.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from msgspec import Struct

WIDTH, LEFT, RIGHT, TOP = 760, 12, 12, 26
BAR, GAP = 26, 8
FLOOR = 46
LETTER = 7
"""Of a name, so wide."""
MARGIN = 10


class Shape(Struct, frozen=True, kw_only=True):
    """A shape. `fill`: its class; `name`: in words, for who points at it; `points`: of an outline, else a rectangle."""

    fill: str
    name: str
    text: str
    to: str
    x: float = 0
    y: float = 0
    width: float = 0
    height: float = 0
    points: str = ""
    middle: tuple[float, float] = (0, 0)


class Drawing(Struct, frozen=True, kw_only=True):
    """Shapes in a frame. `ticks`: a line down at x, and what stands above it; `rows`: words at a height."""

    title: str
    note: str
    width: int
    height: int
    shapes: Sequence[Shape]
    ticks: Sequence[tuple[float, str]] = ()
    rows: Sequence[tuple[float, str]] = ()
    today: float | None = None
    key: Sequence[tuple[str, str]] = ()


class Stretch(Struct, frozen=True, kw_only=True):
    """Days on which something holds. No `until`: it goes on."""

    name: str
    fill: str
    from_on: date
    until_on: date | None
    to: str


def bars(
    title: str, note: str, stretches: Sequence[Stretch], day: date, key: Sequence[tuple[str, str]]
) -> Drawing | None:
    """Bars over a line of years, one below the other; None where there is none."""
    if not stretches:
        return None
    first = min(one.from_on for one in stretches).year
    last = max(max((one.until_on or day) for one in stretches), day).year + 1
    span = (date(last, 1, 1) - date(first, 1, 1)).days

    def at(on: date) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * (on - date(first, 1, 1)).days / span, 2)

    shapes = []
    for place, one in enumerate(stretches):
        start, end = at(one.from_on), at(min(one.until_on or date(last, 1, 1), date(last, 1, 1)))
        y = TOP + place * (BAR + GAP)
        width = max(end - start, 3)
        until = str(one.until_on or "…")
        shapes.append(
            Shape(
                fill=one.fill,
                name=f"{one.name}: {one.from_on} – {until}",
                text=short(one.name, width),
                to=one.to,
                x=start,
                y=y,
                width=round(width, 2),
                height=BAR,
                middle=(round(start + width / 2, 2), y + BAR / 2 + 4),
            )
        )
    every = max(1, (last - first) // 12)
    years = [(at(date(year, 1, 1)), str(year)) for year in range(first, last, every)]
    height = TOP + len(stretches) * (BAR + GAP) + 6
    return Drawing(
        title=title, note=note, width=WIDTH, height=height, shapes=shapes, ticks=years, today=at(day), key=key
    )


class Part(Struct, frozen=True, kw_only=True):
    """A unit on a floor: so large, filled so."""

    floor: str
    name: str
    said: str
    size: float
    fill: str
    to: str


def floors(title: str, note: str, parts: Iterable[Part], key: Sequence[tuple[str, str]]) -> Drawing | None:
    """A building from its highest floor down: units as wide as they are large; None where there is none."""
    by_floor: dict[str, list[Part]] = {}
    for part in parts:
        by_floor.setdefault(part.floor, []).append(part)
    if not by_floor:
        return None
    widest = max(sum(part.size for part in some) for some in by_floor.values())
    left = 64
    room = WIDTH - left - RIGHT
    shapes, rows = [], []
    for place, floor in enumerate(sorted(by_floor, key=_height, reverse=True)):
        y, x = MARGIN + place * (FLOOR + 4), left * 1.0
        rows.append((y + FLOOR / 2 + 4, floor))
        scale = room / widest
        for part in by_floor[floor]:
            width = max(part.size * scale, 3)
            shapes.append(
                Shape(
                    fill=part.fill,
                    name=part.said,
                    text=short(part.name, width),
                    to=part.to,
                    x=round(x, 2),
                    y=y,
                    width=round(width - 2, 2),
                    height=FLOOR,
                    middle=(round(x + width / 2 - 1, 2), y + FLOOR / 2 + 4),
                )
            )
            x += width
    height = MARGIN * 2 + len(by_floor) * (FLOOR + 4)
    return Drawing(title=title, note=note, width=WIDTH, height=height, shapes=shapes, rows=rows, key=key)


def _height(floor: str) -> tuple[int, str]:
    """Floors by their number, those below the ground first; others by name."""
    written = floor.strip().upper().removesuffix("F").removeprefix("F")
    below = written.startswith(("B", "-"))
    number = written.lstrip("B-")
    return (-int(number) if below else int(number), floor) if number.isdigit() else (0, floor)


class Ground(Struct, frozen=True, kw_only=True):
    """A parcel: its rings of longitude and latitude, how it is filled."""

    name: str
    said: str
    fill: str
    to: str
    rings: Sequence[Sequence[tuple[float, float]]]


def outlines(
    title: str, note: str, grounds: Sequence[Ground], key: Sequence[tuple[str, str]], squeeze: float, most: int = 520
) -> Drawing | None:
    """A plan of parcels, north up; None where there is none.

    squeeze   how much shorter a degree of longitude is than one of latitude there; most: how high it may be
    """
    points = [point for ground in grounds for ring in ground.rings for point in ring]
    if not points:
        return None
    west, north = min(x for x, _ in points), max(y for _, y in points)
    wide = max((max(x for x, _ in points) - west) * squeeze, 1e-9)
    high = max(north - min(y for _, y in points), 1e-9)
    scale = min((WIDTH - 2 * MARGIN) / wide, most / high)

    def at(point: tuple[float, float]) -> tuple[float, float]:
        return round(MARGIN + (point[0] - west) * squeeze * scale, 1), round(MARGIN + (north - point[1]) * scale, 1)

    shapes = []
    for ground in grounds:
        rings = [[at(point) for point in ring] for ring in ground.rings]
        path = " ".join("M" + " ".join(f"{x},{y}" for x, y in ring) + "Z" for ring in rings)
        outer = rings[0]
        xs, ys = [x for x, _ in outer], [y for _, y in outer]
        middle = (round((min(xs) + max(xs)) / 2, 1), round((min(ys) + max(ys)) / 2 + 4, 1))
        text = short(ground.name, max(xs) - min(xs))
        shapes.append(Shape(fill=ground.fill, name=ground.said, text=text, to=ground.to, points=path, middle=middle))
    width, height = round(2 * MARGIN + wide * scale), round(2 * MARGIN + high * scale)
    return Drawing(title=title, note=note, width=max(width, 300), height=height, shapes=shapes, key=key)


def short(name: str, width: float) -> str:
    """A name as far as it fits; nothing where no part of it does."""
    letters = int((width - 6) / LETTER)
    return name if len(name) <= letters else f"{name[: letters - 1]}…" if letters >= 4 else ""


FILLS: Mapping[str, str] = {
    "let": "Let",
    "expiring": "Ends within 12 months",
    "arrears": "In arrears",
    "signed": "Signed, not begun",
    "free": "Available",
    "off": "Not on the market",
    "past": "Ended",
}
