"""Everything that is recorded of a company's way into the city, and out again.

Fact (company.…)                          Says
contact-set, contact-erased               the people there, sealed (contacts.py)
lead-registered … reactivated             whom we know, whom we want, and who was set aside (prospects.py)
registered … merged                       who the company is (registration.py)
registration-proposed … override-rejected a check passed over, once a second person agrees (overrides.py)
reported-settled … exited                 here, at work, and gone (presence.py)
step-withdrawn                            one of these was recorded by mistake (withdrawing.py)

CompanyFact      the base of them all: which company, which identifiers it takes and frees, what a later fact replaces
Stage            how far a company has come
identifier_tag   the tag under which an identifier is unique

Names are storage: a tag below is written into every stored fact and never changes.
"""

from datetime import date
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta, Struct

from ledger.decider import PERSONAL_ERASED, Fact, Id, Text, Withdrawn
from ledger.values.days import Happened
from ledger.values.evidence import Evidence, Override
from ledger.values.personal import Sealed

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

Country = Annotated[str, Meta(pattern=r"^[A-Z]{2}$(?!\n)", description="ISO 3166-1 alpha-2, such as CN or US.")]

Year = Annotated[int, Meta(ge=2018, le=2100)]

ScreeningList = Literal["SANCTIONS", "EXPORT_CONTROL", "NEGATIVE_LIST"]

Amount = Annotated[
    str, Meta(pattern=r"^[0-9]{1,15}(\.[0-9]{1,3})?$(?!\n)", description="A decimal amount: 5000000.00.")
]

Currency = Literal["CNY", "USD", "EUR", "JPY", "KRW", "BHD", "KWD"]


class Intended(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An amount somebody means to invest. It binds nobody and is nobody's money here."""

    currency: Currency
    amount: Amount


Identifier = Annotated[
    str, Meta(max_length=40, pattern=r"^[0-9A-Z-]+$(?!\n)", description="Digits, capital letters and hyphens; 1 to 40.")
]

Yuan = Annotated[str, Meta(pattern=r"^[0-9]{1,15}(\.[0-9]{2})?$(?!\n)", description="CNY, two decimals: 1234.50.")]


ContactNumber = Annotated[int, Meta(ge=1, le=9999, description="A contact of the company, by a number: 1 to 9999.")]

ErasureGround = Literal["PURPOSE_ENDED", "CONSENT_WITHDRAWN", "REQUESTED", "MISTAKE"]
"""Why a person's data are erased (PIPL, article 47)."""


class Contract(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A lease or a land contract, as evidence; `reference` is its number in the files."""

    kind: Literal["LEASE", "LAND"]
    reference: Id
    executed_on: Happened
    evidence: Evidence


class EndedContract(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A lease or land contract that has ended."""

    reference: Id
    ended_on: Happened
    evidence: Evidence


class Transfer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The company that takes over the balances of one that leaves, and the evidence."""

    company: Id
    evidence: Evidence


def identifier_tag(scheme: Scheme, value: str, registry: str | None = None) -> str:
    """The tag under which an identifier is unique: uscc:…, lei:…, foreign:REGISTRY/NUMBER."""
    return f"foreign:{registry}/{value}" if scheme == "FOREIGN" else f"{scheme.lower()}:{value}"


def contact_subject(company: str, contact: int) -> str:
    """The person whom a contact is, as keys are named by."""
    return f"{company}.{contact}"


def identifier_tags(uscc: str | None, foreign_number: str | None, foreign_registry: str | None) -> tuple[str, ...]:
    """The identifier that a company is registered by, as a tag; none where it has none."""
    if uscc is not None:
        return (identifier_tag("USCC", uscc),)
    if foreign_number is not None:
        return (identifier_tag("FOREIGN", foreign_number, foreign_registry),)
    return ()


# Facts


GONE_TAG = "companies:gone"
"""On all facts by which a company is there no more: who does not name a company can see whether it is."""


class CompanyFact(Fact, frozen=True, kw_only=True):
    """Something that happened to a company.

    family   facts of one family about one company are one subject: the latest takes the place of those before it
    """

    family: ClassVar[str | None] = None
    company: Id

    @property
    def companies(self) -> tuple[str, ...]:
        """The companies whose state this fact moves on."""
        return (self.company,)

    @property
    def about(self) -> str | None:
        """The word that tells it from others of its name and date; None where there is only one."""
        return None

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

    @property
    def topic(self) -> tuple[Any, ...]:
        """The family of the fact and its company; the fact itself where it only adds up."""
        return super().topic if self.family is None else (self.family, self.company)


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

    @property
    def about(self) -> str | None:
        """Its channel."""
        return self.channel


class OriginCorrected(CompanyFact, frozen=True, kw_only=True, tag="company.origin-corrected"):
    """The origin had been recorded wrong."""

    family: ClassVar = "origin"
    derived: ClassVar = ("was", "was_year")
    origin: OriginChannel
    origin_year: Year | None = None
    was: OriginChannel
    was_year: Year | None = None
    reason: Text
    evidence: Evidence


class CompanyScreened(CompanyFact, frozen=True, kw_only=True, tag="company.screened"):
    """The company was looked for on lists of sanctions, export control and restricted business."""

    family: ClassVar = "screening"
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

    @property
    def about(self) -> str | None:
        """The agreement."""
        return self.agreement


class CompanyRejected(CompanyFact, frozen=True, kw_only=True, tag="company.rejected"):
    """We will not go on with this company."""

    family: ClassVar = "standing"
    reason: Text


class CompanyBecameDormant(CompanyFact, frozen=True, kw_only=True, tag="company.became-dormant"):
    """Nothing moves for the time being."""

    family: ClassVar = "standing"
    reason: Text


class CompanyReactivated(CompanyFact, frozen=True, kw_only=True, tag="company.reactivated"):
    """Back to the stage it had."""

    family: ClassVar = "standing"
    reason: Text


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
        return identifier_tags(self.uscc, self.foreign_number, self.foreign_registry)


class IdentifierVerified(CompanyFact, frozen=True, kw_only=True, tag="company.identifier-verified"):
    """Somebody compared an identifier with a source. `replaced` is the one recorded wrong until now, as a tag."""

    derived: ClassVar = ("replaced",)
    scheme: Scheme
    value: Identifier
    registry: Identifier | None = None
    method: Literal["REGISTRY", "DOCUMENT", "CALLBACK"]
    evidence: Evidence
    override: Override | None = None
    replaced: Text | None = None

    @property
    def about(self) -> str | None:
        """The identifier."""
        return self.value

    @property
    def topic(self) -> tuple[Any, ...]:
        """The company's identifier of this scheme."""
        return (IdentifierVerified, self.company, self.scheme)

    @property
    def takes(self) -> tuple[str, ...]:
        """The identifier."""
        return (identifier_tag(self.scheme, self.value, self.registry),)

    @property
    def frees(self) -> tuple[str, ...]:
        """The one it replaces."""
        return () if self.replaced is None else (self.replaced,)


class OverrideFact(CompanyFact, frozen=True, kw_only=True):
    """A step on the way to passing over a check of an identifier: the latest one about an identifier counts."""

    @property
    def identifier(self) -> str:
        """The identifier, as a tag. It is nobody's yet, so the fact does not carry the tag."""
        raise NotImplementedError

    @property
    def topic(self) -> tuple[Any, ...]:
        """The identifier and the company."""
        return (OverrideFact, self.company, self.identifier)


class RegistrationProposed(OverrideFact, frozen=True, kw_only=True, tag="company.registration-proposed"):
    """Somebody asks to register the company with a USCC whose check character is wrong; a second person decides."""

    derived: ClassVar = ("proposed_by",)
    uscc: Identifier
    address: Text
    licence: Evidence
    reason: Text
    support: Evidence
    proposed_by: Id

    @property
    def identifier(self) -> str:
        """The USCC."""
        return identifier_tag("USCC", self.uscc)


class VerificationProposed(OverrideFact, frozen=True, kw_only=True, tag="company.verification-proposed"):
    """Somebody asks to record an identifier that is wrong by its check, or not the one on record."""

    derived: ClassVar = ("proposed_by",)
    scheme: Scheme
    value: Identifier
    registry: Identifier | None = None
    method: Literal["REGISTRY", "DOCUMENT", "CALLBACK"]
    evidence: Evidence
    reason: Text
    support: Evidence
    proposed_by: Id

    @property
    def identifier(self) -> str:
        """The identifier."""
        return identifier_tag(self.scheme, self.value, self.registry)


class OverrideRejected(OverrideFact, frozen=True, kw_only=True, tag="company.override-rejected"):
    """The check is not passed over."""

    derived: ClassVar = ("rejected_by",)
    scheme: Scheme
    value: Identifier
    registry: Identifier | None = None
    reason: Text
    rejected_by: Id

    @property
    def identifier(self) -> str:
        """The identifier."""
        return identifier_tag(self.scheme, self.value, self.registry)


class ParentLinked(CompanyFact, frozen=True, kw_only=True, tag="company.parent-linked"):
    """The company's parent is known by its LEI."""

    family: ClassVar = "parent"
    parent_lei: Identifier


class CompanyDetailsChanged(CompanyFact, frozen=True, kw_only=True, tag="company.details-changed"):
    """The world changed: from this date on the company has another name, country or address."""

    family: ClassVar = "details"
    name: Text | None = None
    name_zh: Text | None = None
    country: Country | None = None
    address: Text | None = None


class CompanyDetailsCorrected(CompanyFact, frozen=True, kw_only=True, tag="company.details-corrected"):
    """We had recorded a detail wrong: from this date on it was really this. `corrects` is the position that had it."""

    family: ClassVar = "details"
    name: Text | None = None
    name_zh: Text | None = None
    country: Country | None = None
    address: Text | None = None
    reason: Text
    corrects: int
    evidence: Evidence | None = None


class CompaniesMerged(CompanyFact, frozen=True, kw_only=True, tag="company.merged"):
    """This record was a duplicate of `into`. Its identifiers (as tags) are free for the survivor."""

    derived: ClassVar = ("released",)
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
        """Both companies: the survivor's history shows it as well. And that one is gone."""
        return (f"company:{self.company}", f"company:{self.into}", *self.released, GONE_TAG)


class CompanyReportedSettled(CompanyFact, frozen=True, kw_only=True, tag="company.reported-settled"):
    """A public statement says that the company has settled in. It is a claim, not evidence."""

    statement: Text
    source: Text
    published_on: date

    @property
    def about(self) -> str | None:
        """Its source."""
        return self.source


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

    @property
    def about(self) -> str | None:
        """The contract."""
        return self.contract.reference


class OperationsCommenced(CompanyFact, frozen=True, kw_only=True, tag="company.operations-commenced"):
    """First production or first invoice."""

    evidence: Evidence


class ExitInitiated(CompanyFact, frozen=True, kw_only=True, tag="company.exit-initiated"):
    """The company has begun to leave."""

    reason: Text


class CompanyExited(CompanyFact, frozen=True, kw_only=True, tag="company.exited"):
    """The company has left: contracts ended, balances zero or taken over."""

    ended: tuple[EndedContract, ...]
    receivable: Yuan
    deposits_held: Yuan
    transferred_to: Transfer | None = None

    @property
    def tags(self) -> tuple[str, ...]:
        """The company; and that it is gone."""
        return (*super().tags, GONE_TAG)


class CompanyContactSet(CompanyFact, frozen=True, kw_only=True, tag="company.contact-set"):
    """A person at the company, sealed under a key of their own that no log holds."""

    contact: ContactNumber
    name: Sealed
    job: Sealed | None = None
    phone: Sealed | None = None
    email: Sealed | None = None

    @property
    def about(self) -> str | None:
        """The contact's number."""
        return str(self.contact)

    @property
    def topic(self) -> tuple[Any, ...]:
        """The contact."""
        return ("contact", self.company, self.contact)


class CompanyContactErased(CompanyFact, frozen=True, kw_only=True, tag="company.contact-erased"):
    """The key of a contact is destroyed: nobody can read the person's data again."""

    contact: ContactNumber
    ground: ErasureGround

    @property
    def about(self) -> str | None:
        """The contact's number."""
        return str(self.contact)

    @property
    def topic(self) -> tuple[Any, ...]:
        """The contact."""
        return ("contact", self.company, self.contact)

    @property
    def erases(self) -> str | None:
        """The contact."""
        return contact_subject(self.company, self.contact)

    @property
    def tags(self) -> tuple[str, ...]:
        """The company; and that somebody's data are erased."""
        return (*super().tags, PERSONAL_ERASED)


class CompanyStepWithdrawn(Withdrawn, frozen=True, kw_only=True, tag="company.step-withdrawn"):
    """Something of a company was recorded by mistake. `about`: which of several of that name and date."""

    thing = "company"
    company: Id
    about: Text | None = None
