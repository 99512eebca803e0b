"""The payables and their ageing on any basis, on both databases; every figure is worked out by hand."""

from datetime import date

from msgspec.structs import replace
from sqlalchemy import Connection

from api.cli.closing import not_remeasured
from ledger.decider import Fact
from ledger.joint.paying import ReturnSupplierPayment
from ledger.log.database import Database
from ledger.periods import PostingFact
from projections.books.journal import totals
from projections.closing import proposal, unrevalued_payables
from projections.engine.runner import catch_up, ensure
from projections.every.views import ALL_VIEWS
from projections.payables.ageing import payables_ageing
from projections.payables.documents import control_totals, found, payables
from tests.examples.purchases import BOUGHT, REMEASURED, WITHDRAWN
from tests.ground.ordered import SUPPLIER, USD, Desk
from tests.ground.recording import record
from tests.ledger.bookkeeping.test_paying import paid
from tests.ledger.bookkeeping.test_purchases import DECLARE, MACHINE, NOTE, RECORD, desk
from tests.projections.deals.test_orders_view import EVER, basis


def story() -> Desk:
    """A machine of USD 10,000.00 at 7.1036, of which 4,000.00 are paid at 7.2000; an invoice of 1,436.66 with a note of
    212.00, paid on 2024-11-20, and the payment returned; duty of 15,656.33."""
    there = desk(MACHINE, RECORD, NOTE, DECLARE, role="PRINCIPAL")
    paid(there, {"p-2-demo": "4000"}, currency="USD", rate_series=USD)
    paid(there, {"p-1-demo": "1224.66"}, date(2024, 11, 20), payment="pay-2-demo")
    there.do(
        ReturnSupplierPayment(
            effective_on=date(2024, 12, 2), payment="pay-2-demo", supplier=SUPPLIER, reason="it came back (demo)"
        )
    )
    return there


def kept(database: Database, facts: list[Fact]) -> None:
    record(database, facts)
    views = [view() for view in ALL_VIEWS]
    ensure(database, views)
    catch_up(database, views)


def test_payables_by_age_foot_to_the_control_account(database: Database) -> None:
    """On 2024-11-30: the machine, due 2024-02-11, stands at 71,036.00 - 28,414.40 = 42,621.60, 293 days late; the
    invoice is paid; duty was due on 2024-06-16, 167 days ago. On 2024-12-02 the payment comes back."""
    kept(database, story().facts)
    with database.views.connect() as connection:
        november = payables_ageing(connection, basis(date(2024, 11, 30)))
        december = payables_ageing(connection, basis(date(2024, 12, 2)))
        before = payables_ageing(connection, basis(date(2024, 12, 2), recorded=_returned(connection) - 1))
    assert [(row.document, row.days, row.owed, row.open.total) for p in november.parties for row in p.documents] == [
        ("p-2-demo", 293, "6000.00", "42621.60"),
        ("p-3-demo", 167, "15656.33", "15656.33"),
    ]
    assert (november.open.days_91_180, november.open.days_over_180) == ("15656.33", "42621.60")
    assert (november.open.total, november.control, november.difference) == ("58277.93", "58277.93", "0.00")
    assert (december.open.total, december.difference) == ("59502.59", "0.00"), "1,224.66 more"
    assert before.open.total == "58277.93", "as it was known"


def _returned(connection: Connection) -> int:
    return max(row.last_position for row in payables(connection, basis(EVER)))


def test_a_payable_says_what_became_of_it(database: Database) -> None:
    kept(database, story().facts)
    with database.views.connect() as connection:
        rows = {row.document: found(row) for row in payables(connection, basis(date(2024, 11, 30)))}
        of_supplier = payables(connection, basis(date(2024, 11, 30)), company=SUPPLIER, open_only=True)
        customs = payables(connection, basis(EVER), kind="CUSTOMS")
    machine, office = rows["p-2-demo"], rows["p-1-demo"]
    assert (machine.gross, machine.paid, machine.open, machine.open_cny) == (
        "10000.00",
        "4000.00",
        "6000.00",
        "42621.60",
    )
    assert (office.gross, office.credited, office.paid, office.open) == ("1436.66", "212.00", "1224.66", "0.00")
    assert [row.document for row in of_supplier] == ["p-2-demo"]
    assert [row.payable for row in customs] == ["purchase:p-3-demo"]


def test_payables_are_the_control_account_at_every_position(database: Database) -> None:
    facts = story().facts
    kept(database, facts)
    posting = [at for at, fact in enumerate(facts, 1) if isinstance(fact, PostingFact)]
    with database.views.connect() as connection:
        for at in posting:
            then = basis(EVER, recorded=at)
            control = sum(
                total.balance_minor
                for (account, _), total in totals(connection, at, [EVER])[EVER].items()
                if account == "payables"
            )
            assert control_totals(connection, then) == {"payables": control}
        tie = next(tie for tie in proposal(connection, basis(EVER), "2024-11").ties if tie.account == "payables")
    assert (tie.code, tie.control, tie.subledger) == ("2202", "-58277.93", "-58277.93")


def test_a_withdrawn_invoice_that_was_remeasured_is_left_in_yuan_and_the_close_says_so(database: Database) -> None:
    """A machine of USD 10,000.00 at 7.1036 was remeasured to 7.1236, then taken back: nothing is owed, 200.00 CNY are
    left until it is remeasured again."""
    item = replace(REMEASURED.items[0], rate="7.1236", revalued_minor=7_123_600)
    on = date(2024, 10, 8)
    back = replace(WITHDRAWN, effective_on=on, accounting_on=on, purchase="p-2-demo", reversed=BOUGHT)
    kept(database, [BOUGHT, replace(REMEASURED, items=(item,)), back])
    with database.views.connect() as connection:
        (left,) = unrevalued_payables(connection, basis(date(2024, 10, 31)), date(2024, 10, 31))
    assert left == "p-2-demo USD 0.00 (200.00 CNY)"
    assert not_remeasured(left, "2024-10") == (
        "p-2-demo: nothing is owed in USD any more, 200.00 CNY are left; `revalue-payables` clears them."
    )
    assert "USD 4.00 is owed and not remeasured" in not_remeasured("p-2-demo USD 4.00", "2024-10")
