"""The tax platform's replies over HTTP: a file goes in whole, or every wrong line of it is named.

read_replies, good_of   a file as rows with their documents; without what a rule refuses
reply_file_route   POST /v1/fapiao-replies/files: as the platform gave it, XLSX or CSV

A file is read and previewed first; only what would be recorded is kept with the documents, and then recorded.
"""

from collections.abc import Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from msgspec import Meta, Struct

from api.bookkeeping.fapiao.matching import Given, Matched, line_of, taken_from, without
from api.bookkeeping.fapiao.reading import LineRule
from api.documents.serving import OCTETS, keep, recorded_from
from api.documents.shelf import Shelf
from api.formats.files import XLSX
from api.http.answers import encode
from api.http.deadlines import within
from api.http.decoding import check_command
from api.http.operations import JSON, Operation, route
from api.http.parameters import query_of
from api.http.problems import Fault, Problem
from api.http.recording import RECORD_PROBLEMS, RECORDED, body_of, check_no_condition, idempotency_key
from api.http.requests import AnyRequest, by_of
from api.routes.billing import TAKE_REPLIES
from api.settings import Settings
from ledger.billing.invoicing.replies import TakeFapiaoReplies
from ledger.decider import By, Text
from ledger.log.database import Database
from ledger.recording.asking import Recorder
from ledger.recording.outcome import Done, Previewed, Refused

FILES = "/v1/fapiao-replies/files"
READ_S = 20
CSV = "text/csv"


class ReplyFileQuery(Struct, frozen=True, kw_only=True):
    """Beside the file: see `mcsc fapiao-import --help`."""

    name: Annotated[Text, Meta(description="The file's name.")] = "fapiao replies"
    on: Annotated[date | None, Meta(description="The day on which it came; without it, today.")] = None
    good_rows: Annotated[bool, Meta(description="Leave wrong and refused lines out, and take the others.")] = False
    dry_run: bool = False


class TakenReplies(Struct, frozen=True, kw_only=True):
    """A file as it was taken, or would be. `left_out`: lines that are no tax invoice that holds (failed, voided); with
    `good_rows` also those that are wrong, or that a rule refuses."""

    outcome: Done | Previewed
    left_out: tuple[LineRule, ...]


async def good_of(
    recorder: Recorder, command: TakeFapiaoReplies, by: By
) -> tuple[TakeFapiaoReplies | None, list[LineRule]]:
    """A command without what a rule refuses of it, and those lines. Raises Problem."""
    check_command(command)
    outcome = (await recorder.record(command, by, dry_run=True)).outcome
    if not isinstance(outcome, Refused) or not outcome.faults:
        return command, []
    return without(command, outcome.faults), [LineRule(*line_of(fault)) for fault in outcome.faults]


def of_bad(found: Matched, notes: Sequence[LineRule]) -> Problem:
    """The problem that names every wrong line."""
    notes = found.bad or notes
    errors = [Fault(f"line {one.line}: {one.rule}" if one.line else one.rule) for one in notes]
    said = f"{len(errors)} wrong lines" if errors else "no tax invoice that holds is in it"
    return Problem("fapiao-file-wrong", f"{said}; nothing was recorded.", errors=errors)


def read_replies(database: Database, data: bytes, given: Given) -> Matched:
    """Read a file and say whose each of its rows is."""
    with database.views.connect() as connection:
        return taken_from(connection, data, given)


def reply_file_route(recorder: Recorder, settings: Settings, database: Database) -> HTTPRouteHandler:
    """The route that takes a file."""
    shelf, largest = Shelf(Path(settings.documents)), settings.document_bytes_max

    async def handler(request: AnyRequest) -> Response[bytes]:
        query, by = query_of(request, ReplyFileQuery), by_of(request.scope)
        check_no_condition(request.scope)
        key = None if query.dry_run else idempotency_key(request.scope)
        data, _ = await body_of(request, XLSX, CSV, OCTETS)
        given = Given(name=query.name, on=query.on or settings.today(), good_rows=query.good_rows)
        found = await within(READ_S, read_replies, database, data, given)
        command, left_out = found.command, [*found.left_out, *found.bad]
        if command is not None and query.good_rows:
            command, refused = await good_of(recorder, command, by)
            left_out += refused
        if command is None:
            raise of_bad(found, left_out)
        file = partial(keep, shelf, data, largest)
        response, outcome = await recorded_from(recorder, TAKE_REPLIES, command, by, key, file)
        response.content = encode(TakenReplies(outcome=outcome, left_out=tuple(left_out)))
        return response

    operation = Operation(
        name="take-fapiao-file",
        summary="Record a reply of the tax platform, XLSX or CSV; with dry_run, say what would be recorded.",
        group=TAKE_REPLIES.group,
        roles=TAKE_REPLIES.roles,
        query=ReplyFileQuery,
        bodies={XLSX: bytes, CSV: bytes, OCTETS: bytes},
        answers={status: (words, {JSON: TakenReplies}) for status, (words, _) in RECORDED.items()},
        problems=(*RECORD_PROBLEMS, "fapiao-file-wrong", "document-not-taken"),
    )
    return route("POST", FILES, operation, handler, request_max_body_size=largest)
