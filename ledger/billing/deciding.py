"""The decider of billing: its parts together."""

from collections.abc import Sequence

from ledger.billing.account import Billing, evolve
from ledger.billing.deposits import DEPOSITS
from ledger.billing.gap import GAP
from ledger.billing.invoicing import INVOICING
from ledger.billing.late_fees import LATE_FEES
from ledger.billing.losses import LOSSES
from ledger.billing.receipts import RECEIPTS
from ledger.billing.refunds import REFUNDS
from ledger.billing.rules import POSTING, RATE_TAGS, BillingCommand
from ledger.decider import By, Decider, Fact, Part, together

PARTS: Part[Billing, Billing] = together(GAP, INVOICING, LATE_FEES, RECEIPTS, REFUNDS, DEPOSITS, LOSSES)

# Scope


def scope(command: BillingCommand) -> tuple[str, ...]:
    """List what a command touches; where it posts, every period."""
    return PARTS.scope[type(command)](command)


# Decide


def decide(state: Billing, command: BillingCommand, by: By) -> Sequence[Fact]:
    """Decide a command by the rules of its part."""
    return PARTS.decide[type(command)](state, command, by)


BILLING: Decider[BillingCommand, Billing] = Decider(
    tuple(PARTS.decide), Billing(), scope, evolve, decide, frozenset((*RATE_TAGS, *POSTING))
)
