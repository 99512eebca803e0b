"""A year for auditors: its files say what the books say, whoever reads them, in each of three sign conventions."""

import csv
import hashlib
import io
import json
import zipfile
from collections import defaultdict
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest
from msgspec.structs import replace

from api.papers.auditors import exporting
from api.papers.auditors.exporting import TABLES, Export
from api.papers.auditors.parties import adjusted
from api.papers.auditors.serving import zipped
from api.papers.auditors.table import FORMS, Column, Form, Table, Writer, field
from ledger.books.accounts import CHART
from ledger.log.database import Database
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from ledger.values.money import written
from projections.books.entries import all_entries
from projections.books.trial_balance import trial_balance
from projections.engine.basis import Basis
from projections.engine.timeline import as_of
from projections.payables.ageing import payables_ageing
from projections.receivables.ageing import ageing
from projections.receivables.documents import Documents, documents
from tests.api.cli.test_cli import mcsc
from tests.ground.demonstrated import basis
from tests.ground.over_http import problem, served
from tests.ground.recording import lead, record

YEARS = [("2025", "2025-12-31"), ("2026", "2026-06-30")]


def minor(decimal: str) -> int:
    """A decimal string as minor units."""
    assert decimal[-3] == ".", decimal
    return int(decimal.replace(".", ""))


class Made:
    """The files of one export, read back."""

    def __init__(self, directory: Path, on: Basis) -> None:
        self.directory, self.basis = directory, on

    def rows(self, name: str) -> list[dict[str, str]]:
        """The rows of a CSV."""
        with (self.directory / f"{name}.csv").open(encoding="utf-8-sig", newline="") as lines:
            return list(csv.DictReader(lines))

    def pipes(self, name: str) -> list[dict[str, str]]:
        """The rows of a text with pipes: nothing is quoted in it."""
        (file,) = self.directory.glob(f"ads/{name}_*.txt")
        names, *rows = file.read_text("utf-8").splitlines()
        return [dict(zip(names.split("|"), row.split("|"), strict=True)) for row in rows]


@pytest.fixture(scope="module", params=YEARS, ids=[name for name, _ in YEARS])
def made(request: pytest.FixtureRequest, demo: Database, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A year of the demonstration; and one that is not over. Pages are of few vouchers, so that there are many."""
    year, day = request.param
    directory = tmp_path_factory.mktemp(f"audit-{year}")
    with demo.views.connect() as connection:
        on = basis(connection, day)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(exporting, "PAGE", 37)
        export = Export(demo, on, CHART, "demo", invented=True)
        done = list(export.steps(directory))
    assert len(done) > 5
    assert done[-1][0] == done[-1][1]
    assert export.control is not None
    assert export.control.broken == ()
    return Made(directory, on)


def test_every_line_of_the_year_is_told_in_three_conventions_and_with_pipes(demo: Database, made: Made) -> None:
    expected = defaultdict[tuple[str, str, str], list[int]](list)
    with demo.views.connect() as connection:
        for entry in all_entries(connection, made.basis):
            for line in entry.lines if entry.accounting_on.year == made.basis.effective.year else ():
                where = str(entry.position), str(entry.accounting_on), CHART[line.account].code
                expected[where].append(line.amount_minor)
    details = made.rows("iso21378/GL_Details")
    told = [minor(row["Debit_Amount"]) - minor(row["Credit_Amount"]) for row in details]
    found = defaultdict[tuple[str, str, str], list[int]](list)
    for row, amount in zip(details, told, strict=True):
        found[row["Position"], row["Effective_Date"], row["Account_Code"]].append(amount)
    assert found == expected
    assert len(details) > 200
    assert [minor(row["金额"]) for row in made.rows("flat/vouchers-signed")] == told
    columns = made.rows("flat/vouchers-debit-credit")
    assert [minor(row["借方金额"]) - minor(row["贷方金额"]) for row in columns] == told
    assert not any(minor(row["借方金额"]) and minor(row["贷方金额"]) for row in columns)
    sides = made.rows("flat/vouchers-direction")
    assert [minor(row["金额"]) * {"借": 1, "贷": -1}[row["借贷方向"]] for row in sides] == told
    ads = made.pipes("GL_Detail")
    assert [minor(row["Amount"]) * {"D": 1, "C": -1}[row["Amount_Credit_Debit_Indicator"]] for row in ads] == told
    assert [(row["Journal_ID"], row["Journal_ID_Line_Number"]) for row in ads] == [
        (row["Journal_ID"], row["Journal_Line_Number"]) for row in details
    ]


def test_numbers_of_vouchers_have_no_gap_and_every_voucher_balances(made: Made) -> None:
    numbers, sums = defaultdict[tuple[str, str], list[int]](list), defaultdict[str, int](int)
    for row in made.rows("flat/vouchers-signed"):
        series = numbers[row["会计期间"], row["凭证字"]]
        if int(row["分录号"]) == 1:
            series.append(int(row["凭证号"]))
        sums[f"{row['会计期间']} {row['凭证字']} {row['凭证号']}"] += minor(row["金额"])
    assert set(sums.values()) == {0}
    assert all(series == list(range(1, len(series) + 1)) for series in numbers.values())


def test_balances_are_those_of_the_trial_balance_in_each_convention_and_month(demo: Database, made: Made) -> None:
    with demo.views.connect() as connection:
        year = trial_balance(connection, made.basis)
        june = trial_balance(
            connection, replace(made.basis, effective=made.basis.effective.replace(month=6, day=30)),
            from_on=made.basis.effective.replace(month=6, day=1),
        )  # fmt: skip
    said = [(row.code, row.opening, row.debit, row.credit, row.closing) for row in year.rows]
    names = "科目编码", "期初余额", "借方发生额", "贷方发生额", "期末余额"
    assert [tuple(row[name] for name in names) for row in made.rows("flat/balances-signed")] == said
    for row, signed in zip(made.rows("flat/balances-debit-credit"), said, strict=True):
        assert minor(row["期初借方余额"]) - minor(row["期初贷方余额"]) == minor(signed[1])
        assert minor(row["期末借方余额"]) - minor(row["期末贷方余额"]) == minor(signed[4])
    signs = {"借": 1, "贷": -1, "平": 0}
    for row, signed in zip(made.rows("flat/balances-direction"), said, strict=True):
        assert minor(row["期初余额"]) * signs[row["期初方向"]] == minor(signed[1])
        assert minor(row["期末余额"]) * signs[row["期末方向"]] == minor(signed[4])
        assert (row["期末方向"] == "平") == (row["期末余额"] == "0.00")
    of_june = [row for row in made.rows("iso21378/GL_Trial_Balance") if row["Accounting_Period"] == "06"]
    told = "Account_Code", "Beginning_Balance", "Period_Debit", "Period_Credit", "Ending_Balance"
    assert [tuple(row[name] for name in told) for row in of_june] == [
        (row.code, row.opening, row.debit, row.credit, row.closing) for row in june.rows
    ]
    ends = [
        (row["GL_Account_Number"], row["Amount_Ending"]) for row in made.pipes("Trial_Balance") if row["Period"] == "06"
    ]
    assert ends == [(row.code, row.closing) for row in june.rows]


def test_what_is_open_is_what_the_ageing_reports_say(demo: Database, made: Made) -> None:
    with demo.views.connect() as connection:
        tenants, suppliers = ageing(connection, made.basis), payables_ageing(connection, made.basis)
    rows = made.rows("iso21378/AR_Open_Accounts_Receivable")
    open_items = {document.invoice: document.open.total for tenant in tenants.tenants for document in tenant.documents}
    assert {row["Document_ID"]: row["Open_Amount"] for row in rows if row["Due_Date"]} == open_items
    owed = [row["Open_Amount"] for row in made.rows("iso21378/AP_Open_Accounts_Payable")]
    assert written(sum(map(minor, owed))) == suppliers.open.total
    assert [row["Open_Amount"] for row in made.pipes("Open_Accounts_Receivable")] == [
        row["Open_Amount"] for row in rows
    ]


def test_adjustments_are_what_each_document_was_credited_written_off_and_paid_from_deposits(
    demo: Database, made: Made
) -> None:
    begin = replace(made.basis, effective=date(made.basis.effective.year - 1, 12, 31))
    sums, table = defaultdict[str, int](int), documents.c
    settled = table.credited_minor + table.deposited_minor + table.written_off_minor
    with demo.views.connect() as connection:
        for on, sign in ((begin, 1), (made.basis, -1)):
            query = as_of(Documents, effective=on.effective, recorded=on.recorded).with_only_columns(
                table.invoice, settled
            )
            for invoice, minor_units in connection.execute(query):
                sums[invoice] += sign * minor_units
    told = defaultdict[str, int](int)
    rows = made.rows("iso21378/AR_Adjustments")
    for row in rows:
        told[row["Document_ID"]] += minor(row["Amount"])
    assert {name: total for name, total in told.items() if total} == {name: sum_ for name, sum_ in sums.items() if sum_}
    assert "CREDIT_NOTE" in {row["Adjustment_Type"] for row in rows}
    assert all(row["Adjustment_ID"] for row in rows)


def test_adjustments_that_the_journal_has_otherwise_do_not_tie(
    demo: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with demo.views.connect() as connection:
        on = basis(connection, "2025-12-31")
    told = adjusted
    monkeypatch.setattr(exporting, "adjusted", lambda entry: (replace(one, minor=one.minor + 1) for one in told(entry)))
    export = Export(demo, on, CHART, "demo", invented=True)
    list(export.steps(tmp_path))
    assert export.control is not None
    (tie,) = export.control.broken
    assert tie.what.startswith("iso21378/AR_Adjustments")


def test_json_says_what_csv_says_and_the_control_knows_each_file(made: Made) -> None:
    control = json.loads((made.directory / "control.json").read_text("utf-8"))
    assert control["basis"]["root"] == made.basis.root
    files = {file.relative_to(made.directory).as_posix() for file in made.directory.rglob("*") if file.is_file()}
    assert files == {one["file"] for one in control["files"]} | {"README.md", "control.json"}
    for one in control["files"]:
        data = (made.directory / one["file"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == one["sha256"]
        if one["file"].endswith(".json"):
            rows = json.loads(data)
            assert [
                {name: "" if cell is None else str(cell) for name, cell in row.items()} for row in rows
            ] == made.rows(one["file"].removesuffix(".json"))
            assert len(rows) == one["rows"]
            for column, total in one["sums"].items():
                assert written(sum(minor(row[column]) for row in rows)) == total


def test_the_readme_tells_the_basis_every_column_and_what_is_not_claimed(made: Made) -> None:
    text = (made.directory / "README.md").read_text("utf-8")
    assert made.basis.root in text
    assert f"position {made.basis.recorded}" in text
    assert "No conformity with GB/T 24589.1-2024 is claimed" in text
    assert "invented examples" in text
    for table in TABLES:
        assert table.name in text
        assert all(f"| `{column.name}` | {column.meaning} |" in text for column in table.columns)
        assert len({column.name for column in table.columns}) == len(table.columns)


def test_a_sum_that_does_not_tie_is_named(demo: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with demo.views.connect() as connection:
        on = basis(connection, "2026-06-30")
    monkeypatch.setattr(exporting, "open_documents", lambda *_: iter(()))
    export = Export(demo, on, CHART, "demo", invented=True)
    list(export.steps(tmp_path))
    assert export.control is not None
    (tie,) = export.control.broken
    assert tie.what.startswith("iso21378/AR_Open_Accounts_Receivable")
    assert tie.files == "0.00"
    assert minor(tie.difference) == -minor(tie.books) != 0


def test_the_command_line_and_http_hand_over_the_same_files(demo: Database, tmp_path: Path) -> None:
    directory = tmp_path / "audit"
    done = mcsc("export", "audit", directory, "--year", "2025", "--data", demo.where)
    assert done.exit_code == 0, done.output
    again = mcsc("export", "audit", directory, "--year", "2025", "--data", demo.where)
    assert again.exit_code != 0
    assert "is there already" in again.output
    pieces = b"".join(zipped(directory))
    with zipfile.ZipFile(io.BytesIO(pieces)) as archive:
        assert archive.testzip() is None
        names = {one.relative_to(directory).as_posix() for one in directory.rglob("*") if one.is_file()}
        assert set(archive.namelist()) == names
        assert all(archive.read(name) == (directory / name).read_bytes() for name in names)
    assert b"".join(zipped(directory)) == pieces


def test_over_http_auditors_and_finance_take_a_year_away(database: Database) -> None:
    record(database, [lead("a-demo")])
    with Ledger(database, CONTEXTS) as ledger, served(ledger) as http:
        asked = f"/v1/audit-export?year=2026&wait={http.size}"
        answer = http.get(asked, role="auditor")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/zip"
        assert 'filename="audit-2026_eff-2026-12-31_rec-' in answer.headers["content-disposition"]
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            assert json.loads(archive.read("control.json"))["basis"]["effective"] == "2026-12-31"
        assert http.get(asked, role="finance").content == answer.content
        problem(http.get(asked, role="deal_desk"), 403, "not-allowed")
        wrong = problem(
            http.get("/v1/audit-export?year=2026&effective=2026-06-30", "auditor"), 400, "parameter-invalid"
        )
        assert "not both" in str(wrong)


def _table(form: Form) -> Table:
    columns = Column("Name", "a", field("name")), Column("On", "b", field("on")), Column("Sum", "c", field("sum"), True)
    return Table(name="t", about="x", columns=columns, forms=(form,))


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("csv", '\ufeffName,On,Sum\r\n"a|b,\nc",2026-01-31,-0.05\r\n\'=1+1,,10.00\r\n'),
        (
            "json",
            '[\n{"Name":"a|b,\\nc","On":"2026-01-31","Sum":"-0.05"},\n{"Name":"=1+1","On":null,"Sum":"10.00"}\n]\n',
        ),
        ("pipe", "Name|On|Sum\r\na b, c|2026-01-31|-0.05\r\n=1+1||10.00\r\n"),
    ],
)
def test_each_form_keeps_its_rows_apart(tmp_path: Path, form: Form, text: str) -> None:
    writer = Writer(tmp_path, _table(form), form, "_x")
    writer.add([SimpleNamespace(name="a|b,\nc", on=date(2026, 1, 31), sum=-5)])
    writer.add([])
    writer.add([SimpleNamespace(name="=1+1", on=None, sum=1000)])
    done = writer.close()
    assert (tmp_path / done.file).read_bytes().decode() == text
    assert done.file == f"t{'_x' if form == 'pipe' else ''}.{FORMS[form]}"
    assert (done.rows, done.sums) == (2, {"Sum": "9.95"})


def test_no_rows_are_still_a_file_of_its_form(tmp_path: Path) -> None:
    done = Writer(tmp_path, _table("json"), "json").close()
    assert json.loads((tmp_path / done.file).read_text()) == []
