"""Whatever is sent about an agreement: sums, bounds and balances hold, and the order of folding does not matter.

A walk of commands, most of them allowed, some not; what a second, simpler model says is compared with the fold.
"""

from collections import Counter
from datetime import date
from typing import Any, get_args

from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ledger.billing.balance import DatedAmount
from ledger.books.postings import postings
from ledger.decider import Fact, Refusal, stored_name
from ledger.investment.agreement import ApproveInvestmentAmendment, ProposeInvestmentAmendment
from ledger.investment.facts import (
    ClawbackAssessed,
    ClawbackCollected,
    ClawbackReversed,
    ClawbackWaived,
    ClawbackWaiverReversed,
    CollectionReversed,
    ContributionKind,
    ContributionRecorded,
    ContributionReversed,
    CovenantTested,
    IncentivePaid,
    IncentiveReversed,
    InvestmentAmended,
    InvestmentDrafted,
    InvestmentFact,
    InvestmentPosting,
    InvestmentSigned,
)
from ledger.investment.incentives import (
    ApproveClawbackWaiver,
    AssessClawback,
    CollectClawback,
    PayIncentive,
    ProposeClawbackWaiver,
)
from ledger.investment.performance import CheckCovenant, RecordContribution, ReverseContribution
from ledger.investment.reversing import (
    ReverseClawback,
    ReverseClawbackWaiver,
    ReverseCollection,
    ReverseIncentive,
)
from ledger.investment.rules import InvestmentCommand
from ledger.investment.standing import InvestmentAgreement, evolve_agreement
from ledger.investment.terms import Tranche, in_minor
from ledger.periods import PostingFact
from ledger.values.money import minor, written
from tests.examples.investment import (
    AGREEMENT,
    APPROVER,
    CLERK,
    EQUIPMENT,
    FINANCE,
    GROUND,
    INTENSITY,
    JOBS,
    RECORD_FAI,
    TERMS,
    paper,
    through,
)
from tests.examples.investment import asked as example
from tests.ground.given import decide

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
days = st.sampled_from((date(2026, 1, 5), date(2026, 1, 5), date(2026, 1, 6), date(2026, 1, 7)))
early = st.sampled_from((date(2024, 7, 1), date(2025, 3, 3), date(2025, 12, 30)))
amounts = st.sampled_from(("0.01", "0.03", "1000.00", "277777.77", "777777.77", "1500000.00", "2400000.00"))
parts = st.sampled_from(("0.01", "1000.00", "187500.00", "275000.00", "375000.00", "1125000.00"))
names = st.integers(1, 2)
checked = st.sampled_from((INTENSITY, "paid-2025", JOBS))
missed = st.sampled_from((INTENSITY, "paid-2025"))
one_clawback = names.map(lambda number: f"clawback-{number}")
one_waiver = names.map(lambda number: f"waiver-{number}")
banked = st.integers(1, 6).map(lambda number: f"BANK-{number}")


def asked(kind: type[Any], /, **pools: st.SearchStrategy[Any]) -> st.SearchStrategy[InvestmentCommand]:
    """A command about the agreement, its fields from these pools."""
    return st.builds(kind, agreement=st.just(AGREEMENT), **{"effective_on": days, **pools})


@st.composite
def amendments(draw: st.DrawFn) -> InvestmentCommand:
    """Other tranches, mostly of what is contracted."""
    parts = draw(st.lists(amounts, min_size=1, max_size=2))
    total = written(sum(map(minor, parts)))
    tranches = tuple(Tranche(due_on=date(2026, 6, 30), amount=part) for part in parts)
    terms = replace(PROMISED, contracted=draw(st.sampled_from((total, total, "0.02"))), tranches=tranches)
    return draw(
        asked(
            ProposeInvestmentAmendment,
            amendment=names.map(lambda number: f"amendment-{number}"),
            terms=st.just(terms),
            reason=st.just("other terms"),
            document=st.just(paper("supplement")),
        )
    )


COMMANDS = (
    asked(
        RecordContribution,
        effective_on=early,
        contribution=names.map(lambda number: f"contribution-{number}"),
        kind=st.sampled_from(("CAPITAL", "FAI", "LOAN")),
        currency=st.sampled_from(("USD", "CNY")),
        amount=amounts,
        evidence=st.just(paper("advice")),
    ),
    asked(
        ReverseContribution,
        contribution=names.map(lambda number: f"contribution-{number}"),
        reversal=names.map(lambda number: f"reversal-{number}"),
        amount=amounts,
        reason=st.just("an error"),
    ),
    asked(
        PayIncentive,
        effective_on=early,
        incentive=st.just(EQUIPMENT),
        payment=names.map(lambda number: f"payment-{number}"),
        amount=amounts,
        bank_reference=banked,
    ),
    asked(CheckCovenant, covenant=checked, supersedes=st.none() | st.just("miscounted")),
    amendments(),
    asked(ApproveInvestmentAmendment, amendment=names.map(lambda number: f"amendment-{number}")),
)
OWED_BACK = (
    asked(AssessClawback, clawback=one_clawback, covenant=missed),
    asked(ProposeClawbackWaiver, clawback=one_clawback, waiver=one_waiver, amount=parts, reason=st.just("flood")),
    asked(ApproveClawbackWaiver, clawback=one_clawback, waiver=one_waiver),
    asked(
        CollectClawback,
        clawback=one_clawback,
        collection=names.map(lambda number: f"collection-{number}"),
        amount=parts,
        bank_reference=banked,
    ),
)
"""Each may or may not be allowed."""

WHY = {"reason": st.just("by mistake")}
TURNED = (
    asked(ReverseIncentive, payment=names.map(lambda number: f"payment-{number}"), **WHY),
    asked(ReverseClawback, clawback=one_clawback, **WHY),
    asked(ReverseClawbackWaiver, clawback=one_clawback, waiver=one_waiver, **WHY),
    asked(ReverseCollection, clawback=one_clawback, collection=names.map(lambda number: f"collection-{number}"), **WHY),
)
"""And each of them may be a mistake."""

MISSED: tuple[InvestmentCommand, ...] = (
    replace(example(RecordContribution), contribution="contribution-1"),
    RECORD_FAI,
    replace(example(PayIncentive), payment="payment-1", amount="1500000.00", bank_reference="BANK-1"),
    replace(example(CheckCovenant), effective_on=date(2026, 1, 5)),
    replace(example(CheckCovenant), covenant="paid-2025", effective_on=date(2026, 1, 5)),
    replace(example(AssessClawback), effective_on=date(2026, 1, 5)),
    replace(example(ProposeClawbackWaiver), effective_on=date(2026, 1, 5)),
)
"""The beginning of walks that are about what is owed back: two covenants are missed, and one costs a share."""


@st.composite
def walks(draw: st.DrawFn) -> list[InvestmentCommand]:
    """From signature on, or from a clawback on."""
    begun = draw(st.sampled_from(((), MISSED, MISSED)))
    return [*begun, *draw(st.lists(st.one_of(*COMMANDS, *OWED_BACK, *OWED_BACK, *TURNED), min_size=8, max_size=30))]


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


def folded(facts: list[Fact]) -> InvestmentAgreement:
    """The fold of the agreement's facts in the order given."""
    agreement = None
    for fact in facts:
        if isinstance(fact, InvestmentFact | InvestmentPosting):
            agreement = evolve_agreement(agreement, fact)
    assert agreement is not None
    return agreement


@settings(max_examples=60)
@for_all(walks(), st.randoms(use_true_random=False))
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
@for_all(walks())
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
            case IncentiveReversed():
                paid -= fact.amount_minor
            case ClawbackReversed():
                asked -= fact.amount_minor
                owed[fact.clawback] -= fact.amount_minor
            case ClawbackWaiverReversed():
                waived -= fact.amount_minor
                owed[fact.clawback] += fact.amount_minor
            case CollectionReversed():
                owed[fact.clawback] += fact.amount_minor
        assert asked - waived <= paid <= 240_000_000
        assert min(owed.values(), default=0) >= 0


@settings(max_examples=60)
@for_all(walks())
def test_nothing_is_negative_on_any_day_as_known_at_any_position(sent: list[InvestmentCommand]) -> None:
    """What is owed back, and what was paid and is not asked back: by effective date, and as the books have it."""
    agreement = folded([*BEGUN])
    for fact in history(sent):
        if isinstance(fact, InvestmentFact | InvestmentPosting):
            agreement = evolve_agreement(agreement, fact)
        assert agreement.kept(EQUIPMENT).least_from(date.min) >= 0
        for clawback in agreement.clawbacks.values():
            moves = sorted(clawback.open.moves, key=lambda move: move.booked_on)
            booked = [replace(move, on=move.booked_on) for move in moves]
            assert clawback.open.least_from(date.min) >= 0
            assert DatedAmount(tuple(booked)).least_from(date.min) >= 0


@settings(max_examples=60)
@for_all(walks())
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
@for_all(walks())
def test_one_test_for_each_covenant_and_date_unless_it_is_superseded(sent: list[InvestmentCommand]) -> None:
    seen = set()
    for fact in history(sent):
        if isinstance(fact, CovenantTested):
            assert ((fact.covenant, fact.test_on) in seen) <= (fact.supersedes is not None)
            seen.add((fact.covenant, fact.test_on))


@settings(max_examples=60)
@for_all(walks())
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
