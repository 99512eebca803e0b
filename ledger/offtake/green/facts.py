"""Everything that is recorded of lots of green certificates.

Fact (offtake.…)           About
certificate-lot-issued     certificates of one month of generation, with their numbers
certificates-transferred   numbers of a lot went to somebody; the claim to the energy's attributes goes with them
certificates-retired       numbers of a lot were used up for somebody's claim: nobody can use them again

Each is withdrawn by offtake.step-withdrawn. Nothing posts.
"""

from datetime import date
from typing import ClassVar

from ledger.decider import Id, Text
from ledger.offtake.facts import OfftakeFact
from ledger.offtake.green.numbers import CertificateNumber, Numbers, numbers
from ledger.periods import Month
from ledger.values.evidence import Evidence

NUMBERS_TAG = "green-certificates"
"""On every lot of whatever agreement: no number is issued twice."""


class NumberedFact(OfftakeFact, frozen=True, kw_only=True):
    """Something about certificates of one lot, by their numbers: both ends are among them."""

    lot: Id
    first: CertificateNumber
    last: CertificateNumber

    @property
    def numbers(self) -> Numbers:
        """The range."""
        return numbers(self.first, self.last)

    @property
    def count(self) -> int:
        """Count the certificates."""
        return self.numbers.count


class CertificateLotIssued(NumberedFact, frozen=True, kw_only=True, tag="offtake.certificate-lot-issued"):
    """Green certificates for the energy of one month: one for a megawatt-hour.

    tradable      they may go to others; those of energy used on the spot may only be retired
    valid_until   the last day on which they can be transferred or retired
    """

    named_by: ClassVar[str | None] = "lot"
    month: Month
    tradable: bool
    valid_until: date
    evidence: Evidence

    @property
    def tags(self) -> tuple[str, ...]:
        """The agreement, and all lots."""
        return (*super().tags, NUMBERS_TAG)


class CertificatesTransferred(NumberedFact, frozen=True, kw_only=True, tag="offtake.certificates-transferred"):
    """Certificates of a lot went to somebody, and the claim with them."""

    named_by: ClassVar[str | None] = "movement"
    movement: Id
    to: Text


class CertificatesRetired(NumberedFact, frozen=True, kw_only=True, tag="offtake.certificates-retired"):
    """Certificates of a lot were used up. `beneficiary`: whose consumption is green by them; `purpose`: which."""

    named_by: ClassVar[str | None] = "movement"
    movement: Id
    beneficiary: Text
    purpose: Text
    evidence: Evidence


CertificatesMoved = CertificatesTransferred | CertificatesRetired
