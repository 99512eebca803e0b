"""Queries out: one way of reading for every route, as JSON or a table's file, on a basis that the answer names.

Read          what is asked: a function of connection, basis and query, and how its answer becomes a table and a report
BasisQuery    effective, recorded and wait: the parameters of every Read; Position, Limit, Cursor, Positions: of many
ExplainedQuery    those of a report whose cells have receipts, on demand instead of it (receipts.py), and which can be
                  compared with itself on another basis (comparing.py)
Found         an answer: rows or data, its ETag, the page after it
look_up       asks it, for HTTP and the command line alike; whole: the same, and every page after it
as_json       its answer in bytes; json_pieces: pages as one file, written as they are read
filed         an answer as it is written into a table's file, with what the file says of itself
answered      a query answered as JSON or as a table's file
read_route    the route, as JSON and, where it is a table, as a file (CSV) by suffix or Accept
paged         a page of rows, with the cursor of the next one
not_known     what is asked for is not on record

`{"basis": …, "rows" or "data": …}`: asking again with that basis gives the same bytes. Databases are read in threads,
never in the event loop.
"""

import asyncio
import base64
import hashlib
import re
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timezone
from importlib.metadata import version
from itertools import chain
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Generic, TypeVar
from urllib.parse import urlencode

import msgspec
from msgspec import Meta, Struct, structs
from sqlalchemy import Connection

from api.formats.files import TABLE_FORMATS, TableFormat, file_name
from api.formats.sheets import About, Filed, Report
from api.formats.tables import Table, TooLong
from api.http.answers import chosen, encode, respond, withheld
from api.http.bridges.compared import Compared
from api.http.comparing import (
    POINTS,
    Against,
    AgainstEffective,
    CellBridgeAnswer,
    Comparison,
    ComparisonAnswer,
    compare,
    comparison_table,
    two_bases,
)
from api.http.deadlines import in_time, patiently, within
from api.http.names import BY_NAME, check_named
from api.http.operations import ADMINS, JSON, READERS, Operation, Roles, route
from api.http.parameters import Effective, RecordedBy, identifier, parameter_invalid, query_of
from api.http.problems import Problem, unanswered
from api.http.receipts import AfterShare, Explain, Receipt, Receipts, explain
from api.http.requests import AnyRequest, by_of
from api.settings import Settings
from ledger.decider import Id
from ledger.log import store
from ledger.log.database import Database
from projections.engine.basis import BadBasis, Basis, NotYetKnown, resolve
from projections.engine.following import Standing
from projections.engine.view import NotOfThisLog, known_position

if TYPE_CHECKING:
    from litestar import Response
    from litestar.handlers import HTTPRouteHandler

PAGE = {"limit", "cursor", "after"}
"""The parameters that ask for a page of a table; without any, it comes whole."""
PAGE_ROWS = 1000
"""The most rows that are read at once."""
EVERY_ROW = 2**31
"""More rows than there are."""
OF_READS = ("not-acceptable", "read-model-behind", "rows-altered", "unavailable")
FILES = {form.media_type: form for form in TABLE_FORMATS}
_TYPES: Mapping[str, type] = {form.media_type: bytes if form.binary else str for form in TABLE_FORMATS}
_SEGMENT = re.compile(r"\{(\w+):str\}")
RECEIPT_S = 30
"""Seconds in which people get a receipt: the report is asked again after each of its facts."""
ANSWER_S = 4.5
"""Seconds in which a read is answered that waits for a position first, unless the settings let it wait longer."""

Position = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Limit = Annotated[int, Meta(ge=1, le=1000, description="Rows on a page.")]
Cursor = Annotated[str | None, Meta(description="Where the page begins; from the Link header.")]
Positions = Annotated[bool, Meta(description="List the facts behind each row.")]


class BasisQuery(Struct, frozen=True, kw_only=True):
    """The two dates a report stands on, and how far the read models must have come before it is answered.

    names_checked   the question itself says which of the names that are asked for are not on record
    """

    names_checked: ClassVar[bool] = False

    effective: Annotated[
        Effective | None, Meta(description="2026-06-30; 2026-06 (its last day); month-end; now (the default)")
    ] = None
    recorded: Annotated[
        RecordedBy | None,
        Meta(
            description="18204 or #18204 (a position); an instant with its offset; 2026-06-30 (the end of that day);"
            " close:2026-06 (when that month closed last), close:2026-06%231 (when it closed first); now"
        ),
    ] = None
    wait: Annotated[
        Position | None, Meta(description="Answer once this position is known here: read your own writes.")
    ] = None


class ExplainedQuery(BasisQuery, frozen=True, kw_only=True):
    """The query of a report whose cells have receipts."""

    explain: Explain = None
    after_share: AfterShare = 0
    against: Against = None
    against_effective: AgainstEffective = None


def explains(query: BasisQuery) -> bool:
    """Tell whether the receipt of a cell is asked for."""
    return isinstance(query, ExplainedQuery) and query.explain is not None


def compares(query: BasisQuery) -> bool:
    """Tell whether the report is compared with itself on another basis."""
    return isinstance(query, ExplainedQuery) and query.against is not None


B = TypeVar("B", bound=BasisQuery)
T = TypeVar("T")


class Found(Struct, frozen=True, kw_only=True):
    """The answer to a query: `rows`, or else `data`. `etag`: the position of a thing's last step; else its bytes
    give one.

    next    the query parameter, and its value, that asks for the page after this one
    total   how many rows all pages hold, where that is known
    """

    rows: Sequence[Any] | None = None
    data: Any = None
    etag: str | None = None
    next: tuple[str, str | int] | None = None
    total: int | None = None

    @property
    def answer(self) -> Any:
        """The rows or the data."""
        return self.data if self.rows is None else self.rows


class LogBasis(Struct, frozen=True, kw_only=True):
    """The basis of an answer from the log itself, which covers every effective date unless one is asked for."""

    effective: date | None
    recorded: int
    recorded_at: datetime | None
    root: str
    zone: str


class ReceiptAnswer(Struct, frozen=True, kw_only=True):
    """The receipt of a cell, where a report was asked to explain one."""

    basis: Basis
    data: Receipt


Next = Annotated[str | None, Meta(description="Where the next page is; without it, this is the last one.")]
Ask = Callable[[Connection, Basis, B, Mapping[str, str]], Found]


@dataclass(frozen=True)
class Read(Generic[B]):
    """A question that is answered over HTTP, and by `mcsc report` where it has a Report.

    ask         (connection, basis, query, path parameters) -> Found; raises Problem
    rows, data  the type of Found's rows or data, for the documentation
    table       those rows or data -> Table, where the answer also comes in the formats of tables
    report      how `mcsc report` asks and shows it, where it does
    receipts    what its cells rest on, where the query is an ExplainedQuery
    of_log      it reads the log itself, so it is never behind
    """

    name: str
    path: str
    summary: str
    group: str
    query: type[B]
    ask: Ask[B]
    rows: Any = None
    data: Any = None
    table: Callable[[Any], Table] | None = None
    report: Report | None = None
    receipts: Receipts | None = None
    of_log: bool = False
    roles: Roles = READERS
    problems: Sequence[str] = ()

    @property
    def in_pages(self) -> bool:
        """Tell whether its rows come in pages."""
        return "limit" in self.query.__struct_fields__

    @property
    def at_once(self) -> int:
        """The rows that are asked for at once where the answer is wanted whole: what is not rows comes in one piece."""
        return PAGE_ROWS if self.rows else EVERY_ROW

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
        if self.in_pages:
            fields.append(("next", Next, None))
        return msgspec.defstruct(f"{title}Answer", fields)


class Reader:
    """Answers read routes from one database: resolves the basis, waits where asked, asks in a thread."""

    def __init__(self, settings: Settings, database: Database, standing: Standing) -> None:
        self.settings = settings
        self._database = database
        self._standing = standing

    async def find(self, read: Read[B], query: B, path: Mapping[str, str]) -> tuple[Basis | LogBasis, Found]:
        """The basis and what was found on it. Raises Problem."""
        return await self._answered(look_up, read, query, path)

    async def receipt(self, read: Read[B], query: B) -> tuple[Basis | LogBasis, Found]:
        """The receipt of a cell, for people, who wait longer than programs. Raises Problem."""
        return await within(RECEIPT_S, look_up, self.settings, self._database, read, query, {})

    async def find_whole(
        self, read: Read[B], query: B, path: Mapping[str, str]
    ) -> tuple[Basis | LogBasis, Iterator[Found]]:
        """The basis and every page found on it, the first of which is read. Raises Problem."""
        return await self._answered(whole, read, query, path)

    async def _answered(
        self,
        ask: Callable[[Settings, Database, Read[B], B, Mapping[str, str]], T],
        read: Read[B],
        query: B,
        path: Mapping[str, str],
    ) -> T:
        """The answer, in time: to wait for a position first counts towards it. Raises Problem."""
        try:
            async with asyncio.timeout(max(ANSWER_S, self.settings.wait_seconds_max + 0.5)):
                if query.wait is not None and not read.of_log:
                    await self._standing.reached(query.wait, self.settings.wait_seconds_max)
                return await in_time(ask, self.settings, self._database, read, query, path)
        except TimeoutError:
            raise unanswered() from None


def look_up(
    settings: Settings, database: Database, read: Read[B], query: B, path: Mapping[str, str], points: int = POINTS
) -> tuple[Basis | LogBasis, Found]:
    """The basis and what is found on it now: the same for HTTP and the command line. Raises Problem.

    points   what the steps of a comparison may cost
    """
    with database.views.connect() as connection:
        known = store.read_head(connection).size if read.of_log else _known(connection)
        if query.wait is not None and query.wait > known:
            if query.wait > (last := store.read_head(connection).size):
                raise behind(f"position {query.wait} is not on record; the last one is {last}")
            raise behind(f"position {query.wait} is not known here yet, only {known}; ask again shortly")
        if compares(query):
            return _compared(settings, connection, read, query, path, known, points)
        basis = _basis(connection, query, known, settings.time_zone)
        if explains(query):
            return basis, Found(data=explain(read, connection, basis, query, path))
        found = read.ask(connection, basis, query, path)
        if not found.rows and not query.names_checked:
            check_named(connection, basis.recorded, query)
    if not read.of_log:
        return basis, found
    asked = structs.asdict(basis)
    return LogBasis(**asked | {"effective": basis.effective if query.effective is not None else None}), found


def whole(
    settings: Settings, database: Database, read: Read[B], query: B, path: Mapping[str, str], points: int = POINTS
) -> tuple[Basis | LogBasis, Iterator[Found]]:
    """The basis, and every page found on it from the one asked for on, each read when its turn comes."""
    basis, first = look_up(settings, database, read, query, path, points)

    def pages() -> Iterator[Found]:
        found = first
        yield found
        while found.next is not None:
            _, found = look_up(settings, database, read, _after(query, basis, found.next), path)
            yield found

    return basis, pages()


def _after(query: B, basis: Basis | LogBasis, following: tuple[str, str | int]) -> B:
    """The same question on the same basis, from there on."""
    effective = None if basis.effective is None else basis.effective.isoformat()
    at: dict[str, Any] = {"wait": None, "recorded": str(basis.recorded), "effective": effective}
    return structs.replace(query, **at, **dict([following]))


def _known(connection: Connection) -> int:
    try:
        return known_position(connection)
    except NotOfThisLog as error:
        raise behind(str(error)) from error


def _compared(
    settings: Settings,
    connection: Connection,
    read: Read[Any],
    query: Any,
    path: Mapping[str, str],
    known: int,
    points: int,
) -> tuple[Basis, Found]:
    """The basis of now, and how the report on it differs from that on the other basis. Raises Problem."""
    with _well_meant():
        now, then = two_bases(connection, query, known=known, zone=settings.time_zone)
    asked = structs.replace(query, explain=None, against=None, against_effective=None)
    compared = Compared(read, connection, asked, path, then, now)
    return now, Found(data=compare(compared, query.explain, points=points, after=query.after_share))


def _basis(connection: Connection, query: BasisQuery, known: int, zone: timezone) -> Basis:
    asked: dict[str, Any] = {"effective": query.effective, "recorded": query.recorded}
    if isinstance(query, ExplainedQuery) and query.against_effective is not None:
        raise parameter_invalid("against_effective", "is the date of what is compared: say `against` as well")
    with _well_meant():
        return resolve(connection, **asked, today=datetime.now(zone).date(), known=known, zone=zone)


@contextmanager
def _well_meant() -> Iterator[None]:
    """Turn what names no basis into a Problem of its parameter."""
    try:
        yield
    except NotYetKnown as error:
        raise behind(error.detail) from error
    except BadBasis as error:
        raise parameter_invalid(error.field, error.detail) from error


def behind(detail: str) -> Problem:
    """The problem of a position that the read models do not know yet."""
    return Problem("read-model-behind", f"{detail[0].upper()}{detail[1:]}.", headers={"Retry-After": "1"})


# Routes


def read_route(reader: Reader, read: Read[Any]) -> "list[HTTPRouteHandler]":
    """The route, and beside it one for the suffix of each format of tables, such as `….csv`, where it is one."""
    from litestar import Response

    formats = (JSON, *FILES) if read.table else (JSON,)

    def handler_for(formats: Sequence[str]) -> Callable[[AnyRequest], Any]:
        async def handler(request: AnyRequest) -> Response[bytes]:
            media_type = chosen(request.scope, formats)
            query = query_of(request, read.query)
            path = {name: identifier(name, value) for name, value in request.scope["path_params"].items()}
            return await answered(reader, read, request, media_type, query, path)

        return handler

    routes = [route("GET", read.path, _described(read, formats), handler_for(formats))]
    for media_type, form in FILES.items() if read.table else ():
        only = msgspec.structs.replace(_described(read, (media_type,)), name=f"{read.name}-{form.name}")
        routes.append(route("GET", f"{read.path}.{form.name}", only, handler_for((media_type,))))
    return routes


async def answered(
    reader: Reader, read: Read[Any], request: AnyRequest, media_type: str, query: Any, path: Any, role: str = ""
) -> "Response[Any]":
    """The answer as JSON or a table's file; `role`: who asks, where no key says so. Raises Problem."""
    form = FILES.get(media_type)
    if form and explains(query):
        raise parameter_invalid("explain", f"a receipt comes as {JSON} only")
    if form and not compares(query) and read.in_pages and not PAGE & request.query_params.keys():
        return await _file(reader, read, form, request, query, path)
    basis, found = await reader.find(read, query, path)
    request.scope["state"]["position"] = basis.recorded
    if read.of_log and found.rows is not None and (role or by_of(request.scope).role) not in ADMINS:
        found = structs.replace(found, rows=withheld(found.rows))
    link = _next_page(request, basis, found)
    if form:
        body = b"".join(await patiently(list, written(form, filed(reader.settings, read, basis, [found], query, path))))
    else:
        body = as_json(basis, found, link)
    response = respond(request, body, media_type, etag=_etag(basis, found, body), link=link)
    if form:
        part = "_part-more-follows" if found.next else "_part" if PAGE & request.query_params.keys() else ""
        part += _against(found.data) if compares(query) else ""
        response.headers |= _beside_table(read, form, basis, part)
    return response


async def _file(
    reader: Reader, read: Read[Any], form: TableFormat, request: AnyRequest, query: Any, path: Mapping[str, str]
) -> "Response[Any]":
    """The whole answer as one table, sent as it is read, however long it is."""
    basis, pages = await reader.find_whole(read, structs.replace(query, limit=read.at_once), path)
    request.scope["state"]["position"] = basis.recorded
    asked = sorted((name, value) for name, value in request.query_params.items() if name != "wait")
    said = (version("mcsc-ledger"), request.scope["path"], asked, structs.astuple(basis))
    unsent = respond(request, b"", form.media_type, etag=_etag(basis, Found(), repr(said).encode()))
    unsent.headers |= _beside_table(read, form, basis)
    if unsent.status_code != 200:
        return unsent
    pieces = written(form, filed(reader.settings, read, basis, pages, query, path))
    if request.scope["method"] == "HEAD":
        unsent.headers["Content-Length"] = str(await patiently(lambda: sum(map(len, pieces))))
        return unsent
    first = await patiently(next, pieces, b"")  # what cannot be written is said before anything is sent
    from litestar.response import Stream

    return Stream(_in_threads(first, pieces), media_type=form.media_type, headers=unsent.headers)


async def _in_threads(piece: bytes | None, following: Iterator[bytes]) -> AsyncIterator[bytes]:
    while piece is not None:
        yield piece
        piece = await patiently(next, following, None)


def _etag(basis: Basis | LogBasis, found: Found, body: bytes) -> str:
    """Begin with a position, for If-Match: of a thing its last step, else up to which was read. What is told of a thing
    depends on the day as well: a kept answer of yesterday is none of today's."""
    if found.etag is None:
        return f"{basis.recorded}-{hashlib.sha256(body).hexdigest()[:32]}"
    return found.etag if basis.effective is None else f"{found.etag}-{basis.effective}"


def _described(read: Read[Any], formats: Sequence[str]) -> Operation:
    answer = (read.answer, ReceiptAnswer, ComparisonAnswer, CellBridgeAnswer) if read.receipts else read.answer
    types = {media_type: answer if media_type == JSON else _TYPES[media_type] for media_type in formats}
    answers: dict[int, tuple[str, Mapping[str, Any]]] = {
        200: ("The answer, with the basis it rests on.", types),
        304: ("Unchanged since the ETag in If-None-Match.", {}),
    }
    return Operation(
        name=read.name,
        summary=read.summary,
        group=read.group,
        roles=read.roles,
        named=dict.fromkeys(_SEGMENT.findall(read.path), Id),
        query=read.query,
        unasked=() if JSON in formats else ("explain", "after_share"),
        answers=answers,
        problems=(*OF_READS, *_not_found(read), *read.problems),
    )


def _not_found(read: Read[Any]) -> tuple[str, ...]:
    """Add the problem of a name that is not on record, where a filter names something."""
    return ("not-found",) if BY_NAME & {*read.query.__struct_fields__} and "not-found" not in read.problems else ()


def _against(compared: Comparison) -> str:
    """Name a comparison's file by the basis that it is compared with as well."""
    return f"_against-eff-{compared.against.effective}_rec-{compared.against.recorded}"


def written(form: TableFormat, filed: Filed) -> Iterator[bytes]:
    """An answer as a file of this form. Raises Problem."""
    try:
        yield from form.pieces(filed)
    except TooLong as error:
        raise Problem("not-acceptable", f"{error}.") from error


def filed(
    settings: Settings,
    read: Read[B],
    basis: Basis | LogBasis,
    pages: Iterable[Found],
    query: B,
    path: Mapping[str, str],
) -> Filed:
    """An answer, or a comparison, as it is written into a file, with what the file says of itself."""
    compared, standard = compares(query), {field.name: field.default for field in structs.fields(read.query)}
    asked = {
        name: str(value)
        for name, value in structs.asdict(query).items()
        if name not in {*PAGE, "effective", "recorded", "wait", "after_share"} and value != standard[name]
    }
    at = {"recorded": str(basis.recorded)} | ({} if basis.effective is None else {"effective": str(basis.effective)})
    about = About(
        name=read.report.name if read.report else read.path.rpartition("/")[2],
        help=read.report.help if read.report else read.summary,
        asked=dict(path) | asked,
        address=f"{_SEGMENT.sub(lambda segment: path[segment[1]], read.path)}?{urlencode({**asked, **at})}",
        **structs.asdict(basis),
        ledger=settings.ledger,
        invented=settings.data_class == "FICTIONAL",
        made_by=f"mcsc-ledger {version('mcsc-ledger')}",
    )
    assert read.table is not None, "it comes as a table"
    sheet = read.report.sheet if read.report and not compared else None
    table = comparison_table if compared else read.table
    return Filed(pages=(page.answer for page in pages), table=table, sheet=sheet, about=about)


def as_json(basis: Basis | LogBasis, found: Found, following: str | None = None) -> bytes:
    """The answer as JSON: the basis, and the rows or data found on it; `following`: where the next page is."""
    answer: dict[str, Any] = {"basis": basis}
    answer |= {"rows": found.rows} if found.rows is not None else {"data": found.data}
    if found.total is not None:
        answer["total"] = found.total
    if following is not None:
        answer["next"] = following
    return encode(answer)


def json_pieces(basis: Basis | LogBasis, pages: Iterator[Found]) -> Iterator[bytes]:
    """The same JSON, with the rows of every page, a page at a time."""
    first = next(pages)
    if first.rows is None:
        yield as_json(basis, first)
        return
    yield b'{"basis":' + encode(basis) + b',"rows":['
    between = b""
    for page in chain([first], pages):
        if page.rows:
            yield between + encode(page.rows)[1:-1]
            between = b","
    yield b"]" + (b"" if first.total is None else b',"total":' + encode(first.total)) + b"}"


def _beside_table(read: Read[Any], form: TableFormat, basis: Basis | LogBasis, part: str = "") -> dict[str, str]:
    """The basis of a table: in the file's name, which also says that it is a part, and in a header with the root."""
    name = file_name(read.path, form.name, basis.effective, basis.recorded, part)
    stands_on = f"effective={basis.effective}; recorded={basis.recorded}; root={basis.root}"
    return {"Content-Disposition": f'attachment; filename="{name}"', "Basis": stands_on}


def _next_page(request: AnyRequest, basis: Basis | LogBasis, found: Found) -> str | None:
    """Write the address of the next page: the same question on the same basis, from the cursor on."""
    if found.next is None:
        return None
    asked = {name: value for name, value in request.query_params.items() if name != "wait"}
    asked |= {"recorded": str(basis.recorded), found.next[0]: str(found.next[1])}
    if basis.effective is not None:
        asked["effective"] = basis.effective.isoformat()
    return f"{request.scope['path']}?{urlencode(asked)}"


# Pages


def paged(rows: Sequence[Any], limit: int, key: str) -> Found:
    """A page out of one row more than it holds; the next one begins after its last row's key."""
    more, rows = len(rows) > limit, rows[:limit]
    return Found(rows=rows, next=("cursor", _cursor(str(getattr(rows[-1], key)))) if more else None)


def _cursor(after: str) -> str:
    """An opaque place between two rows."""
    return base64.urlsafe_b64encode(after.encode()).decode().rstrip("=")


def not_known(what: str, name: str, basis: Basis) -> Problem:
    """The problem of a name that is not on record, on the basis asked for."""
    when = f"on {basis.effective}, as recorded at position {basis.recorded}"
    return Problem("not-found", f"No {what} {name!r} is known {when}.")
