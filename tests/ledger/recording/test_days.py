"""The days that a command may name: what somebody can mean, and nothing else is recorded."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from msgspec import inspect as types
from msgspec.structs import replace

from ledger.companies.facts import Contract
from ledger.companies.presence import AddPremises
from ledger.companies.prospects import RegisterLead
from ledger.decider import Command, command_name
from ledger.estate.market import ReserveUnit
from ledger.leases.changes import ReviewRent
from ledger.log.database import Database
from ledger.offtake.meters.metering import ReadMeter
from ledger.periods import OpenPeriods
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from ledger.recording.outcome import Done, Refused
from ledger.values.days import SENSIBLE, DayNotCome, DayOutOfRange, Days, check_days, day_fields
from tests.examples import evidence
from tests.examples.periods import PROPOSE
from tests.ground.given import CLERK, DECIDERS

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
LEAD = RegisterLead(
    effective_on=date(2026, 11, 27), company="pond-demo", name="Pond (demo)", country="CN", origin="DIRECT"
)
READ = ReadMeter(effective_on=date(2026, 11, 27), meter="m-1-demo", value="100.0")
PREMISES = AddPremises(
    effective_on=date(2026, 11, 27),
    company="pond-demo",
    contract=Contract(kind="LAND", reference="l-1", executed_on=date(2026, 11, 27), evidence=evidence("deed")),
)
RESERVE = ReserveUnit(effective_on=date(2026, 11, 27), unit="u-1", company="pond-demo", until_on=date(2026, 12, 31))
OPEN = OpenPeriods(effective_on=date(2026, 11, 27), through="2026-12")

REVIEW = ReviewRent(effective_on=date(2026, 11, 27), lease="l-1", current_on=date(2026, 10, 1))

AHEAD = {
    *("create-key", "revoke-key", "delegate-approval"),
    *("define-site", "define-parcel", "define-building", "define-unit", "remeasure-unit", "split-unit", "merge-units"),
    *("retire-unit", "reserve-unit", "release-reservation", "take-unit-off-market", "return-unit"),
    *("correct-site", "correct-parcel", "correct-building", "correct-unit"),
    *("propose-amendment", "change-service-charge", "review-rent", "approve-investment-amendment"),
    *("suspend-delivery", "resume-delivery", "propose-offtake-amendment", "terminate-offtake"),
}
"""Commands whose own date may lie ahead: from when something holds. Every other says what has happened."""

HAPPENED = {
    *("link-investment-agreement signed_on", "report-settled published_on", "settle-in handover_on"),
    *(
        "reverse-forfeit forfeited_on",
        "settle-in contract.executed_on",
        "add-premises contract.executed_on",
        "complete-exit ended.ended_on",
        "reverse-progress measured_on",
    ),
    *("define-unit measured_on", "remeasure-unit measured_on", "review-rent current_on"),
    *("reverse-progress measured_on",),
    *(f"take-bank-statements statements.{day}" for day in ("from_on", "until_on", "lines.booked_on")),
    *("take-over-park leases.signed_on", "take-over-park invoices.issued_on"),
    "take-fapiao-replies replies.issued_on",
    *("match-bank-line until_on", "put-bank-line-aside until_on"),
    *(
        "propose-estimate from_on",
        "propose-estimate until_on",
        "calibrate-meter from_on",
        "calibrate-meter until_on",
        "record-intervals days.day",
    ),
}
"""Further dates of what has happened. Every other is agreed, and may lie ahead."""


@pytest.mark.parametrize("command", DECIDERS, ids=command_name)
def test_every_command_says_the_kind_of_its_dates(command: type[Command]) -> None:
    name, kinds = command_name(command), dict(day_fields(command))
    shape = types.type_info(command)
    assert isinstance(shape, types.StructType)
    (own,) = (field.type for field in shape.fields if field.name == "effective_on")
    assert isinstance(own, types.Metadata), "say `effective_on: Happened`, or another kind, in the command or its base"
    withdraws = name.startswith("withdraw-") and name.endswith(("-step", "-fapiao", "-claim", "-statement", "-profile"))
    assert kinds.pop("effective_on") == ("ON_RECORD" if withdraws else "AGREED" if name in AHEAD else "HAPPENED")
    assert kinds == {path: "HAPPENED" if f"{name} {path}" in HAPPENED else "AGREED" for path in kinds}


@pytest.mark.parametrize(
    ("command", "field", "range_said"),
    [
        (replace(LEAD, effective_on=date(2062, 1, 6)), "effective_on", "from 2000-01-01 through 2026-11-27"),
        (replace(LEAD, effective_on=date(206, 1, 6)), "effective_on", "from 2000-01-01 through 2026-11-27"),
        (replace(LEAD, effective_on=date(2026, 11, 28)), "effective_on", "today is 2026-11-27"),
        (replace(READ, effective_on=date(2026, 12, 2)), "effective_on", "through 2026-11-27"),
        (replace(PROPOSE, effective_on=date(2026, 11, 28)), "effective_on", "through 2026-11-27"),
        (replace(REVIEW, current_on=date(2026, 12, 1)), "current_on", "through 2026-11-27"),
        (
            replace(PREMISES, contract=replace(PREMISES.contract, executed_on=date(2026, 11, 28))),
            "contract.executed_on",
            "through 2026-11-27",
        ),
        (replace(RESERVE, until_on=date(2057, 1, 1)), "until_on", "from 2000-01-01 through 2056-12-31"),
        (replace(RESERVE, effective_on=date(1999, 12, 31)), "effective_on", "from 2000-01-01 through 2056-12-31"),
        (replace(OPEN, through="2062-01"), "through", "from 2000-01 through 2056-12"),
    ],
)
def test_a_day_nobody_can_mean_is_refused_with_its_range(command: Command, field: str, range_said: str) -> None:
    with pytest.raises((DayNotCome, DayOutOfRange)) as refused:
        check_days(command, SENSIBLE, NOON)
    assert refused.value.field == field
    assert range_said in refused.value.detail


@pytest.mark.parametrize(
    "command",
    [
        LEAD,
        READ,
        replace(PROPOSE, effective_on=date(2026, 11, 27)),
        replace(REVIEW, effective_on=date(2027, 1, 1), current_on=date(2026, 11, 27)),
        PREMISES,
        replace(LEAD, effective_on=date(2000, 1, 1)),
        replace(RESERVE, until_on=date(2056, 12, 31)),
        replace(OPEN, through="2056-12"),
    ],
)
def test_the_last_day_of_a_range_lies_in_it(command: Command) -> None:
    check_days(command, SENSIBLE, NOON)


@pytest.mark.parametrize(
    ("days", "now", "last"),
    [
        (SENSIBLE, datetime(2026, 11, 27, 15, 59, tzinfo=UTC), date(2026, 11, 27)),
        (SENSIBLE, datetime(2026, 11, 27, 16, 0, tzinfo=UTC), date(2026, 11, 28)),
        (Days(zone=timezone(timedelta(hours=-5))), datetime(2026, 11, 28, 4, 59, tzinfo=UTC), date(2026, 11, 27)),
    ],
)
def test_today_is_the_ledgers(days: Days, now: datetime, last: date) -> None:
    check_days(replace(LEAD, effective_on=last), days, now)
    with pytest.raises(DayNotCome):
        check_days(replace(LEAD, effective_on=last + timedelta(days=1)), days, now)


def test_the_range_is_the_ledgers(database: Database) -> None:
    """Refused and nothing recorded; what was answered before stays answered under its key."""
    times = iter([NOON, NOON, NOON, NOON - timedelta(days=9)])
    days: Any = Days(first=date(2018, 5, 1), years_ahead=2)
    with Ledger(database, CONTEXTS, clock=lambda: next(times), days=days) as ledger:
        early = ledger.execute(replace(LEAD, effective_on=date(2018, 4, 30)), CLERK).outcome
        assert isinstance(early, Refused)
        assert (early.code, early.kind, early.field) == ("day-out-of-range", "rule", "effective_on")
        late = ledger.execute(replace(RESERVE, until_on=date(2029, 1, 1)), CLERK).outcome
        assert isinstance(late, Refused)
        assert "from 2018-05-01 through 2028-12-31" in late.detail
        first = ledger.execute(LEAD, CLERK, key="k").outcome
        assert isinstance(first, Done)
        assert ledger.execute(LEAD, CLERK, key="k").outcome == first
