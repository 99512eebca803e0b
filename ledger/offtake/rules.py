"""What any command of offtake shares: its base, its refusals' base, and what one part of the context is.

OfftakeCommand, OfftakeRefusal
OfftakeId, Part
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from msgspec import Meta

from ledger.decider import By, Command, Fact, Refusal

OfftakeId = Annotated[
    str,
    Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$(?!\n)", description="Lower-case letters, digits and hyphens; 1 to 40."),
]
"""Shorter than other identifiers: the invoices of an agreement are named after it."""


class OfftakeCommand(Command, frozen=True, kw_only=True):
    """Something asked of an offtake agreement or one of its meters."""


class OfftakeRefusal(Refusal):
    """A rule about energy offtake said no."""


@dataclass(frozen=True)
class Part:
    """One sub-domain of offtake.

    decide   command -> (state, command, who asks) -> the new facts; raises Refusal
    scope    command -> the tags it must see
    """

    decide: Mapping[type[Command], Callable[[Any, Any, By], Sequence[Fact]]]
    scope: Mapping[type[Command], Callable[[Any], tuple[str, ...]]]
