"""Late fees on documents of an agreement, as they are recorded.

EnergyLateFeeAssessed   interest by the day on a document that is paid late
"""

from ledger.billing.lines import LateFeeSpan
from ledger.decider import Id
from ledger.offtake.facts import EnergyIssued
from ledger.values.money import Ratio


class EnergyLateFeeAssessed(EnergyIssued, frozen=True, kw_only=True, tag="energy.late-fee-assessed"):
    """Interest on an overdue document of the agreement: simple, a day's rate of what was open that day. Its fields say
    what those of billing's late fees say; of a settlement agent it is the generator's, and nothing is kept of it."""

    derived = (
        "accounting_on", "company", "lease", "charge", "lines", "due_on", "late_fee_per_day", "generator", "fee_minor",
        "fee_vat_minor", "principal_minor", "days", "rate_per_day", "spans",
    )  # fmt: skip
    on_invoice: Id
    principal_minor: int
    days: int
    rate_per_day: Ratio
    taxable: bool = False
    spans: tuple[LateFeeSpan, ...] = ()

    @property
    def about(self) -> tuple[str, ...]:
        """The agreement, its lease, this document, and the one that is overdue."""
        return (*super().about, f"invoice:{self.on_invoice}")
