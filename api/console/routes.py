"""The desk as routes.

desk_routes   every page, and the style sheet
"""

import re
from collections.abc import Sequence

from litestar import Response
from litestar.handlers import HTTPRouteHandler

from api.console import audit, city, documents, entrance, papers
from api.console.agenda import diary, inbox
from api.console.books import billing, closing, fapiao
from api.console.books.bank import files as bank_files
from api.console.books.bank import lines as bank_lines
from api.console.pages import HOME, STYLE, STYLE_ADDRESS, Made, Visit, packed, page
from api.console.parts import Desk
from api.console.record import keys
from api.console.record import pages as record
from api.console.record.intake import taking
from api.console.reports import comparing, views
from api.console.reports import pages as reports
from api.console.things import company, deals, parcel, units
from api.http.operations import Operation, route
from api.http.problems import Problem
from api.http.requests import AnyRequest, header


def desk_routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Every route of the desk. An address of the desk that is none is told so on a page, not to programs."""
    known = [
        *entrance.routes(desk),
        *city.routes(desk),
        *reports.routes(desk),
        *comparing.routes(desk),
        *views.routes(desk),
        *company.routes(desk),
        *deals.routes(desk),
        *units.routes(desk),
        *parcel.routes(desk),
        *audit.routes(desk),
        *documents.routes(desk),
        *papers.routes(desk),
        *keys.routes(desk),
        *record.routes(desk),
        *taking.routes(desk),
        *billing.routes(desk),
        *fapiao.routes(desk),
        *closing.routes(desk),
        *bank_files.routes(desk),
        *bank_lines.routes(desk),
        *inbox.routes(desk),
        *diary.routes(desk),
    ]
    nowhere = sorted(_nowhere(known))
    return [
        *known,
        *(page(desk, path, f"nothing-{number}", _nothing) for number, path in enumerate(nowhere)),
        _style(),
    ]


def _nowhere(known: Sequence[HTTPRouteHandler]) -> set[str]:
    """The addresses above and below those of pages, and those that only forms are sent to: no page is there."""
    shown = {path for one in known for path in one.paths if "GET" in one.http_methods}
    parts = [path.strip("/").split("/") for one in known for path in one.paths]
    above = {"/" + "/".join(some[:count]) for some in parts for count in range(2, len(some) + 1)}
    shapes = {_shape(path) for path in shown}
    named = {_shape(path).removesuffix("/{}") for path in above if path.endswith("}")}
    below = {_shape(path): f"{path}/{{rest:path}}" for path in sorted({*above, HOME}) if _shape(path) not in named}
    return {path for path in above if _shape(path) not in shapes} | set(below.values())


def _shape(path: str) -> str:
    """An address whatever its parts are called."""
    return re.sub(r"\{[^}]*\}", "{}", path)


async def _nothing(visit: Visit) -> Made:
    raise Problem("not-found", visit.request.scope["path"])


def _style() -> HTTPRouteHandler:
    async def handler(request: AnyRequest) -> Response[bytes]:
        headers = {"Cache-Control": "public, max-age=31536000, immutable", "ETag": f'"{STYLE_ADDRESS}"'}
        if header(request.scope, b"if-none-match") == headers["ETag"]:
            return Response(b"", status_code=304, headers=headers)
        body, more = packed(request, STYLE)
        return Response(body, media_type="text/css", headers={**more, **headers})

    operation = Operation(name="desk-style", summary="style", group="desk", roles=None, hidden=True)
    return route("GET", STYLE_ADDRESS, operation, handler)
