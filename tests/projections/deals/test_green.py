"""Green certificates by lot: every one is issued, and then transferred, retired, expired or held.

Every meter value and every number is invented.
"""

from datetime import date

from msgspec.structs import replace

from ledger.log.database import Database
from ledger.offtake.green.counts import IssueCertificates, SellCertificates
from ledger.offtake.withdrawing import WithdrawOfftakeStep
from projections.deals.energy import energy
from projections.deals.green import GreenCertificates, LotRow, green_certificates
from projections.diary import diary, filtered
from projections.engine.basis import Basis
from tests.ground.offtaken import AS_OBSERVER, BUYER, DESK, PAPER, A, agreement, delivering, told
from tests.ledger.offtake.test_green import GRID, TURNED, about, issue, retire, transfer
from tests.projections.deals.test_energy import kept

DELIVERED = delivering(agreement(GRID), {"2024-01": "3400.5", "2024-02": "2700", "2024-03": "5900"})
"""3 certificates of January, 3 of February, 6 of March; 0.5 kWh are left."""
FACTS = told(
    DELIVERED,
    (issue(), DESK),
    (issue(4, 6, lot="lot-2", month="2024-02", valid_until=date(2024, 6, 30)), DESK),
    (transfer(1, 1), DESK),
    (retire(4, 5, lot="lot-2"), DESK),
    (IssueCertificates(**about(date(2024, 4, 6)), through="2024-03", evidence=PAPER), DESK),
    (SellCertificates(**about(date(2024, 5, 8)), sale="s-1", count=2, to="a mill (demo)"), DESK),
)


def report(database: Database, on: date) -> GreenCertificates:
    at = Basis(effective=on, recorded=1_000_000, recorded_at=None, root="")
    with database.views.connect() as connection:
        return green_certificates(connection, at, positions=True)


def counts(row: LotRow) -> tuple[str, int, int, int, int, int, str]:
    return row.lot, row.issued, row.transferred, row.retired, row.expired, row.held, row.state


def test_each_lot_is_told_from_issue_to_expiry(database: Database) -> None:
    kept(database, FACTS)
    assert [counts(row) for row in report(database, date(2024, 4, 30)).rows] == [
        ("lot-1", 3, 0, 0, 0, 3, "HELD"),
        ("lot-2", 3, 0, 0, 0, 3, "HELD"),
    ]
    found = report(database, date(2024, 6, 30))
    assert [counts(row) for row in found.rows] == [
        ("lot-1", 3, 1, 0, 0, 2, "PARTLY_HELD"),
        ("lot-2", 3, 0, 2, 0, 1, "PARTLY_HELD"),
    ]
    assert [(one.movement, one.state, one.moved, one.to) for one in found.movements] == [
        ("m-1", "TRANSFERRED", 1, "a mill (demo)"),
        ("m-2", "RETIRED", 2, "a foundry (demo)"),
    ]
    after = report(database, date(2024, 7, 1))
    assert [counts(row) for row in after.rows][1] == ("lot-2", 3, 0, 2, 1, 0, "EXPIRED")
    (own,) = after.agreements
    assert (own.agreement, own.made, own.carried_kwh, own.counted, own.sold, own.unissued) == (A, 12, "0.5", 6, 2, 0)
    assert (own.issued, own.transferred, own.retired, own.expired, own.held) == (6, 1, 2, 1, 2)
    assert after.total == replace(own, agreement=None, carried_kwh=None)
    assert all(row.positions for row in after.rows)
    assert all(moved.positions for moved in after.movements)


def test_a_lot_recorded_anew_rests_on_the_newer_fact_alone(database: Database) -> None:
    back = WithdrawOfftakeStep(
        effective_on=date(2024, 4, 5), agreement=A, step="offtake.certificate-lot-issued", reason="a slip (demo)"
    )
    facts = told(DELIVERED, (issue(), DESK), (back, DESK), (issue(), DESK))
    kept(database, facts)
    (row,) = report(database, date(2024, 6, 30)).rows
    assert row.positions == (len(facts),)


def test_months_of_another_technology_make_none(database: Database) -> None:
    """Waste heat in January, 3,400.5 kWh; biomass in February, 2,700."""
    kept(database, TURNED)
    (own,) = report(database, date(2024, 6, 30)).agreements
    assert (own.made, own.carried_kwh, own.unissued) == (2, "700.0", 2)
    with database.views.connect() as connection:
        found = energy(connection, Basis(effective=date(2024, 6, 30), recorded=1_000_000, recorded_at=None, root=""))
    assert [(row.month, row.gec, row.gec_carried_kwh) for row in found.rows] == [
        ("2024-01", None, None),
        ("2024-02", 2, "700.0"),
    ]
    assert found.total.gec == 2


def test_energy_that_makes_no_certificates_has_no_row(database: Database) -> None:
    terms = replace(AS_OBSERVER, technology="WASTE_HEAT")
    kept(database, delivering(agreement(terms), {"2024-01": "3400.5"}))
    found = report(database, date(2024, 12, 31))
    assert (found.rows, found.agreements, found.total.made) == ((), (), 0)


def test_a_lot_stands_in_the_diary_until_nothing_of_it_is_held(database: Database) -> None:
    """Given two lots valid for two years, or as told, then each has an entry until it is used up or its day is past."""
    whole = told(FACTS, (retire(6, 6, lot="lot-2", movement="m-3", effective_on=date(2024, 6, 1)), DESK))
    kept(database, whole)

    def rows(on: date, recorded: int = 1_000_000) -> list[tuple[str, str, str]]:
        at = Basis(effective=on, recorded=recorded, recorded_at=None, root="")
        with database.views.connect() as connection:
            found = filtered(diary(connection, at, leads={}, until_on=date(2030, 1, 1)), kind="CERTIFICATE_EXPIRY")
        assert {(row.name, row.thing, row.company) for row in found} <= {(A, "OFFTAKE", BUYER)}
        return [(row.entry.removeprefix(f"certificate-expiry/{A}/"), row.status, row.says) for row in found]

    first, second, before = "lot-1/2025-12-31", "lot-2/2024-06-30", len(FACTS)
    assert rows(date(2024, 4, 30)) == [(second, "DUE", "2024-02: 3"), (first, "AHEAD", "2024-01: 3")]
    assert rows(date(2024, 5, 31)) == [(second, "DUE", "2024-02: 1"), (first, "AHEAD", "2024-01: 2")]
    assert rows(date(2024, 6, 1), before) == [(second, "DUE", "2024-02: 1"), (first, "AHEAD", "2024-01: 2")]
    assert rows(date(2024, 6, 1)) == [(first, "AHEAD", "2024-01: 2")]
    assert rows(date(2024, 7, 1), before) == [(first, "AHEAD", "2024-01: 2")], "what has expired asks for nothing"
    assert rows(date(2025, 10, 2)) == [(first, "DUE", "2024-01: 2")], "90 days before"
