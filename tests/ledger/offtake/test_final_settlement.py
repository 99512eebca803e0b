"""Nothing is settled for good that comes to something else; and nothing waits for ever for what cannot come any more.

Every price and meter value is invented.
"""

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.decider import By, Command, Fact
from ledger.offtake.contract_year import MonthsNotApproved
from ledger.offtake.facts import OfftakeFinallySettled, YearTruedUp
from ledger.offtake.life import NotSettled, SettleOfftakeFinally, TerminateOfftake
from ledger.offtake.meters.metering import CorrectRead, ReadMeter
from ledger.offtake.statements import (
    ApproveStatement,
    CalculateStatement,
    DisputeStatement,
    LimitationPassed,
    WithdrawDispute,
)
from ledger.offtake.terms import Fixed, TakeOrPay
from ledger.offtake.years import TrueUpYear
from tests.ground.given import given
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
    calculated,
    delivering,
    of_kind,
    settled,
    told,
)

TERMS_OF_MONTHS = replace(TERMS, price=Fixed(price="0.50"))
DUTY = replace(TERMS_OF_MONTHS, take_or_pay=TakeOrPay(acq="12000", share="0.9"))
MARCH = {f"2024-{month:02}": "100" for month in range(1, 4)}
LAST, SOON, LATE = date(2024, 3, 31), date(2024, 5, 2), date(2025, 4, 1)
"""A month is settled anew for twelve months: March 2024 through March 2025."""


def on(day: date, **more: Any) -> dict[str, Any]:
    return {"effective_on": day, "agreement": A, **more}


def ended(day: date = LAST) -> tuple[Command, By]:
    return TerminateOfftake(**on(day), reason="both agreed (demo)", document=PAPER), SIGNER


def corrected(value: str) -> tuple[Command, By]:
    return CorrectRead(effective_on=LAST, meter=METER, value=value, reason="misread (demo)"), DESK


def finally_(day: date) -> SettleOfftakeFinally:
    return SettleOfftakeFinally(**on(day))


OVER = told(delivering(agreement(TERMS_OF_MONTHS), MARCH), ended())
READ_ANEW = told(OVER, corrected("310"))
WAITS = calculated(READ_ANEW, "2024-03", SOON)
APPROVE = ApproveStatement(**on(SOON), month="2024-03", run=1)
DISPUTED = told(OVER, (DisputeStatement(**on(SOON), month="2024-03", run=0, reason="why (demo)"), FINANCE))


@pytest.mark.parametrize(
    ("facts", "says", "then"),
    [
        pytest.param(
            READ_ANEW,
            "2024-03 of wte-1-demo comes to something else since run 0: `calculate-statement` again, and approve it",
            settled(READ_ANEW, "2024-03", SOON),
            id="read-anew",
        ),
        pytest.param(WAITS, "2024-03 of wte-1-demo has a run that waits", told(WAITS, (APPROVE, CHECKER)), id="waits"),
        pytest.param(
            DISPUTED,
            "is disputed",
            told(DISPUTED, (WithdrawDispute(**on(SOON), month="2024-03", run=0, reason="settled (demo)"), FINANCE)),
            id="disputed",
        ),
    ],
)
def test_a_month_that_comes_to_something_else_is_settled_first(
    facts: tuple[Fact, ...], says: str, then: tuple[Fact, ...]
) -> None:
    """No take-or-pay: only the months say what is owed. Done as the refusal says, the agreement is settled."""
    given(*facts).when(finally_(SOON), FINANCE).refused(NotSettled, field="agreement", says=says)
    assert of_kind(told(then, (finally_(SOON), FINANCE)), OfftakeFinallySettled)


GUESSED = told(
    delivering(agreement(TERMS_OF_MONTHS), dict(list(MARCH.items())[:2])),
    (ReadMeter(effective_on=LAST, meter=METER, value="300", quality="ESTIMATED"), DESK),
)
ESTIMATED = told(settled(GUESSED, "2024-03"), ended())


def test_an_estimate_is_trued_up_before_it_is_too_late() -> None:
    given(*ESTIMATED).when(finally_(SOON), FINANCE).refused(NotSettled, says="2024-03 of wte-1-demo rests on an estima")


@pytest.mark.parametrize("facts", [READ_ANEW, WAITS, ESTIMATED], ids=["read-anew", "waits", "estimated"])
def test_a_month_that_is_settled_anew_no_more_stands(facts: tuple[Fact, ...]) -> None:
    """E4: after twelve months March stays as it was approved; it keeps nobody from settling for good."""
    again = CalculateStatement(**on(LATE), month="2024-03")
    given(*facts).when(again, FINANCE).refused(LimitationPassed)
    assert of_kind(told(facts, (finally_(LATE), FINANCE)), OfftakeFinallySettled)


def test_a_year_waits_for_no_run_that_cannot_come_any_more() -> None:
    """March was read anew and calculated, and nobody approved it; and in 2025 it turns out to have ended with February.
    Until March 2025 either keeps the year open; then 1/12 × 2 of 12,000 × 0.9 are 1,800.0 kWh, and 200.0 were taken."""
    facts = delivering(agreement(DUTY), MARCH)
    facts = calculated(told(facts, corrected("310")), "2024-03", SOON)
    facts = told(facts, ended(date(2024, 2, 29)))
    soon, late = (TrueUpYear(**on(day), year=2024) for day in (SOON, LATE))
    given(*facts).when(soon, FINANCE).refused(MonthsNotApproved, field="year", says="2024-03")
    facts = told(facts, (late, FINANCE))
    (year,) = of_kind(facts, YearTruedUp)
    assert (year.top_wh, year.delivered_wh, year.shortfall_wh) == (1_800_000, 200_000, 1_600_000)
    assert of_kind(told(facts, (finally_(LATE), FINANCE)), OfftakeFinallySettled)
