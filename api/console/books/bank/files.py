"""A bank's file at the desk: chosen, previewed line by line, and recorded.

routes    /desk/bank/file: the file, previewed; /desk/bank/taken: previewed again, and recorded
choices   what the form that chooses one offers: the profiles on record, and those of the directory of profiles

Between preview and record the file lies with the evidence files, known by its SHA-256: nothing is recorded of it yet.
The form of the preview holds its SHA-256 and all that was said beside it; sent twice, it records once.
"""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct

from api.bookkeeping.statements.columns import profile_from
from api.bookkeeping.statements.profiles import PROFILES, NotChosen, name_of
from api.bookkeeping.statements.reading import Given, taken_from
from api.bookkeeping.statements.rows import Place, StatementFile
from api.bookkeeping.statements.serving import TAKE
from api.console.books.billing import check_may, key_of
from api.console.pages import HOME, Elsewhere, Made, Page, Sent, Visit, address, form, upload
from api.console.parts import Desk
from api.console.sessions import new_key
from api.console.words.refusing import InWords
from api.documents.bank_files import READ_S, on_record
from api.documents.serving import WRITE_S, attached, keep
from api.documents.shelf import Shelf
from api.http.deadlines import in_time, within
from api.http.decoding import check_command
from api.http.operations import FINANCE
from api.http.problems import DECODING, Problem, of_not_done, of_refusal
from api.http.reading import BasisQuery
from ledger.bookkeeping.statements.columns import Profile
from ledger.bookkeeping.statements.facts import BankStatementTaken
from ledger.bookkeeping.statements.taking import TakeBankStatements
from ledger.recording.outcome import NotDone, Previewed, Refused

BANK = f"{HOME}/bank"
FILE, TAKEN = f"{BANK}/file", f"{BANK}/taken"
SAID = ("bank_account", "encoding", "statement", "from_on", "until_on", "opening", "closing", "reason", "on")
"""What may be said beside a file."""
SHOWN = 500
"""Lines of a statement that a preview shows."""


class Previewing(Struct, kw_only=True):
    """A file as it was read, and what of it would be recorded.

    command   None where something in the file is wrong
    new       the statements that would be recorded; wrong: why none would
    """

    fields: Mapping[str, str]
    read: StatementFile
    command: TakeBankStatements | None
    new: Sequence[BankStatementTaken] = ()
    wrong: Problem | None = None


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Those of files."""
    return [
        upload(desk, FILE, "bank-file", _sent, desk.settings.document_bytes_max),
        form(desk, TAKEN, "bank-file-taken", _take, again=_again),
    ]


def _in_directory(desk: Desk) -> list[str]:
    directory = Path(desk.settings.bank_profiles)
    return sorted(path.stem for path in directory.glob("*.toml")) if directory.is_dir() else []


async def choices(desk: Desk) -> list[str]:
    """The names of the profiles that the desk offers: those on record as NAME@VERSION, the latest of each."""
    _, found = await desk.reader.find(PROFILES, BasisQuery(), {})
    recorded = [name_of(one) for one in found.data.profiles if one.latest]
    return [*recorded, *await in_time(_in_directory, desk)]


# What is sent


async def _sent(visit: Visit, sent: Sent) -> Made:
    """Read the file that was chosen, keep it where it is right, and preview what would be recorded."""
    check_may(visit, FINANCE)
    fields = {name: text for name in SAID if (text := sent.fields.get(name, "").strip())}
    fields |= {"name": sent.name or "bank statement"}
    named = sent.fields.get("profile", "")
    if "@" in named and not sent.beside.get("profile_file"):
        fields["read_by"] = named
    elif (profile := await in_time(_profile, visit, sent)) is not None:
        fields["profile"] = msgspec.json.encode(profile).decode()
    return await _page(visit, await _previewed(visit, fields, sent.data))


def _profile(visit: Visit, sent: Sent) -> Profile | None:
    """The profile that was sent with a file, or chosen; None of what needs none. Raises Problem."""
    data, chosen = sent.beside.get("profile_file", b""), sent.fields.get("profile", "")
    if not data and not chosen:
        return None
    if not data:
        if chosen not in _in_directory(visit.desk):
            raise InWords("body-invalid", visit.say("This profile is not among those that the desk offers."))
        data = (Path(visit.desk.settings.bank_profiles) / f"{chosen}.toml").read_bytes()
    try:
        return profile_from(tomllib.loads(data.decode()))
    except (msgspec.ValidationError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Problem("body-invalid", f"The profile is none: {error}") from error


async def _given(visit: Visit, fields: Mapping[str, str]) -> Given:
    """All that was said beside a file, as the command takes it; of a profile on record what stands there.

    Raises Problem.
    """
    said: dict[str, Any] = {name: fields[name] for name in SAID if name in fields}
    said |= {"name": fields.get("name", ""), "on": said.get("on", visit.desk.settings.today())}
    try:
        if "profile" in fields:
            said["profile"] = msgspec.json.decode(fields["profile"])
        if "read_by" in fields:
            one = await on_record(visit.desk.reader, fields["read_by"])
            said["profile"] = msgspec.to_builtins(one.columns)
            said["read_by"] = {"profile": one.profile, "version": one.version}
        return msgspec.convert(said, Given)
    except NotChosen as error:
        raise InWords("body-invalid", visit.say("This profile is not among those that the desk offers.")) from error
    except DECODING as error:
        raise Problem("body-invalid", str(error)) from error


async def _previewed(visit: Visit, fields: Mapping[str, str], data: bytes) -> Previewing:
    """Read a file and say what would be recorded of it. Raises Problem where what is said beside it is malformed."""
    desk = visit.desk
    read, command = await within(READ_S, taken_from, data, await _given(visit, fields))
    made = Previewing(fields=fields, read=read, command=command)
    if command is None:
        return made
    kept = await within(WRITE_S, keep, Shelf(Path(desk.settings.documents)), data, desk.settings.document_bytes_max)
    made.fields = {**fields, "sha256": kept.sha256}
    try:
        check_command(command)
        outcome = (await desk.recorder.record(command, visit.by, dry_run=True)).outcome
    except NotDone as error:
        made.wrong = of_not_done(error)
    except Problem as problem:
        made.wrong = problem
    else:
        made.wrong = of_refusal(outcome) if isinstance(outcome, Refused) else None
        facts = outcome.facts if isinstance(outcome, Previewed) else ()
        made.new = [fact for fact in facts if isinstance(fact, BankStatementTaken)]
    return made


# The preview


async def _page(visit: Visit, made: Previewing, *, key: str = "", problem: Problem | None = None) -> Page:
    wrong = problem or made.wrong
    status = 422 if made.command is None else 200 if wrong is None else wrong.status
    return Page(
        template="bank/file.html",
        title=visit.say("A bank's file"),
        section="bank",
        crumbs=[(visit.say("City"), HOME), (visit.say("Bank statements"), BANK)],
        status=status,
        values={
            "fields": made.fields,
            "bad": [_in_words(visit, place) for place in made.read.bad],
            "left_out": [_in_words(visit, place) for place in made.read.left_out],
            "right": made.command is not None,
            "statements": made.command.statements if made.command is not None else (),
            "new": {(one.statement, one.effective_on): one for one in made.new},
            "wrong": wrong,
            "broken": wrong is not None and wrong.code == "bank-statement-broken",
            "shown": SHOWN,
            "back": address(BANK, {"bank_account": made.fields.get("bank_account", "")}),
            "key": key or new_key(),
        },
    )


def _in_words(visit: Visit, place: Place) -> tuple[str, str]:
    return (visit.say("line {line}", line=place.line) if place.line else "", place.rule)


# What its form asks for


async def _kept(visit: Visit, fields: Mapping[str, str]) -> tuple[dict[str, str], bytes]:
    """All that was said beside a file that is kept, and the file. Raises Problem."""
    names = (*SAID, "name", "profile", "read_by", "sha256")
    said = {name: text for name in names if (text := fields.get(name, "").strip())}
    data, _, _ = await in_time(attached, Shelf(Path(visit.desk.settings.documents)), said.get("sha256", ""))
    return said, data


async def _again(visit: Visit, fields: Mapping[str, str], said: str | None) -> Page:
    """The preview once more: in another language, or for whoever signed in anew meanwhile."""
    check_may(visit, FINANCE)
    problem = InWords("not-allowed", said) if said else None
    return await _page(visit, await _previewed(visit, *await _kept(visit, fields)), problem=problem)


async def _take(visit: Visit, fields: Mapping[str, str]) -> Made:
    check_may(visit, FINANCE)
    said, data = await _kept(visit, fields)
    made = await _previewed(visit, said, data)
    if fields.get("_do") != "record" or made.command is None or made.wrong is not None:
        return await _page(visit, made)
    recorder = visit.desk.recorder
    try:
        answer = await recorder.record(
            made.command, visit.by, key=key_of(visit, fields), data_class=TAKE.about(recorder)
        )
    except NotDone as error:
        return await _page(visit, made, key=fields.get("key", ""), problem=of_not_done(error))
    if isinstance(answer.outcome, Refused):
        return await _page(visit, made, problem=of_refusal(answer.outcome))
    position = getattr(answer.outcome, "position", None)
    return Elsewhere(
        to=address(
            BANK, {"bank_account": made.command.bank_account, "recorded_as": position or "", "wait": position or 0}
        )
    )
