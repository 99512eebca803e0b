"""Bank accounts: how what each command recorded is put right."""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from ledger.bookkeeping.banking.entries import (
    BringForwardBankBalance,
    RecordBankCharge,
    RecordBankInterest,
    ReverseBankEntry,
    TransferBetweenAccounts,
)
from ledger.bookkeeping.banking.opening import (
    CloseBankAccount,
    MakeBankAccountDefault,
    OpenBankAccount,
    WithdrawBankAccountStep,
)
from ledger.bookkeeping.statements.columns import Profile
from ledger.bookkeeping.statements.profiles import RecordBankProfile, WithdrawBankProfile
from ledger.bookkeeping.statements.taking import StatedLine, StatedStatement, TakeBankStatements, WithdrawBankStatement
from ledger.decider import Command
from ledger.joint.matching import MatchBankLine, PutBankLineAside, WithdrawBankLineStep
from tests.undo.desk import Desk, Line
from tests.undo.ways import PAPER, WHY, WITHDRAWN, At, Way, mistaken, taken_back, withdraw, withdrawal

NEW = "again-demo"


def _reversed(command: Any, _facts: object) -> Iterator[Command]:
    yield ReverseBankEntry(effective_on=command.effective_on, bank_entry=command.bank_entry, reason=WHY)


def _brought_forward(desk: Desk, line: Line) -> Iterator[None]:
    """So much did not stand on it: it is taken back."""
    charge: Any = line.command
    forward = BringForwardBankBalance(
        effective_on=charge.effective_on,
        bank_entry="forward-2-demo",
        bank_account=charge.bank_account,
        amount="100.00",
        evidence=PAPER,
    )
    yield
    desk.do(forward)
    yield
    for command in _reversed(forward, ()):
        desk.do(command)


def _step(kind: Any) -> Way:
    """An account that is no default is there; a step of it is a mistake."""

    def way(desk: Desk, line: Line) -> Iterator[None]:
        desk.do(replace(line.command, default=False), line.by)
        yield
        (fact,) = desk.do(kind(effective_on=line.command.effective_on, bank_account=line.command.bank_account))
        yield
        desk.do(withdrawal(fact))

    return way


def _statement(command: Any) -> tuple[Command, Command]:
    """A statement of an account on which nothing moved, and its withdrawal."""
    on = command.effective_on
    stated = StatedStatement(
        statement="S-1 (demo)", from_on=on, until_on=on, currency=command.currency, opening="0.00", closing="0.00"
    )
    taken = TakeBankStatements(effective_on=on, bank_account=command.bank_account, file=PAPER, statements=(stated,))
    withdrawn = WithdrawBankStatement(
        effective_on=on, bank_account=command.bank_account, about=stated.statement, reason=WHY
    )
    return taken, withdrawn


def _taken(desk: Desk, line: Line) -> Iterator[None]:
    """A statement is of another account."""
    taken, withdrawn = _statement(line.command)
    desk.do(line.command, line.by)
    yield
    desk.do(taken)
    yield
    desk.do(withdrawn)


def _withdrawn(desk: Desk, line: Line) -> Iterator[None]:
    """A statement is withdrawn by mistake."""
    taken, withdrawn = _statement(line.command)
    desk.do(line.command, line.by)
    desk.do(taken)
    yield
    desk.do(withdrawn)
    yield
    desk.do(taken)


def _profile(command: Any) -> tuple[RecordBankProfile, WithdrawBankProfile]:
    """A profile of an account's bank, and its withdrawal."""
    on, columns = command.effective_on, Profile(date="day", amount="amount", currency=command.currency)
    record = RecordBankProfile(
        effective_on=on, profile="river-bank-demo", columns=columns, bank_account=command.bank_account
    )
    return record, WithdrawBankProfile(effective_on=on, profile=record.profile, about="1", reason=WHY)


def _profile_recorded(desk: Desk, line: Line) -> Iterator[None]:
    """The columns are another bank's."""
    record, withdrawn = _profile(line.command)
    desk.do(line.command, line.by)
    yield
    desk.do(record)
    yield
    desk.do(withdrawn)


def _profile_withdrawn(desk: Desk, line: Line) -> Iterator[None]:
    """A profile is withdrawn by mistake."""
    record, withdrawn = _profile(line.command)
    desk.do(line.command, line.by)
    desk.do(record)
    yield
    desk.do(withdrawn)
    yield
    desk.do(record)


def _matched(desk: Desk, line: Line) -> MatchBankLine:
    """A statement with the bank's charge in it, by another reference; and the match that says so."""
    charge: Any = line.command
    desk.do(charge, line.by)
    on, less = charge.effective_on, f"-{charge.amount}"
    told = StatedLine(entry="1", booked_on=on, amount=less, references=("ANOTHER",))
    stated = StatedStatement(
        statement="S-1 (demo)", from_on=on, until_on=on, currency="CNY", opening="0.00", closing=less, lines=(told,)
    )
    desk.do(TakeBankStatements(effective_on=on, bank_account=charge.bank_account, file=PAPER, statements=(stated,)))
    return MatchBankLine(
        effective_on=on,
        bank_account=charge.bank_account,
        statement=stated.statement,
        entry="1",
        bank_references=(charge.bank_reference,),
    )


def _taken_back(match: MatchBankLine, step: Any) -> WithdrawBankLineStep:
    return WithdrawBankLineStep(
        effective_on=match.effective_on,
        bank_account=match.bank_account,
        about=f"{match.statement}/{match.entry}",
        step=step,
        reason=WHY,
    )


def _line_matched(desk: Desk, line: Line) -> Iterator[None]:
    """The line is another payment."""
    match = _matched(desk, line)
    yield
    desk.do(match)
    yield
    desk.do(_taken_back(match, "bank.line-matched"))


def _line_aside(desk: Desk, line: Line) -> Iterator[None]:
    """The line is ours after all."""
    match = _matched(desk, line)
    yield
    desk.do(
        PutBankLineAside(
            effective_on=match.effective_on,
            bank_account=match.bank_account,
            statement=match.statement,
            entry=match.entry,
            reason=WHY,
        )
    )
    yield
    desk.do(_taken_back(match, "bank.line-put-aside"))


def _line_withdrawn(desk: Desk, line: Line) -> Iterator[None]:
    """A match is taken back by mistake."""
    match = _matched(desk, line)
    desk.do(match)
    yield
    desk.do(_taken_back(match, "bank.line-matched"))
    yield
    desk.do(match)


BANK: Mapping[type[Command], Way | At] = {
    TakeBankStatements: At(OpenBankAccount, _taken),
    WithdrawBankStatement: At(OpenBankAccount, _withdrawn),
    RecordBankProfile: At(OpenBankAccount, _profile_recorded),
    WithdrawBankProfile: At(OpenBankAccount, _profile_withdrawn),
    MatchBankLine: At(RecordBankCharge, _line_matched),
    PutBankLineAside: At(RecordBankCharge, _line_aside),
    WithdrawBankLineStep: At(RecordBankCharge, _line_withdrawn),
    OpenBankAccount: WITHDRAWN,
    MakeBankAccountDefault: At(OpenBankAccount, _step(MakeBankAccountDefault)),
    CloseBankAccount: At(OpenBankAccount, _step(CloseBankAccount)),
    WithdrawBankAccountStep: At(OpenBankAccount, taken_back(withdraw)),
    BringForwardBankBalance: At(RecordBankCharge, _brought_forward),
    **dict.fromkeys((TransferBetweenAccounts, RecordBankCharge, RecordBankInterest), mistaken(_reversed)),
    ReverseBankEntry: At(RecordBankCharge, taken_back(_reversed, bank_entry=NEW)),
}
