"""Rent by turnover on any basis, on both databases; figures by hand."""

from datetime import date
from typing import Any

from msgspec.structs import replace

from ledger.decider import Fact
from ledger.leases.facts import TurnoverDeclared
from ledger.leases.terms import TurnoverRent
from ledger.log.database import Database
from projections.tenancy.rent_roll import rent_roll
from projections.tenancy.turnover import TurnoverRow, turnover_rent
from tests.ground.let_city import L1, PAPER, basis, estate, given, let

SHARED = replace(L1, turnover_rent=TurnoverRent(share="0.08", breakpoint="100000.00"))


def said(month: int, until: int, turnover: int, on: date) -> Fact:
    return TurnoverDeclared(
        effective_on=on,
        lease="l-1-demo",
        company="sunfield-demo",
        month=f"2024-{month:02}",
        from_on=date(2024, month, 1),
        until_on=date(2024, month, until),
        turnover_minor=turnover,
        statement=PAPER,
    )


STORY: list[Fact] = [
    *estate(),
    *let("l-1-demo", "sunfield-demo", SHARED, signed_on=date(2023, 12, 15)),
    said(1, 31, 150_000_00, date(2024, 2, 10)),
    said(2, 29, 90_000_00, date(2024, 3, 10)),
    said(1, 31, 160_000_00, date(2024, 3, 12)),
]


def seen(database: Database, on: date, recorded: int = 1_000_000) -> tuple[TurnoverRow, ...]:
    with database.views.connect() as connection:
        return turnover_rent(connection, basis(on, recorded)).rows


def shown(row: TurnoverRow) -> tuple[Any, ...]:
    return row.from_on.month, row.said, row.turnover, row.by_month, row.due


def test_what_was_said_counts_from_the_day_it_was(database: Database) -> None:
    """8 % of 50,000.00 above 100,000.00 is 4,000.00; of 60,000.00 from 12 March on, 4,800.00."""
    given(database, STORY)
    assert list(map(shown, seen(database, date(2024, 2, 9)))) == [(1, "AWAITED", None, "0.00", "0.00")]
    assert list(map(shown, seen(database, date(2024, 3, 10)))) == [
        (1, "DECLARED", "150000.00", "4000.00", "4000.00"),
        (2, "DECLARED", "90000.00", "0.00", "0.00"),
    ]
    assert shown(seen(database, date(2024, 3, 12))[0]) == (1, "DECLARED", "160000.00", "4800.00", "4800.00")
    late = seen(database, date(2024, 4, 16))[2]
    assert (late.said, late.declare_by) == ("OVERDUE", date(2024, 4, 15))
    assert seen(database, date(2025, 1, 5)) == ()
    with database.views.connect() as connection:
        before = turnover_rent(connection, basis(date(2025, 1, 5)), year=2024)
        assert (before.total.due, before.awaited) == ("4800.00", 10)
        roll = rent_roll(connection, basis(date(2024, 3, 10)))
    (row,) = [row for building in roll.buildings for row in building.rows if row.lease == "l-1-demo"]
    assert row.index is not None
    assert row.index.endswith("0.08 of turnover above 100000.00 a month")
