"""A run that comes to less takes back what was settled of its invoice: on no day is less than nothing open or paid.

Energy of January 2024, invoiced at 76,848.86, of which 10,000 kWh at 0.52 and 13 % tax turn out not to be: 5,876.00.
"""

from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import event, example, settings
from hypothesis import given as for_all
from hypothesis import strategies as st

from ledger.billing.facts import ReceiptUnallocated, WriteOffApproved, WriteOffRecovered
from ledger.billing.losses import ApproveWriteOff, ProposeWriteOff, RecoverWriteOff
from ledger.billing.receipts import AllocateReceipt, RecordReceipt, ToAllocate, UnallocateReceipt
from ledger.decider import By, Command, Fact, Refusal
from ledger.offtake.facts import EnergyCredited
from ledger.offtake.meters.metering import CorrectRead
from ledger.offtake.statements import ApproveStatement, CalculateStatement
from ledger.periods import PeriodReopened, PeriodSoftClosed
from tests.ground.billed import closed
from tests.ground.given import decide
from tests.ground.offtaken import BUYER, CHECKER, DESK, FINANCE, METER, SIGNER, A, of_kind, settled
from tests.ledger.billing.test_no_day_below_nothing import below_nothing
from tests.ledger.offtake.test_offtake import january

INVOICE = f"{A}-energy-202401-r0"
BEGIN = settled(january(), "2024-01")
LOWER = CorrectRead(effective_on=date(2024, 1, 31), meter=METER, value="1321902.7", reason="misread (demo)")
WHY = "a reason (demo)"
SHUT = date(2024, 7, 1)

Action = tuple[str, str, date, By]
actions: st.SearchStrategy[Action] = st.tuples(
    st.sampled_from(("receive", "pay", "pay", "unpay", "write off", "recover", "shut", "shut softly", "reopen")),
    st.sampled_from(("76848.86", "70000.00", "40000.00", "30000.00", "6848.86")),
    st.sampled_from([date(2024, month, day) for month in (1, 2, 3, 4) for day in (10, 31 if month in (1, 3) else 29)]),
    st.sampled_from((FINANCE, FINANCE, DESK)),
)


def sent(number: int, action: Action) -> Sequence[Command | Fact]:
    """What somebody asks for, or what happens to a month: that of the day."""
    what, amount, on, _ = action
    month, to_pay = f"{on:%Y-%m}", (ToAllocate(invoice=INVOICE, amount=amount),)
    asked: dict[str, Sequence[Command | Fact]] = {
        "receive": (
            RecordReceipt(
                effective_on=on, receipt=f"r-{number}", company=BUYER, bank_reference=f"B-{number}", amount="76848.86"
            ),
        ),
        "pay": (AllocateReceipt(effective_on=on, receipt="r-0", allocations=to_pay),),
        "unpay": (UnallocateReceipt(effective_on=on, receipt="r-0", allocations=to_pay, reason=WHY),),
        "write off": (
            ProposeWriteOff(effective_on=on, write_off=f"w-{number}", invoice=INVOICE, amount=amount, reason=WHY),
            ApproveWriteOff(effective_on=on, write_off=f"w-{number}", invoice=INVOICE),
        ),
        "recover": (RecoverWriteOff(effective_on=on, write_off="w-1", invoice=INVOICE, amount=amount, reason=WHY),),
        "shut": closed(month),
        "shut softly": (PeriodSoftClosed(effective_on=on, month=month),),
        "reopen": (
            PeriodReopened(
                effective_on=on, month=month, reason=WHY, proposed_by="finance-demo", approved_by="approver-demo"
            ),
        ),
    }
    return asked[what]


def credited(story: Sequence[Action]) -> tuple[list[tuple[Fact, ...]], tuple[Fact, ...]]:
    """What a ledger holds after a story, command by command; and what the lower run adds."""
    known, batches = list(BEGIN), [tuple(BEGIN)]
    receive: Action = ("receive", "", date(2024, 2, 1), FINANCE)
    end: list[tuple[Command, By]] = [
        (LOWER, DESK),
        (CalculateStatement(effective_on=SHUT, agreement=A, month="2024-01"), FINANCE),
        (ApproveStatement(effective_on=SHUT, agreement=A, month="2024-01", run=1), CHECKER),
    ]
    asked = [(one, action[3]) for number, action in enumerate([receive, *story]) for one in sent(number, action)]
    for one, by in [*asked, *end]:
        try:
            who = SIGNER if isinstance(one, ApproveWriteOff) else by
            batches.append((one,) if isinstance(one, Fact) else tuple(decide(known, one, who)))
        except Refusal:
            assert (one, by) not in end, f"{one} is refused"
            continue
        known += batches[-1]
    return batches, batches[-1]


PAID_AND_BOOKED_LATE: list[Action] = [
    ("shut softly", "", date(2024, 2, 10), FINANCE),
    ("shut softly", "", date(2024, 3, 10), FINANCE),
    ("pay", "76848.86", date(2024, 2, 10), DESK),
]
"""Paid on 10 February; somebody books it whose months begin with April."""


@settings(max_examples=200)
@for_all(st.lists(actions, max_size=14))
@example(PAID_AND_BOOKED_LATE)
def test_there_is_never_less_than_nothing(story: list[Action]) -> None:
    batches, added = credited(story)
    for fact in added:
        event(type(fact).__name__)
    assert next(below_nothing(batches), None) is None


@pytest.mark.parametrize(
    ("story", "put_back", "noted"),
    [
        pytest.param([], [], (date(2024, 1, 31), date(2024, 1, 31)), id="nothing-settled"),
        pytest.param(
            [("pay", "70000.00", date(2024, 2, 10), FINANCE), ("pay", "6848.86", date(2024, 3, 10), FINANCE)],
            [(ReceiptUnallocated, date(2024, 3, 10), date(2024, 3, 10))],
            (date(2024, 1, 31), date(2024, 1, 31)),
            id="the-latest-payment-first",
        ),
        pytest.param(
            PAID_AND_BOOKED_LATE,
            [(ReceiptUnallocated, date(2024, 2, 10), date(2024, 4, 1))],
            (date(2024, 1, 31), date(2024, 1, 31)),
            id="not-before-the-books-have-it",
        ),
        pytest.param(
            [
                ("pay", "76848.86", date(2024, 2, 10), FINANCE),
                ("unpay", "76848.86", date(2024, 3, 10), FINANCE),
                ("pay", "76848.86", date(2024, 4, 10), FINANCE),
            ],
            [(ReceiptUnallocated, date(2024, 4, 10), date(2024, 4, 10))],
            (date(2024, 3, 10), date(2024, 3, 10)),
            id="since-so-much-is-open",
        ),
        pytest.param(
            [("write off", "6848.86", date(2024, 3, 10), FINANCE), ("pay", "70000.00", date(2024, 2, 10), FINANCE)],
            [(WriteOffRecovered, date(2024, 3, 10), date(2024, 3, 10))],
            (date(2024, 1, 31), date(2024, 1, 31)),
            id="a-loss-before-money",
        ),
    ],
)
def test_what_is_put_back_and_when(
    story: list[Action], put_back: list[tuple[type[Fact], date, date]], noted: tuple[date, date]
) -> None:
    _, added = credited(story)
    (note,) = of_kind(added, EnergyCredited)
    assert (note.net_minor, note.vat_minor) == (520000, 67600)
    assert (note.effective_on, note.accounting_on) == noted
    found = of_kind(added, ReceiptUnallocated) + of_kind(added, WriteOffRecovered)
    assert [(type(fact), fact.effective_on, fact.accounting_on) for fact in found] == put_back
    amounts = [getattr(fact, "amount_minor", 0) or fact.allocations[0].amount_minor for fact in found]
    assert amounts == [587600] * len(put_back)
    assert not of_kind(added, WriteOffApproved)
