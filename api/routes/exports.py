"""The journal as text for other programs, sent as it is read, however long it is.

export_routes  GET /v1/reports/journal.hledger and journal.beancount
journal_csv    every line as CSV, for the command line: over HTTP it comes in pages, as a report
STANDS_ON      what resolves the basis of an export
"""

import hashlib
from collections.abc import AsyncIterator, Iterator
from typing import Any

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.response import Stream
from sqlalchemy import Connection

from api.formats.csv_text import BOM, csv_lines
from api.formats.journal_text import FORMATS, WRITTEN, Format, JournalBasis, first_lines, last_lines
from api.http.answers import chosen, respond
from api.http.deadlines import patiently
from api.http.operations import READERS, Operation, route
from api.http.parameters import query_of
from api.http.reading import BasisQuery, Found, Read, Reader
from api.http.requests import AnyRequest
from api.routes.books import journal_rows, journal_table
from api.settings import Settings
from ledger.books.accounts import chart
from ledger.books.postings import RULES_VERSION
from ledger.log.database import Database
from projections.books.entries import all_entries, journal
from projections.engine.basis import Basis


def journal_csv(connection: Connection, known: JournalBasis) -> Iterator[str]:
    """Every line of the journal as CSV, a page of entries at a time: the same columns as the report's."""
    names, _ = journal_table([])
    yield BOM + csv_lines([names])
    for entry in all_entries(connection, known.basis):
        _, rows = journal_table(journal_rows(known.accounts, [entry]))
        yield csv_lines(rows)


TEXT = "text/plain"
PAGE_ENTRIES = 1000
STANDS_ON: Read[BasisQuery] = Read(
    name="journal-basis",
    path="",
    summary="",
    group="books",
    query=BasisQuery,
    ask=lambda _connection, _basis, _query, _path: Found(),
)
"""Resolves the basis of an export, which reads its pages afterwards: they never change."""


def export_routes(reader: Reader, database: Database, settings: Settings) -> list[HTTPRouteHandler]:
    """The journal in the format of each program."""
    return [_export_route(reader, database, settings, name, form) for name, form in FORMATS.items()]


def _export_route(reader: Reader, database: Database, settings: Settings, name: str, form: Format) -> HTTPRouteHandler:
    async def handler(request: AnyRequest) -> Response[Any]:
        chosen(request.scope, (TEXT,))
        basis, _ = await reader.find(STANDS_ON, query_of(request, BasisQuery), {})
        assert isinstance(basis, Basis), "the journal is a read model"
        known = JournalBasis(basis=basis, accounts=chart(settings.accounts))
        unsent = respond(request, b"", TEXT, etag=_etag(name, known))
        if unsent.status_code != 200:
            return unsent
        file = f"journal_eff-{basis.effective}_rec-{basis.recorded}.{name}"
        unsent.headers["Content-Disposition"] = f'attachment; filename="{file}"'
        pages = _pages(database, known, form)
        if request.scope["method"] == "HEAD":
            unsent.headers["Content-Length"] = str(sum([len(page) async for page in pages]))
            return unsent
        return Stream(pages, media_type=TEXT, headers=unsent.headers)

    operation = Operation(
        name=f"export-journal-{name}",
        summary=f"The journal as {form.program} reads it: every entry with its fact, and the balances it comes to.",
        group="books",
        roles=READERS,
        query=BasisQuery,
        answers={200: (f"Text for {form.program}.", {TEXT: str}), 304: ("Unchanged since the ETag.", {})},
        problems=("not-acceptable", "read-model-behind", "unavailable"),
    )
    return route("GET", f"/v1/reports/journal.{name}", operation, handler)


def _etag(name: str, known: JournalBasis) -> str:
    """The same basis, codes and rules give the same bytes."""
    codes = sorted((account.account, account.code) for account in known.accounts.values())
    said = (name, RULES_VERSION, WRITTEN, known.basis.effective, known.basis.recorded, known.basis.root, codes)
    return hashlib.sha256(repr(said).encode()).hexdigest()[:32]


async def _pages(database: Database, known: JournalBasis, form: Format) -> AsyncIterator[bytes]:
    """The text, a page of entries at a time, each read in a thread; however long it takes, unless there is silence."""

    def begin() -> bytes:
        with database.views.connect() as connection:
            return first_lines(connection, known, form).encode()

    def page(after: int) -> tuple[bytes, int | None]:
        with database.views.connect() as connection:
            entries = journal(connection, known.basis, after=after, limit=PAGE_ENTRIES)
        text = "".join(form.entry(entry) for entry in entries).encode()
        return text, entries[-1].position if entries else None

    def end() -> bytes:
        with database.views.connect() as connection:
            return last_lines(connection, known, form).encode()

    yield await patiently(begin)
    after: int | None = 0
    while after is not None:
        text, after = await patiently(page, after)
        yield text
    yield await patiently(end)
