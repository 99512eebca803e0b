"""Which company a bank's line names, and which numbers its text.

Parties   companies by their names, however a bank writes them
says      tell whether a text names a number: a document's, or a bank reference
"""

import unicodedata
from collections.abc import Mapping
from difflib import get_close_matches

NAME_MIN = 4
"""Names and numbers shorter than that could mean anything."""
ALIKE = 0.87


class Parties:
    """Companies by their names, however a bank writes them."""

    def __init__(self, named: Mapping[str, str | None]) -> None:
        self._by_name: dict[str, str] = {}
        for company, name in named.items():
            for called in (company, name):
                if called and len(bare := _bare(called)) >= NAME_MIN:
                    self._by_name.setdefault(bare, company)

    def of(self, called: str | None) -> str | None:
        """The company that a bank's line names; None where none is, or more than one may be."""
        bare = _bare(called or "")
        if len(bare) < NAME_MIN:
            return None
        if bare in self._by_name:
            return self._by_name[bare]
        part = {company for name, company in self._by_name.items() if name in bare or bare in name}
        if len(part) == 1:
            return part.pop()
        close = get_close_matches(bare, self._by_name, n=1, cutoff=ALIKE) if not part else []
        return self._by_name[close[0]] if close else None


def _bare(called: str) -> str:
    """A name without signs, spaces and capitals, and without the mark of what is invented."""
    text = unicodedata.normalize("NFKC", called).casefold()
    return "".join(sign for sign in text if sign.isalnum()).removesuffix("demo")


def says(text: str, number: str) -> bool:
    """Tell whether a text names a number: not as a part of a longer one, as r-1 in r-12, or rent-1 in rent-1-d2."""
    text, number = text.lower(), number.lower()
    if len(number) < NAME_MIN:
        return False
    at = text.find(number)
    while at >= 0:
        if not _is_part(text, at, at + len(number), number):
            return True
        at = text.find(number, at + 1)
    return False


def _is_part(text: str, start: int, end: int, number: str) -> bool:
    """Tell whether letters or digits go on before or after it; after a number with strokes, behind a stroke too."""
    if _goes_on(text[start - 1 : start]) or _goes_on(text[end : end + 1]):
        return True
    return "-" in number and text[end : end + 1] == "-" and _goes_on(text[end + 1 : end + 2])


def _goes_on(sign: str) -> bool:
    return sign.isascii() and sign.isalnum()
