"""The journal: totals equal the sum of the lines for any date and position, however paged; entries as recorded."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event, select

from ledger.billing.facts import DepositReceived, ReceiptRecorded, RentRecognised
from ledger.billing.lines import Allocation
from ledger.books.postings import RULES_VERSION, postings
from ledger.decider import DataClass, Fact
from ledger.log import store
from ledger.log.database import Database
from ledger.log.envelope import Entry
from ledger.periods import PostingFact
from projections.books import journal as module
from projections.books.entries import all_entries, journal, positions_by_account
from projections.books.journal import Journal, blocks, journal_total, totals
from projections.engine.basis import Basis
from projections.engine.runner import catch_up, ensure, rebuild
from projections.engine.view import Pages, advance
from tests.ground.recording import lead, record, stored_rows

DAYS = [date(2026, 1, 1) + timedelta(days=day) for day in range(6)]
EVERYTHING = 1_000_000
Sums = dict[tuple[str, str], tuple[int, int]]


def basis(effective: date = DAYS[-1], recorded: int = EVERYTHING) -> Basis:
    return Basis(effective=effective, recorded=recorded, recorded_at=None, root="")


def rent(on: date, amount: int, *, lease: str = "l-1-demo", posts_on: date | None = None) -> RentRecognised:
    return RentRecognised(
        effective_on=on,
        accounting_on=posts_on or on,
        company=f"tenant-of-{lease}",
        lease=lease,
        month="2026-01",
        fixed_minor=amount,
        variable_minor=amount // 3,
    )


def receipt(on: date, amount: int, *, name: str = "r-1-demo", pays: int = 0) -> ReceiptRecorded:
    paid = (Allocation(invoice="i-1-demo", lease="l-1-demo", amount_minor=pays),) if pays else ()
    return ReceiptRecorded(
        effective_on=on,
        accounting_on=on,
        company="tenant-of-l-1-demo",
        receipt=name,
        bank_reference=name,
        amount_minor=amount,
        allocations=paid,
    )


def deposit(on: date, amount: int) -> DepositReceived:
    return DepositReceived(
        effective_on=on,
        accounting_on=on,
        company="tenant-of-l-1-demo",
        lease="l-1-demo",
        deposit="d-1-demo",
        bank_reference="d-1-demo",
        amount_minor=amount,
    )


def _any_fact(on: date, kind: int, amount: int) -> Fact:
    return [rent(on, amount), receipt(on, abs(amount), pays=abs(amount) // 2), deposit(on, amount), lead("a", on)][kind]


SOME_FACTS = st.lists(
    st.builds(_any_fact, st.sampled_from(DAYS), st.integers(0, 3), st.integers(-1000, 1000)), min_size=1, max_size=25
)
PAGES = st.lists(st.tuples(st.integers(1, 9), st.booleans()), max_size=6)


def naive(entries: Sequence[Entry], until: date) -> Sums:
    sums: Sums = {}
    for entry in entries:
        for line in postings(entry.fact):
            assert isinstance(entry.fact, PostingFact)
            if entry.fact.accounting_on <= until:
                debit, credit = sums.get((line.account, entry.data_class), (0, 0))
                amount = line.amount_minor
                sums[line.account, entry.data_class] = debit + max(amount, 0), credit + max(-amount, 0)
    return sums


def known(database: Database, recorded: int, dates: Sequence[date]) -> dict[date, Sums]:
    with database.views.connect() as connection:
        found = totals(connection, recorded, dates)
    return {
        on: {key: (total.debit_minor, total.credit_minor) for key, total in some.items()} for on, some in found.items()
    }


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> int:
    """Blocks of four positions, so that few facts make many levels."""
    monkeypatch.setattr(module, "BLOCK", 4)
    return 4


def follow(database: Database, view: Journal, pages: Sequence[tuple[int, bool]], head: int) -> None:
    """Advance to the head in pages of these sizes, forgetting where told, the last for all the rest."""
    for size, forget in pages:
        if forget:
            view.forget()
        advance(database, view, Pages(size))
    while advance(database, view, Pages(7)) < head:
        pass


@settings(max_examples=25)
@given(
    facts=SOME_FACTS,
    pages=PAGES,
    klass=st.sampled_from(["LIVE", "FICTIONAL"]),
    back=st.integers(0, 40),
    dates=st.lists(st.sampled_from([DAYS[0] - timedelta(days=1), *DAYS]), min_size=1, max_size=3),
)
def test_totals_are_the_sum_of_the_lines(
    database: Database,
    small_blocks: int,
    facts: list[Fact],
    pages: list[tuple[int, bool]],
    klass: DataClass,
    back: int,
    dates: list[date],
) -> None:
    """Every example records more into the same log, and asks about any position of it."""
    view = Journal()
    ensure(database, [view])
    head = record(database, facts, data_class=klass)
    follow(database, view, pages, head)
    recorded = max(head - back, 0)
    with database.views.connect() as connection:
        entries = store.page(connection, after=0, limit=head)[:recorded]
    assert known(database, recorded, dates) == {on: naive(entries, on) for on in dates}


def test_any_pages_give_the_same_rows(database: Database, small_blocks: int) -> None:
    facts = [_any_fact(DAYS[number * 5 % 6], number % 4, 100 + number) for number in range(70)]
    head = record(database, facts)
    view, seen = Journal(), []
    ensure(database, [view])
    follow(database, view, [(3, True), (11, False), (1, True), (16, True)], head)
    seen.append([stored_rows(database, table, view.name) for table in Journal.tables])
    rebuild(database, Journal)
    seen.append([stored_rows(database, table, view.name) for table in Journal.tables])
    assert seen[0] == seen[1]
    assert {row[0] for row in seen[0][1]} == {0, 1, 2, 3, 4}, "seventy positions make blocks of five sizes"


@pytest.mark.parametrize("recorded", [0, 1, 255, 256, 257, 511, 512, 1023, 1024, 99_999, 1_000_000, 2**40 + 1])
def test_blocks_and_the_tail_cover_every_position_once(recorded: int) -> None:
    found, done = blocks(recorded)
    sizes = [256 << level for level, _ in found]
    starts = [number * size for (_, number), size in zip(found, sizes, strict=True)]
    assert starts == [sum(sizes[:at]) for at in range(len(sizes))]
    assert sum(sizes) == done
    assert 0 <= recorded - done < 256
    assert len(set(sizes)) == len(sizes), "at most one block of each size"


def test_what_is_looked_at_does_not_grow_with_the_log(database: Database) -> None:
    """A thousand facts: three blocks stand for 768 of them, and 232 positions of lines are read."""
    facts = [rent(DAYS[number % 6], 3) for number in range(1000)]
    head = record(database, facts)
    view = Journal()
    ensure(database, [view])
    catch_up(database, [view])
    assert blocks(head) == ([(1, 0), (0, 2)], 768)
    assert known(database, head, [DAYS[2]])[DAYS[2]]["straight-line", "FICTIONAL"] == (4 * 501, 0)
    with database.views.connect() as connection:
        rows = connection.execute(select(journal_total).where(journal_total.c.level == 1)).all()
    assert len(rows) == 3 * len(DAYS), "a block has a row for each account and day, whatever it holds"


@pytest.mark.parametrize("recorded", [100, 1000])
def test_no_table_is_read_from_end_to_end(sqlite: Database, recorded: int) -> None:
    """SQLite says how it will answer: it searches each table by its key, and scans nothing but the question."""
    record(sqlite, [rent(DAYS[number % 6], 3) for number in range(1000)])
    ensure(sqlite, [Journal()])
    catch_up(sqlite, [Journal()])
    with sqlite.owner.begin() as connection:
        connection.exec_driver_sql("ANALYZE")  # as after a day in use
    asked: list[tuple[str, Any]] = []
    with sqlite.views.connect() as connection:
        event.listen(connection, "before_cursor_execute", lambda *call: asked.append((call[2], call[3])))
        totals(connection, recorded, [DAYS[1], DAYS[3]])
        *_, (query, parameters) = asked
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", parameters)]
    read = [step for step in plan if "journal_" in step]
    assert len(read) == 4
    assert [step for step in read if "USING PRIMARY KEY" not in step or not step.startswith("SEARCH")] == []


# Entries


@pytest.fixture
def told(database: Database) -> Database:
    """Five facts; the third posts nothing, the fifth is for an earlier day than it posts on."""
    record(
        database,
        [
            rent(DAYS[1], 300),
            receipt(DAYS[2], 500, pays=200),
            lead("a", DAYS[2]),
            rent(DAYS[3], 90, lease="l-2-demo"),
            rent(DAYS[1], -30, posts_on=DAYS[4]),
        ],
    )
    view = Journal()
    ensure(database, [view])
    catch_up(database, [view])
    return database


def found(database: Database, on: Basis | None = None, **wanted: Any) -> list[int]:
    with database.views.connect() as connection:
        return [entry.position for entry in journal(connection, on or basis(), **wanted)]


def test_an_entry_cites_its_fact_and_the_rules(told: Database) -> None:
    with told.views.connect() as connection:
        entry = journal(connection, basis(), after=1, limit=1)[0]
    assert (entry.position, entry.fact, entry.rules) == (2, "billing.receipt-recorded", RULES_VERSION)
    assert (entry.accounting_on, entry.data_class) == (DAYS[2], "FICTIONAL")
    assert entry.lines == postings(receipt(DAYS[2], 500, pays=200))


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        pytest.param({}, [1, 2, 4, 5], id="everything"),
        pytest.param({"account": "bank"}, [2], id="account"),
        pytest.param({"lease": "l-1-demo"}, [1, 2, 5], id="lease"),
        pytest.param({"company": "tenant-of-l-2-demo"}, [4], id="company"),
        pytest.param({"document": "i-1-demo"}, [2], id="document"),
        pytest.param({"document": "i-1-demo", "account": "bank"}, [], id="on-one-line"),
        pytest.param({"from_on": DAYS[3]}, [4, 5], id="from"),
        pytest.param({"limit": 2}, [1, 2], id="page"),
        pytest.param({"after": 2, "limit": 2}, [4, 5], id="next-page"),
    ],
)
def test_entries_that_match_in_the_order_recorded(told: Database, wanted: dict[str, Any], expected: list[int]) -> None:
    assert found(told, **wanted) == expected


def test_entries_as_of_a_basis(told: Database) -> None:
    assert found(told, basis(DAYS[3])) == [1, 2, 4]
    assert found(told, basis(recorded=2)) == [1, 2]
    assert found(told, basis(DAYS[0])) == []


def test_every_entry_a_page_at_a_time(told: Database) -> None:
    with told.views.connect() as connection:
        assert [entry.position for entry in all_entries(connection, basis(), page=1)] == [1, 2, 4, 5]


def test_the_facts_behind_each_account(told: Database) -> None:
    with told.views.connect() as connection:
        behind = positions_by_account(connection, basis())
        late = positions_by_account(connection, basis(), from_on=DAYS[3])
    assert behind["straight-line"] == (1, 4, 5)
    assert behind["receivables"] == (2,)
    assert late == {"rent": (4, 5), "rent-variable": (4, 5), "straight-line": (4, 5)}
