"""The four ideas every context is made of.

Fact      what happened: immutable, named for ever, tagged with every thing it touches
Command   what somebody asks for: a request in the imperative, decoded straight from their input
Refusal   a rule said no: a stable code and a sentence for the person who asked
Decider   scope(command) -> the tags it must see; evolve(state, fact) -> state; decide(state, command, by) -> facts

A context never reads a clock, makes an identifier or touches a database: all three arrive from outside, so the same
facts and the same command always give the same answer.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Annotated, Any, ClassVar, Generic, Literal, TypeVar

from msgspec import Meta, Struct
from msgspec.structs import astuple

DataClass = Literal["LIVE", "PUBLIC_FACT", "FICTIONAL"]
"""What a fact is about: real business, a published statement, or an invented example (domain: never mixed silently)."""

Id = Annotated[
    str,
    Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$(?!\n)", description="Lower-case letters, digits and hyphens; 1 to 63."),
]
"""An identifier people choose and read aloud, such as `sunfield-demo`."""

Text = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=500,
        pattern=r"^(?=.*\S)[^\x00-\x1f\x7f]*$(?!\n)",
        description="One line of writing, not blank, without control characters.",
    ),
]
"""Free text. PostgreSQL cannot store a NUL; a line break would break lists and exports."""


class Fact(
    Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, tag_field="fact", gc=False
):
    """Something that happened. Names are storage: give every concrete fact an explicit `tag="context.fact-name"`.

    Evolve a fact only by adding optional fields; a stored byte is never rewritten. `frozen` and `kw_only` are not
    inherited by a Struct's constructor: repeat both on every subclass. `gc=False`: facts hold no cycles, and a rebuild
    makes so many that looking through them for some took a quarter of its time.
    """

    tag_fields: ClassVar[tuple[str, ...]] = ()
    derived: ClassVar[tuple[str, ...]] = ()
    effective_on: date

    @property
    def asked(self) -> tuple[Any, ...]:
        """What was asked for, whatever the state added (`derived`): equal for a command sent twice."""
        if not self.derived:
            return (type(self), *astuple(self))
        return (type(self), *(getattr(self, name) for name in self.__struct_fields__ if name not in self.derived))

    @property
    def tags(self) -> tuple[str, ...]:
        """Every thing this fact touches, as `field:value`; rules find their facts by these."""
        pairs = ((field, getattr(self, field)) for field in self.tag_fields)
        return tuple(f"{field}:{value}" for field, value in pairs if value is not None)


class Command(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, tag_field="command"):
    """Something somebody asks for. Its tag is the name it has on the wire and in the command line."""

    effective_on: date


class By(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who asked, in which role, and how we know: part of every fact's sealed envelope."""

    actor: str
    role: str
    method: str = "cli"
    token: str | None = None
    request: str | None = None


class Refusal(Exception):
    """A rule said no. Nothing was recorded, and asking again unchanged gives the same answer.

    Refusal
    ├── kind "unknown"    the thing named does not exist
    ├── kind "conflict"   it exists already, or somebody else holds it
    └── kind "rule"       it exists, but a rule of the business forbids this step
    """

    code: ClassVar[str]
    kind: ClassVar[Literal["unknown", "conflict", "rule"]] = "rule"

    def __init__(self, detail: str, *, field: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.field = field


C = TypeVar("C", bound=Command)
S = TypeVar("S")


@dataclass(frozen=True)
class Decider(Generic[C, S]):
    """One context's behaviour. `evolve` never refuses, `decide` never mutates, and no facts means "already so".

    scope(command)              the tags whose facts the decision must see, and which nobody else may change meanwhile
    evolve(state, fact)         the state after one more fact, in the order recorded
    decide(state, command, by)  the new facts, in order; raises Refusal
    """

    commands: tuple[type[Command], ...]
    initial: S
    scope: Callable[[C], tuple[str, ...]]
    evolve: Callable[[S, Fact], S]
    decide: Callable[[S, C, By], Sequence[Fact]]


def _descendants(parent: type[Any]) -> Iterator[type[Any]]:
    for child in parent.__subclasses__():
        yield child
        yield from _descendants(child)


def stored_name(fact: type[Fact]) -> str:
    """The name a fact is stored under, such as `company.lead-registered`."""
    return str(fact.__struct_config__.tag)


@cache
def all_facts() -> dict[str, type[Fact]]:
    """Every concrete fact by its stored name; call it only after the contexts are imported (`import ledger` does)."""
    found: dict[str, type[Fact]] = {}
    for fact in _descendants(Fact):
        name = stored_name(fact)
        if "." not in name:
            continue
        assert name not in found, f"two facts share the stored name {name}"
        found[name] = fact
    return found


def command_name(command: type[Command]) -> str:
    """The name a command has on the wire, such as `register-lead`."""
    return str(command.__struct_config__.tag)
