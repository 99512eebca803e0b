#!/bin/sh
# DuckDB's monthly series from the 31st falls to the 28th and stays there.
#
# Expected before the run: DuckDB steps from the first day, as polars does: 31 Jan, 28 Feb, 31 Mar.
# What happens: generate_series adds the month to the day before it, so February's 28 stays for good; asked for a year it
#   ends on 28 December. polars' date_range keeps the month's end. DuckDB itself, adding 0, 1, 2 months to the first day, does too.
# Why it matters: a rent schedule due at the month's end, made in a reader's SQL, is three days early from March on, and a due
#   date decides ageing, late interest and the period of an invoice. The number of rows is right, so no count finds it.
# What to do: due dates come from the ledger; in SQL, start + to_months(i) from the *first* day, never a stepped series.
set -eu
T=$(mktemp -d); trap 'rm -rf "$T"' EXIT
python3 -m pip install -q --disable-pip-version-check --target "$T/p" duckdb==2.0.1 polars==2.1.0
PYTHONPATH="$T/p" python3 - <<'PY'
from datetime import date
import duckdb, polars as pl
print("duckdb", duckdb.__version__, "polars", pl.__version__)
sql = "select unnest(generate_series(date '2026-01-31', date '2026-06-30', interval 1 month))::date"
series = [row[0] for row in duckdb.sql(sql).fetchall()]
added = [row[0] for row in duckdb.sql("select (date '2026-01-31' + to_months(i::int))::date from range(6) t(i) order by i").fetchall()]
ranged = pl.date_range(date(2026, 1, 31), date(2026, 6, 30), "1mo", eager=True).to_list()
for name, days in (("DuckDB generate_series", series), ("DuckDB first + to_months", added), ("polars date_range", ranged)):
    print(f"{name:26}", *(f"{day:%m-%d}" for day in days))
assert [day.day for day in series] == [31, 28, 28, 28, 28, 28]
assert [day.day for day in added] == [day.day for day in ranged] == [31, 28, 31, 30, 31, 30]
print("As described: the stepped series drifts to the 28th.")
PY
