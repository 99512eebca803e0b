"""Given facts, when a command, then facts or a refusal.

given(*facts).when(command, by=…).then(*facts)        the very facts, in order; none means "already so"
given(*facts).when(command, by=…).refused(Refusal)    nothing is recorded; on demand also the field and the words
grown(facts, *commands)                               what a ledger holds once they were sent, each accepted
gets_on(facts, command, Refusal, says, does)          who does what the refusal says gets on
decide(facts, command, by)                            what a ledger holding these facts would record
only(kind, facts, command, by)                        the one fact of that, which is of this kind
state(facts, command)                                 what the decision sees

Only facts that share a tag with the command's scope reach the fold, as in the store: a scope that forgets a thing
shows in every test that needs it.
"""

from collections.abc import Sequence
from typing import Any, TypeVar

import pytest

from ledger.decider import By, Command, Decider, Fact, Refusal, standing
from ledger.recording.contexts import CONTEXTS

CLERK = By(actor="clerk-demo", role="deal_desk")
DECIDERS: dict[type[Command], Decider[Any, Any]] = {
    command: decider for decider in CONTEXTS for command in decider.commands
}


def state(facts: Sequence[Fact], command: Command) -> Any:
    """The fold of what stands of the facts in the command's scope, in the order recorded."""
    decider = DECIDERS[type(command)]
    seen, scope = decider.initial, set(decider.scope(command))
    for fact in standing([fact for fact in facts if scope.intersection(fact.tags)], lambda fact: fact):
        seen = decider.evolve(seen, fact)
    return seen


def decide(facts: Sequence[Fact], command: Command, by: By = CLERK) -> tuple[Fact, ...]:
    """The new facts; raises Refusal."""
    return tuple(DECIDERS[type(command)].decide(state(facts, command), command, by))


F = TypeVar("F", bound=Fact)


def only(kind: type[F], facts: Sequence[Fact], command: Command, by: By = CLERK) -> F:
    """The one new fact, of this kind."""
    (fact,) = decide(facts, command, by)
    assert isinstance(fact, kind)
    return fact


Sent = Command | Fact | tuple[Command, By]
"""A command and who sent it; a fact is recorded as it is."""


def grown(facts: Sequence[Fact], *sent: Sent, by: By = CLERK) -> tuple[Fact, ...]:
    """What a ledger holds once these were sent, each accepted; by whom, where that is not said beside it."""
    known = tuple(facts)
    for one in sent:
        command, who = one if isinstance(one, tuple) else (one, by)
        recorded = (command,) if isinstance(command, Fact) else decide(known, command, who)
        assert recorded, f"nothing was recorded for {command}"
        known = (*known, *recorded)
    return known


class When:
    """A command sent to a ledger that holds some facts."""

    def __init__(self, facts: Sequence[Fact], command: Command, by: By) -> None:
        self._facts, self._command, self._by = facts, command, by

    def then(self, *expected: Fact) -> None:
        """Exactly these facts are recorded, and sending the command again adds nothing."""
        recorded = decide(self._facts, self._command, self._by)
        assert recorded == expected
        assert decide((*self._facts, *recorded), self._command, self._by) == ()

    def refused(self, refusal: type[Refusal], *, field: str | None = None, says: str = "") -> None:
        """Exactly this refusal: a subclass or a neighbour will not do."""
        with pytest.raises(Refusal) as raised:
            decide(self._facts, self._command, self._by)
        assert type(raised.value) is refusal
        assert field is None or raised.value.field == field
        assert says in raised.value.detail


class Given:
    """A ledger that holds some facts."""

    def __init__(self, facts: Sequence[Fact]) -> None:
        self._facts = facts

    def when(self, command: Command, by: By = CLERK) -> When:
        """Send a command."""
        return When(self._facts, command, by)


def given(*facts: Fact) -> Given:
    """These facts are recorded, in this order."""
    return Given(facts)


def gets_on(
    facts: Sequence[Fact],
    asked: Command | tuple[Command, By],
    refusal: type[Refusal],
    says: str,
    does: Sequence[Sent],
    then: Command | tuple[Command, By] | None = None,
    by: By = CLERK,
) -> None:
    """Who does what a refusal says gets on: what was refused is accepted after it, or what it says to ask for then."""
    command, who = asked if isinstance(asked, tuple) else (asked, by)
    given(*facts).when(command, who).refused(refusal, says=says)
    grown(facts, *does, then or asked, by=by)
