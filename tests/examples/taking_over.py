"""A park taken over at the end of May 2026: the command, and the facts that only it records."""

from datetime import date
from typing import Any

from msgspec.structs import replace

from ledger.billing.lines import DocumentLine
from ledger.billing.taking_over.deciding import ParkDeposit, ParkInvoice
from ledger.billing.taking_over.facts import DepositTakenOver, InvoiceTakenOver, RentTakenOver
from ledger.decider import Command, Fact
from ledger.joint.taking_over import ParkBuilding, ParkCompany, ParkParcel, ParkSite, ParkUnit, TakeOverPark
from ledger.leases.facts import LeaseTakenOver
from ledger.leases.taking_over import ParkLease
from ledger.leases.terms import Premises, Quote, RentFree, RentStep, Terms
from ledger.once.lettings import Letting
from ledger.values.evidence import Evidence

DAY = date(2026, 5, 31)
PAPER = Evidence(doc="park.xlsx (demo)", sha256="ab" * 32)
TERMS = Terms(
    premises=(Premises(unit="u-1-demo", area="500.00"),),
    commencement_on=date(2026, 1, 1),
    expiry_on=date(2026, 12, 31),
    rent=(RentStep(from_on=date(2026, 1, 1), rent=Quote(price="1000", per="MONTH")),),
    rent_free=(RentFree(from_on=date(2026, 1, 1), until_on=date(2026, 2, 28)),),
    due_days=10,
    deposit="3000.00",
    service_charge=Quote(price="100", per="MONTH"),
)
LEASE = ParkLease(lease="l-1-demo", company="t-1-demo", terms=TERMS, signed_on=date(2025, 12, 1), billed_through=DAY)
OPEN = ParkInvoice(
    invoice="old-77-demo",
    lease="l-1-demo",
    charge="RENT",
    issued_on=date(2026, 4, 1),
    due_on=date(2026, 4, 11),
    from_on=date(2026, 4, 1),
    until_on=date(2026, 4, 30),
    gross="1090.00",
    vat_rate="0.09",
    open="545.00",
)
PARK = TakeOverPark(
    effective_on=DAY,
    document=PAPER,
    companies=(ParkCompany(company="t-1-demo", name="Tenant One (demo)", country="CN"),),
    sites=(ParkSite(site="s-demo", name="Site (demo)", area="10000.00", source="deed (demo)"),),
    parcels=(ParkParcel(site="s-demo", parcel="p-demo", name="Parcel (demo)", area="8000.00"),),
    buildings=(
        ParkBuilding(parcel="p-demo", building="b-demo", name="B", floors=2, lettable="1000.00", standard="GB/T17986"),
    ),
    units=(
        ParkUnit(building="b-demo", unit="u-1-demo", floor="1", use="OFFICE", area="500.00"),
        ParkUnit(building="b-demo", unit="u-2-demo", floor="2", use="OFFICE", area="500.00"),
    ),
    leases=(LEASE,),
    deposits=(ParkDeposit(deposit="d-1-demo", lease="l-1-demo", amount="3000.00"),),
    invoices=(OPEN,),
)

_OF_LEASE: dict[str, Any] = {"accounting_on": DAY, "company": "t-1-demo", "lease": "l-1-demo"}
FACTS: tuple[Fact, ...] = (
    LeaseTakenOver(
        effective_on=DAY,
        lease="l-1-demo",
        company="t-1-demo",
        terms=TERMS,
        signed_on=LEASE.signed_on,
        document=PAPER,
        taken_over_by="fin-demo",
        lettings=(Letting(unit="u-1-demo", from_on=date(2026, 1, 1), until_on=date(2026, 12, 31)),),
    ),
    RentTakenOver(
        **_OF_LEASE,
        effective_on=DAY,
        billed_through=DAY,
        service_through=DAY,
        earned_through="2026-05",
        amount_minor=1166_69,
    ),
    DepositTakenOver(**_OF_LEASE, effective_on=DAY, deposit="d-1-demo", amount_minor=3000_00),
    InvoiceTakenOver(
        **_OF_LEASE,
        effective_on=OPEN.issued_on,
        invoice=OPEN.invoice,
        charge="RENT",
        lines=(
            DocumentLine(
                from_on=OPEN.from_on, until_on=OPEN.until_on, net_minor=500_00, vat_rate="0.09", vat_minor=45_00
            ),
        ),
        due_on=OPEN.due_on,
        asked_minor=1090_00,
        taken_over_on=DAY,
    ),
)
COMMANDS: tuple[Command, ...] = (PARK,)
_LEASE, _RENT, _DEPOSIT, _INVOICE = FACTS
WHOLE: tuple[Fact, ...] = (replace(_LEASE, given_up=("u-2-demo",)), replace(_INVOICE, late_fee_per_day="0.0005"))
