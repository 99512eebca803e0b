"""A key from the desk: who gets it, in which role, until when. Its secret is shown once, and kept nowhere.

routes   /desk/record/create-key
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from litestar.handlers import HTTPRouteHandler

from api.console.books.billing import check_may
from api.console.pages import HOME, TYPED_HEADERS, Made, Page, Visit, address, form, page, whose
from api.console.parts import Desk
from api.console.record.labels import choice, hint, label, title
from api.console.record.shapes import BESIDE, Mistyped, fields_of, taken
from api.console.sessions import key_in, new_key
from api.console.words.refusing import InWords, Wrong, why
from api.http.operations import ADMINS
from api.http.problems import Problem, of_not_done
from api.routes.access import NewKey, Shown, created
from ledger.recording.outcome import NotDone

CREATE = f"{HOME}/record/create-key"
NO_SECRET = {"Cache-Control": "private, no-store"}


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """The one of keys."""
    return [page(desk, CREATE, "create-key-form", _begin), form(desk, CREATE, "create-key", _create, again=_again)]


async def _begin(visit: Visit) -> Made:
    check_may(visit, ADMINS)
    known = {name: value for name, value in visit.asked.items() if name in NewKey.__struct_fields__}
    return _page(visit, {"effective_on": str(visit.desk.settings.today()), **known})


async def _again(visit: Visit, fields: Mapping[str, str], said: str | None) -> Page:
    """The form with what was typed."""
    check_may(visit, ADMINS)
    return _page(visit, fields, wrong={BESIDE: InWords("not-allowed", said)} if said else {})


async def _create(visit: Visit, fields: Mapping[str, str]) -> Made:
    check_may(visit, ADMINS)
    key = key_in(fields.get("_key", "")) or new_key()
    typed = {name: text for name, text in fields.items() if not name.startswith("_")}
    try:
        shown = await created(visit.desk.recorder, taken(NewKey, typed), visit.by, key)
    except Mistyped as mistyped:
        return _page(visit, typed, wrong=mistyped.wrong, key=key)
    except NotDone as error:
        return _page(visit, typed, wrong={BESIDE: of_not_done(error)}, key=key)
    except Problem as problem:
        return _page(visit, typed, wrong={BESIDE: problem}, status=problem.status)
    await visit.desk.ring.renew()
    return _page(visit, {}, shown=shown)


def _page(
    visit: Visit,
    typed: Mapping[str, str],
    *,
    wrong: Mapping[str, Wrong] | None = None,
    key: str = "",
    status: int = 400,
    shown: Shown | None = None,
) -> Page:
    language, wrong = visit.language, wrong or {}
    words: dict[str, Any] = {"label": partial(label, language), "choice": partial(choice, language), "t": visit.say}
    words |= {
        "hint": partial(hint, language),
        "why": partial(why, language, hands=partial(whose, visit)),
        "known": {},
        "keeps": "",
        "focus": None,
    }
    return Page(
        template="record/key.html",
        title=title(language, "create-key"),
        section="record",
        crumbs=[(visit.say("City"), HOME), (visit.say("Record"), address(f"{HOME}/record", {}))],
        status=status if wrong else 200,
        headers=TYPED_HEADERS if shown is None else NO_SECRET,
        values={
            "fields": fields_of(NewKey, typed),
            "wrong": wrong,
            "key": key or new_key(),
            "shown": shown,
            "words": words,
        },
    )
