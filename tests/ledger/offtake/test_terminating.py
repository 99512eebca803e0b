"""Payments on termination: proposed by one, approved by another, settled like what each side owes otherwise.

The agreement ends on 31 March 2024. Its clause gives 50,000.00; with 6 % VAT where it is part of the price 53,000.00.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.billing.receipts import RecordReceipt, ToAllocate
from ledger.billing.rules import AmountZero, IdReserved, IdTaken
from ledger.books.payables import PayableMove, moves
from ledger.books.postings import postings
from ledger.books.vat import vat_lines
from ledger.decider import By, Command, Fact, Refusal
from ledger.joint.paying import PayableExceeded, PaySupplier, ProposeSupplierPayment, ToPay
from ledger.offtake.charges.facts import (
    TerminationPaymentInvoiced,
    TerminationPaymentOwed,
    TerminationPaymentReversed,
)
from ledger.offtake.charges.notes import CreditEnergyDocument, TakeBackEnergyCredit
from ledger.offtake.charges.terminating import (
    AgentOwesNothing,
    ApproveTerminationPayment,
    ProposeTerminationPayment,
    RejectTerminationPayment,
    ReverseTerminationPayment,
    TerminationApproverProposed,
    TerminationInvoiceStands,
    TerminationPaymentDecided,
    TerminationPaymentTaken,
    TerminationPaymentUnknown,
    TerminationVatUnfit,
)
from ledger.offtake.facts import EnergyCredited, EnergyCreditTakenBack
from ledger.offtake.guarantee import ObserverPostsNothing
from ledger.offtake.life import (
    DeclareCommercialOperation,
    DraftOfftake,
    ExecuteOfftake,
    NotSettled,
    OfftakeStateForbids,
    OfftakeUnknown,
    SettleOfftakeFinally,
    TerminateOfftake,
)
from ledger.offtake.rules import OfftakeStepTooEarly
from ledger.offtake.withdrawing import OfftakeStepNeeded, WithdrawOfftakeStep
from tests.ground.given import decide, given
from tests.ground.offtaken import (
    AS_AGENT,
    AS_OBSERVER,
    BUYER,
    DESK,
    FINANCE,
    GENERATOR,
    GROUND,
    PAPER,
    SIGNER,
    TERMS,
    A,
    agreement,
    of_kind,
    told,
)
from tests.ledger.offtake.test_offtake import balances

ENDED, ASKED, AGREED, DUE = date(2024, 3, 31), date(2024, 4, 2), date(2024, 4, 5), date(2024, 5, 31)
ENDS = TerminateOfftake(effective_on=ENDED, agreement=A, reason="closed (demo)", document=PAPER)
PROPOSE = ProposeTerminationPayment(
    effective_on=ASKED,
    agreement=A,
    termination_payment="end-1",
    owed_by="BUYER",
    net="50000.00",
    due_on=DUE,
    clause="18.2 (demo)",
    document=PAPER,
)
OURS = replace(PROPOSE, owed_by="SELLER")
APPROVE = ApproveTerminationPayment(effective_on=AGREED, agreement=A, termination_payment="end-1")
REJECT = RejectTerminationPayment(effective_on=AGREED, agreement=A, termination_payment="end-1", reason="no (demo)")
REVERSE = ReverseTerminationPayment(
    effective_on=date(2024, 4, 9), agreement=A, termination_payment="end-1", reason="struck out (demo)"
)
TAXED = replace(PROPOSE, vat_rate="0.06")
LATE = "0.0005"


def signed(terms: Any = TERMS) -> tuple[Fact, ...]:
    """Signed, and not in delivery: nothing is to be settled of any month."""
    about: dict[str, Any] = {"agreement": A, "effective_on": terms.starts_on}
    return told(GROUND, (DraftOfftake(**about, terms=terms), DESK), (ExecuteOfftake(**about, document=PAPER), SIGNER))


def ended(terms: Any = TERMS) -> tuple[Fact, ...]:
    return told(signed(terms), (ENDS, SIGNER))


def agreed(propose: ProposeTerminationPayment = PROPOSE, terms: Any = TERMS) -> tuple[Fact, ...]:
    return told(ended(terms), (propose, FINANCE), (APPROVE, SIGNER))


ENDED_FACTS = ended()
PROPOSED = told(ENDED_FACTS, (PROPOSE, FINANCE))
INVOICED, OWED = agreed(), agreed(OURS)
CREDIT = CreditEnergyDocument(
    effective_on=AGREED, agreement=A, credit_note="cn-1", invoice="end-1", net="50000.00", reason="waived (demo)"
)

BACK = TakeBackEnergyCredit(effective_on=date(2024, 4, 12), agreement=A, credit_note="cn-1", reason="not waived (demo)")


# What is owed


def test_what_is_only_proposed_is_not_owed() -> None:
    assert balances(PROPOSED) == {}
    assert balances(told(PROPOSED, (REJECT, SIGNER))) == {}


@pytest.mark.parametrize(
    ("propose", "terms", "posts", "vat"),
    [
        pytest.param(PROPOSE, TERMS, {"receivables": 5000000, "other-income": -5000000}, [], id="compensation"),
        pytest.param(
            TAXED,
            TERMS,
            {"receivables": 5300000, "other-income": -5000000, "output-vat": -300000},
            [("end-1", BUYER, "0.06", 5000000, 300000)],
            id="part-of-the-price",
        ),
        pytest.param(TAXED, AS_AGENT, {"receivables": 5300000, "payables": -5300000}, [], id="the-generators"),
        pytest.param(OURS, TERMS, {"other-income": 5000000, "payables": -5000000}, [], id="ours"),
    ],
)
def test_what_a_payment_posts(propose: Any, terms: Any, posts: dict[str, int], vat: list[Any]) -> None:
    fact: Any = agreed(propose, terms)[-1]
    assert balances([fact]) == posts
    lines = vat_lines(fact)
    assert [(one.document, one.company, one.rate, one.base_minor, one.vat_minor) for one in lines] == vat
    assert (fact.effective_on, fact.accounting_on, fact.due_on) == (AGREED, AGREED, DUE)
    assert (fact.proposed_by, fact.approved_by, fact.clause) == (FINANCE.actor, SIGNER.actor, "18.2 (demo)")
    assert {line.service_month for line in postings(fact) if line.account == "other-income"} <= {"2024-03"}
    assert {line.stream for line in postings(fact)} == {"TERMINATION_FEE"}


def test_an_agents_is_the_generators_whole() -> None:
    (fact,) = of_kind(agreed(TAXED, AS_AGENT), TerminationPaymentInvoiced)
    assert [(move.payable, move.company, move.amount_minor) for move in moves(fact)] == [
        ("invoice:end-1", GENERATOR, 5300000)
    ]


@pytest.mark.parametrize(
    ("due_on", "approved_on", "due"),
    [
        pytest.param(None, AGREED, date(2024, 5, 5), id="as-invoices-of-the-agreement"),
        pytest.param(DUE, AGREED, DUE, id="as-agreed"),
        pytest.param(DUE, date(2024, 6, 3), date(2024, 6, 3), id="never-before-it-is-owed"),
    ],
)
@pytest.mark.parametrize("propose", [PROPOSE, OURS], ids=["theirs", "ours"])
def test_when_it_is_due(propose: Any, due_on: date | None, approved_on: date, due: date) -> None:
    facts = told(ENDED_FACTS, (replace(propose, due_on=due_on), FINANCE))
    facts = told(facts, (replace(APPROVE, effective_on=approved_on), SIGNER))
    fact: Any = facts[-1]
    assert TERMS.due_days == 30
    assert fact.due_on == due


def test_late_fees_are_as_agreed() -> None:
    (fact,) = of_kind(agreed(PROPOSE, replace(TERMS, late_fee_per_day=LATE)), TerminationPaymentInvoiced)
    assert fact.late_fee_per_day == LATE


# How it is settled


def test_a_receipt_settles_what_the_buyer_owes() -> None:
    paid = RecordReceipt(
        effective_on=DUE,
        receipt="r-1",
        company=BUYER,
        bank_reference="IN-1",
        amount="50000.00",
        allocations=(ToAllocate(invoice="end-1", amount="50000.00"),),
    )
    facts = told(INVOICED, (paid, FINANCE))
    assert balances(facts) == {"bank": 5000000, "other-income": -5000000}


def payment(name: str, amount: str, document: str = "end-1") -> tuple[tuple[Command, By], tuple[Command, By]]:
    about: dict[str, Any] = {"payment": name, "supplier": BUYER, "effective_on": DUE}
    return (
        (ProposeSupplierPayment(**about, items=(ToPay(document=document, amount=amount),)), FINANCE),
        (PaySupplier(**about, documents=(document,), bank_reference=f"OUT-{name}"), SIGNER),
    )


def test_a_payment_pays_what_we_owe_and_no_more() -> None:
    (fact,) = of_kind(OWED, TerminationPaymentOwed)
    assert list(moves(fact)) == [PayableMove("termination:end-1", "end-1", BUYER, "CNY", 5000000, 5000000)]
    facts = told(OWED, *payment("p-1", "20000.00"))
    assert balances(facts) == {"bank": -2000000, "other-income": 5000000, "payables": -3000000}
    propose, _ = payment("p-2", "30000.01")
    given(*facts).when(*propose).refused(PayableExceeded)
    assert balances(told(facts, *payment("p-2", "30000.00"))) == {"bank": -5000000, "other-income": 5000000}


# Taken back


def test_what_the_buyer_owes_is_credited_and_owed_again() -> None:
    facts = told(agreed(TAXED), (CREDIT, FINANCE))
    (note,) = of_kind(facts, EnergyCredited)
    assert balances([note]) == {"receivables": -5300000, "other-income": 5000000, "output-vat": 300000}
    assert balances(facts) == {}
    (mirror,) = decide(facts, BACK, FINANCE)
    assert isinstance(mirror, EnergyCreditTakenBack)
    assert balances([mirror]) == {"receivables": 5300000, "other-income": -5000000, "output-vat": -300000}
    assert [line.vat_minor for line in vat_lines(mirror)] == [300000]


def test_what_we_owe_is_reversed_once_by_its_mirror() -> None:
    given(*OWED).when(REVERSE, FINANCE).then(
        mirror := TerminationPaymentReversed(
            effective_on=date(2024, 4, 9),
            accounting_on=date(2024, 4, 9),
            agreement=A,
            company=BUYER,
            termination_payment="end-1",
            amount_minor=5000000,
            ended_on=ENDED,
            reason="struck out (demo)",
        )
    )
    assert balances((*OWED, mirror)) == {}
    other = replace(REVERSE, reason="another (demo)")
    given(*OWED, mirror).when(other, FINANCE).refused(TerminationPaymentUnknown, field="termination_payment")
    paid = told(OWED, *payment("p-1", "50000.00"), (replace(REVERSE, effective_on=DUE), FINANCE))
    assert balances(paid) == {"bank": -5000000, "payables": 5000000}, "the buyer owes back what it was paid"


# The life of a proposal


def test_a_decision_asked_again_adds_nothing() -> None:
    given(*ENDED_FACTS).when(PROPOSE, FINANCE).then(PROPOSED[-1])
    given(*PROPOSED).when(APPROVE, SIGNER).then(INVOICED[-1])
    given(*told(ENDED_FACTS, (OURS, FINANCE))).when(APPROVE, SIGNER).then(OWED[-1])
    given(*PROPOSED).when(REJECT, SIGNER).then(told(PROPOSED, (REJECT, SIGNER))[-1])


def withdraw(step: str, on: date, **more: Any) -> WithdrawOfftakeStep:
    return WithdrawOfftakeStep(effective_on=on, agreement=A, step=step, reason="by mistake (demo)", **more)


TERMINATION = withdraw("offtake.terminated", ENDED)
PROPOSAL = withdraw("offtake.termination-payment-proposed", ASKED)
UNDONE = withdraw("offtake.termination-payment-rejected", AGREED)


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        pytest.param(PROPOSED, "withdraw that first", id="proposed"),
        pytest.param(INVOICED, "`credit-energy-document` first", id="invoiced"),
        pytest.param(OWED, "`reverse-termination-payment` first", id="owed"),
        pytest.param(told(INVOICED, (replace(CREDIT, net="49999.99"), FINANCE)), "`credit-", id="nearly-credited"),
    ],
)
def test_the_termination_stays_while_a_payment_rests_on_it(facts: Sequence[Fact], says: str) -> None:
    given(*facts).when(TERMINATION, SIGNER).refused(OfftakeStepNeeded, field="step", says=says)


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param(told(PROPOSED, (REJECT, SIGNER)), id="rejected"),
        pytest.param(told(PROPOSED, (PROPOSAL, SIGNER)), id="withdrawn"),
        pytest.param(told(INVOICED, (CREDIT, FINANCE)), id="credited"),
        pytest.param(told(OWED, (REVERSE, FINANCE)), id="reversed"),
    ],
)
def test_the_termination_is_withdrawn_once_nothing_rests_on_it(facts: Sequence[Fact]) -> None:
    again = told(facts, (TERMINATION, SIGNER), (ENDS, SIGNER))
    more = replace(PROPOSE, termination_payment="end-2")
    known = told(again, (more, FINANCE), (replace(APPROVE, termination_payment="end-2"), SIGNER))
    assert balances(known)["receivables"] == 5000000


@pytest.mark.parametrize("ends", [None, replace(ENDS, effective_on=date(2024, 4, 10)), ENDS])
def test_a_credit_is_taken_back_while_its_termination_stands(
    ends: TerminateOfftake | None,
) -> None:
    facts = told(INVOICED, (CREDIT, FINANCE), (TERMINATION, SIGNER), *([(ends, SIGNER)] if ends else []))
    if ends is ENDS:
        assert isinstance(decide(facts, BACK, FINANCE)[0], EnergyCreditTakenBack)
    else:
        given(*facts).when(BACK, FINANCE).refused(OfftakeStateForbids, field="credit_note", says="2024-03-31")


def test_a_proposal_that_was_approved_stays_and_a_rejection_is_withdrawn() -> None:
    for facts in (INVOICED, OWED, told(OWED, (REVERSE, FINANCE))):
        given(*facts).when(PROPOSAL, SIGNER).refused(OfftakeStepNeeded, field="step")
    down = told(PROPOSED, (REJECT, SIGNER), (UNDONE, SIGNER))
    assert balances(told(down, (APPROVE, SIGNER))) == balances(INVOICED)


def test_final_settlement_waits_for_the_decision() -> None:
    settle = SettleOfftakeFinally(effective_on=date(2024, 6, 1), agreement=A)
    given(*PROPOSED).when(settle, FINANCE).refused(NotSettled, says="end-1 waits")
    for facts in (told(PROPOSED, (REJECT, SIGNER)), INVOICED, OWED):
        assert decide(facts, settle, FINANCE)


# Refused

SETTLED = told(INVOICED, (SettleOfftakeFinally(effective_on=date(2024, 6, 1), agreement=A), FINANCE))
ANOTHER = "wte-2-demo"


@pytest.mark.parametrize(
    ("facts", "command", "by", "refusal", "field"),
    [
        (GROUND, PROPOSE, FINANCE, OfftakeUnknown, "agreement"),
        (signed(), PROPOSE, FINANCE, OfftakeStateForbids, "agreement"),
        (agreement(), PROPOSE, FINANCE, OfftakeStateForbids, "agreement"),
        (SETTLED, replace(PROPOSE, termination_payment="end-2"), FINANCE, OfftakeStateForbids, "agreement"),
        (ended(AS_OBSERVER), PROPOSE, FINANCE, ObserverPostsNothing, "agreement"),
        (ended(AS_AGENT), OURS, FINANCE, AgentOwesNothing, "owed_by"),
        (ENDED_FACTS, replace(PROPOSE, net="0.00"), FINANCE, AmountZero, "net"),
        (ENDED_FACTS, replace(PROPOSE, vat_rate="1"), FINANCE, TerminationVatUnfit, "vat_rate"),
        (ENDED_FACTS, replace(OURS, vat_rate="0.06"), FINANCE, TerminationVatUnfit, "vat_rate"),
        (ENDED_FACTS, replace(PROPOSE, effective_on=date(2024, 3, 30)), FINANCE, OfftakeStepTooEarly, "effective_on"),
        (ENDED_FACTS, replace(PROPOSE, due_on=date(2024, 4, 1)), FINANCE, OfftakeStepTooEarly, "due_on"),
        (ENDED_FACTS, replace(PROPOSE, termination_payment="x-late-c1"), FINANCE, IdReserved, "termination_payment"),
        (PROPOSED, OURS, FINANCE, TerminationPaymentTaken, "termination_payment"),
        (ENDED_FACTS, APPROVE, SIGNER, TerminationPaymentUnknown, "termination_payment"),
        (ENDED_FACTS, REJECT, SIGNER, TerminationPaymentUnknown, "termination_payment"),
        (PROPOSED, REVERSE, FINANCE, TerminationPaymentUnknown, "termination_payment"),
        (PROPOSED, APPROVE, FINANCE, TerminationApproverProposed, None),
        (told(PROPOSED, (REJECT, SIGNER)), APPROVE, SIGNER, TerminationPaymentDecided, "termination_payment"),
        (INVOICED, REJECT, SIGNER, TerminationPaymentDecided, "termination_payment"),
        (OWED, replace(APPROVE, effective_on=DUE), SIGNER, TerminationPaymentDecided, "termination_payment"),
        (PROPOSED, replace(APPROVE, effective_on=date(2024, 4, 1)), SIGNER, OfftakeStepTooEarly, "effective_on"),
        (PROPOSED, replace(REJECT, effective_on=date(2024, 4, 1)), SIGNER, OfftakeStepTooEarly, "effective_on"),
        (INVOICED, REVERSE, FINANCE, TerminationInvoiceStands, "termination_payment"),
        (OWED, replace(REVERSE, effective_on=date(2024, 4, 4)), FINANCE, OfftakeStepTooEarly, "effective_on"),
    ],
)
def test_refused(facts: Sequence[Fact], command: Command, by: By, refusal: type[Refusal], field: str | None) -> None:
    given(*facts).when(command, by).refused(refusal, field=field)


def test_an_id_is_one_payments_in_the_whole_ledger() -> None:
    """Another agreement's payment of that id, or a document that somebody gave it to meanwhile, is in the way."""
    about: dict[str, Any] = {"agreement": ANOTHER, "effective_on": TERMS.starts_on}
    other = told(
        PROPOSED,
        (DraftOfftake(**about, terms=TERMS), DESK),
        (ExecuteOfftake(**about, document=PAPER), SIGNER),
        (DeclareCommercialOperation(**about, evidence=PAPER), DESK),
        (replace(ENDS, agreement=ANOTHER), SIGNER),
    )
    given(*other).when(replace(PROPOSE, agreement=ANOTHER), FINANCE).refused(
        TerminationPaymentTaken, field="termination_payment", says=A
    )
    taken = replace(INVOICED[-1], agreement=ANOTHER)
    given(*PROPOSED, taken).when(APPROVE, SIGNER).refused(IdTaken, field="termination_payment")
