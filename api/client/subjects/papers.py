"""Commands: papers.

Made from docs/openapi.json by `python -m api.client.making docs/openapi.json`.
"""

from datetime import date
from typing import Literal

from api.client.parts import Command


class IssuePaper(Command, frozen=True, kw_only=True, tag="issue-paper"):
    """Record that a paper went out, with its hash; `mcsc paper --issue` and the desk make both in one step."""

    effective_on: date
    sha256: str
    kind: Literal["CREDIT_NOTE", "ENERGY_STATEMENT", "INVOICE", "STATEMENT_OF_ACCOUNT"]
    name: str
    company: str
    shows: date
    position: int
    root: str
    from_on: date | None = None
