"""desk link: sign somebody in at the desk, with a link that works once.

COMMANDS   the one; a room of its own, since the roles come from the ledger (see place.Later)
"""

from contextlib import closing
from pathlib import Path

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


@click.command()
@data_option()
@click.option("--actor", help="Whose link it is: a mapped user, where you are an admin.  [default: you]")
@click.option("--port", type=click.IntRange(1, 65535), default=None, help="Where the server listens.  [default: 8000]")
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
    port = settings.port if port is None else port
    say(f"Signs in {visitor.actor}, {visitor.role}, once within {LINK_S // 60} minutes:")
    click.echo(link_address(f"http://{settings.host}:{port}", Sessions(Path(settings.desk)).invite(visitor)))


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
