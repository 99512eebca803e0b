#!/bin/sh
# pendulum counts no month from 30 January to 28 February, and a month from 31 January to the same day.
#
# Expected before the run: 31 January to 28 February is no month and 28 days; an earlier first day is never a shorter time.
# What happens: from the 28th it is a month, from the 29th and the 30th none (30 and 29 days), from the 31st a month again. 29
#   February 2024 to 28 February 2025 is 11 months and 30 days; 30 August to 28 February is 5 months, 31 August 6. Adding the
#   month goes another way: 30 January and a month is 28 February. dateutil counts a month, or twelve, each time.
# Why it matters: a lease's term, a rent-free time and a notice are counted in months. One that ends with February and began
#   on the 29th or 30th is a month short by this count; one that began a day later is not.
# What to do: count by adding months to the *first* day and comparing, with the rule for short months written in the contract;
#   test with all of 28th to 31st, since the 31st alone looks right.
set -eu
T=$(mktemp -d); trap 'rm -rf "$T"' EXIT
python3 -m pip install -q --disable-pip-version-check --target "$T/p" pendulum==3.3.0 python-dateutil==2.9.0.post0
PYTHONPATH="$T/p" python3 - <<'PY'
from datetime import date
from importlib.metadata import version
import pendulum
from dateutil.relativedelta import relativedelta
print("pendulum", version("pendulum"), "dateutil", version("python-dateutil"))
def counted(first, last):
    span, other = pendulum.date(*last) - pendulum.date(*first), relativedelta(date(*last), date(*first))
    got = (span.in_months(), span.weeks * 7 + span.remaining_days), (other.years * 12 + other.months, other.days)
    print(date(*first), "to", date(*last), "pendulum", *got[0], "dateutil", *got[1])
    return got
february = [counted((2026, 1, day), (2026, 2, 28)) for day in (28, 29, 30, 31)]
assert [months for months, _ in february] == [(1, 0), (0, 30), (0, 29), (1, 0)], "NOT as described"
assert [other for _, other in february] == [(1, 0)] * 4
assert counted((2024, 2, 29), (2025, 2, 28)) == ((11, 30), (12, 0))
assert counted((2025, 8, 30), (2026, 2, 28)) == ((5, 29), (6, 0))
assert counted((2025, 8, 31), (2026, 2, 28)) == ((6, 0), (6, 0))
assert str(pendulum.date(2026, 1, 30).add(months=1)) == "2026-02-28"
print("As described: a day later, a month more.")
PY
