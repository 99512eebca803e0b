"""backup and restore as people meet them: what is said, what is asked, and what is refused, on both databases."""

import json
import os
import re
import shutil
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from api.cli import main
from api.cli.keeping import backups
from api.demo.directory import label
from api.settings import load, noted
from ledger.log import restoring, store
from ledger.log.database import Database
from ledger.log.verify import verify
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from tests.ground.recorder_process import CLERK, claim
from tests.ground.recording import lead, record

FACTS = 12

pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MCSC_DATA", "MCSC_DATABASE", "MCSC_ACTOR", "MCSC_DEBUG", "MCSC_KEY", "MCSC_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)


def mcsc(*arguments: object, at: Database | Path, given: str = "", **environment: str) -> Result:
    """Run a command on a ledger: in a data directory, or on PostgreSQL as the environment names it."""
    data = at
    if isinstance(at, Database):
        environment, data = {"MCSC_DATABASE": at.where}, Path("/nonexistent")
        at.close()
    words = [str(argument) for argument in (*arguments, "--data", data)]
    return CliRunner().invoke(main, words, input=given, env=environment)


def fill(database: Database, first: int = 0, count: int = FACTS) -> None:
    with Ledger(database, CONTEXTS) as ledger:
        for number in range(first, first + count):
            ledger.execute(claim(number), CLERK, key=f"k-{number}")
    database.close()


def root(database: Database) -> str:
    proved = verify(database)
    database.close()
    return f"{proved.size}:{proved.root}"


@pytest.fixture
def filled(database: Database) -> Database:
    fill(database)
    return database


@pytest.fixture
def saved(filled: Database, tmp_path: Path) -> Path:
    """A backup of twelve facts, of each kind of database."""
    done = mcsc("backup", tmp_path / "backup", at=filled)
    assert done.exit_code == 0, done.output
    assert done.stdout == root(filled) + "\n"
    assert json.loads((tmp_path / "backup" / "backup.json").read_text())["root"] == done.stdout.strip()
    return tmp_path / "backup"


def test_from_each_database_into_each(saved: Path, filled: Database, tmp_path: Path, postgres: Database) -> None:
    for target in (tmp_path / "new", postgres):
        done = mcsc("restore", saved, at=target)
        assert done.exit_code == 0, done.output
        back = target if isinstance(target, Database) else Database(target)
        assert done.stdout == f"{root(back)}\n" == f"{root(filled)}\n"
        assert mcsc("doctor", at=target).output.count("0 behind") > 5
        assert mcsc("verify", "--root", done.stdout.strip(), at=target).exit_code == 0
        with Ledger(back, CONTEXTS) as ledger:  # it goes on; what was answered under a key is answered again
            assert ledger.execute(claim(3), CLERK, key="k-3").replayed
            ledger.execute(claim(FACTS), CLERK, key="new")
        assert root(back).startswith(f"{FACTS + 1}:")


def test_what_was_recorded_since_is_said_and_asked_for_and_kept(
    saved: Path, filled: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(filled, FACTS, 2)
    record(filled, [lead("sunfield-demo")])
    before = root(filled)
    told = mcsc("restore", saved, "--dry-run", at=filled)
    assert told.exit_code == 0
    assert re.search(r"Gone will be positions 13 to 15 \(3 facts\), recorded 20\d\d-", told.stderr)
    assert "  by clerk-demo: 2 claim.recorded\n  by clerk: 1 company.lead-registered\n" in told.stderr
    assert "clerk" not in told.stdout

    asked = mcsc("restore", saved, at=filled)
    assert (asked.exit_code, root(filled)) == (5, before)
    assert "--yes" in asked.stderr

    with monkeypatch.context() as patched:
        patched.setattr(backups, "_terminal", lambda: True)
        wrong = mcsc("restore", saved, at=filled, given="yes\n")
        assert (wrong.exit_code, root(filled)) == (5, before)
        done = mcsc("restore", saved, at=filled, given=f"{before[:11]}\n")
    assert done.exit_code == 0, done.output
    assert root(filled) == done.stdout.strip() != before

    if filled.is_postgres:
        schema = re.search(r"schema (replaced_\w+)", done.stderr)
        assert schema is not None
        joint = "&" if "?" in filled.where else "?"
        aside = Database(f"{filled.where}{joint}options=-csearch_path%3D{schema[1]}")
    else:
        (aside_directory,) = filled.directory.glob("replaced-*")
        aside = Database(aside_directory)
    assert root(aside) == before


def files(directory: Path) -> dict[str, tuple[int, bytes]]:
    """Everything in a directory, and what it holds; a file that others read together changes as they please."""
    return {
        str(path.relative_to(directory)): (path.stat().st_mode, b"" if path.suffix == ".db-shm" else path.read_bytes())
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("state", ["served", "resting", "alone", "unfolded", "none"])
def test_a_dry_run_works_beside_a_server_and_leaves_nothing(
    state: str, sqlite: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """alone: without read models; unfolded: copied while it was served; none: there is no ledger yet."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    fill(sqlite)
    assert mcsc("backup", tmp_path / "backup", at=sqlite.directory).exit_code == 0
    with Ledger(Database(sqlite.directory), CONTEXTS) as serving:
        serving.execute(claim(FACTS), CLERK)
        shutil.copytree(sqlite.directory, tmp_path / "unfolded", ignore=shutil.ignore_patterns("*-shm", "*.lock"))
        if state != "served":
            serving.stop()
            serving.database.close()
        if state == "alone":
            for left in sqlite.directory.glob("[!l]*.db*"):
                left.unlink()
        data = {"unfolded": tmp_path / "unfolded", "none": tmp_path / "none"}.get(state, sqlite.directory)
        before = files(tmp_path)
        told = mcsc("restore", tmp_path / "backup", "--dry-run", at=data)
        assert (told.exit_code, files(tmp_path)) == (0, before), told.output
        assert ("Gone will be positions 13 to 13 (1 facts)" in told.stderr) is (state != "none")
        assert ("A process records there: stop it" in told.stderr) is (state == "served")
        assert data.exists() is (state != "none")
        if state == "served":
            serving.execute(claim(FACTS + 1), CLERK)
        serving.database.close()


def test_a_restore_that_is_refused_leaves_no_directory(saved: Path, tmp_path: Path) -> None:
    assert mcsc("restore", tmp_path / "nothing", at=tmp_path / "new").exit_code == 4
    (saved / "ledger.db").chmod(0o600)
    (saved / "ledger.db").write_bytes(b"")
    assert mcsc("restore", saved, at=tmp_path / "new").exit_code == 3
    assert not (tmp_path / "new").exists()


OWN = """data_class = "FICTIONAL"
port = 8123
years_ahead = 40
earliest_on = 2019-01-01
[accounts]
receivables = "1122.01"
"""


def recorded_as(data: Path) -> str:
    with closing(Database(data)) as database, database.views.connect() as connection:
        (last,) = store.page(connection, after=store.read_head(connection).size - 1, limit=1)
    return last.data_class


def test_what_is_restored_records_as_what_it_was(tmp_path: Path) -> None:
    """The data class and the settings come with the backup, no address and no secret; what differs is said."""
    data, saved, back = tmp_path / "data", tmp_path / "backup", tmp_path / "back"
    data.mkdir()
    (data / "mcsc.toml").write_text(OWN)
    line = json.dumps({"command": "open-periods", "through": "2024-03", "effective_on": "2024-03-01"})
    assert mcsc("record", at=data, given=line).exit_code == 0
    assert mcsc("backup", saved, at=data).exit_code == 0
    note = json.loads((saved / "backup.json").read_text())["settings"]
    assert note == {
        "data_class": "FICTIONAL",
        "earliest_on": "2019-01-01",
        "years_ahead": 40,
        "accounts": {"receivables": "1122.01"},
    }
    told = mcsc("restore", saved, "--dry-run", at=back)
    assert 'mcsc.toml would be written: data_class = "FICTIONAL", earliest_on = 2019-01-01' in told.stderr
    assert mcsc("restore", saved, at=back).exit_code == 0
    assert noted(load(back, {})) == noted(load(data, {}))
    assert mcsc("record", at=back, given=line.replace("2024-03", "2024-04")).exit_code == 0
    assert recorded_as(back) == "FICTIONAL"

    (back / "mcsc.toml").write_text('years_ahead = 40\nearliest_on = 2019-01-01\ndata_class = "LIVE"\n')
    warned = mcsc("restore", saved, "--yes", at=back)
    assert warned.exit_code == 0
    told_in = " ".join(warned.stderr.split())
    assert '‼ The ledger that was backed up had other settings (data_class = "FICTIONAL", accounts = {' in told_in
    assert (back / "mcsc.toml").read_text().endswith('"LIVE"\n')


@pytest.mark.parametrize(
    ("settings", "says"),
    [(None, "does not say under which settings"), ({"no_such": 1, "data_class": "LIVE"}, "sets no_such, which is no")],
)
def test_a_note_that_says_no_settings_that_we_know_of(saved: Path, settings: object, says: str, tmp_path: Path) -> None:
    note = json.loads((saved / "backup.json").read_text())
    (saved / "backup.json").chmod(0o600)
    (saved / "backup.json").write_text(json.dumps(note | {"settings": settings}))
    done = mcsc("restore", saved, at=tmp_path / "new")
    assert (done.exit_code, says in done.stderr) == (0, True), done.stderr
    assert not (tmp_path / "new" / "mcsc.toml").exists()


def test_nobody_else_can_read_what_is_written_into_a_data_directory(sqlite: Database, tmp_path: Path) -> None:
    """Built, backed up, restored over what a server left behind: whatever the umask allows."""
    before = os.umask(0)
    try:
        label(tmp_path / "demo")
        fill(sqlite)
        (tmp_path / "backup.part").mkdir(0o755)
        assert mcsc("backup", tmp_path / "backup", at=sqlite.directory).exit_code == 0
        shutil.copyfile(sqlite.directory / "ledger.db", sqlite.directory / "ledger.db-journal")
        assert mcsc("restore", tmp_path / "backup", "--yes", at=sqlite.directory).exit_code == 0
        assert mcsc("restore", tmp_path / "backup", at=tmp_path / "new", MCSC_DATA_CLASS="LIVE").exit_code == 0
        for data in ("demo", "data", "new", "backup"):
            for path in [tmp_path / data, *(tmp_path / data).rglob("*")]:
                assert path.stat().st_mode & 0o077 == 0, path
    finally:
        os.umask(before)


def test_what_is_kept_aside_can_be_put_back(saved: Path, filled: Database, tmp_path: Path) -> None:
    fill(filled, FACTS, 1)
    before = root(filled)
    done = mcsc("restore", saved, "--yes", at=filled)
    assert done.exit_code == 0, done.output
    if filled.is_postgres:
        schema = re.search(r"schema (replaced_\w+)", done.stderr)
        assert schema is not None
        joint = "&" if "?" in filled.where else "?"
        aside: Database | Path = Database(f"{filled.where}{joint}options=-csearch_path%3D{schema[1]}")
    else:
        (aside,) = filled.directory.glob("replaced-*")
    assert mcsc("backup", tmp_path / "aside", at=aside).exit_code == 0
    back = mcsc("restore", tmp_path / "aside", at=filled)  # nothing is lost, so nothing is asked
    assert back.exit_code == 0, back.output
    assert "Nothing will be gone: all 12 facts" in back.stderr
    assert root(filled) == before


def test_a_ledger_at_work_is_not_replaced(saved: Path, filled: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restoring, "OTHERS_WAIT_TIMES", 2)
    with Ledger(Database(filled.where), CONTEXTS) as serving:
        serving.execute(claim(FACTS), CLERK)
        refused = mcsc("restore", saved, "--yes", at=filled)
        assert refused.exit_code == 8, refused.output
        assert "stop" in refused.stderr
        serving.execute(claim(FACTS + 1), CLERK)
        serving.database.close()
    assert root(filled).startswith(f"{FACTS + 2}:")


@pytest.mark.parametrize("fault", ["cut", "altered", "no note", "none"])
def test_a_faulty_one_changes_nothing(saved: Path, filled: Database, fault: str) -> None:
    before = root(filled)
    for path in saved.iterdir():
        path.chmod(0o600)
    if fault == "cut":
        (saved / "ledger.db").write_bytes((saved / "ledger.db").read_bytes()[:-4096])
    elif fault == "altered":
        (saved / "ledger.db").write_bytes((saved / "ledger.db").read_bytes().replace(b"statement 7", b"statement 8"))
    elif fault == "no note":
        (saved / "backup.json").unlink()
    else:
        shutil.rmtree(saved)
    refused = mcsc("restore", saved, "--yes", at=filled)
    assert refused.exit_code == (3 if fault in ("cut", "altered") else 4)
    assert root(filled) == before
    if not filled.is_postgres:
        assert not [path.name for path in filled.directory.iterdir() if path.name.startswith(("replaced", "restore"))]


def test_wrong_places(saved: Path, filled: Database, tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "letter.txt").write_text("dear")
    elsewhere = mcsc("restore", saved, at=tmp_path / "letters")
    assert (elsewhere.exit_code, [path.name for path in (tmp_path / "letters").iterdir()]) == (2, ["letter.txt"])
    assert mcsc("restore", saved, at=saved).exit_code == 2
    assert mcsc("backup", tmp_path / "other", at=tmp_path / "nothing").exit_code == 4
    assert mcsc("backup", saved, at=filled).exit_code == 5
    assert not (tmp_path / "other").exists()

    other = Database(tmp_path / "another")
    import migrations

    migrations.upgrade(other)
    record(other, [lead("sunfield-demo")])
    other.close()
    refused = mcsc("restore", saved, at=tmp_path / "another")
    assert refused.exit_code == 5
    assert "is another ledger: not one of its facts is in the backup" in refused.stderr


def test_a_damaged_ledger_is_replaced_once_somebody_says_so(saved: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    (damaged / "ledger.db").write_bytes(b"\0" * 20_000)
    asked = mcsc("restore", saved, at=damaged)
    assert asked.exit_code == 5
    assert "what it holds beyond the backup is unknown" in asked.stderr
    done = mcsc("restore", saved, "--yes", at=damaged)
    assert done.exit_code == 0, done.output
    assert root(Database(damaged)) == done.stdout.strip()


def test_on_postgres_a_role_without_the_rights_is_told_which(saved: Path, filled: Database, postgres: Database) -> None:
    with postgres.owner.begin() as connection:
        connection.execute(
            text(
                "DO $$ BEGIN CREATE ROLE only_app LOGIN IN ROLE mcsc_app;"
                " EXCEPTION WHEN duplicate_object THEN NULL; END $$"
            )
        )
    record(postgres, [lead("sunfield-demo")])
    before = root(postgres)
    from sqlalchemy import make_url

    limited = Database(make_url(postgres.where).set(username="only_app").render_as_string(hide_password=False))
    refused = mcsc("restore", saved, "--yes", at=limited)
    assert (refused.exit_code, root(postgres)) == (7, before), refused.output
    assert "`mcsc migrate`" in refused.stderr.splitlines()[-1]  # where no person looks, an error is one whole line
