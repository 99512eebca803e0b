"""record: commands as JSON, one a line, from a file or a pipe.

record_one    one command recorded, for other commands of the command line

A line is a command with its name, `{"command": "register-lead", …}`, or that and an idempotency key,
`{"key": "…", "command": {…}}`. Lines are recorded in order, many in one commit, each with an outcome of its own; or all
or none (`--atomic`).
"""

import json
import sys
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import closing
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Union

import rich_click as click
from click.exceptions import Exit

from api.cli.actor import Claim, acting, check_role, ledger_of, who_options
from api.cli.display import Progress, say
from api.cli.place import NOT_ALLOWED, USAGE, Stop, data_option, exit_code, known, migrated, together

if TYPE_CHECKING:
    from ledger.decider import By, Command, DataClass
    from ledger.recording.asking import Piece, Recorder
    from ledger.recording.outcome import Answer, Outcome

AT_ONCE = 1000


@click.command()
@click.argument("file", type=click.File("rb"), required=False)
@data_option()
@who_options()
@click.option("--key", help="The idempotency key of a single command: the same key records once, however often sent.")
@click.option(
    "--delegation", metavar="ID", help="Approve in another's stead, by this delegation; you stay who you are."
)
@click.option("--dry-run", is_flag=True, help="Show what would be recorded, and record nothing.")
@click.option("--atomic", is_flag=True, help="Record all lines or, where one is wrong, none; each wrong one is named.")
@click.option("--list", "list_commands", is_flag=True, help="The commands there are.")
@click.option(
    "--example",
    metavar="COMMAND",
    shell_complete=lambda _context, _parameter, typed: [name for name in _commands() if name.startswith(typed)],
    help="A command on one line, to be changed; which fields it needs. Or a story: company, lease, order, offtake.",
)
def record(
    file: IO[bytes] | None,
    data: Path,
    who: Claim,
    key: str | None,
    delegation: str | None,
    dry_run: bool,
    atomic: bool,
    list_commands: bool,
    example: str | None,
) -> None:
    """Record commands: one as JSON, or many, one a line, from FILE or standard input.

    An outcome is printed for each, as JSON, one a line. A bad line is named with its number, field and rule; the others
    are recorded, or, with --atomic, none is. Each line is decided on those before it, in a dry run too. The exit code
    is the highest of: 2 malformed, 4 unknown company, 5 conflict, 6 refused by a rule, 7 not for this role.

    \b
    mcsc record --example register-lead
    mcsc record --example lease > lease.ndjson        (from draft to first receipt)
    mcsc record deals.ndjson
    mcsc record deals.ndjson --atomic --dry-run
    mcsc record approvals.ndjson --key-file wang-min.key
    mcsc record approvals.ndjson --delegation on-leave       (in another's stead: `mcsc report delegations`)
    """
    together(
        "shows something and records nothing",
        {"--list": list_commands, "--example": example is not None},
        {
            "FILE": file is not None,
            "--key": key is not None,
            "--delegation": delegation is not None,
            "--dry-run": dry_run,
            "--atomic": atomic,
        },
    )
    commands = _commands()
    if list_commands:
        width = max(map(len, commands)) + 2
        for name, command in commands.items():
            click.echo(f"{name:<{width}}{_in_words(command)}")
        return
    if example is not None:
        _show_example(commands, example)
        return
    codes = _record_all(file or sys.stdin.buffer, data, who, key, delegation, dry_run, atomic)
    if codes:
        raise Exit(max(codes))


def _commands() -> "dict[str, type[Command]]":
    """Every command by its name."""
    from ledger.recording.contexts import CONTEXTS

    return {str(command.__struct_config__.tag): command for decider in CONTEXTS for command in decider.commands}


def record_one(data: Path, command: "Command", who: Claim, *, dry_run: bool = False) -> "Outcome":
    """Record a command in the ledger of a directory, which is made if there is none."""
    from api.http.decoding import check_command

    check_command(command)
    settings, database = migrated(data)
    with closing(database):
        by = acting(settings, database, who, dry_run=dry_run)
        check_role(by, type(command))
        with ledger_of(settings, database) as ledger:
            return ledger.execute(command, by, dry_run=dry_run).outcome


def _in_words(command: "type[Command]") -> str:
    """The first paragraph of what a command says of itself, on one line."""
    return " ".join((command.__doc__ or "").partition("\n\n")[0].split())


def _show_example(commands: "Mapping[str, type[Command]]", name: str) -> None:
    """Print an example that can be recorded as it is, and say which of its fields are required."""
    from api.cli.examples import STORIES, before, example, optional, required, story

    if name in STORIES:
        for line in story(name, commands):
            click.echo(line)
        say("a story: send it as one person, as another, who approves, and as the first again; each records its part")
        return
    if name not in commands:
        raise Stop(f"There is no command {name}; `mcsc record --list` shows those there are.", USAGE)
    click.echo(example(commands[name]))
    say(f"required: {', '.join(required(commands[name]))}")
    if names := before(commands[name]):
        say(f"on record before it: {', '.join(f'{thing} ({maker})' for thing, maker in names.items())}")
    for field, words in optional(commands[name]):
        say(f"may be left out: {field}: {words}")


class _Line:
    """One line of input: its number, and what is asked for, or what is wrong with it; then its answer."""

    def __init__(self, number: int, piece: "Piece[Any] | None", fault: dict[str, Any] | None = None) -> None:
        self.number = number
        self.piece = piece
        self.fault = fault
        self.answer: Future[Answer] | None = None


def _record_all(
    file: IO[bytes], data: Path, who: Claim, key: str | None, delegation: str | None, dry_run: bool, atomic: bool
) -> set[int]:
    """Record every line; the exit codes that were earned."""
    from msgspec.structs import replace

    lines = _documents(_utf8(file.read()))
    if not lines:
        say("There is no command in it: nothing was recorded.")
        return set()
    if key is not None and len(lines) != 1:
        raise Stop("--key is for a single command; give each line a key of its own instead.", USAGE)
    settings, database = migrated(data)
    with closing(database):
        if (atomic or dry_run) and len(lines) > (most := settings.together_lines_max):
            how = "--atomic" if atomic else "--dry-run"
            detail = (
                f"With {how} all is decided in one transaction: {most:,} lines at most, and this has {len(lines):,}."
            )
            raise Stop(f"{detail} Send it in parts, or set together_lines_max. Nothing was recorded.", USAGE)
        by = replace(acting(settings, database, who, dry_run=dry_run), delegation=delegation)
        codes: set[int] = set()
        with ledger_of(settings, database) as ledger, Progress("commands") as progress:
            read = _reader(ledger, by, key)
            if atomic or dry_run:
                codes = _record_together(ledger, by, [read(*one) for one in lines], atomic=atomic, dry_run=dry_run)
                lines = []
            for start in range(0, len(lines), AT_ONCE):
                some = [read(number, document) for number, document in lines[start : start + AT_ONCE]]
                for line in some:
                    line.answer = _submitted(ledger, line.piece, by) if line.piece else None
                for line in some:
                    codes |= _tell(line)
                progress(min(start + AT_ONCE, len(lines)), len(lines))
    return codes


def _record_together(ledger: "Recorder", by: "By", lines: list[_Line], *, atomic: bool, dry_run: bool) -> set[int]:
    """Record lines in one transaction; the exit codes that were earned. Where one cannot be read, none is recorded, and
    the others are decided all the same: every wrong line is named at once."""
    from ledger.recording.outcome import NotDone

    asked = [line for line in lines if line.piece is not None]
    if asked:
        dry_run = dry_run or (atomic and len(asked) < len(lines))
        pieces = [line.piece for line in asked if line.piece is not None]
        try:
            asking = ledger.submit_together(pieces, by, atomic=atomic, dry_run=dry_run)
            answers = asking.result()
        except NotDone as error:
            raise known(error) from error
        for line, answer in zip(asked, answers.each, strict=True):
            line.answer = Future()
            if isinstance(answer, NotDone):
                line.answer.set_exception(answer)
            else:
                line.answer.set_result(answer)
    codes: set[int] = set().union(*map(_tell, lines))
    if atomic and codes:
        say(f"Nothing was recorded of these {len(lines):,} lines: mend those that are named, and send them all again.")
    return codes


def _utf8(text: bytes) -> bytes:
    """The text without the byte order mark that some editors write before it. Raises Stop where it is UTF-16."""
    if text.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) or b"\0" in text[:4]:
        raise Stop("This is UTF-16; save it as UTF-8 and record it again. Nothing was recorded.", USAGE)
    return text.removeprefix(BOM_UTF8)


def _documents(text: bytes) -> list[tuple[int, bytes]]:
    """(line number, JSON): one document over many lines, or one a line."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    return [(1, text)]


def _reader(ledger: "Recorder", by: "By", key: str | None) -> Callable[[int, bytes], _Line]:
    """Reads a line."""
    import msgspec

    from api.http.decoding import decoded
    from api.http.problems import Problem
    from ledger.recording.asking import Piece
    from ledger.recording.contexts import CONTEXTS

    any_command: Any = Union[tuple(command for context in CONTEXTS for command in context.commands)]  # noqa: UP007 - its members are known only at run time
    keyed = msgspec.defstruct("Keyed", [("key", str), ("command", any_command)], forbid_unknown_fields=True)
    plain, wrapped = msgspec.json.Decoder(any_command), msgspec.json.Decoder(keyed)
    named: Any = msgspec.json.Decoder(msgspec.defstruct("Named", [("command", msgspec.Raw)]))

    def entry(document: bytes) -> "tuple[str | None, Command]":
        if bytes(named.decode(document).command).startswith(b"{"):
            if key is not None:
                raise Stop("This command brings a key of its own; leave --key out. Nothing was recorded.", USAGE)
            said: Any = wrapped.decode(document)
            return said.key, said.command
        return key, plain.decode(document)

    def read(number: int, document: bytes) -> _Line:
        try:
            its_key, command = decoded(entry, document)
        except Problem as problem:
            errors = [{"pointer": fault.pointer, "detail": fault.detail} for fault in problem.errors]
            return _Line(number, None, {"code": problem.code, "detail": problem.detail, "errors": errors})
        try:
            check_role(by, type(command))
        except Stop as error:
            return _Line(number, None, {"outcome": "not-allowed", "code": "not-allowed", "detail": error.message})
        return _Line(number, Piece(command, its_key, _about(ledger, command)))

    return read


def _about(ledger: "Recorder", command: "Command") -> "DataClass | None":
    """The data class of a command's facts: as it would be over HTTP."""
    from api.app import RECORDINGS

    recordings = (recording for recording in RECORDINGS if recording.command is type(command))
    return next((recording.about(ledger) for recording in recordings), None)


def _submitted(ledger: "Recorder", piece: "Piece[Any]", by: "By") -> "Future[Answer]":
    """The answer to come; a full queue answers too."""
    from ledger.recording.outcome import NotDone

    try:
        answer = ledger.submit(piece.command, by, key=piece.key, data_class=piece.data_class)
    except NotDone as error:
        answer = Future()
        answer.set_exception(error)
    return answer


def _tell(line: _Line) -> set[int]:
    """Print a line's outcome; the exit code it earns, if any."""
    import msgspec

    from ledger.recording.outcome import NotDone, Refused

    if line.answer is None:
        fault = {"line": line.number, "outcome": "malformed", **(line.fault or {})}
        say(f"line {line.number}: {fault['detail']}")
        click.echo(json.dumps(fault, ensure_ascii=False))
        return {NOT_ALLOWED if fault["outcome"] == "not-allowed" else USAGE}
    try:
        answer = line.answer.result()
    except NotDone as error:  # this line's own: those after it are recorded and told all the same
        say(f"line {line.number}: {error}")
        click.echo(json.dumps({"line": line.number, "outcome": "not-done", "detail": str(error)}, ensure_ascii=False))
        return {known(error).exit_code}
    shown = {"line": line.number, **msgspec.to_builtins(answer.outcome)}
    if answer.replayed:
        shown["replayed"] = True
    click.echo(json.dumps(shown, ensure_ascii=False))
    if not isinstance(answer.outcome, Refused):
        return set()
    refused = answer.outcome
    say(f"line {line.number}: {refused.detail} ({refused.code}{f', {refused.field}' if refused.field else ''})")
    return {exit_code(refused.kind)}
