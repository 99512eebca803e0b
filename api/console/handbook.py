"""The documentation of every route, in pages: made from the OpenAPI document, which is made from the routes.

handbook_routes   /docs (contents, search, problems), /docs/GROUP, /docs/shapes/SHAPE
Handbook          the document, as those pages ask it
example           a request of an operation: its line for curl, its path and its body

Open to everybody, in English as the document is; no script. Examples name what is in the demonstration.
"""

import asyncio
import inspect
import json
import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct

from api.console.pages import ENVIRONMENT, STYLE_ADDRESS, packed
from api.http.openapi import refusals
from api.http.operations import HTML, Operation, route
from api.http.parameters import NoQuery, query_of
from api.http.problems import KINDS, REFUSAL_STATUS, Problem
from api.http.requests import AnyRequest
from api.routes.health.everybody import DOCS, Search
from api.settings import Settings

NAMES: Mapping[str, str] = {
    "company": "cety",
    "bank_account": "cny-main-demo",
    "building": "b01-demo",
    "parcel": "p01-demo",
    "site": "mcsc",
    "unit": "b01-101-demo",
    "lease": "lease-66-1-demo",
    "invoice": "lease-66-1-demo-rent-202312",
    "credit_note": "credit-lift-demo",
    "receipt": "r-230906-01-demo",
    "measurement": "ecl-2023-09-demo",
    "order": "order-01-demo",
    "agreement": "agreement-44-demo",
    "claim": "sichuan-california-agreement",
    "month": "2023-07",
    "purchase": "keeping-2026-02-demo",
    "payment": "pay-2026-03-01-demo",
    "vat_payment": "vat-2023-07-demo",
    "position": "1",
}
"""Names that the demonstration has on record."""
OTHERS: Mapping[str, Mapping[str, str]] = {
    "/journals/": {"manual_journal": "repairs-2026-04-demo"},
    "/offtakes/": {"agreement": "biomass-1-demo", "run": "2023-07-r0"},
    "/bank-payments/": {"payment": "salaries-2026-02-paid-demo"},
}
"""Of addresses with these words in them, the names of other things."""
ASKED = {
    "read-evidence": "position=1",
    "prove-consistency": "from=1",
    "prove-inclusion": "position=1",
}
"""What some questions must be asked with."""
MOST_FOUND = 60


class Shown(Struct, frozen=True):
    """A row that explains: a field, a parameter or an answer. `shapes`: those that it leads to."""

    name: str
    kind: str
    shapes: Sequence[str]
    needed: bool
    meaning: str


class Example(Struct, frozen=True):
    """A request. `body`: JSON, where it sends any."""

    method: str
    path: str
    body: Any
    line: str


class Handbook:
    """The OpenAPI document, by groups, operations and shapes. `base`: where the server is."""

    def __init__(self, document: Mapping[str, Any], base: str) -> None:
        self.schemas: Mapping[str, Any] = document["components"]["schemas"]
        self.base = base
        self.groups: dict[str, list[Mapping[str, Any]]] = {}
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                one = {**operation, "method": method.upper(), "path": path}
                self.groups.setdefault(operation["tags"][0], []).append(one)
        self.problems = list(_problems())

    def found(self, asked: str) -> list[tuple[str, str, str]]:
        """Address, name and meaning of whatever holds all of these words."""
        words = asked.lower().split()
        every = [
            *(
                (f"/docs/{group}#{one['operationId']}", f"{one['method']} {one['path']}", one["summary"])
                for group, operations in self.groups.items()
                for one in operations
            ),
            *((f"/docs/shapes/{name}", name, shape.get("description", "")) for name, shape in self.schemas.items()),
            *((f"/docs#{code}", code, meaning) for code, _, meaning in self.problems),
        ]
        return [one for one in every if words and all(word in " ".join(one).lower() for word in words)]

    def parameters(self, operation: Mapping[str, Any]) -> list[Shown]:
        """The parameters of an operation."""
        return [
            Shown(one["name"], f"{one['in']}, {kind(one['schema'])}", (), one["required"], one.get("description", ""))
            for one in operation["parameters"]
        ]

    def bodies(self, operation: Mapping[str, Any]) -> list[tuple[str, Sequence[str]]]:
        """The media types of the body that an operation takes, each with its shapes."""
        content = operation.get("requestBody", {}).get("content", {})
        return [(media_type, shapes_of(one["schema"])) for media_type, one in content.items()]

    def answers(self, operation: Mapping[str, Any]) -> list[Shown]:
        """The answers of an operation that are no problems."""
        return [
            Shown(status, ", ".join(answer.get("content", {})), shapes_of(answer), False, answer["description"])
            for status, answer in operation["responses"].items()
            if "$ref" not in answer
        ]

    def fields(self, name: str) -> list[Shown]:
        """The fields of a shape."""
        shape = self.schemas[name]
        needed = shape.get("required", ())
        return [
            Shown(field, kind(schema), shapes_of(schema), field in needed, schema.get("description", ""))
            for field, schema in shape.get("properties", {}).items()
        ]

    def example(self, operation: Mapping[str, Any]) -> Example:
        """A request that is well formed, about what the demonstration holds."""
        method, path = operation["method"], operation["path"]
        names = dict(NAMES)
        for words, others in OTHERS.items():
            names |= others if words in path else {}
        path = re.sub(r"\{(\w+)\}", lambda found: names.get(found[1], "example-1"), path)
        asked = [ASKED[operation["operationId"]]] if operation["operationId"] in ASKED else []
        content = operation.get("requestBody", {}).get("content", {})
        body = None if not content else self.sample(next(iter(content.values()))["schema"], "")
        if body is not None and any(one["name"] == "dry_run" for one in operation["parameters"]):
            asked.append("dry_run=true")
        path += f"?{'&'.join(asked)}" if asked else ""
        said = ["curl"] if operation.get("security") == [] else ["curl", "-H", '"Authorization: Bearer $KEY"']
        if body is not None:
            written = json.dumps(body, ensure_ascii=False)
            said += ["-H", "'Idempotency-Key: example-1'", "-H", f"'Content-Type: {next(iter(content))}'"]
            said += ["-d", shlex.quote(written)]
        return Example(method, path, body, " ".join([*said, shlex.quote(self.base + path)]))

    def sample(self, schema: Mapping[str, Any], name: str) -> Any:
        """A value of a schema: its required fields, the first of its choices."""
        if "$ref" in schema:
            return self.sample(self.schemas[_named(schema["$ref"])], name)
        if "enum" in schema:
            return schema["enum"][0]
        for several in ("anyOf", "oneOf"):
            if several in schema:
                return self.sample(schema[several][0], name)
        match schema.get("type"):
            case "object":
                fields = schema.get("properties", {})
                return {one: self.sample(fields[one], one) for one in schema.get("required", ())}
            case "array":
                return [self.sample(schema["items"], name)] * max(schema.get("minItems", 1), 1)
            case "integer" | "number":
                return schema.get("minimum", 1)
            case "boolean":
                return True
        return _text(schema, name)


TEXTS = (
    "Example (demo)",
    "2026-06-30",
    "2026-06",
    "2026-06-30T08:00:00Z",
    "example-1",
    "100.00",
    "0.05",
    "1",
    "CN",
    "CNY",
    "A" * 18,
    "a" * 64,
    "12345678",
    "company_register",
    " ".join(["0"] * 24),
    "fx/usd-cny",
    "break/lease-1-1-demo/2026-07-31",
    "lease.commenced",
    "https://id.example.org/#u-1-demo",
    f"ledger.example/demo+8b9ab8b5+AQ{'A' * 42}",
)
"""Writing of every form that a field may want; the first that fits is taken."""


def _text(schema: Mapping[str, Any], name: str) -> str:
    """Writing that a field takes: a name of the demonstration, an example of its description, or any of its form."""
    if schema.get("format") == "date":
        return "2026-06-30"
    if schema.get("format") == "date-time":
        return "2026-06-30T08:00:00Z"
    if name.endswith("_at"):
        return "2026-06-30T08:00:00"  # the clock on the wall, of the city
    quoted = re.findall(r"`([^`]+)`|such as (\S+?)[,.;]?(?:\s|$)", schema.get("description", ""))
    said = [one for pair in quoted for one in pair if one]
    pattern = re.compile(schema.get("pattern", "").replace("(?!\\n)", ""))
    fitting = (one for one in (NAMES.get(name, ""), *said, *TEXTS) if one and pattern.search(one))
    return next(fitting, "…")


def _named(reference: str) -> str:
    return reference.rpartition("/")[2]


def shapes_of(schema: Any) -> list[str]:
    """The shapes that a schema leads to, each once."""
    if isinstance(schema, dict):
        own = [_named(schema["$ref"])] if isinstance(schema.get("$ref"), str) else []
        below = (one for key, value in schema.items() if key != "discriminator" for one in shapes_of(value))
        return [*dict.fromkeys([*own, *below])]
    return [*dict.fromkeys(one for part in schema for one in shapes_of(part))] if isinstance(schema, list) else []


def kind(schema: Mapping[str, Any]) -> str:
    """A schema in a few words; the shapes that it leads to are named beside it."""
    if "$ref" in schema:
        return "a shape"
    if "enum" in schema:
        return " | ".join(str(one) for one in schema["enum"])
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return " or ".join(dict.fromkeys(kind(one) for one in schema[several]))
    if schema.get("type") == "array":
        return f"list of: {kind(schema.get('items', {}))}"
    return str(schema.get("format") or schema.get("type", "anything")).replace("null", "nothing")


def _problems() -> Iterator[tuple[str, int, str]]:
    for code, (status, meaning) in KINDS.items():
        yield code, status, meaning
    for code, refusal in refusals().items():
        yield code, REFUSAL_STATUS[refusal.kind], inspect.getdoc(refusal) or ""


def handbook_routes(settings: Settings, described: Callable[[], Mapping[str, Any]]) -> list[HTTPRouteHandler]:
    """The pages of the documentation. `described` makes the OpenAPI document: when a page is first asked for."""
    made = cache(lambda: Handbook(described(), f"http://{settings.host}:{settings.port}"))

    def answered(request: AnyRequest, book: Handbook, **values: Any) -> Response[bytes]:
        page = ENVIRONMENT.get_template("handbook.html").render(book=book, style=STYLE_ADDRESS, **values).encode()
        body, headers = packed(request, page)
        return Response(body, media_type=HTML, headers={**headers, "Cache-Control": "no-cache"})

    async def contents(request: AnyRequest) -> Response[bytes]:
        asked = query_of(request, Search).q.strip()
        book = await asyncio.to_thread(made)
        return answered(request, book, part="contents", title="The API", asked=asked, found=book.found(asked))

    async def group(request: AnyRequest) -> Response[bytes]:
        query_of(request, NoQuery)
        name, book = request.scope["path_params"]["group"], await asyncio.to_thread(made)
        if name not in book.groups:
            raise Problem("not-found", f"No group of routes is called {name!r}; there are {', '.join(book.groups)}.")
        return answered(request, book, part="group", title=name.capitalize(), name=name)

    async def shape(request: AnyRequest) -> Response[bytes]:
        query_of(request, NoQuery)
        name, book = request.scope["path_params"]["shape"], await asyncio.to_thread(made)
        if name not in book.schemas:
            raise Problem("not-found", f"No shape is called {name!r}.")
        return answered(request, book, part="shape", title=name, name=name)

    return [
        route("GET", "/docs", DOCS, contents),
        route("GET", "/docs/{group:str}", _hidden("docs-group"), group),
        route("GET", "/docs/shapes/{shape:str}", _hidden("docs-shape"), shape),
    ]


def _hidden(name: str) -> Operation:
    return Operation(name=name, summary=name, group=DOCS.group, roles=None, hidden=True)
