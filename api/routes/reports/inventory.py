"""The inventory by order over HTTP."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from msgspec import Meta
from sqlalchemy import Connection

from api.formats.sheets import At, Columns, Report, Sheet
from api.formats.tables import Table, columns, sections
from api.http.parameters import not_after
from api.http.reading import ExplainedQuery, Found, Read
from api.receipts.inventory import INVENTORY
from projections.books.inventory import BALANCES, Inventory, InventoryBalances, InventoryRow, inventory
from projections.engine.basis import Basis

FROM_OPTION = "The first day of the movements.  [default: 1 January]"


class InventoryQuery(ExplainedQuery, frozen=True, kw_only=True):
    """The inventory."""

    from_on: Annotated[date | None, Meta(description="The first day of the movements; without it, 1 January.")] = None


def _inventory(connection: Connection, basis: Basis, query: InventoryQuery, _path: Mapping[str, str]) -> Found:
    not_after("from_on", query.from_on, basis)
    return Found(data=inventory(connection, basis, from_on=query.from_on))


def inventory_table(answer: Inventory) -> Table:
    """A row for each order; the total, and the accounts that it foots to."""
    rows = ("ORDER", answer.rows), ("TOTAL", (answer.total,))
    return sections(columns(InventoryRow), *rows, ("CONTROL", (answer.control,)), ("DIFFERENCE", (answer.difference,)))


def inventory_sheet(answer: Inventory) -> Sheet:
    """A row for each order; the total, and the accounts that it foots to."""
    shown = Columns(
        {
            "order": "order",
            "opening": f"at {answer.from_on}",
            "bought": "bought",
            "recognised": "recognised",
            "sold": "sold",
            "moved": "between orders",
            "left": f"at {answer.until_on}",
            "opening_allowance": "allowance before",
            "written_down": "written down",
            "released": "released",
            "allowance": "allowance",
            "carrying": "carrying",
        },
        texts=("order",),
    )

    def beside(words: str, section: str, balances: InventoryBalances) -> Any:
        cells = {one: At(f"{section}/{one}", getattr(balances, one)) for one in BALANCES}
        return shown.line(order=words, **cells)

    rows = [*map(shown.line, answer.rows), shown.line(answer.total, order="TOTAL")]
    rows.append(beside("control accounts 1405, 1471", "CONTROL", answer.control))
    rows.append(beside("difference", "DIFFERENCE", answer.difference))
    return Sheet("Inventory by order (CNY, at cost; what goes out is negative)", shown, rows)


READS: tuple[Read[Any], ...] = (
    Read(
        name="report-inventory",
        path="/v1/reports/inventory",
        summary="The inventory by order: bought, recognised, sold, moved, written down, left; foots to its accounts.",
        group="reports",
        query=InventoryQuery,
        ask=_inventory,
        data=Inventory,
        table=inventory_table,
        receipts=INVENTORY,
        report=Report(
            name="inventory",
            help="The inventory by order: what was bought, what went out and how, and what is left of it.",
            examples=("mcsc report inventory --effective 2026-06-30", "mcsc report inventory --from 2024-01-01"),
            options={"from_on": FROM_OPTION},
            sheet=inventory_sheet,
        ),
    ),
)
