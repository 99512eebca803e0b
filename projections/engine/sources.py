"""Which facts stand behind a figure? Read from the log by tag, on the basis of the figure.

behind      tag -> the facts with that tag, as recorded by the basis and dated by its effective date
stands_on   the date by which a fact takes part in a report: in the books where it posts, else its effective date
places      the positions of facts, each once, in order

It is read on demand only: a report itself reads rows, never the log.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

from sqlalchemy import Connection

from ledger.decider import Fact
from ledger.log import store
from ledger.log.envelope import Entry
from ledger.periods import PostingFact
from projections.engine.basis import Basis


def stands_on(fact: Fact) -> date:
    """The date by which a fact takes part in a report."""
    return fact.accounting_on if isinstance(fact, PostingFact) else fact.effective_on


def behind(connection: Connection, basis: Basis, tags: Iterable[str]) -> Mapping[str, list[Entry]]:
    """The facts behind figures, by tag, each in the order recorded; nothing for a tag that no fact carries."""
    wanted = set(tags)
    found: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in store.by_tags(connection, wanted):
        if entry.position <= basis.recorded and stands_on(entry.fact) <= basis.effective:
            for tag in wanted.intersection(entry.tags):
                found[tag].append(entry)
    return found


def places(entries: Iterable[Entry]) -> tuple[int, ...]:
    """The positions of facts, each once, in order."""
    return tuple(sorted({entry.position for entry in entries}))
