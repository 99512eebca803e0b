"""What must hold of the answers and of the log, told by means as plain as can be.

Oracle   hears every answer, every crash, every step back; raises Found

An answer is right if whoever folds the log up to there anew comes to the same decision; what was acknowledged stays
where it was said to stand; the same key has the same answer; "nothing was recorded" is true; nobody can say only where
something happened meanwhile that explains it.
"""

import msgspec
from sqlalchemy import select

from ledger.companies.facts import TouchAdded
from ledger.decider import Command, Fact, Refusal, standing
from ledger.log import store
from ledger.log.database import receipt
from ledger.log.envelope import Entry
from ledger.log.verify import Altered, verify
from ledger.recording.asking import ANSWER_S, digest_of
from ledger.recording.contexts import CONTEXTS
from ledger.recording.outcome import Answer, Done, Faulty, KeyReused, Outcome, Refused, Unknown
from projections.engine.runner import catch_up, rebuild
from tests.ground.recording import stored_rows
from tests.simulation.clients import Asked, Attempt, Client
from tests.simulation.computer import FOLLOWED
from tests.simulation.disk import Storage
from tests.simulation.world import Found, World

SHOWN = {"command", "company", "claim", "reason", "note", "statement", "name"}
LEARNED_S, MOMENT_S = 0.05, 1e-6
"""A server learns so late at most that its recorder is gone."""
Key = tuple[str, str | None, bytes]


class Oracle:
    """Hears everything. `answers` counts what was answered, by its kind; `things` is all that anybody will ask for."""

    def __init__(self, world: World, storage: Storage) -> None:
        self.world, self._storage = world, storage
        self.answers: dict[str, int] = {}
        self.things: list[Asked] = []
        self._entries: list[Entry] = []
        self._befallen_at: list[float] = []
        self._told: dict[Key, Outcome] = {}
        self._attempts: dict[tuple[str, str | None], list[Attempt]] = {}
        self._acknowledged: list[tuple[Asked, Done]] = []
        self._era = 0

    # What is heard

    def befallen(self, what: str) -> None:
        """Something happened that may leave somebody without an answer."""
        self._befallen_at.append(self.world.time)

    def went_back(self) -> None:
        """The log was put back to an earlier state: what was acknowledged may be gone, and whoever did it knows."""
        self._era += 1
        self._told.clear()
        self._acknowledged.clear()
        self._attempts.clear()
        self.looked_away()

    def looked_away(self) -> None:
        """The log may have lost what nobody was promised."""
        self._entries.clear()

    def answered(self, attempt: Attempt) -> None:
        """A server answered. Raises Found."""
        asked, answer = attempt.asked, attempt.answer
        assert answer is not None
        kind = type(answer.outcome if isinstance(answer, Answer) else answer).__name__
        self.answers[kind] = self.answers.get(kind, 0) + 1
        self.world.say(f"{asked.by.actor} {asked.key}: {_shown(asked.command)}: {_shown(answer)}")
        if attempt.era != self._era:
            return
        mine = self._attempts.setdefault(_key(asked), [])
        mine.append(attempt)
        if isinstance(answer, Answer):
            self._decided(asked, answer)
        elif isinstance(answer, Faulty):
            raise Found("a fault of the ledger's own while deciding")
        elif isinstance(answer, Unknown):
            self._explained(attempt)
        elif isinstance(answer, KeyReused):
            if not any(other.command != asked.command for other in self.things if _key(other) == _key(asked)):
                raise Found("a key is said to belong to another command, and no other was sent under it")
        elif asked.key is not None and all(self._nothing(other) for other in [*mine, *asked.attempts]):
            self._absent(asked)

    # What must hold of an answer

    def _explained(self, attempt: Attempt) -> None:
        waited = self.world.time - attempt.at
        if waited < ANSWER_S - MOMENT_S and not any(attempt.at - LEARNED_S <= at for at in self._befallen_at):
            raise Found(f"an outcome is unknown after {waited:.3f} s, and nothing happened meanwhile")

    @staticmethod
    def _nothing(attempt: Attempt) -> bool:
        return not isinstance(attempt.answer, Answer | Unknown | KeyReused | None)

    def _absent(self, asked: Asked) -> None:
        mine = receipt.c.actor == asked.by.actor, receipt.c.key == asked.key
        # In a log that was put back the key may be that of another command, whose answers are forgotten here.
        wanted = select(receipt.c.key).where(*mine, receipt.c.request_sha256 == digest_of(asked.command))
        with self._storage.reader.views.connect() as connection:
            if connection.execute(wanted).first() is not None:
                raise Found(f"{asked.by.actor} {asked.key} was recorded, and was answered that nothing was")

    def _decided(self, asked: Asked, answer: Answer) -> None:
        outcome = answer.outcome
        if asked.key is not None:
            key = (asked.by.actor, asked.key, msgspec.json.encode(asked.command))
            if self._told.setdefault(key, outcome) != outcome:
                raise Found(f"the same key is answered otherwise: {_shown(self._told[key])}, then {_shown(outcome)}")
        self._look()
        if isinstance(outcome, Done) and outcome.facts:
            self._acknowledged.append((asked, outcome))
            self._stands(asked, outcome)
        seen = outcome.facts[0].position - 1 if isinstance(outcome, Done) and outcome.facts else outcome.position
        if seen > len(self._entries):
            raise Found(f"an answer rests on position {seen}, and {len(self._entries)} facts are recorded")
        self._compare(asked, outcome, decide_anew(asked.command, asked, self._entries[:seen]))

    def _compare(self, asked: Asked, outcome: Outcome, anew: tuple[Fact, ...] | str) -> None:
        if isinstance(outcome, Refused):
            same = outcome.code == anew
        else:
            noted = outcome.facts if isinstance(outcome, Done) else ()
            same = tuple(self._entries[one.position - 1].fact for one in noted) == anew
        if not same:
            raise Found(f"{_shown(asked.command)} is answered {_shown(outcome)}; the log says {anew}")

    def _stands(self, asked: Asked, outcome: Done) -> None:
        for noted in outcome.facts:
            entry = self._entries[noted.position - 1] if noted.position <= len(self._entries) else None
            if entry is None or (entry.by, entry.key) != (asked.by, asked.key):
                raise Found(f"what was acknowledged at position {noted.position} is not there: {_shown(asked.command)}")

    # What must hold of the log

    def _look(self) -> None:
        """Read what was recorded since."""
        with self._storage.reader.views.connect() as connection:
            new = store.page(connection, after=len(self._entries), limit=10_000)
        before = self._entries[-1].recorded_at if self._entries else None
        for at, entry in enumerate(new, start=len(self._entries) + 1):
            if entry.position != at:
                raise Found(f"position {entry.position} stands where {at} should")
            if before is not None and entry.recorded_at < before:
                raise Found(f"position {at} was recorded before the one in front of it")
            before = entry.recorded_at
        self._entries += new

    def check(self) -> None:
        """Everything that was acknowledged is there, once, and the log is as it was sealed."""
        self.looked_away()
        self._look()
        try:
            verify(self._storage.reader)
        except Altered as altered:
            raise Found(f"the log does not verify: {altered}") from altered
        for asked, outcome in self._acknowledged:
            self._stands(asked, outcome)
        self._once()

    def _once(self) -> None:
        """Under each key there is what one command recorded; a remark that nobody makes twice is there once."""
        keys: dict[tuple[str, str], set[int]] = {}
        notes: set[str | None] = set()
        for entry in self._entries:
            if entry.key is not None:
                keys.setdefault((entry.by.actor, entry.key), set()).add(entry.position)
            if isinstance(entry.fact, TouchAdded):
                if entry.fact.note in notes:
                    raise Found(f"position {entry.position} says again what was said once")
                notes.add(entry.fact.note)
        if double := [key for key, positions in keys.items() if len(positions) > 1]:
            raise Found(f"recorded twice: {double}")

    def check_end(self, clients: list[Client]) -> None:
        """Everybody knows what became of everything, and the read models are what the log makes of them."""
        if waiting := [client.by.actor for client in clients if not client.finished]:
            raise Found(f"these were never answered, although nothing stood in the way any more: {waiting}")
        self.check()
        database = self._storage.reader
        catch_up(database, [view() for view in FOLLOWED])
        for view in FOLLOWED:
            before = [stored_rows(database, table, view.name) for table in view.tables]
            rebuild(database, view)
            if before != [stored_rows(database, table, view.name) for table in view.tables]:
                raise Found(f"the read model {view.name} is not what the log makes of it")

    @property
    def recorded(self) -> int:
        """The length of the log."""
        return len(self._entries)


def decide_anew(command: Command, asked: Asked, entries: list[Entry]) -> tuple[Fact, ...] | str:
    """The facts that a command comes to on top of these, or the code of its refusal; nothing is remembered."""
    (decider,) = (context for context in CONTEXTS if type(command) in context.commands)
    tags = set(decider.scope(command))
    state = decider.initial
    for fact in standing([entry.fact for entry in entries if tags.intersection(entry.tags)], lambda fact: fact):
        state = decider.evolve(state, fact)
    try:
        return tuple(decider.decide(state, command, asked.by))
    except Refusal as refusal:
        return refusal.code


def _key(asked: Asked) -> tuple[str, str | None]:
    return asked.by.actor, asked.key


def _shown(thing: object) -> str:
    """What a reader of the story needs of a command or an answer."""
    if isinstance(thing, Exception):
        return f"{type(thing).__name__}: {thing}"
    if isinstance(thing, Answer):
        return f"{'again ' if thing.replayed else ''}{_shown(thing.outcome)}"
    if isinstance(thing, Done):
        return f"done at {thing.position} {[noted.fact for noted in thing.facts]}"
    if isinstance(thing, Refused):
        return f"refused at {thing.position} {thing.code}"
    said = msgspec.to_builtins(thing)
    return " ".join(str(said[name]) for name in said if name in SHOWN)
