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
from ledger.bookkeeping.statements.taking import StatedStatement, TakeBankStatements, WithdrawBankStatement
from ledger.decider import Command
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


BANK: Mapping[type[Command], Way | At] = {
    TakeBankStatements: At(OpenBankAccount, _taken),
    WithdrawBankStatement: At(OpenBankAccount, _withdrawn),
    OpenBankAccount: WITHDRAWN,
    MakeBankAccountDefault: At(OpenBankAccount, _step(MakeBankAccountDefault)),
    CloseBankAccount: At(OpenBankAccount, _step(CloseBankAccount)),
    WithdrawBankAccountStep: At(OpenBankAccount, taken_back(withdraw)),
    BringForwardBankBalance: At(RecordBankCharge, _brought_forward),
    **dict.fromkeys((TransferBetweenAccounts, RecordBankCharge, RecordBankInterest), mistaken(_reversed)),
    ReverseBankEntry: At(RecordBankCharge, taken_back(_reversed, bank_entry=NEW)),
}
