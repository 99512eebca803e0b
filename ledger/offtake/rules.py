"""What all commands and refusals of offtake share.

OfftakeId        the identifier of an agreement
OfftakeCommand   the base of every command
OfftakeRefusal   the base of every refusal
not_before       a step is not dated before what it rests on
"""

from datetime import date
from typing import Annotated

from msgspec import Meta

from ledger.decider import Command, Refusal
from ledger.values.days import Happened

OfftakeId = Annotated[
    str,
    Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$(?!\n)", description="Lower-case letters, digits and hyphens; 1 to 40."),
]
"""Shorter than other identifiers: the invoices of an agreement are named after it."""


class OfftakeCommand(Command, frozen=True, kw_only=True):
    """Something asked of an offtake agreement or one of its meters."""

    effective_on: Happened


class OfftakeRefusal(Refusal):
    """A rule about energy offtake said no."""


class OfftakeStepTooEarly(OfftakeRefusal):
    """Before what it follows; expiry before the last day."""

    code = "offtake-step-too-early"


def not_before(on: date, day: date, what: str) -> None:
    """Check that a step is not dated before what it rests on. Raises OfftakeStepTooEarly."""
    if on < day:
        raise OfftakeStepTooEarly(f"{what} on {day}, and this is dated {on}", field="effective_on")
