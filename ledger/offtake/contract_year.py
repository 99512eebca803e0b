"""A contract year, computed: what was delivered in it, and what it comes to under take-or-pay and the guarantee.

ContractYear       an agreement's year: its terms, its months, and the run that holds of each
contract_year_of   the year as the facts tell now
settle             the year under take-or-pay: _owed, then _banked, then _carried
made_up_minor      what of the year is not paid for again
says               tells whether an earlier run of the year says the same
damages_minor      what is owed for guaranteed energy that was not delivered; amount_of: what was assessed

A year counts by its days on which the agreement delivers: whole months 1/12 each, a part month by its days (domain
§14.1). Annual quantity and guaranteed energy are those of so much of a year, each month's by the terms in force in it:
where an amendment changes them in mid year, share and cap are the average of those quantities; price and rights are
those with which the year ends.

shortfall = max(0, (ACQ - adjustments) × share - taken - carried over), at the year's price
make-up   = what is taken above take-or-pay, up to the bank, oldest right first; released at what was paid for it;
            credited at the year's price, up to what the year's energy is invoiced at
expiry    = rights whose years are over; in the last year of the agreement all of them, its own too (IFRS 15.B46)
carry     = what is taken above take-or-pay and is no make-up, up to a share of it; counts in later years
damages   = min(max(0, guaranteed - delivered) × max(0, replacement - contract price), cap × guaranteed × price)

Refusals
└── MonthsNotApproved   a month of the year is not approved, a run of it waits or is disputed, or it was settled for
                        other days than those that count now and can still be settled anew; a month stands as it
                        was approved once it is too late for that (too_late)
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from fractions import Fraction
from typing import Literal, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from ledger.offtake.account import (
    Damages,
    OfftakeAgreement,
    Offtakes,
    bank,
    carried_over,
    months_of_year,
    own_lot,
    take_or_pay_of,
    terms_of_year,
)
from ledger.offtake.days import days_in, part_of_month
from ledger.offtake.energy import money, resolved, wh
from ledger.offtake.facts import Carried, GuaranteeLdAssessed, Lot, StatementCalculated, YearTruedUp
from ledger.offtake.rules import OfftakeRefusal
from ledger.offtake.terms import OfftakeTerms, TakeOrPay, contract_year, price_of, settled_anew_through
from ledger.periods import first_and_last, month_of

# Refusals


class MonthsNotApproved(OfftakeRefusal):
    """A month of the year is not approved, or a run of it waits or is disputed."""

    code = "months-not-approved"


# The year

Part = tuple[Fraction, OfftakeTerms]
"""How much of a year a month counts for, and the terms in force in it."""


class ContractYear(Struct, frozen=True, kw_only=True):
    """A contract year of an agreement.

    terms    those with which it ends
    months   as far as the term lasts; runs: the latest approved one of each that was delivered
    parts    how much of a year counts, month by month, and the terms of each
    price    of the last month that counts
    """

    agreement: OfftakeAgreement
    year: int
    terms: OfftakeTerms
    months: tuple[str, ...]
    runs: tuple[StatementCalculated, ...]
    parts: tuple[Part, ...]
    price: str

    @property
    def last_day(self) -> date:
        """The day on which everything about its money stands: the year's last, or that of an early end."""
        return _last_day(self.agreement, self.months)

    @property
    def is_last(self) -> bool:
        """Tell that no right can be used after it: the agreement has no later contract year."""
        return self.year >= contract_year(self.terms, month_of(self.agreement.last_on))

    @property
    def delivered_wh(self) -> int:
        """The energy that was delivered."""
        return sum(run.delivered_wh for run in self.runs)

    @property
    def deemed_wh(self) -> int:
        """The energy that is paid for as if it had been delivered."""
        return sum(run.deemed_wh for run in self.runs)

    @property
    def estimated_wh(self) -> int | None:
        """The part of it that is estimated; None where nobody measured it of a month."""
        parts = [run.estimated_wh if run.estimated else 0 for run in self.runs]
        return None if None in parts else sum(part or 0 for part in parts)

    @property
    def substituted_wh(self) -> int:
        """The part of it that was taken from a check meter."""
        return sum(run.substituted_wh or 0 for run in self.runs)

    def under(self, duty: Literal["take_or_pay", "guarantee"]) -> tuple[StatementCalculated, ...]:
        """The runs of the months whose terms have a duty: duties and deliveries are clipped to the same days."""
        terms = {run.month: self.agreement.terms_on(first_and_last(run.month)[0]) for run in self.runs}
        return tuple(run for run in self.runs if getattr(terms[run.month], duty, None) is not None)

    @property
    def taken_under_wh(self) -> int:
        """The energy that was taken, or is paid for as if, in the months that have take-or-pay."""
        return sum(run.delivered_wh + run.deemed_wh for run in self.under("take_or_pay"))

    def above_wh(self, top_wh: int) -> int:
        """The energy that was taken above take-or-pay; all of the months that have none."""
        outside = self.delivered_wh + self.deemed_wh - self.taken_under_wh
        return max(0, self.taken_under_wh - top_wh) + outside


def contract_year_of(
    state: Offtakes, agreement: OfftakeAgreement, terms: OfftakeTerms, year: int, on: date
) -> ContractYear:
    """An agreement's contract year, which ends with these terms, to be settled on a day. Raises MonthsNotApproved."""
    months = months_of_year(agreement, year)
    last, begun = _last_day(agreement, months), agreement.commercial_on
    outside = begun is None or last < begun or agreement.last_on < first_and_last(months[0])[0]
    if outside and year not in agreement.years:
        raise MonthsNotApproved(f"nothing was delivered in {year}", field="year")
    runs = tuple(_runs(agreement, months, on))
    for run in runs:
        _check_days(agreement, run, on)
    return ContractYear(
        agreement=agreement,
        year=year,
        terms=terms,
        months=months,
        runs=runs,
        parts=parts_of_year(agreement, year),
        price=price_of(terms, month_of(last), state.rates) or (runs[-1].price if runs else "0.0000"),
    )


def parts_of_year(agreement: OfftakeAgreement, year: int) -> tuple[Part, ...]:
    """The parts of a year that count: whole months 1/12 each, a part month by its days; all before operation begins."""
    parts: list[Part] = []
    for month in months_of_year(agreement, year):
        first_day, counts = first_and_last(month)[0], agreement.delivering.in_month(month)
        part = part_of_month(counts, month) if agreement.commercial_on else Fraction(1)
        if (terms := agreement.terms_on(first_day)) is not None:
            parts.append((part / 12, terms))
    return tuple(parts)


def annual_quantity(parts: Iterable[Part], weigh: bool = False) -> Fraction:
    """The annual contract quantity of these parts of a year in watt-hours; or, weighed, what of it is paid for."""
    return sum(
        (
            part * wh(right.acq) * (Fraction(right.share) if weigh else 1)
            for part, terms in parts
            if (right := terms.take_or_pay) is not None
        ),
        Fraction(0),
    )


def guaranteed_energy(parts: Iterable[Part], weigh: bool = False) -> Fraction:
    """The energy guaranteed for these parts of a year in watt-hours; or, weighed, what damages are capped at."""
    return sum(
        (
            part * wh(guarantee.guaranteed) * (Fraction(guarantee.cap) if weigh else 1)
            for part, terms in parts
            if (guarantee := terms.guarantee) is not None
        ),
        Fraction(0),
    )


def _last_day(agreement: OfftakeAgreement, months: Sequence[str]) -> date:
    return min(first_and_last(months[-1])[1], agreement.last_on)


def too_late(agreement: OfftakeAgreement, month: str, on: date) -> bool:
    """Tell whether a month cannot be settled anew any more (E4): it stands as it was approved."""
    terms = agreement.terms_on(first_and_last(month)[0])
    return terms is None or month_of(on) > settled_anew_through(terms, month)


def is_open(agreement: OfftakeAgreement, month: str, on: date) -> bool:
    """Tell whether a run of a month waits for approval, where it is not too late for it, or is disputed."""
    late = too_late(agreement, month, on)
    return any(
        run.dispute is not None if run.is_approved else not late for run in agreement.runs.get(month, {}).values()
    )


def _runs(agreement: OfftakeAgreement, months: Iterable[str], on: date) -> Iterator[StatementCalculated]:
    """The latest approved run of every month in which the agreement delivered. Raises MonthsNotApproved."""
    for month in months:
        latest = agreement.latest(month)
        if not agreement.delivering.in_month(month):
            settled = latest is not None and (latest.delivered_wh or latest.deemed_wh)
            if settled and not too_late(agreement, month, on):
                raise MonthsNotApproved(
                    f"{month} of {agreement.agreement} was settled, and none of its days counts now; settle it anew",
                    field="year",
                )
            continue
        if latest is None:
            raise MonthsNotApproved(f"{month} of {agreement.agreement} is not approved", field="year")
        if is_open(agreement, month, on):
            raise MonthsNotApproved(
                f"{month} of {agreement.agreement} has a run that waits for approval or is disputed", field="year"
            )
        yield latest


def _check_days(agreement: OfftakeAgreement, run: StatementCalculated, on: date) -> None:
    """Check that a month was settled for the days that count now, by which its year's duty is counted too (domain
    §14.1); it stands as it is where it is too late to settle it anew. Raises MonthsNotApproved."""
    month = run.month
    whole, counts = days_in((first_and_last(month),)), days_in(agreement.delivering.in_month(month))
    if (whole if run.days is None else run.days) != counts and not too_late(agreement, month, on):
        raise MonthsNotApproved(
            f"{month} of {agreement.agreement} was settled for {run.days or whole} days, and {counts} of them count "
            "now; settle it anew",
            field="year",
        )


# Take-or-pay

Right = TypeVar("Right", Lot, Carried)


NOTHING_OWED = TakeOrPay(acq="0", share="0")
"""A year of which nothing is paid for untaken; rights of earlier years can be used in it all the same."""


def right_of(agreement: OfftakeAgreement, year: int) -> TakeOrPay | None:
    """The take-or-pay of a contract year; one of nothing where rights of earlier years are left to be used."""
    if terms_of_year(agreement, year) is None:
        return None
    owed = take_or_pay_of(agreement, year)
    return owed or (NOTHING_OWED if bank(agreement, year) or agreement.years.get(year) else None)


def settle(year: ContractYear, right: TakeOrPay) -> YearTruedUp:
    """Hold a contract year against take-or-pay, as the facts tell now."""
    return _carried(year, right, _banked(year, _owed(year, right)))


def says(earlier: YearTruedUp, now: YearTruedUp) -> bool:
    """Tell whether an earlier run of a contract year says what the year comes to now.

    A year of before quality was measured says no shares: that alone makes no other year.
    """
    if earlier.substituted_wh is None:
        now = replace(now, estimated_wh=None, substituted_wh=None)
    return replace(earlier, run=now.run, effective_on=now.effective_on) == now


def _owed(year: ContractYear, right: TakeOrPay) -> YearTruedUp:
    """Shortfall = max(0, (ACQ - adjustments) × share - taken - carried over), at the year's price."""
    agreement, price = year.agreement, right.price or year.price
    exact = annual_quantity(year.parts)
    share = annual_quantity(year.parts, weigh=True) / exact if exact else Fraction(right.share)
    acq, adjusted = resolved(exact), agreement.adjusted_wh(year.year)
    top = resolved(max(0, acq - adjusted) * share)
    missing = max(0, top - year.taken_under_wh)
    carried = _oldest_first(carried_over(agreement, year.year), missing)
    short = missing - _energy(carried)
    return YearTruedUp(
        effective_on=year.last_day,
        agreement=agreement.agreement,
        year=year.year,
        run=len(agreement.years.get(year.year, {})),
        acq_wh=acq,
        adjusted_wh=adjusted,
        top_wh=top,
        delivered_wh=year.delivered_wh,
        deemed_wh=year.deemed_wh,
        price=price,
        carried=carried,
        shortfall_wh=short,
        shortfall_minor=money(short, Fraction(price)),
        estimated_wh=year.estimated_wh,
        substituted_wh=year.substituted_wh,
    )


def _banked(year: ContractYear, owed: YearTruedUp) -> YearTruedUp:
    """Make-up = what is taken above take-or-pay, up to the bank, oldest right first. What is left may expire.

    A right that the last year itself gives can never be used: it expires at once.
    """
    rights, own = bank(year.agreement, year.year), own_lot(year.agreement, owed)
    taken = _oldest_first(rights, year.above_wh(owed.top_wh))
    parts = {part.year: part for part in taken}
    left = [lot.less(parts[lot.year]) if lot.year in parts else lot for lot in rights]
    left += [own] if own is not None else []
    expired = tuple(lot for lot in left if lot.energy_wh > 0 and _expires(year, lot))
    return replace(owed, taken=taken, expired=expired)


def _carried(year: ContractYear, right: TakeOrPay, banked: YearTruedUp) -> YearTruedUp:
    """Carry = what is taken above take-or-pay and is no make-up, up to a share of it; counts in later years."""
    if right.carry_forward is None:
        return banked
    above = min(year.above_wh(banked.top_wh) - _energy(banked.taken), max(0, year.taken_under_wh - banked.top_wh))
    return replace(banked, over_wh=min(above, resolved(banked.top_wh * Fraction(right.carry_forward.cap))))


def _oldest_first(rights: Iterable[Right], energy_wh: int) -> tuple[Right, ...]:
    """Use up rights for so much energy, the oldest first."""
    parts: list[Right] = []
    for right in rights:
        here = min(energy_wh, right.energy_wh)
        if here:
            parts.append(right.part(here))
            energy_wh -= here
    return tuple(parts)


def made_up_minor(year: ContractYear, trued_up: YearTruedUp) -> int:
    """The energy that counts as made up, at the year's price; never more than the year's energy is invoiced at, where
    an indexed price was lower in some of its months: it is not paid for again, and nobody is paid for taking it."""
    invoiced = sum(run.net_minor for run in year.runs)
    return min(money(_energy(trued_up.taken), Fraction(trued_up.price)), max(0, invoiced))


def _energy(rights: Iterable[Lot | Carried]) -> int:
    return sum(right.energy_wh for right in rights)


def _expires(year: ContractYear, lot: Lot) -> bool:
    """Tell whether a right ends with the year: its own years are over, or the agreement is."""
    given = take_or_pay_of(year.agreement, lot.year)
    years = given.make_up.years if given and given.make_up else 0
    return lot.year + years <= year.year or year.is_last


# The guarantee


def damages_minor(year: ContractYear, replacement_price: str) -> int:
    """Damages = min(max(0, guaranteed - delivered) × max(0, replacement - price), cap × guaranteed × price)."""
    guaranteed, price = resolved(guaranteed_energy(year.parts)), Fraction(year.price)
    missing = max(0, guaranteed - sum(run.delivered_wh for run in year.under("guarantee")))
    dearer = max(Fraction(0), Fraction(replacement_price) - price)
    exact = guaranteed_energy(year.parts)
    cap = guaranteed_energy(year.parts, weigh=True) / exact if exact else Fraction(0)
    return min(money(missing, dearer), money(guaranteed, price * cap))


def amount_of(damages: Damages) -> int:
    """The amount that damages were assessed at."""
    return damages.amount_minor if isinstance(damages, GuaranteeLdAssessed) else damages.gross_minor
