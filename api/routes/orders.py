"""Equipment orders over HTTP: a route for each step from quotation to the last certificate, the orders, two reports.

RECORDINGS   POST /v1/orders and everything beneath it; POST /v1/receivables/revaluations
reads        GET /v1/orders, one order, its history; GET /v1/reports/order-book, fx-exposure; each table also as CSV

Who builds records what is built (deal desk); who keeps the books records money (finance); approvers agree to changes.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Annotated, Any

from msgspec import Meta, Struct, structs
from sqlalchemy import Connection

from api.http.operations import APPROVERS, FINANCE, RECORDERS, Roles
from api.http.problems import Problem
from api.http.reading import BasisQuery, Found, Limit, Position, Read, cursor, place, structs_table
from api.http.recording import Recording
from api.routes.companies import any_entry, page
from ledger.decider import Command, Id
from ledger.orders.agreement import ApproveChangeOrder, IssueQuotation, PlaceOrder
from ledger.orders.cancelling import CancelOrder, ForfeitAdvance, RefundAdvance
from ledger.orders.earning import ReverseCommission
from ledger.orders.order import EquipmentOrder, OrderState, Receivable
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
from projections.engine.history import count_history, history

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
    _step("changes", ApproveChangeOrder, "Agree to other lines; unpaid milestones are split anew.", APPROVERS),
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
    _step("commission/reversal", ReverseCommission, "Give up a fee; collected, it is paid back.", FINANCE),
    _step("advances/refunds", RefundAdvance, "Pay advances of a cancelled order back.", FINANCE),
    _step("advances/forfeits", ForfeitAdvance, "Keep advances of a cancelled order.", FINANCE),
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


class OrderHistoryQuery(BasisQuery, frozen=True, kw_only=True):
    """What was recorded of an order, in order."""

    after: Position = 0
    limit: Limit = 100


class OrderReportQuery(BasisQuery, frozen=True, kw_only=True):
    """A report on orders."""

    positions: Annotated[bool, Meta(description="List the facts behind each row.")] = False


class MilestoneRow(Struct, frozen=True, kw_only=True):
    """A milestone; `amount` in the order's currency."""

    milestone: str
    percent: str
    trigger: Trigger
    amount: str
    invoice: str | None
    invoiced_on: date | None
    due_on: date | None
    paid_on: date | None


class OwedRow(Struct, frozen=True, kw_only=True):
    """What is owed to MCSC for an order: in the order's currency, and as it stands in the books (CNY)."""

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
    more = ("cursor", cursor(rows[query.limit - 1].order)) if len(rows) > query.limit else None
    return Found(rows=rows[: query.limit], next=more)


def _order(connection: Connection, basis: Basis, _query: BasisQuery, path: Mapping[str, str]) -> Found:
    found = register.order(connection, basis, path["order"])
    if found is None:
        raise _unknown(path["order"], basis)
    row, state = found
    return Found(data=_shown(row, state), etag=str(row.last_position))


def _unknown(order: str, basis: Basis) -> Problem:
    when = f"on {basis.effective}, as recorded at position {basis.recorded}"
    return Problem("not-found", f"No order {order!r} is known {when}.")


def _shown(row: register.OrderRow, state: EquipmentOrder) -> OrderFound:
    def of(amount_minor: int) -> str:
        return written(amount_minor, EXPONENT[state.currency])

    held = (0 if one.remitted else one.cny_minor for one in state.client_money.values())
    return OrderFound(
        **structs.asdict(row),
        terms=state.terms,
        assessment=state.assessment,
        valid_until=state.valid_until,
        milestones=tuple(
            MilestoneRow(
                milestone=one.milestone,
                percent=one.percent,
                trigger=one.trigger,
                amount=of(one.amount_minor),
                invoice=one.invoice,
                invoiced_on=one.invoiced_on,
                due_on=one.due_on,
                paid_on=one.paid_on,
            )
            for one in state.milestones
        ),
        reached=dict(state.reached),
        shipped=dict(state.shipped),
        commissioned_on=state.commissioned_on,
        warranty_until=state.warranty_until,
        cancelled_on=state.cancelled_on,
        advances=of(state.advances[0]),
        advances_cny=written(state.advances[1]),
        client_money_cny=written(sum(held)),
        receivables=tuple(_owed(name, one, of) for name, one in sorted(state.receivables.items()) if one.at()[1]),
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


def _owed(name: str, one: Receivable, of: Any) -> OwedRow:
    account, amount, carrying = one.at()
    return OwedRow(
        receivable=name, company=one.company, account=account, amount=of(amount), carrying_cny=written(carrying)
    )


def _history(connection: Connection, basis: Basis, query: OrderHistoryQuery, path: Mapping[str, str]) -> Found:
    on = basis.effective if query.effective is not None else None
    asked: dict[str, Any] = {"recorded": basis.recorded, "effective": on, "tag": f"order:{path['order']}"}
    rows = history(connection, **asked, after=query.after, limit=query.limit + 1)
    if not rows and not history(connection, recorded=basis.recorded, tag=asked["tag"], limit=1):
        raise _unknown(path["order"], basis)
    return page(rows, query.limit, total=count_history(connection, **asked))


def _book(connection: Connection, basis: Basis, query: OrderReportQuery, _path: Mapping[str, str]) -> Found:
    return Found(data=order_book(connection, basis, positions=query.positions))


def _exposure(connection: Connection, basis: Basis, query: OrderReportQuery, _path: Mapping[str, str]) -> Found:
    return Found(data=fx_exposure(connection, basis, positions=query.positions))


# As tables

Table = tuple[Sequence[str], Iterator[Sequence[Any]]]


def _columns(*shapes: type[Struct]) -> list[str]:
    """The fields of some rows, each once; positions are left to JSON."""
    return list(dict.fromkeys(name for shape in shapes for name in shape.__struct_fields__ if name != "positions"))


def _sections(names: Sequence[str], rows: Sequence[tuple[str, Any]]) -> Table:
    return ["section", *names], ([section, *(getattr(row, name, None) for name in names)] for section, row in rows)


def book_table(found: Found) -> Table:
    """A row for each order, and the sums of each currency."""
    book: OrderBook = found.data
    names = _columns(BookRow, CurrencyTotal)
    return _sections(names, [*(("ORDER", row) for row in book.rows), *(("CURRENCY", row) for row in book.totals)])


def exposure_table(found: Found) -> Table:
    """A row for each receivable, and the sums of each currency."""
    answer: FxExposure = found.data
    rows = [*(("RECEIVABLE", row) for row in answer.rows), *(("CURRENCY", row) for row in answer.currencies)]
    return _sections(_columns(ExposedRow, ExposedCurrency), rows)


def reads() -> tuple[Read[Any], ...]:
    """The orders, one order, its history, and the reports."""
    return (
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
            summary="One order with terms, milestones and money; its ETag is the position of its latest fact.",
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
            ask=_history,
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
        ),
    )
