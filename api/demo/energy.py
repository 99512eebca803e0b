"""Energy agreements: who sells to whom at which price, and what their meters show month after month.

Supply      an agreement, how much of it goes through the meter, and what does not go by the book
SUPPLIES    a price that grows with take-or-pay and make-up; bands; an index; shared savings that MCSC only watches;
            and two that end early
supplied    each from draft to delivery, with its meter and a read a month
prices      the reference price that one of them follows

Three contract years of twelve months, from July 2023: what they come to is settled in settling_energy.py.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

from msgspec import Struct

from api.demo.city import evidence
from api.demo.days import at, first_of, last_of, months, workday
from api.demo.parties import BUYERS, SUPPLIERS
from api.demo.pipeline import END
from api.demo.steps import ACCOUNTANTS, APPROVER, CLERKS, Step, invented
from ledger.decider import By, Command
from ledger.offtake import delivery as d
from ledger.offtake import life
from ledger.offtake import metering as m
from ledger.offtake import terms as t
from ledger.offtake.energy import kwh, wh
from ledger.offtake.meter import BandValues
from ledger.periods import month_of
from ledger.rates import ApproveRate, ProposeRate

DESK, SIGNER = invented(CLERKS[1]), invented(APPROVER, "approver")
ONE, SECOND = invented(ACCOUNTANTS[0], "finance"), SIGNER
STARTS_ON, LASTS_UNTIL = date(2023, 7, 1), date(2028, 6, 30)
AGREED_ON, DELIVERS_FROM = date(2023, 7, 13), date(2023, 7, 17)
PRICE = "price/grid-demo"
UNIT_WH = 100
"""Meters show tenths of a kilowatt-hour."""


class Supply(Struct, frozen=True, kw_only=True):
    """An agreement. `monthly`: about so many kWh in a month of each contract year.

    ct, digits, start   the meter's current transformer, how many digits it has, and what it shows at first
    """

    number: int
    agreement: str
    terms: t.OfftakeTerms
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
        return isinstance(self.terms.price, t.Savings)

    @property
    def months(self) -> list[str]:
        """Those that are read by the end."""
        last = min(month_of(self.terms.ends_on), month_of(END))
        return list(months(month_of(self.delivers_from), last)) if self.monthly else []


def _terms(role: t.Role, buyer: int, technology: t.Technology, price: t.Price, **more: Any) -> t.OfftakeTerms:
    given: dict[str, Any] = {"starts_on": STARTS_ON, "ends_on": LASTS_UNTIL, **more}
    return t.OfftakeTerms(
        role=role, buyer=BUYERS[buyer].company, technology=technology, price=price, note="Invented (demo)", **given
    )


WINDOWS = (
    t.Window(band="VALLEY", from_hour="00:00", until_hour="08:00"),
    t.Window(band="PEAK", from_hour="10:00", until_hour="15:00"),
    t.Window(band="PEAK", from_hour="18:00", until_hour="21:00"),
)
INDEXED = _terms(
    "SETTLEMENT_AGENT",
    2,
    "WASTE_TO_ENERGY",
    t.Indexed(series=PRICE, discount="0.1", floor="0.4800", cap="0.6200"),
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
            t.Fixed(price="0.5200", escalation="0.02"),
            take_or_pay=t.TakeOrPay(acq="1600000", share="0.85", make_up=t.MakeUp(years=2)),
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
            t.TimeOfUse(peak="0.7800", flat="0.5200", valley="0.2600", windows=WINDOWS),
            guarantee=t.Guarantee(guaranteed="900000", cap="0.05"),
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
            t.Savings(form="SHARED_SAVINGS", price="0.6200", share="0.7"),
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
            t.Fixed(price="0.4800"),
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
            "SETTLEMENT_AGENT",
            0,
            "WASTE_HEAT",
            t.Fixed(price="0.5000"),
            generator=SUPPLIERS[2].company,
            fee="0.015",
            starts_on=date(2025, 4, 1),
        ),
        monthly=(),
        agreed_on=date(2025, 2, 17),
    ),
)

Told = Iterator[tuple[date, By, Command]]
"""Recorded on which day, by whom, what."""


def supplied(seed: int) -> Iterator[Step]:
    """Every step of every agreement but its settlement."""
    for one in SUPPLIES:
        told = [*_agreed(one), *(_saved(one, seed) if one.saves else _metered(one, seed)), *_happened(one)]
        for nth, (on, by, command) in enumerate(told):
            instant = at(on, 10 + one.number, nth)
            if instant.date() <= END:
                yield Step(recorded_at=instant, by=by, command=command)


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
        yield Step(recorded_at=at(on, 220), by=ONE, command=propose)
        yield Step(recorded_at=at(on, 240), by=SECOND, command=ApproveRate(rate=rate, effective_on=on))


# From draft to delivery


def _agreed(one: Supply) -> Told:
    name, on = one.agreement, one.agreed_on
    drafted = on - timedelta(days=1)
    yield drafted, DESK, life.DraftOfftake(agreement=name, terms=one.terms, effective_on=drafted)
    paper = evidence(f"Contract {name}", on)
    yield on, SIGNER, life.ExecuteOfftake(agreement=name, document=paper, effective_on=on)
    if one.number in (2, 6):
        permit = evidence(f"Grid permit of {name}", on)
        yield on, DESK, life.SatisfyConditions(agreement=name, evidence=permit, effective_on=on)
    if not one.monthly:
        return
    since = one.delivers_from
    proof = evidence(f"Start of {name}", since)
    yield since, DESK, life.DeclareCommercialOperation(agreement=name, evidence=proof, effective_on=since)
    if not one.saves:
        install = m.InstallMeter(
            meter=one.meter,
            agreement=name,
            start=_shown(_first(one)[0]),
            digits=one.digits,
            ct=one.ct,
            bands=_bands(_first(one)) if one.banded else None,
            effective_on=since,
        )
        yield since, DESK, install


def _happened(one: Supply) -> Told:
    """What becomes of some of them."""
    name = one.agreement
    match one.number:
        case 2:
            reason = "The boiler is overhauled (demo)"
            stop, go = date(2025, 2, 3), date(2025, 2, 10)
            yield stop, DESK, life.SuspendDelivery(agreement=name, reason=reason, effective_on=stop)
            yield go, DESK, life.ResumeDelivery(agreement=name, effective_on=go)
        case 3:
            on, paper = date(2025, 1, 1), evidence(f"Supplement to {name}", date(2024, 12, 20))
            price = t.Indexed(series=PRICE, discount="0.08", floor="0.5000", cap="0.6300")
            other = t.OfftakeTerms(**{**_said(one.terms), "price": price})
            amend = life.AmendOfftake(agreement=name, terms=other, document=paper, effective_on=on)
            yield date(2025, 1, 2), DESK, amend
        case 5:
            yield date(2024, 7, 1), DESK, life.ExpireOfftake(agreement=name, effective_on=date(2024, 7, 1))
        case 6:
            on = date(2025, 9, 15)
            paper, reason = evidence(f"Deed on {name}", on), "The plant is not built (demo)"
            yield on, DESK, life.TerminateOfftake(agreement=name, reason=reason, document=paper, effective_on=on)


def _said(terms: t.OfftakeTerms) -> dict[str, Any]:
    return {name: getattr(terms, name) for name in terms.__struct_fields__}


# Meters

Shown = tuple[int, ...]
"""What the registers show in tenths: the whole; where there are bands, peak, flat, valley too."""
BAND_SHARES = (45, 33)


def _first(one: Supply) -> Shown:
    return (0, 0, 0, 0) if one.banded else (one.start * 10,)


def _metered(one: Supply, seed: int) -> Told:
    """A read at the end of each month; one is an estimate until somebody could read it; one meter is replaced."""
    chance, shows, months_of = Random(f"{one.agreement} {seed}"), _first(one), one.months
    for month in months_of:
        last, more = last_of(month), _through(one, month, chance)
        if one.number == 2 and month == "2024-09":
            half = tuple(part // 2 for part in more[1:])
            yield from _replaced(one, _after(one, shows, (sum(half), *half)))
            shows, more = _first(one), tuple(part // 2 for part in more)
            more = (sum(more[1:]), *more[1:])
        before, shows = shows, _after(one, shows, more)
        estimated = one.number == 3 and month == "2024-11"
        told = shows if not estimated else (shows[0] - 210,)
        read: dict[str, Any] = {"meter": one.meter, "effective_on": last, "rolled_over": shows[0] < before[0]}
        read["bands"] = _bands(shows) if one.banded else None
        quality: Any = "ESTIMATED" if estimated else "ACTUAL"
        yield last, DESK, m.ReadMeter(**read, value=_shown(told[0]), quality=quality)
        if estimated:
            reason = "The substation could be entered again (demo)"
            right = m.CorrectRead(**read, value=_shown(shows[0]), reason=reason)
            yield date(2024, 12, 18), DESK, right


def _through(one: Supply, month: str, chance: Random) -> Shown:
    """What goes through in a month, in tenths of the register: less in the first one, which is no whole one."""
    year = int(month[:4]) - STARTS_ON.year - (1 if int(month[5:]) < STARTS_ON.month else 0)
    energy = one.monthly[year] * chance.randint(93, 107) // 100
    if month == month_of(one.delivers_from):
        energy = energy * (last_of(month).day - one.delivers_from.day + 1) // last_of(month).day
    tenths = energy * 10 // one.ct
    if not one.banded:
        return (tenths,)
    peak, flat = (tenths * part // 100 for part in BAND_SHARES)
    return (tenths, peak, flat, tenths - peak - flat)


def _after(one: Supply, shows: Shown, more: Shown) -> Shown:
    around = 10 ** (one.digits + 1)
    return tuple((before + part) % around for before, part in zip(shows, more, strict=True))


def _shown(tenths: int) -> str:
    return f"{tenths // 10}.{tenths % 10}"


def _bands(shows: Shown) -> BandValues:
    _, peak, flat, valley = map(_shown, shows)
    return BandValues(peak=peak, flat=flat, valley=valley)


def _replaced(one: Supply, shows: Shown) -> Told:
    on, new = date(2024, 9, 18), _first(one)
    replace = m.ReplaceMeter(
        meter=one.meter,
        final=_shown(shows[0]),
        final_bands=_bands(shows),
        start=_shown(new[0]),
        start_bands=_bands(new),
        digits=one.digits,
        ct=one.ct,
        reason="The display had gone blank (demo)",
        effective_on=on,
    )
    yield on, DESK, replace


def _saved(one: Supply, seed: int) -> Told:
    """What would have been used, and what was, by a report of each month."""
    chance = Random(f"{one.agreement} {seed}")
    for month in one.months:
        year = int(month[:4]) - STARTS_ON.year - (1 if int(month[5:]) < STARTS_ON.month else 0)
        last, baseline = last_of(month), one.monthly[year] * 1000
        report = d.RecordSavings(
            agreement=one.agreement,
            month=month,
            baseline=kwh(baseline),
            factor=f"1.0{chance.randint(1, 5)}",
            measured=kwh(wh(kwh(baseline)) * chance.randint(68, 79) // 100),
            report=evidence(f"Savings of {month}, {one.agreement}", last),
            effective_on=last,
        )
        yield last, DESK, report
