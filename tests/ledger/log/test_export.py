"""What is exported is imported to the same root, on the other database too; any changed line is refused by number."""

import io
import json
import random
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import Table, select

import migrations
from ledger.decider import By
from ledger.log import merkle
from ledger.log.database import Database, fact, fact_tag, ledger_head, receipt
from ledger.log.events import FORMS, NotSoLong, exported, ndjson
from ledger.log.importing import LineRefused, NotEmpty, import_log
from ledger.log.verify import Altered, verify
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from ledger.recording.outcome import Done
from tests.ground.recorder_process import CLERK, claim
from tests.ground.recording import lead, record

FACTS = 12
"""Recorded under a key each; among them a refusal, then an answer that recorded nothing, and two without a key."""
SIZE = FACTS + 2
LINES = SIZE + 2 + 1
REFUSED = 4
"""The number of the refusal's receipt: between those of facts, while its line comes after them."""


def fill(database: Database) -> None:
    with Ledger(database, CONTEXTS) as ledger:
        for number in range(FACTS):
            if number == REFUSED - 1:
                ledger.execute(replace(claim(0), statement="other"), CLERK, key="z-refused")
            ledger.execute(claim(number), CLERK, key=f"k-{FACTS - number:02}")
        ledger.execute(claim(3), CLERK, key="again")
    record(database, [lead("sunfield-demo"), lead("moonfield-demo")])


def text_of(database: Database, first: int = 1) -> bytes:
    return b"".join(ndjson(exported(database, first)))


def rows(database: Database, table: Table) -> list[tuple[Any, ...]]:
    with database.views.connect() as connection:
        return sorted(tuple(row) for row in connection.execute(select(table)))


def empty(directory: Path) -> Database:
    made = Database(directory)
    migrations.upgrade(made)
    return made


@pytest.fixture
def other(database: Database, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty ledger on the other kind of database."""
    if database.is_postgres:
        with closing(empty(tmp_path / "other")) as made:
            yield made
    else:
        yield request.getfixturevalue("postgres")


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """An export, line by line."""
    with closing(empty(tmp_path_factory.mktemp("exported") / "data")) as made:
        fill(made)
        return text_of(made).splitlines(keepends=True)


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """An empty ledger in which nothing is ever imported to the end."""
    with closing(empty(tmp_path_factory.mktemp("target") / "data")) as made:
        yield made


def test_another_database_comes_to_the_same_root_and_gives_the_same_lines(database: Database, other: Database) -> None:
    fill(database)
    text = text_of(database)
    proved = import_log(other, io.BytesIO(text))
    assert (proved, proved) == (verify(database), verify(other))
    said = json.loads(text.splitlines()[-1])["data"]
    assert said == {
        "size": str(SIZE),
        "root": proved.root,
        "receipts": str(FACTS + 2),
        "receipts_root": proved.receipts_root,
    }
    assert proved.receipts_root != merkle.EMPTY_ROOT.hex()
    for table in (fact, fact_tag, receipt, ledger_head):
        assert rows(other, table) == rows(database, table)
    assert text_of(other) == text
    # What was answered is answered again, and the next fact has the next position.
    with Ledger(other, CONTEXTS) as ledger:
        assert ledger.execute(claim(3), CLERK, key="k-09").replayed
        assert ledger.execute(claim(3), CLERK, key="again").replayed
        following = ledger.execute(claim(99), CLERK).outcome
    assert isinstance(following, Done)
    assert following.position == SIZE + 1


def test_an_empty_log_is_a_head_alone(database: Database, other: Database) -> None:
    text = text_of(database)
    assert text.count(b"\n") == 1
    assert import_log(other, io.BytesIO(text)).size == 0


def test_events_bear_what_readers_would_make_up_or_round(lines: list[bytes]) -> None:
    events = [json.loads(line) for line in lines]
    assert len(events) == LINES
    assert len({(event["source"], event["id"]) for event in events}) == LINES
    for number, event in enumerate(events[:SIZE], 1):
        assert event["specversion"] == "1.0"
        assert event["position"] == event["id"] == str(number)
        sealed = json.loads(event["data"]["envelope"])
        assert event["time"] == sealed["recorded_at"]
        assert event["tags"].split() == sealed["tags"]
        assert (event["type"], event["subject"]) == (sealed["data"]["fact"], sealed["tags"][0])
    assert all(name.isalnum() and name.islower() and len(name) <= 20 for event in events for name in event)
    assert [event["type"] for event in events[SIZE:]] == ["mcsc.receipt", "mcsc.receipt", "mcsc.head"]


def test_programs_may_write_the_events_again(lines: list[bytes], database: Database) -> None:
    again = b"".join(json.dumps(json.loads(line), sort_keys=True).encode() + b"\r\n" for line in lines)
    assert import_log(database, io.BytesIO(again)).size == SIZE


def test_the_batch_form_holds_the_same_events(database: Database, lines: list[bytes]) -> None:
    import_log(database, io.BytesIO(b"".join(lines)))
    array = b"".join(FORMS["application/cloudevents-batch+json"](exported(database)))
    assert json.loads(array) == [json.loads(line) for line in lines]


def test_what_was_cut_off_goes_on_where_it_ended(database: Database, lines: list[bytes]) -> None:
    import_log(database, io.BytesIO(b"".join(lines)))
    for kept in range(SIZE + 1):
        assert b"".join(lines[:kept]) + text_of(database, kept + 1) == b"".join(lines)
    with pytest.raises(NotSoLong):
        text_of(database, SIZE + 2)


def test_only_an_empty_ledger_takes_it(database: Database, lines: list[bytes]) -> None:
    record(database, [lead("mine-demo")])
    with pytest.raises(NotEmpty):
        import_log(database, io.BytesIO(b"".join(lines)))


# Refused

Change = Callable[[dict[str, Any]], object]


def at(number: int, change: Change) -> Callable[[list[bytes]], list[bytes]]:
    """The same lines, one of them changed."""

    def changed(lines: list[bytes]) -> list[bytes]:
        event = json.loads(lines[number - 1])
        change(event)
        return [*lines[: number - 1], json.dumps(event).encode() + b"\n", *lines[number:]]

    return changed


def put(name: str, value: object) -> Change:
    return lambda event: event.__setitem__(name, value)


def in_data(name: str, old: str, new: str) -> Change:
    return lambda event: event["data"].__setitem__(name, event["data"][name].replace(old, new))


def sealed_anew(event: dict[str, Any]) -> None:
    """Change the envelope, and hash it as an intruder would."""
    event["data"]["envelope"] = event["data"]["envelope"].replace("statement 6", "statement 9")
    event["leafhash"] = merkle.leaf(event["data"]["envelope"].encode()).hex()


def renumbered(number: str) -> Change:
    def change(event: dict[str, Any]) -> None:
        event["receiptnumber"] = event["data"]["receipt"]["number"] = number

    return change


def answer_altered(event: dict[str, Any]) -> None:
    answer = event["data"]["receipt"]
    answer["outcome"] = answer["outcome"].replace("claim.recorded", "claim.withdrawn")


def answer_gone(event: dict[str, Any]) -> None:
    del event["data"]["receipt"], event["receipthash"]


def swapped(lines: list[bytes]) -> list[bytes]:
    return [*lines[:4], lines[5], lines[4], *lines[6:]]


HEAD_LINE = LINES
MUTATIONS: dict[str, tuple[Callable[[list[bytes]], list[bytes]], int, str]] = {
    "a fact altered": (at(7, in_data("envelope", "statement 6", "statement 9")), 7, "leaf-differs"),
    "its hash altered": (at(7, put("leafhash", "00" * 32)), 7, "leaf-differs"),
    "both": (at(7, sealed_anew), HEAD_LINE, "head-differs"),
    "its kind": (at(7, put("type", "claim.withdrawn")), 7, "attribute-differs"),
    "its time": (at(7, put("time", "2020-01-01T00:00:00Z")), 7, "attribute-differs"),
    "its tags": (at(7, put("tags", "claim:other")), 7, "attribute-differs"),
    "its subject": (at(7, put("subject", "claim:other")), 7, "attribute-differs"),
    "its id": (at(7, put("id", "8")), 7, "attribute-differs"),
    "its source": (at(7, put("source", "urn:other")), 7, "attribute-differs"),
    "the first source": (at(1, put("source", "urn:other")), 1, "attribute-differs"),
    "its position": (at(7, put("position", "8")), 7, "position-missing"),
    "an attribute more": (at(7, put("more", "1")), 7, "line-unreadable"),
    "no fact at all": (at(7, put("data", {"envelope": "{}"})), 7, "leaf-differs"),
    "an answer altered": (
        at(7, lambda e: in_data("outcome", "done", "gone")({"data": e["data"]["receipt"]})),
        7,
        "receipt-differs",
    ),
    "an answer taken away": (at(7, lambda e: e["data"].pop("receipt")), 7, "receipt-differs"),
    "an answer and its hash": (
        at(7, lambda e: (e["data"].pop("receipt"), e.pop("receipthash"), e.pop("receiptnumber"))),
        HEAD_LINE,
        "head-differs",
    ),
    "an answer's number": (at(7, lambda e: e["data"]["receipt"].__setitem__("number", "40")), 7, "receipt-differs"),
    "the number beside it": (at(7, put("receiptnumber", "40")), 7, "receipt-differs"),
    "an answer, all but its number": (
        at(7, lambda e: (e["data"].pop("receipt"), e.pop("receipthash"))),
        7,
        "receipt-differs",
    ),
    "and beside it": (at(7, renumbered("40")), HEAD_LINE, "head-differs"),
    "a number twice": (at(7, renumbered("7")), 7, "receipt-again"),
    "a number that is none": (at(7, renumbered("0")), 7, "line-unreadable"),
    "two answers in each other's place": (
        lambda lines: at(7, renumbered("9"))(at(8, renumbered("8"))(lines)),
        HEAD_LINE,
        "head-differs",
    ),
    "a refusal altered": (at(SIZE + 1, in_data("outcome", "3", "2")), SIZE + 1, "attribute-differs"),
    "a refusal doubled": (lambda lines: [*lines[: SIZE + 1], *lines[SIZE:]], SIZE + 2, "receipt-again"),
    "a refusal missing": (lambda lines: [*lines[:SIZE], *lines[SIZE + 1 :]], HEAD_LINE - 1, "head-differs"),
    "the first missing": (lambda lines: lines[1:], 1, "position-missing"),
    "one missing": (lambda lines: [*lines[:6], *lines[7:]], 7, "position-missing"),
    "one doubled": (lambda lines: [*lines[:6], *lines[5:]], 7, "position-again"),
    "two swapped": (swapped, 5, "position-missing"),
    "the last fact missing": (lambda lines: [*lines[: SIZE - 1], *lines[SIZE:]], HEAD_LINE - 1, "head-differs"),
    "the head missing": (lambda lines: lines[:-1], HEAD_LINE, "head-missing"),
    "cut off in a line": (lambda lines: [*lines[:6], lines[6][:50]], 7, "line-unreadable"),
    "the head twice": (lambda lines: [*lines, lines[-1]], HEAD_LINE + 1, "after-the-head"),
    "an empty line": (lambda lines: [*lines[:3], b"\n", *lines[3:]], 4, "line-unreadable"),
    "no UTF-8": (lambda lines: [*lines[:3], b"\xff" + lines[3], *lines[4:]], 4, "line-unreadable"),
    "the head's root": (at(HEAD_LINE, lambda e: e["data"].__setitem__("root", "00" * 32)), HEAD_LINE, "head-differs"),
    "the head's time": (at(HEAD_LINE, put("time", "2020-01-01T00:00:00Z")), HEAD_LINE, "attribute-differs"),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_changed_file_is_refused_by_line_and_rule(name: str, lines: list[bytes], target: Database) -> None:
    mutate, line, rule = MUTATIONS[name]
    with pytest.raises(LineRefused) as refused:
        import_log(target, io.BytesIO(b"".join(mutate(lines))))
    assert (refused.value.line, refused.value.rule) == (line, rule), refused.value
    nothing_in(target)


def nothing_in(database: Database) -> None:
    assert verify(database).size == 0
    assert not any(rows(database, table) for table in (fact, fact_tag, receipt))


@settings(max_examples=150)
@given(st.integers(0, 2**32))
def test_no_byte_can_be_changed_unnoticed(lines: list[bytes], target: Database, seed: int) -> None:
    """One byte of a line replaced, taken out or put in: refused at that line, or at the head, or it says the same."""
    chance = random.Random(seed)
    number = chance.randrange(len(lines))
    line = bytearray(lines[number][:-1])
    place = chance.randrange(len(line))
    line[place : place + chance.randint(0, 1)] = bytes([chance.randrange(32, 256)])
    text = b"".join([*lines[:number], bytes(line) + b"\n", *lines[number + 1 :]])
    try:
        same = json.loads(bytes(line)) == json.loads(lines[number])
    except ValueError:
        same = False
    if same:
        return
    with pytest.raises(LineRefused) as refused:
        import_log(target, io.BytesIO(text))
    assert refused.value.line == number + 1
    nothing_in(target)


@pytest.mark.parametrize("other", [lambda digest: f"{digest[:8]} {digest[8:]}", str.upper], ids=["blank", "capitals"])
def test_a_digest_is_written_in_one_way(lines: list[bytes], target: Database, other: Callable[[str], str]) -> None:
    """Hexadecimal with blanks between, or in capitals, says the same bytes in other ones."""
    number, digest = next(
        (at, found[1]) for at, line in enumerate(lines) if (found := re.search(rb'"request_sha256":"(\w+)"', line))
    )
    changed = lines[number].replace(digest, other(digest.decode()).encode())
    with pytest.raises(LineRefused, match=f"line {number + 1}"):
        import_log(target, io.BytesIO(b"".join([*lines[:number], changed, *lines[number + 1 :]])))
    nothing_in(target)


def test_a_file_changed_where_many_lines_are_written_already_leaves_nothing(database: Database, tmp_path: Path) -> None:
    with closing(empty(tmp_path / "long")) as long:
        record(long, [lead(f"company-{number}") for number in range(1500)], by=By(actor="a", role="admin"))
        text = text_of(long).splitlines(keepends=True)
    with pytest.raises(LineRefused, match="line 1,400:"):
        import_log(database, io.BytesIO(b"".join([*text[:1399], *text[1400:]])))
    nothing_in(database)


def test_a_root_written_down_elsewhere_is_asked(database: Database, lines: list[bytes]) -> None:
    root = json.loads(lines[-1])["data"]["root"]
    with pytest.raises(LineRefused, match="line 7"):
        import_log(database, io.BytesIO(b"".join(lines)), expect={7: root})
    with pytest.raises(Altered):
        import_log(database, io.BytesIO(b"".join(lines)), expect={SIZE + 1: root})
    assert import_log(database, io.BytesIO(b"".join(lines)), expect={SIZE: root}).root == root


def test_what_is_altered_in_the_database_is_exported_as_it_is_and_refused(database: Database, other: Database) -> None:
    fill(database)
    with database.owner.begin() as connection:
        if database.is_postgres:
            connection.exec_driver_sql("ALTER TABLE fact DISABLE TRIGGER USER")
        else:
            connection.exec_driver_sql("DROP TRIGGER fact_refuse_update")
        connection.exec_driver_sql("UPDATE fact SET name = 'claim.withdrawn' WHERE position = 5")
    with pytest.raises(LineRefused) as refused:
        import_log(other, io.BytesIO(text_of(database)))
    assert (refused.value.line, refused.value.rule) == (5, "attribute-differs")
    with database.owner.begin() as connection:
        connection.exec_driver_sql("UPDATE fact SET envelope = nodes WHERE position = 5")
    with pytest.raises(Altered):
        text_of(database)
