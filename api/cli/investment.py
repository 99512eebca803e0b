"""report investment, channel-money: who contracted and paid in what, and what each origin channel brought."""

from typing import Any

import rich_click as click

from api.cli.display import figure
from api.cli.reading import options, show_report

Shown = tuple[list[str], list[list[Any]]]


@click.command()
@click.option("--positions", is_flag=True, help="With --json: list the facts behind each row.")
@options()
def investment(**asked: Any) -> None:
    """Investment agreements: contracted, subscribed, paid in, utilised and FAI, each in its own column.

    \b
    mcsc report investment --effective 2025-12-31
    mcsc report investment --effective 2025-12-31 --csv -o investment.csv
    """
    from api.routes.investment import READS

    texts = ("agreement", "company", "origin", "state", "ccy")
    title = "Investment (contract currency and CNY at the date; intensity and tax in 万元/亩)"
    show_report(READS, "report-investment", title, _investment_table, texts=texts, **asked)


IN_CURRENCY = {"contracted": "contracted", "subscribed": "subscribed", "due": "due", "paid_in": "paid in"}
IN_CNY = {"paid_in_cny": "paid in CNY", "utilised": "utilised CNY", "loans": "loans CNY", "fai": "FAI CNY"}
MEASURES = {
    "mu": "亩",
    "intensity": "intensity",
    "intensity_target": "target",
    "tax_mu": "tax/亩",
    "jobs": "jobs",
}
MONEY = {
    "incentives_paid": "incentives",
    "incentives_outside": "by others",
    "clawback_assessed": "clawback",
    "clawback_waived": "waived",
    "clawback_collected": "collected",
    "clawback_outstanding": "outstanding",
}


def _investment_table(found: Any) -> Shown:
    names = ["agreement", "company", "origin", "state", "ccy", *IN_CURRENCY.values(), "%"]
    names += [*IN_CNY.values(), *MEASURES.values(), *MONEY.values()]
    rows: list[list[Any]] = []
    for row in found.data.rows:
        begin = [row.agreement, row.company, _origin(row), row.state, row.currency]
        amounts = (*IN_CURRENCY, "fulfilment_percent", *IN_CNY, *MEASURES, *MONEY)
        rows.append([*begin, *(figure(getattr(row, name)) for name in amounts)])
    for sums in (*found.data.channels, found.data.total):
        begin = [f"{sums.agreements} agreement{'' if sums.agreements == 1 else 's'}", "", _origin(sums), "", "CNY"]
        contracted = [figure(sums.contracted_cny), None, None, figure(sums.paid_in_cny), None]
        cny = [figure(getattr(sums, name)) for name in IN_CNY]
        rows.append([*begin, *contracted, *cny, *[None] * len(MEASURES), *(figure(getattr(sums, n)) for n in MONEY)])
    return names, rows


def _origin(row: Any) -> str:
    return " ".join(str(part) for part in (row.origin or "TOTAL", row.origin_year) if part)


@click.command("channel-money")
@click.option("--companies", is_flag=True, help="With --json: list the companies behind every row.")
@options()
def channel_money(**asked: Any) -> None:
    """From lead to money by origin channel, in CNY: invested by the companies, and earned with them."""
    from api.routes.investment import READS

    title = "Channel funnel in money (CNY; investment is the investors' money, revenue MCSC's)"
    show_report(READS, "report-channel-money", title, _money_table, texts=("origin",), **asked)


def _money_table(found: Any) -> Shown:
    counts = ["leads", "agreements", "settled_in", "operating", "signed"]
    amounts = ["contracted", "paid_in", "paid_in_percent", "utilised", "fai", "rent", "other_revenue", "revenue"]
    names = ["origin", *(name.replace("_", " ").replace("percent", "%") for name in (*counts, *amounts))]
    rows: list[list[Any]] = [
        [_origin(row), *(figure(getattr(row, name)) for name in (*counts, *amounts))]
        for row in (*found.data.rows, found.data.total)
    ]
    if any(digit not in "0." for digit in found.data.unattributed):
        rows.append(["with nobody known", *[None] * (len(names) - 2), figure(found.data.unattributed)])
    return names, rows
