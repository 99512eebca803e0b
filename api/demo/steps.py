"""What is recorded at each step of an invented company's way.

Step       one command as the demonstration records it: when, by whom, about what
invented   somebody who records
Settled    a lease as far as its tenant's steps name it
Taken      who takes a step, and what they need to know for it
STEPS      each step's name, as pipeline.py strings them together, and the command it is
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from msgspec import Struct

from api.demo.days import workday_before
from api.demo.firms import Firm
from ledger.access import Role
from ledger.companies.facts import Contract, EndedContract, Intended, OriginChannel, Transfer
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
from ledger.values.evidence import Evidence, Override

CLERKS = ("li-na-demo", "wang-min-demo", "carol-ortiz-demo")
APPROVER = "zhou-jie-demo"
ACCOUNTANTS = ("he-lan-demo", "tom-reyes-demo")


class Step(Struct, frozen=True, kw_only=True):
    """One command. `recorded_at` is simulated."""

    recorded_at: datetime
    by: By
    command: Command
    data_class: DataClass = "FICTIONAL"


def invented(actor: str, role: Role = "deal_desk") -> By:
    """Somebody who does not exist."""
    return By(actor=actor, role=role, method="demo")


class Settled(Struct, frozen=True, kw_only=True):
    """A lease of a company: its id, when it was signed, when the keys changed hands."""

    lease: str
    executed_on: date
    handed_over_on: date


@dataclass(frozen=True, slots=True)
class Taken:
    """A firm, the channel it came through, when it became a lead, and another company that a step names.

    leases   its leases, in order; a company with none builds for itself, on land of its own
    """

    firm: Firm
    channel: OriginChannel
    lead_on: date
    other: str
    leases: tuple[Settled, ...] = ()

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
        """Where in the park it has premises."""
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


def lead(t: Taken, on: date) -> Command:
    """The company becomes known."""
    year = on.year if t.channel == "CIIE_PAVILION" else None
    zh = t.firm.name_zh if t.firm.country == "CN" else None
    return RegisterLead(
        company=t.company,
        name=t.firm.name,
        name_zh=zh,
        country=t.firm.country,
        origin=t.channel,
        origin_year=year,
        source="Notes of the first talk (demo)",
        effective_on=on,
    )


def screened(t: Taken, on: date) -> Command:
    """Nothing on any list."""
    found = t.evidence("Screening", on)
    return ScreenCompany(company=t.company, result="CLEAR", lists=SCREENING_LISTS, evidence=found, effective_on=on)


def hit(t: Taken, on: date) -> Command:
    """Something on one list."""
    found = t.evidence("Screening", on)
    return ScreenCompany(company=t.company, result="HIT", lists=("EXPORT_CONTROL",), evidence=found, effective_on=on)


def loi(t: Taken, on: date) -> Command:
    """Intentions."""
    meant = Intended(currency="USD", amount=f"{t.firm.number % 9 + 1}500000.00")
    return SignLoi(
        company=t.company, intended_investment=meant, evidence=t.evidence("Letter of intent", on), effective_on=on
    )


def agreement(t: Taken, on: date) -> Command:
    """A binding agreement, signed three days earlier."""
    signed_on = on - SIGNED_BEFORE_LINK
    return LinkInvestmentAgreement(
        company=t.company,
        agreement=t.agreement,
        signed_on=signed_on,
        evidence=t.evidence("Investment agreement", signed_on),
        effective_on=on,
    )


def registered(t: Taken, on: date) -> Command:
    """With a sound USCC."""
    licence = t.evidence("Business licence", on)
    return RegisterCompany(company=t.company, uscc=t.firm.uscc, address=t.address, licence=licence, effective_on=on)


def registered_abroad(t: Taken, on: date) -> Command:
    """With the number of a foreign registry."""
    licence = t.evidence("Certificate of incorporation", on)
    return RegisterCompany(
        company=t.company,
        foreign_registry="FICT-REGISTRY",
        foreign_number=f"F{t.firm.number:07}",
        address=t.address,
        licence=licence,
        effective_on=on,
    )


def registered_by_override(t: Taken, on: date) -> Command:
    """With an old USCC whose check character is wrong: two people and a document vouch for it."""
    why = Override(
        reason="The licence shows this code; the registry confirms that it was issued so (demo)",
        approver=APPROVER,
        evidence=t.evidence("Confirmation by the registry", on),
    )
    licence = t.evidence("Business licence", on)
    return RegisterCompany(
        company=t.company,
        uscc=t.firm.faulty_uscc,
        address=t.address,
        licence=licence,
        override=why,
        effective_on=on,
    )


def lei(t: Taken, on: date) -> Command:
    """Its LEI, looked up."""
    seen = t.evidence("LEI record", on)
    return VerifyIdentifier(
        company=t.company, scheme="LEI", value=t.firm.lei, method="REGISTRY", evidence=seen, effective_on=on
    )


def reported(t: Taken, on: date) -> Command:
    """A newspaper says that it is here."""
    return ReportSettled(
        company=t.company,
        statement=f"{t.firm.name} is said to have settled in",
        source="Demonstration Daily (demo)",
        published_on=on,
        effective_on=on,
    )


def settled_in(t: Taken, on: date) -> Command:
    """It is here, with every proof."""
    handed_over_on = t.leases[0].handed_over_on if t.leases else workday_before(on)
    return SettleIn(
        company=t.company,
        licence=t.evidence("Business licence with a park address", on),
        park_address=t.address,
        contract=t.contract(1, on - timedelta(days=14)),
        handover_on=handed_over_on,
        handover=t.evidence("Handover protocol", handed_over_on),
        effective_on=on,
    )


def corrected(t: Taken, _on: date) -> Command:
    """We had its name wrong since the lead; whoever records it fills in the lead's position."""
    return CorrectDetails(
        company=t.company,
        name=t.firm.name.replace(" (demo)", " Systems (demo)"),
        reason="The name was copied wrong from a business card (demo)",
        corrects=1,
        effective_on=t.lead_on,
    )


def origin_corrected(t: Taken, on: date) -> Command:
    """Somebody had brought it to us; or nobody, where we thought so."""
    return CorrectOrigin(
        company=t.company,
        origin="DIRECT" if t.channel == "PARTNER" else "PARTNER",
        reason="The notes of the first talk say otherwise (demo)",
        evidence=t.evidence("Notes of the first talk", t.lead_on),
        effective_on=on,
    )


def exited(t: Taken, on: date, *, heir: str | None = None) -> Command:
    """It has left; whoever records it fills in what the books say that it owes."""
    ended_on = on - ENDED_BEFORE_EXIT
    over = t.evidence("Termination", ended_on)
    return CompleteExit(
        company=t.company,
        ended=tuple(
            EndedContract(reference=t.contract(nth, on).reference, ended_on=ended_on, evidence=over) for nth in (1, 2)
        ),
        receivable="0.00",
        deposits_held="0.00",
        transferred_to=Transfer(company=heir, evidence=t.evidence("Assumption of debt", on)) if heir else None,
        effective_on=on,
    )


def merged(t: Taken, on: date) -> Command:
    """It was a second record of the other company."""
    proof = t.evidence("Comparison of records", on)
    return MergeCompany(
        company=t.company, into=t.other, reason="One company, recorded twice (demo)", evidence=proof, effective_on=on
    )


def _with_reason(command: Callable[..., Command], reason: str) -> "Take":
    return lambda t, on: command(company=t.company, reason=f"{reason} (demo)", effective_on=on)


Take = Callable[[Taken, date], Command]

STEPS: Mapping[str, Take] = {
    "lead": lead,
    "touch": lambda t, on: AddTouch(
        company=t.company, channel="BAC_REFERRAL", note="Introduced again at a round table (demo)", effective_on=on
    ),
    "screened": screened,
    "hit": hit,
    "qualified": lambda t, on: QualifyCompany(company=t.company, effective_on=on),
    "loi": loi,
    "agreement": agreement,
    "registered": registered,
    "registered-abroad": registered_abroad,
    "registered-by-override": registered_by_override,
    "lei": lei,
    "parent": lambda t, on: LinkParent(company=t.company, parent_lei=t.firm.parent_lei, effective_on=on),
    "reported": reported,
    "settled-in": settled_in,
    "premises": lambda t, on: AddPremises(company=t.company, contract=t.contract(2, on), effective_on=on),
    "operating": lambda t, on: CommenceOperations(
        company=t.company, evidence=t.evidence("First invoice", on), effective_on=on
    ),
    "renamed": lambda t, on: ChangeDetails(
        company=t.company, name=t.firm.name.replace(" (demo)", " International (demo)"), effective_on=on
    ),
    "corrected": corrected,
    "origin-corrected": origin_corrected,
    "exiting": _with_reason(InitiateExit, "Production moves to the customer's site"),
    "exited": exited,
    "exited-with-heir": lambda t, on: exited(t, on, heir=t.other),
    "rejected": _with_reason(RejectCompany, "Not a business for the park"),
    "dormant": _with_reason(MarkDormant, "No answer to several letters"),
    "reactivated": _with_reason(ReactivateCompany, "They called again"),
    "merged": merged,
}
