"""What a line of a bank statement may be: payments on record, or the command that would record it; and why."""

from collections.abc import Sequence
from datetime import date

import msgspec
import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from ledger.billing.facts import InvoiceIssued, ReceiptRecorded
from ledger.billing.receipts import RecordReceipt
from ledger.bookkeeping.statements.chain import ToldLine
from ledger.bookkeeping.statements.facts import BankLine
from ledger.values.money import written
from projections.bank_lines import ACROSS_MAX, Document, OpenOnRecord, Parties, proposals
from projections.books.bank_reconciliation import BookLine
from tests.ground.billed import FINANCE, OTHER, TENANT
from tests.ground.given import decide
from tests.ledger.billing.test_billing import BILLED, DAY

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


KEPT = BookLine("6.1", date(2026, 6, 11), -1_50, "REF-6", "fee-6")
"""What the bank kept of a payment, on record by itself."""


def told(
    minor: int,
    day: int = 10,
    party: str | None = None,
    text: str = "",
    month: int = 6,
    payments: Sequence[BookLine] = PAYMENTS,
) -> str:
    """The proposals for a line, each with its grounds."""
    line = BankLine(entry="1", booked_on=date(2026, month, day), amount_minor=minor, party=party, text=text or None)
    said = []
    for one in proposals(ToldLine("S", line), payments, KNOWN):
        parts = [payment.document for payment in one.payments]
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
