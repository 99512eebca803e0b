"""A bank's table, CSV, XLSX or XLS, by a profile that says what its columns mean: no two banks write the same.

read_columns  the bytes of a file -> its statement, or every line that is wrong
profile_from  a profile as somebody wrote it beside a file

Rows before the heading are titles, and a row whose first cell is one of `ends` ends the table (合计). Opening and
closing come from the column of balances, each of which must be the one before and its row; else they are said beside.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any, NamedTuple

import msgspec

from api.bookkeeping.statements.rows import BAD_MAX, Place, StatementFile, amount_in, plain, references_of
from api.formats.workbooks.cells import NoWorkbook, Shown, Unsound
from api.formats.workbooks.grid import grid_of, is_workbook
from ledger.bookkeeping.statements.columns import DateForm, Profile
from ledger.bookkeeping.statements.taking import LINES_MAX, StatedLine, StatedStatement
from ledger.values.money import EXPONENT, written

FORMS: Mapping[str, str] = {
    "YYYY-MM-DD": r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})",
    "YYYY/MM/DD": r"(?P<y>\d{4})/(?P<m>\d{1,2})/(?P<d>\d{1,2})",
    "YYYYMMDD": r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})",
    "DD.MM.YYYY": r"(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})",
    "DD/MM/YYYY": r"(?P<d>\d{1,2})/(?P<m>\d{1,2})/(?P<y>\d{4})",
    "MM/DD/YYYY": r"(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<y>\d{4})",
}

DAYS: Mapping[DateForm, str] = {
    "YYYY-MM-DD": "%Y-%m-%d",
    "YYYY/MM/DD": "%Y/%m/%d",
    "YYYYMMDD": "%Y%m%d",
    "DD.MM.YYYY": "%d.%m.%Y",
    "DD/MM/YYYY": "%d/%m/%Y",
    "MM/DD/YYYY": "%m/%d/%Y",
}
"""How a cell that is a day is written, so that it reads as the profile says."""

SEPARATED = {"tab": "\t"}
"""How a separator is written in a profile that cannot be written as it is."""


def profile_from(written_profile: Any) -> Profile:
    """A profile as TOML or JSON says it. As before there were any on record, a separator may be written as the tab that
    it is, and `inward` as `into`.

    Raises msgspec.ValidationError.
    """
    if isinstance(written_profile, dict):
        if written_profile.get("delimiter") == "\t":
            written_profile = {**written_profile, "delimiter": "tab"}
        if "into" in written_profile and "inward" not in written_profile:
            written_profile = {"inward" if name == "into" else name: said for name, said in written_profile.items()}
    return msgspec.convert(written_profile, Profile)


class Stated(NamedTuple):
    """Beside the rows, as whoever sends the file says it: days and balances that a CSV does not tell."""

    statement: str
    from_on: date | None = None
    until_on: date | None = None
    opening: str | None = None
    closing: str | None = None


class _Row(NamedTuple):
    line: int
    on: date
    value_on: date | None
    minor: int
    balance: int | None
    cells: Mapping[str, str]


def read_columns(data: bytes, profile: Profile, stated: Stated) -> StatementFile:
    """Read a table, CSV or a workbook: its statement, or every line that is wrong."""
    if (fault := profile.fault()) is not None:
        return StatementFile(bad=(Place(line=0, rule=f"the profile: {fault}"),))
    bad, left_out = list[Place](), list[Place]()
    rows = list(_rows(_lines(data, profile, bad, left_out), profile, bad))
    if profile.newest_first:
        rows.reverse()
    if not bad:
        bad += _order(rows, profile)
    if not rows and not bad and (stated.from_on is None or stated.until_on is None):
        bad.append(Place(line=0, rule="there is no entry in the table; say its first and last day"))
    opening, closing = _balances(rows, profile, stated, bad)
    if bad:
        return StatementFile(bad=tuple(bad[:BAD_MAX]), left_out=tuple(left_out))
    made = _statement(rows, profile, stated, opening, closing)
    return StatementFile(statements=(made,), left_out=tuple(left_out))


def _lines(
    data: bytes, profile: Profile, bad: list[Place], left_out: list[Place]
) -> Iterator[tuple[int, Sequence[str]]]:
    """The rows of a file, each with its line; why no more of them can be read is noted."""
    if is_workbook(data):
        shown = Shown(profile.decimal, DAYS[profile.date_form], timed=False)
        try:
            yield from grid_of(
                data, profile.columns(), shown, lambda row, rule: left_out.append(_place(row, rule))
            ).rows
        except NoWorkbook as error:
            bad.append(_place(0, str(error)))
        return
    try:
        text = data.decode("utf-8-sig" if profile.encoding == "utf-8" else profile.encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        bad.append(Place(line=line, rule=f"the text is not in {profile.encoding}"))
        return
    delimiter = SEPARATED.get(profile.delimiter, profile.delimiter)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error as error:
        bad.append(Place(line=reader.line_num, rule=f"no CSV with {profile.delimiter!r}: {error}"))


def _place(line: int, rule: str) -> Place:
    return Place(line=line, rule=rule)


def _rows(lines: Iterator[tuple[int, Sequence[str]]], profile: Profile, bad: list[Place]) -> Iterator[_Row]:
    """The entries in the order of the file; what is wrong is noted."""
    wanted, heading, count = profile.columns(), list[str](), 0
    for line, written_cells in lines:
        cells = [_bare(cell) for cell in written_cells]
        if not heading:
            heading = cells if set(wanted) <= set(cells) else []
            continue
        if not any(cells):
            continue
        if cells[0] in profile.ends:
            return
        count += 1
        if count > LINES_MAX:
            bad.append(Place(line=line, rule=f"a statement has {LINES_MAX:,} lines at most"))
            return
        if (row := _row(dict(zip(heading, cells, strict=False)), line, profile, bad)) is not None:
            yield row
    if not heading and not bad:
        bad.append(Place(line=0, rule=f"no row has all of the headings {', '.join(wanted)}"))


def _bare(cell: str) -> str:
    """A cell without blanks and without what makes a spreadsheet take it for text: ="0123", a tab at its end."""
    if isinstance(cell, Unsound):
        return cell
    cell = cell.strip().lstrip("\ufeff")
    return cell[2:-1].strip() if cell.startswith('="') and cell.endswith('"') else cell


def _row(cells: Mapping[str, str], line: int, profile: Profile, bad: list[Place]) -> _Row | None:
    """An entry; None where something is wrong with it, all of which is noted."""
    told = {name: cells.get(name) for name in profile.columns()}
    if unsound := [cell.why for cell in told.values() if isinstance(cell, Unsound)]:
        bad += (Place(line=line, rule=why) for why in unsound)
        return None
    faults = list[str]()
    on = _day(cells.get(profile.date, ""), profile)
    if on is None:
        faults.append(f"{profile.date} {cells.get(profile.date, '')[:40]!r} is no day written {profile.date_form}")
    value_on = None
    if profile.value_date is not None and (said := cells.get(profile.value_date, "")):
        value_on = _day(said, profile)
        if value_on is None:
            faults.append(f"{profile.value_date} {said[:40]!r} is no day written {profile.date_form}")
    minor = _moved(cells, profile, faults)
    balance = None if profile.balance is None else _amount(cells, profile.balance, profile, faults)
    if profile.balance is not None and balance is None and not faults:
        faults.append(f"{profile.balance} is empty")
    bad += (Place(line=line, rule=fault) for fault in faults)
    return None if faults or on is None or minor is None else _Row(line, on, value_on, minor, balance, cells)


def _day(text: str, profile: Profile) -> date | None:
    found = re.match(FORMS[profile.date_form] + r"(?![\d./-])", text, re.ASCII)
    if found is None:
        return None
    try:
        return date(int(found["y"]), int(found["m"]), int(found["d"]))
    except ValueError:
        return None


def _amount(cells: Mapping[str, str], column: str, profile: Profile, faults: list[str]) -> int | None:
    """Minor units of a cell, with its thousands apart or not; None where it is empty, or no amount, which is noted."""
    said = cells.get(column, "")
    if said in ("", "-", "--"):
        return None
    thousands = "," if profile.decimal == "." else "."
    number = said.replace("\u00a0", "").replace(" ", "")
    apart = re.fullmatch(rf"[+-]?\d{{1,3}}({re.escape(thousands)}\d{{3}})+({re.escape(profile.decimal)}\d+)?", number)
    if apart is not None:
        number = number.replace(thousands, "")
    minor = (
        None
        if profile.decimal == "," and "." in number
        else amount_in(number.replace(profile.decimal, "."), profile.currency)
    )
    if minor is None:
        places = EXPONENT[profile.currency]
        faults.append(
            f"{column} {said[:40]!r} is no amount of {profile.currency}: {places} decimals after {profile.decimal!r}"
        )
    return minor


def _moved(cells: Mapping[str, str], profile: Profile, faults: list[str]) -> int | None:
    """By how much an entry moved the account; what is wrong is noted."""
    before = len(faults)
    if profile.amount is not None:
        minor = _amount(cells, profile.amount, profile, faults)
        if minor is None:
            if len(faults) == before:
                faults.append(f"{profile.amount} is empty")
            return None
        if profile.direction is None:
            return minor
        way = cells.get(profile.direction, "")
        if minor < 0 or way not in (*profile.out, *profile.inward):
            words = ", ".join((*profile.out, *profile.inward))
            faults.append(f"{profile.direction} {way[:40]!r} is none of {words}, or {profile.amount} has a sign")
            return None
        return -minor if way in profile.out else minor
    came, went = (_amount(cells, name or "", profile, faults) for name in (profile.received, profile.paid))
    if len(faults) == before and (bool(came) == bool(went) or min(came or 0, went or 0) < 0):
        faults.append(f"an amount without a sign stands in either {profile.received} or {profile.paid}")
    return (came or 0) - (went or 0)


def _order(rows: Sequence[_Row], profile: Profile) -> Iterator[Place]:
    """Rows that are out of order, and balances that are not the one before and the row."""
    for earlier, row in pairwise(rows):
        if row.on < earlier.on:
            order = "newest first" if profile.newest_first else "oldest first"
            line = earlier.line if profile.newest_first else row.line
            yield Place(line=line, rule=f"the rows are not in order, {order}: {row.on} comes with {earlier.on}")
        if earlier.balance is not None and row.balance is not None and earlier.balance + row.minor != row.balance:
            stood, came = (written(minor, EXPONENT[profile.currency]) for minor in (earlier.balance, row.minor))
            stands = written(row.balance, EXPONENT[profile.currency])
            yield Place(line=row.line, rule=f"{stood} and {came} do not come to the balance {stands}")


def _balances(rows: Sequence[_Row], profile: Profile, stated: Stated, bad: list[Place]) -> tuple[str, str]:
    """Opening and closing: as said, else from the column of balances."""
    places = EXPONENT[profile.currency]
    opening, closing = stated.opening, stated.closing
    if rows and rows[0].balance is not None and opening is None:
        opening = written(rows[0].balance - rows[0].minor, places)
    if rows and rows[-1].balance is not None and closing is None:
        closing = written(rows[-1].balance, places)
    if (opening is None or closing is None) and not bad:
        bad.append(Place(line=0, rule="the table has no balances: say opening and closing"))
    return opening or "0", closing or "0"


def _statement(rows: Sequence[_Row], profile: Profile, stated: Stated, opening: str, closing: str) -> StatedStatement:
    return StatedStatement(
        statement=stated.statement,
        from_on=stated.from_on or rows[0].on,
        until_on=stated.until_on or rows[-1].on,
        currency=profile.currency,
        opening=opening,
        closing=closing,
        lines=tuple(
            StatedLine(
                entry=str(number),
                booked_on=row.on,
                value_on=row.value_on,
                amount=written(row.minor, EXPONENT[profile.currency]),
                references=references_of(*(row.cells.get(name) for name in profile.references)),
                party=plain(row.cells.get(profile.party or "", "")),
                text=plain(" ".join(row.cells.get(name, "") for name in profile.text)),
            )
            for number, row in enumerate(rows, 1)
        ),
    )
