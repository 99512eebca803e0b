"""Commands: claims.

Made from docs/openapi.json by `python -m api.client.making docs/openapi.json`.
"""

from datetime import date

from api.client.parts import Command


class RecordClaim(Command, frozen=True, kw_only=True, tag="record-claim"):
    """Keep a public statement. `effective_on` is the first day of `claimed_on`."""

    effective_on: date
    claim: str
    subject: str
    company: str | None = None
    claimed_on: str
    statement: str
    source: str


class WithdrawClaim(Command, frozen=True, kw_only=True, tag="withdraw-claim"):
    """Withdraw a public statement that was recorded wrong; `effective_on` is the claim's own day."""

    effective_on: date
    claim: str
    reason: str
