#!/bin/sh
# nemreader's table of a meter says actual of a day that was not read, because the other channel was, and leaves the unit out.
#
# Expected before the run: a quality for each channel, or the worse one; the unit beside the value.
# What happens: get_pivot_data_frame, and the CSV made of it, have one column of quality for all channels: that of the first
#   by name. B1 (into the grid) comes before E1 (from it), so a day of E1 with N (not available, zeros) or E (estimated) is A,
#   actual, where B1 was read. Watt-hours of one channel stand beside kilowatt-hours of the other without a word. The readings
#   underneath, and the daily totals, have both right.
# Why it matters: each 300 record has its own QualityMethod, each 200 its own UOM (AEMO's MDFF specification, NEM12, 4.3 and
#   4.4). A building with panels is billed for E1: nothing for a day that nobody read, and the statement does not say
#   estimated.
# What to do: read channel by channel, quality and unit with each value; count N as missing, never as 0; take a wide table of
#   meters only with a quality a column.
set -eu
T=$(mktemp -d); trap 'rm -rf "$T"' EXIT
python3 -m pip install -q --disable-pip-version-check --target "$T/p" nemreader==0.9.2
PYTHONPATH="$T/p" python3 - "$T/day.nem" <<'PY'
import sys
from importlib.metadata import version
from nemreader import NEMFile
print("nemreader", version("nemreader"))
def day(*channels):
    lines = ["100,NEM12,202606021200,MDP1,RETAIL1"]
    for suffix, unit, value, quality in channels:
        lines.append(f"200,NEM1234567,E1B1,1,{suffix},N1,METER1,{unit},30,")
        lines.append(f"300,20260601,{','.join([value] * 48)},{quality},20260602010101,")
    with open(sys.argv[1], "w") as file:
        print(*lines, "900", sep="\n", file=file)
    book = NEMFile(sys.argv[1])
    first = book.get_pivot_data_frame().reset_index().iloc[0]
    readings = book.nem_data().readings["NEM1234567"]
    under = {suffix: (those[0].uom, those[0].quality_method) for suffix, those in readings.items()}
    print("sent", *channels, "| row: E1", first["E1"], "B1", first["B1"], "quality", first["quality"], "| readings", under)
    assert not {"uom", "unit", "UOM"} & set(first.index), "NOT as described"
    return first["E1"], first["quality"], under
exported = ("B1", "KWH", "1.5", "A,,")
for channels in ([("E1", "KWH", "0", "N,,"), exported], [exported, ("E1", "KWH", "0", "N,,")]):
    value, quality, under = day(*channels)
    assert (value, quality) == (0, "A") and under["E1"] == ("KWH", "N"), "NOT as described"
assert day(("E1", "Wh", "1500", "E64,32,"), exported)[:2] == (1500, "A"), "NOT as described"
assert day(("E1", "KWH", "1.5", "A,,"), ("B1", "KWH", "0", "N,,"))[:2] == (1.5, "N"), "NOT as described"
print("As described: the first channel's quality is everybody's.")
PY
