"""Every command as a Struct, a file a group.

Made from docs/openapi.json by `python -m api.client.making docs/openapi.json`.

access.py      6 commands
audit.py       1 commands
banking.py     16 commands
billing.py     27 commands
books.py       9 commands
claims.py      2 commands
companies.py   27 commands
delegations.py 2 commands
diary.py       3 commands
estate.py      20 commands
investment.py  24 commands
leases.py      22 commands
offtake.py     46 commands
orders.py      42 commands
papers.py      1 commands
periods.py     6 commands
purchases.py   9 commands
rates.py       6 commands
vat.py         6 commands
"""
