"""Energy, settled: a statement a month by two people, runs that follow, years trued up, damages, certificates.

settlements   every step: calculated a few days after the month, approved two days later, before the month is closed
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from api.demo.city import evidence
from api.demo.days import at, last_of, workday
from api.demo.deals.energy import DESK, PAID_LATE, SUPPLIES, Supply
from api.demo.deals.metering import ESTIMATED
from api.demo.people import ACCOUNTANT, APPROVER, COLLEAGUE
from api.demo.pipeline import END
from api.demo.steps import Step
from ledger.decider import By, Command
from ledger.offtake.charges.late_fees import AssessEnergyLateFee
from ledger.offtake.charges.notes import CreditEnergyDocument, TakeBackEnergyCredit
from ledger.offtake.charges.terminating import (
    ApproveTerminationPayment,
    ProposeTerminationPayment,
    RejectTerminationPayment,
    ReverseTerminationPayment,
)
from ledger.offtake.delivery import AdjustQuantity, AgreeDeemed, RecordCurtailment
from ledger.offtake.green.counts import IssueCertificates, SellCertificates
from ledger.offtake.green.lots import IssueCertificateLot, RetireCertificates, TransferCertificates
from ledger.offtake.guarantee import AssessGuaranteeLd, ReverseGuaranteeLd
from ledger.offtake.life import SettleOfftakeFinally
from ledger.offtake.meters.facts import DayBlock
from ledger.offtake.meters.metering import CalibrateMeter, RecordIntervals
from ledger.offtake.statements import ApproveStatement, CalculateStatement, DisputeStatement, WithdrawDispute
from ledger.offtake.withdrawing import WithdrawMeterStep, WithdrawOfftakeStep
from ledger.offtake.years import TrueUpYear

CALCULATED_AFTER, APPROVED_AFTER = timedelta(days=4), timedelta(days=6)
DISPUTED = "2025-05"
BAD_MONTH, TESTED_ON, SETTLED_ANEW_ON = "2024-01", date(2024, 4, 15), date(2024, 4, 19)
ANEW_AFTER_READ_ON = date(2024, 12, 23)
CURTAILED_ON = date(2024, 3, 12)
MISTAKEN_ON = date(2025, 3, 12)

Told = Iterator[tuple[date, int, By, Command]]
"""Recorded on which day, how many minutes after opening, by whom, what."""


def settlements() -> Iterator[Step]:
    """Every step that is recorded before the end, agreement by agreement."""
    for supply in SUPPLIES:
        told = [*_monthly(supply), *ODD.get(supply.number, _nothing)(supply)]
        for on, minute, by, command in told:
            instant = at(on, minute, supply.number)
            if instant.date() <= END:
                yield Step(recorded_at=instant, by=by, command=command)


def _nothing(_one: Supply) -> Told:
    return iter(())


def _monthly(supply: Supply) -> Told:
    for month in supply.months:
        last = last_of(month)
        disputed = supply.number == 3 and month == DISPUTED
        yield from _run(
            supply, month, 0, workday(last + CALCULATED_AFTER), workday(last + APPROVED_AFTER), disputed=disputed
        )


def _run(supply: Supply, month: str, run: int, on: date, approved_on: date, *, disputed: bool = False) -> Told:
    """Calculated by one, approved by another; now and then the buyer asks first."""
    name = supply.agreement
    yield on, 250, ACCOUNTANT, CalculateStatement(agreement=name, month=month, effective_on=on)
    if disputed:
        asked: dict[str, Any] = {"agreement": name, "month": month, "run": run, "effective_on": on}
        yield on, 300, DESK, DisputeStatement(**asked, reason="Their own meter shows less (demo)")
        yield on, 330, DESK, WithdrawDispute(**asked, reason="They had read the wrong meter (demo)")
    approve = ApproveStatement(agreement=name, month=month, run=run, effective_on=approved_on)
    yield approved_on, 350, APPROVER, approve


# What does not go by the book


def _biomass(supply: Supply) -> Told:
    """A meter that showed too little; two years of take-or-pay: a shortfall, and energy that makes up for it."""
    name, on = supply.agreement, TESTED_ON
    certificate = evidence(f"Test of {supply.meter}", on)
    since, until = date(2024, 1, 1), last_of(BAD_MONTH)
    found = CalibrateMeter(
        meter=supply.meter,
        registered="0.982",
        from_on=since,
        until_on=until,
        certificate=certificate,
        effective_on=on,
    )
    yield on, 250, DESK, found
    yield from _run(supply, BAD_MONTH, 1, SETTLED_ANEW_ON, SETTLED_ANEW_ON)
    on = date(2024, 5, 20)
    less = AdjustQuantity(
        agreement=name, adjustment="repair-demo", year=2023, reason="MAINTENANCE", energy="30000", effective_on=on
    )
    yield on, 260, DESK, less
    for year, day in ((2023, date(2024, 7, 9)), (2024, date(2025, 7, 9))):
        yield day, 360, ACCOUNTANT, TrueUpYear(agreement=name, year=year, effective_on=day)
        proof = evidence(f"Certificates of {name}", day)
        issued = IssueCertificates(agreement=name, through=f"{year + 1}-06", evidence=proof, effective_on=day)
        yield day, 370, DESK, issued
    yield from _put_otherwise(name)
    on = date(2024, 10, 14)
    buyer = "A foundry that buys certificates (demo)"
    yield on, 260, DESK, SellCertificates(agreement=name, sale="sale-1-demo", count=800, to=buyer, effective_on=on)
    yield from _in_lots(name, buyer)


def _in_lots(name: str, buyer: str) -> Told:
    """From the next year on certificates have their numbers: some go to the foundry, some are retired, some stay."""
    for month, first, day in (("2025-07", 1, date(2025, 9, 15)), ("2025-08", 61, date(2025, 10, 15))):
        lot = IssueCertificateLot(
            agreement=name,
            lot=f"lot-{month}-demo",
            month=month,
            first=f"GEC-DEMO-{first:08}",
            last=f"GEC-DEMO-{first + 59:08}",
            tradable=True,
            evidence=evidence(f"Certificates of {month}", day),
            effective_on=day,
        )
        yield day, 380, DESK, lot
    on, of_lot = date(2025, 10, 20), {"agreement": name, "lot": "lot-2025-07-demo"}
    sold = TransferCertificates(
        **of_lot,
        movement="foundry-1-demo",
        first="GEC-DEMO-00000001",
        last="GEC-DEMO-00000040",
        to=buyer,
        effective_on=on,
    )
    yield on, 380, DESK, sold
    on = date(2025, 11, 10)
    used = RetireCertificates(
        **of_lot,
        movement="park-1-demo",
        first="GEC-DEMO-00000041",
        last="GEC-DEMO-00000060",
        beneficiary="The park's common areas (demo)",
        purpose="Electricity used in October 2025 (demo)",
        evidence=evidence("Retirement of 20 certificates", on),
        effective_on=on,
    )
    yield on, 380, DESK, used


def _put_otherwise(name: str) -> Told:
    """An invoice paid late costs a late fee; something is taken off another for an hour without power, at first of the
    wrong amount."""
    on = date(2025, 5, 12)
    fee = AssessEnergyLateFee(
        agreement=name, invoice="late-energy-1-demo", on_invoice=PAID_LATE, taxable=True, effective_on=on
    )
    yield on, 300, ACCOUNTANT, fee
    on = date(2025, 4, 9)
    note = CreditEnergyDocument(
        agreement=name,
        credit_note="outage-1-demo",
        invoice=f"{name}-energy-202503-r0",
        net="1200.00",
        reason="An hour without power (demo)",
        effective_on=on,
    )
    yield on, 300, ACCOUNTANT, note
    wrong = "It was agreed at 120.00 (demo)"
    back = TakeBackEnergyCredit(agreement=name, credit_note=note.credit_note, reason=wrong, effective_on=on)
    yield on, 305, ACCOUNTANT, back
    yield on, 310, ACCOUNTANT, replace(note, credit_note="outage-2-demo", net="120.00")


def _heat(supply: Supply) -> Told:
    """Curtailed by its buyer for an afternoon, and paid for it; two years in which it delivers less than guaranteed."""
    name, on = supply.agreement, CURTAILED_ON
    stop = RecordCurtailment(
        agreement=name,
        curtailment="line-1-demo",
        by="BUYER",
        from_at=datetime(2024, 3, 12, 12),  # noqa: DTZ001 - local time of the delivery point
        until_at=datetime(2024, 3, 12, 18),  # noqa: DTZ001 - local time of the delivery point
        potential="640",
        delivered="110",
        effective_on=on,
    )
    yield on, 400, DESK, stop
    paper, agreed_on = evidence("Minutes on the afternoon", on), date(2024, 3, 20)
    agree = AgreeDeemed(agreement=name, curtailment="line-1-demo", evidence=paper, effective_on=agreed_on)
    yield agreed_on, 260, DESK, agree
    came_on = date(2024, 3, 18)
    file = evidence("Intervals of a week", came_on)
    yield (
        came_on,
        260,
        DESK,
        RecordIntervals(meter=supply.meter, minutes=60, days=tuple(_hours()), file=file, effective_on=came_on),
    )
    for year, day, invoice in ((2023, date(2024, 7, 9), None), (2024, date(2025, 7, 9), f"{name}-energy-202506-r0")):
        damages = AssessGuaranteeLd(
            agreement=name,
            year=year,
            replacement_price="0.5650",
            evidence=evidence(f"Bills for other power, {year}", day),
            invoice=invoice,
            effective_on=day,
        )
        if year == 2023:
            yield day, 362, ACCOUNTANT, replace(damages, replacement_price="0.5850")
            reason = "The bills of another month were taken (demo)"
            back = ReverseGuaranteeLd(agreement=name, year=year, reason=reason, effective_on=day)
            yield day, 363, ACCOUNTANT, back
        yield day, 365, ACCOUNTANT, damages


def _hours() -> Iterator[DayBlock]:
    """A week of hours, as a meter measures them: little at night, next to nothing on the afternoon of the 12th."""
    for day in range(11, 18):
        energies = list[str]()
        for hour in range(24):
            energy = 30 + (hour * 7 + day) % 40 + (60 if 8 <= hour < 20 else 0)
            if day == CURTAILED_ON.day and 12 <= hour < 18:
                energy = 18
            energies.append(f"{energy}500")
        yield DayBlock(day=date(2024, 3, day), energy_wh=" ".join(energies))


def _waste(supply: Supply) -> Told:
    """A month that rested on an estimate, once the meter could be read; and two papers laid into the wrong file."""
    yield from _mistaken(supply)
    yield from _run(supply, ESTIMATED[1], 1, ANEW_AFTER_READ_ON, ANEW_AFTER_READ_ON)


def _mistaken(supply: Supply) -> Told:
    """A curtailment and a test that were of other plants: recorded, and taken back on the same day."""
    name, on, reason = supply.agreement, MISTAKEN_ON, "It was of another plant (demo)"
    stop = RecordCurtailment(
        agreement=name,
        curtailment="grid-1-demo",
        by="GRID",
        from_at=datetime(2025, 3, 10, 12),  # noqa: DTZ001 - local time of the delivery point
        until_at=datetime(2025, 3, 10, 14),  # noqa: DTZ001 - local time of the delivery point
        potential="250",
        effective_on=on,
    )
    step = "offtake.curtailment-instructed"
    yield on, 260, DESK, stop
    yield on, 350, APPROVER, WithdrawOfftakeStep(agreement=name, step=step, reason=reason, effective_on=on)
    certificate = evidence(f"Test of {supply.meter}", on)
    test = CalibrateMeter(
        meter=supply.meter, registered="1", from_on=on, until_on=on, certificate=certificate, effective_on=on
    )
    yield on, 265, DESK, test
    back = WithdrawMeterStep(meter=supply.meter, step="meter.calibrated", reason=reason, effective_on=on)
    yield on, 355, DESK, back


def _trial(supply: Supply) -> Told:
    on = date(2024, 7, 15)
    yield on, 260, COLLEAGUE, SettleOfftakeFinally(agreement=supply.agreement, effective_on=on)


def _ended(supply: Supply) -> Told:
    """A plant that was not built: its buyer's claim turned down without papers, owed, put right, and owed at less; and
    what the buyer owes for works that it had asked for."""
    name, due = supply.agreement, date(2026, 7, 31)
    claim = ProposeTerminationPayment(
        agreement=name,
        termination_payment="boiler-1-demo",
        owed_by="SELLER",
        net="48000.00",
        due_on=due,
        clause="18.3: what another boiler cost the buyer (demo)",
        document=evidence(f"Claim on {name}", date(2026, 5, 8)),
        effective_on=date(2026, 5, 11),
    )
    agree = ApproveTerminationPayment(
        agreement=name, termination_payment="boiler-2-demo", effective_on=date(2026, 5, 20)
    )
    yield claim.effective_on, 300, ACCOUNTANT, claim
    on, one = date(2026, 5, 13), {"agreement": name, "termination_payment": claim.termination_payment}
    yield on, 300, APPROVER, RejectTerminationPayment(**one, reason="The bill is missing (demo)", effective_on=on)
    again = replace(claim, termination_payment="boiler-2-demo", effective_on=date(2026, 5, 18))
    yield again.effective_on, 300, ACCOUNTANT, again
    yield agree.effective_on, 300, APPROVER, agree
    on, one = date(2026, 5, 25), {"agreement": name, "termination_payment": again.termination_payment}
    yield (
        on,
        300,
        ACCOUNTANT,
        ReverseTerminationPayment(**one, reason="It cost 42,600.00 (demo)", effective_on=on),
    )
    less = replace(again, termination_payment="boiler-3-demo", net="42600.00", effective_on=date(2026, 5, 26))
    yield less.effective_on, 300, ACCOUNTANT, less
    agree = replace(agree, termination_payment=less.termination_payment, effective_on=date(2026, 5, 28))
    yield agree.effective_on, 300, APPROVER, agree
    works = replace(
        claim,
        termination_payment="works-1-demo",
        owed_by="BUYER",
        net="9800.00",
        clause="19.1: pipes laid at the buyer's wish (demo)",
        document=evidence(f"Bill of the pipes of {name}", date(2026, 6, 12)),
        effective_on=date(2026, 6, 15),
    )
    yield works.effective_on, 300, ACCOUNTANT, works
    on, one = date(2026, 6, 17), {"agreement": name, "termination_payment": works.termination_payment}
    yield on, 300, APPROVER, ApproveTerminationPayment(**one, effective_on=on)


ODD = {1: _biomass, 2: _heat, 3: _waste, 5: _trial, 6: _ended}
