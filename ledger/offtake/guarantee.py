"""Damages of whoever guarantees energy and does not deliver it, contract year by contract year.

Commands            Facts
AssessGuaranteeLd   energy.guarantee-ld-credited, off an invoice; energy.guarantee-ld-assessed, owed
ReverseGuaranteeLd  offtake.damages-reversed, and energy.guarantee-ld-reversed, or for what was taken off an invoice
                    energy.credit-taken-back: the invoice says again what it said

What they come to is computed in contract_year.py; they stand on the year's last day, or that of the invoice. Where the
year comes to other damages by now, assessing them again in the same words takes back those that stand and states the
new ones. Final settlement waits for that (life.py).

Refusals, in order of precedence (after those of life.py)
├── NoGuarantee           nothing is guaranteed
├── MonthsNotApproved     of contract_year.py
├── ObserverPostsNothing  MCSC only watches: what is owed is between the others
├── DamagesTaken          the year's damages were assessed already, and otherwise (conflict)
├── NoDamages             the guarantee was kept, or replacing it cost no more
├── OfftakeStepTooEarly   of rules.py: before the year's last day, or before the damages that are taken back
├── DamagesUnknown        no damages of the year stand (unknown)
├── InvoiceOfAnother      the invoice is none of this agreement
└── CreditExceeded, OpenExceeded of billing, NoOpenPeriod of `ledger.periods`
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, ClassVar

from ledger.billing.invoicing.notes import CreditExceeded, left_of
from ledger.billing.lines import DocumentLine
from ledger.billing.rules import check_open, owed
from ledger.decider import By, Fact, Id, Part, Text, said
from ledger.offtake.account import Damages, Offtakes, evolve, guarantee_of, terms_of_year
from ledger.offtake.charges.crediting import in_reverse
from ledger.offtake.contract_year import ContractYear, MonthsNotApproved, amount_of, contract_year_of, damages_minor
from ledger.offtake.facts import (
    DamagesReversed,
    EnergyInvoiced,
    GuaranteeLdAssessed,
    GuaranteeLdCredited,
    GuaranteeLdReversed,
    Year,
)
from ledger.offtake.life import AgreementCommand, executed
from ledger.offtake.rules import OfftakeRefusal, not_before
from ledger.offtake.statements import posting_tags
from ledger.periods import month_of, posting_date
from ledger.values.evidence import Evidence
from ledger.values.money import UnitPrice, written

# Commands


class AssessGuaranteeLd(AgreementCommand, frozen=True, kw_only=True, tag="assess-guarantee-ld"):
    """Assess damages for energy guaranteed and not delivered in a contract year. Sent again once the year comes to
    others, it takes back those that stand and states the new ones.

    replacement_price   what replacing it cost, with evidence; `invoice`: taken off this one, else owed to the buyer
    """

    put_right: ClassVar[str] = (
        "`reverse-guarantee-ld`, then `assess-guarantee-ld` as it is right. Where deliveries or terms changed since: "
        "`assess-guarantee-ld` again."
    )

    year: Year
    replacement_price: UnitPrice
    evidence: Evidence
    invoice: Id | None = None


class ReverseGuaranteeLd(AgreementCommand, frozen=True, kw_only=True, tag="reverse-guarantee-ld"):
    """Take back damages that were assessed for a contract year; what came off an invoice is owed on it again."""

    put_right: ClassVar[str] = "`assess-guarantee-ld` again."

    year: Year
    reason: Text


# Refusals


class NoGuarantee(OfftakeRefusal):
    """Nothing is guaranteed."""

    code = "no-guarantee"


class ObserverPostsNothing(OfftakeRefusal):
    """MCSC only watches: what is owed is between the others."""

    code = "observer-posts-nothing"


class DamagesTaken(OfftakeRefusal):
    """The year's damages were assessed already, and otherwise."""

    code = "damages-taken"
    kind = "conflict"


class DamagesUnknown(OfftakeRefusal):
    """No damages of the year stand."""

    code = "damages-unknown"
    kind = "unknown"


class NoDamages(OfftakeRefusal):
    """The guarantee was kept, or replacing it cost no more."""

    code = "no-damages"


class InvoiceOfAnother(OfftakeRefusal):
    """The invoice is none of this agreement."""

    code = "invoice-of-another"


# Scope


def _damages_tags(command: AssessGuaranteeLd) -> tuple[str, ...]:
    invoice = (f"invoice:{command.invoice}",) if command.invoice is not None else ()
    return (*posting_tags(command), *invoice)


# Decide


def _assess(state: Offtakes, command: AssessGuaranteeLd, by: By) -> Sequence[Fact]:
    agreement = executed(state, command.agreement)
    stands, kind = (
        agreement.damages.get(command.year),
        GuaranteeLdAssessed if command.invoice is None else GuaranteeLdCredited,
    )
    as_asked = stands is not None and stands.asked == said(kind, command)
    terms = terms_of_year(agreement, command.year)
    if terms is None or guarantee_of(agreement, command.year) is None:
        raise NoGuarantee(f"{command.agreement} guarantees nothing in {command.year}", field="year")
    try:
        year = contract_year_of(state, agreement, terms, command.year, command.effective_on)
    except MonthsNotApproved:
        if as_asked:
            return ()  # what else the year comes to is known once the month is settled
        raise
    if agreement.role == "OBSERVER":
        raise ObserverPostsNothing(f"MCSC only watches {command.agreement}", field="agreement")
    if stands is not None and not as_asked:
        raise DamagesTaken(
            f"{written(amount_of(stands))} CNY of damages of {command.year} stand, assessed otherwise: "
            "`reverse-guarantee-ld` first",
            field="year",
        )
    amount = damages_minor(year, command.replacement_price)
    if stands is not None and amount == amount_of(stands):
        return ()
    if stands is None and not amount:
        raise NoDamages(f"as much as guaranteed was delivered in {command.year}, or replacing it cost no more")
    not_before(command.effective_on, year.last_day, f"{command.year} is over")
    back: tuple[Fact, ...] = ()
    if stands is not None:
        reason = f"{command.year} comes to {written(amount)} CNY of damages by now"
        back = _taken_back(state, command, stands, max(stands.effective_on, year.last_day), reason, by)
        for fact in back:
            state = evolve(state, fact)
    return (*back, *(_damages(state, command, year, amount, stands, by) if amount else ()))


def _damages(
    state: Offtakes, command: AssessGuaranteeLd, year: ContractYear, amount: int, before: Damages | None, by: By
) -> Sequence[Fact]:
    """The damages of a year, not before those in whose place they come."""
    on = max(year.last_day, before.effective_on if before is not None else date.min)
    if command.invoice is not None:
        return (_off_invoice(state, command, command.invoice, year, amount, on, by.role),)
    if year.agreement.role != "SELLER":
        raise InvoiceOfAnother(
            "a settlement agent owes no damages itself; name the invoice that they are taken off", field="invoice"
        )
    booked_on = before.accounting_on if before is not None else date.min
    return (
        GuaranteeLdAssessed(
            effective_on=on,
            accounting_on=max(posting_date(state.periods, on, by.role), booked_on),
            agreement=command.agreement,
            company=year.terms.buyer,
            year=command.year,
            amount_minor=amount,
            replacement_price=command.replacement_price,
            evidence=command.evidence,
        ),
    )


def _off_invoice(
    state: Offtakes, command: AssessGuaranteeLd, invoice: str, year: ContractYear, amount: int, on: date, role: str
) -> Fact:
    """Take damages off an invoice. Raises InvoiceOfAnother, and of billing CreditExceeded, OpenExceeded."""
    document, issued = owed(state.billing, invoice)
    if not isinstance(issued, EnergyInvoiced) or issued.agreement != command.agreement:
        raise InvoiceOfAnother(f"{invoice} is no energy invoice of {command.agreement}", field="invoice")
    notes = state.billing.credit_notes.values()
    (left,) = left_of(issued, notes)
    if amount > left.net_minor:
        raise CreditExceeded(f"{written(left.net_minor)} CNY net are left of {invoice}", field="invoice")
    on = max(on, issued.effective_on)
    check_open(invoice, document, amount, field="invoice", on=on)
    line = DocumentLine(from_on=left.from_on, until_on=left.until_on, net_minor=amount, vat_rate="0", vat_minor=0)
    earlier = [note for note in notes if isinstance(note, GuaranteeLdCredited) and note.year == command.year]
    again = sum(note.agreement == command.agreement for note in earlier)
    return GuaranteeLdCredited(
        effective_on=on,
        accounting_on=posting_date(state.periods, document.open.booked_from(amount, on), role),
        company=year.terms.buyer,
        lease=year.terms.lease,
        credit_note=f"{command.agreement}-ld-{command.year}" + (f"-r{again}" if again else ""),
        invoice=invoice,
        charge="GUARANTEE_LD",
        lines=(line,),
        reason=f"guarantee of {command.year}",
        agreement=command.agreement,
        generator=year.terms.generator,
        year=command.year,
        replacement_price=command.replacement_price,
        evidence=command.evidence,
    )


def _reverse(state: Offtakes, command: ReverseGuaranteeLd, by: By) -> Sequence[Fact]:
    agreement = executed(state, command.agreement)
    stands = agreement.damages.get(command.year)
    if stands is None:
        if said(DamagesReversed, command) in agreement.asked.values():
            return ()
        raise DamagesUnknown(f"no damages of {command.year} stand", field="year")
    not_before(command.effective_on, stands.effective_on, f"the damages of {command.year} stand")
    return _taken_back(state, command, stands, command.effective_on, command.reason, by)


def _taken_back(
    state: Offtakes, command: AgreementCommand, stands: Damages, on: date, reason: str, by: By
) -> tuple[Fact, ...]:
    """The damages of a year are not owed; their mirror belongs to the month of service that they belong to."""
    reversed_ = DamagesReversed(effective_on=on, agreement=command.agreement, year=stands.year, reason=reason)
    if isinstance(stands, GuaranteeLdCredited):
        return (reversed_, in_reverse(state, stands, stands.net_minor, stands.vat_minor, on, by.role, reason))
    return (
        reversed_,
        GuaranteeLdReversed(
            effective_on=on,
            accounting_on=max(posting_date(state.periods, on, by.role), stands.accounting_on),
            agreement=command.agreement,
            company=stands.company,
            year=stands.year,
            amount_minor=stands.amount_minor,
            service_month=month_of(stands.effective_on),
        ),
    )


GUARANTEE: Part[Offtakes, Any] = Part(
    decide={AssessGuaranteeLd: _assess, ReverseGuaranteeLd: _reverse},
    scope={AssessGuaranteeLd: _damages_tags, ReverseGuaranteeLd: posting_tags},
)
