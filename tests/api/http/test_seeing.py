"""A server that is watched: probes, figures, and a log that says who asked and nothing of what is recorded."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from prometheus_client.parser import text_string_to_metric_families
from structlog.testing import capture_logs

from api.recorder.runtime import log_to_stderr
from api.routes.health.everybody import Health
from api.routes.health.metrics import TELLS_S, TurnedAway
from api.routes.health.probes import readiness
from ledger.log.access_writer import Writer
from ledger.log.database import Database
from ledger.recording.application import Ledger
from ledger.recording.asking import NOT_STARTED, RESTARTING, STOPPING
from ledger.recording.contexts import CONTEXTS
from ledger.recording.measures import Spread
from projections.engine.following import ViewHealth
from projections.engine.view import PAGE
from tests.ground.over_http import LEAD, Http, problem, served

FULL = "the disk failed while recording; check it, restart and run `mcsc verify`"


@pytest.fixture
def http(sqlite: Database) -> Iterator[Http]:
    with Ledger(sqlite, CONTEXTS) as ledger, served(ledger) as http:
        yield http


# Probes


def of(recording: str = "ok", **behind: int | str) -> Health:
    """The health of a ledger whose read models are so far behind, or stand still for this reason."""
    models = [
        ViewHealth(name, 0, 0, 7, far) if isinstance(far, str) else ViewHealth(name, 0, 0, far, None)
        for name, far in behind.items()
    ]
    return Health(status="ok", recording=recording, head=9, queue=0, clock="ok", read_models=models, warnings=[])


@pytest.mark.parametrize(
    ("found", "caught_up", "status", "reason"),
    [
        (of(), False, "starting", "no read model has been looked at"),
        (of(sites=PAGE, units=0), False, "ready", None),
        (of(sites=PAGE + 1), False, "starting", f"sites is {PAGE + 1} facts behind"),
        (of(sites=PAGE + 1), True, "behind", f"sites is {PAGE + 1} facts behind"),
        (of(sites=0, units="KeyError in the facts"), False, "behind", "units: KeyError in the facts"),
        (of(sites=0, units="KeyError in the facts"), True, "behind", "units: KeyError in the facts"),
        (of(NOT_STARTED, sites=0), False, "starting", NOT_STARTED),
        (of(RESTARTING, sites=0), True, "starting", RESTARTING),
        (of(STOPPING, sites=0), True, "stopping", STOPPING),
        (of(FULL, sites=0), True, "failing", FULL),
        (of("the database does not answer", sites=PAGE + 1), False, "failing", "the database does not answer"),
    ],
)
def test_requests_come_where_they_are_answered(found: Health, caught_up: bool, status: str, reason: str | None) -> None:
    told = readiness(found, caught_up=caught_up)
    assert (told.status, told.reason) == (status, reason)


def test_probes(sqlite: Database) -> None:
    with Ledger(sqlite, CONTEXTS) as ledger, served(ledger) as http:
        ready = http.client.get("/health/ready")
        assert (ready.status_code, ready.json()["status"]) == (200, "ready")
        ledger.stop()
        ready = http.client.get("/health/ready")
        told = ready.json()
        assert (ready.status_code, told["status"], told["reason"]) == (503, "stopping", STOPPING)
        live = http.client.get("/health/live")
        assert (live.status_code, live.json()) == (200, {"status": "live"})


# Figures


def figures(http: Http) -> dict[tuple[str, ...], float]:
    """Each figure by its name and the values of its labels."""
    said = http.get("/metrics")
    assert (said.status_code, said.headers["content-type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(said.text)
        for sample in family.samples
    }


def test_the_figures_are_those_of_what_was_asked(http: Http) -> None:
    before = figures(http)
    assert http.post("/v1/companies", LEAD, key="one").status_code == 201
    assert http.post("/v1/companies", LEAD, key="one").headers["idempotent-replayed"] == "true"
    assert http.post("/v1/companies", LEAD, key="two").status_code == 200  # so already
    step = "/v1/companies/sunfield-demo/qualification"
    problem(http.post(step, {"effective_on": "2025-01-11"}), 422, "not-screened")
    assert http.client.get("/nowhere").status_code == 404
    http.read("/v1/companies")
    after = figures(http)
    grown = {name: value - before.get(name, 0) for name, value in after.items() if value != before.get(name, 0)}
    counted = {
        ("mcsc_facts_recorded_total",): 1,
        ("mcsc_commands_total", "done"): 1,
        ("mcsc_commands_total", "replayed"): 1,
        ("mcsc_commands_total", "already-so"): 1,
        ("mcsc_commands_total", "refused"): 1,
        ("mcsc_append_seconds_count",): 4,
        ("mcsc_append_batch_commands_bucket", "1"): 4,
        ("mcsc_append_batch_commands_sum",): 4,
        ("mcsc_command_seconds_count",): 4,
        ("mcsc_log_position",): 1,
        ("mcsc_refusals_total", "not-screened", "no"): 1,
        ("mcsc_requests_total", "POST", "register-lead", "201"): 2,
        ("mcsc_requests_total", "POST", "register-lead", "200"): 1,
        ("mcsc_requests_total", "POST", "qualify-company", "422"): 1,
        ("mcsc_requests_total", "GET", "none", "404"): 1,
        ("mcsc_requests_total", "GET", "metrics", "200"): 1,
        ("mcsc_request_seconds_count", "POST"): 4,
    }
    assert {name: grown.get(name) for name in counted} == counted
    assert (after["mcsc_recording",], after["mcsc_queue_commands",]) == (1, 0)
    assert {after[name] for name in after if name[0] == "mcsc_read_model_behind_facts"} == {0}
    assert "sunfield" not in http.get("/metrics").text


def test_who_reads_the_figures_all_the_time_fills_no_access_log(http: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refused try is kept, as every one is."""
    kept: list[tuple[str, str]] = []
    monkeypatch.setattr(Writer, "note", lambda _, attempt: kept.append((attempt.kind, attempt.what)))
    for role in ("auditor", "admin"):
        assert http.get("/metrics", role).status_code == 200
    problem(http.get("/metrics", "deal_desk"), 403, "not-allowed")
    http.get("/v1/companies")
    assert kept == [("denied", "metrics"), ("read", "list-companies")]


def test_a_spread_counts_what_is_at_most_as_large() -> None:
    spread = Spread.over((1, 2, 4))
    for value in (0, 1, 1.5, 2, 4, 4.1, 100):
        spread.add(value)
    assert (spread.counts, round(spread.total, 6)) == ([2, 2, 1, 2], 112.6)


def test_who_is_told_to_come_back_is_counted_and_the_log_says_so_now_and_then(http: Http) -> None:
    now = 100.0
    turned_away = TurnedAway(lambda: now)
    with capture_logs() as lines:
        for _ in range(3):
            turned_away.add("admission")
        turned_away.add("arriving")
        now += TELLS_S
        turned_away.add("arriving")
        now += TELLS_S - 1
        turned_away.add("connections")
    said = [{name: line[name] for name in line if name not in ("event", "log_level")} for line in lines]
    assert said == [{"admission": 1}, {"admission": 2, "arriving": 2}]
    assert turned_away.counts == {"admission": 3, "arriving": 2, "connections": 1}
    before = figures(http).get(("mcsc_told_to_come_back_total", "admission"), 0)
    http.client.app.state.turned_away.add("admission")
    assert figures(http)["mcsc_told_to_come_back_total", "admission"] == before + 1


# The log


@pytest.fixture
def _log_as_it_was() -> Iterator[None]:
    yield
    structlog.reset_defaults()


@pytest.mark.usefixtures("_log_as_it_was")
def test_a_line_a_request_says_who_asked_and_nothing_of_what_is_recorded(
    sqlite: Database, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Ledger(sqlite, CONTEXTS) as ledger, served(ledger, log="json") as http:
        log_to_stderr("json")
        recorded = http.post("/v1/companies", LEAD, X_Request_Id="mine-1")
        http.read("/v1/companies/sunfield-demo")
        http.client.get("/v1/companies/sunfield-demo", headers={"Authorization": "Bearer mcsc_aaaaaaaa_sunfield"})
        monkeypatch.setattr("api.http.recording.encode", lambda _: 1 / 0)
        broken = http.post("/v1/companies", {**LEAD, "company": "later-demo"})
        assert broken.status_code == 500
    written = capsys.readouterr().err
    lines = [json.loads(line) for line in written.splitlines()]
    by_id = {line["request"]: line for line in lines if line["event"] == "answered"}
    position = recorded.json()["position"]
    about = {"operation": "register-lead", "status": 201, "actor": "deal-desk-demo", "role": "deal_desk"}
    assert about | {"position": position} == {name: by_id["mine-1"].get(name) for name in (*about, "position")}
    read = next(line for line in by_id.values() if line["operation"] == "read-company")
    assert (read["actor"], read["position"], read["status"]) == ("auditor-demo", position, 200)
    stranger = next(line for line in by_id.values() if line["status"] == 401)
    assert "actor" not in stranger
    fault = next(line for line in lines if "exception" in line)
    assert (fault["request"], fault["actor"]) == (broken.headers["x-request-id"], "deal-desk-demo")
    assert "ZeroDivisionError" in fault["exception"]
    for secret in ("sunfield", "later-demo", "Heat Recovery", "mcsc_"):
        assert secret not in written


@pytest.mark.parametrize(("written", "as_json"), [("json", True), ("text", False), ("auto", True)])
@pytest.mark.usefixtures("_log_as_it_was")
def test_a_log_is_in_the_form_asked_for(written: Any, as_json: bool, capsys: pytest.CaptureFixture[str]) -> None:
    log_to_stderr(written)
    structlog.get_logger().warning("said", count=1)
    assert capsys.readouterr().err.startswith("{") == as_json
