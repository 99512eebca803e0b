"""Credit notes that people give on documents of an agreement: for goodwill, or because less is owed than they say.

Commands               Facts (energy.…)
CreditEnergyDocument   credited, by hand; what it leaves settled too much is put back (crediting.py)
TakeBackEnergyCredit   credit-taken-back: the whole of one; of a late fee's not: that is assessed anew

Runs and years go on from what they said themselves: a note by hand stays in force beside them. Where a run or year
takes more off than a note left, the note is taken back first.

Refusals, in order of precedence (after those of life.py)
├── AmountZero, DocumentUnknown    of billing
├── InvoiceOfAnother     of guarantee.py: the document is none of this agreement
├── IdTaken, IdReserved  of billing
├── MakeUpRightStands    what was paid for may be taken later: the contract year says what is owed for it
├── BeforeDocument       of billing: nothing is credited before it is asked for
├── CreditExceeded       of billing: more than the document says, less earlier credits
├── CreditOnPaid         of billing: so much is there from a later day on only
├── EnergyNoteUnknown    no note by hand of this name stands (unknown)
├── LateFeeAnew          a late fee's note: `assess-energy-late-fee` charges its days anew
├── OfftakeStepTooEarly  of rules.py: taken back before it was given
├── (OfftakeStateForbids)  of life.py: the termination that a payment was owed for was withdrawn since
└── NoOpenPeriod         of `ledger.periods`
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, ClassVar

from ledger.billing.account import Document
from ledger.billing.facts import Issued
from ledger.billing.invoicing.notes import CreditExceeded, CreditOnPaid, vat_off
from ledger.billing.rules import RESERVED, IdReserved, IdTaken, amount_of, check_asked
from ledger.decider import By, Fact, Id, Part, Text
from ledger.offtake.account import Offtakes
from ledger.offtake.charges.crediting import MAKE_UP, Amounts, Credit, credit_notes, in_reverse, left_of_all
from ledger.offtake.charges.facts import TerminationPaymentInvoiced
from ledger.offtake.charges.late_fees import document_of
from ledger.offtake.facts import EnergyCredited, EnergyCreditTakenBack, TakeOrPayInvoiced
from ledger.offtake.life import AgreementCommand, OfftakeStateForbids, executed
from ledger.offtake.rules import OfftakeRefusal, not_before
from ledger.offtake.statements import posting_tags
from ledger.values.money import Cny, rounded, written

# Commands


class CreditEnergyDocument(AgreementCommand, frozen=True, kw_only=True, tag="credit-energy-document"):
    """Take something off a document of an agreement; its VAT follows at the document's own rate, and a settlement
    agent's fee in proportion. What settled more than is left is put back."""

    put_right: ClassVar[str] = (
        "`take-back-energy-credit`; of a late fee, `assess-energy-late-fee`. What was put back settles it again by "
        "`allocate-receipt` or `propose-write-off`."
    )
    credit_note: Id
    invoice: Id
    net: Cny
    reason: Text


class TakeBackEnergyCredit(AgreementCommand, frozen=True, kw_only=True, tag="take-back-energy-credit"):
    """Say that a credit note given by hand is not given after all: it is owed again on the document."""

    put_right: ClassVar[str] = "`credit-energy-document` again, by another name."
    credit_note: Id
    reason: Text


# Refusals


class MakeUpRightStands(OfftakeRefusal):
    """A make-up right is taken later, not credited: the contract year says what is owed for it."""

    code = "make-up-right-stands"


class EnergyNoteUnknown(OfftakeRefusal):
    """No note by hand of this name stands."""

    code = "energy-note-unknown"
    kind = "unknown"


class LateFeeAnew(OfftakeRefusal):
    """A note on a late fee is not taken back: the fee is charged anew."""

    code = "late-fee-anew"


# Decide


def _credit(state: Offtakes, command: CreditEnergyDocument, by: By) -> Sequence[Fact]:
    agreement = executed(state, command.agreement)
    net = amount_of(command.net, field="net")
    issued = document_of(state, command.agreement, command.invoice)
    if _given_already(state, command, net):
        return ()
    if isinstance(issued, TakeOrPayInvoiced) and issued.make_up:
        raise MakeUpRightStands(
            f"what {command.invoice} asks for may be taken later: `true-up-year` says what is owed for {issued.year}",
            field="invoice",
        )
    check_asked(command.invoice, issued, command.effective_on, "it is credited then or later")
    terms = agreement.terms_on(command.effective_on)
    assert terms is not None, "an executed agreement has terms"
    off = _taken_off(state, issued, net)
    credit = Credit(
        state=state,
        agreement=command.agreement,
        terms=terms,
        name=command.credit_note,
        numbered=False,
        effective_on=command.effective_on,
        role=by.role,
        reason=command.reason,
        charge=issued.charge,
        by_hand=True,
        fee_minor=off.fee_minor,
        fee_vat_minor=off.fee_vat_minor,
    )
    facts = credit_notes(credit, (issued,), off.net_minor, off.vat_minor)
    (note,) = (fact for fact in facts if isinstance(fact, EnergyCredited))
    if note.effective_on > command.effective_on:
        raise CreditOnPaid(
            f"{written(note.gross_minor)} CNY are there of {command.invoice} from {note.effective_on} on; date the "
            "note then or later",
            field="effective_on",
        )
    return facts


def _given_already(state: Offtakes, command: CreditEnergyDocument, net_minor: int) -> bool:
    """Tell that just this note was given. Raises IdTaken, IdReserved."""
    note = state.billing.credit_notes.get(command.credit_note)
    if note is None:
        if RESERVED.search(command.credit_note) or MAKE_UP in command.credit_note:
            raise IdReserved(
                f"names like {command.credit_note} are given by billing itself; choose another id", field="credit_note"
            )
        return False
    if (
        isinstance(note, EnergyCredited)
        and note.by_hand
        and (note.agreement, note.invoice, note.net_minor, note.reason, note.effective_on)
        == (command.agreement, command.invoice, net_minor, command.reason, command.effective_on)
    ):
        return True
    raise IdTaken(f"credit note {command.credit_note} is issued already and says otherwise", field="credit_note")


def _taken_off(state: Offtakes, issued: Issued, net_minor: int) -> Amounts:
    """Work out the tax and the fee that go with a net amount. Raises CreditExceeded."""
    left = left_of_all(state, (issued,))
    if net_minor > left.net_minor:
        raise CreditExceeded(f"{written(left.net_minor)} CNY net are left of {issued.invoice} to credit", field="net")
    part = Fraction(net_minor, left.net_minor)
    return Amounts(
        net_minor=net_minor,
        vat_minor=vat_off(left.line, net_minor),
        fee_minor=rounded(left.fee_minor * part),
        fee_vat_minor=rounded(left.fee_vat_minor * part),
    )


def _take_back(state: Offtakes, command: TakeBackEnergyCredit, by: By) -> Sequence[Fact]:
    executed(state, command.agreement)
    note = state.billing.credit_notes.get(command.credit_note)
    if not isinstance(note, EnergyCredited) or not note.by_hand or note.agreement != command.agreement:
        raise EnergyNoteUnknown(
            f"{command.agreement} has no credit note {command.credit_note} by hand", field="credit_note"
        )
    if note.charge == "LATE_FEE":
        raise LateFeeAnew(
            f"{command.credit_note} took off a late fee: `assess-energy-late-fee` charges its days anew",
            field="credit_note",
        )
    backs = [
        back
        for back in state.billing.credit_notes.values()
        if isinstance(back, EnergyCreditTakenBack) and back.note == command.credit_note
    ]
    if backs:
        if (backs[0].effective_on, backs[0].reason) == (command.effective_on, command.reason):
            return ()
        raise EnergyNoteUnknown(
            f"{command.credit_note} is taken back since {backs[0].effective_on}", field="credit_note"
        )
    not_before(command.effective_on, note.effective_on, f"{command.credit_note} was given")
    _check_grounds(state, command, note)
    return (in_reverse(state, note, note.net_minor, note.vat_minor, command.effective_on, by.role, command.reason),)


def _check_grounds(state: Offtakes, command: TakeBackEnergyCredit, note: EnergyCredited) -> None:
    """Check that the termination stands, where a note is on a payment for it. Raises OfftakeStateForbids."""
    issued = state.billing.documents.get(note.invoice, Document()).issued
    agreement = state.agreements[command.agreement]
    if isinstance(issued, TerminationPaymentInvoiced) and agreement.ended_on != issued.lines[0].from_on:
        raise OfftakeStateForbids(
            f"{note.invoice} was owed because {command.agreement} ended on {issued.lines[0].from_on}, which was "
            "withdrawn since; what is owed now is proposed anew: `propose-termination-payment`",
            field="credit_note",
        )


NOTES: Part[Offtakes, Any] = Part(
    decide={CreditEnergyDocument: _credit, TakeBackEnergyCredit: _take_back},
    scope={
        CreditEnergyDocument: lambda command: (
            *posting_tags(command),
            f"invoice:{command.invoice}",
            f"credit-note:{command.credit_note}",
        ),
        TakeBackEnergyCredit: lambda command: (*posting_tags(command), f"credit-note:{command.credit_note}"),
    },
)
