"""The decider of purchases. Where equipment of an order is bought, ledger/joint/buying.py decides in its place."""

from collections.abc import Sequence
from typing import Any

from ledger.bookkeeping.purchases.documents import DOCUMENTS
from ledger.bookkeeping.purchases.purchase import Purchases, evolve
from ledger.decider import By, Command, Decider, Fact

# Scope


def scope(command: Command) -> tuple[str, ...]:
    """The document, its supplier and number, the periods and the rate that the command needs."""
    return DOCUMENTS.scope[type(command)](command)


# Decide


def decide(state: Purchases, command: Command, by: By) -> Sequence[Fact]:
    """The facts that a command asks for, if every rule allows them; nothing where it is so already."""
    return DOCUMENTS.decide[type(command)](state, command, by)


PURCHASES: Decider[Any, Purchases] = Decider(tuple(DOCUMENTS.decide), Purchases(), scope, evolve, decide)
