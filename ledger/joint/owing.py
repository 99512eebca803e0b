"""Paying what journals by hand made owed, from a bank account in CNY. One proposes, another pays.

Command                Facts (owed.…)       Who
ProposeBankPayment     payment-proposed     finance
RejectBankPayment      payment-rejected     an approver, or who proposed it
PayFromBank            paid                 an approver who is not the proposer, as the bank paid
ReturnBankPayment      payment-returned     finance: it came back, or was recorded wrong

Refusals, in order of precedence
OwingRefusal
├── BankPaymentUnknown      no such payment is proposed, or was made (unknown)
├── BankPaymentTaken        this id is another payment's, says otherwise, or was rejected or returned (conflict)
├── BankPaymentDecided      it was made, or rejected, already
├── BankPayerIsProposer     J7: who pays is not who proposed it
├── BankPaymentsDiffer      the journals are not those that were proposed (conflict)
├── DebtUnknown             this journal made nothing owed on this account (unknown)
├── DebtInQuestion          a mirror of the journal is proposed: it is decided first
├── BankPaymentEmpty        nothing, or the same debt twice
├── BeforeDebt              nothing is paid before it is owed, or before it is proposed
├── DebtExceeded            no more is paid than is owed by the journal and on the account, that day or on a later one
├── DebtAsked               nor asked for, with what other proposals that wait would pay of it (conflict)
├── (BankingRefusal)        of bank accounts: the one named is open that day, and in CNY
├── BankPaymentReferenceTaken   B5: the bank's reference is recorded already (conflict)
└── NoOpenPeriod            of `ledger.periods`: nothing can be posted

A debt is what one journal credited to one account (OWED), less its mirror and what was paid. A journal that debits such
an account (tax withheld from salaries) takes off no debt by name: so no payment is more than the account owes in all
either, on its day or on a later one. The account is seen by `owed:`, and journals posted before that tag was thought of
by their name alone: a payment or mirror of one that is not seen is left out as well.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from types import MappingProxyType
from typing import Annotated, Any, ClassVar

from msgspec import Meta, Struct
from msgspec.structs import replace

from ledger.billing.balance import DatedAmount
from ledger.bookkeeping.banking.accounts import (
    ACCOUNT_TAGS,
    NO_ACCOUNTS,
    BankAccounts,
    check_account,
    evolve_accounts,
    on_account,
)
from ledger.bookkeeping.banking.facts import BankAccountFact
from ledger.bookkeeping.journals.facts import (
    JournalPosted,
    JournalProposed,
    JournalRejected,
    JournalReversed,
    home_of,
)
from ledger.bookkeeping.owed import (
    OWED,
    OWED_TAGS,
    Debt,
    OwedAccount,
    OwedItem,
    OwedPaid,
    OwedPaymentProposed,
    OwedPaymentRejected,
    OwedPaymentReturned,
)
from ledger.decider import By, Command, Decider, Fact, Id, Refusal, Text, said
from ledger.joint.payments import Payments
from ledger.once.bank import BankReference, References, check_reference, with_reference
from ledger.periods import PERIODS_TAG, PeriodFact, Periods, PostingFact, evolve_periods, posting_date
from ledger.values.days import Happened
from ledger.values.money import Cny, minor, written

# Commands


class DebtToPay(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """So much of what a journal credited to an account of debts."""

    journal: Id
    account: OwedAccount
    amount: Cny


class BankPaymentCommand(Command, frozen=True, kw_only=True):
    """Something asked of one payment."""

    effective_on: Happened
    payment: Id


class ProposeBankPayment(BankPaymentCommand, frozen=True, kw_only=True, tag="propose-bank-payment"):
    """Ask to pay salaries, accrued expenses, income tax or dividends that journals made owed, in whole or part.

    payee          who gets it, in words; no names of private persons
    bank_account   the one that it shall leave, else the default of CNY on the day that it is paid
    """

    put_right: ClassVar[str] = "`reject-bank-payment`, then `propose-bank-payment` anew, under another id."
    payee: Text
    items: Annotated[tuple[DebtToPay, ...], Meta(min_length=1, max_length=200)]
    bank_account: Id | None = None
    reason: Text


class RejectBankPayment(BankPaymentCommand, frozen=True, kw_only=True, tag="reject-bank-payment"):
    """Turn down a payment that was proposed, or take back one of your own."""

    put_right: ClassVar[str] = "`propose-bank-payment` asks anew, under another id."
    reason: Text


class PayFromBank(BankPaymentCommand, frozen=True, kw_only=True, tag="pay-from-bank"):
    """Agree to a payment that somebody else proposed, as the bank made it; `effective_on` is the value date. The
    journals are named again: what is owed by them now decides."""

    put_right: ClassVar[str] = "`return-bank-payment` takes it back, and its bank reference is free again."
    journals: Annotated[tuple[Id, ...], Meta(min_length=1, max_length=200)]
    bank_reference: BankReference


class ReturnBankPayment(BankPaymentCommand, frozen=True, kw_only=True, tag="return-bank-payment"):
    """Say that a payment came back, or was recorded wrong: what it paid is owed again."""

    put_right: ClassVar[str] = "`propose-bank-payment` and `pay-from-bank` record it anew, under another id."
    reason: Text


# Refusals


class OwingRefusal(Refusal):
    """A rule about the payment of what journals made owed said no."""


class BankPaymentUnknown(OwingRefusal):
    """No such payment is proposed, or was made."""

    code = "bank-payment-unknown"
    kind = "unknown"


class BankPaymentTaken(OwingRefusal):
    """This id is another payment's, says otherwise, or was rejected or returned."""

    code = "bank-payment-taken"
    kind = "conflict"


class BankPaymentDecided(OwingRefusal):
    """It was made, or rejected, already."""

    code = "bank-payment-decided"


class BankPayerIsProposer(OwingRefusal):
    """J7: who pays is not who proposed it."""

    code = "bank-payer-is-proposer"


class BankPaymentsDiffer(OwingRefusal):
    """The journals are not those that were proposed."""

    code = "bank-payments-differ"
    kind = "conflict"


class DebtUnknown(OwingRefusal):
    """This journal made nothing owed on this account."""

    code = "debt-unknown"
    kind = "unknown"


class DebtInQuestion(OwingRefusal):
    """A mirror of the journal is proposed: it is decided first."""

    code = "debt-in-question"


class BankPaymentEmpty(OwingRefusal):
    """A payment is of something, and names each debt once."""

    code = "bank-payment-empty"


class BeforeDebt(OwingRefusal):
    """Nothing is paid before it is owed, or before it is proposed."""

    code = "before-debt"


class DebtExceeded(OwingRefusal):
    """No more is paid than is owed."""

    code = "debt-exceeded"


class DebtAsked(OwingRefusal):
    """Other proposals wait that would pay it already."""

    code = "debt-asked"
    kind = "conflict"


class BankPaymentReferenceTaken(OwingRefusal):
    """B5: the bank's reference is recorded already."""

    code = "bank-payment-reference-taken"
    kind = "conflict"


# State

NOTHING: Mapping[Any, Any] = MappingProxyType({})


class Owing(Struct, frozen=True, kw_only=True):
    """The debts of the journals of one scope, and what became of payments, by id.

    accounts  what each account of debts owes in all
    homes     posted journals -> the one under whose name their lines stand
    mirrors   journals whose mirror is proposed and not decided -> that mirror
    """

    debts: Mapping[Debt, DatedAmount] = NOTHING
    accounts: Mapping[str, DatedAmount] = NOTHING
    homes: Mapping[str, str] = NOTHING
    mirrors: Mapping[str, str] = NOTHING
    payments: Payments[OwedPaymentProposed, OwedPaymentRejected, OwedPaid, OwedPaymentReturned] = Payments()
    bank_references: References = NOTHING
    bank_accounts: BankAccounts = NO_ACCOUNTS
    periods: Periods = Periods()


# Evolve


def evolve(state: Owing, fact: Fact) -> Owing:
    """Debts and payments after one more fact."""
    if isinstance(fact, PostingFact):
        state = replace(state, bank_references=with_reference(state.bank_references, fact))
        if isinstance(fact, JournalPosted):
            state = replace(state, homes={**state.homes, fact.manual_journal: home_of(fact, state.homes)})
        for debt, amount in debts_of(fact, state.homes):
            state = _moved(state, fact, debt, amount)
    match fact:
        case JournalProposed() if fact.mirrors is not None:
            return replace(state, mirrors={**state.mirrors, fact.mirrors: fact.manual_journal})
        case JournalPosted() | JournalRejected() if fact.mirrors is not None:
            return replace(state, mirrors={name: by for name, by in state.mirrors.items() if name != fact.mirrors})
        case OwedPaymentProposed():
            return replace(state, payments=state.payments.with_proposed(fact))
        case OwedPaymentRejected():
            return replace(state, payments=state.payments.with_rejected(fact))
        case OwedPaid():
            return replace(state, payments=state.payments.with_made(fact))
        case OwedPaymentReturned():
            return replace(state, payments=state.payments.with_returned(fact))
        case BankAccountFact():
            return replace(state, bank_accounts=evolve_accounts(state.bank_accounts, fact))
        case PeriodFact():
            return replace(state, periods=evolve_periods(state.periods, fact))
    return state


def _moved(state: Owing, fact: PostingFact, debt: Debt, amount: int) -> Owing:
    """A debt after one more move; its account as well, where the journal that it belongs to is seen."""
    (journal, account), known = debt, state.debts.get(debt, DatedAmount())
    if journal in state.homes:
        there = state.accounts.get(account, DatedAmount()).after(fact, amount)
        state = replace(state, accounts={**state.accounts, account: there})
    return replace(state, debts={**state.debts, debt: known.after(fact, amount)})


def debts_of(fact: Fact, homes: Mapping[str, str] = NOTHING) -> Iterable[tuple[Debt, int]]:
    """The debts that a fact makes, or takes off; `homes`: under whose name the lines of each journal stand."""
    match fact:
        case JournalPosted():
            journal = home_of(fact, homes)
        case JournalReversed():
            journal = homes.get(fact.manual_journal, fact.manual_journal)
        case OwedPaid():
            return [(item.debt, -item.amount_minor) for item in fact.items]
        case OwedPaymentReturned():
            return [(item.debt, item.amount_minor) for item in fact.reversed.items]
        case _:
            return ()
    return [((journal, line.account), -line.amount_minor) for line in fact.lines if line.account in OWED]


# Scope


def _of(payment: BankPaymentCommand, journals: Iterable[str]) -> tuple[str, ...]:
    named = (f"manual-journal:{journal}" for journal in journals)
    return tuple(dict.fromkeys((f"bank-payment:{payment.payment}", *named)))


def scope(command: BankPaymentCommand) -> tuple[str, ...]:
    """The payment, its journals, all that is owed; the bank's reference and the periods where it posts."""
    match command:
        case ProposeBankPayment():
            return (*_of(command, (item.journal for item in command.items)), *OWED_TAGS, *ACCOUNT_TAGS)
        case PayFromBank():
            bank = (f"bank:{command.bank_reference}", *ACCOUNT_TAGS)
            return (*_of(command, command.journals), *OWED_TAGS, PERIODS_TAG, *bank)
        case ReturnBankPayment():
            return (*_of(command, ()), PERIODS_TAG, *ACCOUNT_TAGS)
    return _of(command, ())


# Decide


def decide(state: Owing, command: BankPaymentCommand, by: By) -> Sequence[Fact]:
    """The facts that a command asks for, if every rule allows them; nothing where it is so already."""
    match command:
        case ProposeBankPayment():
            return _propose(state, command, by)
        case RejectBankPayment():
            return _reject(state, command, by)
        case PayFromBank():
            return on_account(state.bank_accounts, command, lambda on: _pay(state, on, by))
        case ReturnBankPayment():
            return on_account(state.bank_accounts, command, lambda on: _return(state, on, by))
    raise AssertionError(f"{command} is no command of payments")


def _propose(state: Owing, command: ProposeBankPayment, by: By) -> Sequence[Fact]:
    items = tuple(
        OwedItem(journal=item.journal, account=item.account, amount_minor=minor(item.amount)) for item in command.items
    )
    proposed = state.payments.proposed.get(command.payment)
    if proposed is not None:
        state.payments.check_not_ended(command.payment, BankPaymentTaken)
        if proposed.asked == said(OwedPaymentProposed, command, items=items):
            return ()
        raise BankPaymentTaken(
            f"payment {command.payment} is proposed already and says otherwise; choose another id", field="payment"
        )
    _check_owed(state, items, command.effective_on, "items")
    _check_not_asked(state, items, command.effective_on)
    if command.bank_account is not None:
        check_account(state.bank_accounts, command.bank_account, "CNY", command.effective_on)
    return (
        OwedPaymentProposed(
            effective_on=command.effective_on,
            payment=command.payment,
            payee=command.payee,
            items=items,
            bank_account=command.bank_account,
            reason=command.reason,
            proposed_by=by.actor,
        ),
    )


def _check_owed(state: Owing, items: Sequence[OwedItem], on: date, field: str) -> None:
    """Check that every debt bears what is paid of it. Raises DebtUnknown, DebtInQuestion, BankPaymentEmpty, BeforeDebt,
    DebtExceeded."""
    if len({item.debt for item in items}) < len(items):
        raise BankPaymentEmpty("name each debt once, with all that is paid of it", field=field)
    for item in items:
        debt = state.debts.get(item.debt)
        if debt is None:
            raise DebtUnknown(
                f"journal {item.journal} made nothing owed on {item.account} ({OWED[item.account]})"
                f"{_stands_now(state, item, on)}",
                field=field,
            )
        if (mirror := state.mirrors.get(item.journal)) is not None:
            raise DebtInQuestion(f"{mirror} would mirror {item.journal}; approve or reject that first", field=field)
        if not item.amount_minor:
            raise BankPaymentEmpty(f"say how much of {item.journal} is paid", field=field)
        since = min(move.on for move in debt.moves)
        if on < since:
            raise BeforeDebt(f"{item.journal} is of {since}; it is paid then or later", field="effective_on")
        if item.amount_minor > (there := max(debt.least_from(on), 0)):
            raise DebtExceeded(
                f"{written(there)} CNY are owed by {item.journal} on {item.account} from {on} on, not "
                f"{written(item.amount_minor)}{_stands_now(state, item, on)}",
                field=field,
            )
    for account, amount in _by_account(items).items():
        there = max(state.accounts.get(account, DatedAmount()).least_from(on), 0)
        if amount > there:
            raise DebtExceeded(
                f"{written(there)} CNY are owed on {account} ({OWED[account]}) from {on} on by all journals together, "
                f"not {written(amount)}: others took off what this pays",
                field=field,
            )


def _check_not_asked(state: Owing, items: Sequence[OwedItem], on: date) -> None:
    """Check that every debt, and each account in all, bears what is asked for beside what else waits to be paid.
    Raises DebtAsked."""
    for item in items:
        asked = state.payments.asked(partial(_of_debt, item.debt))
        _check_beside(item.amount_minor, state.debts[item.debt], asked, on, f"{item.journal} on {item.account}")
    for account, amount in _by_account(items).items():
        asked = state.payments.asked(partial(_of_account, state.homes, account))
        there = state.accounts.get(account, DatedAmount())
        _check_beside(amount, there, asked, on, f"{account} ({OWED[account]})")


def _check_beside(amount: int, there: DatedAmount, asked: Mapping[str, int], on: date, what: str) -> None:
    waiting, owed = sum(asked.values()), there.least_from(on)
    if amount + waiting > owed:
        raise DebtAsked(
            f"{', '.join(asked)} would pay {written(waiting)} CNY of {what} already; "
            f"{written(max(owed - waiting, 0))} are left. Pay or reject what waits first",
            field="items",
        )


def _of_debt(debt: Debt, payment: OwedPaymentProposed) -> int:
    return sum(item.amount_minor for item in payment.items if item.debt == debt)


def _of_account(seen: Container[str], account: OwedAccount, payment: OwedPaymentProposed) -> int:
    return _by_account([item for item in payment.items if item.journal in seen]).get(account, 0)


def _stands_now(state: Owing, item: OwedItem, on: date) -> str:
    """Say under whose name the debt of a journal stands, where that is another's: a mirror of its mirror was posted."""
    original = _original(state, item.journal)
    for (journal, account), debt in state.debts.items():
        found = journal != item.journal and account == item.account and _original(state, journal) == original
        if found and (there := debt.least_from(on)) > 0:
            return f"; a mirror of a mirror made {written(there)} CNY owed again, under the name of {journal}"
    return ""


def _original(state: Owing, journal: str) -> str:
    """The journal that the first of a row of mirrors mirrors."""
    while (home := state.homes.get(journal, journal)) != journal:
        journal = home
    return journal


def _by_account(items: Sequence[OwedItem]) -> dict[OwedAccount, int]:
    found: dict[OwedAccount, int] = {}
    for item in items:
        found[item.account] = found.get(item.account, 0) + item.amount_minor
    return found


def _proposal(state: Owing, command: BankPaymentCommand) -> OwedPaymentProposed:
    proposed = state.payments.proposed.get(command.payment)
    if proposed is None:
        raise BankPaymentUnknown(f"no payment {command.payment} is proposed", field="payment")
    return proposed


def _reject(state: Owing, command: RejectBankPayment, by: By) -> Sequence[Fact]:
    _proposal(state, command)
    rejected = state.payments.rejected.get(command.payment)
    if rejected is not None and rejected.asked == said(OwedPaymentRejected, command):
        return ()
    state.payments.check_undecided(command, BankPaymentDecided, BeforeDebt)
    return (
        OwedPaymentRejected(
            effective_on=command.effective_on, payment=command.payment, reason=command.reason, rejected_by=by.actor
        ),
    )


def _pay(state: Owing, command: PayFromBank, by: By) -> Sequence[Fact]:
    proposed, on = _proposal(state, command), command.effective_on
    paid = state.payments.made.get(command.payment)
    same = sorted(command.journals) == sorted(proposed.journals)
    if same and paid is not None and paid.asked == said(OwedPaid, command):
        state.payments.check_not_ended(command.payment, BankPaymentTaken)
        return ()
    state.payments.check_undecided(command, BankPaymentDecided, BeforeDebt)
    if proposed.proposed_by == by.actor:
        raise BankPayerIsProposer(f"{by.actor} proposed {command.payment}; somebody else pays it")
    if not same:
        raise BankPaymentsDiffer(
            f"{command.payment} was proposed for {', '.join(proposed.journals)}; name just these", field="journals"
        )
    _check_owed(state, proposed.items, on, "journals")
    account = proposed.bank_account or state.bank_accounts.default("CNY", on)
    check_reference(state.bank_references, command.bank_reference, BankPaymentReferenceTaken, account)
    booked = [state.debts[item.debt].booked_from(item.amount_minor, on) for item in proposed.items]
    booked += [state.accounts[name].booked_from(amount, on) for name, amount in _by_account(proposed.items).items()]
    return (
        OwedPaid(
            effective_on=on,
            accounting_on=posting_date(state.periods, max(on, *booked), by.role),
            payment=command.payment,
            payee=proposed.payee,
            items=proposed.items,
            bank_reference=command.bank_reference,
            bank_account=account,
            reason=proposed.reason,
            proposed_by=proposed.proposed_by,
            approved_by=by.actor,
        ),
    )


def _return(state: Owing, command: ReturnBankPayment, by: By) -> Sequence[Fact]:
    paid, returned = state.payments.made.get(command.payment), state.payments.returned.get(command.payment)
    if paid is None:
        raise BankPaymentUnknown(f"no payment {command.payment} was made", field="payment")
    if returned is not None:
        if returned.asked == said(OwedPaymentReturned, command):
            return ()
        raise BankPaymentDecided(f"payment {command.payment} was returned on {returned.effective_on}")
    if command.effective_on < paid.effective_on:
        raise BeforeDebt(
            f"{command.payment} was made on {paid.effective_on}; it does not come back earlier", field="effective_on"
        )
    return (
        OwedPaymentReturned(
            effective_on=command.effective_on,
            accounting_on=posting_date(state.periods, max(command.effective_on, paid.accounting_on), by.role),
            payment=command.payment,
            reversed=paid,
            reason=command.reason,
        ),
    )


COMMANDS = (ProposeBankPayment, RejectBankPayment, PayFromBank, ReturnBankPayment)
OWING: Decider[BankPaymentCommand, Owing] = Decider(COMMANDS, Owing(), scope, evolve, decide)
