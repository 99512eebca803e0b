"""What the tax platform replied: the numbers of many tax invoices at once, each with what it says.

Commands             Facts (billing.…)
TakeFapiaoReplies    fapiao-issued, one for each reply that is not on record: all or none

Refusals (after those of rules.py)
└── FapiaoRepliesRefused   replies that a rule refuses: `faults` has each, with its line in the file and the rule:
    ├── those of tax_invoices.py
    └── FapiaoAmountDiffers   it says other amounts than what it is of, also where it is on record already
"""

from collections.abc import Sequence
from typing import Annotated, ClassVar

from msgspec import Meta, Struct, structs

from ledger.billing.account import Billing, fold
from ledger.billing.facts import Credited
from ledger.billing.invoicing.facts import FapiaoIssued, key_of
from ledger.billing.invoicing.lacking import said, tax_invoices
from ledger.billing.invoicing.tax_invoices import IssueFapiao, fapiao
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

    red        it takes back the whole tax invoice of the document; one of a credit note is red anyway
    line       its line in the file
    net, vat   what it says, without a sign
    """

    line: Annotated[int, Meta(ge=1)]
    invoice: Id
    credit_note: Id | None = None
    red: bool = False
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
    red = reply.red or reply.credit_note is not None
    known = state.fapiao.get(key_of(reply.number, reply.code))
    same = (reply.invoice, red, reply.issued_on)
    if known is not None and (known.invoice, known.red, known.effective_on) == same:
        said_of = known.credit_note or reply.credit_note
        if said_of == reply.credit_note:
            _check_recorded(state, reply, known)
            return ()
    document, issued = owed(state, reply.invoice)
    lacking = tax_invoices(issued, document.taxed).lacking
    asked = IssueFapiao(
        effective_on=reply.issued_on,
        invoice=reply.invoice,
        number=reply.number,
        code=reply.code,
        red=red,
        credit_note=reply.credit_note,
        whole=reply.red and reply.credit_note is None and len(lacking) > 0,
    )
    (fact,) = fapiao(state, asked, by)
    meant = [fact] if red else _readings(fact, document.taxed)
    found = next((one for one in meant if _says(reply, said(issued, document.taxed, one))), None)
    if found is None:
        _check_says(reply, said(issued, document.taxed, fact))
    return [structs.replace(found or fact, file=file)]


def _readings(fact: FapiaoIssued, taxed: Sequence[Credited | FapiaoIssued]) -> list[FapiaoIssued]:
    """A tax invoice that takes off the credit notes of its days, all that are on record, or none: amounts tell which.

    A note may have been recorded after the tax invoice was asked for, or have been dated back.
    """
    notes = tuple(note.credit_note for note in taxed if isinstance(note, Credited))
    return [fact, *(structs.replace(fact, notes_after=after) for after in ((), notes))]


def _check_recorded(state: Billing, reply: FapiaoReply, known: FapiaoIssued) -> None:
    """Check that a tax invoice on record says there what it came to when it was recorded. Raises BillingRefusal."""
    document, issued = owed(state, reply.invoice)
    _check_says(reply, said(issued, document.taxed[: document.taxed.index(known)], known))


def _says(reply: FapiaoReply, lines: tuple[DocumentLine, ...]) -> bool:
    """Tell whether a reply says what lines come to, to the fen."""
    return (minor(reply.net), minor(reply.vat)) == (net_of_lines(lines), vat_of_lines(lines))


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
