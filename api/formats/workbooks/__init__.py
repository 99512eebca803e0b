"""Workbooks that others made, XLSX and XLS, as rows of texts. In the order to read them:

cells.py   a number, a day or a time as the text that a table in CSV would have
xlsx.py    the sheets of an XLSX, row by row
xls.py     the sheets of an XLS
grid.py    which sheet is meant, headings in merged cells, hidden rows; what a reader of tables asks for

A cell that says nothing certain (an error, a formula that nobody computed, more digits than are kept) is Unsound: it
is wrong where it is needed, and nowhere else. No formula is computed, and no macro run.
"""
