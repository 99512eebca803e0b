"""Leases over HTTP: every step of a life, who may take it, and every way of reading it."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest
from httpx import Response

from api.http.operations import APPROVERS
from api.routes.leases import RECORDINGS
from ledger.joint.taking_over import TakeOverPark
from ledger.leases.deciding import LEASES
from ledger.leases.lease import LeaseCommand
from ledger.leases.withdrawing import LEASE_STEPS
from ledger.log.database import Database
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from tests.examples.leases import (
    A101,
    ASKED,
    COMPANY,
    GROUND,
    LEASE,
    NEXT_LEASE,
    NEXT_TERMS,
    OTHER_COMPANY,
    RENEW,
    SERVE_NOTICE,
    TERMINATE,
    VOID,
    signed,
)
from tests.ground.over_http import Http, problem, served
from tests.ground.recording import record

HERE = f"/v1/leases/{LEASE}"
PATH_OF = {recording.command: recording.path for recording in RECORDINGS}
LIFE = [command for command, _ in ASKED]


def asked(http: Http, command: LeaseCommand, **changes: Any) -> Response:
    """Send a command to its own route, as somebody who may; what stands in the path is left out of the body."""
    body = msgspec.to_builtins(command) | changes
    path = PATH_OF[type(command)]
    for name in ("lease", "amendment"):
        if f"{{{name}:str}}" in path:
            path = path.replace(f"{{{name}:str}}", body.pop(name))
    roles = next(recording.roles for recording in RECORDINGS if recording.command is type(command))
    return http.post(path, body, "approver" if roles == APPROVERS else "deal_desk")


def live(http: Http, through: int = len(LIFE)) -> list[int]:
    """The life of L-1, or its first steps; the positions."""
    answers = [asked(http, command) for command in LIFE[:through]]
    assert {answer.status_code for answer in answers} == {201}, [answer.text for answer in answers]
    return [answer.json()["position"] for answer in answers]


LATER = datetime(2029, 1, 1, tzinfo=UTC)
"""The ledger's now: everything of the story has happened."""


@pytest.fixture
def http(database: Database) -> Iterator[Http]:
    record(database, GROUND)
    with Ledger(database, CONTEXTS, clock=lambda: LATER) as ledger, served(ledger) as http:
        yield http


@pytest.fixture
def on_sqlite(sqlite: Database) -> Iterator[Http]:
    record(sqlite, GROUND)
    with Ledger(sqlite, CONTEXTS, clock=lambda: LATER) as ledger, served(ledger) as http:
        yield http


def test_every_command_has_a_route() -> None:
    assert {recording.command for recording in RECORDINGS} == {*LEASES.commands, *LEASE_STEPS.commands, TakeOverPark}
    assert len({recording.path for recording in RECORDINGS}) == len(RECORDINGS)


def test_a_whole_life(http: Http) -> None:
    positions = live(http)
    assert positions == list(range(positions[0], positions[0] + len(LIFE)))
    row = http.read(HERE, effective="2029-01-01")["data"]
    assert (row["state"], row["since"], row["ends_on"]) == ("ENDED", "2028-04-20", "2028-06-30")
    assert (row["drafted_by"], row["approved_by"]) == ("deal-desk-demo", "approver-demo")
    assert [version["from_on"] for version in row["versions"]] == ["2024-01-01", "2026-01-01"]
    assert row["reviews"] == [{"from_on": "2025-07-01", "monthly": "56982.20"}]
    assert row["lettings"] == [{"unit": A101, "from_on": "2024-01-01", "until_on": "2028-06-30"}]
    history = http.read(f"{HERE}/history")
    assert [entry["position"] for entry in history["rows"]] == positions
    assert history["total"] == len(positions)


@pytest.mark.parametrize(
    ("steps", "command", "state"),
    [
        pytest.param(2, VOID, "VOIDED", id="voided"),
        pytest.param(7, SERVE_NOTICE, "COMMENCED", id="notice"),
        pytest.param(7, RENEW, "RENEWED", id="renewed"),
    ],
)
def test_other_ways(sqlite: Database, steps: int, command: LeaseCommand, state: str) -> None:
    record(sqlite, [*GROUND, *signed(NEXT_LEASE, NEXT_TERMS, on=date(2026, 9, 1))])
    with Ledger(sqlite, CONTEXTS) as ledger, served(ledger) as http:
        live(http, steps)
        answer = asked(http, command)
        assert answer.status_code == 201, answer.text
        assert answer.headers["location"] == HERE
        assert http.read(HERE, effective="2026-12-31")["data"]["state"] == state


def test_a_break_with_its_fee(on_sqlite: Http) -> None:
    live(on_sqlite, 7)
    assert asked(on_sqlite, SERVE_NOTICE).status_code == 201
    assert asked(on_sqlite, TERMINATE).status_code == 201
    row = on_sqlite.read(HERE, effective="2026-01-01")["data"]
    assert (row["state"], row["terminated_on"], row["termination_fee"]) == ("TERMINATED", "2025-12-31", "167990.76")
    assert (row["passing_rent"], row["break_notice"]) == ("0.00", "2025-12-31")


def test_nobody_approves_alone(on_sqlite: Http) -> None:
    """The deal desk may not approve at all; an admin may, but not what they drafted."""
    live(on_sqlite, 2)
    body = {"effective_on": "2023-11-20"}
    problem(on_sqlite.post(f"{HERE}/approval", body, "deal_desk"), 403, "not-allowed")
    other = msgspec.to_builtins(LIFE[0]) | {"lease": "l-9-demo"}
    on_sqlite.post("/v1/leases", other, "admin")
    on_sqlite.post("/v1/leases/l-9-demo/submission", {"effective_on": "2023-11-10"}, "deal_desk")
    problem(on_sqlite.post("/v1/leases/l-9-demo/approval", body, "admin"), 422, "approver-is-author")
    assert on_sqlite.post("/v1/leases/l-9-demo/approval", body, "approver").status_code == 201


def test_a_let_unit_is_a_conflict(on_sqlite: Http) -> None:
    live(on_sqlite, 4)
    for command in LIFE[:3]:
        assert asked(on_sqlite, command, lease="l-9-demo", **_of(command)).status_code == 201
    told = problem(asked(on_sqlite, LIFE[3], lease="l-9-demo"), 409, "unit-let")
    assert f"lease {LEASE} holds unit {A101}" in told["detail"]
    told = problem(asked(on_sqlite, LIFE[3], lease="l-9-demo", units=[]), 422, "units-not-named")
    assert told["errors"] == [{"detail": told["detail"], "pointer": "/units"}]


def _of(command: LeaseCommand) -> dict[str, Any]:
    return {"company": OTHER_COMPANY} if hasattr(command, "company") else {}


def test_a_fault_in_the_terms_is_pointed_at(on_sqlite: Http) -> None:
    body = msgspec.to_builtins(LIFE[0])
    body["terms"]["rent"][0]["from_on"] = "2024-01-02"
    told = problem(on_sqlite.post("/v1/leases", body), 422, "rent-steps-disordered")
    assert told["errors"][0]["pointer"] == "/terms/rent"
    body["terms"]["rent"][0]["rent"]["per"] = "YEAR"
    told = problem(on_sqlite.post("/v1/leases", body), 400, "body-invalid")
    assert told["errors"][0]["pointer"] == "/terms/rent/0/rent/per"
    problem(on_sqlite.post(f"{HERE}/submission", {"effective_on": "2023-11-10"}), 404, "lease-unknown")


def test_already_so_is_200_without_facts(on_sqlite: Http) -> None:
    live(on_sqlite, 8)
    for command in LIFE[:8]:
        again = asked(on_sqlite, command)
        assert (again.status_code, again.json()["facts"]) == (200, []), again.text


# Reading


def test_the_rent_of_the_day(on_sqlite: Http) -> None:
    live(on_sqlite, 10)
    seen = {}
    for day in ("2023-12-31", "2024-02-01", "2024-04-01", "2025-07-01", "2026-01-01"):
        row = on_sqlite.read(HERE, effective=day)["data"]
        seen[day] = (row["passing_rent"], row["headline_rent"], row["terms"]["expiry_on"], row["next_break_on"])
    assert seen == {
        "2023-12-31": ("0.00", "0.00", "2026-12-31", "2025-12-31"),
        "2024-02-01": ("0.00", "53330.40", "2026-12-31", "2025-12-31"),
        "2024-04-01": ("53330.40", "53330.40", "2026-12-31", "2025-12-31"),
        "2025-07-01": ("56982.20", "56982.20", "2026-12-31", "2025-12-31"),
        "2026-01-01": ("56000.00", "56000.00", "2027-12-31", None),
    }
    charge = on_sqlite.read(HERE, effective="2024-07-01")["data"]["service_charge"]
    assert charge == {"price": "6.50", "per": "M2_MONTH"}


def test_a_draft_shows_its_terms(on_sqlite: Http) -> None:
    live(on_sqlite, 1)
    row = on_sqlite.read(HERE, effective="2023-11-01")["data"]
    assert (row["state"], row["terms"]["expiry_on"], row["versions"]) == ("DRAFT", "2026-12-31", [])
    assert (row["units"], row["area_m2"]) == (A101, "1234.50")
    assert on_sqlite.read(f"{HERE}/schedule", effective="2023-11-01")["rows"] == []


def test_the_etag_is_of_the_facts_and_the_day(on_sqlite: Http) -> None:
    position = live(on_sqlite, 6)[-1]
    answer = on_sqlite.get(HERE, effective="2024-04-01", wait=position)
    assert answer.headers["etag"] == f'"{position}-2024-04-01"'
    match = {"If-None-Match": answer.headers["etag"]}
    assert on_sqlite.get(HERE, effective="2024-04-01", headers=match).status_code == 304
    assert on_sqlite.get(HERE, effective="2024-03-31", headers=match).status_code == 200
    asked(on_sqlite, LIFE[6])
    assert (
        on_sqlite.get(HERE, effective="2024-07-01", wait=position + 1).headers["etag"] == f'"{position + 1}-2024-07-01"'
    )


def test_the_list_filtered_in_pages_and_as_csv(http: Http) -> None:
    for name in ("l-1-demo", "l-2-demo", "l-3-demo"):
        assert asked(http, LIFE[0], lease=name).status_code == 201
    asked(http, LIFE[1])
    day: Any = {"effective": "2023-11-30"}
    assert [row["lease"] for row in http.read("/v1/leases", state="DRAFT", **day)["rows"]] == ["l-2-demo", "l-3-demo"]
    assert len(http.read("/v1/leases", unit=A101, company=COMPANY, **day)["rows"]) == 3
    assert "a101-demo" in problem(http.get("/v1/leases", unit="a101", **day), 404, "not-found")["detail"]
    first = http.get("/v1/leases", limit=2, **day)
    second = http.get(first.headers["link"].removeprefix("<").removesuffix('>; rel="next"'))
    assert [[row["lease"] for row in page.json()["rows"]] for page in (first, second)] == [
        ["l-1-demo", "l-2-demo"],
        ["l-3-demo"],
    ]
    assert "link" not in second.headers
    table = list(csv.DictReader(io.StringIO(http.get("/v1/leases.csv", **day).content.decode("utf-8-sig"))))
    rows = http.read("/v1/leases", **day)["rows"]
    assert [row["lease"] for row in table] == ["l-1-demo", "l-2-demo", "l-3-demo"]
    assert [{name: value or "" for name, value in row.items()} for row in rows] == [
        {**row, "last_position": int(row["last_position"])} for row in table
    ]


def test_the_schedule_foots(http: Http) -> None:
    """L-1 as amended: 24 months as they were, 24 months of the new stretch (domain §4.1, §4.2), index rent apart."""
    live(http, 12)
    rows = http.read(f"{HERE}/schedule", effective="2026-12-31")["rows"]
    assert len(rows) == 48
    assert rows[0] == {
        "lease": LEASE,
        "month": "2024-01",
        "from_on": "2024-01-01",
        "until_on": "2024-01-31",
        "cash_rent": "0.00",
        "revenue": "51597.17",
        "variable_rent": "0.00",
        "accrued": "51597.17",
    }
    picked = [(rows[at]["month"], rows[at]["revenue"], rows[at]["accrued"]) for at in (2, 11, 23, 24, 35, 36, 47)]
    assert picked == [
        ("2024-03", "51597.17", "154791.51"),
        ("2024-12", "51597.17", "139192.44"),
        ("2025-12", "51597.16", "86395.32"),
        ("2026-01", "52400.20", "82795.52"),
        ("2026-12", "52400.20", "43197.72"),
        ("2027-01", "52400.19", "39597.91"),
        ("2027-12", "52400.19", "0.00"),
    ]
    assert [row["variable_rent"] for row in rows[17:25]] == ["0.00", *["985.28"] * 6, "0.00"]
    answer = http.get(f"{HERE}/schedule.csv", effective="2026-12-31")
    table = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert table == rows


def test_a_schedule_through_a_day_and_of_a_holdover(on_sqlite: Http) -> None:
    live(on_sqlite, 14)
    part = on_sqlite.read(f"{HERE}/schedule", effective="2024-01-01", through="2024-02-01")["rows"]
    assert [row["month"] for row in part] == ["2024-01", "2024-02"]
    held_over = on_sqlite.read(f"{HERE}/schedule", effective="2028-02-10")["rows"][48:]
    assert [(row["month"], row["cash_rent"], row["revenue"], row["accrued"]) for row in held_over] == [
        ("2028-01", "56000.00", "56000.00", "0.00"),
        ("2028-02", "56000.00", "56000.00", "0.00"),
    ]
    told = problem(on_sqlite.get(f"{HERE}/schedule", through="9999-12-31"), 400, "parameter-invalid")
    assert told["errors"][0]["parameter"] == "through"
    problem(on_sqlite.get(f"{HERE}/schedule", through="tomorrow"), 400, "parameter-invalid")


@pytest.mark.parametrize("noun", ["", "/history", "/schedule"])
def test_an_unknown_lease(on_sqlite: Http, noun: str) -> None:
    told = problem(on_sqlite.get(f"/v1/leases/nobody-demo{noun}"), 404, "not-found")
    assert "nobody-demo" in told["detail"]


def test_an_answer_names_its_basis_and_asking_again_gives_the_same_bytes(http: Http) -> None:
    live(http, 10)
    for path in ("/v1/leases", HERE, f"{HERE}/schedule", f"{HERE}/history"):
        first = http.get(path, wait=http.size)
        basis = first.json()["basis"]
        asked(http, LIFE[0], lease=f"later-{len(path)}-demo")
        named = {name: basis[name] for name in ("effective", "recorded") if basis[name] is not None}
        again = http.get(path, wait=http.size, **named)
        assert again.content == first.content, path
