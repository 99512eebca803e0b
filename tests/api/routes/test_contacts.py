"""S8: a person is found while known, and once erased not a byte is left: database, WAL, read models, exports, logs."""

import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from api.cli import main
from ledger.log.database import Database
from ledger.log.verify import verify
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from ledger.recording.personal import Keys
from tests.examples.contacts import ERASE_CONTACT
from tests.ground.over_http import LEAD, Http, problem, served
from tests.ground.recorder_process import CLERK

HERE = "/v1/companies/sunfield-demo/contacts"
PERSON = {
    "contact": 1,
    "name": "Qiuyun Zhao 赵秋云",
    "job": "Turbinenkäuferin",
    "phone": "+86 28 5557 3391",
    "email": "qiuyun.zhao@heat.example",
    "effective_on": "2025-02-01",
}
ERASURE = {"contact": 1, "ground": "REQUESTED", "effective_on": "2025-03-01"}
TRACES = ("Qiuyun", "qiuyun", "赵秋云", "Turbinenk", "5557 3391", "heat.example")
FORMS = ("utf-8", "utf-16-le", "unicode_escape")


@pytest.fixture
def http(database: Database) -> Iterator[Http]:
    with Ledger(database, CONTEXTS) as ledger, served(ledger) as asked:
        assert asked.post("/v1/companies", LEAD).status_code == 201
        yield asked


def files(database: Database, beside: Path) -> Iterator[Path]:
    """Everything that a ledger writes: beside it, and on PostgreSQL its own files and the server's WAL."""
    yield from (path for path in beside.rglob("*") if path.is_file())
    if database.is_postgres:
        with database.owner.connect() as connection:
            connection.execute(text("CHECKPOINT"))
            where, oid = connection.execute(
                text(
                    "SELECT current_setting('data_directory'), oid FROM pg_database WHERE datname = current_database()"
                )
            ).one()
        yield from (
            path for name in (f"base/{oid}", "pg_wal") for path in Path(where, name).glob("*") if path.is_file()
        )


def holding(database: Database, beside: Path, words: tuple[str, ...]) -> set[str]:
    """The files in which one of these words is, in one form of writing or another."""
    wanted = {word.encode(form) for word in words for form in FORMS}
    return {
        path.name for path in files(database, beside) if (held := path.read_bytes()) and any(w in held for w in wanted)
    }


def mcsc(database: Database, beside: Path, *words: object) -> str:
    """Run a command on the ledger, and give back all that it says."""
    where = {"MCSC_DATABASE": database.where, "MCSC_CONTACTS": str(database.keys), "MCSC_TRUST_NAMES": "1"}
    done = CliRunner().invoke(main, [str(word) for word in (*words, "--data", beside / "settings")], env=where)
    assert done.exit_code == 0, done.output
    return done.output


def test_a_person_is_found_while_known_and_then_no_byte_is_left(http: Http, database: Database, tmp_path: Path) -> None:
    first = http.post(HERE, PERSON, key="k-1")
    assert first.status_code == 201, first.text
    assert http.post(HERE, PERSON, key="k-1").headers["idempotent-replayed"] == "true"
    problem(http.post(HERE, PERSON | {"name": "Another (demo)"}, key="k-1"), 422, "idempotency-key-reused")
    (row,) = http.get("/v1/reports/contacts", "deal_desk", person="qiuyun", wait=http.size).json()["rows"]
    assert row | PERSON | {"effective_on": None} == row | {"effective_on": None}
    assert http.get("/v1/reports/contacts", "deal_desk", person="nobody").json()["rows"] == []
    problem(http.get("/v1/reports/contacts", "auditor"), 403, "not-allowed")
    assert "sealed:" in http.get("/v1/companies/sunfield-demo/history").text
    mcsc(database, tmp_path, "backup", tmp_path / "before")
    erased = http.post(f"{HERE}/erasures", ERASURE)
    assert erased.status_code == 201, erased.text
    before = verify(database)
    for asked in ("", f"effective=2025-02-15&recorded={erased.json()['position'] - 1}"):
        answer = http.get(f"/v1/reports/contacts?{asked}", "deal_desk")
        (row,) = answer.json()["rows"]
        assert (row["status"], row["erased_on"], row["name"]) == ("ERASED", "2025-03-01", None)
    problem(http.post(HERE, PERSON), 422, "contact-erased")
    for words in (
        ("export", "log", "-o", tmp_path / "log.ndjson"),
        ("report", "contacts", "--csv", "-o", tmp_path / "contacts.csv"),
        ("backup", tmp_path / "after"),
        ("forget", tmp_path / "before"),
    ):
        said = mcsc(database, tmp_path, *words)
        assert not any(trace in said for trace in TRACES)
    assert "before/contacts: 1 keys destroyed: sunfield-demo.1" in said
    database.close()
    assert holding(database, tmp_path, ("Sunfield Heat Recovery",)), "the search finds what is there"
    assert holding(database, tmp_path, TRACES) == set()
    assert not list(tmp_path.rglob("*.key")), "no key is left that could read it, in backups neither"
    assert verify(database).root == before.root


def test_an_erasure_that_was_cut_off_is_finished_at_the_next_start(http: Http, database: Database) -> None:
    """The log says it; a key that is still there (a crash between the two, a file put back) goes."""
    http.post(HERE, PERSON)
    assert database.keys is not None
    keys, kept = Keys(database.keys), database.keys.parent / "kept"
    shutil.copytree(database.keys, kept)
    http.post(f"{HERE}/erasures", ERASURE)
    shutil.copy(kept / "sunfield-demo.1.key", database.keys)
    (row,) = http.get("/v1/reports/contacts", "deal_desk", wait=http.size).json()["rows"]
    assert row["status"] == "ERASED", "whoever reads takes the log's word"
    http.ledger.stop()
    assert list(keys.subjects()) == ["sunfield-demo.1"]
    http.ledger.start()
    assert list(keys.subjects()) == []
    assert os.listdir(database.keys) == ["sunfield-demo.1.gone"]


def test_an_old_backup_does_not_bring_back_whom_the_place_knows_as_erased(sqlite: Database, tmp_path: Path) -> None:
    with Ledger(sqlite, CONTEXTS) as ledger, served(ledger) as http:
        http.post("/v1/companies", LEAD)
        http.post(HERE, PERSON)
        http.post(HERE, PERSON | {"contact": 2})
    mcsc(sqlite, tmp_path, "backup", tmp_path / "before")
    with Ledger(sqlite, CONTEXTS) as ledger:
        ledger.execute(ERASE_CONTACT, CLERK)
    sqlite.close()
    said = CliRunner().invoke(main, ["restore", str(tmp_path / "before"), "--yes", "--data", sqlite.where])
    assert said.exit_code == 0, said.output
    assert "Erased after that backup, and not put back: sunfield-demo.1." in said.output
    assert sqlite.keys is not None
    assert list(Keys(sqlite.keys).subjects()) == ["sunfield-demo.2"]
    elsewhere = tmp_path / "elsewhere"
    said = CliRunner().invoke(main, ["restore", str(tmp_path / "before"), "--data", str(elsewhere)])
    assert said.exit_code == 0, said.output
    assert "erase them again" in said.output
    with closing(Database(elsewhere)) as other:
        assert other.keys is not None
        assert list(Keys(other.keys).subjects()) == ["sunfield-demo.1", "sunfield-demo.2"]
