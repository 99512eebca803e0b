"""The decider of billing: its parts together."""

from collections.abc import Sequence

from ledger.billing.account import Billing, evolve, fold
from ledger.billing.deposits import DEPOSITS, ReverseDeposit
from ledger.billing.gap import GAP
from ledger.billing.invoicing.notes import NOTES
from ledger.billing.invoicing.replies import REPLIES
from ledger.billing.invoicing.tax_invoices import TAX_INVOICES
from ledger.billing.late_fees import LATE_FEES
from ledger.billing.lease_costs.deciding import LEASE_COSTS, ReverseLeaseCost
from ledger.billing.losses import LOSSES
from ledger.billing.receipts import RECEIPTS, ReverseReceipt
from ledger.billing.refunds import REFUNDS, ReverseRefund
from ledger.billing.rules import POSTING, RATE_TAGS, BillingCommand
from ledger.bookkeeping.banking.accounts import ACCOUNT_TAGS, account_tags, on_account
from ledger.decider import By, Decider, Fact, Part, together

PARTS: Part[Billing, Billing] = together(
    GAP, NOTES, TAX_INVOICES, REPLIES, LATE_FEES, RECEIPTS, REFUNDS, DEPOSITS, LOSSES, LEASE_COSTS
)
TAKING_BACK = (ReverseReceipt, ReverseRefund, ReverseDeposit, ReverseLeaseCost)
"""They move money on the account that it moved on before."""

# Scope


def scope(command: BillingCommand) -> tuple[str, ...]:
    """List what a command touches; where it posts, every period; where money moves in the bank, every account."""
    accounts = ACCOUNT_TAGS if isinstance(command, TAKING_BACK) else account_tags(command)
    return (*PARTS.scope[type(command)](command), *accounts)


# Decide


def decide(state: Billing, command: BillingCommand, by: By) -> Sequence[Fact]:
    """Decide a command by the rules of its part."""
    decided = PARTS.decide[type(command)]
    return on_account(state.bank_accounts, command, lambda on: decided(state, on, by))


BILLING: Decider[BillingCommand, Billing] = Decider(
    tuple(PARTS.decide), Billing(), scope, evolve, decide, frozenset((*RATE_TAGS, *POSTING)), fold
)
