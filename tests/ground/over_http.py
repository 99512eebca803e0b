"""A ledger asked over HTTP, in this process: somebody of every role, with a key each."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from tempfile import TemporaryDirectory
from typing import Any, cast

import pytest
from httpx import Response
from litestar import Litestar
from litestar.testing import TestClient
from structlog.testing import capture_logs

from api.app import create_app
from api.http import deadlines
from api.http.auth import bearer, new_key
from api.recorder.here import Here
from api.settings import Settings
from ledger.access import ROLES, CreateKey, Role
from ledger.decider import By
from ledger.recording import asking
from ledger.recording.application import Ledger

DOC = {"doc": "file (demo)", "sha256": "ab" * 32}
LEAD = {
    "company": "sunfield-demo",
    "name": "Sunfield Heat Recovery (demo)",
    "country": "CN",
    "origin": "DIRECT",
    "effective_on": "2025-01-10",
}
CLAIM = {
    "claim": "park-opened-demo",
    "subject": "Park (demo)",
    "claimed_on": "2021-11",
    "statement": "The park opened (demo).",
    "source": "Demo Daily, page 1",
    "effective_on": "2021-11-01",
}
_ELSEWHERE = TemporaryDirectory(prefix="mcsc-desk-")
DESK = f"{_ELSEWHERE.name}/desk.db"
"""Sessions of whoever signs in where a test keeps none of its own: never in the working directory."""
AT_ONCE_S = 1e-6
"""A stream of facts ends once it has told all there are: in this process its end is waited for."""
WAITS = ((deadlines, "READ_S"), (deadlines, "SILENT_S"), (asking, "ANSWER_S"))
IN_TIME = {(module, name): getattr(module, name) for module, name in WAITS}
"""How long the service waits for an answer of its own, by default."""
PATIENT_S = 60
"""How long it does here, however slow the machine is: a test of those waits sets them itself, before it serves."""
KEY_HOLDER = By(actor="founder-demo", role="admin")


def give_key(ledger: Ledger, role: Role, *, actor: str | None = None, expires_on: date | None = None) -> str:
    """A new key as its holder sends it."""
    key_id, secret, sha256 = new_key()
    command = CreateKey(
        effective_on=date(2025, 1, 1),
        key_id=key_id,
        actor=actor or f"{role.replace('_', '-')}-demo",
        role=role,
        secret_sha256=sha256,
        expires_on=expires_on,
    )
    ledger.execute(command, KEY_HOLDER)
    return bearer(key_id, secret)


class Http:
    """Asks as somebody of a role; every recording request gets an idempotency key of its own unless one is given."""

    def __init__(self, client: TestClient[Litestar], ledger: Ledger, keys: dict[Role, str]) -> None:
        self.client = client
        self.client.headers["Accept-Encoding"] = "identity"  # what is sent otherwise: test_compressing.py
        self.ledger = ledger
        self.keys = keys
        self._numbers = itertools.count(1)

    def headers(self, role: Role) -> dict[str, str]:
        """What says who asks."""
        return {"Authorization": f"Bearer {self.keys[role]}"}

    def post(
        self, path: str, body: Any, role: Role = "deal_desk", *, key: str | None = None, **headers: str
    ) -> Response:
        """Record something."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        chosen = {"Idempotency-Key": key or f"test-{next(self._numbers)}", **self.headers(role), **named}
        if isinstance(body, bytes | str):
            return self.client.post(path, content=body, headers={"Content-Type": "application/json", **chosen})
        return self.client.post(path, json=body, headers=chosen)

    def get(
        self, path: str, role: Role = "auditor", *, headers: dict[str, str] | None = None, **query: Any
    ) -> Response:
        """Read something."""
        return self.client.get(path, params=query or None, headers={**self.headers(role), **(headers or {})})

    def read(self, path: str, **query: Any) -> Any:
        """Read something, with all that is recorded until now."""
        answer = self.get(path, wait=self.size, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    @property
    def size(self) -> int:
        """The latest position."""
        return int(self.get("/v1/head").json()["data"]["size"])


class _Through:
    """Whatever is in some place at the moment, with what is inside of it."""

    def __init__(self, place: Callable[[], Any]) -> None:
        self.__dict__["_place"] = place

    def __getattr__(self, name: str) -> Any:
        if name in ("ledger", "standing", "database"):
            return _Through(lambda: getattr(self._place(), name))
        return getattr(self._place(), name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._place(), name, value)


class _Lasting:
    """An application that one ledger after another is put into: to build one takes longer than most tests do."""

    def __init__(self, settings: Settings) -> None:
        self.now: Here | None = None
        self.app = create_app(settings, recorder=cast(Any, _Through(lambda: self.now)))


_LASTING: dict[str, _Lasting] = {}


@contextmanager
def patient() -> Iterator[None]:
    """Wait as long as a slow machine takes, but for what a test sets itself."""
    with pytest.MonkeyPatch.context() as waits:
        for (module, name), seconds in IN_TIME.items():
            if getattr(module, name) == seconds:
                waits.setattr(module, name, PATIENT_S)
        yield


@contextmanager
def served(ledger: Ledger, **settings: Any) -> Iterator[Http]:
    """The application on this ledger."""
    keys = {role: give_key(ledger, role) for role in ROLES}
    settings = {"stream_seconds_max": AT_ONCE_S, "desk": DESK, "wait_seconds_max": PATIENT_S, **settings}
    chosen = Settings(database=ledger.database.where, **settings)
    kind = f"{ledger.database.is_postgres} {sorted(settings.items())}"
    lasting = _LASTING.get(kind) or _LASTING.setdefault(kind, _Lasting(chosen))
    before = lasting.now
    try:
        # a rich traceback takes longer to draw than a test may wait
        with patient(), capture_logs(), Here(chosen, ledger) as lasting.now, TestClient(lasting.app) as client:
            yield Http(client, ledger, keys)
    finally:
        lasting.now = before


def problem(answer: Response, status: int, code: str) -> dict[str, Any]:
    """The problem that was answered, checked for what every problem has."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    document: dict[str, Any] = answer.json()
    assert (answer.status_code, document["code"]) == (status, code), answer.text
    assert document["status"] == status
    assert document["type"] == f"/docs#{code}"
    assert document["title"]
    assert document["detail"]
    assert document.get("request_id", answer.headers["x-request-id"]) == answer.headers["x-request-id"]
    return document
