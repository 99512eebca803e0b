"""The read side: each read model is one file, named for the question it answers. Imports the ledger, never the edge.

view, timeline, runner   what all of them rest on: versioned rows, timelines, following and rebuilding
basis                    effective on a date, as recorded up to a position
register                 who is in the city or on the way
funnel                   how many got how far, by origin
leases                   which leases are there, how far is each, and what does it say
orders                   which equipment orders are there, how far is each, what of their money is in the books
order_book, fx_exposure  what is on order and still to come; what is owed in foreign currencies
documents                what became of each invoice, debit note and late fee
tenants                  what each tenant owes, has paid and has deposited
ageing, statement        how old is what they owe; what stands in one tenant's account
estate                   which buildings and units are there, how large, in what state
land                     which sites and parcels are there, how large, and where
let                      who holds each unit on a day, and at what rent: what the next three stand on
rent_roll                every unit, who has it, for how long, at what rent
occupancy                how much of what could be let is let
lease_expiry             when it comes free, and how long the rent is secured
journal, entries         what was posted, by which facts, and what the accounts come to
trial_balance            do the books balance, and what does each account hold
revenue                  what was earned, by stream, month and tenant
deferred_revenue         what was paid or billed ahead of what is earned for it
offtake                  which energy agreements are there, and what is owed for energy not taken
energy                   what was delivered, at what price, with which CO2 and certificates
investment               what each investor contracted, and what came of it
channel_money            from lead to money: what each origin brought
history                  what was recorded (reads the log itself)
behind, figures          the facts behind a figure, read from the log on demand; exact figures, as reports write them
"""

from projections.books.journal import Journal
from projections.companies.register import CompanyRegister
from projections.deals.energy import EnergyStatements
from projections.deals.investment import InvestmentAgreements
from projections.deals.offtake import MakeUpLiabilities, OfftakeRegister
from projections.deals.orders import OrderRegister
from projections.engine.view import View
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
    Journal,
)
"""Every read model that is kept up with the log."""
