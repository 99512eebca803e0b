"""The list of deposits on any basis: tables worked out by hand, on both databases; it foots to the control account."""

from datetime import date
from typing import Any

from hypothesis import given as given_any
from hypothesis import settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ledger.billing.facts import (
    DepositForfeited,
    DepositMoved,
    DepositReceived,
    DepositRefunded,
    DepositReversed,
)
from ledger.decider import Fact
from ledger.leases.facts import LeaseTerminated, PremisesSurrendered
from ledger.log import store
from ledger.log.database import Database
from ledger.once.lettings import Letting
from ledger.values.money import minor
from projections.tenancy.deposits import Deposits, LeaseDeposit, deposits
from tests.ground.let_city import L1, L2, PAPER, basis, estate, given, let

ONE: dict[str, Any] = {"company": "sunfield-demo", "lease": "l-1-demo"}
TWO: dict[str, Any] = {"company": "moonfield-demo", "lease": "l-2-demo"}
RETURNED = replace(L1, deposit_return_days=30)


def on(day: date, whose: dict[str, Any], booked_on: date | None = None) -> dict[str, Any]:
    return {"effective_on": day, "accounting_on": booked_on or day, **whose}


def received(day: date, name: str, amount: int, whose: dict[str, Any], booked_on: date | None = None) -> Fact:
    about = on(day, whose, booked_on)
    return DepositReceived(**about, deposit=name, bank_reference=f"B-{name}", amount_minor=amount)


def listed(database: Database, effective: date, recorded: int = 1_000_000, **asked: Any) -> Deposits:
    with database.views.connect() as connection:
        return deposits(connection, basis(effective, recorded), **asked)


def row(found: Deposits, lease: str) -> LeaseDeposit:
    return next(one for one in found.rows if one.lease == lease)


def figures(one: LeaseDeposit) -> tuple[str, ...]:
    return one.received, one.topped_up, one.applied, one.forfeited, one.refunded, one.held


STORY: list[Fact] = [
    *estate(),
    *let("l-1-demo", "sunfield-demo", RETURNED, signed_on=date(2023, 12, 15)),
    *let("l-2-demo", "moonfield-demo", L2, signed_on=date(2024, 6, 1)),
    received(date(2023, 12, 20), "d-1", 60_000_00, ONE),
    received(date(2023, 12, 29), "d-2", 46_660_80, ONE),  # before the lease begins: of the first
    received(date(2024, 5, 6), "d-3", 5_000_00, ONE),
    received(date(2024, 5, 7), "d-4", 777_00, ONE),
    DepositReversed(
        **on(date(2024, 5, 8), ONE),
        deposit="d-4",
        movement="RECEIVED",
        moved_on=date(2024, 5, 7),
        amount_minor=777_00,
        reason="the bank took it back (demo)",
    ),
    DepositForfeited(**on(date(2024, 6, 3), ONE), deposit="d-5", amount_minor=1_660_80, reason="damage (demo)"),
    received(date(2024, 6, 20), "d-6", 92_400_00, TWO, booked_on=date(2024, 7, 2)),
    LeaseTerminated(
        **{key: ONE[key] for key in ("company", "lease")},
        effective_on=date(2024, 8, 1),
        lettings=(Letting(unit="a101", from_on=date(2024, 1, 1), until_on=date(2024, 8, 31)),),
        ends_on=date(2024, 8, 31),
        cause="AGREEMENT",
        fee_minor=0,
        document=PAPER,
    ),
    PremisesSurrendered(**ONE, effective_on=date(2024, 9, 5), protocol=PAPER),
    DepositRefunded(**on(date(2024, 11, 1), ONE), deposit="d-7", bank_reference="R-7", amount_minor=10_000_00),
]


def test_a_deposit_says_how_it_came_to_what_is_held_and_by_when_it_is_due(database: Database) -> None:
    """60,000.00 + 46,660.80 by the first day of the lease, 5,000.00 later, 777.00 that the bank took back, less
    1,660.80 forfeited are 110,000.00. The keys came back on 2024-09-05, five days after the end: due on 2024-10-05."""
    given(database, STORY)
    july = listed(database, date(2024, 7, 31))
    assert figures(row(july, "l-1-demo")) == ("106660.80", "5000.00", "0.00", "1660.80", "0.00", "110000.00")
    assert (july.total.held, july.control, july.difference) == ("202400.00", "202400.00", "0.00")
    assert (row(july, "l-1-demo").ends_on, row(july, "l-1-demo").due_on) == (date(2026, 12, 31), date(2027, 1, 30))
    before = listed(database, date(2024, 6, 30))
    assert [one.lease for one in before.rows] == ["l-1-demo"], "in the books of July, whenever it came"
    due = row(listed(database, date(2024, 10, 5)), "l-1-demo")
    assert (due.state, due.ends_on, due.due_on) == ("TERMINATED", date(2024, 8, 31), date(2024, 10, 5))
    assert (due.days, due.overdue) == (0, "0.00")
    late = listed(database, date(2024, 11, 2))
    assert figures(row(late, "l-1-demo"))[-2:] == ("10000.00", "100000.00")
    assert (row(late, "l-1-demo").days, row(late, "l-1-demo").overdue) == (28, "100000.00")
    assert (late.total.overdue, late.total.held, late.difference) == ("100000.00", "192400.00", "0.00")


def test_what_is_settled_is_listed_where_it_is_asked_for(database: Database) -> None:
    back = DepositRefunded(**on(date(2024, 12, 2), ONE), deposit="d-8", bank_reference="R-8", amount_minor=100_000_00)
    head = given(database, [*STORY, back])
    assert [one.lease for one in listed(database, date(2024, 12, 31)).rows] == ["l-2-demo"]
    everything = listed(database, date(2024, 12, 31), settled=True)
    assert figures(row(everything, "l-1-demo"))[-2:] == ("110000.00", "0.00")
    assert (row(everything, "l-1-demo").days, everything.total.overdue, everything.difference) == (0, "0.00", "0.00")
    assert [one.lease for one in listed(database, date(2024, 12, 31), head - 1).rows] == ["l-2-demo", "l-1-demo"]


# The lease that follows

FOLLOWS: dict[str, Any] = {"company": "sunfield-demo", "lease": "l-3-demo"}
MOVED_ON = date(2024, 9, 2)
MOVED = DepositMoved(
    **on(MOVED_ON, ONE), deposit="d-9", to_lease="l-3-demo", amount_minor=100_000_00, reason="it follows (demo)"
)
NEXT = let(
    "l-3-demo",
    "sunfield-demo",
    replace(RETURNED, commencement_on=date(2024, 9, 1), deposit_return_days=60),
    signed_on=date(2024, 8, 1),
)[1:]
"""The lease alone: its tenant is known."""


def test_a_deposit_that_moved_is_held_for_the_lease_that_follows(database: Database) -> None:
    """110,000.00 are held for the first, 100,000.00 of them move: 10,000.00 stay, as much is refunded in November."""
    head = given(database, [*STORY, *NEXT, MOVED])
    found = listed(database, date(2024, 9, 30))
    first, second = row(found, "l-1-demo"), row(found, "l-3-demo")
    assert (first.moved_in, first.moved_out, first.held) == ("0.00", "100000.00", "10000.00")
    assert (second.received, second.moved_in, second.moved_out, second.held) == (
        "0.00",
        "100000.00",
        "0.00",
        "100000.00",
    )
    assert (second.ends_on, second.due_on) == (date(2026, 12, 31), date(2027, 3, 1)), "60 days after the end"
    assert (found.total.moved_in, found.total.moved_out) == ("100000.00", "100000.00")
    assert (found.total.held, found.difference) == ("202400.00", "0.00")
    assert row(listed(database, date(2024, 9, 30), head - 1), "l-1-demo").held == "110000.00", "as it was known"
    mirror = DepositReversed(
        **on(date(2024, 9, 20), ONE),
        deposit="d-9",
        movement="MOVED",
        moved_on=MOVED_ON,
        amount_minor=100_000_00,
        reason="not yet (demo)",
        to_lease="l-3-demo",
    )
    given(database, [mirror])
    again = listed(database, date(2024, 9, 30))
    assert [(one.lease, one.moved_out, one.held) for one in again.rows] == [
        ("l-2-demo", "0.00", "92400.00"),
        ("l-1-demo", "0.00", "110000.00"),
    ]


DAYS = [date(2024, month, 15) for month in range(1, 9)]
MOVES = st.tuples(
    st.sampled_from(("received", "forfeited", "refunded", "moved", "reversed")),
    st.sampled_from(DAYS),
    st.sampled_from(("l-1-demo", "l-3-demo")),
    st.integers(1, 500_00),
)


@settings(max_examples=12)
@given_any(
    moves=st.lists(MOVES, min_size=1, max_size=12), bases=st.lists(st.sampled_from(DAYS), min_size=1, max_size=3)
)
def test_on_any_basis_what_is_held_is_what_came_less_what_went_and_the_control_account(
    sqlite: Database, moves: list[tuple[str, date, str, int]], bases: list[date]
) -> None:
    """Whatever moved, in whatever order, recorded for whichever day: every example adds to the same log."""
    with sqlite.views.connect() as connection:
        already = store.read_head(connection).size
    facts, held = list[Fact](), list[tuple[date, str, int]]()
    for number, (what, day, lease, amount) in enumerate(moves):
        about, name = on(day, ONE | {"lease": lease}), f"d-{already}-{number}"
        other = "l-3-demo" if lease == "l-1-demo" else "l-1-demo"
        came = DepositReceived(**about, deposit=name, bank_reference=f"B-{name}", amount_minor=amount)
        match what:
            case "received":
                facts.append(came)
            case "forfeited":
                facts.append(DepositForfeited(**about, deposit=name, amount_minor=amount, reason="damage (demo)"))
            case "refunded":
                facts.append(DepositRefunded(**about, deposit=name, bank_reference=f"R-{name}", amount_minor=amount))
            case "moved":
                moved = DepositMoved(**about, deposit=name, to_lease=other, amount_minor=amount, reason="next (demo)")
                facts.append(moved)
                held.append((day, other, amount))
            case _:
                mirror: dict[str, Any] = {"movement": "RECEIVED", "moved_on": day, "reason": "it bounced (demo)"}
                facts += [came, DepositReversed(**about, deposit=name, amount_minor=amount, **mirror)]
        signs = {"received": 1, "reversed": 0}
        held.append((day, lease, signs.get(what, -1) * amount))
    before = {day: _held(sqlite, day) for day in bases}
    given(sqlite, facts)
    for day in bases:
        for lease in ("l-1-demo", "l-3-demo"):
            more = sum(amount for since, whose, amount in held if whose == lease and since <= day)
            assert _held(sqlite, day).get(lease, 0) == before[day].get(lease, 0) + more


def _held(database: Database, day: date) -> dict[str, int]:
    """What is held of each lease; the list foots to the control account, and each row across."""
    found = listed(database, day, settled=True)
    assert found.difference == "0.00"
    for one in found.rows:
        came, went = (
            (one.received, one.topped_up, one.moved_in),
            (
                one.moved_out,
                one.applied,
                one.forfeited,
                one.refunded,
            ),
        )
        assert minor(one.held) == sum(map(minor, came)) - sum(map(minor, went))
    return {one.lease: minor(one.held) for one in found.rows}
