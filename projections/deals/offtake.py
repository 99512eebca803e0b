"""Which offtake agreements are there, what do they say, and what is owed for energy that was not taken?

OfftakeRegister    the read model: one timeline for each agreement, by effective date
MakeUpLiabilities  what was paid and is owed as energy: one timeline for each agreement, by accounting date
offtakes           the agreements as of a basis; registered: with all that their rows keep
delivering         the days on which each delivers
shortfall          the report: take-or-pay and make-up by agreement and contract year
control_items      what each agreement adds to the account make-up (2204.02)
control_totals     what the account make-up (2204.02) must show
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import BigInteger, Column, Connection, Text, func, select

from ledger.decider import DataClass, Fact, stored_name
from ledger.log.envelope import Entry
from ledger.offtake.account import OfftakeAgreement, bank, evolve_agreement
from ledger.offtake.charges.facts import (
    OwedBy,
    TerminationPaymentInvoiced,
    TerminationPaymentOwed,
    TerminationPaymentReversed,
)
from ledger.offtake.days import Delivering
from ledger.offtake.energy import kwh
from ledger.offtake.facts import (
    CertificatesIssued,
    CertificatesSold,
    CommercialOperationDeclared,
    ConditionsSatisfied,
    DamagesReversed,
    DeliveryResumed,
    DeliverySuspended,
    EnergyCredited,
    GuaranteeLdAssessed,
    GuaranteeLdCredited,
    GuaranteeLdReversed,
    Lot,
    MakeUpExpired,
    MakeUpRestored,
    MakeUpTaken,
    OfftakeAmended,
    OfftakeDrafted,
    OfftakeExecuted,
    OfftakeExpired,
    OfftakeFinallySettled,
    OfftakeState,
    OfftakeStepWithdrawn,
    OfftakeTerminated,
    TakeOrPayInvoiced,
    YearTruedUp,
)
from ledger.offtake.green.facts import (
    CertificateLotIssued,
    CertificatesMoved,
    CertificatesRetired,
    CertificatesTransferred,
)
from ledger.offtake.terms import OfftakeTerms, Role
from ledger.periods import PostingFact
from ledger.values.money import written
from projections.engine.basis import Basis
from projections.engine.figures import percent
from projections.engine.sources import facts_behind, positions_of
from projections.engine.timeline import TimelineView, as_of, timeline_table

offtake_register = timeline_table(
    "offtake_register",
    "agreement",
    Column("state", Text, nullable=False),
    Column("buyer", Text),
    Column("content", Text, nullable=False),
    Column("data_class", Text, nullable=False),
    Column("last_position", BigInteger, nullable=False),
)
make_up = timeline_table(
    "make_up",
    "agreement",
    Column("liability_minor", BigInteger, nullable=False),
    Column("last_position", BigInteger, nullable=False),
)
NOTHING: Mapping[int, Any] = MappingProxyType({})

REGISTERED = (
    OfftakeDrafted,
    OfftakeExecuted,
    ConditionsSatisfied,
    CommercialOperationDeclared,
    DeliverySuspended,
    DeliveryResumed,
    OfftakeAmended,
    OfftakeExpired,
    OfftakeTerminated,
    OfftakeFinallySettled,
    YearTruedUp,
    GuaranteeLdAssessed,
    GuaranteeLdCredited,
    DamagesReversed,
    CertificatesIssued,
    CertificatesSold,
    TerminationPaymentInvoiced,
    TerminationPaymentOwed,
    TerminationPaymentReversed,
    CertificateLotIssued,
    CertificatesTransferred,
    CertificatesRetired,
)
"""What an agreement's row says: its life, its years, and what is owed for its end. Months are in energy.py."""

REGISTERED_NAMES = frozenset(stored_name(kind) for kind in REGISTERED)


class TerminationOwed(Struct, frozen=True, kw_only=True):
    """A payment on termination that was approved and not reversed, with its tax, in CNY minor units."""

    termination_payment: str
    owed_by: OwedBy
    gross_minor: int
    due_on: date


class Content(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The part of an agreement that a row keeps, so that reports need not fold it."""

    role: Role | None
    terms: OfftakeTerms | None
    versions: tuple[tuple[date, OfftakeTerms], ...]
    commercial_on: date | None
    ended_on: date | None
    delivering: Delivering
    years: tuple[YearTruedUp, ...]
    damages: tuple[tuple[int, int], ...]
    certificates_issued: int
    certificates_sold: int
    termination_payments: tuple[TerminationOwed, ...] = ()
    lots: tuple[CertificateLotIssued, ...] = ()
    movements: tuple[CertificatesMoved, ...] = ()


class RegisteredOfftake(Struct, frozen=True):
    """An agreement as its facts tell, the data class of the first, and their latest position."""

    agreement: OfftakeAgreement
    data_class: DataClass
    last_position: int


class OfftakeRegister(TimelineView[RegisteredOfftake]):
    """One timeline for each agreement."""

    name = "offtake_register"
    version = 3
    table = offtake_register
    tables = (offtake_register,)
    facts = (*REGISTERED, OfftakeStepWithdrawn)

    def keys(self, fact: Fact) -> tuple[str, ...]:
        """The agreement that a fact is about, or of which it takes such a fact back."""
        if isinstance(fact, OfftakeStepWithdrawn):
            return (fact.agreement,) if fact.step in REGISTERED_NAMES else ()
        return (fact.agreement,) if isinstance(fact, REGISTERED) else ()

    def tag(self, key: str) -> str:
        """All facts of an agreement carry its tag."""
        return f"offtake:{key}"

    def fold(self, key: str, state: RegisteredOfftake | None, entry: Entry) -> RegisteredOfftake:
        """The context's own fold: no rule is written twice."""
        if state is None:
            return RegisteredOfftake(evolve_agreement(None, key, entry.fact), entry.data_class, entry.position)
        agreement = evolve_agreement(state.agreement, key, entry.fact)
        return RegisteredOfftake(agreement, state.data_class, max(entry.position, state.last_position))

    def values(self, state: RegisteredOfftake) -> tuple[Any, ...]:
        """The columns after identity and positions."""
        agreement = state.agreement
        latest = agreement.versions[-1][1] if agreement.versions else None
        terms = latest or (agreement.drafted.terms if agreement.drafted else None)
        content = Content(
            role=agreement.role,
            terms=terms,
            versions=agreement.versions,
            commercial_on=agreement.commercial_on,
            ended_on=agreement.ended_on,
            delivering=agreement.delivering,
            years=tuple(agreement.true_ups),
            damages=tuple((year, _damages(fact)) for year, fact in sorted(agreement.damages.items())),
            certificates_issued=sum(issued.count for issued in agreement.certificates),
            certificates_sold=sum(sold.count for sold in agreement.sales.values()),
            termination_payments=tuple(_owed_for_its_end(agreement)),
            lots=tuple(sorted(agreement.lots.values(), key=lambda lot: (lot.month, lot.lot))),
            movements=tuple(sorted(agreement.movements.values(), key=lambda one: (one.effective_on, one.movement))),
        )
        buyer = terms.buyer if terms is not None else None
        return (agreement.state, buyer, msgspec.json.encode(content).decode(), state.data_class, state.last_position)


def _damages(fact: GuaranteeLdAssessed | GuaranteeLdCredited) -> int:
    return fact.amount_minor if isinstance(fact, GuaranteeLdAssessed) else fact.gross_minor


def _owed_for_its_end(agreement: OfftakeAgreement) -> Iterator[TerminationOwed]:
    for name, payment in sorted(agreement.termination_payments.items()):
        owed = payment.approved
        if owed is None or payment.reversed is not None:
            continue
        by: OwedBy = "SELLER" if isinstance(owed, TerminationPaymentOwed) else "BUYER"
        gross = owed.amount_minor if isinstance(owed, TerminationPaymentOwed) else owed.gross_minor
        yield TerminationOwed(termination_payment=name, owed_by=by, gross_minor=gross, due_on=owed.due_on)


class Owed(Struct, frozen=True):
    """The liability of an agreement to deliver energy that was paid for, and the latest position that moved it."""

    liability_minor: int = 0
    last_position: int = 0


OWING = (TakeOrPayInvoiced, EnergyCredited, MakeUpTaken, MakeUpExpired, MakeUpRestored)


class MakeUpLiabilities(TimelineView[Owed]):
    """One timeline for each agreement, by accounting date."""

    name = "make_up"
    version = 1
    facts = OWING
    table = make_up
    tables = (make_up,)

    def keys(self, fact: Fact) -> tuple[str, ...]:
        """The agreement whose liability a fact moves."""
        return (fact.agreement,) if isinstance(fact, OWING) and _moved(fact) else ()

    def tag(self, key: str) -> str:
        """All facts of an agreement carry its tag."""
        return f"offtake:{key}"

    def dated(self, fact: Fact) -> date:
        """When it stands in the books."""
        assert isinstance(fact, PostingFact), "keys() lets no other facts in"
        return fact.accounting_on

    def fold(self, key: str, state: Owed | None, entry: Entry) -> Owed:
        """The liability after one more fact."""
        owed = state or Owed()
        return Owed(owed.liability_minor + _moved(entry.fact), max(owed.last_position, entry.position))

    def values(self, state: Owed) -> tuple[Any, ...]:
        """The columns after identity and positions."""
        return (state.liability_minor, state.last_position)


def _moved(fact: Fact) -> int:
    """The amount by which a fact raises the liability."""
    match fact:
        case TakeOrPayInvoiced():
            return fact.net_minor if fact.make_up else 0
        case EnergyCredited():
            return -fact.net_minor if fact.make_up else 0
        case MakeUpTaken() | MakeUpExpired():
            return -sum(lot.net_minor for lot in fact.lots)
        case MakeUpRestored():
            return sum(lot.net_minor for lot in fact.lots)
    return 0


def control_items(connection: Connection, basis: Basis) -> dict[str, dict[str, int]]:
    """Each agreement's balance in the account make-up: debits positive, CNY minor units."""
    query = as_of(MakeUpLiabilities, effective=basis.effective, recorded=basis.recorded).order_by(make_up.c.agreement)
    return {row.agreement: {"make-up": -row.liability_minor} for row in connection.execute(query)}


def control_totals(connection: Connection, basis: Basis) -> dict[str, int]:
    """The balance that the account make-up must show: debits positive, CNY minor units."""
    liabilities = as_of(MakeUpLiabilities, effective=basis.effective, recorded=basis.recorded).subquery()
    owed = connection.execute(select(func.coalesce(func.sum(liabilities.c.liability_minor), 0))).scalar_one()
    return {"make-up": -int(owed)}


# The agreements


class OfftakeRow(Struct, frozen=True, kw_only=True):
    """An agreement as of a basis."""

    agreement: str
    state: OfftakeState
    role: Role | None
    buyer: str | None
    terms: OfftakeTerms | None
    commercial_on: date | None
    ended_on: date | None
    certificates_issued: int
    certificates_sold: int
    data_class: DataClass
    last_position: int


_decode = msgspec.json.Decoder(Content).decode


def _rows(connection: Connection, basis: Basis, agreement: str | None) -> list[tuple[Any, Content]]:
    query = as_of(OfftakeRegister, effective=basis.effective, recorded=basis.recorded)
    if agreement is not None:
        query = query.where(offtake_register.c.agreement == agreement)
    query = query.order_by(offtake_register.c.agreement)
    return [(row, _decode(row.content)) for row in connection.execute(query)]


def offtakes(connection: Connection, basis: Basis, *, agreement: str | None = None) -> list[OfftakeRow]:
    """Every agreement known on that basis, or one, by identifier."""
    return [
        OfftakeRow(
            agreement=row.agreement,
            state=row.state,
            role=content.role,
            buyer=row.buyer,
            terms=content.terms,
            commercial_on=content.commercial_on,
            ended_on=content.ended_on,
            certificates_issued=content.certificates_issued,
            certificates_sold=content.certificates_sold,
            data_class=row.data_class,
            last_position=row.last_position,
        )
        for row, content in _rows(connection, basis, agreement)
    ]


class KeptOfftake(Struct, frozen=True, kw_only=True):
    """An agreement as of a basis, with all that its row keeps."""

    agreement: str
    state: OfftakeState
    content: Content
    data_class: DataClass


def registered(connection: Connection, basis: Basis, *, agreement: str | None = None) -> list[KeptOfftake]:
    """Every agreement known on that basis, or one, by identifier."""
    return [
        KeptOfftake(agreement=row.agreement, state=row.state, content=content, data_class=row.data_class)
        for row, content in _rows(connection, basis, agreement)
    ]


def delivering(connection: Connection, basis: Basis) -> dict[str, Delivering]:
    """The days on which each agreement known on that basis delivers."""
    return {row.agreement: content.delivering for row, content in _rows(connection, basis, None)}


# The report


class ShortfallRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A contract year under take-or-pay, trued up. Energy in kWh, amounts in CNY without tax.

    actual_kwh, substituted_kwh, estimated_kwh   what was delivered, by where it was read: from the meter, from a check
                  meter, or nowhere; None of a year that was trued up before that was measured
    payment       what is paid for energy not taken
    make_up_…     rights to take it later: those of earlier years at the year's beginning, taken, expired, and left
                  with this year's own
    """

    agreement: str
    buyer: str | None
    role: Role | None
    year: int
    run: int
    acq_kwh: str
    adjustments_kwh: str
    take_or_pay_kwh: str
    taken_kwh: str
    actual_kwh: str | None
    substituted_kwh: str | None
    estimated_kwh: str | None
    estimated_percent: str | None
    carried_in_kwh: str
    carried_on_kwh: str
    shortfall_kwh: str
    price: str
    payment: str
    make_up_opening_kwh: str
    make_up_taken_kwh: str
    make_up_expired_kwh: str
    make_up_closing_kwh: str
    make_up_opening: str
    make_up_taken: str
    make_up_expired: str
    make_up_closing: str
    damages: str
    positions: tuple[int, ...] | None = None


class Shortfall(Struct, frozen=True, kw_only=True):
    """Take-or-pay and make-up. `make_up_owed`: rights that are MCSC's to deliver, in CNY; what 2204.02 stands for."""

    currency: str
    rows: tuple[ShortfallRow, ...]
    payment: str
    make_up_owed: str
    fictional: bool


def shortfall(
    connection: Connection, basis: Basis, *, agreement: str | None = None, positions: bool = False
) -> Shortfall:
    """The report on that basis: every contract year that was trued up."""
    agreements = _rows(connection, basis, agreement)
    facts = (
        facts_behind(connection, basis, [f"offtake:{row.agreement}" for row, _ in agreements]) if positions else None
    )
    rows: list[ShortfallRow] = []
    paid = owed = 0
    for row, content in agreements:
        entries = None if facts is None else facts[f"offtake:{row.agreement}"]
        rows += [_year(row, content, year, entries) for year in content.years]
        if content.role != "OBSERVER":
            paid += sum(year.shortfall_minor for year in content.years)
        if content.role == "SELLER":
            owed += _minor(bank(kept_agreement(row.agreement, content), 9999))
    return Shortfall(
        currency="CNY",
        rows=tuple(rows),
        payment=written(paid),
        make_up_owed=written(owed),
        fictional=any(row.data_class == "FICTIONAL" for row, _ in agreements),
    )


def kept_agreement(name: str, content: Content) -> OfftakeAgreement:
    """The agreement again, as far as its terms and rights rest on it."""
    years = {year.year: {year.run: year} for year in content.years}
    return OfftakeAgreement(agreement=name, versions=content.versions, years=years)


def _energy(lots: Sequence[Lot]) -> int:
    return sum(lot.energy_wh for lot in lots)


def _minor(lots: Sequence[Lot]) -> int:
    return sum(lot.net_minor for lot in lots)


def _year(row: Any, content: Content, year: YearTruedUp, entries: Sequence[Entry] | None) -> ShortfallRow:
    folded = kept_agreement(row.agreement, content)
    opening, closing = bank(folded, year.year), bank(folded, year.year + 1)
    return ShortfallRow(
        agreement=row.agreement,
        buyer=row.buyer,
        role=content.role,
        year=year.year,
        run=year.run,
        acq_kwh=kwh(year.acq_wh),
        adjustments_kwh=kwh(year.adjusted_wh),
        take_or_pay_kwh=kwh(year.top_wh),
        taken_kwh=kwh(year.taken_wh),
        **_quality(year),
        carried_in_kwh=kwh(sum(part.energy_wh for part in year.carried)),
        carried_on_kwh=kwh(year.over_wh),
        shortfall_kwh=kwh(year.shortfall_wh),
        price=year.price,
        payment=written(year.shortfall_minor),
        make_up_opening_kwh=kwh(_energy(opening)),
        make_up_taken_kwh=kwh(_energy(year.taken)),
        make_up_expired_kwh=kwh(_energy(year.expired)),
        make_up_closing_kwh=kwh(_energy(closing)),
        make_up_opening=written(_minor(opening)),
        make_up_taken=written(_minor(year.taken)),
        make_up_expired=written(_minor(year.expired)),
        make_up_closing=written(_minor(closing)),
        damages=written(dict(content.damages).get(year.year, 0)),
        positions=None if entries is None else _positions(entries, year.year),
    )


def _quality(year: YearTruedUp) -> dict[str, str | None]:
    """The energy delivered in a year by where it was read, and the share that is estimated."""
    substituted, estimated = year.substituted_wh, year.estimated_wh
    if substituted is None or estimated is None:
        said = None if substituted is None else kwh(substituted)
        return {"actual_kwh": None, "substituted_kwh": said, "estimated_kwh": None, "estimated_percent": None}
    return {
        "actual_kwh": kwh(year.delivered_wh - substituted - estimated),
        "substituted_kwh": kwh(substituted),
        "estimated_kwh": kwh(estimated),
        "estimated_percent": percent(estimated, year.delivered_wh),
    }


YEARLY = (
    *(YearTruedUp, TakeOrPayInvoiced, MakeUpTaken, MakeUpExpired, MakeUpRestored),
    *(GuaranteeLdAssessed, GuaranteeLdCredited, GuaranteeLdReversed, DamagesReversed),
)


def _positions(entries: Sequence[Entry], year: int) -> tuple[int, ...]:
    """The facts of a contract year as a whole."""
    return positions_of(entry for entry in entries if isinstance(entry.fact, YEARLY) and entry.fact.year == year)
