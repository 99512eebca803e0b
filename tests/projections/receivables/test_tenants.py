"""Tenants' accounts: on any basis what the books say, and the naive fold; whatever was recorded late."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given as given_any
from hypothesis import settings
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import CompoundSelect

from ledger.billing.facts import (
    BillingFact,
    CreditNoteIssued,
    DepositApplied,
    DepositForfeited,
    DepositReceived,
    DepositRefunded,
    InvoiceIssued,
    Issued,
    LateFeeAssessed,
    ReceiptAllocated,
    ReceiptRecorded,
    ReceiptReversed,
    ReceiptUnallocated,
    RentRecognised,
    WriteOffApproved,
)
from ledger.billing.lines import Allocation, DocumentLine
from ledger.books.postings import postings
from ledger.decider import Fact
from ledger.log import store
from ledger.log.database import Database
from ledger.log.envelope import Entry
from ledger.periods import PostingFact
from projections.engine.basis import Basis
from projections.engine.runner import catch_up, ensure, rebuild
from projections.engine.spanned import DAYS as DAYS_REACHED
from projections.engine.spanned import POSITIONS, standing, standing_of, within
from projections.engine.timeline import as_of
from projections.engine.view import Pages, advance
from projections.receivables.tenants import (
    OpenItem,
    TenantAccountRow,
    TenantsAccounts,
    account,
    accounts,
    control_totals,
    held_and_overdue,
)
from tests.ground.recording import record, stored_rows

DAYS = [date(2026, 1, 1) + timedelta(days=15 * day) for day in range(8)]


def basis(effective: date, recorded: int = 1_000_000) -> Basis:
    return Basis(effective=effective, recorded=recorded, recorded_at=None, root="")


def line(net: int, on: date) -> DocumentLine:
    return DocumentLine(from_on=on, until_on=on, net_minor=net, vat_rate="0.09", vat_minor=net * 9 // 100)


def about(company: str, on: date, posted: date | None = None, lease: str | None = None) -> dict[str, Any]:
    named = {"company": f"{company}-demo", "effective_on": on, "accounting_on": posted or on}
    return named | ({"lease": f"lease-{lease}-demo"} if lease else {})


def invoice(name: str, net: int, on: date, posted: date | None = None, company: str = "a") -> InvoiceIssued:
    due = on + timedelta(days=10)
    facts = about(company, on, posted, company)
    return InvoiceIssued(**facts, invoice=name, charge="RENT", lines=(line(net, on),), due_on=due)


def pays(name: str, amount: int, company: str = "a") -> tuple[Allocation, ...]:
    return (Allocation(invoice=name, lease=f"lease-{company}-demo", amount_minor=amount),)


def receipt(name: str, amount: int, on: date, paid: tuple[Allocation, ...] = (), company: str = "a") -> ReceiptRecorded:
    facts = about(company, on)
    return ReceiptRecorded(**facts, receipt=name, bank_reference=f"B-{name}", amount_minor=amount, allocations=paid)


def given(database: Database, *facts: Fact) -> int:
    head = record(database, facts)
    views = [TenantsAccounts()]
    ensure(database, views)
    catch_up(database, views)
    return head


def one(
    database: Database, effective: date, recorded: int = 1_000_000, company: str = "a-demo"
) -> TenantAccountRow | None:
    with database.views.connect() as connection:
        return account(connection, basis(effective, recorded), company)


def open_of(row: TenantAccountRow | None) -> dict[str, int]:
    assert row is not None
    return {item.invoice: item.open_minor for item in row.items.documents}


# Stories


def test_an_account_as_first_posted(database: Database) -> None:
    given(database, invoice("i-1", 100_00, DAYS[1]))
    assert one(database, DAYS[0]) is None
    assert one(database, DAYS[1], recorded=0) is None
    row = one(database, DAYS[1])
    assert row is not None
    assert row.items.documents == (
        OpenItem(
            invoice="i-1",
            lease="lease-a-demo",
            charge="RENT",
            issued_on=DAYS[1],
            due_on=DAYS[1] + timedelta(days=10),
            gross_minor=109_00,
            open_minor=109_00,
        ),
    )
    assert (row.open_minor, row.deposits_minor, row.unapplied_minor) == (109_00, 0, 0)
    assert (row.data_class, row.last_position) == ("FICTIONAL", 1)


def test_what_is_settled_leaves_the_row_and_comes_back_whole_when_the_receipt_is_taken_back(database: Database) -> None:
    paid = pays("i-1", 109_00)
    given(
        database,
        invoice("i-1", 100_00, DAYS[1]),
        receipt("r-1", 109_00, DAYS[2], paid),
        ReceiptReversed(
            **about("a", DAYS[4]),
            receipt="r-1",
            bank_reference="B-r-1",
            amount_minor=109_00,
            allocations=paid,
            reason="the bank took it back",
        ),
    )
    settled = one(database, DAYS[3])
    assert settled is not None
    assert settled.items.documents == ()
    assert settled.open_minor == 0
    before, after = one(database, DAYS[1]), one(database, DAYS[4])
    assert before is not None
    assert after is not None
    assert after.items == before.items


def test_the_row_follows_the_books_where_an_invoice_posts_late(database: Database) -> None:
    """Dated in January, which is closed: posted in March. The books of February do not know it, those of March do."""
    given(database, invoice("i-1", 100_00, DAYS[0]), invoice("i-2", 200_00, DAYS[0], posted=DAYS[5]))
    assert open_of(one(database, DAYS[4])) == {"i-1": 109_00}
    late = one(database, DAYS[5])
    assert open_of(late) == {"i-1": 109_00, "i-2": 218_00}
    assert late is not None
    assert {item.due_on for item in late.items.documents} == {DAYS[0] + timedelta(days=10)}


def test_paid_in_the_books_before_it_was_issued_there(database: Database) -> None:
    given(
        database,
        receipt("r-1", 150_00, DAYS[1], pays("i-1", 109_00)),
        invoice("i-1", 200_00, DAYS[0], posted=DAYS[3]),
    )
    early, late = one(database, DAYS[1]), one(database, DAYS[3])
    assert early is not None
    assert late is not None
    assert early.items.documents == (OpenItem(invoice="i-1", lease="lease-a-demo", open_minor=-109_00),)
    assert (early.open_minor, early.unapplied_minor) == (-109_00, 41_00)
    (item,) = late.items.documents
    assert (item.gross_minor, item.open_minor, item.charge) == (218_00, 109_00, "RENT")


def test_deposits_by_lease_and_what_they_pay(database: Database) -> None:
    facts = about("a", DAYS[1], lease="a")
    given(
        database,
        invoice("i-1", 100_00, DAYS[1]),
        DepositReceived(**facts, deposit="d-1", bank_reference="D-1", amount_minor=300_00),
        DepositApplied(**about("a", DAYS[2], lease="a"), deposit="d-2", invoice="i-1", amount_minor=100_00),
        DepositRefunded(**about("a", DAYS[3], lease="a"), deposit="d-3", bank_reference="D-3", amount_minor=50_00),
        DepositForfeited(**about("a", DAYS[4], lease="a"), deposit="d-4", amount_minor=150_00, reason="damage"),
    )
    held = {day: row.deposits_minor for day in DAYS[1:5] if (row := one(database, day))}
    assert held == {DAYS[1]: 300_00, DAYS[2]: 200_00, DAYS[3]: 150_00, DAYS[4]: 0}
    assert open_of(one(database, DAYS[2])) == {"i-1": 9_00}


@pytest.mark.parametrize(
    ("fact", "open_minor"),
    [
        pytest.param(
            CreditNoteIssued(
                **about("a", DAYS[2], lease="a"),
                credit_note="c-1",
                invoice="i-1",
                charge="RENT",
                lines=(line(50_00, DAYS[2]),),
                reason="too much",
            ),
            {"i-1": 54_50},
            id="credit-note",
        ),
        pytest.param(
            WriteOffApproved(
                **about("a", DAYS[2], lease="a"),
                write_off="w-1",
                invoice="i-1",
                amount_minor=9_00,
                proposed_by="ann",
                approved_by="bob",
            ),
            {"i-1": 100_00},
            id="write-off",
        ),
        pytest.param(
            LateFeeAssessed(
                **about("a", DAYS[2], lease="a"),
                invoice="f-1",
                charge="LATE_FEE",
                lines=(line(1_00, DAYS[2]),),
                due_on=DAYS[2],
                on_invoice="i-1",
                principal_minor=109_00,
                days=3,
                rate_per_day="0.0005",
            ),
            {"i-1": 109_00, "f-1": 1_09},
            id="late-fee-is-a-document-of-its-own",
        ),
        pytest.param(
            RentRecognised(**about("a", DAYS[2], lease="a"), month="2026-01", fixed_minor=7, variable_minor=0),
            {"i-1": 109_00},
            id="revenue-is-nothing-owed",
        ),
    ],
)
def test_what_changes_what_is_open(database: Database, fact: Fact, open_minor: dict[str, int]) -> None:
    given(database, invoice("i-1", 100_00, DAYS[1]), fact)
    assert open_of(one(database, DAYS[2])) == open_minor


def test_tenants_come_in_byte_order(database: Database) -> None:
    given(database, *(invoice(f"i-{company}", 1_00, DAYS[0], company=company) for company in ("b", "a-b", "ab", "a")))
    with database.views.connect() as connection:
        found = [row.company for row in accounts(connection, basis(DAYS[0]))]
    assert found == ["a-b-demo", "a-demo", "ab-demo", "b-demo"]


def test_nothing_posted_is_nothing_owed(database: Database) -> None:
    given(database)
    with database.views.connect() as connection:
        totals = control_totals(connection, basis(DAYS[7]))
    assert totals == {"receivables": 0, "deposits": 0, "unapplied": 0, "straight-line": 0}


# Any facts, in an order no rule would allow


def any_fact(kind: int, company: str, on: date, posted: date, number: int, amount: int) -> BillingFact:
    where = about(company, on, posted)
    leased, name = about(company, on, posted, company), f"i-{company}{number}"
    owner = company if number < 3 else "ab".replace(company, "")
    other = f"{owner}-demo" if owner != company else None
    paid = tuple(replace(one, company=other) for one in pays(f"i-{owner}{number}", amount, owner))
    match kind:
        case 0 | 1:
            return invoice(name, amount, on, posted, company)
        case 2:
            lines = (line(amount, on),)
            return CreditNoteIssued(
                **leased, credit_note=f"c-{number}", invoice=name, charge="RENT", lines=lines, reason="less"
            )
        case 3 | 4:
            paid = paid if amount % 2 else ()
            return ReceiptRecorded(
                **where, receipt=f"r-{number}", bank_reference="B", amount_minor=amount * 2, allocations=paid
            )
        case 5:
            return ReceiptAllocated(**where, receipt=f"r-{number}", allocations=paid)
        case 6:
            return ReceiptUnallocated(**where, receipt=f"r-{number}", allocations=(*paid, *paid), reason="wrong one")
        case 7:
            return ReceiptReversed(
                **where, receipt=f"r-{number}", bank_reference="B", amount_minor=amount, allocations=paid, reason="back"
            )
        case 8:
            return DepositReceived(**leased, deposit=f"d-{number}", bank_reference="D", amount_minor=amount)
        case 9:
            return DepositApplied(**leased, deposit=f"d-{number}", invoice=name, amount_minor=amount)
        case 10:
            return DepositForfeited(**leased, deposit=f"d-{number}", amount_minor=amount, reason="damage")
        case 11:
            return WriteOffApproved(
                **leased, write_off="w", invoice=name, amount_minor=amount, proposed_by="ann", approved_by="bob"
            )
    return RentRecognised(**leased, month="2026-01", fixed_minor=amount, variable_minor=0)


ANY_FACTS = st.lists(
    st.builds(
        any_fact,
        kind=st.integers(0, 12),
        company=st.sampled_from("ab"),
        on=st.sampled_from(DAYS),
        posted=st.sampled_from(DAYS),
        number=st.integers(1, 3),
        amount=st.sampled_from([100, 109, 218, 300]),
    ),
    min_size=1,
    max_size=25,
)


def known(database: Database, on: Basis) -> list[Entry]:
    """The posting facts of a basis, in the order of the books."""
    with database.views.connect() as connection:
        entries = store.page(connection, after=0, limit=100_000, up_to=on.recorded)
    posted = [(entry.fact.accounting_on, entry) for entry in entries if isinstance(entry.fact, PostingFact)]
    return [entry for day, entry in sorted(posted, key=lambda pair: pair[0]) if day <= on.effective]


def naive(entries: Iterable[Entry]) -> dict[tuple[str, str, str], int]:
    """(company, account, document or lease) -> what the journal lines sum to; deposits and accrued rent by lease."""
    sums: defaultdict[tuple[str, str, str], int] = defaultdict(int)
    for entry in entries:
        for one_line in postings(entry.fact):
            if one_line.account in ("receivables", "deposits", "unapplied", "straight-line"):
                by_lease = one_line.account in ("deposits", "straight-line")
                what = one_line.lease if by_lease else one_line.document
                sums[one_line.company or "", one_line.account, what or ""] += one_line.amount_minor
    return {key: amount for key, amount in sums.items() if amount}


def told(rows: Sequence[TenantAccountRow]) -> dict[tuple[str, str, str], int]:
    items = {(row.company, "receivables", one.invoice): one.open_minor for row in rows for one in row.items.documents}
    items |= {(row.company, "deposits", one.lease): -one.held_minor for row in rows for one in row.items.deposits}
    return items | {
        (row.company, "unapplied", one.receipt): -one.open_minor for row in rows for one in row.items.receipts
    }


@settings(max_examples=15)
@given_any(
    facts=ANY_FACTS,
    sizes=st.lists(st.integers(1, 9), min_size=1, max_size=6),
    bases=st.lists(st.tuples(st.sampled_from(DAYS), st.integers(0, 30)), min_size=1, max_size=4),
)
def test_on_any_basis_the_accounts_are_what_the_journal_lines_sum_to(
    database: Database, facts: list[BillingFact], sizes: list[int], bases: list[tuple[date, int]]
) -> None:
    """Every example records more into the same log, and follows it in pages of its own."""
    view = TenantsAccounts()
    ensure(database, [view])
    head = record(database, facts)
    for size in sizes:
        advance(database, view, Pages(size))
    catch_up(database, [view])
    for effective, back in bases:
        on = basis(effective, max(head - back, 0))
        entries = known(database, on)
        with database.views.connect() as connection:
            rows, totals = accounts(connection, on), control_totals(connection, on)
            asked: dict[str, Any] = {"effective": on.effective, "recorded": on.recorded}
            names = TenantsAccounts.table.columns.keys()
            each = connection.execute(standing(TenantsAccounts, *names), within(**asked)).all()
            assert sorted(each) == sorted(connection.execute(as_of(TenantsAccounts, **asked)).all())
            for row in rows:
                assert account(connection, on, row.company) == row
        journal = naive(entries)
        assert told(rows) == {key: amount for key, amount in journal.items() if key[1] != "straight-line"}
        for row in rows:
            accrued = (amount for key, amount in journal.items() if key[:2] == (row.company, "straight-line"))
            assert row.accrued_minor == sum(accrued)
        for control, total in totals.items():
            assert total == sum(amount for (_, key, _), amount in journal.items() if key == control)
        assert {row.company: row.open_minor for row in rows} == {
            row.company: sum(item.open_minor for item in row.items.documents) for row in rows
        }
        first_words: dict[str, Issued] = {}
        for entry in entries:
            if isinstance(entry.fact, Issued):
                first_words.setdefault(entry.fact.invoice, entry.fact)
        for row in rows:
            for item in row.items.documents:
                said = first_words.get(item.invoice)
                assert item.due_on == (said and said.due_on)
                assert item.gross_minor == (said.gross_minor if said else 0)


def test_a_tenant_is_listed_from_its_first_posting_on(database: Database) -> None:
    """Two tenants in one page and one in the next, as recorded at each position; what each has overdue."""
    first, late = date(2024, 1, 1), date(2024, 3, 1)
    given(database, invoice("i-1", 100, first), invoice("i-2", 200, first, company="b"), invoice("i-3", 50, first))
    given(database, invoice("i-4", 7, first, company="c"), invoice("i-5", 1, first))
    with database.views.connect() as connection:
        listed = [
            [(row.company, len(row.items.documents)) for row in accounts(connection, basis(late, recorded))]
            for recorded in range(6)
        ]
        held, overdue = held_and_overdue(connection, basis(late, 4))
    assert listed == [
        [],
        [("a-demo", 1)],
        [("a-demo", 1), ("b-demo", 1)],
        [("a-demo", 2), ("b-demo", 1)],
        [("a-demo", 2), ("b-demo", 1), ("c-demo", 1)],
        [("a-demo", 3), ("b-demo", 1), ("c-demo", 1)],
    ]
    assert held == {}
    assert overdue == {
        ("a-demo", "lease-a-demo"): 109 + 54,
        ("b-demo", "lease-b-demo"): 218,
        ("c-demo", "lease-c-demo"): 7,
    }


@pytest.mark.parametrize("asked", [standing, standing_of])
def test_accounts_are_found_in_stretches_of_an_index_and_never_searched_for(
    sqlite: Database, asked: Callable[..., CompoundSelect[Any]]
) -> None:
    """However many rows there are, of all tenants or of one: none is read whose days, or positions, lie beyond its
    reach from the basis."""
    query = asked(TenantsAccounts, "company", "account")
    with sqlite.views.connect() as connection:
        compiled = query.compile(connection)
        values = [
            {**within(DAYS[3], 7), "one": "a"}.get(name, compiled.params[name]) for name in compiled.positiontup or ()
        ]
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", tuple(values)).all()
    steps = [step.partition(" INDEX tenants_accounts_")[2] for *_, step in plan if "tenants_accounts" in step]
    by_days = [step for step in steps if step.startswith("spans (generation=? AND reach=? AND effective_from>?")]
    by_positions = [step for step in steps if step.startswith("endless (generation=? AND reach=? AND from_pos")]
    assert len(by_days) == len(DAYS_REACHED)
    assert len(by_positions) == len(POSITIONS) + 2, "those longer than the longest, and those that nothing has ended"
    assert len(steps) == len(by_days) + len(by_positions)


@settings(max_examples=8)
@given_any(facts=ANY_FACTS, sizes=st.lists(st.integers(1, 9), min_size=1, max_size=6))
def test_rows_do_not_depend_on_pages_or_on_what_is_held(
    database: Database, facts: list[BillingFact], sizes: list[int]
) -> None:
    record(database, facts)
    followed = TenantsAccounts()
    ensure(database, [followed])
    for size in sizes:
        followed.forget()
        advance(database, followed, Pages(size))
    catch_up(database, [followed])
    live = stored_rows(database, TenantsAccounts.table, followed.name)
    rebuild(database, TenantsAccounts)
    assert stored_rows(database, TenantsAccounts.table, followed.name) == live
