"""The write side: contexts decide, the ledger records, the store seals.

Importing this package makes every fact known by its stored name, and readable. CONTEXTS is what a Ledger decides with.
"""

from dataclasses import replace
from typing import Any

from ledger.access import ACCESS
from ledger.billing.deciding import BILLING
from ledger.claims import CLAIMS
from ledger.companies.deciding import COMPANIES
from ledger.decider import Decider
from ledger.estate.deciding import ESTATE
from ledger.investment.deciding import INVESTMENT
from ledger.joint.closing import CLOSING
from ledger.joint.linking import LINKING
from ledger.joint.reserving import RESERVING
from ledger.joint.settling import SETTLING
from ledger.leases.deciding import LEASES
from ledger.log import envelope
from ledger.offtake.deciding import OFFTAKE
from ledger.orders.deciding import ORDERS
from ledger.periods import PERIODS
from ledger.rates import RATES

# Settling in and leaving also rest on leases and books, a link on agreements, a reservation on companies: SETTLING,
# LINKING and RESERVING decide those commands in the place of COMPANIES and ESTATE.
_ELSEWHERE = (*SETTLING.commands, *LINKING.commands, *RESERVING.commands)
_COMPANIES, _ESTATE = (
    replace(context, commands=tuple(one for one in context.commands if one not in _ELSEWHERE))
    for context in (COMPANIES, ESTATE)
)

CONTEXTS: tuple[Decider[Any, Any], ...] = (
    _COMPANIES,
    CLAIMS,
    ACCESS,
    _ESTATE,
    RATES,
    PERIODS,
    LEASES,
    BILLING,
    INVESTMENT,
    ORDERS,
    OFFTAKE,
    SETTLING,
    LINKING,
    RESERVING,
    CLOSING,
)

envelope.decoder()
