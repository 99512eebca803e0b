"""A reply of the tax platform: an XLSX workbook or a CSV -> rows that know their line. No ledger is asked.

Row         a tax invoice as the file says it: its number, day, state and amounts, and what it says of its request
ReplyFile   what a file says: rows, what is left out and why, and what is wrong
read        bytes -> ReplyFile

Taken are the answer to many requests at once (发票流水号 beside the number) and what the platform exports of issued tax
invoices (全量发票查询导出结果), where the remark names the document. Columns are found by their names, wherever they
stand; rows before the heading are titles. Of a workbook the first sheet that has the headings is read. Several lines of
one tax invoice are summed. Voided and failed ones are left out.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zipfile import BadZipFile

from msgspec import Struct
from msgspec.structs import replace
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

NAMES: Mapping[str, tuple[str, ...]] = {
    "serial": ("发票流水号", "流水号", "serial"),
    "digital": ("数电发票号码", "数电票号码", "全电发票号码"),
    "number": ("发票号码", "number"),
    "code": ("发票代码", "code"),
    "issued_on": ("开票日期", "issued_on"),
    "state": ("发票状态", "开票结果", "开具结果", "开票状态", "status"),
    "net": ("金额", "合计金额", "不含税金额", "net"),
    "vat": ("税额", "合计税额", "vat"),
    "remark": ("备注", "remark"),
    "buyer": ("购方识别号", "购买方纳税人识别号", "购方纳税人识别号", "buyer"),
    "failure": ("失败原因", "原因", "reason"),
}
"""What a column is called; the first that a file has counts."""
NEEDED = ("issued_on", "net", "vat")
LEFT_OUT = re.compile("作废|失败|未开|VOID|FAILED", re.IGNORECASE)
DAY = re.compile(r"(\d{4})[-/年.](\d{1,2})[-/月.](\d{1,2})日?(?:[ T].*)?", re.ASCII)
ROWS_MAX = 100_000
Lines = Iterable[tuple[int, Sequence[Any]]]


class Row(Struct, frozen=True, kw_only=True):
    """A tax invoice as the file says it; amounts in minor units, negative where it is red.

    line     its first line in the file; buyer: the buyer's USCC; state: as the platform says it
    """

    line: int
    serial: str
    number: str
    code: str | None
    issued_on: date
    net_minor: int
    vat_minor: int
    remark: str
    buyer: str
    state: str

    @property
    def red(self) -> bool:
        """Tell a red-letter one: it takes back."""
        return self.net_minor < 0


class LineRule(Struct, frozen=True):
    """A line of the file, 0 for the whole, and what is to be said of it."""

    line: int
    rule: str


class ReplyFile(Struct, frozen=True, kw_only=True):
    """A file as it was read: its rows, the lines that are left out, and the lines that are wrong."""

    rows: tuple[Row, ...] = ()
    left_out: tuple[LineRule, ...] = ()
    bad: tuple[LineRule, ...] = ()


class _Wrong(ValueError):
    """A cell does not say what it should."""


def read(data: bytes) -> ReplyFile:
    """Read a file. What is wrong in it is in its `bad`, every line of it."""
    try:
        tables = list(_workbook(data) if data.startswith(b"PK") else [_text(data)])
    except _Wrong as error:
        return ReplyFile(bad=(LineRule(0, str(error)),))
    for table in tables:
        lines = iter(table)
        for _, cells in lines:
            if (places := _places(cells)) is not None:
                return _read(lines, places)
    wanted = ", ".join(NAMES[name][0] for name in NEEDED)
    rule = f"no row has the headings of a reply: {NAMES['number'][0]} or {NAMES['digital'][0]}, {wanted}"
    return ReplyFile(bad=(LineRule(0, rule),))


def _workbook(data: bytes) -> Iterator[Lines]:
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    except (InvalidFileException, BadZipFile, KeyError, ValueError, OSError) as error:
        raise _Wrong(f"it is no XLSX workbook: {error}") from error
    for name in book.sheetnames:
        yield enumerate(book[name].iter_rows(values_only=True, max_row=ROWS_MAX), 1)


def _text(data: bytes) -> Lines:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise _Wrong("it is neither an XLSX workbook nor text in UTF-8 or GB 18030")
    try:
        return list(enumerate(csv.reader(io.StringIO(text, newline=""), strict=True), 1))
    except csv.Error as error:
        raise _Wrong(f"it is no CSV: {error}") from error


def _places(cells: Sequence[Any]) -> Mapping[str, int] | None:
    """Find where each column stands; None where a row is not the heading."""
    titles = [_cell(cell).lstrip("*").rstrip("*") for cell in cells]
    places = {
        name: next(titles.index(title) for title in known if title in titles)
        for name, known in NAMES.items()
        if any(title in titles for title in known)
    }
    numbered = "number" in places or "digital" in places
    return places if numbered and all(name in places for name in NEEDED) else None


def _cell(cell: Any) -> str:
    """A cell as text; a whole number without a point, a day as it is written."""
    if cell is None:
        return ""
    if isinstance(cell, datetime | date):
        return cell.isoformat()[:10]
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip().strip("\t'")


def _read(lines: Lines, places: Mapping[str, int]) -> ReplyFile:
    rows, left_out, bad = dict[tuple[str, str], Row](), list[LineRule](), list[LineRule]()
    for line, cells in lines:
        said = {name: _cell(cells[at]) if at < len(cells) else "" for name, at in places.items()}
        if not any(said.values()) or not (said.get("digital") or said.get("number") or said.get("state")):
            continue
        if LEFT_OUT.search(said.get("state", "")):
            why = said.get("failure") or ""
            left_out.append(LineRule(line, f"{said['state']}{': ' if why else ''}{why}"))
            continue
        try:
            row = _row(line, said)
        except _Wrong as error:
            bad.append(LineRule(line, str(error)))
            continue
        key = (row.code or "", row.number)
        if (earlier := rows.get(key)) is None:
            rows[key] = row
        elif (earlier.issued_on, earlier.serial) != (row.issued_on, row.serial):
            bad.append(LineRule(line, f"{row.number} says another day or request than line {earlier.line}"))
        else:
            sums = {"net_minor": earlier.net_minor + row.net_minor, "vat_minor": earlier.vat_minor + row.vat_minor}
            rows[key] = replace(earlier, **sums)
    if not rows and not bad and not left_out:
        bad.append(LineRule(0, "there is no row below the headings"))
    return ReplyFile(rows=tuple(rows.values()), left_out=tuple(left_out), bad=tuple(bad))


def _row(line: int, said: Mapping[str, str]) -> Row:
    number = said.get("digital") or said.get("number") or ""
    code = None if said.get("digital") else (said.get("code") or None)
    if not re.fullmatch(r"[0-9]{8}|[0-9]{20}", number, re.ASCII):
        cut = ": a spreadsheet took it for a number and lost its last digits" if re.search("[eE.]", number) else ""
        raise _Wrong(f"发票号码 {number!r} is neither 20 digits, fully digitalized, nor 8 with a code{cut}")
    if code is not None and not re.fullmatch(r"[0-9]{10}|[0-9]{12}", code, re.ASCII):
        raise _Wrong(f"发票代码 {code!r} is not 10 or 12 digits")
    return Row(
        line=line,
        serial=said.get("serial", ""),
        number=number,
        code=code,
        issued_on=_day(said["issued_on"]),
        net_minor=_amount("金额", said["net"]),
        vat_minor=_amount("税额", said["vat"]),
        remark=said.get("remark", ""),
        buyer=said.get("buyer", ""),
        state=said.get("state", ""),
    )


def _day(text: str) -> date:
    if found := DAY.fullmatch(text):
        try:
            return date(*map(int, found.groups()))
        except ValueError:
            pass
    raise _Wrong(f"开票日期 {text!r} is no day such as 2026-07-31")


def _amount(name: str, text: str) -> int:
    try:
        value = Decimal(text.replace(",", "").replace("¥", "").replace("￥", ""))
        minor = value * 100
    except InvalidOperation:
        minor = Decimal("NaN")
    if not minor.is_finite() or minor != minor.to_integral_value():
        raise _Wrong(f"{name} {text!r} is no amount such as 1234.50")
    return int(minor)
