"""Refusals, problems and what is wrong with a field, as pages tell them.

InWords   a problem that is told in the visitor's language already
why       what is wrong, in a language: the meaning of its code; code and own sentence stand beside it, as over HTTP
"""

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


def why(language: Language, wrong: Wrong) -> Markup:
    """Tell what is wrong, in a language."""
    if isinstance(wrong, str):
        return _of_field(language, wrong)
    if isinstance(wrong, InWords):
        return Markup("<span>{}</span>").format(wrong.detail)
    own = Markup('<span lang="en">{}</span>').format(wrong.detail)
    code = Markup('<code class="code">{}</code>').format(wrong.code)
    meant = REFUSED.get(wrong.code) or EDGE.get(wrong.code)
    if language == "en":
        return Markup("{} {}").format(own, code)
    return Markup('{}。<span class="quiet">{} {}</span>').format(meant or f"⟦{wrong.code}⟧", code, own)


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
