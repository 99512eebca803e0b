"""What is said of requests: counted, told to the log where the settings say so, and to a collector where one is named.

Watching   counts every request and its answer
"""

from time import perf_counter

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars

from api.http.operations import operation_of
from api.http.requests import request_id
from api.recorder.telemetry import Asked, Telemetry
from api.routes.health.metrics import Requests
from ledger.decider import By
from ledger.log.outage import log


class Watching:
    """Counts every request: its operation, its status, its seconds. `told`: a line in the log for each, which names no
    thing and holds nothing of what is recorded: its address is left out, for it would. `telemetry`: traces of them."""

    def __init__(self, app: ASGIApp, requests: Requests, *, told: bool, telemetry: Telemetry | None = None) -> None:
        self._app = app
        self._requests = requests
        self._told = told
        self.telemetry = telemetry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        began, status = perf_counter(), 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        bind_contextvars(request=request_id(scope))
        asked = self.telemetry.asked(scope) if self.telemetry is not None else None
        if asked is not None and asked.trace is not None:
            bind_contextvars(trace=asked.trace)
        try:
            await self._app(scope, receive, sending)
        finally:
            self._note(scope, status, perf_counter() - began, asked)

    def _note(self, scope: HTTPScope, status: int, seconds: float, asked: Asked | None) -> None:
        """Count a request that was answered; status 0: its client hung up before."""
        operation = operation_of(scope) if "route_handler" in scope else None
        name = operation.name if operation else "none"
        self._requests.answered(name, scope["method"], status, seconds)
        about = {"role": by.role, "method": by.method} if isinstance(by := scope["state"].get("by"), By) else {}
        if (position := scope["state"].get("position")) is not None:
            about["position"] = position
        if asked is not None:
            asked.answered(name, status, about)
        if self._told:
            log.info("answered", operation=name, status=status, ms=round(seconds * 1000, 1), **about)
