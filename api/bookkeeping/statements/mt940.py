"""MT940 of SWIFT, a bank's statement of an account, as banks send it with or without the blocks of a message.

read_mt940   the bytes of a file -> its statements, or every line that is wrong

An amount's mark says which way it went, and a reversal (RC, RD) goes the other way than what it takes back. An entry's
day has no year: it is the last such day up to the closing's. An entry without one is booked on its value day where that
is a day of the statement, else on the closing's. The opening's day is the one of the closing before, so a statement
begins the day after, or on it where entries are. Pages of one statement (:62M: then :60M:) are one; what stands after
a closing (:64:, :65:, a note in :86:) is of no entry. The third letter of the currency may follow the mark and says
nothing.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple, get_args

from api.bookkeeping.statements.rows import BAD_MAX, Place, StatementFile, amount_in, plain, references_of
from ledger.bookkeeping.statements.taking import LINES_MAX, StatedLine, StatedStatement
from ledger.values.currencies import Currency
from ledger.values.money import EXPONENT, written

TAG = re.compile(r":(\d{2}[A-Z]?):(.*)", re.ASCII | re.DOTALL)
BALANCE = re.compile(r"([CD])(\d{6})([A-Z]{3})(\d+(?:,\d*)?)", re.ASCII)
ENTRY = re.compile(r"(\d{6})(\d{4})?(E[CD]|R?[CD])([A-Z])?(\d+(?:,\d*)?)([NSF][A-Z0-9]{3})(.*)", re.ASCII)
PARTS = re.compile(r"(\d{3})([^A-Za-z0-9\s.,:/()'-])(?=\d{2})", re.ASCII)
"""A code of three figures, and the sign before each part; what may be an amount, a time or a date is text."""
NAMED = re.compile(r"\b(EREF|KREF|MREF|CRED|DEBT|COAM|OAMT|SVWZ|ABWA|ABWE|IBAN|BIC)\+")
PURPOSE = frozenset((*range(20, 30), *range(60, 64)))
WHOLE = 27
"""Signs of a part of the purpose that is full: the next one goes on in the same word."""


class _Field(NamedTuple):
    """A field: its tag, its lines, the place of the first."""

    tag: str
    lines: list[str]
    at: int


class _Balance(NamedTuple):
    minor: int
    on: date
    currency: Currency
    at: int


class _Page(NamedTuple):
    """A message that is right: a statement, or a page of one."""

    statement: str
    number: str | None
    first: bool
    last: bool
    opening: _Balance
    closing: _Balance
    entries: list[tuple[_Field, list[str]]]


def read_mt940(data: bytes, encoding: str | None = None) -> StatementFile:
    """Read an MT940: every statement in it, or every line that is wrong."""
    try:
        text = data.decode(encoding or "utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        return StatementFile(bad=(Place(line=line, rule=f"the text is not in {encoding or 'utf-8: say which it is'}"),))
    reading = _Reading()
    pages = [page for message in reading.messages(text) if (page := reading.page(message)) is not None]
    statements = [] if reading.bad else list(reading.statements(pages))
    if not pages and not reading.bad:
        reading.wrong(0, "there is no statement (:20:) in it")
    if reading.bad:
        bad = sorted(reading.bad, key=lambda place: place.line)
        return StatementFile(bad=tuple(bad[:BAD_MAX]))
    return StatementFile(statements=tuple(statements), left_out=tuple(reading.left_out))


class _Reading:
    """One file as it is read: what is wrong with it, and what was left out."""

    def __init__(self) -> None:
        self.bad = list[Place]()
        self.left_out = list[Place]()

    def wrong(self, line: int, rule: str) -> None:
        """Note what is wrong with a line."""
        self.bad.append(Place(line=line, rule=rule))

    def messages(self, text: str) -> Iterator[list[_Field]]:
        """The fields of each message; a message begins with :20:."""
        fields, ended = list[_Field](), True
        for at, line in enumerate(re.split(r"\r\n|\n|\r", text), 1):
            if line.startswith("{"):
                line = line.partition("{4:")[2]
            if line.strip() == "-" or line.startswith("-}"):
                ended = True
            elif (found := TAG.fullmatch(line)) is not None:
                if found[1] == "20":
                    if fields:
                        yield fields
                    fields, ended = [], False
                if ended:
                    self.wrong(at, f":{found[1]}: stands in no message: one begins with :20:")
                    continue
                fields.append(_Field(found[1], [found[2]], at))
            elif ended or not fields:
                if line.strip():
                    self.wrong(at, "the line stands in no field of a message")
            else:
                fields[-1].lines.append(line)
        if fields:
            yield fields

    def page(self, fields: Sequence[_Field]) -> _Page | None:
        """A message as a page; None where something is wrong with it, which is noted."""
        before, named = len(self.bad), {field.tag: field for field in reversed(fields)}
        at = fields[0].at
        opening = self._balance(at, "opening", [one for one in fields if one.tag in ("60F", "60M")])
        closing = self._balance(at, "closing", [one for one in fields if one.tag in ("62F", "62M")])
        entries, closed = list[tuple[_Field, list[str]]](), False
        for field in fields:
            closed = closed or field.tag in ("62F", "62M")
            if field.tag == "61":
                if closed:
                    self.wrong(field.at, "an entry stands after the closing")
                entries.append((field, []))
            elif field.tag == "86":
                if closed or not entries:
                    self.left_out.append(Place(line=field.at, rule="a note of the bank about no entry"))
                else:
                    entries[-1][1].extend(field.lines)
        name = next((named[tag].lines[0] for tag in ("28C", "28", "20") if tag in named), "")
        statement = plain(name.partition("/")[0])
        if statement is None:
            self.wrong(at, "the statement has no number in :28C:")
        if opening is not None and closing is not None and opening.currency != closing.currency:
            self.wrong(closing.at, f"the closing is in {closing.currency}, the opening in {opening.currency}")
        if len(self.bad) > before or opening is None or closing is None or statement is None:
            return None
        account = next((named[tag].lines[0] for tag in ("25", "25P") if tag in named), "")
        number = plain(account.removesuffix(opening.currency))
        return _Page(statement, number, "60F" in named, "62F" in named, opening, closing, entries)

    def _balance(self, at: int, which: str, found: Sequence[_Field]) -> _Balance | None:
        """The one balance among fields; what is wrong is noted."""
        if len(found) != 1:
            self.wrong(found[1].at if found else at, f"a statement has one {which} balance; this one has {len(found)}")
            return None
        (field,) = found
        said = BALANCE.fullmatch(field.lines[0].strip())
        on = None if said is None else _day(said[2])
        known: tuple[Currency, ...] = get_args(Currency)
        currency = None if said is None else next((one for one in known if one == said[3]), None)
        minor = None if said is None or currency is None else _amount(said[4], currency)
        if said is None or on is None:
            self.wrong(field.at, f"the {which} balance is no mark, day, currency and amount: C260731CNY100,00")
        elif currency is None:
            self.wrong(field.at, f"the account's currency is {said[3]}; known are {', '.join(known)}")
        elif minor is None:
            self.wrong(field.at, _no_amount(said[4], currency))
        else:
            return _Balance(minor if said[1] == "C" else -minor, on, currency, field.at)
        return None

    def statements(self, pages: Sequence[_Page]) -> Iterator[StatedStatement]:
        """The statements, each of its pages; what does not go on is noted."""
        of = list[_Page]()
        for page in pages:
            if of and (page.first or _account(page) != _account(of[-1])):
                self.wrong(of[-1].closing.at, "an intermediate closing (:62M:), and no page that goes on")
                of = []
            if not of and not page.first:
                self.wrong(page.opening.at, "an intermediate opening (:60M:), and no page before it")
            elif of and page.opening.minor != of[-1].closing.minor:
                self.wrong(page.opening.at, "the page does not begin with what the one before ended with")
            of.append(page)
            if page.last:
                yield self._statement(of)
                of = []
        if of:
            self.wrong(of[-1].closing.at, "an intermediate closing (:62M:), and no page that goes on")

    def _statement(self, pages: Sequence[_Page]) -> StatedStatement:
        """A statement of its pages; what is wrong with an entry is noted."""
        opening, closing = pages[0].opening, pages[-1].closing
        begins = min(opening.on + timedelta(days=1), closing.on)
        lines, places = list[StatedLine](), EXPONENT[closing.currency]
        entries = [entry for page in pages for entry in page.entries]
        for number, (field, told) in enumerate(entries, 1):
            line = self._entry(field, told, number, closing, begins)
            if line is not None:
                lines.append(line)
        if len(lines) > LINES_MAX:
            self.wrong(opening.at, f"a statement has {LINES_MAX:,} lines at most; this one has {len(lines):,}")
        if any(line.booked_on == opening.on for line in lines):
            begins = opening.on
        return StatedStatement(
            statement=pages[0].statement,
            number=pages[0].number,
            from_on=begins,
            until_on=closing.on,
            currency=closing.currency,
            opening=written(opening.minor, places),
            closing=written(closing.minor, places),
            lines=tuple(lines),
        )

    def _entry(
        self, field: _Field, told: Sequence[str], number: int, closing: _Balance, since: date
    ) -> StatedLine | None:
        """The line of an entry; None where it is not booked, or wrong, which is noted."""
        said = ENTRY.fullmatch(field.lines[0].rstrip())
        value = None if said is None else _day(said[1])
        if said is None or value is None:
            self.wrong(field.at, "the entry is no value day, mark, amount and kind: 2607310731C100,00NTRFREF//BANK")
            return None
        if said[3].startswith("E"):
            self.left_out.append(Place(line=field.at, rule=f"entry {number} is expected, not booked"))
            return None
        minor = _amount(said[5], closing.currency)
        booked = _booked(said[2], value, closing.on, since)
        if minor is None:
            self.wrong(field.at, _no_amount(said[5], closing.currency))
        if booked is None:
            self.wrong(field.at, f"{said[2]} is no day of a year: month and day")
        if minor is None or booked is None:
            return None
        mine, _, banks = said[7].partition("//")
        party, text, end_to_end = _told(told)
        return StatedLine(
            entry=str(number),
            booked_on=booked,
            value_on=value,
            amount=written(minor if said[3] in ("C", "RD") else -minor, EXPONENT[closing.currency]),
            references=references_of(banks, mine, end_to_end),
            party=party,
            text=text or plain(" ".join(field.lines[1:])),
            reversal=said[3].startswith("R"),
            returned="RTI" if said[6].endswith("RTI") else None,
        )


def _account(page: _Page) -> tuple[str, str | None]:
    return page.statement, page.number


def _no_amount(said: str, currency: Currency) -> str:
    return f"{said[:40]!r} is no amount of {currency}: {EXPONENT[currency]} decimals after ','"


def _amount(said: str, currency: Currency) -> int | None:
    """Minor units; a comma may end the amount."""
    return amount_in(said.removesuffix(",").replace(",", "."), currency)


def _day(said: str) -> date | None:
    """A day of this century: 260731."""
    try:
        return date(2000 + int(said[:2]), int(said[2:4]), int(said[4:]))
    except ValueError:
        return None


def _booked(said: str | None, value: date, closing: date, since: date) -> date | None:
    """The day of an entry: the last one so written up to the closing's; None where no year has it."""
    if said is None:
        return value if since <= value <= closing else closing
    for year in range(closing.year, closing.year - 8, -1):
        try:
            on = date(year, int(said[:2]), int(said[2:]))
        except ValueError:
            continue
        if on <= closing:
            return on
    return None


def _told(lines: Sequence[str]) -> tuple[str | None, str | None, str | None]:
    """The words of :86:: who, what for, the end-to-end reference. It has numbered parts, or is a text as it is."""
    whole = "".join(line.rstrip("\r") for line in lines)
    if (head := PARTS.match(whole)) is None:
        return None, plain(" ".join(lines)), None
    pieces = re.split(rf"{re.escape(head[2])}(\d{{2}})", whole[3:])
    parts = list(zip(map(int, pieces[1::2]), pieces[2::2], strict=True))
    purpose = ""
    for code, part in parts:
        if code in PURPOSE:
            purpose += part if len(part) >= WHOLE or not part else f"{part} "
    named = NAMED.split(purpose)
    said = dict(zip(named[1::2], named[2::2], strict=True))
    text = plain(said.get("SVWZ", "")) or plain(purpose)
    name = plain("".join(part for code, part in parts if code in (32, 33)))
    booking = next((plain(part) for code, part in parts if code == 0), None)
    return name, text or booking, said.get("EREF")
