"""The decider of investment: its parts together, over the facts of one scope.

Of what billing and other deals record, only the bank references of payments are kept here.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from ledger.bookkeeping.banking.accounts import ACCOUNT_TAGS, account_tags, evolve_accounts, on_account
from ledger.bookkeeping.banking.facts import BankAccountFact
from ledger.companies.company import evolve_company
from ledger.companies.facts import CompanyFact
from ledger.decider import By, Decider, Fact, Part, remember, together
from ledger.investment.agreement import AGREEMENT
from ledger.investment.ending import ENDING
from ledger.investment.facts import (
    AnyInvestmentFact,
    InvestmentFact,
    InvestmentPosting,
)
from ledger.investment.grounds import check_grounds
from ledger.investment.incentives import INCENTIVES
from ledger.investment.performance import PERFORMANCE
from ledger.investment.reversing import REVERSING, ReverseCollection, ReverseIncentive
from ledger.investment.rules import InvestmentCommand, Investments
from ledger.investment.standing import InvestmentAgreement, evolve_agreement
from ledger.once.bank import with_reference
from ledger.periods import PeriodFact, PostingFact, evolve_periods
from ledger.rates import RateApproved, with_rate

PARTS: Part[Investments, InvestmentAgreement] = together(AGREEMENT, PERFORMANCE, INCENTIVES, REVERSING, ENDING)

# Evolve


def evolve(state: Investments, fact: Fact) -> Investments:
    """The state after one more fact of agreements, companies, rates, periods or the bank."""
    if isinstance(fact, PostingFact):
        state = replace(state, bank_references=with_reference(state.bank_references, fact))
    match fact:
        case InvestmentFact() | InvestmentPosting():
            return _with_agreement(state, fact)
        case CompanyFact():
            moved = {name: evolve_company(state.companies.get(name), fact) for name in fact.companies}
            return replace(state, companies={**state.companies, **moved})
        case BankAccountFact():
            return replace(state, bank_accounts=evolve_accounts(state.bank_accounts, fact))
        case RateApproved():
            return replace(state, rates=with_rate(state.rates, fact))
        case PeriodFact():
            return replace(state, periods=evolve_periods(state.periods, fact))
    return state


def _with_agreement(state: Investments, fact: AnyInvestmentFact) -> Investments:
    agreement = evolve_agreement(state.agreements.get(fact.agreement), fact)
    return replace(
        state,
        agreements={**state.agreements, fact.agreement: agreement},
        recorded={**state.recorded, fact.agreement: (*state.recorded.get(fact.agreement, ()), fact)},
        asked=remember(state.asked, fact),
    )


# Scope


def scope(command: InvestmentCommand) -> tuple[str, ...]:
    """The agreement, and what the command names or needs beside it."""
    accounts = ACCOUNT_TAGS if isinstance(command, ReverseIncentive | ReverseCollection) else account_tags(command)
    return (*PARTS.scope[type(command)](command), *accounts)


# Decide


def decide(state: Investments, command: InvestmentCommand, by: By) -> Sequence[Fact]:
    """The fact that a command asks for, if every rule allows it; nothing where it is so already."""
    decided = PARTS.decide[type(command)]
    facts = on_account(state.bank_accounts, command, lambda on: decided(state, on, by))
    new = [fact for fact in facts if isinstance(fact, InvestmentFact | InvestmentPosting)]
    check_grounds(state.recorded.get(command.agreement, ()), new)
    return facts


INVESTMENT: Decider[InvestmentCommand, Investments] = Decider(tuple(PARTS.decide), Investments(), scope, evolve, decide)
