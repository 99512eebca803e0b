"""Documents over HTTP: kept by whoever may record, given to whoever may read.

document_routes   POST /v1/documents, GET /v1/documents/SHA256
keep              a file -> what a command says of it; the same for the desk
profile_wrong     what is said of columns is no profile
recorded_from     the answer to a file that was read: previewed, kept, recorded
attached          a document as it is sent: to be saved, never to be shown or run by a browser
"""

from collections.abc import Callable
from pathlib import Path

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct

from api.documents.kinds import NotTaken, in_words, kind_of
from api.documents.shelf import NAME, Kept, Misplaced, Shelf
from api.http.answers import encode, respond
from api.http.deadlines import in_time, within
from api.http.decoding import check_command
from api.http.operations import FINANCE, JSON, READERS, RECORDERS, Operation, route
from api.http.parameters import NoQuery, query_of
from api.http.problems import Fault, Problem
from api.http.recording import Recording, answered, body_of
from api.http.requests import AnyRequest
from api.settings import Settings
from ledger.decider import By, Command
from ledger.recording.asking import Recorder
from ledger.recording.outcome import Done, Previewed, Refused

GROUP = "documents"
OCTETS = "application/octet-stream"
XLSX, XLS = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/vnd.ms-excel"
KEEPERS = RECORDERS | FINANCE
"""Who may keep documents: whoever records what they prove."""
WRITE_S = 30
"""Seconds in which the disk has confirmed a document."""
GUARDED = {"Content-Security-Policy": "default-src 'none'; sandbox", "Cross-Origin-Resource-Policy": "same-origin"}


class KeptDocument(Struct, frozen=True, kw_only=True):
    """A document that is kept: commands name it by `sha256`, in an Evidence beside the `doc` that it is called."""

    sha256: str
    media_type: str
    bytes: int


def keep(shelf: Shelf, data: bytes, largest: int) -> Kept:
    """Keep a document. Raises Problem."""
    if len(data) > largest:
        raise Problem("body-too-large", f"A document has {largest:,} bytes at most; this one has {len(data):,}.")
    try:
        return shelf.put(data)
    except NotTaken as error:
        raise Problem("document-not-taken", f"Nothing was kept: {error}.") from error
    except OSError as error:
        raise Problem("storage-full", f"The document could not be kept: {error.strerror}.") from error


def profile_wrong(detail: str) -> Problem:
    """The problem of a parameter `profile` that says no profile, or names none on record."""
    return Problem("profile-wrong", f"profile: {detail}.", errors=[Fault(detail, parameter="profile")])


async def recorded_from(
    recorder: Recorder,
    recording: Recording,
    command: Command,
    by: By,
    key: str | None,
    keep_file: Callable[[], Kept],
) -> tuple[Response[bytes], Done | Previewed]:
    """The answer to a file that was read: previewed first, then kept, and then recorded. Raises Problem.

    key   None: it is only previewed, and nothing is kept
    """
    check_command(command)
    answer = await recorder.record(command, by, dry_run=True)
    if key is not None and not isinstance(answer.outcome, Refused):
        await within(WRITE_S, keep_file)
        answer = await recorder.record(command, by, key=key, data_class=recording.about(recorder))
    response = answered(recording, command, answer)
    assert not isinstance(answer.outcome, Refused), "answered raises it"
    return response, answer.outcome


def attached(shelf: Shelf, sha256: str) -> tuple[bytes, str, str]:
    """A document, its media type and the name of the file to save it as. Raises Problem."""
    try:
        data = shelf.read(sha256) if NAME.fullmatch(sha256) else None
    except Misplaced as error:
        raise Problem("document-altered", f"The document is not what it was: its SHA-256 is not {sha256}.") from error
    if data is None:
        raise Problem("not-found", f"No document {sha256!r} is kept here; a fact that names it may say where else.")
    kind = kind_of(data)
    return data, kind.media_type, f"{sha256[:16]}.{kind.suffix}"


def document_routes(settings: Settings) -> list[HTTPRouteHandler]:
    """Both routes."""
    shelf, largest = Shelf(Path(settings.documents)), settings.document_bytes_max

    async def taken(request: AnyRequest) -> Response[bytes]:
        query_of(request, NoQuery)
        data, _ = await body_of(request, OCTETS)
        kept = await within(WRITE_S, keep, shelf, data, largest)
        answer = KeptDocument(sha256=kept.sha256, media_type=kept.kind.media_type, bytes=kept.size)
        headers = {"Location": f"/v1/documents/{kept.sha256}"}
        return Response(encode(answer), status_code=201 if kept.new else 200, media_type=JSON, headers=headers)

    async def given(request: AnyRequest) -> Response[bytes]:
        query_of(request, NoQuery)
        sha256 = request.scope["path_params"]["sha256"]
        return sent(request, sha256, await in_time(attached, shelf, sha256))

    keeping = Operation(
        name="keep-document",
        summary=f"Keep a document by its SHA-256, to be named in commands: {in_words()}.",
        group=GROUP,
        roles=KEEPERS,
        bodies={OCTETS: bytes},
        answers={
            201: ("It is kept.", {JSON: KeptDocument}),
            200: ("It was kept already: the same bytes.", {JSON: KeptDocument}),
        },
        problems=("media-type-unsupported", "body-too-large", "document-not-taken", "busy", "storage-full"),
    )
    giving = Operation(
        name="read-document",
        summary="A document that is kept, as a file to be saved; its bytes were held against its SHA-256.",
        group=GROUP,
        roles=READERS,
        answers={200: ("The document.", {OCTETS: bytes}), 304: ("Unchanged since the ETag.", {})},
        problems=("not-found", "document-altered", "unavailable"),
    )
    return [
        route("POST", "/v1/documents", keeping, taken, request_max_body_size=largest),
        route("GET", "/v1/documents/{sha256:str}", giving, given),
    ]


def sent(request: AnyRequest, sha256: str, document: tuple[bytes, str, str]) -> Response[bytes]:
    """A document as a file to be saved."""
    data, media_type, name = document
    response = respond(request, data, media_type, etag=sha256)
    response.headers |= {**GUARDED, "Content-Disposition": f'attachment; filename="{name}"'}
    return response
