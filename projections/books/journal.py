"""What was posted, by which facts, and what do the accounts come to on any date, as any position knew it?

Journal    the read model: every line of every posting (`journal_line`), totals of blocks of positions
           (`journal_total`), and what is earned (earned.py)
totals     debits and credits of every account up to some dates, as of a position
last_day   the last on which anything is posted to an account

A line holds from its position on for ever: there is nothing to end and no version to keep.

Totals as of any (date, position) take the same time however many facts there are. Positions are cut into blocks of 256,
and these into pairs, pairs of pairs, and so on, like the log's Merkle tree. When the last position of a block is
applied, the block is written for good: for each account the debits and credits of its positions, running from day to
day. The first P positions are then at most one block of each size and fewer than 256 positions of plain lines; in a
block one look-up finds an account's total up to a day.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeAlias

from msgspec import Struct
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Date,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    TextClause,
    bindparam,
    func,
    select,
    text,
)

from ledger.books.line import Line
from ledger.books.postings import RULES_VERSION, postings
from ledger.decider import DataClass, stored_name
from ledger.log.envelope import Entry
from ledger.periods import PostingFact
from projections.books import earned_totals
from projections.books.earned import JOURNAL, earned, revenue_move
from projections.books.earned_totals import Block, revenue_total
from projections.engine.view import VIEWS, View, Writer, live_generation, projection

BLOCK = 256
"""Positions in the smallest block."""

journal_line = Table(
    "journal_line",
    VIEWS,
    Column("generation", Integer, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("line", Integer, nullable=False),
    Column("account", Text, nullable=False),
    Column("accounting_on", Date, nullable=False),
    Column("effective_on", Date, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("company", Text),
    Column("lease", Text),
    Column("document", Text),
    Column("stream", Text),
    Column("service_month", Text),
    Column("currency", Text),
    Column("foreign_minor", BigInteger),
    Column("fact", Text, nullable=False),
    Column("rules", Integer, nullable=False),
    Column("data_class", Text, nullable=False),
    Column("bank_account", Text),
    PrimaryKeyConstraint("generation", "position", "line"),
    Index("journal_line_account", "generation", "account", "accounting_on"),
    Index(
        "journal_line_part",
        "generation",
        "account",
        "company",
        "lease",
        "bank_account",
        "currency",
        "accounting_on",
        "amount_minor",
    ),
    Index("journal_line_company", "generation", "company", "position"),
    Index("journal_line_lease", "generation", "lease", "position"),
    sqlite_with_rowid=False,
)
journal_total = Table(
    "journal_total",
    VIEWS,
    Column("generation", Integer, nullable=False),
    Column("level", Integer, nullable=False),
    Column("block", BigInteger, nullable=False),
    Column("account", Text, nullable=False),
    Column("data_class", Text, nullable=False),
    Column("accounting_on", Date, nullable=False),
    Column("debit_minor", BigInteger, nullable=False),
    Column("credit_minor", BigInteger, nullable=False),
    PrimaryKeyConstraint("generation", "level", "block", "account", "data_class", "accounting_on"),
    sqlite_with_rowid=False,
)
"""Block b of level l holds the positions b·256·2^l + 1 to (b+1)·256·2^l; debits and credits run up to each day."""

journal_account = Table(
    "journal_account",
    VIEWS,
    Column("generation", Integer, nullable=False),
    Column("account", Text, nullable=False),
    Column("data_class", Text, nullable=False),
    Column("position", BigInteger, nullable=False),
    PrimaryKeyConstraint("generation", "account", "data_class"),
    sqlite_with_rowid=False,
)
"""The accounts ever posted to, and the position that first did: the few things to look up in a block."""

Key: TypeAlias = tuple[str, str]
"""Account and data class."""

Day: TypeAlias = tuple[str, str, date]
"""Account, data class, accounting date."""

Sums: TypeAlias = dict[Day, tuple[int, int]]
"""Debits and credits of each day."""


_NOTHING = 0, 0


def _add(sums: Sums, day: Day, debit: int, credit: int) -> None:
    before = sums.get(day, _NOTHING)
    sums[day] = before[0] + debit, before[1] + credit


def _post(sums: Sums, day: Day, amount: int) -> None:
    """Add a line's amount, which is positive if it is a debit."""
    debit, credit = sums.get(day, _NOTHING)
    sums[day] = (debit + amount, credit) if amount > 0 else (debit, credit - amount)


def _both(left: Sums, right: Sums) -> Sums:
    joined = dict(left)
    for day, sums in right.items():
        _add(joined, day, *sums)
    return joined


def _running(sums: Sums) -> Iterator[tuple[str, str, date, int, int]]:
    """Run the sums of each account and data class up from day to day: the inverse of _daily()."""
    for _, days in groupby(sorted(sums), key=lambda day: day[:2]):
        debit = credit = 0
        for day in days:
            debit, credit = debit + sums[day][0], credit + sums[day][1]
            yield *day, debit, credit


def _daily(running: Iterable[Any]) -> Sums:
    """Take running sums apart, day by day: the inverse of _running()."""
    sums: Sums = {}
    for _, days in groupby(running, key=lambda row: row[:2]):
        debit = credit = 0
        for account, data_class, on, all_debits, all_credits in days:
            sums[account, data_class, on] = all_debits - debit, all_credits - credit
            debit, credit = all_debits, all_credits
    return sums


class Journal(View):
    """Lines as they are posted, and the total of each block when its last position is applied.

    In memory: the sums of the positions since the last complete block of the smallest size, and what was posted to.
    """

    name = JOURNAL
    version = 4
    cost = 24
    tables = (journal_line, journal_total, journal_account, revenue_move, revenue_total)

    def __init__(self) -> None:
        super().__init__()
        self._begun: tuple[Sums, frozenset[Key], Block] | None = None

    def forget(self) -> None:
        """Let go of the sums of the block begun."""
        self._begun = None

    def apply(self, writer: Writer, entries: Sequence[Entry]) -> None:
        """Write what the facts post, and every block that they complete."""
        sums, known, block = self._begun or (_open_sums(writer), _keys(writer), Block(writer))
        block.begin_page()
        rows, moves = list[tuple[Any, ...]](), list[tuple[Any, ...]]()
        first, whole = dict[Key, int](), dict[tuple[int, int], Sums]()
        for entry in entries:
            fact, data_class = entry.fact, entry.data_class
            if lines := postings(fact):
                assert isinstance(fact, PostingFact), "only these post"
                if moved := list(_moves(writer.generation, entry, lines)):
                    moves += moved
                    block.add(moved)
                rows += _rows(writer.generation, entry, fact, lines)
                for line in lines:
                    if (key := (line.account, data_class)) not in first:
                        first[key] = entry.position
                    _post(sums, (*key, fact.accounting_on), line.amount_minor)
            if entry.position % BLOCK == 0:
                _complete(writer, entry.position // BLOCK - 1, sums, whole)
                sums = {}
            if entry.position % earned_totals.BLOCK == 0:
                block.end(writer, entry.position)
        new = [(writer.generation, *key, position) for key, position in first.items() if key not in known]
        writer.add(journal_account, new)
        writer.add(journal_line, rows)
        writer.add(revenue_move, sorted(moves))
        for (level, number), total in sorted(whole.items(), key=itemgetter(0)):
            writer.add(journal_total, ((writer.generation, level, number, *row) for row in _running(total)))
        self._begun = sums, known.union(first), block


def _moves(generation: int, entry: Entry, lines: Iterable[Line]) -> Iterator[tuple[Any, ...]]:
    """Earnings and billings of a fact, in the order of revenue_move's columns."""
    fact = entry.fact
    assert isinstance(fact, PostingFact), "only these post"
    for move in earned(stored_name(type(fact)), lines):
        yield generation, fact.accounting_on, entry.position, *move, entry.data_class


def _rows(generation: int, entry: Entry, fact: PostingFact, lines: Iterable[Line]) -> list[tuple[Any, ...]]:
    """The lines that a fact posts, in the order of journal_line's columns."""
    position, data_class, name = entry.position, entry.data_class, stored_name(type(fact))
    accounting_on, effective_on = fact.accounting_on, fact.effective_on
    return [
        (
            generation,
            position,
            number,
            line.account,
            accounting_on,
            effective_on,
            line.amount_minor,
            line.company,
            line.lease,
            line.document,
            line.stream,
            line.service_month,
            line.currency,
            line.foreign_minor,
            name,
            RULES_VERSION,
            data_class,
            line.bank_account,
        )
        for number, line in enumerate(lines, 1)
    ]


def _keys(writer: Writer) -> frozenset[Key]:
    """The accounts and data classes that were posted to before the page."""
    of = journal_account.c
    rows = writer.connection.execute(select(of.account, of.data_class).where(of.generation == writer.generation))
    return frozenset((row.account, row.data_class) for row in rows)


def _open_sums(writer: Writer) -> Sums:
    """Sum the stored lines of the block that the page goes on with."""
    line = journal_line.c
    query = select(line.account, line.data_class, line.accounting_on, line.amount_minor).where(
        line.generation == writer.generation, line.position > writer.after // BLOCK * BLOCK
    )
    sums: Sums = {}
    for account, data_class, on, amount in writer.connection.execute(query):
        _post(sums, (account, data_class, on), amount)
    return sums


def _complete(writer: Writer, number: int, sums: Sums, whole: dict[tuple[int, int], Sums]) -> None:
    """Add a block of the smallest size to those of the page that are whole, by level and number, and each larger block
    that ends with it: the sum of its two halves."""
    level = 0
    whole[level, number] = sums
    while number % 2:
        before = whole.get((level, number - 1))
        sums = _both(_stored(writer, level, number - 1) if before is None else before, sums)
        level, number = level + 1, number // 2
        whole[level, number] = sums


def _stored(writer: Writer, level: int, number: int) -> Sums:
    total = journal_total.c
    day = (total.account, total.data_class, total.accounting_on)
    query = select(*day, total.debit_minor, total.credit_minor).where(
        total.generation == writer.generation, total.level == level, total.block == number
    )
    # In the program's order of names, whatever the database's may be.
    return _daily(sorted(map(tuple, writer.connection.execute(query))))


# Totals


class Total(Struct, frozen=True):
    """Debits and credits in CNY minor units, both positive."""

    debit_minor: int = 0
    credit_minor: int = 0

    @property
    def balance_minor(self) -> int:
        """Debits less credits."""
        return self.debit_minor - self.credit_minor


def blocks(recorded: int) -> tuple[list[tuple[int, int]], int]:
    """The blocks (level, number) that make up the first positions, largest first, and the last position in them."""
    complete, begun, found = recorded // BLOCK, 0, []
    for level in reversed(range(complete.bit_length())):
        if complete >> level & 1:
            found.append((level, begun >> level))
            begun += 1 << level
    return found, complete * BLOCK


def totals(
    connection: Connection, recorded: int, dates: Iterable[date], *, account: str | None = None
) -> Mapping[date, Mapping[tuple[str, DataClass], Total]]:
    """Sum, for each date, each (account, data class) over everything accounted for on or before it.

    Accounts without a line are left out, and all others than `account`, if one is given. A position beyond what the
    read model knows means all that it knows.
    """
    wanted = sorted(set(dates))
    live = select(projection.c.position).where(projection.c.name == Journal.name, projection.c.live)
    recorded = min(recorded, connection.execute(live).scalar() or 0)
    found, done = blocks(recorded)
    asked: dict[str, Any] = {"done": done, "recorded": recorded}
    asked |= {f"until_{at}": on for at, on in enumerate(wanted)}
    asked |= {f"level_{at}": level for at, (level, _) in enumerate(found)}
    asked |= {f"block_{at}": number for at, (_, number) in enumerate(found)}
    up_to: list[dict[tuple[str, DataClass], Total]] = [{} for _ in wanted]
    asked |= {} if account is None else {"account": account}
    query = _totals(len(wanted), len(found), account is not None)
    for at, name, data_class, debit, credit in connection.execute(query, asked):
        up_to[at][name, data_class] = Total(int(debit), int(credit))
    return dict(zip(wanted, up_to, strict=True))


def last_day(connection: Connection, recorded: int, account: str) -> date | None:
    """The last day that anything is posted to an account on, as far as the facts up to a position tell."""
    found, done = blocks(recorded)
    asked = [_LAST_IN_LINES.params(account=account, done=done, recorded=recorded)]
    asked += [_LAST_IN_BLOCK.params(account=account, level=level, block=number) for level, number in found]
    return max(filter(None, (connection.execute(query).scalar() for query in asked)), default=None)


_LAST_IN_LINES = select(func.max(journal_line.c.accounting_on)).where(
    journal_line.c.generation == live_generation(Journal.name),
    journal_line.c.position > bindparam("done"),
    journal_line.c.position <= bindparam("recorded"),
    journal_line.c.account.concat("") == bindparam("account"),
)
"""Few lines, by their positions: not by the index of accounts, whose last days others may have posted to."""
_LAST_IN_BLOCK = select(func.max(journal_total.c.accounting_on)).where(
    journal_total.c.generation == live_generation(Journal.name),
    journal_total.c.level == bindparam("level"),
    journal_total.c.block == bindparam("block"),
    journal_total.c.account == bindparam("account"),
)

LIVE = "(SELECT generation FROM projections.projection WHERE name = 'journal' AND live)"
TOTALS = """
WITH day(number, until) AS (VALUES {days}), block(level, number) AS (VALUES {blocks}), key AS (
    SELECT generation, account, data_class FROM projections.journal_account
    WHERE generation = {live} AND position <= :recorded {of_account}
)
SELECT number, account, data_class, sum(debit), sum(credit) FROM (
    SELECT day.number AS number, key.account AS account, key.data_class AS data_class,
        (SELECT debit_minor {in_block}) AS debit, (SELECT credit_minor {in_block}) AS credit
    FROM day CROSS JOIN block CROSS JOIN key
    UNION ALL
    SELECT day.number, account, data_class,
        CASE WHEN amount_minor > 0 THEN amount_minor ELSE 0 END,
        CASE WHEN amount_minor < 0 THEN -amount_minor ELSE 0 END
    FROM projections.journal_line CROSS JOIN day
    WHERE generation = {live} AND position > :done AND position <= :recorded AND accounting_on <= day.until
        {of_account}
) AS posted
GROUP BY number, account, data_class HAVING sum(debit) IS NOT NULL
"""
"""Among the plain lines, the lines come before the days: the other way round SQLite reads every line for a filter."""

IN_BLOCK = """
    FROM projections.journal_total
    WHERE generation = key.generation AND level = block.level AND block = block.number AND account = key.account
        AND data_class = key.data_class AND accounting_on <= day.until
    ORDER BY accounting_on DESC LIMIT 1
"""
"""One look-up in the primary key: the last day of a block that is not after the date. It is made twice, for debits and
for credits: SQLite knows no LATERAL, and a join on that day makes PostgreSQL, without statistics, read whole blocks."""


@cache
def _totals(dates: int, some: int, of_account: bool) -> TextClause:
    """Word the query for so many dates and blocks, of one account or all. As text: composing it anew would take longer
    than answering it."""
    days = ", ".join(f"({at}, :until_{at})" for at in range(dates))
    # Without blocks, an impossible one keeps the SQL valid.
    numbers = ", ".join(f"(:level_{at}, :block_{at})" for at in range(some)) or "(-1, -1)"
    query = TOTALS.format(
        days=days,
        blocks=numbers,
        live=LIVE,
        in_block=IN_BLOCK,
        of_account="AND account = :account" if of_account else "",
    )
    types: dict[str, Any] = {f"until_{at}": Date for at in range(dates)}
    types |= {f"level_{at}": Integer for at in range(some)} | {f"block_{at}": BigInteger for at in range(some)}
    return text(query).bindparams(*(bindparam(name, type_=kind) for name, kind in types.items()))
