"""How a paper is asked for: the same question over HTTP, from the desk and by `mcsc paper`, and the same bytes.

papers        each kind of paper by its name: a Read whose data is a Paper
paper_routes  GET …/statement.pdf, invoice.pdf, credit-note.pdf, energy-statement.pdf, vouchers.pdf
handed_over   a Paper printed, as a response; printed_for: the Paper and its bytes; sent: these as a response
hash_of       the SHA-256 of a PDF, by which it is known again

The hash goes with the file: as ETag and Repr-Digest (RFC 9530) over HTTP, on standard output from the command line.
"""

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Any

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from msgspec import structs
from sqlalchemy import Connection

from api.http.answers import chosen, respond
from api.http.deadlines import patiently
from api.http.operations import Operation, route
from api.http.parameters import identifier, query_of
from api.http.problems import Problem
from api.http.reading import BasisQuery, Found, Read, Reader, not_known
from api.http.requests import AnyRequest
from api.papers.account import StatementQuery, statement_of_account
from api.papers.documents import Stands, credit_note, energy_statement, invoice
from api.papers.paper import Paper
from api.papers.printing import CannotPrint, printed
from api.papers.vouchers import VoucherBookQuery, voucher_book
from api.routes import billing, offtake
from api.settings import Settings
from ledger.books.accounts import chart
from ledger.decider import Id
from ledger.offtake.charges.crediting import year_documents
from projections.companies.register import company
from projections.deals.offtake import ShortfallRow, offtakes, shortfall
from projections.engine.basis import Basis

PDF = "application/pdf"
Path = Mapping[str, str]


def papers(settings: Settings) -> dict[str, Read[Any]]:
    """Every kind of paper, by its name on the command line."""
    ledger, invented = settings.ledger, settings.data_class == "FICTIONAL"

    def account(connection: Connection, basis: Basis, query: StatementQuery, path: Path) -> Found:
        return Found(data=statement_of_account(connection, basis, path["company"], query.from_on, ledger, invented))

    def stands(connection: Connection, basis: Basis, name: str) -> Stands:
        known = company(connection, basis, name)
        return Stands(basis=basis, company=name, known=known, ledger=ledger, invented=invented)

    def document(connection: Connection, basis: Basis, query: BasisQuery, path: Path) -> Found:
        found = INVOICE.ask(connection, basis, _on(query, basis), path).data
        year = _year_of(connection, basis, found.invoice) if found.charge == "TAKE_OR_PAY" else None
        return Found(data=invoice(found, stands(connection, basis, found.company), year))

    def note(connection: Connection, basis: Basis, query: BasisQuery, path: Path) -> Found:
        found = CREDIT_NOTE.ask(connection, basis, _on(query, basis), path).data
        return Found(data=credit_note(found, stands(connection, basis, found.fact.company)))

    def month(connection: Connection, basis: Basis, query: BasisQuery, path: Path) -> Found:
        agreed = [row for row in offtakes(connection, basis, agreement=path["agreement"]) if row.buyer]
        if not agreed:
            raise not_known("offtake agreement", path["agreement"], basis)
        found = ENERGY.ask(connection, basis, _on(query, basis), path).data
        return Found(data=energy_statement(found, stands(connection, basis, str(agreed[0].buyer))))

    def book(connection: Connection, basis: Basis, query: VoucherBookQuery, path: Path) -> Found:
        accounts = chart(settings.accounts)
        return Found(data=voucher_book(connection, basis, path["month"], query, accounts, ledger, invented))

    return {
        "statement": _paper("statement", "/v1/tenants/{company:str}", "A tenant's statement of account", account),
        "invoice": _paper("invoice", INVOICE.path, "An invoice, debit note or late fee", document),
        "credit-note": _paper("credit-note", CREDIT_NOTE.path, "A credit note", note),
        "energy": _paper("energy-statement", ENERGY.path, "A month's energy statement", month),
        "vouchers": _paper("vouchers", "/v1/periods/{month:str}", "The vouchers of a month, to print and bind", book),
    }


def _year_of(connection: Connection, basis: Basis, name: str) -> ShortfallRow | None:
    """The contract year whose shortfall a document asks money for, as its latest run on this basis says."""
    rows = shortfall(connection, basis).rows
    return next((row for row in rows if name.startswith(f"{year_documents(row.agreement, row.year)}-r")), None)


INVOICE, CREDIT_NOTE, ENERGY = (
    next(read for read in reads if read.name == name)
    for reads, name in (
        (billing.READS, "read-invoice"),
        (billing.READS, "read-credit-note"),
        (offtake.READS, "read-energy-statement"),
    )
)


QUERIES: Mapping[str, type[BasisQuery]] = {"statement": StatementQuery, "vouchers": VoucherBookQuery}


def _on(query: BasisQuery, basis: Basis) -> BasisQuery:
    """The same question, of the basis' own day where none was said: a paper names it."""
    return structs.replace(query, effective=basis.effective.isoformat())


def _paper(noun: str, path: str, what: str, ask: Callable[..., Found]) -> Read[Any]:
    return Read(
        name=f"print-{noun}",
        path=f"{path}/{noun}.pdf",
        summary=f"{what} as a paper in English and Chinese, with its basis in the footer; its ETag is its SHA-256.",
        group="papers",
        query=QUERIES.get(noun, BasisQuery),
        ask=ask,
        data=Paper,
        problems=("not-found", "not-proven"),
    )


def names_in(read: Read[Any], written: str) -> dict[str, str]:
    """The names that its address takes, one after the other: AGREEMENT/2026-03-r0. Raises Problem."""
    names = re.findall(r"\{(\w+):str\}", read.path)
    parts = written.split("/")
    if len(parts) != len(names):
        raise Problem("not-found", f"{written!r} is no {'/'.join(names).upper()}.")
    return {name: identifier(name, part) for name, part in zip(names, parts, strict=True)}


def hash_of(body: bytes) -> str:
    """The SHA-256 of a PDF, by which it is known again."""
    return hashlib.sha256(body).hexdigest()


def made(paper: Paper) -> bytes:
    """A paper as PDF. Raises Problem where nothing can be printed."""
    try:
        return printed(paper)
    except CannotPrint as error:
        raise Problem("not-acceptable", f"It does not come as PDF here: {error}.") from error


async def handed_over(reader: Reader, read: Read[Any], request: AnyRequest, query: Any, path: Path) -> Response[bytes]:
    """A paper, printed. Raises Problem."""
    return sent(request, *await printed_for(reader, read, query, path))


async def printed_for(reader: Reader, read: Read[Any], query: Any, path: Path) -> tuple[Paper, bytes]:
    """A paper, and its bytes. Raises Problem."""
    _, found = await reader.find(read, query, path)
    paper: Paper = found.data
    return paper, await patiently(made, paper)


def sent(request: AnyRequest, paper: Paper, body: bytes, how: str = "inline") -> Response[bytes]:
    """A printed paper as a response. `how`: it is shown, or saved as an attachment."""
    response = respond(request, body, PDF, etag=hash_of(body))
    stem = re.sub(r"[^A-Za-z0-9.-]+", "-", f"{paper.title.en.lower()} {paper.number}")
    name = f"{stem}_eff-{paper.effective}_rec-{paper.recorded}.pdf"
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    response.headers |= {
        "Content-Disposition": f'{how}; filename="{name}"',
        "Basis": f"effective={paper.effective}; recorded={paper.recorded}; root={paper.root}",
        "Repr-Digest": f"sha-256=:{digest}:",
    }
    return response


def paper_routes(reader: Reader, settings: Settings) -> list[HTTPRouteHandler]:
    """A route for each kind of paper."""
    return [_route(reader, read) for read in papers(settings).values()]


def _route(reader: Reader, read: Read[Any]) -> HTTPRouteHandler:
    async def handler(request: AnyRequest) -> Response[bytes]:
        chosen(request.scope, (PDF,))
        path = {name: identifier(name, value) for name, value in request.scope["path_params"].items()}
        return await handed_over(reader, read, request, query_of(request, read.query), path)

    operation = Operation(
        name=read.name,
        summary=read.summary,
        group=read.group,
        roles=read.roles,
        named=dict.fromkeys(re.findall(r"\{(\w+):str\}", read.path), Id),
        query=read.query,
        answers={200: ("The paper.", {PDF: bytes}), 304: ("Unchanged since the ETag.", {})},
        problems=("not-acceptable", "read-model-behind", "unavailable", *read.problems),
    )
    return route("GET", read.path, operation, handler)
