"""Manual journals and the payment of what they made owed: how what each command recorded is put right."""

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
from tests.undo.desk import OTHER, Desk, Line
from tests.undo.ways import PAPER, WHY, At, Way, mistaken


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


BOOKKEEPING: Mapping[type[Command], Way | At] = {
    **dict.fromkeys((ProposeJournal, RepeatJournal, MirrorJournal), mistaken(_turned_down)),
    ApproveJournal: _mirrored,
    RejectJournal: At(ProposeJournal, _proposed_again),
    ProposeBankPayment: mistaken(_payment_rejected),
    RejectBankPayment: At(ProposeBankPayment, _payment_turned_down),
    PayFromBank: At(ProposeBankPayment, _paid),
    ReturnBankPayment: At(ProposeBankPayment, _came_back),
}
