"""Accounts and their balances as auditors' programs read them.

Balance         what an account opens with, moves by and closes with, over a year or one of its months
CHART_TABLE     the chart of accounts; ADS_CHART: AICPA's
TRIAL_BALANCE   by month; ADS_BALANCE: AICPA's
YEARLY          the year's balances as flat sheets 余额表, in three sign conventions; MONTHLY: each month's
balances        the records, from the totals that the trial balance is drawn up from
"""

from collections.abc import Mapping
from datetime import date

from msgspec import Struct
from sqlalchemy import Connection

from api.papers.auditors.table import Column, Table, field
from ledger.books.accounts import Account
from ledger.periods import day_before, month_end, month_of
from projections.books.journal import totals
from projections.books.trial_balance import by_account, figures_of
from projections.engine.basis import Basis

TYPES = {"ASSET": "Assets", "LIABILITY": "Liabilities", "EQUITY": "Equity", "INCOME": "Revenue", "EXPENSE": "Expenses"}


class Balance(Struct, frozen=True, kw_only=True):
    """An account over some days, in minor units; a credit balance is negative. `month`: None for the year."""

    account: Account
    year: int
    month: str | None
    until_on: date
    opening: int
    debit: int
    credit: int
    closing: int


def balances(connection: Connection, basis: Basis, accounts: Mapping[str, Account]) -> list[Balance]:
    """Every account that was ever posted to: over the year up to the basis's day, and over each month of it."""
    until = basis.effective
    new_year = until.replace(month=1, day=1)
    ends = [min(month_end(until.replace(month=month, day=1)), until) for month in range(1, until.month + 1)]
    found = {
        day: by_account(some) for day, some in totals(connection, basis.recorded, [day_before(new_year), *ends]).items()
    }
    last_year = found[day_before(new_year)]
    begins = [last_year, *(found[day] for day in ends[:-1])]
    cut = [(None, last_year, until), *((month_of(end), begin, end) for begin, end in zip(begins, ends, strict=True))]
    return [
        Balance(
            account=accounts[name],
            year=until.year,
            month=month,
            until_on=end,
            opening=opening,
            debit=debit,
            credit=credit,
            closing=closing,
        )
        for month, begin, end in cut
        for name, (opening, debit, credit, closing) in sorted(
            figures_of(last_year, begin, found[end]).items(), key=lambda item: (accounts[item[0]].code, item[0])
        )
    ]


def _direction(minor: int) -> str:
    return "平" if minor == 0 else "借" if minor > 0 else "贷"


CHART_TABLE = Table(
    name="iso21378/BAS_Chart_Of_Accounts",
    about="An account, whether it was posted to or not.",
    columns=(
        Column("Account_Code", "its code: read it as text", field("code")),
        Column("Account_Name", "in Chinese", field("name_zh")),
        Column("Account_Name_En", "in English", field("name")),
        Column("Account_Type", "ASSET, LIABILITY, EQUITY, INCOME or EXPENSE", field("kind")),
        Column("Normal_Balance", "DEBIT, CREDIT, or EITHER", field("normal")),
        Column("Ledger_Name", "its name in this ledger, which never changes", field("account")),
    ),
)
ADS_CHART = Table(
    name="ads/Chart_Of_Accounts",
    about="An account.",
    columns=(
        Column("GL_Account_Number", "its code: read it as text", field("code")),
        Column("GL_Account_Name", "its name", field("name")),
        Column("Account_Type", "Assets, Liabilities, Equity, Revenue or Expenses", lambda one: TYPES[one.kind]),
        Column("Account_Subtype", "DEBIT, CREDIT or EITHER: its normal side", field("normal")),
    ),
    forms=("pipe",),
)
TRIAL_BALANCE = Table(
    name="iso21378/GL_Trial_Balance",
    about="An account over a month of the year.",
    columns=(
        Column("Fiscal_Year", "calendar year", field("year")),
        Column("Accounting_Period", "month, 01 to 12", lambda one: one.month[5:]),
        Column("Account_Code", "BAS_Chart_Of_Accounts: read it as text", field("account.code")),
        Column("Account_Name", "name of the account", field("account.name_zh")),
        Column("Beginning_Balance", "CNY; a credit balance is negative", field("opening"), True),
        Column("Period_Debit", "CNY", field("debit"), True),
        Column("Period_Credit", "CNY", field("credit"), True),
        Column("Ending_Balance", "CNY; a credit balance is negative", field("closing"), True),
    ),
)
ADS_BALANCE = Table(
    name="ads/Trial_Balance",
    about="An account at the end of a month.",
    columns=(
        Column("GL_Account_Number", "account: read it as text", field("account.code")),
        Column("Business_Unit_Code", "there is one: MCSC", lambda _: "MCSC"),
        Column("Fiscal_Year", "calendar year", field("year")),
        Column("Period", "month, 01 to 12", lambda one: one.month[5:]),
        Column("Balance_As_Of_Date", "the last day of it, or the day of the export", field("until_on")),
        Column("Amount_Beginning", "CNY; a credit balance is negative", field("opening"), True),
        Column("Amount_Ending", "CNY; a credit balance is negative", field("closing"), True),
        Column("Amount_Currency", "CNY", lambda _: "CNY"),
    ),
    forms=("pipe",),
)

MOVED = (
    Column("借方发生额", "debits, CNY", field("debit"), True),
    Column("贷方发生额", "credits, CNY", field("credit"), True),
)
CONVENTIONS: Mapping[str, tuple[str, tuple[Column, ...]]] = {
    "signed": (
        "a credit balance is negative.",
        (
            Column("期初余额", "opening, CNY", field("opening"), True),
            *MOVED,
            Column("期末余额", "closing, CNY", field("closing"), True),
        ),
    ),
    "debit-credit": (
        "debit and credit balances in columns of their own.",
        (
            Column("期初借方余额", "opening, CNY", lambda one: max(one.opening, 0), True),
            Column("期初贷方余额", "opening, CNY", lambda one: max(-one.opening, 0), True),
            *MOVED,
            Column("期末借方余额", "closing, CNY", lambda one: max(one.closing, 0), True),
            Column("期末贷方余额", "closing, CNY", lambda one: max(-one.closing, 0), True),
        ),
    ),
    "direction": (
        "balances without a sign, and their side.",
        (
            Column("期初方向", "借: debit, 贷: credit, 平: none", lambda one: _direction(one.opening)),
            Column("期初余额", "opening, CNY", lambda one: abs(one.opening), True),
            *MOVED,
            Column("期末方向", "借: debit, 贷: credit, 平: none", lambda one: _direction(one.closing)),
            Column("期末余额", "closing, CNY", lambda one: abs(one.closing), True),
        ),
    ),
}


def _flat(noun: str, about: str, *head: Column) -> tuple[Table, ...]:
    names = (
        Column("科目编码", "account: read it as text", field("account.code")),
        Column("科目名称", "name of the account", field("account.name_zh")),
    )
    return tuple(
        Table(
            name=f"flat/{noun}-{convention}",
            about=f"{about}: {said}",
            columns=(*head, *names, *amounts),
            forms=("csv",),
        )
        for convention, (said, amounts) in CONVENTIONS.items()
    )


YEAR = Column("会计年度", "year", field("year"))
YEARLY = _flat("balances", "An account over the year 科目余额表", YEAR)
MONTHLY = _flat(
    "monthly-balances",
    "An account over a month 科目月余额表",
    YEAR,
    Column("会计期间", "month, 1 to 12", lambda one: int(one.month[5:])),
)
