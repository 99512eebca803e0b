"""Accounting periods and reference rates over HTTP: open, close and reopen months; propose and approve rates.

RECORDINGS    one command a route: finance records, approvers approve
READS         GET /v1/periods, one month's closing proposal, GET /v1/rates
close_route   POST /v1/periods/{month}/close: the figures are taken from the books as they are now
closing       the command that closes a month on the figures of a proposal; figures: as the read models know it now
close_month   a month closed on the figures of now, over HTTP and at the desk
is_stale      those figures are not the latest any more: take them again, CLOSE_TRIES times at most
"""

import dataclasses
from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace
from sqlalchemy import Connection

from api.formats.sheets import Columns, Report, Sheet
from api.formats.tables import Table, cells, columns, structs_table
from api.http.deadlines import patiently
from api.http.decoding import decoded
from api.http.operations import APPROVERS, FINANCE, JSON, Operation, Roles, route
from api.http.parameters import identifier, query_of
from api.http.problems import Problem
from api.http.reading import BasisQuery, Found, Read, look_up
from api.http.recording import (
    RECORD_PROBLEMS,
    RECORDED,
    Recording,
    RecordQuery,
    answered,
    body_of,
    check_no_condition,
    idempotency_key,
)
from api.http.requests import AnyRequest, by_of
from api.settings import Settings
from ledger.decider import By, Command
from ledger.joint.closing import ClosePeriod, Subledger, SubledgersStale
from ledger.log import store
from ledger.log.database import Database
from ledger.periods import (
    Month,
    OpenPeriods,
    PeriodClosed,
    ProposeReopening,
    ReopenPeriod,
    SoftClosePeriod,
    WithdrawPeriodStep,
    first_and_last,
)
from ledger.rates import ApproveRate, ProposeRate, RejectRate, Series, WithdrawRateStep
from ledger.recording.asking import Recorder
from ledger.recording.outcome import Answer, Outcome, Refused, decode_outcome
from ledger.values.money import written
from projections.closing import Proposal, proposal
from projections.engine.basis import Basis
from projections.engine.following import Standing
from projections.engine.periods import PeriodRow, RateRow, closed_fact, periods, rates

if TYPE_CHECKING:
    from litestar.handlers import HTTPRouteHandler

GROUP = "periods"
PERIODS, RATES = "/v1/periods", "/v1/rates"
CLOSE_TRIES = 5


def _period(path: str, command: type[Command], summary: str, roles: Roles = FINANCE) -> Recording:
    return Recording(path=path, command=command, summary=summary, group=GROUP, roles=roles, at=PERIODS)


def _rate(path: str, command: type[Command], summary: str, roles: Roles = FINANCE) -> Recording:
    return Recording(path=path, command=command, summary=summary, group="rates", roles=roles, at=RATES)


CLOSE = _period(f"{PERIODS}/figures", ClosePeriod, "Close a month on figures of one's own, as `close` finds them.")

RECORDINGS: tuple[Recording, ...] = (
    _period(PERIODS, OpenPeriods, "Open every month through one; the first command names the first month."),
    CLOSE,
    _period(f"{PERIODS}/{{month:str}}/soft-close", SoftClosePeriod, "Let only finance post to a month."),
    _period(f"{PERIODS}/{{month:str}}/reopening", ProposeReopening, "Propose to reopen the latest closed month."),
    _period(f"{PERIODS}/{{month:str}}/reopening/approval", ReopenPeriod, "Reopen what somebody proposed.", APPROVERS),
    _period(f"{PERIODS}/{{month:str}}/withdrawals", WithdrawPeriodStep, "Take back a step that was a mistake."),
    _rate(RATES, ProposeRate, "Propose a reference rate, with its date and source."),
    _rate(f"{RATES}/{{rate:str}}/approval", ApproveRate, "Approve what somebody else proposed.", APPROVERS),
    _rate(f"{RATES}/{{rate:str}}/rejection", RejectRate, "Turn a proposed rate down.", APPROVERS),
    _rate(f"{RATES}/{{rate:str}}/withdrawals", WithdrawRateStep, "Take back a decision that was a mistake.", APPROVERS),
)


class RatesQuery(BasisQuery, frozen=True, kw_only=True):
    """Of one series, or of all."""

    series: Series | None = None


def _periods(connection: Connection, basis: Basis, _query: BasisQuery, _path: Mapping[str, str]) -> Found:
    return Found(rows=periods(connection, basis.recorded))


def _rates(connection: Connection, basis: Basis, query: RatesQuery, _path: Mapping[str, str]) -> Found:
    return Found(rows=rates(connection, basis.recorded, series=query.series))


def _figures(connection: Connection, basis: Basis, _query: BasisQuery, path: Mapping[str, str]) -> Found:
    return Found(data=proposal(connection, basis, identifier("month", path["month"], Month)))


def _proposal(connection: Connection, basis: Basis, query: BasisQuery, path: Mapping[str, str]) -> Found:
    month = identifier("month", path["month"], Month)
    months = [row.month for row in periods(connection, basis.recorded)]
    if first_and_last(month)[0] > basis.effective:
        raise Problem("not-found", f"{month} has not begun on {basis.effective}, the effective date.")
    if not months or month > months[-1]:
        raise Problem("not-found", f"{month} is not opened; open-periods through {month} first.")
    if month < months[0]:
        raise Problem("not-found", f"{month} is before {months[0]}, the first month of the books.")
    return _figures(connection, basis, query, path)


PROPOSAL: Read[BasisQuery] = Read(
    name="read-closing-proposal",
    path=f"{PERIODS}/{{month:str}}/closing",
    summary="What a month would close on: control accounts beside subledgers, and what is left to bill.",
    group=GROUP,
    query=BasisQuery,
    ask=_proposal,
    data=Proposal,
    problems=("not-found",),
)
FIGURES = dataclasses.replace(PROPOSAL, ask=_figures)
"""The same of any month, for who closes it: the decision says what is against it."""

PERIODS_SHOWN = Columns(
    {
        "month": "month",
        "state": "state",
        "entries": "entries",
        "closed_position": "closed at",
        "closes": "closes",
        "trial_balance_sha256": "sha256",
    },
    texts=("month", "state", "closes", "trial_balance_sha256"),
    plain=("entries", "closed_position"),
)
RATES_SHOWN = Columns(
    {
        "series": "series",
        "effective_on": "from",
        "value": "value",
        "region": "region",
        "year": "factor year",
        "basis": "basis",
        "announcement": "announcement",
        "state": "state",
        "source": "source",
        "proposed_by": "proposed by",
        "decided_by": "decided by",
    },
    texts=("series", "effective_on", "region", "basis", "announcement", "state", "source", "proposed_by", "decided_by"),
    plain=("value", "year"),
)


def periods_sheet(months: Iterable[PeriodRow]) -> Sheet:
    """A row for each month."""
    return Sheet("Accounting periods", PERIODS_SHOWN, [PERIODS_SHOWN.line(row, closes=_closes(row)) for row in months])


def periods_table(months: Iterable[PeriodRow]) -> Table:
    """A row for each month; the names of its closes in one cell."""
    names = columns(PeriodRow)
    return names, (cells(row, names, closes=_closes(row)) for row in months)


def _closes(row: PeriodRow) -> str:
    return " ".join(close.name for close in row.closes)


def rates_sheet(proposed: Iterable[RateRow]) -> Sheet:
    """A row for each rate."""
    return Sheet("Reference rates", RATES_SHOWN, [RATES_SHOWN.line(row) for row in proposed])


READS: tuple[Read[Any], ...] = (
    Read(
        name="list-periods",
        path=PERIODS,
        summary="Every month of the books, its state, and what it closed on.",
        group=GROUP,
        query=BasisQuery,
        ask=_periods,
        rows=PeriodRow,
        table=periods_table,
        report=Report(
            name="periods",
            help="Every month of the books: open, softly closed or closed, and the hash of what it closed on.",
            sheet=periods_sheet,
        ),
        of_log=True,
    ),
    PROPOSAL,
    Read(
        name="list-rates",
        path=RATES,
        summary="Reference rates, with source and who approved them.",
        group="rates",
        query=RatesQuery,
        ask=_rates,
        rows=RateRow,
        table=structs_table(RateRow),
        report=Report(
            name="rates",
            help="Reference rates: exchange, price indices, taxes, carbon factors; with source and who approved them.",
            options={"series": "Only this series, such as vat/leasing."},
            sheet=rates_sheet,
        ),
        of_log=True,
    ),
)


# Closing


def is_stale(outcome: Outcome) -> bool:
    """Tell whether a close was refused because something was recorded since its figures were taken."""
    return isinstance(outcome, Refused) and outcome.code == SubledgersStale.code


def unspent(database: Database, actor: str, key: str) -> str:
    """The key to close under: the one given or, where figures went stale under it, the first of key/2, key/3… that is
    not spent so. A retry goes the same way, and meets what was recorded."""
    name, attempt = key, 1
    with database.views.connect() as connection:
        while _went_stale(connection, actor, name):
            attempt += 1
            name = f"{key}/{attempt}"
    return name


def _went_stale(connection: Connection, actor: str, key: str) -> bool:
    kept = store.receipts(connection, [(actor, key)]).get((actor, key))
    return kept is not None and is_stale(decode_outcome(kept[1]))


class Close(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Close the month, on this day."""

    effective_on: Annotated[date, Meta(description="The day it is closed.")]
    even_so: Annotated[bool, Meta(description="Close although something is left to bill or to remeasure.")] = False


def closing(basis: Basis, found: Proposal, effective_on: date) -> ClosePeriod:
    """The command that closes a month on the figures of a proposal."""
    return ClosePeriod(
        effective_on=effective_on,
        month=found.month,
        recorded=basis.recorded,
        entries=found.entries,
        subledgers=tuple(Subledger(account=tie.account, balance=tie.subledger) for tie in found.ties),
    )


def figures(
    settings: Settings, database: Database, month: str, on: date, *, even_so: bool = True, stated: bool = True
) -> ClosePeriod:
    """The command that closes a month as the read models know it now; where it is closed, the one that did it, on the
    day that is asked for where somebody `stated` it.

    So a retry with the same key is the same command, though the books have gone on. Raises Problem where leases are
    left to bill or foreign receivables to remeasure, unless `even_so`; where the month is not the next to close, the
    decision says so.
    """
    with database.views.connect() as connection:
        closed = closed_fact(connection, month)
    if closed is not None:
        return replace(again(closed), effective_on=on) if stated else again(closed)
    basis, found = look_up(settings, database, FIGURES, BasisQuery(), {"month": month})
    assert isinstance(basis, Basis), "the proposal rests on read models"
    assert isinstance(found.data, Proposal), "that is what it asks for"
    if even_so or not found.data.is_next:
        return closing(basis, found.data, on)
    if found.data.unbilled:
        left = ", ".join(found.data.unbilled)
        raise Problem("left-to-bill", f"Billing through {month} would still add to {left}; bill them, or say even_so.")
    if found.data.unrevalued:
        left = ", ".join(found.data.unrevalued)
        raise Problem("left-to-revalue", f"Not remeasured at the end of {month}: {left}; remeasure, or say even_so.")
    if found.data.unrevalued_payables:
        left = ", ".join(found.data.unrevalued_payables)
        raise Problem(
            "left-to-revalue", f"Payables not remeasured at the end of {month}: {left}; remeasure, or say even_so."
        )
    if found.data.unapproved:
        left = ", ".join(found.data.unapproved)
        raise Problem("left-to-approve", f"Energy through {month} is not approved: {left}; settle it, or say even_so.")
    if found.data.undecided:
        left = ", ".join(found.data.undecided)
        raise Problem("left-to-approve", f"Journals of {month} wait for a decision: {left}; decide, or say even_so.")
    return closing(basis, found.data, on)


def again(closed: PeriodClosed) -> ClosePeriod:
    """The command that a close was recorded by."""
    return ClosePeriod(
        effective_on=closed.effective_on,
        month=closed.month,
        recorded=closed.recorded,
        entries=closed.entries,
        subledgers=tuple(
            Subledger(account=tie.account, balance=written(tie.subledger_minor)) for tie in closed.tie_outs
        ),
    )


async def close_month(
    recorder: Recorder, standing: Standing, settings: Settings, month: str, wanted: Close, by: By, *, key: str | None
) -> tuple[ClosePeriod, Answer]:
    """Close a month on the books as they are now, under a key; without one, say what would be recorded.

    Where something is recorded meanwhile, the figures are taken again. Raises Problem, NotDone.
    """

    def catch_up() -> None:
        with recorder.database.views.connect() as connection:
            head = store.read_head(connection).size
        standing.wait_for(head, settings.wait_seconds_max)

    for attempt in range(1, CLOSE_TRIES + 1):
        await patiently(catch_up)
        asked = (settings, recorder.database, month, wanted.effective_on)
        command = await patiently(figures, *asked, even_so=wanted.even_so)
        answer = await recorder.record(command, by, dry_run=True)
        # A refusal is not kept under the key: the figures are taken anew each time.
        if key is not None and not isinstance(answer.outcome, Refused):
            under = await patiently(unspent, recorder.database, by.actor, key)
            answer = await recorder.record(command, by, key=under, data_class=CLOSE.about(recorder))
        if attempt == CLOSE_TRIES or not is_stale(answer.outcome):
            break
    return command, answer


def close_route(recorder: Recorder, standing: Standing, settings: Settings) -> "HTTPRouteHandler":
    """POST /v1/periods/{month}/close."""
    from litestar import Response

    decode = msgspec.json.Decoder(Close).decode

    async def handler(request: AnyRequest) -> Response[bytes]:
        body, _ = await body_of(request, JSON)
        wanted = decoded(decode, body)
        dry_run = query_of(request, RecordQuery).dry_run
        check_no_condition(request.scope)
        key = None if dry_run else idempotency_key(request.scope)
        month = identifier("month", request.scope["path_params"]["month"], Month)
        by = by_of(request.scope)
        return answered(CLOSE, *await close_month(recorder, standing, settings, month, wanted, by, key=key))

    operation = Operation(
        name="close-month",
        summary="Close a month on the books as they are now; refused where a subledger does not tie.",
        group=GROUP,
        roles=FINANCE,
        named={"month": Month},
        query=RecordQuery,
        bodies={JSON: Close},
        answers=RECORDED,
        problems=(*RECORD_PROBLEMS, "read-model-behind", "not-found", "left-to-bill", "left-to-revalue"),
    )
    return route("POST", f"{PERIODS}/{{month:str}}/close", operation, handler)
