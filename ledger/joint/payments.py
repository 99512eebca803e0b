"""A payment that one person asks for and another makes: what became of each, by its id, whatever it pays.

Payments           those that were asked for, rejected, made, and came back
waiting            those that nobody has made or rejected yet
asked              what of something each that waits would pay
check_not_ended    an id is spent once its payment was rejected or came back
check_undecided    one is decided once, and not before it was asked for
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any, Generic, Protocol, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from ledger.decider import Refusal

NOTHING: Mapping[Any, Any] = MappingProxyType({})


class OfOnePayment(Protocol):
    """A step of one payment on a day, asked for or recorded."""

    @property
    def payment(self) -> str:
        """The id of the payment."""

    @property
    def effective_on(self) -> date:
        """The day of the step."""


Proposed = TypeVar("Proposed", bound=OfOnePayment)
Rejected = TypeVar("Rejected", bound=OfOnePayment)
Made = TypeVar("Made", bound=OfOnePayment)
Returned = TypeVar("Returned", bound=OfOnePayment)


class Payments(Struct, Generic[Proposed, Rejected, Made, Returned], frozen=True, kw_only=True):
    """The payments of one scope, by id: each step that was recorded of them."""

    proposed: Mapping[str, Proposed] = NOTHING
    rejected: Mapping[str, Rejected] = NOTHING
    made: Mapping[str, Made] = NOTHING
    returned: Mapping[str, Returned] = NOTHING

    def with_proposed(self, fact: Proposed) -> "Payments[Proposed, Rejected, Made, Returned]":
        """Add one that is asked for."""
        return replace(self, proposed={**self.proposed, fact.payment: fact})

    def with_rejected(self, fact: Rejected) -> "Payments[Proposed, Rejected, Made, Returned]":
        """Say that one is not made."""
        return replace(self, rejected={**self.rejected, fact.payment: fact})

    def with_made(self, fact: Made) -> "Payments[Proposed, Rejected, Made, Returned]":
        """Say that one was made."""
        return replace(self, made={**self.made, fact.payment: fact})

    def with_returned(self, fact: Returned) -> "Payments[Proposed, Rejected, Made, Returned]":
        """Say that one came back."""
        return replace(self, returned={**self.returned, fact.payment: fact})

    @property
    def waiting(self) -> Sequence[Proposed]:
        """The payments that nobody has made or rejected yet."""
        return [one for name, one in self.proposed.items() if name not in self.made and name not in self.rejected]

    def asked(self, amount_of: Callable[[Proposed], int]) -> dict[str, int]:
        """The amount of something that each payment that waits would pay, by its id; `amount_of` says it of one."""
        return {one.payment: amount for one in self.waiting if (amount := amount_of(one))}

    def check_not_ended(self, payment: str, refusal: type[Refusal]) -> None:
        """Check that a payment was neither rejected nor returned: its id is spent. Raises `refusal`."""
        ended: dict[str, OfOnePayment | None] = {
            "rejected": self.rejected.get(payment),
            "returned": self.returned.get(payment),
        }
        for what, fact in ended.items():
            if fact is not None:
                raise refusal(
                    f"payment {payment} was {what} on {fact.effective_on}; choose another id", field="payment"
                )

    def check_undecided(self, step: OfOnePayment, decided: type[Refusal], early: type[Refusal]) -> None:
        """Check that nobody has decided of a payment yet, nor does so before it is proposed. Raises `decided`,
        `early`."""
        name, proposed = step.payment, self.proposed[step.payment]
        already: dict[str, OfOnePayment | None] = {"made": self.made.get(name), "rejected": self.rejected.get(name)}
        for what, fact in already.items():
            if fact is not None:
                raise decided(f"payment {name} was {what} on {fact.effective_on}")
        if step.effective_on < proposed.effective_on:
            raise early(
                f"{name} was proposed on {proposed.effective_on}; nothing comes of it earlier", field="effective_on"
            )
