"""The decider of offtake: its parts together, and one fold that serves them all."""

from collections.abc import Sequence
from typing import Any

from ledger.decider import By, Command, Decider, Fact, Part, together
from ledger.offtake.account import Offtakes, evolve
from ledger.offtake.amending import AMENDING
from ledger.offtake.charges.late_fees import LATE_FEES
from ledger.offtake.charges.notes import NOTES
from ledger.offtake.charges.terminating import TERMINATING
from ledger.offtake.delivery import DELIVERY
from ledger.offtake.green.counts import COUNTS
from ledger.offtake.green.lots import LOTS
from ledger.offtake.guarantee import GUARANTEE
from ledger.offtake.life import LIFE
from ledger.offtake.meters.estimating import ESTIMATING
from ledger.offtake.meters.metering import METERING
from ledger.offtake.meters.price_series import PRICE_SERIES
from ledger.offtake.statements import STATEMENTS
from ledger.offtake.years import CONTRACT_YEARS

PARTS: Part[Offtakes, Any] = together(
    *(LIFE, AMENDING, METERING, ESTIMATING, PRICE_SERIES, DELIVERY, STATEMENTS),
    *(CONTRACT_YEARS, GUARANTEE, LATE_FEES, NOTES, TERMINATING, COUNTS, LOTS),
)

# Scope


def scope(command: Command) -> tuple[str, ...]:
    """The tags of what the command touches; where it posts, every period."""
    return PARTS.scope[type(command)](command)


# Decide


def decide(state: Offtakes, command: Command, by: By) -> Sequence[Fact]:
    """The facts that a command asks for, if every rule allows them; nothing where it is so already."""
    return PARTS.decide[type(command)](state, command, by)


OFFTAKE: Decider[Any, Offtakes] = Decider(tuple(PARTS.decide), Offtakes(), scope, evolve, decide)
