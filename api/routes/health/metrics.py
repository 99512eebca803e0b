"""How much, how fast, how far behind: in the form that Prometheus reads.

Requests         counts what is asked of this server, and what is refused
TurnedAway       counts who is told to come back before anything is looked at, by where; and tells the log now and then
metrics_routes   GET /metrics; none where the extra `metrics` (prometheus-client) is not installed

Each figure is of this server since it started. None names a thing, and none holds what is recorded.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from itertools import accumulate
from math import inf
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Literal

from litestar import Response
from litestar.handlers import HTTPRouteHandler

from api.http.operations import OVERSEERS, Operation, route
from api.http.parameters import NoQuery, query_of
from api.http.requests import AnyRequest
from ledger.decider import By, Command
from ledger.log.outage import log
from ledger.recording.asking import Recorder
from ledger.recording.measures import SECONDS, Spread
from projections.engine.following import Standing

if TYPE_CHECKING:
    from prometheus_client import Metric

TEXT = "text/plain"
FORM = f"{TEXT}; version=0.0.4"
MODEL = ("read_model",)
TELLS_S = 10.0
"""At most one line in so many seconds says how many were told to come back."""
Gate = Literal["arriving", "connections", "admission"]
"""Where somebody is told to come back: not connected yet, one connection too many, or a request that would wait."""


class TurnedAway:
    """Counts those who are told to come back (503) before anything that they sent is looked at. On the event loop."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self.counts: Counter[Gate] = Counter()
        self._clock = clock
        self._told: Counter[Gate] = Counter()
        self._told_at = -inf

    def add(self, gate: Gate) -> None:
        """Count one; the log has the first of them, then the sum of all since, TELLS_S apart at least."""
        self.counts[gate] += 1
        if (now := self._clock()) - self._told_at >= TELLS_S:
            log.warning("told to come back", **{str(gate): many for gate, many in (self.counts - self._told).items()})
            self._told, self._told_at = self.counts.copy(), now


class Requests:
    """Counts what is asked of this server: by any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.statuses: Counter[tuple[str, str, int]] = Counter()
        self.codes: Counter[tuple[str, str]] = Counter()
        self.seconds: dict[str, Spread] = {}
        self.turned_away = TurnedAway()

    def answered(self, operation: str, method: str, status: int, seconds: float) -> None:
        """Count a request that was answered so; status 0: its client hung up before."""
        with self._lock:
            self.statuses[operation, method, status] += 1
            self.seconds.setdefault(method, Spread.over(SECONDS)).add(seconds)

    def refused(self, _command: Command, _by: By, code: str, dry_run: bool) -> None:
        """Count a command that was refused, or would be."""
        with self._lock:
            self.codes[code, "yes" if dry_run else "no"] += 1


class _Figures:
    """Collects every figure when Prometheus asks."""

    def __init__(self, recorder: Recorder, standing: Standing, requests: Requests) -> None:
        self._recorder, self._standing, self._requests = recorder, standing, requests

    def collect(self) -> "Iterator[Metric]":
        """See prometheus_client.registry.Collector."""
        yield from self._recording()
        yield from self._following()
        yield from self._asked()

    def _recording(self) -> "Iterator[Metric]":
        from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily

        work = self._recorder.appending
        yield _histogram("mcsc_append_seconds", "A pass of the writer: decide, seal, write, commit.", {(): work.passes})
        yield _histogram("mcsc_append_batch_commands", "Commands in one pass of the writer.", {(): work.batches})
        yield _histogram(
            "mcsc_command_seconds", "A command, from when the recorder took it to its answer.", {(): work.answers}
        )
        yield CounterMetricFamily("mcsc_facts_recorded", "Facts recorded.", value=work.facts)
        outcomes = CounterMetricFamily("mcsc_commands", "Commands, by what became of them.", labels=("outcome",))
        for outcome, count in sorted(work.outcomes.items()):
            outcomes.add_metric([outcome], count)
        yield outcomes
        waiting, can = self._recorder.waiting, self._recorder.closed is None
        yield GaugeMetricFamily("mcsc_queue_commands", "Commands that wait for an answer.", value=waiting)
        yield GaugeMetricFamily(
            "mcsc_recording", "1 where commands are taken, 0 where none can be recorded.", value=can
        )

    def _following(self) -> "Iterator[Metric]":
        from prometheus_client.metrics_core import GaugeMetricFamily

        models = self._standing.health()
        head = max((model.head for model in models), default=0)
        yield GaugeMetricFamily("mcsc_log_position", "The latest position that the read models know of.", value=head)
        at = GaugeMetricFamily("mcsc_read_model_position", "The position a read model has come to.", labels=MODEL)
        behind = GaugeMetricFamily("mcsc_read_model_behind_facts", "Facts that it has not taken in.", labels=MODEL)
        failing = GaugeMetricFamily(
            "mcsc_read_model_failing", "1 where it stands still, and /health says why.", labels=MODEL
        )
        for model in models:
            at.add_metric([model.name], model.position)
            behind.add_metric([model.name], model.behind)
            failing.add_metric([model.name], model.error is not None)
        yield from (at, behind, failing)

    def _asked(self) -> "Iterator[Metric]":
        from prometheus_client.metrics_core import CounterMetricFamily

        names = ("operation", "method", "status")
        answered = CounterMetricFamily("mcsc_requests", "Requests; status 0: the client hung up before.", labels=names)
        for (operation, method, status), count in sorted(self._requests.statuses.items()):
            answered.add_metric([operation, method, str(status)], count)
        refused = CounterMetricFamily("mcsc_refusals", "Commands that a rule refused.", labels=("code", "dry_run"))
        for (code, dry_run), count in sorted(self._requests.codes.items()):
            refused.add_metric([code, dry_run], count)
        busy = CounterMetricFamily("mcsc_told_to_come_back", "Told 503 before a look, by where.", labels=("where",))
        for gate, count in sorted(self._requests.turned_away.counts.items()):
            busy.add_metric([gate], count)
        yield from (answered, refused, busy)
        spreads: dict[tuple[str, ...], Spread] = {
            (method,): spread for method, spread in sorted(self._requests.seconds.items())
        }
        meaning = "A request, from its head to the end of its answer."
        yield _histogram("mcsc_request_seconds", meaning, spreads, labels=("method",))


def _histogram(
    name: str, meaning: str, spreads: Mapping[tuple[str, ...], Spread], labels: tuple[str, ...] = ()
) -> "Metric":
    from prometheus_client.metrics_core import HistogramMetricFamily

    family = HistogramMetricFamily(name, meaning, labels=labels)
    for label, spread in spreads.items():
        bounds = [*map(str, spread.bounds), "+Inf"]
        family.add_metric(label, list(zip(bounds, accumulate(spread.counts), strict=True)), spread.total)
    return family


def metrics_routes(recorder: Recorder, standing: Standing, requests: Requests) -> list[HTTPRouteHandler]:
    """The route of the figures, where the extra is installed. Who asks is not kept: Prometheus does, all the time."""
    if find_spec("prometheus_client") is None:
        return []

    async def handler(request: AnyRequest) -> Response[bytes]:
        query_of(request, NoQuery)
        from prometheus_client import CollectorRegistry, ProcessCollector
        from prometheus_client.exposition import generate_latest

        registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        registry.register(_Figures(recorder, standing, requests))
        said = generate_latest(registry, escaping="underscores")
        return Response(said, status_code=200, media_type=FORM, headers={"Cache-Control": "no-store"})

    operation = Operation(
        name="metrics",
        summary="How much, how fast, how far behind, for Prometheus.",
        group="health",
        roles=OVERSEERS,
        answers={200: ("The figures of this server since it started, in Prometheus' text format.", {TEXT: str})},
        noted=False,
    )
    return [route("GET", "/metrics", operation, handler)]
