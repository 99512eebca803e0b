"""What refusals and problems mean, in Chinese, by code. Their own sentences are shown beside, as over HTTP.

estate.py       parcels, buildings and units
companies.py    companies and their people
investment.py   investment agreements
leases.py       leases
billing.py      invoices and receipts
orders.py       equipment orders
offtake.py      energy offtake
several.py      steps of several contexts at once
bookkeeping.py  banks, suppliers, VAT, journals and closes
everywhere.py   periods, rates, claims, access and the log
every.py        all of these as one
edge.py         problems of the edge
shapes.py       a decoder's words about a shape
"""
