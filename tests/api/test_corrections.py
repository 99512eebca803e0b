"""How everything is put right: on the page, by commands that there are, for every command."""

import re
from pathlib import Path

import pytest

import ledger as package
from api.corrections import commands, document
from ledger.decider import Command, command_name

KEPT = Path(package.__file__ or "").parent.parent / "docs" / "corrections.md"
NAME = re.compile(r"[a-z]+(-[a-z]+)+")
ALL = {command_name(command): command for some in commands().values() for command in some}


def test_the_kept_page_is_the_made_one() -> None:
    """After a change: `python -m api.corrections > docs/corrections.md`, and read the difference."""
    assert KEPT.read_text(encoding="utf-8") == document()


def test_every_command_says_how() -> None:
    assert [name for name, command in ALL.items() if not command.put_right] == []


@pytest.mark.parametrize("command", ALL.values(), ids=ALL)
def test_what_it_names_there_is(command: type[Command]) -> None:
    quoted = command.put_right.split("`")
    assert len(quoted) % 2, "every backtick is closed"
    assert {name for name in quoted[1::2] if NAME.fullmatch(name)} - ALL.keys() == set()
    assert not command.put_right or command.put_right.rstrip().endswith(".")
