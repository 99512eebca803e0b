"""What VAT is in the books, line by line; which return took it; and what would the return of a month come to?

vat_ledger    output, input and import VAT by tax point, with what returns took over; ties to 2221.01 and 2221.02
vat_return    the return of a month: as it was filed, or as it would be filed now
vat_returns   the returns that stand, and what is paid of each
left_behind   the months of which something stands in no return, though theirs is filed: in minor units
untaxed       the VAT of one month that stands in no return
taken_by      the lines of the journal that a return takes of a month

Read from the lines of the journal, and from the facts behind them. A line is in the first return that stands, was filed
after the line was recorded, names the month that it is posted to, and does not hold its document. Only input VAT
is held: a document of MCSC's own may be called as a supplier's invoice is.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Literal

from msgspec import Struct
from sqlalchemy import Connection, Select, func, select

from ledger.billing.invoicing.facts import FapiaoIssued, FapiaoWithdrawn
from ledger.bookkeeping.vat.facts import (
    VAT_TAG,
    Figures,
    Taken,
    VatPaid,
    VatPaymentReturned,
    VatReturnFiled,
    VatReturnProposed,
    VatReturnRejected,
    VatReturnWithdrawn,
)
from ledger.books.accounts import CHART
from ledger.books.vat import ACCOUNTS, VatKind, VatLine, vat_lines
from ledger.decider import Fact, stored_name
from ledger.log import store
from ledger.log.envelope import Entry, decode
from ledger.periods import PostingFact, day_before, first_and_last, month_after, month_of
from ledger.values.money import written
from projections.books.entries import known
from projections.books.journal import journal_line, totals
from projections.engine.basis import Basis
from projections.engine.receipts import facts_at
from projections.engine.sources import counts_from, facts_behind

TRANSFERS = (stored_name(VatReturnFiled), stored_name(VatReturnWithdrawn))
FAPIAO = (stored_name(FapiaoIssued), stored_name(FapiaoWithdrawn))

TAX_POINT = (
    "Tax point: the date of the document, or of the declaration. Rent in advance: the date of its invoice, which is "
    "the earliest of receipt, contractual due date and invoice where it is billed before it is due. Money received "
    "before any document (2203) is taxed when it is billed. Whether rent in advance is taxed on receipt or over time "
    "under the VAT Law (Art. 28, from 2026-01-01) is not confirmed: ask your tax office."
)
"""The rule that reports print."""
KEPT_RULE = (
    "What is kept: deposits and advances forfeited, and cancellation fees, include tax where a rate of "
    "vat/forfeited-deposits, vat/forfeited-advances or vat/cancellation-fees is approved for the day, or where one was "
    "named; else they are compensation, and not taxed. Which is right under the VAT Law is not settled: ask your tax "
    "office."
)
LATE_RULE = (
    "What is recorded for a month after its return was filed goes into the next one, which names that month as late. "
    "The latest return can be corrected instead while nothing of it is paid: withdrawn, and filed anew."
)


class VatEntry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The VAT of one fact on one account. `vat` is positive on the account's normal side.

    rate           of the tax; several where the document has several
    vat_return     the month of the return that it stands in
    """

    position: int
    accounting_on: date
    tax_point: date
    kind: VatKind
    account: str
    code: str
    document: str
    company: str | None = None
    invoice_code: str | None = None
    invoice_number: str | None = None
    rate: str | None = None
    base: str
    vat: str
    vat_return: str | None = None
    fact: str


class VatAccount(Struct, frozen=True, kw_only=True):
    """An account of VAT: what the lines come to, what the books say of the same days, and the difference: 0.00."""

    account: str
    code: str
    vat: str
    control: str
    difference: str


class VatLedger(Struct, frozen=True, kw_only=True):
    """The lines posted from `from_on` to the basis's date, by tax point; each account beside the books, unless only
    some lines are asked for."""

    from_on: date
    until_on: date
    rows: tuple[VatEntry, ...]
    accounts: tuple[VatAccount, ...]
    rule: str
    fictional: bool


class VatMonth(Struct, frozen=True, kw_only=True):
    """The VAT that a return takes of a month of the books. `part`: its own month, or what came late."""

    month: str
    part: Literal["OWN", "LATE"]
    output: str
    input: str
    imported: str


class VatSum(Struct, frozen=True, kw_only=True):
    """The sums of a return: payable is output less input, import and carried in; negative, it is carried on."""

    output: str
    input: str
    imported: str
    carried_in: str
    payable: str
    carried_out: str


class VatDifference(Struct, frozen=True):
    """So much more a return says than the lines of its months come to: something was posted since it was proposed."""

    output: str
    input: str
    imported: str


VatState = Literal["FILED", "PROPOSED", "OPEN", "WAITS"]
"""What became of a month's return: WAITS for that of the month before."""


class VatReturn(Struct, frozen=True, kw_only=True):
    """The return of a month. Filed, `position` is that of the fact: it knew everything before.

    total        of what is filed or proposed: what that says
    difference   what it says less the lines of its months; None where they come to the same
    held         purchases whose input VAT it leaves for a later one
    late         the months to be named when it is proposed, and filed
    """

    month: str
    state: VatState
    filed_on: date | None = None
    filed_by: str | None = None
    proposed_by: str | None = None
    position: int | None = None
    rows: tuple[VatMonth, ...]
    total: VatSum
    difference: VatDifference | None = None
    held: tuple[str, ...] = ()
    late: tuple[str, ...] = ()
    rules: tuple[str, ...]


class VatReturnRow(Struct, frozen=True, kw_only=True):
    """A return that stands. `open`: what is not paid yet; `later`: VAT of its month that stands in no return."""

    month: str
    filed_on: date
    proposed_by: str
    filed_by: str
    acknowledgement: str | None
    position: int
    late: str
    output: str
    input: str
    imported: str
    carried_in: str
    payable: str
    carried_out: str
    paid: str
    open: str


class Returns(Struct, frozen=True, kw_only=True):
    """The facts of returns and payments that a basis knows: those filed that stand, by month; the rest."""

    filed: Mapping[str, Entry]
    proposed: Mapping[str, Entry]
    paid: Mapping[str, VatPaid]

    @property
    def latest(self) -> str | None:
        """The month of the latest return."""
        return max(self.filed, default=None)

    def figures(self, month: str) -> Figures:
        """The figures of a return that stands."""
        fact = self.filed[month].fact
        assert isinstance(fact, VatReturnFiled), "only these are filed"
        return fact.figures

    def said(self, month: str) -> Figures | None:
        """The figures of a return that stands, or waits for a second person; None where neither."""
        if month in self.filed:
            return self.figures(month)
        fact = self.proposed[month].fact if month in self.proposed else None
        return fact.figures if isinstance(fact, VatReturnProposed) else None

    def open_minor(self, month: str) -> int | None:
        """Say how much of a return, filed or proposed, is still to be paid, in fen; None where there is none."""
        if (said := self.said(month)) is None:
            return None
        return said.payable_minor - self.paid_minor(month)

    def paid_minor(self, month: str) -> int:
        """Add up the payments of a month's return that did not come back, in fen."""
        return sum(one.amount_minor for one in self.paid.values() if one.month == month)

    def of(self, position: int, month: str, line: VatLine) -> str | None:
        """The return that a line of a month, recorded at a position, stands in."""
        for name, entry in sorted(self.filed.items(), key=lambda item: item[1].position):
            figures = self.figures(name)
            takes = month in [one.month for one in figures.taken] and not is_held(figures, line.kind, line.document)
            if takes and entry.position > position:
                return name
        return None


def is_held(figures: Figures | None, kind: VatKind, document: str) -> bool:
    """Tell whether a return leaves a document's VAT for a later one; output VAT it never does."""
    return figures is not None and kind != "OUTPUT" and document in figures.held


def returns(connection: Connection, basis: Basis) -> Returns:
    """The returns and payments as the basis knows them: what is filed posts into its own month, and is filed on a day
    after it."""
    filed, proposed, paid = dict[str, Entry](), dict[str, Entry](), dict[str, VatPaid]()
    for entry in facts_behind(connection, basis, [VAT_TAG], dated=_said_on).get(VAT_TAG, ()):
        match entry.fact:
            case VatReturnProposed():
                proposed[entry.fact.month] = entry
            case VatReturnRejected():
                proposed.pop(entry.fact.month, None)
            case VatReturnFiled():
                filed[entry.fact.month] = entry
                proposed.pop(entry.fact.month, None)
            case VatReturnWithdrawn():
                filed.pop(entry.fact.month, None)
            case VatPaid():
                paid[entry.fact.vat_payment] = entry.fact
            case VatPaymentReturned():
                paid.pop(entry.fact.vat_payment, None)
    return Returns(filed=filed, proposed=proposed, paid=paid)


def _said_on(fact: Fact) -> date:
    """The day from which a fact of a return counts: on which it was said, and not before the books have it."""
    return max(counts_from(fact), fact.effective_on)


# The ledger


def vat_ledger(
    connection: Connection,
    basis: Basis,
    *,
    from_on: date | None = None,
    kind: VatKind | None = None,
    company: str | None = None,
) -> VatLedger:
    """The VAT lines posted from a day on to the basis's date; without a day, from the first of its month."""
    begin = from_on or basis.effective.replace(day=1)
    entries = _entries(connection, basis, begin, basis.effective)
    rows = list(_rows(connection, basis, entries))
    shown = [row for row in rows if kind in (None, row.kind) and company in (None, row.company)]
    filtered = kind is not None or company is not None
    return VatLedger(
        from_on=begin,
        until_on=basis.effective,
        rows=tuple(sorted(shown, key=lambda row: (row.tax_point, row.position, row.account))),
        accounts=() if filtered else tuple(_accounts(connection, basis, begin, rows)),
        rule=TAX_POINT,
        fictional=any(entry.data_class == "FICTIONAL" for entry in entries),
    )


def _entries(connection: Connection, basis: Basis, begin: date, until: date) -> list[Entry]:
    """The facts with a line on an account of VAT on these days, in the order recorded."""
    line = journal_line.c
    query = select(line.position).where(
        known(basis, from_on=begin, of_account=True), line.account.in_(ACCOUNTS), line.accounting_on <= until
    )
    return [*facts_at(connection, connection.execute(query.distinct()).scalars()).values()]


def _rows(connection: Connection, basis: Basis, entries: Sequence[Entry]) -> Iterator[VatEntry]:
    known_returns, numbers = returns(connection, basis), _numbers(connection, basis, entries)
    for entry in entries:
        fact = entry.fact
        assert isinstance(fact, PostingFact), "only these post"
        by_account: dict[str, list[VatLine]] = {}
        for line in vat_lines(fact):
            by_account.setdefault(line.account, []).append(line)
        for account, lines in by_account.items():
            first, month = lines[0], month_of(fact.accounting_on)
            transfer, own = first.kind == "TRANSFER", numbers.get(first.document)
            yield VatEntry(
                position=entry.position,
                accounting_on=fact.accounting_on,
                tax_point=fact.accounting_on if transfer else fact.effective_on,
                kind=first.kind,
                account=account,
                code=CHART[account].code,
                document=first.document,
                company=first.company,
                invoice_code=first.code or (own.code if own else None),
                invoice_number=first.number or (own.number if own else None),
                rate=", ".join(line.rate for line in lines if line.rate is not None) or None,
                base=written(sum(line.base_minor for line in lines)),
                vat=written(sum(line.vat_minor for line in lines)),
                vat_return=None if transfer else known_returns.of(entry.position, month, first),
                fact=stored_name(type(fact)),
            )


def _numbers(connection: Connection, basis: Basis, entries: Sequence[Entry]) -> dict[str, FapiaoIssued]:
    """The tax invoices of MCSC's own documents, by document."""
    documents = {line.document for entry in entries for line in vat_lines(entry.fact) if line.kind == "OUTPUT"}
    found: dict[str, FapiaoIssued] = {}
    tags = [f"invoice:{document}" for document in documents]
    for envelope in store.envelopes_by_tags(connection, tags, FAPIAO) if tags else ():
        entry = decode(envelope)
        if entry.position > basis.recorded or entry.fact.effective_on > basis.effective:
            continue
        match entry.fact:
            case FapiaoIssued(red=False):
                found[entry.fact.invoice] = entry.fact
            case FapiaoWithdrawn():
                found = {name: one for name, one in found.items() if one.key != entry.fact.key}
    return found


def _accounts(connection: Connection, basis: Basis, begin: date, rows: Iterable[VatEntry]) -> Iterator[VatAccount]:
    days = (day_before(begin), basis.effective)
    found, listed = totals(connection, basis.recorded, days), list(rows)
    for account, sign in ACCOUNTS.items():
        before, after = (
            sum(total.balance_minor for (name, _), total in found[day].items() if name == account) for day in days
        )
        control = sign * (after - before)
        vat = sum(_minor(row.vat) for row in listed if row.account == account)
        yield VatAccount(
            account=account,
            code=CHART[account].code,
            vat=written(vat),
            control=written(control),
            difference=written(vat - control),
        )


def _minor(amount: str) -> int:
    return int(amount.replace(".", ""))


# The return of a month


class VatMove(Struct, frozen=True):
    """The VAT of a fact in a month of the books, in minor units, and the return that it stands in."""

    position: int
    kind: VatKind
    document: str
    vat_minor: int
    vat_return: str | None


def _lines(connection: Connection, basis: Basis, known_returns: Returns, month: str) -> list[VatMove]:
    """The VAT lines of a month of the books."""
    begin, end = first_and_last(month)
    found = []
    for entry in _entries(connection, basis, begin, min(end, basis.effective)):
        for line in vat_lines(entry.fact):
            if line.kind != "TRANSFER":
                taken = known_returns.of(entry.position, month, line)
                found.append(VatMove(entry.position, line.kind, line.document, line.vat_minor, taken))
    return found


def _taken_months(connection: Connection, basis: Basis, known_returns: Returns, month: str) -> list[str]:
    """The months that a return takes something of: as it says, or as it would be."""
    if (said := known_returns.said(month)) is not None:
        return [one.month for one in said.taken]
    return sorted({month, *(late for late in left_behind(connection, basis) if late < month)})


def taken_by(connection: Connection, basis: Basis, month: str, of: str) -> list[VatMove]:
    """The lines of a month of the books, `of`, that the return of a month takes, or would take."""
    known_returns = returns(connection, basis)
    wanted = month if month in known_returns.filed else None
    said = known_returns.said(month)
    lines = _lines(connection, basis, known_returns, of)
    return [line for line in lines if line.vat_return == wanted and not is_held(said, line.kind, line.document)]


def vat_return(connection: Connection, basis: Basis, month: str) -> VatReturn:
    """The return of a month: filed or proposed, with its own figures; else as it would be, on what the basis knows."""
    known_returns = returns(connection, basis)
    months = _taken_months(connection, basis, known_returns, month)
    taken = {each: taken_by(connection, basis, month, each) for each in months}
    sums = {each: [_sum(lines, kind) for kind in ("OUTPUT", "INPUT", "IMPORT")] for each, lines in taken.items()}
    said = known_returns.said(month)
    found = said or _as_it_would_be(known_returns, month, sums)
    totals_said = (found.output_minor, found.input_minor, found.import_minor)
    apart = [total - sum(one[at] for one in sums.values()) for at, total in enumerate(totals_said)]
    entry = known_returns.filed.get(month) or known_returns.proposed.get(month)
    fact: Any = None if entry is None else entry.fact
    return VatReturn(
        month=month,
        state=_state(known_returns, month),
        filed_on=fact.effective_on if isinstance(fact, VatReturnFiled) else None,
        filed_by=getattr(fact, "filed_by", None),
        proposed_by=getattr(fact, "proposed_by", None),
        position=None if entry is None else entry.position,
        rows=tuple(
            VatMonth(
                month=each,
                part="OWN" if each == month else "LATE",
                output=written(sums[each][0]),
                input=written(sums[each][1]),
                imported=written(sums[each][2]),
            )
            for each in months
        ),
        total=VatSum(
            output=written(found.output_minor),
            input=written(found.input_minor),
            imported=written(found.import_minor),
            carried_in=written(found.carried_in_minor),
            payable=written(found.payable_minor),
            carried_out=written(found.carried_out_minor),
        ),
        difference=VatDifference(*map(written, apart)) if any(apart) else None,
        held=() if said is None else tuple(said.held),
        late=tuple(each for each in months if each != month),
        rules=(LATE_RULE, TAX_POINT, KEPT_RULE),
    )


def _as_it_would_be(known_returns: Returns, month: str, sums: Mapping[str, Sequence[int]]) -> Figures:
    """The figures of a return that nobody proposed, on the sums of its months."""
    before = max((name for name in known_returns.filed if name < month), default=None)
    carried = 0 if before is None else known_returns.figures(before).carried_out_minor
    return Figures(
        taken=tuple(
            Taken(month=each, output_minor=of[0], input_minor=of[1], import_minor=of[2]) for each, of in sums.items()
        ),
        carried_in_minor=carried,
    )


def _state(known_returns: Returns, month: str) -> VatState:
    if month in known_returns.filed:
        return "FILED"
    if known_returns.latest is not None and month != month_after(known_returns.latest):
        return "WAITS"
    return "PROPOSED" if month in known_returns.proposed else "OPEN"


def _sum(lines: Iterable[VatMove], kind: str) -> int:
    return sum(line.vat_minor for line in lines if line.kind == kind)


def posted_since(connection: Connection, basis: Basis, month: str) -> list[Entry]:
    """The facts with VAT that were recorded for the months of a return after it was proposed, or filed."""
    known_returns = returns(connection, basis)
    said = known_returns.filed.get(month) or known_returns.proposed.get(month)
    months = _taken_months(connection, basis, known_returns, month) if said is not None else []
    days = [first_and_last(each) for each in months]
    found = {entry.position: entry for begin, end in days for entry in _entries(connection, basis, begin, end)}
    return [entry for position, entry in sorted(found.items()) if said is not None and position > said.position]


def lines_behind(connection: Connection, basis: Basis, month: str, of: str, column: str) -> Select[Any]:
    """The lines of the journal behind a figure of a return: of a month of the books, and a kind of VAT."""
    kind, account = {
        "output": ("OUTPUT", "output-vat"),
        "input": ("INPUT", "input-vat"),
        "imported": ("IMPORT", "input-vat"),
    }[column]
    positions = [line.position for line in taken_by(connection, basis, month, of) if line.kind == kind]
    line = journal_line.c
    amount = (line.amount_minor * ACCOUNTS[account]).label("minor")
    return select(line.position, amount).where(known(basis), line.account == account, line.position.in_(positions))


# All returns


def vat_returns(connection: Connection, basis: Basis) -> list[VatReturnRow]:
    """The returns that stand, by month."""
    known_returns = returns(connection, basis)
    return [_row(known_returns, month) for month in sorted(known_returns.filed)]


def _row(known_returns: Returns, month: str) -> VatReturnRow:
    entry, of = known_returns.filed[month], known_returns.figures(month)
    fact: Any = entry.fact
    paid = known_returns.paid_minor(month)
    return VatReturnRow(
        month=month,
        filed_on=fact.effective_on,
        proposed_by=fact.proposed_by,
        filed_by=fact.filed_by,
        acknowledgement=fact.acknowledgement,
        position=entry.position,
        late=", ".join(one.month for one in of.taken if one.month != month),
        output=written(of.output_minor),
        input=written(of.input_minor),
        imported=written(of.import_minor),
        carried_in=written(of.carried_in_minor),
        payable=written(of.payable_minor),
        carried_out=written(of.carried_out_minor),
        paid=written(paid),
        open=written(of.payable_minor - paid),
    )


def left_behind(connection: Connection, basis: Basis) -> dict[str, tuple[int, int]]:
    """The months up to the latest return of which something stands in no return: output and input VAT, minor units.

    The months before the first return are not looked at, but for what it took of them. A month whose sums are those
    that returns took has nothing left: a document held that another return took instead would show as both.
    """
    known_returns = returns(connection, basis)
    if known_returns.latest is None:
        return {}
    taken: dict[str, list[int]] = {}
    for month in known_returns.filed:
        for one in known_returns.figures(month).taken:
            sums = taken.setdefault(one.month, [0, 0])
            sums[0] += one.output_minor
            sums[1] += one.input_minor + one.import_minor
    first = min(taken)
    found = {}
    for month, posted in _posted_by_month(connection, basis, first).items():
        left = posted[0] - taken.get(month, [0, 0])[0], posted[1] - taken.get(month, [0, 0])[1]
        if month <= known_returns.latest and any(left):
            found[month] = left
    return found


def _posted_by_month(connection: Connection, basis: Basis, first: str) -> dict[str, list[int]]:
    """Output and input VAT of each month of the books from one on, without what returns took over."""
    line = journal_line.c
    query = (
        select(line.account, line.accounting_on, func.sum(line.amount_minor))
        .where(known(basis, from_on=first_and_last(first)[0], of_account=True), line.account.in_(ACCOUNTS))
        .where(line.fact.not_in(TRANSFERS))
        .group_by(line.account, line.accounting_on)
    )
    found: dict[str, list[int]] = {}
    for account, on, amount in connection.execute(query):
        sums = found.setdefault(month_of(on), [0, 0])
        sums[list(ACCOUNTS).index(account)] += ACCOUNTS[account] * int(amount)
    return dict(sorted(found.items()))


def untaxed(connection: Connection, basis: Basis, month: str) -> tuple[str, ...]:
    """The VAT of a month of the books that stands in no return, as `account code, VAT`; none where all of it does."""
    known_returns, sums = returns(connection, basis), _posted_by_month(connection, basis, month).get(month, [0, 0])
    for name in known_returns.filed:
        for one in known_returns.figures(name).taken:
            if one.month == month:
                sums = [sums[0] - one.output_minor, sums[1] - one.input_minor - one.import_minor]
    return tuple(f"{CHART[name].code} {written(left)}" for name, left in zip(ACCOUNTS, sums, strict=True) if left)
