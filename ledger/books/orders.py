"""What equipment orders post (domain §5, §8). An OBSERVER's facts are none of these.

Fact (order.…)            Dr                                       Cr
advance-received          bank; bank-charges where one is named    equipment-advances, at the rate of the day (IFRIC 22)
revenue-recognised        equipment-advances; receivables or       equipment net; output-vat
                          contract-assets for each milestone due
                          cost-of-sales                            inventory, where a cost is given
                          of what was earned over time the rest; and pending-vat and provisions out, contract-assets
progress-measured         equipment-advances, contract-assets      equipment net; pending-vat
                          cost-of-sales                            inventory; provisions
receivable-collected      the same                                 receivables or contract-assets; the rest is exchange
receivable-reclassified   receivables                              contract-assets
client-money-received     bank                                     client-money; client-money-remitted is its mirror
commission-earned         receivables                              brokerage; output-vat
commission-reversed       brokerage, output-vat                    receivables as they stand, or bank; rest: exchange
cancellation-fee-charged  equipment-advances, receivables          other-income net; output-vat, where it is taxed
advance-refunded          equipment-advances                       bank; the rest is exchange
advance-forfeited         equipment-advances                       other-income net; output-vat, where it is taxed
receivables-revalued      receivables or contract-assets           exchange; a loss the other way round, and
                                                                   so client-money, which is owed by MCSC
revaluation-reversed      its mirror
stock-sold                receivables                              equipment net; output-vat
                          cost-of-sales; stock-allowance           inventory
stock-moved               inventory of the other order, as it      inventory
                          stands; stock-allowance
stock-written-down        impairment                               stock-allowance; upwards the other way round
(of mistakes.facts)       the mirror of the fact that each holds
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from ledger.books.line import Line, Stream
from ledger.decider import Fact
from ledger.orders.facts import (
    AdvanceForfeited,
    AdvanceReceived,
    AdvanceRefunded,
    CancellationFeeCharged,
    ClientMoneyReceived,
    ClientMoneyRemitted,
    CommissionFeeEarned,
    CommissionFeeReversed,
    EquipmentRevenueRecognised,
    OrderAmountFact,
    ReceivableCollected,
    ReceivableReclassified,
    ReceivablesRevalued,
    RevaluationFact,
    RevaluationReversed,
)
from ledger.orders.leftover.facts import StockMoved, StockSold, StockWrittenDown
from ledger.orders.mistakes.facts import MIRRORS, OrderMirror
from ledger.orders.over_time.facts import ProgressMeasured
from ledger.orders.over_time.progress import Progress
from ledger.periods import month_of


def _line(fact: OrderAmountFact, account: str, amount: int, cny: int, company: str, **more: Any) -> Line:
    """A line in the order's currency; both amounts signed alike."""
    foreign: dict[str, Any] = {} if fact.currency == "CNY" else {"currency": fact.currency, "foreign_minor": amount}
    return Line(account=account, amount_minor=cny, company=company, document=fact.order, **foreign, **more)


def _exchange(fact: OrderAmountFact, cny: int, company: str) -> Line:
    """A pure difference: nothing moved in the order's currency."""
    return Line(account="exchange", amount_minor=cny, company=company, document=fact.order)


def _earned(fact: OrderAmountFact, stream: Stream) -> dict[str, Any]:
    return {"stream": stream, "service_month": month_of(fact.effective_on)}


def _came(fact: AdvanceReceived | ReceivableCollected, company: str) -> Iterator[Line]:
    """A payment to MCSC: what came into the bank, and what a bank on the way kept."""
    charge, cny = fact.charge_minor, fact.charge_cny_minor
    yield _line(fact, "bank", fact.amount_minor - charge, fact.cny_minor - cny, company)
    yield _line(fact, "bank-charges", charge, cny, company)


def _advance(fact: AdvanceReceived) -> Iterator[Line]:
    yield from _came(fact, fact.buyer)
    yield _line(fact, "equipment-advances", -fact.amount_minor, -fact.cny_minor, fact.buyer)


def _revenue(fact: EquipmentRevenueRecognised) -> Iterator[Line]:
    """The sale; of one that was earned over time the rest, and what waited for acceptance."""
    before, tax = fact.before or Progress(), fact.vat_cny_minor
    yield _line(fact, "equipment-advances", fact.advances_minor, fact.advances_cny_minor, fact.buyer)
    for due in fact.due:
        yield _line(fact, due.account, due.amount_minor, due.cny_minor, fact.buyer)
    yield _line(fact, "contract-assets", -before.asset_minor, -before.asset_minor, fact.buyer)
    yield _line(fact, "pending-vat", before.vat_minor, before.vat_minor, fact.buyer)
    about = _earned(fact, "EQUIPMENT")
    net, cny = fact.amount_minor - fact.vat_minor, fact.cny_minor - tax
    yield _line(fact, "equipment", before.revenue_minor - net, before.revenue_minor - cny, fact.buyer, **about)
    yield _line(fact, "output-vat", -fact.vat_minor, -tax, fact.buyer, **about)
    yield from _cost(fact, fact.cost_minor, -before.provision_minor)


def _cost(fact: OrderAmountFact, cost: int, provision: int) -> Iterator[Line]:
    """The cost of what was sold, out of the inventory; and of a loss to come, provided for."""
    about: dict[str, Any] = {"company": fact.buyer, "document": fact.order}
    yield Line(account="cost-of-sales", amount_minor=cost + provision, **about)
    yield Line(account="inventory", amount_minor=-cost, **about)
    yield Line(account="provisions", amount_minor=-provision, **about)


def _progress(fact: ProgressMeasured) -> Iterator[Line]:
    adds, about = fact.adds, _earned(fact, "EQUIPMENT")
    yield _line(fact, "equipment-advances", adds.advances_minor, adds.advances_minor, fact.buyer)
    yield _line(fact, "contract-assets", adds.asset_minor, adds.asset_minor, fact.buyer)
    yield _line(fact, "equipment", -adds.revenue_minor, -adds.revenue_minor, fact.buyer, **about)
    yield _line(fact, "pending-vat", -adds.vat_minor, -adds.vat_minor, fact.buyer)
    yield from _cost(fact, adds.cost_minor, adds.provision_minor)


def _collected(fact: ReceivableCollected) -> Iterator[Line]:
    yield from _came(fact, fact.payer)
    yield _line(fact, fact.account, -fact.amount_minor, -fact.carrying_minor, fact.payer)
    yield _exchange(fact, fact.carrying_minor - fact.cny_minor, fact.payer)


def _reclassified(fact: ReceivableReclassified) -> Iterator[Line]:
    yield _line(fact, "receivables", fact.amount_minor, fact.cny_minor, fact.buyer)
    yield _line(fact, "contract-assets", -fact.amount_minor, -fact.cny_minor, fact.buyer)


def _client_money(fact: ClientMoneyReceived | ClientMoneyRemitted) -> Iterator[Line]:
    sign = 1 if isinstance(fact, ClientMoneyReceived) else -1
    yield _line(fact, "bank", sign * fact.amount_minor, sign * fact.cny_minor, fact.buyer)
    yield _line(fact, "client-money", -sign * fact.amount_minor, -sign * fact.cny_minor, fact.supplier)


def _fee(fact: CommissionFeeEarned) -> Iterator[Line]:
    gross, cny = fact.amount_minor + fact.vat_minor, fact.cny_minor + fact.vat_cny_minor
    about = _earned(fact, "COMMISSION")
    yield _line(fact, "receivables", gross, cny, fact.payer)
    yield _line(fact, "brokerage", -fact.amount_minor, -fact.cny_minor, fact.payer, **about)
    yield _line(fact, "output-vat", -fact.vat_minor, -fact.vat_cny_minor, fact.payer, **about)


def _fee_reversed(fact: CommissionFeeReversed) -> Iterator[Line]:
    about = _earned(fact, "COMMISSION")
    account = "receivables" if fact.bank_reference is None else "bank"
    net = fact.amount_minor - fact.vat_minor
    owed, owed_cny = fact.open_minor, fact.open_cny_minor
    yield _line(fact, "brokerage", net, fact.earned_cny_minor, fact.payer, **about)
    yield _line(fact, "output-vat", fact.vat_minor, fact.vat_cny_minor, fact.payer, **about)
    yield _line(fact, account, owed - fact.amount_minor, owed_cny - fact.cny_minor, fact.payer)
    yield _line(fact, "receivables", -owed, -owed_cny, fact.payer)
    yield _exchange(fact, fact.cny_minor - fact.earned_cny_minor - fact.vat_cny_minor, fact.payer)


def _cancellation_fee(fact: CancellationFeeCharged) -> Iterator[Line]:
    rest, cny = fact.amount_minor - fact.advances_minor, fact.cny_minor - fact.advances_cny_minor
    yield _line(fact, "equipment-advances", fact.advances_minor, fact.advances_cny_minor, fact.buyer)
    yield _line(fact, "receivables", rest, cny, fact.buyer)
    yield from _kept(fact)


def _kept(fact: CancellationFeeCharged | AdvanceForfeited) -> Iterator[Line]:
    """Income that is kept, and the VAT that it includes."""
    about = _earned(fact, "CANCELLATION_FEE")
    net, cny = fact.amount_minor - fact.vat_minor, fact.cny_minor - fact.vat_cny_minor
    yield _line(fact, "other-income", -net, -cny, fact.buyer, **about)
    yield _line(fact, "output-vat", -fact.vat_minor, -fact.vat_cny_minor, fact.buyer, **about)


def _refunded(fact: AdvanceRefunded) -> Iterator[Line]:
    yield _line(fact, "equipment-advances", fact.amount_minor, fact.carrying_minor, fact.buyer)
    yield _line(fact, "bank", -fact.amount_minor, -fact.cny_minor, fact.buyer)
    yield _exchange(fact, fact.cny_minor - fact.carrying_minor, fact.buyer)


def _forfeited(fact: AdvanceForfeited) -> Iterator[Line]:
    yield _line(fact, "equipment-advances", fact.amount_minor, fact.cny_minor, fact.buyer)
    yield from _kept(fact)


def _revalued(fact: RevaluationFact) -> Iterator[Line]:
    sign = 1 if isinstance(fact, ReceivablesRevalued) else -1
    for item in fact.items:
        owed_by_us = item.account == "client-money"
        difference = (-sign if owed_by_us else sign) * (item.revalued_minor - item.carrying_minor)
        about: dict[str, Any] = {"company": item.company, "document": item.order}
        yield Line(account=item.account, amount_minor=difference, **about)
        yield Line(account="exchange", amount_minor=-difference, **about)


def _stock_sold(fact: StockSold) -> Iterator[Line]:
    about = _earned(fact, "EQUIPMENT")
    net, cny = fact.amount_minor - fact.vat_minor, fact.cny_minor - fact.vat_cny_minor
    yield _line(fact, "receivables", fact.amount_minor, fact.cny_minor, fact.customer)
    yield _line(fact, "equipment", -net, -cny, fact.customer, **about)
    yield _line(fact, "output-vat", -fact.vat_minor, -fact.vat_cny_minor, fact.customer, **about)
    cost: dict[str, Any] = {"company": fact.customer, "document": fact.order}
    yield Line(account="cost-of-sales", amount_minor=fact.cost_minor - fact.released_minor, **cost)
    yield Line(account="stock-allowance", amount_minor=fact.released_minor, **cost)
    yield Line(account="inventory", amount_minor=-fact.cost_minor, **cost)


def _stock_moved(fact: StockMoved) -> Iterator[Line]:
    cost: dict[str, Any] = {"company": fact.supplier, "document": fact.order}
    yield Line(account="inventory", amount_minor=fact.carrying_minor, company=fact.supplier, document=fact.to_order)
    yield Line(account="stock-allowance", amount_minor=fact.released_minor, **cost)
    yield Line(account="inventory", amount_minor=-fact.cny_minor, **cost)


def _written_down(fact: StockWrittenDown) -> Iterator[Line]:
    about: dict[str, Any] = {"company": fact.supplier, "document": fact.order}
    yield Line(account="impairment", amount_minor=fact.cny_minor, **about)
    yield Line(account="stock-allowance", amount_minor=-fact.cny_minor, **about)


def _mirror(fact: OrderMirror) -> Iterator[Line]:
    for line in OF_FACTS[type(fact.reversed)](fact.reversed):
        foreign = None if line.foreign_minor is None else -line.foreign_minor
        yield replace(line, amount_minor=-line.amount_minor, foreign_minor=foreign)


OF_FACTS: Mapping[type[Fact], Callable[[Any], Iterator[Line]]] = {
    AdvanceReceived: _advance,
    EquipmentRevenueRecognised: _revenue,
    ReceivableCollected: _collected,
    ReceivableReclassified: _reclassified,
    ClientMoneyReceived: _client_money,
    ClientMoneyRemitted: _client_money,
    CommissionFeeEarned: _fee,
    CommissionFeeReversed: _fee_reversed,
    CancellationFeeCharged: _cancellation_fee,
    AdvanceRefunded: _refunded,
    AdvanceForfeited: _forfeited,
    ProgressMeasured: _progress,
    StockSold: _stock_sold,
    StockMoved: _stock_moved,
    StockWrittenDown: _written_down,
    ReceivablesRevalued: _revalued,
    RevaluationReversed: _revalued,
}
RULES: Mapping[type[Fact], Callable[[Any], Iterator[Line]]] = {**OF_FACTS, **dict.fromkeys(MIRRORS.values(), _mirror)}
