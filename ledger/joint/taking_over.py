"""A living park taken over on a day: its companies, ground, leases, deposits and open documents, all of it or nothing.

Command        Facts
TakeOverPark   those of companies, estate, leases and billing that its rows ask for, in the order of its fields

What is on record already in the words of a row records nothing: the same park sent again adds nothing, one with more
rows adds those. Every row that a rule refuses is told at once, by its place (`leases[3].terms.premises`).

Refusals, in order of precedence
├── TakeOverNotMonthEnd   the day of taking over is the last of a month
├── BilledThroughMissing   of a lease that runs it is said through which day it is billed
└── RowsRefused    rows that a rule refuses: `faults` has each, with the code of the rule
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Annotated, Any, ClassVar

from msgspec import Meta, Struct

from ledger.billing.account import Billing
from ledger.billing.deciding import BILLING
from ledger.billing.rules import POSTING
from ledger.billing.taking_over.deciding import (
    ParkDeposit,
    ParkInvoice,
    ParkRent,
    take_deposit_over,
    take_invoice_over,
    take_rent_over,
)
from ledger.companies.company import Companies, Company
from ledger.companies.deciding import COMPANIES
from ledger.companies.facts import GONE_TAG, Country, OriginChannel, Year
from ledger.companies.prospects import RegisterLead
from ledger.decider import By, Command, Decider, Fact, Fault, Id, Refusal, Text
from ledger.estate.deciding import ESTATE
from ledger.estate.estate import Estate
from ledger.estate.facts import Use
from ledger.estate.land import CompleteBuilding, DefineBuilding, DefineParcel, DefineSite, StartConstruction
from ledger.estate.units import DefineUnit, Floor
from ledger.leases.deciding import LEASES
from ledger.leases.lease import Leases
from ledger.leases.schedule import last_day
from ledger.leases.taking_over import ParkLease, take_lease_over
from ledger.periods import month_end
from ledger.values.days import Happened
from ledger.values.evidence import Evidence
from ledger.values.measures import Area, Standard

# Commands


class ParkCompany(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A tenant, as `register-lead` asks for it; its registration is recorded by its own commands."""

    company: Id
    name: Text
    name_zh: Text | None = None
    country: Country
    origin: OriginChannel = "OTHER"
    origin_year: Year | None = None


class ParkSite(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The site, in square metres."""

    site: Id
    name: Text
    area: Area
    source: Text


class ParkParcel(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A parcel of a site."""

    site: Id
    parcel: Id
    name: Text
    area: Area


class ParkBuilding(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A building that stands on the day; tax invoices of its leases need region, address and title_certificate."""

    parcel: Id
    building: Id
    name: Text
    floors: Annotated[int, Meta(ge=1, le=150)]
    lettable: Area
    standard: Standard
    region: Text | None = None
    address: Text | None = None
    title_certificate: Text | None = None


class ParkUnit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A unit of a building, measured by the building's standard on or before the day."""

    building: Id
    unit: Id
    floor: Floor
    use: Use
    area: Area


class TakeOverPark(Command, frozen=True, kw_only=True, tag="take-over-park"):
    """Take over a park that lived before this ledger, as it stands at the end of a month: all of it, or nothing.

    document   the file that says so
    """

    effective_on: Happened
    put_right: ClassVar[str] = (
        "Rows that were left out: the same command with them. A lease: `withdraw-lease-step`; a company: "
        "`withdraw-company-step`; what is let: `withdraw-estate-step`; a deposit: `reverse-deposit`; an open document: "
        "`issue-credit-note`; through which day a lease is billed: the same command with the right one, which records "
        "the difference."
    )
    document: Evidence
    companies: Annotated[tuple[ParkCompany, ...], Meta(max_length=5000)] = ()
    sites: Annotated[tuple[ParkSite, ...], Meta(max_length=100)] = ()
    parcels: Annotated[tuple[ParkParcel, ...], Meta(max_length=1000)] = ()
    buildings: Annotated[tuple[ParkBuilding, ...], Meta(max_length=1000)] = ()
    units: Annotated[tuple[ParkUnit, ...], Meta(max_length=5000)] = ()
    leases: Annotated[tuple[ParkLease, ...], Meta(max_length=5000)] = ()
    deposits: Annotated[tuple[ParkDeposit, ...], Meta(max_length=5000)] = ()
    invoices: Annotated[tuple[ParkInvoice, ...], Meta(max_length=20000)] = ()


# Refusals


class TakeOverRefusal(Refusal):
    """A park is not taken over like this."""


class TakeOverNotMonthEnd(TakeOverRefusal):
    """The day of taking over is the last of a month."""

    code = "take-over-not-month-end"


class BilledThroughMissing(TakeOverRefusal):
    """Of a lease that runs it is said through which day it is billed."""

    code = "billed-through-missing"


class RowsRefused(TakeOverRefusal):
    """Rules refuse some of the rows, so nothing is recorded."""

    code = "take-over-rows-refused"


# State


class Park(Struct, frozen=True):
    """The states of companies, estate, leases and billing in one scope."""

    companies: Companies = COMPANIES.initial
    estate: Estate = ESTATE.initial
    leases: Leases = LEASES.initial
    billing: Billing = BILLING.initial


# Evolve


def evolve(state: Park, fact: Fact) -> Park:
    """Each of them after one more fact."""
    return fold(state, (fact,))


def fold(state: Park, facts: Sequence[Fact]) -> Park:
    """Each of them after more facts."""
    return Park(
        COMPANIES.folded(state.companies, facts),
        ESTATE.folded(state.estate, facts),
        LEASES.folded(state.leases, facts),
        BILLING.folded(state.billing, facts),
    )


# Scope


def scope(command: TakeOverPark) -> tuple[str, ...]:
    """Everything that a row names, whoever is gone, and the periods."""
    return tuple(dict.fromkeys((GONE_TAG, *POSTING, *_named(command))))


def _named(command: TakeOverPark) -> Iterator[str]:
    for company in command.companies:
        yield f"company:{company.company}"
    for parcel in command.parcels:
        yield from (f"site:{parcel.site}", f"parcel:{parcel.parcel}")
    for building in command.buildings:
        yield from (f"parcel:{building.parcel}", f"building:{building.building}")
    for unit in command.units:
        yield from (f"building:{unit.building}", f"unit:{unit.unit}")
    for lease in command.leases:
        yield from (f"lease:{lease.lease}", f"company:{lease.company}")
        yield from (f"unit:{premises.unit}" for premises in lease.terms.premises)
    for deposit in command.deposits:
        yield from (f"deposit:{deposit.deposit}", f"lease:{deposit.lease}")
    for invoice in command.invoices:
        yield from (f"invoice:{invoice.invoice}", f"lease:{invoice.lease}")
    yield from (f"site:{site.site}" for site in command.sites)


# Decide

Asked = Callable[[Park], Sequence[Fact]]


def decide(state: Park, command: TakeOverPark, by: By) -> Sequence[Fact]:
    """Decide row after row, each on what those before it record. Raises TakeOverRefusal."""
    if command.effective_on != month_end(command.effective_on):
        raise TakeOverNotMonthEnd(
            f"{command.effective_on} is not the last day of a month: rent is earned by months", field="effective_on"
        )
    facts: list[Fact] = []
    faults: list[Fault] = []
    for place, asked in _rows(command, by):
        try:
            some = asked(state)
        except Refusal as refusal:
            field = place if refusal.field is None else f"{place}.{refusal.field}"
            faults.append(Fault(field, refusal.code, refusal.detail))
        else:
            state = fold(state, some)
            facts += some
    if faults:
        first = faults[0]
        raise RowsRefused(
            f"{len(faults)} rows are refused, the first {first.field}: {first.detail}; nothing was recorded",
            field=first.field,
            faults=tuple(faults),
        )
    return facts


def _rows(command: TakeOverPark, by: By) -> Iterator[tuple[str, Asked]]:
    """Each row's place, and what it asks for; a row may ask for several things, one after the other."""
    for name, asks in ASKS.items():
        for at, row in enumerate(getattr(command, name)):
            for ask in asks:
                yield f"{name}[{at}]", partial(ask, row, command, by)


def _company(row: ParkCompany, command: TakeOverPark, by: By, state: Park) -> Sequence[Fact]:
    asked = RegisterLead(
        effective_on=command.effective_on,
        company=row.company,
        name=row.name,
        name_zh=row.name_zh,
        country=row.country,
        origin=row.origin,
        origin_year=row.origin_year,
        source=command.document.doc,
    )
    known = state.companies.companies.get(row.company)
    return () if _is_so(known, row) else COMPANIES.decide(state.companies, asked, by)


def _is_so(known: Company | None, row: ParkCompany) -> bool:
    """Tell that a company is on record by this name already, whatever told it."""
    return known is not None and known.lead_on is not None and known.name == row.name


def _site(row: ParkSite, command: TakeOverPark, by: By, state: Park) -> Sequence[Fact]:
    asked = DefineSite(
        effective_on=command.effective_on,
        site=row.site,
        name=row.name,
        stated_area=row.area,
        stated_unit="M2",
        source=row.source,
    )
    return ESTATE.decide(state.estate, asked, by)


def _parcel(row: ParkParcel, command: TakeOverPark, by: By, state: Park) -> Sequence[Fact]:
    asked = DefineParcel(
        effective_on=command.effective_on, site=row.site, parcel=row.parcel, name=row.name, area=row.area
    )
    return ESTATE.decide(state.estate, asked, by)


def _building(row: ParkBuilding, command: TakeOverPark, by: By, state: Park) -> Sequence[Fact]:
    asked = DefineBuilding(
        effective_on=command.effective_on,
        parcel=row.parcel,
        building=row.building,
        name=row.name,
        floors=row.floors,
        lettable=row.lettable,
        standard=row.standard,
        region=row.region,
        address=row.address,
        title_certificate=row.title_certificate,
    )
    return ESTATE.decide(state.estate, asked, by)


def _begun(row: ParkBuilding, command: TakeOverPark, by: By, state: Park) -> Sequence[Fact]:
    known = state.estate.buildings.get(row.building)
    if known is None or known.started_on is not None:
        return ()
    return ESTATE.decide(state.estate, StartConstruction(effective_on=command.effective_on, building=row.building), by)


def _stands(row: ParkBuilding, command: TakeOverPark, by: By, state: Park) -> Sequence[Fact]:
    known = state.estate.buildings.get(row.building)
    if known is None or known.completed_on is not None:
        return ()
    asked = CompleteBuilding(effective_on=command.effective_on, building=row.building, evidence=command.document)
    return ESTATE.decide(state.estate, asked, by)


def _unit(row: ParkUnit, command: TakeOverPark, by: By, state: Park) -> Sequence[Fact]:
    building = state.estate.buildings.get(row.building)
    asked = DefineUnit(
        effective_on=command.effective_on,
        building=row.building,
        unit=row.unit,
        floor=row.floor,
        use=row.use,
        area=row.area,
        standard=(building and building.standard) or "GB/T17986",
        measured_on=command.effective_on,
    )
    return ESTATE.decide(state.estate, asked, by)


def _lease(row: ParkLease, command: TakeOverPark, by: By, state: Park) -> Sequence[Fact]:
    return take_lease_over(state.leases, row, command.effective_on, command.document, by)


def _rent(row: ParkLease, command: TakeOverPark, by: By, state: Park) -> Sequence[Fact]:
    """Through which day it is billed; nothing of a lease that was refused, or has not begun and says nothing."""
    on, lease = command.effective_on, state.leases.leases.get(row.lease)
    if lease is None or (row.billed_through is None and row.terms.commencement_on > on):
        return ()
    if row.billed_through is None:
        raise BilledThroughMissing(f"say through which day {row.lease} is billed", field="billed_through")
    service_through = row.service_through or min(on, last_day(lease) or on)
    billed = ParkRent(lease=row.lease, billed_through=row.billed_through, service_through=service_through)
    return take_rent_over(state.billing, billed, on, by)


def _deposit(row: ParkDeposit, command: TakeOverPark, by: By, state: Park) -> Sequence[Fact]:
    return take_deposit_over(state.billing, row, command.effective_on, by)


def _invoice(row: ParkInvoice, command: TakeOverPark, by: By, state: Park) -> Sequence[Fact]:
    return take_invoice_over(state.billing, row, command.effective_on, by)


ASKS: Mapping[str, tuple[Callable[[Any, TakeOverPark, By, Park], Sequence[Fact]], ...]] = {
    "companies": (_company,),
    "sites": (_site,),
    "parcels": (_parcel,),
    "buildings": (_building, _begun, _stands),
    "units": (_unit,),
    "leases": (_lease, _rent),
    "deposits": (_deposit,),
    "invoices": (_invoice,),
}
"""The order of the rows, and what each asks for."""

TAKING_OVER: Decider[TakeOverPark, Park] = Decider((TakeOverPark,), Park(), scope, evolve, decide, fold=fold)
