"""The energy report and what a close waits for: only what a second person approved counts, whatever is disputed.

Every price and meter value is invented.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.decider import By, Command, Fact
from ledger.log.database import Database
from ledger.offtake.delivery import RecordCurtailment
from ledger.offtake.facts import EnergyCredited, EnergyInvoiced, StatementApproved, StatementCalculated
from ledger.offtake.life import ResumeDelivery, SuspendDelivery, TerminateOfftake
from ledger.offtake.meters.metering import CorrectRead, ReadMeter
from ledger.offtake.statements import ApproveStatement, CalculateStatement, DisputeStatement, WithdrawDispute
from ledger.offtake.withdrawing import WithdrawOfftakeStep
from ledger.rates import Emission
from projections.closing import proposal
from projections.deals.energy import Energy, EnergyRow, energy, statements, unapproved
from projections.deals.offtake import offtakes
from projections.engine.basis import Basis
from projections.engine.runner import catch_up, ensure
from projections.every.views import ALL_VIEWS
from tests.examples.periods import SICHUAN
from tests.ground.offtaken import (
    AS_OBSERVER,
    BUYER,
    CHECKER,
    DESK,
    FINANCE,
    METER,
    PAPER,
    SIGNER,
    TERMS,
    A,
    agreement,
    calculated,
    co2,
    delivering,
    metered,
    settled,
    told,
)
from tests.ground.recording import record

JANUARY, FEBRUARY = "2024-01", "2024-02"
END = date(2024, 1, 31)
NET = "66343.84"  # 127,584.3 kWh × 0.5200
READ = metered(agreement(), "1204318.4", {JANUARY: "1331902.7"})


def about(on: date = date(2024, 2, 8), run: int = 0) -> dict[str, Any]:
    return {"effective_on": on, "agreement": A, "month": JANUARY, "run": run}


DISPUTE: tuple[Command, By] = (DisputeStatement(**about(), reason="our own meter shows less (demo)"), DESK)
WITHDRAW: tuple[Command, By] = (WithdrawDispute(**about(), reason="the wrong meter (demo)"), DESK)
APPROVE: tuple[Command, By] = (ApproveStatement(**about()), CHECKER)


def corrected(facts: Sequence[Fact], value: str) -> tuple[Fact, ...]:
    """January's read was another."""
    other = CorrectRead(effective_on=END, meter=METER, value=value, reason="misread (demo)")
    return told(facts, (other, DESK))


def basis(effective: date = END, recorded: int = 1_000_000) -> Basis:
    return Basis(effective=effective, recorded=recorded, recorded_at=None, root="")


def kept(database: Database, facts: Sequence[Fact]) -> None:
    record(database, facts)
    views = [view() for view in ALL_VIEWS]
    ensure(database, views)
    catch_up(database, views)


def report(database: Database, at: Basis | None = None, **asked: Any) -> Energy:
    with database.views.connect() as connection:
        return energy(connection, at or basis(), **asked)


def left(database: Database, at: Basis | None = None, end: date = END) -> tuple[str, ...]:
    with database.views.connect() as connection:
        return unapproved(connection, at or basis(), end)


def stands(row: EnergyRow) -> tuple[int, str, bool]:
    return row.run, row.state, row.latest


# What counts


def test_a_run_disputed_before_it_was_approved_is_neither_approved_nor_added(database: Database) -> None:
    """Nobody agreed to it and no invoice was issued: the month waits, and the report adds nothing."""
    kept(database, told(calculated(READ, JANUARY), DISPUTE))
    assert left(database) == (f"{A} {JANUARY}",)
    with database.views.connect() as connection:
        closing = proposal(connection, basis(), JANUARY)
    assert (closing.unapproved, closing.ready) == ((f"{A} {JANUARY}",), False)
    found = report(database)
    assert [stands(row) for row in found.rows] == [(0, "DISPUTED", False)]
    assert (found.rows[0].net, found.rows[0].gec) == (NET, None)
    assert (found.total.net, found.total.delivered_kwh, found.total.gec) == ("0.00", "0.0", 0)


@pytest.mark.parametrize(
    ("steps", "state"),
    [
        pytest.param((APPROVE,), "APPROVED", id="approved"),
        pytest.param((APPROVE, DISPUTE), "DISPUTED", id="disputed-after-it-was-approved"),
        pytest.param((APPROVE, DISPUTE, WITHDRAW), "APPROVED", id="and-withdrawn"),
        pytest.param((DISPUTE, WITHDRAW, APPROVE), "APPROVED", id="approved-after-a-dispute"),
    ],
)
def test_an_approved_run_is_added_also_while_it_is_disputed(
    database: Database, steps: Sequence[tuple[Command, By]], state: str
) -> None:
    facts = told(calculated(READ, JANUARY), *steps)
    kept(database, facts)
    assert left(database) == ()
    found = report(database)
    assert [stands(row) for row in found.rows] == [(0, state, True)]
    (invoice,) = [fact for fact in facts if isinstance(fact, EnergyInvoiced)]
    assert (found.total.net, found.rows[0].delta_net, invoice.net_minor) == (NET, NET, 6634384)


@pytest.mark.parametrize("steps", [(), (DISPUTE,), (DISPUTE, WITHDRAW)], ids=["calculated", "disputed", "withdrawn"])
def test_without_an_approval_a_month_is_left(database: Database, steps: Sequence[tuple[Command, By]]) -> None:
    kept(database, told(calculated(READ, JANUARY), *steps))
    assert left(database) == (f"{A} {JANUARY}",)
    assert report(database).total.net == "0.00"


def test_a_disputed_run_that_is_calculated_again_waits_for_approval(database: Database) -> None:
    again: tuple[Command, By] = (
        CalculateStatement(effective_on=date(2024, 2, 9), agreement=A, month=JANUARY),
        FINANCE,
    )
    facts = told(corrected(told(calculated(READ, JANUARY), DISPUTE), "1331802.7"), again)
    kept(database, facts)
    assert [stands(row) for row in report(database).rows] == [(0, "CALCULATED", False)]
    assert report(database).rows[0].delivered_kwh == "127484.3"
    assert left(database) == (f"{A} {JANUARY}",)


def test_until_a_later_run_is_approved_the_run_before_counts(database: Database) -> None:
    facts = calculated(corrected(settled(READ, JANUARY), "1331802.7"), JANUARY, date(2024, 3, 5))
    dispute = DisputeStatement(**about(date(2024, 3, 6), run=1), reason="why (demo)")
    facts = told(facts, (dispute, DESK))
    at = len(facts)
    withdraw = WithdrawDispute(**about(date(2024, 3, 7), run=1), reason="agreed (demo)")
    approve = ApproveStatement(**about(date(2024, 3, 8), run=1))
    kept(database, told(facts, (withdraw, DESK), (approve, CHECKER)))
    before, after = report(database, basis(recorded=at)), report(database)
    assert [stands(row) for row in before.rows] == [(0, "APPROVED", True), (1, "DISPUTED", False)]
    assert [stands(row) for row in after.rows] == [(0, "APPROVED", False), (1, "APPROVED", True)]
    assert (before.total.net, after.total.net) == (NET, "66291.84")
    assert [row.delta_net for row in after.rows] == [NET, "-52.00"]
    assert left(database, basis(recorded=at)) == left(database) == ()


def test_without_a_factor_nothing_is_said_of_tonnes(database: Database) -> None:
    """0.000 t would say that nothing was avoided; what has no factor is said in kWh, beside the tonnes of the rest."""
    bare = [fact for fact in READ if getattr(fact, "series", "") != "co2/cn-average"]
    kept(database, settled(bare, JANUARY))
    found = report(database)
    told: tuple[Any, ...] = (found.rows[0], *found.agreements, found.total)
    for one in told:
        assert (one.co2_t, one.without_factor_kwh, one.delivered_kwh) == (None, "127584.3", "127584.3")


def test_with_a_factor_all_of_it_has_one(database: Database) -> None:
    kept(database, settled(READ, JANUARY))
    found = report(database)
    told: tuple[Any, ...] = (found.rows[0], *found.agreements, found.total)
    for one in told:
        assert (one.co2_t, one.without_factor_kwh) == ("67.696", "0.0")


def test_a_factor_is_that_of_its_region_and_year(database: Database) -> None:
    """Given Sichuan's factor of 2023 and a month of 2024, then the tonnes say that it is an earlier year's."""
    kept(database, settled([*READ[:-1], *_with(SICHUAN), READ[-1]], JANUARY))
    row = report(database).rows[0]
    said = (row.co2_region, row.co2_basis, row.co2_factor_year, row.co2_year, row.co2_announcement)
    assert said == ("CN-SC", "AVERAGE", 2023, "EARLIER", SICHUAN.announcement)
    assert (row.co2_t, row.co2_kg_per_kwh) == ("19.954", "0.1564")


def test_a_factor_of_its_own_year_says_that(database: Database) -> None:
    kept(database, settled([*READ[:-1], *_with(replace(SICHUAN, year=2024), "2024"), READ[-1]], JANUARY))
    row = report(database).rows[0]
    assert (row.co2_factor_year, row.co2_year) == (2024, "SAME")


def _with(emission: Emission, year: str = "2023") -> list[Fact]:
    """Sichuan's factor in place of the national one, under the name that the agreement looks for."""
    return [co2("cn-average", "0.1564", date(int(year), 1, 1), emission)]


def test_a_run_that_nobody_calculated_is_not_shown(database: Database) -> None:
    """The log may hold what no rule would record."""
    facts = settled(READ, JANUARY)
    kept(database, [fact for fact in facts if not isinstance(fact, StatementCalculated)])
    assert report(database).rows == ()
    with database.views.connect() as connection:
        assert statements(connection, basis()) == []


# Which months are left


def test_months_are_left_from_commercial_operation_to_the_end(database: Database) -> None:
    short = replace(TERMS, ends_on=date(2024, 3, 31))
    watched = "watched-demo"
    facts = delivering(agreement(short, on=date(2024, 1, 1)), {JANUARY: "100"})
    kept(database, agreement(AS_OBSERVER, watched, facts))
    assert left(database, end=date(2023, 12, 31)) == ()
    assert left(database, end=END) == ()
    assert left(database, end=date(2024, 5, 31)) == (f"{A} {FEBRUARY}", f"{A} 2024-03"), "an observer settles nothing"


# The report


def test_rows_are_by_agreement_month_and_run_and_sums_by_agreement(database: Database) -> None:
    """Waste heat has no certificates; what does not make one is carried from month to month."""
    other = "wte-2-demo"
    facts = delivering(agreement(), {JANUARY: "1400.4", FEBRUARY: "700"})
    facts = agreement(replace(TERMS, technology="WASTE_HEAT"), other, facts)
    kept(database, delivering(facts, {JANUARY: "5000"}, name=other, meter="m-2-demo"))
    found = report(database, basis(date(2024, 2, 29)))
    assert [(row.agreement, row.month, row.gec, row.gec_carried_kwh) for row in found.rows] == [
        (A, JANUARY, 1, "400.4"),
        (A, FEBRUARY, 1, "100.4"),
        (other, JANUARY, None, None),
    ]
    assert [(one.agreement, one.delivered_kwh, one.gec) for one in found.agreements] == [
        (A, "2100.4", 2),
        (other, "5000.0", 0),
    ]
    assert (found.total.delivered_kwh, found.total.net, found.total.gec) == ("7100.4", "3692.21", 2)
    assert {row.buyer for row in found.rows} == {BUYER}
    later = report(database, basis(date(2024, 2, 29)), agreement=A, from_month=FEBRUARY)
    assert [(row.month, row.gec, row.gec_carried_kwh) for row in later.rows] == [(FEBRUARY, 1, "100.4")]
    assert later.total.delivered_kwh == "700.0"


def test_behind_a_run_are_its_calculation_its_approval_and_its_own_documents(database: Database) -> None:
    facts = settled(corrected(settled(READ, JANUARY), "1331802.7"), JANUARY, date(2024, 3, 5))
    kept(database, facts)
    first, second = report(database, basis(date(2024, 3, 31)), positions=True).rows
    kinds = (StatementCalculated, StatementApproved, EnergyInvoiced, EnergyCredited)
    of_runs = [at for at, fact in enumerate(facts, 1) if isinstance(fact, kinds)]
    assert (first.positions, second.positions) == (tuple(of_runs[:3]), tuple(of_runs[3:]))
    assert isinstance(facts[of_runs[-1] - 1], EnergyCredited)


# Days that count


def test_a_month_without_a_day_of_delivery_is_not_waited_for(database: Database) -> None:
    """Suspended from 20 January to 10 March: February is not delivered; withdrawn, it is, from then on only."""
    stop = SuspendDelivery(effective_on=date(2024, 1, 20), agreement=A, reason="flood (demo)")
    go = ResumeDelivery(effective_on=date(2024, 3, 11), agreement=A)
    facts = told(agreement(), (stop, DESK), (go, DESK))
    at = len(facts)
    gone = (
        ("offtake.resumed", go.effective_on),
        ("offtake.suspended", stop.effective_on),
    )
    for step, on in gone:
        back = WithdrawOfftakeStep(effective_on=on, agreement=A, step=step, reason="of another plant (demo)")
        facts = told(facts, (back, SIGNER))
    kept(database, facts)
    march = date(2024, 3, 31)
    assert left(database, basis(march, at), march) == (f"{A} 2024-01", f"{A} 2024-03")
    assert left(database, basis(march), march) == (f"{A} 2024-01", f"{A} 2024-02", f"{A} 2024-03")
    with database.views.connect() as connection:
        (then,) = offtakes(connection, basis(date(2024, 2, 1), at))
        (now,) = offtakes(connection, basis(date(2024, 2, 1)))
    assert (then.state, now.state) == ("SUSPENDED", "IN_DELIVERY")


def test_availability_is_of_the_days_that_count(database: Database) -> None:
    """Ended with 10 January; 24 of 240 hours the seller could not deliver."""
    facts = told(
        metered(agreement(), "0", {}),
        (ReadMeter(effective_on=date(2024, 1, 10), meter=METER, value="100"), DESK),
        (
            RecordCurtailment(
                effective_on=date(2024, 1, 9),
                agreement=A,
                curtailment="c-1",
                by="SELLER",
                from_at=datetime.fromisoformat("2024-01-10T00:00"),
                until_at=datetime.fromisoformat("2024-01-12T00:00"),
                potential="480",
            ),
            DESK,
        ),
        (TerminateOfftake(effective_on=date(2024, 1, 10), agreement=A, reason="sold (demo)", document=PAPER), SIGNER),
    )
    kept(database, settled(facts, JANUARY))
    assert [row.availability_percent for row in report(database).rows] == ["90.0000"]
