"""The demonstration as tests build and read it.

built            a demonstration of some companies; the one of `mcsc demo` is the fixture `demo`
entries, of      what is recorded, all of it or facts of some kinds
basis            effective on a day, as recorded by another
"""

from datetime import date
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection

import migrations
from api.demo.directory import label
from api.demo.keys import renew_keys
from api.demo.plan import plan
from api.demo.public import public_history
from api.demo.unfolding import unfold
from ledger.companies.prospects import RegisterLead
from ledger.decider import By, Fact
from ledger.log import store
from ledger.log.database import Database
from ledger.log.envelope import Entry
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from projections.engine.basis import Basis, resolve

TODAY = date(2026, 11, 24)
CLERK = By(actor="clerk-demo", role="deal_desk")
F = TypeVar("F", bound=Fact)
LEAD = RegisterLead(company="mine", name="Mine", country="US", origin="DIRECT", effective_on=TODAY)


def quietly(_done: int, _total: int) -> None:
    pass


def built(directory: Path, companies: int = 17, seed: int = 2021, *, keys: bool = True) -> Database:
    """A demonstration; with no companies at all, only the public record."""
    label(directory)
    database = Database(directory)
    migrations.upgrade(database)
    unfold(database, plan(companies, seed) if companies else public_history(), quietly)
    if keys:
        with Ledger(database, CONTEXTS) as ledger:
            renew_keys(ledger, TODAY)
    return database


def entries(database: Database) -> list[Entry]:
    with database.views.connect() as connection:
        return store.page(connection, after=0, limit=100_000)


def of(database: Database, *kinds: type[F]) -> list[F]:
    """The facts of these kinds, in the order recorded."""
    return [entry.fact for entry in entries(database) if isinstance(entry.fact, kinds)]


def basis(connection: Connection, effective: date | str, recorded: str | None = None) -> Basis:
    """Effective on a day, as recorded by another one, or by now."""
    known = store.read_head(connection).size
    return resolve(connection, effective=str(effective), recorded=recorded, today=TODAY, known=known)
