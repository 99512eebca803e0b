"""The routes, a file a subject: which commands go in, which questions are answered. In reading order:

histories.py     facts as they were recorded, for every route that shows some
companies.py     from lead to exit, and the register
claims.py        what was said in public
estate.py        sites, parcels, buildings, units
periods.py       months that open and close; reference rates
leases.py        from draft to the last day, and schedules
billing.py       invoices, notes, receipts, deposits, losses
billing_run.py   every lease billed through a date
investment.py    agreements, contributions, covenants, clawbacks; what was invested, and each channel's money
orders.py        equipment orders; the order book, the exposure to currencies
offtake.py       energy agreements and meters; energy, take-or-pay
reports/         the channel funnel, the general ledger, the statements
tenancy.py       rent roll, occupancy, lease expiry, ageing, a tenant's account
books.py         manual journals; trial balance, journal, revenue, deferred revenue
exports.py       the journal as files
audit.py         what was recorded
log/             facts sent as they are recorded; signed checkpoints, proofs of single facts and of growth
access.py        keys
health/          is all well, in words, for supervisors, in figures; the documents

A new report is a query of projections/ and one Read: how it is asked, its table, its sheet. HTTP, CSV and `mcsc report`
have it then; its file is named in api/cli/reports.py (ROOMS). A new file of Reads or Recordings is named in
api/app.py.
"""
