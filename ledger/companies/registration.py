"""The identity of a company: its registration, identifiers and details; and which records are one company.

Commands           Facts (company.…)     From
RegisterCompany    registered            QUALIFIED, LOI_SIGNED, AGREEMENT_SIGNED
                   registration-proposed where a check is to be passed over (overrides.py: a second person decides)
VerifyIdentifier   identifier-verified   any
                   verification-proposed likewise
LinkParent         parent-linked         any
ChangeDetails      details-changed       any: the world changed
CorrectDetails     details-corrected     any: we had recorded it wrong
MergeCompany       merged                any: this record is a duplicate

Refusals, in order of precedence
├── IdentifierMissing       a USCC, or a foreign number and its registry
├── IdentifierFaulty        C1: the check character is wrong, and no override is given
├── IdentifierDiffers       C1: the company has another identifier of this scheme, and no override is given
├── OverrideNotNeeded       C1: an override of a sound identifier hides something
├── ApproverNamed           C1: nobody approves by being named
├── IdentifierTaken         C2: another company holds this identifier (conflict)
├── NothingGiven            a change or correction names at least one detail
└── MergeImpossible         a company is not merged into itself, an unknown or a merged one; nor one with premises

An identifier is held under a tag (`uscc:…`, `lei:…`, `foreign:REGISTRY/NUMBER`): whoever wants it must see who has it.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal, get_args

from msgspec import Meta

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
    CompaniesMerged,
    CompanyDetailsChanged,
    CompanyDetailsCorrected,
    CompanyFact,
    CompanyRegistered,
    Country,
    Identifier,
    IdentifierVerified,
    ParentLinked,
    RegistrationProposed,
    Scheme,
    Stage,
    VerificationProposed,
    identifier_tag,
    identifier_tags,
)
from ledger.decider import By, Fact, Id, Part, Text, said
from ledger.values.evidence import Evidence, Grounds, Override
from ledger.values.identifiers import lei_fault, uscc_fault, well_formed

# Commands


class RegisterCompany(CompanyCommand, frozen=True, kw_only=True, tag="register-company"):
    """Record the registration: a `uscc`, or `foreign_registry` and `foreign_number`.

    With `override`, a USCC whose check character is wrong is proposed: `approve-override` by another registers it.
    """

    put_right: ClassVar[str] = (
        "A wrong USCC or number: `verify-identifier` with the right one and an override; a wrong address: "
        "`correct-details`. A proposal: `reject-override`. Anything else: "
        "`withdraw-company-step`, the latest step first."
    )
    uscc: Identifier | None = None
    foreign_registry: Identifier | None = None
    foreign_number: Identifier | None = None
    address: Text
    licence: Evidence
    override: Grounds | None = None


class VerifyIdentifier(CompanyCommand, frozen=True, kw_only=True, tag="verify-identifier"):
    """Record that an identifier was compared with a source. FOREIGN needs its `registry`.

    With `override`, a wrong or another identifier is proposed: `approve-override` by another records it.
    """

    put_right: ClassVar[str] = (
        "`verify-identifier` with the right one and an override, approved by another; a proposal: `reject-override`; "
        "where there is no right one: `withdraw-company-step`."
    )
    scheme: Scheme
    value: Identifier
    registry: Identifier | None = None
    method: Literal["REGISTRY", "DOCUMENT", "CALLBACK"]
    evidence: Evidence
    override: Grounds | None = None


class LinkParent(CompanyCommand, frozen=True, kw_only=True, tag="link-parent"):
    """Name the parent company by its LEI."""

    put_right: ClassVar[str] = (
        "`link-parent` again: the latest counts; where there is no parent: `withdraw-company-step`."
    )
    parent_lei: Identifier


class ChangeDetails(CompanyCommand, frozen=True, kw_only=True, tag="change-details"):
    """The company changed its name, country or address on this date."""

    put_right: ClassVar[str] = "`correct-details`, or `withdraw-company-step`: the details before stand again."
    name: Text | None = None
    name_zh: Text | None = None
    country: Country | None = None
    address: Text | None = None


class CorrectDetails(CompanyCommand, frozen=True, kw_only=True, tag="correct-details"):
    """We recorded a detail wrong. `effective_on`: since when the right value holds; `corrects`: the wrong position."""

    put_right: ClassVar[str] = "`correct-details` again, or `withdraw-company-step`: the details before stand again."
    name: Text | None = None
    name_zh: Text | None = None
    country: Country | None = None
    address: Text | None = None
    reason: Text
    corrects: Annotated[int, Meta(ge=1)]
    evidence: Evidence | None = None


class MergeCompany(CompanyCommand, frozen=True, kw_only=True, tag="merge-company"):
    """This record is a duplicate of `into`; verify its identifiers for the survivor afterwards."""

    put_right: ClassVar[str] = "`withdraw-company-step`, saying in `regains` which identifiers the record holds again."
    into: Id
    reason: Text
    evidence: Evidence


# Refusals


class IdentifierMissing(CompanyRefusal):
    """A registration names a USCC, or a foreign number and its registry; a foreign number its registry."""

    code = "identifier-missing"


class IdentifierFaulty(CompanyRefusal):
    """C1: the check character is wrong, and no override is given."""

    code = "identifier-faulty"


class IdentifierDiffers(CompanyRefusal):
    """C1: the company has another identifier of this scheme, and no override is given."""

    code = "identifier-differs"


class OverrideNotNeeded(CompanyRefusal):
    """C1: an override of a sound identifier hides something."""

    code = "override-not-needed"


class ApproverNamed(CompanyRefusal):
    """C1: nobody approves by being named: the approver of an override approves with credentials of their own."""

    code = "approver-named"


class IdentifierTaken(CompanyRefusal):
    """C2: another company holds this identifier."""

    code = "identifier-taken"
    kind = "conflict"


class NothingGiven(CompanyRefusal):
    """A change or correction names at least one detail."""

    code = "nothing-given"


class MergeImpossible(CompanyRefusal):
    """A company is not merged into itself, an unknown or a merged one."""

    code = "merge-impossible"


# Scope


def _scope_of_registration(command: RegisterCompany) -> tuple[str, ...]:
    return (*of_company(command), *_registered_by(command))


def _scope_of_verification(command: VerifyIdentifier) -> tuple[str, ...]:
    return (*of_company(command), _verified(command))


def _scope_of_merger(command: MergeCompany) -> tuple[str, ...]:
    return (*of_company(command), f"company:{command.into}")


# Decide

STARTS: Mapping[type[CompanyFact], frozenset[Stage]] = {
    CompanyRegistered: frozenset({"QUALIFIED", "LOI_SIGNED", "AGREEMENT_SIGNED"}),
    CompaniesMerged: frozenset(get_args(Stage)) - {"MERGED"},
}
"""fact -> the stages from which it may follow; those not listed may follow any."""


def _register(state: Companies, command: RegisterCompany, by: By) -> Sequence[Fact]:
    company = the_company(state, command)
    vouched = _vouched(state, command, *_registered_by(command))
    if said(CompanyRegistered, command, override=vouched) in state.asked.values():
        return ()
    check_place(company, command, STARTS[CompanyRegistered])
    check_registration(state, company, command)
    if command.override is not None:
        return _propose_registration(state, command, command.override, by)
    return (registered(command, None),)


def registered(command: RegisterCompany, override: Override | None) -> CompanyRegistered:
    """The registration, and who passed over a check for it."""
    return CompanyRegistered(
        effective_on=command.effective_on,
        company=command.company,
        uscc=command.uscc,
        foreign_registry=command.foreign_registry,
        foreign_number=command.foreign_number,
        address=command.address,
        licence=command.licence,
        override=override,
    )


def _propose_registration(state: Companies, command: RegisterCompany, grounds: Grounds, by: By) -> Sequence[Fact]:
    assert command.uscc is not None, "only a USCC has a check to pass over"
    given = {"reason": grounds.reason, "support": grounds.evidence}
    if _proposed_already(state, said(RegistrationProposed, command, **given), by, *_registered_by(command)):
        return ()
    return (
        RegistrationProposed(
            effective_on=command.effective_on,
            company=command.company,
            uscc=command.uscc,
            address=command.address,
            licence=command.licence,
            reason=grounds.reason,
            support=grounds.evidence,
            proposed_by=by.actor,
        ),
    )


def _verify(state: Companies, command: VerifyIdentifier, by: By) -> Sequence[Fact]:
    company = the_company(state, command)
    vouched = _vouched(state, command, _verified(command))
    if said(IdentifierVerified, command, override=vouched) in state.asked.values():
        return ()
    check_place(company, command)
    check_verification(state, company, command)
    if command.override is not None:
        return _propose_verification(state, command, command.override, by)
    return (verified(company, command, None),)


def verified(company: Company, command: VerifyIdentifier, override: Override | None) -> IdentifierVerified:
    """The verification, which identifier it replaces, and who passed over a check for it."""
    return IdentifierVerified(
        effective_on=command.effective_on,
        company=command.company,
        scheme=command.scheme,
        value=command.value,
        registry=command.registry,
        method=command.method,
        evidence=command.evidence,
        override=override,
        replaced=_other(company, _verified(command)),
    )


def _propose_verification(state: Companies, command: VerifyIdentifier, grounds: Grounds, by: By) -> Sequence[Fact]:
    given = {"reason": grounds.reason, "support": grounds.evidence}
    if _proposed_already(state, said(VerificationProposed, command, **given), by, _verified(command)):
        return ()
    return (
        VerificationProposed(
            effective_on=command.effective_on,
            company=command.company,
            scheme=command.scheme,
            value=command.value,
            registry=command.registry,
            method=command.method,
            evidence=command.evidence,
            reason=grounds.reason,
            support=grounds.evidence,
            proposed_by=by.actor,
        ),
    )


def _vouched(state: Companies, command: RegisterCompany | VerifyIdentifier, tag: str = "") -> Override | None:
    """The override as the fact says it: on the word of whoever approved, or of who was named when names were enough."""
    if command.override is None:
        return None
    word = state.overrides.get((command.company, tag))
    done = word.override if isinstance(word, CompanyRegistered | IdentifierVerified) else None
    approver = command.override.approver or (None if done is None else done.approver)
    if approver is None:
        return None
    grounds, on = command.override, None if done is None else done.approved_on
    return Override(reason=grounds.reason, approver=approver, evidence=grounds.evidence, approved_on=on)


def _proposed_already(state: Companies, says: tuple[Any, ...], by: By, tag: str) -> bool:
    """Tell whether this person proposed just this; the same words of another person are another proposal."""
    fact = state.overrides.get((says[2], tag))
    if not isinstance(fact, RegistrationProposed | VerificationProposed):
        return False
    return (fact.asked, fact.proposed_by) == (says, by.actor)


def _link_parent(state: Companies, command: LinkParent, by: By) -> Sequence[Fact]:
    company = the_company(state, command)
    if said(ParentLinked, command) in state.asked.values():
        return ()
    check_place(company, command)
    if fault := lei_fault(command.parent_lei):
        raise IdentifierFaulty(fault, field="parent_lei")
    return (ParentLinked(effective_on=command.effective_on, company=command.company, parent_lei=command.parent_lei),)


def _change_details(state: Companies, command: ChangeDetails, by: By) -> Sequence[Fact]:
    company = the_company(state, command)
    if said(CompanyDetailsChanged, command) in state.asked.values():
        return ()
    check_place(company, command)
    _check_given(command)
    return (
        CompanyDetailsChanged(
            effective_on=command.effective_on,
            company=command.company,
            name=command.name,
            name_zh=command.name_zh,
            country=command.country,
            address=command.address,
        ),
    )


def _correct_details(state: Companies, command: CorrectDetails, by: By) -> Sequence[Fact]:
    company = the_company(state, command)
    if said(CompanyDetailsCorrected, command) in state.asked.values():
        return ()
    check_place(company, command)
    _check_given(command)
    return (
        CompanyDetailsCorrected(
            effective_on=command.effective_on,
            company=command.company,
            name=command.name,
            name_zh=command.name_zh,
            country=command.country,
            address=command.address,
            reason=command.reason,
            corrects=command.corrects,
            evidence=command.evidence,
        ),
    )


def _merge(state: Companies, command: MergeCompany, by: By) -> Sequence[Fact]:
    company = the_company(state, command)
    if said(CompaniesMerged, command) in state.asked.values():
        return ()
    check_place(company, command, STARTS[CompaniesMerged])
    _check_merger(state, company, command)
    return (
        CompaniesMerged(
            effective_on=command.effective_on,
            company=command.company,
            into=command.into,
            released=_held(company),
            reason=command.reason,
            evidence=command.evidence,
        ),
    )


# Identifiers, as tags


def _registered_by(command: RegisterCompany) -> tuple[str, ...]:
    """The identifier that a registration names; none where it names none."""
    return identifier_tags(command.uscc, command.foreign_number, command.foreign_registry)


def _verified(command: VerifyIdentifier) -> str:
    """The identifier that was verified."""
    return identifier_tag(command.scheme, command.value, command.registry)


def _held(company: Company) -> tuple[str, ...]:
    """Every identifier the company holds."""
    tags = []
    if company.uscc is not None:
        tags.append(identifier_tag("USCC", company.uscc))
    if company.lei is not None:
        tags.append(identifier_tag("LEI", company.lei))
    if company.foreign_number is not None:
        tags.append(identifier_tag("FOREIGN", company.foreign_number, company.foreign_registry))
    return tuple(tags)


def _other(company: Company, wanted: str) -> str | None:
    """Another identifier of the same scheme that the company holds."""
    scheme = wanted.partition(":")[0]
    return next((tag for tag in _held(company) if tag.partition(":")[0] == scheme and tag != wanted), None)


# Rules


def check_registration(state: Companies, company: Company, command: RegisterCompany) -> None:
    """The identifier: there, sound or to be passed over, the only one, and nobody else's."""
    foreign = (command.foreign_registry, command.foreign_number)
    if (command.uscc is None) == (None in foreign) or (command.uscc is not None and foreign != (None, None)):
        raise IdentifierMissing("give a uscc, or foreign_registry and foreign_number", field="uscc")
    if command.uscc is not None:
        _check_identifier("USCC", command.uscc, None, command.override, field="uscc")
    elif command.override is not None:
        raise OverrideNotNeeded("a foreign number has no check character to override", field="override")
    (wanted,) = _registered_by(command)
    if other := _other(company, wanted):
        raise IdentifierDiffers(f"the company holds {other} already; verify the right identifier first", field="uscc")
    _check_free(state, company, wanted)


def check_verification(state: Companies, company: Company, command: VerifyIdentifier) -> None:
    """The identifier: sound and unchanged or to be passed over, and nobody else's."""
    replaced = _other(company, _verified(command))
    if command.scheme == "FOREIGN" and command.registry is None:
        raise IdentifierMissing("a foreign number needs the registry that gave it", field="registry")
    _check_identifier(command.scheme, command.value, replaced, command.override)
    _check_free(state, company, _verified(command))


def _check_identifier(
    scheme: Scheme, value: str, differs: str | None, override: Grounds | None, *, field: str = "value"
) -> None:
    """C1: sound and unchanged, or to be passed over by two people with evidence."""
    fault = {"USCC": uscc_fault, "LEI": lei_fault}.get(scheme, lambda _: None)(value)
    if fault and not well_formed(scheme, value):
        raise IdentifierFaulty(f"{fault}; no override can make it one", field=field)
    if override is None:
        how = "correct it, or give an `override` with a reason and evidence, for a second person to approve"
        if fault:
            raise IdentifierFaulty(f"{fault}; {how}", field=field)
        if differs:
            raise IdentifierDiffers(f"the company holds {differs} already; {how}", field=field)
    elif not fault and not differs:
        raise OverrideNotNeeded(f"{value} is sound; leave the override out", field="override")
    elif override.approver is not None:
        raise ApproverNamed(
            f"naming {override.approver} is not their approval: leave `approver` out, and this is proposed; somebody"
            " else then approves it with their own credentials (`approve-override`)",
            field="override",
        )


def _check_free(state: Companies, company: Company, tag: str) -> None:
    """C2: no other company holds the identifier."""
    holder = state.holders.get(tag, company.company)
    if holder != company.company:
        raise IdentifierTaken(
            f"{tag} belongs to company {holder}; if they are one, merge the records, else verify the right one for"
            f" {holder} first"
        )


def _check_given(command: ChangeDetails | CorrectDetails) -> None:
    if {command.name, command.name_zh, command.country, command.address} == {None}:
        raise NothingGiven("give at least one of name, name_zh, country and address")


def _check_merger(state: Companies, company: Company, command: MergeCompany) -> None:
    survivor = state.companies.get(command.into)
    if command.into == command.company:
        raise MergeImpossible("a company is not merged into itself", field="into")
    if company.premises:
        held = ", ".join(company.premises)
        raise MergeImpossible(f"{company.company} has premises ({held}): merge the other record into this one")
    if survivor is None or survivor.lead_on is None:
        raise MergeImpossible(f"there is no company {command.into} to merge into", field="into")
    if survivor.stage == "MERGED":
        raise MergeImpossible(f"{command.into} was merged into {survivor.merged_into} itself", field="into")


REGISTRATION: Part[Companies, Company] = Part(
    decide={
        RegisterCompany: _register,
        VerifyIdentifier: _verify,
        LinkParent: _link_parent,
        ChangeDetails: _change_details,
        CorrectDetails: _correct_details,
        MergeCompany: _merge,
    },
    scope={
        RegisterCompany: _scope_of_registration,
        VerifyIdentifier: _scope_of_verification,
        LinkParent: of_company,
        ChangeDetails: of_company,
        CorrectDetails: of_company,
        MergeCompany: _scope_of_merger,
    },
)
