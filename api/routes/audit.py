"""For those who check: the event history, one fact as it was sealed, the head of the log, the whole log.

READS        GET /v1/history, /v1/head, /v1/reports/certificates
RECORDINGS   POST /v1/log/certificates
fact_route   GET /v1/facts/{position}: the envelope's bytes as they were hashed, its leaf hash in `Leaf-Hash`
export_log_route   GET /v1/log/export: the whole log as CloudEvents, from a position on, sent as it is read
"""

import re
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from typing import Annotated, Any

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.response import Stream
from msgspec import Meta, Struct, field
from sqlalchemy import Connection, select

from api.formats.sheets import Columns, Report, Sheet
from api.formats.tables import structs_table
from api.http.answers import chosen, respond
from api.http.deadlines import in_time
from api.http.operations import JSON, OVERSEERS, READERS, Operation, route
from api.http.parameters import NoQuery, parameter_invalid, query_of
from api.http.problems import Problem
from api.http.reading import BasisQuery, Found, Limit, Position, Read
from api.http.recording import Recording
from api.http.requests import AnyRequest
from api.routes.histories import any_entry, facts_page
from ledger.decider import Id
from ledger.log import merkle
from ledger.log.certifying import CertifyReadModels
from ledger.log.database import Database, fact
from ledger.log.events import FORMS, NotSoLong, exported
from projections.certificates import CertifiedTable, certificates
from projections.engine.basis import Basis

GROUP = "audit"


class EventsQuery(BasisQuery, frozen=True, kw_only=True):
    """The whole history, sifted; a page of it after a position."""

    company: Id | None = None
    fact: Annotated[str, Meta(max_length=100, description="A stored name, such as company.lead-registered.")] | None = (
        None
    )
    actor: Annotated[str, Meta(max_length=100)] | None = None
    after: Position = 0
    limit: Limit = 100


class Head(Struct, frozen=True):
    """`size` facts are recorded; `root` is the hexadecimal RFC 6962 root hash over their envelopes."""

    size: int
    root: str


def _events(connection: Connection, basis: Basis, query: EventsQuery, _path: Mapping[str, str]) -> Found:
    asked = {"company": query.company, "fact": query.fact, "actor": query.actor}
    return facts_page(connection, basis, query, after=query.after, limit=query.limit, **asked)


def _head(_connection: Connection, basis: Basis, _query: BasisQuery, _path: Mapping[str, str]) -> Found:
    return Found(data=Head(basis.recorded, basis.root))


def _certificates(connection: Connection, basis: Basis, _query: BasisQuery, _path: Mapping[str, str]) -> Found:
    return Found(rows=certificates(connection, basis))


CERTIFICATES_SHOWN = Columns(
    {
        "position": "fact",
        "effective_on": "on",
        "certified_by": "by",
        "occasion": "at a",
        "program": "mcsc",
        "view": "read model",
        "recorded": "as of",
        "outcome": "found",
        "different": "differ",
        "table": "table",
        "rows": "rows",
        "sha256": "sha256",
    },
    texts=("effective_on", "certified_by", "occasion", "program", "view", "outcome", "table", "sha256"),
    plain=("position", "recorded", "different", "rows"),
)


def certificates_sheet(rows: Iterable[CertifiedTable]) -> Sheet:
    """A row for each table that was held against the log, the latest certificate last."""
    return Sheet("Certificates of read models", CERTIFICATES_SHOWN, [CERTIFICATES_SHOWN.line(row) for row in rows])


HISTORY: Read[EventsQuery] = Read(
    name="read-history",
    path="/v1/history",
    summary="What was recorded, when, by whom, through which command.",
    group=GROUP,
    query=EventsQuery,
    ask=_events,
    rows=any_entry(),
    of_log=True,
)
READS: tuple[Read[Any], ...] = (
    HISTORY,
    Read(
        name="read-head",
        path="/v1/head",
        summary="The size and root hash of the log, now or as recorded earlier: write them down elsewhere.",
        group=GROUP,
        query=BasisQuery,
        ask=_head,
        data=Head,
        of_log=True,
    ),
    Read(
        name="report-certificates",
        path="/v1/reports/certificates",
        summary="What was found when read models were held against the log: by whom, as of which position, digests.",
        group=GROUP,
        query=BasisQuery,
        ask=_certificates,
        rows=CertifiedTable,
        table=structs_table(CertifiedTable, left_out=()),
        report=Report(
            name="certificates",
            help="What was found when read models were held against the log (`mcsc check --certify`, `mcsc rebuild`).",
            sheet=certificates_sheet,
        ),
        of_log=True,
    ),
)

RECORDINGS: tuple[Recording, ...] = (
    Recording(
        path="/v1/log/certificates",
        command=CertifyReadModels,
        summary="Record what was found when read models were held against the log.",
        group=GROUP,
        roles=OVERSEERS,
        at="/v1/reports/certificates",
    ),
)


POSITION = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)


def fact_route(database: Database) -> HTTPRouteHandler:
    """The route of one fact, byte for byte."""

    def envelope_at(position: int) -> bytes | None:
        with database.views.connect() as connection:
            query = select(fact.c.envelope).where(fact.c.position == position)
            stored = connection.execute(query).scalar()
        return None if stored is None else bytes(stored)

    async def handler(request: AnyRequest) -> Response[bytes]:
        chosen(request.scope, (JSON,))
        query_of(request, NoQuery)
        written = request.scope["path_params"]["position"]
        stored = await in_time(envelope_at, int(written)) if POSITION.fullmatch(written) else None
        if stored is None:
            raise Problem("not-found", f"No fact is recorded at position {written!r}.")
        response = respond(request, stored, JSON, etag=written)
        response.headers["Leaf-Hash"] = merkle.leaf(stored).hex()
        return response

    operation = Operation(
        name="read-fact",
        summary="One fact in its sealed envelope, byte for byte; SHA-256(0x00 ‖ body) is its `Leaf-Hash`.",
        group=GROUP,
        roles=READERS,
        answers={200: ("The envelope as it was hashed.", {JSON: any_entry()})},
        problems=("not-found", "not-acceptable", "unavailable"),
    )
    return route("GET", "/v1/facts/{position:str}", operation, handler)


# The whole log

ENDINGS = dict(zip(FORMS, ("ndjson", "json"), strict=True))


class ExportQuery(Struct, frozen=True, kw_only=True):
    """The first position that is wanted."""

    from_: Annotated[
        int, Meta(ge=1, le=2**63 - 1, description="The first position wanted; to go on, the one after the last line's.")
    ] = field(default=1, name="from")


def export_log_route(database: Database) -> HTTPRouteHandler:
    """The route of the whole log."""

    async def handler(request: AnyRequest) -> Response[Any]:
        media_type = chosen(request.scope, tuple(FORMS))
        query = query_of(request, ExportQuery)
        file = f"log-from-{query.from_}.{ENDINGS[media_type]}"
        headers = {
            "Cache-Control": "private, no-store",
            "Vary": "Authorization, Accept",
            "Content-Disposition": f'attachment; filename="{file}"',
        }
        pieces = FORMS[media_type](exported(database, query.from_))
        try:
            begun = await in_time(_next, pieces)
        except NotSoLong as error:
            raise parameter_invalid("from", str(error)) from error
        if request.scope["method"] == "HEAD":
            return Response(b"", media_type=media_type, headers=headers)
        return Stream(_sent(begun, pieces), media_type=media_type, headers=headers)

    operation = Operation(
        name="export-log",
        summary="Every fact in its sealed envelope as CloudEvents 1.0, with the answers given; the last is the head.",
        group=GROUP,
        roles=READERS,
        query=ExportQuery,
        answers={200: ("An event for each fact and answer, and the head.", dict.fromkeys(FORMS, str))},
        problems=("not-acceptable", "parameter-invalid", "unavailable"),
    )
    return route("GET", "/v1/log/export", operation, handler)


def _next(pieces: Iterator[bytes]) -> bytes | None:
    return next(pieces, None)


async def _sent(begun: bytes | None, pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """The pieces, each read in a thread once the one before it is on its way."""
    piece = begun
    while piece is not None:
        yield piece
        piece = await in_time(_next, pieces)
