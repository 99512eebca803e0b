"""Every number has a receipt: what the cells of each report rest on. The routes name it beside the report.

How a cell is named, and how its receipt is found, is said once for all, in api/http/receipts.py.

books.py banking.py vat.py receivables.py deposits.py payables.py tenancy.py land.py deals.py companies.py   one each
general_ledger.py inventory.py lease_costs.py statements.py turnover.py vouchers.py   reports with a file of their own
many.py     the facts behind many rows of the rent roll at once
rents.py working.py     how figures were worked out, in words and figures
"""
