"""How a plan unfolds: steps are recorded in the order of their instants, and some are only known when their turn comes.

Turn      steps that depend on what is on record by then: what a tenant pays is what it was billed
Known     what is on record, as far as turns ask
unfold    record a plan

Steps between two turns go to the ledger together, so most of them share a commit. The disk is waited for once, at the
end: until a demonstration has keys nobody was promised anything of it, and one that is not finished is made anew.
"""

import heapq
import os
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from itertools import count

from msgspec import Struct
from sqlalchemy import Connection

from api.demo.steps import Step
from ledger.billing.account import Billing, Document, Receipt
from ledger.billing.account import evolve as after
from ledger.billing.facts import BillingFact, Issued, UnpostedFact
from ledger.billing.gap import BillLease
from ledger.bookkeeping.vat.facts import VatReturnFiled
from ledger.companies.facts import LeadRegistered
from ledger.decider import Fact
from ledger.log import store
from ledger.log.database import Database
from ledger.log.envelope import Entry
from ledger.orders.receivables import RevalueReceivables
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from ledger.recording.outcome import Answer, Done
from projections.books.journal import Journal
from projections.companies.register import CompanyRegister
from projections.deals.offtake import MakeUpLiabilities
from projections.deals.orders import OrderRegister
from projections.engine.basis import Basis
from projections.engine.runner import ensure
from projections.engine.view import Pages, View, advance
from projections.payables.documents import Payables
from projections.receivables.tenants import TenantsAccounts
from projections.tenancy.leases import LeaseRegister

PAGE = 5_000
STATES_MAX = 2_000
"""Few enough that a new month does not move on thousands of accounts nobody asks for again."""


class DemoRefused(Exception):
    """The ledger refused a step of the demonstration: a fault of the demonstration, not of whoever ran it."""


class _Read(Pages):
    """Facts that not every read model has followed: read and decoded once, for all of them."""

    def __init__(self) -> None:
        super().__init__(PAGE)
        self._begun_after = 0
        self._kept: list[Entry] = []

    def add(self, entries: Sequence[Entry]) -> None:
        """Take in what comes after all that was read."""
        self._kept.extend(entries)

    def leave(self, followed: int) -> None:
        """Let go of what every read model has followed."""
        del self._kept[: followed - self._begun_after]
        self._begun_after = followed

    def read(self, connection: Connection, after: int) -> list[Entry]:
        """See Pages."""
        begin = after - self._begun_after
        return self._kept[begin : begin + self.size]


class Known:
    """The record, as far as turns ask for it: each tenant's account, and the state of each lead."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.size = 0
        self.leads: dict[str, int] = {}
        self.vat_filed: dict[str, VatReturnFiled] = {}
        self._accounts: dict[str, Billing] = {}
        self._owed: dict[str, list[tuple[Issued, Document]]] = {}
        # Those that closing a month and measuring losses ask.
        self._views = (
            CompanyRegister(),
            TenantsAccounts(),
            LeaseRegister(),
            OrderRegister(),
            MakeUpLiabilities(),
            Payables(),
            Journal(),
        )
        ensure(database, self._views)
        self._followed = dict.fromkeys(self._views, 0)
        self._read = _Read()

    def basis(self, on: date) -> Basis:
        """Effective on a date, as recorded by now: for questions alone, whose answers name no root."""
        return Basis(effective=on, recorded=self.size, recorded_at=None, root="")

    def follow(self, *kinds: type[View]) -> None:
        """Bring those read models up to now that are asked; those that closing asks, where none are named."""
        for view in self._views:
            while (not kinds or isinstance(view, kinds)) and self._followed[view] < self.size:
                self._followed[view] = advance(self.database, view, self._read)
        self._read.leave(min(self._followed.values()))

    def learn(self) -> None:
        """Read what was recorded since the last time."""
        with self.database.views.connect() as connection:
            while entries := store.page(connection, after=self.size, limit=PAGE):
                for entry in entries:
                    self._fold(entry.position, entry.fact)
                self._read.add(entries)
                self.size = entries[-1].position

    def _fold(self, position: int, fact: Fact) -> None:
        if isinstance(fact, LeadRegistered):
            self.leads[fact.company] = position
        elif isinstance(fact, BillingFact | UnpostedFact):
            self._accounts[fact.company] = after(self.account(fact.company), fact)
            self._owed.pop(fact.company, None)
        elif isinstance(fact, VatReturnFiled):
            self.vat_filed[fact.month] = fact

    @property
    def tenants(self) -> tuple[str, ...]:
        """Everybody who ever was billed or paid, in order."""
        return tuple(self._accounts)

    def account(self, company: str) -> Billing:
        """Give a tenant's account: what it owes, has paid and has deposited."""
        return self._accounts.get(company, Billing())

    def owed(self, company: str) -> Sequence[tuple[Issued, Document]]:
        """A tenant's open documents, the earliest due first."""
        if company not in self._owed:
            documents = self.account(company).documents.values()
            found = [
                (document.issued, document)
                for document in documents
                if document.issued is not None and document.open_minor > 0
            ]
            self._owed[company] = sorted(found, key=lambda pair: (pair[0].due_on, pair[0].invoice))
        return self._owed[company]

    def receivable(self, company: str) -> int:
        """Add up what a tenant owes, in minor units."""
        documents = self.account(company).documents.values()
        return sum(document.open_minor for document in documents if document.issued is not None)

    def deposits(self, company: str) -> int:
        """Add up the deposits that we hold of a tenant, in minor units."""
        account = self.account(company)
        return sum(account.deposit_minor(lease) for lease in account.deposits)

    def free(self, company: str) -> Mapping[str, Receipt]:
        """A tenant's receipts that still have something to pay with."""
        return {name: receipt for name, receipt in self.account(company).receipts.items() if receipt.free_minor > 0}


class Turn(Struct, frozen=True, kw_only=True):
    """At this instant somebody looks at what is on record; the steps that follow are not earlier than that."""

    recorded_at: datetime
    steps: Callable[[Known], Iterable["Step | Turn"]]


Plan = Sequence[Step | Turn]


@dataclass(slots=True)
class _Course:
    """The steps and turns still to be recorded, by instant; of one instant, in the order they were thought of."""

    waiting: list[tuple[datetime, int, Step | Turn]]
    numbers: "count[int]"

    def add(self, items: Iterable[Step | Turn]) -> None:
        for item in items:
            heapq.heappush(self.waiting, (item.recorded_at, next(self.numbers), item))

    def run(self) -> list[Step]:
        """The steps in front of the next turn."""
        steps = []
        while self.waiting and isinstance(self.waiting[0][2], Step):
            steps.append(heapq.heappop(self.waiting)[2])
        return steps  # type: ignore[return-value] # no turns among them

    def turn(self) -> Turn | None:
        """The next turn, where no step is in front of it."""
        found = heapq.heappop(self.waiting)[2] if self.waiting else None
        assert not isinstance(found, Step)
        return found


def unfold(database: Database, plan: Plan, progress: Callable[[int, int], None]) -> None:
    """Record a plan into an empty ledger, each step at its simulated instant. Raises DemoRefused.

    progress(facts so far, facts and steps to come as far as anybody knows)
    """
    instants: deque[datetime] = deque()  # the ledger asks its clock once for each command, in order
    course, known = _Course([], count()), Known(database)
    course.add(plan)
    try:
        with Ledger(database, CONTEXTS, clock=instants.popleft, queue_max=10**6, states_max=STATES_MAX) as ledger:
            _hasten(database)
            while course.waiting:
                steps = course.run()
                instants.extend(step.recorded_at for step in steps)
                answers = [ledger.submit(step.command, step.by, data_class=step.data_class) for step in steps]
                _all_done(steps, answers)
                known.learn()
                progress(known.size, known.size + len(course.waiting))
                if (turn := course.turn()) is not None:
                    course.add(turn.steps(known))
    finally:
        database.close()  # also the connection that does not wait
    _wait_for_the_disk(database)


def _hasten(database: Database) -> None:
    """Let SQLite's commits not wait for the disk, once the ledger has seen that they would."""
    with closing(database.log.raw_connection()) as connection:
        connection.cursor().execute("PRAGMA synchronous = OFF")


def _wait_for_the_disk(database: Database) -> None:
    """Wait until the disk has all of a ledger that is closed."""
    for path in (database.directory / "ledger.db", database.directory):
        opened = os.open(path, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def _all_done(steps: Sequence[Step], answers: Sequence["Future[Answer]"]) -> None:
    for step, answer in zip(steps, answers, strict=True):
        outcome = answer.result().outcome
        nothing_new = isinstance(step.command, BillLease | RevalueReceivables)
        if not isinstance(outcome, Done) or not (outcome.facts or nothing_new):
            raise DemoRefused(f"{step.recorded_at}, {step.command}: {outcome}")
