"""A small witness (C2SP tlog-witness): it remembers one log, and signs only what grew from what it saw."""

import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.log import merkle
from ledger.log.checkpoint import NotChecked, Verifier, read_checkpoint
from ledger.log.proof import consistent

NAME, TIME = "witness.example/w1", 1_790_000_000


class Witness:
    """The witness: its key, the keys it trusts for logs, and the tree it signed last."""

    def __init__(self, *logs: Verifier) -> None:
        self.logs = list(logs)
        self.size, self.root = 0, merkle.EMPTY_ROOT
        self.seen: list[int] = []
        self._key = Ed25519PrivateKey.from_private_bytes(bytes(range(32, 64)))
        self.vkey = str(Verifier(NAME, 4, self._key.public_key().public_bytes_raw()))

    def answer(self, body: str) -> tuple[int, str]:
        """Answer a request as the specification says."""
        head, _, note = body.partition("\n\n")
        first, *proof = head.split("\n")
        old = int(first.removeprefix("old "))
        if note.partition("\n")[0] not in {log.name for log in self.logs}:
            return 404, "no such log"
        try:
            read = read_checkpoint(note, self.logs)
        except NotChecked as error:
            return 403, str(error)
        if old > read.size:
            return 400, "the old size is beyond the new"
        if old != self.size:
            self.seen.append(old)
            return 409, f"{self.size}\n"
        path = [base64.b64decode(line) for line in proof]
        if not consistent(old, self.root, read.size, read.root, path):
            return 422, "that is another history"
        self.size, self.root = read.size, read.root
        message = f"cosignature/v1\ntime {TIME}\n{read.text}".encode()
        public = self._key.public_key().public_bytes_raw()
        key_id = sha256(NAME.encode() + b"\n\x04" + public).digest()[:4]
        signature = key_id + TIME.to_bytes(8, "big") + self._key.sign(message)
        return 200, f"— {NAME} {base64.b64encode(signature).decode()}\n"


@contextmanager
def at_work(witness: Witness) -> Iterator[str]:
    """The witness on a port of its own; its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            status, answer = witness.answer(body) if self.path == "/w/add-checkpoint" else (404, "nothing here")
            self.send_response(status)
            self.end_headers()
            self.wfile.write(answer.encode())

        def log_request(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/w/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
