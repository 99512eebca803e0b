"""The journal as text that other bookkeeping programs read, so that anybody can check our arithmetic with theirs.

FORMATS        hledger and beancount: how each writes an account, an entry, what everything comes to
export         the whole text, a piece at a time
WRITTEN        the version of that text
first_lines    what stands before the entries; last_lines: the balances, which the program compares with its own

An account is named by its kind and ours: `Assets:Straight-Line`; its code is a tag. A bank account is one within
`Assets:Bank`; money on none stands on that itself. Each entry cites its fact by name
and position; an amount in another currency stands beside it, as a tag. Balances are those since the books began: other
programs do not restart income on 1 January, and the head says which commands compare equal.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from msgspec import Struct
from sqlalchemy import Connection, func, select

from ledger.books.accounts import CHART, Account, Kind
from ledger.books.line import Line
from ledger.periods import day_after
from ledger.values.money import EXPONENT, written
from projections.books.entries import JournalEntry, all_entries
from projections.books.entries import known as known_by
from projections.books.journal import journal_line, totals
from projections.engine.basis import Basis

ROOTS: Mapping[Kind, str] = {
    "ASSET": "Assets",
    "LIABILITY": "Liabilities",
    "EQUITY": "Equity",
    "INCOME": "Income",
    "EXPENSE": "Expenses",
}
WRITTEN = 3
"""How entries are written: another number where the same entries give other text."""
OPENED = date(1900, 1, 1)
"""Beancount wants to know from when on an account is used."""


class JournalBasis(Struct, frozen=True, kw_only=True):
    """The basis that the text stands on, and the chart with its codes."""

    basis: Basis
    accounts: Mapping[str, Account]


@dataclass(frozen=True)
class Format:
    """A program's way of writing a journal.

    compared  which of its commands come to our figures
    account   what declares an account
    entry     an entry
    balances  that the accounts come to this at the end of a day, as the program asserts it
    whole     its balance of an account is with all accounts within it
    """

    program: str
    compared: tuple[str, ...]
    before: str
    account: Callable[[Account, str], str]
    entry: Callable[[JournalEntry], str]
    balances: Callable[[date, Mapping[str, int]], str]
    whole: bool


def name_of(account: str) -> str:
    """Assets:Straight-Line."""
    words = "-".join(word.capitalize() for word in account.split("-"))
    return f"{ROOTS[CHART[account].kind]}:{words}"


def name_of_line(line: Line) -> str:
    """The account of a line: of money on a bank account, that one within Assets:Bank."""
    return name_of(line.account) if line.bank_account is None else _in_bank(line.bank_account)


def _in_bank(bank_account: str) -> str:
    return f"{name_of('bank')}:{bank_account[:1].upper()}{bank_account[1:]}"


def _on_bank_accounts(connection: Connection, basis: Basis) -> dict[str, int]:
    """The balance of each bank account, CNY minor units."""
    line = journal_line.c
    mine = select(line.bank_account, func.sum(line.amount_minor)).where(known_by(basis), line.account == "bank")
    rows = connection.execute(mine.where(line.bank_account.is_not(None)).group_by(line.bank_account))
    return {name: int(minor) for name, minor in sorted(map(tuple, rows))}


def export(connection: Connection, known: JournalBasis, form: Format) -> Iterator[str]:
    """The whole journal, a piece at a time."""
    yield first_lines(connection, known, form)
    for entry in all_entries(connection, known.basis):
        yield form.entry(entry)
    yield last_lines(connection, known, form)


def first_lines(connection: Connection, known: JournalBasis, form: Format) -> str:
    """The basis, and every account."""
    basis = known.basis
    remarks = (
        f"Journal of Meishan California Smart City, for {form.program}; amounts in CNY.",
        f"Accounted for through {basis.effective}, as recorded at position {basis.recorded}.",
        f"Root hash of the log: {basis.root}",
        "Income and expenses are not restarted on 1 January. What compares equal:",
        *(words.format(year=basis.effective.year, after=basis.effective.year + 1) for words in form.compared),
    )
    accounts = [form.account(account, name_of(account.account)) for account in known.accounts.values()]
    accounts += [form.account(known.accounts["bank"], _in_bank(one)) for one in _on_bank_accounts(connection, basis)]
    return "".join([*(f"; {words}\n" for words in remarks), "\n", form.before, "\n", *accounts, "\n"])


def last_lines(connection: Connection, known: JournalBasis, form: Format) -> str:
    """Say what every account comes to by our books: the program finds a difference, if there is one."""
    on = known.basis.effective
    balances: dict[str, int] = {}
    for (account, _), total in totals(connection, known.basis.recorded, [on])[on].items():
        balances[account] = balances.get(account, 0) + total.balance_minor
    within = _on_bank_accounts(connection, known.basis)
    if within and not form.whole:
        balances["bank"] -= sum(within.values())
    named = {name_of(account): minor for account, minor in sorted(balances.items())}
    named |= {_in_bank(account): minor for account, minor in within.items()}
    return form.balances(on, named) if named else ""


def _words(entry: JournalEntry) -> tuple[str, str]:
    """(tenant, what happened)."""
    company = next((line.company for line in entry.lines if line.company), "")
    document = next((line.document for line in entry.lines if line.document), "")
    return company, f"{entry.fact} {document}".rstrip()


def _foreign(line: Line) -> str | None:
    """The amount in the transaction currency, where that is another: 1000.00 USD."""
    if line.currency is None or line.foreign_minor is None:
        return None
    return f"{written(line.foreign_minor, EXPONENT[line.currency])} {line.currency}"


# hledger (https://hledger.org, file format 1.25 and later)


HLEDGER_TYPES: Mapping[Kind, str] = {"ASSET": "A", "LIABILITY": "L", "EQUITY": "E", "INCOME": "R", "EXPENSE": "X"}

CASH = "C"
"""Money in the bank: with A alone its cash flow would be empty."""


def _hledger_account(account: Account, name: str) -> str:
    kind = CASH if account.account == "bank" else HLEDGER_TYPES[account.kind]
    return f"account {name}\n    ; code:{account.code}\n    ; type:{kind}\n"


def _hledger_entry(entry: JournalEntry) -> str:
    company, happened = _words(entry)
    said = " | ".join(part for part in (company, happened) if part)
    tags = {"rules": entry.rules, "effective": entry.effective_on, "data_class": entry.data_class}
    lines = [f"{entry.accounting_on} * ({entry.position}) {said}"]
    lines += [f"    ; {tag}: {value}" for tag, value in tags.items()]
    for line in entry.lines:
        about = {
            "lease": line.lease,
            "document": line.document,
            "stream": line.stream,
            "service_month": line.service_month,
            "foreign": _foreign(line),
        }
        lines.append(f"    {name_of_line(line)}  {written(line.amount_minor)} CNY")
        lines += [f"    ; {tag}: {value}" for tag, value in about.items() if value is not None]
    return "\n".join(lines) + "\n\n"


def _hledger_balances(on: date, balances: Mapping[str, int]) -> str:
    lines = [f"{on} * balances by the ledger"]
    lines += [f"    {account}  0.00 CNY = {written(balance)} CNY" for account, balance in balances.items()]
    return "\n".join(lines) + "\n"


# Beancount (https://beancount.github.io, version 3)


def _quoted(words: str) -> str:
    escaped = words.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _beancount_account(account: Account, name: str) -> str:
    opened = f"{OPENED} open {name} CNY\n"
    return f"{opened}  code: {_quoted(account.code)}\n  name: {_quoted(account.name_zh)}\n"


def _beancount_entry(entry: JournalEntry) -> str:
    company, happened = _words(entry)
    said = " ".join(_quoted(part) for part in (company, happened) if part)
    lines = [
        f"{entry.accounting_on} * {said}",
        f"  position: {entry.position}",
        f"  rules: {entry.rules}",
        f"  effective: {entry.effective_on}",
        f"  data_class: {_quoted(entry.data_class)}",
    ]
    for line in entry.lines:
        lines.append(f"  {name_of_line(line)}  {written(line.amount_minor)} CNY")
        about = {"lease": line.lease, "document": line.document, "stream": line.stream, "month": line.service_month}
        lines += [f"    {key}: {_quoted(value)}" for key, value in about.items() if value is not None]
        if (foreign := _foreign(line)) is not None:
            lines.append(f"    foreign: {foreign}")
    return "\n".join(lines) + "\n\n"


def _beancount_balances(on: date, balances: Mapping[str, int]) -> str:
    """Beancount compares at the beginning of a day; without a tolerance of its own it would let a fen pass."""
    amounts = {account: written(balance) for account, balance in balances.items()}
    return "".join(f"{day_after(on)} balance {name}  {amount} ~ 0.00 CNY\n" for name, amount in amounts.items())


FORMATS: Mapping[str, Format] = {
    "hledger": Format(
        program="hledger",
        compared=(
            "hledger bs, ledger balance Assets Liabilities: the balance sheet, the results apart.",
            "hledger is -p {year}: the income statement of a year, as MCSC's of it.",
            "hledger cashflow -p {year}: what moved in the bank.",
        ),
        before="decimal-mark .\ncommodity CNY\n    format 1000.00 CNY\n",
        account=_hledger_account,
        entry=_hledger_entry,
        balances=_hledger_balances,
        whole=False,
    ),
    "beancount": Format(
        program="Beancount",
        compared=(
            "Fava with time={year}: both statements of a year.",
            "A query FROM OPEN ON {year}-01-01 CLOSE ON {after}-01-01 CLEAR: the same.",
        ),
        before='option "title" "Meishan California Smart City"\noption "operating_currency" "CNY"\n',
        account=_beancount_account,
        entry=_beancount_entry,
        balances=_beancount_balances,
        whole=True,
    ),
}
