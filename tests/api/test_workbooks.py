"""Workbooks hold what the reports say: read back by openpyxl, and added up anew by LibreOffice where that is there."""

import io
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from api.app import reads
from api.formats.files import XLSX
from api.formats.mart import OTHERWISE
from api.formats.sheets import About, Columns, Filed, Sheet
from api.formats.tables import Line, Table, TooLong, sections
from api.formats.workbook import Number, adds_up, read_number, wide, workbook_pieces
from api.http.reading import whole
from api.papers.closing import close_workbook
from api.settings import Settings
from ledger.log.database import Database
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from tests.api.cli.test_cli import data, mcsc
from tests.ground.over_http import Http, served

__all__ = ["data"]
MONTH, LAST = "2026-04", "2026-04-30"
SETTINGS = Settings(data_class="FICTIONAL")
DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?")
SOFFICE = shutil.which("soffice")


@pytest.fixture(scope="module")
def close(demo: Database) -> bytes:
    """The workbook of a close of the demonstration."""
    return close_workbook(SETTINGS, demo, reads(SETTINGS), MONTH)[1]


def read(book: bytes, *, values: bool = True) -> Any:
    return openpyxl.load_workbook(io.BytesIO(book), data_only=values)


def decimal(value: Any) -> Decimal:
    return Decimal(repr(value) if isinstance(value, float) else str(value))


def formulas(book: Any) -> Iterator[tuple[str, str]]:
    for sheet in book:
        for row in sheet.iter_rows():
            yield from ((sheet.title, cell.coordinate) for cell in row if cell.data_type == "f")


# A close as one workbook


def asked(demo: Database, name: str, recorded: str) -> tuple[Any, list[Any]]:
    (question,) = [one for one in reads(SETTINGS) if one.report and one.report.name == name]
    known = question.query.__struct_fields__
    more: dict[str, Any] = {"from_on": date.fromisoformat(f"{MONTH}-01")} if "from_on" in known else {}
    more |= {"limit": question.at_once} if question.in_pages else {}
    query = question.query(effective=LAST, recorded=recorded, **more)
    return question, [page.answer for page in whole(SETTINGS, demo, question, query, {})[1]]


def test_a_close_holds_every_report_and_the_same_figures(demo: Database, close: bytes) -> None:
    book = read(close)
    about = {row[0].value: row[1].value for row in book["About"]}
    assert about["Effective on"] == datetime.fromisoformat(LAST)
    assert about["Data"].startswith("FICTIONAL")
    names = about["Sheets"].split(", ")
    assert {"rent-roll", "ageing", "trial-balance", "journal", "revenue"} <= {*names}
    assert book.sheetnames == ["About", *(sheet for name in names for sheet in (name, f"{name} data"))]
    figures = 0
    for name in names:
        question, pages = asked(demo, name, str(about["As recorded at position"]))
        columns, _ = question.table(pages[0])
        rows = [row for page in pages for row in question.table(page)[1]]
        listed = [[cell.value for cell in row] for row in book[f"{name} data"].iter_rows(min_row=2)]
        listed = [row for row in listed if any(value is not None for value in row)]
        assert [cell.value for cell in book[f"{name} data"][1]] == list(columns)
        assert len(listed) == len(rows), name
        for found, row in zip(listed, rows, strict=True):
            for column, one, wanted in zip(columns, found, row, strict=True):
                if wanted in (None, ""):
                    assert one is None, (name, column)
                elif isinstance(wanted, datetime | date):
                    assert str(one)[:10] == str(wanted)[:10]
                elif isinstance(one, int | float) and not isinstance(one, bool):
                    figures += 1
                    assert decimal(one) == Decimal(str(wanted)), (name, column)
                else:
                    text = isinstance(wanted, str) and not re.fullmatch(r"-?[0-9]+\.[0-9]{2}", wanted)
                    assert str(one) == str(wanted), (name, column)
                    of_words = column == "code" or (name, column) in OTHERWISE
                    assert text or isinstance(wanted, bool) or of_words, (name, column, wanted)
    assert figures > 3000


def test_every_sheet_shows_what_the_command_line_shows(demo: Database, close: bytes) -> None:
    book = read(close)
    for name in (name for name in book.sheetnames[1:] if not name.endswith(" data")):
        question, pages = asked(demo, name, str(book["About"]["B6"].value))
        assert question.report is not None
        answer = pages[0] if len(pages) == 1 else [row for page in pages for row in page]
        shown = question.report.sheet(answer)
        numbers = [field not in shown.columns.texts for field in shown.columns.headings]
        for place, line in enumerate(shown.lines):
            for column, wanted in enumerate(line):
                one = book[name].cell(5 + place, 1 + column).value
                number = read_number(str(wanted)) if numbers[column] and wanted is not None else None
                if number is not None:
                    assert decimal(one) == number.value, (name, line)
                elif wanted in (None, ""):
                    assert one is None, (name, line)
                elif not isinstance(wanted, date):
                    assert str(one) == str(wanted), (name, line)


def test_totals_are_formulas_where_they_are_sums(close: bytes) -> None:
    book = read(close, values=False)
    written = [*formulas(book)]
    per_sheet = {sheet: sum(1 for name, _ in written if name == sheet) for sheet, _ in written}
    assert {"rent-roll", "ageing", "trial-balance", "revenue", "occupancy", "deferred-revenue"} <= {*per_sheet}
    assert all(book[sheet][cell].value.startswith("=SUBTOTAL(9,") for sheet, cell in written)
    last = book["trial-balance"].max_row
    assert book["trial-balance"][f"D{last}"].value == f"=SUBTOTAL(9,D5:D{last - 1})"


def test_libreoffice_comes_to_the_same_totals(close: bytes, tmp_path: Path) -> None:
    if SOFFICE is None:
        pytest.skip("LibreOffice (Debian: libreoffice-calc) is not installed here")
    stated, bare = read(close), read(close, values=False)
    bare.save(tmp_path / "bare.xlsx")  # openpyxl keeps no value of a formula: what is read back was worked out anew
    again = convert(tmp_path / "bare.xlsx", "xlsx", tmp_path / "out")
    worked_out = openpyxl.load_workbook(again, data_only=True)
    compared = [*formulas(bare)]
    assert len(compared) > 300
    for sheet, cell in compared:
        ours, theirs = stated[sheet][cell].value, worked_out[sheet][cell].value
        assert isinstance(theirs, int | float), (sheet, cell)
        assert round(decimal(ours), 4) == round(decimal(theirs), 4), (sheet, cell)


def convert(file: Path, form: str, into: Path) -> Path:
    profile = f"-env:UserInstallation=file://{into}/profile"
    command = [str(SOFFICE), profile, "--headless", "--convert-to", form, "--outdir", str(into), str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    made = into / f"{file.stem}.{form}"
    assert made.exists(), f"{_version()}: {done.stdout}{done.stderr}"
    return made


def _version() -> str:
    return subprocess.run([str(SOFFICE), "--version"], capture_output=True, text=True, check=False).stdout


def test_no_column_is_too_narrow_when_printed(close: bytes, tmp_path: Path) -> None:
    if SOFFICE is None or shutil.which("pdftotext") is None:
        pytest.skip("LibreOffice or pdftotext (Debian: libreoffice-calc, poppler-utils) is not installed here")
    (tmp_path / "close.xlsx").write_bytes(close)
    text = subprocess.check_output(["pdftotext", convert(tmp_path / "close.xlsx", "pdf", tmp_path / "out"), "-"])
    assert b"TOTAL" in text
    assert b"###" not in text


# One table, by hand


ABOUT = About(
    name="by-hand",
    help="What is written here.",
    asked={"company": "=cmd()"},
    address="/v1/reports/by-hand?recorded=7",
    effective=date(2026, 6, 30),
    recorded=7,
    recorded_at=datetime(2026, 7, 1, 8, 0, tzinfo=UTC),
    root="ab" * 30,
    zone="+08:00",
    ledger="a & b",
    invented=False,
    made_by="mcsc-ledger",
)
SHOWN = Columns({"name": "name", "amount": "amount"}, texts=("name",))


class Part:
    """A part of an answer."""

    def __init__(self, name: str, amount: str | None) -> None:
        self.name, self.amount = name, amount


def book_of(*amounts: str, total: str, names: list[str] | None = None) -> bytes:
    """A workbook of single things and their total, as the sheets of reports are made."""
    parts = [Part(name, amount) for name, amount in zip(names or "abcdefgh"[: len(amounts)], amounts, strict=True)]
    whole_of = Part("TOTAL", total)

    def table(_: Any) -> Table:
        return sections(["name", "amount"], ("THING", parts), ("TOTAL", [whole_of]))

    def sheet(_: Any) -> Sheet:
        return Sheet("By hand (CNY)", SHOWN, [SHOWN.line(part) for part in (*parts, whole_of)])

    return b"".join(workbook_pieces(Filed(pages=[()], table=table, about=ABOUT, sheet=sheet)))


def column(book: Any, sheet: str = "by-hand", letter: str = "B", first: int = 5) -> list[Any]:
    return [cell.value for cell in book[sheet][letter][first - 1 :]]


@pytest.mark.parametrize(
    ("amounts", "total", "cells"),
    [
        (["0.10", "0.20", "-0.05"], "0.25", [0.1, 0.2, -0.05, "=SUBTOTAL(9,B5:B7)"]),
        (["0.00", "1234.50"], "1234.50", [0, 1234.5, "=SUBTOTAL(9,B5:B6)"]),
        (["1.00", "2.00"], "4.00", [1, 2, 4]),  # it is no sum, so it is no formula
        # 15 digits are held, 16 are not, and a total of what is a text cannot be a formula
        (["9999999999999.99"], "9999999999999.99", [9999999999999.99, "=SUBTOTAL(9,B5)"]),
        (["99999999999999.99", "0.01"], "100000000000000.00", ["99,999,999,999,999.99", 0.01, 100000000000000]),
        (["-12345678901234.56"], "-12345678901234.56", ["-12,345,678,901,234.56"] * 2),
        # each is held, and yet floats that are added up could be off by a fen
        (
            ["9999999999999.99"] * 3 + ["0.02"],
            "29999999999999.99",
            [*[9999999999999.99] * 3, 0.02, "29,999,999,999,999.99"],
        ),
        (["1500000000000.01"] * 6, "9000000000000.06", [*[1500000000000.01] * 6, 9000000000000.06]),
        (["99999999999.99"] * 2, "199999999999.98", [99999999999.99] * 2 + ["=SUBTOTAL(9,B5:B6)"]),
    ],
)
def test_amounts_to_the_fen_at_the_edge_of_fifteen_digits(amounts: list[str], total: str, cells: list[Any]) -> None:
    written = book_of(*amounts, total=total)
    assert column(read(written, values=False)) == cells
    data_cells = column(read(written), "Data", "C", 2)
    for one, wanted in zip(data_cells, [*amounts, total], strict=True):
        assert decimal(str(one).replace(",", "")) == Decimal(wanted)
    notes = "".join(str(cell.value) for cell in read(written)["About"]["B"])
    assert ("more than 15 digits" in notes) == any(
        isinstance(cell, str) and "," in cell[:-8] and cell[0] != "=" for cell in cells
    )


def test_text_stays_text_whatever_it_begins_with() -> None:
    names = ["=1+1", "+86 28", "-5", "@SUM(A1)", "<r><t>x</t></r>", "http://a.b", "007", "_x0041_"]
    book = read(book_of(*["1.00"] * 8, total="8.00", names=names), values=False)
    for sheet, letter, first in (("by-hand", "A", 5), ("Data", "B", 2)):
        assert column(book, sheet, letter, first)[:8] == [*names[:7], names[7]]
        assert all(cell.data_type == "s" for cell in book[sheet][letter][first - 1 :])
    assert {row[0].value: row[1].value for row in book["About"]}["Filter: company"] == "=cmd()"


def test_a_sheet_says_its_basis_and_prints_on_a4() -> None:
    book = read(book_of("1.00", total="1.00"))
    sheet = book["by-hand"]
    assert sheet["A2"].value == (
        "by-hand · effective on 2026-06-30 · as recorded at position 7 (2026-07-01 08:00:00 UTC)"
        " · root abababababababab…"
    )
    assert sheet.freeze_panes == "B5"
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert sheet.print_title_rows == "$4:$4"
    assert "2026-06-30" in sheet.oddFooter.left.text
    assert sheet.oddFooter.right.text == "&P / &N"
    assert sheet["B5"].number_format == '#,##0.00_);[Red](#,##0.00);"–"_)'
    assert book.properties.created == datetime.fromisoformat("2026-07-01T08:00")
    assert list(book["Data"].tables) == ["data_by_hand"]


def test_a_longer_text_or_table_is_refused_not_cut() -> None:
    with pytest.raises(TooLong, match="32,767"):
        book_of("1.00", total="1.00", names=["x" * 32_768])
    filed = Filed(pages=[[0] * 100_001], table=lambda page: (["n"], ([one] for one in page)), about=ABOUT)
    with pytest.raises(TooLong, match="100,000 rows"):
        list(workbook_pieces(filed))


@pytest.mark.parametrize(
    ("text", "value", "places"),
    [("1,234.50", "1234.50", 2), ("(0.05)", "-0.05", 2), ("–", "0", 0), ("-7", "-7", 0), ("0.1234", "0.1234", 4)],
)
def test_figures_are_read_as_they_were_written(text: str, value: str, places: int) -> None:
    assert read_number(text) == Number(Decimal(value), places)


@pytest.mark.parametrize("text", ["", "12 of 30 let", "1e5", "(1", "1)", "٣", "2026-06-30"])
def test_what_is_no_figure_is_read_as_none(text: str) -> None:
    assert read_number(text) is None


def test_what_adds_up() -> None:
    one, two = Number(Decimal("0.01"), 2), Number(Decimal("0.02"), 2)
    assert adds_up([one, one], two)
    assert not adds_up([one], two)
    assert wide("眉山 a") == 6


def test_a_line_without_a_part_sums_nothing_up() -> None:
    lines = [Line(["a", "1.00"]), Line(["b", "1.00"])]
    filed = Filed(pages=[()], table=lambda _: (["n"], []), about=ABOUT, sheet=lambda _: Sheet("x", SHOWN, lines))
    assert column(read(b"".join(workbook_pieces(filed)), values=False)) == [1, 1]


# Over HTTP, on the command line


@pytest.fixture(scope="module")
def city(demo: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Http]:
    where = tmp_path_factory.mktemp("city") / "demo"
    shutil.copytree(demo.directory, where)
    with Ledger(Database(where), CONTEXTS) as ledger, served(ledger) as http:
        http.read("/v1/companies")
        yield http
        ledger.database.close()


def test_the_same_basis_gives_the_same_bytes_on_every_surface(city: Http, tmp_path: Path) -> None:
    path = f"/v1/reports/rent-roll.xlsx?effective={LAST}&recorded=close:{MONTH}"
    answer = city.get(path)
    assert answer.headers["Content-Type"] == XLSX
    assert city.get(path).content == answer.content
    assert city.get(path.replace(".xlsx", ""), headers={"Accept": XLSX}).content == answer.content
    assert city.get(path, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    where, out = city.ledger.database.where, tmp_path / "roll.xlsx"
    asked_there = ("--data", where, "--effective", LAST, "--recorded", f"close:{MONTH}")
    assert mcsc("report", "rent-roll", *asked_there, "-o", out).exit_code == 0
    served_cells, written_cells = (
        [[c.value for r in s for c in r] for s in read(b)][1:] for b in (answer.content, out.read_bytes())
    )
    assert served_cells == written_cells
    again = tmp_path / "again.xlsx"
    assert mcsc("report", "rent-roll", *asked_there, "-o", again).exit_code == 0
    assert again.read_bytes() == out.read_bytes()


def test_a_paged_list_and_a_comparison_come_as_workbooks(city: Http) -> None:
    journal = read(city.get(f"/v1/reports/journal.xlsx?effective={LAST}").content)
    assert journal["Data"].max_row > 2000
    compared = read(city.get(f"/v1/reports/rent-roll.xlsx?effective={LAST}&against=close:{MONTH}%231").content)
    assert compared.sheetnames == ["About", "Data"]


def test_a_close_comes_over_http_and_what_is_none_is_refused(city: Http, tmp_path: Path) -> None:
    answer = city.get(f"/v1/periods/{MONTH}/close.xlsx")
    assert f"close-{MONTH}_eff-{LAST}_rec-" in answer.headers["Content-Disposition"]
    assert read(answer.content).sheetnames[0] == "About"
    assert city.get("/v1/periods/2031-01/close.xlsx").status_code == 400
    assert city.get("/v1/periods/nothing/close.xlsx").json()["code"] == "parameter-invalid"
    where, out = city.ledger.database.where, tmp_path / "close.xlsx"
    assert mcsc("export", "close", MONTH, "--data", where, "-o", out).exit_code == 0
    assert len(read(out.read_bytes()).sheetnames) == len(read(answer.content).sheetnames)
    assert mcsc("export", "close", MONTH, "--data", where, "-o", tmp_path / "close.pdf").exit_code == 2
