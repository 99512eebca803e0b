"""What holds of purchases whatever is sent, in whatever order: held against the lines that were posted."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from hypothesis import given as for_all
from hypothesis import strategies as st

from ledger.bookkeeping.purchases.deciding import PURCHASES
from ledger.bookkeeping.purchases.documents import RecordSupplierCreditNote, ToPurchase
from ledger.bookkeeping.purchases.facts import PurchaseInvoiceRecorded, SupplierPaid, SupplierPaymentProposed
from ledger.books.payables import moves
from ledger.books.postings import postings
from ledger.decider import Command, Fact, Refusal
from ledger.joint.paying import PAYING, PaySupplier, ProposeSupplierPayment, ReturnSupplierPayment, ToPay
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
following = st.tuples(
    st.sampled_from(("PROPOSE", "PAY", "RETURN", "NOTE")), days, st.sampled_from(("1.00", "400.00", "-1.00"))
)
"""What is made of the facts by then: of the latest document, proposal or payment."""

invoice = fit(PURCHASES.commands[0])
of_what = {"buy": invoice, "any": buying, "accept": certifying, "not": uncertifying, "follow": following}
sent = st.lists(
    st.sampled_from(("buy", "buy", "any", "accept", "not", *("follow",) * 5)).flatmap(of_what.__getitem__),
    min_size=10,
    max_size=30,
)
Sent = list[Command | tuple[str, date, str]]


def built() -> list[Fact]:
    """An order of a principal, that waits for its acceptance."""
    desk = Desk(*GROUND, lead("ash-demo"), lead("beech-demo"), *opened(2026, 2026))
    desk.place("PRINCIPAL")
    desk.build()
    return desk.facts


BUILT = built()


def latest(facts: Iterable[Fact], kind: type[Fact]) -> Any:
    """The latest fact of a kind; None where there is none."""
    return next((fact for fact in reversed(list(facts)) if isinstance(fact, kind)), None)


def made_of(facts: list[Fact], what: str, on: date, amount: str) -> Command | None:
    """A command on what is there by then; none where that is missing."""
    document, paid = latest(facts, PurchaseInvoiceRecorded), latest(facts, SupplierPaid)
    proposed = latest(facts, SupplierPaymentProposed)
    match what:
        case "PROPOSE" if document:
            item = ToPay(document=document.purchase, amount=amount)
            return ProposeSupplierPayment(
                effective_on=on, payment=f"pay-{len(facts)}", supplier=document.supplier, items=(item,)
            )
        case "PAY" if proposed:
            named: dict[str, Any] = {"payment": proposed.payment, "supplier": proposed.supplier}
            return PaySupplier(effective_on=on, documents=proposed.documents, bank_reference=f"B-{len(facts)}", **named)
        case "RETURN" if paid:
            return ReturnSupplierPayment(
                effective_on=on, payment=paid.payment, supplier=paid.supplier, reason="it came back (demo)"
            )
        case "NOTE" if document:
            line = document.lines[0]
            return RecordSupplierCreditNote(
                effective_on=on,
                purchase=f"note-{len(facts)}",
                invoice=document.purchase,
                supplier=document.supplier,
                number=f"{len(facts)}",
                lines=(ToPurchase(kind=line.kind, net="1.00", order=line.order),),
                reason="given back (demo)",
            )
    return None


def told(sent: Sent) -> list[Fact]:
    """What a ledger holds once they were sent; what is refused leaves nothing."""
    facts = list(BUILT)
    for one in sent:
        command = made_of(facts, *one) if isinstance(one, tuple) else one
        if command is None:
            continue
        try:
            facts += decide(facts, command, APPROVER if isinstance(command, PaySupplier) else FINANCE)
        except Refusal:
            continue
    return facts


@for_all(sent)
def test_payables_are_the_control_account_and_inventory_is_never_negative(commands: Sent) -> None:
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
def test_no_payable_is_paid_more_than_it_asks_for(commands: Sent) -> None:
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
