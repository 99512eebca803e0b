"""A month's statement, computed: volumes, lines, tax, the emission factor, and every fact that it rests on.

calculate   the statement of a month as the facts tell now
reprint     the same statement from the facts that it names, and from no others (E8)
same        whether two calculations say the same, whoever made them and when

Rounding (domain §6): energy at 0.1 kWh before pricing, prices at four decimals, each line's net and its tax at the fen.

Refusals, in order of precedence (after those of meter.py)
├── SavingsUnmeasured       no report of the month's savings
├── MeterMissing            nothing measures at the delivery point
├── ReferencePriceMissing   no reference price is approved for the month
└── VatRateMissing          of billing: no tax rate is approved for the month
"""

import hashlib
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ledger.billing.rules import VatRateMissing
from ledger.decider import Fact, stored_name
from ledger.offtake.account import Agreement, Offtakes, evolve
from ledger.offtake.energy import money, resolved, wh
from ledger.offtake.facts import (
    CurtailmentInstructed,
    EnergyLine,
    Factor,
    Input,
    LineKind,
    SavingsMeasured,
    StatementCalculated,
)
from ledger.offtake.meter import Meter, Volume, metered_between, volume
from ledger.offtake.rules import OfftakeRefusal
from ledger.offtake.terms import BANDS, Indexed, OfftakeTerms, Savings, TimeOfUse, band_price, price_of
from ledger.periods import Month, first_and_last, month_of
from ledger.values.money import minor, rounded, vat_on


class SavingsUnmeasured(OfftakeRefusal):
    """No report of the month's savings."""

    code = "savings-unmeasured"


class MeterMissing(OfftakeRefusal):
    """Nothing measures at the delivery point."""

    code = "meter-missing"


class ReferencePriceMissing(OfftakeRefusal):
    """No reference price is approved for the month."""

    code = "reference-price-missing"


# Inputs


def reference(fact: Fact) -> Input:
    """A fact, named so that it is found again wherever it stands: by what it says."""
    digest = hashlib.sha256(msgspec.json.encode(fact)).hexdigest()
    return Input(fact=stored_name(type(fact)), on=fact.effective_on, sha256=digest[:16])


def _references(facts: Iterable[Fact]) -> tuple[Input, ...]:
    return tuple(
        dict.fromkeys(sorted((reference(fact) for fact in facts), key=lambda one: (one.fact, one.on, one.sha256)))
    )


def terms_facts(one: Agreement, month: Month) -> list[Fact]:
    """The facts that a month's terms stand in."""
    facts: list[Any] = [one.drafted, one.executed]
    facts += [fact for fact in one.amendments if fact.effective_on <= first_and_last(month)[1]]
    return [fact for fact in facts if fact is not None]


# Parts of a statement


class _Delivery(Struct, frozen=True, kw_only=True):
    """What was delivered, deemed and curtailed in a month; lines not yet taxed: (kind, energy, price, net)."""

    lines: tuple[tuple[LineKind, int, str, int], ...] = ()
    delivered_wh: int = 0
    deemed_wh: int = 0
    curtailed_wh: int = 0
    unavailable_minutes: int = 0
    facts: tuple[Fact, ...] = ()
    estimated: bool = False


def calculate(state: Offtakes, agreement: str, month: Month, *, run: int, by: str, on: Any) -> StatementCalculated:
    """The statement of a month as the facts tell now. Raises OfftakeRefusal, VatRateMissing."""
    one = state.agreements[agreement]
    first, last = first_and_last(month)
    terms = one.terms_on(first)
    assert terms is not None, "an executed agreement has terms"
    facts = terms_facts(one, month)
    price = _price(state, terms, month, facts)
    found = (
        _saved(one, terms, month) if isinstance(terms.price, Savings) else _delivered(state, one, terms, month, price)
    )
    vat = state.rate_on(terms.vat_series, last)
    if vat is None:
        raise VatRateMissing(f"no rate of {terms.vat_series} is approved for {last}: propose and approve one")
    factor = state.rate_on(terms.co2_series, last)
    facts += [*found.facts, vat, *([factor] if factor is not None else ())]
    return StatementCalculated(
        effective_on=on,
        agreement=agreement,
        month=month,
        run=run,
        lines=tuple(
            EnergyLine(kind=kind, energy_wh=energy, price=at, net_minor=net, vat_minor=vat_on(net, vat.value))
            for kind, energy, at, net in found.lines
        ),
        delivered_wh=found.delivered_wh,
        deemed_wh=found.deemed_wh,
        curtailed_wh=found.curtailed_wh,
        price=price,
        vat_rate=vat.value,
        unavailable_minutes=found.unavailable_minutes,
        inputs=_references(facts),
        factor=Factor(series=factor.series, since=factor.effective_on, kg_per_kwh=factor.value) if factor else None,
        estimated=found.estimated,
        calculated_by=by,
    )


def _price(state: Offtakes, terms: OfftakeTerms, month: Month, facts: list[Fact]) -> str:
    if isinstance(terms.price, Indexed):
        reference_price = state.rate_on(terms.price.series, first_and_last(month)[1])
        if reference_price is None:
            raise ReferencePriceMissing(
                f"no rate of {terms.price.series} is approved for {month}: propose one, let somebody else approve it",
                field="month",
            )
        facts.append(reference_price)
    price = price_of(terms, month, state.rates)
    assert price is not None, "a reference price is approved"
    return price


def _delivered(state: Offtakes, one: Agreement, terms: OfftakeTerms, month: Month, price: str) -> _Delivery:
    meters = state.meters_of(one.agreement)
    if not meters:
        raise MeterMissing(f"no meter is installed for {one.agreement}", field="agreement")
    bands = terms.price if isinstance(terms.price, TimeOfUse) else None
    volumes = [volume(meter, month, bands) for meter in meters]
    delivered = sum(one.total_wh for one in volumes)
    curtailed = _curtailed(one, meters, month)
    facts = (*(fact for told in volumes for fact in told.inputs), *curtailed.facts)
    lines = (
        _band_lines(volumes, bands) if bands else (("DELIVERED", delivered, price, money(delivered, Fraction(price))),)
    )
    if curtailed.deemed_wh:
        lines = (*lines, ("DEEMED", curtailed.deemed_wh, price, money(curtailed.deemed_wh, Fraction(price))))
    estimated = any(told.estimated for told in volumes)
    return replace(curtailed, lines=lines, delivered_wh=delivered, facts=facts, estimated=estimated)


def _band_lines(volumes: Sequence[Volume], bands: TimeOfUse) -> tuple[tuple[LineKind, int, str, int], ...]:
    """A line for each band: together they are the whole (E6)."""
    lines: list[tuple[LineKind, int, str, int]] = []
    for band in BANDS:
        energy, price = sum(told.bands_wh.get(band, 0) for told in volumes), band_price(bands, band)
        lines.append((band, energy, price, money(energy, Fraction(price))))
    return tuple(lines)


def _curtailed(one: Agreement, meters: Sequence[Meter], month: Month) -> _Delivery:
    """What was curtailed, and what of it is deemed: never what intervals say was delivered meanwhile (E7)."""
    found = _Delivery()
    for _, known in sorted(one.curtailments.items()):
        told = known.instructed
        if told is None or month_of(told.from_at.date()) != month:
            continue
        missed, facts = _missed(told, meters)
        found = replace(
            found,
            curtailed_wh=found.curtailed_wh + missed,
            deemed_wh=found.deemed_wh + (missed if known.deemed is not None else 0),
            unavailable_minutes=found.unavailable_minutes + (_minutes(told) if told.by == "SELLER" else 0),
            facts=(*found.facts, told, *facts, *([known.deemed] if known.deemed is not None else ())),
        )
    return found


def _missed(told: CurtailmentInstructed, meters: Sequence[Meter]) -> tuple[int, list[Fact]]:
    metered, facts = 0, list[Fact]()
    for meter in meters:
        energy, used = metered_between(meter, told.from_at, told.until_at)
        metered += energy
        facts += used
    return resolved(max(0, told.potential_wh - max(told.delivered_wh, metered))), facts


def _minutes(told: CurtailmentInstructed) -> int:
    return int((told.until_at - told.from_at).total_seconds()) // 60


def saved_wh(told: SavingsMeasured) -> int:
    """Baseline × activity factor less what was measured; less than nothing is nothing (domain §7.6)."""
    return max(0, resolved(told.baseline_wh * Fraction(told.factor)) - resolved(told.measured_wh))


def _saved(one: Agreement, terms: OfftakeTerms, month: Month) -> _Delivery:
    rule, told = terms.price, one.savings.get(month)
    assert isinstance(rule, Savings), "asked only where savings are paid for"
    if told is None and rule.form != "COST_TRUSTEESHIP":
        raise SavingsUnmeasured(f"no report of the savings of {month} is recorded", field="month")
    saved = saved_wh(told) if told is not None else 0
    value, fee = money(saved, Fraction(rule.price)), minor(rule.fee)
    match rule.form:
        case "SHARED_SAVINGS":
            line: tuple[LineKind, int, str, int] = ("SAVINGS", saved, rule.price, rounded(value * Fraction(rule.share)))
        case "GUARANTEED_SAVINGS":
            short = money(max(0, wh(rule.guaranteed) - saved), Fraction(rule.price))
            line = ("FEE", saved, rule.price, max(0, fee - short))
        case "COST_TRUSTEESHIP":
            line = ("FEE", saved, rule.price, fee)
    return _Delivery(lines=(line,), facts=() if told is None else (told,))


# The same again


def same(one: StatementCalculated, other: StatementCalculated) -> bool:
    """Whether two calculations say the same, whoever made them and when."""
    return replace(one, effective_on=other.effective_on, calculated_by=other.calculated_by, run=other.run) == other


def reprint(facts: Iterable[Fact], statement: StatementCalculated) -> StatementCalculated:
    """The statement again, from those of the facts that it names. A fact that is missing raises OfftakeRefusal."""
    wanted, state = set(statement.inputs), Offtakes()
    for fact in facts:
        if reference(fact) in wanted:
            state = evolve(state, fact)
    return calculate(
        state,
        statement.agreement,
        statement.month,
        run=statement.run,
        by=statement.calculated_by,
        on=statement.effective_on,
    )
