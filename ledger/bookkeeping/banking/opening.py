"""Bank accounts are opened, made the default; their steps are withdrawn. Closing needs the books: joint/banking.py.

Commands                 Facts (bank.…)
OpenBankAccount          account-opened; account-made-default where that is asked for
MakeBankAccountDefault   account-made-default
CloseBankAccount         account-closed; first balances-remeasured where the CNY of an empty account are not nothing
WithdrawBankAccountStep  account-step-withdrawn

Refusals, in order of precedence
├── (BankAccountUnknown)     of accounts.py
├── BankAccountTaken         this id is another account's (conflict)
├── BankAccountStepUnknown   no such step stands (unknown)
├── BankAccountStepNeeded    something rests on the step: a later one, money that moved
└── BankAccountNumberTaken   another open account has the number; also where a closing is withdrawn (conflict)
"""

from collections.abc import Sequence
from functools import reduce
from typing import ClassVar, Literal

from ledger.bookkeeping.banking.accounts import (
    ACCOUNT_TAGS,
    NO_ACCOUNTS,
    BankAccounts,
    Banking,
    BankingRefusal,
    check_account,
    evolve_accounts,
)
from ledger.bookkeeping.banking.facts import (
    BankAccountClosed,
    BankAccountFact,
    BankAccountMadeDefault,
    BankAccountOpened,
    BankAccountStepWithdrawn,
    BankBalancesRemeasured,
)
from ledger.decider import By, Command, Fact, Id, Part, Standing, Text, Withdrawing, said
from ledger.periods import PostingFact
from ledger.values.currencies import Currency
from ledger.values.days import Happened, OnRecord
from ledger.values.evidence import Evidence

# Commands


class OpenBankAccount(Command, frozen=True, kw_only=True, tag="open-bank-account"):
    """Put a bank account on record, from its first day on. What stands on it when the books begin is brought forward.

    number    as the bank writes it
    default   money in its currency is on it where a payment names no account
    """

    effective_on: Happened
    put_right: ClassVar[str] = (
        "`withdraw-bank-account-step` of `bank.account-opened`, as long as no money moved on it; first of "
        "`bank.account-made-default`, where it is the default."
    )
    bank_account: Id
    bank: Text
    number: Text
    currency: Currency
    default: bool = False
    evidence: Evidence | None = None


class MakeBankAccountDefault(Command, frozen=True, kw_only=True, tag="make-bank-account-default"):
    """Let money in an account's currency be on it where a payment names no account, from this day on. Of several of one
    day the last one counts."""

    effective_on: Happened
    put_right: ClassVar[str] = (
        "`withdraw-bank-account-step` of `bank.account-made-default`: the one before is the default again. What was "
        "recorded meanwhile stays on the account it was put on."
    )
    bank_account: Id


class CloseBankAccount(Command, frozen=True, kw_only=True, tag="close-bank-account"):
    """Close a bank account whose balance is nothing; `effective_on` is its last day. Where it was the default of its
    currency, the one before it that is open is the default again."""

    effective_on: Happened
    put_right: ClassVar[str] = "`withdraw-bank-account-step` of `bank.account-closed`: money moves on it again."
    bank_account: Id
    evidence: Evidence | None = None


class WithdrawBankAccountStep(Command, frozen=True, kw_only=True, tag="withdraw-bank-account-step"):
    """Withdraw a step of a bank account that was recorded by mistake; `effective_on` is the step's own date."""

    effective_on: OnRecord
    put_right: ClassVar[str] = "Record the step again."
    bank_account: Id
    step: Literal["bank.account-opened", "bank.account-made-default", "bank.account-closed"]
    reason: Text


# Refusals


class BankAccountTaken(BankingRefusal):
    """This id is another account's."""

    code = "bank-account-taken"
    kind = "conflict"


class BankAccountNumberTaken(BankingRefusal):
    """The number at the bank is another account's."""

    code = "bank-account-number-taken"
    kind = "conflict"


class BankAccountStepUnknown(BankingRefusal):
    """No such step of the bank account stands."""

    code = "bank-account-step-unknown"
    kind = "unknown"


class BankAccountStepNeeded(BankingRefusal):
    """Something rests on the step."""

    code = "bank-account-step-needed"


# Decide


def _open(state: Banking, command: OpenBankAccount, by: By) -> Sequence[Fact]:
    known = state.accounts.known.get(command.bank_account)
    opened = BankAccountOpened(
        effective_on=command.effective_on,
        bank_account=command.bank_account,
        bank=command.bank,
        number=command.number,
        currency=command.currency,
        evidence=command.evidence,
    )
    made_default = BankAccountMadeDefault(
        effective_on=command.effective_on, bank_account=command.bank_account, currency=command.currency
    )
    if known is not None:
        if known.opened.asked == opened.asked and command.default == (made_default in state.accounts.defaults):
            return ()
        raise BankAccountTaken(
            f"bank account {command.bank_account} is on record and says otherwise; choose another id",
            field="bank_account",
        )
    _check_number(state.accounts, opened, "number")
    return (opened, made_default) if command.default else (opened,)


def _check_number(accounts: BankAccounts, opened: BankAccountOpened, field: str) -> None:
    """Check that no other open account has the number at the bank. Raises BankAccountNumberTaken."""
    for name, other in accounts.known.items():
        same = (other.opened.bank, other.opened.number) == (opened.bank, opened.number)
        if same and other.closed is None and name != opened.bank_account:
            raise BankAccountNumberTaken(f"{opened.number} at {opened.bank} is {name} already", field=field)


def _make_default(state: Banking, command: MakeBankAccountDefault, by: By) -> Sequence[Fact]:
    on, known = command.effective_on, state.accounts.known.get(command.bank_account)
    currency = known.opened.currency if known is not None else None
    day = [fact for fact in state.accounts.defaults if (fact.currency, fact.effective_on) == (currency, on)]
    if day and day[-1].asked == said(BankAccountMadeDefault, command):
        return ()
    account = check_account(state.accounts, command.bank_account, None, on)
    return (
        BankAccountMadeDefault(
            effective_on=on,
            bank_account=command.bank_account,
            currency=account.opened.currency,
        ),
    )


OPENING: Part[Banking, Banking] = Part(
    decide={OpenBankAccount: _open, MakeBankAccountDefault: _make_default},
    scope={OpenBankAccount: lambda _: ACCOUNT_TAGS, MakeBankAccountDefault: lambda _: ACCOUNT_TAGS},
)

# Withdrawing


def _rests(fact: Fact, step: BankAccountFact) -> bool:
    """Tell whether a later fact rests on a step: a later step of the account, or money that moved on it."""
    if isinstance(fact, PostingFact):
        return isinstance(step, BankAccountOpened)
    later = isinstance(fact, BankAccountFact) and fact.bank_account == step.bank_account
    return later and not isinstance(step, BankAccountMadeDefault)


def _advice(fact: Fact) -> str:
    if isinstance(fact, BankBalancesRemeasured):
        return "its balance was remeasured: close the account instead (close-bank-account)"
    return (
        "it moved money on the account: close it instead (close-bank-account)"
        if isinstance(fact, PostingFact)
        else "withdraw that first"
    )


def _check_open_again(facts: Standing, step: BankAccountFact, command: WithdrawBankAccountStep, by: By) -> None:
    """Check that an account whose closing is withdrawn is the only open one of its number at the bank. Raises
    BankAccountNumberTaken."""
    if isinstance(step, BankAccountClosed):
        accounts = reduce(evolve_accounts, facts, NO_ACCOUNTS)
        _check_number(accounts, accounts.known[step.bank_account].opened, "bank_account")


def _scope_of_withdrawal(command: WithdrawBankAccountStep) -> tuple[str, ...]:
    """All accounts, and what moved on this one."""
    return (*ACCOUNT_TAGS, f"bank-moves:{command.bank_account}")


WITHDRAWING = Withdrawing(
    withdrawn=BankAccountStepWithdrawn,
    steps=(BankAccountOpened, BankAccountMadeDefault, BankAccountClosed),
    unknown=BankAccountStepUnknown,
    not_latest=BankAccountStepNeeded,
    rests=_rests,
    advice=_advice,
    check=_check_open_again,
)
BANK_ACCOUNT_STEPS = WITHDRAWING.decider(WithdrawBankAccountStep, _scope_of_withdrawal)
