"""What the tax platform replied: the numbers of many tax invoices at once, each with what it says.

Commands             Facts (billing.…)
TakeFapiaoReplies    fapiao-issued, one for each reply that is not on record: all or none

Refusals (after those of rules.py)
└── FapiaoRepliesRefused   replies that a rule refuses: `faults` has each, with its line in the file and the rule:
    ├── those of tax_invoices.py
    ├── FapiaoNotLacking      the document, or the note, has its tax invoice already, with another number
    └── FapiaoAmountDiffers   it says other amounts than what it is of
"""

from collections.abc import Sequence
from typing import Annotated, ClassVar

from msgspec import Meta, Struct, structs

from ledger.billing.account import Billing, fold
from ledger.billing.invoicing.facts import key_of
from ledger.billing.invoicing.lacking import tax_invoices
from ledger.billing.invoicing.tax_invoices import FapiaoNotLacking, IssueFapiao, fapiao
from ledger.billing.lines import DocumentLine, FapiaoCode, FapiaoNumber, net_of_lines, vat_of_lines
from ledger.billing.rules import BillingCommand, BillingRefusal, owed
from ledger.decider import By, Fact, Fault, Id, Part, Refusal
from ledger.values.days import Happened
from ledger.values.evidence import Evidence
from ledger.values.money import Cny, minor, written

REPLIES_MAX = 10_000

# Commands


class FapiaoReply(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A tax invoice as the platform replied: of which document, or of which credit note a red-letter one.

    line       its line in the file
    net, vat   what it says, without a sign
    """

    line: Annotated[int, Meta(ge=1)]
    invoice: Id
    credit_note: Id | None = None
    number: FapiaoNumber
    code: FapiaoCode | None = None
    issued_on: Happened
    net: Cny
    vat: Cny


class TakeFapiaoReplies(BillingCommand, frozen=True, kw_only=True, tag="take-fapiao-replies"):
    """Record the tax invoices that the tax platform replied with; `effective_on` is the day the file came.

    `mcsc fapiao-import` and the upload of a file make this command of it. What is on record already is left as it is.
    """

    put_right: ClassVar[str] = "`withdraw-fapiao` takes a number back; take the right file then."
    file: Evidence
    replies: Annotated[tuple[FapiaoReply, ...], Meta(min_length=1, max_length=REPLIES_MAX)]


# Refusals


class FapiaoAmountDiffers(BillingRefusal):
    """A tax invoice says other amounts than what it is of."""

    code = "fapiao-amount-differs"


class FapiaoRepliesRefused(BillingRefusal):
    """Replies that a rule refuses: `faults` has each."""

    code = "fapiao-replies-refused"


# Decide


def _take(state: Billing, command: TakeFapiaoReplies, by: By) -> Sequence[Fact]:
    """Decide reply after reply, each on what those before it record."""
    facts, faults = list[Fact](), list[Fault]()
    for at, reply in enumerate(command.replies):
        try:
            some = _reply(state, reply, command.file, by)
        except Refusal as refusal:
            field = f"replies[{at}].{refusal.field}".removesuffix(".None")
            faults.append(Fault(field, refusal.code, f"line {reply.line}: {refusal.detail}"))
        else:
            state = fold(state, some)
            facts += some
    if faults:
        raise FapiaoRepliesRefused(
            f"{len(faults)} replies are refused, the first in {faults[0].detail}; nothing was recorded",
            field=faults[0].field,
            faults=tuple(faults),
        )
    return facts


def _reply(state: Billing, reply: FapiaoReply, file: Evidence, by: By) -> Sequence[Fact]:
    red = reply.credit_note is not None
    known = state.fapiao.get(key_of(reply.number, reply.code))
    same = (reply.invoice, red, reply.issued_on)
    if known is not None and (known.invoice, known.red, known.effective_on) == same:
        said_of = known.credit_note or reply.credit_note
        if said_of == reply.credit_note:
            return ()
    asked = IssueFapiao(
        effective_on=reply.issued_on,
        invoice=reply.invoice,
        number=reply.number,
        code=reply.code,
        red=red,
        credit_note=reply.credit_note,
    )
    facts = fapiao(state, asked, by)
    _check_says(reply, _lines_of(state, reply))
    return [structs.replace(fact, file=file) for fact in facts]


def _lines_of(state: Billing, reply: FapiaoReply) -> tuple[DocumentLine, ...]:
    """The lines that a reply is of: what of a document has no tax invoice, or the note's. Raises FapiaoNotLacking."""
    document, issued = owed(state, reply.invoice)
    stand = tax_invoices(issued, document.taxed)
    if reply.credit_note is not None:
        if note := next((one for one in stand.lacking if one.credit_note == reply.credit_note), None):
            return note.lines
        raise FapiaoNotLacking(
            f"{reply.credit_note} wants no red-letter tax invoice: it has one, or is no part of the tax invoice",
            field="credit_note",
        )
    if stand.standing is not None:
        raise FapiaoNotLacking(f"{reply.invoice} has tax invoice {stand.standing.number} already", field="invoice")
    return stand.lines


def _check_says(reply: FapiaoReply, lines: tuple[DocumentLine, ...]) -> None:
    """Check that a reply says what its lines come to, to the fen. Raises FapiaoAmountDiffers."""
    what = reply.credit_note or reply.invoice
    for field, says, is_ in (("net", reply.net, net_of_lines(lines)), ("vat", reply.vat, vat_of_lines(lines))):
        if minor(says) != is_:
            raise FapiaoAmountDiffers(f"{field} is {says} there, and {written(is_)} of {what}", field=field)


def _tags(command: TakeFapiaoReplies) -> tuple[str, ...]:
    """Every document and every tax invoice."""
    tags = ((f"invoice:{one.invoice}", f"fapiao:{key_of(one.number, one.code)}") for one in command.replies)
    return tuple(dict.fromkeys(tag for some in tags for tag in some))


REPLIES: Part[Billing, Billing] = Part(decide={TakeFapiaoReplies: _take}, scope={TakeFapiaoReplies: _tags})
