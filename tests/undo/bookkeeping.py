"""Manual journals, the payment of what they made owed, VAT returns: how what each command recorded is put right."""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from ledger.bookkeeping.journals.deciding import (
    ApproveJournal,
    MirrorJournal,
    ProposeJournal,
    RejectJournal,
    RepeatJournal,
)
from ledger.decider import Command
from ledger.joint.owing import PayFromBank, ProposeBankPayment, RejectBankPayment, ReturnBankPayment
from ledger.joint.remitting import PayVat, ReturnVatPayment
from ledger.joint.taxing import FileVatReturn, ProposeVatReturn, RejectVatReturn, WithdrawVatReturn
from tests.undo.desk import OTHER, Desk, Line
from tests.undo.ways import PAPER, WHY, At, Way, mistaken, taken_back


def _turned_down(proposal: Any, _facts: object) -> Iterator[Command]:
    yield RejectJournal(effective_on=proposal.effective_on, manual_journal=proposal.manual_journal, reason=WHY)


def _mirrored(desk: Desk, line: Line) -> Iterator[None]:
    """Its mirror, of its own day, is proposed by one and approved by another."""
    approval: Any = line.command
    yield
    posted = desk.do(approval, line.by)[0]
    yield
    mirror = MirrorJournal(
        effective_on=posted.effective_on,
        manual_journal=f"{approval.manual_journal}-mirror",
        mirrors=approval.manual_journal,
        reason=WHY,
        document=PAPER,
    )
    desk.do(mirror)
    desk.do(replace(approval, manual_journal=mirror.manual_journal), OTHER)
    desk.stays = ("/v1/reports/proposals",)


def _proposed_again(desk: Desk, line: Line) -> Iterator[None]:
    """Turned down by mistake: proposed again under another id."""
    proposal: Any = line.command
    desk.do(proposal, line.by)
    yield
    desk.do(RejectJournal(effective_on=proposal.effective_on, manual_journal=proposal.manual_journal, reason=WHY))
    yield
    desk.again(proposal, line.by, manual_journal=f"{proposal.manual_journal}-again")


# What journals made owed


def _payment_rejected(proposal: Any, _facts: object) -> Iterator[Command]:
    yield RejectBankPayment(effective_on=proposal.effective_on, payment=proposal.payment, reason=WHY)


def _pay(proposal: Any, payment: str) -> PayFromBank:
    return PayFromBank(
        effective_on=proposal.effective_on,
        payment=payment,
        journals=tuple(item.journal for item in proposal.items),
        bank_reference="AGAIN-1",
    )


def _payment_turned_down(desk: Desk, line: Line) -> Iterator[None]:
    """It is proposed again, under another id."""
    desk.do(line.command, line.by)
    yield
    for command in _payment_rejected(line.command, ()):
        desk.do(command, OTHER)
    yield
    desk.again(line.command, line.by, payment="again-demo")


def _paid(desk: Desk, line: Line) -> Iterator[None]:
    """It came back; and it waits to be paid, under another id."""
    proposal: Any = line.command
    desk.do(proposal, line.by)
    yield
    desk.do(_pay(proposal, proposal.payment), OTHER)
    yield
    desk.do(ReturnBankPayment(effective_on=proposal.effective_on, payment=proposal.payment, reason=WHY))
    desk.again(proposal, line.by, payment="again-demo")


def _came_back(desk: Desk, line: Line) -> Iterator[None]:
    """It did not come back: it is proposed and paid anew, under another id."""
    proposal: Any = line.command
    desk.do(proposal, line.by)
    desk.do(_pay(proposal, proposal.payment), OTHER)
    yield
    desk.do(ReturnBankPayment(effective_on=proposal.effective_on, payment=proposal.payment, reason=WHY))
    yield
    desk.again(proposal, line.by, payment="again-demo")
    desk.do(_pay(proposal, "again-demo"), OTHER)


# VAT


def _vat_rejected(proposal: Any, _facts: object) -> Iterator[Command]:
    yield RejectVatReturn(effective_on=proposal.effective_on, month=proposal.month, reason=WHY)


def _withdrawn(command: Any, facts: Any) -> Iterator[Command]:
    """Taken back, and proposed as it was."""
    yield WithdrawVatReturn(effective_on=command.effective_on, month=command.month, reason=WHY)
    yield ProposeVatReturn(effective_on=command.effective_on, month=command.month, late=command.late)


def _filed_again(desk: Desk, line: Line) -> Iterator[None]:
    """It was right: it is proposed and filed again."""
    desk.do(line.command, line.by)
    withdraw, propose = _withdrawn(line.command, ())
    yield
    desk.do(withdraw)
    yield
    desk.do(propose)
    desk.do(line.command, line.by)


def _vat_came_back(command: Any, _facts: object) -> Iterator[Command]:
    yield ReturnVatPayment(effective_on=command.effective_on, vat_payment=command.vat_payment, reason=WHY)


VAT: Mapping[type[Command], Way | At] = {
    ProposeVatReturn: mistaken(_vat_rejected),
    RejectVatReturn: At(ProposeVatReturn, taken_back(_vat_rejected)),
    FileVatReturn: mistaken(_withdrawn),
    WithdrawVatReturn: At(FileVatReturn, _filed_again),
    PayVat: mistaken(_vat_came_back),
    ReturnVatPayment: At(PayVat, taken_back(_vat_came_back, vat_payment="vat-again-demo")),
}

BOOKKEEPING: Mapping[type[Command], Way | At] = {
    **dict.fromkeys((ProposeJournal, RepeatJournal, MirrorJournal), mistaken(_turned_down)),
    ApproveJournal: _mirrored,
    RejectJournal: At(ProposeJournal, _proposed_again),
    **VAT,
    ProposeBankPayment: mistaken(_payment_rejected),
    RejectBankPayment: At(ProposeBankPayment, _payment_turned_down),
    PayFromBank: At(ProposeBankPayment, _paid),
    ReturnBankPayment: At(ProposeBankPayment, _came_back),
}
