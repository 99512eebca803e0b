"""Commands: orders.

Made from docs/openapi.json by `python -m api.client.making docs/openapi.json`.
"""

from datetime import date
from typing import Literal

from api.client.parts import Command, Evidence
from api.client.terms import OrderLine, OrderTerms, RoleAssessment, ShippedItem


class IssueQuotation(Command, frozen=True, kw_only=True, tag="issue-quotation"):
    """Record a quotation. Again, until it is ordered: the newest counts."""

    effective_on: date
    order: str
    supplier: str
    buyer: str
    terms: OrderTerms
    valid_until: date


class PlaceOrder(Command, frozen=True, kw_only=True, tag="place-order"):
    """Record the order on the newest quotation, MCSC's role in it, and why (IFRS 15 B34-B38).

    rate_series   the exchange rate, where a fee is earned with the order and the order is in a foreign currency
    over_time     how a principal's sale in CNY is earned over time: cost to cost, or by milestones; on acceptance
    where
                  it is not said
    """

    effective_on: date
    order: str
    role: Literal["AGENT", "OBSERVER", "PRINCIPAL"]
    assessment: RoleAssessment
    document: Evidence
    rate_series: str | None = None
    over_time: Literal["COST_TO_COST", "MILESTONES"] | None = None


class ProposeChangeOrder(Command, frozen=True, kw_only=True, tag="propose-change-order"):
    """Propose other lines; state them whole. Nothing changes until somebody else approves it."""

    effective_on: date
    order: str
    change: str
    lines: tuple[OrderLine, ...]
    reason: str
    document: Evidence


class ApproveChangeOrder(Command, frozen=True, kw_only=True, tag="approve-change-order"):
    """Agree to a change order that somebody else proposed. Only milestones of which nothing is paid take part in the
    difference.

    lines, reason, document   what is agreed to may be said again: then it is what was proposed
    rate_series               the exchange rate, where a fee that was earned becomes more, or is paid back
    bank_reference            the payment that returns what was collected of a fee, where it becomes less than
    that
    """

    effective_on: date
    order: str
    change: str
    lines: tuple[OrderLine, ...] | None = None
    reason: str | None = None
    document: Evidence | None = None
    rate_series: str | None = None
    bank_reference: str | None = None
    bank_account: str | None = None


class RejectChangeOrder(Command, frozen=True, kw_only=True, tag="reject-change-order"):
    """Turn a proposed change order down."""

    effective_on: date
    order: str
    change: str
    reason: str


class StartProduction(Command, frozen=True, kw_only=True, tag="start-production"):
    """Record that the supplier builds it."""

    effective_on: date
    order: str
    document: Evidence
    rate_series: str | None = None


class PassFat(Command, frozen=True, kw_only=True, tag="pass-fat"):
    """Record a factory acceptance test that was passed."""

    effective_on: date
    order: str
    document: Evidence
    rate_series: str | None = None


class FailFat(Command, frozen=True, kw_only=True, tag="fail-fat"):
    """Record a factory acceptance test that was not passed."""

    effective_on: date
    order: str
    document: Evidence
    rate_series: str | None = None
    reason: str


class ShipEquipment(Command, frozen=True, kw_only=True, tag="ship-equipment"):
    """Record a shipment: which items, on which bill of lading."""

    effective_on: date
    order: str
    document: Evidence
    rate_series: str | None = None
    shipment: str
    bill_of_lading: str
    items: tuple[ShippedItem, ...]


class ClearCustoms(Command, frozen=True, kw_only=True, tag="clear-customs"):
    """Record a customs declaration, and what the importer paid on it."""

    effective_on: date
    order: str
    document: Evidence
    rate_series: str | None = None
    declaration: str
    duty: str
    import_vat: str


class DeliverEquipment(Command, frozen=True, kw_only=True, tag="deliver-equipment"):
    """Record that everything ordered is on site."""

    effective_on: date
    order: str
    document: Evidence
    rate_series: str | None = None


class InstallEquipment(Command, frozen=True, kw_only=True, tag="install-equipment"):
    """Record that it is installed."""

    effective_on: date
    order: str
    document: Evidence
    rate_series: str | None = None


class PassSat(Command, frozen=True, kw_only=True, tag="pass-sat"):
    """Record a site acceptance test that was passed."""

    effective_on: date
    order: str
    document: Evidence
    rate_series: str | None = None


class FailSat(Command, frozen=True, kw_only=True, tag="fail-sat"):
    """Record a site acceptance test that was not passed."""

    effective_on: date
    order: str
    document: Evidence
    rate_series: str | None = None
    reason: str


class CommissionPlant(Command, frozen=True, kw_only=True, tag="commission-plant"):
    """Record that the plant started up."""

    effective_on: date
    order: str
    document: Evidence
    rate_series: str | None = None


class CertifyAcceptance(Command, frozen=True, kw_only=True, tag="certify-acceptance"):
    """Record the provisional acceptance certificate: a principal's sale, an agent's fee.

    cost   what the equipment cost a principal, of what was bought for the order and stands in the inventory
    (1405);
           where it is not said, all that stands there. What is invoiced later is a cost then
    """

    effective_on: date
    order: str
    document: Evidence
    rate_series: str | None = None
    deemed: bool = False
    cost: str | None = None


class StartWarranty(Command, frozen=True, kw_only=True, tag="start-warranty"):
    """Record until when defects are the supplier's."""

    effective_on: date
    order: str
    document: Evidence
    rate_series: str | None = None
    until_on: date


class ReleaseRetention(Command, frozen=True, kw_only=True, tag="release-retention"):
    """Record that what was retained is due."""

    effective_on: date
    order: str
    document: Evidence
    rate_series: str | None = None


class CloseOrder(Command, frozen=True, kw_only=True, tag="close-order"):
    """Record the final acceptance certificate."""

    effective_on: date
    order: str
    document: Evidence
    rate_series: str | None = None


class HoldOrder(Command, frozen=True, kw_only=True, tag="hold-order"):
    """Stop the works for a while."""

    effective_on: date
    order: str
    reason: str


class ResumeOrder(Command, frozen=True, kw_only=True, tag="resume-order"):
    """Go on with the works."""

    effective_on: date
    order: str
    reason: str


class CancelOrder(Command, frozen=True, kw_only=True, tag="cancel-order"):
    """Record that an order is cancelled, why, and the fee for it in the order's currency.

    rate_series   the exchange rate, where a principal's fee is more than the advances in a foreign currency
    vat_rate      of the tax that a principal's fee includes; by the rule of the day where it is not said
    """

    effective_on: date
    order: str
    cause: Literal["AGREEMENT", "BUYER", "FORCE_MAJEURE", "SUPPLIER"]
    fee: str = "0"
    document: Evidence
    rate_series: str | None = None
    vat_rate: str | None = None


class InvoiceMilestone(Command, frozen=True, kw_only=True, tag="invoice-milestone"):
    """Record the invoice of a milestone that is due."""

    effective_on: date
    order: str
    milestone: str
    invoice: str


class RecordMilestonePayment(Command, frozen=True, kw_only=True, tag="record-milestone-payment"):
    """Record that the buyer paid a milestone, or a part of it; `effective_on` is the value date.

    amount        what came, in the order's currency; all that is open where it is not said
    bank_charge   what a bank on the way kept, where MCSC is principal and bears it: paid with the rest, a cost
    (6603)
    through       MCSC, with the bank's reference, or DIRECT to the supplier; by the role where it is not said
    rate_series   the exchange rate, where foreign money comes to MCSC: fx/usd-cny, or the bank's, fx/usd-cny-bank
    """

    effective_on: date
    order: str
    amount: str | None = None
    bank_charge: str | None = None
    bank_reference: str | None = None
    bank_account: str | None = None
    rate_series: str | None = None
    milestone: str
    through: Literal["DIRECT", "MCSC"] | None = None
    evidence: Evidence | None = None


class RemitClientMoney(Command, frozen=True, kw_only=True, tag="remit-client-money"):
    """Record that client money of a milestone went on to the supplier, or back to the buyer.

    amount   what went on, in the order's currency; all that is held where it is not said
    """

    effective_on: date
    order: str
    milestone: str
    to: Literal["BUYER", "SUPPLIER"] = "SUPPLIER"
    amount: str | None = None
    bank_reference: str
    bank_account: str | None = None


class CollectReceivable(Command, frozen=True, kw_only=True, tag="collect-receivable"):
    """Record that a fee or another receivable of an order came into the bank, or a part of it; `effective_on` is the
    value date.

    receivable    commission-accepted, cancellation-fee, a milestone, or the id of a sale of stock
    amount        what came, in the order's currency; all that is open where it is not said
    bank_charge   what a bank on the way kept, where MCSC bears it: it is paid with the rest, and a cost (6603)
    """

    effective_on: date
    order: str
    amount: str | None = None
    bank_charge: str | None = None
    bank_reference: str
    bank_account: str | None = None
    rate_series: str | None = None
    receivable: str


class MeasureProgress(Command, frozen=True, kw_only=True, tag="measure-progress"):
    """Measure how far a sale is that is earned over time, on a month's last day. What it comes to by then is posted,
    less what it came to at the measurement before.

    expected_cost   the cost of the whole order as it is expected now: what was incurred, and what is still to
    come
    """

    effective_on: date
    order: str
    expected_cost: str


class ReverseProgress(Command, frozen=True, kw_only=True, tag="reverse-progress"):
    """Take back the latest measurement of a sale that is earned over time. `measured_on`: the month's last day."""

    effective_on: date
    order: str
    measured_on: date
    reason: str


class ReverseCommission(Command, frozen=True, kw_only=True, tag="reverse-commission"):
    """Give up a fee. Where it was collected, name the payment that returns it, and its exchange rate."""

    effective_on: date
    order: str
    trigger: Literal[
        "ACCEPTED",
        "CUSTOMS_CLEARED",
        "DELIVERED",
        "FAT_PASSED",
        "INSTALLED",
        "IN_PRODUCTION",
        "ORDERED",
        "RETENTION_RELEASED",
        "SAT_PASSED",
        "SHIPPED",
    ]
    reason: str
    bank_reference: str | None = None
    bank_account: str | None = None
    rate_series: str | None = None


class SellStock(Command, frozen=True, kw_only=True, tag="sell-stock"):
    """Sell stock that an order left over.

    amount   the price with its VAT, in the order's currency; it is owed under the id of this step:
    `collect-receivable`
    supply   domestic: the price includes VAT of goods; cross-border: none
    cost     the cost of what is sold, in CNY; all that stands there where it is not said
    """

    effective_on: date
    order: str
    stock_entry: str
    customer: str
    amount: str
    supply: Literal["CROSS_BORDER", "DOMESTIC"] = "DOMESTIC"
    cost: str | None = None
    document: Evidence
    rate_series: str | None = None


class MoveStock(Command, frozen=True, kw_only=True, tag="move-stock"):
    """Give stock that an order left over to another order of which MCSC is principal: its acceptance takes it.

    cost   the cost of what is moved, in CNY; all that stands there where it is not said
    """

    effective_on: date
    order: str
    stock_entry: str
    to_order: str
    cost: str | None = None
    reason: str


class ProposeWriteDown(Command, frozen=True, kw_only=True, tag="propose-write-down"):
    """Say what the stock of an order still brings: its price, less what it costs to sell it. Nothing is posted until
    somebody else approves it. More than before takes an earlier write-down back, up to the cost.
    """

    effective_on: date
    order: str
    stock_entry: str
    net_realisable: str
    reason: str
    document: Evidence


class ApproveWriteDown(Command, frozen=True, kw_only=True, tag="approve-write-down"):
    """Agree to what somebody else says that stock still brings."""

    effective_on: date
    order: str
    stock_entry: str


class RejectWriteDown(Command, frozen=True, kw_only=True, tag="reject-write-down"):
    """Turn a proposed write-down down."""

    effective_on: date
    order: str
    stock_entry: str
    reason: str


class ReverseStockStep(Command, frozen=True, kw_only=True, tag="reverse-stock-step"):
    """Take back that stock left over was sold, moved or written down. `to_order`: the order that it was moved to."""

    effective_on: date
    order: str
    stock_entry: str
    to_order: str | None = None
    reason: str


class RefundAdvance(Command, frozen=True, kw_only=True, tag="refund-advance"):
    """Pay advances of a cancelled order back; `effective_on` is the value date."""

    effective_on: date
    order: str
    amount: str
    bank_reference: str
    bank_account: str | None = None
    rate_series: str | None = None


class ForfeitAdvance(Command, frozen=True, kw_only=True, tag="forfeit-advance"):
    """Keep advances of a cancelled order, once the right to them is unconditional. `vat_rate`: of the tax that they
    include; by the rule of the day where it is not said.
    """

    effective_on: date
    order: str
    amount: str
    reason: str
    vat_rate: str | None = None


class ReverseForfeit(Command, frozen=True, kw_only=True, tag="reverse-forfeit"):
    """Take back that an advance was kept: it is held again. `forfeited_on`: the day on which it was kept."""

    effective_on: date
    order: str
    forfeited_on: date
    amount: str
    reason: str


class ReverseOrderPayment(Command, frozen=True, kw_only=True, tag="reverse-order-payment"):
    """Take back a payment of an order that was recorded wrong, or that the bank took back."""

    effective_on: date
    order: str
    bank_reference: str
    reason: str


class RestoreCommission(Command, frozen=True, kw_only=True, tag="restore-commission"):
    """Take back that a fee was given up: it is owed again."""

    effective_on: date
    order: str
    trigger: Literal[
        "ACCEPTED",
        "CUSTOMS_CLEARED",
        "DELIVERED",
        "FAT_PASSED",
        "INSTALLED",
        "IN_PRODUCTION",
        "ORDERED",
        "RETENTION_RELEASED",
        "SAT_PASSED",
        "SHIPPED",
    ]
    reason: str


class WithdrawOrderStep(Command, frozen=True, kw_only=True, tag="withdraw-order-step"):
    """Withdraw a step of an order that was recorded by mistake; `effective_on` is the step's own date.

    about   which milestone or change, where invoices, payments or changes of several stand of that date
    """

    effective_on: date
    order: str
    step: str
    about: str | None = None
    reason: str


class RevalueReceivables(Command, frozen=True, kw_only=True, tag="revalue-receivables"):
    """Remeasure every receivable in a foreign currency at a month's end. `effective_on` is its last day.

    rate_series    the exchange rates to take, one for each currency that anything is owed in
    client_money   the orders whose money in a foreign currency is held for a supplier: that is remeasured too
    """

    effective_on: date
    month: str
    rate_series: tuple[str, ...]
    client_money: tuple[str, ...] = ()
