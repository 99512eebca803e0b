"""Every context, as a ledger decides with them.

CONTEXTS   their deciders, each after those whose rules it decides by
"""

from typing import Any

from ledger.access import ACCESS
from ledger.billing.deciding import BILLING
from ledger.billing.runs import RUNS
from ledger.bookkeeping.banking.deciding import BANKING
from ledger.bookkeeping.banking.opening import BANK_ACCOUNT_STEPS
from ledger.bookkeeping.journals.deciding import JOURNALS
from ledger.bookkeeping.papers import PAPERS
from ledger.bookkeeping.statements.profiles import BANK_PROFILE_STEPS, BANK_PROFILES
from ledger.bookkeeping.statements.taking import BANK_STATEMENT_STEPS, BANK_STATEMENTS
from ledger.claims import CLAIMS
from ledger.companies.deciding import COMPANIES
from ledger.companies.withdrawing import COMPANY_STEPS
from ledger.decider import Decider
from ledger.estate.deciding import ESTATE
from ledger.estate.withdrawing import ESTATE_STEPS
from ledger.investment.deciding import INVESTMENT
from ledger.investment.withdrawing import INVESTMENT_STEPS
from ledger.joint.banking import BANK_BALANCES
from ledger.joint.buying import BUYING
from ledger.joint.closing import CLOSING
from ledger.joint.delegating.deciding import DELEGATING
from ledger.joint.diary import DIARY
from ledger.joint.linking import LINKING
from ledger.joint.matching import BANK_LINE_STEPS, MATCHING
from ledger.joint.measuring import MEASURING
from ledger.joint.owing import OWING
from ledger.joint.paying import PAYING
from ledger.joint.remeasuring import REMEASURING
from ledger.joint.remitting import REMITTING
from ledger.joint.reserving import RESERVING
from ledger.joint.settling import SETTLING
from ledger.joint.taking_over import TAKING_OVER
from ledger.joint.taxing import TAXING
from ledger.leases.deciding import LEASES
from ledger.leases.withdrawing import LEASE_STEPS
from ledger.log import envelope
from ledger.log.certifying import CERTIFICATES
from ledger.offtake.deciding import OFFTAKE
from ledger.offtake.meters.price_series import PRICE_STEPS
from ledger.offtake.withdrawing import METER_STEPS, OFFTAKE_STEPS
from ledger.orders.deciding import ORDERS
from ledger.orders.mistakes.withdrawing import ORDER_STEPS
from ledger.periods import PERIOD_STEPS, PERIODS
from ledger.rates import RATE_STEPS, RATES

CONTEXTS: tuple[Decider[Any, Any], ...] = (
    COMPANIES,
    COMPANY_STEPS,
    CLAIMS,
    ACCESS,
    DELEGATING,
    ESTATE,
    ESTATE_STEPS,
    RATES,
    RATE_STEPS,
    PERIODS,
    PERIOD_STEPS,
    BANKING,
    BANK_ACCOUNT_STEPS,
    BANK_STATEMENTS,
    BANK_STATEMENT_STEPS,
    BANK_PROFILES,
    BANK_PROFILE_STEPS,
    LEASES,
    LEASE_STEPS,
    BILLING,
    RUNS,
    INVESTMENT,
    INVESTMENT_STEPS,
    ORDERS,
    ORDER_STEPS,
    OFFTAKE,
    OFFTAKE_STEPS,
    METER_STEPS,
    PRICE_STEPS,
    SETTLING,
    LINKING,
    RESERVING,
    CLOSING,
    MEASURING,
    BANK_BALANCES,
    MATCHING,
    BANK_LINE_STEPS,
    CERTIFICATES,
    DIARY,
    BUYING,
    PAYING,
    TAXING,
    REMITTING,
    OWING,
    REMEASURING,
    JOURNALS,
    PAPERS,
    TAKING_OVER,
)
"""A command of two contexts is decided by the later one. RUNS stands after BILLING, whose rules it decides by on less
of the state. SETTLING, LINKING, RESERVING, MEASURING and BANK_BALANCES
stand after COMPANIES, ESTATE, BILLING and ORDERS, whose commands they decide: settling in and leaving also rest on
leases and books, a link on agreements, a reservation on companies, the allowance for losses and what is remeasured on
the books."""

envelope.decoder()
envelope.told_decoder()
envelope.facts_decoder()
