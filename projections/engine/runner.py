"""Brings the read models up to the log, and makes them anew.

ensure     every view has a bookmark, and rows of the version that this program writes
abreast    whether all of that is done already
catch_up   apply what is recorded, now, and return
rebuild    make one view's rows anew beside the live ones, then let queries see them; rebuild_all: of several together

Each view moves in transactions of its own; its last good rows stay readable. Following all the time: following.py.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row, Table, delete, func, insert, select, text, tuple_

from ledger.log import store
from ledger.log.database import Database
from ledger.log.outage import log
from projections.engine import together
from projections.engine.view import (
    BULK_PAGE,
    OutOfStep,
    Pages,
    View,
    advance,
    advance_by_turns,
    belongs,
    bookmark,
    foreign,
    projection,
)

Progress = Callable[[int, int], None]
DELETE_ROWS = 20_000


def _quietly(_done: int, _total: int) -> None:
    """Say nothing about progress."""


def head_position(database: Database) -> int:
    """The latest recorded position."""
    with database.views.connect() as connection:
        return store.read_head(connection).size


# The same words on both databases; SQLAlchemy has this form for each dialect only.
_FIRST = text(
    "INSERT INTO projections.projection (name, generation, live, version, position)"
    " SELECT CAST(:name AS TEXT), coalesce(max(generation), 0) + 1, true, CAST(:version AS INTEGER), 0"
    " FROM projections.projection WHERE name = :name ON CONFLICT DO NOTHING"
)


def ensure(database: Database, views: Iterable[View], progress: Progress = _quietly) -> None:
    """Give every view a bookmark; rebuild rows that another version of the program wrote, or another log made."""
    for view in views:
        with database.views.begin() as connection:
            connection.execute(_FIRST, {"name": view.name, "version": view.version})
            live = select(projection).where(projection.c.name == view.name, projection.c.live)
            stored = connection.execute(live).one()
            ours = belongs(connection, stored.position, stored.root)
        if stored.version != view.version or not ours:
            log.info("rebuilding", view=view.name, stored=stored.version, version=view.version, of_this_log=ours)
            rebuild(database, type(view), progress)


def abreast(database: Database, versions: Mapping[str, int]) -> bool:
    """Check that every read model is of this program's version, of this log and at its head: nothing is left to do.

    versions   by the read models' names: asked so that a report needs none but its own
    """
    with database.views.connect() as connection:
        columns = (projection.c.name, projection.c.version, projection.c.position)
        live = connection.execute(select(*columns).where(projection.c.live)).all()
        if {row.name: row.version for row in live} != versions or foreign(connection):
            return False
        return {row.position for row in live} <= {store.read_head(connection).size}


def catch_up(database: Database, views: Sequence[View], progress: Progress = _quietly) -> int:
    """Bring every view to the head as it is now; the position they all have reached (0 where there are none).

    progress(position, head) is called after each page, with the position of the view furthest behind.
    """
    pages, head = Pages(BULK_PAGE), head_position(database)
    reached = dict.fromkeys(views, 0)
    while reached and (last := min(reached.values())) < head:
        for view in [view for view, position in reached.items() if position == last]:
            reached[view] = advance(database, view, pages)
        progress(min(reached.values()), head)
    return min(reached.values(), default=0)


Agree = Callable[[Connection, int, int], None]
"""Asked in the transaction that swaps, with the live generation and the one made beside it; raises where it may not."""


def rebuild(
    database: Database, view_class: type[View], progress: Progress = _quietly, *, agree: Agree | None = None
) -> int:
    """Make a view's rows anew from the whole log; the position at which queries went over to them.

    Until then the live rows are served and followed as ever; a rebuild that is interrupted leaves them as they are, and
    the next one clears away what it left. progress(position, head) is called after each page. With `agree`, rows of
    this version and this log are left only where it does not raise: both stand at the same position then.
    Raises OutOfStep where another rebuild of the same view began meanwhile.
    """
    (made,) = _begun_beside(database, [view_class])
    return made.swap(progress, agree)


def rebuild_all(
    database: Database,
    views: Sequence[type[View]],
    progress: Progress = _quietly,
    *,
    agree: Mapping[type[View], Agree] | None = None,
    may_fail: Callable[[type[View], Exception], bool] = lambda _view, _error: False,
) -> None:
    """rebuild() of several views, in the order given: a process for each processor, in each of which a page of the log
    is read and decoded once for all its views. To be called before this process has threads. Where it does not come to
    its end, what was made of views that were not swapped is cleared away.

    agree      what is asked for each view
    may_fail   told of a view that was not swapped, and why: whether the others go on. Else the error is raised
    """
    made = _begun_beside(database, views)
    try:
        _made_together(database, made, progress, alike=agree is not None)
        for view, one in zip(views, made, strict=True):
            try:
                one.swap(progress, agree[view] if agree is not None else None)
            except Exception as error:
                if not may_fail(view, error):
                    raise
    except BaseException:
        for one in made:
            one.give_up()
        raise


def _made_together(database: Database, made: Sequence["_Anew"], progress: Progress, *, alike: bool) -> None:
    """Bring views to their goal, in several processes where that is worth its while."""
    goal = min((one.goal(alike=alike) for one in made), default=0)
    processes = together.PROCESSES if goal >= together.WORTH_IT else 1
    shares = _shares(made, processes)
    if processes > 1:
        database.close()  # a copy of this process must not inherit a connection; they come back by themselves
    others = [partial(_come_to, share, goal, _quietly, database) for share in shares[1:]]
    with together.beside(others, all_write=database.is_postgres) as turn:
        _come_to(shares[0], goal, progress, None, turn)


def _shares(made: Sequence["_Anew"], processes: int) -> list[list["_Anew"]]:
    """Part views among processes so that each has about as much to do, the dearest first; each keeps their order."""
    loads = [0] * processes
    where: dict[_Anew, int] = {}
    for one in sorted(made, key=lambda one: -one.cost):
        least = where[one] = loads.index(min(loads))
        loads[least] += one.cost
    return [[one for one in made if where[one] == at] for at in range(processes)]


def _come_to(
    made: Sequence["_Anew"], goal: int, progress: Progress, copied: Database | None, turn: together.Turn
) -> None:
    """Bring views to a position, page by page; in a copy of the process that has a database open, on its own."""
    pages = Pages(BULK_PAGE, up_to=goal)
    if copied is not None:
        own = Database(copied.where)
        for one in made:
            one.database = own
    while made and made[0].position < goal:
        for one in made:
            one.advance(pages, turn)
        progress(made[0].position, goal)


class _Anew:
    """A view's rows, made anew beside the live ones."""

    def __init__(self, database: Database, view: View, generation: int) -> None:
        self.position = 0
        self.database, self._view, self._generation = database, view, generation

    @property
    def cost(self) -> int:
        """The share of the work that it is; see View."""
        return self._view.cost

    def goal(self, *, alike: bool) -> int:
        """Find the position to come to."""
        return _goal(self.database, self._view, alike=alike)

    def advance(self, pages: Pages, turn: together.Turn | None = None) -> None:
        """Apply the next page; where others do so as well, write it when it is this one's turn."""
        if turn is None:
            self.position = advance(self.database, self._view, pages, generation=self._generation)
        else:
            self.position = advance_by_turns(self.database, self._view, pages, self._generation, turn)

    def swap(self, progress: Progress, agree: Agree | None) -> int:
        """Come to the goal, and let queries see the rows; the position at which they went over.

        After any error what was made is cleared away.
        """
        pages, swapped = Pages(BULK_PAGE), False
        try:
            while not swapped:
                pages.up_to = self.goal(alike=agree is not None)
                while self.position < pages.up_to:
                    self.advance(pages)
                    progress(self.position, pages.up_to)
                swapped = _swap(self.database, self._view, self._generation, self.position, agree)
        except BaseException:
            self.give_up()
            raise
        _sweep(self.database, self._view)
        return self.position

    def give_up(self) -> None:
        """Clear away what was made, if queries do not see it already.

        Where even that fails, such as on a full disk, the next rebuild does it.
        """
        try:
            _give_up(self.database, self._view, self._generation)
        except Exception as error:
            log.warning("not cleared away", view=self._view.name, error=str(error))


def _give_up(database: Database, view: View, generation: int) -> None:
    """Clear away what was made beside the live rows."""
    with database.views.begin() as connection:
        mine = (projection.c.name == view.name, projection.c.generation == generation)
        connection.execute(delete(projection).where(*mine, ~projection.c.live))
    _sweep(database, view)


def _goal(database: Database, view: View, *, alike: bool) -> int:
    """The position to come to: the head, or (alike) that of the live rows if they can be compared."""
    with database.views.connect() as connection:
        live = connection.execute(select(projection).where(projection.c.name == view.name, projection.c.live))
        row = live.one_or_none()
        if alike and row is not None and _comparable(connection, view, row):
            return int(row.position)
        return store.read_head(connection).size


def _comparable(connection: Connection, view: View, row: Row[Any]) -> bool:
    """Check whether live rows are what this program makes of this log, so that others must be the same."""
    return row.version == view.version and belongs(connection, row.position, row.root)


def _begun_beside(database: Database, kinds: Iterable[type[View]]) -> list[_Anew]:
    """New, empty generations; the bookmarks of earlier attempts go, so that whoever still works on one stops.

    All of them in one transaction: of two who begin the same views, the later has all and the earlier none.
    """
    views = [kind() for kind in kinds]
    with database.views.begin() as connection:
        made = [_Anew(database, view, _begin_beside(connection, view)) for view in views]
    for view in views:
        _sweep(database, view)
    return made


def _begin_beside(connection: Connection, view: View) -> int:
    """The number of a new, empty generation.

    The live bookmark is locked first, so that rebuilds begin one after the other. Numbers are never used twice.
    """
    mine = projection.c.name == view.name
    connection.execute(bookmark(view.name).values(position=projection.c.position))
    number = (connection.execute(select(func.max(projection.c.generation)).where(mine)).scalar() or 0) + 1
    connection.execute(delete(projection).where(mine, ~projection.c.live))
    row = {"name": view.name, "generation": number, "live": False, "version": view.version, "position": 0}
    connection.execute(insert(projection), row)
    return number


def _swap(database: Database, view: View, generation: int, position: int, agree: Agree | None) -> bool:
    """Let queries see the new generation, unless the live one has come further in this log meanwhile."""
    with database.views.begin() as connection:
        live = connection.execute(bookmark(view.name).values(live=False).returning(*projection.c)).one_or_none()
        if agree is not None and live is not None and _comparable(connection, view, live):
            if live.position != position:
                connection.rollback()
                return False
            agree(connection, live.generation, generation)
        if live is not None and live.position > position and belongs(connection, live.position, live.root):
            connection.rollback()
            return False
        if not connection.execute(bookmark(view.name, generation).values(live=True)).rowcount:
            raise OutOfStep(f"another rebuild of {view.name} began meanwhile; nothing was changed by this one")
        connection.execute(delete(projection).where(projection.c.name == view.name, ~projection.c.live))
    return True


def _sweep(database: Database, view: View) -> None:
    """Delete the rows of generations that have no bookmark, in chunks, so that followers get their turn in between."""
    kept = select(projection.c.generation).where(projection.c.name == view.name)
    for table in view.tables:
        with database.views.connect() as connection:
            gone = select(table.c.generation).where(table.c.generation.not_in(kept)).distinct()
            generations = connection.execute(gone).scalars().all()
        for generation in generations:
            while _delete_some(database, table, generation):
                pass


def _delete_some(database: Database, table: Table, generation: int) -> int:
    """Delete the first rows of a generation in the order of their keys, up to one that so many come before, if any."""
    key, own = tuple(table.primary_key.columns)[1:], table.c.generation == generation
    last = select(*key).where(own).order_by(*key).offset(DELETE_ROWS).limit(1).scalar_subquery()
    with database.views.begin() as connection:
        some = connection.execute(delete(table).where(own, tuple_(*key) <= last)).rowcount
        return int(some or connection.execute(delete(table).where(own)).rowcount)
