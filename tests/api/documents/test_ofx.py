"""OFX: read whole or named line by line, as SGML and as XML; what is written as rows comes back as rows."""

import html
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from api.bookkeeping.statements.columns import Stated
from api.bookkeeping.statements.ofx import read_ofx
from api.bookkeeping.statements.reading import Given, taken_from
from api.bookkeeping.statements.rows import StatementFile
from ledger.bookkeeping.statements.taking import StatedLine
from tests.examples.banking import CNY, OPENED
from tests.ground.given import decide, grown

EXAMPLE = Path(__file__).parent.parent.parent.parent / "docs" / "files" / "bank-2026-07-b.ofx"
GROUND = (replace(OPENED, number="6000 0001 (demo)"),)
STATED = Stated("S-1")
SGML = "OFXHEADER:100\nDATA:OFXSGML\nCHARSET:{}\n\n"
XML = '<?xml version="1.0" encoding="{}"?>\n<?OFX OFXHEADER="200" VERSION="220"?>\n\n\n'


def element(name: str, value: str, *, closed: bool) -> str:
    return f"<{name}>{value}</{name}>" if closed else f"<{name}>{value}\n"


def entry(*, closed: bool = True, **values: str) -> str:
    """An entry of 3 July, on one line where its values are closed."""
    said = {"DTPOSTED": "20260703", "TRNAMT": "7.50", "FITID": "F-1", **values}
    inner = "".join(element(name, value, closed=closed) for name, value in said.items() if value)
    return f"<STMTTRN>{inner}</STMTTRN>"


def file(
    *entries: str, head: str = XML, charset: str = "UTF-8", balance: str = "100.00", on: str = "20260731"
) -> bytes:
    """A list of July with these entries, each on a line of its own from the sixth on."""
    begins = "<OFX><STMTRS><CURDEF>CNY<BANKACCTFROM><ACCTID>6000 0001 (demo)</BANKACCTFROM><BANKTRANLIST>"
    body = "\n".join((f"{begins}<DTSTART>20260701<DTEND>20260731", *entries, "</BANKTRANLIST>"))
    ends = f"<LEDGERBAL><BALAMT>{balance}<DTASOF>{on}</LEDGERBAL></STMTRS></OFX>"
    return f"{head.format(charset)}{body}{ends}".encode({"1252": "cp1252", "936": "gb18030"}.get(charset, "utf-8"))


def line(read: StatementFile) -> StatedLine:
    assert read.bad == ()
    ((only,),) = ([*one.lines] for one in read.statements)
    return only


@pytest.mark.parametrize("closed", [True, False])
@pytest.mark.parametrize("head", [SGML, XML])
def test_what_an_entry_says(closed: bool, head: str) -> None:
    said = {
        "DTPOSTED": "20260701000000[+8:CST]",
        "DTAVAIL": "20260702120000.000[-5:EST]",
        "TRNAMT": "-7,5",
        "CHECKNUM": "17",
        "NAME": "Ash &amp; Works (demo)",
        "MEMO": "rent",
    }
    found = line(read_ofx(file(entry(closed=closed, **said), head=head), STATED))
    # Midnight in China is a day of July, not of June.
    assert (found.booked_on, found.value_on) == (date(2026, 7, 1), date(2026, 7, 2))
    assert (found.amount, found.references) == ("-7.50", ("F-1", "17"))
    assert (found.party, found.text) == ("Ash & Works (demo)", "rent")


def test_texts_as_they_are_and_who_is_paid() -> None:
    payee = "<PAYEE><NAME>Heron (demo)</NAME></PAYEE>"
    said = f"<!-- no\nentry --><STMTTRN><DTPOSTED>20260703<TRNAMT>1<MEMO><![CDATA[a < b & c]]></MEMO>{payee}</STMTTRN>"
    found = line(read_ofx(file(said), STATED))
    assert (found.party, found.text, found.references) == ("Heron (demo)", "a < b & c", ())


def test_the_opening_is_what_stood_there_without_the_entries() -> None:
    """107.50 on 31 July, 100.00 before; a balance of another day says neither."""
    (statement,) = read_ofx(file(entry(), balance="107,50"), STATED).statements
    assert (statement.opening, statement.closing, statement.number) == ("100.00", "107.50", "6000 0001 (demo)")
    assert (statement.from_on, statement.until_on) == (date(2026, 7, 1), date(2026, 7, 31))
    (early,) = read_ofx(file(entry(), on="20260703"), STATED).statements
    assert (early.until_on, early.closing) == (date(2026, 7, 3), "100.00")
    for on in ("20260702", "20260801", "x"):
        (place,) = read_ofx(file(entry(), on=on), STATED).bad
        assert "say opening and closing" in place.rule
        (said,) = read_ofx(file(entry(), on=on), Stated("S-1", opening="1", closing="8.50")).statements
        assert (said.opening, said.closing, said.until_on) == ("1", "8.50", date(2026, 7, 31))


WRONG: Mapping[str, tuple[bytes, list[tuple[int, str]]]] = {
    "every entry": (
        file(entry(TRNAMT="x"), entry(), entry(DTPOSTED="20260230", TRNAMT="1.001")),
        [(6, "no amount"), (8, "no day"), (8, "2 decimals")],
    ),
    "thousands": (file(entry(TRNAMT="1,234.50")), [(6, "no amount")]),
    "a correction": (file(entry(CORRECTFITID="F-0")), [(6, "corrects another (F-0)")]),
    "another currency": (file(f"{entry()[:-10]}<CURRENCY><CURSYM>USD</CURRENCY></STMTTRN>"), [(6, "in USD")]),
    "an unknown one": (file(entry()).replace(b"CNY", b"XXX"), [(5, "known are")]),
    "no days": (file(entry()).replace(b"DTEND", b"DTX"), [(5, "DTSTART and DTEND")]),
    "no list": (b"<OFX><STMTRS><CURDEF>CNY</STMTRS></OFX>", [(1, "no list of entries")]),
    "no statement": (b"<OFX></OFX>", [(0, "no statement")]),
    "another encoding": (file().replace(b"demo", b"\xc9"), [(5, "not in utf-8")]),
}


@pytest.mark.parametrize(("data", "places"), WRONG.values(), ids=WRONG)
def test_every_wrong_line_is_named(data: bytes, places: list[tuple[int, str]]) -> None:
    found = read_ofx(data, STATED)
    assert found.statements == ()
    assert [place.line for place in found.bad] == [at for at, _ in places], found.bad
    assert [rule for (_, rule), place in zip(places, found.bad, strict=True) if rule not in place.rule] == []


def test_the_head_says_the_encoding() -> None:
    for charset, words in (("1252", "Müller"), ("936", "租金"), ("NONE", "租金")):
        data = file(entry(MEMO=words), head=SGML, charset=charset)
        assert line(read_ofx(data, STATED)).text == words
    assert line(read_ofx(file(entry(MEMO="租金"), charset="936"), STATED, "gb18030")).text == "租金"


WORDS = st.text("ABCdef <&>租金012.,", min_size=1, max_size=16).map(str.strip).filter(bool)
ROWS = st.lists(st.tuples(st.integers(1, 31), st.integers(-(10**9), 10**9), WORDS, WORDS), min_size=1, max_size=8)


@given(ROWS, st.booleans(), st.sampled_from((SGML, XML)), st.sampled_from(",."))
def test_what_is_written_is_read(rows: list[tuple[int, int, str, str]], closed: bool, head: str, point: str) -> None:
    """Write → read gives the rows back; taken twice, the second time records nothing."""
    lines, entries = list[StatedLine](), list[str]()
    for number, (day, minor, reference, text) in enumerate(rows, 1):
        on, sign = date(2026, 7, day), "-" if minor < 0 else ""
        amount = f"{sign}{abs(minor) // 100}.{abs(minor) % 100:02}"
        said = {"FITID": html.escape(reference), "MEMO": html.escape(text)}
        entries.append(
            entry(closed=closed, DTPOSTED=f"{on:%Y%m%d}000000[+8:CST]", TRNAMT=amount.replace(".", point), **said)
        )
        references, words = (" ".join(reference.split()),), " ".join(text.split())
        lines.append(StatedLine(entry=str(number), booked_on=on, amount=amount, references=references, text=words))
    data = file(*entries, head=head)
    (statement,) = read_ofx(data, STATED).statements
    assert list(statement.lines) == lines
    _, command = taken_from(data, Given(bank_account=CNY, name="july.ofx", on=date(2026, 8, 1)))
    assert command is not None
    assert decide(grown(GROUND, command), command) == ()


def test_the_file_beside_the_documents_is_right() -> None:
    """30,836,230.00 + 12,500.00 - 150.00 = 30,848,580.00: it begins with what June ended with."""
    found, command = taken_from(EXAMPLE.read_bytes(), Given(bank_account=CNY, name="july.ofx", on=date(2026, 8, 1)))
    assert command is not None
    (statement,) = found.statements
    assert [(one.amount, one.booked_on.day) for one in statement.lines] == [("12500.00", 16), ("-150.00", 31)]
    assert (statement.opening, statement.closing) == ("33255490.56", "33267840.56")
    assert statement.lines[0].text == "Rent July, paid again & in full"
