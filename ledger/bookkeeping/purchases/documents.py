"""What suppliers and customs ask for, and take off again; and documents that were recorded by mistake.

Commands                    Facts (purchase.…)
RecordPurchaseInvoice       invoice-recorded
RecordSupplierCreditNote    credit-note-recorded
RecordCustomsDeclaration    customs-declared
WithdrawPurchaseDocument    document-withdrawn: its mirror; its number is free again

Refusals, in order of precedence (after those of purchase.py up to SupplierNumberTaken)
├── PurchaseIsWithdrawn    it was recorded by mistake, and is no more (conflict)
├── DueBeforeItsDate       nothing is due before it is asked for
├── OrderNotNamed          equipment is of an order, and nothing else is
├── AssetsApart            what is kept for years is on a document of its own: its payment is an investment
├── NotAnInvoice           a credit note takes something off an invoice
├── BeforePurchase         nothing is taken off, or taken back, before it is asked for
├── SupplierCreditExceeded no more is taken off than the invoice asks for, of a kind and an order
├── PurchaseCredited       a credit note takes something off it; that goes first
└── PurchaseIsPaid         a payment pays it; that goes first
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Annotated, Any, ClassVar, NamedTuple

from msgspec import Meta, Struct
from msgspec.structs import replace

from ledger.bookkeeping.purchases.facts import (
    CustomsDeclared,
    InvoiceCode,
    PurchaseFact,
    PurchaseInvoiceRecorded,
    PurchaseKind,
    PurchaseLine,
    PurchaseWithdrawn,
    SupplierCreditNoteRecorded,
    SupplierNumber,
    is_coded,
    key_of,
    keys_beside,
)
from ledger.bookkeeping.purchases.purchase import (
    InvoiceCodeUnfit,
    Purchase,
    PurchaseAmountUnfit,
    PurchaseCommand,
    PurchaseRefusal,
    Purchases,
    PurchaseTaken,
    PurchaseUnknown,
    SupplierNumberTaken,
    SupplierUnknown,
    VatRateUnfit,
    amount_of,
    carried,
    posting_tags,
    posts_on,
    rate_of,
)
from ledger.bookkeeping.vat.rates import why_not
from ledger.decider import By, Fact, Id, Part, Text, said
from ledger.rates import Series
from ledger.values.currencies import Amount, Currency, converted
from ledger.values.days import Agreed
from ledger.values.evidence import Evidence
from ledger.values.money import EXPONENT, Cny, Ratio, minor, vat_on, written

VAT_OFF_MAX = 5
"""By how many minor units the VAT of a line may differ from what its rate gives: suppliers round in their own ways."""

# Commands


class ToPurchase(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A line of a supplier's document.

    vat          as the document says it; what the rate gives where it is not said
    deductible   its VAT is input VAT; else that is part of the cost
    order        of INVENTORY: the order whose equipment it is
    rate_reason  why the rate is right, where the law has no such on the day
    """

    kind: PurchaseKind
    net: Amount
    vat_rate: Ratio = "0"
    vat: Amount | None = None
    deductible: bool = True
    order: Id | None = None
    text: Text | None = None
    rate_reason: Text | None = None


Lines = Annotated[tuple[ToPurchase, ...], Meta(min_length=1, max_length=100)]


class RecordPurchaseInvoice(PurchaseCommand, frozen=True, kw_only=True, tag="record-purchase-invoice"):
    """Record what a supplier asks for; `effective_on` is the date of its invoice.

    number, code   the supplier's own; a tax invoice of 8 digits has a code besides
    rate_series    the exchange rate of that day, where it is in another currency than CNY
    """

    put_right: ClassVar[str] = (
        "`withdraw-purchase-document` takes it back, and its number is free again; what the supplier takes off is "
        "recorded by `record-supplier-credit-note`."
    )
    purchase: Id
    supplier: Id
    number: SupplierNumber
    code: InvoiceCode | None = None
    due_on: Agreed
    currency: Currency = "CNY"
    rate_series: Series | None = None
    lines: Lines
    evidence: Evidence | None = None


class RecordSupplierCreditNote(PurchaseCommand, frozen=True, kw_only=True, tag="record-supplier-credit-note"):
    """Record that a supplier takes something off an invoice: a red-letter invoice, or a note of its own."""

    put_right: ClassVar[str] = "`withdraw-purchase-document` takes it back: as much is owed as before."
    purchase: Id
    invoice: Id
    supplier: Id
    number: SupplierNumber
    code: InvoiceCode | None = None
    lines: Lines
    reason: Text
    evidence: Evidence | None = None


class RecordCustomsDeclaration(PurchaseCommand, frozen=True, kw_only=True, tag="record-customs-declaration"):
    """Record what customs ask for equipment of an order: duty is part of its cost, import VAT is input VAT.

    supplier   the customs office, a company on record; `number`: of the declaration
    """

    put_right: ClassVar[str] = "`withdraw-purchase-document` takes it back, and its number is free again."
    purchase: Id
    supplier: Id
    number: SupplierNumber
    order: Id
    duty: Cny
    import_vat: Cny
    deductible: bool = True
    due_on: Agreed
    evidence: Evidence | None = None


class WithdrawPurchaseDocument(PurchaseCommand, frozen=True, kw_only=True, tag="withdraw-purchase-document"):
    """Take back an invoice, a credit note or a declaration that was recorded by mistake: the books keep both.

    orders   of equipment: the orders that it was bought for
    """

    put_right: ClassVar[str] = (
        "Record it anew under another id: `record-purchase-invoice`, `record-supplier-credit-note`, "
        "`record-customs-declaration`."
    )
    purchase: Id
    orders: Annotated[tuple[Id, ...], Meta(max_length=100)] = ()
    reason: Text


# Refusals


class PurchaseIsWithdrawn(PurchaseRefusal):
    """It was recorded by mistake, and is no more."""

    code = "purchase-is-withdrawn"
    kind = "conflict"


class DueBeforeItsDate(PurchaseRefusal):
    """Nothing is due before it is asked for."""

    code = "due-before-its-date"


class OrderNotNamed(PurchaseRefusal):
    """Equipment is of an order, and nothing else is."""

    code = "purchase-order-not-named"


class AssetsApart(PurchaseRefusal):
    """Assets that are kept for years are on a document of their own."""

    code = "purchase-assets-apart"


class NotAnInvoice(PurchaseRefusal):
    """A credit note takes something off an invoice."""

    code = "purchase-not-an-invoice"


class BeforePurchase(PurchaseRefusal):
    """Nothing is taken off, or taken back, before it is asked for."""

    code = "before-purchase"


class SupplierCreditExceeded(PurchaseRefusal):
    """No more is taken off than the invoice asks for, of a kind and an order."""

    code = "supplier-credit-exceeded"


class PurchaseCredited(PurchaseRefusal):
    """A credit note takes something off it; that goes first."""

    code = "purchase-is-credited"


class PurchaseIsPaid(PurchaseRefusal):
    """A payment pays it; that goes first."""

    code = "purchase-is-paid"


# Scope


def _scope_invoice(command: RecordPurchaseInvoice) -> tuple[str, ...]:
    named = (f"purchase:{command.purchase}", f"company:{command.supplier}")
    return (*named, *_keys(command), *posting_tags(command.rate_series))


def _scope_note(command: RecordSupplierCreditNote) -> tuple[str, ...]:
    named = (f"purchase:{command.purchase}", f"purchase:{command.invoice}")
    return (*named, *_keys(command), *posting_tags(None))


def _keys(command: RecordPurchaseInvoice | RecordSupplierCreditNote) -> tuple[str, ...]:
    """The supplier's number, with its code and without."""
    said_of = command.supplier, command.code, command.number
    return (key_of(*said_of), *keys_beside(*said_of))


def _scope_declaration(command: RecordCustomsDeclaration) -> tuple[str, ...]:
    named = (f"purchase:{command.purchase}", f"company:{command.supplier}")
    return (*named, key_of(command.supplier, None, command.number), *posting_tags(None))


# Decide


def _invoice(state: Purchases, command: RecordPurchaseInvoice, by: By) -> Sequence[Fact]:
    on = command.effective_on
    _check_supplier(state, command.supplier)
    lines = lines_of(command.lines, command.currency, on)
    series = None if command.currency == "CNY" else command.rate_series
    fact = PurchaseInvoiceRecorded(
        effective_on=on,
        accounting_on=on,
        purchase=command.purchase,
        supplier=command.supplier,
        number=command.number,
        code=command.code,
        due_on=command.due_on,
        currency=command.currency,
        rate_series=series,
        lines=lines,
        evidence=command.evidence,
    )
    if _is_so(state, fact):
        return ()
    _check_due(command.due_on, on)
    _, rate = rate_of(state.rates, command.currency, series, on)
    _check_something(lines)
    return (replace(fact, accounting_on=posts_on(state, on, by), rate=rate, lines=in_yuan(lines, fact, rate)),)


def _note(state: Purchases, command: RecordSupplierCreditNote, by: By) -> Sequence[Fact]:
    on, invoice = command.effective_on, _known(state, command.invoice, "invoice")
    owed = invoice.recorded
    lines = lines_of(command.lines, owed.currency, owed.effective_on)
    fact = SupplierCreditNoteRecorded(
        effective_on=on,
        accounting_on=on,
        purchase=command.purchase,
        invoice=command.invoice,
        supplier=command.supplier,
        number=command.number,
        code=command.code,
        currency=owed.currency,
        rate_series=owed.rate_series,
        rate=owed.rate,
        lines=lines,
        reason=command.reason,
        evidence=command.evidence,
    )
    if _is_so(state, fact):
        return ()
    _check_stands(invoice)
    if not isinstance(owed, PurchaseInvoiceRecorded) or owed.supplier != command.supplier:
        raise NotAnInvoice(
            f"{command.invoice} is no invoice of {command.supplier}; name the invoice that it takes from",
            field="invoice",
        )
    _check_not_before(command.invoice, owed, on)
    _check_something(lines)
    _check_credit(invoice, fact)
    fact = replace(fact, lines=_at_what_stands(invoice, lines))
    return (replace(fact, accounting_on=posts_on(state, on, by, owed.accounting_on)),)


def _declare(state: Purchases, command: RecordCustomsDeclaration, by: By) -> Sequence[Fact]:
    on = command.effective_on
    _check_supplier(state, command.supplier)
    duty, vat = minor(command.duty), minor(command.import_vat)
    line = PurchaseLine(
        kind="INVENTORY",
        net_minor=duty,
        vat_rate="0",
        vat_minor=vat,
        net_cny_minor=duty,
        vat_cny_minor=vat,
        deductible=command.deductible,
        order=command.order,
    )
    fact = CustomsDeclared(
        effective_on=on,
        accounting_on=on,
        purchase=command.purchase,
        supplier=command.supplier,
        number=command.number,
        due_on=command.due_on,
        lines=(line,),
        evidence=command.evidence,
    )
    if _is_so(state, fact):
        return ()
    _check_due(command.due_on, on)
    _check_something(fact.lines)
    return (replace(fact, accounting_on=posts_on(state, on, by)),)


def _withdraw(state: Purchases, command: WithdrawPurchaseDocument, by: By) -> Sequence[Fact]:
    on, purchase = command.effective_on, _known(state, command.purchase, "purchase")
    recorded = purchase.recorded
    if purchase.withdrawn is not None and purchase.withdrawn.asked == said(PurchaseWithdrawn, command):
        return ()
    _check_stands(purchase)
    _check_not_before(command.purchase, recorded, on)
    if purchase.notes:
        raise PurchaseCredited(f"{', '.join(purchase.notes)} takes something off it; withdraw that first")
    if purchase.payments:
        raise PurchaseIsPaid(f"{', '.join(purchase.payments)} pays it; return-supplier-payment goes first")
    if bought := sorted({line.order for line in recorded.lines if line.order} - {*command.orders}):
        raise OrderNotNamed(f"{command.purchase} is for equipment of {', '.join(bought)}; name them", field="orders")
    assert isinstance(recorded, PurchaseInvoiceRecorded | SupplierCreditNoteRecorded | CustomsDeclared)
    return (
        PurchaseWithdrawn(
            effective_on=on,
            accounting_on=posts_on(state, on, by, recorded.accounting_on),
            purchase=command.purchase,
            supplier=recorded.supplier,
            reversed=recorded,
            reason=command.reason,
        ),
    )


# Lines


def lines_of(asked: Iterable[ToPurchase], currency: Currency, on: date) -> tuple[PurchaseLine, ...]:
    """The lines of a document, not yet in CNY, at rates of a day. Raises OrderNotNamed, AssetsApart, VatRateUnfit,
    PurchaseAmountUnfit."""
    lines = tuple(_line(line, currency, on) for line in asked)
    if len({line.kind == "ASSET" for line in lines}) > 1:
        raise AssetsApart(
            "an ASSET is on a document of its own, so that its payment is known as an investment: record two",
            field="lines",
        )
    return lines


def _line(asked: ToPurchase, currency: Currency, on: date) -> PurchaseLine:
    if (asked.kind == "INVENTORY") != (asked.order is not None):
        raise OrderNotNamed(
            "equipment (INVENTORY) is of an order, and nothing else is: name the order, or another kind", field="lines"
        )
    if asked.rate_reason is None and (wrong := why_not(asked.vat_rate, on)) is not None:
        raise VatRateUnfit(f"{wrong}; say why it is right (rate_reason)", field="lines")
    net = amount_of(asked.net, currency, "lines")
    computed = vat_on(net, asked.vat_rate)
    vat = computed if asked.vat is None else amount_of(asked.vat, currency, "lines")
    if abs(vat - computed) > VAT_OFF_MAX:
        decimals = EXPONENT[currency]
        raise PurchaseAmountUnfit(
            f"{written(net, decimals)} at {asked.vat_rate} is {written(computed, decimals)} of VAT, not "
            f"{written(vat, decimals)}",
            field="lines",
        )
    return PurchaseLine(
        kind=asked.kind,
        net_minor=net,
        vat_rate=asked.vat_rate,
        vat_minor=vat,
        net_cny_minor=0,
        vat_cny_minor=0,
        deductible=asked.deductible,
        order=asked.order,
        text=asked.text,
        rate_reason=asked.rate_reason,
    )


def in_yuan(lines: Iterable[PurchaseLine], fact: PurchaseFact, rate: str) -> tuple[PurchaseLine, ...]:
    """The lines in CNY at a rate: net and VAT are rounded once for each line."""
    return tuple(
        replace(
            line,
            net_cny_minor=converted(line.net_minor, fact.currency, rate),
            vat_cny_minor=converted(line.vat_minor, fact.currency, rate),
        )
        for line in lines
    )


# Checks


def _check_supplier(state: Purchases, supplier: str) -> None:
    if supplier not in state.companies:
        raise SupplierUnknown(f"there is no company {supplier}; register-lead first", field="supplier")


def _known(state: Purchases, name: str, field: str) -> Purchase:
    if name not in state.documents:
        raise PurchaseUnknown(f"there is no purchase document {name}", field=field)
    return state.documents[name]


def _is_so(state: Purchases, fact: PurchaseFact) -> bool:
    """Tell whether a document is recorded already, just as it is said. Raises PurchaseTaken, SupplierNumberTaken."""
    purchase = state.documents.get(fact.purchase)
    if purchase is not None:
        if purchase.withdrawn is None and purchase.recorded.asked == fact.asked:
            return True
        what = "was withdrawn" if purchase.withdrawn else "is recorded already and says otherwise"
        raise PurchaseTaken(f"{fact.purchase} {what}; choose another id", field="purchase")
    if (other := state.numbers.get(fact.key)) is not None:
        raise SupplierNumberTaken(
            f"{fact.number} of {fact.supplier} is recorded as {other}; a document is recorded once", field="number"
        )
    _check_code(state, fact)
    return False


def _check_code(state: Purchases, fact: PurchaseFact) -> None:
    """An 8-digit number is one document with its code, and may be any without. Raises InvoiceCodeUnfit."""
    if fact.code is not None and not is_coded(fact.number):
        raise InvoiceCodeUnfit(
            f"a code goes with a number of 8 digits; {fact.number} has none: 20 digits are a fully digitalised invoice",
            field="code",
        )
    before = f"supplier-invoice:{fact.supplier}/"
    for key, name in state.numbers.items():
        code, _, number = key.removeprefix(before).partition("/")
        if not key.startswith(before) or number != fact.number or "-" not in (code, fact.code or "-"):
            continue
        how = "without its code" if code == "-" else f"with the code {code}"
        advice = "withdraw that, and record it with its code" if code == "-" else "say the code of this one"
        raise InvoiceCodeUnfit(
            f"{number} of {fact.supplier} is recorded {how} as {name}, and may be the same; {advice}", field="code"
        )


def _check_stands(purchase: Purchase) -> None:
    if purchase.withdrawn is not None:
        raise PurchaseIsWithdrawn(
            f"{purchase.recorded.purchase} was withdrawn on {purchase.withdrawn.effective_on}: it was a mistake"
        )


def _check_due(due_on: date, on: date) -> None:
    if due_on < on:
        raise DueBeforeItsDate(f"it is of {on} and would be due on {due_on}, before that", field="due_on")


def _check_not_before(name: str, recorded: PurchaseFact, on: date) -> None:
    if on < recorded.effective_on:
        raise BeforePurchase(f"{name} is of {recorded.effective_on}; nothing follows it earlier", field="effective_on")


def _check_something(lines: Sequence[PurchaseLine]) -> None:
    if not all(line.net_minor or line.vat_minor for line in lines):
        raise PurchaseAmountUnfit("a line of nothing records nothing; say how much it is", field="lines")


def _check_credit(invoice: Purchase, note: SupplierCreditNoteRecorded) -> None:
    """Check what is left of each kind, order and treatment of VAT, net and VAT apart. Raises SupplierCreditExceeded."""
    left = _left(invoice)
    for line in note.lines:
        there = left.get(_key(line), NOTHING_LEFT)
        left[_key(line)] = there = there.without(line)
        if min(there.net_minor, there.vat_minor) < 0:
            what = line.kind if line.order is None else f"{line.kind} of {line.order}"
            raise SupplierCreditExceeded(
                f"{note.invoice} asks for less of {what} than its notes would take off, net or VAT", field="lines"
            )


class Left(NamedTuple):
    """The rest of one kind of an invoice, after what was taken off: in its currency, and in CNY."""

    net_minor: int
    vat_minor: int
    net_cny_minor: int
    vat_cny_minor: int

    def without(self, line: PurchaseLine) -> "Left":
        """The rest when a line is taken off."""
        return Left(
            self.net_minor - line.net_minor,
            self.vat_minor - line.vat_minor,
            self.net_cny_minor - line.net_cny_minor,
            self.vat_cny_minor - line.vat_cny_minor,
        )


NOTHING_LEFT = Left(0, 0, 0, 0)
Key = tuple[str, str | None, bool]


def _key(line: PurchaseLine) -> Key:
    return (line.kind, line.order, line.deductible)


def _left(invoice: Purchase) -> dict[Key, Left]:
    left: dict[Key, Left] = {}
    for line in invoice.recorded.lines:
        there = left.get(_key(line), NOTHING_LEFT)
        left[_key(line)] = Left(
            there.net_minor + line.net_minor,
            there.vat_minor + line.vat_minor,
            there.net_cny_minor + line.net_cny_minor,
            there.vat_cny_minor + line.vat_cny_minor,
        )
    for line in (line for note in invoice.notes.values() for line in note.lines):
        left[_key(line)] = left[_key(line)].without(line)
    return left


def _at_what_stands(invoice: Purchase, lines: Iterable[PurchaseLine]) -> tuple[PurchaseLine, ...]:
    """The lines of a note in CNY: the last that is taken off takes all that is left, to the fen."""
    left, found = _left(invoice), []
    for line in lines:
        there = left[_key(line)]
        line = replace(
            line,
            net_cny_minor=carried((there.net_minor, there.net_cny_minor), line.net_minor) if line.net_minor else 0,
            vat_cny_minor=carried((there.vat_minor, there.vat_cny_minor), line.vat_minor) if line.vat_minor else 0,
        )
        left[_key(line)] = there.without(line)
        found.append(line)
    return tuple(found)


DOCUMENTS: Part[Purchases, Any] = Part(
    decide={
        RecordPurchaseInvoice: _invoice,
        RecordSupplierCreditNote: _note,
        RecordCustomsDeclaration: _declare,
        WithdrawPurchaseDocument: _withdraw,
    },
    scope={
        RecordPurchaseInvoice: _scope_invoice,
        RecordSupplierCreditNote: _scope_note,
        RecordCustomsDeclaration: _scope_declaration,
        WithdrawPurchaseDocument: lambda command: (f"purchase:{command.purchase}", *posting_tags(None)),
    },
)
