"""The way in, before any route runs: how many are let in, and who.

Admission        tells whoever would wait too long to come back (503), before anything that they sent is looked at
Watching         counts every request and its answer, and tells the log of it where the settings say so
Authentication   checks the key and its role; whoever asks is in the request's state as `by`

Keys themselves, which the command line knows too: api/http/auth.py.
"""

from time import perf_counter

import msgspec
import structlog
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, HTTPScope, Message, Receive, ReceiveMessage, Scope, Send
from structlog.contextvars import bind_contextvars

from api.http.access_log import AccessLog
from api.http.auth import KeyRing
from api.http.operations import not_allowed, operation_of
from api.http.problems import MEDIA_TYPE, Problem
from api.http.requests import header, request_id
from api.routes.health.metrics import Requests
from ledger.decider import By
from ledger.recording.asking import Recorder

log = structlog.get_logger()

FEW = 16
"""So many are always taken: of so few it is not known how long the next one will wait."""
WAITS_S = 0.5
"""Whoever would wait longer than so many seconds is told at once to come back."""


class Admission:
    """Takes a request that records where it will be answered soon; else says 503 at once, and the connection stays.

    It is taken where few are under way; and else where

    - fewer than `most` are under way, half of the connections: on the other half the rest is told to come back,
    - it did not lie unread for WAITS_S before it came here: whoever waited long already is not made to wait more,
    - the recorder, as fast as it answered lately, will have answered all who wait there within WAITS_S.

    Under way is what came wholly and is not yet answered: whoever sends slowly takes nobody's place. What asks is not
    held here, nor are the desk's forms, which answer people with a page.
    """

    def __init__(self, app: ASGIApp, recorder: Recorder, connections_max: int) -> None:
        self._app = app
        self._recorder = recorder
        self._most = max(FEW, connections_max // 2)
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != ScopeType.HTTP or scope["method"] != "POST" or not scope["path"].startswith("/v1/"):
            await self._app(scope, receive, send)
        elif self._full(scope["state"].get("lain_s", 0)):
            await _tell_busy(scope, send)
        else:
            await self._let_in(scope, receive, send)

    def _full(self, lain_s: float) -> bool:
        if self._under_way < FEW:
            return False
        return self._under_way >= self._most or lain_s > WAITS_S or self._recorder.wait_s > WAITS_S

    async def _let_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        whole = False

        async def counting() -> ReceiveMessage:
            nonlocal whole
            message = await receive()
            if not whole and message["type"] == "http.request" and not message.get("more_body", False):
                whole = True
                self._under_way += 1
            return message

        try:
            await self._app(scope, counting, send)
        finally:
            self._under_way -= whole


async def _tell_busy(scope: Scope, send: Send) -> None:
    problem = Problem("busy", "More is asked than can be recorded soon; nothing was recorded, come again shortly.")
    body = msgspec.json.encode(problem.document(request_id(scope)))
    headers = [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
        (b"retry-after", b"1"),
    ]
    await send({"type": "http.response.start", "status": problem.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


class Watching:
    """Counts every request: its operation, its status, its seconds. `told`: a line in the log for each, which names no
    thing and holds nothing of what is recorded: its address is left out, for it would."""

    def __init__(self, app: ASGIApp, requests: Requests, *, told: bool) -> None:
        self._app = app
        self._requests = requests
        self._told = told

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
        try:
            await self._app(scope, receive, sending)
        finally:
            self._note(scope, status, perf_counter() - began)

    def _note(self, scope: HTTPScope, status: int, seconds: float) -> None:
        """Count a request that was answered; status 0: its client hung up before."""
        operation = operation_of(scope) if "route_handler" in scope else None
        name = operation.name if operation else "none"
        self._requests.answered(name, scope["method"], status, seconds)
        if self._told:
            about = {"role": by.role, "method": by.method} if isinstance(by := scope["state"].get("by"), By) else {}
            if (position := scope["state"].get("position")) is not None:
                about["position"] = position
            log.info("answered", operation=name, status=status, ms=round(seconds * 1000, 1), **about)


class Authentication(ASGIMiddleware):
    """Refuses whoever has no valid key of a role that may, except at routes that say they are open."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, ring: KeyRing, access: AccessLog) -> None:
        self._ring = ring
        self._access = access

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """See ASGIMiddleware."""
        operation = operation_of(scope)
        if operation is None or operation.roles is not None:
            authorization = header(scope, b"authorization")
            try:
                key_id, key = await self._ring.authenticate(authorization)
            except Problem:
                self._access.nobody(scope, *self._ring.why_not(authorization))
                raise
            by = By(actor=key.actor, role=key.role, method="api-key", token=key_id, request=request_id(scope))
            name = operation.name if operation else ""
            if operation is not None and operation.roles is not None and key.role not in operation.roles:
                self._access.denied(scope, by, name)
                raise not_allowed(key.role, operation.roles)
            scope["state"]["by"] = by
            bind_contextvars(actor=by.actor)
            if operation is None or operation.noted:
                send = self._access.watching(scope, by, name, send)
        await next_app(scope, receive, send)
