"""What `mcsc record --example` prints can be recorded, and files are read as editors write them."""

import json
import re
from codecs import BOM_UTF8
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from api.cli import main
from api.cli.examples import MADE_BY, STORIES, before, example
from api.corrections import commands
from api.http.problems import SUPERSEDED
from ledger.companies.prospects import RegisterLead
from ledger.decider import By, Command, command_name
from ledger.log.database import Database
from ledger.recording.application import Ledger
from ledger.recording.contexts import CONTEXTS
from ledger.recording.outcome import Done, Refused

ALL = {command_name(command): command for some in commands().values() for command in some}
LAST = """
reject-company void-lease reject-rate retire-unit revoke-key mark-dormant merge-company merge-units split-unit
reject-amendment complete-exit close-period soft-close-period cancel-order terminate-lease terminate-investment
terminate-offtake reverse-receipt
"""
"""What ends something goes last: everything else comes as far as it can before."""

FAULTY = re.compile(
    r"malformed|nothing-given|faulty|mismatch|differs|not-named|not-month-end|name-taken|(?<!rate)-missing$"
)
"""Codes of refusals that an example itself is to blame for, not what is on record."""


def mcsc(*arguments: object, given: str | bytes = "") -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments], input=given)


def decoded(line: str, command: type[Command]) -> Command:
    return msgspec.json.decode(line, type=command)


@pytest.mark.parametrize("name", ALL)
def test_an_example_is_one_line_that_says_what_it_needs(name: str) -> None:
    result = mcsc("record", "--example", name)
    assert result.exit_code == 0
    (line,) = result.stdout.splitlines()
    assert json.loads(line)["command"] == name
    assert result.stderr.startswith("required: command, effective_on")
    assert decoded(line, ALL[name])


def test_every_example_is_recorded_or_wants_what_is_not_on_record(sqlite: Database) -> None:
    """All of them, four times over by two people: what one records the next can rest on."""
    by = [By(actor=actor, role="admin") for actor in ("first-demo", "second-demo")]
    rounds = [[name for name in ALL if name not in LAST.split()]] * 4 + [list(ALL)]
    recorded, faulty = set(), {}
    with Ledger(sqlite, CONTEXTS) as ledger:
        for party in ("supplier", "buyer", "generator", "investor", "into"):
            lead = decoded(example(RegisterLead).replace("company-demo", f"{party}-demo"), RegisterLead)
            ledger.execute(lead, by[0])
        for number, names in enumerate(rounds):
            for name in names:
                outcome = ledger.execute(decoded(example(ALL[name]), ALL[name]), by[number % 2]).outcome
                if not isinstance(outcome, Refused):
                    recorded.add(name)
                elif FAULTY.search(outcome.code):
                    faulty[name] = outcome.detail
    assert faulty == {}
    assert len(recorded) > 75


@pytest.mark.parametrize(
    ("name", "named"),
    [
        ("execute-lease", "lease-demo (draft-lease), unit-demo (define-unit)"),
        ("draft-offtake", "buyer-demo (register-lead), generator-demo (register-lead)"),
        ("merge-company", "company-demo (register-lead), into-demo (register-lead)"),
        ("split-unit", "unit-demo (define-unit)"),
        ("declare-breach", "agreement-demo (draft-investment-agreement)"),
    ],
)
def test_an_example_says_what_is_on_record_before_it(name: str, named: str) -> None:
    assert f"\non record before it: {named}\n" in mcsc("record", "--example", name).stderr
    assert set(MADE_BY.values()) <= ALL.keys()


def test_an_example_of_what_begins_something_wants_nothing() -> None:
    for name in ("register-lead", "define-site", "propose-rate", "create-key", "record-claim"):
        assert before(ALL[name]) == {}


LEADS = {"buyer": "supplier", "offtaker": "buyer", "generator": "generator", "investor": "investor"}
UNIT = ("define-site", "define-parcel", "define-building", "start-construction", "complete-building", "define-unit")
DELIVERS = ("draft-offtake", "execute-offtake", "install-meter")
BEFORE = {
    "withdraw-company-step": ("register-lead",),
    "withdraw-estate-step": ("define-site",),
    "withdraw-period-step": ("open-periods",),
    "withdraw-rate-step": ("propose-rate", "approve-rate"),
    "withdraw-price-step": ("record-prices",),
    "withdraw-claim": ("record-claim",),
    "withdraw-diary-step": ("complete-diary-entry",),
    "withdraw-lease-step": ("register-lead", *UNIT, "draft-lease"),
    "withdraw-order-step": ("register-lead", "issue-quotation"),
    "withdraw-investment-step": ("register-lead", "draft-investment-agreement"),
    "withdraw-offtake-step": ("draft-offtake",),
    "withdraw-meter-step": DELIVERS,
}
"""The examples that come before each withdrawal of a step: typed in turn by two people, all of them record."""


@pytest.mark.parametrize("name", BEFORE)
def test_an_example_of_a_withdrawal_takes_back_what_the_examples_before_it_recorded(
    name: str, sqlite: Database
) -> None:
    by = [By(actor=actor, role="admin") for actor in ("first-demo", "second-demo")]
    with Ledger(sqlite, CONTEXTS) as ledger:
        for party in LEADS.values():
            ledger.execute(decoded(example(RegisterLead).replace("company-demo", f"{party}-demo"), RegisterLead), by[0])
        for number, step in enumerate((*BEFORE[name], name)):
            outcome = ledger.execute(decoded(example(ALL[step]), ALL[step]), by[min(number, 1)]).outcome
            assert isinstance(outcome, Done), (step, outcome)
            assert outcome.facts


def test_every_withdrawal_of_a_step_has_its_example(sqlite: Database) -> None:
    assert {name for name in ALL if re.fullmatch("withdraw-[a-z]+-step", name)} <= BEFORE.keys()


def test_a_command_that_there_was_is_refused_with_the_way_that_works(tmp_path: Path) -> None:
    line = json.dumps({"command": "amend-offtake", "effective_on": "2024-02-01", "agreement": "a-1-demo"})
    result = mcsc("record", "--data", tmp_path / "ledger", given=line)
    assert result.exit_code == 2
    ways = {name for name in re.findall(r"[a-z]+(?:-[a-z]+)+", result.stderr) if name in ALL}
    assert ways == {"propose-offtake-amendment", "approve-offtake-amendment"}
    assert {way for ways in SUPERSEDED.values() for way in re.findall(r"[a-z]+(?:-[a-z]+)+", ways)} <= ALL.keys()
    assert SUPERSEDED.keys().isdisjoint(ALL)


@pytest.mark.parametrize("told", [STORIES, *[(name,) for name in STORIES]], ids="-".join)
def test_a_story_is_recorded_line_by_line_on_an_empty_ledger(told: Sequence[str], tmp_path: Path) -> None:
    """By two people in turn; by the third time every line of it stands. All four together are one story."""
    lines = "".join(mcsc("record", "--example", name).stdout for name in told)
    assert all(len(json.loads(line)) > 2 for line in lines.splitlines())
    codes, done = [], list[str]()
    for actor in ("first-demo", "second-demo", "first-demo"):
        sent = mcsc("record", "--data", tmp_path / "ledger", "--as", actor, given=lines)
        codes.append(sent.exit_code)
        done = [line for line in sent.stdout.splitlines() if json.loads(line)["outcome"] == "done"]
    assert (codes[-1], len(done)) == (0, len(lines.splitlines())), sent.stderr
    recorded = mcsc("history", "--data", tmp_path / "ledger", "--json", "--effective-until", "2100-01-01").stdout
    facts = {row["data"]["fact"] for row in json.loads(recorded)["rows"]}
    ends = {
        "company": "company.operations-commenced",
        "lease": "billing.receipt-recorded",
        "order": "order.warranty-started",
        "offtake": "offtake.certificates-retired",
    }
    assert {ends[name] for name in told} <= facts


LINE = json.dumps(
    {
        "command": "register-lead",
        "effective_on": "2025-01-01",
        "company": "first-demo",
        "name": "First 公司 (demo)",
        "country": "CN",
        "origin": "DIRECT",
    },
    ensure_ascii=False,
)
LINES = LINE + "\r\n" + LINE.replace("first", "second") + "\r\n"


@pytest.mark.parametrize("text", [LINES, LINE])
def test_a_byte_order_mark_is_no_part_of_the_first_command(tmp_path: Path, text: str) -> None:
    result = mcsc("record", "--data", tmp_path / "ledger", given=BOM_UTF8 + text.encode())
    assert result.exit_code == 0
    assert {json.loads(line)["outcome"] for line in result.stdout.splitlines()} == {"done"}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_named(tmp_path: Path, encoding: str) -> None:
    result = mcsc("record", "--data", tmp_path / "ledger", given=LINES.encode(encoding))
    assert result.exit_code == 2
    assert "save it as UTF-8" in result.stderr
    assert not (tmp_path / "ledger").exists()


def test_what_is_too_deep_is_malformed(tmp_path: Path) -> None:
    result = mcsc("record", "--data", tmp_path / "ledger", given=b"[" * 100_000)
    assert (result.exit_code, json.loads(result.stdout)["outcome"]) == (2, "malformed")
