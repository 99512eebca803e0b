"""What the cells of the reports of tenancy rest on: facts of units, leases and tenants.

RENT_ROLL, OCCUPANCY, LEASE_EXPIRY
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from operator import mul
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Connection

from api.http.receipts import (
    Derived,
    Made,
    Part,
    Parts,
    Receipts,
    Row,
    Shared,
    Sum,
    added,
    counted,
    difference,
    share_of,
)
from api.receipts.many import MOVE_DEPOSITS, behind_arrears, behind_deposits, behind_units
from api.receipts.rents import WORKED
from api.receipts.working import of_fact
from ledger.log.envelope import Entry
from ledger.values.measures import dm2
from ledger.values.measures import written as area_written
from ledger.values.money import FEN, minor, share, written
from projections.engine.basis import Basis
from projections.engine.figures import decimals, percent
from projections.engine.sources import distinct, facts_behind, facts_of_kinds
from projections.receivables.documents import collected, due_between
from projections.receivables.statement import AccountStatement, statement
from projections.receivables.tenants import facts_moving
from projections.tenancy.lease_expiry import DAYS_A_YEAR
from projections.tenancy.let_units import LetUnit, facts_of, facts_together, let_units
from projections.tenancy.occupancy import occupancy
from projections.tenancy.rent_roll import RollRow, sharing
from projections.tenancy.spans import LeasePart
from projections.tenancy.units import units

# The rent roll


def per_m2(rent: Fraction, area: Fraction) -> str | None:
    """A rent a square metre; None where there is no area."""
    return decimals(rent / area) if area else None


OF_UNIT = ("area_m2", "erv_m2_month", "erv_month")
"""Columns of the rent roll that leases have no part in."""
MONEY = ("deposit", "arrears")
"""Columns of the rent roll that come from tenants' accounts."""


def _behind_roll(connection: Connection, basis: Basis, _query: Any, row: Row, column: str) -> Sequence[Entry]:
    """The facts of a row's unit and its building; of its leases, where the column is about these; of its tenants."""
    if column in MONEY:
        return facts_together(connection, basis, {row["unit"]}, money=True)
    let = column not in OF_UNIT or row["section"] == "SIGNED"
    return facts_of(connection, basis, row["unit"], row["building"], let=let)


def _of_open_items(connection: Connection, basis: Basis, _query: Any, row: Row, column: str) -> Sequence[Entry] | None:
    """Of deposit and arrears the facts of what is still held or open: all that was ever settled comes to nothing."""
    if column not in MONEY or row["lease"] is None:
        return None
    found = {"": facts_together(connection, basis, {row["unit"]}, money=False)}
    if column == "deposit":
        of_lease = facts_of_kinds(connection, basis, [f"lease:{row['lease']}"], MOVE_DEPOSITS)
        found[column] = facts_moving(distinct(of_lease), "deposits", row["lease"])
    elif (account := statement(connection, basis, row["tenant"])) is not None:
        overdue = [cell.removeprefix("DOCUMENT:") for cell, _ in _overdue(account, row, basis.effective)]
        found |= facts_behind(connection, basis, [f"invoice:{invoice}" for invoice in overdue])
    return distinct(found)


def _of_rows(
    connection: Connection, basis: Basis, _query: Any, rows: Sequence[Row], column: str
) -> Sequence[Sequence[Entry]]:
    """The same of many rows, in one question for each kind of thing."""
    if column in MONEY:
        return (behind_deposits if column == "deposit" else behind_arrears)(connection, basis, rows)
    return behind_units(connection, basis, rows, let=column not in OF_UNIT)


def _rest_of_unit(connection: Connection, basis: Basis, part: Part) -> Sequence[Entry]:
    """The facts of a unit, and of the leases that hold it."""
    unit = part.cell.partition("/")[0].removeprefix("UNIT:")
    return facts_together(connection, basis, {unit}, money=False)


ON_MARKET = " on the market"
Counts = Callable[[LetUnit[LeasePart]], bool]
Figure = Callable[[LetUnit[LeasePart]], str | None]


def _always(_: LetUnit[LeasePart]) -> bool:
    return True


def _is_let(let: LetUnit[LeasePart]) -> bool:
    return let.held is not None


def _on_market(let: LetUnit[LeasePart]) -> bool:
    return let.on_market


def _area_of(let: LetUnit[LeasePart]) -> str:
    return let.unit.area_m2


def _one(_: LetUnit[LeasePart]) -> str:
    return "1"


def _rent_of(let: LetUnit[LeasePart]) -> str | None:
    return written(let.held.passing_minor) if let.held else None


def _value_of(let: LetUnit[LeasePart]) -> str | None:
    return None if let.erv_minor is None else written(let.erv_minor)


def _of_units(column: str, figure: Figure, counts: Counts, which: str, times: int = 1, places: int = 2) -> Made:
    """The sum over a building's units, or all, of a cell of the rent roll; only of those that count."""

    def every(connection: Connection, basis: Basis, _query: Any, rows: Sequence[Row]) -> list[list[Part]]:
        cells: dict[str | None, list[Part]] = {row["building"]: [] for row in rows}
        for let in let_units(connection, basis):
            if let.unit.building in cells and counts(let) and (said := figure(let)):
                part = Part(report="rent-roll", cell=f"UNIT:{let.unit.unit}/{column}", figure=said)
                cells[let.unit.building].append(part)
        return [cells[row["building"]] for row in rows]

    def parts(connection: Connection, basis: Basis, query: Any, row: Row) -> list[Part]:
        return every(connection, basis, query, [row])[0]

    how = f"the sum over units{which}"
    if times == 1:
        return Made(parts, how, counted if places == 0 else added, _rest_of_unit, every)
    return Made(parts, f"{times} × {how}", lambda of: decimals(times * sum(of), places), _rest_of_unit, every)


# Deposit and arrears are shares of the lease's


def _in_account(cells: Callable[[AccountStatement, Row, date], Sequence[tuple[str, str]]], what: str) -> Shared:
    """A lease's part of its tenant's account, shared over its units by contracted area."""

    def of(connection: Connection, basis: Basis, _query: Any, row: Row) -> tuple[list[Part], list[Part]]:
        account = statement(connection, basis, row["tenant"]) if row["lease"] is not None else None
        if account is None:
            return [], []
        held, later = sharing(let_units(connection, basis))
        parts = [part for part in (held if row["section"] == "UNIT" else later) if part.lease == row["lease"]]
        named = "UNIT:{0.unit}" if row["section"] == "UNIT" else "SIGNED:{0.unit},{0.lease}"
        whole = [
            Part(report=f"tenants/{account.company}/account", cell=f"{cell}/open", figure=figure)
            for cell, figure in cells(account, row, basis.effective)
        ]
        return whole, [Part(cell=f"{named.format(part)}/contracted_m2", figure=_area(part)) for part in parts]

    def by(whole: Sequence[Part], weights: Sequence[Part], name: str) -> str | None:
        own = [part.cell.rpartition("/")[0] for part in weights]
        if name not in own:
            return written(0)  # signed, and the lease holds other units already: it is all shown with these
        total = sum(minor(part.figure or "0", FEN) for part in whole)
        return written(share(total, [dm2(part.figure or "0") for part in weights])[own.index(name)])

    return Shared(of, f"{what} × this unit's contracted_m2 ÷ that of the lease's units, to the fen", by)


def _deposits(account: AccountStatement, row: Row, _on: date) -> list[tuple[str, str]]:
    return [(f"DEPOSIT:{one.lease}", one.held) for one in account.deposits if one.lease == row["lease"]]


def _overdue(account: AccountStatement, row: Row, on: date) -> list[tuple[str, str]]:
    documents = (one for one in account.documents if one.lease == row["lease"])
    return [(f"DOCUMENT:{one.invoice}", one.open) for one in documents if one.due_on is not None and one.due_on < on]


PER_M2 = Derived(("passing_month", "contracted_m2"), "passing_month ÷ contracted_m2", per_m2)


def in_mu(area: str) -> Derived:
    """An area in 亩, of which 1,500 are a square kilometre."""
    return Derived((area,), f"{area} × 3 ÷ 2000", lambda square_metres: decimals(square_metres * 3 / 2000))


TWELVE = Derived(("passing_month",), "passing_month × 12", lambda month: decimals(month * 12, 2))
SUMMED = (
    "units",
    "units_let",
    "area_m2",
    "lettable_m2",
    "let_m2",
    "contracted_m2",
    "passing_month",
    "headline_month",
    "service_charge_month",
    "deposit",
    "arrears",
    "erv_month",
)
RENT_ROLL = Receipts(
    of_fact=of_fact,
    keys={"UNIT": ("unit",), "SIGNED": ("unit", "lease"), "BUILDING": ("building",), "TOTAL": ()},
    units=dict.fromkeys(("area_m2", "contracted_m2", "lettable_m2", "let_m2"), "m2")
    | dict.fromkeys(("rent_m2_month", "erv_m2_month"), "CNY/m2/month")
    | dict.fromkeys(
        ("passing_month", "headline_month", "next_step_month", "service_charge_month", "erv_month"), "CNY/month"
    )
    | {"passing_year": "CNY/year", "deposit": "CNY", "arrears": "CNY", "area_mu": "mu"}
    | {"units": "units", "units_let": "units", "rent_free_days_left": "days"},
    behind=_behind_roll,
    fewest=_of_open_items,
    together=_of_rows,
    own=(*OF_UNIT, *MONEY),
    words=("status", "tenant", "lease_state", "expiry_on", "next_break_on", "next_step_on"),
    worked=WORKED,
    made={
        "deposit": _in_account(_deposits, "the lease's deposit"),
        "arrears": _in_account(_overdue, "the overdue documents of the lease"),
        "BUILDING/units": _of_units("area_m2", _one, _always, "", places=0),
        "BUILDING/units_let": _of_units("tenant", _one, _is_let, " that are let", places=0),
        "BUILDING/let_m2": _of_units("area_m2", _area_of, _is_let, " that are let"),
        "BUILDING/lettable_m2": _of_units("area_m2", _area_of, _on_market, ON_MARKET),
    },
    sums={
        "BUILDING": [Sum([name for name in SUMMED if name in RollRow.__struct_fields__], "UNIT", ("building",))],
        "TOTAL": [Sum(SUMMED, "BUILDING")],
    },
    derived={
        "rent_m2_month": PER_M2,
        "passing_year": TWELVE,
        "BUILDING/area_mu": in_mu("area_m2"),
        "TOTAL/area_mu": in_mu("area_m2"),
    },
)


# Occupancy


def _valued(let: LetUnit[LeasePart]) -> bool:
    return let.on_market and let.erv_minor is not None


OCCUPIED = {
    "units": _of_units("area_m2", _one, _on_market, ON_MARKET, places=0),
    "lettable_m2": _of_units("area_m2", _area_of, _on_market, ON_MARKET),
    "committed_m2": _of_units(
        "area_m2", _area_of, lambda let: let.on_market and let.committed, f"{ON_MARKET} that are let or signed"
    ),
    "physical_m2": _of_units(
        "area_m2", _area_of, lambda let: let.on_market and let.handed_over, f"{ON_MARKET} that are handed over"
    ),
    "without_erv_m2": _of_units(
        "area_m2", _area_of, lambda let: let.on_market and let.erv_minor is None, f"{ON_MARKET} without an estimate"
    ),
    "under_construction_m2": _of_units(
        "area_m2",
        _area_of,
        lambda let: let.unit.state in ("PLANNED", "UNDER_CONSTRUCTION"),
        " planned or under construction",
    ),
    "off_market_m2": _of_units("area_m2", _area_of, lambda let: let.unit.state == "OFF_MARKET", " off the market"),
    "passing_year": _of_units("passing_month", _rent_of, _on_market, ON_MARKET, 12),
    "erv_year": _of_units("erv_month", _value_of, _valued, f"{ON_MARKET} with an estimate", 12),
    "passing_with_erv": _of_units("passing_month", _rent_of, _valued, f"{ON_MARKET} with an estimate", 12),
    "erv_vacant": _of_units(
        "erv_month", _value_of, lambda let: _valued(let) and not let.committed, f"{ON_MARKET}, valued and vacant", 12
    ),
}
AREAS = ("lettable_m2", "committed_m2", "physical_m2", "without_erv_m2", "under_construction_m2", "off_market_m2")
RENTS = ("passing_year", "erv_year", "passing_with_erv", "erv_vacant")
PERCENTS = {
    "committed_percent": share_of("committed_m2", "lettable_m2"),
    "physical_percent": share_of("physical_m2", "lettable_m2"),
    "economic_percent": share_of("passing_with_erv", "erv_year"),
    "vacancy_percent": share_of("vacant_m2", "lettable_m2"),
    "erv_vacancy_percent": share_of("erv_vacant", "erv_year"),
}


def _change(connection: Connection, basis: Basis, query: Any, row: Row) -> list[Part]:
    """Committed and lettable area now and on the earlier date."""
    if query.compare is None:
        return []
    name = "TOTAL" if row["section"] == "TOTAL" else f"BUILDING:{row['building']}"
    days = {None: basis, f"occupancy?effective={query.compare}": replace(basis, effective=query.compare)}
    found = {report: occupancy(connection, on) for report, on in days.items()}
    rows = {report: {one.building: one for one in (*of.rows, of.total)} for report, of in found.items()}
    return [
        Part(report=report, cell=f"{name}/{column}", figure=getattr(rows[report].get(row["building"]), column, None))
        for report in days
        for column in ("committed_m2", "lettable_m2")
    ]


def _points(areas: Sequence[Fraction]) -> str | None:
    """From a share of an area to another, in percentage points; None where there was nothing to let."""
    if len(areas) < 4 or not areas[1] or not areas[3]:
        return None
    return decimals((areas[0] / areas[1] - areas[2] / areas[3]) * 100)


def _rest_of_areas(connection: Connection, basis: Basis, part: Part) -> Sequence[Entry]:
    """The facts of a building's units, or of all."""
    name = part.cell.partition("/")[0]
    building = None if name == "TOTAL" else name.removeprefix("BUILDING:")
    found = {unit.unit for unit in units(connection, basis, building=building)}
    return facts_together(connection, basis, found, money=False)


CHANGE = Made(_change, "(committed_m2 ÷ lettable_m2 - the same on the earlier date) × 100", _points, _rest_of_areas)
OCCUPANCY = Receipts(
    of_fact=of_fact,
    keys={"BUILDING": ("building",), "TOTAL": ()},
    units=dict.fromkeys((*AREAS, "vacant_m2"), "m2")
    | dict.fromkeys(RENTS, "CNY/year")
    | dict.fromkeys(PERCENTS, "%")
    | {"units": "units", "lettable_mu": "mu", "change_points": "points"},
    made={f"BUILDING/{column}": made for column, made in OCCUPIED.items()} | {"change_points": CHANGE},
    sums={"TOTAL": [Sum(("units", *AREAS, *RENTS), "BUILDING")]},
    derived={
        **PERCENTS,
        "vacant_m2": difference("lettable_m2", "committed_m2"),
        "lettable_mu": in_mu("lettable_m2"),
    },
)


# Lease expiry

Ends = Callable[[LeasePart], date | None]


def _expiry(part: LeasePart) -> date | None:
    return part.expiry_on


def _break(part: LeasePart) -> date | None:
    return part.ends_on


ENDS: Mapping[str, Ends] = {"TO_EXPIRY": _expiry, "TO_BREAK": _break}


def _held(connection: Connection, basis: Basis, row: Row) -> list[tuple[LetUnit[LeasePart], LeasePart]]:
    """The let units that a row is about, each with the lease that holds it."""
    lets = [(let, let.held) for let in let_units(connection, basis) if let.held]
    if (ends := ENDS.get(row["section"])) is None:
        return lets
    last = {part.unit: ends(part) for _, part in lets}
    return [(let, part) for let, part in lets if getattr(last[part.unit], "year", None) == row["year"]]


def _rest_of_document(connection: Connection, basis: Basis, part: Part) -> Sequence[Entry]:
    """The facts of a document, and of what pays it."""
    return distinct(facts_behind(connection, basis, [f"invoice:{str(part.report).rpartition('/')[2]}"]))


def _of_roll(column: str, figure: Callable[[LetUnit[LeasePart], LeasePart], str | None]) -> Parts:
    """A cell of the rent roll for each of the units that a row is about."""

    def parts(connection: Connection, basis: Basis, _query: Any, row: Row) -> list[Part]:
        cells = [(let.unit.unit, figure(let, part)) for let, part in _held(connection, basis, row)]
        return [Part(report="rent-roll", cell=f"UNIT:{unit}/{column}", figure=said) for unit, said in cells if said]

    return parts


def _leases(connection: Connection, basis: Basis, _query: Any, row: Row) -> list[Part]:
    """The leases that a row counts, each where its first unit stands in the rent roll."""
    first = {part.lease: let.unit.unit for let, part in reversed(_held(connection, basis, row))}
    return [Part(report="rent-roll", cell=f"UNIT:{first[name]}/lease_state", figure="1") for name in sorted(first)]


def _weighed(column: str, weight: Callable[[LeasePart], str], date_column: str, ends: Ends) -> Made:
    """A mean of years left: of each unit its weight and its days."""

    def parts(connection: Connection, basis: Basis, _query: Any, row: Row) -> Iterator[Part]:
        for let, part in _held(connection, basis, row):
            end = ends(part)
            days = (end - basis.effective).days if end else 0
            name = f"UNIT:{let.unit.unit}"
            yield Part(report="rent-roll", cell=f"{name}/{column}", figure=weight(part))
            yield Part(report="rent-roll", cell=f"{name}/{date_column}", figure=str(days))

    def mean(figures: Sequence[Fraction]) -> str | None:
        weights, days = figures[::2], figures[1::2]
        weighed = sum(map(mul, weights, days), Fraction())
        return decimals(weighed / sum(weights) / DAYS_A_YEAR) if sum(weights) else None

    return Made(parts, f"Σ({column} × days to {date_column}) ÷ Σ {column} ÷ 365.25", mean, _rest_of_unit)


def _rent(part: LeasePart) -> str:
    return written(12 * part.passing_minor)


def _area(part: LeasePart) -> str:
    return area_written(part.area_dm2)


def _per_metre(connection: Connection, basis: Basis, _query: Any, row: Row) -> list[Part]:
    """Rent and area of all let units."""
    parts = [part for _, part in _held(connection, basis, row)]
    return [
        Part(cell="MEASURE:passing_year/value", figure=_rents(parts)),
        Part(cell="MEASURE:area_m2/value", figure=_areas(parts)),
    ]


def _per_metre_month(figures: Sequence[Fraction]) -> str | None:
    rent, area = figures
    return decimals(rent / 12 / area) if area else None


def _reversion(connection: Connection, basis: Basis, _query: Any, row: Row) -> Iterator[Part]:
    """Estimated rental value and rent of each let unit that has an estimate."""
    for let, part in _held(connection, basis, row):
        if let.erv_minor is not None:
            name = f"UNIT:{let.unit.unit}"
            yield Part(report="rent-roll", cell=f"{name}/erv_month", figure=written(let.erv_minor))
            yield Part(report="rent-roll", cell=f"{name}/passing_month", figure=written(part.passing_minor))


def _above_rent(figures: Sequence[Fraction]) -> str | None:
    values, rents = sum(figures[::2]), sum(figures[1::2])
    return percent(values - rents, rents)


def _areas(parts: Iterable[LeasePart]) -> str:
    return area_written(sum(part.area_dm2 for part in parts))


def _rents(parts: Iterable[LeasePart]) -> str:
    return written(12 * sum(part.passing_minor for part in parts))


def _share_of_whole(column: str, whole: str) -> Made:
    """A year's part in all of them."""
    of = _areas if column == "area_m2" else _rents

    def parts(connection: Connection, basis: Basis, _query: Any, row: Row) -> list[Part]:
        every = [part for _, part in _held(connection, basis, {"section": "MEASURE"})]
        name = row["section"] if row["year"] is None else f"{row['section']}:{row['year']}"
        return [
            Part(cell=f"{name}/{column}", figure=row[column]),
            Part(cell=f"MEASURE:{whole}/value", figure=of(every)),
        ]

    return Made(parts, f"{column} ÷ {whole} of all × 100", lambda figures: percent(*figures))


def _unit_of_measure(row: Row) -> str:
    """The unit of a measure is in its name."""
    names = {"leases": "leases", "_m2": "m2", "_month": "CNY/m2/month", "_years": "years", "_year": "CNY/year"}
    measure = str(row["measure"])
    return next((unit for end, unit in names.items() if measure.endswith(end)), "%" if "percent" in measure else "CNY")


def _collection(connection: Connection, basis: Basis, query: Any, row: Row) -> list[Part]:
    """The documents that fell due, each with what it comes to or what is paid of it."""
    due = due_between(connection, basis, query.due_from, basis.effective)
    paid = row["measure"] == "paid"
    amounts = [(one.invoice, one.paid_minor if paid else one.gross_minor - one.credited_minor) for one in due]
    return [Part(report=f"documents/{name}", cell=row["measure"], figure=written(minor)) for name, minor in amounts]


def _collection_rate(connection: Connection, basis: Basis, query: Any, _row: Row) -> list[Part]:
    due = due_between(connection, basis, query.due_from, basis.effective)
    found = collected(due, query.due_from, basis.effective)
    return [
        Part(cell="MEASURE:paid/value", figure=found.paid),
        Part(cell="MEASURE:due/value", figure=found.due),
    ]


ROLL_AREA = Made(
    _of_roll("contracted_m2", lambda _, part: _area(part)), "the sum over the units of its leases", added, _rest_of_unit
)
ROLL_RENT = Made(
    _of_roll("passing_year", lambda _, part: _rent(part)), "the sum over the units of its leases", added, _rest_of_unit
)
COUNTED = Made(_leases, "the number of leases", counted, _rest_of_unit)

LEASE_EXPIRY = Receipts(
    of_fact=of_fact,
    keys={"TO_EXPIRY": ("year",), "TO_BREAK": ("year",), "MEASURE": ("measure",)},
    units={"leases": "leases", "area_m2": "m2", "area_percent": "%", "rent_year": "CNY/year", "rent_percent": "%"}
    | {"value": _unit_of_measure},
    made={
        "leases": COUNTED,
        "area_m2": ROLL_AREA,
        "rent_year": ROLL_RENT,
        "area_percent": _share_of_whole("area_m2", "area_m2"),
        "rent_percent": _share_of_whole("rent_year", "passing_year"),
    }
    | {
        f"MEASURE:{measure}/value": made
        for measure, made in {
            "leases": COUNTED,
            "area_m2": ROLL_AREA,
            "passing_year": ROLL_RENT,
            "passing_m2_month": Made(_per_metre, "passing_year ÷ 12 ÷ area_m2", _per_metre_month),
            "wault_to_expiry_years": _weighed("passing_year", _rent, "expiry_on", _expiry),
            "wault_to_break_years": _weighed("passing_year", _rent, "next_break_on", _break),
            "wale_to_expiry_years": _weighed("contracted_m2", _area, "expiry_on", _expiry),
            "erv_year": Made(
                _of_roll("erv_month", lambda let, _: None if let.erv_minor is None else written(let.erv_minor)),
                "12 × the sum over the let units",
                lambda figures: decimals(12 * sum(figures), 2),
                _rest_of_unit,
            ),
            "without_erv_m2": Made(
                _of_roll("area_m2", lambda let, _: let.unit.area_m2 if let.erv_minor is None else None),
                "the sum over let units without an estimate",
                added,
                _rest_of_unit,
            ),
            "reversion_percent": Made(
                _reversion, "(Σ erv_month - Σ passing_month) ÷ Σ passing_month × 100", _above_rent, _rest_of_unit
            ),
            "due": Made(_collection, "the documents that fell due, less credit notes", added, _rest_of_document),
            "paid": Made(_collection, "what receipts paid of them", added, _rest_of_document),
            "rate_percent": Made(_collection_rate, "paid ÷ due × 100", lambda figures: percent(*figures)),
        }.items()
    },
)
