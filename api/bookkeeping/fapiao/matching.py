"""Whose each row of a reply is: the document, or the credit note, that it is the tax invoice of.

Given       what is said beside a file
Matched     what a file comes to: the command that records it, None where a line is wrong; and every note about a line
taken_from  bytes and the ledger -> Matched; matched: the same of rows that were read
without     a command without the replies that a rule refused

A row is that of the request whose serial it has: the position of the fact that issued the document or note. One without
is known by the document's name in its remark, or, red, by the number in its remark of the tax invoice that it corrects:
it is of the first note of its amount that has no red-letter tax invoice yet; where no note is of its amount, of the
whole. Numbers that were withdrawn tell nothing.
"""

import hashlib
import re
from collections.abc import Container, Iterable, Sequence
from datetime import date
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection

from api.bookkeeping.fapiao.reading import LineRule, ReplyFile, Row, read
from ledger.billing.facts import Credited, Issued
from ledger.billing.invoicing.facts import FapiaoIssued, FapiaoWithdrawn, key_of
from ledger.billing.invoicing.replies import REPLIES_MAX, FapiaoReply, TakeFapiaoReplies
from ledger.decider import Fact, Fault, Text, all_facts, standing, stored_name
from ledger.log import store
from ledger.log.envelope import decode
from ledger.values.evidence import Evidence
from ledger.values.money import written
from projections.engine.receipts import facts_at

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}", re.ASCII)
REPLY = re.compile(r"replies\[([0-9]+)\]", re.ASCII)
DIGITAL = re.compile(r"(?<![0-9])[0-9]{20}(?![0-9])", re.ASCII)
SERIAL = re.compile(r"[0-9]{1,15}", re.ASCII)


class Given(Struct, frozen=True, kw_only=True):
    """Said beside a file: its name, and the day on which it came; `good_rows`: take it without wrong ones."""

    name: Text
    on: date
    good_rows: bool = False


class Matched(Struct, frozen=True, kw_only=True):
    """The sum of a file. `command`: None where a line is wrong and good ones are not taken alone, or none is left.

    rows       how many tax invoices the file has; left_out: lines that are no tax invoice that holds
    """

    command: TakeFapiaoReplies | None
    rows: int
    left_out: tuple[LineRule, ...]
    bad: tuple[LineRule, ...]


class _NotMatched(ValueError):
    """Nobody could say whose a row is; the message says why."""


def taken_from(connection: Connection, data: bytes, given: Given) -> Matched:
    """Read a file and say whose each of its rows is."""
    return matched(connection, read(data), Evidence(doc=given.name, sha256=hashlib.sha256(data).hexdigest()), given)


def matched(connection: Connection, file: ReplyFile, evidence: Evidence, given: Given) -> Matched:
    """Say whose each row of a file is."""
    replies, bad = list[FapiaoReply](), list(file.bad)
    known = _known(connection, file.rows)
    noted = set[str]()
    for row in file.rows:
        try:
            reply = _reply(connection, row, known.get(int(row.serial)) if _is_serial(row) else None, noted)
            _check_day(row, given.on)
            replies.append(reply)
            noted.add(reply.credit_note or "")
        except _NotMatched as error:
            bad.append(LineRule(row.line, str(error)))
    if len(replies) > REPLIES_MAX:
        bad.append(LineRule(0, f"a file has {REPLIES_MAX:,} tax invoices at most, and this one {len(replies):,}"))
    command = None
    if 0 < len(replies) <= REPLIES_MAX and (given.good_rows or not bad):
        command = TakeFapiaoReplies(effective_on=given.on, file=evidence, replies=tuple(replies))
    notes = tuple(sorted(bad, key=lambda one: one.line))
    return Matched(command=command, rows=len(file.rows), left_out=file.left_out, bad=notes)


def without(command: TakeFapiaoReplies, faults: Iterable[Fault]) -> TakeFapiaoReplies | None:
    """The same without the replies that a rule refused (`replies[3].net`); None where none is left."""
    refused = {int(found[1]) for fault in faults if (found := REPLY.match(fault.field))}
    left = tuple(reply for at, reply in enumerate(command.replies) if at not in refused)
    return replace(command, replies=left) if left else None


def line_of(fault: Fault) -> tuple[int, str]:
    """The line of the file that a refused reply has, and the rule: `line 7: net is …`."""
    line, _, rule = fault.detail.removeprefix("line ").partition(": ")
    return int(line), rule


def _is_serial(row: Row) -> bool:
    return SERIAL.fullmatch(row.serial) is not None


def _known(connection: Connection, rows: Sequence[Row]) -> dict[int, Fact]:
    """The facts that rows name by serial."""
    positions = {int(row.serial) for row in rows if _is_serial(row)}
    return {position: entry.fact for position, entry in facts_at(connection, positions).items()}


def _reply(connection: Connection, row: Row, by_serial: Fact | None, noted: Container[str]) -> FapiaoReply:
    """Make a row a reply. `noted`: the credit notes that rows before it are of. Raises _NotMatched."""
    found = by_serial if row.serial else _by_remark(connection, row, noted)
    if not isinstance(found, Issued | Credited):
        raise _NotMatched(f"发票流水号 {row.serial} is no request of this ledger")
    is_note = isinstance(found, Credited)
    if row.serial and row.red != is_note:
        what = "a red-letter one, and its request is not" if row.red else "none of a credit note, and its request is"
        raise _NotMatched(f"{row.number} is {what}")
    if row.issued_on < found.effective_on:
        of = found.credit_note if isinstance(found, Credited) else found.invoice
        raise _NotMatched(f"开票日期 {row.issued_on} is before that of {of}, {found.effective_on}")
    return FapiaoReply(
        line=row.line,
        invoice=found.invoice,
        credit_note=found.credit_note if isinstance(found, Credited) else None,
        red=row.red and not is_note,
        number=row.number,
        code=row.code,
        issued_on=row.issued_on,
        net=written(abs(row.net_minor)),
        vat=written(abs(row.vat_minor)),
    )


def _check_day(row: Row, came_on: date) -> None:
    """Check that a tax invoice was issued by the day on which the file came. Raises _NotMatched."""
    if row.issued_on > came_on:
        raise _NotMatched(f"开票日期 {row.issued_on} is after the day on which the file came, {came_on}")


def _by_remark(connection: Connection, row: Row, noted: Container[str]) -> Fact:
    """The document, or note, that a remark names. Raises _NotMatched."""
    if row.red:
        return _corrected(connection, row, noted)
    named = dict.fromkeys(NAME.findall(row.remark))
    return _one_document(connection, row, named, "names")


def _one_document(connection: Connection, row: Row, names: Iterable[str], how: str) -> Issued:
    found = [fact for name in names for fact in _facts(connection, f"invoice:{name}", Issued) if fact.invoice == name]
    if len(found) != 1:
        which = f"{len(found)} documents" if found else "no document"
        raise _NotMatched(f"it has no 发票流水号, and its 备注 {row.remark!r} {how} {which} of this ledger")
    document: Issued = found[0]
    return document


def _corrected(connection: Connection, row: Row, noted: Container[str]) -> Fact:
    """The note of its amount on the document whose tax invoice the remark names; that document where none is."""
    tags = [f"fapiao:{number}" for number in DIGITAL.findall(row.remark)]
    blue = [fact for tag in tags for fact in _facts(connection, tag, FapiaoIssued) if not fact.red]
    document = _one_document(connection, row, dict.fromkeys(fact.invoice for fact in blue), "corrects")
    tag, own = f"invoice:{document.invoice}", key_of(row.number, row.code)
    of_notes = {one.credit_note: one.key for one in _facts(connection, tag, FapiaoIssued) if one.credit_note}
    notes = [
        note
        for note in _facts(connection, tag, Credited)
        if (note.net_minor, note.vat_minor) == (-row.net_minor, -row.vat_minor) and note.credit_note not in noted
    ]
    recorded = [note for note in notes if of_notes.get(note.credit_note) == own]
    free = [note for note in notes if note.credit_note not in of_notes]
    return next(iter((*recorded, *free)), document)


def _facts(connection: Connection, tag: str, kind: type[Fact]) -> list[Any]:
    """The facts of a kind that carry a tag and still stand, in the order recorded."""
    names = [stored_name(one) for one in all_facts().values() if issubclass(one, kind | FapiaoWithdrawn)]
    found = [decode(envelope).fact for envelope in store.envelopes_by_tags(connection, [tag], names)]
    return [fact for fact in standing(found, lambda fact: fact) if isinstance(fact, kind)]
