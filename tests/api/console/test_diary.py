"""The diary at the desk: overdue first, month by month; done, waived with a reason, taken back."""

import html
import json
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest

FIELD = re.compile(r'<input [^>]*?name="([^"]+)"[^>]*? value="([^"]*)"')
AHEAD = {"until_on": "2040-01-01", "kind": "EXPIRY"}


@pytest.fixture
def finance(browser: Callable[..., httpx.Client], invite: Callable[[str], str]) -> httpx.Client:
    client = browser()
    assert client.post("/desk/enter", data={"link": invite("finance")}).status_code == 303
    return client


def forms(page: str, act: str) -> list[dict[str, str]]:
    """Read what each button of an act sends: the page's form, without any reason."""
    fields = {name: html.unescape(value) for name, value in FIELD.findall(page) if not name.startswith("reason.")}
    pressed = [html.unescape(value) for value in re.findall(r'name="see_to" value="([^"]*)"', page)]
    return [{**fields, "see_to": one} for one in pressed if json.loads(one)["command"] == act]


def entry_of(form: dict[str, str]) -> str:
    return str(json.loads(form["see_to"])["entry"])


def because(form: dict[str, str], reason: str) -> dict[str, str]:
    return {**form, f"reason.{entry_of(form)}": reason}


def test_what_is_overdue_comes_first_then_months_in_order(finance: httpx.Client) -> None:
    page = finance.get("/desk/diary", params={"until_on": "2040-01-01"}).text
    overdue, months = page.index('id="overdue"'), [match.start() for match in re.finditer('id="m2', page)]
    assert overdue < months[0]
    named = re.findall(r'id="m(\d{4}-\d{2})"', page)
    assert named == sorted(set(named))
    assert "state overdue" not in page[months[0] :]


def test_a_long_diary_comes_in_parts(finance: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {"until_on": "2040-01-01"}
    every = finance.get("/desk/reports/diary/export/json", params=asked).json()["rows"]
    monkeypatch.setattr("api.console.agenda.diary.SHOWN", 30)
    late = sum(row["status"] == "OVERDUE" for row in every)
    page, seen = finance.get("/desk/diary", params=asked).text, list[str]()
    assert f'Overdue <span class="count">{late}</span>' in page, "of all, not of the part"
    while True:
        part = re.findall(r'<strong class="day">([^<]*)</strong> <strong>[^<]*</strong> (\S+) ', page)
        assert 0 < len(part) <= 30
        assert f"Dates {len(seen) + 1} to {len(seen) + len(part)} of {len(every)}." in page
        seen += [" ".join(one) for one in part]
        more = re.search(r'<a href="([^"]*)">More</a>', page)
        if more is None:
            break
        page = finance.get(html.unescape(more[1])).text
    assert "From the first" in page
    overdue_first = sorted(every, key=lambda row: row["status"] != "OVERDUE")
    assert seen == [f"{row['on']} {row['name']}" for row in overdue_first]


def test_an_entry_is_waived_once_with_a_reason_and_that_is_taken_back(finance: httpx.Client) -> None:
    form = forms(finance.get("/desk/diary", params=AHEAD).text, "waive-diary-entry")[-1]
    blank = finance.post("/desk/diary", data=because(form, ""))
    assert blank.status_code == 400
    assert blank.text.count('role="alert"') == 1
    assert finance.post("/desk/diary", data={**because(form, "stays (demo)"), "token": ""}).status_code == 403
    asked: dict[str, Any] = because(form, "stays <on> (demo)")
    first, second = (finance.post("/desk/diary", data=asked) for _ in range(2))
    assert first.status_code == 303, first.text
    assert first.headers["location"] == second.headers["location"]
    assert "kind=EXPIRY" in first.headers["location"], "the page is asked so again"
    shown = finance.get(first.headers["location"]).text
    assert "Recorded." in shown
    assert "stays &lt;on&gt; (demo)" in shown
    (back,) = [one for one in forms(shown, "withdraw-diary-step") if entry_of(one) == entry_of(form)]
    other = finance.post("/desk/diary", data={**because(form, "other (demo)"), "key": "another1"})
    assert other.status_code == 409
    assert other.text.count('role="alert"') == 1
    taken_back = finance.post("/desk/diary", data=because(back, "mistake (demo)"))
    assert taken_back.status_code == 303
    shown = finance.get(taken_back.headers["location"]).text
    assert entry_of(form) in {entry_of(one) for one in forms(shown, "waive-diary-entry")}


def test_nothing_is_seen_to_on_another_day_or_by_who_may_not(finance: httpx.Client, auditor: httpx.Client) -> None:
    assert forms(finance.get("/desk/diary", params={"effective": "2026-01-31"}).text, "waive-diary-entry") == []
    assert forms(auditor.get("/desk/diary").text, "complete-diary-entry") == []
    wrong = finance.get("/desk/diary", params={"from_on": "soon"})
    assert wrong.status_code == 400
    assert 'value="soon"' in wrong.text
