"""Keys and users on the command line: what their days mean, and what is said of names that cannot be."""

import pwd
from datetime import UTC, datetime, tzinfo
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from api import settings as settings_module
from api.cli import main
from api.cli.actor import os_user


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MCSC_DATA", "MCSC_DATABASE", "MCSC_ACTOR", "MCSC_KEY", "MCSC_KEY_FILE", "MCSC_TRUST_NAMES"):
        monkeypatch.delenv(name, raising=False)


def mcsc(*arguments: object, **environment: str) -> Result:
    return CliRunner().invoke(main, [*map(str, arguments)], env=environment)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    where = tmp_path / "ledger"
    assert mcsc("init", "--data", where).exit_code == 0
    return where


def create(data: Path, *options: str) -> Result:
    return mcsc("token", "create", "--data", data, "--role", "admin", *options)


@pytest.mark.parametrize(
    ("hours", "state"), [(-10, "valid"), (0, "valid"), (5, "valid"), (6, "expired"), (8, "expired"), (14, "expired")]
)
def test_a_key_lives_through_its_last_day_where_the_ledger_is(
    data: Path, hours: int, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Clock(datetime):
        @classmethod
        def now(cls, _zone: tzinfo | None = None) -> "Clock":
            return cls(2026, 6, 30, 18, tzinfo=UTC)  # of July in Meishan, where the ledger's days are eight hours ahead

    monkeypatch.setattr(settings_module, "datetime", Clock)
    (data / "mcsc.toml").write_text("utc_offset_hours = 0\n")
    assert create(data, "--actor", "ann-demo", "--expires", "2026-06-29").exit_code == 6
    key = create(data, "--actor", "ann-demo", "--expires", "2026-06-30").stdout.strip()
    (data / "mcsc.toml").write_text(f"utc_offset_hours = {hours}\n")
    (row,) = mcsc("token", "list", "--data", data).stdout.splitlines()[1:]
    assert row.split("\t")[5] == state
    assert (
        mcsc("token", "revoke", "abcdefgh", "--data", data, MCSC_KEY=key).exit_code == {"valid": 4, "expired": 7}[state]
    )
    assert f"{int(state == 'valid')} access keys" in mcsc("doctor", "--data", data).stdout


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (["token", "create", "--role", "admin", "--actor", "Ann"], "actor 'Ann': Expected: Lower-case letters, digits"),
        (["token", "revoke", "Ann Key"], "key id 'Ann Key': Expected: 8 to 16 lower-case letters and digits"),
        (["token", "revoke", "abcdefgh", "--reason", "a\nb"], "reason 'a\\nb': Expected: One line of writing"),
        (["user", "map", "w min", "--role", "admin", "--actor", "ann"], "os user 'w min': Expected: A user of the"),
        (["user", "map", "wmin", "--role", "admin", "--actor", "Änn"], "actor 'Änn': Expected: Lower-case letters"),
        (
            ["user", "map", "wmin", "--role", "admin", "--actor", "ann", "--note", "\t"],
            "note '\\t': Expected: One line",
        ),
        (["user", "unmap", "w min"], "os user 'w min': Expected: A user of the operating system"),
        (["meter-import", "FILE", "--meter", "M 1"], "meter 'M 1': Expected: Lower-case letters"),
        (["meter-import", "FILE", "--meter", "m-1", "--reason", " "], "reason ' ': Expected: One line of writing"),
    ],
)
def test_a_name_that_cannot_be_is_said_in_words(data: Path, tmp_path: Path, command: list[str], says: str) -> None:
    file = tmp_path / "file.csv"
    file.write_text(
        "2026-01-01T00:00,1\n" + "".join(f"2026-01-01T{n // 4:02}:{n % 4 * 15:02},1\n" for n in range(1, 96))
    )
    refused = mcsc(*(str(file) if word == "FILE" else word for word in command), "--data", data)
    assert refused.exit_code == 2, refused.output
    assert says in refused.stderr
    assert "regex" not in refused.stderr
    assert mcsc("verify", "--data", data).stdout.startswith("1:")


def test_a_user_whom_the_machine_does_not_know_is_warned_of(data: Path) -> None:
    other = next(user.pw_name for user in pwd.getpwall() if user.pw_name != os_user())
    for user, warned in ((other, False), ("nobody-of-that-name", True)):
        mapped = mcsc("user", "map", user, "--data", data, "--actor", "ann", "--role", "finance")
        assert mapped.exit_code == 0
        assert ("This machine has no user" in mapped.stderr) is warned
    listed = mcsc("user", "list", "--data", data).stdout
    here = {line.split("\t")[0]: line.split("\t")[4] for line in listed.splitlines()[1:]}
    assert here == {os_user(): "yes", other: "yes", "nobody-of-that-name": "no"}
