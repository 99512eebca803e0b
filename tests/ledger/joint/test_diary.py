"""What is said of an entry of the diary: done once, waived with a reason, taken back."""

from datetime import date
from typing import Any

import msgspec
import pytest

from ledger.decider import By, Refusal
from ledger.joint.diary import (
    DIARY,
    CompleteDiaryEntry,
    DiaryStepWithdrawn,
    EntryCompleted,
    EntryDecided,
    EntryStepUnknown,
    EntryWaived,
    WaiveDiaryEntry,
    WithdrawDiaryStep,
)

ENTRY = "break-notice/l-1-demo/2026-03-27"
ON, LATER = date(2026, 3, 2), date(2026, 3, 3)
BY = By(actor="clerk-demo", role="deal_desk")
DONE = EntryCompleted(effective_on=ON, entry=ENTRY, by="clerk-demo")
WAIVED = EntryWaived(effective_on=ON, entry=ENTRY, by="clerk-demo", reason="stays (demo)")
BACK = DiaryStepWithdrawn(
    effective_on=ON, entry=ENTRY, step="diary.entry-completed", reason="mistake (demo)", touched=(f"entry:{ENTRY}",)
)
COMPLETE = CompleteDiaryEntry(effective_on=ON, entry=ENTRY)
WAIVE = WaiveDiaryEntry(effective_on=ON, entry=ENTRY, reason="stays (demo)")
WITHDRAW = WithdrawDiaryStep(effective_on=ON, entry=ENTRY, reason="mistake (demo)")


@pytest.mark.parametrize(
    ("given", "when", "then"),
    [
        pytest.param([], COMPLETE, [DONE], id="done"),
        pytest.param([], WAIVE, [WAIVED], id="waived"),
        pytest.param([DONE], COMPLETE, [], id="so-already"),
        pytest.param([WAIVED], WAIVE, [], id="waived-already"),
        pytest.param([DONE], WAIVE, EntryDecided, id="done-is-not-waived"),
        pytest.param([WAIVED], COMPLETE, EntryDecided, id="waived-is-not-done"),
        pytest.param([DONE], CompleteDiaryEntry(effective_on=LATER, entry=ENTRY), EntryDecided, id="another-day"),
        pytest.param([DONE], WITHDRAW, [BACK], id="taken-back"),
        pytest.param([DONE, BACK], WITHDRAW, [], id="taken-back-already"),
        pytest.param([DONE, BACK], WAIVE, [WAIVED], id="waived-after-that"),
        pytest.param([], WITHDRAW, EntryStepUnknown, id="nothing-to-take-back"),
        pytest.param(
            [DONE],
            WithdrawDiaryStep(effective_on=LATER, entry=ENTRY, reason="mistake (demo)"),
            EntryStepUnknown,
            id="of-another-day",
        ),
        pytest.param(
            [DONE, BACK],
            WithdrawDiaryStep(effective_on=ON, entry=ENTRY, reason="again (demo)"),
            EntryStepUnknown,
            id="taken-back-for-another-reason",
        ),
    ],
)
def test_given_when_then(given: Any, when: Any, then: Any) -> None:
    state = DIARY.initial
    for fact in given:
        state = DIARY.evolve(state, fact)
    if isinstance(then, list):
        assert list(DIARY.decide(state, when, BY)) == then
    else:
        with pytest.raises(Refusal) as refused:
            DIARY.decide(state, when, BY)
        assert type(refused.value) is then


@pytest.mark.parametrize(
    "entry", ["", "break", "break/l-1", "Break/l-1/2026-01-01", "break/l 1/2026-01-01", "a/../b/c"]
)
def test_an_id_that_is_none_is_malformed(entry: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"effective_on": "2026-01-01", "entry": entry}, CompleteDiaryEntry)
