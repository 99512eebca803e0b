"""Tax invoices: which numbers there are, what still wants one, and the tax platform's replies, to the fen."""

from collections.abc import Sequence
from datetime import date

import pytest
from msgspec.structs import replace

from ledger.billing.account import Billing, fold
from ledger.billing.invoicing.facts import FapiaoIssued
from ledger.billing.invoicing.lacking import TaxInvoices, tax_invoices
from ledger.billing.invoicing.notes import IssueCreditNote
from ledger.billing.invoicing.replies import (
    FapiaoAmountDiffers,
    FapiaoRepliesRefused,
    FapiaoReply,
    TakeFapiaoReplies,
)
from ledger.billing.invoicing.tax_invoices import (
    FapiaoMissing,
    FapiaoNoteUnknown,
    FapiaoNoteUnsaid,
    FapiaoNotLacking,
    FapiaoNumberWrong,
    FapiaoTaken,
    IssueFapiao,
    WithdrawFapiao,
)
from ledger.billing.lines import net_of_lines
from ledger.billing.rules import BeforeDocument
from ledger.decider import Fact, Refusal, standing
from tests.ground.billed import FINANCE, GROUND, L1, PAPER, bill, told
from tests.ground.given import decide, given

BILLED = bill(GROUND, L1, date(2024, 3, 31))
JANUARY, MARCH = (f"l-1-demo-service-2024{month}" for month in ("01", "03"))
ON = date(2024, 4, 2)
BLUE = IssueFapiao(effective_on=ON, invoice=JANUARY, number="24512000000000000001")
NOTE = IssueCreditNote(
    effective_on=date(2024, 5, 6), credit_note="c-1-demo", invoice=JANUARY, net="407.00", reason="the lift (demo)"
)
RED = replace(BLUE, number="24512000000000000002", red=True, credit_note="c-1-demo", effective_on=date(2024, 5, 7))
NUMBERED, CREDITED = told(BILLED, BLUE), told(BILLED, BLUE, NOTE)
LATE = replace(BLUE, effective_on=date(2024, 5, 7))
"""Recorded after the note."""
WHOLE_RED = replace(RED, credit_note=None, number="24512000000000000009")


@pytest.mark.parametrize(
    ("number", "code", "field"),
    [
        *((number, None, "number") for number in ("12345678", "123456789", "1" * 19)),
        ("1" * 20, "0245120001", "code"),
        ("123456789", "024512000001", "number"),
    ],
)
def test_no_tax_invoice_has_a_number_of_another_form(number: str, code: str | None, field: str) -> None:
    given(*BILLED).when(replace(BLUE, number=number, code=code), FINANCE).refused(FapiaoNumberWrong, field=field)


@pytest.mark.parametrize("code", ["0245120001", "024512000001"])
def test_an_older_number_is_known_with_its_code_alone(code: str) -> None:
    older = replace(BLUE, number="12345678", code=code)
    of_another = replace(older, code="999999999999", invoice=MARCH)
    facts = told(BILLED, older, of_another)
    assert [fact.key for fact in facts if isinstance(fact, FapiaoIssued)] == [
        f"{code}-12345678",
        "999999999999-12345678",
    ]
    given(*facts).when(replace(older, invoice=MARCH), FINANCE).refused(FapiaoTaken, says=JANUARY)
    back = WithdrawFapiao(effective_on=ON, invoice=JANUARY, number="12345678", code=code, reason="a slip (demo)")
    assert told(told(facts, back), replace(older, invoice="l-1-demo-service-202402"))


def test_a_number_that_was_recorded_before_such_rules_stands_and_is_withdrawn() -> None:
    stored = FapiaoIssued(effective_on=ON, company="sunfield-demo", invoice=JANUARY, number="123456789")
    assert decide((*BILLED, stored), replace(BLUE, number="123456789"), FINANCE) == ()
    back = WithdrawFapiao(effective_on=ON, invoice=JANUARY, number="123456789", reason="a slip (demo)")
    assert len(decide((*BILLED, stored), back, FINANCE)) == 1


@pytest.mark.parametrize(
    ("facts", "command", "refusal"),
    [
        (CREDITED, replace(RED, credit_note="c-2-demo"), FapiaoNoteUnknown),
        (CREDITED, replace(RED, red=False), FapiaoNoteUnknown),
        (CREDITED, replace(RED, effective_on=date(2024, 5, 5)), BeforeDocument),
        (told(CREDITED, RED), replace(RED, number="24512000000000000003"), FapiaoNotLacking),
        (told(BILLED, NOTE, LATE), RED, FapiaoNotLacking),
        (told(NUMBERED, WHOLE_RED, NOTE), RED, FapiaoMissing),
        (told(NUMBERED, WHOLE_RED), replace(WHOLE_RED, number="24512000000000000008"), FapiaoMissing),
        (NUMBERED, replace(WHOLE_RED, effective_on=date(2024, 4, 1)), FapiaoMissing),
        (CREDITED, WHOLE_RED, FapiaoNoteUnsaid),
        (CREDITED, replace(RED, whole=True), FapiaoNoteUnknown),
        (NUMBERED, replace(BLUE, number="24512000000000000004"), FapiaoNotLacking),
    ],
)
def test_a_document_has_one_tax_invoice_and_each_of_its_notes_one_red_letter_one(
    facts: tuple[Fact, ...], command: IssueFapiao, refusal: type[Refusal]
) -> None:
    given(*facts).when(command, FINANCE).refused(refusal)


# What wants one


def stand(facts: Sequence[Fact]) -> TaxInvoices:
    """Where the tax invoices of January stand."""
    document = fold(Billing(), standing(facts, lambda fact: fact)).documents[JANUARY]
    assert document.issued is not None
    return tax_invoices(document.issued, document.taxed)


RED_UNSAID = FapiaoIssued(
    effective_on=RED.effective_on, company="sunfield-demo", invoice=JANUARY, number=RED.number, red=True
)
"""As they were recorded before they had to say of which note they are."""
BACK = WithdrawFapiao(effective_on=ON, invoice=JANUARY, number=BLUE.number, reason="a slip (demo)")


@pytest.mark.parametrize(
    ("facts", "net", "lacking"),
    [
        pytest.param(BILLED, 740700, (), id="nothing-yet"),
        pytest.param(NUMBERED, 0, (), id="it-has-one"),
        pytest.param(told(BILLED, NOTE), 700000, (), id="credited-before"),
        pytest.param(told(BILLED, NOTE, replace(BLUE, effective_on=date(2024, 5, 7))), 0, (), id="less-the-note"),
        pytest.param(CREDITED, 0, ("c-1-demo",), id="credited-after"),
        pytest.param(told(CREDITED, RED), 0, (), id="taken-back-as-much"),
        pytest.param((*CREDITED, RED_UNSAID), 0, (), id="of-the-note-though-not-named"),
        pytest.param(
            told(CREDITED, replace(WHOLE_RED, whole=True)), 700000, (), id="whole-though-the-note-lacks-its-own"
        ),
        pytest.param(told(BILLED, NOTE, BLUE), 0, ("c-1-demo",), id="dated-before-a-note-recorded-before"),
        pytest.param(told(BILLED, NOTE, replace(LATE, whole=True)), 0, ("c-1-demo",), id="of-the-whole-with-the-note"),
        pytest.param(
            told(BILLED, NOTE, replace(LATE, whole=True), RED, WHOLE_RED), 700000, (), id="note-and-rest-taken-back"
        ),
        pytest.param(told(NUMBERED, WHOLE_RED), 740700, (), id="taken-back-whole"),
        pytest.param(told(CREDITED, RED, WHOLE_RED), 700000, (), id="taken-back-whole-after-the-note"),
        pytest.param(told(NUMBERED, BACK), 740700, (), id="withdrawn"),
    ],
)
def test_a_document_wants_a_tax_invoice_of_what_none_says_yet(
    facts: Sequence[Fact], net: int, lacking: tuple[str, ...]
) -> None:
    found = stand(facts)
    assert (net_of_lines(found.lines), tuple(note.credit_note for note in found.lacking)) == (net, lacking)


# Replies

FIRST = FapiaoReply(line=2, invoice=JANUARY, number=BLUE.number, issued_on=ON, net="7407.00", vat="444.42")
SECOND = replace(FIRST, line=3, invoice=MARCH, number="24512000000000000005")
TAKE = TakeFapiaoReplies(effective_on=date(2024, 5, 8), file=PAPER, replies=(FIRST, SECOND))
OF_NOTE = replace(
    FIRST, line=4, credit_note="c-1-demo", number=RED.number, issued_on=RED.effective_on, net="407.00", vat="24.42"
)

SAID_LATE = replace(FIRST, issued_on=LATE.effective_on, net="7100.00")
NOTES = ("c-1-demo",)
ALL_RED = replace(FIRST, line=6, red=True, number=WHOLE_RED.number, issued_on=WHOLE_RED.effective_on)


@pytest.mark.parametrize(
    ("facts", "reply", "whole", "after"),
    [
        pytest.param(
            told(BILLED, NOTE), replace(FIRST, issued_on=LATE.effective_on), False, NOTES, id="asked-for-before"
        ),
        pytest.param(told(BILLED, NOTE), FIRST, False, NOTES, id="issued-before"),
        pytest.param(told(BILLED, NOTE), replace(FIRST, net="7000.00", vat="420.00"), False, (), id="less-the-note"),
        pytest.param(NUMBERED, ALL_RED, False, (), id="red-of-the-whole"),
        pytest.param(CREDITED, ALL_RED, True, (), id="red-of-the-whole-with-its-note"),
        pytest.param(
            told(CREDITED, RED), replace(ALL_RED, net="7000.00", vat="420.00"), False, (), id="red-of-the-rest"
        ),
    ],
)
def test_a_reply_says_by_its_amounts_what_it_is_of(
    facts: tuple[Fact, ...], reply: FapiaoReply, whole: bool, after: tuple[str, ...]
) -> None:
    asked = replace(TAKE, replies=(reply,))
    (issued,) = decide(facts, asked, FINANCE)
    assert isinstance(issued, FapiaoIssued)
    assert (issued.whole, issued.red, issued.credit_note, issued.notes_after) == (whole, reply.red, None, after)
    assert decide((*facts, issued), asked, FINANCE) == ()


def test_replies_are_recorded_all_with_the_file_they_came_in_and_once() -> None:
    recorded = FapiaoIssued(effective_on=ON, company="sunfield-demo", invoice=JANUARY, number=FIRST.number, file=PAPER)
    other = replace(recorded, invoice=MARCH, number=SECOND.number)
    given(*BILLED).when(TAKE, FINANCE).then(recorded, other)
    given(*NUMBERED).when(TAKE, FINANCE).then(other)


def test_a_red_letter_reply_is_of_its_note_whoever_recorded_the_number_before() -> None:
    asked = replace(TAKE, replies=(OF_NOTE,))
    (red,) = decide(CREDITED, asked, FINANCE)
    assert isinstance(red, FapiaoIssued)
    assert (red.red, red.credit_note, red.number) == (True, "c-1-demo", RED.number)
    assert decide(told(CREDITED, RED), asked, FINANCE) == ()


@pytest.mark.parametrize(
    ("facts", "reply", "code", "says"),
    [
        pytest.param(BILLED, replace(FIRST, net="7407.01"), FapiaoAmountDiffers.code, "7407.00", id="net"),
        pytest.param(BILLED, replace(FIRST, vat="444.41"), FapiaoAmountDiffers.code, "444.42", id="vat"),
        pytest.param(told(BILLED, NOTE), SAID_LATE, FapiaoAmountDiffers.code, "7000.00", id="credited-before"),
        pytest.param(BILLED, replace(FIRST, invoice="none-demo"), "document-unknown", "none-demo", id="unknown"),
        pytest.param(NUMBERED, replace(FIRST, number="2" * 20), "fapiao-not-lacking", BLUE.number, id="another-number"),
        pytest.param(NUMBERED, replace(SECOND, number=BLUE.number), "fapiao-taken", JANUARY, id="of-another"),
        pytest.param(BILLED, replace(FIRST, number="123456789"), "fapiao-number-wrong", "9 digits", id="digits"),
        pytest.param(CREDITED, replace(OF_NOTE, net="408.00"), FapiaoAmountDiffers.code, "407.00", id="red-net"),
        pytest.param(told(CREDITED, RED), replace(OF_NOTE, number="3" * 20), "fapiao-not-lacking", "", id="red-twice"),
        pytest.param(told(BILLED, NOTE), OF_NOTE, "fapiao-missing", "", id="red-without-blue"),
        pytest.param(NUMBERED, replace(FIRST, net="7407.01"), FapiaoAmountDiffers.code, "7407.00", id="known-net"),
        pytest.param(
            told(CREDITED, RED), replace(OF_NOTE, vat="24.43"), FapiaoAmountDiffers.code, "24.42", id="known-red"
        ),
        pytest.param(CREDITED, replace(ALL_RED, net="407.00"), FapiaoAmountDiffers.code, "7407.00", id="whole-red"),
    ],
)
def test_a_reply_that_a_rule_refuses_is_named_with_its_line_and_nothing_is_recorded(
    facts: tuple[Fact, ...], reply: FapiaoReply, code: str, says: str
) -> None:
    good = replace(SECOND, invoice="l-1-demo-service-202402", number="4" * 20)
    with pytest.raises(FapiaoRepliesRefused) as raised:
        decide(facts, replace(TAKE, replies=(good, reply)), FINANCE)
    (fault,) = raised.value.faults
    assert (fault.code, fault.field.partition(".")[0]) == (code, "replies[1]")
    assert fault.detail.startswith(f"line {reply.line}: ")
    assert says in fault.detail


def test_two_replies_of_one_file_stand_on_each_other() -> None:
    twice = replace(TAKE, replies=(FIRST, replace(FIRST, line=5, number="6" * 20)))
    with pytest.raises(FapiaoRepliesRefused) as raised:
        decide(BILLED, twice, FINANCE)
    assert [fault.code for fault in raised.value.faults] == ["fapiao-not-lacking"]
