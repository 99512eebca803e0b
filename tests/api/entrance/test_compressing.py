"""Answers are compressed where the client takes it so, and are the same answers.

Given an answer of a program's kind, when the client takes a coding of ours, then it comes compressed under an ETag of
its own, unpacked to the same bytes; else as it is. Streams that must not be held, small answers and those that hold a
secret are left alone.
"""

import asyncio
import gzip
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from api.entrance.compressing import CODINGS, SMALL, Compressing, coding
from ledger.recording.application import Ledger
from tests.ground.over_http import LEAD, Http, served

UNPACKED: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.decompress, "zstd": zstd.decompress}
LIST = "/v1/reports/access"


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [
        (None, None),
        ("", None),
        ("identity", None),
        ("br", None),
        ("gzip", "gzip"),
        ("GZIP", "gzip"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("zstd;q=0.5, gzip;q=0.8", "gzip"),
        ("gzip;q=0", None),
        ("*", "zstd"),
        ("*;q=0", None),
        ("zstd;q=0, *", "gzip"),
        ("identity, gzip;q=0.5", None),
        ("identity;q=0.5, gzip", "gzip"),
        ("gzip;q=9, zstd;q=x", None),
    ],
)
def test_the_coding_that_a_client_likes_best(accepted: str | None, chosen: str | None) -> None:
    assert coding(accepted) == chosen


@given(st.lists(st.binary(max_size=3000), min_size=1, max_size=8), st.sampled_from(sorted(CODINGS)))
def test_what_was_sent_so_far_can_be_read(pieces: list[bytes], name: str) -> None:
    """Each piece goes out whole: nothing of it waits for the next one."""
    packing = CODINGS[name]()
    reader: Any = zlib.decompressobj(16 + zlib.MAX_WBITS) if name == "gzip" else zstd.ZstdDecompressor()
    for piece in pieces:
        assert reader.decompress(packing.piece(piece)) == piece
    assert reader.decompress(packing.last(b"end")) == b"end"


@pytest.fixture
def http(ledger: Ledger) -> Iterator[Http]:
    with served(ledger) as http:
        for number in range(12):
            http.post("/v1/companies", LEAD | {"company": f"sunfield-{number}", "name": f"Sunfield {number} (demo)"})
        http.read("/v1/companies")
        yield http


def raw(http: Http, path: str, role: Any = "admin", method: str = "GET", **headers: str) -> tuple[Any, bytes]:
    """An answer, and its bytes as they were sent."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    with http.client.stream(method, path, headers={**http.headers(role), **named}) as answer:
        return answer, b"".join(answer.iter_raw())


@pytest.mark.parametrize("path", ["/v1/companies?recorded=9", "/v1/companies.csv?recorded=9", "/v1/log/export"])
@pytest.mark.parametrize("name", sorted(CODINGS))
def test_the_same_answer_in_fewer_bytes(http: Http, path: str, name: str) -> None:
    plain, body = raw(http, path, Accept_Encoding="identity")
    packed, fewer = raw(http, path, Accept_Encoding=name)
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == name
    assert UNPACKED[name](fewer) == body
    assert len(fewer) < len(body) / 2
    for answer in (plain, packed):
        assert "Accept-Encoding" in answer.headers["vary"]
    if "etag" in plain.headers:
        assert packed.headers["etag"] == f'{plain.headers["etag"][:-1]}-{name}"'
        for seen in (plain.headers["etag"], packed.headers["etag"]):
            kept, nothing = raw(http, path, Accept_Encoding=name, If_None_Match=seen)
            assert (kept.status_code, nothing, kept.headers["etag"]) == (304, b"", seen)
        other, _ = raw(http, path, Accept_Encoding="identity", If_None_Match=packed.headers["etag"])
        assert other.status_code == 200
    head, nothing = raw(http, path, method="HEAD", Accept_Encoding=name)
    assert (head.status_code, nothing) == (200, b"")


def test_a_step_takes_the_etag_of_a_compressed_answer(http: Http) -> None:
    path = "/v1/companies/sunfield-1"
    seen = raw(http, "/v1/companies", Accept_Encoding="gzip")[0].headers["etag"]
    assert seen.endswith('-gzip"')
    step = {"channel": "DIRECT", "effective_on": "2025-02-01"}
    assert http.post(f"{path}/touches", step, If_Match=seen).status_code == 201
    assert http.post(f"{path}/touches", {**step, "effective_on": "2025-02-02"}, If_Match=seen).status_code == 412


def test_what_is_left_alone(http: Http) -> None:
    """A stream that goes on for good, a small answer, a problem."""
    small, body = raw(http, "/v1/head", Accept_Encoding="gzip")
    assert len(body) < SMALL
    stream, _ = raw(http, "/v1/facts/stream?after=0", Accept_Encoding="gzip")
    wrong, _ = raw(http, f"/v1/companies/{'x' * 2000}", Accept_Encoding="gzip")
    assert [one.status_code for one in (small, stream, wrong)] == [200, 200, 404]
    assert not [one for one in (small, stream, wrong) if "content-encoding" in one.headers]


def sent(method: str, media_type: str, *pieces: bytes) -> list[Any]:
    """What goes out of an answer in these pieces, to a client that takes gzip."""

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        fields = [(b"content-type", media_type.encode())]
        await send({"type": "http.response.start", "status": 200, "headers": fields})
        for at, piece in enumerate(pieces, 1):
            await send({"type": "http.response.body", "body": piece, "more_body": at < len(pieces)})

    messages: list[Any] = []

    async def send(message: Any) -> None:
        messages.append(message)

    scope: Any = {"type": "http", "method": method, "headers": [(b"accept-encoding", b"gzip")]}
    asyncio.run(Compressing(app)(scope, None, send))  # type: ignore[arg-type] # it receives nothing
    return messages


@pytest.mark.parametrize(
    ("method", "media_type", "packed"),
    [
        ("GET", "application/json", True),
        ("GET", "text/csv; charset=utf-8", True),
        ("POST", "application/x-ndjson", True),
        ("POST", "application/json", False),  # a key, shown once
        ("GET", "application/pdf", False),
        ("GET", "text/html; charset=utf-8", False),  # the desk does it
        ("GET", "text/event-stream", False),
    ],
)
def test_which_answers_are_compressed(method: str, media_type: str, *, packed: bool) -> None:
    start, body = sent(method, media_type, b"12345678" * 20_000)
    assert ((b"content-encoding", b"gzip") in start["headers"]) == packed
    assert (len(body["body"]) < 10_000) == packed


def test_lines_go_out_as_they_come() -> None:
    _, *bodies = sent("POST", "application/x-ndjson", b'{"line":1}\n', b'{"line":2}\n', b"")
    reader = zlib.decompressobj(16 + zlib.MAX_WBITS)
    assert [reader.decompress(one["body"]) for one in bodies] == [b'{"line":1}\n', b'{"line":2}\n', b""]


def test_a_long_stream_takes_no_more_memory_than_a_piece() -> None:
    """A table of a million rows and more, sent as it is made: 300 MB of it."""
    piece, pieces = b"2026-06-30,sunfield-demo,1234.56\n" * 8192, 300

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/csv")]})
        for _ in range(pieces):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    counted = {"pieces": 0, "bytes": 0}

    async def send(message: Any) -> None:
        counted["pieces"] += 1
        counted["bytes"] += len(message.get("body", b""))

    scope: Any = {"type": "http", "method": "GET", "headers": [(b"accept-encoding", b"gzip")]}
    tracemalloc.start()
    asyncio.run(Compressing(app)(scope, None, send))  # type: ignore[arg-type] # it receives nothing
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert counted["pieces"] == pieces + 2
    assert counted["bytes"] < len(piece) * pieces / 50
    assert most < 4 * len(piece)
