"""Prices that change within the day over HTTP: recorded, withdrawn; the report of them, and of what is settled on them.

RECORDINGS   POST /v1/prices, and the withdrawal of a month of a file
READS        GET /v1/reports/spot-prices
"""

from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Meta
from sqlalchemy import Connection

from api.formats.sheets import Columns, Report, Sheet
from api.formats.tables import Table, columns, sections
from api.http.operations import FINANCE
from api.http.reading import BasisQuery, Found, Read
from api.http.recording import Recording
from ledger.offtake.meters.price_series import RecordPrices, WithdrawPriceStep
from ledger.offtake.terms import PriceSeries
from ledger.periods import Month
from projections.deals.prices import PricedMonthRow, PriceMonthRow, SpotPricesReport, spot_prices
from projections.engine.basis import Basis

PRICES, REPORT = "/v1/prices", "/v1/reports/spot-prices"
GROUP = "rates"
HELP = "Prices by the period: each month of a series, what is settled on it, and what corrections since come to."
SERIES, FROM, CHANGED = (
    "Only this series, such as spot/sichuan-day-ahead.",
    "Only months from this one on.",
    "Of what is settled, only what rests on other prices than are known now.",
)

RECORD_PRICES = Recording(
    path=PRICES,
    command=RecordPrices,
    summary="Record days of prices of a series from a file: whole days, all or none.",
    group=GROUP,
    roles=FINANCE,
    at=REPORT,
)
RECORDINGS: tuple[Recording, ...] = (
    RECORD_PRICES,
    Recording(
        path=f"{PRICES}/withdrawals",
        command=WithdrawPriceStep,
        summary="Take back a month of a file of prices that was a mistake.",
        group=GROUP,
        roles=FINANCE,
        at=REPORT,
    ),
)


class SpotQuery(BasisQuery, frozen=True, kw_only=True):
    """Months of one series, or of all."""

    series: Annotated[PriceSeries | None, Meta(description=SERIES)] = None
    from_month: Annotated[Month | None, Meta(description=FROM)] = None
    changed: Annotated[bool, Meta(description=CHANGED)] = False


def _spot(connection: Connection, basis: Basis, query: SpotQuery, _path: Mapping[str, str]) -> Found:
    found = spot_prices(connection, basis, series=query.series, from_month=query.from_month, changed=query.changed)
    return Found(data=found)


def spot_table(answer: SpotPricesReport) -> Table:
    """A row for each month of a series, and for each month that is settled on one."""
    return sections(columns(PriceMonthRow, PricedMonthRow), ("MONTH", answer.rows), ("SETTLED", answer.settled))


SHOWN = Columns(
    {
        "series": "series",
        "month": "month",
        "agreement": "agreement",
        "run": "run",
        "periods": "periods",
        "missing": "prices missing",
        "mean": "mean by time",
        "average": "mean by volume",
        "lowest": "lowest",
        "highest": "highest",
        "corrections": "corrections",
        "delivered_kwh": "kWh",
        "net": "net",
        "now": "net now",
        "difference": "difference",
        "says": "says",
    },
    texts=("series", "month", "agreement", "says"),
    plain=("run", "periods", "missing", "corrections", "mean", "average", "lowest", "highest"),
)


def spot_sheet(answer: SpotPricesReport) -> Sheet:
    """A row for each month of a series; then one for each month that is settled on it."""
    rows = [SHOWN.line(row) for row in (*answer.rows, *answer.settled)]
    return Sheet("Prices by the period (CNY/kWh), and what is settled on them (CNY)", SHOWN, rows)


READS: tuple[Read[Any], ...] = (
    Read(
        name="report-spot-prices",
        path=REPORT,
        summary=HELP,
        group="reports",
        query=SpotQuery,
        ask=_spot,
        data=SpotPricesReport,
        table=spot_table,
        report=Report(
            name="spot-prices",
            help=HELP,
            examples=(
                "mcsc report spot-prices --effective 2026-06-30",
                "mcsc report spot-prices --series spot/sichuan-day-ahead-demo --changed",
            ),
            options={"series": SERIES, "from_month": FROM, "changed": CHANGED},
            sheet=spot_sheet,
        ),
    ),
)
