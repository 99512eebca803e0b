"""Vouchers 凭证: a number for every entry, from 1 on in each month and kind, which never changes.

Given entries of two months in the order recorded, when they are numbered, then each has the kind and number that a
bookkeeper would have written beside it, whatever basis asks; and the series foot to the trial balance.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.decider import By, Fact
from ledger.log.database import Database
from ledger.periods import PeriodOpened
from projections.books.general_ledger import BadPlace
from projections.engine.basis import Basis
from projections.vouchers import VoucherRow, series, vouchers
from tests.examples.banking import BROUGHT_FORWARD, CHARGE, INTEREST, ITEM, REMEASURED, TRANSFER
from tests.examples.banking import REVERSED as GIVEN_BACK
from tests.examples.bookkeeping import POSTED, REVERSED
from tests.ground.golden import GOLDEN
from tests.projections.books.test_trial_balance import basis, of, told

FEBRUARY = PeriodOpened(effective_on=date(2024, 2, 1), month="2024-02")
STORY: Sequence[tuple[Fact, str]] = (
    (BROUGHT_FORWARD, "2024-01 收-1"),
    (replace(TRANSFER, effective_on=date(2024, 2, 20), accounting_on=date(2024, 2, 20)), "2024-02 付-1"),
    (CHARGE, "2024-02 付-2"),
    (GIVEN_BACK, "2024-02 收-1"),
    (replace(REMEASURED, items=(replace(ITEM, revalued_minor=100),)), "2024-02 转-1"),
    (INTEREST, "2024-03 收-1"),
    (replace(CHARGE, bank_entry="charge-2-demo", bank_reference="FEE-2"), "2024-02 付-3"),
    (POSTED, "2024-07 转-1"),
    (REVERSED, "2024-08 转-1"),
)
"""Facts in the order recorded, each with the number that its entry has by hand: a transfer between two accounts is a
payment, a remeasurement moves no money, and a date before that of an earlier entry changes no number."""


def _rows(database: Database, month: str, on: Basis | None = None, **asked: Any) -> list[VoucherRow]:
    with database.views.connect() as connection:
        return vouchers(connection, on or basis(), month, **asked)


def _all(database: Database, on: Basis | None = None) -> dict[int, str]:
    months = [f"2024-{month:02}" for month in range(1, 13)]
    rows = [row for month in months for row in _rows(database, month, on, limit=1000)]
    return {row.position: f"{row.month} {row.voucher}" for row in rows}


def test_every_entry_has_the_number_that_a_bookkeeper_would_write(database: Database) -> None:
    told(database, [fact for fact, _ in STORY])
    assert _all(database) == {position: number for position, (_, number) in enumerate(STORY, 1)}


def test_a_number_never_changes_and_none_is_missing(database: Database) -> None:
    """At every position, of every basis: what is behind only comes behind."""
    told(database, [*GOLDEN, *(fact for fact, _ in STORY)])
    now, last = _all(database), len(GOLDEN) + len(STORY)
    for recorded in range(0, last + 1, 5):
        then = _all(database, basis(recorded=recorded))
        assert then == {position: number for position, number in now.items() if position <= recorded}
    given = defaultdict[str, list[int]](list)
    for number in now.values():
        name, _, at = number.rpartition("-")
        given[name].append(int(at))
    assert all(sorted(some) == list(range(1, len(some) + 1)) for some in given.values())


def test_the_series_foot_to_the_trial_balance(database: Database) -> None:
    opened = [PeriodOpened(effective_on=date(2024, month, 1), month=f"2024-{month:02}") for month in range(1, 13)]
    told(database, [*opened, *GOLDEN, *(fact for fact, _ in STORY)])
    with database.views.connect() as connection:
        found = series(connection, basis())
    assert found.total.debit == of(database).total.debit
    assert found.total.journals == len(_all(database))
    assert {row.missing for row in found.rows} == {0}
    assert all(row.first == 1 and row.last == row.journals for row in found.rows)


def test_a_day_within_the_month_shows_the_numbers_up_to_it_and_how_many_are_missing(database: Database) -> None:
    """As of 10 February 付-2 of the 20th is not there yet, and 付-3 keeps its number."""
    facts = [fact for fact, _ in STORY]
    told(database, [FEBRUARY, facts[2], facts[1], facts[6]])
    on = basis(date(2024, 2, 10))
    assert [row.voucher for row in _rows(database, "2024-02", on)] == ["付-1", "付-3"]
    with database.views.connect() as connection:
        (paid,) = series(connection, on).rows
    assert (paid.first, paid.last, paid.journals, paid.missing) == (1, 3, 2, 1)


def test_pages_go_on_where_the_last_one_ended(database: Database) -> None:
    told(database, [fact for fact, _ in STORY])
    whole, after, paged = _rows(database, "2024-02"), None, list[VoucherRow]()
    while page := _rows(database, "2024-02", after=after, limit=2):
        paged += page
        after = page[-1].place
    assert paged == whole
    assert [row.voucher for row in _rows(database, "2024-02", kind="PAYMENT", first=2, last=2)] == ["付-2"]
    for place in ("", "2024-02 PAYMENT", "2024-02 PAYMENT x", "2024-02 OTHER 1", "2024-02 PAYMENT 1 2"):
        with pytest.raises(BadPlace):
            _rows(database, "2024-02", after=place)


def test_who_made_and_who_reviewed_an_entry(database: Database) -> None:
    """What two people did names both; what one recorded has no reviewer. Its paper is counted."""
    told(database, [POSTED, CHARGE], by=By(actor="approver-demo", role="approver"))
    (by_hand,), (charge,) = _rows(database, "2024-07"), _rows(database, "2024-02")
    assert (by_hand.maker, by_hand.reviewer, by_hand.documents) == ("clerk-demo", "approver-demo", 1)
    assert (charge.maker, charge.reviewer, charge.documents) == ("approver-demo", None, 0)
