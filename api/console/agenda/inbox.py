"""The inbox: all that waits for a second person, and what decides on it.

routes   /desk/inbox
INBOX    its address; RECORD: where a command is filled in and its effect looked at

A form holds the command as it is recorded, and an idempotency key: sent twice, it records once. What a rule refuses is
said beside its proposal, and the reason that was typed stays.
"""

import json
from collections.abc import Mapping
from typing import Any

from litestar.handlers import HTTPRouteHandler
from msgspec import Struct

from api.agenda.inbox import DECIDING, PROPOSALS, Decision, Waiting
from api.console.agenda.forms import of_today, recorded
from api.console.agenda.telling import gist
from api.console.pages import HOME, Elsewhere, Made, Page, Visit, address, form, page
from api.console.parts import Desk
from api.console.record.shapes import typed_at
from api.console.reports.pages import look
from api.console.sessions import new_key
from api.http.parameters import shaped
from api.http.problems import Problem

INBOX = f"{HOME}/inbox"
RECORD = f"{HOME}/record"


class Asked(Struct, frozen=True, kw_only=True):
    """A decision as a form asked for it, and what is wrong with it."""

    position: str
    decision: str
    reason: str
    key: str
    wrong: Problem


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """The inbox."""
    return [page(desk, INBOX, "inbox", _show), form(desk, INBOX, "decide", _decide, again=_again)]


async def _show(visit: Visit) -> Made:
    return await _inbox(visit, None)


async def _inbox(visit: Visit, asked: Asked | None) -> Page:
    pairs = [(name, value) for name, value in visit.pairs if name != "recorded_as"]
    view, found = await look(visit, PROPOSALS, shaped(pairs, PROPOSALS.query))
    rows = found.rows or ()
    lost = asked is not None and str(asked.position) not in {str(row.position) for row in rows}
    return Page(
        template="inbox.html",
        title=visit.say("Inbox"),
        section="inbox",
        view=view,
        crumbs=[(visit.say("City"), HOME)],
        status=200 if asked is None else asked.wrong.status,
        values={
            "rows": [_row(visit, row, asked) for row in rows],
            "today": of_today(visit, view),
            "recorded_as": visit.asked.get("recorded_as", ""),
            "wrong": asked.wrong.detail if asked is not None and lost else None,
            "export": address("/desk/reports/proposals", visit.carried),
        },
    )


def _row(visit: Visit, row: Waiting, asked: Asked | None) -> Mapping[str, Any]:
    """A proposal with its forms; those of a decision that was refused as they were."""
    mine = asked is not None and asked.position == str(row.position)
    visitor = visit.visitor
    assert visitor is not None, "nobody sees it who is not signed in"
    return {
        "proposal": row,
        "says": gist(visit.language, row.kind, row.says),
        "own": visitor.actor in row.authors,
        "may_approve": row.may_approve(visitor.actor, visitor.role),
        "may_reject": visitor.role in row.rejection.roles,
        "approve": _written(row.approval),
        "reject": _written(row.rejection),
        "effect": effect_of(row.approval),
        "wrong": asked.wrong.detail if mine and asked else None,
        "reason": asked.reason if mine and asked else "",
        "key": asked.key[:-1] if mine and asked and asked.wrong.status >= 500 else new_key(),
    }


def _written(decision: Decision) -> str:
    return json.dumps(decision.command, ensure_ascii=False)


def effect_of(decision: Decision) -> str:
    """The address where its effect can be looked at before it is recorded: its form, filled in."""
    fields = {name: value for name, value in decision.command.items() if name != "command"}
    typed = {path: text for name, value in fields.items() for path, text in typed_at(value, name).items()}
    return address(f"{RECORD}/{decision.command['command']}", typed)


def _things(row: Waiting) -> list[Any]:
    return [_thing(_written(row.approval)), _thing(_written(row.rejection))]


def _thing(written: str) -> Any:
    """A decision, whatever its day."""
    try:
        return {**json.loads(written), "effective_on": None}
    except (ValueError, TypeError):
        return None


async def _check_same(visit: Visit, fields: Mapping[str, str]) -> None:
    """Check that what is decided on was not proposed anew since the page was made. Raises Problem."""
    _, waiting = await look(visit, PROPOSALS, PROPOSALS.query())
    same = {str(row.position) for row in waiting.rows or () if _thing(fields.get("command", "")) in _things(row)}
    if same and fields.get("position", "") not in same:
        raise Problem("not-found", visit.say("It was proposed anew since you looked at it: look again."))


async def _decide(visit: Visit, fields: Mapping[str, str]) -> Made:
    try:
        await _check_same(visit, fields)
        position = await recorded(visit, fields, DECIDING)
    except Problem as wrong:
        return await _inbox(visit, _asked(fields, wrong))
    return Elsewhere(to=address(INBOX, {"recorded_as": position}))


async def _again(visit: Visit, fields: Mapping[str, str], said: str | None) -> Page:
    """The page with the reason that was typed."""
    return await _inbox(visit, _asked(fields, Problem("not-allowed", said or "")))


def _asked(fields: Mapping[str, str], wrong: Problem) -> Asked:
    return Asked(
        position=fields.get("position", ""),
        decision=fields.get("decision", ""),
        reason=fields.get("reason", ""),
        key=fields.get("key", ""),
        wrong=wrong,
    )
