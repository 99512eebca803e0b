"""What is recorded of a sale that is earned over time.

Fact (order.…)     Posts   About
progress-measured  yes     PRINCIPAL, at a month's end: what the sale comes to by then, less what it came to before

Names are storage, as in facts.py.
"""

from typing import ClassVar

from ledger.orders.facts import OrderAmountFact
from ledger.orders.over_time.progress import Progress
from ledger.orders.terms import Recognition
from ledger.values.money import Ratio


class ProgressMeasured(OrderAmountFact, frozen=True, kw_only=True, tag="order.progress-measured"):
    """A sale as far as it is at a month's end. It posts what that comes to less what it came to before: a change of the
    price, of the cost expected or of the progress is caught up with at once (IFRS 15.21(b), .43).

    expected_cost_minor   the cost of the whole order, as it is expected now
    reached_, whole_minor the progress: cost incurred of cost expected, or milestones reached of the order's value
    amount_minor          the revenue that it adds; less than nothing, it takes some back
    """

    derived: ClassVar[tuple[str, ...]] = (
        *("accounting_on", "supplier", "buyer", "currency", "amount_minor", "cny_minor"),
        *("recognition", "reached_minor", "whole_minor", "value_minor", "vat_rate", "before", "now"),
    )
    expected_cost_minor: int
    recognition: Recognition
    reached_minor: int
    whole_minor: int
    value_minor: int
    vat_rate: Ratio = "0"
    before: Progress = Progress()
    now: Progress

    @property
    def adds(self) -> Progress:
        """The difference, which it posts."""
        return self.now.plus(self.before, -1)
