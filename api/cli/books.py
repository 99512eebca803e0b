"""report trial-balance, journal, revenue, deferred-revenue: the books on the command line, in CNY."""

from collections.abc import Callable
from typing import Any

import rich_click as click

from api.cli.display import figure
from api.cli.place import settings_of
from api.cli.reading import PAGE_ROWS, options, show_report

FROM = click.option("--from", "from_on", help="The first day of the movements.  [default: 1 January]")
POSITIONS = click.option("--positions", is_flag=True, help="With --json: list the facts behind every figure.")
Shown = tuple[list[str], list[list[Any]]]


def _show(name: str, title: str, shown: Callable[[Any], Shown], **asked: Any) -> None:
    from api.routes.books import reads

    show_report(reads(settings_of(asked["data"])), name, title, shown, **asked)


@click.command("trial-balance")
@FROM
@click.option("--no-subledgers", is_flag=True, help="Do not compare with the subledgers: answers sooner.")
@POSITIONS
@options()
def trial_balance(no_subledgers: bool, **asked: Any) -> None:
    """What each account holds, how it moved, and whether the books balance. A credit balance is in parentheses.

    \b
    mcsc report trial-balance --effective 2024-12-31
    mcsc report trial-balance --effective 2024-04-30 --from 2024-04-01 --recorded 2024-05-15
    """
    title = "Trial balance (CNY; balances at, movements in between)"
    texts = ("code", "account")
    _show("report-trial-balance", title, _balance_table, texts=texts, subledgers=not no_subledgers, **asked)


def _balance_table(found: Any) -> Shown:
    answer = found.data
    names = ["code", "account", f"at {answer.from_on}", "debit", "credit", f"at {answer.until_on}"]
    names += ["subledger", "difference"]
    rows = []
    for row in answer.rows:
        amounts = (row.opening, row.debit, row.credit, row.closing, row.subledger, row.difference)
        rows.append([row.code, row.name, *map(figure, amounts)])
    total = answer.total
    amounts = (total.opening, total.debit, total.credit, total.closing, None, None)
    rows.append(["", "TOTAL", *map(figure, amounts)])
    return names, rows


@click.command()
@click.option("--from", "from_on", help="Only entries accounted for on this day or later.")
@click.option("--account", help="An account or its code, such as bank or 1002.")
@click.option("--lease", help="Only entries about this lease.")
@click.option("--company", help="Only entries about this tenant.")
@click.option("--document", help="Only entries about this invoice, note, receipt or deposit.")
@options()
def journal(**asked: Any) -> None:
    """What was posted, by which facts, in the order recorded.

    \b
    mcsc report journal --company sunfield-demo --from 2024-04-01 --effective 2024-04-30
    """
    texts = ("position", "posted on", "fact", "account", "document", "for")
    _show("report-journal", "Journal (CNY)", _journal_table, texts=texts, limit=PAGE_ROWS, **asked)


def _journal_table(found: Any) -> Shown:
    names = ["position", "posted on", "fact", "account", "debit", "credit", "document", "for"]
    rows: list[list[Any]] = []
    for entry in found.rows:
        begin = [entry.position, entry.accounting_on, entry.fact]
        for line in entry.lines:
            amounts = [figure(line.debit), figure(line.credit)]
            rows.append([*begin, f"{line.code} {line.name}", *amounts, line.document, line.service_month])
            begin = ["", "", ""]
    return names, rows


@click.command()
@FROM
@click.option(
    "--by", default="service", show_default=True, help="service or accounting: the month earned for, posted in."
)
@click.option("--stream", help="Only this stream, such as RENT or SERVICE_CHARGE.")
@click.option("--company", help="Only this tenant.")
@click.option("--lease", help="Only this lease.")
@POSITIONS
@options()
def revenue(**asked: Any) -> None:
    """Revenue by month, stream, tenant and lease: by service or by accounting period, both to one total.

    \b
    mcsc report revenue --effective 2024-12-31 --by accounting
    """
    title = f"Revenue by {asked['by']} period (CNY ex VAT, movements)"
    _show("report-revenue", title, _revenue_table, texts=("period", "stream", "tenant", "lease"), **asked)


def _revenue_table(found: Any) -> Shown:
    names = ["period", "stream", "tenant", "lease", "recognised", "billed", "VAT", "accrued", "journals"]
    answer = found.data
    rows = [[row.period, row.stream, row.company, row.lease, *_revenue_figures(row)] for row in answer.rows]
    rows += [["", f"all {row.stream}", "", "", *_revenue_figures(row)] for row in answer.streams]
    rows.append(["", "TOTAL", "", "", *_revenue_figures(answer.total)])
    return names, rows


def _revenue_figures(row: Any) -> list[str]:
    return [*map(figure, (row.recognised, row.billed, row.vat, row.accrued, row.journals))]


@click.command("deferred-revenue")
@FROM
@POSITIONS
@options()
def deferred_revenue(**asked: Any) -> None:
    """What was paid or billed ahead of what is earned for it, from opening to closing; credits are positive."""
    title = "Deferred revenue (CNY, credits)"
    _show("report-deferred-revenue", title, _deferred_table, texts=("code", "account"), **asked)


def _deferred_table(found: Any) -> Shown:
    answer = found.data
    moves = ["additions", "recognised", "exchange", "reclassified"]
    names = ["code", "account", f"at {answer.from_on}", *moves, f"at {answer.until_on}"]
    rows = []
    for row in (*answer.rows, answer.total):
        amounts = (row.opening, *(getattr(row, move) for move in moves), row.closing)
        rows.append([row.code or "", row.name or "TOTAL", *map(figure, amounts)])
    return names, rows
