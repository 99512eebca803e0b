"""The examples of a company's life, by command and by fact, with changes.

asked, told   the example of a command or fact, with changes
folded        one company after its facts
"""

from typing import Any

from msgspec.structs import replace

from ledger.companies.company import Company, CompanyCommand, evolve_company
from ledger.companies.facts import CompanyFact, LeadRegistered
from tests.examples import ASKED, LIFE

COMMAND: dict[type[CompanyCommand], CompanyCommand] = {type(command): command for command in ASKED}
FACT: dict[type[CompanyFact], CompanyFact] = {type(fact): fact for fact in LIFE}
LEAD = FACT[LeadRegistered]


def asked(kind: type[CompanyCommand], **changes: Any) -> CompanyCommand:
    """The example of a command, with changes."""
    return replace(COMMAND[kind], **changes)


def told(kind: type[CompanyFact], **changes: Any) -> CompanyFact:
    """The example of a fact, with changes."""
    return replace(FACT[kind], **changes)


def folded(*recorded: CompanyFact) -> Company:
    """One company after its facts."""
    company = None
    for fact in recorded:
        company = evolve_company(company, fact)
    assert company is not None
    return company
