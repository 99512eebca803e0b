"""A filled workbook of a park: from bytes to the command, or to every wrong cell at once.

Place, Wrong   where a cell stands, and what is wrong with it
Filled         what a workbook says: rows that know their sheet and line, and what is wrong
read           bytes -> Filled; no ledger is asked
command        Filled -> TakeOverPark
placed         a refused field of the command (`leases[3].company`) -> where it stood
"""

import hashlib
import re
from collections.abc import Container, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec
from msgspec import Struct
from openpyxl.utils import get_column_letter

from api.formats.workbooks.cells import NoWorkbook, Shown, Unsound
from api.formats.workbooks.xlsx import Page, sheets_of
from api.http.problems import fault_of
from api.intake.taking_over.columns import FIRST, SHEETS, Column, Sheet
from ledger.billing.taking_over.deciding import ParkDeposit, ParkInvoice
from ledger.joint.taking_over import ParkBuilding, ParkCompany, ParkParcel, ParkSite, ParkUnit, TakeOverPark
from ledger.leases.taking_over import ParkLease
from ledger.values.evidence import Evidence

Row = dict[str, Any]
BY_NAME: Mapping[str, Sheet] = {sheet.name: sheet for sheet in SHEETS}
FIELDS: Mapping[str, tuple[str, type[Struct]]] = {
    "companies": ("companies", ParkCompany),
    "sites": ("sites", ParkSite),
    "parcels": ("parcels", ParkParcel),
    "buildings": ("buildings", ParkBuilding),
    "units": ("units", ParkUnit),
    "leases": ("leases", ParkLease),
    "deposits": ("deposits", ParkDeposit),
    "invoices": ("open invoices", ParkInvoice),
}
"""The fields of the command: the sheet of each, and its rows."""
OF_LEASES = ("lease units", "rent steps", "rent free")
"""The sheets whose rows are parts of a lease's."""
DECIMALS = {"MONEY": 2, "PRICE": 8, "COUNT": 0}


class Place(Struct, frozen=True):
    """A cell: its sheet, row and column; no column: the whole row."""

    sheet: str
    row: int
    column: str | None = None

    def __str__(self) -> str:
        at = [column.name for column in BY_NAME[self.sheet].columns] if self.sheet in BY_NAME else []
        letter = get_column_letter(at.index(self.column) + 2) if self.column in at else ""
        return f"{self.sheet}!{letter}{self.row}" if self.row else self.sheet


class Wrong(Struct, frozen=True):
    """A cell that is wrong, and the rule."""

    place: Place
    rule: str


class Filled(Struct, frozen=True):
    """A workbook as it was read: the rows of each field of the command with their lines, and every wrong cell."""

    sha256: str
    rows: Mapping[str, Sequence[tuple[int, Any]]]
    wrong: Sequence[Wrong]


def read(data: bytes) -> Filled:
    """Read a workbook. What is wrong is in its `wrong`, every cell of it."""
    sha256, wrong = hashlib.sha256(data).hexdigest(), list[Wrong]()
    try:
        pages = {page.name: page for page in sheets_of(data, Shown(timed=False))[0]}
        sheets = {
            sheet.name: list(_rows(pages[sheet.name], sheet, wrong)) if sheet.name in pages else [] for sheet in SHEETS
        }
    except NoWorkbook as error:
        return Filled(sha256, {}, (Wrong(Place("workbook", 0), f"it is no XLSX workbook: {error}"),))
    wrong += [
        Wrong(Place(name, 0), f"there is no such sheet in the template; its sheets are {', '.join(BY_NAME)}")
        for name in pages
        if name not in BY_NAME
    ]
    leases = [(line, _lease(row, sheets)) for line, row in sheets["leases"]]
    known = {row.get("lease") for _, row in sheets["leases"]}
    for name in OF_LEASES:
        wrong += [
            Wrong(Place(name, line, "lease"), f"there is no lease {row.get('lease')} on the sheet leases")
            for line, row in sheets[name]
            if row.get("lease") not in known
        ]
    wrong += [
        Wrong(Place("leases", line, "lease"), "no row of the sheet lease units names a unit of it")
        for line, row in leases
        if not row["terms"]["premises"]
    ]
    told = {(one.place.sheet, one.place.row) for one in wrong}
    spoilt = {row.get("lease") for name in OF_LEASES for line, row in sheets[name] if (name, line) in told}
    told |= {("leases", line) for line, row in sheets["leases"] if row.get("lease") in spoilt}
    rows = {}
    for field, (name, kind) in FIELDS.items():
        given = leases if name == "leases" else sheets[name]
        rows[field] = [
            (line, made) for line, row in given if (made := _made((name, line), row, kind, told, wrong)) is not None
        ]
    if not wrong and not any(rows.values()):
        wrong.append(Wrong(Place("workbook", 0), f"there is no row in it: rows begin on line {FIRST}"))
    return Filled(sha256, rows, wrong)


def _rows(page: Page, sheet: Sheet, wrong: list[Wrong]) -> Iterator[tuple[int, Row]]:
    """The rows of a sheet, each with its line; cells are texts of their kind, or left out where they are wrong."""
    lines = page.rows()
    first, heading = next(lines, (1, []))
    heading = heading if first == 1 else []
    if missing := [column.name for column in sheet.columns if column.required and column.name not in heading]:
        wrong.append(Wrong(Place(sheet.name, 1), f"line 1 has no column {', '.join(missing)}"))
        return
    at = {column.name: heading.index(column.name) for column in sheet.columns if column.name in heading}
    for line, cells in lines:
        if line < FIRST - 1 or not any(cells[1:]) or cells[0].startswith("EXAMPLE"):
            continue
        row: Row = {}
        for column in sheet.columns:
            cell = cells[at[column.name]] if column.name in at and at[column.name] < len(cells) else ""
            try:
                value = _value(column, cell)
            except ValueError as error:
                wrong.append(Wrong(Place(sheet.name, line, column.name), str(error)))
                continue
            if value is not None:
                row[column.name] = value
        yield line, row


def _value(column: Column, text: str) -> str | int | None:
    """A cell as the command writes it; None where it is empty. Raises ValueError, which says the rule."""
    if isinstance(text, Unsound):
        raise ValueError(text.why)  # noqa: TRY004 - a cell that is wrong, not a type
    if not text:
        if column.required:
            raise ValueError(f"{column.name} is empty")
        return None
    if column.kind == "DAY":
        return _day(text)
    said = text if column.kind == "TEXT" else _number(text, DECIMALS[column.kind], padded=column.kind == "MONEY")
    if column.choices and said not in column.choices:
        raise ValueError(f"{said} is none of {', '.join(column.choices)}")
    return int(said) if column.kind == "COUNT" else said


def _day(cell: str) -> str:
    found = re.fullmatch(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?", cell)
    try:
        year, month, day = map(int, found.groups()) if found else (0, 0, 0)
        return date(year, month, day).isoformat()
    except ValueError:
        raise ValueError(f"{cell} is no day: write 2026-05-31") from None


def _number(cell: str, decimals: int, *, padded: bool) -> str:
    """A number without rounding: what a spreadsheet shows of it, to 15 digits."""
    try:
        number = Decimal(cell.replace(",", "").replace(" ", ""))
    except InvalidOperation:
        raise ValueError(f"{cell} is no number") from None
    if not number.is_finite() or number < 0:
        raise ValueError(f"{cell} is no number of 0 or more")
    if number != round(number, decimals):
        raise ValueError(f"{cell} has more than {decimals} decimals")
    return f"{round(number, decimals):f}" if padded else f"{number.normalize():f}"


def _lease(row: Row, sheets: Mapping[str, Sequence[tuple[int, Row]]]) -> Row:
    """A lease's row with the rows of other sheets that belong to it, as the command has it."""
    name = row.get("lease")
    units, steps, free = ([own for _, own in sheets[sheet] if own.get("lease") == name] for sheet in OF_LEASES)
    first = {"from_on": row.get("commencement_on"), "rent": _quote(row, "")}
    later = sorted((own for own in steps if "from_on" in own), key=lambda own: str(own["from_on"]))
    copied = ("commencement_on", "expiry_on", "billed_every_months", "billed", "due_days", "deposit", "vat")
    terms: Row = {key: row[key] for key in (*copied, "late_fee_per_day") if key in row}
    terms["premises"] = [{key: own.get(key) for key in ("unit", "area")} for own in units]
    terms["rent"] = [first, *({"from_on": own["from_on"], "rent": _quote(own, "")} for own in later)]
    terms["rent_free"] = [{key: own.get(key) for key in ("from_on", "until_on")} for own in free]
    if "service_price" in row:
        terms["service_charge"] = _quote(row, "service_")
    own = ("lease", "company", "signed_on", "billed_through", "service_through")
    return {**{key: row[key] for key in own if key in row}, "terms": terms}


def _quote(row: Row, prefix: str) -> Row:
    return {"price": row.get(f"{prefix}price"), "per": row.get(f"{prefix}per")}


def _made(
    at: tuple[str, int], row: Row, kind: type[Struct], told: Container[tuple[str, int]], wrong: list[Wrong]
) -> Any:
    """A row as the command has it; None where a cell of it is wrong, which is told once."""
    try:
        return msgspec.convert(row, kind)
    except msgspec.ValidationError as error:
        fault = fault_of(error)
        if at not in told:
            place = _at(*at, (fault.pointer or "").strip("/").replace("/", "."))
            wrong.append(Wrong(place, fault.detail))
        return None


def _at(name: str, line: int, field: str) -> Place:
    """The place of a field of a row: the column of that name, or the row where there is none."""
    last = re.sub(r"\.?[0-9]+$", "", field).rpartition(".")[2]
    return Place(name, line, last if any(column.name == last for column in BY_NAME[name].columns) else None)


def command(filled: Filled, name: str, on: date) -> TakeOverPark:
    """Make the command of a workbook in which nothing is wrong."""
    return TakeOverPark(
        effective_on=on,
        document=Evidence(doc=name, sha256=filled.sha256),
        **{field: tuple(row for _, row in rows) for field, rows in filled.rows.items()},
    )


def placed(filled: Filled, field: str) -> Place:
    """Find where a refused field of the command stood: `leases[3].company`."""
    found = re.fullmatch(r"(\w+)\[([0-9]+)\](?:\.(.*))?", field)
    if found is None:
        return Place("workbook", 0)
    kind, at, rest = found.group(1), int(found.group(2)), found.group(3) or ""
    return _at(FIELDS[kind][0], filled.rows[kind][at][0], rest)
