"""The demonstration's books, read by three other programs: account by account, in each of its years, they say the same.

A balance is asked of each program as of the end of a year; income and expenses within it, since they restart with us on
1 January and with them never do.
"""

import csv
import io
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from beancount import loader
from beancount.core.data import Transaction
from beancount.ops import validation

from api.formats.journal_text import FORMATS, ROOTS, JournalBasis, export, name_of
from ledger.books.accounts import CHART, chart
from ledger.log.database import Database
from ledger.periods import day_after
from projections.books.statements.cash_flow import cash_flow
from projections.books.statements.income_statement import income_statement
from projections.books.trial_balance import RESULT, RETAINED, trial_balance
from projections.engine.basis import Basis
from tests.ground.demonstrated import basis

ENDS = date(2023, 12, 31), date(2024, 12, 31), date(2025, 12, 31), date(2026, 6, 30)
LAST = max(ENDS)
PROGRAMS = ("beancount", "hledger", "ledger")
FORM = {"beancount": "beancount", "hledger": "hledger", "ledger": "hledger"}
"""Which text each reads: ledger-cli reads hledger's."""
DEBIAN = {
    name: pytest.mark.skipif(shutil.which(name) is None, reason=f"{name} is not installed (Debian package {name})")
    for name in ("hledger", "ledger")
}
RESTARTING = tuple(root for kind, root in ROOTS.items() if kind in RESULT)
Sums = dict[str, Decimal]


@pytest.fixture(scope="module")
def journals(demo: Database, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The demonstration's journal in both forms."""
    directory = tmp_path_factory.mktemp("journals")
    with demo.views.connect() as connection:
        known = JournalBasis(basis=_basis(demo, LAST), accounts=chart({}))
        for form in FORMATS:
            (directory / form).write_text("".join(export(connection, known, FORMATS[form])), encoding="utf-8")
    return {program: directory / form for program, form in FORM.items()}


def _basis(demo: Database, on: date) -> Basis:
    with demo.views.connect() as connection:
        return basis(connection, str(on))


def _run(program: str, path: Path, *words: str) -> str:
    """What it prints. It fails on an assertion of ours that does not hold with it."""
    command = [program, "-f", str(path), *words]
    run = subprocess.run(command, capture_output=True, text=True, check=True, env={"LANG": "C.UTF-8"}, timeout=60)
    assert run.stderr == ""
    return run.stdout


def _postings(program: str, path: Path, begin: date, end: date) -> Iterator[tuple[str, Decimal]]:
    """(account, amount) as a program adds them up between two days, both included."""
    if program == "beancount":
        entries, errors, _ = loader.load_file(str(path), extra_validations=validation.HARDCORE_VALIDATIONS)
        assert errors == []
        for entry in entries:
            if isinstance(entry, Transaction) and begin <= entry.date <= end:
                yield from ((one.account, one.units.number or Decimal()) for one in entry.postings if one.units)
        return
    words = ["balance", "--flat", "--no-total", "-b", str(begin), "-e", str(day_after(end))]
    form = ["-O", "csv"] if program == "hledger" else ["--format", "%(account),%(amount)\n"]
    for name, amount in re.findall(r'"?([A-Z][\w:-]+)"?,"?(-?[\d.]+)', _run(program, path, *words, *form)):
        yield name, Decimal(amount)


def _theirs(program: str, path: Path, on: date) -> Sums:
    """By account: what it stands at, income and expenses of its year alone, the years before as retained earnings."""
    parts = [(date(1900, 1, 1), date(on.year - 1, 12, 31), False), (date(on.year, 1, 1), on, True)]
    sums: Sums = {}
    for begin, end, this_year in parts:
        for name, amount in _postings(program, path, begin, end):
            restarts = name.startswith(RESTARTING) and not this_year
            account = name_of(RETAINED) if restarts else ":".join(name.split(":")[:2])
            sums[account] = sums.get(account, Decimal()) + amount
    return {account: amount for account, amount in sums.items() if amount}


@pytest.mark.parametrize("program", [pytest.param(one, marks=DEBIAN.get(one, ())) for one in PROGRAMS])
def test_each_account_stands_at_the_same_in_each_year(demo: Database, journals: dict[str, Path], program: str) -> None:
    for on in ENDS:
        with demo.views.connect() as connection:
            rows = trial_balance(connection, basis(connection, str(on))).rows
        ours = {name_of(row.account): Decimal(row.closing) for row in rows if row.closing != "0.00"}
        assert len(ours) > 15
        assert _theirs(program, journals[program], on) == ours, f"{program} at {on}"


@DEBIAN["hledger"]
def test_hledger_comes_to_the_same_profit_and_cash_flow_of_each_year(demo: Database, journals: dict[str, Path]) -> None:
    """Its own statements, as the head of the text says that they compare."""
    path = journals["hledger"]
    _run("hledger", path, "check", "--strict")
    for on in ENDS:
        year = ("-b", f"{on.year}-01-01", "-e", str(day_after(on)), "-O", "csv")
        with demo.views.connect() as connection:
            known = basis(connection, str(on))
            *_, profit = (one.amount for one in income_statement(connection, known).totals)
            cash = cash_flow(connection, known).total.amount
        assert _last(_run("hledger", path, "is", *year)) == Decimal(profit), on
        assert _last(_run("hledger", path, "cashflow", *year)) == Decimal(cash), on


def _last(printed: str) -> Decimal:
    """The figure of the last line of a statement."""
    *_, (_, amount) = csv.reader(io.StringIO(printed))
    return Decimal(amount.removesuffix(" CNY"))


@pytest.mark.parametrize("program", [pytest.param(one, marks=DEBIAN.get(one, ())) for one in PROGRAMS])
def test_each_finds_a_fen_that_is_wrong(journals: dict[str, Path], program: str, tmp_path: Path) -> None:
    """Agreeing is worth something: one fen in one entry, and the program says no."""
    account = name_of("payables")
    assert account.removeprefix(f"{ROOTS[CHART['payables'].kind]}:") == "Payables"
    words, times = re.subn(rf"({account}  -?\d+\.\d)\d CNY", _next_fen, journals[program].read_text("utf-8"), count=1)
    assert times == 1
    path = tmp_path / "wrong"
    path.write_text(words, encoding="utf-8")
    if program == "beancount":
        assert loader.load_file(str(path))[1]
    else:
        with pytest.raises(subprocess.CalledProcessError):
            _run(program, path, "balance")


def _next_fen(found: re.Match[str]) -> str:
    last = found[0].removesuffix(" CNY")[-1]
    return f"{found[1]}{(int(last) + 1) % 10} CNY"
