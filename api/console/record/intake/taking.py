"""A file at the desk: chosen, previewed, recorded.

routes   /desk/files: what is taken, and the empty workbook of a park; of each kind the preview, and the record

Between preview and record the file lies with the evidence files, known by its SHA-256: nothing is recorded of it yet.
The form of the preview holds its SHA-256 and all that was said beside it; sent twice, it records once.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct

from api.console.books.billing import check_may, key_of
from api.console.pages import HOME, Elsewhere, Made, Page, Sent, Visit, address, form, page, upload
from api.console.parts import Desk
from api.console.record.intake.kinds import KINDS, METER, PARK, Kind, ShownTable, Told, Wrong, profile_in
from api.console.sessions import new_key
from api.console.words.refusing import InWords
from api.documents.serving import WRITE_S, XLSX, attached, keep
from api.documents.shelf import Shelf
from api.http.deadlines import in_time, within
from api.http.decoding import check_command
from api.http.problems import Problem, of_not_done, of_refusal
from api.intake.taking_over.template import template
from ledger.log.database import Database
from ledger.recording.outcome import NotDone, Previewed, Refused
from projections.engine.names import beginning

FILES = f"{HOME}/files"
TEMPLATE = f"{FILES}/park.xlsx"
OFFERED = 300
"""Meters that the form offers; where there are more the name is typed."""


class FilePreview(Struct, kw_only=True):
    """A file as it was read, and what of it would be recorded.

    new     something would be
    where   what a rule refused, place by place
    wrong   why nothing would be
    """

    fields: Mapping[str, str]
    told: Told
    new: bool = False
    where: Wrong = ()
    tables: Sequence[ShownTable] = ()
    wrong: Problem | None = None


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Those of files."""
    most = desk.settings.document_bytes_max
    made = [page(desk, FILES, "files", _choose), page(desk, TEMPLATE, "files-template", _template)]
    for kind in KINDS:
        made += [
            upload(desk, f"{FILES}/{kind.name}", f"files-{kind.name}", partial(_sent, kind), most),
            form(
                desk,
                f"{FILES}/{kind.name}/taken",
                f"{kind.name}-taken",
                partial(_take, kind),
                again=partial(_again, kind),
            ),
        ]
    return made


def _meters(database: Database) -> list[str]:
    with database.views.connect() as connection:
        return sorted(beginning(connection, "meter", "", OFFERED))


async def _choose(visit: Visit) -> Made:
    role = visit.visitor.role if visit.visitor is not None else None
    done = visit.asked.get("recorded_as", "")
    return Page(
        template="files/choose.html",
        title=visit.say("Meters' files, and a living park"),
        section="files",
        crumbs=[(visit.say("City"), HOME)],
        values={
            "may_meter": role in METER.recording.roles,
            "may_park": role in PARK.recording.roles,
            "meters": await in_time(_meters, visit.desk.database),
            "today": visit.desk.settings.today(),
            "done": done if done.isdigit() else "",
        },
    )


async def _template(visit: Visit) -> Made:
    headers = {"Content-Disposition": 'attachment; filename="park.xlsx"', "Cache-Control": "private, no-store"}
    return Response(await in_time(template), media_type=XLSX, headers=headers)


# What is sent


async def _sent(kind: Kind, visit: Visit, sent: Sent) -> Made:
    """Read the file that was chosen, keep it where it is right, and preview what would be recorded."""
    check_may(visit, kind.recording.roles)
    fields = {name: text for name in kind.asked if (text := sent.fields.get(name, "").strip())}
    fields["name"] = sent.name
    if columns := sent.beside.get("profile_file"):
        fields["profile"] = profile_in(columns)
    return _page(kind, visit, await _previewed(kind, visit, fields, sent.data))


async def _previewed(kind: Kind, visit: Visit, fields: Mapping[str, str], data: bytes) -> FilePreview:
    """Read a file and say what would be recorded of it. Raises Problem where what is said beside it is malformed."""
    desk = visit.desk
    told = await kind.read(visit, fields, data)
    made = FilePreview(fields=fields, told=told)
    if told.command is None:
        return made
    kept = await within(WRITE_S, keep, Shelf(Path(desk.settings.documents)), data, desk.settings.document_bytes_max)
    made.fields = {**fields, "sha256": kept.sha256}
    try:
        check_command(told.command)
        outcome = (await desk.recorder.record(told.command, visit.by, dry_run=True)).outcome
    except NotDone as error:
        made.wrong = of_not_done(error)
    except Problem as problem:
        made.wrong = problem
    else:
        if isinstance(outcome, Refused):
            made.wrong, made.where = of_refusal(outcome), kind.refused(told, outcome)
        else:
            facts = outcome.facts if isinstance(outcome, Previewed) else ()
            made.new, made.tables = bool(facts), await kind.tables(visit, told, facts)
    return made


def _page(kind: Kind, visit: Visit, made: FilePreview, *, key: str = "", problem: Problem | None = None) -> Page:
    wrong, command = problem or made.wrong, made.told.command
    return Page(
        template="files/preview.html",
        title=visit.say(kind.title),
        section="files",
        crumbs=[(visit.say("City"), HOME), (visit.say("Meters' files, and a living park"), FILES)],
        status=422 if command is None else 200 if wrong is None else wrong.status,
        values={
            "kind": kind.name,
            "action": f"{FILES}/{kind.name}/taken",
            "fields": made.fields,
            "bad": made.told.bad or made.where,
            "left_out": made.told.left_out,
            "right": command is not None,
            "new": made.new,
            "wrong": wrong,
            "tables": made.tables,
            "back": FILES,
            "key": key or new_key(),
        },
    )


# What its form asks for


async def _kept(kind: Kind, visit: Visit, fields: Mapping[str, str]) -> tuple[dict[str, str], bytes]:
    """All that was said beside a file that is kept, and the file. Raises Problem."""
    names = (*kind.asked, "name", "profile", "sha256")
    said = {name: text for name in names if (text := fields.get(name, "").strip())}
    data, _, _ = await in_time(attached, Shelf(Path(visit.desk.settings.documents)), said.get("sha256", ""))
    return said, data


async def _again(kind: Kind, visit: Visit, fields: Mapping[str, str], said: str | None) -> Page:
    """The preview once more: in another language, or for whoever signed in anew meanwhile."""
    check_may(visit, kind.recording.roles)
    problem = InWords("not-allowed", said) if said else None
    return _page(kind, visit, await _previewed(kind, visit, *await _kept(kind, visit, fields)), problem=problem)


async def _take(kind: Kind, visit: Visit, fields: Mapping[str, str]) -> Made:
    check_may(visit, kind.recording.roles)
    said, data = await _kept(kind, visit, fields)
    made = await _previewed(kind, visit, said, data)
    if fields.get("_do") != "record" or made.told.command is None or made.wrong is not None:
        return _page(kind, visit, made)
    recorder = visit.desk.recorder
    try:
        answer = await recorder.record(
            made.told.command, visit.by, key=key_of(visit, fields), data_class=kind.recording.about(recorder)
        )
    except NotDone as error:
        return _page(kind, visit, made, key=fields.get("key", ""), problem=of_not_done(error))
    if isinstance(answer.outcome, Refused):
        return _page(kind, visit, made, problem=of_refusal(answer.outcome))
    return Elsewhere(to=address(FILES, {"recorded_as": str(getattr(answer.outcome, "position", "") or "")}))
