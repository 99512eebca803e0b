"""Prices that change within the day: each interval at the price of its beginning. All invented."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st
from msgspec.structs import replace

from ledger.decider import Fact, Refusal
from ledger.offtake.calculation import reprint
from ledger.offtake.delivery import AgreeDeemed, RecordCurtailment
from ledger.offtake.energy import kwh
from ledger.offtake.facts import EnergyCredited, EnergyInvoiced, StatementCalculated
from ledger.offtake.life import DraftOfftake, ExpireOfftake, NotSettled, SettleOfftakeFinally, TermsMalformed
from ledger.offtake.meters.facts import DayBlock, DayPrices, PricesReceived
from ledger.offtake.meters.metering import InstallMeter, ReadMeter, RecordIntervals
from ledger.offtake.meters.price_series import (
    PricesMalformed,
    PricesTaken,
    PriceStepUnknown,
    RecordPrices,
    WithdrawPriceStep,
)
from ledger.offtake.meters.pricing import IntervalsNeeded, PricesMissing
from ledger.offtake.statements import ApproveStatement, CalculateStatement, NetBelowNothing
from ledger.offtake.terms import Guarantee, Spot, TakeOrPay
from tests.ground.given import decide, given
from tests.ground.offtaken import (
    CHECKER,
    DESK,
    FINANCE,
    GROUND,
    METER,
    PAPER,
    TERMS,
    A,
    agreement,
    calculated,
    of_kind,
    settled,
    told,
)

SERIES = "spot/day-ahead-demo"
JANUARY_1 = date(2024, 1, 1)
DAYS = tuple(JANUARY_1 + timedelta(days=at) for at in range(31))
SPOT = replace(TERMS, price=Spot(series=SERIES))
HOURS = ["300"] * 8 + ["500"] * 12 + ["-100"] * 4
PRICED = RecordPrices(
    effective_on=date(2024, 2, 1),
    series=SERIES,
    minutes=60,
    price_unit="CNY_MWH",
    days=tuple(DayPrices(day=day, prices=" ".join(HOURS)) for day in DAYS),
    file=PAPER,
)
INSTALL = InstallMeter(effective_on=JANUARY_1, meter=METER, agreement=A, start="0", digits=6, settled_by="INTERVALS")
"""1 kWh each hour, so 24 kWh a day: 8 × 0.30 + 12 × 0.50 - 4 × 0.10 = 8.00 yuan."""
METERED = RecordIntervals(
    effective_on=date(2024, 2, 1),
    meter=METER,
    minutes=60,
    days=tuple(DayBlock(day=day, energy_wh=" ".join(["1000"] * 24)) for day in DAYS),
    file=PAPER,
)
CALCULATE = CalculateStatement(effective_on=date(2024, 2, 5), agreement=A, month="2024-01")


def delivered(price: Spot | None = None, metered: RecordIntervals = METERED) -> tuple[Fact, ...]:
    """An agreement whose January was metered, without any price."""
    terms = replace(SPOT, price=price) if price is not None else SPOT
    return told(agreement(terms), (INSTALL, DESK), (metered, DESK))


DELIVERED = delivered()
KNOWN = told(DELIVERED, (PRICED, FINANCE))


def run_of(facts: Sequence[Fact]) -> StatementCalculated:
    """The statement of January as it comes out now."""
    run: StatementCalculated = of_kind(calculated(facts, "2024-01"), StatementCalculated)[-1]
    return run


def on_day(at: int, prices: Sequence[str], **more: Any) -> RecordPrices:
    """Other prices of one day."""
    return replace(PRICED, days=(DayPrices(day=DAYS[at], prices=" ".join(prices)),), **more)


# What a month comes to


def test_each_interval_has_the_price_of_its_beginning() -> None:
    """31 × 8.00 = 248.00 for 744 kWh: 0.3333 by volume; as much is delivered each hour, so 0.3333 by time."""
    run = run_of(KNOWN)
    (line,) = run.lines
    assert (run.net_minor, kwh(line.energy_wh), line.price, run.price) == (24800, "744.0", "0.3333", "0.3333")
    assert run.spot is not None
    assert (run.spot.periods, run.spot.lowest, run.spot.highest) == (744, "-0.1000", "0.5000")
    assert "prices.received" in {one.fact for one in run.inputs}
    assert reprint(calculated(KNOWN, "2024-01"), run) == run


def test_volume_weighs_and_so_does_time() -> None:
    """12 kWh at noon of each day alone: 0.50 by volume; the mean of the prices stays 0.3333."""
    noon = " ".join("12000" if hour == 12 else "0" for hour in range(24))
    run = run_of(told(delivered(metered=_each(noon)), (PRICED, FINANCE)))
    assert (run.lines[0].price, run.price, run.net_minor) == ("0.5000", "0.3333", 31 * 600)


def _each(energies: str, minutes: Any = 60) -> RecordIntervals:
    days = tuple(DayBlock(day=day, energy_wh=energies) for day in DAYS)
    return replace(METERED, days=days, minutes=minutes)


@pytest.mark.parametrize(
    ("price", "net"),
    [
        pytest.param(Spot(series=SERIES, margin="0.01"), 24800 + 744, id="a-margin"),
        pytest.param(Spot(series=SERIES, margin="-0.01"), 24800 - 744, id="a-discount"),
        pytest.param(Spot(series=SERIES, floor="0"), 31 * 840, id="a-floor"),
        pytest.param(Spot(series=SERIES, floor="-0.05"), 31 * 820, id="a-floor-below-zero"),
        pytest.param(Spot(series=SERIES, cap="0.4"), 31 * (240 + 480 - 40), id="a-cap"),
        pytest.param(Spot(series=SERIES, margin="0.1", floor="0.35", cap="0.4"), 31 * (320 + 480 + 140), id="all"),
    ],
)
def test_margin_floor_and_cap(price: Spot, net: int) -> None:
    assert run_of(told(delivered(price), (PRICED, FINANCE))).net_minor == net


@pytest.mark.parametrize("unit", ["CNY_MWH", "CNY_KWH"])
@pytest.mark.parametrize("period", [15, 30, 60])
@pytest.mark.parametrize("minutes", [15, 30, 60])
def test_periods_and_intervals_of_any_length_come_to_the_same(minutes: Any, period: Any, unit: Any) -> None:
    """An interval longer than a period is shared by its minutes, so 1 kWh an hour at the same hours costs the same."""
    written = [price if unit == "CNY_MWH" else str(int(price) / 1000) for price in HOURS]
    prices = " ".join(price for price in written for _ in range(60 // period))
    days = tuple(DayPrices(day=day, prices=prices) for day in DAYS)
    energies = " ".join([str(1000 * minutes // 60)] * (1440 // minutes))
    facts = told(
        delivered(metered=_each(energies, minutes)),
        (replace(PRICED, price_unit=unit, minutes=period, days=days), FINANCE),
    )
    run = run_of(facts)
    assert (run.net_minor, run.spot and run.spot.periods) == (24800, 31 * 24 * 60 // period)


def test_an_hour_over_the_border_of_two_prices_is_shared() -> None:
    """4 kWh from 8 to 9, at 1.00, 0.80, 0 and -0.20 by the quarter: the mean is 0.40, so 1.60 a day."""
    quarters = ["0"] * 32 + ["1", "0.8", "0", "-0.2"] + ["0"] * 60
    days = tuple(DayPrices(day=day, prices=" ".join(quarters)) for day in DAYS)
    hours = " ".join("4000" if hour == 8 else "0" for hour in range(24))
    facts = told(
        delivered(metered=_each(hours)), (replace(PRICED, minutes=15, price_unit="CNY_KWH", days=days), FINANCE)
    )
    assert run_of(facts).net_minor == 31 * 160


def test_deemed_energy_is_paid_at_the_mean_of_the_month() -> None:
    curtail = RecordCurtailment(
        effective_on=JANUARY_1,
        agreement=A,
        curtailment="c-1",
        by="BUYER",
        from_at=datetime.fromisoformat("2024-01-05T08:00"),
        until_at=datetime.fromisoformat("2024-01-05T16:00"),
        potential="20",
    )
    agree = AgreeDeemed(effective_on=date(2024, 1, 31), agreement=A, curtailment="c-1", evidence=PAPER)
    run = run_of(told(KNOWN, (curtail, DESK), (agree, DESK)))
    assert [(line.kind, kwh(line.energy_wh), line.price, line.net_minor) for line in run.lines] == [
        ("DELIVERED", "744.0", "0.3333", 24800),
        ("DEEMED", "12.0", "0.3333", 400),
    ]


# Missing is never 0


@pytest.mark.parametrize(
    ("recorded", "says"),
    [
        pytest.param((), "31 days, from 2024-01-01 on", id="none"),
        pytest.param((replace(PRICED, days=PRICED.days[:-1]),), "a day, from 2024-01-31 on", id="a-day"),
        pytest.param((on_day(3, [*HOURS[:10], "-", *HOURS[11:]], reason="x (demo)"),), "from 2024-01-01", id="x"),
        pytest.param(
            (PRICED, on_day(3, [*HOURS[:10], "-", *HOURS[11:]], reason="withdrawn by the market (demo)")),
            "a day, from 2024-01-04 10:00 on",
            id="an-hour",
        ),
        pytest.param((replace(PRICED, series="spot/other-demo"),), "31 days", id="another-series"),
    ],
)
def test_a_missing_price_is_said_and_is_never_0(recorded: Sequence[RecordPrices], says: str) -> None:
    facts = told(DELIVERED, *((one, FINANCE) for one in recorded))
    given(*facts).when(CALCULATE, FINANCE).refused(PricesMissing, field="month", says=says)


def test_a_price_that_was_missing_comes_later_without_a_reason() -> None:
    facts = told(DELIVERED, (on_day(3, ["-", *HOURS[1:]]), FINANCE), (PRICED, FINANCE))
    assert run_of(facts).net_minor == 24800


def test_a_register_has_no_intervals() -> None:
    read = ReadMeter(effective_on=date(2024, 1, 31), meter=METER, value="744")
    facts = told(agreement(SPOT), (replace(INSTALL, settled_by="REGISTER"), DESK), (read, DESK), (PRICED, FINANCE))
    given(*facts).when(CALCULATE, FINANCE).refused(IntervalsNeeded, says="INTERVALS")


# Corrected later

CORRECTION = on_day(9, ["1000"] * 24, effective_on=date(2024, 3, 1), reason="the market corrected it (demo)")
"""24 kWh at 1.00 in the place of 8.00: 16.00 more."""


def test_a_correction_is_settled_by_the_next_run_and_what_was_issued_stays_explained() -> None:
    first = settled(KNOWN, "2024-01")
    facts = settled(told(first, (CORRECTION, FINANCE)), "2024-01", on=date(2024, 3, 5))
    before, after = of_kind(facts, StatementCalculated)
    assert (after.run, after.net_minor - before.net_minor) == (1, 1600)
    assert of_kind(facts, EnergyInvoiced)[-1].lines[0].net_minor == 1600
    assert reprint(facts, before) == before
    assert reprint(facts, after) == after


def test_a_correction_that_comes_to_less_is_credited() -> None:
    less = replace(CORRECTION, days=(DayPrices(day=DAYS[9], prices=" ".join(["-1000"] * 24)),))
    facts = settled(told(settled(KNOWN, "2024-01"), (less, FINANCE)), "2024-01", on=date(2024, 3, 5))
    assert sum(note.net_minor for note in of_kind(facts, EnergyCredited)) == 3200


def test_what_rests_on_a_price_is_not_settled_for_good_before_it_is_settled_anew() -> None:
    short = replace(SPOT, ends_on=date(2024, 1, 31))
    facts = settled(told(agreement(short), (INSTALL, DESK), (METERED, DESK), (PRICED, FINANCE)), "2024-01")
    facts = told(facts, (ExpireOfftake(effective_on=date(2024, 2, 1), agreement=A), DESK), (CORRECTION, FINANCE))
    settle = SettleOfftakeFinally(effective_on=date(2024, 3, 5), agreement=A)
    given(*facts).when(settle, FINANCE).refused(NotSettled, says="calculate-statement")


@for_all(st.dictionaries(st.integers(0, 30), st.integers(-200_000, -1), min_size=1, max_size=4), st.randoms())
def test_correcting_and_correcting_back_is_nothing(corrections: dict[int, int], random: Any) -> None:
    """In whatever order; the prices of the examples lie at other places."""
    there = [on_day(at, [f"{price / 100:.2f}"] * 24, reason="a correction (demo)") for at, price in corrections.items()]
    back = [on_day(at, HOURS, reason="and back (demo)") for at in corrections]
    random.shuffle(back)
    again = run_of(told(KNOWN, *((one, FINANCE) for one in (*there, *back))))
    before = run_of(KNOWN)
    assert (again.lines, again.price, again.spot) == (before.lines, before.price, before.spot)


@for_all(
    st.lists(st.integers(0, 5000), min_size=24, max_size=24),
    st.lists(st.integers(-(10**7), 10**7), min_size=24, max_size=24),
    st.permutations(range(31)),
)
def test_price_by_volume_is_summed_exactly_and_rounded_once(
    energies: list[int], prices: list[int], order: list[int]
) -> None:
    """Whatever the order in which days come, the net is Σ kWh × price, half a fen away from zero."""
    block = replace(METERED, days=tuple(DayBlock(day=day, energy_wh=" ".join(map(str, energies))) for day in DAYS))
    texts = " ".join(f"{'-' if price < 0 else ''}{abs(price) // 10**5}.{abs(price) % 10**5:05}" for price in prices)
    days = tuple(DayPrices(day=DAYS[at], prices=texts) for at in order)
    half = len(days) // 2
    facts = told(
        delivered(metered=block),
        (replace(PRICED, days=days[:half]), FINANCE),
        (replace(PRICED, days=days[half:]), FINANCE),
    )
    summed = sum(wh * price for wh, price in zip(energies, prices, strict=True))
    exact = 31 * Fraction(summed, 10**3 * 10**8) * 100
    net = run_of(facts).net_minor
    assert abs(net - exact) <= Fraction(1, 2)
    assert (abs(net) > abs(exact)) or abs(net - exact) < Fraction(1, 2)


# Recording


def test_a_year_is_one_command_and_a_fact_a_month() -> None:
    """35,040 prices: a command that fits into a request, and a fact for each month."""
    prices = " ".join(f"{at * 3.17 - 40:.2f}" for at in range(96))
    days = tuple(DayPrices(day=date(2025, 1, 1) + timedelta(days=at), prices=prices) for at in range(365))
    command = replace(PRICED, effective_on=date(2025, 12, 31), minutes=15, days=days)
    assert len(msgspec.json.encode(command)) < 1 << 19
    facts = of_kind(decide(GROUND, command, FINANCE), PricesReceived)
    assert [fact.month for fact in facts] == [f"2025-{month:02}" for month in range(1, 13)]
    assert all(f"prices:{fact.month}" in fact.tags for fact in facts)


def test_the_same_prices_record_nothing_new_however_they_are_written() -> None:
    given(*KNOWN).when(PRICED, FINANCE).then()
    in_kwh = [f"{int(price) / 1000:.5f}" for price in HOURS]
    given(*KNOWN).when(on_day(3, in_kwh, price_unit="CNY_KWH", file=replace(PAPER, doc="again (demo)")), FINANCE).then()


@pytest.mark.parametrize(
    ("command", "refusal", "says"),
    [
        pytest.param(on_day(3, ["1"] * 24), PricesTaken, "2024-01-04 has other prices", id="other-prices"),
        pytest.param(
            on_day(3, ["1"] * 96), PricesMalformed, "has 96 prices; a day of 60 minutes has 24", id="quarters"
        ),
        pytest.param(replace(PRICED, days=PRICED.days[:1] * 2), PricesMalformed, "2024-01-01 comes twice", id="twice"),
        pytest.param(
            WithdrawPriceStep(
                effective_on=date(2024, 2, 2), series=SERIES, step="prices.received", about="2024-01", reason="x (demo)"
            ),
            PriceStepUnknown,
            "no prices.received of 2024-02-02",
            id="nothing-to-withdraw",
        ),
    ],
)
def test_what_is_refused(command: Any, refusal: type[Refusal], says: str) -> None:
    given(*KNOWN).when(command, FINANCE).refused(refusal, says=says)


@pytest.mark.parametrize("price", ["abc", "+1", "1.123456", "1,5", "NaN", "-", "--1", "01", "1e3", ""])
def test_a_price_is_a_number_or_missing(price: str) -> None:
    text = msgspec.json.encode({"day": "2024-01-01", "prices": " ".join([price] * 24)})
    if price == "-":
        assert msgspec.json.decode(text, type=DayPrices).known == [None] * 24
    else:
        with pytest.raises(msgspec.ValidationError):
            msgspec.json.decode(text, type=DayPrices)


def test_a_withdrawn_correction_leaves_what_it_took_the_place_of() -> None:
    withdraw = WithdrawPriceStep(
        effective_on=CORRECTION.effective_on,
        series=SERIES,
        step="prices.received",
        about="2024-01",
        reason="of another month (demo)",
    )
    facts = told(KNOWN, (CORRECTION, FINANCE))
    assert run_of(facts).net_minor == 26400
    assert run_of(told(facts, (withdraw, FINANCE))) == run_of(KNOWN)


# Terms, and less than nothing


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        pytest.param({"price": Spot(series=SERIES, floor="0.2", cap="0.1")}, "terms.price.floor", id="floor"),
        pytest.param({"take_or_pay": TakeOrPay(acq="1000", share="0.8")}, "terms.take_or_pay.price", id="untaken"),
        pytest.param({"guarantee": Guarantee(guaranteed="1000", cap="0.1")}, "terms.guarantee", id="guarantee"),
    ],
)
def test_terms_that_no_period_prices(changes: Any, field: str) -> None:
    draft = DraftOfftake(effective_on=JANUARY_1, agreement=A, terms=replace(SPOT, **changes))
    given(*GROUND).when(draft, DESK).refused(TermsMalformed, field=field)


@pytest.mark.parametrize("role", ["SELLER", "OBSERVER"])
def test_a_month_below_nothing_has_no_invoice(role: Any) -> None:
    below = replace(PRICED, days=tuple(replace(block, prices=" ".join(["-50"] * 24)) for block in PRICED.days))
    terms = replace(SPOT, role=role, generator="kilnheat-demo" if role == "OBSERVER" else None)
    facts = calculated(told(agreement(terms), (INSTALL, DESK), (METERED, DESK), (below, FINANCE)), "2024-01")
    run = of_kind(facts, StatementCalculated)[-1]
    assert (run.net_minor, run.price) == (-3720, "-0.0500")
    approve = ApproveStatement(effective_on=run.effective_on, agreement=A, month="2024-01", run=0)
    if role == "SELLER":
        given(*facts).when(approve, CHECKER).refused(NetBelowNothing, says="-37.20")
    else:
        assert told(facts, (approve, CHECKER))
