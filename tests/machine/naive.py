"""A second model of the city, so simple that it is right at a glance: dicts, sums, and loops over days.

It knows the classes of facts and terms, and no rule, fold or figure of the ledger or its read models.

Told           a fact as it was recorded: its position, the role of who recorded it, the fact
standing       what was not withdrawn
as_of          facts up to a position and a date, in the order of their dates
lines          what a fact posts, from the table of domain §8
balances, trial_balance, subledgers   what the accounts come to; the latter from the papers, not from postings
accounts       what each tenant owes, has deposited, and has paid that pays nothing yet
leases, held   what a lease says; the units it holds on a day
contract       the fixed rent of a lease, day by day
units          what each unit is
months         the state of every month
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ledger.billing.facts import (
    AccruedRentDerecognised,
    AllowanceRestated,
    CreditNoteIssued,
    DepositApplied,
    DepositForfeited,
    DepositMoved,
    DepositReceived,
    DepositRefunded,
    DepositReversed,
    EclMeasured,
    Issued,
    ReceiptAllocated,
    ReceiptRecorded,
    ReceiptRefunded,
    ReceiptReversed,
    ReceiptUnallocated,
    RefundReversed,
    RentRecognised,
    WriteOffApproved,
    WriteOffRecovered,
)
from ledger.billing.lines import Allocation
from ledger.decider import Fact, Withdrawn, stored_name
from ledger.estate.facts import (
    ReservationReleased,
    UnitDefined,
    UnitRemeasured,
    UnitReserved,
    UnitRetired,
    UnitReturned,
    UnitsMerged,
    UnitSplit,
    UnitTakenOffMarket,
)
from ledger.leases.facts import (
    HoldoverEnded,
    HoldoverStarted,
    LeaseAmended,
    LeaseApproved,
    LeaseCommenced,
    LeaseDrafted,
    LeaseExecuted,
    LeaseExpired,
    LeaseFact,
    LeaseHolds,
    LeaseRenewed,
    LeaseSubmitted,
    LeaseTerminated,
    LeaseVoided,
)
from ledger.leases.terms import Quote, Terms
from ledger.periods import PeriodClosed, PeriodOpened, PeriodReopened, PeriodSoftClosed, PostingFact

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Told:
    """A fact as it was recorded."""

    position: int
    role: str
    fact: Fact


def standing(told: Iterable[Told]) -> list[Told]:
    """Each withdrawal strikes out the latest fact of that name and day with the same tags, and is none itself."""
    kept: list[Told] = []
    for one in told:
        if not isinstance(one.fact, Withdrawn):
            kept.append(one)
            continue
        meant = (one.fact.step, one.fact.effective_on, set(one.fact.touched))
        names = [(stored_name(type(it.fact)), it.fact.effective_on, set(it.fact.tags)) for it in kept]
        del kept[max(at for at, name in enumerate(names) if name == meant)]
    return kept


def as_of(
    told: Iterable[Told], effective: date, recorded: int, dated: Callable[[Any], date] = lambda fact: fact.effective_on
) -> list[Fact]:
    """Facts known at a position and true on a date, in the order of (date, position)."""
    recorded_by_then = standing(one for one in told if one.position <= recorded)
    known = [one for one in recorded_by_then if dated(one.fact) <= effective]
    return [one.fact for one in sorted(known, key=lambda one: (dated(one.fact), one.position))]


def in_the_books(told: Iterable[Told], effective: date, recorded: int) -> list[PostingFact]:
    """The same of what posts, by accounting date."""
    posting = [one for one in told if isinstance(one.fact, PostingFact)]
    facts = as_of(posting, effective, recorded, lambda fact: fact.accounting_on)
    return [fact for fact in facts if isinstance(fact, PostingFact)]


def days(first: date, last: date) -> Iterator[date]:
    """Every day, both ends included."""
    while first <= last:
        yield first
        first += DAY


def month(day: date) -> str:
    """2024-07."""
    return f"{day:%Y-%m}"


def last_of_month(name: str) -> date:
    """The last day of 2024-07."""
    day = date.fromisoformat(f"{name}-28")
    while month(day + DAY) == name:
        day += DAY
    return day


# Postings

INCOME = {
    "RENT": "rent",
    "SERVICE_CHARGE": "service-charge",
    "LATE_FEE": "other-income",
    "TERMINATION_FEE": "other-income",
}
RESULT = ("rent", "rent-variable", "service-charge", "other-income", "credit-loss")


def net(fact: Issued | CreditNoteIssued) -> int:
    """Σ net of a document's lines."""
    return sum(line.net_minor for line in fact.lines)


def vat(fact: Issued | CreditNoteIssued) -> int:
    """Σ tax of a document's lines."""
    return sum(line.vat_minor for line in fact.lines)


def paid(allocations: Iterable[Allocation]) -> int:
    """Σ allocations."""
    return sum(one.amount_minor for one in allocations)


def lines(fact: PostingFact) -> list[tuple[str, int]]:
    """(account, amount) of a fact, debits positive: the table of domain §8, read aloud."""
    match fact:
        case Issued():
            return _document(fact, 1)
        case CreditNoteIssued():
            return _document(fact, -1)
        case RentRecognised(fixed_minor=fixed, variable_minor=variable):
            return [("straight-line", fixed + variable), ("rent", -fixed), ("rent-variable", -variable)]
        case AccruedRentDerecognised(amount_minor=amount):
            return [("rent", amount), ("straight-line", -amount)]
        case ReceiptRecorded(amount_minor=amount):
            pays = paid(fact.allocations)
            return [("bank", amount), ("receivables", -pays), ("unapplied", pays - amount)]
        case ReceiptReversed(amount_minor=amount):
            pays = paid(fact.allocations)
            return [("bank", -amount), ("receivables", pays), ("unapplied", amount - pays)]
        case ReceiptAllocated():
            return [("unapplied", paid(fact.allocations)), ("receivables", -paid(fact.allocations))]
        case ReceiptUnallocated():
            return [("unapplied", -paid(fact.allocations)), ("receivables", paid(fact.allocations))]
        case DepositReceived(amount_minor=amount):
            return [("bank", amount), ("deposits", -amount)]
        case DepositRefunded(amount_minor=amount):
            return [("bank", -amount), ("deposits", amount)]
        case DepositApplied(amount_minor=amount):
            return [("deposits", amount), ("receivables", -amount)]
        case DepositForfeited(amount_minor=amount, vat_minor=tax):
            return [("deposits", amount), ("other-income", tax - amount), ("output-vat", -tax)]
        case DepositReversed(movement="RECEIVED", amount_minor=amount):
            return [("bank", -amount), ("deposits", amount)]
        case DepositReversed(movement="REFUNDED", amount_minor=amount):
            return [("bank", amount), ("deposits", -amount)]
        case DepositReversed(movement="APPLIED", amount_minor=amount):
            return [("deposits", -amount), ("receivables", amount)]
        case DepositMoved(amount_minor=amount) | DepositReversed(movement="MOVED", amount_minor=amount):
            return [("deposits", amount), ("deposits", -amount)]
        case DepositReversed(amount_minor=amount, vat_minor=tax):
            return [("deposits", -amount), ("other-income", amount - tax), ("output-vat", tax)]
        case ReceiptRefunded(amount_minor=amount):
            return [("unapplied", amount), ("bank", -amount)]
        case RefundReversed(amount_minor=amount):
            return [("unapplied", -amount), ("bank", amount)]
        case WriteOffApproved(amount_minor=amount):
            return [("loss-allowance", amount), ("receivables", -amount)]
        case WriteOffRecovered(amount_minor=amount):
            return [("loss-allowance", -amount), ("receivables", amount)]
        case EclMeasured(movement_minor=amount) | AllowanceRestated(movement_minor=amount):
            return [("credit-loss", amount), ("loss-allowance", -amount)]
    raise AssertionError(f"the table does not say what {fact} posts")


def scheduled_rent(fact: Issued | CreditNoteIssued) -> bool:
    """Whether a document is for rent as the lease's schedule has it, not asked for by hand."""
    return fact.charge == "RENT" and not getattr(fact, "by_hand", False)


def _document(fact: Issued | CreditNoteIssued, sign: int) -> list[tuple[str, int]]:
    amount, tax = sign * net(fact), sign * vat(fact)
    account = "straight-line" if scheduled_rent(fact) else INCOME[fact.charge]
    return [("receivables", amount + tax), (account, -amount), ("output-vat", -tax)]


def posted(facts: Iterable[PostingFact]) -> dict[str, int]:
    """What each account comes to; those at zero are left out."""
    totals = Counter[str]()
    for fact in facts:
        for account, amount in lines(fact):
            totals[account] += amount
    return {account: total for account, total in totals.items() if total}


def balances(told: Iterable[Told], effective: date, recorded: int) -> dict[str, int]:
    """Every account since the books began."""
    return posted(in_the_books(told, effective, recorded))


def trial_balance(told: Sequence[Told], effective: date, recorded: int) -> dict[str, int]:
    """The same with income and expenses of this year only; those of earlier years are retained earnings."""
    totals = Counter[str]()
    for fact in in_the_books(told, effective, recorded):
        for account, amount in lines(fact):
            earlier = account in RESULT and fact.accounting_on.year < effective.year
            totals["retained-earnings" if earlier else account] += amount
    return {account: total for account, total in totals.items() if total}


# Tenants


@dataclass
class Owed:
    """A tenant's account: what is open of documents, held of leases' deposits, free in receipts; and by lease the rent
    that is earned and not billed."""

    documents: Counter[str] = field(default_factory=Counter)
    deposits: Counter[str] = field(default_factory=Counter)
    receipts: Counter[str] = field(default_factory=Counter)
    accrued: Counter[str] = field(default_factory=Counter)
    issued: dict[str, Issued] = field(default_factory=dict)

    def pays(self, receipt: str, allocations: Iterable[Allocation], sign: int) -> None:
        """A receipt pays documents, or (-1) does not after all."""
        for one in allocations:
            self.documents[one.invoice] -= sign * one.amount_minor
            self.receipts[receipt] -= sign * one.amount_minor

    @property
    def open(self) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
        """Documents, deposits and receipts that are not at zero."""
        kinds = (self.documents, self.deposits, self.receipts)
        documents, deposits, receipts = ({name: left for name, left in kind.items() if left} for kind in kinds)
        return documents, deposits, receipts


def account_after(owed: Owed, fact: Fact) -> bool:
    """Move a tenant's account by one fact; whether it is about one."""
    match fact:
        case Issued():
            owed.documents[fact.invoice] += net(fact) + vat(fact)
            owed.accrued[fact.lease or ""] -= net(fact) if scheduled_rent(fact) else 0
            owed.issued[fact.invoice] = fact
        case CreditNoteIssued():
            owed.documents[fact.invoice] -= net(fact) + vat(fact)
            owed.accrued[fact.lease] += net(fact) if scheduled_rent(fact) else 0
        case RentRecognised():
            owed.accrued[fact.lease] += fact.fixed_minor + fact.variable_minor
        case AccruedRentDerecognised():
            owed.accrued[fact.lease] -= fact.amount_minor
        case WriteOffApproved():
            owed.documents[fact.invoice] -= fact.amount_minor
        case ReceiptRecorded():
            owed.receipts[fact.receipt] += fact.amount_minor
            owed.pays(fact.receipt, fact.allocations, 1)
        case ReceiptAllocated():
            owed.pays(fact.receipt, fact.allocations, 1)
        case ReceiptUnallocated():
            owed.pays(fact.receipt, fact.allocations, -1)
        case ReceiptReversed():
            owed.pays(fact.receipt, fact.allocations, -1)
            owed.receipts[fact.receipt] -= fact.amount_minor
        case DepositReceived():
            owed.deposits[fact.lease] += fact.amount_minor
        case DepositApplied():
            owed.deposits[fact.lease] -= fact.amount_minor
            owed.documents[fact.invoice] -= fact.amount_minor
        case DepositForfeited() | DepositRefunded():
            owed.deposits[fact.lease] -= fact.amount_minor
        case DepositMoved():
            owed.deposits[fact.lease] -= fact.amount_minor
            owed.deposits[fact.to_lease] += fact.amount_minor
        case DepositReversed(movement="MOVED", to_lease=str()):
            owed.deposits[fact.lease] += fact.amount_minor
            owed.deposits[fact.to_lease or ""] -= fact.amount_minor
        case DepositReversed():
            owed.deposits[fact.lease] += fact.amount_minor * (-1 if fact.movement in ("RECEIVED", "TAKEN_OVER") else 1)
            owed.documents[fact.invoice or ""] += fact.amount_minor if fact.movement == "APPLIED" else 0
        case ReceiptRefunded():
            owed.receipts[fact.receipt] -= fact.amount_minor
        case RefundReversed():
            owed.receipts[fact.receipt] += fact.amount_minor
        case WriteOffRecovered():
            owed.documents[fact.invoice] += fact.amount_minor
        case _:
            return False
    return True


def accounts(told: Iterable[Told], effective: date, recorded: int) -> dict[str, Owed]:
    """Every tenant's account, by accounting date."""
    found: dict[str, Owed] = {}
    for fact in in_the_books(told, effective, recorded):
        company = getattr(fact, "company", "")
        owed = found.get(company, Owed())
        if account_after(owed, fact):
            found[company] = owed
    return found


def everything(told: Iterable[Told]) -> Owed:
    """All tenants in one account, as recorded so far."""
    owed = Owed()
    for one in told:
        account_after(owed, one.fact)
    return owed


def least_open(told: Sequence[Told], invoice: str, on: date) -> int:
    """The least that is open of a document on a day and on every later one, by effective date."""
    later = {one.fact.effective_on for one in told if one.fact.effective_on > on}
    return min(_open_on(told, invoice, day) for day in {on, *later})


def _open_on(told: Sequence[Told], invoice: str, day: date) -> int:
    owed = Owed()
    for fact in as_of(told, day, len(told)):
        account_after(owed, fact)
    return owed.documents[invoice]


def paying(told: Iterable[Told]) -> Counter[tuple[str, str]]:
    """What each receipt pays of each document, as recorded so far."""
    found = Counter[tuple[str, str]]()
    signs = {ReceiptRecorded: 1, ReceiptAllocated: 1, ReceiptUnallocated: -1, ReceiptReversed: -1}
    for one in told:
        if isinstance(one.fact, ReceiptRecorded | ReceiptAllocated | ReceiptUnallocated | ReceiptReversed):
            for paid_here in one.fact.allocations:
                found[one.fact.receipt, paid_here.invoice] += signs[type(one.fact)] * paid_here.amount_minor
    return found


def subledgers(told: Sequence[Told], effective: date, recorded: int) -> dict[str, int]:
    """What the control accounts must show, debits positive: counted from documents, deposits, receipts and rent."""
    found = accounts(told, effective, recorded).values()
    return {
        "receivables": sum(sum(one.documents.values()) for one in found),
        "deposits": -sum(sum(one.deposits.values()) for one in found),
        "unapplied": -sum(sum(one.receipts.values()) for one in found),
        "straight-line": sum(sum(one.accrued.values()) for one in found),
    }


def buckets(told: Sequence[Told], effective: date, recorded: int) -> list[int]:
    """What is open by whole days overdue: not due, 1-30, 31-60, 61-90, 91-180, more."""
    found = [0] * 6
    for owed in accounts(told, effective, recorded).values():
        for invoice, left in owed.documents.items():
            late = (effective - owed.issued[invoice].due_on).days if invoice in owed.issued else 0
            found[sum(late > edge for edge in (0, 30, 60, 90, 180))] += left
    return found


# Leases

REACHES: dict[type[Fact], str] = {
    LeaseDrafted: "DRAFT",
    LeaseSubmitted: "SUBMITTED",
    LeaseApproved: "APPROVED",
    LeaseVoided: "VOIDED",
    LeaseExecuted: "EXECUTED",
    LeaseCommenced: "COMMENCED",
    LeaseRenewed: "RENEWED",
    LeaseTerminated: "TERMINATED",
    LeaseExpired: "EXPIRED",
    HoldoverStarted: "HOLDOVER",
    HoldoverEnded: "ENDED",
}


@dataclass
class Paper:
    """A lease as a clerk keeps it: the newest draft, the terms by the day they hold from, and how it ends."""

    state: str = "DRAFT"
    since: date = date.min
    company: str = ""
    draft: Terms | None = None
    terms: dict[date, Terms] = field(default_factory=dict)
    commenced: bool = False
    held_over: bool = False
    early: date | None = None
    ended: date | None = None

    @property
    def first(self) -> date:
        """The day it begins."""
        return min(self.terms)

    @property
    def last(self) -> date | None:
        """Its last day; None where nobody knows."""
        if self.early is not None or self.held_over:
            return self.early or self.ended
        return self.terms[max(self.terms)].expiry_on

    def runs(self, day: date) -> bool:
        """Whether the day is one of the lease."""
        return bool(self.terms) and self.first <= day and (self.last is None or day <= self.last)

    def on(self, day: date) -> Terms:
        """The terms in force."""
        return self.terms[max(since for since in self.terms if since <= day)]


def paper_after(paper: Paper, fact: LeaseFact | LeaseHolds) -> None:
    """One more fact on the clerk's paper."""
    if (state := REACHES.get(type(fact))) is not None:
        paper.state, paper.since = state, fact.effective_on
    paper.company = paper.company or fact.company
    match fact:
        case LeaseDrafted():
            paper.draft, paper.company = fact.terms, fact.company
        case LeaseExecuted():
            assert paper.draft is not None
            paper.terms[paper.draft.commencement_on] = paper.draft
        case LeaseCommenced():
            paper.commenced = True
        case LeaseAmended():
            paper.terms[fact.effective_on] = fact.terms
        case LeaseTerminated():
            paper.early = fact.ends_on
        case HoldoverStarted():
            paper.held_over = True
        case HoldoverEnded():
            paper.ended = fact.ends_on


def leases(facts: Iterable[Fact]) -> dict[str, Paper]:
    """Every lease after these facts, in this order."""
    found: defaultdict[str, Paper] = defaultdict(Paper)
    for fact in facts:
        if isinstance(fact, LeaseFact | LeaseHolds):
            paper_after(found[fact.lease], fact)
    return dict(found)


def held(paper: Paper, day: date) -> set[str]:
    """The units that the terms give to a lease on a day."""
    if not paper.runs(day):
        return set()
    return {one.unit for one in paper.on(day).premises if (one.from_on or day) <= day <= (one.until_on or day)}


def a_month_of(quote: Quote, area: Decimal) -> int:
    """A quote as fen a month; a named rounding point."""
    factor = {"MONTH": Decimal(1), "M2_MONTH": area}[quote.per]
    return int((Decimal(quote.price) * factor * 100).quantize(Decimal(1), ROUND_HALF_UP))


def rent_on(paper: Paper, day: date) -> int:
    """Fixed rent a month on a day: nothing where it is free."""
    terms = paper.on(day)
    if any(free.from_on <= day <= free.until_on for free in terms.rent_free):
        return 0
    step = [step for step in terms.rent if step.from_on <= day][-1]
    area = sum(
        (Decimal(one.area) for one in terms.premises if (one.from_on or day) <= day <= (one.until_on or day)),
        Decimal(0),
    )
    return a_month_of(step.rent, area)


def thirtieths(day: date) -> int:
    """How many 30ths of its month a day is: the 31st none, the last of February what is missing."""
    if month(day + DAY) != month(day) and day.day < 30:
        return 31 - day.day
    return 0 if day.day == 31 else 1


def contract(paper: Paper, through: date) -> int:
    """Fixed rent of all days in fen: days in a row of one month that cost the same are rounded together.

    A convention prices a month of which days are missing; of another each day costs the same.
    """
    total, run = 0, list[date]()
    before: tuple[int, str, str] | None = None
    for day in days(paper.first, min(paper.last or through, through)):
        missing = not (paper.runs(day.replace(day=1)) and paper.runs(last_of_month(month(day))))
        now = (rent_on(paper, day), paper.on(day).proration if missing else "ACTUAL_ACTUAL", month(day))
        if run and now != before:
            total += _cost(run, *(before or now)[:2])
            run = []
        run.append(day)
        before = now
    return total + (_cost(run, *before[:2]) if before else 0)


def _cost(run: Sequence[date], rent: int, convention: str) -> int:
    whole = last_of_month(month(run[0])).day
    if len(run) == whole:
        return rent
    if convention == "THIRTY_360":
        part = Decimal(rent * sum(map(thirtieths, run))) / 30
    else:
        part = Decimal(rent * len(run)) / whole
    return int(part.quantize(Decimal(1), ROUND_HALF_UP))


# Units


@dataclass
class Room:
    """A unit as a clerk keeps it."""

    building: str
    area_dm2: int
    defined_on: date
    made_of: tuple[str, ...] = ()
    became: tuple[str, ...] = ()
    gone_on: date | None = None
    off_market: bool = False
    kept_for: tuple[str, date] | None = None


def units(facts: Iterable[Fact]) -> dict[str, Room]:
    """Every unit after these facts, in this order."""
    found: dict[str, Room] = {}
    for fact in facts:
        match fact:
            case UnitDefined():
                found[fact.unit] = Room(fact.building, fact.area_dm2, fact.effective_on)
            case UnitRemeasured():
                found[fact.unit].area_dm2 = fact.area_dm2
            case UnitSplit():
                found[fact.unit].gone_on, found[fact.unit].became = fact.effective_on, tuple(p.unit for p in fact.parts)
                for part in fact.parts:
                    found[part.unit] = Room(fact.building, part.area_dm2, fact.effective_on, made_of=(fact.unit,))
            case UnitsMerged():
                for unit in fact.units:
                    found[unit].gone_on, found[unit].became = fact.effective_on, (fact.into,)
                found[fact.into] = Room(fact.building, fact.area_dm2, fact.effective_on, made_of=fact.units)
            case UnitRetired():
                found[fact.unit].gone_on = fact.effective_on
            case UnitTakenOffMarket():
                found[fact.unit].off_market = True
            case UnitReturned():
                found[fact.unit].off_market = False
            case UnitReserved():
                found[fact.unit].kept_for = (fact.company, fact.until_on)
            case ReservationReleased():
                found[fact.unit].kept_for = None
    return found


# Months


def months(facts: Iterable[Fact]) -> dict[str, str]:
    """The state of every month after these facts, in this order."""
    states: dict[str, str] = {}
    for fact in facts:
        match fact:
            case PeriodOpened() | PeriodReopened():
                states[fact.month] = "OPEN"
            case PeriodSoftClosed():
                states[fact.month] = "SOFT_CLOSED"
            case PeriodClosed():
                states[fact.month] = "CLOSED"
    return states
