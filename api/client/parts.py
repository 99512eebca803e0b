"""Parts of commands of several kinds.

Made from docs/openapi.json by `python -m api.client.making docs/openapi.json`.
"""

from datetime import date
from typing import Any, Literal

from msgspec import Struct


class Command(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="command"):
    """A command: what somebody asks for. Its tag is its name."""


class TableDigest(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The rows of a table that is live: how many, and the SHA-256 of them all in the order of their keys."""

    table: str
    rows: int
    sha256: str


class Evidence(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A document that proves what is recorded: anybody who holds it can compare its SHA-256."""

    doc: str
    sha256: str
    url: str | None = None


class DayPrices(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A day of prices, from midnight on, in local time of the market."""

    day: date
    prices: str


class DebtToPay(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """So much of what a journal credited to an account of debts."""

    journal: str
    account: Literal["accrued", "dividends", "income-tax-payable", "other-payables", "payroll"]
    amount: str


class Emission(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The place of an emission factor in the announcements: it is that of a region and a year, on a basis.

    region         CN, a province as ISO 3166-2 has it (CN-SC is Sichuan), or a grid such as GRID-SOUTHWEST
    announcement   its number and date: 生态环境部、国家统计局公告 2025年第47号
    """

    region: str
    year: int
    basis: Literal["AVERAGE", "FOSSIL", "WITHOUT_MARKET_GREEN"]
    announcement: str


class FapiaoReply(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A tax invoice as the platform replied: of which document, or of which credit note a red-letter one.

    red        it takes back the whole tax invoice of the document; one of a credit note is red anyway
    line       its line in the file
    net, vat   what it says, without a sign
    """

    line: int
    invoice: str
    credit_note: str | None = None
    red: bool = False
    number: str
    code: str | None = None
    issued_on: date
    net: str
    vat: str


class Intended(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An amount somebody means to invest. It binds nobody and is nobody's money here."""

    currency: Literal["BHD", "CNY", "EUR", "JPY", "KRW", "KWD", "USD"]
    amount: str


class LineByHand(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A line as it is proposed. `account`: its name in the chart, such as administration."""

    account: str
    side: Literal["CREDIT", "DEBIT"]
    amount: str


class NewPart(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A new unit and its area."""

    unit: str
    area: str


class Polygon(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag="Polygon"):
    """A GeoJSON polygon (RFC 7946 §3.1.6): the outer ring, then holes; each ring ends where it begins."""

    coordinates: tuple[tuple[tuple[float, ...], ...], ...]
    bbox: tuple[float, ...] | None = None


class Profile(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The meaning of the columns of a bank's CSV, each by its heading.

    date, date_form    the day on which an entry is booked; a time of the day after it is not read
    amount             signed, or with `direction`: the column that says which way, by its words for `out` and
    `inward`
    received, paid     instead: a column for what came in, and one for what left
    balance            what stood on the account after the entry
    newest_first       the order of the rows
    ends               the words in a first cell that end the table

    A default is what every stored profile says that leaves it out: it never changes.
    """

    encoding: Literal["gb18030", "iso-8859-1", "utf-16", "utf-8", "windows-1252"] = "utf-8"
    delimiter: Literal[",", ";", "tab", "|"] = ","
    decimal: Literal[",", "."] = "."
    currency: Literal["BHD", "CNY", "EUR", "GBP", "HKD", "JPY", "KRW", "KWD", "SGD", "USD"] = "CNY"
    date: str
    date_form: Literal["DD.MM.YYYY", "DD/MM/YYYY", "MM/DD/YYYY", "YYYY-MM-DD", "YYYY/MM/DD", "YYYYMMDD"] = "YYYY-MM-DD"
    value_date: str | None = None
    amount: str | None = None
    direction: str | None = None
    out: tuple[str, ...] = ()
    inward: tuple[str, ...] = ()
    received: str | None = None
    paid: str | None = None
    balance: str | None = None
    references: tuple[str, ...] = ()
    party: str | None = None
    text: tuple[str, ...] = ()
    newest_first: bool = False
    ends: tuple[str, ...] = ()


class ProfileVersion(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A version of a profile on record."""

    profile: str
    version: int


class StatedLine(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A booked entry of a statement, or one payment of a batch.

    amount        what went out is negative
    references    what the bank and the payer call it, the bank's first
    party, text   who is on the other side, what it is for
    reversal      the bank took an earlier entry back
    returned      the reason of a payment that came back, as the bank codes it
    """

    entry: str
    booked_on: date
    value_on: date | None = None
    amount: str
    references: tuple[str, ...] = ()
    party: str | None = None
    text: str | None = None
    reversal: bool = False
    returned: str | None = None


class Subledger(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The balance of a subledger at the end of the month; debits positive."""

    account: str
    balance: str


class ToAllocate(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An amount for an invoice, debit note or late fee. `company`: the tenant that owes it, where another pays it."""

    invoice: str
    amount: str
    company: str | None = None


class ToMeasure(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Receivables of one age and their loss rate."""

    bucket: str
    gross: str
    rate: str


class ToPay(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """So much of a document: a purchase, an energy invoice with a share of this party, an agreement with damages,
    a payment on termination.
    """

    document: str
    amount: str


class ToPurchase(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A line of a supplier's document.

    vat          as the document says it; what the rate gives where it is not said
    deductible   its VAT is input VAT; else that is part of the cost
    order        of INVENTORY: the order whose equipment it is
    rate_reason  why the rate is right, where the law has no such on the day
    """

    kind: Literal["ADMINISTRATION", "ASSET", "ENERGY", "INVENTORY", "PREPAID", "PROPERTY", "SELLING"]
    net: str
    vat_rate: str = "0"
    vat: str | None = None
    deductible: bool = True
    order: str | None = None
    text: str | None = None
    rate_reason: str | None = None


class Certificate(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A read model as somebody found it.

    version       of its rows, as the program counts them
    position      the facts that it knew; root: the hash that seals these
    different     the rows that were not as the log says
    """

    view: str
    version: int
    position: int
    root: str
    outcome: Literal["AGREES", "DIFFERS", "MADE_ANEW"]
    different: int
    tables: tuple[TableDigest, ...]


class Contract(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A lease or a land contract, as evidence; `reference` is its number in the files."""

    kind: Literal["LAND", "LEASE"]
    reference: str
    executed_on: date
    evidence: Evidence


class EndedContract(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A lease or land contract that has ended."""

    reference: str
    ended_on: date
    evidence: Evidence


class Grounds(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why a check ought to be passed over. Leave `approver` out: who approves does so with credentials of their own."""

    reason: str
    evidence: Evidence
    approver: str | None = None


class Transfer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The company that takes over the balances of one that leaves, and the evidence."""

    company: str
    evidence: Evidence


class PolygonFeature(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag="Feature"):
    """A GeoJSON Feature around a polygon (RFC 7946 §3.2), as mapping programs write it. Only the polygon is kept."""

    geometry: Polygon
    properties: dict[str, Any] | None = None
    id: str | int | None = None
    bbox: tuple[float, ...] | None = None


class StatedStatement(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A statement: the bank's name of it, its days, its balances and its lines.

    number   the account's, as the statement has it: it must be the one that the account was opened with
    """

    statement: str
    number: str | None = None
    from_on: date
    until_on: date
    currency: Literal["BHD", "CNY", "EUR", "GBP", "HKD", "JPY", "KRW", "KWD", "SGD", "USD"]
    opening: str
    closing: str
    lines: tuple[StatedLine, ...] = ()
