"""The kinds of files that the desk takes: what is asked beside one, how it is read, what its preview shows.

Told   a file as it was read, before anything is asked of the ledger
Kind   how one kind is taken; METER, PARK
"""

import tomllib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import msgspec

from api.console.pages import Visit
from api.console.words.saying import worded
from api.documents.bank_files import READ_S
from api.formats.sheets import figure
from api.http.deadlines import in_time, within
from api.http.problems import DECODING, Problem
from api.http.recording import Recording
from api.intake.metering.profile import Profile
from api.intake.metering.reading import Given, taken_from
from api.intake.taking_over.reading import Filled, placed, read
from api.intake.taking_over.reading import command as park_of
from api.intake.taking_over.told import opening, told
from api.routes.leases import RECORDINGS as OF_LEASES
from api.routes.offtake import RECORD_INTERVALS
from ledger.decider import Command, Fact
from ledger.joint.taking_over import TakeOverPark
from ledger.log.database import Database
from ledger.offtake.energy import kwh
from ledger.offtake.meters.facts import DayBlock, IntervalsReceived
from ledger.offtake.meters.metering import RecordIntervals
from ledger.recording.outcome import Refused
from projections.deals.metering import FileDoubt, checked_with

SHOWN_DAYS = 100
Said = Mapping[str, str]
Wrong = Sequence[tuple[str, str]]
"""Where, and the rule."""


class ShownTable(NamedTuple):
    """A table of a preview; the columns from `numbers` on are numbers."""

    title: str
    heading: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: int = 1


class Told(NamedTuple):
    """A file as it was read. `command`: None where something in it is wrong; `of`: what its kind keeps of it."""

    command: Command | None
    bad: Wrong
    left_out: Wrong
    of: Any


class Kind(NamedTuple):
    """One kind of file, and the way it is taken.

    asked     the fields that are typed beside it
    read      what the file says
    refused   where the faults stand that a rule found
    tables    what would be recorded, and what is known
    """

    name: str
    title: str
    recording: Recording
    asked: Sequence[str]
    read: Callable[[Visit, Said, bytes], Awaitable[Told]]
    refused: Callable[[Told, Refused], Wrong]
    tables: Callable[[Visit, Told, Sequence[Fact]], Awaitable[Sequence[ShownTable]]]


# A meter's file


def profile_in(data: bytes) -> str:
    """A meter's profile, TOML, as JSON. Raises Problem."""
    try:
        return msgspec.json.encode(msgspec.convert(tomllib.loads(data.decode()), Profile)).decode()
    except (msgspec.ValidationError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Problem("body-invalid", f"The profile is none: {error}") from error


async def _meter(visit: Visit, said: Said, data: bytes) -> Told:
    """Read a meter's file. Raises Problem where what is said beside it is malformed."""
    try:
        profile = msgspec.json.decode(said.get("profile", "{}"), type=Profile)
        if "incomplete" in said:
            profile = msgspec.convert({**msgspec.to_builtins(profile), "incomplete": said["incomplete"]}, Profile)
        beside = {name: said[name] for name in ("meter", "number", "reason") if name in said}
        beside |= {"name": said.get("name", ""), "on": said.get("on", visit.desk.settings.today().isoformat())}
        given = msgspec.structs.replace(msgspec.convert(beside, Given), profile=profile)
    except DECODING as error:
        raise Problem("body-invalid", str(error)) from error
    found, command = await within(READ_S, taken_from, data, given, visit.desk.settings.time_zone)
    where = [[(_line(visit, one.line), one.rule) for one in notes] for notes in (found.bad, found.left_out)]
    return Told(command, where[0], where[1], found)


def _line(visit: Visit, line: int) -> str:
    return visit.say("line {line}", line=line) if line else ""


def _doubts(database: Database, command: RecordIntervals) -> Sequence[FileDoubt]:
    with database.views.connect() as connection:
        return checked_with(connection, command)


async def _days(visit: Visit, made: Told, facts: Sequence[Fact]) -> Sequence[ShownTable]:
    """The days, which of them are new; then what is doubtful."""
    assert isinstance(made.command, RecordIntervals), "a meter's"
    new = {block.day for fact in facts if isinstance(fact, IntervalsReceived) for block in fact.days}
    say = visit.say
    rows = [(*_day(block), say("new") if block.day in new else say("known")) for block in made.command.days]
    title = say("Days of {meter}: {count}, of them new: {new}", meter=made.command.meter, count=len(rows), new=len(new))
    heading = (say("Day"), "kWh", say("of it estimated"), say("missing intervals"), say("State"))
    tables = [ShownTable(title, heading, rows[:SHOWN_DAYS])]
    if doubts := await in_time(_doubts, visit.desk.database, made.command):
        told = [(one.check, one.begins, one.ends, one.says) for one in doubts]
        tables.append(ShownTable(say("Doubtful; nothing is refused for it"), ("", "", "", ""), told, numbers=9))
    return tables


def _day(block: DayBlock) -> tuple[str, str, str, str]:
    values = list(zip(block.values, block.grades, strict=True))
    energy = sum(value for value, _ in values if value is not None)
    estimated = sum(value for value, grade in values if value is not None and grade == "E")
    return str(block.day), kwh(energy), kwh(estimated), str(sum(value is None for value, _ in values))


METER = Kind(
    name="meter",
    title="A meter's file",
    recording=RECORD_INTERVALS,
    asked=("meter", "number", "incomplete", "on", "reason"),
    read=_meter,
    refused=lambda _told, _refused: (),
    tables=_days,
)

# A park that is taken over


async def _park(visit: Visit, said: Said, data: bytes) -> Told:
    """Read a park's workbook. Raises Problem where the day is none."""
    try:
        on = date.fromisoformat(said.get("on", ""))
    except ValueError as error:
        raise Problem("body-invalid", f"on: {said.get('on', '')!r} is no day such as 2026-05-31") from error
    filled = await within(READ_S, read, data)
    bad = [(str(one.place), one.rule) for one in filled.wrong]
    return Told(None if bad else park_of(filled, said.get("name", ""), on), bad, (), filled)


def _placed(made: Told, refused: Refused) -> Wrong:
    return [(str(placed(made.of, fault.field)), f"{fault.detail} ({fault.code})") for fault in refused.faults]


async def _sums(visit: Visit, made: Told, facts: Sequence[Fact]) -> Sequence[ShownTable]:
    """The rows of each sheet, new and known; and what the new ones come to in the books."""
    filled: Filled = made.of
    say = visit.say
    heading = (say("Rows of"), say("in the file"), say("new"), say("known"))
    rows = [(name, *map(str, counts)) for name, *counts in told(filled, facts)]
    tables = [ShownTable(say("The workbook"), heading, rows)]
    if facts:
        books = (say("Account"), say("Debit"), say("Credit"))
        sums = [
            (worded(visit.language, name), *(text and figure(text) for text in amounts))
            for name, *amounts in opening(facts)
        ]
        sums[-1] = (say("Total"), *sums[-1][1:])
        tables.append(ShownTable(say("What it comes to in the books"), books, sums))
    return tables


PARK = Kind(
    name="park",
    title="A park that lived before",
    recording=next(one for one in OF_LEASES if one.command is TakeOverPark),
    asked=("on",),
    read=_park,
    refused=_placed,
    tables=_sums,
)
KINDS: Sequence[Kind] = (METER, PARK)
