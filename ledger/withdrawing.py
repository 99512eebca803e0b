"""What was recorded by mistake is withdrawn: one decision for every context (docs/decisions/0014-withdrawn-facts.md).

StepName         how a withdrawal names what it takes back
Standing, keep   what such a decision sees: every fact of its scope that stands, of whatever context
Withdrawing      how the steps of a context are withdrawn: what the context alone knows, and the decision

The latest step of that name and date goes, if nothing rests on it. A command sent again takes back no second one: only
what was recorded after its withdrawal is meant anew. What posts is never withdrawn but mirrored.

Refusals of a context, in order of precedence
├── what `explain` says: its thing is not there
├── …StepUnknown     no such step stands, or several do and `about` does not say which (unknown)
├── …StepNotLatest   something that stands rests on it, and goes first
└── what `check` says: without the step something would stand that no rule allows
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from msgspec import Meta
from msgspec.structs import replace

from ledger.decider import By, Fact, Refusal, Withdrawn, stored_name

StepName = Annotated[
    str,
    Meta(
        pattern=r"^[a-z]+\.[a-z]+(-[a-z]+)*$(?!\n)",
        max_length=80,
        description="The stored name of a step: lease.commenced, order.delivered.",
    ),
]
"""How a withdrawal names what it takes back."""

# State

Standing = tuple[Fact, ...]
"""Everything in the scope that stands, in the order recorded; withdrawals too."""

# Evolve


def keep(facts: Standing, fact: Fact) -> Standing:
    """What stands after one more fact."""
    return (*facts, fact)


def without(facts: Standing, step: Fact) -> Standing:
    """What stands but for a step."""
    return tuple(fact for fact in facts if fact is not step)


def after(facts: Standing, step: Fact) -> Iterator[Fact]:
    """The facts recorded after a step, without withdrawals: nothing rests on those."""
    begun = False
    for fact in facts:
        if begun and not fact.withdraws:
            yield fact
        begun = begun or fact is step


# Decide


def _nothing(*_: Any) -> None:
    """No more than every context asks."""


def _never(*_: Any) -> bool:
    return False


def _withdraw(_: Fact) -> str:
    return "withdraw that first"


def rests_on_it(fact: Fact, advice: str) -> str:
    """Say that a fact rests on what somebody wants to take back, and what to do first."""
    return f"{stored_name(type(fact))} of {fact.effective_on} ({fact.tags[0]}) rests on it; {advice}"


@dataclass(frozen=True, kw_only=True)
class Withdrawing:
    """How the steps of a context are withdrawn.

    withdrawn             the fact that says so: its fields are the command's, and the tags of the step
    steps                 the facts that can be withdrawn
    unknown, not_latest   the refusals of the context
    rests                 (a later fact, step) -> whether it rests on the step, which then stays
    advice                (a fact that rests on the step) -> what to do first
    explain               (what stands, command) -> None; says more where no such step stands; raises Refusal
    check                 (what stands, step, command, who asks) -> None; what the context alone knows; raises Refusal
    """

    withdrawn: type[Withdrawn]
    steps: tuple[type[Fact], ...]
    unknown: type[Refusal]
    not_latest: type[Refusal]
    rests: Callable[[Fact, Any], bool] = _never
    explain: Callable[[Standing, Any], None] = _nothing
    check: Callable[[Standing, Any, Any, By], None] = _nothing
    advice: Callable[[Any], str] = _withdraw

    def decide(self, facts: Standing, command: Any, by: By) -> Sequence[Fact]:
        """Withdraw a step that nothing rests on; nothing where that was done already."""
        step = self.step(facts, command)
        if step is None:
            return ()
        if resting := [fact for fact in after(facts, step) if self.rests(fact, step)]:
            raise self.not_latest(self.first(resting[-1]), field="step")
        self.check(facts, step, command, by)
        return (replace(self._asked(command), touched=step.tags),)

    def step(self, facts: Standing, command: Any) -> Any:
        """The step that a command means; None where it was withdrawn by these words already. Raises Refusal."""
        asked = self._asked(command)
        already = next((at for at in reversed(range(len(facts))) if facts[at].asked == asked.asked), -1)
        found = [fact for fact in facts[already + 1 :] if isinstance(fact, self.steps) and asked.is_of(fact)]
        if not found:
            if already >= 0:
                return None
            self.explain(facts, command)
            raise self.unknown(
                f"no {command.step} of {command.effective_on} of {getattr(command, asked.thing)} stands that could be "
                "withdrawn",
                field="step",
            )
        words = dict.fromkeys(str(getattr(fact, asked.told_by, None)) for fact in found)
        if len(words) > 1:
            raise self.unknown(f"say `about` which of these is meant: {', '.join(words)}", field="about")
        return found[-1]

    def first(self, resting: Fact) -> str:
        """Say that a fact rests on the step, and what to do first."""
        return rests_on_it(resting, self.advice(resting))

    def _asked(self, command: Any) -> Withdrawn:
        """The withdrawal as it is asked for: of which step's tags, the state says."""
        said = {name: getattr(command, name) for name in self.withdrawn.__struct_fields__ if name != "touched"}
        return self.withdrawn(**said, touched=())
