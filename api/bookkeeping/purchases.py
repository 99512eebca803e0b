"""Purchases over HTTP: suppliers' documents, customs, and the payment of what is owed to anybody.

RECORDINGS   POST /v1/purchases and beneath it; /v1/supplier-payments and beneath it
READS        GET /v1/purchases/ID, /v1/supplier-payments/ID

Finance records documents and proposes payments; an approver pays, or turns down.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection

from api.http.operations import APPROVERS, FINANCE, Roles
from api.http.reading import BasisQuery, Found, Read
from api.http.recording import Recording
from api.routes.histories import all_entries, effective, not_recorded
from ledger.bookkeeping.purchases.documents import (
    RecordCustomsDeclaration,
    RecordPurchaseInvoice,
    RecordSupplierCreditNote,
    WithdrawPurchaseDocument,
)
from ledger.bookkeeping.purchases.facts import (
    PurchaseFact,
    PurchaseKind,
    PurchaseLine,
    PurchaseWithdrawn,
    SupplierCreditNoteRecorded,
    SupplierPaid,
    SupplierPaymentProposed,
    SupplierPaymentRejected,
    SupplierPaymentReturned,
)
from ledger.decider import Command
from ledger.joint.paying import PaySupplier, ProposeSupplierPayment, RejectSupplierPayment, ReturnSupplierPayment
from ledger.joint.remeasuring import RevaluePayables
from ledger.log.envelope import Entry
from ledger.values.money import EXPONENT, written
from projections.engine.basis import Basis

GROUP = "purchases"
PURCHASES, PAYMENTS = "/v1/purchases", "/v1/supplier-payments"


def _recording(path: str, command: type[Command], summary: str, at: str, roles: Roles = FINANCE) -> Recording:
    named_by = "payment" if at == PAYMENTS else "purchase"
    return Recording(path=path, command=command, summary=summary, group=GROUP, roles=roles, at=at, named_by=named_by)


REMEASUREMENT = Recording(
    path="/v1/payables/remeasurement",
    command=RevaluePayables,
    summary="Remeasure payables in foreign currencies at a month's end.",
    group=GROUP,
    roles=FINANCE,
    at="/v1/reports/payables-ageing",
)
RECORDINGS: tuple[Recording, ...] = (
    REMEASUREMENT,
    _recording(PURCHASES, RecordPurchaseInvoice, "Record what a supplier asks for, under its own number.", PURCHASES),
    _recording(
        f"{PURCHASES}/{{invoice:str}}/credit-notes",
        RecordSupplierCreditNote,
        "Record that a supplier takes something off an invoice.",
        PURCHASES,
    ),
    _recording(
        "/v1/customs-declarations",
        RecordCustomsDeclaration,
        "Record duty and import VAT of equipment of an order.",
        PURCHASES,
    ),
    _recording(
        f"{PURCHASES}/{{purchase:str}}/withdrawal",
        WithdrawPurchaseDocument,
        "Take back a document that was recorded by mistake; its number is free again.",
        PURCHASES,
    ),
    _recording(
        PAYMENTS, ProposeSupplierPayment, "Propose to pay what is owed to one party, in whole or part.", PAYMENTS
    ),
    _recording(
        f"{PAYMENTS}/{{payment:str}}/approval",
        PaySupplier,
        "Agree to a payment that somebody else proposed, as the bank made it.",
        PAYMENTS,
        APPROVERS,
    ),
    _recording(
        f"{PAYMENTS}/{{payment:str}}/rejection",
        RejectSupplierPayment,
        "Turn a proposed payment down, or take back one of your own.",
        PAYMENTS,
        FINANCE | APPROVERS,
    ),
    _recording(
        f"{PAYMENTS}/{{payment:str}}/return",
        ReturnSupplierPayment,
        "Say that a payment came back, or was recorded wrong.",
        PAYMENTS,
    ),
)


# What is read


class PurchaseLineRow(Struct, frozen=True, kw_only=True):
    """A line of a purchase, in its currency; `cost_cny`: what it costs, in CNY."""

    kind: PurchaseKind
    net: str
    vat_rate: str
    vat: str
    deductible: bool
    order: str | None
    sold: bool
    cost_cny: str
    text: str | None


class PurchaseRow(Struct, frozen=True, kw_only=True):
    """A document of a supplier, as it was recorded. `takes_from`: of a credit note, the invoice. `positions`: the facts
    behind it."""

    purchase: str
    supplier: str
    number: str
    code: str | None
    takes_from: str | None
    issued_on: date
    accounting_on: date
    due_on: date | None
    currency: str
    rate: str
    lines: tuple[PurchaseLineRow, ...]
    gross: str
    gross_cny: str
    withdrawn_on: date | None
    positions: tuple[int, ...]


class PaidRow(Struct, frozen=True, kw_only=True):
    """A part of a payment, for one payable, in its currency."""

    payable: str
    document: str
    amount: str


class SupplierPaymentRow(Struct, frozen=True, kw_only=True):
    """A payment, and what came of it. `cny`: what left the bank, in CNY. `positions`: the facts behind it."""

    payment: str
    supplier: str
    currency: str
    items: tuple[PaidRow, ...]
    amount: str
    reason: str | None
    bank_account: str | None
    proposed_on: date
    proposed_by: str
    rejected_on: date | None
    paid_on: date | None
    approved_by: str | None
    bank_reference: str | None
    rate: str | None
    cny: str | None
    returned_on: date | None
    positions: tuple[int, ...]


def _entries(connection: Connection, basis: Basis, query: BasisQuery, tag: str) -> list[Entry]:
    return list(all_entries(connection, recorded=basis.recorded, effective=effective(basis, query), tag=tag))


def _purchase(connection: Connection, basis: Basis, query: BasisQuery, path: Mapping[str, str]) -> Found:
    name = path["purchase"]
    entries = _entries(connection, basis, query, f"purchase:{name}")
    facts = [entry.fact for entry in entries]
    recorded = next((fact for fact in facts if isinstance(fact, PurchaseFact) and fact.purchase == name), None)
    if recorded is None:
        raise not_recorded("purchase document", name, basis)
    withdrawn = (fact for fact in facts if isinstance(fact, PurchaseWithdrawn) and fact.purchase == name)
    row = _purchase_row(recorded, next(withdrawn, None), tuple(entry.position for entry in entries))
    return Found(data=row, etag=str(entries[-1].position))


def _purchase_row(fact: PurchaseFact, withdrawn: PurchaseWithdrawn | None, positions: tuple[int, ...]) -> PurchaseRow:
    decimals = EXPONENT[fact.currency]
    return PurchaseRow(
        purchase=fact.purchase,
        supplier=fact.supplier,
        number=fact.number,
        code=fact.code,
        takes_from=fact.invoice if isinstance(fact, SupplierCreditNoteRecorded) else None,
        issued_on=fact.effective_on,
        accounting_on=fact.accounting_on,
        due_on=getattr(fact, "due_on", None),
        currency=fact.currency,
        rate=fact.rate,
        lines=tuple(_line(line, decimals) for line in fact.lines),
        gross=written(fact.gross_minor, decimals),
        gross_cny=written(fact.gross_cny_minor),
        withdrawn_on=None if withdrawn is None else withdrawn.effective_on,
        positions=positions,
    )


def _line(line: PurchaseLine, decimals: int) -> PurchaseLineRow:
    return PurchaseLineRow(
        kind=line.kind,
        net=written(line.net_minor, decimals),
        vat_rate=line.vat_rate,
        vat=written(line.vat_minor, decimals),
        deductible=line.deductible,
        order=line.order,
        sold=line.sold,
        cost_cny=written(line.cost_cny_minor),
        text=line.text,
    )


def _payment(connection: Connection, basis: Basis, query: BasisQuery, path: Mapping[str, str]) -> Found:
    entries = _entries(connection, basis, query, f"supplier-payment:{path['payment']}")
    told: dict[type[Any], Any] = {type(entry.fact): entry.fact for entry in entries}
    proposed: SupplierPaymentProposed | None = told.get(SupplierPaymentProposed)
    if proposed is None:
        raise not_recorded("payment of a supplier", path["payment"], basis)
    paid: SupplierPaid | None = told.get(SupplierPaid)
    rejected, returned = told.get(SupplierPaymentRejected), told.get(SupplierPaymentReturned)
    decimals = EXPONENT[proposed.currency]
    row = SupplierPaymentRow(
        payment=proposed.payment,
        supplier=proposed.supplier,
        currency=proposed.currency,
        items=tuple(
            PaidRow(payable=item.payable, document=item.document, amount=written(item.amount_minor, decimals))
            for item in proposed.items
        ),
        amount=written(proposed.amount_minor, decimals),
        reason=proposed.reason,
        bank_account=proposed.bank_account,
        proposed_on=proposed.effective_on,
        proposed_by=proposed.proposed_by,
        rejected_on=rejected.effective_on if rejected else None,
        paid_on=paid.effective_on if paid else None,
        approved_by=paid.approved_by if paid else None,
        bank_reference=paid.bank_reference if paid else None,
        rate=paid.rate if paid else None,
        cny=written(paid.cny_minor) if paid else None,
        returned_on=returned.effective_on if returned else None,
        positions=tuple(entry.position for entry in entries),
    )
    return Found(data=row, etag=str(entries[-1].position))


READS: tuple[Read[Any], ...] = (
    Read(
        name="read-purchase",
        path=f"{PURCHASES}/{{purchase:str}}",
        summary="An invoice, a credit note or a customs declaration, as it was recorded.",
        group=GROUP,
        query=BasisQuery,
        ask=_purchase,
        data=PurchaseRow,
        of_log=True,
        problems=("not-found",),
    ),
    Read(
        name="read-supplier-payment",
        path=f"{PAYMENTS}/{{payment:str}}",
        summary="A payment of what is owed, and what came of it.",
        group=GROUP,
        query=BasisQuery,
        ask=_payment,
        data=SupplierPaymentRow,
        of_log=True,
        problems=("not-found",),
    ),
)
