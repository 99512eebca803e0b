"""Answers as they are sent: compressed where the client takes it so.

Compressing   texts of programs (JSON, tables, lines) as zstd, where its library is there (the extra `zstd`), or gzip

The desk's pages are compressed where they are made (console/pages.py). A page holds a secret of its form, and a
compressed size can tell a secret that stands beside what somebody else chose (BREACH): that secret is masked anew on
every page. What is compressed here is asked for with a key that no browser sends by itself, and no answer that holds a
secret is: only what GET asks for, and lines.
"""

import asyncio
import re
import zlib
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPResponseStartEvent, Message, Receive, Scope, Send

from api.http.operations import CSV, JSON, NDJSON
from api.http.requests import header

try:
    from backports import zstd
except ImportError:  # the extra is not there
    zstd = None  # type: ignore[assignment] # CODINGS asks before anybody uses it

TYPES = frozenset({JSON, CSV, NDJSON, "text/plain", "application/cloudevents-batch+json"})
SMALL = 1024
"""A body of fewer bytes is sent as it is."""
LONG = 1 << 16
"""A piece of so many bytes is compressed in a thread: meanwhile others are answered."""
GZIP_LEVEL, ZSTD_LEVEL = 5, 3
_CODING = re.compile(r"\s*([a-z*-]+)\s*(?:;\s*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*)?", re.ASCII | re.I)
Field = tuple[bytes, bytes]


class Packing(Protocol):
    """Makes less of an answer, piece by piece."""

    def piece(self, data: bytes) -> bytes:
        """The next piece, so that the client can read all of it."""

    def last(self, data: bytes) -> bytes:
        """The last piece."""


class Gzip:
    """As gzip, in constant memory."""

    def __init__(self) -> None:
        self._packer = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, 16 + zlib.MAX_WBITS)

    def piece(self, data: bytes) -> bytes:
        """See Packing."""
        return self._packer.compress(data) + self._packer.flush(zlib.Z_SYNC_FLUSH)

    def last(self, data: bytes) -> bytes:
        """See Packing."""
        return self._packer.compress(data) + self._packer.flush()


class Zstd:
    """As Zstandard, in constant memory."""

    def __init__(self) -> None:
        self._packer = zstd.ZstdCompressor(ZSTD_LEVEL)

    def piece(self, data: bytes) -> bytes:
        """See Packing."""
        return bytes(self._packer.compress(data, self._packer.FLUSH_BLOCK))

    def last(self, data: bytes) -> bytes:
        """See Packing."""
        return bytes(self._packer.compress(data, self._packer.FLUSH_FRAME))


CODINGS: dict[str, Callable[[], Packing]] = ({"zstd": Zstd} if zstd else {}) | {"gzip": Gzip}
"""The one first that is taken where a client likes several alike."""


def coding(accepted: str | None) -> str | None:
    """The coding that a client likes best of ours; None where it takes none, or likes none as much as the plain text.

    accepted   Accept-Encoding (RFC 9110 §12.5.3); what cannot be read of it counts for nothing
    """
    liked: dict[str, int] = {}
    for part in (accepted or "").lower().split(","):
        if (said := _CODING.fullmatch(part)) is not None:
            liked[said[1]] = int((said[2] or "1").replace(".", "").ljust(4, "0"))  # in thousandths
    best = max(CODINGS, key=lambda one: liked.get(one, liked.get("*", 0)))
    weight = liked.get(best, liked.get("*", 0))
    return best if weight > 0 and weight >= liked.get("identity", 0) else None


class Compressing:
    """Compresses answers on their way to the client.

    Their ETag is another than that of the plain text, `"…-gzip"`, and is known again in If-None-Match. In If-Match it
    is one of the thing like any other.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        chosen = coding(header(scope, b"accept-encoding"))
        known = b""
        if chosen and (known := next((value for name, value in scope["headers"] if name == b"if-none-match"), b"")):
            plain = known.replace(f'-{chosen}"'.encode(), b'"')
            fields = [(name, plain if name == b"if-none-match" else value) for name, value in scope["headers"]]
            scope["headers"] = fields
        answer = _Answer(scope["method"], chosen, known, send)
        await self._app(scope, receive, answer.taking)


class _Answer:
    """One answer on its way. `known`: the ETags that the client has."""

    def __init__(self, method: str, chosen: str | None, known: bytes, send: Send) -> None:
        self._method = method
        self._coding = chosen
        self._known = known
        self._send = send
        self._start: HTTPResponseStartEvent | None = None
        self._packing: Packing | None = None

    async def taking(self, message: Message) -> None:
        """See ASGI: what can be compressed waits for its first piece."""
        if message["type"] == "http.response.start":
            if not self._can_be(message):
                await self._send(message)
                return
            message["headers"] = _varied(message["headers"])
            self._start = message
        elif message["type"] == "http.response.body" and self._start is not None:
            await self._begin(message)
        elif message["type"] == "http.response.body" and self._packing is not None:
            await self._pass_on(self._packing, message)
        else:
            await self._send(message)

    def _can_be(self, start: HTTPResponseStartEvent) -> bool:
        fields = {name.lower(): value for name, value in start["headers"]}
        if start["status"] == 304:  # it says nothing of the kind that it stands for
            return b"etag" in fields
        media_type = fields.get(b"content-type", b"").partition(b";")[0].decode("latin-1")
        if media_type not in TYPES or b"content-encoding" in fields:
            return False
        return start["status"] == 200 and (self._method in ("GET", "HEAD") or media_type == NDJSON)

    async def _begin(self, message: Any) -> None:
        """Send the head, which says whether the body is compressed, and the first piece."""
        start, self._start = self._start, None
        assert start is not None, "the head came before the body"
        body, more = message.get("body", b""), message.get("more_body", False)
        size = next((int(value) for name, value in start["headers"] if name.lower() == b"content-length"), len(body))
        packed = self._coding is not None and start["status"] == 200 and (more or size >= SMALL)
        if packed or (self._coding and start["status"] == 304):
            start["headers"] = self._told(start["headers"], packed=packed)
        if not packed or self._method == "HEAD":
            await self._send(start)
            await self._send(message)
            return
        packing = CODINGS[self._coding or ""]()
        if more:
            self._packing = packing
            await self._send(start)
            await self._pass_on(packing, message)
            return
        body = await _away(packing.last, body)
        start["headers"] = [*start["headers"], (b"content-length", str(len(body)).encode())]
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body, "more_body": False})

    async def _pass_on(self, packing: Packing, message: Any) -> None:
        more = message.get("more_body", False)
        body = await _away(packing.piece if more else packing.last, message.get("body", b""))
        if body or not more:
            await self._send({"type": "http.response.body", "body": body, "more_body": more})

    def _told(self, fields: Any, *, packed: bool) -> list[Field]:
        """The head's fields of a compressed answer; of one that the client has, with the ETag that it has."""
        ending = f'-{self._coding}"'.encode()
        found: list[Field] = []
        for name, value in fields:
            if name.lower() == b"etag" and (packed or value[:-1] + ending in self._known):
                found.append((name, value[:-1] + ending))
            elif not (packed and name.lower() == b"content-length"):
                found.append((name, value))
        return [*found, (b"content-encoding", (self._coding or "").encode())] if packed else found


async def _away(pack: Callable[[bytes], bytes], data: bytes) -> bytes:
    return await asyncio.to_thread(partial(pack, data)) if len(data) >= LONG else pack(data)


def _varied(fields: Any) -> list[Field]:
    """Say that the answer depends on what the client takes."""
    vary = b", ".join(value for name, value in fields if name.lower() == b"vary")
    others = [(name, value) for name, value in fields if name.lower() != b"vary"]
    return [*others, (b"vary", b", ".join(filter(None, [vary, b"Accept-Encoding"])))]
