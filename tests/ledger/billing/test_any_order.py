"""The order of typing does not matter: commands that do not rest on one another come to the same on every day.

What is open, free, held, allowed for, paid by which receipt and in the books, day by day; and late fees, assessed in
between or after all of it.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from functools import reduce
from pathlib import Path

import msgspec
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from ledger.billing.deciding import BILLING
from ledger.billing.deposits import ApplyDeposit, ReceiveDeposit, ReverseDeposit
from ledger.billing.facts import CreditNoteIssued, LateFeeAssessed, ReceiptUnallocated, WriteOffRecovered
from ledger.billing.gap import BillLease
from ledger.billing.invoicing.notes import IssueCreditNote, IssueDebitNote
from ledger.billing.late_fees import AssessLateFee, NotOverdue
from ledger.billing.losses import ApproveWriteOff, MeasureEcl, ProposeWriteOff, RecoverWriteOff, ToMeasure
from ledger.billing.moves import PAYS, moves
from ledger.billing.receipts import AllocateReceipt, ToAllocate, UnallocateReceipt
from ledger.billing.refunds import RefundReceipt
from ledger.books.postings import postings
from ledger.decider import Command, Fact, all_facts
from ledger.periods import PeriodOpened, PeriodStepWithdrawn, PostingFact
from ledger.rates import RateApproved, RateFact
from tests.ground.billed import L1, bill, of_kind, told
from tests.ground.golden import GOLDEN
from tests.ledger.billing.test_putting_right import GROUND, JANUARY, MARCH, WHY, receive, to_pay

STORED = Path(__file__).parent.parent / "stored"
BEGIN = bill(GROUND, L1, date(2025, 6, 30))
FEBRUARY, MAY = "l-1-demo-rent-202502", "l-1-demo-rent-202505"


def measured(on: date, gross: str) -> MeasureEcl:
    exposures = (ToMeasure(bucket="all", gross=gross, rate="0.10"),)
    return MeasureEcl(effective_on=on, measurement=f"ecl-{on}", recorded=9, exposures=exposures)


def lent(invoice: str, amount: str) -> tuple[ToAllocate, ...]:
    return to_pay(amount, invoice)


CHAINS: Mapping[str, Sequence[Command]] = {
    "money": (
        receive(date(2025, 2, 5), "5000.00", allocations=lent(JANUARY, "4000.00")),
        AllocateReceipt(effective_on=date(2025, 3, 10), receipt="r-1-demo", allocations=lent(FEBRUARY, "500.00")),
        UnallocateReceipt(
            effective_on=date(2025, 4, 1), receipt="r-1-demo", allocations=lent(FEBRUARY, "500.00"), reason=WHY
        ),
        RefundReceipt(
            effective_on=date(2025, 5, 5), refund="f-1-demo", receipt="r-1-demo", amount="100.00", bank_reference="F-1"
        ),
    ),
    "more money": (receive(date(2025, 1, 20), "2000.00", "r-2-demo", allocations=lent(JANUARY, "2000.00")),),
    "loss": (
        ProposeWriteOff(
            effective_on=date(2025, 2, 15), write_off="w-1-demo", invoice=JANUARY, amount="700.00", reason=WHY
        ),
        ApproveWriteOff(effective_on=date(2025, 2, 15), write_off="w-1-demo", invoice=JANUARY),
        RecoverWriteOff(
            effective_on=date(2025, 5, 1), write_off="w-1-demo", invoice=JANUARY, amount="300.00", reason=WHY
        ),
    ),
    "loss on the day of a measurement": (
        ProposeWriteOff(
            effective_on=date(2025, 6, 30), write_off="w-2-demo", invoice=MAY, amount="10400.00", reason=WHY
        ),
        ApproveWriteOff(effective_on=date(2025, 6, 30), write_off="w-2-demo", invoice=MAY),
        receive(date(2025, 7, 7), "9000.00", "r-3-demo", allocations=lent(MAY, "9000.00")),
    ),
    "deposit": (
        ReceiveDeposit(
            effective_on=date(2025, 1, 1), deposit="d-1-demo", lease=L1, bank_reference="D-1", amount="20000.00"
        ),
        ApplyDeposit(effective_on=date(2025, 3, 10), deposit="d-2-demo", lease=L1, invoice=MARCH, amount="10000.00"),
        ReverseDeposit(effective_on=date(2025, 4, 15), deposit="d-2-demo", lease=L1, reason=WHY),
    ),
    "note": (
        IssueCreditNote(
            effective_on=date(2025, 2, 20), credit_note="c-1-demo", invoice=JANUARY, net="700.00", reason=WHY
        ),
    ),
    "more": (
        IssueDebitNote(
            effective_on=date(2025, 3, 1),
            invoice="n-1-demo",
            lease=L1,
            charge="RENT",
            from_on=date(2025, 2, 1),
            until_on=date(2025, 2, 28),
            net="1000.00",
            reason=WHY,
        ),
        receive(date(2025, 4, 4), "1090.00", "r-4-demo", allocations=lent("n-1-demo", "1090.00")),
    ),
    "in March": (measured(date(2025, 3, 31), "4000.00"),),
    "in June": (measured(date(2025, 6, 30), "10000.00"),),
    "bill": (BillLease(effective_on=date(2025, 9, 30), lease=L1, through=date(2025, 9, 30)),),
}
"""What rests on one another stands in one chain. January: 10,900.00 - 4,000.00 - 2,000.00 - 400.00 - 763.00."""

LABELS = [label for label, chain in CHAINS.items() for _ in chain]
LATE = AssessLateFee(effective_on=date(2025, 7, 31), invoice="late-1-demo", on_invoice=JANUARY)
Figures = dict[date, Counter[tuple[str, ...]]]


def typed(labels: Sequence[str]) -> tuple[Fact, ...]:
    """The ledger once the chains were typed, one command of a chain each time it is named."""
    left = {label: iter(chain) for label, chain in CHAINS.items()}
    return told(BEGIN, *(next(left[label]) for label in labels))


def figures(facts: Sequence[Fact]) -> Figures:
    """What there is at the end of each day, of everything that moves; and in the books."""
    moved: defaultdict[date, Counter[tuple[str, ...]]] = defaultdict(Counter)
    for fact in facts:
        if not isinstance(fact, PostingFact):
            continue
        for line in postings(fact):
            moved[fact.accounting_on]["books", line.account] += line.amount_minor
        there = moved[fact.effective_on]
        for move in moves(fact).documents:
            there["open", move.invoice] += move.open_minor
        for receipt in of_kind((fact,), *PAYS):
            for one in receipt.allocations:
                there["pays", receipt.receipt, one.invoice] += PAYS[type(fact)] * one.amount_minor
        for kind in ("receipts", "deposits", "accrued"):
            for what, amount in getattr(moves(fact), kind):
                there[kind, what] += amount
    found, total = Figures(), Counter[tuple[str, ...]]()
    for day in sorted(moved):
        total.update(moved[day])
        found[day] = Counter({what: amount for what, amount in total.items() if amount})
    return found


EXPECTED = figures(typed(LABELS))


def test_the_figures_by_hand() -> None:
    assert EXPECTED[date(2025, 5, 5)]["open", JANUARY] == 373700
    assert [EXPECTED[day]["open", MAY] for day in (date(2025, 6, 30), date(2025, 7, 7))] == [50000, 0]
    assert [-EXPECTED[day]["books", "loss-allowance"] for day in (date(2025, 3, 31), date(2025, 6, 30))] == [
        40000,
        100000,
    ]
    assert EXPECTED[date(2025, 6, 30)]["deposits", L1] == 2000000


@settings(max_examples=120)
@for_all(st.permutations(LABELS))
def test_the_order_of_typing_does_not_matter(labels: list[str]) -> None:
    facts = typed(labels)
    assert figures(facts) == EXPECTED
    assert told(facts, LATE)[-1] == told(typed(LABELS), LATE)[-1]


RIGHT = 50008
"""0.0005 × (19 d × 10,900.00 + 16 × 8,900.00 + 10 × 4,900.00 + 5 × 4,200.00 + 70 × 3,437.00 + 91 × 3,737.00)."""

FEES = [
    AssessLateFee(effective_on=on, invoice=f"late-{on}-demo", on_invoice=JANUARY)
    for on in (date(2025, 1, 31), date(2025, 3, 31), date(2025, 7, 31))
]


def fees_minor(facts: Sequence[Fact]) -> int:
    """What late fees on January ask for, less the notes on them."""
    asked = sum(fact.gross_minor for fact in facts if isinstance(fact, LateFeeAssessed))
    notes = [fact for fact in facts if isinstance(fact, CreditNoteIssued) and fact.charge == "LATE_FEE"]
    return asked - sum(note.gross_minor for note in notes)


@settings(max_examples=60)
@for_all(st.permutations([*LABELS, *FEES]))
def test_a_late_fee_is_right_whenever_it_was_assessed(typed: list[str | AssessLateFee]) -> None:
    """Fees on what was known then; assessed once more after all of it, they come to what is right."""
    left, facts = {label: iter(chain) for label, chain in CHAINS.items()}, BEGIN
    for one in typed:
        with suppress(NotOverdue):
            facts = told(facts, next(left[one]) if isinstance(one, str) else one)
    with suppress(NotOverdue):
        facts = told(facts, LATE)
    assert fees_minor(facts) == RIGHT


PARTS = (("r-1-demo", date(2025, 1, 5)), ("r-2-demo", date(2025, 1, 15)), ("r-3-demo", date(2025, 1, 10)))
GIVEN_UP = (("w-1-demo", date(2025, 2, 15)), ("w-2-demo", date(2025, 2, 10)))


@for_all(st.permutations(PARTS), st.permutations(GIVEN_UP))
def test_what_is_put_back_is_what_settled_last(parts: list[tuple[str, date]], losses: list[tuple[str, date]]) -> None:
    """3,000.00 paid three times, 950.00 given up twice; a note of 5,450.00: both losses, then the latest money."""
    facts = told(BEGIN, *(receive(on, "3000.00", name, allocations=lent(JANUARY, "3000.00")) for name, on in parts))
    for name, on in losses:
        propose = ProposeWriteOff(effective_on=on, write_off=name, invoice=JANUARY, amount="950.00", reason=WHY)
        facts = told(facts, propose, ApproveWriteOff(effective_on=on, write_off=name, invoice=JANUARY))
    note = IssueCreditNote(
        effective_on=date(2025, 3, 1), credit_note="c-1-demo", invoice=JANUARY, net="5000.00", reason=WHY
    )
    added = told(facts, note)[len(facts) :]
    assert [one.write_off for one in of_kind(added, WriteOffRecovered)] == ["w-1-demo", "w-2-demo"]
    freed = [(one.receipt, one.allocations[0].amount_minor) for one in of_kind(added, ReceiptUnallocated)]
    assert freed == [("r-2-demo", 300000), ("r-3-demo", 55000)]


def test_what_many_scopes_share_bears_no_tag_of_one_and_may_be_folded_first() -> None:
    files = [file for file in sorted(STORED.glob("*.json")) if file.name.count(".") == 2]
    stored = [msgspec.json.decode(file.read_bytes(), type=all_facts()[file.stem]) for file in files]
    shared = [fact for fact in stored if isinstance(fact, RateFact) or BILLING.common.intersection(fact.tags)]
    assert {type(fact) for fact in shared} >= {PeriodOpened, PeriodStepWithdrawn, RateApproved}
    assert {tag.partition(":")[0] for fact in shared for tag in fact.tags} <= {"periods", "period", "rate", "series"}
    opened = [PeriodOpened(effective_on=date(2024, month, 1), month=f"2024-{month:02}") for month in range(1, 13)]
    between = [fact for pair in zip(GOLDEN, opened, strict=False) for fact in pair] + [*GOLDEN[len(opened) :]]
    first = [*opened, *GOLDEN]
    assert reduce(BILLING.evolve, between, BILLING.initial) == reduce(BILLING.evolve, first, BILLING.initial)
