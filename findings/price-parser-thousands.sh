#!/bin/sh
# price-parser reads 0.125 yuan a kWh as 125, and a credit of -5.00 as 5.00.
#
# Expected before the run: 1,234 is 1234, 1.234,56 is 1234.56 and 1.234 kWh is 1.234 (of 12.345 there was doubt). Of signs
#   nothing was written down; that they are kept would have been the guess.
# What happens: a point or a comma before exactly three digits is a mark of thousands, even where a lone 0 stands before it:
#   0.125 is 125, 0.1250 is 0.1250. A minus and brackets are dropped. With decimal_separator="." the first is right, the
#   sign still lost.
# Why it matters: energy's prices have three decimals, and no number is grouped after a 0; a tariff sheet read by it has 0.12
#   and 0.5 right and 0.125 a thousandfold. A credit note's total becomes a debt of the same amount.
# What to do: read figures by a profile that names the decimal mark, refuse a mark in any other place, keep the sign; hold each
#   price against the one before it.
set -eu
T=$(mktemp -d); trap 'rm -rf "$T"' EXIT
python3 -m pip install -q --disable-pip-version-check --target "$T/p" price-parser==0.5.1
PYTHONPATH="$T/p" PYTHONIOENCODING=utf-8 python3 - <<'PY'
from importlib.metadata import version
from price_parser import Price
print("price-parser", version("price-parser"))
want = {  # as it stands, and with the decimal mark said
    "1,234": ("1234", "1234"), "0.12 元/kWh": ("0.12", "0.12"), "0.125 元/kWh": ("125", "0.125"),
    "0.1250 元/kWh": ("0.1250", "0.1250"), "3.500 m³": ("3500", "3.500"), "0,125": ("125", "125"),
    "-5.00": ("5.00", "5.00"), "(5.00)": ("5.00", "5.00"),
}
for text, amounts in want.items():
    got = str(Price.fromstring(text).amount), str(Price.fromstring(text, decimal_separator=".").amount)
    print(f"{text:16} {got[0]:8} with decimal_separator='.' {got[1]}")
    assert got == amounts, "NOT as described"
print("As described: 0.125 is 125, and a sign is lost.")
PY
