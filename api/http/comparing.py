"""Any report on two bases, cell by cell: what it was, what moved it, what it is.

compare       a report on two bases -> Comparison: every cell that differs; or CellBridge: one of them, with its facts
two_bases     what people write -> the basis of now, and that of then, which it is compared with
Comparison, ComparedCell, Steps    the answer; comparison_table: the same as a table
CellBridge    one cell, and the facts of each step; MovedBy: such a fact; Nearer: on bases that lie closer together

As reported, then recorded late, then corrections and reversals, then now: the steps come to the difference, always. A
step is worked out as bridges/ says, and what that may cost is bounded: what a comparison has no room for is asked
for cell by cell, and `on_demand` says how many there are. What one cell has no room for is asked for on bases that lie
closer together, which are named: no cell is refused.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeVar

from msgspec import Meta, Struct
from msgspec.structs import asdict
from sqlalchemy import Connection

from api.formats.tables import Table
from api.http.bridges.bridging import Bridge, Bridges
from api.http.bridges.compared import STEPS, Compared, TooDear, decimal
from api.http.bridges.nearer import between
from api.http.bridges.passing import Passed
from api.http.parameters import Effective, RecordedBy, parameter_invalid
from api.http.receipts import address, find, is_summed
from ledger.log.envelope import Entry
from projections.engine.basis import BadBasis, Basis, closed_month, resolve
from projections.engine.receipts import LISTED, Share, facts_at, share_of

POINTS = 300
"""What the steps of a comparison may cost over HTTP (bridges/): about a second."""
OF_ONE = 5
"""One cell that is named may cost so many times that, and so much again for the facts of the time that passed."""
UNBOUNDED = 10**12
"""The same on the command line, where somebody waits as long as it takes."""

T = TypeVar("T")
StepName = Literal["passed", "new", "late", "corrections", "reversals"]


class Steps(Struct, frozen=True, kw_only=True):
    """From what a cell was to what it is; they come to the difference.

    passed       the later effective date alone: what was known then of it
    new          facts recorded since, of days after the earlier effective date
    late         facts recorded since, of days that it covered
    corrections  facts that say anew what others said
    reversals    facts that take others back
    """

    passed: str
    new: str
    late: str
    corrections: str
    reversals: str


class ComparedCell(Struct, frozen=True, kw_only=True):
    """A cell that differs: what it was and what it is, None where there is none. `unit`: None where it holds words.

    steps    None of words, and of what is worked out on demand
    """

    cell: str
    unit: str | None
    before: str | None
    steps: Steps | None
    now: str | None
    difference: str | None


class Comparison(Struct, frozen=True, kw_only=True):
    """A report on two bases: the cells that differ, in its order.

    against     the basis that it is compared with
    changed     how many cells differ; on_demand: of how many figures among them the steps are left out here, and are
                answered cell by cell
    ties        false where a step is not what the facts come to: a row of a read model was altered
    """

    report: str
    against: Basis
    changed: int
    on_demand: int
    ties: bool
    cells: tuple[ComparedCell, ...]


class MovedBy(Share, frozen=True, kw_only=True, omit_defaults=True):
    """A fact of a step. `share`: by how much it moved the cell; None of words, of what is worked out otherwise, and
    where several facts known before count from one day.

    Facts of the step `passed` were known then, and count from a day between the two effective dates.
    """

    step: StepName


class Nearer(Struct, frozen=True, kw_only=True):
    """The same cell on two of the bases between: ask for it as it stands here. `difference`: None of words."""

    against: int
    against_effective: date
    recorded: int
    effective: date
    before: str | None
    now: str | None
    difference: str | None


class CellBridge(Struct, frozen=True, kw_only=True):
    """One cell on two bases, and the facts of each step in the order recorded.

    facts   how many there are: of very many, those after `after_share` are listed
    moved   these facts; of what is worked out from other cells, every fact that moved one of them
    by_days  of the step `passed`, how much days alone moved and no fact: the cell counts days, or something that was
             known before began or ended in them; None of words, and of what is worked out otherwise
    told     false where its facts, or those of the step `passed`, are too many for one answer, and none of these is
             listed: ask for what is `nearer`, for the cells, or on the command line, which takes as long as it needs
    cells   the cells that it rests on and that differ, each with its steps, and a bridge of its own
    nearer  where it is not told: the same cell from each of the bases between the two to the next; their differences
            come to the difference, and the facts of each to its own
    """

    report: str
    against: Basis
    cell: ComparedCell
    ties: bool
    facts: int
    moved: tuple[MovedBy, ...]
    by_days: str | None
    told: bool
    cells: tuple[ComparedCell, ...]
    nearer: tuple[Nearer, ...] = ()


class ComparisonAnswer(Struct, frozen=True, kw_only=True):
    """The cells of a report that differ between two bases, where it is compared."""

    basis: Basis
    data: Comparison


class CellBridgeAnswer(Struct, frozen=True, kw_only=True):
    """One cell of a report on two bases, where it is compared and a cell is named."""

    basis: Basis
    data: CellBridge


# Two bases


def two_bases(connection: Connection, query: Any, *, known: int, zone: timezone) -> tuple[Basis, Basis]:
    """Find the basis of now and that of then. Raises BadBasis of the parameter, NotYetKnown.

    What is compared with a close is asked of that month's last day, unless a date is given. A date that is given for
    now holds for then as well, unless another is.
    """
    today = datetime.now(zone).date()

    def basis(effective: str | None, recorded: str | None) -> Basis:
        return resolve(connection, effective=effective, recorded=recorded, today=today, known=known, zone=zone)

    closed = [closed_month(query.recorded), closed_month(query.against)]
    now = basis(query.effective or closed[0] or closed[1], query.recorded)
    try:
        then = basis(query.against_effective or query.effective or closed[1] or str(now.effective), query.against)
    except BadBasis as error:
        field = {"recorded": "against", "effective": "against_effective"}[error.field]
        raise type(error)(field, error.detail) from error
    if then.recorded > now.recorded:
        raise BadBasis("against", f"position {then.recorded} comes after {now.recorded}: compare the other way round")
    return now, then


# The comparison


def compare(compared: Compared, named: str | None, *, points: int, after: int = 0) -> Comparison | CellBridge:
    """Compare a report, or a cell of it, on two bases. Raises Problem."""
    if named is not None:
        return _bridge(compared, Bridges(compared, points * OF_ONE), named, after)
    bridges = Bridges(compared, points)
    cells, ties = list[ComparedCell](), True
    for name, column in _differing(compared):
        cell, tied = _cell(compared, bridges, name, column)
        cells.append(cell)
        ties = ties and tied
    return Comparison(
        report=_report(compared),
        against=compared.then,
        changed=len(cells),
        on_demand=sum(cell.unit is not None and cell.steps is None for cell in cells),
        ties=ties,
        cells=tuple(cells),
    )


def _report(compared: Compared) -> str:
    return address(compared.read, compared.path)


def _differing(compared: Compared) -> list[tuple[str, str]]:
    """The cells that differ, in the order of the report."""
    every = [*compared.receipts.units, *compared.receipts.words]
    columns = [column for column in every if column not in compared.receipts.uncompared]
    return [(name, column) for name in compared.names for column in columns if _differs(compared, name, column)]


def _differs(compared: Compared, name: str, column: str) -> bool:
    said = compared.said(name, column)
    if column in compared.receipts.units:
        return decimal(said[0]) != decimal(said[-1])
    return bool(_said(said[0]) != _said(said[-1]))


def _said(value: Any) -> str | None:
    return None if value is None else str(value)


def _cell(compared: Compared, bridges: Bridges, name: str, column: str) -> tuple[ComparedCell, bool]:
    """A cell with its steps, and whether they tie; without them, where they are words or too dear."""
    if column not in compared.receipts.units:
        return _shown(compared, name, column, None), True
    try:
        bridge = bridges.bridge(name, column)
    except TooDear:
        return _shown(compared, name, column, None), True
    return _shown(compared, name, column, bridge), bridge.ties


def _shown(compared: Compared, name: str, column: str, bridge: Bridge | None) -> ComparedCell:
    before, _, now = compared.said(name, column)
    row, figures = compared.row(name), column in compared.receipts.units
    steps = None
    if bridge is not None:
        moved = [after - earlier for earlier, after in zip(bridge.stages, bridge.stages[1:], strict=False)]
        texts = _alike([*moved, decimal(before), decimal(now)])
        steps = Steps(**dict(zip(STEPS, texts, strict=False)))
    return ComparedCell(
        cell=f"{name}/{column}",
        unit=compared.receipts.unit(row, column),
        before=_said(before),
        steps=steps,
        now=_said(now),
        difference=_alike([decimal(now) - decimal(before)])[0] if figures else None,
    )


def _alike(figures: Sequence[Decimal]) -> list[str]:
    """Figures with as many decimals as the longest of them has."""
    places = max((-int(figure.as_tuple().exponent) for figure in figures), default=0)
    return [f"{figure:.{max(places, 0)}f}" for figure in figures]


# One cell


def _bridge(compared: Compared, bridges: Bridges, named: str, after: int) -> CellBridge:
    rows = {name: compared.row(name) for name in compared.names}
    name, column = find(compared.receipts, rows, named)
    if column in compared.receipts.uncompared:
        raise parameter_invalid("explain", f"{column} is not compared: it moves with every row above it; compare those")
    try:
        if column in compared.receipts.units:
            return _figure_bridge(compared, bridges, name, column, after)
        return _words_bridge(compared, bridges, name, column, after)
    except TooDear:
        return _untold(compared, bridges, name, column)


def _untold(compared: Compared, bridges: Bridges, name: str, column: str) -> CellBridge:
    """A cell that one answer has no room for: on bases that lie closer together; of one fact, that it moved all."""
    then, now = compared.then, compared.now
    alone = now.recorded - then.recorded == 1 and then.effective == now.effective
    cell, moved = _shown(compared, name, column, None), tuple[MovedBy, ...]()
    if alone:
        entry, words = facts_at(compared.connection, [now.recorded])[now.recorded], cell.unit is None
        moved = (_moved_by(compared, bridges, entry, None if words else cell.difference, cell.now if words else None),)
        if not words:
            cell = _shown(compared, name, column, bridges.of_one(entry, compared.said(name, column)))
    return CellBridge(
        report=_report(compared),
        against=then,
        cell=cell,
        ties=True,
        facts=len(moved),
        moved=moved,
        by_days=None,
        told=alone,
        cells=tuple(_shown(compared, *part, None) for part in _rests_on(compared, name, column)),
        nearer=_nearer(compared, name, column),
    )


def _rests_on(compared: Compared, name: str, column: str) -> list[tuple[str, str]]:
    """The cells of its table that a cell sums or is worked out from, where they differ."""
    receipts, row = compared.receipts, compared.row(name)
    rows = {other: compared.row(other) for other in compared.names}
    sums = [one for one in receipts.summed(row, column) if not one.count]
    found = [(other, column) for other, cells in rows.items() if any(is_summed(one, row, cells) for one in sums)]
    if not sums and (derived := receipts.derived_by(name, row, column)):
        found = [(name, side) for side in dict.fromkeys(derived.of)]
    return [part for part in found if _differs(compared, *part)]


def _nearer(compared: Compared, name: str, column: str) -> tuple[Nearer, ...]:
    """The same cell on the bases between, each against the one before."""
    bases = between(compared.then, compared.now)
    before, _, now = compared.said(name, column)
    said = [compared.table(compared.connection, basis).get(name, {}).get(column) for basis in bases[1:-1]]
    values, figures = [before, *said, now], column in compared.receipts.units
    return tuple(
        Nearer(
            against=then.recorded,
            against_effective=then.effective,
            recorded=basis.recorded,
            effective=basis.effective,
            before=_said(was),
            now=_said(value),
            difference=_alike([decimal(value) - decimal(was)])[0] if figures else None,
        )
        for then, basis, was, value in zip(bases, bases[1:], values, values[1:], strict=False)
    )


def _figure_bridge(compared: Compared, bridges: Bridges, name: str, column: str, after: int) -> CellBridge:
    bridge, passed = bridges.find(name, column), _if_told(bridges.passing.of_figure, name, column)
    told, passed = passed is not None, passed or Passed(days=None)
    cell = _shown(compared, name, column, bridge)
    moves: dict[tuple[int, int], Decimal | None] = {(0, position): share for position, share in passed.moves.items()}
    moves |= {(1, position): share for position, share in bridge.moves.items()}
    listed = [(position, step) for step, position in moves if position > after][:LISTED]
    entries = facts_at(compared.connection, [position for position, _ in listed])
    shares = [moves[step, position] for position, step in listed]
    return CellBridge(
        report=_report(compared),
        against=compared.then,
        cell=cell,
        ties=bridge.ties and passed.ties,
        facts=len(moves),
        moved=tuple(
            _moved_by(compared, bridges, entries[position], None if share is None else f"{share:f}", None)
            for (position, _), share in zip(listed, shares, strict=True)
        ),
        by_days=None if passed.days is None else f"{passed.days:f}",
        told=told,
        cells=tuple(_cell(compared, bridges, *part)[0] for part in bridge.of if _differs(compared, *part)),
        nearer=() if told else _nearer(compared, name, column),
    )


def _words_bridge(compared: Compared, bridges: Bridges, name: str, column: str, after: int) -> CellBridge:
    cell = _shown(compared, name, column, None)
    changes = [(entry, said) for entry, was, said in bridges.told(name, column) if _said(was) != _said(said)]
    ties = not changes or _said(changes[-1][1]) == cell.now
    passed = _if_told(bridges.passing.of_words, name, column)
    changes = [*(passed or ()), *changes]
    listed = [(entry, said) for entry, said in changes if entry.position > after][:LISTED]
    return CellBridge(
        report=_report(compared),
        against=compared.then,
        cell=cell,
        ties=ties,
        facts=len(changes),
        moved=tuple(_moved_by(compared, bridges, entry, None, _said(said)) for entry, said in listed),
        by_days=None,
        told=passed is not None,
        cells=(),
        nearer=_nearer(compared, name, column) if passed is None else (),
    )


def _if_told(find_passed: Callable[[str, str], T], name: str, column: str) -> T | None:
    """The facts of the time that passed; None where they are too many for one answer."""
    try:
        return find_passed(name, column)
    except TooDear:
        return None


def _moved_by(compared: Compared, bridges: Bridges, entry: Entry, share: str | None, after: str | None) -> MovedBy:
    step: Any = bridges.step_of(entry)
    return MovedBy(**asdict(share_of(entry, share, after, compared.receipts.of_fact)), step=step)


# As a table


def comparison_table(answer: Comparison) -> Table:
    """A row for each cell that differs; `worked_out` is false where the steps are to be asked for."""
    names = ["cell", "unit", "before", *STEPS, "now", "difference", "worked_out"]
    return names, (_line(cell) for cell in answer.cells)


def _line(cell: ComparedCell) -> Sequence[Any]:
    steps = [getattr(cell.steps, step, None) for step in STEPS]
    worked_out = cell.unit is None or cell.steps is not None
    return [cell.cell, cell.unit, cell.before, *steps, cell.now, cell.difference, worked_out]


Against = Annotated[
    RecordedBy | None,
    Meta(description="Not the report but what differs from it as recorded by then: close:2026-05%231, a position, …"),
]
AgainstEffective = Annotated[
    Effective | None, Meta(description="The effective date of what it is compared with, where that is another.")
]
