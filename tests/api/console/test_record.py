"""Recording at the desk: every command as a form and back, what a form says, what becomes of its buttons."""

import html
import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import httpx
import msgspec
import pytest

from api.app import RECORDINGS
from api.console.record import pages
from api.console.record.effects import posted, told
from api.console.record.labels import label
from api.console.record.lines import curl_line, record_line
from api.console.record.shapes import MISSING, Field, Mistyped, added, dropped, readings, taken, typed_of
from api.http.recording import Shape
from api.routes.access import REVOCATION
from ledger.decider import Command, command_name
from tests.examples import COMMANDS, FACTS
from tests.ground.over_sockets import PATIENCE_S, Served

MARKED = re.compile("⟦[^⟧]*⟧")
INLINE = re.compile(r"<script|<style|\sstyle=|\son[a-z]+=", re.I)
OFFERED = {command_name(recording.command): recording for recording in (*RECORDINGS, REVOCATION)}
TYPED = [command for command in COMMANDS if command_name(type(command)) in OFFERED]


class Filled(HTMLParser):
    """The form of a page as a browser would send it, without pressing a button."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.labels: dict[str, str] = {}
        self._inside, self._select, self._area, self._label = False, "", "", ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = "form" in said.get("class", "").split()
        if not self._inside:
            return
        if tag == "input":
            self.fields[said["name"]] = said.get("value", "")
        elif tag == "select":
            self._select = said["name"]
            self.fields[self._select] = ""
        elif tag == "option" and "selected" in said:
            self.fields[self._select] = said["value"]
        elif tag == "textarea":
            self._area = said["name"]
            self.fields[self._area] = ""
        elif tag == "label":
            self._label = said["for"]
            self.labels[self._label] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.fields[self._area], self._area = self.fields[self._area].removeprefix("\n"), ""
        self._label = "" if tag == "label" else self._label

    def handle_data(self, data: str) -> None:
        if self._area:
            self.fields[self._area] += data
        if self._label:
            self.labels[self._label] += data


# Every command


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command_name(type(command)))
def test_what_is_typed_for_a_command_makes_it(command: Command) -> None:
    said = msgspec.json.decode(msgspec.json.encode(command), type=type(command))
    assert taken(type(command), typed_of(said)) == command


def each(fields: Sequence[Field]) -> Iterator[Field]:
    for field in fields:
        yield field
        yield from each(field.parts)


@pytest.mark.parametrize("command", TYPED, ids=lambda command: command_name(type(command)))
def test_the_lines_for_a_terminal_are_the_command(command: Command) -> None:
    recording = OFFERED[command_name(type(command))]
    *_, address, _, _, _, kind, _, key, _, body = shlex.split(curl_line("http://here", recording, command, "k-1"))
    assert (kind, key) == ("Content-Type: application/json", "Idempotency-Key: k-1")
    pattern = re.sub(r"{(\w+):str}", r"(?P<\1>[^/]+)", "http://here" + recording.path)
    named = re.fullmatch(pattern, address)
    assert named is not None
    assert Shape(recording.command, recording.path).read(body.encode(), named.groupdict()) == command
    _, said, *piped = shlex.split(record_line(command))
    assert piped == ["|", "mcsc", "record"]
    assert msgspec.json.decode(said, type=type(command)) == command


# What facts say


def test_postings_are_told_by_account() -> None:
    invoices = [fact for fact in FACTS if type(fact).__name__ == "InvoiceIssued"] * 2
    lines = posted(invoices)
    assert [line.code for line in lines] == sorted(line.code for line in lines)
    sides = [[Decimal((one or "0").replace(",", "")) for one in (line.debit, line.credit)] for line in lines]
    assert sum(debit for debit, _ in sides) == sum(credit for _, credit in sides) > 0


def test_amounts_of_facts_are_told_as_reports_write_them() -> None:
    told_of = {text for fact in FACTS if hasattr(fact, "lines") for _, text in told(fact).fields}
    assert any(re.fullmatch(r"[0-9]{1,3}(,[0-9]{3})+\.[0-9]{2}", text) for text in told_of)


# What is typed


LEASE = typed_of(next(command for command in COMMANDS if command_name(type(command)) == "draft-lease"))
DRAFT = OFFERED["draft-lease"].command


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"lease": ""}, {"lease": MISSING}),
        ({"lease": "", "company": " "}, {"lease": MISSING, "company": MISSING}),
        ({"terms.premises.0.area": "much"}, {"terms.premises.0.area"}),
        ({"terms.due_days": "soon", "effective_on": "31.1.2026"}, {"terms.due_days", "effective_on"}),
        ({"terms.renewal.months": "12", "terms.renewal.notice_days": ""}, {"terms.renewal.notice_days": MISSING}),
        ({name: "" for name in LEASE if name.startswith("terms.premises")}, {"terms.premises": MISSING}),
        ({"terms.vat": "NONE"}, {"terms.vat"}),
        ({"terms.billed_every_months": "5"}, {"terms.billed_every_months"}),
    ],
)
def test_all_that_is_wrong_is_told_at_its_field(typed: dict[str, str], wrong: Any) -> None:
    with pytest.raises(Mistyped) as caught:
        taken(DRAFT, {**LEASE, **typed})
    found = caught.value.wrong
    assert found == wrong if isinstance(wrong, dict) else set(found) == wrong


def test_amounts_may_be_written_as_reports_write_them() -> None:
    made: Any = taken(DRAFT, {**LEASE, "terms.deposit": "1,234,567.80", "terms.premises.0.area": "1,000.00"})
    assert (made.terms.deposit, made.terms.premises[0].area) == ("1234567.80", "1000.00")
    with pytest.raises(Mistyped):
        taken(DRAFT, {**LEASE, "terms.deposit": "12,34.50"})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2026-11-02", "2026-11-02"),
        ("2026/11/02", "2026-11-02"),
        ("2026/1/2", "2026-01-02"),
        ("２０２６．１１．２", "2026-11-02"),
        ("2026年11月2日", "2026-11-02"),
        ("２０２６年１１月２日", "2026-11-02"),
        ("2/11/2026", None),
        ("2026/11-02", None),
        ("2026年11月", None),
        ("2026/13/02", None),
    ],
)
def test_a_day_is_read_as_people_write_it_where_it_is_unmistakable(text: str, said: str | None) -> None:
    typed = {**typed_of(TYPED[0]), "effective_on": text}
    if said is not None:
        assert str(taken(type(TYPED[0]), typed).effective_on) == said
        return
    with pytest.raises(Mistyped) as refused:
        taken(type(TYPED[0]), typed)
    assert [*refused.value.wrong] == ["effective_on"]


def test_wide_digits_are_digits_where_a_number_is_wanted_and_stay_in_a_name() -> None:
    lead = {**LEAD, "company": "sun-１", "name": "１号公司", "effective_on": "２０２６-０３-０２"}
    command: Any = taken(OFFERED["register-lead"].command, lead)
    assert (command.company, command.name, str(command.effective_on)) == ("sun-1", "１号公司", "2026-03-02")
    assert [readings("１２，３４５．６７"), readings("－１")] == [
        ["１２，３４５．６７", "12,345.67", "12345.67"],
        ["－１", "-1"],
    ]


def test_empty_lines_are_none_and_left_out_fields_are_their_default() -> None:
    plain = {name: text for name, text in LEASE.items() if not name.startswith("terms.breaks")}
    lined = added(added(plain, "terms.breaks"), "terms.breaks")
    assert lined == {**plain, "terms.breaks.0": "", "terms.breaks.1": ""}
    assert taken(DRAFT, lined) == taken(DRAFT, plain)
    assert taken(DRAFT, {**plain, "terms.due_days": ""}).terms.due_days == 0  # type: ignore[attr-defined] # a draft


def test_lines_move_up_where_one_is_dropped() -> None:
    typed = {"units.0": "a", "units.1": "b", "units.2": "c", "into": "d"}
    assert dropped(typed, "units.1") == {"units.0": "a", "units.1": "c", "into": "d"}
    some = {"lines.0.item": "a", "lines.0.kw": "1", "lines.1.item": "b", "lines.10.item": "k"}
    assert dropped(some, "lines.0") == {"lines.0.item": "b", "lines.9.item": "k"}


# Over HTTP


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Previews are waited for as long as answers are: how busy the machine is decides on no test."""
    monkeypatch.setattr(pages, "EFFECTS_S", PATIENCE_S)


@pytest.fixture
def at_desk(browser: Callable[..., httpx.Client], invite: Callable[[str], str]) -> Callable[[str], httpx.Client]:
    """Makes somebody of a role, at the desk."""

    def come(role: str) -> httpx.Client:
        client = browser()
        assert client.post("/desk/enter", data={"link": invite(role)}).status_code == 303
        return client

    return come


def size(server: Served, client: httpx.Client) -> int:
    return int(
        client.get("/v1/head", headers={"Authorization": f"Bearer {server.keys['admin']}"}).json()["data"]["size"]
    )


def role_of(name: str) -> str:
    return next(role for role in ("deal_desk", "admin") if role in OFFERED[name].roles)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_form_renders_and_sends_back_what_it_was_given(
    at_desk: Callable[[str], httpx.Client], language: str
) -> None:
    people = {role: at_desk(role) for role in ("deal_desk", "admin")}
    for client in people.values():
        client.cookies.set("mcsc_language", language, domain="127.0.0.1", path="/desk")
    for command in TYPED:
        name = command_name(type(command))
        if not {"deal_desk", "admin"} & {*OFFERED[name].roles} or name == "close-period":  # whose page is the close
            continue
        client = people[role_of(name)]
        query = {path: text for path, text in typed_of(command).items() if path not in ("recorded", "effective")}
        answer = client.get(f"/desk/record/{name}", params=query)
        assert answer.status_code == 200, (name, answer.text)
        assert not MARKED.findall(answer.text), name
        assert not INLINE.search(answer.text), name
        filled = Filled(answer.text)
        assert all(text.strip() for text in filled.labels.values()), name
        sent = {path: text for path, text in filled.fields.items() if not path.startswith("_") and path != "token"}
        if hasattr(command, "recorded"):
            sent["recorded"] = str(command.recorded)
        assert taken(type(command), sent) == command, name


LEAD = {
    "company": "bright-demo",
    "effective_on": "2026-03-02",
    "name": "Bright (demo)",
    "country": "US",
    "origin": "DIRECT",
}


def test_errors_lose_nothing_that_was_typed(at_desk: Callable[[str], httpx.Client], server: Served) -> None:
    clerk = at_desk("deal_desk")
    form = Filled(clerk.get("/desk/record/draft-lease").text).fields
    typed = {
        **form,
        "company": "Bright",
        "terms.premises.0.unit": "u-1",
        "terms.premises.0.area": "much",
        "_do": "record",
    }
    before = size(server, clerk)
    answer = clerk.post("/desk/record/draft-lease", data=typed)
    again = Filled(answer.text).fields
    assert answer.status_code == 400
    assert 'id="wrong-terms.premises.0.area"' in answer.text
    assert 'id="wrong-company"' in answer.text
    assert {name: again[name] for name in typed if name not in ("token", "_do")} == {
        name: text for name, text in typed.items() if name not in ("token", "_do")
    }
    more = clerk.post("/desk/record/draft-lease", data={**typed, "_do": "add:terms.premises"})
    assert {"terms.premises.1.unit", "terms.premises.1.area"} <= {*Filled(more.text).fields}
    assert size(server, clerk) == before


def test_a_command_is_previewed_recorded_once_and_told(at_desk: Callable[[str], httpx.Client], server: Served) -> None:
    clerk = at_desk("deal_desk")
    form = {**Filled(clerk.get("/desk/record/register-lead", params=LEAD).text).fields}
    before = size(server, clerk)
    preview = clerk.post("/desk/record/register-lead", data={**form, "_do": "preview"})
    assert preview.status_code == 200
    assert "<strong>Company lead registered</strong>" in preview.text
    assert "mcsc record" in preview.text
    assert "curl -X POST" in preview.text
    assert size(server, clerk) == before
    assert Filled(preview.text).fields["_key"] == form["_key"], "the key of the form stays"
    done = [clerk.post("/desk/record/register-lead", data={**form, "_do": "record"}) for _ in range(2)]
    assert [answer.status_code for answer in done] == [303, 303]
    assert done[0].headers["location"] == done[1].headers["location"]
    assert size(server, clerk) == before + 1
    told = clerk.get(done[0].headers["location"]).text
    assert f'/desk/audit/facts/{before + 1}"' in told
    (step,) = re.findall(r'href="(/desk/record/screen-company\?[^"]*)"', told)
    assert Filled(clerk.get(html.unescape(step)).text).fields["company"] == "bright-demo"
    other = clerk.post("/desk/record/register-lead", data={**form, "name": "Other (demo)", "_do": "record"})
    assert other.status_code == 422
    assert Filled(other.text).fields["_key"] != form["_key"]
    assert Filled(other.text).fields["name"] == "Other (demo)"
    refused = clerk.post("/desk/record/register-lead", data={**form, **Filled(other.text).fields, "_do": "record"})
    assert refused.status_code == 409, "the rule says what is wrong"
    assert 'role="alert"' in refused.text
    assert size(server, clerk) == before + 1


def rent_roll(clerk: httpx.Client) -> list[Any]:
    buildings = clerk.get("/desk/reports/rent-roll/export/json").json()["data"]["buildings"]
    return [row for building in buildings for row in building["rows"]]


def test_a_preview_shows_what_changes_and_changes_nothing(at_desk: Callable[[str], httpx.Client]) -> None:
    clerk = at_desk("deal_desk")
    before = [clerk.get(f"/desk/reports/{report}").text for report in ("rent-roll", "occupancy")]
    answer = clerk.post("/desk/record/take-unit-off-market", data=off_market(clerk))
    assert answer.status_code == 200, answer.text
    assert '/desk/reports/occupancy"' in answer.text
    assert re.search(r"Available</td><td[^>]*><strong>Off market</strong>", answer.text)
    after = [clerk.get(f"/desk/reports/{report}").text for report in ("rent-roll", "occupancy")]
    unlike = re.compile(r'value="[0-9a-f]{80}"|<p class="quiet">.*?</p>')
    assert [unlike.sub("", page) for page in after] == [unlike.sub("", page) for page in before]


def off_market(clerk: httpx.Client) -> dict[str, str]:
    """The form that takes a vacant unit off the market, previewed."""
    unit = next(row["unit"] for row in rent_roll(clerk) if row["status"] == "AVAILABLE")
    query = {"unit": unit, "reason": "repairs (demo)"}
    return {**Filled(clerk.get("/desk/record/take-unit-off-market", params=query).text).fields, "_do": "preview"}


def test_only_those_who_may_record_see_a_form(at_desk: Callable[[str], httpx.Client], server: Served) -> None:
    auditor, clerk = at_desk("auditor"), at_desk("deal_desk")
    assert "/desk/record/draft-lease" not in auditor.get("/desk/record").text
    assert auditor.get("/desk/record/draft-lease").status_code == 403
    assert "/desk/record/draft-lease" in clerk.get("/desk/record", params={"search": "draft lea"}).text
    assert "/desk/record/draft-lease" in clerk.get("/desk/record", params={"search": "起草租约"}).text
    assert clerk.get("/desk/record/approve-lease").status_code == 403
    assert clerk.get("/desk/record/nothing").status_code == 404
    token = Filled(clerk.get("/desk/record/register-lead").text).fields["token"]
    assert (
        clerk.post("/desk/record/approve-lease", data={"token": token, "lease": "x", "_do": "record"}).status_code
        == 403
    )
    assert clerk.post("/desk/record/register-lead", data={**LEAD, "_do": "record"}).status_code == 403, "no token"


def test_a_view_of_the_past_records_nothing(at_desk: Callable[[str], httpx.Client], server: Served) -> None:
    clerk = at_desk("deal_desk")
    before = size(server, clerk)
    page = clerk.get("/desk/record/register-lead", params={**LEAD, "company": "late-demo", "recorded": "100"})
    assert re.search(r'value="record" disabled', page.text)
    form = {**Filled(page.text).fields, "_do": "record"}
    answer = clerk.post("/desk/record/register-lead?recorded=100", data=form)
    assert answer.status_code == 403
    assert Filled(answer.text).fields["name"] == LEAD["name"]
    assert size(server, clerk) == before


def test_an_amendment_begins_with_the_terms_on_record(at_desk: Callable[[str], httpx.Client]) -> None:
    clerk = at_desk("deal_desk")
    row = next(row for row in rent_roll(clerk) if row["status"] == "LET")
    lease = row["lease"]
    page = clerk.get("/desk/record/propose-amendment", params={"lease": lease})
    typed = Filled(page.text).fields
    assert row["unit"] in {text for name, text in typed.items() if re.fullmatch(r"terms\.premises\.\d+\.unit", name)}
    assert typed["terms.expiry_on"]
    empty = clerk.get("/desk/record/propose-amendment").text
    filled = clerk.post("/desk/record/propose-amendment", data={**Filled(empty).fields, "lease": lease, "_do": "fill"})
    assert Filled(filled.text).fields["terms.expiry_on"] == typed["terms.expiry_on"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_list_and_the_ways_are_whole(at_desk: Callable[[str], httpx.Client], language: str) -> None:
    clerk = at_desk("deal_desk")
    clerk.cookies.set("mcsc_language", language, domain="127.0.0.1", path="/desk")
    for path in ("/desk/record", "/desk/record/guides?company=sunfield-demo", "/desk/record/register-lead/done"):
        page = clerk.get(path)
        assert page.status_code == 200
        assert not MARKED.findall(page.text), path
        assert not INLINE.search(page.text), path
    assert "company=sunfield-demo" in clerk.get("/desk/record/guides?company=sunfield-demo").text


def test_a_form_of_an_earlier_session_is_shown_again_with_what_was_typed(
    at_desk: Callable[[str], httpx.Client], server: Served
) -> None:
    clerk = at_desk("deal_desk")
    form = Filled(clerk.get("/desk/record/register-lead").text).fields
    before = size(server, clerk)
    answer = clerk.post("/desk/record/register-lead", data={**form, **LEAD, "token": "0" * 64, "_do": "record"})
    assert answer.status_code == 403
    again = Filled(answer.text).fields
    assert {name: again[name] for name in LEAD} == LEAD
    assert clerk.post("/desk/record/register-lead", data={**again, "_do": "preview"}).status_code == 200
    assert size(server, clerk) == before


def test_another_language_shows_the_form_as_it_was_typed(
    at_desk: Callable[[str], httpx.Client], server: Served
) -> None:
    clerk = at_desk("deal_desk")
    page = clerk.get("/desk/record/register-lead")
    assert page.headers["cache-control"] == "private, no-cache", "Back shows it again, with what was typed"
    switch = re.search('<div class="switch".*?</div>', page.text, re.S)
    assert switch is not None
    assert re.findall('<button[^>]*name="_([a-z]+)"', switch[0])[0] == "do", "the first is what Enter presses"
    form, before = Filled(page.text).fields, size(server, clerk)
    sent = {**form, **LEAD, "name": "<b>「光明」</b>", "effective_on": "soon", "_language": "zh", "_do": "record"}
    shown = clerk.post("/desk/record/register-lead", data=sent)
    assert shown.status_code == 200
    assert '<html lang="zh-CN">' in shown.text
    again = Filled(shown.text).fields
    assert {name: again[name] for name in (*LEAD, "_key")} == {name: sent[name] for name in (*LEAD, "_key")}
    assert '<html lang="zh-CN">' in clerk.get("/desk/record/register-lead").text, "and stays so"
    assert size(server, clerk) == before


@pytest.mark.parametrize(
    ("path", "role", "typed"),
    [
        ("/desk/record/register-lead", "deal_desk", {**LEAD, "name": "光明\n<b>", "_do": "record"}),
        ("/desk/diary", "finance", {"reason.e": "agreed", "asked_until_on": "2027-01-31"}),
        ("/desk/inbox", "finance", {"reason.9": "too dear", "decide": "{}"}),
    ],
)
def test_a_session_that_ends_while_typing_loses_nothing(
    browser: Callable[..., httpx.Client], server: Served, path: str, role: str, typed: dict[str, str]
) -> None:
    client = browser()
    ended = client.post(path, data={**typed, "token": "of a session before"})
    assert ended.status_code == 403
    hidden = dict(re.findall('<input type="hidden" name="([^"]*)" value="([^"]*)"', ended.text))
    assert {name: html.unescape(text) for name, text in hidden.items()} == typed
    assert f'action="{path}"' in ended.text
    wrong = client.post(path, data={**typed, "_enter": "mcsc_nothing_nothing"})
    assert (wrong.status_code, wrong.text.count('type="hidden"')) == (403, len(typed))
    if role == "deal_desk":
        other = client.post(path, data={**typed, "_enter": server.keys["auditor"]})
        assert (other.status_code, other.text.count('type="hidden"')) == (403, len(typed)), "not this role's form"
        assert "mcsc_desk" not in client.cookies
    before = size(server, client)
    back = client.post(path, data={**typed, "_enter": server.keys[role]})
    assert "mcsc_desk" in client.cookies
    assert "You signed in anew since" in back.text
    if path == "/desk/record/register-lead":
        assert {name: Filled(back.text).fields[name] for name in LEAD} == {name: typed[name] for name in LEAD}
    assert size(server, client) == before, "it is shown, not sent"


def test_a_key_is_created_at_the_desk_and_its_secret_shown_once(
    at_desk: Callable[[str], httpx.Client], browser: Callable[..., httpx.Client]
) -> None:
    admin = at_desk("admin")
    listed = admin.get("/desk/record").text
    assert 'href="/desk/record/create-key"' in listed
    assert admin.get("/desk/record/close-period?month=2026-05").headers["location"] == "/desk/close?month=2026-05"
    form = Filled(admin.get("/desk/record/create-key?role=auditor").text).fields
    assert (form["role"], form["effective_on"][:2]) == ("auditor", "20")
    wrong = admin.post("/desk/record/create-key", data={**form, "actor": "Nobody", "note": "for <you>"})
    assert (wrong.status_code, Filled(wrong.text).fields["note"]) == (400, "for <you>")
    assert 'id="wrong-actor"' in wrong.text
    made = admin.post("/desk/record/create-key", data={**form, "actor": "visitor-demo"})
    assert made.headers["cache-control"] == "private, no-store"
    (secret,) = re.findall("mcsc_[0-9a-f]+_[0-9a-f]+", made.text)
    assert browser().get("/v1/head", headers={"Authorization": f"Bearer {secret}"}).status_code == 200
    again = admin.post("/desk/record/create-key", data={**form, "actor": "visitor-demo"})
    assert "was shown then and is not kept" in again.text
    assert "mcsc_" not in again.text
    assert at_desk("deal_desk").get("/desk/record/create-key").status_code == 403
    assert not MARKED.findall(admin.get("/desk/record/create-key", headers={"Accept-Language": "zh"}).text)


def test_a_form_says_what_became_of_it_and_which_reports_were_asked(
    at_desk: Callable[[str], httpx.Client], server: Served
) -> None:
    clerk, admin = at_desk("deal_desk"), at_desk("admin")
    form = Filled(clerk.get("/desk/record/screen-company", params={"company": "nosuch-demo"}).text).fields
    asked = {**form, "result": "CLEAR", "evidence.doc": "list (demo)", "evidence.sha256": "0" * 64, "_do": "record"}
    assert "nosuch-demo" in (refused := clerk.post("/desk/record/screen-company", data=asked)).text
    assert refused.status_code == 404, refused.text
    back = clerk.post("/desk/record/screen-company", data={**asked, "company": "other-demo"})
    assert "sent before, and refused: nothing is recorded of it" in back.text, "Back, something else, and Record"
    assert "recorded something already" not in back.text
    mapped = {"os_user": "w.min", "actor": "wang-demo", "role": "finance", "_do": "preview"}
    begun = Filled(admin.get("/desk/record/map-user").text).fields
    preview = admin.post("/desk/record/map-user", data={**begun, **mapped}).text
    assert "No report shows what this is about" in preview
    assert "Not recorded yet" in preview
    assert admin.post("/desk/record/map-user", data={**begun, **mapped, "_do": "record"}).status_code == 303
    so_already = admin.post("/desk/record/map-user", data={**begun, **mapped}).text
    assert "It is so already: nothing would be recorded." in so_already
    assert "Not recorded yet" not in so_already


def test_a_line_that_is_none_is_not_dropped(at_desk: Callable[[str], httpx.Client]) -> None:
    clerk = at_desk("deal_desk")
    form = Filled(clerk.get("/desk/record/draft-lease").text).fields
    answer = clerk.post("/desk/record/draft-lease", data={**form, "_do": "drop:terms.rent.zz"})
    assert answer.status_code == 200


PAPER = {"doc": "paper (demo)", "sha256": "0" * 64}


def test_journals_by_hand_and_bank_entries_are_previewed_in_their_reports(
    at_desk: Callable[[str], httpx.Client],
) -> None:
    """Accounts are chosen by code and name; a charge moves its bank account, a journal the trial balance."""
    finance, approver = at_desk("finance"), at_desk("approver")
    in_chinese, begun = {"Accept-Language": "zh"}, {"lines.1.side": "CREDIT"}
    page = finance.get("/desk/record/propose-journal", params=begun, headers=in_chinese)
    assert '<option value="administration">6602 管理费用</option>' in page.text
    assert 'value="bank"' not in page.text
    said = {"lines.0.account": "administration", "lines.0.side": "DEBIT", "lines.0.amount": "12345.00"}
    said |= {"lines.1.account": "accrued", "lines.1.amount": "12345.00", "reason": "cleaning (demo)"}
    said |= {"effective_on": "2026-05-20", "manual_journal": "at-desk-demo"}
    said |= {f"document.{name}": text for name, text in PAPER.items()}
    form = {**Filled(page.text).fields, **said, "_do": "record"}
    assert finance.post("/desk/record/propose-journal", data=form).status_code == 303
    begun = Filled(approver.get("/desk/record/approve-journal", params={"manual_journal": "at-desk-demo"}).text).fields
    preview = approver.post("/desk/record/approve-journal", data={**begun, "_do": "preview"}).text
    for report in ("trial-balance", "income-statement", "balance-sheet"):
        assert f'rowgroup" colspan="4"><a href="/desk/reports/{report}">' in preview, report
    charge = {"bank_account": "cny-main-demo", "amount": "25.00", "bank_reference": "CHG-1"}
    charge |= {"effective_on": "2026-05-20"} | {f"evidence.{name}": text for name, text in PAPER.items()}
    form = {**Filled(finance.get("/desk/record/record-bank-charge").text).fields, **charge, "_do": "preview"}
    preview = finance.post("/desk/record/record-bank-charge", data=form).text
    assert 'colspan="4"><a href="/desk/reports/bank-accounts">' in preview
    receipt = {
        "company": "bamboo-gate-battery-recycling-demo",
        "amount": "12.00",
        "bank_reference": "RCPT-1",
        "effective_on": "2026-05-20",
    }
    form = {**Filled(finance.get("/desk/record/record-receipt").text).fields, **receipt, "_do": "preview"}
    preview = finance.post("/desk/record/record-receipt", data=form).text
    assert 'colspan="4"><a href="/desk/reports/bank-accounts">' in preview


def test_a_customs_paper_is_typed_once(at_desk: Callable[[str], httpx.Client]) -> None:
    """What the order says of it stands in the form of the books, and the other way round."""
    paper = {"duty": "147000.00", "import_vat": "401310.00"}
    for role, name, number in (("finance", "record-customs-declaration", "number"), ("deal_desk", "clear-customs", "")):
        form = Filled(at_desk(role).get(f"/desk/record/{name}", params={"order": "order-01-demo"}).text).fields
        assert form.items() >= {**paper, number or "declaration": "FICT-CD-01"}.items(), name


def test_numbers_of_documents_are_no_amounts_in_a_preview(at_desk: Callable[[str], httpx.Client]) -> None:
    clerk = at_desk("finance")
    said = {"supplier": "lantern-hill-housekeeping-demo", "number": "25990001", "effective_on": "2026-05-20"}
    said |= {"due_on": "2026-06-20", "code": "051002000111", "lines.0.kind": "PROPERTY", "lines.0.net": "25.00"}
    said |= {f"evidence.{name}": text for name, text in PAPER.items()}
    page = clerk.get("/desk/record/record-purchase-invoice", headers={"Accept-Language": "zh"}).text
    form = {**Filled(page).fields, **said, "_do": "preview"}
    preview = clerk.post("/desk/record/record-purchase-invoice", data=form).text
    assert "<strong>25990001</strong>" in preview
    assert "25,990,001" not in preview


def test_a_field_is_called_by_what_it_means_there(at_desk: Callable[[str], httpx.Client]) -> None:
    """VAT is an amount on an invoice and a method in a lease; a floor is a storey, or the least of an indexation."""
    assert (label("zh", "vat"), label("zh", "vat", of_terms=True)) == ("增值税额", "计税方法")
    assert (label("zh", "floor"), label("zh", "floor", of_terms=True)) == ("楼层", "下限")
    clerk = at_desk("deal_desk")
    for name, said, never in (("draft-lease", "计税方法", "增值税额"), ("define-unit", "楼层", "下限")):
        page = clerk.get(f"/desk/record/{name}", headers={"Accept-Language": "zh"}).text
        assert said in page, name
        assert never not in page, name


def test_a_form_offers_names_and_what_was_recorded_leads_on(at_desk: Callable[[str], httpx.Client]) -> None:
    """Units that are there are offered, of what is new nothing; the page of the thing is one step away."""
    clerk = at_desk("deal_desk")
    draft, lead = (clerk.get(f"/desk/record/{name}").text for name in ("draft-lease", "register-lead"))
    assert re.search(r'<datalist id="known-unit">.*<option value="b01-101-demo">', draft)
    assert ('list="known-unit"' in draft, 'list="known-deposit"' in draft, "known-company" in lead) == (1, 0, 0)
    form = Filled(draft).fields
    for again in ({"_language": "zh"}, {"token": "old"}, {"effective_on": "soon"}):
        assert 'list="known-unit"' in clerk.post("/desk/record/draft-lease", data={**form, **again}).text, again
    done = clerk.get("/desk/record/approve-lease/done", params={"first": "12", "last": "12"})
    assert done.status_code == 403
    told = at_desk("approver").get("/desk/record/approve-lease/done", params={"first": "12", "last": "12"}).text
    assert 'href="/desk/companies/cety"' in told
    assert 'href="/desk/inbox">Back' in told
