"""Certificates by their count alone, as they were recorded before lots; only where the technology qualifies.

Commands            Facts (offtake.…)
IssueCertificates   certificates-issued: for what was approved through a month, less those issued before
SellCertificates    certificates-sold: of those that have no numbers

Refusals, in order of precedence (after those of life.py)
├── NotRenewable          no certificates for this technology: waste heat is not on the list
├── OfftakeStepTooEarly   of rules.py: before the month is over
├── NoWholeCertificate    less than a megawatt-hour since the last ones
├── SaleTaken             this id is another sale's (conflict)
└── CertificatesExceeded  more than are held on the day, or on one after it
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Annotated, Any, ClassVar

from msgspec import Meta

from ledger.decider import By, Fact, Id, Part, Text, said
from ledger.offtake.account import OfftakeAgreement, Offtakes
from ledger.offtake.energy import kwh
from ledger.offtake.facts import CertificatesIssued, CertificatesSold
from ledger.offtake.green.making import certificates, delivered_wh, issuable
from ledger.offtake.life import WITHDRAW, AgreementCommand, agreement_tags, executed
from ledger.offtake.rules import OfftakeRefusal, not_before
from ledger.offtake.terms import RENEWABLE, OfftakeTerms
from ledger.periods import Month, first_and_last
from ledger.values.evidence import Evidence

# Commands


class IssueCertificates(AgreementCommand, frozen=True, kw_only=True, tag="issue-certificates"):
    """Record green certificates issued for the energy approved through a month."""

    put_right: ClassVar[str] = WITHDRAW + " As many must be left as were sold."
    through: Month
    evidence: Evidence


class SellCertificates(AgreementCommand, frozen=True, kw_only=True, tag="sell-certificates"):
    """Record that certificates went to somebody, and the claim with them."""

    put_right: ClassVar[str] = WITHDRAW
    sale: Id
    count: Annotated[int, Meta(ge=1, le=10**9)]
    to: Text


# Refusals


class NotRenewable(OfftakeRefusal):
    """No certificates for this technology."""

    code = "not-renewable"


class NoWholeCertificate(OfftakeRefusal):
    """Less than a megawatt-hour since the last ones."""

    code = "no-whole-certificate"


class SaleTaken(OfftakeRefusal):
    """This id is another sale's."""

    code = "sale-taken"
    kind = "conflict"


class CertificatesExceeded(OfftakeRefusal):
    """More than are held."""

    code = "certificates-exceeded"


# Rules


def renewable(agreement: OfftakeAgreement, month: Month) -> OfftakeTerms:
    """The terms of a month for whose energy certificates are issued. Raises NotRenewable."""
    terms = agreement.terms_on(first_and_last(month)[0])
    if terms is None or terms.technology not in RENEWABLE:
        technology = terms.technology if terms is not None else "it"
        raise NotRenewable(f"no green certificates are issued for {technology}", field="agreement")
    return terms


def least_held(issued: Iterable[CertificatesIssued], sold: Iterable[CertificatesSold], on: date) -> int:
    """Count the certificates that are held on every day from one on; below nothing where more are sold than issued."""
    moves = [*((one.effective_on, one.count) for one in issued), *((one.effective_on, -one.count) for one in sold)]
    days = {on, *(day for day, _ in moves if day > on)}
    return min(sum(count for day, count in moves if day <= last) for last in days)


# Decide


def _issue(state: Offtakes, command: IssueCertificates, by: By) -> Sequence[Fact]:
    agreement = executed(state, command.agreement)
    if said(CertificatesIssued, command) in agreement.asked.values():
        return ()
    renewable(agreement, command.through)
    not_before(command.effective_on, first_and_last(command.through)[1], f"{command.through} is over")
    residual = certificates(delivered_wh(agreement, command.through))[1]
    count = issuable(agreement, command.through)
    if count <= 0:
        raise NoWholeCertificate(f"{kwh(residual)} kWh are carried; a certificate takes 1000", field="through")
    return (
        CertificatesIssued(
            effective_on=command.effective_on,
            agreement=command.agreement,
            through=command.through,
            count=count,
            residual_wh=residual,
            evidence=command.evidence,
        ),
    )


def _sell(state: Offtakes, command: SellCertificates, by: By) -> Sequence[Fact]:
    agreement = executed(state, command.agreement)
    if said(CertificatesSold, command) in agreement.asked.values():
        return ()
    if command.sale in agreement.sales:
        raise SaleTaken(f"sale {command.sale} is recorded already and says otherwise", field="sale")
    held = least_held(agreement.certificates, agreement.sales.values(), command.effective_on)
    if command.count > held:
        raise CertificatesExceeded(
            f"{held} certificates are held on {command.effective_on} and on every day after it", field="count"
        )
    return (
        CertificatesSold(
            effective_on=command.effective_on,
            agreement=command.agreement,
            sale=command.sale,
            count=command.count,
            to=command.to,
        ),
    )


COUNTS: Part[Offtakes, Any] = Part(
    decide={IssueCertificates: _issue, SellCertificates: _sell},
    scope=dict.fromkeys((IssueCertificates, SellCertificates), agreement_tags),
)
