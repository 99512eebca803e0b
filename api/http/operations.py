"""What a route says about itself: who may use it, what it reads, what it answers.

Operation     carried by every route; the access check, the query parser, the docs page and OpenAPI all read it
route         a handler and its Operation -> a Litestar route
query_of      the request's query parameters as the Operation's Struct; unknown ones are refused by name
blame         the parameter that a Struct would not take, and why
header        one request header
READERS, RECORDERS, FINANCE, APPROVERS, ADMINS, OVERSEERS    the roles
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Literal, TypeVar
from urllib.parse import parse_qsl

import msgspec
from litestar import Request, Response
from litestar.handlers import HTTPRouteHandler
from litestar.types import Scope
from msgspec import Struct

from api.http.problems import Fault, Problem, fault_of
from ledger.decider import Id

Roles = frozenset[str]
READERS: Roles = frozenset({"deal_desk", "approver", "finance", "auditor", "admin"})
RECORDERS: Roles = frozenset({"deal_desk", "admin"})
FINANCE: Roles = frozenset({"finance", "admin"})
APPROVERS: Roles = frozenset({"approver", "admin"})
ADMINS: Roles = frozenset({"admin"})
OVERSEERS: Roles = frozenset({"auditor", "admin"})

JSON, CSV, NDJSON, HTML = "application/json", "text/csv", "application/x-ndjson", "text/html"

Handler = Callable[[Request[Any, Any, Any]], Awaitable[Response[Any]]]
Q = TypeVar("Q", bound=Struct)


class NoQuery(Struct, frozen=True, kw_only=True):
    """A route without query parameters."""


class Operation(Struct, frozen=True, kw_only=True):
    """A route, described.

    roles      who may use it; None: anybody, without a key
    query      a Struct: its fields are the query parameters
    bodies     media type -> the type of the body
    answers    status -> what it means and media type -> type (None: not described further)
    problems   codes of problems beyond those that any route of its kind may answer
    """

    name: str
    summary: str
    group: str
    roles: Roles | None
    query: type[Struct] = NoQuery
    bodies: Mapping[str, Any] = {}
    answers: Mapping[int, tuple[str, Mapping[str, Any]]] = {}
    problems: Sequence[str] = ()
    hidden: bool = False


def route(
    method: Literal["GET", "POST"], path: str, operation: Operation, handler: Handler, **options: Any
) -> HTTPRouteHandler:
    """A Litestar route; what answers GET answers HEAD as well."""
    verbs: list[Literal["GET", "HEAD", "POST"]] = ["GET", "HEAD"] if method == "GET" else [method]
    register = HTTPRouteHandler(path, http_method=verbs, opt={"operation": operation}, name=operation.name, **options)
    return register(handler)


def operation_of(scope: Scope) -> Operation | None:
    """The Operation of the route that a request was led to; None for Litestar's own (OPTIONS)."""
    found = scope["route_handler"].opt.get("operation")
    assert found is None or isinstance(found, Operation)
    return found


def header(scope: Scope, name: bytes) -> str | None:
    """A request header by its lower-case name; where it came twice, both, joined by a comma as RFC 9110 §5.2 has it."""
    values = [value for key, value in scope["headers"] if key == name]
    return b", ".join(values).decode("latin-1") if values else None


def query_of(request: Request[Any, Any, Any], shape: type[Q]) -> Q:
    """The query parameters. Raises Problem for those unknown, given twice, or of a wrong value."""
    written = request.scope["query_string"]
    if not written:
        return shape()
    try:
        pairs = parse_qsl(written.decode("ascii"), keep_blank_values=True, strict_parsing=True, errors="strict")
    except ValueError:
        raise Problem("bad-request", "The query is not of the form name=value&name=value in UTF-8.") from None
    _check_names([name for name, _ in pairs], shape)
    _check_text(pairs)
    try:
        return msgspec.convert(dict(pairs), shape, strict=False)
    except msgspec.ValidationError as error:
        raise parameter_invalid(*blame(error, shape)) from error


def parameter_invalid(name: str, detail: str) -> Problem:
    """A query parameter with a value it cannot take."""
    return Problem("parameter-invalid", f"{name}: {detail}.", errors=[Fault(detail, parameter=name)])


def _check_names(names: Sequence[str], shape: type[Struct]) -> None:
    known = shape.__struct_fields__
    if unknown := sorted(set(names) - set(known)):
        there_are = f"known here: {', '.join(known)}" if known else "none is known here"
        errors = [Fault("unknown", parameter=name) for name in unknown]
        raise Problem(
            "parameter-unknown", f"No such query parameter: {', '.join(unknown)}; {there_are}.", errors=errors
        )
    if twice := sorted({name for name in names if names.count(name) > 1}):
        errors = [Fault("given more than once", parameter=name) for name in twice]
        raise Problem("parameter-invalid", f"Give each query parameter once: {', '.join(twice)}.", errors=errors)


CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def _check_text(pairs: Sequence[tuple[str, str]]) -> None:
    for name, value in pairs:
        if CONTROL.search(value):
            raise parameter_invalid(name, "holds a control character")


def blame(error: msgspec.ValidationError, shape: type[Struct]) -> tuple[str, str]:
    """The name of the parameter that the shape would not take, and what is wrong with it."""
    fault = fault_of(error)
    name, detail = (fault.pointer or "/").split("/")[1], fault.detail
    if detail.startswith("Invalid enum value"):
        detail += f"; there are {', '.join(_choices(shape, name))}"
    return name, detail


def _choices(shape: type[Struct], name: str) -> list[str]:
    """The words that a parameter may be."""
    written: Any = msgspec.json.schema_components([shape])[1][shape.__name__]["properties"][name]
    return [str(word) for one in written.get("anyOf", [written]) for word in one.get("enum", ())]


def not_allowed(role: str, roles: Roles) -> Problem:
    """The role may not do this; these may."""
    return Problem("not-allowed", f"The role {role} may not do this; {_listed(sorted(roles))} may.")


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def identifier(name: str, value: str, shape: Any = Id) -> str:
    """A part of the address that names something. Raises Problem where it cannot be such a name."""
    try:
        return str(msgspec.convert(value, shape))
    except msgspec.ValidationError:
        what = name.replace("_", " ")
        raise Problem("not-found", f"{value!r} in the address cannot be the name of a {what}.") from None
