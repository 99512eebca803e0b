"""The diary, over HTTP and as `mcsc report diary`: every date that needs an act, and what was done of it.

reads        the question, with the lead times of the settings
RECORDINGS   POST /v1/diary/completions, /waivers, /withdrawals
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated, Any

from msgspec import Meta
from sqlalchemy import Connection

from api.formats.sheets import Columns, Report, Sheet
from api.formats.tables import Table, structs_table
from api.http.operations import Roles
from api.http.reading import BasisQuery, Found, Read
from api.http.recording import Recording
from api.settings import Settings
from ledger.access import Role
from ledger.decider import Command, Id
from ledger.joint.diary import CompleteDiaryEntry, DiaryKind, WaiveDiaryEntry, WithdrawDiaryStep
from projections.diary import DiaryEntry, DiaryStatus, diary, filtered
from projections.engine.basis import Basis

GROUP = "diary"
HERE = "/v1/reports/diary"
WORKERS: Roles = frozenset[Role]({"deal_desk", "finance", "approver", "admin"})
"""Whoever sees to something says so."""


def _step(noun: str, command: type[Command], summary: str) -> Recording:
    return Recording(path=f"/v1/diary/{noun}", command=command, summary=summary, group=GROUP, roles=WORKERS, at=HERE)


RECORDINGS: tuple[Recording, ...] = (
    _step("completions", CompleteDiaryEntry, "Record that what a date asks for was done."),
    _step("waivers", WaiveDiaryEntry, "Decide that nothing is done about a date, and why."),
    _step("withdrawals", WithdrawDiaryStep, "Take back that an entry was completed or waived."),
)


class DiaryQuery(BasisQuery, frozen=True, kw_only=True):
    """The entries of some days, of a kind, a status, a company, or one lease, order, agreement or month."""

    from_on: Annotated[
        date | None, Meta(description="From this day; the default is the effective date, and all that is overdue.")
    ] = None
    until_on: Annotated[date | None, Meta(description="Through this day; the default is a year ahead.")] = None
    kind: DiaryKind | None = None
    status: DiaryStatus | None = None
    company: Id | None = None
    thing: Annotated[Id | None, Meta(description="A lease, an order, an agreement or a month.")] = None


def reads(settings: Settings) -> tuple[Read[Any], ...]:
    """The diary, with the lead times of the settings."""

    def ask(connection: Connection, basis: Basis, query: DiaryQuery, _path: Mapping[str, str]) -> Found:
        rows = diary(connection, basis, leads=settings.diary, from_on=query.from_on, until_on=query.until_on)
        chosen = filtered(rows, kind=query.kind, status=query.status, company=query.company, thing=query.thing)
        return Found(rows=chosen)

    return (
        Read(
            name="report-diary",
            path=HERE,
            summary="Every date that needs an act: breaks, notices, expiries, steps, milestones, tests, year ends.",
            group=GROUP,
            query=DiaryQuery,
            ask=ask,
            rows=DiaryEntry,
            table=_table,
            report=Report(
                name="diary",
                help="The diary: every date that needs an act, how far away it is, and whether it was seen to.",
                options=OPTIONS,
                sheet=diary_sheet,
            ),
        ),
    )


OPTIONS = {
    "from_on": "From this day; the default is the effective date, and all that is overdue.",
    "until_on": "Through this day; the default is a year ahead.",
    "kind": "Only dates of this kind.",
    "status": "Only those that are so.",
    "company": "Only those of this company.",
    "thing": "Only those of this lease, order, agreement or month.",
}
SHOWN = Columns(
    {
        "on": "on",
        "status": "status",
        "kind": "kind",
        "name": "lease, order, agreement or month",
        "company": "company",
        "says": "what",
        "lead_on": "from",
        "entry": "entry",
        "position": "fact",
    },
    texts=("on", "status", "kind", "name", "company", "says", "lead_on", "entry"),
    plain=("position",),
)


def diary_sheet(rows: Iterable[DiaryEntry]) -> Sheet:
    """A row for each entry, the earliest first."""
    return Sheet("Diary: dates that need an act", SHOWN, [SHOWN.line(row) for row in rows])


def _table(rows: Iterable[DiaryEntry]) -> Table:
    return structs_table(DiaryEntry)(rows)
