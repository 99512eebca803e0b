"""Energy agreements: who sells to whom at which price, and what their meters show month after month.

Supply      an agreement, how much of it goes through the meter, and what does not go by the book
SUPPLIES    a price that grows with take-or-pay and make-up; bands; an index; shared savings that MCSC only watches;
            and two that end early
prices      the reference price that one of them follows

Three contract years of twelve months, from July 2023. metering.py: how they begin, and what their meters show;
settling.py: what each month and year comes to.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from random import Random
from typing import Any

from msgspec import Struct

from api.demo.city import evidence
from api.demo.days import at, first_of, last_of, months, workday
from api.demo.deals.parties import BUYERS, SUPPLIERS
from api.demo.people import ACCOUNTANT, APPROVER, CLERKS, invented
from api.demo.pipeline import END
from api.demo.steps import Step
from ledger.offtake.meters.facts import DayPrices
from ledger.offtake.meters.price_series import RecordPrices
from ledger.offtake.terms import (
    Fixed,
    Guarantee,
    Indexed,
    MakeUp,
    OfftakeTerms,
    Price,
    Role,
    Savings,
    TakeOrPay,
    Technology,
    TimeOfUse,
    Window,
    contract_year,
)
from ledger.periods import month_of
from ledger.rates import ApproveRate, ProposeRate

DESK = invented(CLERKS[1])
STARTS_ON, LASTS_UNTIL = date(2023, 7, 1), date(2028, 6, 30)
AGREED_ON, DELIVERS_FROM = date(2023, 7, 13), date(2023, 7, 17)
PRICE = "price/grid-demo"
UNIT_WH = 100
"""Meters show tenths of a kilowatt-hour."""


PAID_LATE, LATE_DAYS = "biomass-1-demo-energy-202502-r0", 20
"""The invoice that is paid late, and by how many days."""


class Supply(Struct, frozen=True, kw_only=True):
    """An agreement. `monthly`: about so many kWh in a month of each contract year.

    ct, digits, start   the meter's current transformer, how many digits it has, and what it shows at first
    """

    number: int
    agreement: str
    terms: OfftakeTerms
    monthly: tuple[int, ...]
    agreed_on: date = AGREED_ON
    delivers_from: date = DELIVERS_FROM
    ct: int = 1
    digits: int = 8
    start: int = 0
    banded: bool = False

    @property
    def meter(self) -> str:
        """Its meter's id."""
        return f"meter-{self.number}-demo"

    @property
    def saves(self) -> bool:
        """No energy is sold; savings are shared."""
        return isinstance(self.terms.price, Savings)

    @property
    def months(self) -> list[str]:
        """Those that are read by the end."""
        last = min(month_of(self.terms.ends_on), month_of(END))
        return list(months(month_of(self.delivers_from), last)) if self.monthly else []

    def about(self, month: str) -> int:
        """About so many kWh go through in a month, by its contract year."""
        return self.monthly[contract_year(self.terms, month) - self.terms.starts_on.year]


def _terms(role: Role, buyer: int, technology: Technology, price: Price, **more: Any) -> OfftakeTerms:
    given: dict[str, Any] = {"starts_on": STARTS_ON, "ends_on": LASTS_UNTIL, **more}
    return OfftakeTerms(
        role=role,
        buyer=BUYERS[buyer].company,
        technology=technology,
        price=price,
        co2_series="co2/cn-sc",
        note="Invented (demo)",
        **given,
    )


WINDOWS = (
    Window(band="VALLEY", from_hour="00:00", until_hour="08:00"),
    Window(band="PEAK", from_hour="10:00", until_hour="15:00"),
    Window(band="PEAK", from_hour="18:00", until_hour="21:00"),
)
INDEXED = _terms(
    "SETTLEMENT_AGENT",
    2,
    "WASTE_TO_ENERGY",
    Indexed(series=PRICE, discount="0.1", floor="0.4800", cap="0.6200"),
    generator=SUPPLIERS[1].company,
    fee="0.02",
)
SUPPLIES: Sequence[Supply] = (
    Supply(
        number=1,
        agreement="biomass-1-demo",
        terms=_terms(
            "SELLER",
            0,
            "BIOMASS",
            Fixed(price="0.5200", escalation="0.02"),
            take_or_pay=TakeOrPay(acq="1600000", share="0.85", make_up=MakeUp(years=2)),
            late_fee_per_day="0.0005",
            grid=True,
        ),
        monthly=(105_000, 121_000, 118_000),
        start=1_204_318,
    ),
    Supply(
        number=2,
        agreement="heat-2-demo",
        terms=_terms(
            "SELLER",
            1,
            "WASTE_HEAT",
            TimeOfUse(peak="0.7800", flat="0.5200", valley="0.2600", windows=WINDOWS),
            guarantee=Guarantee(guaranteed="950000", cap="0.05"),
        ),
        monthly=(68_000, 71_000, 76_000),
        ct=20,
        banded=True,
    ),
    Supply(
        number=3,
        agreement="waste-3-demo",
        terms=INDEXED,
        monthly=(92_000, 95_000, 91_000),
        ct=10,
        digits=6,
        start=961_000,
    ),
    Supply(
        number=4,
        agreement="savings-4-demo",
        terms=_terms(
            "OBSERVER",
            2,
            "WASTE_HEAT",
            Savings(form="SHARED_SAVINGS", price="0.6200", share="0.7"),
            generator=SUPPLIERS[0].company,
            vat_series="vat/services",
        ),
        monthly=(410_000, 415_000, 405_000),
    ),
    Supply(
        number=5,
        agreement="trial-5-demo",
        terms=_terms(
            "SELLER",
            1,
            "SOLAR",
            Fixed(price="0.4800"),
            starts_on=date(2024, 1, 1),
            ends_on=date(2024, 6, 30),
        ),
        monthly=(9_000, 9_000),
        agreed_on=date(2023, 12, 11),
        delivers_from=date(2024, 1, 1),
    ),
    Supply(
        number=6,
        agreement="heat-6-demo",
        terms=_terms(
            "SELLER",
            0,
            "WASTE_HEAT",
            Fixed(price="0.5000"),
            starts_on=date(2025, 4, 1),
        ),
        monthly=(),
        agreed_on=date(2025, 2, 17),
    ),
)


def prices(seed: int) -> Iterator[Step]:
    """A reference price for each month, agreed by two people on its last working day."""
    chance = Random(f"prices {seed}")
    for month in months("2023-07", "2026-06"):
        on = min(workday(last_of(month)), END)
        rate, value = f"grid-{month}-demo", f"0.{chance.randint(4900, 7200)}"
        propose = ProposeRate(
            rate=rate,
            series=PRICE,
            value=value,
            source="Invented for the demonstration (demo)",
            effective_on=first_of(month),
        )
        yield Step(recorded_at=at(on, 220), by=ACCOUNTANT, command=propose)
        yield Step(recorded_at=at(on, 240), by=APPROVER, command=ApproveRate(rate=rate, effective_on=on))


def spot_prices(seed: int) -> Iterator[Step]:
    """A day of hourly prices, of which nobody has agreed on any: one missing at first, one below zero."""
    chance = Random(f"spot {seed}")
    hours = [f"{chance.randint(-50, 620)}.{chance.randint(0, 99):02}" for _ in range(24)]
    for minute, said, reason in ((460, [*hours[:9], "-", *hours[10:]], None), (470, hours, "published (demo)")):
        command = RecordPrices(
            series="spot/day-ahead-demo",
            minutes=60,
            price_unit="CNY_MWH",
            days=(DayPrices(day=END, prices=" ".join(said)),),
            file=evidence("hourly prices", END),
            reason=reason,
            effective_on=END,
        )
        yield Step(recorded_at=at(END, minute), by=ACCOUNTANT, command=command)
