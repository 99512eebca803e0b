"""MT940: read whole or named line by line; what is written as rows comes back as rows."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from api.bookkeeping.statements.columns import Stated, profile_from, read_columns
from api.bookkeeping.statements.mt940 import read_mt940
from api.bookkeeping.statements.profiles import NotChosen, chosen
from api.bookkeeping.statements.reading import Given, taken_from
from api.bookkeeping.statements.rows import StatementFile
from ledger.bookkeeping.statements.taking import StatedLine
from projections.bank.profiles import ProfileOnRecord
from tests.examples.banking import CNY, COLUMNS, OPENED
from tests.ground.given import decide, grown

EXAMPLE = Path(__file__).parent.parent.parent.parent / "docs" / "files" / "bank-2026-07-a.sta"
GROUND = (replace(OPENED, number="6000 0001 (demo)"),)
CLOSING = ":62F:C260731CNY100,"


def message(*fields: str, opening: str = ":60F:C260630CNY100,", closing: str = CLOSING, page: str = "7/1") -> str:
    """A statement of July with these fields; they begin on its fifth line."""
    return "\n".join((":20:X", ":25:6000 0001 (demo)CNY", f":28C:{page}", opening, *fields, closing, "-", ""))


def read(*fields: str) -> StatementFile:
    return read_mt940(message(*fields).encode())


def line(*fields: str) -> StatedLine:
    found = read(*fields)
    assert found.bad == ()
    ((only,),) = ([*one.lines] for one in found.statements)
    return only


SIGNS = {
    "C": ":61:2607030703C7,50NTRFA",
    "D": ":61:2607030703D7,5NTRFA",
    "RC": ":61:2607030703RC7,50NTRFA",
    "RD": ":61:2607030703RD7,50NTRFA",
    "C of yuan": ":61:2607030703CY7,50NTRFA",
    "RC of francs": ":61:2607030703RCF7,50NTRFA",
    "D of rand": ":61:2607030703DR7,50NTRFA",
    "C of riyals": ":61:2607030703CR7,50NTRFA",
    "whole": ":61:2607030703C7,S103A",
}
SIGNED = ["7.50", "-7.50", "-7.50", "7.50", "7.50", "-7.50", "-7.50", "7.50", "7.00"]


@pytest.mark.parametrize(("said", "amount"), [*zip(SIGNS.values(), SIGNED, strict=True)], ids=SIGNS)
def test_the_mark_says_which_way(said: str, amount: str) -> None:
    found = line(said)
    assert (found.amount, found.reversal) == (amount, ":61:2607030703R" in said)


def days(opening: str, said: str, closing: str) -> tuple[date, date, date | None]:
    (statement,) = read_mt940(message(said, opening=opening, closing=closing).encode()).statements
    return statement.from_on, statement.lines[0].booked_on, statement.lines[0].value_on


def test_a_day_without_a_year_is_the_last_one_up_to_the_closing() -> None:
    """At new year value and entry lie in two years, either way round."""
    year = (":60F:C251230CNY100,", ":62F:C260105CNY107,50")
    one, two = date(2025, 12, 31), date(2026, 1, 2)
    assert days(year[0], ":61:2601021231C7,50NTRFA", year[1]) == (one, one, two)
    assert days(year[0], ":61:2512310102C7,50NTRFA", year[1]) == (one, two, one)
    leap = (":60F:C240228EUR100,", ":62F:C240301EUR107,50")
    assert days(leap[0], ":61:2403010229C7,50NTRFA", leap[1])[1] == date(2024, 2, 29)
    # Without a day of entry: the value day, where it is one of the statement.
    assert days(year[0], ":61:260103C7,50NTRFA", year[1])[1] == date(2026, 1, 3)
    assert days(year[0], ":61:260109C7,50NTRFA", year[1])[1] == date(2026, 1, 5)
    # The bank dates its opening with the first day: an entry of that day is in the statement.
    assert days(":60F:C260701CNY1,", ":61:2607010701C7,50NTRFA", ":62F:C260731CNY8,50")[0] == date(2026, 7, 1)
    assert days(":60F:C260731CNY1,", ":61:2607310731C7,50NTRFA", ":62F:C260731CNY8,50")[0] == date(2026, 7, 31)


def test_what_an_entry_says() -> None:
    found = line(":61:2607030703C7,50NRTIMINE/1//B-1", "more of it")
    assert (found.references, found.text, found.returned) == (("B-1", "MINE/1"), "more of it", "RTI")
    assert line(":61:2607030703C7,50NTRFNONREF").references == ()
    assert line(":61:2607030703C7,50NTRF//B-1").references == ("B-1",)
    free = line(":61:2607030703C7,50NTRFA", ":86:Rent for 100?5", "of July")
    assert (free.party, free.text) == (None, "Rent for 100?5 of July")
    # Numbered parts, cut anywhere: a full part goes on in the same word.
    parts = "166?00SEPA?20EREF+E-1?21SVWZ+Rent for the unit nort?22h, 2026"
    parts += "?30BANKDEFF?31DE12?32Ash Works?33 (demo)?60end"
    cut = line(":61:2607030703C7,50NTRFA//B", f":86:{parts[:65]}", parts[65:])
    assert (cut.party, cut.text) == ("Ash Works (demo)", "Rent for the unit north, 2026 end")
    assert cut.references == ("B", "A", "E-1")
    plain_purpose = line(":61:2607030703C7,50NTRFA", ":86:051?00CREDIT?20rent?21July")
    assert plain_purpose.text == "rent July"


def test_notes_of_no_entry_and_what_is_expected_are_left_out() -> None:
    after = f"{CLOSING}\n:64:C260731CNY100,\n:65:C260801CNY100,\n:86:from August on"
    found = read_mt940(message(":61:2607030703EC7,50NTRFA", ":61:2607040704C0,NTRFB", closing=after).encode())
    (statement,) = found.statements
    assert (statement.statement, statement.number) == ("7", "6000 0001 (demo)")
    assert [(one.entry, one.amount, one.text) for one in statement.lines] == [("2", "0.00", None)]
    assert [(place.line, place.rule) for place in found.left_out] == [
        (10, "a note of the bank about no entry"),
        (5, "entry 1 is expected, not booked"),
    ]


def test_pages_are_one_statement_and_messages_are_several() -> None:
    one = message(":61:2607030703C1,NTRFA", closing=":62M:C260715CNY101,")
    two = message(":61:2607160716C2,NTRFB", opening=":60M:C260715CNY101,", closing=":62F:C260731CNY103,", page="7/2")
    other = message(opening=":60F:C260731CNY103,", closing=":62F:C260801CNY103,", page="8/1")
    found = read_mt940("".join((one, two, other)).replace("\n", "\r\n").encode())
    assert found.bad == ()
    assert [(s.statement, s.opening, s.closing, [x.entry for x in s.lines]) for s in found.statements] == [
        ("7", "100.00", "103.00", ["1", "2"]),
        ("8", "103.00", "103.00", []),
    ]
    for wrong, at, rule in (
        (one + other, 6, "no page that goes on"),
        (one, 6, "no page that goes on"),
        (two, 4, "no page before it"),
        (one + two.replace(":60M:C260715CNY101,", ":60M:C260715CNY102,"), 11, "does not begin with"),
    ):
        (place,) = read_mt940(wrong.encode()).bad
        assert (place.line, rule in place.rule) == (at, True)


WRONG: dict[str, tuple[str, list[tuple[int, str]]]] = {
    "two entries": (
        message(":61:2607320703C1,NTRFA", ":61:2607030703X1,NTRFA"),
        [(5, "no value day"), (6, "no value day")],
    ),
    "no such day": (message(":61:2607030230C1,NTRFA"), [(5, "0230 is no day")]),
    "decimals": (message(":61:2607030703C1,234NTRFA"), [(5, "2 decimals")]),
    "a point": (message(":61:2607030703C1.00NTRFA"), [(5, "no value day")]),
    "another currency": (message(opening=":60F:C260630XXX1,"), [(4, "known are")]),
    "two currencies": (message(closing=":62F:C260731USD100,"), [(5, "in USD, the opening in CNY")]),
    "no closing": (message(closing=":64:C260731CNY1,"), [(1, "one closing balance; this one has 0")]),
    "two openings": (message(":60F:C260630CNY1,"), [(5, "one opening balance; this one has 2")]),
    "an entry after it": (message(closing=f"{CLOSING}\n:61:2607030703C1,NTRFA"), [(6, "after the closing")]),
    "words before": (f"hello\n{message()}", [(1, "in no field")]),
    "after its end": (f"{message()}:61:2607030703C1,NTRFA", [(7, "stands in no message")]),
    "empty": ("", [(0, "no statement")]),
}


@pytest.mark.parametrize(("text", "places"), WRONG.values(), ids=WRONG)
def test_every_wrong_line_is_named(text: str, places: Sequence[tuple[int, str]]) -> None:
    found = read_mt940(text.encode())
    assert found.statements == ()
    assert [place.line for place in found.bad] == [at for at, _ in places], found.bad
    assert [rule for (_, rule), place in zip(places, found.bad, strict=True) if rule not in place.rule] == []


def test_an_encoding_is_said_and_never_guessed() -> None:
    data = message(":61:2607030703C1,NTRFA", ":86:租金").encode("gb18030")
    assert [place.line for place in read_mt940(data).bad] == [6]
    assert read_mt940(data, "gb18030").statements[0].lines[0].text == "租金"
    given_so = Given(bank_account=CNY, name="july.sta", on=date(2026, 8, 1), encoding="gb18030")
    assert taken_from(data, given_so)[1] is not None
    marked = b"\xef\xbb\xbf" + message().encode()
    assert taken_from(marked, replace(given_so, encoding=None))[1] is not None


WORDS = st.text("ABCdef 012().,-", min_size=1, max_size=16).map(str.strip).filter(bool)
ROWS = st.lists(
    st.tuples(st.integers(1, 31), st.integers(-(10**9), 10**9), st.booleans(), WORDS, WORDS), min_size=1, max_size=8
)


@given(ROWS)
@example([(1, 0, False, "0", "000.00")])
@example([(1, 0, False, "0", "012-34")])
def test_what_is_written_is_read(rows: list[tuple[int, int, bool, str, str]]) -> None:
    """Write → read gives the rows back; taken twice, the second time records nothing."""
    lines, fields, total = list[StatedLine](), list[str](), 10_000
    for number, (day, minor, reversal, reference, text) in enumerate(rows, 1):
        mark = {(True, False): "C", (False, False): "D", (True, True): "RD", (False, True): "RC"}[minor >= 0, reversal]
        on, amount = date(2026, 7, day), f"{abs(minor) // 100},{abs(minor) % 100:02}"
        fields += [f":61:{on:%y%m%d}{on:%m%d}{mark}Y{amount}NTRF{reference}", f":86:{text}"]
        sign = "-" if minor < 0 else ""
        lines.append(
            StatedLine(
                entry=str(number),
                booked_on=on,
                value_on=on,
                amount=f"{sign}{amount.replace(',', '.')}",
                references=(" ".join(reference.split()),),
                text=" ".join(text.split()),
                reversal=reversal,
            )
        )
        total += minor
    closing = f":62F:{'C' if total >= 0 else 'D'}260731CNY{abs(total) // 100},{abs(total) % 100:02}"
    data = message(*fields, closing=closing).encode()
    (statement,) = read_mt940(data).statements
    assert list(statement.lines) == lines
    assert statement.from_on == date(2026, 6, 30) + timedelta(days=1)
    _, command = taken_from(data, Given(bank_account=CNY, name="july.sta", on=date(2026, 8, 1)))
    assert command is not None
    assert decide(grown(GROUND, command), command) == ()


def test_the_file_beside_the_documents_is_right() -> None:
    """30,836,376.73 + 12,500.00 - 150.00 - 12,500.00, which came back, + 3.27 = 30,836,230.00, on two pages."""
    found, command = taken_from(EXAMPLE.read_bytes(), Given(bank_account=CNY, name="july.sta", on=date(2026, 7, 16)))
    assert command is not None
    (statement,) = found.statements
    assert [line.amount for line in statement.lines] == ["12500.00", "-150.00", "-12500.00", "3.27"]
    assert [line.returned for line in statement.lines] == [None, None, "RTI", None]
    assert (statement.lines[0].party, statement.lines[0].text) == ("Bluff Creek Solar Glass (demo)", "Rent July")
    assert len(decide(GROUND, command)) == 1


def test_a_profile_is_read_as_it_was_written_before() -> None:
    """A tab as it is, and `into`: so it was before a profile could be on record."""
    said = {"date": "day", "amount": "sum", "direction": "way", "out": ["-"], "delimiter": "\t", "into": ["+"]}
    found = profile_from(said)
    assert (found.delimiter, found.inward) == ("tab", ("+",))
    table = b"day\tway\tsum\n2026-07-03\t-\t7.50\n"
    (statement,) = read_columns(table, found, Stated("S-1", opening="10", closing="2.50")).statements
    assert [one.amount for one in statement.lines] == ["-7.50"]


def test_a_profile_is_chosen_by_name_and_version() -> None:
    def version(number: int, *, latest: bool) -> ProfileOnRecord:
        return ProfileOnRecord(
            profile="river-demo",
            version=number,
            latest=latest,
            effective_on=date(2026, 7, 1),
            bank_account=None,
            columns=COLUMNS,
            position=number,
        )

    known = (version(2, latest=True), version(1, latest=False))
    assert [chosen(known, named).version for named in ("river-demo", "river-demo@1", "river-demo@2")] == [2, 1, 2]
    with pytest.raises(NotChosen, match="on record: river-demo@2, river-demo@1"):
        chosen(known, "river-demo@3")
