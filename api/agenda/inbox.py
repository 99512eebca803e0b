"""What waits for a second person, over HTTP and as `mcsc report proposals`: each with the commands that decide on it.

PROPOSALS   the question
Waiting     a proposal that waits: how long, who may decide on it, and with what
Decision    a command that decides on one, its fields filled in: over HTTP, and on the command line
DECIDING    the commands that decide, each with its route

A decision is dated on the basis's effective date; a withdrawal on the day of what it withdraws.
"""

import json
import shlex
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import msgspec
from msgspec import Struct, structs
from sqlalchemy import Connection

from api.agenda.delegations import Deputy, deputies
from api.bookkeeping import owed, purchases, vat
from api.formats.sheets import Columns, Report, Sheet
from api.formats.tables import Table, cells, columns
from api.http.operations import WORKERS
from api.http.reading import BasisQuery, Found, Read
from api.http.recording import Recording
from api.routes import billing, books, companies, investment, leases, offtake, orders, periods
from ledger.access import Role
from ledger.decider import Command, command_name
from projections.delegations import DelegationRow, delegations
from projections.engine.basis import Basis
from projections.proposals import KINDS, OpenProposal, proposals

_CONTEXTS = (companies, periods, leases, billing, books, investment, orders, offtake, purchases, owed, vat)
_DECIDE = {command for kind in KINDS.values() for command in (kind.approve, kind.reject)}
DECIDING: Mapping[str, Recording] = {
    command_name(one.command): one for part in _CONTEXTS for one in part.RECORDINGS if one.command in _DECIDE
}
REASON = "why"
"""Stands for the reason in a line of the command line."""


class Decision(Struct, frozen=True, kw_only=True):
    """A command that decides on a proposal. `adds`: the fields that whoever decides fills in.

    path, body   over HTTP: POST with an Idempotency-Key
    command      the same as one command with its name, for `POST /v1/commands` and `mcsc record`
    line         on the command line, where nothing is to be added but a reason
    roles        who may, if it is not their own
    """

    path: str
    body: Mapping[str, Any]
    command: Mapping[str, Any]
    adds: tuple[str, ...]
    line: str
    roles: tuple[Role, ...]


class Waiting(OpenProposal, frozen=True, kw_only=True):
    """A proposal that waits, and for how many days; `approval`, `rejection`: what decides on it.

    deputies   who else may approve it on the basis's day, in another's stead
    """

    days: int
    approval: Decision
    rejection: Decision
    deputies: tuple[Deputy, ...]

    def may_approve(self, actor: str, role: str) -> bool:
        """Tell whether a person may approve it: in the role, and it is not their own."""
        return role in self.approval.roles and actor not in self.authors

    def in_stead(self, actor: str, role: str) -> tuple[Deputy, ...]:
        """The delegations by which a person may approve it, where their own role does not."""
        if role not in WORKERS or self.may_approve(actor, role):
            return ()
        return tuple(one for one in self.deputies if one.delegate == actor)


def _proposals(connection: Connection, basis: Basis, _query: BasisQuery, _path: Mapping[str, str]) -> Found:
    lent = delegations(connection, basis)
    return Found(rows=[_waiting(row, basis.effective, lent) for row in proposals(connection, basis)])


def _waiting(row: OpenProposal, today: date, lent: Sequence[DelegationRow]) -> Waiting:
    return Waiting(
        **structs.asdict(row),
        days=max((today - row.proposed_on).days, 0),
        approval=_decision(row.approve, row.approving, today, row.wanted),
        rejection=_decision(row.reject, row.rejecting, today, ("reason",)),
        deputies=deputies(lent, row.kind, row.authors),
    )


def _decision(name: str, said: Mapping[str, Any], today: date, adds: tuple[str, ...]) -> Decision:
    recording = DECIDING[name]
    fields: dict[str, Any] = msgspec.to_builtins({"effective_on": today, **said})
    in_path = {field for field in fields if f"{{{field}:str}}" in recording.path}
    path = recording.path
    for field in in_path:
        path = path.replace(f"{{{field}:str}}", str(fields[field]))
    command = {"command": name, **fields}
    written = json.dumps({**command, **dict.fromkeys(adds, REASON)}, ensure_ascii=False)
    return Decision(
        path=path,
        body={field: value for field, value in fields.items() if field not in in_path},
        command=command,
        adds=adds,
        line=f"echo {shlex.quote(written)} | mcsc record",
        roles=tuple(sorted(recording.roles)),
    )


def _named(row: OpenProposal) -> str:
    """The fields that name a proposal, such as lease=l-1 amendment=a-1."""
    return " ".join(f"{name}={value}" for name, value in row.which.items())


def _deputed(row: Waiting) -> str:
    """Those who may approve it in another's stead, such as li-na for wang-min (on-leave)."""
    return ", ".join(f"{one.delegate} for {one.delegator} ({one.delegation})" for one in row.deputies)


LEFT_OUT = {"approving", "rejecting", "wanted", "approval", "rejection"}
WRITTEN = ("approve_path", "approve_body", "reject_path", "reject_body")


def proposals_table(rows: Iterable[Waiting]) -> Table:
    """A row for each proposal; what names it in one cell, and what decides on it as paths and bodies."""
    names = [name for name in columns(Waiting) if name not in LEFT_OUT]
    return [*names, *WRITTEN], (
        [
            *cells(row, names, which=_named(row), authors=" ".join(row.authors), deputies=_deputed(row)),
            *_written(row),
        ]
        for row in rows
    )


def _written(row: Waiting) -> list[str]:
    both = (row.approval, row.rejection)
    return [text for one in both for text in (one.path, json.dumps(one.body, ensure_ascii=False))]


PROPOSALS_SHOWN = Columns(
    {
        "kind": "kind",
        "which": "which",
        "says": "what",
        "proposed_by": "proposed by",
        "proposed_on": "on",
        "days": "days waiting",
        "approve": "somebody else approves with",
        "reject": "turned down with",
        "deputies": "or in another's stead",
    },
    texts=("kind", "which", "says", "proposed_by", "proposed_on", "approve", "reject", "deputies"),
    plain=("days",),
)


def proposals_sheet(rows: Iterable[Waiting]) -> Sheet:
    """A row for each proposal, the oldest first."""
    lines = [PROPOSALS_SHOWN.line(row, which=_named(row), deputies=_deputed(row)) for row in rows]
    return Sheet("Open proposals: what waits for a second person", PROPOSALS_SHOWN, lines)


PROPOSALS: Read[Any] = Read(
    name="report-proposals",
    path="/v1/reports/proposals",
    summary="What waits for a second person: who proposed it, since when, and the commands that decide on it.",
    group="reports",
    query=BasisQuery,
    ask=_proposals,
    rows=Waiting,
    table=proposals_table,
    report=Report(
        name="proposals",
        help="The inbox: what waits for a second person, of every kind, and the commands that decide on it.",
        sheet=proposals_sheet,
    ),
    of_log=True,
)
READS = (PROPOSALS,)


def decided(command: Mapping[str, Any], **added: Any) -> Command:
    """The command of a decision, with what was added. Raises msgspec.ValidationError, KeyError for another command."""
    name = command["command"]
    return msgspec.convert({**command, **added}, DECIDING[name].command)
