"""Lines of a bank statement, matched by a person with payments on record, put aside, and both taken back."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.bookkeeping.banking.accounts import BankAccountUnknown
from ledger.bookkeeping.banking.entries import RecordBankCharge, RecordBankInterest, ReverseBankEntry
from ledger.bookkeeping.statements.facts import BankLineMatched, BankLinePutAside
from ledger.bookkeeping.statements.taking import StatedLine, StatedStatement, TakeBankStatements, WithdrawBankStatement
from ledger.decider import Command, Fact, Refusal
from ledger.joint.matching import (
    BankLineAnswered,
    BankLinePaymentAnswered,
    BankLinePaymentsDiffer,
    BankLinePaymentUnknown,
    BankLineStepUnknown,
    BankLineUnknown,
    MatchBankLine,
    PutBankLineAside,
    WithdrawBankLineStep,
)
from ledger.periods import OpenPeriods
from tests.examples.banking import CNY, OPENED, PAPER
from tests.ground.given import given, grown, only

DAY = date(2026, 7, 31)


def day(number: int) -> date:
    return date(2026, 7, number)


def charge(name: str, amount: str) -> RecordBankCharge:
    return RecordBankCharge(
        effective_on=day(5), bank_entry=f"{name.lower()}-demo", bank_account=CNY, amount=amount, bank_reference=name
    )


# 30.00 came; 5.00 and 7.00 were taken, which the bank booked as 12.00 at once: 100.00 - 12.00 + 30.00 = 118.00.
STATED = StatedStatement(
    statement="S-1 (demo)",
    from_on=day(1),
    until_on=day(31),
    currency="CNY",
    opening="100.00",
    closing="118.00",
    lines=(
        StatedLine(entry="1", booked_on=day(6), amount="-12.00", references=("ONE",)),
        StatedLine(entry="2", booked_on=day(9), amount="30.00", references=("TWO",)),
    ),
)
TAKE = TakeBankStatements(effective_on=DAY, bank_account=CNY, file=PAPER, statements=(STATED,))
# The last days told again under another name.
AGAIN = replace(
    STATED, statement="S-2 (demo)", from_on=day(9), opening="88.00", lines=(replace(STATED.lines[1], entry="1"),)
)
GROUND: tuple[Fact, ...] = grown(
    (OPENED,),
    OpenPeriods(effective_on=day(1), through="2026-07"),
    charge("C-5", "5.00"),
    charge("C-7", "7.00"),
    RecordBankInterest(
        effective_on=day(8), bank_entry="i-demo", bank_account=CNY, amount="30.00", bank_reference="I-1"
    ),
    TAKE,
)
BOTH = MatchBankLine(
    effective_on=DAY, bank_account=CNY, statement="S-1 (demo)", entry="1", bank_references=("C-5", "C-7")
)
ASIDE = PutBankLineAside(effective_on=DAY, bank_account=CNY, statement="S-1 (demo)", entry="2", reason="ours? (demo)")
BACK = WithdrawBankLineStep(
    effective_on=DAY, bank_account=CNY, about="S-1 (demo)/1", step="bank.line-matched", reason="a slip (demo)"
)


def test_a_line_is_matched_with_payments_that_come_to_it_or_put_aside() -> None:
    of: dict[str, Any] = {"effective_on": DAY, "bank_account": CNY, "statement": "S-1 (demo)", "until_on": day(31)}
    given(*GROUND).when(BOTH).then(BankLineMatched(**of, entry="1", bank_references=("C-5", "C-7")))
    given(*GROUND).when(ASIDE).then(BankLinePutAside(**of, entry="2", reason="ours? (demo)"))
    # The other way round, and on a later day, it is said already.
    later = replace(BOTH, bank_references=("C-7", "C-5"), effective_on=date(2026, 8, 1))
    given(*grown(GROUND, BOTH)).when(later).then()


ANSWERED = grown(GROUND, BOTH)
REVERSED = grown(GROUND, ReverseBankEntry(effective_on=day(7), bank_entry="c-7-demo", reason="not so (demo)"))
TWICE = grown(GROUND, replace(TAKE, statements=(AGAIN,)))
OF_ONE_NAME = grown(
    GROUND,
    replace(TAKE, statements=(replace(AGAIN, statement="S-1 (demo)", until_on=day(30), lines=AGAIN.lines),)),
)
NO_PAYMENT = BankLinePaymentUnknown
OTHERWISE = replace(ASIDE, statement="S-2 (demo)", entry="1", reason="another (demo)")
REFUSED: list[tuple[str, Sequence[Fact], Command, type[Refusal], str]] = [
    ("no account", (), BOTH, BankAccountUnknown, "there is no bank account"),
    ("no entry", GROUND, replace(BOTH, entry="3"), BankLineUnknown, "with an entry 3"),
    ("no statement", GROUND, replace(BOTH, statement="S-9"), BankLineUnknown, "no statement S-9"),
    ("another day", GROUND, replace(BOTH, until_on=day(30)), BankLineUnknown, "is on record"),
    ("two of one name", OF_ONE_NAME, BOTH, BankLineUnknown, "say until_on (2026-07-31, 2026-07-30)"),
    ("matched", ANSWERED, replace(BOTH, bank_references=("C-5",)), BankLineAnswered, "is matched already"),
    ("put aside", grown(GROUND, ASIDE), replace(BOTH, entry="2"), BankLineAnswered, "is put aside already"),
    ("told twice", grown(TWICE, ASIDE), OTHERWISE, BankLineAnswered, "S-1 (demo)/2 is put aside"),
    ("unknown", GROUND, replace(BOTH, bank_references=("C-9",)), NO_PAYMENT, "reference C-9"),
    ("taken back", REVERSED, BOTH, NO_PAYMENT, "reference C-7"),
    ("another's", ANSWERED, replace(BOTH, entry="2", bank_references=("C-5",)), BankLinePaymentAnswered, "S-1"),
    ("one alone", GROUND, replace(BOTH, bank_references=("C-5",)), BankLinePaymentsDiffer, "the line is -12.00"),
    ("nothing to take back", GROUND, BACK, BankLineStepUnknown, "no bank.line-matched"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "command", "refusal", "says"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_what_is_refused(facts: Sequence[Fact], command: Command, refusal: type[Refusal], says: str) -> None:
    given(*facts).when(command).refused(refusal, says=says)


def test_what_was_said_is_taken_back_and_the_line_waits_again() -> None:
    facts = grown(ANSWERED, BACK)
    given(*facts).when(replace(BOTH, effective_on=date(2026, 8, 1))).then(
        only(BankLineMatched, GROUND, replace(BOTH, effective_on=date(2026, 8, 1)))
    )
    given(*facts).when(replace(ASIDE, entry="1")).then(only(BankLinePutAside, GROUND, replace(ASIDE, entry="1")))


def test_a_statement_that_goes_takes_what_was_said_of_its_lines_along() -> None:
    gone = WithdrawBankStatement(effective_on=day(31), bank_account=CNY, about="S-1 (demo)", reason="a slip (demo)")
    given(*grown(ANSWERED, gone)).when(BOTH).refused(BankLineUnknown)
    # Taken again it says the same, and so does the match.
    given(*grown(ANSWERED, gone, TAKE)).when(BOTH).then()
