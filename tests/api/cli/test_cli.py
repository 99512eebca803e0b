"""The command line as people and scripts meet it: what is printed where, and with which exit code."""

import ast
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import api
from api.cli import main
from api.cli.display import fitted, table
from ledger.log.database import Database
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from tests.ground.recorder_process import CLERK, claim
from tests.ground.recording import lead, record

LEAD = {
    "command": "register-lead",
    "effective_on": "2024-03-01",
    "company": "sunfield-demo",
    "name": "Sunfield (demo)",
    "country": "US",
    "origin": "DIRECT",
}
OTHER = LEAD | {"name": "Another (demo)"}
QUALIFY = {"command": "qualify-company", "effective_on": "2024-03-02", "company": "sunfield-demo"}
NOBODY = QUALIFY | {"company": "nobody"}


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MCSC_DATA", "MCSC_DATABASE", "MCSC_ACTOR", "MCSC_DEBUG", "MCSC_KEY", "MCSC_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)


def mcsc(*arguments: object, given: str = "") -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments], input=given)


def lines(*commands: object) -> str:
    return "".join(json.dumps(command) + "\n" for command in commands)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A ledger with one company."""
    where = tmp_path / "ledger"
    assert mcsc("record", "--data", where, "--as", "clerk-demo", given=lines(LEAD)).exit_code == 0
    return where


# Recording


@pytest.mark.parametrize(
    ("commands", "code", "outcomes"),
    [
        pytest.param([LEAD], 0, ["done"], id="already-so"),
        pytest.param([QUALIFY], 6, ["refused"], id="refused-by-a-rule"),
        pytest.param([OTHER], 5, ["refused"], id="conflict"),
        pytest.param([NOBODY], 4, ["refused"], id="unknown-company"),
        pytest.param([{"command": "no-such"}], 2, ["malformed"], id="no-such-command"),
        pytest.param([LEAD | {"colour": "red"}], 2, ["malformed"], id="unknown-field"),
        pytest.param([QUALIFY, NOBODY, LEAD], 6, ["refused", "refused", "done"], id="the-highest-code-counts"),
    ],
)
def test_record_outcomes_and_exit_codes(data: Path, commands: list[object], code: int, outcomes: list[str]) -> None:
    result = mcsc("record", "--data", data, given=lines(*commands))
    assert result.exit_code == code
    assert [json.loads(line)["outcome"] for line in result.stdout.splitlines()] == outcomes


def test_a_bad_line_is_named_and_the_others_are_recorded(data: Path) -> None:
    more = [LEAD | {"company": f"more-{number}-demo"} for number in range(3)]
    given = lines(more[0]) + "not json\n\n" + lines(more[1] | {"company": "Bad Id"}, more[2])
    result = mcsc("record", "--data", data, given=given)
    assert result.exit_code == 2
    told = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(line["line"], line["outcome"]) for line in told] == [
        (1, "done"),
        (2, "malformed"),
        (4, "malformed"),
        (5, "done"),
    ]
    assert told[2]["errors"][0]["pointer"] == "/company"
    assert "Lower-case letters" in told[2]["errors"][0]["detail"]
    assert "line 2: The body is not JSON" in result.stderr


def test_all_lines_are_recorded_or_none(data: Path) -> None:
    """Every wrong line is named at once; each is decided on those before it, in a dry run too."""
    more = [LEAD | {"company": f"more-{number}-demo"} for number in range(3)]
    wrong = lines(more[0]) + "not json\n" + lines(QUALIFY, more[1])
    for options in (["--atomic"], ["--atomic", "--dry-run"]):
        result = mcsc("record", "--data", data, *options, given=wrong)
        told = [json.loads(line) for line in result.stdout.splitlines()]
        assert [line["outcome"] for line in told] == ["previewed", "malformed", "refused", "previewed"]
        assert (result.exit_code, "Nothing was recorded of these 4 lines" in result.stderr) == (6, True)
    touch = {"command": "add-touch", "effective_on": "2024-03-05", "company": "more-2-demo", "channel": "PARTNER"}
    for outcome, size, options in (("previewed", 1, ["--dry-run"]), ("done", 5, []), ("done", 5, [])):
        mended = lines({"key": "k-1", "command": more[0]}, *more[1:], {"key": "k-2", "command": touch})
        result = mcsc("record", "--data", data, "--atomic", *options, given=mended)
        assert {json.loads(line)["outcome"] for line in result.stdout.splitlines()} == {outcome}
        assert mcsc("verify", "--data", data).stdout.startswith(f"{size}:")
    (data / "mcsc.toml").write_text("together_lines_max = 2\n")
    refused = mcsc("record", "--data", data, "--atomic", given=mended)
    assert (refused.exit_code, "2 lines at most, and this has 4" in refused.stderr) == (2, True)


def test_record_with_keys_once(data: Path) -> None:
    touch = {"command": "add-touch", "effective_on": "2024-03-05", "company": "sunfield-demo", "channel": "PARTNER"}
    for replayed in (False, True):
        result = mcsc("record", "--data", data, "--as", "clerk-demo", given=lines({"key": "k", "command": touch}))
        assert json.loads(result.stdout).get("replayed", False) is replayed
    other = touch | {"channel": "OTHER"}
    assert mcsc("record", "--data", data, "--as", "clerk-demo", "--key", "k", given=lines(other)).exit_code == 5


def test_record_dry_run_records_nothing(data: Path) -> None:
    result = mcsc("record", "--data", data, "--dry-run", given=lines(LEAD | {"company": "other-demo"}))
    assert json.loads(result.stdout)["outcome"] == "previewed"
    assert mcsc("verify", "--data", data).stdout.startswith("1:")


def test_record_teaches(data: Path) -> None:
    assert "qualify-company" in mcsc("record", "--list").stdout
    assert mcsc("record", "--example", "no-such").exit_code == 2


def test_record_beside_a_recording_process_is_unavailable(data: Path) -> None:
    with Ledger(Database(data), CONTEXTS) as ledger:
        result = mcsc("record", "--data", data, given=lines(LEAD))
        ledger.database.close()
    assert result.exit_code == 8
    assert "is recording into" in result.stderr


# Reading


def test_history_says_who_and_when(data: Path) -> None:
    result = mcsc("history", "sunfield-demo", "--data", data)
    assert result.exit_code == 0
    (_, row) = result.stdout.splitlines()
    assert [row.split("\t")[at] for at in (0, 2, 3, 5)] == ["1", "2024-03-01", "company.lead-registered", "clerk-demo"]
    assert "1 of 1 facts; as recorded at position 1" in result.stderr


@pytest.mark.parametrize(("report", "row"), [("companies", "sunfield-demo"), ("funnel", "DIRECT")])
def test_reports_in_every_form(data: Path, tmp_path: Path, report: str, row: str) -> None:
    plain = mcsc("report", report, "--data", data)
    assert [plain.exit_code, plain.stdout.splitlines()[1].split("\t")[0]] == [0, row]
    assert "as recorded at position 1" in plain.stderr
    answer = json.loads(mcsc("report", report, "--data", data, "--json").stdout)
    assert answer["basis"]["recorded"] == 1
    csv = mcsc("report", report, "--data", data, "--csv").stdout_bytes
    assert csv.startswith(b"\xef\xbb\xbf")
    target = tmp_path / "report.csv"
    assert mcsc("report", report, "--data", data, "-o", target).exit_code == 0
    assert target.read_bytes() == csv


@pytest.mark.parametrize(
    ("options", "known"),
    [
        (["--recorded", "0"], False),
        (["--recorded", "2020-01-01"], False),
        (["--effective", "2024-02-29"], False),
        (["--effective", "2024-03"], True),
        (["--recorded", "#1"], True),
        (["--stage", "OPERATING"], False),
        (["--search", "SUNF"], True),
    ],
)
def test_reports_as_of(data: Path, options: list[str], known: bool) -> None:
    result = mcsc("report", "companies", "--data", data, *options)
    assert result.exit_code == 0
    assert ("sunfield-demo" in result.stdout) is known


@pytest.mark.parametrize(
    "options", [["--recorded", "99"], ["--recorded", "yesterday"], ["--effective", "2024-02-30"], ["--stage", "X"]]
)
def test_reports_on_an_impossible_basis(data: Path, options: list[str]) -> None:
    result = mcsc("report", "companies", "--data", data, *options)
    assert result.exit_code == 2
    assert options[0].removeprefix("--") in result.stderr


# Keeping


def test_verify_prints_what_to_keep(data: Path) -> None:
    result = mcsc("verify", "--data", data)
    size_and_root = result.stdout.strip()
    assert size_and_root.startswith("1:")
    assert mcsc("verify", "--data", data, "--root", size_and_root).exit_code == 0
    assert mcsc("verify", "--data", data, "--root", "1:" + "0" * 64).exit_code == 3
    assert mcsc("verify", "--data", data, "--root", "nonsense").exit_code == 2
    receipts = re.search(r"receipts: ([0-9]+:[0-9a-f]{64});", " ".join(result.stderr.split()))
    assert receipts is not None, result.stderr
    assert "receipts of refusals" in " ".join(result.stderr.split())
    again = mcsc("verify", "--data", data, "--receipts", receipts[1])
    assert again.exit_code == 0
    assert "receipts of refusals" not in " ".join(again.stderr.split())
    assert mcsc("verify", "--data", data, "--receipts", "0:" + "0" * 64).exit_code == 3


def test_verify_names_the_altered_position(data: Path) -> None:
    mcsc("record", "--data", data, given=lines(*(LEAD | {"company": f"c-{n}-demo"} for n in range(5))))
    connection = sqlite3.connect(data / "ledger.db")
    connection.execute("DROP TRIGGER fact_refuse_update")
    connection.execute("UPDATE fact SET envelope = replace(envelope, 'Sunfield', 'Moonfield') WHERE position = 4")
    connection.commit()
    connection.close()
    result = mcsc("verify", "--data", data)
    assert result.exit_code == 3
    assert "position 4" in " ".join(result.stderr.split())


def test_rebuild_makes_the_same_rows(data: Path) -> None:
    before = mcsc("report", "companies", "--data", data, "--json").stdout
    result = mcsc("rebuild", "--all", "--no-certify", "--data", data)
    assert (result.exit_code, "facts read: 1 in" in result.stderr) == (0, True)
    assert mcsc("report", "companies", "--data", data, "--json").stdout == before
    assert mcsc("rebuild", "no-such", "--data", data).exit_code == 2


def test_deleted_read_models_come_back(data: Path) -> None:
    before = mcsc("report", "companies", "--data", data, "--json").stdout
    for path in data.glob("projections.db*"):
        path.unlink()
    assert mcsc("report", "companies", "--data", data, "--json").stdout == before


def test_keys_from_creation_to_revocation(data: Path) -> None:
    created = mcsc("token", "create", "--data", data, "--actor", "li-demo", "--role", "auditor")
    _, key_id, secret = created.stdout.strip().split("_")
    listed = mcsc("token", "list", "--data", data).stdout
    assert key_id in listed
    assert secret not in listed
    assert mcsc("token", "revoke", key_id, "--data", data).exit_code == 0
    assert "revoked" in mcsc("token", "list", "--data", data).stdout
    assert mcsc("token", "revoke", "abcdefgh", "--data", data).exit_code == 4
    assert mcsc("token", "create", "--data", data, "--actor", "Li Demo", "--role", "auditor").exit_code == 2
    calendar = mcsc("token", "create", "--data", data, "--actor", "li-demo", "--role", "auditor", "--calendar")
    assert calendar.stdout.startswith("http://127.0.0.1:8000/v1/calendars/")
    assert "No server of this ledger is known to run" in calendar.stderr
    stranger = mcsc("token", "create", "--data", data, "--actor", "li-demo", "--role", "auditor", "--company", "no-one")
    assert (stranger.exit_code, stranger.stdout) == (4, "")
    assert "No company no-one is on record" in stranger.stderr


def test_doctor_says_what_is_missing_and_what_to_do(data: Path, tmp_path: Path) -> None:
    sick = mcsc("doctor", "--data", data)
    assert sick.exit_code == 1
    assert "✗ 0 access keys" in sick.stdout
    assert "→ `mcsc token create" in sick.stdout
    mcsc("token", "create", "--data", data, "--actor", "li-demo", "--role", "auditor")
    well = mcsc("doctor", "--data", data)
    assert (well.exit_code, "✗" in well.stdout) == (0, False)
    assert "✗ ledger in" in mcsc("doctor", "--data", tmp_path / "nothing").stdout


def test_doctor_says_how_a_log_that_went_back_is_put_back(data: Path) -> None:
    mcsc("report", "companies", "--data", data)
    connection = sqlite3.connect(data / "projections.db")
    connection.execute("UPDATE projection SET position = 9")
    connection.commit()
    connection.close()
    assert "`mcsc restore BACKUP` puts a backup back" in mcsc("doctor", "--data", data).stdout
    connection = sqlite3.connect(data / "ledger.db")
    connection.execute("DROP TRIGGER ledger_head_refuse_shrink")
    connection.execute("UPDATE ledger_head SET size = 0")
    connection.commit()
    connection.close()
    sick = mcsc("doctor", "--data", data).stdout
    assert "`mcsc restore BACKUP --dry-run` says what a backup holds of it" in sick
    assert "triggers are missing (ledger_head_refuse_shrink)" in sick
    assert "put a backup back with `mcsc restore BACKUP`" in sick


def test_doctor_names_what_lies_in_the_write_ahead_log_alone(data: Path, tmp_path: Path) -> None:
    """Copied while it was served: `ledger.db` alone is an older ledger. While it records, that is as it should be."""
    copy, said = tmp_path / "copy", "bytes of the log are in ledger.db-wal, not yet in ledger.db"
    with Ledger(Database(data), CONTEXTS) as serving:
        serving.execute(claim(1), CLERK)
        shutil.copytree(data, copy, ignore=shutil.ignore_patterns("*-shm", "*.lock"))
        assert f"{said} (as it is while recording)" in mcsc("doctor", "--data", data).stdout
    (line,) = [line for line in mcsc("doctor", "--data", copy).stdout.splitlines() if said in line]
    assert "✗" in line


def test_doctor_says_that_the_file_of_the_read_models_is_damaged(data: Path) -> None:
    mcsc("report", "companies", "--data", data)
    mcsc("token", "create", "--data", data, "--actor", "li-demo", "--role", "auditor")
    for file, written in ((data / "projections.db").read_bytes(), b"\xff" * 4096), (b"", b"no database" * 999):
        # The bookmarks can still be read the first time: a page further on is damaged.
        (data / "projections.db").write_bytes(file[:-4096] + written)
        sick = mcsc("doctor", "--data", data)
        assert sick.exit_code == 1
        assert "✗ the file of the read models is damaged" in sick.stdout
        assert "✓ read model" not in sick.stdout
    for path in data.glob("projections.db*"):
        path.unlink()
    assert mcsc("rebuild", "--all", "--no-certify", "--data", data).exit_code == 0
    assert "✗" not in mcsc("doctor", "--data", data).stdout


@pytest.mark.parametrize(
    ("given", "at"),
    [
        (["rebuild", "--all"], "projections.engine.runner.rebuild_all"),
        (["bill", "--through", "2026-09-30", "--on", "2026-09-30"], "api.cli.billing._Run.bill"),
    ],
)
def test_sigterm_ends_a_long_run_as_ctrl_c_does(
    data: Path, monkeypatch: pytest.MonkeyPatch, given: list[str], at: str
) -> None:
    def terminated(*_: object, **__: object) -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    def missed(*_: object) -> None:
        pytest.fail("nobody heard it")

    monkeypatch.setattr(at, terminated)
    before = signal.signal(signal.SIGTERM, missed)
    try:
        ended = mcsc(*given, "--data", data)
        assert (ended.exit_code, "Aborted" in ended.stderr) == (1, True)
        assert signal.getsignal(signal.SIGTERM) is missed, "it is as before"
    finally:
        signal.signal(signal.SIGTERM, before)


def test_doctor_says_that_the_log_is_ahead_of_the_clock(data: Path) -> None:
    database = Database(data)
    record(database, [lead("sunfield-demo")], at=datetime.now(UTC) + timedelta(days=3650))
    database.close()
    sick = mcsc("doctor", "--data", data)
    assert sick.exit_code == 1
    assert "later than it is now" in sick.stdout


# In general


@pytest.mark.parametrize("command", [["report", "companies"], ["history"], ["verify"], ["rebuild", "--all"]])
def test_no_ledger_there(tmp_path: Path, command: list[str]) -> None:
    result = mcsc(*command, "--data", tmp_path / "nothing")
    assert result.exit_code == 4
    assert "There is no ledger" in result.stderr
    assert not (tmp_path / "nothing").exists()


def test_settings_with_a_typing_error(data: Path) -> None:
    (data / "mcsc.toml").write_text('hots = "127.0.0.1"\n')
    result = mcsc("report", "companies", "--data", data)
    assert result.exit_code == 2
    assert "hots" in result.stderr


def _commands() -> Iterator[list[str]]:
    for name, command in main.commands.items():
        yield [name]
        yield from ([name, inner] for inner in getattr(command, "commands", {}))


@pytest.mark.parametrize("command", [[], *_commands()], ids=" ".join)
def test_every_command_explains_itself(command: list[str]) -> None:
    result = mcsc(*command, "--help")
    assert result.exit_code == 0
    assert "Usage:" in result.stdout


# Faults met in use


def test_a_reused_key_is_one_lines_fault(data: Path) -> None:
    more = [LEAD | {"company": f"more-{number}-demo"} for number in range(4)]
    mcsc("record", "--data", data, "--as", "clerk-demo", given=lines({"key": "k", "command": more[0]}))
    given = lines(more[1], {"key": "k", "command": more[2]}, more[3])
    result = mcsc("record", "--data", data, "--as", "clerk-demo", given=given)
    assert result.exit_code == 5
    assert [json.loads(line)["outcome"] for line in result.stdout.splitlines()] == ["done", "not-done", "done"]


def test_a_claim_is_a_public_fact_as_over_http(data: Path) -> None:
    claim = {"command": "record-claim", "claim": "c", "subject": "s", "claimed_on": "2021", "statement": "t"}
    mcsc("record", "--data", data, given=lines(claim | {"source": "u", "effective_on": "2021-01-01"}))
    (row,) = json.loads(mcsc("history", "--fact", "claim.recorded", "--data", data, "--json").stdout)["rows"]
    assert row["data_class"] == "PUBLIC_FACT"


def test_only_data_goes_to_standard_output(data: Path) -> None:
    mcsc("report", "companies", "--data", data)
    connection = sqlite3.connect(data / "projections.db")
    connection.execute("UPDATE projection SET version = 0")
    connection.commit()
    connection.close()
    result = mcsc("report", "companies", "--data", data, "--json")
    assert json.loads(result.stdout)["rows"]
    assert "rebuilding" in result.stderr


def test_history_of_an_unknown_company_is_not_found(data: Path) -> None:
    assert mcsc("history", "nobody-demo", "--data", data).exit_code == 4
    assert mcsc("history", "sunfield-demo", "--fact", "company.exited", "--data", data).exit_code == 0


def test_a_taken_port_is_unavailable_not_broken(data: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert mcsc("serve", "--data", data, "--port", taken.getsockname()[1]).exit_code == 8


def test_a_demo_that_cannot_be_served_makes_nothing(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refused = mcsc("demo", "--data", tmp_path / "demo", "--port", taken.getsockname()[1])
    assert refused.exit_code == 8
    assert "is taken" in refused.stderr
    assert not (tmp_path / "demo").exists()


def test_a_table_wider_than_the_terminal_goes_whole_to_the_pager(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    paged: list[str] = []
    monkeypatch.setattr("api.cli.display.click.echo_via_pager", paged.append)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "60")
    name, amount = "n" * 50, "1,234,567.89"
    table("Title", ["name", "amount"], [[name, amount]], numbers=["amount"])
    (whole,) = paged
    assert f"{name}  {amount}" in whole
    table("Title", ["amount"], [[amount]], numbers=["amount"])
    assert paged == [whole]
    assert amount in capsys.readouterr().out


BALANCES = ["code", "account", "at 2026-01-01", "debit", "at 2026-06-30"]
LINES = [
    ["1122", "Trade receivables of tenants", "1,000.00", "2,000.00", "3,000.00"],
    ["1", "眉山加州智慧城租户应收账款", "", "", "9.00"],
]


@pytest.mark.parametrize(
    ("few", "width", "shown"),
    [
        pytest.param((), 74, [BALANCES, *LINES], id="4 + 28 + 13 + 8 + 13 and four gaps of 2"),
        pytest.param(
            (),
            70,
            [
                BALANCES,
                ["1122", "Trade receiv… of tenants", "1,000.00", "2,000.00", "3,000.00"],
                ["1", "眉山加州智慧…户应收账款", "", "", "9.00"],
            ],
            id="four fewer, which words give",
        ),
        pytest.param(
            ("account", "at"),
            48,
            [
                ["account", "at 2026-01-01", "at 2026-06-30"],
                ["Trade rec… tenants", "1,000.00", "3,000.00"],
                ["眉山加州…应收账款", "", "9.00"],
            ],
            id="two balances of 13 and two gaps leave 18",
        ),
        pytest.param(
            ("account", "at"),
            31,
            [["account", "at 2026-06-30"], ["Trade re…tenants", "3,000.00"], ["眉山加州…收账款", "9.00"]],
            id="the last balance before the first",
        ),
        pytest.param((), 12, [["code"], ["1122"], ["1"]], id="from the left, and no figure is cut"),
    ],
)
def test_a_narrow_terminal_shows_few_columns(few: Sequence[str], width: int, shown: list[list[str]]) -> None:
    names, rows = fitted(BALANCES, LINES, BALANCES[2:], few, width)
    assert [names, *rows] == shown


def test_invented_examples_are_labelled(data: Path, tmp_path: Path) -> None:
    mcsc("demo", "--data", tmp_path / "demo", "--no-serve")
    for report in ("companies", "funnel"):
        assert "FICTIONAL" in mcsc("report", report, "--data", tmp_path / "demo").stderr
        assert "FICTIONAL" not in mcsc("report", report, "--data", data).stderr


def test_the_demo_is_served_whatever_the_environment_names(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served: list[str] = []
    monkeypatch.setattr("api.cli.serving.run", lambda _data, settings, *_: served.append(settings.database))
    monkeypatch.setenv("MCSC_DATABASE", str(data))
    assert mcsc("demo", "--data", tmp_path / "demo", "--port", 0).exit_code == 0
    assert served == [str(tmp_path / "demo")]


def test_whatever_opens_a_ledger_closes_it_also_after_an_error() -> None:
    """At once: a connection that is collected open is a warning somewhere else, on PostgreSQL an error of another test.

    A run of billing is closed by whoever makes it.
    """
    opening, left = {"existing", "migrated"}, list[str]()
    for path in sorted((Path(api.__file__).parent / "cli").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            body = getattr(node, "body", [])
            for one, after in pairwise([*body, None]) if isinstance(body, list) else ():
                made = one.value if isinstance(one, ast.Assign) else None
                if isinstance(made, ast.Call) and isinstance(made.func, ast.Name) and made.func.id in opening:
                    said = ast.unparse(after).splitlines() if after is not None else [""]
                    if not any("closing(" in line or ".close()" in line for line in said[:2]):
                        left.append(f"{path.name}: {ast.unparse(one)}")
    assert left == ["billing.py: self.settings, self.database = existing(data)"]
