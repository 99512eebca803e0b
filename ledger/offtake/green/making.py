"""Emissions that energy avoids, and the certificates that it makes.

avoided_kg     energy × the approved factor of its month: an estimate, for the factor is one of consumption
certificates   whole megawatt-hours, and the kilowatt-hours that are carried to the next ones
makes_some     whether the energy of a month makes certificates, by the technology of its terms
delivered_wh   the energy approved through a month that makes certificates
made_in        the certificates of one month, with what the months before carried on to it
issued_through certificates issued for months through one of them, in lots and by their count
issuable       how many may still be issued for a month
"""

from fractions import Fraction

from ledger.offtake.account import OfftakeAgreement
from ledger.offtake.energy import WH
from ledger.offtake.terms import RENEWABLE
from ledger.periods import first_and_last

CERTIFICATE_WH = 1000 * WH
"""One certificate (绿证) stands for 1,000 kWh of renewable electricity."""

INDICATIVE = "indicative, location-based: the factor is one of electricity consumption"


def avoided_kg(energy_wh: int, kg_per_kwh: str) -> Fraction:
    """Kilograms of CO2 that the grid would have emitted for as much energy."""
    return Fraction(energy_wh, WH) * Fraction(kg_per_kwh)


def certificates(energy_wh: int) -> tuple[int, int]:
    """(whole certificates, watt-hours left over)."""
    return divmod(energy_wh, CERTIFICATE_WH)


def makes_some(agreement: OfftakeAgreement, month: str) -> bool:
    """Tell whether the energy of a month makes certificates: its terms, as its first day finds them, are renewable."""
    terms = agreement.terms_on(first_and_last(month)[0])
    return terms is not None and terms.technology in RENEWABLE


def delivered_wh(agreement: OfftakeAgreement, through: str) -> int:
    """The energy through a month that makes certificates, as the latest approved runs say."""
    months = (month for month in agreement.runs if month <= through and makes_some(agreement, month))
    latest = map(agreement.latest, months)
    return sum(run.delivered_wh for run in latest if run is not None)


def made_in(agreement: OfftakeAgreement, month: str) -> tuple[int, int, int]:
    """(certificates that a month makes, its own watt-hours, watt-hours carried on to it)."""
    run = agreement.latest(month) if makes_some(agreement, month) else None
    through, own = delivered_wh(agreement, month), run.delivered_wh if run is not None else 0
    carried = certificates(through - own)[1]
    return certificates(own + carried)[0], own, carried


def issued_through(agreement: OfftakeAgreement, month: str) -> int:
    """Certificates issued for the months through one of them."""
    counted = sum(issued.count for issued in agreement.certificates if issued.through <= month)
    return counted + sum(lot.count for lot in agreement.lots.values() if lot.month <= month)


def issuable(agreement: OfftakeAgreement, month: str) -> int:
    """Certificates that may still be issued for the months through one of them; below nothing where it is too many.

    No later month is left with more certificates than all the energy through it makes.
    """
    issued_for = [
        *(issued.through for issued in agreement.certificates),
        *(lot.month for lot in agreement.lots.values()),
    ]
    ends = {month, *(end for end in issued_for if end >= month)}
    return min(certificates(delivered_wh(agreement, end))[0] - issued_through(agreement, end) for end in ends)
