"""Settle a contract year: take-or-pay, and the guarantee of whoever delivers.

Commands            Facts
TrueUpYear          offtake.year-trued-up; then, for the months all approved:
                    energy.take-or-pay-invoiced      the shortfall: a liability with a make-up right, else revenue
                    energy.make-up-taken, .credited  energy of earlier years' rights is not paid for again
                    energy.make-up-expired           rights that no later year can use: breakage (IFRS 15.B46)
AssessGuaranteeLd   energy.guarantee-ld-credited, off an invoice; energy.guarantee-ld-assessed, owed
ReverseGuaranteeLd  offtake.damages-reversed, and energy.guarantee-ld-reversed, or for what was taken off an invoice
                    energy.take-or-pay-invoiced

What the year comes to is computed in contract_year.py. Every fact about money stands on the year's last day, which is
that of an early end. A later run restates the year, and then the years after it, which rest on it, in order: only the
differences are invoiced or credited, and rights that were taken or expired stand again before they are used anew
(energy.make-up-restored).

Refusals, in order of precedence (after those of life.py)
├── NoTakeOrPay           the agreement pays for what it takes, or no month of the year is its own
├── NoGuarantee           nothing is guaranteed
├── MonthsNotApproved     of contract_year.py
├── YearsOutOfOrder       an earlier year was not trued up
├── OfftakeStepTooEarly   of rules.py: before the year's last day
├── ObserverPostsNothing  MCSC only watches: damages are between the others
├── DamagesTaken          the year's damages were assessed already, and otherwise (conflict)
├── NoDamages             the guarantee was kept, or replacing it cost no more
├── DamagesUnknown        no damages of the year stand (unknown)
├── InvoiceOfAnother      the invoice is none of this agreement
└── CreditExceeded, OpenExceeded of billing, NoOpenPeriod of `ledger.periods`
"""

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, ClassVar

from msgspec import Struct
from msgspec.structs import replace

from ledger.billing.invoicing import CreditExceeded, left_of
from ledger.billing.lines import Charge, DocumentLine
from ledger.billing.rules import check_open, owed
from ledger.decider import By, Fact, Id, Part, Text, said
from ledger.offtake.account import (
    OfftakeAgreement,
    Offtakes,
    bank,
    evolve,
    guarantee_of,
    take_or_pay_of,
    terms_of_year,
)
from ledger.offtake.contract_year import ContractYear, contract_year_of, damages_minor, settle
from ledger.offtake.crediting import Credit, credit_notes
from ledger.offtake.energy import money
from ledger.offtake.facts import (
    DamagesReversed,
    EnergyInvoiced,
    GuaranteeLdAssessed,
    GuaranteeLdCredited,
    GuaranteeLdReversed,
    Lot,
    MakeUpExpired,
    MakeUpRestored,
    MakeUpTaken,
    TakeOrPayInvoiced,
    Year,
    YearTruedUp,
)
from ledger.offtake.life import AgreementCommand, executed
from ledger.offtake.rules import OfftakeRefusal, not_before
from ledger.offtake.statements import fee_of, posting_tags
from ledger.offtake.terms import TakeOrPay, contract_year
from ledger.periods import month_of, posting_date
from ledger.values.evidence import Evidence
from ledger.values.money import UnitPrice, vat_on, written

# Commands


class TrueUpYear(AgreementCommand, frozen=True, kw_only=True, tag="true-up-year"):
    """Settle take-or-pay for a contract year whose months are all approved. Sent again it adds what is new.

    Later years that were trued up already are run again after it, in order.
    """

    put_right: ClassVar[str] = (
        "Correct what the year rests on, settle its months anew, then `true-up-year` again: the difference is invoiced "
        "or credited, and the years after it follow."
    )
    year: Year


class AssessGuaranteeLd(AgreementCommand, frozen=True, kw_only=True, tag="assess-guarantee-ld"):
    """Assess damages for energy guaranteed and not delivered in a contract year.

    replacement_price   what replacing it cost, with evidence; `invoice`: taken off this one, else owed to the buyer
    """

    put_right: ClassVar[str] = "`reverse-guarantee-ld`, then `assess-guarantee-ld` as it is right."

    year: Year
    replacement_price: UnitPrice
    evidence: Evidence
    invoice: Id | None = None


class ReverseGuaranteeLd(AgreementCommand, frozen=True, kw_only=True, tag="reverse-guarantee-ld"):
    """Take back damages that were assessed for a contract year; what came off an invoice is invoiced."""

    put_right: ClassVar[str] = "`assess-guarantee-ld` again."

    year: Year
    reason: Text


# Refusals


class NoTakeOrPay(OfftakeRefusal):
    """The agreement pays for what it takes, or no month of the year is its own."""

    code = "no-take-or-pay"


class NoGuarantee(OfftakeRefusal):
    """Nothing is guaranteed."""

    code = "no-guarantee"


class YearsOutOfOrder(OfftakeRefusal):
    """An earlier year was not trued up."""

    code = "years-out-of-order"


class ObserverPostsNothing(OfftakeRefusal):
    """MCSC only watches: damages are between the others."""

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


# What a true-up posts

NOTHING_OWED = TakeOrPay(acq="0", share="0")
"""A year of which nothing is paid for untaken; rights of earlier years can be used in it all the same."""


class YearSettlement(Struct, frozen=True, kw_only=True):
    """A contract year that is settled, with what its documents need.

    trued_up   what it comes to now; before: what the run before said
    due_on     of its invoice; settled by somebody in this role
    """

    state: Offtakes
    year: ContractYear
    trued_up: YearTruedUp
    before: YearTruedUp | None
    due_on: date
    role: str

    @property
    def agreement(self) -> OfftakeAgreement:
        """The agreement."""
        return self.year.agreement

    @property
    def makes_up(self) -> bool:
        """Tell whether a shortfall is a liability of MCSC's."""
        right = take_or_pay_of(self.agreement, self.year.year)
        return self.agreement.role == "SELLER" and right is not None and right.make_up is not None

    @property
    def name(self) -> str:
        """The beginning of the names of the year's documents."""
        return f"{self.agreement.agreement}-top-{self.year.year}"

    @property
    def vat_rate(self) -> str:
        """The tax rate of the year's last day; where none is approved, that of the last month that was settled."""
        approved = self.state.rate_on(self.year.terms.vat_series, self.year.last_day)
        if approved is not None:
            return approved.value
        return self.year.runs[-1].vat_rate if self.year.runs else "0"

    def fee(self, net_minor: int) -> tuple[int, int]:
        """A settlement agent's fee on a net amount, and the tax on the fee."""
        return fee_of(self.state, self.year.terms, net_minor, month_of(self.year.last_day))

    def vat(self, net_minor: int) -> int:
        """The tax on a net amount."""
        return vat_on(net_minor, self.vat_rate)

    @property
    def stands_on(self) -> date:
        """The day of its documents: the year's last, and no earlier than those of the runs before."""
        name, year = self.agreement.agreement, self.year.year
        issued = [
            *self.state.year_invoices(name, year),
            *self.state.year_invoices(name, year, "ENERGY"),
            *self.state.energy_invoices(name, [run.month for run in self.year.runs]),
        ]
        return max([self.year.last_day, *(invoice.effective_on for invoice in issued)])

    def credit(self, name: str, reason: str, net_minor: int, **more: Any) -> Credit:
        """A credit of the year."""
        fee, fee_vat = self.fee(net_minor)
        return Credit(
            state=self.state,
            agreement=self.agreement.agreement,
            terms=self.year.terms,
            name=name,
            effective_on=self.stands_on,
            role=self.role,
            reason=reason,
            fee_minor=fee,
            fee_vat_minor=fee_vat,
            **more,
        )


def _shortfall(settlement: YearSettlement) -> Sequence[Fact]:
    """The invoice of a shortfall, or of what is more than the run before; a credit of what is less."""
    year, trued_up, before = settlement.year, settlement.trued_up, settlement.before
    more = trued_up.shortfall_minor - (before.shortfall_minor if before is not None else 0)
    if not more:
        return ()
    name = f"{settlement.name}-r{trued_up.run}"
    if more < 0:
        reason = f"{year.year} falls short by less"
        credit = settlement.credit(name, reason, -more, charge="TAKE_OR_PAY", make_up=settlement.makes_up)
        invoices = settlement.state.year_invoices(year.agreement.agreement, year.year)
        return credit_notes(credit, invoices, -more, settlement.vat(-more))
    return (_invoice(settlement, name, more, charge="TAKE_OR_PAY", make_up=settlement.makes_up),)


def _invoice(settlement: YearSettlement, name: str, net_minor: int, **more: Any) -> TakeOrPayInvoiced:
    """An invoice of the year."""
    year, on = settlement.year, settlement.stands_on
    fee, fee_vat = settlement.fee(net_minor)
    vat_rate, vat_minor = settlement.vat_rate, settlement.vat(net_minor)
    return TakeOrPayInvoiced(
        effective_on=on,
        accounting_on=posting_date(settlement.state.periods, on, settlement.role),
        company=year.terms.buyer,
        lease=year.terms.lease,
        invoice=name,
        lines=(DocumentLine(from_on=on, until_on=on, net_minor=net_minor, vat_rate=vat_rate, vat_minor=vat_minor),),
        due_on=settlement.due_on,
        agreement=year.agreement.agreement,
        generator=year.terms.generator,
        fee_minor=fee,
        fee_vat_minor=fee_vat,
        year=year.year,
        run=settlement.trued_up.run,
        **more,
    )


def _made_up(settlement: YearSettlement) -> Sequence[Fact]:
    """The credit of energy taken under earlier rights, or the invoice of what counts as that no more."""
    year, trued_up, before = settlement.year, settlement.trued_up, settlement.before
    more = _worth(trued_up) - (_worth(before) if before is not None else 0)
    agreement = year.agreement.agreement
    if more > 0:
        name = f"{settlement.name}-make-up" if before is None else f"{settlement.name}-r{trued_up.run}-make-up"
        credit = settlement.credit(name, f"made up in {year.year} for earlier years", more)
        invoices = (
            *settlement.state.energy_invoices(agreement, [run.month for run in year.runs]),
            *settlement.state.year_invoices(agreement, year.year, "ENERGY"),
        )
        return credit_notes(credit, invoices, more, settlement.vat(more))
    if more < 0:
        return (_invoice(settlement, f"{settlement.name}-r{trued_up.run}-make-up", -more, charge="ENERGY"),)
    return ()


def _worth(trued_up: YearTruedUp) -> int:
    """The energy that counts as made up, at the year's price."""
    return money(sum(lot.energy_wh for lot in trued_up.taken), Fraction(trued_up.price))


Rights = type[MakeUpTaken] | type[MakeUpExpired] | type[MakeUpRestored]


def _rights(settlement: YearSettlement, kind: Rights, lots: Sequence[Lot]) -> Sequence[Fact]:
    """Rights that are taken, expire or stand again, where the liability is MCSC's; never before what they mirror."""
    year = settlement.year
    if settlement.agreement.role != "SELLER" or not lots:
        return ()
    released = settlement.agreement.released.get(year.year, date.min)
    return (
        kind(
            effective_on=settlement.stands_on,
            accounting_on=max(posting_date(settlement.state.periods, settlement.stands_on, settlement.role), released),
            agreement=settlement.agreement.agreement,
            company=year.terms.buyer,
            year=year.year,
            lots=tuple(lots),
        ),
    )


# Scope


def _damages_tags(command: AssessGuaranteeLd) -> tuple[str, ...]:
    invoice = (f"invoice:{command.invoice}",) if command.invoice is not None else ()
    return (*posting_tags(command), *invoice)


# Decide


def _true_up(state: Offtakes, command: TrueUpYear, by: By) -> Sequence[Fact]:
    agreement = executed(state, command.agreement)
    facts, restored = list[Fact](), list[Fact]()
    for year in (command.year, *sorted(year for year in agreement.years if year > command.year)):
        settlement = _settlement(state, command, year, by)
        if settlement is None:
            if year == command.year:
                return ()
            continue
        stand_again, more = _year_again(settlement)
        restored += stand_again
        facts += more
        for fact in (*stand_again, *more):
            state = evolve(state, fact)
    return (*restored, *facts)


def _settlement(state: Offtakes, command: TrueUpYear, number: int, by: By) -> YearSettlement | None:
    """A contract year as it comes to now; None where the run before says the same."""
    agreement = state.agreements[command.agreement]
    terms = terms_of_year(agreement, number)
    right = _right(agreement, number)
    if terms is None or right is None:
        raise NoTakeOrPay(f"{command.agreement} has no take-or-pay in {number}", field="year")
    year = contract_year_of(state, agreement, terms, number)
    trued_up, before = settle(year, right), agreement.year(number)
    if before is not None and replace(before, run=trued_up.run, effective_on=trued_up.effective_on) == trued_up:
        return None
    _check_order(agreement, number)
    not_before(command.effective_on, year.last_day, f"{number} is over")
    return YearSettlement(
        state=state,
        year=year,
        trued_up=trued_up,
        before=before,
        due_on=command.effective_on + timedelta(days=terms.due_days),
        role=by.role,
    )


def _year_again(settlement: YearSettlement) -> tuple[Sequence[Fact], Sequence[Fact]]:
    """The rights that stand again, which come first: none is ever less than nothing; then all that a run comes to."""
    trued_up, before = settlement.trued_up, settlement.before
    if settlement.agreement.role == "OBSERVER":
        return (), (trued_up,)
    again = before is None or (before.taken, before.expired) != (trued_up.taken, trued_up.expired)
    return (
        _rights(settlement, MakeUpRestored, (*before.taken, *before.expired)) if before is not None and again else (),
        (
            trued_up,
            *_shortfall(settlement),
            *_made_up(settlement),
            *(_rights(settlement, MakeUpTaken, trued_up.taken) if again else ()),
            *(_rights(settlement, MakeUpExpired, trued_up.expired) if again else ()),
        ),
    )


def _right(agreement: OfftakeAgreement, year: int) -> TakeOrPay | None:
    """The take-or-pay of a contract year; one of nothing where rights of earlier years are left to be used."""
    if terms_of_year(agreement, year) is None:
        return None
    owed = take_or_pay_of(agreement, year)
    return owed or (NOTHING_OWED if bank(agreement, year) or agreement.years.get(year) else None)


def _check_order(agreement: OfftakeAgreement, year: int) -> None:
    """Years are trued up one after the other. Raises YearsOutOfOrder."""
    terms = agreement.versions[0][1]
    first = terms.starts_on.year
    if agreement.commercial_on is not None:
        first = max(first, contract_year(terms, month_of(agreement.commercial_on)))
    for earlier in range(first, year):
        if _right(agreement, earlier) is not None and not agreement.years.get(earlier):
            raise YearsOutOfOrder(f"true up {earlier} first", field="year")


def _assess(state: Offtakes, command: AssessGuaranteeLd, by: By) -> Sequence[Fact]:
    agreement = executed(state, command.agreement)
    kind = GuaranteeLdAssessed if command.invoice is None else GuaranteeLdCredited
    assessed = agreement.damages.get(command.year)
    if assessed is not None and assessed.asked == said(kind, command):
        return ()
    terms = terms_of_year(agreement, command.year)
    if terms is None or guarantee_of(agreement, command.year) is None:
        raise NoGuarantee(f"{command.agreement} guarantees nothing in {command.year}", field="year")
    year = contract_year_of(state, agreement, terms, command.year)
    if agreement.role == "OBSERVER":
        raise ObserverPostsNothing(f"MCSC only watches {command.agreement}", field="agreement")
    if assessed is not None:
        raise DamagesTaken(f"the damages of {command.year} were assessed already", field="year")
    amount = damages_minor(year, command.replacement_price)
    if not amount:
        raise NoDamages(f"as much as guaranteed was delivered in {command.year}, or replacing it cost no more")
    not_before(command.effective_on, year.last_day, f"{command.year} is over")
    if command.invoice is not None:
        return (_off_invoice(state, command, command.invoice, year, amount, by.role),)
    if agreement.role != "SELLER":
        raise InvoiceOfAnother(
            "a settlement agent owes no damages itself; name the invoice that they are taken off", field="invoice"
        )
    return (
        GuaranteeLdAssessed(
            effective_on=year.last_day,
            accounting_on=posting_date(state.periods, year.last_day, by.role),
            agreement=command.agreement,
            company=terms.buyer,
            year=command.year,
            amount_minor=amount,
            replacement_price=command.replacement_price,
            evidence=command.evidence,
        ),
    )


def _off_invoice(
    state: Offtakes, command: AssessGuaranteeLd, invoice: str, year: ContractYear, amount: int, role: str
) -> Fact:
    """Take damages off an invoice. Raises InvoiceOfAnother, and of billing CreditExceeded, OpenExceeded."""
    document, issued = owed(state.billing, invoice)
    if not isinstance(issued, EnergyInvoiced) or issued.agreement != command.agreement:
        raise InvoiceOfAnother(f"{invoice} is no energy invoice of {command.agreement}", field="invoice")
    (left,) = left_of(issued, state.billing.credit_notes.values())
    if amount > left.net_minor:
        raise CreditExceeded(f"{written(left.net_minor)} CNY net are left of {invoice}", field="invoice")
    on, again = max(year.last_day, issued.effective_on), len(state.year_invoices(command.agreement, command.year, LD))
    check_open(invoice, document, amount, field="invoice", on=on)
    line = DocumentLine(from_on=left.from_on, until_on=left.until_on, net_minor=amount, vat_rate="0", vat_minor=0)
    return GuaranteeLdCredited(
        effective_on=on,
        accounting_on=posting_date(state.periods, document.open.booked_from(amount, on), role),
        company=year.terms.buyer,
        lease=year.terms.lease,
        credit_note=_ld_document(command.agreement, command.year, again),
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


LD: Charge = "GUARANTEE_LD"


def _ld_document(agreement: str, year: int, number: int) -> str:
    """The name of a year's damages taken off an invoice, and of the invoice that takes them back."""
    return f"{agreement}-ld-{year}" + (f"-r{number}" if number else "")


def _reverse(state: Offtakes, command: ReverseGuaranteeLd, by: By) -> Sequence[Fact]:
    agreement = executed(state, command.agreement)
    assessed = agreement.damages.get(command.year)
    if assessed is None:
        if said(DamagesReversed, command) in agreement.asked.values():
            return ()
        raise DamagesUnknown(f"no damages of {command.year} stand", field="year")
    not_before(command.effective_on, assessed.effective_on, f"the damages of {command.year} stand")
    on = command.effective_on
    accounting_on = max(posting_date(state.periods, on, by.role), assessed.accounting_on)
    reversed_ = DamagesReversed(effective_on=on, agreement=command.agreement, year=command.year, reason=command.reason)
    if isinstance(assessed, GuaranteeLdAssessed):
        return (
            reversed_,
            GuaranteeLdReversed(
                effective_on=on,
                accounting_on=accounting_on,
                agreement=command.agreement,
                company=assessed.company,
                year=command.year,
                amount_minor=assessed.amount_minor,
            ),
        )
    terms = agreement.terms_on(assessed.effective_on)
    assert terms is not None, "an executed agreement has terms"
    number = len(state.year_invoices(command.agreement, command.year, LD))
    line = DocumentLine(from_on=on, until_on=on, net_minor=assessed.net_minor, vat_rate="0", vat_minor=0)
    return (
        reversed_,
        TakeOrPayInvoiced(
            effective_on=on,
            accounting_on=accounting_on,
            company=assessed.company,
            lease=assessed.lease,
            invoice=_ld_document(command.agreement, command.year, number + 1),
            charge=LD,
            lines=(line,),
            due_on=on + timedelta(days=terms.due_days),
            agreement=command.agreement,
            generator=assessed.generator,
            year=command.year,
            run=number,
        ),
    )


CONTRACT_YEARS: Part[Offtakes, Any] = Part(
    decide={TrueUpYear: _true_up, AssessGuaranteeLd: _assess, ReverseGuaranteeLd: _reverse},
    scope={TrueUpYear: posting_tags, AssessGuaranteeLd: _damages_tags, ReverseGuaranteeLd: posting_tags},
)
