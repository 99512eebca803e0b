"""A part of the torture, and what every part asks of a ledger in the end.

Part       what came of it
fresh      a ledger of its own
wrong      what was acknowledged and is not there once
"""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import msgspec

import migrations
from ledger.log import store
from ledger.log.database import Database
from ledger.log.verify import Altered, verify


class Part(msgspec.Struct):
    """What came of a part.

    rounds, enough   how often it did what it does, and how often says something
    counts           of what
    longest_s        the longest pauses, by what caused them; aims_s: those that are aimed at
    lost             findings, each a loss or a rule that did not hold
    not_run, ended   why it was not run, or ended before its time
    """

    name: str
    enough: int = 1
    seconds: float = 0
    seed: int | None = None
    rounds: int = 0
    counts: dict[str, int] = {}
    longest_s: dict[str, float] = {}
    aims_s: dict[str, float] = {}
    lost: list[str] = []
    not_run: str | None = None
    ended: str | None = None

    @property
    def said(self) -> str:
        """What came of it, in a line."""
        if self.not_run:
            return f"not run: {self.not_run}"
        few = "" if self.rounds >= self.enough else f", too few: {self.enough} say something"
        longest = f"; longest pauses {self.longest_s} s" if self.longest_s else ""
        ended = f"; ended early: {self.ended}" if self.ended else ""
        return f"{self.rounds} rounds{few} in {self.seconds} s; {self.counts}{longest}; lost: {len(self.lost)}{ended}"


@contextmanager
def fresh() -> Iterator[Database]:
    """A ledger of its own on SQLite."""
    with tempfile.TemporaryDirectory() as directory:
        database = Database(directory)
        migrations.upgrade(database)
        yield database
        database.close()


def wrong(database: Database, acknowledged: Mapping[int, int]) -> list[str]:
    """What was acknowledged and is not there, or is there twice; and what does not verify."""
    try:
        size = verify(database).size
    except Altered as altered:
        return [str(altered)]
    with database.views.connect() as connection:
        entries = store.page(connection, after=0, limit=size + 1)
    at: dict[str, list[int]] = {}
    for entry in entries:
        if entry.key is not None:
            at.setdefault(entry.key, []).append(entry.position)
    absent = {number for number, position in acknowledged.items() if at.get(f"k-{number}") != [position]}
    twice = {key for key, positions in at.items() if len(positions) > 1}
    return [f"acknowledged, and not there once: {sorted(absent)}"] * bool(absent) + [f"twice: {twice}"] * bool(twice)
