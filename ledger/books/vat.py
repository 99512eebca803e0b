"""The VAT in each fact, line by line: at which rate, on how much, of which document and whom (domain §4.5).

VatLine     so much tax on so much; of a document, at its tax point
vat_lines   fact -> its VAT lines; together they are what it posts to 2221.01 and 2221.02, or an assertion fails
posted      what a fact posts to the accounts of VAT, by account
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from ledger.billing.facts import (
    CreditNoteIssued,
    DebitNoteIssued,
    DepositForfeited,
    DepositReversed,
    InvoiceIssued,
    Issued,
    LateFeeAssessed,
)
from ledger.billing.lines import DocumentLine
from ledger.bookkeeping.purchases.facts import (
    CustomsDeclared,
    PurchaseFact,
    PurchaseInvoiceRecorded,
    PurchaseWithdrawn,
    SupplierCreditNoteRecorded,
)
from ledger.bookkeeping.vat.facts import VatReturnFiled, VatReturnWithdrawn
from ledger.books.offtake import Documents
from ledger.books.postings import postings
from ledger.decider import Fact
from ledger.offtake.charges.facts import EnergyLateFeeAssessed, TerminationPaymentInvoiced
from ledger.offtake.facts import (
    EnergyCredited,
    EnergyCreditTakenBack,
    EnergyInvoiced,
    TakeOrPayInvoiced,
)
from ledger.orders.facts import (
    AdvanceForfeited,
    CancellationFeeCharged,
    CommissionFeeEarned,
    CommissionFeeReversed,
    EquipmentRevenueRecognised,
)
from ledger.orders.leftover.facts import StockSold
from ledger.orders.mistakes.facts import MIRRORS, OrderMirror

VatKind = Literal["OUTPUT", "INPUT", "IMPORT", "TRANSFER"]
"""What a line is: tax on what MCSC sells, on what it buys, at customs; what a return took over to 2221.03."""

ACCOUNTS: Mapping[str, int] = {"output-vat": -1, "input-vat": 1}
"""The accounts that VAT lines tie to, and the sign of their normal side: debits positive."""


class VatLine(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """So much tax on so much, in CNY minor units; a credit note's are negative.

    account      output-vat or input-vat; amounts are positive on its normal side
    document     the invoice, note, deposit, order or purchase; a return's month for a TRANSFER
    rate         of the tax, where the fact says it
    number, code the tax invoice's, of a purchase; a document of MCSC's own has its number recorded besides
    """

    account: str
    kind: VatKind
    document: str
    company: str | None = None
    number: str | None = None
    code: str | None = None
    rate: str | None = None
    base_minor: int = 0
    vat_minor: int = 0


def vat_lines(fact: Fact) -> tuple[VatLine, ...]:
    """List the VAT lines of a fact; none where it posts no VAT."""
    rule = RULES.get(type(fact))
    lines = tuple(line for line in rule(fact) if line.vat_minor) if rule is not None else ()
    found: dict[str, int] = {}
    for line in lines:
        found[line.account] = found.get(line.account, 0) + line.vat_minor
    assert {name: vat for name, vat in found.items() if vat} == posted(fact), f"the VAT of {fact} is told line by line"
    return lines


def posted(fact: Fact) -> dict[str, int]:
    """Sum what a fact posts to each account of VAT, positive on its normal side; accounts with nothing left out."""
    sums: dict[str, int] = {}
    for line in postings(fact):
        if line.account in ACCOUNTS:
            sums[line.account] = sums.get(line.account, 0) + ACCOUNTS[line.account] * line.amount_minor
    return {account: amount for account, amount in sums.items() if amount}


def _output(document: str, company: str, rate: str | None, base: int, vat: int) -> VatLine:
    return VatLine(
        account="output-vat",
        kind="OUTPUT",
        document=document,
        company=company,
        rate=rate,
        base_minor=base,
        vat_minor=vat,
    )


def _by_rate(document: str, company: str, lines: Iterable[DocumentLine], sign: int) -> Iterator[VatLine]:
    """A line for each rate of a document."""
    sums: dict[str, tuple[int, int]] = {}
    for line in lines:
        base, vat = sums.get(line.vat_rate, (0, 0))
        sums[line.vat_rate] = base + line.net_minor, vat + line.vat_minor
    for rate, (base, vat) in sums.items():
        yield _output(document, company, rate, sign * base, sign * vat)


def _issued(fact: Issued) -> Iterator[VatLine]:
    return _by_rate(fact.invoice, fact.company, fact.lines, 1)


def _credited(fact: CreditNoteIssued) -> Iterator[VatLine]:
    return _by_rate(fact.credit_note, fact.company, fact.lines, -1)


def _energy(fact: Documents) -> Iterator[VatLine]:
    return _of_energy(fact, fact.invoice, 1)


def _energy_off(fact: EnergyCredited | EnergyCreditTakenBack) -> Iterator[VatLine]:
    if isinstance(fact, EnergyCreditTakenBack) and fact.charge == "GUARANTEE_LD":
        return iter(())
    return _of_energy(fact, fact.credit_note, -1)


def _of_energy(fact: Any, document: str, sign: int) -> Iterator[VatLine]:
    """Of a seller the whole document; of a settlement agent its fee, which the generator pays."""
    if fact.generator is None:
        yield from _by_rate(document, fact.company, fact.lines, sign)
    else:
        yield _output(document, fact.generator, None, sign * fact.fee_minor, sign * fact.fee_vat_minor)


def _kept(fact: DepositForfeited) -> Iterator[VatLine]:
    yield _output(fact.deposit, fact.company, fact.vat_rate, fact.amount_minor - fact.vat_minor, fact.vat_minor)


def _kept_no_more(fact: DepositReversed) -> Iterator[VatLine]:
    if fact.movement == "FORFEITED":
        yield _output(fact.deposit, fact.company, None, fact.vat_minor - fact.amount_minor, -fact.vat_minor)


def _sale(fact: EquipmentRevenueRecognised | CancellationFeeCharged | AdvanceForfeited) -> Iterator[VatLine]:
    base = fact.cny_minor - fact.vat_cny_minor
    yield _output(fact.order, fact.buyer, fact.vat_rate, base, fact.vat_cny_minor)


def _stock_sold(fact: StockSold) -> Iterator[VatLine]:
    base = fact.cny_minor - fact.vat_cny_minor
    yield _output(fact.order, fact.customer, fact.vat_rate, base, fact.vat_cny_minor)


def _fee(fact: CommissionFeeEarned) -> Iterator[VatLine]:
    yield _output(fact.order, fact.payer, fact.vat_rate, fact.cny_minor, fact.vat_cny_minor)


def _fee_off(fact: CommissionFeeReversed) -> Iterator[VatLine]:
    yield _output(fact.order, fact.payer, None, -fact.earned_cny_minor, -fact.vat_cny_minor)


def _bought(fact: PurchaseFact) -> Iterator[VatLine]:
    """A line for each rate of what is deducted; customs' tax is on a value that the declaration says, and not we."""
    sums: dict[str, tuple[int, int]] = {}
    for line in fact.lines:
        if line.deductible:
            base, vat = sums.get(line.vat_rate, (0, 0))
            sums[line.vat_rate] = base + line.net_cny_minor, vat + line.vat_cny_minor
    imported = isinstance(fact, CustomsDeclared)
    for rate, (base, vat) in sums.items():
        yield VatLine(
            account="input-vat",
            kind="IMPORT" if imported else "INPUT",
            document=fact.purchase,
            company=fact.supplier,
            number=fact.number,
            code=fact.code,
            rate=None if imported else rate,
            base_minor=0 if imported else fact.sign * base,
            vat_minor=fact.sign * vat,
        )


def _mirror(fact: OrderMirror | PurchaseWithdrawn | VatReturnWithdrawn) -> Iterator[VatLine]:
    of: Any = fact.reversed
    for line in RULES[type(of)](of) if type(of) in RULES else ():
        yield replace(line, base_minor=-line.base_minor, vat_minor=-line.vat_minor)


def _transferred(fact: VatReturnFiled) -> Iterator[VatLine]:
    for account, amount in posted(fact).items():
        yield VatLine(account=account, kind="TRANSFER", document=f"vat-{fact.month}", vat_minor=amount)


RULES: Mapping[type[Fact], Callable[[Any], Iterable[VatLine]]] = {
    **dict.fromkeys((InvoiceIssued, DebitNoteIssued, LateFeeAssessed), _issued),
    CreditNoteIssued: _credited,
    **dict.fromkeys((EnergyInvoiced, TakeOrPayInvoiced, EnergyLateFeeAssessed, TerminationPaymentInvoiced), _energy),
    **dict.fromkeys((EnergyCredited, EnergyCreditTakenBack), _energy_off),
    DepositForfeited: _kept,
    DepositReversed: _kept_no_more,
    **dict.fromkeys((EquipmentRevenueRecognised, CancellationFeeCharged, AdvanceForfeited), _sale),
    StockSold: _stock_sold,
    CommissionFeeEarned: _fee,
    CommissionFeeReversed: _fee_off,
    **dict.fromkeys(MIRRORS.values(), _mirror),
    **dict.fromkeys((PurchaseInvoiceRecorded, SupplierCreditNoteRecorded, CustomsDeclared), _bought),
    PurchaseWithdrawn: _mirror,
    VatReturnFiled: _transferred,
    VatReturnWithdrawn: _mirror,
}
