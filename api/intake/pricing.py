"""A file of prices that change within the day as the command that records it: a table, CSV or workbook, by its profile.

PriceProfile  what the file means
PricesGiven   beside the file: its series, its unit, its name, the day it came, its profile
PriceFile     a file as it was read: days of prices, or every place that is wrong
prices_from   bytes -> how they were read, and the command, where nothing in them is wrong

The profile is a meter's, as far as its table goes: form, encoding, delimiter, decimal, minutes, label, columns and
`incomplete`. A price below zero is a price; one that is missing is missing, and is never 0.
"""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import date, timezone
from decimal import Decimal
from fractions import Fraction
from typing import ClassVar

import msgspec
from msgspec import Struct

from api.formats.workbooks.cells import Told
from api.intake.metering.profile import Profile
from api.intake.metering.reading import BEIJING
from api.intake.metering.rows import LineNote, Noted, Sample
from api.intake.metering.tables import read_table
from ledger.decider import Text
from ledger.offtake.meters.facts import DAY_MINUTES, MISSING, DayPrices, PriceUnit
from ledger.offtake.meters.price_series import RecordPrices
from ledger.offtake.terms import PriceSeries
from ledger.values.evidence import Evidence
from ledger.values.money import written

DECIMALS = 5
PRICED_AT = (15, 30, 60)
SET_APART = ("quality", "actual", "substituted", "estimated", "missing", "meter", "stream", "digits")


class PriceProfile(Profile, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The meaning of a file of prices: as a meter's, and a value may lie below zero."""

    below_zero: ClassVar[bool] = True


class PricesGiven(Struct, frozen=True, kw_only=True):
    """Beside the file: its series, its unit, its name, the day it came, its profile.

    reason   why these take the place of prices that are recorded already
    """

    series: PriceSeries
    price_unit: PriceUnit
    name: Text
    on: date
    profile: PriceProfile = PriceProfile()
    reason: Text | None = None


class PriceFile(Struct, frozen=True, kw_only=True):
    """A file as it was read. `bad`: every wrong place, and then no day is taken; `left_out`: places that are no
    price."""

    minutes: int = 60
    days: tuple[DayPrices, ...] = ()
    bad: tuple[LineNote, ...] = ()
    left_out: tuple[LineNote, ...] = ()


def prices_from(
    data: bytes, given: PricesGiven, local: timezone = BEIJING, told: Told | None = None
) -> tuple[PriceFile, RecordPrices | None]:
    """Read a file. None in place of the command where something in it is wrong."""
    read = _read(data, given.profile, local, told)
    if read.bad:
        return read, None
    said = {
        "effective_on": given.on,
        "series": given.series,
        "minutes": read.minutes,
        "price_unit": given.price_unit,
        "days": msgspec.to_builtins(read.days),
        "file": msgspec.to_builtins(Evidence(doc=given.name, sha256=hashlib.sha256(data).hexdigest())),
        "reason": given.reason,
    }
    # As strict as with anybody's command: what a reader let through is refused here.
    return read, msgspec.convert(said, RecordPrices)


def _read(data: bytes, profile: Profile, local: timezone, told: Told | None) -> PriceFile:
    if (fault := profile.fault() or _not_of_prices(profile)) is not None:
        return PriceFile(bad=(LineNote(line=0, rule=f"the profile: {fault}"),))
    noted = Noted()
    samples = read_table(data, profile, None, local, noted, told)
    minutes = samples.minutes if samples is not None else 60
    days = _days(samples.samples, minutes, profile, noted) if samples is not None else ()
    if samples is not None and minutes not in PRICED_AT:
        noted.wrong(0, f"prices of {minutes} minutes: they are recorded of 15, 30 or 60")
    if not days and not noted.bad:
        noted.wrong(0, "holds no day of prices")
    by_line = sorted(noted.left_out, key=lambda place: place.line)
    if noted.bad:
        return PriceFile(bad=tuple(sorted(noted.bad, key=lambda place: place.line)), left_out=tuple(by_line))
    return PriceFile(minutes=minutes, days=days, left_out=tuple(by_line))


def _not_of_prices(profile: Profile) -> str | None:
    """Say what a profile tells that no price has."""
    if profile.form not in ("LONG", "WIDE"):
        return "prices are a table: LONG, a line a period, or WIDE, a line a day"
    if profile.readings or profile.multiplier != "1" or profile.unit != "kWh":
        return "a price is no register, and its unit is said beside the file"
    plain = Profile()
    said = [name for name in SET_APART if getattr(profile, name) != getattr(plain, name)]
    return f"`{said[0]}` is of meters" if said else None


def _days(samples: Iterable[Sample], minutes: int, profile: Profile, noted: Noted) -> tuple[DayPrices, ...]:
    """Whole days, in order: each period once; what is missing is refused, left out with its day, or said."""
    days: dict[date, dict[int, Sample]] = {}
    for sample in samples:
        at = sample.at
        begin, own = at.hour * 60 + at.minute, days.setdefault(at.date(), {})
        before = own.setdefault(begin, sample)
        if begin % minutes:
            noted.wrong(sample.line, f"{at:%Y-%m-%d %H:%M} begins no period of {minutes} minutes")
        elif before is not sample and before.value != sample.value:
            noted.wrong(sample.line, f"{at:%Y-%m-%d %H:%M} stands in line {before.line} already, with another price")
        if noted.full:
            break
    return tuple(_told(days, minutes, profile, noted))


def _told(days: dict[date, dict[int, Sample]], minutes: int, profile: Profile, noted: Noted) -> Iterator[DayPrices]:
    for day, own in sorted(days.items()):
        found = [own.get(begin) for begin in range(0, DAY_MINUTES, minutes)]
        missing = [nth * minutes for nth, one in enumerate(found) if one is None or one.value is None]
        line = next(iter(own.values())).line
        if missing and profile.incomplete != "MISSING":
            rule = f"{day}: {len(missing)} prices are missing, the first at {missing[0] // 60:02}:{missing[0] % 60:02}"
            if profile.incomplete == "LEAVE_OUT":
                noted.leave_out(line, f"{rule}: the day is left out")
                continue
            noted.wrong(line, f'{rule}: missing is never 0; say incomplete = "MISSING" or "LEAVE_OUT" in a profile')
        yield DayPrices(day=day, prices=" ".join(_price(one, noted) for one in found))


def _price(sample: Sample | None, noted: Noted) -> str:
    """A price as people write it; MISSING where there is none."""
    if sample is None or sample.value is None:
        return MISSING
    exact = sample.value * Fraction(10**DECIMALS)
    if exact.denominator != 1:
        noted.wrong(sample.line, f"{_plain(sample.value)} has more than {DECIMALS} decimals")
        return MISSING
    whole, _, part = written(exact.numerator, DECIMALS).partition(".")
    part = part.rstrip("0")
    return f"{whole}.{part}" if part else "0" if whole == "-0" else whole


def _plain(value: Fraction) -> str:
    return f"{Decimal(value.numerator) / value.denominator:f}"
