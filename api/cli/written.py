"""Files that are written whole, or not at all.

write    an answer's bytes to a file, or to standard output with a line break at its end
"""

import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from api.cli.display import say
from api.cli.place import FAILED, Stop


def write(pieces: Iterable[bytes], output: Path | None, binary: bool = False) -> None:
    """Write pieces to a file, which takes its name once it is whole, or to standard output. Raises Stop.

    binary   they are no text, which no line break ends
    """
    if output is None:
        last = b""
        for piece in pieces:
            sys.stdout.buffer.write(piece)
            last = piece or last
        sys.stdout.buffer.write(b"" if binary or last.endswith(b"\n") else b"\n")
        sys.stdout.flush()
        return
    # What is no ordinary file, such as /dev/stdout, cannot be put in place of another; a link stays one.
    place = output.resolve()
    unfinished = (
        place.with_name(f"{place.name}.{os.getpid()}.part") if place.is_file() or not place.exists() else output
    )
    try:
        written = _written(pieces, unfinished)
        if unfinished != output:
            unfinished.replace(place)
    except OSError as error:
        raise Stop(f"{output} is not written: {error.strerror or error}.", FAILED) from error
    finally:
        if unfinished != output:
            with suppress(OSError):
                os.unlink(unfinished)
    say(f"wrote {output} ({written:,} bytes)")


def _written(pieces: Iterable[bytes], file: Path) -> int:
    """Write pieces to a file, down to the disk where it is one; their bytes."""
    size = 0
    with file.open("wb") as out:
        for piece in pieces:
            size += out.write(piece)
        out.flush()
        with suppress(OSError):  # what is no ordinary file has no disk
            os.fsync(out.fileno())
    return size
