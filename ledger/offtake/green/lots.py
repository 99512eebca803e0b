"""Green certificates in lots: those of one month, with their numbers, from issue to retirement.

Commands               Facts (offtake.…)
IssueCertificateLot    certificate-lot-issued: no more than the month makes, no number twice in the whole ledger
TransferCertificates   certificates-transferred
RetireCertificates     certificates-retired

Refusals, in order of precedence (after those of life.py)
├── NotRenewable              of counts.py: no certificates for this technology
├── OfftakeStepTooEarly       of rules.py: before the month is over; a movement before the lot is there
├── NumbersMalformed          of numbers.py: no range of numbers; a validity that is over before the month is
├── CertificateLotTaken       this id is another lot's (conflict)
├── NumbersTaken              numbers that another lot has, of whatever agreement (conflict)
├── CertificatesExpired       a lot that is issued, or a movement, after the last day on which they are valid
├── CertificatesNotGenerated  more than the megawatt-hours of the month make
├── MovementTaken             this id is another movement's (conflict)
├── CertificateLotUnknown     no such lot (unknown)
├── NumbersNotOfLot           numbers that the lot has not
├── CertificatesNotTradable   only retired, never transferred: the energy was used on the spot
└── NumbersMoved              numbers that were transferred or retired already (conflict)
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, ClassVar, TypeVar

from ledger.decider import By, Fact, Id, Part, Text, said
from ledger.offtake.account import OfftakeAgreement, Offtakes
from ledger.offtake.energy import kwh
from ledger.offtake.green.counts import renewable
from ledger.offtake.green.facts import (
    NUMBERS_TAG,
    CertificateLotIssued,
    CertificatesMoved,
    CertificatesRetired,
    CertificatesTransferred,
)
from ledger.offtake.green.making import issuable, made_in
from ledger.offtake.green.numbers import CertificateNumber, NumbersMalformed, numbers, valid_through
from ledger.offtake.life import WITHDRAW, AgreementCommand, agreement_tags, executed
from ledger.offtake.rules import OfftakeRefusal, not_before
from ledger.periods import Month, first_and_last
from ledger.values.evidence import Evidence

# Commands


class IssueCertificateLot(AgreementCommand, frozen=True, kw_only=True, tag="issue-certificate-lot"):
    """Record the green certificates issued for one month of generation, with the first and the last number.

    tradable      as the certificates say; where nothing is said, those of a plant that feeds the grid are
    valid_until   as the certificates say; where nothing is said, two years, the month of generation being the first
    """

    put_right: ClassVar[str] = WITHDRAW + " What was transferred or retired of the lot goes first."
    lot: Id
    month: Month
    first: CertificateNumber
    last: CertificateNumber
    tradable: bool | None = None
    valid_until: date | None = None
    evidence: Evidence


class MoveCertificates(AgreementCommand, frozen=True, kw_only=True):
    """Something asked of certificates of a lot, by their numbers: both ends are among them."""

    put_right: ClassVar[str] = WITHDRAW
    movement: Id
    lot: Id
    first: CertificateNumber
    last: CertificateNumber


class TransferCertificates(MoveCertificates, frozen=True, kw_only=True, tag="transfer-certificates"):
    """Record that certificates of a lot went to somebody, and the claim with them."""

    to: Text


class RetireCertificates(MoveCertificates, frozen=True, kw_only=True, tag="retire-certificates"):
    """Record that certificates of a lot were retired: for whose consumption, and which."""

    beneficiary: Text
    purpose: Text
    evidence: Evidence


# Refusals


class CertificateLotTaken(OfftakeRefusal):
    """This id is another lot's."""

    code = "certificate-lot-taken"
    kind = "conflict"


class NumbersTaken(OfftakeRefusal):
    """Another lot has some of these numbers."""

    code = "certificate-numbers-taken"
    kind = "conflict"


class CertificatesNotGenerated(OfftakeRefusal):
    """More than the megawatt-hours of the month make."""

    code = "certificates-not-generated"


class MovementTaken(OfftakeRefusal):
    """This id is another movement's."""

    code = "certificate-movement-taken"
    kind = "conflict"


class CertificateLotUnknown(OfftakeRefusal):
    """There is no such lot."""

    code = "certificate-lot-unknown"
    kind = "unknown"


class NumbersNotOfLot(OfftakeRefusal):
    """The lot has not all of these numbers."""

    code = "certificate-numbers-not-of-lot"


class CertificatesNotTradable(OfftakeRefusal):
    """They can be retired, and never transferred."""

    code = "certificates-not-tradable"


class CertificatesExpired(OfftakeRefusal):
    """They are valid no more."""

    code = "certificates-expired"


class NumbersMoved(OfftakeRefusal):
    """Some of these numbers were transferred or retired already."""

    code = "certificate-numbers-moved"
    kind = "conflict"


# Scope


def lots_tags(command: IssueCertificateLot) -> tuple[str, ...]:
    """The agreement with all its energy, and the lots of every other."""
    return (*agreement_tags(command), NUMBERS_TAG)


# Decide


def _issue(state: Offtakes, command: IssueCertificateLot, by: By) -> Sequence[Fact]:
    agreement = executed(state, command.agreement)
    if _is_on_record(agreement, command):
        return ()
    terms = renewable(agreement, command.month)
    lot = CertificateLotIssued(
        effective_on=command.effective_on,
        agreement=command.agreement,
        lot=command.lot,
        month=command.month,
        first=command.first,
        last=command.last,
        tradable=terms.grid if command.tradable is None else command.tradable,
        valid_until=command.valid_until or valid_through(command.month),
        evidence=command.evidence,
    )
    ended = first_and_last(command.month)[1]
    not_before(command.effective_on, ended, f"{command.month} is over")
    own = numbers(command.first, command.last)
    if lot.valid_until < ended:
        raise NumbersMalformed(f"valid until {lot.valid_until}, before {command.month} is over", field="valid_until")
    if command.lot in agreement.lots:
        raise CertificateLotTaken(f"lot {command.lot} is recorded already and says otherwise", field="lot")
    for other in (lot for each in state.agreements.values() for lot in each.lots.values()):
        if (shared := own.shared(other.numbers)) is not None:
            raise NumbersTaken(
                f"{shared.written}: lot {other.lot} of {other.agreement}, {other.month}, has {other.numbers.written}",
                field="first" if own.first >= other.numbers.first else "last",
            )
    if command.effective_on > lot.valid_until:
        raise CertificatesExpired(
            f"certificates of {command.month} are valid until {lot.valid_until}, and these are issued on "
            f"{command.effective_on}",
            field="effective_on" if command.valid_until is None else "valid_until",
        )
    _check_generated(agreement, lot)
    return (lot,)


def _is_on_record(agreement: OfftakeAgreement, command: IssueCertificateLot) -> bool:
    """Tell whether a lot was recorded as it is asked for; what nobody says of it now is as it was then."""
    lot = agreement.lots.get(command.lot)
    if lot is None:
        return False
    tradable = lot.tradable if command.tradable is None else command.tradable
    stated = {"tradable": tradable, "valid_until": command.valid_until or lot.valid_until}
    return lot.asked == said(CertificateLotIssued, command, **stated)


def _check_generated(agreement: OfftakeAgreement, lot: CertificateLotIssued) -> None:
    """A month's lots are no more than it makes, and no later one is left with too many. Raises
    CertificatesNotGenerated."""
    made, own_wh, carried_wh = made_in(agreement, lot.month)
    issued = sum(other.count for other in agreement.lots.values() if other.month == lot.month)
    left = max(min(made - issued, issuable(agreement, lot.month)), 0)
    if lot.count > left:
        raise CertificatesNotGenerated(
            f"these are {lot.count} certificates; {lot.month} makes {made} of {kwh(own_wh)} kWh approved and "
            f"{kwh(carried_wh)} kWh carried on to it, and {left} of them are not issued yet",
            field="last",
        )


M = TypeVar("M", CertificatesTransferred, CertificatesRetired)


def _transfer(state: Offtakes, command: TransferCertificates, by: By) -> Sequence[Fact]:
    agreement = executed(state, command.agreement)
    if said(CertificatesTransferred, command) in agreement.asked.values():
        return ()
    return _moved(
        agreement,
        CertificatesTransferred(
            effective_on=command.effective_on,
            agreement=command.agreement,
            movement=command.movement,
            lot=command.lot,
            first=command.first,
            last=command.last,
            to=command.to,
        ),
    )


def _retire(state: Offtakes, command: RetireCertificates, by: By) -> Sequence[Fact]:
    agreement = executed(state, command.agreement)
    if said(CertificatesRetired, command) in agreement.asked.values():
        return ()
    return _moved(
        agreement,
        CertificatesRetired(
            effective_on=command.effective_on,
            agreement=command.agreement,
            movement=command.movement,
            lot=command.lot,
            first=command.first,
            last=command.last,
            beneficiary=command.beneficiary,
            purpose=command.purpose,
            evidence=command.evidence,
        ),
    )


def _moved(agreement: OfftakeAgreement, moved: CertificatesMoved) -> Sequence[Fact]:
    """The movement, of numbers that the lot has and that nobody moved yet, while they are valid."""
    own, lot = numbers(moved.first, moved.last), agreement.lots.get(moved.lot)
    if moved.movement in agreement.movements:
        raise MovementTaken(f"movement {moved.movement} is recorded already and says otherwise", field="movement")
    if lot is None:
        raise CertificateLotUnknown(f"{agreement.agreement} has no lot {moved.lot}", field="lot")
    not_before(moved.effective_on, lot.effective_on, f"lot {lot.lot} was issued")
    if not own.within(lot.numbers):
        raise NumbersNotOfLot(f"lot {lot.lot} has the numbers {lot.numbers.written}", field="first")
    if isinstance(moved, CertificatesTransferred) and not lot.tradable:
        raise CertificatesNotTradable(f"the certificates of lot {lot.lot} are not tradable; retire them", field="lot")
    if moved.effective_on > lot.valid_until:
        raise CertificatesExpired(f"lot {lot.lot} was valid until {lot.valid_until}", field="effective_on")
    for other in agreement.movements.values():
        if (shared := own.shared(other.numbers)) is not None and other.lot == lot.lot:
            step = "transferred" if isinstance(other, CertificatesTransferred) else "retired"
            raise NumbersMoved(
                f"{shared.written}: {step} on {other.effective_on} with movement {other.movement}", field="first"
            )
    return (moved,)


LOTS: Part[Offtakes, Any] = Part(
    decide={IssueCertificateLot: _issue, TransferCertificates: _transfer, RetireCertificates: _retire},
    scope={
        IssueCertificateLot: lots_tags,
        TransferCertificates: agreement_tags,
        RetireCertificates: agreement_tags,
    },
)
