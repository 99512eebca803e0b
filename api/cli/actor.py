"""Who is at the keyboard, how we know, and what they may record.

who_options    --as and --key-file, for every command that records
Claim          what was said of who it is: a name, a key
acting         the claim held against what the ledger knows -> By. Raises Stop, saying what to do
let_in         a user of the operating system becomes an admin, where there is none
check_role     the server's rule of who may record what, on the command line

From the surest to the least sure:

1. a key, in the file of --key-file (MCSC_KEY_FILE) or in MCSC_KEY; never an argument, which every process can read
2. the user who is logged in, as the operating system says, where an admin has mapped them (`mcsc user map`)
3. a name (--as, MCSC_ACTOR) or nothing at all: only with MCSC_TRUST_NAMES=1, for experiments

Reading asks nobody: whoever can read the directory or the database can read the ledger.
"""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import rich_click as click

from api.cli.display import say
from api.cli.place import FAILED, NOT_ALLOWED, USAGE, Stop, command_of

if TYPE_CHECKING:
    from api.http.auth import KeyRing
    from api.settings import Settings
    from ledger.decider import By, Command
    from ledger.log.database import Database

C = TypeVar("C", bound=Callable[..., Any])
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}", re.ASCII)
NAMED = "names are trusted (MCSC_TRUST_NAMES=1): nothing proves who this is, and the facts say so for ever"


@dataclass(frozen=True)
class Claim:
    """A word about who records, and a key that may prove it."""

    name: str | None = None
    key_file: Path | None = None


def who_options() -> Callable[[C], C]:
    """--as and --key-file, given to the command as `who`."""

    def add(command: C) -> C:
        from functools import wraps

        @wraps(command)
        def claimed(*arguments: Any, claimed_name: str | None, key_file: Path | None, **options: Any) -> Any:
            return command(*arguments, who=Claim(claimed_name, key_file), **options)

        key = click.option(
            "--key-file",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            envvar="MCSC_KEY_FILE",
            help="Record as the holder of the key in this file (or in MCSC_KEY).  [default: the user logged in]",
        )
        name = click.option(
            "--as",
            "claimed_name",
            envvar="MCSC_ACTOR",
            help="Who you say you are; believed without a key only where MCSC_TRUST_NAMES=1, for experiments.",
        )
        found: C = name(key(claimed))  # type: ignore[assignment] # click.option keeps what it is given
        return found

    return add


def os_user() -> str:
    """The user who is logged in, as the operating system says; never what the environment says."""
    try:
        import pwd
    except ImportError:  # Windows
        return os.getlogin()
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid-{os.getuid()}"


def is_here(user: str) -> bool:
    """Tell whether the operating system knows a user of that name; where it cannot be asked, it may."""
    try:
        import pwd
    except ImportError:  # Windows
        return True
    try:
        pwd.getpwnam(user)
    except KeyError:
        return user == os_user()
    return True


def as_actor(user: str) -> str:
    """The name of a user of the operating system, written as ids are."""
    return re.sub(r"[^a-z0-9-]", "-", user.lower()).lstrip("-")[:63] or "somebody"


def acting(settings: "Settings", database: "Database", who: Claim, *, dry_run: bool = False) -> "By":
    """Whoever records, and how we know. Whoever begins an empty ledger is let in as its admin. Raises Stop."""
    from api.http.auth import KeyRing

    if settings.trust_names and who.name is not None and who.key_file is None:
        return _named(who.name)
    ring = KeyRing(database, today=settings.today)
    ring.refresh()
    by = _by_key(ring, who) or _by_user(ring)
    if by is None and settings.trust_names:
        return _named(as_actor(os_user()))
    if by is None and who.name is None and _is_empty(database):
        by = _founder() if dry_run else let_in(settings, database)
    if by is None:
        raise Stop(stranger(ring), NOT_ALLOWED)
    if who.name not in (None, by.actor):
        raise Stop(
            f"A name alone is not believed: here you are {by.actor} ({by.method}), not {who.name}. {who.name} records"
            f" with their own key (`--key-file FILE`, or MCSC_KEY) or login; leave --as and MCSC_ACTOR out to record as"
            f" {by.actor}. For experiments, MCSC_TRUST_NAMES=1 believes --as.",
            NOT_ALLOWED,
        )
    return by


def _named(name: str) -> "By":
    from ledger.decider import By

    if not NAME.fullmatch(name):
        raise Stop(f"{name!r} is no name; write it in lower-case letters, digits and hyphens: wang-min.", USAGE)
    say(f"{name}: {NAMED}")
    return By(actor=name, role="admin", method="named")


def _by_key(ring: "KeyRing", who: Claim) -> "By | None":
    """The holder of the key that is given, if one is. Raises Stop where it is not valid."""
    from ledger.decider import By

    written = os.environ.get("MCSC_KEY") if who.key_file is None else who.key_file.read_text(encoding="utf-8")
    if written is None:
        return None
    held = ring.holder(written.strip())
    if held is None:
        source = "MCSC_KEY" if who.key_file is None else str(who.key_file)
        raise Stop(
            f"The key in {source} opens nothing: it is missing, unknown, revoked or expired. An admin creates one:"
            " `mcsc token create --actor NAME --role ROLE`.",
            NOT_ALLOWED,
        )
    key_id, key = held
    return By(actor=key.actor, role=key.role, method="key", token=key_id)


def _by_user(ring: "KeyRing") -> "By | None":
    """Whoever the user who is logged in is here, if anybody."""
    from ledger.decider import By

    user = ring.users.get(os_user())
    return None if user is None else By(actor=user.actor, role=user.role, method="os-user", token=user.os_user)


def _founder() -> "By":
    from ledger.decider import By

    return By(actor=as_actor(os_user()), role="admin", method="os-user", token=os_user())


def _is_empty(database: "Database") -> bool:
    from projections.engine.runner import head_position

    return head_position(database) == 0


def let_in(settings: "Settings", database: "Database") -> "By":
    """Make the user who is logged in an admin of a ledger that has none."""
    from ledger import CONTEXTS
    from ledger.access import MapUser
    from ledger.recording.application import Ledger
    from ledger.recording.outcome import Refused

    by = _founder()
    today = settings.today()
    with Ledger(database, CONTEXTS, data_class=settings.data_class) as ledger:
        command = command_of(MapUser, effective_on=today, os_user=os_user(), actor=by.actor, role="admin")
        outcome = ledger.execute(command, by).outcome
    if isinstance(outcome, Refused):
        raise Stop(outcome.detail, FAILED)
    say(f"{by.actor} (user {os_user()} of this machine) is this ledger's administrator; `mcsc user map` lets others in")
    return by


def stranger(ring: "KeyRing") -> str:
    """Say to somebody unknown what to do."""
    user = os_user()
    if not ring.has_admin:
        return f"Nobody is an admin of this ledger yet. `mcsc init` makes you one (the user {user} of this machine)."
    return (
        f"This ledger does not know the user {user} of this machine. An admin lets you in with"
        f" `mcsc user map {user} --actor NAME --role ROLE`, or gives you a key: `--key-file FILE`, or MCSC_KEY."
        " For experiments, MCSC_TRUST_NAMES=1 believes --as NAME."
    )


def check_role(by: "By", command: "type[Command]") -> None:
    """Check that the role may record this, as over HTTP. Raises Stop."""
    from api.app import WHO_MAY
    from api.http.operations import not_allowed

    if by.role not in WHO_MAY[command]:
        raise Stop(not_allowed(by.role, WHO_MAY[command]).detail, NOT_ALLOWED)
