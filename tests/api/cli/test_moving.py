"""A ledger moves as a file, or not at all; its read models are held against the log, and made anew."""

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from api.cli.keeping import moving
from api.cli.keeping.moving import Moving
from ledger.log.database import Database
from ledger.log.envelope import Entry
from ledger.log.store import Head, read_head
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from projections.companies.register import CompanyRegister
from projections.engine.view import Writer
from tests.api.cli.test_cli import LEAD, data, lines, mcsc
from tests.ground.over_http import served

__all__ = ["data"]
SECOND = LEAD | {"company": "moonfield-demo", "name": "Moonfield (demo)", "effective_on": "2024-03-02"}
CHANGED = "company_register company=sunfield-demo effective_from=2024-03-01"


@pytest.fixture
def log(data: Path, tmp_path: Path) -> Path:
    """An export of two facts and their head."""
    assert mcsc("record", "--data", data, "--as", "clerk-demo", given=lines(SECOND)).exit_code == 0
    assert mcsc("export", "log", "--data", data, "-o", tmp_path / "log.ndjson").exit_code == 0
    return tmp_path / "log.ndjson"


def test_a_ledger_moves_as_a_file(data: Path, log: Path, tmp_path: Path) -> None:
    root = mcsc("verify", "--data", data).stdout
    done = mcsc("import", "log", log, "--data", tmp_path / "new", "--root", root.strip())
    assert (done.exit_code, done.stdout) == (0, root)
    assert mcsc("export", "log", "--data", tmp_path / "new").stdout_bytes == log.read_bytes()
    assert "not made yet" in mcsc("check", "--data", data).stderr
    mcsc("report", "companies", "--data", data)
    assert mcsc("check", "--data", tmp_path / "new").stdout == mcsc("check", "--data", data).stdout
    assert mcsc("import", "log", log, "--data", tmp_path / "new").exit_code == 5
    assert mcsc("export", "log", "--data", data, "--from", 9).exit_code == 4
    assert mcsc("export", "log", "--data", data, "--format", "batch").stdout.startswith("[{")


def test_a_changed_file_is_refused_by_line_and_nothing_is_there(log: Path, tmp_path: Path) -> None:
    log.write_bytes(log.read_bytes().replace(b"2024-03-02", b"2024-03-03"))
    refused = mcsc("import", "log", log, "--data", tmp_path / "new")
    assert refused.exit_code == 3
    said = " ".join(refused.stderr.replace("│", " ").split())
    assert "line 2: the envelope is not the one that was hashed (leaf-differs). Nothing was imported" in said
    assert mcsc("verify", "--data", tmp_path / "new").stdout.startswith("0:")


# From one database into another


def test_a_ledger_moves_into_postgresql_and_back(data: Path, log: Path, tmp_path: Path, postgres: Database) -> None:
    root = mcsc("verify", "--data", data).stdout
    there = mcsc("move", "--data", data, "--to", postgres.where)
    assert (there.exit_code, there.stdout) == (0, root), there.output
    assert "as they were sealed" in there.stderr
    (tmp_path / "by-name").mkdir()
    (tmp_path / "by-name" / "mcsc.toml").write_text(f'database = "{postgres.where}"\n')
    back = mcsc("move", "--data", tmp_path / "by-name", "--to", tmp_path / "back")
    assert (back.exit_code, back.stdout) == (0, root), back.output
    assert mcsc("export", "log", "--data", tmp_path / "back").stdout_bytes == log.read_bytes()
    assert mcsc("check", "--data", tmp_path / "back").exit_code == 0
    again = mcsc("move", "--data", data, "--to", postgres.where)
    assert (again.exit_code, "into an empty ledger" in again.stderr) == (5, True)
    assert mcsc("verify", "--data", data).stdout == root


def test_a_ledger_that_goes_on_or_is_cut_off_leaves_the_new_place_empty(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it is read, what others record in PostgreSQL is seen; here a head that has gone on, then Ctrl-C."""
    with Ledger(Database(data), CONTEXTS):
        refused = mcsc("move", "--data", data, "--to", tmp_path / "new")
    assert (refused.exit_code, "stop it first" in refused.stderr) == (8, True)
    heads = iter([1, 2])
    monkeypatch.setattr(moving, "_head", lambda database: replace(read_head_of(database), size=next(heads)))
    refused = mcsc("move", "--data", data, "--to", tmp_path / "new")
    assert (refused.exit_code, "from 1 to 2 facts meanwhile: nothing was moved" in refused.stderr) == (5, True)
    monkeypatch.undo()
    monkeypatch.setattr(Moving, "readline", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    assert mcsc("move", "--data", data, "--to", tmp_path / "new").exit_code == 1
    monkeypatch.undo()
    assert mcsc("verify", "--data", tmp_path / "new").stdout.startswith("0:")
    moved = mcsc("move", "--data", data, "--to", tmp_path / "new")
    assert moved.stdout == mcsc("verify", "--data", data).stdout, moved.output


def test_an_altered_log_does_not_move(data: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(data / "ledger.db")) as connection:
        for (trigger,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {trigger}")
        connection.execute("UPDATE fact SET envelope = replace(envelope, 'Sunfield', 'Moonfire')")
        connection.commit()
    assert mcsc("move", "--data", data, "--to", tmp_path / "new").exit_code == 3
    assert mcsc("verify", "--data", tmp_path / "new").stdout.startswith("0:")


def read_head_of(database: Database) -> Head:
    with database.views.connect() as connection:
        return read_head(connection)


def test_an_altered_row_is_named_and_made_anew_only_when_told(data: Path) -> None:
    before = mcsc("report", "companies", "--recorded", 1, "--data", data, "--json").stdout
    dormant = {"command": "mark-dormant", "company": "sunfield-demo", "effective_on": "2024-04-01", "reason": "quiet"}
    assert mcsc("record", "--data", data, "--as", "clerk-demo", given=lines(dormant)).exit_code == 0
    mcsc("report", "companies", "--data", data)
    assert mcsc("check", "--data", data).exit_code == 0
    with closing(sqlite3.connect(data / "projections.db")) as connection:
        connection.execute("UPDATE company_register SET name = 'Moonfield (demo)'")
        connection.commit()
    found = mcsc("check", "--data", data)
    assert found.exit_code == 3
    assert f"{CHANGED} from_position=1" in found.stdout
    said = "stored name='Moonfield (demo)'; the log says name='Sunfield (demo)' (and 1 more version)"
    assert said in found.stdout, found.stdout
    assert found.stdout.count("✗") == 1
    assert mcsc("check", "journal", "--data", data).exit_code == 0
    refused = mcsc("rebuild", "company_register", "--data", data)
    assert (refused.exit_code, CHANGED in refused.stdout) == (3, True)
    assert mcsc("report", "companies", "--recorded", 1, "--data", data, "--json").stdout != before
    assert mcsc("rebuild", "company_register", "--anyway", "--data", data).exit_code == 0
    assert mcsc("report", "companies", "--recorded", 1, "--data", data, "--json").stdout == before
    assert mcsc("check", "no-such", "--data", data).exit_code == 2


def test_a_fault_of_the_projector_is_named_and_not_swapped_in(
    data: Path, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = mcsc("report", "companies", "--data", data, "--json").stdout
    apply = CompanyRegister.apply

    def faulty(self: CompanyRegister, writer: Writer, entries: Sequence[Entry]) -> None:
        apply(self, writer, [entry for entry in entries if entry.position != 2])

    with monkeypatch.context() as seeded:
        seeded.setattr(CompanyRegister, "apply", faulty)
        for command in ("check", "rebuild"):
            found = mcsc(command, "company_register", "--data", data)
            assert (found.exit_code, "company=moonfield-demo" in found.stdout) == (3, True)
            assert "the log says there is no such row" in found.stdout
    assert mcsc("report", "companies", "--recorded", 2, "--data", data, "--json").stdout == before
    assert mcsc("check", "company_register", "--data", data).exit_code == 0


# Certified


def certified(data: Path) -> list[dict[str, Any]]:
    """What the certificates say."""
    found: list[dict[str, Any]] = json.loads(mcsc("report", "certificates", "--data", data, "--json").stdout)["rows"]
    return found


def test_what_was_found_is_certified(data: Path) -> None:
    mcsc("report", "companies", "--data", data)
    checked = mcsc("check", "company_register", "--certify", "--data", data, "--as", "auditor-demo")
    assert (checked.exit_code, "certified at position 2" in checked.stderr) == (0, True)
    (row,) = [one for one in certified(data) if one["table"] == "company_register"]
    root = mcsc("verify", "--data", data, "--root", f"1:{row['root']}")
    assert (root.exit_code, row["recorded"], row["outcome"], row["rows"]) == (0, 1, "AGREES", 1)
    assert row["sha256"] in checked.stdout
    assert (row["occasion"], row["certified_by"]) == ("CHECK", "auditor-demo")
    with closing(sqlite3.connect(data / "projections.db")) as connection:
        connection.execute("UPDATE company_register SET name = 'Moonfield (demo)'")
        connection.commit()
    assert mcsc("check", "company_register", "--certify", "--data", data, "--as", "auditor-demo").exit_code == 3
    assert mcsc("rebuild", "company_register", "--data", data, "--as", "auditor-demo").exit_code == 3
    assert mcsc("rebuild", "company_register", "--anyway", "--data", data, "--as", "auditor-demo").exit_code == 0
    assert mcsc("rebuild", "company_register", "--no-certify", "--data", data).exit_code == 0
    found = [(one["occasion"], one["outcome"], one["different"]) for one in certified(data)]
    differs, mended = [("CHECK", "DIFFERS", 1), ("REBUILD", "DIFFERS", 1)], ("REBUILD", "MADE_ANEW", 1)
    assert list(dict.fromkeys(found)) == [("CHECK", "AGREES", 0), *differs, mended]
    assert certified(data)[-1]["sha256"] == certified(data)[0]["sha256"]


def test_where_another_process_records_it_says_how(data: Path) -> None:
    mcsc("report", "companies", "--data", data)
    with closing(Database(data)) as database, database.only_writer():
        made = mcsc("rebuild", "company_register", "--data", data)
        assert (made.exit_code, "POST this to /v1/log/certificates" in made.stderr) == (0, True)
        assert mcsc("check", "--certify", "--data", data).exit_code == 8
    body = json.loads(made.stdout.splitlines()[-1])
    assert certified(data) == []
    with Ledger(Database(data), CONTEXTS) as ledger, served(ledger) as http:
        assert http.post("/v1/log/certificates", body, "deal_desk").status_code == 403
        assert http.post("/v1/log/certificates", body, "auditor").status_code == 201
    assert len(certified(data)) == 1


def test_a_proof_says_what_it_does_not_cover(data: Path) -> None:
    assert "mcsc check" in mcsc("verify", "--data", data).stderr
