"""One example of every fact and command of bookkeeping. All are invented; names end in (demo)."""

from datetime import date

from msgspec.structs import replace

from ledger.bookkeeping.journals.deciding import (
    ApproveJournal,
    LineByHand,
    MirrorJournal,
    ProposeJournal,
    RejectJournal,
    RepeatJournal,
)
from ledger.bookkeeping.journals.facts import (
    JournalPosted,
    JournalProposed,
    JournalRejected,
    JournalReversed,
    ManualLine,
)
from ledger.bookkeeping.owed import (
    OwedItem,
    OwedPaid,
    OwedPaymentProposed,
    OwedPaymentRejected,
    OwedPaymentReturned,
)
from ledger.decider import Command, Fact
from ledger.joint.owing import DebtToPay, PayFromBank, ProposeBankPayment, RejectBankPayment, ReturnBankPayment
from ledger.values.evidence import Evidence

DOCUMENT = Evidence(doc="engineer's estimate of July (demo)", sha256="1f" * 32)
LINES = (
    ManualLine(account="administration", amount_minor=1_850_000),
    ManualLine(account="accrued", amount_minor=-1_850_000),
)
MIRRORED = tuple(replace(line, amount_minor=-line.amount_minor) for line in LINES)
NAME, WHY = "accrual-2024-07-demo", "repairs of July, not billed yet (demo)"
PROPOSED = JournalProposed(
    effective_on=date(2024, 7, 31),
    manual_journal=NAME,
    lines=LINES,
    reason=WHY,
    document=DOCUMENT,
    reverses=True,
    proposed_by="clerk-demo",
)
REJECTED = JournalRejected(
    effective_on=date(2024, 8, 2), manual_journal=NAME, reason="the bill has come (demo)", rejected_by="approver-demo"
)
POSTED = JournalPosted(
    effective_on=date(2024, 7, 31),
    accounting_on=date(2024, 7, 31),
    manual_journal=NAME,
    lines=LINES,
    reason=WHY,
    document=DOCUMENT,
    reverses=True,
    proposed_by="clerk-demo",
    approved_by="approver-demo",
    approved_on=date(2024, 8, 2),
)
REVERSED = JournalReversed(
    effective_on=date(2024, 8, 1), accounting_on=date(2024, 8, 1), manual_journal=NAME, lines=MIRRORED
)

PROPOSE = ProposeJournal(
    effective_on=date(2024, 7, 31),
    manual_journal=NAME,
    lines=(
        LineByHand(account="administration", side="DEBIT", amount="18500.00"),
        LineByHand(account="accrued", side="CREDIT", amount="18500.00"),
    ),
    reason=WHY,
    document=DOCUMENT,
    reverses=True,
)
REPEAT = RepeatJournal(
    effective_on=date(2024, 8, 31), manual_journal="accrual-2024-08-demo", repeats=NAME, document=DOCUMENT
)
MIRROR = MirrorJournal(
    effective_on=date(2024, 7, 31),
    manual_journal="accrual-2024-07-mirror-demo",
    mirrors=NAME,
    reason="booked twice (demo)",
    document=DOCUMENT,
)
APPROVE = ApproveJournal(effective_on=date(2024, 8, 2), manual_journal=NAME)
REJECT = RejectJournal(effective_on=date(2024, 8, 2), manual_journal=NAME, reason="the bill has come (demo)")

SALARIES = OwedItem(journal="salaries-demo", account="payroll", amount_minor=25_600_000)
OWED_PROPOSED = OwedPaymentProposed(
    effective_on=date(2024, 8, 5),
    payment="salaries-paid-demo",
    payee="staff of July (demo)",
    items=(SALARIES,),
    bank_account="cny-main-demo",
    reason="salaries of July (demo)",
    proposed_by="clerk-demo",
)
OWED_REJECTED = OwedPaymentRejected(
    effective_on=date(2024, 8, 6), payment="salaries-paid-demo", reason="not yet (demo)", rejected_by="approver-demo"
)
OWED_PAID = OwedPaid(
    effective_on=date(2024, 8, 6),
    accounting_on=date(2024, 8, 6),
    payment="salaries-paid-demo",
    payee="staff of July (demo)",
    items=(SALARIES,),
    bank_reference="SAL-7",
    bank_account="cny-main-demo",
    reason="salaries of July (demo)",
    proposed_by="clerk-demo",
    approved_by="approver-demo",
)
OWED_RETURNED = OwedPaymentReturned(
    effective_on=date(2024, 8, 8),
    accounting_on=date(2024, 8, 8),
    payment="salaries-paid-demo",
    reversed=OWED_PAID,
    reason="an account number was wrong (demo)",
)
PROPOSE_PAYMENT = ProposeBankPayment(
    effective_on=date(2024, 8, 5),
    payment="salaries-paid-demo",
    payee="staff of July (demo)",
    items=(DebtToPay(journal="salaries-demo", account="payroll", amount="256000.00"),),
    bank_account="cny-main-demo",
    reason="salaries of July (demo)",
)
REJECT_PAYMENT = RejectBankPayment(effective_on=date(2024, 8, 6), payment="salaries-paid-demo", reason="not yet (demo)")
PAY_FROM_BANK = PayFromBank(
    effective_on=date(2024, 8, 6),
    payment="salaries-paid-demo",
    journals=("salaries-demo",),
    bank_reference="SAL-7",
)
RETURN_PAYMENT = ReturnBankPayment(
    effective_on=date(2024, 8, 8), payment="salaries-paid-demo", reason="an account number was wrong (demo)"
)

OF_DEBTS: tuple[Fact, ...] = (OWED_PROPOSED, OWED_REJECTED, OWED_PAID, OWED_RETURNED)
FACTS: tuple[Fact, ...] = (PROPOSED, REJECTED, POSTED, REVERSED, *OF_DEBTS)
PAYMENTS: tuple[Command, ...] = (PROPOSE_PAYMENT, REJECT_PAYMENT, PAY_FROM_BANK, RETURN_PAYMENT)
COMMANDS: tuple[Command, ...] = (PROPOSE, REPEAT, MIRROR, APPROVE, REJECT, *PAYMENTS)
TAKEN_FROM = {"mirrors": "other-demo", "repeats": "another-demo"}
WHOLE: tuple[Fact, ...] = tuple(replace(fact, **TAKEN_FROM) for fact in (PROPOSED, REJECTED, POSTED))
