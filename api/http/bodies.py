"""How long a body takes to come, and how much all bodies hold together.

Bodies   the middleware, after the access check: a caller's share is counted by who calls

A body that has been read is held until its request is answered, so that is how long it counts.
"""

import asyncio
from collections import Counter

from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, ReceiveMessage, Scope, Send

from api.http.problems import CLOSING, Problem
from api.settings import Settings

UNCOUNTED = 1 << 16
"""Bytes that any body may hold: one command is always taken, however much many commands hold."""
BYTES_A_SECOND = 1 << 16
"""A body that comes as fast as this may come for as long as it likes."""


class Bodies(ASGIMiddleware):
    """Holds the bodies of all requests to `bodies_bytes_max`, those of one caller to half of it, each to its time."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, settings: Settings) -> None:
        self.seconds = settings.body_seconds_max
        self._bytes_max = settings.bodies_bytes_max
        self._held: Counter[str] = Counter()

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """See ASGIMiddleware. Only POST has a body that is read."""
        if scope["type"] != ScopeType.HTTP or scope["method"] != "POST":
            await next_app(scope, receive, send)
            return
        by = scope["state"].get("by")
        body = _Body(self, "" if by is None else by.actor, receive)
        try:
            await next_app(scope, body.receive, send)
        finally:
            if body.counted:
                self._held[body.caller] -= body.counted
                self._held += Counter()  # forgets those who hold nothing

    def hold(self, caller: str, size: int) -> None:
        """Count so many bytes more. Raises Problem where there is no room for them."""
        if self._held.total() + size > self._bytes_max or self._held[caller] + size > self._bytes_max // 2:
            detail = "Too many long bodies are being read; nothing of this one was recorded, ask again shortly."
            raise Problem("busy", detail, headers={"Retry-After": "1", **CLOSING})
        self._held[caller] += size


class _Body:
    """The body of one request, as it comes. `counted`: the bytes that count, all of them once there are many."""

    def __init__(self, bodies: Bodies, caller: str, receive: Receive) -> None:
        self.caller = caller
        self.counted = 0
        self._bodies = bodies
        self._receive = receive
        self._until = asyncio.get_running_loop().time() + bodies.seconds
        self._size = 0
        self._whole = False

    async def receive(self) -> ReceiveMessage:
        """The next piece. Raises Problem: it does not come in time, there is no room for it, the client is gone."""
        if self._whole:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._until):
                message = await self._receive()
        except TimeoutError:
            detail = f"{self._size:,} bytes of the body came in time, and then not the rest; nothing was recorded."
            raise Problem("request-timeout", detail, headers=CLOSING) from None
        if message["type"] == "http.disconnect":
            raise Problem("bad-request", "The connection ended before the body did; nothing was recorded.")
        assert message["type"] == "http.request", "no other message comes to an HTTP request"
        size = len(message["body"])
        self._size += size
        self._until += size / BYTES_A_SECOND
        if self._size > UNCOUNTED:
            self._bodies.hold(self.caller, self._size - self.counted)
            self.counted = self._size
        self._whole = not message.get("more_body", False)
        return message
