"""The desk as routes.

desk_routes   every page, and the style sheet
"""

from litestar import Response
from litestar.handlers import HTTPRouteHandler

from api.console import audit, city, documents, entrance, papers
from api.console.agenda import diary, inbox
from api.console.books import billing, closing
from api.console.pages import HOME, STYLE, STYLE_ADDRESS, Made, Visit, packed, page
from api.console.parts import Desk
from api.console.record import keys
from api.console.record import pages as record
from api.console.reports import comparing, views
from api.console.reports import pages as reports
from api.console.things import company, deals, units
from api.http.operations import Operation, route
from api.http.problems import Problem
from api.http.requests import AnyRequest, header


def desk_routes(desk: Desk) -> list[HTTPRouteHandler]:
    """Every route of the desk."""
    return [
        *entrance.routes(desk),
        *city.routes(desk),
        *reports.routes(desk),
        *comparing.routes(desk),
        *views.routes(desk),
        *company.routes(desk),
        *deals.routes(desk),
        *units.routes(desk),
        *audit.routes(desk),
        *documents.routes(desk),
        *papers.routes(desk),
        *keys.routes(desk),
        *record.routes(desk),
        *billing.routes(desk),
        *closing.routes(desk),
        *inbox.routes(desk),
        *diary.routes(desk),
        page(desk, f"{HOME}/{{rest:path}}", "nothing", _nothing),
        _style(),
    ]


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
