"""What was found when read models were held against the log? Reads the log itself: certificates are few.

CertifiedTable   a table of a read model, as a certificate has it
certificates     every one on a basis, the oldest first
"""

from datetime import date, datetime

from msgspec import Struct
from sqlalchemy import Connection

from ledger.decider import DataClass
from ledger.log import store
from ledger.log.certifying import CERTIFICATES_TAG, Occasion, Outcome, ReadModelsCertified
from projections.engine.basis import Basis


class CertifiedTable(Struct, frozen=True, kw_only=True):
    """A table of a read model, as somebody found it.

    recorded, root       the facts that the read model knew, and the hash that seals them
    outcome, different   of the read model: whether its rows are as the log says, and how many were not
    position             the fact that says so
    """

    effective_on: date
    certified_by: str
    occasion: Occasion
    program: str
    view: str
    version: int
    recorded: int
    root: str
    outcome: Outcome
    different: int
    table: str
    rows: int
    sha256: str
    recorded_at: datetime
    data_class: DataClass
    position: int


def certificates(connection: Connection, basis: Basis) -> list[CertifiedTable]:
    """Every table of every certificate on a basis."""
    entries = store.by_tags(connection, [CERTIFICATES_TAG])
    return [
        CertifiedTable(
            effective_on=entry.fact.effective_on,
            certified_by=entry.by.actor,
            occasion=entry.fact.occasion,
            program=entry.fact.program,
            view=one.view,
            version=one.version,
            recorded=one.position,
            root=one.root,
            outcome=one.outcome,
            different=one.different,
            table=digest.table,
            rows=digest.rows,
            sha256=digest.sha256,
            recorded_at=entry.recorded_at,
            data_class=entry.data_class,
            position=entry.position,
        )
        for entry in entries
        if isinstance(entry.fact, ReadModelsCertified)
        if entry.position <= basis.recorded and entry.fact.effective_on <= basis.effective
        for one in entry.fact.views
        for digest in one.tables
    ]
