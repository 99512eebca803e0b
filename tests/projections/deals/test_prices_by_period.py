"""Prices by the period: each month of a series, and the statements that rest on others than are known now. Invented."""

from datetime import date
from typing import Any

from api.http.reading import BasisQuery
from api.routes.offtake import READS
from ledger.log.database import Database
from projections.deals.prices import SpotPricesReport, spot_prices
from projections.engine.basis import Basis
from tests.ground.offtaken import FINANCE, A, settled, told
from tests.ledger.offtake.test_prices import CORRECTION, HOURS, KNOWN, SERIES, on_day
from tests.projections.deals.test_energy import kept

MISSING = on_day(3, ["-", *HOURS[1:]], effective_on=date(2024, 3, 3), reason="taken back by the market (demo)")
ISSUED = settled(KNOWN, "2024-01")
CORRECTED = told(ISSUED, (CORRECTION, FINANCE))


def report(database: Database, on: date, *, changed: bool = False) -> SpotPricesReport:
    at = Basis(effective=on, recorded=1_000_000, recorded_at=None, root="")
    with database.views.connect() as connection:
        return spot_prices(connection, at, changed=changed)


def test_a_correction_lists_what_was_issued_before_it_with_the_difference(database: Database) -> None:
    """16.00 more; as of a day before the correction nothing is known of it. A price taken back can say no amount."""
    kept(database, told(CORRECTED, (MISSING, FINANCE)))
    before = report(database, date(2024, 2, 29))
    (month,) = before.rows
    assert (month.series, month.month, month.minutes, month.periods, month.missing) == (SERIES, "2024-01", 60, 744, 0)
    assert (month.mean, month.lowest, month.highest, month.corrections) == ("0.3333", "-0.1000", "0.5000", 0)
    (row,) = before.settled
    assert (row.agreement, row.run, row.net, row.now, row.difference, row.says) == (A, 0, "248.00", None, None, "")
    assert row.positions == month.positions
    assert report(database, date(2024, 2, 29), changed=True).settled == ()
    (changed,) = report(database, date(2024, 3, 2), changed=True).settled
    assert (changed.net, changed.now, changed.difference) == ("248.00", "264.00", "16.00")
    assert changed.positions == month.positions
    after = report(database, date(2024, 3, 3), changed=True)
    assert (after.rows[0].missing, after.rows[0].corrections, after.rows[0].highest) == (1, 2, "1.0000")
    assert "missing" in after.settled[0].says


def test_a_statement_prints_again_from_the_prices_that_it_names(database: Database) -> None:
    """Both runs, after the correction: each names its own prices, and each of them is found."""
    kept(database, settled(CORRECTED, "2024-01", on=date(2024, 3, 5)))
    read = next(one for one in READS if one.name == "read-energy-statement")
    at = Basis(effective=date(2024, 12, 31), recorded=1_000_000, recorded_at=None, root="")
    for run, net in ((0, "248.00"), (1, "264.00")):
        with database.views.connect() as connection:
            row: Any = read.ask(connection, at, BasisQuery(), {"agreement": A, "run": f"2024-01-r{run}"}).data
        assert (row.net, row.reprinted, row.spot.periods) == (net, True, 744)
        assert None not in [named.position for named in row.inputs]
        assert sum(named.fact == "prices.received" for named in row.inputs) == run + 1


def test_what_is_settled_anew_is_listed_no_more(database: Database) -> None:
    kept(database, settled(CORRECTED, "2024-01", on=date(2024, 3, 5)))
    assert report(database, date(2024, 12, 31), changed=True).settled == ()
    (row,) = report(database, date(2024, 12, 31)).settled
    assert (row.run, row.net) == (1, "264.00")
