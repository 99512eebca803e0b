"""Workbooks as people's programs write them: what a cell says is read, and what it does not say is named by its cell.

Forms of whole meters' files, times and 24:00 and 1904 among them, stand in metering/forms.py.
"""

import datetime as dt
import tomllib
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook as Uncomputed
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from api.bookkeeping.statements.columns import Stated, profile_from, read_columns
from api.documents.kinds import NotTaken, kind_of
from api.formats.workbooks.cells import Shown, serial_text
from api.intake.metering.profile import Profile as MeterProfile
from api.intake.metering.reading import read_intervals
from ledger.bookkeeping.statements.columns import Profile
from tests.api.intake.metering.forms import workbook

FILES = Path(__file__).parents[3] / "docs" / "files"
PROFILE = Profile(date="day", amount="amount", balance="balance", references=("ref",), date_form="DD/MM/YYYY")


def read(fill: Callable[[Worksheet, Workbook], None], profile: Profile = PROFILE) -> list[tuple[int, str]]:
    """What is wrong with a table of two entries after its cells were changed."""

    def whole(book: Workbook) -> None:
        page, day = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
        page.write_row(0, 0, ("day", "amount", "balance", "ref"))
        for line, (amount, balance) in enumerate(((10, 110), (-0.3, 109.7)), 1):
            page.write_datetime(line, 0, dt.datetime(2026, 7, line), day)  # noqa: DTZ001 - a spreadsheet's day
            page.write_row(line, 1, (amount, balance, f"000{line}"))
        fill(page, book)

    found = read_columns(workbook(whole), profile, Stated("s"))
    return [(place.line, place.rule) for place in (*found.bad, *found.left_out)]


def with_hidden_row(page: Worksheet, _: Workbook) -> None:
    page.set_row(2, None, None, {"hidden": True})


def with_sheets(_: Worksheet, book: Workbook) -> None:
    book.add_worksheet("notes").write(0, 0, "x")
    book.add_worksheet("old").hide()


def with_the_same_again(_: Worksheet, book: Workbook) -> None:
    book.add_worksheet("b").write_row(0, 0, ("day", "amount", "balance", "ref"))


TOLD: Mapping[str, tuple[Callable[[Worksheet, Workbook], object], list[tuple[int, str]]]] = {
    "as it is": (lambda *_: None, []),
    "an error": (
        lambda page, _: page.write_formula(1, 1, "=1/0", value="#DIV/0!"),
        [(2, "B2 is an error of the spreadsheet: #DIV/0!")],
    ),
    "an error where nothing is needed": (lambda page, _: page.write_formula(1, 7, "=1/0", value="#DIV/0!"), []),
    "digits that are lost": (
        lambda page, _: page.write_number(2, 3, 6225880123456789012),
        [(3, "D3 is a number of more than 15 digits, of which no more are kept: write it as text")],
    ),
    "amounts as texts": (lambda page, _: page.write_string(1, 2, "110.00"), []),
    "a row that is hidden": (
        with_hidden_row,
        [(3, "hidden rows are read like the others; this is the first of them")],
    ),
    "cells merged over rows": (
        lambda page, _: page.merge_range(1, 3, 2, 3, "0001"),
        [(line, "D2 is merged over the rows 2 to 3: unmerge it, and fill each") for line in (2,)]
        + [(3, "D3 is merged over the rows 2 to 3: unmerge it, and fill each")],
    ),
    "other sheets": (with_sheets, [(0, "the sheet notes is left out"), (0, "the hidden sheet old is left out")]),
    "two tables": (
        with_the_same_again,
        [(0, "the sheets Sheet1 and b have the same headings: send one at a time")],
    ),
}


@pytest.mark.parametrize(("change", "told"), TOLD.values(), ids=TOLD)
def test_what_a_cell_does_not_say_is_named(
    change: Callable[[Worksheet, Workbook], None], told: list[tuple[int, str]]
) -> None:
    assert read(change) == told


def test_a_formula_that_nobody_computed_is_not_an_empty_cell() -> None:
    """openpyxl writes formulas without their values; an empty value of a meter would be a missing one."""
    book, to = Uncomputed(), BytesIO()
    book.active.append(["t", "v"])
    book.active.append(["2026-05-01 00:00", "=1+1"])
    book.save(to)
    found = read_intervals(to.getvalue(), MeterProfile(time="t", value="v", incomplete="MISSING"))
    rule = "2026-05-01T00:00: B2 is a formula that was never computed: open the file in a spreadsheet and save it"
    assert (2, rule) in [(place.line, place.rule) for place in found.bad]


@pytest.mark.parametrize(
    ("data", "begins"),
    [
        (b"PK\x03\x04 cut", "it is no whole XLSX"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "it is no XLS that can be read"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "the workbook is locked"),
        (b"<html><body><table><tr><td>1", "it is a web page that is named as a workbook"),
    ],
)
def test_what_is_no_workbook_is_said(data: bytes, begins: str) -> None:
    for bad in (read_columns(data, PROFILE, Stated("s")).bad, read_intervals(data, MeterProfile()).bad):
        assert bad[0].rule.startswith(begins)
        assert len(bad) == 1


@given(st.binary(max_size=200), st.sampled_from((b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")))
def test_any_bytes_are_read_or_named(data: bytes, begins: bytes) -> None:
    assert read_columns(begins + data, PROFILE, Stated("s")).bad


@given(st.datetimes(dt.datetime(1901, 1, 1), dt.datetime(9999, 12, 30)), st.booleans())  # noqa: DTZ001
def test_a_day_of_a_spreadsheet_is_the_minute_that_it_shows(at: dt.datetime, from_1904: bool) -> None:
    at = at.replace(second=0, microsecond=0)
    began = dt.datetime(1904, 1, 1) if from_1904 else dt.datetime(1899, 12, 30)  # noqa: DTZ001
    serial = (at - began) / dt.timedelta(days=1)
    if serial > 60:
        assert serial_text(serial, Shown(), (1, 1), from_1904=from_1904) == f"{at:%Y-%m-%d %H:%M}"


def test_the_files_beside_the_documents() -> None:
    """An XLS with headings in merged cells over two rows, a hidden row and a sum; an XLSX of intervals."""
    data = (FILES / "bank-2026-08-a.xls").read_bytes()
    profile = profile_from(tomllib.loads((FILES / "bank-xls-profile.toml").read_text("utf-8")))
    found = read_columns(data, profile, Stated("s"))
    (one,) = found.statements
    assert (one.opening, one.closing) == ("33267840.56", "33286660.16")
    assert [(line.amount, line.references) for line in one.lines] == [
        ("12500.00", ("0000000000000000801",)),
        ("-80.50", ("0000000000000000802",)),
        ("6400.10", ("0000000000000000803",)),
    ]
    assert [place.line for place in found.left_out] == [5]
    assert kind_of(data).name == "Excel 97"
    profile_of_meter = MeterProfile(time="结束时间", value="电量(kWh)", label="END", ends=("合计",))
    days = read_intervals((FILES / "meter-2026-05-d.xlsx").read_bytes(), profile_of_meter).days
    assert [(day.day.isoformat(), day.total_wh) for day in days] == [
        ("2026-05-11", 1_520_660),
        ("2026-05-12", 1_520_660),
    ]


def test_an_old_workbook_with_programs_is_not_kept() -> None:
    data = (FILES / "bank-2026-08-a.xls").read_bytes()
    stream = data.index(b"\x85\x00", 512)
    macro_sheet = data[: stream + 9] + b"\x01" + data[stream + 10 :]
    for harmful in (macro_sheet, data + "_VBA_PROJECT_CUR".encode("utf-16-le")):
        with pytest.raises(NotTaken, match="macros"):
            kind_of(harmful)
