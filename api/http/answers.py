"""Sending an answer: in the format that the client takes, and not again where it has it already.

chosen    the format, by Accept
encode    an answer as JSON
respond   the response, with its ETag; 304 where the client has that
withheld, bytes_withheld    facts as they are shown to all but admins: zeros in the place of the hash of a key's secret
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from api.http.problems import Problem
from api.http.requests import AnyRequest, header
from ledger.access import KeyCreated
from ledger.log.envelope import Recorded, decode

if TYPE_CHECKING:
    from litestar import Response
    from litestar.types import Scope

encode = msgspec.json.Encoder().encode


def chosen(scope: "Scope", formats: Sequence[str]) -> str:
    """The format to answer in, by Accept (RFC 9110 §12.5.1); the first where it does not matter. Raises Problem."""
    accept = header(scope, b"accept")
    if not accept:
        return formats[0]
    wanted = {media_type: _quality(accept, media_type) for media_type in formats}
    best = max(formats, key=lambda media_type: wanted[media_type])
    if wanted[best] <= 0:
        raise Problem("not-acceptable", f"This answer comes as {' or '.join(formats)}; Accept asks for {accept!r}.")
    return best


_QUALITY = re.compile(r"q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$", re.ASCII)


def _quality(accept: str, media_type: str) -> int:
    """Weigh a format, in thousandths: what the most specific range that covers it says."""
    ranges = (media_type, media_type.split("/")[0] + "/*", "*/*")
    said: dict[str, int] = {}
    for part in accept.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        weight = next((match[1] for piece in parameters if (match := _QUALITY.match(piece))), "1")
        said[name] = int(weight.replace(".", "").ljust(4, "0")[:4])
    return next((said[wanted] for wanted in ranges if wanted in said), 0)


def respond(
    request: AnyRequest, body: bytes, media_type: str, *, etag: str | None = None, link: str | None = None
) -> "Response[bytes]":
    """The answer; 304 where the client has it already. Without an `etag` the answer's bytes give one.

    link    where the next page is
    """
    from litestar import Response

    etag = f'"{etag or hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache", "Vary": "Authorization, Accept"}
    if link is not None:
        headers["Link"] = f'<{link}>; rel="next"'
    if _matches(header(request.scope, b"if-none-match"), etag):
        return Response(b"", status_code=304, media_type=media_type, headers=headers)
    if request.scope["method"] == "HEAD":
        headers["Content-Length"] = str(len(body))
        body = b""
    return Response(body, status_code=200, media_type=media_type, headers=headers)


def _matches(written: str | None, etag: str) -> bool:
    """Weak comparison, RFC 9110 §13.1.2."""
    if written is None:
        return False
    return written.strip() == "*" or etag in {tag.strip().removeprefix("W/") for tag in written.split(",")}


# Facts

WITHHELD = "0" * 64


def withheld(rows: Iterable[Any]) -> list[Any]:
    """The rows of an answer; of entries that hold a hash, all but that."""
    return [_without(row) if isinstance(row, Recorded) else row for row in rows]


def _without(entry: Recorded[Any]) -> Recorded[Any]:
    if not isinstance(entry.fact, KeyCreated):
        return entry
    return replace(entry, fact=replace(entry.fact, secret_sha256=WITHHELD))


def bytes_withheld(envelope: bytes) -> bytes:
    """The bytes of a fact as they are shown to others: the same, but where they hold a hash."""
    fact = decode(envelope).fact if b"secret_sha256" in envelope else None
    return (
        envelope.replace(fact.secret_sha256.encode(), WITHHELD.encode()) if isinstance(fact, KeyCreated) else envelope
    )
