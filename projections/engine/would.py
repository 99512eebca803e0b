"""The read models as they would be after facts that are not recorded: in a transaction that is always rolled back.

would    a connection on which reports can be asked, and what applies the facts to it
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from msgspec.structs import replace
from sqlalchemy import Connection

from ledger.log import store
from ledger.log.database import Database
from ledger.log.envelope import Entry
from projections.engine.view import OutOfStep, View, Writer, bookmark, projection

BEHIND_MAX = 1000
"""Facts that are applied at once for a view that is behind: whoever follows the log waits meanwhile."""


@contextmanager
def would(
    database: Database, views: Iterable[type[View]], entries: Sequence[Entry]
) -> Iterator[tuple[Connection, int, Callable[[], int]]]:
    """A connection on which all that is recorded is known, its latest position, and what applies these facts there too.
    Raises OutOfStep where read models are too far behind.

    Whoever follows the log waits meanwhile, as for another follower; nothing that is written here is kept.
    """
    with database.views.connect() as connection, connection.begin() as transaction:
        try:
            # The bookmarks first, by writing: SQLite has to refuse nobody an upgrade from reading to writing.
            standing = [(view, *_bookmark(connection, view)) for view in sorted(views, key=lambda view: view.name)]
            head = store.read_head(connection).size
            for view, generation, after in standing:
                if head - after > BEHIND_MAX:
                    raise OutOfStep(f"{view.name} is {head - after} facts behind; ask again shortly")
                if after < head:
                    recorded = store.page(connection, after=after, limit=head - after, up_to=head)
                    _apply(connection, view, generation, after, recorded)
            moved = [replace(entry, position=head + place) for place, entry in enumerate(entries, 1)]

            def record() -> int:
                for view, generation, _ in standing:
                    _apply(connection, view, generation, head, moved)
                return head + len(moved)

            yield connection, head, record
        finally:
            transaction.rollback()


def _bookmark(connection: Connection, view: type[View]) -> tuple[int, int]:
    """(generation, position) of a view's live rows, locked until the transaction ends."""
    taken = bookmark(view.name).values(position=projection.c.position)
    row = connection.execute(taken.returning(projection.c.generation, projection.c.position)).one()
    return row.generation, row.position


def _apply(connection: Connection, view: type[View], generation: int, after: int, entries: Sequence[Entry]) -> None:
    writer = Writer(connection, generation, after)
    view().apply(writer, entries)
    writer.flush()
    # The bookmark too: there are reports that ask no further than it says.
    connection.execute(bookmark(view.name).values(position=after + len(entries)))
