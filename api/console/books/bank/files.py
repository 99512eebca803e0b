"""A bank's file at the desk: chosen, previewed line by line, and recorded.

routes    /desk/bank/file: the file, previewed; /desk/bank/taken: previewed again, and recorded
choices   what the form that chooses one offers: the profiles on record, and those of the directory of profiles

The course of a file between is that of every file: ../uploads.py.
"""

import tomllib
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from litestar.handlers import HTTPRouteHandler

from api.bookkeeping.statements.columns import profile_from
from api.bookkeeping.statements.profiles import PROFILES, NotChosen, name_of
from api.bookkeeping.statements.reading import Given, taken_from
from api.bookkeeping.statements.rows import Place, StatementFile
from api.bookkeeping.statements.serving import TAKE
from api.console.books.billing import check_may
from api.console.books.uploads import Course, Sighted, kept_of, preview_again, take_previewed, would
from api.console.pages import HOME, Made, Page, Sent, Visit, address, form, upload
from api.console.parts import Desk
from api.console.sessions import new_key
from api.console.words.refusing import InWords
from api.documents.bank_files import READ_S, on_record
from api.http.deadlines import in_time, within
from api.http.operations import FINANCE
from api.http.problems import DECODING, Problem
from api.http.reading import BasisQuery
from ledger.bookkeeping.statements.columns import Profile
from ledger.bookkeeping.statements.facts import BankStatementTaken
from ledger.bookkeeping.statements.taking import TakeBankStatements
from ledger.recording.outcome import Previewed

BANK = f"{HOME}/bank"
FILE, TAKEN = f"{BANK}/file", f"{BANK}/taken"
SAID = ("bank_account", "encoding", "statement", "from_on", "until_on", "opening", "closing", "reason", "on")
"""What may be said beside a file."""
SHOWN = 500
"""Lines of a statement that a preview shows."""


class Previewing(Sighted, kw_only=True):
    """A bank's file as it was read, and what of it would be recorded. `new`: the statements that would be."""

    read: StatementFile
    command: TakeBankStatements | None
    new: Sequence[BankStatementTaken] = ()


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Those of files."""
    return [
        upload(desk, FILE, "bank-file", _sent, desk.settings.document_bytes_max),
        form(
            desk,
            TAKEN,
            "bank-file-taken",
            partial(take_previewed, STATEMENTS),
            again=partial(preview_again, STATEMENTS),
        ),
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
    return _page(visit, await _previewed(visit, fields, sent.data))


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
    read, command = await within(READ_S, taken_from, data, await _given(visit, fields))
    made = Previewing(fields=fields, read=read, command=command)
    if command is None:
        return made
    made.fields = await kept_of(visit, fields, data)
    outcome, made.wrong = await would(visit, command)
    facts = outcome.facts if isinstance(outcome, Previewed) else ()
    made.new = [fact for fact in facts if isinstance(fact, BankStatementTaken)]
    return made


# The preview


def _page(visit: Visit, made: Previewing, *, key: str = "", problem: Problem | None = None) -> Page:
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


def _then(made: Previewing, position: int | None) -> str:
    account = made.command.bank_account if made.command is not None else ""
    return address(BANK, {"bank_account": account, "recorded_as": position or "", "wait": position or 0})


STATEMENTS = Course(
    recording=TAKE,
    asked=(*SAID, "name", "profile", "read_by"),
    preview=_previewed,
    show=_page,
    then=_then,
)
