"""Tax invoices at the desk: which documents want one and what they lack; a reply, previewed and recorded.

routes   /desk/fapiao: the requests; /desk/fapiao/requests: the workbook for the tax platform;
         /desk/fapiao/file: a reply, previewed line by line; /desk/fapiao/taken: previewed again, and recorded

Between preview and record the file lies with the evidence files, known by its SHA-256: nothing is recorded of it yet.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct

from api.bookkeeping.fapiao.matching import Given, Matched
from api.bookkeeping.fapiao.reading import LineRule
from api.bookkeeping.fapiao.requests import FapiaoFileQuery, FapiaoRequestsQuery, in_words, made, read_of
from api.console.books.billing import check_may, key_of
from api.console.pages import HOME, Elsewhere, Made, Page, Sent, Visit, address, form, page, upload
from api.console.parts import Desk
from api.console.reports.pages import look
from api.console.sessions import new_key
from api.console.words.refusing import InWords
from api.documents.fapiao_files import READ_S, good_of, read_replies
from api.documents.serving import WRITE_S, attached, keep
from api.documents.shelf import Shelf
from api.formats.files import XLSX
from api.http.answers import respond
from api.http.deadlines import in_time, patiently, within
from api.http.operations import FINANCE
from api.http.parameters import shaped
from api.http.problems import Problem, of_not_done, of_refusal
from api.routes.billing import TAKE_REPLIES
from ledger.billing.invoicing.facts import FapiaoIssued
from ledger.billing.invoicing.replies import TakeFapiaoReplies
from ledger.recording.outcome import NotDone, Previewed, Refused
from projections.engine.basis import Basis

FAPIAO = f"{HOME}/fapiao"
SHOWN = 200
"""Requests, and replies, that a page shows."""
SAID = ("name", "on", "good_rows")


class Replies(Struct, kw_only=True):
    """A reply as it was read, and what of it would be recorded.

    command   None where nothing of it can be; new: the tax invoices that would be recorded
    notes     lines that are left out; bad: lines that are wrong, or that a rule refuses
    """

    fields: Mapping[str, str]
    command: TakeFapiaoReplies | None
    new: Sequence[FapiaoIssued] = ()
    notes: Sequence[LineRule] = ()
    bad: Sequence[LineRule] = ()
    wrong: Problem | None = None


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Those of tax invoices."""
    return [
        page(desk, FAPIAO, "fapiao", _show),
        page(desk, f"{FAPIAO}/requests", "fapiao-requests", _workbook),
        upload(desk, f"{FAPIAO}/file", "fapiao-file", _sent, desk.settings.document_bytes_max),
        form(desk, f"{FAPIAO}/taken", "fapiao-taken", _take, again=_again),
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
    return [in_words(one, chinese=visit.language == "zh") for one in row.lacks]


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
    return await _preview(visit, await _previewed(visit, {**fields, "name": sent.name or "fapiao replies"}, sent.data))


async def _previewed(visit: Visit, fields: Mapping[str, str], data: bytes) -> Replies:
    """Read a reply, keep it where something of it can be recorded, and say what would be."""
    desk, good = visit.desk, bool(fields.get("good_rows"))
    given = Given(name=fields.get("name", ""), on=desk.settings.today(), good_rows=good)
    found: Matched = await within(READ_S, read_replies, desk.database, data, given)
    if found.command is None:
        return Replies(fields=fields, command=None, notes=found.left_out, bad=found.bad)
    kept = await within(WRITE_S, keep, Shelf(Path(desk.settings.documents)), data, desk.settings.document_bytes_max)
    told = Replies(fields={**fields, "sha256": kept.sha256}, command=found.command, notes=found.left_out, bad=found.bad)
    try:
        command, refused = await good_of(desk.recorder, found.command, visit.by)
        if good:
            told.command = command
        told.bad = [*told.bad, *refused]
        if told.command is None or (refused and not good):
            return told
        outcome = (await desk.recorder.record(told.command, visit.by, dry_run=True)).outcome
    except NotDone as error:
        told.wrong = of_not_done(error)
    except Problem as problem:
        told.wrong = problem
    else:
        told.wrong = of_refusal(outcome) if isinstance(outcome, Refused) else None
        facts = outcome.facts if isinstance(outcome, Previewed) else ()
        told.new = [fact for fact in facts if isinstance(fact, FapiaoIssued)]
    return told


async def _preview(visit: Visit, told: Replies, *, key: str = "", problem: Problem | None = None) -> Page:
    wrong, good = problem or told.wrong, bool(told.fields.get("good_rows"))
    said = {(one.invoice, one.number): one for one in told.command.replies} if told.command is not None else {}
    stopped = told.command is None or (bool(told.bad) and not good)
    return Page(
        template="fapiao_reply.html",
        title=visit.say("A reply of the tax platform"),
        section="fapiao",
        crumbs=[(visit.say("City"), HOME), (visit.say("Tax invoices"), FAPIAO)],
        status=422 if stopped else 200 if wrong is None else wrong.status,
        values={
            "fields": told.fields,
            "bad": told.bad,
            "notes": told.notes,
            "stopped": stopped,
            "offered": bool(told.bad) and not good and told.command is not None,
            "new": [(fact, said.get((fact.invoice, fact.number))) for fact in told.new[:SHOWN]],
            "count": len(told.new),
            "known": len(said) - len(told.new),
            "wrong": wrong,
            "key": key or new_key(),
            "back": FAPIAO,
        },
    )


async def _kept(visit: Visit, fields: Mapping[str, str]) -> tuple[dict[str, str], bytes]:
    """What was said beside a file that is kept, and the file. Raises Problem."""
    said = {name: text for name in (*SAID, "sha256") if (text := fields.get(name, "").strip())}
    data, _, _ = await in_time(attached, Shelf(Path(visit.desk.settings.documents)), said.get("sha256", ""))
    return said, data


async def _again(visit: Visit, fields: Mapping[str, str], said: str | None) -> Page:
    """The preview once more: in another language, or for whoever signed in anew meanwhile."""
    check_may(visit, FINANCE)
    problem = InWords("not-allowed", said) if said else None
    return await _preview(visit, await _previewed(visit, *await _kept(visit, fields)), problem=problem)


async def _take(visit: Visit, fields: Mapping[str, str]) -> Made:
    check_may(visit, FINANCE)
    said, data = await _kept(visit, fields)
    if fields.get("_do") == "good":
        said["good_rows"] = "1"
    told = await _previewed(visit, said, data)
    if fields.get("_do") != "record" or told.command is None or not told.new or told.wrong is not None:
        return await _preview(visit, told)
    recorder = visit.desk.recorder
    try:
        answer = await recorder.record(
            told.command, visit.by, key=key_of(visit, fields), data_class=TAKE_REPLIES.about(recorder)
        )
    except NotDone as error:
        return await _preview(visit, told, key=fields.get("key", ""), problem=of_not_done(error))
    if isinstance(answer.outcome, Refused):
        return await _preview(visit, told, problem=of_refusal(answer.outcome))
    position = getattr(answer.outcome, "position", None)
    return Elsewhere(to=address(FAPIAO, {"recorded_as": position or "", "wait": position or 0}))
