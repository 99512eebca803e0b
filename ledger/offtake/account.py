"""What the facts of offtake come to: agreements with their runs and years, meters, and what billing says of them.

Run, Year              a month's statement, run by run; a contract year
Agreement              an agreement as its facts tell, in whatever order they are folded
Offtakes               what the facts of one scope tell; `evolve`
bank, carried_over     rights left from earlier years: make-up, first in first out, and carry-forward
"""

from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from ledger.billing.account import Billing
from ledger.billing.account import evolve as evolve_billing
from ledger.decider import Fact
from ledger.offtake.facts import (
    AgreementPosting,
    Carried,
    CertificatesIssued,
    CertificatesSold,
    CommercialOperationDeclared,
    ConditionsSatisfied,
    CurtailmentInstructed,
    DeemedAgreed,
    DeliveryResumed,
    DeliverySuspended,
    DisputeWithdrawn,
    GuaranteeLdAssessed,
    GuaranteeLdCredited,
    Lot,
    MeterFact,
    OfftakeAmended,
    OfftakeDrafted,
    OfftakeExecuted,
    OfftakeExpired,
    OfftakeFact,
    OfftakeFinallySettled,
    OfftakeState,
    OfftakeTerminated,
    QuantityAdjusted,
    SavingsMeasured,
    StatementApproved,
    StatementCalculated,
    StatementDisputed,
    YearTruedUp,
)
from ledger.offtake.meter import Meter, evolve_meter
from ledger.offtake.terms import OfftakeTerms, Role, months_of
from ledger.periods import Periods, first_and_last
from ledger.rates import RateApproved, Rates
from ledger.values.money import rounded

NOTHING: Mapping[Any, Any] = MappingProxyType({})


class Run(Struct, frozen=True, kw_only=True):
    """One run of a month's statement. A calculation not yet approved gives way to a later one."""

    calculated: StatementCalculated | None = None
    approved: StatementApproved | None = None
    dispute: StatementDisputed | None = None


class Curtailment(Struct, frozen=True, kw_only=True):
    """What was curtailed, and whether it is paid for."""

    instructed: CurtailmentInstructed | None = None
    deemed: DeemedAgreed | None = None


Versions = tuple[tuple[date, OfftakeTerms], ...]
Damages = GuaranteeLdAssessed | GuaranteeLdCredited


class Agreement(Struct, frozen=True, kw_only=True):
    """An offtake agreement as its facts tell.

    versions    (from when, terms) by date, from execution on
    runs        month -> run -> what became of it; years: contract year -> run -> what it came to
    """

    agreement: str
    state: OfftakeState = "DRAFT"
    since: date = date.min
    drafted: OfftakeDrafted | None = None
    executed: OfftakeExecuted | None = None
    commercial_on: date | None = None
    ended_on: date | None = None
    versions: Versions = ()
    curtailments: Mapping[str, Curtailment] = NOTHING
    adjustments: Mapping[str, QuantityAdjusted] = NOTHING
    savings: Mapping[str, SavingsMeasured] = NOTHING
    runs: Mapping[str, Mapping[int, Run]] = NOTHING
    years: Mapping[int, Mapping[int, YearTruedUp]] = NOTHING
    damages: Mapping[int, Damages] = NOTHING
    certificates: tuple[CertificatesIssued, ...] = ()
    sales: Mapping[str, CertificatesSold] = NOTHING
    amendments: tuple[OfftakeAmended, ...] = ()
    asked: frozenset[Any] = frozenset()

    @property
    def role(self) -> Role | None:
        """MCSC's role, from execution on."""
        return self.executed.role if self.executed else None

    def terms_on(self, on: date) -> OfftakeTerms | None:
        """The terms in force on a day: the first ones before it begins; of a draft, what it says."""
        found = [terms for since, terms in self.versions if since <= on] or [terms for _, terms in self.versions[:1]]
        if found:
            return found[-1]
        return self.drafted.terms if self.drafted else None

    def approved(self, month: str) -> tuple[StatementCalculated, ...]:
        """The approved runs of a month, R0 first."""
        runs = (run for _, run in sorted(self.runs.get(month, NOTHING).items()))
        return tuple(run.calculated for run in runs if run.approved is not None and run.calculated is not None)

    def latest(self, month: str) -> StatementCalculated | None:
        """The latest approved run of a month."""
        runs = self.approved(month)
        return runs[-1] if runs else None

    def year(self, year: int) -> YearTruedUp | None:
        """The latest word on a contract year."""
        runs = self.years.get(year, NOTHING)
        return runs[max(runs)] if runs else None

    @property
    def true_ups(self) -> Iterator[YearTruedUp]:
        """The latest word on every contract year, in order."""
        for _, runs in sorted(self.years.items()):
            yield runs[max(runs)]


class Offtakes(Struct, frozen=True, kw_only=True):
    """What the facts of one scope tell. Companies, leases, periods, rates and receivables are as billing folds them.

    approved   rates by series and date, as the facts that statements rest on
    """

    agreements: Mapping[str, Agreement] = NOTHING
    meters: Mapping[str, Meter] = NOTHING
    billing: Billing = Billing()
    approved: Mapping[tuple[str, date], RateApproved] = NOTHING

    @property
    def periods(self) -> Periods:
        """Which months are open."""
        return self.billing.periods

    @property
    def rates(self) -> Rates:
        """What is approved."""
        return self.billing.rates

    def rate_on(self, series: str, on: date) -> RateApproved | None:
        """The approval of the rate that holds on a date; None where none does."""
        since = [day for known, day in self.approved if known == series and day <= on]
        return self.approved[series, max(since)] if since else None

    def meters_of(self, agreement: str) -> list[Meter]:
        """The meters at an agreement's delivery point, by identifier."""
        known = (meter for _, meter in sorted(self.meters.items()))
        return [meter for meter in known if meter.installed and meter.installed.agreement == agreement]


# Evolve


def evolve(state: Offtakes, fact: Fact) -> Offtakes:
    """Everything after one more fact; facts that offtake does not use change nothing."""
    if isinstance(fact, MeterFact):
        meter = evolve_meter(state.meters.get(fact.meter, Meter()), fact)
        return replace(state, meters={**state.meters, fact.meter: meter})
    if isinstance(fact, OfftakeFact | AgreementPosting):
        return _moved(state, fact.agreement, fact)
    if isinstance(fact, GuaranteeLdCredited):
        state = _moved(state, fact.agreement, fact)
    if isinstance(fact, RateApproved):
        state = replace(state, approved={**state.approved, (fact.series, fact.effective_on): fact})
    after = evolve_billing(state.billing, fact)
    return state if after is state.billing else replace(state, billing=after)


def _moved(state: Offtakes, name: str, fact: Fact) -> Offtakes:
    agreement = evolve_agreement(state.agreements.get(name), name, fact)
    return replace(state, agreements={**state.agreements, name: agreement})


STATES: Mapping[type[Fact], OfftakeState] = {
    OfftakeDrafted: "DRAFT",
    OfftakeExecuted: "EXECUTED",
    ConditionsSatisfied: "CONDITIONS_SATISFIED",
    CommercialOperationDeclared: "IN_DELIVERY",
    DeliverySuspended: "SUSPENDED",
    DeliveryResumed: "IN_DELIVERY",
    OfftakeExpired: "EXPIRED",
    OfftakeTerminated: "TERMINATED",
    OfftakeFinallySettled: "FINALLY_SETTLED",
}


def evolve_agreement(known: Agreement | None, name: str, fact: Fact) -> Agreement:
    """An agreement after one more fact about it; it adds and never checks."""
    one = known or Agreement(agreement=name)
    if isinstance(fact, OfftakeFact):
        one = replace(one, asked=one.asked | {fact.asked})
    if (state := STATES.get(type(fact))) is not None:
        one = replace(one, state=state, since=fact.effective_on)
    match fact:
        case StatementCalculated() | StatementApproved() | StatementDisputed() | DisputeWithdrawn():
            return _run(one, fact)
        case YearTruedUp():
            runs = {**one.years.get(fact.year, NOTHING), fact.run: fact}
            return replace(one, years={**one.years, fact.year: runs})
        case CurtailmentInstructed() | DeemedAgreed():
            return _curtailed(one, fact)
        case GuaranteeLdAssessed() | GuaranteeLdCredited():
            return replace(one, damages={**one.damages, fact.year: fact})
        case QuantityAdjusted():
            return replace(one, adjustments={**one.adjustments, fact.adjustment: fact})
        case SavingsMeasured():
            return replace(one, savings={**one.savings, fact.month: fact})
        case CertificatesIssued():
            return replace(one, certificates=(*one.certificates, fact))
        case CertificatesSold():
            return replace(one, sales={**one.sales, fact.sale: fact})
    return _lived(one, fact)


def _lived(one: Agreement, fact: Fact) -> Agreement:
    match fact:
        case OfftakeDrafted():
            return replace(one, drafted=fact)
        case OfftakeExecuted():
            first = one.drafted.terms if one.drafted else None
            versions = one.versions if first is None else _by_date((*one.versions, (first.starts_on, first)))
            return replace(one, executed=fact, versions=versions)
        case OfftakeAmended():
            versions = _by_date((*one.versions, (fact.effective_on, fact.terms)))
            return replace(one, versions=versions, amendments=(*one.amendments, fact))
        case CommercialOperationDeclared():
            return replace(one, commercial_on=fact.effective_on)
        case OfftakeTerminated() | OfftakeExpired():
            return replace(one, ended_on=fact.effective_on)
    return one


def _by_date(versions: Versions) -> Versions:
    return tuple(sorted(versions, key=lambda pair: pair[0]))


def _curtailed(one: Agreement, fact: CurtailmentInstructed | DeemedAgreed) -> Agreement:
    known = one.curtailments.get(fact.curtailment, Curtailment())
    change = replace(known, instructed=fact) if isinstance(fact, CurtailmentInstructed) else replace(known, deemed=fact)
    return replace(one, curtailments={**one.curtailments, fact.curtailment: change})


Word = StatementCalculated | StatementApproved | StatementDisputed | DisputeWithdrawn


def _run(one: Agreement, fact: Word) -> Agreement:
    runs = one.runs.get(fact.month, NOTHING)
    known = runs.get(fact.run, Run())
    match fact:
        case StatementCalculated():
            known = replace(known, calculated=fact, dispute=None if known.approved is None else known.dispute)
        case StatementApproved():
            known = replace(known, approved=fact)
        case StatementDisputed():
            known = replace(known, dispute=fact)
        case DisputeWithdrawn():
            known = replace(known, dispute=None)
    return replace(one, runs={**one.runs, fact.month: {**runs, fact.run: known}})


# Rights left from earlier years


def terms_of_year(one: Agreement, year: int) -> OfftakeTerms | None:
    """The terms with which a contract year begins; None where none of its months belongs to the agreement."""
    first = one.versions[0][1] if one.versions else None
    months = months_of(first, year) if first is not None else ()
    return one.terms_on(first_and_last(months[0])[0]) if months else None


def bank(agreement: Agreement, before: int) -> list[Lot]:
    """Make-up rights that earlier years left, the oldest first: what was paid for, less taken and expired (E5)."""
    left: dict[int, Lot] = {}
    for year in agreement.true_ups:
        if year.year >= before:
            break
        for lot in (*year.taken, *year.expired):
            known = left[lot.year]
            left[lot.year] = Lot(
                year=lot.year,
                energy_wh=known.energy_wh - lot.energy_wh,
                net_minor=known.net_minor - lot.net_minor,
            )
        terms = terms_of_year(agreement, year.year)
        if year.shortfall_wh and terms is not None and terms.take_or_pay and terms.take_or_pay.make_up:
            left[year.year] = Lot(year=year.year, energy_wh=year.shortfall_wh, net_minor=year.shortfall_minor)
    return [lot for _, lot in sorted(left.items()) if lot.energy_wh]


def part_of(lot: Lot, energy_wh: int) -> Lot:
    """So much of a lot; the whole of it has the whole of its money."""
    net = rounded(Fraction(lot.net_minor * energy_wh, lot.energy_wh))
    return Lot(year=lot.year, energy_wh=energy_wh, net_minor=net)


def carried_over(agreement: Agreement, year: int) -> list[Carried]:
    """Over-take of earlier years that may still count in a year, the oldest first."""
    left: dict[int, int] = {}
    for earlier in agreement.true_ups:
        if earlier.year >= year:
            break
        for used in earlier.carried:
            left[used.year] = left.get(used.year, 0) - used.energy_wh
        terms = terms_of_year(agreement, earlier.year)
        right = terms.take_or_pay.carry_forward if terms is not None and terms.take_or_pay else None
        if right is not None and earlier.over_wh and earlier.year + right.years >= year:
            left[earlier.year] = earlier.over_wh
    return [Carried(year=since, energy_wh=energy) for since, energy in sorted(left.items()) if energy > 0]
