"""Every read model, for whoever keeps them up with the log: ALL_VIEWS. A report imports none but its own."""

from projections.books.journal import Journal
from projections.companies.register import CompanyRegister
from projections.deals.energy import EnergyStatements
from projections.deals.investment import InvestmentAgreements
from projections.deals.offtake import MakeUpLiabilities, OfftakeRegister
from projections.deals.orders import OrderRegister
from projections.engine.view import View
from projections.payables.documents import Payables
from projections.receivables.documents import Documents
from projections.receivables.tenants import TenantsAccounts
from projections.tenancy.leases import LeaseRegister
from projections.tenancy.sites import ParcelTimeline, SiteTimeline
from projections.tenancy.units import BuildingTimeline, UnitTimeline

ALL_VIEWS: tuple[type[View], ...] = (
    CompanyRegister,
    TenantsAccounts,
    Documents,
    SiteTimeline,
    ParcelTimeline,
    BuildingTimeline,
    UnitTimeline,
    LeaseRegister,
    InvestmentAgreements,
    OrderRegister,
    OfftakeRegister,
    EnergyStatements,
    MakeUpLiabilities,
    Payables,
    Journal,
)
"""Every read model that is kept up with the log."""
