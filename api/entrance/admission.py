"""How many are let in.

Admission   tells whoever would wait too long to come back (503), before anything that they sent is looked at
"""

import msgspec
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, ReceiveMessage, Scope, Send

from api.http.problems import MEDIA_TYPE, Problem
from api.http.requests import request_id
from ledger.recording.asking import Recorder

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
