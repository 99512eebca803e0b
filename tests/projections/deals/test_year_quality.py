"""How far a contract year rests on estimates: its months' shares, summed; another read settles it anew.

Every meter value is invented.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from api.papers.documents import quality_of_year
from ledger.decider import Fact
from ledger.log.database import Database
from ledger.offtake.facts import YearTruedUp
from ledger.offtake.meters.metering import CorrectRead, ReadMeter
from ledger.offtake.terms import TakeOrPay
from ledger.offtake.years import TrueUpYear
from projections.deals.offtake import shortfall
from projections.engine.basis import Basis
from tests.ground.given import given
from tests.ground.offtaken import DESK, FINANCE, METER, TERMS, A, agreement, delivering, settled, told
from tests.projections.deals.test_energy import kept

WITH_DUTY = replace(TERMS, take_or_pay=TakeOrPay(acq="24000", share="0.50"))
TRUE_UP = TrueUpYear(effective_on=date(2025, 1, 20), agreement=A, year=2024)
MONTHS = {f"2024-{month:02}": "1000" for month in range(1, 11)}


def year(november: Any, december: Any) -> tuple[Fact, ...]:
    """Ten months of 1,000 kWh that were read, and two whose reads have these qualities."""
    facts = delivering(agreement(WITH_DUTY), MONTHS)
    for month, day, value, quality in (("2024-11", 30, "11000", november), ("2024-12", 31, "12000", december)):
        on = date(2024, int(month[5:]), day)
        facts = told(facts, (ReadMeter(effective_on=on, meter=METER, value=value, quality=quality), DESK))
        facts = settled(facts, month)
    return told(facts, (TRUE_UP, FINANCE))


def years(facts: Sequence[Fact]) -> list[YearTruedUp]:
    return [fact for fact in facts if isinstance(fact, YearTruedUp)]


@pytest.mark.parametrize(
    ("november", "december", "estimated", "substituted"),
    [
        ("ACTUAL", "ACTUAL", 0, 0),
        ("ACTUAL", "ESTIMATED", 1_000_000, 0),
        ("SUBSTITUTED", "ESTIMATED", 1_000_000, 1_000_000),
    ],
)
def test_a_year_says_what_its_months_say(november: str, december: str, estimated: int, substituted: int) -> None:
    (found,) = years(year(november, december))
    assert (found.delivered_wh, found.estimated_wh, found.substituted_wh) == (12_000_000, estimated, substituted)


@pytest.mark.parametrize(("value", "delivered"), [("12000", 12_000_000), ("12100", 12_100_000)])
def test_a_read_that_comes_later_settles_the_year_anew(value: str, delivered: int) -> None:
    """Also where it is the same amount: then the year says that nothing is estimated, and no money moves."""
    facts = year("ACTUAL", "ESTIMATED")
    read = CorrectRead(effective_on=date(2024, 12, 31), meter=METER, value=value, reason="read at last (demo)")
    facts = settled(told(facts, (read, DESK)), "2024-12", date(2025, 2, 5))
    again = replace(TRUE_UP, effective_on=date(2025, 2, 10))
    after = told(facts, (again, FINANCE))
    (found,) = years(after[len(facts) :])
    assert (found.run, found.delivered_wh, found.estimated_wh) == (1, delivered, 0)
    assert after[len(facts) :] == (found,)
    given(*after).when(again, FINANCE).then()


def test_a_year_of_before_it_was_measured_stays_as_it_was() -> None:
    facts = year("ACTUAL", "ESTIMATED")
    (found,) = years(facts)
    old = [replace(found, estimated_wh=None, substituted_wh=None) if fact is found else fact for fact in facts]
    given(*old).when(replace(TRUE_UP, effective_on=date(2025, 2, 10)), FINANCE).then()


def test_the_report_shows_the_shares(database: Database) -> None:
    kept(database, year("SUBSTITUTED", "ESTIMATED"))
    basis = Basis(effective=date(2025, 12, 31), recorded=1_000_000, recorded_at=None, root="")
    with database.views.connect() as connection:
        (row,) = shortfall(connection, basis).rows
    assert (row.actual_kwh, row.substituted_kwh, row.estimated_kwh) == ("10000.0", "1000.0", "1000.0")
    assert row.estimated_percent == "8.3333"
    assert [note.en for note in quality_of_year(row)] == [
        "Of the energy delivered in contract year 2024 1,000.0 kWh, 8.3333 %, are estimated.",
        "Of the energy delivered in contract year 2024 1,000.0 kWh are taken from a check meter.",
    ]
    assert not [*quality_of_year(replace(row, estimated_kwh=None))]
