"""Answers as workbooks (XLSX): what each rests on, the report as people read it, and its data as one flat table.

workbook_pieces   one answer: the sheets About, the report's own, Data
workbook          several, as one book: About, then for each its own two sheets

The same answers on the same basis give the same bytes: a book is dated by the instant of its basis. Numbers are numbers
and dates dates; every other text stays a text, whatever it begins with. A spreadsheet holds 15 digits of a number: a
longer one is written as the text it is. A total is a formula with its figure beside it where it is the sum of lines
above it, and where a spreadsheet's own adding up cannot be off by the last decimal; else it is the figure alone.
"""

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import chain
from typing import Any, Literal
from unicodedata import east_asian_width

from msgspec import Struct
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_range
from xlsxwriter.worksheet import Worksheet

from api.formats.mart import typed
from api.formats.sheets import About, Filed, Sheet
from api.formats.tables import SUMS, WHOLES, Line, Table, TooLong, invented

ROWS_MAX = 100_000
"""The most rows that a workbook takes: what it holds is made in memory."""
DIGITS = 15
"""The digits of a number that every spreadsheet holds."""
BEFORE_ALL = datetime(1980, 1, 1, tzinfo=UTC)
"""When a book is made of a ledger that holds nothing."""
TEXT_MAX = 32_767
"""The most characters that a cell takes."""
FIGURE = re.compile(r"(\()?(-?[0-9][0-9,]*(?:\.[0-9]+)?)(?(1)\))", re.ASCII)
COMPARED = {"before", "late", "corrections", "reversals", "now", "difference"}
"""The columns of a comparison that hold figures, where it says of which unit."""
FICTIONAL = "FICTIONAL: this holds invented examples. 虚构数据,仅供演示。"


def workbook_pieces(filed: Filed) -> Iterator[bytes]:
    """An answer as a workbook, in one piece. Raises TooLong."""
    yield workbook([(filed.about.name, filed)], filed.about, {filed.about.name: "Data"})


def workbook(parts: Sequence[tuple[str, Filed]], about: About, data: Mapping[str, str]) -> bytes:
    """Answers as one workbook. Raises TooLong.

    parts   each with the name of its sheet; data: what the sheet of its table is called
    """
    out = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    book = Workbook(out, options)
    book.set_properties({"title": about.name, "comments": about.address, "created": _naive(about.recorded_at)})
    style = _Style(book)
    first = book.add_worksheet("About")
    made_up, long = about.invented, 0
    for name, filed in parts:
        pages = _pages(filed)
        part_invented = any(map(invented, pages))
        made_up = made_up or part_invented
        if filed.sheet is not None:
            shown = _Page(book, style, name, filed.about)
            shown.report(filed.sheet(_whole(pages)), _sections(filed, pages), about.invented or part_invented)
            long += shown.long
        listed = _Page(book, style, data[name], filed.about)
        listed.data(re.sub(r"\W", "_", f"data_{name}"), filed.about.name, [filed.table(page) for page in pages])
        long += listed.long
    _about(first, style, about, [name for name, _ in parts], invented=made_up, long=long)
    book.close()
    return out.getvalue()


def _pages(filed: Filed) -> list[Any]:
    """Every page of an answer; they are held together, so they may not be without end."""
    pages, rows = [], 0
    for page in filed.pages:
        rows += len(page) if isinstance(page, list | tuple) else 0
        if rows > ROWS_MAX:
            raise TooLong(f"takes {ROWS_MAX:,} rows, and {filed.about.name} has more")
        pages.append(page)
    return pages


def _whole(pages: Sequence[Any]) -> Any:
    return pages[0] if len(pages) == 1 else list(chain.from_iterable(pages))


def _sections(filed: Filed, pages: Sequence[Any]) -> dict[int, str]:
    """The kind of each row of the table, by the part of the answer that it shows; single things come first."""
    found: dict[int, str] = {}
    for page in pages:
        names, rows = filed.table(page)
        if "section" in names:
            place = list(names).index("section")
            found |= {id(row.of): str(row[place]) for row in rows if isinstance(row, Line) and row.of is not None}
    return found


def _naive(at: datetime | None) -> datetime:
    """An instant as a spreadsheet holds it, without a zone: UTC."""
    return (at or BEFORE_ALL).astimezone(UTC).replace(tzinfo=None)


# Numbers


class Number(Struct, frozen=True):
    """A number, and with how many decimals it is shown."""

    value: Decimal
    places: int

    @property
    def fits(self) -> bool:
        """Tell whether a spreadsheet holds all of its digits."""
        return len(self.value.normalize().as_tuple().digits) <= DIGITS

    @property
    def shown(self) -> str:
        """The number as it is read."""
        return f"{self.value:,.{self.places}f}"


def read_number(text: str) -> Number | None:
    """A number as a sheet or a table has it: 1,234.50, (1,234.50), -1234.50, –; None: it is none."""
    if text == "–":
        return Number(Decimal(0), 0)
    if (found := FIGURE.fullmatch(text)) is None:
        return None
    value = Decimal(found[2].replace(",", ""))
    return Number(-value if found[1] else value, max(0, -int(value.as_tuple().exponent)))


def adds_up(numbers: Sequence[Number], total: Number) -> bool:
    """Tell whether they come to the total, and a spreadsheet that adds them as floats shows the same."""
    if not total.fits or not all(number.fits for number in numbers):
        return False
    off = len(numbers) * sum(abs(number.value) for number in numbers) * Decimal(2) ** -53
    return sum(number.value for number in numbers) == total.value and off * 2 < Decimal(1).scaleb(-total.places)


# Sheets


class _Style:
    """The formats of a book."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._numbers: dict[tuple[int | None, bool], Format] = {}
        base = {"font_name": "Arial", "font_size": 9, "valign": "vcenter"}
        self._base = base
        self.title = book.add_format(base | {"bold": True, "font_size": 14})
        self.quiet = book.add_format(base | {"font_color": "#5A6B6B"})
        self.warning = book.add_format(base | {"bold": True, "font_color": "#B3402A"})
        heading = {"bold": True, "bottom": 1, "bg_color": "#E4EEEE", "text_wrap": True, "valign": "vcenter"}
        self.heading = book.add_format(base | heading)
        self.heading_right = book.add_format(base | heading | {"align": "right"})
        self.text = book.add_format(base)
        self.strong = book.add_format(base | {"bold": True})
        self.wrapped = book.add_format(base | {"text_wrap": True})
        self.right = book.add_format(base | {"align": "right"})
        self.day = book.add_format(base | {"num_format": "yyyy-mm-dd", "align": "left"})
        self.instant = book.add_format(base | {"num_format": "yyyy-mm-dd hh:mm:ss", "align": "left"})

    def number(self, places: int | None, strong: bool = False) -> Format:
        """The format of numbers with so many decimals; None: without groups of thousands."""
        if (places, strong) not in self._numbers:
            digits = "#,##0" + (f".{'0' * places}" if places else "")
            written = "0" if places is None else f'{digits}_);[Red]({digits});"–"_)'
            kept = self._base | {"num_format": written, "align": "right", "bold": strong, "top": 1 if strong else 0}
            self._numbers[places, strong] = self._book.add_format(kept)
        return self._numbers[places, strong]


class _Page:
    """A sheet of a book, and how wide its columns are to be.

    long   how many numbers have more digits than a spreadsheet holds, and are texts
    """

    def __init__(self, book: Workbook, style: _Style, name: str, about: About) -> None:
        self.sheet: Worksheet = book.add_worksheet(name)
        self.style, self.about, self.long = style, about, 0
        self._widths: dict[int, int] = {}

    def report(self, shown: Sheet, sections: Mapping[int, str], made_up: bool) -> None:
        """A report as people read it: totals are formulas, headings stay where they are, and on every page."""
        self.sheet.write_string(0, 0, shown.title, self.style.title)
        self.sheet.write_string(1, 0, stands_on(self.about), self.style.quiet)
        if made_up:
            self.sheet.write_string(2, 0, FICTIONAL, self.style.warning)
        top, numbers = 3, [field not in shown.columns.texts for field in shown.columns.headings]
        for column, (name, right) in enumerate(zip(shown.names, numbers, strict=True)):
            self.sheet.write_string(top, column, name, self.style.heading_right if right else self.style.heading)
            self._wide(column, max(name.split(), key=len, default=""))
        lines = _Lines(shown, sections)
        for place, line in enumerate(shown.lines):
            kind = lines.kinds[place]
            for column, value in enumerate(line):
                number = lines.numbers[place][column]
                if number is None:
                    self._value(top + 1 + place, column, value, strong=kind != "row")
                    continue
                rows = lines.summed.get((place, column))
                places = lines.places[column] if not number.value else number.places
                of = f"=SUBTOTAL(9,{xl_range(top + 1 + rows[0], column, top + rows[1], column)})" if rows else None
                plain = list(shown.columns.headings)[column] in shown.columns.plain and not number.places
                self._number(top + 1 + place, column, number, None if plain else places, of=of, strong=kind != "row")
        self._set_up(top, len(numbers))

    def data(self, table: str, report: str, tables: Sequence[Table]) -> None:
        """The data as one flat table, in declared types: every row, with its kind."""
        names = list(tables[0][0]) if tables else ["nothing"]
        compared = COMPARED if "worked_out" in names else set()
        kinds = ["exact" if name in compared else typed(report, name) for name in names]
        count = 0
        for count, row in enumerate(chain.from_iterable(rows for _, rows in tables), 1):
            if count > ROWS_MAX:
                raise TooLong(f"takes {ROWS_MAX:,} rows, and {report} has more")
            for column, (value, kind) in enumerate(zip(row, kinds, strict=True)):
                number = read_number(value) if kind in ("yuan", "exact") and isinstance(value, str) else None
                if number is not None:
                    self._number(count, column, number, number.places)
                else:
                    self._value(count, column, _day(value) if kind == "day" else value)
        columns = [{"header": name, "header_format": self.style.heading} for name in names]
        for column, name in enumerate(names):
            self._wide(column, name + "  ")
        style = {"columns": columns, "name": table, "style": "Table Style Light 1", "banded_rows": False}
        self.sheet.add_table(0, 0, max(count, 1), len(names) - 1, style)
        self._set_up(0, len(names))

    def _value(self, row: int, column: int, value: Any, *, strong: bool = False) -> None:
        style = self.style
        match value:
            case None | "":
                return
            case bool():
                self.sheet.write_boolean(row, column, value, style.text)
                self._wide(column, str(value))
            case int():
                self._number(row, column, Number(Decimal(value), 0), None, strong=strong)
            case datetime():
                self.sheet.write_datetime(row, column, _naive(value), style.instant)
                self._wide(column, "2026-06-30 23:59:59")
            case date():
                self.sheet.write_datetime(row, column, value, style.day)
                self._wide(column, "2026-06-30")
            case _:
                self._text(row, column, str(value), style.strong if strong else style.text)

    def _text(self, row: int, column: int, text: str, style: Format) -> None:
        """A text as it is: it is no formula, no number and no address, whatever it looks like."""
        if len(text) > TEXT_MAX:
            raise TooLong(f"takes {TEXT_MAX:,} characters in a cell, and one of {self.about.name} has {len(text):,}")
        if text.startswith("<r>"):  # the library takes such a text for one with markup, unless it comes in parts
            failed = self.sheet.write_rich_string(row, column, text[:1], style, text[1:], style)
        else:
            failed = self.sheet.write_string(row, column, text, style)
        assert not failed, f"{text[:40]!r} is written"
        self._wide(column, text)

    def _number(
        self, row: int, column: int, number: Number, places: int | None, *, of: str | None = None, strong: bool = False
    ) -> None:
        """A number, with the formula that it is the value `of`; with too many digits, a text that holds them all."""
        if not number.fits:
            self.long += 1
            self._text(row, column, number.shown, self.style.right)
            return
        style = self.style.number(places, strong)
        if of is not None:
            self.sheet.write_formula(row, column, of, style, number.value)
        else:
            self.sheet.write_number(row, column, number.value, style)
        self._wide(column, number.shown + "()")

    def _wide(self, column: int, text: str) -> None:
        self._widths[column] = max(self._widths.get(column, 0), wide(text))

    def _set_up(self, top: int, columns: int) -> None:
        """Widths, what stays where it is, and how it is printed: A4 landscape, as wide as a page."""
        for column in range(columns):
            self.sheet.set_column(column, column, min(max(self._widths.get(column, 0) + 2, 7), 48))
        self.sheet.freeze_panes(top + 1, 1 if top else 0)
        self.sheet.set_landscape()
        self.sheet.set_paper(9)
        self.sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.7)
        self.sheet.fit_to_pages(1, 0)
        self.sheet.repeat_rows(top)
        self.sheet.set_footer(f"&L&8{stands_on(self.about).replace('&', '&&')[:200]}&R&8&P / &N")


class _Lines:
    """Lines of a sheet, told apart: cells that are numbers, and those of them that are sums of lines above.

    kinds    row, sum (of a group), whole (of all), head
    summed   (line, column) -> the lines that it sums up: the first, and the one after the last
    """

    def __init__(self, shown: Sheet, sections: Mapping[int, str]) -> None:
        numbers = [field not in shown.columns.texts for field in shown.columns.headings]
        self.numbers = [
            [_figure(value) if right else None for value, right in zip(line, numbers, strict=True)]
            for line in shown.lines
        ]
        self.kinds = [_kind(line, sections) for line in shown.rows]
        self.places = [max((n.places for n in column if n), default=0) for column in zip(*self.numbers, strict=True)]
        self.summed: dict[tuple[int, int], tuple[int, int]] = {}
        for column in range(len(numbers)):
            self._sum(column)

    def _sum(self, column: int) -> None:
        """Find what the sums of a column sum up; if one of those of all is no sum of lines, none of them is."""
        found: dict[tuple[int, int], tuple[int, int]] = {}
        group = 0
        for place, kind in enumerate(self.kinds):
            if kind == "head":
                group = place + 1
            total = self.numbers[place][column]
            if kind not in ("sum", "whole"):
                continue
            rows = self._rows(column, place, group if kind == "sum" else 0, found) if total is not None else None
            if rows is not None:
                found[place, column] = rows
            elif total is not None and kind == "whole":
                return
            group = place + 1
        self.summed |= found

    def _rows(
        self, column: int, place: int, first: int, found: Mapping[tuple[int, int], tuple[int, int]]
    ) -> tuple[int, int] | None:
        """The lines that come to this one's number: all from the first on, or those before any other sum."""
        total = self.numbers[place][column]
        assert total is not None, "there is a number"
        end = next((at for at in range(first, place) if self.kinds[at] in ("sum", "whole")), place)
        for until in (place, end):
            above = [self.numbers[at][column] for at in range(first, until) if (at, column) not in found]
            if any(above) and adds_up([number for number in above if number], total):
                return first, until
        return None


def _figure(value: Any) -> Number | None:
    match value:
        case bool():
            return None
        case int():
            return Number(Decimal(value), 0)
        case str():
            return read_number(value)
    return None


def _kind(line: Sequence[Any], sections: Mapping[int, str]) -> Literal["row", "sum", "whole", "head"]:
    of = line.of if isinstance(line, Line) else None
    section, first = sections.get(id(of), ""), next(iter(sections.values()), "")
    if of is None and sum(value not in (None, "") for value in line) == 1:
        return "head"
    if section in WHOLES or "TOTAL" in line:
        return "whole"
    return "sum" if section in SUMS and section != first else "row"


def _day(value: Any) -> Any:
    with suppress(TypeError, ValueError):
        return value if isinstance(value, date) else date.fromisoformat(value)
    return value


def wide(text: str) -> int:
    """The width of a text: a Chinese character takes the place of two."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def stands_on(about: About) -> str:
    """The basis of an answer in one line."""
    effective = f"effective on {about.effective} · " if about.effective else ""
    at = f" ({about.recorded_at:%Y-%m-%d %H:%M:%S} UTC)" if about.recorded_at else ""
    return f"{about.name} · {effective}as recorded at position {about.recorded}{at} · root {about.root[:16]}…"


def _about(sheet: Worksheet, style: _Style, about: About, reports: Sequence[str], *, invented: bool, long: int) -> None:
    """The first sheet: what this is, what it rests on, and how it is to be read."""
    said: list[tuple[str, Any]] = [
        ("Report", about.name),
        ("Answers", about.help),
        ("Ledger", about.ledger),
        ("Data", FICTIONAL if invented else "real, as recorded"),
        ("Effective on", about.effective or "every date"),
        ("As recorded at position", about.recorded),
        ("Recorded at (UTC)", about.recorded_at or "nothing is recorded"),
        ("Root of the log there", about.root),
        ("Days are those of", f"UTC{about.zone}"),
        *((f"Filter: {name}", value) for name, value in about.asked.items()),
        ("Asked again", about.address),
        ("Made by", about.made_by),
    ]
    if len(reports) > 1:
        said.append(("Sheets", ", ".join(reports)))
    notes = [
        "Amounts, dates and names are as the same question is answered over HTTP and by the command line.",
        "A total is a formula, with our own figure as its value, where it is the sum of lines above it. A share, an"
        " average, and a sum of what is not on its sheet are figures.",
        "A negative number stands in parentheses, nothing at all as –. Instants are in UTC.",
    ]
    if long:
        notes.append(
            f"{long:,} numbers here have more than {DIGITS} digits, which a spreadsheet would round: they are"
            " written as texts, with every digit, and no formula adds them up."
        )
    said += [("How to read it" if not number else "", note) for number, note in enumerate(notes)]
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 90)
    for row, (label, value) in enumerate(said):
        sheet.write_string(row, 0, label, style.strong)
        match value:
            case datetime():
                sheet.write_datetime(row, 1, _naive(value), style.instant)
            case date():
                sheet.write_datetime(row, 1, value, style.day)
            case int():
                sheet.write_number(row, 1, value, style.number(None))
            case _:
                sheet.write_string(row, 1, value, style.warning if value == FICTIONAL else style.wrapped)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer(f"&L&8{stands_on(about).replace('&', '&&')[:200]}&R&8&P / &N")
