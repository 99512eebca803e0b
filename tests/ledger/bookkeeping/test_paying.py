"""Paying what is owed to anybody, told as stories; every figure is worked out by hand."""

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.bookkeeping.banking.accounts import BankingRefusal
from ledger.bookkeeping.banking.opening import OpenBankAccount
from ledger.bookkeeping.purchases.documents import PurchaseIsPaid, RecordSupplierCreditNote
from ledger.bookkeeping.purchases.facts import PayablesRemeasured
from ledger.bookkeeping.purchases.purchase import PurchaseAmountUnfit, PurchaseRateMissing
from ledger.books.postings import postings
from ledger.decider import By, Command, Refusal
from ledger.joint.paying import (
    BeforePayable,
    CurrenciesDiffer,
    PayableAsked,
    PayableExceeded,
    PayableUnknown,
    PayerIsProposer,
    PaymentDecided,
    PaymentNotPositive,
    PaymentReferenceTaken,
    PaymentsDiffer,
    PaymentTaken,
    PaymentUnknown,
    PaySupplier,
    ProposeSupplierPayment,
    RejectSupplierPayment,
    ReturnSupplierPayment,
    ToPay,
)
from ledger.joint.remeasuring import PayablesMonthTaken, PayablesNotMonthEnd
from ledger.offtake.facts import EnergyInvoiced
from ledger.orders.order import OrderReferenceTaken
from ledger.orders.payments import RecordMilestonePayment
from ledger.values.currencies import Currency
from tests.examples.periods import CLOSED
from tests.examples.purchases import CUSTOMS, REVALUE_PAYABLES
from tests.ground import offtaken
from tests.ground.billed import APPROVER
from tests.ground.given import given
from tests.ground.ordered import FINANCE, ORDER, SUPPLIER, USD, Desk
from tests.ledger.bookkeeping.test_purchases import DECLARE, MACHINE, NOTE, RECORD, WITHDRAW, desk


def propose(items: dict[str, str], on: date = date(2024, 10, 14), **more: Any) -> ProposeSupplierPayment:
    named: dict[str, Any] = {"payment": "pay-1-demo", "supplier": SUPPLIER, **more}
    paid = tuple(ToPay(document=document, amount=amount) for document, amount in items.items())
    return ProposeSupplierPayment(effective_on=on, items=paid, **named)


def pay(proposed: ProposeSupplierPayment, on: date = date(2024, 10, 15), **more: Any) -> PaySupplier:
    named: dict[str, Any] = {
        "payment": proposed.payment,
        "supplier": proposed.supplier,
        "documents": tuple(item.document for item in proposed.items),
        "bank_reference": proposed.payment.upper(),
        **more,
    }
    return PaySupplier(effective_on=on, **named)


def paid(there: Desk, items: dict[str, str], on: date = date(2024, 10, 15), **more: Any) -> None:
    """Propose and pay on one day."""
    rate = {"rate_series": more.pop("rate_series", None)}
    proposed = propose(items, on, **more)
    there.do(proposed)
    there.do(pay(proposed, on, **rate), APPROVER)


def test_one_payment_pays_several_documents_in_whole_and_in_part() -> None:
    """1,436.66 less a note of 212.00 leaves 1,224.66 of the first; of the second 1,000.00 and then 436.66 are paid."""
    there = desk(RECORD, NOTE, replace(RECORD, purchase="p-4-demo", number="00000004"))
    assert there.balances()["payables"] == -(122466 + 143666)
    paid(there, {"p-1-demo": "1224.66", "p-4-demo": "1000.00"})
    assert (there.balances()["payables"], there.balances()["bank"]) == (-43666, -222466)
    paid(there, {"p-4-demo": "436.66"}, payment="pay-2-demo")
    assert "payables" not in there.balances()
    there.do(
        ReturnSupplierPayment(
            effective_on=date(2024, 10, 18), payment="pay-1-demo", supplier=SUPPLIER, reason="it came back (demo)"
        )
    )
    assert (there.balances()["payables"], there.balances()["bank"]) == (-222466, -43666)
    paid(there, {"p-1-demo": "1224.66"}, date(2024, 10, 19), payment="pay-3-demo")
    assert there.balances()["payables"] == -100000


def test_foreign_money_is_paid_at_the_rate_of_the_day_and_the_rest_is_exchange() -> None:
    """71,036.00 for USD 10,000.00. 4,000 at 7.2000 cost 28,800.00 and stood at 28,414.40: a loss of 385.60. 6,000 at
    7.2590 cost 43,554.00 and stood at 42,621.60: a loss of 932.40, in all 1,318.00."""
    there = desk(MACHINE, role="PRINCIPAL")
    paid(there, {"p-2-demo": "4000"}, currency="USD", rate_series=USD)
    assert (there.balances()["payables"], there.balances()["exchange"]) == (-4262160, 38560)
    paid(there, {"p-2-demo": "6000"}, date(2024, 11, 20), payment="pay-2-demo", currency="USD", rate_series=USD)
    assert there.balances() == {"inventory": 7103600, "bank": -(2880000 + 4355400), "exchange": 131800}


def test_foreign_payables_are_remeasured_at_a_months_end() -> None:
    """USD 10,000.00 stood at 71,036.00; at 7.0074 they are 70,074.00: a gain of 962.00. Then 4,000 at 7.2000 cost
    28,800.00 and stood at 28,029.60: a loss of 770.40; 42,044.40 are left."""
    there = desk(MACHINE, role="PRINCIPAL")
    there.do(REVALUE_PAYABLES)
    assert there.balances() == {"inventory": 7103600, "payables": -7007400, "exchange": -96200}
    paid(there, {"p-2-demo": "4000"}, currency="USD", rate_series=USD)
    settled = {"inventory": 7103600, "payables": -4204440, "bank": -2880000, "exchange": -19160}
    assert there.balances() == settled
    # June is remeasured late: 71,268.00 then, and out again by the end of September.
    june = replace(REVALUE_PAYABLES, effective_on=date(2024, 6, 30), month="2024-06")
    june_up, out = there.do(june)
    assert [line.amount_minor for fact in (june_up, out) for line in postings(fact)] == [23200, -23200, -23200, 23200]
    assert (out.effective_on, there.balances()) == (date(2024, 9, 30), settled)
    given(*there.facts).when(june, by=FINANCE).then()
    given(*there.facts).when(REVALUE_PAYABLES, by=FINANCE).then()


def back(net: str, nth: int = 1, on: date = date(2024, 10, 7)) -> RecordSupplierCreditNote:
    """So many dollars of the machine are taken off again."""
    return RecordSupplierCreditNote(
        effective_on=on,
        purchase=f"pc-{nth}-demo",
        invoice="p-2-demo",
        supplier=SUPPLIER,
        number=f"CN-{nth}",
        lines=(replace(MACHINE.lines[0], net=net),),
        reason="given back (demo)",
    )


GONE = replace(WITHDRAW, purchase="p-2-demo", effective_on=date(2024, 10, 7), orders=(ORDER,))


@pytest.mark.parametrize(
    ("sent", "left"),
    [
        # What was remeasured goes with it: nothing is left of an invoice that was a mistake.
        pytest.param((GONE,), {}, id="withdrawn"),
        # 4,000 stood at 28,029.60 and are taken off at 28,414.40: 384.80 of the gain are out; 6,000 stay at 7.0074.
        pytest.param(
            (back("4000"),), {"inventory": 4262160, "payables": -4204440, "exchange": -57720}, id="credited-in-part"
        ),
        pytest.param((back("4000"), back("6000", 2)), {}, id="credited-in-two-parts"),
        # 8,000 were paid at 7.2000 for 57,600.00, a loss of 1,540.80; 2,000 are closed, and 2,000 owed back at 7.1036.
        pytest.param(
            ("8000", back("4000", on=date(2024, 10, 16))),
            {"inventory": 4262160, "payables": 1420720, "bank": -5760000, "exchange": 154080 - 96200 + 19240},
            id="more-than-is-owed",
        ),
        # Of a day before the month's end, recorded late: the month's end is remeasured again.
        pytest.param(
            (back("4000", on=date(2024, 9, 20)), REVALUE_PAYABLES),
            {"inventory": 4262160, "payables": -4204440, "exchange": -57720},
            id="before-it-was-remeasured",
        ),
    ],
)
def test_what_is_taken_off_takes_what_was_remeasured_of_it_along(sent: tuple[Any, ...], left: dict[str, int]) -> None:
    """USD 10,000.00 for 71,036.00, at 70,074.00 since the end of September."""
    there = desk(MACHINE, role="PRINCIPAL")
    there.do(REVALUE_PAYABLES)
    for command in sent:
        if isinstance(command, str):
            paid(there, {"p-2-demo": command}, currency="USD", rate_series=USD)
        else:
            there.do(command)
    assert there.balances() == left
    out = [fact for fact in there.facts if isinstance(fact, PayablesRemeasured)]
    assert min(fact.accounting_on for fact in out) == REVALUE_PAYABLES.effective_on, "nothing is out before it was in"


@pytest.mark.parametrize(
    ("more", "refusal"),
    [
        ({"effective_on": date(2024, 9, 29)}, PayablesNotMonthEnd),
        ({"documents": ("p-1-demo",)}, PayableUnknown),
        ({"documents": ("nosuch-demo",)}, PayableUnknown),
        ({"rate_series": ("fx/eur-cny",)}, PurchaseRateMissing),
    ],
)
def test_what_is_not_remeasured(more: dict[str, Any], refusal: type[Refusal]) -> None:
    facts = desk(MACHINE, RECORD, role="PRINCIPAL").facts
    given(*facts).when(replace(REVALUE_PAYABLES, **more), by=FINANCE).refused(refusal)
    closed = (*facts, replace(CLOSED, month="2024-09"))
    given(*closed).when(REVALUE_PAYABLES, by=FINANCE).refused(PayablesMonthTaken)


def test_what_a_supplier_owes_back_is_set_off() -> None:
    there = desk(RECORD, replace(RECORD, purchase="p-4-demo", number="00000004"))
    paid(there, {"p-1-demo": "1436.66"}, date(2024, 3, 10))
    there.do(NOTE)
    assert there.balances()["payables"] == -(143666 - 21200)
    paid(there, {"p-4-demo": "1436.66", "p-1-demo": "-212.00"}, payment="pay-2-demo")
    assert "payables" not in there.balances()
    assert there.balances()["bank"] == -(143666 + 122466)


def test_a_generator_is_paid_its_share() -> None:
    """Of 74,968.54 that the buyer owes, 2 % of 66,343.84 and 6 % on that stay: 1,326.88 + 79.61; 73,562.05 go on."""
    month = offtaken.metered(offtaken.agreement(offtaken.AS_AGENT), "1204318.4", {"2024-01": "1331902.7"})
    there = Desk(*offtaken.settled(month, "2024-01"))
    owed = 7356205
    assert there.balances()["payables"] == -owed
    (invoice,) = [fact for fact in there.facts if isinstance(fact, EnergyInvoiced)]
    paid(there, {invoice.invoice: "73562.05"}, supplier=offtaken.GENERATOR)
    assert "payables" not in there.balances()
    assert there.balances()["bank"] == -owed


def account(name: str, currency: Currency, **more: Any) -> OpenBankAccount:
    return OpenBankAccount(
        effective_on=date(2024, 1, 2), bank_account=name, bank="Bank (demo)", number=name, currency=currency, **more
    )


def test_it_leaves_the_account_that_is_named_else_the_default_of_its_currency() -> None:
    there = desk(RECORD, account("cny-1-demo", "CNY", default=True), account("cny-2-demo", "CNY"))
    there.do(account("usd-1-demo", "USD"))
    for named, says in (("usd-1-demo", "is in USD"), ("cny-9-demo", "open it first")):
        with pytest.raises(BankingRefusal, match=says):
            there.do(propose({"p-1-demo": "36.66"}, bank_account=named))
    paid(there, {"p-1-demo": "36.66"}, bank_account="cny-2-demo")
    paid(there, {"p-1-demo": "400.00"}, payment="pay-2-demo")
    there.do(replace(RETURN, payment="pay-1-demo"))
    moved = [line for fact in there.facts for line in postings(fact) if line.account == "bank"]
    assert [(line.bank_account, line.amount_minor) for line in moved] == [
        ("cny-2-demo", -3666),
        ("cny-1-demo", -40000),
        ("cny-2-demo", 3666),
    ]
    assert all(
        f"bank-moves:{line.bank_account}" in fact.tags
        for fact in there.facts
        for line in postings(fact)
        if line.account == "bank"
    )


def test_the_same_reference_on_another_account_is_another_payment() -> None:
    there = desk(RECORD, account("cny-1-demo", "CNY", default=True), account("cny-2-demo", "CNY"))
    for nth, bank_account in enumerate(("cny-1-demo", "cny-2-demo"), 1):
        proposed = propose({"p-1-demo": "1.00"}, payment=f"pay-{nth}-demo", bank_account=bank_account)
        there.do(proposed)
        there.do(pay(proposed, bank_reference="0001"), APPROVER)
    third = propose({"p-1-demo": "1.00"}, payment="pay-3-demo")
    there.do(third)
    with pytest.raises(PaymentReferenceTaken):
        there.do(pay(third, bank_reference="0001"), APPROVER)


def desk_of_refusals() -> Desk:
    there = desk(RECORD, NOTE, DECLARE, MACHINE, role="PRINCIPAL")
    there.do(propose({"p-1-demo": "1000.00"}))
    there.do(propose({"p-1-demo": "200.00"}, payment="pay-2-demo"))
    there.do(pay(propose({"p-1-demo": "200.00"}, payment="pay-2-demo")), APPROVER)
    there.do(propose({"p-1-demo": "1.00"}, payment="pay-3-demo"))
    there.do(
        RejectSupplierPayment(
            effective_on=date(2024, 10, 15), payment="pay-3-demo", supplier=SUPPLIER, reason="why (demo)"
        )
    )
    return there


FIRST = propose({"p-1-demo": "1000.00"})
NEW: dict[str, Any] = {"payment": "pay-9-demo"}
RETURN = ReturnSupplierPayment(
    effective_on=date(2024, 10, 18), payment="pay-2-demo", supplier=SUPPLIER, reason="it came back (demo)"
)


@pytest.mark.parametrize(
    ("command", "by", "refusal", "field", "says"),
    [
        (propose({"p-1-demo": "7.00"}), FINANCE, PaymentTaken, "payment", "says otherwise"),
        (propose({"p-7": "1.00"}, **NEW), FINANCE, PayableUnknown, "items", "nothing is owed to cleanheat-demo"),
        (propose({"p-3-demo": "1.00"}, **NEW), FINANCE, PayableUnknown, "items", "owed to customs-demo"),
        (propose({"p-2-demo": "1.00"}, **NEW), FINANCE, CurrenciesDiffer, "currency", "USD"),
        (propose({"p-1-demo": "0.00"}, **NEW), FINANCE, PurchaseAmountUnfit, "items", "say how much"),
        (propose({"p-1-demo": "1.001"}, **NEW), FINANCE, PurchaseAmountUnfit, "items", "2 decimals"),
        (propose({"p-1-demo": "1024.67"}, **NEW), FINANCE, PayableExceeded, "items", "1024.66 CNY are owed"),
        (propose({"p-1-demo": "24.67"}, **NEW), FINANCE, PayableAsked, "items", "pay-1-demo would pay 1000.00 CNY"),
        (propose({"p-1-demo": "-1.00"}, **NEW), FINANCE, PayableExceeded, "items", "not -1.00"),
        (propose({"p-1-demo": "1.00"}, date(2024, 3, 4), **NEW), FINANCE, BeforePayable, "effective_on", "03-05"),
        (pay(FIRST, supplier=CUSTOMS), APPROVER, PaymentUnknown, "payment", "customs-demo"),
        (pay(FIRST, documents=("p-2-demo",)), APPROVER, PaymentsDiffer, "documents", "p-1-demo"),
        (pay(FIRST, date(2024, 10, 13)), APPROVER, BeforePayable, "effective_on", "2024-10-14"),
        (pay(FIRST), FINANCE, PayerIsProposer, None, "somebody else"),
        (pay(FIRST, bank_reference="PAY-2-DEMO"), APPROVER, PaymentReferenceTaken, "bank_reference", "pay-2-demo"),
        (pay(propose({"p-1-demo": "1.00"}, payment="pay-3-demo")), APPROVER, PaymentDecided, None, "rejected"),
        (
            pay(propose({"p-1-demo": "2.00"}, payment="pay-2-demo"), bank_reference="X"),
            APPROVER,
            PaymentDecided,
            None,
            "made",
        ),
        (replace(RETURN, effective_on=date(2024, 10, 14)), FINANCE, BeforePayable, "effective_on", "2024-10-15"),
        (replace(RETURN, payment="pay-1-demo"), FINANCE, PaymentUnknown, "payment", "was made"),
    ],
)
def test_what_is_refused(command: Command, by: By, refusal: type[Refusal], field: str | None, says: str) -> None:
    given(*desk_of_refusals().facts).when(command, by=by).refused(refusal, field=field, says=says)


def test_what_was_rejected_or_came_back_is_proposed_anew_under_another_id() -> None:
    there = desk_of_refusals()
    rejected, returned = propose({"p-1-demo": "1.00"}, payment="pay-3-demo"), propose({"p-1-demo": "200.00"})
    returned = replace(returned, payment="pay-2-demo")
    given(*there.facts).when(rejected, by=FINANCE).refused(
        PaymentTaken, field="payment", says="pay-3-demo was rejected on 2024-10-15; choose another id"
    )
    given(*there.facts).when(returned, by=FINANCE).then()
    given(*there.facts).when(pay(returned), by=APPROVER).then()
    there.do(RETURN)
    for command, by in ((returned, FINANCE), (pay(returned), APPROVER)):
        given(*there.facts).when(command, by=by).refused(
            PaymentTaken, field="payment", says="pay-2-demo was returned on 2024-10-18; choose another id"
        )
    paid(there, {"p-1-demo": "200.00"}, date(2024, 10, 19), payment="pay-4-demo")


def test_what_waits_is_asked_for_once() -> None:
    """Of 1,436.66 a first payment asks 1,000.00, a second the 436.66 that are left; a third is told of both, until
    one is rejected. Nothing of it hinders paying."""
    there = desk(RECORD)
    first, second = propose({"p-1-demo": "1000.00"}), propose({"p-1-demo": "436.66"}, payment="pay-2-demo")
    there.do(first)
    there.do(second)
    third = propose({"p-1-demo": "0.01"}, payment="pay-3-demo")
    both = "pay-1-demo, pay-2-demo would pay 1436.66 CNY of p-1-demo already; 0.00 are left"
    given(*there.facts).when(third, by=FINANCE).refused(PayableAsked, field="items", says=both)
    there.do(pay(first), APPROVER)
    given(*there.facts).when(third, by=FINANCE).refused(PayableAsked, field="items", says="pay-2-demo would pay 436.66")
    there.do(
        RejectSupplierPayment(
            effective_on=date(2024, 10, 15), payment="pay-2-demo", supplier=SUPPLIER, reason="why (demo)"
        )
    )
    there.do(third)


def test_what_was_credited_since_is_not_paid() -> None:
    there = desk(RECORD)
    proposed = propose({"p-1-demo": "1436.66"})
    there.do(proposed)
    there.do(NOTE)
    given(*there.facts).when(pay(proposed), by=APPROVER).refused(PayableExceeded, field="documents", says="1224.66")


def test_money_that_comes_back_alone_is_no_payment() -> None:
    there = desk(RECORD)
    paid(there, {"p-1-demo": "1436.66"}, date(2024, 3, 10))
    there.do(NOTE)
    back = propose({"p-1-demo": "-212.00"}, payment="pay-2-demo")
    given(*there.facts).when(back, by=FINANCE).refused(PaymentNotPositive, field="items")


def test_a_foreign_payment_names_its_rate() -> None:
    there = desk(MACHINE, role="PRINCIPAL")
    proposed = propose({"p-2-demo": "1.00"}, currency="USD")
    there.do(proposed)
    given(*there.facts).when(pay(proposed), by=APPROVER).refused(PurchaseRateMissing, field="rate_series")


def test_a_paid_document_is_not_withdrawn_and_a_reference_is_everybodys() -> None:
    there = desk(RECORD, role="PRINCIPAL")
    paid(there, {"p-1-demo": "1.00"})
    withdraw = replace(WITHDRAW, purchase="p-1-demo", effective_on=date(2024, 10, 20))
    given(*there.facts).when(withdraw, by=FINANCE).refused(PurchaseIsPaid, says="pay-1-demo")
    came = RecordMilestonePayment(
        effective_on=date(2024, 1, 10), order=ORDER, milestone="deposit", bank_reference="PAY-1-DEMO", rate_series=USD
    )
    given(*there.facts).when(came, by=FINANCE).refused(
        OrderReferenceTaken, field="bank_reference", says="payment pay-1-demo"
    )
