"""Those who wait to be connected while the loop is behind: the first are told to come back, the last are taken."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from api.entrance import arriving
from api.entrance.admission import WAITS_S
from api.entrance.arriving import AT_ONCE, Arrivals, excess, is_held
from api.routes.health.metrics import TurnedAway

ASKED = b"GET /v1/companies HTTP/1.1\r\nHost: here\r\n\r\n"
COMMAND = b"POST /v1/claims HTTP/1.1\r\nHost: here\r\nContent-Length: 2\r\n\r\n{}"
LOOK = b"GET /desk HTTP/1.1\r\nHost: here\r\n\r\n"
HEALTH = b"GET /health HTTP/1.1\r\nHost: here\r\n\r\n"
FEW = 4


@pytest.mark.parametrize(
    ("waiting", "turn_s", "told"),
    [
        pytest.param(5000, 0.0, 0, id="it keeps up"),
        pytest.param(AT_ONCE, WAITS_S, 0, id="one turn, within the time"),
        pytest.param(AT_ONCE + 1, WAITS_S, 1, id="one too many"),
        pytest.param(1000, WAITS_S / 5, 1000 - 5 * AT_ONCE, id="five turns, within the time"),
        pytest.param(300, 2 * WAITS_S, 300 - AT_ONCE // 2, id="longer turns than that"),
    ],
)
def test_so_many_keep_the_others_waiting(waiting: int, turn_s: float, told: int) -> None:
    assert excess(waiting, turn_s) == told


@pytest.mark.parametrize(
    ("asked", "held"),
    [
        pytest.param(ASKED, True, id="a question"),
        pytest.param(COMMAND, True, id="a command"),
        pytest.param(LOOK, True, id="a page"),
        pytest.param(HEALTH, False, id="health"),
        pytest.param(b"", False, id="nothing yet"),
        pytest.param(ASKED[:-2], False, id="half a head"),
        pytest.param(COMMAND[:-1], False, id="half a body"),
        pytest.param(ASKED + ASKED, False, id="two"),
        pytest.param(COMMAND.replace(b"Content-Length: 2", b"Transfer-Encoding: chunked"), False, id="in pieces"),
        pytest.param(b"\x16\x03\x01\r\n\r\n", False, id="no request"),
    ],
)
def test_only_whole_requests_are_told(asked: bytes, held: bool) -> None:
    assert is_held(asked) == held


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    """Somebody to connect to."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


def heard(client: socket.socket) -> bytes:
    """All that a client is told, until the end of its connection."""
    return b"".join(iter(lambda: client.recv(4096), b""))


def test_the_first_are_told_and_the_last_are_taken(listening: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    """A turn takes as long as anybody should wait: FEW are taken, the last that came."""
    clock = iter((10.0, 10.0 + WAITS_S, 10.0 + 2 * WAITS_S))
    monkeypatch.setattr(arriving, "AT_ONCE", FEW)
    monkeypatch.setattr(arriving, "monotonic", lambda: next(clock))
    turned_away = TurnedAway()
    arrivals = Arrivals(listening, turned_away, plain=True)
    with ExitStack() as opened:

        def come(asked: bytes) -> socket.socket:
            client = opened.enter_context(socket.create_connection(listening.getsockname(), 20))
            client.sendall(asked)
            return client

        def taken() -> list[bytes]:
            return [opened.enter_context(one).recv(4096) for one in arrivals.take()]

        first = [come(ASKED) for _ in range(FEW + 1)]
        assert taken() == [ASKED] * FEW, "nobody knows yet how long a turn is"
        second = [come(asked) for asked in (COMMAND, LOOK, HEALTH, *[ASKED] * (FEW - 1))]
        assert taken() == [HEALTH, *[ASKED] * (FEW - 1)]
        told = [heard(client) for client in (first[-1], *second[:2])]
        assert taken() == []
    assert turned_away.counts == {"arriving": 3}
    assert [answer.split(b"\r\n")[0] for answer in told] == [b"HTTP/1.1 503 Service Unavailable"] * 3
    assert all(b"\r\nretry-after: 1\r\n" in answer for answer in told)
    assert ['"code":"busy"' in told[0].decode(), "繁忙" in told[2].decode()] == [True, True]


def test_where_tls_is_spoken_nobody_is_told(listening: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter((10.0, 20.0))
    monkeypatch.setattr(arriving, "AT_ONCE", 1)
    monkeypatch.setattr(arriving, "monotonic", lambda: next(clock))
    arrivals = Arrivals(listening, TurnedAway(), plain=False)
    with ExitStack() as opened:
        for _ in range(3):
            opened.enter_context(socket.create_connection(listening.getsockname(), 20)).sendall(ASKED)
        for _ in range(2):
            assert len([opened.enter_context(one) for one in arrivals.take()]) == 1
