"""Receipts of turnover rent and of what obtaining a lease cost, worked out by hand.

Given a share of 8 % above 100,000.00 and a turnover of 150,000.00 in January, when the month is explained, then it is
4,000.00 and rests on what was declared. Given 36,000.00 paid for a lease of 36 months, of which five have ended, then
31,000.00 are left, in the list as in the account.
"""

from datetime import date
from typing import Any

from msgspec.structs import replace

from ledger.billing.lease_costs.facts import LeaseCostRecorded
from ledger.leases.facts import TurnoverDeclared
from ledger.leases.terms import TurnoverRent
from ledger.log.database import Database
from tests.api.test_receipts_by_hand import READS, _explained, _kept
from tests.ground.billed import BOOKS, COMPANIES, L1, PAPER, RATES, TENANT, TERMS_1, bill, commenced

SHARED = replace(TERMS_1, turnover_rent=TurnoverRent(share="0.08", breakpoint="100000.00"))
ABOUT: dict[str, Any] = {"lease": L1, "company": TENANT}
SAID = TurnoverDeclared(
    effective_on=date(2024, 2, 10),
    month="2024-01",
    from_on=date(2024, 1, 1),
    until_on=date(2024, 1, 31),
    turnover_minor=15_000_000,
    statement=PAPER,
    **ABOUT,
)
PAID = LeaseCostRecorded(
    effective_on=date(2024, 1, 1),
    accounting_on=date(2024, 1, 1),
    cost="inc-1-demo",
    kind="INCENTIVE",
    amount_minor=3_600_000,
    document=PAPER,
    bank_reference="B-1",
    **ABOUT,
)


def test_every_cell_has_its_receipt(database: Database) -> None:
    ground = (*COMPANIES, *commenced(L1, TENANT, SHARED), *RATES, *BOOKS, SAID, PAID)
    _kept(database, bill(ground, L1, date(2024, 5, 31)))
    due = _explained(database, "turnover-rent", f"MONTH:{L1},2024-01-01/by_month")
    assert (due.figure, due.total, due.ties) == ("4000.00", "4000.00", True)
    assert "lease.turnover-declared" in {share.fact for share in due.shares}
    total = _explained(database, "turnover-rent", "TOTAL/due")
    assert (total.figure, total.total, total.ties) == ("4000.00", "4000.00", True)
    for cell, figure in {"paid": "36000.00", "amortised": "5000.00", "left": "31000.00"}.items():
        found = _explained(database, "lease-costs", f"COST:{L1},inc-1-demo/{cell}")
        assert (found.figure, found.total, found.ties) == (figure, figure, True), cell
    tie = _explained(database, "lease-costs", "DIFFERENCE/left")
    assert (tie.figure, tie.total, tie.ties) == ("0.00", "0.00", True)
    assert {"turnover-rent", "lease-costs"} <= READS.keys()
