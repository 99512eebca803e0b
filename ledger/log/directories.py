"""Directories and files that a power cut does not take back.

sync              have what was written, or the names in a directory, confirmed by the disk
make_directory    a directory that is there for good
"""

import os
from pathlib import Path


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
