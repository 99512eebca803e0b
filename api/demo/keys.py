"""The demonstration made ready for whoever tries it, each time it is started.

renew_keys    a key for each role; those of earlier runs no longer work; actor_of: whose it is
let_in        whoever starts it is an admin of it, on the command line
open_months   the books are open for today
"""

from datetime import date

from api.demo.people import METHOD
from api.demo.unfolding import DemoRefused
from api.http.auth import bearer, new_key
from ledger.access import KEYS_TAG, NOBODY, ROLES, CreateKey, MapUser, RevokeKey, Role, evolve
from ledger.decider import By, Command
from ledger.log import store
from ledger.log.database import Database
from ledger.periods import OpenPeriods
from ledger.recording.application import Ledger
from ledger.recording.outcome import Done

ADMIN = By(actor="admin-demo", role="admin", method=METHOD)


def renew_keys(ledger: Ledger, today: date) -> dict[Role, str]:
    """A new key for each role, as its holder sends it; keys that earlier runs made are revoked."""
    for key_id in _own_keys(ledger.database):
        _record(ledger, RevokeKey(effective_on=today, key_id=key_id, reason="the demonstration was started again"))
    return {role: _new_key(ledger, role, today) for role in ROLES}


def actor_of(role: Role) -> str:
    """Name the holder of the key of a role."""
    return f"{role.replace('_', '-')}-demo"


def open_months(ledger: Ledger, today: date) -> None:
    """Open the books through this month: whoever tries something tries it today."""
    _record(ledger, OpenPeriods(through=f"{today:%Y-%m}", effective_on=today))


def let_in(ledger: Ledger, os_user: str, actor: str, today: date) -> None:
    """Map a user of the operating system to an admin of the demonstration, if they are nobody in it yet."""
    with ledger.database.views.connect() as connection:
        known = store.by_tags(connection, [f"os-user:{os_user}"])
    if not known:
        _record(ledger, MapUser(effective_on=today, os_user=os_user, actor=actor, role="admin"))


def _own_keys(database: Database) -> list[str]:
    with database.views.connect() as connection:
        entries = store.by_tags(connection, [KEYS_TAG])
    access = NOBODY
    for entry in entries:
        if entry.by.method == METHOD:
            access = evolve(access, entry.fact)
    return [key_id for key_id, key in access.keys.items() if not key.revoked]


def _new_key(ledger: Ledger, role: Role, today: date) -> str:
    key_id, secret, sha256 = new_key()
    actor = actor_of(role)
    _record(ledger, CreateKey(effective_on=today, key_id=key_id, actor=actor, role=role, secret_sha256=sha256))
    return bearer(key_id, secret)


def _record(ledger: Ledger, command: Command) -> None:
    outcome = ledger.execute(command, ADMIN, data_class="FICTIONAL").outcome
    if not isinstance(outcome, Done):
        raise DemoRefused(f"{type(command).__name__}: {outcome}")
