"""report order-book, fx-exposure: equipment orders on the command line."""

from typing import Any

import rich_click as click

from api.cli.display import figure
from api.cli.reading import options, show_report

POSITIONS = click.option("--positions", is_flag=True, help="With --json: list the facts behind each row.")
Shown = tuple[list[str], list[list[Any]]]


@click.command("order-book")
@POSITIONS
@options()
def book(**asked: Any) -> None:
    """The order book: what is ordered, how far it is, what is still to come, and MCSC's fee.

    \b
    mcsc report order-book --effective 2024-12-31
    """
    from api.routes.orders import reads

    texts = ("order", "supplier", "buyer", "model", "ccy", "role", "state", "next milestone")
    show_report(
        reads(), "report-order-book", "Order book (amounts in each order's currency)", _book, texts=texts, **asked
    )


def _book(found: Any) -> Shown:
    answer = found.data
    names = ["order", "supplier", "buyer", "model", "kW", "qty", "ccy", "value", "value CNY", "role", "state"]
    names += ["next milestone", "invoiced", "received", "backlog", "fee expected", "fee earned"]
    rows = []
    for row in answer.rows:
        what = [row.order, row.supplier, row.buyer, row.model, figure(row.kw), row.quantity, row.currency]
        stands = [figure(row.value), figure(row.value_cny), row.role, row.state, row.next_milestone]
        amounts = (row.invoiced, row.received, row.backlog, row.fee_expected, row.fee_earned)
        rows.append([*what, *stands, *map(figure, amounts)])
    for total in answer.totals:
        amounts = (total.invoiced, total.received, total.backlog, total.fee_expected, total.fee_earned)
        begin = ["TOTAL", None, None, None, None, total.orders, total.currency, figure(total.value)]
        rows.append([*begin, *[None] * 4, *map(figure, amounts)])
    rows.append(["TOTAL", *[None] * 5, "CNY", None, figure(answer.value_cny), *[None] * 5, figure(answer.backlog_cny)])
    return names, [[*row, *[None] * (len(names) - len(row))] for row in rows]


@click.command("fx-exposure")
@POSITIONS
@options()
def exposure(**asked: Any) -> None:
    """Receivables in foreign currencies: as they stand in the books, at the day's rate, and the difference.

    \b
    mcsc report fx-exposure --effective 2024-09-30
    """
    from api.routes.orders import reads

    texts = ("ccy", "order", "receivable", "company")
    title = "FX exposure (monetary balances at; CNY)"
    show_report(reads(), "report-fx-exposure", title, _exposure, texts=texts, **asked)


def _exposure(found: Any) -> Shown:
    answer = found.data
    names = ["ccy", "order", "receivable", "company", "balance", "in the books", "rate", "CNY", "unrealised"]
    rows = []
    for row in answer.rows:
        amounts = (row.balance, row.carrying_cny, row.rate, row.cny, row.unrealised)
        rows.append([row.currency, row.order, row.receivable, row.company, *map(figure, amounts)])
    for total in answer.currencies:
        amounts = (total.balance, total.carrying_cny, total.rate, total.cny, total.unrealised)
        rows.append([total.currency, "TOTAL", None, None, *map(figure, amounts)])
    rows.append(["CNY", "TOTAL", *[None] * 3, figure(answer.carrying_cny), None, None, figure(answer.unrealised)])
    return names, rows
