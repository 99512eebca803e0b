"""Charts of reports, drawn on the server: columns over the very cells of the table that stands below them.

Plan      which cells of a report its chart shows; PLANS: of each report that has one
Chart     a drawing: its columns, the lines behind them, its words
drawn     the rows of a report -> its chart
quarters  the days on which a figure is shown over time
columns   groups of marks -> a chart
amount    a figure as people read it -> its number

A column is as high as the figure in its cell says, and leads to the receipt of that cell. Series differ in what fills
them, not in colour alone. No library: those that make SVG put scripts or styles into it, which the policy of the pages
forbids; here is one kind of drawing, with one scale.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from msgspec import Struct

from api.console.reports.linked import Row
from api.console.words.saying import Language, heading, worded
from api.formats.sheets import Sheet, figure

LEFT, RIGHT, TOP, BOTTOM = 104, 12, 12, 42
HEIGHT, WIDTH, GROUP = 240, 760, 78
"""Of a drawing, and the least width of a group of columns."""
LETTERS = 11
"""Letters of a name that fit below a narrow group."""


class Plan(Struct, frozen=True, kw_only=True):
    """The cells of a report that its chart shows: those of `columns` in rows of `sections`.

    label    fields of the sheet that name a group; none: the heading of each column does
    """

    title: str
    unit: str
    sections: Sequence[str]
    columns: Sequence[str]
    label: Sequence[str] = ()


class Mark(Struct, frozen=True):
    """A figure to be drawn. `series`: which of several; `text`: the figure as its cell says it; `to`: its receipt."""

    series: int
    text: str
    to: str


class Bar(Struct, frozen=True):
    """A column as it stands: its mark, its name for people, its place."""

    mark: Mark
    name: str
    x: float
    y: float
    width: float
    height: float


class Chart(Struct, frozen=True, kw_only=True):
    """A drawing. `ticks`: where a line stands, and for which figure; `labels`: the middle of a group, and its name."""

    title: str
    unit: str
    series: Sequence[str]
    bars: Sequence[Bar]
    ticks: Sequence[tuple[float, str]]
    labels: Sequence[tuple[float, Sequence[str]]]
    width: int
    height: int = HEIGHT
    left: int = LEFT
    right: int = RIGHT
    foot: int = HEIGHT - BOTTOM


PLANS: Mapping[str, Plan] = {
    "lease-expiry": Plan(
        title="Rent that comes free, year by year",
        unit="CNY a year",
        sections=("TO_EXPIRY", "TO_BREAK"),
        columns=("rent_year",),
        label=("year",),
    ),
    "receivables-ageing": Plan(
        title="Receivables by days overdue",
        unit="CNY",
        sections=("TOTAL",),
        columns=("not_due", "days_1_30", "days_31_60", "days_61_90", "days_91_180", "days_over_180"),
    ),
    "revenue": Plan(
        title="Revenue by stream",
        unit="CNY",
        sections=("STREAM",),
        columns=("recognised", "billed"),
        label=("stream",),
    ),
    "offtake-shortfall": Plan(
        title="Energy taken against contracted",
        unit="kWh",
        sections=("YEAR",),
        columns=("acq_kwh", "taken_kwh"),
        label=("agreement", "year"),
    ),
}


QUARTERS = 8


def quarters(day: date) -> list[date]:
    """The last days of the quarters before a day, and the day itself."""
    first = date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    ends = [first - timedelta(days=1)]
    while len(ends) < QUARTERS:
        last = ends[0]
        ends.insert(0, date(last.year, last.month - 2, 1) - timedelta(days=1))
    return [*ends, day]


def drawn(
    plan: Plan, sheet: Sheet, rows: Sequence[Row], receipt: Callable[[str], str], language: Language
) -> Chart | None:
    """The chart of a report's rows, in a language; None where nothing is to be drawn."""
    fields = list(sheet.columns.headings)
    groups: dict[str, list[Mark]] = {}
    series: dict[str, str] = {}
    for row in rows:
        for field, cell in zip(fields, row.cells, strict=False):
            line, _, column = (cell.name or "").rpartition("/")
            section = line.partition(":")[0]
            if section not in plan.sections or column not in plan.columns:
                continue
            above = heading(language, sheet.columns.headings[field])
            name = " ".join(worded(language, row.cells[fields.index(one)].text) for one in plan.label) or above
            if len(plan.sections) > 1:
                kind, said = section, worded(language, row.cells[0].text)
            else:
                kind, said = (column, above) if plan.label else ("", "")
            series.setdefault(kind, said)
            groups.setdefault(name, []).append(Mark([*series].index(kind), cell.text, receipt(cell.name or "")))
    return columns(plan.title, plan.unit, [said for said in series.values() if said], _in_order(plan, groups))


def _in_order(plan: Plan, groups: Mapping[str, list[Mark]]) -> Mapping[str, list[Mark]]:
    """Years of several series in their order; words, as `no end`, behind them."""
    if len(plan.sections) == 1:
        return groups
    return dict(sorted(groups.items(), key=lambda one: (not one[0][:1].isdigit(), one[0])))


def columns(title: str, unit: str, series: Sequence[str], groups: Mapping[str, Sequence[Mark]]) -> Chart | None:
    """Draw groups of marks side by side; None where there is no figure but nothing."""
    amounts = [amount(mark.text) for marks in groups.values() for mark in marks]
    if not any(amounts):
        return None
    width = max(WIDTH, LEFT + RIGHT + GROUP * len(groups))
    steps = ticks(min(amounts), max(amounts))
    foot = HEIGHT - BOTTOM

    def level(value: Decimal) -> float:
        share = (value - steps[0]) / (steps[-1] - steps[0])
        return round(foot - int(share * 100_000) / 100_000 * (foot - TOP), 2)

    room = (width - LEFT - RIGHT) / len(groups)
    thick = min(room * 0.76 / max(len(series), 1), 72)
    bars, labels = [], []
    for place, (name, marks) in enumerate(groups.items()):
        middle = round(LEFT + room * (place + 0.5), 2)
        start = middle - thick * max(len(series), 1) / 2
        labels.append((middle, _short(name, int(room / 6.4))))
        for mark in marks:
            high, low = sorted((level(amount(mark.text)), level(Decimal(0))))
            whole = ", ".join(filter(None, (name, series[mark.series] if series else "")))
            x = round(start + thick * mark.series, 2)
            bars.append(Bar(mark, f"{whole}: {mark.text}", x, high, round(thick - 2, 2), round(low - high, 2)))
    return Chart(
        title=title,
        unit=unit,
        series=series,
        bars=bars,
        ticks=[(level(step), figure(f"{step:f}").replace("–", "0")) for step in steps],
        labels=labels,
        width=width,
    )


def _short(name: str, letters: int) -> Sequence[str]:
    """A name in two lines at most, none longer than fits."""
    first, _, rest = name.partition(" ") if len(name) > letters else (name, "", "")
    return [line if len(line) <= letters else f"{line[: letters - 1]}…" for line in (first, rest) if line]


def ticks(least: Decimal, most: Decimal) -> list[Decimal]:
    """Round figures from at most the least, or nothing, to at least the most: one, two or five times a power of ten."""
    least, most = min(least, Decimal(0)), max(most, Decimal(0))
    power = Decimal(10) ** ((most - least).adjusted() - 1)
    step = next(power * by for by in (1, 2, 5, 10, 20, 50) if (most - least) / (power * by) <= 5)
    first = (least / step).to_integral_value(ROUND_FLOOR)
    last = (most / step).to_integral_value(ROUND_CEILING)
    return [step * place for place in range(int(first), int(last) + 1)]


def amount(text: str) -> Decimal:
    """The number that a figure says: (1,234.50) is -1234.50, – is nothing."""
    written = text.strip("()").replace(",", "")
    return Decimal(0) if written in ("", "–") else Decimal(f"-{written}" if text.startswith("(") else written)
