"""Which lines of bank statements wait for a person, and what may each be?

waiting      the lines of an account that nothing on record answers, each with proposals, the likeliest first
LineProposal     payments on record that it may be; or the command that would record it

A proposal is one that would be recorded: of a document it takes what is open on the line's day and stays so, as
decisions see it, whatever was reversed later; it names no payment that is taken back, or matched with another line.

Lines that are no question are matched by reference, amount and day (books/bank_reconciliation.py) and wait for nobody.
A proposal says why it is made, and decides nothing: a person matches the line, or fills in what the proposal begins.
Names are compared without signs, spaces and capitals; a name in part, or written a little otherwise, counts too.

One credit may pay what several tenants owe: where its text names their documents, and these come to it exactly; or,
where it names none and its party owes nothing, where exactly one set of up to three of all open documents comes to it.
The money is the party's, if it is known, else the tenant's whose document stands first. Where more documents than
`ACROSS_MAX` could be among them, no set is looked for: none could be said to be the only one.

A line that the bank marks as a reversal, or as a payment that came back, is no new money: nothing is proposed that
would record it as such, but the payments on record that it may take back.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import combinations
from typing import Any, Literal, NamedTuple

from msgspec import Struct
from sqlalchemy import Connection

from ledger.billing import moves as billed
from ledger.billing.balance import DatedAmount
from ledger.bookkeeping.purchases.facts import SupplierPaid, SupplierPaymentProposed, SupplierPaymentRejected
from ledger.bookkeeping.statements.chain import ToldLine
from ledger.bookkeeping.statements.facts import BankLine, BankLineMatched
from ledger.books import payables as owing
from ledger.decider import standing
from ledger.joint.payments import Payments
from ledger.log.envelope import Entry
from ledger.once.bank import REFERENCE, References, with_reference
from ledger.periods import PostingFact
from ledger.values.currencies import Currency
from ledger.values.money import EXPONENT, written
from projections.bank.naming import Parties, says
from projections.books.bank_accounts import accounts_on
from projections.books.bank_reconciliation import AccountTold, BookLine, account_told
from projections.companies.register import names
from projections.engine.basis import Basis
from projections.engine.sources import facts_behind
from projections.payables.documents import payables
from projections.receivables.tenants import accounts

Why = Literal["REFERENCE", "AMOUNT", "DAY", "PAYER", "NUMBER", "TEXT", "CHARGE_KEPT"]
"""Grounds of a proposal: the reference is in the text, the amounts and the days agree, the party is known, a document's
number is in the text, a word of the text says it, so little is missing that a bank on the way may have kept it."""

Recorded = Literal["record-receipt", "propose-supplier-payment", "record-bank-charge", "record-bank-interest"]

DAYS_NEAR, DAYS_APART = 5, 40
"""Days by which a payment is near its line; by which it may be it at all, where the amount alone speaks for it."""
TOGETHER_MAX, AMONG_MAX = 4, 8
"""Payments of one party that may be one line together, and among how many they are looked for."""
ACROSS_TOGETHER_MAX, ACROSS_MAX = 3, 40
"""Documents of several tenants that one credit may pay together, where no number is named, and among how many."""
PROPOSALS_MAX = 5
KEPT_MOST_MINOR, KEPT_SHARE = 300_00, 20
"""What a bank on the way may have kept of a payment: so much at most, and a twentieth of it at most."""
CHARGE = re.compile(r"手续费|工本费|账户管理费|\b(bank )?(fee|fees|charge|charges|commission)\b", re.IGNORECASE)
INTEREST = re.compile(r"利息|结息|\binterest\b", re.IGNORECASE)


class Document(NamedTuple):
    """Something open: of whom, its name, other names of it, how much of it, and from when it is due.

    balance   what is open of it day by day, as decisions see it: nothing before it asks for money
    asked     how much of that payments that wait would pay already
    """

    company: str
    document: str
    numbers: tuple[str, ...]
    open_minor: int
    due_on: date
    balance: DatedAmount | None = None
    asked_minor: int = 0

    def payable_on(self, day: date) -> "Document":
        """The same with what a payment of that day may pay of it: what is open then, and on every later day."""
        least = self.open_minor if self.balance is None else min(self.open_minor, self.balance.least_from(day))
        return self._replace(open_minor=least - self.asked_minor)


class Paid(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """So much of a document that a line would pay. `company`: the tenant that owes it, where another pays it."""

    document: str
    amount: str
    company: str | None = None


class Payment(Struct, frozen=True, kw_only=True):
    """A payment on record that no line of the bank answers."""

    bank_reference: str | None
    on: date
    amount: str
    company: str | None
    document: str | None


class LineProposal(Struct, frozen=True, kw_only=True):
    """Payments on record that the line may be; or what would record it: `command`, with whom and which documents.

    bank_charge   what is missing of the documents, or of the payments, where a bank kept it: a cost
    takes_back    the position of the fact that recorded the one payment, which the bank took back: that is put right
    """

    why: tuple[Why, ...]
    payments: tuple[Payment, ...] = ()
    takes_back: int | None = None
    command: Recorded | None = None
    company: str | None = None
    pays: tuple[Paid, ...] = ()
    bank_charge: str | None = None


class WaitingLine(Struct, frozen=True, kw_only=True):
    """A line of the bank that nothing on record answers.

    bank_reference   the first of its references that a payment can bear, and none on record does
    aside            why somebody put it aside, on `aside_on`
    match_broken     somebody matched it with payments that were taken back since; that is taken back first
    reversal         the bank took an earlier entry back; returned: why a payment came back, as the bank codes it
    """

    statement: str
    until_on: date
    entry: str
    booked_on: date
    amount: str
    references: tuple[str, ...]
    party: str | None
    text: str | None
    aside: str | None
    aside_on: date | None
    proposals: tuple[LineProposal, ...]
    bank_reference: str | None = None
    match_broken: bool = False
    reversal: bool = False
    returned: str | None = None


class MatchedLine(Struct, frozen=True, kw_only=True):
    """A line that somebody matched. `holds`: its payments stand, and come to it."""

    statement: str
    entry: str
    booked_on: date
    amount: str
    party: str | None
    said_on: date
    bank_references: tuple[str, ...]
    holds: bool


class WaitingLines(Struct, frozen=True, kw_only=True):
    """The lines of an account that wait or were put aside; those that people matched; payments that no line answers."""

    bank_account: str
    currency: Currency
    lines: tuple[WaitingLine, ...]
    matched: tuple[MatchedLine, ...]
    only_books: tuple[Payment, ...]


def waiting(connection: Connection, basis: Basis, account: str) -> WaitingLines | None:
    """Find what waits of an account on that basis; None where there is no statement of it."""
    told, opened = account_told(connection, basis, account), accounts_on(connection, basis).known.get(account)
    if told is None or opened is None:
        return None
    currency = opened.opened.currency
    known, places = _known(connection, basis, currency), EXPONENT[currency]
    taken = _references(connection, basis, told.only_bank)
    payments = [entry for entry in told.only_books if entry.on >= told.chain.first_on]
    free, stands = _free(told, payments), _standing(told)
    return WaitingLines(
        bank_account=account,
        currency=currency,
        lines=tuple(
            _waiting(one, told, proposals(one, free, known, places, stands), _unused(one, taken, account), places)
            for one in told.only_bank
        ),
        matched=tuple(_matched(told, places)),
        only_books=tuple(_payment(entry, places) for entry in payments),
    )


def _waiting(
    one: ToldLine, told: AccountTold, found: Sequence[LineProposal], reference: str | None, places: int
) -> WaitingLine:
    line, aside = one.line, told.aside(one)
    said = told.said.get(one.key) if one.key is not None else None
    return WaitingLine(
        statement=one.statement,
        until_on=one.until_on,
        entry=line.entry,
        booked_on=line.booked_on,
        amount=written(line.amount_minor, places),
        references=line.references,
        party=line.party,
        text=line.text,
        aside=None if aside is None else aside.reason,
        aside_on=None if aside is None else aside.effective_on,
        proposals=tuple(made for made in found if said is None or made.command is not None or made.takes_back),
        bank_reference=reference,
        match_broken=isinstance(said, BankLineMatched),
        reversal=line.reversal,
        returned=line.returned,
    )


def _free(told: AccountTold, payments: Iterable[BookLine]) -> list[BookLine]:
    """The payments that a line can still be matched with: what their reference stands for comes to them, and no line
    is matched with it."""
    standing_now = {entry.item for entry in _standing(told)}
    matched = [fact.bank_references for fact in told.said.values() if isinstance(fact, BankLineMatched)]
    named = {reference for references in matched for reference in references}
    return [
        entry
        for entry in payments
        if entry.reference is None or (entry.reference not in named and entry.item in standing_now)
    ]


def _standing(told: AccountTold) -> list[BookLine]:
    """The entries under a reference, to which comes all that it stands for: none was taken back."""
    stands: dict[str | None, int] = {}
    for entry in told.booked:
        stands[entry.reference] = stands.get(entry.reference, 0) + entry.amount_minor
    return [one for one in told.booked if one.reference is not None and stands[one.reference] == one.amount_minor]


def _references(connection: Connection, basis: Basis, lines: Iterable[ToldLine]) -> References:
    """The references of lines that payments on record have, whatever account they are on."""
    tags = {f"bank:{reference}" for one in lines for reference in one.line.references if REFERENCE.fullmatch(reference)}
    taken: References = {}
    for entry in _in_order(connection, basis, tags):
        if isinstance(entry.fact, PostingFact):
            taken = with_reference(taken, entry.fact)
    return taken


def _unused(one: ToldLine, taken: References, account: str) -> str | None:
    """The first reference of a line that a payment on the account can be recorded with."""
    known = {reference for reference, on in taken if on in (None, account)}
    free = (said for said in one.line.references if REFERENCE.fullmatch(said) and said not in known)
    return next(free, None)


def _in_order(connection: Connection, basis: Basis, tags: Iterable[str]) -> Sequence[Entry]:
    """The facts with one of these tags that stand as recorded then, whenever they take effect, in that order."""
    found = facts_behind(connection, basis, tags, dated=lambda _: date.min)
    entries = {entry.position: entry for some in found.values() for entry in some}
    return standing([entries[position] for position in sorted(entries)], lambda entry: entry.fact)


def _matched(told: AccountTold, places: int) -> Iterator[MatchedLine]:
    for one in told.chain.lines:
        fact = told.said.get(one.key) if one.key is not None else None
        if isinstance(fact, BankLineMatched):
            yield MatchedLine(
                statement=fact.statement,
                entry=fact.entry,
                booked_on=one.line.booked_on,
                amount=written(one.line.amount_minor, places),
                party=one.line.party,
                said_on=fact.effective_on,
                bank_references=fact.bank_references,
                holds=one not in told.only_bank,
            )


def _payment(entry: BookLine, places: int) -> Payment:
    return Payment(
        bank_reference=entry.reference,
        on=entry.on,
        amount=written(entry.amount_minor, places),
        company=entry.company,
        document=entry.document,
    )


# What is on record


class OpenOnRecord(NamedTuple):
    """The companies on record, and what is open in a currency: what tenants owe, and what MCSC owes."""

    parties: Parties
    owed: Sequence[Document]
    owing: Sequence[Document]
    currency: str = "CNY"

    def on(self, day: date) -> "OpenOnRecord":
        """The same as far as a payment of that day may pay it."""
        owed, owing = ([one.payable_on(day) for one in some] for some in (self.owed, self.owing))
        return self._replace(
            owed=[one for one in owed if one.open_minor > 0], owing=[one for one in owing if one.open_minor > 0]
        )


def _known(connection: Connection, basis: Basis, currency: str) -> OpenOnRecord:
    return OpenOnRecord(
        Parties(names(connection, basis)),
        _owed(connection, basis) if currency == "CNY" else (),
        _owing(connection, basis, currency),
        currency,
    )


def _owed(connection: Connection, basis: Basis) -> list[Document]:
    """The documents that tenants owe, each with its balance."""
    open_now = [
        (row.company, one) for row in accounts(connection, basis) for one in row.items.documents if one.open_minor > 0
    ]
    balances: dict[str, DatedAmount] = {}
    for entry in _in_order(connection, basis, {f"invoice:{one.invoice}" for _, one in open_now}):
        if isinstance(entry.fact, PostingFact):
            for move in billed.moves(entry.fact).documents:
                before = balances.get(move.invoice, DatedAmount())
                balances[move.invoice] = before.after(entry.fact, move.open_minor)
    return [
        Document(
            company, one.invoice, (one.invoice,), one.open_minor, one.due_on or date.max, balances.get(one.invoice)
        )
        for company, one in open_now
    ]


def _owing(connection: Connection, basis: Basis, currency: str) -> list[Document]:
    """The payables in a currency, each with its balance and what payments that wait would pay of it."""
    rows = [
        one for one in payables(connection, basis, open_only=True) if one.currency == currency and one.open_minor > 0
    ]
    balances: dict[str, DatedAmount] = {}
    waits: Payments[SupplierPaymentProposed, SupplierPaymentRejected, SupplierPaid, Any] = Payments()
    tags = {tag for one in rows for tag in (one.payable, f"party:{one.company}")}
    for entry in _in_order(connection, basis, tags):
        match fact := entry.fact:
            case SupplierPaymentProposed():
                waits = waits.with_proposed(fact)
            case SupplierPaymentRejected():
                waits = waits.with_rejected(fact)
            case SupplierPaid():
                waits = waits.with_made(fact)
        if isinstance(fact, PostingFact):
            for move in owing.moves(fact):
                balances[move.payable] = balances.get(move.payable, DatedAmount()).after(fact, move.amount_minor)
    asked: dict[str, int] = {}
    for item in (item for payment in waits.waiting for item in payment.items if item.amount_minor > 0):
        asked[item.payable] = asked.get(item.payable, 0) + item.amount_minor
    return [
        Document(
            one.company, one.document, (one.document, one.number or ""), one.open_minor, one.due_on or date.max,
            balances.get(one.payable), asked.get(one.payable, 0),
        )
        for one in rows
    ]  # fmt: skip


# Proposals

OnRecord = tuple[tuple[Why, ...], tuple[BookLine, ...]]
"""Payments that a line may be, and why."""


def proposals(
    one: ToldLine,
    payments: Sequence[BookLine],
    known: OpenOnRecord,
    places: int = 2,
    stands: Sequence[BookLine] = (),
) -> list[LineProposal]:
    """Propose what a line may be: payments on record first, the likeliest first, then what would record it.

    payments are those that no line answers; `stands` all that were not taken back.
    """
    known = known.on(one.line.booked_on)
    line, text = one.line, " ".join(filter(None, (*one.line.references, one.line.text)))
    company = known.parties.of(line.party)
    on_record = _single(line, text, company, payments)
    if not any("PAYER" in why for why, _ in on_record):
        on_record += _several(line, company, payments)
    of_record = [
        LineProposal(why=why, payments=tuple(_payment(entry, places) for entry in some)) for why, some in on_record
    ]
    if line.takes_back:
        return [*of_record, *_taking_back(line, text, company, stands, places)][:PROPOSALS_MAX]
    if not of_record:
        of_record = [*_charged(line, text, company, payments, places)]
    return [*of_record, *_recording(line, text, company, known, places)][:PROPOSALS_MAX]


def _single(line: BankLine, text: str, company: str | None, payments: Iterable[BookLine]) -> list[OnRecord]:
    """The payments of the same amount."""
    found = list[tuple[int, OnRecord]]()
    for entry in payments:
        apart = abs((entry.on - line.booked_on).days)
        if entry.amount_minor != line.amount_minor or entry.reference is None or apart > DAYS_APART:
            continue
        found.append((apart, (_alike(entry, text, company, apart), (entry,))))
    return [one for _, one in sorted(found, key=lambda pair: (-_weight(pair[1][0]), pair[0]))]


def _alike(entry: BookLine, text: str, company: str | None, apart: int) -> tuple[Why, ...]:
    """Find the grounds on which a line may be a payment of its amount."""
    grounds: dict[Why, bool] = {
        "AMOUNT": True,
        "REFERENCE": says(text, entry.reference or ""),
        "NUMBER": says(text, entry.document or ""),
        "PAYER": company is not None and entry.company == company,
        "DAY": apart <= DAYS_NEAR,
    }
    return _holding(grounds)


def _taking_back(
    line: BankLine, text: str, company: str | None, stands: Iterable[BookLine], places: int
) -> Iterator[LineProposal]:
    """Propose the payments of the opposite amount that the bank may have taken back, the likeliest first."""
    found = list[tuple[int, BookLine, tuple[Why, ...]]]()
    for entry in stands:
        apart = (line.booked_on - entry.on).days
        if entry.amount_minor != -line.amount_minor or not 0 <= apart <= DAYS_APART:
            continue
        found.append((apart, entry, _alike(entry, text, company, apart)))
    for _, entry, why in sorted(found, key=lambda one: (-_weight(one[2]), one[0])):
        yield LineProposal(why=why, payments=(_payment(entry, places),), takes_back=int(entry.item.partition(".")[0]))


def _weight(why: Sequence[Why]) -> int:
    """Weigh what speaks for a payment: that it is named weighs more than all the rest."""
    return sum(10 if ground in ("REFERENCE", "NUMBER") else 1 for ground in why)


def _several(line: BankLine, company: str | None, payments: Iterable[BookLine]) -> Iterator[OnRecord]:
    """Payments of the line's party that come to it together, with what the bank kept where that is on record apart."""
    near = [
        entry
        for entry in payments
        if company is not None and entry.reference is not None and abs((entry.on - line.booked_on).days) <= DAYS_APART
    ]
    near.sort(key=lambda entry: abs((entry.on - line.booked_on).days))
    theirs = [entry for entry in near if entry.company == company][:AMONG_MAX]
    theirs.sort(key=lambda entry: entry.on)
    kept = [entry for entry in near if entry.company is None and -KEPT_MOST_MINOR <= entry.amount_minor < 0][:AMONG_MAX]
    for count in range(1, TOGETHER_MAX + 1):
        for some in combinations(theirs, count):
            left = line.amount_minor - sum(entry.amount_minor for entry in some)
            if not left and count > 1:
                yield ("AMOUNT", "PAYER"), some
            for entry in kept:
                if entry.amount_minor == left:
                    yield ("AMOUNT", "PAYER", "CHARGE_KEPT"), (*some, entry)


def _charged(
    line: BankLine, text: str, company: str | None, payments: Iterable[BookLine], places: int
) -> Iterator[LineProposal]:
    """Propose to record what a bank kept of a payment on record: the line's party's, or named in its text."""
    for entry in payments:
        grounds: dict[Why, bool] = {
            "REFERENCE": says(text, entry.reference or ""),
            "NUMBER": says(text, entry.document or ""),
            "PAYER": company is not None and entry.company == company,
        }
        kept, near = entry.amount_minor - line.amount_minor, abs((entry.on - line.booked_on).days) <= DAYS_APART
        if near and any(grounds.values()) and _is_little(kept, abs(entry.amount_minor)):
            yield LineProposal(
                why=(*_holding(grounds), "CHARGE_KEPT"),
                payments=(_payment(entry, places),),
                command="record-bank-charge",
                bank_charge=written(kept, places),
            )


def _recording(
    line: BankLine, text: str, company: str | None, known: OpenOnRecord, places: int
) -> Iterator[LineProposal]:
    """Propose what would record the line: a charge or interest by its words, else what it pays."""
    into = line.amount_minor > 0
    if not into and CHARGE.search(text):
        yield LineProposal(why=("TEXT",), command="record-bank-charge")
    if into and INTEREST.search(text):
        yield LineProposal(why=("TEXT",), command="record-bank-interest")
    command: Recorded = "record-receipt" if into else "propose-supplier-payment"
    if into:
        yield from _short(line.amount_minor, text, company, known.owed, places)
    across = _across(line.amount_minor, text, company, known.owed) if into else None
    found = across or _paid(abs(line.amount_minor), text, company, known.owed if into else known.owing)
    if found is not None:
        why, of, documents = found
        pays = tuple(_allotted(abs(line.amount_minor), documents, places, of))
        yield LineProposal(why=why, command=command, company=of, pays=pays)
    elif company is not None and into and known.currency == "CNY":
        yield LineProposal(why=("PAYER",), command=command, company=company)


def _short(
    amount_minor: int, text: str, company: str | None, documents: Sequence[Document], places: int
) -> Iterator[LineProposal]:
    """Propose that a bank kept what is missing of documents: of those named in the text, else of one of the party's."""
    numbered = [one for one in documents if any(says(text, number) for number in one.numbers)]
    theirs = [
        one for one in documents if one.company == company and _is_little(one.open_minor - amount_minor, one.open_minor)
    ]
    some = numbered or (theirs if len(theirs) == 1 else [])
    asked = sum(one.open_minor for one in some)
    if len({one.company for one in some}) == 1 and _is_little(asked - amount_minor, asked):
        grounds: dict[Why, bool] = {
            "NUMBER": bool(numbered),
            "PAYER": some[0].company == company,
            "CHARGE_KEPT": True,
        }
        yield LineProposal(
            why=_holding(grounds),
            command="record-receipt",
            company=some[0].company,
            pays=tuple(_allotted(asked, some, places)),
            bank_charge=written(asked - amount_minor, places),
        )


def _is_little(kept_minor: int, of_minor: int) -> bool:
    """Tell whether so little is missing of an amount that a bank on the way may have kept it."""
    return 0 < kept_minor <= min(KEPT_MOST_MINOR, of_minor // KEPT_SHARE)


def _paid(
    amount_minor: int, text: str, company: str | None, documents: Sequence[Document]
) -> tuple[tuple[Why, ...], str, Sequence[Document]] | None:
    """The documents that an amount may pay, of one company: by their numbers, else by the party, else by the amount."""
    numbered = [one for one in documents if any(says(text, number) for number in one.numbers)]
    if numbered and len({one.company for one in numbered}) == 1:
        of = numbered[0].company
        grounds: dict[Why, bool] = {
            "NUMBER": True,
            "AMOUNT": sum(one.open_minor for one in numbered) == amount_minor,
            "PAYER": of == company,
        }
        return _holding(grounds), of, numbered
    theirs = sorted((one for one in documents if one.company == company), key=lambda one: (one.due_on, one.document))
    if company is not None and theirs:
        same = [one for one in theirs if one.open_minor == amount_minor]
        return (("PAYER", "AMOUNT"), company, same[:1]) if same else (("PAYER",), company, theirs)
    alike = [one for one in documents if one.open_minor == amount_minor]
    return (("AMOUNT",), alike[0].company, alike) if len(alike) == 1 else None


def _across(
    amount_minor: int, text: str, company: str | None, documents: Sequence[Document]
) -> tuple[tuple[Why, ...], str, Sequence[Document]] | None:
    """The documents of several tenants that come to an amount exactly: those named in the text, else the only set."""
    some: Sequence[Document] = [one for one in documents if any(says(text, number) for number in one.numbers)]
    named = bool(some)
    if not named and not any(one.company == company or one.open_minor == amount_minor for one in documents):
        some = _only_set(amount_minor, [one for one in documents if one.open_minor < amount_minor])
    if len({one.company for one in some}) < 2 or sum(one.open_minor for one in some) != amount_minor:
        return None
    of = company or some[0].company
    grounds: dict[Why, bool] = {"NUMBER": named, "AMOUNT": True, "PAYER": company is not None}
    return _holding(grounds), of, some


def _only_set(amount_minor: int, documents: Sequence[Document]) -> Sequence[Document]:
    """The documents that come to an amount together, where no others do, be they of one tenant or of several."""
    if len(documents) > ACROSS_MAX:
        return ()
    sets = [
        some
        for count in range(2, ACROSS_TOGETHER_MAX + 1)
        for some in combinations(documents, count)
        if sum(one.open_minor for one in some) == amount_minor
    ]
    return sets[0] if len(sets) == 1 else ()


def _holding(grounds: Mapping[Why, bool]) -> tuple[Why, ...]:
    return tuple(name for name, holds in grounds.items() if holds)


def _allotted(
    amount_minor: int, documents: Iterable[Document], places: int, payer: str | None = None
) -> Iterator[Paid]:
    """The amount laid on documents, one after the other; of whom, where that is another than the payer."""
    for one in documents:
        if part := min(amount_minor, one.open_minor):
            amount_minor -= part
            other = None if payer in (None, one.company) else one.company
            yield Paid(document=one.document, amount=written(part, places), company=other)
