"""The decider of investment."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import structs

from ledger.billing.account import evolve as evolve_billing
from ledger.companies.company import evolve_company
from ledger.companies.facts import CompanyFact
from ledger.decider import By, Decider, Fact
from ledger.investment.agreement import AGREEMENT, DraftInvestmentAgreement
from ledger.investment.facts import (
    AnyInvestmentFact,
    FigureReported,
    InvestmentDrafted,
    InvestmentFact,
    InvestmentPosting,
)
from ledger.investment.incentives import INCENTIVES
from ledger.investment.performance import PERFORMANCE
from ledger.investment.rules import (
    InvestmentCommand,
    InvestmentExists,
    Investments,
    InvestmentStateForbids,
    InvestmentUnknown,
    Part,
    not_before,
)
from ledger.investment.standing import REACHES, Agreement, evolve_agreement
from ledger.periods import PeriodFact, evolve_periods
from ledger.rates import RateApproved, with_rate

PARTS = (AGREEMENT, PERFORMANCE, INCENTIVES)
PART_OF: Mapping[type[InvestmentCommand], Part] = {command: part for part in PARTS for command in part.facts}

# Evolve


def evolve(state: Investments, fact: Fact) -> Investments:
    """What one scope tells after one more fact of agreements, companies, rates, periods or banks."""
    match fact:
        case InvestmentFact() | InvestmentPosting():
            state = _evolve_agreements(state, fact)
        case CompanyFact():
            moved = {name: evolve_company(state.companies.get(name), fact) for name in fact.companies}
            return structs.replace(state, companies={**state.companies, **moved})
        case RateApproved():
            return structs.replace(state, rates=with_rate(state.rates, fact))
        case PeriodFact():
            return structs.replace(state, periods=evolve_periods(state.periods, fact))
    if getattr(fact, "bank_reference", None) is not None:
        return structs.replace(state, banks=evolve_billing(state.banks, fact))
    return state


def _evolve_agreements(state: Investments, fact: AnyInvestmentFact) -> Investments:
    known = evolve_agreement(state.agreements.get(fact.agreement), fact)
    return structs.replace(
        state,
        agreements={**state.agreements, fact.agreement: known},
        asked={**state.asked, _topic(fact, fact.asked): fact.asked},
    )


def _topic(fact: Any, asked: tuple[Any, ...]) -> tuple[Any, ...]:
    """What the fact says how it stands, until the next fact of the same topic; itself where facts only add up.

    A state is stated once and never again: said again later, it was so.
    """
    kind = fact if isinstance(fact, type) else type(fact)
    if kind is InvestmentDrafted:
        return ("draft", asked[_at(kind, "agreement")])
    if kind is FigureReported:
        return ("figure", *(asked[_at(kind, name)] for name in ("agreement", "figure", "effective_on")))
    return asked


def _at(kind: type[Any], field: str) -> int:
    """Where a field stands in what was asked, behind the fact's class."""
    return 1 + [name for name in kind.__struct_fields__ if name not in kind.derived].index(field)


# Scope


def scope(command: InvestmentCommand) -> tuple[str, ...]:
    """The agreement, and what the command names or needs beside it."""
    return (f"investment:{command.agreement}", *PART_OF[type(command)].scope(command))


# Decide


def decide(state: Investments, command: InvestmentCommand, by: By) -> Sequence[Fact]:
    """The fact that a command asks for, if every rule allows it; nothing where it is so already."""
    part = PART_OF[type(command)]
    kind = part.facts[type(command)]
    known = state.agreements.get(command.agreement)
    if known is None:
        if not isinstance(command, DraftInvestmentAgreement):
            raise InvestmentUnknown(
                f"there is no investment agreement {command.agreement}; draft it first", field="agreement"
            )
        known = Agreement(agreement=command.agreement, company=command.company)
    if isinstance(command, DraftInvestmentAgreement) and command.company != known.company:
        raise InvestmentExists(
            f"{command.agreement} is an agreement with {known.company}; choose another id", field="agreement"
        )
    given = {name: getattr(command, name) for name in command.__struct_fields__ if name in kind.__struct_fields__}
    given |= part.given(known, command)
    asked = (kind, *(given[name] for name in kind.__struct_fields__ if name not in kind.derived))
    if state.asked.get(_topic(kind, asked)) == asked:
        return ()
    _check_place(known, part, kind, command)
    told = part.told(state, known, command, by)
    return (kind(**{"company": known.company, **given, **told}),)


def _check_place(known: Agreement, part: Part, kind: type[Fact], command: InvestmentCommand) -> None:
    """State and date: the refusals that any step can meet."""
    starts = part.starts[kind]
    if known.state not in starts:
        raise InvestmentStateForbids(
            f"{known.agreement} is {known.state}; this step starts from {', '.join(sorted(starts))}"
        )
    if kind in REACHES:
        not_before(command.effective_on, known.since, f"{known.agreement} is {known.state}")
    elif known.signed_on is not None:
        not_before(command.effective_on, known.signed_on, f"{known.agreement} was signed")


INVESTMENT: Decider[InvestmentCommand, Investments] = Decider(tuple(PART_OF), Investments(), scope, evolve, decide)
