"""A ledger moves as a file, or not at all; its read models are held against the log, and made anew."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.api.cli.test_cli import LEAD, data, lines, mcsc

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


def test_an_altered_row_is_named_and_made_anew_only_when_told(data: Path) -> None:
    before = mcsc("report", "companies", "--data", data, "--json").stdout
    assert mcsc("check", "--data", data).exit_code == 0
    with closing(sqlite3.connect(data / "projections.db")) as connection:
        connection.execute("UPDATE company_register SET name = 'Moonfield (demo)'")
        connection.commit()
    found = mcsc("check", "--data", data)
    assert found.exit_code == 3
    assert f"{CHANGED} from_position=1" in found.stdout
    assert "stored name='Moonfield (demo)'; the log says name='Sunfield (demo)'" in found.stdout
    assert mcsc("check", "journal", "--data", data).exit_code == 0
    refused = mcsc("rebuild", "company_register", "--data", data)
    assert (refused.exit_code, CHANGED in refused.stdout) == (3, True)
    assert mcsc("report", "companies", "--data", data, "--json").stdout != before
    assert mcsc("rebuild", "company_register", "--anyway", "--data", data).exit_code == 0
    assert mcsc("report", "companies", "--data", data, "--json").stdout == before
    assert mcsc("check", "no-such", "--data", data).exit_code == 2


def test_a_proof_says_what_it_does_not_cover(data: Path) -> None:
    assert "mcsc check" in mcsc("verify", "--data", data).stderr
