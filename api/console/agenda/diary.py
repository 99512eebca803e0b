"""The diary: every date that needs an act, what is overdue first, then month by month.

routes   /desk/diary

An entry is done, or waived with a reason, by a form beside it, and that is taken back by another.
"""

import json
from collections.abc import Mapping
from datetime import date
from itertools import groupby
from typing import Any

from litestar.handlers import HTTPRouteHandler

from api.agenda.diary import RECORDINGS, WORKERS
from api.console.agenda.forms import of_today, recorded
from api.console.agenda.telling import remark
from api.console.pages import HOME, Elsewhere, Made, Page, View, Visit, address, form, page
from api.console.parts import Desk
from api.console.reports.pages import fields_of, look
from api.console.sessions import new_key
from api.http.parameters import shaped
from api.http.problems import Problem
from ledger.decider import command_name
from projections.diary import DiaryEntry

DIARY = f"{HOME}/diary"
OFFERED = {command_name(one.command): one for one in RECORDINGS}
ACTS = {"done": "complete-diary-entry", "waive": "waive-diary-entry", "back": "withdraw-diary-step"}
ASKED = "asked_"
"""How a form names what the page was asked for, so that it is asked so again."""


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """The diary."""
    return [page(desk, DIARY, "diary", _show), form(desk, DIARY, "see-to", _see_to, again=_again)]


async def _show(visit: Visit) -> Made:
    return await _diary(visit, visit.pairs, {}, None)


async def _diary(visit: Visit, pairs: list[tuple[str, str]], typed: Mapping[str, str], wrong: Problem | None) -> Page:
    """The page as it was asked for; with what was typed at an entry, and what is wrong with it."""
    read = visit.desk.reads["diary"]
    values: dict[str, Any] = {
        "months": (),
        "overdue": (),
        "wrong": wrong,
        "wrong_here": wrong,
        "typed": typed,
        "export": "",
        "pairs": (),
    }
    values["fields"] = list(fields_of(visit, read))
    values["recorded_as"] = dict(pairs).get("recorded_as", "")
    made = Page(template="diary.html", title=visit.say("Diary"), section="dates", values=values)
    made.crumbs = [(visit.say("City"), HOME)]
    asked = [(name, value) for name, value in pairs if name != "recorded_as"]
    try:
        view, found = await look(visit, read, shaped(asked, read.query))
    except Problem as problem:
        if problem.status not in (400, 404):
            raise
        made.status, made.values = problem.status, {**values, "wrong": problem, "wrong_here": problem}
        return made
    rows = [_row(visit, row, view) for row in found.rows or ()]
    late = [row for row in rows if row["entry"].status == "OVERDUE"]
    ahead = [row for row in rows if row["entry"].status != "OVERDUE"]
    made.view = view
    lost = typed.get("entry") not in {row["entry"].entry for row in rows}
    made.status = 200 if wrong is None else wrong.status
    made.values = {
        **values,
        "wrong_here": wrong if lost else None,
        "overdue": late,
        "months": [(month, list(some)) for month, some in groupby(ahead, key=lambda row: str(row["entry"].on)[:7])],
        "export": address(f"{HOME}/reports/diary", dict(asked)),
        "pairs": [(ASKED + name, value) for name, value in asked],
    }
    return made


def _row(visit: Visit, row: DiaryEntry, view: View) -> Mapping[str, Any]:
    """An entry with the commands of its forms; none where the visitor may not, or the view is of another day."""
    assert visit.visitor is not None, "nobody sees it who is not signed in"
    may = visit.visitor.role in WORKERS and of_today(visit, view)
    day = view.basis.effective or date.fromisoformat(view.today)
    acts = (("back", row.decided_on),) if row.decided_on else (("done", day), ("waive", day))
    said = {act: {"command": ACTS[act], "effective_on": str(on), "entry": row.entry} for act, on in acts}
    return {
        "entry": row,
        "says": remark(visit.language, row.says),
        "days": (row.on - day).days,
        "acts": {act: json.dumps(command) for act, command in said.items()} if may else {},
        "key": new_key(),
    }


async def _see_to(visit: Visit, fields: Mapping[str, str]) -> Made:
    asked = _asked(fields)
    try:
        position = await recorded(visit, fields, OFFERED)
    except Problem as problem:
        return await _diary(visit, asked, fields, problem)
    return Elsewhere(to=address(DIARY, {**dict(asked), "wait": position, "recorded_as": position}))


async def _again(visit: Visit, fields: Mapping[str, str], said: str | None) -> Page:
    """The page with the reason that was typed."""
    return await _diary(visit, _asked(fields), fields, Problem("not-allowed", said or ""))


def _asked(fields: Mapping[str, str]) -> list[tuple[str, str]]:
    """Tell what the page was asked for, of which the form is."""
    return [(name.removeprefix(ASKED), value) for name, value in fields.items() if name.startswith(ASKED)]
