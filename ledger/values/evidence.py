"""Documents that prove something.

Evidence   a document by its name and SHA-256; the document itself is kept elsewhere
Override   why a rule was passed over, on whose word, and what proves it
Grounds    why somebody asks for that, and what proves it
"""

from datetime import date
from typing import Annotated

from msgspec import Meta, Struct

from ledger.decider import Id, Text

Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$(?!\n)", description="64 lower-case hexadecimal digits.")]


class Evidence(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A document that proves what is recorded: anybody who holds it can compare its SHA-256."""

    doc: Text
    sha256: Sha256
    url: Text | None = None


class Override(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A check passed over on purpose. `approver` is a second person, not the one who records.

    approved_on   the day of the decision, which may come after the day it holds from; unknown of the earliest ones
    """

    reason: Text
    approver: Id
    evidence: Evidence
    approved_on: date | None = None


class Grounds(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Why a check ought to be passed over. Leave `approver` out: who approves does so with credentials of their own."""

    reason: Text
    evidence: Evidence
    approver: Id | None = None
