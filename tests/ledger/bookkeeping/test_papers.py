"""A paper that went out is on record once a day; its bytes are no other paper's."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.bookkeeping.papers import PAPERS, PaperContradicts, PaperIssued
from ledger.decider import By, Fact, Refusal
from tests.examples import ISSUE_PAPER, PAPER_ISSUED

BY = By(actor="finance-demo", role="finance")
LATER = date(2026, 7, 9)


@pytest.mark.parametrize(
    ("given", "when", "then"),
    [
        pytest.param([], ISSUE_PAPER, [PAPER_ISSUED], id="issued"),
        pytest.param([PAPER_ISSUED], ISSUE_PAPER, [], id="so-already"),
        pytest.param(
            [PAPER_ISSUED],
            replace(ISSUE_PAPER, effective_on=LATER),
            [replace(PAPER_ISSUED, effective_on=LATER)],
            id="again-another-day",
        ),
        pytest.param(
            [PAPER_ISSUED, replace(PAPER_ISSUED, effective_on=LATER)],
            ISSUE_PAPER,
            [],
            id="the-earlier-is-not-forgotten",
        ),
        pytest.param([PAPER_ISSUED], replace(ISSUE_PAPER, name="moonfield-demo"), PaperContradicts, id="another-name"),
        pytest.param([PAPER_ISSUED], replace(ISSUE_PAPER, kind="INVOICE"), PaperContradicts, id="another-kind"),
        pytest.param(
            [PAPER_ISSUED],
            replace(ISSUE_PAPER, effective_on=LATER, position=121),
            PaperContradicts,
            id="the-same-bytes-name-another-basis",
        ),
        pytest.param(
            [replace(PAPER_ISSUED, sha256="6f" * 32)], ISSUE_PAPER, None, id="another-paper-is-out-of-its-scope"
        ),
    ],
)
def test_issuing(given: Sequence[PaperIssued], when: Any, then: Any) -> None:
    scope = set(PAPERS.scope(when))
    state = PAPERS.initial
    for fact in given:
        state = PAPERS.evolve(state, fact) if scope & set(fact.tags) else state
    if isinstance(then, type) and issubclass(then, Refusal):
        with pytest.raises(then) as refused:
            PAPERS.decide(state, when, BY)
        assert refused.value.field == "sha256"
        return
    expected: list[Fact] = [PAPER_ISSUED] if then is None else then
    assert list(PAPERS.decide(state, when, BY)) == expected
