"""Those who wait to be connected, while the event loop is behind.

Arrivals   whom to take in this turn of the loop; whoever would wait too long is told at once to come back

Each new connection costs a turn of the loop about as much as a command. Where more come than it can take, they would
fill the system's queue, and past that be silently dropped: their systems ask again after one second, three and seven.
"""

import re
import sys
from collections.abc import Iterator
from socket import IPPROTO_TCP, MSG_PEEK, socket
from time import monotonic

import msgspec

from api.entrance.admission import DESK, HELD, PAGE, WAITS_S
from api.http.problems import MEDIA_TYPE, Problem
from api.routes.health.metrics import TurnedAway

AT_ONCE = 128
"""New connections that are taken in one turn of the event loop. uvloop takes one: under load the others would wait in
the system's queue, where nobody counts them and nobody tells them to come back. Were many taken, and too many are
connected, they would push out those who came a turn ago, before anybody read what these ask."""
TOLD_AT_ONCE = 1024
"""So many are told to come back in one turn, each for a few calls of the system."""
TCP_INFO, UNACKED = 11, slice(24, 28)
"""Of a socket that listens, as Linux counts (linux/tcp.h): how many wait to be connected."""
HEAD_BYTES = 16 << 10
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
HELD_BYTES = tuple(path.encode() for path in HELD)


class Arrivals:
    """Takes AT_ONCE each turn, and first tells those to come back who keep the others from being taken within WAITS_S.

    These are the ones that came first: they have waited longest. Only somebody whose whole request lies there is told;
    everybody else is taken, as is whoever asks what nobody is kept from (health). `plain`: no TLS is spoken.
    """

    def __init__(self, listening: socket, turned_away: TurnedAway, *, plain: bool) -> None:
        self._listening = listening
        self._turned_away = turned_away
        self._plain = plain
        self._turned_at = 0.0
        self._left = False

    def take(self) -> Iterator[socket]:
        """Those who are connected now."""
        now = monotonic()
        turn_s = now - self._turned_at if self._left else 0.0
        waiting, taken = self._waiting(), 0
        for _ in range(min(excess(waiting, turn_s), TOLD_AT_ONCE) if self._plain else 0):
            if (connection := self._accept()) is None:
                continue
            if told(connection):
                self._turned_away.add("arriving")
            else:
                taken += 1
                yield connection
        for _ in range(AT_ONCE - taken):
            if (connection := self._accept()) is None:
                self._left = False
                return
            yield connection
        self._turned_at, self._left = now, True

    def _accept(self) -> socket | None:
        try:
            connection, _address = self._listening.accept()
        except OSError:  # nobody waits, or they are gone
            return None
        connection.setblocking(False)
        return connection

    def _waiting(self) -> int:
        if sys.platform != "linux":
            return 0
        counted = self._listening.getsockopt(IPPROTO_TCP, TCP_INFO, UNACKED.stop)
        return int.from_bytes(counted[UNACKED], sys.byteorder)


def excess(waiting: int, turn_s: float) -> int:
    """Count those who keep the rest of so many from being taken within WAITS_S, where a turn takes so long."""
    return max(0, waiting - int(AT_ONCE * WAITS_S / turn_s)) if turn_s > 0 else 0


def told(connection: socket) -> bool:
    """Tell somebody to come back, whose whole request lies there: closing over what was not read would reset the
    connection, and the client might never see what it was told."""
    try:
        asked = connection.recv(HEAD_BYTES, MSG_PEEK)
        if not is_held(asked):
            return False
        connection.recv(len(asked))
        connection.send(BUSY_PAGE if asked.split(b" ", 2)[1].startswith(DESK.encode()) else BUSY)
    except BlockingIOError:
        return False
    except OSError:
        pass  # it hung up
    connection.close()
    return True


def is_held(asked: bytes) -> bool:
    """Tell whether this is one whole request, for something that not everybody is let in to."""
    head, end, body = asked.partition(b"\r\n\r\n")
    line = head.split(b" ", 2)
    if not end or len(line) < 3 or not line[1].startswith(HELD_BYTES):
        return False
    if b"\r\ntransfer-encoding:" in head.lower():
        return False
    length = LENGTH.search(head)
    return len(body) == (int(length[1]) if length else 0)


def _busy(media_type: str, body: bytes) -> bytes:
    head = (
        f"HTTP/1.1 503 Service Unavailable\r\ncontent-type: {media_type}\r\ncontent-length: {len(body)}\r\n"
        "cache-control: no-store\r\ncontent-security-policy: default-src 'none'\r\nretry-after: 1\r\n"
        "connection: close\r\n\r\n"
    )
    return head.encode() + body


BUSY = _busy(
    MEDIA_TYPE,
    msgspec.json.encode(
        Problem("busy", "More is asked than can be answered soon; nothing was recorded, come again shortly.").document(
            None
        )
    ),
)
BUSY_PAGE = _busy("text/html; charset=utf-8", PAGE.encode())
