"""The estate over HTTP: every step of a unit's life, and every way of reading it."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from api.routes.estate import READS, RECORDINGS
from ledger.decider import Command, command_name
from ledger.estate.deciding import ESTATE
from ledger.estate.withdrawing import ESTATE_STEPS
from ledger.log.database import Database
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from tests.examples.estate import ASKED, BUILDING, EAST, PARCEL, SITE, SQUARE, TENANT, UNIT, WEST, WHOLE_AGAIN
from tests.ground.over_http import LEAD, Http, problem, served

PATHS = {command_name(recording.command): recording for recording in RECORDINGS}
UNIT_BODY: dict[str, Any] = {
    "building": BUILDING,
    "floor": "2",
    "use": "OFFICE",
    "area": "100.00",
    "standard": "GB/T17986",
    "measured_on": "2024-01-01",
    "effective_on": "2024-01-02",
}


@pytest.fixture
def http(ledger: Ledger) -> Iterator[Http]:
    with served(ledger) as http:
        yield tenant_known(http)


@pytest.fixture
def on_sqlite(sqlite: Database) -> Iterator[Http]:
    with Ledger(sqlite, CONTEXTS) as ledger, served(ledger) as http:
        yield tenant_known(http)


def tenant_known(http: Http) -> Http:
    """A unit is reserved for a company on record."""
    assert http.post("/v1/companies", LEAD).json()["facts"][0]["fact"] == "company.lead-registered"
    return http


def address(command: Command) -> tuple[str, dict[str, Any]]:
    """Where a command is sent, and its body: the fields that stand in the path left out."""
    body: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(command))
    path = PATHS[command_name(type(command))].path
    for name in list(body):
        if f"{{{name}:str}}" in path:
            path = path.replace(f"{{{name}:str}}", body.pop(name))
    return path, body


def live(http: Http, commands: tuple[Command, ...] = ASKED) -> list[int]:
    """The commands, each sent to its own route; their positions."""
    answers = [http.post(*address(command)) for command in commands]
    assert {answer.status_code for answer in answers} == {201}, [answer.text for answer in answers]
    return [answer.json()["position"] for answer in answers]


def test_every_command_has_a_route() -> None:
    assert {recording.command for recording in RECORDINGS} == {*ESTATE.commands, *ESTATE_STEPS.commands}


def test_from_the_site_to_a_retired_unit(http: Http) -> None:
    positions = live(http)
    rows = {row["unit"]: row for row in http.read("/v1/units", effective="2024-12-31")["rows"]}
    assert {name: (row["state"], row["became"]) for name, row in rows.items()} == {
        UNIT: ("RETIRED", [EAST, WEST]),
        EAST: ("RETIRED", [WHOLE_AGAIN]),
        WEST: ("RETIRED", [WHOLE_AGAIN]),
        WHOLE_AGAIN: ("RETIRED", []),
    }
    assert rows[WHOLE_AGAIN]["last_position"] == positions[-1]
    assert rows[WHOLE_AGAIN]["data_class"] == "LIVE"


def test_each_step_answers_with_where_to_read_it(on_sqlite: Http) -> None:
    for command in ASKED:
        answer = on_sqlite.post(*address(command))
        read = on_sqlite.get(answer.headers["location"], wait=on_sqlite.size, effective="2024-12-31")
        assert read.status_code == 200, f"{command}: {answer.headers['location']}"


def test_the_same_again_is_so_already(on_sqlite: Http) -> None:
    for command in ASKED:
        assert on_sqlite.post(*address(command)).status_code == 201
        again = on_sqlite.post(*address(command))
        assert (again.status_code, again.json()["facts"]) == (200, [])


def test_many_at_once(on_sqlite: Http) -> None:
    lines = b"\n".join(msgspec.json.encode(command) for command in ASKED)
    answer = on_sqlite.client.post(
        "/v1/commands",
        content=lines,
        headers={
            **on_sqlite.headers("deal_desk"),
            "Content-Type": "application/x-ndjson",
            "Idempotency-Key": "the-whole-estate",
        },
    )
    assert [msgspec.json.decode(line)["status"] for line in answer.content.splitlines()] == [201] * len(ASKED)


def test_as_of_two_dates(http: Http) -> None:
    positions = live(http)
    reserved, released = positions[10], positions[11]
    here = f"/v1/units/{WHOLE_AGAIN}"

    def seen(effective: str, recorded: int) -> tuple[str, str | None]:
        row = http.read(here, effective=effective, recorded=recorded)["data"]
        return row["state"], row["reserved_for"]

    assert seen("2024-04-09", released) == ("AVAILABLE", None)
    assert seen("2024-04-10", released) == ("RESERVED", TENANT)
    assert seen("2024-05-06", reserved) == ("RESERVED", TENANT)
    assert seen("2024-05-06", released) == ("AVAILABLE", None)
    assert seen("2024-07-01", reserved) == ("AVAILABLE", None)  # it lapsed by itself on 30 June
    problem(http.get(here, effective="2024-03-31"), 404, "not-found")


def test_an_answer_on_its_basis_comes_again_byte_for_byte(http: Http) -> None:
    live(http, ASKED[:8])
    paths = [read.path for read in READS if "{" not in read.path]
    paths += [f"/v1/sites/{SITE}", f"/v1/parcels/{PARCEL}", f"/v1/buildings/{BUILDING}", f"/v1/units/{UNIT}"]
    first = {path: http.get(path, wait=http.size, effective="2024-03-15") for path in paths}
    live(http, ASKED[8:])
    for path, answer in first.items():
        basis = answer.json()["basis"]
        again = http.get(path, wait=http.size, effective=basis["effective"], recorded=basis["recorded"])
        assert (again.content, again.headers["etag"]) == (answer.content, answer.headers["etag"]), path


def test_a_unit_unchanged_on_record_has_another_etag_when_its_building_stands(on_sqlite: Http) -> None:
    """Its state is told by its building: an ETag of its own latest fact would keep a stale answer alive."""
    live(on_sqlite, ASKED[:4])
    on_sqlite.post("/v1/units", {**UNIT_BODY, "unit": "b-demo", "effective_on": "2023-04-03"})
    before = on_sqlite.get("/v1/units/b-demo", wait=on_sqlite.size)
    live(on_sqlite, ASKED[4:5])
    after = on_sqlite.get("/v1/units/b-demo", wait=on_sqlite.size, headers={"If-None-Match": before.headers["etag"]})
    assert (before.json()["data"]["state"], after.status_code) == ("UNDER_CONSTRUCTION", 200)
    assert after.json()["data"]["state"] == "AVAILABLE"


# Areas and the map


def test_the_site_as_stated_and_in_every_unit(on_sqlite: Http) -> None:
    live(on_sqlite, ASKED[:2])
    row = on_sqlite.read(f"/v1/sites/{SITE}")["data"]
    told = {name: row[name] for name in ("stated_area", "stated_unit", "area_m2", "area_mu", "area_ha", "area_acres")}
    assert told == {
        "stated_area": "800",
        "stated_unit": "ACRE",
        "area_m2": "3237485.13792",
        "area_mu": "4856.22770688",
        "area_ha": "323.748513792",
        "area_acres": "800",
    }
    assert row.pop("outline") is None
    assert on_sqlite.read("/v1/sites")["rows"] == [row]


def test_an_outline_comes_back_as_geojson_numbers(http: Http) -> None:
    live(http, ASKED[:2])
    ring = [list(point) for point in SQUARE.coordinates[0]]
    row = http.read(f"/v1/parcels/{PARCEL}")["data"]
    assert row["outline"] == {"type": "Polygon", "coordinates": [ring]}
    assert "30.1100001" in http.get(f"/v1/parcels/{PARCEL}").text
    collection = http.read("/v1/map/parcels")["data"]
    assert collection["type"] == "FeatureCollection"
    (feature,) = collection["features"]
    assert (feature["type"], feature["id"], feature["geometry"]) == ("Feature", PARCEL, row["outline"])
    assert feature["properties"]["area_mu"] == "12"
    measured = [
        row[name] for name in ("area_m2", "outline_m2", "difference_m2", "difference_percent", "datum", "doubts")
    ]
    assert measured == ["8000.00", "1068468.63", "1060468.63", "13255.8579", "CGCS2000", []]
    problem(http.get("/v1/map/parcels", site="other-demo"), 404, "not-found")


@pytest.mark.parametrize(
    ("coordinates", "status", "code"),
    [
        ([[[103.8, 30.1], [103.9, 30.1], [103.9, 30.2], [103.8, 30.2]]], 422, "outline-malformed"),
        ([[[103.8, 90.1], [103.9, 90.1], [103.9, 90.2], [103.8, 90.1]]], 422, "outline-malformed"),
        ([[[1, 1], [2, 2], [3, 3], [1, 1]]], 422, "outline-malformed"),
        ([[[180.1, 30.1], [103.9, 30.1], [103.9, 30.2], [180.1, 30.1]]], 422, "outline-malformed"),
        ([[[103.8, 30.1, 450.0, 1], [103.9, 30.1], [103.9, 30.2], [103.8, 30.1]]], 400, "body-invalid"),
        ([[[103.8, 30.1], [103.9, 30.1], [103.8, 30.1]]], 400, "body-invalid"),
        ([], 400, "body-invalid"),
    ],
    ids=["open", "beyond the pole", "a line", "beyond the date line", "four numbers", "three points", "no ring"],
)
def test_what_is_no_outline(on_sqlite: Http, coordinates: Any, status: int, code: str) -> None:
    live(on_sqlite, ASKED[:1])
    path, body = address(ASKED[1])
    answer = on_sqlite.post(path, {**body, "outline": {"type": "Polygon", "coordinates": coordinates}})
    problem(answer, status, code)
    problem(on_sqlite.post(path, {**body, "outline": {"type": "Point", "coordinates": [1, 1]}}), 400, "body-invalid")


# Refusals and who may


def test_refusals_have_their_codes(on_sqlite: Http) -> None:
    live(on_sqlite, ASKED[:6])
    for body, status, code in (
        ({"unit": "b-demo", "area": "765.51"}, 422, "area-exceeds"),
        ({"unit": UNIT}, 409, "estate-name-taken"),
        ({"unit": "b-demo", "building": "nothing-demo"}, 404, "building-unknown"),
        ({"unit": "b-demo", "standard": "BOMA"}, 422, "standard-differs"),
        ({"unit": "b-demo", "area": "100"}, 400, "body-invalid"),
    ):
        problem(on_sqlite.post("/v1/units", {**UNIT_BODY, **body}), status, code)
    parts = [{"unit": EAST, "area": "600.00"}, {"unit": WEST, "area": "634.51"}]
    told = problem(
        on_sqlite.post(f"/v1/units/{UNIT}/split", {"parts": parts, "effective_on": "2024-01-10"}),
        422,
        "area-not-conserved",
    )
    assert told["detail"].startswith("the parts have 1234.51 m² together and the unit 1234.50 m²; remeasure")


def test_who_may_record_and_read(on_sqlite: Http) -> None:
    path, body = address(ASKED[0])
    for role in ("finance", "auditor", "approver"):
        problem(on_sqlite.post(path, body, role), 403, "not-allowed")
        assert on_sqlite.get("/v1/units", role).status_code == 200
    assert on_sqlite.post(path, body, "admin").status_code == 201


# Lists, pages, tables


def test_pages_and_filters(http: Http) -> None:
    live(http, ASKED[:5])
    for number in range(5):
        http.post("/v1/units", {**UNIT_BODY, "unit": f"u{number}-demo"})
    http.post("/v1/units/u3-demo/off-market", {"reason": "paint", "effective_on": "2024-02-01"})
    every = [f"u{number}-demo" for number in range(5)]
    seen, path = [], f"/v1/units?limit=2&wait={http.size}"
    while path:
        answer = http.get(path)
        seen += [row["unit"] for row in answer.json()["rows"]]
        link = answer.headers.get("link")
        path = link[1 : link.index(">")] if link else ""
    assert seen == every
    assert [row["unit"] for row in http.read("/v1/units", state="OFF_MARKET")["rows"]] == ["u3-demo"]
    problem(http.get("/v1/units", building="nothing-demo"), 404, "not-found")
    assert [row["building"] for row in http.read("/v1/buildings", parcel=PARCEL)["rows"]] == [BUILDING]
    problem(http.get("/v1/buildings", parcel="nothing-demo"), 404, "not-found")
    assert [row["parcel"] for row in http.read("/v1/parcels", site=SITE, limit=1)["rows"]] == [PARCEL]
    problem(http.get("/v1/units", state="LET"), 400, "parameter-invalid")
    for missing in ("sites/nothing-demo", "parcels/nothing-demo", "buildings/nothing-demo", "units/nothing-demo"):
        told = problem(http.get(f"/v1/{missing}"), 404, "not-found")
        assert "nothing-demo" in told["detail"]


def test_tables_hold_the_same_figures(on_sqlite: Http) -> None:
    live(on_sqlite, ASKED[:9])
    for thing in ("sites", "parcels", "buildings", "units"):
        answer = on_sqlite.get(f"/v1/{thing}.csv", wait=on_sqlite.size, effective="2024-12-31")
        table = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
        rows = on_sqlite.read(f"/v1/{thing}", effective="2024-12-31")["rows"]
        assert [{name: _cell(value) for name, value in row.items()} for row in rows] == table
    assert "a101-east-demo a101-west-demo" in answer.text


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(value)
    return "" if value is None else str(value)
