"""Probes: for what starts servers again, and for what sends requests to them.

readiness       health -> whether requests should come here, and why not
probe_routes    GET /health/live, GET /health/ready
"""

from typing import Literal

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct

from api.http.answers import encode
from api.http.operations import JSON, Operation, route
from api.http.parameters import NoQuery, query_of
from api.http.requests import AnyRequest
from api.routes.health.everybody import GROUP, Health, Pulse, health
from api.settings import Settings
from ledger.recording.asking import NOT_STARTED, RESTARTING, STOPPING, Recorder
from projections.engine.following import Standing
from projections.engine.view import PAGE

FRESH = {"Cache-Control": "no-store"}
PHASES: dict[str, Literal["starting", "stopping"]] = {
    NOT_STARTED: "starting",
    RESTARTING: "starting",
    STOPPING: "stopping",
}


class Alive(Struct, frozen=True, kw_only=True):
    """The process answers. No database is asked: a process is not started again for a database that is away."""

    status: Literal["live"] = "live"


class Ready(Struct, frozen=True, kw_only=True):
    """ready: all works. behind: it records and answers, and a read model stands still or is far behind: requests may
    come. starting, failing, stopping (503): send them elsewhere.

    reason    why it is not ready, or what is behind; null where it is ready
    behind    facts by which the last read model is behind
    """

    status: Literal["ready", "behind", "starting", "failing", "stopping"]
    reason: str | None = None
    behind: int = 0


def readiness(found: Health, *, caught_up: bool) -> Ready:
    """Tell from its health whether requests should come; `caught_up`: its read models were near the head before."""
    models = found.read_models
    behind = max((model.behind for model in models), default=0)
    far = [f"{model.name} is {model.behind} facts behind" for model in models if model.behind > PAGE]
    still = [f"{model.name}: {model.error}" for model in models if model.error]
    if found.recording != "ok":
        return Ready(status=PHASES.get(found.recording, "failing"), reason=found.recording, behind=behind)
    if not (caught_up or _near(found)):
        return Ready(status="starting", reason="; ".join(far) or "no read model has been looked at", behind=behind)
    if said := [*still, *far]:
        return Ready(status="behind", reason="; ".join(said), behind=behind)
    return Ready(status="ready", behind=behind)


def _near(found: Health) -> bool:
    """Tell whether every read model that moves is near the head: one that stands still is waited for by nobody."""
    moving = [model for model in found.read_models if model.error is None]
    return bool(found.read_models) and all(model.behind <= PAGE for model in moving)


def probe_routes(
    recorder: Recorder, standing: Standing, settings: Settings, pulse: Pulse
) -> tuple[HTTPRouteHandler, HTTPRouteHandler]:
    """The routes of both probes."""
    caught_up = False

    async def live(request: AnyRequest) -> Response[bytes]:
        query_of(request, NoQuery)
        return Response(encode(Alive()), status_code=200, media_type=JSON, headers=FRESH)

    async def ready(request: AnyRequest) -> Response[bytes]:
        nonlocal caught_up
        query_of(request, NoQuery)
        found = readiness(await health(recorder, standing, pulse, settings), caught_up=caught_up)
        caught_up = caught_up or found.status in ("ready", "behind")
        code = 200 if found.status in ("ready", "behind") else 503
        return Response(encode(found), status_code=code, media_type=JSON, headers=FRESH)

    answers = {
        200: ("It records, and answers; `behind` says what is late.", {JSON: Ready}),
        503: ("Send requests elsewhere: it is starting, failing or stopping.", {JSON: Ready}),
    }
    lives = {200: ("The process answers.", {JSON: Alive})}
    is_live = Operation(name="live", summary="Does the process answer?", group=GROUP, roles=None, answers=lives)
    is_ready = Operation(name="ready", summary="Should requests come here?", group=GROUP, roles=None, answers=answers)
    return route("GET", "/health/live", is_live, live), route("GET", "/health/ready", is_ready, ready)
