"""A line of a bank statement is matched by a person, where reference, amount and day leave it open; or put aside.

Command               Facts (bank.…)
MatchBankLine         line-matched: the line is these payments, which come to it
PutBankLineAside      line-put-aside, with the reason; the line stays only at the bank
WithdrawBankLineStep  line-step-withdrawn

Neither posts anything. A payment is named by its bank reference. A line that two statements tell is one line, under
either name. A match holds as long as its payments stand: where one is taken back, its line waits again.

Refusals, in order of precedence
├── (BankAccountUnknown)      of banking/accounts.py
├── BankLineUnknown           no statement on record has the line, or several of one name do (unknown)
├── BankLineAnswered          it is matched or put aside already; withdraw that first (conflict)
├── BankLinePaymentUnknown        no payment on the account stands under this reference (unknown)
├── BankLinePaymentAnswered       another line is matched with the payment (conflict)
├── BankLinePaymentsDiffer        the payments do not come to the line
└── BankLineStepUnknown       no such step stands (unknown)
"""

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta, Struct
from msgspec.structs import replace

from ledger.bookkeeping.banking.accounts import (
    ACCOUNT_TAGS,
    NO_ACCOUNTS,
    BankAccounts,
    BankAccountUnknown,
    BankingRefusal,
    evolve_accounts,
)
from ledger.bookkeeping.banking.facts import BankAccountFact
from ledger.bookkeeping.statements.chain import LineName, Same, named
from ledger.bookkeeping.statements.facts import (
    BankLine,
    BankLineFact,
    BankLineMatched,
    BankLinePutAside,
    BankLineStepWithdrawn,
    BankStatementTaken,
    EntryName,
    statements_tag,
)
from ledger.books.postings import postings
from ledger.decider import By, Command, Decider, Fact, Id, Text, Withdrawing
from ledger.once.bank import BankReference
from ledger.periods import PostingFact
from ledger.values.days import Happened, OnRecord
from ledger.values.money import EXPONENT, written

# Commands


class BankLineCommand(Command, frozen=True, kw_only=True):
    """Something said of a line of a bank statement; `effective_on` is the day on which it is said.

    until_on   the statement's last day, where two of its account have one name
    """

    put_right: ClassVar[str] = "`withdraw-bank-line-step` takes it back, and the line waits again."
    effective_on: Happened
    bank_account: Id
    statement: Text
    entry: EntryName
    until_on: Happened | None = None


class MatchBankLine(BankLineCommand, frozen=True, kw_only=True, tag="match-bank-line"):
    """Say which payments on record a line of a bank statement is: they come to its amount, to the cent.

    bank_references   under which they are on record
    """

    bank_references: Annotated[tuple[BankReference, ...], Meta(min_length=1, max_length=50)]


class PutBankLineAside(BankLineCommand, frozen=True, kw_only=True, tag="put-bank-line-aside"):
    """Say why a line of a bank statement waits for no payment of ours: it stays only at the bank."""

    reason: Text


class WithdrawBankLineStep(Command, frozen=True, kw_only=True, tag="withdraw-bank-line-step"):
    """Take back that a line was matched, or put aside: `about` is STATEMENT/ENTRY, `effective_on` the day of that."""

    put_right: ClassVar[str] = "`match-bank-line` or `put-bank-line-aside` says it again."
    effective_on: OnRecord
    bank_account: Id
    about: Text
    step: Literal["bank.line-matched", "bank.line-put-aside"]
    reason: Text


# Refusals


class BankLineUnknown(BankingRefusal):
    """No statement on record has the line, or several of one name do."""

    code = "bank-line-unknown"
    kind = "unknown"


class BankLineAnswered(BankingRefusal):
    """The line is matched or put aside already."""

    code = "bank-line-answered"
    kind = "conflict"


class BankLinePaymentUnknown(BankingRefusal):
    """No payment on the account stands under this reference."""

    code = "bank-line-payment-unknown"
    kind = "unknown"


class BankLinePaymentAnswered(BankingRefusal):
    """Another line is matched with the payment."""

    code = "bank-line-payment-answered"
    kind = "conflict"


class BankLinePaymentsDiffer(BankingRefusal):
    """The payments do not come to the line."""

    code = "bank-line-payments-differ"


class BankLineStepUnknown(BankingRefusal):
    """No such step of a line stands."""

    code = "bank-line-step-unknown"
    kind = "unknown"


# State


class Lines(Struct, frozen=True):
    """Statements of an account, what was said of their lines, and what moved on accounts under a reference."""

    accounts: BankAccounts = NO_ACCOUNTS
    taken: tuple[BankStatementTaken, ...] = ()
    said: tuple[BankLineFact, ...] = ()
    moved: Mapping[tuple[str, str], int] = MappingProxyType({})


def answered(taken: Sequence[BankStatementTaken], said: Sequence[BankLineFact]) -> dict[Same, BankLineFact]:
    """Find what was said of lines that statements tell, by what tells a line from others."""
    lines = named(taken)
    found = (((one.statement, one.until_on, one.entry), one) for one in said)
    return {lines[name][0]: one for name, one in found if name in lines}


# Evolve


def evolve(state: Lines, fact: Fact) -> Lines:
    """The lines after one more fact."""
    match fact:
        case BankAccountFact():
            return replace(state, accounts=evolve_accounts(state.accounts, fact))
        case BankStatementTaken():
            return replace(state, taken=(*state.taken, fact))
        case BankLineFact():
            return replace(state, said=(*state.said, fact))
        case PostingFact() if fact.bank is not None:
            return replace(state, moved=_moved(state, fact, fact.bank))
    return state


def _moved(state: Lines, fact: PostingFact, reference: str) -> dict[tuple[str, str], int]:
    """The amounts that moved under each reference, in the currency of each account."""
    after = dict(state.moved)
    for line in postings(fact):
        if (account := state.accounts.known.get(line.bank_account or "")) is not None:
            minor = line.amount_minor if account.opened.currency == "CNY" else line.foreign_minor or 0
            key = (account.opened.bank_account, reference)
            after[key] = after.get(key, 0) + minor
    return after


# Scope


def scope(command: BankLineCommand) -> tuple[str, ...]:
    """The accounts, the statements of this one, and the payments that are named."""
    references = command.bank_references if isinstance(command, MatchBankLine) else ()
    return (*ACCOUNT_TAGS, statements_tag(command.bank_account), *(f"bank:{one}" for one in references))


# Decide


def decide(state: Lines, command: BankLineCommand, by: By) -> Sequence[Fact]:
    """Say it of the line; nothing where it is said already."""
    account = state.accounts.known.get(command.bank_account)
    if account is None:
        raise BankAccountUnknown(f"there is no bank account {command.bank_account}", field="bank_account")
    name, key, line = _line(state, command)
    fact = _fact(command, name[1])
    earlier = answered(state.taken, state.said)
    if (said := earlier.get(key)) is not None:
        if _content(said) == _content(fact):
            return ()
        how = "matched" if isinstance(said, BankLineMatched) else "put aside"
        detail = f"{said.about} is {how} already, on {said.effective_on}"
        raise BankLineAnswered(f"{detail}; take that back first (withdraw-bank-line-step)", field="entry")
    if isinstance(fact, BankLineMatched):
        matched = [one for one in earlier.values() if isinstance(one, BankLineMatched)]
        _check_payments(state, fact, line, account.opened.currency, matched)
    return (fact,)


def _line(state: Lines, command: BankLineCommand) -> tuple[LineName, Same, BankLine]:
    """The line that a command names. Raises BankLineUnknown."""
    found = [
        (name, key, line)
        for name, (key, line) in named(state.taken).items()
        if (name[0], name[2]) == (command.statement, command.entry) and command.until_on in (None, name[1])
    ]
    if not found:
        detail = f"no statement {command.statement} of {command.bank_account} with an entry {command.entry}"
        raise BankLineUnknown(f"{detail} is on record", field="entry")
    if len(found) > 1:
        days = ", ".join(str(name[1]) for name, _, _ in found)
        raise BankLineUnknown(
            f"several statements are called {command.statement}: say until_on ({days})", field="until_on"
        )
    return found[0]


def _fact(command: BankLineCommand, until_on: date) -> BankLineMatched | BankLinePutAside:
    where: dict[str, Any] = {
        "effective_on": command.effective_on,
        "bank_account": command.bank_account,
        "statement": command.statement,
        "until_on": until_on,
        "entry": command.entry,
    }
    if isinstance(command, MatchBankLine):
        return BankLineMatched(**where, bank_references=tuple(dict.fromkeys(command.bank_references)))
    assert isinstance(command, PutBankLineAside), "there are two"
    return BankLinePutAside(**where, reason=command.reason)


def _content(fact: BankLineFact) -> object:
    return set(fact.bank_references) if isinstance(fact, BankLineMatched) else getattr(fact, "reason", None)


def _check_payments(
    state: Lines, fact: BankLineMatched, line: BankLine, currency: str, matched: Sequence[BankLineMatched]
) -> None:
    """Check that the payments stand, are nobody else's, and come to the line. Raises the refusals of payments."""
    total = 0
    for reference in fact.bank_references:
        if not (minor := state.moved.get((fact.bank_account, reference), 0)):
            detail = f"no payment on {fact.bank_account} stands under the bank reference {reference}"
            raise BankLinePaymentUnknown(detail, field="bank_references")
        if (other := next((one for one in matched if reference in one.bank_references), None)) is not None:
            raise BankLinePaymentAnswered(f"{reference} is matched with {other.about} already", field="bank_references")
        total += minor
    if total != line.amount_minor:
        places = EXPONENT[currency]
        comes, is_ = written(total, places), written(line.amount_minor, places)
        detail = f"the payments come to {comes} {currency}, the line is {is_}"
        raise BankLinePaymentsDiffer(detail, field="bank_references")


MATCHING: Decider[BankLineCommand, Lines] = Decider((MatchBankLine, PutBankLineAside), Lines(), scope, evolve, decide)

# Withdrawing

WITHDRAWING = Withdrawing(
    withdrawn=BankLineStepWithdrawn,
    steps=(BankLineMatched, BankLinePutAside),
    unknown=BankLineStepUnknown,
    not_latest=BankLineStepUnknown,
)
BANK_LINE_STEPS = WITHDRAWING.decider(WithdrawBankLineStep, lambda command: (statements_tag(command.bank_account),))
