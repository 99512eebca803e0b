"""For those who check: event history, what is out of the ordinary, who knew and tried, facts as sealed, the whole log.

READS        GET /v1/history, /v1/head, /v1/reports/exceptions, /v1/reports/access, /v1/reports/certificates
RECORDINGS   POST /v1/log/certificates
fact_route   GET /v1/facts/{position}: the envelope's bytes as they were hashed, its leaf hash in `Leaf-Hash`
export_log_route   GET /v1/log/export: the whole log as CloudEvents, from a position on, sent as it is read
"""

import re
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from msgspec import Meta, Struct, field
from sqlalchemy import Connection, select

from api.formats.sheets import Columns, Report, Sheet
from api.formats.tables import Table, cells, columns, structs_table
from api.http.answers import bytes_withheld, chosen, respond
from api.http.deadlines import in_time
from api.http.operations import ADMINS, JSON, OVERSEERS, READERS, Operation, route
from api.http.parameters import NoQuery, bad_cursor, parameter_invalid, place, query_of
from api.http.problems import Problem
from api.http.reading import BasisQuery, Cursor, Found, Limit, Position, Read, paged
from api.http.recording import Recording
from api.http.requests import AnyRequest, by_of
from api.routes.histories import (
    FilteredQuery,
    Instant,
    any_entry,
    check_on_record,
    effective,
    facts_page,
    instant,
    sieve_of,
    zone_of,
)
from ledger.decider import Id
from ledger.log import merkle
from ledger.log.access_log import KINDS, Kind, entry
from ledger.log.certifying import CertifyReadModels
from ledger.log.database import Database, fact
from ledger.log.envelope import from_micros, to_micros
from ledger.log.events import FORMS, NotSoLong, exported
from projections.certificates import CertifiedTable, certificates
from projections.engine.basis import Basis
from projections.engine.history import sample
from projections.engine.sieve import Sieve
from projections.exceptions import KINDS as EXCEPTION_KINDS
from projections.exceptions import Counted, ExceptionKind, ExceptionRow, exceptions

if TYPE_CHECKING:
    from litestar.handlers import HTTPRouteHandler

GROUP = "audit"


class EventsQuery(FilteredQuery, frozen=True, kw_only=True):
    """The whole history, sifted: a page of it after a position, or a random sample that a seed draws."""

    company: Id | None = None
    sample: (
        Annotated[
            int,
            Meta(
                ge=1,
                le=1000,
                description="Draw so many of those that match: whose SHA-256 of the text SEED:POSITION is lowest.",
            ),
        ]
        | None
    ) = None
    seed: Annotated[int, Meta(ge=0, le=2**63 - 1)] | None = None


class Head(Struct, frozen=True):
    """`size` facts are recorded; `root` is the hexadecimal RFC 6962 root hash over their envelopes."""

    size: int
    root: str


def _events(connection: Connection, basis: Basis, query: EventsQuery, _path: Mapping[str, str]) -> Found:
    if query.sample is None and query.seed is None:
        return facts_page(connection, basis, query, company=query.company)
    if query.sample is None or query.seed is None or query.after:
        raise parameter_invalid("sample", "goes with a seed, and comes whole: sample=25&seed=7")
    asked = {"recorded": basis.recorded, **sieve_of(basis, query, company=query.company)}
    rows, count = sample(connection, size=query.sample, seed=query.seed, **asked)
    if not rows:
        check_on_record(connection, **asked)
    return Found(rows=rows, total=count)


# What is out of the ordinary


class ExceptionsQuery(BasisQuery, frozen=True, kw_only=True):
    """The facts out of the ordinary among those recorded between two instants; a page of it after a position."""

    late: Annotated[int, Meta(ge=0, le=100_000, description="Days after which a fact comes late.")] = 30
    since: Instant = None
    until: Instant = None
    kind: ExceptionKind | None = None
    actor: Annotated[str, Meta(max_length=100)] | None = None
    after: Position = 0
    limit: Limit = 100


class Exceptions(Struct, frozen=True, kw_only=True):
    """The number of facts out of the ordinary in each way, of all that was asked for; and a page of them."""

    counts: tuple[Counted, ...]
    facts: tuple[ExceptionRow, ...]
    fictional: bool


def _exceptions(connection: Connection, basis: Basis, query: ExceptionsQuery, _path: Mapping[str, str]) -> Found:
    zone = zone_of(basis)
    sieve = Sieve(
        effective=effective(basis, query),
        actor=query.actor,
        recorded_from=None if query.since is None else instant("since", query.since, zone, begins=True),
        recorded_until=None if query.until is None else instant("until", query.until, zone, begins=False),
        zone=zone,
    )
    asked: dict[str, Any] = {"recorded": basis.recorded, "late": query.late, "only": query.kind}
    counts, rows = exceptions(connection, **asked, sieve=sieve, after=query.after, limit=query.limit + 1)
    more, rows = len(rows) > query.limit, rows[: query.limit]
    answer = Exceptions(
        counts=tuple(counts), facts=tuple(rows), fictional=any(row.data_class == "FICTIONAL" for row in rows)
    )
    return Found(data=answer, next=("after", rows[-1].position) if more else None)


def exceptions_table(answer: Exceptions) -> Table:
    """A row for each fact."""
    names = columns(ExceptionRow)
    return names, (cells(row, names, exceptions=" ".join(row.exceptions)) for row in answer.facts)


EXCEPTIONS_SHOWN = Columns(
    {
        "exceptions": "out of the ordinary",
        "facts": "facts",
        "position": "position",
        "fact": "fact",
        "about": "about",
        "effective_on": "effective on",
        "days_late": "days late",
        "actor": "by",
        "in_stead_of": "in the stead of",
        "method": "known by",
    },
    texts=("exceptions", "fact", "about", "effective_on", "actor", "in_stead_of", "method"),
    plain=("facts", "position", "days_late"),
)


def exceptions_sheet(answer: Exceptions) -> Sheet:
    """A row for each kind with its number, then the first facts."""
    lines = [
        EXCEPTIONS_SHOWN.line(exceptions=one.exception, facts=one.facts, fact=one.meaning) for one in answer.counts
    ]
    lines += [EXCEPTIONS_SHOWN.line(row, exceptions=" ".join(row.exceptions)) for row in answer.facts]
    return Sheet(
        "Exceptions: how many of each kind, then the facts (more of them with --after)", EXCEPTIONS_SHOWN, lines
    )


# Who knew, who tried


class AccessQuery(BasisQuery, frozen=True, kw_only=True):
    """The access log between two instants, the latest first. It rests on no basis: it is not in the log of facts."""

    names_checked: ClassVar[bool] = True
    since: Instant = None
    until: Instant = None
    actor: Annotated[str, Meta(max_length=100)] | None = None
    key: Annotated[str, Meta(max_length=100, description="The id of an access key.")] | None = None
    kind: Kind | None = None
    code: Annotated[str, Meta(max_length=100)] | None = None
    path: Annotated[str, Meta(max_length=500, description="An address, or its beginning and *.")] | None = None
    cursor: Cursor = None
    limit: Limit = 100


class AccessRow(Struct, frozen=True, kw_only=True):
    """An attempt that left no fact. `what`: the command, or what was read; `about`: the tags that the command
    had to see, or the question's parameters."""

    number: int
    at: datetime
    kind: Kind
    code: str
    actor: str
    role: str
    method: str
    key_id: str
    way: str
    what: str
    about: str
    path: str
    request: str


def _accesses(connection: Connection, basis: Basis, query: AccessQuery, _path: Mapping[str, str]) -> Found:
    zone, wanted = zone_of(basis), [column for column in entry.c if column.name in AccessRow.__struct_fields__]
    rows = select(entry.c.at_us, *wanted).order_by(entry.c.number.desc()).limit(query.limit + 1)
    if query.since is not None:
        rows = rows.where(entry.c.at_us >= to_micros(instant("since", query.since, zone, begins=True)))
    if query.until is not None:
        rows = rows.where(entry.c.at_us <= to_micros(instant("until", query.until, zone, begins=False)))
    for column, said in ((entry.c.actor, query.actor), (entry.c.key_id, query.key), (entry.c.code, query.code)):
        rows = rows if said is None else rows.where(column == said)
    if query.kind is not None:
        rows = rows.where(entry.c.kind == query.kind)
    if query.path is not None:
        begins, many = query.path.removesuffix("*"), query.path.endswith("*")
        rows = rows.where(entry.c.path.startswith(begins, autoescape=True) if many else entry.c.path == begins)
    if (before := place(query.cursor)) is not None:
        if not before.isdigit():
            raise bad_cursor()
        rows = rows.where(entry.c.number < int(before))
    found = connection.execute(rows).mappings()
    return paged(
        [AccessRow(at=from_micros(row["at_us"]), **{one.name: row[one.name] for one in wanted}) for row in found],
        query.limit,
        "number",
    )


ACCESS_SHOWN = Columns(
    {
        "at": "at",
        "kind": "kind",
        "code": "code",
        "actor": "who",
        "role": "role",
        "key_id": "key",
        "way": "way",
        "what": "what",
        "about": "about",
        "path": "path",
    },
    texts=("at", "kind", "code", "actor", "role", "key_id", "way", "what", "about", "path"),
)


def access_sheet(rows: Iterable[AccessRow]) -> Sheet:
    """A row for each attempt, the latest first."""
    lines = [ACCESS_SHOWN.line(row, at=row.at.strftime("%Y-%m-%d %H:%M:%S")) for row in rows]
    return Sheet("Access log: who knew, who tried (UTC, the latest first)", ACCESS_SHOWN, lines)


def _head(_connection: Connection, basis: Basis, _query: BasisQuery, _path: Mapping[str, str]) -> Found:
    return Found(data=Head(basis.recorded, basis.root))


def _certificates(connection: Connection, basis: Basis, _query: BasisQuery, _path: Mapping[str, str]) -> Found:
    return Found(rows=certificates(connection, basis))


CERTIFICATES_SHOWN = Columns(
    {
        "position": "fact",
        "effective_on": "on",
        "certified_by": "by",
        "occasion": "at a",
        "program": "mcsc",
        "view": "read model",
        "recorded": "as of",
        "outcome": "found",
        "different": "differ",
        "table": "table",
        "rows": "rows",
        "sha256": "sha256",
    },
    texts=("effective_on", "certified_by", "occasion", "program", "view", "outcome", "table", "sha256"),
    plain=("position", "recorded", "different", "rows"),
)


def certificates_sheet(rows: Iterable[CertifiedTable]) -> Sheet:
    """A row for each table that was held against the log, the latest certificate last."""
    return Sheet("Certificates of read models", CERTIFICATES_SHOWN, [CERTIFICATES_SHOWN.line(row) for row in rows])


HISTORY: Read[EventsQuery] = Read(
    name="read-history",
    path="/v1/history",
    summary="What was recorded, when, by whom, through which command.",
    group=GROUP,
    query=EventsQuery,
    ask=_events,
    rows=any_entry(),
    of_log=True,
    problems=("not-found",),
)
SINCE, UNTIL = "Recorded at or after: a date or an instant.", "Recorded at or before: a date or an instant."
READS: tuple[Read[Any], ...] = (
    HISTORY,
    Read(
        name="read-head",
        path="/v1/head",
        summary="The size and root hash of the log, now or as recorded earlier: write them down elsewhere.",
        group=GROUP,
        query=BasisQuery,
        ask=_head,
        data=Head,
        of_log=True,
    ),
    Read(
        name="report-exceptions",
        path="/v1/reports/exceptions",
        summary="What is out of the ordinary: recorded late or ahead, passed over, self-approved, put right, reopened.",
        group=GROUP,
        query=ExceptionsQuery,
        ask=_exceptions,
        data=Exceptions,
        table=exceptions_table,
        report=Report(
            name="exceptions",
            help="What is out of the ordinary: how many facts of each kind, and which. One pass over the log; --since"
            " and --until make it shorter.",
            options={
                "late": "A fact recorded so many days after it took effect comes late.",
                "since": SINCE,
                "until": UNTIL,
                "kind": f"Only facts of one kind: {', '.join(EXCEPTION_KINDS)}.",
                "actor": "Only what this person recorded.",
                "after": "Only after this position.",
            },
            sheet=exceptions_sheet,
        ),
        of_log=True,
    ),
    Read(
        name="report-access",
        path="/v1/reports/access",
        summary="Who knew, who tried: refused commands, failed sign-ins and what was read, the latest first.",
        group=GROUP,
        query=AccessQuery,
        ask=_accesses,
        rows=AccessRow,
        table=structs_table(AccessRow),
        report=Report(
            name="access",
            help="The access log: refused commands, failed sign-ins, and what was read with keys and by auditors. For"
            " auditors and admins.",
            options={
                "since": "At or after: a date or an instant.",
                "until": "At or before: a date or an instant.",
                "actor": "Only what this person did.",
                "key": "Only with the key of this id.",
                "kind": f"Only of one kind: {', '.join(KINDS)}.",
                "code": "Only with this code of a refusal, or reason of a failed sign-in.",
                "path": "Only at this address, or at those that begin as it does where it ends in *.",
            },
            sheet=access_sheet,
        ),
        of_log=True,
        roles=OVERSEERS,
    ),
    Read(
        name="report-certificates",
        path="/v1/reports/certificates",
        summary="What was found when read models were held against the log: by whom, as of which position, digests.",
        group=GROUP,
        query=BasisQuery,
        ask=_certificates,
        rows=CertifiedTable,
        table=structs_table(CertifiedTable, left_out=()),
        report=Report(
            name="certificates",
            help="What was found when read models were held against the log (`mcsc check --certify`, `mcsc rebuild`).",
            sheet=certificates_sheet,
        ),
        of_log=True,
    ),
)

RECORDINGS: tuple[Recording, ...] = (
    Recording(
        path="/v1/log/certificates",
        command=CertifyReadModels,
        summary="Record what was found when read models were held against the log.",
        group=GROUP,
        roles=OVERSEERS,
        at="/v1/reports/certificates",
    ),
)


POSITION = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)


def fact_route(database: Database) -> "HTTPRouteHandler":
    """The route of one fact, byte for byte."""
    from litestar import Response

    def envelope_at(position: int) -> bytes | None:
        with database.views.connect() as connection:
            query = select(fact.c.envelope).where(fact.c.position == position)
            stored = connection.execute(query).scalar()
        return None if stored is None else bytes(stored)

    async def handler(request: AnyRequest) -> Response[bytes]:
        chosen(request.scope, (JSON,))
        query_of(request, NoQuery)
        written = request.scope["path_params"]["position"]
        stored = await in_time(envelope_at, int(written)) if POSITION.fullmatch(written) else None
        if stored is None:
            raise Problem("not-found", f"No fact is recorded at position {written!r}.")
        shown = stored if by_of(request.scope).role in ADMINS else bytes_withheld(stored)
        response = respond(request, shown, JSON, etag=written if shown == stored else f"{written}-withheld")
        response.headers["Leaf-Hash"] = merkle.leaf(stored).hex()
        if shown != stored:
            response.headers["Withheld"] = "secret_sha256"
        return response

    operation = Operation(
        name="read-fact",
        summary="One fact in its sealed envelope, byte for byte; SHA-256(0x00 ‖ body) is its `Leaf-Hash`. Of a key's"
        " secret only admin sees the hash; where it is `Withheld`, zeros stand in its place.",
        group=GROUP,
        roles=READERS,
        answers={200: ("The envelope as it was hashed.", {JSON: any_entry()})},
        problems=("not-found", "not-acceptable", "unavailable"),
    )
    return route("GET", "/v1/facts/{position:str}", operation, handler)


# The whole log

ENDINGS = dict(zip(FORMS, ("ndjson", "json"), strict=True))


class ExportQuery(Struct, frozen=True, kw_only=True):
    """The first position that is wanted."""

    from_: Annotated[
        int, Meta(ge=1, le=2**63 - 1, description="The first position wanted; to go on, the one after the last line's.")
    ] = field(default=1, name="from")


def export_log_route(database: Database) -> "HTTPRouteHandler":
    """The route of the whole log."""
    from litestar import Response
    from litestar.response import Stream

    async def handler(request: AnyRequest) -> Response[Any]:
        media_type = chosen(request.scope, tuple(FORMS))
        query = query_of(request, ExportQuery)
        file = f"log-from-{query.from_}.{ENDINGS[media_type]}"
        headers = {
            "Cache-Control": "private, no-store",
            "Vary": "Authorization, Accept",
            "Content-Disposition": f'attachment; filename="{file}"',
        }
        pieces = FORMS[media_type](exported(database, query.from_))
        try:
            begun = await in_time(_next, pieces)
        except NotSoLong as error:
            raise parameter_invalid("from", str(error)) from error
        if request.scope["method"] == "HEAD":
            return Response(b"", media_type=media_type, headers=headers)
        return Stream(_sent(begun, pieces), media_type=media_type, headers=headers)

    operation = Operation(
        name="export-log",
        summary="Every fact in its sealed envelope as CloudEvents 1.0, with the answers given; the last is the head.",
        group=GROUP,
        roles=ADMINS,
        query=ExportQuery,
        answers={200: ("An event for each fact and answer, and the head.", dict.fromkeys(FORMS, str))},
        problems=("not-acceptable", "parameter-invalid", "unavailable"),
    )
    return route("GET", "/v1/log/export", operation, handler)


def _next(pieces: Iterator[bytes]) -> bytes | None:
    return next(pieces, None)


async def _sent(begun: bytes | None, pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """The pieces, each read in a thread once the one before it is on its way."""
    piece = begun
    while piece is not None:
        yield piece
        piece = await in_time(_next, pieces)
