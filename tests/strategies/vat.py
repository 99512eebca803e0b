"""What fields of VAT returns and their payment draw from, by `Kind.field`."""

from datetime import date
from typing import Any

from hypothesis import strategies as st
from msgspec.structs import fields as fields_of

from ledger.bookkeeping.vat.facts import Figures, Taken, VatPaid, VatReturnFiled
from ledger.decider import all_facts
from ledger.joint.remitting import REMITTING
from ledger.joint.taxing import TAXING
from tests.examples.vat import RECEIPT

days = st.sampled_from((date(2026, 1, 31), date(2026, 2, 1), date(2026, 3, 2)))
months = st.sampled_from(("2026-01", "2026-02"))
minors = st.sampled_from((0, 600, 1300))
figures = st.builds(
    Figures,
    taken=st.lists(
        st.builds(Taken, month=months, output_minor=minors, input_minor=minors, import_minor=minors),
        min_size=1,
        max_size=2,
        unique_by=lambda one: one.month,
    ).map(tuple),
    held=st.sampled_from(((), ("p-1-demo",))),
    carried_in_minor=minors,
)
COMMON: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(("effective_on", "accounting_on"), days),
    "month": months,
    "late": st.sampled_from(((), ("2026-01",))),
    "held": st.sampled_from(((), ("p-1-demo",))),
    "figures": figures,
    "acknowledgement": st.just("A-1 (demo)"),
    "reason": st.just("a mistake (demo)"),
    "vat_payment": st.sampled_from(("vat-1-demo", "vat-2-demo")),
    "amount": st.sampled_from(("6.00", "13.00")),
    "amount_minor": st.sampled_from((600, 1300)),
    "bank_reference": st.sampled_from(("TAX-1", "BANK-1")),
    "bank_account": st.just("bank-demo"),
    "evidence": st.just(RECEIPT),
    **dict.fromkeys(
        ("proposed_by", "rejected_by", "filed_by", "withdrawn_by"), st.sampled_from(("clerk-demo", "approver-demo"))
    ),
}
KINDS: tuple[type[Any], ...] = tuple(kind for name, kind in all_facts().items() if name.startswith("vat."))


def _of(kind: type[Any]) -> st.SearchStrategy[Any]:
    """Any fact of a kind: what a mirror holds."""
    fields = {field.name: field for field in fields_of(kind)}
    pools = {name: COMMON[name] for name in fields}
    return st.builds(kind, **{n: st.none() | pool if fields[n].default is None else pool for n, pool in pools.items()})


POOLS: dict[str, st.SearchStrategy[Any]] = {
    **{
        f"{kind.__name__}.{field.name}": COMMON[field.name]
        for kind in (*KINDS, *TAXING.commands, *REMITTING.commands)
        for field in fields_of(kind)
        if field.name in COMMON
    },
    "VatReturnWithdrawn.reversed": _of(VatReturnFiled),
    "VatPaymentReturned.reversed": _of(VatPaid),
}
