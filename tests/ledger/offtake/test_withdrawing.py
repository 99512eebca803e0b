"""What was recorded by mistake is put right: steps withdrawn, damages reversed; every refusal's advice works.

Every price and meter value is invented.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.books.postings import postings
from ledger.decider import Command, Fact
from ledger.offtake.delivery import AdjustQuantity, AgreeDeemed, RecordCurtailment, RecordSavings
from ledger.offtake.energy import kwh
from ledger.offtake.facts import (
    EnergyCredited,
    EnergyCreditTakenBack,
    StatementCalculated,
    TakeOrPayInvoiced,
    YearTruedUp,
)
from ledger.offtake.green.counts import IssueCertificates, SellCertificates
from ledger.offtake.guarantee import AssessGuaranteeLd, DamagesUnknown, ReverseGuaranteeLd
from ledger.offtake.life import DeclareCommercialOperation, DraftOfftake, ExecuteOfftake, OfftakeUnknown
from ledger.offtake.meters.metering import (
    CalibrateMeter,
    InstallMeter,
    MeterUnknown,
    ReadMeter,
    RecordIntervals,
    ReplaceMeter,
)
from ledger.offtake.withdrawing import (
    MeterStepNotLatest,
    MeterStepUnknown,
    OfftakeStepNeeded,
    OfftakeStepNotLatest,
    OfftakeStepUnknown,
    WithdrawMeterStep,
    WithdrawOfftakeStep,
)
from ledger.rates import RateApproved
from tests.ground.given import decide, given, state
from tests.ground.offtaken import (
    DESK,
    FINANCE,
    GROUND,
    METER,
    PAPER,
    SIGNER,
    TERMS,
    A,
    agreement,
    delivering,
    of_kind,
    settled,
    spread,
    told,
)
from tests.ledger.offtake.test_days import DUTY, ended, goes_on, on, read, stopped, trued_up
from tests.ledger.offtake.test_meters import BY_INTERVALS, HOURLY, INSTALL, MEASURED, MONTH, energy
from tests.ledger.offtake.test_offtake import DAMAGES, GUARANTEED, metered_2025

SIGNED = agreement(DUTY)


def withdraw(step: str, day: date, about: str | None = None) -> WithdrawOfftakeStep:
    return WithdrawOfftakeStep(**on(day), step=step, about=about, reason="by mistake (demo)")


def without(step: str, day: date, about: str | None = None) -> WithdrawMeterStep:
    return WithdrawMeterStep(effective_on=day, meter=METER, step=step, about=about, reason="by mistake (demo)")


# An agreement


def test_a_life_is_taken_back_step_by_step() -> None:
    facts = told(SIGNED, stopped(date(2024, 2, 3)), goes_on(date(2024, 2, 10)), ended(date(2024, 6, 30)))
    resumed = withdraw("offtake.resumed", date(2024, 2, 10))
    given(*facts).when(resumed, SIGNER).refused(OfftakeStepNotLatest, field="step", says="offtake.terminated")
    facts = told(facts, (withdraw("offtake.terminated", date(2024, 6, 30)), SIGNER), (resumed, SIGNER))
    facts = told(facts, (withdraw("offtake.suspended", date(2024, 2, 3)), SIGNER))
    now = state(facts, stopped(date(2024, 2, 3))[0]).agreements[A]
    assert (now.state, now.ended_on, now.stops) == ("IN_DELIVERY", None, ())
    assert decide(facts, withdraw("offtake.suspended", date(2024, 2, 3)), SIGNER) == ()
    begun = DUTY.starts_on
    steps = ("commercial-operation-declared", "executed", "drafted")
    facts = told(facts, *((withdraw(f"offtake.{step}", begun), SIGNER) for step in steps))
    given(*facts).when(ExecuteOfftake(**on(begun), document=PAPER), SIGNER).refused(OfftakeUnknown)
    draft = DraftOfftake(**on(begun), terms=replace(DUTY, due_days=10))
    assert told(facts, (draft, DESK), (ExecuteOfftake(**on(begun), document=PAPER), SIGNER))


def test_a_termination_withdrawn_lets_the_month_be_settled_whole() -> None:
    facts = delivering(SIGNED, {"2024-01": "100"})
    facts = told(facts, ended(date(2024, 2, 10)), read(date(2024, 2, 10), "140"), read(date(2024, 2, 29), "200"))
    facts = settled(facts, "2024-02")
    facts = told(facts, (withdraw("offtake.terminated", date(2024, 2, 10)), SIGNER))
    facts = settled(facts, "2024-02", date(2024, 3, 9))
    assert [kwh(run.delivered_wh) for run in of_kind(facts, StatementCalculated)] == ["100.0", "40.0", "100.0"]
    assert not of_kind(facts, EnergyCredited)


def test_a_commercial_operation_on_the_wrong_day_is_put_right() -> None:
    """Declared for 1 January, it was 1 February: January is settled back to nothing."""
    facts = delivering(SIGNED, {"2024-01": "100", "2024-02": "100"})
    declare = DeclareCommercialOperation(**on(date(2024, 2, 1)), evidence=PAPER)
    wrong = withdraw("offtake.commercial-operation-declared", date(2024, 1, 1))
    facts = settled(told(facts, (wrong, SIGNER), (declare, DESK)), "2024-01", date(2024, 3, 9))
    assert [note.net_minor for note in of_kind(facts, EnergyCredited)] == [5000]


def test_what_rests_on_an_execution_goes_first() -> None:
    facts = told(SIGNED, (INSTALL, DESK), (withdraw("offtake.commercial-operation-declared", DUTY.starts_on), SIGNER))
    executed = withdraw("offtake.executed", DUTY.starts_on)
    given(*facts).when(executed, SIGNER).refused(OfftakeStepNeeded, field="step", says=METER)
    facts = told(facts, (without("meter.installed", INSTALL.effective_on), DESK), (executed, SIGNER))
    given(*facts).when(without("meter.read", date(2024, 1, 31)), DESK).refused(MeterStepUnknown, field="step")


CURTAIL = RecordCurtailment(
    **on(date(2024, 1, 20)),
    curtailment="c-1",
    by="BUYER",
    from_at=datetime.fromisoformat("2024-01-10T08:00"),
    until_at=datetime.fromisoformat("2024-01-10T16:00"),
    potential="320",
)


def test_steps_of_other_things_do_not_stand_in_the_way() -> None:
    other = replace(
        CURTAIL,
        curtailment="c-2",
        from_at=datetime.fromisoformat("2024-01-11T08:00"),
        until_at=datetime.fromisoformat("2024-01-11T16:00"),
    )
    agree = AgreeDeemed(**on(date(2024, 1, 21)), curtailment="c-1", evidence=PAPER)
    facts = told(SIGNED, (CURTAIL, DESK), (other, DESK), (agree, DESK), ended(date(2024, 6, 30)))
    name, day = "offtake.curtailment-instructed", date(2024, 1, 20)
    given(*facts).when(withdraw(name, day), SIGNER).refused(OfftakeStepUnknown, field="about", says="c-1, c-2")
    first = withdraw(name, day, "c-1")
    given(*facts).when(first, SIGNER).refused(OfftakeStepNotLatest, says="offtake.deemed-agreed of 2024-01-21")
    facts = told(facts, (withdraw("offtake.deemed-agreed", date(2024, 1, 21)), SIGNER), (first, SIGNER))
    assert set(state(facts, CURTAIL).agreements[A].curtailments) == {"c-2"}
    assert decide(facts, first, SIGNER) == ()
    given(*facts).when(withdraw(name, day, "c-9"), SIGNER).refused(OfftakeStepUnknown, field="step")
    assert told(facts, (replace(other, curtailment="c-3", from_at=CURTAIL.from_at, until_at=CURTAIL.until_at), DESK))


@pytest.mark.parametrize(
    ("command", "step", "about"),
    [
        pytest.param(
            AdjustQuantity(**on(date(2024, 2, 1)), adjustment="a-1", year=2024, reason="MAINTENANCE", energy="30"),
            "offtake.quantity-adjusted",
            "a-1",
            id="adjustment",
        ),
        pytest.param(stopped(date(2024, 2, 1))[0], "offtake.suspended", None, id="suspension"),
        pytest.param(CURTAIL, "offtake.curtailment-instructed", "c-1", id="curtailment"),
    ],
)
def test_what_is_withdrawn_can_be_recorded_again(command: Command, step: str, about: str | None) -> None:
    facts = told(SIGNED, (command, DESK))
    assert told(facts, (withdraw(step, command.effective_on, about), SIGNER), (command, DESK))


def test_savings_of_another_month_are_withdrawn() -> None:
    from tests.ledger.offtake.test_offtake import savings

    save = RecordSavings(**on(date(2024, 3, 2)), month="2024-01", baseline="10", measured="8", report=PAPER)
    facts = told(agreement(savings("SHARED_SAVINGS")), (save, DESK), (replace(save, month="2024-02"), DESK))
    facts = told(facts, (withdraw("offtake.savings-measured", date(2024, 3, 2), "2024-02"), SIGNER))
    assert set(state(facts, save).agreements[A].savings) == {"2024-01"}


def test_certificates_are_withdrawn_as_far_as_they_are_not_sold() -> None:
    issue = IssueCertificates(**on(date(2025, 2, 1)), through="2024-12", evidence=PAPER)
    sell = SellCertificates(**on(date(2025, 2, 2)), sale="s-1", count=2, to="a mill (demo)")
    facts = told(delivering(agreement(), spread(2024, "3000")), (issue, DESK), (sell, DESK))
    back = withdraw("offtake.certificates-issued", date(2025, 2, 1))
    given(*facts).when(back, SIGNER).refused(OfftakeStepNeeded, field="step")
    facts = told(facts, (withdraw("offtake.certificates-sold", date(2025, 2, 2), "s-1"), SIGNER), (back, SIGNER))
    assert told(facts, (replace(issue, effective_on=date(2025, 2, 3)), DESK))


def test_certificates_sent_again_are_not_issued_again() -> None:
    """A late resend of the first, after the second: more energy is approved by then."""
    issue = IssueCertificates(**on(date(2025, 2, 1)), through="2024-12", evidence=PAPER)
    facts = told(delivering(agreement(), spread(2024, "3000")), (issue, DESK))
    facts = delivering(facts, {"2025-01": "2000"})
    facts = told(facts, (replace(issue, effective_on=date(2025, 3, 1), through="2025-01"), DESK))
    given(*facts).when(issue, DESK).then()


# Damages


def posted(facts: Sequence[Fact]) -> dict[str, int]:
    total: dict[str, int] = {}
    for line in (line for fact in facts for line in postings(fact)):
        total[line.account] = total.get(line.account, 0) + line.amount_minor
    return {account: amount for account, amount in total.items() if amount}


@pytest.mark.parametrize("role", ["SELLER", "SETTLEMENT_AGENT"])
@pytest.mark.parametrize("off_invoice", [True, False])
def test_damages_are_reversed_and_assessed_anew(role: str, off_invoice: bool) -> None:
    if role != "SELLER" and not off_invoice:
        return  # a settlement agent owes none itself
    more: dict[str, Any] = {} if role == "SELLER" else {"role": role, "generator": "kilnheat-demo", "fee": "0.02"}
    before = metered_2025(replace(GUARANTEED, **more))
    assess: AssessGuaranteeLd = DAMAGES if off_invoice else replace(DAMAGES, invoice=None)
    facts = told(before, (assess, FINANCE))
    back = ReverseGuaranteeLd(**on(date(2026, 2, 1)), year=2025, reason="other bills (demo)")
    facts = told(facts, (back, FINANCE))
    assert posted(facts) == posted(before)
    assert decide(facts, back, FINANCE) == ()
    given(*facts).when(replace(back, reason="why (demo)"), FINANCE).refused(DamagesUnknown, field="year")
    dearer = replace(assess, replacement_price="0.6200")
    facts = told(facts, (dearer, FINANCE), (replace(back, effective_on=date(2026, 2, 3)), FINANCE))
    assert posted(facts) == posted(before)
    if off_invoice:
        assert not [invoice for invoice in of_kind(facts, TakeOrPayInvoiced) if invoice.charge == "GUARANTEE_LD"]
        again = of_kind(facts, EnergyCreditTakenBack)
        assert [note.credit_note for note in again] == [f"{A}-ld-2025-b1", f"{A}-ld-2025-r1-b1"]
        assert {note.invoice for note in again} == {assess.invoice}


# A meter


def swap(final: str = "9990") -> ReplaceMeter:
    return ReplaceMeter(
        effective_on=date(2024, 2, 15), meter=METER, final=final, start="12", digits=5, reason="broken (demo)"
    )


DEVICE = InstallMeter(effective_on=date(2024, 1, 1), meter=METER, agreement=A, start="0", digits=5)
SWAPPED = told(agreement(), (DEVICE, DESK), read(date(2024, 1, 31), "900"), (swap(), DESK))


def test_a_replacement_is_withdrawn_and_recorded_as_it_was() -> None:
    back = without("meter.replaced", date(2024, 2, 15))
    facts = told(SWAPPED, read(date(2024, 2, 29), "20"))
    given(*facts).when(back, DESK).refused(MeterStepNotLatest, field="step", says="2024-02-29")
    facts = told(facts, (without("meter.read", date(2024, 2, 29)), DESK), (back, DESK), (swap("999"), DESK))
    assert energy(told(facts, read(date(2024, 2, 29), "20")), "2024-02") == "107.0"  # 99 + 8


def test_a_read_of_the_wrong_day_goes_though_others_came_since() -> None:
    facts = told(MEASURED, read(date(2024, 1, 13), "160"), read(date(2024, 1, 31), "250"))
    facts = told(facts, (without("meter.read", date(2024, 1, 13)), DESK))
    assert energy(facts) == "150.0"
    assert decide(facts, without("meter.read", date(2024, 1, 13)), DESK) == ()
    given(*facts).when(without("meter.installed", INSTALL.effective_on), DESK).refused(MeterStepNotLatest)


def test_a_correction_withdrawn_leaves_the_read_before() -> None:
    from tests.ledger.offtake.test_meters import READ_ONCE, corrected

    facts = told(READ_ONCE, (corrected("300"), DESK), (without("meter.read-corrected", date(2024, 1, 31)), DESK))
    assert energy(facts) == "150.5"


def test_a_read_that_a_round_rests_on_stays() -> None:
    """9990 on 15 January, 5 on the 20th, 10 on the 31st: without the one that went round the last goes back."""
    round_ = ReadMeter(effective_on=date(2024, 1, 20), meter=METER, value="5", rolled_over=True)
    facts = told(MEASURED, read(date(2024, 1, 15), "9990"), (round_, DESK), read(date(2024, 1, 31), "10"))
    given(*facts).when(without("meter.read", date(2024, 1, 20)), DESK).refused(MeterStepNotLatest, says="2024-01-31")


def test_a_test_is_withdrawn() -> None:
    test = CalibrateMeter(
        effective_on=date(2024, 2, 10), meter=METER, registered="0.5", until_on=date(2024, 2, 10), certificate=PAPER
    )
    facts = told(MEASURED, (test, DESK), read(date(2024, 1, 31), "250"))
    assert energy(told(facts, (without("meter.calibrated", date(2024, 2, 10)), DESK))) == "150.0"


def test_intervals_of_another_meter_are_withdrawn_month_by_month() -> None:
    days = (*MONTH, *(replace(day, day=date(2024, 2, at)) for at, day in enumerate(MONTH[:5], 1)))
    whole = replace(HOURLY, effective_on=date(2024, 2, 6), days=days)
    facts = told(BY_INTERVALS, (whole, DESK))
    name, came = "meter.intervals-received", whole.effective_on
    given(*facts).when(without(name, came), DESK).refused(MeterStepUnknown, field="about", says="2024-01, 2024-02")
    facts = told(facts, (without(name, came, "2024-02"), DESK))
    meter = state(facts, HOURLY).meters[METER]
    assert {f"{day:%Y-%m}" for day in meter.intervals} == {"2024-01"}
    again = replace(whole, days=days[-5:])
    assert isinstance(again, RecordIntervals)
    assert told(facts, (again, DESK))


def test_nothing_is_withdrawn_of_what_is_not_there() -> None:
    given(*GROUND).when(without("meter.read", date(2024, 1, 1)), DESK).refused(MeterUnknown)
    given(*GROUND).when(withdraw("offtake.drafted", date(2024, 1, 1)), SIGNER).refused(OfftakeUnknown)
    year = told(delivering(SIGNED, spread(2024, "100")), trued_up(2024))
    assert of_kind(year, YearTruedUp)
    given(*year).when(withdraw("offtake.year-trued-up", date(2024, 12, 31)), SIGNER).refused(OfftakeStepUnknown)


def test_a_draft_is_not_needed_by_its_rates() -> None:
    """What was only written down goes without a trace in what follows."""
    facts = told(GROUND, (DraftOfftake(**on(date(2024, 1, 1)), terms=TERMS), DESK))
    facts = told(facts, (withdraw("offtake.drafted", date(2024, 1, 1)), DESK))
    assert of_kind(facts, RateApproved)
    assert A not in state(facts, DraftOfftake(**on(date(2024, 1, 1)), terms=TERMS)).agreements
