"""The demonstration ledger: the public record as it is, and an invented pipeline beside it.

plan         what is recorded, in order: the same for the same number and seed
build        record a plan
Standing     what is in a data directory: nothing, a demonstration, or something else
label        say in the directory's settings that everything here is invented
renew_keys   one key for each role; those of earlier runs no longer work

public.py     what others have stated in public, with date and source (data class PUBLIC_FACT)
pipeline.py   which ways invented companies take, and when each step became known (FICTIONAL)
steps.py      what is recorded at each step
firms.py      invented names and identifiers that no real company can have

The instants at which the history was recorded are simulated: reports as recorded earlier have something to show.
"""

import re
from collections.abc import Callable, Sequence
from datetime import date
from enum import Enum, auto
from pathlib import Path
from typing import get_args

from msgspec.structs import replace
from sqlalchemy import Connection, inspect

from api.auth import bearer, new_key
from api.demo.pipeline import pipeline
from api.demo.public import public_history
from api.demo.steps import Step
from api.settings import FILE
from ledger import CONTEXTS, store
from ledger.access import KEYS_TAG, NO_KEYS, CreateKey, Keys, RevokeKey, Role, evolve
from ledger.application import Ledger
from ledger.companies import CorrectDetails, RegisterLead
from ledger.database import Database
from ledger.decider import By, Command
from ledger.outcome import Done

METHOD = "demo"
ADMIN = By(actor="admin-demo", role="admin", method=METHOD)
ROLES: tuple[Role, ...] = get_args(Role)

SETTINGS = """# Written by `mcsc demo`: whatever is recorded in this ledger is labelled as invented.
data_class = "FICTIONAL"
"""


class DemoRefused(Exception):
    """The ledger refused a step of the demonstration: a fault of the demonstration, not of whoever ran it."""


OWN_FILES = re.compile(r"mcsc\.toml|ledger\.lock|(ledger|projections)\.db(-wal|-shm|-journal)?")


class Standing(Enum):
    """What is in a data directory. Only EMPTY and UNFINISHED_DEMO hold nothing that anybody could miss."""

    EMPTY = auto()
    DEMO = auto()
    UNFINISHED_DEMO = auto()
    OTHER = auto()


def plan(companies: int = 72, seed: int = 2021) -> list[Step]:
    """Every step in the order recorded: public history first, then `companies` invented companies over three years."""
    invented = sorted(pipeline(companies, seed), key=lambda step: step.recorded_at)
    return _with_positions([*public_history(), *invented])


def _with_positions(steps: Sequence[Step]) -> list[Step]:
    """A correction names the position it corrects: each step is one fact, so the lead's place in the plan is that."""
    leads: dict[str, int] = {}
    placed = []
    for position, step in enumerate(steps, 1):
        match step.command:
            case RegisterLead(company=company):
                leads[company] = position
            case CorrectDetails(company=company):
                step = replace(step, command=replace(step.command, corrects=leads[company]))
        placed.append(step)
    return placed


def build(database: Database, steps: Sequence[Step], progress: Callable[[int, int], None]) -> None:
    """Record the steps into an empty ledger, each at its simulated instant. Raises DemoRefused."""
    instants = (step.recorded_at for step in steps)  # the ledger asks its clock once for each command, in order
    with Ledger(database, CONTEXTS, clock=lambda: next(instants), queue_max=len(steps) + 1) as ledger:
        answers = [ledger.submit(step.command, step.by, data_class=step.data_class) for step in steps]
        for number, (step, answer) in enumerate(zip(steps, answers, strict=True), 1):
            outcome = answer.result().outcome
            if not isinstance(outcome, Done) or [noted.position for noted in outcome.facts] != [number]:
                raise DemoRefused(f"step {number}, {step.command}: {outcome}")
            progress(number, len(steps))


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
