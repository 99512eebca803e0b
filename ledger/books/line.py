"""One line of a journal, and the check that lines balance.

Line    account, signed amount in CNY, what it is about; where it is in another currency, that amount too
Stream  what revenue is reported by
check   debits equal credits, in CNY and in the transaction currency; is_exchange: but for one into another
"""

from collections.abc import Iterable, Sequence
from typing import Literal

from msgspec import Struct

from ledger.billing.lines import Charge
from ledger.books.accounts import CHART

Stream = Charge | Literal["DEPOSIT_FORFEIT", "EQUIPMENT", "COMMISSION", "CANCELLATION_FEE"]
"""The streams that revenue is reported by."""


class Line(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One line of a journal.

    account        a key of the chart
    amount_minor   CNY minor units: debit positive, credit negative; 0 only where the foreign amount rounds to that
    document       the invoice, note, receipt, deposit, order, write-off or measurement it stands for
    stream         what revenue it belongs to
    service_month  the month (2024-07) of the days that it is earned for
    currency       the transaction currency where that is not CNY; `foreign_minor` is the amount in it, signed alike.
                   A line of pure exchange difference or revaluation has neither: nothing moved in that currency.
    bank_account   which account in the bank it moves on, where that is said
    """

    account: str
    amount_minor: int
    company: str | None = None
    lease: str | None = None
    document: str | None = None
    stream: Stream | None = None
    service_month: str | None = None
    currency: str | None = None
    foreign_minor: int | None = None
    bank_account: str | None = None


def check(lines: Sequence[Line]) -> None:
    """Debits equal credits, on accounts that exist: asserted where lines are made and where they are read (J1)."""
    total, abroad = 0, list[Line]()
    for line in lines:
        assert line.account in CHART, f"there is no account {line.account}"
        total += line.amount_minor
        if line.currency is not None or line.foreign_minor is not None:
            abroad.append(line)
    assert total == 0, f"debits and credits differ by {total}"
    if abroad:
        _check_abroad(lines, abroad)


def _check_abroad(lines: Sequence[Line], abroad: Sequence[Line]) -> None:
    """The same of the lines in other currencies, in each of them."""
    foreign = dict[str, int]()
    for line in abroad:
        assert line.currency is not None, "a currency and an amount in it, or neither"
        assert line.foreign_minor is not None, "a currency and an amount in it, or neither"
        foreign[line.currency] = foreign.get(line.currency, 0) + line.foreign_minor
    if not is_exchange(lines):
        assert not any(foreign.values()), f"debits and credits differ in {', '.join(sorted(foreign))}"


def is_exchange(lines: Iterable[Line]) -> bool:
    """Tell whether money of one currency became money of another: in neither of them do debits equal credits."""
    return len({line.currency for line in lines if line.account == "bank" and line.foreign_minor != 0}) > 1
