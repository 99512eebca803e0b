"""Public claims over HTTP: what was said in public about a company or a project, dated and sourced."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from api.http.reading import BasisQuery, Found, Limit, Position, Read
from api.http.recording import Recording
from api.routes.histories import facts_page, not_recorded
from ledger.claims import PublicClaimRecorded, RecordClaim
from ledger.decider import Id, stored_name
from ledger.log.envelope import Recorded
from projections.engine.basis import Basis
from projections.engine.history import history

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
)


class ClaimsQuery(BasisQuery, frozen=True, kw_only=True):
    """The claims, of one company or of all; a page of them after a position."""

    company: Id | None = None
    after: Position = 0
    limit: Limit = 100


def _claims(connection: Connection, basis: Basis, query: ClaimsQuery, _path: Mapping[str, str]) -> Found:
    asked = {"company": query.company, "fact": stored_name(PublicClaimRecorded)}
    return facts_page(connection, basis, query, after=query.after, limit=query.limit, **asked)


def _claim(connection: Connection, basis: Basis, _query: BasisQuery, path: Mapping[str, str]) -> Found:
    rows = history(connection, recorded=basis.recorded, tag=f"claim:{path['claim']}", limit=1)
    if not rows:
        raise not_recorded("claim", path["claim"], basis)
    return Found(data=rows[0], etag=str(rows[0].position))


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
