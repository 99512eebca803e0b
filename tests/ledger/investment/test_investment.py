"""Investment agreements: signed by two people, converted, tested, clawed back; and MCSC's money only in incentives.

Vectors of domain.md §3.2 go through commands. One row an outcome; a refusal is tested where its rule is the only one
that says no.
"""

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.billing.receipts import RecordReceipt
from ledger.billing.rules import BankReferenceTaken
from ledger.companies.facts import CompaniesMerged, CompanyExited, CompanyQualified
from ledger.companies.prospects import LinkInvestmentAgreement
from ledger.decider import By, Command, Fact, Refusal
from ledger.investment.agreement import (
    AmendmentUndoes,
    ApproveInvestmentAmendment,
    ApproverIsInvestmentAuthor,
    CovenantMalformed,
    DraftInvestmentAgreement,
    IncentiveMalformed,
    InvestmentAmendmentDecided,
    InvestmentAmendmentTaken,
    InvestmentAmendmentUnknown,
    InvestorGone,
    InvestorUnknown,
    ProposeInvestmentAmendment,
    SignInvestmentAgreement,
    TranchesDiffer,
    TranchesDisordered,
)
from ledger.investment.ending import BreachUnfounded, ClawbackOutstanding, CloseInvestment, DeclareBreach, NotFulfilled
from ledger.investment.facts import (
    ClawbackAssessed,
    ClawbackCollected,
    ClawbackWaived,
    ClawbackWaiverProposed,
    ContributionRecorded,
    ContributionReversed,
    CovenantTested,
    FigureReported,
    IncentivePaid,
    InvestmentAmended,
    InvestmentAmendmentProposed,
    InvestmentBreached,
    InvestmentClosed,
    InvestmentDrafted,
    InvestmentSigned,
    OutsideIncentivePaid,
)
from ledger.investment.incentives import (
    ApproveClawbackWaiver,
    ApproverIsWaiverProposer,
    AssessClawback,
    ClawbackExceeded,
    ClawbackUnknown,
    CollectClawback,
    CovenantNotMissed,
    IncentiveExceeded,
    IncentiveUnknown,
    InvestmentPaymentTaken,
    NothingToClaw,
    PayerDiffers,
    PayIncentive,
    ProposeClawbackWaiver,
    RecordOutsideIncentive,
    WaiverDecided,
    WaiverUnknown,
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
    InvestmentExists,
    InvestmentRateMissing,
    InvestmentStateForbids,
    InvestmentStepTooEarly,
    InvestmentUnknown,
)
from ledger.joint.linking import AgreementOfAnother
from ledger.periods import NoOpenPeriod
from tests.examples.investment import (
    AGREEMENT,
    APPROVER,
    ASKED,
    CLERK,
    EQUIPMENT,
    FINANCE,
    FULFIL,
    GROUND,
    INTENSITY,
    INVESTOR,
    JOBS,
    LIFE,
    MORE_TIME,
    OTHER,
    RECORD_FAI,
    REJECT,
    REJECTED,
    REVERSE,
    REVERSED,
    TAX,
    TERMINATE,
    TERMINATED,
    TERMS,
    TEST_ON,
    TRAINING,
    asked,
    paper,
    through,
    told,
)
from tests.ground.billed import closed, opened, rate
from tests.ground.given import decide, given


def after(kind: type[Fact]) -> tuple[Fact, ...]:
    """The ground, and the agreement's life up to and with a fact of this kind."""
    return (*GROUND, *through(kind))


def grown(facts: tuple[Fact, ...], *sent: tuple[Command, By]) -> tuple[Fact, ...]:
    """The facts a ledger holds after these commands."""
    for command, by in sent:
        facts = (*facts, *decide(facts, command, by))
    return facts


SIGNED, PERFORMING, TESTED = after(InvestmentSigned), after(ContributionRecorded), after(CovenantTested)

# A whole life


def test_each_command_of_a_life_records_its_fact() -> None:
    for at, (command, by) in enumerate(ASKED):
        given(*GROUND, *LIFE[:at]).when(command, by).then(LIFE[at])


@pytest.mark.parametrize(
    ("facts", "command", "by", "fact"),
    [
        pytest.param(PERFORMING, REVERSE, CLERK, REVERSED, id="half-a-contribution-goes-back"),
        pytest.param(after(InvestmentAmendmentProposed), REJECT, APPROVER, REJECTED, id="an-amendment-is-rejected"),
        pytest.param(after(IncentivePaid), TERMINATE, APPROVER, TERMINATED, id="ended-in-the-middle"),
    ],
)
def test_other_ways(facts: tuple[Fact, ...], command: Command, by: By, fact: Fact) -> None:
    given(*facts).when(command, by).then(fact)


def test_a_draft_is_replaced_by_a_newer_one_and_that_is_signed() -> None:
    newer = replace(asked(DraftInvestmentAgreement), terms=MORE_TIME, effective_on=date(2024, 1, 10))
    facts = grown(after(InvestmentDrafted), (newer, By(actor="second-demo", role="deal_desk")))
    for author in ("clerk-demo", "second-demo"):
        given(*facts).when(asked(SignInvestmentAgreement), By(actor=author, role="approver")).refused(
            ApproverIsInvestmentAuthor
        )
    given(*facts).when(asked(SignInvestmentAgreement), APPROVER).then(told(InvestmentSigned))


# Vectors of domain.md §3.2


def test_paid_in_is_kept_in_both_currencies_at_the_rate_of_its_value_date() -> None:
    """USD 1,500,000.00 at 7.1036 is CNY 10,655,400.00, and 30 % of USD 5,000,000.00."""
    (fact,) = decide(SIGNED, asked(RecordContribution))
    assert isinstance(fact, ContributionRecorded)
    assert (fact.rate, fact.cny_minor, fact.contract_minor) == ("7.1036", 1_065_540_000, 150_000_000)
    assert fact.contract_minor * 100 == 30 * TERMS.contracted_minor


def test_a_missed_intensity_costs_the_share_that_is_missing() -> None:
    """FAI 18,000,000 CNY on 8,000 m² = 12 mu is 150.00 万元/亩 against 200: 25.00 % short, so 600,000.00 of 2.4 M."""
    assert TERMS.mu == 12
    (test,) = decide(after(FigureReported), asked(CheckCovenant))
    assert isinstance(test, CovenantTested)
    assert (test.actual, test.shortfall, test.result) == ("150.0000", "0.2500", "MISSED")
    (clawback,) = decide(after(InvestmentBreached), asked(AssessClawback), FINANCE)
    assert isinstance(clawback, ClawbackAssessed)
    assert clawback.amount_minor == 60_000_000


def with_terms(facts: tuple[Fact, ...], **change: Any) -> tuple[Fact, ...]:
    """The same facts about other covenants: those of intensity change."""

    def changed(terms: Any) -> Any:
        covenants = tuple(replace(one, **change) if one.covenant == INTENSITY else one for one in terms.covenants)
        return replace(terms, covenants=covenants)

    return tuple(
        replace(fact, terms=changed(fact.terms))
        if isinstance(fact, InvestmentDrafted | InvestmentAmendmentProposed | InvestmentAmended)
        else fact
        for fact in facts
    )


@pytest.mark.parametrize(
    ("change", "amount"),
    [
        pytest.param({"tolerance": "0.25"}, None, id="within-the-tolerance"),
        pytest.param({"tolerance": "0.2499"}, 60_000_000, id="just-beyond-it"),
        pytest.param({"consequence": "CLIFF"}, 240_000_000, id="a-cliff-costs-all-of-it"),
        pytest.param({"target": "150"}, None, id="reached-to-the-letter"),
        pytest.param({"target": "450"}, 160_000_000, id="two-thirds-are-missing"),
        pytest.param({"target": "210"}, 68_571_429, id="a-part-of-a-fen-is-rounded-once"),
        pytest.param({"metric": "FAI", "target": "24000000"}, 60_000_000, id="fai-in-yuan"),
        pytest.param({"metric": "PAID_IN", "target": "5000000"}, 168_000_000, id="paid-in-in-contract-currency"),
        pytest.param({"metric": "JOBS", "target": "120"}, 60_000_000, id="jobs-as-reported"),
    ],
)
def test_what_a_covenant_costs(change: dict[str, Any], amount: int | None) -> None:
    facts = with_terms(after(FigureReported), **change)
    facts = grown(facts, (asked(CheckCovenant), CLERK))
    if amount is None:
        given(*facts).when(asked(AssessClawback), FINANCE).refused(CovenantNotMissed, says="was met")
    else:
        (fact,) = decide(facts, asked(AssessClawback), FINANCE)
        assert isinstance(fact, ClawbackAssessed)
        assert fact.amount_minor == amount


# Contributions


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


# Tests of covenants


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


def test_assessed_anew_a_clawback_asks_for_the_difference() -> None:
    """The first test found 25.00 % missing, the second 50.00 %: 600,000.00, then another 600,000.00."""
    less = replace(
        REVERSE, contribution="fai-1", amount="6000000.00", reversal="fai-less", effective_on=date(2026, 2, 3)
    )
    again = replace(asked(CheckCovenant), effective_on=date(2026, 2, 4), supersedes="counted twice")
    facts = grown(after(ClawbackAssessed), (less, CLERK), (again, CLERK))
    second = replace(asked(AssessClawback), clawback="clawback-2", effective_on=date(2026, 2, 5))
    (fact,) = decide(facts, second, FINANCE)
    assert isinstance(fact, ClawbackAssessed)
    assert fact.amount_minor == 60_000_000


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


def test_two_covenants_share_what_was_paid_and_a_waiver_makes_room() -> None:
    """Both cost all of 2,400,000.00: the second finds nothing left, until the first is waived."""
    cliff = with_terms(after(FigureReported), consequence="CLIFF")
    both = tuple(
        replace(
            fact,
            terms=replace(
                fact.terms,
                covenants=(
                    *fact.terms.covenants,
                    replace(fact.terms.covenants[0], covenant="fai-2025", metric="FAI", target="24000000"),
                ),
            ),
        )
        if isinstance(fact, InvestmentDrafted | InvestmentAmendmentProposed | InvestmentAmended)
        else fact
        for fact in cliff
    )
    checked = asked(CheckCovenant)
    facts = grown(both, (checked, CLERK), (replace(checked, covenant="fai-2025"), CLERK))
    facts = grown(facts, (asked(AssessClawback), FINANCE))
    second = replace(asked(AssessClawback), clawback="clawback-2", covenant="fai-2025", effective_on=date(2026, 2, 20))
    given(*facts).when(second, FINANCE).refused(NothingToClaw)
    waived = replace(asked(ProposeClawbackWaiver), amount="2000000.00")
    facts = grown(facts, (waived, FINANCE), (asked(ApproveClawbackWaiver), APPROVER))
    (fact,) = decide(facts, second, FINANCE)
    assert isinstance(fact, ClawbackAssessed)
    assert fact.amount_minor == 200_000_000


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


# The end


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


# Posting dates


def test_what_posts_for_a_closed_month_posts_to_the_next_open_one() -> None:
    facts = (*after(InvestmentAmended), *closed("2024-10"))
    (fact,) = decide(facts, asked(PayIncentive), FINANCE)
    assert isinstance(fact, IncentivePaid)
    assert (fact.effective_on, fact.accounting_on) == (date(2024, 10, 8), date(2024, 11, 1))


# Refusals

DRAFT = asked(DraftInvestmentAgreement)


def draft(**change: Any) -> DraftInvestmentAgreement:
    """The draft with other terms."""
    return DraftInvestmentAgreement(**{**_fields(DRAFT), "terms": replace(TERMS, **change)})


def _fields(command: Command) -> dict[str, Any]:
    return {name: getattr(command, name) for name in command.__struct_fields__}


def covenants(**change: Any) -> dict[str, Any]:
    """Terms whose first covenant is another."""
    return {"covenants": (replace(TERMS.covenants[0], **change), *TERMS.covenants[1:])}


TWICE = (TERMS.covenants[0], TERMS.covenants[0])
SOME, REST = TERMS.tranches
OURS, THEIRS = TERMS.incentives


@pytest.mark.parametrize(
    ("command", "refusal", "field"),
    [
        pytest.param(replace(DRAFT, company="nobody-demo"), InvestorUnknown, "company", id="no-such-company"),
        pytest.param(draft(contracted="5000000.001"), InvestmentAmountMalformed, "terms.contracted", id="decimals"),
        pytest.param(draft(contracted="0"), InvestmentAmountMalformed, "terms.contracted", id="nothing"),
        pytest.param(draft(subscribed="0.00"), InvestmentAmountMalformed, "terms.subscribed", id="none-subscribed"),
        pytest.param(
            draft(tranches=(replace(SOME, amount="1.001"), REST)),
            InvestmentAmountMalformed,
            "terms.tranches",
            id="decimals-of-a-tranche",
        ),
        pytest.param(draft(tranches=(SOME,)), TranchesDiffer, "terms.tranches", id="I1-a-tranche-is-missing"),
        pytest.param(draft(contracted="5000000.01"), TranchesDiffer, "terms.tranches", id="I1-a-cent"),
        pytest.param(draft(tranches=(REST, SOME)), TranchesDisordered, "terms.tranches", id="out-of-order"),
        pytest.param(draft(incentives=(OURS, OURS)), IncentiveMalformed, "terms.incentives", id="incentive-twice"),
        pytest.param(
            draft(incentives=(replace(OURS, amount="0.00"), THEIRS)), IncentiveMalformed, "terms.incentives", id="of-0"
        ),
        pytest.param(draft(covenants=TWICE), CovenantMalformed, "terms.covenants", id="covenant-twice"),
        pytest.param(draft(**covenants(target="0")), CovenantMalformed, "terms.covenants", id="target-of-nothing"),
        pytest.param(draft(**covenants(tolerance="1")), CovenantMalformed, "terms.covenants", id="tolerates-all"),
        pytest.param(draft(**covenants(incentive="gift")), CovenantMalformed, "terms.covenants", id="no-incentive"),
        pytest.param(
            draft(**covenants(test_on=date(1, 1, 1))), CovenantMalformed, "terms.covenants", id="a-slip-in-the-year"
        ),
        pytest.param(
            draft(**covenants(metric="JOBS", target="0.5")), CovenantMalformed, "terms.covenants", id="half-a-person"
        ),
        pytest.param(draft(site=None), CovenantMalformed, "terms.covenants", id="per-mu-without-a-site"),
        pytest.param(draft(site="0.00"), CovenantMalformed, "terms.covenants", id="per-mu-of-no-site"),
    ],
)
def test_a_draft_is_refused(command: Command, refusal: type[Refusal], field: str) -> None:
    given(*GROUND).when(command).refused(refusal, field=field)


@pytest.mark.parametrize(
    "gone",
    [
        CompaniesMerged(
            company=INVESTOR,
            effective_on=date(2024, 1, 2),
            into=OTHER,
            released=(),
            reason="twice",
            evidence=paper("x"),
        ),
        CompanyExited(
            company=INVESTOR, effective_on=date(2024, 1, 2), ended=(), receivable="0.00", deposits_held="0.00"
        ),
    ],
    ids=["merged-away", "has-left"],
)
def test_nobody_agrees_with_a_company_that_is_gone(gone: Fact) -> None:
    given(*GROUND, gone).when(DRAFT).refused(InvestorGone)


def test_an_id_belongs_to_one_company() -> None:
    given(*after(InvestmentDrafted)).when(replace(DRAFT, company=OTHER)).refused(InvestmentExists, field="agreement")


@pytest.mark.parametrize(
    ("command", "by"), [(command, by) for command, by in ASKED[1:]], ids=lambda value: type(value).__name__
)
def test_nothing_follows_before_a_draft(command: Command, by: By) -> None:
    given(*GROUND).when(command, by).refused(InvestmentUnknown, field="agreement")


@pytest.mark.parametrize("by", [CLERK, By(actor="clerk-demo", role="approver")], ids=["maker", "in-another-role"])
def test_nobody_signs_what_they_drafted(by: By) -> None:
    given(*after(InvestmentDrafted)).when(asked(SignInvestmentAgreement), by).refused(ApproverIsInvestmentAuthor)


PROPOSED = after(InvestmentAmendmentProposed)
PROPOSE = asked(ProposeInvestmentAmendment)
PAID = after(OutsideIncentivePaid)
ASSESSED, WAIVER = after(ClawbackAssessed), after(ClawbackWaiverProposed)
COLLECT = asked(CollectClawback)
DOLLARS = replace(asked(RecordContribution), contribution="capital-9")


def amended(**change: Any) -> ProposeInvestmentAmendment:
    """A further amendment to other terms."""
    terms = replace(MORE_TIME, **change)
    other: ProposeInvestmentAmendment = replace(PROPOSE, amendment="other", terms=terms, effective_on=date(2026, 1, 21))
    return other


@pytest.mark.parametrize(
    ("facts", "command", "by", "refusal", "field"),
    [
        # from draft to signature, and other terms
        pytest.param(
            after(InvestmentDrafted),
            replace(asked(SignInvestmentAgreement), effective_on=date(2024, 1, 7)),
            APPROVER,
            InvestmentStepTooEarly,
            "effective_on",
            id="signed-before-it-was-drafted",
        ),
        pytest.param(
            after(InvestmentDrafted),
            replace(asked(SignInvestmentAgreement), effective_on=date(2024, 1, 9)),
            APPROVER,
            None,
            None,
            id="signed-the-day-after",
        ),
        pytest.param(
            tuple(fact for fact in after(InvestmentDrafted) if "series" not in type(fact).__struct_fields__),
            asked(SignInvestmentAgreement),
            APPROVER,
            InvestmentRateMissing,
            "currency",
            id="signed-without-a-rate",
        ),
        pytest.param(
            SIGNED,
            replace(DRAFT, terms=MORE_TIME),
            CLERK,
            InvestmentStateForbids,
            None,
            id="drafted-after-signature",
        ),
        pytest.param(
            PROPOSED, replace(PROPOSE, reason="another"), CLERK, InvestmentAmendmentTaken, "amendment", id="taken"
        ),
        pytest.param(
            SIGNED, asked(ApproveInvestmentAmendment), APPROVER, InvestmentAmendmentUnknown, "amendment", id="unknown"
        ),
        pytest.param(
            PROPOSED, asked(ApproveInvestmentAmendment), CLERK, ApproverIsInvestmentAuthor, None, id="by-the-proposer"
        ),
        pytest.param(
            PROPOSED,
            replace(asked(ApproveInvestmentAmendment), effective_on=date(2024, 9, 1)),
            APPROVER,
            InvestmentStepTooEarly,
            "effective_on",
            id="approved-before-it-was-proposed",
        ),
        pytest.param(
            after(InvestmentAmended), REJECT, APPROVER, InvestmentAmendmentDecided, "amendment", id="decided-already"
        ),
        pytest.param(
            (*PROPOSED, REJECTED),
            asked(ApproveInvestmentAmendment),
            APPROVER,
            InvestmentAmendmentDecided,
            "amendment",
            id="rejected-already",
        ),
        pytest.param(SIGNED, amended(tranches=(SOME,)), CLERK, TranchesDiffer, "terms.tranches", id="I1-amended"),
        pytest.param(
            PERFORMING, amended(currency="EUR"), CLERK, AmendmentUndoes, "terms.currency", id="another-currency"
        ),
        pytest.param(SIGNED, amended(currency="EUR"), CLERK, None, None, id="another-currency-before-money-came"),
        pytest.param(
            PAID,
            amended(incentives=(replace(OURS, amount="2399999.99"), THEIRS)),
            CLERK,
            AmendmentUndoes,
            "terms.incentives",
            id="less-than-was-paid",
        ),
        pytest.param(
            PAID,
            amended(incentives=(replace(OURS, payer="a bureau (demo)"), THEIRS)),
            CLERK,
            AmendmentUndoes,
            "terms.incentives",
            id="another-payer",
        ),
        pytest.param(
            TESTED, amended(covenants=TERMS.covenants[1:]), CLERK, AmendmentUndoes, "terms.covenants", id="tested"
        ),
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
        # incentives
        pytest.param(
            SIGNED, replace(asked(PayIncentive), incentive="none"), FINANCE, IncentiveUnknown, "incentive", id="none"
        ),
        pytest.param(
            SIGNED, replace(asked(PayIncentive), incentive=TRAINING), FINANCE, PayerDiffers, "incentive", id="not-ours"
        ),
        pytest.param(
            SIGNED,
            replace(asked(RecordOutsideIncentive), incentive=EQUIPMENT),
            CLERK,
            PayerDiffers,
            "incentive",
            id="ours",
        ),
        pytest.param(
            SIGNED,
            replace(asked(PayIncentive), amount="2400000.01"),
            FINANCE,
            IncentiveExceeded,
            "amount",
            id="more-than-promised",
        ),
        pytest.param(
            PAID,
            replace(asked(PayIncentive), payment="grant-3", bank_reference="INC-3", amount="0.01"),
            FINANCE,
            IncentiveExceeded,
            "amount",
            id="paid-in-full-already",
        ),
        pytest.param(
            PAID,
            replace(asked(PayIncentive), amount="1.00"),
            FINANCE,
            InvestmentPaymentTaken,
            "payment",
            id="payment-taken",
        ),
        pytest.param(
            tuple(fact for fact in SIGNED if fact not in opened(2024, 2026)),
            asked(PayIncentive),
            FINANCE,
            NoOpenPeriod,
            "effective_on",
            id="no-open-month",
        ),
        # clawback
        pytest.param(
            after(FigureReported), asked(AssessClawback), FINANCE, CovenantNotMissed, "covenant", id="not-tested"
        ),
        pytest.param(
            tuple(fact for fact in TESTED if not isinstance(fact, IncentivePaid)),
            asked(AssessClawback),
            FINANCE,
            NothingToClaw,
            "covenant",
            id="nothing-was-paid",
        ),
        pytest.param(
            ASSESSED,
            replace(asked(AssessClawback), clawback="clawback-2"),
            FINANCE,
            NothingToClaw,
            "covenant",
            id="assessed-already",
        ),
        pytest.param(
            ASSESSED,
            replace(asked(AssessClawback), covenant=TAX),
            FINANCE,
            InvestmentPaymentTaken,
            "clawback",
            id="clawback-taken",
        ),
        pytest.param(
            TESTED,
            replace(asked(AssessClawback), effective_on=date(2026, 1, 19)),
            FINANCE,
            InvestmentStepTooEarly,
            "effective_on",
            id="assessed-before-the-test",
        ),
        pytest.param(
            TESTED, replace(asked(AssessClawback), covenant=JOBS), FINANCE, PayerDiffers, None, id="the-bureau-asks"
        ),
        pytest.param(TESTED, COLLECT, FINANCE, ClawbackUnknown, "clawback", id="no-clawback"),
        pytest.param(
            ASSESSED, replace(COLLECT, amount="600000.01"), FINANCE, ClawbackExceeded, "amount", id="more-than-owed"
        ),
        pytest.param(
            ASSESSED,
            replace(COLLECT, effective_on=date(2026, 2, 1)),
            FINANCE,
            InvestmentStepTooEarly,
            "effective_on",
            id="collected-before-assessed",
        ),
        pytest.param(
            ASSESSED,
            replace(asked(ProposeClawbackWaiver), amount="600000.01"),
            FINANCE,
            ClawbackExceeded,
            "amount",
            id="waive-more-than-owed",
        ),
        pytest.param(
            WAIVER,
            replace(asked(ProposeClawbackWaiver), amount="1.00"),
            FINANCE,
            InvestmentPaymentTaken,
            "waiver",
            id="waiver-taken",
        ),
        pytest.param(ASSESSED, asked(ApproveClawbackWaiver), APPROVER, WaiverUnknown, None, id="no-waiver"),
        pytest.param(
            WAIVER, asked(ApproveClawbackWaiver), FINANCE, ApproverIsWaiverProposer, None, id="own-waiver-approved"
        ),
        pytest.param(
            after(ClawbackWaived),
            replace(asked(ApproveClawbackWaiver), effective_on=date(2026, 2, 13)),
            APPROVER,
            WaiverDecided,
            None,
            id="waived-already",
        ),
        pytest.param(
            (*WAIVER, replace(told(ClawbackCollected), effective_on=date(2026, 2, 11), amount_minor=60_000_000)),
            asked(ApproveClawbackWaiver),
            APPROVER,
            ClawbackExceeded,
            "amount",
            id="collected-meanwhile",
        ),
        pytest.param(
            after(ClawbackCollected),
            replace(COLLECT, amount="1.00"),
            FINANCE,
            InvestmentPaymentTaken,
            "collection",
            id="collection-taken",
        ),
        # the end
        pytest.param(PERFORMING, asked(CloseInvestment), APPROVER, InvestmentStateForbids, None, id="closed-too-soon"),
        pytest.param(ASSESSED, asked(CloseInvestment), APPROVER, ClawbackOutstanding, None, id="something-is-owed"),
        pytest.param(SIGNED, FULFIL, APPROVER, InvestmentStateForbids, None, id="fulfilled-before-anything-came"),
    ],
)
def test_refused(
    facts: tuple[Fact, ...], command: Command, by: By, refusal: type[Refusal] | None, field: str | None
) -> None:
    if refusal is None:
        assert len(decide(facts, command, by)) == 1
    else:
        given(*facts).when(command, by).refused(refusal, field=field)


def test_an_amendment_is_measured_again_when_it_is_approved() -> None:
    """Proposed while nothing was paid, it would take an incentive back that has been paid since."""
    less = amended(incentives=(replace(OURS, amount="1.00"), THEIRS))
    facts = grown(after(InvestmentAmended), (less, CLERK), (asked(PayIncentive), FINANCE))
    approve = replace(asked(ApproveInvestmentAmendment), amendment="other", effective_on=date(2026, 1, 22))
    given(*facts).when(approve, APPROVER).refused(AmendmentUndoes, field="terms.incentives")


NO_BOOKS = tuple(fact for fact in SIGNED if fact not in opened(2024, 2026))
WRONG = PayIncentive(
    agreement=AGREEMENT,
    effective_on=date(2024, 1, 14),
    incentive="none",
    payment="grant-1",
    amount="0.00",
    bank_reference="INC-1",
)


@pytest.mark.parametrize(
    ("facts", "mended", "refusal"),
    [
        pytest.param(GROUND, {}, InvestmentUnknown, id="1-no-agreement"),
        pytest.param(after(InvestmentDrafted), {}, IncentiveUnknown, id="2-no-incentive"),
        pytest.param(after(InvestmentDrafted), {"incentive": TRAINING}, InvestmentAmountMalformed, id="3-no-amount"),
        pytest.param(
            after(InvestmentDrafted),
            {"incentive": TRAINING, "amount": "9000000.00"},
            InvestmentStateForbids,
            id="4-state",
        ),
        pytest.param(PAID, {"incentive": TRAINING, "amount": "9000000.00"}, InvestmentStepTooEarly, id="5-date"),
        pytest.param(
            PAID,
            {"incentive": TRAINING, "amount": "9000000.00", "effective_on": date(2024, 2, 1)},
            InvestmentPaymentTaken,
            id="6-id",
        ),
        pytest.param(
            PAID,
            {"incentive": TRAINING, "amount": "9000000.00", "effective_on": date(2024, 2, 1), "payment": "grant-3"},
            PayerDiffers,
            id="7-payer",
        ),
        pytest.param(
            PAID,
            {"incentive": EQUIPMENT, "amount": "9000000.00", "effective_on": date(2024, 2, 1), "payment": "grant-3"},
            IncentiveExceeded,
            id="8-amount",
        ),
        pytest.param(
            (*NO_BOOKS, replace(told(ClawbackCollected), bank_reference="INC-1")),
            {"incentive": EQUIPMENT, "amount": "1.00", "effective_on": date(2024, 2, 1)},
            BankReferenceTaken,
            id="9-bank-reference",
        ),
        pytest.param(
            NO_BOOKS,
            {"incentive": EQUIPMENT, "amount": "1.00", "effective_on": date(2024, 2, 1)},
            NoOpenPeriod,
            id="10-no-open-month",
        ),
    ],
)
def test_the_first_rule_in_order_says_no(
    facts: tuple[Fact, ...], mended: dict[str, Any], refusal: type[Refusal]
) -> None:
    """One command that everything is wrong with, mended one thing after the other."""
    given(*facts).when(replace(WRONG, **mended), FINANCE).refused(refusal)


# Bank references


RECEIPT = RecordReceipt(
    effective_on=date(2024, 10, 8), receipt="r-1-demo", company=INVESTOR, bank_reference="INC-1", amount="10.00"
)


def test_a_bank_reference_is_recorded_once_whoever_records_it() -> None:
    """B5: against other incentives and clawbacks, and against the receipts of billing, in both directions."""
    given(*grown((*SIGNED,), (RECEIPT, FINANCE))).when(asked(PayIncentive), FINANCE).refused(
        BankReferenceTaken, field="bank_reference", says="receipt r-1-demo"
    )
    given(*PAID).when(RECEIPT, FINANCE).refused(
        BankReferenceTaken, field="bank_reference", says="investment.incentive-paid"
    )
    given(*ASSESSED).when(replace(COLLECT, bank_reference="INC-1"), FINANCE).refused(
        BankReferenceTaken, field="bank_reference"
    )


# Companies


LINK = LinkInvestmentAgreement(
    company=INVESTOR,
    effective_on=date(2024, 1, 16),
    agreement=AGREEMENT,
    signed_on=date(2024, 1, 15),
    evidence=paper("agreement"),
)


def qualified(company: str) -> tuple[Fact, ...]:
    """A company that may sign."""
    return (CompanyQualified(company=company, effective_on=date(2023, 7, 1)),)


def test_an_agreement_on_record_is_linked_to_its_own_company() -> None:
    facts = (*SIGNED, *qualified(INVESTOR), *qualified(OTHER))
    assert len(decide(facts, LINK)) == 1
    given(*facts).when(replace(LINK, company=OTHER)).refused(AgreementOfAnother, field="agreement", says=INVESTOR)


def test_an_agreement_that_is_kept_elsewhere_is_linked_by_its_evidence() -> None:
    assert len(decide((*GROUND, *qualified(INVESTOR)), LINK)) == 1
