"""The order register and its two reports on any basis: what was known, what stood in the books, what is exposed."""

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.decider import Fact
from ledger.log.database import Database
from ledger.orders.cancelling import CancelOrder, RefundAdvance
from ledger.orders.facts import EquipmentRevenueRecognised
from ledger.orders.mistakes.putting_right import ReverseOrderPayment
from ledger.orders.mistakes.withdrawing import WithdrawOrderStep
from ledger.orders.payments import RecordMilestonePayment
from ledger.orders.receivables import CollectReceivable, RevalueReceivables
from ledger.orders.works import CertifyAcceptance
from ledger.periods import PostingFact
from projections.books.deferred_revenue import deferred_revenue
from projections.books.revenue import revenue
from projections.closing import proposal
from projections.deals import orders as register
from projections.deals.fx_exposure import fx_exposure
from projections.deals.order_book import order_book
from projections.engine.basis import Basis
from projections.engine.runner import catch_up, ensure
from projections.every.views import ALL_VIEWS
from projections.receivables.ageing import ageing
from projections.subledgers import subledgers
from tests.ground.ordered import BUYER, ORDER, PAPER, SUPPLIER, TERMS, USD, Desk
from tests.ground.recording import record
from tests.ledger.bookkeeping.test_banking import held_for_supplier
from tests.ledger.orders.test_orders_properties import in_books

EVER = date(2030, 1, 1)


def basis(effective: date, recorded: int = 1_000_000) -> Basis:
    return Basis(effective=effective, recorded=recorded, recorded_at=None, root="")


def kept(database: Database, facts: list[Fact]) -> None:
    record(database, facts)
    views = [view() for view in ALL_VIEWS]
    ensure(database, views)
    catch_up(database, views)


def agent() -> Desk:
    """An agent's order, accepted on 2024-09-10, its fee collected on 2024-10-15."""
    desk = Desk()
    desk.place("AGENT")
    desk.do(RecordMilestonePayment(effective_on=date(2024, 1, 10), order=ORDER, milestone="deposit"))
    desk.build()
    desk.accept()
    return desk


def principal() -> Desk:
    """A principal's order with two advances, accepted on 2024-09-10, remeasured at the month's end."""
    desk = Desk()
    desk.place("PRINCIPAL")
    for milestone, on in (("deposit", date(2024, 1, 10)), ("shipment", date(2024, 4, 10))):
        desk.do(
            RecordMilestonePayment(
                effective_on=on, order=ORDER, milestone=milestone, bank_reference=f"B-{milestone}", rate_series=USD
            )
        )
    desk.build()
    desk.accept()
    return desk


def revalued(desk: Desk) -> Desk:
    desk.do(RevalueReceivables(effective_on=date(2024, 9, 30), month="2024-09", rate_series=(USD,)))
    return desk


def test_the_order_book_says_what_is_to_come(database: Database) -> None:
    kept(database, agent().facts)
    with database.views.connect() as connection:
        early = order_book(connection, basis(date(2024, 4, 30)))
        late = order_book(connection, basis(date(2024, 9, 30)), positions=True)
        assert order_book(connection, basis(date(2024, 1, 5))).rows == (), "a quotation is no order"
    (row,) = early.rows
    assert (row.supplier, row.buyer, row.model, row.kw, row.quantity) == (
        SUPPLIER,
        BUYER,
        "ORC 125 (demo)",
        "250.000",
        2,
    )
    assert (row.role, row.state, row.next_milestone, row.next_trigger) == ("AGENT", "SHIPPED", "shipment", "SHIPPED")
    assert (row.value, row.received, row.backlog) == ("420000.00", "126000.00", "420000.00")
    assert (row.backlog_cny, early.backlog_cny) == ("2993256.00", "2993256.00"), "at 7.1268"
    assert (row.fee_expected, row.fee_earned) == ("12600.00", "0.00")
    (done,) = late.rows
    assert (done.backlog, done.fee_expected, done.fee_earned, done.fee_earned_cny) == (
        "0.00",
        "0.00",
        "12600.00",
        "89082.00",
    )
    assert done.positions is not None
    assert late.totals[0].rate == "7.0074"
    assert late.fictional


def test_without_a_rate_there_is_no_figure_in_cny(database: Database) -> None:
    kept(database, [fact for fact in agent().facts if USD not in getattr(fact, "series", "")])
    with database.views.connect() as connection:
        book = order_book(connection, basis(date(2024, 4, 30)))
        exposed = fx_exposure(connection, basis(date(2024, 9, 30)))
    assert (book.rows[0].value_cny, book.backlog_cny) == (None, None)
    assert (exposed.rows[0].carrying_cny, exposed.rows[0].cny, exposed.unrealised) == ("89082.00", None, None)


def test_what_is_owed_in_dollars_is_exposed_and_advances_are_not(database: Database) -> None:
    kept(database, principal().facts)
    with database.views.connect() as connection:
        before = fx_exposure(connection, basis(date(2024, 9, 9)))
        after = fx_exposure(connection, basis(date(2024, 9, 30)), positions=True)
    assert before.rows == ()
    assert (before.currencies[0].advances, before.currencies[0].advances_cny) == ("378000.00", "2691007.20")
    (row,) = after.rows
    assert (row.account, row.balance, row.carrying_cny, row.rate) == (
        "contract-assets",
        "42000.00",
        "296940.00",
        "7.0074",
    )
    assert (row.cny, row.unrealised, row.revalued_on_close) == ("294310.80", "-2629.20", False)
    assert after.unrealised == "-2629.20"
    assert row.positions


def test_remeasured_nothing_is_left_to_say(database: Database) -> None:
    kept(database, revalued(principal()).facts)
    with database.views.connect() as connection:
        exposed = fx_exposure(connection, basis(date(2024, 9, 30)))
    assert (exposed.rows[0].unrealised, exposed.rows[0].revalued_on_close) == ("0.00", True)


def test_the_closing_proposal_names_what_was_not_remeasured(database: Database) -> None:
    desk = principal()
    kept(database, desk.facts)
    with database.views.connect() as connection:
        found = proposal(connection, basis(EVER), "2024-09")
    assert found.unrevalued == (f"{ORDER}/retention USD 42000.00",)
    assert not found.ready
    assert {tie.account: tie.subledger for tie in found.ties if tie.subledger != "0.00"} == {
        "contract-assets": "296940.00"
    }
    assert {tie.difference for tie in found.ties} == {"0.00"}


def test_remeasured_and_tied_the_proposal_is_content(database: Database) -> None:
    desk = revalued(principal())
    kept(database, desk.facts)
    with database.views.connect() as connection:
        found = proposal(connection, basis(EVER), "2024-09")
        october = proposal(connection, basis(EVER), "2024-10")
    assert (found.unrevalued, {tie.difference for tie in found.ties}) == ((), {"0.00"})
    assert len(october.unrevalued) == 1, "each month anew"


def test_the_close_names_dollars_that_are_held_for_a_supplier(database: Database) -> None:
    desk, end = held_for_supplier(), date(2024, 4, 30)
    before = len(desk.facts)
    desk.do(RevalueReceivables(effective_on=end, month="2024-04", rate_series=(USD,), client_money=(ORDER,)))
    kept(database, desk.facts)
    with database.views.connect() as connection:
        left = [register.unrevalued(connection, basis(end, at), end) for at in (before, 1_000_000)]
        tied = proposal(connection, basis(EVER), "2024-04").ties
    assert left == [(f"{ORDER}/deposit USD 126000.00 client-money",), ()]
    # 126,000.00 × 7.1268
    assert {tie.account: tie.subledger for tie in tied if tie.subledger != "0.00"} == {"client-money": "-897976.80"}
    assert {tie.difference for tie in tied} == {"0.00"}


@pytest.mark.parametrize("make", [agent, principal], ids=["agent", "principal"])
def test_subledgers_are_the_books_on_every_date(database: Database, make: Any) -> None:
    desk = revalued(make())
    if make is agent:
        collect = {"receivable": "commission-accepted", "bank_reference": "B-FEE", "rate_series": USD}
        desk.do(CollectReceivable(effective_on=date(2024, 10, 15), order=ORDER, **collect))
    kept(database, desk.facts)
    days = {date(2024, 1, 9), date(2024, 1, 10), date(2024, 9, 9), date(2024, 9, 10), date(2024, 9, 30), EVER}
    with database.views.connect() as connection:
        for day in sorted(days):
            found = subledgers(connection, basis(EVER), day)
            books = in_books(desk.facts, day)
            assert {account: found[account] for account in books} == books, day


def test_an_order_is_known_from_both_sides(database: Database) -> None:
    desk = agent()
    kept(database, desk.facts)
    with database.views.connect() as connection:
        ask = [basis(EVER, recorded) for recorded in range(1, len(desk.facts) + 1)]
        states = [found[0].state if (found := register.order(connection, on, ORDER)) else None for on in ask]
        by_company = {name: len(register.orders(connection, basis(EVER), company=name)) for name in (BUYER, "nobody")}
        by_role = [len(register.orders(connection, basis(EVER), role=role)) for role in ("AGENT", "OBSERVER")]
        assert register.orders(connection, basis(EVER), after=ORDER) == []
        assert [row.order for row in register.orders(connection, basis(EVER), state="ACCEPTED")] == [ORDER]
    reached = list(dict.fromkeys(states))
    assert reached[:4] == [None, "QUOTED", "ORDERED", "DEPOSIT_PAID"]
    assert reached[-1] == "ACCEPTED"
    assert (by_company, by_role) == ({BUYER: 1, "nobody": 0}, [1, 0])


def test_the_ageing_foots_with_what_orders_are_owed_beside_it(database: Database) -> None:
    kept(database, agent().facts)
    with database.views.connect() as connection:
        found = ageing(connection, basis(date(2024, 9, 30)))
    assert (found.open.total, found.orders, found.control, found.difference) == ("0.00", "89082.00", "89082.00", "0.00")


def test_advances_roll_forward(database: Database) -> None:
    """Two advances came, all of it was earned with acceptance; of a cancelled order some went back."""
    kept(database, principal().facts)
    with database.views.connect() as connection:
        rows = deferred_revenue(connection, basis(date(2024, 9, 30))).rows
    (advances,) = (row for row in rows if row.account == "equipment-advances")
    assert (advances.additions, advances.recognised, advances.closing) == ("2691007.20", "2691007.20", "0.00")


def test_an_advance_paid_back_was_never_earned(database: Database) -> None:
    desk = Desk()
    desk.place("PRINCIPAL")
    paid: dict[str, Any] = {"milestone": "deposit", "bank_reference": "B-1", "rate_series": USD}
    desk.do(RecordMilestonePayment(effective_on=date(2024, 1, 10), order=ORDER, **paid))
    desk.do(CancelOrder(effective_on=date(2024, 2, 1), order=ORDER, cause="SUPPLIER", document=PAPER))
    refund = {"amount": "126000.00", "bank_reference": "B-2", "rate_series": USD}
    desk.do(RefundAdvance(effective_on=date(2024, 4, 10), order=ORDER, **refund))
    kept(database, desk.facts)
    with database.views.connect() as connection:
        rows = deferred_revenue(connection, basis(date(2024, 9, 30))).rows
        open_orders = order_book(connection, basis(date(2024, 9, 30))).rows
    (advances,) = (row for row in rows if row.account == "equipment-advances")
    assert (advances.additions, advances.recognised, advances.closing) == ("0.00", "0.00", "0.00")
    assert (open_orders[0].state, open_orders[0].backlog, open_orders[0].next_milestone) == ("CANCELLED", "0.00", None)


def test_a_fee_is_revenue_of_its_stream(database: Database) -> None:
    kept(database, agent().facts)
    with database.views.connect() as connection:
        found = revenue(connection, basis(date(2024, 12, 31)))
    assert [(row.stream, row.company, row.period, row.recognised) for row in found.rows] == [
        ("COMMISSION", SUPPLIER, "2024-09", "89082.00")
    ]


def mistaken() -> Desk:
    """A deposit paid in two parts; accepted by mistake, later in truth; a part collected, and taken back."""
    desk = Desk()
    desk.place("PRINCIPAL", replace(TERMS, supply="DOMESTIC"))

    def pay(on: date, reference: str, milestone: str = "deposit", **more: Any) -> None:
        given: dict[str, Any] = {"milestone": milestone, "bank_reference": reference, "rate_series": USD, **more}
        desk.do(RecordMilestonePayment(effective_on=on, order=ORDER, **given))

    pay(date(2024, 1, 10), "B-1", amount="100000")
    pay(date(2024, 1, 12), "B-2")
    desk.build()
    desk.accept()
    mistake: dict[str, Any] = {"order": ORDER, "reason": "by mistake (demo)"}
    step = "order.acceptance-certified"
    revalued(desk)
    desk.do(WithdrawOrderStep(effective_on=date(2024, 9, 10), step=step, **mistake))
    desk.step(CertifyAcceptance, date(2024, 10, 15), rate_series=USD)
    pay(date(2024, 11, 20), "B-3", "shipment", amount="1000")
    desk.do(ReverseOrderPayment(effective_on=date(2024, 11, 21), bank_reference="B-3", **mistake))
    return desk


def test_mistakes_and_what_put_them_right_are_in_every_view_as_in_the_books(database: Database) -> None:
    """126,000.00 at 7.1036 and 294,000.00 at 7.2 are 3,011,853.60: net of 13 % 2,665,357.17, tax 346,496.43.

    The 252,000.00 of the shipment, which had happened, are owed (1,814,400.00); the 42,000.00 are retained.
    """
    desk = mistaken()
    kept(database, desk.facts)
    days = sorted({fact.accounting_on for fact in desk.facts if isinstance(fact, PostingFact)})
    with database.views.connect() as connection:
        for day in days:
            found, books = subledgers(connection, basis(EVER), day), in_books(desk.facts, day)
            assert {account: found[account] for account in books} == books, day
        row, order = register.order(connection, basis(EVER), ORDER) or pytest.fail("it is there")
        then = register.order(connection, basis(date(2024, 9, 10)), ORDER)
        earned = revenue(connection, basis(EVER), from_on=date(2024, 1, 1), stream="EQUIPMENT").total
        (advances,) = (
            row
            for row in deferred_revenue(connection, basis(EVER), from_on=date(2024, 1, 1)).rows
            if row.account == "equipment-advances"
        )
        aged = ageing(connection, basis(EVER))
    assert (row.state, row.since) == ("ACCEPTED", date(2024, 10, 15))
    assert then is not None
    assert then[0].state == "SAT_PASSED", "as if it had not been accepted before"
    assert order.paid_minor("shipment") == 0
    assert (earned.recognised, earned.billed, earned.vat) == ("2665357.17", "2665357.17", "346496.43")
    assert (advances.additions, advances.recognised, advances.closing) == ("895053.60", "895053.60", "0.00")
    assert (aged.orders, aged.difference) == ("1814400.00", "0.00")


def test_equipment_sold_whose_purchase_is_not_recorded_shows_at_the_close(database: Database) -> None:
    """2,000,000.00 went out of an inventory (1405) that nothing had come into, before purchases were recorded here."""
    desk = Desk()
    desk.place("PRINCIPAL")
    desk.build()
    _, sale = desk.accept()
    assert isinstance(sale, EquipmentRevenueRecognised)
    desk.facts[-1] = replace(sale, cost_minor=200_000_000)
    kept(database, desk.facts)
    with database.views.connect() as connection:
        august, september = (proposal(connection, basis(EVER), month) for month in ("2024-08", "2024-09"))
    assert (august.contrary, september.contrary) == ((), ("1405 -2000000.00",))
