"""Whatever is sent: nothing ever moves a closed month, and none closes on a figure that is a fen out.

Held against a bookkeeper with every fact on one pile of paper: she adds up all lines since the books began, and counts
what is owed, held, not applied and accrued from the papers themselves.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import date

from hypothesis import given as for_all
from hypothesis import strategies as st
from msgspec.structs import replace

from ledger.billing.deposits import ReceiveDeposit
from ledger.billing.facts import (
    AccruedRentDerecognised,
    CreditNoteIssued,
    DepositReceived,
    Issued,
    ReceiptRecorded,
    ReceiptReversed,
    RentRecognised,
)
from ledger.billing.gap import BillLease
from ledger.billing.lines import Allocation
from ledger.billing.receipts import RecordReceipt, ReverseReceipt, ToAllocate
from ledger.books.postings import postings
from ledger.decider import By, Command, Fact, Refusal
from ledger.joint.closing import ClosePeriod, ClosingRefusal, PeriodClosedOtherwise, Subledger, TieOutDiffers
from ledger.log import store
from ledger.log.database import Database
from ledger.periods import (
    OpenPeriods,
    PeriodClosed,
    PeriodOpened,
    PeriodReopened,
    PostingFact,
    ProposeReopening,
    ReopenPeriod,
    SoftClosePeriod,
    month_of,
)
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from ledger.recording.outcome import Refused
from ledger.values.money import minor, written
from tests.ground.billed import COMPANIES, L1, L2, OTHER, RATES, TENANT, TERMS_1, TERMS_2, commenced
from tests.ground.given import decide
from tests.ground.recording import record

# What is sent

MONTHS = ("2024-01", "2024-02", "2024-03")
days = st.sampled_from([date(2024, month, day) for month in (1, 2, 3) for day in (5, 28)])
months = st.sampled_from(MONTHS)
names = st.sampled_from(("one-demo", "two-demo", "three-demo"))
people = st.sampled_from(
    [By(actor=actor, role=role) for actor in ("finance-demo", "approver-demo") for role in ("finance", "approver")]
)
amounts = st.sampled_from(("5.00", "57240.00", "0.07"))


def billed(**asked: st.SearchStrategy[date]) -> st.SearchStrategy[Command]:
    return st.builds(BillLease, lease=st.sampled_from((L1, L2)), **asked)


def receipt(name: str, on: date, amount: str, *, pays: bool) -> RecordReceipt:
    """Money from the tenant of L-1; it may pay what that owes for service in January."""
    allocations = (ToAllocate(invoice="l-1-demo-service-202401", amount="0.07"),) if pays else ()
    return RecordReceipt(
        effective_on=on,
        receipt=f"r-{name}",
        company=TENANT,
        bank_reference=f"BANK-{name}",
        amount=amount,
        allocations=allocations,
    )


def deposit(name: str, on: date, amount: str) -> ReceiveDeposit:
    return ReceiveDeposit(
        effective_on=on, deposit=f"d-{name}", lease=L1, bank_reference=f"DEPOSIT-{name}", amount=amount
    )


def reversal(name: str, on: date) -> ReverseReceipt:
    return ReverseReceipt(effective_on=on, receipt=f"r-{name}", reason="it never was (demo)")


LATER = date(2024, 4, 2)
on = st.just(LATER)
Asked = Command | str


def proposal(month: str) -> ProposeReopening:
    return ProposeReopening(effective_on=LATER, month=month, reason="an error (demo)")


posting = st.one_of(
    billed(effective_on=days, through=days),
    st.builds(receipt, names, days, amounts, pays=st.booleans()),
    st.builds(deposit, names, days, amounts),
    st.builds(reversal, names, days),
)
about_periods = st.one_of(
    st.builds(SoftClosePeriod, effective_on=on, month=months),
    st.builds(proposal, months),
    st.builds(ReopenPeriod, effective_on=on, month=months),
    st.builds(OpenPeriods, effective_on=on, through=months),
)
kinds = st.sampled_from((posting, posting, about_periods, st.just("close"), st.just("close"), st.just("reopen")))
anything = st.lists(
    st.tuples(kinds.flatmap(lambda kind: kind), people),
    min_size=4,
    max_size=16,
)
GROUND: tuple[Fact, ...] = (
    *COMPANIES,
    *commenced(L1, TENANT, TERMS_1),
    *commenced(L2, OTHER, TERMS_2),
    *RATES,
    PeriodOpened(effective_on=date(2024, 1, 1), month="2024-01"),
    PeriodOpened(effective_on=date(2024, 1, 1), month="2024-02"),
)


def posted_through(facts: Sequence[Fact], month: str) -> list[PostingFact]:
    return [fact for fact in facts if isinstance(fact, PostingFact) and month_of(fact.accounting_on) <= month]


def balances_through(facts: Sequence[Fact], month: str) -> dict[str, int]:
    """Every line since the books began, added up."""
    totals = Counter[str]()
    for fact in posted_through(facts, month):
        for line in postings(fact):
            totals[line.account] += line.amount_minor
    return {account: balance for account, balance in totals.items() if balance}


def subledgers_through(facts: Sequence[Fact], month: str) -> tuple[Subledger, ...]:
    """From the papers and not from the postings: what is owed, held, not applied, and earned ahead of being billed."""
    owed = held = free = accrued = 0
    for fact in posted_through(facts, month):
        match fact:
            case Issued():
                owed += fact.gross_minor
                accrued -= fact.net_minor if fact.charge == "RENT" else 0
            case CreditNoteIssued():
                owed -= fact.gross_minor
                accrued += fact.net_minor if fact.charge == "RENT" else 0
            case RentRecognised():
                accrued += fact.fixed_minor + fact.variable_minor
            case AccruedRentDerecognised():
                accrued -= fact.amount_minor
            case ReceiptRecorded():
                owed, free = owed - paid(fact.allocations), free + fact.amount_minor - paid(fact.allocations)
            case ReceiptReversed():
                owed, free = owed + paid(fact.allocations), free - fact.amount_minor + paid(fact.allocations)
            case DepositReceived():
                held += fact.amount_minor
            case _:
                raise AssertionError(f"no paper says what {fact} does")
    found = {"receivables": owed, "deposits": -held, "unapplied": -free, "straight-line": accrued}
    return tuple(Subledger(account=account, balance=written(total)) for account, total in found.items())


def paid(allocations: Sequence[Allocation]) -> int:
    return sum(one.amount_minor for one in allocations)


def closing(facts: Sequence[Fact], month: str) -> ClosePeriod:
    """The command of somebody who has counted right."""
    entries = [fact for fact in posted_through(facts, month) if month_of(fact.accounting_on) == month]
    return ClosePeriod(
        effective_on=LATER,
        month=month,
        recorded=len(facts),
        entries=len(entries),
        subledgers=subledgers_through(facts, month),
    )


def shut(facts: Sequence[Fact]) -> dict[str, PeriodClosed]:
    """Months closed now, each with what closed it."""
    found: dict[str, PeriodClosed] = {}
    for fact in facts:
        if isinstance(fact, PeriodClosed):
            found[fact.month] = fact
        elif isinstance(fact, PeriodReopened):
            del found[fact.month]
    return found


def history(sent: Sequence[tuple[Asked, By]]) -> list[Fact]:
    """What a ledger holds after these; every posting is held against the pile of paper as it is recorded."""
    facts: list[Fact] = list(GROUND)
    for asked, by in sent:
        for command in meant(facts, asked):
            try:
                new = decide(facts, command, by)
            except PeriodClosedOtherwise:
                continue  # the last month is closed, and her figures are of now
            except ClosingRefusal:
                raise  # her figures are right
            except Refusal:
                continue
            check(facts, new)
            facts += new
    return facts


def meant(facts: Sequence[Fact], asked: Asked) -> Sequence[Command]:
    """The commands: to close the next month, to reopen the latest closed one (half of it done by now), or any one."""
    if isinstance(asked, Command):
        return (asked,)
    closed = shut(facts)
    if asked == "close":
        return (closing(facts, min(set(MONTHS) - closed.keys(), default=MONTHS[-1])),)
    month = max(closed, default=MONTHS[0])
    return ReopenPeriod(effective_on=LATER, month=month), proposal(month)


def check(facts: Sequence[Fact], new: Sequence[Fact]) -> None:
    """J4, at the moment of recording."""
    closed = shut(facts)
    for fact in new:
        if isinstance(fact, PostingFact):
            assert month_of(fact.accounting_on) not in closed, f"{fact} posts to a closed month"
            assert fact.accounting_on >= fact.effective_on


@for_all(anything)
def test_nothing_moves_a_closed_month(sent: list[tuple[Asked, By]]) -> None:
    """J4: each month closed is, to the end, what it closed on; honest figures are never refused as wrong."""
    facts = history(sent)
    for month, closed in shut(facts).items():
        balances = balances_through(facts, month)
        assert {one.account: one.balance_minor for one in closed.balances} == balances
        text = "".join(f"{account},{balances[account]}\n" for account in sorted(balances))
        assert closed.trial_balance_sha256 == hashlib.sha256(text.encode()).hexdigest()
        here = [fact for fact in posted_through(facts, month) if month_of(fact.accounting_on) == month]
        assert closed.entries == len(here)
        assert sum(balances.values()) == 0


@for_all(
    anything, months, st.sampled_from(("receivables", "deposits", "unapplied", "straight-line")), st.integers(-3, 3)
)
def test_no_month_closes_on_a_figure_that_is_a_fen_out(
    sent: list[tuple[Asked, By]], month: str, account: str, out: int
) -> None:
    facts = history(sent)
    right = closing(facts, month)
    wrong = tuple(
        replace(one, balance=written(minor(one.balance) + out)) if one.account == account else one
        for one in right.subledgers
    )
    expected = said(facts, right)
    if out and expected == "closed":
        expected = TieOutDiffers
    assert said(facts, replace(right, subledgers=wrong)) == expected


def said(facts: Sequence[Fact], command: Command) -> str | type[Refusal]:
    """What becomes of a command: closed, closed before, or the rule against it."""
    try:
        return "closed" if decide(facts, command) else "closed before"
    except PeriodClosedOtherwise:
        return "closed before"
    except Refusal as refusal:
        return type(refusal)


def test_the_sequences_above_do_close_months_with_something_in_them() -> None:
    """So that the properties say something: billed, paid, closed, reopened and closed again."""
    finance, approver = By(actor="finance-demo", role="finance"), By(actor="approver-demo", role="approver")
    january = date(2024, 1, 28)
    facts = history(
        [
            (BillLease(lease=L1, effective_on=january, through=january), finance),
            (receipt("one-demo", january, "5.00", pays=True), finance),
            (deposit("one-demo", january, "5.00"), finance),
            ("close", finance),
            (deposit("two-demo", january, "5.00"), finance),
            ("reopen", finance),
            ("reopen", approver),
            (reversal("one-demo", january), finance),
            ("close", finance),
        ]
    )
    closes = [fact for fact in facts if isinstance(fact, PeriodClosed)]
    assert len(closes) == 2
    assert closes[1].entries == closes[0].entries + 1
    moved = {one.account for one in closes[0].balances}
    assert {"receivables", "deposits", "unapplied", "bank"} <= moved
    (late,) = [fact for fact in facts if isinstance(fact, DepositReceived) and fact.deposit == "d-two-demo"]
    assert (late.effective_on, late.accounting_on) == (january, date(2024, 2, 1))


def test_a_close_sees_what_was_queued_in_front_of_it(database: Database) -> None:
    """All in one pass of the writer, on folded states that each fact moves on."""
    record(database, GROUND)
    finance, january = By(actor="finance-demo", role="finance"), date(2024, 1, 28)
    held = (Subledger(account="deposits", balance="-10.00"),)
    early = ClosePeriod(effective_on=LATER, month="2024-01", recorded=1, entries=1, subledgers=held)
    asked = (
        deposit("one-demo", january, "5.00"),
        deposit("two-demo", january, "5.00"),
        early,
        replace(early, entries=2),
        deposit("three-demo", january, "5.00"),
        replace(early, month="2024-02", subledgers=(Subledger(account="deposits", balance="-15.00"),)),
    )
    with Ledger(database, CONTEXTS) as ledger:
        outcomes = [answer.result().outcome for answer in [ledger.submit(command, finance) for command in asked]]
    assert [one.code if isinstance(one, Refused) else type(one).__name__ for one in outcomes] == [
        "Done",
        "Done",
        "subledgers-stale",
        "Done",
        "Done",
        "Done",
    ]
    with database.views.connect() as connection:
        facts = [entry.fact for entry in store.by_tags(connection, ["books:2024-02", "periods"])]
    assert [(one.month, one.entries) for one in facts if isinstance(one, PeriodClosed)] == [
        ("2024-01", 2),
        ("2024-02", 1),
    ]
    assert [one.accounting_on for one in facts if isinstance(one, DepositReceived)] == [date(2024, 2, 1)]
