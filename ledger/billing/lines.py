"""What the facts of billing are made of: lines of documents, allocations of receipts, spans of late fees, exposures.

All of it is stored inside facts: a field is only ever added, and optional.
"""

from bisect import bisect_left
from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, Struct

from ledger.decider import Id, Text
from ledger.leases.facts import LeaseId
from ledger.periods import month_after, month_of
from ledger.values.money import Ratio

Charge = Literal[
    "RENT",
    "TURNOVER_RENT",
    "SERVICE_CHARGE",
    "LATE_FEE",
    "TERMINATION_FEE",
    "ENERGY",
    "TAKE_OR_PAY",
    "GUARANTEE_LD",
    "REFUND_CLAIM",
]


FapiaoNumber = Annotated[str, Meta(pattern=r"^[0-9]{8,20}$(?!\n)", description="8 to 20 digits.")]
"""The number of a tax invoice (发票)."""

FapiaoCode = Annotated[str, Meta(pattern=r"^([0-9]{10}|[0-9]{12})$(?!\n)", description="10 or 12 digits.")]
"""The code of a tax invoice that is not fully digitalized (发票代码)."""


class DocumentLine(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """One line of an invoice or note: for which days, how much, at which tax rate. VAT is rounded on each line.

    months    where the line covers several months: the net of each, from the first on
    """

    from_on: date
    until_on: date
    net_minor: int
    vat_rate: Ratio
    vat_minor: int
    months: tuple[int, ...] = ()

    @property
    def by_month(self) -> tuple[tuple[str, int], ...]:
        """The net of each month that the line is for."""
        if not self.months:
            return ((month_of(self.from_on), self.net_minor),)
        month, parts = month_of(self.from_on), []
        for net in self.months:
            parts.append((month, net))
            month = month_after(month)
        return tuple(parts)


class Allocation(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """The part of a receipt that pays a document: of a lease, or of another contract, named by its tag.

    company   the tenant that owes the document, where that is not the one whose receipt it is
    """

    invoice: Id
    lease: LeaseId | None = None
    amount_minor: int
    contract: Text | None = None
    company: Id | None = None


def contract_tags(lease: LeaseId | None, contract: str | None) -> tuple[str, ...]:
    """The tags of what a document belongs to: a lease, another contract, or both."""
    return (*((f"lease:{lease}",) if lease is not None else ()), *((contract,) if contract is not None else ()))


def net_of_lines(lines: tuple[DocumentLine, ...]) -> int:
    """Sum the net of lines."""
    return sum([line.net_minor for line in lines])


def vat_of_lines(lines: tuple[DocumentLine, ...]) -> int:
    """Sum the VAT of lines."""
    return sum([line.vat_minor for line in lines])


def amounts_of(allocations: tuple[Allocation, ...]) -> tuple[tuple[str, int, str], ...]:
    """List what allocations pay, in the order of documents: (document, minor units, another tenant that owes it)."""
    return tuple(sorted((one.invoice, one.amount_minor, one.company or "") for one in allocations))


def paid_tags(allocations: tuple[Allocation, ...]) -> tuple[str, ...]:
    """List the documents that allocations pay, their leases or other contracts, and other tenants, as tags."""
    return tuple(tag for one in allocations for tag in _paid_tags(one))


def _paid_tags(one: Allocation) -> tuple[str, ...]:
    of_another = (f"tenant:{one.company}",) if one.company is not None else ()
    return (f"invoice:{one.invoice}", *contract_tags(one.lease, one.contract), *of_another)


class LateFeeSpan(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Days on which the same amount of a document was open, and late."""

    from_on: date
    until_on: date
    open_minor: int


AGES = ("not_due", "days_1_30", "days_31_60", "days_61_90", "days_91_180", "days_over_180")
"""The ages of receivables, by days overdue, as the ageing names them."""

EDGES = (0, 30, 60, 90, 180)
"""The last day overdue of each age but the last."""


def days_overdue(due_on: date | None, on: date) -> int:
    """Whole days since the due date; 0 on it, before it, and where none is known."""
    return 0 if due_on is None else max((on - due_on).days, 0)


def age_of(due_on: date | None, on: date) -> int:
    """The age of a document, as an index into AGES."""
    return bisect_left(EDGES, days_overdue(due_on, on))


class Exposure(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Receivables of one age, and the share of them that is expected to be lost."""

    bucket: Text
    gross_minor: int
    rate: Ratio


Movement = Literal["RECEIVED", "APPLIED", "FORFEITED", "REFUNDED", "MOVED", "TAKEN_OVER", "INTEREST"]
"""What became of deposit."""
