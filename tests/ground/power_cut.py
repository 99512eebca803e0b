"""What a power cut may leave of a directory, at every step of what is done in it.

Watched     a directory, and what of it the disk has confirmed: the bytes of files, the names in directories
Left        what is found when power comes back

Everything that was written since a file or a directory was synced is there or not, each sector and each name by
itself and in any order: nothing is promised by the order in which it was written. A name changes its file in one step.
SQLite syncs what it folds in before it lets go of the write-ahead log (`folded`); its own order is not tried here.
"""

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from unittest import mock

SECTOR = 512
STEPS = ("mkdir", "rmdir", "link", "unlink", "rename", "replace", "fsync")

Names = dict[str, int]
Left = dict[str, bytes]
"""The bytes of every file by its path; a directory that is empty is not told."""


class Watched:
    """A directory that is watched; `look` is called with what could be left, before every step and after the last."""

    def __init__(self, directory: Path, ignored: Callable[[str], bool], look: Callable[["Watched"], None]) -> None:
        self._root = directory
        self._ignored, self._look = ignored, look
        self._open: dict[int, int] = {}
        self.bytes: dict[int, bytes] = {}
        self.names: dict[int, Names] = {}
        self.synced_bytes: dict[int, bytes] = {}
        self.synced_names: dict[int, Names] = {}
        self.steps, self._looking = 0, False
        self.see()
        self.synced_bytes, self.synced_names = {**self.bytes}, {at: {**names} for at, names in self.names.items()}

    def see(self) -> None:
        """Take in what programs see now."""
        self.bytes, self.names = {}, {}
        self.top = self._see(self._root)

    def _see(self, path: Path) -> int:
        """One file or directory. It is kept open, so that its number is given to no other."""
        found = path.stat()
        if found.st_ino not in self._open:
            self._open[found.st_ino] = os.open(path, os.O_RDONLY)
        if not stat.S_ISDIR(found.st_mode):
            self.bytes[found.st_ino] = os.pread(self._open[found.st_ino], found.st_size, 0)
        else:
            inside = [one for one in path.iterdir() if not self._ignored(one.name)]
            self.names[found.st_ino] = {one.name: self._see(one) for one in inside}
        return found.st_ino

    def sync(self, inode: int) -> None:
        """The disk confirms a file's bytes, or a directory's names."""
        self.see()
        if inode in self.bytes:
            self.synced_bytes[inode] = self.bytes[inode]
        if inode in self.names:
            self.synced_names[inode] = {**self.names[inode]}

    def folded(self) -> None:
        """SQLite folded a write-ahead log in: the disk confirmed the bytes of all that it wrote."""
        self.see()
        self.synced_bytes |= self.bytes

    def step(self) -> None:
        """Something is about to be done: power may go."""
        if self._looking:  # whoever looks does something himself
            return
        self.see()
        self.steps += 1
        self._looking = True
        self._look(self)
        self._looking = False

    def unsure(self) -> list[tuple[int, str]]:
        """What the disk has not confirmed: (directory, name), or (file, nothing) for the bytes of a file."""
        names = [
            (at, name)
            for at, now in self.names.items()
            for name in {**now, **self.synced_names.get(at, {})}
            if now.get(name) != self.synced_names.get(at, {}).get(name)
        ]
        return names + [(at, "") for at, now in self.bytes.items() if now != self.synced_bytes.get(at, b"")]

    def left(self, there: set[tuple[int, str]], torn: Random | None = None) -> Left:
        """What is found where just these of the unsure were written. torn: of the bytes of files only some sectors."""
        return dict(self._left(self.top, "", there, torn))

    def _left(
        self, at: int, path: str, there: set[tuple[int, str]], torn: Random | None
    ) -> Iterator[tuple[str, bytes]]:
        if at not in self.names and at not in self.synced_names:
            yield path, self._sectors(at, (at, "") in there, torn)
            return
        now, synced = self.names.get(at, {}), self.synced_names.get(at, {})
        for name in sorted({**now, **synced}):
            inode = now.get(name) if now.get(name) == synced.get(name) or (at, name) in there else synced.get(name)
            if inode is not None:
                yield from self._left(inode, f"{path}/{name}" if path else name, there, torn)

    def _sectors(self, at: int, written: bool, torn: Random | None) -> bytes:
        synced = self.synced_bytes.get(at, b"")
        now = self.bytes.get(at, synced)
        if torn is None or not written:
            return now if written else synced
        some = bytearray(synced.ljust(len(now), b"\0"))
        for first in range(0, len(now), SECTOR):
            if torn.random() < 0.5:
                some[first : first + SECTOR] = now[first : first + SECTOR]
        return bytes(some)

    def close(self) -> None:
        """Watch no more."""
        for handle in self._open.values():
            os.close(handle)


def states(watched: Watched, chance: Random, some: int) -> Iterator[Left]:
    """What may be left at this step: nothing unsure, all of it, each alone, all but each, and some by chance."""
    unsure = watched.unsure()
    every = set(unsure)
    yield watched.left(set())
    yield watched.left(every)
    for one in unsure:
        yield watched.left({one})
        yield watched.left(every - {one})
    for _ in range(some if unsure else 0):
        yield watched.left({one for one in unsure if chance.random() < 0.5}, chance)


@contextmanager
def watching(directory: Path, ignored: Callable[[str], bool], look: Callable[[Watched], None]) -> Iterator[Watched]:
    """Watch what this process does in a directory, step by step."""
    watched = Watched(directory, ignored, look)

    def stepping(name: str) -> Callable[..., object]:
        real = getattr(os, name)

        def step(*arguments: object, **named: object) -> object:
            watched.step()
            answer = real(*arguments, **named)
            if name == "fsync":
                watched.sync(os.fstat(arguments[0]).st_ino)  # type: ignore # whatever fsync is given
            return answer

        return step

    with ExitStack() as patched:
        patched.callback(watched.close)
        for name in STEPS:
            patched.enter_context(mock.patch.object(os, name, stepping(name)))
        yield watched
        watched.step()
