"""What holds of billing whatever is sent, in whatever order: held against sums that need no rules.

Money        Σ allocations ≤ receipt; open ≥ 0; deposits ≥ 0; every note ≤ its document
Nothing      as of no day, known at no position, is an open amount, a free receipt or a deposit below nothing, nor is
below zero   less than nothing of a document settled; by effective and by accounting date
Less         a run decides on what was agreed, asked for and earned what it would decide on everything
Idempotence  what was billed is billed, after anything
Completeness Σ recognised − Σ given up = Σ billed = Σ contract, once a lease is over, under any changes
Order        folded by accounting date, or any other way, the figures are those of the order recorded
Scope        deciding on the facts of a command's scope is deciding on all facts
"""

import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import reduce
from typing import Any

from hypothesis import assume, event, example, settings
from hypothesis import given as for_all
from hypothesis import strategies as st
from msgspec.structs import replace

from ledger.billing.account import Billing, evolve, fold
from ledger.billing.deciding import BILLING
from ledger.billing.deposits import ApplyDeposit, ForfeitDeposit, ReceiveDeposit, RefundDeposit, ReverseDeposit
from ledger.billing.facts import (
    AccruedRentDerecognised,
    AllocationFact,
    CreditNoteIssued,
    DebitNoteIssued,
    Issued,
    ReceiptRecorded,
    ReceiptReversed,
    RentRecognised,
)
from ledger.billing.gap import BillLease
from ledger.billing.invoicing.notes import IssueCreditNote
from ledger.billing.late_fees import AssessLateFee
from ledger.billing.losses import (
    ApproveWriteOff,
    MeasureEcl,
    ProposeWriteOff,
    RecoverWriteOff,
    RejectWriteOff,
    ToMeasure,
)
from ledger.billing.moves import PAYS, moves
from ledger.billing.receipts import AllocateReceipt, RecordReceipt, ReverseReceipt, ToAllocate, UnallocateReceipt
from ledger.billing.refunds import RefundReceipt, ReverseRefund
from ledger.billing.runs import RUNS
from ledger.decider import By, Command, Decider, Fact, Refusal
from ledger.leases.facts import LeaseAmended, LeaseTerminated, ServiceChargeChanged
from ledger.leases.schedule import schedule
from ledger.once.lettings import Letting
from ledger.periods import PeriodReopened, PeriodSoftClosed, PostingFact
from tests.ground.billed import (
    APPROVER,
    BOOKS,
    COMPANIES,
    FINANCE,
    L1,
    L2,
    OTHER,
    PAPER,
    RATES,
    TENANT,
    TERMS_1,
    TERMS_2,
    closed,
    commenced,
    monthly,
)
from tests.ground.given import DECIDERS, decide
from tests.ledger.test_any_sequence import on_everything, on_the_scope
from tests.strategies import any_of, facts

SHORT = replace(
    TERMS_1,
    expiry_on=date(2025, 2, 14),
    commencement_on=date(2024, 1, 15),
    rent=(replace(TERMS_1.rent[0], from_on=date(2024, 1, 15)), TERMS_1.rent[1]),
    rent_free=(),
)
BEGIN: tuple[Fact, ...] = (
    *COMPANIES,
    *commenced(L1, TENANT, SHORT),
    *commenced(L2, OTHER, replace(TERMS_2, expiry_on=date(2024, 6, 30))),
    *RATES,
    *BOOKS,
)
SOON = date(2024, 1, 15)
CLERK = By(actor="finance-demo", role="deal_desk")
"""Somebody whose facts do not post to a month that is softly closed."""

days = st.integers(0, 200).map(lambda day: date(2024, 1, 15) + timedelta(days=day))
leases = st.sampled_from((L1, L2))
invoices = st.sampled_from(
    [
        *(f"l-1-demo-service-2024{month:02}" for month in (1, 2, 3)),
        "l-1-demo-rent-202401",
        "l-2-demo-rent-202401",
        "late-1-demo",
    ]
)
amounts = st.sampled_from(("500.00", "4061.90", "7851.42", "30000.00"))
numbers = st.integers(1, 2)
to_pay = st.lists(st.builds(ToAllocate, invoice=invoices, amount=amounts), min_size=1, max_size=2).map(tuple)
receipts = numbers.map(lambda number: f"r-{number}-demo")
deposits = st.integers(1, 4).map(lambda number: f"d-{number}-demo")
because = st.just("a reason (demo)")

commands: st.SearchStrategy[Command] = st.one_of(
    st.builds(BillLease, lease=leases, through=days, effective_on=days),
    st.builds(
        RecordReceipt,
        receipt=receipts,
        company=st.sampled_from((TENANT, OTHER)),
        bank_reference=numbers.map(lambda number: f"B-{number}"),
        amount=amounts,
        allocations=st.just(()) | to_pay,
        effective_on=days,
    ),
    st.builds(AllocateReceipt, receipt=receipts, allocations=to_pay, effective_on=days),
    st.builds(UnallocateReceipt, receipt=receipts, allocations=to_pay, reason=because, effective_on=days),
    st.builds(ReverseReceipt, receipt=receipts, reason=because, effective_on=days),
    st.builds(
        IssueCreditNote,
        credit_note=numbers.map(lambda number: f"c-{number}-demo"),
        invoice=invoices,
        net=amounts,
        reason=because,
        effective_on=days,
    ),
    st.builds(
        AssessLateFee, invoice=st.just("late-1-demo"), on_invoice=invoices, effective_on=days, taxable=st.booleans()
    ),
    st.builds(
        ReceiveDeposit,
        deposit=deposits,
        lease=leases,
        bank_reference=numbers.map(lambda number: f"D-{number}"),
        amount=amounts,
        effective_on=days,
    ),
    st.builds(ApplyDeposit, deposit=deposits, lease=leases, invoice=invoices, amount=amounts, effective_on=days),
    st.builds(ForfeitDeposit, deposit=deposits, lease=leases, amount=amounts, reason=because, effective_on=days),
    st.builds(
        RefundDeposit,
        deposit=deposits,
        lease=leases,
        amount=amounts,
        bank_reference=st.just("D-9"),
        effective_on=days,
    ),
    st.builds(
        ProposeWriteOff,
        write_off=st.just("w-1-demo"),
        invoice=invoices,
        amount=amounts,
        reason=because,
        effective_on=days,
    ),
    st.builds(ApproveWriteOff, write_off=st.just("w-1-demo"), invoice=invoices, effective_on=days),
    st.builds(RejectWriteOff, write_off=st.just("w-1-demo"), invoice=invoices, reason=because, effective_on=days),
    st.builds(
        RecoverWriteOff,
        write_off=st.just("w-1-demo"),
        invoice=invoices,
        amount=amounts,
        reason=because,
        effective_on=days,
    ),
    st.builds(ReverseDeposit, deposit=deposits, lease=leases, reason=because, effective_on=days),
    st.builds(
        RefundReceipt,
        refund=numbers.map(lambda number: f"f-{number}-demo"),
        receipt=receipts,
        amount=amounts,
        bank_reference=st.just("F-1"),
        effective_on=days,
    ),
    st.builds(
        ReverseRefund,
        refund=numbers.map(lambda number: f"f-{number}-demo"),
        receipt=receipts,
        reason=because,
        effective_on=days,
    ),
    st.builds(
        MeasureEcl,
        measurement=numbers.map(lambda number: f"ecl-{number}-demo"),
        recorded=st.just(1),
        exposures=st.builds(ToMeasure, bucket=because, gross=amounts, rate=st.just("0.05")).map(lambda one: (one,)),
        effective_on=days,
    ),
)


def amended(rent: str, rhythm: Any, since: date, expiry_on: date) -> LeaseAmended:
    terms = replace(
        SHORT,
        expiry_on=expiry_on,
        billed_every_months=rhythm,
        rent=(SHORT.rent[0], replace(SHORT.rent[1], from_on=since, rent=monthly(rent))),
    )
    return LeaseAmended(
        effective_on=since,
        lease=L1,
        company=TENANT,
        lettings=(Letting(unit="a101-demo", from_on=date(2024, 1, 15), until_on=expiry_on),),
        amendment=f"a-{since}-demo",
        kind="CONSIDERATION",
        terms=terms,
        proposed_by="clerk-demo",
        approved_by="approver-demo",
        approved_on=since,
    )


changes: st.SearchStrategy[Fact] = st.one_of(
    st.builds(
        ServiceChargeChanged,
        effective_on=days,
        lease=st.just(L1),
        company=st.just(TENANT),
        service_charge=st.sampled_from(("0", "5000", "9000.55")).map(monthly),
        notice=st.just(PAPER),
    ),
    st.builds(
        amended,
        st.sampled_from(("40000", "53333.33", "70001")),
        st.sampled_from((1, 3)),
        days,
        st.sampled_from((date(2025, 2, 14), date(2025, 5, 31))),
    ),
    st.sampled_from(closed("2024-01", "2024-02", "2024-03")),
    st.sampled_from([PeriodSoftClosed(effective_on=SOON, month=f"2024-{month:02}") for month in range(1, 6)]),
    st.sampled_from(
        [
            PeriodReopened(
                effective_on=SOON,
                month=f"2024-{month:02}",
                reason="a reason (demo)",
                proposed_by="finance-demo",
                approved_by="approver-demo",
            )
            for month in range(1, 4)
        ]
    ),
)


bills = days.map(lambda day: BillLease(lease=L1, through=day, effective_on=day))


def terminated(ends_on: date, agreed_on: date) -> LeaseTerminated:
    return LeaseTerminated(
        effective_on=agreed_on,
        lease=L1,
        company=TENANT,
        lettings=(Letting(unit="a101-demo", from_on=date(2024, 1, 15), until_on=ends_on),),
        ends_on=ends_on,
        cause="AGREEMENT",
        fee_minor=0,
        document=PAPER,
    )


def folded(recorded: Sequence[Fact]) -> Billing:
    state = Billing()
    for fact in recorded:
        state = evolve(state, fact)
    return state


def history(sent: Sequence[Command | Fact], first: Sequence[Fact] = BEGIN, by: By = FINANCE) -> list[Fact]:
    """What a ledger holds after these commands and facts of other contexts; what is refused leaves nothing."""
    recorded = list(first)
    for one in sent:
        if isinstance(one, Fact):
            recorded.append(one)
            continue
        try:
            recorded += decide(recorded, one, APPROVER if isinstance(one, ApproveWriteOff) else by)
        except Refusal as refusal:
            event(f"refused {refusal.code}")
    return recorded


MARCH = date(2024, 3, 1)
FIRST: tuple[Command, ...] = (
    BillLease(lease=L1, through=MARCH, effective_on=MARCH),
    BillLease(lease=L2, through=MARCH, effective_on=MARCH),
    RecordReceipt(receipt="r-1-demo", company=TENANT, bank_reference="B-1", amount="30000.00", effective_on=SOON),
    ReceiveDeposit(deposit="d-1-demo", lease=L1, bank_reference="D-1", amount="30000.00", effective_on=SOON),
    ProposeWriteOff(
        write_off="w-1-demo",
        invoice="l-1-demo-service-202402",
        amount="500.00",
        reason="a reason (demo)",
        effective_on=SOON,
    ),
)
"""What most stories begin with, so that there is something to pay, and something to pay it with."""

stories = st.lists(st.one_of(commands, commands, commands, changes), min_size=1, max_size=14).map(
    lambda more: [*FIRST, *more]
)


@for_all(stories)
def test_nobody_pays_more_than_is_owed_or_was_received(sent: list[Command | Fact]) -> None:
    state = folded(history(sent))
    for name, document in state.documents.items():
        assert document.issued is not None, name
        assert document.open_minor >= 0, name
        assert all(amount >= 0 for amount in document.paid.values()), name
        assert document.credited_minor <= document.gross_minor, name
    for name, receipt in state.receipts.items():
        assert receipt.free_minor >= 0, name
    for lease, held in state.deposits.items():
        assert held.least_from(date.min) >= 0, lease


Moved = dict[tuple[Any, ...], dict[str, dict[date, int]]]
"""What there is, by the name of a date of facts and by day: how much more on that day."""


def named(fact: PostingFact) -> Iterator[tuple[tuple[Any, ...], int]]:
    """What a fact adds to what there can be no less than nothing of."""
    moved = moves(fact)
    for move in moved.documents:
        yield ("open", move.invoice), move.open_minor
        if not isinstance(fact, ReceiptRecorded | AllocationFact | ReceiptReversed):
            yield (move.total, move.invoice), move.amount_minor
    for receipt, amount in moved.receipts:
        yield ("free", receipt), amount
    for lease, amount in moved.deposits:
        yield ("held", lease), amount
    if isinstance(fact, ReceiptRecorded | AllocationFact | ReceiptReversed):
        for one in fact.allocations:
            yield ("pays", fact.receipt, one.invoice), PAYS[type(fact)] * one.amount_minor


def below_nothing(recorded: Sequence[Fact]) -> Iterator[tuple[Any, ...]]:
    """(what, by which date, on which day, as recorded by which fact) there is less than nothing of."""
    there: Moved = {}
    for position, fact in enumerate(recorded, 1):
        if not isinstance(fact, PostingFact):
            continue
        for name, amount in named(fact):
            for dated, on in (("effective", fact.effective_on), ("accounting", fact.accounting_on)):
                days_of = there.setdefault(name, {}).setdefault(dated, {})
                days_of[on] = days_of.get(on, 0) + amount
                running = 0
                for day in sorted(days_of):
                    running += days_of[day]
                    if running < 0:
                        yield name, dated, day, position, running, fact


one_by_one = st.lists(st.one_of(commands, commands, commands, changes), min_size=1, max_size=20).map(
    lambda more: [*FIRST, *more]
)


@settings(max_examples=150)
@for_all(one_by_one, st.sampled_from((FINANCE, FINANCE, CLERK)))
def test_on_no_day_known_at_no_position_is_less_than_nothing_there(sent: list[Command | Fact], by: By) -> None:
    assert list(below_nothing(history(sent, by=by))) == []


@for_all(stories, days, days)
def test_what_was_billed_is_billed(sent: list[Command | Fact], through: date, on: date) -> None:
    recorded = history(sent)
    command = BillLease(lease=L1, through=through, effective_on=on)
    try:
        recorded += decide(recorded, command, FINANCE)
    except Refusal:
        assume(False)
    assert decide(recorded, command, FINANCE) == ()
    assert decide(recorded, replace(command, effective_on=date(2026, 1, 1)), FINANCE) == ()


LESS_CHARGE: list[Command | Fact] = [
    *FIRST,
    AllocateReceipt(
        receipt="r-1-demo",
        allocations=(ToAllocate(invoice="l-1-demo-service-202402", amount="500.00"),),
        effective_on=MARCH,
    ),
    ServiceChargeChanged(effective_on=SOON, lease=L1, company=TENANT, service_charge=monthly("100"), notice=PAPER),
]
"""What was paid in part comes to less than that: the next run puts money back."""


@for_all(one_by_one, days, days)
@example(LESS_CHARGE, MARCH, MARCH)
@example([*LESS_CHARGE, BillLease(lease=L1, through=MARCH, effective_on=MARCH)], MARCH, MARCH)
def test_a_run_decides_on_less_what_billing_decides_on_everything(
    sent: list[Command | Fact], through: date, on: date
) -> None:
    recorded, command = history(sent), BillLease(lease=L1, through=through, effective_on=on)
    account, since = RUNS.folded(RUNS.initial, recorded[:40]), RUNS.folded(RUNS.initial, recorded)
    moved_on = reduce(RUNS.evolve, recorded[40:], account)
    found = [outcome(RUNS, state, command) for state in (since, moved_on)]
    assert found == [outcome(BILLING, folded(recorded), command)] * 2


def outcome(decider: Decider[Any, Any], state: Any, command: Command) -> Any:
    """What is decided, or the words of what refuses it."""
    try:
        return list(decider.decide(state, command, FINANCE))
    except Refusal as refusal:
        return refusal.code, refusal.detail, refusal.field


@for_all(st.lists(st.one_of(changes, bills), max_size=8))
def test_once_a_lease_is_over_it_earned_what_it_billed(sent: list[Command | Fact]) -> None:
    over = BillLease(lease=L1, through=date(2025, 6, 30), effective_on=date(2025, 6, 30))
    recorded = history([*sent, over])
    contract = schedule(folded(recorded).leases[L1], date(2025, 6, 30))
    assert earned(recorded) == billed(recorded) == sum(row.cash_minor + row.variable_minor for row in contract)


@for_all(
    st.lists(st.one_of(changes, bills), max_size=5),
    days,
    st.integers(0, 60),
)
def test_ended_early_nothing_stays_accrued(sent: list[Command | Fact], ends_on: date, notice: int) -> None:
    agreed_on = max(date(2024, 1, 16), ends_on - timedelta(days=notice))
    assume(agreed_on <= ends_on)
    over = BillLease(lease=L1, through=date(2025, 6, 30), effective_on=date(2025, 6, 30))
    recorded = history([*sent, terminated(ends_on, agreed_on), over])
    given_up = sum(fact.amount_minor for fact in recorded if isinstance(fact, AccruedRentDerecognised))
    assert earned(recorded) - given_up == billed(recorded)


def earned(recorded: Sequence[Fact]) -> int:
    return sum(fact.fixed_minor + fact.variable_minor for fact in recorded if isinstance(fact, RentRecognised))


def billed(recorded: Sequence[Fact]) -> int:
    """Net rent asked for, less net rent taken off."""
    asked = sum(fact.net_minor for fact in recorded if isinstance(fact, Issued) and fact.charge == "RENT")
    taken = (fact for fact in recorded if isinstance(fact, CreditNoteIssued) and fact.charge == "RENT")
    return asked - sum(note.net_minor for note in taken)


@for_all(stories, st.randoms(use_true_random=False))
def test_sums_do_not_depend_on_the_order_of_the_facts(sent: list[Command | Fact], by_chance: random.Random) -> None:
    recorded: list[PostingFact] = [fact for fact in history(sent) if isinstance(fact, PostingFact)]
    expected = figures(folded(recorded))
    in_the_books = sorted(recorded, key=lambda fact: fact.accounting_on)
    assert figures(folded(in_the_books)) == expected
    by_chance.shuffle(recorded)
    assert figures(folded(recorded)) == expected


def figures(state: Billing) -> Any:
    return (
        {name: document.open_minor for name, document in state.documents.items()},
        {name: receipt.free_minor for name, receipt in state.receipts.items()},
        {lease: state.deposit_minor(lease) for lease in state.deposits},
        {lease: dict(months) for lease, months in state.recognised.items()},
        state.allowance.total_minor,
    )


@for_all(st.lists(facts(PostingFact), max_size=20) | stories.map(history), st.integers(0, 40))
def test_any_facts_can_be_folded(recorded: list[Fact], at: int) -> None:
    """One after the other, or together; and a state is never altered by what is folded into it later."""
    early = fold(Billing(), recorded[:at])
    before = repr(early)
    assert fold(early, recorded[at:]) == reduce(evolve, recorded, Billing())
    assert repr(early) == before


@for_all(stories)
def test_the_scope_is_enough_to_decide(sent: list[Command | Fact]) -> None:
    recorded = list(BEGIN)
    for one in sent:
        if isinstance(one, Fact):
            recorded.append(one)
            continue
        by = APPROVER if isinstance(one, ApproveWriteOff) else FINANCE
        said = on_the_scope(recorded, one, by)
        assert said == on_everything(recorded, one, by)
        recorded += [fact for fact in said if isinstance(fact, Fact)]


billing_commands = st.one_of([any_of(kind) for kind, decider in DECIDERS.items() if "billing" in kind.__module__])


@settings(max_examples=200)
@for_all(st.lists(billing_commands, max_size=8), st.sampled_from((FINANCE, APPROVER, By(actor="x-demo", role="admin"))))
def test_anything_sent_is_recorded_or_refused(sent: list[Command], by: By) -> None:
    recorded = list(BEGIN)
    for command in sent:
        try:
            more = decide(recorded, command, by)
        except Refusal:
            continue
        recorded += more
        assert decide(recorded, command, by) == ()


@for_all(stories)
def test_notes_name_a_document_and_ids_are_given_once(sent: list[Command | Fact]) -> None:
    recorded = history(sent)
    issued = [fact.invoice for fact in recorded if isinstance(fact, Issued)]
    notes = [fact.credit_note for fact in recorded if isinstance(fact, CreditNoteIssued)]
    assert len(issued) == len(set(issued))
    assert len(notes) == len(set(notes))
    assert {fact.invoice for fact in recorded if isinstance(fact, CreditNoteIssued)} <= set(issued)
    assert all(len(name) <= 63 for name in (*issued, *notes))
    lines = [line for fact in recorded if isinstance(fact, Issued | CreditNoteIssued) for line in fact.lines]
    assert all(line.net_minor > 0 and line.vat_minor >= 0 for line in lines)
    assert all(sum(net for _, net in line.by_month) == line.net_minor for line in lines)
    assert all(isinstance(fact, PostingFact) for fact in recorded if isinstance(fact, DebitNoteIssued))
