"""What every question has in common: names that are not on record, dates ahead, places between pages."""

from collections.abc import Iterator
from typing import Any

import pytest

from api.app import reads
from api.http.reading import BasisQuery, Read
from api.settings import Settings
from ledger.access import Role
from ledger.log.database import Database
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from tests.ground.city import City
from tests.ground.over_http import CLAIM, Http, problem, served

READS = reads(Settings())
NOSUCH = "nosuch-demo"
SAYS: dict[str, Any] = {"series": "vat/nosuch", "fact": "company.nosuch"}
"""Well-formed, of a filter that does not take just any name."""
OF_PARTS = {"person", "search"}
"""A filter for parts of names, which name nothing."""
FILTERS = [
    (read, name)
    for read in READS
    for name in read.query.__struct_fields__
    if name not in BasisQuery.__struct_fields__ and name not in OF_PARTS
    if read.name != "report-access"  # who tried may be nobody whom a fact knows
]


@pytest.fixture
def http(ledger: Ledger) -> Iterator[Http]:
    with served(ledger) as http:
        city = City(http)
        city.build({"a101-demo": "1234.50"})
        city.tenant("sunfield-demo")
        city.tenant("riverbend-demo")
        city.open("2024-01", "2024-03")
        http.post("/v1/claims", CLAIM)
        http.read("/v1/companies")
        yield http


def address(read: Read[Any], name: str = NOSUCH) -> str:
    """The read's address, in which every part that names something is this name."""
    return "/".join(name if part.startswith("{") else part for part in read.path.split("/"))


def test_no_filter_takes_a_name_of_nothing(http: Http) -> None:
    """Over every question, each of its filters, as JSON and as CSV: refused, and the filter is named."""
    names = set()
    for read, name in FILTERS:
        for suffix in ("", ".csv") if read.table else ("",):
            role: Role = "auditor" if "auditor" in read.roles else "admin"
            answer = http.get(f"{address(read)}{suffix}?{name}={SAYS.get(name, NOSUCH)}", role)
            if "{" in read.path and answer.status_code == 404:
                continue  # the path itself names nothing, which is asked first where the filter is well-formed
            assert answer.status_code in (400, 404), f"{read.path}{suffix}?{name}: {answer.text[:200]}"
            document = problem(answer, answer.status_code, answer.json()["code"])
            assert [error["parameter"] for error in document["errors"]] == [name]
            if answer.status_code == 404:
                assert document["code"] == "not-found"
                names.add(name)
    assert names == {
        *("company", "site", "parcel", "building", "unit", "lease", "agreement", "document", "series"),
        *("fact", "actor", "entity", "tag", "thing", "bank_account", "meter"),
    }


def test_no_address_takes_a_name_of_nothing(http: Http) -> None:
    for read in READS:
        if "{" in read.path:
            problem(http.get(address(read)), 404, "not-found")


CLOSE_TO = [
    ("/v1/leases", "company", "sunfeld-demo", "sunfield-demo"),
    ("/v1/leases", "company", "xsunfield-demo", "sunfield-demo"),
    ("/v1/units", "building", "b2-demo", "b1-demo"),
    ("/v1/leases", "unit", "a101-dem", "a101-demo"),
    ("/v1/history", "fact", "company.lead-registred", "company.lead-registered"),
    ("/v1/history", "actor", "deal-desk-dem", "deal-desk-demo"),
]


def test_names_close_to_it_are_told(http: Http) -> None:
    for path, name, written, meant in CLOSE_TO:
        detail = problem(http.get(f"{path}?{name}={written}"), 404, "not-found")["detail"]
        assert (written in detail, f"close to it: {meant}" in detail) == (True, True), detail


def test_what_is_not_on_record_yet_is_not_told(http: Http) -> None:
    """As recorded before it, a name is as unknown as any, and is not offered either."""
    entry = http.get("/v1/history", company="riverbend-demo").json()["rows"][0]
    before = str(entry["position"] - 1)
    told = problem(http.get("/v1/claims", company="riverbend-demo", recorded=before), 404, "not-found")
    assert "close to it" not in told["detail"] or "riverbend" not in told["detail"].split("close to it")[1]
    assert http.get("/v1/claims", company="riverbend-demo", recorded=str(entry["position"])).status_code == 200


NOTHING_YET = [
    ("/v1/leases", "company", "sunfield-demo"),
    ("/v1/leases", "unit", "a101-demo"),
    ("/v1/orders", "company", "sunfield-demo"),
    ("/v1/claims", "company", "sunfield-demo"),
    ("/v1/reports/journal", "company", "sunfield-demo"),
    ("/v1/reports/revenue", "company", "sunfield-demo"),
    ("/v1/history", "actor", "founder-demo"),
    ("/v1/history", "fact", "company.exited"),
]


def test_a_name_on_record_may_have_no_rows(http: Http) -> None:
    for path, name, known in NOTHING_YET:
        assert http.get(f"{path}?{name}={known}").status_code == 200, path


def test_a_cursor_that_is_none_of_ours_is_refused(http: Http) -> None:
    """`AAAA` holds what PostgreSQL takes in no text."""
    for read in READS:
        for cursor in ("AAAA", "gA", "A", "%", "AA+A") if "cursor" in read.query.__struct_fields__ else ():
            told = problem(http.get(address(read), cursor=cursor), 400, "parameter-invalid")
            assert told["errors"][0]["parameter"] == "cursor"


def test_claims_in_pages_without_those_withdrawn(sqlite: Database) -> None:
    with Ledger(sqlite, CONTEXTS) as ledger, served(ledger) as http:
        for claim in ("a-demo", "b-demo", "c-demo", "d-demo"):
            assert http.post("/v1/claims", {**CLAIM, "claim": claim}).status_code == 201
        for claim in ("a-demo", "c-demo"):
            told = {"effective_on": CLAIM["effective_on"], "reason": "Nobody said so."}
            assert http.post(f"/v1/claims/{claim}/withdrawals", told, "approver").status_code == 201
        assert http.post("/v1/claims", {**CLAIM, "claim": "a-demo"}).status_code == 201
        first = http.get("/v1/claims", limit="2").json()
        assert [row["data"]["claim"] for row in first["rows"]] == ["b-demo", "d-demo"]
        assert first["total"] == 3
        last = http.get("/v1/claims", limit="2", after=str(first["rows"][-1]["position"])).json()
        assert [row["data"]["claim"] for row in last["rows"]] == ["a-demo"]


@pytest.mark.parametrize("asked", ["wait=null", "wait=NULL", "positions=1", "positions=TRUE", "stage=null"])
def test_a_parameter_is_read_as_the_document_has_it(http: Http, asked: str) -> None:
    """Not as loosely as a decoder of texts would: `null` is no number left out, and 1 is not true."""
    path = "/v1/investment-agreements" if asked.startswith("positions") else "/v1/companies"
    told = problem(http.get(f"{path}?{asked}"), 400, "parameter-invalid")
    assert told["errors"][0]["parameter"] == asked.partition("=")[0]
