#!/bin/sh
# "30/360 ISDA" of two libraries are two rules.
#
# Expected before the run: the American 30/360 rules of QuantLib and pyxirr all give 360 days from 29 February 2024 to
#   28 February 2025, and QuantLib's bond basis 359.
# What happens: one span has up to three answers, and the names cross. What pyxirr calls "30/360 ISDA" is QuantLib's BondBasis;
#   what QuantLib calls ISDA is pyxirr's "30E/360 ISDA". From 28 February to 31 March they count 33 and 30 days, and
#   QuantLib's NASD and USA, both "US", differ by as much. 1 January to 31 December is 360 days in one, 359 in the other.
# Why it matters: late interest and a part month's rent are counted this way; three days of thirty are 10 %. A contract that
#   says "30/360 ISDA", or a check "with another library, same name", does not settle the rule.
# What to do: a rule carries its own written definition (what becomes of the 31st and of February's end) and worked examples;
#   never a library's name for it.
set -eu
T=$(mktemp -d); trap 'rm -rf "$T"' EXIT
python3 -m pip install -q --disable-pip-version-check --target "$T/p" QuantLib==1.44 pyxirr==0.10.8
PYTHONPATH="$T/p" python3 - <<'PY'
from datetime import date
import pyxirr, QuantLib as ql
print("QuantLib", ql.__version__, "pyxirr", pyxirr.__version__)
spans = [(date(2024, 2, 29), date(2025, 2, 28)), (date(2025, 2, 28), date(2025, 3, 31)), (date(2024, 1, 1), date(2024, 12, 31))]
rules = ("ISDA", "BondBasis", "USA", "NASD"), ("30/360 ISDA", "30E/360 ISDA")
def quantlib(rule, a, b):
    day = lambda d: ql.Date(d.day, d.month, d.year)
    return ql.Thirty360(getattr(ql.Thirty360, rule)).dayCount(day(a), day(b))
seen = {f"QuantLib {rule}": [quantlib(rule, *span) for span in spans] for rule in rules[0]}
seen |= {f"pyxirr {rule}": [round(360 * pyxirr.year_fraction(*span, rule)) for span in spans] for rule in rules[1]}
for name, days in seen.items():
    print(f"{name:22}", *days)
assert seen["QuantLib ISDA"] == seen["pyxirr 30E/360 ISDA"] == [360, 30, 359]
assert seen["QuantLib BondBasis"] == seen["pyxirr 30/360 ISDA"] == seen["QuantLib NASD"] == [359, 33, 360]
assert seen["QuantLib USA"] == [360, 30, 360]
print("As described: the same name, 30 and 33 days.")
PY
