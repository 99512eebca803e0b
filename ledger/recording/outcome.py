"""What became of a command.

Done, Refused, Previewed   it was decided; the first two are kept for ever under its idempotency key
Answers                    of commands that were decided together, whether they were kept
NotDone                    it was not decided, or nobody can say: a tree of exceptions
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import msgspec
from msgspec import Struct

from ledger.decider import Fact, Fault


class Noted(Struct, frozen=True):
    """One recorded fact: where it stands, and its stored name."""

    position: int
    fact: str


class Done(Struct, frozen=True, tag_field="outcome", tag="done"):
    """The command is true now. `facts` is empty where it was so already; `position` includes everything it rests on."""

    position: int
    recorded_at: datetime
    facts: tuple[Noted, ...]


class Refused(Struct, frozen=True, omit_defaults=True, tag_field="outcome", tag="refused"):
    """A rule said no. `position` is what the decision had seen; `code` and `kind` are the Refusal's; `faults`:
    all that it is refused for, where it asks for many things."""

    position: int
    code: str
    kind: Literal["unknown", "conflict", "rule"]
    detail: str
    field: str | None = None
    faults: tuple[Fault, ...] = ()


class Previewed(Struct, frozen=True, tag_field="outcome", tag="previewed"):
    """A preview: the facts that would be recorded, and were not."""

    position: int
    facts: tuple[Fact, ...]


Outcome = Done | Refused | Previewed


class Answer(Struct, frozen=True):
    """An outcome; `replayed` where it was given before under the same key."""

    outcome: Outcome
    replayed: bool = False


@dataclass(frozen=True)
class Answers:
    """The answers to commands that were decided together, in their order.

    kept   all of them are as answered; else nothing was recorded, and what would have been is Previewed
    """

    each: "tuple[Answer | NotDone, ...]"
    kept: bool


decode_outcome = msgspec.json.Decoder(Done | Refused).decode


class NotDone(Exception):
    """The command was not decided.

    NotDone
    ├── Busy          the queue is full; nothing was done
    ├── Unavailable   the database did not answer, or the ledger is stopping; nothing was done
    ├── StorageFull   no room; nothing was done
    ├── Unknown       the commit was not confirmed: ask again with the same key
    ├── KeyReused     the idempotency key belongs to another command
    ├── Changed       something was recorded of the thing since its caller looked; nothing was done
    └── Faulty        a fault of ours; nothing was done
    """


class Busy(NotDone):
    """The queue is full."""


class Unavailable(NotDone):
    """The ledger cannot record now."""


class StorageFull(NotDone):
    """The disk or database is full."""


class Unknown(NotDone):
    """The commit was not confirmed."""


class KeyReused(NotDone):
    """The key was used for another command."""


class Changed(NotDone):
    """More was recorded of the thing since its caller looked at it."""


class Faulty(NotDone):
    """A fault of ours, while deciding."""
