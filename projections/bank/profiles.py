"""Which profiles of banks' tables are on record?

bank_profiles    every version that stands, by name, the latest of each first
"""

from datetime import date

from msgspec import Struct
from sqlalchemy import Connection

from ledger.bookkeeping.statements.columns import Profile
from ledger.bookkeeping.statements.facts import BANK_PROFILES_TAG, BankProfileRecorded
from ledger.decider import standing
from projections.engine.basis import Basis
from projections.engine.sources import facts_behind


class ProfileOnRecord(Struct, frozen=True, kw_only=True):
    """A version of a profile. `latest`: files are read by it where only the name is said."""

    profile: str
    version: int
    latest: bool
    effective_on: date
    bank_account: str | None
    columns: Profile
    position: int


class BankProfiles(Struct, frozen=True, kw_only=True):
    """The profiles on record."""

    profiles: tuple[ProfileOnRecord, ...]


def bank_profiles(connection: Connection, basis: Basis) -> BankProfiles:
    """Every version that stands, by name, the latest of each first."""
    told = facts_behind(connection, basis, [BANK_PROFILES_TAG]).get(BANK_PROFILES_TAG, [])
    found = [
        (entry.fact, entry.position)
        for entry in standing(told, lambda entry: entry.fact)
        if isinstance(entry.fact, BankProfileRecorded)
    ]
    found.sort(key=lambda one: (one[0].profile, -one[0].version))
    latest = {fact.profile: fact.version for fact, _ in reversed(found)}
    return BankProfiles(
        profiles=tuple(
            ProfileOnRecord(
                profile=fact.profile,
                version=fact.version,
                latest=latest[fact.profile] == fact.version,
                effective_on=fact.effective_on,
                bank_account=fact.bank_account,
                columns=fact.columns,
                position=position,
            )
            for fact, position in found
        )
    )
