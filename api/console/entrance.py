"""Come in, go out, choose a language.

link_address   a link that signs somebody in
routes   /desk/sign-in, /desk/enter?link=…, /desk/sign-out, /desk/language?back=…

A link is used up by a button, not by opening its address: what looks at addresses before people do would use it up.
"""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from litestar.handlers import HTTPRouteHandler

from api.console.pages import (
    ENTRANCE,
    HOME,
    LANGUAGE,
    LANGUAGE_FIELD,
    LEFT,
    NO_KEY,
    SESSION,
    Elsewhere,
    Made,
    Page,
    Visit,
    address,
    form,
    inside,
    page,
    sign_in,
)
from api.console.parts import Desk
from api.console.words.saying import LANGUAGES

ENTER = f"{HOME}/enter"
TOO_LATE = "This link does not work any more: it was used, or is too old."


def link_address(base: str, secret: str) -> str:
    """A link that signs somebody in, at a server."""
    return f"{base}{address(ENTER, {'link': secret})}"


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Those of the entrance."""
    return [
        page(desk, ENTRANCE, "sign-in", _ask, everybody=True),
        form(desk, ENTRANCE, "take-key", _take_key, everybody=True),
        page(desk, ENTER, "enter", _welcome, everybody=True),
        form(desk, ENTER, "use-link", _use_link, everybody=True),
        form(desk, f"{HOME}/sign-out", "sign-out", _leave, everybody=True),
        form(desk, f"{HOME}/language", "language", _choose, everybody=True, secret=False),
    ]


async def _ask(visit: Visit) -> Made:
    return sign_in(visit, back=inside(visit.asked.get("to", HOME)))


async def _take_key(visit: Visit, fields: Mapping[str, str]) -> Made:
    back = inside(fields.get("to", HOME))
    session = await visit.desk.enter_with(fields.get("key", ""))
    if session is None:
        return sign_in(visit, wrong=visit.say(NO_KEY), back=back, status=403)
    return Elsewhere(to=back, cookies={SESSION: session})


async def _welcome(visit: Visit) -> Made:
    link = visit.asked.get("link", "")
    invited = visit.desk.sessions.invited(link)
    await visit.desk.ring.freshen()
    if invited is None or not visit.desk.stands(invited):
        return sign_in(visit, wrong=visit.say(TOO_LATE), status=403)
    values = {"wrong": None, "back": HOME, "hours": 0, "invited": invited, "link": link, "kept": None}
    return Page(template="entrance.html", title=visit.say("Sign in"), section="", values=values)


async def _use_link(visit: Visit, fields: Mapping[str, str]) -> Made:
    session = visit.desk.sessions.enter(fields.get("link", ""))
    if session is None:
        return sign_in(visit, wrong=visit.say(TOO_LATE), status=403)
    if visit.session is not None:
        visit.desk.sessions.end(visit.session)
    return Elsewhere(to=HOME, cookies={SESSION: session})


async def _leave(visit: Visit, _fields: Mapping[str, str]) -> Made:
    if visit.session is not None:
        visit.desk.sessions.end(visit.session)
    return Elsewhere(to=ENTRANCE, cookies={SESSION: ""}, headers={"Clear-Site-Data": '"cache"'})


async def _choose(visit: Visit, fields: Mapping[str, str]) -> Made:
    """Go back to the page in another language, asked for all that was typed there."""
    chosen, back = fields.get(LANGUAGE_FIELD, ""), inside(visit.asked.get("back", HOME))
    path, _, query = back.partition("?")
    asked = {**dict(parse_qsl(query)), **{name: text for name, text in fields.items() if name not in LEFT}}
    to = address(path, {name: text for name, text in asked.items() if text.strip()})
    return Elsewhere(to=to, cookies={LANGUAGE: chosen if chosen in LANGUAGES else "en"})
