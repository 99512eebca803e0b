"""A year of VAT returns, worked out by hand; and what holds of returns whatever is sent."""

from datetime import date, timedelta
from typing import Any

import pytest

from ledger.billing.account import Billing
from ledger.billing.deciding import BILLING
from ledger.billing.facts import CreditNoteIssued, InvoiceIssued
from ledger.billing.lines import DocumentLine
from ledger.billing.rules import VatRateMissing, vat_rate
from ledger.bookkeeping.banking.opening import OpenBankAccount
from ledger.bookkeeping.purchases.facts import CustomsDeclared, PurchaseInvoiceRecorded, PurchaseLine
from ledger.bookkeeping.vat.facts import VatPaid, VatReturnFiled, VatReturnWithdrawn
from ledger.bookkeeping.vat.rates import LAW_ON
from ledger.books.postings import postings
from ledger.books.vat import posted, vat_lines
from ledger.decider import By, Fact, Refusal
from ledger.joint.remitting import (
    PayVat,
    Remitting,
    ReturnVatPayment,
    VatExceeded,
    VatPaymentTaken,
    VatPaymentUnknown,
    VatReferenceTaken,
)
from ledger.joint.taxing import (
    FilerIsProposer,
    FileVatReturn,
    LateMonthUnfit,
    ProposeVatReturn,
    VatCommand,
    VatFiguresChanged,
    VatMonthNotNext,
    VatMonthNotOver,
    VatNotThere,
    VatReturnIsFiled,
    VatReturnPaid,
    VatReturnUnknown,
    WithdrawVatReturn,
)
from ledger.periods import PostingFact, month_after
from tests.examples import FACTS
from tests.ground.billed import APPROVER, opened, rate
from tests.ground.ordered import FINANCE, Desk

SIMPLIFIED = "vat/leasing-simplified"


def _line(net: int, vat: int, on: date) -> DocumentLine:
    return DocumentLine(from_on=on, until_on=on, net_minor=net, vat_rate="0.09", vat_minor=vat)


def sold(month: str, vat: int, name: str = "a", day: int = 10) -> InvoiceIssued:
    """An invoice with so much VAT, in fen."""
    on = date.fromisoformat(f"{month}-{day:02}")
    return InvoiceIssued(
        effective_on=on,
        accounting_on=on,
        company="tenant-demo",
        lease="l-1-demo",
        invoice=f"i-{month}-{name}",
        charge="SERVICE_CHARGE",
        lines=(_line(vat * 100 // 9, vat, on),),
        due_on=on,
    )


def credited(month: str, vat: int) -> CreditNoteIssued:
    """A credit note with so much VAT."""
    on = date.fromisoformat(f"{month}-11")
    return CreditNoteIssued(
        effective_on=on,
        accounting_on=on,
        company="tenant-demo",
        lease="l-1-demo",
        credit_note=f"c-{month}",
        invoice="i-2024-01-a",
        charge="SERVICE_CHARGE",
        lines=(_line(vat * 100 // 9, vat, on),),
        reason="less (demo)",
    )


def _purchased(kind: Any, month: str, vat: int, name: str) -> Any:
    on = date.fromisoformat(f"{month}-12")
    line = PurchaseLine(
        kind="ADMINISTRATION",
        net_minor=vat * 10,
        vat_rate="0.06",
        vat_minor=vat,
        net_cny_minor=vat * 10,
        vat_cny_minor=vat,
    )
    named: dict[str, Any] = {"purchase": f"p-{month}-{name}", "number": f"N-{month}-{name}", "due_on": on}
    return kind(effective_on=on, accounting_on=on, supplier="supplier-demo", lines=(line,), **named)


def bought(month: str, vat: int, name: str = "a") -> PurchaseInvoiceRecorded:
    """A supplier's invoice with so much input VAT."""
    fact: PurchaseInvoiceRecorded = _purchased(PurchaseInvoiceRecorded, month, vat, name)
    return fact


def imported(month: str, vat: int) -> CustomsDeclared:
    """A declaration with so much import VAT."""
    fact: CustomsDeclared = _purchased(CustomsDeclared, month, vat, "customs")
    return fact


YEAR: dict[str, tuple[Fact, ...]] = {
    "2024-01": (sold("2024-01", 900000), bought("2024-01", 200000)),
    "2024-02": (sold("2024-02", 100000), bought("2024-02", 540000)),
    "2024-03": (sold("2024-03", 300000), imported("2024-03", 130000)),
    "2024-04": (sold("2024-04", 600000), bought("2024-04", 60000)),
    "2024-05": (sold("2024-05", 500000), bought("2024-05", 61000), bought("2024-05", 39000, "b")),
    "2024-06": (sold("2024-06", 450000),),
    "2024-07": (credited("2024-07", 120000), bought("2024-07", 10000)),
    "2024-08": (sold("2024-08", 200000),),
    "2024-09": (sold("2024-09", 300000),),
    "2024-10": (),
    "2024-11": (sold("2024-11", 1), bought("2024-11", 123456)),
    "2024-12": (sold("2024-12", 800010), imported("2024-12", 76543)),
}
# month: (output, input, import, carried in, payable, carried out), by hand, in fen; May holds an invoice of 390.00 that
# June takes, August takes 450.00 that were posted to July late, September is as it was corrected.
EXPECTED = {
    "2024-01": (900000, 200000, 0, 0, 700000, 0),
    "2024-02": (100000, 540000, 0, 0, 0, 440000),
    "2024-03": (300000, 0, 130000, 440000, 0, 270000),
    "2024-04": (600000, 60000, 0, 270000, 270000, 0),
    "2024-05": (500000, 61000, 0, 0, 439000, 0),
    "2024-06": (450000, 39000, 0, 0, 411000, 0),
    "2024-07": (-120000, 10000, 0, 0, 0, 130000),
    "2024-08": (245000, 0, 0, 130000, 115000, 0),
    "2024-09": (300000, 27326, 0, 0, 272674, 0),
    "2024-10": (0, 0, 0, 0, 0, 0),
    "2024-11": (1, 123456, 0, 0, 0, 123455),
    "2024-12": (800010, 0, 76543, 123455, 600012, 0),
}
LATE = {"2024-06": ("2024-05",), "2024-08": ("2024-07",)}
HELD = {"2024-05": ("p-2024-05-b",)}


def desk(*facts: Fact) -> Desk:
    """A desk with the months of two years open, and these facts."""
    return Desk(*opened(2024, 2025), *facts)


def filing_day(month: str) -> date:
    """The 12th of the month after."""
    return date.fromisoformat(f"{month_after(month)}-12")


def file(there: Desk, month: str, on: date | None = None) -> VatReturnFiled:
    """Propose and file the return of a month as the year has it."""
    late, held, on = LATE.get(month, ()), HELD.get(month, ()), on or filing_day(month)
    there.do(ProposeVatReturn(effective_on=on, month=month, late=late, held=held))
    (filed,) = there.do(FileVatReturn(effective_on=on, month=month, late=late), APPROVER)
    assert isinstance(filed, VatReturnFiled)
    return filed


def figures(filed: VatReturnFiled) -> tuple[int, ...]:
    """The figures of a return, as the table has them."""
    of = filed.figures
    paid = of.carried_in_minor, of.payable_minor, of.carried_out_minor
    return of.output_minor, of.input_minor, of.import_minor, *paid


def a_year() -> tuple[Desk, dict[str, VatReturnFiled]]:
    """The year's facts, its twelve returns, a correction, and the payment of each."""
    there, filed = desk(), dict[str, VatReturnFiled]()
    there.do(
        OpenBankAccount(
            effective_on=date(2024, 1, 1), bank_account="cny-demo", bank="Bank (demo)", number="1", currency="CNY"
        )
    )
    for month, facts in YEAR.items():
        there.facts += facts
        filed[month] = file(there, month)
        if month == "2024-07":
            there.facts.append(sold("2024-07", 45000, "late", 31))
        if month == "2024-09":
            assert filed[month].figures.payable_minor == 300000
            there.facts.append(bought("2024-09", 27326))
            there.do(WithdrawVatReturn(effective_on=date(2024, 10, 13), month=month, reason="no invoice"), APPROVER)
            filed[month] = file(there, month, date(2024, 10, 14))
        if payable := filed[month].figures.payable_minor:
            pay(there, month, f"{payable // 100}.{payable % 100:02}")
    return there, filed


def pay(there: Desk, month: str, amount: str, **more: Any) -> None:
    """Pay the return of a month on the 20th of the next."""
    named: dict[str, Any] = {"vat_payment": f"vat-{month}", "bank_reference": f"TAX-{month}", "bank_account": None}
    named["effective_on"] = filing_day(month) + timedelta(days=8)
    there.do(PayVat(month=month, amount=amount, **(named | more)))


def test_a_year_of_returns_comes_to_what_was_worked_out_by_hand() -> None:
    there, filed = a_year()
    assert {month: figures(one) for month, one in filed.items()} == EXPECTED
    # Σ payable = 7,000.00 + 2,700.00 + 4,390.00 + 4,110.00 + 1,150.00 + 2,726.74 + 6,000.12
    paid = 2807686
    balances = there.balances()
    assert {"output-vat", "input-vat", "vat-payable"}.isdisjoint(balances), "all of it is filed, and paid"
    assert balances["bank"] == -paid
    at_the_end = there.balances(date(2024, 12, 31))
    assert at_the_end["vat-payable"] == -600012, "December's, paid in January"
    february = there.balances(date(2024, 2, 29))
    assert february["input-vat"] == 440000, "carried on to March"
    assert {"output-vat", "vat-payable"}.isdisjoint(february), "January's is paid on 20 February"


def test_returns_are_the_ledger_at_every_prefix() -> None:
    """What stands on 2221.01 and 2221.02 is what no return took, and what the last return carries on."""
    there, _ = a_year()
    taken = {"output-vat": 0, "input-vat": 0}
    sums = {"output-vat": 0, "input-vat": 0, "vat-payable": 0}
    owed, carried = 0, [0]
    for fact in there.facts:
        lines = [line for line in vat_lines(fact) if line.kind != "TRANSFER"]
        for line in lines:
            taken[line.account] += line.vat_minor
        if isinstance(fact, VatReturnFiled | VatReturnWithdrawn):
            sign, of = (1, fact.figures) if isinstance(fact, VatReturnFiled) else (-1, fact.reversed.figures)
            taken["output-vat"] -= sign * of.output_minor
            taken["input-vat"] -= sign * (of.input_minor + of.import_minor)
            owed += sign * of.payable_minor
            carried = [*carried, of.carried_out_minor] if sign > 0 else carried[:-1]
        if isinstance(fact, VatPaid):
            owed -= fact.amount_minor
        for posting in postings(fact):
            if posting.account in sums:
                sums[posting.account] += posting.amount_minor
        assert sums["output-vat"] == -taken["output-vat"]
        assert sums["input-vat"] == taken["input-vat"] + carried[-1]
        assert sums["vat-payable"] == -owed


POSTING = [fact for fact in FACTS if isinstance(fact, PostingFact)]


@pytest.mark.parametrize("fact", POSTING, ids=[type(fact).__name__ for fact in POSTING])
def test_vat_is_told_line_by_line_of_every_fact(fact: Fact) -> None:
    sums: dict[str, int] = {}
    for line in vat_lines(fact):
        sums[line.account] = sums.get(line.account, 0) + line.vat_minor
    assert {account: amount for account, amount in sums.items() if amount} == posted(fact)


def test_what_is_recorded_after_filing_is_in_the_next_return_and_not_twice() -> None:
    there = desk(sold("2024-07", 100))
    file(there, "2024-07")
    there.facts.append(sold("2024-07", 45, "late"))
    on = filing_day("2024-08")
    there.do(ProposeVatReturn(effective_on=on, month="2024-08", late=("2024-07",)))
    (filed,) = there.do(FileVatReturn(effective_on=on, month="2024-08", late=("2024-07",)), APPROVER)
    assert isinstance(filed, VatReturnFiled)
    assert [(one.month, one.output_minor) for one in filed.figures.taken] == [("2024-07", 45), ("2024-08", 0)]


def test_a_proposal_that_the_books_have_overtaken_is_not_filed() -> None:
    there = desk(sold("2024-07", 100))
    on = filing_day("2024-07")
    there.do(ProposeVatReturn(effective_on=on, month="2024-07"))
    there.facts.append(bought("2024-07", 1))
    with pytest.raises(VatFiguresChanged, match=r"were 1.00 and 0.00, and are 0.99 and 0.00"):
        there.do(FileVatReturn(effective_on=on, month="2024-07"), APPROVER)


JULY, AUGUST, SEPTEMBER = "2024-07", "2024-08", "2024-09"
DAY, LATER = date(2024, 9, 12), date(2024, 10, 12)
REFUSED: tuple[tuple[VatCommand | Remitting, By, type[Refusal]], ...] = (
    (ProposeVatReturn(effective_on=DAY, month=AUGUST), FINANCE, VatReturnIsFiled),
    (ProposeVatReturn(effective_on=LATER, month="2024-10"), FINANCE, VatMonthNotNext),
    (ProposeVatReturn(effective_on=LATER, month="2024-06"), FINANCE, VatMonthNotNext),
    (ProposeVatReturn(effective_on=date(2024, 9, 29), month=SEPTEMBER), FINANCE, VatMonthNotOver),
    (ProposeVatReturn(effective_on=LATER, month=SEPTEMBER, late=(SEPTEMBER,)), FINANCE, LateMonthUnfit),
    (ProposeVatReturn(effective_on=LATER, month=SEPTEMBER, late=("2024-10",)), FINANCE, LateMonthUnfit),
    (ProposeVatReturn(effective_on=LATER, month=SEPTEMBER, held=("p-2024-08-a",)), FINANCE, VatNotThere),
    (FileVatReturn(effective_on=LATER, month="2024-10"), APPROVER, VatReturnUnknown),
    (FileVatReturn(effective_on=LATER, month=SEPTEMBER), FINANCE, FilerIsProposer),
    (FileVatReturn(effective_on=LATER, month=SEPTEMBER, late=(JULY,)), APPROVER, LateMonthUnfit),
    (FileVatReturn(effective_on=date(2024, 10, 11), month=SEPTEMBER), APPROVER, VatMonthNotOver),
    (FileVatReturn(effective_on=LATER, month=AUGUST), APPROVER, VatReturnIsFiled),
    (WithdrawVatReturn(effective_on=LATER, month=JULY, reason="x"), APPROVER, VatMonthNotNext),
    (WithdrawVatReturn(effective_on=LATER, month=AUGUST, reason="x"), APPROVER, VatReturnPaid),
    (WithdrawVatReturn(effective_on=LATER, month=AUGUST, reason="x"), FINANCE, FilerIsProposer),
    (WithdrawVatReturn(effective_on=LATER, month=SEPTEMBER, reason="x"), APPROVER, VatReturnUnknown),
    (ReturnVatPayment(effective_on=LATER, vat_payment="v-9", reason="x"), FINANCE, VatPaymentUnknown),
    (
        PayVat(effective_on=LATER, vat_payment="v-2", month=AUGUST, amount="1.01", bank_reference="T-2"),
        FINANCE,
        VatExceeded,
    ),
    (
        PayVat(effective_on=LATER, vat_payment="v-1", month=AUGUST, amount="0.50", bank_reference="T-1"),
        FINANCE,
        VatPaymentTaken,
    ),
    (
        PayVat(effective_on=LATER, vat_payment="v-2", month=AUGUST, amount="0.50", bank_reference="T-1"),
        FINANCE,
        VatReferenceTaken,
    ),
)


@pytest.mark.parametrize(("command", "by", "refusal"), REFUSED)
def test_no_return_is_filed_twice_or_out_of_turn(
    command: VatCommand | Remitting, by: By, refusal: type[Refusal]
) -> None:
    """July and August are filed; August owes 2.00, of which 1.00 is paid; September is proposed on 12 October."""
    there = desk(sold(JULY, 100), sold(AUGUST, 200), bought(AUGUST, 0))
    file(there, JULY)
    file(there, AUGUST)
    there.do(PayVat(effective_on=DAY, vat_payment="v-1", month=AUGUST, amount="1.00", bank_reference="T-1"))
    there.do(ProposeVatReturn(effective_on=LATER, month=SEPTEMBER))
    with pytest.raises(refusal):
        there.do(command, by)


def test_a_payment_that_came_back_is_owed_again_and_its_reference_is_free() -> None:
    there = desk(sold(JULY, 100))
    file(there, JULY)
    pay(there, JULY, "1.00")
    there.do(ReturnVatPayment(effective_on=date(2024, 8, 21), vat_payment="vat-2024-07", reason="wrong account"))
    assert there.balances() == {"receivables": 1211, "service-charge": -1111, "vat-payable": -100}
    pay(there, JULY, "1.00", vat_payment="vat-2024-07-b", effective_on=date(2024, 8, 21))
    assert there.balances()["bank"] == -100
    there.do(ReturnVatPayment(effective_on=date(2024, 8, 21), vat_payment="vat-2024-07-b", reason="wrong again"))
    there.do(WithdrawVatReturn(effective_on=date(2024, 8, 22), month=JULY, reason="x"), APPROVER)
    assert there.balances() == {"receivables": 1211, "service-charge": -1111, "output-vat": -100}


def back_on(day: int) -> Desk:
    """July owes 1.00, which is paid on 20 August and comes back on a day of September."""
    there = desk(sold(JULY, 100))
    file(there, JULY)
    pay(there, JULY, "1.00")
    there.do(ReturnVatPayment(effective_on=date(2024, 9, day), vat_payment="vat-2024-07", reason="closed account"))
    return there


@pytest.mark.parametrize(
    ("on", "amount", "words"),
    [
        (date(2024, 8, 20), "1.00", "0.00 CNY are owed by the return of 2024-07 from 2024-08-20 on"),
        (date(2024, 8, 15), "0.01", "from 2024-08-15 on"),
        (date(2024, 9, 9), "1.00", "from 2024-09-09 on"),
        (date(2024, 9, 10), "1.01", "1.00 CNY"),
        (date(2024, 9, 10), "1.00", None),
    ],
)
def test_nothing_is_paid_while_the_return_stands_paid(on: date, amount: str, words: str | None) -> None:
    there = back_on(10)
    again: dict[str, Any] = {"vat_payment": "again", "effective_on": on}
    if words is None:
        pay(there, JULY, amount, **again)
        assert there.balances() == {"receivables": 1211, "service-charge": -1111, "bank": -100}
        return
    with pytest.raises(VatExceeded, match=words):
        pay(there, JULY, amount, **again)


@pytest.mark.parametrize(("day", "allowed"), [(9, False), (10, True)])
def test_a_return_is_not_withdrawn_while_it_stands_paid(day: int, allowed: bool) -> None:
    there = back_on(10)
    command = WithdrawVatReturn(effective_on=date(2024, 9, day), month=JULY, reason="x")
    if allowed:
        there.do(command, APPROVER)
        return
    with pytest.raises(VatReturnPaid, match="vat-2024-07 paid it until 2024-09-10"):
        there.do(command, APPROVER)


@pytest.mark.parametrize(("approved", "known"), [((), False), ((rate(SIMPLIFIED, "0.03", LAW_ON),), True)])
def test_the_simplified_rate_of_before_the_law_is_not_used_after_it(approved: tuple[Fact, ...], known: bool) -> None:
    """5 % to 2025; from 2026 what was approved for the Law, or nothing."""
    state = Billing()
    for fact in (rate(SIMPLIFIED, "0.05", date(2016, 5, 1)), *approved):
        state = BILLING.evolve(state, fact)
    assert vat_rate(state, SIMPLIFIED, date(2025, 12, 31)) == "0.05"
    if known:
        assert vat_rate(state, SIMPLIFIED, LAW_ON) == "0.03"
        return
    with pytest.raises(VatRateMissing, match=r"before the VAT Law of 2026-01-01, which has 0.03"):
        vat_rate(state, SIMPLIFIED, LAW_ON)


def test_what_a_withdrawn_return_held_is_there_once() -> None:
    there = desk(sold(JULY, 100), bought(JULY, 30), bought(JULY, 5, "b"))
    on = filing_day(JULY)
    there.do(ProposeVatReturn(effective_on=on, month=JULY, held=("p-2024-07-b",)))
    there.do(FileVatReturn(effective_on=on, month=JULY), APPROVER)
    there.do(WithdrawVatReturn(effective_on=on, month=JULY, reason="it is certified"), APPROVER)
    there.do(ProposeVatReturn(effective_on=on, month=JULY))
    (filed,) = there.do(FileVatReturn(effective_on=on, month=JULY, acknowledgement="again"), APPROVER)
    assert isinstance(filed, VatReturnFiled)
    assert figures(filed) == (100, 35, 0, 0, 65, 0)
