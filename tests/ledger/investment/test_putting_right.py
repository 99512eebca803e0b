"""What was recorded by mistake is put right: reversed, withdrawn; every refusal's advice works. Figures of domain §3.2.

2,400,000.00 paid, 600,000.00 asked back for an intensity of 150 against 200, 100,000.00 waived, 500,000.00 collected.
"""

from collections import Counter
from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.billing.facts import DepositReceived, DepositReversed, ReceiptRefunded, RefundReversed
from ledger.books.postings import postings
from ledger.decider import By, Command, Fact, Refusal
from ledger.investment.agreement import (
    AmendmentUndoes,
    ApproveInvestmentAmendment,
    DraftInvestmentAgreement,
    ProposeInvestmentAmendment,
)
from ledger.investment.ending import BreachUnfounded, CloseInvestment, DeclareBreach, NotFulfilled
from ledger.investment.facts import (
    ClawbackAssessed,
    ClawbackCollected,
    ClawbackWaived,
    ClawbackWaiverProposed,
    CovenantTested,
    FigureReported,
    IncentivePaid,
    IncentiveReversed,
    InvestmentBreached,
    InvestmentClosed,
    InvestmentDrafted,
    OutsideIncentivePaid,
)
from ledger.investment.incentives import (
    AssessClawback,
    ClawbackExceeded,
    CollectClawback,
    CovenantTestOutdated,
    IncentiveExceeded,
    PayerDiffers,
    PayIncentive,
    ProposeClawbackWaiver,
    RecordOutsideIncentive,
)
from ledger.investment.performance import CheckCovenant, RecordContribution
from ledger.investment.reversing import (
    ClawbackMoved,
    CollectionUnknown,
    IncentivePaymentUnknown,
    InvestmentReversed,
    WaiverNotApproved,
)
from ledger.investment.rules import InvestmentGroundGone, InvestmentStateForbids, InvestmentStepTooEarly
from ledger.investment.terms import InvestmentTerms, is_ours
from ledger.investment.withdrawing import (
    InvestmentStepNeeded,
    InvestmentStepNotLatest,
    InvestmentStepUnknown,
    WithdrawInvestmentStep,
)
from tests.examples.investment import (
    AGREEMENT,
    APPROVER,
    CLERK,
    EQUIPMENT,
    FINANCE,
    FULFIL,
    GROUND,
    MORE_TIME,
    RECORD_FAI,
    REVERSE_CLAWBACK,
    REVERSE_COLLECTION,
    REVERSE_INCENTIVE,
    REVERSE_WAIVER,
    TERMS,
    asked,
    told,
)
from tests.ground.billed import closed
from tests.ground.given import decide, given, grown, only, state
from tests.ground.invested import ASSESSED, PAID, SIGNED, TESTED, after
from tests.ledger.investment.test_incentives import example

OfAnAmount = IncentivePaid | ClawbackCollected | ClawbackAssessed | ClawbackWaiverProposed
COLLECTED = after(ClawbackCollected)
PAY, COLLECT, ASSESS, TEST = asked(PayIncentive), asked(CollectClawback), asked(AssessClawback), asked(CheckCovenant)
DRAFT = asked(DraftInvestmentAgreement)
CAPITAL = replace(RECORD_FAI, contribution="capital-2", kind="CAPITAL", currency="USD", amount="3500000.00")


def withdraw(step: str, on: date, about: str | None = None) -> WithdrawInvestmentStep:
    return WithdrawInvestmentStep(
        agreement=AGREEMENT, effective_on=on, step=f"investment.{step}", about=about, reason="by mistake (demo)"
    )


def balances(facts: tuple[Fact, ...]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for fact in facts:
        for line in postings(fact):
            found[line.account] += line.amount_minor
    return {account: amount for account, amount in found.items() if amount}


# Reversed


def test_all_money_is_turned_round_and_nothing_is_left_in_the_books() -> None:
    facts = COLLECTED
    assert balances(facts) == {
        "incentives": 240_000_000,
        "bank": -190_000_000,
        "non-operating": -50_000_000,
    }
    facts = grown(facts, (REVERSE_COLLECTION, FINANCE), (REVERSE_WAIVER, APPROVER))
    assert balances(facts)["other-receivables"] == 60_000_000
    facts = grown(facts, (replace(REVERSE_CLAWBACK, effective_on=date(2026, 3, 4)), FINANCE))
    given(*facts).when(REVERSE_INCENTIVE, FINANCE).refused(InvestmentGroundGone, says="from 2026-03-04 on")
    facts = grown(facts, (replace(REVERSE_INCENTIVE, effective_on=date(2026, 3, 4)), FINANCE))
    assert balances(facts) == {}
    again = state(facts, PAY).agreements[AGREEMENT]
    assert (again.incentives_paid_minor, again.outstanding_minor, again.paid_minor(EQUIPMENT)) == (0, 0, 0)


@pytest.mark.parametrize(
    ("facts", "reverse", "by", "kind", "record"),
    [
        pytest.param(PAID, REVERSE_INCENTIVE, FINANCE, IncentivePaid, replace(PAY, payment="grant-3"), id="incentive"),
        pytest.param(
            COLLECTED,
            REVERSE_COLLECTION,
            FINANCE,
            ClawbackCollected,
            replace(COLLECT, collection="collection-2", effective_on=date(2026, 3, 4)),
            id="collection",
        ),
        pytest.param(
            ASSESSED, REVERSE_CLAWBACK, FINANCE, ClawbackAssessed, replace(ASSESS, clawback="clawback-2"), id="clawback"
        ),
        pytest.param(
            after(ClawbackWaived),
            REVERSE_WAIVER,
            APPROVER,
            ClawbackWaiverProposed,
            replace(
                asked(ProposeClawbackWaiver), amount="600000.00", waiver="waiver-2", effective_on=date(2026, 2, 12)
            ),
            id="waiver",
        ),
    ],
)
def test_what_was_reversed_is_recorded_again(
    facts: tuple[Fact, ...], reverse: Command, by: By, kind: type[OfAnAmount], record: Command
) -> None:
    """Under another id, with the same bank reference; the reversal itself once."""
    reversal = decide(facts, reverse, by)
    given(*facts).when(reverse, by).then(*reversal)
    other = replace(reverse, reason="for another reason")
    given(*facts, *reversal).when(other, by).refused(InvestmentReversed, says="already")
    again = only(kind, (*facts, *reversal), record, FINANCE)
    assert again.amount_minor == (60_000_000 if kind is ClawbackWaiverProposed else told(kind).amount_minor)


@pytest.mark.parametrize(
    ("facts", "command", "by", "refusal"),
    [
        pytest.param(SIGNED, REVERSE_INCENTIVE, FINANCE, IncentivePaymentUnknown, id="no-payment"),
        pytest.param(ASSESSED, REVERSE_COLLECTION, FINANCE, CollectionUnknown, id="no-collection"),
        pytest.param(ASSESSED, REVERSE_WAIVER, APPROVER, WaiverNotApproved, id="no-waiver"),
        pytest.param(
            PAID,
            replace(REVERSE_INCENTIVE, effective_on=date(2024, 10, 7)),
            FINANCE,
            InvestmentStepTooEarly,
            id="before-it-was-paid",
        ),
        pytest.param(ASSESSED, REVERSE_INCENTIVE, FINANCE, InvestmentGroundGone, id="asked-back"),
        pytest.param(COLLECTED, REVERSE_CLAWBACK, FINANCE, ClawbackMoved, id="collected"),
        pytest.param(after(InvestmentClosed), REVERSE_COLLECTION, FINANCE, InvestmentStateForbids, id="closed"),
    ],
)
def test_a_reversal_is_refused(facts: tuple[Fact, ...], command: Command, by: By, refusal: type[Refusal]) -> None:
    given(*facts).when(command, by).refused(refusal)


def test_advice_on_reversals_works() -> None:
    """A closed agreement is opened again; what moved the clawback is reversed, then the clawback, then the payment."""
    facts = grown(after(InvestmentClosed), (withdraw("closed", date(2026, 3, 31)), APPROVER))
    standing = tuple(fact for fact in facts if not isinstance(fact, InvestmentClosed))
    on = date(2026, 3, 3)
    facts = grown(standing, (replace(REVERSE_COLLECTION, effective_on=on), FINANCE), (REVERSE_WAIVER, APPROVER))
    facts = grown(facts, (REVERSE_CLAWBACK, FINANCE), (REVERSE_INCENTIVE, FINANCE))
    assert balances(facts) == {}


def test_a_clawback_is_reversed_from_the_day_on_that_nothing_moved_it() -> None:
    """Collected on 3 March, reversed on 10 March: before that day 500,000.00 were not owed any more."""
    facts = grown(COLLECTED, (replace(REVERSE_COLLECTION, effective_on=date(2026, 3, 10)), FINANCE))
    facts = grown(facts, (REVERSE_WAIVER, APPROVER))
    given(*facts).when(REVERSE_CLAWBACK, FINANCE).refused(ClawbackMoved, says="500000.00 CNY")
    assert decide(facts, replace(REVERSE_CLAWBACK, effective_on=date(2026, 3, 10)), FINANCE)


def test_nothing_is_negative_on_a_day_in_between() -> None:
    """Collected on 3 March and reversed on 10 March: on 5 March 100,000.00 were open, not 600,000.00."""
    facts = grown(COLLECTED, (replace(REVERSE_COLLECTION, effective_on=date(2026, 3, 10)), FINANCE))
    second = replace(COLLECT, collection="collection-2", effective_on=date(2026, 3, 5))
    given(*facts).when(second, FINANCE).refused(ClawbackExceeded, says="0.00 CNY")
    assert len(decide(facts, replace(second, effective_on=date(2026, 3, 10)), FINANCE)) == 1
    facts = grown(PAID, (replace(REVERSE_INCENTIVE, effective_on=date(2024, 10, 20)), FINANCE))
    second = replace(PAY, payment="grant-3", effective_on=date(2024, 10, 9))
    given(*facts).when(second, FINANCE).refused(IncentiveExceeded, says="0.00 CNY")
    given(*facts, *decide(facts, replace(second, effective_on=date(2024, 10, 20)), FINANCE)).when(
        replace(second, effective_on=date(2024, 10, 20)), FINANCE
    ).then()


def test_a_clawback_is_of_what_was_paid_until_its_day() -> None:
    """1,000,000.00 before the assessment, 1,400,000.00 after it: a quarter of the first is 250,000.00."""
    first, rest = replace(PAY, amount="1000000.00"), replace(PAY, amount="1400000.00", payment="grant-3")
    late = replace(rest, bank_reference="INC-3", effective_on=date(2026, 2, 3))
    facts = grown(
        tuple(fact for fact in TESTED if not isinstance(fact, IncentivePaid)), (first, FINANCE), (late, FINANCE)
    )
    clawback = only(ClawbackAssessed, facts, ASSESS, FINANCE)
    assert clawback.amount_minor == 25_000_000
    second = replace(ASSESS, clawback="clawback-2", effective_on=date(2026, 2, 3))
    assert only(ClawbackAssessed, (*facts, clawback), second, FINANCE).amount_minor == 35_000_000


def test_a_mirror_posts_to_an_open_month_and_not_before_what_it_mirrors() -> None:
    """Paid in October, which was closed: posted on 1 November; October reopened takes the mirror no earlier."""
    late = replace(told(IncentivePaid), accounting_on=date(2024, 11, 1))
    facts = tuple(late if isinstance(fact, IncentivePaid) else fact for fact in PAID)
    for known in (facts, (*PAID, *closed("2024-10"))):
        reversal = only(IncentiveReversed, known, REVERSE_INCENTIVE, FINANCE)
        assert reversal.accounting_on == date(2024, 11, 1)


@pytest.mark.parametrize(
    ("taken", "freed"),
    [
        (example(DepositReceived, deposit="d-1-demo"), example(DepositReversed, deposit="d-1-demo")),
        (example(ReceiptRefunded, refund="f-1-demo"), example(RefundReversed, refund="f-1-demo")),
    ],
    ids=["deposit", "refund"],
)
def test_a_bank_reference_that_others_reversed_is_free(taken: Any, freed: Any) -> None:
    facts = (*SIGNED, replace(taken, bank_reference="INC-1"), replace(freed, bank_reference="INC-1"))
    assert len(decide(facts, PAY, FINANCE)) == 1


# Withdrawn


def test_a_life_is_taken_back_step_by_step() -> None:
    """From a breach to the first draft: each step leaves the state before it."""
    facts = grown(TESTED, (CAPITAL, CLERK), (asked(DeclareBreach), APPROVER))
    given(*facts).when(withdraw("covenant-tested", date(2026, 1, 20)), APPROVER).refused(
        InvestmentStepNeeded, says="withdraw it first (withdraw-investment-step, step investment.breached)"
    )
    given(*facts).when(withdraw("signed", date(2024, 1, 15)), APPROVER).refused(
        InvestmentStepNotLatest, says="breached"
    )
    facts = grown(facts, (withdraw("breached", date(2026, 1, 25)), APPROVER))
    assert state(facts, FULFIL).agreements[AGREEMENT].state == "IN_PERFORMANCE"
    assert decide(facts, withdraw("breached", date(2026, 1, 25)), APPROVER) == ()
    given(*facts).when(withdraw("signed", date(2024, 1, 15)), APPROVER).refused(InvestmentStepNeeded, field="step")
    facts = grown(facts, (REVERSE_INCENTIVE, FINANCE))
    for step, on, about in (
        ("covenant-tested", date(2026, 1, 20), None),
        ("figure-reported", date(2025, 12, 31), None),
        ("outside-incentive-paid", date(2024, 10, 9), None),
        ("contribution-recorded", date(2025, 11, 3), "fai-1"),
        ("contribution-recorded", date(2025, 11, 3), "capital-2"),
        ("amended", date(2024, 9, 9), None),
        ("amendment-proposed", date(2024, 9, 2), None),
        ("contribution-recorded", date(2024, 6, 28), None),
    ):
        facts = grown(facts, (withdraw(step, on, about), APPROVER))
    left = state(facts, FULFIL).agreements[AGREEMENT]
    assert (left.state, left.tests, left.figures, left.contributions, left.terms) == ("SIGNED", {}, {}, {}, TERMS)


def test_a_signature_that_nothing_rests_on_is_withdrawn_and_signed_anew() -> None:
    facts = grown(SIGNED, (withdraw("signed", date(2024, 1, 15)), APPROVER))
    facts = grown(facts, (withdraw("drafted", date(2024, 1, 8)), APPROVER))
    assert AGREEMENT not in state(facts, FULFIL).agreements
    assert len(decide(facts, DRAFT, CLERK)) == 1
    assert decide(facts, withdraw("drafted", date(2024, 1, 8)), APPROVER) == ()


def test_which_of_several_is_said_by_about() -> None:
    tax = replace(told(FigureReported), figure="TAX", value="100.00")
    facts = (*after(FigureReported), tax)
    step = withdraw("figure-reported", date(2025, 12, 31))
    given(*facts).when(step, APPROVER).refused(InvestmentStepUnknown, field="about", says="JOBS, TAX")
    facts = grown(facts, (replace(step, about="TAX"), APPROVER))
    assert list(state(facts, FULFIL).agreements[AGREEMENT].figures) == ["JOBS 2025-12-31"]
    given(*SIGNED).when(withdraw("amended", date(2024, 9, 9)), APPROVER).refused(InvestmentStepUnknown, field="step")
    given(*ASSESSED).when(withdraw("clawback-assessed", date(2026, 2, 2)), APPROVER).refused(InvestmentStepUnknown)
    given(*after(ClawbackWaived)).when(withdraw("clawback-waiver-proposed", date(2026, 2, 10)), APPROVER).refused(
        InvestmentStepNotLatest, says="reverse that first"
    )


# By effective date


def amended(on: date, terms: InvestmentTerms, name: str = "other") -> tuple[tuple[Command, By], ...]:
    """Proposed and approved on a day, to bind from it on."""
    propose = replace(asked(ProposeInvestmentAmendment), amendment=name, terms=terms, effective_on=on)
    approve = replace(asked(ApproveInvestmentAmendment), amendment=name, effective_on=on)
    return (propose, CLERK), (approve, APPROVER)


def intensity(**change: Any) -> InvestmentTerms:
    """Terms whose covenant of intensity is another."""
    return replace(MORE_TIME, covenants=(replace(TERMS.covenants[0], **change), *TERMS.covenants[1:]))


FUTURE = date(2026, 6, 1)
EXTENDED = intensity(test_on=date(2026, 12, 31), target="100")


def test_terms_that_bind_later_judge_nothing_earlier() -> None:
    """More time and a lower target from 1 June 2026: a test in January is of the old date and against 200."""
    facts = grown(after(FigureReported), *amended(FUTURE, EXTENDED))
    (test,) = decide(facts, TEST)
    assert test == told(CovenantTested)
    facts = (*facts, test)
    given(*facts).when(asked(DeclareBreach), APPROVER).then(told(InvestmentBreached))
    given(*facts).when(ASSESS, FINANCE).then(told(ClawbackAssessed))
    moved = replace(asked(DeclareBreach), effective_on=FUTURE)
    facts = grown(facts, (CAPITAL, CLERK))
    given(*facts).when(moved, APPROVER).refused(BreachUnfounded)
    assert decide(facts, replace(moved, effective_on=date(2026, 5, 31)), APPROVER)


@pytest.mark.parametrize(
    ("on", "terms", "refused"),
    [
        pytest.param(FUTURE, EXTENDED, False, id="more-time-after-the-test"),
        pytest.param(FUTURE, intensity(target="150"), True, id="another-target-of-what-fell-due"),
        pytest.param(FUTURE, intensity(tolerance="0.5"), True, id="another-tolerance-of-what-fell-due"),
        pytest.param(date(2025, 6, 1), intensity(target="150"), True, id="dated-before-the-test"),
        pytest.param(date(2025, 6, 1), EXTENDED, True, id="more-time-dated-before-the-test"),
        pytest.param(date(2025, 6, 1), replace(MORE_TIME, site="9000.00"), True, id="another-site-dated-before"),
        pytest.param(FUTURE, replace(MORE_TIME, site="9000.00"), False, id="another-site-later"),
    ],
)
def test_what_was_tested_stays_as_it_was_on_its_day(on: date, terms: InvestmentTerms, refused: bool) -> None:
    if not refused:
        assert grown(TESTED, *amended(on, terms))
        return
    given(*TESTED).when(*amended(on, terms)[0]).refused(AmendmentUndoes, field="terms.covenants")
    if on < FUTURE:  # as it advises: the test first, then the terms, then the test again
        facts = grown(TESTED, (withdraw("covenant-tested", date(2026, 1, 20)), APPROVER), *amended(on, terms))
        kept = tuple(fact for fact in facts if not isinstance(fact, CovenantTested))
        if terms is not EXTENDED:
            test = only(CovenantTested, kept, TEST)
            assert test.result == ("MET" if terms.site == "8000.00" else "MISSED")


def test_the_order_of_typing_makes_no_difference() -> None:
    """Capital in time that is typed after a breach on the overdue tranche: the breach goes first."""
    overdue = replace(asked(DeclareBreach), effective_on=date(2024, 7, 1))
    facts = grown(SIGNED, (overdue, APPROVER))
    in_time = asked(RecordContribution)
    given(*facts).when(in_time, CLERK).refused(InvestmentGroundGone, says="investment.breached")
    facts = grown(facts, (withdraw("breached", date(2024, 7, 1)), APPROVER), (in_time, CLERK))
    given(*grown(SIGNED, (in_time, CLERK))).when(overdue, APPROVER).refused(BreachUnfounded)
    assert state(facts, in_time).agreements[AGREEMENT].state == "IN_PERFORMANCE"


def test_nothing_rests_on_a_test_that_the_record_contradicts() -> None:
    """6,000,000.00 more of 2025 come to light in February: 24,000,000.00 on 12 mu are 200, and the covenant is met."""
    more = replace(RECORD_FAI, contribution="fai-2", amount="6000000.00", effective_on=date(2025, 12, 30))
    facts = grown(TESTED, (more, CLERK))
    given(*facts).when(ASSESS, FINANCE).refused(CovenantTestOutdated, says="24000000.00 is on record")
    given(*grown(facts, (CAPITAL, CLERK))).when(asked(DeclareBreach), APPROVER).refused(
        BreachUnfounded, says="test it again"
    )
    given(*facts).when(FULFIL, APPROVER).refused(NotFulfilled, says="test it again")
    again = replace(TEST, supersedes="an audit came late", effective_on=date(2026, 2, 1))
    test = only(CovenantTested, facts, again)
    assert (test.actual, test.result) == ("200.0000", "MET")


def test_nothing_is_fulfilled_or_closed_before_its_ground() -> None:
    capital = replace(
        asked(RecordContribution), contribution="rest", amount="3500000.00", effective_on=date(2026, 3, 2)
    )
    only = replace(TERMS, covenants=())
    facts = tuple(replace(fact, terms=only) if isinstance(fact, InvestmentDrafted) else fact for fact in SIGNED)
    facts = grown(facts, (asked(RecordContribution), CLERK), (capital, CLERK))
    given(*facts).when(FULFIL, APPROVER).refused(NotFulfilled, says="3500000.00 USD are not paid in")
    assert decide(facts, replace(FULFIL, effective_on=date(2026, 3, 2)), APPROVER)
    early = replace(asked(CloseInvestment), effective_on=date(2026, 3, 2))
    given(*COLLECTED).when(early, APPROVER).refused(InvestmentStepTooEarly, field="effective_on")


# The city's own name


@pytest.mark.parametrize(
    ("payer", "ours"),
    [
        *(
            (name, True)
            for name in ("MCSC", "mcsc", "M.C.S.C.", "ＭＣＳＣ", "the MCSC", "MCSC (demo)", "MCSC Co., Ltd.")
        ),
        ("Meishan California Smart City", True),
        ("meishan-california smart city (MCSC)", True),
        ("眉山加州智慧城", True),
        ("眉山加州智慧城开发有限公司", True),
        ("Employment bureau (demo)", False),
        ("MCSC staff fund", False),
        ("Meishan city", False),
        ("眉山市", False),
    ],
)
def test_the_citys_own_name_is_the_city(payer: str, ours: bool) -> None:
    """However it is written, it is MCSC that pays, and is paid back: 600,000.00."""
    assert is_ours(payer) is ours
    terms = replace(TERMS, incentives=(replace(TERMS.incentives[0], payer=payer), TERMS.incentives[1]))
    draft = only(InvestmentDrafted, GROUND, replace(DRAFT, terms=terms))
    assert draft.terms.incentives[0].payer == (None if ours else payer)
    assert decide((*GROUND, draft), replace(DRAFT, terms=terms)) == ()
    old = tuple(replace(fact, terms=terms) if isinstance(fact, InvestmentDrafted) else fact for fact in SIGNED)
    if ours:
        assert len(decide(old, PAY, FINANCE)) == 1
        outside = replace(asked(RecordOutsideIncentive), incentive=EQUIPMENT)
        given(*old).when(outside).refused(PayerDiffers, says="paid by MCSC")
        assert decide(old, replace(DRAFT, terms=terms)) == ()
    else:
        given(*old).when(PAY, FINANCE).refused(PayerDiffers, says=payer)


def test_an_old_payment_of_the_citys_own_is_withdrawn_and_paid() -> None:
    """Recorded as a stranger's, it posted nothing: it is withdrawn, and recorded as what it was."""
    terms = replace(TERMS, incentives=(replace(TERMS.incentives[0], payer="MCSC"), TERMS.incentives[1]))
    facts = tuple(replace(fact, terms=terms) if isinstance(fact, InvestmentDrafted) else fact for fact in SIGNED)
    old = replace(told(OutsideIncentivePaid), incentive=EQUIPMENT, payer="MCSC", amount_minor=240_000_000)
    given(*facts, old).when(PAY, FINANCE).refused(IncentiveExceeded)
    facts = grown((*facts, old), (withdraw("outside-incentive-paid", date(2024, 10, 9)), APPROVER), (PAY, FINANCE))
    assert balances(facts) == {"incentives": 240_000_000, "bank": -240_000_000}
