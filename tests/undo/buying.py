"""Purchases and their payment: how what each command recorded is put right."""

from collections.abc import Iterator, Mapping
from typing import Any

from ledger.bookkeeping.purchases.documents import (
    RecordCustomsDeclaration,
    RecordPurchaseInvoice,
    RecordSupplierCreditNote,
    WithdrawPurchaseDocument,
)
from ledger.decider import Command
from ledger.joint.paying import PaySupplier, ProposeSupplierPayment, RejectSupplierPayment, ReturnSupplierPayment
from ledger.joint.remeasuring import RevaluePayables
from tests.undo.deals import revalued
from tests.undo.desk import OTHER, Desk, Line
from tests.undo.ways import WHY, At, Way, mistaken

NEW = "again-demo"


def _withdrawn(command: Any, facts: Any) -> Iterator[Command]:
    orders = tuple({line.order: None for line in facts[0].lines if line.order is not None})
    yield WithdrawPurchaseDocument(
        effective_on=command.effective_on, purchase=command.purchase, orders=orders, reason=WHY
    )


def _rejected(command: Any, _facts: object) -> Iterator[Command]:
    yield RejectSupplierPayment(
        effective_on=command.effective_on, payment=command.payment, supplier=command.supplier, reason=WHY
    )


def _returned(command: Any, _facts: object) -> Iterator[Command]:
    yield ReturnSupplierPayment(
        effective_on=command.effective_on, payment=command.payment, supplier=command.supplier, reason=WHY
    )


def _taken_back(desk: Desk, line: Line) -> Iterator[None]:
    """The invoice stands, and is withdrawn by mistake; recorded again under another id it is as it was."""
    (fact,) = desk.do(line.command, line.by)
    yield
    for command in _withdrawn(line.command, (fact,)):
        desk.do(command)
    yield
    desk.again(line.command, line.by, purchase=NEW)


def _pay(propose: Any, reference: str) -> PaySupplier:
    return PaySupplier(
        effective_on=propose.effective_on,
        payment=propose.payment,
        supplier=propose.supplier,
        documents=tuple(item.document for item in propose.items),
        bank_reference=reference,
        rate_series=None if propose.currency == "CNY" else "fx/usd-cny",
    )


def _turned_down(desk: Desk, line: Line) -> Iterator[None]:
    """It is proposed again, under another id."""
    desk.do(line.command, line.by)
    yield
    for command in _rejected(line.command, ()):
        desk.do(command, OTHER)
    yield
    desk.again(line.command, line.by, payment=NEW)


def _paid(desk: Desk, line: Line) -> Iterator[None]:
    """It came back; and it waits to be paid, under another id."""
    desk.do(line.command, line.by)
    yield
    desk.do(_pay(line.command, "AGAIN-1"), OTHER)
    yield
    for command in _returned(line.command, ()):
        desk.do(command)
    desk.again(line.command, line.by, payment=NEW)


def _came_back(desk: Desk, line: Line) -> Iterator[None]:
    """It did not come back: it is proposed and paid anew, under another id."""
    desk.do(line.command, line.by)
    desk.do(_pay(line.command, "AGAIN-1"), OTHER)
    yield
    for command in _returned(line.command, ()):
        desk.do(command)
    yield
    anew: Any = line.command
    desk.again(anew, line.by, payment=NEW)
    propose = ProposeSupplierPayment(
        **{name: getattr(anew, name) for name in anew.__struct_fields__} | {"payment": NEW}
    )
    desk.do(_pay(propose, "AGAIN-1"), OTHER)


BUYING: Mapping[type[Command], Way | At] = {
    RecordPurchaseInvoice: mistaken(_withdrawn),
    RecordSupplierCreditNote: mistaken(_withdrawn),
    RecordCustomsDeclaration: mistaken(_withdrawn),
    WithdrawPurchaseDocument: At(RecordPurchaseInvoice, _taken_back),
    ProposeSupplierPayment: mistaken(_rejected),
    RejectSupplierPayment: At(ProposeSupplierPayment, _turned_down),
    PaySupplier: At(ProposeSupplierPayment, _paid),
    ReturnSupplierPayment: At(ProposeSupplierPayment, _came_back),
    RevaluePayables: revalued,
}
