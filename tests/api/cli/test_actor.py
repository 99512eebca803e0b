"""Who records on the command line, and how that is known: by a key, as the user who is logged in, or only by a name.

Then a whole way with two people, without MCSC_TRUST_NAMES.
"""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result

from api.app import WHO_MAY
from api.cli import main
from api.cli.actor import as_actor, os_user
from api.http.auth import bearer, new_key
from ledger.decider import By
from ledger.log import store
from ledger.log.database import Database
from ledger.recording.contexts import CONTEXTS
from tests.examples import FAULTY_USCC, USCC

ME = as_actor(os_user())
DOC = {"doc": "file (demo)", "sha256": "ab" * 32}
OURS = {"company": "sunfield-demo", "effective_on": "2024-03-01"}
LEAD = {"command": "register-lead", **OURS, "name": "Sunfield (demo)", "country": "US", "origin": "DIRECT"}
OPEN = {"command": "open-periods", "through": "2024-03", "effective_on": "2024-03-01"}
APPROVE = {"command": "approve-override", **OURS, "scheme": "USCC", "value": FAULTY_USCC}
REGISTER = {
    "command": "register-company",
    **OURS,
    "uscc": FAULTY_USCC,
    "address": "1 Lake Road (demo)",
    "licence": DOC,
    "override": {"reason": "the registry says so", "evidence": DOC},
}
TRUST = {"MCSC_TRUST_NAMES": "1"}
ENVIRONMENT = ("MCSC_DATA", "MCSC_DATABASE", "MCSC_ACTOR", "MCSC_DEBUG", "MCSC_KEY", "MCSC_KEY_FILE", *TRUST)


@pytest.fixture(autouse=True)
def _nobody_is_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)


def mcsc(*arguments: object, given: object = None, **environment: str) -> Result:
    written = "" if given is None else json.dumps(given) + "\n"
    return CliRunner().invoke(main, [*map(str, arguments)], input=written, env=environment)


def sealed(data: Path, position: int = 0) -> By:
    """Who recorded the fact at a position; the latest, if none is named."""
    database = Database(data)
    with database.views.connect() as connection:
        at = position or store.read_head(connection).size
        (entry,) = store.page(connection, after=at - 1, limit=1)
    database.close()
    return entry.by


def size(data: Path) -> int:
    return int(mcsc("verify", "--data", data).stdout.partition(":")[0])


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A ledger whose admin runs the tests."""
    where = tmp_path / "ledger"
    assert mcsc("init", "--data", where).exit_code == 0
    return where


def key(data: Path, actor: str, role: str, *options: str) -> str:
    made = mcsc("token", "create", "--data", data, "--actor", actor, "--role", role, *options)
    assert made.exit_code == 0, made.stderr
    return made.stdout.strip()


# Who, how known, what, and the answer

KEY, USER = ("key", "li-na"), ("os-user", ME)


@pytest.mark.parametrize(
    ("role", "options", "environment", "command", "code", "known"),
    [
        pytest.param(None, [], {}, LEAD, 0, USER, id="logged-in"),
        pytest.param(None, ["--as", ME], {}, LEAD, 0, USER, id="says-who-they-are"),
        pytest.param(None, ["--as", "the-mayor"], {}, LEAD, 7, None, id="only-a-name"),
        pytest.param(None, [], {"MCSC_ACTOR": "the-mayor"}, LEAD, 7, None, id="only-a-name-in-the-environment"),
        pytest.param(None, [], {"LOGNAME": "the-mayor"}, LEAD, 0, USER, id="a-login-is-no-variable"),
        pytest.param("deal_desk", [], {}, LEAD, 0, KEY, id="key"),
        pytest.param("deal_desk", ["--as", "li-na"], {}, LEAD, 0, KEY, id="key-and-its-name"),
        pytest.param("deal_desk", ["--as", "the-mayor"], {}, LEAD, 7, None, id="key-and-another-name"),
        pytest.param("deal_desk", [], {}, OPEN, 7, None, id="desk-does-no-books"),
        pytest.param("deal_desk", [], {}, APPROVE, 7, None, id="desk-approves-nothing"),
        pytest.param("finance", [], {}, OPEN, 0, KEY, id="finance-does-the-books"),
        pytest.param("finance", [], {}, LEAD, 7, None, id="finance-has-no-leads"),
        pytest.param("approver", [], {}, LEAD, 7, None, id="approvers-record-no-leads"),
        pytest.param("approver", [], {}, APPROVE, 4, None, id="approvers-may-but-nothing-is-proposed"),
        pytest.param("auditor", [], {}, LEAD, 7, None, id="auditors-record-nothing"),
        pytest.param("admin", [], {}, OPEN, 0, KEY, id="admins-do-all"),
        pytest.param("expired", [], {}, LEAD, 7, None, id="expired-key"),
        pytest.param("revoked", [], {}, LEAD, 7, None, id="revoked-key"),
        pytest.param("nonsense", [], {}, LEAD, 7, None, id="no-key-at-all"),
        pytest.param(None, [], {"MCSC_KEY": ""}, LEAD, 7, None, id="a-key-that-is-empty"),
        pytest.param(None, ["--as", "the-mayor"], TRUST, LEAD, 0, ("named", "the-mayor"), id="trusted"),
        pytest.param(None, ["--as", "The Mayor"], TRUST, LEAD, 2, None, id="trusted-but-no-id"),
        pytest.param("deal_desk", [], TRUST, LEAD, 0, KEY, id="trusted-and-a-key"),
        pytest.param(None, ["--as", "the-mayor"], {"MCSC_TRUST_NAMES": "true"}, LEAD, 2, None, id="trusted-by-a-slip"),
    ],
)
def test_who_may_record_what(
    data: Path,
    role: str | None,
    options: list[str],
    environment: dict[str, str],
    command: dict[str, Any],
    code: int,
    known: tuple[str, str] | None,
) -> None:
    if role is not None:
        environment = environment | {"MCSC_KEY": _written(data, role)}
    before = size(data)
    result = mcsc("record", "--data", data, *options, given=command, **environment)
    assert result.exit_code == code, result.output
    assert (size(data) > before) == (known is not None)
    if known is not None:
        by = sealed(data)
        assert (by.method, by.actor) == known
        proof = {"key": environment.get("MCSC_KEY", "__").split("_")[1], "os-user": os_user(), "named": None}
        assert by.token == proof[by.method]


def _written(data: Path, role: str) -> str:
    if role == "nonsense":
        return "mcsc_nonsense1_" + "0" * 64
    if role == "expired":
        key_id, secret, sha256 = new_key()
        given = {"key_id": key_id, "actor": "li-na", "role": "deal_desk", "secret_sha256": sha256}
        days = {"effective_on": "2024-01-01", "expires_on": "2024-01-31"}
        assert mcsc("record", "--data", data, given={"command": "create-key", **given, **days}).exit_code == 0
        return bearer(key_id, secret)
    made = key(data, "li-na", "deal_desk" if role == "revoked" else role)
    if role == "revoked":
        assert mcsc("token", "revoke", made.split("_")[1], "--data", data).exit_code == 0
    return made


def test_the_roles_of_every_command_are_said_once() -> None:
    """Over HTTP a route carries them (tests/api/http/test_auth.py); here they are asked of the same place."""
    assert WHO_MAY.keys() == {command for decider in CONTEXTS for command in decider.commands}


@pytest.mark.parametrize(
    "arguments",
    [
        ["bill", "--through", "2024-03-31"],
        ["close", "2024-03"],
        ["token", "create", "--actor", "li-na", "--role", "admin"],
        ["token", "revoke", "demokey1"],
        ["user", "map", "lina", "--actor", "li-na", "--role", "admin"],
        ["user", "unmap", "lina"],
    ],
    ids=" ".join,
)
def test_an_auditor_does_none_of_it(data: Path, tmp_path: Path, arguments: list[str]) -> None:
    assert mcsc("record", "--data", data, given=OPEN).exit_code == 0
    (tmp_path / "key").write_text(key(data, "he-lan", "auditor") + "\n")
    before = size(data)
    result = mcsc(*arguments, "--data", data, "--key-file", tmp_path / "key")
    assert (result.exit_code, "The role auditor may not do this" in result.stderr.replace("│", "")) == (7, True)
    assert size(data) == before


# Coming in


def test_whoever_begins_a_ledger_is_its_admin(tmp_path: Path) -> None:
    assert mcsc("record", "--data", tmp_path / "new", "--dry-run", given=LEAD).exit_code == 0
    assert size(tmp_path / "new") == 0
    begun = mcsc("record", "--data", tmp_path / "new", given=LEAD)
    assert (begun.exit_code, "administrator" in begun.stderr) == (0, True)
    assert [sealed(tmp_path / "new", at).method for at in (1, 2)] == ["os-user", "os-user"]
    assert f"{os_user()}\t{ME}\tadmin" in mcsc("user", "list", "--data", tmp_path / "new").stdout


def test_a_stranger_is_told_how_to_come_in_and_the_advice_works(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stranger(_uid: int) -> SimpleNamespace:
        return SimpleNamespace(pw_name="W.Min")

    with monkeypatch.context() as elsewhere:
        elsewhere.setattr("pwd.getpwuid", stranger)
        refused = mcsc("record", "--data", data, given=LEAD)
        assert refused.exit_code == 7
        assert "`mcsc user map W.Min" in refused.stderr
        assert mcsc("init", "--data", data).exit_code == 7
    mapped = mcsc("user", "map", "W.Min", "--actor", "wang-min", "--role", "deal_desk", "--data", data)
    assert mapped.exit_code == 0
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr("pwd.getpwuid", stranger)
        assert mcsc("record", "--data", data, given=LEAD).exit_code == 0
        assert sealed(data) == By(actor="wang-min", role="deal_desk", method="os-user", token="W.Min")
        assert mcsc("record", "--data", data, given=OPEN).exit_code == 7
    assert mcsc("user", "unmap", "W.Min", "--data", data).exit_code == 0
    monkeypatch.setattr("pwd.getpwuid", stranger)
    assert mcsc("record", "--data", data, given=LEAD).exit_code == 7


def test_a_ledger_from_before_gets_its_admin_by_init(tmp_path: Path) -> None:
    data = tmp_path / "old"
    assert mcsc("record", "--data", data, "--as", "wang-min", given=LEAD, MCSC_TRUST_NAMES="1").exit_code == 0
    refused = mcsc("record", "--data", data, given=LEAD)
    assert (refused.exit_code, "`mcsc init`" in refused.stderr) == (7, True)
    assert mcsc("init", "--data", data).exit_code == 0
    assert mcsc("record", "--data", data, given=OPEN).exit_code == 0
    assert f"You are {ME}" in mcsc("init", "--data", data).stderr


def test_doctor_says_loudly_that_names_are_trusted(data: Path) -> None:
    assert "NAMES ARE TRUSTED" not in mcsc("doctor", "--data", data).stdout
    assert mcsc("doctor", "--data", data, MCSC_TRUST_NAMES="1").stdout.startswith("‼ NAMES ARE TRUSTED")
    (data / "mcsc.toml").write_text("trust_names = true\n")
    assert mcsc("record", "--data", data, "--as", "the-mayor", given=LEAD).exit_code == 2


# Two people


def test_two_people_pass_over_a_check_and_one_cannot(data: Path) -> None:
    desk, approver = key(data, "li-na", "deal_desk"), key(data, "zhou-jie", "approver")
    steps = [
        LEAD,
        {"command": "screen-company", **OURS, "result": "CLEAR", "evidence": DOC}
        | {"lists": ["SANCTIONS", "EXPORT_CONTROL", "NEGATIVE_LIST"]},
        {"command": "qualify-company", **OURS},
    ]
    for step in steps:
        assert mcsc("record", "--data", data, given=step, MCSC_KEY=desk).exit_code == 0
    named = REGISTER | {"override": {"reason": "so", "evidence": DOC, "approver": "nobody-at-all"}}
    refused = mcsc("record", "--data", data, given=named, MCSC_KEY=desk)
    assert (refused.exit_code, "leave `approver` out" in refused.stderr) == (6, True)

    proposed = mcsc("record", "--data", data, given=REGISTER, MCSC_KEY=desk)
    assert [fact["fact"] for fact in json.loads(proposed.stdout)["facts"]] == ["company.registration-proposed"]
    assert mcsc("record", "--data", data, given=APPROVE, MCSC_KEY=desk).exit_code == 7
    assert mcsc("record", "--data", data, "--as", "zhou-jie", given=APPROVE, MCSC_KEY=desk).exit_code == 7
    same = mcsc("user", "map", "lina", "--actor", "li-na", "--role", "approver", "--data", data)
    assert same.exit_code == 0
    approved = mcsc("record", "--data", data, given=APPROVE, MCSC_KEY=approver)
    assert [fact["fact"] for fact in json.loads(approved.stdout)["facts"]] == ["company.registered"]
    assert sealed(data) == By(actor="zhou-jie", role="approver", method="key", token=approver.split("_")[1])
    history = json.loads(mcsc("history", "sunfield-demo", "--json", "--data", data).stdout)
    assert history["rows"][-1]["data"]["override"]["approver"] == "zhou-jie"


def test_whoever_proposed_does_not_approve_in_another_role(data: Path) -> None:
    both = [key(data, "li-na", role) for role in ("admin", "approver")]
    sound = REGISTER | {"uscc": USCC, "override": None}
    steps = [
        LEAD,
        {"command": "screen-company", **OURS, "result": "CLEAR", "evidence": DOC}
        | {"lists": ["SANCTIONS", "EXPORT_CONTROL", "NEGATIVE_LIST"]},
        {"command": "qualify-company", **OURS},
        REGISTER,
    ]
    for step in steps:
        assert mcsc("record", "--data", data, given=step, MCSC_KEY=both[0]).exit_code == 0
    refused = mcsc("record", "--data", data, given=APPROVE, MCSC_KEY=both[1])
    assert (refused.exit_code, "somebody else approves it" in refused.stderr) == (6, True)
    assert mcsc("record", "--data", data, given=sound, MCSC_KEY=both[0]).exit_code == 0
