#!/bin/sh
# With bareNumber off, frictionless reads a negative of accountants as a positive: (500.00), 500.00- and 500.00 DR are 500.
#
# Expected before the run: what stands around a number is a unit or a currency; signs of a negative are kept or refused.
# What happens: whatever is no digit at the end, and no digit or hyphen at the beginning, is cut off, as Table Schema says of
#   bareNumber ("leading and/or trailing non-numeric characters"). Brackets, a minus behind, DR, 负 and the minus sign
#   U+2212 are such characters. -¥500.00 is an error, ¥-500.00 and CNY -500.00 are right. No row has an error or a warning.
# Why it matters: a data package for auditors sets bareNumber off to let "1,234.50 CNY" through, and the credit notes of the
#   same column, which their program writes in brackets, count as invoices.
# What to do: amounts leave as bare numbers with a hyphen, currency in a column of its own; a file of others is read with
#   bareNumber on, and its way of writing a negative is named in the profile; totals are checked against what it says.
set -eu
T=$(mktemp -d); trap 'rm -rf "$T"' EXIT
python3 -m pip install -q --disable-pip-version-check --target "$T/p" frictionless==5.21.0
PYTHONPATH="$T/p" python3 -W ignore - <<'PY'
from decimal import Decimal
from importlib.metadata import version
from frictionless import Resource, Schema
print("frictionless", version("frictionless"))
field = {"name": "amount", "type": "number", "bareNumber": False, "groupChar": ","}
expected = {
    "1,234.50 CNY": "1234.50",
    "CNY -500.00": "-500.00",
    "(500.00)": "500.00",
    "500.00-": "500.00",
    "500.00 DR": "500.00",
    "负500.00元": "500.00",
    "\u2212500.00": "500.00",
}
texts = [[text] for text in expected]
rows = Resource(data=[["amount"], *texts], schema=Schema.from_descriptor({"fields": [field]})).read_rows()
for row, (text, amount) in zip(rows, expected.items(), strict=True):
    print(text, "->", row["amount"], row.errors)
    assert row["amount"] == Decimal(amount) and not row.errors, "NOT as described"
strict = Schema.from_descriptor({"fields": [{"name": "amount", "type": "number"}]})
bare = Resource(data=[["amount"], ["(500.00)"], ["-500.00"]], schema=strict).read_rows()
assert [bool(row.errors) for row in bare] == [True, False], "NOT as described"
print("As described: the sign goes with the brackets.")
PY
