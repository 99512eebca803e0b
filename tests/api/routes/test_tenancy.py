"""The tenancy reports over HTTP and on the command line: commands in, figures out, the same on every surface."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from api.cli import main
from api.formats.sheets import figure
from ledger.log.database import Database
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from tests.ground.city import City
from tests.ground.let_city import L1, L2
from tests.ground.over_http import DOC, Http, problem, served

DATE: dict[str, Any] = {"effective": "2024-12-31"}
REPORTS = ("rent-roll", "occupancy", "lease-expiry", "receivables-ageing")


def let(city: City, lease: str, company: str, terms: Any, *, signed_on: str) -> None:
    """A lease from draft to commencement."""
    begins = terms["commencement_on"]
    units = [one["unit"] for one in terms["premises"]]
    city.do("draft-lease", signed_on, lease=lease, company=company, terms=terms)
    city.do("submit-lease", signed_on, lease=lease)
    city.do("approve-lease", signed_on, lease=lease)
    city.do("execute-lease", signed_on, lease=lease, document=DOC, units=units)
    city.do("hand-over-premises", begins, lease=lease, protocol=DOC)
    city.do("commence-lease", begins, lease=lease)


def build(city: City) -> None:
    """The city of domain.md §4.6, billed through 2024: one invoice is paid, and one receipt pays nothing yet."""
    city.build({"a101": "1234.50", "a102": "2310.00", "b201": "877.25"})
    for unit, value in (("a101", "44"), ("a102", "41"), ("b201", "42")):
        city.do("estimate-rental-value", "2024-12-01", unit=unit, erv_m2_month=value, source="a valuer (demo)")
    city.rates()
    city.open("2024-01", "2024-12")
    for company in ("sunfield-demo", "moonfield-demo"):
        city.tenant(company)
    let(city, "l-1-demo", "sunfield-demo", msgspec.to_builtins(L1), signed_on="2023-12-15")
    let(city, "l-2-demo", "moonfield-demo", msgspec.to_builtins(L2), signed_on="2024-06-01")
    city.do(
        "receive-deposit",
        "2024-01-02",
        deposit="d-1-demo",
        lease="l-1-demo",
        bank_reference="DEP-1",
        amount="106660.80",
    )
    city.do("bill-lease", "2024-12-31", lease="l-1-demo", through="2024-12-31")
    city.do("bill-lease", "2024-12-31", lease="l-2-demo", through="2024-12-31")
    city.do(
        "record-receipt",
        "2024-01-20",
        receipt="r-1-demo",
        company="sunfield-demo",
        bank_reference="BANK-1",
        amount="7851.42",
        allocations=[{"invoice": "l-1-demo-service-202401", "amount": "7851.42"}],
    )
    city.do(
        "record-receipt",
        "2024-12-20",
        receipt="r-early-demo",
        company="moonfield-demo",
        bank_reference="EARLY-1",
        amount="500.00",
    )


@pytest.fixture
def city(database: Database) -> Iterator[City]:
    with Ledger(database, CONTEXTS, data_class="FICTIONAL") as ledger, served(ledger) as http:
        city = City(http)
        build(city)
        yield city


@pytest.fixture
def http(sqlite: Database) -> Iterator[Http]:
    with Ledger(sqlite, CONTEXTS) as ledger, served(ledger) as http:
        yield http


def report(city: City, name: str, **asked: Any) -> Any:
    return city.http.read(f"/v1/reports/{name}", **DATE, **asked)["data"]


def rows_of(city: City, path: str, **asked: Any) -> list[dict[str, str]]:
    answer = city.http.get(path, wait=city.http.size, **DATE, **asked)
    assert answer.headers["content-type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_the_figures_of_the_domain_come_out_of_commands(city: City) -> None:
    """domain.md §4.6, from commands alone."""
    assert report(city, "occupancy")["total"]["committed_percent"] == "80.1606"
    assert report(city, "occupancy")["total"]["erv_vacancy_percent"] == "19.8225"
    measures = report(city, "lease-expiry")["measures"]
    assert measures["wault_to_expiry_years"] == "3.5818"
    assert measures["wault_to_break_years"] == "2.3128"
    assert measures["wale_to_expiry_years"] == "3.6259"
    assert measures["reversion_percent"] == "2.2628"
    roll = report(city, "rent-roll")
    assert (roll["totals"]["passing_year"], roll["totals"]["rent_m2_month"]) == ("1748764.80", "41.1145")
    assert roll["as_of"] == "2024-12-31"


def test_ageing_foots_to_the_books_and_to_every_tenants_account(city: City) -> None:
    ageing = report(city, "receivables-ageing")
    assert ageing["difference"] == "0.00"
    assert ageing["control"] == city.trial_balance("2024-12-31")["1122"]
    for tenant in ageing["tenants"]:
        account = city.http.read(f"/v1/tenants/{tenant['company']}/account", **DATE)["data"]
        assert (account["open"], account["unapplied"]) == (tenant["open"]["total"], tenant["unapplied"])
    roll = report(city, "rent-roll")
    overdue = [row["arrears"] for building in roll["buildings"] for row in building["rows"] if row["arrears"]]
    assert len(overdue) == 2


def test_a_tenants_account(city: City) -> None:
    account = city.http.read("/v1/tenants/sunfield-demo/account", positions="true", **DATE)["data"]
    assert (account["deposits_held"], account["unapplied"], account["currency"]) == ("106660.80", "0.00", "CNY")
    (deposit,) = account["deposits"]
    (position,) = deposit["positions"]
    assert "billing.deposit-received" in city.http.get(f"/v1/facts/{position}").text
    assert "l-1-demo-service-202401" not in {one["invoice"] for one in account["documents"]}
    lines = rows_of(city, "/v1/tenants/sunfield-demo/account.csv")
    assert {line["section"]: line["open"] for line in lines}["OPEN"] == account["open"]


def test_a_known_company_that_owes_nothing_has_an_empty_account(city: City) -> None:
    city.tenant("windfield-demo")
    account = city.http.read("/v1/tenants/windfield-demo/account", **DATE)["data"]
    assert (account["open"], account["documents"], account["last_position"]) == ("0.00", [], None)
    problem(city.http.get("/v1/tenants/nobody-demo/account", **DATE), 404, "not-found")


def test_tables_sum_up_and_name_their_basis(city: City) -> None:
    roll = rows_of(city, "/v1/reports/rent-roll.csv")
    assert [row["section"] for row in roll] == ["UNIT", "UNIT", "UNIT", "BUILDING", "TOTAL"]
    assert [row["passing_month"] for row in roll] == ["53330.40", "92400.00", "", "145730.40", "145730.40"]
    assert {row["as_of"] for row in roll} == {"2024-12-31"}
    occupied = rows_of(city, "/v1/reports/occupancy.csv")
    assert [row["section"] for row in occupied] == ["BUILDING", "TOTAL"]
    expiry = rows_of(city, "/v1/reports/lease-expiry.csv")
    assert [row["year"] for row in expiry if row["section"] != "MEASURE"] == ["2026", "2029", "2026", "2027"]
    assert {row["measure"]: row["value"] for row in expiry}["wault_to_break_years"] == "2.3128"
    collected = rows_of(city, "/v1/reports/lease-expiry.csv", due_from="2024-01-01")
    assert {row["measure"]: row["value"] for row in collected}["paid"] == "7851.42"
    ageing = {row["section"]: row for row in rows_of(city, "/v1/reports/receivables-ageing.csv")}
    assert ageing["TOTAL"]["total"] == ageing["CONTROL"]["total"]
    assert ageing["DIFFERENCE"]["total"] == "0.00"
    assert ageing["UNAPPLIED"]["receipt"] == "r-early-demo"
    assert ageing["UNAPPLIED"]["unapplied"] == ageing["TOTAL"]["unapplied"] == "500.00"
    named = city.http.get("/v1/reports/rent-roll.csv", **DATE).headers["content-disposition"]
    assert "rent-roll_eff-2024-12-31_rec-" in named


@pytest.mark.parametrize("name", REPORTS)
def test_the_same_basis_gives_the_same_bytes(city: City, name: str) -> None:
    path = f"/v1/reports/{name}"
    first = city.http.get(path, wait=city.http.size, **DATE)
    recorded = first.json()["basis"]["recorded"]
    city.do("assess-late-fee", "2024-12-31", invoice="f-1-demo", on_invoice="l-1-demo-rent-202404")
    again = city.http.get(path, wait=city.http.size, recorded=recorded, **DATE)
    assert again.content == first.content


def test_every_figure_can_list_the_facts_behind_it(city: City) -> None:
    roll = report(city, "rent-roll", positions="true")
    for building in roll["buildings"]:
        for row in building["rows"]:
            assert row["positions"] == sorted(set(row["positions"]))
    assert report(city, "occupancy", positions="true")["total"]["positions"]
    assert all(row["positions"] for row in report(city, "lease-expiry", positions="true")["to_break"])
    for tenant in report(city, "receivables-ageing", positions="true")["tenants"]:
        assert all(row["positions"] for row in (*tenant["documents"], *tenant["receipts"]))
    assert "positions" not in roll_row(report(city, "rent-roll"))


def roll_row(roll: Any) -> Any:
    return roll["buildings"][0]["rows"][0]


@pytest.mark.parametrize(
    ("name", "asked", "parameter"),
    [
        pytest.param("occupancy", {"compare": "2025-01-01"}, "compare", id="compare-later"),
        pytest.param("lease-expiry", {"due_from": "2025-01-01"}, "due_from", id="due-from-later"),
        pytest.param("receivables-ageing", {"rates": "0.1,0.2"}, "rates", id="too-few-rates"),
        pytest.param("receivables-ageing", {"rates": "0,0,0,0,0,1.5"}, "rates", id="more-than-all"),
        pytest.param("receivables-ageing", {"rates": "0,0,0,0,0,x"}, "rates", id="no-number"),
    ],
)
def test_what_cannot_be_asked(http: Http, name: str, asked: dict[str, Any], parameter: str) -> None:
    answer = problem(http.get(f"/v1/reports/{name}", **DATE, **asked), 400, "parameter-invalid")
    assert answer["errors"][0]["parameter"] == parameter


def test_losses_by_age(city: City) -> None:
    ageing = report(city, "receivables-ageing", rates="0,0,0,0,0.05,0.5")
    assert len(ageing["exposures"]) == 6
    assert ageing["ecl"] != "0.00"
    sent = [{"bucket": one["bucket"], "gross": one["gross"], "rate": one["rate"]} for one in ageing["exposures"]]
    recorded = city.do("measure-ecl", "2024-12-31", measurement="ecl-demo", recorded=1, exposures=sent)
    assert recorded
    assert city.trial_balance("2024-12-31")["1231"] == f"-{ageing['ecl']}"


# The command line


@pytest.fixture
def data(sqlite: Database) -> Path:
    with Ledger(sqlite, CONTEXTS, data_class="FICTIONAL") as ledger, served(ledger) as http:
        build(City(http))
        http.read("/v1/companies")
    return Path(sqlite.where)


@pytest.mark.parametrize(
    ("command", "shows"),
    [
        pytest.param("rent-roll", ["145,730.40", "6.6326 亩", "106,660.80", "b201"], id="rent-roll"),
        pytest.param("occupancy", ["80.1606", "19.8225", "4,421.75", "6.6326"], id="occupancy"),
        pytest.param("lease-expiry", ["3.5818", "1,108,800.00", "36.5952"], id="lease-expiry"),
        pytest.param("ageing", ["control account 1122", "500.00", "l-1-demo-rent-202404"], id="ageing"),
    ],
)
def test_on_the_command_line(data: Path, command: str, shows: list[str]) -> None:
    shown = CliRunner().invoke(main, ["report", command, "--data", str(data), "--effective", "2024-12-31"])
    assert shown.exit_code == 0, shown.output
    for figures in shows:
        assert figures in shown.stdout
    assert "FICTIONAL" in shown.stderr
    as_json = ["report", command, "--data", str(data), "--effective", "2024-12-31", "--json", "--positions"]
    assert '"positions":[' in CliRunner().invoke(main, as_json).stdout
    as_csv = CliRunner().invoke(main, ["report", command, "--data", str(data), "--effective", "2024-12-31", "--csv"])
    assert "section" in as_csv.stdout.splitlines()[0]


@pytest.mark.parametrize(
    ("decimal", "shown"),
    [
        ("1234567.89", "1,234,567.89"),
        ("-1234.56", "(1,234.56)"),
        ("0.00", "–"),
        ("-0.05", "(0.05)"),
        ("80.1606", "80.1606"),
        (1200, "1,200"),
        (0, "–"),
        (None, ""),
    ],
)
def test_figures_as_people_read_them(decimal: str | int | None, shown: str) -> None:
    assert figure(decimal) == shown
