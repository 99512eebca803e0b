"""One example of every fact and every command. All are invented; names end in (demo).

LIFE       a company's facts from lead to exit, in the order recorded
ASKED      for each fact of LIFE the command that asks for it
ASIDE      facts of companies that took another way, with their commands
FACTS      every fact of every context once; COMMANDS likewise
WHOLE      facts with the optional fields that FACTS leave out: shapes to be read for ever, whatever rules say
before     the facts of LIFE before one of them
"""

import hashlib
from datetime import date
from typing import Any

from msgspec.structs import replace

from ledger.access import (
    AdoptCheckpointKey,
    BarSubject,
    CheckpointKeyAdopted,
    CreateKey,
    KeyCreated,
    KeyRevoked,
    MapUser,
    ReadmitSubject,
    RevokeKey,
    SubjectBarred,
    SubjectReadmitted,
    UnmapUser,
    UserMapped,
    UserUnmapped,
)
from ledger.bookkeeping.papers import IssuePaper, PaperIssued
from ledger.claims import ClaimWithdrawn, PublicClaimRecorded, RecordClaim, WithdrawClaim
from ledger.companies.company import CompanyCommand
from ledger.companies.facts import (
    CompaniesMerged,
    CompanyBecameDormant,
    CompanyDetailsChanged,
    CompanyDetailsCorrected,
    CompanyExited,
    CompanyFact,
    CompanyQualified,
    CompanyReactivated,
    CompanyRegistered,
    CompanyRejected,
    CompanyReportedSettled,
    CompanyScreened,
    CompanySettledIn,
    CompanyStepWithdrawn,
    Contract,
    EndedContract,
    ExitInitiated,
    IdentifierVerified,
    Intended,
    InvestmentAgreementLinked,
    LeadRegistered,
    LoiSigned,
    OperationsCommenced,
    OriginCorrected,
    OverrideRejected,
    ParentLinked,
    PremisesAdded,
    RegistrationProposed,
    TouchAdded,
    Transfer,
    VerificationProposed,
)
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
from ledger.companies.withdrawing import WithdrawCompanyStep
from ledger.decider import Command, Fact
from ledger.joint.diary import (
    CompleteDiaryEntry,
    DiaryStepWithdrawn,
    EntryCompleted,
    EntryWaived,
    WaiveDiaryEntry,
    WithdrawDiaryStep,
)
from ledger.log.certifying import Certificate, CertifyReadModels, ReadModelsCertified, TableDigest
from ledger.values.evidence import Evidence, Grounds, Override
from tests.examples import (
    banking,
    billing,
    bookkeeping,
    contacts,
    delegations,
    estate,
    investment,
    leases,
    offtake,
    orders,
    periods,
    purchases,
    taking_over,
    vat,
)

SUNFIELD, RIVERBEND, TWIN = "sunfield-demo", "riverbend-demo", "sunfield-twin-demo"
USCC, OTHER_USCC, FAULTY_USCC = "91000000FXDEMA0460", "91000000FXDEMA011D", "91000000FXDEMA0461"
LEI, OTHER_LEI, FAULTY_LEI = "FICT00MCSCDEM0000187", "FICT00MCSCDEM0000284", "FICT00MCSCDEM0000188"


def evidence(doc: str) -> Evidence:
    """A document whose content is its name."""
    return Evidence(doc=f"{doc} (demo)", sha256=hashlib.sha256(doc.encode()).hexdigest())


OVERRIDE = Override(reason="A code of before 2015", approver="approver-demo", evidence=evidence("registry letter"))
INTENDED = Intended(currency="USD", amount="5000000.00")
LEASE = Contract(kind="LEASE", reference="lease-01", executed_on=date(2026, 5, 28), evidence=evidence("lease"))
LAND = Contract(kind="LAND", reference="land-01", executed_on=date(2026, 7, 30), evidence=evidence("land contract"))
ENDED = tuple(
    EndedContract(reference=reference, ended_on=date(2026, 12, 11), evidence=evidence("surrender deed"))
    for reference in ("lease-01", "land-01")
)

# A whole life: the fact, its command, the day, what is asked, and what the fact tells besides

Fields = dict[str, Any]
_STORY: tuple[tuple[type[CompanyFact], type[CompanyCommand], date, Fields, Fields], ...] = (
    (
        LeadRegistered,
        RegisterLead,
        date(2026, 1, 5),
        {
            "name": "Sunfield Power (demo)",
            "name_zh": "晴野动力（演示）",
            "country": "US",
            "origin": "CIIE_PAVILION",
            "origin_year": 2025,
            "source": "visitor book",
        },
        {},
    ),
    (
        TouchAdded,
        AddTouch,
        date(2026, 1, 20),
        {"channel": "CIIE_PAVILION", "year": 2024, "note": "second call"},
        {},
    ),
    (
        OriginCorrected,
        CorrectOrigin,
        date(2026, 1, 21),
        {
            "origin": "BAC_REFERRAL",
            "reason": "the referral came first",
            "evidence": evidence("referral letter"),
        },
        {"was": "CIIE_PAVILION", "was_year": 2025},
    ),
    (
        CompanyScreened,
        ScreenCompany,
        date(2026, 2, 2),
        {"result": "CLEAR", "lists": SCREENING_LISTS, "evidence": evidence("screening")},
        {},
    ),
    (CompanyQualified, QualifyCompany, date(2026, 2, 10), {}, {}),
    (
        LoiSigned,
        SignLoi,
        date(2026, 3, 2),
        {"intended_investment": INTENDED, "evidence": evidence("letter of intent")},
        {},
    ),
    (
        InvestmentAgreementLinked,
        LinkInvestmentAgreement,
        date(2026, 4, 7),
        {"agreement": "agreement-01", "signed_on": date(2026, 4, 3), "evidence": evidence("agreement")},
        {},
    ),
    (
        CompanyRegistered,
        RegisterCompany,
        date(2026, 5, 6),
        {"uscc": USCC, "address": "1 Lake Road, Meishan (demo)", "licence": evidence("business licence")},
        {},
    ),
    (
        IdentifierVerified,
        VerifyIdentifier,
        date(2026, 5, 12),
        {"scheme": "LEI", "value": LEI, "method": "REGISTRY", "evidence": evidence("LEI record")},
        {},
    ),
    (ParentLinked, LinkParent, date(2026, 5, 13), {"parent_lei": OTHER_LEI}, {}),
    (
        CompanyReportedSettled,
        ReportSettled,
        date(2026, 5, 20),
        {
            "statement": "Sunfield has settled in (demo)",
            "source": "an invented newspaper",
            "published_on": date(2026, 5, 20),
        },
        {},
    ),
    (
        CompanySettledIn,
        SettleIn,
        date(2026, 7, 1),
        {
            "licence": evidence("licence with park address"),
            "park_address": "Unit 3, Building 2 (demo)",
            "contract": LEASE,
            "handover_on": date(2026, 6, 25),
            "handover": evidence("handover record"),
        },
        {},
    ),
    (PremisesAdded, AddPremises, date(2026, 8, 3), {"contract": LAND}, {}),
    (OperationsCommenced, CommenceOperations, date(2026, 9, 14), {"evidence": evidence("first invoice")}, {}),
    (CompanyDetailsChanged, ChangeDetails, date(2026, 10, 1), {"name": "Sunfield Energy (demo)"}, {}),
    (
        CompanyDetailsCorrected,
        CorrectDetails,
        date(2026, 7, 1),
        {
            "address": "Unit 4, Building 2 (demo)",
            "reason": "misread",
            "corrects": 12,
            "evidence": evidence("floor plan"),
        },
        {},
    ),
    (ExitInitiated, InitiateExit, date(2026, 11, 2), {"reason": "moves to the coast"}, {}),
    (
        CompanyExited,
        CompleteExit,
        date(2026, 12, 18),
        {"ended": ENDED, "receivable": "0.00", "deposits_held": "0.00"},
        {},
    ),
)
LIFE: tuple[CompanyFact, ...] = tuple(
    fact(company=SUNFIELD, effective_on=on, **asked, **told) for fact, _, on, asked, told in _STORY
)
ASKED: tuple[CompanyCommand, ...] = tuple(
    command(company=SUNFIELD, effective_on=on, **asked) for _, command, on, asked, _ in _STORY
)


def before(kind: type[CompanyFact]) -> tuple[CompanyFact, ...]:
    """The facts of LIFE before the one of this kind."""
    return LIFE[: next(at for at, fact in enumerate(LIFE) if type(fact) is kind)]


def through(kind: type[CompanyFact]) -> tuple[CompanyFact, ...]:
    """The facts of LIFE up to and with the one of this kind."""
    return LIFE[: len(before(kind)) + 1]


# Other ways

RIVER_LEAD = LeadRegistered(
    company=RIVERBEND, effective_on=date(2026, 1, 6), name="Riverbend Storage (demo)", country="CN", origin="DIRECT"
)
TWIN_LEAD = replace(RIVER_LEAD, company=TWIN, name="Sunfield Powers (demo)")
REJECTED = CompanyRejected(company=RIVERBEND, effective_on=date(2026, 2, 3), reason="no site fits")
DORMANT = CompanyBecameDormant(company=RIVERBEND, effective_on=date(2026, 2, 3), reason="no answer since January")
REACTIVATED = CompanyReactivated(company=RIVERBEND, effective_on=date(2026, 3, 3), reason="they called again")
TWIN_VERIFIED = IdentifierVerified(
    company=TWIN,
    effective_on=date(2026, 1, 8),
    scheme="USCC",
    value=USCC,
    method="DOCUMENT",
    evidence=evidence("licence copy"),
)
MERGED = CompaniesMerged(
    company=TWIN,
    effective_on=date(2026, 1, 9),
    into=SUNFIELD,
    released=(f"uscc:{USCC}",),
    reason="entered twice",
    evidence=evidence("both cards"),
)
REJECT = RejectCompany(company=RIVERBEND, effective_on=date(2026, 2, 3), reason="no site fits")
DOZE = MarkDormant(company=RIVERBEND, effective_on=date(2026, 2, 3), reason="no answer since January")
REACTIVATE = ReactivateCompany(company=RIVERBEND, effective_on=date(2026, 3, 3), reason="they called again")
MERGE = MergeCompany(
    company=TWIN,
    effective_on=date(2026, 1, 9),
    into=SUNFIELD,
    reason="entered twice",
    evidence=evidence("both cards"),
)
WITHDRAWN = CompanyStepWithdrawn(
    company=RIVERBEND,
    effective_on=date(2062, 1, 6),
    step="company.lead-registered",
    reason="the year was mistyped",
    touched=(f"company:{RIVERBEND}",),
)
WITHDRAW = WithdrawCompanyStep(
    company=RIVERBEND, effective_on=date(2062, 1, 6), step="company.lead-registered", reason="the year was mistyped"
)
GROUNDS = Grounds(reason=OVERRIDE.reason, evidence=OVERRIDE.evidence)
REGISTRATION_PROPOSED = RegistrationProposed(
    company=SUNFIELD,
    effective_on=date(2026, 5, 6),
    uscc=FAULTY_USCC,
    address="1 Lake Road, Meishan (demo)",
    licence=evidence("business licence"),
    reason=OVERRIDE.reason,
    support=OVERRIDE.evidence,
    proposed_by="clerk-demo",
)
VERIFICATION_PROPOSED = VerificationProposed(
    company=SUNFIELD,
    effective_on=date(2026, 5, 12),
    scheme="LEI",
    value=OTHER_LEI,
    method="REGISTRY",
    evidence=evidence("LEI record"),
    reason=OVERRIDE.reason,
    support=OVERRIDE.evidence,
    proposed_by="clerk-demo",
)
OVERRIDE_REJECTED = OverrideRejected(
    company=SUNFIELD,
    effective_on=date(2026, 5, 14),
    scheme="LEI",
    value=OTHER_LEI,
    reason="the letter is of another company",
    rejected_by="approver-demo",
)
APPROVE_OVERRIDE = ApproveOverride(company=SUNFIELD, effective_on=date(2026, 5, 14), scheme="USCC", value=FAULTY_USCC)
REJECT_OVERRIDE = RejectOverride(
    company=SUNFIELD,
    effective_on=date(2026, 5, 14),
    scheme="LEI",
    value=OTHER_LEI,
    reason="the letter is of another company",
)
ASIDE: tuple[Fact, ...] = (
    REJECTED,
    DORMANT,
    REACTIVATED,
    MERGED,
    REGISTRATION_PROPOSED,
    VERIFICATION_PROPOSED,
    OVERRIDE_REJECTED,
    WITHDRAWN,
)

# Claims and keys

CLAIMED = PublicClaimRecorded(
    effective_on=date(2021, 11, 1),
    claim="area-800-acres",
    subject="area of the site (demo)",
    company=SUNFIELD,
    claimed_on="2021-11",
    statement="The site has 800 acres (demo).",
    source="an invented press release",
)
CLAIM = RecordClaim(
    effective_on=date(2021, 11, 1),
    claim="area-800-acres",
    subject="area of the site (demo)",
    company=SUNFIELD,
    claimed_on="2021-11",
    statement="The site has 800 acres (demo).",
    source="an invented press release",
)
CLAIM_WITHDRAWN = ClaimWithdrawn(
    effective_on=date(2021, 11, 1),
    claim="area-800-acres",
    step="claim.recorded",
    reason="read from another release (demo)",
    touched=CLAIMED.tags,
)
WITHDRAW_CLAIM = WithdrawClaim(
    effective_on=date(2021, 11, 1), claim="area-800-acres", reason="read from another release (demo)"
)
KEY_CREATED = KeyCreated(
    effective_on=date(2026, 1, 2),
    key_id="demokey1",
    actor="auditor-demo",
    role="auditor",
    secret_sha256="5e" * 32,
    expires_on=date(2026, 12, 31),
    note="yearly audit (demo)",
)
KEY_REVOKED = KeyRevoked(effective_on=date(2026, 6, 30), key_id="demokey1", reason="audit finished")
CREATE_KEY = CreateKey(
    effective_on=date(2026, 1, 2),
    key_id="demokey1",
    actor="auditor-demo",
    role="auditor",
    secret_sha256="5e" * 32,
    expires_on=date(2026, 12, 31),
    note="yearly audit (demo)",
)
REVOKE_KEY = RevokeKey(effective_on=date(2026, 6, 30), key_id="demokey1", reason="audit finished")
USER_MAPPED = UserMapped(
    effective_on=date(2026, 1, 2), os_user="w.min", actor="wang-min-demo", role="finance", note="at the till (demo)"
)
USER_UNMAPPED = UserUnmapped(effective_on=date(2026, 6, 30), os_user="w.min", reason="has left")
MAP_USER = MapUser(
    effective_on=date(2026, 1, 2), os_user="w.min", actor="wang-min-demo", role="finance", note="at the till (demo)"
)
VKEY = "ledger.example/meishan+730de1c5+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
CHECKPOINT_KEY_ADOPTED = CheckpointKeyAdopted(effective_on=date(2026, 1, 2), vkey=VKEY, note="the first (demo)")
ADOPT_CHECKPOINT_KEY = AdoptCheckpointKey(effective_on=date(2026, 1, 2), vkey=VKEY, note="the first (demo)")
CERTIFICATE = Certificate(
    view="company_register",
    version=3,
    position=120,
    root="7a" * 32,
    outcome="AGREES",
    different=0,
    tables=(TableDigest(table="company_register", rows=64, sha256="5e" * 32),),
)
READ_MODELS_CERTIFIED = ReadModelsCertified(
    effective_on=date(2026, 6, 30), occasion="CHECK", program="0.1.0", views=(CERTIFICATE,)
)
CERTIFY_READ_MODELS = CertifyReadModels(
    effective_on=date(2026, 6, 30), occasion="CHECK", program="0.1.0", views=(CERTIFICATE,)
)
UNMAP_USER = UnmapUser(effective_on=date(2026, 6, 30), os_user="w.min", reason="has left")
SUBJECT = "https://id.example/city#f3a9"
SUBJECT_BARRED = SubjectBarred(effective_on=date(2026, 6, 30), identity=SUBJECT, reason="has left")
SUBJECT_READMITTED = SubjectReadmitted(effective_on=date(2026, 7, 1), identity=SUBJECT, reason="is back")
BAR_SUBJECT = BarSubject(effective_on=date(2026, 6, 30), identity=SUBJECT, reason="has left")
READMIT_SUBJECT = ReadmitSubject(effective_on=date(2026, 7, 1), identity=SUBJECT, reason="is back")

ENTRY = "break-notice/l-1-demo/2026-03-27"
COMPLETED = EntryCompleted(
    effective_on=date(2026, 3, 2), entry=ENTRY, by="clerk-demo", note="the tenant stays, by letter (demo)"
)
WAIVED = EntryWaived(effective_on=date(2026, 3, 2), entry=ENTRY, by="clerk-demo", reason="it was agreed to stay (demo)")
DIARY_STEP_WITHDRAWN = DiaryStepWithdrawn(
    effective_on=date(2026, 3, 2),
    entry=ENTRY,
    step="diary.entry-waived",
    reason="another lease was meant (demo)",
    touched=WAIVED.tags,
)
COMPLETE_ENTRY = CompleteDiaryEntry(effective_on=date(2026, 3, 2), entry=ENTRY, note=COMPLETED.note)
WAIVE_ENTRY = WaiveDiaryEntry(effective_on=date(2026, 3, 2), entry=ENTRY, reason=WAIVED.reason)
WITHDRAW_DIARY_STEP = WithdrawDiaryStep(
    effective_on=date(2026, 3, 2), entry=ENTRY, reason="another lease was meant (demo)"
)

PAPER_ISSUED = PaperIssued(
    effective_on=date(2026, 7, 3),
    sha256="5e" * 32,
    kind="STATEMENT_OF_ACCOUNT",
    name="sunfield-demo",
    company="sunfield-demo",
    shows=date(2026, 6, 30),
    position=120,
    root="7a" * 32,
)
ISSUE_PAPER = IssuePaper(
    effective_on=date(2026, 7, 3),
    sha256="5e" * 32,
    kind="STATEMENT_OF_ACCOUNT",
    name="sunfield-demo",
    company="sunfield-demo",
    shows=date(2026, 6, 30),
    position=120,
    root="7a" * 32,
)

OTHERS = (
    contacts,
    delegations,
    estate,
    leases,
    periods,
    banking,
    billing,
    investment,
    orders,
    offtake,
    purchases,
    bookkeeping,
    vat,
    taking_over,
)
"""The contexts that have a module of examples of their own."""

FACTS: tuple[Fact, ...] = (
    *LIFE,
    *ASIDE,
    CLAIMED,
    CLAIM_WITHDRAWN,
    KEY_CREATED,
    KEY_REVOKED,
    USER_MAPPED,
    USER_UNMAPPED,
    SUBJECT_BARRED,
    SUBJECT_READMITTED,
    CHECKPOINT_KEY_ADOPTED,
    READ_MODELS_CERTIFIED,
    COMPLETED,
    WAIVED,
    DIARY_STEP_WITHDRAWN,
    PAPER_ISSUED,
    *(fact for module in OTHERS for fact in module.FACTS),
)
COMMANDS: tuple[Command, ...] = (
    *ASKED,
    REJECT,
    DOZE,
    REACTIVATE,
    MERGE,
    WITHDRAW,
    APPROVE_OVERRIDE,
    REJECT_OVERRIDE,
    CLAIM,
    WITHDRAW_CLAIM,
    CREATE_KEY,
    REVOKE_KEY,
    MAP_USER,
    UNMAP_USER,
    BAR_SUBJECT,
    READMIT_SUBJECT,
    ADOPT_CHECKPOINT_KEY,
    CERTIFY_READ_MODELS,
    COMPLETE_ENTRY,
    WAIVE_ENTRY,
    WITHDRAW_DIARY_STEP,
    ISSUE_PAPER,
    *(command for module in OTHERS for command in module.COMMANDS),
)

_TOLD: dict[type[CompanyFact], CompanyFact] = {type(fact): fact for fact in LIFE}
WHOLE: tuple[Fact, ...] = (
    replace(KEY_CREATED, scope="DIARY", opens=("companies",), about_company="sunfield-demo"),
    replace(PAPER_ISSUED, from_on=date(2026, 1, 1)),
    replace(_TOLD[OriginCorrected], origin="CIIE_PAVILION", origin_year=2023),
    replace(
        _TOLD[CompanyRegistered], uscc=FAULTY_USCC, foreign_registry="DE-HRB", foreign_number="77", override=OVERRIDE
    ),
    replace(
        _TOLD[IdentifierVerified],
        scheme="FOREIGN",
        value="78",
        registry="DE-HRB",
        override=replace(OVERRIDE, approved_on=date(2026, 5, 14)),
        replaced="foreign:DE-HRB/77",
    ),
    *(
        replace(fact, scheme="FOREIGN", value="78", registry="DE-HRB")
        for fact in (VERIFICATION_PROPOSED, OVERRIDE_REJECTED)
    ),
    replace(_TOLD[CompanyDetailsChanged], name_zh="晴野能源（演示）", country="CN", address="Unit 5 (demo)"),
    replace(_TOLD[CompanyDetailsCorrected], name="Sunfield (demo)", name_zh="晴野（演示）", country="CN"),
    replace(
        _TOLD[CompanyExited],
        receivable="10.00",
        deposits_held="2500.50",
        transferred_to=Transfer(company=RIVERBEND, evidence=evidence("deed of transfer")),
    ),
    replace(
        WITHDRAWN,
        effective_on=date(2026, 1, 8),
        step="company.identifier-verified",
        about=USCC,
        touched=(f"company:{RIVERBEND}", f"uscc:{USCC}"),
    ),
    *(fact for module in OTHERS for fact in module.WHOLE),
)
