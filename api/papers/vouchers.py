"""The vouchers 凭证 of a month to print and bind: each with its lines, who made and reviewed it, and what posted it.

VoucherBookQuery   which of the month: a kind, and numbers from one to another
voucher_book    as a Paper; a month of very many comes in parts
"""

from collections.abc import Mapping
from typing import Annotated

from msgspec import Meta
from sqlalchemy import Connection

from api.formats.facts import fact_named
from api.formats.sheets import figure
from api.http.problems import Problem
from api.http.reading import BasisQuery, not_known
from api.papers.account import amount
from api.papers.paper import Both, Column, Paper, Row, Table
from ledger.books.accounts import Account
from ledger.books.line import Line
from ledger.values.money import EXPONENT, written
from projections.engine.basis import Basis
from projections.vouchers import WORDS, VoucherKind, VoucherRow, lines_of, vouchers

PRINTED_MAX = 500
"""The most vouchers in one paper."""
KINDS: Mapping[VoucherKind, Both] = {
    "RECEIPT": Both("Receipt voucher", "收款凭证"),
    "PAYMENT": Both("Payment voucher", "付款凭证"),
    "NON_CASH": Both("Transfer voucher", "转账凭证"),
}
COLUMNS = (
    Column(Both("Account", "科目")),
    Column(Both("What", "摘要")),
    Column(Both("Foreign", "外币"), number=True),
    Column(Both("Debit", "借方"), number=True),
    Column(Both("Credit", "贷方"), number=True),
)
TOTAL = Both("Total", "合计")


class VoucherBookQuery(BasisQuery, frozen=True, kw_only=True):
    """The vouchers of a month, or some of them."""

    kind: Annotated[VoucherKind | None, Meta(description="RECEIPT 收, PAYMENT 付 or NON_CASH 转.")] = None
    first: Annotated[int, Meta(ge=1, le=10**9, description="From this number on.")] = 1
    last: Annotated[int, Meta(ge=1, le=10**9, description="Up to this number.")] | None = None


def voucher_book(
    connection: Connection,
    basis: Basis,
    month: str,
    query: VoucherBookQuery,
    accounts: Mapping[str, Account],
    ledger: str,
    invented: bool,
) -> Paper:
    """The vouchers of a month. Raises Problem."""
    limit = PRINTED_MAX + 1
    rows = vouchers(connection, basis, month, kind=query.kind, first=query.first, last=query.last, limit=limit)
    if not rows:
        raise not_known("voucher of the month", month, basis)
    if len(rows) > PRINTED_MAX:
        raise Problem("not-acceptable", f"A paper has {PRINTED_MAX} vouchers at most: say a kind, a first and a last.")
    lines = lines_of(connection, [row.position for row in rows])
    debits = sum(line.amount_minor for some in lines.values() for line in some if line.amount_minor > 0)
    return Paper(
        title=Both("Vouchers", "记账凭证"),
        number=month,
        company="",
        about=[
            (Both("Month", "期间"), month),
            (Both("Vouchers", "凭证"), f"{rows[0].voucher} … {rows[-1].voucher} ({len(rows)})"),
            (Both("Posted by", "记账"), f"mcsc-ledger, posting rules {rows[0].rules} 记账规则第{rows[0].rules}版"),
        ],
        bound=True,
        tables=[_table(row, lines[row.position], accounts) for row in rows],
        due=(Both("Debits, which are the credits (CNY)", "借方合计，等于贷方(人民币元)"), amount(written(debits))),
        notes=[
            Both(
                "A number is the place of an entry among those of its month and kind, in the order recorded: none is"
                " missing, and none can be given anew.",
                "凭证字号为该分录在当月同类分录中按记录先后的序号,连续且不可更改。",
            )
        ],
        effective=basis.effective,
        recorded=basis.recorded,
        recorded_at=basis.recorded_at,
        root=basis.root,
        ledger=ledger,
        invented=invented or any(row.data_class == "FICTIONAL" for row in rows),
    )


def _table(row: VoucherRow, lines: list[Line], accounts: Mapping[str, Account]) -> Table:
    """A voucher: its lines, and beside their sum who answers for it."""
    number = f"{WORDS[row.kind]}字第{row.number}号"
    heading = Both(
        f"{row.voucher} {KINDS[row.kind].en} · {row.accounting_on}", f"{number} {KINDS[row.kind].zh} · {row.month}"
    )
    signed = Both(
        f"made by {row.maker} · reviewed by {row.reviewer or '-'} · documents {row.documents} · fact {row.position}",
        f"制单 {row.maker} · 审核 {row.reviewer or '-'} · 附单据 {row.documents} 张",
    )
    shown = [_line(row, line, accounts[line.account]) for line in lines]
    total = Row([TOTAL, signed, "", figure(row.debit), figure(row.debit)], whole=True)
    return Table(heading, COLUMNS, [*shown, total])


def _line(row: VoucherRow, line: Line, account: Account) -> Row:
    about = filter(None, (fact_named("zh", row.fact), line.document or line.lease or line.company, line.service_month))
    what = Both(fact_named("en", row.fact), " ".join(about))
    foreign = "" if line.currency is None or line.foreign_minor is None else _foreign(line.currency, line.foreign_minor)
    size = figure(written(abs(line.amount_minor)))
    sides = [size, ""] if line.amount_minor > 0 else ["", size]
    return Row([Both(f"{account.code} {account.name}", account.name_zh), what, foreign, *sides])


def _foreign(currency: str, minor: int) -> str:
    return f"{currency} {figure(written(minor, EXPONENT[currency]))}"
