"""The basis of a report: effective on a date, as recorded up to a position.

Basis     both, with the instant of the last fact included and the root hash that seals them all
resolve   what people write -> Basis; closed_month: the month of a close, as they write it
BadBasis  what they wrote names no date or position; NotYetKnown: it will, once the read models have caught up

effective  `2026-06-30`; `2026-06`, that month's last day; `month-end`, the last day of the current month; `now`, today
recorded   `18204` or `#18204`, a position; `2026-06-30T12:00:00+08:00`, an instant; `2026-06-30`, the end of that day;
           `close:2026-06`, the fact that closed that month last; `close:2026-06#1`, the one that closed it first, and
           so for ever; `now`, everything the read models know
Both count days in the ledger's zone, which every answer names: a day ends for what is recorded where today does.
Asking again with the basis that an answer names gives the same answer, byte for byte.
"""

import re
from datetime import UTC, date, datetime, time, tzinfo

from msgspec import Struct
from sqlalchemy import Connection, select

from ledger.log import store
from ledger.log.database import fact
from ledger.log.envelope import from_micros
from ledger.periods import first_and_last, month_end
from projections.engine.periods import close_names, closed_at

POSITION = re.compile(r"#?([0-9]{1,18})")
MONTH = re.compile(r"(?!0000)[0-9]{4}-(0[1-9]|1[0-2])")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
CLOSE = re.compile(r"close:([0-9]{4}-(?:0[1-9]|1[0-2]))(?:#([1-9][0-9]{0,8}))?")


class Basis(Struct, frozen=True, kw_only=True):
    """The basis of an answer. `recorded` is a position, `root` the hexadecimal root hash of the log up to it.

    `recorded_at` is the UTC instant of the fact at that position; None before the first. `zone` is the offset from UTC
    in which days were counted, such as +08:00.
    """

    effective: date
    recorded: int
    recorded_at: datetime | None
    root: str
    zone: str = "+00:00"


class BadBasis(ValueError):
    """`.field` (effective or recorded) names no date or no position here; `.detail` says what would."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(f"{field}: {detail}")
        self.field = field
        self.detail = detail


class NotYetKnown(BadBasis):
    """Recorded, but not yet in the read models: the same question can be answered shortly."""


def resolve(
    connection: Connection,
    *,
    effective: str | None,
    recorded: str | None,
    today: date,
    known: int,
    zone: tzinfo = UTC,
) -> Basis:
    """Find the basis that was meant. Raises BadBasis, NotYetKnown.

    known   how far the read models have come
    zone    where the ledger's days begin and end; `today` is today there
    """
    on = effective_on(effective, today=today)
    position = recorded_position(connection, recorded, known=known, zone=zone)
    micros = connection.execute(select(fact.c.recorded_us).where(fact.c.position == position)).scalar()
    return Basis(
        effective=on,
        recorded=position,
        recorded_at=None if micros is None else from_micros(micros),
        root=store.root_at(connection, position).hex(),
        zone=datetime.combine(on, time(), tzinfo=zone).isoformat()[-6:],
    )


def effective_on(written: str | None, *, today: date) -> date:
    """The date that was written, or meant by a word. Raises BadBasis."""
    if written is None or written == "now":
        return today
    if written == "month-end":
        return month_end(today)
    if MONTH.fullmatch(written):
        return first_and_last(written)[1]
    return _day("effective", written, "a date (2026-06-30), a month (2026-06), month-end or now")


def recorded_position(connection: Connection, written: str | None, *, known: int, zone: tzinfo = UTC) -> int:
    """The position that was written, or meant by a word or an instant; `known` at most.

    An instant at or after the latest fact means everything so far, as `now` does. Raises BadBasis beyond the head,
    NotYetKnown for what is recorded and not yet in the read models.
    """
    if written is None or written == "now":
        return known
    head = store.read_head(connection)
    if number := POSITION.fullmatch(written):
        position = int(number[1])
        if position > head.size:
            raise BadBasis(
                "recorded", f"nothing is recorded beyond position {head.size}; ask for that or an earlier one"
            )
    elif close := CLOSE.fullmatch(written):
        position = _closed(connection, close[1], close[2])
    else:
        position = store.position_at(connection, _instant(written, zone))
        if position == head.size:
            return known
    if position > known:
        raise NotYetKnown(
            "recorded",
            f"the reports know what is recorded up to position {known}, not yet {position}; ask again shortly",
        )
    return position


def closed_month(written: str | None) -> str | None:
    """The month whose close was written; None where it was something else."""
    close = CLOSE.fullmatch(written or "")
    return close[1] if close else None


def _closed(connection: Connection, month: str, which: str | None) -> int:
    positions = closed_at(connection, month)
    if not positions:
        raise BadBasis("recorded", f"{month} has not been closed; `mcsc report periods` lists the months")
    if which is not None and int(which) > len(positions):
        closes = ", ".join(close.name for close in close_names(month, positions))
        raise BadBasis("recorded", f"{month} has not been closed so many times; there are {closes}")
    return positions[int(which or len(positions)) - 1]


def _instant(written: str, zone: tzinfo) -> datetime:
    expected = (
        "a position (18204), an instant with its offset (2026-06-30T12:00:00Z), a date (2026-06-30),"
        " a close (close:2026-06, or close:2026-06#1 for its first) or now"
    )
    if DAY.fullmatch(written):
        return datetime.combine(_day("recorded", written, expected), time.max, tzinfo=zone)
    try:
        instant = datetime.fromisoformat(written)
    except ValueError:
        raise BadBasis("recorded", f"{written!r} is not {expected}") from None
    if instant.tzinfo is None:
        raise BadBasis("recorded", f"{written!r} names no offset from UTC; end it with Z or, for example, +08:00")
    return instant


def _day(field: str, written: str, expected: str) -> date:
    try:
        if DAY.fullmatch(written):
            return date.fromisoformat(written)
    except ValueError:
        raise BadBasis(field, f"{written!r} is a day that no calendar has") from None
    raise BadBasis(field, f"{written!r} is not {expected}")
