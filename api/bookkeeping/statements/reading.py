"""A bank's file as the command that takes it; for the upload and for the command line.

Given        what is said beside the file: by whoever sends it
taken_from   a file -> how it was read, and the command, where nothing in it is wrong
"""

import hashlib
import re
from codecs import BOM_UTF8
from datetime import date
from typing import Literal

import msgspec
from msgspec import Struct

from api.bookkeeping.statements.camt import read_camt
from api.bookkeeping.statements.columns import Stated, read_columns
from api.bookkeeping.statements.mt940 import read_mt940
from api.bookkeeping.statements.ofx import read_ofx
from api.bookkeeping.statements.rows import Place, StatementFile
from api.formats.workbooks.grid import is_workbook
from ledger.bookkeeping.statements.columns import Profile
from ledger.bookkeeping.statements.facts import ProfileVersion
from ledger.bookkeeping.statements.taking import SignedAmount, TakeBankStatements
from ledger.decider import Id, Text
from ledger.values.evidence import Evidence

Encoding = Literal["utf-8", "gb18030", "iso-8859-1", "windows-1252"]
MT940 = re.compile(rb"^(\{[^\r\n]*\{4:\s*)?:20:", re.MULTILINE)
OFX = re.compile(rb"^OFXHEADER:|<OFX[ >]|<\?OFX ", re.MULTILINE | re.IGNORECASE)
LOOKED_AT = 4096


class Given(Struct, frozen=True, kw_only=True):
    """Beside the file: its account, its name, the day it came; of a table its profile; what tables and OFX leave out.

    encoding                             of MT940 that is not in UTF-8; of OFX that is not in what it says
    read_by                              the profile on record that `profile` is, where it is one
    statement                            the bank's name of it; without it the beginning of the file's SHA-256
    from_on, until_on, opening, closing  of a table or an OFX that does not say them
    reason                               why it is taken although balances do not meet
    """

    bank_account: Id
    name: Text
    on: date
    profile: Profile | None = None
    encoding: Encoding | None = None
    read_by: ProfileVersion | None = None
    statement: Text | None = None
    from_on: date | None = None
    until_on: date | None = None
    opening: SignedAmount | None = None
    closing: SignedAmount | None = None
    reason: Text | None = None


def taken_from(data: bytes, given: Given) -> tuple[StatementFile, TakeBankStatements | None]:
    """Read a file. None in place of the command where something in it is wrong."""
    sha256 = hashlib.sha256(data).hexdigest()
    stated = Stated(given.statement or sha256[:16], given.from_on, given.until_on, given.opening, given.closing)
    begins = data.removeprefix(BOM_UTF8)[:LOOKED_AT]
    if given.profile is not None:
        read = read_columns(data, given.profile, stated)
    elif is_workbook(data):
        rule = "a workbook is read by a profile, which says what its columns mean: name one, or send one along"
        read = StatementFile(bad=(Place(line=0, rule=rule),))
    elif OFX.search(begins):
        read = read_ofx(data, stated, given.encoding)
    elif MT940.search(begins):
        read = read_mt940(data, given.encoding)
    else:
        read = read_camt(data)
    if read.bad:
        return read, None
    command = TakeBankStatements(
        effective_on=given.on,
        bank_account=given.bank_account,
        file=Evidence(doc=given.name, sha256=sha256),
        statements=read.statements,
        reason=given.reason,
        read_by=given.read_by,
    )
    # As strict as with anybody's command: what a reader let through is refused here.
    return read, msgspec.convert(msgspec.to_builtins(command), TakeBankStatements)
