"""What a bookkeeper writes by hand in the golden year, and pays from the bank: two people for each.

Salaries and insurance are journals repeated by template; accruals reverse by themselves on the first of the next month.
"""

from typing import Any

from tests.year.bank import CNY
from tests.year.ground import PAPER
from tests.year.table import Told, rows, told

WHY: dict[str, Any] = {"reason": "as the paper says (demo)", "document": PAPER}


def _lines(*lines: tuple[str, str, str]) -> list[dict[str, str]]:
    return [{"account": account, "side": side, "amount": amount} for account, side, amount in lines]


def _journal(on: str, name: str, *lines: tuple[str, str, str], **more: Any) -> list[Told]:
    """Proposed by finance, approved by an approver."""
    return [
        told(on, "propose-journal", manual_journal=name, lines=_lines(*lines), **WHY, **more),
        told(on, "approve-journal", manual_journal=name),
    ]


def _repeated(name: str, on: list[str]) -> list[Told]:
    asked = [
        told(
            day,
            "repeat-journal",
            manual_journal=f"{name}-{day[:2]}-demo",
            repeats=f"{name}-{on[0][:2]}-demo",
            document=PAPER,
        )
        for day in on[1:]
    ]
    return [*asked, *(told(day, "approve-journal", manual_journal=f"{name}-{day[:2]}-demo") for day in on[1:])]


def _paid(on: str, payment: str, journal: str, account: str, amount: str) -> list[Told]:
    items = [{"journal": journal, "account": account, "amount": amount}]
    asked: dict[str, Any] = {
        "payee": "whom it is owed (demo)",
        "items": items,
        "bank_account": CNY,
        "reason": "due (demo)",
    }
    return [
        told(on, "propose-bank-payment", payment=payment, **asked),
        told(on, "pay-from-bank", payment=payment, journals=[journal], bank_reference=f"OWED-{payment}"),
    ]


ENDS = ["01-31", "02-28", "03-31", "04-30", "05-31", "06-30", "07-31", "08-31", "09-30", "10-31", "11-30", "12-31"]
STAFF = (("administration", "DEBIT", "60000.00"), ("selling", "DEBIT", "20000.00"), ("payroll", "CREDIT", "80000.00"))
TOLD: list[Told] = [
    *_journal("01-05", "capital-demo", ("opening-equity", "DEBIT", "4420000.00"), ("capital", "CREDIT", "4420000.00")),
    *_journal("01-31", "salaries-01-demo", *STAFF),
    *_repeated("salaries", ENDS),
    *(
        one
        for month in range(2, 13)
        for one in _paid(
            f"{month:02}-06", f"staff-{month:02}-demo", f"salaries-{month - 1:02}-demo", "payroll", "80000.00"
        )
    ),
    told("05-08", "return-bank-payment", payment="staff-05-demo", reason="a wrong account (demo)"),
    *_paid("05-09", "staff-05-again-demo", "salaries-04-demo", "payroll", "80000.00"),
    *_journal("01-31", "insured-01-demo", ("administration", "DEBIT", "2000.00"), ("prepaid", "CREDIT", "2000.00")),
    *_repeated("insured", ENDS),
    *_journal("05-31", "roof-05-demo", ("cost-of-sales", "DEBIT", "1666.67"), ("depreciation", "CREDIT", "1666.67")),
    *_repeated("roof", ENDS[4:]),
    *_journal(
        "03-31", "water-demo", ("administration", "DEBIT", "18500.00"), ("accrued", "CREDIT", "18500.00"), reverses=True
    ),
    *_journal(
        "12-31", "audit-demo", ("administration", "DEBIT", "30000.00"), ("accrued", "CREDIT", "30000.00"), reverses=True
    ),
    *_journal("07-31", "twice-demo", ("selling", "DEBIT", "900.00"), ("other-payables", "CREDIT", "900.00")),
    told("07-31", "mirror-journal", manual_journal="twice-mirror-demo", mirrors="twice-demo", **WHY),
    told("07-31", "approve-journal", manual_journal="twice-mirror-demo"),
    told(
        "08-04",
        "propose-journal",
        manual_journal="no-demo",
        lines=_lines(("selling", "DEBIT", "1.00"), ("accrued", "CREDIT", "1.00")),
        **WHY,
    ),
    told("08-05", "reject-journal", manual_journal="no-demo", reason="it is nothing (demo)"),
    *_journal(
        "03-31", "profit-tax-demo", ("income-tax", "DEBIT", "25000.00"), ("income-tax-payable", "CREDIT", "25000.00")
    ),
    *_paid("04-15", "profit-tax-paid-demo", "profit-tax-demo", "income-tax-payable", "25000.00"),
    *_journal("06-30", "surcharge-demo", ("surcharges", "DEBIT", "8400.00"), ("other-payables", "CREDIT", "8400.00")),
    *_paid("07-10", "surcharge-paid-demo", "surcharge-demo", "other-payables", "8400.00"),
    *_journal(
        "06-30", "dividend-demo", ("retained-earnings", "DEBIT", "50000.00"), ("dividends", "CREDIT", "50000.00")
    ),
    *_paid("07-15", "dividend-paid-demo", "dividend-demo", "dividends", "50000.00"),
    *_journal("12-31", "surplus-demo", ("retained-earnings", "DEBIT", "10000.00"), ("surplus", "CREDIT", "10000.00")),
]

BOOKED = rows("""
    01-05       what was taken over is capital  3999      4001      4420000.00
    01:12-end   salaries of {m}                 6602      2211      60000.00
    01:12-end   salaries of {m}                 6601      2211      20000.00
    02:12-06    salaries paid in {m}            2211      1002:cny  80000.00
    05-08       those of May return             1002:cny  2211      80000.00
    05-09       and are paid again              2211      1002:cny  80000.00
    01:12-end   insured in {m}                  6602      1123      24000.00 / 12
    05:12-end   roof in {m}                     6401      1602      400000.00 / 240  twenty years
    03-31       water, not billed yet           6602      2241.03   18500.00
    04-01       water again                     2241.03   6602      18500.00
    12-31       audit, not billed yet           6602      2241.03   30000.00
    2026-01-01  audit again                     2241.03   6602      30000.00
    07-31       booked twice                    6601      2241.09   900.00
    07-31       its mirror                      2241.09   6601      900.00
    03-31       tax on profit                   6801      2221.10   25000.00
    04-15       tax on profit paid              2221.10   1002:cny  25000.00
    06-30       surcharges                      6403      2241.09   8400.00
    07-10       surcharges paid                 2241.09   1002:cny  8400.00
    06-30       a dividend                      4104      2232      50000.00
    07-15       the dividend paid               2232      1002:cny  50000.00
    12-31       surplus reserve                 4104      4101      10000.00
""")
