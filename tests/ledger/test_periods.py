"""Accounting periods: opened in order, closed in order, reopened by two; and on which date a fact posts."""

from datetime import date
from itertools import pairwise
from typing import Any, get_args

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st
from msgspec.structs import replace

from ledger.billing.facts import RentRecognised
from ledger.decider import By, Fact, Refusal
from ledger.periods import (
    ApproverIsProposer,
    NoOpenPeriod,
    OpenPeriods,
    PeriodClosed,
    PeriodCommand,
    PeriodNotNext,
    PeriodOpened,
    PeriodReopened,
    Periods,
    PeriodState,
    PeriodStatedOtherwise,
    PeriodStateForbids,
    PeriodStepNeeded,
    PeriodStepUnknown,
    PeriodsTooMany,
    PeriodUnknown,
    ProposeReopening,
    ReopeningProposed,
    ReopeningUnknown,
    ReopenPeriod,
    SoftClosePeriod,
    WithdrawPeriodStep,
    day_after,
    day_before,
    evolve_periods,
    first_and_last,
    month_after,
    month_end,
    month_of,
    posting_date,
)
from tests.examples.periods import (
    CLOSED,
    OPEN,
    OPENED,
    PROPOSE_REOPENING,
    REOPEN,
    REOPENED,
    REOPENING_PROPOSED,
    SOFT_CLOSE,
    SOFT_CLOSED,
    STEP_WITHDRAWN,
    WITHDRAW,
)
from tests.ground.given import decide, given

APPROVER = By(actor="approver-demo", role="approver")
AUGUST, SEPTEMBER = (replace(OPENED, month=month) for month in ("2024-08", "2024-09"))
AUGUST_CLOSED = replace(CLOSED, month="2024-08")


def test_the_books_begin_with_the_first_month_opened() -> None:
    given().when(OPEN).then(OPENED)


def test_later_months_open_one_after_the_other() -> None:
    given(OPENED).when(replace(OPEN, through="2024-09")).then(AUGUST, SEPTEMBER)


def test_the_year_turns() -> None:
    december = replace(OPENED, month="2024-12")
    given(december).when(replace(OPEN, through="2025-01")).then(replace(OPENED, month="2025-01"))


def test_ten_years_open_at_once_and_no_more() -> None:
    assert len(decide((OPENED,), replace(OPEN, through="2034-07"))) == 120


def test_a_month_is_softly_closed_and_closed_and_reopened() -> None:
    given(OPENED).when(SOFT_CLOSE).then(SOFT_CLOSED)
    given(OPENED, CLOSED).when(PROPOSE_REOPENING).then(REOPENING_PROPOSED)
    given(OPENED, CLOSED, REOPENING_PROPOSED).when(REOPEN, APPROVER).then(REOPENED)


LATER = {"effective_on": date(2024, 9, 9)}


def test_what_was_said_is_so_already_whatever_came_after() -> None:
    """The same words add nothing, though the month was closed since, or a later one; other words are refused."""
    said = (OPENED, AUGUST, SOFT_CLOSED, CLOSED, REOPENING_PROPOSED)
    closed_after = (*said, AUGUST_CLOSED)
    given(*closed_after).when(OPEN).then()
    given(*closed_after).when(SOFT_CLOSE).then()
    given(*closed_after).when(PROPOSE_REOPENING).then()
    given(*closed_after).when(PROPOSE_REOPENING, APPROVER).then()
    given(*said, REOPENED).when(REOPEN, APPROVER).then()


def test_the_same_words_of_a_second_person_leave_the_proposal_to_the_first() -> None:
    """So the second may agree to it, and the first may not."""
    proposed = (OPENED, CLOSED, REOPENING_PROPOSED)
    facts = (*proposed, *decide(proposed, PROPOSE_REOPENING, APPROVER))
    given(*facts).when(REOPEN, APPROVER).then(REOPENED)
    given(*facts).when(REOPEN, By(actor="clerk-demo", role="approver")).refused(ApproverIsProposer)


def test_reopened_a_month_is_softly_closed_anew() -> None:
    facts = (OPENED, SOFT_CLOSED, CLOSED, REOPENING_PROPOSED, REOPENED)
    given(*facts).when(SOFT_CLOSE).then(SOFT_CLOSED)


def withdraw(step: Any, on: date, month: str = "2024-07") -> WithdrawPeriodStep:
    return replace(WITHDRAW, step=step, effective_on=on, month=month)


def test_a_step_that_was_a_mistake_is_withdrawn() -> None:
    """What it left is what was before: open for everybody, no proposal, no month."""
    given(OPENED, SOFT_CLOSED).when(WITHDRAW).then(STEP_WITHDRAWN)
    open_again = (OPENED, SOFT_CLOSED, STEP_WITHDRAWN)
    given(*open_again).when(SOFT_CLOSE).then(SOFT_CLOSED)
    given(*open_again, SOFT_CLOSED).when(WITHDRAW).then(STEP_WITHDRAWN)
    proposed = withdraw("period.reopening-proposed", date(2024, 9, 2))
    facts = (OPENED, CLOSED, REOPENING_PROPOSED)
    given(*facts, *decide(facts, proposed)).when(REOPEN, APPROVER).refused(ReopeningUnknown)
    opened = withdraw("period.opened", date(2024, 7, 1), "2024-09")
    gone = (OPENED, AUGUST, SEPTEMBER, *decide((OPENED, AUGUST, SEPTEMBER), opened))
    given(*gone).when(replace(SOFT_CLOSE, month="2024-09")).refused(PeriodUnknown)
    given(*gone).when(replace(OPEN, through="2024-09")).then(SEPTEMBER)


RENT = RentRecognised(
    effective_on=date(2024, 8, 31),
    accounting_on=date(2024, 9, 30),
    company="sunfield-demo",
    lease="l-1-demo",
    month="2024-08",
    fixed_minor=100,
    variable_minor=0,
)


@pytest.mark.parametrize(
    ("facts", "command", "by", "refusal"),
    [
        ((), SOFT_CLOSE, APPROVER, PeriodUnknown),
        ((), PROPOSE_REOPENING, APPROVER, PeriodUnknown),
        ((), REOPEN, APPROVER, PeriodUnknown),
        ((OPENED,), replace(OPEN, through="2024-06"), APPROVER, PeriodNotNext),
        ((OPENED,), replace(OPEN, through="2034-08"), APPROVER, PeriodsTooMany),
        ((OPENED,), replace(OPEN, through="9999-12"), APPROVER, PeriodsTooMany),
        ((OPENED, CLOSED), SOFT_CLOSE, APPROVER, PeriodStateForbids),
        ((OPENED,), PROPOSE_REOPENING, APPROVER, PeriodStateForbids),
        ((OPENED, AUGUST, CLOSED, AUGUST_CLOSED), PROPOSE_REOPENING, APPROVER, PeriodNotNext),
        ((OPENED, AUGUST, CLOSED, REOPENING_PROPOSED, AUGUST_CLOSED), REOPEN, APPROVER, PeriodNotNext),
        ((OPENED,), replace(OPEN, **LATER), APPROVER, PeriodStatedOtherwise),
        ((OPENED, SOFT_CLOSED), replace(SOFT_CLOSE, **LATER), APPROVER, PeriodStatedOtherwise),
        ((OPENED, CLOSED, REOPENING_PROPOSED, REOPENED), replace(REOPEN, **LATER), APPROVER, PeriodStatedOtherwise),
        ((OPENED,), REOPEN, APPROVER, PeriodStateForbids),
        ((OPENED,), WITHDRAW, APPROVER, PeriodStepUnknown),
        ((OPENED, SOFT_CLOSED, CLOSED), WITHDRAW, APPROVER, PeriodStepNeeded),
        ((OPENED, AUGUST), withdraw("period.opened", date(2024, 7, 1)), APPROVER, PeriodStepNeeded),
        (
            (OPENED, AUGUST, SEPTEMBER, RENT),
            withdraw("period.opened", date(2024, 7, 1), "2024-09"),
            APPROVER,
            PeriodStepNeeded,
        ),
        ((OPENED, CLOSED), REOPEN, APPROVER, ReopeningUnknown),
        ((OPENED, CLOSED, REOPENING_PROPOSED, REOPENED, CLOSED), REOPEN, APPROVER, ReopeningUnknown),
        ((OPENED, CLOSED, REOPENING_PROPOSED), REOPEN, By(actor="clerk-demo", role="approver"), ApproverIsProposer),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_refused(
    facts: tuple[Fact, ...],
    command: PeriodCommand,
    by: By,
    refusal: type[Refusal],
) -> None:
    given(*facts).when(command, by).refused(refusal)


@pytest.mark.parametrize(
    ("states", "effective_on", "role", "expected"),
    [
        ({"2024-07": "OPEN"}, date(2024, 7, 9), "deal_desk", date(2024, 7, 9)),
        ({"2024-07": "SOFT_CLOSED"}, date(2024, 7, 9), "finance", date(2024, 7, 9)),
        ({"2024-07": "SOFT_CLOSED", "2024-08": "OPEN"}, date(2024, 7, 9), "deal_desk", date(2024, 8, 1)),
        ({"2024-07": "CLOSED", "2024-08": "CLOSED", "2024-09": "OPEN"}, date(2024, 7, 9), "finance", date(2024, 9, 1)),
        ({"2024-07": "CLOSED", "2024-08": "SOFT_CLOSED"}, date(2024, 7, 9), "finance", date(2024, 8, 1)),
        ({"2024-07": "OPEN"}, date(2023, 1, 9), "finance", date(2024, 7, 1)),
    ],
    ids=["open", "softly closed", "not finance", "closed", "closed, then softly", "before the books"],
)
def test_where_a_fact_posts(states: dict[str, PeriodState], effective_on: date, role: str, expected: date) -> None:
    assert posting_date(Periods(states), effective_on, role) == expected


@pytest.mark.parametrize("states", [{}, {"2024-07": "CLOSED"}, {"2024-06": "OPEN"}], ids=["none", "closed", "earlier"])
def test_no_open_month_takes_it(states: dict[str, PeriodState]) -> None:
    with pytest.raises(NoOpenPeriod):
        posting_date(Periods(states), date(2024, 7, 9), "admin")


months = st.dictionaries(
    st.sampled_from(("2024-11", "2024-12", "2025-01", "2025-02")), st.sampled_from(get_args(PeriodState))
)


@for_all(months, st.dates(date(2024, 10, 1), date(2025, 3, 31)), st.sampled_from(("deal_desk", "finance")))
def test_nothing_posts_to_a_closed_month_or_before_it_happened(
    states: dict[str, PeriodState], effective_on: date, role: str
) -> None:
    try:
        on = posting_date(Periods(states), effective_on, role)
    except NoOpenPeriod:
        return
    assert on >= effective_on
    state = states[month_of(on)]
    assert state == "OPEN" or (state == "SOFT_CLOSED" and role == "finance")


commands = st.one_of(
    st.builds(OpenPeriods, effective_on=st.just(date(2024, 7, 1)), through=st.sampled_from(("2024-07", "2024-09"))),
    st.builds(SoftClosePeriod, effective_on=st.just(date(2024, 7, 1)), month=st.sampled_from(("2024-07", "2024-08"))),
    st.builds(
        ProposeReopening,
        effective_on=st.just(date(2024, 7, 1)),
        month=st.sampled_from(("2024-07", "2024-08")),
        reason=st.just("why not (demo)"),
    ),
    st.builds(ReopenPeriod, effective_on=st.just(date(2024, 7, 1)), month=st.sampled_from(("2024-07", "2024-08"))),
    st.sampled_from((CLOSED, AUGUST_CLOSED)),
)


@for_all(st.lists(st.tuples(commands, st.sampled_from(("clerk-demo", "approver-demo"))), max_size=15))
def test_months_stay_in_order_whatever_is_asked(sent: list[tuple[object, str]]) -> None:
    facts: list[Fact] = []
    periods = Periods()
    for command, actor in sent:
        new: tuple[Fact, ...]
        if isinstance(command, PeriodClosed):  # as closing.py decides it: open, and the month before closed
            earlier = [state for month, state in periods.states.items() if month < command.month]
            fits = periods.states.get(command.month, "CLOSED") != "CLOSED" and set(earlier) <= {"CLOSED"}
            new = (command,) if fits else ()
        else:
            try:
                new = decide(facts, command, By(actor=actor, role="approver"))  # type: ignore[arg-type] # commands only
            except Refusal:
                continue
        for fact in new:
            if isinstance(fact, PeriodReopened):
                assert fact.approved_by != fact.proposed_by
            periods = evolve_periods(periods, fact)
        facts += new
        months = sorted(periods.states)
        assert all(month_after(one) == other for one, other in pairwise(months))
        assert [periods.states[month] == "CLOSED" for month in months] == sorted(
            (periods.states[month] == "CLOSED" for month in months), reverse=True
        )


def test_a_fact_names_its_period() -> None:
    assert PeriodOpened(effective_on=date(2024, 7, 1), month="2024-07").tags == ("periods", "period:2024-07")
    assert ReopeningProposed.derived == ("proposed_by",)


# The calendar


@pytest.mark.parametrize(
    ("month", "last"),
    [
        ("2024-02", date(2024, 2, 29)),
        ("2024-12", date(2024, 12, 31)),
        ("2025-02", date(2025, 2, 28)),
        ("0001-01", date(1, 1, 31)),
        ("9999-12", date.max),
    ],
)
def test_the_days_that_a_month_begins_and_ends_with(month: str, last: date) -> None:
    assert first_and_last(month) == (last.replace(day=1), last)
    assert month_end(last.replace(day=1)) == month_end(last) == last


def test_the_days_beside_a_day() -> None:
    assert (day_before(date(2024, 3, 1)), day_after(date(2024, 2, 28))) == (date(2024, 2, 29),) * 2
    assert (day_before(date.min), day_after(date.max)) == (date.min, date.max)
