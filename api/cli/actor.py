"""Who is at the keyboard, how we know, and what they may record.

who_options    --as and --key-file, for every command that records
Claim          what was said of who it is: a name, a key
acting         the claim held against what the ledger knows -> By. Raises Stop, saying what to do
let_in         a user of the operating system becomes an admin, where there is none
check_role     the server's rule of who may record what, on the command line
ledger_of      a ledger to record into, beside a server too; what it refuses is kept in the access log
reader_of      who reads, where that is known; note_read: that they did; write_noted: at the end, what was noted

From the surest to the least sure:

1. a key, in the file of --key-file (MCSC_KEY_FILE) or in MCSC_KEY; never an argument, which every process can read
2. the user who is logged in, as the operating system says, where an admin has mapped them (`mcsc user map`)
3. a name (--as, MCSC_ACTOR) or nothing at all: only with MCSC_TRUST_NAMES=1, for experiments

Reading asks nobody: whoever can read the directory or the database can read the ledger.
"""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import rich_click as click

from api.cli.display import say
from api.cli.place import FAILED, NOT_ALLOWED, USAGE, Stop, command_of

if TYPE_CHECKING:
    from api.http.auth import KeyRing
    from api.settings import Settings
    from ledger.decider import By, Command
    from ledger.log.access_log import Attempt
    from ledger.log.database import Database
    from ledger.recording.asking import Recorder

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


# What is kept in the access log

NOTED_MAX = 10_000


@dataclass
class _Noted:
    """The rows that this command line leaves in the access log, written once it ends; `more`: those beyond, counted."""

    settings: "Settings | None" = None
    where: str = ""
    attempts: "list[Attempt]" = field(default_factory=list)
    more: int = 0

    def add(self, attempt: "Attempt") -> None:
        if len(self.attempts) < NOTED_MAX:
            self.attempts.append(attempt)
        else:
            self.more += 1


_noted = _Noted()


def write_noted() -> None:
    """Write what was noted into the access log; say so where that cannot be done."""
    global _noted
    noted, _noted = _noted, _Noted()
    if noted.settings is None or not noted.attempts:
        return
    from contextlib import closing

    from api.http.access_log import keeping
    from ledger.log.access_writer import dropped, keep
    from ledger.log.database import Database

    with closing(Database(noted.where)) as database:
        if noted.more:
            noted.attempts.append(dropped(noted.more))
        if not keep(database, keeping(noted.settings), noted.attempts, quiet=True):
            say("This was not kept in the access log, which cannot be written.")


def _into(settings: "Settings", database: "Database") -> None:
    """Say which ledger everything noted from now on is about."""
    _noted.settings, _noted.where = settings, database.where


def _nobody(code: str, key_id: str = "") -> None:
    """Note that somebody was not let in."""
    from ledger.log.access_log import Attempt
    from ledger.log.access_writer import now_us

    _noted.add(
        Attempt(at_us=now_us(), kind="sign-in", code=code, actor=os_user(), method="os-user", key_id=key_id, way="cli")
    )


def _refused(command: "Command", by: "By", code: str, dry_run: bool) -> None:
    from api.http.access_log import refusal

    _noted.add(refusal(command, by, code, dry_run, way="cli"))


@contextmanager
def ledger_of(settings: "Settings", database: "Database") -> "Iterator[Recorder]":
    """A ledger to record into, as the settings say; what it refuses is noted.

    Where another process records into it, such as a server, that one is asked to. Raises AlreadyOpen where it lets
    nobody in.
    """
    from api.recorder.door import Shut, through
    from ledger.log.database import AlreadyOpen
    from ledger.recording.application import Ledger
    from ledger.recording.contexts import CONTEXTS

    with ExitStack() as stack:
        recorder: Recorder
        try:
            own = Ledger(database, CONTEXTS, data_class=settings.data_class, days=settings.days)
            recorder = stack.enter_context(own)
        except AlreadyOpen as taken:
            try:
                recorder = stack.enter_context(through(settings))
            except Shut as shut:
                raise AlreadyOpen(f"{taken} ({shut})") from shut
        recorder.on_refused = (_refused,)
        yield recorder


def reader_of(settings: "Settings", database: "Database") -> "By | None":
    """Whoever reads, where that is known: the holder of the key in MCSC_KEY, or the user who is logged in."""
    from api.http.auth import KeyRing
    from ledger.decider import By

    ring = KeyRing(database, today=settings.today)
    ring.refresh()
    written = os.environ.get("MCSC_KEY")
    held = ring.holder(written.strip()) if written else None
    if held is not None:
        return By(actor=held[1].actor, role=held[1].role, method="key", token=held[0])
    by = _by_user(ring)
    if by is None and settings.trust_names:
        return By(actor=as_actor(os_user()), role="admin", method="named")
    return by


def note_read(settings: "Settings", database: "Database", by: "By | None", what: str, about: str) -> None:
    """Note that a report was read with a key, or by an auditor."""
    from api.http.access_log import of

    if by is not None and (by.method == "key" or by.role == "auditor"):
        _into(settings, database)
        _noted.add(of(by, "read", way="cli", what=what, about=about))


def note_denied(settings: "Settings", database: "Database", by: "By | None", what: str) -> None:
    """Note that somebody may not read a report."""
    from api.http.access_log import NOT_ALLOWED as CODE
    from api.http.access_log import of

    _into(settings, database)
    if by is None:
        _nobody("user-unknown")
    else:
        _noted.add(of(by, "denied", way="cli", code=CODE, what=what))


# Who it is


def acting(settings: "Settings", database: "Database", who: Claim, *, dry_run: bool = False) -> "By":
    """Whoever records, and how we know. Whoever begins an empty ledger is let in as its admin. Raises Stop."""
    from api.http.auth import KeyRing

    _into(settings, database)
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
        _nobody("user-unknown")
        raise Stop(stranger(ring), NOT_ALLOWED)
    if who.name not in (None, by.actor):
        _nobody("name-not-believed", by.token or "")
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
        _nobody(*ring.why_not_held(written.strip()))
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
    from ledger.access import MapUser
    from ledger.recording.outcome import Refused

    by = _founder()
    today = settings.today()
    with ledger_of(settings, database) as ledger:
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
    from api.http.access_log import of
    from api.http.operations import may, not_allowed
    from ledger.decider import command_name
    from ledger.joint.delegating.deciding import KIND_OF

    if not may(by, WHO_MAY[command], approves=command in KIND_OF):
        _noted.add(of(by, "denied", way="cli", code="not-allowed", what=command_name(command)))
        raise Stop(not_allowed(by.role, WHO_MAY[command]).detail, NOT_ALLOWED)
