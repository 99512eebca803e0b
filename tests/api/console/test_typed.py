"""Another language loses nothing that was typed, on any page of the desk.

Given a page with everything on it typed or chosen otherwise, when its button of the other language is pressed, then the
page comes in that language with all of it. A file, and a secret, are never sent back: they are left out.
"""

from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any, NamedTuple

import httpx
import pytest

from api.console.words.saying import LANGUAGES
from tests.api.console.test_desk import PAGES, token_of

SENT_BACK_NEVER = {"file", "password"}
FORMS = ["register-lead", "draft-lease", "propose-journal", "issue-quotation", "record-receipt", "create-key"]
MORE = [
    *("/desk/record", "/desk/record/guides", "/desk/billing", "/desk/billing?through=2026-06-30", "/desk/papers"),
    *("/desk/close", "/desk/close?month=2026-01", "/desk/diary?until_on=2040-01-01", "/desk/nowhere"),
    *(f"/desk/record/{form}" for form in FORMS),
    *("/desk/reports/rent-roll?rows=all&column.unit=1", "/desk/reports/journal?limit=5", "/desk?effective=soon"),
]


class Control(NamedTuple):
    """Something on a page that holds a value, in a form."""

    name: str
    value: str
    kind: str
    form: str
    choices: tuple[str, ...] = ()
    on: bool = True
    to: str | None = None


class Controls(HTMLParser):
    """The controls of a page, and its forms with where each is sent."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[Control] = []
        self.forms: dict[str, dict[str, str | None]] = {}
        self._open = ""
        self._select: dict[str, Any] | None = None
        self._text: str | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        form = said.get("form") or self._open
        if tag == "form":
            self._open = said.get("id") or f"form-{len(self.forms)}"
            self.forms[self._open] = said
        elif tag in ("input", "button"):
            kind = said.get("type") or ("text" if tag == "input" else "button")
            on = kind != "checkbox" or "checked" in said
            given = said.get("value") or ""
            self.found.append(Control(said.get("name") or "", given, kind, form, (), on, said.get("formaction")))
        elif tag == "select":
            self._select = {"name": said.get("name") or "", "form": form, "choices": [], "value": None}
        elif tag == "option" and self._select is not None:
            self._select["choices"].append(said.get("value") or "")
            if "selected" in said:
                self._select["value"] = said.get("value") or ""
        elif tag == "textarea":
            self._select, self._text = {"name": said.get("name") or "", "form": form}, ""

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = ""
        elif tag == "select" and self._select is not None:
            one = self._select
            value = one["choices"][0] if one["value"] is None else one["value"]
            self.found.append(Control(one["name"], value, "select", one["form"], tuple(one["choices"])))
            self._select = None
        elif tag == "textarea" and self._select is not None:
            one = self._select
            self.found.append(Control(one["name"], (self._text or "").lstrip("\n"), "text", one["form"]))
            self._select = self._text = None

    def typed(self) -> list[Control]:
        """Those in which people type or choose."""
        return [one for one in self.found if one.kind not in {"hidden", "button", *SENT_BACK_NEVER}]


def otherwise(number: int, one: Control) -> Control:
    """Type or choose something else in a control."""
    if one.kind == "checkbox":
        return one._replace(on=not one.on)
    if one.kind == "select":
        return one._replace(value=next((some for some in reversed(one.choices) if some != one.value), one.value))
    return one._replace(value=f"typed-{number}")


def pressed(client: httpx.Client, page: str, path: str, typed: list[Control], language: str) -> httpx.Response:
    """Press the button of a language, as a browser does: its form is sent, with all that stands in it."""
    controls = Controls(page)
    button = next(one for one in controls.found if (one.name, one.value) == ("_language", language))
    form = controls.forms[button.form]
    hidden = [one for one in controls.found if one.kind == "hidden"]
    sent = {one.name: one.value for one in (*hidden, *typed) if one.form == button.form and one.on}
    answer = client.post(button.to or form.get("action") or path, data={**sent, "_language": language})
    return client.get(answer.headers["location"]) if answer.status_code == 303 else answer


@pytest.mark.parametrize("role", ["admin", "finance", "auditor"])
def test_another_language_loses_nothing_that_was_typed(
    role: str, browser: Callable[..., httpx.Client], invite: Callable[[str], str]
) -> None:
    client = browser()
    assert client.post("/desk/enter", data={"link": invite(role)}).status_code == 303
    saved = {"token": token_of(client.get("/desk/reports/periods").text), "_name": f"Months of {role}"}
    assert client.post("/desk/views?address=/desk/reports/periods", data=saved).status_code == 303
    seen = 0
    for path in [*PAGES, *MORE]:
        client.cookies.set("mcsc_language", "en", domain="127.0.0.1", path="/desk")
        page = client.get(path)
        if page.status_code == 403:
            continue
        typed = [otherwise(number, one) for number, one in enumerate(Controls(page.text).typed())]
        client.cookies.delete("mcsc_language", domain="127.0.0.1", path="/desk")
        shown = pressed(client, page.text, path, typed, "zh")
        assert f'<html lang="{LANGUAGES["zh"]}">' in shown.text, path
        now = {(one.name, one.value) for one in Controls(shown.text).found if one.on}
        lost = [one for one in typed if ((one.name, one.value) in now) != one.on]
        assert not lost, (path, lost)
        seen += len(typed)
    assert seen > 400


def test_a_key_typed_while_signing_in_is_not_sent_back(browser: Callable[..., httpx.Client]) -> None:
    client = browser()
    page = client.get("/desk/sign-in?to=/desk/diary").text
    shown = pressed(client, page, "/desk/sign-in", [], "zh").text
    assert '<html lang="zh-CN">' in shown
    assert 'name="to" value="/desk/diary"' in shown
