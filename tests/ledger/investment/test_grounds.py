"""What rests on a covenant's test goes before a test that says otherwise; nothing comes of it meanwhile. Domain §3.2.

2,400,000.00 paid; 18,000,000.00 CNY on 12 mu are 150 of 200, so 600,000.00 are asked back, 100,000.00 waived and
500,000.00 collected. More of 2025 comes to light: with 6,000,000.00 it is 200, with 3,000,000.00 it is 175, and 12.5 %
are missing.
"""

from datetime import date

import pytest
from msgspec.structs import replace

from ledger.decider import Command, Fact, Refusal
from ledger.investment.ending import CloseInvestment, DeclareBreach
from ledger.investment.facts import (
    ClawbackCollected,
    ClawbackWaiverProposed,
    InvestmentClosed,
    InvestmentDrafted,
)
from ledger.investment.incentives import (
    ApproveClawbackWaiver,
    AssessClawback,
    CollectClawback,
    CovenantTestOutdated,
    ProposeClawbackWaiver,
)
from ledger.investment.performance import CheckCovenant, RecordContribution
from ledger.investment.rules import InvestmentGroundGone
from ledger.investment.withdrawing import InvestmentStepNotLatest
from tests.examples.investment import (
    AGREEMENT,
    APPROVER,
    CLERK,
    FINANCE,
    FULFIL,
    RECORD_FAI,
    REVERSE,
    REVERSE_CLAWBACK,
    REVERSE_COLLECTION,
    REVERSE_WAIVER,
    TERMS,
    asked,
)
from tests.ground.given import Sent, decide, gets_on, given, grown, state
from tests.ground.invested import ASSESSED, SIGNED, TESTED, after
from tests.ledger.investment.test_putting_right import CAPITAL, balances, withdraw

COLLECTED, WAIVER = after(ClawbackCollected), after(ClawbackWaiverProposed)
PROPOSE, WAIVE, COLLECT = asked(ProposeClawbackWaiver), asked(ApproveClawbackWaiver), asked(CollectClawback)
CLOSE = asked(CloseInvestment)
RETEST = replace(asked(CheckCovenant), effective_on=date(2026, 2, 20), supersedes="an audit came late")
FULLY, PARTLY = (
    replace(RECORD_FAI, contribution="fai-2", amount=amount, effective_on=date(2025, 12, 30))
    for amount in ("6000000.00", "3000000.00")
)
TURNED = (
    (replace(REVERSE_COLLECTION, effective_on=date(2026, 3, 3)), FINANCE),
    (REVERSE_WAIVER, APPROVER),
    (replace(REVERSE_CLAWBACK, effective_on=date(2026, 3, 3)), FINANCE),
)


def clawed_back(facts: tuple[Fact, ...]) -> int:
    """What is asked back of all clawbacks, minor units."""
    return sum(one.assessed_minor for one in state(facts, COLLECT).agreements[AGREEMENT].clawbacks.values())


@pytest.mark.parametrize("more", [FULLY, PARTLY], ids=["met", "missed-by-less"])
@pytest.mark.parametrize(
    ("facts", "reversed_first", "says"),
    [
        pytest.param(
            ASSESSED,
            ((REVERSE_CLAWBACK, FINANCE),),
            "clawback clawback-1 asks for what is not owed; reverse it first (reverse-clawback)",
            id="assessed",
        ),
        pytest.param(
            COLLECTED,
            TURNED,
            "500000.00 CNY of collection-1 (reverse-collection) and 100000.00 CNY of waiver-1 (reverse-",
            id="collected",
        ),
    ],
)
def test_a_clawback_goes_before_a_test_that_says_it_is_not_owed(
    facts: tuple[Fact, ...], reversed_first: tuple[Sent, ...], says: str, more: RecordContribution
) -> None:
    """Met: nothing is asked back; 12.5 % missing: 300,000.00, assessed anew."""
    facts = grown(facts, (more, CLERK))
    gets_on(facts, RETEST, InvestmentGroundGone, says, reversed_first)
    facts = grown(facts, *reversed_first, RETEST)
    assert balances(facts) == {"incentives": 240_000_000, "bank": -240_000_000}
    assess = replace(asked(AssessClawback), clawback="clawback-2", effective_on=date(2026, 3, 5))
    if more is PARTLY:
        facts = grown(facts, (assess, FINANCE))
    assert clawed_back(facts) == (30_000_000 if more is PARTLY else 0)


def test_a_test_that_misses_by_more_leaves_the_clawback_and_the_rest_is_asked_back() -> None:
    """15,000,000.00 are 125: 37.5 % of 2,400,000.00 are 900,000.00, 300,000.00 more."""
    less = replace(REVERSE, contribution="fai-1", amount="3000000.00", effective_on=date(2026, 1, 22))
    rest = replace(asked(AssessClawback), clawback="clawback-2", effective_on=date(2026, 2, 20))
    facts = grown(ASSESSED, less)
    given(*facts).when(COLLECT, FINANCE).refused(CovenantTestOutdated)
    facts = grown(
        facts, RETEST, (rest, FINANCE), (replace(COLLECT, clawback="clawback-2", amount="300000.00"), FINANCE)
    )
    assert clawed_back(facts) == 90_000_000


@pytest.mark.parametrize(
    ("facts", "command"),
    [
        pytest.param(ASSESSED, PROPOSE, id="waiver-proposed"),
        pytest.param(WAIVER, WAIVE, id="waived"),
        pytest.param(ASSESSED, COLLECT, id="collected"),
        pytest.param(COLLECTED, CLOSE, id="closed"),
    ],
)
def test_nothing_comes_of_a_test_that_the_record_contradicts(facts: tuple[Fact, ...], command: Command) -> None:
    """Nor of a clawback that an older ledger kept after its covenant was met: it is reversed."""
    facts = grown(facts, (FULLY, CLERK))
    given(*facts).when(command, APPROVER).refused(CovenantTestOutdated, says="24000000.00 is on record")
    met = decide(grown(TESTED, (FULLY, CLERK)), RETEST)
    given(*facts, *met).when(command, APPROVER).refused(InvestmentGroundGone, says="reverse-clawback")
    turned = TURNED if facts[: len(COLLECTED)] == COLLECTED else ((REVERSE_CLAWBACK, FINANCE),)
    assert clawed_back(grown((*facts, *met), *turned)) == 0


def test_a_breach_goes_before_a_test_that_is_met() -> None:
    """Whatever the date of the later test: what was wrong with the first was wrong on the day of the breach."""
    facts = grown(TESTED, (CAPITAL, CLERK), (asked(DeclareBreach), APPROVER), (FULLY, CLERK))
    withdrawn = (withdraw("breached", date(2026, 1, 25)), APPROVER)
    gets_on(facts, RETEST, InvestmentGroundGone, "step investment.breached", (withdrawn,))


def test_a_breach_is_not_declared_on_a_test_that_a_later_one_superseded() -> None:
    facts = grown(TESTED, (CAPITAL, CLERK), (FULLY, CLERK), RETEST)
    with pytest.raises(Refusal, match="no covenant of its terms was tested and missed"):
        decide(facts, asked(DeclareBreach), APPROVER)


def test_what_was_fulfilled_goes_before_a_test_that_is_missed() -> None:
    """All capital is paid in and 200 of 200 reached; of 24,000,000.00, 6,000,000.00 were another company's."""
    only = replace(TERMS, covenants=TERMS.covenants[:1])
    facts = tuple(replace(fact, terms=only) if isinstance(fact, InvestmentDrafted) else fact for fact in SIGNED)
    met = (asked(RecordContribution), CAPITAL, RECORD_FAI, FULLY, asked(CheckCovenant))
    less = replace(REVERSE, contribution="fai-2", amount="6000000.00", effective_on=date(2026, 3, 2))
    facts = grown(facts, *met, (FULFIL, APPROVER), less)
    given(*facts).when(CLOSE, APPROVER).refused(CovenantTestOutdated)
    withdrawn = (withdraw("fulfilled", date(2026, 3, 1)), APPROVER)
    late = replace(RETEST, effective_on=date(2026, 3, 5))
    gets_on(facts, late, InvestmentGroundGone, "step investment.fulfilled", (withdrawn,))


def test_a_closed_agreement_is_opened_before_what_it_rests_on_is_withdrawn() -> None:
    facts = after(InvestmentClosed)
    gets_on(
        facts,
        (withdraw("figure-reported", date(2025, 12, 31)), APPROVER),
        InvestmentStepNotLatest,
        "investment.closed",
        ((withdraw("closed", date(2026, 3, 31)), APPROVER),),
    )
