#!/bin/sh
# JioNLP reads 3万5千元 as 65,000 yuan, "accurate"; written wholly in characters it is 35,000.
#
# Expected before the run: 35000.00 for both; perhaps a refusal of the spoken 3万5, where the thousand is left out.
# What happens: where a figure and 万 or 亿 are followed by another figure, the first is counted twice: 3万5千元 is 65000.00,
#   1亿2千万元 is 220000000.00, 10万5千元 is 115000.00. 3.5万元 and 三万五千元 are right, and all say definition: accurate.
# Why it matters: rents, deposits and investments are announced in this way (月租3万5千元, 总投资1亿2千万元); read from a
#   lead's notes or a bank line's text such an amount matches another invoice, or none.
# What to do: no amount from running text becomes a fact by itself; figures with characters for units are refused with the
#   two ways of writing them, or shown to somebody beside the text.
set -eu
T=$(mktemp -d); trap 'rm -rf "$T"' EXIT
python3 -m pip install -q --disable-pip-version-check --target "$T/p" jionlp==1.5.31 setuptools==80.9.0
PYTHONPATH="$T/p" python3 - <<'PY'
from importlib.metadata import version
import jionlp
print("jionlp", version("jionlp"))
expected = {
    "3.5万元": "35000.00",
    "三万五千元": "35000.00",
    "3万5千元": "65000.00",
    "1亿2千万元": "220000000.00",
    "10万5千元": "115000.00",
    "2千5百元": "2500.00",
}
for text, amount in expected.items():
    found = jionlp.parse_money(text)
    print(text, found["num"], found["definition"])
    assert (found["num"], found["definition"]) == (amount, "accurate"), "NOT as described"
print("As described: the figure before 万 counts twice.")
PY
