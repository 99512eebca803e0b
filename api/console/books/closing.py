"""The months of the books: what is missing of one before it can be closed, and the close itself.

routes   /desk/close: one month and all months, each with its closes compared; its form closes; /desk/close/workbook
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from litestar.handlers import HTTPRouteHandler
from msgspec import Struct
from sqlalchemy import Connection

from api.console.books.billing import accounts_of, check_may, key_of
from api.console.pages import HOME, Elsewhere, Made, Page, Visit, address, form, page
from api.console.parts import Desk
from api.console.record.labels import title
from api.console.record.shapes import day_typed
from api.console.reports.pages import REPORTS
from api.console.sessions import new_key
from api.console.words.refusing import InWords
from api.evidence.serving import PROVERS
from api.http.deadlines import in_time
from api.http.operations import FINANCE
from api.http.parameters import identifier, shaped
from api.http.problems import Problem, of_not_done, of_refusal
from api.http.reading import BasisQuery
from api.papers.closing import workbook_handed_over
from api.routes.periods import PROPOSAL, Close, close_month
from ledger.log import store
from ledger.log.database import Database
from ledger.periods import Month, first_and_last
from ledger.recording.outcome import NotDone, Refused
from projections.closing import Proposal, Tie
from projections.engine.periods import PeriodRow, periods

CLOSE = f"{HOME}/close"
BALANCES = "trial-balance"


class Missing(Struct, frozen=True):
    """Work to be done before a month is closed: what kind, which things with why, and where it is done.

    ways   where all of it is done, each with its address; ways_of: where it is done of one of the things
    """

    kind: str
    things: Sequence[tuple[str, Refused | None]]
    ways: Sequence[tuple[str, str]] = ()
    ways_of: Mapping[str, Sequence[tuple[str, str]]] = {}


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Those of the close."""
    return [
        page(desk, CLOSE, "close", _show),
        page(desk, f"{CLOSE}/workbook", "close-workbook", _workbook),
        form(desk, CLOSE, "close-month", _close, again=_again),
    ]


async def _show(visit: Visit) -> Made:
    return await _page(visit, visit.asked.get("month"))


async def _page(
    visit: Visit, wanted: str | None, wrong: Problem | None = None, typed: Mapping[str, str] | None = None
) -> Page:
    """One month, and all months. Where something went wrong, it says what; what was typed stays."""
    typed = typed or {}
    months = await in_time(_months, visit.desk.database)
    month = wanted or next((row.month for row in months if row.state != "CLOSED"), None)
    values: dict[str, Any] = {"months": list(reversed(months)), "month": month, "wrong": wrong}
    values["tried"] = wrong is not None
    made = Page(template="close.html", title=visit.say("Month close"), section="close", values=values)
    made.crumbs = [(visit.say("City"), HOME)]
    values |= {"found": None, "receipt": _receipt, "may": _may(visit), "typed": typed, "key": new_key()}
    values |= {"today": visit.desk.settings.today(), "closes": _closes, "compare": _compare_address, "missing": ()}
    values["closable"] = False
    if wrong is not None:
        made.status = wrong.status
    if month is None:
        return made
    try:
        identifier("month", month, Month)
        waiting = shaped([pair for pair in visit.pairs if pair[0] == "wait"], BasisQuery)
        basis, answer = await visit.desk.reader.find(PROPOSAL, waiting, {"month": month})
    except Problem as problem:
        if problem.status not in (400, 404):
            raise
        made.status, values["wrong"] = problem.status, problem
        return made
    found: Proposal = answer.data
    _, end = first_and_last(month)
    values |= {
        "found": found,
        "end": end,
        "closable": _may(visit) and found.state in ("OPEN", "SOFT_CLOSED") and not found.waits_for,
        "missing": _missing(visit, found),
        "proves": visit.by.role in PROVERS,
        "accounts": accounts_of(visit),
    }
    values["receipt"] = lambda tie, column: _receipt(tie, column, end, basis.recorded)
    return made


async def _workbook(visit: Visit) -> Made:
    """The close of a month as one workbook, saved."""
    desk = visit.desk
    reads = [*desk.reads.values()]
    return await workbook_handed_over(desk.settings, desk.database, reads, visit.request, visit.asked.get("month", ""))


def _may(visit: Visit) -> bool:
    return visit.visitor is not None and visit.visitor.role in FINANCE


def _months(database: Database) -> list[PeriodRow]:
    with database.views.connect() as connection:
        return _periods(connection)


def _periods(connection: Connection) -> list[PeriodRow]:
    return periods(connection, store.read_head(connection).size)


def _receipt(tie: Tie, column: str, end: date, recorded: int) -> str:
    """The address of the receipt of one side of a tie-out."""
    asked = {"cell": f"ACCOUNT:{tie.account}/{column}", "effective": str(end), "recorded": str(recorded)}
    return address(f"{REPORTS}/{BALANCES}/receipt", asked)


def _missing(visit: Visit, found: Proposal) -> list[Missing]:
    """The work that is left, each kind with what it is about."""
    if not found.is_next:
        return []
    _, end = first_and_last(found.month)
    kinds = [
        Missing(
            "Leases left to bill",
            [(lease, _refused(found, lease)) for lease in found.unbilled],
            [(visit.say("Preview their billing"), address(f"{HOME}/billing", {"through": end}))],
        ),
        Missing(
            "Foreign receivables not remeasured",
            [(one, None) for one in found.unrevalued],
            [_form(visit, "revalue-receivables", effective_on=end, month=found.month, **_foreign(found.unrevalued))],
        ),
        Missing(
            "Foreign payables not remeasured",
            [(one, None) for one in found.unrevalued_payables],
            [_form(visit, "revalue-payables", effective_on=end, month=found.month, **_owed(found.unrevalued_payables))],
        ),
        Missing(
            "Energy not approved",
            [(one, None) for one in found.unapproved],
            ways_of={one: _energy(visit, *one.split(" ")) for one in found.unapproved},
        ),
        Missing(
            "Manual journals that wait for a decision",
            [(one, None) for one in found.undecided],
            [(visit.say("Inbox"), f"{HOME}/inbox")],
        ),
    ]
    return [Missing(visit.say(one.kind), one.things, one.ways, one.ways_of) for one in kinds if one.things]


def _refused(found: Proposal, lease: str) -> Refused | None:
    """The refusal that forbids the billing of a lease."""
    code = found.forbidden.get(lease)
    return None if code is None else Refused(position=0, code=code, kind="rule", detail=found.unbilled[lease])


def _form(visit: Visit, command: str, **said: object) -> tuple[str, str]:
    """The form of a command, begun with what is known."""
    return title(visit.language, command), address(f"{HOME}/record/{command}", said)


def _series(unrevalued: Sequence[str]) -> dict[str, str]:
    """The rates that receivables are remeasured with, from `order/receivable currency amount`."""
    currencies = sorted({one.split(" ")[1].lower() for one in unrevalued})
    return {f"rate_series.{line}": f"fx/{currency}-cny" for line, currency in enumerate(currencies)}


def _foreign(unrevalued: Sequence[str]) -> dict[str, str]:
    """The rates to take, and the orders whose client money is held."""
    held = dict.fromkeys(one.partition("/")[0] for one in unrevalued if one.endswith(" client-money"))
    return _series(unrevalued) | {f"client_money.{line}": order for line, order in enumerate(held)}


def _owed(unrevalued: Sequence[str]) -> dict[str, str]:
    """The rates and documents that payables are remeasured with, from `document currency amount`."""
    documents = {f"documents.{line}": one.split(" ")[0] for line, one in enumerate(unrevalued)}
    return _series(unrevalued) | documents


def _energy(visit: Visit, agreement: str, month: str) -> list[tuple[str, str]]:
    """A month of energy: the forms that calculate and approve it."""
    return [_form(visit, one, agreement=agreement, month=month) for one in ("calculate-statement", "approve-statement")]


def _closes(row: PeriodRow) -> list[tuple[str, str]]:
    """The names of a month's closes, and where the books as closed then are."""
    return [
        (close.name, address(f"{REPORTS}/{BALANCES}", {"effective": row.month, "recorded": close.name}))
        for close in row.closes
    ]


def _compare_address(row: PeriodRow) -> str:
    """The address at which the latest close of a month is compared: with the one before it, or with now."""
    names = [close.name for close in row.closes]
    asked = {"against": names[-2], "recorded": names[-1]} if len(names) > 1 else {"against": names[-1]}
    return address(f"{REPORTS}/{BALANCES}/compare", {**asked, "effective": row.month})


# The close


async def _close(visit: Visit, fields: Mapping[str, str]) -> Made:
    check_may(visit, FINANCE)
    if "_do" in fields:
        return Elsewhere(to=address(CLOSE, {"month": fields.get("asked", "").strip() or fields.get("month", "")}))
    month, key, even_so = fields.get("month", ""), key_of(visit, fields), fields.get("even_so") == "yes"
    try:
        identifier("month", month, Month)
        _check_sure(visit, month, fields)
        wanted = Close(effective_on=_day(visit, fields.get("on", "")), even_so=even_so)
        desk = visit.desk
        _, answer = await close_month(desk.recorder, desk.standing, desk.settings, month, wanted, visit.by, key=key)
        if isinstance(answer.outcome, Refused):
            raise of_refusal(answer.outcome)
    except NotDone as error:
        raise of_not_done(error) from error
    except Problem as problem:
        if problem.status not in (400, 404, 409, 422):
            raise
        return await _page(visit, month, problem, fields)
    return Elsewhere(to=address(CLOSE, {"month": month, "wait": answer.outcome.position}))


async def _again(visit: Visit, fields: Mapping[str, str], said: str | None) -> Page:
    """The month with what was typed in the form of its close."""
    return await _page(visit, fields.get("month", ""), InWords("not-allowed", said) if said else None, fields)


def _check_sure(visit: Visit, month: str, fields: Mapping[str, str]) -> None:
    """Check that whoever closes a month has said so twice. Raises Problem."""
    if fields.get("sure") != "yes":
        raise InWords("body-invalid", visit.say("Say that nothing posts to {month} any more.", month=month))


def _day(visit: Visit, written: str) -> date:
    try:
        return day_typed(written) if written.strip() else visit.desk.settings.today()
    except ValueError:
        raise InWords("body-invalid", visit.say("A day is written as 2026-06-30.")) from None
