"""One example of every fact and command of periods, rates and closing. All are invented; names end in (demo)."""

from datetime import date

from msgspec.structs import replace

from ledger.decider import Command, Fact
from ledger.joint.closing import ClosePeriod, Subledger, sha256_of
from ledger.periods import (
    Balance,
    OpenPeriods,
    PeriodClosed,
    PeriodOpened,
    PeriodReopened,
    PeriodSoftClosed,
    PeriodStepWithdrawn,
    ProposeReopening,
    ReopeningProposed,
    ReopenPeriod,
    SoftClosePeriod,
    TieOut,
    WithdrawPeriodStep,
)
from ledger.rates import (
    ApproveRate,
    Emission,
    ProposeRate,
    RateApproved,
    RateProposed,
    RateRejected,
    RateStepWithdrawn,
    RejectRate,
    WithdrawRateStep,
)

MONTH = "2024-07"
OPENED = PeriodOpened(effective_on=date(2024, 7, 1), month=MONTH)
SOFT_CLOSED = PeriodSoftClosed(effective_on=date(2024, 8, 5), month=MONTH)
BALANCES = (Balance(account="bank", balance_minor=10_666_080), Balance(account="deposits", balance_minor=-10_666_080))
CLOSED = PeriodClosed(
    effective_on=date(2024, 8, 12),
    month=MONTH,
    recorded=4,
    entries=1,
    balances=BALANCES,
    trial_balance_sha256=sha256_of(BALANCES),
    tie_outs=(TieOut(account="deposits", control_minor=-10_666_080, subledger_minor=-10_666_080),),
)
REOPENING_PROPOSED = ReopeningProposed(
    effective_on=date(2024, 9, 2), month=MONTH, reason="a bank statement was missing", proposed_by="clerk-demo"
)
REOPENED = PeriodReopened(
    effective_on=date(2024, 9, 3),
    month=MONTH,
    reason="a bank statement was missing",
    proposed_by="clerk-demo",
    approved_by="approver-demo",
)

OPEN = OpenPeriods(effective_on=date(2024, 7, 1), through=MONTH)
SOFT_CLOSE = SoftClosePeriod(effective_on=date(2024, 8, 5), month=MONTH)
CLOSE = ClosePeriod(
    effective_on=date(2024, 8, 12),
    month=MONTH,
    recorded=4,
    entries=1,
    subledgers=(Subledger(account="deposits", balance="-106660.80"),),
)
PROPOSE_REOPENING = ProposeReopening(effective_on=date(2024, 9, 2), month=MONTH, reason="a bank statement was missing")
REOPEN = ReopenPeriod(effective_on=date(2024, 9, 3), month=MONTH)

PROPOSED = RateProposed(
    effective_on=date(2024, 7, 1),
    rate="cpi-2024-07-demo",
    series="cpi/cn-all-demo",
    value="102.3",
    source="an invented bulletin",
    proposed_by="clerk-demo",
)
APPROVED = RateApproved(
    effective_on=date(2024, 7, 1),
    rate="cpi-2024-07-demo",
    series="cpi/cn-all-demo",
    value="102.3",
    source="an invented bulletin",
    proposed_by="clerk-demo",
    approved_by="approver-demo",
    approved_on=date(2024, 8, 9),
)
SICHUAN = Emission(region="CN-SC", year=2023, basis="AVERAGE", announcement="公告 2025年第47号 (demo)")
"""An emission factor's place in the announcements; the factor is 0.1564 kg/kWh."""
REJECTED = RateRejected(
    effective_on=date(2024, 8, 9),
    rate="cpi-2024-07-demo",
    series="cpi/cn-all-demo",
    reason="read from the wrong line",
    rejected_by="approver-demo",
)
PROPOSE = ProposeRate(
    effective_on=date(2024, 7, 1),
    rate="cpi-2024-07-demo",
    series="cpi/cn-all-demo",
    value="102.3",
    source="an invented bulletin",
)
APPROVE = ApproveRate(effective_on=date(2024, 8, 9), rate="cpi-2024-07-demo")
REJECT = RejectRate(effective_on=date(2024, 8, 9), rate="cpi-2024-07-demo", reason="read from the wrong line")

STEP_WITHDRAWN = PeriodStepWithdrawn(
    effective_on=date(2024, 8, 5),
    month=MONTH,
    step="period.soft-closed",
    reason="the wrong month",
    touched=("periods", f"period:{MONTH}"),
)
WITHDRAW = WithdrawPeriodStep(
    effective_on=date(2024, 8, 5), month=MONTH, step="period.soft-closed", reason="the wrong month"
)
APPROVAL_WITHDRAWN = RateStepWithdrawn(
    effective_on=date(2024, 7, 1),
    rate="cpi-2024-07-demo",
    step="rate.approved",
    reason="it is June's",
    touched=("rate:cpi-2024-07-demo", "series:cpi/cn-all-demo"),
)
WITHDRAW_APPROVAL = WithdrawRateStep(
    effective_on=date(2024, 7, 1), rate="cpi-2024-07-demo", step="rate.approved", reason="it is June's"
)

FACTS: tuple[Fact, ...] = (
    OPENED,
    SOFT_CLOSED,
    CLOSED,
    REOPENING_PROPOSED,
    REOPENED,
    PROPOSED,
    APPROVED,
    REJECTED,
    STEP_WITHDRAWN,
    APPROVAL_WITHDRAWN,
)
COMMANDS: tuple[Command, ...] = (
    OPEN,
    SOFT_CLOSE,
    CLOSE,
    PROPOSE_REOPENING,
    REOPEN,
    PROPOSE,
    APPROVE,
    REJECT,
    WITHDRAW,
    WITHDRAW_APPROVAL,
)
WHOLE: tuple[Fact, ...] = (
    replace(PROPOSED, base="previous year = 100", emission=SICHUAN),
    replace(APPROVED, base="previous year = 100", emission=SICHUAN),
)
