"""What the cells of vouchers rest on: lines of the journal; how many there are rests on their entries.

VOUCHERS, SERIES
"""

from typing import Any

from sqlalchemy import Connection, Select

from api.http.receipts import Receipts, Row, Sum
from api.receipts.working import of_fact
from projections import vouchers
from projections.engine.basis import Basis


def _lines(_: Connection, basis: Basis, _query: Any, row: Row, column: str) -> Select[Any]:
    return vouchers.posted(basis, row["month"], row["kind"], row.get("number"), column)


VOUCHERS = Receipts(
    of_fact=of_fact,
    keys={"": ("month", "kind", "number")},
    units={"debit": "CNY"},
    posted=_lines,
)
SERIES = Receipts(
    of_fact=of_fact,
    keys={"SERIES": ("month", "kind"), "TOTAL": ()},
    units={"journals": "journals", "debit": "CNY"},
    posted=_lines,
    sums={"TOTAL": [Sum(("journals", "debit"), "SERIES")]},
)
