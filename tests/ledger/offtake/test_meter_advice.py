"""Who does as a refusal about a meter says gets on."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.decider import Fact, Refusal
from ledger.offtake.meters.facts import BandValues, DayBlock
from ledger.offtake.meters.meter import BandsDiffer, BandsUnknown, IntervalsMissing, ReadMissing
from ledger.offtake.meters.metering import (
    BeforeInstalled,
    CalibrateMeter,
    CalibrationMalformed,
    CorrectRead,
    DayMalformed,
    InstallMeter,
    IntervalsTaken,
    MeterGone,
    MeterTaken,
    MeterUnknown,
    NothingToCorrect,
    ReadMeter,
    ReadTaken,
    RecordIntervals,
    RemoveMeter,
    ReplaceMeter,
)
from ledger.offtake.meters.register import BandsGoBack, ReadGoesBack, RegisterTooLarge, RolloverImplausible
from ledger.offtake.rules import OfftakeStepTooEarly
from ledger.offtake.statements import CalculateStatement
from ledger.offtake.terms import TimeOfUse, Window
from ledger.offtake.withdrawing import MeterStepNotLatest
from tests.ground.given import Sent, gets_on
from tests.ground.offtaken import DESK, FINANCE, METER, PAPER, TERMS, A, agreement, told
from tests.ledger.offtake.test_withdrawing import without

BEGUN, JANUARY, FEBRUARY = date(2024, 1, 1), date(2024, 1, 31), date(2024, 2, 29)
INSTALL = InstallMeter(effective_on=BEGUN, meter=METER, agreement=A, start="0", digits=4)
WHY = "a reason (demo)"
NO_METER = agreement(TERMS)
THERE = told(NO_METER, (INSTALL, DESK))


def read(on: date, value: str, **more: Any) -> ReadMeter:
    return ReadMeter(effective_on=on, meter=METER, value=value, **more)


def corrected(on: date, value: str, **more: Any) -> CorrectRead:
    return CorrectRead(effective_on=on, meter=METER, value=value, reason=WHY, **more)


def removed(on: date, final: str = "500", **more: Any) -> RemoveMeter:
    return RemoveMeter(effective_on=on, meter=METER, final=final, reason=WHY, **more)


def replaced(on: date, final: str, start: str = "0", **more: Any) -> ReplaceMeter:
    given: dict[str, Any] = {"digits": 4, "reason": WHY, **more}
    return ReplaceMeter(effective_on=on, meter=METER, final=final, start=start, **given)


def day(on: date, energy: str = "100", count: int = 24) -> DayBlock:
    return DayBlock(day=on, energy_wh=" ".join([energy] * count))


def intervals(on: date, *days: DayBlock, **more: Any) -> RecordIntervals:
    return RecordIntervals(effective_on=on, meter=METER, minutes=60, days=days, file=PAPER, **more)


def calibrated(**more: Any) -> CalibrateMeter:
    given: dict[str, Any] = {"registered": "0.98", "from_on": BEGUN, "until_on": JANUARY, "certificate": PAPER, **more}
    return CalibrateMeter(effective_on=given.pop("on", FEBRUARY), meter=METER, **given)


READ = told(THERE, (read(JANUARY, "500"), DESK))
TWICE = told(READ, (read(FEBRUARY, "700"), DESK))
GONE = told(READ, (removed(FEBRUARY, "700"), DESK))
SWAPPED = told(READ, (replaced(FEBRUARY, "700"), DESK))
CAME = told(THERE, (intervals(JANUARY, day(BEGUN)), DESK))
MONTH = (CalculateStatement(effective_on=date(2024, 3, 5), agreement=A, month="2024-02"), FINANCE)
FIRST_MONTH = (replace(MONTH[0], month="2024-01"), FINANCE)
PRICES = TimeOfUse(
    peak="0.78", flat="0.52", valley="0.26", windows=(Window(band="PEAK", from_hour="08:00", until_hour="20:00"),)
)
BANDED = told(
    agreement(replace(TERMS, price=PRICES)),
    (replace(INSTALL, bands=BandValues(peak="0", flat="0", valley="0")), DESK),
)
SOME = BandValues(peak="200", flat="200", valley="100")
BY_INTERVALS = told(NO_METER, (replace(INSTALL, settled_by="INTERVALS"), DESK))
ALL_JANUARY = tuple(day(date(2024, 1, at)) for at in range(1, 32))


WITHOUT_INSTALLATION = (without("meter.installed", BEGUN), DESK)
INTERVALS = [intervals(JANUARY, day(BEGUN, "200"))]
MARCH = date(2024, 3, 31)


@pytest.mark.parametrize(
    ("facts", "asked", "refusal", "says", "does", "then"),
    [
        pytest.param(NO_METER, read(JANUARY, "5"), MeterUnknown, "install it first", [INSTALL], None, id="no-meter"),
        pytest.param(
            THERE,
            replace(INSTALL, start="7"),
            MeterTaken,
            "withdraw-meter-step",
            [WITHOUT_INSTALLATION],
            None,
            id="taken",
        ),
        pytest.param(
            THERE,
            replace(INSTALL, start="7"),
            MeterTaken,
            "choose another id",
            [],
            replace(INSTALL, meter="m-9-demo"),
            id="taken-another",
        ),
        pytest.param(
            THERE,
            read(date(2023, 12, 15), "0"),
            BeforeInstalled,
            "install it on its day",
            [WITHOUT_INSTALLATION, replace(INSTALL, effective_on=date(2023, 12, 1))],
            None,
            id="before-it-was-there",
        ),
        pytest.param(
            GONE,
            read(MARCH, "800"),
            MeterGone,
            "withdraw-meter-step",
            [(without("meter.removed", FEBRUARY), DESK)],
            None,
            id="gone",
        ),
        pytest.param(
            TWICE,
            removed(JANUARY),
            MeterGone,
            "withdraw that first",
            [(without("meter.read", FEBRUARY), DESK)],
            None,
            id="gone-before-a-read",
        ),
        pytest.param(
            READ, read(JANUARY, "600"), ReadTaken, "correct it instead", [], corrected(JANUARY, "600"), id="read-twice"
        ),
        pytest.param(
            SWAPPED,
            read(FEBRUARY, "710"),
            ReadTaken,
            "correct it instead",
            [],
            corrected(FEBRUARY, "710"),
            id="read-of-a-day-of-replacement",
        ),
        pytest.param(
            SWAPPED,
            replaced(FEBRUARY, "710"),
            ReadTaken,
            "`correct-read` of that day",
            [],
            corrected(FEBRUARY, "710"),
            id="replaced-twice",
        ),
        pytest.param(
            GONE,
            removed(FEBRUARY, "710"),
            ReadTaken,
            "`withdraw-meter-step` takes it back",
            [(without("meter.removed", FEBRUARY), DESK)],
            None,
            id="removed-twice",
        ),
        pytest.param(
            READ,
            replaced(JANUARY, "510"),
            ReadTaken,
            "correct the read first",
            [corrected(JANUARY, "510")],
            None,
            id="replaced-at-another-value",
        ),
        pytest.param(
            READ, replaced(JANUARY, "510"), ReadTaken, "say that", [], replaced(JANUARY, "500"), id="say-that"
        ),
        pytest.param(
            THERE,
            corrected(JANUARY, "5"),
            NothingToCorrect,
            "record it as a read",
            [],
            read(JANUARY, "5"),
            id="nothing-to-correct",
        ),
        pytest.param(
            READ,
            read(FEBRUARY, "10020"),
            RegisterTooLarge,
            "which `rolled_over` says",
            [],
            read(FEBRUARY, "20", rolled_over=True, checked=WHY),
            id="too-large",
        ),
        pytest.param(
            READ,
            read(FEBRUARY, "400"),
            ReadGoesBack,
            "correct the read that is wrong",
            [corrected(JANUARY, "300")],
            None,
            id="goes-back",
        ),
        pytest.param(
            told(THERE, (read(JANUARY, "9000"), DESK)),
            read(FEBRUARY, "400"),
            ReadGoesBack,
            "say `rolled_over`",
            [],
            read(FEBRUARY, "400", rolled_over=True),
            id="went-round",
        ),
        pytest.param(
            READ,
            read(FEBRUARY, "20"),
            ReadGoesBack,
            "on the day that it did",
            [replaced(date(2024, 2, 10), "510")],
            None,
            id="began-again",
        ),
        pytest.param(
            told(NO_METER, (replace(INSTALL, start="5000"), DESK)),
            read(JANUARY, "500"),
            ReadGoesBack,
            "a first value that is wrong goes with `withdraw-meter-step`",
            [WITHOUT_INSTALLATION, INSTALL],
            None,
            id="began-with-too-much",
        ),
        pytest.param(
            told(READ, (replaced(FEBRUARY, "700", "5000"), DESK)),
            read(MARCH, "30"),
            ReadGoesBack,
            "a first value that is wrong goes with `withdraw-meter-step`",
            [(without("meter.replaced", FEBRUARY), DESK), replaced(FEBRUARY, "700", "0")],
            None,
            id="went-on-with-too-much",
        ),
        pytest.param(
            READ,
            read(FEBRUARY, "600", rolled_over=True),
            ReadGoesBack,
            "leave `rolled_over` out",
            [],
            read(FEBRUARY, "600"),
            id="none-went-round",
        ),
        pytest.param(
            READ,
            read(FEBRUARY, "20", rolled_over=True),
            RolloverImplausible,
            "replaced by itself with `replace-meter`",
            [],
            replaced(date(2024, 2, 10), "510"),
            id="it-began-again",
        ),
        pytest.param(
            READ,
            read(FEBRUARY, "20", rolled_over=True),
            RolloverImplausible,
            "say in `checked`",
            [],
            read(FEBRUARY, "20", rolled_over=True, checked=WHY),
            id="it-went-so-far",
        ),
        pytest.param(
            told(BANDED, (read(JANUARY, "500", bands=SOME), DESK)),
            read(FEBRUARY, "600", bands=BandValues(peak="190", flat="300", valley="110")),
            BandsGoBack,
            "correct the read that is wrong",
            [corrected(JANUARY, "500", bands=BandValues(peak="190", flat="210", valley="100"))],
            None,
            id="a-band-goes-back",
        ),
        pytest.param(
            THERE,
            calibrated(until_on=MARCH),
            CalibrationMalformed,
            "end with the test",
            [],
            calibrated(until_on=FEBRUARY),
            id="test-malformed",
        ),
        pytest.param(
            THERE, intervals(JANUARY, day(BEGUN, count=25)), DayMalformed, "a day has 24", [], INTERVALS[0], id="day"
        ),
        pytest.param(
            THERE,
            intervals(JANUARY, day(BEGUN), day(BEGUN, "200")),
            DayMalformed,
            "leave one out",
            [],
            INTERVALS[0],
            id="a-day-twice",
        ),
        pytest.param(
            CAME,
            INTERVALS[0],
            IntervalsTaken,
            "give a reason",
            [],
            replace(INTERVALS[0], reason=WHY),
            id="intervals-twice",
        ),
        pytest.param(
            THERE,
            intervals(date(2023, 12, 31), day(BEGUN)),
            OfftakeStepTooEarly,
            "the last of the days lies on 2024-01-01",
            [],
            INTERVALS[0],
            id="intervals-before-their-days",
        ),
        pytest.param(READ, MONTH, ReadMissing, "read the meter", [read(FEBRUARY, "700")], None, id="a-read-is-missing"),
        pytest.param(
            READ,
            MONTH,
            ReadMissing,
            "or estimate it",
            [read(FEBRUARY, "700", quality="ESTIMATED")],
            None,
            id="a-read-is-estimated",
        ),
        pytest.param(
            told(BANDED, (read(JANUARY, "500"), DESK)),
            FIRST_MONTH,
            BandsUnknown,
            "at the end of 2024-01-31 does not say its bands: `correct-read`",
            [corrected(JANUARY, "500", bands=SOME)],
            None,
            id="bands-unknown",
        ),
        pytest.param(
            told(BANDED, (read(JANUARY, "500", bands=replace(SOME, peak="210")), DESK)),
            FIRST_MONTH,
            BandsDiffer,
            "`correct-read`",
            [corrected(JANUARY, "500", bands=SOME)],
            None,
            id="bands-differ",
        ),
        pytest.param(
            BY_INTERVALS,
            FIRST_MONTH,
            IntervalsMissing,
            "`record-intervals`",
            [intervals(JANUARY, *ALL_JANUARY)],
            None,
            id="intervals-missing",
        ),
        pytest.param(
            told(SWAPPED, (read(MARCH, "30"), DESK)),
            (without("meter.replaced", FEBRUARY), DESK),
            MeterStepNotLatest,
            "withdraw the later read first",
            [(without("meter.read", MARCH), DESK)],
            None,
            id="withdrawn-too-early",
        ),
        pytest.param(
            READ,
            WITHOUT_INSTALLATION,
            MeterStepNotLatest,
            "withdraw that first",
            [(without("meter.read", JANUARY), DESK)],
            None,
            id="installation-withdrawn-too-early",
        ),
    ],
)
def test_the_advice_works(
    facts: tuple[Fact, ...], asked: Sent, refusal: type[Refusal], says: str, does: Sequence[Sent], then: Sent | None
) -> None:
    assert not isinstance(asked, Fact)
    assert not isinstance(then, Fact)
    gets_on(facts, asked, refusal, says, does, then)
