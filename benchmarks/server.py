"""The application, and beside its no-op a POST that saves with the `eventsourcing` package alone.

    python -m benchmarks.server < options

Options (JSON, on standard input): `where` the ledger is, `package`: the environment of the package's own database.
Prints its port once it accepts requests; ends on SIGTERM, as any server.
"""

import asyncio
import sys
from functools import partial
from socket import socket
from typing import Any

import msgspec
import uvicorn
from litestar import Litestar, Request, Response
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct

from api.app import RECORDINGS, create_app
from api.http.operations import JSON, Operation, route
from api.http.recording import Shape, body_of
from api.http.server import Announcing
from api.recorder.beside import Beside
from api.runtime import stay
from api.settings import Settings
from benchmarks.package import Leads
from ledger.companies.prospects import RegisterLead

PACKAGE_PATH = "/v1/_package"


class Options(Struct, frozen=True):
    """What to serve."""

    where: str
    package: dict[str, str]


def package_route(leads: Leads) -> HTTPRouteHandler:
    """The same key check and the same body; one save a request, in a thread since it blocks."""
    recording = RECORDINGS[0]
    shape = Shape(recording.command, recording.path)

    async def handler(request: Request[Any, Any, Any]) -> Response[bytes]:
        body, _ = await body_of(request, JSON)
        command = shape.read(body, request.scope["path_params"])
        assert isinstance(command, RegisterLead), "the first route registers leads"
        position = await asyncio.to_thread(leads.register, command)
        return Response(b'{"position":%d}' % position, status_code=201, media_type=JSON)

    summary = "Saves with the package."
    operation = Operation(name="package", summary=summary, group="commands", roles=recording.roles, hidden=True)
    return route("POST", PACKAGE_PATH, operation, handler)


def application(settings: Settings, recorder: Beside, leads: Leads) -> Litestar:
    """The application with both rivals."""
    app = create_app(settings, recorder=recorder, benchmark=True)
    app.register(package_route(leads))
    return app


def main() -> None:
    """Serve until told to stop."""
    options = msgspec.json.decode(sys.stdin.buffer.read(), type=Options)
    settings = Settings(database=options.where, data_class="FICTIONAL")
    with Beside(settings) as recorder, socket() as listening:
        app = application(settings, recorder, Leads(options.package))
        stay()
        config = uvicorn.Config(app, access_log=False, log_level="warning", lifespan="on")
        listening.bind(("127.0.0.1", 0))
        Announcing(config, partial(print, flush=True)).run(sockets=[listening])


if __name__ == "__main__":
    main()
