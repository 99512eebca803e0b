#!/bin/sh
# cn2an writes an amount in words by cutting the third decimal, while the figure beside it is rounded.
#
# Expected before the run: the central bank's examples come out right; a third decimal is rounded, perhaps half to even.
# What happens: the examples are right. A third decimal is dropped: 29.999 becomes 贰拾玖元玖角玖分 (29.99) where the figure
#   prints as 30.00. No error is raised, though a tenth of a fen is no amount.
# Why it matters: on invoices and receipts the words stand beside the figure, and where they differ the words may be held against
#   the figure or the paper returned.
# What to do: make words only from the rounded amount that is printed; refuse a third decimal; read the words back in a test.
set -eu
T=$(mktemp -d); trap 'rm -rf "$T"' EXIT
python3 -m pip install -q --disable-pip-version-check --target "$T/p" cn2an==0.5.24
PYTHONPATH="$T/p" PYTHONIOENCODING=utf-8 python3 - <<'PY'
from decimal import Decimal
from importlib.metadata import version
import cn2an
print("cn2an", version("cn2an"))
right = {"6007.14": "陆仟零柒元壹角肆分", "16409.02": "壹万陆仟肆佰零玖元零贰分"}
assert all(cn2an.an2cn(figure, "rmb") == words for figure, words in right.items())
for figure, words in {"29.999": "贰拾玖元玖角玖分", "1.999": "壹元玖角玖分"}.items():
    got = cn2an.an2cn(figure, "rmb")
    print(figure, "in words", got, "| as printed", format(Decimal(figure), ".2f"))
    assert got == words
print("As described: words are cut, figures are rounded.")
PY
