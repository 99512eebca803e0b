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


BANK: Mapping[type[Command], Way | At] = {
    OpenBankAccount: WITHDRAWN,
    MakeBankAccountDefault: At(OpenBankAccount, _step(MakeBankAccountDefault)),
    CloseBankAccount: At(OpenBankAccount, _step(CloseBankAccount)),
    WithdrawBankAccountStep: At(OpenBankAccount, taken_back(withdraw)),
    BringForwardBankBalance: At(RecordBankCharge, _brought_forward),
    **dict.fromkeys((TransferBetweenAccounts, RecordBankCharge, RecordBankInterest), mistaken(_reversed)),
    ReverseBankEntry: At(RecordBankCharge, taken_back(_reversed, bank_entry=NEW)),
}
