"""Companies, claims, access, the estate, rates and months: how what each command recorded is put right."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from msgspec.structs import replace

from ledger.access import AdoptCheckpointKey, BarSubject, CreateKey, MapUser, ReadmitSubject, RevokeKey, UnmapUser
from ledger.bookkeeping.papers import IssuePaper
from ledger.claims import RecordClaim, WithdrawClaim
from ledger.companies.facts import CompaniesMerged, RegistrationProposed, VerificationProposed
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
from ledger.decider import By, Command
from ledger.estate.correcting import CorrectBuilding, CorrectParcel, CorrectSite, CorrectUnit
from ledger.estate.land import CompleteBuilding, DefineBuilding, DefineParcel, DefineSite, StartConstruction
from ledger.estate.market import (
    EstimateRentalValue,
    ReleaseReservation,
    ReserveUnit,
    ReturnUnit,
    TakeUnitOffMarket,
)
from ledger.estate.units import DefineUnit, MergeUnits, RemeasureUnit, RetireUnit, SplitUnit
from ledger.estate.withdrawing import WithdrawEstateStep
from ledger.joint.closing import ClosePeriod
from ledger.joint.delegating.deciding import DelegateApproval, EndDelegation
from ledger.joint.diary import CompleteDiaryEntry, WaiveDiaryEntry, WithdrawDiaryStep
from ledger.log.certifying import CertifyReadModels
from ledger.log.checkpoint import LOG, Verifier
from ledger.periods import OpenPeriods, ProposeReopening, ReopenPeriod, SoftClosePeriod, WithdrawPeriodStep
from ledger.rates import ApproveRate, ProposeRate, RejectRate, WithdrawRateStep
from ledger.values.evidence import Grounds
from tests.examples import CERTIFICATE, CERTIFY_READ_MODELS, ISSUE_PAPER
from tests.undo.desk import CORRECTOR, OTHER, Desk, Line
from tests.undo.ways import WHY, WITHDRAWN, At, Way, mistaken, taken_back, withdraw, withdrawal

# Companies


def _merged(desk: Desk, line: Line) -> Iterator[None]:
    """The identifiers that the record holds again are named."""
    yield
    merged = desk.do(line.command, line.by)[0]
    yield
    assert isinstance(merged, CompaniesMerged)
    desk.do(withdrawal(merged, regains=merged.released))


def _override_again(desk: Desk, line: Line) -> Iterator[None]:
    """What was turned down is proposed anew, as it was."""
    proposed = [fact for fact in desk.facts() if isinstance(fact, RegistrationProposed | VerificationProposed)][-1]
    yield
    desk.do(line.command, line.by)
    yield
    names = {name for name in proposed.__struct_fields__ if name not in ("reason", "support", "proposed_by")}
    said: dict[str, Any] = {name: getattr(proposed, name) for name in names}
    kind = RegisterCompany if isinstance(proposed, RegistrationProposed) else VerifyIdentifier
    override = Grounds(reason=proposed.reason, evidence=proposed.support)
    desk.do(kind(**said, override=override), By(actor=proposed.proposed_by, role="admin"))


COMPANIES: Mapping[type[Command], Way | At] = {
    **dict.fromkeys(
        (
            RegisterLead,
            AddTouch,
            CorrectOrigin,
            ScreenCompany,
            QualifyCompany,
            SignLoi,
            LinkInvestmentAgreement,
            RejectCompany,
            MarkDormant,
            ReactivateCompany,
            RegisterCompany,
            VerifyIdentifier,
            LinkParent,
            ChangeDetails,
            CorrectDetails,
            ApproveOverride,
            ReportSettled,
            SettleIn,
            AddPremises,
            CommenceOperations,
            InitiateExit,
            CompleteExit,
        ),
        WITHDRAWN,
    ),
    MergeCompany: _merged,
    RejectOverride: _override_again,
    WithdrawCompanyStep: At(QualifyCompany, taken_back(withdraw)),
}

# Claims and access: nothing is asked of them but whose they are

KEY = CreateKey(
    effective_on=date(2000, 1, 1), key_id="demokey1", actor="auditor-demo", role="auditor", secret_sha256="5e" * 32
)
USER = MapUser(effective_on=date(2000, 1, 1), os_user="w.min", actor="wang-min-demo", role="finance")


def _key(desk: Desk, line: Line) -> Iterator[None]:
    yield
    desk.do(KEY)
    yield
    desk.do(RevokeKey(effective_on=KEY.effective_on, key_id=KEY.key_id, reason=WHY))


def _revoked(desk: Desk, line: Line) -> Iterator[None]:
    desk.do(KEY)
    yield
    desk.do(RevokeKey(effective_on=KEY.effective_on, key_id=KEY.key_id, reason=WHY))
    yield
    desk.again(KEY, key_id="demokey2")


def _user(desk: Desk, line: Line) -> Iterator[None]:
    yield
    desk.do(USER)
    yield
    desk.do(UnmapUser(effective_on=USER.effective_on, os_user=USER.os_user, reason=WHY))


def _unmapped(desk: Desk, line: Line) -> Iterator[None]:
    desk.do(USER)
    yield
    desk.do(UnmapUser(effective_on=USER.effective_on, os_user=USER.os_user, reason=WHY))
    yield
    desk.do(USER)


BAR = BarSubject(effective_on=date(2000, 1, 1), identity="https://id.example#f3a9", reason=WHY)
READMIT = ReadmitSubject(effective_on=date(2000, 1, 1), identity=BAR.identity, reason=WHY)


def _barred(desk: Desk, line: Line) -> Iterator[None]:
    yield
    desk.do(BAR)
    yield
    desk.do(READMIT)


def _readmitted(desk: Desk, line: Line) -> Iterator[None]:
    desk.do(BAR)
    yield
    desk.do(READMIT)
    yield
    desk.do(BAR)


LEND = DelegateApproval(
    effective_on=date(2000, 1, 1),
    delegation="on-leave-demo",
    delegate="li-hua-demo",
    until_on=date(2000, 1, 31),
    reason=WHY,
)
END = EndDelegation(effective_on=LEND.effective_on, delegation=LEND.delegation, reason=WHY)


def _lent(desk: Desk, line: Line) -> Iterator[None]:
    yield
    desk.do(LEND)
    yield
    desk.do(END)


def _lent_no_more(desk: Desk, line: Line) -> Iterator[None]:
    desk.do(LEND)
    yield
    desk.do(END)
    yield
    desk.again(LEND, delegation="on-leave-2-demo")


def _adopted(desk: Desk, line: Line) -> Iterator[None]:
    yield
    desk.do(AdoptCheckpointKey(effective_on=date(2000, 1, 1), vkey=str(Verifier("a.example", LOG, bytes(32)))))
    yield
    desk.do(AdoptCheckpointKey(effective_on=date(2000, 1, 1), vkey=str(Verifier("a.example", LOG, b"\1" * 32))))


def _certified(desk: Desk, line: Line) -> Iterator[None]:
    yield
    desk.do(replace(CERTIFY_READ_MODELS, effective_on=date(2000, 1, 1), views=(replace(CERTIFICATE, position=0),)))
    yield
    desk.do(replace(CERTIFY_READ_MODELS, effective_on=date(2000, 1, 1), views=(replace(CERTIFICATE, position=1),)))


def _issued(desk: Desk, line: Line) -> Iterator[None]:
    yield
    desk.do(replace(ISSUE_PAPER, effective_on=date(2000, 1, 1), position=0))
    yield
    desk.do(replace(ISSUE_PAPER, effective_on=date(2000, 1, 1), position=1, sha256="6f" * 32))


COMPLETE = CompleteDiaryEntry(effective_on=date(2000, 1, 1), entry="expiry/l-1-demo/2027-06-30")


def _seen_to(asked: CompleteDiaryEntry | WaiveDiaryEntry) -> Way:
    def way(desk: Desk, line: Line) -> Iterator[None]:
        yield
        facts = desk.do(asked)
        yield
        desk.do(withdrawal(facts[0]))

    return way


def _taken_back(desk: Desk, line: Line) -> Iterator[None]:
    facts = desk.do(COMPLETE)
    yield
    desk.do(withdrawal(facts[0]))
    yield
    desk.do(COMPLETE)


DIARY: Mapping[type[Command], Way | At] = {
    CompleteDiaryEntry: At(RecordClaim, _seen_to(COMPLETE)),
    WaiveDiaryEntry: At(
        RecordClaim,
        _seen_to(WaiveDiaryEntry(effective_on=COMPLETE.effective_on, entry=COMPLETE.entry, reason=WHY)),
    ),
    WithdrawDiaryStep: At(RecordClaim, _taken_back),
}

CLAIMS: Mapping[type[Command], Way | At] = {
    RecordClaim: WITHDRAWN,
    WithdrawClaim: At(RecordClaim, taken_back(withdraw)),
}

ACCESS: Mapping[type[Command], Way | At] = {
    CreateKey: At(RecordClaim, _key),
    RevokeKey: At(RecordClaim, _revoked),
    MapUser: At(RecordClaim, _user),
    UnmapUser: At(RecordClaim, _unmapped),
    BarSubject: At(RecordClaim, _barred),
    ReadmitSubject: At(RecordClaim, _readmitted),
    AdoptCheckpointKey: At(RecordClaim, _adopted),
    DelegateApproval: At(RecordClaim, _lent),
    EndDelegation: At(RecordClaim, _lent_no_more),
    CertifyReadModels: At(RecordClaim, _certified),
    IssuePaper: At(RecordClaim, _issued),
}

# Estate


def _corrected(kind: Callable[..., Command], names: str, **other: Any) -> Way:
    """What a thing is called or measured is corrected by mistake."""

    def way(desk: Desk, line: Line) -> Iterator[None]:
        desk.do(line.command, line.by)
        kept: dict[str, Any] = {name: getattr(line.command, name) for name in names.split()}
        yield
        facts = desk.do(kind(effective_on=line.command.effective_on, **kept | other, reason=WHY))
        yield
        for command in withdraw(line.command, facts):
            desk.do(command)

    return way


ESTATE: Mapping[type[Command], Way | At] = {
    **dict.fromkeys(
        (
            DefineSite,
            DefineParcel,
            DefineBuilding,
            StartConstruction,
            CompleteBuilding,
            DefineUnit,
            RemeasureUnit,
            SplitUnit,
            MergeUnits,
            RetireUnit,
            ReserveUnit,
            ReleaseReservation,
            TakeUnitOffMarket,
            ReturnUnit,
            EstimateRentalValue,
        ),
        WITHDRAWN,
    ),
    CorrectSite: At(DefineSite, _corrected(CorrectSite, "site stated_area stated_unit source", name="Another (demo)")),
    CorrectParcel: At(DefineParcel, _corrected(CorrectParcel, "site parcel area", name="Another (demo)")),
    CorrectBuilding: At(DefineBuilding, _corrected(CorrectBuilding, "building floors lettable", name="Another (demo)")),
    CorrectUnit: At(DefineUnit, _corrected(CorrectUnit, "building unit use", floor="9")),
    WithdrawEstateStep: At(ReserveUnit, taken_back(withdraw)),
}

# Rates


def _turned_down(proposal: Any, _facts: object) -> Iterator[Command]:
    yield RejectRate(effective_on=proposal.effective_on, rate=proposal.rate, reason=WHY)


RATES: Mapping[type[Command], Way | At] = {
    ProposeRate: mistaken(_turned_down),
    ApproveRate: WITHDRAWN,
    RejectRate: WITHDRAWN,
    WithdrawRateStep: At(ApproveRate, taken_back(withdraw)),
}

# Months


def _closed(desk: Desk, line: Line) -> Iterator[None]:
    """Two people open it again, and it is closed softly as it was."""
    closed: Any = line.command
    yield
    desk.do(closed, line.by)
    yield
    about: dict[str, Any] = {"effective_on": closed.effective_on, "month": closed.month}
    desk.do(ProposeReopening(**about, reason=WHY), CORRECTOR)
    desk.do(ReopenPeriod(**about), OTHER)
    desk.do(SoftClosePeriod(**about), CORRECTOR)


def _reopened(desk: Desk, line: Line) -> Iterator[None]:
    """It is closed once more, on the same figures; and somebody asks to open it again, as before."""
    closed: Any = line.command
    desk.do(closed, line.by)
    about: dict[str, Any] = {"effective_on": closed.effective_on, "month": closed.month}
    desk.do(ProposeReopening(**about, reason=WHY), CORRECTOR)
    yield
    desk.do(ReopenPeriod(**about), OTHER)
    yield
    desk.do(replace(closed, recorded=desk.size), CORRECTOR)
    desk.do(ProposeReopening(**about, reason=WHY), CORRECTOR)


PERIODS: Mapping[type[Command], Way | At] = {
    **dict.fromkeys((OpenPeriods, SoftClosePeriod, ProposeReopening), WITHDRAWN),
    ReopenPeriod: At(ClosePeriod, _reopened),
    WithdrawPeriodStep: At(SoftClosePeriod, taken_back(withdraw)),
    ClosePeriod: _closed,
}

CITY: Mapping[type[Command], Way | At] = {**COMPANIES, **DIARY, **CLAIMS, **ACCESS, **ESTATE, **RATES, **PERIODS}
