"""The billing run: every lease billed through a date, each a command of its own.

executed_leases   every lease that was ever executed, by id
check_run         what every lease would be refused for, said once
run_route         POST /v1/billing-runs: one line a lease, as NDJSON, while it goes on

A run can stop anywhere and be sent again: leases that are billed already add nothing (ADR 7). Each lease's command has
an idempotency key made of the run's and the lease's id, so the same run sent again answers the same. After mending what
was refused, send a new run.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime
from functools import reduce
from typing import Literal

import msgspec
from litestar.handlers import HTTPRouteHandler
from litestar.response import Stream
from msgspec import Struct
from sqlalchemy import Connection

from api.http.answers import encode
from api.http.deadlines import in_time
from api.http.decoding import decoded
from api.http.operations import FINANCE, JSON, NDJSON, Operation, route
from api.http.parameters import NoQuery, query_of
from api.http.problems import Document, Problem, of_not_done, of_refusal
from api.http.recording import BULK_AT_ONCE, RECORD_PROBLEMS, body_of, idempotency_key, status_of
from api.http.requests import AnyRequest, by_of
from api.routes.billing import GROUP
from api.routes.histories import all_entries
from ledger.billing.gap import BillLease, check_opened
from ledger.decider import By, Refusal, standing, stored_name
from ledger.leases.facts import LeaseExecuted
from ledger.log import store
from ledger.log.database import Database
from ledger.periods import PERIODS_TAG, Periods, evolve_periods
from ledger.recording.asking import Recorder
from ledger.recording.outcome import Done, NotDone, Refused
from ledger.values.days import Days, check_days


class BillingRun(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Bill every lease through a date; `effective_on` is the day it is done."""

    command: Literal["billing-run"] | msgspec.UnsetType = msgspec.UNSET
    through: date
    effective_on: date


class BilledLease(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The result for one lease: the status that its command would have had alone, and its outcome or problem."""

    lease: str
    status: int
    replayed: bool = False
    outcome: Done | None = None
    problem: Document | None = None


def executed_leases(connection: Connection, recorded: int) -> list[str]:
    """Every lease executed up to a position, by id: those that ended too, for what is learned of them late."""
    entries = all_entries(connection, recorded=recorded, fact=stored_name(LeaseExecuted))
    return sorted({entry.fact.lease for entry in entries if isinstance(entry.fact, LeaseExecuted)})


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


def run_route(recorder: Recorder, days: Days) -> HTTPRouteHandler:
    """The route of a billing run."""
    decode = msgspec.json.Decoder(BillingRun).decode

    async def handler(request: AnyRequest) -> Stream:
        query_of(request, NoQuery)
        body, _ = await body_of(request, JSON)
        run = decoded(decode, body)
        key = idempotency_key(request.scope)
        try:
            await in_time(check_run, recorder.database, days, run.through, run.effective_on)
        except Refusal as refusal:
            refused = Refused(0, refusal.code, refusal.kind, refusal.detail, refusal.field)
            raise of_refusal(refused) from refusal
        leases = await in_time(known_leases, recorder.database)
        lines = _lines(recorder, run, leases, by_of(request.scope), key)
        return Stream(lines, status_code=200, media_type=NDJSON, headers={"Cache-Control": "no-store"})

    operation = Operation(
        name="billing-run",
        summary="Bill every lease through a date: one line a lease, while it goes on. Safe to stop and to send again. "
        "What every lease would be refused for is said once, and none is billed.",
        group=GROUP,
        roles=FINANCE,
        bodies={JSON: BillingRun},
        answers={200: ("One outcome a lease, in the order of their ids.", {NDJSON: BilledLease})},
        problems=RECORD_PROBLEMS,
    )
    return route("POST", "/v1/billing-runs", operation, handler)


async def _lines(recorder: Recorder, run: BillingRun, leases: Sequence[str], by: By, key: str) -> AsyncIterator[bytes]:
    """The leases' outcomes in order; many are queued at once so that they share commits."""
    for start in range(0, len(leases), BULK_AT_ONCE):
        some = leases[start : start + BULK_AT_ONCE]
        outcomes = await asyncio.gather(*(_one(recorder, run, lease, by, key) for lease in some))
        yield b"".join(encode(outcome) + b"\n" for outcome in outcomes)


async def _one(recorder: Recorder, run: BillingRun, lease: str, by: By, key: str) -> BilledLease:
    command = BillLease(lease=lease, through=run.through, effective_on=run.effective_on)
    try:
        answer = await recorder.record(command, by, key=f"{key}/{lease}", data_class=recorder.data_class)
        if isinstance(answer.outcome, Refused):
            raise of_refusal(answer.outcome)
    except (Problem, NotDone) as error:
        problem = of_not_done(error) if isinstance(error, NotDone) else error
        return BilledLease(lease=lease, status=problem.status, problem=problem.document(by.request))
    outcome = answer.outcome
    assert isinstance(outcome, Done), "it was asked to record, not to preview"
    return BilledLease(lease=lease, status=status_of(outcome), replayed=answer.replayed, outcome=outcome)
