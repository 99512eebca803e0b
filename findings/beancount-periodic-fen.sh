#!/bin/sh
# beancount-periodic spreads 1000.00 over three months as 333.333.
#
# Expected before the run: the parts add up exactly (that they are whole cents was taken for granted).
# What happens: they add up, but with one digit more than the money has: 333.333, 333.333, 333.334 CNY. Beancount finds nothing
#   wrong: both halves of each entry agree.
# Why it matters: a month closed by another book and by ours differ by a third of a fen in each month, so a comparison to the fen
#   fails or, rounded for print, the three months show 999.99.
# What to do: spread in the currency's smallest unit, the remainder placed by a written rule; when comparing with such a book,
#   compare cumulated balances, rounded, not the months.
set -eu
T=$(mktemp -d); trap 'rm -rf "$T"' EXIT
python3 -m pip install -q --disable-pip-version-check --target "$T/p" beancount==3.2.3 beancount-periodic==0.2.1
cat >"$T/book.bean" <<'BEAN'
plugin "beancount_periodic.amortize"
2026-01-01 open Assets:Bank CNY
2026-01-01 open Equity:Amortization:Rent
2026-01-01 open Expenses:Rent
2026-01-31 * "A landlord" "Three months' rent"
  Assets:Bank -1000.00 CNY
  Expenses:Rent 1000.00 CNY
    amortize: "3 Months /Monthly"
BEAN
PYTHONPATH="$T/p" python3 - "$T/book.bean" <<'PY'
import sys
from importlib.metadata import version
from beancount import loader
print("beancount", version("beancount"), "beancount-periodic", version("beancount-periodic"))
entries, errors, _ = loader.load_file(sys.argv[1])
parts = [(str(entry.date), posting.units.number) for entry in entries for posting in getattr(entry, "postings", [])
         if posting.account == "Expenses:Rent"]
print(*(f"{day} {number}" for day, number in parts), "errors:", len(errors))
printed = sum(round(number, 2) for _, number in parts)
print("sum", sum(number for _, number in parts), "sum of what is printed", printed)
assert [str(number) for _, number in parts] == ["333.333", "333.333", "333.334"] and not errors
assert str(printed) == "999.99"
print("As described: a digit more than the money has.")
PY
