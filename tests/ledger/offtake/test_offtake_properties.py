"""What holds of energy offtake whatever is sent: a machine over two contract years, held against sums of its own.

E1  a register never shows less without going round
E3  the invoices of a month, less its credits, are the latest approved run: net and tax
E5  make-up rights are never below nothing, and the oldest goes first
E6  the bands of a month sum to the whole
E5  on no day, as known at any position, is the liability below nothing
E7  no energy is delivered and deemed: of each curtailed stretch at most the potential counts
§14.1 what is owed and what is delivered are of the same days
E8  every run, also an old one, is printed again from the facts it names
D4  an observer's agreement posts nothing; and every posting balances
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import Any

from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec.structs import replace

from ledger.books.postings import postings
from ledger.decider import By, Command, Fact, Refusal, standing
from ledger.offtake.account import OfftakeAgreement, Offtakes, bank, evolve
from ledger.offtake.calculation import reprint
from ledger.offtake.contract_year import annual_quantity, parts_of_year
from ledger.offtake.deciding import OFFTAKE
from ledger.offtake.delivery import AdjustQuantity, AgreeDeemed, RecordCurtailment
from ledger.offtake.energy import kwh
from ledger.offtake.facts import (
    EnergyCredited,
    EnergyInvoiced,
    Lot,
    StatementCalculated,
    YearTruedUp,
)
from ledger.offtake.life import ResumeDelivery, SuspendDelivery, TerminateOfftake
from ledger.offtake.meters.facts import DayBlock, MeterRead, MeterReadCorrected
from ledger.offtake.meters.meter import points
from ledger.offtake.meters.metering import CalibrateMeter, CorrectRead, InstallMeter, ReadMeter, RecordIntervals
from ledger.offtake.statements import (
    ApproveStatement,
    CalculateStatement,
    DisputeStatement,
    NothingDelivered,
    WithdrawDispute,
)
from ledger.offtake.terms import Fixed, MakeUp, OfftakeTerms, TakeOrPay, TimeOfUse, Window
from ledger.offtake.withdrawing import WithdrawOfftakeStep
from ledger.offtake.years import TrueUpYear
from ledger.periods import PostingFact, first_and_last, month_of
from ledger.values.money import share
from tests.ground.given import decide, given, state
from tests.ground.offtaken import (
    AS_AGENT,
    AS_OBSERVER,
    CHECKER,
    DESK,
    FINANCE,
    METER,
    PAPER,
    SIGNER,
    TERMS,
    A,
    agreement,
    months,
    of_kind,
    told,
)
from tests.strategies import any_of

RIGHTS = TakeOrPay(acq="1200", share="0.5", make_up=MakeUp(years=1))
BANDS = TimeOfUse(
    peak="0.78", flat="0.52", valley="0.26", windows=(Window(band="PEAK", from_hour="08:00", until_hour="12:00"),)
)
SHORT = replace(TERMS, ends_on=date(2025, 12, 31), take_or_pay=RIGHTS, price=Fixed(price="0.5217", escalation="0.02"))
ROLES = {
    "SELLER": SHORT,
    "SETTLEMENT_AGENT": replace(AS_AGENT, ends_on=SHORT.ends_on, take_or_pay=RIGHTS),
    "OBSERVER": replace(AS_OBSERVER, ends_on=SHORT.ends_on, take_or_pay=RIGHTS),
}
MONTHS = (*months(2024), *months(2025))

energies = st.integers(0, 2000)  # tenths of a kWh
picked = st.sampled_from(MONTHS)


class Deal(RuleBasedStateMachine):
    """One agreement: reads come month by month, corrections, disputes and tests whenever they like."""

    @initialize(role=st.sampled_from(sorted(ROLES)), year=st.lists(energies, min_size=12, max_size=12))
    def sign_and_deliver_for_a_year(self, role: str, year: list[int]) -> None:
        self.facts: tuple[Fact, ...] = agreement(ROLES[role])
        install = InstallMeter(effective_on=date(2024, 1, 1), meter=METER, agreement=A, start="0", digits=4)
        self.facts = told(self.facts, (install, DESK))
        self.months = 0
        self.months_end(year, True)

    def send(self, command: Command, by: By) -> bool:
        """Record what a command asks for; whether nothing refused it."""
        try:
            recorded = decide(self.facts, command, by)
        except Refusal:
            return False
        self.facts = (*self.facts, *recorded)
        assert decide(self.facts, command, by) == ()
        return True

    @property
    def one(self) -> OfftakeAgreement:
        """The agreement as its facts tell."""
        state: Offtakes = OFFTAKE.initial
        for fact in standing(self.facts, lambda fact: fact):
            state = evolve(state, fact)
        return state.agreements[A]

    @precondition(lambda self: self.months < len(MONTHS))
    @rule(read=st.lists(energies, min_size=1, max_size=12), settle=st.booleans())
    def more_months(self, read: list[int], settle: bool) -> None:
        self.months_end(read, settle)

    def months_end(self, read: list[int], settle: bool) -> None:
        """One after the other, as far as the agreement lasts."""
        for tenths, month in zip(read, MONTHS[self.months :], strict=False):
            self.months += 1
            self.month_ends(month, tenths, settle)

    def month_ends(self, month: str, tenths: int, settle: bool) -> None:
        """The register is read, and the month settled or not."""
        state: Offtakes = OFFTAKE.initial
        for fact in self.facts:
            state = evolve(state, fact)
        before = int(Fraction(points(state.meters[METER])[-1].value) * 10)
        shows = (before + tenths) % 100_000
        on = first_and_last(month)[1]
        value, round_ = f"{shows // 10}.{shows % 10}", shows < before
        assert self.send(ReadMeter(effective_on=on, meter=METER, value=value, rolled_over=round_), DESK)
        if settle:
            self.settle(month, on)

    @rule(month=picked, tenths=energies)
    def a_read_is_corrected(self, month: str, tenths: int) -> None:
        """By a little: most that go further are refused, for the register would go back."""
        on = first_and_last(month)[1]
        reads = [*of_kind(self.facts, MeterRead), *of_kind(self.facts, MeterReadCorrected)]
        stands = [fact.value for fact in reads if fact.effective_on == on]
        shows = int(Fraction(stands[-1]) * 10) + tenths % 50 - 25 if stands else tenths
        value = f"{max(shows, 0) // 10}.{max(shows, 0) % 10}"
        self.send(CorrectRead(effective_on=on, meter=METER, value=value, reason="misread (demo)"), DESK)

    @rule(month=picked, registered=st.sampled_from(("0.98", "1", "1.02")))
    def a_meter_is_tested(self, month: str, registered: str) -> None:
        first, last = first_and_last(month)
        about: dict[str, Any] = {"from_on": first, "until_on": last, "certificate": PAPER}
        on = last + timedelta(days=1)
        self.send(CalibrateMeter(effective_on=on, meter=METER, registered=registered, **about), DESK)

    @rule(month=picked, potential=energies, agreed=st.booleans())
    def the_buyer_curtails(self, month: str, potential: int, agreed: bool) -> None:
        first, _ = first_and_last(month)
        begins = datetime(first.year, first.month, 3, 8)  # noqa: DTZ001 - local time
        name = f"c-{month}-demo"
        about: dict[str, Any] = {"effective_on": first, "agreement": A, "curtailment": name}
        hours = {"from_at": begins, "until_at": begins + timedelta(hours=8)}
        self.send(RecordCurtailment(**about, by="BUYER", **hours, potential=kwh(potential * 100)), DESK)  # type: ignore[arg-type] # hours are times
        if agreed:
            self.send(AgreeDeemed(**about, evidence=PAPER), DESK)

    @rule(year=st.sampled_from((2024, 2025)), energy=st.sampled_from(("10", "100")))
    def the_year_is_adjusted(self, year: int, energy: str) -> None:
        about: dict[str, Any] = {"effective_on": date(year, 12, 1), "agreement": A, "year": year}
        name = f"fm-{year}-{energy}"
        self.send(AdjustQuantity(**about, adjustment=name, reason="FORCE_MAJEURE", energy=energy), DESK)

    @rule(month=picked)
    def a_month_is_settled(self, month: str) -> None:
        self.settle(month, first_and_last(month)[1] + timedelta(days=20))

    def settle(self, month: str, on: date) -> None:
        """Calculated by one, approved by another."""
        self.send(CalculateStatement(effective_on=on, agreement=A, month=month), FINANCE)
        run = len(self.one.approved(month))
        self.send(ApproveStatement(effective_on=on, agreement=A, month=month, run=run), CHECKER)

    @rule(month=picked, withdrawn=st.booleans())
    def a_run_is_disputed(self, month: str, withdrawn: bool) -> None:
        about: dict[str, Any] = {"effective_on": first_and_last(month)[1], "agreement": A, "month": month, "run": 0}
        if self.send(DisputeStatement(**about, reason="slow (demo)"), DESK) and withdrawn:
            self.send(WithdrawDispute(**about, reason="tested (demo)"), DESK)

    @rule()
    def the_years_are_settled(self) -> None:
        for month in MONTHS[: self.months]:
            self.settle(month, first_and_last(month)[1] + timedelta(days=25))
        for year in (2024, 2025):
            self.send(TrueUpYear(effective_on=date(year + 1, 1, 20), agreement=A, year=year), FINANCE)

    @precondition(lambda self: self.one.state == "IN_DELIVERY" and self.months >= 12)
    @rule()
    def the_agreement_ends(self) -> None:
        on = first_and_last(MONTHS[self.months - 1])[1]
        self.send(TerminateOfftake(effective_on=on, agreement=A, reason="sold (demo)", document=PAPER), SIGNER)

    @precondition(lambda self: self.one.state == "TERMINATED")
    @rule()
    def it_did_not_end(self) -> None:
        on = self.one.since
        back = WithdrawOfftakeStep(effective_on=on, agreement=A, step="offtake.terminated", reason="not so (demo)")
        self.facts = (*self.facts, *decide(self.facts, back, SIGNER))

    # What holds

    @invariant()
    def registers_go_up(self) -> None:
        state: Offtakes = OFFTAKE.initial
        for fact in self.facts:
            state = evolve(state, fact)
        known = points(state.meters[METER])
        for earlier, later in pairwise(known):
            assert later.rolled_over or Fraction(later.value) >= Fraction(earlier.onward)

    @invariant()
    def invoices_are_the_latest_run(self) -> None:
        one = self.one
        if one.role == "OBSERVER":
            assert of_kind(self.facts, PostingFact) == []
            return
        for month in MONTHS:
            latest, name = one.latest(month), month.replace("-", "")
            issued = [fact for fact in of_kind(self.facts, EnergyInvoiced) if fact.month == month]
            credited = [f for f in of_kind(self.facts, EnergyCredited) if f"-energy-{name}-" in f.credit_note]
            net = sum(fact.net_minor for fact in issued) - sum(fact.net_minor for fact in credited)
            vat = sum(fact.vat_minor for fact in issued) - sum(fact.vat_minor for fact in credited)
            assert (net, vat) == ((latest.net_minor, latest.vat_minor) if latest else (0, 0))

    @invariant()
    def rights_are_never_below_nothing_and_go_in_order(self) -> None:
        one = self.one
        for year in (2025, 2026):
            lots = bank(one, year)
            assert all(lot.energy_wh > 0 and lot.net_minor >= 0 for lot in lots)
        for trued in one.true_ups:
            rights = bank(one, trued.year)
            taken = sum(lot.energy_wh for lot in trued.taken)
            assert taken <= max(0, trued.taken_wh - trued.top_wh)
            oldest_first = [lot.year for lot in rights]
            assert [lot.year for lot in trued.taken] == oldest_first[: len(trued.taken)]
            assert not (trued.shortfall_wh and trued.taken)

    @invariant()
    def the_liability_is_the_bank(self) -> None:
        one = self.one
        if one.role != "SELLER":
            return
        moves = [
            (fact.accounting_on, -line.amount_minor)
            for fact in of_kind(self.facts, PostingFact)
            for line in postings(fact)
            if line.account == "make-up"
        ]
        assert sum(amount for _, amount in moves) == sum(lot.net_minor for lot in bank(one, 9999))
        for known in range(len(moves)):
            days: dict[date, int] = {}
            for on, amount in moves[: known + 1]:
                days[on] = days.get(on, 0) + amount
            assert min(accumulate(days[on] for on in sorted(days))) >= 0

    @invariant()
    def every_run_is_printed_again(self) -> None:
        runs = of_kind(self.facts, StatementCalculated)
        for run in runs[-3:]:
            assert reprint(self.facts, run) == run

    @invariant()
    def postings_balance(self) -> None:
        for fact in self.facts:
            assert sum(line.amount_minor for line in postings(fact)) == 0


TestDeal = Deal.TestCase
TestDeal.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)


def day(energy: Sequence[int]) -> str:
    return " ".join(map(str, energy))


@settings(max_examples=25, deadline=None)
@for_all(
    st.lists(st.integers(0, 9999), min_size=24, max_size=24),
    st.sampled_from(("0.97", "0.982", "1", "1.03")),
    st.integers(0, 400_000),
    st.integers(0, 22),
)
def test_bands_sum_to_the_whole_and_nothing_counts_twice(
    hours: list[int], registered: str, potential_wh: int, from_hour: int
) -> None:
    """E6 and E7, whatever the intervals say and however the meter was tested."""
    terms: OfftakeTerms = replace(TERMS, price=BANDS)
    install = InstallMeter(
        effective_on=date(2024, 1, 1), meter=METER, agreement=A, start="0", digits=8, settled_by="INTERVALS"
    )
    blocks = tuple(DayBlock(day=date(2024, 1, number), energy_wh=day(hours)) for number in range(1, 32))
    record = RecordIntervals(effective_on=date(2024, 2, 1), meter=METER, minutes=60, days=blocks, file=PAPER)
    test = CalibrateMeter(
        effective_on=date(2024, 2, 2),
        meter=METER,
        registered=registered,
        from_on=date(2024, 1, 9),
        until_on=date(2024, 1, 20),
        certificate=PAPER,
    )
    begins = datetime(2024, 1, 4, from_hour)  # noqa: DTZ001 - local time
    potential = f"{potential_wh // 1000}.{potential_wh % 1000:03}"
    curtail = RecordCurtailment(
        effective_on=date(2024, 1, 4),
        agreement=A,
        curtailment="c-1",
        by="BUYER",
        from_at=begins,
        until_at=begins + timedelta(hours=2),
        potential=potential,
    )
    agree = AgreeDeemed(effective_on=date(2024, 1, 5), agreement=A, curtailment="c-1", evidence=PAPER)
    sent = [(install, DESK), (record, DESK), (test, DESK), (curtail, DESK), (agree, DESK)]
    facts = told(agreement(terms), *sent)
    (run,) = decide(facts, CalculateStatement(effective_on=date(2024, 2, 3), agreement=A, month="2024-01"), FINANCE)
    assert isinstance(run, StatementCalculated)
    bands = [line.energy_wh for line in run.lines if line.kind != "DEEMED"]
    assert sum(bands) == run.delivered_wh
    meanwhile = sum(hours[from_hour : from_hour + 2])
    assert run.deemed_wh + meanwhile <= max(potential_wh, meanwhile) + 50
    assert run.vat_minor == sum(line.vat_minor for line in run.lines)


@settings(max_examples=20, deadline=None)
@for_all(st.lists(st.integers(0, 90), min_size=4, max_size=4).map(sorted))
def test_duty_and_delivery_are_of_the_same_days(marks: list[int]) -> None:
    """§14.1: 24.0 kWh on every day of a quarter, in which operation begins, stops, goes on and ends on any days. Energy
    is paid for, and the yearly quantity owed, for just the days between."""
    begins, stops, goes_on, ends = (date(2024, 1, 1) + timedelta(mark) for mark in marks)
    quarter = [begins + timedelta(number) for number in range((date(2024, 4, 1) - begins).days)]
    counts = [one for one in quarter if one <= ends and not stops <= one < goes_on]
    terms = replace(TERMS, take_or_pay=TakeOrPay(acq="12000", share="1"))
    installed = InstallMeter(effective_on=begins, meter=METER, agreement=A, start="0", digits=8, settled_by="INTERVALS")
    blocks = tuple(DayBlock(day=one, energy_wh=day([1000] * 24)) for one in quarter)
    sent: list[tuple[Command, By]] = [
        (installed, DESK),
        (RecordIntervals(effective_on=date(2024, 4, 2), meter=METER, minutes=60, days=blocks, file=PAPER), DESK),
        (SuspendDelivery(effective_on=stops, agreement=A, reason="flood (demo)"), DESK),
        (ResumeDelivery(effective_on=goes_on, agreement=A), DESK),
        (TerminateOfftake(effective_on=ends, agreement=A, reason="both agreed (demo)", document=PAPER), SIGNER),
    ]
    facts = told(agreement(terms, on=begins), *sent)
    for month in ("2024-01", "2024-02", "2024-03"):
        here = [one for one in counts if month_of(one) == month]
        calculate = CalculateStatement(effective_on=date(2024, 4, 5), agreement=A, month=month)
        if here:
            (run,) = decide(facts, calculate, FINANCE)
            assert isinstance(run, StatementCalculated)
            assert run.delivered_wh == 24_000 * len(here)
        else:
            given(*facts).when(calculate, FINANCE).refused(NothingDelivered)
    one = state(facts, calculate).agreements[A]
    months_of_days = [Fraction(1, 12 * first_and_last(month_of(one))[1].day) for one in counts]
    assert annual_quantity(parts_of_year(one, 2024)) == 12_000_000 * sum(months_of_days)


@for_all(st.lists(any_of(YearTruedUp), max_size=6))
def test_years_fold_in_any_order(facts: list[YearTruedUp]) -> None:
    """The latest run of a year is its word, whichever came first."""
    unique = {(fact.year, fact.run): replace(fact, agreement=A) for fact in facts}
    forward, backward = Offtakes(), Offtakes()
    for fact in unique.values():
        forward = evolve(forward, fact)
    for fact in reversed(list(unique.values())):
        backward = evolve(backward, fact)
    if unique:
        assert list(forward.agreements[A].true_ups) == list(backward.agreements[A].true_ups)


@for_all(st.integers(0, 10**9), st.lists(st.integers(1, 50), min_size=1, max_size=4))
def test_a_lot_given_out_in_parts_gives_all_its_money(net: int, weights: list[int]) -> None:
    lot = Lot(year=2024, energy_wh=1_000_000, net_minor=net)
    given_out = 0
    for part in share(lot.energy_wh, weights):
        piece = lot.part(part)
        given_out += piece.net_minor
        lot = lot.less(piece)
        if not lot.energy_wh:
            break
    assert (given_out, lot.net_minor) == (net, 0)
