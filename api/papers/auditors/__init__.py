"""A year of the books for auditors, as files that their programs read. In reading order:

table.py       a table: its columns with their meaning, and how it is written as CSV, JSON or with pipes
vouchers.py    the lines of vouchers: general ledger, flat sheets in three sign conventions
balances.py    accounts and their balances by year and month, in the same conventions
parties.py     periods, bank accounts, companies; what is open and what was paid, of tenants and of suppliers
exporting.py   all of them, written page by page, with README and control file
readme.py      what the README says
serving.py     GET /v1/audit-export: the same files as one ZIP
"""
