"""What is recorded at each step of an invented company's way.

Step          one command as the demonstration records it: when, by whom, about what
Prospect      a company on its way, and what its commands say of it
SignedLease   a lease as far as its tenant's steps name it
decided_on    what an approver says of a proposal to pass over a check
STEPS         each step's name, as pipeline.py strings them together, and the command it is
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from api.demo.days import workday_before
from api.demo.firms import Firm
from api.demo.people import APPROVER
from ledger.companies.facts import Contract, EndedContract, Intended, OriginChannel, Transfer
from ledger.companies.overrides import ApproveOverride, RejectOverride
from ledger.companies.presence import (
    AddPremises,
    CommenceOperations,
    CompleteExit,
    InitiateExit,
    ReportSettled,
    SettleIn,
)
from ledger.companies.prospects import (
    SCREENING_LISTS,
    AddTouch,
    CorrectOrigin,
    LinkInvestmentAgreement,
    MarkDormant,
    QualifyCompany,
    ReactivateCompany,
    RegisterLead,
    RejectCompany,
    ScreenCompany,
    SignLoi,
)
from ledger.companies.registration import (
    ChangeDetails,
    CorrectDetails,
    LinkParent,
    MergeCompany,
    RegisterCompany,
    VerifyIdentifier,
)
from ledger.decider import By, Command, DataClass
from ledger.values.evidence import Evidence, Grounds


class Step(Struct, frozen=True, kw_only=True):
    """One command. `recorded_at` is simulated."""

    recorded_at: datetime
    by: By
    command: Command
    data_class: DataClass = "FICTIONAL"


class SignedLease(Struct, frozen=True, kw_only=True):
    """A lease of a company: its id, when it was signed, when the keys changed hands."""

    lease: str
    executed_on: date
    handed_over_on: date


@dataclass(frozen=True, slots=True)
class Prospect:
    """A company on its way into the city: its firm, the channel it came through, the day it became a lead.

    other    another company that a step names: the one it is merged into, the one that takes its debt over
    leases   its leases, in order; a company with none builds for itself, on land of its own
    """

    firm: Firm
    channel: OriginChannel
    lead_on: date
    other: str
    leases: tuple[SignedLease, ...] = ()

    @property
    def company(self) -> str:
        """Its id."""
        return self.firm.company

    @property
    def agreement(self) -> str:
        """Its investment agreement, as the company is linked to it and as it is signed."""
        return f"agreement-{self.firm.number}-demo"

    @property
    def address(self) -> str:
        """The address of the company's premises in the park."""
        return f"Building {self.firm.number % 40 + 1}, Demonstration Street, MCSC, Meishan, Sichuan (demo)"

    def evidence(self, what: str, on: date) -> Evidence:
        """A document that exists in name only."""
        doc = f"{what} of {on}, {self.firm.name}"
        return Evidence(doc=doc, sha256=hashlib.sha256(doc.encode()).hexdigest())

    def contract(self, nth: int, on: date) -> Contract:
        """Its nth lease; or, signed on the day, its nth land contract."""
        if nth <= len(self.leases):
            lease = self.leases[nth - 1]
            on, signed = lease.executed_on, self.evidence("Lease", lease.executed_on)
            return Contract(kind="LEASE", reference=lease.lease, executed_on=on, evidence=signed)
        signed = self.evidence("Land contract", on)
        return Contract(kind="LAND", reference=f"land-{self.firm.number}-{nth}-demo", executed_on=on, evidence=signed)


ENDED_BEFORE_EXIT = timedelta(days=5)
SIGNED_BEFORE_LINK = timedelta(days=3)


def register(prospect: Prospect, on: date) -> Command:
    """Register the company as a lead."""
    year = on.year if prospect.channel == "CIIE_PAVILION" else None
    zh = prospect.firm.name_zh if prospect.firm.country == "CN" else None
    return RegisterLead(
        company=prospect.company,
        name=prospect.firm.name,
        name_zh=zh,
        country=prospect.firm.country,
        origin=prospect.channel,
        origin_year=year,
        source="Notes of the first talk (demo)",
        effective_on=on,
    )


def screen(prospect: Prospect, on: date) -> Command:
    """Screen the company: nothing on any list."""
    found = prospect.evidence("Screening", on)
    return ScreenCompany(
        company=prospect.company, result="CLEAR", lists=SCREENING_LISTS, evidence=found, effective_on=on
    )


def screen_with_a_hit(prospect: Prospect, on: date) -> Command:
    """Screen the company: something on one list."""
    found = prospect.evidence("Screening", on)
    return ScreenCompany(
        company=prospect.company, result="HIT", lists=("EXPORT_CONTROL",), evidence=found, effective_on=on
    )


def sign_loi(prospect: Prospect, on: date) -> Command:
    """Sign a letter of intent."""
    meant = Intended(currency="USD", amount=f"{prospect.firm.number % 9 + 1}500000.00")
    return SignLoi(
        company=prospect.company,
        intended_investment=meant,
        evidence=prospect.evidence("Letter of intent", on),
        effective_on=on,
    )


def link_agreement(prospect: Prospect, on: date) -> Command:
    """Link the investment agreement, signed three days earlier."""
    signed_on = on - SIGNED_BEFORE_LINK
    return LinkInvestmentAgreement(
        company=prospect.company,
        agreement=prospect.agreement,
        signed_on=signed_on,
        evidence=prospect.evidence("Investment agreement", signed_on),
        effective_on=on,
    )


def register_in_china(prospect: Prospect, on: date) -> Command:
    """Register with a valid USCC."""
    licence = prospect.evidence("Business licence", on)
    return RegisterCompany(
        company=prospect.company, uscc=prospect.firm.uscc, address=prospect.address, licence=licence, effective_on=on
    )


def register_abroad(prospect: Prospect, on: date) -> Command:
    """Register with the number of a foreign registry."""
    licence = prospect.evidence("Certificate of incorporation", on)
    return RegisterCompany(
        company=prospect.company,
        foreign_registry="FICT-REGISTRY",
        foreign_number=f"F{prospect.firm.number:07}",
        address=prospect.address,
        licence=licence,
        effective_on=on,
    )


def register_by_override(prospect: Prospect, on: date) -> Command:
    """Register with an old USCC whose check character is wrong: a document vouches for it, and a second person."""
    why = Grounds(
        reason="The licence shows this code; the registry confirms that it was issued so (demo)",
        evidence=prospect.evidence("Confirmation by the registry", on),
    )
    licence = prospect.evidence("Business licence", on)
    return RegisterCompany(
        company=prospect.company,
        uscc=prospect.firm.faulty_uscc,
        address=prospect.address,
        licence=licence,
        override=why,
        effective_on=on,
    )


def decided_on(prospect: Prospect, proposal: Command, clerk: By) -> Iterator[tuple[int, By, Command]]:
    """Decide on a proposal to pass over a check, so many minutes after it: turned down, made anew, agreed to."""
    if not isinstance(proposal, RegisterCompany) or proposal.override is None or proposal.uscc is None:
        return
    on, identifier = proposal.effective_on, {"company": proposal.company, "value": proposal.uscc}
    reason = "the confirmation carries no seal of the registry (demo)"
    yield 25, APPROVER, RejectOverride(**identifier, scheme="USCC", reason=reason, effective_on=on)
    sealed = replace(proposal.override, evidence=prospect.evidence("Confirmation by the registry, sealed", on))
    yield 80, clerk, replace(proposal, override=sealed)
    yield 95, APPROVER, ApproveOverride(**identifier, scheme="USCC", effective_on=on)


def verify_lei(prospect: Prospect, on: date) -> Command:
    """Verify the LEI by looking it up."""
    seen = prospect.evidence("LEI record", on)
    return VerifyIdentifier(
        company=prospect.company,
        scheme="LEI",
        value=prospect.firm.lei,
        method="REGISTRY",
        evidence=seen,
        effective_on=on,
    )


def report_settled(prospect: Prospect, on: date) -> Command:
    """Record that a newspaper reports it as settled in."""
    return ReportSettled(
        company=prospect.company,
        statement=f"{prospect.firm.name} is said to have settled in",
        source="Demonstration Daily (demo)",
        published_on=on,
        effective_on=on,
    )


def settle_in(prospect: Prospect, on: date) -> Command:
    """Settle in, with every proof."""
    handed_over_on = prospect.leases[0].handed_over_on if prospect.leases else workday_before(on)
    return SettleIn(
        company=prospect.company,
        licence=prospect.evidence("Business licence with a park address", on),
        park_address=prospect.address,
        contract=prospect.contract(1, on - timedelta(days=14)),
        handover_on=handed_over_on,
        handover=prospect.evidence("Handover protocol", handed_over_on),
        effective_on=on,
    )


def correct_name(prospect: Prospect, _on: date) -> Command:
    """Correct the name, wrong since the lead; plan.py fills in the lead's position."""
    return CorrectDetails(
        company=prospect.company,
        name=prospect.firm.name.replace(" (demo)", " Systems (demo)"),
        reason="The name was copied wrong from a business card (demo)",
        corrects=1,
        effective_on=prospect.lead_on,
    )


def correct_origin(prospect: Prospect, on: date) -> Command:
    """Correct the origin: PARTNER becomes DIRECT, all else PARTNER."""
    return CorrectOrigin(
        company=prospect.company,
        origin="DIRECT" if prospect.channel == "PARTNER" else "PARTNER",
        reason="The notes of the first talk say otherwise (demo)",
        evidence=prospect.evidence("Notes of the first talk", prospect.lead_on),
        effective_on=on,
    )


def complete_exit(prospect: Prospect, on: date, *, heir: str | None = None) -> Command:
    """Complete the exit; plan.py fills in what the books say that it owes."""
    ended_on = on - ENDED_BEFORE_EXIT
    over = prospect.evidence("Termination", ended_on)
    return CompleteExit(
        company=prospect.company,
        ended=tuple(
            EndedContract(reference=prospect.contract(nth, on).reference, ended_on=ended_on, evidence=over)
            for nth in (1, 2)
        ),
        receivable="0.00",
        deposits_held="0.00",
        transferred_to=Transfer(company=heir, evidence=prospect.evidence("Assumption of debt", on)) if heir else None,
        effective_on=on,
    )


def merge(prospect: Prospect, on: date) -> Command:
    """Merge this record into the other company's: both are of one company."""
    proof = prospect.evidence("Comparison of records", on)
    return MergeCompany(
        company=prospect.company,
        into=prospect.other,
        reason="One company, recorded twice (demo)",
        evidence=proof,
        effective_on=on,
    )


def _with_reason(command: Callable[..., Command], reason: str) -> "Take":
    return lambda prospect, on: command(company=prospect.company, reason=f"{reason} (demo)", effective_on=on)


Take = Callable[[Prospect, date], Command]

STEPS: Mapping[str, Take] = {
    "lead": register,
    "touch": lambda prospect, on: AddTouch(
        company=prospect.company,
        channel="BAC_REFERRAL",
        note="Introduced again at a round table (demo)",
        effective_on=on,
    ),
    "screened": screen,
    "hit": screen_with_a_hit,
    "qualified": lambda prospect, on: QualifyCompany(company=prospect.company, effective_on=on),
    "loi": sign_loi,
    "agreement": link_agreement,
    "registered": register_in_china,
    "registered-abroad": register_abroad,
    "registered-by-override": register_by_override,
    "lei": verify_lei,
    "parent": lambda prospect, on: LinkParent(
        company=prospect.company, parent_lei=prospect.firm.parent_lei, effective_on=on
    ),
    "reported": report_settled,
    "settled-in": settle_in,
    "premises": lambda prospect, on: AddPremises(
        company=prospect.company, contract=prospect.contract(2, on), effective_on=on
    ),
    "operating": lambda prospect, on: CommenceOperations(
        company=prospect.company, evidence=prospect.evidence("First invoice", on), effective_on=on
    ),
    "renamed": lambda prospect, on: ChangeDetails(
        company=prospect.company, name=prospect.firm.name.replace(" (demo)", " International (demo)"), effective_on=on
    ),
    "corrected": correct_name,
    "origin-corrected": correct_origin,
    "exiting": _with_reason(InitiateExit, "Production moves to the customer's site"),
    "exited": complete_exit,
    "exited-with-heir": lambda prospect, on: complete_exit(prospect, on, heir=prospect.other),
    "rejected": _with_reason(RejectCompany, "Not a business for the park"),
    "dormant": _with_reason(MarkDormant, "No answer to several letters"),
    "reactivated": _with_reason(ReactivateCompany, "They called again"),
    "merged": merge,
}
