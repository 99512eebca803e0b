"""What fields of periods, rates and closing draw from, by `field` or, where a name means two things, `Kind.field`."""

from datetime import date
from typing import Any

from hypothesis import strategies as st

from ledger.joint.closing import Subledger
from ledger.periods import Balance, TieOut
from ledger.rates import Emission

MONTHS = ("2025-12", "2026-01", "2026-02")
months = st.sampled_from(MONTHS)
balances = st.builds(Balance, account=st.sampled_from(("bank", "deposits")), balance_minor=st.sampled_from((-5, 5)))
tie_outs = st.builds(
    TieOut, account=st.just("deposits"), control_minor=st.just(-5), subledger_minor=st.sampled_from((-5, 0))
)
subledgers = st.builds(
    Subledger, account=st.sampled_from(("deposits", "receivables")), balance=st.sampled_from(("0.00", "-0.05"))
)
people = st.sampled_from(("clerk-demo", "approver-demo"))

POOLS: dict[str, st.SearchStrategy[Any]] = {
    "month": months,
    "OpenPeriods.through": months,
    "RateApproved.approved_on": st.sampled_from((date(2026, 1, 2), date(2026, 1, 3))),
    **dict.fromkeys(("ClosePeriod.recorded", "PeriodClosed.recorded"), st.integers(0, 9)),
    "entries": st.integers(0, 2),
    "balances": st.lists(balances, max_size=2).map(tuple),
    "trial_balance_sha256": st.just("5e" * 32),
    "tie_outs": st.lists(tie_outs, max_size=1).map(tuple),
    "subledgers": st.lists(subledgers, max_size=2).map(tuple),
    "rate": st.sampled_from(("rate-1-demo", "rate-2-demo")),
    "series": st.sampled_from(("cpi/cn-all-demo", "vat/leasing")),
    "emission": st.just(Emission(region="CN-SC", year=2023, basis="AVERAGE", announcement="notice (demo)")),
    **dict.fromkeys(
        ("ProposeRate.value", "RateProposed.value", "RateApproved.value"), st.sampled_from(("0.09", "102"))
    ),
    "base": st.just("previous year = 100"),
    "rejected_by": people,
    **dict.fromkeys(("RateProposed.proposed_by", "RateApproved.proposed_by", "RateApproved.approved_by"), people),
    **dict.fromkeys(("ReopeningProposed.proposed_by", "PeriodReopened.proposed_by"), people),
    "PeriodReopened.approved_by": people,
    **dict.fromkeys(
        ("PeriodStepWithdrawn.step", "WithdrawPeriodStep.step"),
        st.sampled_from(("period.opened", "period.soft-closed", "period.reopening-proposed")),
    ),
    **dict.fromkeys(
        ("RateStepWithdrawn.step", "WithdrawRateStep.step"), st.sampled_from(("rate.approved", "rate.rejected"))
    ),
    "PeriodStepWithdrawn.touched": st.just(("periods",)),
    "RateStepWithdrawn.touched": st.just(("rate:rate-1-demo",)),
}
