#!/bin/sh
# polars multiplies exact decimals and rounds every product, unless the same product is asked for in SQL.
#
# Expected before the run: Decimal / Decimal keeps about two more digits and rounds half up; of the product nothing was
#   written down (any SQL engine keeps the sum of the two scales, so that would have been the guess).
# What happens: an expression keeps only the larger of the two scales and rounds half to even: 10.5 kWh x 0.15 = 1.58,
#   10.7 x 0.15 = 1.60. polars' own SQL over the same frame answers 1.575 and 1.605. Division likewise: 1.00 / 8.00 = 0.12.
# Why it matters: energy x rate and area x rate are this ledger's commonest figures. A reader's check of our Parquet files
#   in polars rounds each line before it adds, loses half a fen a line, and depends on which of two doors was used.
# What to do: cast both factors to enough scale first (pl.Decimal(38, 6)), round once, by the rule of the contract.
set -eu
T=$(mktemp -d); trap 'rm -rf "$T"' EXIT
python3 -m pip install -q --disable-pip-version-check --target "$T/p" polars==2.1.0
PYTHONPATH="$T/p" python3 - <<'PY'
from decimal import Decimal as D
import polars as pl
print("polars", pl.__version__)
lines = pl.DataFrame({"kwh": [D("10.5"), D("10.7")], "rate": [D("0.15"), D("0.15")]})
product = pl.col("kwh") * pl.col("rate")
expression = lines.select(p=product)["p"].to_list()
in_sql = pl.SQLContext(t=lines).execute("select kwh * rate as p from t").collect()["p"].to_list()
wide = pl.Decimal(38, 6)
cast = lines.select(p=pl.col("kwh").cast(wide) * pl.col("rate").cast(wide))["p"].to_list()
divided = pl.DataFrame({"a": [D("1.00")], "b": [D("8.00")]}).select(q=pl.col("a") / pl.col("b"))["q"].to_list()
print("expression", *expression, "| SQL", *in_sql, "| cast first", *cast, "| 1.00 / 8.00 =", *divided)
assert expression == [D("1.58"), D("1.60")] and divided == [D("0.12")]
assert in_sql == cast == [D("1.575"), D("1.605")]
print("As described: expressions round each product to the larger scale, half to even; SQL does not.")
PY
