"""camt.053, .052 and .054 of ISO 20022, what a bank says of an account, versions 02 to 13.

read_camt   the bytes of a file -> its statements, or every line that is wrong

A statement (053) has an opening and a closing. A report during the day (052) is one too where it has an opening and a
balance so far, both booked; the statement of the day then finds its lines known. A notification (054) tells movements
without balances: it is read, each movement is told, and none recorded, so that nothing comes twice.

Read by local names: versions differ in the namespace and in few places. An amount is positive and `CdtDbtInd` says
which way it went; `RvslInd` says that it takes something back and turns nothing round. Only what is booked is a line.
A batch is as many lines as it has details where they say their amounts in the account's currency and come to the
entry; else it is one. What was instructed (`InstdAmt`) is never what moved. Days are as written, in the bank's zone.
A document type is refused, and with it every declaration of an entity.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple, get_args
from xml.parsers import expat

from api.bookkeeping.statements.rows import BAD_MAX, Place, StatementFile, amount_in, plain, references_of
from ledger.bookkeeping.statements.taking import LINES_MAX, StatedLine, StatedStatement
from ledger.values.currencies import Currency
from ledger.values.money import EXPONENT, written

NAMESPACE = re.compile(r"urn:iso:std:iso:20022:tech:xsd:camt\.05([234])\.001\.(0[2-9]|1[0-3])")
BODIES = {
    "2": ("BkToCstmrAcctRpt", "Rpt"),
    "3": ("BkToCstmrStmt", "Stmt"),
    "4": ("BkToCstmrDbtCdtNtfctn", "Ntfctn"),
}
"""Where each message has what it says of accounts."""
CLOSINGS = {"2": ("CLBD", "ITBD"), "3": ("CLBD",)}
"""The booked balances that a message may end with."""
DEEPEST = 100
CHINESE = re.compile(rb"<\?xml[^>]{0,100}encoding=[\"']gb", re.IGNORECASE)


class Node:
    """An element: its local name, its line, its attributes, its text and what is in it."""

    __slots__ = ("attributes", "children", "line", "name", "namespace", "text")

    def __init__(self, name: str, line: int, attributes: dict[str, str]) -> None:
        self.namespace, _, self.name = name.rpartition(" ")
        self.line, self.attributes = line, attributes
        self.text, self.children = "", list[Node]()

    def all(self, name: str) -> "list[Node]":
        """The elements of that name in this one."""
        return [child for child in self.children if child.name == name]

    def at(self, *names: str) -> "Node | None":
        """The first element on a way of names."""
        found: Node | None = self
        for name in names:
            found = next(iter(found.all(name)), None) if found is not None else None
        return found

    def said(self, *ways: str) -> str | None:
        """The text of the first of these ways that says something: "Dt/DtTm"."""
        for way in ways:
            if (found := self.at(*way.split("/"))) is not None and found.text.strip():
                return found.text.strip()
        return None


class Malformed(Exception):
    """The file is no XML that is read."""

    def __init__(self, line: int, rule: str) -> None:
        super().__init__(rule)
        self.place = Place(line=line, rule=rule)


def _parsed(data: bytes) -> Node:
    """The root. Raises Malformed."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    top = Node("", 0, {})
    open_ones, texts = [top], [list[str]()]

    def begin(name: str, attributes: dict[str, str]) -> None:
        if len(open_ones) > DEEPEST:
            raise Malformed(parser.CurrentLineNumber, f"elements stand in one another more than {DEEPEST} deep")
        node = Node(name, parser.CurrentLineNumber, attributes)
        open_ones[-1].children.append(node)
        open_ones.append(node)
        texts.append([])

    def end(_: str) -> None:
        open_ones.pop().text = "".join(texts.pop())

    def write(text: str) -> None:
        texts[-1].append(text)

    def refuse(*_: object) -> None:
        raise Malformed(parser.CurrentLineNumber, "a document type, and entities of its own, are not taken")

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = begin, end, write
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuse
    try:
        # expat knows no Chinese encoding; text it takes as it is, whatever its head says.
        parser.Parse(data.decode("gb18030") if CHINESE.match(data) else data, True)
    except expat.ExpatError as error:
        raise Malformed(error.lineno, f"no well-formed XML: {expat.ErrorString(error.code)}") from error
    except UnicodeDecodeError as error:
        raise Malformed(1, "the text is not in the encoding that its head names") from error
    return top.children[0]


def read_camt(data: bytes) -> StatementFile:
    """Read a camt: every statement in it, or every line that is wrong."""
    try:
        root = _parsed(data)
    except Malformed as error:
        return StatementFile(bad=(error.place,))
    document = root if root.name == "Document" else root.at("Document")
    message = NAMESPACE.fullmatch(document.namespace) if document is not None else None
    if document is None or message is None:
        found = f"the root is {root.name} of {root.namespace or 'no namespace'}"
        rule = f"no camt.053.001.02 to .13, nor .052 or .054 of these versions: {found}"
        return StatementFile(bad=(Place(line=root.line, rule=rule),))
    body, part = BODIES[message[1]]
    reading, parts = _Reading(message[1]), [one for outer in document.all(body) for one in outer.all(part)]
    if not parts:
        reading.wrong(document, f"there is no statement ({part}) in it")
    if message[1] == "4":
        count = sum(reading.notification(one) for one in parts)
        if not reading.bad:
            reading.wrong(document, NOTIFIED.format(count=count))
        return StatementFile(bad=tuple(reading.bad[:BAD_MAX]), left_out=tuple(reading.left_out[:BAD_MAX]))
    statements = [reading.statement(one) for one in parts]
    good = () if reading.bad else tuple(one for one in statements if one is not None)
    return StatementFile(statements=good, bad=tuple(reading.bad[:BAD_MAX]), left_out=tuple(reading.left_out))


NOTIFIED = (
    "a notification (camt.054) has no balances, and nothing of it is recorded: the statement (camt.053) of the account "
    "brings what it tells, movements: {count}"
)


class _Balance(NamedTuple):
    minor: int
    on: date
    node: Node


class _Reading:
    """One file as it is read: what is wrong with it, and what was left out."""

    def __init__(self, message: str) -> None:
        self.message = message
        self.bad = list[Place]()
        self.left_out = list[Place]()

    def wrong(self, node: Node, rule: str) -> None:
        """Note what is wrong with an element."""
        self.bad.append(Place(line=node.line, rule=rule))

    def statement(self, node: Node) -> StatedStatement | None:
        """A statement; None where something is wrong with it, which is noted."""
        before = len(self.bad)
        name, account = plain(node.said("Id") or ""), node.at("Acct")
        if name is None:
            self.wrong(node, "the statement has no Id")
        currency = self._currency(node)
        if currency is None:
            return None
        opening, closing = (
            self._balance(node, currency, "OPBD", "PRCD"),
            self._balance(node, currency, *CLOSINGS[self.message]),
        )
        lines = [
            line for number, entry in enumerate(node.all("Ntry"), 1) for line in self._entry(entry, number, currency)
        ]
        if len(lines) > LINES_MAX:
            self.wrong(node, f"a statement has {LINES_MAX:,} lines at most; this one has {len(lines):,}")
        if len(self.bad) > before or opening is None or closing is None or name is None:
            return None
        places = EXPONENT[currency]
        return StatedStatement(
            statement=name,
            number=plain((account.said("Id/IBAN", "Id/Othr/Id") if account else None) or ""),
            from_on=self._from_on(node, opening),
            until_on=closing.on,
            currency=currency,
            opening=written(opening.minor, places),
            closing=written(closing.minor, places),
            lines=tuple(lines),
        )

    def notification(self, node: Node) -> int:
        """Tell every movement of a notification, and count them; what is wrong is noted."""
        currency, count = self._currency(node), 0
        for number, entry in enumerate(node.all("Ntry") if currency else (), 1):
            for line in self._entry(entry, number, currency or ""):
                said = (f"{line.amount} {currency}", line.party, line.text, ", ".join(line.references))
                self.left_out.append(Place(line=entry.line, rule=f"{line.entry}: {' · '.join(filter(None, said))}"))
                count += 1
        return count

    def _currency(self, node: Node) -> Currency | None:
        """The account's currency: as it says, else its balances'."""
        said = node.said("Acct/Ccy")
        if said is None:
            amounts = [balance.at("Amt") for balance in (*node.all("Bal"), *node.all("Ntry"))]
            said = next((amount.attributes.get("Ccy") for amount in amounts if amount is not None), None)
        known: tuple[Currency, ...] = get_args(Currency)
        found = next((currency for currency in known if currency == said), None)
        if found is None:
            self.wrong(node, f"the account's currency is {said}; known are {', '.join(known)}")
        return found

    def _balance(self, node: Node, currency: str, *codes: str) -> _Balance | None:
        """The balance of the first of these codes that is there."""
        for code in codes:
            found = [one for one in node.all("Bal") if one.said("Tp/CdOrPrtry/Cd") == code]
            if len(found) > 1:
                self.wrong(found[1], f"the balance {code} comes {len(found)} times")
                return None
            if found:
                amount, on = self._signed(found[0], currency), self._day(found[0], "Dt")
                return None if amount is None or on is None else _Balance(amount, on, found[0])
        during = self.message == "2"
        rule = f"the {'report' if during else 'statement'} has no balance {' or '.join(codes)}"
        if during:
            rule += ", and is not recorded: the statement (camt.053) of the day brings its entries"
        self.wrong(node, rule)
        return None

    def _from_on(self, node: Node, opening: _Balance) -> date:
        """The first day: as the statement says, else the opening balance's, of the last closing the day after it."""
        said = node.said("FrToDt/FrDtTm", "FrToDt/FrDt")
        if said is not None and (on := _day_of(said)) is not None:
            return on
        return opening.on + timedelta(days=opening.node.said("Tp/CdOrPrtry/Cd") == "PRCD")

    def _signed(self, node: Node, currency: str, amount: Node | None = None, way: str | None = None) -> int | None:
        """The amount of an element in minor units, negative where it is a debit; what is wrong is noted."""
        amount, way = amount or node.at("Amt"), way or node.said("CdtDbtInd")
        if amount is None or way not in ("CRDT", "DBIT"):
            self.wrong(node, f"{node.name} needs Amt, and CRDT or DBIT in CdtDbtInd")
            return None
        if amount.attributes.get("Ccy") != currency:
            self.wrong(amount, f"the amount is in {amount.attributes.get('Ccy')}, the account in {currency}")
            return None
        minor = amount_in(amount.text.strip(), currency)
        if minor is None or minor < 0:
            self.wrong(
                amount, f"{amount.text.strip()[:40]!r} is no amount of {currency}: {EXPONENT[currency]} decimals"
            )
            return None
        return minor if way == "CRDT" else -minor

    def _day(self, node: Node, name: str) -> date | None:
        said = node.said(f"{name}/Dt", f"{name}/DtTm")
        on = _day_of(said) if said else None
        if on is None:
            self.wrong(node, f"{node.name} needs a day in {name}: 2026-07-31")
        return on

    def _entry(self, node: Node, number: int, currency: str) -> Iterator[StatedLine]:
        """The lines of an entry: one, or one for each payment of a batch; none where it is not booked."""
        status = node.said("Sts/Cd", "Sts/Prtry", "Sts")
        if status != "BOOK":
            self.left_out.append(Place(line=node.line, rule=f"entry {number} is {status or 'of no state'}, not booked"))
            return
        minor, booked = self._signed(node, currency), self._day(node, "BookgDt")
        if minor is None or booked is None:
            return
        value = _day_of(node.said("ValDt/Dt", "ValDt/DtTm") or "")
        reversal = node.said("RvslInd") in ("true", "1")
        details = [detail for batch in node.all("NtryDtls") for detail in batch.all("TxDtls")]
        parts = _split(details, node.said("CdtDbtInd") or "", minor, currency)
        if len(details) > 1 and not parts:
            rule = f"entry {number} stays one line: its {len(details)} details do not come to it in {currency}"
            self.left_out.append(Place(line=node.line, rule=rule))
        told = (
            [(f"{number}.{nth}", part, [one]) for nth, (part, one) in enumerate(parts, 1)] if len(parts) > 1 else None
        )
        for name, part, of in told or [(str(number), minor, details)]:
            yield _line(node, of, name, part, currency, booked, value, reversal)


def _split(details: list[Node], way: str, whole: int, currency: str) -> list[tuple[int, Node]]:
    """The details of a batch with the amount of each; none where not all say it, or they do not come to the entry."""
    found = list[tuple[int, Node]]()
    for detail in details:
        amount = detail.at("Amt") or detail.at("AmtDtls", "TxAmt", "Amt")
        if amount is None or amount.attributes.get("Ccy") != currency:
            return []
        minor = amount_in(amount.text.strip(), currency)
        if minor is None or minor < 0:
            return []
        found.append((minor if (detail.said("CdtDbtInd") or way) == "CRDT" else -minor, detail))
    return found if sum(minor for minor, _ in found) == whole else []


def _line(
    entry: Node,
    details: list[Node],
    name: str,
    minor: int,
    currency: str,
    booked: date,
    value: date | None,
    reversal: bool,
) -> StatedLine:
    """A line of an entry and its details. Of a batch that stays whole no payment's words are the entry's."""
    detail = details[0] if len(details) == 1 else Node("", 0, {})
    # Who is on the other side of what the bank takes back is who was there at first.
    side = "Dbtr" if (minor > 0) != reversal else "Cdtr"
    ways = [f"RltdPties/{side}/Nm", f"RltdPties/{side}/Pty/Nm"]
    words = [node.text for node in _all(detail, "RmtInf", "Ustrd")] or [detail.said("AddtlTxInf") or ""]
    reasons = _all(detail, "RtrInf", "Rsn", "Cd") + _all(detail, "RtrInf", "Rsn", "Prtry")
    return StatedLine(
        entry=name,
        booked_on=booked,
        value_on=value,
        amount=written(minor, EXPONENT[currency]),
        references=references_of(
            detail.said("Refs/AcctSvcrRef"),
            entry.said("AcctSvcrRef"),
            detail.said("Refs/EndToEndId"),
            detail.said("Refs/TxId"),
        ),
        party=plain(detail.said(*ways) or ""),
        text=plain(" ".join(words)) or plain(entry.said("AddtlNtryInf") or ""),
        reversal=reversal,
        returned=(plain(reasons[0].text) or "unsaid") if reasons else "unsaid" if detail.at("RtrInf") else None,
    )


def _all(node: Node, *names: str) -> list[Node]:
    found = [node]
    for name in names:
        found = [child for one in found for child in one.all(name)]
    return found


def _day_of(text: str) -> date | None:
    """The day of a date or a time, as written."""
    if not re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T|Z|[+-]|$)", text, re.ASCII):
        return None
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None
