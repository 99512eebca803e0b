"""Certificates: somebody held the read models against the log, and this is what they found.

Commands    CertifyReadModels
Facts       log.read-models-certified: by whom the envelope says
Refusals    CertificateContradicts   a read model is named twice, or the outcome is not that of the rows that differ

`mcsc check --certify` and `mcsc rebuild` record them: what was live on a day stays on record, sealed with the rest. A
certificate says what one program found, and proves nothing by itself: `mcsc check` finds it again.
"""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from msgspec import Meta, Struct

from ledger.decider import Asked, By, Command, Decider, Fact, Refusal, Text, remember, said
from ledger.values.days import Happened
from ledger.values.evidence import Sha256

CERTIFICATES_TAG = "read-models"
Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,62}$(?!\n)", description="As `mcsc check` names it.")]
Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Outcome = Literal["AGREES", "DIFFERS", "MADE_ANEW"]
"""Every row is as the log says; some are not; the rows were made anew, and took the place of others that differed or
could not be compared."""
Occasion = Literal["CHECK", "REBUILD"]


class TableDigest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The rows of a table that is live: how many, and the SHA-256 of them all in the order of their keys."""

    table: Name
    rows: Count
    sha256: Sha256


class Certificate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A read model as somebody found it.

    version       of its rows, as the program counts them
    position      the facts that it knew; root: the hash that seals these
    different     the rows that were not as the log says
    """

    view: Name
    version: Count
    position: Count
    root: Sha256
    outcome: Outcome
    different: Count
    tables: Annotated[tuple[TableDigest, ...], Meta(min_length=1, max_length=100)]


Certificates = Annotated[tuple[Certificate, ...], Meta(min_length=1, max_length=100)]

# Facts


class ReadModelsCertified(Fact, frozen=True, kw_only=True, tag="log.read-models-certified"):
    """Somebody held read models against the log; `program` is the version that they did it with."""

    occasion: Occasion
    program: Text
    views: Certificates

    @property
    def tags(self) -> tuple[str, ...]:
        """All certificates are found together, and those of each read model."""
        return (CERTIFICATES_TAG, *(f"read-model:{one.view}" for one in self.views))


# Commands


class CertifyReadModels(Command, frozen=True, kw_only=True, tag="certify-read-models"):
    """Record what was found when read models were held against the log; `mcsc check --certify` does so."""

    put_right: ClassVar[str] = "Nothing is to be put right: `certify-read-models` again says what is found then."
    effective_on: Happened
    occasion: Occasion
    program: Text
    views: Certificates

    @property
    def rests_on(self) -> int:
        """The last position that a read model knew."""
        return max(one.position for one in self.views)


# Refusals


class CertificateContradicts(Refusal):
    """A read model is named twice, or the outcome is not that of the rows that differ."""

    code = "certificate-contradicts"


# Evolve


def evolve(asked: Asked, fact: Fact) -> Asked:
    """The certificates there are."""
    return remember(asked, fact) if isinstance(fact, ReadModelsCertified) else asked


# Scope


def scope(command: CertifyReadModels) -> tuple[str, ...]:
    """All of them."""
    return (CERTIFICATES_TAG,)


# Decide


def decide(asked: Asked, command: CertifyReadModels, by: By) -> Sequence[Fact]:
    """Record a certificate; nothing where the same one is recorded already."""
    if said(ReadModelsCertified, command) in asked.values():
        return ()
    names = [one.view for one in command.views]
    for name in names:
        if names.count(name) > 1:
            raise CertificateContradicts(f"{name} is named twice; say once what was found of it", field="views")
    for one in command.views:
        if (one.outcome == "AGREES") != (one.different == 0) and one.outcome != "MADE_ANEW":
            raise CertificateContradicts(
                f"{one.view}: {one.different:,} rows differ, so the outcome is "
                f"{'DIFFERS' if one.different else 'AGREES'}, not {one.outcome}",
                field="views",
            )
    return (
        ReadModelsCertified(
            effective_on=command.effective_on,
            occasion=command.occasion,
            program=command.program,
            views=command.views,
        ),
    )


CERTIFICATES: Decider[CertifyReadModels, Asked] = Decider((CertifyReadModels,), {}, scope, evolve, decide)
