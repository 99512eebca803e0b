"""The billing run: every lease billed through a date, each a command of its own.

executed_leases   every lease that was ever executed, by id
check_run         what every lease would be refused for, said once
run_route         POST /v1/billing-runs: one line a lease, as NDJSON, while it goes on
Previewing        what a run would issue and post, lease by lease, and what they add up to; `dry_run` shows it
outcomes, previews     a run, and its preview, some leases at once

A preview decides each lease's command as the run does, and records nothing: what a lease is billed rests on nothing
that billing another lease records, so the run equals it until something else is recorded.

A run can stop anywhere and be sent again: leases that are billed already add nothing (ADR 7). Each lease's command has
an idempotency key made of the run's and the lease's id, so the same run sent again answers the same. After mending what
was refused, send a new run.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime
from functools import reduce
from typing import TYPE_CHECKING, Literal

import msgspec
from msgspec import Struct
from sqlalchemy import Connection

from api.http.answers import encode
from api.http.bulk import BULK_AT_ONCE
from api.http.deadlines import in_time
from api.http.decoding import decoded
from api.http.operations import FINANCE, JSON, NDJSON, Operation, route
from api.http.parameters import query_of
from api.http.problems import Document, Problem, of_not_done, of_refusal
from api.http.recording import (
    RECORD_PROBLEMS,
    RecordQuery,
    body_of,
    check_no_condition,
    idempotency_key,
    status_of,
)
from api.http.requests import AnyRequest, by_of
from api.routes.billing import GROUP
from api.routes.histories import all_entries
from ledger.billing.gap import BillLease, check_opened
from ledger.decider import By, Refusal, standing, stored_name
from ledger.leases.facts import LeaseExecuted, LeaseTakenOver
from ledger.log import store
from ledger.log.database import Database
from ledger.periods import DAY, PERIODS_TAG, Periods, evolve_periods, first_and_last, month_of
from ledger.recording.asking import Recorder
from ledger.recording.outcome import Done, NotDone, Outcome, Previewed, Refused
from ledger.values.days import Days, check_days
from projections.receivables.preview import AddedUp, Charged, LeasePreview, Totals, charged, preview_lease, summed

if TYPE_CHECKING:
    from litestar.handlers import HTTPRouteHandler


class BillingRun(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Bill every lease through a date; `effective_on` is the day it is done."""

    command: Literal["billing-run"] | msgspec.UnsetType = msgspec.UNSET
    through: date
    effective_on: date

    def of(self, lease: str) -> BillLease:
        """The command of one lease."""
        return BillLease(lease=lease, through=self.through, effective_on=self.effective_on)


class PreviewedLease(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One lease, and what billing it would issue; or the problem that it would meet, with its status."""

    lease: str
    status: int
    preview: LeasePreview | None = None
    problem: Document | None = None


class PreviewedRun(Struct, frozen=True, kw_only=True):
    """The last line of a preview: what the leases add up to."""

    totals: Totals


class BilledLease(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The result for one lease: the status that its command would have had alone, and its outcome or problem."""

    lease: str
    status: int
    replayed: bool = False
    outcome: Done | None = None
    problem: Document | None = None


def executed_leases(connection: Connection, recorded: int) -> list[str]:
    """Every lease executed or taken over up to a position, by id: those that ended too, for what is learned of them
    late."""
    signed = LeaseExecuted, LeaseTakenOver
    entries = (one for kind in signed for one in all_entries(connection, recorded=recorded, fact=stored_name(kind)))
    return sorted({entry.fact.lease for entry in entries if isinstance(entry.fact, signed)})


def known_leases(database: Database) -> list[str]:
    """Those executed up to now."""
    with database.views.connect() as connection:
        return executed_leases(connection, store.read_head(connection).size)


def check_run(database: Database, days: Days, through: date, on: date) -> None:
    """Check what every lease would be refused for, before any is billed. Raises Refusal."""
    check_days(BillLease(lease="each", through=through, effective_on=on), days, datetime.now(UTC))
    with database.views.connect() as connection:
        entries = store.by_tags(connection, [PERIODS_TAG])
    facts = standing([entry.fact for entry in entries], lambda fact: fact)
    check_opened(reduce(evolve_periods, facts, Periods()), through)


class Previewing:
    """A run's preview, lease by lease in any order. `sums`: what those so far add up to."""

    def __init__(self, database: Database, through: date) -> None:
        self.sums = AddedUp()
        self._database = database
        first, _ = first_and_last(month_of(through))
        self._months = month_of(first - DAY), month_of(first)

    def charged(self, leases: Sequence[str]) -> Charged:
        """Find what these leases are charged for the months that are compared, as recorded."""
        with self._database.views.connect() as connection:
            return charged(connection, leases, self._months[0])

    def of(self, lease: str, outcome: Outcome, before: Charged) -> LeasePreview | None:
        """Make the preview of what a dry run showed of a lease; None where a rule refused it."""
        if not isinstance(outcome, Previewed):
            self.sums.refused()
            return None
        sums = summed(outcome.facts, self._months, before[lease])
        self.sums.add(sums)
        return preview_lease(outcome.position, outcome.facts, self._months[1], sums)


def run_route(recorder: Recorder, days: Days) -> "HTTPRouteHandler":
    """The route of a billing run."""
    from litestar.response import Stream

    decode = msgspec.json.Decoder(BillingRun).decode

    async def handler(request: AnyRequest) -> Stream:
        dry_run = query_of(request, RecordQuery).dry_run
        body, _ = await body_of(request, JSON)
        run = decoded(decode, body)
        check_no_condition(request.scope)
        key = "" if dry_run else idempotency_key(request.scope)
        by = by_of(request.scope)
        leases = await begun(recorder, days, run)
        parts = previews(recorder, run, leases, by) if dry_run else outcomes(recorder, run, leases, by, key)
        return Stream(_lines(parts), status_code=200, media_type=NDJSON, headers={"Cache-Control": "no-store"})

    operation = Operation(
        name="billing-run",
        summary="Bill every lease through a date: one line a lease, while it goes on. Safe to stop and to send again. "
        "What every lease would be refused for is said once, and none is billed. With dry_run: the documents and "
        "postings of each lease and, on the last line, what they add up to; nothing is recorded.",
        group=GROUP,
        roles=FINANCE,
        query=RecordQuery,
        bodies={JSON: BillingRun},
        answers={
            200: (
                "One outcome a lease, in the order of their ids; with dry_run their previews, and the totals.",
                {NDJSON: (BilledLease, PreviewedLease, PreviewedRun)},
            )
        },
        problems=RECORD_PROBLEMS,
    )
    return route("POST", "/v1/billing-runs", operation, handler)


async def begun(recorder: Recorder, days: Days, run: BillingRun) -> list[str]:
    """The leases of a run. Raises Problem for what every one of them would be refused for."""
    try:
        await in_time(check_run, recorder.database, days, run.through, run.effective_on)
    except Refusal as refusal:
        raise of_refusal(Refused(0, refusal.code, refusal.kind, refusal.detail, refusal.field)) from refusal
    return await in_time(known_leases, recorder.database)


async def _lines(parts: AsyncIterator[Sequence[Struct]]) -> AsyncIterator[bytes]:
    async for part in parts:
        yield b"".join(encode(one) + b"\n" for one in part)


async def outcomes(
    recorder: Recorder, run: BillingRun, leases: Sequence[str], by: By, key: str
) -> AsyncIterator[Sequence[BilledLease]]:
    """The leases' outcomes in order; many are queued at once so that they share commits."""
    for start in range(0, len(leases), BULK_AT_ONCE):
        some = leases[start : start + BULK_AT_ONCE]
        yield await asyncio.gather(*(_one(recorder, run, lease, by, key) for lease in some))


async def previews(
    recorder: Recorder, run: BillingRun, leases: Sequence[str], by: By
) -> AsyncIterator[Sequence[PreviewedLease | PreviewedRun]]:
    """The leases' previews in order, then what they add up to."""
    previewing = Previewing(recorder.database, run.through)
    for start in range(0, len(leases), BULK_AT_ONCE):
        some = leases[start : start + BULK_AT_ONCE]
        before = await in_time(previewing.charged, some)
        asked = (_previewed(recorder, run, lease, by, previewing, before) for lease in some)
        yield await asyncio.gather(*asked)
    yield [PreviewedRun(totals=previewing.sums.totals())]


async def _previewed(
    recorder: Recorder, run: BillingRun, lease: str, by: By, previewing: Previewing, before: Charged
) -> PreviewedLease:
    try:
        answer = await recorder.record(run.of(lease), by, dry_run=True)
    except NotDone as error:
        previewing.sums.refused()
        return _unpreviewed(lease, of_not_done(error), by)
    preview = previewing.of(lease, answer.outcome, before)
    if preview is None:
        assert isinstance(answer.outcome, Refused), "a dry run shows what would be, or what refuses it"
        return _unpreviewed(lease, of_refusal(answer.outcome), by)
    return PreviewedLease(lease=lease, status=200, preview=preview)


def _unpreviewed(lease: str, problem: Problem, by: By) -> PreviewedLease:
    return PreviewedLease(lease=lease, status=problem.status, problem=problem.document(by.request))


async def _one(recorder: Recorder, run: BillingRun, lease: str, by: By, key: str) -> BilledLease:
    try:
        answer = await recorder.record(run.of(lease), by, key=lease_key(key, lease), data_class=recorder.data_class)
        if isinstance(answer.outcome, Refused):
            raise of_refusal(answer.outcome)
    except (Problem, NotDone) as error:
        problem = of_not_done(error) if isinstance(error, NotDone) else error
        return BilledLease(lease=lease, status=problem.status, problem=problem.document(by.request))
    outcome = answer.outcome
    assert isinstance(outcome, Done), "it was asked to record, not to preview"
    return BilledLease(lease=lease, status=status_of(outcome), replayed=answer.replayed, outcome=outcome)


def lease_key(key: str, lease: str) -> str:
    """The idempotency key of a lease's command in a run."""
    return f"{key}/{lease}"
