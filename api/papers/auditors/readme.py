"""The README beside the files for auditors: what they stand on, how signs are read, and what every column means."""

from collections.abc import Iterable

from api.papers.auditors.table import FORMS, Table
from projections.engine.basis import Basis

SAID = """\
## How to read them

- Amounts are CNY with two decimals and a point. Text is UTF-8. Days are written 2026-06-30.
- Codes, numbers and references are text: a program that takes 1801.10 for a number loses what it says.
- `iso21378/` as CSV and as JSON, `flat/` as CSV, `ads/` with pipes. Text with pipes has no quotes: a pipe or a line's
  end within a text is a blank there. In CSV, text that a spreadsheet would take for a formula has an apostrophe before
  it.
- Three sign conventions in `flat/`: one signed amount; debit and credit columns; an amount and its side (借, 贷, 平).
- Vouchers are numbered by month and kind from 1 on, without a gap. A voucher is the entry of one fact.
- Income and expenses restart on 1 January. What they came to before stands in the opening balance of retained earnings
  (4104): it is computed, and no voucher posts it.
- `control.json` names every file with its rows, its sums and its SHA-256, and each sum that must tie, with the
  difference: 0.00.

## What is not claimed

No conformity with GB/T 24589.1-2024 is claimed: its text was not at hand. 不声明符合 GB/T 24589.1-2024。
Tables are named in the style of ISO 21378:2019, those of the base module as its table of contents names them, and
AICPA's files by the field names of its Audit Data Standards of 2015, as far as this ledger has the data.
Conformity with neither is claimed. There are no tables of sales orders, inventory or fixed assets.
"""


def readme(basis: Basis, ledger: str, tables: Iterable[Table], invented: bool) -> str:
    """The whole text."""
    head = [
        f"# {ledger}: the books of {basis.effective.year} for auditors",
        "",
        f"Accounted for through {basis.effective}, as recorded at position {basis.recorded}"
        f" ({basis.recorded_at.isoformat() if basis.recorded_at else 'nothing is recorded'}).",
        f"Root hash of the log: `{basis.root}`",
        *(["", "**It holds invented examples** (Data_Class FICTIONAL)."] if invented else []),
        "",
        SAID,
        "## Files",
        "",
    ]
    return "\n".join([*head, *(_told(table) for table in tables)])


def _told(table: Table) -> str:
    files = ", ".join(f"`{table.name}{'_…' if form == 'pipe' else ''}.{FORMS[form]}`" for form in table.forms)
    rows = [f"| `{column.name}` | {column.meaning.replace('|', '/')} |" for column in table.columns]
    return "\n".join([f"### {files}", "", table.about, "", "| Column | Meaning |", "|---|---|", *rows, ""])
