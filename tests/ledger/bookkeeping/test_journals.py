"""Manual journals: four eyes, open months, accounts that a subledger explains, accruals, mirrors, repetitions."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given as random
from hypothesis import strategies as st
from msgspec.structs import replace

from ledger.bookkeeping.journals.by_hand import BY_HAND, CONTROLLED
from ledger.bookkeeping.journals.deciding import (
    AccountControlled,
    AccountUnknown,
    AccrualReversedItself,
    ApproveJournal,
    ApproverIsJournalProposer,
    BeforeItsOriginal,
    BeforeItsProposal,
    JournalDecided,
    JournalMonthNotOpen,
    JournalRepeated,
    JournalTaken,
    JournalTakenBack,
    JournalUnbalanced,
    JournalUnknown,
    LineByHand,
    Proposing,
    RejectJournal,
    mirrored,
)
from ledger.bookkeeping.journals.facts import JournalPosted, JournalProposed, ManualLine
from ledger.books.accounts import CHART
from ledger.books.postings import postings
from ledger.decider import By, Fact
from ledger.joint.closing import CONTROLS
from ledger.periods import PeriodClosed, PeriodOpened, PeriodSoftClosed, PostingFact, month_of
from tests.examples.bookkeeping import (
    APPROVE,
    MIRROR,
    MIRRORED,
    NAME,
    POSTED,
    PROPOSE,
    PROPOSED,
    REJECT,
    REJECTED,
    REPEAT,
    REVERSED,
)
from tests.examples.periods import CLOSED
from tests.ground.given import given, grown, only

CLERK, APPROVER = By(actor="clerk-demo", role="finance"), By(actor="approver-demo", role="approver")
JULY, AUGUST, SEPTEMBER = (
    PeriodOpened(effective_on=date(2024, month, 1), month=f"2024-0{month}") for month in (7, 8, 9)
)
OPEN: tuple[Fact, ...] = (JULY, AUGUST, SEPTEMBER)
PROPOSED_ONCE = replace(PROPOSED, reverses=False)
DONE: tuple[Fact, ...] = (*OPEN, PROPOSED, POSTED, REVERSED)


def _lines(*lines: tuple[str, Any, str]) -> tuple[LineByHand, ...]:
    return tuple(LineByHand(account=account, side=side, amount=amount) for account, side, amount in lines)


def test_an_accrual_is_proposed_approved_and_reverses_by_itself() -> None:
    given(*OPEN).when(PROPOSE, by=CLERK).then(PROPOSED)
    given(*OPEN, PROPOSED).when(PROPOSE, by=CLERK).then()
    given(*OPEN, PROPOSED).when(APPROVE, by=APPROVER).then(POSTED, REVERSED)
    given(*DONE).when(APPROVE, by=APPROVER).then()
    assert [(line.account, line.amount_minor, line.document) for line in postings(POSTED)] == [
        ("administration", 1850000, NAME),
        ("accrued", -1850000, NAME),
    ]
    assert [line.amount_minor for line in postings(REVERSED)] == [-1850000, 1850000]


def test_what_does_not_reverse_posts_once() -> None:
    given(JULY, PROPOSED_ONCE).when(APPROVE, by=APPROVER).then(replace(POSTED, reverses=False))


def test_in_december_it_reverses_on_new_years_day() -> None:
    months = (PeriodOpened(effective_on=date(2024, 12, 1), month=month) for month in ("2024-12", "2025-01"))
    on = date(2024, 12, 5)
    asked = ApproveJournal(effective_on=date(2024, 12, 31), manual_journal=NAME)
    facts = grown((*months, replace(PROPOSED, effective_on=on)), (asked, APPROVER))
    assert [getattr(fact, "accounting_on", None) for fact in facts[-2:]] == [on, date(2025, 1, 1)]


def test_four_eyes_and_one_decision() -> None:
    given(*OPEN, PROPOSED).when(APPROVE, by=CLERK).refused(ApproverIsJournalProposer)
    given(*OPEN, PROPOSED).when(REJECT, by=APPROVER).then(REJECTED)
    given(*OPEN, PROPOSED, REJECTED).when(REJECT, by=APPROVER).then()
    given(*OPEN, PROPOSED, REJECTED).when(APPROVE, by=APPROVER).refused(JournalDecided, says="rejected")
    given(*DONE).when(REJECT, by=APPROVER).refused(JournalDecided, says="mirror")
    given(*OPEN).when(APPROVE, by=APPROVER).refused(JournalUnknown, field="manual_journal")
    given(*OPEN).when(REJECT, by=APPROVER).refused(JournalUnknown)
    early = replace(APPROVE, effective_on=date(2024, 7, 30))
    given(*OPEN, PROPOSED).when(early, by=APPROVER).refused(BeforeItsProposal, field="effective_on")
    given(*OPEN, PROPOSED).when(replace(PROPOSE, reason="other (demo)"), by=CLERK).refused(JournalTaken)


@pytest.mark.parametrize("asked", [PROPOSE, REPEAT, MIRROR], ids=["proposed", "repeated", "mirrored"])
def test_what_was_rejected_is_proposed_anew_under_another_id(asked: Proposing) -> None:
    name = asked.manual_journal
    facts = grown(OPEN if asked is PROPOSE else DONE, (asked, CLERK))
    given(*facts).when(asked, by=CLERK).then()
    facts = grown(facts, (replace(REJECT, effective_on=asked.effective_on, manual_journal=name), APPROVER))
    given(*facts).when(asked, by=CLERK).refused(
        JournalTaken, field="manual_journal", says=f"{name} was rejected; choose another id"
    )
    grown(facts, (replace(asked, manual_journal="anew-demo"), CLERK))


@pytest.mark.parametrize("account", sorted(CONTROLLED))
def test_no_control_account_is_posted_to_by_hand(account: str) -> None:
    lines = _lines((account, "DEBIT", "5.00"), ("prepaid", "CREDIT", "5.00"))
    given(*OPEN).when(replace(PROPOSE, lines=lines), by=CLERK).refused(
        AccountControlled, field="lines", says=CHART[account].code
    )


def test_the_chart_is_what_takes_lines_by_hand_and_what_does_not() -> None:
    assert sorted((*BY_HAND, *CONTROLLED)) == sorted(CHART)
    assert {*CONTROLS} <= {*CONTROLLED}
    assert {name: CHART[name].code for name in BY_HAND} == BY_HAND
    assert {name: CHART[name].code for name in CONTROLLED} == {
        name: said.partition(":")[0] for name, said in CONTROLLED.items()
    }


def test_lines_balance_on_accounts_that_exist() -> None:
    short = _lines(("administration", "DEBIT", "5.00"), ("accrued", "CREDIT", "4.99"))
    given(*OPEN).when(replace(PROPOSE, lines=short), by=CLERK).refused(JournalUnbalanced, says="debits are 0.01 CNY")
    empty = _lines(("administration", "DEBIT", "0.00"), ("accrued", "CREDIT", "0.00"))
    given(*OPEN).when(replace(PROPOSE, lines=empty), by=CLERK).refused(JournalUnbalanced, says="administration is 0.00")
    strange = _lines(("1002", "DEBIT", "5.00"), ("accrued", "CREDIT", "5.00"))
    given(*OPEN).when(replace(PROPOSE, lines=strange), by=CLERK).refused(AccountUnknown, says="by hand: prepaid (1123)")


def test_only_in_an_open_month_and_the_next_one_where_it_reverses() -> None:
    softly = PeriodSoftClosed(effective_on=date(2024, 8, 5), month="2024-07")
    given(AUGUST).when(PROPOSE, by=CLERK).refused(JournalMonthNotOpen, says="2024-07 has not been opened")
    given(JULY).when(PROPOSE, by=CLERK).refused(JournalMonthNotOpen, says="2024-08, which the accrual reverses in,")
    given(*OPEN, softly).when(PROPOSE, by=CLERK).then(PROPOSED)
    closed: PeriodClosed = CLOSED
    given(*OPEN, closed).when(PROPOSE, by=CLERK).refused(JournalMonthNotOpen, says="2024-07 is CLOSED")
    given(*OPEN, PROPOSED, closed).when(APPROVE, by=APPROVER).refused(JournalMonthNotOpen)


def test_a_journal_is_repeated_once_a_month() -> None:
    facts = grown(DONE, (REPEAT, CLERK))
    again = facts[-1]
    assert isinstance(again, JournalProposed)
    assert (again.lines, again.reason, again.reverses) == (PROPOSED.lines, PROPOSED.reason, True)
    given(*facts).when(REPEAT, by=CLERK).then()
    other = replace(REPEAT, manual_journal="other-demo", effective_on=date(2024, 8, 1))
    given(*facts).when(other, by=CLERK).refused(JournalRepeated, says="2024-08 has accrual-2024-08-demo already")
    same_month = replace(other, effective_on=date(2024, 7, 31))
    given(*DONE).when(same_month, by=CLERK).refused(JournalRepeated)
    given(*OPEN, PROPOSED).when(REPEAT, by=CLERK).refused(JournalUnknown, field="repeats")
    turned_down = RejectJournal(effective_on=date(2024, 9, 2), manual_journal=REPEAT.manual_journal, reason="no")
    grown(facts, (turned_down, APPROVER), (other, CLERK))


def test_a_mirror_puts_one_right_once() -> None:
    facts = grown(DONE, (MIRROR, CLERK))
    assert isinstance(facts[-1], JournalProposed)
    assert facts[-1].lines == MIRRORED
    second = replace(MIRROR, manual_journal="other-demo")
    given(*facts).when(second, by=CLERK).refused(JournalTakenBack, field="mirrors")
    approved = replace(APPROVE, effective_on=date(2024, 8, 21), manual_journal=MIRROR.manual_journal)
    given(*facts).when(PROPOSE, by=CLERK).then()
    all_of_it = grown(facts, (approved, APPROVER))
    given(*all_of_it).when(PROPOSE, by=CLERK).refused(
        JournalTaken, field="manual_journal", says=f"{MIRROR.manual_journal} took it back; choose another id"
    )
    left: dict[str, int] = {}
    for fact in all_of_it:
        for line in postings(fact):
            left[line.account] = left.get(line.account, 0) + line.amount_minor
    assert set(left.values()) == {0}


def test_a_mirror_is_not_before_its_original() -> None:
    once = (*OPEN, PROPOSED_ONCE, replace(POSTED, reverses=False))
    early = replace(MIRROR, effective_on=date(2024, 7, 30))
    given(*once).when(early, by=CLERK).refused(BeforeItsOriginal, field="effective_on", says="is of 2024-07-31")
    given(*DONE).when(early, by=CLERK).refused(BeforeItsOriginal)
    for on in (date(2024, 7, 31), date(2024, 9, 1)):
        facts = grown(once, (replace(MIRROR, effective_on=on), CLERK))
        approve = replace(APPROVE, effective_on=date(2024, 9, 2), manual_journal=MIRROR.manual_journal)
        assert only(JournalPosted, facts, approve, APPROVER).accounting_on == on


def test_an_accrual_is_mirrored_in_its_own_month_or_has_reversed_by_itself() -> None:
    """18,500.00 in July, back on 1 August: a mirror of 20 August would leave August at -18,500.00 and September at
    18,500.00. That of July leaves nothing in either."""
    late = replace(MIRROR, effective_on=date(2024, 8, 20))
    given(*DONE).when(late, by=CLERK).refused(
        AccrualReversedItself, field="effective_on", says="reversed by itself on 2024-08-01"
    )
    approve = replace(APPROVE, effective_on=date(2024, 8, 21), manual_journal=MIRROR.manual_journal)
    facts = grown(DONE, (MIRROR, CLERK), (approve, APPROVER))
    months: dict[tuple[str, str], int] = {}
    for fact in facts:
        for line in postings(fact):
            assert isinstance(fact, PostingFact)
            key = month_of(fact.accounting_on), line.account
            months[key] = months.get(key, 0) + line.amount_minor
    assert sorted({month for month, _ in months}) == ["2024-07", "2024-08"]
    assert set(months.values()) == {0}


@random(st.lists(st.tuples(st.sampled_from(sorted(BY_HAND)), st.integers(-(10**9), 10**9)), min_size=1, max_size=20))
def test_any_balanced_lines_are_posted_as_they_are(pairs: list[tuple[str, int]]) -> None:
    """With one line that evens them out; the mirror of it all comes to nothing with it."""
    rest = -sum(amount for _, amount in pairs)
    lines = tuple(
        ManualLine(account=account, amount_minor=amount) for account, amount in [*pairs, ("retained-earnings", rest)]
    )
    lines = tuple(line for line in lines if line.amount_minor)
    if not lines:
        return
    proposed = replace(PROPOSED, lines=lines, reverses=False)
    posted = only(JournalPosted, (JULY, proposed), APPROVE, APPROVER)
    assert [(line.account, line.amount_minor) for line in postings(posted)] == [
        (line.account, line.amount_minor) for line in lines
    ]
    assert sum(line.amount_minor for line in (*lines, *mirrored(lines))) == 0
