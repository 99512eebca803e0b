"""What happened, typed as it happened, and typed in another order: what does not matter shows in no figure.

as_it_happened   what is recorded when each command is sent once, in the order in which things happened
in_any_order     the same commands in another order, each sent again until it is accepted; and what never was
delays, late     a strategy of how much later things are typed; commands so typed
reported         what a ledger with these facts answers, from read models of its own
"""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import strategies as st
from sqlalchemy import Connection

from ledger.decider import By, Command, Fact, Refusal
from ledger.log.database import Database
from projections.engine.runner import catch_up, ensure
from projections.engine.view import View
from tests.ground.given import decide
from tests.ground.recording import record

C = TypeVar("C", bound=Command)

delays = st.lists(st.sampled_from((0, 0, 0, 1, 2, 4, 9, 20)), min_size=1, max_size=40)


def as_it_happened(ground: Sequence[Fact], commands: Sequence[C], by: Callable[[C], By]) -> tuple[list[Fact], list[C]]:
    """The facts, and the commands that were accepted."""
    facts, accepted = list(ground), list[C]()
    for command in commands:
        try:
            facts += decide(facts, command, by(command))
        except Refusal:
            continue
        accepted.append(command)
    return facts, accepted


def in_any_order(ground: Sequence[Fact], commands: Sequence[C], by: Callable[[C], By]) -> tuple[list[Fact], list[C]]:
    """The facts once nothing more is accepted, and the commands that were not."""
    facts, left = list(ground), list(commands)
    while left:
        facts_before, refused = len(facts), list[C]()
        for command in left:
            try:
                facts += decide(facts, command, by(command))
            except Refusal:
                refused.append(command)
        left = refused
        if len(facts) == facts_before:
            break
    return facts, left


def late(commands: Sequence[C], by_how_much: Sequence[int]) -> list[C]:
    """The commands, some of them typed so many places later."""
    at = [place + by_how_much[place % len(by_how_much)] for place in range(len(commands))]
    return [commands[place] for place in sorted(range(len(commands)), key=lambda place: (at[place], -place))]


def reported(
    template: Path,
    directory: Path,
    facts: Sequence[Fact],
    views: Sequence[type[View]],
    ask: Callable[[Connection], Sequence[Any]],
) -> Sequence[Any]:
    """The answers over a new ledger, a copy of an empty one, in which facts were recorded in this order."""
    target = directory / "typed"
    shutil.copytree(template, target)
    database = Database(target)
    record(database, facts)
    made = [view() for view in views]
    ensure(database, made)
    catch_up(database, made)
    with database.views.connect() as connection:
        answers = ask(connection)
    database.close()
    shutil.rmtree(target)
    return answers
