"""The sheets of a park's workbook and their columns.

Column   a field: what it means in both languages, what a cell of it may hold, an example
Sheet    a kind of row; SHEETS are those of the workbook, in order
"""

from typing import Any, Literal, get_args

from msgspec import Struct

from ledger.companies.facts import OriginChannel
from ledger.estate.facts import Use
from ledger.leases.terms import QuoteBasis, Terms
from ledger.values.measures import Standard

Kind = Literal["TEXT", "DAY", "MONEY", "PRICE", "COUNT"]
"""What a cell holds: MONEY and areas have two decimals, a PRICE or rate up to eight, a COUNT none."""


class Column(Struct, frozen=True):
    """A column. `choices`: all that a cell may hold; empty: whatever its kind allows."""

    name: str
    english: str
    chinese: str
    example: str
    kind: Kind = "TEXT"
    choices: tuple[str, ...] = ()
    required: bool = True


class Sheet(Struct, frozen=True):
    """A sheet, and its columns."""

    name: str
    columns: tuple[Column, ...]


def _of_terms(name: str) -> tuple[str, ...]:
    """The choices of a field of lease terms."""
    hint: Any = Terms.__annotations__[name]
    return tuple(str(choice) for choice in get_args(hint))


def _id(name: str, english: str, chinese: str, example: str) -> Column:
    return Column(
        name, f"{english}: lower-case letters, digits, hyphens", f"{chinese}：小写字母、数字、连字符", example
    )


_LEASE = _id("lease", "The lease's id", "租约编号", "l-1-example")
_PER = Column("per", "What the price is for", "计价单位", "M2_MONTH", choices=get_args(QuoteBasis))

COMPANIES = Sheet(
    "companies",
    (
        _id("company", "The tenant's id", "租户编号", "t-1-example"),
        Column("name", "Its name", "名称", "Example Tenant (demo)"),
        Column("name_zh", "Its Chinese name", "中文名称", "示例租户（演示）", required=False),
        Column("country", "ISO code of two letters", "两位国家代码", "CN"),
        Column("origin", "How it came", "来源渠道", "OTHER", choices=get_args(OriginChannel), required=False),
        Column("origin_year", "Of a CIIE pavilion: the year", "进博会年份", "", "COUNT", required=False),
    ),
)
SITES = Sheet(
    "sites",
    (
        _id("site", "The site's id", "园区编号", "site-example"),
        Column("name", "Its name", "名称", "Example Park (demo)"),
        Column("area", "Square metres", "面积（平方米）", "100000.00", "MONEY"),
        Column("source", "What states the area", "面积依据", "land certificate (demo)"),
    ),
)
PARCELS = Sheet(
    "parcels",
    (
        _id("site", "Its site", "所属园区", "site-example"),
        _id("parcel", "The parcel's id", "地块编号", "p-1-example"),
        Column("name", "Its name", "名称", "Parcel 1 (demo)"),
        Column("area", "Square metres", "面积（平方米）", "80000.00", "MONEY"),
    ),
)
BUILDINGS = Sheet(
    "buildings",
    (
        _id("parcel", "Its parcel", "所属地块", "p-1-example"),
        _id("building", "The building's id", "楼栋编号", "b-1-example"),
        Column("name", "Its name", "名称", "Hall 1 (demo)"),
        Column("floors", "Floors", "层数", "3", "COUNT"),
        Column("lettable", "Square metres to let", "可租面积（平方米）", "12000.00", "MONEY"),
        Column("standard", "Measured by", "测量标准", "GB/T17986", choices=get_args(Standard)),
        Column(
            "region", "Of its address on tax invoices: the region", "所在地区", "四川省眉山市东坡区", required=False
        ),
        Column("address", "Of its address: street and number", "详细地址", "示例路1号", required=False),
        Column("title_certificate", "Real-estate certificate, or 无", "不动产权证号，没有填“无”", "无", required=False),
    ),
)
UNITS = Sheet(
    "units",
    (
        _id("building", "Its building", "所属楼栋", "b-1-example"),
        _id("unit", "The unit's id", "单元编号", "b-1-101-example"),
        Column("floor", "Floor: 1, 12, B1, M", "楼层", "1"),
        Column("use", "Its use", "用途", "OFFICE", choices=get_args(Use)),
        Column("area", "Square metres", "面积（平方米）", "1200.00", "MONEY"),
    ),
)
LEASES = Sheet(
    "leases",
    (
        _LEASE,
        _id("company", "Its tenant", "租户编号", "t-1-example"),
        Column("signed_on", "Day of signature", "签订日期", "2025-11-20", "DAY"),
        Column("commencement_on", "First day of the term", "起租日", "2026-01-01", "DAY"),
        Column("expiry_on", "Last day of the term", "到期日", "2027-12-31", "DAY"),
        Column("price", "Rent ex VAT from the first day", "起租日租金（不含税）", "45.00", "PRICE"),
        _PER,
        Column(
            "billed_every_months",
            "Months billed at once",
            "每次开票月数",
            "1",
            "COUNT",
            _of_terms("billed_every_months"),
        ),
        Column("billed", "At the period's start or end", "预付或后付", "ADVANCE", choices=_of_terms("billed")),
        Column("due_days", "Days from invoice to due date", "付款天数", "10", "COUNT"),
        Column("deposit", "Deposit agreed", "约定押金", "108000.00", "MONEY", required=False),
        Column("service_price", "Service charge ex VAT", "物业费（不含税）", "5.00", "PRICE", required=False),
        Column("service_per", "What it is for", "物业费计价单位", "M2_MONTH", "TEXT", get_args(QuoteBasis), False),
        Column("vat", "VAT scheme", "计税方法", "GENERAL", "TEXT", _of_terms("vat"), False),
        Column("late_fee_per_day", "Late fee a day, 0.0005", "日滞纳金率", "0.0005", "PRICE", required=False),
        Column("billed_through", "Last day rent is billed for", "租金已开票至", "2026-05-31", "DAY", required=False),
        Column(
            "service_through", "The same of the service charge", "物业费已开票至", "2026-05-31", "DAY", required=False
        ),
    ),
)
LEASE_UNITS = Sheet(
    "lease units",
    (
        _LEASE,
        _id("unit", "A unit that it holds", "承租单元", "b-1-101-example"),
        Column("area", "Contracted square metres", "合同面积（平方米）", "1200.00", "MONEY"),
    ),
)
RENT_STEPS = Sheet(
    "rent steps",
    (
        _LEASE,
        Column("from_on", "Another rent from this day", "租金调整日", "2027-01-01", "DAY"),
        Column("price", "The rent ex VAT", "租金（不含税）", "47.00", "PRICE"),
        _PER,
    ),
)
RENT_FREE = Sheet(
    "rent free",
    (
        _LEASE,
        Column("from_on", "First day free of rent", "免租首日", "2026-01-01", "DAY"),
        Column("until_on", "Last day free of rent", "免租末日", "2026-01-31", "DAY"),
    ),
)
DEPOSITS = Sheet(
    "deposits",
    (
        _id("deposit", "The deposit's id", "押金编号", "d-1-example"),
        _LEASE,
        Column("amount", "Held on the day, CNY", "接管日余额（元）", "108000.00", "MONEY"),
    ),
)
INVOICES = Sheet(
    "open invoices",
    (
        _id("invoice", "The invoice's id", "账单编号", "inv-1-example"),
        _LEASE,
        Column(
            "charge",
            "What it asks for",
            "费用类别",
            "RENT",
            choices=("RENT", "SERVICE_CHARGE", "LATE_FEE", "TERMINATION_FEE"),
        ),
        Column("issued_on", "Its date", "开票日期", "2026-05-01", "DAY"),
        Column("due_on", "Due on", "到期日", "2026-05-11", "DAY"),
        Column("from_on", "First day it is for", "费用首日", "2026-05-01", "DAY"),
        Column("until_on", "Last day it is for", "费用末日", "2026-05-31", "DAY"),
        Column("gross", "It asked for, VAT included", "账单金额（含税）", "58860.00", "MONEY"),
        Column("vat_rate", "VAT rate, 0.09", "税率", "0.09", "PRICE"),
        Column("open", "Still open on the day", "接管日未收", "58860.00", "MONEY"),
    ),
)
SHEETS = (
    *(COMPANIES, SITES, PARCELS, BUILDINGS, UNITS),
    *(LEASES, LEASE_UNITS, RENT_STEPS, RENT_FREE, DEPOSITS, INVOICES),
)
MARK = "EXAMPLE 示例"
"""The first cell of a row that is an example: it is not read."""
FIRST = 5
"""The row on which a sheet's own rows begin: after names, help in both languages, and the example."""
