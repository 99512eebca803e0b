"""Profiles of banks' tables: recorded, each change a new version, and withdrawn.

Commands              Facts (bank.…)
RecordBankProfile     profile-recorded: version 1, or the next one
WithdrawBankProfile   profile-withdrawn

Profiles, evolve_profiles   the versions that stand
check_profile               a statement may be read by a version

The same meaning again records nothing. A statement names the version that it was read by: that one stays as it was, and
is withdrawn only after the statement.

Refusals, in order of precedence
├── (BankAccountUnknown, BankAccountOfAnother)   of banking/accounts.py
├── BankProfileMalformed   its columns do not say what an entry is
├── BankProfileUnknown     no such version is on record (unknown)
├── BankProfileOfAnother   it reads the files of another account
└── BankProfileNeeded      a statement was read by it
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar, Literal

from msgspec import Struct
from msgspec.structs import replace

from ledger.bookkeeping.banking.accounts import (
    ACCOUNT_TAGS,
    NO_ACCOUNTS,
    BankAccountOfAnother,
    BankAccounts,
    BankAccountUnknown,
    BankingRefusal,
    evolve_accounts,
)
from ledger.bookkeeping.banking.facts import BankAccountFact
from ledger.bookkeeping.statements.columns import Profile
from ledger.bookkeeping.statements.facts import (
    BankProfileRecorded,
    BankProfileWithdrawn,
    BankStatementTaken,
    ProfileVersion,
    profile_tag,
    read_by_tag,
)
from ledger.decider import By, Command, Decider, Fact, Id, Text, Withdrawing
from ledger.values.days import Happened, OnRecord

# Commands


class RecordBankProfile(Command, frozen=True, kw_only=True, tag="record-bank-profile"):
    """Record the meaning of the columns of a bank's table, by a name; where one is on record this is its next version.

    bank_account   the only one whose files are read by it; without it those of any
    """

    put_right: ClassVar[str] = "`withdraw-bank-profile`, as long as no statement was read by it; else a new version."
    effective_on: Happened
    profile: Id
    columns: Profile
    bank_account: Id | None = None


class WithdrawBankProfile(Command, frozen=True, kw_only=True, tag="withdraw-bank-profile"):
    """Take back a version of a profile that was a mistake: `about` is its number, `effective_on` its own date."""

    put_right: ClassVar[str] = "`record-bank-profile` records it again."
    effective_on: OnRecord
    profile: Id
    about: Text
    step: Literal["bank.profile-recorded"] = "bank.profile-recorded"
    reason: Text


# Refusals


class BankProfileMalformed(BankingRefusal):
    """Its columns do not say what an entry is."""

    code = "bank-profile-malformed"


class BankProfileUnknown(BankingRefusal):
    """No such version of the profile is on record."""

    code = "bank-profile-unknown"
    kind = "unknown"


class BankProfileOfAnother(BankingRefusal):
    """It reads the files of another account."""

    code = "bank-profile-of-another"


class BankProfileNeeded(BankingRefusal):
    """A statement was read by it."""

    code = "bank-profile-needed"


# State

Profiles = Mapping[tuple[str, int], BankProfileRecorded]
"""What stands, by name and version, in the order recorded."""
NO_PROFILES: Profiles = MappingProxyType({})


class Profiling(Struct, frozen=True):
    """The bank accounts, and the versions of the profile in question."""

    accounts: BankAccounts = NO_ACCOUNTS
    profiles: Profiles = NO_PROFILES


# Evolve


def evolve_profiles(profiles: Profiles, fact: BankProfileRecorded) -> Profiles:
    """The versions after one more."""
    return {**profiles, (fact.profile, fact.version): fact}


def evolve(state: Profiling, fact: Fact) -> Profiling:
    """The state after one more fact."""
    if isinstance(fact, BankAccountFact):
        return replace(state, accounts=evolve_accounts(state.accounts, fact))
    if isinstance(fact, BankProfileRecorded):
        return replace(state, profiles=evolve_profiles(state.profiles, fact))
    return state


# Decide


def decide(state: Profiling, command: RecordBankProfile, by: By) -> Sequence[Fact]:
    """Record the next version; nothing where the latest says the same."""
    latest = max(state.profiles.values(), key=lambda one: one.version, default=None)
    if latest is not None and (latest.columns, latest.bank_account) == (command.columns, command.bank_account):
        return ()
    if command.bank_account is not None:
        account = state.accounts.known.get(command.bank_account)
        if account is None:
            raise BankAccountUnknown(
                f"there is no bank account {command.bank_account}; open it first (open-bank-account)",
                field="bank_account",
            )
        if account.opened.currency != command.columns.currency:
            detail = f"{command.bank_account} is in {account.opened.currency}, the table in {command.columns.currency}"
            raise BankAccountOfAnother(detail, field="columns.currency")
    if (fault := command.columns.fault()) is not None:
        raise BankProfileMalformed(f"the profile {command.profile}: {fault}", field="columns")
    recorded = BankProfileRecorded(
        effective_on=command.effective_on,
        profile=command.profile,
        version=1 if latest is None else latest.version + 1,
        columns=command.columns,
        bank_account=command.bank_account,
    )
    return (recorded,)


def check_profile(profiles: Profiles, read_by: ProfileVersion, bank_account: str) -> None:
    """Check that files of an account may be read by a version. Raises BankProfileUnknown, BankProfileOfAnother."""
    found = profiles.get((read_by.profile, read_by.version))
    if found is None:
        detail = f"there is no version {read_by.version} of a bank's profile {read_by.profile}"
        raise BankProfileUnknown(f"{detail}; record it first (record-bank-profile)", field="read_by")
    if found.bank_account not in (None, bank_account):
        detail = f"the profile {read_by.profile} is of {found.bank_account}, the file of {bank_account}"
        raise BankProfileOfAnother(detail, field="read_by")


BANK_PROFILES: Decider[RecordBankProfile, Profiling] = Decider(
    (RecordBankProfile,),
    Profiling(),
    lambda command: (*ACCOUNT_TAGS, profile_tag(command.profile)),
    evolve,
    decide,
)

# Withdrawing


def _reads(fact: Fact, step: BankProfileRecorded) -> bool:
    """Tell whether a statement was read by a version."""
    return isinstance(fact, BankStatementTaken) and fact.read_by == ProfileVersion(
        profile=step.profile, version=step.version
    )


def _advice(fact: BankStatementTaken) -> str:
    return f"withdraw statement {fact.statement} of {fact.bank_account} first (withdraw-bank-statement)"


BANK_PROFILE_STEPS = Withdrawing(
    withdrawn=BankProfileWithdrawn,
    steps=(BankProfileRecorded,),
    unknown=BankProfileUnknown,
    not_latest=BankProfileNeeded,
    rests=_reads,
    advice=_advice,
).decider(WithdrawBankProfile, lambda command: (profile_tag(command.profile), read_by_tag(command.profile)))
