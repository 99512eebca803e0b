"""A tenant's statement of account: what stood open, what came to it, what was paid, with a running balance.

StatementQuery       the two dates of a report, and the first day of the movements
Movement             a fact that moved the account, and the balance after it
movements            those of one tenant: of the account, and of each lease's deposit
statement_of_account   as a Paper

The account is what is owed on documents less what receipts have not paid anything with yet. Deposits stand apart. The
closing balances are those of `GET /v1/tenants/{company}/account` on the same basis, or nothing is printed.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated, Any

from msgspec import Meta, Struct
from sqlalchemy import Connection

from api.formats.sheets import figure
from api.http.parameters import not_after
from api.http.problems import Problem
from api.http.reading import BasisQuery, not_known
from api.papers.paper import Both, Column, Paper, Row, Table
from ledger.billing.facts import BillingFact, Credited, DepositFact, DepositReversed, Issued
from ledger.billing.moves import moves_of
from ledger.decider import stored_name
from ledger.log.envelope import Entry
from ledger.values.money import written
from projections.companies.register import CompanyRow, company
from projections.engine.basis import Basis
from projections.engine.sources import facts_behind
from projections.receivables.statement import statement

ROWS_MAX = 5_000
"""The most movements that are printed on one statement."""
KINDS: Mapping[str, Both] = {
    "billing.invoice-issued": Both("Invoice", "账单"),
    "billing.debit-note-issued": Both("Debit note", "借项通知"),
    "billing.late-fee-assessed": Both("Late fee", "滞纳金"),
    "energy.late-fee-assessed": Both("Late fee on energy", "电费滞纳金"),
    "energy.termination-payment-invoiced": Both("Payment on termination", "解约补偿"),
    "billing.credit-note-issued": Both("Credit note", "贷项通知"),
    "billing.receipt-recorded": Both("Receipt", "收款"),
    "billing.receipt-allocated": Both("Paid between tenants", "租户间代付"),
    "billing.receipt-unallocated": Both("Paid between tenants, undone", "租户间代付撤销"),
    "billing.receipt-reversed": Both("Receipt reversed", "收款冲回"),
    "billing.receipt-refunded": Both("Refund", "退款"),
    "billing.refund-reversed": Both("Refund reversed", "退款冲回"),
    "billing.refund-claimed": Both("Refund claimed back", "追回退款"),
    "billing.deposit-received": Both("Deposit received", "收到押金"),
    "billing.deposit-applied": Both("Paid from deposit", "押金抵付"),
    "billing.deposit-forfeited": Both("Deposit kept", "押金没收"),
    "billing.deposit-refunded": Both("Deposit paid back", "退还押金"),
    "billing.deposit-interest-credited": Both("Interest on deposit", "押金利息"),
    "billing.deposit-moved": Both("Deposit moved", "押金转移"),
    "billing.deposit-reversed": Both("Deposit reversed", "押金冲回"),
    "billing.write-off-approved": Both("Written off", "核销"),
    "billing.write-off-recovered": Both("Owed after all", "核销收回"),
}
LATE_FEES = ("billing.late-fee-assessed", "energy.late-fee-assessed")
CHARGES: Mapping[str, Both] = {
    "RENT": Both("rent", "租金"),
    "TURNOVER_RENT": Both("turnover rent", "营业额租金"),
    "SERVICE_CHARGE": Both("service charge", "物业费"),
    "LATE_FEE": Both("late fee", "滞纳金"),
    "TERMINATION_FEE": Both("termination fee", "解约费"),
    "ENERGY": Both("energy", "电费"),
    "TAKE_OR_PAY": Both("take or pay", "照付不议"),
    "GUARANTEE_LD": Both("guarantee", "保证赔偿"),
    "REFUND_CLAIM": Both("refund claimed back", "追回退款"),
}


class StatementQuery(BasisQuery, frozen=True, kw_only=True):
    """A statement of account."""

    from_on: Annotated[date | None, Meta(description="The first day of the movements; without it, 1 January.")] = None


class Movement(Struct, frozen=True):
    """A fact that moved an account or a deposit, in CNY minor units.

    reference   the document, receipt or movement of a deposit that it is about
    """

    on: date
    reference: str
    kind: Both
    due_on: date | None
    moved_minor: int
    position: int


class Movements(Struct, frozen=True):
    """The movements of an account up to a day, and of its deposits by lease, each in the order of the books."""

    account: list[Movement]
    deposits: dict[str, list[Movement]]


def movements(entries: Iterable[Entry], company: str) -> Movements:
    """List what facts moved of a tenant's account, in the order of the books; what only changes which of its documents
    its money pays moves nothing."""
    found = Movements([], {})
    posted = [(entry, fact) for entry in entries if isinstance(fact := entry.fact, BillingFact)]
    for entry, fact in sorted(posted, key=lambda one: (one[1].accounting_on, one[0].position)):
        moved = moves_of(fact, company)
        owed = sum(move.open_minor for move in moved.documents) - sum(free for _, free in moved.receipts)
        if owed:
            found.account.append(_movement(entry, owed))
        for lease, held in moved.deposits:
            found.deposits.setdefault(lease, []).append(_movement(entry, held))
    return found


def _movement(entry: Entry, moved_minor: int) -> Movement:
    fact: Any = entry.fact
    match fact:
        case Issued():
            reference = fact.invoice
        case Credited():
            reference = fact.credit_note
        case DepositFact() | DepositReversed():
            reference = fact.deposit
        case _:
            reference = getattr(fact, "refund", None) or getattr(fact, "receipt", None) or fact.invoice
    due_on = fact.due_on if isinstance(fact, Issued) else None
    return Movement(fact.accounting_on, reference, _kind(fact), due_on, moved_minor, entry.position)


def _kind(fact: Any) -> Both:
    named = stored_name(type(fact))
    usual = Both("Document", "单据") if isinstance(fact, Issued) else Both("Credit", "贷项")
    kind = KINDS.get(named, usual if isinstance(fact, Issued | Credited) else Both(named, named))
    if isinstance(fact, Issued | Credited) and named not in LATE_FEES:
        charge = CHARGES[fact.charge]
        return Both(f"{kind.en}: {charge.en}", f"{kind.zh}:{charge.zh}")
    return kind


# As a paper

DAY, REFERENCE, WHAT = Both("Date", "日期"), Both("Reference", "单据号"), Both("What", "事项")
MOVED = (
    Column(DAY),
    Column(REFERENCE),
    Column(WHAT),
    Column(Both("Due", "到期日")),
    Column(Both("Charged", "应收"), number=True),
    Column(Both("Settled", "已收"), number=True),
    Column(Both("Balance", "余额"), number=True),
)
HELD = (
    Column(DAY),
    Column(REFERENCE),
    Column(WHAT),
    Column(Both("Received", "收到"), number=True),
    Column(Both("Used or paid back", "抵付或退还"), number=True),
    Column(Both("Held", "持有"), number=True),
)
OPENING, CLOSING = Both("Opening balance", "期初余额"), Both("Closing balance", "期末余额")
NOT_A_FAPIAO = Both("This paper is no tax invoice.", "本单据不是发票。")


def statement_of_account(
    connection: Connection, basis: Basis, name: str, from_on: date | None, ledger: str, invented: bool
) -> Paper:
    """The statement of one tenant. Raises Problem."""
    not_after("from_on", from_on, basis)
    known, stands = company(connection, basis, name), statement(connection, basis, name)
    if stands is None:
        raise not_known("tenant", name, basis)
    first = from_on or date(basis.effective.year, 1, 1)
    found = movements(facts_behind(connection, basis, [f"tenant:{name}"])[f"tenant:{name}"], name)
    closing = sum(one.moved_minor for one in found.account)
    held = {lease: sum(one.moved_minor for one in moved) for lease, moved in found.deposits.items()}
    owed = [written(closing + _minor(stands.unapplied)), written(sum(held.values()))]
    if owed != [stands.open, stands.deposits_held]:
        raise Problem("not-proven", f"The movements of {name} come to {owed}, its account says otherwise.")
    if sum(one.on >= first for one in found.account) > ROWS_MAX:
        raise Problem("not-acceptable", f"A statement has {ROWS_MAX:,} movements at most; say a later from_on.")
    deposits = [_deposit(lease, moved, first) for lease, moved in sorted(found.deposits.items())]
    return Paper(
        title=Both("Statement of account", "对账单"),
        number=name,
        company=name,
        about=[*addressed_to(name, known), (Both("From", "自"), str(first)), (Both("To", "至"), str(basis.effective))],
        tables=[_account(found.account, first), *deposits],
        due=(Both("Balance owed (CNY)", "应付余额(人民币元)"), amount(written(closing))),
        notes=[
            Both(
                f"Of that, past due: {amount(stands.overdue)}. Received and not yet set against a document:"
                f" {amount(stands.unapplied)}. Deposits held, which are no part of it: {amount(stands.deposits_held)}.",
                f"其中逾期:{amount(stands.overdue)};未核销收款:{amount(stands.unapplied)};"
                f"另持有押金(不计入余额):{amount(stands.deposits_held)}。",
            ),
            Both("Amounts in parentheses are in the tenant's favour.", "括号内金额为租户贷方余额。"),
            NOT_A_FAPIAO,
        ],
        effective=basis.effective,
        recorded=basis.recorded,
        recorded_at=basis.recorded_at,
        root=basis.root,
        ledger=ledger,
        invented=invented or stands.fictional,
    )


def amount(decimal: str) -> str:
    """A sum by itself: 1,234.50, (1,234.50), and 0.00 for nothing."""
    return figure(decimal) if int(decimal.replace(".", "")) else decimal


def _minor(decimal: str) -> int:
    return int(decimal.replace(".", ""))


def addressed_to(name: str, known: CompanyRow | None) -> list[tuple[Both, str]]:
    """The company that a paper is for, as its first lines say it."""
    called = " ".join(dict.fromkeys(part for part in (known.name, known.name_zh) if part)) if known else ""
    said = [(Both("For", "致"), called or name), (Both("Identifier", "编号"), name)]
    if known and known.uscc:
        said.append((Both("Social credit code", "统一社会信用代码"), known.uscc))
    return said


def _account(account: Iterable[Movement], first: date) -> Table:
    balance, rows = 0, list[Row]()
    opened = 0
    charged = settled = 0
    for one in account:
        balance += one.moved_minor
        if one.on < first:
            opened = balance
            continue
        charged, settled = charged + max(one.moved_minor, 0), settled + max(-one.moved_minor, 0)
        due = str(one.due_on or "")
        rows.append(Row([str(one.on), one.reference, one.kind, due, *_sides(one.moved_minor), _figure(balance)]))
    beginning = Row([str(first), "", OPENING, "", "", "", _figure(opened)], whole=True)
    end = Row(["", "", CLOSING, "", _figure(charged), _figure(settled), _figure(balance)], whole=True)
    return Table(Both("Account", "往来"), MOVED, [beginning, *rows, end])


def _deposit(lease: str, moved: Iterable[Movement], first: date) -> Table:
    held = opened = 0
    rows = list[Row]()
    for one in moved:
        held += one.moved_minor
        if one.on < first:
            opened = held
            continue
        rows.append(Row([str(one.on), one.reference, one.kind, *_sides(one.moved_minor), _figure(held)]))
    beginning = Row([str(first), "", OPENING, "", "", _figure(opened)], whole=True)
    end = Row(["", "", CLOSING, "", "", _figure(held)], whole=True)
    return Table(Both(f"Deposit of lease {lease}", f"租约 {lease} 押金"), HELD, [beginning, *rows, end])


def _sides(minor: int) -> list[str]:
    return [_figure(minor), ""] if minor > 0 else ["", _figure(-minor)]


def _figure(minor: int) -> str:
    return figure(written(minor))
