"""All files for auditors, written into a directory page by page: in the same memory however long the year is.

TABLES     every table, in the order of the README
Tie        two sums that must be the same
Control    every file as it was written, and what ties
Export     writes a year: its steps, and then its control
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from api.papers.auditors.balances import (
    ADS_BALANCE,
    ADS_CHART,
    CHART_TABLE,
    MONTHLY,
    TRIAL_BALANCE,
    YEARLY,
    Balance,
    balances,
)
from api.papers.auditors.parties import (
    ADJUSTED,
    ADS_AP,
    ADS_AR,
    APPLIED,
    BASE,
    CASH,
    OPEN_AP,
    OPEN_AR,
    PAID,
    adjusted,
    applied,
    base_rows,
    open_documents,
    open_payables,
    paid,
    received,
)
from api.papers.auditors.readme import readme
from api.papers.auditors.table import Table, Writer, Written
from api.papers.auditors.vouchers import ADS_DETAIL, FLAT, GL_DETAILS, Posted, posted
from ledger.billing.facts import BillingFact
from ledger.bookkeeping.purchases.facts import SupplierPaid, SupplierPaymentReturned
from ledger.books.accounts import Account
from ledger.decider import all_facts
from ledger.log import store
from ledger.log.database import Database
from ledger.log.envelope import Entry, decode
from ledger.values.money import written
from projections.engine.basis import Basis
from projections.vouchers import lines_of, series, vouchers

PAGE = 2000
LINES = (GL_DETAILS, *FLAT, ADS_DETAIL)
MONEY = (CASH, APPLIED, ADJUSTED, PAID)
OF_MONTHS = (TRIAL_BALANCE, *MONTHLY, ADS_BALANCE)
TABLES: tuple[Table, ...] = (
    *(*BASE, CHART_TABLE, *LINES[:1], TRIAL_BALANCE, OPEN_AR, CASH, APPLIED, ADJUSTED, OPEN_AP, PAID),
    *(*FLAT, *YEARLY, *MONTHLY, ADS_DETAIL, ADS_BALANCE, ADS_CHART, ADS_AR, ADS_AP),
)
TOLD = (BillingFact, SupplierPaid, SupplierPaymentReturned)
"""Facts of money received and paid, and of what is owed on documents, whichever contract they are of."""


class Tie(Struct, frozen=True, kw_only=True):
    """Two sums that must be the same: what a file comes to, and what the books say. `difference` is 0 or 0.00."""

    what: str
    files: str
    books: str
    difference: str


class Control(Struct, frozen=True, kw_only=True):
    """The basis, every file, and what ties."""

    basis: Basis
    files: tuple[Written, ...]
    ties: tuple[Tie, ...]

    @property
    def broken(self) -> tuple[Tie, ...]:
        """The sums that do not tie."""
        return tuple(tie for tie in self.ties if tie.difference not in ("0", "0.00"))


class Export:
    """Writes the files of the basis's year, up to its day, into a directory."""

    def __init__(
        self, database: Database, basis: Basis, accounts: Mapping[str, Account], ledger: str, invented: bool
    ) -> None:
        self._database, self._basis, self._accounts = database, basis, accounts
        self._ledger, self._invented = ledger, invented
        self._writers: dict[str, list[Writer]] = {}
        self._moved: Counter[tuple[str, str]] = Counter()
        self._sums: Counter[str] = Counter()
        self.control: Control | None = None

    def steps(self, directory: Path) -> Iterator[tuple[int, int]]:
        """Write everything, a page at a time; after each, how many vouchers are written, of how many. Then there is a
        control."""
        with ExitStack() as open_files:
            for table in TABLES:
                writers = [Writer(directory, table, form, self._ends) for form in table.forms]
                self._writers[table.name] = writers
                for writer in writers:
                    open_files.callback(writer.give_up)
            self._base()
            yield self._done
            yield from self._vouchers()
            yield from self._open()
            found = self._balances()
            files = tuple(writer.close() for writers in self._writers.values() for writer in writers)
            self.control = Control(basis=self._basis, files=files, ties=tuple(self._ties(found)))
        said = msgspec.json.format(msgspec.json.encode(self.control), indent=2)
        (directory / "control.json").write_bytes(said + b"\n")
        (directory / "README.md").write_text(readme(self._basis, self._ledger, TABLES, self._invented), "utf-8")

    @property
    def _done(self) -> tuple[int, int]:
        return self._sums["vouchers"], self._sums["numbers"]

    @property
    def _ends(self) -> str:
        """Files of AICPA's names end with their days: GL_Detail_20260101_20261231.txt."""
        day = self._basis.effective
        return f"_{day.year}0101_{day:%Y%m%d}"

    def _add(self, table: Table, records: Iterable[Any]) -> None:
        some = list(records)
        for writer in self._writers[table.name]:
            writer.add(some)

    def _base(self) -> None:
        with self._database.views.connect() as connection:
            rows = base_rows(connection, self._basis)
            numbers = series(connection, self._basis, from_month=f"{self._basis.effective.year}-01").total
        self._sums["numbers"], self._sums["missing"] = numbers.journals, numbers.missing
        for table in BASE:
            self._add(table, rows[table.name])
        chart = sorted(self._accounts.values(), key=lambda account: (account.code, account.account))
        for table in (CHART_TABLE, ADS_CHART):
            self._add(table, chart)

    def _vouchers(self) -> Iterator[tuple[int, int]]:
        place, kinds = None, all_facts()
        while True:
            with self._database.views.connect() as connection:
                rows = vouchers(connection, self._basis, after=place, limit=PAGE)
                if not rows:
                    return
                lines = lines_of(connection, [row.position for row in rows])
                money = [row.position for row in rows if issubclass(kinds[row.fact], TOLD)]
                entries = [decode(one) for _, one in sorted(store.envelopes_at(connection, money).items())]
            records = list(posted(rows, lines, self._accounts))
            for one in records:
                self._moved[one.line.account, "debit"] += one.debit
                self._moved[one.line.account, "credit"] += one.credit
            for table in LINES:
                self._add(table, records)
            self._money(entries)
            self._adjusting(entries, records)
            place = rows[-1].place
            self._sums["vouchers"] += len(rows)
            yield self._done

    def _money(self, entries: Sequence[Entry]) -> None:
        for table, told in zip(MONEY, (received, applied, adjusted, paid), strict=True):
            self._add(table, (one for entry in entries for one in told(entry)))

    def _adjusting(self, entries: Sequence[Entry], records: Sequence[Posted]) -> None:
        """Sum the lines on trade receivables of the vouchers that adjust documents."""
        adjusting = {one.position for entry in entries for one in adjusted(entry)}
        lines = [one.line for one in records if one.voucher.position in adjusting]
        self._sums["adjusted"] += sum(line.amount_minor for line in lines if line.account == "receivables")

    def _open(self) -> Iterator[tuple[int, int]]:
        for tables, asked in (((OPEN_AR, ADS_AR), open_documents), ((OPEN_AP, ADS_AP), open_payables)):
            with self._database.views.connect() as connection:
                for some in asked(connection, self._basis):
                    for table in tables:
                        self._add(table, some)
                    yield self._done

    def _balances(self) -> list[Balance]:
        with self._database.views.connect() as connection:
            found = balances(connection, self._basis, self._accounts)
        for table in YEARLY:
            self._add(table, (one for one in found if one.month is None))
        for table in OF_MONTHS:
            self._add(table, (one for one in found if one.month is not None))
        return [one for one in found if one.month is None]

    def _ties(self, year: Sequence[Balance]) -> Iterator[Tie]:
        """Every sum of the files beside what the books say, whose totals are kept apart from the lines."""
        debit_sum, credit_sum = sum(one.debit for one in year), sum(one.credit for one in year)
        closing = {one.account.account: one.closing for one in year}
        for table, debit, credit in (
            (GL_DETAILS, "Debit_Amount", "Credit_Amount"),
            (FLAT[1], "借方金额", "贷方金额"),
            (TRIAL_BALANCE, "Period_Debit", "Period_Credit"),
        ):
            yield _tie(f"{table.name}: {debit}", self._sum(table, debit), debit_sum)
            yield _tie(f"{table.name}: {credit}", self._sum(table, credit), credit_sum)
        yield _tie(f"{FLAT[0].name}: 金额, debits less credits", self._sum(FLAT[0], "金额"), debit_sum - credit_sum)
        yield _tie(f"{FLAT[2].name}: 金额, both sides", self._sum(FLAT[2], "金额"), debit_sum + credit_sum)
        yield _tie(f"{ADS_DETAIL.name}: Amount, both sides", self._sum(ADS_DETAIL, "Amount"), debit_sum + credit_sum)
        for account in self._accounts.values():
            of = next((one for one in year if one.account.account == account.account), None)
            for side, booked in (("debit", of.debit if of else 0), ("credit", of.credit if of else 0)):
                moved = self._moved[account.account, side]
                if moved or booked:
                    yield _tie(f"{account.code} {account.name}: {side} lines", moved, booked)
        yield _tie("opening balances come to nothing", sum(one.opening for one in year), 0)
        yield _tie("closing balances come to nothing", sum(closing.values()), 0)
        yield _tie(
            f"{OPEN_AR.name}: trade receivables", self._sum(OPEN_AR, "Open_Amount"), closing.get("receivables", 0)
        )
        yield _tie(f"{OPEN_AP.name}: trade payables", self._sum(OPEN_AP, "Open_Amount"), -closing.get("payables", 0))
        yield _tie(
            f"{ADJUSTED.name}: lines on trade receivables", self._sum(ADJUSTED, "Amount"), self._sums["adjusted"]
        )
        for what, counted, said in (
            ("vouchers, and their numbers", "vouchers", self._sums["numbers"]),
            ("numbers between the first and the last that no voucher has", "missing", 0),
        ):
            difference = self._sums[counted] - said
            yield Tie(what=what, files=str(self._sums[counted]), books=str(said), difference=str(difference))

    def _sum(self, table: Table, column: str) -> int:
        """The sum of a column of a file, as it was written."""
        return int(self._writers[table.name][0].totals()[column].replace(".", ""))


def _tie(what: str, files: int, books: int) -> Tie:
    return Tie(what=what, files=written(files), books=written(books), difference=written(files - books))
