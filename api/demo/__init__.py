"""The demonstration ledger: the public record as it is, and an invented city beside it.

plan         what is recorded, in order: the same for the same number of companies and seed
contents     how much of what is in a plan
build        record a plan
Standing     what is in a data directory: nothing, a demonstration, or something else
label        say in the directory's settings that everything here is invented
renew_keys   one key for each role; those of earlier runs no longer work

public.py      what others have stated in public, and the statutory tax rates, with date and source (PUBLIC_FACT)
firms.py       invented names and identifiers that no real company can have
pipeline.py    which ways invented companies take, and when each step became known (FICTIONAL, as all that follows)
steps.py       what is recorded at each step
city.py        the estate: parcels, buildings, units
deals.py       kinds of leases         tenancies.py   who lets what      lives.py   what becomes of each lease
books.py       rates, billing, months  bank.py        who pays when      incidents.py   what goes wrong
parties.py     who is known from deals alone
investors.py   what is invested        investing.py   what comes of it
equipment.py   which machines are ordered             works.py       what becomes of each order
energy.py      who sells energy        metering.py    what meters show  settling.py   what it comes to
unfolding.py   how it is all recorded: some steps are known only when their turn comes
days.py        working days and office hours

The instants at which the history was recorded are simulated: reports as recorded earlier have something to show.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from enum import Enum, auto
from pathlib import Path
from typing import Any, NamedTuple, get_args

from msgspec import structs
from sqlalchemy import Connection, inspect

from api.demo.bank import statements
from api.demo.books import billing, periods, rates
from api.demo.city import estate, spaces, yuan
from api.demo.deals.energy import prices
from api.demo.deals.equipment import purchases
from api.demo.deals.investing import investments
from api.demo.deals.investors import agreed
from api.demo.deals.metering import supplied
from api.demo.deals.parties import parties
from api.demo.deals.settling import settlements
from api.demo.deals.works import orders, revaluation
from api.demo.incidents import incidents
from api.demo.lives import life
from api.demo.pipeline import Journey, journeys, pipeline
from api.demo.public import public_history
from api.demo.steps import Step
from api.demo.tenancies import settled, tenancies
from api.demo.unfolding import DemoRefused, Turn, unfold
from api.http.auth import bearer, new_key
from api.settings import FILE
from ledger.access import KEYS_TAG, NO_KEYS, CreateKey, Keys, RevokeKey, Role, evolve
from ledger.companies.presence import CompleteExit
from ledger.companies.registration import CorrectDetails
from ledger.decider import By, Command
from ledger.estate.units import DefineUnit
from ledger.leases.agreement import DraftLease
from ledger.log import store
from ledger.log.database import Database
from ledger.offtake.life import DraftOfftake
from ledger.orders.agreement import IssueQuotation
from ledger.recording.application import Ledger
from ledger.recording.outcome import Done

METHOD = "demo"
ADMIN = By(actor="admin-demo", role="admin", method=METHOD)
ROLES: tuple[Role, ...] = get_args(Role)

SETTINGS = """# Written by `mcsc demo`: whatever is recorded in this ledger is labelled as invented.
data_class = "FICTIONAL"
"""


OWN_FILES = re.compile(r"mcsc\.toml|ledger\.lock|(ledger|projections)\.db(-wal|-shm|-journal)?")


class Standing(Enum):
    """What is in a data directory. Only EMPTY and UNFINISHED_DEMO hold nothing that anybody could miss."""

    EMPTY = auto()
    DEMO = auto()
    UNFINISHED_DEMO = auto()
    OTHER = auto()


def plan(companies: int = 72, seed: int = 2021) -> list[Step | Turn]:
    """Everything that is recorded, by instant: public history first, then the city and `companies` invented companies.

    Some of it is only known when its turn comes; the same seed and the same ledger give the same history.
    """
    ways = list(journeys(companies, seed))
    leases = tenancies(ways, spaces(seed), seed)
    named = settled(leases)
    ways = [way._replace(taken=replace(way.taken, leases=named.get(way.taken.company, ()))) for way in ways]
    invented: list[Step | Turn] = [
        *map(_when_its_turn_comes, pipeline(ways)),
        *estate(seed, _prospects(ways)),
        *rates(seed),
        *periods(),
        *billing(leases),
        *statements(leases, seed),
        *(step for one in leases for step in life(one)),
        *incidents(leases),
        *parties(),
        *investments(agreed(ways)),
        *orders(purchases(ways)),
        *revaluation(),
        *prices(seed),
        *supplied(seed),
        *settlements(),
    ]
    return [*public_history(), *sorted(invented, key=lambda item: item.recorded_at)]


def _when_its_turn_comes(step: Step) -> Step | Turn:
    """A correction names the position it corrects, an exit what the books say: both are known only then."""
    match step.command:
        case CorrectDetails(company=company):
            return Turn(recorded_at=step.recorded_at, steps=lambda known: [_with(step, corrects=known.leads[company])])
        case CompleteExit(company=company):
            return Turn(
                recorded_at=step.recorded_at,
                steps=lambda known: [
                    _with(step, receivable=yuan(known.receivable(company)), deposits_held=yuan(known.deposits(company)))
                ],
            )
    return step


def _with(step: Step, **change: Any) -> Step:
    return structs.replace(step, command=structs.replace(step.command, **change))


def _prospects(ways: Sequence[Journey]) -> list[str]:
    """Companies that look for rooms: agreed long before anything is reserved for them, and never gone."""
    found = [way for way in ways if way.step("loi") and not way.step("exiting") and not way.step("dormant")]
    found.sort(key=lambda way: way.steps[0].on)
    return [way.taken.company for way in found if way.steps[0].on < date(2024, 12, 1)]


def build(database: Database, plan: Sequence[Step | Turn], progress: Callable[[int, int], None]) -> None:
    """Record a plan into an empty ledger, each step at its simulated instant. Raises DemoRefused."""
    unfold(database, plan, progress)


class Contents(NamedTuple):
    """How much of what a plan holds: facts of the public record; what is invented, by kind."""

    public: int
    units: int
    leases: int
    orders: int
    offtakes: int


def contents(plan: Sequence[Step | Turn]) -> Contents:
    """What a plan holds, as far as it is known from the beginning."""
    steps = [item for item in plan if isinstance(item, Step)]
    return Contents(
        public=sum(step.data_class == "PUBLIC_FACT" for step in steps),
        units=sum(isinstance(step.command, DefineUnit) for step in steps),
        leases=len({step.command.lease for step in steps if isinstance(step.command, DraftLease)}),
        orders=len({step.command.order for step in steps if isinstance(step.command, IssueQuotation)}),
        offtakes=len({step.command.agreement for step in steps if isinstance(step.command, DraftOfftake)}),
    )


# The data directory


def standing(database: Database) -> Standing:
    """What is in the database's data directory. A demonstration is finished once it has keys.

    Whoever asks may clear an unfinished one away, so it must be nobody's: everything in it is ours, every fact is the
    demonstration's own, and no process is recording into it. Raises AlreadyOpen where one is.
    """
    directory = database.directory
    found = {path.name for path in directory.iterdir()} if directory.exists() else set()
    if not found:
        return Standing.EMPTY
    if database.exists():
        with database.views.connect() as connection:
            facts = _facts(connection)
        if facts in (Standing.DEMO, Standing.OTHER):
            return facts
    if not _is_labelled(directory) or not all(map(OWN_FILES.fullmatch, found)):
        return Standing.OTHER
    with database.only_writer():
        return Standing.UNFINISHED_DEMO


def _facts(connection: Connection) -> Standing:
    """What the facts say: none at all is EMPTY."""
    if not inspect(connection).has_table("ledger_head") or not store.read_head(connection).size:
        return Standing.EMPTY
    if store.page(connection, after=0, limit=1)[0].by.method != METHOD:
        return Standing.OTHER
    if store.by_tags(connection, [KEYS_TAG]):
        return Standing.DEMO
    # Whatever else was recorded since, by whomever, is worth keeping.
    last = store.page(connection, after=store.read_head(connection).size - 1, limit=1)
    return Standing.UNFINISHED_DEMO if last[0].by.method == METHOD else Standing.OTHER


def _is_labelled(directory: Path) -> bool:
    settings = directory / FILE
    return settings.is_file() and settings.read_text(encoding="utf-8") == SETTINGS


def label(directory: Path) -> None:
    """Write the directory's settings; whatever is typed in later is labelled too."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / FILE).write_text(SETTINGS, encoding="utf-8")


# Keys


def renew_keys(ledger: Ledger, today: date) -> dict[Role, str]:
    """A new key for each role, as its holder sends it; keys that earlier runs made are revoked."""
    for key_id in _own_keys(ledger.database):
        _record(ledger, RevokeKey(effective_on=today, key_id=key_id, reason="the demonstration was started again"))
    return {role: _new_key(ledger, role, today) for role in ROLES}


def _own_keys(database: Database) -> list[str]:
    with database.views.connect() as connection:
        entries = store.by_tags(connection, [KEYS_TAG])
    keys: Keys = NO_KEYS
    for entry in entries:
        if entry.by.method == METHOD:
            keys = evolve(keys, entry.fact)
    return [key_id for key_id, key in keys.items() if not key.revoked]


def _new_key(ledger: Ledger, role: Role, today: date) -> str:
    key_id, secret, sha256 = new_key()
    actor = f"{role.replace('_', '-')}-demo"
    _record(ledger, CreateKey(effective_on=today, key_id=key_id, actor=actor, role=role, secret_sha256=sha256))
    return bearer(key_id, secret)


def _record(ledger: Ledger, command: Command) -> None:
    outcome = ledger.execute(command, ADMIN, data_class="FICTIONAL").outcome
    if not isinstance(outcome, Done):
        raise DemoRefused(f"{type(command).__name__}: {outcome}")
