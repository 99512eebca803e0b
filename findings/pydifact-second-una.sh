#!/bin/sh
# pydifact loses a whole interchange, without a word, where the next one in the file begins with its own UNA.
#
# Expected before the run: both interchanges, each read with its own marks; or an error that there are two.
# What happens: the text is looked through for 'UNA, and all that stands before the first one is dropped. An interchange that
#   needs no UNA (the marks are the usual ones) followed by one that has it yields the second alone: 2.50 kWh of 3.75. Two
#   that both have a UNA are an error. Without any UNA, both are read.
# Why it matters: programs that collect meters' messages (MSCONS) put one day behind the other in a file; interchanges of
#   different senders differ just in this. A day of energy is missing, and every count within what is left is right.
# What to do: split a file at UNA and UNB first, read each interchange with its own marks, and hold UNT and UNZ against each.
set -eu
T=$(mktemp -d); trap 'rm -rf "$T"' EXIT
python3 -m pip install -q --disable-pip-version-check --target "$T/p" pydifact==0.2.3
PYTHONPATH="$T/p" python3 -W ignore - <<'PY'
from importlib.metadata import version
from pydifact.segmentcollection import RawSegmentCollection
print("pydifact", version("pydifact"))
def day(reference, value):
    return (
        f"UNB+UNOC:3+SENDER+RECEIVER+260602:0100+{reference}'UNH+1+MSCONS:D:04B:UN:2.4c'QTY+220:{value}:KWH'"
        f"UNT+3+1'UNZ+1+{reference}'"
    )
def read(text):
    try:
        return [str(one.elements[0][1]) for one in RawSegmentCollection.from_str(text).segments if one.tag == "QTY"]
    except Exception as error:
        return str(error)
UNA = "UNA:+.? '"
first, second = day("A", "1.25"), day("B", "2.50")
found = {
    "neither has UNA": read(first + second),
    "the first has it": read(UNA + first + second),
    "the second has it": read(first + UNA + second),
    "both have it": read(UNA + first + UNA + second),
}
for name, values in found.items():
    print(name, values)
assert found["neither has UNA"] == found["the first has it"] == ["1.25", "2.50"], "NOT as described"
assert found["the second has it"] == ["2.50"], "NOT as described"
assert isinstance(found["both have it"], str), "NOT as described"
print("As described: what stands before the second UNA is gone.")
PY
