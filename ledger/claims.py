"""Public claims about the city and its companies: dated, sourced, and kept also where they contradict each other.

Commands    RecordClaim, WithdrawClaim
Facts       claim.recorded; claim.withdrawn: it was recorded wrong
Refusals    ClaimDateMismatch   effective_on is not the first day of claimed_on
            ClaimDiffers        this claim's id is taken by another statement
            ClaimUnknown        no such claim of that day stands (unknown)
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, ClassVar

from msgspec import Meta

from ledger.decider import By, Command, Decider, Fact, Id, Refusal, Text, Withdrawn, said, stored_name
from ledger.values.days import Happened, OnRecord

PartialDate = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$(?!\n)",
        description="A year, a month or a day: 2021, 2021-11 or 2021-11-07.",
    ),
]

# Facts

# Names are storage: a tag below is written into every stored fact and never changes.


class PublicClaimRecorded(Fact, frozen=True, kw_only=True, tag="claim.recorded"):
    """Somebody stated something in public. It says what was said, not that it is so."""

    tag_fields: ClassVar = ("claim", "company")
    claim: Id
    subject: Text
    company: Id | None = None
    claimed_on: PartialDate
    statement: Text
    source: Text


class ClaimWithdrawn(Withdrawn, frozen=True, kw_only=True, tag="claim.withdrawn"):
    """A statement was recorded wrong: nobody said that, or not so."""

    claim: Id


# Commands


class RecordClaim(Command, frozen=True, kw_only=True, tag="record-claim"):
    """Keep a public statement. `effective_on` is the first day of `claimed_on`."""

    effective_on: Happened
    put_right: ClassVar[str] = "`withdraw-claim`, then `record-claim` says what was said, under the same id or another."
    claim: Id
    subject: Text
    company: Id | None = None
    claimed_on: PartialDate
    statement: Text
    source: Text


class WithdrawClaim(Command, frozen=True, kw_only=True, tag="withdraw-claim"):
    """Withdraw a public statement that was recorded wrong; `effective_on` is the claim's own day."""

    effective_on: OnRecord
    put_right: ClassVar[str] = "`record-claim` again."
    claim: Id
    reason: Text


ClaimCommand = RecordClaim | WithdrawClaim

# Refusals


class ClaimDateMismatch(Refusal):
    """effective_on is not the first day of claimed_on."""

    code = "claim-date-mismatch"


class ClaimDiffers(Refusal):
    """This claim's id is taken by another statement."""

    code = "claim-differs"
    kind = "conflict"


class ClaimUnknown(Refusal):
    """No such claim of that day stands."""

    code = "claim-unknown"
    kind = "unknown"


# State

Claims = Mapping[str, PublicClaimRecorded | ClaimWithdrawn]
"""id -> the claim, or its withdrawal: the latest word."""

# Evolve


def evolve(claims: Claims, fact: Fact) -> Claims:
    """The claims by id, with one more."""
    return {**claims, fact.claim: fact} if isinstance(fact, PublicClaimRecorded | ClaimWithdrawn) else claims


# Scope


def scope(command: ClaimCommand) -> tuple[str, ...]:
    """The claim itself."""
    return (f"claim:{command.claim}",)


# Decide


def decide(claims: Claims, command: ClaimCommand, by: By) -> Sequence[Fact]:
    """Keep a statement or withdraw it; nothing where it is so already."""
    return _record(claims, command) if isinstance(command, RecordClaim) else _withdraw(claims, command)


def _record(claims: Claims, command: RecordClaim) -> Sequence[Fact]:
    first = first_day(command.claimed_on)
    if command.effective_on.isoformat() != first:
        raise ClaimDateMismatch(f"a claim of {command.claimed_on} is effective on {first}", field="effective_on")
    claim = claims.get(command.claim)
    if claim is not None and claim.asked == said(PublicClaimRecorded, command):
        return ()
    if isinstance(claim, PublicClaimRecorded):
        raise ClaimDiffers(
            f"claim {command.claim} is kept already and says otherwise; choose another id, or withdraw what was "
            "recorded wrong (withdraw-claim)",
            field="claim",
        )
    return (
        PublicClaimRecorded(
            effective_on=command.effective_on,
            claim=command.claim,
            subject=command.subject,
            company=command.company,
            claimed_on=command.claimed_on,
            statement=command.statement,
            source=command.source,
        ),
    )


def _withdraw(claims: Claims, command: WithdrawClaim) -> Sequence[Fact]:
    claim, step = claims.get(command.claim), stored_name(PublicClaimRecorded)
    if isinstance(claim, PublicClaimRecorded) and claim.effective_on == command.effective_on:
        return (
            ClaimWithdrawn(
                effective_on=command.effective_on,
                claim=command.claim,
                step=step,
                reason=command.reason,
                touched=claim.tags,
            ),
        )
    if claim is not None and claim.asked == said(ClaimWithdrawn, command, step=step, touched=()):
        return ()
    is_of = f"; it is of {claim.effective_on}" if isinstance(claim, PublicClaimRecorded) else ""
    raise ClaimUnknown(f"no claim {command.claim} of {command.effective_on} stands{is_of}", field="claim")


def first_day(claimed_on: str) -> str:
    """The first day of a year, month or day, as an ISO date."""
    return claimed_on + "-01-01"[len(claimed_on) - 4 :] if len(claimed_on) < 10 else claimed_on


CLAIMS: Decider[ClaimCommand, Claims] = Decider(
    (RecordClaim, WithdrawClaim), MappingProxyType({}), scope, evolve, decide
)
