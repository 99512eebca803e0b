"""Investment and equipment orders: how what each command recorded is put right."""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from ledger.decider import Command
from ledger.investment.agreement import (
    ApproveInvestmentAmendment,
    DraftInvestmentAgreement,
    ProposeInvestmentAmendment,
    RejectInvestmentAmendment,
    SignInvestmentAgreement,
)
from ledger.investment.ending import CloseInvestment, DeclareBreach, FulfilInvestment, TerminateInvestment
from ledger.investment.incentives import (
    ApproveClawbackWaiver,
    AssessClawback,
    CollectClawback,
    PayIncentive,
    ProposeClawbackWaiver,
    RecordOutsideIncentive,
)
from ledger.investment.performance import CheckCovenant, RecordContribution, ReportFigure, ReverseContribution
from ledger.investment.reversing import (
    ReverseClawback,
    ReverseClawbackWaiver,
    ReverseCollection,
    ReverseIncentive,
)
from ledger.investment.withdrawing import WithdrawInvestmentStep
from ledger.orders.agreement import IssueQuotation, PlaceOrder
from ledger.orders.cancelling import CancelOrder, ForfeitAdvance, RefundAdvance
from ledger.orders.changing import ApproveChangeOrder, ProposeChangeOrder, RejectChangeOrder
from ledger.orders.earning import ReverseCommission
from ledger.orders.leftover.clearing import MoveStock, SellStock
from ledger.orders.leftover.writing_down import ApproveWriteDown, ProposeWriteDown, RejectWriteDown
from ledger.orders.mistakes.putting_right import (
    RestoreCommission,
    ReverseForfeit,
    ReverseOrderPayment,
    ReverseProgress,
    ReverseStockStep,
)
from ledger.orders.mistakes.withdrawing import WithdrawOrderStep
from ledger.orders.over_time.measuring import MeasureProgress
from ledger.orders.payments import InvoiceMilestone, RecordMilestonePayment, RemitClientMoney
from ledger.orders.receivables import CollectReceivable, RevalueReceivables
from ledger.orders.works import (
    CertifyAcceptance,
    ClearCustoms,
    CloseOrder,
    CommissionPlant,
    DeliverEquipment,
    FailFat,
    FailSat,
    HoldOrder,
    InstallEquipment,
    PassFat,
    PassSat,
    ReleaseRetention,
    ResumeOrder,
    ShipEquipment,
    StartProduction,
    StartWarranty,
)
from ledger.rates import ApproveRate, ProposeRate
from tests.undo.desk import OTHER, Desk, Line
from tests.undo.ways import PAPER, WHY, WITHDRAWN, At, Way, mistaken, taken_back, withdraw, withdrawal

NEW = "again-demo"

# Investment


def _payment(command: Any, _facts: object) -> Iterator[Command]:
    yield ReverseIncentive(
        effective_on=command.effective_on, agreement=command.agreement, payment=command.payment, reason=WHY
    )


def _clawback(command: Any, _facts: object) -> Iterator[Command]:
    yield ReverseClawback(
        effective_on=command.effective_on, agreement=command.agreement, clawback=command.clawback, reason=WHY
    )


def _waiver(command: Any, _facts: object) -> Iterator[Command]:
    yield ReverseClawbackWaiver(
        effective_on=command.effective_on,
        agreement=command.agreement,
        clawback=command.clawback,
        waiver=command.waiver,
        reason=WHY,
    )


def _collection(command: Any, _facts: object) -> Iterator[Command]:
    yield ReverseCollection(
        effective_on=command.effective_on,
        agreement=command.agreement,
        clawback=command.clawback,
        collection=command.collection,
        reason=WHY,
    )


def _waived(desk: Desk, line: Line) -> Iterator[None]:
    """The waiver is taken back, and proposed as it was."""
    propose: Any = line.command
    desk.do(propose, line.by)
    approve = ApproveClawbackWaiver(
        effective_on=propose.effective_on, agreement=propose.agreement, clawback=propose.clawback, waiver=propose.waiver
    )
    yield
    desk.do(approve, OTHER)
    yield
    for command in _waiver(approve, ()):
        desk.do(command)
    desk.again(propose, line.by, waiver=NEW)


def _waived_again(desk: Desk, line: Line) -> Iterator[None]:
    """The waiver is proposed and approved again, under another id."""
    waived: Any = desk.do(line.command, line.by)[0]
    proposal = next(
        fact
        for fact in reversed(desk.facts())
        if getattr(fact, "waiver", None) == waived.waiver and hasattr(fact, "reason")
    )
    yield
    for command in _waiver(line.command, ()):
        desk.do(command)
    yield
    anew = ProposeClawbackWaiver(
        effective_on=proposal.effective_on,
        agreement=waived.agreement,
        clawback=waived.clawback,
        waiver=NEW,
        amount=str(waived.amount_minor / 100),
        reason=proposal.reason,
    )
    desk.do(anew)
    desk.do(replace(line.command, waiver=NEW), OTHER)
    desk.renamed[NEW] = waived.waiver


def _ended(desk: Desk, line: Line) -> Iterator[None]:
    desk.do(line.command, line.by)
    signed: Any = line.command
    yield
    facts = desk.do(
        TerminateInvestment(effective_on=signed.effective_on, agreement=signed.agreement, reason=WHY, document=PAPER)
    )
    yield
    desk.do(withdrawal(facts[0]))


INVESTMENT: Mapping[type[Command], Way | At] = {
    **dict.fromkeys(
        (
            DraftInvestmentAgreement,
            SignInvestmentAgreement,
            ProposeInvestmentAmendment,
            ApproveInvestmentAmendment,
            RejectInvestmentAmendment,
            RecordContribution,
            ReverseContribution,
            ReportFigure,
            CheckCovenant,
            RecordOutsideIncentive,
            ProposeClawbackWaiver,
            FulfilInvestment,
            DeclareBreach,
            CloseInvestment,
        ),
        WITHDRAWN,
    ),
    PayIncentive: mistaken(_payment),
    ReverseIncentive: At(PayIncentive, taken_back(_payment, payment=NEW)),
    AssessClawback: mistaken(_clawback),
    ReverseClawback: At(AssessClawback, taken_back(_clawback, clawback=NEW)),
    ApproveClawbackWaiver: At(ProposeClawbackWaiver, _waived),
    ReverseClawbackWaiver: At(ApproveClawbackWaiver, _waived_again),
    CollectClawback: mistaken(_collection),
    ReverseCollection: At(CollectClawback, taken_back(_collection, collection=NEW)),
    TerminateInvestment: At(SignInvestmentAgreement, _ended),
    WithdrawInvestmentStep: At(RecordContribution, taken_back(withdraw)),
}

# Orders


def _paid(command: Any, _facts: object) -> Iterator[Command]:
    yield ReverseOrderPayment(
        effective_on=command.effective_on, order=command.order, bank_reference=command.bank_reference, reason=WHY
    )


def _kept(command: Any, _facts: object) -> Iterator[Command]:
    yield ReverseForfeit(
        effective_on=command.effective_on,
        order=command.order,
        forfeited_on=command.effective_on,
        amount=command.amount,
        reason=WHY,
    )


def _restored(desk: Desk, line: Line) -> Iterator[None]:
    """A fee that nobody has collected yet is given up, and restored by mistake."""
    owed: Any = line.command
    about: dict[str, Any] = {
        "effective_on": owed.effective_on,
        "order": owed.order,
        "trigger": owed.receivable.removeprefix("commission-").upper(),
        "reason": WHY,
    }
    desk.do(ReverseCommission(**about))
    yield
    desk.do(RestoreCommission(**about))
    yield
    desk.do(ReverseCommission(**about))


def revalued(desk: Desk, line: Line) -> Iterator[None]:
    """The rate was wrong: withdrawn, and remeasured once more."""
    revalue: Any = line.command
    desk.do(revalue, line.by)
    series = revalue.rate_series[0]
    desk.do(ProposeRate(effective_on=revalue.effective_on, rate=NEW, series=series, value="9.0000", source=WHY))
    yield
    approved = desk.do(ApproveRate(effective_on=revalue.effective_on, rate=NEW), OTHER)
    desk.do(revalue)
    yield
    desk.do(withdrawal(approved[0]), OTHER)
    desk.do(revalue)


def _measured_back(command: Any, _facts: object) -> Iterator[Command]:
    yield ReverseProgress(
        effective_on=command.effective_on, order=command.order, measured_on=command.effective_on, reason=WHY
    )


def _stock_back(command: Any, _facts: object) -> Iterator[Command]:
    yield ReverseStockStep(
        effective_on=command.effective_on,
        order=command.order,
        stock_entry=command.stock_entry,
        to_order=getattr(command, "to_order", None),
        reason=WHY,
    )


def _lowered(desk: Desk, line: Line) -> Iterator[None]:
    """The allowance is taken back, and it waits to be approved, under another id."""
    propose: Any = line.command
    desk.do(propose, line.by)
    about: dict[str, Any] = {"effective_on": propose.effective_on, "order": propose.order}
    yield
    approve = ApproveWriteDown(**about, stock_entry=propose.stock_entry)
    desk.do(approve, OTHER)
    yield
    for command in _stock_back(approve, ()):
        desk.do(command)
    desk.again(propose, line.by, stock_entry=NEW)


def _not_lowered(desk: Desk, line: Line) -> Iterator[None]:
    """The proposal is open again."""
    propose: Any = line.command
    desk.do(propose, line.by)
    about: dict[str, Any] = {"effective_on": propose.effective_on, "order": propose.order}
    yield
    facts = desk.do(RejectWriteDown(**about, stock_entry=propose.stock_entry, reason=WHY), OTHER)
    yield
    desk.do(withdrawal(facts[0]))


def _rejected(desk: Desk, line: Line) -> Iterator[None]:
    """The proposal is open again."""
    propose: Any = line.command
    desk.do(propose, line.by)
    yield
    facts = desk.do(
        RejectChangeOrder(effective_on=propose.effective_on, order=propose.order, change=propose.change, reason=WHY),
        OTHER,
    )
    yield
    desk.do(withdrawal(facts[0]))


ORDERS: Mapping[type[Command], Way | At] = {
    **dict.fromkeys(
        (
            IssueQuotation,
            PlaceOrder,
            ProposeChangeOrder,
            ApproveChangeOrder,
            StartProduction,
            PassFat,
            FailFat,
            ShipEquipment,
            ClearCustoms,
            DeliverEquipment,
            InstallEquipment,
            PassSat,
            FailSat,
            CommissionPlant,
            CertifyAcceptance,
            StartWarranty,
            ReleaseRetention,
            CloseOrder,
            HoldOrder,
            ResumeOrder,
            InvoiceMilestone,
            CancelOrder,
        ),
        WITHDRAWN,
    ),
    **dict.fromkeys(
        (RecordMilestonePayment, RemitClientMoney, ReverseCommission, CollectReceivable, RefundAdvance), mistaken(_paid)
    ),
    ReverseOrderPayment: At(RecordMilestonePayment, taken_back(_paid)),
    RejectChangeOrder: At(ProposeChangeOrder, _rejected),
    RestoreCommission: At(CollectReceivable, _restored),
    **dict.fromkeys((SellStock, MoveStock), mistaken(_stock_back)),
    MeasureProgress: mistaken(_measured_back),
    ReverseProgress: At(MeasureProgress, taken_back(_measured_back)),
    ProposeWriteDown: WITHDRAWN,
    ApproveWriteDown: At(ProposeWriteDown, _lowered),
    RejectWriteDown: At(ProposeWriteDown, _not_lowered),
    ReverseStockStep: At(SellStock, taken_back(_stock_back, stock_entry=NEW)),
    ForfeitAdvance: mistaken(_kept),
    ReverseForfeit: At(ForfeitAdvance, taken_back(_kept)),
    RevalueReceivables: revalued,
    WithdrawOrderStep: At(DeliverEquipment, taken_back(withdraw)),
}

DEALS: Mapping[type[Command], Way | At] = {**INVESTMENT, **ORDERS}
