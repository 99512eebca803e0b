"""What is owed and what is delivered are clipped to the same days (domain §14.1), and rights at the end have an end.

Every price and meter value is invented.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.books.postings import postings
from ledger.decider import By, Command, Fact
from ledger.offtake.account import bank
from ledger.offtake.calculation import MeterMissing, reprint
from ledger.offtake.contract_year import MonthsNotApproved
from ledger.offtake.days import Delivering, days_in, part_of_month
from ledger.offtake.delivery import (
    AdjustedTooMuch,
    AdjustQuantity,
    AgreeDeemed,
    CurtailmentOutside,
    DeemedTaken,
    RecordCurtailment,
    RecordSavings,
)
from ledger.offtake.energy import kwh
from ledger.offtake.facts import (
    EnergyCredited,
    EnergyInvoiced,
    GuaranteeLdAssessed,
    MakeUpExpired,
    StatementCalculated,
    TakeOrPayInvoiced,
    YearTruedUp,
)
from ledger.offtake.guarantee import AssessGuaranteeLd
from ledger.offtake.life import (
    ExpireOfftake,
    NotSettled,
    ResumeDelivery,
    SettleOfftakeFinally,
    SuspendDelivery,
    TerminateOfftake,
    TermsMalformed,
)
from ledger.offtake.meters.meter import ReadMissing
from ledger.offtake.meters.metering import InstallMeter, ReadMeter
from ledger.offtake.rules import OfftakeStepTooEarly
from ledger.offtake.statements import ApproveStatement, CalculateStatement, NothingDelivered, RunApproved
from ledger.offtake.terms import Fixed, Guarantee, MakeUp, Savings, TakeOrPay
from ledger.offtake.years import NoTakeOrPay, TrueUpYear
from tests.ground.given import decide, given, state
from tests.ground.offtaken import (
    CHECKER,
    DESK,
    FINANCE,
    METER,
    PAPER,
    SIGNER,
    TERMS,
    A,
    agreement,
    amending,
    calculated,
    delivering,
    metered,
    of_kind,
    settled,
    spread,
    told,
)

PRICE = Fixed(price="0.50")
DUTY = replace(TERMS, price=PRICE, take_or_pay=TakeOrPay(acq="12000", share="0.9"))
RIGHTS = replace(DUTY, take_or_pay=TakeOrPay(acq="12000", share="0.9", make_up=MakeUp(years=2)))
MARCH = {f"2024-{month:02}": "100" for month in range(1, 4)}


def on(day: date, **more: Any) -> dict[str, Any]:
    return {"effective_on": day, "agreement": A, **more}


def ended(day: date) -> tuple[Command, By]:
    return TerminateOfftake(**on(day), reason="both agreed (demo)", document=PAPER), SIGNER


def stopped(day: date) -> tuple[Command, By]:
    return SuspendDelivery(**on(day), reason="flood (demo)"), DESK


def goes_on(day: date) -> tuple[Command, By]:
    return ResumeDelivery(**on(day)), DESK


def read(day: date, value: str) -> tuple[Command, By]:
    return ReadMeter(effective_on=day, meter=METER, value=value), DESK


def trued_up(year: int, day: date | None = None) -> tuple[Command, By]:
    return TrueUpYear(**on(day or date(year + 1, 1, 20)), year=year), FINANCE


def net(facts: Sequence[Fact], account: str) -> int:
    """What these facts post to an account."""
    return sum(line.amount_minor for fact in facts for line in postings(fact) if line.account == account)


# Which days


@pytest.mark.parametrize(
    ("days", "spans"),
    [
        pytest.param(Delivering(last_on=date(2024, 12, 31)), [], id="not-in-operation"),
        pytest.param(
            Delivering(begun_on=date(2024, 6, 20), last_on=date(2024, 12, 31)), [(20, 30)], id="began-in-the-month"
        ),
        pytest.param(
            Delivering(begun_on=date(2024, 1, 1), last_on=date(2024, 6, 10)), [(1, 10)], id="ended-in-the-month"
        ),
        pytest.param(
            Delivering(
                begun_on=date(2024, 1, 1),
                last_on=date(2024, 12, 31),
                stops=((date(2024, 6, 10), date(2024, 6, 20)), (date(2024, 6, 25), None)),
            ),
            [(1, 9), (20, 24)],
            id="suspended-twice",
        ),
        pytest.param(
            Delivering(
                begun_on=date(2024, 1, 1), last_on=date(2024, 12, 31), stops=((date(2024, 6, 5), date(2024, 6, 5)),)
            ),
            [(1, 4), (5, 30)],
            id="suspended-for-no-day",
        ),
        pytest.param(
            Delivering(
                begun_on=date(2024, 1, 1), last_on=date(2024, 12, 31), stops=((date(2024, 5, 5), date(2024, 7, 5)),)
            ),
            [],
            id="suspended-all-month",
        ),
    ],
)
def test_days_that_count(days: Delivering, spans: list[tuple[int, int]]) -> None:
    found = days.in_month("2024-06")
    assert [(first.day, last.day) for first, last in found] == spans
    assert part_of_month(found, "2024-06") * 30 == days_in(found)


# What is owed


def test_take_or_pay_of_a_year_that_ended_early() -> None:
    """12,000 × 3/12 × 0.9 = 2,700 kWh; 300 taken: 2,400 × 0.50 = 1,200.00, dated 31 March, due 30 days after."""
    facts = told(delivering(agreement(DUTY), MARCH), ended(date(2024, 3, 31)), trued_up(2024, date(2024, 4, 10)))
    (year,), (invoice,) = of_kind(facts, YearTruedUp), of_kind(facts, TakeOrPayInvoiced)
    assert (kwh(year.acq_wh), kwh(year.top_wh), kwh(year.shortfall_wh)) == ("3000.0", "2700.0", "2400.0")
    assert (invoice.net_minor, invoice.effective_on, invoice.due_on) == (120000, date(2024, 3, 31), date(2024, 5, 10))


def test_a_part_month_counts_by_its_days() -> None:
    """Begun on 16 January, ended on 20 March, suspended from 11 to 15 February: 16/31 + 24/29 + 20/31 of 1,000 a
    month; × 0.9 = 1,790.0 kWh."""
    facts = agreement(DUTY, on=date(2024, 1, 16))
    facts = told(
        metered(facts, "0", {}),
        read(date(2024, 1, 31), "10"),
        read(date(2024, 2, 10), "20"),
        stopped(date(2024, 2, 11)),
        read(date(2024, 2, 15), "50"),
        goes_on(date(2024, 2, 16)),
        read(date(2024, 2, 29), "60"),
        read(date(2024, 3, 20), "70"),
        ended(date(2024, 3, 20)),
    )
    for month in ("2024-01", "2024-02", "2024-03"):
        facts = settled(facts, month)
    facts = told(facts, trued_up(2024, date(2024, 4, 10)))
    (year,) = of_kind(facts, YearTruedUp)
    assert (kwh(year.acq_wh), kwh(year.top_wh), kwh(year.taken_wh)) == ("1988.9", "1790.0", "40.0")
    assert [run.days for run in of_kind(facts, StatementCalculated)] == [16, 24, 20]


def test_a_guarantee_is_of_the_days_that_count() -> None:
    """1,200 × 3/12 - 100 - 100 - 50 = 50 kWh short, × (0.80 - 0.50) = 15.00."""
    terms = replace(TERMS, price=PRICE, guarantee=Guarantee(guaranteed="1200", cap="0.5"))
    facts = told(delivering(agreement(terms), {**MARCH, "2024-03": "50"}), ended(date(2024, 3, 31)))
    assess = AssessGuaranteeLd(**on(date(2024, 4, 10)), year=2024, replacement_price="0.80", evidence=PAPER)
    (damages,) = decide(facts, assess, FINANCE)
    assert isinstance(damages, GuaranteeLdAssessed)
    assert (damages.amount_minor, damages.effective_on) == (1500, date(2024, 3, 31))
    early = replace(assess, effective_on=date(2024, 3, 30))
    given(*facts).when(early, FINANCE).refused(OfftakeStepTooEarly, field="effective_on")


def test_no_more_is_adjusted_than_the_days_that_count_are_owed() -> None:
    facts = told(agreement(DUTY), ended(date(2024, 3, 31)))
    adjust = AdjustQuantity(**on(date(2024, 4, 1)), adjustment="a-1", year=2024, reason="MAINTENANCE", energy="3000.1")
    given(*facts).when(adjust, DESK).refused(AdjustedTooMuch, field="energy", says="3000.0 kWh")
    assert told(facts, (replace(adjust, energy="3000"), DESK))


def test_a_months_fee_and_guarantee_are_of_its_days() -> None:
    """10 of 31 days: 310.00 - (155 × 10/31 - 20) × 1.00 = 100.00 - 30.00."""
    rule = Savings(form="GUARANTEED_SAVINGS", price="1.00", fee="310.00", guaranteed="155")
    terms = replace(TERMS, technology="WASTE_HEAT", price=rule, vat_series="vat/services")
    save = RecordSavings(**on(date(2024, 2, 2)), month="2024-01", baseline="100", measured="80", report=PAPER)
    facts = told(agreement(terms), ended(date(2024, 1, 10)), (save, DESK))
    assert of_kind(calculated(facts, "2024-01"), StatementCalculated)[-1].net_minor == 7000


# What is delivered


def test_energy_after_the_end_is_not_delivered() -> None:
    """5,000 on 31 May, 6,000 on 10 June when it ends: 1,000 kWh, 500.00; no read of 30 June is asked for."""
    facts = metered(agreement(DUTY), "0", {"2024-05": "5000"})
    calculate = CalculateStatement(**on(date(2024, 7, 2)), month="2024-06")
    facts = told(facts, ended(date(2024, 6, 10)))
    given(*facts).when(calculate, FINANCE).refused(ReadMissing, says="2024-06-10")
    early = replace(calculate, effective_on=date(2024, 6, 9))
    given(*facts).when(early, FINANCE).refused(OfftakeStepTooEarly, field="effective_on")
    facts = told(facts, read(date(2024, 6, 10), "6000"), read(date(2024, 6, 30), "8000"))
    facts = settled(facts, "2024-06", date(2024, 6, 12))
    (invoice,) = of_kind(facts, EnergyInvoiced)
    assert (invoice.net_minor, invoice.effective_on, invoice.due_on) == (50000, date(2024, 6, 10), date(2024, 7, 12))
    run = of_kind(facts, StatementCalculated)[-1]
    assert reprint(facts, run) == run
    assert "offtake.terminated" in {named.fact for named in run.inputs}


def test_energy_while_suspended_is_not_delivered() -> None:
    """Read on 9, 19 and 30 June: 900 and 1,100 kWh count, 500 between do not."""
    facts = told(
        metered(agreement(DUTY), "0", {"2024-05": "5000"}), stopped(date(2024, 6, 10)), goes_on(date(2024, 6, 20))
    )
    calculate = CalculateStatement(**on(date(2024, 7, 2)), month="2024-06")
    for day, value in ((9, "5900"), (19, "6400"), (30, "7500")):
        given(*facts).when(calculate, FINANCE).refused(ReadMissing, says=f"2024-06-{day:02}")
        facts = told(facts, read(date(2024, 6, day), value))
    run = of_kind(calculated(facts, "2024-06"), StatementCalculated)[-1]
    assert (kwh(run.delivered_wh), run.days) == ("2000.0", 20)
    assert reprint(facts, run) == run


def test_a_day_without_a_meter_is_not_a_day_without_energy() -> None:
    install = InstallMeter(effective_on=date(2024, 3, 1), meter=METER, agreement=A, start="0", digits=6)
    facts = told(agreement(DUTY), (install, DESK))
    calculate = CalculateStatement(**on(date(2024, 4, 2)), month="2024-01")
    given(*facts).when(calculate, FINANCE).refused(MeterMissing, field="month", says="2024-01-01 to 2024-01-31")
    other = replace(install, meter="m-2", effective_on=date(2024, 1, 11))
    given(*told(facts, (other, DESK))).when(calculate, FINANCE).refused(MeterMissing, says="2024-01-01 to 2024-01-10")
    late = agreement(DUTY, on=date(2024, 1, 11))
    facts = told(late, (other, DESK), (ReadMeter(effective_on=date(2024, 1, 31), meter="m-2", value="30"), DESK))
    assert kwh(of_kind(calculated(facts, "2024-01"), StatementCalculated)[-1].delivered_wh) == "30.0"


def test_what_is_learned_of_the_end_afterwards_is_settled_back() -> None:
    """July was settled; then it turns out that the agreement ended with 15 June."""
    facts = delivering(agreement(DUTY), {f"2024-{month:02}": "100" for month in range(1, 8)})
    facts = told(facts, ended(date(2024, 6, 15)), read(date(2024, 6, 15), "540"))
    finally_ = SettleOfftakeFinally(**on(date(2024, 9, 1)))
    given(*settled(facts, "2024-06", date(2024, 8, 20))).when(finally_, FINANCE).refused(NotSettled, says="2024-07")
    july = settled(facts, "2024-07", date(2024, 8, 20))
    given(*july).when(finally_, FINANCE).refused(NotSettled, says="2024-06 of wte-1-demo comes to something else")
    facts = settled(july, "2024-06", date(2024, 8, 20))
    credited = {note.invoice: note.net_minor for note in of_kind(facts, EnergyCredited)}
    assert credited == {f"{A}-energy-202407-r0": 5000, f"{A}-energy-202406-r0": 3000}
    assert all(note.effective_on >= date(2024, 6, 30) for note in of_kind(facts, EnergyCredited))
    run = of_kind(facts, StatementCalculated)[-2]
    assert (run.month, run.delivered_wh, run.days, reprint(facts, run)) == ("2024-07", 0, 0, run)
    august = CalculateStatement(**on(date(2024, 9, 2)), month="2024-08")
    given(*facts).when(august, FINANCE).refused(NothingDelivered, field="month")
    facts = told(facts, trued_up(2024, date(2024, 9, 10)), (finally_, FINANCE))
    assert kwh(of_kind(facts, YearTruedUp)[0].top_wh) == "4950.0"  # 1,000 × 5.5 × 0.9


def test_a_year_waits_for_months_that_count_no_more() -> None:
    facts = told(delivering(agreement(DUTY), MARCH), ended(date(2024, 2, 29)))
    command, by = trued_up(2024, date(2024, 4, 10))
    given(*facts).when(command, by).refused(MonthsNotApproved, says="2024-03")
    assert told(settled(facts, "2024-03", date(2024, 4, 9)), (command, by))


# Curtailment


def test_a_year_waits_for_months_that_were_settled_for_other_days() -> None:
    """100 kWh a month; from 16 June on nothing is, which is learned after June was settled: 60 kWh are June's, and
    12,000 × 0.9 × (5 + 15/30) / 12 = 4,950 are owed. Once it is too late to settle June anew it stands as it is."""
    facts = delivering(agreement(DUTY), {f"2024-{month:02}": "100" for month in range(1, 7)})
    facts = told(facts, stopped(date(2024, 6, 16)))
    command, by = trued_up(2024)
    given(*facts).when(command, by).refused(MonthsNotApproved, says="settled for 30 days, and 15 of them count now")
    later = told(facts, trued_up(2024, date(2025, 7, 1)))
    assert kwh(of_kind(later, YearTruedUp)[0].delivered_wh) == "600.0"
    facts = told(facts, read(date(2024, 6, 15), "560.0"))
    facts = told(settled(facts, "2024-06", date(2025, 1, 10)), trued_up(2024))
    year = of_kind(facts, YearTruedUp)[-1]
    assert (kwh(year.delivered_wh), kwh(year.top_wh)) == ("560.0", "4950.0")


def curtailed(begin: str, end: str, **more: Any) -> RecordCurtailment:
    hours: dict[str, Any] = {"from_at": datetime.fromisoformat(begin), "until_at": datetime.fromisoformat(end)}
    return RecordCurtailment(**on(date(2024, 6, 1)), curtailment="c-1", by="BUYER", potential="480", **hours, **more)


def test_hours_after_the_end_are_not_curtailed() -> None:
    """48 hours over the end of 10 June: half of 480 kWh is deemed; unavailable minutes are those of that day too."""
    facts = told(metered(agreement(DUTY), "0", {"2024-05": "5000"}), read(date(2024, 6, 10), "6000"))
    facts = told(facts, ended(date(2024, 6, 10)))
    after = curtailed("2024-06-11T00:00", "2024-06-12T00:00")
    given(*facts).when(after, DESK).refused(CurtailmentOutside, field="from_at")
    agree = AgreeDeemed(**on(date(2024, 6, 20)), curtailment="c-1", evidence=PAPER)
    over = told(facts, (curtailed("2024-06-10T00:00", "2024-06-12T00:00"), DESK), (agree, DESK))
    run = of_kind(calculated(over, "2024-06"), StatementCalculated)[-1]
    assert (kwh(run.curtailed_wh), kwh(run.deemed_wh)) == ("240.0", "240.0")
    assert decide(over, agree, DESK) == ()
    given(*over).when(replace(agree, effective_on=date(2024, 6, 21)), DESK).refused(DeemedTaken, field="curtailment")


def test_deemed_energy_is_agreed_after_it_was_curtailed() -> None:
    facts = told(agreement(DUTY), (curtailed("2024-06-10T00:00", "2024-06-12T00:00"), DESK))
    early = AgreeDeemed(**on(date(2024, 5, 31)), curtailment="c-1", evidence=PAPER)
    given(*facts).when(early, DESK).refused(OfftakeStepTooEarly, field="effective_on")


# Rights at the end


def test_a_right_of_the_last_year_is_income_at_once() -> None:
    """IFRS 15.B46: 2,400 kWh short with a make-up right, and no later year to use it in."""
    facts = told(delivering(agreement(RIGHTS), MARCH), ended(date(2024, 3, 31)))
    finally_ = SettleOfftakeFinally(**on(date(2024, 5, 1)))
    given(*facts).when(finally_, FINANCE).refused(NotSettled, says="true up 2024 first")
    facts = told(facts, trued_up(2024, date(2024, 4, 10)))
    (expired,) = of_kind(facts, MakeUpExpired)
    assert [(lot.year, kwh(lot.energy_wh), lot.net_minor) for lot in expired.lots] == [(2024, "2400.0", 120000)]
    assert (net(facts, "make-up"), net(facts, "energy")) == (0, -120000 - 15000)
    assert bank(state(facts, finally_).agreements[A], 9999) == []
    assert told(facts, (finally_, FINANCE))


def test_an_end_that_is_learned_of_later_releases_the_right() -> None:
    """2024 was trued up while the agreement went on; then it turns out to have ended with 2024."""
    facts = told(delivering(agreement(RIGHTS), spread(2024, "1200")), trued_up(2024))
    assert net(facts, "make-up") == -480000
    facts = told(facts, ended(date(2024, 12, 31)))
    finally_ = SettleOfftakeFinally(**on(date(2025, 3, 1)))
    given(*facts).when(finally_, FINANCE).refused(NotSettled, says="true-up-year")
    facts = told(facts, trued_up(2024, date(2025, 2, 20)), (finally_, FINANCE))
    assert net(facts, "make-up") == 0
    assert len(of_kind(facts, TakeOrPayInvoiced)) == 1


def test_a_right_is_released_in_a_year_without_a_day_of_delivery() -> None:
    facts = told(delivering(agreement(RIGHTS), spread(2024, "1200")), trued_up(2024), stopped(date(2025, 1, 1)))
    facts = told(facts, ended(date(2025, 2, 10)), trued_up(2025, date(2025, 2, 20)))
    year = of_kind(facts, YearTruedUp)[-1]
    assert (year.acq_wh, year.shortfall_wh, len(year.expired)) == (0, 0, 1)
    assert net(facts, "make-up") == 0


def test_a_right_is_used_in_years_without_take_or_pay() -> None:
    """From 2025 on energy is paid as produced; 1,000 kWh of 2025 are those that were paid for in 2024."""
    amended = amending(date(2025, 1, 1), replace(RIGHTS, take_or_pay=None))
    facts = told(delivering(agreement(RIGHTS), spread(2024, "1200")), trued_up(2024), *amended)
    facts = told(delivering(facts, spread(2025, "1000")), trued_up(2025))
    year = of_kind(facts, YearTruedUp)[-1]
    assert [kwh(lot.energy_wh) for lot in year.taken] == ["1000.0"]
    assert net(facts, "make-up") == -430000  # 8,600 kWh × 0.50 are left for 2026


# Amendments


def test_a_year_that_an_amendment_adds_is_trued_up() -> None:
    short = replace(DUTY, ends_on=date(2024, 12, 31))
    facts = delivering(agreement(short), spread(2024, "12000"))
    command, by = trued_up(2025)
    given(*facts).when(command, by).refused(NoTakeOrPay, field="year")
    facts = told(facts, *amended(date(2025, 1, 1), ends_on=date(2025, 12, 31)), trued_up(2024))
    facts = told(delivering(facts, spread(2025, "12000")), (command, by))
    assert kwh(of_kind(facts, YearTruedUp)[-1].top_wh) == "10800.0"


Agreed = tuple[tuple[Command, By], tuple[Command, By]]


def amended(day: date, **terms: Any) -> Agreed:
    return amending(day, replace(DUTY, **terms))


@pytest.mark.parametrize(
    ("change", "taken", "expected"),
    [
        pytest.param(
            amended(date(2024, 7, 1), take_or_pay=TakeOrPay(acq="24000", share="0.9")),
            "6000",
            ("18000.0", "16200.0", "10200.0", 510000),  # 6/12 × 12,000 + 6/12 × 24,000; × 0.9
            id="quantity",
        ),
        pytest.param(
            amended(date(2024, 7, 1), take_or_pay=TakeOrPay(acq="12000", share="0.5")),
            "6000",
            ("12000.0", "8400.0", "2400.0", 120000),  # 6,000 × 0.9 + 6,000 × 0.5
            id="share",
        ),
        pytest.param(
            amended(date(2024, 10, 1), take_or_pay=None),
            "6000",
            ("9000.0", "8100.0", "8091.0", 404550),  # nine months of it, and 9 kWh taken in them
            id="no-more",
        ),
        pytest.param(
            amended(date(2024, 7, 1), price=Fixed(price="0.60")),
            "6000",
            ("12000.0", "10800.0", "4800.0", 288000),  # at the price of December
            id="price",
        ),
    ],
)
def test_an_amendment_in_mid_year_counts_from_its_month_on(
    change: Agreed, taken: str, expected: tuple[str, str, str, int]
) -> None:
    facts = told(delivering(told(agreement(DUTY), *change), spread(2024, taken)), trued_up(2024))
    (year,) = of_kind(facts, YearTruedUp)
    assert (kwh(year.acq_wh), kwh(year.top_wh), kwh(year.shortfall_wh), year.shortfall_minor) == expected


def test_take_or_pay_that_an_amendment_brings_in_mid_year() -> None:
    """Paid as produced until September; 12,000 a year × 3/12 × 0.9, of which 691 are taken in those months."""
    facts = told(agreement(replace(DUTY, take_or_pay=None)), *amended(date(2024, 10, 1)))
    facts = told(delivering(facts, spread(2024, "700")), trued_up(2024))
    (year,) = of_kind(facts, YearTruedUp)
    assert (kwh(year.acq_wh), kwh(year.top_wh), kwh(year.shortfall_wh)) == ("3000.0", "2700.0", "2009.0")


def test_a_guarantee_that_an_amendment_lowers_in_mid_year() -> None:
    """6/12 × 1,200 + 6/12 × 600 = 900 kWh guaranteed, 700 delivered: 200 × (0.80 - 0.50) = 60.00; the cap is
    600 × 0.5 + 300 × 0.1 = 330 kWh × 0.50 = 165.00."""
    terms = replace(DUTY, take_or_pay=None, guarantee=Guarantee(guaranteed="1200", cap="0.5"))
    lower = replace(terms, guarantee=Guarantee(guaranteed="600", cap="0.1"))
    facts = delivering(told(agreement(terms), *amending(date(2024, 7, 1), lower)), spread(2024, "700"))
    assess = AssessGuaranteeLd(**on(date(2025, 1, 10)), year=2024, replacement_price="0.80", evidence=PAPER)
    for price, amount in (("0.80", 6000), ("9.80", 16500)):
        (damages,) = decide(facts, replace(assess, replacement_price=price), FINANCE)
        assert isinstance(damages, GuaranteeLdAssessed)
        assert damages.amount_minor == amount


def test_an_agreement_that_an_amendment_shortens_is_settled() -> None:
    """Amended in April to end with June: 6/12 of the quantity, and no month after is asked for."""
    facts = delivering(agreement(DUTY), {f"2024-{month:02}": "100" for month in range(1, 7)})
    shorter = amended(date(2024, 4, 1), ends_on=date(2024, 6, 30))
    facts = told(facts, *shorter, (ExpireOfftake(**on(date(2024, 7, 1))), DESK))
    facts = told(facts, trued_up(2024, date(2024, 7, 10)))
    (year,) = of_kind(facts, YearTruedUp)
    assert (kwh(year.acq_wh), year.effective_on) == ("6000.0", date(2024, 6, 30))
    assert told(facts, (SettleOfftakeFinally(**on(date(2024, 8, 1))), FINANCE))


def test_other_terms_join_those_before() -> None:
    facts = agreement(replace(DUTY, ends_on=date(2024, 12, 31)))
    (late, by), _ = amended(date(2025, 2, 1), ends_on=date(2025, 12, 31))
    given(*facts).when(late, by).refused(TermsMalformed, field="effective_on")
    (over, by), _ = amended(date(2024, 8, 1), ends_on=date(2024, 6, 30))
    given(*facts).when(over, by).refused(TermsMalformed, field="terms.ends_on")


def test_terms_go_back_to_what_they_were_from_the_same_day() -> None:
    dear, cheap = replace(DUTY, price=Fixed(price="0.60")), replace(DUTY, price=Fixed(price="0.40"))
    sent = [
        step
        for name, terms in (("a-1-demo", dear), ("a-2-demo", cheap), ("a-3-demo", dear))
        for step in amending(date(2024, 2, 1), terms, name)
    ]
    facts = told(agreement(DUTY), *sent)
    facts = delivering(facts, {"2024-01": "100", "2024-02": "100"})
    assert [invoice.net_minor for invoice in of_kind(facts, EnergyInvoiced)] == [5000, 6000]
    for command, by in sent:
        given(*facts).when(command, by).then()


# Already so


def test_a_run_is_approved_once_and_says_when() -> None:
    facts = delivering(agreement(DUTY), {"2024-01": "100"})
    approve = ApproveStatement(**on(date(2024, 2, 5)), month="2024-01", run=0)
    given(*facts).when(approve, CHECKER).then()
    given(*facts).when(replace(approve, effective_on=date(2024, 2, 6)), CHECKER).refused(RunApproved, field="run")
    waiting = calculated(told(facts, read(date(2024, 2, 29), "300")), "2024-02")
    early = ApproveStatement(**on(date(2024, 3, 4)), month="2024-02", run=0)
    given(*waiting).when(early, CHECKER).refused(OfftakeStepTooEarly, field="effective_on")
