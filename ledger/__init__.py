"""The write side: contexts decide, the ledger records, the store seals.

Importing this package makes every fact known by its stored name. CONTEXTS is what a Ledger decides with.
"""

from dataclasses import replace
from typing import Any

from ledger.access import ACCESS
from ledger.billing import BILLING
from ledger.claims import CLAIMS
from ledger.closing import CLOSING
from ledger.companies import COMPANIES
from ledger.decider import Decider
from ledger.estate import ESTATE
from ledger.leases import LEASES
from ledger.periods import PERIODS
from ledger.rates import RATES
from ledger.settling import SETTLING

# Settling in and leaving also rest on leases and books: SETTLING decides those commands in the place of COMPANIES.
_COMPANIES = replace(COMPANIES, commands=tuple(one for one in COMPANIES.commands if one not in SETTLING.commands))

CONTEXTS: tuple[Decider[Any, Any], ...] = (
    _COMPANIES,
    CLAIMS,
    ACCESS,
    ESTATE,
    RATES,
    PERIODS,
    LEASES,
    BILLING,
    SETTLING,
    CLOSING,
)
