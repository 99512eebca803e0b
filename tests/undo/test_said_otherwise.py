"""A step that is sent again with other content is never answered as done with nothing recorded (issue 17).

Every command of the demonstration, right after its first line: the same again is so already; with any one thing that it
says put in other words it is recorded, or refused.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from msgspec import Struct
from msgspec.structs import replace

from ledger.decider import Command, Fact, Refusal, command_name
from ledger.log.database import Database
from tests.ground.demonstrated import entries
from tests.ground.given import decide
from tests.undo.desk import followed


def otherwise(said: Any) -> Iterator[Any]:
    """The same with one thing put in other words; which of them a type takes is held against it afterwards."""
    if isinstance(said, bool):
        yield not said
    elif isinstance(said, date):
        yield said + timedelta(days=1)
    elif isinstance(said, int):
        yield said + 1
    elif isinstance(said, str):
        yield from (f"{said} (other)", f"{said}-other", f"{said}1", "ff" * 32, "2" + said[1:], said[:-1] + "3")
    elif isinstance(said, Struct):
        for name in said.__struct_fields__:
            for other in otherwise(getattr(said, name)):
                yield replace(said, **{name: other})
    elif isinstance(said, tuple) and said:
        for other in otherwise(said[0]):
            yield (other, *said[1:])


def variants(command: Command) -> Iterator[tuple[str, Command]]:
    """The command with one thing changed, well-formed: the first few ways for each of its fields."""
    for name in command.__struct_fields__:
        taken = 0
        for other in otherwise(getattr(command, name)):
            changed = replace(command, **{name: other})
            try:
                sound = msgspec.convert(msgspec.to_builtins(changed), type(command))
            except msgspec.ValidationError:
                continue
            if sound != command and taken < 3:
                taken += 1
                yield name, sound


GAP = {"effective_on"}
"""What is worked out from what is on record has no gap left, on whatever day it is asked again."""
SAYS_NO_MORE: dict[str, set[str]] = {
    "bill-lease": {"through", *GAP},
    "calculate-statement": GAP,
    "true-up-year": GAP,
    "assess-guarantee-ld": GAP,
    "match-bank-line": {"effective_on"},
    "take-bank-statements": {"effective_on", "file"},
    "record-prices": {"effective_on", "file"},
    "take-fapiao-replies": {"effective_on", "file", "replies"},
}
"""Fields that do not count once a step is recorded."""


def test_other_content_is_never_done_with_nothing(sqlite: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = followed(sqlite, monkeypatch)
    facts: list[Fact] = [entry.fact for entry in entries(sqlite)]
    silent: dict[str, set[str]] = {}
    seen: set[type[Command]] = set()
    for line, following in pairwise(lines):
        if type(line.command) in seen:
            continue
        seen.add(type(line.command))
        known = facts[: following.before]
        for name, other in variants(line.command):
            try:
                recorded = decide(known, other, line.by)
            except Refusal:
                continue
            if not recorded:
                silent.setdefault(command_name(line.command), set()).add(name)
    assert len(seen) > 100
    assert silent == SAYS_NO_MORE, "\n".join(f"{name}: {fields}" for name, fields in sorted(silent.items()))
