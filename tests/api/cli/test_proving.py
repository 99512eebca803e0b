"""key, checkpoint, prove and verify --checkpoint as people meet them; and a witness on a port of its own."""

import re
import stat
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from api.cli import main
from ledger.log.checkpoint import read_signer, read_verifier
from ledger.log.database import Database
from ledger.log.store import lock_head, move_head
from tests.ground.intruder import unprotect
from tests.ground.recording import lead, record
from tests.ground.witness import Witness, at_work

ORIGIN = "ledger.example/demo"

pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")


class Desk:
    """Somebody at the command line of a ledger, with a directory for what they keep elsewhere."""

    def __init__(self, database: Database, elsewhere: Path) -> None:
        self.database, self.elsewhere = database, elsewhere
        self.environment = {"MCSC_CHECKPOINT_KEY": str(elsewhere / "signs.key")}
        if database.is_postgres:
            self.environment["MCSC_DATABASE"] = database.where

    def __call__(self, *words: object, code: int = 0) -> Result:
        self.database.close()
        data = "/nonexistent" if self.database.is_postgres else self.database.where
        result = CliRunner().invoke(main, [*map(str, words), "--data", data], env=self.environment)
        assert result.exit_code == code, result.output
        return result


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Desk:
    """A ledger of three leads, and a key."""
    record(database, [lead(name) for name in ("a-demo", "b-demo", "c-demo")])
    desk = Desk(database, tmp_path)
    desk("key", "new", ORIGIN)
    return desk


def test_the_key_is_private_and_its_public_half_on_record(desk: Desk) -> None:
    file = desk.elsewhere / "signs.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text().startswith(f"PRIVATE+KEY+{ORIGIN}+")
    assert f"{ORIGIN}+" in desk("key", "show").stdout
    desk("key", "new", ORIGIN, code=5)


def test_a_key_that_is_on_record_and_whose_file_is_gone_is_put_back_or_replaced_by_one_of_its_name(desk: Desk) -> None:
    """So it is after a restore: no backup holds the file."""
    file = desk.elsewhere / "signs.key"
    copy = file.rename(desk.elsewhere / "copy.key")
    for words in (("checkpoint",), ("key", "rotate"), ("prove", 1)):
        said = told(desk(*words, code=4))
        assert "Put your copy where the setting `checkpoint_key` says" in said
        assert f"mcsc key new {ORIGIN}" in said
    assert ORIGIN in told(desk("key", "new", "ledger.example/other", code=5))
    copy.rename(file)
    kept = desk.elsewhere / "kept.note"
    desk("checkpoint", "-o", kept)
    file.unlink()
    desk("key", "new", ORIGIN)
    assert "only added to since" in told(desk("verify", "--checkpoint", kept))


def test_history_that_was_only_added_to_stays_checkable_over_a_rotation(desk: Desk) -> None:
    kept = desk.elsewhere / "kept.note"
    desk("checkpoint", "-o", kept)
    rotated = desk("key", "rotate").stdout
    assert rotated.count(f"— {ORIGIN} ") == 2
    record(desk.database, [lead("d-demo")])
    assert "only added to since" in told(desk("verify", "--checkpoint", kept))
    shown = desk("key", "show").stdout
    assert [line.rsplit("\t", 1)[1] for line in shown.splitlines()[1:]] == ["signed", "signs"]


def test_history_that_was_rewritten_or_cut_short_is_told(desk: Desk) -> None:
    kept = desk.elsewhere / "kept.note"
    desk("checkpoint", "-o", kept)
    altered = desk.elsewhere / "altered.note"
    altered.write_text(kept.read_text().replace("\n4\n", "\n3\n"))
    assert "not right" in told(desk("verify", "--checkpoint", altered, code=3))

    unprotect(desk.database)
    with desk.database.owner.begin() as connection:
        for table in ("fact_tag", "fact"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
        head = lock_head(connection)
        head.size, head.frontier, head.recorded_us = 0, [], 0
        move_head(connection, head)
    record(desk.database, [lead("other-demo")])
    known = vkey(desk)
    assert "no known key" in told(desk("verify", "--checkpoint", kept, code=3))
    assert "taken away" in told(desk("verify", "--checkpoint", kept, "--key", known, code=3))
    record(desk.database, [lead(f"{n}-demo") for n in range(5)])
    assert "not the one written down" in told(desk("verify", "--checkpoint", kept, "--key", known, code=3))
    desk("verify")


def told(result: Result) -> str:
    """What was said to the person, without the frame around it."""
    return " ".join(re.sub(r"[│╭╮╰╯─]", " ", result.stderr).split())


def vkey(desk: Desk) -> str:
    """The public key of the file that signs."""
    return str(read_signer((desk.elsewhere / "signs.key").read_text()).verifier)


def test_a_fact_is_proved_in_a_file(desk: Desk) -> None:
    proof = desk("prove", 2).stdout.splitlines()
    assert proof[:2] == ["c2sp.org/tlog-proof@v1", "index 1"]
    assert proof[4:7] == ["", ORIGIN, "4"]
    assert "none at position 9" in told(desk("prove", 9, code=4))


def test_a_witness_signs_what_grew_and_nothing_else(desk: Desk) -> None:
    witness = Witness(read_verifier(vkey(desk)))
    out = desk.elsewhere / "cosigned.note"
    with at_work(witness) as url:
        desk("checkpoint", "witness", url, "--key", witness.vkey, "-o", out)
        assert (witness.size, witness.seen) == (4, [])
        record(desk.database, [lead("d-demo"), lead("e-demo")])
        desk("checkpoint", "witness", url, "--key", witness.vkey, "-o", out)
        assert (witness.size, witness.seen) == (6, [0])
        assert "— witness.example/w1 " in out.read_text()
        desk("verify", "--checkpoint", out, "--key", witness.vkey)
        assert "no signature" in told(desk("checkpoint", "witness", url, "--key", vkey(desk), code=3))
        witness.root = bytes(32)
        said = told(desk("checkpoint", "witness", url, "--key", witness.vkey, code=3))
        assert "422, the 6 facts that it signed are not those that are here" in said
        witness.size = 99
        said = told(desk("checkpoint", "witness", url, "--key", witness.vkey, code=3))
        assert f"has signed 99 facts of {ORIGIN}, and 6 are here" in said
    assert "does not answer" in told(desk("checkpoint", "witness", url, "--key", witness.vkey, code=8))


@pytest.mark.parametrize(
    ("answers", "code", "words"),
    [
        ([(400, "malformed")], 3, "400, it cannot read what it was sent (malformed)"),
        ([(403, "no key")], 4, "403, it trusts no key that signed: give it the line that signs in `mcsc key show`"),
        ([(404, "no such log")], 4, f"404, it knows no log {ORIGIN}, or this is not its submission prefix"),
        ([(409, "4\n"), (409, "4\n")], 3, "409, it has signed another tree of 4 facts: history was rewritten"),
        ([(409, "2\n"), (409, "3\n")], 8, "409, another checkpoint reached it meanwhile; try again"),
        ([(409, "many")], 8, "409, another checkpoint reached it meanwhile"),
        ([(503, "down")], 8, "503, it says 'down'; try again later"),
        ([(200, "— nonsense\n")], 3, "a line of the note's signatures is none"),
        ([TimeoutError("timed out")], 8, "did not answer within 10 s"),
    ],
    ids=str,
)
def test_why_a_witness_does_not_sign_is_said(
    desk: Desk, answers: list[Any], code: int, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    witness = Witness(read_verifier(vkey(desk)))

    def unanswered(_: object) -> None:
        raise answers[0]

    if isinstance(answers[0], TimeoutError):
        monkeypatch.setattr("http.client.HTTPConnection.getresponse", unanswered)
    given = iter(answers)
    monkeypatch.setattr(witness, "answer", lambda _: (200, "") if isinstance(answers[0], TimeoutError) else next(given))
    out = desk.elsewhere / "cosigned.note"
    with at_work(witness) as url:
        said = told(desk("checkpoint", "witness", url, "--key", witness.vkey, "-o", out, code=code))
    assert words in said
    assert not out.exists()


def test_an_address_that_is_none_is_named(desk: Desk) -> None:
    key = Witness().vkey
    for url, words in {"witness.example": "begins with https://", "http://a:b/": "nonnumeric port"}.items():
        assert words in told(desk("checkpoint", "witness", url, "--key", key, code=2))
