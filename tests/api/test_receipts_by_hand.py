"""Receipts of figures that were worked out by hand: a sign, a currency without decimals.

Given two deposits of 60,000.00 and 40,000.50, when the subledger of deposits is explained, then each tenant is owed
so much, the account stands at the sum on the other side, and nothing is left between the two. Given an order of JPY
420,000, of which 30 % were paid in advance, then what is held of it is 126,000 yen, without decimals.
"""

from collections.abc import Iterable
from datetime import date

from msgspec.structs import replace

from api.app import reads
from api.http.comparing import CellBridge
from api.http.reading import look_up
from api.http.receipts import Part, Receipt
from api.settings import Settings
from ledger.billing.facts import DepositReceived
from ledger.decider import Fact
from ledger.log.database import Database
from ledger.orders.payments import RecordMilestonePayment
from projections.engine.runner import catch_up, ensure
from projections.every.views import ALL_VIEWS
from tests.ground.billed import GROUND, L1, L2, OTHER, TENANT, rate
from tests.ground.ordered import GROUND as BEFORE_ORDERS
from tests.ground.ordered import ORDER, TERMS, Desk
from tests.ground.recording import record

SETTINGS = Settings()
READS = {read.report.name: read for read in reads(SETTINGS) if read.report is not None}
YEN = "fx/jpy-cny"


def _kept(database: Database, facts: Iterable[Fact]) -> int:
    last = record(database, facts)
    views = [view() for view in ALL_VIEWS]
    ensure(database, views)
    catch_up(database, views)
    return last


def _explained(database: Database, report: str, cell: str) -> Receipt:
    read = READS[report]
    _, found = look_up(SETTINGS, database, read, read.query(effective="2024-06-30", explain=cell), {})
    assert isinstance(found.data, Receipt)
    return found.data


def _deposit(lease: str, company: str, amount_minor: int) -> DepositReceived:
    on = date(2024, 1, 2)
    return DepositReceived(
        lease=lease,
        company=company,
        effective_on=on,
        accounting_on=on,
        amount_minor=amount_minor,
        deposit=f"d-{lease}",
        bank_reference=f"B-{lease}",
    )


def test_what_tenants_are_owed_is_the_account_of_deposits(database: Database) -> None:
    _kept(database, [*GROUND, _deposit(L1, TENANT, 6_000_000), _deposit(L2, OTHER, 4_000_050)])
    held = _explained(database, "trial-balance", "ACCOUNT:deposits/subledger")
    assert (held.figure, held.total, held.ties) == ("-100000.50", "-100000.50", True)
    assert {(part.report, part.cell, part.figure) for part in held.sides} == {
        (f"tenants/{TENANT}/account", "DEPOSITS/open", "60000.00"),
        (f"tenants/{OTHER}/account", "DEPOSITS/open", "40000.50"),
    }
    tie = _explained(database, "trial-balance", "ACCOUNT:deposits/difference")
    assert (tie.figure, tie.total, tie.ties) == ("0.00", "0.00", True)
    assert tie.sides == (
        Part(cell="ACCOUNT:deposits/closing", figure="-100000.50"),
        Part(cell="ACCOUNT:deposits/subledger", figure="-100000.50"),
    )


def test_a_deposit_moves_what_is_owed_by_as_much_on_the_other_side(database: Database) -> None:
    then = _kept(database, [*GROUND, _deposit(L1, TENANT, 6_000_000)])
    now = _kept(database, [_deposit(L2, OTHER, 4_000_050)])
    read, cell = READS["trial-balance"], "ACCOUNT:deposits/subledger"
    asked = read.query(effective="2024-06-30", against=str(then), explain=cell)
    _, found = look_up(SETTINGS, database, read, asked, {})
    bridge = found.data
    assert isinstance(bridge, CellBridge)
    assert (bridge.cell.before, bridge.cell.now, bridge.ties) == ("-60000.00", "-100000.50", True)
    assert [(moved.position, moved.step, moved.share) for moved in bridge.moved] == [(now, "late", "-40000.50")]


def test_a_sum_in_yen_ties_with_its_figure_by_value(database: Database) -> None:
    desk = Desk(*BEFORE_ORDERS, rate(YEN, "0.0500"))
    desk.place("PRINCIPAL", replace(TERMS, currency="JPY", lines=(replace(TERMS.lines[0], unit_price="210000"),)))
    paid = RecordMilestonePayment(
        effective_on=date(2024, 1, 10), order=ORDER, milestone="deposit", bank_reference="B-1", rate_series=YEN
    )
    desk.do(paid)
    _kept(database, desk.facts)
    held = _explained(database, "fx-exposure", "CURRENCY:JPY/advances")
    assert (held.figure, held.unit, held.ties) == ("126000", "JPY", True)
    assert held.sides == (Part(report=f"orders/{ORDER}", cell="advances", figure="126000"),)
    in_cny = _explained(database, "fx-exposure", "CURRENCY:JPY/advances_cny")
    assert (in_cny.figure, in_cny.total, in_cny.ties) == ("6300.00", "6300.00", True)
