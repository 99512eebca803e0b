"""Commands: diary.

Made from docs/openapi.json by `python -m api.client.making docs/openapi.json`.
"""

from datetime import date

from api.client.parts import Command


class CompleteDiaryEntry(Command, frozen=True, kw_only=True, tag="complete-diary-entry"):
    """Record that the act was done which a date asks for."""

    effective_on: date
    entry: str
    note: str | None = None


class WaiveDiaryEntry(Command, frozen=True, kw_only=True, tag="waive-diary-entry"):
    """Decide that nothing is done about a date, and say why."""

    effective_on: date
    entry: str
    reason: str


class WithdrawDiaryStep(Command, frozen=True, kw_only=True, tag="withdraw-diary-step"):
    """Take back that an entry was completed or waived; `effective_on` is the day of that."""

    effective_on: date
    entry: str
    reason: str
