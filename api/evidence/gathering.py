"""What a pack is about: the facts behind a figure, a fact, a closed month, and the receipts that lead to them.

Figure, OneFact, Close   what evidence is asked for
Gathered                 what was found: facts, receipts down to them, the report
gather                   finds it
FORMULAS                 how figures are worked out, in words -> as a formula that a stranger can evaluate
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from decimal import Decimal
from typing import Any

from msgspec import Struct, ValidationError, convert, field
from msgspec.structs import asdict, replace
from sqlalchemy import Connection, Select

from api.http.parameters import blame, parameter_invalid
from api.http.problems import Problem
from api.http.reading import Read
from api.http.receipts import Part, Receipt, Row, Shared, address, receipt_of, receipts_of, section_of, table_of
from api.routes.tenancy import READS
from ledger.books.postings import postings
from ledger.log import store
from ledger.log.envelope import Entry
from ledger.periods import PeriodClosed, PostingFact, month_of
from projections.engine.basis import Basis
from projections.engine.receipts import facts_at
from projections.engine.sources import distinct, facts_behind

COMPANIES = ("company", "tenant", "party", "investor")
"""Tags that name a company whose fact it is."""
PARTIES = (*COMPANIES, "supplier", "buyer")
"""Columns of reports that name a company whose row it is."""
NAMING = (*PARTIES, "name", "tenant_name")
"""Columns that say so, or in words."""
PUBLIC = {"site", "parcel", "building", "unit", "series", "rate", "period"}
"""Tags of facts that are about nobody: what there is to let, rates, months."""
TAGS = {
    "tenants": ("tenant",),
    "orders": ("order",),
    "offtakes": ("offtake",),
    "leases": ("lease",),
    "documents": ("invoice", "credit-note", "receipt"),
}
"""The facts behind a part that is no cell of a report, by the first word of its address."""
BASIS = {"effective", "recorded", "wait", "explain", "after_share", "limit", "cursor"}
"""Parameters that a pack gives by itself."""
ACCOUNT = re.compile("tenants/(.+)/account")
"""The address of a tenant's account, which is a report of one tenant."""
OF_ACCOUNT = next(read for read in READS if read.name == "read-tenant-account")
ANOTHERS = "(another's)"
FACTS_MAX = 50_000

FORMULAS = {
    "the median over companies with both dates": "median",
    "(Σ erv_month - Σ passing_month) ÷ Σ passing_month × 100": "(even - odd) / odd * 100",
    "TOTAL + ORDERS - CONTROL": "s0 + s1 - s2",
    "ASSETS - TOTAL": "s0 - s1",
    "closing - opening - TOTAL": "s0 - s1 - s2",
    "TOTAL - CONTROL": "s0 - s1",
    "passing_year ÷ 12 ÷ area_m2": "s0 / 12 / s1",
    "(committed_m2 ÷ lettable_m2 - the same on the earlier date) × 100": "(s0 / s1 - s2 / s3) * 100",
}
OWED = re.compile("- the sum over .*")
YEARLY = re.compile("12 × the sum over .*")
SUMS = re.compile(r"the (sum over|number of|companies that) .*|what receipts paid of them|the documents that .*")
WEIGHED = re.compile(r"Σ\((\w+) × days to \w+\) ÷ Σ \1 ÷ 365\.25")


class Figure(Struct, frozen=True, kw_only=True):
    """A cell of a report. `asked`: the report's other parameters; `company`: for whose eyes the pack is."""

    report: str
    cell: str
    asked: Mapping[str, str] = {}
    company: str | None = None


class OneFact(Struct, frozen=True):
    """A fact, by its position."""

    position: int


class Close(Struct, frozen=True):
    """A closed month: its latest close, or the `number`th."""

    month: str
    number: int | None = None


Subject = Figure | OneFact | Close

Key = tuple[str, str]
"""A cell: its report and its name there."""


class Gathered(Struct, kw_only=True):
    """The things that a pack is to hold. `about`: what its manifest says; `hidden`: facts of others, kept at home."""

    about: dict[str, Any]
    earlier: Sequence[int] = ()
    facts: dict[int, Entry] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)
    receipts: list[dict[str, Any]] | None = None
    report: dict[str, Any] | None = None


def gather(
    reports: Mapping[str, Read[Any]], connection: Connection, basis: Basis, subject: Subject, size: int
) -> Gathered:
    """Find all that evidence of something needs, in a log of so many facts. Raises Problem."""
    match subject:
        case OneFact(position=position):
            return _fact(connection, position, size)
        case Close():
            return _close(connection, subject, size)
    return _Figures(reports, connection, basis, subject).gathered()


def _fact(connection: Connection, position: int, size: int) -> Gathered:
    if not 1 <= position <= size:
        raise Problem("not-found", f"No fact is recorded at position {position}; there are {size}.")
    about = {"kind": "fact", "position": position}
    return Gathered(about=about, facts=dict(facts_at(connection, [position])))


def _close(connection: Connection, close: Close, size: int) -> Gathered:
    """The fact that closed a month, the one that closed the month before, and all that posted between."""
    closes = [entry for entry in store.by_tags(connection, ["periods"]) if isinstance(entry.fact, PeriodClosed)]
    closes = [entry for entry in closes if entry.position <= size]
    of_month = [entry for entry in closes if _month(entry) == close.month]
    if not of_month or not 1 <= (close.number or len(of_month)) <= len(of_month):
        times = f"was closed {len(of_month)} times" if of_month else "has not been closed"
        raise Problem("not-found", f"{close.month} {times}; `mcsc report periods` lists the months.")
    number = close.number or len(of_month)
    closed = of_month[number - 1]
    before = [entry for entry in closes if entry.position < closed.position and _month(entry) < close.month]
    previous = max(before, key=lambda entry: (_month(entry), entry.position), default=None)
    tagged = store.by_tags(connection, [f"books:{close.month}"])
    posted = [
        entry
        for entry in tagged
        if isinstance(entry.fact, PostingFact)
        and month_of(entry.fact.accounting_on) == close.month
        and entry.position < closed.position
    ]
    about = {
        "kind": "close",
        "month": close.month,
        "number": number,
        "position": closed.position,
        "previous": previous.position if previous else None,
    }
    facts = [closed, *([previous] if previous else []), *posted]
    _few(facts)
    return Gathered(about=about, earlier=(closed.position,), facts={entry.position: entry for entry in facts})


def _month(entry: Entry) -> str:
    return str(getattr(entry.fact, "month", ""))


def _few(facts: Sized) -> None:
    if len(facts) > FACTS_MAX:
        raise Problem("evidence-too-large", f"A pack holds {FACTS_MAX:,} facts; this needs {len(facts):,}.")


class _Figures:
    """The receipts of a figure and of all that it is made of, and their facts, gathered on one basis."""

    def __init__(self, reports: Mapping[str, Read[Any]], connection: Connection, basis: Basis, figure: Figure) -> None:
        self.reports, self.connection, self.basis, self.figure = reports, connection, basis, figure
        self.names = {address(read, {}): name for name, read in reports.items()}
        self.tables = dict[str, Mapping[str, Row]]()
        self.queries = dict[str, Any]()
        self.facts = dict[int, Entry]()
        self.behind = dict[str, list[Entry]]()
        self.said = dict[Key, str | None]()
        self.company = figure.company

    def gathered(self) -> Gathered:
        """The receipts, the figure's first, each once."""
        figure = self.figure
        if figure.report not in self.reports:
            raise parameter_invalid("report", f"{figure.report!r} has no receipts; {', '.join(self.reports)} have")
        if self.basis.recorded == 0:
            raise Problem("not-found", "Nothing is recorded on that basis.")
        receipts: dict[Key, dict[str, Any]] = {}
        wave: list[Key] = [(figure.report, figure.cell)]
        while wave:
            told = self._written(wave, root=not receipts)
            receipts |= told
            parts = [one for receipt in told.values() for one in receipt.get("parts", ()) if one["cell"] != ANOTHERS]
            self.said = {(one["report"], one["cell"]): one["figure"] for one in parts}
            wave = [key for key in self.said if key not in receipts]
        facts = {position: self.facts[position] for position in sorted(self.facts)}
        hidden = {position for position, entry in facts.items() if self._is_hidden(entry)}
        return Gathered(
            about=self._about(),
            earlier=(self.basis.recorded,),
            facts=facts,
            hidden=hidden,
            receipts=[_veiled(receipt, hidden) for receipt in receipts.values()],
            report=self._report(),
        )

    def _about(self) -> dict[str, Any]:
        figure = self.figure
        about = {"kind": "figure", "report": figure.report, "cell": figure.cell, "asked": dict(figure.asked)}
        basis = {name: None if value is None else str(value) for name, value in asdict(self.basis).items()}
        at = self.basis.recorded_at.isoformat() if self.basis.recorded_at else None
        about |= {"basis": basis | {"recorded": self.basis.recorded, "recorded_at": at}}
        return about | ({"for": self.company} if self.company else {})

    # Reports

    def _read(self, name: str) -> Read[Any]:
        """A report by its name, or a tenant's account by its address."""
        return self.reports.get(name, OF_ACCOUNT)

    def _path(self, name: str) -> dict[str, str]:
        return {} if name in self.reports else {"company": name.split("/")[1]}

    def _is_reported(self, name: str, cell: str) -> bool:
        """Tell whether a cell stands in a report, and so has a receipt."""
        return name in self.reports or (ACCOUNT.fullmatch(name) is not None and "/" in cell)

    def _query(self, name: str) -> Any:
        """A report's question on the basis; of the figure's own report with its parameters. Raises Problem."""
        if name not in self.queries:
            self.queries[name] = self._asked(name)
        return self.queries[name]

    def _asked(self, name: str) -> Any:
        query = self._read(name).query
        asked = dict(self.figure.asked) if name == self.figure.report else {}
        if wrong := sorted(set(asked) - {*query.__struct_encode_fields__} | set(asked) & BASIS):
            raise parameter_invalid("asked", f"{', '.join(wrong)} cannot be asked of {name} here")
        at = {"effective": self.basis.effective.isoformat(), "recorded": str(self.basis.recorded)}
        try:
            return convert(asked | at, query, strict=False)
        except ValidationError as error:
            raise parameter_invalid(*blame(error, query)) from error

    def _table(self, name: str) -> Mapping[str, Row]:
        if name not in self.tables:
            query, path = self._query(name), self._path(name)
            self.tables[name] = table_of(self._read(name), self.connection, self.basis, query, path)
        return self.tables[name]

    def _report(self) -> dict[str, Any]:
        """The report as rows by name; for a company's eyes, the figure's row alone, and no name of another. Raises
        Problem."""
        name = self.figure.report
        rows = self._table(name)
        if self.company:
            row, _, figure = self.figure.cell.rpartition("/")
            anothers = self._is_of_another(rows[row])
            receipts = self.reports[name].receipts
            assert receipts is not None, "only reports with receipts are known here"
            if anothers and {figure, *receipts.keys[section_of(rows[row])]} & {*NAMING}:
                raise parameter_invalid("cell", f"{self.figure.cell} names another company than {self.company}")
            kept = rows[row].items()
            figures = {*receipts.units, *receipts.words} - {*NAMING}
            rows = {row: {column: told for column, told in kept if not anothers or column in figures}}
        told = [
            {"name": row, "cells": {column: _text(value) for column, value in cells.items()}}
            for row, cells in rows.items()
        ]
        return {"report": name, "basis": self._about()["basis"], "rows": told}

    # Receipts

    def _written(self, wave: Sequence[Key], *, root: bool) -> dict[Key, dict[str, Any]]:
        """The receipts of parts as a pack writes them, those of a report together; none of a row that is counted."""
        told = dict[Key, dict[str, Any]]()
        for name in dict.fromkeys(report for report, _ in wave):
            if cells := [cell for report, cell in wave if report == name and self._is_reported(name, cell)]:
                told |= self._of_report(name, cells, root=root)
        apart = [key for key in wave if not self._is_reported(*key)]
        self._read_behind(report for report, _ in apart)
        return told | {(report, cell): self._open(report, cell) for report, cell in apart}

    def _of_report(self, name: str, cells: Sequence[str], *, root: bool) -> dict[Key, dict[str, Any]]:
        read, table, query, path = self._read(name), self._table(name), self._query(name), self._path(name)
        receipts = read.receipts
        assert receipts is not None, "only reports with receipts are known here"
        explained = {*receipts.units, *receipts.words}
        split = {cell: (cell.rpartition("/")[0], cell.rpartition("/")[2]) for cell in cells}
        known = [cell for cell, (row, column) in split.items() if root or (row in table and column in explained)]
        found = receipts_of(read, self.connection, self.basis, query, path, table, known, to_facts=True)
        for receipt in found.values():
            if not receipt.ties:
                raise Problem("not-proven", f"{name} {receipt.cell} is not what its facts come to: {receipt.total}.")
        if root and self.company is None:
            self.company = table[split[known[0]][0]].get("company")
        told = dict[Key, dict[str, Any]]()
        shared = list[tuple[Receipt, Row]]()
        for cell, receipt in found.items():
            row, column = split[cell]
            begun = {"report": name, "cell": cell, "unit": receipt.unit, "figure": receipt.figure}
            made = receipts.made_by(row, table[row], column)
            told[name, cell] = begun
            if isinstance(made, Shared) and (ways := self._split(made, name, row, query)):
                told[name, cell] |= ways
            elif receipt.parts or receipt.sides or (made and not receipt.facts):  # of cells elsewhere, or of none
                parts = [self._named(one, name) for one in (*receipt.parts, *receipt.sides)]
                told[name, cell] |= {"kind": "formula", "formula": formula(receipt), "parts": parts}
            else:
                shared.append((self._whole(read, receipt), table[row]))
        needed = {share.position for receipt, _ in shared for share in receipt.shares} - self.facts.keys()
        self._need(facts_at(self.connection, needed).values())
        for receipt, cells_of in shared:
            told[name, receipt.cell] |= self._shares(read, receipt, cells_of)
        return told

    def _split(self, made: Shared, report: str, name: str, query: Any) -> dict[str, Any] | None:
        """A row's share of a sum, as the cells of that sum and all those that weigh; None where it is not shared."""
        whole, weights = made.of(self.connection, self.basis, query, self._table(report)[name])
        own = [part.cell.rpartition("/")[0] for part in weights]
        if len(weights) < 2 or name not in own or not made.adds:
            return None
        added = " + ".join(f"s{at}" for at in range(len(whole))) or "0"
        weighing = ", ".join(f"s{len(whole) + at}" for at in range(len(weights)))
        parts = [self._named(one, report) for one in (*whole, *weights)]
        return {"kind": "formula", "formula": f"share({added}, {own.index(name)}, {weighing})", "parts": parts}

    def _whole(self, read: Read[Any], receipt: Receipt) -> Receipt:
        """A receipt with all its shares, where only the first part was listed."""
        name = self.names.get(receipt.report, receipt.report)
        shares = list(receipt.shares)
        while len(shares) < receipt.facts:
            after = replace(self._query(name), after_share=shares[-1].position)
            table = self._table(name)
            asked = self.connection, self.basis, after, self._path(name)
            more = receipt_of(read, *asked, table, receipt.cell, to_facts=True)
            shares += more.shares
        return replace(receipt, shares=tuple(shares))

    def _named(self, part: Part, of: str) -> dict[str, Any]:
        """A part by its report's name; without a name of its own where it is of another company."""
        where = part.report or of
        name = self.names.get(where, where)
        table = self._table(name) if name in self.reports else {}
        row = table.get(part.cell, table.get(part.cell.rpartition("/")[0], {}))  # a row is counted by its name alone
        if self.company is None or not self._is_anothers(name, part, row):
            return {"report": name, "cell": self._counted(name, part, row) or part.cell, "figure": part.figure}
        return {"report": name.partition("/")[0], "cell": ANOTHERS, "figure": part.figure}

    def _counted(self, name: str, part: Part, row: Row) -> str | None:
        """The row that a part counts by a figure that is another; None where it counts none."""
        counted, _, column = part.cell.rpartition("/")
        receipts = self.reports[name].receipts if name in self.reports else None
        is_figure = receipts is not None and column in receipts.units
        return counted if part.figure == "1" and is_figure and Decimal(str(row.get(column) or 0)) != 1 else None

    def _is_anothers(self, name: str, part: Part, row: Row) -> bool:
        if name not in self.reports:
            return all(self._is_hidden(entry) for entry in self._behind(name))
        return self._is_of_another(row)

    def _is_of_another(self, row: Row) -> bool:
        named = {str(row[column]) for column in PARTIES if row.get(column)}
        return bool(named) and self.company not in named

    def _open(self, report: str, cell: str) -> dict[str, Any]:
        """The facts behind a part that is no cell of a report."""
        entries = self._behind(report)
        self._need(entries)
        told = {"report": report, "cell": cell, "unit": None, "figure": self.said.get((report, cell))}
        return told | {"kind": "open", "facts": [entry.position for entry in entries]}

    def _behind(self, address: str) -> list[Entry]:
        if address not in self.behind:
            self._read_behind([address])
        return self.behind[address]

    def _read_behind(self, addresses: Iterable[str]) -> None:
        """Read the facts behind parts that are no cells of reports, all at once."""
        tags = dict[str, list[str]]()
        for where in addresses:
            what, _, name = where.partition("/")
            named = [f"{tag}:{name.partition('/')[0]}" for tag in TAGS.get(what, ())]
            tags[where] = [name] if what == "payables" else named  # each is named by its tag
        found = facts_behind(self.connection, self.basis, {tag for some in tags.values() for tag in some})
        for where, some in tags.items():
            self.behind[where] = distinct({tag: found[tag] for tag in some if tag in found})

    def _shares(self, read: Read[Any], receipt: Receipt, row: Row) -> dict[str, Any]:
        query, shares = self._query(self.names.get(receipt.report, receipt.report)), receipt.shares
        assert read.receipts is not None, "only reports with receipts are known here"
        posted = read.receipts.posted(self.connection, self.basis, query, row, receipt.column)
        entries = {share.position: self.facts[share.position] for share in shares}
        told: list[dict[str, Any]] = [
            {"position": one.position, "fact": one.fact}
            | ({"share": one.share} if one.share is not None else {})
            | ({"after": one.after} if receipt.unit is None or one.after is not None else {})
            for one in shares
        ]
        if posted is None:
            return {"kind": "words" if receipt.unit is None else "facts", "shares": told}
        lines, sign = _lines(self.connection, posted, entries, str(receipt.unit))
        accounts = {postings(entries[at].fact)[line].account for at, some in lines.items() for line in some}
        told = [{**share, "lines": lines[one.position]} for share, one in zip(told, shares, strict=True)]
        for at, part in read.receipts.parted(self.connection, self.basis, row, entries).items():
            next(share for share in told if share["position"] == at).update(formula=part.formula, of=part.of)
        return {"kind": "posted", "sign": sign, "accounts": sorted(accounts), "shares": told}

    # Facts

    def _need(self, entries: Iterable[Entry]) -> None:
        self.facts |= {entry.position: entry for entry in entries}
        _few(self.facts)

    def _is_hidden(self, entry: Entry) -> bool:
        """A fact stays at home that names neither the company nor nobody."""
        if self.company is None or any(f"{kind}:{self.company}" in entry.tags for kind in COMPANIES):
            return False
        return not {tag.partition(":")[0] for tag in entry.tags} <= PUBLIC


def _lines(
    connection: Connection, posted: Select[Any], entries: Mapping[int, Entry], unit: str
) -> tuple[dict[int, list[int]], int]:
    """The lines of each fact's journal that a cell sums, and whether they are taken (1) or taken off (-1): their amount
    in CNY, or that in the currency that is the cell's unit. Of `journals` each fact counts once (0)."""
    if unit == "journals":
        return {at: list(range(len(postings(entry.fact)))) for at, entry in entries.items()}, 0
    found: dict[int, list[int]] = {at: [] for at in entries}
    sign = 1
    lines = posted.selected_columns["position"].table.c  # of the journal itself, or of a selection of its lines
    amounts = lines["amount_minor" if unit == "CNY" else "foreign_minor"]
    for at, minor, line, amount in connection.execute(posted.add_columns(lines["line"], amounts)):
        if at in found and minor:
            sign = 1 if minor == amount else -1
            found[at].append(line - 1)
    return {at: sorted(lines) for at, lines in found.items()}, sign


def formula(receipt: Receipt) -> str:
    """Write how a receipt's parts make its figure, as a formula of s0, s1, … or of all of them."""
    said = receipt.worked
    if said is None or SUMS.fullmatch(said):
        return "sum"
    if OWED.fullmatch(said):
        return "0 - sum"
    if YEARLY.fullmatch(said):
        return "12 * sum"
    if said in FORMULAS:
        return FORMULAS[said]
    if WEIGHED.fullmatch(said):
        return "dot / even / 365.25"
    columns = {side.cell.rpartition("/")[2]: f"s{at}" for at, side in enumerate(receipt.sides)}
    if said.endswith(" of all × 100"):
        return "s0 / s1 * 100"
    if set(columns) == {"value"}:  # measures: their names stand before the stroke
        columns = {side.cell.rpartition("/")[0].partition(":")[2]: f"s{at}" for at, side in enumerate(receipt.sides)}
    columns["max"] = "max"
    written = re.sub(r"[a-z]\w*", lambda word: columns[word[0]], said)
    return written.replace("×", "*").replace("÷", "/")


def _veiled(receipt: dict[str, Any], hidden: set[int]) -> dict[str, Any]:
    """A receipt in which the facts of others are positions and shares alone."""
    if "shares" not in receipt:
        return receipt
    last = receipt["shares"][-1] if receipt["shares"] else {"position": 0}
    kept = ("position", "share")

    def shown(share: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        for name, value in share.items():
            said_last = name == "after" and receipt["kind"] == "words" and share["position"] == last["position"]
            if share["position"] not in hidden or name in kept or said_last:
                yield name, value

    return receipt | {"shares": [dict(shown(share)) for share in receipt["shares"]]}


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
