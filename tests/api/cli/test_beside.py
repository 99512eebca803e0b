"""The command line beside a running server, on both databases: it prints, records and exits as without one.

On SQLite it goes through the server's door, on PostgreSQL it records by itself.
"""

import json
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from api.cli import main
from ledger.log.database import Database
from ledger.log.verify import verify
from tests.ground.billed import GROUND, L1
from tests.ground.recording import record
from tests.test_e2e import Served

ON = {"effective_on": "2024-02-01"}
LEAD = {"command": "register-lead", **ON, "name": "Moonfield (demo)", "country": "US", "origin": "DIRECT"}
FIRST, SECOND = LEAD | {"company": "moonfield-demo"}, LEAD | {"company": "starfield-demo"}
THIRD = LEAD | {"company": "farfield-demo"}
QUALIFY = {"command": "qualify-company", **ON, "company": "x-demo"}
READS = "time,kWh\n" + "".join(f"2024-01-01T{hour:02}:00,1\n" for hour in range(24))
ASKED: tuple[tuple[str, list[str], Sequence[object], int], ...] = (
    ("init", ["init"], (), 0),
    ("a lead", ["record"], (FIRST,), 0),
    ("once more", ["record"], (FIRST,), 0),
    ("refused", ["record"], ({"command": "qualify-company", **ON, "company": "moonfield-demo"},), 6),
    ("keyed", ["record"], ({"key": "k", "command": SECOND}, {"key": "k", "command": SECOND}), 0),
    ("a key reused", ["record", "--key", "k"], (FIRST,), 5),
    ("malformed among others", ["record"], (FIRST | {"country": "usa"}, FIRST, "x"), 2),
    ("unknown", ["record"], ({"command": "qualify-company", **ON, "company": "nobody-demo"},), 4),
    ("previewed", ["record", "--dry-run"], (LEAD | {"company": "rainfield-demo"},), 0),
    ("all or none", ["record", "--atomic"], (THIRD | {"company": "x-demo"}, QUALIFY, "x"), 6),
    ("all at once", ["record", "--atomic"], (THIRD, {"key": "k-3", "command": THIRD}), 0),
    ("far ahead", ["record"], (FIRST | {"effective_on": "2999-01-01"},), 6),
    ("reads of an unknown meter", ["meter-import", "reads.csv", "--meter", "m-1-demo", "--minutes", "60"], (), 4),
    ("an unknown lease", ["bill", "--through", "2024-01-31", "--lease", "l-9-demo"], (), 4),
    ("one lease", ["bill", "--through", "2024-01-31", "--lease", L1, "--json"], (), 0),
    ("not to be closed", ["close", "2024-01", "--on", "2024-02-05"], (), 6),
    ("the rest", ["bill", "--through", "2024-01-31"], (), 0),
    ("too far", ["bill", "--through", "2031-01-31"], (), 6),
    ("to be closed", ["close", "2024-01", "--dry-run"], (), 0),
    ("not next", ["close", "2024-02", "--dry-run", "--even-so"], (), 6),
    ("closed", ["close", "2024-01", "--on", "2024-02-05"], (), 0),
    ("closed already", ["close", "2024-01", "--on", "2024-02-05"], (), 0),
    ("somebody let in", ["user", "map", "daemon", "--actor", "operator-demo", "--role", "admin"], (), 0),
    ("a key", ["token", "create", "--actor", "auditor-demo", "--role", "auditor"], (), 0),
)
VARYING = re.compile(r"mcsc_\w+_\w+|20\d\d-\d\d-\d\dT[\d:.]+Z|in [\d.]+ s \(\S+\)|postgresql:\S+")


@pytest.fixture(autouse=True)
def _nobody_is_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MCSC_DATA", "MCSC_ACTOR", "MCSC_KEY", "MCSC_KEY_FILE", "MCSC_TRUST_NAMES", "MCSC_DATABASE"):
        monkeypatch.delenv(name, raising=False)


def mcsc(data: Path, *arguments: str, given: Sequence[object] = ()) -> Result:
    written = "".join(f"{json.dumps(one)}\n" for one in given)
    return CliRunner().invoke(main, [*arguments, "--data", str(data)], input=written)


def told(result: Result, data: Path) -> tuple[int, str, str]:
    """The exit code and all that was said, without what differs from run to run."""
    said = [VARYING.sub("…", text).replace(str(data), "DATA") for text in (result.stdout, result.stderr)]
    return result.exit_code, said[0], said[1]


def directory(database: Database, where: Path) -> Path:
    """A data directory whose settings name this database."""
    if not database.is_postgres:
        return database.directory
    where.mkdir()
    (where / "mcsc.toml").write_text(f'database = "{database.where}"\n')
    return where


@pytest.fixture
def alone(tmp_path: Path) -> Path:
    """A ledger with nobody beside."""
    import migrations

    database = Database(tmp_path / "alone")
    migrations.upgrade(database)
    record(database, GROUND)
    database.close()
    return tmp_path / "alone"


def test_beside_a_server_all_is_as_without_one(
    database: Database, alone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("reads.csv").write_text(READS)
    record(database, GROUND)
    data = directory(database, tmp_path / "pg")
    without = {name: told(mcsc(alone, *asked, given=given), alone) for name, asked, given, _ in ASKED}
    assert {name: code for name, (code, _, _) in without.items()} == {name: code for name, _, _, code in ASKED}
    with Served(data, "mcsc serve") as served:
        for name, asked, given, _ in ASKED:
            assert told(mcsc(data, *asked, given=given), data) == without[name], name
        health = served.client.get("/health").json()
        served.stop()
    assert health["status"] == "ok"
    ours = Database(alone)
    assert verify(database).size == verify(ours).size
    ours.close()
