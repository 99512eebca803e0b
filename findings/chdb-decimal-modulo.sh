#!/bin/sh
# The remainder of an amount by a whole number is a hundredth, or nothing, in ClickHouse: 100.00 % 3 is 0.01.
#
# Expected before the run: 1.00, as of 100 % 3; or an error that the scales differ, as the division gives one.
# What happens: the amount's integer (10000) is divided by the bare 3, and what is left, 1, is read with two digits. So
#   100.00 % 3 is 0.01, 7.50 % 2 is 0.00 (1.50). With equal scales, 100.00 % toDecimal64('3.00', 2), it is 1.00.
# Why it matters: what is left after a division into whole parts is what a share-out has to give to somebody. An audit query
#   "amount % parts" over exported postings finds fens where yuan are left.
# What to do: shares and remainders in integer fen (intDiv, %) of an Int64, never of a Decimal; give both sides one scale.
set -eu
T=$(mktemp -d); trap 'rm -rf "$T"' EXIT
python3 -m pip install -q --disable-pip-version-check --target "$T/p" chdb==4.4.0
PYTHONPATH="$T/p" python3 - <<'PY'
from importlib.metadata import version
import chdb
print("chdb", version("chdb"), "ClickHouse", str(chdb.query("SELECT version()", "CSV")).strip())
expected = {
    "toDecimal64('100.00', 2) % 3": "0.01",
    "toDecimal64('7.50', 2) % 2": "0",
    "toDecimal64('100.00', 2) % toDecimal64('3', 0)": "0.01",
    "toDecimal64('100.00', 2) % toDecimal64('3.00', 2)": "1",
    "100 % 3": "1",
    "toDecimal64('100.00', 2) / 3": "33.33",
}
for expression, result in expected.items():
    found = str(chdb.query(f"SELECT {expression}", "CSV")).strip()
    print(expression, "=", found)
    assert found == result, "NOT as described"
print("As described: the remainder forgets the scale of what it is a remainder of.")
PY
