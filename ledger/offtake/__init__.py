"""Energy offtake: agreements, meters, monthly statements, contract years, certificates.

terms.py        what an agreement says; prices
energy.py       kilowatt-hours, exactly
record.py       its facts that post nothing; documents.py: those that move money
meter.py        meters, their facts, and the energy of a month; intervals.py: files of intervals
account.py      what the facts come to; `evolve`, in any order
rules.py        what commands, refusals and parts share
life.py         from draft to final settlement
metering.py     installing, reading, correcting, replacing and testing meters; interval files
delivery.py     curtailment, deemed energy, adjusted quantities, savings
calculation.py  a month's statement, computed and printed again; statements.py: calculated, approved, disputed
crediting.py    what is owed no more
years.py        take-or-pay, make-up, carry-forward, damages
green.py        avoided emissions, green certificates

Here the parts become one Decider. Receivables are billing's: its receipts pay them.
"""

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

__all__ = ["OFFTAKE", "Offtakes", "evolve"]

PARTS = (LIFE, METERING, DELIVERY, STATEMENTS, YEARS, GREEN)
PART_OF: Mapping[type[Command], Part] = {command: part for part in PARTS for command in part.decide}


def scope(command: Command) -> tuple[str, ...]:
    """What the command touches; where it posts, every period."""
    return PART_OF[type(command)].scope[type(command)](command)


def decide(state: Offtakes, command: Command, by: By) -> Sequence[Fact]:
    """The facts that a command asks for, if every rule allows them; nothing where it is so already."""
    return PART_OF[type(command)].decide[type(command)](state, command, by)


OFFTAKE: Decider[Any, Offtakes] = Decider(tuple(PART_OF), Offtakes(), scope, evolve, decide)
