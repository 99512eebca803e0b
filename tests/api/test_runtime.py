"""What a process that stays writes into its log: places, and nothing of what is recorded."""

import json
from typing import Any

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from api.recorder.runtime import log_to_stderr
from ledger.log.database import Database

SECRET = "Sunfield Heat Recovery"


@pytest.fixture(autouse=True)
def _as_it_was() -> Any:
    yield
    structlog.reset_defaults()


def test_an_error_of_the_database_is_logged_without_what_is_recorded(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither the values of a statement nor what PostgreSQL says of the row that it refuses."""
    log_to_stderr()
    columns = "number, actor, key, request_sha256, recorded_us, outcome, nodes"
    statement = text(f"INSERT INTO receipt ({columns}) VALUES (1, :actor, :key, :sha, 1, :sha, :sha)")
    with database.log.connect() as connection, connection.begin():
        given = {"actor": SECRET, "key": SECRET, "sha": SECRET.encode()}
        connection.execute(statement, given)
        with pytest.raises(IntegrityError) as raised:
            connection.execute(statement, given)
        connection.rollback()
    structlog.get_logger().error("not recorded", exc_info=raised.value)
    (line,) = capsys.readouterr().err.splitlines()
    said = json.loads(line)
    assert SECRET not in line
    assert said["event"] == "not recorded"
    assert "tests/api/test_runtime.py" in said["exception"]
    assert said["exception"].endswith("IntegrityError\n")
    assert ("23505" if database.is_postgres else "SQLITE_CONSTRAINT") in said["exception"]
