"""A file at the desk: chosen, previewed, recorded.

routes   /desk/files: what is taken, and the empty workbook of a park; of each kind the preview, and the record

The course of a file between is that of every file: books/uploads.py.
"""

from collections.abc import Mapping, Sequence
from functools import partial

from litestar import Response
from litestar.handlers import HTTPRouteHandler

from api.console.books.billing import check_may
from api.console.books.uploads import Course, Sighted, kept_of, preview_again, take_previewed, would
from api.console.pages import HOME, Made, Page, Sent, Visit, address, form, page, upload
from api.console.parts import Desk
from api.console.record.intake.kinds import KINDS, METER, PARK, Kind, ShownTable, Told, Wrong, profile_in
from api.console.sessions import new_key
from api.documents.serving import XLSX
from api.http.deadlines import in_time
from api.http.problems import Problem
from api.intake.taking_over.template import template
from ledger.log.database import Database
from ledger.recording.outcome import Previewed, Refused
from projections.engine.names import beginning

FILES = f"{HOME}/files"
TEMPLATE = f"{FILES}/park.xlsx"
OFFERED = 300
"""Meters that the form offers; where there are more the name is typed."""


class FilePreview(Sighted, kw_only=True):
    """A file as it was read, and what of it would be recorded.

    new     something would be
    where   what a rule refused, place by place
    """

    told: Told
    new: bool = False
    where: Wrong = ()
    tables: Sequence[ShownTable] = ()


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Those of files."""
    most = desk.settings.document_bytes_max
    made = [page(desk, FILES, "files", _choose), page(desk, TEMPLATE, "files-template", _template)]
    for kind, course in zip(KINDS, map(_course, KINDS), strict=True):
        made += [
            upload(desk, f"{FILES}/{kind.name}", f"files-{kind.name}", partial(_sent, kind), most),
            form(
                desk,
                f"{FILES}/{kind.name}/taken",
                f"{kind.name}-taken",
                partial(take_previewed, course),
                again=partial(preview_again, course),
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
    told = await kind.read(visit, fields, data)
    made = FilePreview(fields=fields, told=told, command=told.command)
    if told.command is None:
        return made
    made.fields = await kept_of(visit, fields, data)
    outcome, made.wrong = await would(visit, told.command)
    if isinstance(outcome, Refused):
        made.where = kind.refused(told, outcome)
    elif outcome is not None:
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


def _course(kind: Kind) -> Course[FilePreview]:
    """The course of a file of a kind."""
    return Course(
        recording=kind.recording,
        asked=(*kind.asked, "name", "profile"),
        preview=partial(_previewed, kind),
        show=partial(_page, kind),
        then=lambda _, position: address(FILES, {"recorded_as": str(position or "")}),
    )
