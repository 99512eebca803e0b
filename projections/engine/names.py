"""Which names are on record? Asks the tags of the log itself, which an index finds.

on_record   whether anything of that name was recorded up to a position
beginning   names of a kind that begin so, a few
nearest     names on record that are close to one that is not
"""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from sqlalchemy import Connection, Select, func, literal, select

from ledger.log.database import fact_tag

FROM_THE_FIRST, AROUND, SHOWN = 300, 50, 3
"""How many names of a kind are looked through: from the first one on, and to either side of the one asked for."""


def on_record(connection: Connection, recorded: int, tags: Iterable[str]) -> bool:
    """Tell whether a fact up to this position bears any of the tags."""
    carrying = select(fact_tag.c.tag).where(fact_tag.c.tag.in_(list(tags)), fact_tag.c.position <= recorded)
    return connection.execute(carrying.limit(1)).first() is not None


def nearest(connection: Connection, recorded: int, kinds: Sequence[str], name: str) -> list[str]:
    """A few names that facts up to this position bear as tags of these kinds, the closest first."""
    names = {found for kind in kinds for found in _looked_through(connection, kind, name)}
    return [
        close
        for close in close_to(name, sorted(names))
        if on_record(connection, recorded, [f"{kind}:{close}" for kind in kinds])
    ]


def beginning(connection: Connection, kind: str, start: str, most: int) -> list[str]:
    """Names that facts bear as tags of a kind and that begin as somebody typed, in order, at most so many."""
    begin = f"{kind}:{start}"
    tags = connection.execute(_steps(begin, most)).scalars()
    return [tag.removeprefix(f"{kind}:") for tag in tags if tag.startswith(begin)]


def close_to(name: str, names: Iterable[str]) -> list[str]:
    """Those of some names that somebody could have meant."""
    return get_close_matches(name, list(names), n=SHOWN)


def _looked_through(connection: Connection, kind: str, name: str) -> Iterable[str]:
    begin = f"{kind}:"
    for steps in (_steps(begin, FROM_THE_FIRST), _steps(begin + name, AROUND), _steps(begin + name, AROUND, back=True)):
        for tag in connection.execute(steps).scalars():
            if tag.startswith(begin):
                yield tag.removeprefix(begin)


def _steps(start: str, most: int, *, back: bool = False) -> Select[str]:
    """The tags from here on, one after the other: each a look into the index, however many facts bear it."""
    end = func.max if back else func.min
    tag, later = fact_tag.c.tag, fact_tag.alias("later").c.tag
    first = select(end(tag)).where(tag <= start if back else tag >= start).scalar_subquery()
    near = select(first.label("tag"), literal(1).label("step")).cte("near", recursive=True)
    following = select(end(later)).where(later < near.c.tag if back else later > near.c.tag).scalar_subquery()
    near = near.union_all(select(following, near.c.step + 1).where(near.c.tag.is_not(None), near.c.step < most))
    return select(near.c.tag).where(near.c.tag.is_not(None))
