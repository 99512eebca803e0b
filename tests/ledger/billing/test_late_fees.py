"""Late fees accrue by day on what was open that day, through every payment, and may be assessed after it (§14.5)."""

from datetime import date

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st
from msgspec.structs import replace

from ledger.billing.facts import CreditNoteIssued, LateFeeAssessed
from ledger.billing.invoicing.notes import IssueCreditNote, IssueDebitNote
from ledger.billing.late_fees import AssessLateFee, LateFeeCapped, LateFeeOutdated, NotOverdue
from ledger.billing.lines import LateFeeSpan
from ledger.billing.receipts import RecordReceipt, ReverseReceipt, ToAllocate, UnallocateReceipt
from ledger.billing.rules import IdReserved, IdTaken
from ledger.decider import Command, Fact
from tests.ground.billed import BOOKS, COMPANIES, FINANCE, L1, RATES, TENANT, bill, commenced, of_kind, told
from tests.ground.given import decide, gets_on, given, state
from tests.ledger.billing.test_putting_right import TERMS, to_pay

RENT = "l-1-demo-rent-202501"


def overdue(rate: str) -> tuple[Fact, ...]:
    """10,900.00 that are due on 1 January 2025, at this share a day."""
    terms = replace(TERMS, late_fee_per_day=rate)
    return bill((*COMPANIES, *commenced(L1, TENANT, terms), *RATES, *BOOKS), L1, date(2025, 1, 31))


def pay(on: date, amount: str, name: str = "r-1-demo") -> RecordReceipt:
    return RecordReceipt(
        effective_on=on,
        receipt=name,
        company=TENANT,
        bank_reference=f"B-{name}",
        amount=amount,
        allocations=(ToAllocate(invoice=RENT, amount=amount),),
    )


def assess(on: date, name: str = "late-1-demo", *, taxable: bool = False) -> AssessLateFee:
    return AssessLateFee(effective_on=on, invoice=name, on_invoice=RENT, taxable=taxable)


def fee(facts: tuple[Fact, ...], command: AssessLateFee) -> LateFeeAssessed:
    (assessed,) = decide(facts, command, FINANCE)
    assert isinstance(assessed, LateFeeAssessed)
    return assessed


def test_a_payment_in_between() -> None:
    """Case 09: 10,900 × 0.0005 × 30 d + 1,000 × 0.0005 × 30 d = 178.50; the day of the payment still costs all."""
    facts = told(overdue("0.0005"), pay(date(2025, 1, 31), "9900.00"))
    found = fee(facts, assess(date(2025, 3, 2)))
    assert (found.gross_minor, found.days, found.principal_minor) == (17850, 60, 1090000)
    assert found.spans == (
        LateFeeSpan(from_on=date(2025, 1, 2), until_on=date(2025, 1, 31), open_minor=1090000),
        LateFeeSpan(from_on=date(2025, 2, 1), until_on=date(2025, 3, 2), open_minor=100000),
    )
    (line,) = found.lines
    assert line.by_month == (("2025-01", 16350), ("2025-02", 1400), ("2025-03", 100))


def test_the_vector_of_the_domain() -> None:
    """§14.5 [V]: 10,900.00 × 17 d + 5,900.00 × 53 d at 0.03 % = 149.40."""
    facts = told(overdue("0.0003"), pay(date(2025, 1, 18), "5000.00"))
    assert fee(facts, assess(date(2025, 3, 12))).gross_minor == 14940


def test_after_payment_in_full() -> None:
    """All of it 17 days late: 10,900.00 × 0.0003 × 17 = 55.59, whenever it is assessed; then nothing more."""
    facts = told(overdue("0.0003"), pay(date(2025, 1, 18), "10900.00"))
    found = fee(facts, assess(date(2025, 6, 30)))
    assert (found.gross_minor, found.lines[0].until_on) == (5559, date(2025, 1, 18))
    again = assess(date(2025, 7, 31), "late-2-demo")
    given(*facts, found).when(again, FINANCE).refused(NotOverdue, field="on_invoice")


def test_paid_when_due_costs_nothing() -> None:
    facts = told(overdue("0.0003"), pay(date(2025, 1, 1), "10900.00"))
    given(*facts).when(assess(date(2025, 6, 30)), FINANCE).refused(NotOverdue)


def test_a_fee_that_is_part_of_the_price_includes_its_tax() -> None:
    """149.40 with 9 %: 137.06 + 12.34."""
    facts = told(overdue("0.0003"), pay(date(2025, 1, 18), "5000.00"))
    found = fee(facts, assess(date(2025, 3, 12), taxable=True))
    assert (found.gross_minor, found.net_minor, found.vat_minor) == (14940, 13706, 1234)
    given(*facts).when(assess(date(2025, 3, 12), taxable=True), FINANCE).then(found)


def test_money_that_was_not_there_after_all_was_late() -> None:
    """Reported to have come on the 18th; a fee in two parts is the fee in one."""
    facts = told(overdue("0.0003"), pay(date(2025, 1, 18), "5000.00"))
    first = fee(facts, assess(date(2025, 1, 31)))
    second = fee((*facts, first), assess(date(2025, 3, 12), "late-2-demo"))
    assert first.gross_minor + second.gross_minor == 14940


def test_a_fee_credited_in_full_may_be_assessed_anew() -> None:
    """Assessed on all of it before a payment of the 18th was known: 228.90; credited; then 149.40."""
    facts = told(overdue("0.0003"), assess(date(2025, 3, 12)))
    assert isinstance(facts[-1], LateFeeAssessed)
    assert facts[-1].gross_minor == 22890
    credit = IssueCreditNote(
        effective_on=date(2025, 3, 13), credit_note="c-1-demo", invoice="late-1-demo", net="228.90", reason="paid"
    )
    facts = told(facts, pay(date(2025, 1, 18), "5000.00"), credit)
    (note,) = (fact for fact in facts if isinstance(fact, CreditNoteIssued))
    assert note.on_invoice == RENT
    assert fee(facts, assess(date(2025, 3, 12), "late-2-demo")).gross_minor == 14940


def test_a_fee_credited_before_notes_named_the_overdue_document() -> None:
    """Such a note is found by the lease that the document's name says, or the command."""
    credit = IssueCreditNote(
        effective_on=date(2025, 3, 13), credit_note="c-1-demo", invoice="late-1-demo", net="228.90", reason="paid"
    )
    *before, note = told(overdue("0.0003"), assess(date(2025, 3, 12)), credit)
    assert isinstance(note, CreditNoteIssued)
    old = (*before, replace(note, on_invoice=None))
    assert fee(old, assess(date(2025, 3, 12), "late-2-demo")).gross_minor == 22890


# What of an earlier day is recorded late


MARCH = assess(date(2025, 3, 31))
AGAIN = replace(MARCH, invoice="late-2-demo")
IN_FULL = pay(date(2025, 1, 11), "10900.00")
HALF = pay(date(2025, 1, 11), "5450.00", "r-2-demo")
NOTE = IssueCreditNote(
    effective_on=date(2025, 1, 11), credit_note="c-9-demo", invoice=RENT, net="5000.00", reason="too much"
)
NEVER_CAME = ReverseReceipt(effective_on=date(2025, 1, 11), receipt="r-1-demo", reason="it bounced")
APPLIED_TO = UnallocateReceipt(
    effective_on=date(2025, 1, 11), receipt="r-1-demo", allocations=IN_FULL.allocations, reason="another's"
)


def fees_minor(facts: tuple[Fact, ...]) -> int:
    """What late fees ask for, less the notes on them."""
    asked = sum(fact.gross_minor for fact in facts if isinstance(fact, LateFeeAssessed))
    notes = [fact for fact in facts if isinstance(fact, CreditNoteIssued) and fact.charge == "LATE_FEE"]
    return asked - sum(note.gross_minor for note in notes)


@pytest.mark.parametrize(
    ("before", "late", "was", "is_right"),
    [
        # 5.45 a day on 10,900.00, 2.725 on 5,450.00; 89 days until 31 March, 10 until 11 January
        pytest.param((), (IN_FULL,), 48505, 5450, id="paid-in-full"),
        pytest.param((), (HALF,), 48505, 26978, id="paid-in-part"),
        pytest.param((), (pay(date(2025, 1, 1), "10900.00"),), 48505, 0, id="paid-when-due"),
        pytest.param((), (NOTE,), 48505, 26978, id="credited"),
        pytest.param((IN_FULL,), (NEVER_CAME,), 5450, 48505, id="reversed"),
        pytest.param((IN_FULL,), (APPLIED_TO,), 5450, 48505, id="it-paid-another"),
        pytest.param((IN_FULL,), (APPLIED_TO, HALF), 5450, 26978, id="another-paid"),
    ],
)
def test_what_was_open_is_known_late(
    before: tuple[Command, ...], late: tuple[Command, ...], was: int, is_right: int
) -> None:
    """Assessed again until the same day: the earlier fee is credited, and what is right is asked for."""
    facts = told(overdue("0.0005"), *before, MARCH)
    assert fees_minor(facts) == was
    facts = told(facts, *late)
    added = decide(facts, AGAIN, FINANCE)
    assert fees_minor((*facts, *added)) == is_right
    given(*facts).when(AGAIN, FINANCE).then(*added)
    other = replace(AGAIN, effective_on=date(2025, 4, 1))
    given(*facts, *added).when(other, FINANCE).refused(IdTaken, field="invoice")


def test_only_fees_that_are_not_right_are_credited() -> None:
    """Of 163.50 until January and 321.55 until March the second is wrong: 15 d of 5.45 and 44 d of 2.95."""
    facts = told(overdue("0.0005"), assess(date(2025, 1, 31)), AGAIN, pay(date(2025, 2, 15), "5000.00"))
    earlier = replace(AGAIN, effective_on=date(2025, 2, 28), invoice="late-3-demo")
    through = replace(earlier, effective_on=date(2025, 3, 31))
    gets_on(facts, earlier, NotOverdue, "until 2025-03-31 or later", (), through, FINANCE)
    note, found = decide(facts, through, FINANCE)
    assert isinstance(note, CreditNoteIssued)
    assert isinstance(found, LateFeeAssessed)
    assert (note.invoice, note.gross_minor, note.on_invoice) == ("late-2-demo", 32155, RENT)
    assert (found.gross_minor, found.spans[0].from_on) == (21155, date(2025, 2, 1))
    given(*facts, note, found).when(replace(through, invoice="late-4-demo"), FINANCE).refused(NotOverdue)


def test_money_that_paid_a_wrong_fee_is_unapplied_again() -> None:
    """485.05 came for the fee on 10 April; the note is of that day, and 54.50 are open of the new fee."""
    paid = replace(pay(date(2025, 4, 10), "485.05", "r-9-demo"), allocations=to_pay("485.05", "late-1-demo"))
    facts = told(overdue("0.0005"), MARCH, paid, IN_FULL, AGAIN)
    (note,) = of_kind(facts, CreditNoteIssued)
    assert (note.effective_on, note.gross_minor) == (date(2025, 4, 10), 48505)
    known = state(facts, AGAIN)
    assert (known.receipts["r-9-demo"].free_minor, known.documents["late-1-demo"].open_minor) == (48505, 0)
    assert known.documents["late-2-demo"].open_minor == 5450


def test_what_somebody_credited_rightly_stays() -> None:
    """430.55 were taken off by hand already; 100.00 of goodwill too."""
    by_hand = IssueCreditNote(
        effective_on=date(2025, 4, 1), credit_note="c-1-demo", invoice="late-1-demo", net="430.55", reason="paid"
    )
    facts = told(overdue("0.0005"), MARCH, IN_FULL, by_hand)
    given(*facts).when(AGAIN, FINANCE).refused(NotOverdue)
    facts = told(overdue("0.0005"), MARCH, replace(by_hand, net="100.00"))
    given(*facts).when(AGAIN, FINANCE).refused(NotOverdue)


def test_a_document_that_somebody_named_needs_its_lease() -> None:
    """1,090.00 due on 1 March at 0.0005: 0.545 a day."""
    note = IssueDebitNote(
        effective_on=date(2025, 3, 1),
        invoice="n-1-demo",
        lease=L1,
        charge="RENT",
        from_on=date(2025, 2, 1),
        until_on=date(2025, 2, 28),
        net="1000.00",
        reason="more",
    )
    first = replace(MARCH, on_invoice="n-1-demo")
    money = replace(pay(date(2025, 3, 11), "1090.00"), allocations=to_pay("1090.00", "n-1-demo"))
    facts = told(overdue("0.0005"), note, first, money)
    again = replace(first, invoice="late-2-demo")
    gets_on(facts, again, LateFeeOutdated, "name its lease (l-1-demo)", (), replace(again, lease=L1), FINANCE)
    assert fees_minor(told(facts, replace(again, lease=L1))) == 545
    long = replace(again, lease=L1, invoice="l" * 60)
    given(*facts).when(long, FINANCE).refused(IdReserved, field="invoice")


def test_a_fee_comes_to_the_most_that_was_open() -> None:
    """1 % a day: 17 days of 10,900.00 and then 5,900.00 until the fee is 10,900.00; no more after that."""
    facts = told(overdue("0.01"), pay(date(2025, 1, 18), "5000.00"))
    found = fee(facts, assess(date(2026, 12, 31)))
    assert found.gross_minor == 1090000
    given(*facts, found).when(assess(date(2027, 1, 31), "late-2-demo"), FINANCE).refused(LateFeeCapped)


payments = st.lists(st.tuples(st.integers(2, 120), st.sampled_from((100000, 250000, 300000))), max_size=3)


@pytest.mark.parametrize("rate", ["0.0003", "0.0005"])
@for_all(paid=payments, days=st.integers(1, 150))
def test_a_fee_is_the_sum_of_its_days(rate: str, paid: list[tuple[int, int]], days: int) -> None:
    """Counted day by day: what was open at the end of the day before."""
    facts, first = overdue(rate), date(2025, 1, 1)
    for number, (day, amount) in enumerate(paid):
        on = date.fromordinal(first.toordinal() + day)
        facts = told(facts, pay(on, f"{amount // 100}.00", f"r-{number}-demo"))
    total = sum(1090000 - sum(amount for day, amount in paid if day < at) for at in range(1, days + 1))
    expected = (total * int(rate[2:]) * 2 + 10000) // 20000
    assert fee(facts, assess(date.fromordinal(first.toordinal() + days))).gross_minor == expected
