"""The facts that put right what was recorded of an order: a mirror of each that posts, a withdrawal of the others.

Fact (order.…)             Posts   Mirrors or withdraws (order.…)
advance-reversed           yes     advance-received
client-money-reversed      yes     client-money-received
remittance-reversed        yes     client-money-remitted
collection-reversed        yes     receivable-collected
refund-reversed            yes     advance-refunded
forfeit-reversed           yes     advance-forfeited
revenue-reversed           yes     revenue-recognised
fee-withdrawn              yes     commission-earned: its trigger did not happen after all
fee-restored               yes     commission-reversed: it is earned after all
cancellation-fee-reversed  yes     cancellation-fee-charged
reclassification-reversed  yes     receivable-reclassified
stock-sale-reversed        yes     stock-sold
stock-move-reversed        yes     stock-moved
write-down-reversed        yes     stock-written-down
progress-reversed          yes     progress-measured
step-withdrawn             no      any that does not post

A mirror holds the fact that it mirrors, whole, and posts its lines with the signs changed: to the fen, for good. Names
are storage, as in facts.py.
"""

from typing import Any, ClassVar

from ledger.decider import Fact, Id, Text, Withdrawn
from ledger.orders.facts import (
    AdvanceForfeited,
    AdvanceReceived,
    AdvanceRefunded,
    CancellationFeeCharged,
    ClientMoneyReceived,
    ClientMoneyRemitted,
    CommissionFeeEarned,
    CommissionFeeReversed,
    EquipmentRevenueRecognised,
    OrderAmountFact,
    OrderPostingFact,
    ReceivableCollected,
    ReceivableReclassified,
)
from ledger.orders.leftover.facts import StockMoved, StockSold, StockWrittenDown
from ledger.orders.over_time.facts import ProgressMeasured


class OrderMirror(OrderPostingFact, frozen=True, kw_only=True):
    """A fact that posted is taken back: it never happened, or was another. Not before it, in an open month."""

    frees_reference = True
    derived: ClassVar[tuple[str, ...]] = ("accounting_on", "supplier", "buyer")
    reversed: OrderAmountFact
    reason: Text

    @property
    def asked(self) -> tuple[Any, ...]:
        """The content that was asked for: which fact, by the words that people name it with, on which day and why."""
        return (type(self), self.effective_on, self.order, self.named, self.reason)

    @property
    def named(self) -> Any:
        """The words that people name the mirrored fact with: its bank reference, or what it is about."""
        fact = self.reversed
        if isinstance(fact, ProgressMeasured):
            return fact.effective_on
        if isinstance(fact, AdvanceForfeited):
            return (fact.effective_on, fact.amount_minor)
        names = (getattr(fact, name, None) for name in ("bank_reference", "trigger", "stock_entry"))
        return next((name for name in names if name is not None), None)

    @property
    def topic(self) -> tuple[Any, ...]:
        """The topic of the mirrored fact: it stands no more."""
        return self.reversed.topic

    @property
    def about(self) -> tuple[str, ...]:
        """The further tags of the mirrored fact."""
        return self.reversed.about

    @property
    def bank(self) -> str | None:
        """The bank reference of the mirrored fact: the payment can be recorded anew (B5)."""
        return self.reversed.bank

    @property
    def on_account(self) -> str | None:
        """The bank account of the mirrored fact."""
        return self.reversed.on_account

    @property
    def bank_currency(self) -> str:
        """The currency of the mirrored fact."""
        return self.reversed.currency


class AdvanceReversed(OrderMirror, frozen=True, kw_only=True, tag="order.advance-reversed"):
    """An advance did not come, or was another."""

    reversed: AdvanceReceived


class ClientMoneyReversed(OrderMirror, frozen=True, kw_only=True, tag="order.client-money-reversed"):
    """Client money did not come, or was another."""

    reversed: ClientMoneyReceived


class RemittanceReversed(OrderMirror, frozen=True, kw_only=True, tag="order.remittance-reversed"):
    """Client money did not go on: it is held again."""

    reversed: ClientMoneyRemitted


class ReceivableCollectionReversed(OrderMirror, frozen=True, kw_only=True, tag="order.collection-reversed"):
    """A payment of a receivable did not come: it is owed again, as it stood in the books."""

    reversed: ReceivableCollected


class AdvanceRefundReversed(OrderMirror, frozen=True, kw_only=True, tag="order.refund-reversed"):
    """An advance was not paid back: it is held again, as it stood in the books."""

    reversed: AdvanceRefunded


class ForfeitReversed(OrderMirror, frozen=True, kw_only=True, tag="order.forfeit-reversed"):
    """An advance is not MCSC's: it is held again."""

    reversed: AdvanceForfeited


class RevenueReversed(OrderMirror, frozen=True, kw_only=True, tag="order.revenue-reversed"):
    """The equipment was not accepted: advances are held again, nothing is owed."""

    reversed: EquipmentRevenueRecognised


class FeeWithdrawn(OrderMirror, frozen=True, kw_only=True, tag="order.fee-withdrawn"):
    """The step that earned a fee did not happen; it can earn it yet."""

    reversed: CommissionFeeEarned


class FeeRestored(OrderMirror, frozen=True, kw_only=True, tag="order.fee-restored"):
    """A fee that was given up is MCSC's after all."""

    reversed: CommissionFeeReversed


class CancellationFeeReversed(OrderMirror, frozen=True, kw_only=True, tag="order.cancellation-fee-reversed"):
    """The order was not cancelled: advances are held again, no fee is owed."""

    reversed: CancellationFeeCharged


class ReclassificationReversed(OrderMirror, frozen=True, kw_only=True, tag="order.reclassification-reversed"):
    """A contract asset is not due yet."""

    reversed: ReceivableReclassified


class StockSaleReversed(OrderMirror, frozen=True, kw_only=True, tag="order.stock-sale-reversed"):
    """Stock was not sold: it is there again, with the allowance on it, and nothing is owed for it."""

    reversed: StockSold


class StockMoveReversed(OrderMirror, frozen=True, kw_only=True, tag="order.stock-move-reversed"):
    """Stock is the first order's again."""

    reversed: StockMoved


class WriteDownReversed(OrderMirror, frozen=True, kw_only=True, tag="order.write-down-reversed"):
    """Stock was not to be written down, or up, like that."""

    reversed: StockWrittenDown


class ProgressReversed(OrderMirror, frozen=True, kw_only=True, tag="order.progress-reversed"):
    """A sale that is earned over time comes to what it came to before a measurement."""

    reversed: ProgressMeasured


class OrderStepWithdrawn(Withdrawn, frozen=True, kw_only=True, tag="order.step-withdrawn"):
    """A step of an order was recorded by mistake. `about`: which milestone or change, of several of a day."""

    thing = "order"
    order: Id
    about: Id | None = None

    @staticmethod
    def about_of(fact: Fact) -> str | None:
        """The milestone, change or step of stock that a fact is about."""
        names = (getattr(fact, name, None) for name in ("milestone", "change", "stock_entry"))
        return next((name for name in names if name is not None), None)


MIRRORS: dict[type[Fact], type[OrderMirror]] = {
    AdvanceReceived: AdvanceReversed,
    ClientMoneyReceived: ClientMoneyReversed,
    ClientMoneyRemitted: RemittanceReversed,
    ReceivableCollected: ReceivableCollectionReversed,
    AdvanceRefunded: AdvanceRefundReversed,
    AdvanceForfeited: ForfeitReversed,
    EquipmentRevenueRecognised: RevenueReversed,
    CommissionFeeEarned: FeeWithdrawn,
    CommissionFeeReversed: FeeRestored,
    CancellationFeeCharged: CancellationFeeReversed,
    ReceivableReclassified: ReclassificationReversed,
    StockSold: StockSaleReversed,
    StockMoved: StockMoveReversed,
    StockWrittenDown: WriteDownReversed,
    ProgressMeasured: ProgressReversed,
}
"""What mirrors each fact of an order that posts; remeasurements are asked anew instead."""
