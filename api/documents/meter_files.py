"""Meters' files over HTTP: one goes in whole, or every wrong line of it is named.

meter_file_route   POST /v1/meters/METER/interval-files: as the meter, the market or the grid company wrote it

A file is read and previewed first, with what is doubtful of it against what is recorded; only what would be recorded
is kept with the documents, and then recorded.
"""

from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated

import msgspec
from litestar import Response
from litestar.handlers import HTTPRouteHandler
from msgspec import Meta, Struct

from api.documents.serving import OCTETS, XLS, XLSX, keep, profile_wrong, recorded_from
from api.documents.shelf import Shelf
from api.http.answers import encode
from api.http.deadlines import in_time, within
from api.http.operations import JSON, Operation, route
from api.http.parameters import identifier, query_of
from api.http.problems import DECODING, Fault, Problem
from api.http.recording import RECORD_PROBLEMS, RECORDED, body_of, check_no_condition, idempotency_key
from api.http.requests import AnyRequest, by_of
from api.intake.metering.profile import Profile
from api.intake.metering.reading import Given, taken_from
from api.intake.metering.rows import IntervalFile, LineNote
from api.routes.offtake import GROUP, METERS, RECORD_INTERVALS
from api.settings import Settings
from ledger.decider import Id, Text
from ledger.log.database import Database
from ledger.offtake.meters.metering import RecordIntervals
from ledger.recording.asking import Recorder
from ledger.recording.outcome import Done, Previewed
from projections.deals.metering import FileDoubt, checked_with

FILES = f"{METERS}/{{meter:str}}/interval-files"
READ_S = 20
XML, CSV = "application/xml", "text/csv"


class MeterFileQuery(Struct, frozen=True, kw_only=True):
    """Beside the file: see `mcsc meter-import --help`."""

    name: Annotated[Text, Meta(description="The file's name.")] = "meter file"
    on: Annotated[date | None, Meta(description="The day on which it came; without it, today.")] = None
    profile: Annotated[str | None, Meta(description="What the file means, as JSON.")] = None
    number: Annotated[Text | None, Meta(description="Of a file of several meters: which one, as it names it.")] = None
    reason: Text | None = None
    dry_run: bool = False


class TakenIntervals(Struct, frozen=True, kw_only=True):
    """A file as it was taken, or would be.

    doubts     what somebody should look at: gaps, spikes, zeros, sums that differ from the register
    left_out   places that are no interval, or were read in a way that nobody could know without being told
    """

    outcome: Done | Previewed
    left_out: tuple[LineNote, ...]
    doubts: tuple[FileDoubt, ...]


def _of_bad(read: IntervalFile) -> Problem:
    """The problem that names every wrong line."""
    errors = [Fault(f"line {place.line}: {place.rule}" if place.line else place.rule) for place in read.bad]
    return Problem("meter-file-wrong", f"{len(errors)} wrong lines; nothing was recorded.", errors=errors)


def _given(request: AnyRequest, query: MeterFileQuery, settings: Settings) -> Given:
    try:
        profile = Profile() if query.profile is None else msgspec.json.decode(query.profile, type=Profile)
    except DECODING as error:
        raise profile_wrong(str(error)) from error
    return Given(
        meter=identifier("meter", request.scope["path_params"]["meter"], Id),
        name=query.name,
        on=query.on or settings.today(),
        profile=profile,
        number=query.number,
        reason=query.reason,
    )


def _doubts(database: Database, command: RecordIntervals) -> tuple[FileDoubt, ...]:
    with database.views.connect() as connection:
        return checked_with(connection, command)


def meter_file_route(recorder: Recorder, settings: Settings, database: Database) -> HTTPRouteHandler:
    """The route that takes a file."""
    shelf, largest = Shelf(Path(settings.documents)), settings.document_bytes_max

    async def handler(request: AnyRequest) -> Response[bytes]:
        query, by = query_of(request, MeterFileQuery), by_of(request.scope)
        check_no_condition(request.scope)
        key = None if query.dry_run else idempotency_key(request.scope)
        data, _ = await body_of(request, XML, CSV, OCTETS, XLSX, XLS)
        given = _given(request, query, settings)
        read, command = await within(READ_S, taken_from, data, given, settings.time_zone)
        if command is None:
            raise _of_bad(read)
        doubts = await in_time(_doubts, database, command)
        response, outcome = await recorded_from(
            recorder, RECORD_INTERVALS, command, by, key, partial(keep, shelf, data, largest)
        )
        response.content = encode(TakenIntervals(outcome=outcome, left_out=read.left_out, doubts=doubts))
        return response

    operation = Operation(
        name="take-meter-file",
        summary="Record a meter's file, a table, NEM12, Green Button, MSCONS; dry_run: say what would be recorded.",
        group=GROUP,
        roles=RECORD_INTERVALS.roles,
        named={"meter": Id},
        query=MeterFileQuery,
        bodies={XML: bytes, CSV: bytes, OCTETS: bytes, XLSX: bytes, XLS: bytes},
        answers={status: (words, {JSON: TakenIntervals}) for status, (words, _) in RECORDED.items()},
        problems=(*RECORD_PROBLEMS, "profile-wrong", "meter-file-wrong", "document-not-taken"),
    )
    return route("POST", FILES, operation, handler, request_max_body_size=largest)
