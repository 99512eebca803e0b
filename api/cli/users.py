"""user map, unmap, list: who the users of this machine are in the ledger.

COMMANDS   the three; a room of their own, since the roles come from the ledger (see place.Later)
"""

from pathlib import Path

import msgspec
import rich_click as click

from api.cli.actor import Claim, today_of, who_options
from api.cli.display import say, table
from api.cli.place import USAGE, Stop, data_option, existing, settings_of
from api.cli.tokens import execute
from api.http.auth import KeyRing
from ledger.access import ROLES, MapUser, Role, UnmapUser


@click.command("map")
@click.argument("os_user", metavar="USER")
@data_option()
@click.option("--actor", required=True, help="Who they are here: lower-case letters, digits, hyphens.")
@click.option("--role", required=True, type=click.Choice(ROLES))
@click.option("--note", help="Why, or who they are in full.")
@who_options()
def map_user(os_user: str, data: Path, actor: str, role: Role, note: str | None, who: Claim) -> None:
    """Let USER, as `id -un` names them on this machine, record on the command line as somebody and in a role.

    \b
    mcsc user map wmin --actor wang-min --role finance
    """
    given = {"os_user": os_user, "actor": actor, "role": role, "note": note, "effective_on": _today(data)}
    _execute(data, given, MapUser, who)
    say(f"✓ {os_user} records as {actor}, {role}")


@click.command()
@click.argument("os_user", metavar="USER")
@data_option()
@click.option("--reason", default="unmapped at the command line", show_default=True)
@who_options()
def unmap(os_user: str, data: Path, reason: str, who: Claim) -> None:
    """Let USER record no more."""
    given = {"os_user": os_user, "reason": reason, "effective_on": _today(data)}
    _execute(data, given, UnmapUser, who)
    say(f"✓ {os_user} records no more")


@click.command("list")
@data_option()
def list_users(data: Path) -> None:
    """The users of this machine who are somebody in the ledger."""
    _, database = existing(data)
    ring = KeyRing(database)
    ring.refresh()
    database.close()
    rows = [(name, user.actor, user.role, user.effective_on, user.note) for name, user in sorted(ring.users.items())]
    table("Users", ("user", "actor", "role", "mapped", "note"), rows)


COMMANDS: dict[str, click.Command] = {"map": map_user, "unmap": unmap, "list": list_users}


def _today(data: Path) -> object:
    return today_of(settings_of(data))


def _execute(data: Path, given: dict[str, object], command: type[MapUser | UnmapUser], who: Claim) -> None:
    try:
        execute(data, msgspec.convert(given, command), who)
    except msgspec.ValidationError as error:
        raise Stop(str(error), USAGE) from error
