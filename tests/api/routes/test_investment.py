"""Investment agreements over HTTP and on the command line: every command by its route, what is read, the reports."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result

from api.cli import main
from api.routes.investment import RECORDINGS
from ledger.investment.deciding import INVESTMENT
from ledger.investment.withdrawing import INVESTMENT_STEPS
from ledger.log.database import Database
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from tests.examples.investment import ASKED, COMMANDS, GROUND, LIFE
from tests.ground.over_http import DOC, Http, problem, served
from tests.ground.recording import record

AT = "/v1/investment-agreements"
ONE = f"{AT}/agreement-01"
ROUTE = {recording.command: recording for recording in RECORDINGS}


@pytest.fixture
def http(database: Database) -> Iterator[Http]:
    """A served ledger with two companies, exchange rates and open months."""
    record(database, GROUND)
    with Ledger(database, CONTEXTS) as ledger, served(ledger) as http:
        yield http


def sent(http: Http, command: Any, role: Any = "admin") -> Any:
    """Send a command by its own route."""
    recording = ROUTE[type(command)]
    fields = {name: getattr(command, name) for name in command.__struct_fields__}
    path = recording.path
    for name in list(fields):
        if f"{{{name}:str}}" in path:
            path = path.replace(f"{{{name}:str}}", fields.pop(name))
    body = {name: value for name, value in fields.items() if value is not None}
    return http.post(path, msgspec.json.encode(body), role)


@pytest.fixture
def told(http: Http) -> Http:
    """The whole life of the example, each step by somebody who may."""
    for command, by in ASKED:
        answer = sent(http, command, by.role)
        assert answer.status_code == 201, (type(command).__name__, answer.text)
    return http


def test_every_command_has_a_route_of_its_own() -> None:
    assert set(ROUTE) == {*INVESTMENT.commands, *INVESTMENT_STEPS.commands}
    assert len({recording.path for recording in RECORDINGS}) == len(RECORDINGS)


def test_a_life_is_recorded_and_again_adds_nothing(told: Http) -> None:
    rows = told.get("/v1/history", fact="investment.clawback-collected").json()["rows"]
    assert len(rows) == 1
    for command, by in ASKED[1:]:
        again = sent(told, command, by.role)
        assert (again.status_code, again.json().get("facts")) == (200, []), (type(command).__name__, again.text)


def test_one_agreement_is_read_with_all_that_came_of_it(told: Http) -> None:
    answer = told.get(ONE, wait=told.size)
    data = answer.json()["data"]
    assert answer.headers["etag"] == f'"{data["row"]["last_position"]}-{answer.json()["basis"]["effective"]}"'
    assert len(data["row"]["positions"]) == len(LIFE)
    assert data["contributions"][0] == {
        "contribution": "capital-1",
        "kind": "CAPITAL",
        "utilised": True,
        "value_on": "2024-06-28",
        "currency": "USD",
        "recorded": "1500000.00",
        "left": "1500000.00",
        "rate": "7.1036",
        "left_cny": "10655400.00",
    }
    assert data["tests"][0] == {
        "covenant": "intensity-2025",
        "metric": "FAI_INTENSITY",
        "test_on": "2025-12-31",
        "tested_on": "2026-01-20",
        "target": "200",
        "actual": "150.0000",
        "shortfall": "0.2500",
        "result": "MISSED",
        "outdated": False,
    }
    assert data["clawbacks"][0] == {
        "clawback": "clawback-1",
        "covenant": "intensity-2025",
        "incentive": "equipment-grant",
        "assessed_on": "2026-02-02",
        "assessed": "600000.00",
        "waived": "100000.00",
        "collected": "500000.00",
        "outstanding": "0.00",
    }
    assert data["terms"]["tranches"][1] == {"due_on": "2025-12-31", "amount": "3500000.00"}


def test_agreements_are_listed_as_of_two_dates(told: Http) -> None:
    (row,) = told.read(AT, effective="2024-06-30")["rows"]
    assert (row["state"], row["paid_in"], row["fulfilment_percent"]) == ("IN_PERFORMANCE", "1500000.00", "30.0000")
    assert told.read(AT, company="riverbend-demo")["rows"] == []
    assert len(told.read(AT, state="CLOSED", positions=True)["rows"][0]["positions"]) == len(LIFE)
    problem(told.get(f"{AT}/none-demo"), 404, "not-found")


def test_only_what_is_mcsc_s_money_is_in_the_journal(told: Http) -> None:
    """Dr 6711 / Cr 1002 2,400,000.00; Dr 1221 / Cr 6301 600,000.00, less 100,000.00; Dr 1002 / Cr 1221 500,000.00."""
    balance = told.read("/v1/reports/trial-balance", effective="2024-12-31")["data"]
    assert [(row["code"], row["closing"]) for row in balance["rows"]] == [
        ("1002", "-2400000.00"),
        ("6711", "2400000.00"),
    ]
    balance = told.read("/v1/reports/trial-balance", effective="2026-12-31")["data"]
    movements = {row["code"]: (row["debit"], row["credit"], row["closing"]) for row in balance["rows"]}
    assert movements["1221"] == ("600000.00", "600000.00", "0.00")
    assert movements["6301"] == ("100000.00", "600000.00", "-500000.00")
    assert movements["1002"][2] == "-1900000.00"
    facts = {row["fact"] for row in told.read("/v1/reports/journal", effective="2026-12-31")["rows"]}
    assert facts == {
        "investment.incentive-paid",
        "investment.clawback-assessed",
        "investment.clawback-waived",
        "investment.clawback-collected",
    }


def table(text: str) -> list[dict[str, str]]:
    """CSV as a spreadsheet reads it."""
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def test_the_reports_come_as_tables(told: Http) -> None:
    size = told.size
    rows = table(told.get("/v1/reports/investment.csv", wait=size).text)
    assert [(row["section"], row["contracted_cny"], row["paid_in_cny"]) for row in rows] == [
        ("AGREEMENT", "35518000.00", "10655400.00"),
        ("CHANNEL", "35518000.00", "10655400.00"),
        ("TOTAL", "35518000.00", "10655400.00"),
    ]
    rows = table(told.get("/v1/reports/channel-money.csv", wait=size).text)
    assert [(row["origin"] or row["section"], row["contracted"], row["fai"], row["revenue"]) for row in rows] == [
        ("DIRECT", "35518000.00", "18000000.00", "0.00"),
        ("TOTAL", "35518000.00", "18000000.00", "0.00"),
        ("UNATTRIBUTED", "", "", "0.00"),
    ]
    assert table(told.get(f"{AT}.csv", wait=size).text)[0]["utilised"] == "10655400.00"


def test_the_funnel_in_companies_stays_what_it_was(told: Http) -> None:
    total = told.read("/v1/reports/funnel")["data"]["total"]
    assert set(total) == {
        "origin",
        "origin_year",
        "leads",
        "qualified",
        "loi",
        "agreements",
        "registered",
        "settled_in",
        "operating",
        "exited",
        "reported_settled",
        "paces",
    }


@pytest.mark.parametrize(
    ("noun", "role"),
    [
        ("/signature", "deal_desk"),
        ("/signature", "finance"),
        ("/contributions", "finance"),
        ("/incentives/equipment-grant/payments", "deal_desk"),
        ("/clawbacks", "approver"),
        ("/clawbacks/clawback-1/waivers/waiver-1/approval", "finance"),
        ("", "auditor"),
    ],
)
def test_who_may_not(http: Http, noun: str, role: Any) -> None:
    where = ONE if noun else AT
    problem(http.post(f"{where}{noun}", {"effective_on": "2024-05-06"}, role), 403, "not-allowed")


def test_a_refusal_says_what_to_do(http: Http) -> None:
    assert sent(http, COMMANDS[0]).status_code == 201
    body = {"effective_on": "2024-01-01", "document": DOC}
    told = problem(http.post(f"{ONE}/signature", body, "approver"), 422, "investment-step-too-early")
    assert "since" not in told["detail"]
    told = problem(http.post(f"{AT}/none-demo/signature", body, "approver"), 404, "investment-unknown")
    assert "draft-investment-agreement first" in told["detail"]


# On the command line


def mcsc(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def data(sqlite: Database) -> Path:
    """A data directory with the same life."""
    record(sqlite, (*GROUND, *LIFE))
    return Path(sqlite.where)


def test_the_investment_report_on_the_command_line(data: Path) -> None:
    result = mcsc("report", "investment", "--data", data, "--effective", "2026-12-31")
    assert result.exit_code == 0, result.output
    lines = [line.split("\t") for line in result.stdout.splitlines()]
    first = dict(zip(lines[0], lines[1], strict=True))
    assert (first["ccy"], first["contracted"], first["subscribed"], first["paid in"], first["%"]) == (
        "USD",
        "5,000,000.00",
        "4,000,000.00",
        "1,500,000.00",
        "30.0000",
    )
    assert (first["utilised CNY"], first["FAI CNY"], first["intensity"], first["target"]) == (
        "10,655,400.00",
        "18,000,000.00",
        "150.0000",
        "200",
    )
    total = dict(zip(lines[0], lines[-1], strict=True))
    assert (total["origin"], total["contracted"], total["paid in CNY"]) == ("TOTAL", "35,518,000.00", "10,655,400.00")


def test_the_funnel_in_money_on_the_command_line(data: Path) -> None:
    result = mcsc("report", "channel-money", "--data", data, "--effective", "2026-12-31")
    assert result.exit_code == 0, result.output
    lines = [line.split("\t") for line in result.stdout.splitlines()]
    total = dict(zip(lines[0], lines[-1], strict=True))
    assert (total["origin"], total["leads"], total["contracted"], total["paid in %"], total["revenue"]) == (
        "TOTAL",
        "2",
        "35,518,000.00",
        "30.0000",
        "–",
    )
    found = json.loads(mcsc("report", "channel-money", "--data", data, "--json", "--companies").stdout)
    assert found["data"]["total"]["companies"] == ["riverbend-demo", "sunfield-demo"]
