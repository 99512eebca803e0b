"""The write side: contexts decide, the ledger records, the store seals.

Importing this package makes every fact known by its stored name.
"""

from typing import Any

from ledger.decider import Decider

CONTEXTS: tuple[Decider[Any, Any], ...] = ()
