#!/bin/sh
# eeco charges nothing, and says nothing, for a tariff band that goes over midnight, over the week's end or over the year's.
#
# Expected before the run: hours 22 to 6 in one row are the night, months 11 to 2 the winter; or an error that the end is
#   before the beginning. A demand charge of two months: the peak of each.
# What happens: such a row is in the list of charges with zeros throughout, so 22 to 6 costs 0 as one row and is right as two
#   (22 to 24 and 0 to 6); months 11 to 2 and weekdays 5 to 0 likewise. No error, no warning. A monthly demand charge over two
#   months is one peak: 100 kW in June and 50 in July cost 100, month by month 150.
# Why it matters: valley bands are written 22:00 to 6:00 in every Chinese tariff, and winter months go over New Year. A check
#   of a bill against this package finds the night free of charge.
# What to do: split a band at midnight when it is read; a tariff must cover every interval of a month once, or it is refused;
#   peaks by month, whatever the horizon.
set -eu
T=$(mktemp -d); trap 'rm -rf "$T"' EXIT
python3 -m venv "$T/v"
"$T/v/bin/pip" install -q --disable-pip-version-check eeco==0.4.2
"$T/v/bin/python" - <<'PY'
import warnings
from importlib.metadata import version
import numpy as np
import pandas as pd
from eeco.costs import calculate_cost, get_charge_dict
warnings.simplefilter("error", UserWarning)
print("eeco", version("eeco"))
ALWAYS = {
    "utility": "electric", "type": "energy", "name": "band", "assessed": "monthly", "month_start": 1, "month_end": 12,
    "weekday_start": 0, "weekday_end": 6, "hour_start": 0, "hour_end": 24, "charge (metric)": 1.0, "charge (imperial)": 1.0,
    "basic_charge_limit (metric)": 0, "basic_charge_limit (imperial)": 0,
}
def cost(start, end, *bands, kw=lambda quarters: np.full(quarters, 100.0)):
    start, end = pd.Timestamp(start), pd.Timestamp(end)
    charges = get_charge_dict(start, end, pd.DataFrame([ALWAYS | band for band in bands]), resolution="15m")
    used = {"electric": kw(int((end - start) / pd.Timedelta("15min")))}
    return float(calculate_cost(charges, used, resolution="15m", consumption_estimate={"electric": 0})[0])
DAY, WEEK, WINTER = ("2026-06-01", "2026-06-02"), ("2026-06-01", "2026-06-08"), ("2026-12-01", "2026-12-02")
half = lambda quarters: np.concatenate([np.full(30 * 96, 100.0), np.full(quarters - 30 * 96, 50.0)])
peak = {"type": "demand"}
found = {
    "a day, always": cost(*DAY, {}),
    "hours 22 to 6": cost(*DAY, {"hour_start": 22, "hour_end": 6}),
    "hours 22 to 24, 0 to 6": cost(*DAY, {"hour_start": 22, "name": "late"}, {"hour_end": 6, "name": "early"}),
    "December, months 11 to 2": cost(*WINTER, {"month_start": 11, "month_end": 2}),
    "a week, days 5 to 0": cost(*WEEK, {"weekday_start": 5, "weekday_end": 0}),
    "peaks of June and July together": cost("2026-06-01", "2026-08-01", peak, kw=half),
    "June": cost("2026-06-01", "2026-07-01", peak),
    "July": cost("2026-07-01", "2026-08-01", peak, kw=lambda quarters: np.full(quarters, 50.0)),
}
for name, amount in found.items():
    print(name, amount)
assert list(found.values()) == [2400, 0, 800, 0, 0, 100, 100, 50], "NOT as described"
print("As described: the night is free.")
PY
