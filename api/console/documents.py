"""Documents at the desk: kept from the browser, opened from the fact that names them.

routes     /desk/documents, /desk/documents/SHA256
cited      the documents that a fact names, with what is known of each here
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from litestar.handlers import HTTPRouteHandler

from api.console.pages import HOME, Made, Page, Sent, Visit, page, upload
from api.console.parts import Desk
from api.documents.citing import Citation, of_fact
from api.documents.kinds import KINDS, TEXTS
from api.documents.serving import KEEPERS, WRITE_S, attached, keep, sent
from api.documents.shelf import Kept, Shelf
from api.http.deadlines import in_time, within
from api.http.operations import not_allowed
from api.http.problems import Problem

DOCUMENTS = f"{HOME}/documents"


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Those of documents."""
    return [
        page(desk, DOCUMENTS, "documents", _ask),
        upload(desk, DOCUMENTS, "take-document", _take, desk.settings.document_bytes_max),
        page(desk, f"{DOCUMENTS}/{{sha256:str}}", "document", _open),
    ]


def cited(desk: Desk, position: int, envelope: bytes) -> Sequence[tuple[Citation, bool]]:
    """The documents that a fact names, and whether each is kept here."""
    shelf = _shelf(desk)
    return [(one, one.sha256 in shelf) for one in of_fact(position, envelope)]


def _shelf(desk: Desk) -> Shelf:
    return Shelf(Path(desk.settings.documents))


def _page(visit: Visit, *, kept: Kept | None = None, name: str = "", wrong: Problem | None = None) -> Page:
    visitor, settings = visit.visitor, visit.desk.settings
    values: Mapping[str, Any] = {
        "kept": kept,
        "name": name,
        "wrong": wrong,
        "may": visitor is not None and visitor.role in KEEPERS,
        "kinds": ", ".join(visit.say(kind.name) if kind in TEXTS else kind.name for kind in KINDS),
        "most": settings.document_bytes_max,
    }
    crumbs = [(visit.say("City"), HOME)]
    title = visit.say("Evidence files")
    return Page(template="documents.html", title=title, section="documents", values=values, crumbs=crumbs)


async def _ask(visit: Visit) -> Made:
    return _page(visit)


async def _take(visit: Visit, sent_file: Sent) -> Made:
    """Keep what was chosen, and say what a command calls it."""
    visitor = visit.visitor
    if visitor is None or visitor.role not in KEEPERS:
        raise not_allowed(visitor.role if visitor else "of nobody", KEEPERS)
    try:
        kept = await within(WRITE_S, keep, _shelf(visit.desk), sent_file.data, visit.desk.settings.document_bytes_max)
    except Problem as problem:
        made = _page(visit, wrong=problem)
        made.status = problem.status
        return made
    return _page(visit, kept=kept, name=sent_file.name)


async def _open(visit: Visit) -> Made:
    sha256 = visit.request.scope["path_params"]["sha256"]
    return sent(visit.request, sha256, await in_time(attached, _shelf(visit.desk), sha256))
