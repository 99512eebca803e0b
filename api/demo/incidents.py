"""What does not go by the book: each once or twice, and recorded as it would be.

incidents   the service charge raised for closed months, notes by hand, late fees, receipts gone astray, a write-off,
            a month reopened; and what is put right of what was recorded by mistake
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from functools import partial

from api.demo.bank import overdue, part_of
from api.demo.books import fapiao_number
from api.demo.city import evidence, yuan
from api.demo.days import at, workday
from api.demo.lease_kinds import SERVICE_FEN
from api.demo.people import ACCOUNTANT, APPROVER, COLLEAGUE, invented
from api.demo.pipeline import END
from api.demo.steps import Step
from api.demo.tenancies import Tenancy
from api.demo.unfolding import Known, Turn
from ledger.billing.deposits import ReceiveDeposit, ReverseDeposit
from ledger.billing.facts import LeaseIssued
from ledger.billing.invoicing.notes import IssueCreditNote, IssueDebitNote
from ledger.billing.invoicing.tax_invoices import IssueFapiao, WithdrawFapiao
from ledger.billing.late_fees import AssessLateFee
from ledger.billing.losses import ApproveWriteOff, ProposeWriteOff, RecoverWriteOff, RejectWriteOff
from ledger.billing.receipts import AllocateReceipt, RecordReceipt, ReverseReceipt, ToAllocate, UnallocateReceipt
from ledger.billing.refunds import RefundReceipt, ReverseRefund
from ledger.decider import By, Command, stored_name
from ledger.joint.delegating.deciding import DelegateApproval, EndDelegation
from ledger.joint.diary import CompleteDiaryEntry, WaiveDiaryEntry
from ledger.leases.changes import ChangeServiceCharge
from ledger.leases.facts import ServiceChargeChanged
from ledger.leases.terms import Quote
from ledger.leases.withdrawing import WithdrawLeaseStep
from ledger.periods import ProposeReopening, ReopenPeriod

Commands = Callable[[Known], Iterable[tuple[By, Command]]]
"""Who records what, known when its turn comes."""

RAISED_FOR = ("OFFICE", "LABORATORY", "INDUSTRIAL")
LASTING = ("stays", "follows", "grows", "shrinks", "pays-less", "stays-longer", "is-refused-less")
RAISED_ON, RAISED_KNOWN_ON, MISTYPED_ON = date(2025, 7, 1), date(2025, 9, 18), date(2025, 8, 1)
UNEXPLAINED_ON = (date(2024, 10, 17), date(2026, 6, 29))
LATE_FEES_ON = (date(2025, 1, 20), date(2025, 6, 20), date(2025, 10, 20), date(2026, 3, 20))

WRONG_NUMBER_ON = date(2025, 5, 14)
PAID_TWICE_ON = date(2025, 6, 12)
OF_NOBODY_ON = date(2025, 7, 16)
TURNED_DOWN_ON, COMES_AFTER_ALL_ON = date(2026, 4, 15), date(2026, 5, 20)


def incidents(tenancies: Sequence[Tenancy]) -> Iterator[Step | Turn]:
    """Every incident, in no order."""
    yield from _raised(tenancies)
    for on in LATE_FEES_ON:
        yield _turn(on, 300, partial(_late_fees, on))
    yield _turn(date(2025, 3, 4), 300, _credited)
    yield _turn(date(2025, 11, 5), 300, _debited)
    for on in UNEXPLAINED_ON:
        yield _turn(on, 300, partial(_unexplained, on))
    yield _turn(date(2025, 4, 17), 300, _misplaced)
    yield _turn(date(2025, 9, 17), 300, _returned_by_the_bank)
    yield _turn(date(2026, 3, 24), 300, _given_up)
    for on, find in MISTAKES:
        yield _turn(on, 330, find)
    yield from _reopened()
    yield from _seen_to(tenancies)
    yield from _away()


def _turn(on: date, minute: int, find: Commands) -> Turn:
    def steps(known: Known) -> Iterator[Step]:
        for nth, (by, command) in enumerate(find(known)):
            yield Step(recorded_at=at(on, minute, nth), by=by, command=command)

    return Turn(recorded_at=at(on, minute), steps=steps)


# The service charge, raised from a day on that lies in closed months (domain §9)


def _raised(tenancies: Sequence[Tenancy]) -> Iterator[Step]:
    """Raise the service charge of offices and laboratories by 3 %: decided in July, recorded in September.

    The first is recorded from the wrong day on, and withdrawn.
    """
    running = [
        tenancy
        for tenancy in tenancies
        if tenancy.deal.use in RAISED_FOR
        and tenancy.life in LASTING
        and tenancy.begins_on < RAISED_ON < tenancy.expiry_on
    ]
    for tenancy in running[:1]:
        wrong = _raise(tenancy, MISTYPED_ON)
        taken_back = WithdrawLeaseStep(
            lease=tenancy.lease,
            step=stored_name(ServiceChargeChanged),
            reason="The resolution is effective in July (demo)",
            effective_on=MISTYPED_ON,
        )
        yield Step(recorded_at=at(RAISED_KNOWN_ON, 98), by=invented(tenancy.clerk), command=wrong)
        yield Step(recorded_at=at(RAISED_KNOWN_ON, 99), by=APPROVER, command=taken_back)
    for nth, tenancy in enumerate(running[:5]):
        command = _raise(tenancy, RAISED_ON)
        yield Step(recorded_at=at(RAISED_KNOWN_ON, 100, nth), by=invented(tenancy.clerk), command=command)


def _raise(tenancy: Tenancy, on: date) -> ChangeServiceCharge:
    fen = SERVICE_FEN[tenancy.deal.use] * 103 // 100
    return ChangeServiceCharge(
        lease=tenancy.lease,
        service_charge=Quote(price=yuan(fen), per="M2_MONTH"),
        notice=evidence("Resolution on the service charge", RAISED_ON),
        effective_on=on,
    )


# Notes and fees


def _late_fees(on: date, known: Known) -> Iterator[tuple[By, Command]]:
    found = [pair for pair in overdue(known, on, 30) if not pair[1].late_fees]
    for nth, (issued, _) in enumerate(found[:3], 1):
        name = f"late-{on:%y%m}-{nth}-demo"
        yield ACCOUNTANT, AssessLateFee(invoice=name, on_invoice=issued.invoice, effective_on=on)


def _credited(known: Known) -> Iterator[tuple[By, Command]]:
    """The lift stood still for a week: a tenth of the month's service charge, with its red-letter tax invoice."""
    on = date(2025, 3, 4)
    for company in known.tenants:
        for issued, document in known.owed(company):
            if issued.charge == "SERVICE_CHARGE" and not document.paid_minor:
                if not document.fapiao:
                    number = fapiao_number(issued.invoice)
                    yield COLLEAGUE, IssueFapiao(invoice=issued.invoice, number=number, effective_on=on)
                yield (
                    COLLEAGUE,
                    IssueCreditNote(
                        credit_note="credit-lift-demo",
                        invoice=issued.invoice,
                        net=part_of(issued, 10),
                        reason="The lift stood still for a week (demo)",
                        effective_on=on,
                    ),
                )
                number = fapiao_number(f"red {issued.invoice}")
                of = "credit-lift-demo"
                red = IssueFapiao(invoice=issued.invoice, number=number, red=True, credit_note=of, effective_on=on)
                yield COLLEAGUE, red
                return


def _debited(known: Known) -> Iterator[tuple[By, Command]]:
    on = date(2025, 11, 5)
    for company in known.tenants:
        for issued, _ in known.owed(company):
            if not isinstance(issued, LeaseIssued):
                continue
            if issued.charge == "SERVICE_CHARGE" and _is_new_of_old_lease(known, issued):
                yield (
                    COLLEAGUE,
                    IssueDebitNote(
                        invoice="debit-cleaning-demo",
                        lease=issued.lease,
                        charge="SERVICE_CHARGE",
                        from_on=date(2025, 10, 1),
                        until_on=date(2025, 10, 31),
                        net="1260.00",
                        reason="Cleaning after the open day (demo)",
                        effective_on=on,
                    ),
                )
                return


def _is_new_of_old_lease(known: Known, issued: LeaseIssued) -> bool:
    """A document of this month, of a lease that was billed for the first of the last one already."""
    documents = known.account(issued.company).documents.values()
    every = [document.issued for document in documents if document.issued is not None]
    began_on = min(line.from_on for other in every if other.lease == issued.lease for line in other.lines)
    return issued.effective_on >= date(2025, 11, 1) and began_on <= date(2025, 10, 1)


# Receipts


def _unexplained(on: date, known: Known) -> Iterator[tuple[By, Command]]:
    """Record money that came with nothing but a name."""
    company = next((name for name in known.tenants[1:] if not known.free(name)), None)
    if company:
        yield (
            COLLEAGUE,
            RecordReceipt(
                receipt=f"unexplained-{on:%y%m}-demo",
                company=company,
                bank_reference=f"FICT-{on:%Y%m%d}-900",
                amount="7400.00",
                effective_on=on,
            ),
        )


def _misplaced(known: Known) -> Iterator[tuple[By, Command]]:
    """A payment was booked on one invoice and meant for another that is older."""
    on = date(2025, 4, 17)
    for company in known.tenants:
        owed = known.owed(company)
        receipts = known.account(company).receipts.items()
        paying = [(name, receipt) for name, receipt in receipts if receipt.paying and not receipt.reversal]
        if not owed or not paying:
            continue
        name, receipt = paying[-1]
        for invoice, paid in receipt.paying.items():
            amount = min(paid.amount_minor, owed[0][1].open_minor)
            if amount > 0:
                wrong = (ToAllocate(invoice=invoice, amount=yuan(amount)),)
                right = (ToAllocate(invoice=owed[0][0].invoice, amount=yuan(amount)),)
                reason = "It was meant for the older invoice (demo)"
                undo = UnallocateReceipt(receipt=name, allocations=wrong, reason=reason, effective_on=on)
                yield COLLEAGUE, undo
                yield COLLEAGUE, AllocateReceipt(receipt=name, allocations=right, effective_on=on)
                return


def _returned_by_the_bank(known: Known) -> Iterator[tuple[By, Command]]:
    on = date(2025, 9, 17)
    for company in known.tenants:
        for name, receipt in known.account(company).receipts.items():
            if not receipt.paying or receipt.reversal is not None or receipt.recorded is None:
                continue
            if receipt.recorded.effective_on > on - timedelta(days=14):
                reason = "Returned by the bank: the account was closed (demo)"
                yield COLLEAGUE, ReverseReceipt(receipt=name, reason=reason, effective_on=on)
                return


def _given_up(known: Known) -> Iterator[tuple[By, Command]]:
    """The oldest of all overdue documents: one person asks, another agrees."""
    on = date(2026, 3, 24)
    found = sorted(overdue(known, on, 120), key=lambda pair: (pair[0].due_on, pair[0].invoice))
    if found:
        issued, document = found[0]
        name, amount = "write-off-1-demo", yuan(document.open_minor)
        reason = "The debtor cannot be found (demo)"
        asked = ProposeWriteOff(write_off=name, invoice=issued.invoice, amount=amount, reason=reason, effective_on=on)
        yield ACCOUNTANT, asked
        yield APPROVER, ApproveWriteOff(write_off=name, invoice=issued.invoice, effective_on=on)


# What was done of the dates in the diary


def _seen_to(tenancies: Sequence[Tenancy]) -> Iterator[Step]:
    """The next two terms to end: the one tenant was asked, about the other nothing is done."""
    on = workday(END - timedelta(days=14))
    ending = sorted(
        (tenancy.expiry_on, tenancy.lease)
        for tenancy in tenancies
        if tenancy.expiry_on > END and tenancy.life in ("stays", "follows")
    )
    entries = [f"expiry/{lease}/{day}" for day, lease in ending]
    for entry in entries[:1]:
        done = CompleteDiaryEntry(entry=entry, effective_on=on, note="The tenant was asked (demo)")
        yield Step(recorded_at=at(on, 360), by=COLLEAGUE, command=done)
    for entry in entries[1:2]:
        waived = WaiveDiaryEntry(entry=entry, effective_on=on, reason="The building is to be rebuilt (demo)")
        yield Step(recorded_at=at(on, 361), by=COLLEAGUE, command=waived)


# Somebody away


def _away() -> Iterator[Step]:
    """The approver is on leave for a week, and back after three days: somebody else may approve meanwhile."""
    on = workday(END - timedelta(days=20))
    back = workday(on + timedelta(days=3))
    leave = DelegateApproval(
        effective_on=on,
        delegation="leave-2026-05-demo",
        delegate="liu-fang-demo",
        until_on=on + timedelta(days=6),
        reason="on leave (demo)",
    )
    ended = EndDelegation(effective_on=back, delegation=leave.delegation, reason="is back early (demo)")
    yield Step(recorded_at=at(on, 30), by=APPROVER, command=leave)
    yield Step(recorded_at=at(back, 30), by=APPROVER, command=ended)


# A month reopened


def _reopened() -> Iterator[Step]:
    """December 2024 was closed a little early: opened again by two people, and closed again within the week."""
    asked, agreed = workday(date(2025, 1, 17)), workday(date(2025, 1, 20))
    reason = "A bank statement of December came late (demo)"
    propose = ProposeReopening(month="2024-12", reason=reason, effective_on=asked)
    yield Step(recorded_at=at(asked, 350), by=ACCOUNTANT, command=propose)
    yield Step(recorded_at=at(agreed, 30), by=APPROVER, command=ReopenPeriod(month="2024-12", effective_on=agreed))


# What was recorded by mistake, or turned out otherwise, and is put right


def wrong_number(known: Known) -> Iterator[tuple[By, Command]]:
    """Record the number of another tax invoice, and then the right one."""
    on = WRONG_NUMBER_ON
    invoices = (
        issued.invoice for company in known.tenants for issued, document in known.owed(company) if not document.fapiao
    )
    for invoice in invoices:
        wrong, reason = fapiao_number(f"mistaken {invoice}"), "The number is that of another invoice (demo)"
        yield COLLEAGUE, IssueFapiao(invoice=invoice, number=wrong, effective_on=on)
        yield COLLEAGUE, WithdrawFapiao(invoice=invoice, number=wrong, reason=reason, effective_on=on)
        yield COLLEAGUE, IssueFapiao(invoice=invoice, number=fapiao_number(invoice), effective_on=on)
        return


def paid_twice(known: Known) -> Iterator[tuple[By, Command]]:
    """Pay back what a tenant sent twice; the bank returns it once."""
    on, receipt = PAID_TWICE_ON, "paid-twice-demo"
    company = next(iter(known.tenants), None)
    if company is None:
        return
    money = RecordReceipt(
        receipt=receipt, company=company, bank_reference="FICT-PAID-TWICE", amount="5000.00", effective_on=on
    )
    first, second = (
        RefundReceipt(
            refund=f"back-{nth}-demo",
            receipt=receipt,
            amount="5000.00",
            bank_reference=f"FICT-BACK-{nth}",
            effective_on=on,
        )
        for nth in (1, 2)
    )
    reason = "Returned by the bank: the account was closed (demo)"
    yield COLLEAGUE, money
    yield COLLEAGUE, first
    yield COLLEAGUE, ReverseRefund(refund=first.refund, receipt=receipt, reason=reason, effective_on=on)
    yield COLLEAGUE, second


def of_nobody(known: Known) -> Iterator[tuple[By, Command]]:
    """Record a deposit that came from somebody else."""
    on = OF_NOBODY_ON
    issued = (one for company in known.tenants for one, _ in known.owed(company) if isinstance(one, LeaseIssued))
    lease = next((one.lease for one in issued), None)
    if lease is not None:
        wrong = ReceiveDeposit(
            deposit="of-nobody-demo", lease=lease, bank_reference="FICT-OF-NOBODY", amount="1000.00", effective_on=on
        )
        reason = "It came from somebody else (demo)"
        yield COLLEAGUE, wrong
        yield COLLEAGUE, ReverseDeposit(deposit=wrong.deposit, lease=lease, reason=reason, effective_on=on)


def turned_down(known: Known) -> Iterator[tuple[By, Command]]:
    """Ask to give something up that somebody else still counts on."""
    on = TURNED_DOWN_ON
    found = sorted(overdue(known, on, 60), key=lambda pair: (pair[0].due_on, pair[0].invoice))
    if found:
        issued, document = found[0]
        asked = ProposeWriteOff(
            write_off="write-off-2-demo",
            invoice=issued.invoice,
            amount=yuan(document.open_minor),
            reason="They are always late (demo)",
            effective_on=on,
        )
        reason = "They have paid so far (demo)"
        rejected = RejectWriteOff(write_off=asked.write_off, invoice=asked.invoice, reason=reason, effective_on=on)
        yield ACCOUNTANT, asked
        yield APPROVER, rejected


def comes_after_all(known: Known) -> Iterator[tuple[By, Command]]:
    """Recover a tenth of what was given up: somebody answers for it, and pays."""
    on = COMES_AFTER_ALL_ON
    for company in known.tenants:
        for write_off in known.account(company).write_offs.values():
            approved = write_off.approved
            if approved is None:
                continue
            amount = yuan(approved.amount_minor // 10)
            reason = "A guarantor answers for a tenth (demo)"
            yield (
                ACCOUNTANT,
                RecoverWriteOff(
                    write_off=approved.write_off,
                    invoice=approved.invoice,
                    amount=amount,
                    reason=reason,
                    effective_on=on,
                ),
            )
            yield (
                COLLEAGUE,
                RecordReceipt(
                    receipt="after-all-demo",
                    company=company,
                    bank_reference="FICT-AFTER-ALL",
                    amount=amount,
                    allocations=(ToAllocate(invoice=approved.invoice, amount=amount),),
                    effective_on=on,
                ),
            )
            return


MISTAKES = (
    (WRONG_NUMBER_ON, wrong_number),
    (PAID_TWICE_ON, paid_twice),
    (OF_NOBODY_ON, of_nobody),
    (TURNED_DOWN_ON, turned_down),
    (COMES_AFTER_ALL_ON, comes_after_all),
)
"""What is put right, and when."""
