"""Somebody alters a row of a read model; whatever is asked then, the row is named: it is no fault of ours."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import migrations
from benchmarks.city import city
from ledger.log.database import Database
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from tests.api.cli.test_cli import mcsc
from tests.ground.golden import GOLDEN, LEASE, TENANT
from tests.ground.over_http import problem, served
from tests.ground.recording import record

ALL = ("--effective", "2025-12-31")
BANK = ("explain", "trial-balance", "ACCOUNT:bank/closing", *ALL)
ALTERED = {
    "one side of a block": (
        "UPDATE journal_total SET debit_minor = debit_minor + 100 WHERE account = 'bank'",
        ("report", "trial-balance", *ALL),
        "journal_total level=",
    ),
    "one line of a journal": (
        "UPDATE journal_line SET amount_minor = amount_minor + 100 WHERE account = 'bank'",
        BANK,
        "journal_line position=",
    ),
    "the lines that are listed": (
        "UPDATE journal_line SET amount_minor = amount_minor + 100 WHERE account = 'bank'",
        ("report", "journal", *ALL),
        "journal_line position=",
    ),
    "an account that there is not": (
        "UPDATE journal_line SET account = 'nosuch' WHERE account = 'bank'",
        BANK,
        "stored account='nosuch'; the log says account='bank'",
    ),
    "a total of what was earned": (
        "UPDATE revenue_total SET recognised = recognised + 100 WHERE monthly",
        ("explain", "revenue", f"ROW:2024-03,RENT,{TENANT},{LEASE}/recognised", "--effective", "2024-12-31"),
        "revenue_total monthly=",
    ),
    "a total of what was earned in words": (
        "UPDATE revenue_total SET billed = 'many'",
        ("report", "revenue", "--effective", "2024-12-31"),
        "revenue_total monthly=",
    ),
    "a lease that cannot be read": (
        "UPDATE lease_span SET passing_minor = 'many'",
        ("report", "rent-roll", *ALL),
        "lease_span lease=",
    ),
    "an account of a tenant that cannot be read": (
        "UPDATE tenants_accounts SET account = x'ff'",
        ("report", "ageing", *ALL),
        "tenants_accounts company=",
    ),
    "an area in words": (
        "UPDATE unit_timeline SET area_dm2 = 'many'",
        ("explain", "rent-roll", "TOTAL/area_m2", *ALL),
        "unit_timeline unit=",
    ),
    "a figure of which a pack is made": (
        "UPDATE journal_line SET amount_minor = amount_minor + 100 WHERE account = 'bank'",
        ("evidence", *BANK[1:], "-o", "pack.zip"),
        "journal_line position=",
    ),
}


@pytest.fixture(scope="module", autouse=True)
def small_blocks() -> Iterator[None]:
    """Totals of what was earned after every four positions."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("projections.books.earned_totals.BLOCK", 4)
        yield


@pytest.fixture(scope="module")
def golden(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("golden")
    with closing(Database(where)) as database:
        migrations.upgrade(database)
        record(database, [*GOLDEN, *(fact for _, fact in city(0))])
    assert mcsc("report", "trial-balance", *ALL, "--data", where).exit_code == 0
    return where


@pytest.fixture
def where(golden: Path, tmp_path: Path) -> Path:
    return shutil.copytree(golden, tmp_path / "altered")


def alter(where: Path, statement: str) -> None:
    with closing(sqlite3.connect(where / "projections.db")) as connection:
        assert connection.execute(statement).rowcount
        connection.commit()


@pytest.mark.parametrize("what", ALTERED)
def test_whatever_is_asked_the_row_is_named(where: Path, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(where)
    statement, command, said = ALTERED[what]
    alter(where, statement)
    found = mcsc(*command, "--data", where)
    assert found.exit_code == 3, found.output
    assert said in found.stderr
    assert "the log says" in found.stderr
    assert "fault of ours" not in found.stderr


def test_over_http_books_that_contradict_themselves_are_no_fault_of_ours(where: Path) -> None:
    alter(where, ALTERED["one side of a block"][0])
    with Ledger(Database(where), CONTEXTS) as ledger, served(ledger) as http:
        answer = http.get("/v1/reports/trial-balance?effective=2025-12-31")
        assert "mcsc check" in problem(answer, 409, "rows-altered")["detail"]
