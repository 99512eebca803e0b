"""What a line of a bank statement may be: payments on record, or the command that would record it; and why."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st
from msgspec import structs

from api.console.books.bank.lines import form_begins
from api.console.record.shapes import taken
from ledger.billing.facts import InvoiceIssued, ReceiptRecorded
from ledger.billing.receipts import RecordReceipt, ReverseReceipt, ToAllocate, UnallocateReceipt
from ledger.bookkeeping.banking.entries import RecordBankCharge, ReverseBankEntry
from ledger.bookkeeping.purchases.documents import RecordPurchaseInvoice, ToPurchase
from ledger.bookkeeping.statements.chain import ToldLine
from ledger.bookkeeping.statements.facts import BankLine
from ledger.bookkeeping.statements.taking import StatedLine, StatedStatement, TakeBankStatements
from ledger.decider import By, Command, Fact, command_name
from ledger.joint.matching import MatchBankLine, WithdrawBankLineStep
from ledger.joint.paying import PaySupplier, ProposeSupplierPayment, ReturnSupplierPayment, ToPay
from ledger.log.database import Database
from ledger.values.money import written
from projections.bank.lines import (
    ACROSS_MAX,
    Document,
    LineProposal,
    OpenOnRecord,
    WaitingLine,
    WaitingLines,
    proposals,
    waiting,
)
from projections.bank.naming import Parties, says
from projections.books.bank_reconciliation import BookLine, matched
from projections.engine.basis import Basis
from projections.engine.runner import catch_up, ensure
from projections.every.views import ALL_VIEWS
from tests.examples.banking import CNY, OPENED, PAPER
from tests.ground.billed import APPROVER, FINANCE, OTHER, TENANT, lead
from tests.ground.given import DECIDERS, decide, grown
from tests.ground.recording import record
from tests.ledger.billing.test_billing import AHEAD, BILLED, DAY

ASH, ELM = "ash-demo", "elm-works-demo"
KNOWN = OpenOnRecord(
    Parties({ASH: "Ash Foods (demo)", ELM: "Elm Works (Sichuan) Co., Ltd (demo)", "elm-ash-demo": None}),
    owed=[
        Document(ASH, "april-demo", ("april-demo",), 100_00, date(2026, 5, 5)),
        Document(ASH, "may-demo", ("may-demo",), 40_00, date(2026, 6, 5)),
        Document(ELM, "nine-demo", ("nine-demo",), 75_00, date(2026, 6, 5)),
    ],
    owing=[Document(ELM, "p-1-demo", ("p-1-demo", "24510000001234567890"), 60_00, date(2026, 6, 30))],
)
APRIL, MAY, NINE = "record-receipt ash-demo april-demo", "may-demo", "record-receipt elm-works-demo nine-demo=75.00"


def paid(number: int, minor: int, day: int, company: str = ASH) -> BookLine:
    return BookLine(f"{number}.1", date(2026, 6, day), minor, f"REF-{number}", f"r-{number}", company)


NAMELESS = BookLine("5.1", date(2026, 6, 9), 50_00, None, "r-5", ASH)
PAYMENTS = [paid(1, 50_00, 10), paid(2, 30_00, 11), paid(3, 20_00, 12), paid(4, 50_00, 28, ELM), NAMELESS]


NEAR = [paid(31, -2_00, 29, ELM), paid(32, -1_00, 30, ELM)]
KEPT = BookLine("6.1", date(2026, 6, 11), -1_50, "REF-6", "fee-6")
"""What the bank kept of a payment, on record by itself."""


def told(
    minor: int,
    day: int = 10,
    party: str | None = None,
    text: str = "",
    month: int = 6,
    payments: Sequence[BookLine] = PAYMENTS,
    **marked: Any,
) -> str:
    """The proposals for a line, each with its grounds."""
    line = BankLine(
        entry="1", booked_on=date(2026, month, day), amount_minor=minor, party=party, text=text or None, **marked
    )
    said = []
    for one in proposals(ToldLine("S", line), payments, KNOWN, stands=payments):
        parts = ["takes back"] * bool(one.takes_back) + [payment.document for payment in one.payments]
        parts += [one.command, one.company]
        parts += [f"{part.document}={part.amount}{f' of {part.company}' * bool(part.company)}" for part in one.pays]
        parts += [one.bank_charge and f"kept={one.bank_charge}"]
        said.append(" ".join(filter(None, (*parts, *one.why))))
    return "; ".join(said)


CASES = {
    "its party and day before its amount alone": (
        told(50_00, party="Ash Foods"),
        f"r-1 AMOUNT PAYER DAY; r-4 AMOUNT; {APRIL}=50.00 PAYER",
    ),
    "its reference in the text": (told(50_00, 29, text="ref REF-1"), "r-1 AMOUNT REFERENCE; r-4 AMOUNT DAY"),
    "not a part of a longer reference": (told(50_00, 29, text="ref REF-12"), "r-4 AMOUNT DAY; r-1 AMOUNT"),
    "its document in the text": (told(20_00, 25, text="(r-3)"), "r-3 AMOUNT"),
    "forty days away": (told(20_00, 22, month=7), "r-3 AMOUNT"),
    "too far away": (told(20_00, 23, month=7), ""),
    "three at once": (told(100_00, 12, "ASH FOODS"), f"r-1 r-2 r-3 AMOUNT PAYER; {APRIL}=100.00 PAYER AMOUNT"),
    "two at once": (told(80_00, 12, "ash foods"), f"r-1 r-2 AMOUNT PAYER; {APRIL}=80.00 PAYER"),
    "not two of somebody else": (told(80_00, 12, "Nobody"), ""),
    "numbers in the text": (told(140_00, text="april-demo, MAY-DEMO"), f"{APRIL}=100.00 {MAY}=40.00 NUMBER AMOUNT"),
    "numbers of two companies, exactly": (
        told(115_00, text="may-demo nine-demo"),
        f"record-receipt {ASH} may-demo=40.00 nine-demo=75.00 of {ELM} NUMBER AMOUNT",
    ),
    "numbers of two companies, a fen short": (told(114_99, text="may-demo nine-demo"), ""),
    "numbers of two companies, paid by the second": (
        told(115_00, party="Elm Works", text="may-demo nine-demo"),
        f"record-receipt {ELM} may-demo=40.00 of {ASH} nine-demo=75.00 NUMBER AMOUNT PAYER",
    ),
    "the only set that comes to it, of two companies": (
        told(175_00, party="Nobody"),
        f"record-receipt {ASH} april-demo=100.00 nine-demo=75.00 of {ELM} AMOUNT",
    ),
    "paid by a company that owes nothing": (
        told(175_00, party="elm-ash-demo"),
        f"record-receipt elm-ash-demo april-demo=100.00 of {ASH} nine-demo=75.00 of {ELM} AMOUNT PAYER",
    ),
    "the only set is of one company": (told(140_00), ""),
    "the party owes something itself": (told(175_00, party="Ash Foods"), f"{APRIL}=100.00 {MAY}=40.00 PAYER"),
    "the party pays its oldest": (told(120_00, party="Ash Foods"), f"{APRIL}=100.00 {MAY}=20.00 PAYER"),
    "the party and one amount": (told(40_00, party="Ash Foods"), f"record-receipt {ASH} {MAY}=40.00 PAYER AMOUNT"),
    "a bank kept a little of a named invoice": (
        told(98_00, text="april-demo"),
        f"{APRIL}=100.00 kept=2.00 NUMBER CHARGE_KEPT; {APRIL}=98.00 NUMBER",
    ),
    "a bank kept a little of the party's": (
        told(38_00, party="Ash Foods"),
        f"record-receipt {ASH} {MAY}=40.00 kept=2.00 PAYER CHARGE_KEPT; {APRIL}=38.00 PAYER",
    ),
    "a bank kept of two at once": (
        told(133_00, party="Ash Foods", text="april-demo may-demo"),
        f"{APRIL}=100.00 {MAY}=40.00 kept=7.00 NUMBER PAYER CHARGE_KEPT; {APRIL}=100.00 {MAY}=33.00 NUMBER PAYER",
    ),
    "no bank keeps more than a twentieth": (told(37_99, party="Ash Foods"), f"{APRIL}=37.99 PAYER"),
    "nobody says whose it is": (told(98_00), ""),
    "a bank kept a little of a payment on record": (
        told(28_50, 12, "Ash Foods"),
        f"r-2 record-bank-charge kept=1.50 PAYER CHARGE_KEPT; {APRIL}=28.50 PAYER",
    ),
    "and took a little with a payment that went out": (
        told(-61_50, text="REF-7", payments=[paid(7, -60_00, 9, ELM)]),
        "r-7 record-bank-charge kept=1.50 REFERENCE CHARGE_KEPT",
    ),
    "what the bank kept is on record apart": (
        told(28_50, 12, "Ash Foods", payments=[*PAYMENTS, KEPT]),
        f"r-2 fee-6 AMOUNT PAYER CHARGE_KEPT; {APRIL}=28.50 PAYER",
    ),
    "one amount alone": (told(75_00), f"{NINE} AMOUNT"),
    "more than is owed stays free": (told(90_00, party="Elm Works (Sichuan) Co Ltd"), f"{NINE} PAYER"),
    "a name written otherwise": (told(90_00, party="Elm Works (Sichuen) Co., Ltd."), f"{NINE} PAYER"),
    "a name in part": (told(90_00, party="Elm Works"), f"{NINE} PAYER"),
    "a name too short": (told(90_00, party="Elm"), ""),
    "a charge": (told(-8_00, text="账户管理费"), "record-bank-charge TEXT"),
    "no charge by a part of a word": (told(-8_00, text="coffee"), ""),
    "interest": (told(8_00, text="Interest Q2"), "record-bank-interest TEXT"),
    "a supplier's invoice": (
        told(-60_00, text="发票24510000001234567890"),
        f"propose-supplier-payment {ELM} p-1-demo=60.00 NUMBER AMOUNT",
    ),
    "what went out is no receipt": (told(-50_00), ""),
    "a receipt that the bank took back": (
        told(-50_00, 12, "Ash Foods", reversal=True),
        "takes back r-1 AMOUNT PAYER DAY; takes back r-5 AMOUNT PAYER DAY",
    ),
    "a payment that came back is no receipt": (
        told(60_00, 12, "Elm Works", payments=[paid(7, -60_00, 9, ELM)], returned="AC04"),
        "takes back r-7 AMOUNT PAYER DAY",
    ),
    "nor is it one that nothing on record resembles": (told(60_00, 12, "Ash Foods", returned="AC04"), ""),
    "the nearest of many payments of one party": (
        told(-3_00, 30, "Elm Works", payments=[*(paid(at, -1_00 * at, 1 + at, ELM) for at in range(7, 20)), *NEAR]),
        f"r-31 r-32 AMOUNT PAYER; propose-supplier-payment {ELM} p-1-demo=3.00 PAYER",
    ),
}


NAMED = {
    "rent-202604": (
        "lease-1-rent-202604",
        "RENT-202604、rent-202605",
        "rent-202604/05",
        "rent-202604 -d2",
        "rent-202604-",
    ),
    "24510000": ("发票24510000-24510001", "24510000"),
}
NOT_NAMED = {
    "rent-202604": ("rent-202604-d2", "rent-2026041", "parent-202604", "rent-20260", ""),
    "24510000": ("245100001", "A24510000"),
    "r-1": ("r-1",),
}


@pytest.mark.parametrize(("texts", "is_named"), [(NAMED, True), (NOT_NAMED, False)])
def test_a_text_names_a_whole_number(texts: dict[str, Sequence[str]], is_named: bool) -> None:
    assert {(number, text): says(text, number) for number, some in texts.items() for text in some} == {
        (number, text): is_named for number, some in texts.items() for text in some
    }


@pytest.mark.parametrize("name", CASES)
def test_a_line_is_proposed_what_it_may_be(name: str) -> None:
    says, expected = CASES[name]
    assert says == expected


ASKED = [one for one in BILLED if isinstance(one, InvoiceIssued) and one.effective_on <= DAY]
OWED = [Document(one.company, one.invoice, (one.invoice,), one.gross_minor, DAY) for one in ASKED]
OPEN = OpenOnRecord(Parties({TENANT: None, OTHER: None}), OWED, [])


@settings(max_examples=60)
@for_all(
    st.lists(st.sampled_from(OWED), min_size=1, max_size=4, unique=True),
    st.booleans(),
    st.sampled_from((None, TENANT, OTHER)),
    st.sampled_from((0, 0, 0, -1, 1, -500)),
)
def test_every_receipt_that_is_proposed_would_be_recorded(
    some: list[Document], named: bool, party: str | None, off: int
) -> None:
    """Of one tenant's documents or several's, named or not, a little more or less: none is refused."""
    assert {one.company for one in OWED} == {TENANT, OTHER}
    amount = sum(one.open_minor for one in some) + off
    text = " ".join(one.document for one in some) if named else None
    line = BankLine(entry="1", booked_on=DAY, amount_minor=amount, party=party, text=text)
    found = proposals(ToldLine("S", line), [], OPEN)
    if named and not off:
        assert {paid.document for paid in found[0].pays} == {one.document for one in some}
    for one in found:
        assert one.command == "record-receipt"
        asked = {
            "effective_on": str(DAY),
            "receipt": "r-proposed-demo",
            "company": one.company,
            "bank_reference": "B-proposed",
            "amount": written(amount),
            "bank_charge": one.bank_charge,
            "allocations": [
                {"invoice": paid.document, "amount": paid.amount, "company": paid.company} for paid in one.pays
            ],
        }
        recorded = decide(BILLED, msgspec.convert(asked, RecordReceipt), FINANCE)
        assert any(isinstance(fact, ReceiptRecorded) for fact in recorded)


def test_the_search_for_the_only_set_is_bounded() -> None:
    """Of so many documents that they could come to an amount in many ways, none is called the only one."""
    many = [Document(f"t-{one}-demo", f"d-{one}-demo", (), 100_00 + 2**one, DAY) for one in range(ACROSS_MAX)]
    for documents, expected in ((many, 1), ([*many, Document(ASH, "more-demo", (), 1, DAY)], 0)):
        whole = many[-1].open_minor + many[-2].open_minor
        line = BankLine(entry="1", booked_on=DAY, amount_minor=whole, party=None)
        found = proposals(ToldLine("S", line), [], OpenOnRecord(Parties({}), documents, []))
        assert len(found) == expected


# What both took back


def bank_line(entry: str, day: int, minor: int, reference: str, **marked: Any) -> ToldLine:
    return ToldLine(
        "S", BankLine(entry=entry, booked_on=date(2026, 6, day), amount_minor=minor, references=(reference,), **marked)
    )


OUT, BACK = bank_line("out", 9, -60_00, "REF-7"), bank_line("back", 12, 60_00, "RTN-1", returned="AC04")
WENT = paid(7, -60_00, 9, ELM)
CAME_BACK = WENT._replace(item="8.1", on=date(2026, 6, 13), amount_minor=60_00, mirror=True)
ANEW = WENT._replace(item="9.1", document="r-9")


@pytest.mark.parametrize(
    ("bank", "books", "left"),
    [
        pytest.param([OUT, BACK], [WENT, CAME_BACK], "", id="both have all of it"),
        pytest.param([OUT], [WENT, CAME_BACK], "out", id="recorded wrong, to be recorded anew"),
        pytest.param([OUT, BACK], [WENT], "back", id="the books know nothing of the return yet"),
        pytest.param([OUT, BACK], [WENT, CAME_BACK, ANEW], "back", id="recorded anew under its reference"),
        pytest.param([BACK], [WENT, CAME_BACK], "back", id="the bank has no line of the payment"),
        pytest.param(
            [OUT, bank_line("other", 12, 60_00, "RTN-1")], [WENT, CAME_BACK], "other out", id="not marked as a return"
        ),
        pytest.param(
            [OUT, BACK, bank_line("too", 13, 60_00, "RTN-2", reversal=True)], [WENT, CAME_BACK], "back", id="of its day"
        ),
        pytest.param(
            [OUT, BACK, bank_line("too", 14, 60_00, "RTN-2", reversal=True)],
            [WENT, CAME_BACK],
            "back out too",
            id="two it may be",
        ),
    ],
)
def test_a_payment_that_came_back_is_answered_by_both_its_lines(
    bank: list[ToldLine], books: list[BookLine], left: str
) -> None:
    only_bank, only_books = matched(bank, books)
    assert sorted(one.line.entry for one in only_bank) == left.split()
    assert only_books == []


# After every undo

SERVICE, RENT, APRIL_SERVICE = "l-1-demo-service-202401", "l-1-demo-rent-202404", "l-1-demo-service-202404"
SUPPLIER = "paper-demo"
LAST = date(2024, 5, 20)


def on(day: int, month: int = 5) -> date:
    return date(2024, month, day)


def came(name: str, day: int, *pays: tuple[str, str], amount: str = "7851.42") -> RecordReceipt:
    return RecordReceipt(
        effective_on=on(day),
        receipt=f"{name.lower()}-demo",
        company=TENANT,
        bank_reference=name,
        amount=amount,
        allocations=tuple(ToAllocate(invoice=invoice, amount=of) for invoice, of in pays),
        bank_account=CNY,
    )


def line(entry: str, day: int, amount: str, *references: str, **more: Any) -> StatedLine:
    return StatedLine(entry=entry, booked_on=on(day), amount=amount, references=references, **more)


LINES = (
    line("1", 6, "7851.42", "A 1", text=f"rent {SERVICE}"),
    line("2", 6, "7851.42", "B-2", party=TENANT),
    line("3", 7, "15702.84", text=f"{SERVICE} {APRIL_SERVICE}"),
    line("4", 3, "7800.00", "R-3", party=TENANT),
    line("5", 6, "-5.00", "FEE", text="bank charge"),
    line("6", 9, "-106.00", "OUT", party=SUPPLIER),
    line("8", 12, "-7851.42", "X"),
    structs.replace(line("7", 1, "7851.42", text="l-1-demo-service-202405"), booked_on=on(30, 4)),
)
STATEMENT = TakeBankStatements(
    effective_on=LAST,
    bank_account=CNY,
    file=PAPER,
    statements=(
        StatedStatement(
            statement="S-1",
            from_on=on(28, 4),
            until_on=LAST,
            currency="CNY",
            opening="0.00",
            closing="39094.68",
            lines=LINES,
        ),
    ),
)
INVOICE = RecordPurchaseInvoice(
    effective_on=on(5),
    purchase="p-1-demo",
    supplier=SUPPLIER,
    number="INV-7",
    due_on=on(31),
    lines=(ToPurchase(kind="ADMINISTRATION", net="106.00"),),
)
PROPOSED = ProposeSupplierPayment(
    effective_on=on(6), payment="s-1-demo", supplier=SUPPLIER, items=(ToPay(document="p-1-demo", amount="106.00"),)
)
CHARGE = RecordBankCharge(
    effective_on=on(6), bank_entry="c-1-demo", bank_account=CNY, amount="5.00", bank_reference="FEE"
)
MATCH = MatchBankLine(effective_on=on(12), bank_account=CNY, statement="S-1", entry="2", bank_references=("ONE",))
WHY: Any = {"reason": "recorded wrong (demo)"}
FIRST = came("ONE", 4, (SERVICE, "7851.42"))
WALK: tuple[Command | tuple[Command, By], ...] = (
    STATEMENT,
    FIRST,
    MATCH,
    ReverseReceipt(effective_on=on(10), receipt=FIRST.receipt, **WHY),
    came("R-3", 11, (SERVICE, "100.00"), amount="100.00"),
    UnallocateReceipt(
        effective_on=on(13), receipt="r-3-demo", allocations=(ToAllocate(invoice=SERVICE, amount="100.00"),), **WHY
    ),
    structs.replace(came("ONE", 6), receipt="one-again-demo"),
    came("X", 6),
    came("Y", 6),
    structs.replace(MATCH, entry="3", bank_references=("X", "Y")),
    ReverseReceipt(effective_on=on(12), receipt="x-demo", **WHY),
    came("Z", 8, amount="15702.84"),
    WithdrawBankLineStep(effective_on=on(12), bank_account=CNY, about="S-1/2", step="bank.line-matched", **WHY),
    WithdrawBankLineStep(effective_on=on(12), bank_account=CNY, about="S-1/3", step="bank.line-matched", **WHY),
    CHARGE,
    ReverseBankEntry(effective_on=on(8), bank_entry="c-1-demo", **WHY),
    INVOICE,
    PROPOSED,
    (
        PaySupplier(
            effective_on=on(8), payment="s-1-demo", supplier=SUPPLIER, documents=("p-1-demo",), bank_reference="PAY"
        ),
        APPROVER,
    ),
    ReturnSupplierPayment(effective_on=on(10), payment="s-1-demo", supplier=SUPPLIER, **WHY),
)


TYPED = {"bank_reference": "TYPED", **dict.fromkeys(("receipt", "bank_entry", "payment"), "typed-demo")}


def shown(database: Database) -> WaitingLines:
    catch_up(database, [view() for view in ALL_VIEWS])
    basis = Basis(effective=LAST, recorded=1_000_000, recorded_at=None, root="", zone="+08:00")
    with database.views.connect() as connection:
        found = waiting(connection, basis, CNY)
    assert found is not None
    return found


def asked(of: WaitingLines, line: WaitingLine, one: LineProposal) -> Command:
    """The command that a proposal is: the match, or the form that it begins, with the names that a person gives."""
    assert one.takes_back is None, "no line of this walk is marked"
    if one.command is None:
        match = {"effective_on": LAST, "bank_account": CNY, "statement": line.statement, "entry": line.entry}
        references = tuple(payment.bank_reference for payment in one.payments)
        return msgspec.convert({**match, "bank_references": references}, MatchBankLine)
    kind = next(kind for kind in DECIDERS if command_name(kind) == one.command)
    return taken(kind, TYPED | dict(form_begins(of, line, one.command, one)))


def test_every_proposal_that_is_shown_would_be_recorded_after_any_undo(database: Database) -> None:
    """Step by step: payments are recorded, matched, reversed and returned; none that is shown is refused."""
    facts: tuple[Fact, ...] = (*BILLED, *AHEAD, lead(SUPPLIER), OPENED)
    ensure(database, [view() for view in ALL_VIEWS])
    record(database, facts)
    proposed = set[tuple[str, str | None]]()
    for step in WALK:
        more = grown(facts, step, by=FINANCE)
        record(database, more[len(facts) :])
        facts, found = more, shown(database)
        for line in found.lines:
            for one in line.proposals:
                proposed.add((line.entry, one.command))
                assert decide(facts, asked(found, line, one), FINANCE), f"{step}: {one}"
    assert {entry for entry, _ in proposed} == {"1", "2", "3", "4", "5", "6", "7"}
    assert ("7", "record-receipt") not in proposed, "it came before the document that it names"
