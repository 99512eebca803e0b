"""What a collector is told: routes, roles, positions, and passes of the writer; no person, no thing, no question."""

import subprocess
import sys
from typing import Any, cast

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from structlog.testing import capture_logs

from api.entrance.watching import Watching
from api.recorder.telemetry import Telemetry, of_process
from ledger.log.database import Database
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from tests.ground.over_http import LEAD, served

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
STEP = "/v1/companies/{company}/qualification"


class Collector:
    """A collector in memory."""

    def __init__(self) -> None:
        self._spans, self._reader = InMemorySpanExporter(), InMemoryMetricReader()
        traces = TracerProvider(shutdown_on_exit=False)
        traces.add_span_processor(SimpleSpanProcessor(self._spans))
        self.telemetry = Telemetry(traces, MeterProvider([self._reader], shutdown_on_exit=False))

    @property
    def spans(self) -> list[ReadableSpan]:
        return list(self._spans.get_finished_spans())

    def points(self) -> dict[tuple[Any, ...], float]:
        """Each figure by its name and what its attributes say; of a spread, how many it counts."""
        data = self._reader.get_metrics_data()
        assert data is not None
        metrics = [metric for of in data.resource_metrics for scope in of.scope_metrics for metric in scope.metrics]
        return {
            (metric.name, *sorted(map(str, (point.attributes or {}).values()))): getattr(point, "count", None)
            or cast(Any, point).value
            for metric in metrics
            for point in metric.data.data_points
        }


def test_a_collector_is_told_of_requests_and_passes(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    collector = Collector()
    with Ledger(database, CONTEXTS) as ledger, served(ledger) as http:
        monkeypatch.setattr(cast(Watching, http.client.app.asgi_handler), "telemetry", collector.telemetry)
        ledger.on_passed.append(collector.telemetry.passed)
        recorded = http.post("/v1/companies", LEAD, traceparent=f"00-{TRACE}-{PARENT}-01")
        http.post("/v1/companies/sunfield-demo/qualification", {"effective_on": "2025-01-11"})
        http.read("/v1/companies", search="sunfield")
        http.client.get("/nowhere/sunfield")
        http.client.get("/health/live")
        http.client.get("/v1/companies/sunfield-demo", headers={"Authorization": "Bearer mcsc_aaaaaaaa_sunfield"})
    spans = collector.spans
    asked = {(span.name, (span.attributes or {}).get("http.response.status_code")): span for span in spans}
    first = asked["POST /v1/companies", 201]
    assert first.context is not None
    assert first.parent is not None
    assert (f"{first.context.trace_id:032x}", f"{first.parent.span_id:016x}") == (TRACE, PARENT)
    assert dict(first.attributes or {}) == {
        "http.request.method": "POST",
        "http.route": "/v1/companies",
        "http.response.status_code": 201,
        "url.scheme": "http",
        "mcsc.operation": "register-lead",
        "mcsc.role": "deal_desk",
        "mcsc.method": "api-key",
        "mcsc.position": recorded.json()["position"],
    }
    assert {(f"POST {STEP}", 422), ("GET /v1/companies", 200), ("GET", 404)} <= set(asked)
    assert "mcsc.role" not in (asked["GET /v1/companies/{company}", 401].attributes or {})
    assert not [name for name, _ in asked if "health" in name]
    said = "".join(span.to_json() for span in spans)
    for secret in ("sunfield", "demo", "mcsc_aaaa", "127.0.0.1", "testclient"):
        assert secret not in said
    done, refused = (span for span in spans if span.name == "record")
    assert dict(done.attributes or {}) == {"mcsc.commands": 1, "mcsc.facts": 1, "mcsc.outcome.done": 1}
    assert dict(refused.attributes or {}) == {"mcsc.commands": 1, "mcsc.facts": 0, "mcsc.outcome.refused": 1}
    parts = [span for span in spans if span.parent is not None and span.parent.span_id == done.context.span_id]
    assert [part.name for part in parts] == ["decide", "write", "commit"]
    assert 0 < cast(float, (parts[0].attributes or {})["mcsc.sealing_seconds"]) < (done.end_time or 0) / 1e9
    times = [done.start_time, *(at for part in parts for at in (part.start_time, part.end_time)), done.end_time]
    assert times == sorted(cast("list[int]", times))
    points = collector.points()
    assert (points["mcsc.facts",], points["mcsc.commands", "done"], points["mcsc.commands", "refused"]) == (1, 1, 1)
    assert (points["mcsc.pass.commands",], points["mcsc.pass.duration",]) == (2, 2)
    assert points["http.server.request.duration", "/v1/companies", "201", "POST", "http"] == 1


@pytest.mark.parametrize(
    ("variables", "sends"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:9"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_SDK_DISABLED": "true"}, False),
        ({"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "http://127.0.0.1:9", "OTEL_METRICS_EXPORTER": "none"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_BSP_SCHEDULE_DELAY": "soon"}, True),
    ],
)
def test_nothing_is_sent_unless_a_collector_is_named(
    variables: dict[str, str], sends: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[list[str]] = []

    def providers(sent: list[str]) -> tuple[None, None]:
        made.append(sent)
        return None, None

    monkeypatch.setattr("api.recorder.telemetry._providers", providers)
    monkeypatch.setattr("api.recorder.telemetry.Telemetry", lambda *_: "tells")
    monkeypatch.setattr("api.recorder.telemetry.atexit.register", lambda *_: None)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with capture_logs() as said:
        assert (of_process.__wrapped__() is not None) == sends
    assert bool(made) == sends
    assert bool(said) == (variables.get("OTEL_EXPORTER_OTLP_PROTOCOL") == "grpc")


@pytest.mark.parametrize(("missing", "says"), [("opentelemetry", "the extra `otel` is not installed"), ("none", "")])
def test_a_process_imports_what_it_sends_with_and_ends_without_its_collector(missing: str, says: str) -> None:
    """No collector listens there: the process says so, and ends all the same."""
    program = f"""
import os, sys
sys.modules[{missing!r}] = None
import api.app
from api.recorder.telemetry import of_process
assert not [name for name in sys.modules if name.startswith("opentelemetry.")], "imported, and no collector is named"
os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:9"
of_process.cache_clear()
assert (of_process() is None) == {bool(says)}
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert (ran.returncode, says in ran.stdout + ran.stderr) == (0, True), ran.stderr
