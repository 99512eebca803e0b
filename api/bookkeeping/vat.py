"""VAT over HTTP: its ledger, the return of a month, and its payment; rates and rules.

RECORDINGS   POST /v1/vat-returns/MONTH and beneath it; /v1/vat-payments/PAYMENT/return
READS        GET /v1/reports/vat-ledger, vat-return, vat-returns, vat-rules

Finance proposes a return and pays it; an approver files it, or takes it back.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated, Any

from msgspec import Meta
from sqlalchemy import Connection

from api.formats.sheets import At, Columns, Report, Sheet
from api.formats.tables import Table, cells, columns, structs_table
from api.http.operations import APPROVERS, FINANCE, Roles
from api.http.parameters import not_after
from api.http.reading import BasisQuery, ExplainedQuery, Found, Read
from api.http.recording import Recording
from api.receipts import vat as receipts
from ledger.books.vat import VatKind
from ledger.decider import Command, Id
from ledger.joint.remitting import PayVat, ReturnVatPayment
from ledger.joint.taxing import FileVatReturn, ProposeVatReturn, RejectVatReturn, WithdrawVatReturn
from ledger.periods import Month, month_of
from projections.books.vat import (
    VatEntry,
    VatLedger,
    VatMonth,
    VatReturn,
    VatReturnRow,
    VatSum,
    vat_ledger,
    vat_return,
    vat_returns,
)
from projections.books.vat_rules import VatRuleRow, vat_rules
from projections.engine.basis import Basis

GROUP = "vat"
RETURNS = "/v1/reports/vat-returns"
OF_MONTH = "/v1/vat-returns/{month:str}"


def _recording(path: str, command: type[Command], summary: str, roles: Roles = FINANCE) -> Recording:
    return Recording(path=path, command=command, summary=summary, group=GROUP, roles=roles, at=RETURNS)


RECORDINGS: tuple[Recording, ...] = (
    _recording(f"{OF_MONTH}/proposal", ProposeVatReturn, "Propose the VAT return of a month, on what the books say."),
    _recording(f"{OF_MONTH}/rejection", RejectVatReturn, "Turn a proposed return down.", FINANCE | APPROVERS),
    _recording(f"{OF_MONTH}/filing", FileVatReturn, "File the return that somebody else proposed.", APPROVERS),
    _recording(f"{OF_MONTH}/withdrawal", WithdrawVatReturn, "Take the latest return back, to correct it.", APPROVERS),
    _recording(f"{OF_MONTH}/payments", PayVat, "Record that the bank paid what a return came to."),
    _recording("/v1/vat-payments/{vat_payment:str}/return", ReturnVatPayment, "Record that a payment came back."),
)


class VatLedgerQuery(ExplainedQuery, frozen=True, kw_only=True):
    """The VAT lines of some days of the books."""

    from_on: Annotated[date | None, Meta(description="The first day; without it, the first of the month.")] = None
    kind: Annotated[VatKind | None, Meta(description="Only these lines.")] = None
    company: Annotated[Id | None, Meta(description="Only those of this company.")] = None


class VatReturnQuery(ExplainedQuery, frozen=True, kw_only=True):
    """The return of a month."""

    month: Annotated[Month | None, Meta(description="The month; without it, that of the effective date.")] = None


class VatReturnsQuery(ExplainedQuery, frozen=True, kw_only=True):
    """The returns that stand."""


class VatRulesQuery(BasisQuery, frozen=True, kw_only=True):
    """The rates and rules of a day."""


def _ledger(connection: Connection, basis: Basis, query: VatLedgerQuery, _path: Mapping[str, str]) -> Found:
    not_after("from_on", query.from_on, basis)
    return Found(data=vat_ledger(connection, basis, from_on=query.from_on, kind=query.kind, company=query.company))


def _return(connection: Connection, basis: Basis, query: VatReturnQuery, _path: Mapping[str, str]) -> Found:
    return Found(data=vat_return(connection, basis, query.month or month_of(basis.effective)))


def _returns(connection: Connection, basis: Basis, _query: VatReturnsQuery, _path: Mapping[str, str]) -> Found:
    return Found(rows=vat_returns(connection, basis))


def _rules(connection: Connection, basis: Basis, _query: VatRulesQuery, _path: Mapping[str, str]) -> Found:
    return Found(rows=vat_rules(connection, basis))


# The ledger

LEDGER_SHOWN = Columns(
    {
        "tax_point": "tax point",
        "accounting_on": "posted on",
        "kind": "kind",
        "code": "account",
        "document": "document",
        "company": "company",
        "invoice_code": "invoice code",
        "invoice_number": "invoice number",
        "rate": "VAT rate",
        "base": "base",
        "vat": "VAT",
        "vat_return": "return of",
    },
    texts=(
        *("tax_point", "accounting_on", "kind", "code", "document", "company"),
        *("invoice_code", "invoice_number", "rate", "vat_return"),
    ),
)


def ledger_table(answer: VatLedger) -> Table:
    """A row for each line, and each account beside the books."""
    names = ["section", *VatEntry.__struct_fields__, "control", "difference"]
    lines = [cells(row, names, section="LINE") for row in answer.rows]
    return names, iter([*lines, *(cells(row, names, section="ACCOUNT") for row in answer.accounts)])


def ledger_sheet(answer: VatLedger) -> Sheet:
    """A row for each line; what they come to on each account, and the books beside it."""
    shown = LEDGER_SHOWN
    rows = [shown.line(row) for row in answer.rows]
    for account in answer.accounts:
        rows.append(shown.line(account, document="TOTAL"))
        control, difference = (f"ACCOUNT:{account.account}/{name}" for name in ("control", "difference"))
        rows.append(shown.line(code=account.code, document="in the books", vat=At(control, account.control)))
        rows.append(shown.line(code=account.code, document="difference", vat=At(difference, account.difference)))
    return Sheet("VAT by tax point: the date of the document; rent in advance when it is billed (CNY)", shown, rows)


# A return

SUMS = ("output", "input", "imported", "carried_in", "payable", "carried_out")
RETURN_SHOWN = Columns(
    {
        "month": "month",
        "part": "part",
        "output": "output VAT",
        "input": "input VAT",
        "imported": "import VAT",
        "carried_in": "brought forward",
        "payable": "to be paid",
        "carried_out": "carried on",
    },
    texts=("month", "part"),
)


def return_table(answer: VatReturn) -> Table:
    """A row for each month that it takes something of, what it says otherwise, and the sums."""
    names = ["section", "state", *VatMonth.__struct_fields__, *(name for name in SUMS if name not in columns(VatMonth))]
    lines = [cells(row, names, section="MONTH", state=answer.state) for row in answer.rows]
    if answer.difference is not None:
        lines.append(cells(answer.difference, names, section="DIFFERENCE", state=answer.state))
    return names, iter([*lines, cells(answer.total, names, section="TOTAL", state=answer.state)])


def return_sheet(answer: VatReturn) -> Sheet:
    """A row for each month that it takes something of, what it says otherwise, and the sums."""
    shown = RETURN_SHOWN
    rows = [shown.line(row) for row in answer.rows]
    if answer.difference is not None:
        rows.append(shown.line(answer.difference, month="difference", part=answer.state))
    rows.append(shown.line(answer.total, month="TOTAL", part=answer.state))
    rows += [shown.line(month="held", part=document) for document in answer.held]
    return Sheet("VAT return: payable = output - input - import - carried in (CNY)", shown, rows)


RETURNS_SHOWN = Columns(
    {
        "month": "month",
        "filed_on": "filed on",
        "proposed_by": "proposed by",
        "filed_by": "filed by",
        "position": "position",
        "late": "late months",
        "output": "output VAT",
        "input": "input VAT",
        "imported": "import VAT",
        "carried_in": "brought forward",
        "payable": "to be paid",
        "carried_out": "carried on",
        "paid": "paid",
        "open": "open",
    },
    texts=("month", "filed_on", "proposed_by", "filed_by", "late"),
    plain=("position",),
)


def returns_sheet(rows: Iterable[VatReturnRow]) -> Sheet:
    """A row for each return."""
    return Sheet("VAT returns (CNY)", RETURNS_SHOWN, [RETURNS_SHOWN.line(row) for row in rows])


assert {*VatSum.__struct_fields__} == {*SUMS}, "the sums of a return"

# The rules

RULES_SHOWN = Columns(
    {
        "section": "kind",
        "subject": "subject",
        "says": "what it says, or who approved it",
        "rate": "VAT rate",
        "since": "from",
        "until": "until",
        "settled": "standing",
        "source": "source",
        "position": "fact",
    },
    texts=("section", "subject", "rate", "since", "until", "settled", "says", "source"),
    plain=("position",),
)


def rules_sheet(rows: Iterable[VatRuleRow]) -> Sheet:
    """A row for each rate that was approved or is the law's, and each rule."""
    title = "VAT: the rates of the day, by whose approval or which text of law, and the rules of what is taxed"
    return Sheet(title, RULES_SHOWN, [RULES_SHOWN.line(row) for row in rows])


READS: tuple[Read[Any], ...] = (
    Read(
        name="report-vat-ledger",
        path="/v1/reports/vat-ledger",
        summary="Output, input and import VAT line by line, by tax point; ties to the accounts.",
        group="reports",
        query=VatLedgerQuery,
        ask=_ledger,
        data=VatLedger,
        table=ledger_table,
        receipts=receipts.VAT_LEDGER,
        report=Report(
            name="vat-ledger",
            help="Output, input and import VAT line by line, by tax point, and what returns took over; ties to 2221.01 "
            "and 2221.02.",
            examples=("mcsc report vat-ledger --effective 2024-06-30 --from 2024-06-01",),
            options={
                "from_on": "The first day of the lines.  [default: the first of the month]",
                "kind": "Only these lines: OUTPUT, INPUT, IMPORT or TRANSFER.",
                "company": "Only those of this company.",
            },
            sheet=ledger_sheet,
        ),
    ),
    Read(
        name="report-vat-return",
        path="/v1/reports/vat-return",
        summary="The VAT return of a month: as it was filed, or as it would be filed now.",
        group="reports",
        query=VatReturnQuery,
        ask=_return,
        data=VatReturn,
        table=return_table,
        receipts=receipts.VAT_RETURN,
        report=Report(
            name="vat-return",
            help="The VAT return of a month: as it was filed, or as it would be filed now. What was recorded after a "
            "month's return was filed goes into the next one, or the latest is withdrawn and filed anew.",
            examples=("mcsc report vat-return --month 2024-06 --effective 2024-07-15",),
            options={"month": "The month, such as 2024-06.  [default: that of the effective date]"},
            sheet=return_sheet,
        ),
    ),
    Read(
        name="report-vat-returns",
        path=RETURNS,
        summary="The VAT returns that were filed and stand, and what is paid of each.",
        group="reports",
        query=VatReturnsQuery,
        ask=_returns,
        rows=VatReturnRow,
        table=structs_table(VatReturnRow),
        receipts=receipts.VAT_RETURNS,
        report=Report(
            name="vat-returns",
            help="The VAT returns that were filed and stand, and what is paid of each.",
            examples=("mcsc report vat-returns --effective 2024-12-31",),
            sheet=returns_sheet,
        ),
    ),
    Read(
        name="report-vat-rules",
        path="/v1/reports/vat-rules",
        summary="The rates of VAT that hold on a day, from when and by which source, and the rules of what is taxed.",
        group="reports",
        query=VatRulesQuery,
        ask=_rules,
        rows=VatRuleRow,
        table=structs_table(VatRuleRow),
        report=Report(
            name="vat-rules",
            help="The rates of VAT that hold on a day: approved ones, from when and found where; those of the law; and "
            "the rules of what is taxed, and what of them is not settled.",
            examples=("mcsc report vat-rules --effective 2025-12-31",),
            sheet=rules_sheet,
        ),
    ),
)
