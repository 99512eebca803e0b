"""What a bank books of its own accord, or between MCSC's own accounts: nobody else is on the other side.

Commands                     Facts (bank.…)
BringForwardBankBalance      balance-brought-forward
TransferBetweenAccounts      transfer-made
RecordBankCharge             charge-taken
RecordBankInterest           interest-received
ReverseBankEntry             entry-reversed: its bank reference is free again

Foreign money is counted in CNY at an approved rate of its day (IAS 21.21): of a transfer between two currencies each
amount for itself, so what the bank's own rate gained or cost is exchange (6061). What stands on a foreign account is
remeasured at the month's end (joint/banking.py).

Refusals, in order of precedence
├── (BankAccountUnknown, BankAccountNotOpen)   of accounts.py
├── BankEntryTaken           this id is another entry's, says otherwise, or was taken back (conflict)
├── BankEntryUnknown         no such entry (unknown)
├── BankEntryIsReversed      it was taken back already
├── BankBalanceIsForward     a balance was brought forward on this account already (conflict)
├── BankReferenceIsTaken     B5: the bank's reference is recorded already, on this account (conflict)
├── SameBankAccount          money goes from one account to another
├── BankAmountMalformed      more decimals than the currency has, nothing, or two amounts of one currency that differ
├── BankRateNotNamed         the account is in a foreign currency, and no exchange rate is named
├── BankRateMissing          no rate is approved for the date
├── BeforeBankEntry          nothing is taken back before it happened
└── (NoOpenPeriod)           of `ledger.periods`
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, ClassVar

from ledger.bookkeeping.banking.accounts import ACCOUNT_TAGS, Banking, BankingRefusal, check_account
from ledger.bookkeeping.banking.facts import (
    BankBalanceBroughtForward,
    BankChargeTaken,
    BankEntry,
    BankEntryReversed,
    BankInterestReceived,
    BankTransferMade,
)
from ledger.decider import By, Command, Fact, Id, Part, Text, said
from ledger.once.bank import BankReference, check_reference
from ledger.periods import PERIODS_TAG, posting_date
from ledger.rates import Series, value_on
from ledger.values.currencies import Amount, converted, decimals, in_minor, quotes
from ledger.values.days import Happened
from ledger.values.evidence import Evidence
from ledger.values.money import EXPONENT, Cny, minor

# Commands


class BankEntryCommand(Command, frozen=True, kw_only=True):
    """An entry on a bank account. `bank_entry` names it; `effective_on` is its value date.

    amount        in the account's currency
    """

    effective_on: Happened
    put_right: ClassVar[str] = (
        "`reverse-bank-entry` takes it back, and its bank reference is free again; record it anew under another id."
    )
    bank_entry: Id
    bank_account: Id
    amount: Amount


class BringForwardBankBalance(BankEntryCommand, frozen=True, kw_only=True, tag="bring-forward-bank-balance"):
    """Record what stood on an account when the books begin, once; `effective_on` is the day after it stood so.

    cny   what a foreign balance came to in the books before; its balance sheet or statement proves it
    """

    put_right: ClassVar[str] = "`reverse-bank-entry` takes it back; record it anew under another id."
    cny: Cny | None = None
    evidence: Evidence


class TransferBetweenAccounts(BankEntryCommand, frozen=True, kw_only=True, tag="transfer-between-accounts"):
    """Record that money went from `bank_account` to `to_account`.

    amount, to_amount   what left, and what came; the second is left out where both are in one currency
    rate_series, to_rate_series   the exchange rates, where an account is in a foreign currency: fx/usd-cny
    """

    to_account: Id
    to_amount: Amount | None = None
    bank_reference: BankReference
    rate_series: Series | None = None
    to_rate_series: Series | None = None
    evidence: Evidence | None = None


class BookedByBank(BankEntryCommand, frozen=True, kw_only=True):
    """Something that the bank booked.

    rate_series   the exchange rate, where the account is in a foreign currency: fx/usd-cny
    """

    bank_reference: BankReference
    rate_series: Series | None = None
    evidence: Evidence | None = None


class RecordBankCharge(BookedByBank, frozen=True, kw_only=True, tag="record-bank-charge"):
    """Record what the bank took for itself: a cost (6603)."""


class RecordBankInterest(BookedByBank, frozen=True, kw_only=True, tag="record-bank-interest"):
    """Record what the bank paid for a balance (6603.01)."""


class ReverseBankEntry(Command, frozen=True, kw_only=True, tag="reverse-bank-entry"):
    """Take back an entry that was recorded wrong, or that the bank took back."""

    effective_on: Happened
    put_right: ClassVar[str] = (
        "Record the entry anew under another id: `transfer-between-accounts`, `record-bank-charge`, "
        "`record-bank-interest` or `bring-forward-bank-balance`."
    )
    bank_entry: Id
    reason: Text


# Refusals


class BankEntryTaken(BankingRefusal):
    """This id is another entry's, says otherwise, or was taken back."""

    code = "bank-entry-taken"
    kind = "conflict"


class BankEntryUnknown(BankingRefusal):
    """No such bank entry."""

    code = "bank-entry-unknown"
    kind = "unknown"


class BankEntryIsReversed(BankingRefusal):
    """It was taken back already."""

    code = "bank-entry-is-reversed"


class BankBalanceIsForward(BankingRefusal):
    """A balance was brought forward on this account already."""

    code = "bank-balance-is-forward"
    kind = "conflict"


class BankReferenceIsTaken(BankingRefusal):
    """B5: the bank's reference is recorded already."""

    code = "bank-entry-reference-taken"
    kind = "conflict"


class SameBankAccount(BankingRefusal):
    """Money goes from one account to another."""

    code = "same-bank-account"


class BankAmountMalformed(BankingRefusal):
    """More decimals than the currency has, nothing, or two amounts of one currency that differ."""

    code = "bank-amount-malformed"


class BankRateNotNamed(BankingRefusal):
    """The account is in a foreign currency, and no exchange rate of it is named."""

    code = "bank-rate-not-named"


class BankRateMissing(BankingRefusal):
    """No rate is approved for the date."""

    code = "bank-rate-missing"
    kind = "unknown"


class BeforeBankEntry(BankingRefusal):
    """Nothing is taken back before it happened."""

    code = "before-bank-entry"


# Scope


def _scope(command: BankEntryCommand) -> tuple[str, ...]:
    """The entry, all accounts, the reference, periods and rates."""
    reference = getattr(command, "bank_reference", None)
    named = (f"bank:{reference}",) if reference is not None else ()
    series = (getattr(command, name, None) for name in ("rate_series", "to_rate_series"))
    rates = tuple(f"series:{one}" for one in series if one is not None)
    return tuple(dict.fromkeys((f"bank-entry:{command.bank_entry}", *ACCOUNT_TAGS, *named, *rates, PERIODS_TAG)))


def _scope_of_balance(command: BringForwardBankBalance) -> tuple[str, ...]:
    """The entry, all accounts, periods, and what moved on the account."""
    return (*_scope(command), f"bank-moves:{command.bank_account}")


# Decide


def _amount(amount: str, currency: str, *, field: str = "amount") -> int:
    if decimals(amount) > EXPONENT[currency]:
        raise BankAmountMalformed(f"{currency} has {EXPONENT[currency]} decimals, {amount} has more", field=field)
    amount_minor = in_minor(amount, currency)
    if amount_minor == 0:
        raise BankAmountMalformed("an amount of nothing records nothing; say how much it is", field=field)
    return amount_minor


def rate_on(
    state: Banking, currency: str, series: Series | None, on: date, *, field: str = "rate_series"
) -> tuple[Series | None, str]:
    """Series and rate of a currency on a day; CNY needs none. Raises BankRateNotNamed, BankRateMissing."""
    if currency == "CNY":
        return None, "1"
    if series is None or not quotes(series, currency):
        raise BankRateNotNamed(
            f"the account is in {currency}: name its exchange rate, such as fx/{currency.lower()}-cny", field=field
        )
    rate = value_on(state.rates, series, on)
    if rate is None:
        raise BankRateMissing(
            f"no rate of {series} is approved for {on}: propose one (propose-rate, effective on {on} or before) and "
            "let somebody else approve it (approve-rate)",
            field=field,
        )
    return series, rate


def _known(state: Banking, command: BankEntryCommand, kind: type[BankEntry], **given: Any) -> bool:
    """Tell whether an entry is on record in just these words, and was not taken back. Raises BankEntryTaken."""
    known = state.entries.get(command.bank_entry)
    if known is None:
        return False
    if (back := state.reversals.get(command.bank_entry)) is not None:
        raise BankEntryTaken(
            f"bank entry {command.bank_entry} was taken back on {back.effective_on}; choose another id",
            field="bank_entry",
        )
    if type(known) is kind and known.asked == said(kind, command, **given):
        return True
    raise BankEntryTaken(
        f"bank entry {command.bank_entry} is recorded already and says otherwise; choose another id", field="bank_entry"
    )


def _given(state: Banking, command: BankEntryCommand, series: Series | None, by: By) -> dict[str, Any]:
    """The fields that every entry has."""
    on = command.effective_on
    currency = check_account(state.accounts, command.bank_account, None, on).opened.currency
    amount = _amount(command.amount, currency)
    named, rate = rate_on(state, currency, series, on)
    return {
        "effective_on": on,
        "accounting_on": posting_date(state.periods, on, by.role),
        "bank_entry": command.bank_entry,
        "bank_account": command.bank_account,
        "currency": currency,
        "amount_minor": amount,
        "rate_series": named,
        "rate": rate,
        "cny_minor": converted(amount, currency, rate),
    }


def _of_account(state: Banking, name: str, amount: str, series: Series | None) -> tuple[int | None, Series | None]:
    """Amount in minor units, and the series that a fact on the account names, as a command says them."""
    account = state.accounts.known.get(name)
    if account is None:
        return None, series
    currency = account.opened.currency
    return in_minor(amount, currency) if decimals(amount) <= EXPONENT[currency] else None, (
        None if currency == "CNY" else series
    )


def _bring_forward(state: Banking, command: BringForwardBankBalance, by: By) -> Sequence[Fact]:
    on = command.effective_on
    amount, _ = _of_account(state, command.bank_account, command.amount, None)
    cny = amount if command.cny is None else minor(command.cny)
    if _known(state, command, BankBalanceBroughtForward, amount_minor=amount, rate_series=None, cny_minor=cny):
        return ()
    currency = check_account(state.accounts, command.bank_account, None, on).opened.currency
    _check_first(state, command.bank_account)
    amount = _amount(command.amount, currency)
    if (command.cny is None) != (currency == "CNY"):
        wanted = "leave cny out: the amount is in CNY" if currency == "CNY" else "say what it came to in the books"
        raise BankAmountMalformed(f"{command.bank_account} is in {currency}; {wanted}", field="cny")
    return (
        BankBalanceBroughtForward(
            effective_on=on,
            accounting_on=posting_date(state.periods, on, by.role),
            bank_entry=command.bank_entry,
            bank_account=command.bank_account,
            currency=currency,
            amount_minor=amount,
            cny_minor=amount if command.cny is None else minor(command.cny),
            evidence=command.evidence,
        ),
    )


def _check_first(state: Banking, account: str) -> None:
    """Check that no balance of the account was brought forward that still stands. Raises BankBalanceIsForward."""
    for name, entry in state.entries.items():
        forward = isinstance(entry, BankBalanceBroughtForward) and entry.bank_account == account
        if forward and name not in state.reversals:
            raise BankBalanceIsForward(
                f"{name} brought the balance of {account} forward on {entry.effective_on}; take that back first "
                "(reverse-bank-entry)",
                field="bank_account",
            )


def _booked(kind: type[BankChargeTaken] | type[BankInterestReceived]) -> Any:
    """The decision on what a bank booked of its own accord."""

    def decide(state: Banking, command: BookedByBank, by: By) -> Sequence[Fact]:
        amount, series = _of_account(state, command.bank_account, command.amount, command.rate_series)
        if _known(state, command, kind, amount_minor=amount, rate_series=series):
            return ()
        given = _given(state, command, command.rate_series, by)
        check_reference(state.references, command.bank_reference, BankReferenceIsTaken, command.bank_account)
        return (kind(**given, bank_reference=command.bank_reference, evidence=command.evidence),)

    return decide


def _transfer(state: Banking, command: TransferBetweenAccounts, by: By) -> Sequence[Fact]:
    on, asked = command.effective_on, command.to_amount or command.amount
    amount, series = _of_account(state, command.bank_account, command.amount, command.rate_series)
    to_amount, to_series = _of_account(state, command.to_account, asked, command.to_rate_series)
    given = {"amount_minor": amount, "rate_series": series, "to_amount_minor": to_amount, "to_rate_series": to_series}
    if _known(state, command, BankTransferMade, **given):
        return ()
    if command.to_account == command.bank_account:
        raise SameBankAccount(f"{command.to_account} is where it came from", field="to_account")
    source = _given(state, command, command.rate_series, by)
    to_currency = check_account(state.accounts, command.to_account, None, on, field="to_account").opened.currency
    if to_currency != source["currency"] and command.to_amount is None:
        raise BankAmountMalformed(
            f"{command.to_account} is in {to_currency}: say how much of it came", field="to_amount"
        )
    arrived = _amount(asked, to_currency, field="to_amount")
    if to_currency == source["currency"] and arrived != source["amount_minor"]:
        raise BankAmountMalformed(
            "both accounts are in one currency: as much comes as goes; record what the bank kept with "
            "record-bank-charge",
            field="to_amount",
        )
    to_named, to_rate = rate_on(state, to_currency, command.to_rate_series, on, field="to_rate_series")
    for account in (command.bank_account, command.to_account):
        check_reference(state.references, command.bank_reference, BankReferenceIsTaken, account)
    return (
        BankTransferMade(
            **source,
            bank_reference=command.bank_reference,
            to_account=command.to_account,
            to_currency=to_currency,
            to_amount_minor=arrived,
            to_rate_series=to_named,
            to_rate=to_rate,
            to_cny_minor=converted(arrived, to_currency, to_rate),
            evidence=command.evidence,
        ),
    )


def _reverse(state: Banking, command: ReverseBankEntry, by: By) -> Sequence[Fact]:
    entry, on = state.entries.get(command.bank_entry), command.effective_on
    if entry is None:
        raise BankEntryUnknown(f"there is no bank entry {command.bank_entry}", field="bank_entry")
    if (before := state.reversals.get(command.bank_entry)) is not None:
        if before.asked == said(BankEntryReversed, command):
            return ()
        raise BankEntryIsReversed(f"{command.bank_entry} was taken back on {before.effective_on}", field="bank_entry")
    if on < entry.effective_on:
        raise BeforeBankEntry(
            f"{command.bank_entry} is of {entry.effective_on}; it is taken back then or later", field="effective_on"
        )
    check_account(state.accounts, entry.bank_account, None, on)
    if isinstance(entry, BankTransferMade):
        check_account(state.accounts, entry.to_account, None, on)
    return (
        BankEntryReversed(
            effective_on=on,
            accounting_on=posting_date(state.periods, max(on, entry.accounting_on), by.role),
            bank_entry=command.bank_entry,
            reversed=entry,
            reason=command.reason,
        ),
    )


ENTRIES: Part[Banking, Banking] = Part(
    decide={
        BringForwardBankBalance: _bring_forward,
        TransferBetweenAccounts: _transfer,
        RecordBankCharge: _booked(BankChargeTaken),
        RecordBankInterest: _booked(BankInterestReceived),
        ReverseBankEntry: _reverse,
    },
    scope={
        BringForwardBankBalance: _scope_of_balance,
        TransferBetweenAccounts: _scope,
        RecordBankCharge: _scope,
        RecordBankInterest: _scope,
        ReverseBankEntry: lambda command: (f"bank-entry:{command.bank_entry}", *ACCOUNT_TAGS, PERIODS_TAG),
    },
)
