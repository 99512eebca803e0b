"""Evidence packs handed over: over HTTP, and to the command line.

evidence_of      settings, database, basis, subject -> the pack
with_receipts    the reports whose figures can be proved
handed_over      a question from a client or a page -> the pack as a file
close_named      a close, by its name
default          what a parameter of a report is unless it is given
evidence_route   GET /v1/evidence, for auditors and finance
ON_RECORD        resolves the basis of a pack
"""

import re
import shlex
from collections.abc import Iterable, Sequence
from typing import Annotated, Any
from urllib.parse import parse_qsl

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from msgspec import Meta, Struct
from msgspec.structs import fields
from sqlalchemy import Connection

from api.evidence.gathering import Close, Figure, OneFact, Subject, gather
from api.evidence.packing import Made, pack
from api.http.answers import chosen, respond
from api.http.deadlines import patiently
from api.http.operations import ADMINS, FINANCE, OVERSEERS, Operation, not_allowed, route
from api.http.parameters import parameter_invalid, query_of
from api.http.reading import BasisQuery, Found, Read, Reader
from api.http.requests import AnyRequest, by_of
from api.routes.log.proofs import signer_of
from api.settings import Settings
from ledger.access import KeyCreated
from ledger.decider import By
from ledger.log import store
from ledger.log.database import Database
from projections.engine.basis import Basis
from projections.engine.receipts import facts_at

ZIP = "application/zip"
PROVERS = FINANCE | OVERSEERS
"""Roles that may take a pack away."""
CLOSE = re.compile(r"(?:close:)?([0-9]{4}-(?:0[1-9]|1[0-2]))(?:#([1-9][0-9]{0,5}))?")
ON_RECORD: Read[BasisQuery] = Read(
    name="evidence-basis",
    path="",
    summary="",
    group="audit",
    query=BasisQuery,
    ask=lambda _connection, _basis, _query, _path: Found(),
)


class EvidenceQuery(BasisQuery, frozen=True, kw_only=True, rename={"company": "for"}):
    """The thing to be proved: a report and a cell, or a fact, or a close."""

    report: Annotated[str | None, Meta(description="A report by its name, with `cell`.")] = None
    cell: Annotated[Annotated[str, Meta(max_length=200)] | None, Meta(description="ROW/COLUMN, as for `explain`.")] = (
        None
    )
    asked: Annotated[
        Annotated[str, Meta(max_length=500)] | None,
        Meta(description="The report's other parameters, as a query string: from_on=2026-01-01&stream=RENT."),
    ] = None
    company: Annotated[
        str | None, Meta(description="For the eyes of this company: facts of others are hashes only.")
    ] = None
    position: Annotated[Annotated[int, Meta(ge=1, le=10**17)] | None, Meta(description="A fact.")] = None
    close: Annotated[
        str | None, Meta(description="A closed month: 2026-05 (its latest close), or close:2026-05#1.")
    ] = None
    size: Annotated[
        Annotated[int, Meta(ge=1, le=10**17)] | None,
        Meta(description="Prove with the checkpoint of so many facts; all, unless said."),
    ] = None


def default(query: type[Struct], name: str) -> Any:
    """The value of a parameter unless it is given."""
    return next((field.default for field in fields(query) if field.name == name), None)


def with_receipts(reads: Iterable[Read[Any]]) -> dict[str, Read[Any]]:
    """The reports whose figures can be proved, by name."""
    return {read.report.name: read for read in reads if read.report is not None and read.receipts is not None}


def evidence_of(
    settings: Settings, database: Database, reads: Iterable[Read[Any]], basis: Basis, subject: Subject, size: int | None
) -> Made:
    """The pack that proves something, with the checkpoint of so many facts, or of all. Raises Problem."""
    with database.views.connect() as connection:
        size = _size(connection, basis, subject, size)
        gathered = gather(with_receipts(reads), connection, basis, subject, size)
        command = _command(subject, basis, size)
        return pack(connection, gathered, size=size, signer=signer_of(settings), command=command)


def _size(connection: Connection, basis: Basis, subject: Subject, asked: int | None) -> int:
    size, there = asked, store.read_head(connection).size
    least = basis.recorded if isinstance(subject, Figure) else 1
    if size is not None and not least <= size <= there:
        raise parameter_invalid("size", f"a checkpoint of {size} facts does not hold this; {least} to {there} do")
    return there if size is None else size


def _command(subject: Subject, basis: Basis, size: int) -> str:
    """The command that makes the same pack again."""
    match subject:
        case OneFact(position=position):
            words = ["fact", str(position)]
        case Close(month=month, number=number):
            words = ["close", f"close:{month}" + (f"#{number}" if number else "")]
        case Figure():
            words = [subject.report, subject.cell, "--effective", basis.effective.isoformat()]
            words += ["--recorded", str(basis.recorded)]
            words += ["--for", subject.company] if subject.company else []
            words += [word for name, value in sorted(subject.asked.items()) for word in _option(name, value)]
    return shlex.join(["mcsc", "evidence", *words, "--size", str(size), "-o", "pack.zip"])


def _option(name: str, value: Any) -> list[str]:
    """A report's parameter as the command line has it."""
    option = name.removesuffix("_on").replace("_", "-")
    if isinstance(value, bool):
        return [f"--{option}" if value else f"--no-{option}"]
    return [f"--{option}", str(value)]


# Over HTTP


def evidence_route(
    reader: Reader, database: Database, settings: Settings, reads: Sequence[Read[Any]]
) -> HTTPRouteHandler:
    """The route that answers a pack."""

    async def handler(request: AnyRequest) -> Response[bytes]:
        chosen(request.scope, (ZIP,))
        query = query_of(request, EvidenceQuery)
        return await handed_over(reader, database, settings, reads, request, query, by_of(request.scope))

    operation = Operation(
        name="read-evidence",
        summary="A figure, a fact or a closed month in a file that a stranger can check: docs/evidence-pack.md.",
        group="audit",
        roles=PROVERS,
        query=EvidenceQuery,
        answers={200: ("The evidence pack.", {ZIP: bytes}), 304: ("Unchanged since the ETag.", {})},
        problems=("not-acceptable", "not-proven", "evidence-too-large", "read-model-behind", "unavailable"),
    )
    return route("GET", "/v1/evidence", operation, handler)


async def handed_over(
    reader: Reader,
    database: Database,
    settings: Settings,
    reads: Iterable[Read[Any]],
    request: AnyRequest,
    query: EvidenceQuery,
    by: By,
) -> Response[bytes]:
    """The pack that is asked for, as a file. Raises Problem."""
    subject = _subject(query)
    stands_on = BasisQuery(effective=query.effective, recorded=query.recorded, wait=query.wait)
    basis, _ = await reader.find(ON_RECORD, stands_on, {})
    assert isinstance(basis, Basis), "the read models have one"
    if isinstance(subject, OneFact) and by.role not in ADMINS:
        await patiently(_check_no_secret, database, subject.position, by)
    made = await patiently(evidence_of, settings, database, reads, basis, subject, query.size)
    response = respond(request, made.data, ZIP)
    response.headers["Content-Disposition"] = 'attachment; filename="pack.zip"'
    return response


def _check_no_secret(database: Database, position: int, by: By) -> None:
    """Refuse a fact that holds the hash of a secret: a pack has it as it was sealed. Raises Problem."""
    with database.views.connect() as connection:
        found = facts_at(connection, [position]).get(position)
    if found is not None and isinstance(found.fact, KeyCreated):
        raise not_allowed(by.role, ADMINS)


def _subject(query: EvidenceQuery) -> Subject:
    """The subject that is asked for: one of three. Raises Problem."""
    if [query.report, query.position, query.close].count(None) != 2:
        raise parameter_invalid("report", "ask for one of report (with cell), position and close")
    if query.position is not None:
        return OneFact(query.position)
    if query.close is not None:
        return close_named("close", query.close)
    if query.cell is None:
        raise parameter_invalid("cell", "say which figure of the report, as ROW/COLUMN")
    pairs = dict(parse_qsl(query.asked or "", keep_blank_values=True))
    return Figure(report=query.report or "", cell=query.cell, asked=pairs, company=query.company)


def close_named(parameter: str, written: str) -> Close:
    """A close by its name. Raises Problem."""
    if (named := CLOSE.fullmatch(written)) is None:
        raise parameter_invalid(parameter, f"{written!r} is no close; write 2026-05, or close:2026-05#1")
    return Close(named[1], int(named[2]) if named[2] else None)
