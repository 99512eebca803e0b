"""Settle take-or-pay for a contract year.

Commands            Facts
TrueUpYear          offtake.year-trued-up; then, for the months all approved:
                    energy.take-or-pay-invoiced      the shortfall: a liability with a make-up right, else revenue
                    energy.make-up-taken, .credited  energy of earlier years' rights is not paid for again
                    energy.make-up-expired           rights that no later year can use: breakage (IFRS 15.B46)

What the year comes to is computed in contract_year.py. Every fact about money stands on the year's last day, which is
that of an early end. A later run restates the year, and then the years after it, which rest on it, in order: only the
differences are invoiced or credited, and rights that were taken or expired stand again before they are used anew
(energy.make-up-restored).

Refusals, in order of precedence (after those of life.py)
├── NoTakeOrPay           the agreement pays for what it takes, or no month of the year is its own
├── MonthsNotApproved     of contract_year.py
├── YearsOutOfOrder       an earlier year was not trued up
├── OfftakeStepTooEarly   of rules.py: before the year's last day
├── DamagesInTheWay       of crediting.py: damages took off the invoices what is to be credited
└── CreditExceeded of billing, NoOpenPeriod of `ledger.periods`
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, ClassVar

from msgspec import Struct

from ledger.billing.lines import DocumentLine
from ledger.decider import By, Fact, Part
from ledger.offtake.account import (
    OfftakeAgreement,
    Offtakes,
    evolve,
    take_or_pay_of,
    terms_of_year,
)
from ledger.offtake.charges.crediting import MAKE_UP, Amounts, Credit, credit_notes, made_up, year_documents
from ledger.offtake.contract_year import ContractYear, contract_year_of, made_up_minor, right_of, says, settle
from ledger.offtake.facts import (
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
from ledger.offtake.terms import contract_year
from ledger.periods import month_of, posting_date
from ledger.values.money import vat_on

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


# Refusals


class NoTakeOrPay(OfftakeRefusal):
    """The agreement pays for what it takes, or no month of the year is its own."""

    code = "no-take-or-pay"


class YearsOutOfOrder(OfftakeRefusal):
    """An earlier year was not trued up."""

    code = "years-out-of-order"


# What a true-up posts


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
        return year_documents(self.agreement.agreement, self.year.year)

    @property
    def vat_rate(self) -> str:
        """The tax rate of the year's last day; where none is approved, that of the last month that was settled."""
        approved = self.state.rate_on(self.year.terms.vat_series, self.year.last_day)
        if approved is not None:
            return approved.value
        return self.year.runs[-1].vat_rate if self.year.runs else "0"

    def amounts(self, net_minor: int) -> Amounts:
        """A net amount with its tax, and a settlement agent's fee on it."""
        fee, fee_vat = fee_of(self.state, self.year.terms, net_minor, month_of(self.year.last_day))
        vat = vat_on(net_minor, self.vat_rate)
        return Amounts(net_minor=net_minor, vat_minor=vat, fee_minor=fee, fee_vat_minor=fee_vat)

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

    def credit(self, name: str, reason: str, amounts: Amounts, **more: Any) -> Credit:
        """A credit of the year."""
        return Credit(
            state=self.state,
            agreement=self.agreement.agreement,
            terms=self.year.terms,
            name=name,
            effective_on=self.stands_on,
            role=self.role,
            reason=reason,
            fee_minor=amounts.fee_minor,
            fee_vat_minor=amounts.fee_vat_minor,
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
        reason, less = f"{year.year} falls short by less", settlement.amounts(-more)
        credit = settlement.credit(name, reason, less, charge="TAKE_OR_PAY", make_up=settlement.makes_up)
        invoices = settlement.state.year_invoices(year.agreement.agreement, year.year)
        return credit_notes(credit, invoices, less.net_minor, less.vat_minor)
    return (_invoice(settlement, name, settlement.amounts(more), charge="TAKE_OR_PAY", make_up=settlement.makes_up),)


def _invoice(settlement: YearSettlement, name: str, amounts: Amounts, **more: Any) -> TakeOrPayInvoiced:
    """An invoice of the year."""
    year, on, net_minor, vat_minor = settlement.year, settlement.stands_on, amounts.net_minor, amounts.vat_minor
    line = DocumentLine(from_on=on, until_on=on, net_minor=net_minor, vat_rate=settlement.vat_rate, vat_minor=vat_minor)
    return TakeOrPayInvoiced(
        effective_on=on,
        accounting_on=posting_date(settlement.state.periods, on, settlement.role),
        company=year.terms.buyer,
        lease=year.terms.lease,
        invoice=name,
        lines=(line,),
        due_on=settlement.due_on,
        late_fee_per_day=year.terms.late_fee_per_day,
        agreement=year.agreement.agreement,
        generator=year.terms.generator,
        fee_minor=amounts.fee_minor,
        fee_vat_minor=amounts.fee_vat_minor,
        year=year.year,
        run=settlement.trued_up.run,
        **more,
    )


def _made_up(settlement: YearSettlement) -> Sequence[Fact]:
    """The credit of energy taken under earlier rights, or the invoice of what counts as that no more: the difference to
    what stands credited (a run of a month may have taken some back)."""
    year, agreement, name = settlement.year, settlement.year.agreement.agreement, settlement.name
    worth = settlement.amounts(made_up_minor(year, settlement.trued_up))
    name = name if settlement.before is None else f"{name}-r{settlement.trued_up.run}"
    more = worth.less(made_up(settlement.state, agreement, year.year))
    if more.net_minor > 0 or (not more.net_minor and more.vat_minor > 0):
        credit = settlement.credit(f"{name}{MAKE_UP}", f"made up in {year.year} for earlier years", more)
        invoices = (
            *settlement.state.energy_invoices(agreement, [run.month for run in year.runs]),
            *settlement.state.year_invoices(agreement, year.year, "ENERGY"),
        )
        return credit_notes(credit, invoices, more.net_minor, max(0, more.vat_minor))
    if more.net_minor or more.vat_minor:
        return (_invoice(settlement, f"{name}{MAKE_UP}", Amounts().less(more), charge="ENERGY"),)
    return ()


Rights = type[MakeUpTaken] | type[MakeUpExpired] | type[MakeUpRestored]


def _rights(settlement: YearSettlement, kind: Rights, lots: Sequence[Lot]) -> Sequence[Fact]:
    """Rights that are taken, expire or stand again, where the liability is MCSC's; never before what they mirror."""
    year = settlement.year
    if settlement.agreement.role != "SELLER" or not lots:
        return ()
    released_on, booked_on = settlement.agreement.released.get(year.year, (date.min, date.min))
    on = max(settlement.stands_on, released_on)
    return (
        kind(
            effective_on=on,
            accounting_on=max(posting_date(settlement.state.periods, on, settlement.role), booked_on),
            agreement=settlement.agreement.agreement,
            company=year.terms.buyer,
            year=year.year,
            lots=tuple(lots),
        ),
    )


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
    right = right_of(agreement, number)
    if terms is None or right is None:
        raise NoTakeOrPay(f"{command.agreement} has no take-or-pay in {number}", field="year")
    year = contract_year_of(state, agreement, terms, number, command.effective_on)
    trued_up, before = settle(year, right), agreement.year(number)
    if before is not None and says(before, trued_up) and not _credits_differ(state, year, trued_up):
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


def _credits_differ(state: Offtakes, year: ContractYear, trued_up: YearTruedUp) -> bool:
    """Tell whether another amount stands credited than what the year makes up comes to."""
    credited = made_up(state, year.agreement.agreement, trued_up.year)
    return year.agreement.role != "OBSERVER" and credited.net_minor != made_up_minor(year, trued_up)


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


def _check_order(agreement: OfftakeAgreement, year: int) -> None:
    """Years are trued up one after the other. Raises YearsOutOfOrder."""
    terms = agreement.versions[0][1]
    first = terms.starts_on.year
    if agreement.commercial_on is not None:
        first = max(first, contract_year(terms, month_of(agreement.commercial_on)))
    for earlier in range(first, year):
        if right_of(agreement, earlier) is not None and not agreement.years.get(earlier):
            raise YearsOutOfOrder(f"true up {earlier} first", field="year")


CONTRACT_YEARS: Part[Offtakes, Any] = Part(
    decide={TrueUpYear: _true_up},
    scope={TrueUpYear: posting_tags},
)
