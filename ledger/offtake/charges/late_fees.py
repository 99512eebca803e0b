"""Interest on documents of an agreement that are paid late, by the rules of billing's (ledger/billing/late_fees.py).

Command               Facts (energy.…)
AssessEnergyLateFee   late-fee-assessed: Σ rate a day × what was open, at most the principal
                      credited: an earlier fee that is no longer right, all of it; its days are assessed anew

The rate is the one that the terms had when the document was issued. A fee is other income and, where it is part of the
price, includes tax at the document's rate; of a settlement agent it is owed to the generator, and nothing of it kept.

Refusals, in order of precedence (after those of life.py)
├── DocumentUnknown    of billing: no such document (unknown)
├── InvoiceOfAnother   of guarantee.py: the document is none of this agreement
├── IdTaken, IdReserved            of billing
├── NoLateFeeAgreed, NotOverdue    of billing
├── LateFeeCapped      of billing: late fees have reached the principal
└── NoOpenPeriod       of `ledger.periods`
"""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from ledger.billing.account import Document
from ledger.billing.facts import Issued
from ledger.billing.late_fees import LateFee, assessed_anew, late_fee, note_name
from ledger.billing.rules import IdTaken, check_new_document, owed
from ledger.decider import By, Fact, Id, Part, said
from ledger.offtake.account import Offtakes
from ledger.offtake.charges.crediting import Credit, credit_notes, left_of_all
from ledger.offtake.charges.facts import EnergyLateFeeAssessed
from ledger.offtake.facts import EnergyCredited, EnergyIssued
from ledger.offtake.guarantee import InvoiceOfAnother
from ledger.offtake.life import AgreementCommand, executed
from ledger.offtake.statements import posting_tags
from ledger.periods import posting_date

# Commands


class AssessEnergyLateFee(AgreementCommand, frozen=True, kw_only=True, tag="assess-energy-late-fee"):
    """Charge interest on an overdue document of an agreement through `effective_on`, by the day on what was open that
    day. `invoice` names the new document. Earlier fees on it that are no longer right are credited and their days
    assessed anew. `taxable`: the fee is part of the price, and includes tax at the overdue document's rate."""

    put_right: ClassVar[str] = (
        "`assess-energy-late-fee` until the same day or later, once what was open is recorded right: it credits what "
        "was assessed wrong. `credit-energy-document` takes it off; credited in full, its days may be charged anew."
    )
    invoice: Id
    on_invoice: Id
    taxable: bool = False


# Scope


def _tags(command: AssessEnergyLateFee) -> tuple[str, ...]:
    return (
        *posting_tags(command),
        f"invoice:{command.invoice}",
        f"invoice:{command.on_invoice}",
        f"credit-note:{command.invoice}-late-c1",
    )


# Decide


def document_of(state: Offtakes, agreement: str, invoice: str, *, field: str = "invoice") -> EnergyIssued:
    """Find a document of an agreement. Raises DocumentUnknown of billing, InvoiceOfAnother."""
    _, issued = owed(state.billing, invoice, field=field)
    if not isinstance(issued, EnergyIssued) or issued.agreement != agreement:
        raise InvoiceOfAnother(f"{invoice} is no document of {agreement}", field=field)
    return issued


def _assess(state: Offtakes, command: AssessEnergyLateFee, by: By) -> Sequence[Fact]:
    executed(state, command.agreement)
    principal = document_of(state, command.agreement, command.on_invoice, field="on_invoice")
    earlier = state.billing.documents.get(command.invoice, Document()).issued
    if earlier is not None and earlier.asked == said(EnergyLateFeeAssessed, command):
        return ()
    if _said_by_notes(state, command):
        return ()
    check_new_document(state.billing, command.invoice)
    due = late_fee(state.billing, command.on_invoice, command.effective_on)
    notes = tuple(_credited(state, command, due.wrong, by))
    due.check_room(command.on_invoice)
    return (*notes, *((_assessed(state, command, principal, due, by),) if due.fee_minor > 0 else ()))


def _assessed(
    state: Offtakes, command: AssessEnergyLateFee, principal: EnergyIssued, due: LateFee, by: By
) -> EnergyLateFeeAssessed:
    return EnergyLateFeeAssessed(
        effective_on=command.effective_on,
        accounting_on=posting_date(state.periods, command.effective_on, by.role),
        company=principal.company,
        lease=principal.lease,
        invoice=command.invoice,
        charge="LATE_FEE",
        lines=(due.line(principal.lines[0].vat_rate if command.taxable else "0"),),
        due_on=command.effective_on,
        agreement=command.agreement,
        generator=principal.generator,
        on_invoice=command.on_invoice,
        principal_minor=due.most_minor,
        days=due.days,
        rate_per_day=principal.late_fee_per_day,
        taxable=command.taxable,
        spans=due.told_spans,
    )


def _credited(state: Offtakes, command: AssessEnergyLateFee, wrong: Sequence[Issued], by: By) -> Iterator[Fact]:
    """Take all that is left of fees off again, and put back what settled them."""
    if not wrong:
        return
    note_name(command.invoice, len(wrong))
    terms = state.agreements[command.agreement].terms_on(command.effective_on)
    assert terms is not None, "an executed agreement has terms"
    credit = Credit(
        state=state,
        agreement=command.agreement,
        terms=terms,
        name=f"{command.invoice}-late",
        effective_on=command.effective_on,
        role=by.role,
        reason=assessed_anew(command.effective_on),
        charge="LATE_FEE",
        by_hand=True,
    )
    left = left_of_all(state, wrong)
    yield from credit_notes(credit, wrong, left.net_minor, left.vat_minor)


def _said_by_notes(state: Offtakes, command: AssessEnergyLateFee) -> bool:
    """Tell that just this was asked already, and left nothing to charge. Raises IdTaken."""
    note = state.billing.credit_notes.get(f"{command.invoice}-late-c1")
    if note is None:
        return False
    fee = state.billing.documents.get(note.invoice, Document()).issued
    if (
        isinstance(note, EnergyCredited)
        and isinstance(fee, EnergyLateFeeAssessed)
        and (fee.on_invoice, note.reason) == (command.on_invoice, assessed_anew(command.effective_on))
    ):
        return True
    raise IdTaken(f"{command.invoice} was assessed already and says otherwise; choose another id", field="invoice")


LATE_FEES: Part[Offtakes, AssessEnergyLateFee] = Part(
    decide={AssessEnergyLateFee: _assess}, scope={AssessEnergyLateFee: _tags}
)
