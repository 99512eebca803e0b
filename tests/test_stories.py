"""Stories a bookkeeper can read, told through the public API: what was sent, and the books that come of it.

Every company, lease and amount is invented. The figures are those of domain.md, to the fen.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from ledger.application import Ledger
from tests.city import City
from tests.over_http import served

L1: dict[str, Any] = {
    "premises": [{"unit": "a101", "area": "1234.50"}],
    "commencement_on": "2024-01-01",
    "expiry_on": "2026-12-31",
    "rent": [
        {"from_on": "2024-01-01", "rent": {"price": "43.20", "per": "M2_MONTH"}},
        {"from_on": "2025-01-01", "rent": {"price": "45.36", "per": "M2_MONTH"}},
        {"from_on": "2026-01-01", "rent": {"price": "47.628", "per": "M2_MONTH"}},
    ],
    "rent_free": [{"from_on": "2024-01-01", "until_on": "2024-03-31"}],
    "billed_every_months": 3,
    "due_days": 30,
    "deposit": "106660.80",
    "service_charge": {"price": "6.00", "per": "M2_MONTH"},
}
"""Lease L-1 of domain.md §4.1."""

PAPER = {"doc": "deed (demo)", "sha256": "cd" * 32}


@pytest.fixture
def city(ledger: Ledger) -> Iterator[City]:
    with served(ledger) as http:
        city = City(http)
        city.build({"a101": "1234.50", "a102": "2310.00", "b201": "877.25"})
        city.tenant("sunfield-demo")
        city.rates()
        yield city


def months(year: int) -> list[str]:
    return [f"{year}-{month:02}" for month in range(1, 13)]


def test_the_golden_year(city: City) -> None:
    """domain.md §8.1, the half of it that leases and service charges make.

    1002     549,658.66 Dr   deposit 106,660.80, two quarters of rent, twelve months of service charge
    1122     174,390.41 Dr   the October quarter is unpaid
    1124     139,192.44 Dr   rent earned in the rent-free months and not yet billed
    1231       8,719.52 Cr   5 % of what is unpaid
    2221.01   48,530.67 Cr
    2241.01  106,660.80 Cr
    6001.01  619,166.04 Cr
    6001.03   88,884.00 Cr
    6702       8,719.52 Dr
    """
    city.open("2024-01", "2024-12")
    city.let("l-1-demo", "sunfield-demo", L1, signed_on="2023-12-15")
    city.do(
        "receive-deposit",
        "2024-01-02",
        deposit="d-1-demo",
        lease="l-1-demo",
        bank_reference="DEP-1",
        amount="106660.80",
    )
    city.do("bill-lease", "2024-12-31", lease="l-1-demo", through="2024-12-31")
    for month in ("2024-04", "2024-07"):
        pay(city, f"l-1-demo-rent-{month.replace('-', '')}", "174390.41", f"{month}-20")
    for month in months(2024):
        pay(city, f"l-1-demo-service-{month.replace('-', '')}", "7851.42", f"{month}-20")
    city.do(
        "measure-ecl",
        "2024-12-31",
        measurement="ecl-2024-12",
        recorded=1,
        exposures=[{"bucket": "61-90 days", "gross": "174390.41", "rate": "0.05"}],
    )
    assert city.trial_balance("2024-12-31") == {
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


def pay(city: City, invoice: str, amount: str, on: str) -> None:
    """A receipt that pays one invoice in full."""
    city.do(
        "record-receipt",
        on,
        receipt=f"r-{invoice}",
        company="sunfield-demo",
        bank_reference=f"BANK-{invoice}",
        amount=amount,
        allocations=[{"invoice": invoice, "amount": amount}],
    )


FLAT: dict[str, Any] = {
    "premises": [{"unit": "a102", "area": "2310.00"}],
    "commencement_on": "2024-01-01",
    "expiry_on": "2026-12-31",
    "rent": [{"from_on": "2024-01-01", "rent": {"price": "54000.00", "per": "MONTH"}}],
    "service_charge": {"price": "54000.00", "per": "MONTH"},
}


def close(city: City, month: str, on: str) -> dict[str, Any]:
    """Close a month on the books as they are."""
    answer = city.http.post(f"/v1/periods/{month}/close", {"effective_on": on}, "finance")
    assert answer.status_code == 201, answer.text
    outcome: dict[str, Any] = answer.json()
    return outcome


def as_closed(city: City) -> bytes:
    """The trial balance of August 2024 as it was when August closed."""
    path, until = "/v1/reports/trial-balance", "2024-08-31"
    return city.http.get(path, wait=city.http.size, effective=until, recorded="close:2024-08").content


def revenue(city: City, by: str, effective: str = "2024-09-30") -> dict[str, str]:
    """The service charge of each month, by the month served or by the month it was accounted for."""
    answer = city.http.read("/v1/reports/revenue", by=by, effective=effective)
    rows = [row for row in answer["data"]["rows"] if row["stream"] == "SERVICE_CHARGE"]
    return {row["period"]: row["recognised"] for row in rows if row["period"] >= "2024-07"}


def test_a_service_charge_raised_backwards(city: City) -> None:
    """domain.md §9: 54,000.00 → 55,500.00 effective 2024-07-01, learned on 2024-09-05; July and August are closed.

    by accounting period   2024-07  54,000.00   2024-08  54,000.00   2024-09  58,500.00
    by service period      2024-07  55,500.00   2024-08  55,500.00   2024-09  55,500.00
    both                                                          Σ 166,500.00
    """
    city.open("2024-01", "2024-12")
    city.let("l-2-demo", "sunfield-demo", FLAT, signed_on="2023-12-15")
    city.do("bill-lease", "2024-08-31", lease="l-2-demo", through="2024-08-31")
    for month in months(2024)[:8]:
        closed = close(city, month, "2024-09-03")
    issued = as_closed(city)

    charge = {"price": "55500.00", "per": "MONTH"}
    city.do(
        "change-service-charge",
        "2024-07-01",
        lease="l-2-demo",
        service_charge=charge,
        notice=PAPER,
    )
    city.do("bill-lease", "2024-09-05", lease="l-2-demo", through="2024-09-05")

    note = city.http.read("/v1/invoices/l-2-demo-service-202407-d1")["data"]
    assert (note["net"], note["vat"], note["gross"]) == ("3000.00", "180.00", "3180.00")
    assert revenue(city, "accounting") == {"2024-07": "54000.00", "2024-08": "54000.00", "2024-09": "58500.00"}
    assert revenue(city, "service") == {"2024-07": "55500.00", "2024-08": "55500.00", "2024-09": "55500.00"}
    assert as_closed(city) == issued, "what was reported for a closed month stays as it was"
    now = city.http.read("/v1/reports/trial-balance", effective="2024-08-31")["data"]["rows"]
    assert now == json.loads(issued)["data"]["rows"], "and is the same as recorded now: nothing posts to a closed month"
    assert closed["facts"][0]["fact"] == "period.closed"


def test_a_lease_extended_and_a_lease_ended(city: City) -> None:
    """domain.md §4.2: what was accrued becomes part of the new payments; ended early it is given up against a fee.

    extended on 2026-01-01   accrued 86,395.32 before; earned 52,400.20 a month in the first year; 0.00 at the end
    ended with 2025-12-31    fee 167,990.76; accrued rent given up 86,395.32
    """
    city.open("2024-01", "2027-12")
    city.let("l-1-demo", "sunfield-demo", L1, signed_on="2023-12-15")
    extended = {
        **L1,
        "expiry_on": "2027-12-31",
        "rent": [*L1["rent"][:2], {"from_on": "2026-01-01", "rent": {"price": "56000.00", "per": "MONTH"}}],
    }
    city.do(
        "propose-amendment",
        "2026-01-01",
        lease="l-1-demo",
        amendment="longer-demo",
        kind="TERM",
        terms=extended,
        document=PAPER,
    )
    city.do("approve-amendment", "2025-12-20", lease="l-1-demo", amendment="longer-demo", units=["a101"])
    rows = city.http.read("/v1/leases/l-1-demo/schedule", effective="2026-06-30")["rows"]
    by_month = {row["month"]: row for row in rows}
    assert by_month["2025-12"]["accrued"] == "86395.32"
    assert by_month["2026-01"]["revenue"] == "52400.20"
    assert by_month["2027-12"]["revenue"] == "52400.19"
    assert by_month["2026-01"]["accrued"] == "82795.52"
    assert by_month["2026-12"]["accrued"] == "43197.72"
    assert by_month["2027-12"]["accrued"] == "0.00"

    other = {**L1, "premises": [{"unit": "a102", "area": "1234.50"}]}
    city.let("l-3-demo", "sunfield-demo", other, signed_on="2023-12-15")
    city.do(
        "terminate-lease",
        "2025-12-31",
        lease="l-3-demo",
        ends_on="2025-12-31",
        cause="AGREEMENT",
        fee="167990.76",
        document=PAPER,
    )
    city.do("bill-lease", "2025-12-31", lease="l-3-demo", through="2025-12-31")
    balances = city.trial_balance("2025-12-31")
    assert balances["6051"] == "-167990.76"
    assert "1124" not in balances, (
        "nothing is accrued by a lease that is over and billed, and the other is not billed yet"
    )


def test_double_letting_is_refused_and_says_who_holds_the_unit(city: City) -> None:
    city.let("l-1-demo", "sunfield-demo", L1, signed_on="2023-12-15")
    city.tenant("riverbend-demo")
    later = {
        **FLAT,
        "premises": L1["premises"],
        "commencement_on": "2026-12-31",
        "expiry_on": "2028-12-31",
        "rent": [{"from_on": "2026-12-31", "rent": {"price": "54000.00", "per": "MONTH"}}],
    }
    city.do("draft-lease", "2024-05-02", lease="l-9-demo", company="riverbend-demo", terms=later)
    city.do("submit-lease", "2024-05-02", lease="l-9-demo")
    city.do("approve-lease", "2024-05-02", lease="l-9-demo")
    answer = city.send("execute-lease", "2024-05-02", lease="l-9-demo", units=["a101"], document=PAPER)
    assert answer.status_code == 409
    assert "l-1-demo" in answer.json()["detail"]
