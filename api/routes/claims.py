"""Public claims over HTTP: what was said in public about a company or a project, dated and sourced."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from api.http.operations import APPROVERS
from api.http.reading import BasisQuery, Found, Limit, Position, Read
from api.http.recording import Recording
from api.routes.histories import all_entries, effective, not_recorded
from ledger.claims import ClaimWithdrawn, PublicClaimRecorded, RecordClaim, WithdrawClaim
from ledger.decider import Id, standing, stored_name
from ledger.log.envelope import Entry, Recorded
from projections.engine.basis import Basis

GROUP = "claims"
HERE = "/v1/claims"

RECORDINGS: tuple[Recording, ...] = (
    Recording(
        path=HERE,
        command=RecordClaim,
        summary="Record a public claim with its date and source. Conflicting claims are both kept.",
        group=GROUP,
        at=HERE,
        named_by="claim",
        data_class="PUBLIC_FACT",
    ),
    Recording(
        path=f"{HERE}/{{claim:str}}/withdrawals",
        command=WithdrawClaim,
        summary="Withdraw a public claim that was recorded wrong.",
        group=GROUP,
        roles=APPROVERS,
        at=HERE,
        data_class="PUBLIC_FACT",
    ),
)


class ClaimsQuery(BasisQuery, frozen=True, kw_only=True):
    """The claims that stand, of one company or of all; a page of them after a position."""

    company: Id | None = None
    after: Position = 0
    limit: Limit = 100


def _claims(connection: Connection, basis: Basis, query: ClaimsQuery, _path: Mapping[str, str]) -> Found:
    asked = {"recorded": basis.recorded, "effective": effective(basis, query), "company": query.company}
    withdrawals = (entry.fact for entry in all_entries(connection, fact=stored_name(ClaimWithdrawn), **asked))
    withdrawn = {fact.claim for fact in withdrawals if isinstance(fact, ClaimWithdrawn)}
    stay = {entry.position for claim in withdrawn for entry in _standing(connection, **asked, tag=f"claim:{claim}")}
    total, rows = 0, list[Entry]()
    for entry in all_entries(connection, fact=stored_name(PublicClaimRecorded), **asked):
        if entry.position not in stay and isinstance(entry.fact, PublicClaimRecorded) and entry.fact.claim in withdrawn:
            continue
        total += 1
        if entry.position > query.after and len(rows) <= query.limit:
            rows.append(entry)
    more, rows = len(rows) > query.limit, rows[: query.limit]
    return Found(rows=rows, total=total, next=("after", rows[-1].position) if more else None)


def _claim(connection: Connection, basis: Basis, _query: BasisQuery, path: Mapping[str, str]) -> Found:
    rows = _standing(connection, recorded=basis.recorded, tag=f"claim:{path['claim']}")
    if not rows:
        raise not_recorded("claim", path["claim"], basis)
    return Found(data=rows[-1], etag=str(rows[-1].position))


def _standing(connection: Connection, **matching: Any) -> list[Entry]:
    """The claims that match and were not withdrawn by the position asked for, in the order recorded."""
    told = [
        entry
        for kind in (PublicClaimRecorded, ClaimWithdrawn)
        for entry in all_entries(connection, fact=stored_name(kind), **matching)
    ]
    told.sort(key=lambda entry: entry.position)
    return [entry for entry in standing(told, lambda entry: entry.fact) if not entry.fact.withdraws]


READS: tuple[Read[Any], ...] = (
    Read(
        name="list-claims",
        path=HERE,
        summary="Public claims, in the order recorded.",
        group=GROUP,
        query=ClaimsQuery,
        ask=_claims,
        rows=Recorded[PublicClaimRecorded],
        of_log=True,
    ),
    Read(
        name="read-claim",
        path=f"{HERE}/{{claim:str}}",
        summary="One public claim.",
        group=GROUP,
        query=BasisQuery,
        ask=_claim,
        data=Recorded[PublicClaimRecorded],
        of_log=True,
        problems=("not-found",),
    ),
)
