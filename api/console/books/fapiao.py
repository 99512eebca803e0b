"""Tax invoices at the desk: which documents want one and what they lack; a reply, previewed and recorded.

routes   /desk/fapiao: the requests; /desk/fapiao/requests: the workbook for the tax platform;
         /desk/fapiao/file: a reply, previewed line by line; /desk/fapiao/taken: previewed again, and recorded

The course of a reply between is that of every file: uploads.py.
"""

import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from litestar import Response
from litestar.handlers import HTTPRouteHandler

from api.bookkeeping.fapiao.matching import Given, Matched
from api.bookkeeping.fapiao.reading import LineRule
from api.bookkeeping.fapiao.requests import FapiaoFileQuery, FapiaoRequestsQuery, in_words, made, read_of
from api.console.books.billing import check_may
from api.console.books.uploads import Course, Sighted, kept_of, preview_again, take_previewed, told_or_wrong, would
from api.console.pages import HOME, Made, Page, Sent, Visit, address, form, page, upload
from api.console.parts import Desk
from api.console.record.labels import title
from api.console.reports.pages import look
from api.console.sessions import new_key
from api.console.words.saying import worded
from api.documents.fapiao_files import READ_S, good_of, read_replies
from api.formats.files import XLSX
from api.http.answers import respond
from api.http.deadlines import patiently, within
from api.http.operations import FINANCE
from api.http.parameters import shaped
from api.http.problems import Problem
from api.routes.billing import TAKE_REPLIES
from ledger.billing.invoicing.facts import FapiaoIssued
from ledger.billing.invoicing.replies import TakeFapiaoReplies
from ledger.recording.outcome import Previewed
from projections.engine.basis import Basis

FAPIAO = f"{HOME}/fapiao"
SHOWN = 200
"""Requests, and replies, that a page shows."""
SAID = ("name", "on", "good_rows")
NAMED = re.compile(r"(?<![\w./-])(?:[a-z]+(?:-[a-z]+)+|[A-Z][A-Z_]{2,})(?![\w./-])")
"""The name of a command, or a code."""


class Replies(Sighted, kw_only=True):
    """A reply as it was read, and what of it would be recorded.

    command   None where nothing of it can be; new: the tax invoices that would be recorded
    notes     lines that are left out; bad: lines that are wrong, or that a rule refuses
    """

    command: TakeFapiaoReplies | None
    new: Sequence[FapiaoIssued] = ()
    notes: Sequence[LineRule] = ()
    bad: Sequence[LineRule] = ()

    @property
    def stopped(self) -> bool:
        """Nothing of it can be recorded, or some lines are wrong and nobody said to leave them out."""
        return self.command is None or (bool(self.bad) and not self.fields.get("good_rows"))

    @property
    def ready(self) -> bool:
        """Nothing keeps it from being recorded."""
        return super().ready and not self.stopped


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Those of tax invoices."""
    return [
        page(desk, FAPIAO, "fapiao", _show),
        page(desk, f"{FAPIAO}/requests", "fapiao-requests", _workbook),
        upload(desk, f"{FAPIAO}/file", "fapiao-file", _sent, desk.settings.document_bytes_max),
        form(
            desk, f"{FAPIAO}/taken", "fapiao-taken", partial(take_previewed, REPLY), again=partial(preview_again, REPLY)
        ),
    ]


# The requests


async def _show(visit: Visit) -> Made:
    asked = [(name, value) for name, value in visit.pairs if name in ("effective", "recorded", "wait")]
    view, found = await look(visit, read_of(visit.desk.settings), shaped(asked, FapiaoRequestsQuery))
    rows = found.data.rows
    return Page(
        template="fapiao.html",
        title=visit.say("Tax invoices"),
        section="fapiao",
        view=view,
        crumbs=[(visit.say("City"), HOME)],
        values={
            "found": found.data,
            "ready": [row for row in rows if not row.lacks][:SHOWN],
            "lacking": [(row, _lacks(visit, row)) for row in rows if row.lacks][:SHOWN],
            "shown": SHOWN,
            "workbook": address(f"{FAPIAO}/requests", visit.carried),
            "may": visit.visitor is not None and visit.visitor.role in FINANCE,
            "recorded_as": visit.asked.get("recorded_as", ""),
        },
    )


def _lacks(visit: Visit, row: Any) -> list[str]:
    """Say what a request lacks; commands are called as their forms are, and codes are said in words."""

    def named(found: re.Match[str]) -> str:
        name = found[0]
        return f"“{title(visit.language, name)}”" if name in visit.desk.recordings else worded(visit.language, name)

    return [NAMED.sub(named, in_words(one, chinese=visit.language == "zh")) for one in row.lacks]


async def _workbook(visit: Visit) -> Response[bytes]:
    asked = [(name, value) for name, value in visit.pairs if name in FapiaoFileQuery.__struct_fields__]
    query = shaped(asked, FapiaoFileQuery)
    basis, found = await visit.desk.reader.find(read_of(visit.desk.settings), query, {})
    assert isinstance(basis, Basis), "it reads read models"
    body = await patiently(partial(made, visit.desk.settings, basis, found.data, query.type))
    response = respond(visit.request, body, XLSX)
    name = f"fapiao-requests_eff-{basis.effective}_rec-{basis.recorded}.xlsx"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


# A reply


async def _sent(visit: Visit, sent: Sent) -> Made:
    check_may(visit, FINANCE)
    fields = {name: text for name in SAID if (text := sent.fields.get(name, "").strip())}
    return _preview(visit, await _previewed(visit, {**fields, "name": sent.name or "fapiao replies"}, sent.data))


async def _previewed(visit: Visit, fields: Mapping[str, str], data: bytes) -> Replies:
    """Read a reply, keep it where something of it can be recorded, and say what would be."""
    desk, good = visit.desk, bool(fields.get("good_rows"))
    given = Given(name=fields.get("name", ""), on=desk.settings.today(), good_rows=good)
    found: Matched = await within(READ_S, read_replies, desk.database, data, given)
    if found.command is None:
        return Replies(fields=fields, command=None, notes=found.left_out, bad=found.bad)
    kept = await kept_of(visit, fields, data)
    told = Replies(fields=kept, command=found.command, notes=found.left_out, bad=found.bad)
    of_rules, told.wrong = await told_or_wrong(good_of(desk.recorder, found.command, visit.by))
    if of_rules is None:
        return told
    command, refused = of_rules
    told.bad = [*told.bad, *refused]
    if good:
        told.command = command
    if told.command is None or (refused and not good):
        return told
    outcome, told.wrong = await would(visit, told.command)
    facts = outcome.facts if isinstance(outcome, Previewed) else ()
    told.new = [fact for fact in facts if isinstance(fact, FapiaoIssued)]
    return told


def _preview(visit: Visit, told: Replies, *, key: str = "", problem: Problem | None = None) -> Page:
    wrong, good = problem or told.wrong, bool(told.fields.get("good_rows"))
    said = {(one.invoice, one.number): one for one in told.command.replies} if told.command is not None else {}
    return Page(
        template="fapiao_reply.html",
        title=visit.say("A reply of the tax platform"),
        section="fapiao",
        crumbs=[(visit.say("City"), HOME), (visit.say("Tax invoices"), FAPIAO)],
        status=422 if told.stopped else 200 if wrong is None else wrong.status,
        values={
            "fields": told.fields,
            "bad": told.bad,
            "notes": told.notes,
            "stopped": told.stopped,
            "offered": bool(told.bad) and not good and told.command is not None,
            "new": [(fact, said.get((fact.invoice, fact.number))) for fact in told.new[:SHOWN]],
            "count": len(told.new),
            "known": len(said) - len(told.new),
            "wrong": wrong,
            "key": key or new_key(),
            "back": FAPIAO,
        },
    )


REPLY = Course(
    recording=TAKE_REPLIES,
    asked=SAID,
    preview=_previewed,
    show=_preview,
    then=lambda _, position: address(FAPIAO, {"recorded_as": position or "", "wait": position or 0}),
)
