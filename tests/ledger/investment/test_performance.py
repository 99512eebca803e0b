"""Contributions, converted at their value date; figures; and covenants tested. Vectors are of domain.md §3.2."""

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.decider import By, Command, Fact, Refusal
from ledger.investment.facts import (
    ContributionRecorded,
    ContributionReversed,
    CovenantTested,
    FigureReported,
    InvestmentDrafted,
)
from ledger.investment.performance import (
    CheckCovenant,
    ContributionTaken,
    ContributionUnknown,
    CovenantAlreadyTested,
    CovenantNotDue,
    CovenantUnknown,
    FaiIsNoArrival,
    FigureMalformed,
    NothingReported,
    RecordContribution,
    ReportFigure,
    ReversalExceeds,
)
from ledger.investment.rules import (
    InvestmentAmountMalformed,
    InvestmentRateMissing,
    InvestmentStateForbids,
    InvestmentStepTooEarly,
)
from tests.examples.investment import CLERK, JOBS, RECORD_FAI, REVERSE, REVERSED, TAX, TERMS, TEST_ON, asked, told
from tests.ground.billed import rate
from tests.ground.given import decide, given, grown
from tests.ground.invested import PERFORMING, SIGNED, TESTED, after

DOLLARS = replace(asked(RecordContribution), contribution="capital-9")

# Contributions


def test_paid_in_is_kept_in_both_currencies_at_the_rate_of_its_value_date() -> None:
    """USD 1,500,000.00 at 7.1036 is CNY 10,655,400.00, and 30 % of USD 5,000,000.00."""
    (fact,) = decide(SIGNED, asked(RecordContribution))
    assert isinstance(fact, ContributionRecorded)
    assert (fact.rate, fact.cny_minor, fact.contract_minor) == ("7.1036", 1_065_540_000, 150_000_000)
    assert fact.contract_minor * 100 == 30 * TERMS.contracted_minor


@pytest.mark.parametrize(
    ("currency", "amount", "expected"),
    [
        pytest.param("USD", "0.01", (1, "7.1036", 7, None, 1), id="a-cent"),
        pytest.param("CNY", "7.11", (711, None, 711, "7.1036", 100), id="yuan-into-dollars"),
        pytest.param("EUR", "100.00", (10_000, "7.8", 78_000, "7.1036", 10_980), id="a-third-currency"),
        pytest.param("JPY", "1000", (1000, "0.05", 5_000, "7.1036", 704), id="no-decimals"),
        pytest.param("KWD", "1.005", (1005, "23.2", 2_332, "7.1036", 328), id="three-decimals"),
    ],
)
def test_every_currency_is_converted_at_the_value_date(currency: str, amount: str, expected: tuple[Any, ...]) -> None:
    more = [rate(f"fx/{one}-cny", value) for one, value in (("eur", "7.8"), ("jpy", "0.05"), ("kwd", "23.2"))]
    command = replace(asked(RecordContribution), currency=currency, amount=amount)
    (fact,) = decide((*SIGNED, *more), command)
    assert isinstance(fact, ContributionRecorded)
    assert (fact.amount_minor, fact.rate, fact.cny_minor, fact.contract_rate, fact.contract_minor) == expected


def test_reversed_in_parts_a_contribution_leaves_nothing_behind() -> None:
    """0.02 USD at 7.1036 is 0.14 CNY; three reversals of thirds round, and the last takes what is left."""
    facts = grown(SIGNED, (replace(asked(RecordContribution), amount="0.03"), CLERK))
    for number in range(3):
        facts = grown(facts, (replace(REVERSE, reversal=f"part-{number}", amount="0.01"), CLERK))
    reversals = [fact for fact in facts if isinstance(fact, ContributionReversed)]
    assert [fact.cny_minor for fact in reversals] == [7, 7, 7]
    assert sum(fact.cny_minor for fact in reversals) == 21
    given(*facts).when(replace(REVERSE, reversal="part-3", amount="0.01")).refused(
        ReversalExceeds, field="amount", says="0.00 USD are left"
    )


def test_a_contribution_sent_again_after_a_reversal_adds_nothing() -> None:
    given(*PERFORMING, REVERSED).when(asked(RecordContribution)).then()


# Figures and tests of covenants


def test_a_further_test_says_what_was_wrong_with_the_earlier_one() -> None:
    again = replace(asked(CheckCovenant), effective_on=date(2026, 1, 22))
    given(*TESTED).when(again).refused(CovenantAlreadyTested, field="supersedes")
    less = replace(
        REVERSE,
        contribution="fai-1",
        amount="6000000.00",
        reversal="fai-less",
        effective_on=date(2026, 1, 21),
    )
    facts = grown(TESTED, (less, CLERK))
    (test,) = decide(facts, replace(again, supersedes="an invoice was counted twice"))
    assert isinstance(test, CovenantTested)
    assert (test.measured, test.actual, test.shortfall) == ("12000000.00", "100.0000", "0.5000")


@pytest.mark.parametrize(
    ("on", "actual"),
    [
        pytest.param(TEST_ON, "200.0000", id="on-the-test-date"),
        pytest.param(date(2026, 1, 1), "150.0000", id="the-day-after"),
    ],
)
def test_what_came_by_the_test_date_counts(on: date, actual: str) -> None:
    last = replace(RECORD_FAI, contribution="fai-2", amount="6000000.00", effective_on=on)
    (test,) = decide(grown(after(FigureReported), (last, CLERK)), asked(CheckCovenant))
    assert isinstance(test, CovenantTested)
    assert test.actual == actual


@pytest.mark.parametrize(
    ("on", "refusal"),
    [
        pytest.param(date(2024, 12, 31), NothingReported, id="a-figure-of-the-year-before"),
        pytest.param(date(2025, 1, 1), None, id="the-first-day-of-the-year"),
        pytest.param(date(2025, 12, 31), None, id="the-test-date"),
        pytest.param(date(2026, 1, 1), NothingReported, id="a-figure-from-after-it"),
    ],
)
def test_a_figure_of_the_year_that_ends_with_the_test_date_counts(on: date, refusal: type[Refusal] | None) -> None:
    facts = (*PERFORMING, replace(told(FigureReported), effective_on=on))
    command = replace(asked(CheckCovenant), covenant=JOBS)
    if refusal:
        given(*facts).when(command).refused(refusal, field="covenant")
    else:
        (fact,) = decide(facts, command)
        assert isinstance(fact, CovenantTested)
        assert (fact.measured, fact.actual, fact.shortfall) == ("90", "90.0000", "0.2500")


def test_tax_is_divided_by_mu() -> None:
    reported = replace(asked(ReportFigure), figure="TAX", value="960000.00")
    facts = grown(PERFORMING, (reported, CLERK))
    (fact,) = decide(facts, replace(asked(CheckCovenant), covenant=TAX))
    assert isinstance(fact, CovenantTested)
    assert (fact.measured, fact.site_dm2, fact.actual, fact.shortfall, fact.result) == (
        "960000.00",
        800_000,
        "8.0000",
        "0.2000",
        "MISSED",
    )


def test_a_figure_reported_again_takes_the_place_of_the_earlier() -> None:
    facts = grown(PERFORMING, (asked(ReportFigure), CLERK), (replace(asked(ReportFigure), value="120"), CLERK))
    (fact,) = decide(facts, replace(asked(CheckCovenant), covenant=JOBS))
    assert isinstance(fact, CovenantTested)
    assert (fact.measured, fact.result) == ("120", "MET")
    given(*facts).when(asked(ReportFigure)).then(told(FigureReported))


# Refusals


@pytest.mark.parametrize(
    ("facts", "command", "by", "refusal", "field"),
    [
        # contributions
        pytest.param(
            after(InvestmentDrafted), asked(RecordContribution), CLERK, InvestmentStateForbids, None, id="unsigned"
        ),
        pytest.param(
            SIGNED,
            replace(asked(RecordContribution), effective_on=date(2024, 1, 14)),
            CLERK,
            InvestmentStepTooEarly,
            "effective_on",
            id="contributed-before-signature",
        ),
        pytest.param(SIGNED, replace(DOLLARS, amount="0"), CLERK, InvestmentAmountMalformed, "amount", id="I2-nothing"),
        pytest.param(
            SIGNED, replace(DOLLARS, amount="1.001"), CLERK, InvestmentAmountMalformed, "amount", id="too-many-decimals"
        ),
        pytest.param(
            PERFORMING,
            replace(asked(RecordContribution), amount="1.00"),
            CLERK,
            ContributionTaken,
            "contribution",
            id="contribution-taken",
        ),
        pytest.param(SIGNED, replace(DOLLARS, kind="FAI"), CLERK, FaiIsNoArrival, "utilised", id="fai-is-no-arrival"),
        pytest.param(
            SIGNED, replace(DOLLARS, currency="EUR"), CLERK, InvestmentRateMissing, "currency", id="no-rate-for-euro"
        ),
        pytest.param(SIGNED, REVERSE, CLERK, ContributionUnknown, "contribution", id="nothing-to-reverse"),
        pytest.param(
            PERFORMING, replace(REVERSE, amount="1500000.01"), CLERK, ReversalExceeds, "amount", id="I2-more-than-it-is"
        ),
        pytest.param(
            PERFORMING,
            replace(REVERSE, effective_on=date(2024, 6, 27)),
            CLERK,
            InvestmentStepTooEarly,
            "effective_on",
            id="reversed-before-it-came",
        ),
        pytest.param(
            (*PERFORMING, REVERSED),
            replace(REVERSE, amount="1.00"),
            CLERK,
            ContributionTaken,
            "reversal",
            id="reversal-taken",
        ),
        # figures and tests
        pytest.param(
            SIGNED, replace(asked(ReportFigure), value="90.5"), CLERK, FigureMalformed, "value", id="half-a-person"
        ),
        pytest.param(
            SIGNED,
            replace(asked(ReportFigure), figure="TAX", value="90.555"),
            CLERK,
            FigureMalformed,
            "value",
            id="a-tenth-of-a-fen",
        ),
        pytest.param(
            SIGNED, replace(asked(CheckCovenant), covenant="none"), CLERK, CovenantUnknown, "covenant", id="no-covenant"
        ),
        pytest.param(
            SIGNED,
            replace(asked(CheckCovenant), effective_on=date(2025, 12, 30)),
            CLERK,
            CovenantNotDue,
            "effective_on",
            id="tested-too-early",
        ),
    ],
)
def test_refused(facts: tuple[Fact, ...], command: Command, by: By, refusal: type[Refusal], field: str | None) -> None:
    given(*facts).when(command, by).refused(refusal, field=field)
