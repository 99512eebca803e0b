"""What is open to everybody: is it well, how does one begin, what is there.

routes   GET / (a landing page), /health, /docs, /openapi.json
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Literal

import msgspec
import structlog
from litestar import Request, Response
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct

from api import openapi, pages
from api.operations import HTML, JSON, NoQuery, Operation, query_of, route
from api.settings import Settings
from ledger.application import Ledger
from projections.runner import Follower, ViewHealth, head_position

log = structlog.get_logger()
AnyRequest = Request[Any, Any, Any]
GROUP = "open"
CACHE = {"Cache-Control": "no-cache"}
PAGE_HEADERS = {**CACHE, "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}


class Health(Struct, frozen=True, kw_only=True):
    """ok: everything works. degraded: a read model stands still or is behind. failing (503): nothing can be recorded.

    recording   `ok`, or why nothing can be recorded
    head        the latest recorded position; null where the database does not answer
    queue       commands waiting
    """

    status: Literal["ok", "degraded", "failing"]
    recording: str
    head: int | None
    queue: int
    read_models: list[ViewHealth]


async def health(ledger: Ledger, follower: Follower) -> Health:
    """How the service fares, now."""
    head = None
    try:
        head = await asyncio.to_thread(head_position, ledger.database)
    except Exception:
        log.exception("the database does not answer")
    recording = ledger.closed or ("ok" if head is not None else "the database does not answer")
    models = follower.health()
    status: Literal["ok", "degraded", "failing"] = "ok"
    if any(model.error for model in models):
        status = "degraded"
    if recording != "ok":
        status = "failing"
    return Health(status=status, recording=recording, head=head, queue=ledger.waiting, read_models=models)


def health_route(ledger: Ledger, follower: Follower) -> HTTPRouteHandler:
    """Whether it is well, for people and for load balancers."""

    async def handler(request: AnyRequest) -> Response[bytes]:
        query_of(request, NoQuery)
        found = await health(ledger, follower)
        code = 503 if found.status == "failing" else 200
        return Response(
            msgspec.json.encode(found), status_code=code, media_type=JSON, headers={"Cache-Control": "no-store"}
        )

    answers = {200: ("It works, or works in part.", {JSON: Health}), 503: ("Nothing can be recorded.", {JSON: Health})}
    operation = Operation(name="health", summary="Is it well?", group=GROUP, roles=None, answers=answers)
    return route("GET", "/health", operation, handler)


def document_routes(settings: Settings, described: Sequence[HTTPRouteHandler]) -> list[HTTPRouteHandler]:
    """The landing page, the docs page and the OpenAPI document, made once from what the routes say of themselves."""
    shapes = [_fixed("/", "landing-page", "How to begin.", HTML), _fixed("/docs", "docs-page", "This page.", HTML)]
    shapes.append(_fixed("/openapi.json", "openapi-document", "The OpenAPI 3.1 document.", JSON))
    contents: list[bytes] = []
    operations = [(path, operation) for path, operation in shapes]
    document = openapi.document([*openapi.described(described), *(("GET", path, op) for path, op in operations)])
    contents += [pages.landing(settings).encode(), pages.docs(document).encode(), openapi.encode(document)]
    return [
        route("GET", path, operation, _constant(content, next(iter(operation.answers[200][1]))))
        for (path, operation), content in zip(operations, contents, strict=True)
    ]


def _fixed(path: str, name: str, summary: str, media_type: str) -> tuple[str, Operation]:
    answers = {200: (summary, {media_type: str if media_type == HTML else dict[str, Any]})}
    return path, Operation(name=name, summary=summary, group=GROUP, roles=None, answers=answers)


def _constant(content: bytes, media_type: str) -> Any:
    async def handler(request: AnyRequest) -> Response[bytes]:
        query_of(request, NoQuery)
        body = b"" if request.scope["method"] == "HEAD" else content
        headers = {**PAGE_HEADERS, "Content-Length": str(len(content))}
        return Response(body, status_code=200, media_type=media_type, headers=headers)

    return handler
