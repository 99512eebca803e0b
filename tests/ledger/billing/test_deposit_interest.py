"""Interest on deposits, accrued by days and credited; figures by hand."""

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.billing.deposits import CreditDepositInterest, DepositExceeded, InterestExceeded, ReverseDeposit
from ledger.billing.facts import DepositReceived, DepositRefunded
from ledger.billing.rules import IdTaken
from ledger.billing.scheduled.facts import DepositInterestAccrued, DepositInterestCredited
from ledger.books.postings import postings
from ledger.decider import Command, Fact, Refusal
from ledger.leases.terms import DepositInterest, Terms
from tests.ground.billed import L1, TENANT, TERMS_1, bill, of_kind
from tests.ground.given import decide, given
from tests.ledger.billing.test_bill_lease import amended, billed, ground

AGREED = replace(TERMS_1, deposit_interest=DepositInterest(rate="0.0365"))
"""3.65 % a year of 365 days: a ten-thousandth a day."""


def dated(on: date, **more: Any) -> dict[str, Any]:
    return {"effective_on": on, "accounting_on": on, "company": TENANT, "lease": L1, **more}


def received(on: date, name: str = "d-1-demo", amount: int = 10_000_000) -> DepositReceived:
    return DepositReceived(**dated(on), deposit=name, bank_reference=f"B-{name}", amount_minor=amount)


def back(on: date, amount: int) -> DepositRefunded:
    return DepositRefunded(**dated(on), deposit="d-9-demo", bank_reference="B-9", amount_minor=amount)


def accrued(facts: tuple[Fact, ...], through: date, *more: Fact, terms: Terms = AGREED) -> list[tuple[str, int]]:
    found = billed(ground(terms, *facts, *more), through)
    return [(fact.month, fact.amount_minor) for fact in of_kind(found, DepositInterestAccrued)]


HELD = (received(date(2024, 1, 2)),)


def test_interest_accrues_by_the_days_on_which_deposit_is_held() -> None:
    """100,000.00 for 30 days of January, and the 29 of February: 10.00 a day. March has not ended."""
    assert accrued(HELD, date(2024, 3, 30)) == [("2024-01", 30_000), ("2024-02", 29_000)]
    assert accrued(HELD, date(2024, 3, 30), terms=TERMS_1) == []


def test_the_day_it_comes_counts_and_the_day_it_goes_does_not() -> None:
    """31,000.00 more from 31 January, 3.10; 31,000.00 less from 10 February on: 9 days of 13.10 and 20 of 10.00."""
    more, less = received(date(2024, 1, 31), "d-2-demo", 3_100_000), back(date(2024, 2, 10), 3_100_000)
    assert accrued(HELD, date(2024, 2, 29), more, less) == [("2024-01", 30_310), ("2024-02", 9 * 1310 + 20 * 1000)]


def test_what_moves_on_the_next_day_counts_from_then() -> None:
    """100,000.00 for 30 days, 10,000.00 more from the third for 29."""
    assert accrued(HELD, date(2024, 1, 31), received(date(2024, 1, 3), "d-2-demo", 1_000_000)) == [("2024-01", 32_900)]


def test_a_year_of_360_days_and_half_a_fen() -> None:
    """100,000.00 at 3.65 % for 30 days of 360 are 304.1666…; 4.50 of deposit for 30 days of 365 half a fen each ten."""
    by_360 = replace(TERMS_1, deposit_interest=DepositInterest(rate="0.0365", days="ACT_360"))
    assert accrued(HELD, date(2024, 1, 31), terms=by_360) == [("2024-01", 30_417)]
    assert accrued((received(date(2024, 1, 2), amount=50),), date(2024, 1, 31)) == []
    assert accrued((received(date(2024, 1, 2), amount=167),), date(2024, 1, 31)) == [("2024-01", 1)]


def test_another_rate_from_a_day_on() -> None:
    """14 days of February at 10.00 a day, 15 at 20.00."""
    dearer = amended(replace(AGREED, deposit_interest=DepositInterest(rate="0.073")), date(2024, 2, 15))
    assert accrued(HELD, date(2024, 2, 29), dearer) == [("2024-01", 30_000), ("2024-02", 14_000 + 30_000)]


def test_a_deposit_that_came_later_than_was_known_is_put_right() -> None:
    """30 days of January were accrued; it went back on 22 January: 10 days less."""
    facts = bill(ground(AGREED, *HELD), L1, date(2024, 1, 31))
    after = billed((*facts, back(date(2024, 1, 22), 10_000_000)), date(2024, 1, 31))
    assert [(one.month, one.amount_minor) for one in of_kind(after, DepositInterestAccrued)] == [("2024-01", -10_000)]


CREDIT = CreditDepositInterest(effective_on=date(2024, 2, 5), deposit="d-3-demo", lease=L1, amount="300.00")
CREDITED = DepositInterestCredited(**dated(date(2024, 2, 5)), deposit="d-3-demo", amount_minor=30_000)
MONTH = DepositInterestAccrued(**dated(date(2024, 1, 31)), month="2024-01", amount_minor=30_000)
GROUND = ground(AGREED, *HELD, MONTH)


def test_it_is_credited_bears_interest_itself_and_is_taken_back() -> None:
    """From 5 February 100,300.00 are held: 4 days of 10.00 and 25 of 10.03 are 290.75."""
    given(*GROUND).when(CREDIT).then(CREDITED)
    given(*GROUND, CREDITED).when(CREDIT).then()
    assert [
        one.amount_minor for one in of_kind(billed((*GROUND, CREDITED), date(2024, 2, 29)), DepositInterestAccrued)
    ] == [29_075]
    (undone,) = decide(
        (*GROUND, CREDITED),
        ReverseDeposit(effective_on=date(2024, 2, 6), deposit="d-3-demo", lease=L1, reason="too early (demo)"),
    )
    assert [(line.account, line.amount_minor) for line in postings(undone)] == [
        ("interest-payable", -30_000),
        ("deposits", 30_000),
    ]
    (february,) = of_kind(billed((*GROUND, CREDITED, undone), date(2024, 2, 29)), DepositInterestAccrued)
    assert february.amount_minor == 29_003, "one day of 100,300.00"
    given(*GROUND, CREDITED, undone).when(replace(CREDIT, deposit="d-4-demo")).then(
        replace(CREDITED, deposit="d-4-demo")
    )


def test_what_is_posted() -> None:
    posted = [[(line.account, line.amount_minor) for line in postings(fact)] for fact in (MONTH, CREDITED)]
    assert posted == [
        [("deposit-interest", 30_000), ("interest-payable", -30_000)],
        [("interest-payable", 30_000), ("deposits", -30_000)],
    ]


@pytest.mark.parametrize(
    ("facts", "command", "refusal"),
    [
        pytest.param((), replace(CREDIT, amount="300.01"), InterestExceeded, id="more-than-accrued"),
        pytest.param((), replace(CREDIT, effective_on=date(2024, 1, 30)), InterestExceeded, id="its-month-runs"),
        pytest.param((CREDITED,), replace(CREDIT, deposit="d-4-demo"), InterestExceeded, id="credited-already"),
        pytest.param((CREDITED,), replace(CREDIT, amount="1.00"), IdTaken, id="says-otherwise"),
        pytest.param(
            (CREDITED, back(date(2024, 2, 7), 10_030_000)),
            ReverseDeposit(effective_on=date(2024, 2, 6), deposit="d-3-demo", lease=L1, reason="late (demo)"),
            DepositExceeded,
            id="paid-back-already",
        ),
    ],
)
def test_refusals(facts: tuple[Fact, ...], command: Command, refusal: type[Refusal]) -> None:
    given(*GROUND, *facts).when(command).refused(refusal)
