"""The books over HTTP and on the command line: the same figures, on a basis, as JSON, CSV and text."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from api.cli import main
from api.settings import FILE, BadSetting, load
from ledger.log.database import Database
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from tests.ground.golden import BACKDATED, GOLDEN, LEASE, TENANT
from tests.ground.over_http import Http, problem, served
from tests.ground.recording import record

YEAR: dict[str, Any] = {"effective": "2024-12-31"}
REPORTS = ("trial-balance", "journal", "revenue", "deferred-revenue")


@pytest.fixture
def http(database: Database) -> Iterator[Http]:
    """The golden year, on each kind of database."""
    record(database, GOLDEN)
    with Ledger(database, CONTEXTS) as ledger, served(ledger) as http:
        yield http


@pytest.fixture
def quick(sqlite: Database) -> Iterator[Http]:
    """The golden year on SQLite, for what does not depend on the database; with a code of its own."""
    record(sqlite, GOLDEN)
    with Ledger(sqlite, CONTEXTS) as ledger, served(ledger, accounts={"receivables": "1122.01"}) as http:
        yield http


def table(http: Http, report: str, **query: Any) -> list[dict[str, str]]:
    answer = http.get(f"/v1/reports/{report}.csv", wait=http.size, **query)
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_the_trial_balance_of_the_golden_year(http: Http) -> None:
    answer = http.read("/v1/reports/trial-balance", **YEAR, subledgers=False)
    assert answer["basis"]["effective"] == "2024-12-31"
    found = {row["code"]: row["closing"] for row in answer["data"]["rows"]}
    assert found == {
        "1002": "549658.66",
        "1122": "174390.41",
        "1124": "139192.44",
        "1231": "-8719.52",
        "2221.01": "-48530.67",
        "2241.01": "-106660.80",
        "6001.01": "-619166.04",
        "6001.03": "-88884.00",
        "6702": "8719.52",
    }
    assert answer["data"]["total"]["closing"] == "0.00"
    assert answer["data"]["fictional"] is True


def test_accounts_stand_beside_their_subledgers(quick: Http) -> None:
    rows = {row["account"]: row for row in quick.read("/v1/reports/trial-balance", **YEAR)["data"]["rows"]}
    for account in ("receivables", "deposits"):
        assert (rows[account]["subledger"], rows[account]["difference"]) == (rows[account]["closing"], "0.00")
    assert "subledger" not in rows["bank"]


def test_movements_from_a_day_of_another_year_are_refused(quick: Http) -> None:
    answer = quick.get("/v1/reports/trial-balance", **YEAR, from_on="2023-12-31")
    document = problem(answer, 400, "parameter-invalid")
    assert "2024-01-01" in document["detail"]
    for report in ("revenue", "deferred-revenue"):
        problem(quick.get(f"/v1/reports/{report}", **YEAR, from_on="2025-01-01"), 400, "parameter-invalid")


def test_the_journal_page_by_page(http: Http) -> None:
    first = http.get("/v1/reports/journal", wait=http.size, **YEAR, limit=20)
    seen = [row["position"] for row in first.json()["rows"]]
    link = first.headers["link"]
    while link:
        answer = http.client.get(link[1 : link.index(">")], headers=http.headers("auditor"))
        seen += [row["position"] for row in answer.json()["rows"]]
        link = answer.headers.get("link", "")
    assert seen == list(range(1, len(GOLDEN) + 1))


def test_an_entry_as_it_is_shown(quick: Http) -> None:
    (entry, *_) = quick.read("/v1/reports/journal", **YEAR, document=f"{LEASE}-rent-202404")["rows"]
    assert (entry["fact"], entry["rules"], entry["data_class"]) == ("billing.invoice-issued", 1, "FICTIONAL")
    about = {"company": TENANT, "lease": LEASE, "document": f"{LEASE}-rent-202404", "stream": "RENT"}
    assert entry["lines"][0] == {
        "account": "receivables",
        "code": "1122.01",
        "name": "Trade receivables",
        "debit": "174390.41",
        "credit": None,
        **about,
        "service_month": None,
    }
    assert entry["lines"][1] == {
        "account": "straight-line",
        "code": "1124",
        "name": "Straight-line rent clearing",
        "debit": None,
        "credit": "53330.40",
        **about,
        "service_month": "2024-04",
    }


@pytest.mark.parametrize(
    ("wanted", "entries"),
    [
        pytest.param({"account": "deposits"}, 1, id="account"),
        pytest.param({"account": "1122.01"}, 29, id="code-of-ones-own"),
        pytest.param({"lease": LEASE}, 42, id="lease"),
        pytest.param({"from_on": "2024-12-31"}, 2, id="from"),
    ],
)
def test_the_journal_narrowed_down(quick: Http, wanted: dict[str, Any], entries: int) -> None:
    assert len(quick.read("/v1/reports/journal", **YEAR, **wanted)["rows"]) == entries


@pytest.mark.parametrize(
    ("query", "says"), [({"account": "petty-cash"}, "receivables"), ({"cursor": "Zm9v"}, "Link"), ({"by": "x"}, "by")]
)
def test_what_means_nothing_is_said(quick: Http, query: dict[str, Any], says: str) -> None:
    report = "revenue" if "by" in query else "journal"
    answer = quick.get(f"/v1/reports/{report}", wait=quick.size, **query)
    assert says in problem(answer, 400, "parameter-invalid")["detail"]


def test_revenue_by_service_and_by_accounting_period(database: Database) -> None:
    record(database, BACKDATED)
    with Ledger(database, CONTEXTS) as ledger, served(ledger) as http:
        totals = {}
        for by, september in (("service", "55500.00"), ("accounting", "58500.00")):
            data = http.read("/v1/reports/revenue", **YEAR, by=by)["data"]
            assert {row["period"]: row["recognised"] for row in data["rows"]}["2024-09"] == september
            totals[by] = data["total"]
    assert totals["service"] == totals["accounting"]
    assert totals["service"]["recognised"] == "166500.00"


def test_deferred_revenue_rolls_forward(http: Http) -> None:
    rows = http.read("/v1/reports/deferred-revenue", effective="2024-10-31", from_on="2024-10-01")["data"]["rows"]
    assert [row["code"] for row in rows] == ["1124", "2204.01", "2204.02", "2203"]
    assert (rows[0]["opening"], rows[0]["additions"], rows[0]["closing"]) == ("0.00", "159991.20", "0.00")


def test_a_word_that_is_none_of_the_choices_is_told_them(quick: Http) -> None:
    told = problem(quick.get("/v1/reports/revenue", by="tenant"), 400, "parameter-invalid")
    assert told["detail"] == "by: Invalid enum value 'tenant'; there are accounting, service."


def test_deferred_revenue_rolls_forward_from_the_first_day_there_is(quick: Http) -> None:
    ever = quick.read("/v1/reports/deferred-revenue", effective="2024-12-31", from_on="0001-01-01")["data"]["rows"]
    assert {row["opening"] for row in ever} == {"0.00"}
    year = quick.read("/v1/reports/deferred-revenue", effective="2024-12-31")["data"]["rows"]
    assert [row["closing"] for row in ever] == [row["closing"] for row in year]
    assert quick.get("/v1/reports/deferred-revenue", effective="0001-01-01").status_code == 200


@pytest.mark.parametrize("report", ["trial-balance", "revenue", "deferred-revenue"])
def test_figures_list_the_facts_behind_them(quick: Http, report: str) -> None:
    without = quick.read(f"/v1/reports/{report}", **YEAR)["data"]["rows"]
    listed = quick.read(f"/v1/reports/{report}", **YEAR, positions=True)["data"]["rows"]
    assert not any("positions" in row for row in without)
    assert all("positions" in row for row in listed)
    assert {at for row in listed for at in row["positions"]} <= set(range(1, len(GOLDEN) + 1))


def test_tables_hold_the_same_figures(quick: Http) -> None:
    balance = table(quick, "trial-balance", **YEAR)
    assert {row["code"]: row["closing"] for row in balance}["6001.01"] == "-619166.04"
    assert balance[-1]["section"] == "TOTAL"
    assert sum(int(row["debit"].replace(".", "")) for row in balance[:-1]) == int(balance[-1]["debit"].replace(".", ""))
    lines = table(quick, "journal", **YEAR, limit=1000)
    assert len({row["position"] for row in lines}) == len(GOLDEN)
    revenue = table(quick, "revenue", **YEAR)
    assert [row["recognised"] for row in revenue if row["section"] == "TOTAL"] == ["708050.04"]
    deferred = table(quick, "deferred-revenue", **YEAR)
    assert [row["section"] for row in deferred][-1] == "TOTAL"


@pytest.mark.parametrize("report", REPORTS)
def test_the_same_basis_gives_the_same_bytes(quick: Http, report: str) -> None:
    first = quick.get(f"/v1/reports/{report}", wait=quick.size, **YEAR)
    basis = first.json()["basis"]
    record(quick.ledger.database, BACKDATED)
    again = quick.get(f"/v1/reports/{report}", effective=basis["effective"], recorded=basis["recorded"])
    assert again.content == first.content


# As text


@pytest.mark.parametrize("program", ["hledger", "beancount"])
def test_the_journal_as_text(http: Http, program: str) -> None:
    answer = http.get(f"/v1/reports/journal.{program}", wait=http.size, **YEAR)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert f"journal_eff-2024-12-31_rec-{http.size}.{program}" in answer.headers["content-disposition"]
    assert "billing.deposit-received d-1-demo" in answer.text
    assert answer.text.count("billing.") == len(GOLDEN)
    assert "549658.66" in answer.text


def test_text_unchanged_since_is_not_sent_again(quick: Http) -> None:
    path = "/v1/reports/journal.beancount"
    first = quick.get(path, wait=quick.size, **YEAR)
    again = quick.get(path, headers={"If-None-Match": first.headers["etag"]}, **YEAR)
    assert (again.status_code, again.content) == (304, b"")
    head = quick.client.head(path, params=YEAR, headers=quick.headers("auditor"))
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", first.headers["etag"])
    assert int(head.headers["content-length"]) == len(first.content)
    assert head.headers["content-disposition"] == first.headers["content-disposition"]
    refused = quick.get(path, headers={"Accept": "application/json"}, **YEAR)
    problem(refused, 406, "not-acceptable")


# On the command line


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MCSC_DATA", "MCSC_DATABASE", "MCSC_ACTOR", "MCSC_DEBUG", "MCSC_KEY", "MCSC_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)


def mcsc(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def data(sqlite: Database) -> Path:
    record(sqlite, GOLDEN)
    (sqlite.directory / FILE).write_text('[accounts]\nreceivables = "1122.01"\n')
    return sqlite.directory


def test_the_trial_balance_as_people_read_it(data: Path) -> None:
    result = mcsc("report", "trial-balance", "--data", data, "--effective", "2024-12-31")
    assert result.exit_code == 0, result.output
    rows = {line.split("\t")[1]: line.split("\t") for line in result.stdout.splitlines()}
    assert rows["Trade receivables"][0] == "1122.01"
    assert rows["Trade receivables"][5:] == ["174,390.41", "174,390.41", "–"]
    assert rows["Rent, fixed"][2:6] == ["–", "–", "619,166.04", "(619,166.04)"]
    assert rows["TOTAL"][5] == "–"
    assert "FICTIONAL" in result.stderr
    assert "as recorded at position 43" in result.stderr


@pytest.mark.parametrize(
    ("report", "shown"),
    [
        (["journal", "--account", "deposits"], "(106,660.80)|106,660.80"),
        (["revenue", "--by", "accounting"], "all SERVICE_CHARGE"),
        (["deferred-revenue"], "Make-up rights"),
        (["trial-balance", "--no-subledgers"], "Tenant deposits"),
    ],
)
def test_reports_of_the_books(data: Path, report: list[str], shown: str) -> None:
    result = mcsc("report", *report, "--data", data, "--effective", "2024-12-31")
    assert result.exit_code == 0, result.output
    assert any(words in result.stdout for words in shown.split("|"))


@pytest.mark.parametrize("report", REPORTS)
def test_the_command_line_gives_the_bytes_of_http(data: Path, report: str) -> None:
    shown = mcsc("report", report, "--data", data, "--effective", "2024-12-31", "--recorded", "43", "--json")
    assert shown.exit_code == 0, shown.output
    database = Database(data)
    with Ledger(database, CONTEXTS) as ledger, served(ledger, accounts={"receivables": "1122.01"}) as http:
        path = f"/v1/reports/{report}"
        more: dict[str, Any] = {"limit": 1000} if report == "journal" else {}
        answer = http.get(path, wait=http.size, recorded=43, **YEAR, **more)
    database.close()
    assert json.loads(shown.stdout) == answer.json()


@pytest.mark.parametrize("form", ["hledger", "beancount", "csv"])
def test_export_the_journal(data: Path, tmp_path: Path, form: str) -> None:
    path = tmp_path / "books"
    asked = ("export", "journal", "--data", data, "--format", form, "--effective", "2024-12-31")
    assert mcsc(*asked, "-o", path).exit_code == 0
    written = path.read_bytes()
    assert written.decode("utf-8").count("billing.") >= len(GOLDEN)
    assert mcsc(*asked).stdout_bytes == written
    if form == "csv":
        assert written.startswith("\ufeffposition,accounting_on".encode())
        assert mcsc("report", "journal", "--data", data, "--effective", "2024-12-31", "--csv").stdout_bytes == written


def test_codes_are_given_to_accounts_that_exist(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('[accounts]\nbank = "1002.02"\n')
    assert load(tmp_path, {}).accounts == {"bank": "1002.02"}
    for wrong in ('petty-cash = "1001"', 'bank = "10 02"', 'bank = ""'):
        (tmp_path / FILE).write_text(f"[accounts]\n{wrong}\n")
        with pytest.raises(BadSetting, match=r"accounts|petty-cash"):
            load(tmp_path, {})
