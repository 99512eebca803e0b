"""The whole service as a process of its own: record, read back, stop politely, start again, verify."""

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import psutil
import pytest

import migrations
from ledger.log.database import Database
from ledger.log.verify import verify
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from tests.ground.over_http import LEAD, give_key

COMMANDS = {
    "mcsc serve": [sys.executable, "-c", "from api.cli import main; main()", "serve", "--port", "0"],
    "uvicorn": [sys.executable, "-m", "uvicorn", "--factory", "api.app:from_environment", "--port", "0"],
}


class Served:
    """The service on a free port of this machine. Use as a context manager; `stop` asks it politely to end."""

    def __init__(self, data: Path, command: str) -> None:
        self.data = data
        self.command = COMMANDS[command]
        self.said: list[str] = []

    def __enter__(self) -> "Served":
        environment = {**os.environ, "MCSC_DATA": str(self.data)}
        self.process = subprocess.Popen(self.command, env=environment, stderr=subprocess.PIPE, text=True)
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said.append(line)
            if found := re.search(r" on (http://\S+)", line):
                break
        else:
            raise AssertionError("".join(self.said))
        self.client = httpx.Client(base_url=found[1], timeout=30)
        return self

    def stop(self) -> None:
        """End as a service manager would: everything is finished, nothing cut off."""
        others = psutil.Process(self.process.pid).children(recursive=True)
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=10)
        assert self.process.returncode in (0, -signal.SIGTERM)
        assert [other for other in others if other.is_running()] == []

    def __exit__(self, *_: object) -> None:
        self.client.close()
        self.process.kill()
        self.process.communicate()


@pytest.mark.parametrize("command", COMMANDS)
def test_record_read_stop_start_again(tmp_path: Path, command: str) -> None:
    data = tmp_path / "data"
    database = Database(data)
    migrations.upgrade(database)
    with Ledger(database, CONTEXTS) as ledger:
        desk, auditor = ({"Authorization": f"Bearer {give_key(ledger, role)}"} for role in ("deal_desk", "auditor"))

    with Served(data, command) as served:
        client = served.client
        assert client.get("/health").json()["status"] == "ok"
        recorded = client.post("/v1/companies", json=LEAD, headers={**desk, "Idempotency-Key": "first"})
        assert recorded.status_code == 201
        wait = {"wait": recorded.json()["position"]}
        mine = client.get("/v1/companies/sunfield-demo", params=wait, headers=auditor)
        assert mine.json()["data"]["stage"] == "LEAD"
        root = client.get("/v1/head", headers=auditor).json()["data"]
        served.stop()

    assert database.unfolded_bytes() == 0
    alone = tmp_path / "alone"
    alone.mkdir()
    shutil.copy(data / "ledger.db", alone)
    copied = Database(alone)
    assert {"size": verify(copied).size, "root": verify(copied).root} == root
    copied.close()

    with Served(data, command) as served:
        client = served.client
        again = client.post("/v1/companies", json=LEAD, headers={**desk, "Idempotency-Key": "first"})
        assert again.content == recorded.content
        assert again.headers["idempotent-replayed"] == "true"
        assert client.get("/v1/companies/sunfield-demo", params=wait, headers=auditor).content == mine.content
        served.stop()

    checked = verify(database)
    assert {"size": checked.size, "root": checked.root} == root
    database.close()
