"""Every command can be put right: as its `put_right` says, until every figure is what it was before (domain §14).

The ground is the demonstration, as far as it had come before the first line of a kind: every command of every context
is recorded there by mistake, once, and put right by the commands that it names. Then every report and read model says
the same as before; only history, positions, and documents that were credited stay.
"""

import re
import shutil
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import pytest

from ledger.decider import Command, Fact, command_name
from ledger.log.database import Database
from tests.ground.given import DECIDERS
from tests.undo.city import CITY
from tests.undo.deals import DEALS
from tests.undo.desk import Desk, Growing, Line, followed
from tests.undo.energy import ENERGY
from tests.undo.figures import Figures, changed, differences, renamed
from tests.undo.leases import LEASES
from tests.undo.money import MONEY
from tests.undo.ways import At, Way

TABLE: Mapping[type[Command], Way | At] = {**CITY, **LEASES, **MONEY, **DEALS, **ENERGY}
NAME, AGAIN = re.compile("`([a-z-]+)`"), re.compile(r"\b(again|anew)\b")
STAYS: Mapping[str, str] = {}
"""Commands after which nothing is as before, and why."""


def test_every_command_is_in_the_table() -> None:
    assert {command_name(command) for command in DECIDERS} == {*map(command_name, TABLE), *STAYS}


def test_every_command_can_be_put_right(tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, grown = (Database(shutil.copytree(sqlite_template, tmp_path / name)) for name in ("whole", "grown"))
    first: dict[type[Command], Line] = {}
    for line in followed(whole, monkeypatch):
        first.setdefault(type(line.command), line)
    growing, figures = Growing(whole, grown), Figures()
    wrong: dict[str, list[str]] = {}
    for line, command, way in sorted(_stops(first), key=lambda stop: stop[0].before):
        growing.grow(line.before)
        with growing.desk(tmp_path / "copy", line.recorded_at) as desk:
            try:
                found = list(_told_otherwise(desk, line, command, way, figures))
            except AssertionError as error:
                found = [f"{error}"[-400:]]
        if found:
            wrong[command_name(command)] = found[:6]
    whole.close()
    grown.close()
    assert wrong == {}, "\n".join(f"{name}: {place}" for name, places in wrong.items() for place in places)


def _stops(first: Mapping[type[Command], Line]) -> Iterator[tuple[Line, type[Command], Way]]:
    for command, way in TABLE.items():
        at = way if isinstance(way, At) else At(command, way)
        yield first[at.first], command, at.way


def _told_otherwise(desk: Desk, line: Line, command: type[Command], way: Way, figures: Figures) -> Iterator[str]:
    """Record a command by mistake, put it right, and name every figure that is not what it was."""
    story = way(desk, line)
    next(story)
    before = desk.size
    desk.told.clear()
    next(story)
    assert command in desk.sent
    yield from _unsaid(command, desk, story)
    desk.follow()
    moved = changed(desk.database, before)
    on = max(_day(fact) for fact in desk.told)
    old = {new: old for old, new in desk.renamed.items()}
    things = {tag for fact in desk.told for tag in fact.tags if tag.partition(":")[2] not in desk.renamed}
    now = {":".join((tag.partition(":")[0], old.get(tag.partition(":")[2], tag.partition(":")[2]))) for tag in things}
    questions = figures.questions(moved)
    said = figures.of(desk.database, on, before, things, questions)
    says = figures.of(desk.database, on, desk.size, now, questions)
    for place in differences(renamed(said, {}), renamed(says, desk.renamed)):
        if not any(words in place for words in desk.stays):
            yield place


def _unsaid(command: type[Command], desk: Desk, story: Iterator[None]) -> Iterator[str]:
    """Put a mistake right, and name every command used for it that no `put_right` led to, from the mistake's on.

    Where one says "again" or "anew" without a name, what was recorded before is meant. Whoever is told to propose
    something needs somebody else to approve it.
    """
    already = list(desk.sent)
    next(story, None)
    reached, again = _named(command), AGAIN.search(command.put_right)
    for used in desk.sent[len(already) :]:
        name = command_name(used)
        if not (name in reached or (again and used in already) or name.replace("approve-", "propose-") in reached):
            yield f"put right by {name}, which {sorted(reached)} do not lead to"
        reached, again = reached | _named(used), again or AGAIN.search(used.put_right)


def _named(command: type[Command]) -> set[str]:
    return set(NAME.findall(command.put_right))


def _day(fact: Fact) -> date:
    return getattr(fact, "accounting_on", fact.effective_on)
