"""What a park that is taken over comes to: rows new and known, and the opening in the books.

told      a row for each field of the command: rows in the file, of them new, of them known
opening   a row for each account, and their sums, which are equal
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from api.intake.taking_over.reading import FIELDS, Filled
from ledger.billing.taking_over.facts import DepositTakenOver, InvoiceTakenOver
from ledger.books.accounts import CHART
from ledger.books.postings import postings
from ledger.companies.facts import LeadRegistered
from ledger.decider import Fact
from ledger.estate.facts import BuildingDefined, ParcelDefined, SiteDefined, UnitDefined
from ledger.leases.facts import LeaseTakenOver
from ledger.values.money import written

MADE: Mapping[str, type[Fact]] = {
    "companies": LeadRegistered,
    "sites": SiteDefined,
    "parcels": ParcelDefined,
    "buildings": BuildingDefined,
    "units": UnitDefined,
    "leases": LeaseTakenOver,
    "deposits": DepositTakenOver,
    "invoices": InvoiceTakenOver,
}
"""The fact that each row makes, where it is new."""


def told(filled: Filled, facts: Sequence[Fact]) -> Iterator[tuple[str, int, int, int]]:
    """Count the rows of each sheet, the new and the known ones."""
    made = Counter(type(fact) for fact in facts)
    for field, kind in MADE.items():
        count, new = len(filled.rows.get(field, ())), made[kind]
        yield FIELDS[field][0], count, new, count - new


def opening(facts: Sequence[Fact]) -> Iterator[tuple[str, str, str]]:
    """Sum what facts post, by account."""
    sums: Counter[str] = Counter()
    for fact in facts:
        for line in postings(fact):
            sums[line.account] += line.amount_minor
    for account in sorted((account for account in sums if sums[account]), key=lambda name: CHART[name].code):
        amount, name = sums[account], f"{CHART[account].code} {CHART[account].name}"
        yield (name, written(amount), "") if amount > 0 else (name, "", written(-amount))
    total = sum(amount for amount in sums.values() if amount > 0)
    yield "total", written(total), written(-sum(amount for amount in sums.values() if amount < 0))
