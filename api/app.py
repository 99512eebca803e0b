"""The composition root: which parts there are, who knows whom, in which order they start and stop.

RECORDINGS, reads  what is recorded, one command a route; what is read
WHO_MAY            which roles may record which command: over HTTP and on the command line
create_app         settings -> the ASGI application
document           the OpenAPI document: `python -m api.app > docs/openapi.json` keeps it
from_environment   the same from MCSC_DATA and MCSC_…: `uvicorn --factory api.app:from_environment`
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from litestar import Litestar
from litestar.datastructures import State
from litestar.handlers import HTTPRouteHandler
from litestar.types import Message, Scope

from api.agenda import delegations, diary, inbox
from api.agenda.calendar import calendar_route
from api.bookkeeping import banking, owed, payables, purchases, vat
from api.bookkeeping.fapiao.requests import fapiao_request_route
from api.bookkeeping.fapiao.requests import read_of as fapiao_read
from api.bookkeeping.statements import serving as bank_statements
from api.console.handbook import handbook_routes
from api.console.parts import Desk
from api.console.routes import desk_routes
from api.console.sessions import Sessions
from api.documents.bank_files import bank_file_route
from api.documents.fapiao_files import reply_file_route
from api.documents.meter_files import meter_file_route
from api.documents.serving import document_routes
from api.entrance.admission import Admission
from api.entrance.authentication import Authentication
from api.entrance.compressing import Compressing
from api.entrance.provider import Provider
from api.entrance.signing_in import SigningIn
from api.entrance.tokens import Tokens
from api.entrance.watching import Watching
from api.evidence.serving import evidence_route
from api.http.access_log import AccessLog
from api.http.auth import KeyRing
from api.http.bodies import Bodies
from api.http.bulk import commands_route
from api.http.openapi import encode
from api.http.operations import Roles, allowing
from api.http.problems import handlers
from api.http.reading import Read, Reader, read_route
from api.http.recording import record_route
from api.http.requests import request_id
from api.papers import issuing
from api.papers.auditors.serving import audit_route
from api.papers.closing import close_workbook_route
from api.papers.serving import paper_routes
from api.recorder.beside import Beside
from api.recorder.here import Here
from api.recorder.replica import Replica
from api.recorder.runtime import log_to_stderr, stay
from api.recorder.telemetry import of_process
from api.routes import (
    access,
    audit,
    billing,
    billing_run,
    books,
    claims,
    companies,
    estate,
    exports,
    investment,
    leases,
    offtake,
    orders,
    periods,
    tenancy,
)
from api.routes.health import everybody, metrics, probes
from api.routes.health.metrics import Requests
from api.routes.log import following, proofs
from api.routes.reports import (
    contacts,
    deposits,
    funnel,
    general_ledger,
    green,
    inventory,
    lease_costs,
    prices,
    statements,
    turnover,
    vouchers,
)
from api.settings import Settings, load
from ledger.decider import Command, command_name
from ledger.recording.application import Ledger

RECORDINGS = (
    *companies.RECORDINGS,
    *claims.RECORDINGS,
    *estate.RECORDINGS,
    *periods.RECORDINGS,
    *leases.RECORDINGS,
    *billing.RECORDINGS,
    *books.RECORDINGS,
    *investment.RECORDINGS,
    *orders.RECORDINGS,
    *offtake.RECORDINGS,
    *prices.RECORDINGS,
    *banking.RECORDINGS,
    *bank_statements.RECORDINGS,
    *purchases.RECORDINGS,
    *vat.RECORDINGS,
    *owed.RECORDINGS,
    *access.RECORDINGS,
    *diary.RECORDINGS,
    *delegations.RECORDINGS,
    *issuing.RECORDINGS,
    *audit.RECORDINGS,
)

WHO_MAY: Mapping[type[Command], Roles] = {
    **{recording.command: recording.roles for recording in RECORDINGS},
    **access.WHO_MAY,
}
"""The one place: routes carry these roles, and the command line asks here."""


def reads(settings: Settings) -> tuple[Read[Any], ...]:
    """Every question that is answered, over HTTP and, where it has a Report, by `mcsc report`."""
    return (
        *companies.READS,
        inbox.PROPOSALS,
        delegations.DELEGATIONS,
        *diary.reads(settings),
        *funnel.READS,
        *contacts.READS,
        *claims.READS,
        *estate.READS,
        *periods.READS,
        *billing.READS,
        *investment.READS,
        *orders.READS,
        *offtake.READS,
        *banking.READS,
        *bank_statements.READS,
        *purchases.READS,
        *owed.READS,
        *payables.READS,
        *vat.READS,
        fapiao_read(settings),
        *leases.READS,
        *tenancy.READS,
        *deposits.READS,
        *turnover.READS,
        *lease_costs.READS,
        *green.READS,
        *prices.READS,
        *inventory.READS,
        *books.reads(settings),
        *general_ledger.reads(settings),
        *vouchers.READS,
        *statements.reads(settings),
        *audit.READS,
        *issuing.READS,
    )


@dataclass(frozen=True)
class Parts:
    """The parts of the application. `owned`: it starts and stops its recorder itself."""

    settings: Settings
    recorder: Here | Beside | Replica
    ring: KeyRing
    reader: Reader
    access: AccessLog
    requests: Requests
    tokens: Tokens
    entry: SigningIn | None
    owned: bool


def _assemble(
    settings: Settings, recorder: Here | Beside | Replica | None = None, *, ledger: Ledger | None = None
) -> Parts:
    owned = recorder is None
    if recorder is None:
        recorder = Replica(settings) if settings.replica else Here(settings, ledger)
    database = recorder.ledger.database
    ring, reader = KeyRing(database, today=settings.today), Reader(settings, database, recorder.standing)
    provider = Provider(settings)
    tokens = Tokens(settings, provider)
    entry = SigningIn(settings, provider, tokens) if settings.oidc_client else None
    return Parts(settings, recorder, ring, reader, AccessLog(settings, database), Requests(), tokens, entry, owned)


def create_app(
    settings: Settings,
    *,
    recorder: Beside | Replica | None = None,
    ledger: Ledger | None = None,
    extra: Sequence[HTTPRouteHandler] = (),
) -> Litestar:
    """The application.

    recorder   one already started, which the caller stops; else the application has one in its own process
    ledger     one already started, for that: its database is used in place of the settings'
    extra      routes beside the application's own, in no document
    """
    parts = _assemble(settings, recorder, ledger=ledger)
    routes = _routes(parts)
    described = cache(lambda: everybody.describe(routes))
    pages = [*handbook_routes(settings, described), *desk_routes(_desk(parts))]
    served = [*routes, *everybody.document_routes(settings, described), *pages, *extra]
    app = Litestar(
        [*allowing(served), *served],
        lifespan=[_running(parts)],
        middleware=[Authentication(parts.ring, parts.tokens, parts.access), Bodies(settings)],
        before_send=[_identify],
        exception_handlers=handlers(),
        request_max_body_size=settings.body_bytes_max,
        openapi_config=None,
        logging_config=None,
        state=State({"turned_away": parts.requests.turned_away}),
    )
    most, turned_away = settings.connections_max, parts.requests.turned_away
    admission = Admission(app.asgi_handler, parts.recorder.ledger, most, turned_away)
    app.asgi_handler = Watching(
        Compressing(admission), parts.requests, told=settings.log != "auto", telemetry=of_process()
    )
    return app


def _routes(parts: Parts) -> list[HTTPRouteHandler]:
    """Every route but those that only show the others."""
    recorder, standing, ring = parts.recorder.ledger, parts.recorder.standing, parts.ring
    pulse, required = everybody.Pulse(recorder.database), parts.settings.if_match_required
    return [
        *(record_route(recording, recorder, required=required) for recording in RECORDINGS),
        commands_route(recorder, (*RECORDINGS, access.REVOCATION), parts.settings),
        billing_run.run_route(recorder, parts.settings.days),
        periods.close_route(recorder, standing, parts.settings),
        *(handler for read in reads(parts.settings) for handler in read_route(parts.reader, read)),
        *exports.export_routes(parts.reader, recorder.database, parts.settings),
        calendar_route(parts.reader, ring, parts.settings, *diary.reads(parts.settings)),
        audit.fact_route(recorder.database),
        *proofs.proof_routes(parts.settings, recorder.database),
        audit.export_log_route(recorder.database),
        following.stream_route(recorder.database, standing, ring, parts.settings),
        *document_routes(parts.settings),
        bank_file_route(recorder, parts.settings, parts.reader),
        fapiao_request_route(parts.reader),
        reply_file_route(recorder, parts.settings, recorder.database),
        meter_file_route(recorder, parts.settings, recorder.database),
        evidence_route(parts.reader, recorder.database, parts.settings, reads(parts.settings)),
        close_workbook_route(parts.reader, recorder.database, reads(parts.settings)),
        *paper_routes(parts.reader, parts.settings),
        audit_route(parts.reader, recorder.database, parts.settings),
        access.create_route(recorder, ring),
        access.list_route(ring),
        access.revoke_route(recorder, ring, required=required),
        everybody.health_route(recorder, standing, parts.settings, pulse),
        *probes.probe_routes(recorder, standing, parts.settings, pulse),
        *metrics.metrics_routes(recorder, standing, parts.requests),
    ]


def _desk(parts: Parts) -> Desk:
    """Assemble what the console needs of these parts."""
    reports = {read.path.rpartition("/")[2]: read for read in reads(parts.settings) if read.report}
    return Desk(
        settings=parts.settings,
        database=parts.recorder.ledger.database,
        reader=parts.reader,
        standing=parts.recorder.standing,
        ring=parts.ring,
        sessions=Sessions(Path(parts.settings.desk)),
        reads=reports,
        recorder=parts.recorder.ledger,
        recordings={command_name(recording.command): recording for recording in (*RECORDINGS, access.REVOCATION)},
        entry=parts.entry,
    )


def document() -> bytes:
    """The OpenAPI document as it is served; no database is asked."""
    return encode(everybody.describe(_routes(_assemble(Settings()))))


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
    if parts.owned:
        parts.recorder.start()
    parts.ring.refresh()
    parts.access.writer.start()
    parts.recorder.ledger.on_refused = (parts.access.refused, parts.requests.refused)


def _stop(parts: Parts) -> None:
    parts.recorder.ledger.on_refused = ()
    parts.access.writer.stop()
    if parts.owned:
        parts.recorder.stop()


async def _identify(message: Message, scope: Scope) -> None:
    """Every response says under which id it is logged."""
    if message["type"] == "http.response.start":
        headers = [(b"x-request-id", request_id(scope).encode()), (b"x-content-type-options", b"nosniff")]
        message["headers"] = [*message["headers"], *headers]


def from_environment() -> Litestar:
    """For an ASGI server's factory option."""
    data = os.environ.get("MCSC_DATA")
    settings = load(Path(data) if data else None, os.environ)
    log_to_stderr(settings.log)
    app = create_app(settings)
    stay()
    return app


if __name__ == "__main__":
    sys.stdout.buffer.write(document())
