"""People who ask for things, and ask again until they know what became of it.

Asked      one thing that somebody wants done, under one key or none, and every answer to it
Attempt    one time that it reached a server, and how that was answered
Client     asks, waits, asks again, goes on; sometimes asks again though it was answered
Network    between clients and servers: loses, doubles, delays, reorders
"""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import date
from random import Random

from ledger.claims import RecordClaim, WithdrawClaim
from ledger.companies.prospects import AddTouch, MarkDormant, ReactivateCompany, RegisterLead
from ledger.companies.withdrawing import WithdrawCompanyStep
from ledger.decider import By, Command
from ledger.recording.asking import ANSWER_S
from ledger.recording.outcome import Answer, KeyReused, NotDone, Unknown
from tests.simulation.computer import Computer
from tests.simulation.world import World

ON = date(2024, 1, 1)
PATIENCE_S = 6.0


@dataclass(eq=False)
class Attempt:
    """One time that something was asked of a server. `era`: how often the log had gone back by then."""

    asked: "Asked"
    at: float
    era: int
    answer: Answer | NotDone | None = None


@dataclass(eq=False)
class Asked:
    """One thing that somebody wants done. `done`: the client knows what became of it."""

    command: Command
    by: By
    key: str | None
    attempts: list[Attempt] = field(default_factory=list)
    done: bool = False


Answered = Callable[[Attempt], None]


class Network:
    """Between clients and servers. `calm`: it loses and doubles nothing any more."""

    def __init__(self, world: World, computers: list[Computer], answered: Answered) -> None:
        self.world, self.computers, self.calm, self.era = world, computers, False, 0
        self._answered = answered

    def ask(self, asked: Asked, reply: Callable[[Answer | NotDone], None]) -> None:
        """Send something to any of the servers; what comes back, if anything does, comes to `reply`."""
        computer = self.world.chance.choice(self.computers)
        for delay in self._travels():
            self.world.after(delay, lambda: self._arrive(computer, asked, reply))

    def _travels(self) -> list[float]:
        """How long each copy of a message is under way; none where it is lost."""
        chance = self.world.chance
        if self.calm:
            return [chance.random() * 0.02]
        copies = chance.choices((0, 1, 2), (2, 16, 2))[0]
        return [chance.choice((0.01, 0.05, 0.3, 2.0)) * chance.random() for _ in range(copies)]

    def _arrive(self, computer: Computer, asked: Asked, reply: Callable[[Answer | NotDone], None]) -> None:
        if not computer.has_power:
            return
        attempt = Attempt(asked, self.world.time, self.era)
        asked.attempts.append(attempt)
        server = computer.server

        def answer(given: Answer | NotDone) -> None:
            if attempt.answer is None and computer.server is server:
                attempt.answer = given
                self._answered(attempt)
                for delay in self._travels():
                    self.world.after(delay, lambda: reply(given))

        def resolved(future: "Future[Answer]") -> None:
            failure = future.exception()
            answer(failure if isinstance(failure, NotDone) else future.result())

        try:
            server.ledger.submit(asked.command, asked.by, key=asked.key).add_done_callback(resolved)
        except NotDone as failure:
            answer(failure)
        self.world.after(ANSWER_S, lambda: answer(Unknown("what records did not answer in time")))


class Client:
    """Somebody with a number of things to do, one after the other."""

    def __init__(self, world: World, network: Network, name: str, many: int) -> None:
        self.world, self.network = world, network
        self.by = By(actor=name, role="deal_desk")
        self.things = [self._thing(number) for number in range(many)]
        self._next = 0
        self.world.soon(self._go_on, within=2.0)

    @property
    def finished(self) -> bool:
        """It knows what became of everything it asked for."""
        return self._next == len(self.things) and all(asked.done for asked in self.things)

    def ask_again(self, asked: Asked) -> None:
        """Ask for something that was answered once more."""
        asked.done = False
        self._send(asked)

    def _thing(self, number: int) -> Asked:
        chance = self.world.chance
        key = chance.choices((f"k-{number}", None, f"k-{number - 1}"), (16, 3, 1))[0]
        return Asked(wanted(chance) if number else lead(chance), self.by, key)

    def _go_on(self) -> None:
        if self._next < len(self.things):
            self._next += 1
            self._send(self.things[self._next - 1])

    def _send(self, asked: Asked) -> None:
        open_until = self.world.time + PATIENCE_S

        def reply(answer: Answer | NotDone) -> None:
            if asked.done or self.world.time > open_until:
                return
            if isinstance(answer, Answer | KeyReused):
                self._known(asked)
            else:
                again()

        def again() -> None:
            nonlocal open_until
            if not asked.done and open_until >= 0:
                open_until = -1.0
                self.world.soon(lambda: self._send(asked), within=1.0)

        self.network.ask(asked, reply)
        self.world.after(PATIENCE_S, again)

    def _known(self, asked: Asked) -> None:
        asked.done = True
        if self.world.happens(0.25) and not self.network.calm:
            self.world.soon(lambda: self.network.ask(asked, lambda _: None), within=8.0)
        self.world.soon(self._go_on, within=3.0)


def lead(chance: Random) -> Command:
    """What a company begins with."""
    name = chance.choice(("One (demo)", "Another (demo)"))
    company = f"company-{chance.randrange(3)}-demo"
    return RegisterLead(company=company, effective_on=ON, name=name, country="CN", origin="DIRECT")


def wanted(chance: Random) -> Command:
    """Any command about few things, so that they meet: some repeat, some contradict each other."""
    number = chance.randrange(3)
    company, claim, word = f"company-{number}-demo", f"claim-{number}", chance.choice(("one", "another"))
    match chance.randrange(8):
        case 0:
            return lead(chance)
        case 1 | 2:
            return AddTouch(company=company, effective_on=ON, channel="PARTNER", note=f"note {chance.random()}")
        case 3:
            return MarkDormant(company=company, effective_on=ON, reason=word)
        case 4:
            return ReactivateCompany(company=company, effective_on=ON, reason=word)
        case 5:
            return WithdrawCompanyStep(company=company, step="company.became-dormant", effective_on=ON, reason=word)
        case 6:
            return WithdrawClaim(claim=claim, effective_on=ON, reason=word)
        case _:
            said = {"subject": "MCSC (demo)", "claimed_on": "2024", "source": "invented"}
            return RecordClaim(claim=claim, effective_on=ON, statement=word, **said)
