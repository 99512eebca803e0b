"""What a route says about itself: who may use it, what it reads, what it answers.

Operation     carried by every route; the access check, the query parser, the docs page and OpenAPI all read it
route         a handler and its Operation -> a Litestar route
allowing      what answers OPTIONS: every method of each address
operation_of  the Operation of the route that a request was led to
may           whether somebody may: in their role, or in another's stead where something is approved
not_allowed   the role may not do this
READERS, RECORDERS, FINANCE, APPROVERS, ADMINS, OVERSEERS, WORKERS   who may do what: sets of roles of ledger/access.py
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct

from api.http.parameters import NoQuery
from api.http.problems import Problem
from api.http.requests import AnyRequest
from ledger.access import ROLES, Role
from ledger.decider import By

if TYPE_CHECKING:
    from litestar import Response
    from litestar.handlers import HTTPRouteHandler
    from litestar.types import Scope

Roles = frozenset[Role]
READERS: Roles = frozenset(ROLES)
RECORDERS: Roles = frozenset({"deal_desk", "admin"})
FINANCE: Roles = frozenset({"finance", "admin"})
APPROVERS: Roles = frozenset({"approver", "admin"})
ADMINS: Roles = frozenset({"admin"})
OVERSEERS: Roles = frozenset({"auditor", "admin"})
WORKERS: Roles = READERS - {"auditor"}

JSON, CSV, NDJSON, HTML = "application/json", "text/csv", "application/x-ndjson", "text/html"

Handler = Callable[[AnyRequest], Awaitable["Response[Any]"]]


class Operation(Struct, frozen=True, kw_only=True):
    """A route, described.

    roles      who may use it; None: anybody, without a key
    named      the parts of the path that name something, and the type of each
    query      a Struct: its fields are the query parameters
    unasked    those of them that are refused here, in words of their own: the document leaves them out
    bodies     media type -> the type of the body, or one of several
    answers    status -> what it means and media type -> type, or one of several (None: not described further)
    problems   codes of problems beyond those that any route of its kind may answer
    noted      who asked is kept in the access log; not where nothing of what is recorded is told, and a program asks
               all the time
    approves   it is open to who asks in another's stead, too: the ledger's rules say by which delegation
    follows    it goes on for good: a client that comes again says what came last
    """

    name: str
    summary: str
    group: str
    roles: Roles | None
    named: Mapping[str, Any] = {}
    query: type[Struct] = NoQuery
    unasked: Sequence[str] = ()
    bodies: Mapping[str, Any] = {}
    answers: Mapping[int, tuple[str, Mapping[str, Any]]] = {}
    problems: Sequence[str] = ()
    hidden: bool = False
    noted: bool = True
    approves: bool = False
    follows: bool = False


def route(
    method: Literal["GET", "POST"], path: str, operation: Operation, handler: Handler, **options: Any
) -> "HTTPRouteHandler":
    """A Litestar route; what answers GET answers HEAD as well."""
    from litestar import Request
    from litestar.handlers import HTTPRouteHandler

    kinds = getattr(handler, "__annotations__", {})
    if "request" in kinds:
        kinds["request"] = Request[Any, Any, Any]  # AnyRequest, which is nothing yet where Litestar is not loaded
    verbs: list[Literal["GET", "HEAD", "POST"]] = ["GET", "HEAD"] if method == "GET" else [method]
    register = HTTPRouteHandler(path, http_method=verbs, opt={"operation": operation}, name=operation.name, **options)
    return register(handler)


def allowing(routes: "Iterable[HTTPRouteHandler]") -> "list[HTTPRouteHandler]":
    """The routes of OPTIONS, to be registered before all others: Litestar's own name the methods of an address's first
    route alone."""
    from litestar import Response
    from litestar.handlers import HTTPRouteHandler

    methods: dict[str, set[str]] = {}
    for one in routes:
        for path in one.paths:
            methods.setdefault(path, {"OPTIONS"}).update(one.http_methods)

    def answering(allowed: str) -> HTTPRouteHandler:
        async def handler() -> Response[None]:
            return Response(None, status_code=204, headers={"Allow": allowed})

        register = HTTPRouteHandler(paths[allowed], http_method=["OPTIONS"], name=f"options {allowed}")
        return register(handler)

    paths: dict[str, list[str]] = {}
    for path, some in methods.items():
        paths.setdefault(", ".join(sorted(some)), []).append(path)
    return [answering(allowed) for allowed in paths]


def operation_of(scope: "Scope") -> Operation | None:
    """The Operation of the route that a request was led to; None for Litestar's own (OPTIONS)."""
    found = scope["route_handler"].opt.get("operation")
    assert found is None or isinstance(found, Operation)
    return found


def may(by: By, roles: Roles, *, approves: bool = False) -> bool:
    """Tell whether somebody may: in their role; or, where it `approves`, by a delegation, which is looked at when it is
    decided. An auditor records nothing, in nobody's stead either."""
    return by.role in roles or (approves and by.delegation is not None and by.role in WORKERS)


def not_allowed(role: str, roles: Roles) -> Problem:
    """The problem of a role that may not do this; it names those that may."""
    return Problem("not-allowed", f"The role {role} may not do this; {_listed(sorted(roles))} may.")


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
