"""What becomes of each lease: signed, moved in, changed, ended.

life       every step of one lease, its billing left out (books.py)
farewell   what is settled when a tenant has left: what is open is paid, or taken from the deposit
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from itertools import count
from random import Random

from msgspec.structs import replace

from api.demo.city import evidence, m2, yuan
from api.demo.days import at, last_of, months, months_on, workday, workday_before
from api.demo.lease_kinds import BREAK_FEE_MONTHS, NOT_LET, OPTION_DAYS
from api.demo.people import ACCOUNTANT, APPROVER, invented
from api.demo.pipeline import END
from api.demo.steps import Step
from api.demo.tenancies import Tenancy, terms
from api.demo.unfolding import Known, Turn
from ledger.billing.deposits import (
    ApplyDeposit,
    CreditDepositInterest,
    ForfeitDeposit,
    MoveDeposit,
    ReceiveDeposit,
    RefundDeposit,
    uncredited,
)
from ledger.billing.gap import BillLease
from ledger.billing.lease_costs.deciding import RecordLeaseCost
from ledger.billing.lease_costs.facts import CostKind
from ledger.billing.receipts import RecordReceipt, ToAllocate
from ledger.companies.facts import Contract
from ledger.companies.presence import AddPremises
from ledger.decider import By, Command
from ledger.estate.market import ReserveUnit
from ledger.leases.agreement import ApproveLease, DraftLease, ExecuteLease, SubmitLease, VoidLease
from ledger.leases.changes import ApproveAmendment, ProposeAmendment, RejectAmendment, ReviewRent
from ledger.leases.declaring import DeclareTurnover
from ledger.leases.facts import AmendmentKind, Cause
from ledger.leases.term import (
    CommenceLease,
    EndHoldover,
    ExpireLease,
    HandOverPremises,
    RenewLease,
    StartHoldover,
    SurrenderPremises,
)
from ledger.leases.termination import ServeBreakNotice, TerminateLease
from ledger.leases.terms import Premises, Quote, RentStep, Terms, monthly
from ledger.periods import month_of
from ledger.values.money import minor

Told = Iterator[tuple[date, By, Command | Callable[[Known], Iterable[Step | Turn]]]]
"""Recorded on which day, by whom, what."""


def life(tenancy: Tenancy) -> Iterator[Step | Turn]:
    """Every step of a lease that is recorded before the end, in order."""
    minutes = count(tenancy.number % 20)
    for day, by, what in _told(tenancy):
        instant = at(day, 5 + next(minutes))
        if instant.date() > END:
            continue
        if isinstance(what, Command):
            yield Step(recorded_at=instant, by=by, command=what)
        else:
            yield Turn(recorded_at=instant, steps=what)


def _told(tenancy: Tenancy) -> Told:
    yield from _agreed(tenancy)
    if tenancy.life not in NOT_LET:
        yield from _moved_in(tenancy)
        yield from _costs(tenancy)
        yield from _sells(tenancy)
        yield from _bears_interest(tenancy)
        yield from LIVES.get(tenancy.life, _stays)(tenancy)


# From draft to keys


def _agreed(tenancy: Tenancy) -> Told:
    clerk, signed = invented(tenancy.clerk), tenancy.signed_on
    drafted, submitted, approved = (workday(signed - timedelta(days=days)) for days in (21, 14, 7))
    draft = DraftLease(lease=tenancy.lease, company=tenancy.company, terms=terms(tenancy), effective_on=drafted)
    if tenancy.number % 4 == 1 and tenancy.follows is None:
        until = signed + timedelta(days=7)
        for unit in tenancy.units:
            yield drafted, clerk, ReserveUnit(unit=unit, company=tenancy.company, until_on=until, effective_on=drafted)
    if tenancy.number % 5 == 2:
        first = replace(draft, terms=replace(draft.terms, due_days=draft.terms.due_days + 15))
        yield drafted, clerk, first
        draft = replace(draft, effective_on=workday(drafted + timedelta(days=1)))
    yield draft.effective_on, clerk, draft
    yield submitted, clerk, SubmitLease(lease=tenancy.lease, effective_on=submitted)
    if tenancy.life == "voided":
        reason = "They found rooms nearer to their customer (demo)"
        yield approved, clerk, VoidLease(lease=tenancy.lease, reason=reason, effective_on=approved)
    elif tenancy.life != "submitted":
        yield approved, APPROVER, ApproveLease(lease=tenancy.lease, effective_on=approved)


def _moved_in(tenancy: Tenancy) -> Told:
    clerk, lease = invented(tenancy.clerk), tenancy.lease
    signed, keys, begins = tenancy.signed_on, tenancy.handed_over_on, tenancy.begins_on
    paper = evidence(f"Lease {lease}", signed)
    yield signed, clerk, ExecuteLease(lease=lease, document=paper, units=tenancy.units, effective_on=signed)
    protocol = evidence(f"Handover of {lease}", keys)
    if tenancy.follows is None:
        paid = workday(signed + timedelta(days=4))
        yield paid, ACCOUNTANT, _deposit(tenancy, paid)
        yield keys, clerk, HandOverPremises(lease=lease, protocol=protocol, effective_on=keys)
    else:
        yield from _renewed(tenancy)
        yield keys, clerk, HandOverPremises(lease=lease, protocol=protocol, effective_on=keys)
    if tenancy.adds:
        contract = Contract(kind="LEASE", reference=lease, executed_on=signed, evidence=paper)
        yield keys, clerk, AddPremises(company=tenancy.company, contract=contract, effective_on=keys)
    yield begins, clerk, CommenceLease(lease=lease, effective_on=begins)


def _deposit(tenancy: Tenancy, on: date) -> Command:
    return ReceiveDeposit(
        deposit=f"deposit-{tenancy.lease}",
        lease=tenancy.lease,
        amount=terms(tenancy).deposit,
        bank_reference=f"FICT-DEP-{tenancy.number:03}",
        effective_on=on,
    )


def _renewed(tenancy: Tenancy) -> Told:
    """The option of the lease before: exercised in time; its deposit is held for the one that follows."""
    before = tenancy.follows
    assert before is not None, "a lease that follows follows one"
    exercised = workday_before(tenancy.begins_on - timedelta(days=OPTION_DAYS + 1))
    yield (
        exercised,
        invented(tenancy.clerk),
        RenewLease(lease=before, successor=tenancy.lease, option_exercised=True, effective_on=exercised),
    )
    moved = workday(tenancy.begins_on + timedelta(days=8))
    yield moved, ACCOUNTANT, _taken_over(before, tenancy, moved)


def _taken_over(before: str, tenancy: Tenancy, on: date) -> Callable[[Known], Iterable[Step | Turn]]:
    """As much of the deposit as the new terms ask for; what is more is paid back, what is less is paid in."""

    def steps(known: Known) -> Iterator[Step]:
        company = next(name for name in known.tenants if before in known.account(name).deposits)
        held, asked = known.account(company).deposit_minor(before), minor(terms(tenancy).deposit)
        move = MoveDeposit(
            deposit=f"deposit-{before}-on-demo",
            lease=before,
            to_lease=tenancy.lease,
            amount=yuan(min(held, asked)),
            reason=f"renewed as {tenancy.lease} (demo)",
            effective_on=on,
        )
        yield Step(recorded_at=at(on, 70), by=ACCOUNTANT, command=move)
        if asked > held:
            more = replace(_deposit(tenancy, on), amount=yuan(asked - held))
            yield Step(recorded_at=at(on, 71), by=ACCOUNTANT, command=more)
        if held > asked:
            yield Step(recorded_at=at(on, 71), by=ACCOUNTANT, command=_refund(before, held - asked, on))

    return steps


def _refund(lease: str, amount_minor: int, on: date) -> Command:
    return RefundDeposit(
        deposit=f"refund-{lease}",
        lease=lease,
        amount=yuan(amount_minor),
        bank_reference=f"FICT-REF-{lease.upper()}",
        effective_on=on,
    )


# What is agreed beside the rent


def _costs(tenancy: Tenancy) -> Told:
    """The broker is paid when it is signed, the tenant when it has moved in."""
    signed_on, moved_on = workday(tenancy.signed_on + timedelta(days=6)), workday(tenancy.begins_on + timedelta(days=5))
    if tenancy.deal.broker_fen:
        yield signed_on, ACCOUNTANT, _cost(tenancy, "DIRECT", tenancy.deal.broker_fen, "Broker's bill", signed_on)
    if tenancy.deal.incentive_fen:
        yield moved_on, ACCOUNTANT, _cost(tenancy, "INCENTIVE", tenancy.deal.incentive_fen, "Promise", moved_on)


def _cost(tenancy: Tenancy, kind: CostKind, amount_fen: int, paper: str, on: date) -> Command:
    return RecordLeaseCost(
        lease=tenancy.lease,
        cost=f"{kind.lower()}-{tenancy.lease}",
        kind=kind,
        amount=yuan(amount_fen),
        document=evidence(f"{paper} of {tenancy.lease}", on),
        bank_reference=f"FICT-COST-{tenancy.number:03}",
        effective_on=on,
    )


def _sells(tenancy: Tenancy) -> Told:
    """It says each month what it sold in the one before; once it has left, the share of that is billed at once."""
    if not tenancy.deal.sells:
        return
    ends, chance = min(tenancy.over_on or END, END), Random(f"sells {tenancy.lease}")
    for month in months(month_of(tenancy.begins_on), month_of(ends)):
        said_on = workday(last_of(month) + timedelta(days=9))
        yield (
            said_on,
            invented(tenancy.clerk),
            DeclareTurnover(
                lease=tenancy.lease,
                month=month,
                turnover=yuan(chance.randint(71_000, 148_000) * 100),
                statement=evidence(f"Sales of {month}, {tenancy.lease}", said_on),
                effective_on=said_on,
            ),
        )
        if said_on > ends:
            yield said_on, ACCOUNTANT, BillLease(lease=tenancy.lease, through=ends, effective_on=said_on)


def _bears_interest(tenancy: Tenancy) -> Told:
    """Each January the interest of the year before is held as deposit, too."""
    if tenancy.deal.bears_interest:
        for year in range(tenancy.begins_on.year + 1, END.year + 1):
            on = workday(date(year, 1, 12))
            yield on, ACCOUNTANT, _credited(tenancy, on)


def _credited(tenancy: Tenancy, on: date) -> Callable[[Known], Iterable[Step | Turn]]:
    def steps(known: Known) -> Iterator[Step]:
        of_year = uncredited(known.account(tenancy.company), tenancy.lease, date(on.year - 1, 12, 31))
        credit = CreditDepositInterest(
            deposit=f"interest-{on.year - 1}-{tenancy.lease}",
            lease=tenancy.lease,
            amount=yuan(of_year),
            effective_on=on,
        )
        yield Step(recorded_at=at(on, 70), by=ACCOUNTANT, command=credit)

    return steps


# What happens on the way


def _stays(tenancy: Tenancy) -> Told:
    """It runs on; where it follows an index, its rent is reviewed each year, now and then long after the day."""
    agreed = terms(tenancy)
    if agreed.indexation is None:
        return
    for years in (1, 2):
        on = months_on(tenancy.begins_on, 12 * years)
        known_on = workday(on + timedelta(days=48 if (tenancy.number + years) % 2 else 4))
        current_on = months_on(on.replace(day=1), -2)
        series = agreed.indexation.series
        command = ReviewRent(lease=tenancy.lease, current_on=current_on, series=series, effective_on=on)
        yield known_on, invented(tenancy.clerk), command


def _amended(
    tenancy: Tenancy, kind: AmendmentKind, on: date, new: Terms, *, takes: tuple[str, ...] = (), late_days: int = -25
) -> Told:
    """Proposed by the clerk, agreed to by a second person a week later; where that is late, long after the day."""
    proposed = workday(on + timedelta(days=late_days))
    agreed = workday(proposed + timedelta(days=7))
    paper = evidence(f"Amendment of {tenancy.lease}", min(on, proposed))
    name = f"amendment-{kind.lower().replace('_', '-')}-demo"
    yield (
        proposed,
        invented(tenancy.clerk),
        ProposeAmendment(lease=tenancy.lease, amendment=name, kind=kind, terms=new, document=paper, effective_on=on),
    )
    if tenancy.life == "is-refused-less":
        reason = "The rent is in line with the estimate (demo)"
        yield agreed, APPROVER, RejectAmendment(lease=tenancy.lease, amendment=name, reason=reason, effective_on=agreed)
    else:
        yield agreed, APPROVER, ApproveAmendment(lease=tenancy.lease, amendment=name, units=takes, effective_on=agreed)


def _changes_on(tenancy: Tenancy, months: int) -> date:
    return months_on(tenancy.begins_on.replace(day=1), months)


def _grows(tenancy: Tenancy) -> Told:
    agreed = terms(tenancy)
    more = tuple(Premises(unit=space.unit, area=m2(space.area_dm2)) for space in tenancy.more)
    new = replace(agreed, premises=(*agreed.premises, *more))
    takes = tuple(space.unit for space in tenancy.more)
    yield from _amended(tenancy, "SCOPE_UP", _changes_on(tenancy, 9), new, takes=takes)


def _shrinks(tenancy: Tenancy) -> Told:
    agreed = terms(tenancy)
    yield from _amended(tenancy, "SCOPE_DOWN", _changes_on(tenancy, 10), replace(agreed, premises=agreed.premises[:-1]))


def _stays_longer(tenancy: Tenancy) -> Told:
    agreed = terms(tenancy)
    new = replace(agreed, expiry_on=months_on(tenancy.begins_on, tenancy.deal.months + 12) - timedelta(days=1))
    yield from _amended(tenancy, "TERM", _changes_on(tenancy, 6), new, takes=tenancy.units)


def _pays_less(tenancy: Tenancy) -> Told:
    """Agreed in spring, on our desks in summer: what was billed meanwhile is credited."""
    on = _changes_on(tenancy, 7)
    yield from _amended(tenancy, "CONSIDERATION", on, _lowered(tenancy, on), late_days=47)


def _is_refused_less(tenancy: Tenancy) -> Told:
    on = _changes_on(tenancy, 8)
    yield from _amended(tenancy, "CONSIDERATION", on, _lowered(tenancy, on))


def _lowered(tenancy: Tenancy, on: date) -> Terms:
    agreed = terms(tenancy)
    quote = agreed.rent[0].rent
    lower = Quote(price=yuan(minor(quote.price) * 88 // 100), per=quote.per)
    kept = tuple(step for step in agreed.rent if step.from_on < on)
    return replace(agreed, rent=(*kept, RentStep(from_on=on, rent=lower)))


# How it ends


def _over(tenancy: Tenancy) -> date:
    assert tenancy.over_on is not None, "whoever leaves has a last day"
    return tenancy.over_on


def _holds_over(tenancy: Tenancy) -> Told:
    on = tenancy.expiry_on + timedelta(days=1)
    yield on, invented(tenancy.clerk), StartHoldover(lease=tenancy.lease, units=tenancy.units, effective_on=on)


def _leaves_after_holdover(tenancy: Tenancy) -> Told:
    yield from _holds_over(tenancy)
    ends = _over(tenancy)
    agreed = workday_before(ends - timedelta(days=20))
    reason = "They move to a building of their own (demo)"
    command = EndHoldover(lease=tenancy.lease, ends_on=ends, reason=reason, effective_on=agreed)
    yield agreed, invented(tenancy.clerk), command
    yield from _leaves(tenancy, ends)


def _expires(tenancy: Tenancy) -> Told:
    on = tenancy.expiry_on + timedelta(days=1)
    yield on, invented(tenancy.clerk), ExpireLease(lease=tenancy.lease, effective_on=on)
    yield from _leaves(tenancy, _over(tenancy))


def _breaks(tenancy: Tenancy) -> Told:
    agreed, ends = terms(tenancy), _over(tenancy)
    noticed = workday_before(ends - timedelta(days=100))
    paper = evidence(f"Notice for {tenancy.lease}", noticed)
    notice = ServeBreakNotice(lease=tenancy.lease, break_on=ends, party="TENANT", notice=paper, effective_on=noticed)
    yield noticed, invented(tenancy.clerk), notice
    fee = BREAK_FEE_MONTHS * monthly(agreed.rent[0].rent, agreed.area_dm2)
    yield from _terminated(tenancy, workday(noticed + timedelta(days=3)), ends, "BREAK", fee)


def _is_bought_out(tenancy: Tenancy) -> Told:
    agreed = terms(tenancy)
    ends = _over(tenancy)
    fee = 3 * monthly(agreed.rent[0].rent, agreed.area_dm2)
    yield from _terminated(tenancy, workday_before(ends - timedelta(days=40)), ends, "AGREEMENT", fee, taxable=True)


def _defaults(tenancy: Tenancy) -> Told:
    """Nobody has paid for months: ended at once, and the deposit is kept."""
    ends = _over(tenancy)
    yield from _terminated(tenancy, ends, ends, "TENANT_DEFAULT", 0)


def _exits(tenancy: Tenancy, months: int = 1) -> Told:
    """With its company: what is owed is settled before that leaves."""
    assert tenancy.noticed_on is not None, "whoever exits says so before"
    agreed = terms(tenancy)
    fee = months * monthly(agreed.rent[0].rent, agreed.area_dm2)
    yield from _terminated(tenancy, tenancy.noticed_on, _over(tenancy), "AGREEMENT", fee)


def _is_taken_over(tenancy: Tenancy) -> Told:
    """It owes more than its deposit; another company takes the debt over."""
    yield from _exits(tenancy, months=4)


def _terminated(tenancy: Tenancy, on: date, ends: date, cause: Cause, fee_minor: int, *, taxable: bool = False) -> Told:
    command = TerminateLease(
        lease=tenancy.lease,
        ends_on=ends,
        cause=cause,
        fee=yuan(fee_minor),
        fee_taxable=taxable,
        document=evidence(f"Termination of {tenancy.lease}", on),
        effective_on=on,
    )
    yield on, invented(tenancy.clerk), command
    yield from _leaves(tenancy, ends)


def _leaves(tenancy: Tenancy, ends: date) -> Told:
    """The keys come back, the last bill is made, and whatever is left between both sides is settled."""
    back = workday(ends + timedelta(days=1))
    protocol = evidence(f"Return of {tenancy.lease}", back)
    yield back, invented(tenancy.clerk), SurrenderPremises(lease=tenancy.lease, protocol=protocol, effective_on=back)
    yield back, ACCOUNTANT, BillLease(lease=tenancy.lease, through=ends, effective_on=back)
    later = back if tenancy.life in ("exits", "is-taken-over") else workday(back + timedelta(days=17))
    yield later, ACCOUNTANT, farewell(tenancy, later)


def farewell(tenancy: Tenancy, on: date) -> Callable[[Known], Iterable[Step | Turn]]:
    """Settle what is open: paid by the tenant, or taken from the deposit, of which the rest goes back."""

    def steps(known: Known) -> Iterator[Step]:
        account = known.account(tenancy.company)
        held = account.deposit_minor(tenancy.lease)
        owed = [(issued, document.open_minor) for issued, document in known.owed(tenancy.company)]
        own = [(issued.invoice, open_minor) for issued, open_minor in owed if issued.lease == tenancy.lease]
        pays_itself = tenancy.life == "breaks" or (tenancy.life == "exits" and tenancy.number % 2 == 0)
        commands: list[Command] = []
        if pays_itself and own:
            commands.append(_last_receipt(tenancy, own, on))
            own = []
        if tenancy.life == "defaults" and held:
            kept = held // 4
            held -= kept
            commands.append(_forfeit(tenancy, kept, on))
        for nth, (invoice, open_minor) in enumerate(own, 1):
            if part := min(held, open_minor):
                held -= part
                commands.append(_apply(tenancy, nth, invoice, part, on))
        if held:
            commands.append(_refund(tenancy.lease, held, on))
        for number, command in enumerate(commands):
            yield Step(recorded_at=_minute(on, number), by=ACCOUNTANT, command=command)

    return steps


def _minute(on: date, number: int) -> datetime:
    """After the hour in which leases are recorded."""
    return at(on, 66, number)


def _last_receipt(tenancy: Tenancy, own: list[tuple[str, int]], on: date) -> Command:
    return RecordReceipt(
        receipt=f"last-{tenancy.lease}",
        company=tenancy.company,
        bank_reference=f"FICT-END-{tenancy.number:03}",
        amount=yuan(sum(open_minor for _, open_minor in own)),
        allocations=tuple(ToAllocate(invoice=invoice, amount=yuan(open_minor)) for invoice, open_minor in own),
        effective_on=on,
    )


def _apply(tenancy: Tenancy, nth: int, invoice: str, amount_minor: int, on: date) -> Command:
    return ApplyDeposit(
        deposit=f"applied-{nth}-{tenancy.lease}",
        lease=tenancy.lease,
        invoice=invoice,
        amount=yuan(amount_minor),
        effective_on=on,
    )


def _forfeit(tenancy: Tenancy, amount_minor: int, on: date) -> Command:
    return ForfeitDeposit(
        deposit=f"forfeited-{tenancy.lease}",
        lease=tenancy.lease,
        amount=yuan(amount_minor),
        reason="Left without notice (demo)",
        effective_on=on,
    )


LIVES: Mapping[str, Callable[[Tenancy], Told]] = {
    "holds-over": _holds_over,
    "leaves-after-holdover": _leaves_after_holdover,
    "expires": _expires,
    "breaks": _breaks,
    "is-bought-out": _is_bought_out,
    "defaults": _defaults,
    "grows": _grows,
    "shrinks": _shrinks,
    "pays-less": _pays_less,
    "stays-longer": _stays_longer,
    "is-refused-less": _is_refused_less,
    "exits": _exits,
    "is-taken-over": _is_taken_over,
}
