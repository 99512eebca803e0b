"""key, checkpoint, prove: who signs for the log, what is signed, what a stranger can check.

key          the group: new, rotate, show
checkpoint   the log's size and root, signed; also by a witness
prove        the file that proves one fact
since        whether a checkpoint is a beginning of the log; `mcsc verify --checkpoint` asks
"""

import os
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import rich_click as click

from api.cli.actor import Claim, who_options
from api.cli.display import say, table
from api.cli.place import (
    BROKEN,
    CONFLICT,
    NOT_FOUND,
    UNAVAILABLE,
    USAGE,
    Family,
    Stop,
    data_option,
    readable,
    settings_of,
)
from api.cli.written import write

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ledger.log.checkpoint import Checkpoint, Signer

WITNESS_S = 10
ANSWER_BYTES_MAX = 1 << 16
OUTPUT = click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="A file.  [default: stdout]"
)


# Keys


@click.group(cls=Family)
def key() -> None:
    """The key that signs checkpoints of the log. Its public half is a fact, so what it signed stays checkable."""


@key.command()
@click.argument("name")
@data_option()
@who_options()
def new(name: str, data: Path, who: Claim) -> None:
    """Make the key that signs checkpoints. NAME is the log's origin for ever, such as ledger.example/demo."""
    from api.routes.log.proofs import keys_of, signer_of
    from ledger.log.checkpoint import NotChecked, new_signer

    if signer_of(settings_of(data)) is not None:
        raise Stop("There is a key already; `mcsc key rotate` makes another in its place.", CONFLICT)
    with readable(data) as (_, database), database.views.connect() as connection:
        origins = [verifier.name for _, _, verifier in keys_of(connection)]
    if origins and name != origins[-1]:
        raise Stop(f"The origin of this log is {origins[-1]}, for ever; make a key of that name.", CONFLICT)
    try:
        signer = new_signer(name)
    except NotChecked as error:
        raise Stop(str(error), USAGE) from error
    _adopt(data, signer, who)


@key.command()
@data_option()
@who_options()
def rotate(data: Path, who: Claim) -> None:
    """Make another key of the same name in the place of the one that signs. What that one signed stays checkable.

    Printed is a checkpoint signed by both: whoever trusts the old key learns the new one from it.
    """
    from api.routes.log.proofs import signed_head
    from ledger.log.checkpoint import new_signer

    old = _signer(data)
    _adopt(data, new_signer(old.name), who)
    with readable(data) as (_, database), database.views.connect() as connection:
        click.echo(signed_head(connection, old, _signer(data)), nl=False)


@key.command()
@data_option()
def show(data: Path) -> None:
    """The public keys: the one that signs, and those that did. Give them to whoever checks."""
    from api.routes.log.proofs import keys_of, signer_of

    signer = signer_of(settings_of(data))
    current = None if signer is None else str(signer.verifier)
    with readable(data) as (_, database), database.views.connect() as connection:
        keys = keys_of(connection)
    rows = [(fact.vkey, at, fact.effective_on, "signs" if fact.vkey == current else "signed") for at, fact, _ in keys]
    table("Checkpoint keys", ("key", "position", "adopted", "state"), rows)
    if current is not None and current not in [fact.vkey for _, fact, _ in keys[-1:]]:
        say(f"✗ the key that signs here is not the latest on record: {current}")


def _adopt(data: Path, signer: "Signer", who: Claim) -> None:
    """Record the public key, then put the secret one in its place: at worst a key is listed that never signs."""
    from api.cli.tokens import execute
    from ledger.access import AdoptCheckpointKey

    settings = settings_of(data)
    execute(data, who, AdoptCheckpointKey, vkey=str(signer.verifier))
    path = Path(settings.checkpoint_key)
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as out:
        out.write(f"{signer}\n")
        out.flush()
        os.fsync(out.fileno())
    part.replace(path)
    click.echo(str(signer.verifier))
    say(f"✓ {path} signs checkpoints; whoever checks them needs the line above. No backup holds the file: keep a copy")


def _signer(data: Path) -> "Signer":
    """The key that signs. Raises Stop where there is none."""
    from api.routes.log.proofs import no_signer, signer_of

    signer = signer_of(settings_of(data))
    if signer is None:
        with readable(data) as (_, database), database.views.connect() as connection:
            raise Stop(no_signer(connection), NOT_FOUND)
    return signer


# Checkpoints and proofs


@click.group(invoke_without_command=True)
@data_option()
@OUTPUT
@click.pass_context
def checkpoint(context: click.Context, data: Path, output: Path | None) -> None:
    """Sign the size and root of the log as it is now, in the format of C2SP tlog-checkpoint. Keep it elsewhere."""
    if context.invoked_subcommand is None:
        write([_checkpoint(data).encode()], output)


def _checkpoint(data: Path) -> str:
    from api.routes.log.proofs import signed_head

    signer = _signer(data)
    with readable(data) as (_, database), database.views.connect() as connection:
        return signed_head(connection, signer)


@checkpoint.command()
@click.argument("url")
@click.option("--key", "vkey", required=True, help="The witness's public key (vkey), from whoever runs it.")
@data_option()
@OUTPUT
def witness(url: str, vkey: str, data: Path, output: Path | None) -> None:
    """Have a witness sign a checkpoint as well (C2SP tlog-witness); URL is its submission prefix.

    \b
    mcsc key show                                           its last line: for whoever runs the witness
    mcsc checkpoint witness https://witness.example/ \\
        --key witness.example/w1+… -o cosigned.note         keep it elsewhere
    mcsc verify --checkpoint cosigned.note --key witness.example/w1+…

    The witness signs only a log that grew from the one it saw before; its signature is checked, and added. Where it
    refuses, the exit code says why: 3 it saw another history, 4 it does not know this log or this key, 8 try again.
    """
    from api.routes.log.proofs import signed_head
    from ledger.log.checkpoint import NotChecked, cosigned, read_checkpoint, read_verifier

    if urlsplit(url).scheme not in ("http", "https"):
        raise Stop(f"{url} is no address of a witness: it begins with https://", USAGE)
    try:
        theirs = read_verifier(vkey)
        signer = _signer(data)
        with readable(data) as (_, database), database.views.connect() as connection:
            note = signed_head(connection, signer)
            answer = _submitted(connection, url, read_checkpoint(note, [signer.verifier]))
        signed, _ = cosigned(note, answer, theirs)
    except NotChecked as error:
        raise Stop(f"The witness: {error}", BROKEN) from error
    write([signed.encode()], output)
    say(f"✓ {theirs.name} signed as well")


def _submitted(connection: "Connection", url: str, ours: "Checkpoint") -> str:
    """Submit a checkpoint to a witness, again with the proof from the size that it says it knows; its answer."""
    from ledger.log.checkpoint import add_checkpoint
    from ledger.log.proving import consistency_of

    known, (status, answer) = 0, _ask(url, add_checkpoint(0, (), ours.note))
    if status == 409 and (said := answer.strip()).isascii() and said.isdecimal() and len(said) < 19:
        known = int(said)
        if known > ours.size:
            raise Stop(
                f"The witness has signed {known:,} facts of {ours.origin}, and {ours.size:,} are here: facts were taken"
                " away, as by a restore of an older backup, or another ledger has this name.",
                BROKEN,
            )
        path = consistency_of(connection, known, ours.size).path
        status, answer = _ask(url, add_checkpoint(known, path, ours.note))
    if status != 200:
        raise _not_signed(status, answer.strip()[:200], ours, known)
    return answer


def _not_signed(status: int, answer: str, ours: "Checkpoint", known: int) -> Stop:
    """Say why a witness did not sign, and what to do."""
    code = BROKEN
    match status:
        case 400:
            why = f"it cannot read what it was sent ({answer})"
        case 403:
            why, code = (
                f"it trusts no key that signed: give it the line that signs in `mcsc key show` ({answer})",
                NOT_FOUND,
            )
        case 404:
            why = f"it knows no log {ours.origin}, or this is not its submission prefix: whoever runs it adds a log"
            code = NOT_FOUND
        case 409 if answer == str(known):
            why = f"it has signed another tree of {known:,} facts: history was rewritten, here or where it was signed"
        case 409:
            why, code = "another checkpoint reached it meanwhile; try again", UNAVAILABLE
        case 422:
            why = f"the {known:,} facts that it signed are not those that are here: history was rewritten ({answer})"
        case _:
            why, code = f"it says {answer!r}; try again later", UNAVAILABLE
    return Stop(f"The witness did not sign: {status}, {why}.", code)


def _ask(url: str, body: bytes) -> tuple[int, str]:
    """POST to a witness; the status and body of its answer."""
    from http.client import HTTPConnection, HTTPException, HTTPSConnection, InvalidURL

    parts = urlsplit(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    try:
        with closing(kind(parts.netloc, timeout=WITNESS_S)) as connection:
            connection.request("POST", f"{parts.path.rstrip('/')}/add-checkpoint", body)
            answer = connection.getresponse()
            return answer.status, answer.read(ANSWER_BYTES_MAX).decode(errors="replace")
    except InvalidURL as error:
        raise Stop(f"{url} is no address of a witness: {error}", USAGE) from error
    except TimeoutError as error:
        raise Stop(f"The witness at {url} did not answer within {WITNESS_S} s; try again.", UNAVAILABLE) from error
    except (OSError, HTTPException) as error:
        raise Stop(f"The witness at {url} does not answer: {error}", UNAVAILABLE) from error


@click.command()
@click.argument("position", type=click.IntRange(1))
@data_option()
@OUTPUT
def prove(position: int, data: Path, output: Path | None) -> None:
    """Prove that a fact is in the log, with a signed checkpoint: a file of C2SP tlog-proof, checkable offline.

    It proves the fact's envelope as `GET /v1/facts/POSITION` answers it, byte for byte.
    """
    from api.routes.log.proofs import signed_head
    from ledger.log.checkpoint import read_checkpoint, tlog_proof
    from ledger.log.proving import NotRecorded, inclusion_of

    signer = _signer(data)
    with readable(data) as (_, database), database.views.connect() as connection:
        note = signed_head(connection, signer)
        try:
            made = inclusion_of(connection, position, read_checkpoint(note, [signer.verifier]).size)
        except NotRecorded as error:
            raise Stop(f"Nothing to prove: {error}.", NOT_FOUND) from error
    write([tlog_proof(position, made.path, note).encode()], output)


def since(connection: "Connection", file: Path, vkeys: tuple[str, ...]) -> tuple[int, str]:
    """The size and root of a checkpoint, which a known key signed: one on record here, or one of those given.

    Raises Stop where it is none.
    """
    from api.routes.log.proofs import keys_of
    from ledger.log import store
    from ledger.log.checkpoint import NotChecked, read_checkpoint, read_verifier

    try:
        known = [one for _, _, one in keys_of(connection)]
        read = read_checkpoint(file.read_text(encoding="utf-8"), [*known, *map(read_verifier, vkeys)])
    except (NotChecked, UnicodeDecodeError) as error:
        raise Stop(f"{file}: {error}", BROKEN) from error
    size = store.read_head(connection).size
    signed_by = ", ".join(one.split("+")[0] for one in read.signed_by)
    say(f"{file}: {read.size:,} facts of {read.origin}, signed by {signed_by}")
    if read.size > size:
        raise Stop(f"History was taken away: {file} tells of {read.size:,} facts, and {size:,} are here.", BROKEN)
    return read.size, read.root.hex()
