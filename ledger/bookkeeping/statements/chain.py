"""The statements of an account as one: its lines each once, and where balances do not meet.

Chain      what the bank says of an account: balance at a day, lines, gaps
chained    statements, in the order recorded -> the chain
named      what tells each line of statements from others, by statement, last day and entry
known_in   the entries of a statement that others have already

Two statements that overlap tell the same lines twice. A line is the same as another's by its day, its amount, its
references and its how-manieth of equals; a bank that counts two equal payments in one statement made two.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from ledger.bookkeeping.statements.facts import BankLine, BankStatementTaken

Same = tuple[date, int, tuple[str, ...], int]
"""By what a line is told from others: day, amount, references, how-manieth of equals."""

LineName = tuple[str, date, str]
"""A line as a statement has it: the statement, its last day, the entry."""


class ToldLine(NamedTuple):
    """A line, the statement that told it first with its last day, and what tells the line from others."""

    statement: str
    line: BankLine
    until_on: date = date.max
    key: Same | None = None


class Gap(NamedTuple):
    """So much more at the end of a day than the lines up to it come to. `edge`: of the opening or the closing."""

    on: date
    statement: str
    edge: str
    amount_minor: int


class Chain(NamedTuple):
    """The lines of an account as its bank told them, each once, by day; from the first statement's opening on."""

    first_on: date
    last_on: date
    opening_minor: int
    lines: tuple[ToldLine, ...]
    gaps: tuple[Gap, ...]

    def balance(self, day: date = date.max) -> int:
        """What stood on the account at the end of a day, as the bank says: the opening, lines and gaps up to it."""
        moved = sum(told.line.amount_minor for told in self.lines if told.line.booked_on <= day)
        return self.opening_minor + moved + sum(gap.amount_minor for gap in self.gaps if gap.on <= day)


def same(lines: Iterable[BankLine]) -> Iterator[tuple[Same, BankLine]]:
    """The lines of a statement, each with what tells it from others."""
    equals = Counter[tuple[date, int, tuple[str, ...]]]()
    for line in lines:
        key = (line.booked_on, line.amount_minor, line.references)
        equals[key] += 1
        yield (*key, equals[key]), line


def named(statements: Iterable[BankStatementTaken]) -> dict[LineName, tuple[Same, BankLine]]:
    """Every line that statements tell, by its name in each: under two names where they overlap, with one key."""
    return {
        (one.statement, one.effective_on, line.entry): (key, line)
        for one in statements
        for key, line in same(one.lines)
    }


def known_in(statement: BankStatementTaken, others: Iterable[BankStatementTaken]) -> tuple[str, ...]:
    """The entries of a statement that others have already."""
    told = {key for other in others for key, _ in same(other.lines)}
    return tuple(line.entry for key, line in same(statement.lines) if key in told)


def chained(statements: Sequence[BankStatementTaken]) -> Chain | None:
    """The statements of an account as one, whatever the order they came in; None where there is none."""
    if not statements:
        return None
    ordered = sorted(statements, key=lambda one: (one.from_on, one.effective_on))
    opening, moved, gaps = ordered[0].opening_minor, dict[date, int](), list[Gap]()
    told: dict[Same, ToldLine] = {}

    def balance(day: date) -> int:
        return opening + sum(minor for on, minor in moved.items() if on <= day)

    def meet(on: date, one: BankStatementTaken, edge: str, stated_minor: int) -> None:
        if missing := stated_minor - balance(on):
            gaps.append(Gap(on, one.statement, edge, missing))
            moved[on] = moved.get(on, 0) + missing

    for one in ordered:
        meet(one.from_on - timedelta(days=1), one, "opening", one.opening_minor)
        for key, line in same(one.lines):
            if key not in told:
                told[key] = ToldLine(one.statement, line, one.effective_on, key)
                moved[line.booked_on] = moved.get(line.booked_on, 0) + line.amount_minor
        meet(one.effective_on, one, "closing", one.closing_minor)
    lines = tuple(sorted(told.values(), key=lambda one: one.line.booked_on))
    return Chain(ordered[0].from_on, max(one.effective_on for one in ordered), opening, lines, tuple(gaps))
