"""Come in, go out, choose a language.

link_address   a link that signs somebody in
routes   /desk/sign-in, /desk/enter?link=…, /desk/sign-out, /desk/language

A link is used up by a button, not by opening its address: what looks at addresses before people do would use it up.
"""

from collections.abc import Mapping

from litestar.handlers import HTTPRouteHandler

from api.console.pages import (
    ENTRANCE,
    HOME,
    LANGUAGE,
    SESSION,
    Elsewhere,
    Made,
    Page,
    Visit,
    address,
    form,
    inside,
    page,
)
from api.console.parts import Desk
from api.console.sessions import SESSION_S, Visitor
from api.console.words.saying import LANGUAGES

ENTER = f"{HOME}/enter"
TOO_LATE = "This link does not work any more: it was used, or is too old."
NO_KEY = "This key opens nothing: it is unknown, revoked or expired."


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
        form(desk, f"{HOME}/language", "language", _choose, everybody=True),
    ]


def _entrance(visit: Visit, *, wrong: str | None = None, back: str = HOME, status: int = 200) -> Page:
    hours = SESSION_S // 3600
    values = {"wrong": wrong, "back": back, "hours": hours, "invited": None, "link": ""}
    return Page(template="entrance.html", title=visit.say("Sign in"), section="", values=values, status=status)


async def _ask(visit: Visit) -> Made:
    return _entrance(visit, back=inside(visit.asked.get("to", HOME)))


async def _take_key(visit: Visit, fields: Mapping[str, str]) -> Made:
    back = inside(fields.get("to", HOME))
    await visit.desk.ring.freshen()
    held = visit.desk.ring.holder(fields.get("key", "").strip())
    if held is None:
        return _entrance(visit, wrong=visit.say(NO_KEY), back=back, status=403)
    key_id, key = held
    session = visit.desk.sessions.begin(Visitor(key.actor, key.role, f"key:{key_id}"))
    return Elsewhere(to=back, cookies={SESSION: session})


async def _welcome(visit: Visit) -> Made:
    link = visit.asked.get("link", "")
    invited = visit.desk.sessions.invited(link)
    await visit.desk.ring.freshen()
    if invited is None or not visit.desk.stands(invited):
        return _entrance(visit, wrong=visit.say(TOO_LATE), status=403)
    values = {"wrong": None, "back": HOME, "hours": 0, "invited": invited, "link": link}
    return Page(template="entrance.html", title=visit.say("Sign in"), section="", values=values)


async def _use_link(visit: Visit, fields: Mapping[str, str]) -> Made:
    session = visit.desk.sessions.enter(fields.get("link", ""))
    if session is None:
        return _entrance(visit, wrong=visit.say(TOO_LATE), status=403)
    if visit.session is not None:
        visit.desk.sessions.end(visit.session)
    return Elsewhere(to=HOME, cookies={SESSION: session})


async def _leave(visit: Visit, _fields: Mapping[str, str]) -> Made:
    if visit.session is not None:
        visit.desk.sessions.end(visit.session)
    return Elsewhere(to=ENTRANCE, cookies={SESSION: ""})


async def _choose(visit: Visit, fields: Mapping[str, str]) -> Made:
    chosen = fields.get("to", "")
    return Elsewhere(to=inside(fields.get("back", HOME)), cookies={LANGUAGE: chosen if chosen in LANGUAGES else "en"})
