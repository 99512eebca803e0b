"""What the facts of offtake come to: agreements with their runs and years, meters, and what billing says of them.

Run, Curtailment         a run of a month's statement; a curtailment
TerminationPayment       what one side is to pay because it ended early, and what became of that
OfftakeAgreement         an agreement as its facts tell, in whatever order they are folded
Offtakes                 what the facts of one scope tell
evolve                   all of it after one more fact; evolve_agreement, evolve_run: an agreement, a run
bank, carried_over       rights left from earlier years: make-up, first in first out, and carry-forward
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from ledger.billing.account import Billing, Document
from ledger.billing.account import evolve as evolve_billing
from ledger.billing.lines import Charge
from ledger.companies.company import Company, evolve_company
from ledger.companies.facts import CompanyFact
from ledger.decider import Asked, Fact, remember
from ledger.offtake.charges.facts import (
    EnergyLateFeeAssessed,
    TerminationPaymentInvoiced,
    TerminationPaymentOwed,
    TerminationPaymentProposed,
    TerminationPaymentRejected,
    TerminationPaymentReversed,
)
from ledger.offtake.days import Delivering
from ledger.offtake.facts import (
    AgreementPosting,
    Carried,
    CertificatesIssued,
    CertificatesSold,
    CommercialOperationDeclared,
    ConditionsSatisfied,
    CurtailmentInstructed,
    DamagesReversed,
    DeemedAgreed,
    DeliveryResumed,
    DeliverySuspended,
    DisputeWithdrawn,
    EnergyInvoiced,
    GuaranteeLdAssessed,
    GuaranteeLdCredited,
    Lot,
    MakeUpExpired,
    MakeUpRestored,
    MakeUpTaken,
    OfftakeAmended,
    OfftakeAmendmentProposed,
    OfftakeAmendmentRejected,
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
    StatementFact,
    TakeOrPayInvoiced,
    YearTruedUp,
)
from ledger.offtake.green.facts import (
    CertificateLotIssued,
    CertificatesMoved,
    CertificatesRetired,
    CertificatesTransferred,
)
from ledger.offtake.meters.facts import MeterFact, PricesReceived
from ledger.offtake.meters.meter import Meter, evolve_meter
from ledger.offtake.meters.pricing import NO_PRICES, PriceBook, price_book_with
from ledger.offtake.terms import Guarantee, OfftakeTerms, Role, TakeOrPay, months_of
from ledger.periods import Periods, first_and_last
from ledger.rates import RateApproved, Rates

NOTHING: Mapping[Any, Any] = MappingProxyType({})
K = TypeVar("K")
V = TypeVar("V")
Versions = tuple[tuple[date, OfftakeTerms], ...]
Damages = GuaranteeLdAssessed | GuaranteeLdCredited


def effective(fact: Fact) -> date:
    """The day on which a fact is effective."""
    return fact.effective_on


def without(known: Mapping[K, V], key: K) -> Mapping[K, V]:
    """A mapping without one of its keys."""
    return {other: value for other, value in known.items() if other != key}


# State


class Run(Struct, frozen=True, kw_only=True):
    """One run of a month's statement. A calculation not yet approved gives way to a later one."""

    calculated: StatementCalculated | None = None
    approved: StatementApproved | None = None
    dispute: StatementDisputed | None = None

    @property
    def is_approved(self) -> bool:
        """Tell whether a second person agreed: only then it counts and is invoiced, whatever the buyer disputes."""
        return self.approved is not None


class Curtailment(Struct, frozen=True, kw_only=True):
    """A curtailment, and the agreement to pay for it."""

    instructed: CurtailmentInstructed | None = None
    deemed: DeemedAgreed | None = None


class TerminationPayment(Struct, frozen=True, kw_only=True):
    """A payment on termination: what was asked for, and what became of it."""

    proposed: TerminationPaymentProposed | None = None
    rejected: TerminationPaymentRejected | None = None
    approved: TerminationPaymentInvoiced | TerminationPaymentOwed | None = None
    reversed: TerminationPaymentReversed | None = None

    @property
    def is_open(self) -> bool:
        """Tell whether nobody has decided on it."""
        return self.proposed is not None and self.approved is None and self.rejected is None


class OfftakeAgreement(Struct, frozen=True, kw_only=True):
    """An offtake agreement as its facts tell.

    versions    (from when, terms) by date, from execution on
    runs        month -> run -> what became of it; years: contract year -> run -> what it came to
    proposals   amendments that somebody proposed, by id; rejected: those that were turned down
    lots        lots of green certificates, by id; movements: what was transferred and retired of them, by id
    released    contract year -> the latest days on which its rights moved: in the world, and in the books
    life        the steps of its life, in the order folded
    asked       what was asked and still stands, by topic
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
    lots: Mapping[str, CertificateLotIssued] = NOTHING
    movements: Mapping[str, CertificatesMoved] = NOTHING
    amendments: tuple[OfftakeAmended, ...] = ()
    proposals: Mapping[str, OfftakeAmendmentProposed] = NOTHING
    rejected: tuple[str, ...] = ()
    released: Mapping[int, tuple[date, date]] = NOTHING
    termination_payments: Mapping[str, TerminationPayment] = NOTHING
    life: tuple[OfftakeFact, ...] = ()
    asked: Asked = NOTHING

    @property
    def decided(self) -> frozenset[str]:
        """The amendments that were approved or rejected."""
        return frozenset((*self.rejected, *(fact.amendment for fact in self.amendments if fact.amendment is not None)))

    @property
    def role(self) -> Role | None:
        """MCSC's role, from execution on."""
        return self.executed.role if self.executed else None

    def terms_on(self, on: date) -> OfftakeTerms | None:
        """The terms in force on a day: the first ones before it begins; of a draft, what it says."""
        begun = [terms for since, terms in self.versions if since <= on] or [terms for _, terms in self.versions[:1]]
        if begun:
            return begun[-1]
        return self.drafted.terms if self.drafted else None

    @property
    def ends_on(self) -> date:
        """The day with which the term ends by the latest terms, whatever ended it before."""
        terms = self.versions[-1][1] if self.versions else self.drafted.terms if self.drafted else None
        return terms.ends_on if terms is not None else date.max

    @property
    def last_on(self) -> date:
        """The last day: the term's, or the day that ended it early."""
        return min(self.ends_on, self.ended_on or date.max)

    @property
    def stops(self) -> tuple[tuple[DeliverySuspended, DeliveryResumed | None], ...]:
        """Suspensions by date, each with what ended it."""
        stopped = sorted((step for step in self.life if isinstance(step, DeliverySuspended)), key=effective)
        resumed = sorted((step for step in self.life if isinstance(step, DeliveryResumed)), key=effective)
        return tuple((stop, resumed[at] if at < len(resumed) else None) for at, stop in enumerate(stopped))

    @property
    def delivering(self) -> Delivering:
        """The days on which it delivers."""
        stops = ((stop.effective_on, goes_on.effective_on if goes_on else None) for stop, goes_on in self.stops)
        return Delivering(begun_on=self.commercial_on, last_on=self.last_on, stops=tuple(stops))

    def approved(self, month: str) -> tuple[StatementCalculated, ...]:
        """The approved runs of a month, R0 first."""
        runs = (run for _, run in sorted(self.runs.get(month, NOTHING).items()))
        return tuple(run.calculated for run in runs if run.is_approved and run.calculated is not None)

    def latest(self, month: str) -> StatementCalculated | None:
        """The latest approved run of a month."""
        runs = self.approved(month)
        return runs[-1] if runs else None

    def adjusted_wh(self, year: int) -> int:
        """The energy that is taken off the annual quantity of a contract year."""
        return sum(adjustment.energy_wh for adjustment in self.adjustments.values() if adjustment.year == year)

    def year(self, year: int) -> YearTruedUp | None:
        """The latest true-up of a contract year."""
        runs = self.years.get(year, NOTHING)
        return runs[max(runs)] if runs else None

    @property
    def true_ups(self) -> Iterator[YearTruedUp]:
        """The latest true-up of every contract year, in order."""
        for _, runs in sorted(self.years.items()):
            yield runs[max(runs)]


class Offtakes(Struct, frozen=True, kw_only=True):
    """Agreements, meters and rates of one scope. Companies, leases, periods and receivables are as billing folds them.

    approved   rates by series and date, as the facts that statements rest on
    companies  those whose facts are in scope, as `ledger.companies` folds them
    prices     days of prices, of series that change within the day
    """

    agreements: Mapping[str, OfftakeAgreement] = NOTHING
    meters: Mapping[str, Meter] = NOTHING
    billing: Billing = Billing()
    approved: Mapping[tuple[str, date], RateApproved] = NOTHING
    companies: Mapping[str, Company] = NOTHING
    prices: PriceBook = NO_PRICES

    @property
    def periods(self) -> Periods:
        """The months, and which of them are open."""
        return self.billing.periods

    @property
    def rates(self) -> Rates:
        """The rates that are approved."""
        return self.billing.rates

    def rate_on(self, series: str, on: date) -> RateApproved | None:
        """The approval of the rate that holds on a date; None where none does."""
        since = [day for name, day in self.approved if name == series and day <= on]
        return self.approved[series, max(since)] if since else None

    def meters_of(self, agreement: str) -> list[Meter]:
        """The meters at an agreement's delivery point, by identifier."""
        meters = (meter for _, meter in sorted(self.meters.items()))
        return [meter for meter in meters if meter.installed and meter.installed.agreement == agreement]

    def energy_invoices(self, agreement: str, months: Collection[str]) -> list[EnergyInvoiced]:
        """The invoices of an agreement's runs of some months."""
        issued = (document.issued for document in self.billing.documents.values())
        return [
            invoice
            for invoice in issued
            if isinstance(invoice, EnergyInvoiced) and invoice.agreement == agreement and invoice.month in months
        ]

    def year_invoices(self, agreement: str, year: int, charge: Charge = "TAKE_OR_PAY") -> list[TakeOrPayInvoiced]:
        """The invoices of an agreement's contract year: of its shortfall, or of another charge."""
        issued = (document.issued for document in self.billing.documents.values())
        return [
            invoice
            for invoice in issued
            if isinstance(invoice, TakeOrPayInvoiced)
            and (invoice.agreement, invoice.year, invoice.charge) == (agreement, year, charge)
        ]


# Evolve


def evolve(state: Offtakes, fact: Fact) -> Offtakes:
    """Everything after one more fact; facts that offtake does not use change nothing."""
    if isinstance(fact, MeterFact):
        meter = evolve_meter(state.meters.get(fact.meter, Meter()), fact)
        return replace(state, meters={**state.meters, fact.meter: meter})
    if isinstance(fact, OfftakeFact | AgreementPosting):
        return _with_agreement(state, fact.agreement, fact)
    if isinstance(fact, GuaranteeLdCredited | TerminationPaymentInvoiced):
        state = _with_agreement(state, fact.agreement, fact)
    if isinstance(fact, CompanyFact):
        companies = {name: evolve_company(state.companies.get(name), fact) for name in fact.companies}
        state = replace(state, companies={**state.companies, **companies})
    if isinstance(fact, PricesReceived):
        return replace(state, prices=price_book_with(state.prices, fact))
    if isinstance(fact, RateApproved):
        state = replace(state, approved={**state.approved, (fact.series, fact.effective_on): fact})
    after = evolve_billing(state.billing, fact)
    if isinstance(fact, EnergyLateFeeAssessed):
        overdue = after.documents.get(fact.on_invoice, Document())
        overdue = replace(overdue, late_fees=(*overdue.late_fees, fact))
        after = replace(after, documents={**after.documents, fact.on_invoice: overdue})
    return state if after is state.billing else replace(state, billing=after)


def _with_agreement(state: Offtakes, name: str, fact: Fact) -> Offtakes:
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


def evolve_agreement(before: OfftakeAgreement | None, name: str, fact: Fact) -> OfftakeAgreement:
    """An agreement after one more fact about it; it adds and never checks."""
    agreement = before or OfftakeAgreement(agreement=name)
    if isinstance(fact, OfftakeFact):
        agreement = replace(agreement, asked=remember(agreement.asked, fact))
    if isinstance(fact, OfftakeFact) and (state := STATES.get(type(fact))) is not None:
        agreement = replace(agreement, state=state, since=fact.effective_on, life=(*agreement.life, fact))
    match fact:
        case StatementFact():
            runs = agreement.runs.get(fact.month, NOTHING)
            run = evolve_run(runs.get(fact.run, Run()), fact)
            return replace(agreement, runs={**agreement.runs, fact.month: {**runs, fact.run: run}})
        case YearTruedUp():
            years = {**agreement.years.get(fact.year, NOTHING), fact.run: fact}
            return replace(agreement, years={**agreement.years, fact.year: years})
        case CurtailmentInstructed() | DeemedAgreed():
            return _curtailed(agreement, fact)
        case GuaranteeLdAssessed() | GuaranteeLdCredited():
            return replace(agreement, damages={**agreement.damages, fact.year: fact})
        case DamagesReversed():
            return replace(agreement, damages=without(agreement.damages, fact.year))
        case MakeUpTaken() | MakeUpExpired() | MakeUpRestored():
            on, booked_on = agreement.released.get(fact.year, (date.min, date.min))
            latest = max(on, fact.effective_on), max(booked_on, fact.accounting_on)
            return replace(agreement, released={**agreement.released, fact.year: latest})
        case QuantityAdjusted():
            return replace(agreement, adjustments={**agreement.adjustments, fact.adjustment: fact})
        case SavingsMeasured():
            return replace(agreement, savings={**agreement.savings, fact.month: fact})
        case CertificatesIssued():
            return replace(agreement, certificates=(*agreement.certificates, fact))
        case CertificatesSold():
            return replace(agreement, sales={**agreement.sales, fact.sale: fact})
        case CertificateLotIssued():
            return replace(agreement, lots={**agreement.lots, fact.lot: fact})
        case CertificatesTransferred() | CertificatesRetired():
            return replace(agreement, movements={**agreement.movements, fact.movement: fact})
    return _lived(_terminated(agreement, fact), fact)


def _lived(agreement: OfftakeAgreement, fact: Fact) -> OfftakeAgreement:
    match fact:
        case OfftakeDrafted():
            return replace(agreement, drafted=fact)
        case OfftakeExecuted():
            first = agreement.drafted.terms if agreement.drafted else None
            versions = agreement.versions if first is None else (*agreement.versions, (first.starts_on, first))
            return replace(agreement, executed=fact, versions=_by_date(versions))
        case OfftakeAmended():
            versions = (*agreement.versions, (fact.effective_on, fact.terms))
            return replace(agreement, versions=_by_date(versions), amendments=(*agreement.amendments, fact))
        case OfftakeAmendmentProposed():
            return replace(agreement, proposals={**agreement.proposals, fact.amendment: fact})
        case OfftakeAmendmentRejected():
            return replace(agreement, rejected=(*agreement.rejected, fact.amendment))
        case CommercialOperationDeclared():
            return replace(agreement, commercial_on=fact.effective_on)
        case OfftakeTerminated() | OfftakeExpired():
            return replace(agreement, ended_on=fact.effective_on)
    return agreement


BECAME: Mapping[type[Fact], str] = {
    TerminationPaymentProposed: "proposed",
    TerminationPaymentRejected: "rejected",
    **dict.fromkeys((TerminationPaymentInvoiced, TerminationPaymentOwed), "approved"),
    TerminationPaymentReversed: "reversed",
}
"""What each fact about a payment on termination tells of it."""


def _terminated(agreement: OfftakeAgreement, fact: Fact) -> OfftakeAgreement:
    """An agreement after one more fact about a payment on termination."""
    field = BECAME.get(type(fact))
    if field is None:
        return agreement
    told: Any = fact
    payments, name = agreement.termination_payments, told.termination_payment
    changed = replace(payments.get(name, TerminationPayment()), **{field: fact})
    return replace(agreement, termination_payments={**payments, name: changed})


def _by_date(versions: Versions) -> Versions:
    return tuple(sorted(versions, key=lambda version: version[0]))


def _curtailed(agreement: OfftakeAgreement, fact: CurtailmentInstructed | DeemedAgreed) -> OfftakeAgreement:
    before = agreement.curtailments.get(fact.curtailment, Curtailment())
    if isinstance(fact, CurtailmentInstructed):
        curtailment = replace(before, instructed=fact)
    else:
        curtailment = replace(before, deemed=fact)
    return replace(agreement, curtailments={**agreement.curtailments, fact.curtailment: curtailment})


def evolve_run(run: Run, fact: StatementFact) -> Run:
    """A run after one more fact about it; it adds and never checks."""
    match fact:
        case StatementCalculated():
            return replace(run, calculated=fact, dispute=run.dispute if run.is_approved else None)
        case StatementApproved():
            return replace(run, approved=fact)
        case StatementDisputed():
            return replace(run, dispute=fact)
        case DisputeWithdrawn():
            return replace(run, dispute=None)
    raise AssertionError(fact)


# Rights left from earlier years


def months_of_year(agreement: OfftakeAgreement, year: int) -> tuple[str, ...]:
    """The months of a contract year, as far as the term lasts by the latest terms; all of one that was trued up."""
    if not agreement.versions:
        return ()
    return months_of(
        agreement.versions[0][1].starts_on, date.max if year in agreement.years else agreement.ends_on, year
    )


def _terms_within(agreement: OfftakeAgreement, year: int) -> Iterator[OfftakeTerms]:
    """The terms of each month of a contract year until the agreement ends, the last month first."""
    months = months_of_year(agreement, year)
    begun = [month for month in months if first_and_last(month)[0] <= agreement.last_on] or months[:1]
    for month in reversed(begun):
        if (terms := agreement.terms_on(first_and_last(month)[0])) is not None:
            yield terms


def terms_of_year(agreement: OfftakeAgreement, year: int) -> OfftakeTerms | None:
    """The terms with which a contract year ends; None where none of its months belongs to the agreement."""
    return next(_terms_within(agreement, year), None)


def take_or_pay_of(agreement: OfftakeAgreement, year: int) -> TakeOrPay | None:
    """The take-or-pay of a contract year; where an amendment changed it, the last: its price, and its rights."""
    return next((terms.take_or_pay for terms in _terms_within(agreement, year) if terms.take_or_pay), None)


def guarantee_of(agreement: OfftakeAgreement, year: int) -> Guarantee | None:
    """The guarantee of a contract year; where an amendment changed it, the last."""
    return next((terms.guarantee for terms in _terms_within(agreement, year) if terms.guarantee), None)


def bank(agreement: OfftakeAgreement, before: int) -> list[Lot]:
    """Make-up rights that earlier years left, the oldest first: what was paid for, less taken and expired (E5)."""
    left: dict[int, Lot] = {}
    for year in agreement.true_ups:
        if year.year >= before:
            break
        if (own := own_lot(agreement, year)) is not None:
            left[year.year] = own
        for part in (*year.taken, *year.expired):
            if part.year in left:
                left[part.year] = left[part.year].less(part)
    return [lot for _, lot in sorted(left.items()) if lot.energy_wh > 0]


def own_lot(agreement: OfftakeAgreement, year: YearTruedUp) -> Lot | None:
    """The right that a contract year's own shortfall gives; None where it gives none."""
    right = take_or_pay_of(agreement, year.year)
    if not year.shortfall_wh or right is None or right.make_up is None:
        return None
    return Lot(year=year.year, energy_wh=year.shortfall_wh, net_minor=year.shortfall_minor)


def carried_over(agreement: OfftakeAgreement, year: int) -> list[Carried]:
    """Over-take of earlier years that may still count in a year, the oldest first."""
    left: dict[int, int] = {}
    for earlier in agreement.true_ups:
        if earlier.year >= year:
            break
        for used in earlier.carried:
            left[used.year] = left.get(used.year, 0) - used.energy_wh
        take_or_pay = take_or_pay_of(agreement, earlier.year)
        right = take_or_pay.carry_forward if take_or_pay is not None else None
        if right is not None and earlier.over_wh and earlier.year + right.years >= year:
            left[earlier.year] = earlier.over_wh
    return [Carried(year=since, energy_wh=energy) for since, energy in sorted(left.items()) if energy > 0]
