"""Every error as RFC 9457 problem+json: a status, a stable code, a sentence that says what to do.

Problem      raise it anywhere in the edge
KINDS        the edge's own codes, each with its status and meaning; a refusal's code comes from its context
of_refusal, of_not_done, of_decoding    what the ledger or the decoder said -> Problem
handlers     what Litestar raises, and what was not expected -> Problem -> response

    malformed input     400, 406, 408, 413, 415, 431: it never reached the rules
    refusal             404 unknown, 409 conflict, 422 rule: a rule said no, and will say so again
    not done            503, 507: nothing was decided; asking again is safe
    bug                 500: logged with the request id, and nothing of the inside is shown
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from api.http.requests import AnyRequest, request_id
from ledger.log.database import is_unavailable
from ledger.log.outage import log
from ledger.recording.outcome import (
    Busy,
    Changed,
    Faulty,
    KeyReused,
    NotDone,
    Refused,
    StorageFull,
    Unavailable,
    Unknown,
)
from projections.engine.view import RowsAltered

if TYPE_CHECKING:
    from litestar import Response
    from litestar.exceptions import HTTPException
    from litestar.types import ExceptionHandlersMap

MEDIA_TYPE = "application/problem+json"
TYPE = "/docs#"
CLOSING = {"Connection": "close"}
"""The rest of a body is not waited for."""

KINDS: dict[str, tuple[int, str]] = {
    "body-malformed": (400, "The body is not JSON in UTF-8."),
    "body-invalid": (400, "The body is JSON, but not the command it should be; `errors` points at the place."),
    "lines-unread": (400, "Too many lines are malformed. None from this one on was read, or recorded."),
    "lines-invalid": (
        400,
        "Of many commands that are recorded all or none, lines are malformed. `errors` names each wrong line, its field"
        " and rule; those after one were decided as if it were not there. Nothing was recorded.",
    ),
    "parameter-invalid": (400, "A query parameter has a value it cannot take."),
    "parameter-unknown": (400, "A query parameter does not exist here; the known ones are named."),
    "header-invalid": (400, "A request header has a value it cannot take."),
    "idempotency-key-missing": (400, "A request that records needs an Idempotency-Key header."),
    "bad-request": (400, "The request cannot be understood."),
    "not-authenticated": (401, "No valid API key came with the request, nor a token that is taken in its place."),
    "not-allowed": (403, "The key's role may not do this; the roles that may are named."),
    "not-found": (404, "There is nothing at this address."),
    "method-not-allowed": (405, "This address does not take this method; `Allow` names those it takes."),
    "not-acceptable": (406, "The answer does not come in the format that was asked for."),
    "request-timeout": (408, "The request did not come in time. Nothing was recorded."),
    "left-to-bill": (409, "Leases are left to bill for the month that was to be closed; they are named."),
    "left-to-revalue": (409, "Foreign receivables are not remeasured at the end of the month; they are named."),
    "left-to-approve": (409, "Months of energy are not approved for the month that was to be closed; they are named."),
    "secret-shown-once": (409, "This request made a key before. Its secret was shown then and is not kept."),
    "not-proven": (409, "A figure is not what its facts come to, so there is no evidence of it. Please tell us of it."),
    "evidence-too-large": (413, "It rests on more facts than an evidence pack holds."),
    "document-not-taken": (415, "The file is none of the kinds of documents that are kept. It was not kept."),
    "bank-file-wrong": (422, "Lines of the bank's file are wrong: each is named, with the rule. Nothing was recorded."),
    "fapiao-file-wrong": (
        422,
        "Lines of the tax platform's reply are wrong: each is named, with the rule. Nothing was recorded.",
    ),
    "meter-file-wrong": (
        422,
        "Lines of the meter's file are wrong: each is named. Nothing was recorded.",
    ),
    "profile-wrong": (422, "What is said of a file's columns is no profile, or names none on record."),
    "document-altered": (409, "A document no longer holds what its SHA-256 says. It is not given out."),
    "rows-altered": (409, "A read model holds rows that no facts make: one was altered. `mcsc check` names each."),
    "changed-since": (
        412,
        "More was recorded of the thing than the ETag in If-Match knows; or it is not on record, or it is, where"
        " If-Match, or If-None-Match, says `*`. Nothing was recorded.",
    ),
    "body-too-large": (413, "The body is longer, or holds more lines, than this address takes."),
    "media-type-unsupported": (415, "The body's Content-Type is not one that this address reads."),
    "lines-refused": (
        422,
        "Of many commands that are recorded all or none, lines are refused. `errors` names each, its field and rule;"
        " those after one were decided as if it were not there. Nothing was recorded; mended, they go by the same key.",
    ),
    "idempotency-key-reused": (422, "The Idempotency-Key was used for another command."),
    "condition-missing": (
        428,
        "A step on a thing needs If-Match here: the ETag of the thing, or `*`; one that begins a thing may say"
        " If-None-Match: `*`. Nothing was recorded.",
    ),
    "head-too-large": (431, "The request's address and headers are longer than this service takes."),
    "fault": (500, "A fault of ours, written to our log under the request id."),
    "busy": (
        503,
        "Too many commands, long bodies or connections are waiting. Nothing was recorded; ask again after `Retry-After`"
        " seconds.",
    ),
    "unavailable": (503, "The database does not answer, or the ledger cannot record now. Nothing was recorded."),
    "outcome-unknown": (503, "The database did not confirm. Ask again with the same Idempotency-Key to learn more."),
    "read-model-behind": (503, "The read models do not know the position asked for yet. Ask again shortly."),
    "provider-silent": (503, "The keys of the OpenID provider cannot be fetched now. API keys are taken as ever."),
    "storage-full": (507, "No space is left. Nothing was recorded."),
}

REFUSAL_STATUS = {"unknown": 404, "conflict": 409, "rule": 422}

_OF_STATUS = {400: "bad-request", 404: "not-found", 405: "method-not-allowed", 413: "body-too-large"}

_OF_NOT_DONE: dict[type[NotDone], str] = {
    Busy: "busy",
    Unavailable: "unavailable",
    StorageFull: "storage-full",
    Unknown: "outcome-unknown",
    KeyReused: "idempotency-key-reused",
    Changed: "changed-since",
    Faulty: "fault",
}


class Fault(Struct, frozen=True, omit_defaults=True):
    """One place that is wrong: a JSON Pointer into the body, or the name of a query parameter or header.

    Of many commands, the number of the line and the code of its problem; the pointer is into that line.
    """

    detail: str
    pointer: str | None = None
    parameter: str | None = None
    header: str | None = None
    line: int | None = None
    code: str | None = None


class Problem(Exception):
    """An error for the client. `code` is one of KINDS, or a refusal's with its own status."""

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        status: int | None = None,
        errors: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
        identified: bool = True,
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.status = KINDS[code][0] if status is None else status
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.identified = identified

    def document(self, request_id: str | None) -> "Document":
        """The problem as it is sent."""
        return Document(
            type=TYPE + self.code,
            title=title(self.code),
            status=self.status,
            detail=self.detail,
            code=self.code,
            errors=self.errors,
            request_id=request_id if self.identified else None,
        )


class Document(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """RFC 9457 §3.1, with `code`, `errors` and `request_id` as extension members."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: tuple[Fault, ...] = ()
    request_id: str | None = None


def title(code: str) -> str:
    """The title of a code, the same for all of its problems."""
    return code.replace("-", " ").capitalize()


# What the ledger said


def of_refusal(refused: Refused, *, replayed: bool = False) -> Problem:
    """A refusal is kept under its key: the same bytes again, so the request id stays in the header."""
    errors = [Fault(refused.detail, pointer=_pointer(refused.field))] if refused.field else []
    if refused.faults:
        errors = [Fault(fault.detail, pointer=_pointer(fault.field)) for fault in refused.faults]
    headers = {"Idempotent-Replayed": "true"} if replayed else {}
    status = REFUSAL_STATUS[refused.kind]
    return Problem(refused.code, refused.detail, status=status, errors=errors, headers=headers, identified=False)


def _pointer(field: str) -> str:
    """Write the place of a field (`leases[3].company`) as a JSON Pointer."""
    return "/" + field.replace("[", ".").replace("]", "").replace(".", "/")


def of_not_done(error: NotDone) -> Problem:
    """Turn a NotDone into a Problem: nothing was decided, or it is not known."""
    code = _OF_NOT_DONE[type(error)]
    headers = {"Retry-After": "1"} if KINDS[code][0] == 503 else {}
    return Problem(code, str(error), headers=headers)


# What the decoder said

_PLACE = re.compile(r"^(?P<what>.*?)(?: - at `\$(?P<path>[^`]*)`)?$", re.S)
_OLD_COMMAND = re.compile(r"^Invalid value '(?P<name>[a-z-]+)'$")
SUPERSEDED: Mapping[str, str] = {
    "amend-offtake": "propose-offtake-amendment, and somebody else approves it with approve-offtake-amendment",
}
"""Commands that there were, and the way that works instead."""
_FIELD = re.compile(r"^Object (?:contains unknown|missing required) field `(?P<field>.*)`$", re.S)


def pointer(path: str) -> str:
    """The JSON Pointer for msgspec's path: `.a.b[0]` is `/a/b/0`; a key it does not name is `…`."""
    parts = re.findall(r"\.([^.\[]+)|\[(\d+|\.\.\.)\]", path)
    return "".join("/" + (name or index).replace("~", "~0").replace("/", "~1") for name, index in parts)


def fault_of(error: msgspec.ValidationError) -> Fault:
    """Locate a validation error in the document, and say what is wrong there."""
    place = _PLACE.match(str(error))
    assert place is not None
    what, at = place["what"], pointer(place["path"] or "")
    if (old := _OLD_COMMAND.match(what)) and at == "/command" and old["name"] in SUPERSEDED:
        what = f"There is no {old['name']} any more: {SUPERSEDED[old['name']]}"
    if field := _FIELD.match(what):
        at += "/" + field["field"].replace("~", "~0").replace("/", "~1")
    if matching := _PATTERN.match(what):
        what = _meanings().get(matching["pattern"], what)
    return Fault(what, pointer=at)


_PATTERN = re.compile(r"^Expected `str` matching regex (?P<pattern>.*)$", re.S)


@cache
def _meanings() -> dict[str, str]:
    """Describe in words what a text must look like, by its pattern: every described pattern in a command."""
    from ledger.recording.contexts import CONTEXTS

    commands = [command for decider in CONTEXTS for command in decider.commands]
    schemas: list[Any] = [msgspec.json.schema_components(commands)[1]]
    found = {}
    while schemas:
        schema = schemas.pop()
        if isinstance(schema, dict) and "pattern" in schema and "description" in schema:
            found[repr(schema["pattern"])] = f"Expected: {schema['description'].rstrip('.')}"
        schemas += schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else []
    return found


def of_decoding(error: Exception) -> Problem:
    """Turn what a decoder raised on a body into a Problem; raise again what no decoder raises."""
    if isinstance(error, msgspec.ValidationError):
        fault = fault_of(error)
        where = f" at {fault.pointer}" if fault.pointer else ""
        return Problem("body-invalid", f"The body does not fit{where}: {fault.detail}.", errors=[fault])
    if isinstance(error, RecursionError):
        return Problem("body-malformed", "The body is nested too deeply.")
    if isinstance(error, UnicodeDecodeError):
        return Problem("body-malformed", "The body is not UTF-8.")
    if isinstance(error, msgspec.DecodeError):
        return Problem("body-malformed", f"The body is not JSON: {error}.")
    raise error


DECODING = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)
"""All that a decoder raises on a hostile body."""


# What Litestar raised, and what was not expected


def respond(request: AnyRequest, problem: Problem) -> "Response[bytes]":
    """The problem as a response."""
    body = msgspec.json.encode(problem.document(request_id(request.scope)))
    from litestar import Response

    headers = {"Cache-Control": "no-store", **problem.headers}
    return Response(body, status_code=problem.status, media_type=MEDIA_TYPE, headers=headers)


def _problem(request: AnyRequest, problem: Problem) -> "Response[bytes]":
    if problem.status == 500:
        log.error("fault", request=request_id(request.scope), path=request.scope["path"], code=problem.code)
    return respond(request, problem)


def _http(request: AnyRequest, error: "HTTPException") -> "Response[bytes]":
    code = _OF_STATUS.get(error.status_code, "bad-request" if error.status_code < 500 else "fault")
    if error.status_code >= 500:
        return _unexpected(request, error)
    headers = {name: value for name, value in (error.headers or {}).items() if name.lower() == "allow"}
    detail = KINDS[code][1]
    if code == "body-too-large":
        detail = f"The body is longer than the {_body_bytes_max(request):,} bytes that this address takes."
    return respond(request, Problem(code, detail, status=error.status_code, headers=headers))


def _body_bytes_max(request: AnyRequest) -> int:
    limit = request.route_handler.resolve_request_max_body_size()
    assert isinstance(limit, int), "every address has a limit"
    return limit


def _unexpected(request: AnyRequest, error: Exception) -> "Response[bytes]":
    log.error("fault", request=request_id(request.scope), path=request.scope["path"], exc_info=error)
    detail = "A fault of ours. Nothing was recorded by this request unless its outcome said so; tell us the request id."
    if request.scope.get("method") == "GET":
        detail = (
            "A fault of ours, or an altered row of a read model: `mcsc check` names it; else tell us the request id."
        )
    return respond(request, Problem("fault", detail))


def _unanswered(request: AnyRequest, error: DBAPIError | PoolTimeout) -> "Response[bytes]":
    """A database that is gone, silent, or too busy is no fault of ours; what it says of our statements is."""
    if isinstance(error, DBAPIError) and not is_unavailable(error):
        return _unexpected(request, error)
    log.error("the database does not answer", request=request_id(request.scope), path=request.scope["path"])
    return respond(request, unanswered())


def unanswered() -> Problem:
    """The problem of a database that did not answer a question."""
    return Problem("unavailable", "The database did not answer; ask again shortly.", headers={"Retry-After": "1"})


def _altered(request: AnyRequest, error: RowsAltered) -> "Response[bytes]":
    log.error("a read model was altered", request=request_id(request.scope), path=request.scope["path"], exc_info=error)
    return respond(request, Problem("rows-altered", f"{KINDS['rows-altered'][1]} Found in {error}."))


def _not_done(request: AnyRequest, error: NotDone) -> "Response[bytes]":
    return _problem(request, of_not_done(error))


def handlers() -> "ExceptionHandlersMap":
    """Answer what Litestar raises, and what was not expected, with the response of each kind."""
    from litestar.exceptions import HTTPException

    return {
        Problem: _problem,
        NotDone: _not_done,
        RowsAltered: _altered,
        HTTPException: _http,
        DBAPIError: _unanswered,
        PoolTimeout: _unanswered,
        Exception: _unexpected,
    }
