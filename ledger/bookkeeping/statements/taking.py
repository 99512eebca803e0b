"""Bank statements taken and withdrawn.

Commands                 Facts (bank.…)
TakeBankStatements       statement-taken, one for each statement of a file: all or none
WithdrawBankStatement    statement-withdrawn

The same statement again records nothing, whatever its file is called; lines that an earlier statement had are named in
the fact. One guard finds most mistakes: a statement's opening and lines come to its closing, and its opening is what
stood on the account before.

Refusals, in order of precedence
├── (BankAccountUnknown, BankAccountOfAnother)   of banking/accounts.py
├── (BankProfileUnknown, BankProfileOfAnother)   of profiles.py
├── BankStatementOfAnother     it has another account's number
├── BankStatementMalformed     a day outside it, an entry named twice, more decimals than the currency has
├── BankStatementContradicts   a statement of this name is on record, and says otherwise (conflict)
└── BankStatementBroken        balances do not meet, and no reason says why it is taken all the same
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from types import MappingProxyType
from typing import Annotated, ClassVar, Literal

from msgspec import Meta, Struct
from msgspec.structs import replace

from ledger.bookkeeping.banking.accounts import (
    ACCOUNT_TAGS,
    NO_ACCOUNTS,
    BankAccountOfAnother,
    BankAccounts,
    BankAccountUnknown,
    BankingRefusal,
    evolve_accounts,
)
from ledger.bookkeeping.banking.facts import BankAccountFact
from ledger.bookkeeping.statements.chain import Gap, chained, known_in
from ledger.bookkeeping.statements.facts import (
    BankLine,
    BankProfileRecorded,
    BankStatementTaken,
    BankStatementWithdrawn,
    EntryName,
    ProfileVersion,
    References,
    profile_tag,
    statements_tag,
)
from ledger.bookkeeping.statements.profiles import NO_PROFILES, Profiles, check_profile, evolve_profiles
from ledger.decider import By, Command, Decider, Fact, Id, Text, Withdrawing
from ledger.values.currencies import Currency, decimals
from ledger.values.days import Agreed, Happened, OnRecord
from ledger.values.evidence import Evidence
from ledger.values.money import EXPONENT, minor, written

LINES_MAX = 10_000

SignedAmount = Annotated[
    str,
    Meta(
        pattern=r"^-?(0|[1-9][0-9]{0,12})(\.[0-9]{1,3})?$(?!\n)",
        description="An amount in the account's currency, what went out with a minus: -126000.00.",
    ),
]

# Commands


class StatedLine(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A booked entry of a statement, or one payment of a batch.

    amount        what went out is negative
    references    what the bank and the payer call it, the bank's first
    party, text   who is on the other side, what it is for
    reversal      the bank took an earlier entry back
    returned      the reason of a payment that came back, as the bank codes it
    """

    entry: EntryName
    booked_on: Happened
    value_on: Agreed | None = None
    amount: SignedAmount
    references: References = ()
    party: Text | None = None
    text: Text | None = None
    reversal: bool = False
    returned: Text | None = None


class StatedStatement(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A statement: the bank's name of it, its days, its balances and its lines.

    number   the account's, as the statement has it: it must be the one that the account was opened with
    """

    statement: Text
    number: Text | None = None
    from_on: Happened
    until_on: Happened
    currency: Currency
    opening: SignedAmount
    closing: SignedAmount
    lines: Annotated[tuple[StatedLine, ...], Meta(max_length=LINES_MAX)] = ()


class TakeBankStatements(Command, frozen=True, kw_only=True, tag="take-bank-statements"):
    """Record what a bank says of an account: every statement of one file; `effective_on` is the day it came.

    `mcsc bank-import` and the upload of a file make this command of it.
    reason    why it is taken although balances do not meet
    read_by   the profile on record by which the file was read, where it was
    """

    put_right: ClassVar[str] = "`withdraw-bank-statement` takes a statement back; take the right file then."
    effective_on: Happened
    bank_account: Id
    file: Evidence
    statements: Annotated[tuple[StatedStatement, ...], Meta(min_length=1, max_length=400)]
    reason: Text | None = None
    read_by: ProfileVersion | None = None


class WithdrawBankStatement(Command, frozen=True, kw_only=True, tag="withdraw-bank-statement"):
    """Take back a statement that was recorded by mistake: `about` is its name, `effective_on` its last day."""

    put_right: ClassVar[str] = "`take-bank-statements` records it again."
    effective_on: OnRecord
    bank_account: Id
    about: Text
    step: Literal["bank.statement-taken"] = "bank.statement-taken"
    reason: Text


# Refusals


class BankStatementOfAnother(BankingRefusal):
    """The statement is of another account."""

    code = "bank-statement-of-another"


class BankStatementMalformed(BankingRefusal):
    """A day outside the statement, an entry named twice, or more decimals than the currency has."""

    code = "bank-statement-malformed"


class BankStatementContradicts(BankingRefusal):
    """A statement of this name is on record, and says otherwise."""

    code = "bank-statement-contradicts"
    kind = "conflict"


class BankStatementBroken(BankingRefusal):
    """Balances do not meet."""

    code = "bank-statement-broken"


class BankStatementUnknown(BankingRefusal):
    """No such statement is on record."""

    code = "bank-statement-unknown"
    kind = "unknown"


# State


class Statements(Struct, frozen=True):
    """The bank accounts, the profile in question, and the statements of the one account, in the order recorded."""

    accounts: BankAccounts = NO_ACCOUNTS
    profiles: Profiles = NO_PROFILES
    taken: Mapping[tuple[str, date], BankStatementTaken] = MappingProxyType({})


# Evolve


def evolve(state: Statements, fact: Fact) -> Statements:
    """The state after one more fact."""
    if isinstance(fact, BankAccountFact):
        return replace(state, accounts=evolve_accounts(state.accounts, fact))
    if isinstance(fact, BankProfileRecorded):
        return replace(state, profiles=evolve_profiles(state.profiles, fact))
    if isinstance(fact, BankStatementTaken):
        return replace(state, taken={**state.taken, (fact.statement, fact.effective_on): fact})
    return state


# Scope


def scope(command: TakeBankStatements) -> tuple[str, ...]:
    """The accounts, the statements of this one, and the profile by which it was read."""
    read = () if command.read_by is None else (profile_tag(command.read_by.profile),)
    return (*ACCOUNT_TAGS, statements_tag(command.bank_account), *read)


# Decide


def decide(state: Statements, command: TakeBankStatements, by: By) -> Sequence[Fact]:
    """Record the statements that are not on record; nothing where all of them are."""
    account = state.accounts.known.get(command.bank_account)
    if account is None:
        raise BankAccountUnknown(
            f"there is no bank account {command.bank_account}; open it first (open-bank-account)", field="bank_account"
        )
    if command.read_by is not None:
        check_profile(state.profiles, command.read_by, command.bank_account)
    taken, new = dict(state.taken), list[BankStatementTaken]()
    for at, stated in enumerate(command.statements):
        field = f"statements[{at}]"
        if stated.currency != account.opened.currency:
            detail = f"{command.bank_account} is in {account.opened.currency}, the statement in {stated.currency}"
            raise BankAccountOfAnother(detail, field=f"{field}.currency")
        if stated.number is not None and _digits(stated.number) != _digits(account.opened.number):
            detail = f"the statement is of account {stated.number}, {command.bank_account} is {account.opened.number}"
            raise BankStatementOfAnother(detail, field=f"{field}.number")
        _check_whole(stated, field)
        fact = _fact(command, stated)
        key = (fact.statement, fact.effective_on)
        if (earlier := taken.get(key)) is not None:
            if _said(earlier) != _said(fact):
                detail = f"statement {fact.statement} until {fact.effective_on} is on record and says otherwise"
                raise BankStatementContradicts(f"{detail}; withdraw it first (withdraw-bank-statement)", field=field)
            continue
        fact = replace(fact, known=known_in(fact, taken.values()))
        _check_balances(tuple(taken.values()), fact, field)
        taken[key] = fact
        new.append(fact)
    return new


def _digits(number: str) -> str:
    """A number without the spaces and strokes that people write between its parts."""
    return "".join(sign for sign in number.casefold() if sign.isalnum())


def _said(fact: BankStatementTaken) -> tuple[object, ...]:
    """The content of a statement, whatever file it came in."""
    return (fact.from_on, fact.currency, fact.opening_minor, fact.closing_minor, fact.lines)


def _faults(stated: StatedStatement) -> Iterator[tuple[str, str]]:
    """Every fault of a statement in itself: where, and the rule."""
    places, entries = EXPONENT[stated.currency], set[str]()
    if stated.until_on < stated.from_on:
        yield "until_on", f"a statement ends on the day it begins ({stated.from_on}), or later"
    for name, amount in (("opening", stated.opening), ("closing", stated.closing)):
        if decimals(amount) > places:
            yield name, f"{stated.currency} has {places} decimals"
    for at, line in enumerate(stated.lines):
        if line.entry in entries:
            yield f"lines[{at}].entry", f"entry {line.entry} comes twice"
        entries.add(line.entry)
        if not stated.from_on <= line.booked_on <= stated.until_on:
            days = f"{stated.from_on} through {stated.until_on}"
            yield f"lines[{at}].booked_on", f"entry {line.entry} is booked on {line.booked_on}, outside {days}"
        if decimals(line.amount) > places:
            yield f"lines[{at}].amount", f"entry {line.entry}: {stated.currency} has {places} decimals"


def _check_whole(stated: StatedStatement, field: str) -> None:
    """Check a statement in itself, and name every fault at once. Raises BankStatementMalformed."""
    if faults := list(_faults(stated)):
        detail = "; ".join(rule for _, rule in faults)
        raise BankStatementMalformed(f"statement {stated.statement}: {detail}", field=f"{field}.{faults[0][0]}")


def _fact(command: TakeBankStatements, stated: StatedStatement) -> BankStatementTaken:
    places = EXPONENT[stated.currency]
    return BankStatementTaken(
        effective_on=stated.until_on,
        came_on=command.effective_on,
        bank_account=command.bank_account,
        statement=stated.statement,
        file=command.file,
        from_on=stated.from_on,
        currency=stated.currency,
        opening_minor=minor(stated.opening, places),
        closing_minor=minor(stated.closing, places),
        lines=tuple(
            BankLine(
                entry=line.entry,
                booked_on=line.booked_on,
                value_on=line.value_on,
                amount_minor=minor(line.amount, places),
                references=line.references,
                party=line.party,
                text=line.text,
                reversal=line.reversal,
                returned=line.returned,
            )
            for line in stated.lines
        ),
        reason=command.reason,
        read_by=command.read_by,
    )


def _check_balances(taken: Sequence[BankStatementTaken], fact: BankStatementTaken, field: str) -> None:
    """Check that balances meet with the statement as they did without it, or better. Raises BankStatementBroken.

    A later statement's opening need not meet yet where no statement tells the day before it: one between may come.
    """
    before, after = chained(taken), chained((*taken, fact))
    assert after is not None, "one is there"
    known = {gap[:3]: gap.amount_minor for gap in (before.gaps if before is not None else ())}
    whole = (*taken, fact)
    new = [
        gap
        for gap in after.gaps
        if _is_worse(gap.amount_minor, known.get(gap[:3], 0))
        and (gap.statement == fact.statement or any(one.from_on <= gap.on <= one.effective_on for one in whole))
    ]
    if new and fact.reason is None:
        detail = "; ".join(_in_words(gap, fact) for gap in new)
        raise BankStatementBroken(f"{detail}; say a reason to take it all the same", field=f"{field}.{new[0].edge}")


def _is_worse(gap_minor: int, before_minor: int) -> bool:
    return gap_minor != before_minor and abs(gap_minor) >= abs(before_minor)


def _in_words(gap: Gap, fact: BankStatementTaken) -> str:
    more = f"{written(abs(gap.amount_minor), EXPONENT[fact.currency])} {fact.currency} "
    more += "more" if gap.amount_minor > 0 else "less"
    whose = "its" if gap.statement == fact.statement else f"with it, statement {gap.statement}'s"
    if gap.edge == "closing":
        return f"statement {fact.statement}: {whose} closing on {gap.on} is {more} than the lines say"
    day = gap.on + timedelta(days=1)
    return f"statement {fact.statement}: {whose} opening on {day} is {more} than stood there before"


BANK_STATEMENTS: Decider[TakeBankStatements, Statements] = Decider(
    (TakeBankStatements,), Statements(), scope, evolve, decide
)

# Withdrawing

WITHDRAWING = Withdrawing(
    withdrawn=BankStatementWithdrawn,
    steps=(BankStatementTaken,),
    unknown=BankStatementUnknown,
    not_latest=BankStatementUnknown,
)
BANK_STATEMENT_STEPS = WITHDRAWING.decider(
    WithdrawBankStatement, lambda command: (statements_tag(command.bank_account),)
)
