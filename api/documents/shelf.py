"""The documents themselves: files named by the SHA-256 of what they hold, in a directory beside the ledger.

Shelf      put, read, names; copy: all of them to another directory
state      whether one is kept, missing or altered
Kept       a document that is there
Misplaced  a file that does not hold what its name says

A file is written under another name, down to the disk, and takes its own once it is whole: it is there whole or not at
all, whoever else puts the same one there. Nothing is ever written over.
"""

import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import NamedTemporaryFile

from msgspec import Struct

from api.documents.kinds import Kind, kind_of
from ledger.log.directories import make_directory, sync

NAME = re.compile("[0-9a-f]{64}")
UNFINISHED = ".part-"


class Kept(Struct, frozen=True, kw_only=True):
    """A document that is kept. `new`: it was not there before."""

    sha256: str
    kind: Kind
    size: int
    new: bool


class Misplaced(Exception):
    """A file that does not hold what its name says; the message names it."""


class Shelf:
    """Documents in a directory, which is made with the first of them."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def path(self, sha256: str) -> Path:
        """The place of a document, by its SHA-256 in 64 lower-case hexadecimal digits."""
        assert NAME.fullmatch(sha256), "nothing else is the name of a document"
        return self.directory / sha256[:2] / sha256

    def put(self, data: bytes) -> Kept:
        """Keep a document, for good once this returns. Raises NotTaken, OSError."""
        kind, sha256 = kind_of(data), hashlib.sha256(data).hexdigest()
        path = self.path(sha256)
        if new := not path.exists():
            self._write(path, data)
        return Kept(sha256=sha256, kind=kind, size=len(data), new=new)

    def _write(self, path: Path, data: bytes) -> None:
        make_directory(path.parent)
        with NamedTemporaryFile(dir=path.parent, prefix=UNFINISHED, delete=False) as part:
            try:
                part.write(data)
                part.flush()
                os.fchmod(part.fileno(), 0o400)
                os.fsync(part.fileno())
                os.replace(part.name, path)  # another of this name holds the same
            except BaseException:
                Path(part.name).unlink(missing_ok=True)
                raise
        sync(path.parent)

    def __contains__(self, sha256: str) -> bool:
        return self.path(sha256).exists()

    def read(self, sha256: str) -> bytes | None:
        """The bytes of a document, None where it is not here. Raises Misplaced."""
        path = self.path(sha256)
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return None
        if hashlib.sha256(data).hexdigest() != sha256:
            raise Misplaced(f"{path} does not hold what its name says: put the document there again")
        return data

    def names(self) -> Iterator[str]:
        """The SHA-256 of every document, in order."""
        return (path.name for path in sorted(self.directory.glob("??/*")) if NAME.fullmatch(path.name))

    def copy(self, to: Path) -> tuple[int, list[str]]:
        """Copy every document to another directory: how many are there now, and what is wrong with the others."""
        count, wrong, other = 0, list[str](), Shelf(to)
        for sha256 in self.names():
            try:
                data = self.read(sha256)
            except Misplaced as error:
                wrong.append(str(error))
                continue
            if data is not None and sha256 not in other:
                other._write(other.path(sha256), data)
            count += 1
        return count, wrong


def state(shelf: Shelf, sha256: str) -> str:
    """Tell whether a document is kept, missing or altered."""
    try:
        return "missing" if shelf.read(sha256) is None else "kept"
    except Misplaced:
        return "altered"
