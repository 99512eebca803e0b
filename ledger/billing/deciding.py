"""The decider of billing."""

from collections.abc import Mapping, Sequence

from ledger.billing.account import Billing, evolve
from ledger.billing.deposits import DEPOSITS
from ledger.billing.gap import GAP
from ledger.billing.invoicing import INVOICING
from ledger.billing.losses import LOSSES
from ledger.billing.receipts import RECEIPTS
from ledger.billing.rules import BillingCommand, Part
from ledger.decider import By, Command, Decider, Fact

PARTS = (GAP, INVOICING, RECEIPTS, DEPOSITS, LOSSES)
PART_OF: Mapping[type[Command], Part] = {command: part for part in PARTS for command in part.decide}


def scope(command: BillingCommand) -> tuple[str, ...]:
    """What the command touches; where it posts, every period."""
    return PART_OF[type(command)].scope[type(command)](command)


def decide(state: Billing, command: BillingCommand, by: By) -> Sequence[Fact]:
    """The facts that a command asks for, if every rule allows them; nothing where it is so already."""
    return PART_OF[type(command)].decide[type(command)](state, command, by)


BILLING: Decider[BillingCommand, Billing] = Decider(tuple(PART_OF), Billing(), scope, evolve, decide)
