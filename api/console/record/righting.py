"""What puts right what was recorded, and all that may be recorded of a thing: forms that begin with its names.

righted     a fact -> the words of its command on how it is put right, and the forms that they name
begun_with  what a form begins with, by what a fact says
of_thing    every command that names a thing, by what it is about, for those who may record it

A fact that is put right may be put right already: the form says so, as everywhere.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import fields

from api.console.pages import HOME, Visit, address
from api.console.record.begun import NEW
from api.console.record.guides import hands
from api.console.record.labels import GROUPS, group, title
from api.console.words.righting import FACT, in_chinese
from api.console.words.righting import NAME as COMMAND
from api.console.words.saying import Language
from api.formats.facts import fact_named
from ledger.decider import Command, command_name
from ledger.values.days import OnRecord

NEVER = frozenset({"reason", "note", "effective_on", "step"})
"""Fields that whoever puts it right says anew, or that the fact itself is."""
OTHERWISE: Mapping[str, str] = {"mirrors": "manual_journal", "repeats": "manual_journal"}
"""Fields of a command that a fact has under another name."""
LISTED: Mapping[str, str] = {"units": "unit", "orders": "order"}
"""Fields of a command that take several, and the kind of tags that name one."""


class Righting(Struct, frozen=True):
    """The way to put a fact right: in words, and each form that they name: title, address or nothing, whose step."""

    words: str
    ways: Sequence[tuple[str, str, str]]


def righted(visit: Visit, kind: str, sealed: Mapping[str, Any]) -> Righting | None:
    """Tell how a fact is put right, by its stored name and its envelope; None where its command is not known here."""
    recording = visit.desk.recordings.get(sealed.get("command", ""))
    if recording is None or visit.visitor is None:
        return None
    words = recording.command.put_right
    ways = [
        (
            title(visit.language, name),
            address(f"{HOME}/record/{name}", begun_with(other.command, kind, sealed["data"], sealed["tags"]))
            if visit.visitor.role in other.roles
            else "",
            hands(visit.language, other.roles),
        )
        for name in dict.fromkeys(COMMAND.findall(words))
        if (other := visit.desk.recordings.get(name)) is not None
    ]
    return Righting(told(visit.language, words), ways)


def told(language: Language, words: str) -> str:
    """The way something is put right, in a language: commands and steps by what the desk calls them."""
    said = in_chinese(words) if language == "zh" else words
    said = COMMAND.sub(lambda named: f"“{title(language, named[1])}”", said)
    return FACT.sub(lambda named: f"“{fact_named(language, named[1])}”", said).replace("`", "")


def begun_with(command: type[Command], kind: str, data: Mapping[str, Any], tags: Sequence[str]) -> dict[str, str]:
    """Fill a form with what a fact says: its names, and where the command takes a step back, which one and its day."""
    new, said = NEW.get(command_name(command)), dict[str, str]()
    for field in fields(command):
        name = field.encode_name
        if name in LISTED:
            named = [tag.partition(":")[2] for tag in tags if tag.startswith(f"{LISTED[name]}:")]
            said |= {f"{name}.{line}": one for line, one in enumerate(named)}
        elif name == "step":
            said[name] = kind
        elif name == "effective_on" and field.type == OnRecord:
            said[name] = str(data[name])
        elif name not in NEVER and name != new:
            value = data.get(OTHERWISE.get(name, name))
            if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
                said[name] = str(value)
    return said


def of_thing(visit: Visit, field: str, name: str, kind: str) -> dict[str, list[tuple[str, str]]]:
    """List the commands of the visitor's role that name a thing, by what they are about. `kind`: of an agreement."""
    assert visit.visitor is not None, "somebody is signed in"
    found: dict[str, list[tuple[str, str]]] = {group(visit.language, one): [] for one in GROUPS}
    for command, recording in visit.desk.recordings.items():
        names = recording.command.__struct_fields__
        if visit.visitor.role not in recording.roles or field not in names or NEW.get(command) == field:
            continue
        if field == "agreement" and recording.group != kind:
            continue
        of_group = found.setdefault(group(visit.language, recording.group), [])
        of_group.append((title(visit.language, command), address(f"{HOME}/record/{command}", {field: name})))
    return {said: some for said, some in found.items() if some}
