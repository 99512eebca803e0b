"""What people write for the two dates, and what it means."""

from datetime import UTC, date, datetime, timedelta, timezone

import msgspec
import pytest

from ledger.log import merkle, store
from ledger.log.database import Database
from projections.engine.basis import BadBasis, Basis, NotYetKnown, effective_on, resolve
from tests.examples.periods import CLOSED, OPENED, REOPENED, REOPENING_PROPOSED
from tests.ground.recording import lead, record

TODAY = date(2028, 2, 10)
NOON = datetime(2026, 6, 30, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (None, TODAY),
        ("now", TODAY),
        ("month-end", date(2028, 2, 29)),
        ("2026-06", date(2026, 6, 30)),
        ("2026-02", date(2026, 2, 28)),
        ("2026-06-30", date(2026, 6, 30)),
        ("2099-01-01", date(2099, 1, 1)),
    ],
)
def test_effective(written: str | None, meant: date) -> None:
    assert effective_on(written, today=TODAY) == meant


@pytest.mark.parametrize(
    "written",
    [
        *("", "today", "2026", "2026-13", "2026-00", "0000-01", "2026-02-30", "0000-01-01", "20260630", "2026-6-1"),
        *("#3", "2026-06-30T00:00:00Z", "2026-W26", "２０２６-06", "2026-06-30\n", " now"),
    ],
)
def test_no_date(written: str) -> None:
    with pytest.raises(BadBasis) as refused:
        effective_on(written, today=TODAY)
    assert refused.value.field == "effective"


@pytest.fixture
def three_days(database: Database) -> Database:
    """Two facts at noon on 30 June 2026, one on each of the two days after."""
    record(database, [lead("a"), lead("b")], at=NOON)
    record(database, [lead("c")], at=NOON + timedelta(days=1))
    record(database, [lead("d")], at=NOON + timedelta(days=2))
    return database


def basis(database: Database, recorded: str | None, *, known: int = 4, effective: str | None = None) -> Basis:
    with database.views.connect() as connection:
        return resolve(connection, effective=effective, recorded=recorded, today=TODAY, known=known)


@pytest.mark.parametrize(
    ("written", "position"),
    [
        (None, 4),
        ("now", 4),
        ("2", 2),
        ("#2", 2),
        ("0", 0),
        ("0003", 3),
        ("2026-06-30T12:00:00Z", 2),
        ("2026-06-30T20:00:00+08:00", 2),
        ("2026-06-30T11:59:59.999999Z", 0),
        ("2026-06-30", 2),
        ("2026-06-29", 0),
        ("2026-07-01", 3),
        ("2030-01-01", 4),
        ("0001-01-01", 0),
        ("9999-12-31", 4),
    ],
)
def test_recorded(three_days: Database, written: str | None, position: int) -> None:
    assert basis(three_days, written).recorded == position


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("5", "beyond position 4"),
        ("#99999999999999999", "beyond position 4"),
        ("-1", "is not a position"),
        ("1e3", "is not a position"),
        ("#", "is not a position"),
        ("yesterday", "is not a position"),
        ("2026-06-31", "no calendar"),
        ("2026-06-30T12:00:00", "no offset"),
        ("2026-06-30T25:00:00Z", "is not a position"),
        ("2026-06-30T12:00:00 08:00", "is not a position"),
        ("999999999999999999999999", "is not a position"),
        ("٣", "is not a position"),
    ],
)
def test_no_position(three_days: Database, written: str, says: str) -> None:
    with pytest.raises(BadBasis, match=says) as refused:
        basis(three_days, written)
    assert refused.value.field == "recorded"


@pytest.mark.parametrize(
    ("written", "hours", "position"),
    [
        # a, b at 12:00 UTC on 30 June: 22:00 in a zone ten hours ahead, 1 July in one that is twelve ahead
        ("2026-06-30", 11, 2),
        ("2026-06-30", 12, 0),
        ("2026-07-01", 12, 2),
        ("2026-06-29", -12, 0),
        ("2026-06-30", -12, 2),
        ("9999-12-31", -12, 4),
        ("0001-01-01", 14, 0),
    ],
)
def test_a_day_ends_where_the_ledgers_zone_ends_it(
    three_days: Database, written: str, hours: int, position: int
) -> None:
    """Both dates of a basis count days in one zone, and the answer names it."""
    zone = timezone(timedelta(hours=hours))
    with three_days.views.connect() as connection:
        found = resolve(connection, effective=None, recorded=written, today=TODAY, known=4, zone=zone)
    assert (found.recorded, found.zone) == (position, f"{hours:+03d}:00")


def test_names_instant_and_root(three_days: Database) -> None:
    with three_days.views.connect() as connection:
        root = store.root_at(connection, 3).hex()
    found = basis(three_days, "3", effective="2026-06")
    assert found == Basis(effective=date(2026, 6, 30), recorded=3, recorded_at=NOON + timedelta(days=1), root=root)


def test_in_front_of_the_first_fact(three_days: Database) -> None:
    found = basis(three_days, "0")
    assert (found.recorded_at, found.root) == (None, merkle.EMPTY_ROOT.hex())


def test_asked_again_with_the_basis_it_names(three_days: Database) -> None:
    for written in (None, "2026-07-01", "2"):
        first = basis(three_days, written)
        again = basis(three_days, str(first.recorded), effective=first.effective.isoformat())
        assert msgspec.json.encode(again) == msgspec.json.encode(first)


@pytest.mark.parametrize("written", ["3", "2026-07-01"])
def test_recorded_but_not_yet_in_the_read_models(three_days: Database, written: str) -> None:
    with pytest.raises(NotYetKnown, match="up to position 2, not yet 3"):
        basis(three_days, written, known=2)


def test_everything_so_far_is_what_the_read_models_know(three_days: Database) -> None:
    assert basis(three_days, None, known=2).recorded == 2
    assert basis(three_days, "2030-01-01T00:00:00Z", known=2).recorded == 2


def test_a_close_is_the_latest_fact_that_closed_the_month(three_days: Database) -> None:
    """So that the report on that basis holds all that the month closed on, and is told apart from one closed anew."""
    record(three_days, [OPENED, CLOSED])
    assert basis(three_days, "close:2024-07", known=6).recorded == 6
    record(three_days, [REOPENING_PROPOSED, REOPENED])
    assert basis(three_days, "close:2024-07", known=8).recorded == 6
    record(three_days, [CLOSED])
    assert basis(three_days, "close:2024-07", known=9).recorded == 9
    assert [basis(three_days, f"close:2024-07#{which}", known=9).recorded for which in (1, 2)] == [6, 9]
    with pytest.raises(BadBasis, match="not been closed so many times; there are close:2024-07#1, close:2024-07#2"):
        basis(three_days, "close:2024-07#3", known=9)
    with pytest.raises(NotYetKnown):
        basis(three_days, "close:2024-07", known=8)


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("close:2024-08", "2024-08 has not been closed"),
        ("close:0000-01", "0000-01 has not been closed"),
        ("close:2024-13", "is not a position"),
        ("close:2024-07-31", "is not a position"),
        ("close:2024-07#0", "is not a position"),
        ("close:", "is not a position"),
        ("CLOSE:2024-07", "is not a position"),
    ],
)
def test_no_close(three_days: Database, written: str, says: str) -> None:
    record(three_days, [OPENED, CLOSED])
    with pytest.raises(BadBasis, match=says) as refused:
        basis(three_days, written, known=6)
    assert refused.value.field == "recorded"
