"""Public claims about the city and its companies: dated, sourced, and kept also where they contradict each other.

Commands    RecordClaim
Facts       claim.recorded
Refusals    ClaimDateMismatch   effective_on is not the first day of claimed_on
            ClaimDiffers        this claim's id is taken by another statement
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, ClassVar

from msgspec import Meta

from ledger.decider import By, Command, Decider, Fact, Id, Refusal, Text, said
from ledger.values.days import Happened

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


# Commands


class RecordClaim(Command, frozen=True, kw_only=True, tag="record-claim"):
    """Keep a public statement. `effective_on` is the first day of `claimed_on`."""

    effective_on: Happened
    put_right: ClassVar[str] = "Record what was said under another id: `record-claim`; the wrong one stays as it was."
    claim: Id
    subject: Text
    company: Id | None = None
    claimed_on: PartialDate
    statement: Text
    source: Text


# Refusals


class ClaimDateMismatch(Refusal):
    """effective_on is not the first day of claimed_on."""

    code = "claim-date-mismatch"


class ClaimDiffers(Refusal):
    """This claim's id is taken by another statement."""

    code = "claim-differs"
    kind = "conflict"


# State

Claims = Mapping[str, PublicClaimRecorded]
"""id -> the claim."""

# Evolve


def evolve(claims: Claims, fact: Fact) -> Claims:
    """The claims by id, with one more."""
    return {**claims, fact.claim: fact} if isinstance(fact, PublicClaimRecorded) else claims


# Scope


def scope(command: RecordClaim) -> tuple[str, ...]:
    """The claim itself."""
    return (f"claim:{command.claim}",)


# Decide


def decide(claims: Claims, command: RecordClaim, by: By) -> Sequence[Fact]:
    """Keep the statement, unless it is kept already."""
    first = first_day(command.claimed_on)
    if command.effective_on.isoformat() != first:
        raise ClaimDateMismatch(f"a claim of {command.claimed_on} is effective on {first}", field="effective_on")
    claim = claims.get(command.claim)
    if claim is not None and claim.asked == said(PublicClaimRecorded, command):
        return ()
    if claim is not None:
        raise ClaimDiffers(
            f"claim {command.claim} is kept already and says otherwise; choose another id", field="claim"
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


def first_day(claimed_on: str) -> str:
    """The first day of a year, month or day, as an ISO date."""
    return claimed_on + "-01-01"[len(claimed_on) - 4 :] if len(claimed_on) < 10 else claimed_on


CLAIMS: Decider[RecordClaim, Claims] = Decider((RecordClaim,), MappingProxyType({}), scope, evolve, decide)
