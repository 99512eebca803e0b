"""Charts: each column is a cell of the table below it, as high as it says, and leads to its receipt."""

import html
import re
from datetime import date
from decimal import Decimal
from itertools import pairwise

import httpx
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from api.console.reports.charts import HEIGHT, PLANS, Mark, amount, columns, quarters, ticks
from tests.api.console.test_desk import TIE

BAR = re.compile(
    r'<a href="([^"]*)" tabindex="-1" aria-label="([^"]*)"><title>([^<]*)</title><rect class="hit"[^>]*/>'
    r'<rect class="bar s\d" x="[^"]*" y="([^"]*)" width="[^"]*" height="([^"]*)"'
)
CELL = re.compile(r'<td class="n"><a href="([^"]*)">([^<]*)</a></td>')
AMOUNTS = st.integers(-(10**13), 10**13).map(lambda number: Decimal(number).scaleb(-2))


@pytest.mark.parametrize("report", [*PLANS, "occupancy"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_each_column_is_a_cell_of_the_table(auditor: httpx.Client, report: str, language: str) -> None:
    auditor.cookies.set("mcsc_language", language, domain="127.0.0.1", path="/desk")
    page = auditor.get(f"/desk/reports/{report}", params={"effective": "2026-05-31"}).text
    bars, table = BAR.findall(page), dict(CELL.findall(page))
    assert len(bars) == page.count('class="bar') >= 4
    heights = {}
    for link, name, title, _, height in bars:
        assert name == title
        assert name.endswith(f": {table[link]}"), "the figure of the table, and its receipt"
        heights[amount(table[link])] = float(height)
    most = max(heights)
    for value, height in heights.items():
        assert height == pytest.approx(float(value / most) * heights[most], abs=0.05)
    assert len({link for link, *_ in bars}) == len(bars)
    whole = [column for plan in (PLANS.get(report),) if plan for column in plan.columns]
    shown = [link for link in table for plan in (PLANS.get(report),) if plan and _shown(link, plan.sections, whole)]
    assert {link for link, *_ in bars} >= {*shown}, "none is left out"
    assert TIE.findall(auditor.get(html.unescape(bars[-1][0])).text) == ["ties"]


def _shown(link: str, sections: object, names: list[str]) -> bool:
    cell = httpx.QueryParams(html.unescape(link).partition("?")[2])["cell"]
    assert isinstance(sections, tuple)
    return cell.partition(":")[0].partition("/")[0] in sections and cell.rpartition("/")[2] in names


@pytest.mark.parametrize(
    ("least", "most", "expected"),
    [
        ("0", "11956761.24", "0 5000000 10000000 15000000"),
        ("0", "100", "0 20 40 60 80 100"),
        ("0", "101", "0 50 100 150"),
        ("0", "1600000", "0 500000 1000000 1500000 2000000"),
        ("-120", "300", "-200 -100 0 100 200 300"),
        ("-3", "-1", "-3 -2 -1 0"),
        ("0.02", "0.07", "0.00 0.02 0.04 0.06 0.08"),
    ],
)
def test_lines_stand_at_round_figures(least: str, most: str, expected: str) -> None:
    assert ticks(Decimal(least), Decimal(most)) == [Decimal(one) for one in expected.split()]


@given(AMOUNTS, AMOUNTS)
def test_lines_are_few_and_even_and_hold_every_figure(one: Decimal, other: Decimal) -> None:
    assume(one or other)
    found = ticks(min(one, other), max(one, other))
    assert found[0] <= min(one, other, Decimal(0))
    assert found[-1] >= max(one, other, Decimal(0))
    assert 0 in found
    assert 2 <= len(found) <= 8
    assert len({later - earlier for earlier, later in pairwise(found)}) == 1


def test_what_is_less_than_nothing_hangs_below() -> None:
    chart = columns("t", "u", ["a", "b"], {"x": [Mark(0, "100.00", "/1"), Mark(1, "(50.00)", "/2")]})
    assert chart is not None
    above, below = chart.bars
    nothing = {said: y for y, said in chart.ticks}["0"]
    assert above.y + above.height == pytest.approx(nothing)
    assert below.y == nothing
    assert below.height == pytest.approx(above.height / 2, abs=0.05)
    assert below.y + below.height < HEIGHT
    assert above.x + above.width < below.x
    assert columns("t", "u", [], {"x": [Mark(0, "–", "/1")]}) is None


@pytest.mark.parametrize(
    ("day", "first", "last"),
    [(date(2026, 11, 27), "2024-12-31", "2026-09-30"), (date(2026, 1, 1), "2024-03-31", "2025-12-31")],
)
def test_quarters_end_before_the_day(day: date, first: str, last: str) -> None:
    found = quarters(day)
    assert found[0].isoformat() == first
    assert [found[-2].isoformat(), found[-1]] == [last, day]
    assert len(found) == 9
