"""Everything that is recorded of the stock that an order leaves over.

Fact (order.…)         Posts   About
stock-sold             yes     somebody buys it: a sale, its cost, and what is owed for it
stock-moved            yes     another order of which MCSC is principal takes it
write-down-proposed    no      somebody says what it still brings (IAS 2.30), and what it comes down to by that
write-down-rejected    no      it is not measured so
stock-written-down     yes     a second person agreed: the allowance (1471) is what cost exceeds that by, up or down

What leaves takes its part of the allowance with it. The mirror of each that posts is in mistakes/facts.py. Names are
storage, as in facts.py.
"""

from typing import Any, ClassVar

from ledger.decider import Id, Text
from ledger.orders.facts import OF_EACH, PARTIES, OrderAmountFact, OrderFact, OrderMoneyFact
from ledger.orders.terms import Supply
from ledger.values.evidence import Evidence
from ledger.values.money import Ratio


class StockSold(OrderMoneyFact, frozen=True, kw_only=True, tag="order.stock-sold"):
    """Stock was sold for a price that includes VAT, in the order's currency.

    cost_minor      its cost, in CNY; of_stock: nobody said how much went, so it is all that stood there
    released_minor  the allowance on it, which goes with it
    """

    moves_receivable = True
    derived = (
        *("accounting_on", "supplier", "buyer", "currency", "rate", "cny_minor"),
        *("of_stock", "cost_minor", "released_minor", "vat_rate", "vat_minor", "vat_cny_minor"),
    )
    stock_entry: Id
    customer: Id
    supply: Supply = "DOMESTIC"
    document: Evidence
    vat_rate: Ratio = "0"
    vat_minor: int = 0
    vat_cny_minor: int = 0
    cost_minor: int
    released_minor: int = 0
    of_stock: bool = False

    @property
    def about(self) -> tuple[str, ...]:
        """The customer, who may be no party of the order; and foreign receivables."""
        return (f"party:{self.customer}", *super().about)


class StockMoved(OrderAmountFact, frozen=True, kw_only=True, tag="order.stock-moved"):
    """Stock is another order's from here on, at what it stood at in the books: `amount_minor` is its cost in CNY."""

    derived = ("accounting_on", "supplier", "buyer", "currency", "amount_minor", "cny_minor", "released_minor")
    stock_entry: Id
    to_order: Id
    cost: str | None = None
    reason: Text
    released_minor: int = 0

    @property
    def carrying_minor(self) -> int:
        """The amount that it stands at in the books."""
        return self.amount_minor - self.released_minor

    @property
    def about(self) -> tuple[str, ...]:
        """The order that takes it."""
        return (f"order:{self.to_order}",)


class WriteDownProposed(OrderFact, frozen=True, kw_only=True, tag="order.write-down-proposed"):
    """Somebody says what the stock still brings: the price, less what selling it costs.

    cost_minor, before_minor   its cost then, and the allowance on it
    write_down_minor            the allowance that it needs: what the cost exceeds that by
    """

    derived: ClassVar[tuple[str, ...]] = (*PARTIES, "cost_minor", "before_minor", "write_down_minor", "proposed_by")
    stock_entry: Id
    net_realisable_minor: int
    reason: Text
    document: Evidence
    cost_minor: int
    before_minor: int = 0
    write_down_minor: int
    proposed_by: Id


class WriteDownRejected(OrderFact, frozen=True, kw_only=True, tag="order.write-down-rejected"):
    """The stock is not measured so."""

    derived = (*PARTIES, "rejected_by")
    stock_entry: Id
    reason: Text
    rejected_by: Id


class StockWrittenDown(OrderAmountFact, frozen=True, kw_only=True, tag="order.stock-written-down"):
    """A second person agreed. `amount_minor`, in CNY, is what the allowance grows by; negative, it becomes less: the
    stock brings more than was thought, and no more than its cost (IAS 2.33)."""

    derived: ClassVar[tuple[str, ...]] = (*OF_EACH, "net_realisable_minor", "reason", "proposed_by", "approved_by")
    stock_entry: Id
    net_realisable_minor: int
    reason: Text
    proposed_by: Id
    approved_by: Id


LEFTOVER: tuple[Any, ...] = (StockSold, StockMoved, StockWrittenDown)
"""What posts of the stock that is left over."""
