"""The dated table of VAT rates, and the rules of what is in the base, in words (domain §4.5, §14.5).

TABLE      every rate that the law has, from when and until when
RULES      what is taxed, at whose rate; and what is not settled
KEPT_…     the series of rates by which what is kept is taxed, from the day on that somebody approves one
kept_rate  the rate of something kept: as it is named, or by the rule of the day
rates_on   the rates of a day
why_not    what is wrong with a rate on a day; None where the table has it

What is not in the table may be taken with a reason in words: an invoice of 2026 for a supply of 2025, for example.
"""

from datetime import date
from fractions import Fraction
from typing import NamedTuple

from ledger.rates import Rates, Series, value_on

KEPT_ADVANCES, KEPT_FEES, KEPT_DEPOSITS = "vat/forfeited-advances", "vat/cancellation-fees", "vat/forfeited-deposits"
LAW_ON = date(2026, 1, 1)
"""The day on which the VAT Law and its Implementing Regulations came into force."""

DECREE = "Provisional Regulations on VAT (Decree 538 of the State Council)"
OF_2016 = "Caishui 36 of 2016"
OF_2018 = "Caishui 32 of 2018"
OF_2019 = "Announcement 39 of 2019 of the Ministry of Finance, the State Taxation Administration and the Customs"
SMALL = "Announcement 19 of 2023 of the Ministry of Finance and the State Taxation Administration"


class VatRate(NamedTuple):
    """A rate of the law: from a day on, until a day where it ended. `settled`: nothing about it is open.

    source   the text of law that says it; `now`: that which says it under the VAT Law
    """

    rate: str
    since: date
    until: date | None
    what: str
    source: str
    now: str = "VAT Law, Art. 10"
    settled: bool = True

    def source_on(self, day: date) -> str:
        """The text of law that says it on a day."""
        return self.now if day >= LAW_ON else self.source


TABLE: tuple[VatRate, ...] = (
    VatRate("0.17", date(2009, 1, 1), date(2018, 4, 30), "goods, electricity, equipment", DECREE),
    VatRate("0.16", date(2018, 5, 1), date(2019, 3, 31), "goods, electricity, equipment", OF_2018),
    VatRate("0.13", date(2019, 4, 1), None, "goods, electricity, heat, equipment", OF_2019),
    VatRate("0.11", date(2016, 5, 1), date(2018, 4, 30), "leasing of real property, construction", OF_2016),
    VatRate("0.10", date(2018, 5, 1), date(2019, 3, 31), "leasing of real property, construction", OF_2018),
    VatRate("0.09", date(2019, 4, 1), None, "leasing of real property, construction", OF_2019),
    VatRate("0.06", date(2016, 5, 1), None, "services: property management, brokerage", OF_2016),
    VatRate("0.05", date(2016, 5, 1), date(2025, 12, 31), "simplified: leasing of property of before 2016-05", OF_2016),
    VatRate(
        *("0.03", date(2009, 1, 1), None, "simplified; from 2026 also leasing, if the option is still open", DECREE),
        now="VAT Law, Art. 11",
        settled=False,
    ),
    VatRate(
        *("0.01", date(2020, 3, 1), date(2027, 12, 31), "small-scale suppliers, reduced", SMALL),
        now=SMALL,
        settled=False,
    ),
    VatRate(
        *("0", date.min, None, "exports, services across the border, exempt supplies", f"{DECREE}; {OF_2016}"),
        now="VAT Law, Art. 10 and 24",
    ),
)


class VatRule(NamedTuple):
    """A rule of the base or of the tax point, in words. `settled`: nothing about it is open.

    series   the rates by which it is applied, from the day on that somebody approves one
    """

    subject: str
    says: str
    settled: bool = True
    series: Series | None = None


RULES: tuple[VatRule, ...] = (
    VatRule(
        "late fees",
        "In the base where they are part of the price (price-outside charges): at the rate of what is late, taken out "
        "of the fee. A late fee on what was not taxed is not taxed.",
    ),
    VatRule(
        "forfeited deposits",
        "In the base where the lease was performed and the deposit pays for it, or for ending it early: at the rate of "
        "leasing, taken out of the deposit. Kept before anything was supplied, it is compensation and not taxed. "
        f"A rate approved as {KEPT_DEPOSITS} holds where a command names none.",
        False,
        KEPT_DEPOSITS,
    ),
    VatRule(
        "forfeited advances",
        "Kept because an order was cancelled before delivery: compensation, not taxed, unless your tax office says "
        f"that it is part of a price. Then approve its rate as {KEPT_ADVANCES}, from the day on which it holds.",
        False,
        KEPT_ADVANCES,
    ),
    VatRule(
        "cancellation fees",
        "Of an order that was not delivered: compensation, not taxed, unless your tax office says otherwise. Then "
        f"approve its rate as {KEPT_FEES}, from the day on which it holds.",
        False,
        KEPT_FEES,
    ),
    VatRule("termination fees", "At the rate of leasing where the lease's terms say that they are taxable."),
    VatRule(
        "simplified leasing",
        "5 % through 2025-12-31; 3 % under the VAT Law from 2026-01-01. Whether the option for property of before "
        "2016-05 goes on is not confirmed: approve vat/leasing-simplified for 2026-01-01 as your tax office says.",
        False,
        "vat/leasing-simplified",
    ),
    VatRule(
        "rent in advance",
        "Tax point: the invoice, the earliest of receipt, contractual due date and invoice where it is billed before "
        "it is due. Whether receipt alone is one under the VAT Law (Art. 28) is not confirmed.",
        False,
    ),
)


def kept_rate(rates: Rates, series: Series, on: date, named: str | None) -> str:
    """The rate of the tax that something kept includes: as it is named, else as it is approved for the day, else 0."""
    return named if named is not None else value_on(rates, series, on) or "0"


def rates_on(day: date) -> tuple[VatRate, ...]:
    """The rates of a day."""
    return tuple(one for one in TABLE if one.since <= day and (one.until is None or day <= one.until))


def why_not(rate: str, day: date) -> str | None:
    """Say what is wrong with a rate on a day; None where the table has it."""
    there = rates_on(day)
    if any(Fraction(one.rate) == Fraction(rate) for one in there):
        return None
    known = ", ".join(sorted((one.rate for one in there), key=Fraction))
    ended = [one for one in TABLE if Fraction(one.rate) == Fraction(rate)]
    when = (
        f"; {rate} holds from {ended[0].since}" + (f" to {ended[0].until}" if ended[0].until else "") if ended else ""
    )
    return f"there is no VAT rate of {rate} on {day}: {known}{when}"
