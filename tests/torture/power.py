"""Power cuts of a real file system: ext4 on a loop device, ended as a cut ends it.

power   the part: a process records; the file system is shut down at a random moment without writing anything more
        (FS_IOC_SHUTDOWN, as xfstests do); mounted again, its journal is played back; then the audit

It needs root and loop devices. What the disk itself would forget of what it confirmed is not tried here: the simulation
and tests/ledger/log/test_power_cut.py do that.
"""

import fcntl
import os
import random
import struct
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

import migrations
from ledger.log.database import Database
from tests.ground.recorder_process import children, record_for_ever
from tests.torture.part import Part, wrong

SHUTDOWN, NOTHING_MORE = 0x8004587D, struct.pack("I", 2)
MEGABYTES = 256


class NotHere(Exception):
    """This machine has no loop devices for us."""


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotHere(f"{command[0]}: {done.stderr.strip() or done.returncode}")


@contextmanager
def mounted(image: Path, at: Path) -> Iterator[None]:
    """Meanwhile the file system is there. Raises NotHere."""
    _run("mount", "-o", "loop", str(image), str(at))
    try:
        yield
    finally:
        _run("umount", str(at))


def cut_power(at: Path) -> None:
    """From here on nothing reaches the disk, not even what is under way."""
    handle = os.open(at, os.O_RDONLY)
    try:
        fcntl.ioctl(handle, SHUTDOWN, NOTHING_MORE)
    finally:
        os.close(handle)


def record_and_cut(at: Path, start: int, answers: int) -> dict[int, int]:
    """Let a process record from `start`, and cut the power after so many answers; what was acknowledged."""
    ours, theirs = children().Pipe(duplex=False)
    process = children().Process(target=record_for_ever, args=(str(at / "data"), start, theirs))
    process.start()
    theirs.close()
    acknowledged = dict(ours.recv() for _ in range(answers))
    while ours.poll():
        number, position = ours.recv()
        acknowledged[number] = position
    cut_power(at)
    process.kill()
    process.join()
    ours.close()
    return acknowledged


def power(part: Part, end: float, seed: int) -> None:
    """Cut the power again and again; ask again under the same keys for what was not answered."""
    moments, acknowledged = random.Random(seed), dict[int, int]()
    with tempfile.TemporaryDirectory() as directory:
        image, at = Path(directory) / "image", Path(directory) / "disk"
        at.mkdir()
        with image.open("wb") as file:
            file.truncate(MEGABYTES << 20)
        try:
            _run("mkfs.ext4", "-q", "-F", str(image))
            with mounted(image, at):
                database = Database(str(at / "data"))
                migrations.upgrade(database)
                database.close()
            while part.rounds == 0 or monotonic() < end:
                start = next(number for number in range(len(acknowledged) + 1) if number not in acknowledged)
                with mounted(image, at):
                    told = record_and_cut(at, start, moments.randint(1, 150))
                part.lost += [f"answered otherwise: {n}" for n, one in told.items() if acknowledged.get(n, one) != one]
                acknowledged |= told
                part.rounds += 1
                with mounted(image, at):
                    database = Database(str(at / "data"))
                    part.lost += wrong(database, acknowledged)
                    database.close()
        except (NotHere, OSError) as error:
            part.not_run = f"no ext4 on a loop device here: {error}"
    part.counts = {"acknowledged": len(acknowledged)}
