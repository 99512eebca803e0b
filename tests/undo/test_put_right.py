"""Every command can be put right: as its `put_right` says, until every figure is what it was before (domain §14).

The ground is the demonstration, as far as it had come before the first line of a kind: every command of every context
is recorded there by mistake, once, and put right by the commands that it names, or that those name in turn. Then every
report and read model says the same as before; only history, positions, and documents that were credited stay.
"""

import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

import pytest

from ledger.decider import Command, Fact, command_name
from ledger.log.database import Database
from tests.ground.given import DECIDERS
from tests.undo.bank import BANK
from tests.undo.bookkeeping import BOOKKEEPING
from tests.undo.buying import BUYING
from tests.undo.city import CITY
from tests.undo.deals import DEALS
from tests.undo.desk import Desk, Growing, Line, followed
from tests.undo.energy import ENERGY
from tests.undo.figures import Figures, changed, differences, renamed
from tests.undo.leases import LEASES
from tests.undo.money import MONEY
from tests.undo.ways import At, Way

TABLE: Mapping[type[Command], Way | At] = {
    **CITY,
    **LEASES,
    **MONEY,
    **BANK,
    **DEALS,
    **ENERGY,
    **BUYING,
    **BOOKKEEPING,
}
NAMED, AGAIN = re.compile("`([a-z-]+)`"), re.compile(r"\b(again|anew)\b")
STAYS: Mapping[str, str] = {
    "set-contact": "the latest counts, and the person is erased at the end",
    "erase-contact": "the key is gone, which is its purpose",
}
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
    before, given = desk.size, len(desk.sent)
    desk.told.clear()
    next(story)
    mistaken = desk.sent[given:]
    assert command in mistaken
    next(story, None)
    yield from _not_led_to(mistaken, desk.sent[given + len(mistaken) :], desk.sent[:given])
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


def _not_led_to(
    mistaken: Sequence[type[Command]], right: Sequence[type[Command]], given: Sequence[type[Command]]
) -> Iterator[str]:
    """Name every command used for putting right that no `put_right` leads to, from those of the mistakes on.

    Where one says "again" or "anew", what was recorded before may be meant without its name. Whoever is told to propose
    something needs somebody else to approve it.
    """
    words = " ".join(command.put_right for command in mistaken)
    for used in right:
        name = command_name(used)
        again = used in (*given, *mistaken) and AGAIN.search(words)
        if not again and {name, name.replace("approve-", "propose-")}.isdisjoint(NAMED.findall(words)):
            yield f"put right by {name}, to which nothing leads that is said of it: {words}"
        words += f" {used.put_right}"


def _day(fact: Fact) -> date:
    return getattr(fact, "accounting_on", fact.effective_on)
