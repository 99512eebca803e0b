"""What the cells of the report of parcels rest on: the facts that state a parcel.

PARCELS
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from api.http.receipts import Receipts, Row, difference, share_of
from ledger.log.envelope import Entry
from projections.engine.basis import Basis
from projections.engine.sources import distinct, facts_behind


def _behind_parcel(connection: Connection, basis: Basis, _query: Any, row: Row, _column: str) -> Sequence[Entry]:
    return distinct(facts_behind(connection, basis, [f"parcel:{row['parcel']}"]))


PARCELS = Receipts(
    keys={"": ("parcel",)},
    units={"area_m2": "m2", "area_mu": "mu", "area_ha": "ha", "area_acres": "acres"}
    | {"outline_m2": "m2", "difference_m2": "m2", "difference_percent": "%"},
    words=("site", "name", "outlined", "datum", "defined_on"),
    behind=_behind_parcel,
    derived={
        "difference_m2": difference("outline_m2", "area_m2"),
        "difference_percent": share_of("difference_m2", "area_m2"),
    },
)
