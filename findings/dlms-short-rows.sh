#!/bin/sh
# dlms-cosem leaves a column out of a load profile's row where the meter says "as before".
#
# Expected before the run: a null in a load profile is filled in for the clock (the row before and a capture period), and
#   stays None for every other column.
# What happens: the clock is filled in; of any other column the null is left out, and the row is a column shorter. Where
#   import stood still, export is the second value of the row. The length is checked before, not after, so nothing is raised.
#   Gurux's library keeps the place, as None, and leaves it to the caller to know that it means the value before.
# Why it matters: meters send null for a value that did not change (DLMS UA's null-data compression, class 7's buffer): a
#   building with solar panels does so for import at noon and for export at night. Read by place, as a table is, 510 kWh of
#   export become import, and the difference of two readings a bill.
# What to do: read each value by the attribute it carries, never by its place; count the columns of each row against the
#   capture objects; a null is the value before it, and a profile that begins with one is refused.
set -eu
T=$(mktemp -d); trap 'rm -rf "$T"' EXIT
python3 -m pip install -q --disable-pip-version-check --target "$T/p" dlms-cosem==25.1.0 gurux-dlms==1.0.203
PYTHONPATH="$T/p" python3 - <<'PY'
from importlib.metadata import version
from dlms_cosem.cosem import CosemAttribute, Obis
from dlms_cosem.enumerations import CosemInterface
from dlms_cosem.parsers import ProfileGenericBufferParser
from gurux_dlms import GXByteBuffer, GXDLMSClient
from gurux_dlms.internal._GXCommon import _GXCommon
from gurux_dlms.internal._GXDataInfo import _GXDataInfo
from gurux_dlms.objects import GXDLMSCaptureObject, GXDLMSClock, GXDLMSProfileGeneric, GXDLMSRegister
print("dlms-cosem", version("dlms-cosem"), "gurux-dlms", version("gurux-dlms"))
NULL, CLOCK = b"\x00", bytes.fromhex("090c 07ea0601 01 000000 00 fe20 00")  # 1 June 2026 0:00, eight hours before UTC
register = lambda kwh: b"\x06" + kwh.to_bytes(4, "big")
rows = [(CLOCK, register(1000), register(500)), (NULL, NULL, register(510)), (NULL, register(1040), NULL)]
sent = b"\x01\x03" + b"".join(b"\x02\x03" + b"".join(row) for row in rows)
names = "0.0.1.0.0.255", "1.0.1.8.0.255", "1.0.2.8.0.255"  # clock, import, export
kinds = CosemInterface.CLOCK, CosemInterface.REGISTER, CosemInterface.REGISTER
captured = [CosemAttribute(kind, Obis.from_string(name), 2) for kind, name in zip(kinds, names)]
read = ProfileGenericBufferParser(captured, capture_period=15).parse_bytes(sent)
cosem = [[str(column.value) for column in row] for row in read]
print(*("dlms-cosem " + " | ".join(row) for row in cosem), sep="\n")
profile, client = GXDLMSProfileGeneric("1.0.99.1.0.255"), GXDLMSClient(True)
profile.capturePeriod = 900
for kind, name in zip((GXDLMSClock, GXDLMSRegister, GXDLMSRegister), names):
    profile.captureObjects.append((kind(name), GXDLMSCaptureObject(2, 0)))
client.updateValue(profile, 2, _GXCommon.getData(client.settings, GXByteBuffer(sent), _GXDataInfo()))
gurux = [row[1:] for row in profile.buffer]
print("gurux without the clock", *gurux)
assert [len(row) for row in cosem] == [3, 2, 2], "NOT as described"
assert cosem[1] == ["2026-06-01 00:15:00+08:00", "510"] and cosem[2] == ["2026-06-01 00:30:00+08:00", "1040"]
assert gurux == [[1000, 500], [None, 510], [1040, None]], "NOT as described"
print("As described: export stands where import was.")
PY
