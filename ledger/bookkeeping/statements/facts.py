"""Everything that is recorded of bank statements.

Fact (bank.…)           About
statement-taken         a statement of an account as the bank wrote it, with its file's SHA-256
statement-withdrawn     it was recorded by mistake
profile-recorded        the columns of a bank's table and their meaning, a version of it
profile-withdrawn       it was recorded by mistake
line-matched            somebody says which payments on record a line is
line-put-aside          somebody says why a line waits for nothing more
line-step-withdrawn     one of these two was recorded by mistake

A line is known by its account, its statement and its entry there. What the bank calls a payment is kept as text, in
the bank's own characters: it may be missing, and may come twice.

Tags: `bank-statements:ACCOUNT`; `bank-profiles` and `bank-profile:NAME`, with `bank-profile-read:NAME` on what was read
by it. Names are storage: a tag below is written into every stored fact and never changes.
"""

from datetime import date
from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from ledger.bookkeeping.statements.columns import Profile
from ledger.decider import Fact, Id, Text, Withdrawn
from ledger.once.bank import BankReference
from ledger.values.currencies import Currency
from ledger.values.evidence import Evidence

EntryName = Annotated[
    str,
    Meta(
        pattern=r"^[1-9][0-9]{0,5}(\.[1-9][0-9]{0,5})?$(?!\n)",
        description="The number of an entry in its statement: 3; of a payment in a batch: 3.2.",
    ),
]
References = Annotated[tuple[Text, ...], Meta(max_length=8, description="What the bank calls the payment, as text.")]


BANK_PROFILES_TAG = "bank-profiles"
"""The tag of every profile."""


class ProfileVersion(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A version of a profile on record."""

    profile: Id
    version: Annotated[int, Meta(ge=1, le=9999)]


class BankLine(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A booked entry of a statement, or one payment of a batch.

    amount_minor   in the account's currency; what went out is negative
    references     what the bank and the payer call it, the bank's first
    party, text    who is on the other side, what it is for
    reversal       the bank took an earlier entry back
    returned       the reason of a payment that came back, as the bank codes it
    """

    entry: EntryName
    booked_on: date
    value_on: date | None = None
    amount_minor: int
    references: tuple[Text, ...] = ()
    party: Text | None = None
    text: Text | None = None
    reversal: bool = False
    returned: Text | None = None

    @property
    def takes_back(self) -> bool:
        """Tell whether the bank says that it takes an earlier payment back: no money that is new."""
        return self.reversal or self.returned is not None


class BankStatementTaken(Fact, frozen=True, kw_only=True, tag="bank.statement-taken"):
    """A statement of an account; `effective_on` is its last day.

    came_on     the day on which the file came
    statement   the bank's name of it
    known       the entries that an earlier statement had already
    reason      why it was taken although balances do not meet
    read_by     the profile on record that said what the columns of its file mean
    """

    derived: ClassVar[tuple[str, ...]] = ("came_on", "known")
    came_on: date
    bank_account: Id
    statement: Text
    file: Evidence
    from_on: date
    currency: Currency
    opening_minor: int
    closing_minor: int
    lines: tuple[BankLine, ...] = ()
    known: tuple[EntryName, ...] = ()
    reason: Text | None = None
    read_by: ProfileVersion | None = None

    @property
    def tags(self) -> tuple[str, ...]:
        """All statements of the account, and all that were read by the profile."""
        read = () if self.read_by is None else (read_by_tag(self.read_by.profile),)
        return (statements_tag(self.bank_account), *read)


def statements_tag(bank_account: str) -> str:
    """The tag of every statement of an account."""
    return f"bank-statements:{bank_account}"


class BankStatementWithdrawn(Withdrawn, frozen=True, kw_only=True, tag="bank.statement-withdrawn"):
    """A statement was recorded by mistake: `about` is its name."""

    thing = "bank_account"
    bank_account: Id
    about: Text

    @staticmethod
    def about_of(fact: Fact) -> str | None:
        """The name of a statement."""
        return getattr(fact, "statement", None) or getattr(fact, "about", None)


class BankProfileRecorded(Fact, frozen=True, kw_only=True, tag="bank.profile-recorded"):
    """The meaning of the columns of a bank's table; the next version of a profile where one is on record.

    bank_account   the only one whose files are read by it; without it those of any
    """

    derived: ClassVar[tuple[str, ...]] = ("version",)
    profile: Id
    version: int
    columns: Profile
    bank_account: Id | None = None

    @property
    def tags(self) -> tuple[str, ...]:
        """All profiles are found together, and each alone."""
        return (BANK_PROFILES_TAG, profile_tag(self.profile))


def profile_tag(profile: str) -> str:
    """The tag of every version of a profile."""
    return f"bank-profile:{profile}"


def read_by_tag(profile: str) -> str:
    """The tag of every statement that was read by a profile."""
    return f"bank-profile-read:{profile}"


class BankProfileWithdrawn(Withdrawn, frozen=True, kw_only=True, tag="bank.profile-withdrawn"):
    """A version of a profile was recorded by mistake: `about` is its number."""

    thing = "profile"
    profile: Id
    about: Text

    @staticmethod
    def about_of(fact: Fact) -> str | None:
        """The number of a version."""
        version = getattr(fact, "version", None)
        return getattr(fact, "about", None) if version is None else str(version)


class BankLineFact(Fact, frozen=True, kw_only=True):
    """Said of a line by a person; `until_on` is its statement's last day."""

    derived: ClassVar[tuple[str, ...]] = ("until_on",)
    bank_account: Id
    statement: Text
    until_on: date
    entry: EntryName

    @property
    def about(self) -> str:
        """The line's name in a withdrawal, as the reconciliation has it."""
        return f"{self.statement}/{self.entry}"

    @property
    def tags(self) -> tuple[str, ...]:
        """All statements of the account."""
        return (statements_tag(self.bank_account),)


class BankLineMatched(BankLineFact, frozen=True, kw_only=True, tag="bank.line-matched"):
    """The line is the payments that are on record under these bank references."""

    bank_references: Annotated[tuple[BankReference, ...], Meta(min_length=1, max_length=50)]


class BankLinePutAside(BankLineFact, frozen=True, kw_only=True, tag="bank.line-put-aside"):
    """No payment of ours is behind the line, or none yet: it stays only at the bank, with the reason beside it."""

    reason: Text


class BankLineStepWithdrawn(Withdrawn, frozen=True, kw_only=True, tag="bank.line-step-withdrawn"):
    """A match, or that a line was put aside, was recorded by mistake: `about` is STATEMENT/ENTRY."""

    thing = "bank_account"
    bank_account: Id
    about: Text
