"""A server that says when it serves, and comes back when it is told to end."""

import signal
from collections.abc import Callable
from socket import socket

import uvicorn


class Announcing(uvicorn.Server):
    """Calls `announce` with its port once requests are taken; run() returns after SIGINT and SIGTERM."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[int], None]) -> None:
        super().__init__(config)
        self._announce = announce

    def run(self, sockets: list[socket] | None = None) -> None:
        """See uvicorn. It raises the signal that ended it once more, which would end the process before its parts."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: None)
        super().run(sockets)

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """See uvicorn."""
        await super().startup(sockets)
        if self.started:
            self._announce(self.servers[0].sockets[0].getsockname()[1])
