"""Cells that share a ledger apart: their facts come in turns, and each cell has the shares that it would have alone.

Four leads, recorded one after the other; a report that counts what its ledger apart knows.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from ledger.log.database import Database
from projections.companies.register import company_register
from projections.engine.basis import Basis
from projections.engine.receipts import by_fact, facts_at
from projections.every.views import ALL_VIEWS
from tests.ground.let_city import basis
from tests.ground.recording import lead, record

ON = date(2026, 3, 1)


def counting(asked: list[int], moved: Mapping[str, Any]) -> Any:
    """A report with a row for each cell: how many of its own companies are known; `odd` says all that are."""

    def table(connection: Connection, counted: Basis) -> dict[str, dict[str, Any]]:
        known = select(company_register.c.company).where(company_register.c.from_position <= counted.recorded)
        names = set(connection.execute(known).scalars())
        asked.append(counted.recorded)
        rows: dict[str, dict[str, Any]] = {name: {"n": str(len(names & {*moved[name]}))} for name in moved}
        return rows | {"odd": {"n": str(len(names))}}

    return table


def test_cells_share_their_turns_and_one_that_moves_out_of_turn_is_asked_alone(database: Database) -> None:
    record(database, [lead(name, ON) for name in "abcd"])
    with database.views.connect() as connection:
        a, b, c, d = facts_at(connection, [1, 2, 3, 4]).values()
    behind = {("whole", "n"): [a, b, d], ("half", "n"): [a, c], ("odd", "n"): [a, b], ("late", "n"): [c, d]}
    asked: list[int] = []
    table = counting(asked, {"whole": "abd", "half": "ac", "late": "cd"})
    found = by_fact(behind, ALL_VIEWS, basis(recorded=4), table, numbers=("n",), working=lambda _: None)
    shares = {cell[0]: [(one.position, one.share, one.after) for one in of.listed] for cell, of in found.items()}
    assert shares == {
        "whole": [(1, "1", "1"), (2, "1", "2"), (4, "1", "3")],
        "half": [(1, "1", "1"), (3, "1", "2")],
        "late": [(3, "1", "1"), (4, "1", "2")],
        # In turns it would have counted c with b, and d without a fact of its own: alone it knows a and b only.
        "odd": [(1, "1", "1"), (2, "1", "2")],
    }
    assert {cell[0]: of.total for cell, of in found.items()} == {"whole": "3", "half": "2", "odd": "2", "late": "2"}
    # a; b and c in one turn; d. Then `odd` alone: a, b.
    assert asked == [1, 3, 4, 1, 2]
