"""desk link: sign somebody in at the desk, with a link that works once.

COMMANDS    the one; a room of its own, since the roles come from the ledger (see place.Later)
kept        while a ledger is served, a file beside the sessions says where
served_at   the address of the server that runs, where that file says one and somebody answers there
"""

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import rich_click as click

from api.cli.actor import Claim, acting, who_options
from api.cli.display import say
from api.cli.place import NOT_ALLOWED, NOT_FOUND, USAGE, Stop, data_option, existing
from api.console.entrance import link_address
from api.console.sessions import LINK_S, Sessions, Visitor
from api.http.auth import KeyRing
from api.settings import Settings
from ledger.decider import By
from ledger.log.database import Database

ANSWERS_S = 1.0
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "::1": "[::1]"}  # noqa: S104 - looked up, never listened on
"""Hosts that are listened on, as an address names one of them."""


@contextmanager
def kept(settings: Settings) -> Iterator[Path]:
    """The file that says where a ledger is served, for as long as it is."""
    file = _file(settings)
    try:
        yield file
    finally:
        file.unlink(missing_ok=True)


def _file(settings: Settings) -> Path:
    return Path(f"{settings.desk}.address")


def address_of(host: str, port: int) -> str:
    """The address of a server that listens on a host, for a browser on this machine."""
    return f"http://{EVERYWHERE.get(host, host)}:{port}"


def served_at(settings: Settings) -> str | None:
    """The address of the server that runs; None where none is known, or nobody answers there any more."""
    try:
        base = _file(settings).read_text("utf-8").strip()
        where = urlsplit(base)
        with socket.create_connection((where.hostname or "", where.port or 0), timeout=ANSWERS_S):
            return base
    except (OSError, ValueError):
        return None


@click.command()
@data_option()
@click.option("--actor", help="Whose link it is: a mapped user, where you are an admin.  [default: you]")
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=None,
    help="Where the server listens.  [default: where the one that runs does]",
)
@who_options()
def link(data: Path, actor: str | None, port: int | None, who: Claim) -> None:
    """Print a link that signs you in at the desk: once, within a quarter of an hour.

    \b
    mcsc desk link
    mcsc desk link --actor wang-min
    """
    settings, database = existing(data)
    with closing(database):
        visitor = _visitor(settings, database, acting(settings, database, who), actor)
    base = address_of(settings.host, settings.port if port is None else port)
    if port is None and (found := served_at(settings)) is not None:
        base = found
    elif port is None:
        say(f"No server of this ledger is known to run; the link is for {base}, or name its port with --port.")
    say(f"Signs in {visitor.actor}, {visitor.role}, once within {LINK_S // 60} minutes:")
    click.echo(link_address(base, Sessions(Path(settings.desk)).invite(visitor)))


def _visitor(settings: Settings, database: Database, by: By, actor: str | None) -> Visitor:
    """Whoever the link is for. Raises Stop."""
    if actor in (None, by.actor):
        kinds = {"key": "key", "os-user": "os-user"}
        if by.method not in kinds:
            raise Stop("A name alone opens no desk: use a key (`--key-file`, MCSC_KEY) or a mapped user.", USAGE)
        return Visitor(by.actor, by.role, f"{kinds[by.method]}:{by.token}")
    if by.role != "admin":
        raise Stop("Only an admin gives others a link.", NOT_ALLOWED)
    ring = KeyRing(database, today=settings.today)
    ring.refresh()
    user = next((user for user in ring.users.values() if user.actor == actor), None)
    if user is None:
        raise Stop(f"No user of this machine is {actor} here; `mcsc user list` shows who is somebody.", NOT_FOUND)
    return Visitor(user.actor, user.role, f"os-user:{user.os_user}")


COMMANDS: dict[str, click.Command] = {"link": link}
