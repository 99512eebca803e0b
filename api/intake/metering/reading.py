"""A meter's file as the command that records it; for the upload and for the command line.

Given            what is said beside the file: by whoever sends it
read_intervals   bytes and a profile -> days, or every place that is wrong
taken_from       a file -> how it was read, and the command, where nothing in it is wrong
"""

import hashlib
from collections.abc import Mapping
from datetime import date, timedelta, timezone

import msgspec
from msgspec import Struct

from api.formats.workbooks.cells import Told
from api.intake.metering.days import days_of
from api.intake.metering.espi import read_espi
from api.intake.metering.mscons import read_mscons
from api.intake.metering.nem12 import read_nem12
from api.intake.metering.profile import Profile
from api.intake.metering.rows import IntervalFile, LineNote, Noted
from api.intake.metering.tables import read_table
from ledger.decider import Id, Text
from ledger.offtake.meters.facts import IntervalMinutes
from ledger.offtake.meters.metering import RecordIntervals
from ledger.values.evidence import Evidence

RECORDED: Mapping[int, IntervalMinutes] = {5: 15, 15: 15, 30: 30, 60: 60}
"""Five minutes are recorded as quarter hours."""
PLAIN = Profile()
"""Two columns: when an interval begins, and its kWh."""
BEIJING = timezone(timedelta(hours=8))


class Given(Struct, frozen=True, kw_only=True):
    """Beside the file: its meter, its name, the day it came, its profile.

    number   which meter the file means, where it is of several: as the file names it
    reason   why these take the place of intervals that are recorded already
    """

    meter: Id
    name: Text
    on: date
    profile: Profile = PLAIN
    number: Text | None = None
    reason: Text | None = None


def read_intervals(
    data: bytes,
    profile: Profile = PLAIN,
    number: str | None = None,
    local: timezone = BEIJING,
    told: Told | None = None,
) -> IntervalFile:
    """Read a file: its days, or every line that is wrong. `local`: where the meter stands, if the profile is silent."""
    if (fault := profile.fault()) is not None:
        return IntervalFile(bad=(LineNote(line=0, rule=f"the profile: {fault}"),))
    noted, here = Noted(), _zone(profile.offset) or local
    if profile.form == "NEM12":
        samples = read_nem12(data, profile, number, noted)
    elif profile.form == "MSCONS":
        samples = read_mscons(data, profile, number, here, noted, told)
    elif profile.form == "ESPI" and number is not None:
        return IntervalFile(bad=(LineNote(line=0, rule="a feed does not tell meters apart by their number"),))
    elif profile.form == "ESPI":
        samples = read_espi(data, profile, here, noted)
    else:
        samples = read_table(data, profile, number, here, noted, told)
    days = days_of(samples, profile, noted) if samples is not None else ()
    left_out = tuple(sorted(noted.left_out, key=lambda place: place.line))
    if noted.bad:
        return IntervalFile(bad=tuple(sorted(noted.bad, key=lambda place: place.line)), left_out=left_out)
    assert samples is not None, "else it is wrong"
    return IntervalFile(minutes=RECORDED[samples.minutes], days=days, left_out=left_out)


def _zone(offset: str | None) -> timezone | None:
    if offset is None:
        return None
    hours, minutes = int(offset[1:3]), int(offset[4:])
    return timezone(timedelta(hours=hours, minutes=minutes) * (-1 if offset[0] == "-" else 1))


def taken_from(
    data: bytes, given: Given, local: timezone = BEIJING, told: Told | None = None
) -> tuple[IntervalFile, RecordIntervals | None]:
    """Read a file. None in place of the command where something in it is wrong."""
    read = read_intervals(data, given.profile, given.number, local, told)
    if read.bad:
        return read, None
    command = RecordIntervals(
        effective_on=given.on,
        meter=given.meter,
        minutes=read.minutes,
        days=read.days,
        file=Evidence(doc=given.name, sha256=hashlib.sha256(data).hexdigest()),
        reason=given.reason,
    )
    # As strict as with anybody's command: what a reader let through is refused here.
    return read, msgspec.convert(msgspec.to_builtins(command), RecordIntervals)
