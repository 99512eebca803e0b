"""OFX, a bank's list of entries for programs at home, in both of its forms: SGML (1.x) and XML (2.x).

read_ofx   the bytes of a file -> its statements, or every line that is wrong

A value ends where the next element begins, whether it is closed or not. Days are as written, in the bank's zone. There
is no opening in it: it is the ledger balance without the entries, where that is of a day of the list; else both
balances are said beside. So only the balance before finds what is missing from a file.
"""

import html
import re
from collections.abc import Iterator
from datetime import date
from typing import get_args

from api.bookkeeping.statements.columns import Stated
from api.bookkeeping.statements.rows import BAD_MAX, Place, StatementFile, amount_in, plain, references_of
from ledger.bookkeeping.statements.taking import LINES_MAX, StatedLine, StatedStatement
from ledger.values.currencies import Currency
from ledger.values.money import EXPONENT, written

ELEMENT = re.compile(r"<(/?)([A-Za-z0-9.]+)[^<>]*>([^<]*)")
LITERAL = re.compile(r"<!\[CDATA\[(.*?)\]\]>|<!--.*?-->", re.DOTALL)
HEAD = re.compile(rb"(?:encoding=[\"']([A-Za-z0-9-]+)|^CHARSET:\s*([A-Za-z0-9-]+))", re.MULTILINE)
CHARSETS = {
    **dict.fromkeys(("1252", "windows-1252"), "windows-1252"),
    **dict.fromkeys(("8859-1", "iso-8859-1"), "iso-8859-1"),
    **dict.fromkeys(("936", "gbk", "gb2312", "gb18030"), "gb18030"),
}
"""By what the head says; all else is UTF-8."""
GROUPS = frozenset(
    (
        *("STMTRS", "CCSTMTRS", "BANKACCTFROM", "CCACCTFROM", "BANKACCTTO", "CCACCTTO", "BANKTRANLIST"),
        *("STMTTRN", "LEDGERBAL", "AVAILBAL", "PAYEE", "CURRENCY", "ORIGCURRENCY"),
    )
)
"""What holds other elements, and is looked into."""


class _Group:
    """An element that holds others: its line, its values by name, its groups."""

    def __init__(self, name: str, line: int) -> None:
        self.name, self.line = name, line
        self.values, self.groups = dict[str, str](), list[_Group]()

    def all(self, *names: str) -> "list[_Group]":
        """The groups of these names, however deep."""
        found = [one for one in self.groups if one.name in names]
        return [*found, *(deeper for one in self.groups for deeper in one.all(*names))]

    def said(self, name: str, *of: str) -> str | None:
        """A value of the group, or of the first of these in it."""
        group = next(iter(self.all(*of)), None) if of else self
        return None if group is None else group.values.get(name)


def _parsed(text: str) -> _Group:
    """Everything in the file that is looked into."""
    top = _Group("", 0)
    path, line, seen = [top], 1, 0
    for found in ELEMENT.finditer(text):
        line, seen = line + text.count("\n", seen, found.start()), found.start()
        closes, name, value = found[1], found[2].upper(), html.unescape(found[3]).strip()
        if name in GROUPS:
            if not closes:
                path[-1].groups.append(_Group(name, line))
                path.append(path[-1].groups[-1])
            elif any(one.name == name for one in path):
                while path.pop().name != name:
                    pass
        elif not closes and value:
            path[-1].values.setdefault(name, value)
    return top


def _literal(found: re.Match[str]) -> str:
    """Text that was written as it is, as other text; of a comment only its lines."""
    return "\n" * found[0].count("\n") if found[1] is None else html.escape(found[1])


def read_ofx(data: bytes, stated: Stated, encoding: str | None = None) -> StatementFile:
    """Read an OFX: every statement in it, or every line that is wrong."""
    head = HEAD.search(data[:1000])
    said = (head[1] or head[2]).decode().lower() if head is not None else ""
    encoding = encoding or CHARSETS.get(said, "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        return StatementFile(bad=(Place(line=line, rule=f"the text is not in {encoding}"),))
    bad = list[Place]()
    found = _parsed(LITERAL.sub(_literal, text)).all("STMTRS", "CCSTMTRS")
    statements = [_statement(one, stated, bad) for one in found]
    if not found:
        bad.append(Place(line=0, rule="there is no statement (STMTRS) in it"))
    if bad:
        return StatementFile(bad=tuple(bad[:BAD_MAX]))
    return StatementFile(statements=tuple(one for one in statements if one is not None))


def _statement(group: _Group, stated: Stated, bad: list[Place]) -> StatedStatement | None:
    """A statement; None where something is wrong with it, which is noted."""
    before, said = len(bad), group.values.get("CURDEF")
    known: tuple[Currency, ...] = get_args(Currency)
    currency = next((one for one in known if one == said), None)
    listed = next(iter(group.all("BANKTRANLIST")), None)
    if currency is None:
        bad.append(Place(line=group.line, rule=f"the account's currency is {said}; known are {', '.join(known)}"))
    if listed is None:
        bad.append(Place(line=group.line, rule="there is no list of entries (BANKTRANLIST)"))
    if currency is None or listed is None:
        return None
    entries = listed.all("STMTTRN")
    if len(entries) > LINES_MAX:
        bad.append(Place(line=group.line, rule=f"a statement has {LINES_MAX:,} lines at most"))
        return None
    lines = [line for number, entry in enumerate(entries, 1) for line in _entry(entry, number, currency, bad)]
    begins = stated.from_on or _day(listed.values.get("DTSTART"))
    ends = stated.until_on or _day(listed.values.get("DTEND"))
    if begins is None or ends is None:
        bad.append(Place(line=listed.line, rule="the list needs its days in DTSTART and DTEND: 20260731"))
    if len(bad) > before or begins is None or ends is None:
        return None
    balances = _balances(group, listed, lines, currency, ends, stated, bad)
    if balances is None:
        return None
    opening, closing, until = balances
    return StatedStatement(
        statement=stated.statement,
        number=plain(group.said("ACCTID", "BANKACCTFROM", "CCACCTFROM") or ""),
        from_on=begins,
        until_on=until,
        currency=currency,
        opening=opening,
        closing=closing,
        lines=tuple(lines),
    )


def _balances(
    group: _Group,
    listed: _Group,
    lines: list[StatedLine],
    currency: Currency,
    ends: date,
    stated: Stated,
    bad: list[Place],
) -> tuple[str, str, date] | None:
    """Opening, closing and its day: as said beside, else from the ledger balance; None where it cannot be told."""
    if stated.opening is not None and stated.closing is not None:
        return stated.opening, stated.closing, ends
    balance = next(iter(group.all("LEDGERBAL")), None)
    on = None if balance is None else _day(balance.values.get("DTASOF"))
    minor = None if balance is None else _amount(balance.values.get("BALAMT", ""), currency)
    if minor is None or on is None or not max((line.booked_on for line in lines), default=on) <= on <= ends:
        rule = "LEDGERBAL is of no day from the last entry's to DTEND: say opening and closing"
        bad.append(Place(line=balance.line if balance is not None else listed.line, rule=rule))
        return None
    places = EXPONENT[currency]
    moved = sum(amount for line in lines if (amount := amount_in(line.amount, currency)) is not None)
    return written(minor - moved, places), written(minor, places), on


def _entry(entry: _Group, number: int, currency: Currency, bad: list[Place]) -> Iterator[StatedLine]:
    """The line of an entry; none where something is wrong with it, which is noted."""
    values, faults = entry.values, list[str]()
    booked, minor = _day(values.get("DTPOSTED")), _amount(values.get("TRNAMT", ""), currency)
    if booked is None:
        faults.append(f"DTPOSTED {values.get('DTPOSTED', '')[:40]!r} is no day: 20260731")
    if minor is None:
        places = EXPONENT[currency]
        faults.append(f"TRNAMT {values.get('TRNAMT', '')[:40]!r} is no amount of {currency}: {places} decimals")
    if "CORRECTFITID" in values:
        faults.append(f"the entry corrects another ({values['CORRECTFITID'][:40]}): take the bank's statement instead")
    if (other := entry.said("CURSYM", "CURRENCY")) not in (None, currency):
        faults.append(f"the amount is in {other}, the account in {currency}")
    bad += (Place(line=entry.line, rule=fault) for fault in faults)
    if faults or booked is None or minor is None:
        return
    yield StatedLine(
        entry=str(number),
        booked_on=booked,
        value_on=_day(values.get("DTAVAIL")),
        amount=written(minor, EXPONENT[currency]),
        references=references_of(values.get("FITID"), values.get("REFNUM"), values.get("CHECKNUM")),
        party=plain(values.get("NAME") or entry.said("NAME", "PAYEE") or ""),
        text=plain(values.get("MEMO", "")),
    )


def _amount(said: str, currency: Currency) -> int | None:
    """Minor units; a comma is a point, and nothing stands between thousands."""
    return amount_in(said.replace(",", "."), currency)


def _day(said: str | None) -> date | None:
    """The day of a time, as written: 20260731000000[+8:CST]."""
    if said is None or not re.match(r"\d{8}(\D|\d{4}|$)", said, re.ASCII):
        return None
    try:
        return date(int(said[:4]), int(said[4:6]), int(said[6:8]))
    except ValueError:
        return None
