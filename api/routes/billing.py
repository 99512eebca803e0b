"""Billing over HTTP: bill a lease, notes, tax invoices, receipts, deposits, write-offs, the loss allowance.

RECORDINGS   one command a route: finance records, approvers approve
READS        one document, receipt, credit note, lease's deposit or measurement, with the positions of its facts

Billing every lease at once is in billing_run.py.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection

from api.http.operations import APPROVERS, FINANCE, Roles
from api.http.reading import Ask, BasisQuery, Found, Read
from api.http.recording import Recording
from api.routes.histories import all_entries, effective, not_recorded
from ledger.billing.account import Billing, Refund, evolve
from ledger.billing.deposits import (
    ApplyDeposit,
    CreditDepositInterest,
    ForfeitDeposit,
    MoveDeposit,
    ReceiveDeposit,
    RefundDeposit,
    ReverseDeposit,
)
from ledger.billing.facts import Credited, CreditNoteIssued, DepositFact, DepositReversed, EclMeasured
from ledger.billing.gap import BillLease
from ledger.billing.invoicing.notes import IssueCreditNote, IssueDebitNote
from ledger.billing.invoicing.replies import TakeFapiaoReplies
from ledger.billing.invoicing.tax_invoices import IssueFapiao, WithdrawFapiao
from ledger.billing.late_fees import AssessLateFee
from ledger.billing.lease_costs.deciding import RecordLeaseCost, ReverseLeaseCost
from ledger.billing.lines import Charge, DocumentLine
from ledger.billing.losses import ApproveWriteOff, MeasureEcl, ProposeWriteOff, RecoverWriteOff, RejectWriteOff
from ledger.billing.moves import moves
from ledger.billing.receipts import AllocateReceipt, RecordReceipt, ReverseReceipt, UnallocateReceipt
from ledger.billing.refunds import RefundReceipt, ReverseRefund
from ledger.decider import Command, standing, stored_name
from ledger.log.envelope import Entry, Recorded
from ledger.offtake.facts import EnergyCredited, EnergyCreditTakenBack, GuaranteeLdCredited
from ledger.values.money import written
from projections.engine.basis import Basis

GROUP = "billing"
LEASES, INVOICES, RECEIPTS = "/v1/leases", "/v1/invoices", "/v1/receipts"
CREDIT_NOTES, MEASUREMENTS = "/v1/credit-notes", "/v1/loss-allowance/measurements"


def _recording(
    path: str,
    command: type[Command],
    summary: str,
    *,
    at: str,
    named_by: str | None = None,
    roles: Roles = FINANCE,
) -> Recording:
    return Recording(path=path, command=command, summary=summary, group=GROUP, roles=roles, at=at, named_by=named_by)


def _on_lease(noun: str, command: type[Command], summary: str) -> Recording:
    return _recording(f"{LEASES}/{{lease:str}}/{noun}", command, summary, at=LEASES, named_by="lease")


def _on_invoice(noun: str, command: type[Command], summary: str, *, field: str = "invoice") -> Recording:
    return _recording(f"{INVOICES}/{{{field}:str}}/{noun}", command, summary, at=INVOICES, named_by="invoice")


def _on_receipt(noun: str, command: type[Command], summary: str) -> Recording:
    return _recording(f"{RECEIPTS}/{{receipt:str}}/{noun}", command, summary, at=RECEIPTS, named_by="receipt")


TAKE_REPLIES = _recording(
    "/v1/fapiao-replies",
    TakeFapiaoReplies,
    "Record the tax invoices that the tax platform replied with, each held against its document.",
    at="/v1/fapiao-requests",
)
RECORDINGS: tuple[Recording, ...] = (
    _on_lease("billing", BillLease, "Bill a lease through a date; sent again it adds nothing."),
    _recording(
        f"{LEASES}/{{lease:str}}/debit-notes",
        IssueDebitNote,
        "Ask for more on a lease, for days that are named.",
        at=INVOICES,
        named_by="invoice",
    ),
    _recording(
        f"{INVOICES}/{{invoice:str}}/credit-notes",
        IssueCreditNote,
        "Take something off a document; VAT follows at its own rate.",
        at=CREDIT_NOTES,
        named_by="credit_note",
    ),
    _on_invoice("fapiao", IssueFapiao, "Record the number of a document's tax invoice."),
    _on_invoice("fapiao/withdrawals", WithdrawFapiao, "Say that the number of a tax invoice was recorded by mistake."),
    TAKE_REPLIES,
    _on_invoice("late-fees", AssessLateFee, "Charge interest on an overdue document.", field="on_invoice"),
    _on_invoice("write-offs", ProposeWriteOff, "Propose to give up an open amount."),
    _recording(
        f"{INVOICES}/{{invoice:str}}/write-offs/{{write_off:str}}/approval",
        ApproveWriteOff,
        "Approve a write-off that somebody else proposed.",
        at=INVOICES,
        named_by="invoice",
        roles=APPROVERS,
    ),
    _recording(
        f"{INVOICES}/{{invoice:str}}/write-offs/{{write_off:str}}/rejection",
        RejectWriteOff,
        "Turn a proposed write-off down, or take back one of your own.",
        at=INVOICES,
        named_by="invoice",
        roles=FINANCE | APPROVERS,
    ),
    _recording(
        f"{INVOICES}/{{invoice:str}}/write-offs/{{write_off:str}}/recoveries",
        RecoverWriteOff,
        "Say that so much of a write-off is owed after all.",
        at=INVOICES,
        named_by="invoice",
    ),
    _recording(
        RECEIPTS,
        RecordReceipt,
        "Record money in the bank, and what it pays where that is known.",
        at=RECEIPTS,
        named_by="receipt",
    ),
    _on_receipt("allocations", AllocateReceipt, "Let a receipt pay documents."),
    _on_receipt("unallocations", UnallocateReceipt, "Take back what a receipt pays."),
    _on_receipt("reversal", ReverseReceipt, "The bank took it back, or it was recorded wrong."),
    _on_receipt("refunds", RefundReceipt, "Pay back what a receipt pays nothing with."),
    _recording(
        f"{RECEIPTS}/{{receipt:str}}/refunds/{{refund:str}}/reversal",
        ReverseRefund,
        "A refund was recorded wrong, or the bank returned it.",
        at=RECEIPTS,
        named_by="receipt",
    ),
    _on_lease("deposits/receipts", ReceiveDeposit, "Record a deposit in the bank."),
    _on_lease("deposits/applications", ApplyDeposit, "Pay a document of the lease from its deposit."),
    _on_lease("deposits/forfeits", ForfeitDeposit, "Keep deposit for good."),
    _on_lease("deposits/refunds", RefundDeposit, "Pay deposit back."),
    _on_lease("deposits/interest", CreditDepositInterest, "Hold interest that accrued on a deposit as deposit."),
    _on_lease("deposits/moves", MoveDeposit, "Hold deposit for another lease of the tenant, the one that follows."),
    _recording(
        f"{LEASES}/{{lease:str}}/deposits/{{deposit:str}}/reversal",
        ReverseDeposit,
        "A movement of a deposit was recorded wrong, or the bank took it back.",
        at=LEASES,
        named_by="lease",
    ),
    _on_lease("costs", RecordLeaseCost, "Record an incentive paid to the tenant, or an initial direct cost."),
    _recording(
        f"{LEASES}/{{lease:str}}/costs/{{cost:str}}/reversal",
        ReverseLeaseCost,
        "What obtaining the lease cost was recorded wrong, or the bank took it back.",
        at=LEASES,
        named_by="lease",
    ),
    _recording(
        MEASUREMENTS,
        MeasureEcl,
        "Set the loss allowance from an ageing, by a rate for each age.",
        at=MEASUREMENTS,
        named_by="measurement",
    ),
)


# What is read


class DocumentLineRow(Struct, frozen=True, kw_only=True):
    """A line of a document, in CNY."""

    from_on: date
    until_on: date
    net: str
    vat_rate: str
    vat: str


class DocumentRow(Struct, frozen=True, kw_only=True):
    """An invoice, debit note or late fee and what became of it, in CNY. `positions`: the facts behind it."""

    invoice: str
    company: str
    lease: str | None
    charge: Charge
    issued_on: date
    accounting_on: date
    due_on: date
    lines: tuple[DocumentLineRow, ...]
    net: str
    vat: str
    gross: str
    credited: str
    paid: str
    written_off: str
    open: str
    fapiao: tuple[str, ...]
    positions: tuple[int, ...]


class AllocationRow(Struct, frozen=True, kw_only=True):
    """The part of a document that a receipt pays, in CNY. `company`: the tenant that owes it."""

    invoice: str
    lease: str | None
    company: str
    amount: str


class RefundRow(Struct, frozen=True, kw_only=True):
    """Money of a receipt that went back, in CNY."""

    refund: str
    bank_reference: str
    paid_on: date
    amount: str
    reversed_on: date | None


class ReceiptRow(Struct, frozen=True, kw_only=True):
    """A receipt and what it pays, in CNY. `positions`: the facts behind it."""

    receipt: str
    company: str
    bank_reference: str
    received_on: date
    amount: str
    allocations: tuple[AllocationRow, ...]
    refunds: tuple[RefundRow, ...]
    free: str
    reversed_on: date | None
    positions: tuple[int, ...]


class MovementRow(Struct, frozen=True, kw_only=True):
    """One movement of a deposit, in CNY; `moved` is negative where less is held after it."""

    deposit: str
    fact: str
    on: date
    moved: str


class DepositRow(Struct, frozen=True, kw_only=True):
    """The deposit held for a lease, in CNY, and how it came to that. `positions`: the facts behind it."""

    lease: str
    held: str
    movements: tuple[MovementRow, ...]
    positions: tuple[int, ...]


def _entries(connection: Connection, basis: Basis, query: BasisQuery, tag: str) -> Iterator[Entry]:
    """Every fact with a tag on the basis, in the order recorded."""
    return all_entries(connection, recorded=basis.recorded, effective=effective(basis, query), tag=tag)


def _folded(connection: Connection, basis: Basis, query: BasisQuery, tag: str) -> tuple[Billing, list[Entry]]:
    entries, state = list(_entries(connection, basis, query, tag)), Billing()
    for entry in standing(entries, lambda entry: entry.fact):
        state = evolve(state, entry.fact)
    return state, entries


def _found(row: Any, entries: list[Entry]) -> Found:
    return Found(data=row, etag=str(entries[-1].position))


def _positions(entries: list[Entry]) -> tuple[int, ...]:
    return tuple(entry.position for entry in entries)


def _line(line: DocumentLine) -> DocumentLineRow:
    return DocumentLineRow(
        from_on=line.from_on,
        until_on=line.until_on,
        net=written(line.net_minor),
        vat_rate=line.vat_rate,
        vat=written(line.vat_minor),
    )


def _document(connection: Connection, basis: Basis, query: BasisQuery, path: Mapping[str, str]) -> Found:
    name = path["invoice"]
    state, entries = _folded(connection, basis, query, f"invoice:{name}")
    document = state.documents.get(name)
    if document is None or document.issued is None:
        raise not_recorded("invoice, debit note or late fee", name, basis)
    issued = document.issued
    row = DocumentRow(
        invoice=name,
        company=issued.company,
        lease=issued.lease,
        charge=issued.charge,
        issued_on=issued.effective_on,
        accounting_on=issued.accounting_on,
        due_on=issued.due_on,
        lines=tuple(map(_line, issued.lines)),
        net=written(issued.net_minor),
        vat=written(issued.vat_minor),
        gross=written(issued.gross_minor),
        credited=written(document.credited_minor),
        paid=written(document.paid_minor),
        written_off=written(document.written_off_minor),
        open=written(document.open_minor),
        fapiao=tuple(fapiao.number for fapiao in document.fapiao),
        positions=_positions(entries),
    )
    return _found(row, entries)


def _receipt(connection: Connection, basis: Basis, query: BasisQuery, path: Mapping[str, str]) -> Found:
    name = path["receipt"]
    state, entries = _folded(connection, basis, query, f"receipt:{name}")
    receipt = state.receipts.get(name)
    if receipt is None or receipt.recorded is None:
        raise not_recorded("receipt", name, basis)
    recorded = receipt.recorded
    row = ReceiptRow(
        receipt=name,
        company=recorded.company,
        bank_reference=recorded.bank_reference,
        received_on=recorded.effective_on,
        amount=written(recorded.amount_minor),
        allocations=tuple(
            AllocationRow(
                invoice=paying.invoice,
                lease=paying.lease,
                company=paying.company or recorded.company,
                amount=written(paying.amount_minor),
            )
            for paying in receipt.paying.values()
            if paying.amount_minor
        ),
        refunds=tuple(map(_refund, receipt.refunds.values())),
        free=written(receipt.free_minor),
        reversed_on=receipt.reversal.effective_on if receipt.reversal else None,
        positions=_positions(entries),
    )
    return _found(row, entries)


def _refund(refund: Refund) -> RefundRow:
    paid = refund.paid
    return RefundRow(
        refund=paid.refund,
        bank_reference=paid.bank_reference,
        paid_on=paid.effective_on,
        amount=written(paid.amount_minor),
        reversed_on=refund.reversal.effective_on if refund.reversal else None,
    )


def _deposit(connection: Connection, basis: Basis, query: BasisQuery, path: Mapping[str, str]) -> Found:
    name = path["lease"]
    entries, movements, held_minor = [], [], 0
    for entry in _entries(connection, basis, query, f"lease:{name}"):
        fact = entry.fact
        if isinstance(fact, DepositFact | DepositReversed):
            moved = sum(amount for lease, amount in moves(fact).deposits if lease == name)
            kind = stored_name(type(fact))
            entries.append(entry)
            movements.append(MovementRow(deposit=fact.deposit, fact=kind, on=fact.effective_on, moved=written(moved)))
            held_minor += moved
    if not entries:
        raise not_recorded("deposit of lease", name, basis)
    row = DepositRow(lease=name, held=written(held_minor), movements=tuple(movements), positions=_positions(entries))
    return _found(row, entries)


def _fact_of(kind: type[Any], what: str, field: str, tag: str) -> Ask[BasisQuery]:
    """Reads the one fact of a kind that a tag finds."""

    def ask(connection: Connection, basis: Basis, query: BasisQuery, path: Mapping[str, str]) -> Found:
        for entry in _entries(connection, basis, query, f"{tag}:{path[field]}"):
            if isinstance(entry.fact, kind):
                return _found(entry, [entry])
        raise not_recorded(what, path[field], basis)

    return ask


def _read(name: str, path: str, summary: str, ask: Ask[BasisQuery], data: Any) -> Read[Any]:
    return Read(
        name=name,
        path=path,
        summary=summary,
        group=GROUP,
        query=BasisQuery,
        ask=ask,
        data=data,
        of_log=True,
        problems=("not-found",),
    )


class RecordedCreditNote(
    Recorded[CreditNoteIssued | EnergyCredited | EnergyCreditTakenBack | GuaranteeLdCredited], frozen=True, kw_only=True
):
    """A credit note of any kind, as it was recorded."""


READS: tuple[Read[Any], ...] = (
    _read(
        "read-invoice",
        f"{INVOICES}/{{invoice:str}}",
        "An invoice, debit note or late fee, and what is open of it.",
        _document,
        DocumentRow,
    ),
    _read("read-receipt", f"{RECEIPTS}/{{receipt:str}}", "A receipt, and what it pays.", _receipt, ReceiptRow),
    _read(
        "read-lease-deposit",
        f"{LEASES}/{{lease:str}}/deposits",
        "What is held of a lease's deposit, and every movement of it.",
        _deposit,
        DepositRow,
    ),
    _read(
        "read-credit-note",
        f"{CREDIT_NOTES}/{{credit_note:str}}",
        "A credit note.",
        _fact_of(Credited, "credit note", "credit_note", "credit-note"),
        RecordedCreditNote,
    ),
    _read(
        "read-loss-measurement",
        f"{MEASUREMENTS}/{{measurement:str}}",
        "A measurement of expected credit loss.",
        _fact_of(EclMeasured, "measurement", "measurement", "ecl"),
        Recorded[EclMeasured],
    ),
)
