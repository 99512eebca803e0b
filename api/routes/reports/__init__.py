"""Reports that have a file of their own, over HTTP.

contacts.py         the people at companies, read with their own keys
deposits.py         which deposits are held, and by when each is to be paid back
funnel.py           how many companies of each origin reached which stage
general_ledger.py   each account's entries with running balance
green.py            which green certificates there are, of which months, and what became of them
inventory.py        what was bought for each order, what went, and what is left of it
lease_costs.py      what obtaining each lease cost, and what is left of it
prices.py           prices by the period, and what is settled on them; how they are recorded
turnover.py         what was declared that tenants sold, and what share of it is due
vouchers.py         every entry with its number 凭证字号, and the numbers given out
statements.py       balance sheet, income statement, cash flow, changes in equity
"""
