"""What reading a meter's file gives: its days, or every place that is wrong, with the rule.

LineNote      a line of the file, and what is to be said of it
Sample        what a line says of one moment: a value or none, and how good it is
Noted         what is wrong so far, and what was left out
Samples       a file's samples, and how far they are apart
IntervalFile  whole days; or what is wrong
"""

from collections.abc import Iterator
from datetime import datetime
from fractions import Fraction
from typing import Literal, NamedTuple

from msgspec import Struct

from ledger.offtake.meters.facts import DayBlock, IntervalMinutes

BAD_MAX = 1000
Grade = Literal["A", "S", "E"]
"""Actual, substituted, estimated: a letter an interval, from good to bad."""
GRADES: tuple[Grade, ...] = ("A", "S", "E")


class LineNote(Struct, frozen=True, kw_only=True):
    """A line of the file, and what is to be said of it; line 0: the file as a whole."""

    line: int
    rule: str


class Sample(NamedTuple):
    """A value at the beginning of an interval, or of a register at a moment; without a value it is missing."""

    line: int
    at: datetime
    value: Fraction | None
    grade: Grade = "A"


class Noted:
    """Faults so far, and what was left out; no more than anybody reads."""

    def __init__(self) -> None:
        self.bad, self.left_out = list[LineNote](), list[LineNote]()
        self.stopped = False

    @property
    def full(self) -> bool:
        """More need not be looked for."""
        return len(self.bad) >= BAD_MAX

    def wrong(self, line: int, rule: str) -> None:
        """Note what is wrong with a line."""
        if not self.full:
            self.bad.append(LineNote(line=line, rule=rule))

    def stop(self, line: int, rule: str) -> None:
        """Note what makes the file as a whole another than is meant: what follows from it need not be named."""
        self.wrong(line, rule)
        self.stopped = True

    def leave_out(self, line: int, rule: str) -> None:
        """Note what was left out, or done, that nobody could know without being told."""
        if len(self.left_out) < BAD_MAX:
            self.left_out.append(LineNote(line=line, rule=rule))


class Samples(NamedTuple):
    """Samples in the order of the file, `minutes` apart; `watt_hours`: of a value of one."""

    samples: Iterator[Sample]
    minutes: int
    watt_hours: Fraction


class IntervalFile(Struct, frozen=True, kw_only=True):
    """A file as it was read. `bad`: every wrong place, and then no day is taken; `left_out`: what is no interval."""

    minutes: IntervalMinutes = 15
    days: tuple[DayBlock, ...] = ()
    bad: tuple[LineNote, ...] = ()
    left_out: tuple[LineNote, ...] = ()
