"""The composition root: which parts there are, who knows whom, in which order they start and stop.

create_app         settings -> the ASGI application
log_as_json        how a serving process logs
from_environment   the same from MCSC_DATA and MCSC_…: `uvicorn --factory api.app:from_environment`
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import structlog
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.types import Message, Scope
from sqlalchemy import text

import migrations
from api import access, audit, claims, companies, health, reports
from api.auth import Authentication, KeyRing
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

RECORDINGS = (*companies.RECORDINGS, *claims.RECORDINGS)


def create_app(settings: Settings, *, ledger: Ledger | None = None, benchmark: bool = False) -> Litestar:
    """The application. It starts and stops its own ledger and read models.

    ledger      one already started, which the caller stops: its database is used in place of the settings'
    benchmark   adds POST /v1/_noop, which records nothing
    """
    given = ledger is not None
    if ledger is None:
        database = Database(settings.database)
        ledger = Ledger(database, CONTEXTS, data_class=settings.data_class, queue_max=settings.queue_max)
    follower = Follower(ledger.database, [view() for view in ALL_VIEWS])
    ring, reader = KeyRing(ledger.database), Reader(settings, ledger.database, follower)
    described = _routes(settings, ledger, follower, ring, reader)
    hidden = [no_op_route(RECORDINGS[0])] if benchmark else []
    return Litestar(
        [*described, *health.document_routes(settings, described), *hidden],
        lifespan=[_running(ledger, follower, ring, reader, given=given)],
        middleware=[Authentication(ring)],
        before_send=[_identify],
        exception_handlers=HANDLERS,
        request_max_body_size=settings.body_bytes_max,
        openapi_config=None,
        logging_config=None,
    )


def _routes(
    settings: Settings, ledger: Ledger, follower: Follower, ring: KeyRing, reader: Reader
) -> list[HTTPRouteHandler]:
    reads = (*companies.reads(), *reports.READS, *claims.READS, *audit.reads())
    return [
        *(record_route(recording, ledger) for recording in RECORDINGS),
        commands_route(ledger, (*RECORDINGS, access.REVOCATION), settings.bulk_bytes_max),
        *(handler for read in reads for handler in read_route(reader, read)),
        audit.fact_route(ledger.database),
        access.create_route(ledger, ring),
        access.list_route(ring),
        access.revoke_route(ledger, ring),
        health.health_route(ledger, follower),
    ]


def _running(
    ledger: Ledger, follower: Follower, ring: KeyRing, reader: Reader, *, given: bool
) -> Callable[[Litestar], AbstractAsyncContextManager[None]]:
    """Start in order, stop in the opposite order; commands already queued are recorded before the end."""

    @asynccontextmanager
    async def running(_app: Litestar) -> AsyncIterator[None]:
        await asyncio.to_thread(_start, ledger, follower, ring, given)
        try:
            yield
        finally:
            await asyncio.to_thread(_stop, ledger, follower, given)
            reader.close()

    return running


def _start(ledger: Ledger, follower: Follower, ring: KeyRing, given: bool) -> None:
    if not given:
        _check_tables(ledger.database)
        ledger.start()
    ensure(ledger.database, [view() for view in ALL_VIEWS])
    ring.refresh()
    follower.start()
    ledger.on_recorded.append(follower.wake)


def _stop(ledger: Ledger, follower: Follower, given: bool) -> None:
    if not given:
        ledger.stop()
    ledger.on_recorded.remove(follower.wake)
    follower.stop()
    if not given:
        ledger.database.close()


class NotMigrated(Exception):
    """The tables are not those that this program needs; the message says what to run."""


def _check_tables(database: Database) -> None:
    """On SQLite bring the tables to the newest version; on PostgreSQL somebody with the rights for it does that."""
    if not database.is_postgres:
        migrations.upgrade(database)
    elif migrations.newest() - _versions(database):
        raise NotMigrated(f"the tables in {database.display_name} are not at the newest version: run `mcsc migrate`")


def _versions(database: Database) -> set[str]:
    with database.owner.connect() as connection:
        if connection.execute(text("SELECT to_regclass('alembic_version')")).scalar() is None:
            return set()
        return set(connection.execute(text("SELECT version_num FROM alembic_version")).scalars())


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
