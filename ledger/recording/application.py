"""The ledger at work: commands queue, one writer decides, seals and commits them together.

Ledger     start, submit / execute / record (asking.py), stop

One pass of the writer: take what is queued, lock the head, load what the commands' scopes need and is not yet folded,
decide each command in turn on what came before it, seal and insert what was accepted, commit once, answer. Commands
that came together have a transaction of their own, which is kept where every one of them was done.
A refused or faulty command changes nothing for its neighbours. Folded states are kept by scope and moved on by every
fact that touches them, also by those another process recorded. A fact that withdraws another ends its pass: what it
touches is folded anew from the log, without the withdrawn fact, before anything else is decided. What others decided
ahead of it (ahead.py) is taken where nothing of the command's scope was recorded since.
"""

import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from queue import Empty, SimpleQueue
from time import monotonic, sleep
from typing import Any

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from ledger.decider import (
    By,
    Command,
    DataClass,
    Decider,
    Fact,
    Id,
    PositionUnknown,
    Refusal,
    command_name,
    stored_name,
)
from ledger.log import merkle, store
from ledger.log.database import Database, NotSafe, begin_commit, guard, in_doubt, is_full, is_io_error
from ledger.log.envelope import Recorded, encode, from_micros, to_micros
from ledger.log.outage import Outage, log
from ledger.recording import personal
from ledger.recording.asking import NOT_STARTED, STOPPING, Recorder, Request, Together, deliver
from ledger.recording.clock import Clock, Jumped
from ledger.recording.measures import Appending, Passed, Phases
from ledger.recording.outcome import (
    Answer,
    Answers,
    Busy,
    Changed,
    Done,
    Faulty,
    KeyReused,
    NotDone,
    Noted,
    Outcome,
    Previewed,
    Refused,
    StorageFull,
    Unavailable,
    Unknown,
    decode_outcome,
)
from ledger.recording.since import changed_since, still_so
from ledger.recording.states import ScopeKey, States, loaded
from ledger.recording.together import AT_ONCE, alone, foretold, is_not_done
from ledger.values.days import SENSIBLE, Days, check_days

CATCH_UP_MAX = 10_000
GATHER_S = 0.0002
"""While several commands come at once, the writer waits so long for more: fewer, larger transactions (PostgreSQL's
`commit_delay` and `commit_siblings`). A pass costs as much as deciding a dozen commands, and those that do not wait
arrive one by one while it is under way."""


class _InDoubt(Exception):
    """A commit that the database confirmed may be lost all the same."""


@dataclass(slots=True)
class _Stage:
    """The progress of a transaction: from `committing` on nobody can say whether it was kept.

    faults      ours, to be said once the transaction is over: writing one down may take longer than the database lets
                whoever holds its head stand idle
    phases      what was done, from when until when
    """

    committing: bool = False
    faults: list[tuple[Request, Exception]] = field(default_factory=list)
    phases: Phases = field(default_factory=Phases)

    def tell_faults(self) -> None:
        """Write down each fault."""
        for request, fault in self.faults:
            name, actor = command_name(type(request.command)), request.by.actor
            log.error("fault while deciding", command=name, actor=actor, request=request.by.request, exc_info=fault)


@dataclass(slots=True)
class _Pass:
    """The facts, receipts and answers of one pass of the writer.

    withdrawn   states that a withdrawal touched: no longer to be trusted, so the pass ends with it
    erased      whose keys are destroyed once it is committed
    touched     tags of the facts of this pass: what was decided ahead of it without them is decided again, in the next
    """

    head: store.Head
    answered: dict[tuple[str, str], tuple[bytes, bytes]]
    stage: _Stage
    sealed: store.Sealed = field(default_factory=store.Sealed)
    receipts: list[tuple[str, str, bytes, int, bytes]] = field(default_factory=list)
    answers: list[tuple[Request, Answer | NotDone]] = field(default_factory=list)
    withdrawn: set[ScopeKey] = field(default_factory=set)
    touched: set[str] = field(default_factory=set)
    erased: list[str] = field(default_factory=list)


def _is_id(name: str) -> bool:
    """Tell what may be an id: anything else is unknown, and the database is not asked for it."""
    try:
        msgspec.convert(name, Id)
    except msgspec.ValidationError:
        return False
    return True


class Ledger(Recorder):
    """Records commands, in a thread of its own. Use as a context manager, or start() and stop().

    clock       the UTC instant; called once for each command decided. The computer's own, watched, unless given
    data_class  what this ledger's facts are about, unless a command says otherwise
    days        the days that a command may name
    queue_max   commands waiting before Busy; batch_max: commands in one transaction
    states_max  folded states that are kept in memory, of more than a kilobyte each; others are read again when needed
    """

    def __init__(
        self,
        database: Database,
        deciders: Sequence[Decider[Any, Any]],
        *,
        clock: Callable[[], datetime] | None = None,
        data_class: DataClass = "LIVE",
        days: Days = SENSIBLE,
        queue_max: int = 10_000,
        batch_max: int = 512,
        states_max: int = 5_000,
    ) -> None:
        self.database = database
        self.data_class: DataClass = data_class
        self.appending = Appending()
        self.on_recorded: list[Callable[[int], None]] = []
        self.on_passed: list[Callable[[Passed], None]] = []
        self._deciders = tuple(deciders)
        self._standing_in = next((at for at, decider in enumerate(deciders) if decider.stands_in), None)
        self._decider_of = {command: at for at, decider in enumerate(deciders) for command in decider.commands}
        self._clock = clock or Clock()
        self._days = days
        self._queue: SimpleQueue[Request | Together | None] = SimpleQueue()
        self._queue_max = queue_max
        self._batch_max = batch_max
        self._states = States(states_max)
        self._left: tuple[int, bytes] = (0, merkle.root([]))
        self._gate = threading.Lock()
        self._closed: str | None = NOT_STARTED
        self._failed: str | None = None
        self._outage = Outage()
        self._thread: threading.Thread | None = None
        self._right_to_write: Any = None

    @property
    def commands(self) -> tuple[type[Command], ...]:
        """Every command this ledger understands."""
        return tuple(self._decider_of)

    @property
    def waiting(self) -> int:
        """Commands in the queue."""
        return self._queue.qsize()

    @property
    def closed(self) -> str | None:
        """Why nothing can be recorded now; None when it can."""
        return self._failed or self._closed

    def start(self) -> None:
        """Check that the database is safe, take the right to write, begin. Raises NotSafe, AlreadyOpen."""
        self._open()
        self._thread = threading.Thread(target=self._run, name="transactor", daemon=True)
        self._thread.start()

    def _open(self) -> None:
        self._right_to_write = self.database.only_writer()
        self._right_to_write.__enter__()
        try:
            guard(self.database)
            self.database.settle()
            self._erase()
        except BaseException:
            self._right_to_write.__exit__(None, None, None)
            raise
        self._closed = None

    def _erase(self, subjects: Sequence[str] | None = None) -> None:
        """Destroy the keys of those who were erased; unless said, of all, should somebody have been cut off before.

        What fails here is tried again at the next start, and whoever reads takes the log's word until then.
        """
        if self.database.keys is None or not (subjects or self.database.keys.is_dir()):
            return
        try:
            if subjects is None:
                with self.database.views.connect() as connection:
                    subjects = personal.erased(connection)
            for subject in subjects:
                personal.Keys(self.database.keys).destroy(subject)
        except OSError:
            log.exception("a key that is to be destroyed is still there", directory=str(self.database.keys))

    def stop(self) -> None:
        """Take no more commands, finish those queued, let go of the right to write."""
        with self._gate:
            if self._thread is None:
                return
            self._closed = STOPPING
            self._queue.put(None)
        self._thread.join()
        self._thread = None
        self._right_to_write.__exit__(None, None, None)

    def __enter__(self) -> "Ledger":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def enqueue(self, request: Request | Together) -> None:
        """See Recorder."""
        for one in request.requests if isinstance(request, Together) else (request,):
            assert type(one.command) in self._decider_of, f"no context decides {type(one.command).__name__}"
        with self._gate:
            if self.closed:
                raise Unavailable(self.closed)
            if self._queue.qsize() >= self._queue_max:
                raise Busy(f"{self._queue_max} commands are waiting already; nothing was recorded, try again shortly")
            self._queue.put(request)

    # The writer's thread

    def _run(self) -> None:
        stopping, several = False, False
        while not stopping:
            batch, stopping = self._take(gather=several)
            several = len(batch) > 1
            self._finish(batch)

    def _finish(self, batch: Sequence[Request | Together]) -> None:
        """Record and answer all of these, in as many passes as it takes."""
        while batch:
            began, first, stage = monotonic(), batch[0], _Stage()
            if isinstance(first, Together):
                reply = self._record_together(first, stage)
                each = reply.each if isinstance(reply, Answers) else [reply] * len(first.requests)
                passed = self.appending.passed(began, zip(first.requests, each, strict=True), stage.phases)
                deliver([(first, reply)])
                batch = batch[1:]
            else:
                answers = self._record(alone(batch), stage)
                passed = self.appending.passed(began, answers, stage.phases)
                deliver(answers)
                batch = batch[len(answers) :]
            for listener in self.on_passed:
                listener(passed)

    def _take(self, *, gather: bool) -> tuple[list[Request | Together], bool]:
        """Take the requests that are queued, up to batch_max; and say whether to stop after them."""
        batch: list[Request | Together] = []
        request = self._queue.get()
        if gather:
            sleep(GATHER_S)
        while request is not None:
            batch.append(request)
            if len(batch) == self._batch_max:
                return batch, False
            try:
                request = self._queue.get_nowait()
            except Empty:
                return batch, False
        return batch, True

    def _record(self, batch: Sequence[Request], stage: _Stage) -> Sequence[tuple[Request, Answer | NotDone]]:
        """Answers to the first of these, in order: to all of them, unless something ended the pass."""
        if self._failed:
            return [(request, Unavailable(self._failed)) for request in batch]
        try:
            with self.database.log.connect() as connection:
                work = self._transact(connection, batch, stage)
        except Exception as error:
            failure = self._given_up(error, stage, len(batch))
            return [(request, failure) for request in batch]
        finally:
            stage.tell_faults()
        self._outage.over("recorded again")
        self._moved_to(work)
        self._states.trim()
        self._kept([work])
        return work.answers

    def _given_up(self, error: Exception, stage: _Stage, commands: int) -> NotDone:
        """Forget what was folded, and choose the answer to commands whose transaction failed."""
        self._states.clear()
        failure = self._failure(error, committing=stage.committing)
        self._outage.failed("not recorded", error, commands=commands, answer=type(failure).__name__)
        return failure

    def _moved_to(self, work: _Pass) -> None:
        """The log ends where a pass left it; states that a withdrawal touched are folded anew when they are needed."""
        self._left = (work.head.size, work.head.root)
        for key in work.withdrawn:
            self._states.drop(key)

    def _kept(self, works: Sequence[_Pass]) -> None:
        """Do what follows a commit: destroy keys of those who were erased, wake those who listen."""
        if erased := [subject for work in works for subject in work.erased]:
            self._erase(erased)
        if any(work.sealed.facts for work in works):
            for listener in self.on_recorded:
                listener(works[-1].head.size)

    def _record_together(self, batch: Together, stage: _Stage) -> Answers | NotDone:
        """Decide these in a transaction of their own, and keep it where it is to be kept."""
        if self._failed:
            return Unavailable(self._failed)
        works, left = list[_Pass](), self._left
        try:
            with self.database.log.connect() as connection:
                base = self._decide_in_turn(connection, batch, stage, works)
                each = [answer for work in works for _, answer in work.answers]
                kept = not batch.dry_run and not (batch.atomic and any(map(is_not_done, each)))
                self._end(connection, stage, kept=kept)
        except Exception as error:
            self._left = left
            return self._given_up(error, stage, len(batch.requests))
        finally:
            stage.tell_faults()
        self._outage.over("recorded again")
        if kept:
            self._kept(works)
        else:
            for key in self._states.touched({tag for work in works for tag in work.touched}):
                self._states.drop(key)
            self._left = base
            each = foretold(each, [work.sealed for work in works], base[0])
        self._states.trim()
        return Answers(tuple(each), kept)

    def _decide_in_turn(
        self, connection: Connection, batch: Together, stage: _Stage, works: list[_Pass]
    ) -> tuple[int, bytes]:
        """Decide and write these, AT_ONCE at a time: all is read anew behind a withdrawal. Where the log ended before.

        What is written is what the next ones are decided on; nobody else sees it.
        """
        connection.begin()
        left, base = batch.requests, None
        try:
            while left or base is None:
                with stage.phases.phase("decide"):
                    work = self._decide_all(connection, left[:AT_ONCE], stage)
                base = base or self._left
                with stage.phases.phase("write"):
                    store.write(connection, work.sealed, work.head, work.receipts)
                self._moved_to(work)
                works.append(work)
                left = left[len(work.answers) :]
        except BaseException:
            connection.invalidate()
            raise
        return base

    def _end(self, connection: Connection, stage: _Stage, *, kept: bool) -> None:
        """Commit, or take all of it back. After a failure the connection is thrown away."""
        try:
            if kept:
                begin_commit(connection)
                stage.committing = True
                with stage.phases.phase("commit"):
                    connection.commit()
            else:
                connection.rollback()
        except BaseException:
            connection.invalidate()
            raise
        if kept and (doubt := in_doubt(connection)):
            connection.invalidate()
            raise _InDoubt(doubt)

    def _transact(self, connection: Connection, batch: Sequence[Request], stage: "_Stage") -> "_Pass":
        """Decide, write, commit. After a failure the connection is thrown away: its transaction may still be open."""
        connection.begin()
        try:
            with stage.phases.phase("decide"):
                work = self._decide_all(connection, batch, stage)
            with stage.phases.phase("write"):
                store.write(connection, work.sealed, work.head, work.receipts)
        except BaseException:
            connection.invalidate()
            raise
        self._end(connection, stage, kept=True)
        return work

    def _failure(self, error: Exception, *, committing: bool) -> NotDone:
        """Choose the answer to a transaction that failed; after an I/O error of the disk, record no more."""
        if is_io_error(error):
            self._failed = "the disk failed while recording; check it, restart and run `mcsc verify`"
            return Unknown(self._failed) if committing else Unavailable(self._failed)
        if is_full(error):
            return StorageFull("no space is left for the ledger; nothing was recorded")
        if isinstance(error, NotSafe):
            return Unavailable(f"nothing is recorded on this database: {error}")
        if committing:
            return Unknown("the database did not confirm; ask again with the same key to learn what became of it")
        if isinstance(error, DBAPIError | PoolTimeout):
            return Unavailable("the database did not answer; nothing was recorded, try again")
        return Faulty("a fault of ours; nothing was recorded")

    def _decide_all(self, connection: Connection, batch: Sequence[Request], stage: _Stage) -> _Pass:
        keyed = [(request.by.actor, request.key) for request in batch if request.key is not None]
        head, answered = store.begun(connection, keyed)
        self._catch_up(connection, head)
        work = _Pass(head, answered, stage)
        scoped = [self._scope(request.command) for request in batch]
        foreseen = still_so(connection, head, batch, scoped)
        to_decide = {key for key, facts in zip(scoped, foreseen, strict=True) if facts is None}
        to_decide |= {key for request in batch if (key := self._lent(request)) is not None}
        missing = [key for key in to_decide if key not in self._states]
        for key, state in loaded(connection, self._deciders, missing).items():
            self._states.put(key, state)
        changed = {id(request): said for request in batch if (said := changed_since(connection, head, request))}
        for request, key, facts in zip(batch, scoped, foreseen, strict=True):
            if facts is not None and not work.touched.isdisjoint(key[1]):
                break
            if request.unchanged is not None and request.unchanged.tag in work.touched:
                break
            work.answers.append((request, self._answer(work, request, key, facts, changed.get(id(request)))))
            if work.withdrawn:
                break
        return work

    def _scope(self, command: Command) -> ScopeKey:
        at = self._decider_of[type(command)]
        return at, self._deciders[at].scope(command)

    def _lent(self, request: Request) -> ScopeKey | None:
        """The delegation by which somebody asks in another's stead."""
        if request.by.delegation is None or self._standing_in is None or not _is_id(request.by.delegation):
            return None
        stands_in = self._deciders[self._standing_in].stands_in
        assert stands_in is not None, "it was chosen for that"
        return self._standing_in, stands_in[0](request.by.delegation)

    def _catch_up(self, connection: Connection, head: store.Head) -> None:
        """Fold in what another process recorded since our last pass; start afresh where that is a lot.

        Where the log is not the one we left, longer or not, nothing folded is true any more: it was put back, or a
        failover lost what was acknowledged.
        """
        found, (left, root) = (head.size, head.root), self._left
        if found == self._left:
            return
        if left and (head.size <= left or store.roots_at(connection, (left,)).get(left) != root):
            log.error(
                "the log is not where this recorder left it: facts that were acknowledged may be gone",
                left=f"{left}:{root.hex()}",
                found=f"{head.size}:{head.root.hex()}",
                remedy="`mcsc restore BACKUP --dry-run` says what a backup holds beyond it; without, it is put back",
            )
            self._states.clear()
        elif head.size - left > CATCH_UP_MAX:
            self._states.clear()
        else:
            entries = store.page(connection, after=left, limit=CATCH_UP_MAX, up_to=head.size)
            for entry in entries:
                if entry.fact.withdraws:
                    for key in self._states.touched(entry.tags):
                        self._states.drop(key)
            self._states.put_all(self._moved_on([(entry.fact, entry.tags) for entry in entries]))
        self._left = found

    def _answer(
        self, work: _Pass, request: Request, key: ScopeKey, foreseen: Sequence[Fact] | None, changed: str | None
    ) -> Answer | NotDone:
        """Decide one command on everything recorded before it, this pass included; not where the thing is `changed`."""
        before = work.answered.get((request.by.actor, request.key)) if request.key is not None else None
        if before is not None:
            if before[0] != request.digest:
                return KeyReused("this idempotency key was used for another command; use a new key for a new command")
            return Answer(decode_outcome(before[1]), replayed=True)
        if changed is not None:
            return Changed(changed)
        try:
            now = max(to_micros(self._clock()), work.head.recorded_us)
            outcome = self._outcome(work, request, key, foreseen, now)
        except Jumped as jumped:
            return Unavailable(str(jumped))
        except Exception as fault:
            work.stage.faults.append((request, fault))
            return Faulty("a fault of ours; nothing was recorded")
        if request.key is not None and not request.dry_run:
            encoded = msgspec.json.encode(outcome)
            work.answered[request.by.actor, request.key] = (request.digest, encoded)
            work.receipts.append((request.by.actor, request.key, request.digest, now, encoded))
        return Answer(outcome)

    def _outcome(self, work: _Pass, request: Request, key: ScopeKey, facts: Sequence[Fact] | None, now: int) -> Outcome:
        decider = self._deciders[key[0]]
        try:
            check_days(request.command, self._days, from_micros(now))
            self._check_position(request.command, work.head.size)
            other = self._in_stead_of(request, self._days.today(from_micros(now)))
            if facts is None:
                facts = decider.decide(self._states.get(key), request.command, request.by)
            if other is not None and facts:
                decider.decide(self._states.get(key), request.command, other)  # refused where it is the other's own
        except Refusal as refusal:
            said = refusal.code, refusal.kind, refusal.detail, refusal.field, refusal.faults
            return Refused(work.head.size, *said)
        if request.dry_run:
            return Previewed(work.head.size, tuple(facts))
        # Evolve before sealing: if that fails, the command has changed nothing.
        tagged = [(fact, fact.tags) for fact in facts]
        self._states.put_all(self._moved_on(tagged))
        work.withdrawn |= {key for fact, tags in tagged if fact.withdraws for key in self._states.touched(tags)}
        by = request.by if other is None else replace(request.by, in_stead_of=other.actor)
        noted = tuple(self._seal(work, request, by, fact, tags, now) for fact, tags in tagged)
        return Done(work.head.size, from_micros(now), noted)

    def _in_stead_of(self, request: Request, today: date) -> By | None:
        """Find in whose stead somebody asks; None where by their own right. Raises Refusal."""
        if request.by.delegation is None:
            return None
        assert self._standing_in is not None, "a context knows delegations"
        decider, key = self._deciders[self._standing_in], self._lent(request)
        assert decider.stands_in is not None, "it was chosen for that"
        state = decider.initial if key is None else self._states.get(key)
        return decider.stands_in[1](state, request.command, request.by, today)

    @staticmethod
    def _check_position(command: Command, size: int) -> None:
        """Check that what a command rests on is recorded. Raises PositionUnknown."""
        if command.rests_on is not None and command.rests_on > size:
            raise PositionUnknown(
                f"{size} facts are recorded, and the figures rest on position {command.rests_on}; take them again",
                field="recorded",
            )

    def _moved_on(self, tagged: Sequence[tuple[Fact, tuple[str, ...]]]) -> dict[ScopeKey, Any]:
        """The states that these facts touch, as they are after them; nothing is kept yet."""
        moved: defaultdict[ScopeKey, list[Fact]] = defaultdict(list)
        for fact, tags in tagged:
            for key in self._states.touched(tags):
                moved[key].append(fact)
        return {key: self._deciders[key[0]].folded(self._states.get(key), some) for key, some in moved.items()}

    def _seal(self, work: _Pass, request: Request, by: By, fact: Fact, tags: tuple[str, ...], now: int) -> Noted:
        began, name = monotonic(), stored_name(type(fact))
        envelope = encode(
            Recorded(
                position=work.head.size + 1,
                recorded_at=from_micros(now),
                by=by,
                command=command_name(type(request.command)),
                key=request.key,
                data_class=request.data_class,
                tags=tags,
                fact=fact,
            )
        )
        work.touched.update(tags)
        if fact.erases is not None:
            work.erased.append(fact.erases)
        store.seal(work.sealed, work.head, name=name, tags=tags, recorded_us=now, envelope=envelope)
        work.stage.phases.sealing_s += monotonic() - began
        return Noted(work.head.size, name)
