"""The decider of offtake."""

from collections.abc import Mapping, Sequence
from typing import Any

from ledger.decider import By, Command, Decider, Fact
from ledger.offtake.account import Offtakes, evolve
from ledger.offtake.delivery import DELIVERY
from ledger.offtake.green import GREEN
from ledger.offtake.life import LIFE
from ledger.offtake.metering import METERING
from ledger.offtake.rules import Part
from ledger.offtake.statements import STATEMENTS
from ledger.offtake.years import YEARS

PARTS = (LIFE, METERING, DELIVERY, STATEMENTS, YEARS, GREEN)
PART_OF: Mapping[type[Command], Part] = {command: part for part in PARTS for command in part.decide}


def scope(command: Command) -> tuple[str, ...]:
    """What the command touches; where it posts, every period."""
    return PART_OF[type(command)].scope[type(command)](command)


def decide(state: Offtakes, command: Command, by: By) -> Sequence[Fact]:
    """The facts that a command asks for, if every rule allows them; nothing where it is so already."""
    return PART_OF[type(command)].decide[type(command)](state, command, by)


OFFTAKE: Decider[Any, Offtakes] = Decider(tuple(PART_OF), Offtakes(), scope, evolve, decide)
