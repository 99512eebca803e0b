"""Commands: banking.

Made from docs/openapi.json by `python -m api.client.making docs/openapi.json`.
"""

from datetime import date
from typing import Literal

from api.client.parts import Command, Evidence, Profile, ProfileVersion, StatedStatement


class OpenBankAccount(Command, frozen=True, kw_only=True, tag="open-bank-account"):
    """Put a bank account on record, from its first day on. What stands on it when the books begin is brought
    forward.

    number    as the bank writes it
    default   money in its currency is on it where a payment names no account
    """

    effective_on: date
    bank_account: str
    bank: str
    number: str
    currency: Literal["BHD", "CNY", "EUR", "GBP", "HKD", "JPY", "KRW", "KWD", "SGD", "USD"]
    default: bool = False
    evidence: Evidence | None = None


class MakeBankAccountDefault(Command, frozen=True, kw_only=True, tag="make-bank-account-default"):
    """Let money in an account's currency be on it where a payment names no account, from this day on. Of several of
    one
    day the last one counts.
    """

    effective_on: date
    bank_account: str


class CloseBankAccount(Command, frozen=True, kw_only=True, tag="close-bank-account"):
    """Close a bank account whose balance is nothing; `effective_on` is its last day. Where it was the default of its
    currency, the one before it that is open is the default again.
    """

    effective_on: date
    bank_account: str
    evidence: Evidence | None = None


class WithdrawBankAccountStep(Command, frozen=True, kw_only=True, tag="withdraw-bank-account-step"):
    """Withdraw a step of a bank account that was recorded by mistake; `effective_on` is the step's own date."""

    effective_on: date
    bank_account: str
    step: Literal["bank.account-closed", "bank.account-made-default", "bank.account-opened"]
    reason: str


class BringForwardBankBalance(Command, frozen=True, kw_only=True, tag="bring-forward-bank-balance"):
    """Record what stood on an account when the books begin, once; `effective_on` is the day after it stood so.

    cny   what a foreign balance came to in the books before; its balance sheet or statement proves it
    """

    effective_on: date
    bank_entry: str
    bank_account: str
    amount: str
    cny: str | None = None
    evidence: Evidence


class TransferBetweenAccounts(Command, frozen=True, kw_only=True, tag="transfer-between-accounts"):
    """Record that money went from `bank_account` to `to_account`.

    amount, to_amount   what left, and what came; the second is left out where both are in one currency
    rate_series, to_rate_series   the exchange rates, where an account is in a foreign currency: fx/usd-cny
    """

    effective_on: date
    bank_entry: str
    bank_account: str
    amount: str
    to_account: str
    to_amount: str | None = None
    bank_reference: str
    rate_series: str | None = None
    to_rate_series: str | None = None
    evidence: Evidence | None = None


class RecordBankCharge(Command, frozen=True, kw_only=True, tag="record-bank-charge"):
    """Record what the bank took for itself: a cost (6603)."""

    effective_on: date
    bank_entry: str
    bank_account: str
    amount: str
    bank_reference: str
    rate_series: str | None = None
    evidence: Evidence | None = None


class RecordBankInterest(Command, frozen=True, kw_only=True, tag="record-bank-interest"):
    """Record what the bank paid for a balance (6603.01)."""

    effective_on: date
    bank_entry: str
    bank_account: str
    amount: str
    bank_reference: str
    rate_series: str | None = None
    evidence: Evidence | None = None


class ReverseBankEntry(Command, frozen=True, kw_only=True, tag="reverse-bank-entry"):
    """Take back an entry that was recorded wrong, or that the bank took back."""

    effective_on: date
    bank_entry: str
    reason: str


class TakeBankStatements(Command, frozen=True, kw_only=True, tag="take-bank-statements"):
    """Record what a bank says of an account: every statement of one file; `effective_on` is the day it came.

    `mcsc bank-import` and the upload of a file make this command of it.
    reason    why it is taken although balances do not meet
    read_by   the profile on record by which the file was read, where it was
    """

    effective_on: date
    bank_account: str
    file: Evidence
    statements: tuple[StatedStatement, ...]
    reason: str | None = None
    read_by: ProfileVersion | None = None


class WithdrawBankStatement(Command, frozen=True, kw_only=True, tag="withdraw-bank-statement"):
    """Take back a statement that was recorded by mistake: `about` is its name, `effective_on` its last day."""

    effective_on: date
    bank_account: str
    about: str
    step: Literal["bank.statement-taken"] = "bank.statement-taken"
    reason: str


class MatchBankLine(Command, frozen=True, kw_only=True, tag="match-bank-line"):
    """Say which payments on record a line of a bank statement is: they come to its amount, to the cent.

    bank_references   under which they are on record
    """

    effective_on: date
    bank_account: str
    statement: str
    entry: str
    until_on: date | None = None
    bank_references: tuple[str, ...]


class PutBankLineAside(Command, frozen=True, kw_only=True, tag="put-bank-line-aside"):
    """Say why a line of a bank statement waits for no payment of ours: it stays only at the bank."""

    effective_on: date
    bank_account: str
    statement: str
    entry: str
    until_on: date | None = None
    reason: str


class WithdrawBankLineStep(Command, frozen=True, kw_only=True, tag="withdraw-bank-line-step"):
    """Take back that a line was matched, or put aside: `about` is STATEMENT/ENTRY, `effective_on` the day of that."""

    effective_on: date
    bank_account: str
    about: str
    step: Literal["bank.line-matched", "bank.line-put-aside"]
    reason: str


class RecordBankProfile(Command, frozen=True, kw_only=True, tag="record-bank-profile"):
    """Record the meaning of the columns of a bank's table, by a name; where one is on record this is its next
    version.

    bank_account   the only one whose files are read by it; without it those of any
    """

    effective_on: date
    profile: str
    columns: Profile
    bank_account: str | None = None


class WithdrawBankProfile(Command, frozen=True, kw_only=True, tag="withdraw-bank-profile"):
    """Take back a version of a profile that was a mistake: `about` is its number, `effective_on` its own date."""

    effective_on: date
    profile: str
    about: str
    step: Literal["bank.profile-recorded"] = "bank.profile-recorded"
    reason: str
