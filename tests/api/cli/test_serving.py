"""What is built in a process beside the one that gets ready to serve it."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event

import psutil
import pytest

from api.cli.desk import address_of, kept, served_at
from api.cli.place import Stop
from api.cli.serving import beside
from api.demo.unfolding import DemoRefused
from api.settings import Settings


def refused() -> None:
    raise DemoRefused("a step")


def ended() -> None:
    os._exit(3)


def stuck() -> None:
    Event().wait()


def children() -> list[int]:
    return [child.pid for child in psutil.Process().children(recursive=True)]


def test_work_is_done_beside_something_else(tmp_path: Path) -> None:
    done, begun = tmp_path / "done", list[int]()

    def write() -> None:
        done.write_text(str(os.getpid()))

    beside(write, lambda: begun.append(os.getpid()))
    assert begun == [os.getpid()]
    assert int(done.read_text()) not in (os.getpid(), *children())


@pytest.mark.parametrize(("work", "raised"), [(refused, DemoRefused), (ended, Stop)])
def test_what_goes_wrong_there_is_raised_here(work: Callable[[], None], raised: type[Exception]) -> None:
    with pytest.raises(raised):
        beside(work, lambda: None)


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_nothing_goes_on_there_after_an_error_here(error: type[BaseException]) -> None:
    def fails() -> None:
        raise error

    before = children()
    with pytest.raises(error):
        beside(stuck, fails)
    assert children() == before


WAITS = """
from threading import Event
import psutil
from api.cli.serving import beside

def tell() -> None:
    print(psutil.Process().children()[0].pid, flush=True)
    Event().wait()

beside(Event().wait, tell)
"""


def test_a_link_leads_to_the_server_that_runs(tmp_path: Path) -> None:
    """For as long as it does: a file that one left which was killed leads nowhere."""
    settings = Settings(desk=str(tmp_path / "desk.db"))
    assert served_at(settings) is None
    with socket.create_server(("127.0.0.1", 0)) as listening:
        base = address_of("0.0.0.0", listening.getsockname()[1])
        with kept(settings) as file:
            file.write_text(f"{base}\n")
            assert served_at(settings) == base
        assert served_at(settings) is None
        file.write_text(f"{base}\n")
    assert served_at(settings) is None, "nobody answers there"
    file.write_text("nonsense")
    assert served_at(settings) is None


def test_it_ends_with_whoever_waits_for_it() -> None:
    with subprocess.Popen([sys.executable, "-c", WAITS], stdout=subprocess.PIPE) as waiting:
        assert waiting.stdout is not None
        there = psutil.Process(int(waiting.stdout.readline()))
        waiting.kill()
    assert psutil.wait_procs([there], timeout=30)[0] == [there]
