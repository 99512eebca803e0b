"""Banks' files over HTTP: one goes in whole, or every wrong line of it is named.

on_record         the profile on record that a name means
bank_file_route   POST /v1/bank-accounts/ACCOUNT/statement-files: as the bank wrote it

A file is read and previewed first; only what would be recorded is kept with the documents, and then recorded.
"""

from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated

import msgspec
from litestar import Response
from litestar.handlers import HTTPRouteHandler
from msgspec import Meta, Struct

from api.bookkeeping.statements.columns import profile_from
from api.bookkeeping.statements.profiles import PROFILES, NotChosen, chosen
from api.bookkeeping.statements.reading import Encoding, Given, taken_from
from api.bookkeeping.statements.rows import Place, StatementFile
from api.bookkeeping.statements.serving import GROUP, TAKE
from api.documents.serving import OCTETS, XLS, XLSX, keep, profile_wrong, recorded_from
from api.documents.shelf import Shelf
from api.http.answers import encode
from api.http.deadlines import within
from api.http.operations import FINANCE, JSON, Operation, route
from api.http.parameters import identifier, query_of
from api.http.problems import DECODING, Fault, Problem
from api.http.reading import BasisQuery, Reader
from api.http.recording import RECORD_PROBLEMS, RECORDED, body_of, check_no_condition, idempotency_key
from api.http.requests import AnyRequest, by_of
from api.settings import Settings
from ledger.bookkeeping.statements.columns import Profile
from ledger.bookkeeping.statements.facts import ProfileVersion
from ledger.bookkeeping.statements.taking import SignedAmount
from ledger.decider import Id, Text
from ledger.recording.asking import Recorder
from ledger.recording.outcome import Done, Previewed
from projections.bank.profiles import ProfileOnRecord

FILES = "/v1/bank-accounts/{bank_account:str}/statement-files"
READ_S = 20
XML, CSV, TEXT = "application/xml", "text/csv", "text/plain"


class StatementFileQuery(Struct, frozen=True, kw_only=True):
    """Beside the file: see `mcsc bank-import --help`. `profile`: of a table, CSV, XLSX or XLS."""

    name: Annotated[Text, Meta(description="The file's name.")] = "bank statement"
    on: Annotated[date | None, Meta(description="The day on which it came; without it, today.")] = None
    profile: Annotated[
        str | None, Meta(description="Of a table: its profile, as JSON; or the name of one on record.")
    ] = None
    encoding: Annotated[Encoding | None, Meta(description="Of MT940 or OFX, where it is no UTF-8.")] = None
    statement: Text | None = None
    from_on: date | None = None
    until_on: date | None = None
    opening: SignedAmount | None = None
    closing: SignedAmount | None = None
    reason: Text | None = None
    dry_run: bool = False


class TakenFile(Struct, frozen=True, kw_only=True):
    """A file as it was taken, or would be: a preview shows every line, and which of them are known.

    left_out   places that are no line: entries that are not booked, batches that stay one line
    """

    outcome: Done | Previewed
    left_out: tuple[Place, ...]


def of_bad(read: StatementFile) -> Problem:
    """The problem that names every wrong line."""
    errors = [Fault(f"line {place.line}: {place.rule}" if place.line else place.rule) for place in read.bad]
    return Problem("bank-file-wrong", f"{len(errors)} wrong lines; nothing was recorded.", errors=errors)


async def _profile(reader: Reader, written: str | None) -> tuple[Profile | None, ProfileVersion | None]:
    """The profile that a parameter says, or names; and which it is of those on record. Raises Problem."""
    if written is None:
        return None, None
    try:
        if written.lstrip().startswith("{"):
            return profile_from(msgspec.json.decode(written)), None
        one = await on_record(reader, written)
    except (*DECODING, NotChosen) as error:
        raise profile_wrong(str(error)) from error
    return one.columns, ProfileVersion(profile=one.profile, version=one.version)


async def on_record(reader: Reader, named: str) -> ProfileOnRecord:
    """The profile on record that a name means. Raises NotChosen."""
    _, found = await reader.find(PROFILES, BasisQuery(), {})
    return chosen(found.data.profiles, named)


async def _given(request: AnyRequest, query: StatementFileQuery, settings: Settings, reader: Reader) -> Given:
    account = identifier("bank_account", request.scope["path_params"]["bank_account"], Id)
    profile, read_by = await _profile(reader, query.profile)
    return Given(
        bank_account=account,
        name=query.name,
        on=query.on or settings.today(),
        profile=profile,
        read_by=read_by,
        encoding=query.encoding,
        statement=query.statement,
        from_on=query.from_on,
        until_on=query.until_on,
        opening=query.opening,
        closing=query.closing,
        reason=query.reason,
    )


def bank_file_route(recorder: Recorder, settings: Settings, reader: Reader) -> HTTPRouteHandler:
    """The route that takes a file."""
    shelf, largest = Shelf(Path(settings.documents)), settings.document_bytes_max

    async def handler(request: AnyRequest) -> Response[bytes]:
        query, by = query_of(request, StatementFileQuery), by_of(request.scope)
        check_no_condition(request.scope)
        key = None if query.dry_run else idempotency_key(request.scope)
        data, _ = await body_of(request, XML, CSV, TEXT, OCTETS, XLSX, XLS)
        given = await _given(request, query, settings, reader)
        read, command = await within(READ_S, taken_from, data, given)
        if command is None:
            raise of_bad(read)
        response, outcome = await recorded_from(recorder, TAKE, command, by, key, partial(keep, shelf, data, largest))
        response.content = encode(TakenFile(outcome=outcome, left_out=read.left_out))
        return response

    operation = Operation(
        name="take-bank-file",
        summary="Record a bank's file: camt, MT940, OFX, or a table by its profile; with dry_run, say what would be.",
        group=GROUP,
        roles=FINANCE,
        named={"bank_account": Id},
        query=StatementFileQuery,
        bodies={XML: bytes, CSV: bytes, TEXT: bytes, OCTETS: bytes, XLSX: bytes, XLS: bytes},
        answers={status: (words, {JSON: TakenFile}) for status, (words, _) in RECORDED.items()},
        problems=(*RECORD_PROBLEMS, "profile-wrong", "bank-file-wrong", "document-not-taken"),
    )
    return route("POST", FILES, operation, handler, request_max_body_size=largest)
