"""The profile of a source: what its files mean, said once, in TOML beside them.

Profile   the form, the columns, the labels, the unit, the zone
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Annotated, ClassVar, Literal

from msgspec import Meta, Struct

Column = Annotated[str, Meta(min_length=1, max_length=100)]
Words = Annotated[tuple[Annotated[str, Meta(max_length=100)], ...], Meta(max_length=20)]
Order = Literal["YMD", "DMY", "MDY", "EXCEL"]
Minutes = Literal[5, 15, 30, 60]
Unit = Literal["Wh", "kWh", "MWh", "W", "kW", "MW"]
MARKETS = ("NEM12", "ESPI", "MSCONS")
"""Forms that say themselves what their values and times mean."""
UNITS: Mapping[str, int] = {"Wh": 1, "kWh": 1000, "MWh": 1_000_000, "W": 1, "kW": 1000, "MW": 1_000_000}


class Profile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The meaning of a meter's file. Columns are named by their headings.

    form               LONG a line an interval; WIDE a line a day; NEM12; ESPI (Green Button); MSCONS (UN/EDIFACT)
    minutes            of an interval; else WIDE: as many as there are columns, the markets' as they say, LONG 15
    label              the end of an interval that its time names; of registers the time is the moment of the read
    unit               of a value; power is the mean of its interval. MSCONS: of those that say none
    readings           values are what a register shows: energy is the difference; `digits` where it goes round
    multiplier         by which values are multiplied: CT × PT, where the file has what the meter itself saw
    time, order        LONG: the column of day and time; or `day` and `clock`. EXCEL: a spreadsheet's number
    value              LONG: the column of the values
    day, first         WIDE: the column of the day; the first of the values, else all whose heading is a time
    quality            the column, and its words for actual, substituted, estimated and missing
    meter              the column that says which meter a line is of
    offset             where the meter stands, +08:00; else as the ledger's days. Times that say an offset are converted
    stream             NEM12: the suffix, E1; ESPI: FORWARD or REVERSE; MSCONS: the OBIS code, 1-1:1.29.0
    incomplete         REFUSE a file with a day that is not whole; LEAVE_OUT such days, each named; MISSING: take
                       them, what is missing as missing, which an estimate can stand beside
    ends               the words in a first cell that end the table
    """

    below_zero: ClassVar[bool] = False
    form: Literal["LONG", "WIDE", "NEM12", "ESPI", "MSCONS"] = "LONG"
    encoding: Literal["utf-8", "gb18030", "iso-8859-1", "windows-1252", "utf-16"] = "utf-8"
    delimiter: Literal[",", ";", "\t", "|"] = ","
    decimal: Literal[".", ","] = "."
    minutes: Minutes | None = None
    label: Literal["BEGIN", "END"] = "BEGIN"
    unit: Unit = "kWh"
    readings: bool = False
    digits: Annotated[int, Meta(ge=4, le=12)] | None = None
    multiplier: Annotated[str, Meta(pattern=r"^(0|[1-9][0-9]{0,6})(\.[0-9]{1,6})?$(?!\n)")] = "1"
    time: Column | None = None
    order: Order = "YMD"
    day: Column | None = None
    clock: Column | None = None
    value: Column | None = None
    first: Column | None = None
    quality: Column | None = None
    actual: Words = ()
    substituted: Words = ()
    estimated: Words = ()
    missing: Words = ()
    meter: Column | None = None
    offset: Annotated[str, Meta(pattern=r"^[+-](0[0-9]|1[0-4]):[0-5][0-9]$(?!\n)")] | None = None
    stream: Annotated[str, Meta(pattern=r"^[A-Z0-9][A-Z0-9:.*-]{0,19}$(?!\n)")] | None = None
    incomplete: Literal["REFUSE", "LEAVE_OUT", "MISSING"] = "REFUSE"
    ends: Words = ()

    @property
    def headed(self) -> bool:
        """Its table has a heading that names the columns; else the first two are when and how much."""
        return self.form == "WIDE" or self.value is not None

    @property
    def columns(self) -> list[str]:
        """The headings that the table must have."""
        named = (self.time, self.day, self.clock, self.value, self.first, self.quality, self.meter)
        return [name for name in named if name is not None]

    def watt_hours(self, minutes: int, unit: Unit | None = None) -> Fraction:
        """The watt-hours of a value of one over so many minutes, with the multiplier."""
        unit = unit or self.unit
        hours = 1 if unit.endswith("h") else Fraction(minutes, 60)
        return UNITS[unit] * hours * Fraction(self.multiplier)

    def fault(self) -> str | None:
        """Say what is wrong with the profile itself."""
        graded = (*self.actual, *self.substituted, *self.estimated, *self.missing)
        if len(set(graded)) != len(graded):
            return "a word of `quality` means one thing"
        if bool(graded) != (self.quality is not None):
            return "`quality` goes with its words: `actual`, `substituted`, `estimated`, `missing`"
        if self.readings and not self.unit.endswith("h"):
            return "a register shows energy, not power"
        if self.digits is not None and not self.readings:
            return "`digits` goes with `readings`"
        if not Fraction(self.multiplier):
            return "`multiplier` is more than nothing"
        if self.form in MARKETS:
            of_unit = self.unit != "kWh" and self.form != "MSCONS"
            said = self.readings or self.columns or of_unit or self.label != "BEGIN"
            return f"{self.form} says itself what its values and times mean" if said else None
        return self._table_fault()

    def _table_fault(self) -> str | None:
        if self.stream is not None:
            return "`stream` goes with NEM12, ESPI and MSCONS"
        if self.form == "WIDE":
            if self.day is None or self.time or self.clock or self.value:
                return "a line a day has `day`, and neither `time`, `clock` nor `value`"
            return "`first` goes with `minutes`" if self.first and not self.minutes else None
        if self.first is not None:
            return "`first` goes with WIDE"
        if self.value is None:
            return "a table that names columns names its `value`" if self.columns else None
        if (self.time is None) == (self.day is None) or (self.day is None) != (self.clock is None):
            return "a line says when in `time`, or in `day` and `clock`"
        return None
