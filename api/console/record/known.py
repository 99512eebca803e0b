"""The names on record, offered where a form asks for the name of a thing that is there.

offered   the names of each kind that a form asks for
NAMING    the tags that name a thing, by the field that asks for it
"""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection

from api.console.record.begun import NEW
from api.console.record.shapes import Field
from ledger.log.database import Database
from projections.engine.names import beginning

NAME = "Lower-case letters, digits and hyphens"
"""How the shape of a name begins; a deposit may be an amount as well."""
SHOWN = 300
"""Names of a kind that a form offers; where there are more it offers none, since a part would look like all."""
COMPANIES = ("company", "party")
NAMING: Mapping[str, tuple[str, ...]] = {
    **{name: (name,) for name in ("lease", "order", "meter", "unit", "building", "parcel", "site", "claim")},
    **{name: (name,) for name in ("invoice", "receipt", "deposit", "purchase", "refund")},
    **dict.fromkeys(("company", "tenant", "supplier", "buyer", "seller"), COMPANIES),
    **dict.fromkeys(("bank_account", "to_account"), ("bank-account",)),
    **dict.fromkeys(("from_lease", "to_lease", "successor"), ("lease",)),
    "manual_journal": ("manual-journal",),
    "write_off": ("write-off",),
}
"""Fields that name a thing, and the tags that name such things."""
AGREEMENTS: Mapping[str, tuple[str, ...]] = {"offtake": ("offtake",)}
"""What an agreement is, by the group of the command; in every other group one of investment."""
FIRST = frozenset({"register-lead", "define-site", "define-parcel", "define-building", "define-unit"})
"""Commands whose last named thing is new, beside those that begin with a free name."""


def offered(database: Database, command: str, group: str, fields: Iterable[Field]) -> dict[str, Sequence[str]]:
    """Find the names for each field of a command's form that asks for one: of what is new, none."""
    wanted = {field.name: _kinds(field.name, group) for field in fields if _named(field)}
    new = NEW.get(command) or (_defined(command) if command in FIRST else "")
    with database.views.connect() as connection:
        found = {name: _names(connection, kinds) for name, kinds in wanted.items() if kinds and name != new}
    return {name: names for name, names in found.items() if names}


def _named(field: Field) -> bool:
    return field.kind == "text" and field.hint.startswith(NAME)


def _defined(command: str) -> str:
    return "company" if command == "register-lead" else command.removeprefix("define-")


def _kinds(name: str, group: str) -> tuple[str, ...]:
    return AGREEMENTS.get(group, ("investment",)) if name == "agreement" else NAMING.get(name, ())


def _names(connection: Connection, kinds: Sequence[str]) -> Sequence[str]:
    names = {name for kind in kinds for name in beginning(connection, kind, "", SHOWN + 1)}
    return sorted(names) if len(names) <= SHOWN else ()
