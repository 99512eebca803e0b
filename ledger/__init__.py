"""The write side: contexts decide, the ledger records, the store seals.

Importing this package makes every fact known by its stored name. CONTEXTS is what a Ledger decides with.
"""

from typing import Any

from ledger.access import ACCESS
from ledger.claims import CLAIMS
from ledger.companies import COMPANIES
from ledger.decider import Decider

CONTEXTS: tuple[Decider[Any, Any], ...] = (COMPANIES, CLAIMS, ACCESS)
