"""The inbox at the desk: who may decide, once, with a reason; what is refused keeps what was typed."""

import html
import json
import re
from collections.abc import Callable
from datetime import date
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import msgspec
import pytest

from api.agenda.inbox import DECIDING, Decision
from api.console.agenda.inbox import effect_of
from api.console.record.begun import begun
from api.console.record.shapes import taken
from ledger.decider import command_name
from projections.proposals import KINDS
from tests.examples import COMMANDS
from tests.ground.over_sockets import Served

RATE = {"series": "fx/usd-cny", "value": "7.1", "source": "notice (demo)", "effective_on": "2026-11-02"}
FIELD = re.compile(r'<input [^>]*?name="([\w.]+)"[^>]*? value="([^"]*)"')


@pytest.fixture
def person(browser: Callable[..., httpx.Client], invite: Callable[[str], str]) -> Callable[[str], httpx.Client]:
    def signed_in(role: str) -> httpx.Client:
        client = browser()
        assert client.post("/desk/enter", data={"link": invite(role)}).status_code == 303
        return client

    return signed_in


@pytest.fixture
def propose(server: Served, browser: Callable[..., httpx.Client]) -> Callable[[str, str], None]:
    def proposed(rate: str, role: str) -> None:
        headers = {"Authorization": f"Bearer {server.keys[role]}", "Idempotency-Key": f"{rate}-{role}"}
        answer = browser().post("/v1/rates", json={"rate": rate, **RATE}, headers=headers)
        assert answer.status_code == 201, answer.text

    return proposed


def card(page: str, named: str) -> str:
    (found,) = [part for part in re.split(r"(?=<section)", page) if f'<span class="quiet">{named}</span>' in part]
    return found


def forms(page: str, named: str) -> dict[str, dict[str, str]]:
    """Read what each button of a proposal sends: the page's form, with the reason that stands there."""
    mine = card(page, named)
    fields = {name: html.unescape(value) for name, value in FIELD.findall(page)}
    pressed = [html.unescape(value) for value in re.findall(r'name="decide" value="([^"]*)"', mine)]
    kept = {name: text for name, text in fields.items() if name in ("token", "key")}
    reasons = {name: html.unescape(text) for name, text in FIELD.findall(mine)}
    return {json.loads(one)["decision"]: {**kept, **reasons, "decide": one} for one in pressed}


def changed(form: dict[str, str], **said: Any) -> dict[str, str]:
    """The same with a button that sends something else."""
    return {**form, "decide": json.dumps({**json.loads(form["decide"]), **said})}


def reason_of(form: dict[str, str]) -> str:
    (name,) = [name for name in form if name.startswith("reason.")]
    return name


def test_a_second_person_approves_once(person: Any, propose: Any) -> None:
    propose("desk-1-demo", "finance")
    finance, approver = person("finance"), person("approver")
    assert "It is your own" in card(finance.get("/desk/inbox").text, "desk-1-demo")
    theirs = card(approver.get("/desk/inbox").text, "desk-1-demo")
    assert "/desk/record/approve-rate?effective_on=" in theirs
    form = forms(approver.get("/desk/inbox").text, "desk-1-demo")["approve"]
    other = finance.post("/desk/inbox", data={**form, "token": forms_token(finance)})
    assert other.status_code == 403
    assert "approver may" in other.text
    assert approver.post("/desk/inbox", data={**form, "token": ""}).status_code == 403
    first, second = (approver.post("/desk/inbox", data=form) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.headers["location"] == second.headers["location"] != "/desk/inbox?recorded_as="
    page = approver.get(first.headers["location"]).text
    assert "Recorded." in page
    assert "desk-1-demo</span>" not in page
    late = approver.post("/desk/inbox", data={**form, "key": "another", "decide": form["decide"] + "}"})
    assert late.status_code == 400


def forms_token(client: httpx.Client) -> str:
    found: dict[str, str] = dict(FIELD.findall(client.get("/desk/inbox").text))
    return found["token"]


def test_to_turn_down_wants_a_reason_and_keeps_what_was_typed(person: Any, propose: Any) -> None:
    propose("desk-2-demo", "finance")
    approver = person("approver")
    form = forms(approver.get("/desk/inbox").text, "desk-2-demo")["reject"]
    reason = reason_of(form)
    assert form[reason] == ""
    empty = approver.post("/desk/inbox", data={**form, reason: " "})
    assert empty.status_code == 400
    assert 'role="alert"' in card(empty.text, "desk-2-demo")
    command = json.loads(form["decide"])["command"]
    early = changed(form, command={**command, "effective_on": "2999-01-01"})
    turned = approver.post("/desk/inbox", data={**form, reason: "other \u202esource"})
    assert turned.status_code == 400, "as over HTTP: no sign that turns what is read round"
    refused = approver.post("/desk/inbox", data={**early, reason: "other <source>"})
    assert refused.status_code == 422
    shown = card(refused.text, "desk-2-demo")
    assert 'role="alert"' in shown
    again = forms(refused.text, "desk-2-demo")["reject"]
    assert again[reason] == "other <source>"
    assert again["key"] != form["key"], "a refusal is kept under its key"
    assert approver.post("/desk/inbox", data=again).status_code == 303
    assert "desk-2-demo</span>" not in approver.get("/desk/inbox").text


def test_nothing_is_decided_in_a_view_of_the_past(person: Any, propose: Any) -> None:
    propose("desk-3-demo", "finance")
    approver = person("approver")
    page = approver.get("/desk/inbox", params={"effective": "2999-01-01"}).text
    assert forms(page, "desk-3-demo") == {}
    assert "another day" in card(page, "desk-3-demo")
    assert forms(person("auditor").get("/desk/inbox").text, "desk-3-demo") == {}


def test_no_other_command_is_taken(person: Any) -> None:
    admin = person("admin")
    form = {"token": forms_token(admin), "key": "k1"}
    for command in ('{"command": "revoke-key", "key_id": "key00001"}', "[]", "{}", "1", "null"):
        said = f'{{"position": 1, "decision": "approve", "command": {command}}}'
        assert admin.post("/desk/inbox", data={**form, "decide": said}).status_code == 400, command
    for said in ("[]", "", "1", "{}", '{"position": 1}'):
        assert admin.post("/desk/inbox", data={**form, "decide": said}).status_code == 400, said


def test_what_was_proposed_anew_is_looked_at_again(person: Any, propose: Any) -> None:
    """A page that was made before decides on nothing that it did not show."""
    propose("desk-9-demo", "finance")
    approver = person("approver")
    form = forms(approver.get("/desk/inbox").text, "desk-9-demo")["approve"]
    stale = approver.post("/desk/inbox", data=changed(form, position=int(json.loads(form["decide"])["position"]) - 1))
    assert stale.status_code == 404
    assert "proposed anew" in stale.text
    assert approver.post("/desk/inbox", data=form).status_code == 303


@pytest.mark.parametrize("kind", KINDS)
def test_the_form_of_its_effect_holds_what_the_decision_holds(kind: Any) -> None:
    """Lists too: documents of a payment, units of an amendment."""
    approve = KINDS[kind].approve
    examples = [one for one in COMMANDS if type(one) is approve]
    assert examples
    desk: Any = SimpleNamespace(settings=SimpleNamespace(today=lambda: date(2026, 11, 2)))
    for command in examples:
        said = {"command": command_name(approve), **msgspec.to_builtins(command)}
        decision = Decision(path="", body={}, command=said, adds=(), line="", roles=())
        to = urlsplit(effect_of(decision))
        assert to.path == f"/desk/record/{command_name(approve)}"
        typed = begun(desk, DECIDING[command_name(approve)].command, dict(parse_qsl(to.query)))
        assert taken(approve, typed) == command


def test_in_anothers_stead(server: Served, person: Any, propose: Any, browser: Callable[..., httpx.Client]) -> None:
    """The button is the delegate's alone; the fact's page names both; the form's way records by it, too."""
    desk = person("deal_desk")
    lent = {"delegation": "leave-demo", "delegate": "deal-desk-demo", "effective_on": "2026-01-01"}
    headers = {"Authorization": f"Bearer {server.keys['approver']}", "Idempotency-Key": "leave"}
    body = {**lent, "until_on": "2056-01-01", "reason": "on leave (demo)", "kinds": ["RATE"]}
    assert browser().post("/v1/delegations", json=body, headers=headers).status_code == 201
    for rate in ("stead-1-demo", "stead-2-demo"):
        propose(rate, "finance")
    page = desk.get("/desk/inbox").text
    assert "Approve in the stead of approver-demo" in card(page, "stead-1-demo")
    assert "in the stead of" not in card(person("admin").get("/desk/inbox").text, "stead-1-demo")
    done = desk.post("/desk/inbox", data=forms(page, "stead-1-demo")["approve"])
    assert done.status_code == 303, done.text
    at = dict(parse_qsl(urlsplit(done.headers["location"]).query))["recorded_as"]
    told = desk.get(f"/desk/audit/facts/{at}").text
    assert "In the stead of" in told
    assert "leave-demo" in told
    # by the form: looked at first, and its lines for a terminal name the delegation
    (way,) = re.findall(r'href="(/desk/record/approve-rate[^"]*)"', card(page, "stead-2-demo"))
    assert desk.get(html.unescape(way).partition("&_delegation")[0]).status_code == 403
    shown = desk.get(html.unescape(way)).text
    fields = {name: html.unescape(value) for name, value in FIELD.findall(shown)}
    looked = desk.post("/desk/record/approve-rate", data={**fields, "_do": "preview"}).text
    assert "Delegation: leave-demo" in looked
    assert "--delegation leave-demo" in looked
    again = {name: html.unescape(value) for name, value in FIELD.findall(looked)}
    recorded = desk.post("/desk/record/approve-rate", data={**again, "_do": "record"})
    assert recorded.status_code == 303, recorded.text
    assert desk.get(recorded.headers["location"]).status_code == 200
