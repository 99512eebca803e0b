"""Equipment orders over HTTP: a route for each step from quotation to the last certificate, the orders, two reports.

RECORDINGS   POST /v1/orders and everything beneath it; POST /v1/receivables/revaluations
READS        GET /v1/orders, one order, its history; GET /v1/reports/order-book, fx-exposure; each table also as CSV

Who builds records what is built (deal desk); who keeps the books records money (finance); approvers agree to changes.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from msgspec import Struct, structs
from sqlalchemy import Connection

from api.formats.sheets import POSITIONS_OPTION, Columns, Of, Report, Sheet
from api.formats.tables import Table, columns, sections, structs_table
from api.http.operations import APPROVERS, FINANCE, RECORDERS, Roles
from api.http.parameters import place
from api.http.reading import BasisQuery, ExplainedQuery, Found, Limit, Positions, Read, not_known, paged
from api.http.recording import Recording
from api.receipts import deals as receipts
from api.routes.histories import HistoryQuery, any_entry, history_of, last_step
from ledger.decider import Command, Id
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
from ledger.orders.order import EquipmentOrder, MilestoneState, OrderState, Receivable
from ledger.orders.over_time.measuring import MeasureProgress
from ledger.orders.payments import InvoiceMilestone, RecordMilestonePayment, RemitClientMoney
from ledger.orders.receivables import CollectReceivable, RevalueReceivables
from ledger.orders.terms import OrderTerms, Role, RoleAssessment, Trigger
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
from ledger.values.money import EXPONENT, written
from projections.deals import orders as register
from projections.deals.fx_exposure import ExposedCurrency, ExposedRow, FxExposure, fx_exposure
from projections.deals.order_book import BookRow, CurrencyTotal, OrderBook, order_book
from projections.engine.basis import Basis

GROUP = "orders"
HERE = "/v1/orders"
REVALUATIONS = "/v1/receivables/revaluations"


def _step(noun: str, command: type[Command], summary: str, roles: Roles = RECORDERS) -> Recording:
    path = f"{HERE}/{{order:str}}/{noun}"
    return Recording(path=path, command=command, summary=summary, group=GROUP, roles=roles, at=HERE, named_by="order")


WORKS: tuple[Recording, ...] = (
    _step("production", StartProduction, "Record that the supplier builds it."),
    _step("factory-tests/passed", PassFat, "Record a factory acceptance test that was passed."),
    _step("factory-tests/failed", FailFat, "Record a factory acceptance test that was not passed."),
    _step("shipments", ShipEquipment, "Record a shipment: which items, on which bill of lading."),
    _step("customs", ClearCustoms, "Record a customs declaration, and what the importer paid on it."),
    _step("delivery", DeliverEquipment, "Record that everything ordered is on site."),
    _step("installation", InstallEquipment, "Record that it is installed."),
    _step("site-tests/passed", PassSat, "Record a site acceptance test that was passed."),
    _step("site-tests/failed", FailSat, "Record a site acceptance test that was not passed."),
    _step("commissioning", CommissionPlant, "Record that the plant started up."),
    _step("acceptance", CertifyAcceptance, "Record the provisional acceptance certificate: what is earned by it."),
    _step("warranty", StartWarranty, "Record until when defects are the supplier's."),
    _step("retention/release", ReleaseRetention, "Record that what was retained is due."),
    _step("closing", CloseOrder, "Record the final acceptance certificate."),
    _step("hold", HoldOrder, "Stop the works for a while."),
    _step("resumption", ResumeOrder, "Go on with the works."),
    _step("cancellation", CancelOrder, "Cancel before acceptance; fees not collected are given up."),
)

RECORDINGS: tuple[Recording, ...] = (
    Recording(
        path=HERE,
        command=IssueQuotation,
        summary="Record a quotation; again, until it is ordered: the newest counts.",
        group=GROUP,
        at=HERE,
        named_by="order",
    ),
    _step("placement", PlaceOrder, "Record the order, MCSC's role in it, and why; both are frozen."),
    _step("changes", ProposeChangeOrder, "Propose other lines."),
    _step(
        "changes/{change:str}/approval",
        ApproveChangeOrder,
        "Agree to other lines that somebody else proposed; unpaid milestones are split anew.",
        APPROVERS,
    ),
    _step("changes/{change:str}/rejection", RejectChangeOrder, "Turn other lines down.", APPROVERS),
    *WORKS,
    _step("milestones/{milestone:str}/invoice", InvoiceMilestone, "Record the invoice of a milestone.", FINANCE),
    _step(
        "milestones/{milestone:str}/payment",
        RecordMilestonePayment,
        "Record that the buyer paid a milestone, through MCSC or between the others.",
        FINANCE,
    ),
    _step(
        "milestones/{milestone:str}/remittance",
        RemitClientMoney,
        "Record that client money went on to the supplier, or back.",
        FINANCE,
    ),
    _step(
        "receivables/{receivable:str}/collection",
        CollectReceivable,
        "Record that a fee or another receivable came into the bank.",
        FINANCE,
    ),
    _step("progress", MeasureProgress, "Measure at a month's end how far a sale is that is earned over time.", FINANCE),
    _step("progress/reversal", ReverseProgress, "Take the latest measurement of a sale back.", FINANCE),
    _step("commission/reversal", ReverseCommission, "Give up a fee; collected, it is paid back.", FINANCE),
    _step("stock/sales", SellStock, "Sell stock that an order left over.", FINANCE),
    _step("stock/moves", MoveStock, "Give stock that an order left over to another order.", FINANCE),
    _step("stock/write-downs", ProposeWriteDown, "Say what stock that an order left over still brings.", FINANCE),
    _step(
        "stock/write-downs/{stock_entry:str}/approval",
        ApproveWriteDown,
        "Agree to what somebody else says that stock still brings: it is written down, or up.",
        APPROVERS,
    ),
    _step(
        "stock/write-downs/{stock_entry:str}/rejection", RejectWriteDown, "Turn a write-down of stock down.", APPROVERS
    ),
    _step("stock/reversal", ReverseStockStep, "Take back that stock was sold, moved or written down.", FINANCE),
    _step("advances/refunds", RefundAdvance, "Pay advances of a cancelled order back.", FINANCE),
    _step("advances/forfeits", ForfeitAdvance, "Keep advances of a cancelled order.", FINANCE),
    _step("advances/forfeits/reversal", ReverseForfeit, "Take back that an advance was kept.", FINANCE),
    _step("payments/reversal", ReverseOrderPayment, "Take a payment back that was recorded wrong.", FINANCE),
    _step("commission/restoration", RestoreCommission, "Take back that a fee was given up.", FINANCE),
    _step("withdrawals", WithdrawOrderStep, "Take back a step that was recorded by mistake.", APPROVERS),
    Recording(
        path=REVALUATIONS,
        command=RevalueReceivables,
        summary="Remeasure every receivable in a foreign currency at a month's end.",
        group=GROUP,
        roles=FINANCE,
        at="/v1/reports/fx-exposure",
    ),
)


# Reading


class OrdersQuery(BasisQuery, frozen=True, kw_only=True):
    """The orders, filtered; a page of them. `company`: that sells or buys."""

    company: Id | None = None
    role: Role | None = None
    state: OrderState | None = None
    limit: Limit = 100
    cursor: str | None = None


class OrderHistoryQuery(HistoryQuery, frozen=True, kw_only=True):
    """The facts recorded of an order, in the order of their recording."""


class OrderReportQuery(ExplainedQuery, frozen=True, kw_only=True):
    """A report on orders."""

    positions: Positions = False


class MilestoneRow(Struct, frozen=True, kw_only=True):
    """A milestone; `amount`, and what was `paid` of it, in the order's currency. `paid_on`: all of it."""

    milestone: str
    percent: str
    trigger: Trigger
    amount: str
    invoice: str | None
    invoiced_on: date | None
    due_on: date | None
    paid: str
    paid_on: date | None


class OwedRow(Struct, frozen=True, kw_only=True):
    """A debt to MCSC for an order: in the order's currency, and as it stands in the books (CNY)."""

    receivable: str
    company: str
    account: str
    amount: str
    carrying_cny: str


class FeeRow(Struct, frozen=True, kw_only=True):
    """A fee earned: net in the order's currency, net and tax in CNY."""

    trigger: Trigger
    amount: str
    cny: str
    vat_cny: str
    collected: bool
    reversed: bool


class OrderFound(register.OrderRow, frozen=True, kw_only=True):
    """An order with all that is known of it. `advances`: a contract liability, frozen at receipt."""

    terms: OrderTerms | None
    assessment: RoleAssessment | None
    valid_until: date | None
    milestones: tuple[MilestoneRow, ...]
    reached: Mapping[Trigger, date]
    shipped: Mapping[str, int]
    commissioned_on: date | None
    warranty_until: date | None
    cancelled_on: date | None
    advances: str
    advances_cny: str
    client_money_cny: str
    receivables: tuple[OwedRow, ...]
    fees: tuple[FeeRow, ...]


def _orders(connection: Connection, basis: Basis, query: OrdersQuery, _path: Mapping[str, str]) -> Found:
    rows = register.orders(
        connection,
        basis,
        company=query.company,
        role=query.role,
        state=query.state,
        after=place(query.cursor),
        limit=query.limit + 1,
    )
    return paged(rows, query.limit, "order")


def _order(connection: Connection, basis: Basis, _query: BasisQuery, path: Mapping[str, str]) -> Found:
    found = register.order(connection, basis, path["order"])
    if found is None:
        raise not_known("order", path["order"], basis)
    row, state = found
    step = last_step(connection, basis, "orders", f"order:{path['order']}")
    return Found(data=_shown(row, state), etag=str(step))


InCurrency = Callable[[int], str]
"""An amount in minor units as it is written in the order's currency."""


def _shown(row: register.OrderRow, state: EquipmentOrder) -> OrderFound:
    def of(amount_minor: int) -> str:
        return written(amount_minor, EXPONENT[state.currency])

    owed = sorted(state.receivables.items())
    held = (money.cny_minor for money in state.client_money.values())
    return OrderFound(
        **structs.asdict(row),
        terms=state.terms,
        assessment=state.assessment,
        valid_until=state.valid_until,
        milestones=tuple(_milestone(state, milestone, of) for milestone in state.milestones),
        reached=dict(state.reached),
        shipped=dict(state.shipped),
        commissioned_on=state.commissioned_on,
        warranty_until=state.warranty_until,
        cancelled_on=state.cancelled_on,
        advances=of(state.advances[0]),
        advances_cny=written(state.advances[1]),
        client_money_cny=written(sum(held)),
        receivables=tuple(_owed(name, receivable, of) for name, receivable in owed if receivable.at()[1]),
        fees=tuple(
            FeeRow(
                trigger=trigger,
                amount=of(fee.amount_minor),
                cny=written(fee.cny_minor),
                vat_cny=written(fee.vat_cny_minor),
                collected=state.is_collected(fee),
                reversed=fee.reversed,
            )
            for trigger, fee in state.fees.items()
        ),
    )


def _milestone(state: EquipmentOrder, milestone: MilestoneState, of: InCurrency) -> MilestoneRow:
    return MilestoneRow(
        milestone=milestone.milestone,
        percent=milestone.percent,
        trigger=milestone.trigger,
        amount=of(milestone.amount_minor),
        invoice=milestone.invoice,
        invoiced_on=milestone.invoiced_on,
        due_on=milestone.due_on,
        paid=of(state.paid_minor(milestone.milestone)),
        paid_on=state.paid_on(milestone),
    )


def _owed(name: str, receivable: Receivable, of: InCurrency) -> OwedRow:
    account, amount, carrying = receivable.at()
    return OwedRow(
        receivable=name, company=receivable.company, account=account, amount=of(amount), carrying_cny=written(carrying)
    )


def _book(connection: Connection, basis: Basis, query: OrderReportQuery, _path: Mapping[str, str]) -> Found:
    return Found(data=order_book(connection, basis, positions=query.positions))


def _exposure(connection: Connection, basis: Basis, query: OrderReportQuery, _path: Mapping[str, str]) -> Found:
    return Found(data=fx_exposure(connection, basis, positions=query.positions))


# As tables


def book_table(book: OrderBook) -> Table:
    """A row for each order, the sums of each currency, and all of it in CNY."""
    names = columns(BookRow, CurrencyTotal)
    return sections(names, ("ORDER", book.rows), ("CURRENCY", book.totals), ("TOTAL", (book,)))


def exposure_table(exposure: FxExposure) -> Table:
    """A row for each receivable, the sums of each currency, and all of it in CNY."""
    names = columns(ExposedRow, ExposedCurrency)
    rows = ("RECEIVABLE", exposure.rows), ("CURRENCY", exposure.currencies), ("TOTAL", (exposure,))
    return sections(names, *rows)


# As sheets

BOOK_SHOWN = Columns(
    {
        "order": "order",
        "supplier": "supplier",
        "buyer": "buyer",
        "model": "model",
        "kw": "kW",
        "quantity": "qty",
        "currency": "ccy",
        "value": "value",
        "value_cny": "value CNY",
        "role": "role",
        "state": "state",
        "next_milestone": "next milestone",
        "invoiced": "invoiced",
        "received": "received",
        "backlog": "backlog",
        "fee_expected": "fee expected",
        "fee_earned": "fee earned",
    },
    texts=("order", "supplier", "buyer", "model", "currency", "role", "state", "next_milestone"),
    plain=("quantity",),
)
EXPOSURE_SHOWN = Columns(
    {
        "currency": "ccy",
        "order": "order",
        "receivable": "receivable",
        "company": "company",
        "balance": "balance",
        "carrying_cny": "in the books",
        "rate": "rate",
        "cny": "CNY",
        "unrealised": "unrealised",
    },
    texts=("currency", "order", "receivable", "company"),
)


def book_sheet(book: OrderBook) -> Sheet:
    """A row for each order, the sums of each currency, and all in CNY."""
    line = BOOK_SHOWN.line
    rows = [line(row) for row in book.rows]
    rows += [line(total, order="TOTAL", quantity=Of("orders")) for total in book.totals]
    rows.append(line(book, order="TOTAL", currency="CNY", backlog=Of("backlog_cny")))
    return Sheet("Order book (amounts in each order's currency)", BOOK_SHOWN, rows)


def exposure_sheet(exposure: FxExposure) -> Sheet:
    """A row for each receivable, the sums of each currency, and all in CNY."""
    line = EXPOSURE_SHOWN.line
    rows = [line(row) for row in exposure.rows]
    rows += [line(total, order="TOTAL") for total in exposure.currencies]
    rows.append(line(exposure, currency="CNY", order="TOTAL"))
    return Sheet("FX exposure (monetary balances at; CNY)", EXPOSURE_SHOWN, rows)


READS: tuple[Read[Any], ...] = (
    Read(
        name="list-orders",
        path=HERE,
        summary="The equipment orders.",
        group=GROUP,
        query=OrdersQuery,
        ask=_orders,
        rows=register.OrderRow,
        table=structs_table(register.OrderRow),
    ),
    Read(
        name="read-order",
        path=f"{HERE}/{{order:str}}",
        summary="One order with terms, milestones and money; its ETag is the position of its latest step, and the day.",
        group=GROUP,
        query=BasisQuery,
        ask=_order,
        data=OrderFound,
        problems=("not-found",),
    ),
    Read(
        name="read-order-history",
        path=f"{HERE}/{{order:str}}/history",
        summary="What was recorded of an order, in order.",
        group=GROUP,
        query=OrderHistoryQuery,
        ask=history_of("order"),
        rows=any_entry(),
        of_log=True,
        problems=("not-found",),
    ),
    Read(
        name="report-order-book",
        path="/v1/reports/order-book",
        summary="The order book: what is ordered, how far it is, what is still to come, and the fee.",
        group="reports",
        query=OrderReportQuery,
        ask=_book,
        data=OrderBook,
        table=book_table,
        receipts=receipts.ORDER_BOOK,
        report=Report(
            name="order-book",
            help="The order book: what is ordered, how far it is, what is still to come, and MCSC's fee.",
            examples=("mcsc report order-book --effective 2024-12-31",),
            options={"positions": POSITIONS_OPTION},
            sheet=book_sheet,
        ),
    ),
    Read(
        name="report-fx-exposure",
        path="/v1/reports/fx-exposure",
        summary="Receivables in foreign currencies: in the books, at the day's rate, and the difference.",
        group="reports",
        query=OrderReportQuery,
        ask=_exposure,
        data=FxExposure,
        table=exposure_table,
        receipts=receipts.FX_EXPOSURE,
        report=Report(
            name="fx-exposure",
            help="Receivables in foreign currencies: as they stand in the books, at the day's rate, and the"
            " difference.",
            examples=("mcsc report fx-exposure --effective 2024-09-30",),
            options={"positions": POSITIONS_OPTION},
            sheet=exposure_sheet,
        ),
    ),
)
