"""An investor of the golden year is paid a grant in two parts, misses a covenant by a quarter, owes a quarter back."""

from typing import Any

from tests.year.ground import PAPER
from tests.year.table import Told, rows, told

TERMS: dict[str, Any] = {
    "currency": "CNY",
    "contracted": "1000000.00",
    "tranches": [{"due_on": "2025-03-31", "amount": "1000000.00"}],
    "covenants": [
        {
            "covenant": "jobs-demo",
            "metric": "JOBS",
            "target": "120",
            "test_on": "2025-06-30",
            "tolerance": "0.1",
            "incentive": "grant-demo",
        }
    ],
    "incentives": [{"incentive": "grant-demo", "amount": "240000.00"}],
}
OF: dict[str, Any] = {"agreement": "i-1-demo"}


def _grant(on: str, payment: str, amount: str) -> Told:
    return told(
        on,
        "pay-incentive",
        incentive="grant-demo",
        payment=payment,
        amount=amount,
        bank_reference=f"OUT-{payment}",
        **OF,
    )


def _back(on: str, collection: str, amount: str) -> Told:
    fields = {"collection": collection, "amount": amount, "bank_reference": f"IN-{collection}"}
    return told(on, "collect-clawback", clawback="claw-demo", **fields, **OF)


TOLD: list[Told] = [
    told("01-08", "draft-investment-agreement", company="river-demo", terms=TERMS, **OF),
    told("01-10", "sign-investment-agreement", document=PAPER, **OF),
    told(
        "02-05",
        "record-contribution",
        contribution="capital-demo",
        kind="CAPITAL",
        currency="CNY",
        amount="1000000.00",
        evidence=PAPER,
        **OF,
    ),
    _grant("02-20", "grant-1-demo", "200000.00"),
    _grant("03-20", "grant-2-demo", "40000.00"),
    told("03-24", "reverse-incentive", payment="grant-2-demo", reason="a wrong account (demo)", **OF),
    _grant("03-26", "grant-3-demo", "40000.00"),
    told("06-30", "report-figure", figure="JOBS", value="90", evidence=PAPER, **OF),
    told("07-05", "test-covenant", covenant="jobs-demo", **OF),
    told("07-11", "assess-clawback", clawback="claw-demo", covenant="jobs-demo", **OF),
    told(
        "08-01",
        "propose-clawback-waiver",
        clawback="claw-demo",
        waiver="w-demo",
        amount="10000.00",
        reason="the flood (demo)",
        **OF,
    ),
    told("08-02", "approve-clawback-waiver", clawback="claw-demo", waiver="w-demo", **OF),
    _back("09-20", "back-1-demo", "30000.00"),
    told(
        "09-22",
        "reverse-collection",
        clawback="claw-demo",
        collection="back-1-demo",
        reason="it came back (demo)",
        **OF,
    ),
    _back("09-25", "back-2-demo", "35000.00"),
]

BOOKED = rows("""
    02-20  grant                   6711        1002:cny    200000.00
    03-20  grant, the rest         6711        1002:cny    40000.00
    03-24  which returns           1002:cny    6711        40000.00
    03-26  and is paid again       6711        1002:cny    40000.00
    07-11  a quarter is owed back  1221:river  6301        240000.00 × 0.25  90 of 120 jobs
    08-02  a part is waived        6301        1221:river  10000.00
    09-20  a part comes            1002:cny    1221:river  30000.00
    09-22  and returns             1221:river  1002:cny    30000.00
    09-25  a part comes again      1002:cny    1221:river  35000.00
""")
