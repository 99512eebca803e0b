"""How many are let in.

Admission   tells whoever would wait too long to come back (503), before anything that they sent is looked at
"""

import msgspec
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, ReceiveMessage, Scope, Send

from api.http.deadlines import queue
from api.http.problems import MEDIA_TYPE, Problem
from api.http.requests import request_id
from api.routes.health.metrics import TurnedAway
from ledger.recording.asking import Recorder

FEW = 16
"""So many are always taken: of so few it is not known how long the next one will wait."""
WAITS_S = 0.5
"""Whoever would wait longer than so many seconds is told at once to come back."""
QUEUES_S = 0.25
"""Whoever asks, while another has waited so many seconds for a thread, is told so too."""
DESK = "/desk"
HELD = ("/v1/", DESK)
PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Busy · 繁忙</title>
<p>More is asked than can be answered soon; nothing was recorded. Go back and try again shortly.</p>
<p lang="zh">现在请求过多，未记录任何内容。请返回并稍后再试。</p>
</html>
"""
"""For people who are told to come back, in both languages: to look up theirs would be work."""


class Admission:
    """Takes a request where it will be answered soon; else says 503 at once, and the connection stays.

    What records is taken where few are under way; and else where

    - fewer than `most` are under way, half of the connections: on the other half the rest is told to come back,
    - it did not lie unread for WAITS_S before it came here: whoever waited long already is not made to wait more,
    - the recorder, as fast as it answered lately, will have answered all who wait there within WAITS_S.

    Under way is what came wholly and is not yet answered: whoever sends slowly takes nobody's place. What asks is
    taken where few wait for a thread; else unless it lay unread for so long, or the first of them has waited QUEUES_S.
    The desk's pages and forms are held to the same, and people are told on a page. Everything else, health most of
    all, is taken.
    """

    def __init__(self, app: ASGIApp, recorder: Recorder, connections_max: int, turned_away: TurnedAway) -> None:
        self._app = app
        self._turned_away = turned_away
        self._recorder = recorder
        self._most = max(FEW, connections_max // 2)
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != ScopeType.HTTP or not scope["path"].startswith(HELD):
            await self._app(scope, receive, send)
            return
        lain_s = scope["state"].get("lain_s", 0)
        if scope["method"] != "POST":
            if self._many_ask(lain_s):
                await self._tell_busy(scope, send)
            else:
                await self._app(scope, receive, send)
        elif self._full(lain_s):
            await self._tell_busy(scope, send)
        else:
            await self._let_in(scope, receive, send)

    def _full(self, lain_s: float) -> bool:
        if self._under_way < FEW:
            return False
        return self._under_way >= self._most or lain_s > WAITS_S or self._recorder.wait_s > WAITS_S

    @staticmethod
    def _many_ask(lain_s: float) -> bool:
        number, first_s = queue()
        return number >= FEW and (lain_s > WAITS_S or first_s > QUEUES_S)

    async def _tell_busy(self, scope: Scope, send: Send) -> None:
        self._turned_away.add("admission")
        await _tell_busy(scope, send)

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
    problem = Problem("busy", "More is asked than can be answered soon; nothing was recorded, come again shortly.")
    media_type, body = MEDIA_TYPE, msgspec.json.encode(problem.document(request_id(scope)))
    if scope["path"].startswith(DESK):
        media_type, body = "text/html; charset=utf-8", PAGE.encode()
    headers = [
        (b"content-type", media_type.encode()),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
        (b"content-security-policy", b"default-src 'none'"),
        (b"retry-after", b"1"),
    ]
    await send({"type": "http.response.start", "status": problem.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
