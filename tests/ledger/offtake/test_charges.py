"""Late fees and notes by hand on an agreement's documents, worked out by hand.

January 2024 is invoiced at 68,007.84 + 8,841.02 = 76,848.86, due on 6 March; a day late costs 0.05 % of what is open.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.billing.facts import ReceiptUnallocated
from ledger.billing.invoicing.notes import CreditExceeded, CreditOnPaid
from ledger.billing.late_fees import AssessLateFee, LateFeeCapped, NoLateFeeAgreed, NotOverdue
from ledger.billing.receipts import AllocateReceipt, RecordReceipt, ToAllocate, UnallocateReceipt
from ledger.billing.rules import BeforeDocument, DocumentUnknown, IdReserved, IdTaken
from ledger.books.postings import postings
from ledger.books.vat import vat_lines
from ledger.decider import Command, Fact, Refusal
from ledger.offtake.charges.crediting import NoteInTheWay
from ledger.offtake.charges.facts import EnergyLateFeeAssessed
from ledger.offtake.charges.late_fees import AssessEnergyLateFee
from ledger.offtake.charges.notes import (
    CreditEnergyDocument,
    EnergyNoteUnknown,
    LateFeeAnew,
    MakeUpRightStands,
    TakeBackEnergyCredit,
)
from ledger.offtake.facts import EnergyCredited, EnergyCreditTakenBack, EnergyInvoiced
from ledger.offtake.guarantee import InvoiceOfAnother
from ledger.offtake.meters.metering import CorrectRead
from ledger.offtake.rules import OfftakeStepTooEarly
from ledger.offtake.statements import ApproveStatement
from ledger.offtake.terms import MakeUp, TakeOrPay
from ledger.offtake.years import TrueUpYear
from tests.ground.given import decide
from tests.ground.offtaken import (
    AS_AGENT,
    BUYER,
    CHECKER,
    DESK,
    FINANCE,
    GENERATOR,
    METER,
    TERMS,
    A,
    agreement,
    calculated,
    delivering,
    of_kind,
    settled,
    spread,
    told,
)
from tests.ledger.offtake.test_offtake import balances, january

LATE = "0.0005"
INVOICE = f"{A}-energy-202401-r0"
OWED = settled(january(replace(TERMS, late_fee_per_day=LATE)), "2024-01")
AGENTS = settled(january(replace(AS_AGENT, late_fee_per_day=LATE)), "2024-01")


def paid(on: date, amount: str, receipt: str = "r-1", invoice: str = INVOICE) -> RecordReceipt:
    return RecordReceipt(
        effective_on=on,
        receipt=receipt,
        company=BUYER,
        bank_reference=f"BANK-{receipt}",
        amount=amount,
        allocations=(ToAllocate(invoice=invoice, amount=amount),),
    )


def fee(on: date = date(2024, 3, 26), **more: Any) -> AssessEnergyLateFee:
    asked: dict[str, Any] = {"effective_on": on, "agreement": A, "invoice": "f-1", "on_invoice": INVOICE, **more}
    return AssessEnergyLateFee(**asked)


def note(on: date = date(2024, 2, 10), **more: Any) -> CreditEnergyDocument:
    asked: dict[str, Any] = {"credit_note": "cn-1", "invoice": INVOICE, "net": "1000.00", "reason": "goodwill (demo)"}
    return CreditEnergyDocument(effective_on=on, agreement=A, **(asked | more))


def taken_back(on: date = date(2024, 2, 20), **more: Any) -> TakeBackEnergyCredit:
    asked: dict[str, Any] = {"credit_note": "cn-1", "reason": "agreed otherwise (demo)", **more}
    return TakeBackEnergyCredit(effective_on=on, agreement=A, **asked)


def added(before: Sequence[Fact], *commands: Command) -> tuple[Fact, ...]:
    """What the last of some commands adds."""
    *first, last = commands
    return tuple(decide(told(before, *((one, FINANCE) for one in first)), last, FINANCE))


# Late fees


def test_a_day_costs_what_was_open_that_day() -> None:
    """76,848.86 × 10 days + 36,848.86 × 10 days = 1,136,977.20, at 0.05 %: 568.49, of which tax 65.40."""
    (found,) = of_kind(added(OWED, paid(date(2024, 3, 16), "40000.00"), fee(taxable=True)), EnergyLateFeeAssessed)
    assert (found.gross_minor, found.net_minor, found.vat_minor) == (56849, 50309, 6540)
    assert (found.company, found.agreement, found.due_on, found.days) == (BUYER, A, date(2024, 3, 26), 20)
    assert [span.open_minor for span in found.spans] == [7684886, 3684886]
    assert balances([found]) == {"receivables": 56849, "other-income": -50309, "output-vat": -6540}
    (line,) = vat_lines(found)
    assert (line.document, line.rate, line.base_minor, line.vat_minor) == ("f-1", "0.13", 50309, 6540)


def test_an_agents_late_fee_is_the_generators() -> None:
    (found,) = added(AGENTS, paid(date(2024, 3, 16), "40000.00"), fee(taxable=True))
    assert balances([found]) == {"receivables": 56849, "payables": -56849}
    assert [line.company for line in postings(found)][:2] == [BUYER, GENERATOR]
    assert vat_lines(found) == ()
    facts = told(AGENTS, (fee(taxable=True), FINANCE), (note(date(2024, 4, 1), invoice="f-1", net="88.50"), FINANCE))
    credit = facts[-1]
    # 76,848.86 × 20 × 0.0005 = 768.49, which includes 88.41 tax; 88.50 net has 11.51
    assert balances([credit]) == {"receivables": -10001, "payables": 10001}


def test_months_of_a_fee_have_their_share() -> None:
    """25 days of March and 10 of April: 35 × 76,848.86 × 0.0005 = 1,344.86, of which 960.61 are March's."""
    (found,) = of_kind(added(OWED, fee(date(2024, 4, 10))), EnergyLateFeeAssessed)
    assert found.lines[0].by_month == (("2024-03", 96061), ("2024-04", 38425))
    earned = {line.service_month: -line.amount_minor for line in postings(found) if line.account == "other-income"}
    assert earned == {"2024-03": 96061, "2024-04": 38425}
    credit = told(
        OWED, (fee(date(2024, 4, 10)), FINANCE), (note(date(2024, 4, 11), invoice="f-1", net="100.00"), FINANCE)
    )
    (off,) = of_kind(credit, EnergyCredited)
    assert off.lines[0].by_month == (("2024-03", 7143), ("2024-04", 2857))


def test_what_was_recorded_late_is_assessed_anew() -> None:
    """Assessed at 568.49; then 36,848.86 turn out to have come on 11 March: 5 days of 76,848.86, 5 of 40,000.00.

    (384,244.30 + 200,000.00) × 0.0005 = 292.12. The buyer had paid the fee: that money is free again.
    """
    known = told(OWED, (paid(date(2024, 3, 16), "40000.00"), FINANCE), (fee(), FINANCE))
    known = told(known, (paid(date(2024, 3, 27), "568.49", "r-2", "f-1"), FINANCE))
    known = told(known, (paid(date(2024, 3, 11), "36848.86", "r-3"), FINANCE))
    again = fee(date(2024, 3, 28), invoice="f-2")
    facts = tuple(decide(known, again, FINANCE))
    (credit,), (anew,) = of_kind(facts, EnergyCredited), of_kind(facts, EnergyLateFeeAssessed)
    assert (credit.credit_note, credit.invoice, credit.gross_minor) == ("f-2-late-c1", "f-1", 56849)
    assert (credit.charge, credit.by_hand, anew.gross_minor) == ("LATE_FEE", True, 29212)
    (freed,) = of_kind(facts, ReceiptUnallocated)
    assert (freed.receipt, freed.allocations[0].amount_minor) == ("r-2", 56849)
    total = balances([*(fact for fact in known if isinstance(fact, EnergyLateFeeAssessed)), credit, anew])
    assert total == {"receivables": 29212, "other-income": -29212}
    assert tuple(decide((*known, *facts), again, FINANCE)) == ()


def test_a_fee_that_was_paid_in_time_after_all_leaves_nothing() -> None:
    known = told(OWED, (fee(), FINANCE), (paid(date(2024, 3, 5), "76848.86"), FINANCE))
    facts = tuple(decide(known, fee(invoice="f-2"), FINANCE))
    assert [type(fact) for fact in facts] == [EnergyCredited]
    assert tuple(decide((*known, *facts), fee(invoice="f-2"), FINANCE)) == ()
    with pytest.raises(IdTaken):
        decide((*known, *facts), fee(date(2024, 3, 27), invoice="f-2"), FINANCE)


def test_days_of_a_fee_that_was_credited_in_full_are_charged_anew() -> None:
    facts = told(OWED, (fee(), FINANCE))
    (charged,) = of_kind(facts, EnergyLateFeeAssessed)
    assert charged.gross_minor == 76849  # 76,848.86 × 20 × 0.0005
    with pytest.raises(NotOverdue):
        decide(facts, fee(invoice="f-2"), FINANCE)
    facts = told(facts, (note(date(2024, 3, 26), invoice="f-1", net="768.49"), FINANCE))
    (again,) = decide(facts, fee(invoice="f-2"), FINANCE)
    assert isinstance(again, EnergyLateFeeAssessed)
    assert again.gross_minor == 76849


# Notes by hand


def test_a_note_takes_its_tax_along() -> None:
    """1,000.00 net at 13 %: 1,130.00; then the whole rest."""
    facts = told(OWED, (note(), FINANCE))
    assert balances(facts[-1:]) == {"receivables": -113000, "energy": 100000, "output-vat": 13000}
    (line,) = vat_lines(facts[-1])
    assert (line.document, line.base_minor, line.vat_minor) == ("cn-1", -100000, -13000)
    facts = told(facts, (note(credit_note="cn-2", net="67007.84"), FINANCE))
    assert balances([fact for fact in facts if isinstance(fact, EnergyInvoiced | EnergyCredited)]) == {}
    assert tuple(decide(facts, note(), FINANCE)) == ()


def test_an_agent_gives_its_fee_back_in_proportion() -> None:
    """The fee is 2 % of 68,007.84: 1,360.16, with 81.61 tax; of 1,000.00 net it is 20.00, with 1.20."""
    facts = told(AGENTS, (note(), FINANCE))
    assert balances(facts[-1:]) == {
        "receivables": -113000, "payables": 110880, "settlement-service": 2000, "output-vat": 120,
    }  # fmt: skip
    facts = told(facts, (note(credit_note="cn-2", net="67007.84"), FINANCE))
    assert not balances([fact for fact in facts if hasattr(fact, "fee_minor")])


def test_a_note_is_taken_back() -> None:
    facts = told(OWED, (note(), FINANCE), (taken_back(), FINANCE))
    assert isinstance(facts[-1], EnergyCreditTakenBack)
    assert balances(facts[-2:]) == {}
    assert tuple(decide(facts, taken_back(), FINANCE)) == ()
    with pytest.raises(EnergyNoteUnknown):
        decide(facts, taken_back(reason="another (demo)"), FINANCE)
    facts = told(AGENTS, (note(), FINANCE), (taken_back(), FINANCE))
    assert balances(facts[-2:]) == {}


def test_runs_go_on_beside_a_note() -> None:
    """10,000 kWh less come to 5,200.00 less; a note that left less than that goes first."""
    lower = CorrectRead(effective_on=date(2024, 1, 31), meter=METER, value="1321902.7", reason="misread (demo)")
    for net, stands in (("1000.00", True), ("63000.00", False)):
        facts = told(OWED, (note(net=net), FINANCE), (lower, DESK))
        facts = calculated(facts, "2024-01", date(2024, 4, 1))
        approve = ApproveStatement(effective_on=date(2024, 4, 1), agreement=A, month="2024-01", run=1)
        if stands:
            assert of_kind(decide(facts, approve, CHECKER), EnergyCredited)[0].net_minor == 520000
            continue
        with pytest.raises(NoteInTheWay, match=r"cn-1 took 63000\.00 CNY off"):
            decide(facts, approve, CHECKER)
        facts = told(facts, (taken_back(date(2024, 4, 1)), FINANCE))
        assert of_kind(decide(facts, approve, CHECKER), EnergyCredited)[0].net_minor == 520000


def test_what_may_be_taken_later_is_the_years() -> None:
    right = TakeOrPay(acq="12000", share="0.9", make_up=MakeUp(years=1))
    facts = delivering(agreement(replace(TERMS, take_or_pay=right)), spread(2024, "6000"))
    facts = told(facts, (TrueUpYear(effective_on=date(2025, 1, 20), agreement=A, year=2024), FINANCE))
    with pytest.raises(MakeUpRightStands):
        decide(facts, note(date(2025, 2, 1), invoice=f"{A}-top-2024-r0"), FINANCE)


PAID = told(OWED, (paid(date(2024, 2, 10), "76848.86"), FINANCE))
PART = (ToAllocate(invoice=INVOICE, amount="76848.86"),)
PAID_TWICE = told(
    PAID,
    (UnallocateReceipt(effective_on=date(2024, 3, 10), receipt="r-1", allocations=PART, reason="why (demo)"), FINANCE),
    (AllocateReceipt(effective_on=date(2024, 4, 10), receipt="r-1", allocations=PART), FINANCE),
)
AGREED_NOTHING = settled(january(), "2024-01")


@pytest.mark.parametrize(
    ("before", "command", "refusal"),
    [
        (AGREED_NOTHING, fee(), NoLateFeeAgreed),
        (OWED, fee(date(2024, 3, 6)), NotOverdue),
        (PAID, fee(), NotOverdue),
        (OWED, fee(on_invoice="nothing"), DocumentUnknown),
        (told(OWED, (fee(), FINANCE)), fee(invoice="f-2", on_invoice="f-1"), NoLateFeeAgreed),
        (OWED, fee(invoice=INVOICE), IdTaken),
        (OWED, fee(invoice="x-late-c1"), IdReserved),
        (
            told(settled(january(replace(TERMS, late_fee_per_day="0.5")), "2024-01"), (fee(date(2024, 3, 8)), FINANCE)),
            fee(date(2024, 3, 9), invoice="f-2"),
            LateFeeCapped,
        ),
        (
            OWED,
            AssessLateFee(effective_on=date(2024, 3, 26), invoice="f-1", on_invoice=INVOICE),
            NoLateFeeAgreed,
        ),
        (OWED, note(invoice="nothing"), DocumentUnknown),
        (OWED, note(date(2024, 1, 30)), BeforeDocument),
        (OWED, note(net="68007.85"), CreditExceeded),
        (OWED, note(credit_note="x-make-up-c1"), IdReserved),
        (OWED, note(credit_note=f"{A}-energy-202401-r1-c1"), IdReserved),
        (told(OWED, (note(), FINANCE)), note(net="999.00"), IdTaken),
        (PAID_TWICE, note(date(2024, 2, 1)), CreditOnPaid),
        (OWED, taken_back(), EnergyNoteUnknown),
        (told(OWED, (note(), FINANCE)), taken_back(date(2024, 2, 9)), OfftakeStepTooEarly),
        (told(OWED, (fee(), FINANCE), (note(date(2024, 4, 1), invoice="f-1", net="1.00"), FINANCE)),
         taken_back(date(2024, 4, 2)), LateFeeAnew),
    ],
)  # fmt: skip
def test_rules(before: tuple[Fact, ...], command: Command, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        decide(before, command, FINANCE)


def test_a_document_of_another_agreement_is_not_this_ones() -> None:
    other = agreement(TERMS, "other-demo", OWED)
    with pytest.raises(InvoiceOfAnother):
        decide(other, replace(note(), agreement="other-demo"), FINANCE)
    with pytest.raises(InvoiceOfAnother):
        decide(other, fee(agreement="other-demo"), FINANCE)
