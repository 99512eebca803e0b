"""Traces and metrics for an OpenTelemetry collector (the extra `otel`), sent where the standard OTEL_… variables say.

Telemetry    what one process tells: the requests it answers, the passes of its writer
of_process   this process's, None where no collector is named or the extra is not installed: then nothing is imported

Litestar's own plugin is the instrumentation of any ASGI application, which writes down addresses with their query, who
connects and with which browser. Here a span says the route, the role and the position: none names a person or a thing.
"""

import atexit
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from logging import WARNING, Handler, LogRecord, getLogger
from time import monotonic, perf_counter, time_ns
from typing import TYPE_CHECKING, Any

from ledger.log.outage import log
from ledger.recording.measures import MANY, SECONDS, Passed

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import Span, TracerProvider


ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
ENDPOINTS = {"TRACES": "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "METRICS": "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"}
PROTOCOL = "http/protobuf"
LAST_S = 2.0
"""So long a process that ends waits for a collector to take what was measured last."""
UNTRACED = ("/health", "/metrics")
"""Asked all the time, by programs: counted, and no trace is made of them."""
CONTEXT = ("traceparent", "tracestate")
NANO = 1_000_000_000


class Telemetry:
    """Tells of requests and of passes. `traces`, `metrics`: OpenTelemetry's providers, each with its exporter."""

    def __init__(self, traces: "TracerProvider", metrics: "MeterProvider") -> None:
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self._tracer, meter = traces.get_tracer("mcsc-ledger"), metrics.get_meter("mcsc-ledger")
        self._extract = TraceContextTextMapPropagator().extract
        spread = meter.create_histogram
        meaning = "A request, from its head to the end of its answer."
        self._requests = spread(
            "http.server.request.duration", "s", meaning, explicit_bucket_boundaries_advisory=SECONDS
        )
        meaning = "A pass of the writer: decide, seal, write, commit."
        self._passes = spread("mcsc.pass.duration", "s", meaning, explicit_bucket_boundaries_advisory=SECONDS)
        meaning = "Commands in one pass of the writer."
        self._batches = spread("mcsc.pass.commands", "{command}", meaning, explicit_bucket_boundaries_advisory=MANY)
        self._facts = meter.create_counter("mcsc.facts", unit="{fact}", description="Facts recorded.")
        self._commands = meter.create_counter(
            "mcsc.commands", unit="{command}", description="Commands, by what became of them."
        )

    def asked(self, scope: Mapping[str, Any]) -> "Asked":
        """Begin to tell of a request. The trace of whoever asks goes on, as W3C's `traceparent` says it."""
        from opentelemetry.trace import SpanKind

        if str(scope["path"]).startswith(UNTRACED):
            return Asked(self._requests, None, scope)
        said = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        before = self._extract({name: said[name] for name in CONTEXT if name in said})
        span = self._tracer.start_span(str(scope["method"]), context=before, kind=SpanKind.SERVER)
        return Asked(self._requests, span, scope)

    def passed(self, done: Passed) -> None:
        """Tell of a pass of the writer, and of what was done in it."""
        from opentelemetry.trace import set_span_in_context

        since = time_ns() - int(monotonic() * NANO)
        outcomes = {f"mcsc.outcome.{name}": count for name, count in done.outcomes.items()}
        about = {"mcsc.commands": done.commands, "mcsc.facts": done.facts, **outcomes}
        span = self._tracer.start_span("record", start_time=since + int(done.began * NANO), attributes=about)
        inside = set_span_in_context(span)
        for name, began, ended in done.phases.done:
            with self._part(name, inside, since + int(began * NANO), since + int(ended * NANO)) as part:
                if name == "decide":
                    part.set_attribute("mcsc.sealing_seconds", done.phases.sealing_s)
        span.end(since + int(done.ended * NANO))
        self._passes.record(done.ended - done.began)
        self._batches.record(done.commands)
        self._facts.add(done.facts)
        for name, count in done.outcomes.items():
            self._commands.add(count, {"mcsc.outcome": name})

    @contextmanager
    def _part(self, name: str, inside: Any, began: int, ended: int) -> "Iterator[Span]":
        part = self._tracer.start_span(name, context=inside, start_time=began)
        yield part
        part.end(ended)


class Asked:
    """A request that is being answered. `trace`: the id of its trace, for the log; None where none is made."""

    def __init__(self, requests: Any, span: "Span | None", scope: Mapping[str, Any]) -> None:
        self._requests, self._span, self._scope = requests, span, scope
        self._began = perf_counter()
        self.trace = None if span is None else f"{span.get_span_context().trace_id:032x}"

    def answered(self, operation: str, status: int, about: Mapping[str, str | int]) -> None:
        """End: its operation, its status (0: the client hung up before), what else is known of it (role, position)."""
        from opentelemetry.trace import Status, StatusCode

        method = self._scope["method"]
        told: dict[str, str | int] = {"http.request.method": method, "url.scheme": self._scope["scheme"]}
        if route := self._scope.get("path_template"):
            told["http.route"] = route
        if status:
            told["http.response.status_code"] = status
        if status >= 500 or not status:
            told["error.type"] = str(status) if status else "client-gone"
        self._requests.record(perf_counter() - self._began, told)
        if self._span is not None:
            self._span.set_attributes({**told, "mcsc.operation": operation})
            self._span.set_attributes({f"mcsc.{name}": value for name, value in about.items()})
            if route:
                self._span.update_name(f"{method} {route}")
            if status >= 500:
                self._span.set_status(Status(StatusCode.ERROR))
            self._span.end()


@cache
def of_process() -> Telemetry | None:
    """This process's own; None where no collector is named, or the extra is missing, which the log says."""
    sent = [kind for kind in ENDPOINTS if _is_sent(kind, os.environ)]
    if not sent:
        return None
    if find_spec("opentelemetry") is None or find_spec("opentelemetry.sdk") is None:
        log.warning("a collector is named and nothing is sent to it: the extra `otel` is not installed")
        return None
    try:
        traces, metrics = _providers(sent)
    except Exception as error:  # what the variables hold is the exporters' to understand
        log.warning("nothing is sent to a collector: a variable OTEL_… holds what cannot be used", exc_info=error)
        return None
    getLogger("opentelemetry").addHandler(_Told(WARNING))
    getLogger("opentelemetry").propagate = False
    atexit.register(_end, traces, metrics)
    return Telemetry(traces, metrics)


def _is_sent(kind: str, environ: Mapping[str, str]) -> bool:
    """Tell from the environment whether TRACES, or METRICS, go to a collector."""
    if environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return False
    if not (environ.get(ENDPOINT) or environ.get(ENDPOINTS[kind])):
        return False
    if environ.get(f"OTEL_{kind}_EXPORTER", "otlp") != "otlp":
        return False
    general = environ.get("OTEL_EXPORTER_OTLP_PROTOCOL", PROTOCOL)
    if (protocol := environ.get(f"OTEL_EXPORTER_OTLP_{kind}_PROTOCOL", general)) != PROTOCOL:
        log.warning("a collector is named and nothing is sent to it", kind=kind, protocol=protocol, taken=PROTOCOL)
        return False
    return True


def _providers(sent: list[str]) -> "tuple[Any, Any]":
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.trace.sampling import ALWAYS_OFF

    name = os.environ.get("OTEL_SERVICE_NAME") or "mcsc-ledger"
    said: dict[str, str | int] = {
        "service.name": name,
        "service.version": version("mcsc-ledger"),
        "process.pid": os.getpid(),
    }
    resource = Resource.create({**said})  # and what OTEL_RESOURCE_ATTRIBUTES says
    sampler = None if "TRACES" in sent else ALWAYS_OFF
    traces = TracerProvider(sampler, resource=resource, shutdown_on_exit=False)
    if "TRACES" in sent:
        traces.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    readers = [PeriodicExportingMetricReader(OTLPMetricExporter())] if "METRICS" in sent else []
    return traces, MeterProvider(readers, resource=resource, shutdown_on_exit=False)


def _end(*providers: Any) -> None:
    """Send what is left, in LAST_S at most: a collector that is away keeps nobody from ending."""
    ending = [threading.Thread(target=provider.shutdown, daemon=True) for provider in providers]
    for one in ending:
        one.start()
    until = monotonic() + LAST_S
    for one in ending:
        one.join(max(0, until - monotonic()))


class _Told(Handler):
    """Takes the exporters' messages, such as that a collector does not answer, as lines of this process's log."""

    def emit(self, record: LogRecord) -> None:
        """See logging."""
        log.warning("telemetry", said=record.getMessage())
