"""What the server and its recorder say to each other: lists of messages, as MessagePack, over a pair of sockets.

To the recorder     Begin, once; then Ask, Waiting, End
From the recorder   Ready or NotReady, once; then Told, Foretold, NotTold, Stands, Measured; Beat, all the time
Through its door    Hello, once; then Ask there, and Told, Foretold, NotTold back (door.py)

Both sides are the same program, so the messages may change from one version to the next.
"""

import signal
from functools import cache
from typing import Any, Generic, TypeVar, Union

import msgspec
from msgspec import Struct

from api.settings import Settings
from ledger.decider import By, Command, DataClass, Fact, all_facts
from ledger.recording.asking import Decided, Unchanged
from ledger.recording.contexts import CONTEXTS
from ledger.recording.measures import Appending
from ledger.recording.outcome import Answer, Done, Faulty, NotDone, Previewed, Refused
from projections.engine.following import ViewHealth

C = TypeVar("C", bound=Command)
F = TypeVar("F", bound=Fact)

LEFT_TO_SERVER = (signal.SIGINT, signal.SIGTERM)
"""Signals that a terminal or a supervisor sends to both: the server acts on them, and the recorder never does."""


class Begin(Struct, frozen=True, array_like=True, tag="begin"):
    """Record by these settings."""

    settings: Settings


class Ask(Struct, Generic[C], frozen=True, array_like=True, tag="ask"):
    """A command; the answer will name its ticket."""

    ticket: int
    command: C
    by: By
    key: str | None
    data_class: DataClass
    dry_run: bool
    decided: Decided | None = None
    unchanged: Unchanged | None = None


class Waiting(Struct, frozen=True, array_like=True, tag="waiting"):
    """The number of those who wait for the read models now."""

    count: int


class End(Struct, frozen=True, array_like=True, tag="end"):
    """Answer what you were asked, then end."""


class Ready(Struct, frozen=True, array_like=True, tag="ready"):
    """Commands are taken."""


class NotReady(Struct, frozen=True, array_like=True, tag="not-ready"):
    """Commands cannot be taken, and the sentence that says why."""

    why: str


class Told(Struct, frozen=True, array_like=True, tag="told"):
    """The outcome of a command."""

    ticket: int
    outcome: Done | Refused
    replayed: bool


class Foretold(Struct, Generic[F], frozen=True, array_like=True, tag="foretold"):
    """The preview of a command: an outcome.Previewed."""

    ticket: int
    position: int
    facts: tuple[F, ...]


class NotTold(Struct, frozen=True, array_like=True, tag="not-told"):
    """The command was not decided: which NotDone, and its sentence."""

    ticket: int
    kind: str
    detail: str


class Beat(Struct, frozen=True, array_like=True, tag="beat"):
    """The process is not standing still."""


class Stands(Struct, frozen=True, array_like=True, tag="stands"):
    """The health of the read models, and why nothing can be recorded (None: it can)."""

    closed: str | None
    models: list[ViewHealth]


class Measured(Struct, frozen=True, array_like=True, tag="measured"):
    """The work of the writer until now."""

    appending: Appending


class Hello(Struct, frozen=True, array_like=True, tag="hello"):
    """The version that records, and what its facts are about."""

    version: str
    data_class: DataClass


ToRecorder = Begin | Ask[Command] | Waiting | End
FromRecorder = Hello | Ready | NotReady | Told | Foretold[Fact] | NotTold | Stands | Measured | Beat

encode = msgspec.msgpack.Encoder().encode
KINDS = {kind.__name__: kind for kind in NotDone.__subclasses__()}


def split(said: bytes) -> list[bytes]:
    """Each message of a list, as a list of its own."""
    return [encode([one]) for one in msgspec.msgpack.decode(said, type=list[msgspec.Raw])]


def told(ticket: int, answer: Answer | NotDone) -> FromRecorder:
    """An answer as a message."""
    if isinstance(answer, NotDone):
        return NotTold(ticket, type(answer).__name__, str(answer))
    if isinstance(answer.outcome, Previewed):
        return Foretold(ticket, answer.outcome.position, answer.outcome.facts)
    return Told(ticket, answer.outcome, answer.replayed)


def meant(message: Told | Foretold[Fact] | NotTold) -> Answer | NotDone:
    """The answer in a message."""
    match message:
        case Told(_, outcome, replayed):
            return Answer(outcome, replayed)
        case Foretold(_, position, facts):
            return Answer(Previewed(position, facts))
        case NotTold(_, kind, detail):
            return KINDS.get(kind, Faulty)(detail)


@cache
def to_recorder() -> "msgspec.msgpack.Decoder[list[ToRecorder]]":
    """Reads what the server says, every command in its own class."""
    any_command: Any = Union[tuple(command for context in CONTEXTS for command in context.commands)]  # noqa: UP007
    return msgspec.msgpack.Decoder(list[Begin | Ask[any_command] | Waiting | End])


@cache
def from_recorder() -> "msgspec.msgpack.Decoder[list[FromRecorder]]":
    """Reads what the recorder says, every previewed fact in its own class."""
    any_fact: Any = Union[tuple(all_facts().values())]  # noqa: UP007
    any_message: Any = Hello | Ready | NotReady | Told | Foretold[any_fact] | NotTold | Stands | Measured | Beat
    return msgspec.msgpack.Decoder(list[any_message])
