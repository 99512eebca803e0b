"""Month after month of the golden year: dollars remeasured, the VAT return filed and paid, the month closed.

told_of   the commands, on the returns that the hand-kept rows come to; rows_of: what they post
"""

from collections.abc import Sequence
from typing import Any

from tests.year.bank import CNY, FX
from tests.year.drawn import Return, filed
from tests.year.table import YEAR, Row, Told, told
from tests.year.telling import CLOSE

HELD = {"2025-03": "p-clean-03-demo"}
"""The tax invoice of March is certified in April."""
CLIENT_MONEY = 4
"""At the end of this month dollars of a supplier are held (o-3)."""
REFILED, PAID_TWICE = "2025-04", "2025-02"
"""One return is withdrawn and filed anew; one payment comes back and is made again."""


def _next(month: int, day: int) -> str:
    """A day of the month after."""
    return f"{YEAR + month // 12}-{month % 12 + 1:02}-{day:02}"


def told_of(returns: Sequence[Return]) -> list[Told]:
    """Remeasure at each month's end; file on the 12th of the next month, pay on the 15th, close on the 20th."""
    said: list[Told] = []
    for one in returns:
        month, end = one.month.month, str(one.month)
        held: dict[str, Any] = {"client_money": ["o-3-demo"]} if month == CLIENT_MONEY else {}
        said.append(told(end, "revalue-receivables", month=end[:7], rate_series=[FX], **held))
        if 2 <= month <= 5:
            said.append(told(end, "revalue-payables", month=end[:7], documents=["p-1-demo"], rate_series=[FX]))
        said += _filed(month, end[:7], 12)
        if end[:7] == REFILED:
            said.append(
                told(_next(month, 13), "withdraw-vat-return", month=REFILED, reason="a paper was missing (demo)")
            )
            said += _filed(month, REFILED, 14)
        if one.payable:
            said += _paid(month, end[:7], one.payable)
        said.append(told(_next(month, 20), CLOSE, month=end[:7]))
    return said


def _filed(month: int, name: str, day: int) -> list[Told]:
    """Proposed by one, filed by another; what is held is named, and so is its month when it is taken."""
    held: dict[str, Any] = {"held": [HELD[name]]} if name in HELD else {}
    before = f"{YEAR}-{month - 1:02}"
    late: dict[str, Any] = {"late": [before]} if before in HELD else {}
    return [
        told(_next(month, day), "propose-vat-return", month=name, **held, **late),
        told(_next(month, day), "file-vat-return", month=name, **late),
    ]


def _paid(month: int, name: str, fen: int) -> list[Told]:
    amount = f"{fen // 100}.{fen % 100:02}"
    about: dict[str, Any] = {"month": name, "amount": amount, "bank_account": CNY}
    payment = f"vat-{name}-demo"
    said = [told(_next(month, 15), "pay-vat", vat_payment=payment, bank_reference=f"TAX-{name}", **about)]
    if name == PAID_TWICE:
        said += [
            told(_next(month, 16), "return-vat-payment", vat_payment=payment, reason="a wrong account (demo)"),
            told(_next(month, 18), "pay-vat", vat_payment=f"{payment}-2", bank_reference=f"TAX-{name}-2", **about),
        ]
    return said


def rows_of(returns: Sequence[Return]) -> list[Row]:
    """What filing and paying posts; what is withdrawn is mirrored, and filed anew."""
    booked: list[Row] = []
    for one, mine in ((one, filed([one])) for one in returns):
        name, month = str(one.month)[:7], one.month.month
        booked += mine
        if name == REFILED:
            booked += [row._replace(what="withdrawn", debit=row.credit, credit=row.debit) for row in mine]
            booked += [row._replace(what="filed anew") for row in mine]
        if one.payable:
            days = [15, 16, 18] if name == PAID_TWICE else [15]
            for day in days:
                on = told(_next(month, day), "").on
                paid = Row(on, f"VAT of {month:02} paid on {day}", "2221.03", "1002:cny", one.payable)
                booked.append(paid if day != 16 else paid._replace(debit=paid.credit, credit=paid.debit))
    return booked
