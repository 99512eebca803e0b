"""The loss allowance is the allowance at its date (domain §14.6), of no more than is receivable."""

from collections import Counter
from datetime import date
from itertools import permutations
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.billing.facts import AllowanceRestated, EclMeasured
from ledger.billing.invoicing.notes import IssueCreditNote
from ledger.billing.losses import ApproveWriteOff, MeasureEcl, ProposeWriteOff, RecoverWriteOff, ToMeasure
from ledger.billing.receipts import AllocateReceipt, RecordReceipt, ToAllocate
from ledger.books.postings import postings
from ledger.decider import Command, Fact
from ledger.joint.closing import sha256_of
from ledger.joint.measuring import ExposuresDiffer, ExposuresExceeded, MonthsNotClosed
from ledger.periods import Balance, PeriodClosed, PostingFact
from tests.ground.billed import BOOKS, COMPANIES, FINANCE, L1, RATES, TENANT, bill, commenced, opened, told
from tests.ground.given import decide, given
from tests.ledger.billing.test_putting_right import TERMS

GROUND: tuple[Fact, ...] = (*COMPANIES, *commenced(L1, TENANT, TERMS), *RATES, *BOOKS)
BILLED = bill(GROUND, L1, date(2025, 6, 30))
"""Six months of 10,900.00."""

MARCH, JUNE = date(2025, 3, 31), date(2025, 6, 30)


def measure(on: date, gross: str, name: str | None = None) -> MeasureEcl:
    """10 % of what is named."""
    exposures = (ToMeasure(bucket="all", gross=gross, rate="0.10"),)
    return MeasureEcl(effective_on=on, measurement=name or f"ecl-{on}", recorded=50, exposures=exposures)


def allowance(facts: tuple[Fact, ...], on: date) -> int:
    """The loss allowance in the books on a day: credits positive."""
    found = Counter[str]()
    for fact in facts:
        if isinstance(fact, PostingFact) and fact.accounting_on <= on:
            for line in postings(fact):
                found[line.account] += line.amount_minor
    return -found["loss-allowance"]


def test_measured_late_for_an_earlier_day_moves_what_stood_then() -> None:
    """Case 05: 1,000.00 for 30 June, then 400.00 for 31 March: 400.00 stand in March, and 1,000.00 in June."""
    facts = told(BILLED, measure(JUNE, "10000.00"), measure(MARCH, "4000.00"))
    assert (allowance(facts, MARCH), allowance(facts, JUNE)) == (40000, 100000)
    measured, restated = facts[-2:]
    assert isinstance(measured, EclMeasured)
    assert isinstance(restated, AllowanceRestated)
    assert measured.movement_minor == 40000
    assert (restated.effective_on, restated.measurement, restated.movement_minor) == (JUNE, "ecl-2025-06-30", -40000)
    assert restated.cause == "measurement ecl-2025-03-31"


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_the_order_of_measuring_does_not_matter(order: tuple[int, ...]) -> None:
    days = (date(2025, 1, 31), date(2025, 2, 28), MARCH, JUNE)
    expected = dict(zip(days, (50000, 20000, 40000, 100000), strict=True))
    commands = [measure(day, f"{10 * amount // 100}.00") for day, amount in expected.items()]
    facts = told(BILLED, *(commands[at] for at in order))
    assert {day: allowance(facts, day) for day in days} == expected


def test_measured_again_for_the_same_day_the_later_word_counts() -> None:
    facts = told(BILLED, measure(JUNE, "10000.00"), measure(MARCH, "4000.00"), measure(MARCH, "3000.00", "ecl-again"))
    assert (allowance(facts, MARCH), allowance(facts, JUNE)) == (30000, 100000)


def test_a_loss_before_a_measurement_that_is_learned_late_leaves_what_was_measured() -> None:
    propose = ProposeWriteOff(
        effective_on=date(2025, 4, 1), write_off="w-1-demo", invoice="l-1-demo-rent-202501", amount="700.00", reason="x"
    )
    approve = ApproveWriteOff(effective_on=date(2025, 4, 1), write_off="w-1-demo", invoice=propose.invoice)
    recover = RecoverWriteOff(
        effective_on=date(2025, 5, 1), write_off="w-1-demo", invoice=propose.invoice, amount="300.00", reason="x"
    )
    facts = told(BILLED, measure(MARCH, "4000.00"), measure(JUNE, "10000.00"), propose, approve)
    assert (allowance(facts, date(2025, 4, 30)), allowance(facts, JUNE)) == (40000 - 70000, 100000)
    facts = told(facts, recover)
    assert (allowance(facts, date(2025, 5, 31)), allowance(facts, JUNE)) == (0, 100000)


GIVEN_UP = told(
    BILLED,
    ProposeWriteOff(
        effective_on=date(2025, 1, 31),
        write_off="w-1-demo",
        invoice="l-1-demo-rent-202501",
        amount="10900.00",
        reason="x",
    ),
    ApproveWriteOff(effective_on=date(2025, 1, 31), write_off="w-1-demo", invoice="l-1-demo-rent-202501"),
    measure(MARCH, "4000.00"),
    measure(JUNE, "10000.00"),
)
"""January's 10,900.00 are given up; then 400.00 are measured for March, 1,000.00 for June."""
TO_PAY = (ToAllocate(invoice="l-1-demo-rent-202501", amount="10900.00"),)


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (date(2025, 2, 15), {date(2025, 2, 28): 0, MARCH: 40000, date(2025, 4, 30): 40000, JUNE: 100000}),
        (MARCH, {date(2025, 2, 28): -1090000, MARCH: 40000, JUNE: 100000}),
        (date(2025, 4, 15), {MARCH: 40000, date(2025, 4, 30): 40000 + 1090000, JUNE: 100000}),
        (date(2025, 7, 15), {JUNE: 100000, date(2025, 7, 31): 100000 + 1090000}),
    ],
)
@pytest.mark.parametrize("how", ["receipt", "allocation", "note"])
def test_what_comes_after_all_leaves_what_was_measured(how: str, on: date, expected: dict[date, int]) -> None:
    """Recovered by money or by a note: as by `recover-write-off`."""
    asked: tuple[Command, ...] = (
        RecordReceipt(effective_on=on, receipt="r-1-demo", company=TENANT, bank_reference="B-1", amount="10900.00"),
        AllocateReceipt(effective_on=on, receipt="r-1-demo", allocations=TO_PAY),
    )
    if how == "receipt":
        asked = (replace(asked[0], allocations=TO_PAY),)
    elif how == "note":
        asked = (
            IssueCreditNote(
                effective_on=on, credit_note="c-1-demo", invoice="l-1-demo-rent-202501", net="10000.00", reason="x"
            ),
        )
    facts = told(GIVEN_UP, *asked)
    assert {day: allowance(facts, day) for day in expected} == expected


def closing(month: str, receivable: int) -> PeriodClosed:
    balances = (
        Balance(account="receivables", balance_minor=receivable),
        Balance(account="rent", balance_minor=-receivable),
    )
    return PeriodClosed(
        effective_on=date(2025, 9, 1),
        month=month,
        recorded=1,
        entries=1,
        balances=balances,
        trial_balance_sha256=sha256_of(balances),
        tie_outs=(),
    )


@pytest.mark.parametrize(
    ("facts", "on", "receivable"),
    [
        pytest.param(BILLED, JUNE, "65400.00", id="six-months"),
        pytest.param(BILLED, MARCH, "32700.00", id="three-by-then"),
        pytest.param(BILLED, date(2024, 12, 31), "0.00", id="none-before"),
        pytest.param((*BILLED, closing("2025-05", 500000)), JUNE, "15900.00", id="since-the-last-close"),
        pytest.param((*BILLED, closing("2025-06", 500000)), JUNE, "65400.00", id="in-a-closed-month"),
    ],
)
def test_no_more_is_exposed_than_is_receivable(facts: tuple[Fact, ...], on: date, receivable: str) -> None:
    whole, fen = receivable.split(".")
    given(*facts).when(measure(on, f"{whole}.01"), FINANCE).refused(
        ExposuresExceeded, field="exposures", says=f"1122 stands at {receivable} CNY on {on}"
    )
    assert fen == "00"
    assert decide(facts, measure(on, receivable), FINANCE)


PAID_SOME = told(
    BILLED,
    RecordReceipt(
        effective_on=date(2025, 6, 20),
        receipt="r-1-demo",
        company=TENANT,
        bank_reference="B-1",
        amount="10000.00",
        allocations=(ToAllocate(invoice="l-1-demo-rent-202503", amount="10000.00"),),
    ),
)
"""On 30 June 10,900.00 each are 29, 60, 90, 121 (900.00 of it), 149 and 180 days old, due on the first of the month."""
OLD = {"days_1_30": "10900.00", "days_31_60": "10900.00", "days_61_90": "10900.00", "days_91_180": "22700.00"}


@pytest.mark.parametrize(
    ("facts", "change", "says"),
    [
        pytest.param(PAID_SOME, {}, None, id="as-the-ageing-has-it"),
        pytest.param(PAID_SOME, {"not_due": "0.00", "days_over_180": "0.00"}, None, id="of-nothing-nothing"),
        pytest.param(PAID_SOME, {"days_61_90": "10899.99"}, "10900.00 CNY .* age days_61_90, not 10899.99", id="less"),
        pytest.param(PAID_SOME, {"days_61_90": None}, "10900.00 CNY .* age days_61_90, not 0.00", id="left-out"),
        pytest.param(PAID_SOME, {"not_due": "0.01"}, "1122 stands", id="more"),
        pytest.param(
            PAID_SOME,
            {"days_61_90": "0.00", "not_due": "10900.00"},
            "0.00 CNY .* age not_due, not 10900.00",
            id="younger",
        ),
        pytest.param(PAID_SOME, {"days_over_180": "0.01"}, "1122 stands", id="older"),
        pytest.param(BILLED, {}, "32700.00 CNY .* age days_91_180, not 22700.00", id="of-another-ageing"),
    ],
)
def test_exposures_are_those_of_the_ageing(facts: tuple[Fact, ...], change: dict[str, Any], says: str | None) -> None:
    exposures = tuple(
        ToMeasure(bucket=age, gross=gross, rate="0.10") for age, gross in (OLD | change).items() if gross is not None
    )
    command = MeasureEcl(effective_on=JUNE, measurement="ecl-demo", recorded=50, exposures=exposures)
    if says is None:
        assert allowance(told(facts, command), JUNE) == 554000
        return
    with pytest.raises(ExposuresExceeded if says.startswith("1122") else ExposuresDiffer, match=says):
        decide(facts, command, FINANCE)


def test_what_is_older_than_the_months_seen_is_over_180_days_old() -> None:
    """65,400.00 of early 2025 still stand open at the end of 2028, when those months are no longer seen."""
    years = opened(2028, 2028)
    facts = (*BILLED, *years, *(closing(f"{year}-{month:02}", 6540000) for year, month in MONTHS))
    on = date(2028, 12, 31)
    for gross, refused in (("65400.00", False), ("65400.01", True)):
        command = replace(measure(on, gross), exposures=(ToMeasure(bucket="days_over_180", gross=gross, rate="0.10"),))
        if refused:
            given(*facts).when(command, FINANCE).refused(ExposuresExceeded)
        else:
            assert decide(facts, command, FINANCE)


MONTHS = [(year, month) for year in (2024, 2025, 2026, 2027, 2028) for month in range(1, 13)][:-1]


def test_a_billion_is_not_measured() -> None:
    given(*BILLED).when(measure(JUNE, "1000000000.00"), FINANCE).refused(ExposuresExceeded)


def test_months_are_closed_before_three_years_are_open() -> None:
    """Books since 2024-01, nothing closed: measured in 2027-01, the first of them are out of sight."""
    later = (*BILLED, *opened(2027, 2027))
    given(*later).when(measure(date(2027, 1, 31), "1.00"), FINANCE).refused(MonthsNotClosed, says="2024-01 is not")
    shut = (*later, closing("2024-01", 0))
    assert decide(shut, measure(date(2027, 1, 31), "1.00"), FINANCE)
