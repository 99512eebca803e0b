"""What fields of billing draw from: few leases, documents, receipts and days, so that they meet.

Every pool is by `Kind.field`: what billing means by a name is not what others mean by it.
"""

from datetime import date
from typing import Any

from hypothesis import strategies as st
from msgspec.structs import fields as fields_of

from ledger.billing.deciding import BILLING
from ledger.billing.invoicing.facts import FapiaoIssued
from ledger.billing.invoicing.replies import FapiaoReply
from ledger.billing.lines import Allocation, DocumentLine, Exposure, LateFeeSpan
from ledger.billing.losses import ToMeasure
from ledger.billing.receipts import ToAllocate
from ledger.decider import all_facts, stored_name
from ledger.values.evidence import Evidence
from tests.strategies.banking import named_accounts

LEASES = ("l-1-demo", "l-2-demo")
INVOICES = ("l-1-demo-rent-202601", "l-1-demo-service-202601", "extra-1-demo", "late-1-demo")
AMOUNTS = ("0.00", "10.00", "250.50", "1000.00")
NUMBERS = ("24512000000000000001", "24512000000000000002")
AMOUNTS_MINOR = (1000, 25050, 100000)
DAYS = tuple(date(2026, month, day) for month in (1, 2, 3) for day in (1, 20))

invoices = st.sampled_from(INVOICES)
leases = st.sampled_from(LEASES)
amounts = st.sampled_from(AMOUNTS)
amounts_minor = st.sampled_from(AMOUNTS_MINOR)
days = st.sampled_from(DAYS)
words = st.sampled_from(("one reason (demo)", "another reason (demo)"))
people = st.sampled_from(("clerk-demo", "approver-demo"))
receipts = st.sampled_from(("r-1-demo", "r-2-demo"))
rates = st.sampled_from(("0", "0.06", "0.09"))
lines = st.builds(
    DocumentLine,
    from_on=st.just(date(2026, 1, 1)),
    until_on=st.just(date(2026, 1, 31)),
    net_minor=amounts_minor,
    vat_rate=st.just("0.06"),
    vat_minor=st.sampled_from((60, 1503)),
)
others = st.sampled_from((None, "riverbend-demo"))
allocations = st.builds(Allocation, invoice=invoices, lease=leases, amount_minor=amounts_minor, company=others)
to_allocate = st.builds(ToAllocate, invoice=invoices, amount=amounts, company=others)
replies = st.builds(
    FapiaoReply,
    line=st.integers(2, 9),
    invoice=invoices,
    number=st.sampled_from(NUMBERS),
    issued_on=days,
    net=amounts,
    vat=amounts,
)
spans = st.builds(
    LateFeeSpan, from_on=st.just(date(2026, 1, 2)), until_on=st.just(date(2026, 1, 31)), open_minor=amounts_minor
)
exposures = st.builds(Exposure, bucket=words, gross_minor=amounts_minor, rate=rates)

COMMON: dict[str, st.SearchStrategy[Any]] = {
    "lease": leases,
    "invoice": invoices,
    "on_invoice": invoices,
    "receipt": receipts,
    "credit_note": st.sampled_from(("credit-1-demo", "credit-2-demo")),
    "deposit": st.sampled_from(("d-1-demo", "d-2-demo")),
    "write_off": st.sampled_from(("w-1-demo", "w-2-demo")),
    "refund": st.sampled_from(("f-1-demo", "f-2-demo")),
    "movement": st.sampled_from(("RECEIVED", "APPLIED", "FORFEITED", "REFUNDED", "MOVED", "TAKEN_OVER", "INTEREST")),
    "to_lease": leases,
    "cost": st.sampled_from(("fee-1-demo", "fee-2-demo")),
    "kind": st.sampled_from(("INCENTIVE", "DIRECT")),
    "expense": st.none() | st.sampled_from(("SELLING", "ADMINISTRATION")),
    "document": st.just(Evidence(doc="paper (demo)", sha256="ab" * 32)),
    "measurement": st.sampled_from(("ecl-1-demo", "ecl-2-demo")),
    "bank_reference": st.sampled_from(("BANK-1", "BANK-2", "BANK-3")),
    "bank_account": named_accounts,
    "bank_charge": st.sampled_from(("0.00", "10.00")),
    "charge_minor": st.sampled_from((0, 1000)),
    "number": st.sampled_from(NUMBERS),
    "code": st.sampled_from(("024512000001",)),
    "file": st.just(Evidence(doc="replies.xlsx (demo)", sha256="ab" * 32)),
    **dict.fromkeys(("red", "by_hand", "taxable", "whole"), st.booleans()),
    "notes_after": st.lists(st.sampled_from(("credit-1-demo", "credit-2-demo")), max_size=2, unique=True).map(tuple),
    **dict.fromkeys(("amount", "net"), amounts),
    **dict.fromkeys(
        ("amount_minor", "principal_minor", "fixed_minor", "variable_minor", "allowance_minor", "movement_minor"),
        amounts_minor,
    ),
    **dict.fromkeys(("taken_over_on", "billed_through", "service_through"), days),
    "asked_minor": st.sampled_from((1, 10_000)),
    "earned_through": st.sampled_from(("2026-01", "2026-02")),
    "vat_minor": st.sampled_from((0, 82)),
    **dict.fromkeys(("vat_rate", "rate_per_day", "late_fee_per_day"), rates),
    **dict.fromkeys(("through", "from_on", "until_on", "due_on", "accounting_on", "effective_on", "moved_on"), days),
    "charge": st.sampled_from(("RENT", "SERVICE_CHARGE")),
    "month": st.sampled_from(("2026-01", "2026-02")),
    "days": st.integers(1, 40),
    "recorded": st.integers(0, 9),
    "contract": st.just("offtake:wte-1-demo"),
    **dict.fromkeys(("reason", "cause"), words),
    **dict.fromkeys(("proposed_by", "approved_by", "rejected_by"), people),
    "step": st.just(stored_name(FapiaoIssued)),
    "touched": st.just(("tenant:sunfield-demo", "invoice:late-1-demo", f"fapiao:{NUMBERS[0]}")),
    "spans": st.lists(spans, max_size=2).map(tuple),
    "lines": st.lists(lines, min_size=1, max_size=2).map(tuple),
    "allocations": st.lists(allocations, max_size=2, unique_by=lambda one: one.invoice).map(tuple),
    "exposures": st.lists(exposures, min_size=1, max_size=2).map(tuple),
}
COMMANDED: dict[str, st.SearchStrategy[Any]] = {
    "replies": st.lists(replies, min_size=1, max_size=2).map(tuple),
    "allocations": st.lists(to_allocate, min_size=1, max_size=2).map(tuple),
    "exposures": st.lists(st.builds(ToMeasure, bucket=words, gross=amounts, rate=rates), min_size=1, max_size=2).map(
        tuple
    ),
}
KINDS: tuple[type[Any], ...] = tuple(
    kind for kind in all_facts().values() if stored_name(kind).partition(".")[0] == "billing"
)
POOLS: dict[str, st.SearchStrategy[Any]] = {
    f"{kind.__name__}.{field.name}": pools[field.name]
    for kinds, pools in ((KINDS, COMMON), (BILLING.commands, COMMON | COMMANDED))
    for kind in kinds
    for field in fields_of(kind)
    if field.name in pools
}
