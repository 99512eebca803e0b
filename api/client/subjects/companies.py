"""Commands: companies.

Made from docs/openapi.json by `python -m api.client.making docs/openapi.json`.
"""

from datetime import date
from typing import Literal

from api.client.parts import Command, Contract, EndedContract, Evidence, Grounds, Intended, Transfer


class RegisterLead(Command, frozen=True, kw_only=True, tag="register-lead"):
    """Begin a company's record. `company` is the id you choose for it; CIIE_PAVILION needs its `origin_year`."""

    effective_on: date
    company: str
    name: str
    name_zh: str | None = None
    country: str
    origin: Literal["BAC_REFERRAL", "CIIE_PAVILION", "DIRECT", "GOV_AGREEMENT", "OTHER", "PARTNER"]
    origin_year: int | None = None
    source: str | None = None


class AddTouch(Command, frozen=True, kw_only=True, tag="add-touch"):
    """Note a later contact; the origin does not change."""

    effective_on: date
    company: str
    channel: Literal["BAC_REFERRAL", "CIIE_PAVILION", "DIRECT", "GOV_AGREEMENT", "OTHER", "PARTNER"]
    year: int | None = None
    note: str | None = None


class CorrectOrigin(Command, frozen=True, kw_only=True, tag="correct-origin"):
    """The origin was recorded wrong: say what it really was, and what proves it."""

    effective_on: date
    company: str
    origin: Literal["BAC_REFERRAL", "CIIE_PAVILION", "DIRECT", "GOV_AGREEMENT", "OTHER", "PARTNER"]
    origin_year: int | None = None
    reason: str
    evidence: Evidence


class ScreenCompany(Command, frozen=True, kw_only=True, tag="screen-company"):
    """Record the result of looking the company up on lists."""

    effective_on: date
    company: str
    result: Literal["CLEAR", "HIT"]
    lists: tuple[Literal["EXPORT_CONTROL", "NEGATIVE_LIST", "SANCTIONS"], ...]
    evidence: Evidence


class QualifyCompany(Command, frozen=True, kw_only=True, tag="qualify-company"):
    """Qualify a lead. Its latest screening must be clear on all three lists."""

    effective_on: date
    company: str


class SignLoi(Command, frozen=True, kw_only=True, tag="sign-loi"):
    """Record a letter of intent or MoU. It carries intentions only."""

    effective_on: date
    company: str
    intended_investment: Intended | None = None
    binding: bool = False
    evidence: Evidence


class LinkInvestmentAgreement(Command, frozen=True, kw_only=True, tag="link-investment-agreement"):
    """Record that a binding investment agreement exists."""

    effective_on: date
    company: str
    agreement: str
    signed_on: date
    evidence: Evidence


class RegisterCompany(Command, frozen=True, kw_only=True, tag="register-company"):
    """Record the registration: a `uscc`, or `foreign_registry` and `foreign_number`.

    With `override`, a USCC whose check character is wrong is proposed: `approve-override` by another registers
    it.
    """

    effective_on: date
    company: str
    uscc: str | None = None
    foreign_registry: str | None = None
    foreign_number: str | None = None
    address: str
    licence: Evidence
    override: Grounds | None = None


class VerifyIdentifier(Command, frozen=True, kw_only=True, tag="verify-identifier"):
    """Record that an identifier was compared with a source. FOREIGN needs its `registry`.

    With `override`, a wrong or another identifier is proposed: `approve-override` by another records it.
    """

    effective_on: date
    company: str
    scheme: Literal["FOREIGN", "LEI", "USCC"]
    value: str
    registry: str | None = None
    method: Literal["CALLBACK", "DOCUMENT", "REGISTRY"]
    evidence: Evidence
    override: Grounds | None = None


class ApproveOverride(Command, frozen=True, kw_only=True, tag="approve-override"):
    """Agree that a check of an identifier is passed over, as somebody else proposed; it is recorded with that.

    Say which identifier: its `scheme` and `value`, and FOREIGN its `registry`. It holds from the day proposed.
    """

    effective_on: date
    company: str
    scheme: Literal["FOREIGN", "LEI", "USCC"]
    value: str
    registry: str | None = None


class RejectOverride(Command, frozen=True, kw_only=True, tag="reject-override"):
    """Turn down a proposal to pass over a check of an identifier."""

    effective_on: date
    company: str
    scheme: Literal["FOREIGN", "LEI", "USCC"]
    value: str
    registry: str | None = None
    reason: str


class LinkParent(Command, frozen=True, kw_only=True, tag="link-parent"):
    """Name the parent company by its LEI."""

    effective_on: date
    company: str
    parent_lei: str


class ReportSettled(Command, frozen=True, kw_only=True, tag="report-settled"):
    """Keep a public statement that the company has settled in; for evidence use settle-in."""

    effective_on: date
    company: str
    statement: str
    source: str
    published_on: date


class SettleIn(Command, frozen=True, kw_only=True, tag="settle-in"):
    """Record that the company has settled in, with all three proofs."""

    effective_on: date
    company: str
    licence: Evidence
    park_address: str
    contract: Contract
    handover_on: date
    handover: Evidence


class AddPremises(Command, frozen=True, kw_only=True, tag="add-premises"):
    """Record a further lease or land contract."""

    effective_on: date
    company: str
    contract: Contract


class CommenceOperations(Command, frozen=True, kw_only=True, tag="commence-operations"):
    """Record the first production or invoice."""

    effective_on: date
    company: str
    evidence: Evidence


class ChangeDetails(Command, frozen=True, kw_only=True, tag="change-details"):
    """The company changed its name, country or address on this date."""

    effective_on: date
    company: str
    name: str | None = None
    name_zh: str | None = None
    country: str | None = None
    address: str | None = None


class CorrectDetails(Command, frozen=True, kw_only=True, tag="correct-details"):
    """We recorded a detail wrong. `effective_on`: since when the right value holds; `corrects`: the wrong position."""

    effective_on: date
    company: str
    name: str | None = None
    name_zh: str | None = None
    country: str | None = None
    address: str | None = None
    reason: str
    corrects: int
    evidence: Evidence | None = None


class SetContact(Command, frozen=True, kw_only=True, tag="set-contact"):
    """Record a person at a company, or what is otherwise about one by now. All four are recorded sealed.

    contact   a number of your choosing, the first is 1: it stays when the person is erased
    """

    effective_on: date
    company: str
    contact: int
    name: str
    job: str | None = None
    phone: str | None = None
    email: str | None = None


class EraseContact(Command, frozen=True, kw_only=True, tag="erase-contact"):
    """Erase a person's data for good: the key is destroyed. Nobody can read them again, and nothing undoes it."""

    effective_on: date
    company: str
    contact: int
    ground: Literal["CONSENT_WITHDRAWN", "MISTAKE", "PURPOSE_ENDED", "REQUESTED"]


class InitiateExit(Command, frozen=True, kw_only=True, tag="initiate-exit"):
    """The company begins to leave."""

    effective_on: date
    company: str
    reason: str


class CompleteExit(Command, frozen=True, kw_only=True, tag="complete-exit"):
    """The company has left. Every contract is listed as ended; balances are zero or transferred."""

    effective_on: date
    company: str
    ended: tuple[EndedContract, ...]
    receivable: str
    deposits_held: str
    transferred_to: Transfer | None = None


class RejectCompany(Command, frozen=True, kw_only=True, tag="reject-company"):
    """Do not go on with this company."""

    effective_on: date
    company: str
    reason: str


class MarkDormant(Command, frozen=True, kw_only=True, tag="mark-dormant"):
    """Nothing moves for the time being."""

    effective_on: date
    company: str
    reason: str


class ReactivateCompany(Command, frozen=True, kw_only=True, tag="reactivate-company"):
    """Go on with a rejected or dormant company, at the stage it had."""

    effective_on: date
    company: str
    reason: str


class MergeCompany(Command, frozen=True, kw_only=True, tag="merge-company"):
    """This record is a duplicate of `into`; verify its identifiers for the survivor afterwards."""

    effective_on: date
    company: str
    into: str
    reason: str
    evidence: Evidence


class WithdrawCompanyStep(Command, frozen=True, kw_only=True, tag="withdraw-company-step"):
    """Withdraw what was recorded of a company by mistake; `effective_on` is the step's own date.

    about     which contact, identifier, agreement, report or contract, where several of that name and date stand
    regains   identifiers that the company holds again without the step, as `uscc:…`, `lei:…`,
    `foreign:REGISTRY/NUMBER`
    """

    effective_on: date
    company: str
    step: str
    about: str | None = None
    regains: tuple[str, ...] = ()
    reason: str
