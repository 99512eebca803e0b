"""The application and two rivals: a POST that records nothing, one that saves with the `eventsourcing` package alone.

    python -m benchmarks.served.server DIRECTORY < options

DIRECTORY is what the run works in: by it the next run knows a server that outlived its benchmark (ground.scratch).
Options (JSON, on standard input): `where` the ledger is, `package`: the environment of the package's own database.
Prints its port once it accepts requests; ends on SIGTERM, as any server.
"""

import asyncio
import sys
from functools import partial
from socket import socket

import msgspec
from litestar import Response
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct

from api.app import RECORDINGS, create_app
from api.entrance.server import Announcing, configured
from api.http.answers import encode
from api.http.operations import JSON, Operation, route
from api.http.recording import Shape, body_of
from api.http.requests import AnyRequest
from api.recorder.beside import Beside
from api.recorder.runtime import stay
from api.settings import Settings
from benchmarks.package import Leads
from ledger.companies.prospects import RegisterLead
from ledger.log.envelope import EPOCH
from ledger.recording.outcome import Done, Noted

NO_OP_PATH, PACKAGE_PATH = "/v1/_noop", "/v1/_package"
REGISTER_LEAD = RECORDINGS[0]


class Options(Struct, frozen=True):
    """What to serve."""

    where: str
    package: dict[str, str]


def no_op_route() -> HTTPRouteHandler:
    """The same key check and the same body; it answers as many bytes and records nothing: the floor of a request."""
    shape = Shape(REGISTER_LEAD.command, REGISTER_LEAD.path)
    answer = encode(Done(1, EPOCH, (Noted(1, "company.lead-registered"),)))

    async def handler(request: AnyRequest) -> Response[bytes]:
        body, _ = await body_of(request, JSON)
        shape.read(body, request.scope["path_params"])
        return Response(answer, status_code=201, media_type=JSON)

    return route("POST", NO_OP_PATH, _hidden("no-op", "Records nothing."), handler)


def package_route(leads: Leads) -> HTTPRouteHandler:
    """The same key check and the same body; one save a request, in a thread since it blocks."""
    shape = Shape(REGISTER_LEAD.command, REGISTER_LEAD.path)

    async def handler(request: AnyRequest) -> Response[bytes]:
        body, _ = await body_of(request, JSON)
        command = shape.read(body, request.scope["path_params"])
        assert isinstance(command, RegisterLead), "the first route registers leads"
        position = await asyncio.to_thread(leads.register, command)
        return Response(b'{"position":%d}' % position, status_code=201, media_type=JSON)

    return route("POST", PACKAGE_PATH, _hidden("package", "Saves with the package."), handler)


def _hidden(name: str, summary: str) -> Operation:
    return Operation(name=name, summary=summary, group="commands", roles=REGISTER_LEAD.roles, hidden=True)


def main() -> None:
    """Serve until told to stop."""
    options = msgspec.json.decode(sys.stdin.buffer.read(), type=Options)
    settings = Settings(database=options.where, data_class="FICTIONAL")
    with Beside(settings) as recorder, socket() as listening:
        rivals = (no_op_route(), package_route(Leads(options.package)))
        app = create_app(settings, recorder=recorder, extra=rivals)
        stay()
        listening.bind(("127.0.0.1", 0))
        Announcing(configured(app, settings), partial(print, flush=True)).run(sockets=[listening])


if __name__ == "__main__":
    main()
