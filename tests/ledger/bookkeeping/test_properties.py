"""What holds of purchases whatever is sent, in whatever order: held against the lines that were posted."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from hypothesis import given as for_all
from hypothesis import strategies as st

from ledger.bookkeeping.purchases.deciding import PURCHASES
from ledger.bookkeeping.purchases.facts import SupplierPaymentProposed
from ledger.books.payables import moves
from ledger.books.postings import postings
from ledger.decider import Command, Fact, Refusal
from ledger.joint.paying import PAYING, PaySupplier
from ledger.orders.mistakes.withdrawing import WithdrawOrderStep
from ledger.orders.works import CertifyAcceptance
from ledger.periods import PostingFact
from tests.ground.billed import APPROVER, lead, opened
from tests.ground.given import decide
from tests.ground.ordered import FINANCE, GROUND, ORDER, PAPER, USD, Desk
from tests.strategies import any_of
from tests.strategies.orders import DAYS

days = st.sampled_from(DAYS)
certifying = st.builds(
    CertifyAcceptance,
    effective_on=days,
    order=st.just(ORDER),
    document=st.just(PAPER),
    rate_series=st.just(USD),
    cost=st.sampled_from((None, None, "1.00", "400.00")),
)
uncertifying = st.builds(
    WithdrawOrderStep,
    effective_on=days,
    order=st.just(ORDER),
    step=st.just("order.acceptance-certified"),
    reason=st.just("by mistake (demo)"),
)
fitting: dict[str, Any] = {
    "number": st.integers(0, 9).map(str),
    "code": st.none(),
    "currency": st.just("CNY"),
    "supplier": st.just("ash-demo"),
    "due_on": st.just(DAYS[-1]),
}


def fit(kind: type[Command]) -> st.SearchStrategy[Command]:
    """Commands of a kind, of one party and in CNY: few rules are in their way."""
    return any_of(kind, **{name: pool for name, pool in fitting.items() if name in kind.__struct_fields__})


kinds = (*PURCHASES.commands, *PAYING.commands)
buying = st.one_of([any_of(kind) for kind in kinds] + [fit(kind) for kind in kinds] * 4)
sent = st.lists(
    st.one_of(buying, buying, buying, certifying, uncertifying, st.just("PAY"), st.just("PAY")), min_size=6, max_size=30
)


def built() -> list[Fact]:
    """An order of a principal, that waits for its acceptance."""
    desk = Desk(*GROUND, lead("ash-demo"), lead("beech-demo"), *opened(2026, 2026))
    desk.place("PRINCIPAL")
    desk.build()
    return desk.facts


BUILT = built()


def told(commands: Iterable[Command | str]) -> list[Fact]:
    """What a ledger holds once they were sent; what was proposed last is paid where it says PAY."""
    facts = list(BUILT)
    for command in commands:
        proposed = [fact for fact in facts if isinstance(fact, SupplierPaymentProposed)]
        if isinstance(command, str):
            if not proposed:
                continue
            last, nth = proposed[-1], len(facts)
            said: dict[str, Any] = {"payment": last.payment, "supplier": last.supplier, "documents": last.documents}
            command = PaySupplier(effective_on=last.effective_on, bank_reference=f"B-{nth}", **said)
        try:
            facts += decide(facts, command, APPROVER if isinstance(command, PaySupplier) else FINANCE)
        except Refusal:
            continue
    return facts


@for_all(sent)
def test_payables_are_the_control_account_and_inventory_is_never_negative(commands: list[Command | str]) -> None:
    """At every position, on every day of the books: Σ of payables is 2202, Σ of inventory by order is 1405."""
    moved: list[tuple[date, str, int]] = []
    owed: list[tuple[date, int]] = []
    for fact in told(commands):
        if not isinstance(fact, PostingFact):
            continue
        lines = postings(fact)
        moved += [(fact.accounting_on, f"{line.account} {line.document}", line.amount_minor) for line in lines]
        owed += [(fact.accounting_on, move.cny_minor) for move in moves(fact)]
        for day in (*DAYS, date.max):
            control = sum(amount for on, what, amount in moved if on <= day and what.startswith("payables "))
            assert sum(amount for on, amount in owed if on <= day) == -control
            stocks: dict[str, int] = {}
            for on, what, amount in moved:
                if on <= day and what.startswith("inventory "):
                    stocks[what] = stocks.get(what, 0) + amount
            assert min(stocks.values(), default=0) >= 0, f"{stocks} on {day}"


@for_all(sent)
def test_no_payable_is_paid_more_than_it_asks_for(commands: list[Command | str]) -> None:
    """However it was credited and paid: what a party owes back is no more than was paid."""
    paid: dict[str, int] = {}
    owed: dict[str, int] = {}
    for fact in told(commands):
        for move in moves(fact):
            owed[move.payable] = owed.get(move.payable, 0) + move.amount_minor
            if type(fact).__name__.startswith("SupplierPa"):
                paid[move.payable] = paid.get(move.payable, 0) - move.amount_minor
    assert all(paid.get(payable, 0) >= -amount for payable, amount in owed.items())
    assert all(amount >= 0 for amount in paid.values())
