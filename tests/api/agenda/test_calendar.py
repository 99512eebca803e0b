"""The diary as a calendar: whole days, the same bytes for the same facts, an address that is taken back."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar
from msgspec.structs import replace

from api.agenda.calendar import calendar
from ledger.log.database import Database
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from projections.diary import DiaryEntry
from tests.ground.let_city import city
from tests.ground.over_http import Http, problem, served
from tests.ground.recording import record

ENTRY = DiaryEntry(
    entry="break-notice/l-1-demo/2026-12-31",
    kind="BREAK_NOTICE",
    status="AHEAD",
    on=date(2026, 12, 31),
    lead_on=date(2026, 10, 2),
    thing="LEASE",
    name="l-1-demo",
    company="sunfield-demo",
    says="TENANT; 眉山, \\ and so on: " + "很长的文字" * 20,
    decided_on=None,
    decided_by=None,
    reason=None,
    decided_at=None,
    steps=0,
    recorded_at=datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC),
    data_class="FICTIONAL",
    position=12,
)


def parsed(written: bytes) -> list[Any]:
    return list(Calendar.from_ical(written).walk("VEVENT"))


def unfolded(written: bytes) -> list[str]:
    return written.decode().replace("\r\n ", "").split("\r\n")


def test_an_event_is_a_whole_day_with_an_exclusive_end() -> None:
    lines = unfolded(calendar([ENTRY], "FICTIONAL"))
    assert lines[0] == "BEGIN:VCALENDAR"
    for line in (
        "VERSION:2.0",
        "METHOD:PUBLISH",
        "REFRESH-INTERVAL;VALUE=DURATION:PT12H",
        "UID:break-notice.l-1-demo.2026-12-31@mcsc-ledger",
        "DTSTAMP:20260102T030405Z",
        "SEQUENCE:0",
        "DTSTART;VALUE=DATE:20261231",
        "DTEND;VALUE=DATE:20270101",
        "STATUS:CONFIRMED",
        "TRANSP:TRANSPARENT",
        "TRIGGER:-P90D",
    ):
        assert lines.count(line) == 1, line
    assert sum(line.startswith("SUMMARY:") for line in lines) == 1
    assert r"TENANT\; 眉山\, \\ and so on: 很长" in next(line for line in lines if line.startswith("SUMMARY:"))


def test_lines_are_folded_at_75_octets_and_read_back_as_they_were() -> None:
    written = calendar([ENTRY])
    assert max(map(len, written.split(b"\r\n"))) <= 75
    assert b"\n" not in written.replace(b"\r\n", b"")
    (event,) = parsed(written)
    assert str(event["summary"]) == f"Break notice: l-1-demo, sunfield-demo, {ENTRY.says}"
    assert (event.decoded("dtstart"), event.decoded("dtend")) == (ENTRY.on, ENTRY.on + timedelta(days=1))
    assert calendar([ENTRY]) == written, "nothing of the hour, nothing by chance"


def test_what_is_done_is_cancelled_under_the_same_uid() -> None:
    done = replace(ENTRY, status="DONE", decided_on=date(2026, 11, 1), decided_by="ann-demo", steps=1, says="")
    first, second = (parsed(calendar([row]))[0] for row in (ENTRY, done))
    assert str(first["uid"]) == str(second["uid"])
    assert (str(second["status"]), int(second["sequence"])) == ("CANCELLED", 1)
    assert "DONE 2026-11-01 by ann-demo" in str(second["description"])
    assert list(second.walk("VALARM")) == []


@pytest.fixture
def http(sqlite: Database) -> Iterator[Http]:
    record(sqlite, city())
    with Ledger(sqlite, CONTEXTS) as ledger, served(ledger) as http:
        yield http


def test_a_secret_address_opens_the_calendar_alone_until_it_is_revoked(http: Http) -> None:
    asked = {"effective_on": "2026-11-01", "actor": "wang-demo", "role": "finance", "scope": "DIARY"}
    made = http.post("/v1/access/keys", asked, "admin").json()
    address = made["calendar"]
    assert address == f"/v1/calendars/{made['key']}.ics"
    http.read("/v1/reports/diary")
    answer = http.client.get(address)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    rows = http.read("/v1/reports/diary", until_on="2027-06-30")["rows"]
    uids = {str(event["uid"]) for event in parsed(answer.content)}
    assert {f"{row['entry'].replace('/', '.')}@mcsc-ledger" for row in rows} <= uids
    assert rows
    bearing = {"Authorization": f"Bearer {made['key']}"}
    assert http.client.get("/v1/reports/diary", headers=bearing).status_code == 401, "and nothing else"
    ordinary = http.keys["finance"]
    another = address[:-5] + ("1" if address[-5] == "0" else "0") + ".ics"
    for wrong in (f"/v1/calendars/{ordinary}.ics", address.removesuffix(".ics"), another, address + "x"):
        problem(http.client.get(wrong), 404, "not-found")
    assert http.get("/v1/access/keys", "admin").json()["rows"][-1].keys() >= {"scope"}
    why = {"effective_on": "2026-11-02", "reason": "sent on (demo)"}
    assert http.post(f"/v1/access/keys/{made['key_id']}/revocation", why, "admin").status_code == 201
    problem(http.client.get(address), 404, "not-found")


def test_an_entry_is_completed_waived_and_taken_back_over_http(http: Http) -> None:
    said = {"entry": "expiry/l-2-demo/2029-06-30", "effective_on": "2026-11-02"}
    where: dict[str, Any] = {"thing": "l-2-demo", "until_on": "2029-12-31", "kind": "EXPIRY"}
    assert http.post("/v1/diary/completions", said, "auditor").status_code == 403
    assert http.post("/v1/diary/completions", said, "finance").status_code == 201
    (row,) = http.read("/v1/reports/diary", **where)["rows"]
    assert (row["status"], row["decided_by"]) == ("DONE", "finance-demo")
    other = http.post("/v1/diary/waivers", {**said, "reason": "no (demo)"})
    problem(other, 409, "diary-entry-decided")
    assert http.post("/v1/diary/withdrawals", {**said, "reason": "mistake (demo)"}).status_code == 201
    (row,) = http.read("/v1/reports/diary", **where)["rows"]
    assert (row["status"], row["steps"]) == ("AHEAD", 2)
    csv = http.get("/v1/reports/diary.csv", **where).text.splitlines()
    assert csv[1].startswith("expiry/l-2-demo/2029-06-30,EXPIRY,AHEAD,2029-06-30,")
