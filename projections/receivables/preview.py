"""A billing run before it is recorded: the documents of each lease, what they post, how a month differs from the last.

LeasePreview    of one lease, of the facts that its command would record
summed          what those facts add up to, each sum once: Summed
preview_lease   those facts and their sums -> LeasePreview
charged         what leases are charged for two months, as recorded: what the difference is taken from
AddedUp, Totals    of a whole run: what its leases add up to, and whether the postings' sides and the documents tie

The facts come from a dry run of the command itself (`recording`), so the run records what its preview showed as long as
nothing else is recorded between the two.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Literal

import msgspec
from msgspec import Struct
from sqlalchemy import Connection

from ledger.billing.facts import BillingFact, CreditNoteIssued, DebitNoteIssued, LeaseIssued, RentRecognised
from ledger.billing.lines import Charge, DocumentLine
from ledger.books.accounts import CHART
from ledger.books.postings import postings
from ledger.decider import Fact, all_facts, stored_name
from ledger.log import store
from ledger.periods import PostingFact, month_of
from ledger.values.money import written

Kind = Literal["INVOICE", "DEBIT_NOTE", "CREDIT_NOTE"]
REPEATED: tuple[Charge, ...] = ("RENT", "SERVICE_CHARGE")
"""Charges that come back each month: only those are compared from month to month."""


class PreviewLine(Struct, frozen=True, kw_only=True):
    """A line of a document: its days, net, tax rate and tax."""

    from_on: date
    until_on: date
    net: str
    vat_rate: str
    vat: str


class PreviewDocument(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A document that would be issued. A credit note's amounts are below zero; `corrects`: the document it takes from.

    `on`: its date; `accounting_on`: the day that it posts to
    """

    kind: Kind
    document: str
    charge: Charge
    on: date
    accounting_on: date
    due_on: date | None = None
    corrects: str | None = None
    reason: str | None = None
    net: str
    vat: str
    gross: str
    lines: tuple[PreviewLine, ...]


class PreviewRent(Struct, frozen=True, kw_only=True):
    """Rent of a month that would be recognised, or taken back."""

    month: str
    fixed: str
    variable: str


class PreviewPosting(Struct, frozen=True, kw_only=True):
    """The debits and the credits on one account in one month of the books, in CNY."""

    month: str
    account: str
    code: str
    debit: str
    credit: str


class LeasePreview(Struct, frozen=True, kw_only=True):
    """A lease, and what billing it would issue and post.

    position     it rests on the facts up to here
    facts        stored names of everything that would be recorded, in order
    earned       rent that would be recognised, fixed and variable
    month        the last month that is billed through; this_month: what is charged for it (rent and service charge,
                 net), this run included; last_month: for the month before; difference: the first less the second
    """

    position: int
    company: str | None
    documents: tuple[PreviewDocument, ...]
    rent: tuple[PreviewRent, ...]
    postings: tuple[PreviewPosting, ...]
    facts: tuple[str, ...]
    net: str
    vat: str
    gross: str
    earned: str
    month: str
    this_month: str
    last_month: str
    difference: str


class Totals(Struct, frozen=True, kw_only=True):
    """The sums of all leases of a run.

    postings     on each account in each month of the books
    documents_receivable   what the documents post to receivables: their gross
    ties         debits equal credits, and the documents' gross is what they post to receivables
    """

    leases: int
    refused: int
    documents: int
    net: str
    vat: str
    gross: str
    earned: str
    documents_receivable: str
    debit: str
    credit: str
    postings: tuple[PreviewPosting, ...]
    this_month: str
    last_month: str
    difference: str
    ties: bool


Side = tuple[int, int]
"""Debits and credits."""
Charged = Mapping[str, Mapping[str, int]]
"""Lease -> month -> net in minor units."""


# What a run issues, lease by lease


class Summed(Struct, frozen=True, kw_only=True, gc=False):
    """Sums of what one lease would record, in minor units. `sides`: by month of the books and account; `receivable`:
    what the documents post to receivables; `last`, `this`: what is charged for the months, this run included."""

    documents: int
    net: int
    vat: int
    earned: int
    receivable: int
    sides: dict[tuple[str, str], Side]
    last: int
    this: int


def summed(facts: Sequence[Fact], months: tuple[str, str], before: Mapping[str, int]) -> Summed:
    """Add up what a dry run showed. `months`: the last one and this one; `before`: what is charged already."""
    (net, vat), more = _amounts(facts), by_month(facts)
    sides, receivable = _posted(facts)
    last, this = (before.get(month, 0) + more.get(month, 0) for month in months)
    return Summed(
        documents=sum(isinstance(fact, LeaseIssued | CreditNoteIssued) for fact in facts),
        net=net,
        vat=vat,
        earned=_earned(facts),
        receivable=receivable,
        sides=sides,
        last=last,
        this=this,
    )


def preview_lease(position: int, facts: Sequence[Fact], month: str, sums: Summed) -> LeasePreview:
    """The preview of a lease, of the facts that a dry run showed. `month`: the last one that is billed through."""
    return LeasePreview(
        position=position,
        company=next((fact.company for fact in facts if isinstance(fact, BillingFact)), None),
        documents=tuple(_document(fact) for fact in facts if isinstance(fact, LeaseIssued | CreditNoteIssued)),
        rent=tuple(
            PreviewRent(month=fact.month, fixed=written(fact.fixed_minor), variable=written(fact.variable_minor))
            for fact in facts
            if isinstance(fact, RentRecognised)
        ),
        postings=_shown(sums.sides),
        facts=tuple(stored_name(type(fact)) for fact in facts),
        net=written(sums.net),
        vat=written(sums.vat),
        gross=written(sums.net + sums.vat),
        earned=written(sums.earned),
        month=month,
        this_month=written(sums.this),
        last_month=written(sums.last),
        difference=written(sums.this - sums.last),
    )


def _document(fact: LeaseIssued | CreditNoteIssued) -> PreviewDocument:
    if isinstance(fact, CreditNoteIssued):
        return PreviewDocument(
            kind="CREDIT_NOTE",
            document=fact.credit_note,
            charge=fact.charge,
            on=fact.effective_on,
            accounting_on=fact.accounting_on,
            corrects=fact.invoice,
            reason=fact.reason,
            net=written(-fact.net_minor),
            vat=written(-fact.vat_minor),
            gross=written(-fact.gross_minor),
            lines=_lines(fact.lines, -1),
        )
    is_note = isinstance(fact, DebitNoteIssued)
    return PreviewDocument(
        kind="DEBIT_NOTE" if is_note else "INVOICE",
        document=fact.invoice,
        charge=fact.charge,
        on=fact.effective_on,
        accounting_on=fact.accounting_on,
        due_on=fact.due_on,
        reason=fact.reason if isinstance(fact, DebitNoteIssued) else None,
        net=written(fact.net_minor),
        vat=written(fact.vat_minor),
        gross=written(fact.gross_minor),
        lines=_lines(fact.lines, 1),
    )


def _lines(lines: Iterable[DocumentLine], sign: int) -> tuple[PreviewLine, ...]:
    return tuple(
        PreviewLine(
            from_on=line.from_on,
            until_on=line.until_on,
            net=written(sign * line.net_minor),
            vat_rate=line.vat_rate,
            vat=written(sign * line.vat_minor),
        )
        for line in lines
    )


def _amounts(facts: Iterable[Fact]) -> tuple[int, int]:
    """(net, VAT) of documents, less credit notes."""
    net = vat = 0
    for fact in facts:
        if isinstance(fact, LeaseIssued | CreditNoteIssued):
            sign = -1 if isinstance(fact, CreditNoteIssued) else 1
            net, vat = net + sign * fact.net_minor, vat + sign * fact.vat_minor
    return net, vat


def _earned(facts: Iterable[Fact]) -> int:
    return sum(fact.fixed_minor + fact.variable_minor for fact in facts if isinstance(fact, RentRecognised))


def _posted(facts: Iterable[Fact]) -> tuple[dict[tuple[str, str], Side], int]:
    """(month of the books, account) -> debits and credits, each for itself; and what documents post to receivables."""
    sides: dict[tuple[str, str], Side] = {}
    receivable = 0
    for fact in facts:
        is_document = isinstance(fact, LeaseIssued | CreditNoteIssued)
        for line in postings(fact):
            assert isinstance(fact, PostingFact), "it has lines"
            at = month_of(fact.accounting_on), line.account
            debit, credit = sides.get(at, (0, 0))
            sides[at] = debit + max(line.amount_minor, 0), credit + max(-line.amount_minor, 0)
            if is_document and line.account == "receivables":
                receivable += line.amount_minor
    return sides, receivable


def _shown(sides: Mapping[tuple[str, str], Side]) -> tuple[PreviewPosting, ...]:
    in_order = sorted(sides.items(), key=lambda at: (at[0][0], CHART[at[0][1]].code))
    return tuple(
        PreviewPosting(
            month=month, account=account, code=CHART[account].code, debit=written(debit), credit=written(credit)
        )
        for (month, account), (debit, credit) in in_order
    )


# What is charged month by month


def by_month(facts: Iterable[Fact]) -> dict[str, int]:
    """The net of rent and service charge that documents ask for, by the month that it is for, less credit notes."""
    found: dict[str, int] = {}
    for fact in facts:
        if isinstance(fact, LeaseIssued | CreditNoteIssued) and fact.charge in REPEATED:
            _add(found, fact.lines, -1 if isinstance(fact, CreditNoteIssued) else 1)
    return found


def _add(to: dict[str, int], lines: Iterable[DocumentLine], sign: int) -> None:
    for month, net in (part for line in lines for part in line.by_month):
        to[month] = to.get(month, 0) + sign * net


def charged(connection: Connection, leases: Iterable[str], since: str) -> Charged:
    """Find what leases are charged for each month from one on, as recorded now; documents for days before it are not
    read through."""
    found: dict[str, dict[str, int]] = {lease: {} for lease in leases}
    names = [name for name, kind in all_facts().items() if issubclass(kind, LeaseIssued | CreditNoteIssued)]
    for envelope in store.envelopes_by_tags(connection, [f"lease:{lease}" for lease in found], names):
        if max(_last_month(envelope), default=b"") < since.encode():
            continue
        document = _document_in(envelope).data
        if document.lease in found and document.charge in REPEATED:
            _add(found[document.lease], document.lines, -1 if document.fact == CREDITED else 1)
    return found


CREDITED = stored_name(CreditNoteIssued)
_last_month = re.compile(rb'"until_on":"([0-9]{4}-[0-9]{2})').findall
"""The months that the lines of a stored document end in: inside of a text, a quotation mark has a stroke before it."""


class _Charging(Struct):
    """The fields of a stored document that say what a lease is charged."""

    fact: str
    charge: str
    lines: tuple[DocumentLine, ...]
    lease: str | None = None


class _Document(Struct):
    data: _Charging


_document_in = msgspec.json.Decoder(_Document).decode


# The whole run


class AddedUp:
    """Adds up the leases of a run as they are decided; `refused`: those that a rule refuses."""

    def __init__(self) -> None:
        self._leases = self._refused = self._documents = 0
        self._net = self._vat = self._earned = self._receivable = self._this = self._last = 0
        self._sides: dict[tuple[str, str], Side] = {}

    def refused(self) -> None:
        """Count a lease that is refused."""
        self._leases += 1
        self._refused += 1

    def add(self, one: Summed) -> None:
        """Add what a lease would record."""
        self._leases += 1
        self._documents += one.documents
        self._net, self._vat, self._earned = self._net + one.net, self._vat + one.vat, self._earned + one.earned
        for at, (debit, credit) in one.sides.items():
            so_far = self._sides.get(at, (0, 0))
            self._sides[at] = so_far[0] + debit, so_far[1] + credit
        self._receivable += one.receivable
        self._last, self._this = self._last + one.last, self._this + one.this

    def totals(self) -> Totals:
        """Say what they add up to."""
        debit, credit = (sum(sides[at] for sides in self._sides.values()) for at in (0, 1))
        gross = self._net + self._vat
        return Totals(
            leases=self._leases,
            refused=self._refused,
            documents=self._documents,
            net=written(self._net),
            vat=written(self._vat),
            gross=written(gross),
            earned=written(self._earned),
            documents_receivable=written(self._receivable),
            debit=written(debit),
            credit=written(credit),
            postings=_shown(self._sides),
            this_month=written(self._this),
            last_month=written(self._last),
            difference=written(self._this - self._last),
            ties=debit == credit and gross == self._receivable,
        )
