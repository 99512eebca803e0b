"""Revenue by service and by accounting period foots to one total; deferred revenue rolls forward."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ledger.billing.facts import DepositForfeited, ReceiptAllocated, ReceiptReversed
from ledger.books.line import Line
from ledger.books.postings import postings
from ledger.decider import Fact, stored_name
from ledger.log import store
from ledger.log.database import Database
from ledger.periods import PostingFact
from projections.books import earned_totals, journal
from projections.books.deferred_revenue import DeferredRevenue, deferred_revenue
from projections.books.earned import ACCRUED, BILLED, COUNTED, INCOME, VAT, earned
from projections.books.earned_totals import revenue_total
from projections.books.journal import Journal
from projections.books.revenue import By, Revenue, RevenueRow, revenue
from projections.engine.basis import Basis
from projections.engine.runner import catch_up, ensure, rebuild
from projections.engine.view import Pages, advance
from tests.ground.golden import BACKDATED, GOLDEN, LEASE, TENANT, deposit, paid, quarter, recognised, service
from tests.ground.recording import record, stored_rows

YEAR_END = date(2024, 12, 31)


def basis(effective: date = YEAR_END, recorded: int = 1_000_000) -> Basis:
    return Basis(effective=effective, recorded=recorded, recorded_at=None, root="")


def told(database: Database, facts: Sequence[Fact], **options: Any) -> int:
    head = record(database, facts, **options)
    views = [Journal()]
    ensure(database, views)
    catch_up(database, views)
    return head


def of(database: Database, on: Basis | None = None, **options: Any) -> Revenue:
    with database.views.connect() as connection:
        return revenue(connection, on or basis(), **options)


def sums(row: RevenueRow) -> tuple[str, str, str, str, int]:
    return row.recognised, row.billed, row.vat, row.accrued, row.journals


def by_period(answer: Revenue) -> dict[str | None, str]:
    return {row.period: row.recognised for row in answer.rows}


def test_a_charge_raised_backwards_is_of_july_by_service_and_of_september_in_the_books(database: Database) -> None:
    """domain.md §9: 54,000.00 became 55,500.00 from July on, told on 5 September."""
    told(database, BACKDATED)
    accounting, by_service = of(database, by="accounting"), of(database, by="service")
    assert by_period(accounting) == {"2024-07": "54000.00", "2024-08": "54000.00", "2024-09": "58500.00"}
    assert by_period(by_service) == {"2024-07": "55500.00", "2024-08": "55500.00", "2024-09": "55500.00"}
    assert accounting.total == by_service.total
    assert sums(accounting.total) == ("166500.00", "166500.00", "9990.00", "0.00", 4)


def test_what_was_known_in_august(database: Database) -> None:
    told(database, BACKDATED)
    known = of(database, basis(date(2024, 8, 31), recorded=2))
    assert by_period(known) == {"2024-07": "54000.00", "2024-08": "54000.00"}


def test_rent_is_recognised_month_by_month_and_billed_by_the_quarter(database: Database) -> None:
    told(database, GOLDEN)
    answer = of(database, by="accounting", stream="RENT")
    april, may = (row for row in answer.rows if row.period in ("2024-04", "2024-05"))
    assert sums(april) == ("51597.17", "159991.20", "14399.21", "-108394.03", 2)
    assert sums(may) == ("51597.17", "0.00", "0.00", "51597.17", 1)
    assert sums(answer.total) == ("619166.04", "479973.60", "43197.63", "139192.44", 15)


def test_by_service_the_bill_of_a_quarter_is_for_three_months(database: Database) -> None:
    told(database, GOLDEN)
    rows = {row.period: row for row in of(database, stream="RENT").rows}
    assert sums(rows["2024-05"]) == ("51597.17", "53330.40", "4799.74", "-1733.23", 2)
    assert sums(rows["2024-06"]) == ("51597.17", "53330.40", "4799.73", "-1733.23", 2)
    assert sums(rows["2024-01"]) == ("51597.17", "0.00", "0.00", "51597.17", 1)


def test_streams_and_the_total(database: Database) -> None:
    told(database, GOLDEN)
    answer = of(database)
    assert [(row.stream, row.recognised, row.journals) for row in answer.streams] == [
        ("RENT", "619166.04", 15),
        ("SERVICE_CHARGE", "88884.00", 12),
    ]
    assert answer.total.recognised == "708050.04"
    assert (answer.fictional, answer.data_classes) == (True, ("FICTIONAL",))


@pytest.mark.parametrize(
    ("wanted", "periods"),
    [
        pytest.param({"from_on": date(2024, 12, 1)}, ["2024-12", "2024-12"], id="from"),
        pytest.param({"stream": "LATE_FEE"}, [], id="stream"),
        pytest.param({"company": "nobody-demo"}, [], id="tenant"),
        pytest.param({"lease": LEASE, "from_on": date(2024, 12, 2)}, ["2024-12"], id="lease-and-from"),
    ],
)
def test_narrowed_down(database: Database, wanted: dict[str, Any], periods: list[str]) -> None:
    told(database, GOLDEN)
    answer = of(database, by="accounting", **wanted)
    assert [row.period for row in answer.rows] == periods
    if not periods:
        assert sums(answer.total) == ("0.00", "0.00", "0.00", "0.00", 0)


def test_deposit_kept_for_good_is_revenue_that_was_never_billed(database: Database) -> None:
    kept = DepositForfeited(
        effective_on=date(2024, 3, 9),
        accounting_on=date(2024, 3, 9),
        company=TENANT,
        lease=LEASE,
        deposit="d-2-demo",
        amount_minor=1090000,
        reason="left in disorder (demo)",
        vat_rate="0.09",
        vat_minor=90000,
    )
    told(database, [deposit(), kept])
    (row,) = of(database).rows
    assert (row.stream, row.period, row.company, row.lease) == ("DEPOSIT_FORFEIT", "2024-03", TENANT, LEASE)
    assert sums(row) == ("10000.00", "0.00", "900.00", "0.00", 1)


def test_every_figure_lists_the_facts_behind_it(database: Database) -> None:
    told(database, BACKDATED)
    answer = of(database, positions=True)
    assert [row.positions for row in answer.rows] == [(1, 4), (2, 4), (3,)]
    assert answer.total.positions == (1, 2, 3, 4)
    assert answer.streams[0].positions == (1, 2, 3, 4)
    assert of(database).total.positions is None


MONTHS = st.tuples(st.integers(2024, 2025), st.integers(1, 10))
SOME_FACTS = st.lists(
    st.one_of(
        st.builds(lambda when, net: service(when[0], when[1], net, net // 17), MONTHS, st.integers(0, 10**6)),
        st.builds(lambda when: quarter(*when), MONTHS),
        st.builds(lambda when, fixed: recognised(when[0], when[1], fixed), MONTHS, st.integers(-(10**6), 10**6)),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=20)
@given(facts=SOME_FACTS, late=st.integers(0, 60), effective=st.dates(date(2024, 1, 1), date(2026, 2, 1)))
def test_both_views_foot_to_one_total_on_any_basis(
    database: Database, facts: list[Fact], late: int, effective: date
) -> None:
    posted = [replace(fact, accounting_on=date(2025, 11, 1)) if late % 2 else fact for fact in facts]
    head = told(database, posted)
    on = basis(effective, max(head - late, 0))
    by_service, accounting = of(database, on, by="service"), of(database, on, by="accounting")
    assert by_service.total == accounting.total
    for answer in (by_service, accounting):
        for name in ("recognised", "billed", "vat", "accrued"):
            for rows in (answer.rows, answer.streams):
                assert sum(fen(getattr(row, name)) for row in rows) == fen(getattr(answer.total, name))
    total = accounting.total
    assert fen(total.accrued) == fen(total.recognised) - fen(total.billed), "what was earned and not billed is accrued"


def fen(written: str) -> int:
    return int(written.replace(".", ""))


# Deferred revenue


def ahead(database: Database, on: Basis | None = None, **options: Any) -> DeferredRevenue:
    with database.views.connect() as connection:
        return deferred_revenue(connection, on or basis(), **options)


def roll(answer: DeferredRevenue, account: str) -> tuple[str, ...]:
    row = next(row for row in answer.rows if row.account == account)
    return row.opening, row.additions, row.recognised, row.exchange, row.reclassified, row.closing


def test_rent_in_advance_and_rent_accrued_are_two_sides(database: Database) -> None:
    """On 30 April the lease has accrued 46,397.48; a second one is 108,394.03 ahead."""
    other = "l-2-demo"
    second = [replace(quarter(2024, 4), lease=other, invoice="i-2-demo"), replace(recognised(2024, 4), lease=other)]
    told(database, [*GOLDEN, *second])
    answer = ahead(database, basis(date(2024, 4, 30)))
    assert roll(answer, "straight-line") == ("0.00", "319982.40", "257985.85", "0.00", "46397.48", "108394.03")
    april = ahead(database, basis(date(2024, 4, 30)), from_on=date(2024, 4, 2))
    assert roll(april, "straight-line") == ("165190.89", "0.00", "103194.34", "0.00", "46397.48", "108394.03")
    assert april.total.closing == "108394.03"


def test_receipts_wait_until_they_pay_something(database: Database) -> None:
    invoice = quarter(2024, 4)
    receipt = paid(invoice)
    waiting = replace(receipt, allocations=())
    pays = ReceiptAllocated(
        effective_on=date(2024, 5, 2),
        accounting_on=date(2024, 5, 2),
        company=TENANT,
        receipt=receipt.receipt,
        allocations=(replace(receipt.allocations[0], amount_minor=17000000),),
    )
    back = ReceiptReversed(
        effective_on=date(2024, 6, 3),
        accounting_on=date(2024, 6, 3),
        company=TENANT,
        receipt=receipt.receipt,
        bank_reference=receipt.bank_reference,
        amount_minor=receipt.amount_minor,
        allocations=pays.allocations,
        reason="the bank took it back (demo)",
    )
    told(database, [invoice, waiting, pays, back])
    may = ahead(database, basis(date(2024, 5, 31)), from_on=date(2024, 5, 1), positions=True)
    assert roll(may, "unapplied") == ("174390.41", "0.00", "0.00", "0.00", "-170000.00", "4390.41")
    assert next(row for row in may.rows if row.account == "unapplied").positions == (2, 3)
    assert may.total.positions == (1, 2, 3)
    june = ahead(database, basis(date(2024, 6, 30)), from_on=date(2024, 6, 1))
    assert roll(june, "unapplied") == ("4390.41", "-4390.41", "0.00", "0.00", "0.00", "0.00")


def test_nothing_ahead_of_anything(database: Database) -> None:
    told(database, [deposit()])
    answer = ahead(database)
    assert [row.account for row in answer.rows] == ["straight-line", "equipment-advances", "make-up", "unapplied"]
    assert {roll(answer, row.account or "") for row in answer.rows} == {("0.00",) * 6}
    assert (answer.fictional, answer.data_classes) == (False, ())


# Totals of blocks


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of three positions, so that a few facts make several versions of a total."""
    monkeypatch.setattr(earned_totals, "BLOCK", 3)


def in_pages(database: Database, facts: Sequence[Fact], pages: Sequence[tuple[int, bool]]) -> int:
    """Record facts and follow in pages of these sizes, forgetting where told, the last for all the rest."""
    head, view = record(database, facts), Journal()
    ensure(database, [view])
    for size, forget in pages:
        if forget:
            view.forget()
        advance(database, view, Pages(size))
    while advance(database, view, Pages(7)) < head:
        pass
    return head


def added_up(database: Database, on: Basis, begin: date, by: str, wanted: dict[str, Any]) -> dict[Any, Any]:
    """Every line that the facts up to a position post, one by one: the sums of each row, and the facts of all."""
    with database.views.connect() as connection:
        entries = store.page(connection, after=0, limit=10_000)[: on.recorded]
    rows: dict[Any, Any] = {}
    for entry in entries:
        for line in postings(entry.fact):
            assert isinstance(entry.fact, PostingFact)
            posts_on = entry.fact.accounting_on
            if line.stream is None or line.account not in COUNTED or not begin <= posts_on <= on.effective:
                continue
            if any(getattr(line, name) != value for name, value in wanted.items()):
                continue
            period = line.service_month if by == "service" else f"{posts_on:%Y-%m}"
            amount, bills = line.amount_minor, stored_name(type(entry.fact)) in BILLED and line.account != VAT
            columns = (line.account in INCOME, bills, line.account == VAT, line.account == ACCRUED)
            for key in ((period, line.stream, line.company, line.lease), (None, line.stream, None, None), None):
                sums, behind = rows.setdefault(key, ([0, 0, 0, 0], set()))
                for at, counts in enumerate(columns):
                    sums[at] += (amount if at == 3 else -amount) if counts else 0
                behind.add(entry.position)
    return rows


def said(answer: Revenue) -> dict[Any, Any]:
    rows: list[tuple[RevenueRow, Any]] = [
        (row, (row.period, row.stream, row.company, row.lease)) for row in (*answer.rows, *answer.streams)
    ]
    rows += [(answer.total, None)] if answer.rows else []
    return {
        key: ([fen(row.recognised), fen(row.billed), fen(row.vat), fen(row.accrued)], row.journals) for row, key in rows
    }


SOME_DAYS = st.dates(date(2024, 1, 1), date(2026, 2, 1))
FILTERS: list[dict[str, Any]] = [
    {},
    {"stream": "RENT"},
    {"lease": LEASE},
    {"company": TENANT, "stream": "SERVICE_CHARGE"},
]
QUESTIONS = st.tuples(
    SOME_DAYS, SOME_DAYS, st.integers(0, 60), st.sampled_from(["service", "accounting"]), st.sampled_from(FILTERS)
)


@settings(max_examples=10)
@given(
    facts=SOME_FACTS,
    late=st.lists(st.booleans(), min_size=12, max_size=12),
    pages=st.lists(st.tuples(st.integers(1, 9), st.booleans()), max_size=5),
    asked=st.lists(QUESTIONS, min_size=3, max_size=3),
)
def test_totals_of_blocks_are_the_sum_of_the_lines_on_any_basis(
    database: Database,
    small_blocks: None,
    facts: list[Fact],
    late: list[bool],
    pages: list[tuple[int, bool]],
    asked: list[tuple[date, date, int, By, dict[str, Any]]],
) -> None:
    """Every example records more into the same log, and asks about any position of it."""
    posts = [
        replace(fact, accounting_on=date(2025, 11, 7)) if at else fact for fact, at in zip(facts, late, strict=False)
    ]
    head = in_pages(database, posts, pages)
    for one, other, back, by, wanted in asked:
        begin, on = min(one, other), basis(max(one, other), max(head - back, 0))
        summed = added_up(database, on, begin, by, wanted)
        expected = {key: (sums, len(behind)) for key, (sums, behind) in summed.items()}
        assert said(of(database, on, from_on=begin, by=by, **wanted)) == expected


def test_a_fact_in_two_streams_is_counted_once_in_all(
    database: Database, small_blocks: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No rule posts so today; six facts, of which the first five are in totals, and each earns in both streams."""

    def twice(fact: str, lines: Iterable[Line]) -> Iterator[tuple[Any, ...]]:
        for part, *key_and_sums in earned(fact, lines):
            yield part, *key_and_sums
            month, _, *rest = key_and_sums
            yield part + 10, month, "LATE_FEE", *rest

    monkeypatch.setattr(journal, "earned", twice)
    in_pages(database, [recognised(2024, month) for month in range(1, 8)], [(4, True)])
    answer = of(database)
    assert [(row.stream, row.journals) for row in answer.streams] == [("LATE_FEE", 7), ("RENT", 7)]
    assert answer.total.journals == 7
    assert of(database, stream="LATE_FEE").total.journals == 7
    assert fen(answer.total.recognised) == 2 * fen(answer.streams[0].recognised)


def test_rows_of_totals_do_not_depend_on_pages(database: Database, small_blocks: None) -> None:
    facts = [*GOLDEN, *BACKDATED, *(replace(fact, accounting_on=date(2024, 12, 31)) for fact in BACKDATED)]
    in_pages(database, facts, [(1, False), (2, True), (5, False), (1, True), (4, False)])
    rows = stored_rows(database, revenue_total, Journal.name)
    assert len({row[7] for row in rows}) > 5, "versions of several blocks"
    rebuild(database, Journal)
    assert stored_rows(database, revenue_total, Journal.name) == rows


@pytest.mark.parametrize(
    ("begin", "until", "cut"),
    [
        ("2024-01-01", "2024-06-30", [(True, 202401, 202406)]),
        ("2024-01-01", "2024-06-29", [(True, 202401, 202405), (False, 20240601, 20240629)]),
        ("2023-12-31", "2024-01-01", [(False, 20231231, 20231231), (False, 20240101, 20240101)]),
        ("2024-01-02", "2024-01-31", [(False, 20240102, 20240131)]),
        (
            "2024-01-02",
            "2024-03-01",
            [(False, 20240102, 20240131), (True, 202402, 202402), (False, 20240301, 20240301)],
        ),
        ("2024-02-29", "2024-02-29", [(False, 20240229, 20240229)]),
        ("0001-01-01", "0001-01-30", [(False, 10101, 10130)]),
        ("9999-12-01", "9999-12-31", [(True, 999912, 999912)]),
        ("2024-05-02", "2024-05-01", []),
    ],
)
def test_days_are_whole_months_and_the_days_around_them(begin: str, until: str, cut: list[Any]) -> None:
    assert earned_totals.spans(date.fromisoformat(begin), date.fromisoformat(until)) == cut
