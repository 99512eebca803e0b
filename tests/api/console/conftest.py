"""The demonstration served by the real server, and somebody of a role at its desk."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from api.console.sessions import Sessions, Visitor
from api.http.auth import key_id_of
from ledger.log.database import Database
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from tests.ground.over_sockets import PATIENCE_S, Served, on_sockets


@pytest.fixture(scope="module")
def desk_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the sessions are kept."""
    return tmp_path_factory.mktemp("desk") / "desk.db"


@pytest.fixture(scope="module")
def server(demo: Database, desk_file: Path) -> Iterator[Served]:
    """The server, of a demonstration of its own: it records keys."""
    shutil.copytree(demo.where, desk_file.parent / "demo")
    own = Database(desk_file.parent / "demo")
    with (
        closing(own),
        Ledger(own, CONTEXTS) as ledger,
        on_sockets(
            ledger,
            desk=str(desk_file),
            documents=str(desk_file.parent / "documents"),
            data_class="FICTIONAL",
            stream_seconds_max=1e-6,
        ) as served,
    ):
        yield served


@pytest.fixture
def browser(server: Served) -> Iterator[Callable[..., httpx.Client]]:
    """Makes a client that keeps cookies and follows nothing."""
    made: list[httpx.Client] = []

    def make(**headers: str) -> httpx.Client:
        base = f"http://127.0.0.1:{server.port}"
        made.append(httpx.Client(base_url=base, trust_env=False, timeout=PATIENCE_S, headers=headers))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture
def invite(server: Served, desk_file: Path) -> Callable[[str], str]:
    """The secret of a link for the holder of a role's key."""

    def invited(role: str) -> str:
        visitor = Visitor(f"{role.replace('_', '-')}-demo", role, f"key:{key_id_of(server.keys[role])}")
        return Sessions(desk_file).invite(visitor)

    return invited


@pytest.fixture
def auditor(browser: Callable[..., httpx.Client], invite: Callable[[str], str]) -> httpx.Client:
    """An auditor at the desk."""
    client = browser()
    assert client.post("/desk/enter", data={"link": invite("auditor")}).status_code == 303
    return client
