"""What fields of purchases and payments draw from: few documents, parties and days, so that they meet.

Every pool is by `Kind.field`: what a purchase means by a name is not what others mean by it.
"""

from typing import Any

from hypothesis import strategies as st
from msgspec.structs import fields as fields_of

from ledger.bookkeeping.purchases.deciding import PURCHASES
from ledger.bookkeeping.purchases.documents import ToPurchase
from ledger.bookkeeping.purchases.facts import (
    PaidItem,
    PurchaseInvoiceRecorded,
    PurchaseLine,
    PurchaseWithdrawn,
    RemeasuredPayable,
    SupplierPaid,
    SupplierPaymentReturned,
)
from ledger.decider import all_facts
from ledger.joint.paying import PAYING, ToPay
from ledger.joint.remeasuring import RevaluePayables
from tests.ground.ordered import PAPER, USD
from tests.strategies.orders import DAYS, orders, parties

words = st.sampled_from(("one (demo)", "another (demo)"))
purchases = st.sampled_from(("p-1-demo", "p-2-demo"))
people = st.sampled_from(("clerk-demo", "approver-demo"))
kinds = st.sampled_from(("ADMINISTRATION", "ENERGY", "SELLING", "ASSET", "PREPAID"))
amounts = st.sampled_from((100, 40_000))
lines = st.one_of(
    st.builds(
        PurchaseLine,
        kind=kinds,
        net_minor=amounts,
        vat_rate=st.just("0.06"),
        vat_minor=st.sampled_from((0, 6)),
        net_cny_minor=amounts,
        vat_cny_minor=st.sampled_from((0, 6)),
        deductible=st.booleans(),
    ),
    st.builds(
        PurchaseLine,
        kind=st.just("INVENTORY"),
        net_minor=amounts,
        vat_rate=st.just("0"),
        vat_minor=st.just(0),
        net_cny_minor=amounts,
        vat_cny_minor=st.just(0),
        order=orders,
        sold=st.booleans(),
    ),
)
asked = st.one_of(
    st.builds(ToPurchase, kind=kinds, net=st.sampled_from(("1.00", "400")), vat_rate=st.sampled_from(("0", "0.06"))),
    st.builds(ToPurchase, kind=st.just("INVENTORY"), net=st.sampled_from(("1.00", "400")), order=orders),
)
items = st.builds(
    lambda document, amount: PaidItem(
        payable=f"purchase:{document}", document=document, amount_minor=amount, carrying_minor=amount
    ),
    purchases,
    amounts,
)

remeasured = st.builds(
    lambda document, amount, more: RemeasuredPayable(
        payable=f"purchase:{document}",
        document=document,
        supplier="ash-demo",
        currency="USD",
        amount_minor=amount,
        rate_series=USD,
        rate="7.1",
        carrying_minor=amount * 7,
        revalued_minor=amount * 7 + more,
    ),
    purchases,
    amounts,
    st.integers(-100, 100),
)

COMMON: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(("purchase", "invoice"), purchases),
    "supplier": parties,
    "payment": st.sampled_from(("pay-1-demo", "pay-2-demo")),
    **dict.fromkeys(("effective_on", "accounting_on", "due_on"), st.sampled_from(DAYS)),
    "number": st.sampled_from(("12345678", "INV-2")),
    "code": st.just("1100201130"),
    "rate_reason": words,
    "currency": st.just("CNY"),
    "rate_series": st.just(USD),
    "rate": st.just("1"),
    "lines": st.lists(lines, min_size=1, max_size=2).map(tuple),
    "evidence": st.just(PAPER),
    "reason": words,
    "order": orders,
    "orders": st.lists(orders, max_size=2, unique=True).map(tuple),
    **dict.fromkeys(("duty", "import_vat"), st.sampled_from(("0.00", "1000.00"))),
    "deductible": st.booleans(),
    "items": st.lists(items, min_size=1, max_size=2, unique_by=lambda item: item.document).map(tuple),
    "documents": st.lists(purchases, min_size=1, max_size=2, unique=True).map(tuple),
    "bank_account": st.just("bank-demo"),
    "bank_reference": st.sampled_from(("BANK-1", "PAY-1")),
    **dict.fromkeys(("proposed_by", "approved_by", "rejected_by"), people),
    "cny_minor": amounts,
    "month": st.sampled_from(("2026-01", "2026-02")),
}
OWN: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(
        ("RecordPurchaseInvoice.lines", "RecordSupplierCreditNote.lines"),
        st.lists(asked, min_size=1, max_size=2).map(tuple),
    ),
    "RevaluePayables.rate_series": st.just((USD,)),
    "PayablesRemeasured.items": st.lists(remeasured, min_size=1, max_size=2).map(tuple),
    "ProposeSupplierPayment.items": st.lists(
        st.builds(ToPay, document=purchases, amount=st.sampled_from(("1.00", "400", "-1.00"))), min_size=1, max_size=2
    ).map(tuple),
}
KINDS: tuple[type[Any], ...] = tuple(kind for name, kind in all_facts().items() if name.startswith("purchase."))


def _of(kind: type[Any]) -> st.SearchStrategy[Any]:
    """Any fact of a kind: what a mirror holds."""
    fields = {field.name: field for field in fields_of(kind)}
    pools = {name: COMMON[name] for name in fields}
    return st.builds(kind, **{n: st.none() | pool if fields[n].default is None else pool for n, pool in pools.items()})


OF_PURCHASES: tuple[type[Any], ...] = (*KINDS, *PURCHASES.commands, *PAYING.commands, RevaluePayables)
POOLS: dict[str, st.SearchStrategy[Any]] = {
    **{
        f"{kind.__name__}.{field.name}": COMMON[field.name]
        for kind in OF_PURCHASES
        for field in fields_of(kind)
        if field.name in COMMON
    },
    **OWN,
    f"{PurchaseWithdrawn.__name__}.reversed": _of(PurchaseInvoiceRecorded),
    f"{SupplierPaymentReturned.__name__}.reversed": _of(SupplierPaid),
}
