"""Equipment orders through the public API: the stories of domain.md §5 and §8.1, roles, reports, CSV.

Every company, order and rate is invented. The figures are those of domain.md, to the fen.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from msgspec import to_builtins

from api.cli import main
from ledger.access import Role
from ledger.log.database import Database
from ledger.recording.application import Ledger
from tests.ground.city import City
from tests.ground.ordered import ASSESSMENT, BUYER, ORDER, SUPPLIER, TERMS, USD, Desk
from tests.ground.over_http import DOC, Http, problem, served
from tests.ground.recording import record

TERMS_SENT: dict[str, Any] = to_builtins(TERMS)
HERE = f"/v1/orders/{ORDER}"
RATES = {"2024-01-10": "7.1036", "2024-04-10": "7.1268", "2024-09-10": "7.0700", "2024-09-30": "7.0074"}
RATES |= {"2024-10-15": "7.2000", "2024-11-20": "7.2590"}


class Yard:
    """Who may send which step of an order, by its address."""

    def __init__(self, http: Http) -> None:
        self.http = http
        self.city = City(http)
        self.city.tenant(SUPPLIER)
        self.city.tenant(BUYER)
        self.city.rates()
        self.city.open("2024-01", "2024-12")
        for on, value in RATES.items():
            named = {"rate": f"usd-{on}"}
            self.city.do("propose-rate", on, **named, series=USD, value=value, source="an invented notice")
            self.city.do("approve-rate", on, **named)

    def post(self, noun: str, on: str, role: Role = "deal_desk", **body: Any) -> dict[str, Any]:
        """Record a step; what was recorded."""
        answer = self.http.post(f"{HERE}/{noun}", {"effective_on": on, **body}, role)
        assert answer.status_code == 201, answer.text
        recorded: dict[str, Any] = answer.json()
        return recorded

    def place(self, role: str) -> None:
        """From a quotation to an order."""
        quotation = {"order": ORDER, "supplier": SUPPLIER, "buyer": BUYER, "valid_until": "2024-02-01"}
        answer = self.http.post("/v1/orders", {"effective_on": "2024-01-02", "terms": TERMS_SENT, **quotation})
        assert answer.status_code == 201, answer.text
        assert answer.headers["location"] == HERE
        body = {"effective_on": "2024-01-08", "role": role, "assessment": to_builtins(ASSESSMENT), "document": DOC}
        assert self.http.post(f"{HERE}/placement", body).status_code == 201

    def pay(self, milestone: str, on: str) -> None:
        """A milestone's money in the bank."""
        named: dict[str, Any] = {"bank_reference": f"B-{milestone}", "rate_series": USD}
        self.post(f"milestones/{milestone}/payment", on, "finance", **named)

    def build(self) -> None:
        """From production to a passed site test."""
        self.post("production", "2024-01-20", document=DOC)
        self.post("factory-tests/passed", "2024-04-01", document=DOC)
        items = [{"item": "orc-demo", "quantity": 2}]
        self.post("shipments", "2024-04-05", document=DOC, shipment="s-1-demo", bill_of_lading="BL-1", items=items)
        cleared: dict[str, Any] = {"declaration": "D-1", "duty": "1000.00", "import_vat": "388000.00"}
        self.post("customs", "2024-06-01", document=DOC, **cleared)
        self.post("delivery", "2024-06-10", document=DOC)
        self.post("installation", "2024-08-01", document=DOC)
        self.post("site-tests/passed", "2024-09-01", document=DOC)

    def accept(self) -> list[str]:
        """The PAC; the names of what it recorded."""
        recorded = self.post("acceptance", "2024-09-10", document=DOC, rate_series=USD)
        return [fact["fact"] for fact in recorded["facts"]]

    def revalue(self, month: str, on: str) -> None:
        """Remeasure what is owed in dollars."""
        body = {"effective_on": on, "month": month, "rate_series": [USD]}
        answer = self.http.post("/v1/receivables/revaluations", body, "finance")
        assert answer.status_code == 201, answer.text

    def journals(self) -> list[list[tuple[str, str | None, str | None]]]:
        """Every entry: code, debit, credit of each line."""
        rows = self.http.read("/v1/reports/journal", effective="2024-12-31")["rows"]
        return [[(line["code"], line["debit"], line["credit"]) for line in row["lines"]] for row in rows]


@pytest.fixture
def yard(ledger: Ledger) -> Iterator[Yard]:
    with served(ledger) as http:
        yield Yard(http)


def test_a_principals_order(yard: Yard) -> None:
    """domain.md §5: USD 420,000.00 at 30/60/10.

    deposit   7.1036   895,053.60   2204.01     revenue 2,987,947.20, not 420,000 × 7.07 = 2,969,400.00
    shipment  7.1268 1,795,953.60   2204.01
    accepted  7.0700   296,940.00   1125
    close     7.0074   294,310.80   unrealised loss 2,629.20
    collected 7.2590   304,878.00   gain 10,567.20, cumulative 7,938.00
    """
    yard.place("PRINCIPAL")
    yard.pay("deposit", "2024-01-10")
    yard.pay("shipment", "2024-04-10")
    yard.build()
    assert yard.accept() == ["order.acceptance-certified", "order.revenue-recognised"]
    assert yard.city.trial_balance("2024-09-10") == {
        "1002": "2691007.20",
        "1125": "296940.00",
        "6001.05": "-2987947.20",
    }
    exposed = yard.http.read("/v1/reports/fx-exposure", effective="2024-09-30")["data"]
    assert exposed["currencies"] == [
        {
            "currency": "USD",
            "balance": "42000.00",
            "carrying_cny": "296940.00",
            "rate": "7.0074",
            "cny": "294310.80",
            "unrealised": "-2629.20",
            "advances": "0.00",
            "advances_cny": "0.00",
        }
    ]
    yard.revalue("2024-09", "2024-09-30")
    assert yard.city.trial_balance("2024-09-30")["6061"] == "2629.20"
    yard.post("retention/release", "2024-11-01", document=DOC)
    yard.pay("retention", "2024-11-20")
    assert yard.city.trial_balance("2024-12-31") == {
        "1002": "2995885.20",
        "6001.05": "-2987947.20",
        "6061": "-7938.00",
    }


def test_the_golden_commission(yard: Yard) -> None:
    """domain.md §8.1: USD 12,600.00 earned @7.0700, revalued @7.0074, collected @7.2000: three journals."""
    yard.place("AGENT")
    yard.build()
    assert yard.accept() == ["order.acceptance-certified", "order.commission-earned"]
    yard.revalue("2024-09", "2024-09-30")
    named = {"bank_reference": "B-FEE", "rate_series": USD}
    yard.post("receivables/commission-accepted/collection", "2024-10-15", "finance", **named)
    assert yard.journals() == [
        [("1122", "89082.00", None), ("6001.06", None, "89082.00")],
        [("1122", None, "788.76"), ("6061", "788.76", None)],
        [("1002", "90720.00", None), ("1122", None, "88293.24"), ("6061", None, "2426.76")],
    ]
    assert yard.city.trial_balance("2024-12-31") == {"1002": "90720.00", "6001.06": "-89082.00", "6061": "-1638.00"}


def test_a_line_says_what_moved_in_dollars(yard: Yard) -> None:
    yard.place("PRINCIPAL")
    yard.pay("deposit", "2024-01-10")
    (entry,) = yard.http.read("/v1/reports/journal", effective="2024-12-31")["rows"]
    assert [(line["currency"], line["foreign"]) for line in entry["lines"]] == [
        ("USD", "126000.00"),
        ("USD", "-126000.00"),
    ]


def test_an_observers_order_is_in_the_book_and_not_in_the_books(yard: Yard) -> None:
    yard.place("OBSERVER")
    yard.post("milestones/deposit/payment", "2024-01-10", "finance", evidence=DOC)
    yard.build()
    assert yard.accept() == ["order.acceptance-certified"]
    assert yard.journals() == []
    (row,) = yard.http.read("/v1/reports/order-book", effective="2024-12-31")["data"]["rows"]
    assert (row["role"], row["received"], row["fee_earned"]) == ("OBSERVER", "126000.00", "0.00")


def test_a_month_is_not_closed_on_dollars_at_an_old_rate(yard: Yard) -> None:
    yard.place("AGENT")
    yard.build()
    yard.accept()
    for month in range(1, 9):
        answer = yard.http.post(f"/v1/periods/2024-{month:02}/close", {"effective_on": "2024-10-05"}, "finance")
        assert answer.status_code == 201, answer.text
    close = {"effective_on": "2024-10-05"}
    said = problem(yard.http.post("/v1/periods/2024-09/close", close, "finance"), 409, "left-to-revalue")
    assert f"{ORDER}/commission-accepted USD 12600.00" in said["detail"]
    yard.revalue("2024-09", "2024-09-30")
    assert yard.http.post("/v1/periods/2024-09/close", close, "finance").status_code == 201


def test_reading_an_order(yard: Yard) -> None:
    yard.place("PRINCIPAL")
    yard.pay("deposit", "2024-01-10")
    answer = yard.http.get(HERE, wait=yard.http.size, effective="2024-12-31")
    assert answer.status_code == 200, answer.text
    found = answer.json()["data"]
    assert answer.headers["etag"] == f'"{found["last_position"]}-2024-12-31"'
    assert (found["state"], found["role"], found["value"]) == ("DEPOSIT_PAID", "PRINCIPAL", "420000.00")
    assert (found["advances"], found["advances_cny"]) == ("126000.00", "895053.60")
    assert [one["amount"] for one in found["milestones"]] == ["126000.00", "252000.00", "42000.00"]
    assert found["assessment"]["conclusion"] == ASSESSMENT.conclusion
    listed = yard.http.read("/v1/orders", company=BUYER, effective="2024-12-31")["rows"]
    assert [row["order"] for row in listed] == [ORDER]
    history = yard.http.read(f"{HERE}/history")
    assert [row["data"]["fact"] for row in history["rows"]] == [
        "order.quotation-issued",
        "order.ordered",
        "order.advance-received",
    ]
    problem(yard.http.get("/v1/orders/nothing-demo"), 404, "not-found")
    problem(yard.http.get("/v1/orders/nothing-demo/history"), 404, "not-found")


def test_reports_come_as_tables_too(yard: Yard) -> None:
    yard.place("AGENT")
    yard.build()
    yard.accept()
    size = yard.http.size
    for noun, first in (("order-book", ORDER), ("fx-exposure", ORDER)):
        table = yard.http.get(f"/v1/reports/{noun}.csv", wait=size, effective="2024-09-30").text
        header, *lines = table.lstrip("\ufeff").splitlines()
        assert header.startswith("section,order")
        assert lines[0].split(",")[1] == first
        assert [line.partition(",")[0] for line in lines[-2:]] == ["CURRENCY", "TOTAL"]
    listed = yard.http.get("/v1/orders.csv", wait=size, effective="2024-09-30").text
    assert ORDER in listed


@pytest.mark.parametrize(
    ("noun", "body", "role"),
    [
        ("production", {"document": DOC}, "finance"),
        ("milestones/deposit/payment", {}, "deal_desk"),
        ("changes/c-1-demo/approval", {}, "deal_desk"),
        ("acceptance", {"document": DOC}, "auditor"),
    ],
)
def test_who_may_not(yard: Yard, noun: str, body: dict[str, Any], role: Any) -> None:
    answer = yard.http.post(f"{HERE}/{noun}", {"effective_on": "2024-01-20", **body}, role)
    problem(answer, 403, "not-allowed")


def test_a_refusal_names_its_field(yard: Yard) -> None:
    wrong = {**TERMS_SENT, "milestones": TERMS_SENT["milestones"][:2]}
    quotation = {"order": ORDER, "supplier": SUPPLIER, "buyer": BUYER, "valid_until": "2024-02-01", "terms": wrong}
    answer = yard.http.post("/v1/orders", {"effective_on": "2024-01-02", **quotation})
    said = problem(answer, 422, "milestones-malformed")
    assert "90" in json.dumps(said)


# On the command line


def mcsc(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def data(sqlite: Database, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory with an order accepted and its fee not collected."""
    for name in ("MCSC_DATA", "MCSC_DATABASE", "MCSC_ACTOR", "MCSC_DEBUG", "MCSC_KEY", "MCSC_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    desk = Desk()
    desk.place("AGENT")
    desk.build()
    desk.accept()
    record(sqlite, desk.facts)
    return Path(sqlite.where)


def test_the_order_book_on_the_command_line(data: Path) -> None:
    result = mcsc("report", "order-book", "--data", data, "--effective", "2024-08-31")
    assert result.exit_code == 0, result.output
    lines = [line.split("\t") for line in result.stdout.splitlines()]
    first = dict(zip(lines[0], lines[1], strict=True))
    assert (first["kW"], first["state"], first["backlog"], first["fee expected"]) == (
        "250.000",
        "INSTALLED",
        "420,000.00",
        "12,600.00",
    )
    assert "FICTIONAL" in result.stderr


def test_the_exposure_on_the_command_line(data: Path) -> None:
    result = mcsc("report", "fx-exposure", "--data", data, "--effective", "2024-09-30")
    assert result.exit_code == 0, result.output
    lines = [line.split("\t") for line in result.stdout.splitlines()]
    assert lines[1][4:] == ["12,600.00", "89,082.00", "7.0074", "88,293.24", "(788.76)"]
    found = json.loads(mcsc("report", "fx-exposure", "--data", data, "--json", "--positions").stdout)
    assert found["data"]["rows"][0]["positions"]


def test_closing_on_the_command_line_names_what_is_not_remeasured(data: Path) -> None:
    for month in range(1, 9):
        result = mcsc("close", f"2024-{month:02}", "--data", data, "--on", "2024-10-05")
        assert result.exit_code == 0, result.output
    result = mcsc("close", "2024-09", "--data", data, "--on", "2024-10-05")
    assert f"{ORDER}/commission-accepted USD 12600.00 is not remeasured" in result.stderr
    assert "1 foreign receivables are not remeasured" in result.stderr
