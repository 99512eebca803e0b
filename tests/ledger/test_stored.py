"""What is stored is stored for ever: the golden bytes of every fact, and the wire names of every command."""

import subprocess
import sys
from pathlib import Path
from typing import Any, Union

import msgspec
import pytest

from ledger.decider import Command, Fact, all_facts, command_name, stored_name
from tests.examples import COMMANDS, FACTS, WHOLE
from tests.ground.given import DECIDERS

STORED = Path(__file__).parent / "stored"
ANY_FACT: Any = Union[tuple(all_facts().values())]  # noqa: UP007 - its members are known only at run time
ANY_COMMAND: Any = Union[tuple(DECIDERS)]  # noqa: UP007 - its members are known only at run time

DECODE_ALL = """
import sys
from pathlib import Path
import ledger
from ledger.decider import stored_name
from ledger.log.envelope import decode

FRONT = b'{"position":1,"recorded_at":"2026-01-01T00:00:00Z","command":"c","tags":[],'
FRONT += b'"by":{"actor":"a","role":"admin"},"data":'
for name in sys.argv[1:]:
    print(stored_name(type(decode(FRONT + Path(name).read_bytes() + b"}").fact)))
"""


def _name(fact: Fact) -> str:
    return stored_name(type(fact))


def _file(fact: Fact) -> str:
    """The stored name; with all of a fact's optional fields, that and `.whole`."""
    return f"{_name(fact)}.whole" if fact in WHOLE else _name(fact)


def _golden(fact: Fact) -> bytes:
    path = STORED / f"{_file(fact)}.json"
    if not path.exists():
        pytest.fail(
            f"{path.name} is missing. If the fact is new, look at these bytes, then keep them in tests/stored/ for "
            f"ever, without a newline at the end:\n{msgspec.json.encode(fact).decode()}"
        )
    return path.read_bytes()


def test_every_fact_has_one_example() -> None:
    assert sorted(map(_name, FACTS)) == sorted(all_facts())


def test_every_command_has_one_example() -> None:
    assert sorted(command_name(type(command)) for command in COMMANDS) == sorted(map(command_name, DECIDERS))


@pytest.mark.parametrize("fact", [*FACTS, *WHOLE], ids=_file)
def test_a_fact_is_written_as_it_always_was(fact: Fact) -> None:
    assert msgspec.json.encode(fact) == _golden(fact)


@pytest.mark.parametrize("fact", [*FACTS, *WHOLE], ids=_file)
def test_a_stored_fact_is_read_as_it_was_meant(fact: Fact) -> None:
    assert msgspec.json.decode(_golden(fact), type=ANY_FACT) == fact


def test_nothing_stored_was_forgotten() -> None:
    assert sorted(path.stem for path in STORED.glob("*")) == sorted(map(_file, (*FACTS, *WHOLE)))


def test_every_field_of_every_fact_is_in_some_stored_one() -> None:
    fields = {(name, field) for name, kind in all_facts().items() for field in kind.__struct_fields__}
    written = {(_name(fact), field) for fact in (*FACTS, *WHOLE) for field in msgspec.json.decode(_golden(fact))}
    assert fields - written == set()


def test_a_fresh_process_reads_every_stored_fact() -> None:
    files = sorted(STORED.glob("*.json"))
    run = subprocess.run(
        [sys.executable, "-c", DECODE_ALL, *map(str, files)], capture_output=True, text=True, check=False
    )
    assert run.stderr == ""
    assert run.stdout.split() == [file.stem.removesuffix(".whole") for file in files]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command_name(type(command)))
def test_a_command_survives_the_wire(command: Command) -> None:
    assert msgspec.json.decode(msgspec.json.encode(command), type=ANY_COMMAND) == command


@pytest.mark.parametrize("thing", [*FACTS, *COMMANDS], ids=lambda thing: type(thing).__name__)
def test_an_unknown_field_is_refused(thing: Fact | Command) -> None:
    sent = msgspec.json.decode(msgspec.json.encode(thing)) | {"surprise": 1}
    with pytest.raises(msgspec.ValidationError, match="surprise"):
        msgspec.json.decode(msgspec.json.encode(sent), type=type(thing))
