"""What was done of the dates that need an act: one is completed, or waived with a reason. Which dates there are, the
facts of the contracts say; this is about the act alone.

Commands    CompleteDiaryEntry, WaiveDiaryEntry, WithdrawDiaryStep
Facts       diary.entry-completed, diary.entry-waived; diary.step-withdrawn: one of them was a mistake
Refusals    EntryDecided      it is done or waived already, on another day or for another reason (conflict)
            EntryStepUnknown  no such step of that day stands (unknown)

An entry is named by its id, which says the kind, the thing and the day: `break/l-1/2027-06-30`. Where the day moves,
the entry is another one, and waits anew.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, ClassVar, Literal, get_args

from msgspec import Meta, Struct

from ledger.decider import By, Command, Decider, Fact, Id, Refusal, Text, Withdrawn, said, stored_name
from ledger.values.days import Happened, OnRecord

DiaryKind = Literal[
    "LEASE_START",
    "RENT_STEP",
    "RENT_FREE_END",
    "RENT_REVIEW",
    "TURNOVER",
    "BREAK_NOTICE",
    "BREAK",
    "RENEWAL_NOTICE",
    "EXPIRY",
    "SURRENDER",
    "DEPOSIT_RETURN",
    "TRANCHE",
    "COVENANT_TEST",
    "QUOTATION_END",
    "MILESTONE",
    "WARRANTY_END",
    "CONTRACT_YEAR_END",
    "OFFTAKE_END",
    "VAT_RETURN",
    "VAT_PAYMENT",
    "TERMINATION_PAYMENT",
    "CERTIFICATE_EXPIRY",
]
KINDS: tuple[DiaryKind, ...] = get_args(DiaryKind)
"""The kinds of dates, as an id begins with them in small letters: break-notice."""

EntryId = Annotated[
    str,
    Meta(
        pattern=r"^[a-z]+(-[a-z]+)*(/[A-Za-z0-9][A-Za-z0-9._-]{0,99}){1,3}/[0-9]{4}-[0-9]{2}-[0-9]{2}$(?!\n)",
        max_length=400,
        description="The id of an entry of the diary, as the diary says it: break/l-1/2027-06-30.",
    ),
]

# Facts

# Names are storage: a tag below is written into every stored fact and never changes.


class EntryFact(Fact, frozen=True, kw_only=True):
    """Something that was done about an entry of the diary."""

    tag_fields: ClassVar[tuple[str, ...]] = ("entry",)
    derived: ClassVar[tuple[str, ...]] = ("by",)
    entry: EntryId
    by: Id


class EntryCompleted(EntryFact, frozen=True, kw_only=True, tag="diary.entry-completed"):
    """The act that the date asks for was done on this day."""

    note: Text | None = None


class EntryWaived(EntryFact, frozen=True, kw_only=True, tag="diary.entry-waived"):
    """Nothing is done about it, for a reason."""

    reason: Text


class DiaryStepWithdrawn(Withdrawn, frozen=True, kw_only=True, tag="diary.step-withdrawn"):
    """An entry was said to be completed or waived by mistake."""

    thing: ClassVar[str] = "entry"
    entry: EntryId


# Commands


class CompleteDiaryEntry(Command, frozen=True, kw_only=True, tag="complete-diary-entry"):
    """Record that the act was done which a date asks for."""

    effective_on: Happened
    put_right: ClassVar[str] = "`withdraw-diary-step`: it waits again."
    entry: EntryId
    note: Text | None = None


class WaiveDiaryEntry(Command, frozen=True, kw_only=True, tag="waive-diary-entry"):
    """Decide that nothing is done about a date, and say why."""

    effective_on: Happened
    put_right: ClassVar[str] = "`withdraw-diary-step`: it waits again."
    entry: EntryId
    reason: Text


class WithdrawDiaryStep(Command, frozen=True, kw_only=True, tag="withdraw-diary-step"):
    """Take back that an entry was completed or waived; `effective_on` is the day of that."""

    effective_on: OnRecord
    put_right: ClassVar[str] = "`complete-diary-entry` or `waive-diary-entry` again."
    entry: EntryId
    reason: Text


DiaryCommand = CompleteDiaryEntry | WaiveDiaryEntry | WithdrawDiaryStep

# Refusals


class EntryDecided(Refusal):
    """It is done or waived already, on another day or for another reason."""

    code = "diary-entry-decided"
    kind = "conflict"


class EntryStepUnknown(Refusal):
    """No such step of that day stands."""

    code = "diary-step-unknown"
    kind = "unknown"


# State


class Entries(Struct, frozen=True, kw_only=True):
    """The latest word about each entry, by its id."""

    said: Mapping[str, EntryCompleted | EntryWaived | DiaryStepWithdrawn] = MappingProxyType({})


# Evolve


def evolve(entries: Entries, fact: Fact) -> Entries:
    """The entries after one more fact."""
    if isinstance(fact, EntryCompleted | EntryWaived | DiaryStepWithdrawn):
        return Entries(said={**entries.said, fact.entry: fact})
    return entries


# Scope


def scope(command: DiaryCommand) -> tuple[str, ...]:
    """The entry itself."""
    return (f"entry:{command.entry}",)


# Decide


def decide(entries: Entries, command: DiaryCommand, by: By) -> Sequence[Fact]:
    """Complete or waive an entry, or take that back; nothing where it is so already."""
    latest = entries.said.get(command.entry)
    match command:
        case WithdrawDiaryStep():
            return _withdraw(latest, command)
        case CompleteDiaryEntry():
            _check_undecided(latest, said(EntryCompleted, command), command)
            new: Fact = EntryCompleted(
                effective_on=command.effective_on, entry=command.entry, by=by.actor, note=command.note
            )
        case WaiveDiaryEntry():
            _check_undecided(latest, said(EntryWaived, command), command)
            new = EntryWaived(
                effective_on=command.effective_on, entry=command.entry, by=by.actor, reason=command.reason
            )
    return () if latest is not None and latest.asked == new.asked else (new,)


def _check_undecided(
    latest: EntryCompleted | EntryWaived | DiaryStepWithdrawn | None, asked: tuple[object, ...], command: DiaryCommand
) -> None:
    """Check that nothing else was decided. Raises EntryDecided."""
    if isinstance(latest, EntryCompleted | EntryWaived) and latest.asked != asked:
        how = "done" if isinstance(latest, EntryCompleted) else f"waived ({latest.reason})"
        raise EntryDecided(
            f"{command.entry} is {how} since {latest.effective_on}; withdraw-diary-step of that day, then say it anew",
            field="entry",
        )


def _withdraw(
    latest: EntryCompleted | EntryWaived | DiaryStepWithdrawn | None, command: WithdrawDiaryStep
) -> Sequence[Fact]:
    if isinstance(latest, EntryCompleted | EntryWaived) and latest.effective_on == command.effective_on:
        return (_taken_back(latest, command),)
    if isinstance(latest, DiaryStepWithdrawn) and latest.asked == _taken_back(latest, command).asked:
        return ()
    of = f"; it is of {latest.effective_on}" if isinstance(latest, EntryCompleted | EntryWaived) else ""
    raise EntryStepUnknown(f"nothing of {command.effective_on} stands about {command.entry}{of}", field="effective_on")


def _taken_back(latest: Fact, command: WithdrawDiaryStep) -> DiaryStepWithdrawn:
    """The withdrawal of the latest step; of a withdrawal, the same again."""
    step = latest.step if isinstance(latest, DiaryStepWithdrawn) else stored_name(type(latest))
    return DiaryStepWithdrawn(
        effective_on=command.effective_on, entry=command.entry, step=step, reason=command.reason, touched=latest.tags
    )


DIARY: Decider[DiaryCommand, Entries] = Decider(
    (CompleteDiaryEntry, WaiveDiaryEntry, WithdrawDiaryStep), Entries(), scope, evolve, decide
)
