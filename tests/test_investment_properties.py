"""Whatever is sent about an agreement: sums, bounds and balances hold, and the order of folding does not matter.

A walk of commands, most of them allowed, some not; what a second, simpler model says is compared with the fold.
"""

from collections import Counter
from datetime import date, timedelta
from typing import Any, get_args

from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ledger.decider import Fact, Refusal, stored_name
from ledger.investment import (
    Agreement,
    AnyInvestmentFact,
    ApproveClawbackWaiver,
    ApproveInvestmentAmendment,
    AssessClawback,
    CheckCovenant,
    ClawbackAssessed,
    ClawbackCollected,
    ClawbackWaived,
    CollectClawback,
    ContributionKind,
    ContributionRecorded,
    ContributionReversed,
    CovenantTested,
    IncentivePaid,
    InvestmentAmended,
    InvestmentCommand,
    InvestmentDrafted,
    InvestmentSigned,
    PayIncentive,
    ProposeClawbackWaiver,
    ProposeInvestmentAmendment,
    RecordContribution,
    ReverseContribution,
    Tranche,
    evolve_agreement,
)
from ledger.investment.terms import in_minor
from ledger.periods import PostingFact
from ledger.postings import postings
from tests.examples_investment import (
    AGREEMENT,
    APPROVER,
    CLERK,
    EQUIPMENT,
    FINANCE,
    INTENSITY,
    JOBS,
    TERMS,
    paper,
    through,
)
from tests.given import decide
from tests.test_investment import GROUND

COVENANTS = (
    TERMS.covenants[0],
    replace(TERMS.covenants[0], covenant="paid-2025", metric="PAID_IN", target="5000000", consequence="CLIFF"),
)
PROMISED = replace(TERMS, covenants=(*COVENANTS, *TERMS.covenants[1:]))
BEGUN: tuple[Fact, ...] = (
    *GROUND,
    *(
        replace(fact, terms=PROMISED) if isinstance(fact, InvestmentDrafted) else fact
        for fact in through(InvestmentSigned)
    ),
)
OF: dict[str, Any] = {"agreement": AGREEMENT}
days = st.integers(0, 20).map(lambda day: date(2026, 1, 2) + timedelta(days=day))
early = st.integers(0, 500).map(lambda day: date(2024, 7, 1) + timedelta(days=day))
amounts = st.sampled_from(("0.01", "0.03", "1000.00", "777777.77", "1500000.00", "2400000.00"))
names = st.integers(1, 4)


@st.composite
def commands(draw: st.DrawFn) -> InvestmentCommand:
    """One command that may or may not be allowed."""
    number, amount = draw(names), draw(amounts)
    covenant = draw(st.sampled_from((INTENSITY, "paid-2025", JOBS)))
    on, before = draw(days), draw(early)
    few: list[InvestmentCommand] = [
        RecordContribution(
            **OF,
            effective_on=before,
            contribution=f"contribution-{number}",
            kind=draw(st.sampled_from(("CAPITAL", "FAI", "LOAN"))),
            currency=draw(st.sampled_from(("USD", "CNY"))),
            amount=amount,
            evidence=paper("advice"),
        ),
        ReverseContribution(
            **OF,
            effective_on=on,
            contribution=f"contribution-{number}",
            reversal=f"reversal-{draw(names)}",
            amount=amount,
            reason="an error",
        ),
        PayIncentive(
            **OF,
            effective_on=before,
            incentive=EQUIPMENT,
            payment=f"payment-{number}",
            amount=amount,
            bank_reference=f"BANK-{draw(names)}",
        ),
        CheckCovenant(**OF, effective_on=on, covenant=covenant, supersedes=draw(st.none() | st.just("miscounted"))),
        AssessClawback(**OF, effective_on=on, clawback=f"clawback-{number}", covenant=covenant),
        ProposeClawbackWaiver(
            **OF,
            effective_on=on,
            clawback=f"clawback-{number}",
            waiver=f"waiver-{number}",
            amount=amount,
            reason="flood",
        ),
        ApproveClawbackWaiver(**OF, effective_on=on, clawback=f"clawback-{number}", waiver=f"waiver-{number}"),
        CollectClawback(
            **OF,
            effective_on=on,
            clawback=f"clawback-{number}",
            collection=f"collection-{draw(names)}",
            amount=amount,
            bank_reference=f"BANK-{draw(names)}",
        ),
        ProposeInvestmentAmendment(
            **OF,
            effective_on=on,
            amendment=f"amendment-{number}",
            terms=replace(
                PROMISED,
                contracted=draw(amounts),
                tranches=tuple(
                    Tranche(due_on=date(2026, 6, 30), amount=part)
                    for part in draw(st.lists(amounts, min_size=1, max_size=2))
                ),
            ),
            reason="other terms",
            document=paper("supplement"),
        ),
        ApproveInvestmentAmendment(**OF, effective_on=on, amendment=f"amendment-{number}"),
    ]
    return draw(st.sampled_from(few))


WHO = {
    ApproveClawbackWaiver: APPROVER,
    ApproveInvestmentAmendment: APPROVER,
    PayIncentive: FINANCE,
    AssessClawback: FINANCE,
    ProposeClawbackWaiver: FINANCE,
    CollectClawback: FINANCE,
}


def history(sent: list[InvestmentCommand]) -> list[Fact]:
    """What is recorded of them; those that are refused leave nothing."""
    facts = list(BEGUN)
    for command in sent:
        try:
            facts += decide(facts, command, WHO.get(type(command), CLERK))
        except Refusal:
            continue
    return facts[len(BEGUN) :]


def folded(facts: list[Fact]) -> Agreement:
    """The fold of the agreement's facts in the order given."""
    known = None
    for fact in facts:
        if hasattr(fact, "agreement"):
            told: AnyInvestmentFact = fact  # type: ignore[assignment] # only these have one
            known = evolve_agreement(known, told)
    assert known is not None
    return known


walks = st.lists(commands(), max_size=25)


@settings(max_examples=60)
@for_all(walks, st.randoms(use_true_random=False))
def test_paid_in_is_what_came_less_what_went_in_any_order(sent: list[InvestmentCommand], random: Any) -> None:
    recorded = history(sent)
    came: Counter[str] = Counter()
    kinds = {}
    for fact in recorded:
        if isinstance(fact, ContributionRecorded):
            kinds[fact.contribution] = fact.kind
            came[fact.kind] += fact.cny_minor
            came[f"{fact.kind} in contract currency"] += fact.contract_minor
        elif isinstance(fact, ContributionReversed):
            came[kinds[fact.contribution]] -= fact.cny_minor
            came[f"{kinds[fact.contribution]} in contract currency"] -= fact.contract_minor
    begun, rest = [*BEGUN], [*recorded]
    random.shuffle(rest)
    for known in (folded([*begun, *recorded]), folded([*begun, *rest])):
        for kind in get_args(ContributionKind):
            assert known.cny_minor(kind) == came[kind] >= 0
        assert known.paid_in_minor() == came["CAPITAL in contract currency"]
        for one in known.contributions.values():
            if one.amount_minor == 0:
                assert (one.cny_minor, one.contract_minor) == (0, 0), "reversed in full, nothing is left"


@settings(max_examples=60)
@for_all(walks)
def test_a_clawback_never_exceeds_what_was_paid_and_is_never_overpaid(sent: list[InvestmentCommand]) -> None:
    paid = asked = waived = 0
    owed: Counter[str] = Counter()
    for fact in history(sent):
        match fact:
            case IncentivePaid():
                paid += fact.amount_minor
            case ClawbackAssessed():
                asked += fact.amount_minor
                owed[fact.clawback] += fact.amount_minor
            case ClawbackWaived():
                waived += fact.amount_minor
                owed[fact.clawback] -= fact.amount_minor
            case ClawbackCollected():
                owed[fact.clawback] -= fact.amount_minor
        assert asked - waived <= paid <= 240_000_000
        assert min(owed.values(), default=0) >= 0


@settings(max_examples=60)
@for_all(walks)
def test_tranches_sum_to_the_contracted_amount_under_every_amendment(sent: list[InvestmentCommand]) -> None:
    recorded = history(sent)
    for fact in recorded:
        if isinstance(fact, InvestmentAmended):
            terms = fact.terms
            assert sum(in_minor(one.amount, terms.currency) for one in terms.tranches) == terms.contracted_minor
    known = folded([*BEGUN, *recorded])
    assert known.terms is not None
    assert known.terms.due_minor(date.max) == known.terms.contracted_minor


@settings(max_examples=60)
@for_all(walks)
def test_one_test_for_each_covenant_and_date_unless_it_is_superseded(sent: list[InvestmentCommand]) -> None:
    seen = set()
    for fact in history(sent):
        if isinstance(fact, CovenantTested):
            assert ((fact.covenant, fact.test_on) in seen) <= (fact.supersedes is not None)
            seen.add((fact.covenant, fact.test_on))


@settings(max_examples=60)
@for_all(walks)
def test_what_posts_balances_and_contributions_never_do(sent: list[InvestmentCommand]) -> None:
    """1221 is what is outstanding; bank moves only by incentives and collections; nothing else is in a journal."""
    recorded = history(sent)
    balances: Counter[str] = Counter()
    for fact in recorded:
        lines = postings(fact)
        assert sum(line.amount_minor for line in lines) == 0
        assert bool(lines) == isinstance(fact, PostingFact), stored_name(type(fact))
        assert not (lines and isinstance(fact, ContributionRecorded | ContributionReversed))
        for line in lines:
            balances[line.account] += line.amount_minor
    known = folded([*BEGUN, *recorded])
    collected = sum(one.collected_minor for one in known.clawbacks.values())
    assert balances["other-receivables"] == known.outstanding_minor
    assert balances["incentives"] == known.paid_minor(EQUIPMENT)
    assert balances["bank"] == collected - known.paid_minor(EQUIPMENT)
    assert set(balances) <= {"bank", "incentives", "other-receivables", "non-operating"}
