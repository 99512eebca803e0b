"""A year for auditors over HTTP: the files of `mcsc export audit` as one ZIP, sent while it is read.

AuditQuery    the year, and as recorded by
export_of     the export on a basis; year_asked: the question with the day that the year's books go through
audit_route   GET /v1/audit-export, for auditors and finance
zipped        the files of a directory as the pieces of a ZIP; the same files give the same bytes
"""

import io
import zipfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.response import Stream
from msgspec import Meta
from msgspec.structs import replace

from api.http.answers import chosen, respond
from api.http.deadlines import patiently
from api.http.operations import FINANCE, OVERSEERS, Operation, route
from api.http.parameters import parameter_invalid, query_of
from api.http.reading import BasisQuery, Reader
from api.http.requests import AnyRequest
from api.papers.auditors.exporting import Export
from api.routes.exports import STANDS_ON
from api.settings import Settings
from ledger.books.accounts import chart
from ledger.log.database import Database
from projections.engine.basis import Basis

WRITTEN = 1
"""How the files are written: another number where the same basis gives other bytes."""
PIECE, ZIP = 1 << 20, "application/zip"
DAY = (1980, 1, 1, 0, 0, 0)
"""Files in a ZIP bear a day; these bear its first."""


class AuditQuery(BasisQuery, frozen=True, kw_only=True):
    """A year of the books, up to its last day or an earlier one."""

    year: Annotated[
        Annotated[int, Meta(ge=1900, le=9998)] | None,
        Meta(description="The calendar year, through its last day; without it, that of `effective`, through this day."),
    ] = None


def year_asked(query: AuditQuery) -> AuditQuery:
    """The same question with the day that the books go through. Raises Problem where both are said."""
    if query.year is None:
        return query
    if query.effective is not None:
        raise parameter_invalid("effective", "say the year, or the day that its books go through, not both")
    return replace(query, effective=f"{query.year:04}-12-31")


def export_of(settings: Settings, database: Database, basis: Basis) -> Export:
    """The export of the basis's year, up to its day."""
    return Export(database, basis, chart(settings.accounts), settings.ledger, settings.data_class == "FICTIONAL")


def zipped(directory: Path) -> Iterator[bytes]:
    """The files of a directory as the pieces of a ZIP, in the order of their names."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(path for path in directory.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(file.relative_to(directory).as_posix(), DAY)
            entry.compress_type = zipfile.ZIP_DEFLATED
            with file.open("rb") as source, archive.open(entry, "w", force_zip64=True) as target:
                while piece := source.read(PIECE):
                    target.write(piece)
                    yield sink.taken()
    yield sink.taken()


class _Sink(io.RawIOBase):
    """Takes what an archive writes, and gives it away again."""

    def __init__(self) -> None:
        super().__init__()
        self._held = bytearray()

    def writable(self) -> bool:
        """It can be written to, and not be gone back in."""
        return True

    def write(self, data: Any) -> int:
        """Take some bytes."""
        self._held += data
        return len(data)

    def taken(self) -> bytes:
        """Give away what was taken since the last time."""
        held, self._held = bytes(self._held), bytearray()
        return held


def audit_route(reader: Reader, database: Database, settings: Settings) -> HTTPRouteHandler:
    """The route that answers a year."""

    async def handler(request: AnyRequest) -> Response[Any]:
        chosen(request.scope, (ZIP,))
        return await handed_over(reader, database, settings, request, query_of(request, AuditQuery))

    operation = Operation(
        name="export-audit",
        summary="A year of the books for auditors: ledger, balances, open items, as CSV, JSON and text with pipes.",
        group="audit",
        roles=FINANCE | OVERSEERS,
        query=AuditQuery,
        answers={200: ("The files, in a ZIP.", {ZIP: bytes}), 304: ("Unchanged since the ETag.", {})},
        problems=("not-acceptable", "read-model-behind", "unavailable"),
    )
    return route("GET", "/v1/audit-export", operation, handler)


async def handed_over(
    reader: Reader, database: Database, settings: Settings, request: AnyRequest, query: AuditQuery
) -> Response[Any]:
    """A year as a response. Raises Problem."""
    basis, _ = await reader.find(STANDS_ON, year_asked(query), {})
    assert isinstance(basis, Basis), "the books are read models"
    unsent = respond(request, b"", ZIP, etag=f"audit-{WRITTEN}-{basis.effective}-{basis.recorded}-{basis.root[:32]}")
    if unsent.status_code != 200:
        return unsent
    file = f"audit-{basis.effective.year}_eff-{basis.effective}_rec-{basis.recorded}.zip"
    unsent.headers["Content-Disposition"] = f'attachment; filename="{file}"'
    pieces = _pieces(export_of(settings, database, basis))
    if request.scope["method"] == "HEAD":
        unsent.headers["Content-Length"] = str(sum([len(piece) async for piece in pieces]))
        return unsent
    return Stream(pieces, media_type=ZIP, headers=unsent.headers)


async def _pieces(export: Export) -> AsyncIterator[bytes]:
    """The ZIP of an export that is written first, a page at a time, each in a thread."""
    with TemporaryDirectory(prefix="audit-") as made:
        directory = Path(made)
        steps = export.steps(directory)
        while await patiently(next, steps, None) is not None:
            pass
        pieces = zipped(directory)
        while (piece := await patiently(next, pieces, None)) is not None:
            yield piece
