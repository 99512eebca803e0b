"""Come in, go out, choose a language.

link_address   a link that signs somebody in
routes   /desk/sign-in, /desk/enter?link=…, /desk/sign-out, /desk/language?back=…; with an OpenID provider also
         /desk/sign-in/provider, which leads there, and /desk/sign-in/back, where it sends people back

A link is used up by a button, not by opening its address: what looks at addresses before people do would use it up.
"""

import hmac
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
from api.console.parts import Desk, NotSignedIn
from api.console.sessions import Attempt
from api.console.words.saying import LANGUAGES
from ledger.log.outage import log

ENTER = f"{HOME}/enter"
SIGNING = "mcsc_signing"
AGAIN = "The provider did not sign you in here: begin again, or sign in with a key."
WHY_NOT = {
    "provider-silent": "The provider does not answer now: try again shortly, or sign in with a key.",
    "token-role": "The provider knows you as {subject}, but its `{groups}` holds nothing that gives you a role here."
    " Ask an administrator for a group that does (`oidc_roles`).",
    "token-name": "The provider knows you as {subject}, but its `{name}` is no name of this ledger."
    " Ask an administrator for one: 1 to 63 lower-case letters, digits and hyphens.",
    "subject-barred": "The provider knows you as {subject}, who may not come in any more. Ask an administrator.",
}
TOO_LATE = "This link does not work any more: it was used, or is too old."


def link_address(base: str, secret: str) -> str:
    """A link that signs somebody in, at a server."""
    return f"{base}{address(ENTER, {'link': secret})}"


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Those of the entrance."""
    return [
        *(_of_provider(desk) if desk.entry is not None else []),
        page(desk, ENTRANCE, "sign-in", _ask, everybody=True),
        form(desk, ENTRANCE, "take-key", _take_key, everybody=True),
        page(desk, ENTER, "enter", _welcome, everybody=True),
        form(desk, ENTER, "use-link", _use_link, everybody=True),
        form(desk, f"{HOME}/sign-out", "sign-out", _leave, everybody=True),
        form(desk, f"{HOME}/language", "language", _choose, everybody=True, secret=False),
    ]


def _of_provider(desk: Desk) -> list[HTTPRouteHandler]:
    return [
        page(desk, f"{ENTRANCE}/provider", "sign-in-provider", _to_provider, everybody=True),
        page(desk, f"{ENTRANCE}/back", "sign-in-back", _from_provider, everybody=True),
    ]


async def _to_provider(visit: Visit) -> Made:
    """Go to the provider, and keep what proves that whoever comes back began here."""
    assert visit.desk.entry is not None, "the route is there with it"
    if visit.request.method == "HEAD":  # a look ahead, which neither begins nor ends anything
        return sign_in(visit)
    try:
        begun = await visit.desk.entry.begin()
    except NotSignedIn as error:
        return _not_signed_in(visit, error)
    attempt = Attempt(begun.nonce, begun.verifier, inside(visit.asked.get("to", HOME)))
    visit.desk.sessions.keep(attempt, begun.state)
    return Elsewhere(to=begun.to, cookies={SIGNING: begun.state})


async def _from_provider(visit: Visit) -> Made:
    """Take somebody back: in the browser that began, once, with a code."""
    entry, sessions, asked = visit.desk.entry, visit.desk.sessions, visit.asked
    assert entry is not None, "the route is there with it"
    if visit.request.method == "HEAD":
        return sign_in(visit)
    state, began = asked.get("state", ""), visit.request.cookies.get(SIGNING, "")
    same = hmac.compare_digest(state.encode(), began.encode())
    attempt = sessions.kept(state) if state and same else None
    ours = asked.get("iss", visit.desk.settings.oidc_issuer) == visit.desk.settings.oidc_issuer
    if attempt is None or not ours or "code" not in asked:
        return _not_signed_in(visit, NotSignedIn("code-missing"))
    await visit.desk.ring.freshen()
    try:
        visitor = await entry.finish(asked["code"], attempt.nonce, attempt.verifier, visit.desk.ring.barred)
    except NotSignedIn as error:
        return _not_signed_in(visit, error)
    if visit.session is not None:
        sessions.end(visit.session)
    return Elsewhere(to=attempt.back, cookies={SESSION: sessions.begin(visitor), SIGNING: ""})


def _not_signed_in(visit: Visit, error: NotSignedIn) -> Page:
    """The sign-in page, which says why, and whom to ask for what."""
    said = WHY_NOT.get(error.code, AGAIN)
    log.info("not signed in with the OpenID provider", code=error.code, subject=error.subject)
    settings = visit.desk.settings
    words = visit.say(said, subject=error.subject, groups=settings.oidc_groups, name=settings.oidc_name)
    return sign_in(visit, wrong=words, status=503 if error.code == "provider-silent" else 403, cookies={SIGNING: ""})


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
