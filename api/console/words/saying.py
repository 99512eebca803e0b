"""A text of the desk in a language.

say      a text in a language, with its values
worded   a cell of a report: words of ours in a language, anything else as it is
unit     a unit of figures
role     a role in words
named    a report's name; heading: what stands above a column of one
TABLES   every table of texts; ZH, CODES: all of them together

English is written where it is shown, and is the key; its Chinese stands in a table. What has none is shown between ⟦
and ⟧, and fails a test.
"""

import re
from collections.abc import Mapping
from typing import Any, Literal

from api.console.record.titles import TEXTS
from api.console.words.books import BOOKS, GROUNDS, PAPERS
from api.console.words.files import FILES
from api.console.words.reports import CELLS, COLUMNS, KEPT, PATTERNS, REPORTED, REPORTS, UNITS
from api.console.words.texts import PAGES
from api.console.words.things import SECTIONS, THINGS
from api.console.words.to_do import DATES, TO_DO
from api.console.words.vat import VAT_CODES, VAT_TEXTS
from ledger.access import ROLES

Language = Literal["en", "zh"]
LANGUAGES: Mapping[Language, str] = {"en": "en", "zh": "zh-CN"}
TABLES: tuple[Mapping[str, str], ...] = (PAGES, BOOKS, FILES, TO_DO, THINGS, VAT_TEXTS, TEXTS)
ZH: Mapping[str, str] = {english: chinese for table in TABLES for english, chinese in table.items()}
CODES: Mapping[str, str] = {**REPORTED, **PAPERS, **GROUNDS, **DATES, **SECTIONS, **VAT_CODES}

ABBREVIATED = {"loi", "fai"}
COUNTED = re.compile(
    r"(?P<these>these )?\{(?P<number>\w+)\} (?P<kind>later |single )?(?P<thing>[a-z]+)s\b(?P<verb> [a-z]+\b)?"
)
"""Something counted in an English text, and perhaps what is said of it."""
VERBS = {" are": " is", " were": " was", " post": " posts", " differ": " differs"}
WORD = re.compile(r"[a-z]{3}|(at|by|in|of|on|to)\b")
CODE = re.compile(r"(all )?([A-Z][A-Z_]{2,})( \d{4}| \(estimated\))?")


def say(language: Language, text: str, **values: Any) -> str:
    """A text in a language. One that has no Chinese is marked."""
    if language == "zh":
        text = ZH.get(text) or COLUMNS.get(text) or _by_pattern(text) or f"⟦{text}⟧"
    elif values:
        text = COUNTED.sub(lambda found: _of_one(found, values), text)
    return text.format(**values) if values else text


def _of_one(found: re.Match[str], values: Mapping[str, Any]) -> str:
    """Say what is counted of one thing: 1 day ago, 1 fact posts."""
    if str(values.get(found["number"])) != "1":
        return found[0]
    these, kind, verb = found["these"], found["kind"] or "", found["verb"] or ""
    count = "this " if these else f"{{{found['number']}}} "
    return f"{count}{kind}{found['thing']}{VERBS.get(verb, verb)}"


def worded(language: Language, cell: str) -> str:
    """A cell: words and codes of ours in a language, anything else as it is."""
    if (found := CODE.fullmatch(cell)) and found[2] in CODES:
        return _code(language, found)
    codes = [CODE.fullmatch(one) for one in cell.split(" ")]
    if all(one is not None and one[2] in CODES for one in codes):
        return ("、" if language == "zh" else ", ").join(_code(language, one) for one in codes if one)
    if language == "en":
        return cell
    if cell in ROLES:
        return role(language, cell)
    number, _, account = cell.partition(" ")
    if account in CELLS and number.replace(".", "").isdigit():
        return f"{number} {CELLS[account]}"
    return CELLS.get(cell) or _by_pattern(cell) or cell


def unit(language: Language, name: str | None) -> str:
    """A unit of figures; that of an amount in a currency is the currency."""
    en, zh = UNITS.get(name or "", (name or "", name or ""))
    return zh if language == "zh" else en


def role(language: Language, code: str) -> str:
    """A role in words."""
    return say(language, code) if language == "zh" else code.replace("_", " ")


def named(language: Language, report: str) -> str:
    """A report's name; a new one is called as its address is."""
    en, zh = REPORTS.get(report, (report, f"⟦{report}⟧"))
    return zh if language == "zh" else en


def heading(language: Language, name: str) -> str:
    """The heading of a column, or the name of a filter: English ones begin with a capital where they are words."""
    said = say(language, name)
    if language == "en" and name in ABBREVIATED:
        return name.upper()
    return said[0].upper() + said[1:] if language == "en" and WORD.match(said) else said


def _code(language: Language, found: re.Match[str]) -> str:
    every, code, beside = bool(found[1]), found[2], found[3] or ""
    if language == "zh":
        return f"{'全部' if every else ''}{CODES[code]}{beside.replace(' (estimated)', '（估计）')}"
    parts = [part if part in KEPT else part.lower() for part in code.split("_")]
    words = " ".join(parts)
    return f"{'all ' if every else ''}{words if every else words[0].upper() + words[1:]}{beside}"


def _by_pattern(text: str) -> str | None:
    return next((pattern.sub(zh, text) for pattern, zh in PATTERNS if pattern.fullmatch(text)), None)
