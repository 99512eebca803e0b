"""Options that mean nothing together are refused, on every command; none is silently left out of account."""

import json
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from api.cli import main

LEAD = {
    "command": "register-lead",
    "effective_on": "2024-03-01",
    "company": "sunfield-demo",
    "name": "Sunfield (demo)",
    "country": "US",
    "origin": "DIRECT",
}
ROOT = "1:" + "0" * 64

OF_HISTORY = ("--corrections", "--future-dated", "--overrides", "--self-approved")
"""Filters of the history, all of which hold at once."""

MEAN_SOMETHING = {
    ("bill", "--dry-run", "--json"),
    ("close", "--dry-run", "--even-so"),
    *(("history", one, other) for one, other in combinations(sorted((*OF_HISTORY, "--json")), 2)),
    ("rebuild", "--anyway", "--no-certify"),
    ("record", "--atomic", "--dry-run"),
    ("report", "--companies", "--json"),
    ("report", "--csv", "--no-subledgers"),
    ("report", "--json", "--no-subledgers"),
    ("report", "--json", "--positions"),
    ("report", "--no-subledgers", "--positions"),
    ("report", "--no-subledgers", "--wide"),
    ("report", "--no-subledgers", "--xlsx"),
    *(("report", *sorted((form, "--settled"))) for form in ("--csv", "--json", "--positions", "--wide", "--xlsx")),
    *(("report", "--changed", form) for form in ("--csv", "--json", "--positions", "--wide", "--xlsx")),
    ("explain", "--json", "--settled"),
}
"""Flags of a command that may be given together; of all others either one is enough to refuse the other."""

NEEDED = {
    "bill": ["--through", "2024-01-31"],
    "meter-import": [__file__, "--meter", "m-1"],
    "meter-read": [__file__, "--meter", "m-1", "--on", "2024-01-31"],
    "close": ["2024-01"],
    "restore": ["backup"],
    "backup": ["backup"],
    "rebuild": ["company_register"],
    "record": [],
}


def mcsc(*arguments: object, given: str | bytes = "") -> Result:
    return CliRunner().invoke(main, [*map(str, arguments)], input=given)


def every_command(group: click.Group, *path: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name in group.commands:
        command = group.commands[name]
        if isinstance(command, click.Group):
            yield from every_command(command, *path, name)
        else:
            yield (*path, name), command


def pairs() -> Iterator[tuple[tuple[str, ...], str, str]]:
    for path, command in every_command(main):
        flags = [option.opts[-1] for option in command.params if isinstance(option, click.Option) and option.is_flag]
        for one, other in combinations(sorted(flags), 2):
            if (path[0], one, other) not in MEAN_SOMETHING:
                yield path, one, other


@pytest.mark.parametrize(("path", "one", "other"), [*pairs()], ids=lambda given: "-".join(given) if given else "")
def test_flags_that_exclude_each_other(path: tuple[str, ...], one: str, other: str, tmp_path: Path) -> None:
    refused = mcsc(*path, *NEEDED.get(path[0], []), one, other, "--data", tmp_path / "none")
    assert refused.exit_code == 2, refused.output
    assert "No such option" not in refused.stderr
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["report", "ageing", "--positions"], "say --json"),
        (["report", "ageing", "--positions", "-o", "FILE.csv"], "say --json"),
        (["record", "--list", "FILE"], "leave FILE out"),
        (["record", "--list", "--example", "settle-in"], "leave --example out"),
        (["record", "--list", "--key", "k"], "leave --key out"),
        (["record", "--example", "settle-in", "FILE", "--dry-run"], "leave FILE and --dry-run out"),
        (["record", "--key", "k", "KEYED"], "leave --key out"),
        (["record", "--key", "k", "TWICE"], "--key is for a single command"),
        (["restore", "FILE", "--dry-run", "--yes"], "leave --yes out"),
        (["demo", "--no-serve", "--port", "8001"], "leave --port out"),
        (["rebuild", "company_register", "--all"], "Name one read model"),
        (["verify", "--root", ROOT, "--root", ROOT[:-1] + "1"], "two roots"),
        (["verify", "--root", "1:" + "z" * 64], "write it as SIZE:HEX"),
        (["export", "journal", "--format", "hledger", "-o", "FILE.csv"], "the name says otherwise"),
        (["export", "journal", "--format", "csv", "-o", "FILE.beancount"], "the name says otherwise"),
    ],
)
def test_words_that_mean_nothing_together(words: list[str], says: str, tmp_path: Path) -> None:
    line = json.dumps(LEAD)
    written = {"FILE": line, "TWICE": f"{line}\n{line}", "KEYED": json.dumps({"key": "other", "command": LEAD})}
    for name, text in written.items():
        (tmp_path / name).write_text(text)
    given = [str(tmp_path / word) if word.partition(".")[0] in written else word for word in words]
    refused = mcsc(*given, "--data", tmp_path / "ledger")
    assert refused.exit_code == 2, refused.output
    assert says in " ".join(refused.stderr.replace("│", " ").split())
    assert mcsc("verify", "--data", tmp_path / "ledger").exit_code == 4 or "FILE" not in words


@pytest.mark.parametrize("text", [b"", b"\n \r\n\n", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("options", [[], ["--key", "k"], ["--dry-run"]])
def test_a_file_without_a_command_is_said_to_be_one(text: bytes, options: list[str], tmp_path: Path) -> None:
    result = mcsc("record", *options, "--data", tmp_path / "ledger", given=text)
    assert (result.exit_code, result.stdout) == (0, "")
    assert "There is no command in it: nothing was recorded." in result.stderr


def test_a_demonstration_that_is_there_is_not_another(tmp_path: Path) -> None:
    assert mcsc("demo", "--no-serve", "--data", tmp_path / "demo").exit_code == 0
    for option, value in (("--companies", 100), ("--seed", 7)):
        refused = mcsc("demo", "--no-serve", "--data", tmp_path / "demo", option, value)
        said = " ".join(refused.stderr.replace("│", " ").split())
        assert (refused.exit_code, "built already" in said) == (2, True), said
    assert mcsc("demo", "--no-serve", "--data", tmp_path / "demo").exit_code == 0
