"""The decider of bank accounts: its parts together, over the facts of one scope."""

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from ledger.bookkeeping.banking.accounts import Banking, evolve_accounts
from ledger.bookkeeping.banking.entries import ENTRIES
from ledger.bookkeeping.banking.facts import (
    BankAccountFact,
    BankBalanceBroughtForward,
    BankChargeTaken,
    BankEntryReversed,
    BankInterestReceived,
    BankTransferMade,
)
from ledger.bookkeeping.banking.opening import OPENING
from ledger.decider import By, Command, Decider, Fact, Part, together
from ledger.once.bank import with_reference
from ledger.periods import PeriodFact, PostingFact, evolve_periods
from ledger.rates import RateApproved, with_rate

PARTS: Part[Banking, Banking] = together(OPENING, ENTRIES)

# Evolve


def evolve(state: Banking, fact: Fact) -> Banking:
    """The state after one more fact; of other contexts only periods, rates and bank references matter."""
    if isinstance(fact, PostingFact):
        state = replace(state, references=with_reference(state.references, fact))
    match fact:
        case BankAccountFact():
            return replace(state, accounts=evolve_accounts(state.accounts, fact))
        case BankBalanceBroughtForward() | BankChargeTaken() | BankInterestReceived() | BankTransferMade():
            return replace(state, entries={**state.entries, fact.bank_entry: fact})
        case BankEntryReversed():
            return replace(state, reversals={**state.reversals, fact.bank_entry: fact})
        case PeriodFact():
            return replace(state, periods=evolve_periods(state.periods, fact))
        case RateApproved():
            return replace(state, rates=with_rate(state.rates, fact))
    return state


# Scope


def scope(command: Command) -> tuple[str, ...]:
    """The accounts, and what the command names beside them."""
    return PARTS.scope[type(command)](command)


# Decide


def decide(state: Banking, command: Command, by: By) -> Sequence[Fact]:
    """The facts that a command asks for, if every rule allows them; nothing where it is so already."""
    return PARTS.decide[type(command)](state, command, by)


BANKING: Decider[Any, Banking] = Decider(tuple(PARTS.decide), Banking(), scope, evolve, decide)
