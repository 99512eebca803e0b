"""Other programs read our journal and come to the same balances, to the fen: Beancount, and hledger where it is."""

import csv
import io
import re
import shutil
import subprocess
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from beancount import loader
from beancount.core.data import Open, Transaction
from beancount.ops import validation
from msgspec.structs import replace

from api.formats.journal_text import FORMATS, JournalBasis, export, name_of
from ledger.books.accounts import CHART, chart
from ledger.log.database import Database
from ledger.values.money import written
from projections.books.journal import Journal, totals
from projections.books.trial_balance import trial_balance
from projections.engine.basis import Basis
from projections.engine.runner import catch_up, ensure
from tests.examples.billing import FACTS as EVERY_KIND
from tests.examples.billing import RECEIPT as ACCOUNT_RECEIPT
from tests.ground.golden import GOLDEN, recognised, service
from tests.ground.recording import record
from tests.projections.books.test_bank_accounts import STORY

STRAY: dict[str, Any] = {"amount_minor": 400_000, "allocations": (), "charge_minor": 0}
YEAR_END = date(2024, 12, 31)
NEXT_YEAR = [recognised(2025, 1), service(2025, 1)]


@pytest.fixture
def books(sqlite: Database) -> Database:
    """The golden year, the first month of the next, and one of every kind of billing fact."""
    record(sqlite, [*GOLDEN, *NEXT_YEAR, *EVERY_KIND])
    views = [Journal()]
    ensure(sqlite, views)
    catch_up(sqlite, views)
    return sqlite


def basis(effective: date, recorded: int = 1_000_000) -> Basis:
    return Basis(effective=effective, recorded=recorded, recorded_at=None, root="ab" * 32)


def text(database: Database, program: str, on: Basis) -> str:
    known = JournalBasis(basis=on, accounts=chart({"receivables": "1122.01"}))
    with database.views.connect() as connection:
        return "".join(export(connection, known, FORMATS[program]))


def ours(database: Database, on: Basis) -> dict[str, str]:
    """Balances since the books began, as other programs keep them: nothing restarts on 1 January."""
    with database.views.connect() as connection:
        found = totals(connection, on.recorded, [on.effective])[on.effective]
    sums: dict[str, int] = {}
    for (account, _), total in found.items():
        sums[account] = sums.get(account, 0) + total.balance_minor
    return {name_of(account): written(balance) for account, balance in sums.items() if balance}


def shown(database: Database, on: Basis) -> dict[str, str]:
    """The trial balance as we print it."""
    with database.views.connect() as connection:
        rows = trial_balance(connection, on).rows
    return {name_of(row.account): row.closing for row in rows if row.closing != "0.00"}


BASES = [
    pytest.param(basis(YEAR_END), id="end-of-year"),
    pytest.param(basis(date(2024, 6, 30)), id="mid-year"),
    pytest.param(basis(YEAR_END, recorded=20), id="as-recorded-earlier"),
    pytest.param(basis(date(2026, 12, 31)), id="years-later"),
]


def beancount_balances(journal: str) -> dict[str, str]:
    entries, errors, _ = loader.load_string(journal, extra_validations=validation.HARDCORE_VALIDATIONS)
    assert errors == []
    sums: dict[str, Decimal] = {}
    for posting in (posting for entry in entries if isinstance(entry, Transaction) for posting in entry.postings):
        assert posting.units is not None
        assert posting.units.currency == "CNY"
        assert posting.units.number is not None
        sums[posting.account] = sums.get(posting.account, Decimal()) + posting.units.number
    return {account: str(balance) for account, balance in sums.items() if balance}


@pytest.mark.parametrize("on", BASES)
def test_beancount_comes_to_the_same_balances(books: Database, on: Basis) -> None:
    assert beancount_balances(text(books, "beancount", on)) == ours(books, on)


def test_each_bank_account_is_one_within_the_bank(sqlite: Database) -> None:
    """71,200.00 in yuan and dollars for 280,207.29; 4,000.00 are on no account. hledger's balance of an account is
    without those within it, Beancount's with them."""
    stray = replace(ACCOUNT_RECEIPT, receipt="r-stray-demo", bank_reference="S-1", bank_account=None, **STRAY)
    record(sqlite, [*STORY, stray])
    ensure(sqlite, [Journal()])
    catch_up(sqlite, [Journal()])
    on = basis(YEAR_END)
    journal = text(sqlite, "beancount", on)
    bank = {name: amount for name, amount in beancount_balances(journal).items() if name.startswith("Assets:Bank")}
    within = {"Assets:Bank:Cny-main-demo": "71200.00", "Assets:Bank:Usd-main-demo": "280207.29"}
    assert bank == {"Assets:Bank": "4000.00", **within}
    assert "2025-01-01 balance Assets:Bank  355407.29 ~ 0.00 CNY" in journal
    asserted = text(sqlite, "hledger", on)
    for name, amount in bank.items():
        assert f"    {name}  0.00 CNY = {amount} CNY" in asserted
        assert f"account {name}\n    ; code:1002\n    ; type:C\n" in asserted
    assert asserted.count("type:C") == 3
    dollars = re.findall(r"Usd-main-demo  \S+ CNY\n(?:    ; (?!foreign).*\n)*    ; foreign: (\S+) USD", asserted)
    assert sum(map(Decimal, dollars)) == Decimal("39987.34")
    transactions = [entry for entry in loader.load_string(journal)[0] if isinstance(entry, Transaction)]
    kept = [
        one.meta["foreign"]
        for entry in transactions
        for one in entry.postings
        if one.account.endswith("Usd-main-demo") and one.meta and "foreign" in one.meta
    ]
    assert sum(amount.number for amount in kept) == Decimal("39987.34")


def test_in_the_first_year_that_is_our_trial_balance(books: Database) -> None:
    on = basis(YEAR_END, recorded=len(GOLDEN))
    assert beancount_balances(text(books, "beancount", on)) == shown(books, on)
    assert shown(books, on)["Assets:Receivables"] == "174390.41"


def test_beancount_finds_a_fen_that_is_missing(books: Database) -> None:
    """Its own check is worth something: it sees what we tell it the balances are."""
    journal = text(books, "beancount", basis(YEAR_END, recorded=len(GOLDEN)))
    assert journal.count("174390.41 ~ 0.00 CNY") == 1
    wrong = journal.replace("174390.41 ~ 0.00 CNY", "174390.42 ~ 0.00 CNY")
    _, errors, _ = loader.load_string(wrong)
    assert [error.message for error in errors if "Balance failed" in error.message]


def test_beancount_has_every_entry_with_its_fact_and_every_code(books: Database) -> None:
    entries, _, _ = loader.load_string(text(books, "beancount", basis(YEAR_END, recorded=len(GOLDEN))))
    transactions = [entry for entry in entries if isinstance(entry, Transaction)]
    cited = sorted(int(entry.meta["position"]) for entry in transactions)
    assert cited == list(range(1, len(GOLDEN) + 1))
    first: Any = next(entry for entry in transactions if entry.meta["position"] == 1)
    assert (first.payee, first.narration) == ("sunfield-demo", "billing.deposit-received d-1-demo")
    assert (first.meta["rules"], first.meta["data_class"]) == (1, "FICTIONAL")
    assert first.postings[0].meta["lease"] == "l-1-demo"
    codes = {entry.account: entry.meta["code"] for entry in entries if isinstance(entry, Open)}
    assert codes["Assets:Receivables"] == "1122.01"
    assert len(codes) == len(CHART)


HLEDGER = shutil.which("hledger")
needs_hledger = pytest.mark.skipif(HLEDGER is None, reason="hledger is not installed (Debian package hledger)")


def hledger(journal: str, tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    assert HLEDGER is not None
    path = tmp_path / "books.journal"
    path.write_text(journal, encoding="utf-8")
    command = [HLEDGER, "-f", str(path), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={"LANG": "C.UTF-8"})


@needs_hledger
@pytest.mark.parametrize("on", BASES)
def test_hledger_comes_to_the_same_balances(books: Database, on: Basis, tmp_path: Path) -> None:
    """It reads the file, checks our balance assertions, and adds up for itself."""
    journal = text(books, "hledger", on)
    run = hledger(journal, tmp_path, "balance", "--flat", "--no-total", "-O", "csv")
    assert run.stderr == ""
    found = {row["account"]: row["balance"].removesuffix(" CNY") for row in csv.DictReader(io.StringIO(run.stdout))}
    assert found == ours(books, on)
    assert hledger(journal, tmp_path, "check", "--strict").stderr == ""


@needs_hledger
def test_hledger_finds_a_fen_that_is_missing(books: Database, tmp_path: Path) -> None:
    journal = text(books, "hledger", basis(YEAR_END, recorded=len(GOLDEN)))
    assert journal.count("= 174390.41 CNY") == 1
    run = hledger(journal.replace("= 174390.41 CNY", "= 174390.42 CNY"), tmp_path, "balance")
    assert "assertion" in run.stderr
    assert run.returncode != 0


@needs_hledger
def test_hledger_knows_the_fact_behind_an_entry(books: Database, tmp_path: Path) -> None:
    journal = text(books, "hledger", basis(YEAR_END, recorded=len(GOLDEN)))
    run = hledger(journal, tmp_path, "print", "code:^1$", "-O", "csv")
    (first, *_) = csv.DictReader(io.StringIO(run.stdout))
    assert first["description"] == "sunfield-demo | billing.deposit-received d-1-demo"
    run = hledger(journal, tmp_path, "balance", "tag:lease=l-1-demo", "Assets:Bank", "--no-total", "-O", "csv")
    assert "106660.80 CNY" in run.stdout


@pytest.mark.parametrize("program", sorted(FORMATS))
def test_nothing_posted_is_a_journal_too(sqlite: Database, program: str, tmp_path: Path) -> None:
    ensure(sqlite, [Journal()])
    journal = text(sqlite, program, basis(YEAR_END))
    if program == "beancount":
        assert beancount_balances(journal) == {}
    elif HLEDGER is not None:
        assert hledger(journal, tmp_path, "balance").stderr == ""
    assert "as recorded at position 1000000" in journal
