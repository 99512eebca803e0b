"""Reports and read models as Parquet, for other programs to count with: columns of declared types, decimals exact.

typed        the type of a report's column, by its name: TYPES, and what names end in
stored       the types of a read model's columns; as_known: its rows as of a position
write_table  one file; its metadata says on which basis it stands
write_stored the same of a read model's rows, whole columns at once
MartMissing  the extra `mart` (pyarrow) is not installed

Sums in yuan are decimal(18, 2); amounts in another currency, rates, measures and shares decimal(28, 8); instants
timestamps in UTC, to the microsecond. A type depends on no value, so files of two bases can be read as one table.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import BigInteger, Boolean, Column, ColumnElement, Date, Integer, Table

from ledger.values.money import EXPONENT, FEN
from projections.books.earned_totals import revenue_total
from projections.engine.view import visible

if TYPE_CHECKING:
    import pyarrow as pa

Kind = Literal["text", "yuan", "exact", "count", "yes", "day", "instant"]
BATCH = 10_000
"""Rows of a group."""


class MartMissing(Exception):
    """The extra `mart` is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "Parquet is written with pyarrow, which is not installed here: `pip install 'mcsc-ledger[mart]'`, or the"
            " versions of requirements-mart.lock; `mcsc report NAME --csv` needs nothing more"
        )


# Types of reports

NAMES: Mapping[Kind, str] = {
    "yuan": """accrued additions advances_cny amount arrears backlog_cny balance billed carrying_cny clawback_assessed
        clawback_collected clawback_outstanding clawback_waived closing cny contracted_cny credit damages days_1_30
        days_31_60 days_61_90 days_91_180 days_over_180 debit delta_net delta_vat deposit difference due ecl
        erv_m2_month erv_month erv_vacant erv_year exchange fai fai_target fee_earned_cny gross headline_month
        incentives_outside incentives_paid loans make_up_closing make_up_expired make_up_opening make_up_owed
        make_up_taken net next_step_month not_due opening other_revenue overdue paid_in_cny passing_month
        passing_with_erv passing_year payment received reclassified recognised rent rent_year revenue same_last_year
        service_charge_month subledger unapplied unrealised utilised value_cny vat year_to_date
        applied forfeited moved_in moved_out refunded topped_up
        closing_cny exchange_cny held_cny in_cny moved_cny opening_cny out_cny
        base carried_in carried_out contributions control distributions imported input open output paid payable
        amortised by_month interest left prior_year profit reconciled taken_over transfers turnover unshared
        allowance bought carrying opening_allowance released sold written_down""",
    "exact": """before gaps held_bank held_books only_bank only_books
        advances area_ha area_mu backlog contracted ecl_rate fee_earned fee_expected foreign intensity
        intensity_target invoiced kw lettable_mu mu owed paid_in price rate rent_m2_month subscribed tax_mu
        tax_mu_target total value co2_kg_per_kwh co2_t came_in closing_held held moved opening_held went_out""",
    "count": """agreements change_points closed_position co2_factor_year days days_late decided_at different
        entries exited gec jobs jobs_target journals
        last_position leads leases line_number loi operating orders origin_year position qualified quantity
        recorded registered rent_free_days_left reported_settled rows rules run settled_in signed steps units
        units_let version year
        documents first last missing""",
    "yes": "estimated latest on_hold revalued_on_close",
    "day": "as_of bank_until declare_by on since tax_point",
    "instant": "known_at recorded_at",
}
ENDINGS: Mapping[str, Kind] = {"_on": "day", "_percent": "exact", "_kwh": "exact", "_m2": "exact"}
TYPES: Mapping[str, Kind] = {name: kind for kind, names in NAMES.items() for name in names.split()}
OTHERWISE: Mapping[tuple[str, str], Kind] = {
    ("rates", "rate"): "text",
    ("rates", "base"): "text",
    ("vat-ledger", "rate"): "text",
    ("parcels", "area_acres"): "text",
    ("parcels", "outlined"): "yes",
    **{("spot-prices", name): "count" for name in ("minutes", "periods", "corrections")},
    **{("spot-prices", name): "exact" for name in ("mean", "average", "lowest", "highest")},
    ("spot-prices", "now"): "yuan",
    ("vat-rules", "rate"): "text",
    ("vat-rules", "until"): "day",
    ("payables-ageing", "payable"): "text",
    ("bank-reconciliation", "amount"): "exact",
    ("bank-reconciliation", "difference"): "exact",
    ("bank-reconciliation", "item"): "text",
    ("deposits", "held"): "yuan",
    ("lease-costs", "paid"): "yuan",
    ("inventory", "moved"): "yuan",
    ("deposits", "units"): "text",
    ("vouchers", "number"): "count",
    **{("green-certificates", name): "count" for name in ("issued", "transferred", "retired", "expired", "held")},
    **{("green-certificates", name): "count" for name in ("moved", "made", "counted", "sold", "unissued")},
    **{("green-certificates", name): "text" for name in ("first", "last")},
    ("green-certificates", "tradable"): "yes",
    ("green-certificates", "valid_until"): "day",
}
"""Where a report means something else by a name."""


def typed(report: str, name: str) -> Kind:
    """The type of a report's column; a text unless its name says otherwise."""
    if (report, name) in OTHERWISE:
        return OTHERWISE[report, name]
    if name.startswith("days_") and "_to_" in name:
        return "exact"
    if name in TYPES:
        return TYPES[name]
    return next((kind for ending, kind in ENDINGS.items() if name.endswith(ending)), "text")


# Types of read models

OWN_CURRENCY: Mapping[str, frozenset[str]] = {
    "journal_line": frozenset({"foreign_minor"}),
    "order_register": frozenset({"value_minor"}),
    "payables": frozenset({"gross_minor", "credited_minor", "paid_minor"}),
}
"""By table: amounts in the currency that their row names; all others are in yuan."""
FEN_BY_NAME: Mapping[str, frozenset[str]] = {
    "revenue_move": frozenset({"recognised", "billed", "vat", "accrued"}),
}
"""By table: amounts in fen whose names do not end in `_minor`."""
DECIMALS = {"erv_m2_month"}
"""Decimals that are kept as texts."""


def stored(table: Table) -> dict[str, Kind]:
    """The columns of a read model, without those of the engine; amounts lose their `_minor`."""
    return {_called(column): _of(column) for column in _columns(table)}


def as_known(table: Table, recorded: int) -> ColumnElement[bool] | None:
    """The rows of a read model as a position knew them; None of a table that only helps to add up."""
    if table is revenue_total:  # as of the end of a block: what was earned since is not in it
        return None
    if "to_position" in table.c:
        return visible(table, recorded)
    return table.c.position <= recorded if "position" in table.c else None


def _columns(table: Table) -> list[Column[Any]]:
    """The columns that say what is so; which rows took their place later is not known then."""
    return [column for column in table.columns if column.name not in ("generation", "to_position")]


def _called(column: Column[Any]) -> str:
    return str(column.name).removesuffix("_minor")


def _of(column: Column[Any]) -> Kind:
    name, table = column.name, column.table.name
    if name in OWN_CURRENCY.get(table, ()) or name in DECIMALS:
        return "exact"
    if name.endswith("_minor") or name in FEN_BY_NAME.get(table, ()):
        return "yuan"
    kinds: tuple[tuple[Any, Kind], ...] = (
        (Boolean, "yes"),
        (Date, "day"),
        (BigInteger, "count"),
        (Integer, "count"),
    )
    return next((kind for of, kind in kinds if isinstance(column.type, of)), "text")


# Writing


def arrow() -> Any:
    """pyarrow, with its Parquet writer. Raises MartMissing."""
    try:
        import pyarrow as pa
        import pyarrow.parquet
    except ImportError:
        raise MartMissing from None
    assert pyarrow.parquet
    return pa


def schema_of(columns: Mapping[str, Kind], basis: Mapping[str, str]) -> "pa.Schema":
    """The declared schema; the basis is its metadata."""
    pa = arrow()
    types = {
        "text": pa.string(),
        "yuan": pa.decimal128(18, 2),
        "exact": pa.decimal128(28, 8),
        "count": pa.int64(),
        "yes": pa.bool_(),
        "day": pa.date32(),
        "instant": pa.timestamp("us", tz="UTC"),
    }
    return pa.schema([(name, types[kind]) for name, kind in columns.items()], metadata=dict(basis))


READ: Mapping[Kind, Callable[[Any], Any]] = {
    "text": str,
    "yuan": lambda cell: cell if isinstance(cell, Decimal) else Decimal(str(cell)),
    "exact": lambda cell: cell if isinstance(cell, Decimal) else Decimal(str(cell)),
    "count": int,
    "yes": bool,
    "day": lambda cell: cell if isinstance(cell, date) else date.fromisoformat(cell),
    "instant": lambda cell: cell if isinstance(cell, datetime) else datetime.fromisoformat(cell),
}
"""A cell that is no nothing, as a value of its column's type."""


def write_table(
    file: Path, columns: Mapping[str, Kind], rows: Iterable[Sequence[Any]], basis: Mapping[str, str]
) -> int:
    """Write one file, a group of rows at a time; how many rows. Raises MartMissing."""
    pa = arrow()
    schema, readers = schema_of(columns, basis), [READ[kind] for kind in columns.values()]

    def typed_columns(some: Sequence[Sequence[Any]]) -> list[Any]:
        return [
            pa.array([None if cell is None else read(cell) for cell in cells], type=field.type)
            for read, cells, field in zip(readers, _turned(some, len(columns)), schema, strict=True)
        ]

    return _write(file, schema, _groups(iter(rows)), typed_columns)


def write_stored(file: Path, table: Table, groups: Iterable[Sequence[Sequence[Any]]], basis: Mapping[str, str]) -> int:
    """Write the rows of a read model, which come in groups with the table's own columns; how many. Raises MartMissing.

    Whole columns are taken over as they are: of fen, which are most, only the place of the point is said.
    """
    pa = arrow()
    schema, places = schema_of(stored(table), basis), list(enumerate(table.columns))
    places = [(at, column) for at, column in places if column in set(_columns(table))]
    currency = next((at for at, column in enumerate(table.columns) if column.name == "currency"), None)

    def typed_columns(some: Sequence[Sequence[Any]]) -> list[Any]:
        cells = _turned(some, len(table.columns))
        return [
            _typed_column(pa, table, column, cells[at], () if currency is None else cells[currency], field.type)
            for (at, column), field in zip(places, schema, strict=True)
        ]

    return _write(file, schema, groups, typed_columns)


def _typed_column(
    pa: Any, table: Table, column: Column[Any], cells: Sequence[Any], currencies: Sequence[Any], kind: Any
) -> Any:
    if column.name in OWN_CURRENCY.get(table.name, ()):
        own = zip(cells, currencies, strict=True)
        return pa.array([None if cell is None else _whole_units(cell, currency) for cell, currency in own], type=kind)
    if column.name in DECIMALS:
        return pa.array([None if cell is None else Decimal(cell) for cell in cells], type=kind)
    if _of(column) != "yuan":
        return pa.array(cells, type=kind)
    fen = pa.array(cells, type=pa.int64()).cast(pa.decimal128(19, 0)).cast(pa.decimal128(kind.precision, 0))
    return pa.Array.from_buffers(kind, len(fen), fen.buffers(), offset=fen.offset)


def _whole_units(minor: int, currency: str | None) -> Decimal:
    return Decimal(minor).scaleb(-EXPONENT[currency] if currency else -FEN)


def _write(
    file: Path,
    schema: "pa.Schema",
    groups: Iterable[Sequence[Sequence[Any]]],
    typed_columns: Callable[[Sequence[Sequence[Any]]], list[Any]],
) -> int:
    """Write a file, one of no rows too."""
    pa, count = arrow(), 0
    with pa.parquet.ParquetWriter(file, schema, compression="zstd", version="2.6") as writer:
        for some in groups:
            writer.write_table(pa.Table.from_arrays(typed_columns(some), schema=schema))
            count += len(some)
        if not count:
            writer.write_table(schema.empty_table())
    return count


def _turned(rows: Sequence[Sequence[Any]], width: int) -> Sequence[Sequence[Any]]:
    """Columns of rows."""
    return list(zip(*rows, strict=True)) if rows else [()] * width


def _groups(rows: Iterator[Sequence[Any]]) -> Iterator[list[Sequence[Any]]]:
    """The rows, some at a time."""
    while some := list(islice(rows, BATCH)):
        yield some
