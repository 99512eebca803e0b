"""Short remarks of reports in the words of a page: codes as people say them, amounts as other pages write them.

remark   what the diary says beside a date: a price, an amount, a metric and its target
gist     what the inbox says of a proposal; the reason that somebody gave stays as it was written
"""

import re

from api.console.record.labels import CODED, choice
from api.console.words.saying import Language
from api.console.words.to_do import PHRASES
from api.formats.sheets import figure

DECIMAL = re.compile(r"-?[0-9]+\.[0-9]+")
REASONS = {"OVERRIDE", "REOPENING", "INVESTMENT_AMENDMENT", "CHANGE_ORDER"}
"""Kinds of proposals of which the reason alone is said."""


def remark(language: Language, text: str) -> str:
    """Codes in words and amounts with separators, of what no person wrote."""
    return " ".join(_word(language, word) for word in text.split(" "))


def gist(language: Language, kind: str, text: str) -> str:
    """The same of a proposal: its amount, days and codes; not what people wrote of it."""
    if kind in REASONS:
        return text
    first, colon, rest = text.partition(": ")
    first = remark(language, first)
    if kind in ("STATEMENT", "INVESTMENT_AGREEMENT"):
        rest = remark(language, rest)
    said = f"{first}{colon}{rest}"
    for pattern, chinese in PHRASES if language == "zh" else ():
        said = pattern.sub(chinese, said)
    return said


def _word(language: Language, word: str) -> str:
    if word.isupper() and word in CODED:
        return choice(language, word)
    return figure(word) if DECIMAL.fullmatch(word) else word
