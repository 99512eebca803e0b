"""How a command reaches what records it, and how its answer comes back.

Recorder   takes commands: submit / execute / record. In this process: ledger.recording.application.Ledger
Request    a command on its way; Decided: what was decided of it ahead of the writer; Unchanged: only if so
Together   several on their way at once, decided one after the other in one transaction; Piece: each, as it is asked for
Desk       where answers are handed out: to a thread that waits, to an event loop, to another process
deliver    hand out a batch of answers
"""

import asyncio
import hashlib
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import lru_cache
from time import monotonic
from typing import Any, Generic, Protocol, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ledger.decider import By, Command, DataClass
from ledger.log.database import Database
from ledger.recording.measures import Appending
from ledger.recording.outcome import Answer, Answers, KeyReused, NotDone, Refused, Unavailable, Unknown

Reply = Answer | Answers | NotDone
C = TypeVar("C", bound=Command)
STOPPING, NOT_STARTED = "the ledger is stopping", "the ledger has not been started"
RESTARTING = "the process that records has ended; it is being started again"
"""Reasons for which nothing can be recorded for a moment: see Recorder.closed."""
KEY_REUSED = "idempotency-key-reused"
ANSWER_S = 3.5
"""Seconds after which whoever asked is answered, whatever became of the command."""
TOGETHER_S = 15.0
"""The same of many commands that are decided together."""


class Decided(Struct, frozen=True, gc=False):
    """The facts that a command records, as JSON, decided on the log up to a position, whose root is this."""

    position: int
    root: bytes
    facts: bytes


class Unchanged(Struct, frozen=True, array_like=True):
    """A condition: no fact of these stored names that carries the tag was recorded after the position.

    there   in its place: the thing is on record (True: any fact carries the tag), or is not (False)
    """

    tag: str
    names: tuple[str, ...]
    position: int
    there: bool | None = None


class Desk(Protocol):
    """Hands answers out: all those of a batch that are for one desk in one call."""

    def deliver(self, answers: Sequence[tuple[Any, Reply]]) -> None:
        """Each answer, with the ticket that was left for it; called from the recorder's thread, and never raises."""


@dataclass(slots=True)
class Request:
    """A queued command, and where its answer goes: `ticket` is what the desk knows it by.

    decided   ahead of it; unchanged: it is decided only where that holds
    since     when it came, by a clock that only goes on
    """

    command: Command
    by: By
    key: str | None
    data_class: DataClass
    dry_run: bool
    desk: Desk
    ticket: Any
    decided: Decided | None = None
    unchanged: Unchanged | None = None
    since: float = field(default_factory=monotonic)
    _digest: bytes | None = None

    @property
    def digest(self) -> bytes:
        """SHA-256 of the command as encoded, and of the delegation that it is asked by."""
        if self._digest is None:
            self._digest = digest_of(self.command, self.by.delegation)
        return self._digest


class Piece(Struct, Generic[C], frozen=True, array_like=True):
    """One of several commands that are decided together; key, data class and condition as for one alone."""

    command: C
    key: str | None = None
    data_class: DataClass | None = None
    unchanged: Unchanged | None = None


@dataclass(slots=True)
class Together:
    """Several commands on their way, decided in one transaction, each on what those before it would record.

    requests   in their order
    atomic     one that is not done leaves nothing of any; else it leaves the others as they are
    dry_run    nothing is kept, whatever becomes of them
    """

    requests: Sequence[Request]
    atomic: bool
    dry_run: bool
    desk: Desk
    ticket: Any
    since: float = field(default_factory=monotonic)

    @classmethod
    def of(
        cls, pieces: Sequence[Piece[Any]], by: By, about: DataClass, desk: Desk, ticket: Any, **how: bool
    ) -> "Together":
        """Commands of one who asks, one at least; `about`: what the facts of those are about that do not say."""
        assert pieces, "something is asked for"
        requests = [
            Request(one.command, by, one.key, one.data_class or about, False, desk, None, unchanged=one.unchanged)
            for one in pieces
        ]
        return cls(requests, **how, desk=desk, ticket=ticket)


def digest_of(command: Command, delegation: str | None = None) -> bytes:
    """SHA-256 of a command as encoded: what a receipt keeps beside its key. By another delegation it is another."""
    lent = f"\n{delegation}" if delegation is not None else ""
    return hashlib.sha256(msgspec.json.encode(command) + lent.encode()).digest()


class _Waiting:
    """The desk for threads: a ticket is a concurrent Future."""

    def deliver(self, answers: Sequence[tuple[Any, Reply]]) -> None:
        _resolve(answers)


class _Loop:
    """The desk for an event loop: a ticket is one of its futures. One wake-up, however many answers there are."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop

    def deliver(self, answers: Sequence[tuple[Any, Reply]]) -> None:
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(_resolve, answers)


_desk = lru_cache(maxsize=4)(_Loop)


def _resolve(answers: Iterable[tuple[Any, Reply]]) -> None:
    for future, answer in answers:
        if future.done():
            continue  # its caller went away; what was recorded stays recorded
        if isinstance(answer, NotDone):
            future.set_exception(answer)
        else:
            future.set_result(answer)


def deliver(answers: Iterable[tuple[Request | Together, Reply]]) -> None:
    """Hand out answers, each at the desk where its command came in."""
    by_desk: defaultdict[Desk, list[tuple[Any, Reply]]] = defaultdict(list)
    for request, answer in answers:
        by_desk[request.desk].append((request.ticket, answer))
    for desk, pairs in by_desk.items():
        desk.deliver(pairs)


class Recorder(ABC):
    """Takes commands and answers each. `database` is where it records, `data_class` what its facts are about,
    `appending` what its writer has done.

    on_refused   called with command, who, code and whether it was a preview, where somebody waits for a refusal
    reads_only   it is there for questions alone, and takes no command ever
    """

    database: Database
    data_class: DataClass
    appending: Appending
    reads_only: bool = False
    on_refused: Sequence[Callable[[Command, By, str, bool], None]] = ()

    def refused(self, command: Command, by: By, code: str, *, dry_run: bool = False) -> None:
        """Tell those who keep an account of it that somebody's command, or its preview, was refused."""
        for listener in self.on_refused:
            listener(command, by, code, dry_run)

    @property
    @abstractmethod
    def closed(self) -> str | None:
        """Why nothing can be recorded now; None when it can."""

    @property
    @abstractmethod
    def waiting(self) -> int:
        """Commands not yet answered, or not yet begun."""

    @property
    def wait_s(self) -> float:
        """Seconds that a command which came now would wait behind others; 0 where nobody measures it."""
        return 0

    @abstractmethod
    def enqueue(self, request: Request | Together) -> None:
        """Take a request, or several together; its answer comes to its desk. Raises Busy, Unavailable at once."""

    def submit(
        self,
        command: Command,
        by: By,
        *,
        key: str | None = None,
        data_class: DataClass | None = None,
        dry_run: bool = False,
        decided: Decided | None = None,
    ) -> "Future[Answer]":
        """Queue a command; the answer, or a NotDone, arrives in the future. Raises Busy, Unavailable at once.

        decided   what was decided of it already: taken where the log has nothing to say against it
        """
        command = self._sealed(command, dry_run)
        answer: Future[Answer] = Future()
        if self.on_refused:
            answer.add_done_callback(lambda done: self._told(command, by, dry_run, done))
        self.enqueue(Request(command, by, key, data_class or self.data_class, dry_run, _WAITING, answer, decided))
        return answer

    def _sealed(self, command: C, dry_run: bool) -> C:
        """The command as it may be kept: a person's data sealed. Raises Unavailable."""
        if not command.personal or self.database.keys is None:
            return command
        from ledger.recording.personal import Keys

        try:
            return Keys(self.database.keys).sealed(command, dry_run=dry_run)
        except OSError as error:
            raise Unavailable(f"the person's key could not be kept ({error.strerror}); nothing was recorded") from error

    def _told(self, command: Command, by: By, dry_run: bool, answer: "Future[Answer] | asyncio.Future[Answer]") -> None:
        """Tell of a refusal, where the answer is one."""
        if answer.cancelled() or not answer.done():
            return
        error = answer.exception()
        if error is None or isinstance(error, NotDone):
            self._told_of(command, by, dry_run, error or answer.result())

    def _told_of(self, command: Command, by: By, dry_run: bool, answer: Answer | NotDone) -> None:
        if isinstance(answer, KeyReused):
            self.refused(command, by, KEY_REUSED, dry_run=dry_run)
        elif isinstance(answer, Answer) and isinstance(refused := answer.outcome, Refused):
            self.refused(command, by, refused.code, dry_run=dry_run)

    def execute(self, command: Command, by: By, **options: Any) -> Answer:
        """Record a command and wait for its answer (options as for submit). Raises NotDone."""
        return self.submit(command, by, **options).result()

    def submit_together(
        self, pieces: Sequence[Piece[Any]], by: By, *, atomic: bool, dry_run: bool = False
    ) -> "Future[Answers]":
        """Queue commands that are decided together; their answers, or a NotDone of all, arrive in the future.

        Raises Busy, Unavailable at once.
        """
        pieces = self._all_sealed(pieces, dry_run)
        answers: Future[Answers] = Future()
        answers.add_done_callback(lambda done: self._told_each(pieces, by, dry_run, done))
        self.enqueue(Together.of(pieces, by, self.data_class, _WAITING, answers, atomic=atomic, dry_run=dry_run))
        return answers

    async def record_together(
        self, pieces: Sequence[Piece[Any]], by: By, *, atomic: bool, dry_run: bool = False
    ) -> Answers:
        """The same for async callers, who wait TOGETHER_S at most: then the outcome is unknown. Raises NotDone."""
        pieces = self._all_sealed(pieces, dry_run)
        loop = asyncio.get_running_loop()
        answers: asyncio.Future[Answers] = loop.create_future()
        self.enqueue(Together.of(pieces, by, self.data_class, _desk(loop), answers, atomic=atomic, dry_run=dry_run))
        try:
            async with asyncio.timeout(TOGETHER_S):
                return await answers
        except TimeoutError:
            raise _late(dry_run) from None
        finally:
            self._told_each(pieces, by, dry_run, answers)

    def _all_sealed(self, pieces: Sequence[Piece[Any]], dry_run: bool) -> Sequence[Piece[Any]]:
        return [replace(one, command=self._sealed(one.command, dry_run)) for one in pieces]

    def _told_each(
        self,
        pieces: Sequence[Piece[Any]],
        by: By,
        dry_run: bool,
        answers: "Future[Answers] | asyncio.Future[Answers]",
    ) -> None:
        """Tell of each refusal among the answers."""
        if answers.cancelled() or not answers.done() or answers.exception() is not None:
            return
        for piece, answer in zip(pieces, answers.result().each, strict=True):
            self._told_of(piece.command, by, dry_run, answer)

    async def record(
        self,
        command: Command,
        by: By,
        *,
        key: str | None = None,
        data_class: DataClass | None = None,
        dry_run: bool = False,
        unchanged: Unchanged | None = None,
    ) -> Answer:
        """The same for async callers, who wait ANSWER_S at most: then the outcome is unknown. Raises NotDone.

        unchanged   what the thing must still be, or the command is not decided (Changed)
        """
        command = self._sealed(command, dry_run)
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Answer] = loop.create_future()
        about = key, data_class or self.data_class, dry_run
        self.enqueue(Request(command, by, *about, _desk(loop), answer, unchanged=unchanged))
        try:
            async with asyncio.timeout(ANSWER_S):
                return await answer
        except TimeoutError:
            raise _late(dry_run) from None
        finally:
            self._told(command, by, dry_run, answer)


def _late(dry_run: bool) -> NotDone:
    """The answer to whoever waited long enough."""
    if dry_run:
        return Unavailable("what records did not answer in time; ask again")
    return Unknown("what records did not answer in time; ask again with the same key to learn what became of it")


_WAITING = _Waiting()
