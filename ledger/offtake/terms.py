"""What an offtake agreement says: who does what, at which price, with which guarantees.

Price          Fixed (with or without escalation), Indexed, TimeOfUse, Spot: a price for a kilowatt-hour, without tax
Savings        no energy is sold: savings are shared or guaranteed, or the cost is held in trust (GB/T 24915)
TakeOrPay      so much a year is paid for, taken or not; MakeUp and CarryForward are the rights that go with it
Guarantee      so much a year is delivered, or damages are paid
Terms          all of it; pay-as-produced is an agreement without TakeOrPay
price_of       a price on a date: escalated from the base price each year and rounded to four decimals (domain §6)
contract_year, months_of   a contract year is named for the calendar year in which it begins
"""

from datetime import date
from fractions import Fraction
from typing import Annotated, Literal

from msgspec import Meta, Struct

from ledger.decider import Id, Text
from ledger.leases.facts import LeaseId
from ledger.offtake.energy import Kwh
from ledger.periods import Month, first_and_last, month_after, month_of
from ledger.rates import Rates, Series, value_on
from ledger.values.money import Cny, Ratio, SignedUnitPrice, UnitPrice, rounded, written

Role = Literal["SELLER", "SETTLEMENT_AGENT", "OBSERVER"]
"""MCSC sells the energy; or settles between generator and buyer for a fee; or only watches, and posts nothing (D4)."""

Technology = Literal[
    "WIND", "SOLAR", "HYDRO", "BIOMASS", "GEOTHERMAL", "OCEAN", "WASTE_HEAT", "WASTE_TO_ENERGY", "GAS", "STORAGE"
]
RENEWABLE = frozenset({"WIND", "SOLAR", "HYDRO", "BIOMASS", "GEOTHERMAL", "OCEAN"})
"""Technologies with green certificates (绿证): waste-heat power is not among them (发改能源〔2023〕1044号)."""

Band = Literal["SHARP", "PEAK", "FLAT", "VALLEY", "DEEP_VALLEY"]
BANDS: tuple[Band, ...] = ("SHARP", "PEAK", "FLAT", "VALLEY", "DEEP_VALLEY")
"""尖, 峰, 平, 谷, 深谷 (domain §14.8); a tariff without SHARP or DEEP_VALLEY has three."""

SavingsForm = Literal["SHARED_SAVINGS", "GUARANTEED_SAVINGS", "COST_TRUSTEESHIP"]

Hour = Annotated[str, Meta(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$(?!\n)", description="08:00; up to 24:00.")]
PriceSeries = Annotated[
    str,
    Meta(
        pattern=r"^spot/[a-z0-9][a-z0-9-]{0,40}$(?!\n)",
        description="A series of prices, such as spot/sichuan-day-ahead, of a market or tariff.",
    ),
]
PRICE_DECIMALS = 4
PRICES = 10**PRICE_DECIMALS

PRICE_RATES = "rates:price"
"""Finds every reference price that is approved."""
SERVICES = "vat/services"
RATES = (PRICE_RATES, "rates:co2", "series:vat/goods", f"series:{SERVICES}")
"""Finds reference prices, emission factors and tax rates: what a month is settled with."""


class Fixed(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, tag="FIXED"):
    """One price; with `escalation` it grows by that each contract year, from the base price each time."""

    price: UnitPrice
    escalation: Ratio = "0"


class Indexed(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, tag="INDEXED"):
    """A reference price less a discount, not below the floor and not above the cap."""

    series: Series
    discount: Ratio = "0"
    floor: UnitPrice | None = None
    cap: UnitPrice | None = None


class Window(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A band's hours of every day: from the first up to, and without, the last."""

    band: Band
    from_hour: Hour
    until_hour: Hour


class TimeOfUse(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, tag="TIME_OF_USE"):
    """A price for each band. Hours in no window are FLAT. Deemed energy is paid at the flat price."""

    peak: UnitPrice
    flat: UnitPrice
    valley: UnitPrice
    sharp: UnitPrice | None = None
    deep_valley: UnitPrice | None = None
    windows: tuple[Window, ...] = ()

    def price(self, band: Band) -> str | None:
        """The price of a band as the terms say it; None where they have no such band."""
        price: str | None = getattr(self, band.lower())
        return price

    @property
    def bands(self) -> tuple[Band, ...]:
        """The bands that have a price."""
        return tuple(band for band in BANDS if self.price(band) is not None)


class Spot(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, tag="SPOT"):
    """Each interval at the price of a series at its beginning, more the margin, at least the floor, at most the cap.

    An interval longer than a period of the series is shared by its minutes. Nothing is rounded but the month's amount.
    Deemed energy is paid at the mean price of the month. Without a floor or a cap there is none: prices may lie below
    zero.
    """

    series: PriceSeries
    margin: SignedUnitPrice = "0"
    floor: SignedUnitPrice | None = None
    cap: SignedUnitPrice | None = None


class Savings(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, tag="SAVINGS"):
    """Energy performance contracting (合同能源管理).

    SHARED_SAVINGS       (效益分享型) `share` of what the saved energy costs at `price`
    GUARANTEED_SAVINGS   (节能量保证型) `fee` a month, less `price` for each kWh that is guaranteed and not saved
    COST_TRUSTEESHIP     (能源费用托管型) `fee` a month for the energy bill, whatever it comes to
    """

    form: SavingsForm
    price: UnitPrice
    share: Ratio = "1"
    fee: Cny = "0.00"
    guaranteed: Kwh = "0"


Price = Fixed | Indexed | TimeOfUse | Spot | Savings


class MakeUp(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A right to take later what was paid for and not taken, in so many contract years after."""

    years: Annotated[int, Meta(ge=1, le=20)]


class CarryForward(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A right to count what is taken above take-or-pay, up to `cap` of it, in so many contract years after."""

    cap: Ratio
    years: Annotated[int, Meta(ge=1, le=20)]


class TakeOrPay(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """`share` of the annual contract quantity is paid for. `price`: of the shortfall, where bands have several."""

    acq: Kwh
    share: Ratio
    make_up: MakeUp | None = None
    carry_forward: CarryForward | None = None
    price: UnitPrice | None = None


class Guarantee(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Energy guaranteed for a contract year; damages are at most `cap` of what it would have cost."""

    guaranteed: Kwh
    cap: Ratio


class OfftakeTerms(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """An agreement's terms. It begins with a month and ends with one, both days included.

    generator     who generates, where MCSC does not sell; `fee`: the share of the net that a settlement agent keeps
    lease         the tenant's lease, where its premises are supplied
    vat_series    electricity is goods; energy performance contracting a service
    co2_series    the factor that avoided emissions are estimated with: a province's own, such as co2/cn-sc, or the
                  national one, which counts more than three times as much as Sichuan's
    grid          fed into the grid: its certificates can be traded
    limitation_months   until when a month is settled anew
    late_fee_per_day    the share of what is open that each day after the due date costs
    """

    role: Role
    buyer: Id
    generator: Id | None = None
    lease: LeaseId | None = None
    technology: Technology
    grid: bool = False
    starts_on: date
    ends_on: date
    price: Price
    take_or_pay: TakeOrPay | None = None
    guarantee: Guarantee | None = None
    fee: Ratio = "0"
    due_days: Annotated[int, Meta(ge=0, le=365)] = 30
    vat_series: Literal["vat/goods", "vat/services"] = "vat/goods"
    co2_series: Series = "co2/cn-average"
    limitation_months: Annotated[int, Meta(ge=1, le=120)] = 12
    late_fee_per_day: Ratio = "0"
    note: Text | None = None

    @property
    def parties(self) -> tuple[Id, ...]:
        """Buyer, and generator where there is one."""
        return (self.buyer,) if self.generator is None else (self.buyer, self.generator)


# Time


def settled_anew_through(terms: OfftakeTerms, month: str) -> str:
    """The last month in which a month may be settled anew (E4)."""
    for _ in range(terms.limitation_months):
        month = month_after(month)
    return month


def contract_year(terms: OfftakeTerms, month: str) -> int:
    """The contract year of a month, named for the calendar year in which it begins."""
    return int(month[:4]) - (1 if int(month[5:]) < terms.starts_on.month else 0)


def months_of(starts_on: date, ends_on: date, year: int) -> tuple[str, ...]:
    """The months of a contract year, as far as the term lasts."""
    month, months = f"{year:04}-{starts_on.month:02}", []
    for _ in range(12):
        if month_of(starts_on) <= month <= month_of(ends_on):
            months.append(month)
        month = month_after(month)
    return tuple(months)


# Prices


def at_four(exact: Fraction) -> str:
    """A price as people read it, with four decimals, half away from zero (domain §6)."""
    return written(rounded(exact * PRICES), PRICE_DECIMALS)


def escalated(fixed: Fixed, years: int) -> str:
    """The price after so many contract years: P0 × (1 + g)^k, four decimals, half up."""
    return at_four(Fraction(fixed.price) * (1 + Fraction(fixed.escalation)) ** years)


def indexed(rule: Indexed, reference: str) -> str:
    """The price that a reference price gives: less the discount, at least the floor, at most the cap."""
    price = Fraction(reference) * (1 - Fraction(rule.discount))
    if rule.floor is not None:
        price = max(price, Fraction(rule.floor))
    if rule.cap is not None:
        price = min(price, Fraction(rule.cap))
    return at_four(price)


def band_price(rule: TimeOfUse, band: Band) -> str:
    """The price of a kilowatt-hour of a band that the tariff has."""
    return at_four(Fraction(rule.price(band) or "0"))


def price_of(terms: OfftakeTerms, month: Month, rates: Rates) -> str | None:
    """The price of a kilowatt-hour of a month; the flat one where bands have several; None without a reference, and
    where each interval has its own."""
    match terms.price:
        case Fixed():
            return escalated(terms.price, contract_year(terms, month) - terms.starts_on.year)
        case Indexed():
            reference = value_on(rates, terms.price.series, first_and_last(month)[1])
            return None if reference is None else indexed(terms.price, reference)
        case TimeOfUse():
            return band_price(terms.price, "FLAT")
        case Spot():
            return None
        case Savings():
            return at_four(Fraction(terms.price.price))


def band_at(rule: TimeOfUse, minute: int) -> Band:
    """The band that a minute of the day belongs to."""
    for window in rule.windows:
        if minutes(window.from_hour) <= minute < minutes(window.until_hour):
            return window.band
    return "FLAT"


def minutes_by_band(rule: TimeOfUse, begin: int, length: int) -> dict[Band, int]:
    """The minutes of a stretch of the day in each band: 08:00 to 09:00 may be half flat, half peak."""
    found: dict[Band, int] = {}
    for minute in range(begin, begin + length):
        band = band_at(rule, minute)
        found[band] = found.get(band, 0) + 1
    return found


def minutes(hour: str) -> int:
    """Minutes of the day at 08:00: 480."""
    return int(hour[:2]) * 60 + int(hour[3:])
