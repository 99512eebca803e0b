"""What the server and its recorder say to each other: lists of messages, as MessagePack, over a pair of sockets.

To the recorder     Begin, once; then Ask, AskTogether, Waiting, End
From the recorder   Ready or NotReady, once; then Told, Foretold, NotTold, ToldTogether, Stands, Measured; Beat always
Through its door    Hello, once; then Ask, AskTogether there, and what is told back (door.py)

Both sides are the same program, so the messages may change from one version to the next.
"""

import signal
from functools import cache
from typing import Any, Generic, TypeVar, Union

import msgspec
from msgspec import Struct

from api.settings import Settings
from ledger.decider import By, Command, DataClass, Fact, all_facts
from ledger.recording.asking import Decided, Desk, Piece, Reply, Request, Together, Unchanged
from ledger.recording.contexts import CONTEXTS
from ledger.recording.measures import Appending
from ledger.recording.outcome import Answer, Answers, Done, Faulty, NotDone, Previewed, Refused
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


class AskTogether(Struct, Generic[C], frozen=True, array_like=True, tag="ask-together"):
    """Commands that are decided in one transaction; the answers will name their ticket."""

    ticket: int
    pieces: list[Piece[C]]
    by: By
    data_class: DataClass
    atomic: bool
    dry_run: bool


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


class ToldTogether(Struct, Generic[F], frozen=True, array_like=True, tag="told-together"):
    """The answers to commands that were decided together."""

    ticket: int
    each: "list[Told | Foretold[F] | NotTold]"
    kept: bool


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


ToRecorder = Begin | Ask[Command] | AskTogether[Command] | Waiting | End
Tells = Told | Foretold[Fact] | NotTold
FromRecorder = Hello | Ready | NotReady | Tells | ToldTogether[Fact] | Stands | Measured | Beat

encode = msgspec.msgpack.Encoder().encode
KINDS = {kind.__name__: kind for kind in NotDone.__subclasses__()}


def split(said: bytes) -> list[bytes]:
    """Each message of a list, as a list of its own."""
    return [encode([one]) for one in msgspec.msgpack.decode(said, type=list[msgspec.Raw])]


def asked(ticket: int, request: Request | Together) -> Ask[Any] | AskTogether[Any]:
    """A request as a message."""
    if isinstance(request, Request):
        about = request.key, request.data_class, request.dry_run, request.decided, request.unchanged
        return Ask(ticket, request.command, request.by, *about)
    pieces = [Piece(one.command, one.key, one.data_class, one.unchanged) for one in request.requests]
    first = request.requests[0]
    return AskTogether(ticket, pieces, first.by, first.data_class, request.atomic, request.dry_run)


def requested(asked: Ask[Any] | AskTogether[Any], desk: Desk) -> Request | Together:
    """The request in a message, which is answered at a desk."""
    if isinstance(asked, Ask):
        about = asked.key, asked.data_class, asked.dry_run, desk, asked.ticket, asked.decided, asked.unchanged
        return Request(asked.command, asked.by, *about)
    how = {"atomic": asked.atomic, "dry_run": asked.dry_run}
    return Together.of(asked.pieces, asked.by, asked.data_class, desk, asked.ticket, **how)


def told(ticket: int, reply: Reply) -> Tells | ToldTogether[Fact]:
    """An answer, or those to commands that were decided together, as a message."""
    if isinstance(reply, Answers):
        return ToldTogether(ticket, [_told(ticket, one) for one in reply.each], reply.kept)
    return _told(ticket, reply)


def _told(ticket: int, answer: Answer | NotDone) -> Tells:
    if isinstance(answer, NotDone):
        return NotTold(ticket, type(answer).__name__, str(answer))
    if isinstance(answer.outcome, Previewed):
        return Foretold(ticket, answer.outcome.position, answer.outcome.facts)
    return Told(ticket, answer.outcome, answer.replayed)


def meant(message: Tells | ToldTogether[Fact]) -> Reply:
    """The answer in a message, or the answers."""
    if isinstance(message, ToldTogether):
        return Answers(tuple(map(_meant, message.each)), message.kept)
    return _meant(message)


def _meant(message: Tells) -> Answer | NotDone:
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
    return msgspec.msgpack.Decoder(list[Begin | Ask[any_command] | AskTogether[any_command] | Waiting | End])


@cache
def from_recorder() -> "msgspec.msgpack.Decoder[list[FromRecorder]]":
    """Reads what the recorder says, every previewed fact in its own class."""
    any_fact: Any = Union[tuple(all_facts().values())]  # noqa: UP007
    told: Any = Told | Foretold[any_fact] | NotTold | ToldTogether[any_fact]
    any_message: Any = Hello | Ready | NotReady | told | Stands | Measured | Beat
    return msgspec.msgpack.Decoder(list[any_message])
