"""The diary: every date that needs an act, what is overdue first, then month by month.

routes   /desk/diary

An entry is done, or waived with a reason, by a button beside it, and that is taken back by another. The page is one
form, so that no reason typed in it is lost by a button, a refusal or another language.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any

from litestar.handlers import HTTPRouteHandler

from api.agenda.diary import RECORDINGS, WORKERS
from api.console.agenda.forms import REASON, asked_anew, asked_of, of_today, reason_typed, recorded
from api.console.agenda.telling import remark
from api.console.pages import CARRIED, HOME, Elsewhere, Made, Page, View, Visit, address, form, page
from api.console.parts import Desk
from api.console.reports.pages import FROM_ROW, fields_of, look, place_of
from api.console.sessions import new_key
from api.console.words.refusing import InWords
from api.http.parameters import shaped
from api.http.problems import Problem
from ledger.decider import command_name
from projections.diary import DiaryEntry

DIARY = f"{HOME}/diary"
OFFERED = {command_name(one.command): one for one in RECORDINGS}
SHOWN = 100
"""Entries that a page shows; the rest is a page further."""
ACTS = {"done": "complete-diary-entry", "waive": "waive-diary-entry", "back": "withdraw-diary-step"}


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """The diary."""
    return [page(desk, DIARY, "diary", _show), form(desk, DIARY, "see-to", _see_to, again=_again)]


async def _show(visit: Visit) -> Made:
    return await _diary(visit, {}, None)


async def _diary(visit: Visit, typed: Mapping[str, str], wrong: Problem | None, entry: str = "") -> Page:
    """The page as it was asked for, with all that was typed, and what is wrong with what was pressed at an entry."""
    read = visit.desk.reads["diary"]
    values: dict[str, Any] = {
        "months": (),
        "overdue": (),
        "portion": None,
        "wrong": wrong,
        "wrong_here": wrong,
        "typed": typed,
        "entry": entry,
        "export": "",
        "key": (typed.get("key") if wrong is None or wrong.status >= 500 else None) or new_key(),
    }
    values["fields"] = list(fields_of(visit, read))
    values["recorded_as"] = visit.asked.get("recorded_as", "")
    made = Page(template="diary.html", title=visit.say("Diary"), section="dates", values=values)
    made.crumbs = [(visit.say("City"), HOME)]
    asked = [(name, value) for name, value in visit.pairs if name not in ("recorded_as", FROM_ROW)]
    try:
        view, found = await look(visit, read, shaped(asked, read.query))
    except Problem as problem:
        if problem.status not in (400, 404):
            raise
        made.status, made.values = problem.status, {**values, "wrong": problem, "wrong_here": problem}
        return made
    every = sorted(found.rows or (), key=lambda row: row.status != "OVERDUE")
    begin = place_of(visit.asked.get(FROM_ROW))
    rows = [_row(visit, row, view) for row in every[begin : begin + SHOWN]]
    late = sum(row.status == "OVERDUE" for row in every)
    ahead = [row for row in rows if row["entry"].status != "OVERDUE"]
    made.view = view
    lost = entry not in {row["entry"].entry for row in rows}
    made.status = 200 if wrong is None else wrong.status
    made.values = {
        **values,
        "wrong_here": wrong if lost else None,
        "overdue": rows[: len(rows) - len(ahead)],
        "late": late,
        "months": [
            (month, list(some), sum(_month(row) == month for row in every[late:]))
            for month, some in groupby(ahead, key=lambda row: _month(row["entry"]))
        ],
        "portion": _portion(asked, begin, len(every)) if len(rows) < len(every) else None,
        "export": address(f"{HOME}/reports/diary", dict(asked)),
    }
    return made


def _month(row: DiaryEntry) -> str:
    return str(row.on)[:7]


def _portion(asked: Sequence[tuple[str, str]], begin: int, count: int) -> Mapping[str, Any]:
    """The part of a long diary that its page shows, and where the others are."""
    last = min(begin + SHOWN, count)
    return {
        "first": begin + 1,
        "last": last,
        "count": count,
        "more": address(DIARY, {**dict(asked), FROM_ROW: last}) if last < count else None,
        "begin": address(DIARY, dict(asked)) if begin else None,
    }


def _row(visit: Visit, row: DiaryEntry, view: View) -> Mapping[str, Any]:
    """An entry with the commands of its buttons; none where the visitor may not, or the view is of another day."""
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
    }


async def _see_to(visit: Visit, fields: Mapping[str, str]) -> Made:
    visit.pairs = asked_of(fields)
    if (command := fields.get("see_to")) is None:
        names = {*CARRIED, *(field.name for field in fields_of(visit, visit.desk.reads["diary"]))}
        anew = asked_anew(fields, names)
        if anew is None:
            return await _diary(visit, fields, None)
        return Elsewhere(to=address(DIARY, {name: said for name, said in anew.items() if name != FROM_ROW}))
    entry = ""
    try:
        entry, done = _pressed(visit, command)
        digest = hashlib.sha256(command.encode()).hexdigest()[:16]
        said = {"command": command, "key": f"{fields.get('key', '')}-{digest}"}
        if not done:
            said["reason"] = reason_typed(visit, fields.get(f"{REASON}{entry}", ""))
        position = await recorded(visit, said, OFFERED)
    except Problem as problem:
        return await _diary(visit, fields, problem, entry)
    return Elsewhere(to=address(DIARY, {**visit.asked, "wait": position, "recorded_as": position}))


def _pressed(visit: Visit, command: str) -> tuple[str, bool]:
    """The entry that a button is of, and whether it says that it is done, which needs no reason. Raises Problem."""
    try:
        said = json.loads(command)
        return str(said["entry"]), said["command"] == ACTS["done"]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise InWords("body-invalid", visit.say("The form is not whole: reload the page.")) from None


async def _again(visit: Visit, fields: Mapping[str, str], said: str | None) -> Page:
    """The page with the reasons that were typed."""
    visit.pairs = asked_of(fields)
    return await _diary(visit, fields, InWords("not-allowed", said) if said else None)
