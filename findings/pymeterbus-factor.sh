#!/bin/sh
# pyMeterBus leaves out the factor beside a meter's unit: 5 MWh are read as 5000 Wh.
#
# Expected before the run: the multiplicative factors of the standard are applied, and a negative number in BCD is negative.
# What happens: a record of 5 in kWh with the factor 1000 beside it is 5000 Wh, as without it, and with the factor 0.001 too.
#   Beside the value stands UNKNOWN_ENHANCEMENT, which no sum looks at. Volumes likewise: 50 m3 are 0.05. pymbusparser, given
#   the same bytes, applies both. A negative BCD number, the sign of most decoders' faults, is read right.
# Why it matters: EN 13757-3 lets a factor of 10^-6 to 10^0, or 1000, stand behind the unit (combinable VIFE E111 0nnn and
#   E111 1101), and meters of heat and cold send what would overflow in it. A thousandth of a plausible figure is plausible.
# What to do: refuse a record with an extension that is not understood; hold a meter's first reading against its display; let
#   a jump of ten or a thousand times be named.
set -eu
T=$(mktemp -d); trap 'rm -rf "$T"' EXIT
python3 -m pip install -q --disable-pip-version-check --target "$T/p" pyMeterBus==0.8.5 pymbusparser==0.5.3
PYTHONPATH="$T/p" python3 - <<'PY'
from decimal import Decimal
from importlib.metadata import version
import meterbus, pymbusparser
print("pyMeterBus", version("pyMeterBus"), "pymbusparser", version("pymbusparser"))
want = {  # the record; as the standard says, in Wh or m3; as pyMeterBus reads it
    "04 06 05000000": ("5 kWh", 5000, 5000),
    "04 86 7d 05000000": ("5 kWh x 1000", 5_000_000, 5000),
    "04 86 73 05000000": ("5 kWh x 0.001", 5, 5000),
    "04 94 7d 05000000": ("5 x 0.01 m3 x 1000", 50, Decimal("0.05")),
    "0c 06 563412f0": ("-123456 kWh in BCD", -123_456_000, -123_456_000),
}
for record, (name, right, wrong) in want.items():
    body = bytes.fromhex("08 01 72 78563412 2423 01 04 55 00 0000" + record)
    frame = bytes([0x68, len(body), len(body), 0x68]) + body + bytes([sum(body) & 255, 0x16])
    [seen] = meterbus.load(frame).records
    [other] = pymbusparser.parse(frame.hex())["records"]
    got = round(Decimal(seen.value), 6)
    print(f"{name:20} pyMeterBus {got} {seen.unit}, pymbusparser {other['value']['value']} {other['unit']}")
    assert got == wrong and Decimal(other["value"]["value"]) == right, "NOT as described"
    assert seen.unit in ("Wh", "m^3") and other["unit"] in ("W.h", "m3"), "NOT as described"
print("As described: the factor is left out.")
PY
