"""Connections to PostgreSQL: every wait ends, and where one host is silent the next one is asked.

address       where a database is, of one host or of several, as a URL or in words -> URL
connections   an Engine whose connections bear so long a silence, each with the session settings given

A server whose process is stopped still confirms every packet: nothing in the network ever fails. So a wait ends here,
by closing the connection, and what it asked is unknown. Only a ledger on PostgreSQL loads this room and the driver.
"""

import re
import threading
from collections.abc import Mapping
from time import monotonic
from typing import Any
from urllib.parse import parse_qs

import psycopg
from psycopg.abc import RV, PQGen
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from ledger.log.directories import BadAddress
from ledger.log.outage import longest_wait_s

DRIVER = "postgresql+psycopg"
LEADER = "read-write"
SOME_PORT = re.compile(r":\d+$")
CONNECT_S = 2
"""Seconds for a host to take a connection; fewer than two are not possible."""
NETWORK = {
    "connect_timeout": CONNECT_S,
    "keepalives_idle": 5,
    "keepalives_interval": 1,
    "keepalives_count": 3,
    "tcp_user_timeout": 5_000,
}
"""For hosts that vanish with their network; an address may say otherwise."""


def address(written: str) -> URL:
    """Read an address: a URL as libpq takes it, of many hosts with a port each too; as SQLAlchemy writes many
    (`?host=a:5432&host=b:5432`); or words, as libpq takes them (`host=a,b port=5432 dbname=mcsc`). Raises BadAddress.
    """
    is_url = "://" in written.partition("=")[0]
    try:
        said = _written_by_sqlalchemy(written) if is_url else None
        said = said or {**conninfo_to_dict("postgresql:" + written.partition(":")[2] if is_url else written)}
    except (psycopg.Error, ArgumentError, ValueError) as error:
        raise BadAddress(f"the address of the database cannot be read: {str(error).strip()}") from error
    hosts, ports = zip(*_paired(said), strict=True)
    name, user, password, *_ = (said.pop(part, None) for part in ("dbname", "user", "password", "host", "port"))
    url = URL.create(DRIVER, _text(user), _text(password), database=_text(name))
    if len(hosts) == 1 and not hosts[0].startswith("/"):
        url = url.set(host=hosts[0] or None, port=int(ports[0]) if ports[0] else None)
    else:
        said |= {"host": ",".join(hosts)} | ({"port": ",".join(ports)} if any(ports) else {})
    return url.update_query_dict({key: str(value) for key, value in said.items()})


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _written_by_sqlalchemy(written: str) -> dict[str, Any] | None:
    """The parts of an address that names hosts with their ports in its query; None where it does not."""
    asked = parse_qs(written.partition("?")[2]).get("host", [])
    if len(asked) < 2 and not any(SOME_PORT.search(host) for host in asked):
        return None
    url = make_url(written).set(drivername=DRIVER)
    return {**url.get_dialect()().create_connect_args(url)[1]}


def _paired(said: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Each host with its port, as far as they are named. Raises BadAddress, where libpq would guess or give up."""
    hosts, ports = (str(said.get(part) or "").split(",") for part in ("host", "port"))
    if len(hosts) > 1 and "" in hosts:
        raise BadAddress(f"host {hosts.index('') + 1} of {len(hosts)} in the address of the database is empty")
    if ("hostaddr" in said and len(hosts) > 1) or "," in str(said.get("hostaddr", "")):
        raise BadAddress(
            "the address of the database names several by hostaddr; name them by host, which takes numbers too"
        )
    if strangers := [
        port for port in ports if port and not (port.isascii() and port.isdigit() and 0 < int(port) < 1 << 16)
    ]:
        raise BadAddress(f"the address of the database names the port {strangers[0]!r}; a port is a number, 1 to 65535")
    if len(ports) == 1:
        ports *= len(hosts)
    if len(ports) != len(hosts):
        raise BadAddress(
            f"the address of the database names {len(ports)} ports for {len(hosts)} hosts; name one port for"
            " all, or one each"
        )
    return list(zip(hosts, ports, strict=True))


def connections(hosts: "Hosts", *, waits_s: float, session: Mapping[str, str], **pool: Any) -> Engine:
    """An engine. waits_s: the longest silence; session: settings of every connection."""
    engine = create_engine(hosts.url, hide_parameters=True, **pool)

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: object, _record: object, _args: object, parameters: dict[str, Any]) -> Connection:
        connection = hosts.connect(parameters, waits_s)
        connection.autocommit = True
        for name, value in session.items():
            connection.execute(f"SET {name} = {value}".encode())
        connection.autocommit = False
        return connection

    return engine


class Connection(psycopg.Connection[Any]):
    """A connection that is closed where an answer does not come in time."""

    waits_s: float = CONNECT_S
    silent: Any = staticmethod(lambda: None)

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """See psycopg. Raises OperationalError where the server is silent for too long: nobody knows then what became
        of what it was asked."""
        limit = min(self.waits_s, longest_wait_s() or self.waits_s)
        return super().wait(self._unless_silent(gen, limit), min(interval, limit), timeout)

    def _unless_silent(self, gen: PQGen[RV], limit: float) -> PQGen[RV]:
        """The same, unless nothing comes for so many seconds: what goes on coming may take longer."""
        try:
            waiting_for, heard = next(gen), monotonic()
            while True:
                ready = yield waiting_for
                if ready:
                    heard = monotonic()
                elif monotonic() - heard >= limit:
                    break
                waiting_for = gen.send(ready)
        except StopIteration as finished:
            found: RV = finished.value
            return found
        self.pgconn.finish()
        self.silent()
        raise psycopg.OperationalError(f"the database was silent for {limit:g} seconds")


class Hosts:
    """The hosts of an address, in the order in which they are tried: one that fell silent is tried last.

    prefers   what is meant among several: LEADER, or a standby, and the leader where none is there
    """

    def __init__(self, url: URL) -> None:
        self.url, self.prefers = url, LEADER
        self._order: list[tuple[str, str]] | None = None
        self._lock = threading.Lock()

    def connect(self, parameters: Mapping[str, Any], waits_s: float) -> Connection:
        """A connection to the first host that takes one. Raises OperationalError, the last host's."""
        failed: psycopg.OperationalError | None = None
        for meant in dict.fromkeys((self.prefers, LEADER)):
            for host in self._ordered(parameters):
                try:
                    return self._connect_to(host, parameters, waits_s, meant)
                except psycopg.OperationalError as error:
                    failed = error
                    self._last(host)
        assert failed is not None, "there is a host"
        raise failed

    def listen(self) -> Connection:
        """A connection of one's own, outside any engine."""
        _, parameters = self.url.get_dialect()().create_connect_args(self.url)
        connection = self.connect(parameters, CONNECT_S)
        connection.autocommit = True
        return connection

    def _connect_to(
        self, host: tuple[str, str], parameters: Mapping[str, Any], waits_s: float, meant: str
    ) -> Connection:
        """A connection to this host; among several only to one that is what is meant, unless the address says which."""
        named = {name: value for name, value in zip(("host", "port"), host, strict=True) if value}
        several = {"target_session_attrs": meant} if self._order and len(self._order) > 1 else {}
        connection = Connection.connect(**{**NETWORK, **several, **parameters, **named})
        connection.waits_s, connection.silent = waits_s, lambda: self._last(host)
        return connection

    def _ordered(self, parameters: Mapping[str, Any]) -> list[tuple[str, str]]:
        with self._lock:
            if self._order is None:
                self._order = _paired(parameters)
            return [*self._order]

    def _last(self, host: tuple[str, str]) -> None:
        """Try this host after all others from now on."""
        with self._lock:
            if self._order is not None:
                self._order.sort(key=host.__eq__)
