"""Billing: how what each command recorded is put right."""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from ledger.billing.deposits import (
    ApplyDeposit,
    CreditDepositInterest,
    ForfeitDeposit,
    MoveDeposit,
    ReceiveDeposit,
    RefundDeposit,
    ReverseDeposit,
)
from ledger.billing.facts import Issued
from ledger.billing.gap import BillLease
from ledger.billing.invoicing.notes import IssueCreditNote, IssueDebitNote
from ledger.billing.invoicing.replies import FapiaoReply, TakeFapiaoReplies
from ledger.billing.invoicing.tax_invoices import IssueFapiao, WithdrawFapiao
from ledger.billing.late_fees import AssessLateFee
from ledger.billing.lease_costs.deciding import RecordLeaseCost, ReverseLeaseCost
from ledger.billing.losses import (
    ApproveWriteOff,
    MeasureEcl,
    ProposeWriteOff,
    RecoverWriteOff,
    RejectWriteOff,
)
from ledger.billing.receipts import AllocateReceipt, RecordReceipt, ReverseReceipt, UnallocateReceipt
from ledger.billing.refunds import RefundReceipt, ReverseRefund
from ledger.billing.taking_over.deciding import ParkDeposit
from ledger.decider import Command
from ledger.joint.taking_over import TakeOverPark
from ledger.leases.changes import ApproveAmendment, ProposeAmendment
from ledger.leases.term import CommenceLease, RenewLease
from ledger.leases.terms import DepositInterest
from ledger.periods import day_before
from ledger.values.money import written
from tests.undo.desk import OTHER, Desk, Line
from tests.undo.ways import PAPER, WHY, At, Way, mistaken, taken_back, withdrawal

NEW = "again-demo"


def _receipt(command: Any, _facts: object) -> Iterator[Command]:
    yield ReverseReceipt(effective_on=command.effective_on, receipt=command.receipt, reason=WHY)


def _paying(command: Any, _facts: object) -> Iterator[Command]:
    yield UnallocateReceipt(
        effective_on=command.effective_on, receipt=command.receipt, allocations=command.allocations, reason=WHY
    )


def _refund(command: Any, _facts: object) -> Iterator[Command]:
    yield ReverseRefund(effective_on=command.effective_on, refund=command.refund, receipt=command.receipt, reason=WHY)


def _deposit(command: Any, _facts: object) -> Iterator[Command]:
    yield ReverseDeposit(
        effective_on=command.effective_on,
        deposit=command.deposit,
        lease=command.lease,
        reason=WHY,
        to_lease=getattr(command, "to_lease", None),
    )


def _interest(desk: Desk, line: Line) -> Iterator[None]:
    """Interest is agreed on from the beginning, accrues on the deposit, and is credited by mistake."""
    due: Any = line.command
    said = [fact.terms for fact in desk.facts() if getattr(fact, "lease", "") == due.lease and hasattr(fact, "terms")]
    terms = replace(said[-1], deposit_interest=DepositInterest(rate="0.015"))
    about: dict[str, Any] = {"effective_on": terms.commencement_on, "lease": due.lease, "amendment": "interest-demo"}
    desk.do(ProposeAmendment(**about, kind="CONSIDERATION", terms=terms, document=PAPER), line.by)
    desk.do(ApproveAmendment(**about, units=tuple(one.unit for one in terms.premises)), OTHER)
    desk.do(BillLease(effective_on=due.effective_on, lease=due.lease, through=due.effective_on))
    yield
    credit = CreditDepositInterest(effective_on=due.effective_on, deposit=NEW, lease=due.lease, amount="0.01")
    desk.do(credit)
    yield
    for command in _deposit(credit, ()):
        desk.do(command)


def _cost(desk: Desk, line: Line) -> Iterator[None]:
    """A broker's fee of another lease is recorded as this one's."""
    commenced: Any = line.command
    desk.do(commenced, line.by)
    yield
    desk.do(_fee(commenced, NEW))
    yield
    desk.do(_fee_back(commenced))


def _cost_back(desk: Desk, line: Line) -> Iterator[None]:
    """It was this one's, and was taken back by mistake."""
    commenced: Any = line.command
    desk.do(commenced, line.by)
    desk.do(_fee(commenced, NEW))
    yield
    desk.do(_fee_back(commenced))
    yield
    desk.do(_fee(commenced, f"{NEW}-2"))


def _fee(commenced: Any, name: str) -> Command:
    on, lease = commenced.effective_on, commenced.lease
    return RecordLeaseCost(
        effective_on=on, lease=lease, cost=name, kind="DIRECT", amount="3600.00", document=PAPER, expense="SELLING"
    )


def _fee_back(commenced: Any) -> Command:
    return ReverseLeaseCost(effective_on=commenced.effective_on, lease=commenced.lease, cost=NEW, reason=WHY)


def _moved(desk: Desk, line: Line) -> Iterator[None]:
    """Before a lease is renewed, its deposit is held for the one that follows, by mistake."""
    renewed: Any = line.command
    yield
    move = MoveDeposit(
        effective_on=renewed.effective_on,
        deposit=NEW,
        lease=renewed.lease,
        to_lease=renewed.successor,
        amount="1000.00",
        reason=WHY,
    )
    desk.do(move)
    yield
    for command in _deposit(move, ()):
        desk.do(command)


def _credited(command: Any, facts: Any) -> Iterator[Command]:
    """Take all of a document off again."""
    yield IssueCreditNote(
        effective_on=command.effective_on,
        credit_note=NEW,
        invoice=command.invoice,
        net=written(facts[0].net_minor),
        reason=WHY,
    )


def _taken_off(desk: Desk, line: Line) -> Iterator[None]:
    """A debit note asks for it again: another document, of the same days, is open by as much."""
    yield
    note: Any = desk.do(line.command, line.by)[0]
    yield
    desk.do(
        IssueDebitNote(
            effective_on=note.effective_on,
            invoice=NEW,
            lease=note.lease,
            charge=note.charge,
            from_on=note.lines[0].from_on,
            until_on=note.lines[-1].until_on,
            net=written(note.net_minor),
            reason=WHY,
        )
    )
    desk.stays = ("/v1/invoices/", "/documents")


def _fapiao(command: Any, _facts: object) -> Iterator[Command]:
    yield WithdrawFapiao(effective_on=command.effective_on, invoice=command.invoice, number=command.number, reason=WHY)


def _replied(desk: Desk, line: Line) -> Iterator[None]:
    """The platform's reply in place of the number by hand: it was meant for another document, and is taken back."""
    one: Any = line.command
    issued = next(fact for fact in desk.facts() if isinstance(fact, Issued) and fact.invoice == one.invoice)
    reply = FapiaoReply(
        line=2,
        invoice=one.invoice,
        number=one.number,
        issued_on=one.effective_on,
        net=written(issued.net_minor),
        vat=written(issued.vat_minor),
    )
    yield
    desk.do(TakeFapiaoReplies(effective_on=one.effective_on, file=PAPER, replies=(reply,)))
    yield
    desk.do(WithdrawFapiao(effective_on=one.effective_on, invoice=one.invoice, number=one.number, reason=WHY))


def _billed(desk: Desk, line: Line) -> Iterator[None]:
    """It never commenced: the next run takes off what the first one asked for."""
    bill = BillLease(
        effective_on=line.command.effective_on, lease=line.command.lease, through=line.command.effective_on
    )
    yield
    commenced = desk.do(line.command, line.by)[0]
    desk.do(bill)
    yield
    desk.do(withdrawal(commenced))
    desk.do(bill)


def _lost(command: Any, _facts: object) -> Iterator[Command]:
    yield RejectWriteOff(
        effective_on=command.effective_on, write_off=command.write_off, invoice=command.invoice, reason=WHY
    )


def _approval(propose: Any) -> Command:
    return ApproveWriteOff(effective_on=propose.effective_on, write_off=propose.write_off, invoice=propose.invoice)


def _recovery(propose: Any) -> Command:
    return RecoverWriteOff(
        effective_on=propose.effective_on,
        write_off=propose.write_off,
        invoice=propose.invoice,
        amount=propose.amount,
        reason=WHY,
    )


def _approved(desk: Desk, line: Line) -> Iterator[None]:
    """So much is owed after all; and it is open to be given up, as it was."""
    desk.do(line.command, line.by)
    yield
    desk.do(_approval(line.command), OTHER)
    yield
    desk.do(_recovery(line.command))
    desk.again(line.command, line.by, write_off=NEW)


def _recovered(desk: Desk, line: Line) -> Iterator[None]:
    """It is proposed and approved again, under another id."""
    desk.do(line.command, line.by)
    desk.do(_approval(line.command), OTHER)
    yield
    desk.do(_recovery(line.command))
    yield
    anew = replace(line.command, write_off=NEW)
    desk.do(anew)
    desk.do(_approval(anew), OTHER)


def _measured(desk: Desk, line: Line) -> Iterator[None]:
    """The same day is measured again: the allowance is what was measured last."""
    measure: Any = line.command
    desk.do(measure, line.by)
    wrong = tuple(replace(exposure, rate="0.5") for exposure in measure.exposures)
    yield
    desk.do(replace(measure, measurement="wrong-demo", exposures=wrong))
    yield
    desk.do(replace(measure, measurement="right-demo"))


def _taken_over(desk: Desk, line: Line) -> Iterator[None]:
    """A deposit that other books held is taken over, by mistake."""
    received: Any = line.command
    desk.do(line.command, line.by)
    yield
    park = TakeOverPark(
        effective_on=day_before(received.effective_on.replace(day=1)),
        document=PAPER,
        deposits=(ParkDeposit(deposit=NEW, lease=received.lease, amount="1000.00"),),
    )
    desk.do(park)
    yield
    desk.do(ReverseDeposit(effective_on=park.effective_on, deposit=NEW, lease=received.lease, reason=WHY))


MONEY: Mapping[type[Command], Way | At] = {
    BillLease: At(CommenceLease, _billed),
    IssueCreditNote: _taken_off,
    IssueDebitNote: mistaken(_credited),
    AssessLateFee: mistaken(_credited),
    IssueFapiao: mistaken(_fapiao),
    TakeFapiaoReplies: At(IssueFapiao, _replied),
    WithdrawFapiao: At(IssueFapiao, taken_back(_fapiao)),
    RecordReceipt: mistaken(_receipt),
    ReverseReceipt: At(RecordReceipt, taken_back(_receipt, receipt=NEW)),
    AllocateReceipt: mistaken(_paying),
    UnallocateReceipt: At(AllocateReceipt, taken_back(_paying)),
    RefundReceipt: mistaken(_refund),
    ReverseRefund: At(RefundReceipt, taken_back(_refund, refund=NEW)),
    **dict.fromkeys((ReceiveDeposit, ApplyDeposit, ForfeitDeposit, RefundDeposit), mistaken(_deposit)),
    CreditDepositInterest: At(RenewLease, _interest),
    RecordLeaseCost: At(CommenceLease, _cost),
    ReverseLeaseCost: At(CommenceLease, _cost_back),
    MoveDeposit: At(RenewLease, _moved),
    TakeOverPark: At(ReceiveDeposit, _taken_over),
    ReverseDeposit: At(ApplyDeposit, taken_back(_deposit, deposit=NEW)),
    ProposeWriteOff: mistaken(_lost),
    RejectWriteOff: At(ProposeWriteOff, taken_back(_lost, write_off=NEW)),
    ApproveWriteOff: At(ProposeWriteOff, _approved),
    RecoverWriteOff: At(ProposeWriteOff, _recovered),
    MeasureEcl: _measured,
}
