"""Client: one ledger that is served, asked by a program.

with Client("http://127.0.0.1:8000", key) as ledger:
    ledger.record(RegisterLead(company="moonfield-demo", …))
    ledger.report("funnel", effective="2026-06-30").data
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import date, datetime
from types import TracebackType
from typing import Any, Self, cast
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from api.client.answers import (
    Keyed,
    LineResult,
    Report,
    Result,
    SeenFact,
    Table,
    read_line,
    read_report,
    read_result,
    table_of,
)
from api.client.parts import Command
from api.client.refusals import ServiceUnavailable
from api.client.reports import PATHS, ReportName
from api.client.sending import LOST, Sender

COMMANDS, STREAM = "/v1/commands", "/v1/facts/stream"
JSON, NDJSON = "application/json", "application/x-ndjson"
Day = date | str
Instant = datetime | date | int | str


class Client:
    """A ledger, asked as the holder of a key. Use as a context manager, or close() it.

    url         where it is served, such as http://127.0.0.1:8000
    key         an API key: mcsc_<id>_<secret>; or an access token of its OpenID provider
    attempts    how often a request is sent at most where the connection is lost or the answer is 503: what records has
                an idempotency key, so it records once
    timeout_s   how long one answer may take
    position    the last position at which this client recorded: reports wait until they know it

    Every method raises LedgerError (refusals.py), which says the rule's code and the field.
    """

    def __init__(
        self,
        url: str,
        key: str,
        *,
        attempts: int = 5,
        timeout_s: float = 30.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc:
            raise ValueError(f"url: http://HOST:PORT or https://HOST, not {url!r}")
        if attempts < 1:
            raise ValueError(f"attempts: 1 at least, not {attempts}")
        self.position = 0
        self._attempts = attempts
        self._sender = Sender(url, key, attempts=attempts, timeout_s=timeout_s, transport=transport)

    def close(self) -> None:
        """Let go of the connections."""
        self._sender.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # Recording

    def record(
        self,
        command: Command,
        *,
        key: str | None = None,
        if_match: str | None = None,
        new: bool = False,
        dry_run: bool = False,
    ) -> Result:
        """Record a command, or say what would be recorded.

        key        an idempotency key of your own: the same key records once, whoever restarts; else a new one
        if_match   the ETag of the thing as you saw it, or `*`: refused where more was recorded since
        new        refused where the thing is on record already
        """
        headers = {"Content-Type": JSON, "Idempotency-Key": key or uuid4().hex}
        if if_match is not None:
            headers["If-Match"] = if_match
        if new:
            headers["If-None-Match"] = "*"
        body, query = msgspec.json.encode(command), {"dry_run": "true"} if dry_run else {}
        answer = self._sender.send("POST", COMMANDS, query=query, body=body, headers=headers)
        result = replace(read_result(answer.content), replayed="idempotent-replayed" in answer.headers)
        self._recorded(result)
        return result

    def record_all(
        self,
        commands: Iterable[Command | Keyed],
        *,
        atomic: bool = True,
        key: str | None = None,
        dry_run: bool = False,
    ) -> list[LineResult]:
        """Record many commands in one request, each decided on those before it; the results in their order.

        atomic   all or none, in one transaction: where any is wrong RefusedByRule or MalformedRequest is raised, whose
                 `errors` name every wrong line; else each is for itself, and has its outcome or its problem
        key      one for all: a line's own is this, a slash and its number. The same again records nothing twice
        """
        body = b"".join(msgspec.json.encode(one) + b"\n" for one in commands)
        if not body:
            return []
        headers = {"Content-Type": NDJSON, "Idempotency-Key": key or uuid4().hex}
        query = {"atomic": str(atomic).lower(), "dry_run": str(dry_run).lower()}
        for attempt in range(self._attempts):
            answer = self._sender.send("POST", COMMANDS, query=query, body=body, headers=headers)
            results = [read_line(line) for line in answer.content.splitlines()]
            if attempt + 1 == self._attempts or not any(one.status == 503 for one in results):
                break
            self._sender.pause(attempt)  # those that were recorded are only told again
        for one in results:
            if one.outcome is not None:
                self._recorded(one.outcome)
        return results

    def _recorded(self, result: Result) -> None:
        if result.outcome == "done":
            self.position = max(self.position, result.position)

    # Asking

    def report(
        self,
        name: ReportName,
        *,
        effective: Day | None = None,
        recorded: Instant | None = None,
        wait: int | None = None,
        **filters: Any,
    ) -> Report:
        """A report or a list as of two dates, one page of it where it comes in pages.

        effective   how the world was on a day: a date, `2026-06`, `month-end`
        recorded    as we knew it: a position, an instant, a date, `close:2026-06`
        wait        not before this position is known; else what this client recorded
        filters     those of the report, as docs/openapi.json names them; `of` its option of that name
        """
        return read_report(self._asked(PATHS[name], effective, recorded, wait, filters).content)

    def table(
        self,
        name: ReportName,
        *,
        effective: Day | None = None,
        recorded: Instant | None = None,
        wait: int | None = None,
        **filters: Any,
    ) -> Table:
        """The same whole, as one table: its `to_pandas()` is a DataFrame."""
        text = self._asked(f"{PATHS[name]}.csv", effective, recorded, wait, filters).content.decode("utf-8-sig")
        return table_of(text)

    def rows(
        self,
        name: ReportName,
        *,
        effective: Day | None = None,
        recorded: Instant | None = None,
        wait: int | None = None,
        **filters: Any,
    ) -> Iterator[dict[str, Any]]:
        """Every row of a list, asked for page by page, all on the basis of the first."""
        page = self.report(name, effective=effective, recorded=recorded, wait=wait, **filters)
        yield from page.rows
        while page.next is not None:
            page = read_report(self._sender.send("GET", page.next).content)
            yield from page.rows

    def get(self, path: str, **query: Any) -> Any:
        """Any other question, by its address (`/v1/companies/cety`): the answer's JSON."""
        return msgspec.json.decode(self._sender.send("GET", path, query=_written(query)).content)

    def _asked(
        self, path: str, effective: Day | None, recorded: Instant | None, wait: int | None, filters: dict[str, Any]
    ) -> httpx.Response:
        wait = self.position or None if wait is None else wait
        query = {"effective": effective, "recorded": recorded, "wait": wait, **filters}
        return self._sender.send("GET", path, query=_written(query))

    # Following

    def facts(self, *, after: int = 0, up_to: int | None = None) -> Iterator[SeenFact]:
        """Facts in the order recorded, from the one behind `after` on, and those to come for as long as you listen.

        None is left out and none comes twice, also where the connection is lost in between. Ends with position `up_to`.
        Raises ServiceUnavailable where nobody answers for as often as this client asks.
        """
        failed = 0
        while up_to is None or after < up_to:
            before = after
            with suppress(*LOST):
                for fact in self._some_facts(after):
                    after = fact.position
                    yield fact
                    if up_to is not None and after >= up_to:
                        return
            failed = 0 if after > before else failed + 1
            self._sender.pause(min(failed, 6))
            if failed >= self._attempts:
                failed = 0
                self._sender.send("GET", "/health/live")  # which says so where nobody is there

    def _some_facts(self, after: int) -> Iterator[SeenFact]:
        try:
            for event in self._sender.streamed(STREAM, {"after": after}, after or None):
                if event.get("event") != "end":
                    yield SeenFact(int(event["id"]), cast(dict[str, Any], msgspec.json.decode(event["data"])))
        except ServiceUnavailable:
            return  # too many listen: it is asked again


def _written(query: dict[str, Any]) -> dict[str, str]:
    """Parameters as they stand in an address; those that say nothing are left out."""
    return {name: _text(value) for name, value in query.items() if value is not None and value is not UNSET}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, date) else str(value)
