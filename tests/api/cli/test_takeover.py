"""`mcsc takeover`: the template; filled, previewed, wrong in cells and by rules, recorded once, again nothing."""

import re
from collections.abc import Mapping
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from api.cli import main
from api.intake.taking_over.columns import FIRST, MARK, SHEETS
from api.intake.taking_over.reading import Place, read
from api.intake.taking_over.template import template

# One lease of two years at 1,000.00 and 1,100.00 a month, the first month free; 545.00 + 1,090.00 are open.
PARK: Mapping[str, list[dict[str, Any]]] = {
    "companies": [{"company": "t-1-demo", "name": "Tenant One (demo)", "country": "CN"}],
    "sites": [{"site": "s-demo", "name": "Site (demo)", "area": 10000, "source": "deed (demo)"}],
    "parcels": [{"site": "s-demo", "parcel": "p-demo", "name": "Parcel (demo)", "area": "8,000.00"}],
    "buildings": [
        {
            "parcel": "p-demo",
            "building": "b-demo",
            "name": "Hall (demo)",
            "floors": 2,
            "lettable": 1000.5,
            "standard": "GB/T17986",
        }
    ],
    "units": [{"building": "b-demo", "unit": "u-1-demo", "floor": 1, "use": "OFFICE", "area": 500}],
    "leases": [
        {
            "lease": "l-1-demo",
            "company": "t-1-demo",
            "signed_on": date(2025, 12, 1),
            "commencement_on": "2026/1/1",
            "expiry_on": "2027年12月31日",
            "price": 1000,
            "per": "MONTH",
            "billed_every_months": 1,
            "billed": "ADVANCE",
            "due_days": 10,
            "deposit": 3000,
            "billed_through": date(2026, 5, 31),
        }
    ],
    "lease units": [{"lease": "l-1-demo", "unit": "u-1-demo", "area": 500}],
    "rent steps": [{"lease": "l-1-demo", "from_on": date(2027, 1, 1), "price": 1100, "per": "MONTH"}],
    "rent free": [{"lease": "l-1-demo", "from_on": date(2026, 1, 1), "until_on": date(2026, 1, 31)}],
    "deposits": [{"deposit": "d-1-demo", "lease": "l-1-demo", "amount": 3000}],
    "open invoices": [
        {
            "invoice": f"old-{month}-demo",
            "lease": "l-1-demo",
            "charge": "RENT",
            "issued_on": date(2026, month, 1),
            "due_on": date(2026, month, 11),
            "from_on": date(2026, month, 1),
            "until_on": date(2026, month, 28),
            "gross": 1090,
            "vat_rate": 0.09,
            "open": left,
        }
        for month, left in ((4, 545), (5, 1090.0))
    ],
}


def filled(park: Mapping[str, list[dict[str, Any]]] = PARK, **cells: Any) -> bytes:
    """The template with these rows; `cells`: others, as open_invoices_K5."""
    book = load_workbook(BytesIO(template()))
    for sheet in SHEETS:
        for line, row in enumerate(park.get(sheet.name, ()), FIRST):
            for at, column in enumerate(sheet.columns, 2):
                book[sheet.name].cell(line, at, row.get(column.name))
    for place, value in cells.items():
        sheet_name, _, cell = place.rpartition("_")
        book[sheet_name.replace("_", " ")][cell] = value
    to = BytesIO()
    book.save(to)
    return to.getvalue()


def run(where: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments, "--data", str(where)])


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A ledger whose books begin in May 2026."""
    where = tmp_path / "ledger"
    where.mkdir()
    (where / "mcsc.toml").write_text('data_class = "FICTIONAL"\n')
    opened = tmp_path / "open.ndjson"
    opened.write_text('{"command": "open-periods", "effective_on": "2026-05-01", "through": "2026-05"}')
    done = run(where, "record", str(opened), "--as", "fin-demo")
    assert done.exit_code == 0, done.output
    return where


def take(data: Path, content: bytes, *more: str) -> Result:
    path = data.parent / "park.xlsx"
    path.write_bytes(content)
    who = ("--as", "fin-demo")
    return run(data, "takeover", str(path), "--on", "2026-05-31", *who, *more)


def test_the_template_says_what_each_cell_may_hold_and_its_example_is_not_read(tmp_path: Path) -> None:
    out = tmp_path / "park.xlsx"
    assert CliRunner().invoke(main, ["takeover", "template", "-o", str(out)]).exit_code == 0
    book = load_workbook(out)
    assert book.sheetnames == [sheet.name for sheet in SHEETS]
    for sheet in SHEETS:
        page = book[sheet.name]
        assert page.cell(FIRST - 1, 1).value == MARK
        assert [page.cell(1, at).value for at in range(2, len(sheet.columns) + 2)] == [
            column.name for column in sheet.columns
        ]
        lists = {str(one.sqref).split(":")[0] for one in page.data_validations.dataValidation}
        assert len(lists) == sum(bool(column.choices) for column in sheet.columns)
        assert all(page.cell(3, at).value for at in range(1, len(sheet.columns) + 2))
    assert [one.rule for one in read(out.read_bytes()).wrong] == ["there is no row in it: rows begin on line 5"]


def test_what_a_template_shows_as_an_example_is_taken() -> None:
    """With its mark removed, the example is a park: every cell is what its column takes."""
    book = load_workbook(BytesIO(template()))
    for page in book:
        page.cell(FIRST - 1, 1).value = None
    to = BytesIO()
    book.save(to)
    assert not read(to.getvalue()).wrong


def test_a_park_is_previewed_taken_once_and_not_again(data: Path) -> None:
    """1,635.00 owed; 23 months of rent come to 11 × 1,000 + 12 × 1,100 = 24,200.00, so five of 24 months earn 5,041.67
    less 4,000.00 billed = 1,041.67 (to the fen: 5 × 1,008.34 = 5,041.70)."""
    previewed = take(data, filled(), "--dry-run")
    assert previewed.exit_code == 0, previewed.output
    for figure in ("1635.00", "1041.70", "3000.00", "323.30", "12 facts would be recorded"):
        assert figure in previewed.output, previewed.output
    first = take(data, filled())
    assert "12 facts recorded" in first.output, first.output
    again = take(data, filled())
    assert "nothing is new" in again.output, again.output


def test_the_commands_of_the_documentation_work(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (Path(__file__).parents[3] / "docs" / "formats.md").read_text()
    lines = re.findall(r"^\$ mcsc (takeover .*)$", text, re.M)
    monkeypatch.chdir(data.parent)
    for line in lines:
        who = () if "template" in line else ("--as", "fin-demo", "--data", str(data))
        done = CliRunner().invoke(main, [*line.split(), *who])
        assert done.exit_code == 0, done.output
        if "template" in line:
            Path("park.xlsx").write_bytes(filled())
    assert len(lines) == 3
    assert "12 facts recorded" in done.output


def test_every_wrong_cell_is_named_at_once() -> None:
    wrong = read(
        filled(
            companies_E5="China",
            sites_D5=1.005,
            buildings_G5="OTHER",
            leases_E5="soon",
            open_invoices_K5="-1",
            open_invoices_B6="Old 5",
            lease_units_D5="many",
        )
    ).wrong
    assert {str(one.place) for one in wrong} == {
        "companies!E5",
        "sites!D5",
        "buildings!G5",
        "leases!E5",
        "open invoices!K5",
        "open invoices!B6",
        "lease units!D5",
    }


def test_every_row_that_a_rule_refuses_is_named_at_once_and_nothing_is_recorded(data: Path) -> None:
    refused = take(data, filled(leases_Q5=date(2026, 5, 30), open_invoices_K5=2000, deposits_C5="l-9-demo"))
    assert refused.exit_code == 6, refused.output
    for place, code in (
        ("leases!Q5", "billed-through-unfit"),
        ("open invoices!K5", "open-too-much"),
        ("deposits!C5", "lease-not-in-force"),
    ):
        assert re.search(rf"^park.xlsx: {place}: .*\({code}\)$", refused.output, re.M), refused.output
    assert "12 facts" in take(data, filled()).output


def test_a_file_that_is_no_workbook_is_told() -> None:
    (wrong,) = read(b"PK no").wrong
    assert wrong.place == Place("workbook", 0)


def test_what_a_spreadsheet_did_not_compute_is_not_an_empty_cell() -> None:
    """`billed_through` may be empty: a formula without its value must not be read so."""
    at = [column.name for column in next(one for one in SHEETS if one.name == "leases").columns].index("billed_through")
    cell = f"{get_column_letter(at + 2)}5"
    written: dict[str, Any] = {"companies_C5": "#N/A", f"leases_{cell}": "=DATE(2026,5,31)"}
    wrong = read(filled(**written)).wrong
    assert [(str(one.place), one.rule.partition(":")[0]) for one in wrong] == [
        ("companies!C5", "C5 is an error of the spreadsheet"),
        (f"leases!{cell}", f"{cell} is a formula that was never computed"),
    ]
