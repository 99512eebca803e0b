"""Postings of a bookkeeper's own facts: manual journals, as they say.

Fact (journal.…)   Posts
posted             its lines
reversed           its lines: the mirror of an accrual's
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ledger.bookkeeping.journals.facts import JournalPosted, JournalReversed
from ledger.books.line import Line
from ledger.decider import Fact


def _as_said(fact: JournalPosted | JournalReversed) -> Iterator[Line]:
    for line in fact.lines:
        yield Line(account=line.account, amount_minor=line.amount_minor, document=fact.manual_journal)


RULES: Mapping[type[Fact], Callable[[Any], Iterator[Line]]] = {JournalPosted: _as_said, JournalReversed: _as_said}
