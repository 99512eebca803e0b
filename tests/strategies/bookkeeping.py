"""What fields of bookkeeping draw from, by `field` or, where a name means two things, `Kind.field`."""

from datetime import date
from typing import Any

from hypothesis import strategies as st

from ledger.bookkeeping.journals.deciding import LineByHand
from ledger.bookkeeping.journals.facts import ManualLine
from ledger.bookkeeping.owed import OwedItem
from ledger.joint.owing import DebtToPay
from tests.examples.bookkeeping import OWED_PAID

NAMES = ("journal-1-demo", "journal-2-demo", "journal-3-demo")
names = st.sampled_from(NAMES)
amounts = st.integers(1, 10**7)
by_hand = st.builds(
    LineByHand,
    account=st.sampled_from(("administration", "accrued", "receivables", "nosuch")),
    side=st.sampled_from(("DEBIT", "CREDIT")),
    amount=st.sampled_from(("5.00", "0.00")),
)


def _balanced(amount: int) -> tuple[ManualLine, ...]:
    return (
        ManualLine(account="administration", amount_minor=amount),
        ManualLine(account="accrued", amount_minor=-amount),
    )


days = st.sampled_from((date(2026, 1, 2), date(2026, 1, 3)))
people = st.sampled_from(("clerk-demo", "approver-demo"))
PAYMENTS = (
    *("OwedPaymentProposed", "OwedPaymentRejected", "OwedPaid", "OwedPaymentReturned"),
    *("ProposeBankPayment", "RejectBankPayment", "PayFromBank", "ReturnBankPayment"),
)
OF_PAYMENTS: dict[str, st.SearchStrategy[Any]] = {
    "payment": st.sampled_from(("pay-1-demo", "pay-2-demo")),
    "payee": st.sampled_from(("staff (demo)", "auditors (demo)")),
    "journals": st.lists(names, min_size=1, max_size=2).map(tuple),
    "bank_account": st.just("cny-main-demo"),
    "bank_reference": st.sampled_from(("BANK-1", "BANK-2")),
    "effective_on": days,
    "accounting_on": days,
    "reason": st.just("words (demo)"),
    "proposed_by": people,
    "approved_by": people,
    "rejected_by": people,
}
owed = st.builds(OwedItem, journal=names, account=st.sampled_from(("accrued", "payroll")), amount_minor=amounts)
debts = st.builds(
    DebtToPay,
    journal=names,
    account=st.sampled_from(("accrued", "payroll")),
    amount=st.sampled_from(("5.00", "0.00")),
)
FACTS = ("JournalProposed", "JournalPosted", "JournalReversed")

POOLS: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(("manual_journal", "mirrors", "repeats"), names),
    "ProposeJournal.lines": st.lists(by_hand, min_size=2, max_size=3).map(tuple),
    **dict.fromkeys((f"{fact}.lines" for fact in FACTS), amounts.map(_balanced)),
    "reverses": st.booleans(),
    **{f"{kind}.{name}": pool for kind in PAYMENTS for name, pool in OF_PAYMENTS.items()},
    **dict.fromkeys(("OwedPaymentProposed.items", "OwedPaid.items"), st.lists(owed, min_size=1, max_size=2).map(tuple)),
    "ProposeBankPayment.items": st.lists(debts, min_size=1, max_size=2).map(tuple),
    "OwedPaymentReturned.reversed": st.just(OWED_PAID),
    **dict.fromkeys(("JournalProposed.proposed_by", "JournalPosted.proposed_by", "JournalPosted.approved_by"), people),
    "JournalPosted.approved_on": days,
    **dict.fromkeys(("JournalPosted.accounting_on", "JournalReversed.accounting_on"), days),
}
