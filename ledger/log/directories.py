"""Directories and files that a power cut does not take back; and the addresses that are no directories.

is_address        is it the address of a PostgreSQL
sync              have what was written, or the names in a directory, confirmed by the disk
make_directory    a directory that is there for good
"""

import os
import re
from pathlib import Path

SCHEME = re.compile(r"([a-z][a-z0-9]*)(?:\+[a-z0-9]+)?:(?://)?")
IN_WORDS = re.compile(r"(?:^|\s)(?:host|hostaddr|port|dbname|user|password|service|sslmode)\s*=")
"""How an address of a database begins; by which words one is known that libpq takes."""


class BadAddress(Exception):
    """The address of the ledger cannot be read; the message says why."""


def is_address(where: str) -> bool:
    """Check whether a text is the address of a PostgreSQL, as a URL or in words (`host=a dbname=b`), and no directory.

    Raises BadAddress where it is the address of something else.
    """
    scheme = SCHEME.match(where)
    if scheme is None:
        return IN_WORDS.search(where) is not None
    if scheme[1] in ("postgres", "postgresql"):
        return True
    if scheme[0].endswith("://"):
        raise BadAddress(
            f"a ledger is kept in a directory, or in PostgreSQL at a postgresql:// address; {scheme[0]}… is neither"
        )
    return False


def sync(path: Path) -> None:
    """Have a file or directory written down to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_directory(directory: Path, mode: int = 0o700) -> None:
    """Make a directory for nobody else to look into, unless it is there, and those above it.

    Its name stands in the directory above, which the disk has to confirm as well: a ledger in a directory that is gone
    is gone, however well it was written.
    """
    if directory.is_dir():
        return
    above = directory.parent
    make_directory(above, 0o777)
    directory.mkdir(mode, exist_ok=True)
    sync(above)
