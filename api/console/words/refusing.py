"""Refusals, problems and what is wrong with a field, as pages tell them.

InWords   a problem that is told in the visitor's language already
why       what is wrong, in a language: the meaning of its code; code and own sentence stand beside it, as over HTTP
"""

import re
from collections.abc import Callable

from markupsafe import Markup

from api.console.record.labels import hint
from api.console.record.shapes import MISSING
from api.console.words.refusals import EDGE, REFUSED, SHAPES
from api.console.words.saying import Language, say
from api.http.problems import Document, Problem
from ledger.recording.outcome import Refused

EXPECTED = "Expected: "
"""How a decoder's words begin that say a shape."""


class InWords(Problem):
    """A problem that is told in the visitor's language already."""


Wrong = Problem | Refused | Document | str
"""A problem or a refusal; a text is what the decoder says of a field."""


Leading = Callable[[str, str], str | None]
"""A kind of thing, or nothing, and a name that a sentence says -> the address that it leads to."""
NAMED = re.compile(r"(?:(?<!no )\b(lease|unit|company|order) )?\b([a-z0-9]+(?:-[a-z0-9]+)+)")
"""A name that a sentence says, of a command or of a thing that is there."""


def why(language: Language, wrong: Wrong, leading: Leading = lambda _kind, _name: None) -> Markup:
    """Tell what is wrong, in a language; what its sentence names leads on."""
    if isinstance(wrong, str):
        return _of_field(language, wrong)
    if isinstance(wrong, InWords):
        return Markup("<span>{}</span>").format(wrong.detail)
    own = Markup('<span lang="en">{}</span>').format(_led(wrong.detail, leading))
    code = Markup('<code class="code">{}</code>').format(wrong.code)
    meant = REFUSED.get(wrong.code) or EDGE.get(wrong.code)
    if language == "en":
        return Markup("{} {}").format(own, code)
    return Markup('{}。<span class="quiet">{} {}</span>').format(meant or f"⟦{wrong.code}⟧", code, own)


def _led(said: str, leading: Leading) -> Markup:
    """The sentence, with links where it names a command or a thing."""
    made, at = Markup(""), 0
    for found in NAMED.finditer(said):
        to = leading(found[1] or "", found[2])
        if to is not None:
            made += said[at : found.start(2)] + Markup('<a href="{}">{}</a>').format(to, found[2])
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
    return Markup("{}").format(said.removeprefix(EXPECTED))
