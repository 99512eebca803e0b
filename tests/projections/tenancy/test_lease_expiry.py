"""When let space comes free: years, WAULT, WALE, reversion, and how much of what fell due was paid."""

from datetime import date
from typing import Any

from msgspec.structs import replace

from ledger.billing.facts import CreditNoteIssued, InvoiceIssued, ReceiptRecorded, ReceiptUnallocated
from ledger.billing.lines import Allocation, DocumentLine
from ledger.decider import Fact
from ledger.leases.facts import BreakNoticeServed, HoldoverStarted
from ledger.log.database import Database
from ledger.once.lettings import Letting
from projections.tenancy.lease_expiry import LeaseExpiry, YearRow, lease_expiry
from tests.ground.let_city import AS_OF, L1, L2, PAPER, basis, city, estate, given, let

WHERE: dict[str, Any] = {"lease": "l-2-demo", "company": "moonfield-demo"}


def asked(database: Database, effective: date = AS_OF, recorded: int = 1_000_000, **more: Any) -> LeaseExpiry:
    with database.views.connect() as connection:
        return lease_expiry(connection, basis(effective, recorded), **more)


def test_the_city_of_the_domain(database: Database) -> None:
    """domain.md §4.6."""
    given(database, city())
    found = asked(database)
    measures = found.measures
    assert measures.wault_to_expiry_years == "3.5818"
    assert measures.wault_to_break_years == "2.3128"
    assert measures.wale_to_expiry_years == "3.6259"
    assert measures.passing_year == "1748764.80"
    assert measures.passing_m2_month == "41.1145"
    assert measures.reversion_percent == "2.2628"
    assert found.to_expiry[0] == YearRow(
        year=2026,
        leases=1,
        area_m2="1234.50",
        area_percent="34.8286",
        rent_year="639964.80",
        rent_percent="36.5952",
    )


def test_years_by_expiry_and_by_break(database: Database) -> None:
    given(database, city())
    found = asked(database)
    assert [(row.year, row.rent_year) for row in found.to_expiry] == [(2026, "639964.80"), (2029, "1108800.00")]
    assert [(row.year, row.rent_year) for row in found.to_break] == [(2026, "639964.80"), (2027, "1108800.00")]


def test_after_the_break_the_expiry_counts(database: Database) -> None:
    given(database, city())
    assert [row.year for row in asked(database, date(2027, 7, 1)).to_break] == [2029]
    assert [row.year for row in asked(database, date(2027, 6, 30)).to_break] == [2027]


def test_notice_of_a_break_is_a_break(database: Database) -> None:
    notice = BreakNoticeServed(
        **WHERE, effective_on=date(2026, 12, 1), break_on=date(2027, 6, 30), party="TENANT", notice=PAPER
    )
    given(database, [*city(), notice])
    assert [row.year for row in asked(database, date(2026, 12, 31)).to_break] == [2026, 2027]


def test_a_holdover_has_no_year_and_no_days(database: Database) -> None:
    stays = HoldoverStarted(
        **WHERE, effective_on=date(2029, 7, 1), lettings=(Letting(unit="a102", from_on=L2.commencement_on),)
    )
    given(database, [*estate(), *let("l-2-demo", "moonfield-demo", L2, signed_on=date(2024, 6, 1)), stays])
    found = asked(database, date(2030, 1, 1))
    assert [(row.year, row.leases, row.rent_percent) for row in found.to_expiry] == [(None, 1, "100.0000")]
    assert found.measures.wault_to_expiry_years == "0.0000"


def test_a_lease_free_of_rent_weighs_by_area_alone(database: Database) -> None:
    given(database, [*estate(), *let("l-1-demo", "sunfield-demo", L1, signed_on=date(2023, 12, 15))])
    measures = asked(database, date(2024, 1, 1)).measures
    assert (measures.wault_to_expiry_years, measures.wale_to_expiry_years) == (None, "2.9979")
    assert (measures.reversion_percent, measures.passing_m2_month) == (None, "0.0000")


def test_nothing_let_has_no_measures(database: Database) -> None:
    given(database, estate())
    found = asked(database)
    assert (found.to_expiry, found.measures.leases, found.measures.wault_to_expiry_years) == ((), 0, None)


def test_what_is_signed_and_not_begun_does_not_expire_yet(database: Database) -> None:
    given(database, city())
    assert asked(database, date(2023, 12, 31)).measures.leases == 0


def test_let_units_without_a_rental_value_are_said_and_left_out_of_the_reversion(database: Database) -> None:
    second = replace(L2, breaks=())
    no_value = [fact for fact in city() if getattr(fact, "unit", None) != "a102" or not hasattr(fact, "erv_m2_month")]
    given(database, [*no_value, *let("l-2-demo", "moonfield-demo", second, signed_on=date(2024, 6, 1))])
    measures = asked(database).measures
    assert (measures.without_erv_m2, measures.erv_year) == ("2310.00", "651816.00")
    assert measures.reversion_percent == "1.8519"  # 651,816.00 / 639,964.80


# Collection


def invoice(name: str, net: int, due_on: date) -> InvoiceIssued:
    lines = (DocumentLine(from_on=due_on, until_on=due_on, net_minor=net, vat_rate="0", vat_minor=0),)
    return InvoiceIssued(
        **WHERE, effective_on=due_on, accounting_on=due_on, invoice=name, charge="RENT", lines=lines, due_on=due_on
    )


def paid(name: str, amount: int, on: date) -> ReceiptRecorded:
    return ReceiptRecorded(
        company="moonfield-demo",
        effective_on=on,
        accounting_on=on,
        receipt=f"r-{name}",
        bank_reference=f"B-{name}",
        amount_minor=amount,
        allocations=(Allocation(invoice=name, lease="l-2-demo", amount_minor=amount),),
    )


def billed() -> list[Fact]:
    """209,300.00 fall due from October to December, of which 198,450.00 are paid; more before, and more after."""
    return [
        invoice("i-0", 50_000_00, date(2024, 9, 30)),
        invoice("i-1", 100_000_00, date(2024, 10, 1)),
        invoice("i-2", 109_300_00, date(2024, 12, 31)),
        invoice("i-3", 77_000_00, date(2025, 1, 1)),
        paid("i-1", 100_000_00, date(2024, 10, 20)),
        paid("i-2", 98_450_00, date(2024, 12, 31)),
    ]


def collection(database: Database, due_from: date) -> tuple[str, str, str | None]:
    found = asked(database, due_from=due_from).collection
    assert found is not None
    return found.due, found.paid, found.rate_percent


def test_collection_of_what_fell_due_in_the_period(database: Database) -> None:
    """domain.md §4.6: 198,450.00 of 209,300.00 are 94.8161 %."""
    given(database, [*city(), *billed()])
    assert collection(database, date(2024, 10, 1)) == ("209300.00", "198450.00", "94.8161")
    assert collection(database, date(2024, 1, 1))[:2] == ("259300.00", "198450.00")
    assert asked(database).collection is None


def test_credit_notes_are_not_due_and_what_was_unallocated_is_not_paid(database: Database) -> None:
    on = date(2024, 12, 15)
    credit = CreditNoteIssued(
        **WHERE,
        effective_on=on,
        accounting_on=on,
        credit_note="c-1",
        invoice="i-1",
        charge="RENT",
        lines=invoice("i-1", 40_000_00, on).lines,
        reason="too much",
    )
    back = ReceiptUnallocated(
        company="moonfield-demo",
        effective_on=on,
        accounting_on=on,
        receipt="r-i-1",
        allocations=(Allocation(invoice="i-1", lease="l-2-demo", amount_minor=40_000_00),),
        reason="credited",
    )
    given(database, [*city(), *billed(), credit, back])
    assert collection(database, date(2024, 10, 1))[:2] == ("169300.00", "158450.00")


def test_nothing_due_has_no_rate(database: Database) -> None:
    given(database, city())
    assert collection(database, date(2024, 10, 1)) == ("0.00", "0.00", None)


def test_the_facts_behind_a_year_are_what_its_leases_say(database: Database) -> None:
    head = given(database, city())
    given(database, billed())
    found = asked(database, positions=True)
    assert [row.year for row in found.to_expiry] == [2026, 2029]
    listed = [row.positions for row in found.to_expiry]
    assert listed == [tuple(range(head - 12, head - 6)), tuple(range(head - 5, head + 1))]
