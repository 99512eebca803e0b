"""Papers that went out: each is known again by the SHA-256 of its bytes.

Commands    IssuePaper
Facts       paper.issued: by whom and when, the envelope says
Refusals    PaperContradicts   these bytes were issued as another paper (conflict)

A paper in hand is looked up by its hash: that finds which document it was, on which basis, when, and by whose hand it
went out. A paper that only was looked at is no fact.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, ClassVar, Literal

from msgspec import Meta
from msgspec.structs import replace

from ledger.decider import By, Command, Decider, Fact, Id, Refusal, said
from ledger.values.days import Happened
from ledger.values.evidence import Sha256

PaperKind = Literal["STATEMENT_OF_ACCOUNT", "INVOICE", "CREDIT_NOTE", "ENERGY_STATEMENT"]
Named = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}(/[A-Za-z0-9][A-Za-z0-9._-]{0,99})?$(?!\n)",
        description="The document, the tenant of a statement, or AGREEMENT/2026-05-r0: as `mcsc paper` takes it.",
    ),
]

# Facts


class PaperIssued(Fact, frozen=True, kw_only=True, tag="paper.issued"):
    """A paper went out to a company; `effective_on` is the day on which it did.

    sha256    of its bytes
    kind, name  the document, tenant or month that it shows; from_on: the first day of a statement's movements
    shows, position, root   the basis that it names: effective on a day, as recorded by a position and its root
    """

    sha256: Sha256
    kind: PaperKind
    name: Named
    company: Id
    shows: date
    position: Annotated[int, Meta(ge=0, le=2**63 - 1)]
    root: Sha256
    from_on: date | None = None

    @property
    def tags(self) -> tuple[str, ...]:
        """Its hash."""
        return (tag_of(self.sha256),)


def tag_of(sha256: str) -> str:
    """The tag of all that is recorded of a paper."""
    return f"paper:{sha256}"


# Commands


class IssuePaper(Command, frozen=True, kw_only=True, tag="issue-paper"):
    """Record that a paper went out, with its hash; `mcsc paper --issue` and the desk make both in one step."""

    put_right: ClassVar[str] = (
        "Nothing is to be put right: it went out. What it shows is put right by its document, and `issue-paper` says"
        " what goes out then."
    )
    effective_on: Happened
    sha256: Sha256
    kind: PaperKind
    name: Named
    company: Id
    shows: date
    position: Annotated[int, Meta(ge=0, le=2**63 - 1)]
    root: Sha256
    from_on: date | None = None

    @property
    def rests_on(self) -> int:
        """The position that the paper names."""
        return self.position


# Refusals


class PaperContradicts(Refusal):
    """These bytes were issued as another paper."""

    code = "paper-contradicts"
    kind = "conflict"


# State

Papers = Mapping[date, PaperIssued]
"""The times that a paper went out, by the day."""

# Evolve


def evolve(papers: Papers, fact: Fact) -> Papers:
    """The times that a paper went out, after one more fact."""
    return {**papers, fact.effective_on: fact} if isinstance(fact, PaperIssued) else papers


# Scope


def scope(command: IssuePaper) -> tuple[str, ...]:
    """The paper."""
    return (tag_of(command.sha256),)


# Decide


def decide(papers: Papers, command: IssuePaper, by: By) -> Sequence[Fact]:
    """Record that a paper went out; nothing where it did that day already. Raises PaperContradicts."""
    if said(PaperIssued, command) in [paper.asked for paper in papers.values()]:
        return ()
    new = PaperIssued(
        effective_on=command.effective_on,
        sha256=command.sha256,
        kind=command.kind,
        name=command.name,
        company=command.company,
        shows=command.shows,
        position=command.position,
        root=command.root,
        from_on=command.from_on,
    )
    for earlier in papers.values():
        if replace(earlier, effective_on=command.effective_on) != new:
            detail = f"these bytes are {earlier.name} for {earlier.company} as of {earlier.shows}, and nothing else"
            raise PaperContradicts(detail, field="sha256")
    return (new,)


PAPERS: Decider[IssuePaper, Papers] = Decider((IssuePaper,), {}, scope, evolve, decide)
