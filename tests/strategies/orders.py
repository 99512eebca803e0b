"""What fields of equipment orders draw from: few orders, milestones, papers and days, so that they meet.

Every pool is by `Kind.field`: what an order means by a name is not what others mean by it.
"""

from datetime import date
from typing import Any

from hypothesis import strategies as st
from msgspec.structs import fields as fields_of
from msgspec.structs import replace

from ledger.decider import all_facts
from ledger.orders.deciding import ORDERS
from ledger.orders.facts import Due, OrderFact, OrderPostingFact, RevaluationFact, Revalued, ShippedItem, order_tags
from ledger.orders.mistakes.facts import MIRRORS, OrderStepWithdrawn
from ledger.orders.mistakes.withdrawing import ORDER_STEPS
from ledger.orders.over_time.progress import Progress
from ledger.orders.terms import CommissionTerm, MilestoneAmount
from tests.ground.ordered import ASSESSMENT, PAPER, TERMS, USD
from tests.strategies.banking import named_accounts

ORDER_IDS = ("o-1-demo", "o-2-demo")
MILESTONES = tuple(one.milestone for one in TERMS.milestones)
DAYS = tuple(date(2026, month, day) for month in (1, 2) for day in (1, 2, 5, 28))
TRIGGERS = ("ORDERED", "SHIPPED", "ACCEPTED", "RETENTION_RELEASED")

orders = st.sampled_from(ORDER_IDS)
parties = st.sampled_from(("ash-demo", "beech-demo"))
milestones = st.sampled_from(MILESTONES)
receivables = st.sampled_from((*MILESTONES, "commission-accepted", "cancellation-fee"))
days = st.sampled_from(DAYS)
words = st.sampled_from(("one (demo)", "another (demo)"))
triggers = st.sampled_from(TRIGGERS)
currencies = st.sampled_from(("USD", "CNY"))
amounts = st.sampled_from((100, 12_600_000))
quantities = st.integers(1, 3)
lines = st.builds(
    lambda price, quantity: (replace(TERMS.lines[0], unit_price=price, quantity=quantity),),
    st.sampled_from(("0.001", "100000", "210000.00")),
    quantities,
)
terms = st.builds(
    lambda lines, currency, supply, commission, fat, deemed: replace(
        TERMS, lines=lines, currency=currency, supply=supply, commission=commission, fat=fat, deemed_acceptance=deemed
    ),
    lines,
    currencies,
    st.sampled_from(("DOMESTIC", "CROSS_BORDER")),
    st.sampled_from(
        (
            (CommissionTerm(rate="0.03"),),
            (CommissionTerm(trigger="ORDERED", flat="500"), CommissionTerm(trigger="SHIPPED", rate="0.01")),
        )
    ),
    st.booleans(),
    st.booleans(),
)
shipped = st.builds(ShippedItem, item=st.just("orc-demo"), quantity=quantities)
splits = st.builds(MilestoneAmount, milestone=milestones, amount_minor=amounts)
dues = st.builds(
    Due,
    milestone=milestones,
    account=st.sampled_from(("receivables", "contract-assets")),
    amount_minor=amounts,
    cny_minor=amounts,
)
revalued = st.builds(
    Revalued,
    order=orders,
    receivable=receivables,
    company=parties,
    account=st.sampled_from(("receivables", "client-money")),
    currency=st.just("USD"),
    amount_minor=amounts,
    rate_series=st.just(USD),
    rate=st.just("7.1"),
    carrying_minor=amounts,
    revalued_minor=amounts,
)

COMMON: dict[str, st.SearchStrategy[Any]] = {
    "order": orders,
    "client_money": st.lists(orders, max_size=2, unique=True).map(tuple),
    **dict.fromkeys(("supplier", "buyer", "payer"), parties),
    **dict.fromkeys(("effective_on", "accounting_on", "valid_until", "until_on", "due_on"), days),
    "terms": terms,
    "lines": lines,
    "role": st.sampled_from(("AGENT", "PRINCIPAL", "OBSERVER")),
    "assessment": st.just(ASSESSMENT),
    **dict.fromkeys(("document", "evidence"), st.just(PAPER)),
    "reason": words,
    **dict.fromkeys(("proposed_by", "approved_by"), st.sampled_from(("clerk-demo", "approver-demo"))),
    "change": st.sampled_from(("c-1-demo", "c-2-demo")),
    "milestone": milestones,
    "invoice": st.sampled_from(("inv-1-demo", "inv-2-demo")),
    "receivable": receivables,
    "trigger": triggers,
    "currency": currencies,
    **dict.fromkeys(
        (
            "amount_minor",
            "cny_minor",
            "value_minor",
            "delta_minor",
            "advances_minor",
            "advances_cny_minor",
            "carrying_minor",
            "earned_cny_minor",
            "duty_minor",
            "import_vat_minor",
            "net_realisable_minor",
        ),
        amounts,
    ),
    "stock_entry": st.sampled_from(("stock-1-demo", "stock-2-demo")),
    "customer": parties,
    "to_order": orders,
    "supply": st.sampled_from(("DOMESTIC", "CROSS_BORDER")),
    **dict.fromkeys(("released_minor", "before_minor", "write_down_minor"), st.sampled_from((0, 50))),
    **dict.fromkeys(("expected_cost_minor", "reached_minor", "whole_minor"), amounts),
    **dict.fromkeys(("recognition", "over_time"), st.sampled_from(("COST_TO_COST", "MILESTONES"))),
    **dict.fromkeys(("before", "now"), st.builds(Progress, revenue_minor=amounts, asset_minor=amounts)),
    "expected_cost": st.sampled_from(("100.00", "1000.00")),
    "measured_on": days,
    "net_realisable": st.sampled_from(("100.00", "1000.00")),
    "rejected_by": st.just("approver-demo"),
    **dict.fromkeys(("vat_minor", "vat_cny_minor", "cost_minor", "fee_minor"), st.sampled_from((0, 50))),
    "rate": st.just("7.1"),
    "rate_series": st.just(USD),
    "vat_rate": st.sampled_from(("0", "0.06")),
    **dict.fromkeys(("needs_filing", "of_stock"), st.booleans()),
    "bank_reference": st.sampled_from(("BANK-1", "BANK-2", "ORDER-1", "ORDER-2")),
    "bank_account": named_accounts,
    "through": st.sampled_from(("MCSC", "DIRECT")),
    "to": st.sampled_from(("SUPPLIER", "BUYER")),
    "account": st.sampled_from(("receivables", "contract-assets")),
    "amounts": st.lists(splits, max_size=2, unique_by=lambda one: one.milestone).map(tuple),
    "due": st.lists(dues, max_size=2, unique_by=lambda one: one.milestone).map(tuple),
    "shipment": st.sampled_from(("s-1-demo", "s-2-demo")),
    "bill_of_lading": words,
    "declaration": words,
    **dict.fromkeys(("duty", "import_vat", "cost"), st.sampled_from(("0.00", "1000.00"))),
    **dict.fromkeys(("fee", "amount"), st.sampled_from(("0", "100.00", "126000", "0.125"))),
    "deemed": st.booleans(),
    "part": st.booleans(),
    "forfeited_on": days,
    "about": milestones,
    "step": st.sampled_from(("order.ordered", "order.milestone-paid", "order.cancelled")),
    "touched": st.just(order_tags("o-1-demo", "ash-demo", "beech-demo")),
    **dict.fromkeys(("open_minor", "open_cny_minor", "charge_minor", "charge_cny_minor"), st.just(0)),
    "bank_charge": st.none() | st.just("25.00"),
    "cause": st.sampled_from(("BUYER", "FORCE_MAJEURE")),
    "month": st.sampled_from(("2026-01", "2026-02")),
}
KINDS: tuple[type[Any], ...] = tuple(
    kind
    for kind in all_facts().values()
    if issubclass(kind, OrderFact | OrderPostingFact | RevaluationFact | OrderStepWithdrawn)
)
ITEMS: dict[str, st.SearchStrategy[Any]] = {
    "ShipEquipment": st.lists(shipped, min_size=1, max_size=2).map(tuple),
    "EquipmentShipped": st.lists(shipped, min_size=1, max_size=2).map(tuple),
    "ReceivablesRevalued": st.lists(revalued, max_size=2).map(tuple),
    "RevaluationReversed": st.lists(revalued, max_size=2).map(tuple),
}


POOLS: dict[str, st.SearchStrategy[Any]] = {
    **{
        f"{kind.__name__}.{field.name}": COMMON[field.name]
        for kind in (*KINDS, *ORDERS.commands, *ORDER_STEPS.commands)
        for field in fields_of(kind)
        if field.name in COMMON
    },
    **{f"{name}.items": items for name, items in ITEMS.items()},
    **dict.fromkeys(("RevalueReceivables.rate_series", "ReceivablesRevalued.rate_series"), st.just((USD,))),
}


def _posted(kind: type[Any]) -> st.SearchStrategy[Any]:
    """Any fact of a kind that posts: what a mirror holds."""
    fields = {field.name: field for field in fields_of(kind)}
    pools = {name: POOLS[f"{kind.__name__}.{name}"] for name in fields}
    given = {name: st.none() | pool if fields[name].default is None else pool for name, pool in pools.items()}
    return st.builds(kind, **given)


POOLS |= {f"{mirror.__name__}.reversed": _posted(kind) for kind, mirror in MIRRORS.items()}
