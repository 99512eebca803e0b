"""A reply of the tax platform: a workbook, XLSX or XLS, or a CSV -> rows that know their line. No ledger is asked.

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
from datetime import date
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from api.formats.workbooks.cells import NoWorkbook, Shown, Unsound
from api.formats.workbooks.grid import is_workbook, pages_of

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
AMOUNT = re.compile(r"-?[0-9]{1,13}(\.[0-9]+)?", re.ASCII)
UNSAID = frozenset({"remark", "buyer", "failure"})
"""Columns of which nothing is recorded."""
Lines = Iterable[tuple[int, Sequence[str]]]


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
        for table in _workbook(data) if is_workbook(data) else [_text(data)]:
            lines = iter(table)
            for _, cells in lines:
                if (places := _places(cells)) is not None:
                    return _read(lines, places)
    except (_Wrong, NoWorkbook) as error:
        return ReplyFile(bad=(LineRule(0, str(error)),))
    wanted = ", ".join(NAMES[name][0] for name in NEEDED)
    rule = f"no row has the headings of a reply: {NAMES['number'][0]} or {NAMES['digital'][0]}, {wanted}"
    return ReplyFile(bad=(LineRule(0, rule),))


def _workbook(data: bytes) -> Iterator[Lines]:
    """The sheets that are not hidden; the last line of a longer one is wrong."""
    for page in pages_of(data, Shown())[0]:
        if page.visible:
            yield page.rows()


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


def _places(cells: Sequence[str]) -> Mapping[str, int] | None:
    """Find where each column stands; None where a row is not the heading."""
    titles = [_cell(cell).lstrip("*").rstrip("*") for cell in cells]
    places = {
        name: next(titles.index(title) for title in known if title in titles)
        for name, known in NAMES.items()
        if any(title in titles for title in known)
    }
    numbered = "number" in places or "digital" in places
    return places if numbered and all(name in places for name in NEEDED) else None


def _cell(cell: str) -> str:
    """A cell without what keeps a spreadsheet from taking it for a number; one that is unsound stays so."""
    return cell if isinstance(cell, Unsound) else cell.strip().strip("\t'")


def _read(lines: Lines, places: Mapping[str, int]) -> ReplyFile:
    rows, left_out, bad = dict[tuple[str, str], Row](), list[LineRule](), list[LineRule]()
    doubtful = set[tuple[str, str]]()
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
        if line > ROWS_MAX:
            bad.append(LineRule(0, f"a file has {ROWS_MAX:,} lines at most"))
            break
        key = (row.code or "", row.number)
        if (earlier := rows.get(key)) is None:
            rows[key] = row
        elif (earlier.issued_on, earlier.serial) != (row.issued_on, row.serial):
            bad.append(LineRule(line, f"{row.number} says another day or request than line {earlier.line}"))
            doubtful.add(key)
        else:
            sums = {"net_minor": earlier.net_minor + row.net_minor, "vat_minor": earlier.vat_minor + row.vat_minor}
            rows[key] = replace(earlier, **sums)
    for key, row in rows.items():
        if row.net_minor * row.vat_minor < 0:
            bad.append(LineRule(row.line, f"{row.number} has 金额 and 税额 of different signs"))
            doubtful.add(key)
    if not rows and not bad and not left_out:
        bad.append(LineRule(0, "there is no row below the headings"))
    sound = tuple(row for key, row in rows.items() if key not in doubtful)
    return ReplyFile(rows=sound, left_out=tuple(left_out), bad=tuple(bad))


def _row(line: int, said: Mapping[str, str]) -> Row:
    if unsound := [cell for name, cell in said.items() if isinstance(cell, Unsound) and name not in UNSAID]:
        raise _Wrong(unsound[0].why)
    number = said.get("digital") or said.get("number") or ""
    code = None if said.get("digital") else (said.get("code") or None)
    if not re.fullmatch(r"[0-9]{8}|[0-9]{20}", number, re.ASCII):
        forms = "neither 20 digits, fully digitalized, nor 8 with a code"
        raise _Wrong(f"发票号码 {number!r} is {forms}{_lost(number, 8)}")
    if code is not None and not re.fullmatch(r"[0-9]{10}|[0-9]{12}", code, re.ASCII):
        raise _Wrong(f"发票代码 {code!r} is not 10 or 12 digits{_lost(code, 12)}")
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


def _lost(digits: str, most: int) -> str:
    """Say what a spreadsheet lost of a number of digits, where it shows."""
    if re.search("[eE.]", digits):
        return ": a spreadsheet took it for a number and lost its last digits"
    if digits.isdecimal() and len(digits) < most:
        return ": where a spreadsheet took it for a number and dropped its leading zeros, write it as text"
    return ""


def _day(text: str) -> date:
    if found := DAY.fullmatch(text):
        try:
            return date(*map(int, found.groups()))
        except ValueError:
            pass
    raise _Wrong(f"开票日期 {text!r} is no day such as 2026-07-31")


def _amount(name: str, text: str) -> int:
    bare = text.replace(",", "").replace("¥", "").replace("￥", "")
    minor = Decimal(bare) * 100 if AMOUNT.fullmatch(bare) else None
    if minor is None or minor != minor.to_integral_value():
        raise _Wrong(f"{name} {text[:40]!r} is no amount such as 1234.50")
    return int(minor)
