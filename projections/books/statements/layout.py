"""The lines of the statements, and which accounts stand in each (CAS 30).

BALANCE_SHEET   资产负债表, in the form of 财会〔2019〕6号: its lines by part
INCOME          利润表: by form, its lines and totals in the order in which it is read
line_of         the line that an account stands in

An account stands in the line with the longest beginning of its code in the chart; codes of one's own (settings) change
nothing. One that no line names falls to the line of its kind that takes the rest, so that no figure is ever lost.

The form of 2026 follows 财会〔2026〕11号, which converges with IFRS 18: operating, investing, financing. Its titles are
ours until its application guide names them; exchange differences are taken as those of trade, interest as that of bank
accounts.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Literal

from msgspec import Struct

from ledger.books.accounts import CHART

Form = Literal["2019", "2026"]


class StatementLine(Struct, frozen=True):
    """A line of a statement.

    part    the part of the balance sheet that it belongs to; the category of an income statement
    codes   beginnings of the codes of its accounts
    sign    1 where debits are shown as positive figures, -1 where credits are: so are all in an income statement
    """

    line: str
    name: str
    name_zh: str
    part: str
    codes: tuple[str, ...]
    sign: Literal[1, -1]


class StatementTotal(Struct, frozen=True):
    """A total of the income statement: the one before it and the lines between."""

    line: str
    name: str
    name_zh: str


class StatementPart(Struct, frozen=True):
    """A part of the balance sheet; `side`: which of both sides it is on."""

    part: str
    name: str
    name_zh: str
    group: Literal["assets", "liabilities", "equity"]
    side: Literal["ASSETS", "SOURCES"]


# The balance sheet

PARTS = (
    StatementPart("current-assets", "Current assets", "流动资产合计", "assets", "ASSETS"),
    StatementPart("non-current-assets", "Non-current assets", "非流动资产合计", "assets", "ASSETS"),
    StatementPart("current-liabilities", "Current liabilities", "流动负债合计", "liabilities", "SOURCES"),
    StatementPart("non-current-liabilities", "Non-current liabilities", "非流动负债合计", "liabilities", "SOURCES"),
    StatementPart("equity-items", "Equity items", "所有者权益小计", "equity", "SOURCES"),
)
GROUPS: Mapping[str, tuple[str, str]] = {
    "assets": ("Total assets", "资产总计"),
    "liabilities": ("Total liabilities", "负债合计"),
    "equity": ("Total equity", "所有者权益合计"),
}
SOURCES = ("Total liabilities and equity", "负债和所有者权益总计")
DIFFERENCE = ("Assets less liabilities and equity", "资产总计减负债和所有者权益总计")
RENT_ACCRUED, RENT_AHEAD, UNDISTRIBUTED = "other-current-assets", "advances", "undistributed"
"""Lines that the straight-line account stands in, lease by lease, and the results."""


class Sides(Struct, frozen=True):
    """Both lines of an account that may stand on either side.

    by         what tells apart its parts, each of which stands on a side of its own; None: it stands on one as a whole
    together   the accounts whose balance as one says on which, where they are several
    """

    by: Literal["lease", "bank_account", "company"] | None
    asset: str
    source: str
    together: tuple[str, ...] = ()


VAT_OF_MONTH = Sides(None, RENT_ACCRUED, "taxes", ("output-vat", "input-vat"))
"""Input VAT in excess (留抵) is another current asset (财会〔2016〕22号)."""
TWO_SIDED: Mapping[str, Sides] = {
    "straight-line": Sides("lease", RENT_ACCRUED, RENT_AHEAD),
    "bank": Sides("bank_account", "cash", "short-term-loans"),
    "receivables": Sides("company", "receivables", RENT_AHEAD),
    "payables": Sides("company", "prepayments", "payables"),
    **dict.fromkeys(VAT_OF_MONTH.together, VAT_OF_MONTH),
    **dict.fromkeys(("vat-payable", "income-tax-payable"), Sides(None, RENT_ACCRUED, "taxes")),
    "pending-vat": Sides(None, RENT_ACCRUED, "other-current-liabilities"),
    "payroll": Sides(None, "other-receivables", "payroll"),
    **dict.fromkeys(("accrued", "other-payables"), Sides(None, "other-receivables", "other-payables")),
}
"""Accounts that are shown on the side where they stand, those of many parties part by part: nothing is netted between
parties, nor what a tax office or an employee owes back with what others are owed."""


def _asset(line: str, name: str, name_zh: str, *codes: str, part: str = "current-assets") -> StatementLine:
    return StatementLine(line, name, name_zh, part, codes, 1)


def _source(line: str, name: str, name_zh: str, *codes: str, part: str = "current-liabilities") -> StatementLine:
    return StatementLine(line, name, name_zh, part, codes, -1)


LONG, OWED, OWN = "non-current-assets", "non-current-liabilities", "equity-items"
BALANCE_SHEET: Sequence[StatementLine] = (
    _asset("cash", "Cash and bank", "货币资金", "1001", "1002", "1012"),
    _asset("receivables", "Trade receivables, net of allowance", "应收账款", "1122", "1231"),
    _asset("prepayments", "Prepayments", "预付款项", "1123"),
    _asset("other-receivables", "Other receivables", "其他应收款", "1131", "1132", "1221"),
    _asset("inventory", "Inventory", "存货", "14"),
    _asset("contract-assets", "Contract assets", "合同资产", "1125"),
    _asset(RENT_ACCRUED, "Other current assets", "其他流动资产", "1124"),
    _asset("long-term-receivables", "Long-term receivables", "长期应收款", "1531", part=LONG),
    _asset("investments", "Long-term equity investments", "长期股权投资", "1511", "1512", part=LONG),
    _asset("investment-property", "Investment property", "投资性房地产", "152", part=LONG),
    _asset("fixed-assets", "Fixed assets", "固定资产", "1601", "1602", "1603", part=LONG),
    _asset("construction", "Construction in progress", "在建工程", "1604", "1605", part=LONG),
    _asset("intangible", "Intangible assets", "无形资产", "17", part=LONG),
    _asset("long-term-prepaid", "Long-term prepaid expenses", "长期待摊费用", "1801", part=LONG),
    _asset("deferred-tax-assets", "Deferred tax assets", "递延所得税资产", "1811", part=LONG),
    _source("short-term-loans", "Short-term loans", "短期借款", "2001"),
    _source("payables", "Trade payables", "应付账款", "2202"),
    _source(RENT_AHEAD, "Receipts and rent in advance", "预收款项", "2203"),
    _source("contract-liabilities", "Contract liabilities", "合同负债", "2204"),
    _source("payroll", "Employee benefits payable", "应付职工薪酬", "2211"),
    _source("taxes", "Taxes payable", "应交税费", "2221"),
    _source("other-payables", "Other payables", "其他应付款", "2231", "2232", "2241"),
    _source("other-current-liabilities", "Other current liabilities", "其他流动负债", "2221.09"),
    _source("long-term-loans", "Long-term loans", "长期借款", "2501", part=OWED),
    _source("long-term-payables", "Long-term payables", "长期应付款", "2701", part=OWED),
    _source("provisions", "Provisions", "预计负债", "2801", part=OWED),
    _source("deferred-income", "Deferred income", "递延收益", "2401", part=OWED),
    _source("deferred-tax-liabilities", "Deferred tax liabilities", "递延所得税负债", "2901", part=OWED),
    _source("capital", "Paid-in capital", "实收资本", "4001", part=OWN),
    _source("capital-reserve", "Capital reserve", "资本公积", "4002", part=OWN),
    _source("surplus", "Surplus reserve", "盈余公积", "4101", part=OWN),
    _source(UNDISTRIBUTED, "Undistributed profit", "未分配利润", "4103", "4104", part=OWN),
    _source("other-equity", "Other equity", "其他权益", "3", part=OWN),
)

# Income statements


def _earned(line: str, name: str, name_zh: str, *codes: str, part: str = "operating") -> StatementLine:
    return StatementLine(line, name, name_zh, part, codes, -1)


TRADE: Sequence[StatementLine] = (
    _earned("revenue", "Operating revenue", "营业收入", "6001", "6051"),
    _earned("cost", "Operating cost", "营业成本", "6401", "6402", "5"),
    _earned("taxes", "Taxes and surcharges", "税金及附加", "6403"),
    _earned("selling", "Selling expenses", "销售费用", "6601"),
    _earned("administration", "Administrative expenses", "管理费用", "6602"),
)
LOSSES: Sequence[StatementLine] = (
    _earned("credit-loss", "Credit losses", "信用减值损失", "6702"),
    _earned("impairment", "Impairment", "资产减值损失", "6701"),
    _earned("disposals", "Gains on disposal of assets", "资产处置收益", "6115"),
)
TAX: Sequence[StatementLine | StatementTotal] = (
    StatementTotal("profit-before-tax", "Profit before tax", "利润总额"),
    _earned("income-tax", "Income tax", "所得税费用", "6801", part="tax"),
    StatementTotal("net-profit", "Net profit", "净利润"),
    _earned("prior-year", "Adjustments of earlier years", "以前年度损益调整", "6901", part="prior"),
    StatementTotal("to-equity", "Added to undistributed profit", "转入未分配利润"),
)
INCOME: Mapping[Form, Sequence[StatementLine | StatementTotal]] = {
    "2019": (
        *TRADE,
        _earned("finance", "Finance expenses", "财务费用", "6603", "6061"),
        _earned("other-income", "Other income", "其他收益", "6117"),
        _earned("investment-income", "Investment income", "投资收益", "6101", "6111"),
        *LOSSES,
        StatementTotal("operating-profit", "Operating profit", "营业利润"),
        _earned("non-operating", "Non-operating income", "营业外收入", "6301", part="non-operating"),
        _earned("non-operating-expense", "Non-operating expenses", "营业外支出", "6711", part="non-operating"),
        *TAX,
    ),
    "2026": (
        *TRADE,
        _earned("other-operating", "Other operating results", "其他经营损益", "6061", "6117", "63", "6711"),
        _earned("bank-charges", "Bank charges", "银行手续费", "6603"),
        *LOSSES,
        StatementTotal("operating-profit", "Operating profit", "营业利润"),
        _earned("investment-income", "Investment income", "投资收益", "6101", "6111", part="investing"),
        _earned("interest", "Interest of bank accounts", "银行存款利息", "6603.01", part="investing"),
        StatementTotal("before-financing", "Profit before financing and income tax", "筹资和所得税前利润"),
        _earned("interest-expense", "Interest expense", "利息费用", "6603.02", "6603.03", part="financing"),
        *TAX,
    ),
}

# Which account stands where

REST: Mapping[str, str] = {
    "ASSET": RENT_ACCRUED,
    "LIABILITY": "other-current-liabilities",
    "EQUITY": "other-equity",
    "INCOME": "revenue",
    "EXPENSE": "administration",
}
"""The line of each kind of account that takes what no line names."""


def lines_of(form: Form | None) -> list[StatementLine]:
    """The lines of an income statement of that form, in order; of the balance sheet where none is named."""
    every = BALANCE_SHEET if form is None else INCOME[form]
    return [line for line in every if isinstance(line, StatementLine)]


@cache
def line_of(account: str, form: Form | None = None) -> StatementLine:
    """The line that an account stands in: of an income statement of that form, or of the balance sheet."""
    code, lines = CHART[account].code, lines_of(form)
    named = [(len(start), line) for line in lines for start in line.codes if code.startswith(start)]
    if named:
        return max(named, key=lambda one: one[0])[1]
    return next(line for line in lines if line.line == REST[CHART[account].kind])


@cache
def used(form: Form | None = None) -> frozenset[str]:
    """The lines that any account of the chart stands in; only these are shown."""
    results = ("INCOME", "EXPENSE")
    mine = [name for name, account in CHART.items() if (account.kind in results) == (form is not None)]
    both = {line for sides in TWO_SIDED.values() for line in (sides.asset, sides.source)}
    return frozenset({line_of(name, form).line for name in mine} | (set() if form else {*both, UNDISTRIBUTED}))


def names_zh() -> Iterable[tuple[str, str]]:
    """Every name of a line, a part or a total with its Chinese."""
    every = [*BALANCE_SHEET, *PARTS, *(line for form in INCOME.values() for line in form)]
    yield from ((one.name, one.name_zh) for one in every)
    yield from (*GROUPS.values(), SOURCES, DIFFERENCE)
