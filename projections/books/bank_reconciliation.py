"""Do the books and the bank say the same of an account, and if not, why not?

reconciliation   each account with statements, at a date: both balances, and every line that only one of them has
account_told     the statements of an account, what people said of their lines, and what no other answers
matched          the lines of the bank and of the books that no other answers

For every account and day: the books + what was so before + gaps + lines only at the bank - entries only in the books
= the bank. Lines are matched when the report is asked for; only what a person said of one is on record, and goes
before: as long as the payments that they named stand.

Any other line of the bank answers an entry of the books by a reference and the amount; else by the amount and the day
alone, where neither could answer another, and where their references do not say otherwise. An entry that was reversed,
and its mirror, answer each other, unless the bank has the reversal too: under its reference, or in a line that the bank
marks as a reversal or a returned payment, where it has the entry itself under its own and that was not recorded anew.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any, NamedTuple

from msgspec import Struct
from sqlalchemy import Connection, Select, select

from ledger.bookkeeping.banking.facts import BankBalanceBroughtForward
from ledger.bookkeeping.statements.chain import Chain, Same, ToldLine, chained
from ledger.bookkeeping.statements.facts import (
    BankLineFact,
    BankLineMatched,
    BankLinePutAside,
    BankStatementTaken,
    statements_tag,
)
from ledger.decider import standing
from ledger.joint.matching import answered
from ledger.periods import PostingFact
from ledger.values.money import EXPONENT, written
from projections.books.bank_accounts import accounts_on, in_bank
from projections.engine.basis import Basis
from projections.engine.receipts import facts_at
from projections.engine.sources import facts_behind


class ReconciledAccount(Struct, frozen=True, kw_only=True):
    """An account, in its currency. `difference` is bank less books, and the four after it come to it.

    bank_until   the day up to which the bank says something, at most the report's
    before       the opening of the first statement, less entries before it that no line answers
    gaps         where statements do not meet
    """

    bank_account: str
    currency: str
    bank_until: date
    held_books: str
    held_bank: str
    difference: str
    before: str
    gaps: str
    only_bank: str
    only_books: str


class UnansweredLine(Struct, frozen=True, kw_only=True):
    """A line that only one of them has, or a gap. `item`: STATEMENT/ENTRY, or the position and number of a line.

    aside   why somebody put a line of the bank aside
    """

    bank_account: str
    currency: str
    item: str
    on: date
    reference: str | None = None
    party: str | None = None
    text: str | None = None
    amount: str
    aside: str | None = None


class Reconciliation(Struct, frozen=True, kw_only=True):
    """Accounts by id; lines by account and day."""

    rows: tuple[ReconciledAccount, ...]
    only_bank: tuple[UnansweredLine, ...]
    only_books: tuple[UnansweredLine, ...]
    gaps: tuple[UnansweredLine, ...]
    fictional: bool


Said = Mapping[Same, BankLineFact]
"""What people said of lines, by what tells a line from others."""


class BookLine(NamedTuple):
    """A line of the books on the account. `mirror`: it takes back the earlier one of its document."""

    item: str
    on: date
    amount_minor: int
    reference: str | None = None
    document: str | None = None
    company: str | None = None
    mirror: bool = False


# Matching


def matched(
    bank: Sequence[ToldLine], books: Sequence[BookLine], said: Said = MappingProxyType({})
) -> tuple[list[ToldLine], list[BookLine]]:
    """Find the lines of both that no other answers; what people said of the bank's goes before."""
    bank, books = _without_said(bank, books, said)
    bank, books = _without_mirrored(bank, books)
    of_bank, of_books = defaultdict[int, list[ToldLine]](list), defaultdict[int, list[BookLine]](list)
    for one in sorted(bank, key=lambda told: told.line.booked_on):
        of_bank[one.line.amount_minor].append(one)
    for entry in sorted(books, key=lambda entry: entry.on):
        of_books[entry.amount_minor].append(entry)
    for minor in of_bank.keys() & of_books.keys():
        _match(of_bank[minor], of_books[minor])
    left_bank = [one for alike in of_bank.values() for one in alike]
    left_books = [entry for alike in of_books.values() for entry in alike]
    return (
        sorted(left_bank, key=lambda one: (one.line.booked_on, one.statement, one.line.entry)),
        sorted(left_books, key=lambda entry: (entry.on, entry.item)),
    )


def _without_said(
    bank: Sequence[ToldLine], books: Sequence[BookLine], said: Said
) -> tuple[list[ToldLine], list[BookLine]]:
    """Both without the lines of the bank that a person matched with payments that stand, and without those."""
    left, entries = list(bank), list(books)
    for one in bank:
        fact = said.get(one.key) if one.key is not None else None
        if not isinstance(fact, BankLineMatched):
            continue
        # What is taken back has a mirror: together they come to nothing, and the match holds no more.
        named = [entry for entry in entries if entry.reference in fact.bank_references]
        if named and sum(entry.amount_minor for entry in named) == one.line.amount_minor:
            left.remove(one)
            entries = [entry for entry in entries if entry not in named]
    return left, entries


def _match(bank: list[ToldLine], books: list[BookLine]) -> None:
    """Take out of lines of one amount those that answer each other."""
    for one in tuple(bank):
        if (same := next((entry for entry in books if _by_reference(one, entry)), None)) is not None:
            bank.remove(one)
            books.remove(same)
    pairs = [(one, entry) for one in bank for entry in books if _by_day(one, entry)]
    of_bank, of_books = Counter(id(one) for one, _ in pairs), Counter(id(entry) for _, entry in pairs)
    for one, entry in pairs:
        if of_bank[id(one)] == of_books[id(entry)] == 1:
            bank.remove(one)
            books.remove(entry)


def _without_mirrored(
    bank: Sequence[ToldLine], books: Sequence[BookLine]
) -> tuple[Sequence[ToldLine], Sequence[BookLine]]:
    """Both without entries that were taken back, their mirrors, and the lines with which the bank took them back."""
    told, left = list(bank), list(books)
    for mirror in (entry for entry in books if entry.mirror):
        if any(_by_reference(one, mirror) for one in bank):
            continue
        original = next(
            (
                entry
                for entry in left
                if not entry.mirror and entry.document == mirror.document and entry.amount_minor == -mirror.amount_minor
            ),
            None,
        )
        if original is None:
            continue
        left.remove(mirror)
        stands = sum(entry.amount_minor for entry in books if entry.reference == original.reference)
        if not stands and (back := _taken_back(told, original, mirror)) is not None:
            told.remove(back)
        else:
            left.remove(original)
    return told, left


def _taken_back(bank: Sequence[ToldLine], original: BookLine, mirror: BookLine) -> ToldLine | None:
    """The one line with which the bank took an entry back that it has under its reference, as the books did."""
    if not any(_by_reference(one, original) for one in bank):
        return None
    marked = [
        one
        for one in bank
        if one.line.takes_back and one.line.amount_minor == mirror.amount_minor and one.line.booked_on >= original.on
    ]
    same_day = [one for one in marked if one.line.booked_on == mirror.on]
    found = marked if len(marked) == 1 else same_day
    return found[0] if len(found) == 1 else None


def _by_reference(one: ToldLine, entry: BookLine) -> bool:
    return entry.amount_minor == one.line.amount_minor and entry.reference in one.line.references


def _by_day(one: ToldLine, entry: BookLine) -> bool:
    """Tell whether the amount and the day alone could mean this entry."""
    line = one.line
    said_otherwise = entry.reference is not None and line.references and entry.reference not in line.references
    return (
        entry.amount_minor == line.amount_minor and entry.on in (line.booked_on, line.value_on) and not said_otherwise
    )


# The report


def reconciliation(connection: Connection, basis: Basis, *, account: str | None = None) -> Reconciliation:
    """Draw up the reconciliation on that basis, of one account or of each that has statements."""
    rows, lists = list[ReconciledAccount](), defaultdict[str, list[UnansweredLine]](list)
    fictional = False
    for name, opened in sorted(accounts_on(connection, basis).known.items()):
        if account is not None and name != account:
            continue
        told = account_told(connection, basis, name)
        if told is None:
            continue
        fictional = fictional or told.fictional
        rows.append(_reconciled(name, opened.opened.currency, told, basis.effective, lists))
    return Reconciliation(
        rows=tuple(rows),
        only_bank=tuple(lists["only_bank"]),
        only_books=tuple(lists["only_books"]),
        gaps=tuple(lists["gaps"]),
        fictional=fictional,
    )


class AccountTold(NamedTuple):
    """All that bank and books say of an account at a date, and what people said of lines.

    booked                  every line of the books on it
    only_bank, only_books   what no other answers
    fictional               a statement is invented
    """

    chain: Chain
    said: Said
    booked: Sequence[BookLine]
    only_bank: Sequence[ToldLine]
    only_books: Sequence[BookLine]
    fictional: bool

    def aside(self, one: ToldLine) -> BankLinePutAside | None:
        """Find what put a line of the bank aside; None where nothing did."""
        fact = self.said.get(one.key) if one.key is not None else None
        return fact if isinstance(fact, BankLinePutAside) else None


def account_told(connection: Connection, basis: Basis, account: str) -> AccountTold | None:
    """Hold the statements of an account that begin by the date against the books; None where there is none."""
    tag = statements_tag(account)
    entries = facts_behind(connection, basis, [tag], dated=lambda _: date.min).get(tag, [])
    stands = standing(entries, lambda entry: entry.fact)
    taken = [(one.fact, one.data_class == "FICTIONAL") for one in stands if isinstance(one.fact, BankStatementTaken)]
    taken = [(fact, invented) for fact, invented in taken if fact.from_on <= basis.effective]
    statements = [fact for fact, _ in taken]
    chain = chained(statements)
    if chain is None:
        return None
    said = answered(statements, [one.fact for one in stands if isinstance(one.fact, BankLineFact)])
    booked = _booked(connection, basis, account)
    told = [one for one in chain.lines if one.line.booked_on <= basis.effective]
    only_bank, only_books = matched(told, booked, said)
    return AccountTold(chain, said, booked, only_bank, only_books, any(invented for _, invented in taken))


def _reconciled(
    name: str, currency: str, told: AccountTold, day: date, lists: Mapping[str, list[UnansweredLine]]
) -> ReconciledAccount:
    """An account's row; its lines are added to the lists."""
    places, chain = EXPONENT[currency], told.chain
    gaps = [gap for gap in chain.gaps if gap.on <= day]
    only_books = [entry for entry in told.only_books if entry.on >= chain.first_on]
    before = chain.opening_minor - sum(entry.amount_minor for entry in told.only_books if entry.on < chain.first_on)
    held_bank, held_books = chain.balance(day), sum(entry.amount_minor for entry in told.booked)

    def line(item: str, on: date, minor: int, **words: Any) -> UnansweredLine:
        amount = written(minor, places)
        return UnansweredLine(bank_account=name, currency=currency, item=item, on=on, amount=amount, **words)

    for one in told.only_bank:
        of = one.line
        words = {"reference": next(iter(of.references), None), "party": of.party, "text": of.text}
        words["aside"] = aside.reason if (aside := told.aside(one)) is not None else None
        lists["only_bank"].append(line(f"{one.statement}/{of.entry}", of.booked_on, of.amount_minor, **words))
    for entry in only_books:
        words = {"reference": entry.reference, "party": entry.company, "text": entry.document}
        lists["only_books"].append(line(entry.item, entry.on, entry.amount_minor, **words))
    for gap in gaps:
        lists["gaps"].append(line(f"{gap.statement}/{gap.edge}", gap.on, gap.amount_minor))
    return ReconciledAccount(
        bank_account=name,
        currency=currency,
        bank_until=min(chain.last_on, day),
        held_books=written(held_books, places),
        held_bank=written(held_bank, places),
        difference=written(held_bank - held_books, places),
        before=written(before, places),
        gaps=written(sum(gap.amount_minor for gap in gaps), places),
        only_bank=written(sum(one.line.amount_minor for one in told.only_bank), places),
        only_books=written(sum(entry.amount_minor for entry in only_books), places),
    )


def _lines(connection: Connection, basis: Basis, account: str) -> Select[Any]:
    """Select the lines of the books that moved an account in its currency."""
    of = in_bank(accounts_on(connection, basis), basis).c
    return select(*of).where(of.bank_account == account, of.exchange == 0).order_by(of.position, of.line)


def _booked(connection: Connection, basis: Basis, account: str) -> list[BookLine]:
    """The lines of the books on an account, in the order recorded."""
    rows = connection.execute(_lines(connection, basis, account)).all()
    entries = facts_at(connection, {row.position for row in rows})
    return [_book_line(row, entries[row.position].fact) for row in rows]


def _book_line(row: Any, fact: Any) -> BookLine:
    posting, entry = isinstance(fact, PostingFact), getattr(fact, "reversed", fact)
    # What is brought forward stood there on the day before: no bank has a line of it.
    earlier = timedelta(days=isinstance(entry, BankBalanceBroughtForward))
    return BookLine(
        item=f"{row.position}.{row.line}",
        on=row.effective_on - earlier,
        amount_minor=int(row.held_minor),
        reference=fact.bank if posting else None,
        document=row.document,
        company=row.company,
        mirror=posting and fact.frees_reference,
    )


def booked_by(connection: Connection, basis: Basis, account: str, item: str | None) -> Select[Any]:
    """Select the lines that make an account's balance in the books, or the one of an entry: position, minor units."""
    lines = _lines(connection, basis, account).subquery().c
    chosen = select(lines.position, lines.held_minor.label("minor"))
    if item is None:
        return chosen
    position, number = (int(part) for part in item.split("."))
    return chosen.where(lines.position == position, lines.line == number)
