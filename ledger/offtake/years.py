"""A contract year under take-or-pay, and the guarantee of whoever delivers.

Commands            Facts
TrueUpYear          offtake.year-trued-up; then, for the months all approved:
                    energy.take-or-pay-invoiced      the shortfall: a liability with a make-up right, else revenue
                    energy.make-up-taken, .credited  energy of earlier years' rights is not paid for again
                    energy.make-up-expired           rights that no later year can use: breakage (IFRS 15.B46)
AssessGuaranteeLd   energy.guarantee-ld-credited, off an invoice; energy.guarantee-ld-assessed, owed

shortfall = max(0, (ACQ - adjustments) × share - taken - carried over), at the year's price
make-up   = what is taken above take-or-pay, up to the bank, oldest right first; released at what was paid for it
carry     = what is taken above take-or-pay and is no make-up, up to a share of it; counts in later years
damages   = min(max(0, guaranteed - delivered) × max(0, replacement - contract price), cap × guaranteed × price)

Every fact about money stands on the year's last day. A later run says the year anew; its invoice is the difference.

Refusals, in order of precedence (after those of life.py)
├── NoTakeOrPay           the agreement pays for what it takes, or no month of the year is its own
├── NoGuarantee           nothing is guaranteed
├── MonthsNotApproved     a month of the year is not approved, or a run of it waits or is disputed
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
from ledger.decider import By, Fact, Id
from ledger.offtake.account import Agreement, Offtakes, bank, carried_over, part_of, terms_of_year
from ledger.offtake.crediting import Credit, credit_notes
from ledger.offtake.delivery import adjusted_wh
from ledger.offtake.energy import money, resolved, wh
from ledger.offtake.facts import (
    Carried,
    EnergyInvoiced,
    EnergyIssued,
    GuaranteeLdAssessed,
    GuaranteeLdCredited,
    Lot,
    MakeUpExpired,
    MakeUpTaken,
    StatementCalculated,
    TakeOrPayInvoiced,
    Year,
    YearTruedUp,
)
from ledger.offtake.life import AgreementCommand, executed
from ledger.offtake.rules import OfftakeRefusal, Part
from ledger.offtake.statements import RATES, fee_of
from ledger.offtake.terms import OfftakeTerms, TakeOrPay, contract_year, months_of, price_of
from ledger.periods import PERIODS_TAG, first_and_last, month_of, posting_date
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


class MonthsNotApproved(OfftakeRefusal):
    """A month of the year is not approved, or a run of it waits or is disputed."""

    code = "months-not-approved"


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


# A year's months


def _months(one: Agreement, terms: OfftakeTerms, year: int) -> list[StatementCalculated]:
    """The latest approved run of every month of a year in which the agreement delivered. Raises MonthsNotApproved."""
    found = []
    for month in months_of(replace(terms, starts_on=one.versions[0][1].starts_on), year):
        first, last = first_and_last(month)
        if one.commercial_on is None or last < one.commercial_on or (one.ended_on is not None and one.ended_on < first):
            continue
        runs, latest = one.runs.get(month, {}), one.latest(month)
        waits = [run for run in runs.values() if run.approved is None or run.dispute is not None]
        if latest is None or waits:
            what = "is not approved" if latest is None else "has a run that waits for approval or is disputed"
            raise MonthsNotApproved(f"{month} of {one.agreement} {what}", field="year")
        found.append(latest)
    if not found:
        raise MonthsNotApproved(f"nothing was delivered in {year}", field="year")
    return found


def _fifo(rights: Sequence[Lot], energy_wh: int) -> list[Lot]:
    """So much of the rights, the oldest first."""
    taken = []
    for lot in rights:
        here = min(energy_wh, lot.energy_wh)
        if here:
            taken.append(part_of(lot, here))
            energy_wh -= here
    return taken


def _carried(rights: Sequence[Carried], energy_wh: int) -> list[Carried]:
    used = []
    for one in rights:
        here = min(energy_wh, one.energy_wh)
        if here:
            used.append(Carried(year=one.year, energy_wh=here))
            energy_wh -= here
    return used


def _left(rights: Sequence[Lot], taken: Sequence[Lot]) -> list[Lot]:
    used = {lot.year: lot for lot in taken}
    left = []
    for lot in rights:
        off = used.get(lot.year, Lot(year=lot.year, energy_wh=0, net_minor=0))
        if lot.energy_wh > off.energy_wh:
            energy, net = lot.energy_wh - off.energy_wh, lot.net_minor - off.net_minor
            left.append(Lot(year=lot.year, energy_wh=energy, net_minor=net))
    return left


# True-up


def compute_year(state: Offtakes, one: Agreement, year: int, on: date) -> YearTruedUp:
    """What a contract year comes to as the facts tell now. Raises NoTakeOrPay, MonthsNotApproved."""
    terms = terms_of_year(one, year)
    if terms is None or terms.take_or_pay is None:
        raise NoTakeOrPay(f"{one.agreement} has no take-or-pay in {year}", field="year")
    right, runs = terms.take_or_pay, _months(one, terms, year)
    months = months_of(terms, year)
    acq = resolved(Fraction(wh(right.acq) * len(months), 12))
    adjusted = adjusted_wh(one, year)
    top = resolved(max(0, acq - adjusted) * Fraction(right.share))
    delivered, deemed = sum(run.delivered_wh for run in runs), sum(run.deemed_wh for run in runs)
    price = right.price or price_of(terms, months[-1], state.rates) or runs[-1].price
    carried = _carried(carried_over(one, year), max(0, top - delivered - deemed))
    short = max(0, top - delivered - deemed) - sum(part.energy_wh for part in carried)
    above = max(0, delivered + deemed - top)
    rights = bank(one, year)
    taken = _fifo(rights, above)
    above -= sum(lot.energy_wh for lot in taken)
    return YearTruedUp(
        effective_on=on,
        agreement=one.agreement,
        year=year,
        run=len(one.years.get(year, {})),
        acq_wh=acq,
        adjusted_wh=adjusted,
        top_wh=top,
        delivered_wh=delivered,
        deemed_wh=deemed,
        price=price,
        carried=tuple(carried),
        over_wh=_over(right, top, above),
        shortfall_wh=short,
        shortfall_minor=money(short, Fraction(price)),
        taken=tuple(taken),
        expired=tuple(lot for lot in _left(rights, taken) if _expires(one, terms, lot.year, year)),
    )


def _over(right: TakeOrPay, top: int, above: int) -> int:
    if right.carry_forward is None:
        return 0
    return min(above, resolved(top * Fraction(right.carry_forward.cap)))


def _expires(one: Agreement, terms: OfftakeTerms, since: int, year: int) -> bool:
    """Whether a right of one year ends with another: its years are over, or the agreement is."""
    given = terms_of_year(one, since)
    years = given.take_or_pay.make_up.years if given and given.take_or_pay and given.take_or_pay.make_up else 0
    last = contract_year(terms, month_of(min(terms.ends_on, one.ended_on or terms.ends_on)))
    return since + years <= year or year >= last


def _true_up(state: Offtakes, command: TrueUpYear, by: By) -> Sequence[Fact]:
    one = executed(state, command.agreement)
    terms = terms_of_year(one, command.year)
    months = months_of(terms, command.year) if terms is not None else ()
    last = first_and_last(months[-1])[1] if months else command.effective_on
    found = compute_year(state, one, command.year, last)
    before = one.year(command.year)
    if before is not None and replace(before, run=found.run, effective_on=last) == found:
        return ()
    _check_order(one, command.year)
    if before is not None and (before.taken, before.expired) != (found.taken, found.expired):
        raise YearSettled(
            f"rights of earlier years were used or expired in {command.year}; what is delivered otherwise is settled "
            "between the parties",
            field="year",
        )
    if one.role == "OBSERVER":
        return (found,)
    assert terms is not None, "a year with take-or-pay has terms"
    settled = _Settled(
        state=state,
        one=one,
        terms=terms,
        year=found,
        before=before,
        due_on=command.effective_on + timedelta(days=terms.due_days),
        accounting_on=posting_date(state.periods, last, by.role),
        done_on=command.effective_on,
        role=by.role,
    )
    return (found, *_shortfall(settled), *(_make_up(settled) if before is None else ()))


def _check_order(one: Agreement, year: int) -> None:
    first = one.versions[0][1].starts_on.year
    if one.commercial_on is not None:
        first = max(first, contract_year(one.versions[0][1], month_of(one.commercial_on)))
    for earlier in range(first, year):
        terms = terms_of_year(one, earlier)
        if terms is not None and terms.take_or_pay is not None and not one.years.get(earlier):
            raise YearsOutOfOrder(f"true up {earlier} first", field="year")
    if later := [known for known in one.years if known > year]:
        raise YearsOutOfOrder(f"{min(later)} rests on {year} already", field="year")


class _Settled(Struct, frozen=True, kw_only=True):
    """A year that is settled, with what its documents need."""

    state: Offtakes
    one: Agreement
    terms: OfftakeTerms
    year: YearTruedUp
    before: YearTruedUp | None
    due_on: date
    accounting_on: date
    done_on: date
    role: str

    @property
    def makes_up(self) -> bool:
        """Whether a shortfall is a liability of MCSC's."""
        right = self.terms.take_or_pay
        return self.one.role == "SELLER" and right is not None and right.make_up is not None

    @property
    def name(self) -> str:
        """What the year's documents are named after."""
        return f"{self.one.agreement}-top-{self.year.year}"

    def vat(self, net_minor: int) -> tuple[str, int]:
        """The rate of the year's last day, and the tax."""
        found = self.state.rate_on(self.terms.vat_series, self.year.effective_on)
        rate = found.value if found is not None else self._rate_of_months()
        return rate, vat_on(net_minor, rate)

    def _rate_of_months(self) -> str:
        latest = self.one.latest(month_of(self.year.effective_on))
        return latest.vat_rate if latest is not None else "0"

    def credit(self, name: str, reason: str, net_minor: int, **more: Any) -> Credit:
        """What a credit of the year is about."""
        fee, fee_vat = fee_of(self.state, self.terms, net_minor, month_of(self.year.effective_on))
        return Credit(
            state=self.state,
            agreement=self.one.agreement,
            terms=self.terms,
            name=name,
            effective_on=self.year.effective_on,
            accounting_on=self.accounting_on,
            done_on=self.done_on,
            role=self.role,
            reason=reason,
            fee_minor=fee,
            fee_vat_minor=fee_vat,
            **more,
        )

    def issued(self, kind: type[EnergyIssued]) -> list[EnergyIssued]:
        """The year's documents of a kind."""
        found = [document.issued for document in self.state.billing.documents.values()]
        months = months_of(self.terms, self.year.year)
        return [
            one
            for one in found
            if isinstance(one, kind)
            and one.agreement == self.one.agreement
            and (one.year == self.year.year if isinstance(one, TakeOrPayInvoiced) else _month(one) in months)
        ]


def _month(issued: EnergyIssued) -> str:
    return issued.month if isinstance(issued, EnergyInvoiced) else ""


def _shortfall(settled: _Settled) -> Sequence[Fact]:
    """The invoice of a shortfall, or of what is more than the run before; a credit of what is less."""
    year, before = settled.year, settled.before
    more = year.shortfall_minor - (before.shortfall_minor if before is not None else 0)
    if not more:
        return ()
    last = year.effective_on
    name = f"{settled.name}-r{year.run}"
    if more < 0:
        credit = settled.credit(
            name, f"{year.year} falls short by less", -more, charge="TAKE_OR_PAY", make_up=settled.makes_up
        )
        return credit_notes(credit, settled.issued(TakeOrPayInvoiced), -more, settled.vat(-more)[1])
    rate, vat = settled.vat(more)
    fee, fee_vat = fee_of(settled.state, settled.terms, more, month_of(last))
    return (
        TakeOrPayInvoiced(
            effective_on=last,
            accounting_on=settled.accounting_on,
            company=settled.terms.buyer,
            lease=settled.terms.lease,
            invoice=name,
            charge="TAKE_OR_PAY",
            lines=(DocumentLine(from_on=last, until_on=last, net_minor=more, vat_rate=rate, vat_minor=vat),),
            due_on=settled.due_on,
            agreement=settled.one.agreement,
            generator=settled.terms.generator,
            fee_minor=fee,
            fee_vat_minor=fee_vat,
            year=year.year,
            run=year.run,
            make_up=settled.makes_up,
        ),
    )


def _make_up(settled: _Settled) -> list[Fact]:
    """What is taken by earlier rights is not paid for again; what was paid for it is earned. What expires is earned."""
    year, facts = settled.year, list[Fact]()
    about: dict[str, Any] = {
        "effective_on": year.effective_on,
        "accounting_on": settled.accounting_on,
        "agreement": settled.one.agreement,
        "company": settled.terms.buyer,
        "year": year.year,
    }
    if year.taken:
        net = money(sum(lot.energy_wh for lot in year.taken), Fraction(year.price))
        credit = settled.credit(f"{settled.name}-make-up", f"made up in {year.year} for earlier years", net)
        facts += credit_notes(credit, settled.issued(EnergyInvoiced), net, settled.vat(net)[1])
        if settled.one.role == "SELLER":
            facts.append(MakeUpTaken(**about, lots=year.taken))
    if year.expired and settled.one.role == "SELLER":
        facts.append(MakeUpExpired(**about, lots=year.expired))
    return facts


# Guarantee


def damages_minor(terms: OfftakeTerms, delivered_wh: int, price: str, replacement: str) -> int:
    """What the seller owes for a year's missing energy (domain §7.5)."""
    assert terms.guarantee is not None, "asked only where energy is guaranteed"
    guaranteed = wh(terms.guarantee.guaranteed)
    missing = max(0, guaranteed - delivered_wh)
    dearer = max(Fraction(0), Fraction(replacement) - Fraction(price))
    cap = money(guaranteed, Fraction(price) * Fraction(terms.guarantee.cap))
    return min(money(missing, dearer), cap)


def _damages(state: Offtakes, command: AssessGuaranteeLd, by: By) -> Sequence[Fact]:
    one = executed(state, command.agreement)
    terms = terms_of_year(one, command.year)
    if terms is None or terms.guarantee is None:
        raise NoGuarantee(f"{command.agreement} guarantees nothing in {command.year}", field="year")
    runs = _months(one, terms, command.year)
    if one.role == "OBSERVER":
        raise ObserverPostsNothing(f"MCSC only watches {command.agreement}", field="agreement")
    last = first_and_last(months_of(terms, command.year)[-1])[1]
    price = price_of(terms, month_of(last), state.rates) or runs[-1].price
    amount = damages_minor(terms, sum(run.delivered_wh for run in runs), price, command.replacement_price)
    if (known := one.damages.get(command.year)) is not None:
        said = (known.replacement_price, known.evidence, getattr(known, "invoice", None))
        if said == (command.replacement_price, command.evidence, command.invoice):
            return ()
        raise DamagesTaken(f"the damages of {command.year} were assessed already", field="year")
    if not amount:
        raise NoDamages(f"as much as guaranteed was delivered in {command.year}, or replacing it cost no more")
    about: dict[str, Any] = {
        "effective_on": last,
        "accounting_on": posting_date(state.periods, last, by.role),
        "company": terms.buyer,
        "agreement": command.agreement,
        "year": command.year,
        "replacement_price": command.replacement_price,
        "evidence": command.evidence,
    }
    if command.invoice is not None:
        return (_off_invoice(state, command, terms, amount, about),)
    if one.role != "SELLER":
        raise InvoiceOfAnother(
            "a settlement agent owes no damages itself; name the invoice that they are taken off", field="invoice"
        )
    return (GuaranteeLdAssessed(**about, amount_minor=amount),)


def _off_invoice(
    state: Offtakes, command: AssessGuaranteeLd, terms: OfftakeTerms, amount: int, about: dict[str, Any]
) -> Fact:
    assert command.invoice is not None, "asked only where an invoice is named"
    document, issued = owed(state.billing, command.invoice)
    if not isinstance(issued, EnergyInvoiced) or issued.agreement != command.agreement:
        raise InvoiceOfAnother(f"{command.invoice} is no energy invoice of {command.agreement}", field="invoice")
    (left,) = left_of(issued, state.billing.credit_notes.values())
    if amount > left.net_minor:
        raise CreditExceeded(f"{written(left.net_minor)} CNY net are left of {command.invoice}", field="invoice")
    check_open(command.invoice, document, amount, field="invoice")
    line = DocumentLine(from_on=left.from_on, until_on=left.until_on, net_minor=amount, vat_rate="0", vat_minor=0)
    return GuaranteeLdCredited(
        **about,
        lease=terms.lease,
        credit_note=f"{command.agreement}-ld-{command.year}",
        invoice=command.invoice,
        charge="GUARANTEE_LD",
        lines=(line,),
        reason=f"guarantee of {command.year}",
        generator=terms.generator,
    )


YEARS = Part(
    decide={TrueUpYear: _true_up, AssessGuaranteeLd: _damages},
    scope={
        TrueUpYear: lambda command: (f"offtake:{command.agreement}", *RATES, PERIODS_TAG),
        AssessGuaranteeLd: lambda command: (
            f"offtake:{command.agreement}",
            *((f"invoice:{command.invoice}",) if command.invoice is not None else ()),
            *RATES,
            PERIODS_TAG,
        ),
    },
)
