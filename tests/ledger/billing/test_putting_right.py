"""What was recorded wrong is put right: credits of what was settled, reversals, recoveries, refunds; in what order."""

from collections import Counter
from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.billing.deposits import (
    ApplyDeposit,
    DepositExceeded,
    DepositIsReversed,
    ForfeitDeposit,
    MovementUnknown,
    ReceiveDeposit,
    RefundDeposit,
    ReverseDeposit,
)
from ledger.billing.facts import (
    AccruedRentDerecognised,
    CreditNoteIssued,
    DepositReversed,
    InvoiceIssued,
    ReceiptAllocated,
    ReceiptRecorded,
    ReceiptRefunded,
    ReceiptReversed,
    ReceiptUnallocated,
    RefundClaimed,
    RefundReversed,
    RentRecognised,
    WriteOffApproved,
    WriteOffRecovered,
    WriteOffRejected,
)
from ledger.billing.gap import BillLease
from ledger.billing.invoicing.notes import CreditOnPaid, IssueCreditNote
from ledger.billing.invoicing.tax_invoices import (
    FapiaoMissing,
    FapiaoNotLatest,
    FapiaoUnknown,
    IssueFapiao,
    WithdrawFapiao,
)
from ledger.billing.losses import (
    ApproveWriteOff,
    ProposeWriteOff,
    RecoverWriteOff,
    RejectWriteOff,
    WriteOffDecided,
    WriteOffExceeded,
    WriteOffUnknown,
)
from ledger.billing.receipts import (
    AllocateReceipt,
    NotAllocated,
    NothingWentBack,
    ReceiptExceeded,
    ReceiptIsRefunded,
    ReceiptIsReversed,
    RecordReceipt,
    ReverseReceipt,
    ToAllocate,
    UnallocateReceipt,
)
from ledger.billing.refunds import RefundIsClaimed, RefundIsReversed, RefundReceipt, RefundUnknown, ReverseRefund
from ledger.billing.rules import BankReferenceTaken, BeforeDocument, BeforeItsCause, IdReserved, IdTaken, OpenExceeded
from ledger.books.postings import postings
from ledger.decider import Command, Fact, command_name
from ledger.leases.facts import LeaseCommenced, LeaseTerminated
from ledger.leases.terms import RentStep, Terms
from ledger.once.lettings import Letting
from ledger.periods import PeriodReopened, PostingFact
from tests.ground.billed import (
    APPROVER,
    BOOKS,
    COMPANIES,
    FINANCE,
    L1,
    PAPER,
    RATES,
    TENANT,
    TERMS_1,
    bill,
    closed,
    commenced,
    monthly,
    of_kind,
    told,
)
from tests.ground.given import decide, given

TERMS = Terms(
    premises=TERMS_1.premises,
    commencement_on=date(2025, 1, 1),
    expiry_on=date(2027, 12, 31),
    rent=(RentStep(from_on=date(2025, 1, 1), rent=monthly("10000")),),
)
"""10,000.00 + 900.00 a month in advance."""

GROUND: tuple[Fact, ...] = (*COMPANIES, *commenced(L1, TENANT, TERMS), *RATES, *BOOKS)
BILLED = bill(GROUND, L1, date(2025, 3, 31))
JANUARY, MARCH = "l-1-demo-rent-202501", "l-1-demo-rent-202503"
WHY = "a reason (demo)"


def books(facts: tuple[Fact, ...], on: date = date.max) -> Counter[str]:
    """What the accounts come to, by accounting date; those at zero are left out."""
    found = Counter[str]()
    for fact in facts:
        if isinstance(fact, PostingFact) and fact.accounting_on <= on:
            for line in postings(fact):
                found[line.account] += line.amount_minor
    return Counter({account: amount for account, amount in found.items() if amount})


def to_pay(amount: str, invoice: str = JANUARY) -> tuple[ToAllocate, ...]:
    return (ToAllocate(invoice=invoice, amount=amount),)


def receive(on: date, amount: str = "10900.00", name: str = "r-1-demo", **more: Any) -> RecordReceipt:
    return RecordReceipt(
        effective_on=on, receipt=name, company=TENANT, bank_reference=f"B-{name}", amount=amount, **more
    )


def write_off(on: date, amount: str = "10900.00", invoice: str = JANUARY) -> tuple[Command, Command]:
    return (
        ProposeWriteOff(effective_on=on, write_off="w-1-demo", invoice=invoice, amount=amount, reason=WHY),
        ApproveWriteOff(effective_on=on, write_off="w-1-demo", invoice=invoice),
    )


ENDED = LeaseTerminated(
    effective_on=date(2025, 3, 20),
    lease=L1,
    company=TENANT,
    lettings=(Letting(unit="a101-demo", from_on=date(2025, 1, 1), until_on=date(2025, 3, 20)),),
    ends_on=date(2025, 3, 20),
    cause="AGREEMENT",
    fee_minor=0,
    document=PAPER,
)
BILL_MARCH = BillLease(effective_on=date(2025, 3, 31), lease=L1, through=date(2025, 3, 31))
HOLD = ReceiveDeposit(
    effective_on=date(2025, 1, 1), deposit="d-1-demo", lease=L1, bank_reference="D-1", amount="20000.00"
)
APPLY = ApplyDeposit(effective_on=date(2025, 3, 10), deposit="d-2-demo", lease=L1, invoice=MARCH, amount="10900.00")
REVERSE_APPLIED = ReverseDeposit(effective_on=date(2025, 4, 1), deposit="d-2-demo", lease=L1, reason=WHY)
DEPOSITED = told(BILLED, HOLD, APPLY)


# What is credited was settled


def test_what_a_deposit_paid_and_is_credited_is_held_again() -> None:
    """Case 02: 11 of 31 days of March are due no more: 3,548.39 + 319.36 = 3,867.75 go back to the deposit held."""
    after = decide((*DEPOSITED, ENDED), BILL_MARCH, FINANCE)
    (back,), (note,) = of_kind(after, DepositReversed), of_kind(after, CreditNoteIssued)
    assert (note.net_minor, note.vat_minor, note.gross_minor) == (354839, 31936, 386775)
    assert (back.deposit, back.movement, back.amount_minor, back.invoice) == ("d-2-demo", "APPLIED", 386775, MARCH)
    assert back.reason == f"credit note {MARCH}-c1"
    found = books((*DEPOSITED, ENDED, *after))
    assert found["deposits"] == -(2000000 - 1090000 + 386775)
    assert found["receivables"] == 2 * 1090000
    assert decide((*DEPOSITED, ENDED, *after), BILL_MARCH, FINANCE) == ()


def test_what_is_left_of_a_deposit_that_paid_can_still_be_taken_back() -> None:
    facts = told((*DEPOSITED, ENDED), BILL_MARCH, REVERSE_APPLIED)
    assert of_kind(facts, DepositReversed)[-1].amount_minor == 1090000 - 386775
    assert books(facts)["deposits"] == -2000000


def test_what_was_written_off_and_is_credited_was_no_loss() -> None:
    facts = told(BILLED, *write_off(date(2025, 3, 25), invoice=MARCH))
    after = decide((*facts, ENDED), BILL_MARCH, FINANCE)
    (recovered,) = of_kind(after, WriteOffRecovered)
    assert (recovered.write_off, recovered.amount_minor) == ("w-1-demo", 386775)
    assert books((*facts, ENDED, *after))["loss-allowance"] == 1090000 - 386775


def test_a_loss_goes_before_money() -> None:
    """60 % paid and 40 % given up of 10,900.00; 3,867.75 credited: nothing but the loss is less."""
    paid = told(BILLED, receive(date(2025, 3, 5), "6540.00", allocations=to_pay("6540.00", MARCH)))
    after = decide((*told(paid, *write_off(date(2025, 3, 25), "4360.00", MARCH)), ENDED), BILL_MARCH, FINANCE)
    assert [fact.amount_minor for fact in of_kind(after, WriteOffRecovered)] == [386775]
    assert of_kind(after, ReceiptUnallocated) == []


def test_a_note_is_dated_when_what_it_puts_back_was_paid() -> None:
    """Billed as of 31 March, paid on 8 April: money is not free before it came."""
    facts = told(BILLED, receive(date(2025, 4, 8), allocations=to_pay("10900.00", MARCH)))
    after = decide((*facts, ENDED), BILL_MARCH, FINANCE)
    (freed,), (note,) = of_kind(after, ReceiptUnallocated), of_kind(after, CreditNoteIssued)
    assert freed.effective_on == note.effective_on == date(2025, 4, 8)
    assert freed.allocations[0].amount_minor == 386775


CREDIT = IssueCreditNote(
    effective_on=date(2025, 2, 1), credit_note="c-1-demo", invoice=JANUARY, net="700.00", reason=WHY
)


def test_a_note_by_hand_puts_back_too_and_is_dated_when_it_was_paid_or_later() -> None:
    """700.00 + 63.00 off what a receipt of 8 February paid."""
    facts = told(BILLED, receive(date(2025, 2, 8), allocations=to_pay("10900.00")))
    given(*facts).when(CREDIT, FINANCE).refused(CreditOnPaid, field="effective_on", says="date it 2025-02-08")
    after = decide(facts, replace(CREDIT, effective_on=date(2025, 2, 8)), FINANCE)
    assert [type(fact) for fact in after] == [ReceiptUnallocated, CreditNoteIssued]
    assert books((*facts, *after))["unapplied"] == -76300


# Deposits taken back

MOVES: tuple[Command, ...] = (
    APPLY,
    ForfeitDeposit(
        effective_on=date(2025, 3, 10), deposit="d-2-demo", lease=L1, amount="1090.00", reason=WHY, vat_rate="0.09"
    ),
    RefundDeposit(effective_on=date(2025, 3, 10), deposit="d-2-demo", lease=L1, amount="500.00", bank_reference="D-2"),
)


@pytest.mark.parametrize("command", MOVES, ids=lambda command: command_name(type(command)))
def test_a_movement_of_a_deposit_is_taken_back(command: Command) -> None:
    facts = told(BILLED, HOLD)
    moved = told(facts, command)
    reverse = replace(REVERSE_APPLIED, effective_on=date(2025, 3, 10))
    assert books(told(moved, reverse)) == books(facts) != books(moved)
    assert decide(told(moved, reverse), reverse, FINANCE) == ()
    again = replace(REVERSE_APPLIED, effective_on=date(2025, 3, 11))
    given(*told(moved, reverse)).when(again, FINANCE).refused(DepositIsReversed, says=WHY)
    given(*moved).when(replace(reverse, effective_on=date(2025, 3, 9)), FINANCE).refused(
        BeforeItsCause, field="effective_on", says="d-2-demo is of 2025-03-10"
    )


def test_a_forfeit_taken_back_leaves_no_income_in_the_month_it_was_earned() -> None:
    facts = told(BILLED, HOLD, MOVES[1], REVERSE_APPLIED)
    lines = [line for fact in facts[-2:] for line in postings(fact) if line.account in ("other-income", "output-vat")]
    assert Counter((line.account, line.service_month) for line in lines) == {
        ("other-income", "2025-03"): 2,
        ("output-vat", "2025-03"): 2,
    }
    assert sum(line.amount_minor for line in lines) == 0


def test_a_deposit_that_was_used_is_taken_back_after_what_was_made_of_it() -> None:
    reverse = ReverseDeposit(effective_on=date(2025, 3, 12), deposit="d-1-demo", lease=L1, reason=WHY)
    given(*DEPOSITED).when(reverse, FINANCE).refused(DepositExceeded, field="deposit", says="reverse-deposit")
    facts = told(DEPOSITED, replace(REVERSE_APPLIED, effective_on=date(2025, 3, 12)), reverse)
    assert books(facts) == books(BILLED)
    again = replace(HOLD, deposit="d-9-demo")
    assert len(decide(facts, again, FINANCE)) == 1, "its bank reference is free again"


def test_deposit_given_back_later_is_not_there_to_be_taken_back() -> None:
    """20,000.00 held from January, all given back in May; the refund of another day does not help."""
    back = RefundDeposit(
        effective_on=date(2025, 5, 2), deposit="d-3-demo", lease=L1, amount="20000.00", bank_reference="D-3"
    )
    facts = told(BILLED, HOLD, back)
    reverse = ReverseDeposit(effective_on=date(2025, 2, 1), deposit="d-1-demo", lease=L1, reason=WHY)
    given(*facts).when(reverse, FINANCE).refused(DepositExceeded)


def test_only_a_movement_of_the_lease_is_taken_back() -> None:
    given(*BILLED).when(REVERSE_APPLIED, FINANCE).refused(MovementUnknown, field="deposit")


# Losses that are none

RECOVER = RecoverWriteOff(
    effective_on=date(2025, 7, 1), write_off="w-1-demo", invoice=JANUARY, amount="10900.00", reason=WHY
)
LOST = told(BILLED, *write_off(date(2025, 6, 1)))


def test_money_that_comes_after_all_is_a_recovery() -> None:
    """Case 11: Dr 1122, Cr 1231 as far as money came; and it pays: bank 10,900.00, nothing unapplied."""
    command = receive(date(2025, 9, 1), allocations=to_pay("10900.00"))
    after = decide(LOST, command, FINANCE)
    assert [type(fact) for fact in after] == [WriteOffRecovered, ReceiptRecorded]
    moved = books((*LOST, *after)) - books(LOST)
    assert (books((*LOST, *after))["bank"], moved["unapplied"]) == (1090000, 0)
    assert "loss-allowance" not in books((*LOST, *after))
    assert decide((*LOST, *after), command, FINANCE) == ()


def test_a_part_that_comes_after_all_recovers_that_part() -> None:
    facts = told(LOST, receive(date(2025, 9, 1), "500.00"))
    after = decide(
        facts, AllocateReceipt(effective_on=date(2025, 9, 2), receipt="r-1-demo", allocations=to_pay("500.00")), FINANCE
    )
    assert [type(fact) for fact in after] == [WriteOffRecovered, ReceiptAllocated]
    assert books((*facts, *after))["loss-allowance"] == 1090000 - 50000


def test_more_than_was_given_up_and_is_open_is_not_paid() -> None:
    command = receive(date(2025, 9, 1), "20000.00", allocations=to_pay("10900.01"))
    given(*LOST).when(command, FINANCE).refused(OpenExceeded, field="allocations")


def test_money_of_before_the_write_off_waits_for_it() -> None:
    early = receive(date(2025, 5, 1), allocations=to_pay("10900.00"))
    given(*LOST).when(early, FINANCE).refused(OpenExceeded, says="0.00 CNY are open")
    assert len(decide(LOST, replace(early, effective_on=date(2025, 6, 1)), FINANCE)) == 2


def test_a_write_off_is_taken_back() -> None:
    facts = told(LOST, replace(RECOVER, amount="900.00"))
    assert books(facts)["loss-allowance"] == 1000000
    assert books(told(LOST, RECOVER)) == books(BILLED)
    given(*LOST).when(RECOVER, FINANCE).then(
        WriteOffRecovered(
            effective_on=date(2025, 7, 1),
            accounting_on=date(2025, 7, 1),
            company=TENANT,
            lease=L1,
            write_off="w-1-demo",
            invoice=JANUARY,
            amount_minor=1090000,
            reason=WHY,
        )
    )
    given(*facts).when(RECOVER, FINANCE).refused(WriteOffExceeded, field="amount", says="10000.00 CNY of w-1-demo")
    early = replace(RECOVER, effective_on=date(2025, 5, 31))
    given(*LOST).when(early, FINANCE).refused(BeforeItsCause, says="w-1-demo is of 2025-06-01")


def test_what_is_only_proposed_is_rejected_and_not_recovered() -> None:
    propose, approve = write_off(date(2025, 6, 1))
    proposed = told(BILLED, propose)
    reject = RejectWriteOff(effective_on=date(2025, 6, 2), write_off="w-1-demo", invoice=JANUARY, reason=WHY)
    given(*proposed).when(RECOVER, FINANCE).refused(WriteOffUnknown, says="not approved")
    given(*proposed).when(reject, APPROVER).then(
        WriteOffRejected(
            effective_on=date(2025, 6, 2),
            company=TENANT,
            invoice=JANUARY,
            write_off="w-1-demo",
            reason=WHY,
            rejected_by="approver-demo",
        )
    )
    rejected = told(proposed, reject)
    given(*rejected).when(approve, APPROVER).refused(WriteOffDecided, says="rejected on 2025-06-02")
    given(*rejected).when(replace(reject, reason="other"), FINANCE).refused(WriteOffDecided, says="rejected")
    given(*told(proposed, approve)).when(reject, APPROVER).refused(WriteOffDecided, says="approved on 2025-06-01")
    anew = ProposeWriteOff(
        effective_on=date(2025, 6, 3), write_off="w-2-demo", invoice=JANUARY, amount="1.00", reason=WHY
    )
    assert len(decide(rejected, anew, FINANCE)) == 1


@pytest.mark.parametrize("what", ["approve", "reject"])
def test_nothing_is_decided_before_it_was_proposed(what: str) -> None:
    propose, approve = write_off(date(2025, 6, 1))
    early: Command = replace(approve, effective_on=date(2025, 5, 31))
    if what == "reject":
        early = RejectWriteOff(effective_on=date(2025, 5, 31), write_off="w-1-demo", invoice=JANUARY, reason=WHY)
    given(*told(BILLED, propose)).when(early, APPROVER).refused(BeforeItsCause, says="proposed on 2025-06-01")


# Receipts

PAID_LATER = told(
    BILLED,
    receive(date(2025, 1, 5)),
    AllocateReceipt(effective_on=date(2025, 1, 20), receipt="r-1-demo", allocations=to_pay("10900.00")),
)
REVERSE = ReverseReceipt(effective_on=date(2025, 1, 10), receipt="r-1-demo", reason=WHY)


def test_a_receipt_is_reversed_as_of_a_day_before_it_paid() -> None:
    """Case 07: allocated on the 20th, gone since the 10th. On the 12th 10,900.00 are open and nothing is unapplied; the
    allocation is turned round on its own day."""
    after = decide(PAID_LATER, REVERSE, FINANCE)
    freed, reversal = after
    assert isinstance(freed, ReceiptUnallocated)
    assert isinstance(reversal, ReceiptReversed)
    assert (freed.effective_on, reversal.effective_on, reversal.allocations) == (
        date(2025, 1, 20),
        REVERSE.effective_on,
        (),
    )
    for day in (date(2025, 1, 12), date(2025, 1, 20), date(2025, 1, 31)):
        found = books((*PAID_LATER, *after), day)
        assert (found["unapplied"], found["bank"]) == (0, 0), day
    assert books((*PAID_LATER, *after)) == books(BILLED)


def test_a_receipt_is_reversed_as_of_a_day_before_it_paid_no_longer() -> None:
    """Paid on the 20th, taken back on the 25th, all of it gone since the 22nd: the taking back is turned round too."""
    unpaid = UnallocateReceipt(
        effective_on=date(2025, 1, 25), receipt="r-1-demo", allocations=to_pay("10900.00"), reason=WHY
    )
    facts = told(PAID_LATER, unpaid)
    after = decide(facts, replace(REVERSE, effective_on=date(2025, 1, 22)), FINANCE)
    assert [(type(fact), fact.effective_on.day) for fact in after] == [(ReceiptReversed, 22), (ReceiptAllocated, 25)]
    for day in range(22, 31):
        assert books((*facts, *after), date(2025, 1, day))["unapplied"] == 0
    assert books((*facts, *after)) == books(BILLED)


def test_nothing_is_unallocated_before_it_paid() -> None:
    early = UnallocateReceipt(
        effective_on=date(2025, 1, 12), receipt="r-1-demo", allocations=to_pay("10900.00"), reason=WHY
    )
    given(*PAID_LATER).when(early, FINANCE).refused(NotAllocated, says="so much is there from 2025-01-20 on")
    assert len(decide(PAID_LATER, replace(early, effective_on=date(2025, 1, 20)), FINANCE)) == 1


def test_money_that_pays_from_the_20th_on_pays_nothing_else_before() -> None:
    """Allocated from the 20th on, it is not there on the 12th for February's rent either: it would be paid twice."""
    early = AllocateReceipt(effective_on=date(2025, 1, 12), receipt="r-1-demo", allocations=to_pay("1.00"))
    given(*PAID_LATER).when(early, FINANCE).refused(ReceiptExceeded, says="0.00 CNY of the receipt are free")


def test_the_books_have_no_allocation_before_its_receipt() -> None:
    """Received when January was closed, so booked in February; January is reopened: the allocation follows it."""
    reopened = PeriodReopened(
        effective_on=date(2025, 2, 3), month="2025-01", reason=WHY, proposed_by="a-demo", approved_by="b-demo"
    )
    facts = (*told((*BILLED, *closed("2025-01")), receive(date(2025, 1, 5))), reopened)
    pay = AllocateReceipt(effective_on=date(2025, 1, 6), receipt="r-1-demo", allocations=to_pay("10900.00"))
    (allocated,) = decide(facts, pay, FINANCE)
    assert isinstance(allocated, ReceiptAllocated)
    assert (allocated.effective_on, allocated.accounting_on) == (date(2025, 1, 6), date(2025, 2, 1))


# Money that goes back

OVERPAID = told(BILLED, receive(date(2025, 1, 5), "12000.00", allocations=to_pay("10900.00")))
REFUND = RefundReceipt(
    effective_on=date(2025, 2, 28), refund="f-1-demo", receipt="r-1-demo", amount="1100.00", bank_reference="F-1"
)
BOUNCE = ReverseReceipt(effective_on=date(2025, 3, 5), receipt="r-1-demo", reason=WHY, claim="b-1-demo")
COME_BACK = ReverseRefund(effective_on=date(2025, 3, 3), refund="f-1-demo", receipt="r-1-demo", reason=WHY)


def test_an_overpayment_is_paid_back() -> None:
    """Case 10: 12,000.00 came for 10,900.00; 1,100.00 go back: Dr 2203, Cr 1002."""
    given(*OVERPAID).when(REFUND, FINANCE).then(
        ReceiptRefunded(
            effective_on=date(2025, 2, 28),
            accounting_on=date(2025, 2, 28),
            company=TENANT,
            receipt="r-1-demo",
            refund="f-1-demo",
            bank_reference="F-1",
            amount_minor=110000,
        )
    )
    fact = told(OVERPAID, REFUND)[-1]
    assert [(line.account, line.amount_minor) for line in postings(fact)] == [("unapplied", 110000), ("bank", -110000)]


def test_a_refund_comes_back_and_its_bank_reference_is_free() -> None:
    facts = told(OVERPAID, REFUND, COME_BACK)
    assert isinstance(facts[-1], RefundReversed)
    assert books(facts) == books(OVERPAID)
    assert decide(facts, COME_BACK, FINANCE) == ()
    assert len(decide(facts, replace(REFUND, refund="f-2-demo", effective_on=date(2025, 3, 4)), FINANCE)) == 1


@pytest.mark.parametrize(
    ("facts", "command", "refusal", "says"),
    [
        pytest.param((), replace(REFUND, amount="1100.01"), ReceiptExceeded, "1100.00 CNY of r-1-demo", id="more"),
        pytest.param((REFUND,), replace(REFUND, amount="1.00"), IdTaken, "says otherwise", id="other-words"),
        pytest.param((REFUND,), replace(REFUND, refund="f-2-demo"), BankReferenceTaken, "refund f-1-demo", id="twice"),
        pytest.param((), COME_BACK, RefundUnknown, "no refund f-1-demo", id="unknown"),
        pytest.param(
            (REFUND,), replace(COME_BACK, effective_on=date(2025, 2, 27)), BeforeItsCause, "2025-02-28", id="early"
        ),
        pytest.param(
            (REFUND, COME_BACK), replace(COME_BACK, reason="x"), RefundIsReversed, "on 2025-03-03", id="back-already"
        ),
        pytest.param(
            (REFUND,),
            ReverseReceipt(effective_on=date(2025, 3, 5), receipt="r-1-demo", reason=WHY),
            ReceiptIsRefunded,
            "(reverse-refund), or name the document",
            id="receipt-of-it",
        ),
        pytest.param(
            (REFUND, COME_BACK),
            ReverseReceipt(effective_on=date(2025, 3, 2), receipt="r-1-demo", reason=WHY),
            ReceiptIsRefunded,
            "on 2025-03-03; it is reversed then or later",
            id="while-it-was-away",
        ),
        pytest.param((REFUND, BOUNCE), COME_BACK, RefundIsClaimed, "record-receipt", id="asked-for"),
        pytest.param(
            (REFUND, BOUNCE), replace(BOUNCE, claim="b-2-demo"), ReceiptIsReversed, "already", id="twice-over"
        ),
        pytest.param((), BOUNCE, NothingWentBack, "leave the claim out", id="nothing-to-ask-for"),
        pytest.param((REFUND,), replace(BOUNCE, claim=MARCH), IdTaken, MARCH, id="claim-of-another-name"),
        pytest.param((REFUND,), replace(BOUNCE, claim="x-late-c1"), IdReserved, "x-late-c1", id="claim-of-ours"),
        pytest.param(
            (REFUND,), replace(BOUNCE, effective_on=date(2025, 2, 27)), ReceiptIsRefunded, "2025-02-28", id="before-it"
        ),
    ],
)
def test_refunds_refuse(facts: tuple[Command, ...], command: Command, refusal: Any, says: str) -> None:
    given(*told(OVERPAID, *facts)).when(command, FINANCE).refused(refusal, says=says)


def test_a_receipt_bounces_after_some_of_it_was_paid_back() -> None:
    """12,000.00 paid 10,900.00, and 1,100.00 went back. The bank takes all back: both are owed."""
    facts = told(OVERPAID, REFUND, BOUNCE)
    assert decide(facts, BOUNCE, FINANCE) == ()
    assert [(line.account, line.amount_minor) for line in postings(facts[-2])] == [
        ("receivables", 110000),
        ("unapplied", -110000),
    ]
    after, before = books(facts), books(BILLED)
    assert (after["bank"], after["unapplied"]) == (-110000, 0)
    assert after["receivables"] - before["receivables"] == 110000
    (claim,) = of_kind(facts, RefundClaimed)
    assert (claim.invoice, claim.gross_minor, claim.due_on) == ("b-1-demo", 110000, date(2025, 3, 5))
    again = receive(
        date(2025, 3, 9), "12000.00", "r-2-demo", allocations=(*to_pay("10900.00"), *to_pay("1100.00", "b-1-demo"))
    )
    assert books(told(facts, again)) == books(told(OVERPAID, REFUND))
    assert books(told(facts, *write_off(date(2025, 3, 9), "1100.00", "b-1-demo")))["loss-allowance"] == 110000


def test_a_receipt_whose_refund_came_back_is_reversed() -> None:
    reverse = ReverseReceipt(effective_on=date(2025, 3, 3), receipt="r-1-demo", reason=WHY)
    assert books(told(OVERPAID, REFUND, COME_BACK, reverse)) == books(BILLED)


# Tax invoices

FAPIAO = IssueFapiao(effective_on=date(2025, 1, 2), invoice=JANUARY, number="24512000000000000001")
RED = replace(FAPIAO, number="24512000000000000002", red=True, effective_on=date(2025, 2, 3))
WITHDRAW = WithdrawFapiao(effective_on=date(2025, 1, 2), invoice=JANUARY, number=FAPIAO.number, reason=WHY)


def test_the_number_of_a_tax_invoice_is_withdrawn_and_free_again() -> None:
    facts = told(BILLED, FAPIAO, WITHDRAW)
    assert decide(facts, WITHDRAW, FINANCE) == ()
    (elsewhere,) = decide(
        facts, replace(FAPIAO, invoice="l-1-demo-rent-202502", effective_on=date(2025, 2, 1)), FINANCE
    )
    assert elsewhere.effective_on == date(2025, 2, 1)
    given(*facts).when(RED, FINANCE).refused(FapiaoMissing)


def test_a_tax_invoice_that_was_corrected_is_withdrawn_after_its_correction() -> None:
    facts = told(BILLED, FAPIAO, RED)
    given(*facts).when(WITHDRAW, FINANCE).refused(FapiaoNotLatest, says=f"{RED.number} of {JANUARY} came after")
    given(*told(facts, replace(WITHDRAW, number=RED.number, effective_on=RED.effective_on))).when(WITHDRAW, FINANCE)
    assert told(facts, replace(WITHDRAW, number=RED.number, effective_on=RED.effective_on), WITHDRAW)


@pytest.mark.parametrize(
    "command",
    [replace(WITHDRAW, number="24512000000000000009"), replace(WITHDRAW, effective_on=date(2025, 1, 3))],
    ids=["number", "day"],
)
def test_only_a_tax_invoice_of_that_number_and_day_is_withdrawn(command: WithdrawFapiao) -> None:
    given(*told(BILLED, FAPIAO)).when(command, FINANCE).refused(FapiaoUnknown, field="number")


def test_a_tax_invoice_follows_its_document_and_a_red_one_that_one() -> None:
    early = replace(FAPIAO, invoice="l-1-demo-rent-202502")
    given(*BILLED).when(early, FINANCE).refused(BeforeDocument, says="issued then or later")
    too_red = replace(RED, effective_on=date(2025, 1, 1))
    given(*told(BILLED, FAPIAO)).when(too_red, FINANCE).refused(FapiaoMissing, says="by 2025-01-01")


# A lease that was billed and never began


@pytest.mark.parametrize("left", ["executed", "drafted", "nothing"])
def test_what_was_billed_of_a_lease_that_never_began_is_taken_back(left: str) -> None:
    """Its commencement is withdrawn, and whatever came before it: three months credited, rent earned taken back."""
    paid = told(BILLED, HOLD, APPLY, receive(date(2025, 1, 5), allocations=to_pay("10900.00")))
    kept = {"executed": 4, "drafted": 1, "nothing": 0}[left]
    lease = commenced(L1, TENANT, TERMS)
    gone = lease[kept:]
    assert isinstance(gone[-1], LeaseCommenced)
    facts = tuple(fact for fact in paid if fact not in gone)
    after = decide(facts, BILL_MARCH, FINANCE)
    assert sum(note.gross_minor for note in of_kind(after, CreditNoteIssued)) == 3 * 1090000
    assert sum(fact.fixed_minor for fact in of_kind(after, RentRecognised)) == -3 * 1000000
    assert books((*facts, *after)) == {"bank": 3090000, "unapplied": -1090000, "deposits": -2000000}
    assert decide((*facts, *after), BILL_MARCH, FINANCE) == ()


def test_the_fee_of_a_termination_that_was_none_is_credited_and_another_one_billed_anew() -> None:
    ended = replace(ENDED, fee_minor=500000, ends_on=date(2025, 3, 31), effective_on=date(2025, 3, 20))
    before = bill((*BILLED, ended), L1, date(2025, 3, 31))
    assert of_kind(before, InvoiceIssued)[-1].invoice == "l-1-demo-termination"
    without = tuple(fact for fact in before if fact is not ended)
    after = decide(without, BILL_MARCH, FINANCE)
    assert [(note.credit_note, note.net_minor) for note in of_kind(after, CreditNoteIssued)] == [
        ("l-1-demo-termination-c1", 500000)
    ]
    assert decide((*without, *after), BILL_MARCH, FINANCE) == ()
    other = replace(ended, fee_minor=300000)
    anew = decide((*without, *after, other), BILL_MARCH, FINANCE)
    assert [(one.invoice, one.net_minor) for one in of_kind(anew, InvoiceIssued)] == [
        ("l-1-demo-termination-2", 300000)
    ]
    assert decide((*without, *after, other, *anew), BILL_MARCH, FINANCE) == ()


def test_rent_given_up_at_an_end_that_was_none_is_accrued_again() -> None:
    """Two free months: at the end of March 10,000.00 are billed and more is earned; the end is withdrawn."""
    terms = replace(
        TERMS, rent_free=(replace(TERMS_1.rent_free[0], from_on=date(2025, 1, 1), until_on=date(2025, 2, 28)),)
    )
    ground = (*COMPANIES, *commenced(L1, TENANT, terms), *RATES, *BOOKS)
    ended = replace(ENDED, ends_on=date(2025, 3, 31), effective_on=date(2025, 3, 31))
    before = bill((*ground, ended), L1, date(2025, 3, 31))
    (given_up,) = of_kind(before, AccruedRentDerecognised)
    without = tuple(fact for fact in before if fact is not ended)
    (again,) = of_kind(decide(without, BILL_MARCH, FINANCE), AccruedRentDerecognised)
    assert again.amount_minor == -given_up.amount_minor
    assert again.effective_on == date(2025, 3, 31)


def test_written_off_twice_over_comes_back_in_the_order_it_went() -> None:
    """4,000.00 and 6,900.00 given up: 7,000.00 recover the later one whole and 100.00 of the earlier."""
    first = write_off(date(2025, 6, 1), "4000.00")
    second = tuple(replace(command, write_off="w-2-demo") for command in write_off(date(2025, 6, 2), "6900.00"))
    facts = told(BILLED, *first, *second)
    after = decide(facts, receive(date(2025, 9, 1), "7000.00", allocations=to_pay("7000.00")), FINANCE)
    assert [(one.write_off, one.amount_minor) for one in of_kind(after, WriteOffRecovered)] == [
        ("w-2-demo", 690000),
        ("w-1-demo", 10000),
    ]
    assert len(of_kind(facts, WriteOffApproved)) == 2
