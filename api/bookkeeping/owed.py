"""The payment of what journals by hand made owed, over HTTP: salaries, accrued expenses, income tax, dividends.

RECORDINGS   POST /v1/bank-payments and beneath it
READS        GET /v1/bank-payments/ID

Finance proposes; an approver pays, or turns down.
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
from ledger.bookkeeping.owed import (
    OwedPaid,
    OwedPaymentProposed,
    OwedPaymentRejected,
    OwedPaymentReturned,
)
from ledger.decider import Command
from ledger.joint.owing import PayFromBank, ProposeBankPayment, RejectBankPayment, ReturnBankPayment
from ledger.values.money import written
from projections.engine.basis import Basis

GROUP = "books"
PAYMENTS = "/v1/bank-payments"


def _recording(path: str, command: type[Command], summary: str, roles: Roles = FINANCE) -> Recording:
    return Recording(
        path=f"{PAYMENTS}{path}",
        command=command,
        summary=summary,
        group=GROUP,
        roles=roles,
        at=PAYMENTS,
        named_by="payment",
    )


RECORDINGS: tuple[Recording, ...] = (
    _recording(
        "", ProposeBankPayment, "Propose to pay salaries, accrued expenses, income tax or dividends that are owed."
    ),
    _recording(
        "/{payment:str}/approval",
        PayFromBank,
        "Agree to a payment that somebody else proposed, as the bank made it.",
        APPROVERS,
    ),
    _recording(
        "/{payment:str}/rejection",
        RejectBankPayment,
        "Turn a proposed payment down, or take back one of your own.",
        FINANCE | APPROVERS,
    ),
    _recording("/{payment:str}/return", ReturnBankPayment, "Say that a payment came back, or was recorded wrong."),
)


# What is read


class OwedItemRow(Struct, frozen=True, kw_only=True):
    """A part of a payment: so much of what a journal credited to an account, in CNY."""

    journal: str
    account: str
    amount: str


class BankPaymentRow(Struct, frozen=True, kw_only=True):
    """A payment in CNY, and what came of it. `positions`: the facts behind it."""

    payment: str
    payee: str
    items: tuple[OwedItemRow, ...]
    amount: str
    reason: str
    bank_account: str | None
    proposed_on: date
    proposed_by: str
    rejected_on: date | None
    paid_on: date | None
    approved_by: str | None
    bank_reference: str | None
    returned_on: date | None
    positions: tuple[int, ...]


def _payment(connection: Connection, basis: Basis, query: BasisQuery, path: Mapping[str, str]) -> Found:
    tag = f"bank-payment:{path['payment']}"
    entries = list(all_entries(connection, recorded=basis.recorded, effective=effective(basis, query), tag=tag))
    told: dict[type[Any], Any] = {type(entry.fact): entry.fact for entry in entries}
    proposed: OwedPaymentProposed | None = told.get(OwedPaymentProposed)
    if proposed is None:
        raise not_recorded("payment from a bank account", path["payment"], basis)
    paid: OwedPaid | None = told.get(OwedPaid)
    rejected, returned = told.get(OwedPaymentRejected), told.get(OwedPaymentReturned)
    row = BankPaymentRow(
        payment=proposed.payment,
        payee=proposed.payee,
        items=tuple(
            OwedItemRow(journal=item.journal, account=item.account, amount=written(item.amount_minor))
            for item in proposed.items
        ),
        amount=written(proposed.amount_minor),
        reason=proposed.reason,
        bank_account=paid.bank_account if paid else proposed.bank_account,
        proposed_on=proposed.effective_on,
        proposed_by=proposed.proposed_by,
        rejected_on=rejected.effective_on if rejected else None,
        paid_on=paid.effective_on if paid else None,
        approved_by=paid.approved_by if paid else None,
        bank_reference=paid.bank_reference if paid else None,
        returned_on=returned.effective_on if returned else None,
        positions=tuple(entry.position for entry in entries),
    )
    return Found(data=row, etag=str(entries[-1].position))


READS: tuple[Read[Any], ...] = (
    Read(
        name="read-bank-payment",
        path=f"{PAYMENTS}/{{payment:str}}",
        summary="A payment of what journals made owed, and what came of it.",
        group=GROUP,
        query=BasisQuery,
        ask=_payment,
        data=BankPaymentRow,
        of_log=True,
        problems=("not-found",),
    ),
)
