"""One example of every fact and command of investment. All are invented; names end in (demo).

The amounts are those of domain.md §3.2: USD 5,000,000.00 contracted, 1,500,000.00 paid in at 7.1036, FAI of
18,000,000.00 CNY on 8,000 m², an incentive of 2,400,000.00 CNY.

GROUND    what is recorded before it: the investor, rates, open months
LIFE      the agreement's facts, in the order recorded; ASKED: the commands that ask for them, with who asks
through   the facts of LIFE up to and with one of a kind
"""

import hashlib
from datetime import date
from typing import Any

from msgspec.structs import replace

from ledger.decider import By, Command, Fact
from ledger.investment.agreement import (
    ApproveInvestmentAmendment,
    DraftInvestmentAgreement,
    ProposeInvestmentAmendment,
    RejectInvestmentAmendment,
    SignInvestmentAgreement,
)
from ledger.investment.ending import CloseInvestment, DeclareBreach, FulfilInvestment, TerminateInvestment
from ledger.investment.facts import (
    ClawbackAssessed,
    ClawbackCollected,
    ClawbackReversed,
    ClawbackWaived,
    ClawbackWaiverProposed,
    ClawbackWaiverReversed,
    CollectionReversed,
    ContributionRecorded,
    ContributionReversed,
    CovenantTested,
    FigureReported,
    IncentivePaid,
    IncentiveReversed,
    InvestmentAmended,
    InvestmentAmendmentProposed,
    InvestmentAmendmentRejected,
    InvestmentBreached,
    InvestmentClosed,
    InvestmentDrafted,
    InvestmentFulfilled,
    InvestmentPayment,
    InvestmentSigned,
    InvestmentStepWithdrawn,
    InvestmentTerminated,
    OutsideIncentivePaid,
)
from ledger.investment.incentives import (
    ApproveClawbackWaiver,
    AssessClawback,
    CollectClawback,
    PayIncentive,
    ProposeClawbackWaiver,
    RecordOutsideIncentive,
)
from ledger.investment.performance import CheckCovenant, RecordContribution, ReportFigure, ReverseContribution
from ledger.investment.reversing import (
    ReverseClawback,
    ReverseClawbackWaiver,
    ReverseCollection,
    ReverseIncentive,
)
from ledger.investment.terms import Covenant, Incentive, InvestmentTerms, Tranche
from ledger.investment.withdrawing import WithdrawInvestmentStep
from ledger.values.evidence import Evidence
from tests.ground.billed import lead, opened, rate

AGREEMENT, INVESTOR, OTHER = "agreement-01", "sunfield-demo", "riverbend-demo"
INTENSITY, TAX, JOBS = "intensity-2025", "tax-2025", "jobs-2025"
EQUIPMENT, TRAINING = "equipment-grant", "training-grant"
SIGNED_ON, TEST_ON = date(2024, 1, 15), date(2025, 12, 31)


def paper(doc: str) -> Evidence:
    """A document whose content is its name."""
    return Evidence(doc=f"{doc} (demo)", sha256=hashlib.sha256(doc.encode()).hexdigest())


TERMS = InvestmentTerms(
    currency="USD",
    contracted="5000000.00",
    subscribed="4000000.00",
    fai_target="24000000.00",
    site="8000.00",
    tranches=(
        Tranche(due_on=date(2024, 6, 30), amount="1500000.00"),
        Tranche(due_on=date(2025, 6, 30), amount="3500000.00"),
    ),
    covenants=(
        Covenant(
            covenant=INTENSITY,
            metric="FAI_INTENSITY",
            target="200",
            test_on=TEST_ON,
            tolerance="0.1",
            incentive=EQUIPMENT,
        ),
        Covenant(covenant=TAX, metric="TAX_PER_MU", target="10", test_on=TEST_ON, tolerance="0.05"),
        Covenant(covenant=JOBS, metric="JOBS", target="120", test_on=TEST_ON, consequence="CLIFF", incentive=TRAINING),
    ),
    incentives=(
        Incentive(incentive=EQUIPMENT, amount="2400000.00"),
        Incentive(incentive=TRAINING, amount="300000.00", payer="Employment bureau (demo)"),
    ),
)
MORE_TIME = replace(TERMS, tranches=(TERMS.tranches[0], replace(TERMS.tranches[1], due_on=date(2025, 12, 31))))

GROUND: tuple[Fact, ...] = (
    lead(INVESTOR),
    lead(OTHER),
    rate("fx/usd-cny", "7.1", date(2024, 1, 2)),
    rate("fx/usd-cny", "7.1036", date(2024, 6, 28)),
    rate("fx/usd-cny", "7.2", date(2025, 11, 3)),
    *opened(2024, 2026),
)

CLERK = By(actor="clerk-demo", role="deal_desk")
FINANCE = By(actor="finance-demo", role="finance")
APPROVER = By(actor="approver-demo", role="approver")

OF: dict[str, Any] = {"agreement": AGREEMENT, "company": INVESTOR}
_STORY: tuple[tuple[type[Any], type[Any], date, By, dict[str, Any], dict[str, Any], dict[str, Any]], ...] = (
    # fact, command, day, who, what both say, what only the command says, what only the fact says
    (
        InvestmentDrafted,
        DraftInvestmentAgreement,
        date(2024, 1, 8),
        CLERK,
        {"company": INVESTOR, "terms": TERMS},
        {},
        {"drafted_by": "clerk-demo"},
    ),
    (
        InvestmentSigned,
        SignInvestmentAgreement,
        SIGNED_ON,
        APPROVER,
        {"document": paper("investment agreement")},
        {},
        {"signed_by": "approver-demo", "rate": "7.1", "contracted_cny_minor": 3_550_000_000},
    ),
    (
        ContributionRecorded,
        RecordContribution,
        date(2024, 6, 28),
        CLERK,
        {
            "contribution": "capital-1",
            "kind": "CAPITAL",
            "currency": "USD",
            "utilised": True,
            "evidence": paper("bank advice"),
        },
        {"amount": "1500000.00"},
        {
            "amount_minor": 150_000_000,
            "rate": "7.1036",
            "cny_minor": 1_065_540_000,
            "contract_minor": 150_000_000,
        },
    ),
    (
        InvestmentAmendmentProposed,
        ProposeInvestmentAmendment,
        date(2024, 9, 2),
        CLERK,
        {
            "amendment": "more-time",
            "terms": MORE_TIME,
            "reason": "the plant comes later",
            "document": paper("supplement"),
        },
        {},
        {"proposed_by": "clerk-demo"},
    ),
    (
        InvestmentAmended,
        ApproveInvestmentAmendment,
        date(2024, 9, 9),
        APPROVER,
        {"amendment": "more-time"},
        {},
        {
            "terms": MORE_TIME,
            "proposed_by": "clerk-demo",
            "approved_by": "approver-demo",
            "rate": "7.1036",
            "contracted_cny_minor": 3_551_800_000,
        },
    ),
    (
        IncentivePaid,
        PayIncentive,
        date(2024, 10, 8),
        FINANCE,
        {"incentive": EQUIPMENT, "payment": "grant-1", "bank_reference": "INC-1"},
        {"amount": "2400000.00"},
        {"amount_minor": 240_000_000, "accounting_on": date(2024, 10, 8)},
    ),
    (
        OutsideIncentivePaid,
        RecordOutsideIncentive,
        date(2024, 10, 9),
        CLERK,
        {"incentive": TRAINING, "payment": "grant-2", "evidence": paper("notice of payment")},
        {"amount": "300000.00"},
        {"amount_minor": 30_000_000, "payer": "Employment bureau (demo)"},
    ),
    (
        FigureReported,
        ReportFigure,
        TEST_ON,
        CLERK,
        {"figure": "JOBS", "value": "90", "evidence": paper("social insurance list")},
        {},
        {},
    ),
    (
        CovenantTested,
        CheckCovenant,
        date(2026, 1, 20),
        CLERK,
        {"covenant": INTENSITY},
        {},
        {
            "test_on": TEST_ON,
            "metric": "FAI_INTENSITY",
            "target": "200",
            "measured": "18000000.00",
            "site_dm2": 800_000,
            "actual": "150.0000",
            "shortfall": "0.2500",
            "result": "MISSED",
        },
    ),
    (
        InvestmentBreached,
        DeclareBreach,
        date(2026, 1, 25),
        APPROVER,
        {"reason": "intensity was missed", "evidence": paper("minutes of the committee")},
        {},
        {},
    ),
    (
        ClawbackAssessed,
        AssessClawback,
        date(2026, 2, 2),
        FINANCE,
        {"clawback": "clawback-1", "covenant": INTENSITY},
        {},
        {
            "accounting_on": date(2026, 2, 2),
            "incentive": EQUIPMENT,
            "test_on": TEST_ON,
            "amount_minor": 60_000_000,
        },
    ),
    (
        ClawbackWaiverProposed,
        ProposeClawbackWaiver,
        date(2026, 2, 10),
        FINANCE,
        {"clawback": "clawback-1", "waiver": "waiver-1", "reason": "the flood (demo)"},
        {"amount": "100000.00"},
        {"amount_minor": 10_000_000, "proposed_by": "finance-demo"},
    ),
    (
        ClawbackWaived,
        ApproveClawbackWaiver,
        date(2026, 2, 12),
        APPROVER,
        {"clawback": "clawback-1", "waiver": "waiver-1"},
        {},
        {
            "accounting_on": date(2026, 2, 12),
            "amount_minor": 10_000_000,
            "proposed_by": "finance-demo",
            "approved_by": "approver-demo",
        },
    ),
    (
        ClawbackCollected,
        CollectClawback,
        date(2026, 3, 3),
        FINANCE,
        {"clawback": "clawback-1", "collection": "collection-1", "bank_reference": "CLAW-1"},
        {"amount": "500000.00"},
        {"accounting_on": date(2026, 3, 3), "amount_minor": 50_000_000},
    ),
    (InvestmentClosed, CloseInvestment, date(2026, 3, 31), APPROVER, {}, {}, {}),
)
FAI = ContributionRecorded(
    **OF,
    effective_on=date(2025, 11, 3),
    contribution="fai-1",
    kind="FAI",
    currency="CNY",
    amount_minor=1_800_000_000,
    cny_minor=1_800_000_000,
    contract_rate="7.2",
    contract_minor=250_000_000,
    evidence=paper("audit of construction"),
)
RECORD_FAI = RecordContribution(
    agreement=AGREEMENT,
    effective_on=date(2025, 11, 3),
    contribution="fai-1",
    kind="FAI",
    currency="CNY",
    amount="18000000.00",
    evidence=paper("audit of construction"),
)


def _told() -> tuple[Fact, ...]:
    told = [fact(effective_on=on, **{**OF, **both, **more}) for fact, _, on, _, both, _, more in _STORY]
    at = next(at for at, fact in enumerate(told) if isinstance(fact, FigureReported))
    return (*told[:at], FAI, *told[at:])


def _asked() -> tuple[tuple[Command, By], ...]:
    asked = [
        (command(agreement=AGREEMENT, effective_on=on, **both, **more), by)
        for _, command, on, by, both, more, _ in _STORY
    ]
    at = next(at for at, (command, _) in enumerate(asked) if isinstance(command, ReportFigure))
    return (*asked[:at], (RECORD_FAI, CLERK), *asked[at:])


LIFE: tuple[Fact, ...] = _told()
ASKED: tuple[tuple[Command, By], ...] = _asked()


def through(kind: type[Fact]) -> tuple[Fact, ...]:
    """The facts of LIFE up to and with the last one of this kind."""
    last = max(at for at, fact in enumerate(LIFE) if type(fact) is kind)
    return LIFE[: last + 1]


def told(kind: type[Any]) -> Any:
    """The first fact of LIFE of a kind."""
    return next(fact for fact in LIFE if type(fact) is kind)


def asked(kind: type[Any]) -> Any:
    """The first command of ASKED of a kind."""
    return next(command for command, _ in ASKED if type(command) is kind)


REVERSED = ContributionReversed(
    **OF,
    effective_on=date(2024, 7, 5),
    contribution="capital-1",
    reversal="reversal-1",
    amount_minor=50_000_000,
    cny_minor=355_180_000,
    contract_minor=50_000_000,
    reason="half was another company's",
)
REVERSE = ReverseContribution(
    agreement=AGREEMENT,
    effective_on=date(2024, 7, 5),
    contribution="capital-1",
    reversal="reversal-1",
    amount="500000.00",
    reason="half was another company's",
)
REJECTED = InvestmentAmendmentRejected(
    **OF,
    effective_on=date(2024, 9, 9),
    amendment="more-time",
    reason="no ground for it",
    rejected_by="approver-demo",
)
REJECT = RejectInvestmentAmendment(
    agreement=AGREEMENT, effective_on=date(2024, 9, 9), amendment="more-time", reason="no ground for it"
)
FULFILLED = InvestmentFulfilled(**OF, effective_on=date(2026, 3, 1), evidence=paper("capital verification"))
FULFIL = FulfilInvestment(agreement=AGREEMENT, effective_on=date(2026, 3, 1), evidence=paper("capital verification"))
TERMINATED = InvestmentTerminated(
    **OF, effective_on=date(2025, 2, 3), reason="the plant is built elsewhere", document=paper("deed")
)
TERMINATE = TerminateInvestment(
    agreement=AGREEMENT, effective_on=date(2025, 2, 3), reason="the plant is built elsewhere", document=paper("deed")
)
MISTAKE = "recorded by mistake"
REVERSALS: tuple[Fact, ...] = (
    IncentiveReversed(
        **OF,
        effective_on=date(2024, 10, 8),
        accounting_on=date(2024, 10, 8),
        bank_reference="INC-1",
        incentive=EQUIPMENT,
        payment="grant-1",
        amount_minor=240_000_000,
        reason=MISTAKE,
    ),
    CollectionReversed(
        **OF,
        effective_on=date(2026, 3, 4),
        accounting_on=date(2026, 3, 4),
        bank_reference="CLAW-1",
        clawback="clawback-1",
        collection="collection-1",
        amount_minor=50_000_000,
        reason=MISTAKE,
    ),
    ClawbackWaiverReversed(
        **OF,
        effective_on=date(2026, 2, 12),
        accounting_on=date(2026, 2, 12),
        clawback="clawback-1",
        waiver="waiver-1",
        amount_minor=10_000_000,
        reason=MISTAKE,
    ),
    ClawbackReversed(
        **OF,
        effective_on=date(2026, 2, 2),
        accounting_on=date(2026, 2, 2),
        clawback="clawback-1",
        amount_minor=60_000_000,
        reason=MISTAKE,
    ),
)
_TO: dict[str, Any] = {"agreement": AGREEMENT, "reason": MISTAKE}
REVERSE_INCENTIVE = ReverseIncentive(**_TO, effective_on=date(2024, 10, 8), payment="grant-1")
REVERSE_COLLECTION = ReverseCollection(
    **_TO, effective_on=date(2026, 3, 4), clawback="clawback-1", collection="collection-1"
)
REVERSE_WAIVER = ReverseClawbackWaiver(**_TO, effective_on=date(2026, 2, 12), clawback="clawback-1", waiver="waiver-1")
REVERSE_CLAWBACK = ReverseClawback(**_TO, effective_on=date(2026, 2, 2), clawback="clawback-1")
WITHDRAW = WithdrawInvestmentStep(**_TO, effective_on=date(2026, 1, 25), step="investment.breached")
WITHDRAWN = InvestmentStepWithdrawn(
    agreement=AGREEMENT,
    effective_on=date(2026, 1, 25),
    step="investment.breached",
    reason=MISTAKE,
    touched=(f"investment:{AGREEMENT}", f"investor:{INVESTOR}"),
)

FACTS: tuple[Fact, ...] = (
    *(fact for fact in LIFE if fact is not FAI),
    REVERSED,
    REJECTED,
    FULFILLED,
    TERMINATED,
    *REVERSALS,
    WITHDRAWN,
)
COMMANDS: tuple[Command, ...] = (
    *(command for command, _ in ASKED if command is not RECORD_FAI),
    REVERSE,
    REJECT,
    FULFIL,
    TERMINATE,
    REVERSE_INCENTIVE,
    REVERSE_COLLECTION,
    REVERSE_WAIVER,
    REVERSE_CLAWBACK,
    WITHDRAW,
)
WHOLE: tuple[Fact, ...] = (
    replace(told(ContributionRecorded), contract_rate="7.1"),
    replace(told(CovenantTested), supersedes="an invoice was counted twice"),
    replace(WITHDRAWN, step="investment.covenant-tested", effective_on=date(2026, 1, 20), about=INTENSITY),
    *(replace(fact, bank_account="cny-main-demo") for fact in FACTS if isinstance(fact, InvestmentPayment)),
)
