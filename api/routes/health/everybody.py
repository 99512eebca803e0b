"""The routes that are open to everybody: is it well, how does one begin, what is there.

health_route      GET /health
document_routes   GET / (a landing page), /openapi.json; DOCS: /docs, which api/console/handbook.py answers
"""

import asyncio
import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any, Literal

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from msgspec import Meta, Struct
from msgspec.structs import replace

from api.http import openapi, pages
from api.http.answers import encode
from api.http.operations import HTML, JSON, Handler, Operation, route
from api.http.parameters import NoQuery, query_of
from api.http.requests import AnyRequest
from api.settings import FREE_BYTES_MIN, MAKE_ROOM, NAMES_TRUSTED, Settings
from ledger.log.database import STANDBY, Database, is_standby
from ledger.log.outage import log, waiting_at_most
from ledger.log.store import Head, read_head
from ledger.recording.asking import Recorder
from ledger.recording.clock import Clock, Jumped, lead, said_of
from projections.engine.following import Standing, ViewHealth

ANSWERS_S = 2.0
GROUP = "open"
CACHE = {"Cache-Control": "no-cache"}
PAGE_HEADERS = {**CACHE, "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}


class Health(Struct, frozen=True, kw_only=True):
    """ok: everything works. degraded: a read model stands still or is behind, or the
    log is ahead of the clock. failing (503): nothing can be recorded, or asked where one only asks.

    recording   `ok`, or why nothing can be recorded
    head        the latest recorded position; null where the database does not answer
    queue       commands waiting
    clock       `ok`, or by what the log is ahead of it: then facts do not bear the instant at which they are recorded
    warnings    what is not as it should be where people's money is at stake, though everything works
    """

    status: Literal["ok", "degraded", "failing"]
    recording: str
    head: int | None
    queue: int
    clock: str
    read_models: list[ViewHealth]
    warnings: list[str]


class Pulse:
    """Asks the database for its head. Whoever comes while it has not answered waits for the same answer."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.clock = Clock()
        self.follows = False
        """The database that answered last is a standby."""
        self._asked: asyncio.Task[Head | None] | None = None

    async def head(self) -> Head | None:
        """The head; None where the database does not answer within ANSWERS_S."""
        if self._asked is None or self._asked.done():
            self._asked = asyncio.create_task(asyncio.to_thread(self._ask))
        await asyncio.wait([self._asked], timeout=ANSWERS_S)
        return self._asked.result() if self._asked.done() else None

    def _ask(self) -> Head | None:
        try:
            with waiting_at_most(ANSWERS_S), self._database.views.connect() as connection:
                self.follows = is_standby(connection)
                return read_head(connection)
        except Exception:
            log.exception("the database does not answer")
            return None


async def health(recorder: Recorder, standing: Standing, pulse: Pulse, settings: Settings) -> Health:
    """The health of the service, now."""
    found = await pulse.head()
    head = None if found is None else found.size
    try:
        now, jumped = pulse.clock(), None
    except Jumped as error:
        now, jumped = datetime.now(UTC), str(error)
    answering = "the database does not answer" if head is None else STANDBY if pulse.follows else "ok"
    reading = recorder.reads_only and head is not None and jumped is None
    recording = recorder.closed or jumped or answering
    models = standing.health()
    status: Literal["ok", "degraded", "failing"] = "ok"
    ahead = None if found is None else lead(found, now)
    if ahead or any(model.error for model in models):
        status = "degraded"
    if recording != "ok" and not reading:
        status = "failing"
    return Health(
        status=status,
        recording=recording,
        head=head,
        queue=recorder.waiting,
        clock=said_of(ahead) if ahead else "ok",
        read_models=models,
        warnings=[*([NAMES_TRUSTED] if settings.trust_names else []), *_room(recorder.database)],
    )


def _room(database: Database) -> list[str]:
    """Say that the disk is nearly full, while there is something left of it; PostgreSQL's is for its own people."""
    free = None if database.is_postgres else shutil.disk_usage(database.directory).free
    return [] if free is None or free > FREE_BYTES_MIN else [f"only {free >> 20} MiB are free: {MAKE_ROOM}"]


def health_route(recorder: Recorder, standing: Standing, settings: Settings, pulse: Pulse) -> HTTPRouteHandler:
    """The route of its health, for people."""

    async def handler(request: AnyRequest) -> Response[bytes]:
        query_of(request, NoQuery)
        found = await health(recorder, standing, pulse, settings)
        code = 503 if found.status == "failing" else 200
        return Response(encode(found), status_code=code, media_type=JSON, headers={"Cache-Control": "no-store"})

    answers = {200: ("It works, or works in part.", {JSON: Health}), 503: ("Nothing can be recorded.", {JSON: Health})}
    operation = Operation(name="health", summary="Is it well?", group=GROUP, roles=None, answers=answers)
    return route("GET", "/health", operation, handler)


class Search(Struct, frozen=True, kw_only=True):
    """The query of the docs page: words that what is looked for holds, all of them."""

    q: Annotated[str, Meta(max_length=100)] = ""


def _open(name: str, summary: str, media_type: str) -> Operation:
    shape = dict[str, Any] if media_type == JSON else str
    answers = {200: (summary, {media_type: shape})}
    return Operation(name=name, summary=summary, group=GROUP, roles=None, answers=answers)


LANDING = _open("landing-page", "How to begin.", HTML)
DOCS = replace(_open("docs-page", "Every route and every problem, to read.", HTML), query=Search)
OPENAPI = _open("openapi-document", "The OpenAPI 3.1 document.", JSON)
FIXED = [("GET", "/", LANDING), ("GET", "/docs", DOCS), ("GET", "/openapi.json", OPENAPI)]


def describe(routes: Sequence[HTTPRouteHandler]) -> dict[str, Any]:
    """The OpenAPI document of these routes and of the pages here."""
    return openapi.document([*openapi.described(routes), *FIXED])


def document_routes(settings: Settings, described: Callable[[], dict[str, Any]]) -> list[HTTPRouteHandler]:
    """The landing page and the OpenAPI document. `described` makes the document: when it is first asked for."""
    landing, document = pages.landing(settings).encode(), cache(lambda: openapi.encode(described()))
    return [
        route("GET", "/", LANDING, _constant(lambda: landing, HTML)),
        route("GET", "/openapi.json", OPENAPI, _constant(document, JSON)),
    ]


def _constant(made: Callable[[], bytes], media_type: str) -> Handler:
    async def handler(request: AnyRequest) -> Response[bytes]:
        query_of(request, NoQuery)
        content = await asyncio.to_thread(made)
        body = b"" if request.scope["method"] == "HEAD" else content
        headers = {**PAGE_HEADERS, "Content-Length": str(len(content))}
        return Response(body, status_code=200, media_type=media_type, headers=headers)

    return handler
