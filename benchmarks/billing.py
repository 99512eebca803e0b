"""How long a month's billing run takes in a city of so many leases, and the preview of the same run.

run       a billing run as the command line makes it: every lease's command, through a ledger in this process
preview   the same as a dry run, with its documents and what they add up to
rebuild   all read models made anew from that log

Each lease has been billed, and has paid, for a year; a run starts cold, as a new process does: every lease is read and
folded first. With --against DIR another checkout's run is measured in turn, on a ledger with the same facts; it is the
floor, and the ratio says how many times as many facts a second this one records.
"""

import sys
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import msgspec

from benchmarks.against import Checkout, sides
from benchmarks.ground import Figure, Place, arguments, compared, machine, number, places, say, scratch, show, table
from ledger.billing.account import Billing, evolve
from ledger.billing.deciding import decide
from ledger.billing.facts import InvoiceIssued, ReceiptRecorded
from ledger.billing.gap import BillLease
from ledger.billing.lines import Allocation
from ledger.companies.facts import LeadRegistered
from ledger.decider import By, Fact
from ledger.leases.facts import (
    IndexRentReviewed,
    LeaseApproved,
    LeaseCommenced,
    LeaseDrafted,
    LeaseExecuted,
    LeaseSubmitted,
    PremisesHandedOver,
)
from ledger.leases.terms import Premises, Quote, RentFree, RentStep, Terms
from ledger.once.lettings import Letting
from ledger.periods import PeriodOpened, first_and_last, month_after
from ledger.rates import RateApproved
from ledger.values.evidence import Evidence

FIRST, OPENED, BILLED = date(2023, 1, 2), 48, 12
MONTH_END = date(2024, 1, 31)
AIM_RUN, AIM_PREVIEW_S = 10, 2.0
WORK = "billing_work"
BY = By(actor="benchmark", role="finance", method="library")
PAPER = Evidence(doc="A paper (demo)", sha256="0" * 64)

Step = tuple[date, Fact]


def city(leases: int, months: int) -> Iterator[Step]:
    """What was agreed; then, month by month, what billing every lease decides, and what each tenant pays of it."""
    ground = list(_ground())
    yield from ((FIRST, fact) for fact in ground)
    states: list[Billing] = []
    for lease in range(leases):
        agreed = list(_let(lease))
        yield from ((FIRST, fact) for fact in agreed)
        states.append(_after(Billing(), *ground, *agreed))
    month = "2023-01"
    for _ in range(months):
        _, on = first_and_last(month)
        for lease, state in enumerate(states):
            billed = decide(state, BillLease(lease=_lease(lease), through=on, effective_on=on), BY)
            paid = _paid(lease, month, on, [fact for fact in billed if isinstance(fact, InvoiceIssued)])
            yield from ((on, fact) for fact in (*billed, paid))
            states[lease] = _after(state, *billed, paid)
        month = month_after(month)


def _after(state: Billing, *facts: Fact) -> Billing:
    for fact in facts:
        state = evolve(state, fact)
    return state


def _ground() -> Iterator[Fact]:
    month = "2023-01"
    for _ in range(OPENED):
        yield PeriodOpened(effective_on=FIRST, month=month)
        month = month_after(month)
    for series, value in (("vat/leasing", "0.09"), ("vat/services", "0.06")):
        yield RateApproved(
            effective_on=date(2019, 4, 1),
            rate=f"{series.replace('/', '-')}-demo",
            series=series,
            value=value,
            source="invented",
            proposed_by="clerk-demo",
            approved_by="approver-demo",
            approved_on=FIRST,
        )


def _lease(number: int) -> str:
    return f"lease-{number:05}-demo"


def _terms(number: int) -> Terms:
    """Three kinds of leases: at one rent; with free days and a step each year; billed quarterly, its rent reviewed."""
    kind, expiry_on = number % 3, date(2028 + number % 5, 12, 31)
    rent = [RentStep(from_on=FIRST, rent=Quote(price="43.20", per="M2_MONTH"))]
    more: dict[str, Any] = {}
    if kind == 1:
        rent += [
            RentStep(from_on=date(year, 1, 2), rent=Quote(price=f"{43 + year - 2023}.20", per="M2_MONTH"))
            for year in (2024, 2025, 2026, 2027, 2028)
        ]
        more["rent_free"] = (RentFree(from_on=FIRST, until_on=date(2023, 3, 1)),)
    if kind == 2:
        more["billed_every_months"] = 3
    return Terms(
        premises=(Premises(unit=f"unit-{number:05}-demo", area=f"{500 + number % 700}.50"),),
        commencement_on=FIRST,
        expiry_on=expiry_on,
        rent=tuple(rent),
        service_charge=Quote(price="6.00", per="M2_MONTH"),
        **more,
    )


def _let(number: int) -> Iterator[Fact]:
    lease, company, terms = _lease(number), f"tenant-{number:05}-demo", _terms(number)
    about: dict[str, Any] = {"effective_on": FIRST, "lease": lease, "company": company}
    letting = Letting(unit=terms.premises[0].unit, from_on=FIRST, until_on=terms.expiry_on)
    yield LeadRegistered(effective_on=FIRST, company=company, name=f"{company} (demo)", country="US", origin="DIRECT")
    yield LeaseDrafted(**about, terms=terms, drafted_by="clerk-demo")
    yield LeaseSubmitted(**about, submitted_by="clerk-demo")
    yield LeaseApproved(**about, approved_by="approver-demo")
    yield LeaseExecuted(**about, lettings=(letting,), document=PAPER)
    yield PremisesHandedOver(**about, protocol=PAPER)
    yield LeaseCommenced(**about)
    if terms.billed_every_months == 3:
        yield IndexRentReviewed(
            effective_on=date(2023, 7, 2),
            lease=lease,
            company=company,
            index_base="100",
            index_current="103",
            current_on=date(2023, 7, 1),
            ratio="1.03",
            monthly_before_minor=2_000_000,
            monthly_minor=2_060_000,
        )


def _paid(number: int, month: str, on: date, issued: list[InvoiceIssued]) -> ReceiptRecorded:
    lease, receipt = _lease(number), f"receipt-{number:05}-{month}"
    paid = tuple(Allocation(invoice=one.invoice, lease=lease, amount_minor=one.gross_minor) for one in issued)
    return ReceiptRecorded(
        effective_on=on,
        accounting_on=on,
        company=f"tenant-{number:05}-demo",
        receipt=receipt,
        bank_reference=receipt,
        amount_minor=sum(one.amount_minor for one in paid) or 1,
        allocations=paid,
    )


# Measuring


def measure(place: Place, leases: int, rounds: int, checkouts: Sequence[Checkout]) -> dict[str, list[dict[str, Any]]]:
    """What each checkout's run and preview gave, round by round, in turn."""
    measured: dict[str, list[dict[str, Any]]] = {checkout.name: [] for checkout in checkouts}
    with scratch() as root:
        facts = root / "facts"
        say(f"billing, {place.kind}: {leases:,} leases, billed for {BILLED} months")
        with facts.open("wb") as file:
            for on, fact in city(leases, BILLED):
                file.write(f"{on} ".encode() + msgspec.json.encode(fact) + b"\n")
        for at in range(rounds):
            for checkout in checkouts:
                where = place.another(f"{checkout.name}_{at}".replace("-", "_"))
                checkout.run(WORK, "prepare", where=where, facts=str(facts))
                given = {"where": where, "leases": [_lease(one) for one in range(leases)], "on": str(MONTH_END)}
                found = checkout.run(WORK, "preview", **given) | checkout.run(WORK, "run", **given)
                found |= checkout.run(WORK, "rebuild", where=where)
                say(f"billing, {place.kind}: {checkout.name} {at + 1} of {rounds}: {found}")
                measured[checkout.name].append(found)
    return measured


def figures(place: Place, measured: dict[str, list[dict[str, Any]]]) -> list[Figure]:
    """Facts a second of the run and of a rebuild, by the clock and by the processor's time; seconds of the preview."""
    ours, *others = measured.values()
    found = []
    for name in ("facts-per-second", "facts-per-cpu-second", "rebuild-per-second", "rebuild-per-cpu-second"):
        own, theirs = ([one[name] for one in side] for side in (ours, (others or [ours])[0]))
        found.append(compared(f"billing/{place.kind}/{name}", "facts/s", own, theirs))
    for name in ("preview", "preview-cpu"):
        seconds = sorted(one[name] for one in ours)
        found.append(Figure(f"billing/{place.kind}/{name}", seconds[len(seconds) // 2], "s"))
    return found


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    chosen = arguments(
        argv, __doc__, "leases", 2000, "leases in the city", against=("", "a checkout to measure in the same run")
    )
    checkouts = sides(chosen.against or None)
    with places(chosen.database) as some:
        found = [figures(place, measure(place, chosen.leases, chosen.rounds, checkouts)) for place in some]
        lines = [f"billing: a month of {chosen.leases:,} leases, {chosen.rounds} rounds in turn; {machine(some)}", ""]
    rows = [[one.name, number(one.value), number(one.floor), number(one.ratio)] for each in found for one in each]
    lines += table(["", "now", "against", "ratio"], rows)
    lines += [
        "",
        f"Aims: the run ≥ {AIM_RUN} × {chosen.against or 'another checkout'}, the preview ≤ {AIM_PREVIEW_S:g} s",
    ]
    show([figure for each in found for figure in each], lines, as_json=chosen.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
