"""The accounts at the desk, and the lines of their statements that wait for a person.

routes   /desk/bank: each account beside its bank; of one the lines that wait, with what each may be

A line is matched with payments on record by one button; what would record it begins a form, filled in; what is neither
is put aside with a reason. Each of these is recorded at once, and taken back from the same page.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from litestar.handlers import HTTPRouteHandler

from api.bookkeeping.statements.serving import LINE_RECORDINGS, READS, WAITING, ReconciliationQuery
from api.console.agenda.forms import of_today, reason_typed, recorded
from api.console.books.bank.files import BANK, choices
from api.console.books.billing import check_may
from api.console.pages import HOME, Elsewhere, Made, Page, View, Visit, address, form, page
from api.console.parts import Desk
from api.console.record.labels import title
from api.console.record.shapes import typed_at
from api.console.reports.pages import REPORTS, look
from api.console.sessions import new_key
from api.http.operations import FINANCE
from api.http.parameters import shaped
from api.http.problems import Problem
from api.http.reading import BasisQuery
from ledger.decider import command_name
from projections.bank.lines import LineProposal, WaitingLine, WaitingLines

RECONCILIATION = READS[0]
RECORD = f"{HOME}/record"
SHOWN = 50
"""Lines that a page shows at once."""
INTO = ("record-receipt", "receive-deposit", "record-bank-interest", "transfer-between-accounts")
OUT = ("propose-supplier-payment", "record-bank-charge", "refund-receipt", "transfer-between-accounts")
"""What may record a line that nothing is proposed for."""
TENANTS_ONLY = frozenset(("record-receipt", "receive-deposit", "refund-receipt"))
"""Money of tenants, whose documents and deposits are in CNY."""
OFFERED = {command_name(one.command): one for one in LINE_RECORDINGS}


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Those of accounts and lines."""
    return [page(desk, BANK, "bank", _show), form(desk, BANK, "bank-line", _say)]


async def _show(visit: Visit) -> Made:
    return await _page(visit)


async def _page(visit: Visit, wrong: Problem | None = None, typed: Mapping[str, str] | None = None) -> Page:
    """Every account, and what waits of one. Where something was refused, it says why; a reason that was typed stays."""
    asked = [(name, value) for name, value in visit.pairs if name in ("effective", "recorded", "wait")]
    view, found = await look(visit, RECONCILIATION, shaped(asked, ReconciliationQuery))
    accounts = found.data.rows
    chosen = visit.asked.get("bank_account") or next((row.bank_account for row in accounts), "")
    of = await _waiting(visit, chosen, asked) if any(row.bank_account == chosen for row in accounts) else None
    may = visit.visitor is not None and visit.visitor.role in FINANCE
    lines = [line for line in of.lines if line.aside is None] if of is not None else []
    return Page(
        template="bank/lines.html",
        title=visit.say("Bank statements"),
        section="bank",
        view=view,
        crumbs=[(visit.say("City"), HOME)],
        status=200 if wrong is None else wrong.status,
        values={
            "accounts": accounts,
            "opened": await _opened(visit),
            "chosen": chosen,
            "waiting": of,
            "lines": [_line(visit, of, line) for line in lines[:SHOWN]] if of is not None else [],
            "count": len(lines),
            "asides": [line for line in of.lines if line.aside is not None] if of is not None else [],
            "back": lambda line, step: _withdrawal(chosen, line, step),
            "report": _report(view, chosen),
            "balance": lambda row, column: _receipt(view, row.bank_account, column),
            "profiles": await choices(visit.desk),
            "may": may and of_today(visit, view),
            "recorded_as": visit.asked.get("recorded_as", ""),
            "wrong": wrong,
            "typed": typed or {},
            "key": new_key(),
        },
    )


async def _waiting(visit: Visit, account: str, asked: Sequence[tuple[str, str]]) -> WaitingLines | None:
    _, found = await visit.desk.reader.find(WAITING, shaped(list(asked), BasisQuery), {"bank_account": account})
    answer: WaitingLines | None = found.data
    return answer


async def _opened(visit: Visit) -> list[str]:
    """The accounts that are open, of which a statement can be taken."""
    read = visit.desk.reads["bank-accounts"]
    _, found = await visit.desk.reader.find(read, shaped([], read.query), {})
    return [row.bank_account for row in found.data.rows if row.state == "OPEN"]


def _report(view: View, account: str) -> str:
    asked = {"bank_account": account} if account else {}
    return address(f"{REPORTS}/bank-reconciliation", {**asked, "effective": str(view.basis.effective)})


def _receipt(view: View, account: str, column: str) -> str:
    """The address of the receipt of a figure of an account."""
    asked = {"cell": f"ACCOUNT:{account}/{column}", "effective": str(view.basis.effective)}
    return address(f"{REPORTS}/bank-reconciliation/receipt", {**asked, "recorded": str(view.basis.recorded)})


# A line


def _line(visit: Visit, of: WaitingLines, line: WaitingLine) -> Mapping[str, Any]:
    """A line with what each of its buttons sends, and where each form begins."""
    named = {"bank_account": of.bank_account, "statement": line.statement, "entry": line.entry}
    named["until_on"] = str(line.until_on)
    today = str(visit.desk.settings.today())
    proposed = [one.command for one in line.proposals if one.command is not None]
    possible = OUT if line.amount.startswith("-") else INTO
    others = possible if of.currency == "CNY" else [name for name in possible if name not in TENANTS_ONLY]
    return {
        "line": line,
        "id": f"{line.statement}/{line.entry}",
        "proposals": [_proposal(visit, of, line, one, {**named, "effective_on": today}) for one in line.proposals],
        "others": [
            (title(visit.language, name), address(f"{RECORD}/{name}", dict(form_begins(of, line, name, None))))
            for name in others
            if name not in proposed and name in visit.desk.recordings
        ],
        "aside": {"command": "put-bank-line-aside", "effective_on": today, **named},
    }


def _proposal(
    visit: Visit, of: WaitingLines, line: WaitingLine, one: LineProposal, named: Mapping[str, str]
) -> Mapping[str, Any]:
    """A proposal: the command that a button sends, or the form that it begins."""
    references = [payment.bank_reference for payment in one.payments]
    match = {"command": "match-bank-line", **named, "bank_references": references}
    begins = dict(form_begins(of, line, one.command, one)) if one.command is not None else {}
    return {
        "it": one,
        "match": match if one.command is None and one.takes_back is None else None,
        "form": address(f"{RECORD}/{one.command}", begins) if one.command is not None else "",
        "title": title(visit.language, one.command) if one.command is not None else "",
    }


def form_begins(
    of: WaitingLines, line: WaitingLine, command: str, one: LineProposal | None
) -> Iterator[tuple[str, str]]:
    """The fields that a line fills in of the form of a command."""
    amount = line.amount.lstrip("-")
    documents = one.pays if one is not None else ()
    yield "effective_on", str(line.booked_on)
    out_of_transfer = command == "transfer-between-accounts" and line.amount[0] != "-"
    yield "to_account" if out_of_transfer else "bank_account", of.bank_account
    if command == "propose-supplier-payment":
        if one is not None and one.company is not None:
            yield "supplier", one.company
        if of.currency != "CNY":
            yield "currency", of.currency
        items = [{"document": paid.document, "amount": paid.amount} for paid in documents]
        yield from typed_at(items, "items").items()
        return
    if one is not None and one.payments:  # of these the bank kept something: a payment of its own
        yield "amount", one.bank_charge or amount
        return
    yield "amount", amount
    if line.bank_reference is not None:
        yield "bank_reference", line.bank_reference
    if one is not None and one.company is not None:
        yield "company", one.company
    allocations = [
        {"invoice": paid.document, "amount": paid.amount} | ({"company": paid.company} if paid.company else {})
        for paid in documents
    ]
    yield from typed_at(allocations, "allocations").items()
    if one is not None and one.bank_charge is not None:
        yield "bank_charge", one.bank_charge


def _withdrawal(account: str, line: Any, step: str) -> str:
    """The address of the form that takes back what was said of a line."""
    on = line.aside_on if step == "bank.line-put-aside" else line.said_on
    asked = {"bank_account": account, "about": f"{line.statement}/{line.entry}", "step": step, "effective_on": str(on)}
    return address(f"{RECORD}/withdraw-bank-line-step", asked)


# What its buttons ask for


async def _say(visit: Visit, fields: Mapping[str, str]) -> Made:
    """Match a line, or put it aside."""
    check_may(visit, FINANCE)
    visit.pairs = [("bank_account", fields.get("bank_account", ""))]
    try:
        said = dict(fields)
        if "reason" in fields:
            said["reason"] = reason_typed(visit, fields["reason"])
        position = await recorded(visit, said, OFFERED)
    except Problem as problem:
        return await _page(visit, problem, fields)
    asked = {"bank_account": fields.get("bank_account", ""), "recorded_as": position, "wait": position or "0"}
    return Elsewhere(to=address(BANK, asked))
