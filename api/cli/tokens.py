"""token create, list, revoke: access keys on the command line.

COMMANDS   the three; a room of their own, since the roles come from the ledger (see place.Later)
execute    one command recorded, or the reason why not; users.py has it too
"""

from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import rich_click as click

from api.cli.actor import Claim, who_options
from api.cli.desk import address_of as host_address
from api.cli.desk import served_at
from api.cli.display import say, table
from api.cli.place import NOT_FOUND, USAGE, Stop, command_of, data_option, existing, exit_code, settings_of
from api.cli.recording import record_one
from api.http.auth import KeyRing, address_of, bearer, new_key
from api.http.names import check_company
from api.http.problems import Problem
from api.settings import Settings
from ledger.access import ROLES, CreateKey, Key, RevokeKey, Role
from ledger.decider import Command
from ledger.log.access_log import last_used
from ledger.log.envelope import from_micros
from ledger.recording.outcome import Refused


@click.command()
@data_option()
@click.option("--actor", required=True, help="Whose key it is: lower-case letters, digits, hyphens.")
@click.option("--role", required=True, type=click.Choice(ROLES))
@click.option("--expires", type=click.DateTime(["%Y-%m-%d"]), help="Its last day.")
@click.option("--calendar", is_flag=True, help="A secret address of the diary for a calendar program, and no more.")
@click.option("--opens", multiple=True, help="A group of routes, as /docs names it, that it opens alone; repeat it.")
@click.option("--company", help="A company: it opens only addresses that name that one.")
@who_options()
def create(
    data: Path,
    actor: str,
    role: Role,
    expires: datetime | None,
    calendar: bool,
    opens: tuple[str, ...],
    company: str | None,
    who: Claim,
) -> None:
    """Create a key. It is printed this once; only its SHA-256 is kept. With --opens or --company it works over HTTP
    alone."""
    known = groups(settings_of(data))
    if strangers := sorted(set(opens) - known):
        raise Stop(f"No routes are called {', '.join(strangers)}; there are {', '.join(sorted(known))}.", USAGE)
    if company is not None:
        _check_company(data, company)
    key_id, secret, sha256 = new_key()
    last = expires.date() if expires else None
    given: dict[str, Any] = {"actor": actor, "role": role, "secret_sha256": sha256, "expires_on": last}
    given |= {"opens": opens, "about_company": company, "scope": "DIARY" if calendar else None}
    execute(data, who, CreateKey, key_id=key_id, **given)
    if not calendar:
        click.echo(bearer(key_id, secret))
        return
    settings = settings_of(data)
    base = served_at(settings)
    if base is None:
        base = host_address(settings.host, settings.port)
        say(f"No server of this ledger is known to run; the address is for {base}.")
    click.echo(base + address_of(key_id, secret))


def _check_company(data: Path, company: str) -> None:
    """Refuse a company that is not on record. Raises Stop."""
    _, database = existing(data)
    with closing(database):
        try:
            check_company(database, company)
        except Problem as unknown:
            raise Stop(unknown.detail, NOT_FOUND) from unknown


@click.command("list")
@data_option()
def list_keys(data: Path) -> None:
    """The keys there are; never their secrets."""
    settings, database = existing(data)
    with closing(database):
        ring = KeyRing(database, today=settings.today)
        ring.refresh()
        with database.views.connect() as connection:
            used = last_used(connection, ring.keys)
    days = {key_id: from_micros(at).astimezone(settings.time_zone).date() for key_id, at in used.items()}
    rows = [
        (
            key_id,
            key.actor,
            key.role,
            key.created.effective_on,
            key.expires_on,
            ring.state(key),
            opened(key),
            days.get(key_id),
        )
        for key_id, key in ring.keys.items()
    ]
    table("Access keys", ("key", "actor", "role", "created", "last day", "state", "opens", "last used"), rows)


def opened(key: Key) -> str:
    """Say in words what a key opens, where that is less than its role may."""
    if key.scope is not None:
        return "the calendar"
    company = [f"company {key.created.about_company}"] if key.created.about_company else []
    return ", ".join([*key.created.opens, *company]) or "all its role may"


def groups(settings: Settings) -> set[str]:
    """The groups of routes that a key may open alone."""
    from api.app import RECORDINGS, reads

    return {recording.group for recording in RECORDINGS} | {read.group for read in reads(settings)}


@click.command()
@click.argument("key_id")
@data_option()
@click.option("--reason", default="revoked at the command line", show_default=True)
@who_options()
def revoke(key_id: str, data: Path, reason: str, who: Claim) -> None:
    """Revoke a key, for ever; serving processes follow within a second."""
    execute(data, who, RevokeKey, key_id=key_id, reason=reason)
    say(f"✓ key {key_id} opens nothing any more")


COMMANDS: dict[str, click.Command] = {"create": create, "list": list_keys, "revoke": revoke}


def execute(data: Path, who: Claim, command: type[Command], **given: Any) -> None:
    """Record one command, dated today, as whoever is at the keyboard. Raises Stop where a rule refuses."""
    today = settings_of(data).today()
    outcome = record_one(data, command_of(command, effective_on=today, **given), who)
    if isinstance(outcome, Refused):
        raise Stop(outcome.detail, exit_code(outcome.kind))
