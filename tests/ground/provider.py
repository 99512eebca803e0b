"""A small OpenID provider: keys made here, its description and its keys on a port of its own, tokens as one wishes."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from api.entrance.provider import PublicKey

AUDIENCE = "https://ledger.example/"
KEYS: dict[str, PublicKey] = {
    "rsa-1": RSAKey.generate_key(2048, {"kid": "rsa-1"}),
    "ec-1": ECKey.generate_key("P-256", {"kid": "ec-1", "alg": "ES256", "use": "sig"}),
    "ed-1": OKPKey.generate_key("Ed25519", {"kid": "ed-1"}),
}
STRANGER = ECKey.generate_key("P-256", {"kid": "ec-1"})
"""A key that is nobody's, under the name of one that is."""
SIGNS = {"rsa-1": "RS256", "ec-1": "ES256", "ed-1": "Ed25519"}


class Anything(JWSRegistry):
    """Signs as it is told to, with any algorithm there is and under any header."""

    def get_alg(self, name: str) -> Any:
        return self.algorithms[name]

    def check_header(self, header: dict[str, Any]) -> None:
        pass


class Provider:
    """It says where its keys are, and gives them out; what it is asked is kept. `gives`: in return for forms."""

    def __init__(self) -> None:
        self.issuer = ""
        self.keys: list[dict[str, Any]] = [dict(key.as_dict(private=False)) for key in KEYS.values()]
        self.says: dict[str, Any] = {}
        self.status = 200
        self.asked: list[str] = []
        self.gives: dict[str, Any] = {}
        self.sent: list[bytes] = []

    def token(self, kid: str = "ec-1", *, key: Any = None, header: dict[str, Any] | None = None, **claims: Any) -> str:
        """A token of somebody in finance, valid until 2100 unless claims say otherwise (None: left out)."""
        head: dict[str, Any] = {"alg": SIGNS.get(kid, "ES256"), "typ": "at+jwt", "kid": kid, **(header or {})}
        said = {"iss": self.issuer, "aud": AUDIENCE, "sub": "f3a9", "exp": 4_102_444_800, "name": "li-na"}
        said |= {"groups": ["everybody", "city-finance"], **claims}
        chosen = {name: value for name, value in said.items() if value is not None}
        whole = {name: value for name, value in head.items() if value is not None}
        return jwt.encode(whole, chosen, key or KEYS[kid], registry=Anything(strict_check_header=False))

    def answer(self, path: str) -> Any:
        """Answer a question."""
        self.asked.append(path)
        if path == "/city/.well-known/openid-configuration":
            return {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/jwks", **self.says}
        return {"keys": self.keys}


SHARED = OctKey.import_key("a shared secret, which no provider of ours has", {"kid": "oct-1"})


@contextmanager
def at_work() -> Iterator[Provider]:
    """A provider on a port of its own."""
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.tell(provider.answer(self.path))

        def do_POST(self) -> None:
            provider.sent.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.tell(provider.gives)

        def tell(self, answer: Any) -> None:
            body = json.dumps(answer).encode()
            self.send_response(provider.status)
            if provider.status == 302:
                self.send_header("Location", f"{provider.issuer}/elsewhere")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        provider.issuer = f"http://127.0.0.1:{server.server_port}/city"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield provider
        finally:
            server.shutdown()
            thread.join()
