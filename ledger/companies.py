"""A company's way into the city, and out again.

LEAD → QUALIFIED → LOI_SIGNED → AGREEMENT_SIGNED → REGISTERED → SETTLED_IN → OPERATING → EXITING → EXITED
aside: REJECTED, DORMANT (both can come back), MERGED (a duplicate record; never comes back)
a flag, never a stage: what the press reported about settling in

Commands                  Facts (company.…)          From
RegisterLead              lead-registered            –
AddTouch                  touch-added                any
CorrectOrigin             origin-corrected           any
ScreenCompany             screened                   any
QualifyCompany            qualified                  LEAD
SignLoi                   loi-signed                 QUALIFIED
LinkInvestmentAgreement   agreement-linked           QUALIFIED, LOI_SIGNED; later ones without a change of stage
RegisterCompany           registered                 QUALIFIED, LOI_SIGNED, AGREEMENT_SIGNED
VerifyIdentifier          identifier-verified        any
LinkParent                parent-linked              any
ReportSettled             reported-settled           any
SettleIn                  settled-in                 REGISTERED
AddPremises               premises-added             SETTLED_IN, OPERATING, EXITING
CommenceOperations        operations-commenced       SETTLED_IN
ChangeDetails             details-changed            any
CorrectDetails            details-corrected          any
InitiateExit              exit-initiated             REGISTERED, SETTLED_IN, OPERATING
CompleteExit              exited                     EXITING
RejectCompany             rejected                   LEAD … AGREEMENT_SIGNED
MarkDormant               became-dormant             LEAD … REGISTERED
ReactivateCompany         reactivated                REJECTED, DORMANT: back to the stage before
MergeCompany              merged                     any

Refusals, in order of precedence
CompanyRefusal
├── CompanyUnknown          no such company (unknown)
├── CompanyExists           this id is another company's (conflict)
├── MergedAway              the record was merged: go on with the one it was merged into
├── BeforeLead              nothing about a company is effective before its lead
├── StepBeforePrevious      a stage is not reached before the stage in front of it
├── StageForbids            this step does not start from this stage
├── OriginYearMismatch      a CIIE pavilion has a year, other channels have none
├── NotScreened             qualifying needs a clear screening on every list
├── LoiIsBinding            C6: an LOI carries intentions, never commitments
├── AmountMalformed         more decimals than the currency has
├── IdentifierMissing       a USCC, or a foreign number and its registry
├── IdentifierFaulty        C1: the check character is wrong, and nobody overrode it
├── IdentifierDiffers       C1: the company has another identifier of this scheme, and nobody overrode it
├── OverrideNotNeeded       C1: an override of a sound identifier hides something
├── OverrideBySamePerson    C1: the approver of an override is a second person
├── IdentifierTaken         C2: another company holds this identifier (conflict)
├── ContractNotExecuted     C3: the lease or land contract was executed later
├── HandoverMissing         C3: handover comes on or before settling in
├── NothingGiven            a change or correction names at least one detail
├── PremisesRemain          C4: a lease or land contract has not ended
├── BalancesRemain          C4: receivable and deposits are zero, or explicitly transferred
└── MergeImpossible         a company is not merged into itself, an unknown or a merged one
C5, the first touch is immutable: no command changes the origin but CorrectOrigin, which keeps what it was.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta, Struct, structs

from ledger.decider import By, Command, Decider, Fact, Id, Refusal, Text
from ledger.evidence import Evidence, Override
from ledger.identifiers import lei_fault, uscc_fault

OriginChannel = Literal["CIIE_PAVILION", "BAC_REFERRAL", "GOV_AGREEMENT", "DIRECT", "PARTNER", "OTHER"]
Stage = Literal[
    "LEAD",
    "QUALIFIED",
    "LOI_SIGNED",
    "AGREEMENT_SIGNED",
    "REGISTERED",
    "SETTLED_IN",
    "OPERATING",
    "EXITING",
    "EXITED",
    "REJECTED",
    "DORMANT",
    "MERGED",
]
Scheme = Literal["USCC", "LEI", "FOREIGN"]
ScreeningList = Literal["SANCTIONS", "EXPORT_CONTROL", "NEGATIVE_LIST"]
SCREENING_LISTS: tuple[ScreeningList, ...] = ("SANCTIONS", "EXPORT_CONTROL", "NEGATIVE_LIST")
Country = Annotated[str, Meta(pattern=r"^[A-Z]{2}$(?!\n)", description="ISO 3166-1 alpha-2, such as CN or US.")]
Year = Annotated[int, Meta(ge=2018, le=2100)]
Identifier = Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[0-9A-Z-]+$(?!\n)")]
Yuan = Annotated[str, Meta(pattern=r"^[0-9]{1,15}(\.[0-9]{2})?$(?!\n)", description="CNY, two decimals: 1234.50.")]
Amount = Annotated[
    str, Meta(pattern=r"^[0-9]{1,15}(\.[0-9]{1,3})?$(?!\n)", description="A decimal amount: 5000000.00.")
]
Currency = Literal["CNY", "USD", "EUR", "JPY", "KRW", "BHD", "KWD"]
DECIMALS: Mapping[str, int] = {"CNY": 2, "USD": 2, "EUR": 2, "JPY": 0, "KRW": 0, "BHD": 3, "KWD": 3}


class Intended(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An amount somebody means to invest. It binds nobody and is nobody's money here."""

    currency: Currency
    amount: Amount


class Contract(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A lease or a land contract, as evidence; `reference` is its number in the files."""

    kind: Literal["LEASE", "LAND"]
    reference: Id
    executed_on: date
    evidence: Evidence


class EndedContract(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A lease or land contract that has ended."""

    reference: Id
    ended_on: date
    evidence: Evidence


class Transfer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who takes over the balances of a company that leaves."""

    company: Id
    evidence: Evidence


# Names are storage: a tag below is written into every stored fact and never changes.


class CompanyFact(Fact, frozen=True, kw_only=True):
    """Something that happened to a company."""

    tag_fields: ClassVar = ("company",)
    company: Id

    @property
    def companies(self) -> tuple[str, ...]:
        """The companies whose state this fact moves on."""
        return (self.company,)

    @property
    def takes(self) -> tuple[str, ...]:
        """Identifiers, as tags, that the company holds from now on."""
        return ()

    @property
    def frees(self) -> tuple[str, ...]:
        """Identifiers, as tags, that the company holds no more."""
        return ()

    @property
    def tags(self) -> tuple[str, ...]:
        """The company, and every identifier taken or freed."""
        return (f"company:{self.company}", *self.takes, *self.frees)


class LeadRegistered(CompanyFact, frozen=True, kw_only=True, tag="company.lead-registered"):
    """We came to know of a company. The channel of this first touch is its origin."""

    name: Text
    name_zh: Text | None = None
    country: Country
    origin: OriginChannel
    origin_year: Year | None = None
    source: Text | None = None


class TouchAdded(CompanyFact, frozen=True, kw_only=True, tag="company.touch-added"):
    """A later contact through some channel; the origin stays what it was."""

    channel: OriginChannel
    year: Year | None = None
    note: Text | None = None


class OriginCorrected(CompanyFact, frozen=True, kw_only=True, tag="company.origin-corrected"):
    """The origin had been recorded wrong."""

    origin: OriginChannel
    origin_year: Year | None = None
    was: OriginChannel
    was_year: Year | None = None
    reason: Text
    evidence: Evidence


class CompanyScreened(CompanyFact, frozen=True, kw_only=True, tag="company.screened"):
    """The company was looked for on lists of sanctions, export control and restricted business."""

    result: Literal["CLEAR", "HIT"]
    lists: tuple[ScreeningList, ...]
    evidence: Evidence


class CompanyQualified(CompanyFact, frozen=True, kw_only=True, tag="company.qualified"):
    """The company is one we want and may deal with."""


class LoiSigned(CompanyFact, frozen=True, kw_only=True, tag="company.loi-signed"):
    """A letter of intent or memorandum of understanding was signed. It binds nobody."""

    intended_investment: Intended | None = None
    evidence: Evidence


class InvestmentAgreementLinked(CompanyFact, frozen=True, kw_only=True, tag="company.agreement-linked"):
    """A binding investment agreement with the company exists under this reference."""

    agreement: Id
    signed_on: date
    evidence: Evidence


class CompanyRegistered(CompanyFact, frozen=True, kw_only=True, tag="company.registered"):
    """The company exists in law: a USCC, or a foreign registration."""

    uscc: Identifier | None = None
    foreign_registry: Identifier | None = None
    foreign_number: Identifier | None = None
    address: Text
    licence: Evidence
    override: Override | None = None

    @property
    def takes(self) -> tuple[str, ...]:
        """Its USCC or foreign number."""
        return _identifier_tags(self)


class IdentifierVerified(CompanyFact, frozen=True, kw_only=True, tag="company.identifier-verified"):
    """Somebody compared an identifier with a source. `replaced` is the one recorded wrong until now, as a tag."""

    scheme: Scheme
    value: Identifier
    registry: Identifier | None = None
    method: Literal["REGISTRY", "DOCUMENT", "CALLBACK"]
    evidence: Evidence
    override: Override | None = None
    replaced: Text | None = None

    @property
    def takes(self) -> tuple[str, ...]:
        """The identifier."""
        return (identifier_tag(self.scheme, self.value, self.registry),)

    @property
    def frees(self) -> tuple[str, ...]:
        """The one it replaces."""
        return () if self.replaced is None else (self.replaced,)


class ParentLinked(CompanyFact, frozen=True, kw_only=True, tag="company.parent-linked"):
    """The company's parent is known by its LEI."""

    parent_lei: Identifier


class CompanyReportedSettled(CompanyFact, frozen=True, kw_only=True, tag="company.reported-settled"):
    """A public statement says that the company has settled in. It is a claim, not evidence."""

    statement: Text
    source: Text
    published_on: date


class CompanySettledIn(CompanyFact, frozen=True, kw_only=True, tag="company.settled-in"):
    """The company is here: a licence with an address in the park, an executed contract, the premises handed over."""

    licence: Evidence
    park_address: Text
    contract: Contract
    handover_on: date
    handover: Evidence


class PremisesAdded(CompanyFact, frozen=True, kw_only=True, tag="company.premises-added"):
    """A further lease or land contract."""

    contract: Contract


class OperationsCommenced(CompanyFact, frozen=True, kw_only=True, tag="company.operations-commenced"):
    """First production or first invoice."""

    evidence: Evidence


class CompanyDetailsChanged(CompanyFact, frozen=True, kw_only=True, tag="company.details-changed"):
    """The world changed: from this date on the company has another name, country or address."""

    name: Text | None = None
    name_zh: Text | None = None
    country: Country | None = None
    address: Text | None = None


class CompanyDetailsCorrected(CompanyFact, frozen=True, kw_only=True, tag="company.details-corrected"):
    """We had recorded a detail wrong: from this date on it was really this. `corrects` is the position that had it."""

    name: Text | None = None
    name_zh: Text | None = None
    country: Country | None = None
    address: Text | None = None
    reason: Text
    corrects: int
    evidence: Evidence | None = None


class ExitInitiated(CompanyFact, frozen=True, kw_only=True, tag="company.exit-initiated"):
    """The company has begun to leave."""

    reason: Text


class CompanyExited(CompanyFact, frozen=True, kw_only=True, tag="company.exited"):
    """The company has left: contracts ended, balances zero or taken over."""

    ended: tuple[EndedContract, ...]
    receivable: Yuan
    deposits_held: Yuan
    transferred_to: Transfer | None = None


class CompanyRejected(CompanyFact, frozen=True, kw_only=True, tag="company.rejected"):
    """We will not go on with this company."""

    reason: Text


class CompanyBecameDormant(CompanyFact, frozen=True, kw_only=True, tag="company.became-dormant"):
    """Nothing moves for the time being."""

    reason: Text


class CompanyReactivated(CompanyFact, frozen=True, kw_only=True, tag="company.reactivated"):
    """Back to the stage it had."""

    reason: Text


class CompaniesMerged(CompanyFact, frozen=True, kw_only=True, tag="company.merged"):
    """This record was a duplicate of `into`. Its identifiers (as tags) are free for the survivor."""

    into: Id
    released: tuple[str, ...] = ()
    reason: Text
    evidence: Evidence

    @property
    def frees(self) -> tuple[str, ...]:
        """Every identifier it held."""
        return self.released

    @property
    def tags(self) -> tuple[str, ...]:
        """Both companies: the survivor's history shows it as well."""
        return (f"company:{self.company}", f"company:{self.into}", *self.released)


# Commands


class CompanyCommand(Command, frozen=True, kw_only=True):
    """Something asked for one company."""

    company: Id


class RegisterLead(CompanyCommand, frozen=True, kw_only=True, tag="register-lead"):
    """Begin a company's record. `company` is the id you choose for it; CIIE_PAVILION needs its `origin_year`."""

    name: Text
    name_zh: Text | None = None
    country: Country
    origin: OriginChannel
    origin_year: Year | None = None
    source: Text | None = None


class AddTouch(CompanyCommand, frozen=True, kw_only=True, tag="add-touch"):
    """Note a later contact; the origin does not change."""

    channel: OriginChannel
    year: Year | None = None
    note: Text | None = None


class CorrectOrigin(CompanyCommand, frozen=True, kw_only=True, tag="correct-origin"):
    """The origin was recorded wrong: say what it really was, and what proves it."""

    origin: OriginChannel
    origin_year: Year | None = None
    reason: Text
    evidence: Evidence


class ScreenCompany(CompanyCommand, frozen=True, kw_only=True, tag="screen-company"):
    """Record the result of looking the company up on lists."""

    result: Literal["CLEAR", "HIT"]
    lists: Annotated[tuple[ScreeningList, ...], Meta(min_length=1, max_length=3)]
    evidence: Evidence


class QualifyCompany(CompanyCommand, frozen=True, kw_only=True, tag="qualify-company"):
    """Qualify a lead. Its latest screening must be clear on all three lists."""


class SignLoi(CompanyCommand, frozen=True, kw_only=True, tag="sign-loi"):
    """Record a letter of intent or MoU. It carries intentions only."""

    intended_investment: Intended | None = None
    binding: bool = False
    evidence: Evidence


class LinkInvestmentAgreement(CompanyCommand, frozen=True, kw_only=True, tag="link-investment-agreement"):
    """Record that a binding investment agreement exists."""

    agreement: Id
    signed_on: date
    evidence: Evidence


class RegisterCompany(CompanyCommand, frozen=True, kw_only=True, tag="register-company"):
    """Record the registration: a `uscc`, or `foreign_registry` and `foreign_number`."""

    uscc: Identifier | None = None
    foreign_registry: Identifier | None = None
    foreign_number: Identifier | None = None
    address: Text
    licence: Evidence
    override: Override | None = None


class VerifyIdentifier(CompanyCommand, frozen=True, kw_only=True, tag="verify-identifier"):
    """Record that an identifier was compared with a source. FOREIGN needs its `registry`."""

    scheme: Scheme
    value: Identifier
    registry: Identifier | None = None
    method: Literal["REGISTRY", "DOCUMENT", "CALLBACK"]
    evidence: Evidence
    override: Override | None = None


class LinkParent(CompanyCommand, frozen=True, kw_only=True, tag="link-parent"):
    """Name the parent company by its LEI."""

    parent_lei: Identifier


class ReportSettled(CompanyCommand, frozen=True, kw_only=True, tag="report-settled"):
    """Keep a public statement that the company has settled in; for evidence use settle-in."""

    statement: Text
    source: Text
    published_on: date


class SettleIn(CompanyCommand, frozen=True, kw_only=True, tag="settle-in"):
    """Record that the company has settled in, with all three proofs."""

    licence: Evidence
    park_address: Text
    contract: Contract
    handover_on: date
    handover: Evidence


class AddPremises(CompanyCommand, frozen=True, kw_only=True, tag="add-premises"):
    """Record a further lease or land contract."""

    contract: Contract


class CommenceOperations(CompanyCommand, frozen=True, kw_only=True, tag="commence-operations"):
    """Record the first production or invoice."""

    evidence: Evidence


class ChangeDetails(CompanyCommand, frozen=True, kw_only=True, tag="change-details"):
    """The company changed its name, country or address on this date."""

    name: Text | None = None
    name_zh: Text | None = None
    country: Country | None = None
    address: Text | None = None


class CorrectDetails(CompanyCommand, frozen=True, kw_only=True, tag="correct-details"):
    """We recorded a detail wrong. `effective_on`: since when the right value holds; `corrects`: the wrong position."""

    name: Text | None = None
    name_zh: Text | None = None
    country: Country | None = None
    address: Text | None = None
    reason: Text
    corrects: Annotated[int, Meta(ge=1)]
    evidence: Evidence | None = None


class InitiateExit(CompanyCommand, frozen=True, kw_only=True, tag="initiate-exit"):
    """The company begins to leave."""

    reason: Text


class CompleteExit(CompanyCommand, frozen=True, kw_only=True, tag="complete-exit"):
    """The company has left. Every contract is listed as ended; balances are zero or transferred."""

    ended: tuple[EndedContract, ...]
    receivable: Yuan
    deposits_held: Yuan
    transferred_to: Transfer | None = None


class RejectCompany(CompanyCommand, frozen=True, kw_only=True, tag="reject-company"):
    """Do not go on with this company."""

    reason: Text


class MarkDormant(CompanyCommand, frozen=True, kw_only=True, tag="mark-dormant"):
    """Nothing moves for the time being."""

    reason: Text


class ReactivateCompany(CompanyCommand, frozen=True, kw_only=True, tag="reactivate-company"):
    """Go on with a rejected or dormant company, at the stage it had."""

    reason: Text


class MergeCompany(CompanyCommand, frozen=True, kw_only=True, tag="merge-company"):
    """This record is a duplicate of `into`; verify its identifiers for the survivor afterwards."""

    into: Id
    reason: Text
    evidence: Evidence


# Refusals: the tree is in the table of contents


class CompanyRefusal(Refusal):
    """A rule about companies said no."""


class CompanyUnknown(CompanyRefusal):
    """No such company."""

    code = "company-unknown"
    kind = "unknown"


class CompanyExists(CompanyRefusal):
    """This id is another company's."""

    code = "company-exists"
    kind = "conflict"


class MergedAway(CompanyRefusal):
    """The record was merged: go on with the one it was merged into."""

    code = "company-merged-away"


class BeforeLead(CompanyRefusal):
    """Nothing about a company is effective before its lead."""

    code = "before-lead"


class StepBeforePrevious(CompanyRefusal):
    """A stage is not reached before the stage in front of it."""

    code = "step-before-previous"


class StageForbids(CompanyRefusal):
    """This step does not start from this stage."""

    code = "stage-forbids"


class OriginYearMismatch(CompanyRefusal):
    """A CIIE pavilion has a year, other channels have none."""

    code = "origin-year-mismatch"


class NotScreened(CompanyRefusal):
    """Qualifying needs a clear screening on every list."""

    code = "not-screened"


class LoiIsBinding(CompanyRefusal):
    """C6: an LOI carries intentions, never commitments."""

    code = "loi-is-binding"


class AmountMalformed(CompanyRefusal):
    """More decimals than the currency has."""

    code = "amount-malformed"


class IdentifierMissing(CompanyRefusal):
    """A registration names a USCC, or a foreign number and its registry; a foreign number its registry."""

    code = "identifier-missing"


class IdentifierFaulty(CompanyRefusal):
    """C1: the check character is wrong, and nobody overrode it."""

    code = "identifier-faulty"


class IdentifierDiffers(CompanyRefusal):
    """C1: the company has another identifier of this scheme, and nobody overrode it."""

    code = "identifier-differs"


class OverrideNotNeeded(CompanyRefusal):
    """C1: an override of a sound identifier hides something."""

    code = "override-not-needed"


class OverrideBySamePerson(CompanyRefusal):
    """C1: the approver of an override is a second person."""

    code = "override-by-same-person"


class IdentifierTaken(CompanyRefusal):
    """C2: another company holds this identifier."""

    code = "identifier-taken"
    kind = "conflict"


class ContractNotExecuted(CompanyRefusal):
    """C3: the lease or land contract was executed later."""

    code = "contract-not-executed"


class HandoverMissing(CompanyRefusal):
    """C3: handover comes on or before settling in."""

    code = "handover-missing"


class NothingGiven(CompanyRefusal):
    """A change or correction names at least one detail."""

    code = "nothing-given"


class PremisesRemain(CompanyRefusal):
    """C4: a lease or land contract has not ended."""

    code = "premises-remain"


class BalancesRemain(CompanyRefusal):
    """C4: receivable and deposits are zero, or explicitly transferred."""

    code = "balances-remain"


class MergeImpossible(CompanyRefusal):
    """A company is not merged into itself, an unknown or a merged one."""

    code = "merge-impossible"


# State


class Company(Struct, frozen=True, kw_only=True):
    """A company as its facts tell, in whatever order they are folded. `since`: when it reached its stage."""

    company: str
    stage: Stage = "LEAD"
    since: date = date.min
    stage_before: Stage | None = None
    name: str | None = None
    name_zh: str | None = None
    country: str | None = None
    address: str | None = None
    origin: OriginChannel | None = None
    origin_year: int | None = None
    touches: tuple[tuple[date, OriginChannel, int | None, str | None], ...] = ()
    screening: CompanyScreened | None = None
    agreements: tuple[str, ...] = ()
    uscc: str | None = None
    lei: str | None = None
    foreign_registry: str | None = None
    foreign_number: str | None = None
    verified: tuple[tuple[date, Scheme, str, str], ...] = ()
    parent_lei: str | None = None
    reports: tuple[tuple[date, str], ...] = ()
    reported_settled_on: date | None = None
    premises: tuple[str, ...] = ()
    merged_into: str | None = None
    lead_on: date | None = None
    qualified_on: date | None = None
    loi_on: date | None = None
    agreement_on: date | None = None
    registered_on: date | None = None
    settled_in_on: date | None = None
    operating_on: date | None = None
    exiting_on: date | None = None
    exited_on: date | None = None


@dataclass(frozen=True, slots=True)
class Companies:
    """What one scope tells: its companies, and who holds the identifiers in it (as tags)."""

    companies: Mapping[str, Company] = field(default_factory=lambda: MappingProxyType({}))
    holders: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def identifier_tag(scheme: Scheme, value: str, registry: str | None = None) -> str:
    """The tag under which an identifier is unique: uscc:…, lei:…, foreign:REGISTRY/NUMBER."""
    return f"foreign:{registry}/{value}" if scheme == "FOREIGN" else f"{scheme.lower()}:{value}"


def _identifier_tags(given: "CompanyRegistered | RegisterCompany") -> tuple[str, ...]:
    if given.uscc is not None:
        return (identifier_tag("USCC", given.uscc),)
    if given.foreign_number is not None:
        return (identifier_tag("FOREIGN", given.foreign_number, given.foreign_registry),)
    return ()


def _held(company: Company) -> tuple[str, ...]:
    """Every identifier the company holds, as tags."""
    tags = []
    if company.uscc is not None:
        tags.append(identifier_tag("USCC", company.uscc))
    if company.lei is not None:
        tags.append(identifier_tag("LEI", company.lei))
    if company.foreign_number is not None:
        tags.append(identifier_tag("FOREIGN", company.foreign_number, company.foreign_registry))
    return tuple(tags)


# Evolve


def evolve(state: Companies, fact: Fact) -> Companies:
    """The companies and holders of a scope after one more fact; facts of other contexts change nothing."""
    if not isinstance(fact, CompanyFact):
        return state
    companies = dict(state.companies)
    for company in fact.companies:
        companies[company] = evolve_company(companies.get(company), fact)
    holders = state.holders
    if fact.takes or fact.frees:
        kept = {tag: holder for tag, holder in holders.items() if tag not in fact.frees or holder != fact.company}
        holders = kept | dict.fromkeys(fact.takes, fact.company)
    return Companies(companies, holders)


STEPS: Mapping[type[CompanyFact], tuple[Stage, str]] = {
    CompanyQualified: ("QUALIFIED", "qualified_on"),
    LoiSigned: ("LOI_SIGNED", "loi_on"),
    CompanyRegistered: ("REGISTERED", "registered_on"),
    CompanySettledIn: ("SETTLED_IN", "settled_in_on"),
    OperationsCommenced: ("OPERATING", "operating_on"),
    ExitInitiated: ("EXITING", "exiting_on"),
    CompanyExited: ("EXITED", "exited_on"),
}
"""The facts that always reach a stage, and the date they set."""

PROSPECT: frozenset[Stage] = frozenset({"LEAD", "QUALIFIED", "LOI_SIGNED"})


def evolve_company(company: Company | None, fact: CompanyFact) -> Company:
    """One company after one more fact. Takes facts in any order: read models fold by effective date."""
    known = company or Company(company=fact.company)
    change = _change(known, fact)
    if step := STEPS.get(type(fact)):
        change |= {"stage": step[0], "since": fact.effective_on, "stage_before": None, step[1]: fact.effective_on}
    return structs.replace(known, **change) if change else known


def _change(known: Company, fact: CompanyFact) -> dict[str, Any]:
    """The fields that a fact changes, apart from those of STEPS."""
    on = fact.effective_on
    match fact:
        case LeadRegistered():
            origin = {"origin": fact.origin, "origin_year": fact.origin_year}
            return {"name": fact.name, "name_zh": fact.name_zh, "country": fact.country, **origin} | (
                {"lead_on": on, "since": max(on, known.since)}
            )
        case TouchAdded():
            return {"touches": _with(known.touches, (on, fact.channel, fact.year, fact.note))}
        case OriginCorrected():
            return {"origin": fact.origin, "origin_year": fact.origin_year}
        case CompanyScreened():
            return {"screening": fact}
        case CompanyDetailsChanged() | CompanyDetailsCorrected():
            return _given(fact)
        case ParentLinked():
            return {"parent_lei": fact.parent_lei}
        case CompanyReportedSettled():
            first = min(on, known.reported_settled_on or on)
            return {"reports": _with(known.reports, (fact.published_on, fact.source)), "reported_settled_on": first}
    return _change_standing(known, fact)


def _change_standing(known: Company, fact: CompanyFact) -> dict[str, Any]:
    """The same, for facts about agreements, identifiers, premises and side states."""
    on = fact.effective_on
    match fact:
        case InvestmentAgreementLinked():
            agreements = {"agreements": _with(known.agreements, fact.agreement)}
            if known.stage not in PROSPECT:
                return agreements
            return {"stage": "AGREEMENT_SIGNED", "since": on, "agreement_on": on, **agreements}
        case CompanyRegistered():
            foreign = {"foreign_registry": fact.foreign_registry, "foreign_number": fact.foreign_number}
            return {"uscc": fact.uscc, "address": fact.address, **foreign}
        case IdentifierVerified():
            note = {"verified": _with(known.verified, (on, fact.scheme, fact.value, fact.method))}
            if fact.scheme == "FOREIGN":
                return {"foreign_registry": fact.registry, "foreign_number": fact.value, **note}
            return {fact.scheme.lower(): fact.value, **note}
        case CompanySettledIn():
            return {"address": fact.park_address, "premises": _with(known.premises, fact.contract.reference)}
        case PremisesAdded():
            return {"premises": _with(known.premises, fact.contract.reference)}
        case CompanyExited():
            return {"premises": ()}
        case CompanyRejected():
            return _set_aside(known, "REJECTED", on)
        case CompanyBecameDormant():
            return _set_aside(known, "DORMANT", on)
        case CompanyReactivated():
            return {"stage": known.stage_before or known.stage, "since": on, "stage_before": None}
        case CompaniesMerged():
            none = dict.fromkeys(("uscc", "lei", "foreign_registry", "foreign_number"))
            return {"stage": "MERGED", "since": on, "merged_into": fact.into, **none}
    return {}


def _with(some: tuple[Any, ...], one: Any) -> tuple[Any, ...]:
    return some if one in some else (*some, one)


def _given(details: CompanyDetailsChanged | CompanyDetailsCorrected | ChangeDetails | CorrectDetails) -> dict[str, Any]:
    pairs = ((name, getattr(details, name)) for name in ("name", "name_zh", "country", "address"))
    return {name: value for name, value in pairs if value is not None}


def _set_aside(known: Company, stage: Stage, on: date) -> dict[str, Any]:
    return {"stage": stage, "since": on, "stage_before": known.stage_before or known.stage}


# Scope


def scope(command: CompanyCommand) -> tuple[str, ...]:
    """The company; every identifier the command would take; the other company it names."""
    tags = [f"company:{command.company}"]
    match command:
        case RegisterCompany():
            tags += _identifier_tags(command)
        case VerifyIdentifier():
            tags.append(identifier_tag(command.scheme, command.value, command.registry))
        case MergeCompany():
            tags.append(f"company:{command.into}")
        case CompleteExit() if command.transferred_to is not None:
            tags.append(f"company:{command.transferred_to.company}")
    return tuple(tags)


# Decide

FACT_OF: Mapping[type[CompanyCommand], type[CompanyFact]] = {
    AddTouch: TouchAdded,
    CorrectOrigin: OriginCorrected,
    ScreenCompany: CompanyScreened,
    QualifyCompany: CompanyQualified,
    SignLoi: LoiSigned,
    LinkInvestmentAgreement: InvestmentAgreementLinked,
    RegisterCompany: CompanyRegistered,
    VerifyIdentifier: IdentifierVerified,
    LinkParent: ParentLinked,
    ReportSettled: CompanyReportedSettled,
    SettleIn: CompanySettledIn,
    AddPremises: PremisesAdded,
    CommenceOperations: OperationsCommenced,
    ChangeDetails: CompanyDetailsChanged,
    CorrectDetails: CompanyDetailsCorrected,
    InitiateExit: ExitInitiated,
    CompleteExit: CompanyExited,
    RejectCompany: CompanyRejected,
    MarkDormant: CompanyBecameDormant,
    ReactivateCompany: CompanyReactivated,
    MergeCompany: CompaniesMerged,
}
STARTS: Mapping[type[CompanyFact], frozenset[Stage]] = {
    CompanyQualified: frozenset({"LEAD"}),
    LoiSigned: frozenset({"QUALIFIED"}),
    InvestmentAgreementLinked: frozenset(
        {"QUALIFIED", "LOI_SIGNED", "AGREEMENT_SIGNED", "REGISTERED", "SETTLED_IN", "OPERATING"}
    ),
    CompanyRegistered: frozenset({"QUALIFIED", "LOI_SIGNED", "AGREEMENT_SIGNED"}),
    CompanySettledIn: frozenset({"REGISTERED"}),
    PremisesAdded: frozenset({"SETTLED_IN", "OPERATING", "EXITING"}),
    OperationsCommenced: frozenset({"SETTLED_IN"}),
    ExitInitiated: frozenset({"REGISTERED", "SETTLED_IN", "OPERATING"}),
    CompanyExited: frozenset({"EXITING"}),
    CompanyRejected: frozenset({"LEAD", "QUALIFIED", "LOI_SIGNED", "AGREEMENT_SIGNED"}),
    CompanyBecameDormant: frozenset({"LEAD", "QUALIFIED", "LOI_SIGNED", "AGREEMENT_SIGNED", "REGISTERED"}),
    CompanyReactivated: frozenset({"REJECTED", "DORMANT"}),
}
"""The stages from which a fact may follow; facts not listed may follow any."""

SIDE_FACTS = (CompanyRejected, CompanyBecameDormant, CompanyReactivated)


def decide(state: Companies, command: CompanyCommand, by: By) -> Sequence[Fact]:
    """The fact that a command asks for, if every rule allows it; nothing where it is so already."""
    company = state.companies.get(command.company)
    if isinstance(command, RegisterLead):
        return _register_lead(company, command)
    if company is None or company.lead_on is None:
        raise CompanyUnknown(f"there is no company {command.company}; register it as a lead first", field="company")
    fact = _fact(company, command)
    if _already_so(company, fact):
        return ()
    _check_place(company, company.lead_on, fact)
    _check(state, company, command, by)
    return (fact,)


def _register_lead(company: Company | None, command: RegisterLead) -> Sequence[Fact]:
    _check_origin(command.origin, command.origin_year)
    fact = LeadRegistered(**structs.asdict(command))
    if company is None or company.lead_on is None:
        return (fact,)
    if evolve_company(company, fact) == company:
        return ()
    raise CompanyExists(f"{command.company} is {company.name} already; choose another id", field="company")


def _fact(company: Company, command: CompanyCommand) -> CompanyFact:
    """What would be recorded."""
    fields = structs.asdict(command)
    match command:
        case SignLoi():
            del fields["binding"]
        case CorrectOrigin():
            fields |= {"was": company.origin, "was_year": company.origin_year}
        case VerifyIdentifier():
            fields["replaced"] = _replaced(company, command)
        case MergeCompany():
            fields["released"] = _held(company)
    return FACT_OF[type(command)](**fields)


def _replaced(company: Company, command: VerifyIdentifier) -> str | None:
    """The identifier of the same scheme that the company holds and that is another one, as a tag."""
    value = identifier_tag(command.scheme, command.value, command.registry)
    prefix = command.scheme.lower() + ":"
    return next((tag for tag in _held(company) if tag.startswith(prefix) and tag != value), None)


def _already_so(company: Company, fact: CompanyFact) -> bool:
    """Whether a fact would tell nothing new. A stage reached before counts, also when the company has moved on."""
    evolved = evolve_company(company, fact)
    if not isinstance(fact, SIDE_FACTS):
        evolved = structs.replace(evolved, stage=company.stage, since=company.since, stage_before=company.stage_before)
    return evolved == company


def _check_place(company: Company, lead_on: date, fact: CompanyFact) -> None:
    """Time and stage: the refusals that any command can meet."""
    if company.stage == "MERGED":
        raise MergedAway(f"{company.company} was merged into {company.merged_into}; record it there", field="company")
    if fact.effective_on < lead_on:
        raise BeforeLead(
            f"{company.company} is known since {lead_on}; nothing is effective before that", field="effective_on"
        )
    starts = STARTS.get(type(fact))
    if starts is None:
        return
    if fact.effective_on < company.since and type(fact) is not PremisesAdded:
        raise StepBeforePrevious(
            f"{company.company} is {company.stage} since {company.since}; the next step cannot be earlier",
            field="effective_on",
        )
    if company.stage not in starts:
        allowed = ", ".join(sorted(starts))
        raise StageForbids(f"{company.company} is {company.stage}; this step starts from {allowed}")


def _check(state: Companies, company: Company, command: CompanyCommand, by: By) -> None:
    """The rules of each command."""
    match command:
        case AddTouch():
            _check_origin(command.channel, command.year, field="year")
        case CorrectOrigin():
            _check_origin(command.origin, command.origin_year)
        case QualifyCompany():
            _check_screened(company)
        case SignLoi():
            _check_loi(command)
        case RegisterCompany():
            _check_registration(state, company, command, by)
        case VerifyIdentifier():
            if command.scheme == "FOREIGN" and command.registry is None:
                raise IdentifierMissing("a foreign number needs the registry that gave it", field="registry")
            differs = _replaced(company, command)
            _check_identifier(command.scheme, command.value, differs, command.override, by)
            _check_free(state, company, (identifier_tag(command.scheme, command.value, command.registry),))
        case LinkParent():
            if fault := lei_fault(command.parent_lei):
                raise IdentifierFaulty(fault, field="parent_lei")
        case SettleIn():
            _check_settling_in(command)
        case AddPremises():
            _check_executed(command.contract, command.effective_on)
        case ChangeDetails() | CorrectDetails():
            if not _given(command):
                raise NothingGiven("give at least one of name, name_zh, country and address")
        case CompleteExit():
            _check_exit(state, company, command)
        case MergeCompany():
            _check_merge(state, command)


def _check_origin(channel: OriginChannel, year: int | None, *, field: str = "origin_year") -> None:
    if channel == "CIIE_PAVILION" and year is None:
        raise OriginYearMismatch("CIIE_PAVILION needs the year of the fair", field=field)
    if channel != "CIIE_PAVILION" and year is not None:
        raise OriginYearMismatch(f"only CIIE_PAVILION has a year; {channel} has none", field=field)


def _check_screened(company: Company) -> None:
    screening = company.screening
    if screening is None:
        raise NotScreened(f"{company.company} has not been screened; screen it on all three lists first")
    if screening.result != "CLEAR":
        raise NotScreened(f"the screening of {screening.effective_on} had a hit; resolve it and screen again")
    if missing := [name for name in SCREENING_LISTS if name not in screening.lists]:
        raise NotScreened(f"the screening of {screening.effective_on} left out {', '.join(missing)}")


def _check_loi(command: SignLoi) -> None:
    if command.binding:
        raise LoiIsBinding(
            "a letter of intent carries intended amounts only; link a binding contract as an investment agreement",
            field="binding",
        )
    intended = command.intended_investment
    if intended is not None:
        decimals = len(intended.amount.partition(".")[2])
        if decimals > DECIMALS[intended.currency]:
            raise AmountMalformed(
                f"{intended.currency} has {DECIMALS[intended.currency]} decimals, {intended.amount} has {decimals}",
                field="intended_investment",
            )


def _check_registration(state: Companies, company: Company, command: RegisterCompany, by: By) -> None:
    foreign = (command.foreign_registry, command.foreign_number)
    if (command.uscc is None) == (None in foreign) or (command.uscc is not None and foreign != (None, None)):
        raise IdentifierMissing("give a uscc, or foreign_registry and foreign_number", field="uscc")
    if command.uscc is not None:
        _check_identifier("USCC", command.uscc, None, command.override, by, field="uscc")
    elif command.override is not None:
        raise OverrideNotNeeded("a foreign number has no check character to override", field="override")
    _check_free(state, company, _identifier_tags(command))


def _check_identifier(
    scheme: Scheme, value: str, differs: str | None, override: Override | None, by: By, *, field: str = "value"
) -> None:
    """C1: sound and unchanged, or passed over by two people with evidence."""
    fault = {"USCC": uscc_fault, "LEI": lei_fault}.get(scheme, lambda _: None)(value)
    if override is None:
        how = "correct it, or override with a reason, evidence and a second person's approval"
        if fault:
            raise IdentifierFaulty(f"{fault}; {how}", field=field)
        if differs:
            raise IdentifierDiffers(f"the company holds {differs} already; {how}", field=field)
    elif not fault and not differs:
        raise OverrideNotNeeded(f"{value} is sound; leave the override out", field="override")
    elif override.approver == by.actor:
        raise OverrideBySamePerson("the approver is the person recording; ask a second one", field="override")


def _check_free(state: Companies, company: Company, tags: Sequence[str]) -> None:
    """C2: nobody else holds the identifier."""
    for tag in tags:
        holder = state.holders.get(tag, company.company)
        if holder != company.company:
            raise IdentifierTaken(f"{tag} belongs to company {holder}; if they are one, merge the records")


def _check_executed(contract: Contract, on: date) -> None:
    if contract.executed_on > on:
        raise ContractNotExecuted(
            f"contract {contract.reference} is executed on {contract.executed_on}, after {on}", field="contract"
        )


def _check_settling_in(command: SettleIn) -> None:
    """C3: contract and handover no later than settling in."""
    _check_executed(command.contract, command.effective_on)
    if command.handover_on > command.effective_on:
        raise HandoverMissing(
            f"the premises are handed over on {command.handover_on}, after {command.effective_on}", field="handover_on"
        )


def _check_exit(state: Companies, company: Company, command: CompleteExit) -> None:
    """C4: every contract ended, balances zero or taken over."""
    ended = {contract.reference for contract in command.ended if contract.ended_on <= command.effective_on}
    if remain := [reference for reference in company.premises if reference not in ended]:
        raise PremisesRemain(f"not ended by {command.effective_on}: {', '.join(remain)}", field="ended")
    balances = {"receivable": command.receivable, "deposits_held": command.deposits_held}
    open_ones = [f"{name} {amount}" for name, amount in balances.items() if amount.strip("0.")]
    if not open_ones:
        return
    if command.transferred_to is None:
        raise BalancesRemain(f"{' and '.join(open_ones)} CNY remain; clear them or say who takes them over")
    heir = state.companies.get(command.transferred_to.company)
    if heir is None or heir.lead_on is None or heir.company == company.company:
        raise BalancesRemain("balances go to another company of this ledger", field="transferred_to")


def _check_merge(state: Companies, command: MergeCompany) -> None:
    survivor = state.companies.get(command.into)
    if command.into == command.company:
        raise MergeImpossible("a company is not merged into itself", field="into")
    if survivor is None or survivor.lead_on is None:
        raise MergeImpossible(f"there is no company {command.into} to merge into", field="into")
    if survivor.stage == "MERGED":
        raise MergeImpossible(f"{command.into} was merged into {survivor.merged_into} itself", field="into")


COMPANIES: Decider[CompanyCommand, Companies] = Decider((RegisterLead, *FACT_OF), Companies(), scope, evolve, decide)
