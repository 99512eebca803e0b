"""A park taken over at the end of May 2026 in the reports, on both databases: right from the first day.

The park of tests/examples/taking_over.py: 545.00 open since 2026-04-11, 3,000.00 of deposit, 1,000.00 a month of rent for
500.00 m², one unit of two let.
"""

from collections.abc import Iterator
from datetime import date

import pytest

from ledger.log.database import Database
from ledger.periods import OpenPeriods
from ledger.recording.application import Ledger
from ledger.recording.outcome import Done
from projections.books.trial_balance import trial_balance
from projections.receivables.ageing import ageing
from projections.tenancy.deposits import deposits
from projections.tenancy.occupancy import occupancy
from projections.tenancy.rent_roll import rent_roll
from tests.examples.taking_over import DAY, PARK
from tests.ground.billed import FINANCE
from tests.ground.let_city import basis
from tests.ground.projected import caught_up
