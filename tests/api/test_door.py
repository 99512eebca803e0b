"""The door of what records: who is let in, what they hear, and that nobody inside is in the way of others."""

import os
import socket
import stat
import struct
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import msgspec
import pytest

from api.recorder import door
from api.recorder.door import Door, Shut, through
from api.recorder.here import Here
from api.recorder.messages import Ask, Hello, encode
from api.settings import Settings
from ledger.log import merkle
from ledger.log.database import Database
from ledger.log.verify import verify
from ledger.recording.application import Ledger
from ledger.recording.asking import Decided
from ledger.recording.contexts import CONTEXTS
from ledger.recording.outcome import Answer, KeyReused, Previewed, Unavailable, Unknown
from tests.ground.recorder_process import CLERK, claim, done


@contextmanager
def opened(database: Database, **options: Any) -> Iterator[tuple[Ledger, Door, Settings]]:
    """A ledger at work, its door, and the settings of who comes in."""
    with Ledger(database, CONTEXTS, **options) as ledger:
        entrance = Door(ledger)
        entrance.open()
        yield ledger, entrance, Settings(database=database.where)
        entrance.shut()
    entrance.see_off()


def _enter(settings: Settings) -> None:
    with through(settings):
        pass


def test_through_the_door_answers_are_those_of_the_ledger(sqlite: Database) -> None:
    with opened(sqlite, data_class="FICTIONAL") as (_, _, settings), through(settings) as ledger:
        assert ledger.data_class == "FICTIONAL", "what records says what its facts are about"
        first = ledger.execute(claim(1), CLERK, key="k")
        assert done(first).position == 1
        assert ledger.execute(claim(1), CLERK, key="k") == Answer(first.outcome, replayed=True)
        with pytest.raises(KeyReused):
            ledger.execute(claim(2), CLERK, key="k")
        assert isinstance(ledger.execute(claim(2), CLERK, dry_run=True).outcome, Previewed)
        refused: list[str] = []
        ledger.on_refused = (lambda _command, _by, code, _dry_run: refused.append(code),)
        with pytest.raises(KeyReused):
            ledger.execute(claim(3), CLERK, key="k")
        assert refused == ["idempotency-key-reused"]
    assert verify(sqlite).size == 1


def test_what_was_decided_ahead_goes_through_the_door(sqlite: Database) -> None:
    with opened(sqlite) as (_, _, settings), through(settings) as ledger:
        would = ledger.execute(claim(1), CLERK, dry_run=True).outcome
        assert isinstance(would, Previewed)
        twice = Decided(0, merkle.root([]), msgspec.json.encode([*would.facts, *would.facts]))
        answer = ledger.submit(claim(1), CLERK, dry_run=True, decided=twice).result()
        assert answer.outcome == Previewed(0, (*would.facts, *would.facts)), "it was taken for what it says"


def test_many_guests_at_once_each_hear_their_own(sqlite: Database) -> None:
    positions: list[int] = []

    def visit(settings: Settings, numbers: range) -> None:
        with through(settings) as ledger:
            answers = [ledger.submit(claim(number), CLERK) for number in numbers]
            positions.extend(done(answer.result()).position for answer in answers)

    with opened(sqlite) as (_, _, settings):
        guests = [threading.Thread(target=visit, args=(settings, range(at, at + 40))) for at in (0, 40, 80)]
        for guest in guests:
            guest.start()
        for guest in guests:
            guest.join()
    assert sorted(positions) == list(range(1, 121))


def test_a_guest_that_does_not_listen_is_in_nobodys_way(sqlite: Database) -> None:
    with opened(sqlite) as (ledger, entrance, settings):
        deaf = door._knock(Path(settings.database))
        for start in range(0, 6000, 100):
            asked = [Ask(number, claim(number), CLERK, None, "LIVE", True) for number in range(start, start + 100)]
            deaf.send_bytes(encode(asked))
        with through(settings) as other:
            assert done(other.execute(claim(1), CLERK)).position == 1
        assert done(ledger.execute(claim(2), CLERK)).position == 2
        assert any(guest._telling.is_alive() for guest in entrance._guests), "the answers fill the line, or why ask?"
        deaf.close()


def test_who_is_inside_when_it_ends_hears_the_last_answers(sqlite: Database) -> None:
    with opened(sqlite) as (_, entrance, settings), through(settings) as ledger:
        asked = [ledger.submit(claim(number), CLERK) for number in range(50)]
        done(asked[0].result())
        entrance.shut()
        with pytest.raises(Shut):
            _enter(settings)
        answered = [done(answer.result()).position for answer in asked]
    assert answered == list(range(1, 51))


def test_what_was_asked_when_it_is_gone_is_unknown_and_then_unavailable(sqlite: Database) -> None:
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(sqlite.directory / door.NAME))
    listening.listen()

    def vanish() -> None:
        line = Connection(listening.accept()[0].detach())
        line.send_bytes(encode([Hello(door.VERSION, "LIVE")]))
        line.recv_bytes()
        line.close()

    gone = threading.Thread(target=vanish)
    gone.start()
    with through(Settings(database=sqlite.where)) as ledger:
        with pytest.raises(Unknown, match="same key"):
            ledger.execute(claim(1), CLERK)
        with pytest.raises(Unavailable, match="has ended"):
            ledger.execute(claim(2), CLERK)
    gone.join()
    listening.close()


@contextmanager
def stopped_after(database: Database, said: bytes) -> Iterator[Settings]:
    """Where a server was, that somebody stopped at its terminal: it still takes whoever knocks, said this, and stands
    still."""
    lines = list[socket.socket]()

    def greet() -> None:
        lines.append(listening.accept()[0])
        lines[0].sendall(said)

    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(database.directory / door.NAME))
        listening.listen()
        greeting = threading.Thread(target=greet)
        greeting.start()
        yield Settings(database=database.where)
        greeting.join()
        lines[0].close()


def test_who_says_nothing_lets_nobody_in(sqlite: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "GREETED_S", 0.05)
    with stopped_after(sqlite, b"") as settings, pytest.raises(Shut, match="says nothing"):
        _enter(settings)


HELLO = encode([Hello(door.VERSION, "LIVE")])


@pytest.mark.parametrize("half", [b"", struct.pack("!i", 100) + b"a word that"], ids=["between words", "within one"])
def test_who_stands_still_is_not_waited_for(sqlite: Database, monkeypatch: pytest.MonkeyPatch, half: bytes) -> None:
    monkeypatch.setattr(door, "SILENT_S", 0.05)
    said = struct.pack("!i", len(HELLO)) + HELLO + half
    with stopped_after(sqlite, said) as settings, through(settings) as ledger:
        asked = list[Future[Answer]]()
        with suppress(Unavailable):
            for number in range(20_000):  # more than a socket takes
                asked.append(ledger.submit(claim(number), CLERK, key=f"k-{number}"))
        assert ledger.closed == "the process that records does not answer"
        for answer in asked:
            with pytest.raises(Unknown, match="does not answer; ask again with the same key"):
                answer.result(30)


def test_who_has_asked_nothing_may_stay(sqlite: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "SILENT_S", 0.01)
    with opened(sqlite) as (_, _, settings), through(settings) as ledger:
        listening = next(one for one in threading.enumerate() if one.name == "through-the-door")
        listening.join(0.2)
        assert listening.is_alive()
        monkeypatch.setattr(door, "SILENT_S", 60)
        assert done(ledger.execute(claim(1), CLERK)).position == 1


def test_who_says_what_cannot_be_read_is_let_go_at_once(sqlite: Database) -> None:
    with opened(sqlite) as (ledger, _, settings):
        line = door._knock(Path(settings.database))
        assert line.recv_bytes() == HELLO.replace(b"LIVE", ledger.data_class.encode())
        line.send_bytes(b"no message")
        with pytest.raises((EOFError, ConnectionResetError)):
            line.recv_bytes()
        line.close()


def test_another_version_is_told_so(sqlite: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "encode", lambda _said: encode([Hello("0.0.0", "LIVE")]))
    with opened(sqlite) as (_, _, settings), pytest.raises(Shut, match="not of this version"):
        _enter(settings)


def test_another_user_is_let_in_nowhere(sqlite: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(sqlite) as (_, _, settings):
        mode = (sqlite.directory / door.NAME).stat().st_mode
        assert (stat.S_ISSOCK(mode), stat.S_IMODE(mode)) == (True, 0o600)
        monkeypatch.setattr(door, "_is_of_us", lambda _other: False)
        monkeypatch.setattr("os.geteuid", lambda: 65533)
        with pytest.raises(Shut, match="another user"):
            _enter(settings)
        line = socket.socket(socket.AF_UNIX)
        line.connect(str(sqlite.directory / door.NAME))
        assert line.recv(1) == b"", "hung up, and nothing said"
        line.close()


@pytest.mark.parametrize(("user", "let_in"), [(os.geteuid(), True), (0, True), (65533, False)])
def test_the_user_at_the_other_end_is_the_systems_word(user: int, let_in: bool) -> None:
    class Other:
        def getsockopt(self, *_: object) -> bytes:
            return door.CREDENTIALS.pack(1, user, user)

    assert door._is_of_us(Other()) is let_in  # type: ignore[arg-type] # it says who is there, as a socket does


def test_a_directory_with_a_long_name_has_a_door_and_a_killed_process_leaves_none_shut(tmp_path: Path) -> None:
    where = tmp_path.joinpath(*["a-very-long-name-of-a-directory" * 3] * 3)
    where.mkdir(parents=True)
    handle = os.open(where, os.O_RDONLY)
    left = socket.socket(socket.AF_UNIX)
    left.bind(f"/proc/self/fd/{handle}/{door.NAME}")  # as a process that was killed leaves it
    left.close()
    os.close(handle)
    settings = Settings(database=str(where))
    with Here(settings), through(settings) as ledger:
        assert done(ledger.execute(claim(1), CLERK)).position == 1
    assert not (where / door.NAME).exists()
