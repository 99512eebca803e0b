"""The decider of estate."""

from collections.abc import Sequence

from ledger.decider import By, Command, Decider, Fact, Part, together
from ledger.estate.correcting import CORRECTING
from ledger.estate.estate import Estate, evolve
from ledger.estate.land import LAND
from ledger.estate.market import MARKET
from ledger.estate.units import UNITS

PARTS: Part[Estate, Estate] = together(LAND, UNITS, MARKET, CORRECTING)

# Scope


def scope(command: Command) -> tuple[str, ...]:
    """Everything that the command names, and what bounds its area."""
    return PARTS.scope[type(command)](command)


# Decide


def decide(state: Estate, command: Command, by: By) -> Sequence[Fact]:
    """The fact that a command asks for, if every rule allows it; nothing where it is so already."""
    return PARTS.decide[type(command)](state, command, by)


ESTATE: Decider[Command, Estate] = Decider(tuple(PARTS.decide), Estate(), scope, evolve, decide)
