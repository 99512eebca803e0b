"""The lines of vouchers as auditors' programs read them.

Posted      a line of a voucher, with its account
GL_DETAILS  the general ledger, line by line
FLAT        the same as flat sheets 序时账, in three sign conventions
ADS_DETAIL  the same as AICPA's GL_Detail
posted      the records of a page of vouchers
"""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from api.papers.auditors.table import Column, Table, field
from ledger.books.accounts import Account
from ledger.books.line import Line
from ledger.values.money import EXPONENT, written
from projections.vouchers import WORDS, VoucherRow


class Posted(Struct, frozen=True, kw_only=True, gc=False):
    """A line of a voucher; `line` counts from 1."""

    voucher: VoucherRow
    number: int
    line: Line
    account: Account

    @property
    def journal(self) -> str:
        """The voucher's name over all months: 2026-01/收-1."""
        return f"{self.voucher.month}/{self.voucher.voucher}"

    @property
    def word(self) -> str:
        """The kind of voucher: 收, 付 or 转."""
        return WORDS[self.voucher.kind]

    @property
    def summary(self) -> str:
        """The fact that posted it, and what the line is about."""
        return " ".join(one for one in (self.voucher.fact, self.line.document, self.line.company) if one)

    @property
    def debit(self) -> int:
        """The amount, where it is a debit."""
        return max(self.line.amount_minor, 0)

    @property
    def credit(self) -> int:
        """The amount, where it is a credit."""
        return max(-self.line.amount_minor, 0)

    @property
    def foreign(self) -> str | None:
        """The amount in the transaction currency, signed as the line is."""
        minor, currency = self.line.foreign_minor, self.line.currency
        return None if minor is None or currency is None else written(minor, EXPONENT[currency])


def posted(
    vouchers: Sequence[VoucherRow], lines: Mapping[int, Sequence[Line]], accounts: Mapping[str, Account]
) -> Iterator[Posted]:
    """The lines of these vouchers, in their order."""
    for voucher in vouchers:
        for number, line in enumerate(lines[voucher.position], 1):
            yield Posted(voucher=voucher, number=number, line=line, account=accounts[line.account])


GL_DETAILS = Table(
    name="iso21378/GL_Details",
    about="A line of a voucher, in the order of months, kinds and numbers.",
    columns=(
        Column("Journal_ID", "month and number of the voucher", field("journal")),
        Column("Journal_Line_Number", "place of the line in its voucher, from 1", field("number")),
        Column("Fiscal_Year", "calendar year", lambda one: one.voucher.month[:4]),
        Column("Accounting_Period", "month of the books, 01 to 12", lambda one: one.voucher.month[5:]),
        Column("Journal_Entry_Type", "收, 付 or 转: BAS_Journal_Entry_Type", field("word")),
        Column("Journal_Entry_Number", "number within its kind and month", field("voucher.number")),
        Column("Effective_Date", "the day of the books", field("voucher.accounting_on")),
        Column("Occurred_Date", "the day it is true in the world", field("voucher.effective_on")),
        Column("Account_Code", "BAS_Chart_Of_Accounts: read it as text", field("account.code")),
        Column("Account_Name", "name of the account", field("account.name_zh")),
        Column("Description", "the fact that posted it, its document and company", field("summary")),
        Column("Debit_Amount", "CNY", field("debit"), True),
        Column("Credit_Amount", "CNY", field("credit"), True),
        Column("Transaction_Currency", "where it is not CNY", field("line.currency")),
        Column("Transaction_Amount", "in that currency; a credit is negative", field("foreign")),
        Column("Company_ID", "BAS_Customer or BAS_Supplier", field("line.company")),
        Column("Lease_ID", "the lease", field("line.lease")),
        Column("Document_ID", "invoice, note, receipt, order, …", field("line.document")),
        Column("Bank_Account_ID", "BAS_Bank_Account", field("line.bank_account")),
        Column("Stream", "what revenue it belongs to", field("line.stream")),
        Column("Service_Month", "the month it is earned for", field("line.service_month")),
        Column("Entered_By", "who recorded or proposed it", field("voucher.maker")),
        Column("Approved_By", "who approved it, where that was asked for", field("voucher.reviewer")),
        Column("Entered_At", "UTC", lambda one: one.voucher.recorded_at.isoformat()),
        Column("Attachments", "documents that the fact names 附单据", field("voucher.documents")),
        Column("Position", "of the fact in the log: `mcsc fact POSITION`", field("voucher.position")),
        Column("Posting_Rules", "version of the rules that posted it", field("voucher.rules")),
        Column("Data_Class", "LIVE, or FICTIONAL: an invented example", field("voucher.data_class")),
    ),
)

HEAD = (
    Column("会计年度", "year", lambda one: one.voucher.month[:4]),
    Column("会计期间", "month, 1 to 12", lambda one: int(one.voucher.month[5:])),
    Column("凭证日期", "the day of the books", field("voucher.accounting_on")),
    Column("凭证字", "kind: 收, 付, 转", field("word")),
    Column("凭证号", "number within kind and month, without a gap", field("voucher.number")),
    Column("分录号", "place of the line in its voucher", field("number")),
    Column("摘要", "the fact, its document and company", field("summary")),
    Column("科目编码", "account: read it as text", field("account.code")),
    Column("科目名称", "name of the account", field("account.name_zh")),
)
TAIL = (
    Column("币种", "currency of the transaction", lambda one: one.line.currency or "CNY"),
    Column("原币金额", "the amount in it, where it is not CNY; a credit is negative", field("foreign")),
    Column("往来单位", "company", field("line.company")),
    Column("附单据数", "documents named as evidence", field("voucher.documents")),
    Column("制单人", "maker", field("voucher.maker")),
    Column("审核人", "reviewer, where one approved", field("voucher.reviewer")),
)


def _flat(convention: str, said: str, *amounts: Column) -> Table:
    return Table(
        name=f"flat/vouchers-{convention}",
        about=f"A line of a voucher 序时账: {said}",
        columns=(*HEAD, *amounts, *TAIL),
        forms=("csv",),
    )


FLAT = (
    _flat("signed", "one amount, a credit is negative.", Column("金额", "CNY", field("line.amount_minor"), True)),
    _flat(
        "debit-credit",
        "a column of debits, one of credits.",
        Column("借方金额", "CNY", field("debit"), True),
        Column("贷方金额", "CNY", field("credit"), True),
    ),
    _flat(
        "direction",
        "an amount without a sign, and its side.",
        Column("借贷方向", "借: debit, 贷: credit", lambda one: "借" if one.line.amount_minor >= 0 else "贷"),
        Column("金额", "CNY", lambda one: abs(one.line.amount_minor), True),
    ),
)

ADS_DETAIL = Table(
    name="ads/GL_Detail",
    about="A line of a voucher, by the field names of AICPA's General Ledger Standard.",
    columns=(
        Column("Journal_ID", "month and number of the voucher", field("journal")),
        Column("Journal_ID_Line_Number", "place of the line in its voucher, from 1", field("number")),
        Column("JE_Header_Description", "the fact that posted it", field("voucher.fact")),
        Column("JE_Line_Description", "the fact, its document and company", field("summary")),
        Column("Source", "收, 付 or 转", field("word")),
        Column("Business_Unit_Code", "there is one: MCSC", lambda _: "MCSC"),
        Column("Effective_Date", "the day of the books", field("voucher.accounting_on")),
        Column("Fiscal_Year", "calendar year", lambda one: one.voucher.month[:4]),
        Column("Period", "month, 01 to 12", lambda one: one.voucher.month[5:]),
        Column("GL_Account_Number", "account: read it as text", field("account.code")),
        Column("Amount", "CNY, without a sign", lambda one: abs(one.line.amount_minor), True),
        Column("Amount_Credit_Debit_Indicator", "D or C", lambda one: "D" if one.line.amount_minor >= 0 else "C"),
        Column("Amount_Currency", "CNY", lambda _: "CNY"),
        Column("Entered_By", "maker", field("voucher.maker")),
        Column("Entered_Date", "UTC", lambda one: one.voucher.recorded_at.date()),
        Column("Entered_Time", "UTC", lambda one: one.voucher.recorded_at.strftime("%H:%M:%S")),
        Column("Approved_By", "reviewer, where one approved", field("voucher.reviewer")),
    ),
    forms=("pipe",),
)
