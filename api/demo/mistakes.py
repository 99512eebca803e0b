"""What was recorded by mistake, or turned out otherwise, and is put right: each once.

wrong_number      the number of a tax invoice was that of another
paid_twice        a tenant paid twice; what was paid back came back once
of_nobody         a deposit was recorded that came from somebody else
turned_down       a write-off that somebody else does not agree to
comes_after_all   a part of what was written off is paid after all
MISTAKES          all of these, with their days
"""

from collections.abc import Iterator
from datetime import date

from api.demo.bank import overdue
from api.demo.books import fapiao_number
from api.demo.city import yuan
from api.demo.people import ACCOUNTANT, APPROVER, COLLEAGUE
from api.demo.unfolding import Known
from ledger.billing.deposits import ReceiveDeposit, ReverseDeposit
from ledger.billing.facts import LeaseIssued
from ledger.billing.invoicing import IssueFapiao, WithdrawFapiao
from ledger.billing.losses import ProposeWriteOff, RecoverWriteOff, RejectWriteOff
from ledger.billing.receipts import RecordReceipt, ToAllocate
from ledger.billing.refunds import RefundReceipt, ReverseRefund
from ledger.decider import By, Command

Asked = Iterator[tuple[By, Command]]

WRONG_NUMBER_ON = date(2025, 5, 14)
PAID_TWICE_ON = date(2025, 6, 12)
OF_NOBODY_ON = date(2025, 7, 16)
TURNED_DOWN_ON, COMES_AFTER_ALL_ON = date(2026, 4, 15), date(2026, 5, 20)


def wrong_number(known: Known) -> Asked:
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


def paid_twice(known: Known) -> Asked:
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


def of_nobody(known: Known) -> Asked:
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


def turned_down(known: Known) -> Asked:
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


def comes_after_all(known: Known) -> Asked:
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
