"""The rent roll on any basis: every unit once, shares that sum, and what is signed but not begun apart."""

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from msgspec.structs import replace

from ledger.billing.facts import DepositReceived, InvoiceIssued
from ledger.billing.lines import DocumentLine
from ledger.decider import Fact
from ledger.estate.facts import ConstructionStarted, UnitReserved, UnitsMerged, UnitTakenOffMarket
from ledger.leases.facts import HoldoverStarted, LeaseTerminated, PremisesHandedOver
from ledger.leases.terms import Indexation, Premises, Quote, RentStep
from ledger.log.database import Database
from ledger.once.lettings import Letting
from ledger.values.money import minor
from projections.tenancy.rent_roll import RentRoll, RollRow, Wanted, rent_roll
from tests.ground.let_city import AS_OF, L1, L2, PAPER, basis, building, city, estate, given, let, steps, unit


def roll(database: Database, effective: date = AS_OF, recorded: int = 1_000_000, **asked: Any) -> RentRoll:
    """The report; with every other of its rows alone, all else is the same."""
    on = basis(effective, recorded)
    with database.views.connect() as connection:
        found = rent_roll(connection, on, **asked)
        units = sorted({*rows(found), *(row.unit for row in found.signed)})
        for half in (units[::2], units[1::2]):
            assert rent_roll(connection, on, **asked, wanted=_among(half)) == _only(found, half)
    return found


def _among(units: list[str]) -> Wanted:
    return lambda let: let.unit.unit in units


def _only(found: RentRoll, units: list[str]) -> RentRoll:
    buildings = (replace(one, rows=tuple(row for row in one.rows if row.unit in units)) for one in found.buildings)
    signed = tuple(row for row in found.signed if row.unit in units)
    return replace(found, buildings=tuple(buildings), signed=signed)


def rows(found: RentRoll) -> dict[str, RollRow]:
    return {row.unit: row for one in found.buildings for row in one.rows}


def test_the_city_of_the_domain(database: Database) -> None:
    """domain.md §4.6: passing rent 1,748,764.80 a year, 41.1145 a m² and month; ERV 2,230,470.00 a year."""
    given(database, city())
    found = roll(database)
    assert {name: (row.status, row.area_m2, row.passing_year) for name, row in rows(found).items()} == {
        "a101": ("LET", "1234.50", "639964.80"),
        "a102": ("LET", "2310.00", "1108800.00"),
        "b201": ("AVAILABLE", "877.25", None),
    }
    total = found.totals
    assert (total.area_m2, total.lettable_m2, total.let_m2) == ("4421.75", "4421.75", "3544.50")
    assert (total.passing_year, total.rent_m2_month) == ("1748764.80", "41.1145")
    assert 12 * minor(total.erv_month) == minor("2230470.00")
    assert [(one.building, one.totals.area_m2, one.lettable_plan_m2) for one in found.buildings] == [
        ("block-a", "3544.50", "3544.50"),
        ("block-b", "877.25", "877.25"),
    ]
    assert found.signed == ()
    assert found.fictional


def test_what_a_row_says(database: Database) -> None:
    given(database, city())
    row = rows(roll(database))["a101"]
    assert (row.tenant, row.tenant_name, row.origin) == ("sunfield-demo", "sunfield-demo (demo)", "BAC_REFERRAL")
    assert (row.commencement_on, row.rent_from_on, row.expiry_on) == (
        date(2024, 1, 1),
        date(2024, 4, 1),
        date(2026, 12, 31),
    )
    assert (row.rent_m2_month, row.passing_month, row.headline_month) == ("43.2000", "53330.40", "53330.40")
    assert (row.next_step_on, row.next_step_month) == (date(2025, 1, 1), "55996.92")
    assert (row.service_charge_month, row.option) == ("7407.00", "24 months on 180 days' notice")
    assert (row.erv_m2_month, row.erv_month) == ("44", "54318.00")
    assert rows(roll(database))["a102"].next_break_on == date(2027, 6, 30)


def test_in_days_free_of_rent_nothing_passes_and_the_headline_stands(database: Database) -> None:
    given(database, city())
    row = rows(roll(database, date(2024, 2, 15)))["a101"]
    assert (row.passing_month, row.headline_month, row.rent_m2_month) == ("0.00", "53330.40", "0.0000")
    assert row.rent_free_days_left == 15 + 31
    assert (row.next_step_on, row.next_step_month) == (date(2024, 4, 1), "53330.40")


def test_signed_and_not_begun_stands_apart_and_in_no_total(database: Database) -> None:
    given(database, city())
    found = roll(database, date(2023, 12, 20))
    assert {name: row.status for name, row in rows(found).items()} == {
        "a101": "SIGNED",
        "a102": "AVAILABLE",
        "b201": "AVAILABLE",
    }
    (row,) = found.signed
    assert (row.unit, row.lease, row.lease_state, row.status) == ("a101", "l-1-demo", "EXECUTED", "SIGNED")
    assert (row.passing_month, row.headline_month) == ("0.00", "53330.40")
    assert (found.totals.units_let, found.totals.passing_month, found.totals.headline_month) == (0, "0.00", "0.00")


def test_as_it_was_known_before_the_lease_was_recorded(database: Database) -> None:
    known = given(database, estate())
    given(database, let("l-1-demo", "sunfield-demo", L1, signed_on=date(2023, 12, 15)))
    assert rows(roll(database, recorded=known))["a101"].status == "AVAILABLE"
    assert rows(roll(database))["a101"].status == "LET"


def test_a_lease_of_several_units_is_shared_by_area_to_the_fen(database: Database) -> None:
    """domain.md §4.7: 231,480.61 over 1,234.50, 2,310.00 and 877.25 m², where naive rounding loses a fen."""
    terms = replace(
        L1,
        premises=(*L1.premises, *L2.premises, Premises(unit="b201", area="877.25")),
        rent=(RentStep(from_on=L1.commencement_on, rent=Quote(price="231480.61", per="MONTH")),),
        rent_free=(),
    )
    given(database, [*estate(), *let("l-1-demo", "sunfield-demo", terms, signed_on=date(2023, 12, 15))])
    found = roll(database)
    assert {name: row.passing_month for name, row in rows(found).items()} == {
        "a101": "64626.63",
        "a102": "120929.54",
        "b201": "45924.44",
    }
    assert found.totals.passing_month == "231480.61"


def test_the_contracted_area_prices_and_the_measured_one_counts(database: Database) -> None:
    terms = replace(L1, premises=(Premises(unit="a101", area="1200.00"),))
    given(database, [*estate(), *let("l-1-demo", "sunfield-demo", terms, signed_on=date(2023, 12, 15))])
    found = roll(database)
    row = rows(found)["a101"]
    assert (row.area_m2, row.contracted_m2, row.passing_month) == ("1234.50", "1200.00", "51840.00")
    assert (found.totals.let_m2, found.totals.contracted_m2) == ("1234.50", "1200.00")


def test_units_not_to_be_let_are_rows_and_not_lettable(database: Database) -> None:
    gone: list[Fact] = [
        *unit("b301", "block-b", "10.00"),
        *unit("b302", "block-b", "20.00"),
        UnitsMerged(
            effective_on=date(2024, 6, 1),
            building="block-b",
            units=("b301", "b302"),
            into="b303",
            area_dm2=3000,
            floor="1",
            use="INDUSTRIAL",
            standard="GB/T17986",
            measured_on=date(2023, 1, 2),
        ),
    ]
    given(
        database,
        [
            *estate(),
            *building("block-c", "500.00", completed=False),
            ConstructionStarted(effective_on=date(2024, 5, 1), building="block-c"),
            *unit("c101", "block-c", "500.00"),
            *gone,
            UnitTakenOffMarket(effective_on=date(2024, 7, 1), unit="a102", reason="repairs"),
            UnitReserved(
                effective_on=date(2024, 12, 1), unit="b201", company="windfield-demo", until_on=date(2025, 1, 31)
            ),
        ],
    )
    found = roll(database)
    assert {name: row.status for name, row in rows(found).items()} == {
        "a101": "AVAILABLE",
        "a102": "OFF_MARKET",
        "b201": "RESERVED",
        "b303": "AVAILABLE",
        "c101": "UNDER_CONSTRUCTION",
    }
    assert rows(found)["b201"].reserved_for == "windfield-demo"
    assert (found.totals.area_m2, found.totals.lettable_m2) == ("4951.75", "2141.75")


def bill(name: str, on: date, net: int) -> InvoiceIssued:
    lines = (DocumentLine(from_on=on, until_on=on, net_minor=net, vat_rate="0.09", vat_minor=0),)
    return InvoiceIssued(
        effective_on=on,
        accounting_on=on,
        company="sunfield-demo",
        lease="l-1-demo",
        invoice=name,
        charge="RENT",
        lines=lines,
        due_on=on + timedelta(days=30),
    )


def test_deposit_held_and_what_is_overdue(database: Database) -> None:
    deposit = DepositReceived(
        effective_on=date(2024, 1, 2),
        accounting_on=date(2024, 1, 2),
        company="sunfield-demo",
        lease="l-1-demo",
        deposit="d-1",
        bank_reference="D-1",
        amount_minor=106_660_80,
    )
    bills = [bill("i-1", date(2024, 10, 1), 1_000_01), bill("i-2", date(2024, 12, 20), 5_000_00)]
    given(database, [*city(), deposit, *bills])
    row = rows(roll(database))["a101"]
    assert (row.deposit, row.arrears) == ("106660.80", "1000.01")
    on_the_day_it_is_due = rows(roll(database, date(2024, 10, 31)))["a101"]
    assert on_the_day_it_is_due.arrears == "0.00"


def test_a_lease_that_ended_early_leaves_its_unit_and_one_held_over_has_no_end(database: Database) -> None:
    where: dict[str, Any] = {"lease": "l-1-demo", "company": "sunfield-demo"}
    ends = date(2024, 9, 30)
    given(
        database,
        [
            *city(),
            LeaseTerminated(
                **where,
                effective_on=date(2024, 6, 30),
                ends_on=ends,
                cause="AGREEMENT",
                fee_minor=0,
                document=PAPER,
                lettings=(Letting(unit="a101", from_on=L1.commencement_on, until_on=ends),),
            ),
            HoldoverStarted(
                lease="l-2-demo",
                company="moonfield-demo",
                effective_on=date(2029, 7, 1),
                lettings=(Letting(unit="a102", from_on=L2.commencement_on),),
            ),
        ],
    )
    assert rows(roll(database, ends))["a101"].expiry_on == ends
    assert rows(roll(database, ends + timedelta(days=1)))["a101"].status == "AVAILABLE"
    held_over = rows(roll(database, date(2030, 1, 1)))["a102"]
    assert (held_over.status, held_over.expiry_on, held_over.passing_month) == ("LET", None, "92400.00")


def test_indexation_in_one_line(database: Database) -> None:
    index = Indexation(series="cpi/cn-all", base_on=date(2024, 1, 1), floor="0.01", cap="0.04")
    terms = replace(L1, rent=steps((L1.commencement_on, "43.20")), indexation=index)
    given(database, [*estate(), *let("l-1-demo", "sunfield-demo", terms, signed_on=date(2023, 12, 15))])
    assert rows(roll(database))["a101"].index == "cpi/cn-all from 2024-01-01, floor 0.01, cap 0.04"


def test_columns_sum_to_their_totals(database: Database) -> None:
    given(database, [*city(), bill("i-1", date(2024, 10, 1), 1_000_01)])
    found = roll(database)
    for name in ("area_m2", "passing_month", "headline_month", "service_charge_month", "arrears", "erv_month"):
        written = [getattr(row, name) for row in rows(found).values()]
        assert sum(Fraction(cell) for cell in written if cell is not None) == Fraction(getattr(found.totals, name))
        by_building = [Fraction(getattr(one.totals, name)) for one in found.buildings]
        assert sum(by_building) == Fraction(getattr(found.totals, name))


def test_the_facts_behind_a_row(database: Database) -> None:
    """Of a101: its building, the unit, its value, the tenant and the lease; not what was recorded or done later."""
    head = given(database, city())
    given(
        database,
        [
            bill("i-1", date(2024, 10, 1), 1_00),
            PremisesHandedOver(
                lease="l-1-demo", company="sunfield-demo", effective_on=date(2025, 1, 1), protocol=PAPER
            ),
        ],
    )
    facts = rows(roll(database, positions=True))["a101"].positions
    before = rows(roll(database, recorded=head, positions=True))["a101"].positions
    assert before is not None
    assert facts == (*before, head + 1)
    assert before[:4] == (1, 2, 5, 6)
    assert len(before) == 11
    assert rows(roll(database))["a101"].positions is None
