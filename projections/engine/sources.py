"""Which facts stand behind a figure? Read from the log by tag, on the basis of the figure.

facts_behind   tag -> the facts with that tag, as recorded by the basis and counting by its effective date
facts_of_kinds the same of facts of some kinds alone
counts_from    the day from which a fact counts in a report
distinct       those facts, each once, in the order recorded
positions_of   the positions of facts, each once, in order

The log is read on demand only: a report itself reads rows.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import cache

from sqlalchemy import Connection

from ledger.decider import Fact, all_facts, stored_name
from ledger.log import store
from ledger.log.envelope import Entry, decode
from ledger.periods import PostingFact
from projections.engine.basis import Basis


@cache
def _agreeing() -> tuple[str, ...]:
    return tuple(sorted(name for name, kind in all_facts().items() if not issubclass(kind, PostingFact)))


def counts_from(fact: Fact) -> date:
    """The day from which a fact counts in a report: that of the books where it posts, else its effective date."""
    return fact.accounting_on if isinstance(fact, PostingFact) else fact.effective_on


def facts_behind(
    connection: Connection,
    basis: Basis,
    tags: Iterable[str],
    *,
    dated: Callable[[Fact], date] = counts_from,
    posting: bool = True,
) -> Mapping[str, list[Entry]]:
    """Read the facts behind figures, by tag, each in the order recorded; nothing for a tag that no fact carries.

    dated     the day from which a fact counts, where the report's is another
    posting   facts that post too: of a lease they are many, and say nothing of what was agreed
    """
    wanted = set(tags)
    if posting:
        return _tagged(basis, wanted, store.by_tags(connection, wanted, up_to=basis.recorded), dated)
    return _tagged(basis, wanted, _named(connection, basis, wanted, _agreeing()), dated)


def facts_of_kinds(
    connection: Connection, basis: Basis, tags: Iterable[str], kinds: Iterable[type[Fact]]
) -> Mapping[str, list[Entry]]:
    """Read the facts of some kinds behind figures, by tag, each in the order recorded."""
    wanted, names = set(tags), [stored_name(kind) for kind in kinds]
    return _tagged(basis, wanted, _named(connection, basis, wanted, names), counts_from)


def _named(connection: Connection, basis: Basis, tags: set[str], names: Sequence[str]) -> Iterable[Entry]:
    return map(decode, store.envelopes_by_tags(connection, tags, names, up_to=basis.recorded))


def _tagged(
    basis: Basis, wanted: set[str], entries: Iterable[Entry], dated: Callable[[Fact], date]
) -> Mapping[str, list[Entry]]:
    found: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        if dated(entry.fact) <= basis.effective:
            for tag in wanted.intersection(entry.tags):
                found[tag].append(entry)
    return found


def distinct(found: Mapping[str, Iterable[Entry]]) -> list[Entry]:
    """Put the facts behind several tags together: each once, in the order recorded."""
    entries = {entry.position: entry for some in found.values() for entry in some}
    return [entries[position] for position in sorted(entries)]


def positions_of(entries: Iterable[Entry]) -> tuple[int, ...]:
    """List the positions of facts, each once, in order."""
    return tuple(sorted({entry.position for entry in entries}))
