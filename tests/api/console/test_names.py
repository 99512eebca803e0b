"""The names of commands, fields, groups and ways at the desk, in both languages."""

import re

import pytest

from api.console.pages import HERE
from api.console.record.begun import COPIED, NEW, SAID
from api.console.record.effects import told
from api.console.record.guides import GUIDES, NEXT
from api.console.record.labels import choice, group, hint, label, title
from api.console.record.shapes import fields_of, typed_of
from api.console.words.saying import say
from ledger.decider import command_name
from tests.api.console.test_record import MARKED, OFFERED, each
from tests.examples import COMMANDS, FACTS, WHOLE


def test_every_name_is_said_in_both_languages() -> None:
    assert set(map(type, COMMANDS)) >= {recording.command for recording in OFFERED.values()}
    said = {title("zh", command_name(type(command))) for command in COMMANDS}
    for command in COMMANDS:
        for field in each([*fields_of(type(command), {}), *fields_of(type(command), typed_of(command))]):
            said |= {label("zh", field.name), hint("zh", field.hint), *(choice("zh", one) for one in field.choices)}
            assert label("en", field.name)[0] != "_"
    for fact in (*FACTS, *WHOLE):
        said |= {label("zh", name) for names, _ in told(fact).fields for name in names if not name.isdigit()}
    assert not [text for text in said if MARKED.search(text)]


def test_every_text_of_its_pages_has_its_chinese() -> None:
    written = set[str]()
    for file in (HERE / "templates" / "record").glob("*.html"):
        written |= {one or two for one, two in re.findall(r"""\bt\((?:"([^"]*)"|'([^']*)')""", file.read_text())}
    for file in (HERE / "record").glob("*.py"):
        written |= set(re.findall(r'\.say\(\s*"([^"]*)"', file.read_text()))
    assert len(written) > 40
    assert [text for text in sorted(written) if MARKED.search(say("zh", text))] == []


def test_every_group_has_a_name_and_its_chinese() -> None:
    names = {group(language, recording.group) for recording in OFFERED.values() for language in ("en", "zh")}
    assert not [name for name in names if MARKED.search(name)]


def test_ways_lead_to_commands_and_their_fields() -> None:
    steps = (
        {step for guide in GUIDES for step in guide.steps} | {*NEXT} | {one for steps in NEXT.values() for one in steps}
    )
    assert steps <= {*OFFERED}
    for name, field in NEW.items():
        assert field in OFFERED[name].command.__struct_fields__, name
    for name, (thing, fields) in COPIED.items():
        assert {thing, *fields} <= {*OFFERED[name].command.__struct_fields__}, name
    for name, (thing, fact, told_of) in SAID.items():
        said = told_of(next(one for one in FACTS if type(one) is fact))
        taken = {*OFFERED[name].command.__struct_fields__}
        assert {field.partition(".")[0] for field in said} <= taken, name
        assert thing in taken.union(fact.__struct_fields__), name


@pytest.mark.parametrize(
    ("text", "one", "two"),
    [
        ("{count} days ago", "1 day ago", "2 days ago"),
        ("{count} facts post to this month", "1 fact posts to this month", "2 facts post to this month"),
        ("{count} later facts are not in this view", "1 later fact is not in this view", None),
        ("Bill these {count} leases", "Bill this lease", "Bill these 2 leases"),
        ("{count} figures differ", "1 figure differs", "2 figures differ"),
        ("{count} of {all} columns.", "1 of 10 columns.", "2 of 10 columns."),
    ],
)
def test_one_thing_is_not_said_as_many(text: str, one: str, two: str | None) -> None:
    assert say("en", text, count=1, all=10) == one
    assert two is None or say("en", text, count=2, all=10) == two
