"""The order of typing does not matter to the order book and the exposure to exchange rates, on any later day."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from hypothesis import assume, settings
from hypothesis import given as for_all
from sqlalchemy import Connection

from projections.deals.fx_exposure import fx_exposure
from projections.deals.order_book import order_book
from projections.deals.orders import OrderRegister
from tests.ground.let_city import basis
from tests.ground.typed import as_it_happened, delays, in_any_order, late, reported
from tests.ledger.orders.test_orders_any_order import Life, by, lives, placed

DAYS = (date(2025, 6, 30), date(2026, 1, 1))


def reports(connection: Connection) -> Sequence[Any]:
    return [report(connection, basis(day)) for day in DAYS for report in (order_book, fx_exposure)]


@settings(max_examples=10)
@for_all(lives(), delays)
def test_the_order_of_typing_does_not_matter_to_the_reports(
    sqlite_template: Path, tmp_path: Path, life: Life, by_how_much: list[int]
) -> None:
    begin = placed(life)
    facts, accepted = as_it_happened(begin, life.commands, by)
    others, left = in_any_order(begin, late(accepted, by_how_much), by)
    assume(not left and others != facts)
    one, other = (reported(sqlite_template, tmp_path, some, (OrderRegister,), reports) for some in (facts, others))
    assert other == one
