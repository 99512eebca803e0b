"""Every request is answered in time, whatever the database does.

in_time     ask the database in a thread, and wait no longer than a client would; within: so many seconds
patiently   the same for much work: only silence is too long
queue       how many of those who ask wait for a thread, and for how long the first has
"""

import asyncio
import threading
from collections.abc import Callable
from time import monotonic
from typing import ParamSpec, TypeVar

from api.http.problems import unanswered
from ledger.log.outage import waiting_at_most

READ_S = 3.5
"""Seconds in which a read is answered."""
SILENT_S = 2.5
"""Seconds for any one answer of the database to a read; then its connection is closed, and its thread is free."""

_queue: dict[object, float] = {}
_gate = threading.Lock()

P = ParamSpec("P")
T = TypeVar("T")


async def in_time(ask: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The answer to a question. Raises Problem after READ_S."""
    return await within(READ_S, ask, *args, **kwargs)


async def within(seconds: float, ask: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The answer to a question. Raises Problem after so many seconds."""
    try:
        async with asyncio.timeout(seconds):
            return await patiently(ask, *args, **kwargs)
    except TimeoutError:
        raise unanswered() from None


async def patiently(ask: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The answer to much work, however long it takes while the database goes on answering."""

    ticket = object()

    def bounded() -> T:
        _leave(ticket)
        with waiting_at_most(SILENT_S):
            return ask(*args, **kwargs)

    with _gate:
        _queue[ticket] = monotonic()
    try:
        return await asyncio.to_thread(bounded)
    finally:
        _leave(ticket)  # whoever gave up before its turn


def _leave(ticket: object) -> None:
    with _gate:
        _queue.pop(ticket, None)


def queue() -> tuple[int, float]:
    """Count those who wait for a thread, and say for how many seconds the first of them has."""
    with _gate:
        first = next(iter(_queue.values()), None)
        return len(_queue), 0 if first is None else monotonic() - first
