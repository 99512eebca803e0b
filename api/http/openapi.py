"""The OpenAPI 3.1 document, made from what the routes say of themselves.

described   Litestar routes -> (method, path, Operation)
document    those -> the document; bodies and answers by msgspec, which knows what it will really decode
encode      the document as it is served and kept in docs/openapi.json
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from typing import Any

import msgspec
from litestar.handlers import HTTPRouteHandler

from api.http.operations import Operation
from api.http.problems import KINDS, MEDIA_TYPE, REFUSAL_STATUS, Document
from ledger.decider import Fact, Refusal

Described = tuple[str, str, Operation]
REF = "#/components/schemas/{name}"
KEY_HEADER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "1 to 255 printable ASCII characters; needed unless dry_run. The same again gives the same answer.",
    "schema": {"type": "string", "pattern": "^[!-~]([ -~]{0,253}[!-~])?$"},
}
DELEGATION_HEADER = {
    "name": "Delegation",
    "in": "header",
    "required": False,
    "description": "The delegation by which the caller approves in another's stead: see `report-delegations`.",
    "schema": {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,62}$"},
}
MATCH_HEADER = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "An ETag from before: 304 where nothing changed.",
    "schema": {"type": "string"},
}
UNCHANGED_HEADER = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The ETag of the thing as its caller saw it; 412 names what was recorded of it since.",
    "schema": {"type": "string", "pattern": '^(\\*|(W/)?"[!#-~]*"( *, *(W/)?"[!#-~]*")*)$'},
}
NEW_HEADER = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "`*`: recorded only where the thing is not on record yet; 412 says since when it is.",
    "schema": {"type": "string", "pattern": "^\\*$"},
}
LAST_EVENT_HEADER = {
    "name": "Last-Event-ID",
    "in": "header",
    "required": False,
    "description": "The position of the last event that came: the stream goes on behind it.",
    "schema": {"type": "string", "pattern": "^[0-9]{1,18}$"},
}

VISIBLE = (
    r"^[^\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    r"\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb]*$"
)
"""Text without what decoding.py refuses as invisible, as far as patterns of JSON Schema can say it."""
_FREE = r"^(?=.*\S)[^\x00-\x1f\x7f]*$(?!\n)"
_FORMS = {"pattern", "format", "enum", "const", "anyOf"}


def described(routes: Iterable[HTTPRouteHandler]) -> list[Described]:
    """Every route that is to be shown."""
    found = []
    for handler in routes:
        operation: Operation = handler.opt["operation"]
        method = "POST" if "POST" in handler.http_methods else "GET"
        if not operation.hidden:
            found += [(method, re.sub(r":str\}", "}", path), operation) for path in handler.paths]
    return sorted(found, key=lambda one: (one[1], one[0]))


def document(operations: Sequence[Described]) -> dict[str, Any]:
    """The whole document."""
    types = _types(operations)
    schemas, components = msgspec.json.schema_components(types, ref_template=REF)
    components = _sent(_seen(components), operations)
    schema_of = {id(shape): schema for shape, schema in zip(types, schemas, strict=True)}
    paths: dict[str, dict[str, Any]] = {}
    for method, path, operation in operations:
        paths.setdefault(path, {})[method.lower()] = _operation(path, operation, schema_of)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "MCSC ledger",
            "version": version("mcsc-ledger"),
            "summary": "Every number has a receipt.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(components.items())),
            "responses": _problem_responses(schema_of[id(Document)]),
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "An API key: mcsc_<key id>_<secret>."}
            },
        },
    }


def _seen(schema: Any) -> Any:
    """The same schemas, whose free text is text that can be seen: what else it holds is refused (decoding.py)."""
    if isinstance(schema, dict):
        kept = {name: _seen(part) for name, part in schema.items()}
        if kept.get("title") == Fact.__name__:
            del kept["additionalProperties"]  # a fact of a kind has more than any fact, and its own name
            kept["properties"] = kept["properties"] | {"fact": {"type": "string"}}
        return kept | {"pattern": "^(?=.*\\S)" + VISIBLE[1:]} if schema.get("pattern") == _FREE else kept
    return [_seen(part) for part in schema] if isinstance(schema, list) else schema


def _sent(components: dict[str, Any], operations: Sequence[Described]) -> dict[str, Any]:
    """The same schemas; those of what is sent say of every text that it can be seen, whatever else they say of it."""
    bodies = {
        id(shape): shape
        for _, _, operation in operations
        for said in operation.bodies.values()
        for shape in _each(said)
    }
    schemas, _ = msgspec.json.schema_components(bodies.values(), ref_template=REF)
    found, ahead = set[str](), [json.dumps(schemas)]
    while ahead:
        names = set(re.findall(r'"#/components/schemas/(\w+)"', ahead.pop())) - found
        found |= names
        ahead += [json.dumps(components[name]) for name in names]
    return components | {name: _legible(components[name]) for name in found}


def _legible(schema: Any) -> Any:
    """A schema whose texts hold nothing that cannot be seen, where it leaves open what they hold."""
    if isinstance(schema, list):
        return [_legible(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    schema = {name: _legible(part) for name, part in schema.items()}
    if schema.get("type") != "string" or (_FORMS - {"pattern"}) & schema.keys():
        return schema
    pattern = schema.get("pattern", VISIBLE)
    if "[^" in pattern and VISIBLE[1:] not in pattern:
        pattern = f"^(?={VISIBLE[1:]}){pattern[1:]}"
    return schema | {"pattern": pattern}


def encode(found: Mapping[str, Any]) -> bytes:
    """Write the document in one way, so that a difference is a change."""
    return (json.dumps(found, indent=1, ensure_ascii=False) + "\n").encode()


def _types(operations: Sequence[Described]) -> list[Any]:
    """Every type that a body or an answer has, once, and every query."""
    types: dict[int, Any] = {id(Document): Document}
    for _, _, operation in operations:
        media = [operation.query, *operation.named.values()]
        for said in (operation.bodies, *(answers for _, answers in operation.answers.values())):
            for shape in said.values():
                media += _each(shape)
        types |= {id(shape): shape for shape in media}
    return list(types.values())


def _operation(path: str, operation: Operation, schema_of: Mapping[int, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "tags": [operation.group],
        "parameters": [*_in_path(path, operation, schema_of), *_in_query(operation), *_headers(operation)],
        "responses": _responses(operation, schema_of),
    }
    if operation.bodies:
        content = {media_type: {"schema": _schema(shape, schema_of)} for media_type, shape in operation.bodies.items()}
        found["requestBody"] = {"required": True, "content": content}
    if operation.roles is None:
        found["security"] = []
    else:
        found["description"] = f"Roles: {', '.join(sorted(operation.roles))}."
    return found


def _in_path(path: str, operation: Operation, schema_of: Mapping[int, Any]) -> list[dict[str, Any]]:
    schemas = {name: _legible(schema_of[id(shape)]) for name, shape in operation.named.items()}
    return [
        {"name": name, "in": "path", "required": True, "schema": schemas.get(name, {"type": "string"})}
        for name in re.findall(r"\{(\w+)\}", path)
    ]


def _in_query(operation: Operation) -> list[dict[str, Any]]:
    _, components = msgspec.json.schema_components([operation.query], ref_template=REF)
    properties = components[operation.query.__name__]["properties"]
    found = []
    for name, schema in properties.items():
        if name in operation.unasked:
            continue
        schema = _given(schema)
        required = name in components[operation.query.__name__].get("required", ())
        parameter = {"name": name, "in": "query", "required": required, "schema": schema}
        if "description" in schema:
            parameter["description"] = schema.pop("description")
        found.append(parameter)
    return found


def _given(schema: Mapping[str, Any]) -> Any:
    """A parameter as it is where it is given: there is no null in an address."""
    said = {name: value for name, value in schema.items() if name != "anyOf"}
    choices = [choice for choice in schema.get("anyOf", ()) if choice != {"type": "null"}]
    if said.get("default", ...) is None:
        del said["default"]
    if len(choices) == 1:
        said = choices[0] | said
    elif choices:
        said["anyOf"] = choices
    return _legible(_seen(said))


def _headers(operation: Operation) -> list[dict[str, Any]]:
    if _decides(operation):
        unchanged = [UNCHANGED_HEADER, NEW_HEADER] if "changed-since" in operation.problems else []
        return [KEY_HEADER, *unchanged, *([DELEGATION_HEADER] if operation.approves else [])]
    return [MATCH_HEADER] if 304 in operation.answers else [LAST_EVENT_HEADER] if operation.follows else []


def _decides(operation: Operation) -> bool:
    """Tell whether it takes commands, which bear a key and can be refused."""
    return "idempotency-key-missing" in operation.problems


def _responses(operation: Operation, schema_of: Mapping[int, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for status in sorted(_problem_statuses(operation)):
        found[str(status)] = {"$ref": f"#/components/responses/Problem{status}"}
    for status, (meaning, answers) in sorted(operation.answers.items()):
        found[str(status)] = {"description": meaning}
        if answers:
            content = {media_type: {"schema": _schema(shape, schema_of)} for media_type, shape in answers.items()}
            found[str(status)]["content"] = content
    return {**dict(sorted(found.items())), "default": {"$ref": "#/components/responses/Problem"}}


def _each(shape: Any) -> tuple[Any, ...]:
    return shape if isinstance(shape, tuple) else (shape,)


def _schema(shape: Any, schema_of: Mapping[int, Any]) -> Any:
    return {"oneOf": [schema_of[id(one)] for one in shape]} if isinstance(shape, tuple) else schema_of[id(shape)]


def _problem_statuses(operation: Operation) -> set[int]:
    codes = {"parameter-unknown", "fault", *operation.problems}
    if operation.roles is not None:
        codes |= {"not-authenticated", "not-allowed"}
    return {KINDS[code][0] for code in codes} | (set(REFUSAL_STATUS.values()) if _decides(operation) else set())


def _problem_responses(schema: Any) -> dict[str, Any]:
    """A response for each status a problem can have, with the codes that it can carry, and one for any."""
    meanings: dict[int, list[str]] = {status: [f"a rule refused ({kind})"] for kind, status in REFUSAL_STATUS.items()}
    for code, (status, meaning) in KINDS.items():
        meanings.setdefault(status, []).append(f"`{code}`: {meaning}")
    content = {MEDIA_TYPE: {"schema": schema}}
    found = {
        f"Problem{status}": {"description": " ".join(said), "content": content} for status, said in meanings.items()
    }
    return {"Problem": {"description": "Any other problem.", "content": content}, **dict(sorted(found.items()))}


def refusals(parent: type[Refusal] = Refusal) -> dict[str, type[Refusal]]:
    """Every refusal of every context, by code."""
    found = {}
    for child in parent.__subclasses__():
        if "code" in child.__dict__:
            found[child.code] = child
        found |= refusals(child)
    return dict(sorted(found.items()))
