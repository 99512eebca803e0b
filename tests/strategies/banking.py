"""What fields of bank accounts draw from, by `Kind.field`: few accounts, entries and days, so that they meet."""

from datetime import date
from typing import Any

from hypothesis import strategies as st
from msgspec.structs import fields as fields_of
from msgspec.structs import replace

from ledger.bookkeeping.banking.deciding import BANKING
from ledger.bookkeeping.banking.facts import (
    BankAccountFact,
    BankAccountStepWithdrawn,
    BankBalanceBroughtForward,
    BankBalancesRemeasured,
    BankChargeTaken,
    BankEntryReversed,
    BankInterestReceived,
    BankTransferMade,
    Remeasured,
)
from ledger.bookkeeping.banking.opening import BANK_ACCOUNT_STEPS, CloseBankAccount
from ledger.bookkeeping.statements.facts import (
    BankLine,
    BankLineFact,
    BankLineStepWithdrawn,
    BankProfileRecorded,
    BankProfileWithdrawn,
    BankStatementTaken,
    BankStatementWithdrawn,
    ProfileVersion,
)
from ledger.bookkeeping.statements.profiles import BANK_PROFILE_STEPS, BANK_PROFILES
from ledger.bookkeeping.statements.taking import (
    BANK_STATEMENT_STEPS,
    BANK_STATEMENTS,
    StatedLine,
    StatedStatement,
)
from ledger.decider import Fact, all_facts
from ledger.joint.matching import BANK_LINE_STEPS, MATCHING
from tests.examples.banking import CHARGE, CNY, COLUMNS, PAPER, SERIES, TRANSFER, USD

DAYS = tuple(date(2026, month, day) for month in (1, 2) for day in (1, 2, 5, 28))

accounts = st.sampled_from((CNY, USD))
days = st.sampled_from(DAYS)
words = st.sampled_from(("one (demo)", "another (demo)"))
amounts = st.sampled_from((100, 12_600_000))
remeasured = st.builds(
    Remeasured,
    bank_account=st.just(USD),
    currency=st.just("USD"),
    amount_minor=amounts,
    carrying_minor=amounts,
    revalued_minor=amounts,
)

minors = st.sampled_from((-100, 0, 100))
cents = minors.map(lambda minor: f"{minor // 100}.00")
stated_lines = st.builds(
    StatedLine,
    entry=st.sampled_from(("1", "2.1")),
    booked_on=days,
    amount=cents,
    references=st.sampled_from(((), ("BANK-1",))),
)
stated = st.builds(
    StatedStatement,
    statement=words,
    from_on=days,
    until_on=days,
    currency=st.just("CNY"),
    opening=cents,
    closing=cents,
    lines=st.lists(stated_lines, max_size=2).map(tuple),
)
bank_lines = st.builds(BankLine, entry=st.sampled_from(("1", "2.1")), booked_on=days, amount_minor=minors)

named_accounts = st.none() | accounts
"""Of a payment of another context: mostly it names none."""

COMMON: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(("bank_account", "to_account"), accounts),
    "bank_entry": st.sampled_from(("entry-1-demo", "entry-2-demo")),
    **dict.fromkeys(("effective_on", "accounting_on"), days),
    **dict.fromkeys(("bank", "number", "reason"), words),
    **dict.fromkeys(("currency", "to_currency"), st.sampled_from(("CNY", "USD"))),
    "default": st.booleans(),
    "evidence": st.just(PAPER),
    **dict.fromkeys(("amount", "to_amount"), st.sampled_from(("0", "100.00", "126000", "0.125"))),
    "cny": st.sampled_from(("0.00", "710.36")),
    **dict.fromkeys(("amount_minor", "to_amount_minor", "cny_minor", "to_cny_minor"), amounts),
    **dict.fromkeys(("rate", "to_rate"), st.just("7.1")),
    **dict.fromkeys(("rate_series", "to_rate_series"), st.just(SERIES)),
    "bank_reference": st.sampled_from(("BANK-1", "BANK-2", "ORDER-1", "ORDER-2")),
    "month": st.sampled_from(("2026-01", "2026-02")),
    "items": st.lists(remeasured, min_size=1, max_size=2).map(tuple),
    "reversed": st.sampled_from((CHARGE, TRANSFER)),
    "step": st.sampled_from(("bank.account-opened", "bank.account-made-default", "bank.account-closed")),
    "touched": accounts.map(lambda account: ("bank-accounts", f"bank-account:{account}")),
    **dict.fromkeys(("came_on", "from_on"), days),
    **dict.fromkeys(("statement", "about"), words),
    "file": st.just(PAPER),
    **dict.fromkeys(("opening_minor", "closing_minor"), minors),
    "lines": st.lists(bank_lines, max_size=2).map(tuple),
    "known": st.just(()),
    "profile": st.just("river-bank-demo"),
    "version": st.sampled_from((1, 2)),
    "columns": st.sampled_from((COLUMNS, replace(COLUMNS, newest_first=True), replace(COLUMNS, received="in"))),
    "read_by": st.none() | st.sampled_from((1, 2)).map(lambda n: ProfileVersion(profile="river-bank-demo", version=n)),
    "until_on": days,
    "entry": st.sampled_from(("1", "2.1")),
    "bank_references": st.sampled_from((("BANK-1",), ("BANK-1", "BANK-2"))),
    "statements": st.lists(stated, min_size=1, max_size=2).map(tuple),
}
MONEY: tuple[type[Fact], ...] = (
    BankBalanceBroughtForward,
    BankChargeTaken,
    BankInterestReceived,
    BankTransferMade,
    BankEntryReversed,
    BankBalancesRemeasured,
)
STATEMENTS: tuple[type[Fact], ...] = (
    BankStatementTaken,
    BankStatementWithdrawn,
    BankProfileRecorded,
    BankProfileWithdrawn,
    BankLineFact,
    BankLineStepWithdrawn,
)
KINDS: tuple[type[Any], ...] = tuple(
    kind
    for kind in all_facts().values()
    if issubclass(kind, (BankAccountFact, BankAccountStepWithdrawn, *STATEMENTS, *MONEY))
)
COMMANDS: tuple[type[Any], ...] = (
    *BANKING.commands,
    *BANK_ACCOUNT_STEPS.commands,
    CloseBankAccount,
    *BANK_STATEMENTS.commands,
    *BANK_STATEMENT_STEPS.commands,
    *BANK_PROFILES.commands,
    *BANK_PROFILE_STEPS.commands,
    *MATCHING.commands,
    *BANK_LINE_STEPS.commands,
)
POOLS: dict[str, st.SearchStrategy[Any]] = {
    f"{kind.__name__}.{field.name}": COMMON[field.name] for kind in (*KINDS, *COMMANDS) for field in fields_of(kind)
}
POOLS |= {
    **dict.fromkeys(("WithdrawBankProfile.step", "BankProfileWithdrawn.step"), st.just("bank.profile-recorded")),
    **dict.fromkeys(("WithdrawBankProfile.about", "BankProfileWithdrawn.about"), st.sampled_from(("1", "2"))),
    "BankProfileWithdrawn.touched": st.just(("bank-profiles", "bank-profile:river-bank-demo")),
    **dict.fromkeys(("RecordBankProfile.bank_account", "BankProfileRecorded.bank_account"), named_accounts),
    **dict.fromkeys(("WithdrawBankStatement.step", "BankStatementWithdrawn.step"), st.just("bank.statement-taken")),
    **dict.fromkeys(
        ("WithdrawBankLineStep.step", "BankLineStepWithdrawn.step"),
        st.sampled_from(("bank.line-matched", "bank.line-put-aside")),
    ),
    **dict.fromkeys(("WithdrawBankLineStep.about", "BankLineStepWithdrawn.about"), st.just("one (demo)/1")),
    "BankLineStepWithdrawn.touched": accounts.map(lambda account: (f"bank-statements:{account}",)),
    "BankStatementWithdrawn.touched": accounts.map(lambda account: (f"bank-statements:{account}",)),
}
