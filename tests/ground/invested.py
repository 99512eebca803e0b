"""An investment agreement at several points of its life, as facts: the story of `tests.examples.investment`.

after        the ground, and the agreement's life up to and with a fact of a kind
with_terms   the same facts about another covenant of intensity
SIGNED …     what a ledger holds when that has happened; NO_BOOKS: signed, and no month is open
"""

from typing import Any

from msgspec.structs import replace

from ledger.decider import Fact
from ledger.investment.facts import (
    ClawbackAssessed,
    ClawbackWaiverProposed,
    ContributionRecorded,
    CovenantTested,
    InvestmentAmended,
    InvestmentAmendmentProposed,
    InvestmentDrafted,
    InvestmentSigned,
    OutsideIncentivePaid,
)
from tests.examples.investment import GROUND, INTENSITY, through
from tests.ground.billed import opened


def after(kind: type[Fact]) -> tuple[Fact, ...]:
    """The ground, and the agreement's life up to and with a fact of this kind."""
    return (*GROUND, *through(kind))


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


SIGNED, PERFORMING, TESTED = after(InvestmentSigned), after(ContributionRecorded), after(CovenantTested)
PROPOSED = after(InvestmentAmendmentProposed)
PAID = after(OutsideIncentivePaid)
ASSESSED, WAIVER = after(ClawbackAssessed), after(ClawbackWaiverProposed)
NO_BOOKS = tuple(fact for fact in SIGNED if fact not in opened(2024, 2026))
