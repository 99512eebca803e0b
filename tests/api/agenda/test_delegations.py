"""Approving in another's stead, as people do it: over HTTP and on the command line, with what the inbox says of it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner

from api.cli import main
from ledger.decider import By
from ledger.log import store
from ledger.log.database import Database
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from tests.ground.over_http import Http, problem, served

ON = {"effective_on": "2026-01-10"}
RATE = {**ON, "rate": "usd-1-demo", "series": "fx/usd-cny", "value": "7.1", "source": "notice (demo)"}
LENT = {**ON, "delegation": "on-leave-demo", "delegate": "deal-desk-demo", "until_on": "2056-01-31", "reason": "leave"}
APPROVAL = "/v1/rates/usd-1-demo/approval"
BY_IT: dict[str, Any] = {"Delegation": "on-leave-demo"}


@pytest.fixture
def http(database: Database) -> Iterator[Http]:
    with Ledger(database, CONTEXTS) as ledger, served(ledger) as http:
        yield http


def test_somebody_approves_in_anothers_stead(http: Http) -> None:
    assert http.post("/v1/rates", RATE, "finance").status_code == 201
    assert http.read("/v1/reports/proposals", role="deal_desk")["rows"][0]["deputies"] == []
    problem(http.post(APPROVAL, ON, **BY_IT), 404, "delegation-unknown")
    given = http.post("/v1/delegations", LENT, "approver")
    assert (given.status_code, given.headers["location"]) == (201, "/v1/reports/delegations")
    (row,) = http.read("/v1/reports/delegations", effective="2026-01-20")["rows"]
    assert (row["delegator"], row["delegate"], row["role"], row["state"]) == (
        "approver-demo",
        "deal-desk-demo",
        "approver",
        "IN_FORCE",
    )
    assert "STATEMENT" not in row["kinds"]
    (waiting,) = http.read("/v1/reports/proposals")["rows"]
    lent = {"delegate": "deal-desk-demo", "delegator": "approver-demo", "delegation": "on-leave-demo"}
    assert waiting["deputies"] == [lent]
    table = http.get("/v1/reports/proposals.csv", wait=http.size).text
    assert "deal-desk-demo for approver-demo (on-leave-demo)" in table
    # by their own right they may not, nor may an auditor by any; and it opens nothing but approvals
    problem(http.post(APPROVAL, ON), 403, "not-allowed")
    problem(http.post(APPROVAL, ON, "auditor", **BY_IT), 403, "not-allowed")
    problem(http.post("/v1/periods", {**ON, "through": "2026-01"}, **BY_IT), 403, "not-allowed")
    problem(http.post("/v1/rates", {**RATE, "rate": "usd-2-demo"}, "finance", **BY_IT), 422, "delegation-of-another")
    problem(http.post(APPROVAL, ON, "admin", **BY_IT), 422, "delegation-of-another")
    told = problem(http.post(APPROVAL, ON, Delegation="On Leave"), 400, "header-invalid")
    assert told["errors"][0]["header"] == "Delegation"
    would = http.client.post(f"{APPROVAL}?dry_run=true", json=ON, headers={**http.headers("deal_desk"), **BY_IT})
    assert would.status_code == 200, would.text
    done = http.post("/v1/commands", {"command": "approve-rate", **ON, "rate": "usd-1-demo"}, **BY_IT)
    assert done.status_code == 201, done.text
    with http.ledger.database.views.connect() as connection:
        (entry,) = store.page(connection, after=done.json()["position"] - 1, limit=1)
    assert isinstance(entry.by, By)
    assert (entry.by.actor, entry.by.in_stead_of, entry.by.delegation) == (
        "deal-desk-demo",
        "approver-demo",
        "on-leave-demo",
    )


def test_the_way_back(http: Http) -> None:
    assert http.post("/v1/rates", RATE, "finance").status_code == 201
    assert http.post("/v1/delegations", LENT, "approver").status_code == 201
    end = ("/v1/delegations/on-leave-demo/end", {**ON, "reason": "is back"})
    problem(http.post(*end, "finance"), 422, "delegation-of-another")
    assert http.post(*end, "approver").status_code == 201
    told = problem(http.post(APPROVAL, ON, **BY_IT), 422, "delegation-not-in-force")
    assert "it ended on 2026-01-10" in told["detail"]
    (row,) = http.read("/v1/reports/delegations")["rows"]
    assert (row["state"], row["ended_by"]) == ("ENDED", "approver-demo")
    assert http.read("/v1/reports/proposals")["rows"][0]["deputies"] == []


def test_on_the_command_line_until_whoever_gave_it_is_shut_out(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MCSC_TRUST_NAMES")
    data = ("--data", str(tmp_path / "ledger"))

    def mcsc(*arguments: str, given: Any = None, **environment: str) -> Any:
        written = "" if given is None else json.dumps(given)
        return CliRunner().invoke(main, [*arguments, *data], input=written, env=environment)

    assert mcsc("init").exit_code == 0
    keys = {
        role: mcsc("token", "create", "--actor", f"{role}-demo".replace("_", "-"), "--role", role).stdout.strip()
        for role in ("finance", "approver", "deal_desk")
    }
    for role, command in (
        ("finance", {"command": "propose-rate", **RATE}),
        ("approver", {"command": "delegate-approval", **LENT}),
    ):
        assert mcsc("record", given=command, MCSC_KEY=keys[role]).exit_code == 0
    approval = {"command": "approve-rate", **ON, "rate": "usd-1-demo"}
    assert mcsc("record", given=approval, MCSC_KEY=keys["deal_desk"]).exit_code == 7
    assert mcsc("record", "--delegation", "nothing", given=approval, MCSC_KEY=keys["deal_desk"]).exit_code == 4
    done = mcsc("record", "--delegation", "on-leave-demo", given=approval, MCSC_KEY=keys["deal_desk"])
    assert done.exit_code == 0, done.stderr
    shown = mcsc("report", "delegations")
    assert "on-leave-demo" in shown.stdout, (shown.stderr, shown.exception)
    assert "COMES_IN" in mcsc("report", "delegations", "--csv", MCSC_KEY=keys["approver"]).stdout
    stood_in = mcsc("report", "exceptions", "--csv", "--kind", "IN_STEAD").stdout.splitlines()
    assert [line.count("approver-demo") for line in stood_in if "rate.approved" in line] == [1]
    assert "in the stead of" not in mcsc("doctor").stdout
    assert mcsc("token", "revoke", keys["approver"].split("_")[1]).exit_code == 0
    assert "SHUT_OUT" in mcsc("report", "delegations", "--csv").stdout
    told = mcsc("doctor")
    assert told.exit_code == 1
    assert "deal-desk-demo approves in the stead of approver-demo until 2056-01-31" in told.stdout
