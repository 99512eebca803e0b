"""What has been folded of the log, by the scope of the commands that ask for it.

ScopeKey   which decider, and the tags that its command must see
States     the states in memory, each at the ledger's head
loaded     states of scopes, folded from one read of the log
"""

from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

from sqlalchemy import Connection

from ledger.decider import Decider, Fact, standing
from ledger.log import store

ScopeKey = tuple[int, tuple[str, ...]]


class States:
    """Folded state by (decider, scope), each always at the ledger's head; the least recently used leave first."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._states: OrderedDict[ScopeKey, Any] = OrderedDict()
        self._by_tag: defaultdict[str, set[ScopeKey]] = defaultdict(set)

    def __contains__(self, key: ScopeKey) -> bool:
        return key in self._states

    def get(self, key: ScopeKey) -> Any:
        """The state; KeyError where it is not loaded."""
        self._states.move_to_end(key)
        return self._states[key]

    def put(self, key: ScopeKey, state: Any) -> None:
        """Keep a state that is at the head."""
        if key not in self._states:
            for tag in key[1]:
                self._by_tag[tag].add(key)
        self._states[key] = state

    def put_all(self, states: Mapping[ScopeKey, Any]) -> None:
        """Replace states already kept."""
        self._states.update(states)

    def touched(self, tags: Iterable[str]) -> set[ScopeKey]:
        """The states that a fact with these tags moves on."""
        return {key for tag in tags for key in self._by_tag.get(tag, ())}

    def trim(self) -> None:
        """Let go of what has not been used for longest."""
        while len(self._states) > self._limit:
            self.drop(next(iter(self._states)))

    def drop(self, key: ScopeKey) -> None:
        """Let go of one state: it is loaded again when it is needed."""
        del self._states[key]
        for tag in key[1]:
            keys = self._by_tag[tag]
            keys.discard(key)
            if not keys:
                del self._by_tag[tag]

    def clear(self) -> None:
        """Forget everything."""
        self._states.clear()
        self._by_tag.clear()


def loaded(
    connection: Connection,
    deciders: Sequence[Decider[Any, Any]],
    missing: Iterable[ScopeKey],
    *,
    up_to: int = store.LAST,
) -> dict[ScopeKey, Any]:
    """Fold the states of scopes, all from one read of the log, on the facts up to a position."""
    wanted = set(missing)
    if not wanted:
        return {}
    facts, positions = store.told_by_tags(connection, {tag for _, scope in wanted for tag in scope}, up_to=up_to)
    begun: dict[ScopeKey, Any] = {}
    states: dict[ScopeKey, Any] = {}
    for key in wanted:
        decider = deciders[key[0]]
        common = tuple(tag for tag in key[1] if tag in decider.common)
        if (key[0], common) not in begun:
            begun[key[0], common] = decider.folded(decider.initial, _standing(common, facts, positions))
        own = tuple(tag for tag in key[1] if tag not in decider.common)
        states[key] = decider.folded(begun[key[0], common], _standing(own, facts, positions))
    return states


def _standing(tags: Iterable[str], facts: Mapping[int, Fact], positions: Mapping[str, Sequence[int]]) -> list[Fact]:
    """The facts that carry these tags and stand, in the order recorded."""
    seen = sorted({*chain.from_iterable(positions[tag] for tag in tags)})
    return standing([facts[at] for at in seen], _itself)


def _itself(fact: Fact) -> Fact:
    return fact
