"""`mcsc meter-import` and `meter-read`: a file goes in whole, or its bad lines are named; and the energy reports."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from api.cli import main
from tests.ground.offtaken import METER, A


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A ledger with an agreement in delivery whose meter is settled by intervals, set up from a file of commands."""
    commands = tmp_path / "commands.ndjson"
    commands.write_text("\n".join(SETUP) + "\n")
    where = tmp_path / "ledger"
    where.mkdir()
    (where / "mcsc.toml").write_text('data_class = "FICTIONAL"\n')
    for who, lines in (("clerk-demo", SETUP), ("approver-demo", SIGNED), ("clerk-demo", AFTER)):
        commands.write_text("\n".join(lines) + "\n")
        done = run(where, "record", str(commands), "--as", who)
        assert done.exit_code == 0, done.output
    return where


PAPER = '{"doc": "contract (demo)", "sha256": "' + "cd" * 32 + '"}'
TERMS = (
    '{"role": "SELLER", "buyer": "cedarmill-demo", "technology": "BIOMASS", "starts_on": "2024-01-01", '
    '"ends_on": "2025-12-31", "price": {"type": "FIXED", "price": "0.52"}}'
)
ON = '"effective_on": "2024-01-01"'
SETUP = [
    f'{{"command": "register-lead", {ON}, "company": "cedarmill-demo", "name": "Cedar (demo)", "country": "CN", '
    '"origin": "DIRECT"}',
    f'{{"command": "propose-rate", {ON}, "rate": "vat-demo", "series": "vat/goods", "value": "0.13", "source": "x"}}',
    f'{{"command": "open-periods", {ON}, "through": "2024-01"}}',
    f'{{"command": "draft-offtake", {ON}, "agreement": "{A}", "terms": {TERMS}}}',
]
SIGNED = [
    f'{{"command": "approve-rate", {ON}, "rate": "vat-demo"}}',
    f'{{"command": "execute-offtake", {ON}, "agreement": "{A}", "document": {PAPER}}}',
]
AFTER = [
    f'{{"command": "declare-commercial-operation", {ON}, "agreement": "{A}", "evidence": {PAPER}}}',
    f'{{"command": "install-meter", {ON}, "meter": "{METER}", "agreement": "{A}", "start": "0", "digits": 8, '
    '"settled_by": "INTERVALS"}',
]


def run(data: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments, "--data", str(data)])


def hours(days: int) -> list[str]:
    first = date(2024, 1, 1)
    return [f"{first + timedelta(days=day)}T{hour:02}:00,10.5" for day in range(days) for hour in range(24)]


def test_a_file_goes_in_whole_and_the_month_is_settled(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "january.csv"
    file.write_text("\n".join(["begins,kwh", *hours(31)]))
    what = ("meter-import", str(file), "--meter", METER, "--minutes", "60", "--on", "2024-02-01")
    done = run(data, *what)
    assert done.exit_code == 0, done.output
    assert "31 days of m-1-demo recorded, 1 facts" in done.output
    assert "doubtful" not in done.output
    wrong = tmp_path / "again.csv"
    wrong.write_text("\n".join([f"2024-01-09 {hour:02}:00,{99 if hour == 8 else 10.5}" for hour in range(24)]))
    doubted = run(data, *(str(wrong) if word == str(file) else word for word in what), "--reason", "x", "--dry-run")
    assert "again.csv: doubtful, SPIKE, 2024-01-09 08:00 to 2024-01-09 09:00: 99.0 kWh" in doubted.output
    assert "recorded already" in run(data, *what).output
    commands = tmp_path / "settle.ndjson"
    about = f'"effective_on": "2024-02-05", "agreement": "{A}", "month": "2024-01"'
    for who, line in (
        ("finance-demo", f'{{"command": "calculate-statement", {about}}}'),
        ("checker-demo", f'{{"command": "approve-statement", {about}, "run": 0}}'),
    ):
        commands.write_text(line)
        assert run(data, "record", str(commands), "--as", who).exit_code == 0
    shown = run(data, "report", "energy", "--effective", "2024-12-31", "--csv").output
    assert "7812.0" in shown
    assert "4062.24" in shown
    table = run(data, "report", "energy", "--effective", "2024-12-31")
    assert table.exit_code == 0, table.output
    assert "FICTIONAL" in table.output
    assert run(data, "report", "offtake-shortfall").exit_code == 0
    commands.write_text(
        f'{{"command": "read-meter", "effective_on": "2024-01-31", "meter": "{METER}", "value": "8000"}}'
    )
    assert run(data, "record", str(commands), "--as", "clerk-demo").exit_code == 0
    checks = run(data, "report", "meter-checks", "--effective", "2024-12-31", "--csv").output.splitlines()
    assert checks[1].startswith(f"{METER},{A},SUM,2024-01-01 00:00,2024-02-01 00:00,7812.0,8000.0,"), checks
    assert run(data, "report", "meter-checks", "--meter", "m-9-demo").exit_code == 4


def test_bad_lines_are_named_and_nothing_is_recorded(data: Path, tmp_path: Path) -> None:
    rows = hours(2)
    file = tmp_path / "bad.csv"
    file.write_text("\n".join(["begins,kwh", *rows[:5], f"{rows[4][:-4]}9", *rows[5:20], *rows[21:]]))
    done = run(data, "meter-import", str(file), "--meter", METER, "--minutes", "60")
    assert done.exit_code == 2
    assert "bad.csv:7: 2024-01-01T04:00 stands in line 6 already, with another value" in done.output
    assert "bad.csv:23: 2024-01-01T21:00 follows 2024-01-01T19:00: 1 interval is missing" in done.output
    history = run(data, "history", "--fact", "meter.intervals-received")
    assert "0 of 0" in history.output


def test_a_rule_that_refuses_is_told(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "day.csv"
    file.write_text("\n".join(hours(1)))
    done = run(data, "meter-import", str(file), "--meter", "m-9-demo", "--minutes", "60")
    assert done.exit_code == 4
    assert "meter-unknown" in done.output
    preview = run(data, "meter-import", str(file), "--meter", METER, "--minutes", "60", "--dry-run")
    assert "would be recorded" in preview.output


def test_a_dump_of_registers_is_read_once(data: Path, tmp_path: Path) -> None:
    dump = tmp_path / "dump.txt"
    dump.write_text("FE FE FE FE 68 01 00 00 00 00 00 68 91 08 33 33 34 33 AB 89 67 45 17 16\n")
    words = ("meter-read", str(dump), "--meter", METER, "--on", "2024-01-31")
    shows = "meter 000000000001 as m-1-demo, at the end of 2024-01-31: 123456.78 in all"
    told = [run(data, *words, *more).output for more in (["--dry-run"], [], [], ["--dry-run"])]
    assert [(shows in one, one.split("; ")[-1].strip()) for one in told] == [
        (True, "would be recorded"),
        (True, "recorded"),
        (True, "recorded already"),
        (True, "recorded already"),
    ]
    dump.write_text(dump.read_text().replace("17 16", "18 16"))
    wrong = run(data, *words)
    assert (wrong.exit_code, "dump.txt:1: the checksum is 18" in wrong.output) == (2, True), wrong.output
