"""user map, unmap, list: who the users of this machine are in the ledger; bar, readmit: an OpenID provider's.

COMMANDS   the five; a room of their own, since the roles come from the ledger (see place.Later)
"""

from contextlib import closing
from pathlib import Path

import rich_click as click

from api.cli.actor import Claim, is_here, who_options
from api.cli.display import say, table
from api.cli.place import data_option, existing
from api.cli.tokens import execute
from api.http.auth import KeyRing
from ledger.access import ROLES, BarSubject, MapUser, ReadmitSubject, Role, UnmapUser


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
    execute(data, who, MapUser, os_user=os_user, actor=actor, role=role, note=note)
    say(f"✓ {os_user} records as {actor}, {role}")
    if not is_here(os_user):
        say(
            f"‼ This machine has no user {os_user}: whoever gets that name here later is {actor}. If it is a typing"
            f" error, `mcsc user unmap {os_user}`."
        )


@click.command()
@click.argument("os_user", metavar="USER")
@data_option()
@click.option("--reason", default="unmapped at the command line", show_default=True)
@who_options()
def unmap(os_user: str, data: Path, reason: str, who: Claim) -> None:
    """Let USER record no more."""
    execute(data, who, UnmapUser, os_user=os_user, reason=reason)
    say(f"✓ {os_user} records no more")


@click.command()
@click.argument("subject", metavar="SUBJECT")
@data_option()
@click.option("--reason", default="barred at the command line", show_default=True)
@who_options()
def bar(subject: str, data: Path, reason: str, who: Claim) -> None:
    """Let SUBJECT, somebody of the OpenID provider's, come in no more, whatever their tokens say.

    \b
    SUBJECT is what `by.token` says of the facts that they recorded, and the access log of what they read:
    https://id.example/city#f3a9
    """
    execute(data, who, BarSubject, identity=subject, reason=reason)
    say(f"✓ {subject} comes in no more; serving processes follow within a second")


@click.command()
@click.argument("subject", metavar="SUBJECT")
@data_option()
@click.option("--reason", default="readmitted at the command line", show_default=True)
@who_options()
def readmit(subject: str, data: Path, reason: str, who: Claim) -> None:
    """Let SUBJECT, who was barred, come in again."""
    execute(data, who, ReadmitSubject, identity=subject, reason=reason)
    say(f"✓ {subject} is not barred; their tokens say who they are")


@click.command("list")
@data_option()
def list_users(data: Path) -> None:
    """The users of this machine who are somebody in the ledger."""
    settings, database = existing(data)
    with closing(database):
        ring = KeyRing(database, today=settings.today)
        ring.refresh()
    rows = [
        (name, user.actor, user.role, user.effective_on, "yes" if is_here(name) else "no", user.note)
        for name, user in sorted(ring.users.items())
    ]
    table("Users", ("user", "actor", "role", "mapped", "on this machine", "note"), rows)
    barred = [(subject, one.effective_on, one.reason) for subject, one in sorted(ring.barred.items())]
    if barred:
        table("Barred", ("subject", "barred on", "reason"), barred)


COMMANDS: dict[str, click.Command] = {
    "map": map_user,
    "unmap": unmap,
    "bar": bar,
    "readmit": readmit,
    "list": list_users,
}
