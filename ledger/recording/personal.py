"""The keys under which personal data are sealed: one a person, in a file of its own, beside the log and never in it.

Keys      seal a command, read a value, destroy a key; copy all of them
erased    whose keys the log says are destroyed; sweep: destroy those that are still there

AES-SIV (RFC 5297, 256 bits) under the subject's key, bound to the subject and the field. It needs no nonce: a command
sent twice is sealed alike, so that an idempotency key knows it again. Words are filled up to 32 bytes: the length tells
little. What is sealed stays in the log, and the roots with it; once the key is destroyed nobody can read it.

A destroyed key leaves an empty file `….gone`: nothing that is put back later (an old backup) brings the key again.
"""

import os
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TypeVar

from msgspec import structs
from sqlalchemy import Connection

from ledger.decider import PERSONAL_ERASED, Command
from ledger.log.directories import make_directory, sync
from ledger.log.store import by_tags
from ledger.values.personal import is_sealed

KEY_BITS, BLOCK, PREFIX = 512, 32, "sealed:"
KEY, GONE, UNFINISHED = ".key", ".gone", ".part-"
SUBJECT = re.compile(r"[a-z0-9][a-z0-9.-]{0,120}", re.ASCII)
C = TypeVar("C", bound=Command)


class Keys:
    """The keys in a directory that its owner alone can read; it is made with the first of them.

    A subject is written in lower-case letters, digits, hyphens and dots: its key's file is named by it.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def sealed(self, command: C, *, dry_run: bool = False) -> C:
        """The command with its personal fields sealed; what is sealed already stays. Raises OSError.

        dry_run   no key is made for it
        """
        plain = {name: value for name in command.personal if (value := getattr(command, name)) is not None}
        plain = {name: value for name, value in plain.items() if not is_sealed(value)}
        if not plain:
            return command
        subject = command.subject
        key = self._key(subject)
        if key is None:
            key = _new() if dry_run or self.is_gone(subject) else self._make(subject)
        return structs.replace(command, **{name: _seal(key, subject, name, value) for name, value in plain.items()})

    def read(self, subject: str, field: str, value: str) -> str | None:
        """The words of a sealed value; None where the key is not here, or is another's."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESSIV

        key = self._key(subject)
        if key is None or not is_sealed(value):
            return None
        body = value.removeprefix(PREFIX)
        with suppress(InvalidTag, ValueError):
            filled = AESSIV(key).decrypt(urlsafe_b64decode(body + "=" * (-len(body) % 4)), _bound(subject, field))
            return filled.rstrip(b"\0").decode()
        return None

    def destroy(self, subject: str) -> bool:
        """Destroy a key, for good once this returns: True where it was still there. Raises OSError."""
        make_directory(self.directory)
        gone, path = self._place(subject, GONE), self._place(subject, KEY)
        gone.touch(mode=0o600)
        there = path.exists()
        if there:
            with path.open("r+b") as file:
                file.write(b"\0" * (KEY_BITS // 8))
                file.flush()
                os.fsync(file.fileno())
            path.unlink(missing_ok=True)
        sync(self.directory)
        return there

    def is_gone(self, subject: str) -> bool:
        """Tell whether a key was destroyed here."""
        return self._place(subject, GONE).exists()

    def subjects(self) -> Iterator[str]:
        """Whose keys are here, in order."""
        return (path.name.removesuffix(KEY) for path in sorted(self.directory.glob(f"*{KEY}")))

    def copy(self, to: "Keys") -> int:
        """Copy every key to another directory, but those that were destroyed there: how many are there now."""
        count = 0
        for subject in self.subjects():
            key = self._key(subject)
            if key is None or to.is_gone(subject):
                continue
            if not to._place(subject, KEY).exists():
                to._put(subject, key)
            count += 1
        for path in self.directory.glob(f"*{GONE}"):
            to.destroy(path.name.removesuffix(GONE))
        return count

    def _place(self, subject: str, kind: str) -> Path:
        assert SUBJECT.fullmatch(subject), "nothing else is the name of a subject"
        return self.directory / f"{subject}{kind}"

    def _key(self, subject: str) -> bytes | None:
        try:
            key = self._place(subject, KEY).read_bytes()
        except FileNotFoundError:
            return None
        return key if len(key) == KEY_BITS // 8 else None

    def _make(self, subject: str) -> bytes:
        """A new key, kept; whoever was faster has made it for both."""
        self._put(subject, _new())
        key = self._key(subject)
        assert key is not None, "a key was there, or was put there"
        return key

    def _put(self, subject: str, key: bytes) -> None:
        """Keep a key, whole or not at all; one that is there stays."""
        make_directory(self.directory)
        self.directory.chmod(0o700)
        with NamedTemporaryFile(dir=self.directory, prefix=UNFINISHED) as part:
            part.write(key)
            part.flush()
            os.fchmod(part.fileno(), 0o600)
            os.fsync(part.fileno())
            with suppress(FileExistsError):
                os.link(part.name, self._place(subject, KEY))
        sync(self.directory)


def _new() -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

    return AESSIV.generate_key(KEY_BITS)


def _bound(subject: str, field: str) -> list[bytes]:
    return [b"mcsc personal data 1", subject.encode(), field.encode()]


def _seal(key: bytes, subject: str, field: str, value: str) -> str:
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

    written = value.encode()
    filled = written.ljust(-(-len(written) // BLOCK) * BLOCK, b"\0")
    return PREFIX + urlsafe_b64encode(AESSIV(key).encrypt(filled, _bound(subject, field))).decode().rstrip("=")


def erased(connection: Connection) -> list[str]:
    """Whose keys the log says are destroyed, in the order recorded."""
    entries = by_tags(connection, [PERSONAL_ERASED])
    return [entry.fact.erases for entry in entries if entry.fact.erases is not None]


def sweep(keys: Keys, subjects: Iterable[str]) -> list[str]:
    """Destroy the keys of these subjects that are still there: whose they were. Raises OSError."""
    there = set(keys.subjects())
    return [subject for subject in dict.fromkeys(subjects) if subject in there and keys.destroy(subject)]
