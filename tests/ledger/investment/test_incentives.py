"""MCSC's money: incentives paid, and what is owed back of them. Vectors are of domain.md §3.2.

One row an outcome; a refusal is tested where its rule is the only one that says no.
"""

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.billing.facts import DepositReceived, DepositRefunded, ReceiptRecorded, ReceiptReversed
from ledger.billing.receipts import RecordReceipt
from ledger.billing.rules import BankReferenceTaken
from ledger.decider import By, Command, Fact, Refusal
from ledger.investment.facts import (
    ClawbackAssessed,
    ClawbackCollected,
    ClawbackWaived,
    CovenantTested,
    FigureReported,
    IncentivePaid,
    InvestmentAmended,
    InvestmentAmendmentProposed,
    InvestmentBreached,
    InvestmentDrafted,
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
from ledger.investment.performance import CheckCovenant
from ledger.investment.rules import (
    InvestmentAmountMalformed,
    InvestmentStateForbids,
    InvestmentStepTooEarly,
    InvestmentUnknown,
)
from ledger.orders.facts import AdvanceReceived
from ledger.periods import NoOpenPeriod
from tests.examples import FACTS
from tests.examples.investment import (
    AGREEMENT,
    APPROVER,
    CLERK,
    EQUIPMENT,
    FINANCE,
    GROUND,
    INVESTOR,
    JOBS,
    REVERSE,
    TAX,
    TERMS,
    TRAINING,
    asked,
    told,
)
from tests.ground.billed import closed, opened
from tests.ground.given import decide, given, grown
from tests.ground.invested import ASSESSED, NO_BOOKS, PAID, SIGNED, TESTED, WAIVER, after, with_terms

COLLECT = asked(CollectClawback)

# What a missed covenant costs


def test_a_missed_intensity_costs_the_share_that_is_missing() -> None:
    """FAI 18,000,000 CNY on 8,000 m² = 12 mu is 150.00 万元/亩 against 200: 25.00 % short, so 600,000.00 of 2.4 M."""
    assert TERMS.mu == 12
    (test,) = decide(after(FigureReported), asked(CheckCovenant))
    assert isinstance(test, CovenantTested)
    assert (test.actual, test.shortfall, test.result) == ("150.0000", "0.2500", "MISSED")
    (clawback,) = decide(after(InvestmentBreached), asked(AssessClawback), FINANCE)
    assert isinstance(clawback, ClawbackAssessed)
    assert clawback.amount_minor == 60_000_000


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


# Posting dates


def test_what_posts_for_a_closed_month_posts_to_the_next_open_one() -> None:
    facts = (*after(InvestmentAmended), *closed("2024-10"))
    (fact,) = decide(facts, asked(PayIncentive), FINANCE)
    assert isinstance(fact, IncentivePaid)
    assert (fact.effective_on, fact.accounting_on) == (date(2024, 10, 8), date(2024, 11, 1))


# Refusals


@pytest.mark.parametrize(
    ("facts", "command", "by", "refusal", "field"),
    [
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
    ],
)
def test_refused(facts: tuple[Fact, ...], command: Command, by: By, refusal: type[Refusal], field: str | None) -> None:
    given(*facts).when(command, by).refused(refusal, field=field)


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
    given(*PAID).when(RECEIPT, FINANCE).refused(BankReferenceTaken, field="bank_reference", says="payment grant-1")
    given(*ASSESSED).when(replace(COLLECT, bank_reference="INC-1"), FINANCE).refused(
        BankReferenceTaken, field="bank_reference"
    )


def example(kind: type[Fact], **change: Any) -> Fact:
    """The example of a fact, with something else in it."""
    return replace(next(fact for fact in FACTS if type(fact) is kind), **change)


@pytest.mark.parametrize(
    ("fact", "holder"),
    [
        pytest.param(example(ReceiptRecorded, receipt="r-1-demo", bank_reference="INC-1"), "receipt r-1-demo"),
        pytest.param(example(DepositReceived, deposit="d-1-demo", bank_reference="INC-1"), "deposit d-1-demo"),
        pytest.param(example(DepositRefunded, deposit="d-2-demo", bank_reference="INC-1"), "deposit d-2-demo"),
        pytest.param(example(AdvanceReceived, bank_reference="INC-1"), "order o-1-demo"),
        pytest.param(replace(told(ClawbackCollected), bank_reference="INC-1"), "collection collection-1"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Fact) else "",
)
def test_a_bank_reference_says_who_has_it(fact: Fact, holder: str) -> None:
    given(*SIGNED, fact).when(asked(PayIncentive), FINANCE).refused(BankReferenceTaken, says=f"recorded with {holder};")


def test_a_receipt_that_is_reversed_frees_its_own_bank_reference_and_no_other() -> None:
    receipt = example(ReceiptRecorded, receipt="r-1-demo", bank_reference="INC-1")
    reversal = example(ReceiptReversed, receipt="r-1-demo", bank_reference="INC-1")
    given(*SIGNED, receipt, reversal).when(asked(PayIncentive), FINANCE).then(told(IncentivePaid))
    given(*SIGNED, receipt, replace(reversal, receipt="r-2-demo")).when(asked(PayIncentive), FINANCE).refused(
        BankReferenceTaken, says="receipt r-1-demo"
    )
