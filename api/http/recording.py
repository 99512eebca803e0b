"""Commands in: one way of recording for every route.

Recording     a route that records: path, command, who may
Shape         how a request becomes a command
record_route  one command as JSON; record, answered, status_of: its steps, for routes that do more
facts_of      the facts of a context: what counts as a step of its things
condition     If-Match: only where the thing is as its caller saw it; If-None-Match: * only where it is new;
              check_no_condition: many things have no ETag
body_of, idempotency_key    what a route that records reads of a request

A body decodes straight into its command. Beneath `/v1/companies/{company}` the body is the command without `company`.
"""

import re
from collections.abc import Callable, Container, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from msgspec import NODEFAULT, UNSET, Struct, UnsetType
from msgspec.structs import replace

from api.http.answers import encode
from api.http.decoding import decoded
from api.http.operations import JSON, RECORDERS, Handler, Operation, Roles, route
from api.http.parameters import identifier, query_of
from api.http.problems import Fault, Problem, of_refusal
from api.http.requests import AnyRequest, by_of, header
from ledger.decider import Command, DataClass, all_facts, command_name
from ledger.recording.asking import Recorder, Unchanged
from ledger.recording.outcome import Answer, Done, Previewed, Refused

if TYPE_CHECKING:
    from litestar import Response
    from litestar.handlers import HTTPRouteHandler
    from litestar.types import Scope

KEY = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?", re.ASCII)


class RecordQuery(Struct, frozen=True, kw_only=True):
    """dry_run: say what would be recorded, and record nothing; no Idempotency-Key is needed."""

    dry_run: bool = False


class Recording(Struct, frozen=True, kw_only=True):
    """A route that records one command. `{name:str}` in the path is the command's field of that name.

    at, named_by   where the thing can be read: this address, and after it this field of the command
    data_class     what its facts are about in a live ledger, where that is not live business
    """

    path: str
    command: type[Command]
    summary: str
    group: str
    roles: Roles = RECORDERS
    at: str
    named_by: str | None = None
    data_class: DataClass | None = None

    @property
    def approves(self) -> bool:
        """Tell whether its command approves what another proposed, so that a delegate may in somebody's stead."""
        from ledger.joint.delegating.deciding import KIND_OF  # all that decides: a report asks for none of it

        return self.command in KIND_OF

    def location(self, command: Command) -> str:
        """The address of what the command is about."""
        return self.at if self.named_by is None else f"{self.at}/{getattr(command, self.named_by)}"

    def about(self, recorder: Recorder) -> DataClass:
        """The data class of its facts in this ledger; an invented ledger is invented throughout."""
        return (self.data_class or "LIVE") if recorder.data_class == "LIVE" else recorder.data_class


# Reading a command


class Shape:
    """Makes a command of a request: its body's type, and the fields that stand in the path instead."""

    def __init__(self, command: type[Command], path: str) -> None:
        self.command = command
        types = {field.name: field.type for field in msgspec.structs.fields(command)}
        self.in_path = {name: types[name] for name in re.findall(r"\{(\w+):str\}", path)}
        self.body = _body_without(command, self.in_path) if self.in_path else command
        self._decode = msgspec.json.Decoder(self.body).decode
        self._names = [name for name in command.__struct_fields__ if name not in self.in_path]

    def read(self, body: bytes, path: Mapping[str, str]) -> Command:
        """The command. Raises Problem."""
        said: Any = decoded(self._decode, body)
        if isinstance(said, Command):
            return said
        named: dict[str, Any] = {name: identifier(name, path[name], shape) for name, shape in self.in_path.items()}
        return self.command(**named, **{name: getattr(said, name) for name in self._names})


def _body_without(command: type[Command], left_out: Container[str]) -> type[Struct]:
    """The command's fields but those in the path; `command` may be said again, if it says the same."""
    name = command_name(command)
    fields: list[Any] = [("command", Literal[name] | UnsetType, UNSET)]
    for field in msgspec.structs.fields(command):
        if field.name in left_out:
            continue
        if field.default_factory is not NODEFAULT:
            fields.append((field.name, field.type, msgspec.field(default_factory=field.default_factory)))
        elif field.default is not NODEFAULT:
            fields.append((field.name, field.type, field.default))
        else:
            fields.append((field.name, field.type))
    title = f"{command.__name__}Body"
    return msgspec.defstruct(title, fields, frozen=True, kw_only=True, forbid_unknown_fields=True)


async def body_of(request: AnyRequest, *media_types: str) -> tuple[bytes, str]:
    """The body and which of the media types it has. Raises Problem (415)."""
    media_type = media_type_of(request, *media_types)
    return await request.body(), media_type


def media_type_of(request: AnyRequest, *media_types: str) -> str:
    """Find out which of the media types the body has. Raises Problem (415)."""
    written = header(request.scope, b"content-type") or ""
    media_type, _, parameters = written.partition(";")
    media_type = media_type.strip().lower()
    charset = parameters.strip().lower()
    if media_type not in media_types or (charset and charset.replace('"', "") != "charset=utf-8"):
        expected = " or ".join(media_types)
        given = f"{written!r}" if written else "none"
        raise Problem("media-type-unsupported", f"Send the body with Content-Type {expected}; it came with {given}.")
    return media_type


def idempotency_key(scope: "Scope") -> str:
    """The key under which the outcome is kept. Raises Problem."""
    key = header(scope, b"idempotency-key")
    if key is None:
        raise Problem(
            "idempotency-key-missing",
            "Send an Idempotency-Key header: any text of your own, new for each command, the same when you retry it.",
        )
    if not KEY.fullmatch(key):
        detail = "1 to 255 printable ASCII characters, no space at either end"
        raise Problem("header-invalid", f"Idempotency-Key: {detail}.", errors=[Fault(detail, header="Idempotency-Key")])
    return key


ETAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
CONDITION = re.compile(rf"\s*{ETAG.pattern}(?:\s*,\s*{ETAG.pattern})*\s*".replace("(W/)?", "(?:W/)?"))
SEEN = re.compile(r"([0-9]{1,18})(?:-.*)?", re.ASCII)
"""An ETag of this ledger's begins with a position: of the thing's last fact, or up to which a list was read."""


def condition(
    written: str | None, recording: Recording, command: Command, *, new: str | None = None, required: bool = False
) -> Unchanged | None:
    """Read If-Match: what the command is about must be as its caller saw it; `*`: it must be there. Raises Problem.

    new        If-None-Match, which takes `*` alone: it must not be there (RFC 9110 §13.1.2)
    required   beneath the address of a thing one of them is needed: also where the step begins another
    """
    if new is not None:
        _check_new(new, alone=written is None)
        return replace(_about(recording, command, 0), there=False)
    if written is None:
        if required and "{" in recording.path:
            detail = (
                "Send the ETag of the thing as you saw it as If-Match, or * for any; If-None-Match: * for a new one."
            )
            raise Problem("condition-missing", detail)
        return None
    if written.strip() == "*":
        return replace(_about(recording, command, 0), there=True)
    if CONDITION.fullmatch(written) is None:
        detail = "ETags of the thing, as its answer or the step before had them, or *"
        raise Problem("header-invalid", f"If-Match: {detail}.", errors=[Fault(detail, header="If-Match")])
    seen = [SEEN.fullmatch(opaque) for weak, opaque in ETAG.findall(written) if not weak]
    positions = [int(one[1]) for one in seen if one]
    if not positions:
        detail = "no strong ETag that this ledger gives, and a weak one (W/…) matches nothing; read the thing again"
        raise Problem("changed-since", f"If-Match holds {detail}.", errors=[Fault(detail, header="If-Match")])
    return _about(recording, command, max(positions))


def _check_new(written: str, *, alone: bool) -> None:
    if written.strip() != "*":
        detail = "with a command it takes * alone: the thing must be new"
        raise Problem("header-invalid", f"If-None-Match: {detail}.", errors=[Fault(detail, header="If-None-Match")])
    if not alone:
        raise Problem("changed-since", "If-Match wants the thing to be there, If-None-Match: * to be new: never both.")


def _about(recording: Recording, command: Command, position: int) -> Unchanged:
    tags = _scope_of(type(command))(command)
    name = None if recording.named_by is None else getattr(command, recording.named_by)
    tag = next((tag for tag in tags if tag.partition(":")[2] == name), tags[0])
    return Unchanged(tag, facts_of(_context(type(command))), position)


def check_no_condition(scope: "Scope") -> None:
    """Refuse If-Match and If-None-Match where many things are changed at once. Raises Problem."""
    for name in ("If-Match", "If-None-Match"):
        if header(scope, name.lower().encode()) is not None:
            detail = "goes with one command about one thing"
            raise Problem("header-invalid", f"{name} {detail}.", errors=[Fault(detail, header=name)])


@cache
def _scope_of(command: type[Command]) -> Callable[[Command], tuple[str, ...]]:
    from ledger.recording.contexts import CONTEXTS

    return next(context.scope for context in CONTEXTS if command in context.commands)


def _context(kind: type) -> str:
    return kind.__module__.split(".")[1]


@cache
def facts_of(context: str) -> tuple[str, ...]:
    """The stored names of a context's facts: those of others say nothing new of its things."""
    return tuple(name for name, fact in all_facts().items() if _context(fact) == context)


# Recording it


async def record(
    request: AnyRequest,
    recorder: Recorder,
    recording: Recording,
    command: Command,
    *,
    query: type[RecordQuery] = RecordQuery,
    required: bool = False,
) -> "Response[bytes]":
    """Record a command, or say what would be recorded. Raises Problem, NotDone.

    required   a step on a thing that is there needs If-Match
    """
    by, dry_run = by_of(request.scope), query_of(request, query).dry_run
    seen, new = header(request.scope, b"if-match"), header(request.scope, b"if-none-match")
    key = None if dry_run else idempotency_key(request.scope)
    unchanged = condition(seen, recording, command, new=new, required=required)
    if dry_run:
        answer = await recorder.record(command, by, dry_run=True, unchanged=unchanged)
    else:
        about = recording.about(recorder)
        answer = await recorder.record(command, by, key=key, data_class=about, unchanged=unchanged)
    request.scope["state"]["position"] = answer.outcome.position
    return answered(recording, command, answer)


def answered(recording: Recording, command: Command, answer: Answer) -> "Response[bytes]":
    """201 with what was recorded; 200 where it was so already, or would be. Raises Problem where a rule refused."""
    outcome = answer.outcome
    if isinstance(outcome, Refused):
        raise of_refusal(outcome, replayed=answer.replayed)
    headers = {"Cache-Control": "no-store"}
    if answer.replayed:
        headers["Idempotent-Replayed"] = "true"
    if isinstance(outcome, Done):
        headers["Location"] = recording.location(command)
    status = status_of(outcome)
    if status == 201:
        headers["ETag"] = f'"{outcome.position}"'
    from litestar import Response

    return Response(encode(outcome), status_code=status, media_type=JSON, headers=headers)


def status_of(outcome: Done | Previewed) -> int:
    """201 where facts were recorded; 200 where it was so already, or only would be."""
    return 201 if isinstance(outcome, Done) and outcome.facts else 200


def record_route(recording: Recording, recorder: Recorder, *, required: bool = False) -> "HTTPRouteHandler":
    """The route of a Recording; `required`: a step on a thing that is there needs If-Match."""
    handler, operation = handler_and_operation(recording, recorder, required=required)
    return route("POST", recording.path, operation, handler)


def handler_and_operation(
    recording: Recording, recorder: Recorder, *, required: bool = False
) -> tuple[Handler, Operation]:
    """The handler and the Operation of a Recording's route."""
    from litestar import Response

    shape = Shape(recording.command, recording.path)

    async def handler(request: AnyRequest) -> Response[bytes]:
        body, _ = await body_of(request, JSON)
        command = shape.read(body, request.scope["path_params"])
        return await record(request, recorder, recording, command, required=required)

    return handler, _described(recording, shape)


def _described(recording: Recording, shape: Shape) -> Operation:
    return Operation(
        name=command_name(recording.command),
        summary=recording.summary,
        group=recording.group,
        roles=recording.roles,
        approves=recording.approves,
        named=shape.in_path,
        query=RecordQuery,
        bodies={JSON: shape.body},
        answers=RECORDED,
        problems=(*RECORD_PROBLEMS, "changed-since", "condition-missing"),
    )


RECORDED: Mapping[int, tuple[str, Mapping[str, Any]]] = {
    201: ("Recorded. The same key and body again give the same bytes, with `Idempotent-Replayed: true`.", {JSON: Done}),
    200: ("It was so already (no facts), or, with dry_run, this is what would be recorded.", {JSON: Done | Previewed}),
}
RECORD_PROBLEMS = (
    "body-malformed",
    "body-invalid",
    "idempotency-key-missing",
    "header-invalid",
    "idempotency-key-reused",
    "body-too-large",
    "request-timeout",
    "media-type-unsupported",
    "busy",
    "unavailable",
    "outcome-unknown",
    "storage-full",
)
