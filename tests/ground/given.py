"""Given facts, when a command, then facts or a refusal.

given(*facts).when(command, by=…).then(*facts)        the very facts, in order; none means "already so"
given(*facts).when(command, by=…).refused(Refusal)    nothing is recorded; on demand also the field and the words
decide(facts, command, by)                            what a ledger holding these facts would record
state(facts, command)                                 what the decision sees

Only facts that share a tag with the command's scope reach the fold, as in the store: a scope that forgets a thing
shows in every test that needs it.
"""

from collections.abc import Sequence
from typing import Any

import pytest

from ledger import CONTEXTS
from ledger.decider import By, Command, Decider, Fact, Refusal, standing

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
