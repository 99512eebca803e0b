"""A rate of VAT that never was one is a slip; an earlier one is of a late invoice."""

from datetime import date

import pytest

from ledger.values.vat import no_rate

DAY = date(2026, 5, 3)


@pytest.mark.parametrize(
    ("rate", "on", "was_one"),
    [
        *((rate, DAY, True) for rate in ("0", "0.01", "0.03", "0.05", "0.06", "0.060", "0.09", "0.13", "0.16", "0.17")),
        *((rate, DAY, False) for rate in ("0.07", "0.6", "0.006", "0.019", "0.08", "1")),
        *(("0.09", date(2019, 3, 31), False), ("0.09", date(2019, 4, 1), True)),
        *(("0.16", date(2018, 4, 30), False), ("0.16", date(2018, 5, 1), True)),
        *(("0.01", date(2020, 2, 29), False), ("0.01", date(2020, 3, 1), True)),
    ],
)
def test_a_rate_is_one_that_there_was_by_then(rate: str, on: date, was_one: bool) -> None:
    said = no_rate(rate, on)
    assert (said is None) == was_one
    assert said is None or said.startswith(f"there was no VAT rate of {rate} by {on}; there are 0, ")
