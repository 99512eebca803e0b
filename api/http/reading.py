"""Queries out: one way of reading for every route, as JSON or CSV, on a basis that the answer names.

Read          what a route asks: a function of connection, basis and query, and how its answer becomes a table
look_up       asks it, for HTTP and the command line alike; as_json, as_csv: its answer in bytes
read_route    the route, as JSON and, where it is a table, as CSV by suffix or Accept
BasisQuery    effective, recorded and wait: the parameters of every read
Found         an answer: rows or data, its ETag, the cursor of the next page

`{"basis": …, "rows" or "data": …}`: asking again with that basis gives the same bytes. Databases are read in threads,
never in the event loop.
"""

import asyncio
import base64
import binascii
import hashlib
import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from csv import writer
from dataclasses import dataclass
from datetime import date, datetime, timezone
from typing import Annotated, Any, Generic, TypeVar
from urllib.parse import urlencode

import msgspec
from litestar import Request, Response
from litestar.handlers import HTTPRouteHandler
from litestar.types import Scope
from msgspec import Meta, Struct, structs
from sqlalchemy import Connection

from api.http.operations import (
    CSV,
    JSON,
    READERS,
    Operation,
    Roles,
    header,
    identifier,
    parameter_invalid,
    query_of,
    route,
)
from api.http.problems import Problem
from api.settings import Settings
from ledger.log import store
from ledger.log.database import Database
from projections.engine.basis import BadBasis, Basis, NotYetKnown, resolve
from projections.engine.runner import Standing
from projections.engine.view import NotOfThisLog, known_position

WAITERS = 64
AnyRequest = Request[Any, Any, Any]
encode = msgspec.json.Encoder().encode

Position = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Limit = Annotated[int, Meta(ge=1, le=1000, description="Rows on a page.")]


class BasisQuery(Struct, frozen=True, kw_only=True):
    """The two dates a report stands on, and how far the read models must have come before it is answered."""

    effective: Annotated[
        str | None, Meta(description="2026-06-30; 2026-06 (its last day); month-end; now (the default)")
    ] = None
    recorded: Annotated[
        str | None,
        Meta(
            description="18204 or #18204 (a position); an instant with its offset; 2026-06-30 (the end of that day);"
            " close:2026-06 (when that month closed last); now"
        ),
    ] = None
    wait: Annotated[
        Position | None, Meta(description="Answer once this position is known here: read your own writes.")
    ] = None


B = TypeVar("B", bound=BasisQuery)


class Found(Struct, frozen=True, kw_only=True):
    """What a query found: `rows`, or else `data`. Without an `etag` the answer's bytes give one.

    next    the query parameter, and its value, that asks for the page after this one
    """

    rows: Sequence[Any] | None = None
    data: Any = None
    etag: str | None = None
    next: tuple[str, str] | None = None
    total: int | None = None


class LogBasis(Struct, frozen=True, kw_only=True):
    """The basis of an answer from the log itself, which covers every effective date unless one is asked for."""

    effective: date | None
    recorded: int
    recorded_at: datetime | None
    root: str
    zone: str


@dataclass(frozen=True)
class Read(Generic[B]):
    """What a read route is.

    ask         (connection, basis, query, path parameters) -> Found; raises Problem
    rows, data  the type of Found's rows or data, for the documentation
    table       Found -> (header, rows) where the answer also comes as CSV
    of_log      it reads the log itself, so it is never behind
    """

    name: str
    path: str
    summary: str
    group: str
    query: type[B]
    ask: Callable[[Connection, Basis, B, Mapping[str, str]], Found]
    rows: Any = None
    data: Any = None
    table: "Callable[[Found], tuple[Sequence[str], Iterable[Sequence[Any]]]] | None" = None
    of_log: bool = False
    roles: Roles = READERS
    problems: Sequence[str] = ()

    @property
    def answer(self) -> type[Struct]:
        """The type of the JSON answer, for the documentation."""
        basis = LogBasis if self.of_log else Basis
        title = "".join(word.capitalize() for word in self.name.split("-"))
        row: Any = self.rows
        what: Any = ("rows", tuple[row, ...]) if row else ("data", self.data)
        fields: list[Any] = [("basis", basis), what]
        if self.rows and self.of_log:
            fields.append(("total", int | None, None))
        return msgspec.defstruct(f"{title}Answer", fields)


class Reader:
    """Answers read routes from one database: resolves the basis, waits where asked, asks in a thread."""

    def __init__(self, settings: Settings, database: Database, standing: Standing) -> None:
        self._settings = settings
        self._database = database
        self._standing = standing
        self._waiters = ThreadPoolExecutor(WAITERS, thread_name_prefix="wait")

    def close(self) -> None:
        """Let the waiting threads go."""
        self._waiters.shutdown(wait=False)

    async def find(self, read: Read[B], query: B, path: Mapping[str, str]) -> tuple[Basis | LogBasis, Found]:
        """The basis and what was found on it. Raises Problem."""
        if query.wait is not None and not read.of_log:
            await self._wait_for(query.wait)
        return await asyncio.to_thread(look_up, self._settings, self._database, read, query, path)

    async def _wait_for(self, position: int) -> None:
        if self._standing.position >= position:
            return
        loop, seconds = asyncio.get_running_loop(), self._settings.wait_seconds_max
        await loop.run_in_executor(self._waiters, self._standing.wait_for, position, seconds)


def look_up(
    settings: Settings, database: Database, read: Read[B], query: B, path: Mapping[str, str]
) -> tuple[Basis | LogBasis, Found]:
    """The basis and what is found on it now: the same for HTTP and the command line. Raises Problem."""
    with database.views.connect() as connection:
        known = store.read_head(connection).size if read.of_log else _known(connection)
        if query.wait is not None and query.wait > known:
            raise behind(f"position {query.wait} is not known here yet, only {known}; ask again shortly")
        basis = _basis(connection, query, known, settings.time_zone)
        found = read.ask(connection, basis, query, path)
    if not read.of_log:
        return basis, found
    asked = structs.asdict(basis)
    return LogBasis(**asked | {"effective": basis.effective if query.effective is not None else None}), found


def _known(connection: Connection) -> int:
    try:
        return known_position(connection)
    except NotOfThisLog as error:
        raise behind(str(error)) from error


def _basis(connection: Connection, query: BasisQuery, known: int, zone: timezone) -> Basis:
    asked: dict[str, Any] = {"effective": query.effective, "recorded": query.recorded}
    try:
        return resolve(connection, **asked, today=datetime.now(zone).date(), known=known, zone=zone)
    except NotYetKnown as error:
        raise behind(error.detail) from error
    except BadBasis as error:
        raise parameter_invalid(error.field, error.detail) from error


def behind(detail: str) -> Problem:
    """The read models do not know that position yet."""
    return Problem("read-model-behind", f"{detail[0].upper()}{detail[1:]}.", headers={"Retry-After": "1"})


# Routes


def read_route(reader: Reader, read: Read[Any]) -> list[HTTPRouteHandler]:
    """The route, and beside it `….csv` where the answer is a table."""
    formats = (JSON, CSV) if read.table else (JSON,)
    operation = _described(read, formats)

    def handler_for(formats: Sequence[str]) -> Callable[[AnyRequest], Any]:
        async def handler(request: AnyRequest) -> Response[bytes]:
            media_type = chosen(request.scope, formats)
            query = query_of(request, read.query)
            path = {name: identifier(name, value) for name, value in request.scope["path_params"].items()}
            basis, found = await reader.find(read, query, path)
            body = as_csv(read, found) if media_type == CSV else as_json(basis, found)
            response = respond(request, found, body, media_type, _next_page(request, basis, found))
            if media_type == CSV:
                response.headers |= _beside_table(read, basis)
            return response

        return handler

    routes = [route("GET", read.path, operation, handler_for(formats))]
    if read.table:
        only_csv = msgspec.structs.replace(_described(read, (CSV,)), name=f"{read.name}-csv")
        routes.append(route("GET", f"{read.path}.csv", only_csv, handler_for((CSV,))))
    return routes


def _described(read: Read[Any], formats: Sequence[str]) -> Operation:
    types = {media_type: read.answer if media_type == JSON else str for media_type in formats}
    answers: dict[int, tuple[str, Mapping[str, Any]]] = {
        200: ("The answer, with the basis it rests on.", types),
        304: ("Unchanged since the ETag in If-None-Match.", {}),
    }
    return Operation(
        name=read.name,
        summary=read.summary,
        group=read.group,
        roles=read.roles,
        query=read.query,
        answers=answers,
        problems=("not-acceptable", "read-model-behind", *read.problems),
    )


def chosen(scope: Scope, formats: Sequence[str]) -> str:
    """The format to answer in, by Accept (RFC 9110 §12.5.1); the first where it does not matter. Raises Problem."""
    accept = header(scope, b"accept")
    if not accept:
        return formats[0]
    wanted = {media_type: _quality(accept, media_type) for media_type in formats}
    best = max(formats, key=lambda media_type: wanted[media_type])
    if wanted[best] <= 0:
        raise Problem("not-acceptable", f"This answer comes as {' or '.join(formats)}; Accept asks for {accept!r}.")
    return best


_QUALITY = re.compile(r"q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$", re.ASCII)


def _quality(accept: str, media_type: str) -> int:
    """How much a format is wanted, in thousandths: what the most specific range that covers it says."""
    ranges = (media_type, media_type.split("/")[0] + "/*", "*/*")
    said: dict[str, int] = {}
    for part in accept.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        weight = next((match[1] for piece in parameters if (match := _QUALITY.match(piece))), "1")
        said[name] = int(weight.replace(".", "").ljust(4, "0")[:4])
    return next((said[wanted] for wanted in ranges if wanted in said), 0)


def as_json(basis: Basis | LogBasis, found: Found) -> bytes:
    """The answer as JSON: the basis, and the rows or data found on it."""
    answer: dict[str, Any] = {"basis": basis}
    answer |= {"rows": found.rows} if found.rows is not None else {"data": found.data}
    if found.total is not None:
        answer["total"] = found.total
    return encode(answer)


def respond(request: AnyRequest, found: Found, body: bytes, media_type: str, link: str | None) -> Response[bytes]:
    """What was found; 304 where the client has it already."""
    etag = f'"{found.etag or hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache", "Vary": "Authorization, Accept"}
    if link is not None:
        headers["Link"] = link
    if _matches(header(request.scope, b"if-none-match"), etag):
        return Response(b"", status_code=304, media_type=media_type, headers=headers)
    if request.scope["method"] == "HEAD":
        headers["Content-Length"] = str(len(body))
        body = b""
    return Response(body, status_code=200, media_type=media_type, headers=headers)


def _matches(written: str | None, etag: str) -> bool:
    """Weak comparison, RFC 9110 §13.1.2."""
    if written is None:
        return False
    return written.strip() == "*" or etag in {tag.strip().removeprefix("W/") for tag in written.split(",")}


def _next_page(request: AnyRequest, basis: Basis | LogBasis, found: Found) -> str | None:
    """The Link header: the same question on the same basis, from the cursor on."""
    if found.next is None:
        return None
    asked = {name: value for name, value in request.query_params.items() if name != "wait"}
    asked |= {"recorded": str(basis.recorded), found.next[0]: found.next[1]}
    if basis.effective is not None:
        asked["effective"] = basis.effective.isoformat()
    return f'<{request.scope["path"]}?{urlencode(asked)}>; rel="next"'


def cursor(after: str) -> str:
    """An opaque place between two rows."""
    return base64.urlsafe_b64encode(after.encode()).decode().rstrip("=")


def place(written: str | None) -> str | None:
    """What cursor() was given. Raises Problem."""
    if written is None:
        return None
    try:
        return base64.b64decode(written + "=" * (-len(written) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise parameter_invalid("cursor", "is none that this service gave; take it from a Link header") from None


# CSV

BOM = "\ufeff"
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(read: Read[Any], found: Found) -> bytes:
    """RFC 4180 with a byte order mark; text that a spreadsheet would take for a formula begins with an apostrophe."""
    assert read.table is not None
    names, rows = read.table(found)
    return (BOM + csv_lines([names, *rows])).encode()


def csv_lines(rows: Iterable[Sequence[Any]]) -> str:
    """Rows as lines of CSV."""
    out = io.StringIO()
    writer(out, lineterminator="\r\n").writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue()


NUMBER = re.compile(r"-[0-9]+(\.[0-9]+)?", re.ASCII)


def _cell(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(FORMULA) and not NUMBER.fullmatch(value):
        return "'" + value
    return value


def _beside_table(read: Read[Any], basis: Basis | LogBasis) -> dict[str, str]:
    """A table has no room for its basis: the file's name carries it, and a header with the root."""
    noun = read.path.rpartition("/")[2]
    name = f"{noun}_eff-{basis.effective}_rec-{basis.recorded}.csv"
    stands_on = f"effective={basis.effective}; recorded={basis.recorded}; root={basis.root}"
    return {"Content-Disposition": f'attachment; filename="{name}"', "Basis": stands_on}


def structs_table(shape: type[Struct]) -> Callable[[Found], tuple[Sequence[str], Iterable[Sequence[Any]]]]:
    """A table of flat Structs: their fields, in order."""
    names = shape.__struct_fields__

    def table(found: Found) -> tuple[Sequence[str], Iterable[Sequence[Any]]]:
        return names, ([getattr(row, name) for name in names] for row in found.rows or ())

    return table
