"""What the city buys and pays: machines that it sells itself, customs, its houses and office; and the shares of others.

bought     invoices of suppliers and customs, one of them recorded twice, one credited in part
payments   on a day of each month, everything that is due by then: proposed by finance, paid by an approver
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from fractions import Fraction

from api.demo.city import evidence
from api.demo.days import at, first_of, last_of, months, workday
from api.demo.deals.equipment import USD, Purchase
from api.demo.deals.parties import CUSTOMS, HOUSEKEEPER, SUPPLIERS
from api.demo.people import ACCOUNTANT, APPROVER, COLLEAGUE
from api.demo.pipeline import END
from api.demo.steps import Step
from api.demo.unfolding import Known, Turn
from ledger.bookkeeping.purchases.documents import (
    RecordCustomsDeclaration,
    RecordPurchaseInvoice,
    RecordSupplierCreditNote,
    ToPurchase,
    WithdrawPurchaseDocument,
)
from ledger.decider import By, Command
from ledger.joint.paying import PaySupplier, ProposeSupplierPayment, RejectSupplierPayment, ReturnSupplierPayment, ToPay
from ledger.values.currencies import Currency, in_minor
from ledger.values.money import EXPONENT, rounded, written
from projections.payables.documents import PayableRow, Payables, payables

FIRST, LAST, PAYS_ON = "2023-09", "2026-06", 21
SHARES = ((30, Fraction(35, 100)), (128, Fraction(50, 100)))
"""So many days after the order the supplier asks for so much of what the buyer pays: the rest is the margin."""
DUTY_DAYS = 176
UNPAID, TWICE, WET = "2026-02", "2024-10", "2025-03"
"""Months of housekeeping: that is disputed and stays open, was recorded twice, was credited in part."""
REJECTED, RETURNED = "2025-06", "2024-04"
"""Months in which a payment was turned down and proposed anew, and in which one came back."""

Told = Iterator[tuple[date, By, Command]]


def bought(purchases: Sequence[Purchase]) -> Iterator[Step]:
    """Every document that is recorded before the end."""
    told = [*_kept(), *(line for one in purchases if one.role == "PRINCIPAL" for line in _machines(one))]
    for nth, (on, by, command) in enumerate(told):
        instant = at(on, 215, nth)
        if instant.date() <= END:
            yield Step(recorded_at=instant, by=by, command=command)


def _machines(purchase: Purchase) -> Told:
    """The supplier's invoices, as far as the order came, and what customs ask for."""
    supplier, value = (
        SUPPLIERS[purchase.supplier].company,
        purchase.quantity * in_minor(purchase.price, purchase.currency),
    )
    stages = {"DEPOSIT_PAID": 0, "FAT_PASSED": 1, "CANCELLED": 1}
    for nth, (days, share) in enumerate(SHARES[: stages.get(purchase.stops, len(SHARES))], 1):
        on = workday(purchase.ordered_on + timedelta(days=days))
        net = written(rounded(value * share), EXPONENT[purchase.currency])
        record = RecordPurchaseInvoice(
            effective_on=on,
            purchase=f"pi-{purchase.number:02}-{nth}-demo",
            supplier=supplier,
            number=f"FICT-PI-{purchase.number:02}{nth}",
            due_on=on + timedelta(days=30),
            currency=_currency(purchase),
            rate_series=purchase.rate_series,
            lines=(ToPurchase(kind="INVENTORY", net=net, order=purchase.order, text=purchase.model),),
            evidence=evidence(f"Invoice {nth} for {purchase.order}", on),
        )
        yield on, ACCOUNTANT, record
    if not purchase.domestic and purchase.stops not in stages:
        on = workday(purchase.ordered_on + timedelta(days=DUTY_DAYS))
        duty = value * 7 // 20
        declare = RecordCustomsDeclaration(
            effective_on=on,
            purchase=f"cd-{purchase.number:02}-demo",
            supplier=CUSTOMS.company,
            number=f"FICT-CD-{purchase.number:02}",
            order=purchase.order,
            duty=written(duty),
            import_vat=written(value * 7 * 21 // 20 * 13 // 100),
            due_on=on + timedelta(days=15),
            evidence=evidence(f"Duty for {purchase.order}", on),
        )
        yield on, ACCOUNTANT, declare


def _currency(purchase: Purchase) -> Currency:
    return "CNY" if purchase.domestic else "USD"


def _kept() -> Told:
    """The houses are kept month by month; once a year the accounts are looked through."""
    for nth, month in enumerate(months(FIRST, LAST)):
        on = workday(last_of(month) - timedelta(days=4))
        net = f"{62_400 + nth % 7 * 350}.00"
        lines: tuple[ToPurchase, ...] = (ToPurchase(kind="PROPERTY", net=net, vat_rate="0.06", text="Keeping (demo)"),)
        if month.endswith("-04"):
            lines += (ToPurchase(kind="ADMINISTRATION", net="38000.00", vat_rate="0.06", text="Accounts (demo)"),)
        record = RecordPurchaseInvoice(
            effective_on=on,
            purchase=f"keeping-{month}-demo",
            supplier=HOUSEKEEPER.company,
            number=f"{20_000_000 + nth}",
            code="0000000000",
            due_on=on + timedelta(days=25),
            lines=lines,
            evidence=evidence(f"Invoice for {month}", on),
        )
        yield on, ACCOUNTANT, record
        if month == TWICE:
            again = f"keeping-{month}-twice-demo"
            yield on, COLLEAGUE, _otherwise(record, again)
            yield (
                workday(on + timedelta(days=1)),
                COLLEAGUE,
                WithdrawPurchaseDocument(
                    effective_on=workday(on + timedelta(days=1)), purchase=again, reason="Recorded twice (demo)"
                ),
            )
        if month == WET:
            yield (
                workday(on + timedelta(days=6)),
                ACCOUNTANT,
                RecordSupplierCreditNote(
                    effective_on=workday(on + timedelta(days=6)),
                    purchase=f"keeping-{month}-less-demo",
                    invoice=record.purchase,
                    supplier=HOUSEKEEPER.company,
                    number="30000001",
                    code="0000000000",
                    lines=(ToPurchase(kind="PROPERTY", net="4200.00", vat_rate="0.06"),),
                    reason="The stairs were not kept for two weeks (demo)",
                ),
            )


def _otherwise(record: RecordPurchaseInvoice, purchase: str) -> RecordPurchaseInvoice:
    """The same invoice under another id, its number misread."""
    return RecordPurchaseInvoice(
        effective_on=record.effective_on,
        purchase=purchase,
        supplier=record.supplier,
        number=f"9{record.number[1:]}",
        code=record.code,
        due_on=record.due_on,
        lines=record.lines,
    )


# Payments


def payments() -> Iterator[Turn]:
    """On a day of each month everything that is due by then, party by party."""
    for month in months(FIRST, LAST):
        on = workday(first_of(month).replace(day=PAYS_ON))
        if on <= END:
            yield Turn(recorded_at=at(on, 260), steps=_run(month, on))


def _run(month: str, on: date) -> Callable[[Known], Iterator[Step]]:
    def steps(known: Known) -> Iterator[Step]:
        known.follow(Payables)
        with known.database.views.connect() as connection:
            rows = payables(connection, known.basis(on), open_only=True)
        due = [row for row in rows if (row.due_on or on) <= on and row.document != f"keeping-{UNPAID}-demo"]
        parties = sorted({(row.company, row.currency) for row in due})
        for nth, (company, currency) in enumerate(parties):
            mine = [row for row in due if (row.company, row.currency) == (company, currency)]
            if sum(row.open_minor for row in mine) > 0:
                for by, minutes, command in _paid(month, on, nth, mine):
                    yield Step(recorded_at=at(on, 260 + minutes, nth), by=by, command=command)

    return steps


def _paid(month: str, on: date, nth: int, rows: Sequence[PayableRow]) -> Iterator[tuple[By, int, Command]]:
    """One party's payment of a month: proposed, and paid an hour later; what goes wrong besides."""
    name = f"pay-{month}-{nth + 1:02}-demo"
    odd = {REJECTED: "too-early", RETURNED: "came-back"}.get(month) if nth == 0 else None
    if odd == "too-early":
        early = _proposed(f"{name[:-5]}-early-demo", on, rows)
        yield COLLEAGUE, 0, early
        yield (
            APPROVER,
            10,
            RejectSupplierPayment(
                effective_on=on, payment=early.payment, supplier=early.supplier, reason="Without its papers (demo)"
            ),
        )
    proposed = _proposed(name, on, rows)
    yield COLLEAGUE, 20, proposed
    yield APPROVER, 80, _made(proposed, name, on)
    if odd == "came-back":
        yield (
            COLLEAGUE,
            140,
            ReturnSupplierPayment(
                effective_on=on, payment=name, supplier=proposed.supplier, reason="The account was closed (demo)"
            ),
        )


def _proposed(name: str, on: date, rows: Sequence[PayableRow]) -> ProposeSupplierPayment:
    items = (ToPay(document=row.document, amount=written(row.open_minor, EXPONENT[row.currency])) for row in rows)
    currency: Currency = "USD" if rows[0].currency == "USD" else "CNY"
    return ProposeSupplierPayment(
        effective_on=on, payment=name, supplier=rows[0].company, currency=currency, items=tuple(items)
    )


def _made(proposed: ProposeSupplierPayment, name: str, on: date) -> PaySupplier:
    return PaySupplier(
        effective_on=on,
        payment=name,
        supplier=proposed.supplier,
        documents=tuple(item.document for item in proposed.items),
        bank_reference=f"FICT-{name.upper()}",
        rate_series=USD if proposed.currency == "USD" else None,
    )
