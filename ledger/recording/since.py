"""What was recorded since a request was made ready: is it still to be answered as it is?

still_so        facts that were decided ahead, where what they rest on stands
changed_since   what was recorded of a thing after its caller looked (If-Match); whether it is there (If-None-Match)
"""

from collections.abc import Sequence
from contextlib import suppress

import msgspec
from sqlalchemy import Connection

from ledger.decider import LISTED, Fact, stored_name
from ledger.log import store
from ledger.log.envelope import decode, facts_decoder
from ledger.recording.asking import Request, Unchanged
from ledger.recording.states import ScopeKey


def still_so(
    connection: Connection, head: store.Head, batch: Sequence[Request], scoped: Sequence[ScopeKey]
) -> list[Sequence[Fact] | None]:
    """Find what was decided ahead of this pass, where it still stands; None where it is to be decided now.

    It stands where it rests on this log, and no fact of the command's scope was recorded after what it rests on.
    """
    found: list[Sequence[Fact] | None] = [None] * len(batch)
    given = [(at, one.decided) for at, one in enumerate(batch) if one.decided is not None]
    if not given:
        return found
    roots = {head.size: head.root} | store.roots_at(connection, {decided.position for _, decided in given})
    tags = {tag for at, _ in given for tag in scoped[at][1]}
    latest = store.latest_by_tag(connection, tags, after=min(decided.position for _, decided in given))
    for at, decided in given:
        unmoved = all(latest.get(tag, 0) <= decided.position for tag in scoped[at][1])
        if unmoved and roots.get(decided.position) == decided.root:
            with suppress(msgspec.MsgspecError):
                found[at] = facts_decoder().decode(decided.facts)
    return found


def changed_since(connection: Connection, head: store.Head, request: Request) -> str | None:
    """Say what was recorded of the thing after its caller looked; None where nothing was, or nobody asked."""
    if (looked := request.unchanged) is None:
        return None
    if looked.there is not None:
        return _otherwise(connection, looked)
    if looked.position > head.size:
        return f"nothing is recorded at position {looked.position} yet, {head.size} is the latest; read it again"
    since = [
        f"{entry.position} {name}"
        for entry in store.by_tags(connection, [looked.tag], after=looked.position)
        if (name := stored_name(type(entry.fact))) in looked.names
    ]
    if not since:
        return None
    more = f" and {len(since) - LISTED} more" if len(since) > LISTED else ""
    listed = ", ".join(since[:LISTED])
    return f"{looked.tag} has changed since position {looked.position}: {listed}{more} came between; read it again"


def _otherwise(connection: Connection, looked: Unchanged) -> str | None:
    """Say that a thing is not on record, or that it is; None where that is as its caller wants it."""
    if looked.there:
        found = store.latest_by_tag(connection, [looked.tag], after=0)
        return None if found else f"nothing is recorded of {looked.tag}, and If-Match: * wants it to be there"
    first = next(store.envelopes_by_tags(connection, [looked.tag], looked.names), None)
    if first is None:
        return None
    entry = decode(first)
    known = f"position {entry.position}, {stored_name(type(entry.fact))}"
    return f"{looked.tag} is on record since {known}, and If-None-Match: * wants it to be new"
