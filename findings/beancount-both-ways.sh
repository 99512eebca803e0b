#!/bin/sh
# beancount values dollars by 1/0.14 instead of the 7.20 on record, once a price the other way is written on the same day.
#
# Expected before the run: the price as written, dollars in yuan, wins; if not, the later line of the file.
# What happens: of the two ways the one with fewer prices is turned round and put behind the other's, so that it wins on a day
#   that has both: a series of dollars in yuan and one price of a yuan in dollars give 7.142857, in either order of the lines.
#   With one price each, the later line wins. And where the written way is the rarer one, 7.20 comes back as
#   7.199999999999999999999999999.
# Why it matters: a bank's sheet quotes both ways, rounded (7.20 and 0.14 are not each other's inverse). A million dollars at
#   the year's end are then 57,142.86 yuan less, no error is raised, and one line more in a file of prices moves every report
#   of that day.
# What to do: keep prices in one direction per pair of currencies, with their source; when another book is made from ours,
#   write one price a pair and day.
set -eu
T=$(mktemp -d); trap 'rm -rf "$T"' EXIT
python3 -m pip install -q --disable-pip-version-check --target "$T/p" beancount==3.2.3
PYTHONPATH="$T/p" python3 - <<'PY'
from datetime import date
from decimal import Decimal as D
from importlib.metadata import version
from beancount import loader
from beancount.core import convert, prices
from beancount.core.amount import Amount
print("beancount", version("beancount"))
DAY = date(2026, 12, 31)
before, usd, cny = "2026-06-30 price USD 7.10 CNY", "2026-12-31 price USD 7.20 CNY", "2026-12-31 price CNY 0.14 USD"
cny_before = "2026-06-30 price CNY 0.141 USD"
def worth(*lines):
    entries, errors, _ = loader.load_string("\n".join(lines) + "\n")
    assert not errors
    table = prices.build_price_map(entries)
    million = convert.convert_amount(Amount(D(1_000_000), "USD"), "CNY", table, DAY)
    got = prices.get_price(table, ("USD", "CNY"), DAY)[1], million
    print(*(line[11:] for line in lines), "->", got[0], "a million", f"{got[1].number:.2f}", sep=" | ")
    return got[0]
inverse = 1 / D("0.14")
assert worth(before, usd) == D("7.20")
assert worth(before, usd, cny) == worth(before, cny, usd) == inverse, "NOT as described"
assert worth(usd, cny) == inverse and worth(cny, usd) != inverse, "NOT as described"
assert str(worth(cny_before, cny, usd)) == "7.199999999999999999999999999", "NOT as described"
print("As described: the rarer way wins.")
PY
