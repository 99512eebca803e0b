"""Many commands in one request, one a line as NDJSON: one by one, or all or none; and any one command as JSON.

AnyCommand      `POST /v1/commands`
Line            what became of a line, where each is for itself
commands_route  its route

A line is a command with its name, or that with what one request would say in its headers:
`{"key": "…", "if_match": "…", "command": {…}}`; `"if_none_match": "*"` for what must be new.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import suppress
from io import BytesIO
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any, Union

import msgspec
from msgspec import Meta, Struct

from api.http.answers import encode
from api.http.decoding import decoded
from api.http.operations import JSON, NDJSON, Operation, may, not_allowed, route
from api.http.parameters import query_of
from api.http.problems import CLOSING, Document, Fault, Problem, of_not_done, of_refusal
from api.http.recording import (
    RECORD_PROBLEMS,
    RECORDED,
    Recording,
    RecordQuery,
    check_no_condition,
    condition,
    idempotency_key,
    media_type_of,
    record,
    status_of,
)
from api.http.requests import AnyRequest, by_of, header
from api.settings import Settings
from ledger.decider import By, Command
from ledger.recording.asking import Piece, Recorder
from ledger.recording.outcome import Answer, Done, NotDone, Previewed, Refused

if TYPE_CHECKING:
    from litestar import Response
    from litestar.handlers import HTTPRouteHandler

BULK_AT_ONCE = 256
READ_AT_ONCE = 8
READ_BYTES = 1 << 15
"""Lines, and about how many bytes, read in one turn of the event loop, of all bodies together: between two turns others
are answered."""
TOLD_AT_ONCE = 64
BAD_LINES_MAX = 1000
"""After so many malformed lines no more of a body is read: whoever sends them knows by then."""
BAD_LINE_S = 0.001
"""Each malformed line is waited for, those of all bodies one after the other: they take little of the server."""

Key = Annotated[str, Meta(pattern=r"^[!-~]([ -~]{0,253}[!-~])?$(?!\n)")]


class BulkQuery(RecordQuery, frozen=True, kw_only=True):
    """atomic: many commands are recorded all or none, in one transaction, each decided on those before it."""

    atomic: Annotated[
        bool, Meta(description="Of many, one a line: all are recorded or none. Else each is for itself.")
    ] = False


class Line(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The result of one line: the status it would have had alone, and its outcome or its problem."""

    line: int
    status: int
    replayed: bool = False
    outcome: Done | Previewed | None = None
    problem: Document | None = None


Told = Line | Piece[Any]
"""A line as it was read: what is wrong with it, or what is asked for."""


class AnyCommand:
    """`POST /v1/commands`: one tagged command of any kind as JSON, or many as NDJSON, each for itself or together."""

    def __init__(self, recorder: Recorder, recordings: Iterable[Recording], settings: Settings) -> None:
        self._recorder = recorder
        self._settings = settings
        self._recordings = {recording.command: recording for recording in recordings}
        self.commands: Any = Union[tuple(self._recordings)]  # noqa: UP007 - its members are known only at run time
        seen: list[Any] = [("if_match", str | None, None), ("if_none_match", str | None, None)]
        fields: list[Any] = [("command", self.commands), ("key", Key | None, None), *seen]
        self.keyed = msgspec.defstruct("KeyedCommand", fields, frozen=True, kw_only=True, forbid_unknown_fields=True)
        self._decode = msgspec.json.Decoder(self.commands).decode
        self._decode_keyed = msgspec.json.Decoder(self.keyed).decode
        self._reading = asyncio.Lock()
        self._paying = asyncio.Lock()

    async def handle(self, request: AnyRequest) -> "Response[Any]":
        """Record what the body holds. Raises Problem."""
        media_type = media_type_of(request, JSON, NDJSON)
        if media_type == NDJSON:
            return await self._bulk(request)
        body, by = await request.body(), by_of(request.scope)
        self._check_size(body)
        command = decoded(self._decode, body)
        recording = self._allowed(command, by)
        how: dict[str, Any] = {"query": BulkQuery, "required": self._settings.if_match_required}
        return await record(request, self._recorder, recording, command, **how)

    def _check_size(self, body: bytes) -> None:
        if len(body) > (most := self._settings.body_bytes_max):
            raise Problem("body-too-large", f"A command may be {most:,} bytes long; this one has {len(body):,}.")

    def _allowed(self, command: Command, by: By) -> Recording:
        recording = self._recordings[type(command)]
        if not may(by, recording.roles, approves=recording.approves):
            self._recorder.refused(command, by, "not-allowed")
            raise not_allowed(by.role, recording.roles)
        return recording

    async def _bulk(self, request: AnyRequest) -> "Response[Any]":
        check_no_condition(request.scope)
        query, by = query_of(request, BulkQuery), by_of(request.scope)
        written = header(request.scope, b"idempotency-key")
        key = None if query.dry_run or written is None else idempotency_key(request.scope)
        together = query.atomic or query.dry_run
        body = await self._counted(request, together=together)
        if written is None and not query.dry_run and not _brings_key(next(_lines(body), (0, b""))[1]):
            idempotency_key(request.scope)  # which says that there is none
        from litestar import Response
        from litestar.response import Stream

        no_store = {"Cache-Control": "no-store"}
        if together:
            told = await self._together(request, _lines(body), by, key, query)
            body = b"".join(encode(one) + b"\n" for one in told)
            return Response(body, status_code=200, media_type=NDJSON, headers=no_store)
        outcomes = self._outcomes(_lines(body), by, key)
        return Stream(outcomes, status_code=200, media_type=NDJSON, headers=no_store)

    async def _counted(self, request: AnyRequest, *, together: bool) -> bytes:
        """The body, whose lines are counted as it comes: no more of it is taken once there are too many."""
        pieces, ended = [], 0
        most = self._settings.together_lines_max if together else self._settings.bulk_lines_max
        async for piece in request.stream():
            pieces.append(piece)
            ended += piece.count(b"\n")
            if ended + (piece[-1:] not in (b"", b"\n")) > most:
                what = "A body that is decided as one (atomic, dry_run)" if together else "A body"
                detail = f"{what} may hold {most:,} lines; this one holds more. Send it in parts."
                raise Problem("body-too-large", detail, headers=CLOSING)
        return b"".join(pieces)

    def _read(self, number: int, line: bytes, by: By, key: str | None, *, dry_run: bool) -> Told:
        """Read a line. Its problem is the line's own."""
        try:
            self._check_size(line)
            command, own, seen, new = self._said(line)
            recording = self._allowed(command, by)
            unchanged = condition(seen, recording, command, new=new, required=self._settings.if_match_required)
            if own is None and key is not None:
                own = f"{key}/{number}"
        except Problem as problem:
            return _failed(number, problem, by)
        if own is None and not dry_run:
            detail = "Give the line a `key` of its own, or send an Idempotency-Key for all of them."
            return _failed(number, Problem("idempotency-key-missing", detail), by)
        return Piece(command, None if dry_run else own, recording.about(self._recorder), unchanged)

    def _said(self, line: bytes) -> tuple[Command, str | None, str | None, str | None]:
        """The command of a line, and the key and the conditions that it brings. Raises Problem."""
        try:
            return decoded(self._decode, line), None, None, None
        except Problem:
            if not _is_keyed(line):
                raise
        keyed: Any = decoded(self._decode_keyed, line)
        return keyed.command, keyed.key, keyed.if_match, keyed.if_none_match

    async def _all_read(
        self, lines: Iterable[tuple[int, bytes]], by: By, key: str | None, *, dry_run: bool
    ) -> list[tuple[int, Told]]:
        """The lines as they were read, a few in each turn of the event loop."""
        read = []
        for turn in _turns(lines):
            async with self._reading:
                read += [(number, self._read(number, line, by, key, dry_run=dry_run)) for number, line in turn]
                await asyncio.sleep(0)
        return read

    async def _pay(self, bad: int) -> None:
        """Wait for malformed lines."""
        if bad:
            async with self._paying:
                await asyncio.sleep(bad * BAD_LINE_S)

    # All in one transaction

    async def _together(
        self, request: AnyRequest, lines: Iterator[tuple[int, bytes]], by: By, key: str | None, query: BulkQuery
    ) -> list[Line]:
        """What became of each line, all decided in one transaction. Raises Problem where none may be recorded, NotDone.

        Where a line cannot be read, the others are decided all the same: whoever sent them learns of all at once.
        """
        read = await self._all_read(lines, by, key, dry_run=query.dry_run)
        pieces = [(number, one) for number, one in read if isinstance(one, Piece)]
        malformed = len(read) - len(pieces)
        told = {number: one for number, one in read if isinstance(one, Line)}
        if pieces:
            dry_run = query.dry_run or (query.atomic and malformed > 0)
            asked = [one for _, one in pieces]
            answers = await self._recorder.record_together(asked, by, atomic=query.atomic, dry_run=dry_run)
            for (number, _), answer in zip(pieces, answers.each, strict=True):
                told[number] = _answered(number, answer, by)
        await self._pay(malformed)
        if query.atomic and (wrong := [told[number] for number in sorted(told) if told[number].problem]):
            raise _nothing_recorded(wrong, len(told))
        positions = [line.outcome.position for line in told.values() if line.outcome]
        request.scope["state"]["position"] = max(positions, default=0)
        return [told[number] for number in sorted(told)]

    # Each for itself

    async def _outcomes(self, lines: Iterator[tuple[int, bytes]], by: By, key: str | None) -> AsyncIterator[bytes]:
        """The lines' outcomes in order; lines are queued in order too, many at once so that they share commits."""
        bad = 0
        while some := tuple(islice(lines, BULK_AT_ONCE)):
            asked: list[Line | asyncio.Task[Line]] = []
            async with asyncio.TaskGroup() as group:
                for turn in _turns(some):
                    for number, one in await self._all_read(turn, by, key, dry_run=False):
                        asked.append(one if isinstance(one, Line) else group.create_task(self._one(number, one, by)))
            told = [one if isinstance(one, Line) else one.result() for one in asked]
            for start in range(0, len(told), TOLD_AT_ONCE):
                yield b"".join(encode(one) + b"\n" for one in told[start : start + TOLD_AT_ONCE])
            worse = sum(isinstance(one, Line) for one in asked)
            bad += worse
            if bad >= BAD_LINES_MAX and (left := next(lines, None)):
                yield encode(_unread(left[0], bad, by)) + b"\n"
                return
            await self._pay(worse)

    async def _one(self, number: int, piece: Piece[Any], by: By) -> Line:
        about: dict[str, Any] = {"key": piece.key, "data_class": piece.data_class, "unchanged": piece.unchanged}
        try:
            return _answered(number, await self._recorder.record(piece.command, by, **about), by)
        except NotDone as error:
            return _answered(number, error, by)


def _answered(number: int, answer: Answer | NotDone, by: By) -> Line:
    if isinstance(answer, NotDone):
        return _failed(number, of_not_done(answer), by)
    outcome = answer.outcome
    if isinstance(outcome, Refused):
        return _failed(number, of_refusal(outcome), by)
    return Line(line=number, status=status_of(outcome), replayed=answer.replayed, outcome=outcome)


def _failed(number: int, problem: Problem, by: By) -> Line:
    return Line(line=number, status=problem.status, problem=problem.document(by.request))


def _unread(number: int, bad: int, by: By) -> Line:
    """Tell in place of the lines from this one on that they were not read."""
    detail = f"{bad:,} lines are malformed: from line {number} on none was read, and nothing was recorded of them."
    return _failed(number, Problem("lines-unread", detail), by)


def _nothing_recorded(wrong: Sequence[Line], lines: int) -> Problem:
    """The problem of a body of which nothing was recorded: every wrong line, with its field and rule."""
    found = [(line.line, line.problem) for line in wrong if line.problem is not None]
    if fault := next((problem for _, problem in found if problem.status >= 500), None):
        return Problem(fault.code, fault.detail)
    errors = [
        Fault(one.detail, pointer=one.pointer, line=number, code=problem.code)
        for number, problem in found
        for one in problem.errors or (Fault(problem.detail),)
    ]
    malformed = any(problem.status in (400, 413) for _, problem in found)
    number, first = found[0]
    detail = f"{len(found):,} of {lines:,} lines cannot be recorded, so none was. Line {number}: {first.detail}"
    return Problem("lines-invalid" if malformed else "lines-refused", detail, errors=errors)


def _turns(lines: Iterable[tuple[int, bytes]]) -> Iterator[list[tuple[int, bytes]]]:
    """The lines that are read in one turn of the event loop: few, and little."""
    turn, size = [], 0
    for number, line in lines:
        turn.append((number, line))
        size += len(line)
        if len(turn) == READ_AT_ONCE or size >= READ_BYTES:
            yield turn
            turn, size = [], 0
    if turn:
        yield turn


def _lines(body: bytes) -> Iterator[tuple[int, bytes]]:
    """The lines that hold something, each with its number, made as they are asked for: together they hold far more."""
    return ((number, line) for number, line in enumerate(BytesIO(body), 1) if line.strip())


class _Envelope(Struct):
    """As much of a line as says whether its command stands inside of it."""

    command: msgspec.Raw
    key: msgspec.Raw = msgspec.Raw()


_envelope = msgspec.json.Decoder(_Envelope).decode


def _is_keyed(line: bytes) -> bool:
    """Tell whether a line's command stands inside of what it brings."""
    with suppress(msgspec.MsgspecError, UnicodeError, RecursionError):
        return bytes(_envelope(line).command).startswith(b"{")
    return False


def _brings_key(line: bytes) -> bool:
    """Tell whether a line has a key of its own."""
    return _is_keyed(line) and bool(bytes(_envelope(line).key))


def commands_route(recorder: Recorder, recordings: Sequence[Recording], settings: Settings) -> "HTTPRouteHandler":
    """The route for any command."""
    from litestar import Response

    anything = AnyCommand(recorder, recordings, settings)
    operation = Operation(
        name="record-commands",
        summary="Record any command, or many: one a line as NDJSON, each with an outcome of its own; with atomic all "
        "or none, and every wrong line is named in `errors`. A line may bring its own `key` and `if_match`; else its "
        "key is the header's, a slash and the line's number. A body holds "
        f"{settings.bulk_lines_max:,} lines and {settings.bulk_bytes_max:,} bytes at most; one that is decided as one "
        f"(atomic, dry_run) {settings.together_lines_max:,} lines.",
        group="commands",
        roles=frozenset().union(*(recording.roles for recording in recordings)),
        approves=True,
        query=BulkQuery,
        bodies={JSON: anything.commands, NDJSON: (anything.commands, anything.keyed)},
        answers={
            **RECORDED,
            200: ("NDJSON: one outcome a line. JSON: as for one command.", {NDJSON: Line, JSON: Done}),
        },
        problems=(*RECORD_PROBLEMS, "changed-since", "condition-missing", "lines-invalid", "lines-refused"),
    )

    async def handler(request: AnyRequest) -> Response[Any]:
        return await anything.handle(request)

    return route("POST", "/v1/commands", operation, handler, request_max_body_size=settings.bulk_bytes_max)
