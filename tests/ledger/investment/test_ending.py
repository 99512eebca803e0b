"""The end of an agreement: fulfilled, broken on a ground, put away, terminated; what is owed back outlives it."""

from datetime import date

import pytest
from msgspec.structs import replace

from ledger.decider import By, Command, Fact, Refusal
from ledger.investment.ending import BreachUnfounded, ClawbackOutstanding, CloseInvestment, DeclareBreach, NotFulfilled
from ledger.investment.facts import (
    ClawbackAssessed,
    ClawbackCollected,
    ContributionRecorded,
    InvestmentBreached,
    InvestmentClosed,
)
from ledger.investment.incentives import CollectClawback
from ledger.investment.performance import CheckCovenant, RecordContribution, ReportFigure
from ledger.investment.rules import InvestmentStateForbids
from tests.examples.investment import (
    APPROVER,
    CLERK,
    FINANCE,
    FULFIL,
    INTENSITY,
    JOBS,
    RECORD_FAI,
    TAX,
    TERMINATE,
    asked,
)
from tests.ground.given import decide, given, grown
from tests.ground.invested import ASSESSED, PERFORMING, SIGNED, after


def fulfilled_but(**left_out: bool) -> tuple[Fact, ...]:
    """An agreement of which everything was done, but for what is left out."""
    facts = after(ContributionRecorded)
    rest = replace(asked(RecordContribution), contribution="capital-2", amount="3500000.00")
    fai = replace(RECORD_FAI, contribution="fai-2", amount="6000000.00")
    tax = replace(asked(ReportFigure), figure="TAX", value="1200000.00")
    sent: list[Command] = [] if left_out.get("rest") else [rest]
    sent += [fai, tax, replace(asked(ReportFigure), value="120")]
    sent += [
        replace(asked(CheckCovenant), covenant=name) for name in (INTENSITY, TAX, JOBS) if not left_out.get("jobs")
    ]
    return grown(facts, *((command, CLERK) for command in sent))


def test_fulfilled_when_all_is_paid_in_and_every_covenant_met() -> None:
    (fact,) = decide(fulfilled_but(), FULFIL, APPROVER)
    facts = (*fulfilled_but(), fact)
    (closed,) = decide(facts, asked(CloseInvestment), APPROVER)
    assert isinstance(closed, InvestmentClosed)


@pytest.mark.parametrize(
    ("left_out", "says"),
    [("rest", "3500000.00 USD are not paid in"), ("jobs", "covenant jobs-2025 is not tested")],
)
def test_not_fulfilled_says_what_is_missing(left_out: str, says: str) -> None:
    given(*fulfilled_but(**{left_out: True})).when(FULFIL, APPROVER).refused(NotFulfilled, says=says)


@pytest.mark.parametrize(
    ("on", "refused"),
    [
        pytest.param(date(2024, 6, 27), True, id="nothing-is-due-yet"),
        pytest.param(date(2024, 6, 30), True, id="what-is-due-came"),
        pytest.param(date(2025, 12, 31), True, id="the-second-tranche-is-due-today"),
        pytest.param(date(2026, 1, 1), False, id="it-is-overdue"),
    ],
)
def test_a_breach_needs_a_ground(on: date, refused: bool) -> None:
    command = replace(asked(DeclareBreach), effective_on=on)
    if refused:
        given(*PERFORMING).when(command, APPROVER).refused(BreachUnfounded)
    else:
        (fact,) = decide(PERFORMING, command, APPROVER)
        assert isinstance(fact, InvestmentBreached)


def test_what_came_later_is_no_excuse_for_the_day() -> None:
    late = replace(
        asked(RecordContribution), contribution="capital-2", amount="3500000.00", effective_on=date(2026, 1, 5)
    )
    facts = grown(PERFORMING, (late, CLERK))
    assert len(decide(facts, replace(asked(DeclareBreach), effective_on=date(2026, 1, 4)), APPROVER)) == 1
    given(*facts).when(replace(asked(DeclareBreach), effective_on=date(2026, 1, 6)), APPROVER).refused(BreachUnfounded)


def test_what_is_owed_back_is_still_collected_after_the_end() -> None:
    facts = grown(after(ClawbackAssessed), (replace(TERMINATE, effective_on=date(2026, 2, 3)), APPROVER))
    collected = replace(asked(CollectClawback), amount="600000.00")
    (fact,) = decide(facts, collected, FINANCE)
    assert isinstance(fact, ClawbackCollected)
    given(*facts).when(replace(RECORD_FAI, effective_on=date(2026, 2, 3), contribution="late")).refused(
        InvestmentStateForbids, says="TERMINATED"
    )


@pytest.mark.parametrize(
    ("facts", "command", "by", "refusal", "field"),
    [
        pytest.param(PERFORMING, asked(CloseInvestment), APPROVER, InvestmentStateForbids, None, id="closed-too-soon"),
        pytest.param(ASSESSED, asked(CloseInvestment), APPROVER, ClawbackOutstanding, None, id="something-is-owed"),
        pytest.param(SIGNED, FULFIL, APPROVER, InvestmentStateForbids, None, id="fulfilled-before-anything-came"),
    ],
)
def test_refused(facts: tuple[Fact, ...], command: Command, by: By, refusal: type[Refusal], field: str | None) -> None:
    given(*facts).when(command, by).refused(refusal, field=field)
