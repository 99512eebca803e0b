"""Billing: every command and every refusal, given facts. Figures are those of domain.md §4.5, §8.1 and §9."""

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.billing.deposits import (
    ApplyDeposit,
    DepositExceeded,
    DepositIsReversed,
    DepositOfAnother,
    DepositRateUnfit,
    ForfeitDeposit,
    LeaseIsOver,
    LeasesDiffer,
    MoveDeposit,
    OtherLeaseUnnamed,
    ReceiveDeposit,
    RefundDeposit,
    ReverseDeposit,
    SameLease,
)
from ledger.billing.facts import (
    CreditNoteIssued,
    DebitNoteIssued,
    DepositApplied,
    DepositForfeited,
    DepositMoved,
    DepositReceived,
    DepositRefunded,
    DepositReversed,
    EclMeasured,
    InvoiceIssued,
    LateFeeAssessed,
    ReceiptAllocated,
    ReceiptRecorded,
    ReceiptReversed,
    ReceiptUnallocated,
    WriteOffApproved,
    WriteOffProposed,
)
from ledger.billing.invoicing.facts import FapiaoIssued
from ledger.billing.invoicing.notes import CreditExceeded, CreditOnPaid, DaysMalformed, IssueCreditNote, IssueDebitNote
from ledger.billing.invoicing.tax_invoices import FapiaoMissing, FapiaoTaken, IssueFapiao
from ledger.billing.late_fees import AssessLateFee, LateFeeCapped, NoLateFeeAgreed, NotOverdue
from ledger.billing.lines import Allocation, DocumentLine, Exposure
from ledger.billing.losses import (
    ApproverIsWriteOffProposer,
    ApproveWriteOff,
    MeasureEcl,
    ProposeWriteOff,
    ToMeasure,
    WriteOffDecided,
    WriteOffUnknown,
)
from ledger.billing.moves import moves_of
from ledger.billing.receipts import (
    AllocateReceipt,
    BeforeReceipt,
    NotAllocated,
    ReceiptExceeded,
    ReceiptIsReversed,
    ReceiptUnknown,
    RecordReceipt,
    ReverseReceipt,
    TenantsDiffer,
    ToAllocate,
    UnallocateReceipt,
)
from ledger.billing.rules import (
    AmountZero,
    BankReferenceTaken,
    BeforeDocument,
    DocumentUnknown,
    IdReserved,
    IdTaken,
    LeaseNotInForce,
    OpenExceeded,
    PayerUnknown,
    VatRateMissing,
)
from ledger.books.postings import postings
from ledger.decider import Command, Fact, Refusal
from ledger.leases.facts import HoldoverStarted, LeaseTerminated
from ledger.once.lettings import Letting
from ledger.periods import NoOpenPeriod
from tests.ground.billed import (
    APPROVER,
    FINANCE,
    GROUND,
    L1,
    L2,
    OTHER,
    PAPER,
    RATES,
    TENANT,
    TERMS_2,
    bill,
    closed,
    commenced,
    rate,
)
from tests.ground.given import decide, given

SERVICE, RENT = "l-1-demo-service-202401", "l-1-demo-rent-202404"
THEIRS = "l-2-demo-service-202401"
DAY = date(2024, 5, 6)
JUNE, BEFORE_JUNE = "l-1-demo-service-202406", date(2024, 5, 31)
BILLED = bill(bill(GROUND, L1, date(2024, 4, 1)), L2, date(2024, 4, 1))
"""The first quarter: services of January to April at 7,407.00 + 444.42, and the rent of April to June."""
AHEAD = bill(BILLED, L1, date(2024, 6, 1))[len(BILLED) :]
"""The invoices of May and June, as they are made out weeks before."""


def posted(on: date, company: str = TENANT, **more: Any) -> dict[str, Any]:
    return {"effective_on": on, "accounting_on": on, "company": company, **more}


def to_pay(amount: str, invoice: str = SERVICE) -> tuple[ToAllocate, ...]:
    return (ToAllocate(invoice=invoice, amount=amount),)


def paid(amount_minor: int, invoice: str = SERVICE) -> tuple[Allocation, ...]:
    return (Allocation(invoice=invoice, lease=L1, amount_minor=amount_minor),)


# Receipts

RECEIVE = RecordReceipt(effective_on=DAY, receipt="r-1-demo", company=TENANT, bank_reference="B-1", amount="10000.00")
RECEIVED = ReceiptRecorded(**posted(DAY), receipt="r-1-demo", bank_reference="B-1", amount_minor=1000000)
ALLOCATE = AllocateReceipt(effective_on=DAY, receipt="r-1-demo", allocations=to_pay("7851.42"))
ALLOCATED = ReceiptAllocated(**posted(DAY), receipt="r-1-demo", allocations=paid(785142))
WITHDRAW = UnallocateReceipt(effective_on=DAY, receipt="r-1-demo", allocations=to_pay("851.42"), reason="too much")
WITHDRAWN = ReceiptUnallocated(**posted(DAY), receipt="r-1-demo", allocations=paid(85142), reason="too much")
REVERSE = ReverseReceipt(effective_on=date(2024, 5, 7), receipt="r-1-demo", reason="the bank took it back")
REVERSED = ReceiptReversed(
    **posted(date(2024, 5, 7)),
    receipt="r-1-demo",
    bank_reference="B-1",
    amount_minor=1000000,
    allocations=paid(785142),
    reason="the bank took it back",
)


ANOTHERS = Allocation(invoice=THEIRS, lease=L2, amount_minor=960000, company=OTHER)


def of_another(amount: str) -> tuple[ToAllocate, ...]:
    return (ToAllocate(invoice=THEIRS, amount=amount, company=OTHER),)


def test_a_receipt_is_recorded_and_pays_at_once() -> None:
    given(*BILLED).when(RECEIVE, FINANCE).then(RECEIVED)
    given(*BILLED).when(replace(RECEIVE, allocations=to_pay("7851.42")), FINANCE).then(
        replace(RECEIVED, allocations=paid(785142))
    )


def test_said_twice_for_one_document_adds_up() -> None:
    twice = (*to_pay("4000.00"), *to_pay("3851.42"))
    given(*BILLED).when(replace(RECEIVE, allocations=twice), FINANCE).then(replace(RECEIVED, allocations=paid(785142)))


def test_a_receipt_is_allocated_and_unallocated() -> None:
    given(*BILLED, RECEIVED).when(ALLOCATE, FINANCE).then(ALLOCATED)
    given(*BILLED, RECEIVED, ALLOCATED).when(WITHDRAW, FINANCE).then(WITHDRAWN)


def test_money_that_came_before_an_invoice_pays_it_on_its_date() -> None:
    june = date(2024, 6, 1)
    allocate = replace(ALLOCATE, effective_on=june, allocations=to_pay("7851.42", JUNE))
    expected = replace(ALLOCATED, effective_on=june, accounting_on=june, allocations=paid(785142, JUNE))
    given(*BILLED, *AHEAD, RECEIVED).when(allocate, FINANCE).then(expected)


def test_what_was_taken_back_can_be_paid_again_the_same_day() -> None:
    withdrawn = replace(WITHDRAWN, allocations=paid(785142))
    given(*BILLED, RECEIVED, ALLOCATED, withdrawn).when(ALLOCATE, FINANCE).then(ALLOCATED)


def test_a_reversal_mirrors_what_the_receipt_posted_and_still_pays() -> None:
    given(*BILLED, RECEIVED, ALLOCATED).when(REVERSE, FINANCE).then(REVERSED)
    given(*BILLED, RECEIVED, ALLOCATED, WITHDRAWN).when(REVERSE, FINANCE).then(
        replace(REVERSED, allocations=paid(700000))
    )


def test_a_reversal_of_what_pays_nothing_any_more_opens_nothing() -> None:
    all_of_it = replace(WITHDRAWN, allocations=paid(785142))
    expected = replace(REVERSED, allocations=())
    given(*BILLED, RECEIVED, ALLOCATED, all_of_it).when(REVERSE, FINANCE).then(expected)


def test_one_credit_of_the_bank_pays_documents_of_several_tenants() -> None:
    """By hand: of 20,000.00 pay 7,851.42 what the payer owes, 9,600.00 what another does; 2,548.58 stay the payer's."""
    both = (*to_pay("7851.42"), *of_another("9600.00"))
    received = ReceiptRecorded(
        **posted(DAY),
        receipt="r-1-demo",
        bank_reference="B-1",
        amount_minor=2000000,
        allocations=(*paid(785142), ANOTHERS),
    )
    one_credit = replace(RECEIVE, amount="20000.00", allocations=both)
    given(*BILLED).when(one_credit, FINANCE).then(received)
    given(*BILLED, received).when(one_credit, FINANCE).then()
    found = [(line.account, line.company, line.amount_minor) for line in postings(received)]
    assert found == [
        ("bank", TENANT, 2000000),
        ("receivables", TENANT, -785142),
        ("receivables", OTHER, -960000),
        ("unapplied", TENANT, -254858),
    ]
    assert {f"tenant:{TENANT}", f"tenant:{OTHER}", f"lease:{L2}"} <= set(received.tags)
    own, others = moves_of(received, TENANT), moves_of(received, OTHER)
    assert [(move.invoice, move.open_minor) for move in own.documents] == [(SERVICE, -785142)]
    assert [(move.invoice, move.open_minor) for move in others.documents] == [(THEIRS, -960000)]
    assert (own.receipts, others.receipts) == ((("r-1-demo", 254858),), ())


def test_what_another_pays_is_taken_back_and_credited_as_theirs() -> None:
    received = replace(RECEIVED, allocations=(ANOTHERS,))
    taken_back = UnallocateReceipt(
        effective_on=DAY, receipt="r-1-demo", allocations=of_another("100.00"), reason="too much"
    )
    less = replace(WITHDRAWN, allocations=(replace(ANOTHERS, amount_minor=10000),))
    given(*BILLED, received).when(taken_back, FINANCE).then(less)
    given(*BILLED, received).when(replace(taken_back, allocations=to_pay("100.00", THEIRS)), FINANCE).refused(
        TenantsDiffer, says=f"name {OTHER} beside it"
    )
    given(*BILLED, received, less).when(REVERSE, FINANCE).then(
        replace(REVERSED, allocations=(replace(ANOTHERS, amount_minor=950000),))
    )
    note = IssueCreditNote(effective_on=DAY, credit_note="c-demo", invoice=THEIRS, net="54000.00", reason="less")
    found = decide((*BILLED, received), note, FINANCE)
    freed = next(fact for fact in found if isinstance(fact, ReceiptUnallocated))
    assert (freed.company, freed.receipt, freed.allocations) == (TENANT, "r-1-demo", (ANOTHERS,))


def test_a_reversed_receipt_leaves_its_bank_reference_and_its_documents_free() -> None:
    again = replace(RECEIVE, receipt="r-2-demo", allocations=to_pay("7851.42"))
    too_early = given(*BILLED, RECEIVED, ALLOCATED, REVERSED).when(again, FINANCE)
    too_early.refused(OpenExceeded, says="0.00 CNY are open of l-1-demo-service-202401, not 7851.42 on 2024-05-06; ")
    on = date(2024, 5, 7)
    expected = replace(RECEIVED, **posted(on), receipt="r-2-demo", allocations=paid(785142))
    given(*BILLED, RECEIVED, ALLOCATED, REVERSED).when(replace(again, effective_on=on), FINANCE).then(expected)


def test_a_late_receipt_posts_in_the_next_open_month_and_keeps_its_date() -> None:
    expected = replace(RECEIVED, accounting_on=date(2024, 6, 1))
    given(*BILLED, *closed("2024-05")).when(RECEIVE, FINANCE).then(expected)


def case(name: str, facts: tuple[Fact, ...], command: Command, refusal: type[Refusal], says: str) -> Any:
    return pytest.param(facts, command, refusal, says, id=name)


@pytest.mark.parametrize(
    ("facts", "command", "refusal", "says"),
    [
        case("nothing", (), replace(RECEIVE, amount="0.00"), AmountZero, "0.00 records nothing"),
        case("nobody", (), replace(RECEIVE, company="nobody-demo"), PayerUnknown, "register-lead"),
        case("other-words", (RECEIVED,), replace(RECEIVE, amount="1.00"), IdTaken, "says otherwise"),
        case("same-money-twice", (RECEIVED,), replace(RECEIVE, receipt="r-2-demo"), BankReferenceTaken, "r-1-demo"),
        case(
            "pays-nothing-known", (), replace(RECEIVE, allocations=to_pay("1.00", "x")), DocumentUnknown, "no invoice"
        ),
        case("pays-another", (), replace(RECEIVE, allocations=to_pay("1.00", THEIRS)), TenantsDiffer, OTHER),
        case(
            "is-no-others",
            (),
            replace(RECEIVE, allocations=(replace(to_pay("1.00")[0], company=OTHER),)),
            TenantsDiffer,
            f"is owed by {TENANT}, not by {OTHER}",
        ),
        case(
            "pays-before-it-is-asked-for",
            AHEAD,
            replace(RECEIVE, effective_on=BEFORE_JUNE, allocations=to_pay("10000.01", JUNE)),
            BeforeDocument,
            "of 2024-06-01, after 2024-05-31; record the money without it",
        ),
        case(
            "allocated-before-it-is-asked-for",
            (*AHEAD, RECEIVED),
            replace(ALLOCATE, effective_on=BEFORE_JUNE, allocations=to_pay("10000.01", JUNE)),
            BeforeDocument,
            "allocate it then or later",
        ),
        case("pays-too-much", (), replace(RECEIVE, allocations=to_pay("10000.01", RENT)), ReceiptExceeded, "10000.00"),
        case("more-than-open", (), replace(RECEIVE, allocations=to_pay("7851.43")), OpenExceeded, "7851.42 CNY are"),
        case("no-such-receipt", (), ALLOCATE, ReceiptUnknown, "no receipt r-1-demo"),
        case("pays-no-more", (RECEIVED, REVERSED), ALLOCATE, ReceiptIsReversed, "was reversed"),
        case("too-early", (RECEIVED,), replace(ALLOCATE, effective_on=date(2024, 5, 5)), BeforeReceipt, "2024-05-06"),
        case(
            "not-so-much",
            (RECEIVED, ALLOCATED),
            replace(ALLOCATE, allocations=to_pay("2148.59", RENT)),
            ReceiptExceeded,
            "2148.58",
        ),
        case(
            "paid-already",
            (RECEIVED, ALLOCATED),
            replace(ALLOCATE, allocations=to_pay("0.01")),
            OpenExceeded,
            "0.00 CNY",
        ),
        case("does-not-pay-it", (RECEIVED,), WITHDRAW, NotAllocated, "pays 0.00 CNY"),
        case(
            "does-not-pay-so-much",
            (RECEIVED, ALLOCATED, WITHDRAWN),
            replace(WITHDRAW, allocations=to_pay("7000.01")),
            NotAllocated,
            "7000.00",
        ),
        case(
            "withdrawn-too-early",
            (RECEIVED, ALLOCATED),
            replace(WITHDRAW, effective_on=date(2024, 5, 5)),
            BeforeReceipt,
            "came on",
        ),
        case(
            "nothing-withdrawn",
            (RECEIVED, ALLOCATED),
            replace(WITHDRAW, allocations=to_pay("0.00")),
            AmountZero,
            "0.00",
        ),
        case("reversed-twice", (RECEIVED, REVERSED), replace(REVERSE, reason="again"), ReceiptIsReversed, "already"),
        case(
            "reversed-too-early",
            (RECEIVED,),
            replace(REVERSE, effective_on=date(2024, 5, 5)),
            BeforeReceipt,
            "then or later",
        ),
        case("reversed-unknown", (), REVERSE, ReceiptUnknown, "no receipt"),
        case("books-not-open", (), replace(RECEIVE, effective_on=date(2028, 1, 1)), NoOpenPeriod, "open"),
    ],
)
def test_receipts_refuse(facts: tuple[Fact, ...], command: Command, refusal: type[Refusal], says: str) -> None:
    given(*BILLED, *facts).when(command, FINANCE).refused(refusal, says=says)


# Deposits

DEPOSIT = ReceiveDeposit(
    effective_on=date(2024, 1, 2), deposit="d-1-demo", lease=L1, bank_reference="D-1", amount="106660.80"
)
HELD = DepositReceived(
    **posted(date(2024, 1, 2), lease=L1), deposit="d-1-demo", bank_reference="D-1", amount_minor=10666080
)
APPLY = ApplyDeposit(effective_on=DAY, deposit="d-2-demo", lease=L1, invoice=SERVICE, amount="7851.42")
APPLIED = DepositApplied(**posted(DAY, lease=L1), deposit="d-2-demo", invoice=SERVICE, amount_minor=785142)
FORFEIT = ForfeitDeposit(effective_on=DAY, deposit="d-3-demo", lease=L1, amount="10900.00", reason="left in disorder")
KEPT = DepositForfeited(**posted(DAY, lease=L1), deposit="d-3-demo", amount_minor=1090000, reason="left in disorder")
REFUND = RefundDeposit(effective_on=DAY, deposit="d-4-demo", lease=L1, bank_reference="D-2", amount="106660.80")
REFUNDED = DepositRefunded(**posted(DAY, lease=L1), deposit="d-4-demo", bank_reference="D-2", amount_minor=10666080)


@pytest.mark.parametrize(
    ("facts", "command", "fact"),
    [
        pytest.param((), DEPOSIT, HELD, id="received"),
        pytest.param((HELD,), APPLY, APPLIED, id="applied"),
        pytest.param((HELD,), FORFEIT, KEPT, id="forfeited"),
        pytest.param(
            (HELD,), replace(FORFEIT, vat_rate="0.09"), replace(KEPT, vat_rate="0.09", vat_minor=90000), id="taxable"
        ),
        pytest.param((HELD,), REFUND, REFUNDED, id="refunded"),
        pytest.param(
            (HELD, APPLIED), replace(REFUND, amount="98809.38"), replace(REFUNDED, amount_minor=9880938), id="the-rest"
        ),
    ],
)
def test_a_deposit_moves(facts: tuple[Fact, ...], command: Command, fact: Fact) -> None:
    given(*BILLED, *facts).when(command, FINANCE).then(fact)


@pytest.mark.parametrize(
    ("facts", "command", "refusal", "says"),
    [
        case("nothing", (), replace(DEPOSIT, amount="0.00"), AmountZero, "0.00"),
        case("no-such-lease", (), replace(DEPOSIT, lease="no-demo"), LeaseNotInForce, "no lease no-demo"),
        case("other-words", (HELD,), replace(DEPOSIT, amount="1.00"), IdTaken, "says otherwise"),
        case("same-money-twice", (HELD,), replace(DEPOSIT, deposit="d-9-demo"), BankReferenceTaken, "deposit d-1-demo"),
        case(
            "money-of-a-receipt",
            (replace(RECEIVED, bank_reference="D-1"),),
            DEPOSIT,
            BankReferenceTaken,
            "receipt r-1-demo",
        ),
        case(
            "refund-paid-twice", (HELD, REFUNDED), replace(REFUND, deposit="d-9-demo"), BankReferenceTaken, "d-4-demo"
        ),
        case("no-such-invoice", (HELD,), replace(APPLY, invoice="x"), DocumentUnknown, "no invoice"),
        case("of-another-lease", (HELD,), replace(APPLY, invoice=THEIRS), LeasesDiffer, L2),
        case(
            "applied-before-it-is-asked-for",
            (*AHEAD, HELD),
            replace(APPLY, effective_on=BEFORE_JUNE, invoice=JUNE, amount="106660.81"),
            BeforeDocument,
            "of 2024-06-01, after 2024-05-31; apply the deposit then",
        ),
        case(
            "more-than-held", (HELD,), replace(REFUND, amount="106660.81"), DepositExceeded, "106660.80 CNY of deposit"
        ),
        case(
            "held-but-given-back-later",
            (HELD, REFUNDED),
            replace(APPLY, effective_on=date(2024, 2, 1)),
            DepositExceeded,
            "0.00 CNY",
        ),
        case("not-held-yet", (HELD,), replace(APPLY, effective_on=date(2024, 1, 1)), DepositExceeded, "0.00 CNY"),
        case("more-than-open", (HELD,), replace(APPLY, amount="7851.43"), OpenExceeded, "7851.42"),
        case("books-not-open", (), replace(DEPOSIT, effective_on=date(2028, 1, 1)), NoOpenPeriod, "open"),
    ],
)
def test_deposits_refuse(facts: tuple[Fact, ...], command: Command, refusal: type[Refusal], says: str) -> None:
    given(*BILLED, *facts).when(command, FINANCE).refused(refusal, says=says)


# A deposit that is held for the lease that follows

L3 = "l-3-demo"
FOLLOWED = (*BILLED, *commenced(L3, TENANT, TERMS_2), HELD)
MOVE = MoveDeposit(
    effective_on=DAY, deposit="d-5-demo", lease=L1, to_lease=L3, amount="100000.00", reason="renewed", document=PAPER
)
MOVED = DepositMoved(
    **posted(DAY, lease=L1),
    deposit="d-5-demo",
    to_lease=L3,
    amount_minor=10000000,
    reason="renewed",
    document=PAPER,
)
LATER = date(2024, 5, 20)
MIRROR = DepositReversed(
    **posted(LATER, lease=L1),
    deposit="d-5-demo",
    movement="MOVED",
    moved_on=DAY,
    amount_minor=10000000,
    reason="not yet",
    to_lease=L3,
)
BACK = ReverseDeposit(effective_on=LATER, deposit="d-5-demo", lease=L1, reason="not yet", to_lease=L3)
REFUND_OF_L3 = replace(REFUND, lease=L3, amount="100000.00", effective_on=LATER)
REFUNDED_OF_L3 = replace(REFUNDED, **posted(LATER, lease=L3), amount_minor=10000000)


@pytest.mark.parametrize(
    ("facts", "command", "fact"),
    [
        pytest.param((), MOVE, MOVED, id="moved"),
        pytest.param((MOVED,), REFUND_OF_L3, REFUNDED_OF_L3, id="paid-back-of-the-other-lease"),
        pytest.param((MOVED,), BACK, MIRROR, id="taken-back"),
        pytest.param(
            (MOVED, MIRROR),
            replace(REFUND, effective_on=LATER),
            replace(REFUNDED, **posted(LATER, lease=L1)),
            id="held-for-the-first-again",
        ),
        pytest.param(
            (MOVED, *closed("2024-05")),
            replace(MOVE, deposit="d-6-demo", amount="6660.80"),
            replace(MOVED, deposit="d-6-demo", amount_minor=666080, accounting_on=date(2024, 6, 1)),
            id="in-the-first-open-month",
        ),
    ],
)
def test_a_deposit_is_held_for_the_lease_that_follows(facts: tuple[Fact, ...], command: Command, fact: Fact) -> None:
    given(*FOLLOWED, *facts).when(command, FINANCE).then(fact)


def over(ends_on: date) -> LeaseTerminated:
    """The other lease ends by agreement."""
    return LeaseTerminated(
        effective_on=ends_on,
        lease=L3,
        company=TENANT,
        ends_on=ends_on,
        cause="AGREEMENT",
        fee_minor=0,
        document=PAPER,
        lettings=(),
    )


ASKED_OF_L3 = replace(
    next(fact for fact in BILLED if isinstance(fact, InvoiceIssued)), lease=L3, invoice="l-3-demo-service-202401"
)


@pytest.mark.parametrize(
    ("facts", "refused"),
    [
        pytest.param((over(date(2024, 5, 5)),), True, id="over-the-day-before"),
        pytest.param((over(DAY),), False, id="its-last-day"),
        pytest.param((ASKED_OF_L3, over(date(2024, 5, 5))), False, id="over-and-something-is-open"),
    ],
)
def test_a_deposit_moves_to_a_lease_that_it_can_secure(facts: tuple[Fact, ...], refused: bool) -> None:
    told = given(*FOLLOWED, *facts).when(MOVE, FINANCE)
    if refused:
        told.refused(LeaseIsOver, field="to_lease", says="was over with 2024-05-05")
    else:
        told.then(MOVED)


def test_a_move_that_was_recorded_is_so_already() -> None:
    given(*FOLLOWED, MOVED).when(MOVE, FINANCE).then()


@pytest.mark.parametrize(
    ("facts", "command", "refusal", "says"),
    [
        case("nothing", (), replace(MOVE, amount="0.00"), AmountZero, "0.00"),
        case("to-itself", (), replace(MOVE, to_lease=L1), SameLease, "held for that lease already"),
        case("to-no-lease", (), replace(MOVE, to_lease="no-demo"), LeaseNotInForce, "no lease no-demo"),
        case(
            "not-executed",
            (replace(commenced(L3, TENANT, TERMS_2)[0], lease="l-4-demo"),),
            replace(MOVE, to_lease="l-4-demo"),
            LeaseNotInForce,
            "l-4-demo is DRAFT",
        ),
        case(
            "executed-later",
            (replace(HELD, effective_on=date(2023, 11, 1), deposit="d-0-demo", bank_reference="D-0"),),
            replace(MOVE, effective_on=date(2023, 11, 30)),
            LeaseNotInForce,
            "executed on 2023-12-01, after 2023-11-30",
        ),
        case("of-another-tenant", (), replace(MOVE, to_lease=L2), DepositOfAnother, "refund-deposit"),
        case("more-than-held", (), replace(MOVE, amount="106660.81"), DepositExceeded, "106660.80 CNY of deposit"),
        case("held-no-more", (MOVED,), replace(REFUND, amount="6660.81"), DepositExceeded, "6660.80 CNY of deposit"),
        case("other-words", (MOVED,), replace(MOVE, reason="another"), IdTaken, "says otherwise"),
        case("paid-back-meanwhile", (MOVED, REFUNDED_OF_L3), BACK, DepositExceeded, f"held for {L3}"),
        case("taken-back-unnamed", (MOVED,), replace(BACK, to_lease=None), OtherLeaseUnnamed, f"moved to {L3}"),
        case("never-moved", (MOVED,), replace(BACK, deposit="d-1-demo"), OtherLeaseUnnamed, "moved to no lease"),
        case("taken-back-twice", (MOVED, MIRROR), replace(BACK, reason="again"), DepositIsReversed, "not yet"),
    ],
)
def test_moves_of_deposits_refuse(facts: tuple[Fact, ...], command: Command, refusal: type[Refusal], says: str) -> None:
    given(*FOLLOWED, *facts).when(command, FINANCE).refused(refusal, says=says)


# Losses

PROPOSE = ProposeWriteOff(effective_on=DAY, write_off="w-1-demo", invoice=SERVICE, amount="7851.42", reason="insolvent")
PROPOSED = WriteOffProposed(
    effective_on=DAY,
    company=TENANT,
    write_off="w-1-demo",
    invoice=SERVICE,
    amount_minor=785142,
    reason="insolvent",
    proposed_by="finance-demo",
)
APPROVE = ApproveWriteOff(effective_on=DAY, write_off="w-1-demo", invoice=SERVICE)
WRITTEN_OFF = WriteOffApproved(
    **posted(DAY, lease=L1),
    write_off="w-1-demo",
    invoice=SERVICE,
    amount_minor=785142,
    proposed_by="finance-demo",
    approved_by="approver-demo",
)


def test_a_write_off_is_proposed_by_one_and_approved_by_another() -> None:
    given(*BILLED).when(PROPOSE, FINANCE).then(PROPOSED)
    given(*BILLED, PROPOSED).when(APPROVE, APPROVER).then(WRITTEN_OFF)


@pytest.mark.parametrize(
    ("facts", "command", "refusal", "says"),
    [
        case("nothing", (), replace(PROPOSE, amount="0.00"), AmountZero, "0.00"),
        case("no-such-invoice", (), replace(PROPOSE, invoice="x"), DocumentUnknown, "no invoice"),
        case("other-words", (PROPOSED,), replace(PROPOSE, amount="1.00"), IdTaken, "says otherwise"),
        case("more-than-open", (), replace(PROPOSE, amount="7851.43"), OpenExceeded, "7851.42"),
        case("not-proposed", (), APPROVE, WriteOffUnknown, "is proposed"),
        case("of-another-document", (PROPOSED,), replace(APPROVE, invoice=RENT), WriteOffUnknown, RENT),
        case(
            "approved-twice",
            (PROPOSED, WRITTEN_OFF),
            replace(APPROVE, effective_on=date(2024, 5, 8)),
            WriteOffDecided,
            "2024-05-06",
        ),
        case(
            "given-up-before-it-is-asked-for",
            (*AHEAD, replace(PROPOSED, invoice=JUNE, amount_minor=785143)),
            replace(APPROVE, effective_on=BEFORE_JUNE, invoice=JUNE),
            BeforeDocument,
            "of 2024-06-01, after 2024-05-31; it is written off then",
        ),
        case("paid-meanwhile", (PROPOSED, RECEIVED, ALLOCATED), APPROVE, OpenExceeded, "0.00 CNY are open"),
    ],
)
def test_write_offs_refuse(facts: tuple[Fact, ...], command: Command, refusal: type[Refusal], says: str) -> None:
    given(*BILLED, *facts).when(command, APPROVER).refused(refusal, says=says)


def test_nobody_approves_a_write_off_of_their_own() -> None:
    given(*BILLED, PROPOSED).when(APPROVE, FINANCE).refused(ApproverIsWriteOffProposer, says="somebody else")


MEASURE = MeasureEcl(
    effective_on=date(2024, 12, 31),
    measurement="ecl-1-demo",
    recorded=7,
    exposures=(
        ToMeasure(bucket="61-90 days", gross="174390.41", rate="0.05"),
        ToMeasure(bucket="not due", gross="60000.00", rate="0.01"),
        ToMeasure(bucket="1-30 days", gross="40832.03", rate="0.01"),
    ),
)
MEASURED = EclMeasured(
    effective_on=date(2024, 12, 31),
    accounting_on=date(2024, 12, 31),
    measurement="ecl-1-demo",
    recorded=7,
    exposures=(
        Exposure(bucket="61-90 days", gross_minor=17439041, rate="0.05"),
        Exposure(bucket="not due", gross_minor=6000000, rate="0.01"),
        Exposure(bucket="1-30 days", gross_minor=4083203, rate="0.01"),
    ),
    allowance_minor=972784,
    movement_minor=972784,
)


def test_the_allowance_is_measured_from_the_ageing() -> None:
    """§8.1: 5 % of 174,390.41, 1 % of 60,000.00 and of 40,832.03 are 9,727.84."""
    given(*BILLED).when(MEASURE, FINANCE).then(MEASURED)


def test_the_allowance_moves_by_what_is_missing_after_write_offs() -> None:
    again = replace(MEASURE, measurement="ecl-2-demo", exposures=MEASURE.exposures[:1])
    expected = replace(
        MEASURED,
        measurement="ecl-2-demo",
        exposures=MEASURED.exposures[:1],
        allowance_minor=871952,
        movement_minor=871952 - 972784 + 785142,
    )
    given(*BILLED, MEASURED, WRITTEN_OFF).when(again, FINANCE).then(expected)


def test_a_measurement_stands_once() -> None:
    other = replace(MEASURE, recorded=8)
    given(*BILLED, MEASURED).when(other, FINANCE).refused(IdTaken, field="measurement", says="says otherwise")


# Credit and debit notes by hand

CREDIT = IssueCreditNote(
    effective_on=DAY, credit_note="c-1-demo", invoice=SERVICE, net="700.00", reason="lift stood still"
)


def line(
    net: int, vat: int, first: date = date(2024, 1, 1), last: date = date(2024, 1, 31), **more: Any
) -> DocumentLine:
    return DocumentLine(
        from_on=first, until_on=last, net_minor=net, vat_rate=more.pop("rate", "0.06"), vat_minor=vat, **more
    )


CREDITED = CreditNoteIssued(
    **posted(DAY, lease=L1),
    credit_note="c-1-demo",
    invoice=SERVICE,
    charge="SERVICE_CHARGE",
    lines=(line(70000, 4200),),
    reason="lift stood still",
    by_hand=True,
)


def test_a_credit_note_takes_vat_off_at_the_rate_of_the_invoice() -> None:
    given(*BILLED).when(CREDIT, FINANCE).then(CREDITED)


def test_crediting_what_is_left_takes_off_the_very_tax_that_is_left() -> None:
    """Two notes of 0.08 have no tax, so 7,406.84 that are left have the whole 444.42, not 444.41."""
    small = replace(CREDITED, lines=(line(8, 0),))
    rest = replace(CREDIT, credit_note="c-3-demo", net="7406.84")
    expected = replace(CREDITED, credit_note="c-3-demo", lines=(line(740684, 44442),))
    given(*BILLED, small, replace(small, credit_note="c-2-demo")).when(rest, FINANCE).then(expected)


def test_a_credit_on_a_quarter_is_shared_by_its_months() -> None:
    months = (33334, 33333, 33333)
    expected = line(100000, 9000, date(2024, 4, 1), date(2024, 6, 30), rate="0.09", months=months)
    given(*BILLED).when(replace(CREDIT, invoice=RENT, net="1000.00"), FINANCE).then(
        replace(CREDITED, invoice=RENT, charge="RENT", lines=(expected,))
    )


DEBIT = IssueDebitNote(
    effective_on=DAY,
    invoice="extra-1-demo",
    lease=L1,
    charge="SERVICE_CHARGE",
    from_on=date(2024, 1, 15),
    until_on=date(2024, 2, 14),
    net="3100.00",
    reason="night watch",
)
DEBITED = DebitNoteIssued(
    **posted(DAY, lease=L1),
    invoice="extra-1-demo",
    charge="SERVICE_CHARGE",
    lines=(line(310000, 18600, date(2024, 1, 15), date(2024, 2, 14), months=(170000, 140000)),),
    due_on=date(2024, 6, 5),
    late_fee_per_day="0.0005",
    reason="night watch",
    by_hand=True,
)


def test_a_debit_note_by_hand_is_spread_over_its_months_by_days() -> None:
    given(*BILLED).when(DEBIT, FINANCE).then(DEBITED)


def test_rent_by_hand_has_the_tax_of_leasing() -> None:
    command = replace(DEBIT, charge="RENT", until_on=date(2024, 1, 31), net="100.00")
    expected = line(10000, 900, date(2024, 1, 15), date(2024, 1, 31), rate="0.09")
    given(*BILLED).when(command, FINANCE).then(replace(DEBITED, charge="RENT", lines=(expected,)))


PAID = replace(RECEIVED, allocations=paid(785142))


HELD_OVER = HoldoverStarted(
    effective_on=date(2027, 1, 1),
    lease=L1,
    company=TENANT,
    lettings=(Letting(unit="a101-demo", from_on=date(2024, 1, 1), until_on=None),),
)


@pytest.mark.parametrize(
    ("facts", "command", "refusal", "says"),
    [
        case("nothing-credited", (), replace(CREDIT, net="0.00"), AmountZero, "0.00"),
        case("no-such-invoice", (), replace(CREDIT, invoice="x"), DocumentUnknown, "no invoice"),
        case("other-words", (CREDITED,), replace(CREDIT, net="1.00"), IdTaken, "says otherwise"),
        case("reserved", (), replace(CREDIT, credit_note=f"{SERVICE}-c1"), IdReserved, "given by billing itself"),
        case(
            "too-much", (CREDITED,), replace(CREDIT, credit_note="c-2-demo", net="6707.01"), CreditExceeded, "6707.00"
        ),
        case(
            "before-it-was-asked-for",
            (),
            replace(CREDIT, effective_on=date(2023, 12, 31)),
            BeforeDocument,
            "2024-01-01",
        ),
        case("paid-later", (PAID,), replace(CREDIT, effective_on=date(2024, 5, 5)), CreditOnPaid, "date it 2024-05-06"),
        case("nothing-debited", (), replace(DEBIT, net="0.00"), AmountZero, "0.00"),
        case("no-such-lease", (), replace(DEBIT, lease="no-demo"), LeaseNotInForce, "no lease"),
        case("other-debit", (DEBITED,), replace(DEBIT, net="1.00"), IdTaken, "already"),
        case("reserved-debit", (), replace(DEBIT, invoice="l-9-demo-rent-202405-d1"), IdReserved, "choose another id"),
        case("reserved-fee", (), replace(DEBIT, invoice="l-9-demo-termination"), IdReserved, "choose another id"),
        case("backwards", (), replace(DEBIT, until_on=date(2024, 1, 14)), DaysMalformed, "comes before"),
        case("before-the-lease", (), replace(DEBIT, from_on=date(2023, 12, 31)), DaysMalformed, "begins on 2024-01-01"),
        case("after-the-lease", (), replace(DEBIT, until_on=date(2027, 1, 1)), DaysMalformed, "ends with 2026-12-31"),
        case(
            "a-slip-of-the-year", (HELD_OVER,), replace(DEBIT, until_on=date(9999, 1, 1)), DaysMalformed, "a year ahead"
        ),
    ],
)
def test_notes_refuse(facts: tuple[Fact, ...], command: Command, refusal: type[Refusal], says: str) -> None:
    given(*BILLED, *facts).when(command, FINANCE).refused(refusal, says=says)


def test_a_debit_note_needs_a_tax_rate() -> None:
    without = [fact for fact in BILLED if fact not in RATES]
    given(*without).when(DEBIT, FINANCE).refused(VatRateMissing, says="series vat/services, effective on 2024-05-06")


def test_a_lease_that_was_only_drafted_is_not_charged() -> None:
    given(*GROUND[:3], *RATES).when(DEBIT, FINANCE).refused(LeaseNotInForce, field="lease", says="only an executed")


# Tax invoices

FAPIAO = IssueFapiao(effective_on=DAY, invoice=SERVICE, number="24512000000000000001")
NUMBERED = FapiaoIssued(effective_on=DAY, company=TENANT, invoice=SERVICE, number="24512000000000000001")
RED = replace(FAPIAO, number="24512000000000000002", red=True)


def test_a_tax_invoice_has_a_number_and_a_red_letter_one_corrects_it() -> None:
    given(*BILLED).when(FAPIAO, FINANCE).then(NUMBERED)
    given(*BILLED, NUMBERED).when(RED, FINANCE).then(replace(NUMBERED, number=RED.number, red=True))


@pytest.mark.parametrize(
    ("facts", "command", "refusal", "says"),
    [
        case("no-such-invoice", (), replace(FAPIAO, invoice="x"), DocumentUnknown, "no invoice"),
        case("number-of-another", (NUMBERED,), replace(FAPIAO, invoice=RENT), FapiaoTaken, SERVICE),
        case("nothing-to-correct", (), RED, FapiaoMissing, "no tax invoice"),
    ],
)
def test_tax_invoices_refuse(facts: tuple[Fact, ...], command: Command, refusal: type[Refusal], says: str) -> None:
    given(*BILLED, *facts).when(command, FINANCE).refused(refusal, says=says)


# Late fees

OVERDUE = InvoiceIssued(
    **posted(date(2024, 4, 24), lease=L1),
    invoice="old-1-demo",
    charge="RENT",
    lines=(line(5333040, 479974, date(2024, 4, 1), date(2024, 4, 30), rate="0.09"),),
    due_on=date(2024, 5, 24),
    late_fee_per_day="0.0005",
)
ASSESS = AssessLateFee(effective_on=date(2024, 6, 30), invoice="late-1-demo", on_invoice="old-1-demo")
ASSESSED = LateFeeAssessed(
    **posted(date(2024, 6, 30), lease=L1),
    invoice="late-1-demo",
    charge="LATE_FEE",
    lines=(line(107541, 0, date(2024, 5, 25), date(2024, 6, 30), rate="0", months=(20346, 87195)),),
    due_on=date(2024, 6, 30),
    on_invoice="old-1-demo",
    principal_minor=5813014,
    days=37,
    rate_per_day="0.0005",
)


def test_37_days_late_at_a_twentieth_of_a_percent() -> None:
    """§4.5: 58,130.14 due on 2024-05-24, as of 2024-06-30: 1,075.41."""
    given(OVERDUE, *BILLED).when(ASSESS, FINANCE).then(ASSESSED)


def test_the_next_fee_counts_from_the_last_one() -> None:
    later = replace(ASSESS, effective_on=date(2024, 7, 10), invoice="late-2-demo")
    lines = (line(29065, 0, date(2024, 7, 1), date(2024, 7, 10), rate="0"),)
    expected = replace(
        ASSESSED, **posted(date(2024, 7, 10)), invoice="late-2-demo", lines=lines, due_on=date(2024, 7, 10), days=10
    )
    given(OVERDUE, ASSESSED, *BILLED).when(later, FINANCE).then(expected)


def test_late_fees_come_to_the_principal_at_most() -> None:
    harsh = replace(OVERDUE, late_fee_per_day="0.01")
    (fee,) = decide([harsh, *BILLED], replace(ASSESS, effective_on=date(2027, 12, 31)), FINANCE)
    assert isinstance(fee, LateFeeAssessed)
    assert (fee.days, fee.net_minor, sum(fee.lines[0].months)) == (1316, 5813014, 5813014)


CAPPED = replace(
    ASSESSED,
    effective_on=date(2029, 11, 14),
    lines=(line(5813014, 0, date(2024, 5, 25), date(2029, 11, 14), rate="0"),),
    days=2000,
)
"""2,000 days at a twentieth of a percent: all of it."""


@pytest.mark.parametrize(
    ("facts", "command", "refusal", "says"),
    [
        case("no-such-document", (), replace(ASSESS, on_invoice="x"), DocumentUnknown, "no invoice"),
        case("id-of-another", (), replace(ASSESS, invoice=SERVICE), IdTaken, "choose another id"),
        case("reserved", (), replace(ASSESS, invoice="l-1-demo-rent-202407"), IdReserved, "given by billing"),
        case(
            "late-fee-on-a-late-fee",
            (ASSESSED,),
            replace(ASSESS, invoice="late-2-demo", on_invoice="late-1-demo"),
            NoLateFeeAgreed,
            "no late fee",
        ),
        case("not-due", (), replace(ASSESS, effective_on=date(2024, 5, 24)), NotOverdue, "until 2024-05-24"),
        case("charged-already", (ASSESSED,), replace(ASSESS, invoice="late-2-demo"), NotOverdue, "until 2024-06-30"),
        case(
            "paid-in-time",
            (replace(RECEIVED, amount_minor=5813014, allocations=paid(5813014, "old-1-demo")),),
            ASSESS,
            NotOverdue,
            "0.00 CNY",
        ),
        case(
            "capped",
            (CAPPED,),
            replace(ASSESS, invoice="late-2-demo", effective_on=date(2029, 12, 31)),
            LateFeeCapped,
            "58130.14",
        ),
    ],
)
def test_late_fees_refuse(facts: tuple[Fact, ...], command: Command, refusal: type[Refusal], says: str) -> None:
    given(*BILLED, OVERDUE, *facts).when(command, FINANCE).refused(refusal, says=says)


RULE = rate("vat/forfeited-deposits", "0.09", DAY)


def test_a_deposit_kept_is_taxed_by_the_rule_of_its_day() -> None:
    taxed = replace(KEPT, vat_rate="0.09", vat_minor=90000)
    given(*BILLED, HELD, RULE).when(FORFEIT, FINANCE).then(taxed)
    given(*BILLED, HELD, RULE).when(replace(FORFEIT, vat_rate="0"), FINANCE).then(KEPT)
    given(*BILLED, HELD, rate("vat/forfeited-deposits", "0.09", date(2027, 1, 1))).when(FORFEIT, FINANCE).then(KEPT)
    given(*BILLED, HELD, taxed).when(FORFEIT, FINANCE).then()
    given(*BILLED, HELD, KEPT, RULE).when(FORFEIT, FINANCE).then()
    given(*BILLED, HELD, taxed).when(replace(FORFEIT, vat_rate="0"), by=FINANCE).refused(IdTaken)


def test_deposit_is_kept_with_a_rate_that_the_law_has() -> None:
    given(HELD, *GROUND).when(replace(FORFEIT, vat_rate="0.07"), by=FINANCE).refused(
        DepositRateUnfit, field="vat_rate", says="no VAT rate of 0.07"
    )
