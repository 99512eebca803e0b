#!/bin/sh
# An id of the package uuid7 is of the year 2203 for whoever reads it by the standard, and sorts behind all others.
#
# Expected before the run: RFC 9562 as published: 48 bits of milliseconds since 1970, so that every reader agrees on the time
#   and ids of two programs sort together.
# What happens: uuid7 0.1.0 writes the layout of an early draft, 36 bits of whole seconds first. The version says 7 all the
#   same, so nothing refuses it; uuid-utils reads its time as one in 2203, and it is greater than every id that uuid-utils
#   makes today. Read back by its own package the time is right.
# Why it matters: events, uploads and bank files bring ids of others. Who orders by them, or cuts a table by their time,
#   has the facts of one writer at the end for 176 years.
# What to do: take an id of others as text that identifies and says nothing; order by the position, keep the time beside it;
#   where ids are made, name the layout's standard in a test (first 48 bits within a minute of now).
set -eu
T=$(mktemp -d); trap 'rm -rf "$T"' EXIT
python3 -m pip install -q --disable-pip-version-check --target "$T/p" uuid7==0.1.0 uuid-utils==0.17.1
PYTHONPATH="$T/p" python3 - <<'PY'
import time
import uuid
from importlib.metadata import version
import uuid_extensions
import uuid_utils
print("uuid7", version("uuid7"), "uuid-utils", version("uuid-utils"))
now = time.time()
draft, standard = uuid_extensions.uuid7(), uuid.UUID(str(uuid_utils.uuid7()))
read = {name: uuid_utils.UUID(str(it)).timestamp / 1000 for name, it in (("uuid7", draft), ("uuid-utils", standard))}
for name, seconds in read.items():
    print(f"{name}: version {draft.version}, read as {time.gmtime(seconds).tm_year}")
assert draft.version == standard.version == 7, "NOT as described"
assert abs(read["uuid-utils"] - now) < 60, "NOT as described"
assert time.gmtime(read["uuid7"]).tm_year > time.gmtime(now).tm_year + 100, "NOT as described"
assert abs(uuid_extensions.uuid_to_datetime(draft).timestamp() - now) < 60, "NOT as described"
assert draft > standard, "NOT as described"
print("As described: the same version, another layout.")
PY
