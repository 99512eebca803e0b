"""What becomes of each lease: signed, moved in, changed, ended.

life       every step of one lease, its billing left out (books.py)
farewell   what is settled when a tenant has left: what is open is paid, or taken from the deposit
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from itertools import count

from msgspec.structs import replace

from api.demo.city import evidence, m2, yuan
from api.demo.days import at, months_on, workday, workday_before
from api.demo.lease_kinds import BREAK_FEE_MONTHS, NOT_LET, OPTION_DAYS
from api.demo.pipeline import END
from api.demo.steps import ACCOUNTANTS, APPROVER, Step, invented
from api.demo.tenancies import Tenancy, terms
from api.demo.unfolding import Known, Turn
from ledger.billing.deposits import ApplyDeposit, ForfeitDeposit, ReceiveDeposit, RefundDeposit
from ledger.billing.gap import BillLease
from ledger.billing.receipts import RecordReceipt, ToAllocate
from ledger.companies.facts import Contract
from ledger.companies.presence import AddPremises
from ledger.decider import By, Command
from ledger.estate.market import ReserveUnit
from ledger.leases.agreement import ApproveLease, DraftLease, ExecuteLease, SubmitLease, VoidLease
from ledger.leases.changes import ApproveAmendment, ProposeAmendment, RejectAmendment, ReviewRent
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
from ledger.values.money import minor

ACCOUNTANT, SECOND = invented(ACCOUNTANTS[0], "finance"), invented(APPROVER, "approver")

Told = Iterator[tuple[date, By, Command | Callable[[Known], Iterable[Step | Turn]]]]
"""Recorded on which day, by whom, what."""


def life(one: Tenancy) -> Iterator[Step | Turn]:
    """Every step of a lease that is recorded before the end, in order."""
    minutes = count(one.number % 20)
    for day, by, what in _told(one):
        instant = at(day, 5 + next(minutes))
        if instant.date() > END:
            continue
        if isinstance(what, Command):
            yield Step(recorded_at=instant, by=by, command=what)
        else:
            yield Turn(recorded_at=instant, steps=what)


def _told(one: Tenancy) -> Told:
    yield from _agreed(one)
    if one.life not in NOT_LET:
        yield from _moved_in(one)
        yield from LIVES.get(one.life, _stays)(one)


# From draft to keys


def _agreed(one: Tenancy) -> Told:
    clerk, signed = invented(one.clerk), one.signed_on
    drafted, submitted, approved = (workday(signed - timedelta(days=days)) for days in (21, 14, 7))
    draft = DraftLease(lease=one.lease, company=one.company, terms=terms(one), effective_on=drafted)
    if one.number % 4 == 1 and one.follows is None:
        until = signed + timedelta(days=7)
        for unit in one.units:
            yield drafted, clerk, ReserveUnit(unit=unit, company=one.company, until_on=until, effective_on=drafted)
    if one.number % 5 == 2:
        first = replace(draft, terms=replace(draft.terms, due_days=draft.terms.due_days + 15))
        yield drafted, clerk, first
        draft = replace(draft, effective_on=workday(drafted + timedelta(days=1)))
    yield draft.effective_on, clerk, draft
    yield submitted, clerk, SubmitLease(lease=one.lease, effective_on=submitted)
    if one.life == "voided":
        reason = "They found rooms nearer to their customer (demo)"
        yield approved, clerk, VoidLease(lease=one.lease, reason=reason, effective_on=approved)
    elif one.life != "submitted":
        yield approved, SECOND, ApproveLease(lease=one.lease, effective_on=approved)


def _moved_in(one: Tenancy) -> Told:
    clerk, lease = invented(one.clerk), one.lease
    signed, keys, begins = one.signed_on, one.handed_over_on, one.begins_on
    paper = evidence(f"Lease {lease}", signed)
    yield signed, clerk, ExecuteLease(lease=lease, document=paper, units=one.units, effective_on=signed)
    protocol = evidence(f"Handover of {lease}", keys)
    if one.follows is None:
        paid = workday(signed + timedelta(days=4))
        yield paid, ACCOUNTANT, _deposit(one, paid)
        yield keys, clerk, HandOverPremises(lease=lease, protocol=protocol, effective_on=keys)
    else:
        yield from _renewed(one)
        yield keys, clerk, HandOverPremises(lease=lease, protocol=protocol, effective_on=keys)
    if one.adds:
        contract = Contract(kind="LEASE", reference=lease, executed_on=signed, evidence=paper)
        yield keys, clerk, AddPremises(company=one.company, contract=contract, effective_on=keys)
    yield begins, clerk, CommenceLease(lease=lease, effective_on=begins)


def _deposit(one: Tenancy, on: date) -> Command:
    return ReceiveDeposit(
        deposit=f"deposit-{one.lease}",
        lease=one.lease,
        amount=terms(one).deposit,
        bank_reference=f"FICT-DEP-{one.number:03}",
        effective_on=on,
    )


def _renewed(one: Tenancy) -> Told:
    """The option of the lease before: exercised in time, and its deposit taken over by way of the bank."""
    before = one.follows
    assert before is not None, "a lease that follows follows one"
    exercised = workday_before(one.begins_on - timedelta(days=OPTION_DAYS + 1))
    yield (
        exercised,
        invented(one.clerk),
        RenewLease(lease=before, successor=one.lease, option_exercised=True, effective_on=exercised),
    )
    moved = workday(one.begins_on + timedelta(days=8))
    yield moved, ACCOUNTANT, _refund_of(before, moved)
    yield moved, ACCOUNTANT, _deposit(one, moved)


def _refund_of(lease: str, on: date) -> Callable[[Known], Iterable[Step | Turn]]:
    def steps(known: Known) -> Iterator[Step]:
        company = next(name for name in known.tenants if lease in known.account(name).deposits)
        held = known.account(company).deposit_minor(lease)
        yield Step(recorded_at=at(on, 70), by=ACCOUNTANT, command=_refund(lease, held, on))

    return steps


def _refund(lease: str, amount_minor: int, on: date) -> Command:
    return RefundDeposit(
        deposit=f"refund-{lease}",
        lease=lease,
        amount=yuan(amount_minor),
        bank_reference=f"FICT-REF-{lease.upper()}",
        effective_on=on,
    )


# What happens on the way


def _stays(one: Tenancy) -> Told:
    """It runs on; where it follows an index, its rent is reviewed each year, now and then long after the day."""
    agreed = terms(one)
    if agreed.indexation is None:
        return
    for years in (1, 2):
        on = months_on(one.begins_on, 12 * years)
        known_on = workday(on + timedelta(days=48 if (one.number + years) % 2 else 4))
        current_on = months_on(on.replace(day=1), -2)
        series = agreed.indexation.series
        command = ReviewRent(lease=one.lease, current_on=current_on, series=series, effective_on=on)
        yield known_on, invented(one.clerk), command


def _amended(
    one: Tenancy, kind: AmendmentKind, on: date, new: Terms, *, takes: tuple[str, ...] = (), late_days: int = -25
) -> Told:
    """Proposed by the clerk, agreed to by a second person a week later; where that is late, long after the day."""
    proposed = workday(on + timedelta(days=late_days))
    agreed = workday(proposed + timedelta(days=7))
    paper = evidence(f"Amendment of {one.lease}", min(on, proposed))
    name = f"amendment-{kind.lower().replace('_', '-')}-demo"
    yield (
        proposed,
        invented(one.clerk),
        ProposeAmendment(lease=one.lease, amendment=name, kind=kind, terms=new, document=paper, effective_on=on),
    )
    if one.life == "is-refused-less":
        reason = "The rent is in line with the estimate (demo)"
        yield agreed, SECOND, RejectAmendment(lease=one.lease, amendment=name, reason=reason, effective_on=agreed)
    else:
        yield agreed, SECOND, ApproveAmendment(lease=one.lease, amendment=name, units=takes, effective_on=agreed)


def _changes_on(one: Tenancy, months: int) -> date:
    return months_on(one.begins_on.replace(day=1), months)


def _grows(one: Tenancy) -> Told:
    agreed = terms(one)
    more = tuple(Premises(unit=space.unit, area=m2(space.area_dm2)) for space in one.more)
    new = replace(agreed, premises=(*agreed.premises, *more))
    takes = tuple(space.unit for space in one.more)
    yield from _amended(one, "SCOPE_UP", _changes_on(one, 9), new, takes=takes)


def _shrinks(one: Tenancy) -> Told:
    agreed = terms(one)
    yield from _amended(one, "SCOPE_DOWN", _changes_on(one, 10), replace(agreed, premises=agreed.premises[:-1]))


def _stays_longer(one: Tenancy) -> Told:
    agreed = terms(one)
    new = replace(agreed, expiry_on=months_on(one.begins_on, one.deal.months + 12) - timedelta(days=1))
    yield from _amended(one, "TERM", _changes_on(one, 6), new, takes=one.units)


def _pays_less(one: Tenancy) -> Told:
    """Agreed in spring, on our desks in summer: what was billed meanwhile is credited."""
    on = _changes_on(one, 7)
    yield from _amended(one, "CONSIDERATION", on, _lowered(one, on), late_days=47)


def _is_refused_less(one: Tenancy) -> Told:
    on = _changes_on(one, 8)
    yield from _amended(one, "CONSIDERATION", on, _lowered(one, on))


def _lowered(one: Tenancy, on: date) -> Terms:
    agreed = terms(one)
    quote = agreed.rent[0].rent
    lower = Quote(price=yuan(minor(quote.price) * 88 // 100), per=quote.per)
    kept = tuple(step for step in agreed.rent if step.from_on < on)
    return replace(agreed, rent=(*kept, RentStep(from_on=on, rent=lower)))


# How it ends


def _over(one: Tenancy) -> date:
    assert one.over_on is not None, "whoever leaves has a last day"
    return one.over_on


def _holds_over(one: Tenancy) -> Told:
    on = one.expiry_on + timedelta(days=1)
    yield on, invented(one.clerk), StartHoldover(lease=one.lease, units=one.units, effective_on=on)


def _leaves_after_holdover(one: Tenancy) -> Told:
    yield from _holds_over(one)
    ends = _over(one)
    agreed = workday_before(ends - timedelta(days=20))
    reason = "They move to a building of their own (demo)"
    command = EndHoldover(lease=one.lease, ends_on=ends, reason=reason, effective_on=agreed)
    yield agreed, invented(one.clerk), command
    yield from _leaves(one, ends)


def _expires(one: Tenancy) -> Told:
    on = one.expiry_on + timedelta(days=1)
    yield on, invented(one.clerk), ExpireLease(lease=one.lease, effective_on=on)
    yield from _leaves(one, _over(one))


def _breaks(one: Tenancy) -> Told:
    agreed, ends = terms(one), _over(one)
    noticed = workday_before(ends - timedelta(days=100))
    paper = evidence(f"Notice for {one.lease}", noticed)
    notice = ServeBreakNotice(lease=one.lease, break_on=ends, party="TENANT", notice=paper, effective_on=noticed)
    yield noticed, invented(one.clerk), notice
    fee = BREAK_FEE_MONTHS * monthly(agreed.rent[0].rent, agreed.area_dm2)
    yield from _terminated(one, workday(noticed + timedelta(days=3)), ends, "BREAK", fee)


def _is_bought_out(one: Tenancy) -> Told:
    agreed = terms(one)
    ends = _over(one)
    fee = 3 * monthly(agreed.rent[0].rent, agreed.area_dm2)
    yield from _terminated(one, workday_before(ends - timedelta(days=40)), ends, "AGREEMENT", fee, taxable=True)


def _defaults(one: Tenancy) -> Told:
    """Nobody has paid for months: ended at once, and the deposit is kept."""
    ends = _over(one)
    yield from _terminated(one, ends, ends, "TENANT_DEFAULT", 0)


def _exits(one: Tenancy, months: int = 1) -> Told:
    """With its company: what is owed is settled before that leaves."""
    assert one.noticed_on is not None, "whoever exits says so before"
    agreed = terms(one)
    fee = months * monthly(agreed.rent[0].rent, agreed.area_dm2)
    yield from _terminated(one, one.noticed_on, _over(one), "AGREEMENT", fee)


def _is_taken_over(one: Tenancy) -> Told:
    """It owes more than its deposit; another company takes the debt over."""
    yield from _exits(one, months=4)


def _terminated(one: Tenancy, on: date, ends: date, cause: Cause, fee_minor: int, *, taxable: bool = False) -> Told:
    command = TerminateLease(
        lease=one.lease,
        ends_on=ends,
        cause=cause,
        fee=yuan(fee_minor),
        fee_taxable=taxable,
        document=evidence(f"Termination of {one.lease}", on),
        effective_on=on,
    )
    yield on, invented(one.clerk), command
    yield from _leaves(one, ends)


def _leaves(one: Tenancy, ends: date) -> Told:
    """The keys come back, the last bill is made, and whatever is left between both sides is settled."""
    back = workday(ends + timedelta(days=1))
    protocol = evidence(f"Return of {one.lease}", back)
    yield back, invented(one.clerk), SurrenderPremises(lease=one.lease, protocol=protocol, effective_on=back)
    yield back, ACCOUNTANT, BillLease(lease=one.lease, through=ends, effective_on=back)
    later = back if one.life in ("exits", "is-taken-over") else workday(back + timedelta(days=17))
    yield later, ACCOUNTANT, farewell(one, later)


def farewell(one: Tenancy, on: date) -> Callable[[Known], Iterable[Step | Turn]]:
    """Settle what is open: paid by the tenant, or taken from the deposit, of which the rest goes back."""

    def steps(known: Known) -> Iterator[Step]:
        account = known.account(one.company)
        held = account.deposit_minor(one.lease)
        owed = [(issued, document.open_minor) for issued, document in known.owed(one.company)]
        own = [(issued.invoice, open_minor) for issued, open_minor in owed if issued.lease == one.lease]
        pays_itself = one.life == "breaks" or (one.life == "exits" and one.number % 2 == 0)
        commands: list[Command] = []
        if pays_itself and own:
            commands.append(_last_receipt(one, own, on))
            own = []
        if one.life == "defaults" and held:
            kept = held // 4
            held -= kept
            commands.append(_forfeit(one, kept, on))
        for nth, (invoice, open_minor) in enumerate(own, 1):
            if part := min(held, open_minor):
                held -= part
                commands.append(_apply(one, nth, invoice, part, on))
        if held:
            commands.append(_refund(one.lease, held, on))
        for number, command in enumerate(commands):
            yield Step(recorded_at=_minute(on, number), by=ACCOUNTANT, command=command)

    return steps


def _minute(on: date, number: int) -> datetime:
    """After the hour in which leases are recorded."""
    return at(on, 66, number)


def _last_receipt(one: Tenancy, own: list[tuple[str, int]], on: date) -> Command:
    return RecordReceipt(
        receipt=f"last-{one.lease}",
        company=one.company,
        bank_reference=f"FICT-END-{one.number:03}",
        amount=yuan(sum(open_minor for _, open_minor in own)),
        allocations=tuple(ToAllocate(invoice=invoice, amount=yuan(open_minor)) for invoice, open_minor in own),
        effective_on=on,
    )


def _apply(one: Tenancy, nth: int, invoice: str, amount_minor: int, on: date) -> Command:
    return ApplyDeposit(
        deposit=f"applied-{nth}-{one.lease}",
        lease=one.lease,
        invoice=invoice,
        amount=yuan(amount_minor),
        effective_on=on,
    )


def _forfeit(one: Tenancy, amount_minor: int, on: date) -> Command:
    return ForfeitDeposit(
        deposit=f"forfeited-{one.lease}",
        lease=one.lease,
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
