"""A month's statement, computed: volumes, lines, tax, the emission factor, and every fact that it rests on.

calculate   the statement of a month as the facts tell now; what counts are the days on which the agreement delivers
check_metered   holds those days against the meters: on each of them something measures
same        compares two calculations, whoever made them and when
reprint     the same statement from the facts that it names, and from no others (E8)

Rounding (domain §6): energy at 0.1 kWh before pricing, prices at four decimals, each line's net and its tax at the fen.

Refusals, in order of precedence (after those of meter.py)
├── SavingsUnmeasured       no report of the month's savings
├── MeterMissing            nothing measures at the delivery point, or nothing did on a day that counts
├── IntervalsNeeded, PricesMissing   of pricing.py, where each interval has its own price
├── ReferencePriceMissing   no reference price is approved for the month
└── VatRateMissing          of billing: no tax rate is approved for the month
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import product
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ledger.billing.rules import VatRateMissing
from ledger.decider import Fact, stored_name
from ledger.offtake.account import OfftakeAgreement, Offtakes, evolve
from ledger.offtake.days import Span, days_in, hours_within, part_of_month
from ledger.offtake.energy import money, resolved, wh
from ledger.offtake.facts import (
    CommercialOperationDeclared,
    CurtailmentInstructed,
    EnergyLine,
    Factor,
    Input,
    LineKind,
    OfftakeExpired,
    OfftakeTerminated,
    SavingsMeasured,
    StatementCalculated,
)
from ledger.offtake.meters.facts import SpotPrices
from ledger.offtake.meters.meter import Meter, Volume, metered_between, volume
from ledger.offtake.meters.pricing import NO_PRICE, priced
from ledger.offtake.rules import OfftakeRefusal
from ledger.offtake.terms import Indexed, OfftakeTerms, Savings, Spot, TimeOfUse, band_price, price_of
from ledger.periods import Month, day_after, day_before, first_and_last, month_of
from ledger.rates import RateApproved
from ledger.values.money import minor, rounded, vat_on

# Refusals


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
    """Name a fact by its content, so that it is found again at whatever position."""
    digest = hashlib.sha256(msgspec.json.encode(fact)).hexdigest()
    return Input(fact=stored_name(type(fact)), on=fact.effective_on, sha256=digest[:16])


def _references(facts: Iterable[Fact]) -> tuple[Input, ...]:
    """Each fact once, in an order that rests on the facts alone."""
    inputs = map(reference, facts)
    return tuple(dict.fromkeys(sorted(inputs, key=lambda fact: (fact.fact, fact.on, fact.sha256))))


def days_facts(agreement: OfftakeAgreement, month: Month) -> list[Fact]:
    """The facts by which some days of a month do not count; none where all of them do."""
    first, last = first_and_last(month)
    facts: list[Fact] = []
    for step in agreement.life:
        begins = isinstance(step, CommercialOperationDeclared) and agreement.commercial_on == step.effective_on > first
        ends = isinstance(step, OfftakeTerminated | OfftakeExpired) and step.effective_on < last
        if begins or ends:
            facts.append(step)
    for stop, goes_on in agreement.stops:
        if stop.effective_on <= last and (goes_on is None or goes_on.effective_on > first):
            facts += [stop, *([goes_on] if goes_on is not None and goes_on.effective_on <= last else ())]
    return facts


def terms_facts(agreement: OfftakeAgreement, month: Month) -> list[Fact]:
    """The facts that a month's terms stand in."""
    facts: list[Any] = [agreement.drafted, agreement.executed]
    facts += [fact for fact in agreement.amendments if fact.effective_on <= first_and_last(month)[1]]
    return [fact for fact in facts if fact is not None]


# The statement

Hours = tuple[datetime, datetime]
"""A stretch of local time."""

INSTANT = timedelta(microseconds=1)
UntaxedLine = tuple[LineKind, int, str, int]
"""Kind, watt-hours, price and net of a line whose tax is not computed yet."""


class _Delivery(Struct, frozen=True, kw_only=True):
    """The energy of a month, delivered, deemed and curtailed; its lines; and the facts that say so."""

    lines: tuple[UntaxedLine, ...] = ()
    delivered_wh: int = 0
    deemed_wh: int = 0
    curtailed_wh: int = 0
    unavailable_minutes: int = 0
    facts: tuple[Fact, ...] = ()
    estimated: bool = False
    estimated_wh: int = 0
    substituted_wh: int = 0
    shared: bool = False
    spot: SpotPrices | None = None


def spans_of(agreement: OfftakeAgreement, month: Month) -> tuple[Span, ...]:
    """The days of a month that count. Where no commercial operation is named, as in what is printed again, it began."""
    delivering = agreement.delivering
    if delivering.begun_on is None:
        delivering = replace(delivering, begun_on=date.min)
    return delivering.in_month(month)


def check_metered(state: Offtakes, agreement: OfftakeAgreement, month: Month) -> None:
    """On every day that counts something measures: a day without a meter is not a day without energy.

    Raises MeterMissing.
    """
    terms = agreement.terms_on(first_and_last(month)[0])
    if terms is not None and isinstance(terms.price, Savings):
        return
    meters = state.meters_of(agreement.agreement)
    for first, last in spans_of(agreement, month):
        day = first
        there = sorted(stretch for meter in meters if (stretch := meter.measures(first, last)) is not None)
        for begin, end in there:
            if begin > day:
                break
            day = max(day, day_after(end))
        if day <= last:
            since = next((begin for begin, _ in there if begin > day), day_after(last))
            raise MeterMissing(
                f"no meter measured for {agreement.agreement} from {day} to {day_before(since)}; install one from then "
                "on, or correct when it began or was suspended",
                field="month" if meters else "agreement",
            )


def _factor(rate: RateApproved) -> Factor:
    """The emission factor as a statement keeps it: an earlier year's where the month's own is not announced."""
    return Factor(series=rate.series, since=rate.effective_on, kg_per_kwh=rate.value, emission=rate.emission)


def calculate(
    state: Offtakes, name: str, month: Month, *, run: int, by: str, on: date, shared: bool = True
) -> StatementCalculated:
    """The statement of an agreement's month as the facts tell now. Raises OfftakeRefusal, VatRateMissing."""
    agreement, (first, last) = state.agreements[name], first_and_last(month)
    terms, spans = agreement.terms_on(first), spans_of(agreement, month)
    assert terms is not None, "an executed agreement has terms"
    facts = [*terms_facts(agreement, month), *days_facts(agreement, month)]
    price = _price(state, terms, month, facts)
    if isinstance(terms.price, Savings):
        delivery = _saved(agreement, terms.price, month, spans)
    else:
        delivery = _delivered(state, agreement, terms, month, price, spans, shared=shared)
    vat = state.rate_on(terms.vat_series, last)
    if vat is None:
        raise VatRateMissing(f"no rate of {terms.vat_series} is approved for {last}: propose and approve one")
    factor = state.rate_on(terms.co2_series, last)
    facts += [*delivery.facts, vat, *([factor] if factor is not None else ())]
    return StatementCalculated(
        effective_on=on,
        agreement=name,
        month=month,
        run=run,
        lines=tuple(
            EnergyLine(kind=kind, energy_wh=energy, price=at, net_minor=net, vat_minor=vat_on(net, vat.value))
            for kind, energy, at, net in delivery.lines
        ),
        delivered_wh=delivery.delivered_wh,
        deemed_wh=delivery.deemed_wh,
        curtailed_wh=delivery.curtailed_wh,
        price=price if delivery.spot is None else delivery.spot.mean,
        vat_rate=vat.value,
        unavailable_minutes=delivery.unavailable_minutes,
        days=None if spans == ((first, last),) else days_in(spans),
        shared=delivery.shared,
        inputs=_references(facts),
        factor=_factor(factor) if factor else None,
        estimated=delivery.estimated,
        estimated_wh=delivery.estimated_wh if delivery.estimated else None,
        substituted_wh=delivery.substituted_wh or None,
        spot=delivery.spot,
        calculated_by=by,
    )


def _price(state: Offtakes, terms: OfftakeTerms, month: Month, facts: list[Fact]) -> str:
    """The price of a month, none where each interval has its own; where it follows a reference price, that joins the
    facts. Raises ReferencePriceMissing."""
    if isinstance(terms.price, Indexed):
        reference_price = state.rate_on(terms.price.series, first_and_last(month)[1])
        if reference_price is None:
            raise ReferencePriceMissing(
                f"no rate of {terms.price.series} is approved for {month}: propose one, let somebody else approve it",
                field="month",
            )
        facts.append(reference_price)
    if isinstance(terms.price, Spot):
        return NO_PRICE
    price = price_of(terms, month, state.rates)
    assert price is not None, "a reference price is approved"
    return price


def _delivered(
    state: Offtakes,
    agreement: OfftakeAgreement,
    terms: OfftakeTerms,
    month: Month,
    price: str,
    spans: Sequence[Span],
    *,
    shared: bool,
) -> _Delivery:
    meters = state.meters_of(agreement.agreement)
    if not meters and spans:
        raise MeterMissing(f"no meter is installed for {agreement.agreement}", field="agreement")
    bands = terms.price if isinstance(terms.price, TimeOfUse) else None
    volumes = [volume(meter, spans, bands, shared=shared) for meter in meters]
    delivered = sum(metered.total_wh for metered in volumes)
    curtailed = _curtailed(agreement, meters, month, spans)
    lines: tuple[UntaxedLine, ...]
    prices = priced(meters, spans, terms.price, state.prices) if isinstance(terms.price, Spot) else None
    if prices is not None:
        lines = (("DELIVERED", delivered, prices.average(delivered), prices.net_minor),)
        price = prices.mean
    else:
        lines = _band_lines(volumes, bands) if bands else (_line("DELIVERED", delivered, price),)
    said = prices.inputs if prices is not None else ()
    if curtailed.deemed_wh:
        lines = (*lines, _line("DEEMED", curtailed.deemed_wh, price))
    return replace(
        curtailed,
        lines=lines,
        delivered_wh=delivered,
        facts=(*(fact for metered in volumes for fact in metered.inputs), *curtailed.facts, *said),
        spot=prices.prices if prices is not None else None,
        shared=any(metered.shared for metered in volumes),
        estimated=any(metered.estimated for metered in volumes),
        estimated_wh=sum(metered.estimated_wh for metered in volumes),
        substituted_wh=sum(metered.substituted_wh for metered in volumes),
    )


def _line(kind: LineKind, energy_wh: int, price: str) -> UntaxedLine:
    return kind, energy_wh, price, money(energy_wh, Fraction(price))


def _band_lines(volumes: Sequence[Volume], bands: TimeOfUse) -> tuple[UntaxedLine, ...]:
    """A line for each band: together they are the whole (E6)."""
    return tuple(
        _line(band, sum(metered.bands_wh.get(band, 0) for metered in volumes), band_price(bands, band))
        for band in bands.bands
    )


def _curtailed(agreement: OfftakeAgreement, meters: Sequence[Meter], month: Month, spans: Sequence[Span]) -> _Delivery:
    """The energy curtailed in a month, and deemed: never what intervals say was delivered meanwhile (E7).

    Hours on days that do not count take their part of the energy with them.
    """
    delivery = _Delivery()
    for _, curtailment in sorted(agreement.curtailments.items()):
        stop, deemed = curtailment.instructed, curtailment.deemed
        if stop is None or month_of(stop.from_at.date()) != month:
            continue
        hours = hours_within(stop.from_at, stop.until_at, spans)
        missed, facts = _missed(stop, meters, hours)
        minutes = sum(map(_minutes, hours)) if stop.by == "SELLER" else 0
        delivery = replace(
            delivery,
            curtailed_wh=delivery.curtailed_wh + missed,
            deemed_wh=delivery.deemed_wh + (missed if deemed is not None else 0),
            unavailable_minutes=delivery.unavailable_minutes + minutes,
            facts=(*delivery.facts, stop, *facts, *([deemed] if deemed is not None else ())),
        )
    return delivery


def _missed(stop: CurtailmentInstructed, meters: Sequence[Meter], hours: Sequence[Hours]) -> tuple[int, list[Fact]]:
    """The energy that the hours of a curtailment kept from being delivered, and the intervals that say so."""
    metered, facts = 0, list[Fact]()
    for meter, (begin, end) in product(meters, hours):
        energy, used = metered_between(meter, begin, end)
        metered += energy
        facts += used
    inside = sum(((end - begin) // INSTANT for begin, end in hours), 0)
    part = Fraction(inside, (stop.until_at - stop.from_at) // INSTANT)
    meanwhile = max(stop.delivered_wh * part, Fraction(metered))
    return resolved(max(Fraction(0), stop.potential_wh * part - meanwhile)), facts


def _minutes(hours: Hours) -> int:
    begin, end = hours
    return int((end - begin).total_seconds()) // 60


def saved_wh(report: SavingsMeasured) -> int:
    """Baseline × activity factor less what was measured; less than nothing is nothing (domain §7.6)."""
    return max(0, resolved(report.baseline_wh * Fraction(report.factor)) - resolved(report.measured_wh))


def _saved(agreement: OfftakeAgreement, savings: Savings, month: Month, spans: Sequence[Span]) -> _Delivery:
    """The savings of a month; fee and guarantee are those of a month, of which a part counts."""
    report, part = agreement.savings.get(month) if spans else None, part_of_month(spans, month)
    if report is None and savings.form != "COST_TRUSTEESHIP" and spans:
        raise SavingsUnmeasured(f"no report of the savings of {month} is recorded", field="month")
    saved = saved_wh(report) if report is not None else 0
    value, fee = money(saved, Fraction(savings.price)), rounded(minor(savings.fee) * part)
    match savings.form:
        case "SHARED_SAVINGS":
            line: UntaxedLine = ("SAVINGS", saved, savings.price, rounded(value * Fraction(savings.share)))
        case "GUARANTEED_SAVINGS":
            short = money(max(0, rounded(wh(savings.guaranteed) * part) - saved), Fraction(savings.price))
            line = ("FEE", saved, savings.price, max(0, fee - short))
        case "COST_TRUSTEESHIP":
            line = ("FEE", saved, savings.price, fee)
    return _Delivery(lines=(line,), facts=() if report is None else (report,))


# The same again


def same(first: StatementCalculated, other: StatementCalculated) -> bool:
    """Compare two calculations: true where they say the same, whoever made them and when.

    A statement of before quality was measured says no share: that alone makes no other statement.
    """
    about = {"effective_on": other.effective_on, "calculated_by": other.calculated_by, "run": other.run}
    return _as_said(replace(first, **about), other) == _as_said(other, first)


def _as_said(one: StatementCalculated, other: StatementCalculated) -> StatementCalculated:
    """A statement without the shares that another does not say."""
    if other.estimated and other.estimated_wh is None:
        one = replace(one, estimated_wh=None)
    return one if other.substituted_wh is not None else replace(one, substituted_wh=None)


def reprint(facts: Iterable[Fact], statement: StatementCalculated) -> StatementCalculated:
    """Calculate a statement again, from those of the facts that it names. A missing fact raises OfftakeRefusal.

    What was calculated before domain §14 names no facts by which days do not count, and comes out as it did.
    """
    wanted, state = set(statement.inputs), Offtakes()
    for fact in facts:
        if reference(fact) in wanted:
            state = evolve(state, fact)
    again = calculate(
        state,
        statement.agreement,
        statement.month,
        run=statement.run,
        by=statement.calculated_by,
        on=statement.effective_on,
        shared=statement.shared,
    )
    return _as_said(again, statement)
