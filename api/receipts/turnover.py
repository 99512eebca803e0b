"""What the cells of rent by turnover rest on: the facts of the lease, and what its tenant declared.

TURNOVER
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from api.http.receipts import Derived, Receipts, Row, Sum, added
from api.receipts.working import of_fact
from ledger.leases.facts import LeaseFact, LeaseHolds, LeaseStepWithdrawn
from ledger.log.envelope import Entry
from projections.engine.basis import Basis
from projections.engine.sources import distinct, facts_behind
from projections.tenancy.turnover import SUMMED


def _behind(connection: Connection, basis: Basis, _query: Any, row: Row, _column: str) -> Sequence[Entry]:
    """The facts of the lease itself: its terms, its days, what was declared."""
    if not row["lease"]:
        return ()
    found = distinct(facts_behind(connection, basis, [f"lease:{row['lease']}"]))
    return [one for one in found if isinstance(one.fact, LeaseFact | LeaseHolds | LeaseStepWithdrawn)]


TURNOVER = Receipts(
    of_fact=of_fact,
    keys={"MONTH": ("lease", "from_on"), "TOTAL": ()},
    units=dict.fromkeys((*SUMMED, "unshared", "rent"), "CNY") | {"share_percent": "%"},
    words=("said", "declared_on"),
    behind=_behind,
    sums={"TOTAL": [Sum(SUMMED, "MONTH")]},
    derived={
        "MONTH/due": Derived(("by_month", "reconciled"), "by_month + reconciled", lambda one, more: added((one, more)))
    },
)
