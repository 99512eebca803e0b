"""The number of a document's tax invoice (发票), recorded and withdrawn. Many at once: see replies.py.

Commands          Facts (billing.…)
IssueFapiao       fapiao-issued
WithdrawFapiao    fapiao-withdrawn: the latest of its document

check_number      which numbers there are: a fully digitalized tax invoice (数电票) has exactly 20 digits and no code
                  (STA Announcement 2024 No. 11), an older one 8 digits and a code of 10 or 12. Older facts hold others

Refusals, in order of precedence (after those of rules.py)
├── FapiaoTaken        the number is recorded already, and otherwise (conflict)
├── FapiaoNumberWrong  no tax invoice has so many digits
├── (BeforeDocument)   of rules.py: no tax invoice is issued before its document
├── FapiaoNoteUnknown  no such credit note of the document; or the tax invoice is not red, or of the whole (unknown)
├── FapiaoMissing      a red-letter one corrects a tax invoice, and none holds by that day
├── FapiaoNotLacking   the document has a tax invoice that holds; the credit note has its red-letter one already, or
│                      was taken off before
├── FapiaoNoteUnsaid   credit notes lack theirs, and the red-letter one says neither which nor that it is of the whole
├── FapiaoUnknown      no such tax invoice of this document and day (unknown)
└── FapiaoNotLatest    a later one of the document rests on it: that goes first
"""

from collections.abc import Sequence
from typing import ClassVar

from ledger.billing.account import Billing, Document
from ledger.billing.facts import Credited
from ledger.billing.invoicing.facts import FapiaoIssued, FapiaoWithdrawn, key_of
from ledger.billing.invoicing.lacking import TaxInvoices, tax_invoices
from ledger.billing.lines import FapiaoCode, FapiaoNumber
from ledger.billing.rules import BeforeDocument, BillingCommand, BillingRefusal, check_asked, owed
from ledger.decider import By, Fact, Id, Part, Text, said, stored_name
from ledger.values.days import OnRecord

# Commands


class IssueFapiao(BillingCommand, frozen=True, kw_only=True, tag="issue-fapiao"):
    """Record the number of a document's tax invoice: 20 digits, or 8 with the code of 10 or 12 that an older one has.

    A red-letter one takes back what `credit_note` takes off; without that, it takes back the whole tax invoice.

    whole   where the document has credit notes that lack a red-letter tax invoice, a red one says by it that it takes
            back the whole all the same; one that is not red says that no credit note recorded before was taken off,
            where else those of later days alone were not
    """

    put_right: ClassVar[str] = (
        "A number recorded wrong is taken back by `withdraw-fapiao`; a tax invoice that was issued is corrected by a "
        "red-letter one: `issue-fapiao` with `red`."
    )
    invoice: Id
    number: FapiaoNumber
    code: FapiaoCode | None = None
    red: bool = False
    credit_note: Id | None = None
    whole: bool = False


class WithdrawFapiao(BillingCommand, frozen=True, kw_only=True, tag="withdraw-fapiao"):
    """Say that the number of a tax invoice was recorded by mistake. `effective_on` is its date."""

    effective_on: OnRecord
    put_right: ClassVar[str] = "`issue-fapiao` records the number anew."
    invoice: Id
    number: FapiaoNumber
    code: FapiaoCode | None = None
    reason: Text


# Refusals


class FapiaoNumberWrong(BillingRefusal):
    """No tax invoice has a number of so many digits, with or without a code."""

    code = "fapiao-number-wrong"


class FapiaoTaken(BillingRefusal):
    """The number is another document's."""

    code = "fapiao-taken"
    kind = "conflict"


class FapiaoNoteUnknown(BillingRefusal):
    """The document has no such credit note for a red-letter tax invoice to be of."""

    code = "fapiao-note-unknown"
    kind = "unknown"


class FapiaoNotLacking(BillingRefusal):
    """The document, or the credit note, has its tax invoice already."""

    code = "fapiao-not-lacking"


class FapiaoNoteUnsaid(BillingRefusal):
    """Credit notes lack their red-letter tax invoices: this one says neither which, nor that it is of the whole."""

    code = "fapiao-note-unsaid"


class FapiaoMissing(BillingRefusal):
    """A red-letter one corrects a tax invoice, and there is none."""

    code = "fapiao-missing"


class FapiaoUnknown(BillingRefusal):
    """No such tax invoice of this document and day."""

    code = "fapiao-unknown"
    kind = "unknown"


class FapiaoNotLatest(BillingRefusal):
    """A later tax invoice of the document rests on it."""

    code = "fapiao-not-latest"


# Decide

DIGITAL, PAPER = 20, 8
"""Digits of a fully digitalized number, which has no code, and of an older one, which has one."""


def check_number(number: str, code: str | None) -> None:
    """Check that a tax invoice may have this number with this code. Raises FapiaoNumberWrong."""
    if len(number) == (DIGITAL if code is None else PAPER):
        return
    if code is None:
        detail = f"{number} has {len(number)} digits; a fully digitalized tax invoice has {DIGITAL}"
        older = f", an older one {PAPER}, and its code of 10 or 12 beside (code)" if len(number) == PAPER else ""
        raise FapiaoNumberWrong(f"{detail}{older}", field="number")
    if len(number) == DIGITAL:
        raise FapiaoNumberWrong(f"{number} is fully digitalized, which has no code: leave {code} out", field="code")
    raise FapiaoNumberWrong(
        f"{number} has {len(number)} digits; beside a code a tax invoice has {PAPER}", field="number"
    )


def fapiao(state: Billing, command: IssueFapiao, by: By) -> Sequence[FapiaoIssued]:
    """Record one tax invoice; nothing where it is on record. Raises BillingRefusal."""
    document, issued = owed(state, command.invoice)
    numbered = state.fapiao.get(key_of(command.number, command.code))
    if numbered is not None:
        if numbered.asked == said(FapiaoIssued, command):
            return ()
        raise FapiaoTaken(
            f"number {command.number} is recorded with {numbered.invoice} of {numbered.effective_on} already",
            field="number",
        )
    check_number(command.number, command.code)
    check_asked(command.invoice, issued, command.effective_on, "its tax invoice is issued then or later")
    if command.credit_note is not None:
        _check_note(state, command)
    _check_wanted(command, tax_invoices(issued, document.taxed))
    return (
        FapiaoIssued(
            effective_on=command.effective_on,
            company=issued.company,
            invoice=command.invoice,
            number=command.number,
            red=command.red,
            code=command.code,
            credit_note=command.credit_note,
            whole=command.whole,
            notes_after=() if command.red else _notes_after(command, document),
        ),
    )


def _notes_after(command: IssueFapiao, document: Document) -> tuple[Id, ...]:
    """The credit notes that a tax invoice does not take off: those of later days, or all."""
    notes = [note for note in document.taxed if isinstance(note, Credited)]
    return tuple(note.credit_note for note in notes if command.whole or note.effective_on > command.effective_on)


def _check_note(state: Billing, command: IssueFapiao) -> None:
    """Check that a red-letter tax invoice is of a note of its document. Raises BillingRefusal."""
    note = state.credit_notes.get(str(command.credit_note))
    if not command.red:
        detail = f"only a red-letter tax invoice takes back a credit note: say red, or leave {command.credit_note} out"
        raise FapiaoNoteUnknown(detail, field="credit_note")
    if command.whole:
        detail = f"it takes back the whole, or what {command.credit_note} takes off: say one of them"
        raise FapiaoNoteUnknown(detail, field="whole")
    if note is None or note.invoice != command.invoice:
        detail = f"{command.invoice} has no credit note {command.credit_note}"
        raise FapiaoNoteUnknown(detail, field="credit_note")
    if command.effective_on < note.effective_on:
        detail = f"{note.credit_note} is of {note.effective_on}, after {command.effective_on}"
        raise BeforeDocument(f"{detail}; its red-letter tax invoice is issued then or later", field="effective_on")


def _check_wanted(command: IssueFapiao, stand: TaxInvoices) -> None:
    """Check that the document, or its note, lacks the tax invoice. Raises BillingRefusal."""
    holds, note = stand.standing, command.credit_note
    if not command.red:
        if holds is not None:
            detail = f"{command.invoice} has tax invoice {holds.number} already; a red-letter one takes that back first"
            raise FapiaoNotLacking(detail, field="invoice")
        return
    if holds is None or holds.effective_on > command.effective_on:
        detail = f"{command.invoice} has no tax invoice by {command.effective_on} that a red-letter one could correct"
        raise FapiaoMissing(detail, field="red")
    lacking = [one.credit_note for one in stand.lacking]
    if note is not None and note not in lacking:
        detail = f"{note} wants no red-letter tax invoice: it has one, or was taken off before {holds.number}"
        raise FapiaoNotLacking(detail, field="credit_note")
    if note is None and lacking and not command.whole:
        detail = f"credit notes of {command.invoice} lack a red-letter tax invoice ({', '.join(lacking)})"
        raise FapiaoNoteUnsaid(
            f"{detail}: say of which it is (credit_note), or that it takes back the whole (whole)", field="credit_note"
        )


def _withdraw_fapiao(state: Billing, command: WithdrawFapiao, by: By) -> Sequence[Fact]:
    document, _ = owed(state, command.invoice)
    key = key_of(command.number, command.code)
    latest = document.fapiao[-1] if document.fapiao else None
    if latest is not None and (latest.key, latest.effective_on) == (key, command.effective_on):
        return (
            FapiaoWithdrawn(
                effective_on=latest.effective_on,
                invoice=command.invoice,
                number=command.number,
                code=command.code,
                step=stored_name(FapiaoIssued),
                reason=command.reason,
                touched=latest.tags,
            ),
        )
    withdrawn = state.fapiao_withdrawn.get(key)
    if withdrawn is not None and withdrawn.asked == said(FapiaoWithdrawn, command):
        return ()
    standing = {one.key: one for one in document.fapiao}.get(key)
    if standing is None or standing.effective_on != command.effective_on:
        of_day = f"; it is of {standing.effective_on}" if standing else ""
        raise FapiaoUnknown(
            f"{command.invoice} has no tax invoice {command.number} of {command.effective_on}{of_day}", field="number"
        )
    assert latest is not None, "one of several is not the latest"
    raise FapiaoNotLatest(
        f"{latest.number} of {command.invoice} came after {command.number}; withdraw that first", field="number"
    )


def tax_invoice_tags(command: IssueFapiao | WithdrawFapiao) -> tuple[str, ...]:
    """The document and the tax invoice: what either command must see."""
    return (f"invoice:{command.invoice}", f"fapiao:{key_of(command.number, command.code)}")


TAX_INVOICES: Part[Billing, Billing] = Part(
    decide={IssueFapiao: fapiao, WithdrawFapiao: _withdraw_fapiao},
    scope={IssueFapiao: tax_invoice_tags, WithdrawFapiao: tax_invoice_tags},
)
