"""What a lease says: premises, term, rent, what is charged and how.

Terms         everything that was agreed; an amendment states it whole again
monthly       a quoted rent as an amount a month
Quote         a price and what it is for

Rounding points (domain §6): a month's amount of a quote, a part of a month; both half up, to the fen.
"""

from datetime import date
from functools import lru_cache
from typing import Annotated, Literal

from msgspec import Meta, Struct

from ledger.decider import Id
from ledger.rates import Series
from ledger.values.measures import DM2, Area, dm2
from ledger.values.money import FEN, Cny, Ratio, UnitPrice, half_up, minor

QuoteBasis = Literal["MONTH", "M2_MONTH", "M2_DAY_365", "M2_DAY_30"]
"""A month in all; a square metre and month; a square metre and day, a month being 365/12 or 30 days."""

Proration = Literal["ACTUAL_ACTUAL", "THIRTY_360", "ACTUAL_365", "ACTUAL_366"]
"""What a month costs of which days are missing: its days of the month's days; 30ths; days of the year's rent by 365 or
366 (domain §14.2)."""

Party = Literal["LESSOR", "TENANT", "EITHER"]


class Quote(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A price ex VAT, and what it is for."""

    price: UnitPrice
    per: QuoteBasis


class Premises(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """A unit and its contracted area, for the whole term or for days of its own."""

    unit: Id
    area: Area
    from_on: date | None = None
    until_on: date | None = None


class RentStep(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """From this day on the rent is this."""

    from_on: date
    rent: Quote


class RentFree(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """No rent is payable on these days, both included; the service charge is."""

    from_on: date
    until_on: date


class Indexation(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """Rent follows an index, between floor and cap (domain §14.4).

    ratio_form   the index is published as "previous year = 100": current ÷ 100 is the ratio itself
    bounds       since last: each review moves the rent that it finds, by the index since the review before (or since
                 `base_on`); cumulative: each moves the rent of the terms, by the index since `base_on`
    """

    series: Series
    base_on: date
    floor: Ratio | None = None
    cap: Ratio | None = None
    ratio_form: bool = False
    bounds: Literal["SINCE_LAST", "CUMULATIVE"] = "SINCE_LAST"


class Break(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """A right to end the lease with this day, on notice. `reasonably_certain`: that it is used (IFRS 16.18)."""

    on: date
    notice_days: Annotated[int, Meta(ge=0, le=1000)]
    party: Party
    fee_months: Annotated[int, Meta(ge=0, le=60)] = 0
    reasonably_certain: bool = False


class RenewalOption(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """A right in the contract to go on for so many months. Exercising it is no modification (L10). Where that is
    reasonably certain, its months belong to the term that rent is spread over, at the last rent (domain §14.3)."""

    months: Annotated[int, Meta(ge=1, le=240)]
    notice_days: Annotated[int, Meta(ge=0, le=1000)]
    reasonably_certain: bool = False


class TurnoverRent(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """A share of what the tenant sells is due beside the rent (IFRS 16.38(b): variable, not by an index).

    share            of the turnover above the breakpoint: 0.08 is 8 %
    breakpoint       a month's turnover of which no share is due
    year_breakpoint  the same of a calendar year, where that is not twelve months'; a part of one by its months and days
    less_rent        the rent is the least: the share is due as far as it is more than the rent of the same days
    declared_days    days after a month within which the tenant says what it sold
    """

    share: Ratio
    breakpoint: Cny = "0.00"
    year_breakpoint: Cny | None = None
    less_rent: bool = False
    declared_days: Annotated[int, Meta(ge=0, le=365)] = 15


class DepositInterest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """Interest on the deposit that is held: a rate a year, by actual days of 365 or 360."""

    rate: Ratio
    days: Literal["ACT_365", "ACT_360"] = "ACT_365"


class Terms(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """The terms of a lease. All amounts ex VAT.

    expiry_on            the last day, included
    rent                 steps in order, the first from the commencement on
    rent_months          a month of rent: of the calendar, or from the commencement's day: from the 15th to the 14th
    billed_every_months  rent is billed for so many of its months at once, counted from the month of commencement
    billed               in advance: due with the first day of the period; in arrears: with the last
    due_days             days from the invoice's date until it is due
    deposit_return_days  days after the end within which the deposit is to be paid back
    lines                one invoice line for the whole billed period, or one a calendar month: VAT is rounded for each
    deposit_interest     accrues month by month while deposit is held, and is credited to it
    service_charge       billed every calendar month; not part of the lease payments (IFRS 15)
    turnover_rent        a share of the tenant's turnover, billed when it is declared (turnover.py)
    incentive            what MCSC pays the tenant for signing, in all; it comes off the rent earned, month by month
    straight_line        the version of the rule that spreads the rent (domain §4.1)
    """

    premises: Annotated[tuple[Premises, ...], Meta(min_length=1, max_length=100)]
    commencement_on: date
    expiry_on: date
    rent: Annotated[tuple[RentStep, ...], Meta(min_length=1, max_length=240)]
    rent_free: Annotated[tuple[RentFree, ...], Meta(max_length=24)] = ()
    rent_months: Literal["CALENDAR", "COMMENCEMENT"] = "CALENDAR"
    billed_every_months: Literal[1, 2, 3, 6, 12] = 1
    billed: Literal["ADVANCE", "ARREARS"] = "ADVANCE"
    due_days: Annotated[int, Meta(ge=0, le=180)] = 0
    lines: Literal["PERIOD", "MONTH"] = "PERIOD"
    proration: Proration = "ACTUAL_ACTUAL"
    deposit: Cny = "0.00"
    deposit_return_days: Annotated[int, Meta(ge=0, le=1000)] = 0
    service_charge: Quote | None = None
    vat: Literal["GENERAL", "SIMPLIFIED"] = "GENERAL"
    late_fee_per_day: Ratio = "0.0005"
    indexation: Indexation | None = None
    breaks: Annotated[tuple[Break, ...], Meta(max_length=24)] = ()
    renewal: RenewalOption | None = None
    straight_line: Literal["LARGEST_REMAINDER"] = "LARGEST_REMAINDER"
    turnover_rent: TurnoverRent | None = None
    incentive: Cny = "0.00"
    deposit_interest: DepositInterest | None = None

    @property
    def area_dm2(self) -> int:
        """The contracted area of all premises."""
        return sum(dm2(premises.area) for premises in self.premises)


DAYS_A_MONTH = {"M2_DAY_365": (365, 12), "M2_DAY_30": (30, 1)}
PRICE_DECIMALS = 8
"""The most decimals that a price has."""


@lru_cache(8192)
def monthly(quote: Quote, area_dm2: int) -> int:
    """Minor units a month: a named rounding point. 1.50 a m² and day for 1,234.50 m² is 56,324.06 (365/12)."""
    price, whole = minor(quote.price, PRICE_DECIMALS) * 10**FEN, 10**PRICE_DECIMALS
    if quote.per == "MONTH":
        return half_up(price, whole)
    days, months = DAYS_A_MONTH.get(quote.per, (1, 1))
    return half_up(price * area_dm2 * days, whole * DM2 * months)
