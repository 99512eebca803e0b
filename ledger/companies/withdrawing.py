"""What was recorded of a company by mistake is withdrawn (domain §14; docs/decisions/0014-withdrawn-facts.md).

Command              Fact
WithdrawCompanyStep  company.step-withdrawn

A step of the way into the city goes when no later one stands; a contact, a report, a screening, a detail goes by
itself. A decision sees everything in the scope that stands, of whatever context: a company that something names stays.

Refusals, in order of precedence
├── CompanyStepUnknown     no such step stands, or several do and `about` does not say which (unknown)
├── CompanyStepNotLatest   a later step rests on it, and goes first
├── ContactStays           a contact is erased, not withdrawn; and an erasure stays
├── CompanyNamed           a lead: a lease, an order, an agreement, a reservation names the company
├── RegainsDiffer          the company holds identifiers again: `regains` names them, so that it is seen who has them
└── (IdentifierTaken)      C2: another company holds one of them by now (conflict)
"""

from functools import reduce
from typing import ClassVar

from ledger.companies.company import Companies, CompanyCommand, CompanyRefusal, evolve
from ledger.companies.facts import (
    CompaniesMerged,
    CompanyBecameDormant,
    CompanyContactErased,
    CompanyContactSet,
    CompanyExited,
    CompanyFact,
    CompanyQualified,
    CompanyReactivated,
    CompanyRegistered,
    CompanyRejected,
    CompanyScreened,
    CompanySettledIn,
    CompanyStepWithdrawn,
    ExitInitiated,
    IdentifierVerified,
    InvestmentAgreementLinked,
    LeadRegistered,
    LoiSigned,
    OperationsCommenced,
    OriginCorrected,
    PremisesAdded,
)
from ledger.companies.registration import IdentifierTaken
from ledger.decider import By, Fact, Standing, StepName, Text, Withdrawing, stored_name
from ledger.values.days import OnRecord

# Commands


class WithdrawCompanyStep(CompanyCommand, frozen=True, kw_only=True, tag="withdraw-company-step"):
    """Withdraw what was recorded of a company by mistake; `effective_on` is the step's own date.

    about     which contact, identifier, agreement, report or contract, where several of that name and date stand
    regains   identifiers that the company holds again without the step, as `uscc:…`, `lei:…`, `foreign:REGISTRY/NUMBER`
    """

    put_right: ClassVar[str] = "Record the step again."
    effective_on: OnRecord
    step: StepName
    about: Text | None = None
    regains: tuple[Text, ...] = ()
    reason: Text


# Refusals


class CompanyStepUnknown(CompanyRefusal):
    """No such step of the company stands, or several do."""

    code = "company-step-unknown"
    kind = "unknown"


class CompanyStepNotLatest(CompanyRefusal):
    """A later step rests on it."""

    code = "company-step-not-latest"


class ContactStays(CompanyRefusal):
    """A contact is erased, not withdrawn; and an erasure stays."""

    code = "contact-stays"


class CompanyNamed(CompanyRefusal):
    """Something on record names the company."""

    code = "company-named"


class RegainsDiffer(CompanyRefusal):
    """The identifiers that the company holds again are others."""

    code = "regains-differ"


# Scope

NAMED = ("company", "tenant", "party", "investor")
"""How facts of any context are tagged with a company."""


def scope(command: WithdrawCompanyStep) -> tuple[str, ...]:
    """The company, whatever names it, and the identifiers that it holds again."""
    return (*(f"{noun}:{command.company}" for noun in NAMED), *command.regains)


# Decide

WAY: tuple[type[CompanyFact], ...] = (
    CompanyQualified,
    LoiSigned,
    InvestmentAgreementLinked,
    CompanyRejected,
    CompanyBecameDormant,
    CompanyReactivated,
    CompanyRegistered,
    CompaniesMerged,
    CompanySettledIn,
    PremisesAdded,
    OperationsCommenced,
    ExitInitiated,
    CompanyExited,
)
"""Steps of the way into the city and out of it: each rests on those before."""


def _rests(later: Fact, step: CompanyFact) -> bool:
    """Tell whether a later fact of the company rests on a step of it."""
    if not isinstance(later, CompanyFact) or later.company != step.company:
        return False
    if isinstance(step, LeadRegistered):
        return True
    if isinstance(step, WAY):
        return isinstance(later, WAY) or bool(set(later.frees) & set(step.takes))
    if isinstance(step, CompanyScreened):
        return isinstance(later, CompanyQualified)
    if isinstance(step, IdentifierVerified):
        return bool(set(later.frees) & set(step.takes))
    return isinstance(step, OriginCorrected) and isinstance(later, OriginCorrected)


def _check(facts: Standing, step: CompanyFact, command: WithdrawCompanyStep, by: By) -> None:
    """Check that nobody misses the step. Raises ContactStays, CompanyNamed, RegainsDiffer, IdentifierTaken."""
    if isinstance(step, CompanyContactSet):
        raise ContactStays("withdrawn, the person's data would still be readable: erase the contact", field="step")
    if isinstance(step, CompanyContactErased):
        raise ContactStays("the key is gone: nothing brings an erased person back", field="step")
    if isinstance(step, LeadRegistered):
        _check_unnamed(facts, command.company)
    _check_regained(facts, step, command)


def _check_unnamed(facts: Standing, company: str) -> None:
    """No fact of another thing names the company; a public claim binds nobody. Raises CompanyNamed."""
    named = {f"{noun}:{company}" for noun in NAMED}
    for fact in facts:
        name = stored_name(type(fact))
        own = isinstance(fact, CompanyFact) and fact.company == company
        if named.intersection(fact.tags) and not (own or fact.withdraws or name.startswith("claim.")):
            raise CompanyNamed(
                f"{name} of {fact.effective_on} ({fact.tags[0]}) names {company}; its lead stays", field="company"
            )


def _check_regained(facts: Standing, step: CompanyFact, command: WithdrawCompanyStep) -> None:
    """C2: what the company holds again, no other company holds. Raises RegainsDiffer, IdentifierTaken."""
    if set(command.regains) != set(step.frees):
        again = ", ".join(step.frees) or "no identifier"
        raise RegainsDiffer(f"without it {command.company} holds {again} again; say so in `regains`", field="regains")
    holders = reduce(evolve, facts, Companies()).holders
    for tag in command.regains:
        if (holder := holders.get(tag, command.company)) != command.company:
            raise IdentifierTaken(f"{tag} belongs to company {holder} by now; withdraw that first", field="regains")


WITHDRAWING = Withdrawing(
    withdrawn=CompanyStepWithdrawn,
    steps=(CompanyFact,),
    unknown=CompanyStepUnknown,
    not_latest=CompanyStepNotLatest,
    rests=_rests,
    check=_check,
)
COMPANY_STEPS = WITHDRAWING.decider(WithdrawCompanyStep, scope)
