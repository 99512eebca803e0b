"""Four eyes: whatever waits for a second person, the first one's approval of it is refused, and another's is taken.

Every kind of proposal is found in the demonstration, at the moment before somebody decided on it.
"""

import re
from typing import Any

import pytest

from api.agenda.inbox import PROPOSALS, decided
from ledger.decider import By, Refusal
from ledger.log.database import Database
from ledger.log.envelope import Entry
from ledger.values.evidence import Evidence
from projections.engine.basis import Basis
from projections.proposals import KINDS
from tests.ground.demonstrated import entries
from tests.ground.given import decide

WANTED: dict[str, Any] = {"document": Evidence(doc="deed (demo)", sha256="ab" * 32), "bank_reference": "B-NEVER-1"}
NOT_SHOWN = {"ESTIMATE"}
"""The demonstration proposes none; tests/ledger/offtake/test_estimating.py has it."""

SAME = re.compile(r"^(approver|executor|payer|bank-payer|vat-filer)-is-|-by-same-person$")


@pytest.fixture(scope="module")
def history(demo: Database) -> list[Entry]:
    """Every fact of the demonstration, in the order recorded."""
    return entries(demo)


@pytest.mark.parametrize("name", [name for name in KINDS if name not in NOT_SHOWN])
def test_nobody_approves_their_own(demo: Database, history: list[Entry], name: Any) -> None:
    kind = KINDS[name]
    asked = next(entry for entry in history if isinstance(entry.fact, kind.proposed))
    on = max(asked.fact.effective_on, asked.recorded_at.date())
    basis = Basis(effective=on, recorded=asked.position, recorded_at=None, root="", zone="+08:00")
    with demo.views.connect() as connection:
        rows = PROPOSALS.ask(connection, basis, PROPOSALS.query(), {}).rows or ()
    row = next(row for row in rows if row.position == asked.position)
    command = decided(row.approval.command, **{field: WANTED[field] for field in kind.wanted})
    known = [entry.fact for entry in history[: asked.position]]
    for author in row.authors:
        with pytest.raises(Refusal) as refused:
            decide(known, command, By(actor=author, role="approver"))
        assert SAME.search(refused.value.code), refused.value.detail
    assert decide(known, command, By(actor="somebody-else-demo", role="approver"))
