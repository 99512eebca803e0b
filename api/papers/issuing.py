"""Papers that went out: recorded with their hash, and a paper in hand looked up by it.

RECORDINGS   POST /v1/papers
READS        GET /v1/papers: those that went out; of one SHA-256, every time that it did
issue_of     the command that records that a printed paper goes out
issued       the facts of a paper, by its SHA-256
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection

from api.http.operations import FINANCE
from api.http.reading import BasisQuery, Found, Limit, Position, Read
from api.http.recording import Recording
from api.papers.paper import Paper
from api.papers.serving import hash_of
from api.routes.histories import all_entries, effective
from ledger.bookkeeping.papers import IssuePaper, PaperIssued, PaperKind, tag_of
from ledger.decider import Id, stored_name
from ledger.log.envelope import Entry, Recorded
from ledger.values.evidence import Sha256
from projections.engine.basis import Basis

HERE = "/v1/papers"
KINDS: Mapping[str, PaperKind] = {
    "statement": "STATEMENT_OF_ACCOUNT",
    "invoice": "INVOICE",
    "credit-note": "CREDIT_NOTE",
    "energy": "ENERGY_STATEMENT",
}
"""The kinds of papers, by their names on the command line."""

RECORDINGS: tuple[Recording, ...] = (
    Recording(
        path=HERE,
        command=IssuePaper,
        summary="Record that a paper went out: its SHA-256, what it shows, and on which basis.",
        group="papers",
        roles=FINANCE,
        at=HERE,
    ),
)


def issue_of(kind: str, name: str, paper: Paper, body: bytes, on: date, from_on: date | None = None) -> IssuePaper:
    """The command that records that a printed paper goes out on a day."""
    assert paper.effective is not None, "a paper that goes out names its day"
    return IssuePaper(
        effective_on=on,
        sha256=hash_of(body),
        kind=KINDS[kind],
        name=name,
        company=paper.company,
        shows=paper.effective,
        position=paper.recorded,
        root=paper.root,
        from_on=from_on,
    )


def issued(connection: Connection, sha256: str, recorded: int) -> list[Entry]:
    """Every time that a paper went out, in the order recorded."""
    return list(all_entries(connection, recorded=recorded, tag=tag_of(sha256), fact=stored_name(PaperIssued)))


class PapersQuery(BasisQuery, frozen=True, kw_only=True):
    """Papers that went out: of one hash, to one company, or all; a page of them after a position."""

    sha256: Sha256 | None = None
    company: Id | None = None
    after: Position = 0
    limit: Limit = 100


def _papers(connection: Connection, basis: Basis, query: PapersQuery, _path: Mapping[str, str]) -> Found:
    tag = None if query.sha256 is None else tag_of(query.sha256)
    asked = {"effective": effective(basis, query), "recorded": basis.recorded, "tag": tag}
    entries = [
        entry
        for entry in all_entries(connection, fact=stored_name(PaperIssued), **asked)
        if isinstance(entry.fact, PaperIssued) and query.company in (None, entry.fact.company)
    ]
    rows = [entry for entry in entries if entry.position > query.after]
    more, rows = len(rows) > query.limit, rows[: query.limit]
    return Found(rows=rows, total=len(entries), next=("after", rows[-1].position) if more else None)


READS: tuple[Read[Any], ...] = (
    Read(
        name="list-papers",
        path=HERE,
        summary="Papers that went out, in the order recorded; `sha256` finds one that you hold. No rows: it never did.",
        group="papers",
        query=PapersQuery,
        ask=_papers,
        rows=Recorded[PaperIssued],
        of_log=True,
    ),
)
