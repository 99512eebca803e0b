"""key, checkpoint, prove: who signs for the log, what is signed, what a stranger can check.

key          the group: new, rotate, show
checkpoint   the log's size and root, signed; also by a witness
prove        the file that proves one fact
since        whether a checkpoint is a beginning of the log; `mcsc verify --checkpoint` asks
"""

import os
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

    from ledger.log.checkpoint import Signer

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
    from api.routes.proofs import keys_of, signer_of
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
    from api.routes.proofs import signed_head
    from ledger.log.checkpoint import new_signer

    old = _signer(data)
    _adopt(data, new_signer(old.name), who)
    with readable(data) as (_, database), database.views.connect() as connection:
        click.echo(signed_head(connection, old, _signer(data)), nl=False)


@key.command()
@data_option()
def show(data: Path) -> None:
    """The public keys: the one that signs, and those that did. Give them to whoever checks."""
    from api.routes.proofs import keys_of, signer_of

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
    from api.routes.proofs import no_signer, signer_of

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
    from api.routes.proofs import signed_head

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

    The witness signs only a log that grew from the one it saw before; its signature is checked, and added.
    """
    from api.routes.proofs import signed_head
    from ledger.log.checkpoint import NotChecked, add_checkpoint, cosigned, read_checkpoint, read_verifier
    from ledger.log.proving import NotRecorded, consistency_of

    if urlsplit(url).scheme not in ("http", "https"):
        raise Stop(f"{url} is no address of a witness: it begins with https://", USAGE)
    try:
        theirs = read_verifier(vkey)
        signer = _signer(data)
        with readable(data) as (_, database), database.views.connect() as connection:
            note = signed_head(connection, signer)
            size = read_checkpoint(note, [signer.verifier]).size
            status, answer = _ask(url, add_checkpoint(0, (), note))
            if status == 409 and answer.strip().isdecimal():
                path = consistency_of(connection, int(answer), size).path
                status, answer = _ask(url, add_checkpoint(int(answer), path, note))
        if status != 200:
            raise Stop(
                f"The witness did not sign: {status} {answer.strip()[:200]}", BROKEN if status == 422 else UNAVAILABLE
            )
        signed, _ = cosigned(note, answer, theirs)
    except (NotChecked, NotRecorded) as error:
        raise Stop(f"The witness: {error}", BROKEN) from error
    write([signed.encode()], output)
    say(f"✓ {theirs.name} signed as well")


def _ask(url: str, body: bytes) -> tuple[int, str]:
    """POST to a witness; the status and body of its answer."""
    from http.client import HTTPConnection, HTTPException, HTTPSConnection

    parts = urlsplit(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.netloc, timeout=WITNESS_S)
    try:
        connection.request("POST", f"{parts.path.rstrip('/')}/add-checkpoint", body)
        answer = connection.getresponse()
        return answer.status, answer.read(ANSWER_BYTES_MAX).decode(errors="replace")
    except (OSError, HTTPException) as error:
        raise Stop(f"The witness at {url} does not answer: {error}", UNAVAILABLE) from error
    finally:
        connection.close()


@click.command()
@click.argument("position", type=click.IntRange(1))
@data_option()
@OUTPUT
def prove(position: int, data: Path, output: Path | None) -> None:
    """Prove that a fact is in the log, with a signed checkpoint: a file of C2SP tlog-proof, checkable offline.

    It proves the fact's envelope as `GET /v1/facts/POSITION` answers it, byte for byte.
    """
    from api.routes.proofs import signed_head
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
    from api.routes.proofs import keys_of
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
