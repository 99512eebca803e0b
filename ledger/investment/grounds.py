"""The grounds of what was decided, by effective date: so the order in which things are recorded makes no difference.

Ground        something decided that would have no ground on its own day: a sentence, and the field that it is about
unfounded     all of them, over the facts of an agreement
unowed        clawbacks that ask for what is not owed, and what goes first
check_grounds a fact takes no ground away from what stands. Raises InvestmentGroundGone

missing, broken   what is left to be fulfilled on a day; whether there is a ground for a breach
owed_back_minor   what a missed covenant costs (I4), less what was asked for and within what was paid, on every day

Rests on                     what is on record for its day
fulfilled                    everything paid in, every covenant's latest test met
breached                     a tranche overdue, or a covenant of the terms of that day missed by its latest test
clawback                     a test that is missed as it was done last; what was paid until then
incentive paid               a promise of its payer, then and later
test                         the covenant as agreed on the day of the test; the site of the day that it is about
contribution                 one contract currency, then and later
covenant                     what it says on its test date: later terms leave it out, or give it another date
"""

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

from ledger.billing.balance import DatedAmount, DatedMove
from ledger.investment.facts import (
    AnyInvestmentFact,
    CovenantTested,
    InvestmentBreached,
    InvestmentFulfilled,
)
from ledger.investment.rules import InvestmentGroundGone
from ledger.investment.standing import Clawback, InvestmentAgreement, as_of, evolve_agreement, shortfall_of, tested_as
from ledger.investment.terms import Covenant, is_ours
from ledger.values.measures import dm2
from ledger.values.money import EXPONENT, minor, rounded, written

WITHDRAW = "withdraw-investment-step, step investment"


@dataclass(frozen=True)
class Ground:
    """Something decided that has no ground: a sentence that says what goes first, and the field it is about.

    before   what goes before that, as it stands now: the same thing lacks its ground, whatever moved it since
    """

    about: str
    field: str | None = None
    before: str = dataclasses.field(default="", compare=False)

    @property
    def says(self) -> str:
        """The whole of it."""
        return f"{self.about}{self.before}"


# What a decision rests on, on the agreement as it is on its day


def missing(agreement: InvestmentAgreement, on: date) -> list[str]:
    """The things that are not fulfilled on a day."""
    terms = agreement.terms_on(on)
    if terms is None:
        return ["nothing is agreed"]
    short = terms.contracted_minor - agreement.paid_in_minor()
    left = [f"{written(short, EXPONENT[terms.currency])} {terms.currency} are not paid in"] if short > 0 else []
    for covenant in terms.covenants:
        test = agreement.tests.get(tested_as(covenant.covenant, covenant.test_on))
        if test is None or test.result != "MET":
            left.append(f"covenant {covenant.covenant} is not {'tested' if test is None else 'met'}")
    return left


def missed(agreement: InvestmentAgreement, on: date) -> list[CovenantTested]:
    """The tests that were missed, of covenants as they are agreed on a day: one moved to another date is open again."""
    terms = agreement.terms_on(on)
    due = {tested_as(covenant.covenant, covenant.test_on) for covenant in terms.covenants} if terms else set()
    return [test for name, test in agreement.tests.items() if name in due and test.result == "MISSED"]


def overdue(agreement: InvestmentAgreement, on: date) -> bool:
    """Tell whether a tranche is overdue on a day."""
    terms = agreement.terms_on(on)
    return terms is not None and agreement.paid_in_minor() < terms.due_minor(on - timedelta(days=1))


def owed_back_minor(
    agreement: InvestmentAgreement, covenant: Covenant, incentive: str, test: CovenantTested, on: date
) -> int:
    """I4: what was paid until a day × shortfall, or all of it, less what was asked for already and within what is left.

    A waiver is not undone by asking again: what was waived was asked for.
    """
    paid = agreement.paid(incentive).on(on)
    owed = paid if covenant.consequence == "CLIFF" else rounded(paid * shortfall_of(test))
    return min(owed + _asked_for(agreement, covenant.covenant).least_from(on), agreement.kept(incentive).least_from(on))


def _asked_for(agreement: InvestmentAgreement, covenant: str) -> DatedAmount:
    """The amount assessed for a covenant, less than nothing, by days."""
    clawbacks = [one for one in agreement.clawbacks.values() if one.assessed and one.assessed.covenant == covenant]
    moves = (move for clawback in clawbacks for move in clawback.asked.moves)
    return DatedAmount(tuple(DatedMove(move.on, move.booked_on, -move.amount_minor) for move in moves))


# What has no ground


def unfounded(facts: Sequence[AnyInvestmentFact]) -> frozenset[Ground]:
    """Everything that these facts of an agreement leave without a ground."""
    agreement = whole(facts)
    if agreement is None or not agreement.versions:
        return frozenset()
    return frozenset(
        (
            *_ended(facts),
            *_clawed(facts, agreement),
            *_promised(agreement),
            *_tested(agreement),
            *_kept_in_one(agreement),
            *_fallen_due(agreement),
        )
    )


def whole(facts: Sequence[AnyInvestmentFact]) -> InvestmentAgreement | None:
    """An agreement in the end: the fold of its facts in the order recorded."""
    agreement = None
    for fact in facts:
        agreement = evolve_agreement(agreement, fact)
    return agreement


def _ended(facts: Sequence[AnyInvestmentFact]) -> Iterator[Ground]:
    for fact in facts:
        if not isinstance(fact, InvestmentBreached | InvestmentFulfilled):
            continue
        on = fact.effective_on
        agreement = as_of(facts, on)
        assert agreement is not None, "the fact itself is among them"
        if isinstance(fact, InvestmentBreached) and not (missed(agreement, on) or overdue(agreement, on)):
            yield Ground(
                f"the breach of {on} would have no ground on that day; withdraw it first ({WITHDRAW}.breached)"
            )
        if isinstance(fact, InvestmentFulfilled) and missing(agreement, on):
            yield Ground(f"what was fulfilled on {on} would not be; withdraw that first ({WITHDRAW}.fulfilled)")


def unowed(facts: Sequence[AnyInvestmentFact], agreement: InvestmentAgreement) -> Iterator[tuple[str, Ground]]:
    """The clawbacks that ask for what is not owed, each with what goes first."""
    for name, clawback in agreement.clawbacks.items():
        if (assessed := clawback.assessed) is None or clawback.reversed is not None:
            continue
        then = as_of(facts, assessed.effective_on)
        if then is None or not _is_owed(then, assessed.effective_on, assessed.covenant, assessed.incentive):
            moved = " and ".join(_moved(clawback))
            yield (
                name,
                Ground(
                    f"clawback {name} asks for what is not owed; reverse it first (reverse-clawback)",
                    before=f", and before it {moved}" if moved else "",
                ),
            )


def _moved(clawback: Clawback) -> Iterator[str]:
    """List the amounts of a clawback that are collected or waived and stand, with the command that reverses each."""
    for collection in clawback.collections.values():
        if collection.collection not in clawback.uncollected:
            yield f"{written(collection.amount_minor)} CNY of {collection.collection} (reverse-collection)"
    for waiver in clawback.waivers.values():
        if waiver.waiver not in clawback.unwaived:
            yield f"{written(waiver.amount_minor)} CNY of {waiver.waiver} (reverse-clawback-waiver)"


def _clawed(facts: Sequence[AnyInvestmentFact], agreement: InvestmentAgreement) -> Iterator[Ground]:
    yield from (ground for _, ground in unowed(facts, agreement))
    for incentive in {one.assessed.incentive for one in agreement.clawbacks.values() if one.assessed}:
        kept = agreement.kept(incentive)
        if kept.least_from(date.min) < 0:
            since = kept.covers_from(0, date.min)
            instead = "" if since is None else f", or do this with effect from {since} on"
            yield Ground(
                f"more of incentive {incentive} would be asked back than was paid; reverse the clawback first, with "
                f"effect from its own day (reverse-clawback){instead}"
            )


def _is_owed(agreement: InvestmentAgreement, on: date, name: str, incentive: str) -> bool:
    """Tell whether what is asked for a covenant until a day is owed on that day."""
    terms = agreement.terms_on(on)
    covenant = terms.covenant(name) if terms else None
    test = agreement.tests.get(tested_as(name, covenant.test_on)) if covenant else None
    if covenant is None or test is None or test.result != "MISSED":
        return False
    paid = agreement.paid(incentive).on(on)
    owed = paid if covenant.consequence == "CLIFF" else rounded(paid * shortfall_of(test))
    return owed + _asked_for(agreement, name).on(on) >= 0


def _promised(agreement: InvestmentAgreement) -> Iterator[Ground]:
    """Payments that nobody promised: on that day and by all later terms whoever paid promised it."""
    paid = {payment.incentive for payment in agreement.payments.values()}
    outside = {payment.incentive: payment.payer for payment in agreement.outside.values()}
    for name in sorted(paid | outside.keys()):
        received, ours = agreement.received(name), agreement.paid(name)
        for day in (*(version.from_on for version in agreement.versions), *(move.on for move in received.moves)):
            amount = received.on(day)
            if amount <= 0:
                continue
            terms = agreement.terms_on(day)
            promised = terms.incentive(name) if terms else None
            payers = ({None} if ours.on(day) > 0 else set()) | (
                {outside[name]} if amount > ours.on(day) and not is_ours(outside[name]) else set()
            )
            if promised is None or minor(promised.amount) < amount or payers - {promised.stranger}:
                yield Ground(
                    f"{written(amount)} CNY of incentive {name} are paid; it stays, with its payer", "terms.incentives"
                )


def _tested(agreement: InvestmentAgreement) -> Iterator[Ground]:
    """A covenant was tested as it was agreed on the day of the test; later terms keep it, on that date or another."""
    for test in agreement.tests.values():
        terms, about = agreement.terms_on(test.effective_on), agreement.terms_on(test.test_on)
        covenant = terms.covenant(test.covenant) if terms else None
        site = None if test.site_dm2 is None or about is None or about.site is None else dm2(about.site)
        later = [version.terms for version in agreement.versions if version.from_on > test.effective_on]
        as_agreed = covenant is not None and (covenant.test_on, covenant.metric, Fraction(covenant.target)) == (
            test.test_on,
            test.metric,
            Fraction(test.target),
        )
        if not as_agreed or site != test.site_dm2 or any(terms.covenant(test.covenant) is None for terms in later):
            yield Ground(
                f"covenant {test.covenant} was tested on {test.effective_on} for {test.test_on} against {test.target}; "
                f"it stays, or withdraw the test first ({WITHDRAW}.covenant-tested)",
                "terms.covenants",
            )


def _currencies(agreement: InvestmentAgreement) -> dict[str, frozenset[str]]:
    """The contract currencies on each contribution's value date and later."""
    found: dict[str, frozenset[str]] = {}
    for name, contribution in agreement.contributions.items():
        if contribution.recorded is not None:
            on = contribution.recorded.effective_on
            terms = agreement.terms_on(on)
            later = {version.terms.currency for version in agreement.versions if version.from_on > on}
            found[name] = frozenset(later | ({terms.currency} if terms else set()))
    return found


def _kept_in_one(agreement: InvestmentAgreement) -> Iterator[Ground]:
    for name, currencies in _currencies(agreement).items():
        if len(currencies) > 1:
            yield Ground(
                f"contribution {name} would be kept in {' and '.join(sorted(currencies))}; the currency of the "
                "contract stays from the first contribution on",
                "terms.currency",
            )


def _fallen_due(agreement: InvestmentAgreement) -> Iterator[Ground]:
    for before, after in pairwise(agreement.versions):
        for covenant in after.terms.covenants:
            agreed = before.terms.covenant(covenant.covenant)
            if agreed is None or agreed.test_on != covenant.test_on or agreed == covenant:
                continue
            if covenant.test_on < after.from_on:
                yield Ground(
                    f"covenant {covenant.covenant} fell due on {covenant.test_on}, before terms of {after.from_on} "
                    "bind; it stays as it was agreed: give it another test date",
                    "terms.covenants",
                )


def lost(before: Sequence[AnyInvestmentFact], after: Sequence[AnyInvestmentFact]) -> Ground | None:
    """The first thing that loses its ground when these facts become those; None where nothing does."""
    gone = sorted(unfounded(after) - unfounded(before), key=lambda ground: (ground.field or "", ground.about))
    if gone:
        return gone[0]
    was, now = whole(before), whole(after)
    if was is None or now is None:
        return None
    kept, keeps = _currencies(was), _currencies(now)
    if any(kept[name] != keeps[name] for name in kept.keys() & keeps.keys()):
        return Ground("contributions are kept in the currency of the contract; it stays", "terms.currency")
    return None


def check_grounds(before: Sequence[AnyInvestmentFact], new: Sequence[AnyInvestmentFact]) -> None:
    """Check that new facts take no ground away. Raises InvestmentGroundGone."""
    if new and (ground := lost(before, (*before, *new))) is not None:
        raise InvestmentGroundGone(ground.says, field=ground.field)
