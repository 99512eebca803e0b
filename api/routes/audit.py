"""For those who check: the event history, one fact as it was sealed, the head of the log.

READS        GET /v1/history, /v1/head
fact_route   GET /v1/facts/{position}: the envelope's bytes as they were hashed, its leaf hash in `Leaf-Hash`
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from msgspec import Meta, Struct
from sqlalchemy import Connection, select

from api.http.answers import chosen, respond
from api.http.deadlines import in_time
from api.http.operations import JSON, READERS, Operation, route
from api.http.parameters import NoQuery, query_of
from api.http.problems import Problem
from api.http.reading import BasisQuery, Found, Limit, Position, Read
from api.http.requests import AnyRequest
from api.routes.histories import any_entry, facts_page
from ledger.decider import Id
from ledger.log import merkle
from ledger.log.database import Database, fact
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
