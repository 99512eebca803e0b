"""A bank's file as the command that takes it; for the upload and for the command line.

Given        what is said beside the file: by whoever sends it
taken_from   a file -> how it was read, and the command, where nothing in it is wrong
"""

import hashlib
from datetime import date

import msgspec
from msgspec import Struct

from api.bookkeeping.statements.camt import read_camt
from api.bookkeeping.statements.columns import Profile, Stated, read_columns
from api.bookkeeping.statements.rows import StatementFile
from ledger.bookkeeping.statements.taking import SignedAmount, TakeBankStatements
from ledger.decider import Id, Text
from ledger.values.evidence import Evidence


class Given(Struct, frozen=True, kw_only=True):
    """Beside the file: its account, its name, the day it came; of a CSV the profile, and what the table leaves out.

    statement                            the bank's name of it; without it the beginning of the file's SHA-256
    from_on, until_on, opening, closing  of a CSV that does not say them
    reason                               why it is taken although balances do not meet
    """

    bank_account: Id
    name: Text
    on: date
    profile: Profile | None = None
    statement: Text | None = None
    from_on: date | None = None
    until_on: date | None = None
    opening: SignedAmount | None = None
    closing: SignedAmount | None = None
    reason: Text | None = None


def taken_from(data: bytes, given: Given) -> tuple[StatementFile, TakeBankStatements | None]:
    """Read a file. None in place of the command where something in it is wrong."""
    sha256 = hashlib.sha256(data).hexdigest()
    if given.profile is None:
        read = read_camt(data)
    else:
        stated = Stated(given.statement or sha256[:16], given.from_on, given.until_on, given.opening, given.closing)
        read = read_columns(data, given.profile, stated)
    if read.bad:
        return read, None
    command = TakeBankStatements(
        effective_on=given.on,
        bank_account=given.bank_account,
        file=Evidence(doc=given.name, sha256=sha256),
        statements=read.statements,
        reason=given.reason,
    )
    # As strict as with anybody's command: what a reader let through is refused here.
    return read, msgspec.convert(msgspec.to_builtins(command), TakeBankStatements)
