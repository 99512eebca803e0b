"""The golden year (tests/year): the ledger and the hand-kept books come to the same, to the fen.

Given a year told by several people through HTTP, each month closed in the next,
when its journal, balances, registers and statements are asked for over HTTP,
then every journal, balance and line is what the hand-kept rows come to, on both databases.
"""

import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from beancount import loader
from beancount.core.data import Open, Transaction
from beancount.ops import validation

from ledger.books.postings import RULES
from ledger.decider import stored_name
from ledger.log.database import Database
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from tests.ground.over_http import Http, give_key, served
from tests.year import drawn, statements
from tests.year.prefixes import prefix, registers_tie, statements_tie
from tests.year.telling import CHECKER, journals, pages, read_again, told_through
from tests.year.whole import BOOKED, RETURNS, TOLD

MISTAKES = {
    "energy.credit-taken-back",
    "energy.make-up-restored",
    "investment.clawback-reversed",
    "investment.waiver-reversed",
    "order.advance-reversed",
    "order.cancellation-fee-reversed",
    "order.client-money-reversed",
    "order.collection-reversed",
    "order.fee-restored",
    "order.fee-withdrawn",
    "order.reclassification-reversed",
    "order.remittance-reversed",
    "order.revaluation-reversed",
    "order.revenue-reversed",
}
"""Postings that the year has none of: steps withdrawn, and years run again. A new posting enters the year."""
BEFORE = {"billing.deposit-taken-over", "billing.invoice-taken-over", "billing.rent-taken-over"}
"""Postings of a park that lived before this ledger, as the year's did not: tests/ledger/joint/test_taking_over.py."""
HELD = {"2025-03": ["p-clean-03-demo"]}
PROGRAMS = {
    "hledger": ("--flat", "--no-total", "-O", "csv"),
    "ledger": ("--flat", "--no-total", "--format", "%(account),%(amount)\n"),
}
MID_MONTH, MID_YEAR = date(2025, 5, 15), date(2025, 6, 30)
YEAR_END, NEXT = date(2025, 12, 31), date(2026, 1, 31)


@pytest.fixture
def http(database: Database) -> Iterator[Http]:
    """The whole year, on each kind of database."""
    with Ledger(database, CONTEXTS) as ledger:
        checker = give_key(ledger, "finance", actor="checker-demo")
        with served(ledger) as http:
            http.keys[CHECKER] = checker  # type: ignore[index] # a fourth person, of a role that is taken
            told_through(http, TOLD)
            yield http


def test_a_golden_year(http: Http, tmp_path: Path) -> None:
    _every_journal(http)
    for end in (*drawn.MONTH_ENDS, NEXT):
        _every_balance(http, end)
    for on in (MID_MONTH, MID_YEAR, YEAR_END, NEXT):
        _every_statement(http, on)
        _every_register(http, on)
    _every_return(http)
    read_again(http, TOLD)
    _every_prefix(http)
    if not http.ledger.database.is_postgres:
        _other_programs(http, tmp_path)


def _every_journal(http: Http) -> None:
    kept, found = drawn.entries(BOOKED), journals(http, str(NEXT))
    ours, theirs = Counter(one for _, one in kept), Counter(one for _, one in found)
    missing = [(what, one) for what, one in kept if one in ours - theirs]
    strange = [(what, one) for what, one in found if one in theirs - ours]
    assert (missing, strange) == ([], [])
    assert len(found) == len(kept) > 300
    entries = pages(http, "/v1/reports/journal", effective=str(NEXT))
    assert {stored_name(fact) for fact in RULES} - {entry["fact"] for entry in entries} == MISTAKES | BEFORE


def _every_balance(http: Http, on: date) -> None:
    """By account; on 1 January results begin anew, and are in what is not distributed."""
    kept = drawn.balances(BOOKED, on)
    earlier = drawn.balances(BOOKED, date(on.year - 1, 12, 31))
    for account in [name for name in earlier if name.startswith("6")]:
        kept[account] = kept.get(account, 0) - earlier[account]
        kept["4104"] = kept.get("4104", 0) + earlier[account]
    data = http.read("/v1/reports/trial-balance", effective=str(on))["data"]
    assert _fen_by(data["rows"], "code", "closing") == {name: fen for name, fen in kept.items() if fen}
    assert [row for row in data["rows"] if row.get("difference") not in (None, "0.00")] == []


def _every_statement(http: Http, on: date) -> None:
    asked: dict[str, Any] = {"effective": str(on)}
    data = http.read("/v1/reports/balance-sheet", **asked)["data"]
    assert _fen_by(data["lines"], "line", "closing") == statements.sheet(BOOKED, on)
    assert _fen_by(data["lines"], "line", "opening") == statements.sheet(BOOKED, date(on.year - 1, 12, 31))
    assert data["difference"]["closing"] == data["difference"]["opening"] == "0.00"
    for form in ("2019", "2026"):
        data = http.read("/v1/reports/income-statement", form=form, **asked)["data"]
        lines, totals = statements.results(BOOKED, on, form)
        assert _fen_by(data["lines"], "line", "year_to_date") == lines
        assert _fen_by(data["totals"], "line", "year_to_date") == totals
    data = http.read("/v1/reports/cash-flow", from_on=f"{on.year}-01-01", **asked)["data"]
    assert _fen_by(data["lines"], "line", "amount") == statements.cash(BOOKED, on)
    held = [drawn.balances(BOOKED, day).get("1002", 0) for day in (date(on.year - 1, 12, 31), on)]
    assert [_fen(row["amount"]) for row in data["balances"]] == held
    assert data["difference"]["amount"] == "0.00"
    data = http.read("/v1/reports/changes-in-equity", from_on=f"{on.year}-01-01", **asked)["data"]
    causes = [name for name in data["total"] if name not in ("line", "name", "name_zh", "part")]
    found = {row["line"]: {cause: fen for cause in causes if (fen := _fen(row[cause]))} for row in data["lines"]}
    assert found == statements.equity(BOOKED, on)


def _every_register(http: Http, on: date) -> None:
    """Who owes what, who is owed what, what is in the bank and held as deposit: party by party, account by account."""
    asked: dict[str, Any] = {"effective": str(on)}
    parts = drawn.balances(BOOKED, on, parts=True)
    data = http.read("/v1/reports/receivables-ageing", **asked)["data"]
    assert data["difference"] == "0.00"
    orders = sum(fen for part, fen in parts.items() if part.startswith("1122:anode"))
    assert _fen(data["orders"]) == orders
    owed = {one["company"]: _fen(one["open"]["total"]) for one in data["tenants"]}
    assert _nothing_out(owed) == _by_company(parts, "1122", without="anode")
    data = http.read("/v1/reports/payables-ageing", **asked)["data"]
    assert data["difference"] == "0.00"
    owed = {one["company"]: -_fen(one["open"]["total"]) for one in data["parties"]}
    assert _nothing_out(owed) == _by_company(parts, "2202")
    data = http.read("/v1/reports/bank-accounts", **asked)["data"]
    banks = {row["bank_account"]: _fen(row["closing_cny"]) for row in data["rows"]}
    assert _nothing_out(banks) == _by_company(parts, "1002")
    dollars = next(row["closing_held"] for row in data["rows"] if row["currency"] == "USD")
    assert _fen(dollars) == drawn.held("1002:usd", BOOKED, on)[1]
    data = http.read("/v1/reports/deposits", **asked)["data"]
    assert data["difference"] == "0.00"
    assert _fen(data["total"]["held"]) == -sum(fen for part, fen in parts.items() if part.startswith("2241.01"))


def _every_return(http: Http) -> None:
    rows = http.read("/v1/reports/vat-returns", effective=str(NEXT))["rows"]
    names = ("output", "input", "imported", "carried_in", "payable", "carried_out")
    found = {row["month"]: tuple(_fen(row[name]) for name in names) for row in rows}
    assert found == {
        f"{one.month:%Y-%m}": (one.output, one.input, one.customs, one.carried_in, one.payable, one.carried_out)
        for one in RETURNS
    }
    assert {row["open"] for row in rows} == {"0.00"}
    assert any(one.carried_out for one in RETURNS)
    for one in RETURNS[2:5]:
        data = http.read("/v1/reports/vat-return", effective=str(NEXT), month=f"{one.month:%Y-%m}")["data"]
        assert (data["state"], data["difference"], data["held"]) == ("FILED", None, HELD.get(data["month"], []))


def _every_prefix(http: Http) -> None:
    """After every entry, and on every other day; the two databases take turns, statements now and then."""
    entries = list(pages(http, "/v1/reports/journal", effective=str(NEXT)))
    _no_stock_below_nothing(sorted(entries, key=lambda entry: entry["position"]))
    _no_stock_below_nothing(sorted(entries, key=lambda entry: (entry["accounting_on"], entry["position"])))
    days = sorted({row.on for row in BOOKED})[::2]
    every = [*(prefix(NEXT, entry["position"]) for entry in entries), *(prefix(on, http.size) for on in days)]
    turn = int(http.ledger.database.is_postgres)
    with http.ledger.database.views.connect() as connection:
        for basis in every[turn::2]:
            registers_tie(connection, basis)
        for basis in every[15 * turn :: 30]:
            statements_tie(connection, basis)


def _no_stock_below_nothing(entries: list[dict[str, Any]]) -> None:
    """What is in stock for each order, after each entry."""
    stock: dict[str, int] = {}
    for line in (line for entry in entries for line in entry["lines"] if line["code"] == "1405"):
        order = line["document"]
        stock[order] = stock.get(order, 0) + _fen(line["debit"]) - _fen(line["credit"])
        assert stock[order] >= 0, line
    assert {*stock} == {"o-1-demo", "o-2-demo", "o-4-demo", "o-5-demo", "o-6-demo"}


def _other_programs(http: Http, tmp_path: Path) -> None:
    """Beancount, hledger and ledger-cli, where they are installed, come to the same: nothing restarts on 1 January."""
    kept = drawn.balances(BOOKED, NEXT)
    text = http.get("/v1/reports/journal.beancount", wait=http.size, effective=str(NEXT)).text
    entries, errors, _ = loader.load_string(text, extra_validations=validation.HARDCORE_VALIDATIONS)
    assert errors == []
    codes = {entry.account: str(entry.meta["code"]) for entry in entries if isinstance(entry, Open)}
    sums: dict[str, int] = {}
    for posting in (one for entry in entries if isinstance(entry, Transaction) for one in entry.postings):
        assert posting.units is not None
        code = _code(codes, posting.account)
        sums[code] = sums.get(code, 0) + int((posting.units.number or 0) * 100)
    assert _nothing_out(sums) == kept
    path = tmp_path / "year.journal"
    path.write_text(http.get("/v1/reports/journal.hledger", wait=http.size, effective=str(NEXT)).text, encoding="utf-8")
    for program, options in PROGRAMS.items():
        if shutil.which(program) is not None:
            command = [program, "-f", str(path), "balance", *options]
            shown = subprocess.run(command, capture_output=True, text=True, check=True, env={"LANG": "C.UTF-8"})
            sums = {}
            for name, amount in re.findall(r'"?([A-Z][\w:-]+)"?,"?(-?[\d.]+)', shown.stdout):
                sums[_code(codes, name)] = sums.get(_code(codes, name), 0) + _fen(amount)
            assert (program, _nothing_out(sums)) == (program, kept)


def _code(codes: dict[str, str], account: str) -> str:
    """The code of an account; of one in the bank, the bank's."""
    return codes.get(account) or codes[account.rpartition(":")[0]]


def _fen(amount: str | None) -> int:
    return int((amount or "0").replace(".", ""))


def _fen_by(rows: list[dict[str, Any]], name: str, column: str) -> dict[str, int]:
    return _nothing_out({row[name]: _fen(row[column]) for row in rows})


def _nothing_out(sums: dict[str, int]) -> dict[str, int]:
    return {name: fen for name, fen in sums.items() if fen}


def _by_company(parts: dict[str, int], account: str, *, without: str = "-") -> dict[str, int]:
    sums: dict[str, int] = {}
    for part, fen in parts.items():
        code, _, owner = part.partition(":")
        company = f"{owner.partition('/')[0]}-demo"
        if code == account and not company.startswith(without):
            sums[company] = sums.get(company, 0) + fen
    return _nothing_out(sums)
