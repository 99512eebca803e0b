"""The workbook that a park is written into: drop-downs, help in both languages, one row as an example."""

from io import BytesIO

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from api.intake.taking_over.columns import FIRST, MARK, SHEETS, Sheet

ROWS = 20_000
"""The rows below the example that have drop-downs."""
NOTE = ("note", "Yours to use; a row that begins with EXAMPLE is not read", "备注；以 EXAMPLE 开头的行不读取")
"""The first column of every sheet."""


def template() -> bytes:
    """Write the empty workbook."""
    to = BytesIO()
    book = Workbook(to, {"in_memory": True})
    strong, quiet = book.add_format({"bold": True}), book.add_format({"italic": True, "font_color": "#666666"})
    quiet.set_text_wrap()
    text = book.add_format({"num_format": "@"})
    for sheet in SHEETS:
        page = book.add_worksheet(sheet.name)
        page.freeze_panes(FIRST - 1, 2)
        for row, form in ((0, strong), (1, quiet), (2, quiet)):
            page.write_string(row, 0, NOTE[row], form)
        page.write_string(FIRST - 2, 0, MARK, quiet)
        _columns(page, sheet, strong, quiet, text)
    book.close()
    return to.getvalue()


def _columns(page: Worksheet, sheet: Sheet, strong: object, quiet: object, text: object) -> None:
    page.set_column(0, 0, 22)
    for at, column in enumerate(sheet.columns, 1):
        page.set_column(at, at, 20, text)
        optional = ("", "") if column.required else (" (may be empty)", "（可空）")
        page.write_string(0, at, column.name, strong)
        page.write_string(1, at, column.english + optional[0], quiet)
        page.write_string(2, at, column.chinese + optional[1], quiet)
        page.write_string(FIRST - 2, at, column.example, quiet)
        if column.choices:
            listed = {"validate": "list", "source": list(column.choices), "ignore_blank": True}
            page.data_validation(FIRST - 1, at, ROWS, at, listed)
