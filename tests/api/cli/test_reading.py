"""Reading as somebody at a keyboard meets it: where a file cannot go, what is not known, what does not fit together."""

import json
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from rich.cells import cell_len

from api.cli import main
from api.cli.display import fitted
from api.cli.reports import FEW, reports
from api.cli.written import write
from api.settings import Settings
from ledger.log.database import Database
from ledger.log.store import read_head
from projections.engine.basis import resolve

LEAD = (
    '{"command": "register-lead", "effective_on": "2024-03-01", "company": "sunfield-demo", "name": "Sunfield (demo)",'
    ' "country": "US", "origin": "DIRECT"}'
)


def told(result: Result) -> str:
    """What is told, without the frame that is drawn around it."""
    return " ".join(result.stderr.replace("│", " ").split())


def mcsc(*arguments: object, given: str = "") -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments], input=given)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A ledger with one company."""
    where = tmp_path / "ledger"
    assert mcsc("record", "--data", where, "--as", "clerk-demo", given=LEAD).exit_code == 0
    return where


ASKED = (["report", "companies"], ["history"], ["export", "journal", "--format", "csv"])


@pytest.mark.parametrize("asked", ASKED, ids=" ".join)
def test_a_file_that_cannot_be_written_is_named_and_nothing_is_left(data: Path, asked: list[str]) -> None:
    missing = mcsc(*asked, "--data", data, "-o", data.parent / "no-such" / "a.json")
    assert (missing.exit_code, "No such file or directory" in told(missing)) == (1, True)
    assert "a fault of ours" not in missing.stderr
    full = mcsc(*asked, "--data", data, "--json" if asked[0] != "export" else "--recorded=now", "-o", "/dev/full")
    assert (full.exit_code, "No space left" in told(full)) == (1, True)


def test_a_file_is_whole_or_as_it_was(tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"half"
        raise OSError(28, "No space left on device")

    (tmp_path / "a.json").write_text("before")
    with pytest.raises(Exception, match="No space left"):
        write(broken(), tmp_path / "a.json")
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("a.json", "before")]


@pytest.mark.parametrize(
    ("asked", "unknown"),
    [
        (["history", "nobody-demo"], "company nobody-demo"),
        (["history", "--actor", "nobody-demo"], "actor nobody-demo"),
        (["history", "--fact", "company.no-such"], "company.no-such"),
        (["report", "journal", "--lease", "l-9"], "lease l-9"),
        (["report", "journal", "--company", "nobody-demo"], "company nobody-demo"),
        (["report", "journal", "--document", "i-9"], "document i-9"),
        (["report", "revenue", "--lease", "l-9"], "lease l-9"),
        (["report", "revenue", "--company", "nobody-demo"], "company nobody-demo"),
        (["report", "energy", "--agreement", "e-9"], "agreement e-9"),
        (["report", "offtake-shortfall", "--agreement", "e-9"], "agreement e-9"),
    ],
)
def test_what_is_not_on_record_is_named(data: Path, asked: list[str], unknown: str) -> None:
    result = mcsc(*asked, "--data", data)
    assert (result.exit_code, result.stdout) == (4, "")
    assert unknown in told(result)


def test_what_is_on_record_may_have_no_rows(data: Path) -> None:
    for asked in (["history", "--actor", "clerk-demo"], ["report", "journal", "--company", "sunfield-demo"]):
        assert mcsc(*asked, "--data", data).exit_code == 0


@pytest.mark.parametrize(
    "options",
    [
        ["--json", "--csv"],
        ["--csv", "-o", "a.json"],
        ["--json", "-o", "a.csv"],
        ["--csv", "-o", "a.xlsx"],
        ["--xlsx", "-o", "a.csv"],
        ["-o", "a.ods"],
        ["-o", "a"],
    ],
    ids=" ".join,
)
def test_what_does_not_fit_together_is_refused(data: Path, tmp_path: Path, options: list[str]) -> None:
    options = [str(tmp_path / word) if word.startswith("a") else word for word in options]
    assert mcsc("report", "companies", "--data", data, *options).exit_code == 2
    assert not list(tmp_path.glob("a*"))


def test_a_copy_that_cannot_be_written_is_read(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(data, copy)
    (copy / "projections.db").unlink(missing_ok=True)
    for path in (*copy.iterdir(), copy):
        path.chmod(path.stat().st_mode & ~(stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH))
    before = {path.name: path.read_bytes() for path in copy.iterdir()}
    monkeypatch.setattr("api.cli.place._writable", lambda _: False)  # root may write anywhere
    for asked in ASKED:
        result = mcsc(*asked, "--data", copy)
        assert (result.exit_code, "a copy of it is read" in told(result)) == (0, True)
    assert {path.name: path.read_bytes() for path in copy.iterdir()} == before


def test_a_report_is_compared_as_over_http(demo: Database, tmp_path: Path) -> None:
    shutil.copytree(demo.where, tmp_path / "demo")
    asked = ("--data", tmp_path / "demo", "--against", "5200", "--effective", "2026-06-30")
    shown = mcsc("compare", "rent-roll", *asked)
    assert "TOTAL/passing_month\tCNY/month\t" in shown.stdout
    assert "was: effective on 2026-06-30, as recorded at position 5200" in told(shown)
    explained = mcsc("compare", "rent-roll", "TOTAL/passing_month", *asked)
    assert "lease.index-rent-reviewed" in explained.stdout
    as_json = json.loads(mcsc("compare", "rent-roll", *asked, "--json").stdout)
    as_csv = mcsc("compare", "rent-roll", *asked, "--csv").stdout.splitlines()
    assert (as_json["data"]["changed"], as_json["data"]["on_demand"]) == (len(as_csv) - 1, 0)
    (one,) = [cell for cell in as_json["data"]["cells"] if cell["cell"] == "TOTAL/passing_month"]
    assert sum(map(Decimal, one["steps"].values())) == Decimal(one["difference"]) != 0
    assert mcsc("compare", "rent-roll", "TOTAL/passing_month", *asked, "--csv").exit_code == 2
    assert mcsc("compare", "rent-roll", "--data", tmp_path / "demo").exit_code == 2


def test_a_report_in_a_directory_is_named_by_its_basis(data: Path, tmp_path: Path) -> None:
    """And is said on stderr wherever it goes; which reports show few columns names columns that they have."""
    where, asked = tmp_path / "out", ("report", "companies", "--data", data, "--effective", "2026-06-30", "--csv")
    where.mkdir()
    written = mcsc(*asked, "-o", where)
    assert written.exit_code == 0, written.output
    (file,) = where.iterdir()
    assert re.fullmatch(r"companies_eff-2026-06-30_rec-[0-9]+\.csv", file.name)
    shown = mcsc(*asked)
    assert shown.stdout_bytes == file.read_bytes()
    assert shown.stderr.splitlines()[-1].startswith("effective on 2026-06-30, as recorded at position ")
    assert mcsc(*asked[:-1], "-o", where).exit_code == 2, "as what, only an option can say"
    assert len([*where.iterdir()]) == 1


def test_few_columns_of_every_report_fit_a_terminal_of_80(demo: Database) -> None:
    """Figures whole, and every column that is named is one."""
    with demo.views.connect() as connection:
        basis = resolve(
            connection,
            effective="2026-05-31",
            recorded=None,
            today=date(2026, 11, 24),
            known=read_head(connection).size,
        )
        for name, (read, report) in reports(Settings()).items():
            if name in ("access", "history"):
                continue
            found = read.ask(connection, basis, read.query(), {})
            sheet = report.sheet(found.answer)
            cells = [["" if cell is None else str(cell) for cell in line] for line in sheet.lines]
            few = FEW.get(name, ())
            assert {one for one in few if not {one, "at 2026-05-31"} & {*sheet.names}} == set(), name
            names, rows = fitted(sheet.names, cells, sheet.numbers, few, 80)
            wide = [max(cell_len(line[at]) for line in (names, *rows)) for at in range(len(names))]
            assert sum(wide) + 2 * (len(names) - 1) <= 80, name
            assert len(names) >= 3, name
            for number in {*names} & {*sheet.numbers}:
                at, was = names.index(number), sheet.names.index(number)
                assert [row[at] for row in rows] == [line[was] for line in cells], (name, number)


def test_a_report_is_found_in_its_own_room_and_waits_for_no_server() -> None:
    asked = (
        "import sys; from api.cli.reports import ROOMS, report_of, reports; import api.routes.billing_run;"
        "from api.settings import Settings; own = {name: report_of(Settings(), name) for name in ROOMS};"
        "early = {'litestar', 'alembic', 'uvicorn'} & sys.modules.keys(); every = reports(Settings());"
        "print(sorted(early), own.keys() ^ every.keys(), [name for name in own if own[name][1] != every[name][1]])"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout == "[] set() []\n"
