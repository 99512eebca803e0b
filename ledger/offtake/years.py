"""Settle a contract year: take-or-pay, and the guarantee of whoever delivers.

Commands            Facts
TrueUpYear          offtake.year-trued-up; then, for the months all approved:
                    energy.take-or-pay-invoiced      the shortfall: a liability with a make-up right, else revenue
                    energy.make-up-taken, .credited  energy of earlier years' rights is not paid for again
                    energy.make-up-expired           rights that no later year can use: breakage (IFRS 15.B46)
AssessGuaranteeLd   energy.guarantee-ld-credited, off an invoice; energy.guarantee-ld-assessed, owed

What the year comes to is computed in contract_year.py. Every fact about money stands on the year's last day. A later
run restates the year; only the difference is invoiced.

Refusals, in order of precedence (after those of life.py)
├── NoTakeOrPay           the agreement pays for what it takes, or no month of the year is its own
├── NoGuarantee           nothing is guaranteed
├── MonthsNotApproved     of contract_year.py
├── YearsOutOfOrder       an earlier year was not trued up, or a later one was
├── YearSettled           rights were used or expired in it: only the shortfall can still change
├── ObserverPostsNothing  MCSC only watches: damages are between the others
├── DamagesTaken          the year's damages were assessed already, and otherwise (conflict)
├── NoDamages             the guarantee was kept, or replacing it cost no more
├── InvoiceOfAnother      the invoice is none of this agreement
└── CreditExceeded, CreditOnPaid, OpenExceeded of billing, NoOpenPeriod of `ledger.periods`
"""

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from ledger.billing.facts import DocumentLine
from ledger.billing.invoicing import CreditExceeded, left_of
from ledger.billing.rules import check_open, owed
from ledger.decider import By, Fact, Id, Part, said
from ledger.offtake.account import OfftakeAgreement, Offtakes, terms_of_year
from ledger.offtake.contract_year import ContractYear, contract_year_of, damages_minor, settle
from ledger.offtake.crediting import Credit, credit_notes
from ledger.offtake.energy import money
from ledger.offtake.facts import (
    EnergyInvoiced,
    GuaranteeLdAssessed,
    GuaranteeLdCredited,
    MakeUpExpired,
    MakeUpTaken,
    TakeOrPayInvoiced,
    Year,
    YearTruedUp,
)
from ledger.offtake.life import AgreementCommand, executed
from ledger.offtake.rules import OfftakeRefusal
from ledger.offtake.statements import fee_of, posting_tags
from ledger.offtake.terms import contract_year
from ledger.periods import month_of, posting_date
from ledger.values.evidence import Evidence
from ledger.values.money import UnitPrice, vat_on, written

# Commands


class TrueUpYear(AgreementCommand, frozen=True, kw_only=True, tag="true-up-year"):
    """Settle take-or-pay for a contract year whose months are all approved. Sent again it adds what is new."""

    year: Year


class AssessGuaranteeLd(AgreementCommand, frozen=True, kw_only=True, tag="assess-guarantee-ld"):
    """Damages for energy guaranteed and not delivered in a contract year.

    replacement_price   what replacing it cost, with evidence; `invoice`: taken off this one, else owed to the buyer
    """

    year: Year
    replacement_price: UnitPrice
    evidence: Evidence
    invoice: Id | None = None


# Refusals


class NoTakeOrPay(OfftakeRefusal):
    """The agreement pays for what it takes, or no month of the year is its own."""

    code = "no-take-or-pay"


class NoGuarantee(OfftakeRefusal):
    """Nothing is guaranteed."""

    code = "no-guarantee"


class YearsOutOfOrder(OfftakeRefusal):
    """An earlier year was not trued up, or a later one was."""

    code = "years-out-of-order"


class YearSettled(OfftakeRefusal):
    """Rights were used or expired in it: only the shortfall can still change."""

    code = "year-settled"


class ObserverPostsNothing(OfftakeRefusal):
    """MCSC only watches: damages are between the others."""

    code = "observer-posts-nothing"


class DamagesTaken(OfftakeRefusal):
    """The year's damages were assessed already, and otherwise."""

    code = "damages-taken"
    kind = "conflict"


class NoDamages(OfftakeRefusal):
    """The guarantee was kept, or replacing it cost no more."""

    code = "no-damages"


class InvoiceOfAnother(OfftakeRefusal):
    """The invoice is none of this agreement."""

    code = "invoice-of-another"


# What a true-up posts


class YearSettlement(Struct, frozen=True, kw_only=True):
    """A contract year that is settled, with what its documents need.

    trued_up   what it comes to now; before: what the run before said
    due_on     of its invoice; done_on: when it is settled, by somebody in this role
    """

    state: Offtakes
    year: ContractYear
    trued_up: YearTruedUp
    before: YearTruedUp | None
    due_on: date
    accounting_on: date
    done_on: date
    role: str

    @property
    def agreement(self) -> OfftakeAgreement:
        """The agreement."""
        return self.year.agreement

    @property
    def makes_up(self) -> bool:
        """True where the buyer may make up a shortfall that it paid for: it is a liability of MCSC's."""
        right = self.year.terms.take_or_pay
        return self.agreement.role == "SELLER" and right is not None and right.make_up is not None

    @property
    def name(self) -> str:
        """The beginning of the names of the year's documents."""
        return f"{self.agreement.agreement}-top-{self.year.year}"

    @property
    def vat_rate(self) -> str:
        """The tax rate of the year's last day; where none is approved, that of the last month that was settled."""
        approved = self.state.rate_on(self.year.terms.vat_series, self.year.last_day)
        return approved.value if approved is not None else self.year.runs[-1].vat_rate

    def fee(self, net_minor: int) -> tuple[int, int]:
        """A settlement agent's fee on a net amount, and the tax on the fee."""
        return fee_of(self.state, self.year.terms, net_minor, month_of(self.year.last_day))

    def credit(self, name: str, reason: str, net_minor: int, **more: Any) -> Credit:
        """A credit of the year."""
        fee, fee_vat = self.fee(net_minor)
        return Credit(
            state=self.state,
            agreement=self.agreement.agreement,
            terms=self.year.terms,
            name=name,
            effective_on=self.year.last_day,
            accounting_on=self.accounting_on,
            done_on=self.done_on,
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
    name, rate, last = f"{settlement.name}-r{trued_up.run}", settlement.vat_rate, year.last_day
    if more < 0:
        reason = f"{year.year} falls short by less"
        credit = settlement.credit(name, reason, -more, charge="TAKE_OR_PAY", make_up=settlement.makes_up)
        invoices = settlement.state.shortfall_invoices(year.agreement.agreement, year.year)
        return credit_notes(credit, invoices, -more, vat_on(-more, rate))
    fee, fee_vat = settlement.fee(more)
    line = DocumentLine(from_on=last, until_on=last, net_minor=more, vat_rate=rate, vat_minor=vat_on(more, rate))
    return (
        TakeOrPayInvoiced(
            effective_on=last,
            accounting_on=settlement.accounting_on,
            company=year.terms.buyer,
            lease=year.terms.lease,
            invoice=name,
            charge="TAKE_OR_PAY",
            lines=(line,),
            due_on=settlement.due_on,
            agreement=year.agreement.agreement,
            generator=year.terms.generator,
            fee_minor=fee,
            fee_vat_minor=fee_vat,
            year=year.year,
            run=trued_up.run,
            make_up=settlement.makes_up,
        ),
    )


def _made_up(settlement: YearSettlement) -> Sequence[Fact]:
    """The credit of energy taken under earlier rights, whose liability becomes revenue; so do rights that expire."""
    year, trued_up = settlement.year, settlement.trued_up
    agreement, facts = year.agreement.agreement, list[Fact]()
    if trued_up.taken:
        net = money(sum(lot.energy_wh for lot in trued_up.taken), Fraction(trued_up.price))
        credit = settlement.credit(f"{settlement.name}-make-up", f"made up in {year.year} for earlier years", net)
        invoices = settlement.state.energy_invoices(agreement, year.months)
        facts += credit_notes(credit, invoices, net, vat_on(net, settlement.vat_rate))
    if settlement.agreement.role != "SELLER":
        return facts
    if trued_up.taken:
        facts.append(
            MakeUpTaken(
                effective_on=year.last_day,
                accounting_on=settlement.accounting_on,
                agreement=agreement,
                company=year.terms.buyer,
                year=year.year,
                lots=trued_up.taken,
            )
        )
    if trued_up.expired:
        facts.append(
            MakeUpExpired(
                effective_on=year.last_day,
                accounting_on=settlement.accounting_on,
                agreement=agreement,
                company=year.terms.buyer,
                year=year.year,
                lots=trued_up.expired,
            )
        )
    return facts


# Scope


def _damages_tags(command: AssessGuaranteeLd) -> tuple[str, ...]:
    invoice = (f"invoice:{command.invoice}",) if command.invoice is not None else ()
    return (*posting_tags(command), *invoice)


# Decide


def _true_up(state: Offtakes, command: TrueUpYear, by: By) -> Sequence[Fact]:
    agreement = executed(state, command.agreement)
    terms = terms_of_year(agreement, command.year)
    if terms is None or terms.take_or_pay is None:
        raise NoTakeOrPay(f"{command.agreement} has no take-or-pay in {command.year}", field="year")
    year = contract_year_of(state, agreement, terms, command.year)
    trued_up, before = settle(year, terms.take_or_pay), agreement.year(command.year)
    if before is not None and replace(before, run=trued_up.run, effective_on=trued_up.effective_on) == trued_up:
        return ()
    _check_order(agreement, command.year)
    if before is not None and (before.taken, before.expired) != (trued_up.taken, trued_up.expired):
        raise YearSettled(
            f"rights of earlier years were used or expired in {command.year}; what is delivered otherwise is settled "
            "between the parties",
            field="year",
        )
    if agreement.role == "OBSERVER":
        return (trued_up,)
    settlement = YearSettlement(
        state=state,
        year=year,
        trued_up=trued_up,
        before=before,
        due_on=command.effective_on + timedelta(days=terms.due_days),
        accounting_on=posting_date(state.periods, year.last_day, by.role),
        done_on=command.effective_on,
        role=by.role,
    )
    return (trued_up, *_shortfall(settlement), *(_made_up(settlement) if before is None else ()))


def _check_order(agreement: OfftakeAgreement, year: int) -> None:
    """Years are trued up one after the other. Raises YearsOutOfOrder."""
    terms = agreement.versions[0][1]
    first = terms.starts_on.year
    if agreement.commercial_on is not None:
        first = max(first, contract_year(terms, month_of(agreement.commercial_on)))
    for earlier in range(first, year):
        right = terms_of_year(agreement, earlier)
        if right is not None and right.take_or_pay is not None and not agreement.years.get(earlier):
            raise YearsOutOfOrder(f"true up {earlier} first", field="year")
    if later := [trued_up for trued_up in agreement.years if trued_up > year]:
        raise YearsOutOfOrder(f"{min(later)} rests on {year} already", field="year")


def _assess(state: Offtakes, command: AssessGuaranteeLd, by: By) -> Sequence[Fact]:
    agreement = executed(state, command.agreement)
    kind = GuaranteeLdAssessed if command.invoice is None else GuaranteeLdCredited
    assessed = agreement.damages.get(command.year)
    if assessed is not None and assessed.asked == said(kind, command):
        return ()
    terms = terms_of_year(agreement, command.year)
    if terms is None or terms.guarantee is None:
        raise NoGuarantee(f"{command.agreement} guarantees nothing in {command.year}", field="year")
    year = contract_year_of(state, agreement, terms, command.year)
    if agreement.role == "OBSERVER":
        raise ObserverPostsNothing(f"MCSC only watches {command.agreement}", field="agreement")
    if assessed is not None:
        raise DamagesTaken(f"the damages of {command.year} were assessed already", field="year")
    amount = damages_minor(year, terms.guarantee, command.replacement_price)
    if not amount:
        raise NoDamages(f"as much as guaranteed was delivered in {command.year}, or replacing it cost no more")
    accounting_on = posting_date(state.periods, year.last_day, by.role)
    if command.invoice is not None:
        return (_off_invoice(state, command, command.invoice, year, amount, accounting_on),)
    if agreement.role != "SELLER":
        raise InvoiceOfAnother(
            "a settlement agent owes no damages itself; name the invoice that they are taken off", field="invoice"
        )
    return (
        GuaranteeLdAssessed(
            effective_on=year.last_day,
            accounting_on=accounting_on,
            agreement=command.agreement,
            company=terms.buyer,
            year=command.year,
            amount_minor=amount,
            replacement_price=command.replacement_price,
            evidence=command.evidence,
        ),
    )


def _off_invoice(
    state: Offtakes, command: AssessGuaranteeLd, invoice: str, year: ContractYear, amount: int, accounting_on: date
) -> Fact:
    """Take damages off an invoice. Raises InvoiceOfAnother, and of billing CreditExceeded, OpenExceeded."""
    document, issued = owed(state.billing, invoice)
    if not isinstance(issued, EnergyInvoiced) or issued.agreement != command.agreement:
        raise InvoiceOfAnother(f"{invoice} is no energy invoice of {command.agreement}", field="invoice")
    (left,) = left_of(issued, state.billing.credit_notes.values())
    if amount > left.net_minor:
        raise CreditExceeded(f"{written(left.net_minor)} CNY net are left of {invoice}", field="invoice")
    check_open(invoice, document, amount, field="invoice")
    line = DocumentLine(from_on=left.from_on, until_on=left.until_on, net_minor=amount, vat_rate="0", vat_minor=0)
    return GuaranteeLdCredited(
        effective_on=year.last_day,
        accounting_on=accounting_on,
        company=year.terms.buyer,
        lease=year.terms.lease,
        credit_note=f"{command.agreement}-ld-{command.year}",
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


CONTRACT_YEARS: Part[Offtakes, Any] = Part(
    decide={TrueUpYear: _true_up, AssessGuaranteeLd: _assess},
    scope={TrueUpYear: posting_tags, AssessGuaranteeLd: _damages_tags},
)
