"""Profiles of banks' tables: each change a version; a version that a statement was read by stays."""

from datetime import date

import pytest
from msgspec.structs import replace

from ledger.bookkeeping.banking.accounts import BankAccountOfAnother, BankAccountUnknown
from ledger.bookkeeping.statements.columns import Profile
from ledger.bookkeeping.statements.facts import BankProfileRecorded, BankStatementTaken, ProfileVersion
from ledger.bookkeeping.statements.profiles import (
    BankProfileMalformed,
    BankProfileNeeded,
    BankProfileOfAnother,
    BankProfileUnknown,
    RecordBankProfile,
    WithdrawBankProfile,
)
from ledger.bookkeeping.statements.taking import StatedStatement, TakeBankStatements, WithdrawBankStatement
from ledger.decider import Command, Fact, Refusal
from tests.examples.banking import CNY, OPENED, PAPER, USD, USD_OPENED
from tests.ground.given import decide, given, grown

DAY = date(2026, 7, 31)
COLUMNS = Profile(date="day", amount="amount")
FIRST = RecordBankProfile(effective_on=DAY, profile="river-demo", columns=COLUMNS, bank_account=CNY)
SECOND = replace(FIRST, columns=replace(COLUMNS, newest_first=True))
GROUND = (OPENED, USD_OPENED)
BOTH = grown(GROUND, FIRST, SECOND)


def read(version: int, account: str = CNY, name: str = "river-demo") -> TakeBankStatements:
    stated = StatedStatement(
        statement="S-1 (demo)",
        from_on=DAY,
        until_on=DAY,
        currency="CNY" if account == CNY else "USD",
        opening="0",
        closing="0",
    )
    return TakeBankStatements(
        effective_on=DAY,
        bank_account=account,
        file=PAPER,
        statements=(stated,),
        read_by=ProfileVersion(profile=name, version=version),
    )


def withdraw(version: int) -> WithdrawBankProfile:
    return WithdrawBankProfile(effective_on=DAY, profile="river-demo", about=str(version), reason="another's (demo)")


def versions(*commands: Command) -> list[int]:
    facts: tuple[Fact, ...] = GROUND
    for command in commands:
        facts = (*facts, *decide(facts, command))
    return [fact.version for fact in facts if isinstance(fact, BankProfileRecorded)]


def test_a_change_is_the_next_version_and_the_same_again_is_none() -> None:
    assert versions(FIRST, FIRST, SECOND, SECOND, FIRST) == [1, 2, 3]
    given(*GROUND).when(FIRST).then(
        BankProfileRecorded(effective_on=DAY, profile="river-demo", version=1, columns=COLUMNS, bank_account=CNY)
    )
    # Another name has versions of its own; one that any account reads by is another meaning.
    assert versions(FIRST, replace(FIRST, profile="lake-demo"), replace(FIRST, bank_account=None)) == [1, 1, 2]
    # A version that was withdrawn is as if it had never been.
    assert versions(FIRST, SECOND, withdraw(2), SECOND) == [1, 2, 2]
    assert versions(FIRST, SECOND, withdraw(1), FIRST) == [1, 2, 3]


def test_a_statement_names_the_version_it_was_read_by() -> None:
    (fact,) = decide(BOTH, read(1))
    assert isinstance(fact, BankStatementTaken)
    assert fact.read_by == ProfileVersion(profile="river-demo", version=1)
    # Of a statement on record it makes no difference by what the same was read.
    assert decide((*BOTH, fact), read(2)) == ()


REFUSED: list[tuple[Command, type[Refusal], str]] = [
    (read(3), BankProfileUnknown, "no version 3"),
    (read(1, name="lake-demo"), BankProfileUnknown, "lake-demo"),
    (read(1, USD), BankProfileOfAnother, f"is of {CNY}, the file of {USD}"),
    (replace(FIRST, bank_account="none-demo"), BankAccountUnknown, "none-demo"),
    (replace(FIRST, bank_account=USD), BankAccountOfAnother, "in USD, the table in CNY"),
    (replace(FIRST, columns=replace(COLUMNS, received="in")), BankProfileMalformed, "either `amount`"),
    (replace(FIRST, columns=replace(COLUMNS, direction="way")), BankProfileMalformed, "`out` and `inward`"),
    (withdraw(3), BankProfileUnknown, "stands"),
]


@pytest.mark.parametrize(("command", "refusal", "says"), REFUSED)
def test_what_is_refused(command: Command, refusal: type[Refusal], says: str) -> None:
    with pytest.raises(refusal, match=says.replace("(", r"\(")):
        decide(BOTH, command)


def test_a_version_stays_while_a_statement_was_read_by_it() -> None:
    taken = grown(BOTH, read(1))
    with pytest.raises(BankProfileNeeded, match=r"withdraw statement S-1 .demo. of cny-main-demo first"):
        decide(taken, withdraw(1))
    assert len(decide(taken, withdraw(2))) == 1
    back = WithdrawBankStatement(effective_on=DAY, bank_account=CNY, about="S-1 (demo)", reason="a mistake (demo)")
    assert len(decide(grown(taken, back), withdraw(1))) == 1
