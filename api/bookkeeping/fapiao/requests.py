"""Which documents want a tax invoice, over HTTP and for the command line and the desk.

reads                 GET /v1/fapiao-requests: every request, and what it lacks
LACKS                 what is missing, and what to do about it, in both languages
made                  the requests on a basis as a workbook
fapiao_request_route  GET /v1/fapiao-requests/batch.xlsx
"""

from collections.abc import Iterator, Mapping
from datetime import date
from functools import partial
from typing import Annotated, Any

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from msgspec import Meta
from sqlalchemy import Connection

from api.bookkeeping.fapiao.items import items_of
from api.bookkeeping.fapiao.workbook import InvoiceType, workbook
from api.formats.files import XLSX
from api.formats.tables import Table, cells, columns
from api.http.answers import chosen, respond
from api.http.deadlines import patiently
from api.http.operations import READERS, Operation, route
from api.http.parameters import query_of
from api.http.reading import BasisQuery, Found, Read, Reader
from api.http.requests import AnyRequest
from api.settings import Settings
from ledger.decider import Id
from projections.engine.basis import Basis
from projections.tenancy.fapiao_requests import (
    FapiaoRequests,
    Lack,
    Missing,
    RequestedLine,
    fapiao_requests,
)

PATH = "/v1/fapiao-requests"

LACKS: Mapping[Missing, tuple[str, str]] = {
    "BUYER": ("{of} is not on record as a company", "{of} 不在企业登记中"),
    "ITEM": (
        "no item of the classification is set for {of}: fapiao_items in mcsc.toml",
        "{of} 未设税收分类编码：在 mcsc.toml 的 fapiao_items 中设定",
    ),
    "LEASE": ("no unit of {of} is on record for these days", "{of} 在这些日期没有登记单元"),
    "LOCATION": (
        "building {of} has no region and address: correct-building",
        "楼栋 {of} 未登记地区和地址：correct-building",
    ),
    "NAME": ("{of} has no name on record: change-details", "{of} 未登记名称：change-details"),
    "NOTE_IN_REVERSE": (
        "credit note {of} takes back another: settle its tax invoice at the platform, then issue-fapiao",
        "贷项通知 {of} 冲回另一张：请在税务平台处理，再登记（issue-fapiao）",
    ),
    "TITLE": (
        "building {of} has no title certificate on record: correct-building, or 无",
        "楼栋 {of} 未登记不动产权证号（没有则填“无”）：correct-building",
    ),
    "USCC": (
        "{of} has no unified social credit code: register-company or verify-identifier",
        "{of} 未登记统一社会信用代码：register-company 或 verify-identifier",
    ),
    "VAT": (
        "the tax of a line of {of} is not its net at its rate, as the platform works it out: issue it by hand",
        "{of} 某行税额不等于金额乘税率：请手工开具",
    ),
}


def in_words(lack: Lack, *, chinese: bool = False) -> str:
    """Say what a request lacks."""
    return LACKS[lack.code][chinese].format(of=lack.of)


class FapiaoRequestsQuery(BasisQuery, frozen=True, kw_only=True):
    """The requests that are wanted."""

    from_on: Annotated[date | None, Meta(description="Only of documents issued from this day on.")] = None
    company: Annotated[Id | None, Meta(description="Only of this company.")] = None


class FapiaoFileQuery(FapiaoRequestsQuery, frozen=True, kw_only=True):
    """The requests that are wanted, and the kind of tax invoice."""

    type: Annotated[InvoiceType, Meta(description="special: buyers deduct its tax (专用发票); or ordinary.")] = (
        "special"
    )


def requests_table(answer: FapiaoRequests) -> Table:
    """A row for each line of each request."""
    own = ("document", "credit_note", "corrects", "company", "buyer", "uscc", "lease", "charge", "issued_on")
    names = ["serial", *own, "item", "item_name", *columns(RequestedLine), "lacks"]

    def lines() -> Iterator[list[Any]]:
        for row in answer.rows:
            code, name = (row.item.code, row.item.name) if row.item else (None, None)
            lacks = "; ".join(map(in_words, row.lacks)) or None
            told = {"item": code, "item_name": name, "lacks": lacks, "serial": row.serial}
            said = told | {name: getattr(row, name) for name in own}
            yield from (cells(line, names, **said) for line in row.lines)

    return names, lines()


def read_of(settings: Settings) -> Read[FapiaoRequestsQuery]:
    """The question, by what the settings say of charges."""

    def ask(connection: Connection, basis: Basis, query: FapiaoRequestsQuery, _path: Mapping[str, str]) -> Found:
        items = items_of(settings)
        return Found(data=fapiao_requests(connection, basis, items, from_on=query.from_on, company=query.company))

    return Read(
        name="list-fapiao-requests",
        path=PATH,
        summary="The documents and credit notes that want a tax invoice, what each would say, and what it lacks.",
        group="billing",
        query=FapiaoRequestsQuery,
        ask=ask,
        data=FapiaoRequests,
        table=requests_table,
    )


def made(settings: Settings, basis: Basis, found: FapiaoRequests, kind: InvoiceType) -> bytes:
    """The requests on a basis as a workbook."""
    lacking = [(row, [(in_words(one), in_words(one, chinese=True)) for one in row.lacks]) for row in found.rows]
    return workbook(basis, lacking, kind, cross_city=settings.fapiao_cross_city)


def fapiao_request_route(reader: Reader) -> HTTPRouteHandler:
    """The route that answers the workbook."""
    read = read_of(reader.settings)

    async def handler(request: AnyRequest) -> Response[bytes]:
        chosen(request.scope, (XLSX,))
        query = query_of(request, FapiaoFileQuery)
        basis, found = await reader.find(read, query, {})
        assert isinstance(basis, Basis), "it reads read models"
        body = await patiently(partial(made, reader.settings, basis, found.data, query.type))
        response = respond(request, body, XLSX)
        name = f"fapiao-requests_eff-{basis.effective}_rec-{basis.recorded}.xlsx"
        stands_on = f"effective={basis.effective}; recorded={basis.recorded}; root={basis.root}"
        response.headers |= {"Content-Disposition": f'attachment; filename="{name}"', "Basis": stands_on}
        return response

    operation = Operation(
        name="export-fapiao-requests",
        summary="The requests that lack nothing, laid out as the tax platform's template for many; what others lack.",
        group="billing",
        roles=READERS,
        query=FapiaoFileQuery,
        answers={200: ("The workbook.", {XLSX: bytes}), 304: ("Unchanged since the ETag.", {})},
        problems=("not-acceptable", "read-model-behind", "unavailable"),
    )
    return route("GET", f"{PATH}/batch.xlsx", operation, handler)
