"""What fields of energy offtake draw from: two agreements, two meters, a few months, so that they meet.

Every pool is by `Kind.field`: what offtake means by a name is not what others mean by it.
"""

from datetime import date, datetime
from typing import Any

from hypothesis import strategies as st
from msgspec.structs import fields as fields_of

from ledger.billing.lines import DocumentLine
from ledger.decider import all_facts, stored_name
from ledger.offtake.deciding import OFFTAKE
from ledger.offtake.facts import Carried, EnergyLine, Factor, Input, Lot
from ledger.offtake.meters.facts import BandValues, DayBlock, DayPrices, EstimatedGap
from ledger.offtake.meters.price_series import PRICE_STEPS
from ledger.offtake.terms import (
    CarryForward,
    Fixed,
    Guarantee,
    Indexed,
    MakeUp,
    OfftakeTerms,
    Savings,
    Spot,
    TakeOrPay,
    TimeOfUse,
)
from ledger.offtake.withdrawing import METER_STEPS, OFFTAKE_STEPS
from tests.examples.offtake import PAPER

AGREEMENTS = ("wte-1-demo", "emc-1-demo")
COMPANIES = ("ash-demo", "beech-demo")
MONTHS = ("2026-01", "2026-02")
DAYS = tuple(date(2026, month, day) for month, day in ((1, 1), (1, 31), (2, 10), (2, 28)))
HOURS = tuple(datetime.fromisoformat(f"2026-01-{day:02}T{hour:02}:00") for day in (1, 9) for hour in (8, 16))

days = st.sampled_from(DAYS)
months = st.sampled_from(MONTHS)
energy = st.sampled_from(("0", "100", "250.5"))
energy_wh = st.sampled_from((0, 100_000, 250_500))
amounts_minor = st.sampled_from((0, 1000, 25050))
words = st.sampled_from(("one (demo)", "another (demo)"))
people = st.sampled_from(("clerk-demo", "approver-demo"))
ratios = st.sampled_from(("0", "0.5", "0.982", "1"))
bands = st.builds(BandValues, **dict.fromkeys(("peak", "flat", "valley"), st.sampled_from(("0", "10", "20.5"))))
lots = st.lists(st.builds(Lot, year=st.just(2025), energy_wh=energy_wh, net_minor=amounts_minor), max_size=1).map(tuple)
blocks = st.builds(
    DayBlock,
    day=days,
    energy_wh=st.sampled_from((" ".join(["10"] * 24), " ".join(["7"] * 23 + ["-"]), " ".join(["3"] * 96))),
    quality=st.none() | st.sampled_from(("A" * 23 + "E", "A" * 23 + "M", "S" * 96)),
)
priced_days = st.builds(
    DayPrices,
    day=days,
    prices=st.sampled_from((" ".join(["312.5"] * 24), " ".join(["-8.25"] * 23 + ["-"]), " ".join(["0.3"] * 96))),
)
prices = st.one_of(
    st.builds(Fixed, price=st.just("0.52"), escalation=st.sampled_from(("0", "0.02"))),
    st.builds(Indexed, series=st.sampled_from(("price/coal-demo", "vat/goods"))),
    st.builds(TimeOfUse, peak=st.just("0.78"), flat=st.just("0.52"), valley=st.just("0.26")),
    st.builds(Spot, series=st.just("spot/day-ahead-demo"), margin=st.sampled_from(("0", "-0.01"))),
    st.builds(Savings, form=st.sampled_from(("SHARED_SAVINGS", "COST_TRUSTEESHIP")), price=st.just("0.62")),
)
rights = st.builds(
    TakeOrPay,
    acq=energy,
    share=ratios,
    make_up=st.none() | st.just(MakeUp(years=1)),
    carry_forward=st.none() | st.just(CarryForward(cap="0.10", years=1)),
)
terms = st.builds(
    OfftakeTerms,
    role=st.sampled_from(("SELLER", "SETTLEMENT_AGENT", "OBSERVER")),
    buyer=st.sampled_from(COMPANIES),
    generator=st.none() | st.sampled_from(COMPANIES),
    technology=st.sampled_from(("BIOMASS", "WASTE_HEAT")),
    starts_on=st.just(date(2026, 1, 1)),
    ends_on=st.sampled_from((date(2026, 12, 31), date(2027, 12, 31))),
    price=prices,
    take_or_pay=st.none() | rights,
    guarantee=st.none() | st.just(Guarantee(guaranteed="500", cap="0.05")),
)
lines = st.builds(
    DocumentLine,
    from_on=st.just(date(2026, 1, 1)),
    until_on=st.just(date(2026, 1, 31)),
    net_minor=st.sampled_from((1000, 25050)),
    vat_rate=st.just("0.13"),
    vat_minor=st.sampled_from((130, 3257)),
)
energy_lines = st.builds(
    EnergyLine,
    kind=st.sampled_from(("DELIVERED", "DEEMED")),
    energy_wh=energy_wh,
    price=st.just("0.5200"),
    net_minor=amounts_minor,
    vat_minor=amounts_minor,
)
inputs = st.builds(Input, fact=st.just("meter.read"), on=days, sha256=st.sampled_from(("ab" * 8, "cd" * 8)))

invoices = st.sampled_from(("wte-1-demo-energy-202601-r0", "wte-1-demo-top-2026-r0"))
COMMON: dict[str, st.SearchStrategy[Any]] = {
    "agreement": st.sampled_from(AGREEMENTS),
    "meter": st.sampled_from(("m-1-demo", "m-2-demo")),
    "company": st.sampled_from(COMPANIES),
    "generator": st.sampled_from(COMPANIES),
    "parties": st.just(COMPANIES[:1]),
    "lease": st.sampled_from(("l-1-demo", "l-2-demo")),
    **dict.fromkeys(
        ("effective_on", "accounting_on", "from_on", "until_on", "due_on", "approved_on", "ended_on"), days
    ),
    **dict.fromkeys(("month", "through", "service_month"), months),
    "year": st.sampled_from((2025, 2026)),
    "run": st.integers(0, 2),
    "terms": terms,
    **dict.fromkeys(("document", "evidence", "report", "certificate", "file"), st.just(PAPER)),
    **dict.fromkeys(
        ("drafted_by", "executed_by", "calculated_by", "approved_by", "proposed_by", "rejected_by"), people
    ),
    **dict.fromkeys(("energy", "potential", "delivered", "baseline", "measured"), energy),
    **dict.fromkeys(
        (
            *("acq_wh", "adjusted_wh", "top_wh", "delivered_wh", "deemed_wh", "curtailed_wh", "over_wh", "energy_wh"),
            *("shortfall_wh", "potential_wh", "baseline_wh", "measured_wh", "residual_wh"),
        ),
        energy_wh,
    ),
    **dict.fromkeys(
        ("amount_minor", "net_minor", "principal_minor", "shortfall_minor", "fee_minor", "fee_vat_minor"), amounts_minor
    ),
    **dict.fromkeys(("value", "start", "final"), st.sampled_from(("0", "10", "250.5", "9999.5"))),
    **dict.fromkeys(("bands", "start_bands", "final_bands"), bands),
    **dict.fromkeys(("price", "replacement_price"), st.sampled_from(("0.5200", "0.6150"))),
    **dict.fromkeys(("factor", "registered", "vat_rate", "late_fee_per_day"), ratios),
    **dict.fromkeys(("from_at", "until_at"), st.sampled_from(HOURS)),
    **dict.fromkeys(("rolled_over", "estimated", "make_up"), st.booleans()),
    **dict.fromkeys(("taken", "expired", "lots"), lots),
    **dict.fromkeys(("ct", "pt"), st.sampled_from((1, 80))),
    **dict.fromkeys(("reason", "to", "clause"), words),
    "carried": st.lists(st.builds(Carried, year=st.just(2025), energy_wh=energy_wh), max_size=1).map(tuple),
    "quality": st.sampled_from(("ACTUAL", "ESTIMATED")),
    "digits": st.sampled_from((4, 8)),
    "settled_by": st.sampled_from(("REGISTER", "INTERVALS")),
    "minutes": st.sampled_from((15, 60)),
    "days": st.lists(blocks, min_size=1, max_size=2).map(tuple),
    "series": st.just("spot/day-ahead-demo"),
    "spot": st.none(),
    "price_unit": st.sampled_from(("CNY_MWH", "CNY_KWH")),
    "gaps": st.lists(
        st.builds(EstimatedGap, day=days, begins=st.just(3), count=st.sampled_from((1, 24)), rule=st.just("LINEAR")),
        max_size=1,
    ).map(tuple),
    "by": st.sampled_from(("BUYER", "SELLER")),
    "role": st.sampled_from(("SELLER", "OBSERVER")),
    "count": st.integers(1, 3),
    "tradable": st.booleans(),
    "valid_until": st.just(date(2028, 12, 31)),
    "first": st.sampled_from(("GEC-01", "GEC-02")),
    "last": st.sampled_from(("GEC-02", "GEC-03")),
    **dict.fromkeys(("beneficiary", "purpose"), words),
    "unavailable_minutes": st.sampled_from((0, 480)),
    "charge": st.just("ENERGY"),
    "lines": st.lists(lines, min_size=1, max_size=1).map(tuple),
    "inputs": st.lists(inputs, max_size=2).map(tuple),
    **{
        name: st.sampled_from((f"{name}-1-demo", f"{name}-2-demo"))
        for name in ("curtailment", "adjustment", "sale", "amendment", "estimate", "lot", "movement")
    },
    "step": st.sampled_from(("offtake.suspended", "offtake.curtailment-instructed", "meter.read", "meter.installed")),
    "about": st.none() | st.just("curtailment-1-demo"),
    "touched": st.sampled_from((("offtake:wte-1-demo",), ("meter:m-1-demo", "offtake:wte-1-demo"))),
    "checked": st.none() | words,
    "shared": st.booleans(),
    **dict.fromkeys(
        ("credit_note", "note"), st.sampled_from(("wte-1-demo-energy-202601-r1-c1", "wte-1-demo-top-2026-r1-c1"))
    ),
    **dict.fromkeys(("invoice", "on_invoice"), invoices),
    **dict.fromkeys(("by_hand", "taxable"), st.booleans()),
    "rate_per_day": ratios,
    "net": st.sampled_from(("0.00", "100.00", "1000.00")),
    "spans": st.just(()),
    "termination_payment": st.sampled_from(("end-1-demo", "end-2-demo")),
    "owed_by": st.sampled_from(("BUYER", "SELLER")),
}
OWN: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(
        ("RecordPrices.days", "PricesReceived.days"), st.lists(priced_days, min_size=1, max_size=2).map(tuple)
    ),
    **dict.fromkeys(("PriceStepWithdrawn.about", "WithdrawPriceStep.about"), st.sampled_from(("2025-01", "2025-02"))),
    **dict.fromkeys(("PriceStepWithdrawn.step", "WithdrawPriceStep.step"), st.just("prices.received")),
    "PriceStepWithdrawn.touched": st.just(("prices", "prices:spot/day-ahead-demo")),
    "QuantityAdjusted.reason": st.sampled_from(("FORCE_MAJEURE", "MAINTENANCE")),
    "AdjustQuantity.reason": st.sampled_from(("FORCE_MAJEURE", "MAINTENANCE")),
    "EnergyLateFeeAssessed.days": st.integers(1, 40),
    "EnergyLateFeeAssessed.charge": st.just("LATE_FEE"),
    **dict.fromkeys(("EnergyLateFeeAssessed.invoice", "AssessEnergyLateFee.invoice"), st.just("late-1-demo")),
    "TerminationPaymentInvoiced.invoice": st.sampled_from(("end-1-demo", "end-2-demo")),
    "TerminationPaymentInvoiced.charge": st.just("TERMINATION_FEE"),
    "CreditEnergyDocument.credit_note": st.sampled_from(("credit-1-demo", "credit-2-demo")),
    "TakeBackEnergyCredit.credit_note": st.sampled_from(("credit-1-demo", "credit-2-demo")),
    **dict.fromkeys(("YearTruedUp.estimated_wh", "YearTruedUp.substituted_wh"), st.none() | energy_wh),
    **dict.fromkeys(("StatementCalculated.estimated_wh", "StatementCalculated.substituted_wh"), st.none() | energy_wh),
    "StatementCalculated.days": st.none() | st.just(10),
    "StatementCalculated.lines": st.lists(energy_lines, max_size=2).map(tuple),
    "StatementCalculated.factor": st.builds(
        Factor, series=st.just("co2/cn-average"), since=days, kg_per_kwh=st.just("0.5306")
    ),
}
KINDS: tuple[type[Any], ...] = tuple(
    kind
    for kind in all_facts().values()
    if stored_name(kind).partition(".")[0] in ("energy", "meter", "offtake", "prices")
)
POOLS: dict[str, st.SearchStrategy[Any]] = {
    (name := f"{kind.__name__}.{field.name}"): OWN[name] if name in OWN else COMMON[field.name]
    for kind in (*KINDS, *OFFTAKE.commands, *OFFTAKE_STEPS.commands, *METER_STEPS.commands, *PRICE_STEPS.commands)
    for field in fields_of(kind)
}
