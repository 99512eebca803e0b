"""Linking an investment agreement to a company, measured against the agreements on record.

Command (of companies)       Fact (of companies)
LinkInvestmentAgreement      company.agreement-linked

Refusal, after those of companies
LinkingRefusal
└── AgreementOfAnother   the agreement of this id is on record, with another company (conflict)

A link stands by its evidence: an agreement that is kept elsewhere can be linked too. Where one of this id is on record
here, it is with the same company. The company's own rules are those of companies; this context decides in their place.
"""

from collections.abc import Sequence

from msgspec import Struct

from ledger.companies.company import Companies
from ledger.companies.deciding import COMPANIES
from ledger.companies.prospects import LinkInvestmentAgreement
from ledger.decider import By, Decider, Fact, Refusal
from ledger.investment.deciding import INVESTMENT
from ledger.investment.rules import Investments

# Refusals


class LinkingRefusal(Refusal):
    """The agreements on record contradict it."""


class AgreementOfAnother(LinkingRefusal):
    """The agreement of this id is on record, with another company."""

    code = "agreement-of-another"
    kind = "conflict"


# State


class Linking(Struct, frozen=True):
    """The states of companies and investment in one scope."""

    companies: Companies = COMPANIES.initial
    investments: Investments = INVESTMENT.initial


# Evolve


def evolve(state: Linking, fact: Fact) -> Linking:
    """Both after one more fact."""
    return Linking(COMPANIES.evolve(state.companies, fact), INVESTMENT.evolve(state.investments, fact))


# Scope


def scope(command: LinkInvestmentAgreement) -> tuple[str, ...]:
    """The scope of companies, and the agreement."""
    return (*COMPANIES.scope(command), f"investment:{command.agreement}")


# Decide


def decide(state: Linking, command: LinkInvestmentAgreement, by: By) -> Sequence[Fact]:
    """The fact that companies decides on, unless the agreement on record is with another company."""
    facts = COMPANIES.decide(state.companies, command, by)
    agreement = state.investments.agreements.get(command.agreement)
    if facts and agreement is not None and agreement.company != command.company:
        raise AgreementOfAnother(
            f"investment agreement {command.agreement} is with {agreement.company}, not with {command.company}",
            field="agreement",
        )
    return facts


LINKING: Decider[LinkInvestmentAgreement, Linking] = Decider(
    (LinkInvestmentAgreement,), Linking(), scope, evolve, decide
)
