"""The diary as a calendar (RFC 5545), at a secret address that a key of that scope opens.

calendar         entries -> the calendar in bytes: the same entries, the same bytes
calendar_route   GET /v1/calendars/KEY.ics; an address that opens nothing is not there

A calendar program sends no headers, so the secret stands in the address: it opens this alone, and is revoked like any
key. An event is a whole day; its UID is the entry's, its DTSTAMP the latest record about it, and its SEQUENCE counts
what was recorded about it, so that a program takes over what changed. What is done or waived is cancelled, not lost.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from icalendar import Alarm, Calendar, Event, vDuration
from litestar import Response
from litestar.handlers import HTTPRouteHandler

from api.agenda.diary import DiaryQuery
from api.http.auth import CALENDARS, KeyRing
from api.http.operations import Operation, route
from api.http.parameters import NoQuery, query_of
from api.http.problems import Problem
from api.http.reading import Read, Reader
from api.http.requests import AnyRequest
from api.settings import Settings
from ledger.decider import DataClass
from projections.diary import DiaryEntry

CALENDAR = "text/calendar"
AHEAD = timedelta(days=731)
AGAIN = timedelta(hours=12)
"""How often a program is asked to look again."""


def calendar(rows: Iterable[DiaryEntry], data_class: DataClass = "LIVE") -> bytes:
    """The entries as a calendar. `data_class`: an invented ledger says so in its name."""
    made = Calendar()
    made.add("prodid", "-//MCSC//mcsc-ledger diary//EN")
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", "MCSC diary" + ("" if data_class == "LIVE" else f" ({data_class})"))
    made.add("refresh-interval", vDuration(AGAIN), parameters={"VALUE": "DURATION"})
    made.add("x-published-ttl", vDuration(AGAIN))
    for row in rows:
        made.add_component(_event(row))
    written: bytes = made.to_ical()
    return written


def _event(row: DiaryEntry) -> Event:
    event = Event()
    event.add("uid", f"{row.entry.replace('/', '.')}@mcsc-ledger")
    event.add("dtstamp", row.recorded_at)
    event.add("sequence", row.steps)
    event.add("dtstart", row.on)
    event.add("dtend", row.on + timedelta(days=1))
    event.add("summary", _summary(row))
    event.add("description", f"{row.entry}\n{row.thing} {row.name}, fact #{row.position}" + _decided(row))
    event.add("status", "CANCELLED" if row.decided_on else "CONFIRMED")
    event.add("transp", "TRANSPARENT")
    event.add("categories", [row.kind])
    if row.lead_on < row.on and row.decided_on is None:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", _summary(row))
        alarm.add("trigger", row.lead_on - row.on)
        event.add_component(alarm)
    return event


def _summary(row: DiaryEntry) -> str:
    words = row.kind.replace("_", " ").capitalize().replace("Vat ", "VAT ")
    return ", ".join(part for part in (f"{words}: {row.name}", row.company, row.says) if part)


def _decided(row: DiaryEntry) -> str:
    if row.decided_on is None:
        return ""
    return f"\n{row.status} {row.decided_on} by {row.decided_by}" + (f": {row.reason}" if row.reason else "")


def calendar_route(reader: Reader, ring: KeyRing, settings: Settings, read: Read[Any]) -> HTTPRouteHandler:
    """The calendar, as of now; nobody learns of an address whether it ever opened anything."""

    async def handler(request: AnyRequest) -> Response[bytes]:
        query_of(request, NoQuery)
        secret, dot, suffix = request.scope["path_params"]["secret"].partition(".")
        await ring.freshen()
        if (dot, suffix) != (".", "ics") or ring.holder(secret, "DIARY") is None:
            raise Problem("not-found", "No calendar is here.")
        _, found = await reader.find(read, DiaryQuery(until_on=settings.today() + AHEAD), {})
        body = calendar(found.rows or (), settings.data_class)
        headers = {"Cache-Control": "private, no-store", "Content-Disposition": 'inline; filename="diary.ics"'}
        if request.scope["method"] == "HEAD":
            headers, body = {**headers, "Content-Length": str(len(body))}, b""
        return Response(body, media_type=CALENDAR, headers=headers)

    operation = Operation(
        name="read-diary-calendar",
        summary="The diary as a calendar (RFC 5545), at the secret address that a key of the scope DIARY opens.",
        group="diary",
        roles=None,
        answers={200: ("The calendar.", {CALENDAR: None})},
        problems=("not-found", "unavailable"),
    )
    return route("GET", f"{CALENDARS}/{{secret:str}}", operation, handler)
