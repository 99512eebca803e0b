"""Financial statements: what the accounts come to, in the lines of the forms that companies report in.

layout.py             the lines of each form, and which accounts stand in them: a table to read and to argue about
balance_sheet.py      what there is and whose it is, on a day and at the end of the year before
income_statement.py   what was earned and spent, in a period, in the year to date and in the same days a year before
cash_lines.py         the lines of the cash flow statement, and which money stands in each: a table as well
cash_flow.py          where money came from and where it went, from the bank accounts' entries
changes_in_equity.py  what was the owners' before, what changed it, and what is theirs now
"""
