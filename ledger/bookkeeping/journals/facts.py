"""Facts of manual journals. Names are storage: a tag below is written into every stored fact and never changes.

ManualLine        an account and an amount, debits positive
JournalProposed   somebody asks for these lines; JournalRejected: they are not posted
JournalPosted     a second person agreed
JournalReversed   the mirror of an accrual, on the first day of the month after it
"""

from collections.abc import Mapping
from datetime import date
from typing import ClassVar

from msgspec import Struct

from ledger.bookkeeping.owed import owed_tags
from ledger.decider import Fact, Id, Text
from ledger.periods import PostingFact
from ledger.values.evidence import Evidence


class ManualLine(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A line of a manual journal in CNY minor units: debits positive, credits negative."""

    account: str
    amount_minor: int


class JournalFact(Fact, frozen=True, kw_only=True):
    """Something about a manual journal."""

    manual_journal: Id

    @property
    def tags(self) -> tuple[str, ...]:
        """The journal."""
        return (f"manual-journal:{self.manual_journal}",)


class JournalProposed(JournalFact, frozen=True, kw_only=True, tag="journal.proposed"):
    """Somebody asks to post these lines on this day.

    reverses   an accrual: its mirror is posted on the first day of the next month
    mirrors    the journal that these lines are the mirror of
    repeats    the journal that these lines are taken from, for another month
    """

    derived: ClassVar[tuple[str, ...]] = ("proposed_by",)
    lines: tuple[ManualLine, ...]
    reason: Text
    document: Evidence
    reverses: bool = False
    mirrors: Id | None = None
    repeats: Id | None = None
    proposed_by: Id

    @property
    def tags(self) -> tuple[str, ...]:
        """The journal, and the one that its lines are taken from."""
        return (*super().tags, *(f"manual-journal:{other}" for other in (self.mirrors, self.repeats) if other))


class JournalRejected(JournalFact, frozen=True, kw_only=True, tag="journal.rejected"):
    """The proposal was turned down, or taken back: nothing is posted."""

    derived: ClassVar[tuple[str, ...]] = ("mirrors", "repeats", "rejected_by")
    reason: Text
    mirrors: Id | None = None
    repeats: Id | None = None
    rejected_by: Id

    @property
    def tags(self) -> tuple[str, ...]:
        """The journal, and the one that its lines were to be taken from."""
        return (*super().tags, *(f"manual-journal:{other}" for other in (self.mirrors, self.repeats) if other))


class JournalPosted(PostingFact, frozen=True, kw_only=True, tag="journal.posted"):
    """A second person agreed: the lines are posted. `approved_on`: the day of that decision."""

    manual_journal: Id
    lines: tuple[ManualLine, ...]
    reason: Text
    document: Evidence
    reverses: bool = False
    mirrors: Id | None = None
    repeats: Id | None = None
    proposed_by: Id
    approved_by: Id
    approved_on: date

    @property
    def tags(self) -> tuple[str, ...]:
        """The journal, the one that its lines are taken from, the accounts of debts that it moves, and the month."""
        others = (f"manual-journal:{other}" for other in (self.mirrors, self.repeats) if other)
        return (f"manual-journal:{self.manual_journal}", *others, *_owed(self.lines), self.books_tag)


def home_of(fact: JournalPosted, homes: Mapping[str, str]) -> str:
    """The journal under whose name the debts of this one stand: its own, or of a mirror that of its original. A mirror
    of a mirror lets a debt stand again under the first mirror's name, and all later ones stand there too.

    homes   the same of the journals that were posted before
    """
    if fact.mirrors is None:
        return fact.manual_journal
    home = homes.get(fact.mirrors, fact.mirrors)
    return home if homes.get(home, home) != home else fact.mirrors


class JournalReversed(PostingFact, frozen=True, kw_only=True, tag="journal.reversed"):
    """An accrual reverses by itself: the mirror of its lines, on the first day of the month after it."""

    manual_journal: Id
    lines: tuple[ManualLine, ...]

    @property
    def tags(self) -> tuple[str, ...]:
        """The journal, the accounts of debts that it moves, and the month."""
        return (f"manual-journal:{self.manual_journal}", *_owed(self.lines), self.books_tag)


def _owed(lines: tuple[ManualLine, ...]) -> tuple[str, ...]:
    return owed_tags(line.account for line in lines)
