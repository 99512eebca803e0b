"""Any report on two bases, by cell: before + Σ steps = now, and every step names its facts.

Given the demonstration, when a report is compared with itself on any earlier basis, then the cells that differ are
those that differ between the two reports, and what moved each comes to the difference; each fact was recorded between.
"""

import random
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from api.app import reads
from api.http.comparing import UNBOUNDED, CellBridge, ComparedCell, Comparison, MovedBy
from api.http.problems import Problem
from api.http.reading import EVERY_ROW, Read, look_up
from api.http.receipts import Row, rows_of
from api.settings import Settings
from ledger.books.postings import postings
from ledger.decider import Fact, all_facts
from ledger.log import store
from ledger.log.database import Database
from ledger.periods import PostingFact
from projections.restating import BY_CONTENT, CORRECTIONS, FIRST, REVERSALS

SETTINGS = Settings()
COMPARED = {read.path.rpartition("/")[2]: read for read in reads(SETTINGS) if read.receipts is not None}
DAYS = (date(2025, 1, 1), date(2026, 10, 31))
PAIRS, CELLS, APART = 2, 4, 120
TENANT = "bamboo-gate-storage-demo"
"""Whose account is compared."""


# What puts something right is said of every fact


def test_every_fact_is_said_to_be_first_or_to_put_something_right_once() -> None:
    said = [*FIRST, *CORRECTIONS, *REVERSALS, *BY_CONTENT]
    assert sorted(said) == sorted(all_facts())


def test_what_takes_back_is_a_reversal() -> None:
    def takes_back(name: str, fact: type[Fact]) -> bool:
        return fact.withdraws or name.endswith("-reversed")

    assert {name for name, fact in all_facts().items() if takes_back(name, fact)} <= REVERSALS


# Every report of the demonstration


def _asked(database: Database, read: Read[Any], points: int = UNBOUNDED, /, **asked: Any) -> Any:
    path = {"company": TENANT} if "{company" in read.path else {}
    whole = {"limit": EVERY_ROW} if read.in_pages else {}
    _, found = look_up(SETTINGS, database, read, read.query(**whole | asked), path, points)
    return found


def _pairs(database: Database, seed: str) -> Iterator[dict[str, str]]:
    """Random pairs of bases: the first of one effective date, the second of two."""
    with database.views.connect() as connection:
        head = store.read_head(connection).size
    chance = random.Random(seed)
    for pair in range(PAIRS):
        day = DAYS[0] + timedelta(chance.randrange((DAYS[1] - DAYS[0]).days))
        then = chance.randrange(head // 2, head - APART)
        asked = {"effective": str(day), "recorded": str(then + chance.randrange(APART)), "against": str(then)}
        yield asked | ({"against_effective": str(day - timedelta(chance.randrange(1, 90)))} if pair else {})


def _figures(steps: Any) -> list[Decimal]:
    return [Decimal(getattr(steps, step)) for step in steps.__struct_fields__]


@pytest.mark.parametrize("name", COMPARED)
def test_any_cell_on_any_two_bases_is_what_it_was_and_its_steps(demo: Database, name: str) -> None:
    read, chance = COMPARED[name], random.Random(name)
    for asked in _pairs(demo, name):
        now = rows_of(read, _asked(demo, read, effective=asked["effective"], recorded=asked["recorded"]))
        then_on = asked.get("against_effective", asked["effective"])
        then = rows_of(read, _asked(demo, read, effective=then_on, recorded=asked["against"]))
        compared = _asked(demo, read, 200, **asked).data
        assert isinstance(compared, Comparison)
        assert compared.ties, asked
        assert {cell.cell: (cell.before, cell.now) for cell in compared.cells} == _differing(read, then, now)
        for cell in compared.cells:
            assert cell.steps is None or sum(_figures(cell.steps)) == Decimal(cell.difference or 0), (asked, cell)
        for cell in chance.sample(compared.cells, min(CELLS, len(compared.cells))):
            bridge = _asked(demo, read, explain=cell.cell, **asked).data
            _check(bridge, cell, asked)


def _differing(read: Read[Any], then: dict[str, Row], now: dict[str, Row]) -> dict[str, tuple[Any, Any]]:
    """The cells that differ between two tables, and what each says."""
    assert read.receipts is not None
    found = {}
    for name in then | now:
        for column in [*read.receipts.units, *read.receipts.words]:
            if column in read.receipts.uncompared:
                continue
            pair = [table.get(name, {}).get(column) for table in (then, now)]
            said = [None if one is None else str(one) for one in pair]
            figures = column in read.receipts.units
            if (Decimal(said[0] or 0) != Decimal(said[1] or 0)) if figures else said[0] != said[1]:
                found[f"{name}/{column}"] = (said[0], said[1])
    return found


def _check(bridge: CellBridge, cell: ComparedCell, asked: dict[str, str]) -> None:
    where, asked_of = f"{cell.cell} {asked}", bridge.report
    assert bridge.ties, where
    first, last = sorted((asked.get("against_effective", asked["effective"]), asked["effective"]))
    if cell.cell.endswith("/same_last_year"):
        first, last = (f"{int(day[:4]) - 1}{day[4:]}" for day in (first, last))
    if asked_of == "vat-ledger":  # a month is left behind with its days
        first = str(date.fromisoformat(f"{first[:7]}-01") - timedelta(1))
    if first[:4] != last[:4]:  # what moved in a year is left behind with it
        first = f"{int(first[:4]) - 1}-12-31"
    for moved in bridge.moved:
        if moved.step == "passed":
            days = {str(moved.effective_on), str(moved.accounting_on or moved.effective_on)}
            assert moved.position <= int(asked["against"]), where
            assert any(first < day <= last for day in days), where
        else:
            assert int(asked["against"]) < moved.position <= int(asked["recorded"]), where
    if cell.unit is None:
        assert bridge.moved or "against_effective" in asked, f"{where}: moved by nothing"
        return
    assert bridge.cell.steps is not None
    assert cell.steps in (None, bridge.cell.steps), where
    steps = {step: Decimal(getattr(bridge.cell.steps, step)) for step in bridge.cell.steps.__struct_fields__}
    assert sum(steps.values()) == Decimal(cell.difference or 0), where
    for step in steps:
        facts = [moved for moved in bridge.moved if moved.step == step]
        alone = Decimal(bridge.by_days or 0) if step == "passed" else Decimal()
        assert facts or alone == steps[step], f"{where}: {step} is made by nothing"
        if all(moved.share for moved in bridge.moved) and bridge.by_days is not None:
            assert sum(Decimal(moved.share or 0) for moved in facts) + alone == steps[step], where


def test_what_there_is_no_room_for_is_said_and_answered_by_cell(demo: Database) -> None:
    read, asked = COMPARED["rent-roll"], {"effective": "2026-06-30", "recorded": "now", "against": "5200"}
    whole, bounded = (_asked(demo, read, points, **asked).data for points in (UNBOUNDED, 40))
    assert (whole.on_demand, whole.changed) == (0, bounded.changed)
    left = [cell for cell in bounded.cells if cell.unit is not None and cell.steps is None]
    assert 0 < len(left) == bounded.on_demand < bounded.changed
    answers = {cell.cell: cell.steps for cell in whole.cells}
    assert all(cell.steps in (None, answers[cell.cell]) for cell in bounded.cells)
    assert _asked(demo, read, explain=left[0].cell, **asked).data.cell.steps == answers[left[0].cell]
    refused_before = _asked(demo, read, 1, explain=left[0].cell, **asked).data
    assert (refused_before.told, refused_before.cell.steps) == (False, None)
    assert refused_before.nearer


LARGE = {
    "arrears of a year": (
        "rent-roll",
        "TOTAL/arrears",
        90,
        {"effective": "2026-06-30", "against_effective": "2025-06-30"},
    ),
    "rent, recorded since": ("rent-roll", "TOTAL/passing_month", 12, {"effective": "2026-06-30", "against": "5200"}),
    "rent, both": (
        "rent-roll",
        "TOTAL/passing_month",
        6,
        {"effective": "2026-06-30", "against": "5400", "against_effective": "2026-05-20"},
    ),
    "words": (
        "rent-roll",
        "UNIT:{unit}/lease_state",
        5,
        {"effective": "2026-06-30", "against_effective": "2023-06-30"},
    ),
}


@pytest.mark.parametrize("name", LARGE)
def test_what_one_answer_has_no_room_for_is_answered_on_bases_closer_together(demo: Database, name: str) -> None:
    """Followed to where facts are told, the stretches come to the difference, and each step of a stretch to its own."""
    report, cell, points, asked = LARGE[name]
    read = COMPARED[report]
    rows = rows_of(read, _asked(demo, read, effective="2026-06-30"))
    let = next(row for row in rows.values() if row["section"] == "UNIT" and row["lease_state"])
    waiting = [{"recorded": "now", "against": "now"} | asked | {"explain": cell.format_map(let)}]
    whole = _asked(demo, read, points, **waiting[0]).data
    assert not whole.told
    told, followed = Decimal(), 0
    while waiting:
        of, followed = waiting.pop(), followed + 1
        bridge = _asked(demo, read, points, **of).data
        assert bridge.ties
        if bridge.nearer:
            assert not bridge.told
            assert (bridge.nearer[0].before, bridge.nearer[-1].now) == (bridge.cell.before, bridge.cell.now)
            assert sum(Decimal(one.difference or 0) for one in bridge.nearer) == Decimal(bridge.cell.difference or 0)
            waiting += [
                {field: str(getattr(one, field)) for field in ("against", "against_effective", "recorded", "effective")}
                | {"explain": of["explain"]}
                for one in bridge.nearer
                if one.before != one.now
            ]
            continue
        assert bridge.told or bridge.cells, f"{of}: neither facts nor cells to ask for"
        if bridge.cell.unit is None:
            assert bridge.moved, of
            continue
        assert sum(_figures(bridge.cell.steps)) == Decimal(bridge.cell.difference), of
        told += Decimal(bridge.cell.difference)
    assert followed > 2
    assert told == Decimal(whole.cell.difference or 0)


@pytest.mark.parametrize(
    ("asked", "parameter", "said"),
    [
        ({"recorded": "100", "against": "101"}, "against", "comes after 100: compare the other way round"),
        ({"against": "close:2020-01"}, "against", "2020-01 has not been closed"),
        ({"against": "100", "against_effective": "soon"}, "against_effective", "is not a date"),
        ({"against_effective": "2026-01-01"}, "against_effective", "say `against` as well"),
        ({"against": "100", "explain": "TOTAL/nothing"}, "explain", "no column 'nothing'"),
    ],
)
def test_what_cannot_be_compared_is_said(demo: Database, asked: dict[str, str], parameter: str, said: str) -> None:
    with pytest.raises(Problem) as problem:
        _asked(demo, COMPARED["rent-roll"], **asked)
    assert said in problem.value.detail
    assert problem.value.errors[0].parameter == parameter


def test_facts_of_a_step_are_listed_a_part_at_a_time(demo: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.http.comparing.LISTED", 5)
    read, listed = COMPARED["trial-balance"], list[MovedBy]()
    asked = {"effective": "2026-06-30", "recorded": "now", "against": "4900", "explain": "ACCOUNT:bank/closing"}
    bridge = _asked(demo, read, **asked).data
    while bridge.moved:
        listed += bridge.moved
        bridge = _asked(demo, read, after_share=listed[-1].position, **asked).data
    assert len(listed) == bridge.facts > 5
    assert sum(Decimal(moved.share or 0) for moved in listed) == Decimal(bridge.cell.difference)


# Time that passed


TIME = {"recorded": "now", "against": "now", "effective": "2026-06-30", "against_effective": "2026-05-31"}
BACK = TIME | {"effective": "2026-05-31", "against_effective": "2026-06-30"}


@pytest.mark.parametrize(("asked", "sign"), [(TIME, 1), (BACK, -1)])
def test_time_that_passed_on_an_account_is_the_facts_that_posted_to_it_between(
    demo: Database, asked: dict[str, str], sign: int
) -> None:
    with demo.views.connect() as connection:
        every = store.page(connection, after=0, limit=100_000)
    posted = {
        entry.position: sign * sum(line.amount_minor for line in postings(entry.fact) if line.account == "bank")
        for entry in every
        if isinstance(entry.fact, PostingFact) and date(2026, 5, 31) < entry.fact.accounting_on <= date(2026, 6, 30)
    }
    bridge = _asked(demo, COMPARED["trial-balance"], explain="ACCOUNT:bank/closing", **asked).data
    told = {moved.position: int(Decimal(moved.share or 0) * 100) for moved in bridge.moved}
    assert told == {position: minor for position, minor in posted.items() if minor}
    assert {moved.step for moved in bridge.moved} == {"passed"}
    assert bridge.ties
    assert bridge.by_days == "0"


def test_where_days_alone_move_a_figure_it_says_so_and_names_nothing(demo: Database) -> None:
    read = COMPARED["receivables-ageing"]
    then = rows_of(read, _asked(demo, read, effective="2026-05-31"))
    now = rows_of(read, _asked(demo, read, effective="2026-06-30"))
    open_on_both = [name for name in now if name in then and now[name]["section"] == "DOCUMENT"]
    bridge = _asked(demo, read, explain=f"{open_on_both[0]}/days", **TIME).data
    assert (bridge.cell.steps.passed, bridge.by_days, bridge.moved, bridge.ties) == ("30", "30", (), True)


def test_facts_of_a_day_and_days_alone_come_to_the_time_that_passed(demo: Database) -> None:
    asked = TIME | {"against_effective": "2026-03-31", "explain": "TOTAL/passing_month"}
    bridge = _asked(demo, COMPARED["rent-roll"], **asked).data
    alone = {moved.share for moved in bridge.moved if moved.fact == "lease.index-rent-reviewed"}
    assert alone == {"414.11"}, "5 % more rent from 1 June"
    together = [moved for moved in bridge.moved if moved.effective_on == date(2026, 4, 1)]
    assert len(together) > 1
    assert {moved.share for moved in together} == {None}, "who of one day moved how much, nobody can say"
    assert Decimal(bridge.by_days) > 0, "rent-free months that were over"


def test_facts_of_time_that_passed_are_left_out_where_there_are_too_many_and_it_says_so(demo: Database) -> None:
    asked = TIME | {"against_effective": "2026-03-31", "explain": "TOTAL/passing_month"}
    bridge = _asked(demo, COMPARED["rent-roll"], 20, **asked).data
    assert (bridge.told, bridge.by_days, bridge.moved) == (False, None, ())
    assert Decimal(bridge.cell.steps.passed) == Decimal(bridge.cell.difference)


def test_a_block_of_the_books_that_was_altered_does_not_come_to_its_lines(demo: Database, tmp_path: Path) -> None:
    shutil.copytree(demo.where, tmp_path / "demo")
    altered, asked = Database(tmp_path / "demo"), TIME | {"explain": "ACCOUNT:bank/closing"}
    asked |= {"against_effective": "2026-03-31"}
    assert _asked(altered, COMPARED["trial-balance"], **asked).data.ties
    altered.close()
    with sqlite3.connect(tmp_path / "demo" / "projections.db") as rewritten:
        two, after = ("bank", "receivables"), "accounting_on > '2026-03-31'"
        moved = "debit_minor = debit_minor + CASE account WHEN 'bank' THEN 1 ELSE -1 END"
        both = "(generation, level, block) IN ({} INTERSECT {})".format(
            *(f"SELECT generation, level, block FROM journal_total WHERE account = '{one}' AND {after}" for one in two)
        )
        where = f"account IN {two} AND {after} AND {both}"
        assert rewritten.execute(f"UPDATE journal_total SET {moved} WHERE {where}").rowcount
    rewritten.close()
    assert not _asked(altered, COMPARED["trial-balance"], **asked).data.ties
