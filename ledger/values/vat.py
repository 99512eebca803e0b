"""The rates of VAT that there are in China, and since when: a typed rate that never was one is a slip.

RATES    each rate, and its first day
no_rate  what is wrong with a rate on a day; nothing where it was one then, or before

An earlier rate stands on an invoice that comes late, for what was supplied while it held: so no rate has a last day.

Sources: Provisional Regulations on VAT (17 %, 13 %, 0 %; 3 % since 2009); Cai Shui [2011] 110 (11 %, 6 %);
Cai Shui [2016] 36 (5 %, 1.5 % for housing); Cai Shui [2014] 57 (2 % for used goods); Cai Shui [2018] 32 (16 %, 10 %);
Announcement 39 of 2019 (13 %, 9 %); Announcements 13 and 17 of 2020 (1 %, 0.5 %).
"""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction

RATES: Mapping[str, date] = {
    "0": date.min,
    "0.17": date(1994, 1, 1),
    "0.13": date(1994, 1, 1),
    "0.03": date(2009, 1, 1),
    "0.11": date(2012, 1, 1),
    "0.06": date(2012, 1, 1),
    "0.02": date(2014, 7, 1),
    "0.05": date(2016, 5, 1),
    "0.015": date(2016, 5, 1),
    "0.16": date(2018, 5, 1),
    "0.10": date(2018, 5, 1),
    "0.09": date(2019, 4, 1),
    "0.01": date(2020, 3, 1),
    "0.005": date(2020, 5, 1),
}


def no_rate(rate: str, on: date) -> str | None:
    """Tell what is wrong with a rate on a day: it was none by then."""
    since = next((first for known, first in RATES.items() if Fraction(known) == Fraction(rate)), None)
    if since is not None and since <= on:
        return None
    known = ", ".join(sorted((one for one, first in RATES.items() if first <= on), key=Fraction))
    return f"there was no VAT rate of {rate} by {on}; there are {known}"
