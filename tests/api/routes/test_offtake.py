"""Energy offtake told through the public API, on both databases: what was sent, and the books that come of it.

Every company, price and meter value is invented. The figures are those of domain.md §7 and the energy half of §8.1.
"""

from calendar import monthrange
from collections.abc import Iterator
from typing import Any

import pytest

from ledger.recording.application import Ledger
from tests.ground.over_http import DOC, Http, problem, served

A, METER, BUYER = "wte-1-demo", "m-1-demo", "cedarmill-demo"
TERMS: dict[str, Any] = {
    "role": "SELLER",
    "buyer": BUYER,
    "technology": "BIOMASS",
    "starts_on": "2024-01-01",
    "ends_on": "2028-12-31",
    "price": {"type": "FIXED", "price": "0.52", "escalation": "0.02"},
    "take_or_pay": {"acq": "1600000", "share": "0.85", "make_up": {"years": 1}},
}


class Plant:
    """One agreement and its meter over HTTP: commands, and figures."""

    def __init__(self, http: Http) -> None:
        self.http = http
        self.stands = 12043184

    def do(self, path: str, role: Any = "deal_desk", **body: Any) -> Any:
        """Record a step, which nothing refuses."""
        answer = self.http.post(path, body, role)
        assert answer.status_code in (200, 201), f"{path}: {answer.text}"
        return answer.json()

    def ground(self, first: str, last: str, **terms: Any) -> None:
        """Companies, rates, open months, an agreement in delivery and its meter."""
        for company in (BUYER, "kilnheat-demo"):
            lead = {"company": company, "name": f"{company} (demo)", "country": "CN", "origin": "DIRECT"}
            self.do("/v1/companies", effective_on="2023-06-01", **lead)
        for series, value in {"vat/goods": "0.13", "vat/services": "0.06", "co2/cn-average": "0.5306"}.items():
            rate = series.replace("/", "-")
            told: dict[str, Any] = {"rate": rate, "series": series, "value": value, "source": "an invented notice"}
            if series.startswith("co2/"):
                told["emission"] = {"region": "CN", "year": 2020, "basis": "AVERAGE", "announcement": "No. 0 (demo)"}
            self.send("propose-rate", "2020-01-01", "finance", **told)
            self.send("approve-rate", "2020-01-01", "approver", rate=rate)
        for month in (first, last):
            self.send("open-periods", f"{first}-01", "finance", through=month)
        on = {"effective_on": "2024-01-01"}
        self.do("/v1/offtakes", **on, agreement=A, terms=TERMS | terms)
        self.do(f"/v1/offtakes/{A}/execution", "approver", **on, document=DOC)
        self.do(f"/v1/offtakes/{A}/commercial-operation", **on, evidence=DOC)
        self.do("/v1/meters", **on, meter=METER, agreement=A, start="1204318.4", digits=8)

    def send(self, command: str, on: str, role: Any, **fields: Any) -> Any:
        """Any command, by name."""
        return self.do("/v1/commands", role, command=command, effective_on=on, **fields)

    def deemed(self, name: str, day: str, kwh: str) -> None:
        """What the buyer curtailed on a day, and pays for."""
        hours = {"from_at": f"{day}T08:00:00", "until_at": f"{day}T16:00:00"}
        told = {"curtailment": name, "by": "BUYER", **hours, "potential": kwh}
        self.do(f"/v1/offtakes/{A}/curtailments", effective_on=day, **told)
        self.do(f"/v1/offtakes/{A}/deemed", effective_on=day, curtailment=name, evidence=DOC)

    def read(self, month: str, tenths: int) -> None:
        """The register at the end of a month, after so many tenths of a kWh."""
        self.stands += tenths
        value = f"{self.stands // 10}.{self.stands % 10}"
        self.do(f"/v1/meters/{METER}/reads", effective_on=last_day(month), value=value)

    def settle(self, month: str, run: int = 0, on: str | None = None) -> None:
        """Finance calculates, somebody else approves."""
        day = on or last_day(month)
        self.do(f"/v1/offtakes/{A}/statements", "finance", effective_on=day, month=month)
        self.do(f"/v1/offtakes/{A}/statements/approvals", "admin", effective_on=day, month=month, run=run)

    def balances(self, on: str) -> dict[str, str]:
        """Closing balances by code; debits positive, zero left out."""
        rows = self.http.read("/v1/reports/trial-balance", effective=on)["data"]["rows"]
        return {row["code"]: row["closing"] for row in rows if row["closing"] not in ("0.00", None)}

    def close(self, *months: str) -> None:
        """Close months on the books as they are: every control account ties to its subledger."""
        for month in months:
            answer = self.http.post(f"/v1/periods/{month}/close", {"effective_on": "2025-06-30"}, "finance")
            assert answer.status_code == 201, answer.text


def last_day(month: str) -> str:
    return f"{month}-{monthrange(int(month[:4]), int(month[5:]))[1]}"


@pytest.fixture
def plant(ledger: Ledger) -> Iterator[Plant]:
    with served(ledger) as http:
        yield Plant(http)


def energy_year(plant: Plant) -> None:
    """2024 of domain.md §8.1: R0 and R1 of January, eleven months, and the shortfall."""
    plant.ground("2024-01", "2025-12")
    plant.deemed("c-1-demo", "2024-01-10", "3200.0")
    plant.read("2024-01", 1275843)
    plant.settle("2024-01", on="2024-02-05")
    plant.read("2024-02", 1000000)
    plant.settle("2024-02")
    plant.close("2024-01", "2024-02")
    left = plant.http.post("/v1/periods/2024-03/close", {"effective_on": "2025-06-30"}, "finance")
    assert f"{A} 2024-03" in problem(left, 409, "left-to-approve")["detail"]
    plant.read("2024-03", 1000000)
    plant.settle("2024-03")
    plant.close("2024-03")
    slow = {"registered": "0.982", "from_on": "2024-01-01", "until_on": "2024-01-31", "certificate": DOC}
    plant.do(f"/v1/meters/{METER}/calibrations", effective_on="2024-04-10", **slow)
    plant.settle("2024-01", 1, on="2024-04-12")
    for number in range(4, 12):
        plant.read(f"2024-{number:02}", 1000000)
        plant.settle(f"2024-{number:02}")
    plant.deemed("c-2-demo", "2024-12-10", "15200.0")
    plant.read("2024-12", 1064876)
    plant.settle("2024-12")
    for name, reason, energy in (("sd-1-demo", "SELLER_DEFAULT", "30000"), ("fm-1-demo", "FORCE_MAJEURE", "12000")):
        told = {"adjustment": name, "year": 2024, "reason": reason, "energy": energy}
        plant.do(f"/v1/offtakes/{A}/adjustments", effective_on="2024-12-31", **told)
    plant.do(f"/v1/offtakes/{A}/years", "finance", effective_on="2025-01-20", year=2024)


def test_the_golden_year_of_energy(plant: Plant) -> None:
    """domain.md §8.1, its energy: nothing of it is paid.

    1122     778,158.68 Dr   76,848.86 + 1,374.16 + 659,103.63 + 40,832.03
    2204.02   36,134.54 Cr   69,489.5 kWh may still be taken
    2221.01   89,522.68 Cr
    6001.04  652,501.46 Cr
    """
    energy_year(plant)
    assert plant.balances("2024-12-31") == {
        "1122": "778158.68",
        "2204.02": "-36134.54",
        "2221.01": "-89522.68",
        "6001.04": "-652501.46",
    }
    r1 = plant.http.read(f"/v1/invoices/{A}-energy-202401-r1")["data"]
    assert (r1["net"], r1["vat"], r1["gross"], r1["lease"]) == ("1216.07", "158.09", "1374.16", None)
    assert (r1["issued_on"], r1["accounting_on"]) == ("2024-01-31", "2024-04-01")
    assert plant.balances("2024-03-31")["6001.04"] == "-172007.84"
    check_energy(plant)
    check_shortfall(plant)
    check_receivables(plant)


def check_energy(plant: Plant) -> None:
    """Each run of each month, the latest of them summed; the tonnes are named as an estimate."""
    report = plant.http.read("/v1/reports/energy", effective="2024-12-31", positions=True)["data"]
    r0, r1 = (row for row in report["rows"] if row["month"] == "2024-01")
    assert (r0["delivered_kwh"], r0["net"], r0["latest"]) == ("127584.3", "68007.84", False)
    assert (r1["delivered_kwh"], r1["delta_net"], r1["delta_vat"]) == ("129922.9", "1216.07", "158.09")
    assert (r1["availability_percent"], r1["price"], r1["state"]) == ("100.0000", "0.5200", "APPROVED")
    assert len(r1["positions"]) == 3
    total = report["total"]
    assert (total["delivered_kwh"], total["deemed_kwh"], total["net"]) == ("1236410.5", "18400.0", "652501.46")
    assert (total["co2_t"], total["gec"]) == ("656.039", 1236)
    assert report["rows"][-1]["gec_carried_kwh"] == "410.5"
    assert report["co2"].startswith("indicative")
    then = plant.http.read("/v1/reports/energy", effective="2024-01-31")["data"]
    assert [row["run"] for row in then["rows"]] == [0, 1]
    csv = plant.http.get("/v1/reports/energy.csv", effective="2024-12-31").text.splitlines()
    assert csv[0].removeprefix("\ufeff").startswith("section,agreement,buyer")
    assert csv[-1].startswith("TOTAL")


def check_shortfall(plant: Plant) -> None:
    report = plant.http.read("/v1/reports/offtake-shortfall", effective="2024-12-31", positions=True)["data"]
    (row,) = report["rows"]
    energy = ("acq_kwh", "adjustments_kwh", "take_or_pay_kwh", "taken_kwh", "shortfall_kwh", "make_up_closing_kwh")
    assert [row[name] for name in energy] == ["1600000.0", "42000.0", "1324300.0", "1254810.5", "69489.5", "69489.5"]
    assert (row["payment"], row["make_up_closing"], report["make_up_owed"]) == ("36134.54",) * 3
    assert len(row["positions"]) == 2


def check_receivables(plant: Plant) -> None:
    """Receipts pay energy; account and ageing show it; the months close on it."""
    invoice = f"{A}-energy-202401-r0"
    pay = {"receipt": "r-1-demo", "company": BUYER, "bank_reference": "BANK-1", "amount": "76848.86"}
    pay["allocations"] = [{"invoice": invoice, "amount": "76848.86"}]  # type: ignore[assignment] # of the body
    plant.do("/v1/receipts", "finance", effective_on="2025-01-25", **pay)
    ageing = plant.http.read("/v1/reports/receivables-ageing", effective="2025-01-31")["data"]
    assert ageing["difference"] == "0.00"
    assert ageing["open"]["total"] == "701309.82"
    charges = {row["charge"] for row in ageing["tenants"][0]["documents"]}
    assert charges == {"ENERGY", "TAKE_OR_PAY"}
    account = plant.http.read(f"/v1/tenants/{BUYER}/account", effective="2025-01-31")["data"]
    assert (account["open"], account["documents"][0]["lease"]) == ("701309.82", None)
    plant.close(*(f"2024-{month:02}" for month in range(4, 13)))


def test_a_run_is_printed_again_byte_for_byte(plant: Plant) -> None:
    energy_year(plant)
    shown = plant.http.get(f"/v1/offtakes/{A}/statements/2024-01-r0").json()["data"]
    assert shown["reprinted"] is True
    assert [line["net"] for line in shown["lines"]] == ["66343.84", "1664.00"]
    assert all(one["position"] for one in shown["inputs"])
    later = plant.http.get(f"/v1/offtakes/{A}/statements/2024-01-r1").json()["data"]
    assert (later["reprinted"], later["delivered_kwh"]) == (True, "129922.9")
    problem(plant.http.get(f"/v1/offtakes/{A}/statements/2024-01-r7"), 404, "not-found")


def test_make_up_in_the_second_year(plant: Plant) -> None:
    """§7.4: 42,000 kWh made up, 27,489.5 expired."""
    energy_year(plant)
    plant.send("open-periods", "2025-01-01", "finance", through="2026-03")
    for number in range(1, 12):
        plant.read(f"2025-{number:02}", 1000000)
        plant.settle(f"2025-{number:02}")
    plant.read("2025-12", 3020000)
    plant.settle("2025-12")
    before = plant.balances("2025-12-31")
    assert before["6001.04"] == "-743620.80"
    plant.do(f"/v1/offtakes/{A}/years", "finance", effective_on="2026-01-20", year=2025)
    after = plant.balances("2025-12-31")
    assert "2204.02" not in after
    # 721,344.00 invoiced, 21,840.00 made up, 14,294.54 that nobody took
    assert after["6001.04"] == "-757478.54"
    _, year = plant.http.read("/v1/reports/offtake-shortfall", effective="2025-12-31")["data"]["rows"]
    assert (year["make_up_opening_kwh"], year["make_up_taken_kwh"], year["make_up_taken"]) == (
        "69489.5",
        "42000.0",
        "21840.00",
    )
    assert (year["make_up_expired_kwh"], year["make_up_expired"], year["make_up_closing"]) == (
        "27489.5",
        "14294.54",
        "0.00",
    )


def test_an_observers_agreement_gives_volumes_and_no_journal(plant: Plant) -> None:
    plant.ground("2024-01", "2025-12", role="OBSERVER", generator="kilnheat-demo")
    plant.read("2024-01", 1275843)
    plant.settle("2024-01", on="2024-02-05")
    assert plant.http.read("/v1/reports/energy", effective="2024-12-31")["data"]["total"]["delivered_kwh"] == "127584.3"
    assert plant.http.read("/v1/reports/journal", effective="2024-12-31")["rows"] == []


def test_a_year_of_intervals_is_one_request(plant: Plant) -> None:
    plant.ground("2024-01", "2025-12")
    fast = {"meter": "m-2-demo", "agreement": A, "start": "0", "digits": 8, "settled_by": "INTERVALS"}
    plant.do("/v1/meters", effective_on="2024-01-01", **fast)
    days = [
        {"day": f"2024-{month:02}-{day:02}", "energy_wh": " ".join(["104300"] * 96)}
        for month in range(1, 13)
        for day in range(1, monthrange(2024, month)[1] + 1)
    ]
    body = {"minutes": 15, "days": days, "file": DOC}
    outcome = plant.do("/v1/meters/m-2-demo/intervals", effective_on="2025-01-02", **body)
    assert len(outcome["facts"]) == 12
    again = plant.http.post("/v1/meters/m-2-demo/intervals", {"effective_on": "2025-01-02", **body})
    assert (again.status_code, again.json()["facts"]) == (200, [])
    later = plant.http.post("/v1/meters/m-2-demo/intervals", {"effective_on": "2025-01-03", **body})
    assert later.status_code == 409, "the same words on another day are not the same"


def test_a_month_that_is_disputed_before_anybody_approved_it_is_not_closed(plant: Plant) -> None:
    plant.ground("2024-01", "2025-12")
    plant.read("2024-01", 1275843)
    plant.do(f"/v1/offtakes/{A}/statements", "finance", effective_on="2024-02-05", month="2024-01")
    run = {"effective_on": "2024-02-06", "month": "2024-01", "run": 0}
    plant.do(f"/v1/offtakes/{A}/statements/disputes", **run, reason="our own meter shows less (demo)")
    left = plant.http.post("/v1/periods/2024-01/close", {"effective_on": "2024-02-08"}, "finance")
    assert f"{A} 2024-01" in problem(left, 409, "left-to-approve")["detail"]
    assert plant.http.read("/v1/reports/energy", effective="2024-01-31")["data"]["total"]["net"] == "0.00"


def test_who_calculated_does_not_approve(plant: Plant) -> None:
    plant.ground("2024-01", "2025-12")
    plant.read("2024-01", 1275843)
    body = {"effective_on": "2024-02-05", "month": "2024-01"}
    plant.do(f"/v1/offtakes/{A}/statements", "finance", **body)
    refused = plant.http.post(f"/v1/offtakes/{A}/statements/approvals", {**body, "run": 0}, "finance")
    problem(refused, 422, "approver-is-calculator")
    refused = plant.http.post(f"/v1/offtakes/{A}/statements/approvals", {**body, "run": 0}, "deal_desk")
    problem(refused, 403, "not-allowed")
