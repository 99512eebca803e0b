"""Rent by turnover: a share of what the tenant sells, month by month and reconciled for the year; figures by hand."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.billing.facts import CreditNoteIssued, DebitNoteIssued, InvoiceIssued
from ledger.billing.taking_over.facts import RentTakenOver
from ledger.books.postings import postings
from ledger.decider import Fact
from ledger.leases.deciding import evolve_lease
from ledger.leases.facts import LeaseFact, LeaseHolds, LeaseStepWithdrawn, TurnoverDeclared
from ledger.leases.lease import Lease
from ledger.leases.terms import RentFree, Terms, TurnoverRent
from ledger.leases.turnover import TurnoverDue, turnover_dues, undeclared
from tests.ground.billed import L1, PAPER, TENANT, TERMS_1, bill, closed, monthly, of_kind
from tests.ledger.billing.test_bill_lease import amended, billed, ground, terminated

YEAR = date(2024, 12, 31)
FLAT = replace(TERMS_1, rent=(replace(TERMS_1.rent[0], rent=monthly("10000.00")),), rent_free=(), indexation=None)
"""10,000.00 a month from 2024-01-01 on."""


def shares(rule: TurnoverRent, **other: Any) -> Terms:
    return replace(FLAT, turnover_rent=rule, **other)


def said(month: str, turnover: str, on: date | None = None, *, days: tuple[int, int] | None = None) -> TurnoverDeclared:
    """What was sold, by default on the whole month, and said on the tenth of the next."""
    year, number = int(month[:4]), int(month[5:])
    last = (date(year + number // 12, number % 12 + 1, 1) - date.resolution).day
    first, until = days or (1, last)
    return TurnoverDeclared(
        effective_on=on or date(year + number // 12, number % 12 + 1, 10),
        lease=L1,
        company=TENANT,
        month=month,
        from_on=date(year, number, first),
        until_on=date(year, number, until),
        turnover_minor=int(turnover.replace(",", "").replace(".", "")),
        statement=PAPER,
    )


def a_year(*amounts: str) -> tuple[TurnoverDeclared, ...]:
    return tuple(said(f"2024-{month:02}", amount) for month, amount in enumerate(amounts, start=1))


def dues(facts: tuple[Fact, ...], through: date = YEAR) -> list[TurnoverDue]:
    lease: Lease | None = None
    for fact in facts:
        if isinstance(fact, LeaseFact | LeaseHolds) and fact.lease == L1:
            lease = evolve_lease(lease, fact)
    assert lease is not None
    return turnover_dues(lease, through)


SHARE = TurnoverRent(share="0.08", breakpoint="100000.00")
TEN = ("90000.00",) * 10


@dataclass
class Worked:
    """A year's turnover, and what each month comes to after the year is reconciled, in yuan."""

    rule: TurnoverRent
    turnover: tuple[str, ...]
    months: tuple[float, ...]


WORKED = {
    # 8 % of what is above 100,000.00: 50,000.00 and 25,000.00; the year's 12 x 100,000.00 are not reached by 1,075,000
    "a-year-below-its-breakpoint-gives-all-back": Worked(
        SHARE, ("150000.00", "125000.00", *("80000.00",) * 10), (0,) * 12
    ),
    # Each month is above: 20,000.00 x 8 % = 1,600.00, and the year says the same
    "every-month-above": Worked(SHARE, ("120000.00",) * 12, (1600.0,) * 12),
    # Jan 8 % x 60,000 = 4,800.00; Nov, Dec 8 % x 100,000 = 8,000.00; the year 1,460,000... : see below
    # Sum 160,000 + 9 x 90,000 + 200,000 + 200,000 = 1,370,000; above 1,200,000: 170,000 x 8 % = 13,600.00
    # 4,800.00 + 16,000.00 = 20,800.00: 7,200.00 come off, all from December
    "less-comes-off-the-last-month-first": Worked(
        SHARE, ("160000.00", *TEN[:9], "200000.00", "200000.00"), (4800.0, *(0,) * 9, 8000.0, 800.0)
    ),
    # The year's breakpoint of 1,000,000.00 is less than twelve months': 1,080,000 - 1,000,000 = 80,000 x 8 % = 6,400.00
    "a-lower-breakpoint-of-the-year-is-due-with-the-last": Worked(
        TurnoverRent(share="0.08", breakpoint="100000.00", year_breakpoint="1000000.00"),
        ("90000.00",) * 12,
        (*(0,) * 11, 6400.0),
    ),
    # The higher of rent and 8 %: 8 % x 150,000 = 12,000.00 less 10,000.00 = 2,000.00 in two months; 8 % x 100,000 =
    # 8,000.00 is less than the rent in ten. The year: 1,300,000 x 8 % = 104,000.00 < 120,000.00, so nothing
    "the-higher-of-both-over-the-year": Worked(
        TurnoverRent(share="0.08", less_rent=True), (*("100000.00",) * 10, "150000.00", "150000.00"), (0,) * 12
    ),
    # 8 % x 130,000.00 = 10,400.00 less 10,000.00 = 400.00 each month
    "the-higher-of-both": Worked(TurnoverRent(share="0.08", less_rent=True), ("130000.00",) * 12, (400.0,) * 12),
    # half a fen goes up: 5 % x 0.10 = 0.005
    "half-up": Worked(TurnoverRent(share="0.05"), ("0.10", *("0.00",) * 11), (0.01, *(0,) * 11)),
}


@pytest.mark.parametrize("worked", WORKED.values(), ids=list(WORKED))
def test_a_year_worked_out_by_hand(worked: Worked) -> None:
    facts = ground(shares(worked.rule), *a_year(*worked.turnover))
    assert [due.net_minor / 100 for due in dues(facts)] == list(worked.months)


def test_each_month_is_billed_with_its_last_day_and_due_after_it_was_declared() -> None:
    """8 % of 50,000.00 above the breakpoint is 4,000.00, with 9 % tax; declared on 10 February, due 30 days later."""
    facts = ground(shares(SHARE), said("2024-01", "150000.00"))
    (invoice,) = turnover_documents(billed(facts, date(2024, 2, 10)))
    assert (invoice.invoice, invoice.effective_on, invoice.due_on) == (
        "l-1-demo-sales-202401",
        date(2024, 1, 31),
        date(2024, 3, 11),
    )
    assert (invoice.net_minor, invoice.vat_minor) == (400000, 36000)
    assert [(line.account, line.amount_minor, line.stream) for line in postings(invoice)] == [
        ("receivables", 436000, "TURNOVER_RENT"),
        ("turnover-rent", -400000, "TURNOVER_RENT"),
        ("output-vat", -36000, "TURNOVER_RENT"),
    ]


def turnover_documents(facts: tuple[Fact, ...]) -> list[InvoiceIssued]:
    return [fact for fact in of_kind(facts, InvoiceIssued) if fact.charge == "TURNOVER_RENT"]


def test_the_year_is_reconciled_by_a_credit_note() -> None:
    """January's 4,000.00 and February's 2,000.00 were billed; the year is below its breakpoint: both are credited."""
    amounts = ("150000.00", "125000.00", *("80000.00",) * 10)
    before = bill(ground(shares(SHARE), *a_year(*amounts)[:11]), L1, YEAR)
    facts = billed((*before, said("2024-12", "80000.00")), date(2025, 1, 31), date(2025, 1, 31))
    notes = [note for note in of_kind(facts, CreditNoteIssued) if note.charge == "TURNOVER_RENT"]
    assert [(note.credit_note, note.net_minor, note.vat_minor) for note in notes] == [
        ("l-1-demo-sales-202402-c1", 200000, 18000),
        ("l-1-demo-sales-202401-c1", 400000, 36000),
    ]
    assert notes[0].reason == "turnover rent for 2024-02 is less than was billed"


def test_the_year_is_reconciled_by_a_debit_note_where_december_was_billed() -> None:
    """November was declared last: December's 800.00 stand, and 7,200.00 by the year's lower breakpoint are due more.

    11 x 90,000.00 and 110,000.00: 1,100,000 - 1,000,000 = 100,000 x 8 % = 8,000.00; December by itself 800.00.
    """
    rule = TurnoverRent(share="0.08", breakpoint="100000.00", year_breakpoint="1000000.00")
    year = a_year(*("90000.00",) * 11, "110000.00")
    before = bill(ground(shares(rule), *year[:10], year[11]), L1, date(2025, 1, 20), date(2025, 1, 20))
    assert [one.net_minor for one in turnover_documents(before)] == [80000]
    facts = billed((*before, year[10]), date(2025, 1, 31), date(2025, 1, 31))
    (note,) = [one for one in of_kind(facts, DebitNoteIssued) if one.charge == "TURNOVER_RENT"]
    assert (note.invoice, note.net_minor) == ("l-1-demo-sales-202412-d1", 720000)


def test_what_is_declared_anew_or_withdrawn_is_put_right_by_the_next_run() -> None:
    """150,000.00, then 160,000.00: 800.00 more; withdrawn, 4,800.00 less."""
    first, again = said("2024-01", "150000.00"), said("2024-01", "160000.00", date(2024, 3, 1))
    facts = bill(ground(shares(SHARE), first), L1, date(2024, 2, 29))
    more = billed((*facts, again), date(2024, 3, 5))
    assert [(one.invoice, one.net_minor) for one in of_kind(more, DebitNoteIssued)] == [
        ("l-1-demo-sales-202401-d1", 80000)
    ]
    withdrawn = [fact for fact in (*facts, *more) if fact not in (first, again)]
    less = billed(tuple(withdrawn), date(2024, 3, 5))
    taken = [one.net_minor for one in of_kind(less, CreditNoteIssued) if one.charge == "TURNOVER_RENT"]
    assert sorted(taken) == [80000, 400000]
    assert LeaseStepWithdrawn.about_of(again) == "2024-01"


def test_a_part_of_a_month_has_its_days_of_the_breakpoint() -> None:
    """The lease ends with 15 June: 15 of 30 days of 100,000.00 are 50,000.00; 8 % of 30,000.00 above it are 2,400.00.

    The year ends with it: 5.5 months of 100,000.00 are not reached by 6 x 80,000.00: all of it is given back.
    """
    ended = terminated(date(2024, 6, 15))
    five = a_year(*("80000.00",) * 5)
    last = said("2024-06", "80000.00", date(2024, 7, 1), days=(1, 15))
    facts = ground(shares(SHARE), ended, *five, last)
    (june,) = [due for due in dues(facts) if due.month == "2024-06"]
    assert (june.breakpoint_minor, june.share_minor, june.net_minor) == (5000000, 240000, 0)
    assert len(dues(facts)) == 6


def test_days_that_the_lease_lost_take_their_share_of_what_was_declared() -> None:
    """300,000.00 for all of June; the lease ends with the 10th: 10 of 30 days are 100,000.00, above 33,333.33 it is
    66,666.67 x 8 % = 5,333.33."""
    facts = ground(shares(SHARE), said("2024-06", "300000.00"), terminated(date(2024, 6, 10)))
    (june,) = [due for due in dues(facts) if due.month == "2024-06"]
    assert (june.turnover_minor, june.breakpoint_minor, june.share_minor) == (10000000, 3333333, 533333)


def test_another_share_from_the_middle_of_a_month_on() -> None:
    """June of 90,000.00: 14 days at 8 %, 16 at 10 %; nothing free: 42,000.00 x 8 % = 3,360.00, 48,000.00 x 10 % =
    4,800.00."""
    before = shares(TurnoverRent(share="0.08"))
    after = replace(before, turnover_rent=TurnoverRent(share="0.10"))
    facts = ground(before, amended(after, date(2024, 6, 15)), said("2024-06", "90000.00"))
    june = [due for due in dues(facts) if due.month == "2024-06"]
    assert [(due.turnover_minor, due.share_minor) for due in june] == [(4200000, 336000), (4800000, 480000)]
    (invoice,) = turnover_documents(billed(facts, date(2024, 7, 31)))
    assert invoice.net_minor == 816000


def test_in_days_free_of_rent_the_least_is_nothing() -> None:
    """8 % x 50,000.00 = 4,000.00, and no rent in January comes off."""
    free = (RentFree(from_on=date(2024, 1, 1), until_on=date(2024, 1, 31)),)
    rule = TurnoverRent(share="0.08", less_rent=True)
    facts = ground(shares(rule, rent_free=free), said("2024-01", "50000.00"))
    assert [due.net_minor for due in dues(facts, date(2024, 1, 31))] == [400000]


def test_a_declaration_of_a_closed_month_posts_in_the_next_open_one() -> None:
    facts = ground(shares(SHARE), *closed("2024-01"), said("2024-01", "150000.00"))
    (invoice,) = turnover_documents(billed(facts, date(2024, 2, 10)))
    assert (invoice.effective_on, invoice.accounting_on) == (date(2024, 1, 31), date(2024, 2, 1))


def test_months_that_other_books_billed_are_not_billed_again() -> None:
    """Taken over with February: January is not billed; March is, and the year is reconciled without the two."""
    elsewhere = RentTakenOver(
        effective_on=date(2024, 2, 29),
        accounting_on=date(2024, 2, 29),
        company=TENANT,
        lease=L1,
        billed_through=date(2024, 2, 29),
        service_through=date(2024, 2, 29),
        earned_through="2024-02",
        amount_minor=0,
    )
    facts = ground(shares(SHARE), elsewhere, said("2024-01", "150000.00"), said("2024-03", "150000.00"))
    assert [one.invoice for one in turnover_documents(billed(facts, date(2024, 4, 10)))] == ["l-1-demo-sales-202403"]


def test_months_that_nothing_was_said_of() -> None:
    facts = ground(shares(SHARE), said("2024-01", "150000.00"))
    lease: Lease | None = None
    for fact in facts:
        if isinstance(fact, LeaseFact | LeaseHolds) and fact.lease == L1:
            lease = evolve_lease(lease, fact)
    assert lease is not None
    assert undeclared(lease, date(2024, 3, 30)) == [("2024-02", date(2024, 3, 15))]
