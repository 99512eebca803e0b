"""The inbox: all that waits for a second person, and what decides on it.

routes   /desk/inbox
INBOX    its address; RECORD: where a command is filled in and its effect looked at

The page is one form, so that no reason typed in it is lost by a button, a refusal or another language. A button holds
the command as it is recorded; with the page's idempotency key: pressed twice, it records once. What a rule refuses is
said beside its proposal.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from litestar.handlers import HTTPRouteHandler
from msgspec import Struct

from api.agenda.inbox import DECIDING, PROPOSALS, Decision, Waiting
from api.console.agenda.forms import REASON, asked_anew, asked_of, of_today, reason_typed, recorded
from api.console.agenda.telling import gist
from api.console.pages import CARRIED, DELEGATION, HOME, Elsewhere, Made, Page, Visit, address, form, page
from api.console.parts import Desk
from api.console.record.labels import label
from api.console.record.shapes import typed_at
from api.console.reports.pages import look
from api.console.sessions import new_key
from api.console.things.links import of_tag
from api.console.words.refusing import InWords
from api.http.parameters import shaped
from api.http.problems import Problem

INBOX = f"{HOME}/inbox"
RECORD = f"{HOME}/record"
_AGREEMENTS = dict.fromkeys(
    ("approve-offtake-amendment", "approve-statement", "approve-termination-payment"), "offtake"
)
"""Commands that decide on something of an agreement on offtake; others are of one on investment."""
SHOWN = 50
"""Proposals that a page shows at once."""


class Asked(Struct, frozen=True, kw_only=True):
    """The page as it was sent: all that was typed, what was pressed, and what is wrong with it."""

    typed: Mapping[str, str]
    position: str = ""
    wrong: Problem | None = None


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """The inbox."""
    return [page(desk, INBOX, "inbox", _show), form(desk, INBOX, "decide", _decide, again=_again)]


async def _show(visit: Visit) -> Made:
    return await _inbox(visit, Asked(typed={}))


async def _inbox(visit: Visit, asked: Asked) -> Page:
    wrong = asked.wrong
    pairs = [(name, value) for name, value in visit.pairs if name != "recorded_as"]
    try:
        view, found = await look(visit, PROPOSALS, shaped(pairs, PROPOSALS.query))
        rows = found.rows or ()
    except Problem as problem:
        if problem.status not in (400, 404):
            raise
        view, rows, wrong = None, (), problem
    lost = asked.position not in {str(row.position) for row in rows}
    failed = asked.wrong is not None and asked.wrong.status >= 500
    return Page(
        template="inbox.html",
        title=visit.say("Inbox"),
        section="inbox",
        view=view,
        crumbs=[(visit.say("City"), HOME)],
        status=200 if wrong is None else wrong.status,
        values={
            "rows": [_row(visit, row, asked) for row in portion(rows, asked.position)],
            "count": len(rows),
            "today": view is not None and of_today(visit, view),
            "recorded_as": visit.asked.get("recorded_as", ""),
            "wrong": wrong if lost else None,
            "export": address("/desk/reports/proposals", visit.carried),
            "typed": asked.typed,
            "key": (asked.typed.get("key") if failed or wrong is None else None) or new_key(),
        },
    )


def portion(rows: Sequence[Waiting], position: str) -> Sequence[Waiting]:
    """The oldest of what waits, and what was just decided on wherever it stands."""
    return [row for place, row in enumerate(rows) if place < SHOWN or str(row.position) == position]


def _row(visit: Visit, row: Waiting, asked: Asked) -> Mapping[str, Any]:
    """A proposal with what decides on it, and what is wrong with a decision that was refused."""
    visitor = visit.visitor
    assert visitor is not None, "nobody sees it who is not signed in"
    return {
        "proposal": row,
        "says": gist(visit.language, row.kind, row.says),
        "which": [(name, _page_of(visit, row, field, name)) for field, name in row.which.items()],
        "wanted": ("、" if visit.language == "zh" else ", ").join(label(visit.language, field) for field in row.wanted),
        "own": visitor.actor in row.authors,
        "may_approve": row.may_approve(visitor.actor, visitor.role),
        "in_stead": [
            (one.delegator, _button(row, "approve", row.approval, one.delegation), _lent(row.approval, one.delegation))
            for one in row.in_stead(visitor.actor, visitor.role)
        ],
        "may_reject": visitor.role in row.rejection.roles,
        "approve": _button(row, "approve", row.approval),
        "reject": _button(row, "reject", row.rejection),
        "effect": effect_of(row.approval),
        "wrong": asked.wrong if asked.position == str(row.position) else None,
    }


def _page_of(visit: Visit, row: Waiting, field: str, name: str) -> str | None:
    """The page of what a proposal names, where it has one."""
    kind = _AGREEMENTS.get(row.approve, "investment") if field == "agreement" else field
    return of_tag(f"{kind}:{name}", visit.carried)


def _button(row: Waiting, decision: str, decided: Decision, delegation: str | None = None) -> str:
    """Write what a button sends: the proposal that it decides on, the command as it is recorded, and the delegation by
    which it is."""
    said = {"position": str(row.position), "decision": decision, "command": decided.command}
    return json.dumps(said | ({"delegation": delegation} if delegation else {}), ensure_ascii=False)


def _lent(decision: Decision, delegation: str) -> str:
    """The address where its effect is looked at, to be recorded by a delegation."""
    return f"{effect_of(decision)}&{DELEGATION}={delegation}"


def effect_of(decision: Decision) -> str:
    """The address where its effect is looked at before it is recorded: its form, with all that the decision says."""
    fields = {name: value for name, value in decision.command.items() if name != "command"}
    typed = {path: text for name, value in fields.items() for path, text in typed_at(value, name).items()}
    return address(f"{RECORD}/{decision.command['command']}", typed)


def _thing(command: Any) -> Any:
    """A decision, whatever its day."""
    return {**command, "effective_on": None} if isinstance(command, dict) else None


async def _check_same(visit: Visit, position: str, command: Any) -> None:
    """Check that what is decided on was not proposed anew since the page was made. Raises Problem."""
    _, waiting = await look(visit, PROPOSALS, PROPOSALS.query())
    same = {
        str(row.position)
        for row in waiting.rows or ()
        if _thing(command) in (_thing(row.approval.command), _thing(row.rejection.command))
    }
    if same and position not in same:
        raise InWords("not-found", visit.say("It was proposed anew since you looked at it: look again."))


async def _decide(visit: Visit, fields: Mapping[str, str]) -> Made:
    visit.pairs = asked_of(fields)
    if "decide" not in fields:
        anew = asked_anew(fields, CARRIED)
        return await _inbox(visit, Asked(typed=fields)) if anew is None else Elsewhere(to=address(INBOX, anew))
    position = ""
    try:
        position, decision, command, visit.delegation = _pressed(visit, fields["decide"])
        await _check_same(visit, position, command)
        said = {"command": json.dumps(command), "key": f"{fields.get('key', '')}-{position}-{decision}"}
        if decision == "reject":
            said["reason"] = reason_typed(visit, fields.get(f"{REASON}{position}", ""))
        at = await recorded(visit, said, DECIDING)
    except Problem as wrong:
        return await _inbox(visit, Asked(typed=fields, position=position, wrong=wrong))
    return Elsewhere(to=address(INBOX, {"recorded_as": at}))


def _pressed(visit: Visit, written: str) -> tuple[str, str, Any, str | None]:
    """Read what a button sent: a proposal, its decision, its command and a delegation. Raises Problem."""
    try:
        said = json.loads(written)
        lent = str(said["delegation"]) if "delegation" in said else None
        return str(said["position"]), str(said["decision"]), said["command"], lent
    except (ValueError, TypeError, KeyError, RecursionError):
        raise InWords("body-invalid", visit.say("The form is not whole: reload the page.")) from None


async def _again(visit: Visit, fields: Mapping[str, str], said: str | None) -> Page:
    """The page with the reasons that were typed."""
    visit.pairs = asked_of(fields)
    return await _inbox(visit, Asked(typed=fields, wrong=InWords("not-allowed", said) if said else None))
