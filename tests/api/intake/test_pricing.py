"""Files of prices: wide and long, negative, missing, wrong. All invented."""

from datetime import date
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from msgspec.structs import replace

from api.intake.pricing import PriceFile, PriceProfile, PricesGiven, prices_from

GIVEN = PricesGiven(series="spot/day-ahead-demo", price_unit="CNY_MWH", name="june.csv", on=date(2024, 6, 2))
HOURLY = PriceProfile(minutes=60)
LONG = "\n".join(["begins,price", *(f"2024-06-01 {hour:02}:00,{312.5 - 30 * hour:.3f}" for hour in range(24))])
WIDE = PriceProfile(form="WIDE", day="day")
HEAD = "day," + ",".join(f"{hour:02}:00" for hour in range(24))


def read(text: str | bytes, profile: PriceProfile = HOURLY, **more: Any) -> tuple[PriceFile, Any]:
    data = text.encode() if isinstance(text, str) else text
    return prices_from(data, replace(GIVEN, profile=profile, **more))


def test_a_line_a_period_with_prices_below_zero() -> None:
    found, command = read(LONG)
    assert found.bad == ()
    (block,) = command.days
    assert (block.day, block.known[:2], block.known[-1]) == (date(2024, 6, 1), ["312.5", "282.5"], "-377.5")
    assert (command.minutes, command.series, command.effective_on) == (60, "spot/day-ahead-demo", date(2024, 6, 2))


def test_a_line_a_day_of_a_table_and_of_a_workbook_are_the_same() -> None:
    rows: list[list[Any]] = [["day", *(f"{hour:02}:00" for hour in range(24))]]
    rows += [[f"2024-06-{day:02}", *(-1.25 * hour for hour in range(24))] for day in (2, 1)]
    book, out = openpyxl.Workbook(), BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(out)
    _, table = read("\n".join(",".join(map(str, row)) for row in rows), WIDE)
    _, workbook = read(out.getvalue(), WIDE)
    assert table.days == workbook.days
    assert [block.day.day for block in table.days] == [1, 2]
    assert table.days[0].known[:3] == ["0", "-1.25", "-2.5"]


@pytest.mark.parametrize("gap", ["-", "", "N/A"])
def test_a_missing_price_is_refused_said_or_left_out_and_never_0(gap: str) -> None:
    text = f"{HEAD}\n2024-06-01,{','.join(['1'] * 10)},{gap},{','.join(['1'] * 13)}\n2024-06-02,{','.join(['2'] * 24)}"
    found, command = read(text, WIDE)
    assert command is None
    assert [place.line for place in found.bad] == [2]
    assert "the first at 10:00" in found.bad[0].rule
    _, said = read(text, replace(WIDE, incomplete="MISSING"))
    assert said.days[0].known[9:12] == ["1", None, "1"]
    left, command = read(text, replace(WIDE, incomplete="LEAVE_OUT"))
    assert [block.day.day for block in command.days] == [2]
    assert "left out" in left.left_out[0].rule


@pytest.mark.parametrize(
    ("text", "profile", "says"),
    [
        pytest.param("", HOURLY, "no day", id="empty"),
        pytest.param(LONG + "\n2024-06-01 05:00,99", HOURLY, "with another price", id="twice"),
        pytest.param(LONG.replace("312.500", "312.500001"), HOURLY, "more than 5 decimals", id="decimals"),
        pytest.param(LONG.replace("312.500", "cheap"), HOURLY, "no number", id="words"),
        pytest.param(LONG.replace(" 05:00", " 05:20"), HOURLY, "begins no period", id="between"),
        pytest.param(LONG, PriceProfile(), "missing", id="quarters"),
        pytest.param(LONG, PriceProfile(minutes=5), "5 minutes", id="five-minutes"),
        pytest.param(LONG, PriceProfile(form="NEM12"), "LONG", id="of-meters"),
        pytest.param(LONG, PriceProfile(unit="MWh"), "unit", id="unit-of-energy"),
    ],
)
def test_every_wrong_place_is_named(text: str, profile: PriceProfile, says: str) -> None:
    found, command = read(text, profile)
    assert command is None
    assert any(says in place.rule for place in found.bad), found.bad


def test_an_end_names_the_period_before_it() -> None:
    """24:00 ends the last hour of the day."""
    ends = "\n".join(f"2024-06-01 {hour + 1:02}:00,{hour}" for hour in range(24))
    _, command = read(ends, replace(HOURLY, label="END"))
    assert command.days[0].known == [str(hour) for hour in range(24)]
