"""What kinds of leases the demonstration knows.

Life        what becomes of a lease
Deal        a kind of lease: what for, how long, how it is paid, what becomes of it
DEALS       those of companies that settle in, in the order in which these come; the first ones take each kind once
EXITS       that of companies which leave again     MORE, EXPANSIONS   further premises
LANDINGS    offices and guest rooms for a few months, for companies that look around first
NEGOTIATED  leases that are not let, or not yet
HABITS      how tenants pay (bank.py)               SERVICE_FEN        the service charge of each use
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Literal

from msgspec import Struct

from ledger.estate.facts import Use
from ledger.leases.terms import Proration, QuoteBasis

Life = Literal[
    "stays",
    "renews",
    "holds-over",
    "leaves-after-holdover",
    "expires",
    "breaks",
    "is-bought-out",
    "defaults",
    "grows",
    "shrinks",
    "pays-less",
    "stays-longer",
    "is-refused-less",
    "exits",
    "is-taken-over",
    "follows",
    "signed",
    "approved",
    "submitted",
    "voided",
]
"""What becomes of a lease; the last four are not let, or not yet."""
NOT_LET: frozenset[Life] = frozenset({"approved", "submitted", "voided"})

INDEX, YEARLY_INDEX = "cpi/cn-all", "cpi/cn-previous-year"
NOTICE_DAYS, BREAK_FEE_MONTHS, OPTION_DAYS = 90, 2, 60
SETTLERS_MAX, LANDINGS_MAX = 33, 8
"""So many companies find room however many there are: the city does not grow with the crowd."""


class Deal(Struct, frozen=True, kw_only=True):
    """A kind of lease. `every`: billed for so many months at once; `step`: percent more each year.

    sells           a share of what the tenant sells is due beside the rent
    bears_interest  its deposit does
    incentive_fen   what the tenant is paid for signing     broker_fen  what whoever brought the two together is
    """

    use: Use
    months: int
    life: Life = "stays"
    units: int = 1
    every: Literal[1, 2, 3, 6, 12] = 1
    billed: Literal["ADVANCE", "ARREARS"] = "ADVANCE"
    due_days: int = 10
    lines: Literal["PERIOD", "MONTH"] = "PERIOD"
    proration: Proration = "ACTUAL_ACTUAL"
    per: QuoteBasis = "M2_MONTH"
    free_months: int = 0
    step: int = 0
    index: str | None = None
    simplified: bool = False
    sells: bool = False
    bears_interest: bool = False
    incentive_fen: int = 0
    broker_fen: int = 0


DEALS: Sequence[Deal] = (
    Deal(use="LABORATORY", months=12, life="renews"),
    Deal(use="INDUSTRIAL", months=60, units=3, every=3, due_days=30, free_months=3, step=5, bears_interest=True),
    Deal(use="INDUSTRIAL", months=24, life="defaults", due_days=15, step=4),
    Deal(use="LABORATORY", months=12, life="leaves-after-holdover"),
    Deal(use="INDUSTRIAL", months=36, units=3, index=INDEX, due_days=15, broker_fen=7_600_000),
    Deal(use="LABORATORY", months=36, life="grows", units=3, step=3, incentive_fen=9_000_000),
    Deal(use="OFFICE", months=12, life="holds-over", per="M2_DAY_365"),
    Deal(use="OFFICE", months=24, life="breaks", per="M2_DAY_365", due_days=5),
    Deal(use="INDUSTRIAL", months=48, life="shrinks", units=3, free_months=2, step=4),
    Deal(use="RETAIL", months=12, life="expires", per="MONTH", sells=True),
    Deal(use="OFFICE", months=36, units=2, index=YEARLY_INDEX, per="M2_DAY_365"),
    Deal(use="LABORATORY", months=36, life="pays-less", units=3),
    Deal(use="OFFICE", months=24, life="stays-longer", units=3, lines="MONTH", every=3, per="M2_DAY_30"),
    Deal(use="INDUSTRIAL", months=36, life="is-bought-out", units=2, proration="ACTUAL_365"),
    Deal(use="WAREHOUSE", months=24, every=3, billed="ARREARS", due_days=20, proration="THIRTY_360"),
    Deal(use="OFFICE", months=36, life="is-refused-less", units=4, every=2, step=2),
    Deal(use="LABORATORY", months=60, units=4, every=6, due_days=30, free_months=4, step=3),
    Deal(use="INDUSTRIAL", months=120, units=4, every=12, due_days=45, free_months=6, index=INDEX),
    Deal(use="WAREHOUSE", months=36, simplified=True, units=2, proration="ACTUAL_366"),
    Deal(use="INDUSTRIAL", months=36, units=3, step=3),
    Deal(use="LABORATORY", months=24, units=3, free_months=1),
)
EXITS = Deal(use="INDUSTRIAL", months=48, life="exits", units=2, step=4)
MORE = Deal(use="WAREHOUSE", months=36, step=3)
EXPANSIONS: Mapping[int, Deal] = {
    1: Deal(use="OFFICE", months=36, per="M2_DAY_365", step=2),
    4: Deal(use="WAREHOUSE", months=48, every=3, due_days=20),
    8: Deal(use="LABORATORY", months=36, units=2, step=3),
    11: Deal(use="RETAIL", months=24, per="MONTH"),
    12: Deal(use="RESIDENTIAL", months=12, units=2),
}
"""Some come back for more half a year later: the place of a company among those that settle in, and what it takes."""
EXPANDS_AFTER = timedelta(days=190)
LANDINGS: Sequence[Deal] = (
    Deal(use="OFFICE", months=6, life="expires", per="MONTH", due_days=5),
    Deal(use="RESIDENTIAL", months=12, life="holds-over", per="MONTH", due_days=5),
    Deal(use="LABORATORY", months=12, life="expires"),
    Deal(use="OFFICE", months=12, life="expires", due_days=5),
)
NEGOTIATED: Sequence[tuple[date, Life]] = (
    (date(2025, 5, 19), "voided"),
    (date(2026, 6, 15), "signed"),
    (date(2026, 6, 29), "approved"),
    (date(2026, 7, 6), "submitted"),
)
"""When they are signed, or would be."""

Habit = Literal["early", "prompt", "late", "behind", "gone-quiet"]
HABITS: Sequence[Habit] = ("prompt", "early", "behind", "late", "prompt", "behind", "late", "prompt", "early", "prompt")
SERVICE_FEN: dict[Use, int] = {
    "INDUSTRIAL": 350,
    "LABORATORY": 800,
    "OFFICE": 1200,
    "WAREHOUSE": 250,
    "RETAIL": 1500,
    "RESIDENTIAL": 600,
}
