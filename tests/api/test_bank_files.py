"""Banks' files: read whole or named line by line; taken over HTTP and by command; the bank beside the books."""

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
from httpx import Response
from hypothesis import given
from hypothesis import strategies as st

from api.bookkeeping.statements.camt import read_camt
from api.bookkeeping.statements.columns import Stated, read_columns
from api.bookkeeping.statements.rows import StatementFile
from api.bookkeeping.statements.serving import READS, ReconciliationQuery
from api.evidence import check
from api.evidence.gathering import Figure, gather
from api.evidence.packing import pack
from api.http.receipts import receipts_of, table_of
from api.receipts.banking import RECONCILED
from ledger.access import Role
from ledger.bookkeeping.statements.chain import ToldLine
from ledger.bookkeeping.statements.columns import Profile
from ledger.bookkeeping.statements.facts import BankLine, BankLineMatched
from ledger.log import store
from ledger.log.database import Database
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from projections.books.bank_reconciliation import BookLine, matched
from projections.engine.basis import Basis
from tests.api.cli.test_cli import mcsc
from tests.evidence.packs import KEY, REPORTS, SIGNER, opened
from tests.evidence.test_second_checker import NODE, said
from tests.ground.demonstrated import basis
from tests.ground.over_http import Http, problem, served

EXAMPLES = Path(__file__).parent.parent.parent / "docs" / "files"
CNY = "cny-main-demo"

# camt.053

AMOUNT = '<Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{way}</CdtDbtInd>'


def amount(written: str, way: str = "CRDT", currency: str = "CNY") -> str:
    return AMOUNT.format(amount=written, way=way, currency=currency)


def balance(code: str, written: str, on: str, way: str = "CRDT") -> str:
    kind = f"<Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
    return f"<Bal>{kind}{amount(written, way)}<Dt><Dt>{on}</Dt></Dt></Bal>"


def entry(money: str, rest: str = "", *, status: str = "<Sts><Cd>BOOK</Cd></Sts>", on: str = "2026-07-03") -> str:
    return f"<Ntry>{money}{status}<BookgDt><Dt>{on}</Dt></BookgDt>{rest}</Ntry>"


def details(*each: str) -> str:
    return f"<NtryDtls>{''.join(f'<TxDtls>{one}</TxDtls>' for one in each)}</NtryDtls>"


def camt(
    *entries: str, version: str = "08", closing: str = "100.00", head: str = "", opening: str | None = None
) -> bytes:
    """A statement of July with these entries, each on a line of its own from the fourth on."""
    begins = balance("OPBD", "100.00", "2026-07-01") if opening is None else opening
    ends = balance("CLBD", closing, "2026-07-31")
    account = "<Acct><Id><Othr><Id>6000 0001 (demo)</Id></Othr></Id><Ccy>CNY</Ccy></Acct>"
    body = "\n".join((f"<Stmt><Id>S-1</Id>{account}", f"{begins}{ends}", *entries, "</Stmt>"))
    namespace = f"urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"
    document = f'<Document xmlns="{namespace}"><BkToCstmrStmt>{body}</BkToCstmrStmt></Document>'
    return f'<?xml version="1.0"?>{head}\n{document}'.encode()


def told(read: StatementFile) -> list[tuple[str, str]]:
    (statement,) = read.statements
    return [(line.entry, line.amount) for line in statement.lines]


BATCH = (amount("50.00"), f"{amount('30')}", f"{amount('20.000')}")
IN_USD = f"<AmtDtls><InstdAmt>{amount('5', currency='USD')}</InstdAmt></AmtDtls>"
TAKES: Mapping[str, tuple[str, list[tuple[str, str]]]] = {
    "what leaves is negative": (entry(amount("7.5", "DBIT")), [("1", "-7.50")]),
    "a reversal turns nothing round": (entry(f"{amount('7.50')}<RvslInd>true</RvslInd>"), [("1", "7.50")]),
    "only what is booked": (entry(amount("7.50"), status="<Sts><Cd>PDNG</Cd></Sts>"), []),
    "a state as text, up to .06": (entry(amount("7.50"), status="<Sts>BOOK</Sts>"), [("1", "7.50")]),
    "pending as text": (entry(amount("7.50"), status="<Sts>PDNG</Sts>"), []),
    "a batch is split": (entry(BATCH[0], details(*BATCH[1:])), [("1.1", "30.00"), ("1.2", "20.00")]),
    "with a deduction": (
        entry(BATCH[0], details(amount("60"), amount("10", "DBIT"))),
        [("1.1", "60.00"), ("1.2", "-10.00")],
    ),
    "as in .02": (
        entry(
            BATCH[0], details(*(f"<AmtDtls><TxAmt><Amt Ccy='CNY'>{part}</Amt></TxAmt></AmtDtls>" for part in (1, 49)))
        ),
        [("1.1", "1.00"), ("1.2", "49.00")],
    ),
    "details that do not come to it": (entry(BATCH[0], details(BATCH[1], BATCH[1])), [("1", "50.00")]),
    "details in another currency": (
        entry(BATCH[0], details(amount("25", currency="USD"), amount("25"))),
        [("1", "50.00")],
    ),
    "details without amounts": (entry(BATCH[0], details(IN_USD, IN_USD)), [("1", "50.00")]),
}


@pytest.mark.parametrize(("written", "lines"), TAKES.values(), ids=TAKES)
@pytest.mark.parametrize("version", ["02", "06", "13"])
def test_an_entry_is_as_many_lines_as_it_says(written: str, lines: list[tuple[str, str]], version: str) -> None:
    read = read_camt(camt(written, version=version))
    assert (read.bad, told(read)) == ((), lines)


def test_what_a_line_says() -> None:
    """A payment that came back: who was there at first, every reference once, and why."""
    parties = (
        "<RltdPties><Dbtr><Pty><Nm>MCSC (demo)</Nm></Pty></Dbtr><Cdtr><Nm>Ash\n Works (demo)</Nm></Cdtr></RltdPties>"
    )
    said = (
        "<Refs><AcctSvcrRef>/R 1+?'(x)</AcctSvcrRef><EndToEndId>NOTPROVIDED</EndToEndId><TxId>T</TxId></Refs>"
        f"{parties}<RmtInf><Ustrd>rent</Ustrd><Ustrd>二月</Ustrd></RmtInf>"
        "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>"
    )
    rest = f"<ValDt><DtTm>2026-07-04T23:30:00+08:00</DtTm></ValDt><AcctSvcrRef>T</AcctSvcrRef>{details(said)}"
    (statement,) = read_camt(camt(entry(f"{amount('1')}<RvslInd>true</RvslInd>", rest))).statements
    (line,) = statement.lines
    assert (statement.statement, statement.number) == ("S-1", "6000 0001 (demo)")
    assert (statement.from_on, statement.until_on, statement.opening) == (date(2026, 7, 1), date(2026, 7, 31), "100.00")
    assert (line.booked_on, line.value_on) == (date(2026, 7, 3), date(2026, 7, 4))
    assert line.references == ("/R 1+?'(x)", "T")
    assert (line.party, line.text, line.reversal, line.returned) == ("Ash Works (demo)", "rent 二月", True, "AC04")


def test_the_last_closing_is_an_opening_of_the_day_after() -> None:
    overdrawn = balance("PRCD", "5.00", "2026-06-30", "DBIT")
    (statement,) = read_camt(camt(opening=overdrawn)).statements
    assert (statement.from_on, statement.opening) == (date(2026, 7, 1), "-5.00")


def during(code: str = "ITBD", *entries: str) -> bytes:
    """A camt.052 of the same account: what stood there when the day began, and stands there so far."""
    told = entries or (entry(amount("2.00"), on="2026-07-03"), entry(amount("9"), status="<Sts><Cd>PDNG</Cd></Sts>"))
    data = camt(*told, closing="102.00").decode().replace("camt.053", "camt.052").replace("CLBD", code)
    for old, new in (("BkToCstmrStmt", "BkToCstmrAcctRpt"), ("Stmt>", "Rpt>"), ("2026-07-31", "2026-07-03")):
        data = data.replace(old, new)
    return data.encode()


def notified(*entries: str, version: str = "08") -> bytes:
    """A camt.054: movements by themselves."""
    data = camt(*entries, version=version).decode().replace("camt.053", "camt.054")
    data = re.sub(r"<Bal>.*?</Bal>", "", data).replace("BkToCstmrStmt", "BkToCstmrDbtCdtNtfctn")
    return data.replace("Stmt>", "Ntfctn>").encode()


def test_a_report_of_the_day_is_a_statement_so_far() -> None:
    """What is booked until now; what is pending is named, and is no line."""
    read = read_camt(during())
    (statement,) = read.statements
    assert told(read) == [("1", "2.00")]
    assert (statement.opening, statement.closing, statement.until_on) == ("100.00", "102.00", date(2026, 7, 3))
    assert [(place.line, place.rule) for place in read.left_out] == [(5, "entry 2 is PDNG, not booked")]


@pytest.mark.parametrize("version", ["02", "06", "08", "13"])
def test_a_notification_is_told_movement_by_movement_and_never_taken(version: str) -> None:
    """A batch in its parts, what left, and what is pending; wrong ones are named as in a statement."""
    pending = "<Sts>PDNG</Sts>"
    batch = entry(BATCH[0], details(*BATCH[1:]))
    read = read_camt(notified(batch, entry(amount("1", "DBIT")), entry(amount("2"), status=pending), version=version))
    assert (read.statements, [place.rule[:26] for place in read.bad]) == ((), ["a notification (camt.054) "])
    assert read.bad[0].rule.endswith("movements: 3")
    said = ["1.1: 30.00 CNY", "1.2: 20.00 CNY", "2: -1.00 CNY", "entry 3 is PDNG, not booked"]
    assert [place.rule for place in read.left_out] == said
    assert [place.rule[:20] for place in read_camt(notified(entry(amount("x")))).bad] == ["'x' is no amount of C"[:20]]


ENTITY = '<!DOCTYPE Document [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
WRONG: Mapping[str, tuple[bytes, list[tuple[int, str]]]] = {
    "every wrong line at once": (
        camt(
            entry(amount("1.001")),
            entry(amount("1.00", "UP")),
            entry(amount("1.00", currency="USD")),
            entry(amount("-1.00")),
            entry(amount("1.00"), on="2026-02-30"),
        ),
        [(4, "no amount"), (5, "CRDT or DBIT"), (6, "in USD"), (7, "no amount"), (8, "a day in BookgDt")],
    ),
    "entities": (camt(head=ENTITY), [(1, "document type")]),
    "a version to come": (camt(version="15"), [(2, "no camt.053.001.02 to .13")]),
    "another message": (camt().replace(b"camt.053", b"camt.055"), [(2, "no camt.053")]),
    "a report without a balance so far": (during("CLAV"), [(2, "no balance CLBD or ITBD, and is not recorded")]),
    "no opening": (camt(opening=""), [(2, "no balance OPBD or PRCD")]),
    "two openings": (camt(opening=balance("OPBD", "1.00", "2026-07-01") * 2), [(3, "comes 2 times")]),
    "cut off": (camt()[:-20], [(4, "no well-formed XML")]),
    "empty": (b"", [(1, "no well-formed XML")]),
    "no XML": ("日期,金额".encode("gb18030"), [(1, "no well-formed XML")]),
    "deep": (b"<a>" * 200, [(1, "more than 100 deep")]),
}


@pytest.mark.parametrize(("data", "places"), WRONG.values(), ids=WRONG)
def test_every_wrong_line_is_named(data: bytes, places: list[tuple[int, str]]) -> None:
    read = read_camt(data)
    assert read.statements == ()
    assert [place.line for place in read.bad] == [line for line, _ in places]
    assert [rule for (_, rule), place in zip(places, read.bad, strict=True) if rule not in place.rule] == []


def test_a_chinese_encoding_is_read() -> None:
    data = camt().decode().replace('"1.0"', '"1.0" encoding="GB18030"', 1).replace("S-1", "对账单 1").encode("gb18030")
    assert [one.statement for one in read_camt(data).statements] == ["对账单 1"]


# CSV

TWO = Profile(date="date", received="in", paid="out", balance="balance", references=("no",), ends=("total",))
SIGNED = Profile(date="date", date_form="DD.MM.YYYY", amount="amount", delimiter=";", decimal=",")
WORDED = Profile(
    encoding="gb18030", date="日期", date_form="YYYYMMDD", amount="金额", direction="方向", out=("借",), inward=("贷",)
)
BESIDE = Stated("S-1", opening="100.00", closing="100.00")
SHEETS: list[tuple[str, Profile, str, list[tuple[str, str]]]] = [
    (
        "two columns under a title",
        TWO,
        'My bank\nno,date,in,out,balance\n"=""1""",2026-7-3,"1,000.00",,"1,100.00"\n\n'
        "2,2026-07-04 10:00,,0.5,1099.50\ntotal,,,,",
        [("1", "1000.00"), ("2", "-0.50")],
    ),
    (
        "decimal comma",
        SIGNED,
        "date;amount\n03.07.2026;1.234,50\n04.07.2026;-0,5\n",
        [("1", "1234.50"), ("2", "-0.50")],
    ),
    (
        "a word says which way",
        WORDED,
        "日期,方向,金额\n20260703,借,1.00\n20260704,贷,2\n",
        [("1", "-1.00"), ("2", "2.00")],
    ),
    (
        "newest first",
        msgspec.structs.replace(TWO, newest_first=True),
        "no,date,in,out,balance\n2,2026-07-04,,0.50,99.50\n1,2026-07-03,,100,100\n",
        [("1", "-100.00"), ("2", "-0.50")],
    ),
]


@pytest.mark.parametrize(("profile", "text", "lines"), [row[1:] for row in SHEETS], ids=[row[0] for row in SHEETS])
def test_a_table_is_read_by_its_profile(profile: Profile, text: str, lines: list[tuple[str, str]]) -> None:
    read = read_columns(text.encode(profile.encoding), profile, BESIDE)
    assert (read.bad, told(read)) == ((), lines)


FAULTS: list[tuple[str, Profile, str, list[tuple[int, str]]]] = [
    (
        "every wrong line at once",
        TWO,
        "no,date,in,out,balance\n1,2026-02-30,1,,1\n2,2026-07-03,1,1,1\n3,2026-07-03,x,,1\n4,2026-07-03,-1,,1\n5,2026-07-03,,,\n",
        [(2, "no day written"), (3, "either in or out"), (4, "no amount of CNY"), (5, "either"), (6, "either")],
    ),
    (
        "balances",
        TWO,
        "no,date,in,out,balance\n1,2026-07-03,1,,1\n2,2026-07-04,1,,3\n",
        [(3, "1.00 and 1.00 do not come")],
    ),
    (
        "order",
        TWO,
        "no,date,in,out,balance\n1,2026-07-03,1,,1\n2,2026-07-02,1,,2\n",
        [(3, "not in order, oldest first")],
    ),
    ("no heading", TWO, "no,day,in,out,balance\n1,2026-07-03,1,,1\n", [(0, "no row has all of the headings date")]),
    (
        "another word",
        WORDED,
        "日期,方向,金额\n20260703,收,1.00\n20260703,借,-1.00\n",
        [(2, "is none of"), (3, "has a sign")],
    ),
    ("decimals", SIGNED, "date;amount\n03.07.2026;1.50\n04.07.2026;1,505\n", [(2, "no amount"), (3, "2 decimals")]),
    ("a quote left open", TWO, 'no,date,in,out,balance\n"1,2026-07-03,1,,1\n', [(2, "no CSV")]),
    ("profile", Profile(date="date"), "date\n2026-07-03\n", [(0, "it names either")]),
]


@pytest.mark.parametrize(("profile", "text", "places"), [row[1:] for row in FAULTS], ids=[row[0] for row in FAULTS])
def test_every_wrong_row_is_named(profile: Profile, text: str, places: list[tuple[int, str]]) -> None:
    read = read_columns(text.encode(profile.encoding), profile, BESIDE)
    assert read.statements == ()
    assert [place.line for place in read.bad] == [line for line, _ in places]
    assert [rule for (_, rule), place in zip(places, read.bad, strict=True) if rule not in place.rule] == []


def test_a_table_without_balances_says_so() -> None:
    text, another = b"date;amount\n03.07.2026;1,00\n", "date;amount\n03.07.2026;1,00\n".encode("utf-16")
    assert "say opening and closing" in read_columns(text, SIGNED, Stated("S-1")).bad[0].rule
    assert "not in utf-8" in read_columns(another, SIGNED, Stated("S-1")).bad[0].rule


# The bank beside the books

DAYS = [date(2026, 7, day) for day in (1, 2, 3)]
bank_lines = st.lists(
    st.tuples(st.sampled_from((-100, 50, 100)), st.sampled_from(DAYS), st.sampled_from(((), ("A",), ("B",)))),
    max_size=6,
).map(
    lambda rows: [
        ToldLine("S", BankLine(entry=str(nth), amount_minor=minor, booked_on=on, references=references))
        for nth, (minor, on, references) in enumerate(rows, 1)
    ]
)
book_lines = st.lists(
    st.tuples(
        st.sampled_from((-100, 50, 100)),
        st.sampled_from(DAYS),
        st.sampled_from((None, "A", "B")),
        st.sampled_from(("d-1", "d-2")),
        st.booleans(),
    ),
    max_size=6,
).map(
    lambda rows: [
        BookLine(f"{nth}.1", on, minor, reference, document, None, mirror)
        for nth, (minor, on, reference, document, mirror) in enumerate(rows, 1)
    ]
)


@given(bank_lines, book_lines)
def test_what_is_left_of_both_is_the_whole_difference(bank: list[ToldLine], books: list[BookLine]) -> None:
    only_bank, only_books = matched(bank, books)
    left = sum(one.line.amount_minor for one in only_bank) - sum(entry.amount_minor for entry in only_books)
    assert left == sum(one.line.amount_minor for one in bank) - sum(entry.amount_minor for entry in books)
    assert {one.line.entry for one in only_bank} <= {one.line.entry for one in bank}
    answers = [(one, entry) for one in only_bank for entry in only_books if entry.reference in one.line.references]
    assert [pair for pair in answers if pair[0].line.amount_minor == pair[1].amount_minor] == []


def bank(entry: str, minor: int, day: int, *references: str) -> ToldLine:
    return ToldLine("S", BankLine(entry=entry, amount_minor=minor, booked_on=DAYS[day - 1], references=references))


def book(
    item: str, minor: int, day: int, reference: str | None = None, document: str = "d", mirror: bool = False
) -> BookLine:
    return BookLine(item, DAYS[day - 1], minor, reference, document, None, mirror)


MATCHES: list[tuple[str, list[ToldLine], list[BookLine], list[str], list[str]]] = [
    ("by reference, days apart", [bank("1", 5, 3, "X", "A")], [book("1", 5, 1, "A")], [], []),
    ("another amount", [bank("1", 5, 1, "A")], [book("1", 6, 1, "A")], ["1"], ["1"]),
    ("by amount and day", [bank("1", 5, 1)], [book("1", 5, 1, "A")], [], []),
    ("another day", [bank("1", 5, 2)], [book("1", 5, 1)], ["1"], ["1"]),
    ("two that could be meant", [bank("1", 5, 1)], [book("1", 5, 1), book("2", 5, 1)], ["1"], ["1", "2"]),
    ("two at the bank", [bank("1", 5, 1), bank("2", 5, 1)], [book("1", 5, 1)], ["1", "2"], ["1"]),
    ("references say otherwise", [bank("1", 5, 1, "A")], [book("1", 5, 1, "B")], ["1"], ["1"]),
    ("one reference twice", [bank("1", 5, 1, "A"), bank("2", 5, 2, "A")], [book("1", 5, 2, "A")], ["2"], []),
    ("taken back", [], [book("1", 5, 1, "A"), book("2", -5, 2, "A", mirror=True)], [], []),
    ("taken back at the bank too", [bank("1", 5, 1, "A"), bank("2", -5, 2, "A")],
     [book("1", 5, 1, "A"), book("2", -5, 2, "A", mirror=True)], [], []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("told", "booked", "only_bank", "only_books"), [r[1:] for r in MATCHES], ids=[r[0] for r in MATCHES]
)
def test_which_lines_answer_each_other(
    told: list[ToldLine], booked: list[BookLine], only_bank: list[str], only_books: list[str]
) -> None:
    left, unanswered = matched(told, booked)
    assert [one.line.entry for one in left] == only_bank
    assert [entry.item for entry in unanswered] == only_books


def back(item: str, minor: int, reference: str) -> BookLine:
    return book(item, minor, 3, reference, mirror=True)


@pytest.mark.parametrize(
    ("name", "references", "booked", "left", "unanswered"),
    [
        ("before reference and day", ("B",), [book("1", 5, 1, "A"), book("2", 5, 3, "B")], [], ["1"]),
        ("several at once", ("B", "C"), [book("1", 2, 2, "B"), book("2", 3, 3, "C")], [], []),
        ("taken back", ("B", "C"), [book("1", 2, 2, "B"), book("2", 3, 3, "C"), back("3", -3, "C")], ["1"], ["1"]),
        ("one of them is of a later day", ("B", "C"), [book("1", 2, 2, "B")], ["1"], ["1"]),
        ("recorded anew", ("B",), [book("1", 4, 2, "B"), back("2", -4, "B"), book("3", 5, 3, "B", "e")], [], []),
    ],
)  # fmt: skip
def test_what_a_person_said_of_a_line_holds_while_its_payments_stand(
    name: str, references: tuple[str, ...], booked: list[BookLine], left: list[str], unanswered: list[str]
) -> None:
    told = bank("1", 5, 1, "A")
    key = (told.line.booked_on, told.line.amount_minor, told.line.references, 1)
    of: dict[str, Any] = {"effective_on": DAYS[2], "bank_account": CNY, "statement": "S", "until_on": DAYS[2]}
    said = {key: BankLineMatched(**of, entry="1", bank_references=references)}
    only_bank, only_books = matched([told._replace(key=key)], booked, said)
    assert ([one.line.entry for one in only_bank], [entry.item for entry in only_books]) == (left, unanswered), name


# Taken

OPENED = {
    "command": "open-bank-account",
    "effective_on": "2026-07-01",
    "bank_account": CNY,
    "bank": "City Bank (demo)",
    "number": "6000 0001 (demo)",
    "currency": "CNY",
}
PAPER = {"doc": "balance (demo)", "sha256": "ab" * 32}
BOOKS = (
    OPENED,
    {"command": "open-periods", "effective_on": "2026-07-01", "through": "2026-07"},
    {
        "command": "bring-forward-bank-balance",
        "effective_on": "2026-07-01",
        "bank_entry": "forward-demo",
        "bank_account": CNY,
        "amount": "90.00",
        "evidence": PAPER,
    },
    *(
        {
            "command": f"record-bank-{kind}",
            "effective_on": f"2026-07-{day}",
            "bank_entry": f"{kind}-{day}-demo",
            "bank_account": CNY,
            "amount": amount,
            "bank_reference": reference,
        }
        for kind, day, amount, reference in (
            ("interest", "02", "10.00", "I-1"),
            ("charge", "20", "4.00", "C-1"),
            ("charge", "25", "3.00", "C-2"),
        )
    ),
)
STATEMENT = camt(
    entry(amount("10.00"), "<AcctSvcrRef>I-1</AcctSvcrRef>", on="2026-07-03"),
    entry(amount("4.00", "DBIT"), "<AcctSvcrRef>C-1</AcctSvcrRef>", on="2026-07-21"),
    entry(amount("0.50"), on="2026-07-22"),
    closing="96.50",
    opening=balance("OPBD", "90.00", "2026-07-01"),
)
FILED = f"/v1/bank-accounts/{CNY}/statement-files"


@pytest.fixture
def http(sqlite: Database, tmp_path: Path) -> Iterator[Http]:
    with Ledger(sqlite, CONTEXTS) as ledger, served(ledger, documents=str(tmp_path / "documents")) as http:
        for nth, command in enumerate(BOOKS):
            answer = http.post("/v1/commands", command, "admin", key=f"book-{nth}")
            assert answer.status_code == 201, answer.text
        yield http


def send(http: Http, data: bytes, key: str | None = None, role: Role = "finance", **query: str) -> Response:
    headers = {**http.headers(role), "Content-Type": "application/octet-stream"}
    if key is not None:
        headers["Idempotency-Key"] = key
    return http.client.post(FILED, params={"on": "2026-08-01", **query}, content=data, headers=headers)


def test_a_file_is_previewed_taken_once_and_held_against_the_books(http: Http) -> None:
    before = http.size
    preview = send(http, STATEMENT, dry_run="true").json()
    (fact,) = preview["outcome"]["facts"]
    assert [line["amount_minor"] for line in fact["lines"]] == [1_000, -400, 50]
    assert http.size == before
    problem(http.get(f"/v1/documents/{fact['file']['sha256']}"), 404, "not-found")

    wrong = problem(send(http, camt(entry(amount("x")), entry(amount("y"))), key="w"), 422, "bank-file-wrong")
    assert [error["detail"].partition(":")[0] for error in wrong["errors"]] == ["line 4", "line 5"]
    broken = camt(closing="1.00")
    problem(send(http, broken, key="b"), 422, "bank-statement-broken")
    problem(send(http, STATEMENT, key="a", role="auditor"), 403, "not-allowed")
    problem(send(http, STATEMENT), 400, "idempotency-key-missing")
    for malformed in ("{}", '{"date":', '{"date":' + "[" * 3000):
        problem(send(http, b"a", profile=malformed, key="p"), 422, "profile-wrong")
    assert http.size == before

    taken, replayed, again = (send(http, STATEMENT, key=key, name="july.xml") for key in ("t", "t", "u"))
    assert [one.status_code for one in (taken, replayed, again)] == [201, 201, 200]
    assert replayed.content == taken.content
    assert again.json()["outcome"]["facts"] == []
    assert http.get(f"/v1/documents/{fact['file']['sha256']}").content == STATEMENT


def test_a_report_of_the_day_and_then_its_statement_bring_each_line_once(http: Http) -> None:
    interest = entry(amount("10.00"), "<AcctSvcrRef>I-1</AcctSvcrRef>", on="2026-07-03")
    opening = balance("OPBD", "90.00", "2026-07-01")
    data = camt(interest, closing="100.00", opening=opening).decode().replace("camt.053", "camt.052")
    for old, new in (
        ("BkToCstmrStmt", "BkToCstmrAcctRpt"),
        ("Stmt>", "Rpt>"),
        ("2026-07-31", "2026-07-03"),
        ("CLBD", "ITBD"),
    ):
        data = data.replace(old, new)
    assert send(http, data.encode(), key="r").status_code == 201
    (fact,) = send(http, STATEMENT, dry_run="true").json()["outcome"]["facts"]
    assert (fact["known"], len(fact["lines"])) == (["1"], 3)
    wrong = problem(send(http, notified(interest), key="n"), 422, "bank-file-wrong")
    assert "nothing of it is recorded" in wrong["errors"][0]["detail"]


def test_a_profile_is_put_on_record_and_named_by_what_it_read(http: Http) -> None:
    profile = {"effective_on": "2026-07-01", "profile": "river-demo", "bank_account": CNY}
    columns = {"date": "day", "amount": "amount", "balance": "balance"}
    table = b"day,amount,balance\n2026-07-03,7.50,107.50\n"
    first = http.post("/v1/bank-profiles", {**profile, "columns": columns}, "finance", key="p1")
    assert first.status_code == 201, first.text
    assert http.post("/v1/bank-profiles", {**profile, "columns": columns}, "finance", key="p2").json()["facts"] == []
    problem(http.post("/v1/bank-profiles", {**profile, "columns": columns}, "auditor", key="p3"), 403, "not-allowed")
    wrong = {**profile, "columns": {**columns, "received": "in"}}
    problem(http.post("/v1/bank-profiles", wrong, "finance", key="p4"), 422, "bank-profile-malformed")

    taken = send(http, table, key="a", profile="river-demo", statement="S-7")
    assert taken.status_code == 201, taken.text
    assert send(http, table, key="b", profile="river-demo", statement="S-7").json()["outcome"]["facts"] == []
    newest = {**profile, "columns": {**columns, "newest_first": True}}
    assert http.post("/v1/bank-profiles", newest, "finance", key="p5").status_code == 201
    for named, version in (("river-demo", 2), ("river-demo@1", 1)):
        preview = send(http, table, dry_run="true", profile=named, statement="S-8").json()
        assert [one["read_by"]["version"] for one in preview["outcome"]["facts"]] == [version]
    told = problem(send(http, table, key="c", profile="river-demo@3"), 422, "profile-wrong")
    assert "river-demo@2, river-demo@1" in json.dumps(told)
    shown = http.read("/v1/bank-profiles")["data"]["profiles"]
    assert [(one["version"], one["latest"]) for one in shown] == [(2, True), (1, False)]
    assert shown[1]["columns"]["date"] == "day"
    back = {"effective_on": "2026-07-01", "about": "1", "reason": "another bank's (demo)"}
    path = "/v1/bank-profiles/river-demo/withdrawal"
    problem(http.post(path, back, "finance", key="w1"), 422, "bank-profile-needed")
    assert http.post(path, {**back, "about": "2"}, "finance", key="w2").status_code == 201
    assert [one["version"] for one in http.read("/v1/bank-profiles")["data"]["profiles"]] == [1]


def test_what_lies_between_books_and_bank_is_named_to_the_fen(http: Http) -> None:
    """93.00 in the books + 0.50 only at the bank + 3.00 that only the books took = 96.50 at the bank."""
    send(http, STATEMENT, key="t")
    data = http.read("/v1/reports/bank-reconciliation", effective="2026-07-31")["data"]
    (row,) = data["rows"]
    assert (row["held_books"], row["held_bank"], row["difference"]) == ("93.00", "96.50", "3.50")
    assert (row["before"], row["gaps"], row["only_bank"], row["only_books"]) == ("0.00", "0.00", "0.50", "-3.00")
    assert [(one["on"], one["item"], one["amount"]) for one in data["only_bank"]] == [("2026-07-22", "S-1/3", "0.50")]
    assert [(one["reference"], one["amount"]) for one in data["only_books"]] == [("C-2", "-3.00")]
    # In the middle of the statement, and before the bank booked the interest.
    (early,) = http.read("/v1/reports/bank-reconciliation", effective="2026-07-02")["data"]["rows"]
    assert (early["held_books"], early["held_bank"], early["only_books"]) == ("100.00", "90.00", "10.00")
    # Every figure comes to what its facts or cells say.
    read, basis = READS[0], Basis(effective=date(2026, 7, 31), recorded=http.size, recorded_at=None, root="")
    query = ReconciliationQuery()
    with http.ledger.database.views.connect() as connection:
        table = table_of(read, connection, basis, query, {})
        cells = [f"{name}/{column}" for name, row in table.items() for column in RECONCILED if row[column] is not None]
        receipts = receipts_of(read, connection, basis, query, {}, table, cells)
    assert len(cells) == len(RECONCILED) + 2
    assert [cell for cell, receipt in receipts.items() if not receipt.ties] == []


def test_every_figure_between_books_and_bank_is_handed_over(http: Http, tmp_path: Path) -> None:
    """Both checkers accept it, the second where Node is; without the statement the bank's figures are none."""
    send(http, STATEMENT, key="t")
    read, packs = READS[0], dict[str, bytes]()
    with http.ledger.database.views.connect() as connection:
        on, size = basis(connection, "2026-07-31"), store.read_head(connection).size
        for name, row in table_of(read, connection, on, ReconciliationQuery(), {}).items():
            for column in (column for column in RECONCILED if row[column] is not None):
                figure = Figure(report="bank-reconciliation", cell=f"{name}/{column}")
                gathered = gather(REPORTS, connection, on, figure, size)
                packs[figure.cell] = pack(connection, gathered, size=size, signer=SIGNER, command="…").data
    for cell, data in packs.items():
        assert check.check(data, [KEY]), cell
    assert NODE is None or said(list(packs.values()), tmp_path) == [True] * len(packs)
    files = opened(packs[f"ACCOUNT:{CNY}/held_bank"])
    (of_bank,) = (one for one in files["receipts.json"] if one["cell"].endswith("/held_bank"))
    assert [(one["fact"], one["share"]) for one in of_bank["shares"]] == [("bank.statement-taken", "96.50")]


DOCUMENTED = re.compile(
    r"The report then says: (.*?) in the books \+ (.*?) only at the bank − (.*?) only in the books = (.*?) at the"
)


def test_the_files_beside_the_documents_belong_to_the_demonstration(
    demo: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Taken as docs/formats.md says: they meet the statement that is on record, and leave what it says they leave."""
    shutil.copytree(demo.where, where := tmp_path / "demo")
    monkeypatch.chdir(EXAMPLES.parent.parent)
    documented, asked = Path("docs/formats.md").read_text(), ("--data", where, "--as", "w-demo", "--on", "2026-08-01")
    commands = [line.split()[2:] for line in documented.splitlines() if line.startswith("$ mcsc bank-")]
    said = [mcsc(*given, *asked) for given in commands]
    assert [(one.exit_code, one.stderr.splitlines()[-1].split(" recorded")[0]) for one in said] == [
        (0, "24 lines would be"),
        (0, "24 lines"),
        (0, "11 lines would be"),
        (0, "version 1 of city-bank-demo"),
        (0, "11 lines"),
        (0, "4 lines"),
        (0, "2 lines"),
        (0, "3 lines"),
    ]
    assert "entry 24 is PDNG, not booked" in said[1].stdout
    shown = mcsc("report", "bank-reconciliation", "--data", where, "--effective", "2026-05-31", "--json").stdout
    row = next(row for row in json.loads(shown)["data"]["rows"] if row["bank_account"] == CNY and row["held_bank"])
    assert (row["before"], row["gaps"]) == ("0.00", "0.00")
    found = DOCUMENTED.search(documented)
    assert found is not None
    figures = (row["held_books"], row["only_bank"], row["only_books"], row["held_bank"])
    assert figures == tuple(figure.replace(",", "") for figure in found.groups())
    assert "nothing is new" in mcsc(*commands[1], *asked).stderr
    unnamed = mcsc(*commands[4][:-2], *asked)
    assert (unnamed.exit_code, "no well-formed XML" in unnamed.stdout) == (2, True)
