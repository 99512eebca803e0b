"""The mart: every report and read model as Parquet, read by DuckDB and pandas to the same decimals as the reports."""

import builtins
import json
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pandas
import pyarrow.parquet as parquet
import pytest
from sqlalchemy import Table, select

from api.app import reads
from api.formats.mart import OTHERWISE, as_known, typed, write_stored, write_table
from api.http.reading import whole
from api.settings import Settings
from ledger.log.database import Database
from projections.books.earned import revenue_move
from projections.every.views import ALL_VIEWS
from tests.api.cli.test_cli import data, mcsc

__all__ = ["data"]
EFFECTIVE = "2026-06-30"
DECIMAL = re.compile(r"-?[0-9]+\.[0-9]+")
REPORTS = [read for read in reads(Settings()) if read.report is not None and read.table is not None]


@pytest.fixture(scope="module")
def mart(demo: Database, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The mart of the demonstration."""
    made = tmp_path_factory.mktemp("mart") / "mart"
    done = mcsc("export", "mart", "--data", demo.where, "--effective", EFFECTIVE, "-o", made)
    assert done.exit_code == 0, done.output
    return made


def asked(demo: Database, name: str) -> Iterator[dict[str, Any]]:
    """The rows of a report as a table, by its names."""
    (read,) = [one for one in REPORTS if one.report is not None and one.report.name == name]
    query = read.query(effective=EFFECTIVE, **({"limit": 1000} if read.in_pages else {}))
    _, pages = whole(Settings(database=demo.where), demo, read, query, {})
    assert read.table is not None
    for page in pages:
        names, rows = read.table(page.answer)
        yield from (dict(zip(names, row, strict=True)) for row in rows)


def test_there_is_a_file_for_everything_and_the_basis_in_each(mart: Path) -> None:
    names = {f"report-{read.report.name}" for read in REPORTS if read.report is not None}
    names |= {f"rows-{table.name}" for view in ALL_VIEWS for table in view.tables}
    names -= {"rows-journal_total", "rows-revenue_total"}
    assert {file.stem for file in mart.glob("*.parquet")} == names
    basis = json.loads((mart / "basis.json").read_text())
    assert basis["effective"] == EFFECTIVE
    for file in mart.glob("*.parquet"):
        said = parquet.read_schema(file).metadata
        assert {name: said[name.encode()].decode() for name in basis} == {n: str(v) for n, v in basis.items()}


@pytest.mark.parametrize("name", [read.report.name for read in REPORTS if read.report is not None])
def test_no_figure_of_a_report_is_left_a_text_or_rounded(demo: Database, mart: Path, name: str) -> None:
    found = parquet.read_table(mart / f"report-{name}.parquet").to_pylist()
    rows = list(asked(demo, name))
    assert len(found) == len(rows)
    for own, row in zip(found, rows, strict=True):
        assert list(own) == list(row)
        for column, cell in row.items():
            if isinstance(cell, str) and DECIMAL.fullmatch(cell):
                assert (typed(name, column), own[column]) in (("yuan", Decimal(cell)), ("exact", Decimal(cell))) or (
                    column in ("code", "line") or (name, column) in OTHERWISE
                )
            elif cell is not None and typed(name, column) not in ("yuan", "exact"):
                assert own[column] == (int(cell) if typed(name, column) == "count" else cell), column


def test_duckdb_and_pandas_come_to_the_same_sums(demo: Database, mart: Path) -> None:
    rows = [row for row in asked(demo, "trial-balance") if row["section"] == "ACCOUNT"]
    wanted = sum(Decimal(row["debit"]) for row in rows)
    file = mart / "report-trial-balance.parquet"
    ask = f"select sum(debit), any_value(typeof(debit)), sum(closing) from '{file}' where section = 'ACCOUNT'"
    assert duckdb.connect().execute(ask).fetchall() == [(wanted, "DECIMAL(18,2)", Decimal("0.00"))]
    frame = pandas.read_parquet(file, dtype_backend="pyarrow")
    assert str(frame["debit"].dtype) == "decimal128(18, 2)[pyarrow]"
    assert frame[frame["section"] == "ACCOUNT"]["debit"].sum() == wanted
    lines = mart / "rows-journal_line.parquet"
    ask = f"select sum(amount), any_value(typeof(amount)), any_value(typeof(accounting_on)) from '{lines}'"
    assert duckdb.connect().execute(ask).fetchall() == [(Decimal("0.00"), "DECIMAL(18,2)", "DATE")]


NO_SUMS = {
    "position",
    "from_position",
    "last_position",
    "line",
    "part",
    "rules",
    "reach",
    "origin_year",
    "floors",
    "run",
}
NO_SUMS |= {"free_days", "free_each", "area_dm2", "lettable_dm2"}
"""Every whole number that a read model keeps and that is no sum of money."""
OF_THEIR_OWN_CURRENCY = {"foreign", "value", "payables.gross", "payables.credited", "payables.paid"}
MINOR = {"CNY": "12345.67", "JPY": "1234567", "KWD": "1234.567", None: "12345.67"}
"""What 1,234,567 of the smallest unit are."""


def made_up(table: Table, currency: str | None) -> tuple[Any, ...]:
    """A row with the same number in each of its columns."""
    by_kind = {"DATE": date(2026, 6, 30), "BOOLEAN": True, "TEXT": "12345.67"}
    row = {column.name: by_kind.get(str(column.type), 1_234_567) for column in table.columns}
    return tuple((row | ({"currency": currency} if "currency" in row else {})).values())


@pytest.mark.parametrize(
    "table", [table for view in ALL_VIEWS for table in view.tables if as_known(table, 0) is not None], ids=str
)
def test_every_sum_that_is_kept_is_read_with_its_decimals(table: Table, tmp_path: Path) -> None:
    """By construction: a whole number is a sum of money unless it is named as none."""
    file, rows = tmp_path / "rows.parquet", [made_up(table, currency) for currency in MINOR]
    assert write_stored(file, table, [rows[:3], rows[3:]], {}) == 4
    types = dict(duckdb.connect().execute(f"select column_name, column_type from (describe from '{file}')").fetchall())
    pandas_types = pandas.read_parquet(file, dtype_backend="pyarrow").dtypes
    found = duckdb.connect().execute(f"select * from '{file}'").fetchall()
    for at, (name, kind) in enumerate(types.items()):
        cells = [row[at] for row in found]
        column = table.c[name if name in table.c else f"{name}_minor"]
        if {name, f"{table.name}.{name}"} & OF_THEIR_OWN_CURRENCY:
            wanted = "DECIMAL(28,8)", [Decimal(whole) for whole in MINOR.values()]
        elif name == "erv_m2_month":
            wanted = "DECIMAL(28,8)", [Decimal("12345.67")] * 4
        elif str(column.type) in ("BIGINT", "INTEGER") and name not in NO_SUMS:
            wanted = "DECIMAL(18,2)", [Decimal("12345.67")] * 4
        else:
            assert "DECIMAL" not in kind, name
            continue
        assert (kind, cells) == wanted, name
        assert str(pandas_types[name]) == f"decimal128({kind[8:-1].replace(',', ', ')})[pyarrow]"


def test_rows_are_those_of_the_read_model(demo: Database, mart: Path) -> None:
    query = select(revenue_move).order_by(*revenue_move.primary_key)
    with demo.views.connect() as connection:
        kept = connection.execute(query).mappings().all()
    found = parquet.read_table(mart / "rows-revenue_move.parquet").to_pylist()
    assert [row["accounting_on"] for row in found] == [row["accounting_on"] for row in kept]
    for name in ("recognised", "billed", "vat", "accrued"):
        assert [row[name] * 100 for row in found] == [row[name] for row in kept]


def test_an_empty_table_has_the_same_schema(tmp_path: Path) -> None:
    columns: Any = {"text": "text", "yuan": "yuan", "exact": "exact", "day": "day", "instant": "instant", "yes": "yes"}
    assert write_table(tmp_path / "empty", columns, [], {}) == 0
    kinds = [str(kind) for kind in parquet.read_schema(tmp_path / "empty").types]
    tail = ["date32[day]", "timestamp[us, tz=UTC]", "bool"]
    assert kinds == ["string", "decimal128(18, 2)", "decimal128(28, 8)", *tail]


def test_nothing_is_overwritten_and_a_missing_extra_is_named(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "file").touch()
    assert mcsc("export", "mart", "--data", data, "-o", tmp_path / "there").exit_code == 5
    imported = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.startswith("pyarrow"):
            raise ImportError(name)
        return imported(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    missing = mcsc("export", "mart", "--data", data, "-o", tmp_path / "mart")
    assert (missing.exit_code, "mcsc-ledger[mart]" in missing.stderr) == (8, True)
    assert not (tmp_path / "mart").exists()
