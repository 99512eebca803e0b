"""The numbers that certificates bear, and the days on which they are valid.

CertificateNumber   the number of one certificate, as its issuer writes it
Numbers             a range of them, first to last
NumbersMalformed    two numbers that are no range
numbers             the range of two numbers
valid_through       the last day on which the certificates of a month are valid
"""

import re
from datetime import date, timedelta
from typing import Annotated

from msgspec import Meta, Struct

from ledger.offtake.rules import OfftakeRefusal
from ledger.periods import Month, first_and_last

PATTERN = r"^[A-Z0-9-]{0,39}[0-9]$(?!\n)"
CertificateNumber = Annotated[
    str,
    Meta(pattern=PATTERN, description="Capital letters, digits and hyphens, ending in digits; up to 40."),
]
_TAIL = re.compile(r"[0-9]+$")
YEARS_VALID = 2


class NumbersMalformed(OfftakeRefusal):
    """Two numbers that are no range, or a validity that ends before the month does."""

    code = "certificate-numbers-malformed"


class Numbers(Struct, frozen=True, order=True):
    """A range of numbers, both ends in it: those of one series differ in their last digits alone.

    series   what stands before the last digits, and how many digits these are: `GEC-2024-` and 8
    """

    series: tuple[str, int]
    first: int
    last: int

    @property
    def count(self) -> int:
        """Count the certificates."""
        return self.last - self.first + 1

    @property
    def written(self) -> str:
        """The range as people write it."""
        one, other = self.written_one(self.first), self.written_one(self.last)
        return one if one == other else f"{one} to {other}"

    def written_one(self, number: int) -> str:
        """One number of the series, with its leading zeros."""
        before, digits = self.series
        return f"{before}{number:0{digits}}"

    def shared(self, other: "Numbers") -> "Numbers | None":
        """The numbers that are in both; None where there are none."""
        first, last = max(self.first, other.first), min(self.last, other.last)
        return Numbers(self.series, first, last) if self.series == other.series and first <= last else None

    def within(self, other: "Numbers") -> bool:
        """Tell whether every number of this range is in another."""
        return self.shared(other) == self


def numbers(first: str, last: str) -> Numbers:
    """The range of two numbers. Raises NumbersMalformed, which names the second: `last`."""
    (one, since), (other, until) = _split(first), _split(last)
    if one != other:
        raise NumbersMalformed(
            f"{first}, {last} are not of one series: both must be equally long, and differ in the last digits alone",
            field="last",
        )
    if until < since:
        raise NumbersMalformed(f"the last number, {last}, is before the first, {first}", field="last")
    return Numbers(one, since, until)


def _split(number: str) -> tuple[tuple[str, int], int]:
    found = _TAIL.search(number)
    assert found is not None, "its pattern ends in a digit"
    return (number[: found.start()], len(found[0])), int(found[0])


def valid_through(month: Month) -> date:
    """The last day on which certificates of a month are valid: two years, the month of generation being the first."""
    return first_and_last(f"{int(month[:4]) + YEARS_VALID:04}{month[4:]}")[0] - timedelta(days=1)
