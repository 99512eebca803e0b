"""What is stored and sealed: one fact in its envelope, as one JSON document.

Recorded      position, when, by whom, through which command, about what, and the fact itself
encode        Recorded -> the bytes that are stored and hashed
decode        those bytes -> Recorded, every fact in its own class
decode_told   those bytes -> the fact alone, for who folds it
reader_of     a decode() of facts of some kinds alone
Index         the parts the database keeps copies of

The bytes are written once and hashed as they stand: nothing ever hashes a re-encoding. Facts change shape only by new
optional fields; a fact that cannot be read that way gets an entry in UPCASTS, from its retired class to today's.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import Annotated, Any, Generic, TypeVar, Union

import msgspec
from msgspec import Meta, Struct

from ledger.decider import By, DataClass, Fact, all_facts

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
UPCASTS: dict[type[Fact], Callable[[Any], Fact]] = {}


F = TypeVar("F", bound=Fact)
R = TypeVar("R", "Recorded[Fact]", "Told[Fact]")


class Recorded(Struct, Generic[F], frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A fact with its circumstances. `position` is gap-free from 1; `recorded_at` is UTC and never falls."""

    position: int
    recorded_at: datetime
    by: By
    command: str
    key: str | None = None
    data_class: DataClass = "LIVE"
    tags: tuple[str, ...]
    fact: F = msgspec.field(name="data")


Entry = Recorded[Fact]


class Told(Struct, Generic[F], frozen=True, gc=False):
    """A fact without its circumstances: all that a fold needs of it."""

    fact: F = msgspec.field(name="data")


class Index(Struct, frozen=True, gc=False):
    """The parts of an envelope that the database keeps copies of, to find facts by."""

    position: int
    recorded_at: Annotated[datetime, Meta(tz=True)]
    tags: tuple[str, ...]
    data: "Name"


class Name(Struct, frozen=True, gc=False):
    """A fact's stored name alone."""

    fact: str


def _any_fact() -> Any:
    return Union[tuple(all_facts().values())]  # noqa: UP007 - its members are known only at run time


@cache
def decoder() -> "msgspec.json.Decoder[Entry]":
    """Reads any fact. `ledger` makes it when it is imported, before there are threads: msgspec (0.22) breaks down where
    two of them learn the same class at the same time.
    """
    any_fact: Any = _any_fact()
    return msgspec.json.Decoder(Recorded[any_fact])


@cache
def told_decoder() -> "msgspec.json.Decoder[Told[Fact]]":
    """Reads what any fact says; made when `ledger` is imported, as `decoder` is."""
    any_fact: Any = _any_fact()
    return msgspec.json.Decoder(Told[any_fact])


@cache
def facts_decoder() -> "msgspec.json.Decoder[list[Fact]]":
    """Reads a list of facts that is not stored yet; made when `ledger` is imported, as `decoder` is."""
    any_fact: Any = _any_fact()
    return msgspec.json.Decoder(list[any_fact])


encode = msgspec.json.Encoder().encode
decode_index = msgspec.json.Decoder(Index).decode


class UnknownFact(Exception):
    """A stored fact that this version cannot read: a newer version recorded it, or its bytes were altered."""


def decode(envelope: bytes) -> Entry:
    """The stored fact; raises UnknownFact where its name or shape is none this version knows."""
    return _read(decoder(), envelope)


def reader_of(kinds: Iterable[type[Fact]]) -> Callable[[bytes], Entry]:
    """A decode() of facts of these kinds alone, which is made in a hundredth of the time that one of all facts takes.

    Make it where a module is imported, for the reason that `decoder` gives.
    """
    some: Any = Union[tuple(kinds)]  # noqa: UP007 - its members are known only at run time
    return partial(_read, msgspec.json.Decoder(Recorded[some]))


def decode_told(envelope: bytes) -> Fact:
    """Read the stored fact alone: a third less work than decode(). Raises UnknownFact."""
    return _read(told_decoder(), envelope).fact


def _read(reader: "msgspec.json.Decoder[R]", envelope: bytes) -> R:
    try:
        read = reader.decode(envelope)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise UnknownFact(f"{error}: {envelope[:120].decode(errors='replace')}…") from error
    upcast = UPCASTS.get(type(read.fact))
    return msgspec.structs.replace(read, fact=upcast(read.fact)) if upcast else read


def to_micros(instant: datetime) -> int:
    """Whole microseconds since 1970-01-01 UTC."""
    return (instant - EPOCH) // MICROSECOND


def from_micros(micros: int) -> datetime:
    """The UTC instant of a count of microseconds since 1970."""
    return EPOCH + timedelta(0, 0, micros)  # days, seconds, microseconds: by position is twice as fast
