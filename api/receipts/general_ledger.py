"""What the cells of the general ledger rest on: lines of the journal.

GENERAL_LEDGER
"""

from typing import Any

from sqlalchemy import Connection, Select

from api.http.receipts import Receipts, Row
from api.receipts.working import of_fact
from projections.books import general_ledger
from projections.books.general_ledger import LedgerFilter
from projections.engine.basis import Basis


def _lines(_: Connection, basis: Basis, query: Any, row: Row, column: str) -> Select[Any]:
    wanted = LedgerFilter(company=query.company, lease=query.lease, from_on=query.from_on)
    key = (row["accounting_on"], row["position"], row["line_number"]) if row["section"] == "ENTRY" else None
    return general_ledger.posted(basis, wanted, row["section"], row["account"], key, column)


GENERAL_LEDGER = Receipts(
    of_fact=of_fact,
    keys={
        "OPENING": ("account",),
        "ENTRY": ("account", "accounting_on", "position", "line_number"),
        "CLOSING": ("account",),
    },
    units=dict.fromkeys(("debit", "credit", "balance"), "CNY"),
    uncompared=("balance",),
    posted=_lines,
)
