"""The course of every file at the desk between its choice and its record: read, kept, previewed, previewed again,
recorded.

Sighted   a file as it was read, and what of it would be recorded: what every preview has
Course    the parts that are of one kind of file: who may, what is said beside it, how it is read and shown
kept_of   put a file with the evidence files; would: what of a command would be recorded
preview_again, take_previewed   the handlers of the form that a preview is

Between preview and record the file lies with the evidence files, known by its SHA-256: nothing is recorded of it yet.
The form of the preview holds its SHA-256 and all that was said beside it; sent twice, it records once.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from msgspec import Struct

from api.console.books.billing import check_may, key_of
from api.console.pages import Elsewhere, Made, Page, Visit
from api.console.words.refusing import InWords
from api.documents.serving import WRITE_S, attached, keep
from api.documents.shelf import Shelf
from api.http.deadlines import in_time, within
from api.http.decoding import check_command
from api.http.problems import Problem, of_not_done, of_refusal
from api.http.recording import Recording
from ledger.decider import Command
from ledger.recording.outcome import NotDone, Outcome, Refused

T = TypeVar("T")


class Sighted(Struct, kw_only=True):
    """A file as it was read, and what of it would be recorded.

    fields    all that was said beside it, its name, and its SHA-256 once it is kept
    command   None where something in the file is wrong; wrong: why nothing would be recorded
    """

    fields: Mapping[str, str]
    command: Command | None
    wrong: Problem | None = None

    @property
    def ready(self) -> bool:
        """Nothing keeps it from being recorded."""
        return self.command is not None and self.wrong is None


S = TypeVar("S", bound=Sighted)
S_in = TypeVar("S_in", bound=Sighted, contravariant=True)


class Shows(Protocol[S_in]):
    """Make the page of a preview; `key`: of the record, where it was tried already."""

    def __call__(self, visit: Visit, made: S_in, /, *, key: str = "", problem: Problem | None = None) -> Page: ...


@dataclass(frozen=True, kw_only=True)
class Course(Generic[S]):
    """The parts of the course that are of one kind of file.

    asked     the fields that its form holds beside the SHA-256
    preview   read the file again, and say what would be recorded. Raises Problem where what is said is malformed
    then      the address to go on to, from the preview and the position recorded
    """

    recording: Recording
    asked: Sequence[str]
    preview: Callable[[Visit, Mapping[str, str], bytes], Awaitable[S]]
    show: Shows[S]
    then: Callable[[S, int | None], str]


async def kept_of(visit: Visit, fields: Mapping[str, str], data: bytes) -> dict[str, str]:
    """Put a file with the evidence files. Returns what was said beside it, with its SHA-256. Raises Problem."""
    settings = visit.desk.settings
    kept = await within(WRITE_S, keep, Shelf(Path(settings.documents)), data, settings.document_bytes_max)
    return {**fields, "sha256": kept.sha256}


async def told_or_wrong(asked: Awaitable[T]) -> tuple[T | None, Problem | None]:
    """Ask the recorder. Returns its answer, or the problem that it has."""
    try:
        return await asked, None
    except NotDone as error:
        return None, of_not_done(error)
    except Problem as problem:
        return None, problem


async def would(visit: Visit, command: Command) -> tuple[Outcome | None, Problem | None]:
    """Try a command. Returns what would become of it, and why nothing would be recorded, if so."""
    outcome, wrong = await told_or_wrong(_tried(visit, command))
    return outcome, of_refusal(outcome) if isinstance(outcome, Refused) else wrong


async def _tried(visit: Visit, command: Command) -> Outcome:
    check_command(command)
    return (await visit.desk.recorder.record(command, visit.by, dry_run=True)).outcome


# The form of a preview


async def _once_more(course: Course[S], visit: Visit, fields: Mapping[str, str]) -> S:
    """The preview of the file that the form holds. Raises Problem."""
    said = {name: text for name in (*course.asked, "sha256") if (text := fields.get(name, "").strip())}
    data, _, _ = await in_time(attached, Shelf(Path(visit.desk.settings.documents)), said.get("sha256", ""))
    return await course.preview(visit, said, data)


async def preview_again(course: Course[Any], visit: Visit, fields: Mapping[str, str], said: str | None) -> Page:
    """The preview once more: in another language, or for whoever signed in anew meanwhile."""
    check_may(visit, course.recording.roles)
    problem = InWords("not-allowed", said) if said else None
    return course.show(visit, await _once_more(course, visit, fields), problem=problem)


async def take_previewed(course: Course[Any], visit: Visit, fields: Mapping[str, str]) -> Made:
    """Record what was previewed, where that was pressed and nothing is wrong; else the preview."""
    check_may(visit, course.recording.roles)
    made = await _once_more(course, visit, fields)
    if fields.get("_do") != "record" or not made.ready:
        return course.show(visit, made)
    recorder, about = visit.desk.recorder, course.recording.about
    try:
        answer = await recorder.record(made.command, visit.by, key=key_of(visit, fields), data_class=about(recorder))
    except NotDone as error:
        return course.show(visit, made, key=fields.get("key", ""), problem=of_not_done(error))
    if isinstance(answer.outcome, Refused):
        return course.show(visit, made, problem=of_refusal(answer.outcome))
    return Elsewhere(to=course.then(made, getattr(answer.outcome, "position", None)))
