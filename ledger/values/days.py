"""Days that a command may name: what somebody can mean, and no other (domain §14).

Happened, Agreed, OnRecord   the kinds of a date; a field's type says which
Days                         which days are sensible: the ledger's first, how many years ahead, its time zone
day_fields                   the dates of a command and their kinds; a date that says nothing is agreed
check_days                   every date of a command is one that its kind allows

Happened   payments, receipts, reads, acceptances, signatures, notices received: from the first day through today
Agreed     terms, plans, what holds from a day on: from the first day through the last of the years ahead
OnRecord   the day of what is on record already and is withdrawn: any

Refusals, before every rule of a context
DayRefusal
├── DayNotCome       what has happened is dated after today
└── DayOutOfRange    before the first day, or further ahead than anybody agrees
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import cache
from typing import Annotated, Any, Literal

from msgspec import Meta
from msgspec import inspect as types

from ledger.decider import Command, Refusal

Kind = Literal["HAPPENED", "AGREED", "ON_RECORD"]

Happened = Annotated[date, Meta(extra={"day": "HAPPENED"})]
"""The day of something that has happened."""

Agreed = Annotated[date, Meta(extra={"day": "AGREED"})]
"""A day that may lie ahead: agreed, planned, or from when something holds."""

OnRecord = Annotated[date, Meta(extra={"day": "ON_RECORD"})]
"""The day of something on record that is withdrawn, however it was dated."""

# Refusals


class DayRefusal(Refusal):
    """A command names a day that nobody can mean."""


class DayNotCome(DayRefusal):
    """A day after today, of what has happened."""

    code = "day-not-come"


class DayOutOfRange(DayRefusal):
    """A day before the ledger's first, or further ahead than anything is agreed."""

    code = "day-out-of-range"


# The days that are sensible


@dataclass(frozen=True, slots=True)
class Days:
    """The days that commands may name: from `first` through `years_ahead`; `zone` says which day is today."""

    first: date = date(2000, 1, 1)
    years_ahead: int = 30
    zone: timezone = timezone(timedelta(hours=8))

    def today(self, now: datetime) -> date:
        """The day of an instant."""
        return now.astimezone(self.zone).date()

    def last(self, today: date) -> date:
        """The last day that is agreed on: the end of the last of the years ahead."""
        return date(today.year + self.years_ahead, 12, 31)


SENSIBLE = Days()
"""The days where nobody sets others."""


# The dates of a command


@cache
def day_fields(command: type[Command]) -> tuple[tuple[str, Kind], ...]:
    """The dates in a command, each as the names on the way to it, and its kind; months are days too."""
    found: dict[str, Kind] = {}
    for path, kind in _paths(types.type_info(command), ""):
        assert found.setdefault(path, kind) == kind, f"{path} of {command.__name__} is of two kinds"
    return tuple(found.items())


def _paths(kind: types.Type, path: str, within: tuple[type, ...] = ()) -> Iterator[tuple[str, Kind]]:
    match kind:
        case types.Metadata():
            if declared := (kind.extra or {}).get("day"):
                yield path, declared
            else:
                yield from _paths(kind.type, path, within)
        case types.DateType():
            yield path, "AGREED"
        case types.StructType() if kind.cls not in within:
            for field in kind.fields:
                yield from _paths(field.type, f"{path}.{field.name}".lstrip("."), (*within, kind.cls))
        case types.UnionType():
            for each in kind.types:
                yield from _paths(each, path, within)
        case types.VarTupleType():
            yield from _paths(kind.item_type, path, within)
        case types.TupleType():
            for each in kind.item_types:
                yield from _paths(each, path, within)
        case types.DictType():
            yield from _paths(kind.key_type, path, within)
            yield from _paths(kind.value_type, path, within)


def _named(value: Any, names: tuple[str, ...]) -> Iterator[date | str]:
    """The dates and months that these names lead to."""
    if isinstance(value, tuple):
        for item in value:
            yield from _named(item, names)
    elif names:
        yield from _named(getattr(value, names[0], None), names[1:])
    elif isinstance(value, date | str):
        yield value


def check_days(command: Command, days: Days, now: datetime) -> None:
    """Check that every date of a command is one that somebody can mean. Raises DayNotCome, DayOutOfRange."""
    today = days.today(now)
    for path, kind in day_fields(type(command)):
        for given in _named(command, tuple(path.split("."))):
            _check(path, given, kind, days, today)


def _check(path: str, given: date | str, kind: Kind, days: Days, today: date) -> None:
    """Check one date; a month (2024-07) as text, which has the order of its dates."""
    if kind == "ON_RECORD":
        return
    day, length = str(given), len(str(given))
    first, last = f"{days.first}"[:length], f"{today if kind == 'HAPPENED' else days.last(today)}"[:length]
    if kind == "HAPPENED" and day > last:
        raise DayNotCome(
            f"{path} is {day}, and today is {today}: what has happened is dated from {first} through {last}", field=path
        )
    if not first <= day <= last:
        raise DayOutOfRange(
            f"{path} is {day}, and lies from {first} through {last} (settings earliest_on and years_ahead)", field=path
        )
