"""Statements and journals by hand over HTTP: proposed by one, approved by another, and seen on every surface."""

import csv
import io
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from ledger.log.database import Database
from ledger.periods import PeriodOpened
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from tests.ground.golden import GOLDEN, month_end
from tests.ground.over_http import Http, problem, served
from tests.ground.recording import record

MONTHS = tuple(
    PeriodOpened(effective_on=date(2024, 1, 1), month=f"{year}-{month:02}")
    for year, month in [*((2024, month) for month in range(1, 13)), (2025, 1)]
)
ACCRUAL: dict[str, Any] = {
    "effective_on": str(month_end(2024, 12)),
    "manual_journal": "accrual-demo",
    "lines": [
        {"account": "administration", "side": "DEBIT", "amount": "9330.52"},
        {"account": "accrued", "side": "CREDIT", "amount": "9330.52"},
    ],
    "reason": "audit of 2024, not billed yet (demo)",
    "document": {"doc": "engagement letter (demo)", "sha256": "ab" * 32},
    "reverses": True,
}


@pytest.fixture
def http(database: Database) -> Iterator[Http]:
    """The golden year, its months open, on each kind of database."""
    record(database, [*MONTHS, *GOLDEN])
    with Ledger(database, CONTEXTS) as ledger, served(ledger) as http:
        yield http


def _lines(http: Http, report: str, column: str, **query: Any) -> dict[str, str]:
    data = http.read(f"/v1/reports/{report}", **query)["data"]
    return {row["line"]: row[column] for row in data["lines"]}


def test_an_accrual_stands_in_its_year_and_is_gone_in_the_next(http: Http) -> None:
    """699,330.52 less 9,330.52: 690,000.00."""
    assert http.post("/v1/journals", ACCRUAL, "finance").status_code == 201
    (waiting,) = http.read("/v1/reports/proposals")["rows"]
    assert (waiting["kind"], waiting["says"]) == ("JOURNAL", "9330.52 CNY: audit of 2024, not billed yet (demo)")
    approval = {"effective_on": "2025-01-10"}
    problem(http.post("/v1/journals/accrual-demo/approval", approval, "finance"), 403, "not-allowed")
    assert http.post("/v1/journals/accrual-demo/approval", approval, "approver").status_code == 201
    assert http.read("/v1/reports/proposals")["rows"] == []

    year: dict[str, Any] = {"effective": "2024-12-31"}
    assert _lines(http, "income-statement", "year_to_date", **year)["administration"] == "-9330.52"
    sheet = _lines(http, "balance-sheet", "closing", **year)
    assert (sheet["undistributed"], sheet["other-payables"]) == ("690000.00", "115991.32")
    january: dict[str, Any] = {"effective": "2025-01-31"}
    assert _lines(http, "income-statement", "year_to_date", **january)["administration"] == "9330.52"
    sheet = _lines(http, "balance-sheet", "closing", **january)
    assert (sheet["undistributed"], sheet["other-payables"]) == ("699330.52", "106660.80")
    assert _lines(http, "balance-sheet", "opening", **january)["undistributed"] == "690000.00"

    receipt = http.read("/v1/reports/income-statement", **year, explain="TOTAL:net-profit/amount")["data"]
    assert (receipt["figure"], receipt["total"]) == ("690000.00", "690000.00")
    rows = http.read("/v1/reports/general-ledger", **january, account="2241.03")["rows"]
    assert [(row["section"], row["balance"]) for row in rows] == [
        ("OPENING", "-9330.52"),
        ("ENTRY", "0.00"),
        ("CLOSING", "0.00"),
    ]
    answer = http.get("/v1/reports/balance-sheet.csv", wait=http.size, **year)
    table = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert sum(int(row["closing"].replace(".", "")) for row in table if row["section"] == "LINE") == 2 * 85452199


def test_an_accrued_bill_is_paid_from_the_bank_and_stands_in_the_cash_flow(http: Http) -> None:
    """9,330.52 of December are paid in January, out of 549,658.66: proposed, waiting, paid by another."""
    owed = {**ACCRUAL, "reverses": False}
    assert http.post("/v1/journals", owed, "finance").status_code == 201
    day = {"effective_on": "2025-01-10"}
    assert http.post("/v1/journals/accrual-demo/approval", day, "approver").status_code == 201
    item = {"journal": "accrual-demo", "account": "accrued", "amount": "9330.52"}
    proposal: dict[str, Any] = {"payment": "audit-demo", "payee": "the auditors (demo)", "items": [item], **day}
    proposal["reason"] = "audit of 2024 (demo)"
    more = {**proposal, "items": [{**item, "amount": "9330.53"}]}
    problem(http.post("/v1/bank-payments", more, "finance"), 422, "debt-exceeded")
    assert http.post("/v1/bank-payments", proposal, "finance").status_code == 201
    (waiting,) = http.read("/v1/reports/proposals")["rows"]
    assert waiting["says"] == "9330.52 CNY to the auditors (demo): audit of 2024 (demo)"
    path, body = waiting["approval"]["path"], waiting["approval"]["body"]
    assert (path, body["journals"]) == ("/v1/bank-payments/audit-demo/approval", ["accrual-demo"])
    paid = {**body, **day, "bank_reference": "AUD-1"}
    problem(http.post(path, paid, "finance"), 403, "not-allowed")
    assert http.post(path, paid, "approver").status_code == 201
    row = http.read("/v1/bank-payments/audit-demo")["data"]
    assert (row["paid_on"], row["amount"], row["bank_reference"]) == ("2025-01-10", "9330.52", "AUD-1")

    january: dict[str, Any] = {"effective": "2025-01-31"}
    flow = http.read("/v1/reports/cash-flow", **january)["data"]
    assert {one["line"]: one["amount"] for one in flow["lines"] if one["amount"] != "0.00"} == {
        "other-paid": "-9330.52"
    }
    assert [one["amount"] for one in flow["balances"]] == ["549658.66", "540328.14"]
    assert _lines(http, "balance-sheet", "closing", **january)["cash"] == "540328.14"
    receipt = http.read("/v1/reports/cash-flow", **january, explain="LINE:other-paid/amount")["data"]
    assert (receipt["figure"], receipt["total"]) == ("-9330.52", "-9330.52")
    equity = http.read("/v1/reports/changes-in-equity", **january)["data"]["total"]
    assert (equity["opening"], equity["profit"], equity["closing"]) == ("690000.00", "0.00", "690000.00")
    for report in ("cash-flow", "changes-in-equity"):
        problem(http.get(f"/v1/reports/{report}", **january, from_on="2025-02-01"), 400, "parameter-invalid")
        assert http.get(f"/v1/reports/{report}.csv", wait=http.size, **january).status_code == 200
        assert http.get(f"/v1/reports/{report}.xlsx", wait=http.size, **january).status_code == 200
    # Any period, across years: the whole of it.
    whole = http.read("/v1/reports/cash-flow", **january, from_on="2024-01-01")["data"]
    assert whole["total"]["amount"] == "540328.14"


def test_what_the_reports_and_commands_refuse(http: Http) -> None:
    lines = [{**ACCRUAL["lines"][0], "account": "receivables"}, ACCRUAL["lines"][1]]
    said = problem(http.post("/v1/journals", {**ACCRUAL, "lines": lines}, "finance"), 422, "account-controlled")
    assert "1122" in said["detail"]
    year: dict[str, Any] = {"effective": "2024-12-31"}
    for report in ("income-statement", "general-ledger"):
        problem(http.get(f"/v1/reports/{report}", **year, from_on="2023-12-31"), 400, "parameter-invalid")
    problem(http.get("/v1/reports/income-statement", **year, form="2030"), 400, "parameter-invalid")
    problem(http.get("/v1/reports/general-ledger", **year, cursor="bm9uZQ"), 400, "parameter-invalid")
    problem(http.get("/v1/reports/general-ledger", **year, account="9999"), 400, "parameter-invalid")
    moved: dict[str, Any] = {"explain": "OPENING:bank/balance", "against": "20", **year}
    told = problem(http.get("/v1/reports/general-ledger", wait=http.size, **moved), 400, "parameter-invalid")
    assert "balance is not compared" in told["detail"]
