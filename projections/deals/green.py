"""Which green certificates are there, of which months, and what became of them?

green_certificates   the report: a row for each lot, each movement of one, each agreement whose energy makes some

A certificate is held until it is transferred or retired, or until the last day on which it is valid is over: then it
has expired, and nobody need record that. What was counted before lots stands apart: it has no numbers, no month and no
such day. Energy counts as its latest approved runs say, of months whose terms are of a renewable technology.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection

from ledger.decider import standing
from ledger.log.envelope import Entry
from ledger.offtake.energy import kwh
from ledger.offtake.green.facts import (
    CertificateLotIssued,
    CertificatesMoved,
    CertificatesRetired,
    CertificatesTransferred,
)
from ledger.offtake.green.making import certificates, makes_some
from ledger.offtake.terms import RENEWABLE
from projections.deals.energy import statements
from projections.deals.offtake import Content, KeptOfftake, kept_agreement, registered
from projections.engine.basis import Basis
from projections.engine.sources import facts_behind, positions_of

LotState = Literal["HELD", "PARTLY_HELD", "USED", "EXPIRED"]
MovementKind = Literal["TRANSFERRED", "RETIRED"]


class LotRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A lot, in certificates. `held`: neither transferred nor retired, and still valid."""

    agreement: str
    lot: str
    month: str
    first: str
    last: str
    tradable: bool
    valid_until: date
    state: LotState
    issued: int
    transferred: int
    retired: int
    expired: int
    held: int
    positions: tuple[int, ...] | None = None


class CertificateMovementRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Certificates of a lot that were transferred or retired. `to`: who got them, or whose consumption is green."""

    agreement: str
    lot: str
    movement: str
    state: MovementKind
    on: date
    first: str
    last: str
    moved: int
    to: str
    purpose: str | None = None
    positions: tuple[int, ...] | None = None


class CertificatesTotal(Struct, frozen=True, kw_only=True):
    """Certificates of an agreement, or of all.

    made, carried_kwh   what its approved energy makes, and the energy that does not make one yet
    counted, sold       issued by their count alone, and sold of those
    unissued            made and not issued; below nothing where more are issued than the energy makes by now
    """

    agreement: str | None
    made: int
    carried_kwh: str | None
    counted: int
    sold: int
    issued: int
    transferred: int
    retired: int
    expired: int
    held: int
    unissued: int


class GreenCertificates(Struct, frozen=True, kw_only=True):
    """Green certificates by lot, movement and agreement."""

    rows: tuple[LotRow, ...]
    movements: tuple[CertificateMovementRow, ...]
    agreements: tuple[CertificatesTotal, ...]
    total: CertificatesTotal
    fictional: bool


SUMMED = ("made", "counted", "sold", "issued", "transferred", "retired", "expired", "held", "unissued")


def green_certificates(
    connection: Connection, basis: Basis, *, agreement: str | None = None, positions: bool = False
) -> GreenCertificates:
    """The report on that basis: of every agreement, or one."""
    lots: list[LotRow] = []
    moves: list[CertificateMovementRow] = []
    totals: list[CertificatesTotal] = []
    fictional = False
    found = [one for one in registered(connection, basis, agreement=agreement) if _has_some(one.content)]
    energy = _energy(connection, basis, agreement, found)
    tags = [f"offtake:{one.agreement}" for one in found]
    facts = facts_behind(connection, basis, tags) if positions else None
    for one in found:
        entries = None if facts is None else standing(facts[f"offtake:{one.agreement}"], lambda entry: entry.fact)
        own = [_lot(lot, one.content.movements, basis.effective, entries) for lot in one.content.lots]
        lots += own
        moves += [_movement(moved, entries) for moved in one.content.movements]
        totals.append(_total(one.agreement, one.content, energy.get(one.agreement, 0), own))
        fictional = fictional or one.data_class == "FICTIONAL"
    sums = {name: sum(getattr(total, name) for total in totals) for name in SUMMED}
    return GreenCertificates(
        rows=tuple(lots),
        movements=tuple(moves),
        agreements=tuple(totals),
        total=CertificatesTotal(agreement=None, carried_kwh=None, **sums),
        fictional=fictional,
    )


def _has_some(content: Content) -> bool:
    """Tell whether an agreement may have certificates, or has some whatever its terms say by now."""
    ever = (content.terms, *dict(content.versions).values())
    renewable = any(terms is not None and terms.technology in RENEWABLE for terms in ever)
    return renewable or bool(content.lots) or content.certificates_issued > 0


def _energy(
    connection: Connection, basis: Basis, agreement: str | None, found: Iterable[KeptOfftake]
) -> dict[str, int]:
    """The energy of the latest approved runs that makes certificates, in watt-hours, by agreement."""
    known = {one.agreement: kept_agreement(one.agreement, one.content) for one in found}
    latest = {
        (run.calculated.agreement, run.calculated.month): run.calculated.delivered_wh
        for run in statements(connection, basis, agreement=agreement)
        if run.approved
    }
    energy: dict[str, int] = {}
    for (name, month), delivered in latest.items():
        if name in known and makes_some(known[name], month):
            energy[name] = energy.get(name, 0) + delivered
    return energy


def _total(name: str, content: Content, energy_wh: int, lots: Sequence[LotRow]) -> CertificatesTotal:
    made, carried = certificates(energy_wh)
    sums = {
        field: sum(getattr(lot, field) for lot in lots)
        for field in ("issued", "transferred", "retired", "expired", "held")
    }
    return CertificatesTotal(
        agreement=name,
        made=made,
        carried_kwh=kwh(carried),
        counted=content.certificates_issued,
        sold=content.certificates_sold,
        unissued=made - content.certificates_issued - sums["issued"],
        **sums,
    )


def _lot(
    lot: CertificateLotIssued, moved: Iterable[CertificatesMoved], on: date, entries: Sequence[Entry] | None
) -> LotRow:
    own = [one for one in moved if one.lot == lot.lot]
    transferred = sum(one.count for one in own if isinstance(one, CertificatesTransferred))
    retired = sum(one.count for one in own if isinstance(one, CertificatesRetired))
    left = lot.count - transferred - retired
    expired = left if on > lot.valid_until else 0
    row = LotRow(
        agreement=lot.agreement,
        lot=lot.lot,
        month=lot.month,
        first=lot.first,
        last=lot.last,
        tradable=lot.tradable,
        valid_until=lot.valid_until,
        state="USED" if not left else "EXPIRED" if expired else "HELD" if left == lot.count else "PARTLY_HELD",
        issued=lot.count,
        transferred=transferred,
        retired=retired,
        expired=expired,
        held=left - expired,
    )
    return row if entries is None else replace(row, positions=_positions(entries, (lot, *own)))


def _movement(moved: CertificatesMoved, entries: Sequence[Entry] | None) -> CertificateMovementRow:
    retired = isinstance(moved, CertificatesRetired)
    return CertificateMovementRow(
        agreement=moved.agreement,
        lot=moved.lot,
        movement=moved.movement,
        state="RETIRED" if retired else "TRANSFERRED",
        on=moved.effective_on,
        first=moved.first,
        last=moved.last,
        moved=moved.count,
        to=moved.beneficiary if isinstance(moved, CertificatesRetired) else moved.to,
        purpose=moved.purpose if isinstance(moved, CertificatesRetired) else None,
        positions=None if entries is None else _positions(entries, (moved,)),
    )


def _positions(entries: Sequence[Entry], facts: Sequence[CertificateLotIssued | CertificatesMoved]) -> tuple[int, ...]:
    return positions_of(entry for entry in entries if entry.fact in facts)
