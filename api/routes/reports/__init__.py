"""Reports that have a file of their own, over HTTP.

funnel.py           how many companies of each origin reached which stage
general_ledger.py   each account's entries with running balance
statements.py       balance sheet, income statement, cash flow, changes in equity
"""
