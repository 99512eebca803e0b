"""The lease register on any basis: what was known, what was in force, and the ledger's own Lease out of it."""

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from msgspec.structs import asdict, replace

from ledger.decider import Fact, standing, stored_name
from ledger.leases.deciding import evolve_lease
from ledger.leases.facts import (
    LeaseAmended,
    LeaseCommenced,
    LeaseDrafted,
    LeaseExecuted,
    LeaseFact,
    LeaseHolds,
    LeaseStepWithdrawn,
    PremisesHandedOver,
)
from ledger.leases.lease import Lease
from ledger.leases.schedule import schedule
from ledger.log.database import Database
from projections.engine.basis import Basis
from projections.engine.runner import catch_up, ensure, rebuild
from projections.tenancy.leases import LeaseRegister, LeaseRow, lease, lease_span, lease_states, leases, parts
from projections.tenancy.spans import LeasePart, later_parts, parts_on
from tests.examples.leases import (
    A101,
    A102,
    B201,
    COMPANY,
    EXTENDED,
    L_1,
    LEASE,
    LIFE,
    NOTICE_SERVED,
    OTHER_COMPANY,
    TERMINATED,
    signed,
    simple,
    through,
)
from tests.ground.recording import record, stored_rows

SOON, EVER = date(2026, 7, 1), date(2035, 1, 1)


def basis(effective: date, recorded: int | None = None) -> Basis:
    """Without a position: everything recorded."""
    position = 1_000_000 if recorded is None else recorded
    return Basis(effective=effective, recorded=position, recorded_at=None, root="")


def given(database: Database, *some: Fact, **options: Any) -> int:
    head = record(database, some, **options)
    views = [LeaseRegister()]
    ensure(database, views)
    catch_up(database, views)
    return head


def one(database: Database, effective: date, recorded: int | None = None, name: str = LEASE) -> LeaseRow:
    with database.views.connect() as connection:
        found = lease(connection, basis(effective, recorded), name)
    assert found is not None
    return found[0]


def names(database: Database, effective: date = EVER, **wanted: Any) -> list[str]:
    with database.views.connect() as connection:
        return [row.lease for row in leases(connection, basis(effective), **wanted)]


def test_a_draft_as_first_known(database: Database) -> None:
    given(database, *through(LeaseDrafted))
    with database.views.connect() as connection:
        assert lease(connection, basis(date(2023, 10, 31)), LEASE) is None
        assert lease(connection, basis(EVER, 0), LEASE) is None
    assert asdict(one(database, date(2023, 11, 1))) == {
        "lease": LEASE,
        "company": COMPANY,
        "state": "DRAFT",
        "since": date(2023, 11, 1),
        "commencement_on": date(2024, 1, 1),
        "expiry_on": date(2026, 12, 31),
        "ends_on": None,
        "next_break_on": None,
        "units": A101,
        "area_m2": "1234.50",
        "executed_on": None,
        "handed_over_on": None,
        "data_class": "FICTIONAL",
        "last_position": 1,
    }


def test_a_life_as_of_its_days(database: Database) -> None:
    given(database, *LIFE)
    days = (
        (date(2023, 11, 15), "SUBMITTED", date(2023, 11, 10), date(2026, 12, 31), None),
        (date(2023, 12, 31), "EXECUTED", date(2023, 12, 15), date(2026, 12, 31), date(2026, 12, 31)),
        (date(2024, 1, 1), "COMMENCED", date(2024, 1, 1), date(2026, 12, 31), date(2026, 12, 31)),
        (date(2025, 12, 31), "COMMENCED", date(2024, 1, 1), date(2026, 12, 31), date(2026, 12, 31)),
        (date(2026, 1, 1), "COMMENCED", date(2024, 1, 1), date(2027, 12, 31), date(2027, 12, 31)),
        (date(2028, 1, 1), "HOLDOVER", date(2028, 1, 1), date(2027, 12, 31), None),
        (date(2028, 4, 20), "ENDED", date(2028, 4, 20), date(2027, 12, 31), date(2028, 6, 30)),
    )
    for day, state, since, expiry_on, ends_on in days:
        row = one(database, day)
        assert (row.state, row.since, row.expiry_on, row.ends_on) == (state, since, expiry_on, ends_on), day


def test_a_term_that_ran_out_without_a_word_stays_as_it_was_recorded(database: Database) -> None:
    given(database, *through(LeaseCommenced))
    assert one(database, EVER).state == "COMMENCED"


def test_the_next_break_is_seen_from_the_effective_date(database: Database) -> None:
    given(database, *through(LeaseCommenced))
    assert one(database, date(2025, 12, 31)).next_break_on == date(2025, 12, 31)
    assert one(database, date(2026, 1, 1)).next_break_on is None


def test_a_late_amendment_changes_what_is_known_and_not_what_was(database: Database) -> None:
    """Recorded last, in force from the middle of the story."""
    head = given(database, *through(LeaseCommenced))
    amended = next(fact for fact in LIFE if isinstance(fact, LeaseAmended))
    given(database, amended)
    seen = {
        (day, recorded): one(database, day, recorded).expiry_on
        for day in (date(2025, 12, 31), SOON)
        for recorded in (head, head + 1)
    }
    assert seen == {
        (date(2025, 12, 31), head): date(2026, 12, 31),
        (date(2025, 12, 31), head + 1): date(2026, 12, 31),
        (SOON, head): date(2026, 12, 31),
        (SOON, head + 1): date(2027, 12, 31),
    }


def test_the_ledgers_own_lease_comes_back(database: Database) -> None:
    given(database, *LIFE, *signed("l-3-demo", simple(date(2024, 1, 1), date(2024, 12, 31), (B201, "877.25"))))
    known: Lease | None = None
    for fact in sorted(LIFE, key=lambda fact: fact.effective_on):
        known = evolve_lease(known, fact)
    with database.views.connect() as connection:
        first, second = lease_states(connection, basis(EVER))
        assert first == known
        assert lease(connection, basis(EVER), LEASE) == (one(database, EVER), known)
        assert second.lease == "l-3-demo"
        assert lease_states(connection, basis(date(2025, 1, 1)))[0].versions[0].terms == L_1
    assert schedule(first, date(2027, 12, 31))[-1].accrued_minor == 0
    assert first.versions[-1].terms == EXTENDED


def test_ended_early_it_gives_its_unit_up(database: Database) -> None:
    terminated = replace(TERMINATED, ends_on=date(2026, 1, 31))
    given(database, *through(LeaseCommenced), NOTICE_SERVED, terminated)
    row = one(database, EVER)
    assert (row.state, row.ends_on, row.expiry_on) == ("TERMINATED", date(2026, 1, 31), date(2026, 12, 31))
    with database.views.connect() as connection:
        (state,) = lease_states(connection, basis(EVER))
    assert [letting.until_on for letting in state.lettings] == [date(2026, 1, 31)]


def test_the_data_class_is_that_of_the_first_fact_recorded(database: Database) -> None:
    """Whatever is recorded later, for a later day or for an earlier one."""
    given(database, *through(LeaseExecuted), data_class="LIVE")
    given(database, next(fact for fact in LIFE if isinstance(fact, PremisesHandedOver)), data_class="FICTIONAL")
    row = one(database, EVER)
    assert (row.data_class, row.last_position) == ("LIVE", 5)
    given(database, replace(LIFE[0], effective_on=date(2023, 10, 1)), data_class="PUBLIC_FACT")
    assert [one(database, day).data_class for day in (date(2023, 10, 1), EVER)] == ["PUBLIC_FACT", "LIVE"]
    assert one(database, EVER).last_position == 6


@pytest.fixture
def several(database: Database) -> Database:
    """a-1, a1 and b: identifiers that languages sort differently."""
    year = (date(2024, 1, 1), date(2024, 12, 31))
    given(
        database,
        *signed("b", simple(*year, (A101, "1.00"), (A102, "2.00")), company=OTHER_COMPANY),
        *signed("a1", simple(*year, (B201, "1.00"))),
        *signed("a-1", simple(*year, ("a101", "1.00")))[:1],
    )
    return database


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        pytest.param({}, ["a-1", "a1", "b"], id="all-in-byte-order"),
        pytest.param({"company": COMPANY}, ["a-1", "a1"], id="company"),
        pytest.param({"state": "EXECUTED"}, ["a1", "b"], id="state"),
        pytest.param({"state": "DRAFT", "company": OTHER_COMPANY}, [], id="both"),
        pytest.param({"unit": A102}, ["b"], id="unit"),
        pytest.param({"unit": "a101"}, ["a-1"], id="a-whole-unit-not-the-beginning-of-one"),
        pytest.param({"unit": A101}, ["b"], id="first-of-two-units"),
        pytest.param({"after": "a-1", "limit": 1}, ["a1"], id="a-page"),
        pytest.param({"effective": date(2023, 12, 31)}, [], id="before-any"),
    ],
)
def test_filters_and_pages(several: Database, wanted: dict[str, Any], found: list[str]) -> None:
    assert names(several, **wanted) == found


def test_units_are_listed_with_a_space_between(several: Database) -> None:
    row = one(several, EVER, name="b")
    assert (row.units, row.area_m2) == (f"{A101} {A102}", "3.00")


def test_a_unit_given_up_on_every_day_is_not_found(database: Database) -> None:
    never = replace(
        TERMINATED, effective_on=date(2023, 12, 20), ends_on=date(2023, 12, 20), lettings=(), given_up=(A101,)
    )
    given(database, *through(LeaseExecuted), never)
    assert names(database, unit=A101) == []
    assert names(database, date(2023, 12, 19), unit=A101) == [LEASE]


def withdrawn(fact: Fact) -> LeaseStepWithdrawn:
    name, on = stored_name(type(fact)), fact.effective_on
    return LeaseStepWithdrawn(lease=LEASE, effective_on=on, step=name, reason="typo", touched=fact.tags)


@pytest.mark.parametrize("seed", range(4))
def test_any_basis_is_the_naive_fold_of_its_facts(database: Database, seed: int) -> None:
    """The facts of a life in an order that no rule would allow, some withdrawn, as of every day and position."""
    chance, some = Random(seed), list[Fact]((*LIFE, NOTICE_SERVED, TERMINATED))
    chance.shuffle(some)
    for at in sorted(chance.sample(range(len(some)), 4), reverse=True):
        some.insert(chance.randint(at + 1, len(some)), withdrawn(some[at]))
    for at in range(0, len(some), 5):
        given(database, *some[at : at + 5])
    _check_is_the_naive_fold(database, some)


def test_steps_of_a_lease_that_come_at_once_leave_its_spans_in_their_state(database: Database) -> None:
    """From signature to the keys' return in one page: what was agreed once stands in rows of every later state."""
    given(database, *LIFE)
    _check_is_the_naive_fold(database, LIFE)


def _check_is_the_naive_fold(database: Database, some: Sequence[Fact]) -> None:
    with database.views.connect() as connection:
        for recorded in range(len(some) + 1):
            for on in sorted({fact.effective_on + timedelta(days=later) for fact in some for later in (0, 100)}):
                stand = standing(some[:recorded], lambda fact: fact)
                told = [fact for fact in stand if fact.effective_on <= on and not fact.withdraws]
                expected: Lease | None = None
                for fact in sorted(told, key=lambda fact: fact.effective_on):
                    assert isinstance(fact, LeaseFact | LeaseHolds)
                    expected = evolve_lease(expected, fact)
                assert lease_states(connection, basis(on, recorded)) == ([] if expected is None else [expected])
                found = parts(connection, basis(on, recorded), LeasePart)
                assert {part.unit: part for held, part in found if held} == (parts_on(expected, on) if expected else {})
                assert [part for held, part in found if not held] == (later_parts(expected, on) if expected else [])
    live = stored_rows(database, lease_span, LeaseRegister.name)
    rebuild(database, LeaseRegister)
    assert stored_rows(database, lease_span, LeaseRegister.name) == live
