"""Whatever was recorded last is taken back at any moment, and what must hold of the city holds as before.

The machine of test_city_machine.py, with people who put their latest steps right: what does not post is withdrawn, what
posts is turned round by its mirror. Hypothesis prints the shortest story.
"""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from ledger.billing.deposits import ReverseDeposit
from ledger.billing.facts import (
    DepositFact,
    LateFeeAssessed,
    ReceiptAllocated,
    ReceiptRecorded,
    ReceiptRefunded,
    ReceiptUnallocated,
    WriteOffApproved,
    WriteOffProposed,
)
from ledger.billing.invoicing.notes import IssueCreditNote
from ledger.billing.losses import RecoverWriteOff, RejectWriteOff
from ledger.billing.receipts import AllocateReceipt, ReverseReceipt, ToAllocate, UnallocateReceipt
from ledger.billing.refunds import ReverseRefund
from ledger.decider import By, Command, Fact
from ledger.estate.facts import EstateFact
from ledger.leases.facts import LeaseFact, LeaseHolds
from ledger.log.database import Database
from ledger.periods import PeriodFact
from ledger.rates import RateApproved
from ledger.values.money import written
from tests.machine import naive
from tests.machine.city_claims import FINANCE
from tests.machine.city_ground import APPROVER, WHY, people
from tests.machine.test_city_machine import City, on_postgres, on_sqlite, run
from tests.undo.ways import withdrawal

__all__ = ["on_postgres", "on_sqlite"]
STEPS = EstateFact | LeaseFact | LeaseHolds | PeriodFact | RateApproved
"""What is withdrawn by its name and day."""


def mirror(fact: Fact) -> Command | None:
    """What turns round a fact of money on its own day; None where nothing does by itself."""
    match fact:
        case ReceiptRecorded():
            return ReverseReceipt(effective_on=fact.effective_on, receipt=fact.receipt, reason=WHY)
        case ReceiptAllocated() | ReceiptUnallocated():
            said = tuple(ToAllocate(invoice=it.invoice, amount=written(it.amount_minor)) for it in fact.allocations)
            about: dict[str, Any] = {"effective_on": fact.effective_on, "receipt": fact.receipt, "allocations": said}
            if isinstance(fact, ReceiptUnallocated):
                return AllocateReceipt(**about)
            return UnallocateReceipt(**about, reason=WHY)
        case ReceiptRefunded():
            return ReverseRefund(effective_on=fact.effective_on, refund=fact.refund, receipt=fact.receipt, reason=WHY)
        case DepositFact():
            return ReverseDeposit(effective_on=fact.effective_on, deposit=fact.deposit, lease=fact.lease, reason=WHY)
        case LateFeeAssessed():
            return IssueCreditNote(
                effective_on=fact.effective_on,
                credit_note=f"off-{fact.invoice}"[:60],
                invoice=fact.invoice,
                net=written(naive.net(fact)),
                reason=WHY,
            )
        case WriteOffApproved():
            return RecoverWriteOff(
                effective_on=fact.effective_on,
                write_off=fact.write_off,
                invoice=fact.invoice,
                amount=written(fact.amount_minor),
                reason=WHY,
            )
        case WriteOffProposed():
            return RejectWriteOff(
                effective_on=fact.effective_on, write_off=fact.write_off, invoice=fact.invoice, reason=WHY
            )
    return None


class CityTakenBack(City):
    """People who put right what they did last."""

    careful = True

    @rule(back=st.integers(0, 7), by=people)
    def withdraw(self, back: int, by: By) -> None:
        """One of the latest steps that stand: it goes, unless something rests on it or it was the asker's own."""
        steps = [fact for fact in self.facts() if isinstance(fact, STEPS)]
        self.send(self._withdrawal(steps[-1 - back]), by)

    def _withdrawal(self, step: Fact) -> Command:
        """Of a lease's step with every unit there is: it may have some of them again without it."""
        of_lease = isinstance(step, LeaseFact | LeaseHolds)
        return withdrawal(step, **({"units": tuple(naive.units(self.facts()))} if of_lease else {}))

    @rule(careful=st.sampled_from((True, True, False)))
    def from_now_on(self, careful: bool) -> None:
        """Whoever records a step withdraws it at once, and records it again."""
        self.careful = careful

    def send(self, command: Command, by: By) -> list[Fact]:
        """Ask; nothing was recorded after a step, so nothing rests on it: without it the city is what it was before."""
        position = len(self.told) + 1
        new = super().send(command, by)
        if self.careful and len(new) == 1 and isinstance(new[0], EstateFact | LeaseFact | LeaseHolds):
            before = self._city(position)
            assert super().send(self._withdrawal(new[0]), APPROVER), f"nothing rests on it, and it stays: {self.said}"
            assert self._city() == before
            assert super().send(command, by) == new, f"it was so before: {self.said}"
        return new

    def _city(self, before: int = 1 << 60) -> tuple[Any, ...]:
        """Its units and leases, by the second model."""
        facts = self.facts(before)
        return naive.units(facts), naive.leases(facts)

    @rule(times=st.integers(1, 3))
    def turn_the_latest_round(self, times: int) -> None:
        """What was done last with money is turned round on its own day, and nobody owes or has more than before it."""
        for _ in range(times):
            turn = mirror(self.told[-1].fact)
            if turn is None:
                return
            before = naive.everything(self.told[:-1]).open
            assert self.send(turn, FINANCE), f"it was done last, and stays: {self.said}"
            assert naive.everything(self.told).open == before


def test_whatever_is_taken_back_what_must_hold_holds(on_sqlite: Callable[[], Database]) -> None:
    run(on_sqlite, CityTakenBack, max_examples=12, stateful_step_count=25)


def test_the_same_on_postgres(on_postgres: Callable[[], Database]) -> None:
    run(on_postgres, CityTakenBack, max_examples=3, stateful_step_count=20)
