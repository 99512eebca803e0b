"""A closed month as one workbook: every report on the basis of its close, a sheet each, with its data beside it.

close_workbook         the month's name -> the basis, and the bytes
close_workbook_route   GET /v1/periods/{month}/close.xlsx
workbook_handed_over   the month's name -> the workbook as a file

Reports are asked as they are by themselves; those with a first day begin with the month. What is about the ledger and
not the month (who read what, what is odd, what waits) is left out.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec
from litestar import Response
from litestar.handlers import HTTPRouteHandler
from msgspec import Meta, Struct

from api.formats.files import XLSX
from api.formats.sheets import Filed
from api.formats.tables import TooLong
from api.http.answers import chosen, respond
from api.http.deadlines import patiently
from api.http.operations import READERS, Operation, route
from api.http.parameters import parameter_invalid, query_of
from api.http.problems import Problem
from api.http.reading import BasisQuery, Found, Read, Reader, filed, look_up, whole
from api.http.requests import AnyRequest
from api.settings import Settings
from ledger.log.database import Database
from ledger.periods import first_and_last
from projections.engine.basis import CLOSE, Basis

OF_THE_LEDGER = {"access", "exceptions", "proposals", "certificates"}
"""Reports that say nothing of a month."""


CloseName = Annotated[str, Meta(pattern=r"^(?!0000)[0-9]{4}-(0[1-9]|1[0-2])(#[1-9][0-9]{0,5})?$")]
"""A close as it stands in an address: 2026-06, or 2026-06#1 for its first."""


class CloseQuery(Struct, frozen=True, kw_only=True):
    """No parameters: the month stands in the address."""


def close_workbook(
    settings: Settings, database: Database, reads: Sequence[Read[Any]], written: str
) -> tuple[Basis, bytes]:
    """Every report on the basis of a close: 2026-06, its latest, or 2026-06#1. Raises Problem."""
    from api.formats.workbook import workbook  # read only where one is written: it takes a while

    if (named := CLOSE.fullmatch(f"close:{written.removeprefix('close:')}")) is None:
        raise parameter_invalid("month", f"{written!r} is no close; write 2026-06, or 2026-06#1 for its first")
    first, last = first_and_last(named[1])
    asked = BasisQuery(effective=last.isoformat(), recorded=named[0])
    basis, _ = look_up(settings, database, STANDS_ON, asked, {})
    assert isinstance(basis, Basis), "the read models have one"
    pinned = {"effective": last.isoformat(), "recorded": str(basis.recorded)}
    parts = [
        (read.report.name, _asked(settings, database, read, pinned, first.isoformat()))
        for read in reads
        if read.report and read.table and read.roles == READERS and read.report.name not in OF_THE_LEDGER
    ]
    stands_on = filed(settings, STANDS_ON, basis, [], asked, {}).about
    about = msgspec.structs.replace(
        stands_on,
        name=f"close {named[1]}",
        help=f"Every report of {named[1]} as it was closed: {named[0]}. Each has its own sheet, and its data another.",
        address=f"/v1/periods/{named[1]}/close.xlsx",
    )
    try:
        return basis, workbook(parts, about, {name: f"{name} data" for name, _ in parts})
    except TooLong as error:
        raise Problem("not-acceptable", f"{error}.") from error


def _asked(settings: Settings, database: Database, read: Read[Any], pinned: Mapping[str, str], first: str) -> Filed:
    """A report on the basis of the close, from the month's first day on where it has one."""
    known = read.query.__struct_fields__
    more: dict[str, Any] = {"from_on": first} if "from_on" in known else {}
    if read.in_pages:
        more["limit"] = read.at_once
    query = msgspec.convert({**pinned, **more}, read.query, strict=False)
    basis, pages = whole(settings, database, read, query, {})
    return filed(settings, read, basis, pages, query, {})


STANDS_ON: Read[BasisQuery] = Read(
    name="close-basis",
    path="",
    summary="",
    group="books",
    query=BasisQuery,
    ask=lambda _connection, _basis, _query, _path: Found(),
    table=lambda _found: ([], []),
)
"""Resolves the basis of a close."""


def close_workbook_route(reader: Reader, database: Database, reads: Sequence[Read[Any]]) -> HTTPRouteHandler:
    """The route that answers the workbook of a close."""

    async def handler(request: AnyRequest) -> Response[bytes]:
        chosen(request.scope, (XLSX,))
        query_of(request, CloseQuery)
        return await workbook_handed_over(
            reader.settings, database, reads, request, request.scope["path_params"]["month"]
        )

    operation = Operation(
        name="read-close-workbook",
        summary="A closed month as one workbook: every report on the basis of its close, a sheet each.",
        group="books",
        roles=READERS,
        named={"month": CloseName},
        query=CloseQuery,
        answers={200: ("The workbook.", {XLSX: bytes}), 304: ("Unchanged since the ETag.", {})},
        problems=("not-acceptable", "parameter-invalid", "read-model-behind", "unavailable"),
    )
    return route("GET", "/v1/periods/{month:str}/close.xlsx", operation, handler)


async def workbook_handed_over(
    settings: Settings, database: Database, reads: Sequence[Read[Any]], request: AnyRequest, month: str
) -> Response[bytes]:
    """The workbook of a close, as a file. Raises Problem."""
    basis, body = await patiently(close_workbook, settings, database, reads, month)
    response = respond(request, body, XLSX)
    name = f"close-{month}_eff-{basis.effective}_rec-{basis.recorded}.xlsx"
    stands_on = f"effective={basis.effective}; recorded={basis.recorded}; root={basis.root}"
    response.headers |= {"Content-Disposition": f'attachment; filename="{name}"', "Basis": stands_on}
    return response
