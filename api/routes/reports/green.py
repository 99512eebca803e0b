"""Green certificates by lot over HTTP."""

from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Meta
from sqlalchemy import Connection

from api.formats.sheets import POSITIONS_OPTION, Columns, Of, Report, Sheet
from api.formats.tables import Table, columns, sections
from api.http.reading import ExplainedQuery, Found, Positions, Read
from api.receipts.deals import GREEN
from ledger.decider import Id
from projections.deals.green import (
    CertificateMovementRow,
    CertificatesTotal,
    GreenCertificates,
    LotRow,
    green_certificates,
)
from projections.engine.basis import Basis

ONE = "Only this agreement."
HELP = "Green certificates by lot: numbers, month, validity; what was transferred, retired, has expired and is held."


class GreenQuery(ExplainedQuery, frozen=True, kw_only=True):
    """Green certificates by lot."""

    agreement: Annotated[Id | None, Meta(description=ONE)] = None
    positions: Positions = False


def _green(connection: Connection, basis: Basis, query: GreenQuery, _path: Mapping[str, str]) -> Found:
    return Found(data=green_certificates(connection, basis, agreement=query.agreement, positions=query.positions))


def green_table(answer: GreenCertificates) -> Table:
    """A row for each lot, for each movement of one, for each agreement, and the whole."""
    return sections(
        columns(LotRow, CertificateMovementRow, CertificatesTotal),
        ("LOT", answer.rows),
        ("MOVEMENT", answer.movements),
        ("AGREEMENT", answer.agreements),
        ("TOTAL", (answer.total,)),
    )


SHOWN = Columns(
    {
        "agreement": "agreement",
        "lot": "lot",
        "month": "month",
        "first": "first number",
        "last": "last number",
        "state": "state",
        "on": "on",
        "to": "given to",
        "valid_until": "valid until",
        "made": "made",
        "counted": "counted",
        "issued": "issued",
        "transferred": "transferred",
        "retired": "retired",
        "expired": "expired",
        "held": "held",
        "unissued": "not issued",
        "carried_kwh": "carried",
    },
    texts=("agreement", "lot", "month", "first", "last", "state", "on", "to", "valid_until"),
)


def green_sheet(answer: GreenCertificates) -> Sheet:
    """A row for each lot, what was moved of it beneath; then each agreement's sum, and the whole."""
    rows = []
    for row in answer.rows:
        rows.append(SHOWN.line(row))
        for moved in answer.movements:
            if (moved.agreement, moved.lot) == (row.agreement, row.lot):
                column = "transferred" if moved.state == "TRANSFERRED" else "retired"
                rows.append(SHOWN.line(moved, **{column: Of("moved")}))
    rows += [
        SHOWN.line(total, agreement=total.agreement or "TOTAL", lot="all")
        for total in (*answer.agreements, answer.total)
    ]
    return Sheet("Green certificates (1 = 1,000 kWh)", SHOWN, rows)


READS: tuple[Read[Any], ...] = (
    Read(
        name="report-green-certificates",
        path="/v1/reports/green-certificates",
        summary=HELP,
        group="reports",
        query=GreenQuery,
        ask=_green,
        data=GreenCertificates,
        table=green_table,
        receipts=GREEN,
        report=Report(
            name="green-certificates",
            help=HELP,
            examples=(
                "mcsc report green-certificates --effective 2025-12-31",
                "mcsc report green-certificates --agreement wte-1-demo --csv -o lots.csv",
            ),
            options={"agreement": ONE, "positions": POSITIONS_OPTION},
            sheet=green_sheet,
        ),
    ),
)
