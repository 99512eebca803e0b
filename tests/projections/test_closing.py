"""What a close finds left to bill, as it was known at each position, on both databases."""

from datetime import date

from ledger.leases.facts import LeaseCommenced, LeaseExecuted, LeaseStepWithdrawn
from ledger.log.database import Database
from projections.closing import unbilled
from projections.engine.runner import catch_up, ensure
from projections.every.views import ALL_VIEWS
from tests.ground.billed import GROUND, L1, L2, bill
from tests.ground.recording import record
from tests.projections.deals.test_orders_view import basis

JANUARY = date(2024, 1, 31)
NOT_COMMENCED = "lease-not-commenced"


def test_what_is_left_to_bill_is_what_a_position_knew(database: Database) -> None:
    """All is on record before anything is asked, so an answer that knew what came after its position would show it: L-1
    executed, L-1 and L-2 commenced, L-1 billed (several facts), the commencement of L-2 taken back."""
    (began,) = (fact for fact in GROUND if isinstance(fact, LeaseCommenced) and fact.lease == L2)
    billed = bill(GROUND, L1, JANUARY)
    taken_back = LeaseStepWithdrawn(
        effective_on=began.effective_on, lease=L2, step="lease.commenced", reason="it begins later", touched=began.tags
    )
    facts = [*billed, taken_back]
    record(database, facts)
    views = [view() for view in ALL_VIEWS]
    ensure(database, views)
    catch_up(database, views)
    executed = next(at for at, fact in enumerate(facts, 1) if isinstance(fact, LeaseExecuted))
    assert len(billed) - len(GROUND) > 1, "a bill is more than one fact"

    known: dict[int, dict[str, str | None]] = {
        executed - 1: {},
        executed: {L1: NOT_COMMENCED},
        len(GROUND): {L1: None, L2: None},
        len(billed) - 1: {L1: None, L2: None},  # the last of the facts that billed it is not known yet
        len(billed): {L2: None},
        len(facts): {L2: NOT_COMMENCED},
    }
    with database.views.connect() as connection:
        for position, expected in known.items():
            found = unbilled(connection, basis(JANUARY, position), JANUARY)
            assert {lease: why and why.code for lease, why in found.items()} == expected, position
