"""A ledger served by the real server, and clients that say on bare sockets what no library would."""

import asyncio
import json
import queue
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from litestar.handlers import HTTPRouteHandler

from api.app import create_app
from api.entrance.server import Announcing, configured
from api.settings import Settings
from ledger.access import Role
from ledger.recording.application import Ledger
from tests.ground.over_http import DESK, give_key, patient

PATIENCE_S = 120
"""Longer than anything here takes on a slow machine: a test that waits so long has failed."""
NEVER_LATE = dict.fromkeys(("head_seconds_max", "body_seconds_max", "unread_seconds_max"), 600)
"""Nobody is late, however slow the machine is, but where a test says so."""


@dataclass
class Answer:
    """What came back. `alone`: the server closed the connection behind it."""

    status: int
    headers: dict[str, str]
    body: bytes
    code: str | None = field(init=False)

    def __post_init__(self) -> None:
        self.code = (
            json.loads(self.body)["code"] if self.headers["content-type"].startswith("application/pro") else None
        )


class Client:
    """One connection."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE_S)
        self._file = self.socket.makefile("rb")

    def say(self, *pieces: bytes) -> "Client":
        """Send these bytes."""
        for piece in pieces:
            self.socket.sendall(piece)
        return self

    def answer(self) -> Answer:
        """Read the next answer."""
        status = int(self._file.readline().split()[1])
        lines = iter(lambda: self._file.readline().strip(), b"")
        headers = {name.lower(): value.strip() for name, _, value in (line.decode().partition(":") for line in lines)}
        return Answer(status, headers, self._file.read(int(headers.get("content-length", 0))))

    def line(self) -> bytes:
        """Read the next line; nothing where the server has ended the connection."""
        return self._file.readline()

    def ended(self) -> bool:
        """Read on until the server ends the connection; tell whether it had nothing more to say."""
        try:
            return self._file.read() == b""
        except ConnectionError:
            return True

    def close(self) -> None:
        """Hang up."""
        self._file.close()
        self.socket.close()


class Served:
    """The server. `clients`: every connection made; `key`: a header that says who asks."""

    def __init__(self, server: Announcing, thread: threading.Thread, port: int, keys: dict[str, str]) -> None:
        self.server = server
        self.thread = thread
        self.port = port
        self.keys = keys
        self.clients: list[Client] = []

    def client(self, *pieces: bytes) -> Client:
        """A new connection, on which this is said."""
        client = Client(self.port)
        self.clients.append(client)
        return client.say(*pieces)

    def head(self, line: str, role: Role | None = None, **headers: Any) -> bytes:
        """The head of a request."""
        fields = {"Host": "here"} | ({"Authorization": f"Bearer {self.keys[role]}"} if role else {})
        fields |= {name.replace("_", "-"): str(value) for name, value in headers.items()}
        return "\r\n".join(
            [f"{line} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items()), "", ""]
        ).encode()

    def stop(self) -> bool:
        """Ask it to end, as SIGTERM does; tell whether it did."""
        self.server.should_exit = True
        self.thread.join(PATIENCE_S)
        return not self.thread.is_alive()


@contextmanager
def on_sockets(ledger: Ledger, *, extra: Sequence[HTTPRouteHandler] = (), **limits: Any) -> Iterator[Served]:
    """The application on this ledger, in a thread."""
    roles: tuple[Role, ...] = ("deal_desk", "admin", "auditor", "finance", "approver")
    keys: dict[str, str] = {role: give_key(ledger, role) for role in roles}
    settings = Settings(database=ledger.database.where, **{"desk": DESK, **NEVER_LATE, **limits})
    ports: queue.Queue[int] = queue.Queue()
    app = create_app(settings, ledger=ledger, extra=extra)
    server = Announcing(
        configured(app, settings, port=0, timeout_graceful_shutdown=0, timeout_keep_alive=600), ports.put
    )

    def serve() -> None:
        with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
            runner.run(server.serve())

    thread = threading.Thread(target=serve)
    thread.start()
    served = Served(server, thread, ports.get(timeout=PATIENCE_S), keys)
    try:
        with patient():
            yield served
    finally:
        served.stop()
        for client in served.clients:
            client.close()
