"""Profiles of banks' tables over HTTP as commands, and those on record.

RECORDINGS   POST /v1/bank-profiles, and the withdrawal of a version
PROFILES     GET /v1/bank-profiles
chosen       the version that a name means, NAME or NAME@VERSION; name_of: such a name
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from api.http.operations import FINANCE
from api.http.reading import BasisQuery, Found, Read
from api.http.recording import Recording
from ledger.bookkeeping.statements.facts import ProfileVersion
from ledger.bookkeeping.statements.profiles import RecordBankProfile, WithdrawBankProfile
from projections.bank.profiles import BankProfiles, ProfileOnRecord, bank_profiles
from projections.engine.basis import Basis

GROUP, PATH = "banking", "/v1/bank-profiles"

RECORDINGS: tuple[Recording, ...] = (
    Recording(
        path=PATH,
        command=RecordBankProfile,
        summary="Record the meaning of the columns of a bank's table, by a name.",
        group=GROUP,
        roles=FINANCE,
        at=PATH,
    ),
    Recording(
        path=f"{PATH}/{{profile:str}}/withdrawal",
        command=WithdrawBankProfile,
        summary="Take back a version of a profile that was a mistake.",
        group=GROUP,
        roles=FINANCE,
        at=PATH,
    ),
)


def _ask(connection: Connection, basis: Basis, _query: BasisQuery, _path: Mapping[str, str]) -> Found:
    return Found(data=bank_profiles(connection, basis))


PROFILES: Read[BasisQuery] = Read(
    name="bank-profiles",
    path=PATH,
    summary="The profiles of banks' tables on record, every version.",
    group=GROUP,
    query=BasisQuery,
    ask=_ask,
    data=BankProfiles,
    of_log=True,
)


class NotChosen(ValueError):
    """No profile on record is meant."""


def name_of(read_by: ProfileVersion | ProfileOnRecord) -> str:
    """The name of a version: NAME@VERSION."""
    return f"{read_by.profile}@{read_by.version}"


def chosen(profiles: Sequence[ProfileOnRecord], named: str) -> ProfileOnRecord:
    """The version that a name means; the latest where it says none. Raises NotChosen."""
    for one in profiles:
        if named == name_of(one) or (one.latest and named == one.profile):
            return one
    known = ", ".join(name_of(one) for one in profiles) or "none"
    raise NotChosen(f"no bank's profile {named} is on record; on record: {known}")
