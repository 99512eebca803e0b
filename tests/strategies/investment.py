"""The values that fields of investment draw from: few agreements, contributions, covenants and days, so that they meet.

Every pool is by `Kind.field`: what investment means by a name is not what others mean by it.
"""

from datetime import date
from typing import Any, get_args

from hypothesis import strategies as st
from msgspec.structs import fields as fields_of

from ledger.decider import all_facts
from ledger.investment.deciding import INVESTMENT
from ledger.investment.facts import AnyInvestmentFact, InvestmentStepWithdrawn
from ledger.investment.terms import Covenant, Incentive, InvestmentTerms, Metric, Tranche
from ledger.investment.withdrawing import INVESTMENT_STEPS
from tests.examples.investment import paper
from tests.strategies.banking import named_accounts

AGREEMENTS = ("agreement-01", "agreement-02")
COMPANY_IDS = ("ash-demo", "beech-demo", "cedar-demo")
DAYS = tuple(date(2026, month, day) for month in (1, 2, 3) for day in (1, 20))
METRICS: tuple[Metric, ...] = ("FAI", "JOBS", "PAID_IN")
COVENANTS, INCENTIVES = ("fai-demo", "jobs-demo", "paid-demo"), ("grant-demo", "rent-grant-demo")

words = st.sampled_from(("one reason (demo)", "another reason (demo)"))
papers = words.map(paper)
people = st.sampled_from(("clerk-demo", "approver-demo"))
days = st.sampled_from(DAYS)
amounts = st.sampled_from(("0.00", "10.00", "250.50", "1000.00"))
amounts_minor = st.sampled_from((1000, 25050, 100000))
ratios = st.sampled_from(("0", "0.1", "0.25"))


@st.composite
def terms(draw: st.DrawFn) -> InvestmentTerms:
    """Terms that a rule may or may not like: mostly a total that is one of its tranches."""
    amount = draw(st.sampled_from(("1000.00", "2000.00", "5")))
    return InvestmentTerms(
        currency=draw(st.sampled_from(("CNY", "USD", "JPY"))),
        contracted=draw(st.sampled_from((amount, amount, amount, "999.99"))),
        site=draw(st.sampled_from((None, "800.00"))),
        tranches=(Tranche(due_on=draw(days), amount=amount),),
        covenants=tuple(
            Covenant(
                covenant=name,
                metric=metric,
                target=draw(st.sampled_from(("1", "100", "2000"))),
                test_on=draw(days),
                tolerance=draw(ratios),
                consequence=draw(st.sampled_from(("PRO_RATA", "CLIFF"))),
                incentive=draw(st.sampled_from((None, INCENTIVES[0]))),
            )
            for name, metric in zip(COVENANTS, METRICS, strict=True)
        ),
        incentives=(
            Incentive(incentive=INCENTIVES[0], amount="5000.00"),
            Incentive(incentive=INCENTIVES[1], amount="5000.00", payer="a bureau (demo)"),
        ),
    )


COMMON: dict[str, st.SearchStrategy[Any]] = {
    "agreement": st.sampled_from(AGREEMENTS),
    "company": st.sampled_from(COMPANY_IDS),
    "terms": terms(),
    "amendment": st.sampled_from(("amendment-1-demo", "amendment-2-demo")),
    "contribution": st.sampled_from(("capital-1-demo", "fai-1-demo")),
    "reversal": st.sampled_from(("reversal-1-demo", "reversal-2-demo")),
    "covenant": st.sampled_from(COVENANTS),
    "incentive": st.sampled_from(INCENTIVES),
    "payment": st.sampled_from(("payment-1-demo", "payment-2-demo")),
    "clawback": st.sampled_from(("clawback-1-demo", "clawback-2-demo")),
    "waiver": st.sampled_from(("waiver-1-demo", "waiver-2-demo")),
    "collection": st.sampled_from(("collection-1-demo", "collection-2-demo")),
    "bank_reference": st.sampled_from(("BANK-1", "BANK-2", "BANK-3")),
    "bank_account": named_accounts,
    "kind": st.sampled_from(("CAPITAL", "FAI", "LOAN")),
    "currency": st.sampled_from(("CNY", "USD")),
    "utilised": st.booleans(),
    "amount": amounts,
    **dict.fromkeys(("amount_minor", "cny_minor", "contract_minor", "contracted_cny_minor"), amounts_minor),
    **dict.fromkeys(("rate", "contract_rate"), st.sampled_from(("7.1", "7.2"))),
    "figure": st.sampled_from(("TAX", "JOBS", "OUTPUT")),
    **dict.fromkeys(("value", "target", "measured"), st.sampled_from(("1", "100", "2000"))),
    "metric": st.sampled_from(METRICS),
    "site_dm2": st.just(80_000),
    "actual": st.just("50.0000"),
    "shortfall": st.just("0.5000"),
    "result": st.sampled_from(("MET", "MISSED")),
    **dict.fromkeys(("reason", "supersedes", "payer"), words),
    **dict.fromkeys(("document", "evidence"), papers),
    "step": st.sampled_from(("investment.drafted", "investment.signed", "investment.contribution-recorded")),
    "about": st.sampled_from(("capital-1-demo", "fai-1-demo")),
    "touched": st.sampled_from(AGREEMENTS).map(lambda name: (f"investment:{name}",)),
    **dict.fromkeys(("drafted_by", "signed_by", "proposed_by", "approved_by", "rejected_by"), people),
    **dict.fromkeys(("effective_on", "accounting_on", "test_on"), days),
}
KINDS = tuple(
    kind for kind in all_facts().values() if issubclass(kind, (*get_args(AnyInvestmentFact), InvestmentStepWithdrawn))
)
POOLS: dict[str, st.SearchStrategy[Any]] = {
    f"{kind.__name__}.{field.name}": COMMON[field.name]
    for kind in (*KINDS, *INVESTMENT.commands, *INVESTMENT_STEPS.commands)
    for field in fields_of(kind)
}
POOLS["LinkInvestmentAgreement.agreement"] = COMMON["agreement"]
