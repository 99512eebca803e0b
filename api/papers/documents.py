"""An invoice, a credit note and a month's energy statement as papers.

invoice, credit_note, energy_statement   an answer of the read of the same name -> Paper
Stands   what each is told beside that: the basis, whom it is for, of which ledger

Figures are those of `GET /v1/invoices/{invoice}`, `/v1/credit-notes/{credit_note}` and
`/v1/offtakes/{agreement}/statements/{run}` on the same basis: nothing is worked out here but sums of lines.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from msgspec import Struct, structs

from api.formats.sheets import figure
from api.http.reading import LogBasis
from api.papers.account import CHARGES, NOT_A_FAPIAO, addressed_to, amount
from api.papers.paper import Both, Column, Paper, Row, Table
from api.routes.billing import DocumentRow
from api.routes.offtake import StatementRow
from ledger.billing.facts import Credited
from ledger.log.envelope import Recorded
from ledger.offtake.energy import kwh
from ledger.values.money import written
from projections.companies.register import CompanyRow
from projections.deals.offtake import ShortfallRow
from projections.engine.basis import Basis

LINES = (
    Column(Both("From", "自")),
    Column(Both("To", "至")),
    Column(Both("Net", "不含税金额"), number=True),
    Column(Both("VAT rate", "税率"), number=True),
    Column(Both("VAT", "税额"), number=True),
    Column(Both("Gross", "价税合计"), number=True),
)
TOTAL = Both("Total", "合计")
KINDS: Mapping[str, Both] = {
    "DELIVERED": Both("delivered", "交付电量"),
    "SHARP": Both("sharp peak", "尖峰"),
    "PEAK": Both("peak", "高峰"),
    "FLAT": Both("flat", "平段"),
    "VALLEY": Both("valley", "低谷"),
    "DEEP_VALLEY": Both("deep valley", "深谷"),
    "DEEMED": Both("deemed delivered", "视同交付"),
    "SAVINGS": Both("savings", "节能量"),
    "FEE": Both("fee", "服务费"),
}


class Stands(Struct, frozen=True, kw_only=True):
    """The grounds of a paper beside its answer. `known`: the company that it is for."""

    basis: Basis | LogBasis
    company: str
    known: CompanyRow | None
    ledger: str
    invented: bool

    def paper(self, **said: Any) -> Paper:
        """A paper on this basis."""
        made_up = self.invented or (self.known is not None and self.known.data_class == "FICTIONAL")
        basis: dict[str, Any] = {name: value for name, value in structs.asdict(self.basis).items() if name != "zone"}
        return Paper(**basis | {"company": self.company, "ledger": self.ledger, "invented": made_up} | said)


def invoice(found: DocumentRow, stands: Stands, year: ShortfallRow | None = None) -> Paper:
    """A document that asks for money: for which days, and what is left to pay. `year`: the contract year it is of."""
    charge = CHARGES[found.charge]
    taken_off = [
        (Both("Credited", "已贷记"), found.credited),
        (Both("Paid", "已付"), found.paid),
        (Both("Written off", "已核销"), found.written_off),
    ]
    lines = [(line.from_on, line.until_on, line.net, line.vat_rate, line.vat) for line in found.lines]
    sums = [Row([TOTAL, "", *map(figure, (found.net,)), "", figure(found.vat), figure(found.gross)], whole=True)]
    sums += [Row([said, "", "", "", "", figure(f"-{amount}")]) for said, amount in taken_off if amount != "0.00"]
    about = [*addressed_to(stands.company, stands.known)]
    about += [(Both("Lease", "租约"), found.lease)] if found.lease else []
    about += [
        (Both("Charge", "费用"), f"{charge.en} {charge.zh}"),
        (Both("Issued", "开具日"), str(found.issued_on)),
        (Both("Due", "到期日"), str(found.due_on)),
    ]
    about += [(Both("Tax invoice", "发票号码"), number) for number in found.fapiao]
    return stands.paper(
        title=Both("Invoice", "账单"),
        number=found.invoice,
        about=about,
        tables=[Table(Both("Lines", "明细"), LINES, [*_lines(lines), *sums])],
        due=(Both("Left to pay (CNY)", "待付金额(人民币元)"), amount(found.open)),
        notes=[
            *(quality_of_year(year) if year is not None else ()),
            Both("What is left to pay is as of the basis below.", "待付金额以下列数据基准为准。"),
            NOT_A_FAPIAO,
        ],
    )


def quality_of_year(year: ShortfallRow) -> Iterator[Both]:
    """The energy of a contract year by where it was read; nothing of a year in which nobody measured that."""
    if year.estimated_kwh is None or year.substituted_kwh is None:
        return
    of_year = Both(f"Of the energy delivered in contract year {year.year}", f"合同年 {year.year} 交付电量")
    nothing = kwh(0)
    if (year.estimated_kwh, year.substituted_kwh) == (nothing, nothing):
        yield Both(f"{of_year.en} all was read from the meter.", f"{of_year.zh}全部为实测。")
    if year.estimated_kwh != nothing:
        energy, share = figure(year.estimated_kwh), year.estimated_percent or "0"
        yield Both(
            f"{of_year.en} {energy} kWh, {share} %, are estimated.",
            f"{of_year.zh}中估计 {energy} 千瓦时,占 {share} %。",
        )
    if year.substituted_kwh != nothing:
        energy = figure(year.substituted_kwh)
        yield Both(
            f"{of_year.en} {energy} kWh are taken from a check meter.", f"{of_year.zh}中 {energy} 千瓦时取自核对电表。"
        )


def credit_note(found: Recorded[Any], stands: Stands) -> Paper:
    """A note that takes something off a document, and why."""
    fact: Credited = found.fact
    lines = [
        (line.from_on, line.until_on, written(line.net_minor), line.vat_rate, written(line.vat_minor))
        for line in fact.lines
    ]
    sums = [figure(written(fact.net_minor)), "", figure(written(fact.vat_minor)), figure(written(fact.gross_minor))]
    about = [*addressed_to(stands.company, stands.known)]
    about += [(Both("Lease", "租约"), fact.lease)] if fact.lease else []
    charge = CHARGES[fact.charge]
    about += [
        (Both("Takes off", "冲减单据"), fact.invoice),
        (Both("Charge", "费用"), f"{charge.en} {charge.zh}"),
        (Both("Issued", "开具日"), str(fact.effective_on)),
        (Both("Reason", "原因"), fact.reason),
    ]
    return stands.paper(
        title=Both("Credit note", "贷项通知"),
        number=fact.credit_note,
        about=about,
        tables=[Table(Both("Lines", "明细"), LINES, [*_lines(lines), Row([TOTAL, "", *sums], whole=True)])],
        due=(Both("Taken off (CNY)", "冲减金额(人民币元)"), amount(written(fact.gross_minor))),
        notes=[NOT_A_FAPIAO],
        invented=stands.invented or found.data_class == "FICTIONAL",
    )


def _lines(lines: Iterable[tuple[date, date, str, str, str]]) -> list[Row]:
    """Lines of a document, with the gross of each."""
    rows = []
    for from_on, until_on, net, rate, vat in lines:
        gross = written(int(net.replace(".", "")) + int(vat.replace(".", "")))
        rows.append(Row([str(from_on), str(until_on), figure(net), percent(rate), figure(vat), figure(gross)]))
    return rows


def percent(ratio: str) -> str:
    """A ratio as people read it: 0.09 is 9 %, 0.005 is 0.5 %."""
    whole, _, decimals = ratio.partition(".")
    digits = decimals.ljust(2, "0")
    rest = digits[2:].rstrip("0")
    return f"{int(whole + digits[:2])}{'.' + rest if rest else ''} %"


def energy_statement(found: StatementRow, stands: Stands) -> Paper:
    """A month's energy at its price, and whether somebody approved it."""
    columns = (
        Column(Both("What", "项目")),
        Column(Both("Energy, kWh", "电量(千瓦时)"), number=True),
        Column(Both("Price, CNY/kWh", "电价(元/千瓦时)"), number=True),
        Column(Both("Net", "不含税金额"), number=True),
        Column(Both("VAT", "税额"), number=True),
        Column(Both("Gross", "价税合计"), number=True),
    )
    rows = []
    for line in found.lines:
        amounts = [figure(line.net), figure(line.vat), figure(_gross(line.net, line.vat))]
        rows.append(Row([KINDS[line.kind], figure(line.energy_kwh), line.price, *amounts]))
    gross = _gross(found.net, found.vat)
    rows.append(Row([TOTAL, "", "", figure(found.net), figure(found.vat), figure(gross)], whole=True))
    approved = Both("Approved by", "批准人"), found.approved_by or "not approved yet 尚未批准"
    about = [
        *addressed_to(stands.company, stands.known),
        (Both("Agreement", "协议"), found.agreement),
        (Both("Month, run", "月份、版次"), f"{found.month}, r{found.run}"),
        (Both("Worked out", "计算日"), f"{found.calculated_on}, {found.calculated_by}"),
        approved,
        (Both("VAT rate", "税率"), percent(found.vat_rate)),
        (Both("Curtailed, kWh", "限电(千瓦时)"), figure(found.curtailed_kwh)),
    ]
    notes = [
        Both(
            f"It rests on {len(found.inputs)} recorded facts; each can be asked for, with its hash.",
            f"本结算单依据 {len(found.inputs)} 条已记录事实,均可查验。",
        )
    ]
    notes += [*_priced(found), *_quality(found)]
    return stands.paper(
        title=Both("Energy statement", "电量结算单"),
        number=f"{found.agreement} {found.month}-r{found.run}",
        about=about,
        tables=[Table(Both("Energy", "电量"), columns, rows)],
        due=(Both("Comes to (CNY)", "合计金额(人民币元)"), amount(gross)),
        notes=[*notes, NOT_A_FAPIAO],
    )


def _priced(found: StatementRow) -> Iterator[Both]:
    """The prices of the periods, where each interval has its own: the line's price is their mean by volume."""
    if (spot := found.spot) is not None:
        yield Both(
            f"Each interval is paid at its own price, of {spot.periods:,} periods of {spot.series}, from {spot.lowest} "
            f"to {spot.highest} CNY/kWh, mean by time {spot.mean}; the price above is the mean by volume, rounded.",
            f"各时段按各自价格结算:{spot.series} 共 {spot.periods:,} 个时段,最低 {spot.lowest}、"
            f"最高 {spot.highest} 元/千瓦时,按时间平均 {spot.mean};上列单价为按电量平均并取整。",
        )


def _quality(found: StatementRow) -> Iterator[Both]:
    """The energy of a statement that was not read from the meter, and which share of it is estimated."""
    if found.estimated_kwh is None:
        yield Both("Some of it is estimated.", "部分电量为估计值。")
    elif found.estimated:
        energy, share = figure(found.estimated_kwh), found.estimated_percent or "0"
        yield Both(
            f"Of the energy delivered {energy} kWh, {share} %, are estimated.",
            f"其中估计电量 {energy} 千瓦时,占 {share} %。",
        )
    if found.substituted_kwh not in (None, "0.0"):
        energy = figure(found.substituted_kwh)
        yield Both(
            f"Of the energy delivered {energy} kWh are taken from a check meter.",
            f"其中 {energy} 千瓦时取自核对电表。",
        )


def _gross(net: str, vat: str) -> str:
    return written(int(net.replace(".", "")) + int(vat.replace(".", "")))
