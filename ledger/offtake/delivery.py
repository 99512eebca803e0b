"""Energy that was not delivered and why, what of it counts all the same, and energy that was saved.

Commands            Facts (offtake.…)
RecordCurtailment   curtailment-instructed
AgreeDeemed         deemed-agreed: only what the buyer curtailed
AdjustQuantity      quantity-adjusted: the annual quantity is less
RecordSavings       savings-measured: a later report of a month takes the place of an earlier one

Refusals, in order of precedence (after those of life.py)
├── CurtailmentUnknown     no such curtailment (unknown)
├── CurtailmentTaken       this id is another curtailment's (conflict)
├── CurtailmentMalformed   hours that end before they begin, or lie in two months; more delivered than could be
├── CurtailmentOverlaps    E7: hours that another curtailment has
├── CurtailmentOutside     on none of these days does the agreement deliver
├── DeemedNotOwed          the buyer did not curtail: nobody pays for it
├── DeemedTaken            it is agreed already, on another paper or day (conflict)
├── OfftakeStepTooEarly    of rules.py: agreed before it was curtailed; saved before the month is over
├── AdjustmentTaken        this id is another adjustment's (conflict)
├── NoAnnualQuantity       pay-as-produced: there is no quantity to adjust; or not in this contract year
├── AdjustedTooMuch        more is taken off than the quantity of the days that count
└── NoSavingsAgreed        the agreement sells energy
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, ClassVar

from ledger.decider import By, Fact, Id, Part, said
from ledger.offtake.account import Offtakes, take_or_pay_of
from ledger.offtake.contract_year import annual_quantity, parts_of_year
from ledger.offtake.days import hours_within
from ledger.offtake.energy import Kwh, kwh, resolved, wh
from ledger.offtake.facts import (
    Adjusted,
    CurtailedBy,
    CurtailmentInstructed,
    DeemedAgreed,
    LocalTime,
    QuantityAdjusted,
    SavingsMeasured,
    Year,
)
from ledger.offtake.life import WITHDRAW, AgreementCommand, agreement_tags, executed
from ledger.offtake.rules import OfftakeRefusal, not_before
from ledger.offtake.terms import Savings
from ledger.periods import Month, first_and_last, month_of
from ledger.values.evidence import Evidence
from ledger.values.money import Ratio

# Commands


class RecordCurtailment(AgreementCommand, frozen=True, kw_only=True, tag="record-curtailment"):
    """Record that in some hours `potential` could have been generated; `delivered` went through the meter meanwhile.

    Hours on days on which the agreement does not deliver take their part of the energy with them.
    """

    put_right: ClassVar[str] = WITHDRAW + " Then record it anew; a month that was settled is settled anew."
    curtailment: Id
    by: CurtailedBy
    from_at: LocalTime
    until_at: LocalTime
    potential: Kwh
    delivered: Kwh = "0"


class AgreeDeemed(AgreementCommand, frozen=True, kw_only=True, tag="agree-deemed"):
    """Agree that what the buyer curtailed is paid for."""

    put_right: ClassVar[str] = WITHDRAW + " A month that was settled is settled anew."
    curtailment: Id
    evidence: Evidence


class AdjustQuantity(AgreementCommand, frozen=True, kw_only=True, tag="adjust-quantity"):
    """Take something off the annual contract quantity of a contract year."""

    put_right: ClassVar[str] = WITHDRAW + " A year that was trued up is trued up anew."
    adjustment: Id
    year: Year
    reason: Adjusted
    energy: Kwh


class RecordSavings(AgreementCommand, frozen=True, kw_only=True, tag="record-savings"):
    """Record baseline × activity factor, and what was measured, by the report of whoever verifies it.

    Of a month of which only some days count, both are of those days.
    """

    put_right: ClassVar[str] = (
        "`record-savings` again: a later report of a month takes the place of this one. Of another month: "
        "`withdraw-offtake-step`."
    )
    month: Month
    baseline: Kwh
    factor: Ratio = "1"
    measured: Kwh
    report: Evidence


# Refusals


class CurtailmentUnknown(OfftakeRefusal):
    """No such curtailment."""

    code = "curtailment-unknown"
    kind = "unknown"


class CurtailmentTaken(OfftakeRefusal):
    """This id is another curtailment's."""

    code = "curtailment-taken"
    kind = "conflict"


class CurtailmentMalformed(OfftakeRefusal):
    """Hours that end before they begin, or lie in two months; more delivered than could be."""

    code = "curtailment-malformed"


class CurtailmentOverlaps(OfftakeRefusal):
    """E7: hours that another curtailment has."""

    code = "curtailment-overlaps"


class CurtailmentOutside(OfftakeRefusal):
    """On none of these days does the agreement deliver."""

    code = "curtailment-outside"


class DeemedTaken(OfftakeRefusal):
    """It is agreed already, on another paper or day."""

    code = "deemed-taken"
    kind = "conflict"


class DeemedNotOwed(OfftakeRefusal):
    """The buyer did not curtail."""

    code = "deemed-not-owed"


class AdjustmentTaken(OfftakeRefusal):
    """This id is another adjustment's."""

    code = "adjustment-taken"
    kind = "conflict"


class NoAnnualQuantity(OfftakeRefusal):
    """There is no quantity in this contract year."""

    code = "no-annual-quantity"


class AdjustedTooMuch(OfftakeRefusal):
    """More is taken off than the quantity of the days that count."""

    code = "adjusted-too-much"


class NoSavingsAgreed(OfftakeRefusal):
    """The agreement sells energy."""

    code = "no-savings-agreed"


# Decide


def _curtail(state: Offtakes, command: RecordCurtailment, by: By) -> Sequence[Fact]:
    agreement = executed(state, command.agreement)
    potential_wh, delivered_wh = wh(command.potential), wh(command.delivered)
    asked = said(CurtailmentInstructed, command, potential_wh=potential_wh, delivered_wh=delivered_wh)
    if asked in agreement.asked.values():
        return ()
    curtailments = agreement.curtailments.values()
    stops = [curtailment.instructed for curtailment in curtailments if curtailment.instructed is not None]
    if any(stop.curtailment == command.curtailment for stop in stops):
        raise CurtailmentTaken(f"{command.curtailment} is recorded already and says otherwise", field="curtailment")
    _check_hours(command)
    if delivered_wh > potential_wh:
        raise CurtailmentMalformed("no more is delivered than could be", field="delivered")
    for stop in stops:
        if stop.from_at < command.until_at and command.from_at < stop.until_at:
            raise CurtailmentOverlaps(
                f"{stop.curtailment} has hours from {stop.from_at} to {stop.until_at} already; no energy is counted "
                "twice",
                field="from_at",
            )
    month = month_of(command.from_at.date())
    if not hours_within(command.from_at, command.until_at, agreement.delivering.in_month(month)):
        raise CurtailmentOutside(
            f"{command.agreement} delivers on no day from {command.from_at.date()} to {command.until_at.date()}; what "
            "is not delivered then is not curtailed",
            field="from_at",
        )
    return (
        CurtailmentInstructed(
            effective_on=command.effective_on,
            agreement=command.agreement,
            curtailment=command.curtailment,
            by=command.by,
            from_at=command.from_at,
            until_at=command.until_at,
            potential_wh=potential_wh,
            delivered_wh=delivered_wh,
        ),
    )


def _check_hours(command: RecordCurtailment) -> None:
    """Hours end after they begin, in one month. Raises CurtailmentMalformed."""
    last = command.until_at - timedelta(microseconds=1)
    if command.until_at <= command.from_at or month_of(last.date()) != month_of(command.from_at.date()):
        raise CurtailmentMalformed("hours end after they begin, in the same month", field="until_at")


def _agree(state: Offtakes, command: AgreeDeemed, by: By) -> Sequence[Fact]:
    curtailment = executed(state, command.agreement).curtailments.get(command.curtailment)
    if curtailment is None or curtailment.instructed is None:
        raise CurtailmentUnknown(f"no curtailment {command.curtailment} is recorded", field="curtailment")
    if curtailment.deemed is not None:
        if curtailment.deemed.asked == said(DeemedAgreed, command):
            return ()
        raise DeemedTaken(
            f"{command.curtailment} is agreed already, since {curtailment.deemed.effective_on} and on another paper or "
            "day",
            field="curtailment",
        )
    if curtailment.instructed.by != "BUYER":
        raise DeemedNotOwed(
            f"{curtailment.instructed.by} curtailed it, not the buyer; nobody pays for it", field="agreement"
        )
    not_before(command.effective_on, curtailment.instructed.effective_on, f"{command.curtailment} was recorded")
    return (
        DeemedAgreed(
            effective_on=command.effective_on,
            agreement=command.agreement,
            curtailment=command.curtailment,
            evidence=command.evidence,
        ),
    )


def _adjust(state: Offtakes, command: AdjustQuantity, by: By) -> Sequence[Fact]:
    agreement = executed(state, command.agreement)
    energy_wh = wh(command.energy)
    if said(QuantityAdjusted, command, energy_wh=energy_wh) in agreement.asked.values():
        return ()
    if command.adjustment in agreement.adjustments:
        raise AdjustmentTaken(f"{command.adjustment} is recorded already and says otherwise", field="adjustment")
    if take_or_pay_of(agreement, command.year) is None:
        raise NoAnnualQuantity(f"{command.agreement} has no annual quantity in {command.year}", field="year")
    quantity = resolved(annual_quantity(parts_of_year(agreement, command.year)))
    left = max(0, quantity - agreement.adjusted_wh(command.year))
    if energy_wh > left:
        raise AdjustedTooMuch(
            f"{kwh(left)} kWh are left of the quantity of the days that count in {command.year}", field="energy"
        )
    return (
        QuantityAdjusted(
            effective_on=command.effective_on,
            agreement=command.agreement,
            adjustment=command.adjustment,
            year=command.year,
            reason=command.reason,
            energy_wh=energy_wh,
        ),
    )


def _save(state: Offtakes, command: RecordSavings, by: By) -> Sequence[Fact]:
    agreement = executed(state, command.agreement)
    baseline_wh, measured_wh = wh(command.baseline), wh(command.measured)
    asked = said(SavingsMeasured, command, baseline_wh=baseline_wh, measured_wh=measured_wh)
    if asked in agreement.asked.values():
        return ()
    terms = agreement.terms_on(first_and_last(command.month)[0])
    if terms is None or not isinstance(terms.price, Savings):
        raise NoSavingsAgreed(f"{command.agreement} sells energy; savings have no price in it", field="agreement")
    for _, last in agreement.delivering.in_month(command.month):
        not_before(command.effective_on, last, f"the last day of {command.month} that counts lies")
    return (
        SavingsMeasured(
            effective_on=command.effective_on,
            agreement=command.agreement,
            month=command.month,
            baseline_wh=baseline_wh,
            factor=command.factor,
            measured_wh=measured_wh,
            report=command.report,
        ),
    )


DELIVERY: Part[Offtakes, Any] = Part(
    decide={
        RecordCurtailment: _curtail,
        AgreeDeemed: _agree,
        AdjustQuantity: _adjust,
        RecordSavings: _save,
    },
    scope=dict.fromkeys((RecordCurtailment, AgreeDeemed, AdjustQuantity, RecordSavings), agreement_tags),
)
