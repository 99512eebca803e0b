"""Billing a lease: what its schedule says less what is on record, through any date and as often as you like."""

from collections import Counter
from datetime import date
from hashlib import sha256
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from benchmarks.billing import city
from ledger.billing.account import Billing, evolve
from ledger.billing.facts import (
    AccruedRentDerecognised,
    CreditNoteIssued,
    DebitNoteIssued,
    InvoiceIssued,
    ReceiptRecorded,
    ReceiptUnallocated,
    RentRecognised,
)
from ledger.billing.gap import BillLease, LeaseNotCommenced
from ledger.billing.invoicing.notes import IssueCreditNote, IssueDebitNote
from ledger.billing.lines import Allocation, DocumentLine
from ledger.billing.rules import IdTaken, LeaseNotInForce, VatRateMissing
from ledger.books.postings import postings
from ledger.decider import Fact
from ledger.leases.facts import LeaseAmended, LeaseTerminated, ServiceChargeChanged
from ledger.leases.terms import Terms
from ledger.once.lettings import Letting
from ledger.periods import NoOpenPeriod, PostingFact
from ledger.rates import RateApproved
from tests.ground.billed import (
    BOOKS,
    COMPANIES,
    FINANCE,
    GROUND,
    L1,
    L2,
    OTHER,
    PAPER,
    RATES,
    TENANT,
    TERMS_1,
    TERMS_2,
    bill,
    closed,
    commenced,
    monthly,
    of_kind,
    per_m2,
    rate,
)
from tests.ground.given import decide, given

YEAR_END = date(2024, 12, 31)


def ground(terms: Terms, *more: Fact) -> tuple[Fact, ...]:
    """A ledger with one lease on these terms."""
    return (*COMPANIES, *commenced(L1, TENANT, terms), *RATES, *BOOKS, *more)


def folded(facts: tuple[Fact, ...]) -> Billing:
    state = Billing()
    for fact in facts:
        state = evolve(state, fact)
    return state


def billed(facts: tuple[Fact, ...], through: date, on: date | None = None, lease: str = L1) -> tuple[Fact, ...]:
    """The facts that billing adds; sent again it adds nothing, also once more has been billed."""
    after = bill(facts, lease, through, on)
    assert bill(after, lease, through, on) == after
    assert bill(after, lease, through, date(2027, 6, 1)) == after
    return after[len(facts) :]


def amended(terms: Terms, since: date, *, approved_on: date | None = None) -> LeaseAmended:
    lettings = tuple(
        Letting(unit=one.unit, from_on=terms.commencement_on, until_on=terms.expiry_on) for one in terms.premises
    )
    return LeaseAmended(
        effective_on=since,
        lease=L1,
        company=TENANT,
        lettings=lettings,
        amendment="a-1-demo",
        kind="CONSIDERATION",
        terms=terms,
        proposed_by="clerk-demo",
        approved_by="approver-demo",
        approved_on=approved_on or since,
    )


def terminated(ends_on: date, agreed_on: date | None = None, fee: int = 0, *, taxable: bool = False) -> LeaseTerminated:
    return LeaseTerminated(
        effective_on=agreed_on or ends_on,
        lease=L1,
        company=TENANT,
        lettings=(Letting(unit="a101-demo", from_on=date(2024, 1, 1), until_on=ends_on),),
        ends_on=ends_on,
        cause="AGREEMENT",
        fee_minor=fee,
        fee_taxable=taxable,
        document=PAPER,
    )


def shown(fact: Any) -> tuple[Any, ...]:
    """A document on one line: its name, its date, its net and tax."""
    name = fact.credit_note if isinstance(fact, CreditNoteIssued) else fact.invoice
    return name, fact.effective_on.isoformat(), fact.net_minor, fact.vat_minor


# The golden year


def test_the_first_year_of_l_1() -> None:
    """§8.1: three quarters in advance of 159,991.20 + 14,399.21, twelve services of 7,407.00 + 444.42, twelve months
    of 51,597.17 earned."""
    facts = billed(GROUND, YEAR_END)
    assert Counter(type(fact) for fact in facts) == {InvoiceIssued: 15, RentRecognised: 12}
    rents = [shown(fact) for fact in of_kind(facts, InvoiceIssued) if fact.charge == "RENT"]
    assert rents == [
        ("l-1-demo-rent-202404", "2024-04-01", 15999120, 1439921),
        ("l-1-demo-rent-202407", "2024-07-01", 15999120, 1439921),
        ("l-1-demo-rent-202410", "2024-10-01", 15999120, 1439921),
    ]
    services = [shown(fact) for fact in of_kind(facts, InvoiceIssued) if fact.charge == "SERVICE_CHARGE"]
    assert services == [(f"l-1-demo-service-2024{m:02}", f"2024-{m:02}-01", 740700, 44442) for m in range(1, 13)]
    earned = [(fact.month, fact.fixed_minor, fact.variable_minor) for fact in of_kind(facts, RentRecognised)]
    assert earned == [(f"2024-{m:02}", 5159717, 0) for m in range(1, 13)]
    assert all(fact.accounting_on == fact.effective_on for fact in of_kind(facts, PostingFact))


def test_an_invoice_says_when_it_is_due_and_what_being_late_costs() -> None:
    invoice = of_kind(billed(GROUND, date(2024, 4, 1)), InvoiceIssued)[0]
    assert (invoice.due_on, invoice.late_fee_per_day) == (date(2024, 5, 1), "0.0005")
    assert invoice.lines[0].by_month == (("2024-04", 5333040), ("2024-05", 5333040), ("2024-06", 5333040))


def test_vat_is_rounded_for_each_line() -> None:
    """§4.5: a quarter as one line has 14,399.21 of tax, as three lines 14,399.22."""
    by_month = of_kind(billed(ground(replace(TERMS_1, lines="MONTH")), date(2024, 4, 1)), InvoiceIssued)[0]
    assert [(one.from_on.month, one.net_minor, one.vat_minor) for one in by_month.lines] == [
        (4, 5333040, 479974),
        (5, 5333040, 479974),
        (6, 5333040, 479974),
    ]


def test_the_whole_term_earns_what_it_pays() -> None:
    facts = billed(GROUND, date(2026, 12, 31))
    rents = sum(fact.net_minor for fact in of_kind(facts, InvoiceIssued) if fact.charge == "RENT")
    assert rents == 185749788
    assert sum(fact.fixed_minor for fact in of_kind(facts, RentRecognised)) == 185749788


@pytest.mark.parametrize(
    ("billed_when", "through", "expected"),
    [
        pytest.param("ADVANCE", date(2024, 3, 31), [], id="in-advance-not-before-its-first-day"),
        pytest.param("ADVANCE", date(2024, 4, 1), ["2024-04-01"], id="in-advance-on-its-first-day"),
        pytest.param("ARREARS", date(2024, 6, 29), [], id="in-arrears-not-before-its-last-day"),
        pytest.param("ARREARS", date(2024, 6, 30), ["2024-06-30"], id="in-arrears-on-its-last-day"),
    ],
)
def test_when_rent_is_billed(billed_when: Any, through: date, expected: list[str]) -> None:
    facts = billed(ground(replace(TERMS_1, billed=billed_when)), through)
    dates = [str(fact.effective_on) for fact in of_kind(facts, InvoiceIssued) if fact.charge == "RENT"]
    assert dates == expected


def test_a_month_is_recognised_once_it_has_ended() -> None:
    months = [fact.month for fact in of_kind(billed(GROUND, date(2024, 2, 28)), RentRecognised)]
    assert months == ["2024-01"]


def test_billing_in_steps_is_billing_at_once() -> None:
    stepwise: tuple[Fact, ...] = GROUND
    for month in range(1, 13):
        stepwise = bill(stepwise, L1, date(2024, month, 28), YEAR_END)
    stepwise = bill(stepwise, L1, YEAR_END)
    at_once = bill(GROUND, L1, YEAR_END)
    assert set(stepwise) == set(at_once)


def test_billing_through_an_earlier_day_takes_nothing_back() -> None:
    after = bill(GROUND, L1, YEAR_END)
    assert bill(after, L1, date(2024, 5, 1)) == after


def test_tax_rates_are_those_of_the_date_of_the_invoice() -> None:
    facts = billed((*GROUND, rate("vat/services", "0.03", date(2024, 3, 1))), date(2024, 3, 1))
    assert [fact.lines[0].vat_rate for fact in of_kind(facts, InvoiceIssued)] == ["0.06", "0.06", "0.03"]


def test_simplified_taxation_has_its_own_rate() -> None:
    facts = ground(replace(TERMS_1, vat="SIMPLIFIED"), rate("vat/leasing-simplified", "0.05"))
    assert of_kind(billed(facts, date(2024, 4, 1)), InvoiceIssued)[0].lines[0].vat_rate == "0.05"


def test_what_belongs_to_a_closed_month_keeps_its_date_and_posts_in_the_next_open_one() -> None:
    facts = billed((*GROUND, *closed("2024-01", "2024-02")), date(2024, 3, 31))
    january = of_kind(facts, RentRecognised)[0]
    assert (january.effective_on, january.accounting_on) == (date(2024, 1, 31), date(2024, 3, 1))


# Corrections

RAISED = ServiceChargeChanged(
    effective_on=date(2024, 7, 1), lease=L2, company=OTHER, service_charge=monthly("55500"), notice=PAPER
)


def test_a_service_charge_raised_backwards_is_one_debit_note() -> None:
    """§9: 54,000.00 → 55,500.00 from 2024-07-01, recorded 2024-09-05, July and August closed: 3,000.00 + 180.00, posted
    on 2024-09-05, a line each for July and August; September is billed at 55,500.00."""
    before = bill(GROUND, L2, date(2024, 8, 31))
    facts = billed((*before, *closed("2024-07", "2024-08"), RAISED), date(2024, 9, 5), lease=L2)
    (note,) = of_kind(facts, DebitNoteIssued)
    assert shown(note) == ("l-2-demo-service-202407-d1", "2024-09-05", 300000, 18000)
    assert note.accounting_on == date(2024, 9, 5)
    assert [(one.from_on, one.until_on, one.net_minor, one.vat_minor) for one in note.lines] == [
        (date(2024, 7, 1), date(2024, 7, 31), 150000, 9000),
        (date(2024, 8, 1), date(2024, 8, 31), 150000, 9000),
    ]
    september = [fact for fact in of_kind(facts, InvoiceIssued) if fact.charge == "SERVICE_CHARGE"]
    assert [shown(fact) for fact in september] == [("l-2-demo-service-202409", "2024-09-01", 5550000, 333000)]


def test_a_debit_note_has_the_tax_rate_that_its_month_was_billed_at() -> None:
    facts = (*bill(GROUND, L2, date(2024, 7, 31)), rate("vat/services", "0.03", date(2024, 7, 1)), RAISED)
    (note,) = of_kind(billed(facts, date(2024, 7, 31), date(2024, 8, 5), lease=L2), DebitNoteIssued)
    assert (note.lines[0].vat_rate, note.vat_minor) == ("0.06", 9000)


def test_a_second_correction_counts_on() -> None:
    again = replace(RAISED, effective_on=date(2024, 8, 1), service_charge=monthly("56000"))
    facts = (*bill(GROUND, L2, date(2024, 8, 31)), RAISED)
    facts = (*bill(facts, L2, date(2024, 8, 31), date(2024, 9, 5)), again)
    (note,) = of_kind(billed(facts, date(2024, 8, 31), date(2024, 9, 6), lease=L2), DebitNoteIssued)
    assert shown(note) == ("l-2-demo-service-202408-d1", "2024-09-06", 50000, 3000)
    third_word = replace(again, service_charge=monthly("56001"))
    facts = (*bill(facts, L2, date(2024, 8, 31), date(2024, 9, 6)), third_word)
    (third,) = of_kind(billed(facts, date(2024, 8, 31), date(2024, 9, 7), lease=L2), DebitNoteIssued)
    assert third.invoice == "l-2-demo-service-202408-d2"


def test_a_charge_taken_back_credits_the_newest_document_first() -> None:
    """Invoice and debit note ask for 55,500.00; 53,000.00 is due: the note goes, and 1,000.00 of the invoice."""
    facts = (*bill(GROUND, L2, date(2024, 7, 31)), RAISED)
    facts = bill(facts, L2, date(2024, 7, 31), date(2024, 8, 5))
    lowered = replace(RAISED, service_charge=monthly("53000"))
    notes = of_kind(billed((*facts, lowered), date(2024, 7, 31), date(2024, 8, 6), lease=L2), CreditNoteIssued)
    assert [shown(note) for note in notes] == [
        ("l-2-demo-service-202407-d1-c1", "2024-08-06", 150000, 9000),
        ("l-2-demo-service-202407-c1", "2024-08-06", 100000, 6000),
    ]


def test_a_credit_frees_what_was_paid_too_much() -> None:
    paid = ReceiptRecorded(
        effective_on=date(2024, 7, 10),
        accounting_on=date(2024, 7, 10),
        company=OTHER,
        receipt="r-1-demo",
        bank_reference="B-1",
        amount_minor=5724000,
        allocations=(Allocation(invoice="l-2-demo-service-202407", lease=L2, amount_minor=5724000),),
    )
    lowered = replace(RAISED, service_charge=monthly("53000"))
    facts = billed((*bill(GROUND, L2, date(2024, 7, 31)), paid, lowered), date(2024, 7, 31), date(2024, 8, 5), lease=L2)
    assert [type(fact) for fact in facts] == [ReceiptUnallocated, CreditNoteIssued]
    assert facts[0] == ReceiptUnallocated(
        effective_on=date(2024, 8, 5),
        accounting_on=date(2024, 8, 5),
        company=OTHER,
        receipt="r-1-demo",
        allocations=(Allocation(invoice="l-2-demo-service-202407", lease=L2, amount_minor=106000),),
        reason="credit note l-2-demo-service-202407-c1",
    )
    state = folded((*GROUND, *bill(GROUND, L2, date(2024, 7, 31))[len(GROUND) :], paid, *facts))
    assert state.documents["l-2-demo-service-202407"].open_minor == 0
    assert state.receipts["r-1-demo"].free_minor == 106000


def test_notes_issued_by_hand_are_nobody_elses_business() -> None:
    facts = bill(GROUND, L2, date(2024, 7, 31))
    credit = IssueCreditNote(
        effective_on=date(2024, 8, 1),
        credit_note="c-1-demo",
        invoice="l-2-demo-service-202407",
        net="500.00",
        reason="goodwill",
    )
    debit = IssueDebitNote(
        effective_on=date(2024, 8, 1),
        invoice="extra-demo",
        lease=L2,
        charge="SERVICE_CHARGE",
        from_on=date(2024, 7, 1),
        until_on=date(2024, 7, 31),
        net="80.00",
        reason="night watch",
    )
    facts = (*facts, *decide(facts, credit, FINANCE))
    facts = (*facts, *decide(facts, debit, FINANCE))
    assert bill(facts, L2, date(2024, 7, 31), date(2024, 8, 5)) == facts


# Amendments

FLAT = replace(
    TERMS_1,
    expiry_on=date(2027, 12, 31),
    rent=(*TERMS_1.rent[:2], replace(TERMS_1.rent[2], rent=monthly("56000"))),
)


def test_a_modification_is_earned_from_its_day_on() -> None:
    """§4.2: from 2026-01-01 to 2027-12-31 at 56,000.00: 12 months of 52,400.20 and 12 of 52,400.19."""
    facts = bill((*ground(TERMS_1), amended(FLAT, date(2026, 1, 1))), L1, date(2027, 12, 31))
    earned = {fact.month: fact.fixed_minor for fact in of_kind(facts, RentRecognised)}
    assert [earned[f"2026-{month:02}"] for month in range(1, 13)] == [5240020] * 12
    assert [earned[f"2027-{month:02}"] for month in range(1, 13)] == [5240019] * 12


def test_an_amendment_learned_late_corrects_rent_billed_and_earned() -> None:
    known_late = amended(FLAT, date(2026, 1, 1))
    before = bill(ground(TERMS_1), L1, date(2026, 6, 30))
    facts = billed((*before, known_late), date(2026, 6, 30), date(2026, 7, 1))
    first, second = of_kind(facts, CreditNoteIssued)
    assert shown(first) == ("l-1-demo-rent-202604-c1", "2026-07-01", 3 * (5879677 - 5600000), 75513)
    assert shown(second)[0] == "l-1-demo-rent-202601-c1"
    assert [one.from_on.month for one in first.lines] == [4, 5, 6]
    late = {fact.month: fact.fixed_minor for fact in of_kind(facts, RentRecognised)}
    assert late == {f"2026-{month:02}": 5240020 - 5159716 for month in range(1, 7)}
    at_once = bill((*ground(TERMS_1), known_late), L1, date(2026, 6, 30))
    assert folded((*before, known_late, *facts)).recognised == folded(at_once).recognised


def test_an_extension_within_a_billed_quarter_is_a_debit_note() -> None:
    short = replace(TERMS_2, expiry_on=date(2024, 1, 31), billed_every_months=3, service_charge=None)
    long = replace(short, expiry_on=date(2024, 6, 30))
    before = bill(ground(short), L1, date(2024, 1, 31))
    facts = billed((*before, amended(long, date(2024, 1, 1))), date(2024, 4, 1))
    assert [shown(fact) for fact in of_kind(facts, InvoiceIssued, DebitNoteIssued)] == [
        ("l-1-demo-rent-202404", "2024-04-01", 3000000, 270000),
        ("l-1-demo-rent-202401-d1", "2024-04-01", 2000000, 180000),
    ]


def test_rent_agreed_for_free_months_later_is_an_invoice_of_their_own_date() -> None:
    before = bill(ground(TERMS_1), L1, date(2024, 4, 1))
    paying = replace(TERMS_1, rent_free=())
    facts = billed((*before, amended(paying, date(2024, 1, 1))), date(2024, 4, 1), date(2024, 4, 2))
    invoices = of_kind(facts, InvoiceIssued)
    assert [shown(fact) for fact in invoices] == [("l-1-demo-rent-202401", "2024-01-01", 15999120, 1439921)]


def test_a_new_rhythm_bills_no_day_twice() -> None:
    monthly_now = replace(TERMS_1, billed_every_months=1)
    before = bill(ground(TERMS_1), L1, date(2024, 4, 30))
    facts = billed((*before, amended(monthly_now, date(2024, 5, 1))), date(2024, 8, 1))
    rents = [shown(fact)[:3] for fact in of_kind(facts, InvoiceIssued) if fact.charge == "RENT"]
    assert rents == [
        ("l-1-demo-rent-202407", "2024-07-01", 5333040),
        ("l-1-demo-rent-202408", "2024-08-01", 5333040),
    ]
    assert of_kind(facts, DebitNoteIssued, CreditNoteIssued) == []


def test_two_periods_of_one_month_are_billed_in_full() -> None:
    arrears = replace(TERMS_1, billed_every_months=1, rent_free=())
    facts = ground(replace(TERMS_1, rent_free=()), amended(arrears, date(2024, 5, 16)))
    after = billed(facts, date(2024, 6, 1))
    rents = [shown(fact)[:3] for fact in of_kind(after, InvoiceIssued, DebitNoteIssued) if fact.charge == "RENT"]
    assert sum(net for _, _, net in rents) == 6 * 5333040
    assert len({name for name, _, _ in rents}) == len(rents)


# The end


def test_a_termination_bills_the_fee_once_and_gives_up_what_is_accrued() -> None:
    """§4.2: L-1 ends with month 24: a fee of 167,990.76, and 86,395.32 of accrued rent is derecognised."""
    facts = ground(TERMS_1, terminated(date(2025, 12, 31), fee=16799076))
    after = billed(facts, date(2026, 3, 31))
    fee = of_kind(after, InvoiceIssued)[-1]
    assert (fee.invoice, fee.charge) == ("l-1-demo-termination", "TERMINATION_FEE")
    assert fee.effective_on == date(2025, 12, 31)
    line = DocumentLine(
        from_on=date(2025, 12, 31), until_on=date(2025, 12, 31), net_minor=16799076, vat_rate="0", vat_minor=0
    )
    assert fee.lines == (line,)
    (given_up,) = of_kind(after, AccruedRentDerecognised)
    assert (given_up.amount_minor, given_up.effective_on) == (8639532, date(2025, 12, 31))
    assert max(fact.month for fact in of_kind(after, RentRecognised)) == "2025-12"


def test_a_taxable_fee_has_the_tax_of_leasing() -> None:
    facts = ground(TERMS_1, terminated(date(2025, 12, 31), fee=10000, taxable=True))
    fee = of_kind(billed(facts, date(2025, 12, 31)), InvoiceIssued)[-1]
    assert (fee.lines[0].vat_rate, fee.vat_minor) == ("0.09", 900)


def test_before_the_end_neither_fee_nor_derecognition() -> None:
    facts = ground(TERMS_1, terminated(date(2025, 12, 31), fee=16799076))
    after = billed(facts, date(2025, 12, 30))
    assert of_kind(after, AccruedRentDerecognised) == []
    assert [fact for fact in of_kind(after, InvoiceIssued) if fact.charge == "TERMINATION_FEE"] == []


def test_nothing_is_given_up_before_the_last_month_is_earned() -> None:
    facts = ground(TERMS_1, terminated(date(2025, 11, 15)))
    assert of_kind(billed(facts, date(2025, 11, 29)), AccruedRentDerecognised, RentRecognised)[-1].month == "2025-10"
    assert len(of_kind(billed(facts, date(2025, 11, 30)), AccruedRentDerecognised)) == 1


def test_days_after_an_early_end_are_credited() -> None:
    """The last quarter of 2025 was billed in advance; the lease ended with 15 November."""
    before = bill(ground(TERMS_1), L1, date(2025, 11, 30))
    facts = billed((*before, terminated(date(2025, 11, 15), date(2025, 11, 15))), date(2025, 12, 31))
    (rent,) = [fact for fact in of_kind(facts, CreditNoteIssued) if fact.charge == "RENT"]
    assert rent.invoice == "l-1-demo-rent-202510"
    assert [(one.from_on, one.until_on, one.net_minor) for one in rent.lines] == [
        (date(2025, 11, 1), date(2025, 11, 30), 5599692 - 2799846),
        (date(2025, 12, 1), date(2025, 12, 31), 5599692),
    ]
    (service,) = [fact for fact in of_kind(facts, CreditNoteIssued) if fact.charge == "SERVICE_CHARGE"]
    assert shown(service)[:3] == ("l-1-demo-service-202511-c1", "2025-12-31", 740700 - 370350)


def test_what_was_earned_too_much_is_taken_back() -> None:
    before = bill(ground(TERMS_1), L1, date(2025, 12, 31))
    facts = billed((*before, terminated(date(2025, 11, 30), date(2025, 11, 30))), date(2025, 12, 31), date(2026, 1, 9))
    taken = [(fact.month, fact.fixed_minor, fact.effective_on) for fact in of_kind(facts, RentRecognised)]
    assert taken == [("2025-12", -5159716, date(2025, 12, 31))]


def test_after_everything_the_clearing_account_is_empty() -> None:
    """Billed, earned and given up: 1124 comes to nothing when a terminated lease is over."""
    facts = bill(ground(TERMS_1, terminated(date(2025, 12, 31))), L1, date(2026, 1, 31))
    earned = sum(fact.fixed_minor + fact.variable_minor for fact in of_kind(facts, RentRecognised))
    asked = sum(fact.net_minor for fact in of_kind(facts, InvoiceIssued) if fact.charge == "RENT")
    assert earned - asked - of_kind(facts, AccruedRentDerecognised)[0].amount_minor == 0


def test_what_was_taken_off_by_hand_of_days_that_are_due_no_more_is_given_up() -> None:
    """30,000.00 off the last quarter of 2025, a third a month; the lease ended with 15 November. Of December 45,996.92
    is left to take off, and 10,000.00 is asked for again: the tenant owes nothing of it, and 1124 comes to nothing."""
    facts = bill(ground(TERMS_1), L1, date(2025, 12, 31))
    credit = IssueCreditNote(
        effective_on=date(2025, 11, 3),
        credit_note="c-1-demo",
        invoice="l-1-demo-rent-202510",
        net="30000.00",
        reason="goodwill",
    )
    facts = (*facts, *decide(facts, credit, FINANCE), terminated(date(2025, 11, 15), date(2025, 11, 15)))
    after = billed(facts, date(2025, 12, 31), date(2026, 1, 9))
    (again,) = of_kind(after, DebitNoteIssued)
    rent = [shown(fact) for fact in of_kind(after, CreditNoteIssued) if fact.charge == "RENT"]
    assert (shown(again), again.by_hand) == (("l-1-demo-rent-202512-d1", "2026-01-09", 1000000, 90000), True)
    assert rent == [
        ("l-1-demo-rent-202510-c1", "2026-01-09", 2799846 + 4599692, 665958),
        ("l-1-demo-rent-202512-d1-c1", "2026-01-09", 1000000, 90000),
    ]
    assert folded((*facts, *after)).documents[again.invoice].open_minor == 0
    books = Counter[str]()
    for fact in (*facts, *after):
        if isinstance(fact, PostingFact):
            for line in postings(fact):
                books[line.account] += line.amount_minor
    assert books["straight-line"] == 0


def test_a_name_that_billing_gave_to_a_note_of_several_months_is_taken() -> None:
    """60,000.00 off the last quarter of 2025, and the lease ended with October: two months are asked for again."""
    facts = bill(ground(TERMS_1), L1, date(2025, 12, 31))
    credit = IssueCreditNote(
        effective_on=date(2025, 11, 3),
        credit_note="c-1-demo",
        invoice="l-1-demo-rent-202510",
        net="60000.00",
        reason="goodwill",
    )
    facts = (*facts, *decide(facts, credit, FINANCE), terminated(date(2025, 10, 31), date(2025, 10, 31)))
    after = billed(facts, date(2025, 12, 31), date(2026, 1, 9))
    (again,) = of_kind(after, DebitNoteIssued)
    assert (again.by_hand, len(again.lines)) == (True, 2)
    same_name = IssueDebitNote(
        effective_on=date(2026, 1, 9),
        invoice=again.invoice,
        lease=L1,
        charge="RENT",
        from_on=date(2025, 10, 1),
        until_on=date(2025, 10, 31),
        net="1.00",
        reason="night watch",
    )
    given(*facts, *after).when(same_name, FINANCE).refused(IdTaken, field="invoice", says="choose another id")


# Refusals


def bill_through(day: date, lease: str = L1) -> BillLease:
    return BillLease(lease=lease, through=day, effective_on=day)


def test_only_leases_in_force_are_billed() -> None:
    given(*GROUND).when(bill_through(YEAR_END, "no-demo"), FINANCE).refused(LeaseNotInForce, says="no lease no-demo")
    drafted = (*COMPANIES, commenced(L1, TENANT, TERMS_1)[0], *RATES, *BOOKS)
    given(*drafted).when(bill_through(YEAR_END), FINANCE).refused(LeaseNotInForce, field="lease", says="is DRAFT")


def test_before_commencement_there_is_nothing_to_bill() -> None:
    executed = (*COMPANIES, *commenced(L1, TENANT, TERMS_1)[:-1], *RATES, *BOOKS)
    given(*executed).when(bill_through(date(2023, 12, 31)), FINANCE).then()
    given(*executed).when(bill_through(date(2024, 1, 1)), FINANCE).refused(LeaseNotCommenced, says="commence-lease")


def test_the_books_must_reach_so_far() -> None:
    too_far = bill_through(date(2028, 1, 1))
    given(*GROUND).when(too_far, FINANCE).refused(NoOpenPeriod, says="open-periods through 2028-01")
    nothing_open = [fact for fact in GROUND if fact not in BOOKS]
    given(*nothing_open).when(bill_through(date(2024, 1, 1)), FINANCE).refused(NoOpenPeriod, field="through")


@pytest.mark.parametrize(
    ("missing", "through"),
    [
        pytest.param("vat/services", date(2024, 1, 1), id="services"),
        pytest.param("vat/leasing", date(2024, 4, 1), id="leasing"),
    ],
)
def test_without_a_tax_rate_nothing_is_billed(missing: str, through: date) -> None:
    facts = [fact for fact in GROUND if not (isinstance(fact, RateApproved) and fact.series == missing)]
    given(*facts).when(bill_through(through), FINANCE).refused(VatRateMissing, says=f"no rate of {missing}")


def test_a_service_charge_per_area_follows_the_premises() -> None:
    assert TERMS_1.service_charge == per_m2("6.00")
    (january,) = of_kind(billed(GROUND, date(2024, 1, 1)), InvoiceIssued)
    assert january.net_minor == 740700


def test_a_year_and_a_quarter_of_billing_is_what_it_always_was() -> None:
    """Every fact of a small city billed for fifteen months, byte for byte as commit e4cafe0 decided it: leases at one
    rent, with steps and free days, billed quarterly and reviewed."""
    facts = [msgspec.json.encode(fact) for _, fact in city(6, 15)]
    assert len(facts) == 430
    assert sha256(b"".join(facts)).hexdigest() == "f672ec6dca97eef5b04cfec794fbce2df053740358a17e7047005914020c3604"
