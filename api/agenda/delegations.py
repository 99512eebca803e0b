"""Approving in another's stead, over HTTP and as `mcsc report delegations`: who lets whom, for which days and kinds.

RECORDINGS    POST /v1/delegations, /v1/delegations/{delegation}/end
READS         the question
deputies      who may approve in another's stead on a day, as the inbox says it

Whoever approves so sends the approval itself, with the delegation's id as the header `Delegation` (`mcsc record
--delegation`).
"""

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection

from api.formats.sheets import Columns, Report, Sheet
from api.formats.tables import Table, cells, columns
from api.http.operations import WORKERS
from api.http.reading import BasisQuery, Found, Read
from api.http.recording import Recording
from ledger.joint.delegating.deciding import APPROVALS, DELEGATORS, DelegateApproval, EndDelegation
from ledger.joint.delegating.facts import KINDS, ApprovalKind
from projections.delegations import DelegationRow, delegations
from projections.engine.basis import Basis

GROUP = "delegations"
HERE = "/v1/reports/delegations"

RECORDINGS: tuple[Recording, ...] = (
    Recording(
        path="/v1/delegations",
        command=DelegateApproval,
        summary="Let another person approve in your stead, from a day through a day.",
        group=GROUP,
        roles=DELEGATORS,
        at=HERE,
    ),
    Recording(
        path="/v1/delegations/{delegation:str}/end",
        command=EndDelegation,
        summary="End a delegation at once: yours, or one to you; an administrator ends any.",
        group=GROUP,
        roles=WORKERS,
        at=HERE,
    ),
)


class Deputy(Struct, frozen=True, kw_only=True):
    """Somebody who may approve a proposal in another's stead, and by which delegation."""

    delegate: str
    delegator: str
    delegation: str


def deputies(rows: Iterable[DelegationRow], kind: ApprovalKind, authors: Iterable[str]) -> tuple[Deputy, ...]:
    """Those who may approve something of a kind that has these authors: neither they nor who they stand in for is one.

    Of several delegations between the same two people, one.
    """
    its = set(authors)
    found = {
        (row.delegate, row.delegator): Deputy(delegate=row.delegate, delegator=row.delegator, delegation=row.delegation)
        for row in rows
        if row.state == "IN_FORCE" and kind in row.kinds and its.isdisjoint((row.delegate, row.delegator))
    }
    return tuple(found.values())


def _delegations(connection: Connection, basis: Basis, _query: BasisQuery, _path: Mapping[str, str]) -> Found:
    return Found(rows=delegations(connection, basis))


SHOWN = Columns(
    {
        "delegation": "delegation",
        "delegator": "in the stead of",
        "role": "role",
        "delegate": "may approve",
        "effective_on": "from",
        "until_on": "through",
        "state": "state",
        "giver": "who gave it",
        "kinds": "kinds",
        "reason": "reason",
        "position": "fact",
    },
    texts=(
        "delegation",
        "delegator",
        "role",
        "delegate",
        "effective_on",
        "until_on",
        "state",
        "giver",
        "kinds",
        "reason",
    ),
    plain=("position",),
)


def delegations_sheet(rows: Iterable[DelegationRow]) -> Sheet:
    """A row for each delegation, the earliest first."""
    lines = [SHOWN.line(row, kinds=_kinds(row)) for row in rows]
    return Sheet("Delegations: who approves in whose stead", SHOWN, lines)


def _kinds(row: DelegationRow) -> str:
    """The kinds in a cell; where they are all that the role approves, in so many words."""
    whole = all(kind in row.kinds for kind in KINDS if row.role in APPROVALS[kind].roles)
    return "all that the role approves" if whole else " ".join(row.kinds)


def delegations_table(rows: Iterable[DelegationRow]) -> Table:
    """A row for each delegation; its kinds in one cell."""
    names = columns(DelegationRow)
    return names, (cells(row, names, kinds=" ".join(row.kinds)) for row in rows)


DELEGATIONS: Read[Any] = Read(
    name="report-delegations",
    path=HERE,
    summary="Who may approve in whose stead: from which day through which, of which kinds.",
    group=GROUP,
    query=BasisQuery,
    ask=_delegations,
    rows=DelegationRow,
    table=delegations_table,
    report=Report(
        name="delegations",
        help="Who may approve in whose stead: from which day through which, of which kinds, and whether it holds.",
        sheet=delegations_sheet,
    ),
    of_log=True,
)
READS = (DELEGATIONS,)
