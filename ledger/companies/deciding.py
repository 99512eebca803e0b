"""The decider of companies."""

from collections.abc import Sequence

from ledger.companies.company import Companies, Company, CompanyCommand, evolve
from ledger.companies.contacts import CONTACTS
from ledger.companies.overrides import OVERRIDES
from ledger.companies.presence import PRESENCE
from ledger.companies.prospects import PROSPECTS
from ledger.companies.registration import REGISTRATION
from ledger.decider import By, Decider, Fact, Part, together

PARTS: Part[Companies, Company] = together(PROSPECTS, REGISTRATION, OVERRIDES, PRESENCE, CONTACTS)

# Scope


def scope(command: CompanyCommand) -> tuple[str, ...]:
    """The company; every identifier the command would take; the other company it names."""
    return PARTS.scope[type(command)](command)


# Decide


def decide(state: Companies, command: CompanyCommand, by: By) -> Sequence[Fact]:
    """The fact that a command asks for, if every rule allows it; nothing where it is so already."""
    return PARTS.decide[type(command)](state, command, by)


COMPANIES: Decider[CompanyCommand, Companies] = Decider(tuple(PARTS.decide), Companies(), scope, evolve, decide)
