"""A park that lived before this ledger, as a workbook: the template, and what a filled one says.

In the order to read them:
columns.py    the sheets and their columns: what each means in both languages, what it may hold, an example
template.py   the empty workbook, with drop-downs, help and one row as an example
reading.py    bytes -> the command, or every wrong cell with its rule; and where a row of the command stood
told.py       how many rows are new, and what they come to in the books
"""
