"""The composition root: which parts there are, who knows whom, in which order they start and stop.

create_app         settings -> the ASGI application
document           the OpenAPI document: `python -m api.app > docs/openapi.json` keeps it
log_as_json        how a serving process logs
from_environment   the same from MCSC_DATA and MCSC_…: `uvicorn --factory api.app:from_environment`
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.types import Message, Scope

import migrations
from api import (
    access,
    audit,
    billing,
    billing_run,
    books,
    claims,
    companies,
    estate,
    exports,
    health,
    investment,
    leases,
    offtake,
    orders,
    periods,
    reports,
    tenancy,
)
from api.auth import Authentication, KeyRing
from api.openapi import encode
from api.problems import HANDLERS, request_id
from api.reading import Reader, read_route
from api.recording import commands_route, no_op_route, record_route
from api.settings import Settings, load
from ledger import CONTEXTS
from ledger.application import Ledger
from ledger.database import Database
from projections import ALL_VIEWS
from projections.runner import Follower, ensure

log = structlog.get_logger()

RECORDINGS = (
    *companies.RECORDINGS,
    *claims.RECORDINGS,
    *estate.RECORDINGS,
    *periods.RECORDINGS,
    *leases.RECORDINGS,
    *billing.RECORDINGS,
    *investment.RECORDINGS,
    *orders.RECORDINGS,
    *offtake.RECORDINGS,
)


@dataclass(frozen=True)
class Parts:
    """What the application is made of. `owned`: it starts and stops its ledger itself."""

    settings: Settings
    ledger: Ledger
    follower: Follower
    ring: KeyRing
    reader: Reader
    owned: bool


def _assemble(settings: Settings, ledger: Ledger | None = None) -> Parts:
    owned = ledger is None
    if ledger is None:
        database = Database(settings.database)
        ledger = Ledger(database, CONTEXTS, data_class=settings.data_class, queue_max=settings.queue_max)
    follower = Follower(ledger.database, [view() for view in ALL_VIEWS])
    reader = Reader(settings, ledger.database, follower)
    return Parts(settings, ledger, follower, KeyRing(ledger.database), reader, owned)


def create_app(settings: Settings, *, ledger: Ledger | None = None, benchmark: bool = False) -> Litestar:
    """The application. It starts and stops its own ledger and read models.

    ledger      one already started, which the caller stops: its database is used in place of the settings'
    benchmark   adds POST /v1/_noop, which records nothing
    """
    parts = _assemble(settings, ledger)
    routes = _routes(parts)
    hidden = [no_op_route(RECORDINGS[0])] if benchmark else []
    return Litestar(
        [*routes, *health.document_routes(settings, routes), *hidden],
        lifespan=[_running(parts)],
        middleware=[Authentication(parts.ring)],
        before_send=[_identify],
        exception_handlers=HANDLERS,
        request_max_body_size=settings.body_bytes_max,
        openapi_config=None,
        logging_config=None,
    )


def _routes(parts: Parts) -> list[HTTPRouteHandler]:
    """Every route but those that only show the others."""
    ledger, ring = parts.ledger, parts.ring
    reads = (
        *companies.reads(),
        *reports.READS,
        *claims.READS,
        *estate.READS,
        *periods.READS,
        *billing.READS,
        *investment.READS,
        *orders.reads(),
        *offtake.READS,
        *leases.reads(),
        *tenancy.READS,
        *books.reads(parts.settings),
        *audit.reads(),
    )
    return [
        *(record_route(recording, ledger) for recording in RECORDINGS),
        commands_route(ledger, (*RECORDINGS, access.REVOCATION), parts.settings.bulk_bytes_max),
        billing_run.run_route(ledger),
        periods.close_route(ledger, parts.follower, parts.settings),
        *(handler for read in reads for handler in read_route(parts.reader, read)),
        *exports.export_routes(parts.reader, ledger.database, parts.settings),
        audit.fact_route(ledger.database),
        access.create_route(ledger, ring),
        access.list_route(ring),
        access.revoke_route(ledger, ring),
        health.health_route(ledger, parts.follower),
    ]


def document() -> bytes:
    """The OpenAPI document as it is served; no database is asked."""
    return encode(health.describe(_routes(_assemble(Settings()))))


def _running(parts: Parts) -> Callable[[Litestar], AbstractAsyncContextManager[None]]:
    """Start in order, stop in the opposite order; commands already queued are recorded before the end."""

    @asynccontextmanager
    async def running(_app: Litestar) -> AsyncIterator[None]:
        await asyncio.to_thread(_start, parts)
        try:
            yield
        finally:
            await asyncio.to_thread(_stop, parts)

    return running


def _start(parts: Parts) -> None:
    ledger = parts.ledger
    if parts.owned:
        migrations.prepare(ledger.database)
        ledger.start()
    ensure(ledger.database, [view() for view in ALL_VIEWS])
    parts.ring.refresh()
    parts.follower.start()
    ledger.on_recorded.append(parts.follower.wake)


def _stop(parts: Parts) -> None:
    ledger = parts.ledger
    if parts.owned:
        ledger.stop()
    ledger.on_recorded.remove(parts.follower.wake)
    parts.follower.stop()
    parts.reader.close()
    if parts.owned:
        ledger.database.close()


async def _identify(message: Message, scope: Scope) -> None:
    """Every response says under which id it is logged."""
    if message["type"] == "http.response.start":
        headers = [(b"x-request-id", request_id(scope).encode()), (b"x-content-type-options", b"nosniff")]
        message["headers"] = [*message["headers"], *headers]


def log_as_json() -> None:
    """Write the log to stderr, one JSON object a line; tracebacks name places and never hold values."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
    )


def from_environment() -> Litestar:
    """For an ASGI server's factory option."""
    log_as_json()
    data = os.environ.get("MCSC_DATA")
    return create_app(load(Path(data) if data else None, os.environ))


if __name__ == "__main__":
    sys.stdout.buffer.write(document())
