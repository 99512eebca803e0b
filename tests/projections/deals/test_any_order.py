"""The order in which an offtake year's facts were typed changes nothing that it means."""

from collections.abc import Sequence
from datetime import date
from random import Random
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.decider import By, Command, Fact, Refusal
from ledger.log.database import Database
from ledger.offtake.facts import StatementCalculated
from ledger.offtake.life import ResumeDelivery, SuspendDelivery
from ledger.offtake.meters.metering import CorrectRead, InstallMeter, ReadMeter
from ledger.offtake.statements import ApproveStatement, CalculateStatement
from ledger.offtake.terms import Fixed, MakeUp, TakeOrPay
from ledger.offtake.years import TrueUpYear
from projections.deals.energy import energy
from projections.deals.offtake import shortfall
from projections.engine.basis import Basis
from projections.engine.runner import catch_up, ensure
from projections.every.views import ALL_VIEWS
from tests.ground.given import decide
from tests.ground.offtaken import CHECKER, DESK, FINANCE, GROUND, TERMS, agreement, amending
from tests.ground.recording import record

YEAR = replace(
    TERMS,
    ends_on=date(2024, 12, 31),
    starts_on=date(2024, 10, 1),
    price=Fixed(price="0.5200"),
    take_or_pay=TakeOrPay(acq="1200", share="0.9", make_up=MakeUp(years=1)),
)
MONTHS = ("2024-10", "2024-11", "2024-12")
Sent = tuple[Command, By]


def typed(name: str) -> list[Sequence[Sent]]:
    """What happens in three months, in groups that keep their order: reads, a correction, two weeks without delivery,
    other terms."""
    meter, about = f"m-{name}", {"agreement": name}

    def read(on: date, value: str) -> Sent:
        return ReadMeter(effective_on=on, meter=meter, value=value), DESK

    wrong = read(date(2024, 10, 31), "120")
    right = CorrectRead(effective_on=date(2024, 10, 31), meter=meter, value="90", reason="misread (demo)")
    stop = SuspendDelivery(**about, effective_on=date(2024, 11, 10), reason="the boiler (demo)")
    go_on = ResumeDelivery(**about, effective_on=date(2024, 11, 24))
    return [
        [wrong, (right, DESK)],
        [read(date(2024, 11, 9), "130")],
        [read(date(2024, 11, 23), "131")],
        [read(date(2024, 11, 30), "150")],
        [read(date(2024, 12, 31), "210")],
        [(stop, DESK), (go_on, DESK)],
        amending(date(2024, 12, 1), replace(YEAR, price=Fixed(price="0.5500")), name=name),
    ]


def anew(name: str) -> list[Sent]:
    """Every month calculated and approved, as far as it can be, and the year trued up."""
    about: dict[str, Any] = {"agreement": name, "effective_on": date(2025, 1, 10)}
    asked: list[Sent] = []
    for month in MONTHS:
        asked.append((CalculateStatement(**about, month=month), FINANCE))
        asked += [(ApproveStatement(**about, month=month, run=run), CHECKER) for run in range(6)]
    return [*asked, (TrueUpYear(**about, year=2024), FINANCE)]


def sent(facts: tuple[Fact, ...], asked: Sequence[Sent], *, must: bool = False) -> tuple[Fact, ...]:
    for command, by in asked:
        try:
            facts = (*facts, *decide(facts, command, by))
        except Refusal:
            assert not must, command
    return facts


def year(facts: tuple[Fact, ...], name: str, chance: Random) -> tuple[Fact, ...]:
    """One agreement typed in some order, settled now and then in between, and once all is there."""
    facts = agreement(YEAR, name, facts)
    install = InstallMeter(effective_on=YEAR.starts_on, meter=f"m-{name}", agreement=name, start="0", digits=4)
    facts, groups = sent(facts, [(install, DESK)], must=True), typed(name)
    order = [at for at, group in enumerate(groups) for _ in group]
    chance.shuffle(order)
    waiting = [list(group) for group in groups]
    while order:
        at = order.pop(0)
        before = facts
        facts = sent(facts, waiting[at][:1])
        if facts is before or len(facts) == len(before):
            order.append(at)  # refused: typed once the others are there
            continue
        waiting[at].pop(0)
        if chance.random() < 0.5:
            facts = sent(facts, anew(name))
    return sent(facts, anew(name))


@pytest.mark.parametrize("seed", range(6))
def test_what_was_typed_in_any_order_means_the_same(sqlite: Database, seed: int) -> None:
    """90, 40 + 19 (of 10 to 23 November nothing counts) and 60 kWh are 209."""
    chance, names, facts = Random(seed), ("one-demo", "two-demo", "three-demo"), GROUND
    for name in names:
        facts = year(facts, name, chance)
    record(sqlite, facts)
    views = [view() for view in ALL_VIEWS]
    ensure(sqlite, views)
    catch_up(sqlite, views)
    basis = Basis(effective=date(2025, 12, 31), recorded=1_000_000, recorded_at=None, root="")
    with sqlite.views.connect() as connection:
        totals = [replace(total, agreement=None) for total in energy(connection, basis).agreements]
        years = [replace(row, agreement="", run=0) for row in shortfall(connection, basis).rows]
        latest = [row for row in energy(connection, basis).rows if row.latest]
    assert [total.delivered_kwh for total in totals] == ["209.0"] * 3
    assert totals == totals[:1] * 3
    assert years == years[:1] * 3
    assert len(latest) == 9
    runs = [fact for fact in facts if isinstance(fact, StatementCalculated)]
    assert {run.agreement for run in runs} == set(names)
