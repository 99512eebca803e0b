"""What a lease pays and earns month by month (IFRS 16.81, .87; CAS 21; domain §4.1-§4.3).

Row        one month, or the part of one that a lease or its terms cover
schedule   every row of a lease through a date, modifications included
prorated   a part of a month, by the lease's convention

Fixed cash is spread straight-line: over each stretch of unchanged terms by largest remainder, full months weighing 1
and a part of a month its days of the month's days. A modification begins a new stretch from its effective date; what
was accrued until then becomes part of its payments: nothing is caught up. Rent above the terms by an index review is
variable and recognised as it falls due.
"""

from datetime import date

from msgspec import Struct


class Row(Struct, frozen=True, kw_only=True):
    """The days `from_on` to `until_on`, both in `month`. Amounts in CNY minor units, ex VAT.

    cash_minor      fixed rent payable for these days
    variable_minor  rent above it by index review, payable and earned
    revenue_minor   fixed rent earned, straight-line
    accrued_minor   Σ revenue − Σ fixed cash through these days: an asset where positive
    """

    month: str
    from_on: date
    until_on: date
    cash_minor: int
    variable_minor: int
    revenue_minor: int
    accrued_minor: int
