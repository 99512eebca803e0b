"""Pass over a check of an identifier: somebody proposes it with reason and evidence, somebody else agrees.

Commands           Facts (company.…)                     Who
RegisterCompany    registration-proposed                 with `override` (registration.py)
VerifyIdentifier   verification-proposed                 with `override` (registration.py)
ApproveOverride    registered, identifier-verified       somebody else than the proposer
RejectOverride     override-rejected                     an approver

Refusals, in order of precedence
├── OverrideUnknown         nobody has proposed it (unknown)
├── OverrideDecided         it was approved or rejected already
├── OverrideTooEarly        a decision is not dated before what it decides
├── OverrideBySamePerson    C1: the approver is not the proposer
└── those of registering and verifying: what was proposed is held against what is known now
"""

from collections.abc import Sequence
from typing import ClassVar

from ledger.companies.company import (
    Companies,
    Company,
    CompanyCommand,
    CompanyRefusal,
    check_place,
    of_company,
    the_company,
)
from ledger.companies.facts import (
    CompanyFact,
    CompanyRegistered,
    Identifier,
    IdentifierVerified,
    OverrideRejected,
    RegistrationProposed,
    Scheme,
    VerificationProposed,
    identifier_tag,
)
from ledger.companies.registration import (
    STARTS,
    RegisterCompany,
    VerifyIdentifier,
    check_registration,
    check_verification,
    registered,
    verified,
)
from ledger.decider import By, Fact, Part, Text, said
from ledger.values.evidence import Grounds, Override

# Commands


class ApproveOverride(CompanyCommand, frozen=True, kw_only=True, tag="approve-override"):
    """Agree that a check of an identifier is passed over, as somebody else proposed; it is recorded with that.

    Say which identifier: its `scheme` and `value`, and FOREIGN its `registry`. It holds from the day proposed.
    """

    put_right: ClassVar[str] = (
        "`verify-identifier` with an `override`, approved by another, puts the right identifier in its place; where "
        "there is no right one: `withdraw-company-step`."
    )
    scheme: Scheme
    value: Identifier
    registry: Identifier | None = None


class RejectOverride(CompanyCommand, frozen=True, kw_only=True, tag="reject-override"):
    """Turn down a proposal to pass over a check of an identifier."""

    put_right: ClassVar[str] = "`register-company` or `verify-identifier` with an `override` proposes it anew."
    scheme: Scheme
    value: Identifier
    registry: Identifier | None = None
    reason: Text


# Refusals


class OverrideUnknown(CompanyRefusal):
    """Nobody has proposed to pass over a check of this identifier."""

    code = "override-unknown"
    kind = "unknown"


class OverrideDecided(CompanyRefusal):
    """It was approved or rejected already."""

    code = "override-decided"


class OverrideTooEarly(CompanyRefusal):
    """A decision is not dated before what it decides."""

    code = "override-too-early"


class OverrideBySamePerson(CompanyRefusal):
    """C1: the approver of an override is not who proposed it."""

    code = "override-by-same-person"


# Scope


def _scope(command: ApproveOverride | RejectOverride) -> tuple[str, ...]:
    """The company, and who holds the identifier."""
    return (*of_company(command), _named(command))


# Decide

Proposed = RegistrationProposed | VerificationProposed


def _approve(state: Companies, command: ApproveOverride, by: By) -> Sequence[Fact]:
    company = the_company(state, command)
    word = state.overrides.get((command.company, _named(command)))
    done = word.override if isinstance(word, CompanyRegistered | IdentifierVerified) else None
    if done is not None and done.approver == by.actor and done.approved_on in (None, command.effective_on):
        return ()
    proposal = _standing(word, command)
    if proposal.proposed_by == by.actor:
        raise OverrideBySamePerson(f"{by.actor} proposed {command.value}; somebody else approves it")
    vouched = Override(
        reason=proposal.reason, approver=by.actor, evidence=proposal.support, approved_on=command.effective_on
    )
    if isinstance(proposal, RegistrationProposed):
        return (_registered(state, company, proposal, vouched),)
    return (_verified(state, company, proposal, vouched),)


def _registered(
    state: Companies, company: Company, proposal: RegistrationProposed, vouched: Override
) -> CompanyRegistered:
    command = RegisterCompany(
        effective_on=proposal.effective_on,
        company=proposal.company,
        uscc=proposal.uscc,
        address=proposal.address,
        licence=proposal.licence,
        override=_grounds(proposal),
    )
    check_place(company, command, STARTS[CompanyRegistered])
    check_registration(state, company, command)
    return registered(command, vouched)


def _verified(
    state: Companies, company: Company, proposal: VerificationProposed, vouched: Override
) -> IdentifierVerified:
    command = VerifyIdentifier(
        effective_on=proposal.effective_on,
        company=proposal.company,
        scheme=proposal.scheme,
        value=proposal.value,
        registry=proposal.registry,
        method=proposal.method,
        evidence=proposal.evidence,
        override=_grounds(proposal),
    )
    check_place(company, command)
    check_verification(state, company, command)
    return verified(company, command, vouched)


def _reject(state: Companies, command: RejectOverride, by: By) -> Sequence[Fact]:
    the_company(state, command)
    word = state.overrides.get((command.company, _named(command)))
    if word is not None and word.asked == said(OverrideRejected, command):
        return ()
    _standing(word, command)
    return (
        OverrideRejected(
            effective_on=command.effective_on,
            company=command.company,
            scheme=command.scheme,
            value=command.value,
            registry=command.registry,
            reason=command.reason,
            rejected_by=by.actor,
        ),
    )


def _standing(word: CompanyFact | None, command: ApproveOverride | RejectOverride) -> Proposed:
    """The proposal that is to be decided. Raises OverrideUnknown, OverrideDecided, OverrideTooEarly."""
    if word is None:
        raise OverrideUnknown(
            f"nobody has proposed {command.value} of {command.company}: `register-company` or `verify-identifier` with"
            " an `override` does",
            field="value",
        )
    if not isinstance(word, Proposed):
        how = "turned down; propose it anew" if isinstance(word, OverrideRejected) else "recorded already"
        raise OverrideDecided(f"{command.value} of {command.company} was {how}", field="value")
    if command.effective_on < word.effective_on:
        raise OverrideTooEarly(
            f"{command.value} was proposed for {word.effective_on}; it is not decided before", field="effective_on"
        )
    return word


def _named(command: ApproveOverride | RejectOverride) -> str:
    """The identifier, as a tag."""
    return identifier_tag(command.scheme, command.value, command.registry)


def _grounds(proposal: Proposed) -> Grounds:
    return Grounds(reason=proposal.reason, evidence=proposal.support)


OVERRIDES: Part[Companies, Company] = Part(
    decide={ApproveOverride: _approve, RejectOverride: _reject},
    scope={ApproveOverride: _scope, RejectOverride: _scope},
)
