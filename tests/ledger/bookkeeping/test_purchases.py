"""What suppliers ask for and take off, told as stories; every figure is worked out by hand."""

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.bookkeeping.purchases.documents import (
    AssetsApart,
    BeforePurchase,
    DueBeforeItsDate,
    NotAnInvoice,
    OrderNotNamed,
    PurchaseCredited,
    PurchaseIsWithdrawn,
    RecordCustomsDeclaration,
    RecordPurchaseInvoice,
    RecordSupplierCreditNote,
    SupplierCreditExceeded,
    ToPurchase,
    WithdrawPurchaseDocument,
)
from ledger.bookkeeping.purchases.purchase import (
    InvoiceCodeUnfit,
    PurchaseAmountUnfit,
    PurchaseRateMissing,
    PurchaseTaken,
    PurchaseUnknown,
    SupplierNumberTaken,
    SupplierUnknown,
    VatRateUnfit,
)
from ledger.bookkeeping.vat.rates import why_not
from ledger.decider import Command, Refusal
from ledger.joint.buying import OrderNotBought, StockTaken
from ledger.orders.earning import CostExceeded
from ledger.orders.facts import EquipmentRevenueRecognised
from ledger.orders.mistakes.putting_right import OrderStepNotLatest
from ledger.orders.mistakes.withdrawing import WithdrawOrderStep
from tests.examples.purchases import COMMANDS, CUSTOMS
from tests.ground.billed import lead
from tests.ground.given import given
from tests.ground.ordered import FINANCE, GROUND, ORDER, SUPPLIER, USD, Desk

RECORD, NOTE, DECLARE, WITHDRAW = COMMANDS[:4]
assert isinstance(RECORD, RecordPurchaseInvoice)
assert isinstance(NOTE, RecordSupplierCreditNote)
assert isinstance(DECLARE, RecordCustomsDeclaration)
assert isinstance(WITHDRAW, WithdrawPurchaseDocument)
MACHINE = RecordPurchaseInvoice(
    effective_on=date(2024, 1, 12),
    purchase="p-2-demo",
    supplier=SUPPLIER,
    number="INV-7",
    due_on=date(2024, 2, 11),
    currency="USD",
    rate_series=USD,
    lines=(ToPurchase(kind="INVENTORY", net="10000.00", order=ORDER),),
)
TWICE = replace(MACHINE, purchase="p-9-demo", number="INV-9")


def desk(*sent: Command, role: Any = None) -> Desk:
    """A desk at which these were recorded."""
    there = Desk(*GROUND, lead(CUSTOMS))
    if role is not None:
        there.place(role)
    for command in sent:
        there.do(command)
    return there


def test_an_invoice_is_a_cost_with_input_vat_and_a_debt() -> None:
    """1,000.00 + 6 % deducted; 333.33 + 43.33 not deducted, a cost: 376.66; in all 1,436.66 are owed."""
    assert desk(RECORD).balances() == {
        "administration": 100000,
        "input-vat": 6000,
        "cost-of-sales": 37666,
        "payables": -143666,
    }


def test_a_credit_note_takes_off_so_much_and_is_taken_back() -> None:
    there = desk(RECORD, NOTE)
    assert there.balances() == {
        "administration": 80000,
        "input-vat": 4800,
        "cost-of-sales": 37666,
        "payables": -122466,
    }
    there.do(WITHDRAW)
    assert there.balances() == desk(RECORD).balances()
    there.do(replace(WITHDRAW, purchase="p-1-demo"))
    assert there.balances() == {}
    there.do(replace(RECORD, purchase="p-4-demo"))  # its number is free again


def test_a_foreign_invoice_is_credited_to_the_fen_whatever_the_parts_round_to() -> None:
    """USD 0.03 at 7.1036 is 0.21; in three notes of 0.01 it is 0.07 + 0.07 + 0.07, and nothing is left."""
    line = ToPurchase(kind="SELLING", net="0.03")
    invoice = replace(MACHINE, lines=(line, replace(line, net="0.04")))
    there = desk(invoice)
    assert there.balances() == {"selling": 49, "payables": -49}, "0.21 + 0.28"
    for nth, net in enumerate(("0.01", "0.05", "0.01")):
        there.do(
            RecordSupplierCreditNote(
                effective_on=date(2024, 1, 20),
                purchase=f"pc-{nth}-demo",
                invoice="p-2-demo",
                supplier=SUPPLIER,
                number=f"CN-{nth}",
                lines=(replace(line, net=net),),
                reason="given back (demo)",
            )
        )
    assert there.balances() == {}


def test_landed_cost_is_what_acceptance_takes() -> None:
    """USD 10,000.00 at 7.1036 and 5,682.88 of duty: 76,718.88; import VAT 9,973.45 is input VAT."""
    there = desk(MACHINE, DECLARE, role="PRINCIPAL")
    assert there.balances() == {"inventory": 7671888, "input-vat": 997345, "payables": -8669233}
    there.build()
    _, sale = there.accept()
    assert isinstance(sale, EquipmentRevenueRecognised)
    assert (sale.cost_minor, sale.of_stock) == (7671888, True)
    balances = there.balances()
    assert balances["cost-of-sales"] == 7671888
    assert "inventory" not in balances
    there.do(replace(TWICE, effective_on=date(2024, 9, 12), due_on=date(2024, 10, 1)))
    assert there.balances()["cost-of-sales"] == 7671888 + 7070000, "USD 10,000.00 at 7.0700: a cost at once"
    assert "inventory" not in there.balances()


def test_acceptance_takes_no_more_than_is_there() -> None:
    there = desk(MACHINE, role="PRINCIPAL")
    there.build()
    with pytest.raises(CostExceeded, match=r"71036\.00 CNY stand"):
        there.accept(cost="71036.01")
    there.accept(cost="70000.00")
    assert there.balances()["inventory"] == 103600
    take_back = replace(WITHDRAW, purchase="p-2-demo", orders=(ORDER,), effective_on=date(2024, 9, 20))
    given(*there.facts).when(take_back, by=FINANCE).refused(StockTaken, says="order.acceptance-certified")
    there.do(
        WithdrawOrderStep(
            effective_on=date(2024, 9, 10), order=ORDER, step="order.acceptance-certified", reason="by mistake (demo)"
        )
    )
    assert there.balances()["inventory"] == 7103600
    ordered = WithdrawOrderStep(
        effective_on=date(2024, 9, 1), order=ORDER, step="order.sat-passed", reason="by mistake (demo)"
    )
    there.do(ordered)
    there.do(replace(take_back, effective_on=date(2024, 9, 30)))
    assert there.balances() == {}


def test_acceptance_takes_what_is_there_on_its_day() -> None:
    """71,036.00 of January; what is dated two days after the acceptance is not there yet."""
    later = replace(TWICE, effective_on=date(2024, 9, 12), due_on=date(2024, 10, 1))
    there = desk(MACHINE, later, role="PRINCIPAL")
    there.build()
    there.accept()
    assert (there.balances()["cost-of-sales"], there.balances()["inventory"]) == (7103600, 7070000)


def test_an_order_that_was_bought_for_stays() -> None:
    there = desk(MACHINE, role="PRINCIPAL")
    withdraw = WithdrawOrderStep(
        effective_on=date(2024, 1, 8), order=ORDER, step="order.ordered", reason="by mistake (demo)"
    )
    given(*there.facts).when(withdraw, by=FINANCE).refused(OrderStepNotLatest, says="71036.00")


def asks(command: Command, **more: Any) -> Command:
    return replace(command, **more)


LINE = ToPurchase(kind="ADMINISTRATION", net="1000.00", vat_rate="0.06")


@pytest.mark.parametrize(
    ("command", "refusal", "field", "says"),
    [
        (asks(RECORD, supplier="nobody-demo"), SupplierUnknown, "supplier", "register-lead first"),
        (asks(RECORD, number="00000999"), PurchaseTaken, "purchase", "says otherwise"),
        (asks(RECORD, purchase="p-9-demo"), SupplierNumberTaken, "number", "recorded as p-1-demo"),
        (asks(TWICE, due_on=date(2024, 1, 11)), DueBeforeItsDate, "due_on", "before that"),
        (asks(TWICE, lines=(replace(LINE, kind="INVENTORY"),)), OrderNotNamed, "lines", "name the order"),
        (asks(TWICE, lines=(replace(LINE, order=ORDER),)), OrderNotNamed, "lines", "nothing else"),
        (asks(TWICE, lines=(LINE, replace(LINE, kind="ASSET"))), AssetsApart, "lines", "record two"),
        (asks(TWICE, lines=(replace(LINE, net="0.001"),)), PurchaseAmountUnfit, "lines", "USD has 2 decimals"),
        (asks(TWICE, lines=(replace(LINE, net="0"),)), PurchaseAmountUnfit, "lines", "a line of nothing"),
        (asks(TWICE, lines=(replace(LINE, vat="60.06"),)), PurchaseAmountUnfit, "lines", "is 60.00 of VAT, not 60.06"),
        (asks(TWICE, rate_series=None), PurchaseRateMissing, "rate_series", "name its exchange rate"),
        (asks(TWICE, rate_series="fx/eur-cny"), PurchaseRateMissing, "rate_series", "fx/usd-cny"),
        (
            asks(TWICE, effective_on=date(2024, 1, 9), due_on=date(2024, 1, 9)),
            PurchaseRateMissing,
            "rate_series",
            "propose-rate",
        ),
        (asks(TWICE, lines=(replace(LINE, kind="INVENTORY", order="o-9"),)), OrderNotBought, "lines", "not on record"),
        (asks(TWICE, lines=(replace(LINE, kind="INVENTORY", order=ORDER),)), OrderNotBought, "lines", "AGENT"),
        (asks(NOTE, purchase="pc-9-demo", number="00000001", invoice="p-8"), PurchaseUnknown, "invoice", "p-8"),
        (
            asks(NOTE, purchase="pc-9-demo", number="00000001", supplier=CUSTOMS),
            NotAnInvoice,
            "invoice",
            "no invoice of",
        ),
        (
            asks(NOTE, purchase="pc-9-demo", number="00000001", effective_on=date(2024, 3, 4)),
            BeforePurchase,
            "effective_on",
            "2024-03-05",
        ),
        (
            asks(NOTE, purchase="pc-9-demo", number="00000001", lines=(replace(LINE, net="800.01"),)),
            SupplierCreditExceeded,
            "lines",
            "asks for less of ADMINISTRATION",
        ),
        (asks(WITHDRAW, purchase="p-1-demo"), PurchaseCredited, None, "pc-1-demo"),
        (asks(WITHDRAW, purchase="p-5-demo", reason="twice (demo)"), PurchaseIsWithdrawn, None, "2024-03-21"),
    ],
)
def test_what_is_refused(command: Command, refusal: type[Refusal], field: str | None, says: str) -> None:
    gone = replace(RECORD, purchase="p-5-demo", number="00000005")
    there = desk(RECORD, NOTE, gone, replace(WITHDRAW, purchase="p-5-demo"), role="AGENT")
    given(*there.facts).when(command, by=FINANCE).refused(refusal, field=field, says=says)


def test_a_number_is_the_suppliers_own_with_its_code() -> None:
    desk(
        RECORD,
        replace(RECORD, purchase="p-4-demo", code="1100201131"),
        replace(RECORD, purchase="p-5-demo", supplier=CUSTOMS),
    )


CODED, PLAIN = replace(RECORD, code="1100201130"), replace(RECORD, purchase="p-4-demo", code=None)
DIGITAL = "25512000000012345678"


@pytest.mark.parametrize(
    ("first", "second", "says"),
    [
        (CODED, PLAIN, "with the code 1100201130 as p-1-demo"),
        (PLAIN, CODED, "without its code as p-4-demo"),
        (CODED, replace(PLAIN, number=DIGITAL, code="1100201130"), "20 digits are a fully digitalised invoice"),
    ],
)
def test_one_tax_invoice_is_not_taken_twice_with_and_without_its_code(
    first: Command, second: Command, says: str
) -> None:
    given(*desk(first).facts).when(second, by=FINANCE).refused(InvoiceCodeUnfit, field="code", says=says)


def test_a_number_without_a_code_is_compared_with_what_stands() -> None:
    """Withdrawn, it is free; another supplier's, or of 20 digits, it is another's."""
    other = replace(PLAIN, purchase="p-6-demo", supplier=CUSTOMS)
    gone = replace(WITHDRAW, purchase="p-1-demo")
    desk(CODED, other, gone, PLAIN, replace(PLAIN, purchase="p-7-demo", number=DIGITAL))


def test_a_rate_that_the_law_does_not_have_needs_a_reason() -> None:
    """5 % ended with 2025 and 0.07 never was; a credit note goes by the day of its invoice."""
    seven = replace(PLAIN, lines=(ToPurchase(kind="ADMINISTRATION", net="100.00", vat_rate="0.07"),))
    says = "there is no VAT rate of 0.07 on 2024-03-05: 0, 0.01, 0.03, 0.05, 0.06, 0.09, 0.13; say why"
    given(*desk().facts).when(seven, by=FINANCE).refused(VatRateUnfit, field="lines", says=says)
    (line,) = seven.lines
    desk(replace(seven, lines=(replace(line, rate_reason="the invoice says so (demo)"),)))


@pytest.mark.parametrize(
    ("rate", "on", "known"),
    [
        ("0.05", date(2025, 12, 31), True),
        ("0.05", date(2026, 1, 1), False),
        ("0.030", date(2026, 1, 1), True),
        ("0.16", date(2019, 3, 31), True),
        ("0.16", date(2019, 4, 1), False),
        ("0.13", date(2019, 4, 1), True),
    ],
)
def test_rates_are_dated(rate: str, on: date, known: bool) -> None:
    assert (why_not(rate, on) is None) == known
