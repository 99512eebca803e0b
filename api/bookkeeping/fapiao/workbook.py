"""Requests for tax invoices as a workbook, laid out as the tax platform's template for many at once (批量开票).

SHEETS     its sheets and their columns, by the template's own Chinese names
workbook   requests, and what each lacks -> the bytes

The sheets of what is to be issued are those of the template: head, lines, and what special business asks for, here
type 06, the lease of real estate. Red-letter requests and what lacks something stand on sheets beside, which the
platform takes no notice of. Codes, numbers and dates are texts. The template changes from time to time: the names of
columns say where each goes. Whether the platform takes a file as it is was not tried here.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal

from xlsxwriter import Workbook

from projections.engine.basis import Basis
from projections.tenancy.fapiao_requests import FapiaoRequest

InvoiceType = Literal["special", "ordinary"]
TYPES: Mapping[InvoiceType, str] = {"special": "增值税专用发票", "ordinary": "普通发票"}
LEASE_TYPE = "不动产经营租赁"
"""Special type 06, by its name in the template."""
AREA_UNIT = "平方米"
NO_INSTANT = datetime(1980, 1, 1, tzinfo=UTC)
HEAD, LINES, SPECIAL, RED, LACKING = (
    "1-发票基本信息",
    "2-发票明细信息",
    "3-特定业务信息",
    "红字 red letter",
    "未就绪 lacking",
)
SERIAL, BUYER = "发票流水号", ("购买方名称", "购买方纳税人识别号")
SHEETS: Mapping[str, tuple[str, ...]] = {
    HEAD: (SERIAL, "发票类型", "特定业务类型", "是否含税", *BUYER, "备注"),
    LINES: (SERIAL, "项目名称", "商品和服务税收编码", "单位", "数量", "单价", "金额", "税率"),
    SPECIAL: (SERIAL, "不动产地址", "不动产详细地址", "租赁期起", "租赁期止", "跨地(市)标志", "产权证书号", "面积单位"),
    RED: (
        SERIAL,
        "贷项通知",
        "单据",
        "被红冲蓝字数电发票号码",
        "购买方名称",
        "购买方纳税人识别号",
        "金额",
        "税额",
        "价税合计",
    ),
    LACKING: ("单据 document", "贷项通知 credit note", "价税合计 gross", "缺少 lacks", "lacks"),
}
Told = Sequence[tuple[FapiaoRequest, Sequence[tuple[str, str]]]]
Cells = tuple[str, ...]


def workbook(basis: Basis, told: Told, kind: InvoiceType, *, cross_city: bool) -> bytes:
    """The workbook.

    told         each request with what it lacks, in English and in Chinese
    cross_city   what is let lies in another city than the lessor is registered in
    """
    rows: dict[str, list[Cells]] = {sheet: [] for sheet in SHEETS}
    for one, lacks in told:
        if lacks:
            rows[LACKING] += ((one.document, one.credit_note or "", one.gross, zh, en) for en, zh in lacks)
        elif one.credit_note is not None:
            rows[RED].append(_red(one))
        else:
            rows[HEAD].append(_head(one, kind))
            rows[LINES] += _lines(one)
            rows[SPECIAL] += _special(one, cross_city=cross_city)
    return _written(basis, rows)


def _head(one: FapiaoRequest, kind: InvoiceType) -> Cells:
    special = LEASE_TYPE if one.places else ""
    return str(one.serial), TYPES[kind], special, "否", one.buyer or "", one.uscc or "", one.document


def _lines(one: FapiaoRequest) -> Iterator[Cells]:
    assert one.item is not None, "it lacks nothing"
    for line in one.lines:
        yield str(one.serial), one.item.name, one.item.code, "项", "1", line.net, line.net, line.vat_rate


def _special(one: FapiaoRequest, *, cross_city: bool) -> Iterator[Cells]:
    first, last = min(line.from_on for line in one.lines), max(line.until_on for line in one.lines)
    for place in one.places:
        address = f"{place.address} {place.unit}"
        days = first.isoformat(), last.isoformat()
        mark = "是" if cross_city else "否"
        yield str(one.serial), place.region or "", address, *days, mark, place.title_certificate or "", AREA_UNIT


def _red(one: FapiaoRequest) -> Cells:
    amounts = one.net, one.vat, one.gross
    named = one.credit_note or "", one.document, one.corrects or ""
    return str(one.serial), *named, one.buyer or "", one.uscc or "", *(f"-{amount}" for amount in amounts)


def _written(basis: Basis, rows: Mapping[str, Sequence[Cells]]) -> bytes:
    out = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    book = Workbook(out, options)
    at = (basis.recorded_at or NO_INSTANT).astimezone(UTC).replace(tzinfo=None)
    stands_on = f"effective={basis.effective}; recorded={basis.recorded}; root={basis.root}"
    book.set_properties({"title": "fapiao requests 发票开具申请", "comments": stands_on, "created": at})
    bold = book.add_format({"bold": True})
    for name, titles in SHEETS.items():
        sheet = book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        for column, title in enumerate(titles):
            sheet.write_string(0, column, title, bold)
            sheet.set_column(column, column, max(12, 2 * len(title)))
        for number, cells in enumerate(rows[name], 1):
            for column, cell in enumerate(cells):
                sheet.write_string(number, column, cell)
    book.close()
    return out.getvalue()
