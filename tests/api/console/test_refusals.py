"""Whatever a rule or the service says no to is told in the language of the desk, with its code and its own words."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from markupsafe import escape

from api.console.pages import HERE
from api.console.record.labels import hint
from api.console.words.altered import altered
from api.console.words.refusals.edge import EDGE
from api.console.words.refusals.every import REFUSED
from api.console.words.refusing import InWords, why
from api.http.problems import KINDS, Problem, fault_of
from ledger.decider import Refusal
from ledger.log import verify
from ledger.recording.outcome import Refused
from tests.examples import COMMANDS

CJK = re.compile("[\u4e00-\u9fff]")


def every(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    for one in kind.__subclasses__():
        yield one
        yield from every(one)


def test_every_refusal_and_every_problem_has_its_chinese() -> None:
    """Given every code of the product, then each has its own sentence, and no sentence is of a code that is gone."""
    codes = {code for one in every(Refusal) if (code := getattr(one, "code", None))}
    assert len(codes) > 400
    assert set(REFUSED) == codes
    assert set(EDGE) == set(KINDS)
    assert all(CJK.search(meant) and not meant.endswith("。") for meant in (*REFUSED.values(), *EDGE.values()))


@pytest.mark.parametrize("code", ["period-state-forbids", "fault"])
def test_what_is_told_keeps_its_code_and_its_own_words(code: str) -> None:
    own = "2026-05 is CLOSED; <b>only</b>"
    wrong: Any = Problem(code, own) if code in KINDS else Refused(1, code, "rule", own)
    english, chinese = why("en", wrong), why("zh", wrong)
    kept = "2026-05 is CLOSED; &lt;b&gt;only&lt;/b&gt;"
    assert kept in english
    assert f">{code}</code>" in english
    assert not CJK.search(english)
    assert chinese.startswith(REFUSED.get(code) or EDGE.get(code) or "?")
    assert f'>{code}</code> <span lang="en">{kept}</span>' in chinese
    assert why("zh", InWords("body-invalid", "请说明原因")) == "<span>请说明原因</span>"


def test_what_a_decoder_says_of_a_field_is_told() -> None:
    """Given each field of each command with a value of another type, then what is said of it is Chinese."""
    told = set()
    for command in {type(one): one for one in COMMANDS}.values():
        said = msgspec.to_builtins(command)
        for field in said:
            others: tuple[Any, ...] = ({"no": "such"}, "no such", -1, True, [])
            for other in others:
                try:
                    msgspec.convert({**said, field: other}, type(command))
                except msgspec.ValidationError as error:
                    told.add(fault_of(error).detail)
    assert len(told) > 20
    for detail in sorted(told):
        assert CJK.search(why("zh", detail)), detail
        hinted = detail.startswith("Expected: ") and hint("zh", f"{detail.removeprefix('Expected: ')}.")
        assert hinted or 'lang="en"' not in why("zh", detail), detail


def test_no_page_shows_the_words_of_a_problem_by_itself() -> None:
    for template in sorted(HERE.glob("templates/**/*.html")):
        shown = re.findall(r"\{\{ [\w.]*(?:detail|wrong|wrong_here) \}\}", template.read_text())
        assert shown == [] or template.name in ("entrance.html", "verify.html"), (template.name, shown)


def test_whatever_the_check_finds_altered_has_its_chinese() -> None:
    """Every sentence of it, as it stands in the source; values stand for themselves."""
    source = ast.parse(Path(str(verify.__file__)).read_text())
    said = set[str]()
    for call in (node for node in ast.walk(source) if isinstance(node, ast.Call)):
        name = getattr(call.func, "id", "")
        place = {"Altered": 1, "_stray": 2}.get(name)
        if place is not None and not isinstance(call.args[place], ast.Name):
            said.add(_with_values(call.args[place]))
    assert len(said) > 20
    for text in said:
        told = altered("zh", f"position 7: {text}")
        assert "⟦" not in told, text
        assert f'<span lang="en">position 7: {escape(text)}</span>' in told
    assert altered("zh", "receipt 3: this receipt is missing").startswith("回执 3：此条缺失。")
    assert altered("zh", "head: its frontier is not that of the facts").startswith("日志首部：其哈希前沿")
    assert altered("en", "head: its size") == '<span lang="en">head: its size</span>'


def _with_values(written: ast.expr) -> str:
    """A sentence with the number 7 wherever a value is written into it."""
    if isinstance(written, ast.JoinedStr):
        return "".join(_with_values(part) for part in written.values)
    return str(written.value) if isinstance(written, ast.Constant) else "7"
