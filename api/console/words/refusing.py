"""Refusals, problems and what is wrong with a field, as pages tell them.

InWords   a problem that is told in the visitor's language already
why       what is wrong, in a language: the meaning of its code; code and own sentence stand beside it, as over HTTP
"""

import re
from collections.abc import Callable, Sequence

from markupsafe import Markup

from api.console.record.labels import hint
from api.console.record.shapes import MISSING
from api.console.words.refusals.edge import EDGE
from api.console.words.refusals.every import REFUSED
from api.console.words.refusals.shapes import SHAPES
from api.console.words.saying import LANGUAGES, Language, say
from api.http.problems import Document, Problem
from ledger.recording.outcome import Refused

EXPECTED = "Expected: "
"""How a decoder's words begin that say a shape."""


PLAINLY: Sequence[tuple[re.Pattern[str], str]] = [
    (re.compile(r"Invalid RFC3339 encoded date|Expected `date(?: \| null)?`.*"), "A day is written as 2026-06-30"),
    (re.compile(r"Invalid RFC3339 encoded datetime"), "A time is written as 2026-06-30T08:00:00Z"),
    (re.compile(r"Invalid decimal string|Expected `(?:float|decimal)(?: \| null)?`.*"), "It has to be a number"),
    (re.compile(r"Expected `int(?: \| null)?`, got .*"), "It has to be a whole number"),
    (re.compile(r"Expected `bool(?: \| null)?`.*"), "It has to be yes or no"),
    (re.compile(r"Expected `str` of length >= (\d+)"), r"At least \1 characters"),
    (re.compile(r"Expected `str` of length <= (\d+)"), r"At most \1 characters"),
    (re.compile(r"Expected `array` of length >= (\d+)"), r"At least \1 lines"),
    (re.compile(r"Expected `array` of length <= (\d+)"), r"At most \1 lines"),
    (re.compile(r"Expected `\w+` >= (.*)"), r"Not less than \1"),
    (re.compile(r"Expected `\w+` > (.*)"), r"More than \1"),
    (re.compile(r"Expected `\w+` <= (.*)"), r"Not more than \1"),
    (re.compile(r"Expected `\w+` < (.*)"), r"Less than \1"),
]
"""What a decoder says in its own words, in those of people; the most specific first."""


class InWords(Problem):
    """A problem that is told in the visitor's language already."""


Wrong = Problem | Refused | Document | str
"""A problem or a refusal; a text is what the decoder says of a field."""


Leading = Callable[[str, str], str | None]
"""A kind of thing, or nothing, and a name that a sentence says -> the address that it leads to."""
Hands = Callable[[str], str]
"""A name that a sentence says -> where it is a command that the reader may not give, the roles that may, in words."""
OTHERS = Markup(' <span class="quiet" lang="{}">[{}]</span>')
NAMED = re.compile(r"(?:(?<!no )\b(lease|unit|company|order) )?\b([a-z0-9]+(?:-[a-z0-9]+)+)")
"""A name that a sentence says, of a command or of a thing that is there."""


def why(
    language: Language,
    wrong: Wrong,
    leading: Leading = lambda _kind, _name: None,
    hands: Hands = lambda _name: "",
) -> Markup:
    """Tell what is wrong, in a language; what its sentence names leads on, or says whose step it is."""
    if isinstance(wrong, str):
        return _of_field(language, wrong)
    if isinstance(wrong, InWords):
        return Markup("<span>{}</span>").format(wrong.detail)
    own = Markup('<span lang="en">{}</span>').format(_led(language, wrong.detail, leading, hands))
    code = Markup('<code class="code">{}</code>').format(wrong.code)
    meant = REFUSED.get(wrong.code) or EDGE.get(wrong.code)
    if language == "en":
        return Markup("{} {}").format(own, code)
    return Markup('{}。<span class="quiet">{} {}</span>').format(meant or f"⟦{wrong.code}⟧", code, own)


def _led(language: Language, said: str, leading: Leading, hands: Hands) -> Markup:
    """The sentence, with links where it names a command or a thing; after another's command whose step it is."""
    made, at = Markup(""), 0
    for found in NAMED.finditer(said):
        to = leading(found[1] or "", found[2])
        if to is not None:
            made += said[at : found.start(2)] + Markup('<a href="{}">{}</a>').format(to, found[2])
            at = found.end(2)
        elif others := hands(found[2]):
            made += said[at : found.end(2)] + OTHERS.format(LANGUAGES[language], others)
            at = found.end(2)
    return made + said[at:]


def _of_field(language: Language, said: str) -> Markup:
    if said == MISSING:
        return Markup("{}").format(say(language, MISSING))
    if language == "zh":
        for pattern, chinese in SHAPES:
            if found := pattern.fullmatch(said):
                return Markup("{}").format(found.expand(chinese))
        shape = hint(language, f"{said.removeprefix(EXPECTED)}.") if said.startswith(EXPECTED) else ""
        own = Markup('<span lang="en">{}</span>').format(said)
        return Markup("{}").format(shape) if shape else Markup("{}：{}").format(EDGE["body-invalid"], own)
    plain = next((match.expand(words) for shape, words in PLAINLY if (match := shape.fullmatch(said))), "")
    return Markup("{}").format(plain or said.removeprefix(EXPECTED))
