"""Which dates need an act, and was it done? What contracts and VAT returns say, and what was said of it.

diary        the entries on a basis, the earliest first
DiaryEntry   one: its id, kind, day, what it comes from, and whether it waits
LEADS        so many days before its day an entry asks for attention, by kind, where the settings say nothing else
LAPSING      kinds that pass by themselves: what was not done by the day is not done any more

An entry's id says kind, thing and day, so it is the same for ever; where an amendment moves the day, another entry
takes its place. What a fact of the contract answers is no entry: a lease that is recorded as expired has no expiry to
see to; a lot of green certificates has none once all of it went or was retired. A month's VAT return is to be filed,
and its VAT paid, by the 15th of the next month, or later where the tax office says so; the months before the first
return on record are not looked at, and while there is none, those before the last one that is over. Terms count as
agreed up to the last day that is asked for, steps as they stand on the effective date.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal

from msgspec import Struct, structs
from sqlalchemy import Connection, and_, func, select

from ledger.decider import DataClass, all_facts, standing, stored_name
from ledger.investment.standing import BINDING, InvestmentAgreement, tested_as
from ledger.joint.diary import KINDS, DiaryKind, EntryCompleted, EntryWaived
from ledger.leases.lease import Lease
from ledger.leases.schedule import deposit_due_on, last_day
from ledger.leases.turnover import undeclared
from ledger.log.envelope import Entry
from ledger.offtake.terms import months_of
from ledger.orders.order import IN_FORCE, EquipmentOrder
from ledger.periods import first_and_last, month_after, month_end, month_of
from ledger.values.money import EXPONENT, written
from projections.books.entries import known
from projections.books.journal import journal_line
from projections.books.vat import Returns, returns
from projections.deals.investment import agreement_states
from projections.deals.offtake import Content, registered
from projections.deals.orders import order_states
from projections.engine.basis import Basis
from projections.engine.history import every_one
from projections.payables.documents import payables
from projections.receivables.documents import due_between
from projections.receivables.tenants import held_and_overdue
from projections.tenancy.leases import both_states

ThingKind = Literal["LEASE", "INVESTMENT", "ORDER", "OFFTAKE", "PERIOD"]
DiaryStatus = Literal["OVERDUE", "DUE", "AHEAD", "PASSED", "DONE", "WAIVED"]
"""OVERDUE: its day is past and it waits. DUE: its day is within the lead time. PASSED: it lapsed, and nobody said."""

LEADS: Mapping[str, int] = {
    **dict.fromkeys(KINDS, 30),
    "BREAK_NOTICE": 90,
    "BREAK": 30,
    "RENEWAL_NOTICE": 90,
    "EXPIRY": 180,
    "SURRENDER": 14,
    "DEPOSIT_RETURN": 14,
    "RENT_STEP": 14,
    "RENT_FREE_END": 14,
    "TURNOVER": 14,
    "MILESTONE": 7,
    "QUOTATION_END": 7,
    "OFFTAKE_END": 180,
    "VAT_RETURN": 14,
    "VAT_PAYMENT": 14,
    "CERTIFICATE_EXPIRY": 90,
}
LAPSING: frozenset[DiaryKind] = frozenset(
    {
        "RENT_STEP",
        "RENT_FREE_END",
        "RENT_REVIEW",
        "BREAK_NOTICE",
        "BREAK",
        "RENEWAL_NOTICE",
        "QUOTATION_END",
        "CERTIFICATE_EXPIRY",
    }
)
VAT_DAY = 15
"""The day of the next month by which a month's VAT return is filed, and its VAT paid."""
AHEAD_DAYS = 366
"""How far the diary looks ahead where nobody says."""
ON_TERMINATION = ("energy.termination-payment-invoiced", "energy.termination-payment-owed")
CAME_OVER = "billing.deposit-moved"
"""A lease has its deposit from the one before it."""
SOURCES = (
    "lease.executed",
    "lease.taken-over",
    "lease.amended",
    "lease.terminated",
    "billing.deposit-received",
    "billing.deposit-taken-over",
    CAME_OVER,
    "investment.signed",
    "investment.amended",
    "order.quotation-issued",
    "order.milestone-invoiced",
    "order.warranty-started",
    "offtake.executed",
    "offtake.amended",
    "offtake.certificate-lot-issued",
    "period.opened",
    *ON_TERMINATION,
)
"""The facts that say a date; the latest of a thing that fits is the one that it comes from."""
STEPS = ("diary.entry-completed", "diary.entry-waived", "diary.step-withdrawn")


class DiaryEntry(Struct, frozen=True, kw_only=True):
    """A date that needs an act.

    entry      its id; the same for the same kind, thing and day
    on         the day; `lead_on`: from when it asks for attention
    says       more of it: units, a price, an amount; of a deposit also the interest that accrued and was not credited
    position   the fact that the date comes from; `recorded_at`: of the latest fact about the entry
    steps      how often something was recorded about the entry itself; `decided_at`: the position of what stands of it
    """

    entry: str
    kind: DiaryKind
    status: DiaryStatus
    on: date
    lead_on: date
    thing: ThingKind
    name: str
    company: str
    says: str
    decided_on: date | None
    decided_by: str | None
    reason: str | None
    decided_at: int | None
    steps: int
    recorded_at: datetime
    data_class: DataClass
    position: int


@dataclass(frozen=True)
class DatesSaid:
    """The facts that dates come from, by stored name and thing, in the order recorded."""

    by_name: Mapping[tuple[str, str], list[Entry]] = field(default_factory=dict)

    def latest(self, name: str, thing: str, **matching: Any) -> Entry | None:
        """The latest such fact of a thing whose fields match."""
        some = self.by_name.get((name, thing), ())
        fits = (one for one in reversed(some) if all(getattr(one.fact, key) == is_ for key, is_ in matching.items()))
        return next(fits, None)


Source = Callable[[DatesSaid], Entry | None]
"""Finds the fact that a date comes from; where none stands, the date is not there."""


@dataclass(frozen=True)
class Found:
    """A date that a contract names, and how the fact is found that it comes from. `about`: which of several."""

    kind: DiaryKind
    on: date
    thing: ThingKind
    name: str
    company: str
    source: Source
    says: str = ""
    about: tuple[str, ...] = ()

    @property
    def entry(self) -> str:
        """The id of the entry."""
        return "/".join((self.kind.lower().replace("_", "-"), self.name, *self.about, self.on.isoformat()))


# The question


def diary(
    connection: Connection,
    basis: Basis,
    *,
    leads: Mapping[str, int],
    from_on: date | None = None,
    until_on: date | None = None,
) -> list[DiaryEntry]:
    """The entries on a basis with a day through `until_on` (a year ahead), the earliest first.

    from_on   entries with a day from here on; without it those from the effective date on, and all that are overdue
    leads     days ahead by kind, in place of the usual
    """
    until = until_on or basis.effective + timedelta(days=AHEAD_DAYS)
    days = {**LEADS, **leads}

    def near(found: Found) -> bool:
        waits = found.on >= basis.effective or found.kind not in LAPSING
        return found.on <= until and (waits if from_on is None else found.on >= from_on)

    some = [found for found in _found(connection, basis, until) if near(found)]
    known, steps = _known(connection, basis, some), _steps(connection, basis)
    sources = ((found, found.source(known)) for found in some)
    rows = [_row(found, source, basis.effective, days, steps) for found, source in sources if source is not None]
    shown = (row for row in rows if from_on is not None or row.on >= basis.effective or row.status == "OVERDUE")
    return sorted(shown, key=lambda row: (row.on, row.entry))


def _found(connection: Connection, basis: Basis, until: date) -> Iterator[Found]:
    agreed = structs.replace(basis, effective=max(basis.effective, until))
    yield from _of_leases(connection, basis, agreed)
    for deal in agreement_states(connection, basis):
        yield from _of_investment(deal.agreement, basis.effective)
    for row, order in order_states(connection, basis):
        yield from _of_order(order, row.buyer)
    yield from _of_offtakes(connection, basis, agreed)
    yield from _of_vat(connection, basis, until)


def _known(connection: Connection, basis: Basis, found: Iterable[Found]) -> DatesSaid:
    """The facts that these dates may come from."""
    by_name: dict[tuple[str, str], list[Entry]] = {}
    taken_back = [name for name, kind in all_facts().items() if kind.withdraws]
    tags = {f"{one.thing.lower()}:{one.name}" for one in found}
    said = every_one(connection, recorded=basis.recorded, names=SOURCES, tags=tags) if tags else ()
    back = every_one(connection, recorded=basis.recorded, names=taken_back) if tags else ()
    for one in standing(heapq.merge(said, back, key=lambda one: one.position), lambda one: one.fact):
        if one.fact.withdraws:
            continue
        fact: Any = one.fact
        named = ("to_lease", "agreement", "lease", "order", "month")  # a deposit that moved is held for the other lease
        thing = next(getattr(fact, key) for key in named if hasattr(fact, key))
        by_name.setdefault((stored_name(type(fact)), thing), []).append(one)
    return DatesSaid(by_name)


def _steps(connection: Connection, basis: Basis) -> Mapping[str, list[Entry]]:
    """The facts recorded about each entry, in order."""
    by_entry: dict[str, list[Entry]] = {}
    for one in every_one(connection, recorded=basis.recorded, names=STEPS):
        fact: Any = one.fact
        if fact.effective_on <= basis.effective:
            by_entry.setdefault(fact.entry, []).append(one)
    return by_entry


def _row(
    found: Found, source: Entry, today: date, leads: Mapping[str, int], steps: Mapping[str, list[Entry]]
) -> DiaryEntry:
    said = steps.get(found.entry, [])
    stands = [one for one in standing(said, lambda one: one.fact) if not one.fact.withdraws]
    decided = stands[-1] if stands else None
    fact: Any = decided.fact if decided else None
    lead_on = found.on - timedelta(days=leads[found.kind])
    return DiaryEntry(
        entry=found.entry,
        kind=found.kind,
        status=_status(found, fact, today, lead_on),
        on=found.on,
        lead_on=lead_on,
        thing=found.thing,
        name=found.name,
        company=found.company,
        says=found.says,
        decided_on=fact.effective_on if fact else None,
        decided_by=fact.by if fact else None,
        reason=fact.reason if isinstance(fact, EntryWaived) else fact.note if fact else None,
        decided_at=decided.position if decided else None,
        steps=len(said),
        recorded_at=max(one.recorded_at for one in (source, *said)),
        data_class=source.data_class,
        position=source.position,
    )


def _status(found: Found, decided: EntryCompleted | EntryWaived | None, today: date, lead_on: date) -> DiaryStatus:
    if decided is not None:
        return "DONE" if isinstance(decided, EntryCompleted) else "WAIVED"
    if found.on < today:
        return "PASSED" if found.kind in LAPSING else "OVERDUE"
    return "DUE" if lead_on <= today else "AHEAD"


# Leases


def _of_leases(connection: Connection, basis: Basis, agreed: Basis) -> Iterator[Found]:
    held = {lease: amount for (_, lease), amount in held_and_overdue(connection, basis)[0].items()}
    interest = _uncredited(connection, basis)
    for lease, later in both_states(connection, basis, agreed):
        if lease.executed_on is None or not lease.versions:
            continue
        seen = structs.replace(lease, versions=later.versions)
        for kind, on, says in _dates(seen):
            yield Found(kind, on, "LEASE", lease.lease, lease.company, _of_terms(lease.lease), says)
        for month, on in undeclared(seen, month_end(basis.effective)):
            yield Found("TURNOVER", on, "LEASE", lease.lease, lease.company, _of_terms(lease.lease), month)
        day, deposit, more = deposit_due_on(seen), held.get(lease.lease, 0), interest.get(lease.lease, 0)
        if (deposit > 0 or more > 0) and day is not None:
            says, source = f"{written(deposit)} CNY", _of_deposit(lease.lease)
            says += f", INTEREST {written(more)} CNY" if more > 0 else ""
            yield Found("DEPOSIT_RETURN", day, "LEASE", lease.lease, lease.company, source, says)


def _uncredited(connection: Connection, basis: Basis) -> dict[str, int]:
    """The interest that accrued on the deposit of each lease and was not credited, by lease, in minor units."""
    line = journal_line.c
    on_account = and_(known(basis, of_account=True), line.account == "interest-payable")
    found = connection.execute(select(line.lease, func.sum(line.amount_minor)).where(on_account).group_by(line.lease))
    return {lease: -int(amount) for lease, amount in found.all()}


def _of_terms(lease: str) -> Source:
    """The fact that says the terms that a lease's dates come from."""

    def source(known: DatesSaid) -> Entry | None:
        said = ("lease.executed", "lease.taken-over", "lease.amended", "lease.terminated")
        some = [known.latest(name, lease) for name in said]
        return max((one for one in some if one), key=lambda one: one.position, default=None)

    return source


def _of_deposit(lease: str) -> Source:
    """The fact with which a lease's deposit came, where its terms stand too."""

    def source(known: DatesSaid) -> Entry | None:
        names = ("billing.deposit-received", "billing.deposit-taken-over", CAME_OVER)
        came = next((found for name in names if (found := known.latest(name, lease))), None)
        return came if _of_terms(lease)(known) else None

    return source


def _latest(thing: str, *names: str, **matching: Any) -> Source:
    """The latest fact of a thing of the first of these names that there is one of."""
    return lambda known: next(filter(None, (known.latest(name, thing, **matching) for name in names)), None)


def _dates(lease: Lease) -> Iterator[tuple[DiaryKind, date, str]]:
    """The dates of a lease that is executed, as far as it lasts and no fact has answered them."""
    terms, end = lease.latest, last_day(lease)
    if lease.commenced_on is None and lease.state == "EXECUTED":
        yield "LEASE_START", terms.commencement_on, ""
    over = lease.state in ("EXPIRED", "TERMINATED", "ENDED")
    if end is not None and over and lease.surrendered_on is None and lease.successor is None:
        yield "SURRENDER", end, ""
    if end is None or lease.state not in ("EXECUTED", "COMMENCED"):
        return
    ended = lease.ended_early is not None or lease.break_notice is not None
    end = min(end, lease.break_notice or end)
    yield from _within(lease, end)
    for right in terms.breaks:
        if right.on < end:
            yield "BREAK_NOTICE", right.on - timedelta(days=right.notice_days), f"{right.party} {right.on}"
            yield "BREAK", right.on, right.party
    if terms.renewal is not None and not ended and lease.successor is None:
        notice = terms.expiry_on - timedelta(days=terms.renewal.notice_days)
        yield "RENEWAL_NOTICE", notice, f"+{terms.renewal.months}"
    yield "EXPIRY", end, ""


def _within(lease: Lease, end: date) -> Iterator[tuple[DiaryKind, date, str]]:
    """The days within the term from which another rent is payable, by the terms."""
    terms = lease.latest
    for step in terms.rent:
        if terms.commencement_on < step.from_on <= end:
            yield "RENT_STEP", step.from_on, f"{step.rent.price} {step.rent.per}"
    for free in terms.rent_free:
        if free.until_on <= end:
            yield "RENT_FREE_END", free.until_on, ""
    if terms.indexation is not None:
        reviewed = {review.effective_on for review in lease.reviews}
        for year in range(terms.commencement_on.year + 1, end.year + 1):
            day = _anniversary(terms.commencement_on, year)
            if day <= end and not any(abs((day - on).days) < HALF_A_YEAR for on in reviewed):
                yield "RENT_REVIEW", day, terms.indexation.series


HALF_A_YEAR = 183
"""A review within so many days of an anniversary is the review of that year."""


def _anniversary(begun: date, year: int) -> date:
    """The day of a year on which something has lasted whole years; of February 29, the last of February."""
    return date(year, 2, 28) if (begun.month, begun.day) == (2, 29) else begun.replace(year=year)


# Deals


def _of_investment(agreement: InvestmentAgreement, today: date) -> Iterator[Found]:
    terms, source = agreement.terms, _latest(agreement.agreement, "investment.amended", "investment.signed")
    if terms is None or agreement.state not in BINDING:
        return
    paid, places = agreement.paid_in_minor(today), EXPONENT[terms.currency]
    for on in sorted({tranche.due_on for tranche in terms.tranches}):
        if (short := terms.due_minor(on) - paid) > 0:
            says = f"{written(short, places)} {terms.currency}"
            yield Found("TRANCHE", on, "INVESTMENT", agreement.agreement, agreement.company, source, says)
    for covenant in terms.covenants:
        if tested_as(covenant.covenant, covenant.test_on) not in agreement.tests:
            yield Found(
                "COVENANT_TEST",
                covenant.test_on,
                "INVESTMENT",
                agreement.agreement,
                agreement.company,
                source,
                f"{covenant.metric} {covenant.target}",
                (covenant.covenant,),
            )


def _of_order(order: EquipmentOrder, buyer: str) -> Iterator[Found]:
    if order.state == "QUOTED" and order.valid_until is not None:
        quoted = _latest(order.order, "order.quotation-issued")
        yield Found("QUOTATION_END", order.valid_until, "ORDER", order.order, buyer, quoted)
    if order.state not in IN_FORCE:
        return
    for milestone in order.milestones:
        open_minor = milestone.amount_minor - order.paid_minor(milestone.milestone)
        if milestone.invoice is not None and milestone.due_on is not None and open_minor > 0:
            asked = _latest(order.order, "order.milestone-invoiced", milestone=milestone.milestone)
            says = f"{written(open_minor, EXPONENT[order.currency])} {order.currency}"
            named = (milestone.milestone,)
            yield Found("MILESTONE", milestone.due_on, "ORDER", order.order, buyer, asked, says, named)
    if order.state == "WARRANTY" and order.warranty_until is not None:
        begun = _latest(order.order, "order.warranty-started")
        yield Found("WARRANTY_END", order.warranty_until, "ORDER", order.order, buyer, begun)


def _of_offtakes(connection: Connection, basis: Basis, agreed: Basis) -> Iterator[Found]:
    later = {one.agreement: one.content for one in registered(connection, agreed)}
    for one in registered(connection, basis):
        name, state, content = one.agreement, one.state, one.content
        yield from _on_termination(connection, basis, name, content)
        yield from _of_certificates(name, content, basis.effective)
        versions = later[name].versions
        if state in ("DRAFT", "FINALLY_SETTLED") or not versions:
            continue
        terms, source = versions[-1][1], _of_offtake(name)
        settled = {year.year for year in content.years} | {year for year, _ in content.damages}
        last = min(terms.ends_on, content.ended_on or date.max)
        for year in range(terms.starts_on.year, last.year + 1):
            months = months_of(terms.starts_on, last, year)
            if months and year not in settled and (terms.take_or_pay or terms.guarantee):
                day = min(first_and_last(months[-1])[1], last)
                yield Found("CONTRACT_YEAR_END", day, "OFFTAKE", name, terms.buyer, source, str(year))
        if state not in ("EXPIRED", "TERMINATED"):
            yield Found("OFFTAKE_END", last, "OFFTAKE", name, terms.buyer, source)


def _on_termination(connection: Connection, basis: Basis, name: str, content: Content) -> Iterator[Found]:
    """The payments on termination of which something is still owed, by the buyer or by MCSC."""
    if not content.termination_payments or content.terms is None:
        return
    open_minor = {row.document: row.open_minor for row in payables(connection, basis, kind="TERMINATION")}
    for payment in content.termination_payments:
        if payment.owed_by == "BUYER":
            issued = due_between(connection, basis, payment.due_on, payment.due_on)
            open_minor |= {row.invoice: row.open_minor for row in issued}
        left, named = open_minor.get(payment.termination_payment, 0), payment.termination_payment
        if left > 0:
            source = _latest(name, *ON_TERMINATION, termination_payment=named)
            says = f"{payment.owed_by} {written(left)} CNY"
            on, buyer = payment.due_on, content.terms.buyer
            yield Found("TERMINATION_PAYMENT", on, "OFFTAKE", name, buyer, source, says, (named,))


def _of_certificates(name: str, content: Content, today: date) -> Iterator[Found]:
    """The last days on which green certificates are valid, of lots that are not all transferred or retired."""
    for lot in content.lots:
        left = lot.count - sum(moved.count for moved in content.movements if moved.lot == lot.lot)
        if left > 0 and lot.effective_on <= today and content.terms is not None:
            source = _latest(name, "offtake.certificate-lot-issued", lot=lot.lot)
            says = f"{lot.month}: {left}"
            on, buyer = lot.valid_until, content.terms.buyer
            yield Found("CERTIFICATE_EXPIRY", on, "OFFTAKE", name, buyer, source, says, (lot.lot,))


def _of_offtake(name: str) -> Source:
    """The fact that says an agreement's terms, where it is executed."""
    terms, executed = _latest(name, "offtake.amended", "offtake.executed"), _latest(name, "offtake.executed")
    return lambda known: terms(known) if executed(known) else None


def _of_vat(connection: Connection, basis: Basis, until: date) -> Iterator[Found]:
    """The returns of months in the books that are not filed, and the payments of those that are not paid in full."""
    of = returns(connection, basis)
    month = min((*of.filed, *of.proposed), default=month_of(basis.effective.replace(day=1) - timedelta(days=1)))
    while (due := month_end(first_and_last(month)[0]) + timedelta(days=VAT_DAY)) <= until:
        if month not in of.filed:
            yield Found("VAT_RETURN", due, "PERIOD", month, "", _latest(month, "period.opened"))
        left = of.open_minor(month)
        if left is None or left > 0:
            says = "" if left is None else f"{written(left)} CNY"
            yield Found("VAT_PAYMENT", due, "PERIOD", month, "", _of_return(of, month), says)
        month = month_after(month)


def _of_return(of: Returns, month: str) -> Source:
    """The return that says how much VAT is to be paid; before it, the opening of its month."""
    said, opened = of.filed.get(month) or of.proposed.get(month), _latest(month, "period.opened")
    return lambda known: said or opened(known)


def filtered(
    rows: Iterable[DiaryEntry],
    *,
    kind: DiaryKind | None = None,
    status: DiaryStatus | None = None,
    company: str | None = None,
    thing: str | None = None,
) -> Sequence[DiaryEntry]:
    """The entries of a kind, status, company; of a lease, order or agreement."""
    wanted = {"kind": kind, "status": status, "company": company, "name": thing}
    asked = {name: value for name, value in wanted.items() if value is not None}
    return [row for row in rows if all(getattr(row, name) == value for name, value in asked.items())]
