"""A working says how a figure came about, in figures that can be reckoned again: they come to the figure.

Given the demonstration, when receipts of cells are asked for on any dates, then every step of every working, taken
from left to right and rounded to its own decimals, is what it says, and the last one is the figure.
"""

import random
import re
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

import pytest

from api.http.receipts import Receipt
from ledger.log.database import Database
from tests.api.test_receipts import EXPLAINED, asked, cells_of, pairs_of

STEP = re.compile(r"(?P<terms>.+?) (?P<sign>[=≈]) (?P<to>-?[\d,]+(?:\.\d+)?)(?: [A-Za-z]\S*)*(?: \(.*\))?")
TERM = re.compile(r"(?:^|(?P<sign>[×÷+-]) )(?P<figure>-?[\d,]+(?:\.\d+)?)(?=\s|$)")


def reckoned(working: str) -> str:
    """Reckon a working again, step by step; what it comes to."""
    comes_to = ""
    for step in re.split(r"; ", working):
        parsed = STEP.fullmatch(step)
        assert parsed, step
        exact, comes_to = Fraction(0), parsed["to"].replace(",", "")
        for term in TERM.finditer(parsed["terms"]):
            figure = Fraction(term["figure"].replace(",", ""))
            match term["sign"]:
                case "×":
                    exact *= figure
                case "÷":
                    exact /= figure
                case "-":
                    exact -= figure
                case _:
                    exact += figure
        unit = Fraction(1, 10 ** len(comes_to.partition(".")[2]))
        off = abs(Fraction(comes_to) - exact)
        assert off <= unit / 2 if parsed["sign"] == "=" else off < unit, step
    return comes_to


@pytest.mark.parametrize(
    ("working", "comes_to"),
    [
        ("60.00 CNY/m2/month × 230.00 m2 = 13,800.00 CNY/month (the rent from 2024-01-01)", "13800.00"),
        ("13,800.00 × 120.00 m2 ÷ 230.00 m2 ≈ 7,200.00 (of two units this one has 120.00 of 230.00 m2)", "7200.00"),
        ("1.50 CNY/m2/day × 1,234.50 m2 × 365 days ÷ 12 months = 56,324.06 CNY/month", "56324.06"),
        ("100.00 open × 3 days = 300.00; 300.00 × 0.0005 a day = 0.15 (of inv-1)", "0.15"),
    ],
)
def test_a_working_is_read_from_left_to_right(working: str, comes_to: str) -> None:
    assert reckoned(working) == comes_to


def test_a_working_that_is_wrong_is_seen() -> None:
    with pytest.raises(AssertionError):
        reckoned("60.00 CNY/m2/month × 230.00 m2 = 13,800.01 CNY/month")


WORKED = [
    (name, column) for name, read in EXPLAINED.items() if read.receipts is not None for column in read.receipts.worked
]


def _receipts(demo: Database, name: str, column: str) -> Iterator[Receipt]:
    read, chance = EXPLAINED[name], random.Random(f"{name} {column}")
    assert read.receipts is not None
    for effective, recorded in [*pairs_of(demo, f"{name} {column}"), ("2026-06-30", "now")]:
        cells = cells_of(demo, read, effective, recorded, [column])
        for cell in chance.sample(cells, min(6, len(cells))):
            yield asked(demo, read, effective, recorded, explain=cell).data


@pytest.mark.parametrize(("name", "column"), WORKED)
def test_a_figures_working_comes_to_it(demo: Database, name: str, column: str) -> None:
    worked = 0
    for receipt in _receipts(demo, name, column):
        if receipt.worked and not receipt.sides:
            assert Decimal(reckoned(receipt.worked)) == Decimal(receipt.figure or 0), receipt.worked
            worked += 1
    assert worked, f"nothing is worked out in {column}"


@pytest.mark.parametrize(
    ("name", "column"),
    [("ageing", "gross"), ("investment", "paid_in_cny"), ("energy", "net"), ("revenue", "billed")],
)
def test_a_facts_working_is_right(demo: Database, name: str, column: str) -> None:
    working = [share.worked for receipt in _receipts(demo, name, column) for share in receipt.shares if share.worked]
    assert all(map(reckoned, working))
    assert working
